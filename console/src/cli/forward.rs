//! `forward`: local ports and sockets that lead to targets at a node. Serving and events are in `forward/serve.rs`,
//! the file of `-f` in `forward/file.rs` and `forward/kept.rs`, the verbs about forwards of any process in
//! `forward/owners.rs`, the grammar of SPEC in `forward/spec.rs`.

#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "clap shows these comments as help text, brackets and all"
)]

mod detach;
mod event;
mod exec;
mod file;
mod filtered;
mod kept;
mod owners;
mod serve;
mod spec;

use crate::cli::runtime::many;
use crate::cli::{Run, human};
use crate::ctx::Link;
use crate::ctx::access::{connect_as, unexpected};
use crate::exit::{Exit, Failure, Result};
use crate::forwards::{OwnerKind, Shown};
use clap::Args;
use ipnet::IpNet;
use link::forward::{Clients, Kind, Place, Spec};
use link::operator::OperatorError;
pub use owners::ForwardCommand;
pub use serve::{Line, Serving, serve};
use spec::Listen;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::message::operator::{Reply, Request};
use wire::message::tunnel::{Compress, OpenTo};
use wire::message::view::NodeView;
use wire::{Name, RefusalCode, RuleId, SafeText, Target};

const HOLD: Duration = Duration::from_secs(10);
/// Why nobody can be told apart there.
const NO_ADDRESSES: &str = "whoever connects to a socket has no address";

/// What happens to new connections while the other side is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// They are closed at once.
    Close,
    /// They wait this long.
    Hold(Duration),
}

/// Reads `hold`, `hold=10s`, `hold=10`, `close` or `refuse`.
///
/// # Errors
/// Anything else.
pub fn parse_on_drop(text: &str) -> std::result::Result<Hold, String> {
    match text.split_once('=') {
        None if text == "hold" => Ok(Hold::Hold(HOLD)),
        None if matches!(text, "close" | "refuse") => Ok(Hold::Close),
        Some(("hold", time)) => human::parse_duration(time).map(Hold::Hold),
        _ => Err("hold, hold=10s, or close (refuse for published ports)".to_owned()),
    }
}

/// Reads how to pack.
///
/// # Errors
/// Anything but `zstd`.
pub fn parse_compress(text: &str) -> std::result::Result<Compress, String> {
    if text == "zstd" { Ok(Compress::Zstd) } else { Err("zstd is the one there is".to_owned()) }
}

/// What listeners of all kinds take.
#[derive(Debug, Clone, Args)]
pub struct ListenerArgs {
    /// New connections while the node is away: hold[=10s] or close
    #[arg(long, value_name = "hold[=D]|close", default_value = "hold=10s", value_parser = parse_on_drop)]
    pub on_drop: Hold,
    /// Close a tunnel after this long without payload
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    pub idle: Option<Duration>,
    /// Close a tunnel after this long
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    pub max: Option<Duration>,
    /// Pack what gets smaller by it on the way to the node
    #[arg(long, value_name = "zstd", value_parser = parse_compress)]
    pub compress: Option<Compress>,
    /// For the audit records
    #[arg(long, value_name = "T")]
    pub note: Option<String>,
    /// Source network that may connect; repeat for several; not for a socket
    #[arg(long, value_name = "CIDR")]
    pub allow_from: Vec<IpNet>,
    /// Only for programs of the same user of this machine
    #[arg(long)]
    pub same_user: bool,
    /// If the port is taken, try so many of the next ones
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub port_fallback: u16,
    /// Write the bound addresses here, one per line, once they serve
    #[arg(long, value_name = "F")]
    pub ready_file: Option<PathBuf>,
}

impl ListenerArgs {
    /// The library's words for it.
    pub fn spec(&self, listen: impl Into<Place>, kind: Kind) -> Spec {
        Spec {
            listen: listen.into(),
            kind,
            on_drop: match self.on_drop {
                Hold::Close => link::forward::OnDrop::Close,
                Hold::Hold(time) => link::forward::OnDrop::Hold(time),
            },
            idle: self.idle,
            max: self.max,
            compress: self.compress,
            note: self.note.as_deref().map(SafeText::from),
            clients: Clients { networks: self.allow_from.clone(), same_user: self.same_user },
        }
    }
}

/// What to forward.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ForwardArgs {
    #[command(subcommand)]
    command: Option<ForwardCommand>,
    #[command(flatten)]
    open: OpenArgs,
}

impl ForwardArgs {
    /// Whether it neither looks nor changes, but runs until it is ended.
    pub const fn runs(&self) -> bool {
        self.command.is_none()
    }
}

