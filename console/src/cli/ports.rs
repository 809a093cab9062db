//! `ports`: published ports; permanent public TCP ports that lead to targets at nodes. What a port is
//! made of and changed to is in `ports/spec.rs`.

mod spec;

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::global::ListArgs;
use crate::cli::human;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::collect;
use crate::cli::runtime::{one_shot, stream};
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Result};
use crate::filter::port_schema;
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::time::Duration;
use wire::message::operator::{Push, Reply, Request, Subscription};
use wire::message::view::{DropMode, PortState, PortView, ProxyProtocol};

/// Verbs of `ports`.
#[derive(Debug, Subcommand)]
pub enum PortsCommand {
    /// Publish a port
    Create(spec::CreateArgs),
    /// List published ports
    #[command(visible_alias = "ls")]
    List(PortsListArgs),
    /// Show one published port
    #[command(visible_alias = "show")]
    Get(PortArgs),
    /// Change a published port; it keeps its name and number
    Update(spec::UpdateArgs),
    /// Follow published ports and what changes about them
    Watch(WatchArgs),
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

/// Which ports to follow.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Names or ids; all ports without any
    ports: Vec<String>,
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
        Column::text("pick", "PICK").wide(),
        Column::text("limits", "LIMITS").wide(),
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
            "pick" => Cell::plain(self.options.pick.as_str()),
            "limits" => Cell::plain(limits(self)),
            "id" => Cell::plain(self.id.to_string()),
            _ => {
                let why = self.reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                let tone = match (self.state, &self.reason) {
                    (PortState::Serving, Some(_)) => Tone::Warn,
                    (state, _) => tone(state),
                };
                Cell::toned(format!("{}{why}", self.state), tone)
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

/// What holds visitors back, and what the target is told; nothing for a port without.
fn limits(port: &PortView) -> String {
    let options = &port.options;
    let all = [
        port.max_tunnels.map(|most| format!("{most} tunnels")),
        options.rate_bytes_per_s.map(|rate| format!("{}/s", human::bytes(rate))),
        options.budget_bytes.map(|budget| format!("{} each", human::bytes(budget))),
        port.idle_ms.map(|ms| format!("idle {}", human::duration(Duration::from_millis(ms)))),
        (options.proxy_protocol == ProxyProtocol::V2).then(|| "proxy v2".to_owned()),
        options.compress.map(|how| {
            let ratio = port.compression.and_then(|c| c.ratio).map(crate::cli::tunnels::times);
            format!("{} {}", how.as_str(), ratio.unwrap_or_default()).trim_end().to_owned()
        }),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
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
        PortsCommand::Create(args) => one_shot(spec::create(run, &args)),
        PortsCommand::Update(args) => one_shot(spec::update(run, &args)),
        PortsCommand::Watch(args) => stream(follow(run, &args)),
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

async fn follow(run: &Run, args: &WatchArgs) -> Result {
    let link = connect(&run.settings).await?;
    // A name that is wrong is told now, not by a silence for ever.
    let mut ids = Vec::with_capacity(args.ports.len());
    for port in &args.ports {
        ids.push(find(&link, port).await?.id);
    }
    watch(run, &link, |port| ids.is_empty() || ids.contains(&port.id)).await
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

pub(super) async fn find(link: &Link, port: &str) -> Result<PortView> {
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
