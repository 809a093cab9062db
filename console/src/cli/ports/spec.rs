//! What a published port is made of: `ports create` and `ports update`.

use super::{admits, find, public};
use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::forward::{Hold, parse_compress, parse_on_drop};
use crate::cli::human;
use crate::cli::nodes::Selected;
use crate::ctx::connect;
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use std::time::Duration;
use wire::message::operator::{Packing, PortChange, PortSpec, Reply, Request};
use wire::message::tunnel::Compress;
use wire::message::view::{DropMode, OnDrop, Pick, PortOptions, PortView, ProxyProtocol};
use wire::{Name, SafeText, Target};

/// The nodes behind a port.
#[derive(Debug, Clone, Args)]
pub(super) struct BehindArgs {
    /// A node; repeat for several, in the order of failover
    #[arg(long = "node", value_name = "N", conflicts_with = "select")]
    nodes: Vec<String>,
    /// All nodes that carry this label now; repeat for all of several labels
    #[arg(short = 'l', id = "select", value_name = "KEY[=VALUE]")]
    labels: Vec<String>,
}

impl BehindArgs {
    async fn names(&self, run: &Run) -> Result<Vec<SafeText>> {
        let names = if self.labels.is_empty() {
            self.nodes.clone()
        } else {
            Selected::by_labels(self.labels.clone()).names(run).await?
        };
        Ok(names.iter().map(|name| SafeText::from(name.as_str())).collect())
    }

    fn is_given(&self) -> bool {
        !self.nodes.is_empty() || !self.labels.is_empty()
    }
}

/// What to publish.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Its name
    name: String,
    #[command(flatten)]
    behind: BehindArgs,
    /// The target at the node
    #[arg(long, value_name = "HOST:PORT")]
    to: Target,
    /// The public port number (default: the next free one of the server's range)
    #[arg(long, value_name = "NUM", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// What happens while the node is away: refuse, or hold[=10s]
    #[arg(long, value_name = "refuse|hold[=D]", default_value = "hold=10s", value_parser = parse_on_drop)]
    on_drop: Hold,
    /// Of several nodes: the first connected one until it is lost, or the one with the least tunnels
    #[arg(long, value_name = "first|least", default_value = "first", value_parser = parse_pick)]
    pick: Pick,
    /// Tell the target whose connection it gets, by a PROXY protocol header
    #[arg(long, value_name = "off|v2", default_value = "off", value_parser = parse_proxy)]
    proxy_protocol: ProxyProtocol,
    /// Pack what gets smaller by it on the way between server and node
    #[arg(long, value_name = "zstd", value_parser = parse_compress)]
    compress: Option<Compress>,
    /// At most this many open tunnels
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tunnels: Option<u32>,
    /// At most this fast: all tunnels together, both ways together
    #[arg(long, value_name = "5MB/s", value_parser = human::parse_rate)]
    rate: Option<u64>,
    /// Close a tunnel after this many bytes, both ways together
    #[arg(long, value_name = "BYTES", value_parser = human::parse_bytes)]
    budget: Option<u64>,
    /// Close a tunnel after this long without payload
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    idle: Option<Duration>,
    /// A port of this name and target counts as created
    #[arg(long)]
    if_missing: bool,
}

/// What becomes different.
#[derive(Debug, Args)]
#[group(id = "anything", required = true, multiple = true)]
pub(super) struct ChangeArgs {
    /// A node; repeat for several, in the order of failover
    #[arg(long = "node", value_name = "N", conflicts_with = "select")]
    nodes: Vec<String>,
    /// All nodes that carry this label now; repeat for all of several labels
    #[arg(short = 'l', id = "select", value_name = "KEY[=VALUE]")]
    labels: Vec<String>,
    /// The target at the node
    #[arg(long, value_name = "HOST:PORT")]
    to: Option<Target>,
    /// What happens while the node is away: refuse, or hold[=10s]
    #[arg(long, value_name = "refuse|hold[=D]", value_parser = parse_on_drop)]
    on_drop: Option<Hold>,
    /// Of several nodes: the first connected one until it is lost, or the one with the least tunnels
    #[arg(long, value_name = "first|least", value_parser = parse_pick)]
    pick: Option<Pick>,
    /// Tell the target whose connection it gets, by a PROXY protocol header
    #[arg(long, value_name = "off|v2", value_parser = parse_proxy)]
    proxy_protocol: Option<ProxyProtocol>,
    /// Pack what gets smaller by it on the way between server and node; none stops that
    #[arg(long, value_name = "zstd|none", value_parser = parse_packing)]
    compress: Option<Packing>,
    /// At most this many open tunnels; none lifts the limit
    #[arg(long, value_name = "N|none", value_parser = parse_count)]
    max_tunnels: Option<u32>,
    /// At most this fast: all tunnels together, both ways together; none lifts the limit
    #[arg(long, value_name = "5MB/s|none", value_parser = or_none(human::parse_rate))]
    rate: Option<u64>,
    /// Close a tunnel after this many bytes, both ways together; none lifts the limit
    #[arg(long, value_name = "BYTES|none", value_parser = or_none(human::parse_bytes))]
    budget: Option<u64>,
    /// Close a tunnel after this long without payload; none lifts the limit
    #[arg(long, value_name = "D|none", value_parser = or_none(parse_millis))]
    idle: Option<u64>,
}

