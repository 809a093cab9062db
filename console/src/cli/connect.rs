//! `connect`: joins standard input and output to a target at a node. Bytes only on stdout; no
//! list calls but for a label (`connect/chosen.rs`), no more files than one context; one connection, one
//! thread.

mod chosen;
mod ending;
mod pipe;

use crate::cli::forward::{may_name_ways, through};
use crate::cli::runtime::interruptible;
use crate::cli::{Run, human, socks, trace};
use crate::ctx::Link;
use crate::ctx::access::connect_as;
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use link::forward::{Group, PickNode};
use link::lane::LaneStream;
use link::meter::Meter;
use link::operator::{OperatorError, Timeline};
use link::splice::Limits;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use wire::message::operator::Followed;
use wire::message::tunnel::{OpenTo, Opened, OperatorOpen, TunnelType};
use wire::{CloseReason, Name, SafeText, Target};

/// Where to.
#[derive(Debug, Args)]
pub struct ConnectArgs {
    /// NODE, NODE:PORT or port/NAME; a .tun suffix on NODE is dropped. KEY=VALUE[,KEY=VALUE] for NODE: any node with these labels
    #[arg(value_name = "NODE[:PORT]|port/NAME|LABELSEL")]
    node: String,
    /// PORT (at the node itself), HOST:PORT or unix:/PATH
    #[arg(value_name = "[HOST:]PORT|unix:/PATH")]
    target: Option<String>,
    /// Only through these gateways, the one next to the server first
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    via: Vec<String>,
    /// Wait this long for a node that is away; with labels, for any of them
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    wait: Option<Duration>,
    /// Close after this long without payload
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    idle: Option<Duration>,
    /// Close after this long
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    max: Option<Duration>,
    /// For the audit record
    #[arg(long, value_name = "T")]
    note: Option<String>,
}

/// Runs `connect`.
///
/// # Errors
/// As the contract says; 1 when the stream was cut by a reset.
pub fn run(args: &ConnectArgs, run: &Run) -> Result {
    let to = parse(&args.node, args.target.as_deref())?;
    may_name_ways(&args.node, &args.via)?;
    interruptible(connect(run, args, to))
}

/// Where to.
enum To {
    One(OpenTo),
    /// At any one of several nodes.
    Any(Group, Target),
}

async fn connect(run: &Run, args: &ConnectArgs, to: To) -> Result {
    let link = connect_as(&run.settings, "connect").await?;
    let mut timeline = trace::is_wanted(run).then(|| Timeline::begin("standard input"));
    let (to, opened, stream) = match to {
        To::One(to) => {
            let to = through(to, &args.via);
            let open = request(args, to.clone(), args.wait);
            let (opened, stream) = opened(run, &link, &open, timeline.as_mut()).await?;
            (to, opened, stream)
        }
        To::Any(group, target) => {
            chosen::open((run, &link, args), (&group, &target), timeline.as_mut()).await?
        }
    };
    tracing::info!(tunnel = %opened.tunnel, connect_ms = opened.connect_ms, "opened");
    let limits = Limits { idle: args.idle, max: args.max, ..Limits::default() };
    let meter = Arc::new(Meter::default());
    let (standard, last) = pipe::standard();
    let carried = link.operator.carry(&opened, stream, standard, Arc::clone(&meter), limits);
    let ended = tokio::select! {
        biased;
        ended = carried => ended,
        never = ending::warnings(run, &link, Followed::To(to)) => match never {},
    };
    if let Some(mut timeline) = timeline {
        let told = timeline.steps().len();
        timeline.closed(&meter, ended.reason);
        trace::tell(run, Some(opened.tunnel), timeline.steps(), told);
    }
    tracing::info!(reason = %ended.reason, up = meter.up(), down = meter.down(), "closed");
    link.close().await;
    match last.out().await {
        Ok(()) => ending(ended.reason),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::closed_pipe()),
        Err(error) => Err(Failure::new(Exit::Failed, format!("standard output: {error}"))),
    }
}

fn request(args: &ConnectArgs, to: OpenTo, wait: Option<Duration>) -> OperatorOpen {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    OperatorOpen {
        to,
        kind: TunnelType::Connect,
        note: args.note.as_deref().map(SafeText::from),
        idle_ms: args.idle.map(ms),
        max_ms: args.max.map(ms),
        wait_ms: wait.map(ms),
        compress: None,
        trace: None,
    }
}

/// Opens, and tells how that came about if it is wanted.
async fn opened(
    run: &Run,
    link: &Link,
    open: &OperatorOpen,
    timeline: Option<&mut Timeline>,
) -> std::result::Result<(Opened, LaneStream), OperatorError> {
    let Some(timeline) = timeline else { return link.operator.open(open).await };
    let outcome = link.operator.open_traced(open, timeline).await;
    let tunnel = outcome.as_ref().ok().map(|(opened, _)| opened.tunnel);
    trace::tell(run, tunnel, timeline.steps(), 0);
    outcome
}