/// What to open.
#[derive(Debug, Args)]
struct OpenArgs {
    /// The node, or port/NAME for a published port's target
    #[arg(value_name = "NODE|port/NAME", required_unless_present = "file")]
    node: Option<String>,
    /// PORT, LPORT:PORT, [BIND:]LPORT:HOST:PORT or LPORT:unix:/PATH (a socket at the node); port 0 picks a free one;
    /// unix:PATH: instead of LPORT: listens at a socket here, unix:PATH:PORT at one for the node's own port
    #[arg(value_name = "SPEC")]
    specs: Vec<String>,
    /// Keep up the forwards of this file, and follow its changes (see: tunnelctl help files)
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["node", "exec", "name", "on_drop", "idle", "max", "compress", "note", "allow_from", "same_user", "port_fallback"])]
    file: Option<PathBuf>,
    /// Only say whether the file is right
    #[arg(long, requires = "file", conflicts_with_all = ["detach", "ready_file"])]
    check: bool,
    /// Only through these gateways, the one next to the server first
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with = "file")]
    via: Vec<String>,
    #[command(flatten)]
    listener: ListenerArgs,
    /// Go on in the background, also after the terminal's end
    #[arg(long, conflicts_with = "exec")]
    detach: bool,
    /// Set for the process in the background
    #[arg(long, hide = true)]
    detached: bool,
    /// A name for forward list, attach and close
    #[arg(long, value_name = "F")]
    name: Option<Name>,
    /// Run this with the forward up, end with it and pass its exit code
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,
    /// Its arguments; {addr} {host} {port} are replaced, and {socket} for its path
    #[arg(last = true, value_name = "ARGS", requires = "exec")]
    exec_args: Vec<String>,
}

impl OpenArgs {
    const fn owner(&self) -> OwnerKind {
        if self.detached { OwnerKind::Detached } else { OwnerKind::Foreground }
    }
}

/// Runs `forward`.
///
/// # Errors
/// As the contract says; with `--exec`, 125 for failures of ours.
pub fn run(args: ForwardArgs, run: &Run) -> Result {
    if let Some(command) = &args.command {
        return owners::run(command, run);
    }
    let args = args.open;
    if let Some(path) = &args.file {
        return from_file(run, &args, path);
    }
    let node = args.node.as_deref().unwrap_or_default();
    may_name_ways(node, &args.via)?;
    let listens = spec::parse_all(node, &args.specs)?;
    let at_a_path = listens.iter().find(|listen| listen.local.net().is_none());
    if let Some(listen) = at_a_path.filter(|_| !args.listener.allow_from.is_empty()) {
        return Err(Failure::usage(format!("--allow-from: {NO_ADDRESSES}"))
            .hint(format!("{} is this user's alone (mode 0600) as it is", listen.local)));
    }
    if args.name.is_some() && listens.len() > 1 {
        return Err(Failure::usage("--name is for one SPEC; a file names several (forward -f)"));
    }
    if args.detach && !args.detached {
        return detach::detach(run);
    }
    if args.detached {
        detach::leave()?;
    }
    let result = many(forward(run, &args, node, &listens));
    let own = |failure: Failure| match (args.exec.is_some(), failure.exit) {
        (true, Exit::ExecMissing | Exit::ExecDenied) | (false, _) => failure,
        (true, _) => failure.exiting(Exit::ExecFailed),
    };
    result.map_err(own)
}

fn from_file(run: &Run, args: &OpenArgs, path: &Path) -> Result {
    let entries = file::read(path)?;
    if args.check {
        let (tick, count) = (run.out.look.tick(), entries.len());
        run.out.told(&format!("{tick} {}: {count} forwards", path.display()))?;
        return Ok(Exit::Ok);
    }
    if args.detach && !args.detached {
        if entries.is_empty() {
            return Err(Failure::usage(format!("{}: there is no forward", path.display())));
        }
        return detach::detach(run);
    }
    if args.detached {
        detach::leave()?;
    }
    many(async {
        let link = connect_as(&run.settings, "forward").await?;
        let around = (args.listener.ready_file.clone(), args.owner());
        kept::keep(run, link, (path.to_owned(), entries), around).await
    })
}

