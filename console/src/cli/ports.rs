//! `ports`: published ports; permanent public TCP ports that lead to targets at nodes.

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::forward::{Hold, parse_on_drop};
use crate::cli::global::ListArgs;
use crate::cli::human;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::collect;
use crate::cli::runtime::{one_shot, stream};
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Failure, Result};
use crate::filter::port_schema;
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::time::Duration;
use wire::message::operator::{PortSpec, Push, Reply, Request, Subscription};
use wire::message::view::{DropMode, OnDrop, PortState, PortView};
use wire::{Name, SafeText, Target};

/// Verbs of `ports`.
#[derive(Debug, Subcommand)]
pub enum PortsCommand {
    /// Publish a port
    Create(CreateArgs),
    /// List published ports
    #[command(visible_alias = "ls")]
    List(PortsListArgs),
    /// Show one published port
    #[command(visible_alias = "show")]
    Get(PortArgs),
    /// Remove published ports and cut their tunnels
    #[command(visible_alias = "rm")]
    Delete(DeleteArgs),
    /// Switch published ports on
    Enable(PortNames),
    /// Switch published ports off and cut their tunnels
    Disable(PortNames),
}

/// Which port.
#[derive(Debug, Args)]
pub struct PortArgs {
    /// Name, id or unique id prefix
    port: String,
}

/// Which ports.
#[derive(Debug, Args)]
pub struct PortNames {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    ports: Vec<String>,
}

/// Which ports to remove.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    #[command(flatten)]
    names: PortNames,
    /// A port that is not there is no failure
    #[arg(long)]
    ignore_missing: bool,
}

/// Which part of the list.
#[derive(Debug, Args)]
pub struct PortsListArgs {
    #[command(flatten)]
    list: ListArgs,
    /// Only in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = parse_state)]
    state: Vec<PortState>,
    /// Only through this node
    #[arg(long, value_name = "N")]
    node: Option<String>,
    /// Keep the list up to date
    #[arg(long)]
    watch: bool,
}

fn parse_state(text: &str) -> std::result::Result<PortState, String> {
    text.parse().map_err(|()| {
        let all: Vec<&str> = PortState::ALL.iter().map(|s| s.as_str()).collect();
        format!("one of {}", all.join(", "))
    })
}

/// What to publish.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Its name
    name: String,
    /// The node; repeat for failover, in order
    #[arg(long = "node", value_name = "N", required = true)]
    nodes: Vec<String>,
    /// The target at the node
    #[arg(long, value_name = "HOST:PORT")]
    to: Target,
    /// The public port number (default: the next free one of the server's range)
    #[arg(long, value_name = "NUM", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// What happens while the node is away: refuse, or hold[=10s]
    #[arg(long, value_name = "refuse|hold[=D]", default_value = "hold=10s", value_parser = parse_on_drop)]
    on_drop: Hold,
    /// At most this many open tunnels
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tunnels: Option<u32>,
    /// Close a tunnel after this long without payload
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    idle: Option<Duration>,
    /// A port of this name and target counts as created
    #[arg(long)]
    if_missing: bool,
}

impl Row for PortView {
    const KIND: &'static str = "Port";
    const COLUMNS: &'static [Column] = &[
        Column::text("name", "NAME"),
        Column::text("public", "PUBLIC"),
        Column::text("via", "VIA"),
        Column::text("target", "TARGET"),
        Column::text("admits", "ADMITS"),
        Column::number("tun", "TUN"),
        Column::number("waiting", "WAITING").wide(),
        Column::number("up_total", "▲ TOTAL").wide(),
        Column::number("down_total", "▼ TOTAL").wide(),
        Column::text("on_drop", "ON DROP").wide(),
        Column::text("id", "ID").wide(),
        Column::text("state", "STATE"),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "name" => Cell::plain(self.name.as_str()),
            "public" => Cell::plain(public(self)),
            "via" => {
                let nodes: Vec<&str> = self.nodes.iter().map(|n| n.name.as_str()).collect();
                Cell::plain(nodes.join(" "))
            }
            "target" => Cell::plain(self.target.to_string()),
            "admits" => Cell::plain(admits(self)),
            "tun" => look.count(self.tunnels.into()),
            "waiting" => look.count(self.waiting.into()),
            "up_total" => look.bytes(self.up_bytes),
            "down_total" => look.bytes(self.down_bytes),
            "on_drop" => match (self.on_drop.mode, self.on_drop.hold_ms) {
                (DropMode::Hold, Some(ms)) => {
                    Cell::plain(format!("hold={}", human::duration(Duration::from_millis(ms))))
                }
                (mode, _) => Cell::plain(mode.as_str()),
            },
            "id" => Cell::plain(self.id.to_string()),
            _ => {
                let fault = self.fault.as_ref().map(|f| format!(" ({f})")).unwrap_or_default();
                Cell::toned(format!("{}{fault}", self.state), tone(self.state))
            }
        }
    }
}

