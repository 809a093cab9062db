//! `lock`, `unlock`, `locks`: an immediate block that can be lifted. What rests on the locked thing is
//! cut before the command returns, or with `--drain` may end by itself.

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::global::ListArgs;
use crate::cli::human;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::collect;
use crate::cli::risk::RiskArgs;
use crate::cli::runtime::one_shot;
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::exit::{Exit, Failure, Result};
use crate::filter::lock_schema;
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::time::Duration;
use wire::UnixMs;
use wire::message::operator::{LockSpec, Reply, Request};
use wire::message::view::{LockKind, LockMode, LockState, LockView};

/// What to lock.
#[derive(Debug, Subcommand)]
pub enum LockCommand {
    /// Keep nodes out and cut their tunnels
    Node(LockArgs),
    /// Keep operators out and cut their tunnels
    Operator(LockArgs),
    /// Suspend access sessions
    Session(LockArgs),
    /// Suspend guests
    Guest(LockArgs),
    /// Let nobody in at published ports
    Port(LockArgs),
    /// Let nobody open anything (needs --confirm all --reason TEXT)
    All(HowArgs),
}

/// What to unlock.
#[derive(Debug, Subcommand)]
pub enum UnlockCommand {
    /// Let nodes in again
    Node(UnlockArgs),
    /// Let operators in again
    Operator(UnlockArgs),
    /// Resume access sessions
    Session(UnlockArgs),
    /// Resume guests
    Guest(UnlockArgs),
    /// Let visitors in at published ports again
    Port(UnlockArgs),
    /// Lift the lock on everything
    All,
}

/// Verbs of `locks`.
#[derive(Debug, Subcommand)]
pub enum LocksCommand {
    /// List locks
    #[command(visible_alias = "ls")]
    List(LocksListArgs),
    /// Show one lock
    #[command(visible_alias = "show")]
    Get(LockIdArgs),
}

/// Which ones, and how.
#[derive(Debug, Args)]
pub struct LockArgs {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    names: Vec<String>,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    risk: RiskArgs,
}

/// How long, and what becomes of what is open.
#[derive(Debug, Args)]
pub struct HowArgs {
    /// How long (default: until it is unlocked)
    #[arg(long = "for", value_name = "D", value_parser = human::parse_limit, conflicts_with = "until")]
    lasts: Option<Duration>,
    /// Until this time, like 2026-08-21T18:00:00Z
    #[arg(long, value_name = "T", value_parser = parse_time)]
    until: Option<UnixMs>,
    /// Cut what is open (the default)
    #[arg(long, conflicts_with = "drain")]
    cut: bool,
    /// Let what is open end by itself
    #[arg(long)]
    drain: bool,
}

/// Which ones.
#[derive(Debug, Args)]
pub struct UnlockArgs {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    names: Vec<String>,
}

/// Which locks.
#[derive(Debug, Args)]
pub struct LocksListArgs {
    #[command(flatten)]
    list: ListArgs,
    /// Also those that are over
    #[arg(long)]
    all: bool,
}

/// Which lock.
#[derive(Debug, Args)]
pub struct LockIdArgs {
    /// Id or unique id prefix
    lock: String,
}

fn parse_time(text: &str) -> std::result::Result<UnixMs, String> {
    text.parse().map_err(|_| "a time like 2026-08-21T18:00:00Z".to_owned())
}

impl Row for LockView {
    const KIND: &'static str = "Lock";
    const COLUMNS: &'static [Column] = &[
        Column::text("id", "ID"),
        Column::text("object", "OBJECT"),
        Column::text("mode", "MODE"),
        Column::text("until", "UNTIL"),
        Column::text("by", "BY"),
        Column::text("age", "AGE"),
        Column::text("reason", "REASON"),
        Column::text("state", "STATE"),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.id.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "id" => Cell::plain(self.id.to_string()),
            "object" if self.object_kind == LockKind::All => Cell::plain("all"),
            "object" => Cell::plain(format!("{}/{}", self.object_kind, self.object)),
            "mode" => Cell::plain(self.mode.as_str()),
            "until" => look.until(self.until),
            "by" => look.text(self.by.as_ref()),
            "age" => look.ago(Some(self.created_at)),
            "reason" => Cell::plain(self.reason.as_str()),
            _ => {
                let tone = if self.state == LockState::Active { Tone::Warn } else { Tone::Dim };
                Cell::toned(self.state.as_str(), tone)
            }
        }
    }

    fn in_short(&self, look: &Look) -> Option<String> {
        (self.state == LockState::Active).then(|| self.cell("object", look).text)
    }
}

