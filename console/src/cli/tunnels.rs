//! `tunnels`: live byte streams; list, look, follow, close.

mod follow;

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::global::{Format, ListArgs};
use crate::cli::out::list::Listed;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::collect;
use crate::cli::runtime::{one_shot, stream};
use crate::cli::trace;
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Failure, Result};
use crate::filter::tunnel_schema;
use clap::{Args, Subcommand};
use link::{Clock, System};
use wire::SafeText;
use wire::message::operator::{Reply, Request};
use wire::message::view::{NodeRef, TunnelState, TunnelView};

/// Verbs of `tunnels`.
#[derive(Debug, Subcommand)]
pub enum TunnelsCommand {
    /// List open tunnels, and those closed in the last 30 seconds
    #[command(visible_alias = "ls")]
    List(TunnelsListArgs),
    /// Show one tunnel
    #[command(visible_alias = "show")]
    Get(GetArgs),
    /// Follow opens, rates and closes
    Watch(follow::WatchArgs),
    /// Close tunnels
    Close(CloseArgs),
}

/// Which tunnel.
#[derive(Debug, Args)]
pub struct GetArgs {
    /// Id or unique id prefix; a closed one by its whole id
    tunnel: String,
    /// Show what happened to it, step by step
    #[arg(long)]
    trace: bool,
}

/// Which tunnels.
#[derive(Debug, Args)]
pub struct TunnelsListArgs {
    #[command(flatten)]
    list: ListArgs,
    /// Only through this node
    #[arg(long, value_name = "N")]
    node: Option<String>,
    /// Only of this operator
    #[arg(long, value_name = "U")]
    who: Option<String>,
    /// Only in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = parse_state)]
    state: Vec<TunnelState>,
    /// Only yours
    #[arg(long, conflicts_with = "who")]
    mine: bool,
    /// Keep the list up to date
    #[arg(long)]
    watch: bool,
}

fn parse_state(text: &str) -> std::result::Result<TunnelState, String> {
    text.parse().map_err(|()| {
        let all: Vec<&str> = TunnelState::ALL.iter().map(|s| s.as_str()).collect();
        format!("one of {}", all.join(", "))
    })
}

/// Which tunnels to close.
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// Ids; - reads them from standard input
    #[arg(required_unless_present_any = ["node", "who"])]
    tunnels: Vec<String>,
    /// All open tunnels through this node
    #[arg(long, value_name = "N", conflicts_with = "tunnels")]
    node: Option<String>,
    /// All open tunnels of this operator
    #[arg(long, value_name = "U", conflicts_with = "tunnels")]
    who: Option<String>,
}

impl Row for TunnelView {
    const KIND: &'static str = "Tunnel";
    const COLUMNS: &'static [Column] = &[
        Column::text("id", "ID"),
        Column::text("node", "NODE"),
        Column::text("target", "TARGET"),
        Column::text("who", "WHO"),
        Column::text("kind", "KIND"),
        Column::number("age", "AGE"),
        Column::number("up_total", "▲ TOTAL"),
        Column::number("down_total", "▼ TOTAL"),
        Column::number("up", "▲/S"),
        Column::number("down", "▼/S"),
        Column::text("state", "STATE"),
        Column::text("from", "FROM").wide(),
        Column::text("rule", "RULE").wide(),
        Column::text("port", "PORT").wide(),
        Column::text("link", "LINK").wide(),
        Column::number("connect", "CONNECT").wide(),
        Column::number("ratio", "RATIO").wide(),
        Column::text("note", "NOTE").wide(),
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
            "node" => look.text(self.node.as_ref().map(|node| &node.name)),
            "target" => Cell::plain(self.target.to_string()),
            "who" => look.text(self.who.name()),
            "kind" => Cell::plain(self.kind.as_str()),
            "age" => look.ago(Some(self.opened_at)),
            "up_total" => look.bytes(self.up_bytes),
            "down_total" => look.bytes(self.down_bytes),
            "up" => look.bytes(self.up_bytes_per_s),
            "down" => look.bytes(self.down_bytes_per_s),
            "state" => Cell::toned(self.state.as_str(), tone(self.state)),
            "from" => look.text(self.who.source_ip.as_ref()),
            "rule" => look.text(self.rule),
            "port" => look.text(self.port.as_ref()),
            "link" => look.text(self.link.as_ref()),
            "connect" => look.ms(self.connect_ms),
            "ratio" => look.text(self.compression.and_then(|c| c.ratio).map(times)),
            "note" => look.text(self.note.as_ref()),
            _ => look.text(self.closed.as_ref().map(|c| c.reason)),
        }
    }

    fn in_short(&self, _: &Look) -> Option<String> {
        let who = self.who.name().unwrap_or_default();
        let open = self.closed.is_none();
        open.then(|| format!("{} {} {who}", self.through(), self.target).trim_end().to_owned())
    }
}

/// How much smaller packing made it.
pub fn times(ratio: f64) -> String {
    format!("{ratio:.1}x")
}

