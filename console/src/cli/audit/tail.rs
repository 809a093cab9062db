//! `audit tail`: the newest records, and with `-f` those to come.

use super::{Query, page};
use crate::cli::Run;
use crate::cli::global::Format;
use crate::cli::nodes::lost;
use crate::cli::out::list::Listed;
use crate::cli::out::{Row, Tone};
use crate::ctx::connect;
use crate::exit::{Exit, Result};
use clap::Args;
use link::{Clock, System};
use wire::audit::AuditEvent;
use wire::limits::MAX_PAGE;
use wire::message::operator::{Push, Subscription};

/// How many, and whether to stay.
#[derive(Debug, Args)]
pub struct TailArgs {
    /// Stay and print records as they are made
    #[arg(short = 'f', long)]
    pub(super) follow: bool,
    /// How many to begin with
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    lines: u32,
    /// Takes the place of the global flag, whose -n means the number of lines here.
    #[arg(long = "dry-run", id = "dry_run", hide = true)]
    _dry_run: bool,
}

/// Runs `audit tail`.
///
/// # Errors
/// The server goes away, or the reader does.
pub(super) async fn run(run: &Run, args: &TailArgs) -> Result {
    let link = connect(&run.settings).await?;
    run.out.check::<AuditEvent>()?;
    let lines = run.out.format == Format::Jsonl || args.follow && run.out.is_structured();
    if lines {
        run.out.stream_header()?;
    }
    let (mut events, head) = newest(&link, args.lines).await?;
    events.reverse();
    if !args.follow && !lines && run.out.format != Format::Table {
        let listed = Listed { rows: events, next: None, as_of: System.wall() };
        link.close().await;
        return run.listed(&listed);
    }
    for event in &events {
        tell(run, event)?;
    }
    if !args.follow {
        link.close().await;
        return Ok(Exit::Ok);
    }
    let after = events.last().map_or(head, |event| event.seq);
    let subscription = Subscription { audit_after: Some(after), ..Subscription::default() };
    let mut pushes = link.operator.subscribe(subscription).await?;
    while let Some(push) = pushes.recv().await {
        if let Push::Audit(events) = push {
            events.iter().try_for_each(|event| tell(run, event))?;
        }
    }
    Err(lost())
}

/// Newest first, and the sequence number of the newest of all.
async fn newest(link: &crate::ctx::Link, lines: u32) -> Result<(Vec<AuditEvent>, u64)> {
    let wanted = usize::try_from(lines).unwrap_or(usize::MAX);
    let mut query = Query { after: None, backwards: true, limit: 1, since: None, until: None };
    let mut events = Vec::new();
    loop {
        let left = wanted.saturating_sub(events.len());
        query.limit = u32::try_from(left).unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE);
        let found = page(link, &query).await?;
        events.extend(found.events.into_iter().take(left));
        if events.len() >= wanted || found.next.is_none() {
            return Ok((events, found.head));
        }
        query.after = found.next;
    }
}

fn tell(run: &Run, event: &AuditEvent) -> Result<()> {
    if run.out.is_structured() {
        return run.out.item(event);
    }
    if run.out.quiet {
        return run.out.line(&event.id().to_string());
    }
    let look = &run.out.look;
    let cell = |key| event.cell(key, look);
    if look.machine {
        let cells: Vec<String> = ["time", "who", "action", "object", "result", "from", "detail"]
            .map(|k| cell(k).text)
            .into();
        return run.out.line(&cells.join("\t"));
    }
    let result = cell("result");
    let (on, off) = if look.color && result.tone != Tone::Plain {
        (result.tone.start(), "\x1b[0m")
    } else {
        ("", "")
    };
    run.out.line(&format!(
        "{}  {:<10} {:<16} {:<16} {on}{:<6}{off} {:<15} {}",
        look.clock(event.at),
        cell("who").text,
        cell("action").text,
        cell("object").text,
        result.text,
        cell("from").text,
        cell("detail").text,
    ))
}