async fn forward(run: &Run, args: &OpenArgs, node: &str, listens: &[Listen]) -> Result {
    if let Some(name) = &args.name {
        free_name(name).await?;
    }
    let link = connect_as(&run.settings, "forward").await?;
    let mut lines = Vec::new();
    match node.strip_prefix("port/") {
        Some(port) => {
            let name: Name = port.parse().map_err(|e| Failure::usage(format!("{port:?}: {e}")))?;
            let listen = &listens[0];
            let local = |port| match &listen.local {
                Place::Net(at) if listen.same_port => SocketAddr::new(at.ip(), port).into(),
                local => local.clone(),
            };
            lines.push(at_port(&link, &args.listener, &name, local).await?);
        }
        None => {
            let node = crate::cli::nodes::find(&link, node).await?;
            for listen in listens {
                let none = || Failure::usage("no target was given");
                let target = listen.target.as_ref().ok_or_else(none)?;
                let mut line =
                    at_node(&link, &args.listener, &node, (listen.local.clone(), target)).await?;
                line.spec.kind = match line.spec.kind {
                    Kind::Fixed(to) => Kind::Fixed(through(to, &args.via)),
                    other => other,
                };
                lines.push(line);
            }
        }
    }
    for line in &mut lines {
        line.shown.name = args.name.as_ref().map(ToString::to_string);
    }
    let serving = Serving {
        hold: args.listener.on_drop,
        ready_file: args.listener.ready_file.clone(),
        exec: args.exec.clone().map(|cmd| (cmd, args.exec_args.clone())),
        exports: None,
        fallback: args.listener.port_fallback,
        owner: args.owner(),
    };
    serve(run, link, lines, serving).await
}

/// A published port has nodes and ways of its own.
///
/// # Errors
/// Gateways are named for one.
pub fn may_name_ways(node: &str, via: &[String]) -> Result<()> {
    match node.starts_with("port/") && !via.is_empty() {
        true => Err(Failure::usage(format!("{node} has its own way; --via is for a node"))),
        false => Ok(()),
    }
}

/// A target at a node, through these gateways if any are named.
pub fn through(to: OpenTo, via: &[String]) -> OpenTo {
    match to {
        OpenTo::Node { node, target } if !via.is_empty() => {
            let via = via.iter().map(|name| SafeText::from(name.as_str())).collect();
            OpenTo::Through { node, target, via }
        }
        to => to,
    }
}

/// A name means one forward of this user.
async fn free_name(name: &Name) -> Result<()> {
    let all = owners::all().await?;
    match all.iter().find(|(_, row)| row.name.as_deref() == Some(name.as_str())) {
        None => Ok(()),
        Some((_, row)) => {
            let message = format!("there is a forward {name} already ({})", row.id);
            let hint = format!("tunnelctl forward close {name}");
            Err(Failure::new(Exit::Conflict, message).hint(hint))
        }
    }
}

/// A listener that leads to a target at a node.
///
/// # Errors
/// The policy says no, or the server does not answer.
async fn at_node(
    link: &Link,
    args: &ListenerArgs,
    node: &NodeView,
    (local, target): (Place, &Target),
) -> Result<Line> {
    let rule = may_open(link, node.name.as_str(), target).await?;
    let to = OpenTo::Node { node: node.id.to_string().into(), target: target.clone() };
    let spec = args.spec(local, Kind::Fixed(to));
    let via = node.name.to_string();
    let shown = Shown { via, rule, away: away(node), ..Shown::of(&spec) };
    Ok(Line { spec, shown })
}

/// Why a node cannot be used right now, if it cannot.
pub fn away(node: &NodeView) -> Option<String> {
    if node.state.is_connected() {
        return None;
    }
    let reason = node.disconnect_reason.map(|r| format!(": {r}")).unwrap_or_default();
    let seen = node.last_seen.map(|at| format!(" (last seen {at}{reason})")).unwrap_or_default();
    Some(format!("node {} is {}{seen}", node.name, node.state))
}

/// The rule that lets the caller in; a node that is away is no reason to refuse a forward.
///
/// # Errors
/// The policy says no.
pub async fn may_open(link: &Link, node: &str, target: &Target) -> Result<Option<RuleId>> {
    let request = Request::CanOpen { node: node.into(), target: target.clone() };
    match link.operator.request(request).await {
        Ok(Reply::CanOpen(rule)) => Ok(rule),
        Ok(_) => Err(unexpected("whether this may be opened")),
        Err(OperatorError::Refused(refusal)) if refusal.code == RefusalCode::NodeOffline => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// A listener that leads where a published port does; `local` is told the target's port.
///
/// # Errors
/// There is no such port, or the server does not answer.
async fn at_port(
    link: &Link,
    args: &ListenerArgs,
    name: &Name,
    local: impl Fn(u16) -> Place,
) -> Result<Line> {
    let Reply::Port(view) = link.ask(Request::Port(name.as_str().into())).await? else {
        return Err(unexpected("a port"));
    };
    use wire::message::view::PortState::{Holding, Refusing};
    let away = matches!(view.state, Holding | Refusing)
        .then(|| format!("no node behind port {name} is connected"));
    let spec = args.spec(local(view.target.port), Kind::Fixed(OpenTo::Port(name.clone())));
    let shown = Shown { target: view.target.to_string(), away, ..Shown::of(&spec) };
    Ok(Line { spec, shown })
}