fn ending(reason: CloseReason) -> Result {
    let exit = match reason {
        CloseReason::ClientClosed | CloseReason::TargetClosed => return Ok(Exit::Ok),
        CloseReason::Idle | CloseReason::Max | CloseReason::Stalled => Exit::Timeout,
        CloseReason::NodeLost => Exit::NodeOffline,
        CloseReason::OperatorLost | CloseReason::Drain => Exit::Server,
        CloseReason::Revoked
        | CloseReason::Locked
        | CloseReason::RuleChanged
        | CloseReason::SessionEnded => Exit::Denied,
        _ => Exit::Failed,
    };
    let words = reason.as_str().replace('_', " ");
    let mut failure = Failure::new(exit, format!("the connection was cut: {words}"));
    failure.code = reason.as_str();
    Err(failure)
}

/// `NODE PORT`, `NODE HOST:PORT`, `NODE:PORT` or `port/NAME`; `KEY=VALUE` for NODE is a label.
fn parse(node: &str, target: Option<&str>) -> Result<To> {
    if let Some(port) = node.strip_prefix("port/") {
        if target.is_some() {
            return Err(Failure::usage("port/NAME has its own target"));
        }
        let name: Name = port.parse().map_err(|e| Failure::usage(format!("{port:?}: {e}")))?;
        return Ok(To::One(OpenTo::Port(name)));
    }
    let (node, target) = match (target, node.split_once(':')) {
        (Some(target), _) => (node, target),
        (None, Some((node, port))) => (node, port),
        (None, None) => {
            return Err(Failure::usage("no port: where to at that node?").hint(format!(
                "tunnelctl connect {node}:22     or     tunnelctl connect {node} HOST:PORT"
            )));
        }
    };
    let read =
        |text: &str| text.parse::<Target>().map_err(|e| Failure::usage(format!("{text:?}: {e}")));
    // No name has that sign in it.
    if node.contains('=') {
        let labels: Vec<String> = node.split(',').map(str::to_owned).collect();
        return Ok(To::Any(socks::group(&labels, PickNode::Rtt)?, read(target)?));
    }
    let node = node.strip_suffix(".tun").unwrap_or(node);
    if node.is_empty() {
        return Err(Failure::usage("no node was given"));
    }
    Ok(To::One(OpenTo::Node { node: node.into(), target: read(target)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(node: &str, target: Option<&str>) -> Option<String> {
        match parse(node, target).ok()? {
            To::One(OpenTo::Node { node, target }) => Some(format!("{node} {target}")),
            To::One(OpenTo::Port(name)) => Some(format!("port {name}")),
            To::Any(group, target) => Some(format!("any {group} {target}")),
            To::One(_) => None,
        }
    }

    #[test]
    fn every_form_is_read() {
        for (node, target, is) in [
            ("gw", Some("22"), "gw localhost:22"),
            ("gw.tun", Some("22"), "gw localhost:22"),
            ("gw.tun:22", None, "gw localhost:22"),
            ("gw:22", None, "gw localhost:22"),
            ("gw", Some("10.0.0.1:5432"), "gw 10.0.0.1:5432"),
            ("gw", Some("[::1]:22"), "gw [::1]:22"),
            ("gw", Some("unix:/run/docker.sock"), "gw unix:/run/docker.sock"),
            ("gw:unix:/run/docker.sock", None, "gw unix:/run/docker.sock"),
            ("port/db", None, "port db"),
            ("site=ber", Some("10.0.0.1:5432"), "any site=ber 10.0.0.1:5432"),
            ("site=ber,ring=2:22", None, "any site=ber ring=2 localhost:22"),
        ] {
            assert_eq!(show(node, target).as_deref(), Some(is), "{node} {target:?}");
        }
        for (node, target) in [
            ("gw", None),
            ("", Some("22")),
            (".tun", Some("22")),
            ("gw", Some("0")),
            ("gw:", None),
            ("port/DB", None),
            ("port/db", Some("1")),
            ("gw", Some("unix:run/docker.sock")),
            ("site=ber", None),
            ("=ber", Some("22")),
            ("site=ber,", Some("22")),
        ] {
            assert_eq!(show(node, target), None, "{node} {target:?}");
        }
    }

    #[test]
    fn an_orderly_end_is_success_and_a_reset_is_one() {
        assert_eq!(ending(CloseReason::TargetClosed).map_err(|e| e.exit), Ok(Exit::Ok));
        assert_eq!(ending(CloseReason::TargetReset).map_err(|e| e.exit), Err(Exit::Failed));
        assert_eq!(ending(CloseReason::NodeLost).map_err(|e| e.exit), Err(Exit::NodeOffline));
    }
}