/// Which port, and what becomes different.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Name, id or unique id prefix
    port: String,
    #[command(flatten)]
    change: ChangeArgs,
}

fn parse_pick(text: &str) -> std::result::Result<Pick, String> {
    text.parse().map_err(|()| "first or least".to_owned())
}

fn parse_proxy(text: &str) -> std::result::Result<ProxyProtocol, String> {
    text.parse().map_err(|()| "off or v2".to_owned())
}

fn parse_packing(text: &str) -> std::result::Result<Packing, String> {
    if text == "none" { Ok(Packing::Off) } else { parse_compress(text).map(Packing::On) }
}

fn parse_count(text: &str) -> std::result::Result<u32, String> {
    match text {
        "none" => Ok(0),
        text => text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "a number, or none".to_owned()),
    }
}

fn parse_millis(text: &str) -> std::result::Result<u64, String> {
    human::parse_limit(text).map(millis)
}

fn millis(of: Duration) -> u64 {
    u64::try_from(of.as_millis()).unwrap_or(u64::MAX)
}

/// A limit, or `none`: 0 stands for that in a change.
fn or_none(
    parse: fn(&str) -> std::result::Result<u64, String>,
) -> impl Fn(&str) -> std::result::Result<u64, String> + Clone + Send + Sync + 'static {
    move |text| if text == "none" { Ok(0) } else { parse(text) }
}

/// Runs `ports create`.
///
/// # Errors
/// As the contract says.
pub(super) async fn create(run: &Run, args: &CreateArgs) -> Result {
    let name: Name =
        args.name.parse().map_err(|e| Failure::usage(format!("{:?}: {e}", args.name)))?;
    if !args.behind.is_given() {
        return Err(Failure::usage("no node: which one stands behind the port?")
            .hint(format!("tunnelctl ports create {name} --node NAME --to {}", args.to)));
    }
    let intent = run.intent();
    run.may_create(&format!("ports create {name}"), Level::Mild)?;
    let nodes = args.behind.names(run).await?;
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
        nodes,
        target: args.to.clone(),
        port: args.port,
        on_drop: args.on_drop.for_port(),
        max_tunnels: args.max_tunnels,
        idle_ms: args.idle.map(millis),
        options: PortOptions {
            pick: args.pick,
            proxy_protocol: args.proxy_protocol,
            rate_bytes_per_s: args.rate,
            budget_bytes: args.budget,
            compress: args.compress,
        },
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
    run.out.aside(
        "the public side is raw TCP: encryption there is the application's job, \
         or take tunnelctl forward port/NAME",
    );
    run.out.aside(&format!("undo: tunnelctl ports delete {}", port.name));
    Ok(Exit::Ok)
}

/// Runs `ports update`.
///
/// # Errors
/// As the contract says.
pub(super) async fn update(run: &Run, args: &UpdateArgs) -> Result {
    let change = &args.change;
    let behind = BehindArgs { nodes: change.nodes.clone(), labels: change.labels.clone() };
    let nodes = if behind.is_given() { Some(behind.names(run).await?) } else { None };
    // What leads elsewhere cuts the tunnels that are there.
    let level = if nodes.is_some() || change.to.is_some() { Level::Moderate } else { Level::Mild };
    let new = PortChange {
        nodes,
        target: change.to.clone(),
        on_drop: change.on_drop.map(Hold::for_port),
        max_tunnels: change.max_tunnels,
        idle_ms: change.idle,
        pick: change.pick,
        proxy_protocol: change.proxy_protocol,
        rate_bytes_per_s: change.rate,
        budget_bytes: change.budget,
        compress: change.compress,
    };
    let names = [args.port.clone()];
    Change::new("update port", "updated", level, &names)?
        .apply(run, |port, intent| Request::PortUpdate {
            port,
            change: Box::new(new.clone()),
            intent,
        })
        .await
}

impl Hold {
    /// What a published port does while its node is away.
    fn for_port(self) -> OnDrop {
        match self {
            Self::Close => OnDrop { mode: DropMode::Refuse, hold_ms: None },
            Self::Hold(time) => OnDrop { mode: DropMode::Hold, hold_ms: Some(millis(time)) },
        }
    }
}