const fn tone(state: TunnelState) -> Tone {
    match state {
        TunnelState::Flowing => Tone::Good,
        TunnelState::Stalled => Tone::Warn,
        TunnelState::Closed | TunnelState::Idle => Tone::Dim,
        TunnelState::Opening | TunnelState::Closing => Tone::Plain,
    }
}

/// Runs `tunnels`.
///
/// # Errors
/// As the contract says.
pub fn run(command: TunnelsCommand, run: &Run) -> Result {
    match command {
        TunnelsCommand::List(args) if args.watch => stream(list(run, &args)),
        TunnelsCommand::List(args) => one_shot(list(run, &args)),
        TunnelsCommand::Get(args) => one_shot(get(run, &args)),
        TunnelsCommand::Watch(args) => stream(follow::watch(run, &args)),
        TunnelsCommand::Close(args) => one_shot(close(run, &args)),
    }
}

async fn list(run: &Run, args: &TunnelsListArgs) -> Result {
    let filter = args.list.filter(&tunnel_schema())?;
    let has = |tunnel: &TunnelView| {
        (args.state.is_empty() || args.state.contains(&tunnel.state))
            && filter.as_ref().is_none_or(|f| f.matches(tunnel, System.wall()))
    };
    let link = connect(&run.settings).await?;
    let who = if args.mine { Some(own_name(&link)) } else { args.who.clone() };
    if args.watch {
        let at = |t: &TunnelView| {
            let is =
                |n: &NodeRef, wanted: &str| n.name.as_str() == wanted || n.id.to_string() == wanted;
            args.node.as_deref().is_none_or(|wanted| t.node.as_ref().is_some_and(|n| is(n, wanted)))
                && who.as_deref().is_none_or(|w| t.who.name().is_some_and(|name| name == w))
        };
        return follow::list(run, &link, |t| has(t) && at(t)).await;
    }
    let tunnels = fetch(run, &link, &args.list, args.node.as_deref(), who.as_deref(), has).await?;
    let exit = run.listed(&tunnels)?;
    link.close().await;
    Ok(exit)
}

async fn fetch(
    run: &Run,
    link: &Link,
    list: &ListArgs,
    node: Option<&str>,
    who: Option<&str>,
    has: impl Fn(&TunnelView) -> bool,
) -> Result<Listed<TunnelView>> {
    let ask = |page| Request::Tunnels {
        page,
        node: node.map(SafeText::from),
        who: who.map(SafeText::from),
    };
    let take = |reply| match reply {
        Reply::Tunnels(tunnels, more) => Some((tunnels, more)),
        _ => None,
    };
    collect(run, link, list, ask, take, has).await
}

fn own_name(link: &Link) -> String {
    link.operator.whoami().operator.to_string()
}

async fn get(run: &Run, args: &GetArgs) -> Result {
    let tunnel = SafeText::from(crate::cli::names::one(&args.tunnel)?);
    let link = connect(&run.settings).await?;
    let request = if args.trace { Request::TunnelTrace(tunnel) } else { Request::Tunnel(tunnel) };
    let Reply::Tunnel(tunnel) = link.ask(request).await? else {
        return Err(unexpected("a tunnel"));
    };
    run.out.object(&tunnel)?;
    let for_people = matches!(run.out.format, Format::Table | Format::Wide) && !run.out.quiet;
    if let Some(steps) = tunnel.trace.as_ref().filter(|_| for_people) {
        trace::lines(steps).iter().try_for_each(|line| run.out.line(line))?;
    }
    link.close().await;
    Ok(Exit::Ok)
}

/// Closing your own tunnels is mild; closing those of others is moderate.
async fn close(run: &Run, args: &CloseArgs) -> Result {
    let link = connect(&run.settings).await?;
    let own = own_name(&link);
    let mine = |t: &TunnelView| t.who.operator.as_ref().is_some_and(|o| o.as_str() == own);
    let all = ListArgs { limit: Some(u32::MAX), ..ListArgs::default() };
    let (names, only_mine) = if args.tunnels.is_empty() {
        let open = |t: &TunnelView| t.state != TunnelState::Closed;
        let found =
            fetch(run, &link, &all, args.node.as_deref(), args.who.as_deref(), open).await?;
        let only_mine = found.rows.iter().all(mine);
        (found.rows.iter().map(|t| t.id.to_string()).collect(), only_mine)
    } else {
        let names = crate::cli::names::expand(&args.tunnels)?;
        let mut only_mine = true;
        for name in &names {
            if let Reply::Tunnel(tunnel) = link.ask(Request::Tunnel(name.as_str().into())).await? {
                only_mine &= mine(&tunnel);
            }
        }
        (names, only_mine)
    };
    link.close().await;
    if names.is_empty() {
        run.out.note("no tunnel is open there");
        return run.out.changed("closed", &[], crate::cli::out::change::Plan::Done);
    }
    let level = if only_mine { Level::Mild } else { Level::Moderate };
    let change =
        Change::new("close tunnel", "closed", level, &names).map_err(|error: Failure| error)?;
    change.apply(run, |tunnel, intent| Request::TunnelClose { tunnels: vec![tunnel], intent }).await
}
