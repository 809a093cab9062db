//! `forward`: local ports that lead to targets at a node. Serving and events are in
//! `forward/serve.rs`, the grammar of SPEC in `forward/spec.rs`, `--exec` in `forward/exec.rs`.

#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "clap shows these comments as help text, brackets and all"
)]

mod event;
mod exec;
mod serve;
mod spec;

use crate::cli::runtime::many;
use crate::cli::{Run, human};
use crate::ctx::Link;
use crate::ctx::access::{connect_as, unexpected};
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use ipnet::IpNet;
use link::forward::{Kind, Spec};
use link::operator::OperatorError;
pub use serve::{Line, Serving, serve};
use spec::Listen;
use std::path::PathBuf;
use std::time::Duration;
use wire::message::operator::{Reply, Request};
use wire::message::tunnel::OpenTo;
use wire::message::view::NodeView;
use wire::{Name, RefusalCode, RuleId, SafeText, Target};

const HOLD: Duration = Duration::from_secs(10);

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
    /// For the audit records
    #[arg(long, value_name = "T")]
    pub note: Option<String>,
    /// Source network that may connect; repeat for several
    #[arg(long, value_name = "CIDR")]
    pub allow_from: Vec<IpNet>,
    /// Write the bound addresses here, one per line, once they serve
    #[arg(long, value_name = "F")]
    pub ready_file: Option<PathBuf>,
}

impl ListenerArgs {
    /// The library's words for it.
    pub fn spec(&self, listen: std::net::SocketAddr, kind: Kind) -> Spec {
        Spec {
            listen,
            kind,
            on_drop: match self.on_drop {
                Hold::Close => link::forward::OnDrop::Close,
                Hold::Hold(time) => link::forward::OnDrop::Hold(time),
            },
            idle: self.idle,
            max: self.max,
            note: self.note.as_deref().map(SafeText::from),
            allow_from: self.allow_from.clone(),
        }
    }
}

/// What to forward.
#[derive(Debug, Args)]
pub struct ForwardArgs {
    /// The node, or port/NAME for a published port's target
    #[arg(value_name = "NODE|port/NAME")]
    node: String,
    /// PORT, LPORT:PORT, [BIND:]LPORT:HOST:PORT or LPORT:unix:/PATH (a socket at the node); port 0 picks a free one
    #[arg(value_name = "SPEC")]
    specs: Vec<String>,
    #[command(flatten)]
    listener: ListenerArgs,
    /// Run this with the forward up, end with it and pass its exit code
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,
    /// Its arguments; {addr} {host} {port} are replaced
    #[arg(last = true, value_name = "ARGS", requires = "exec")]
    exec_args: Vec<String>,
}

/// Runs `forward`.
///
/// # Errors
/// As the contract says; with `--exec`, 125 for failures of ours.
pub fn run(args: ForwardArgs, run: &Run) -> Result {
    let listens = spec::parse_all(&args.node, &args.specs)?;
    let result = many(forward(run, &args, &listens));
    let own = |failure: Failure| match (args.exec.is_some(), failure.exit) {
        (true, Exit::ExecMissing | Exit::ExecDenied) | (false, _) => failure,
        (true, _) => failure.exiting(Exit::ExecFailed),
    };
    result.map_err(own)
}

async fn forward(run: &Run, args: &ForwardArgs, listens: &[Listen]) -> Result {
    let link = connect_as(&run.settings, "forward").await?;
    let mut lines = Vec::new();
    match args.node.strip_prefix("port/") {
        Some(port) => lines.push(to_port(&link, args, port, listens).await?),
        None => {
            let node = crate::cli::nodes::find(&link, &args.node).await?;
            for listen in listens {
                lines.push(to_node(&link, args, &node, listen).await?);
            }
        }
    }
    let serving = Serving {
        hold: args.listener.on_drop,
        ready_file: args.listener.ready_file.clone(),
        exec: args.exec.clone().map(|cmd| (cmd, args.exec_args.clone())),
        exports: None,
    };
    serve(run, link, lines, serving).await
}

async fn to_node(
    link: &Link,
    args: &ForwardArgs,
    node: &NodeView,
    listen: &Listen,
) -> Result<Line> {
    let target = listen.target.clone().ok_or_else(|| Failure::usage("no target was given"))?;
    let rule = may_open(link, node.name.as_str(), &target).await?;
    let to = OpenTo::Node { node: node.id.to_string().into(), target: target.clone() };
    Ok(Line {
        spec: args.listener.spec(listen.local, Kind::Fixed(to)),
        kind: "fwd",
        via: node.name.to_string(),
        target: target.to_string(),
        rule,
        away: away(node),
    })
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

async fn to_port(link: &Link, args: &ForwardArgs, port: &str, listens: &[Listen]) -> Result<Line> {
    let name: Name = port.parse().map_err(|e| Failure::usage(format!("{port:?}: {e}")))?;
    let Reply::Port(view) = link.ask(Request::Port(port.into())).await? else {
        return Err(unexpected("a port"));
    };
    let mut local = listens[0].local;
    if listens[0].same_port {
        local.set_port(view.target.port);
    }
    use wire::message::view::PortState::{Holding, Refusing};
    let away = matches!(view.state, Holding | Refusing)
        .then(|| format!("no node behind port {name} is connected"));
    Ok(Line {
        spec: args.listener.spec(local, Kind::Fixed(OpenTo::Port(name))),
        kind: "fwd",
        via: format!("port/{port}"),
        target: view.target.to_string(),
        rule: None,
        away,
    })
}
