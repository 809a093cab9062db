//! `sessions`: time-bound grants. An access session admits addresses on published ports; a login
//! session is a certificate in use.

mod follow;
mod start;

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::global::ListArgs;
use crate::cli::human;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::collect;
use crate::cli::risk::RiskArgs;
use crate::cli::runtime::{one_shot, stream};
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::exit::{Exit, Failure, Result};
use crate::filter::session_schema;
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::time::Duration;
use wire::message::operator::{Reply, Request};
use wire::message::view::{SessionKind, SessionState, SessionView};

/// Verbs of `sessions`.
#[derive(Debug, Subcommand)]
pub enum SessionsCommand {
    /// Admit your addresses on the published ports your rules allow, for a time
    Start(start::StartArgs),
    /// Move the end of a running session
    Extend(ExtendArgs),
    /// List sessions, logins included
    #[command(visible_alias = "ls")]
    List(SessionsListArgs),
    /// Show one session
    #[command(visible_alias = "show")]
    Get(SessionArgs),
    /// End sessions and cut what only they admitted
    End(EndArgs),
    /// Follow sessions as they start, change and end
    Watch,
}

/// Which session, and how long.
#[derive(Debug, Args)]
pub struct ExtendArgs {
    /// Id or unique id prefix
    session: String,
    /// It ends this long from now; never earlier than it would
    #[arg(long = "for", value_name = "D", value_parser = human::parse_limit)]
    lasts: Duration,
}

/// Which session.
#[derive(Debug, Args)]
pub struct SessionArgs {
    /// Id or unique id prefix
    session: String,
}

/// Which sessions.
#[derive(Debug, Args)]
pub struct SessionsListArgs {
    #[command(flatten)]
    list: ListArgs,
    /// Only logins, or only access sessions
    #[arg(long, value_name = "KIND", value_parser = parse_kind)]
    kind: Option<SessionKind>,
    /// Also those that are over
    #[arg(long)]
    all: bool,
}

/// Which sessions to end.
#[derive(Debug, Args)]
pub struct EndArgs {
    /// Ids; - reads them from standard input
    #[arg(required_unless_present = "operator")]
    sessions: Vec<String>,
    /// All access sessions of this operator that run
    #[arg(long, value_name = "U", conflicts_with = "sessions")]
    operator: Option<String>,
    #[command(flatten)]
    risk: RiskArgs,
}

fn parse_kind(text: &str) -> std::result::Result<SessionKind, String> {
    text.parse().map_err(|()| "login or access".to_owned())
}

impl Row for SessionView {
    const KIND: &'static str = "Session";
    const COLUMNS: &'static [Column] = &[
        Column::text("id", "ID"),
        Column::text("user", "USER"),
        Column::text("role", "ROLE"),
        Column::text("from", "FROM"),
        Column::text("auth", "AUTH").wide(),
        Column::text("kind", "KIND"),
        Column::text("age", "AGE"),
        Column::text("idle", "IDLE"),
        Column::text("expires", "EXPIRES"),
        Column::number("tun", "TUN"),
        Column::number("down", "▼/S"),
        Column::text("state", "STATE"),
        Column::text("ports", "PORTS").wide(),
        Column::text("reason", "REASON").wide(),
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
            "user" => Cell::plain(self.operator.as_str()),
            "role" => look.text(self.role.as_ref()),
            "from" => Cell::plain(admitted(self)),
            "auth" => Cell::plain(self.auth.as_str()),
            "kind" => Cell::plain(self.session_kind.as_str()),
            "age" => look.ago(Some(self.started_at)),
            "idle" => look.span(self.idle_ms),
            "expires" => look.until(self.expires_at),
            "tun" => look.count(self.tunnels.into()),
            "down" => look.bytes(self.down_bytes_per_s),
            "ports" => {
                let names: Vec<&str> = self.ports.iter().map(|port| port.name.as_str()).collect();
                Cell::plain(names.join(" "))
            }
            "reason" => look.text(self.reason.as_ref()),
            _ if self.locked.is_some() => Cell::toned(format!("{}, locked", self.state), Tone::Bad),
            _ => {
                let tone = match self.state {
                    SessionState::Active => Tone::Good,
                    SessionState::Expiring => Tone::Warn,
                    _ => Tone::Dim,
                };
                Cell::toned(self.state.as_str(), tone)
            }
        }
    }

    fn in_short(&self, _: &Look) -> Option<String> {
        (!is_over(self.state)).then(|| format!("{} {}", self.operator, self.state))
    }
}

