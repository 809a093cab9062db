//! `audit`: the chained record of everything that happened; list, look, follow, verify.

mod tail;
mod verify;
mod view;

use crate::cli::Run;
use crate::cli::global::Format;
use crate::cli::human;
use crate::cli::nodes::wrong_filter;
use crate::cli::out::list::Listed;
use crate::cli::out::table;
use crate::cli::runtime::{one_shot, stream};
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Result};
use crate::filter::Filter;
use clap::{Args, Subcommand};
use link::{Clock, System};
use wire::audit::AuditEvent;
use wire::limits::MAX_PAGE;
use wire::message::operator::{Reply, Request};
use wire::{SafeText, UnixMs};

const PEOPLE: usize = 1000;

/// Verbs of `audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List records, newest first
    #[command(visible_alias = "ls")]
    List(AuditListArgs),
    /// Show one record
    #[command(visible_alias = "show")]
    Get(AuditGetArgs),
    /// Show the newest records, and follow with -f
    Tail(tail::TailArgs),
    /// Check the chain; exit 10 at the first broken record
    Verify(verify::VerifyArgs),
}

/// Which record.
#[derive(Debug, Args)]
pub struct AuditGetArgs {
    /// Id or sequence number
    id: String,
}

/// Which records.
#[derive(Debug, Args)]
pub struct AuditListArgs {
    /// Only what matches, like 'action:*.denied' (see: tunnelctl help filters)
    filter: Option<String>,
    /// The same as the positional filter
    #[arg(long = "filter", value_name = "EXPR", conflicts_with = "filter")]
    filter_flag: Option<String>,
    /// Not older than this: a time, or a duration back from now
    #[arg(long, value_name = "T", value_parser = parse_back)]
    since: Option<UnixMs>,
    /// Not newer than this
    #[arg(long, value_name = "T", value_parser = parse_back)]
    until: Option<UnixMs>,
    /// At most this many rows (default 1000 on a terminal, all otherwise)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Oldest first
    #[arg(long)]
    oldest_first: bool,
}

pub(super) fn parse_back(text: &str) -> std::result::Result<UnixMs, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let back = human::parse_duration(text)
        .map_err(|_| "a time like 2026-08-21T14:00:00Z, or a duration like 3h".to_owned())?;
    let ms = u64::try_from(back.as_millis()).unwrap_or(u64::MAX);
    Ok(UnixMs(System.wall().0.saturating_sub(ms)))
}

/// Runs `audit`.
///
/// # Errors
/// As the contract says.
pub fn run(command: AuditCommand, run: &Run) -> Result {
    match command {
        AuditCommand::List(args) => one_shot(list(run, &args)),
        AuditCommand::Get(args) => one_shot(get(run, &crate::cli::names::one(&args.id)?)),
        AuditCommand::Tail(args) if args.follow => stream(tail::run(run, &args)),
        AuditCommand::Tail(args) => one_shot(tail::run(run, &args)),
        AuditCommand::Verify(args) => verify::run(&args, run),
    }
}

/// One page of records.
struct Found {
    events: Vec<AuditEvent>,
    scanned: u64,
    next: Option<u64>,
    head: u64,
    /// Nothing was left out because the caller may not see it.
    is_whole: bool,
}

struct Query {
    after: Option<u64>,
    backwards: bool,
    limit: u32,
    since: Option<UnixMs>,
    until: Option<UnixMs>,
}

async fn page(link: &Link, query: &Query) -> Result<Found> {
    let request = Request::Audit {
        after: query.after,
        backwards: query.backwards,
        limit: query.limit,
        action: None,
        since: query.since,
        until: query.until,
    };
    match link.ask(request).await? {
        Reply::Audit { events, scanned, next, head, unseen } => {
            let is_whole = unseen != Some(true);
            Ok(Found { events, scanned, next, head, is_whole })
        }
        _ => Err(unexpected("audit records")),
    }
}

async fn list(run: &Run, args: &AuditListArgs) -> Result {
    let text = args.filter.as_deref().or(args.filter_flag.as_deref());
    let filter = text.map(|t| Filter::parse(t, &view::schema()).map_err(|e| wrong_filter(t, &e)));
    let filter = filter.transpose()?;
    run.out.check::<AuditEvent>()?;
    let shown = match (args.limit, run.out.terminal) {
        (Some(limit), _) => usize::try_from(limit).unwrap_or(usize::MAX),
        (None, true) => PEOPLE,
        (None, false) => usize::MAX,
    };
    // What comes first in another order is known only when all is there.
    let limit = if run.out.sort.is_some() { usize::MAX } else { shown };
    let link = connect(&run.settings).await?;
    let mut query = Query {
        after: None,
        backwards: !args.oldest_first,
        limit: MAX_PAGE,
        since: args.since,
        until: args.until,
    };
    // A stream of any length passes through here without being kept.
    let streams = run.out.format == Format::Jsonl && run.out.sort.is_none();
    let now = System.wall();
    let (mut rows, mut found_so_far, mut scanned) = (Vec::new(), 0, 0);
    loop {
        let found = page(&link, &query).await?;
        scanned += found.scanned;
        for event in found.events {
            if found_so_far == limit || !filter.as_ref().is_none_or(|f| f.matches(&event, now)) {
                continue;
            }
            found_so_far += 1;
            if streams { run.out.item(&event)? } else { rows.push(event) }
        }
        query.after = found.next;
        if found.next.is_none() || found_so_far == limit {
            break;
        }
    }
    if !streams {
        let next = query.after.map(|seq| seq.to_string());
        table::first(&run.out, &mut rows, u32::try_from(shown).ok())?;
        run.out.list(&Listed { rows, next, as_of: now })?;
    }
    run.out.aside(&format!(
        "{} match, {} scanned",
        human::count(u64::try_from(found_so_far).unwrap_or(u64::MAX)),
        human::count(scanned)
    ));
    link.close().await;
    Ok(Exit::Ok)
}

async fn get(run: &Run, id: &str) -> Result {
    let link = connect(&run.settings).await?;
    let name = match id.parse::<u64>() {
        Ok(seq) => wire::AuditId::from_seq(seq).to_string(),
        Err(_) => id.to_owned(),
    };
    let answer = link.ask(Request::AuditGet(SafeText::from(name))).await;
    let Reply::AuditEvent(event) = answer.map_err(|f| f.or_hint("tunnelctl audit list"))? else {
        return Err(unexpected("an audit record"));
    };
    run.out.object(event.as_ref())?;
    link.close().await;
    Ok(Exit::Ok)
}