fn public(port: &PortView) -> String {
    format!("{}:{}", port.public.host, port.public.port)
}

fn admits(port: &PortView) -> String {
    let counts = [
        (port.admits.sessions, "session"),
        (port.admits.rules, "rule"),
        (port.admits.guests, "guest"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| format!("{count} {noun}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "nobody yet".to_owned() } else { parts.join(", ") }
}

const fn tone(state: PortState) -> Tone {
    match state {
        PortState::Serving => Tone::Good,
        PortState::Holding | PortState::Refusing => Tone::Warn,
        PortState::Disabled => Tone::Dim,
        PortState::Fault => Tone::Bad,
    }
}

/// Runs `ports`.
///
/// # Errors
/// As the contract says.
pub fn run(command: PortsCommand, run: &Run) -> Result {
    match command {
        PortsCommand::Create(args) => one_shot(create(run, &args)),
        PortsCommand::List(args) if args.watch => stream(list(run, &args)),
        PortsCommand::List(args) => one_shot(list(run, &args)),
        PortsCommand::Get(args) => one_shot(get(run, &crate::cli::names::one(&args.port)?)),
        PortsCommand::Delete(args) => one_shot(delete(run, &args)),
        PortsCommand::Enable(names) => one_shot(switch(run, &names.ports, true)),
        PortsCommand::Disable(names) => one_shot(switch(run, &names.ports, false)),
    }
}

async fn list(run: &Run, args: &PortsListArgs) -> Result {
    let filter = args.list.filter(&port_schema())?;
    let has = |port: &PortView| {
        filter.as_ref().is_none_or(|f| f.matches(port, System.wall()))
            && (args.state.is_empty() || args.state.contains(&port.state))
            && args.node.as_deref().is_none_or(|n| {
                port.nodes.iter().any(|r| r.name.as_str() == n || r.id.to_string() == n)
            })
    };
    let link = connect(&run.settings).await?;
    if args.watch {
        return watch(run, &link, has).await;
    }
    let take = |reply| match reply {
        Reply::Ports(ports, more) => Some((ports, more)),
        _ => None,
    };
    let ports = collect(run, &link, &args.list, Request::Ports, take, has).await?;
    let exit = run.listed(&ports)?;
    link.close().await;
    Ok(exit)
}

async fn watch(run: &Run, link: &Link, has: impl Fn(&PortView) -> bool) -> Result {
    let subscription = Subscription { ports: true, ..Subscription::default() };
    let mut pushes = link.operator.subscribe(subscription).await?;
    let redraws = run.redraws();
    if !redraws {
        run.out.stream_header()?;
    }
    let (mut last, mut rows): (Vec<PortView>, Vec<PortView>) = Default::default();
    while let Some(push) = pushes.recv().await {
        let Push::Ports { at, ports, more } = push else { continue };
        rows.extend(ports.into_iter().filter(&has));
        if more == Some(true) {
            continue;
        }
        let rows = std::mem::take(&mut rows);
        if redraws {
            let rows = rows.clone();
            run.redraw(&crate::cli::out::list::Listed { rows, next: None, as_of: at })?;
        } else {
            rows.iter().filter(|port| !last.contains(port)).try_for_each(|p| run.out.item(p))?;
        }
        last = rows;
    }
    Err(crate::cli::nodes::lost())
}

async fn find(link: &Link, port: &str) -> Result<PortView> {
    match link.ask(Request::Port(port.into())).await? {
        Reply::Port(port) => Ok(port),
        _ => Err(unexpected("a port")),
    }
}

async fn get(run: &Run, port: &str) -> Result {
    let link = connect(&run.settings).await?;
    run.out.object(&find(&link, port).await?)?;
    link.close().await;
    Ok(Exit::Ok)
}

async fn create(run: &Run, args: &CreateArgs) -> Result {
    let name: Name =
        args.name.parse().map_err(|e| Failure::usage(format!("{:?}: {e}", args.name)))?;
    let intent = run.intent();
    run.may_create(&format!("ports create {name}"), Level::Mild)?;
    let link = connect(&run.settings).await?;
    if args.if_missing
        && let Ok(port) = find(&link, name.as_str()).await
        && port.name == name
        && port.target == args.to
    {
        link.close().await;
        return created(run, &port, "exists already");
    }
    let spec = PortSpec {
        name,
        nodes: args.nodes.iter().map(|n| SafeText::from(n.as_str())).collect(),
        target: args.to.clone(),
        port: args.port,
        on_drop: args.on_drop.for_port(),
        max_tunnels: args.max_tunnels,
        idle_ms: args.idle.map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)),
    };
    let exit = match link.ask(Request::PortCreate { spec, intent }).await? {
        Reply::Port(port) => created(run, &port, ""),
        reply => run.planned("create port", reply, &args.name),
    };
    link.close().await;
    exit
}

fn created(run: &Run, port: &PortView, note: &str) -> Result {
    if run.out.quiet {
        run.out.line(&port.id.to_string())?;
        return Ok(Exit::Ok);
    }
    if run.out.is_structured() || run.out.format == crate::cli::global::Format::Name {
        run.out.object(port)?;
        return Ok(Exit::Ok);
    }
    let look = &run.out.look;
    let arrow = look.glyph("→", "->");
    let via: Vec<&str> = port.nodes.iter().map(|n| n.name.as_str()).collect();
    run.out.line(&format!(
        "{} {} {}   {} {arrow} {} {arrow} {}   admits: {} {note}",
        look.tick(),
        port.id,
        port.name,
        public(port),
        via.join(","),
        port.target,
        admits(port),
    ))?;
    run.out.aside(&format!("undo: tunnelctl ports delete {}", port.name));
    Ok(Exit::Ok)
}

async fn delete(run: &Run, args: &DeleteArgs) -> Result {
    Change::new("delete port", "deleted", Level::Moderate, &args.names.ports)?
        .ignore_missing(args.ignore_missing)
        .apply(run, |port, intent| Request::PortDelete { port, intent })
        .await
}

async fn switch(run: &Run, ports: &[String], on: bool) -> Result {
    let change = if on {
        Change::new("enable port", "enabled", Level::Mild, ports)?
            .undo("tunnelctl ports disable {}")
    } else {
        Change::new("disable port", "disabled", Level::Moderate, ports)?
            .undo("tunnelctl ports enable {}")
    };
    change.apply(run, |port, intent| Request::PortEnable { port, on, intent }).await
}

impl Hold {
    /// What a published port does while its node is away.
    fn for_port(self) -> OnDrop {
        match self {
            Self::Close => OnDrop { mode: DropMode::Refuse, hold_ms: None },
            Self::Hold(time) => OnDrop {
                mode: DropMode::Hold,
                hold_ms: Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            },
        }
    }
}

impl Run {
    /// The end of a creation that was only planned.
    ///
    /// # Errors
    /// The reply is no plan.
    pub(in crate::cli) fn planned(&self, doing: &str, reply: Reply, name: &str) -> Result {
        let dry_run = self.settings.flags.dry_run;
        let outcomes = crate::cli::confirm::results(reply, name, dry_run)?;
        tracing::debug!(at = %System.wall(), doing, "planned");
        self.out.changed(doing, &outcomes, self.plan())
    }
}