/// Single addresses without the length of their prefix.
fn admitted(session: &SessionView) -> String {
    let short = |net: &str| {
        let single = net.strip_suffix("/32").or_else(|| net.strip_suffix("/128"));
        single.unwrap_or(net).to_owned()
    };
    session.from.iter().map(|net| short(net.as_str())).collect::<Vec<_>>().join(" ")
}

/// Runs `sessions`.
///
/// # Errors
/// As the contract says.
pub fn run(command: SessionsCommand, run: &Run) -> Result {
    match command {
        SessionsCommand::Start(args) if args.stays() => stream(start::start(run, &args)),
        SessionsCommand::Watch => stream(follow::watch(run)),
        command => one_shot(async {
            match command {
                SessionsCommand::Start(args) => start::start(run, &args).await,
                SessionsCommand::Extend(args) => extend(run, &args).await,
                SessionsCommand::List(args) => list(run, &args).await,
                SessionsCommand::Get(args) => get(run, &args.session).await,
                SessionsCommand::End(args) => end(run, &args).await,
                SessionsCommand::Watch => Ok(Exit::Ok),
            }
        }),
    }
}

fn take(reply: Reply) -> Option<crate::cli::pages::Part<SessionView>> {
    match reply {
        Reply::Sessions(sessions, more) => Some((sessions, more)),
        _ => None,
    }
}

const fn is_over(state: SessionState) -> bool {
    !matches!(state, SessionState::Active | SessionState::Expiring)
}

async fn list(run: &Run, args: &SessionsListArgs) -> Result {
    let filter = args.list.filter(&session_schema())?;
    let link = connect(&run.settings).await?;
    // Who asks for a state by name means those that are over as well.
    let all = args.all || args.list.filter.is_some();
    let has = |s: &SessionView| {
        args.kind.is_none_or(|kind| s.session_kind == kind)
            && (all || !is_over(s.state))
            && filter.as_ref().is_none_or(|f| f.matches(s, System.wall()))
    };
    let sessions = collect(run, &link, &args.list, Request::Sessions, take, has).await?;
    let exit = run.listed(&sessions)?;
    link.close().await;
    Ok(exit)
}

async fn get(run: &Run, session: &str) -> Result {
    let session = crate::cli::names::one(session)?;
    let link = connect(&run.settings).await?;
    let Reply::Session(session) = link.ask(Request::Session(session.as_str().into())).await? else {
        return Err(unexpected("a session"));
    };
    run.out.object(&*session)?;
    link.close().await;
    Ok(Exit::Ok)
}

async fn extend(run: &Run, args: &ExtendArgs) -> Result {
    let session = crate::cli::names::one(&args.session)?;
    run.may_create("sessions extend", Level::Mild)?;
    let for_ms = u64::try_from(args.lasts.as_millis()).unwrap_or(u64::MAX);
    let link = connect(&run.settings).await?;
    let request =
        Request::SessionExtend { session: session.as_str().into(), for_ms, intent: run.intent() };
    let exit = match link.ask(request).await? {
        Reply::Session(session) => start::told(run, &session),
        reply => run.planned("extend session", reply, &session),
    };
    link.close().await;
    exit
}

async fn end(run: &Run, args: &EndArgs) -> Result {
    let sessions = match &args.operator {
        Some(operator) => running_of(run, operator).await?,
        None => args.sessions.clone(),
    };
    args.risk.for_sessions(run, &sessions).await?;
    Change::new("end session", "ended", Level::Moderate, &sessions)?
        .apply(run, |session, intent| Request::SessionEnd { session, intent })
        .await
}

/// The running access sessions of an operator.
async fn running_of(run: &Run, operator: &str) -> Result<Vec<String>> {
    let link = connect(&run.settings).await?;
    let is_his = |s: &SessionView| {
        s.session_kind == SessionKind::Access
            && !is_over(s.state)
            && s.operator.as_str() == operator
    };
    let every = ListArgs { filter: None, limit: Some(u32::MAX) };
    let sessions = collect(run, &link, &every, Request::Sessions, take, is_his).await?;
    link.close().await;
    if sessions.rows.is_empty() {
        let message = format!("operator {operator} has no running session");
        return Err(Failure::new(Exit::NotFound, message).hint("tunnelctl sessions list"));
    }
    Ok(sessions.rows.iter().map(|session| session.id.to_string()).collect())
}