/// Runs `lock`.
///
/// # Errors
/// Not confirmed, or the only object was not locked.
pub fn lock(command: LockCommand, run: &Run) -> Result {
    let (kind, doing, undo) = match &command {
        LockCommand::Node(_) => (LockKind::Node, "lock node", "tunnelctl unlock node {}"),
        LockCommand::Operator(_) => {
            (LockKind::Operator, "lock operator", "tunnelctl unlock operator {}")
        }
        LockCommand::Session(_) => {
            (LockKind::Session, "lock session", "tunnelctl unlock session {}")
        }
        LockCommand::Guest(_) => (LockKind::Guest, "lock guest", "tunnelctl unlock guest {}"),
        LockCommand::Port(_) => (LockKind::Port, "lock port", "tunnelctl unlock port {}"),
        LockCommand::All(_) => (LockKind::All, "lock all", "tunnelctl unlock all"),
    };
    let (names, how, risk, level) = match command {
        LockCommand::All(how) => (vec!["all".to_owned()], how, None, Level::Severe),
        LockCommand::Node(args)
        | LockCommand::Operator(args)
        | LockCommand::Session(args)
        | LockCommand::Guest(args)
        | LockCommand::Port(args) => (args.names, args.how, Some(args.risk), Level::Moderate),
    };
    if run.settings.flags.reason.is_none() {
        return Err(Failure::usage(format!("{doing} needs --reason TEXT")));
    }
    one_shot(async {
        if let (LockKind::Operator, Some(risk)) = (kind, risk) {
            risk.for_operators(run, &names).await?;
        }
        let mode = if how.drain { LockMode::Drain } else { LockMode::Cut };
        let lasts = how.lasts.or_else(|| how.until.map(|until| until.since(System.wall())));
        let for_ms = lasts.map(|lasts| u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX));
        Change::new(doing, "locked", level, &names)?
            .undo(undo)
            .apply(run, |name, intent| Request::Lock {
                spec: LockSpec { kind, name, for_ms, mode },
                intent,
            })
            .await
    })
}

/// Runs `unlock`.
///
/// # Errors
/// The only object was not unlocked.
pub fn unlock(command: UnlockCommand, run: &Run) -> Result {
    let (kind, names) = match command {
        UnlockCommand::Node(args) => (LockKind::Node, args.names),
        UnlockCommand::Operator(args) => (LockKind::Operator, args.names),
        UnlockCommand::Session(args) => (LockKind::Session, args.names),
        UnlockCommand::Guest(args) => (LockKind::Guest, args.names),
        UnlockCommand::Port(args) => (LockKind::Port, args.names),
        UnlockCommand::All => (LockKind::All, vec!["all".to_owned()]),
    };
    one_shot(async {
        Change::new("unlock", "unlocked", Level::Mild, &names)?
            .apply(run, |name, intent| Request::Unlock { kind, name, intent })
            .await
    })
}

/// Runs `locks`.
///
/// # Errors
/// As the contract says.
pub fn locks(command: LocksCommand, run: &Run) -> Result {
    one_shot(async {
        match command {
            LocksCommand::List(args) => list(run, &args).await,
            LocksCommand::Get(args) => get(run, &args.lock).await,
        }
    })
}

async fn list(run: &Run, args: &LocksListArgs) -> Result {
    let filter = args.list.filter(&lock_schema())?;
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Locks(locks, more) => Some((locks, more)),
        _ => None,
    };
    let all = args.all || args.list.filter.is_some();
    let has = |l: &LockView| {
        (all || l.state == LockState::Active)
            && filter.as_ref().is_none_or(|f| f.matches(l, System.wall()))
    };
    let locks = collect(run, &link, &args.list, Request::Locks, take, has).await?;
    let exit = run.listed(&locks)?;
    link.close().await;
    Ok(exit)
}

async fn get(run: &Run, lock: &str) -> Result {
    let lock = crate::cli::names::one(lock)?;
    let link = connect(&run.settings).await?;
    let Reply::Lock(lock) = link.ask(Request::LockGet(lock.as_str().into())).await? else {
        return Err(unexpected("a lock"));
    };
    run.out.object(&lock)?;
    link.close().await;
    Ok(Exit::Ok)
}
