//! What follows nodes over time: `watch`, `wait` and `list --watch`.

use crate::cli::Run;
use crate::cli::global::Format;
use crate::cli::out::list::Listed;
use crate::ctx::{Link, Origin, connect};
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use wire::message::operator::{Push, Seen, Subscription};
use wire::message::view::{NodeState, NodeView};
use wire::{DisconnectReason, Name, NodeId, UnixMs};

const DEFAULT_WAIT: Duration = Duration::from_secs(300);
const RECONNECT: Duration = Duration::from_millis(500);

/// Which nodes, which events.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Names or ids; all nodes without any
    nodes: Vec<String>,
    /// Only these: up, down, state, new, gone
    #[arg(long, value_name = "E,E", value_delimiter = ',', value_parser = ["up", "down", "state", "new", "gone"])]
    events: Vec<String>,
}

/// What to wait for.
#[derive(Debug, Args)]
pub struct WaitArgs {
    /// Name or id
    pub(super) node: String,
    /// online, offline, a state, or version=V; --timeout limits it (default 5m)
    #[arg(long = "for", value_name = "COND", value_parser = parse_condition)]
    condition: Condition,
}

/// When a wait ends.
#[derive(Debug, Clone)]
enum Condition {
    Online,
    Offline,
    State(NodeState),
    Version(String),
}

fn parse_condition(text: &str) -> std::result::Result<Condition, String> {
    match text {
        "online" => Ok(Condition::Online),
        "offline" => Ok(Condition::Offline),
        _ => match text.strip_prefix("version=") {
            Some(version) if !version.is_empty() => Ok(Condition::Version(version.to_owned())),
            _ => text
                .parse()
                .map(Condition::State)
                .map_err(|()| "online, offline, a node state, or version=V".to_owned()),
        },
    }
}

impl Condition {
    fn is_met(&self, node: &NodeView) -> bool {
        match self {
            Self::Online => node.state.is_connected(),
            Self::Offline => !node.state.is_connected(),
            Self::State(state) => node.state == *state,
            Self::Version(version) => {
                node.state.is_connected()
                    && node.version.as_ref().is_some_and(|v| v.as_str() == version)
            }
        }
    }
}

/// Something that happened to a node.
#[derive(Debug, Serialize)]
struct NodeEvent {
    kind: &'static str,
    event: &'static str,
    node: Name,
    id: NodeId,
    from: Option<NodeState>,
    to: Option<NodeState>,
    reason: Option<DisconnectReason>,
    at: UnixMs,
}

/// Waits for a node.
///
/// # Errors
/// No such node, or not in time.
pub(super) async fn wait(run: &Run, args: &WaitArgs) -> Result {
    let timeout = &run.settings.timeout;
    let within = if timeout.origin == Origin::Default { DEFAULT_WAIT } else { timeout.value };
    let deadline = Instant::now() + within;
    loop {
        match timeout_at(deadline, wait_once(run, args)).await {
            Err(_) => {
                let what = format!("node {} did not get there within {within:?}", args.node);
                return Err(Failure::new(Exit::Timeout, what)
                    .hint(format!("tunnelctl nodes get {}", args.node)));
            }
            Ok(Ok(node)) => {
                if matches!(run.out.format, Format::Table | Format::Wide) {
                    let tick = run.out.look.tick();
                    run.out.told(&format!("{tick} {} is {}", node.name, node.state))?;
                } else if !run.out.quiet {
                    run.out.object(&node)?;
                }
                return Ok(Exit::Ok);
            }
            Ok(Err(error)) if error.exit == Exit::Server && error.retryable => {
                tracing::info!(%error, "trying again");
                tokio::time::sleep_until(deadline.min(Instant::now() + RECONNECT)).await;
            }
            Ok(Err(error)) => return Err(error),
        }
    }
}

async fn wait_once(run: &Run, args: &WaitArgs) -> Result<NodeView> {
    let link = connect(&run.settings).await?;
    let node = super::find(&link, &args.node).await?;
    let mut pushes = subscribe(&link).await?;
    if args.condition.is_met(&node) {
        return Ok(node);
    }
    while let Some(push) = pushes.recv().await {
        let Push::Nodes { changed, gone, .. } = push else { continue };
        if let Some(met) = changed.into_iter().find(|n| n.id == node.id && args.condition.is_met(n))
        {
            return Ok(met);
        }
        if gone.contains(&node.id) {
            return Err(Failure::new(Exit::NotFound, format!("node {} was deleted", node.name)));
        }
    }
    Err(lost())
}

async fn subscribe(link: &Link) -> Result<mpsc::Receiver<Push>> {
    let subscription = Subscription { nodes: true, ..Subscription::default() };
    Ok(link.operator.subscribe(subscription).await?)
}

/// The stream ended because the server has gone.
pub(in crate::cli) fn lost() -> Failure {
    Failure::new(Exit::Server, "the connection to the server was lost")
        .hint("run it again; --retry N waits for the server")
}

/// `nodes watch`: one line per event.
///
/// # Errors
/// The server goes away, or the reader does.
pub(super) async fn watch(run: &Run, args: &WatchArgs) -> Result {
    let link = connect(&run.settings).await?;
    let mut only = Vec::new();
    for name in &args.nodes {
        only.push(super::find(&link, name).await?.id);
    }
    let mut pushes = subscribe(&link).await?;
    let mut known: BTreeMap<NodeId, NodeView> = BTreeMap::new();
    let mut started = false;
    while let Some(push) = pushes.recv().await {
        let Push::Nodes { at, changed, gone, complete, .. } = push else { continue };
        for node in changed {
            if !only.is_empty() && !only.contains(&node.id) {
                continue;
            }
            let before = known.insert(node.id, node.clone());
            if started && let Some(event) = event(before.as_ref(), &node, at) {
                tell(run, args, &event)?;
            }
        }
        for id in gone {
            if let Some(node) = known.remove(&id) {
                tell(run, args, &leaving(&node, at))?;
            }
        }
        if complete && !started {
            // From here on nothing is missed.
            started = true;
            if run.out.is_structured() {
                run.out.stream_header()?;
            }
        }
    }
    Err(lost())
}

fn event(before: Option<&NodeView>, node: &NodeView, at: UnixMs) -> Option<NodeEvent> {
    let from = before.map(|b| b.state);
    let word = match from {
        None => "new",
        Some(state) if state == node.state => return None,
        Some(state) => match (state.is_connected(), node.state.is_connected()) {
            (false, true) => "up",
            (true, false) => "down",
            _ => "state",
        },
    };
    Some(NodeEvent {
        kind: "NodeEvent",
        event: word,
        node: node.name.clone(),
        id: node.id,
        from,
        to: Some(node.state),
        reason: if node.state.is_connected() { None } else { node.disconnect_reason },
        at,
    })
}

fn leaving(node: &NodeView, at: UnixMs) -> NodeEvent {
    NodeEvent {
        kind: "NodeEvent",
        event: "gone",
        node: node.name.clone(),
        id: node.id,
        from: Some(node.state),
        to: None,
        reason: None,
        at,
    }
}

fn tell(run: &Run, args: &WatchArgs, event: &NodeEvent) -> Result<()> {
    if !args.events.is_empty() && !args.events.iter().any(|e| e == event.event) {
        return Ok(());
    }
    if run.out.is_structured() {
        return run.out.json_line(event);
    }
    let arrow = run.out.look.glyph("→", "->");
    let word = |state: Option<NodeState>| state.map_or("", NodeState::as_str);
    let change = format!("{} {arrow} {}", word(event.from), word(event.to));
    let reason = event.reason.map(|r| format!("  {r}")).unwrap_or_default();
    let clock = run.out.look.clock(event.at);
    run.out.line(&format!(
        "{clock}  {:<6} {:<20} {}{reason}",
        event.event,
        event.node,
        change.trim()
    ))
}

/// `nodes list --watch`: the table again at every change, or a line per changed node.
///
/// # Errors
/// The server goes away, or the reader does.
pub(super) async fn list(run: &Run, link: &Link, has: impl Fn(&NodeView) -> bool) -> Result {
    let mut pushes = subscribe(link).await?;
    let redraws = run.redraws();
    if !redraws {
        run.out.stream_header()?;
    }
    let mut known: BTreeMap<Name, NodeView> = BTreeMap::new();
    while let Some(push) = pushes.recv().await {
        let (at, changed, gone, complete) = match push {
            Push::Nodes { at, changed, gone, complete, .. } => (at, changed, gone, complete),
            Push::Seen { at, nodes } if redraws => {
                heard(&mut known, &nodes);
                (at, Vec::new(), Vec::new(), false)
            }
            _ => continue,
        };
        known.retain(|_, node| !gone.contains(&node.id));
        for node in changed {
            known.retain(|_, old| old.id != node.id);
            if !redraws && has(&node) {
                run.out.item(&node)?;
            }
            known.insert(node.name.clone(), node);
        }
        if redraws && (complete || !known.is_empty()) {
            let rows: Vec<NodeView> = known.values().filter(|n| has(n)).cloned().collect();
            run.redraw(&Listed { rows, next: None, as_of: at })?;
        }
    }
    Err(lost())
}

/// A sign of life alone is no change of a node, only of its age.
fn heard(known: &mut BTreeMap<Name, NodeView>, seen: &[Seen]) {
    let seen: BTreeMap<NodeId, UnixMs> = seen.iter().map(|seen| (seen.node, seen.at)).collect();
    for node in known.values_mut() {
        node.last_seen = node.last_seen.max(seen.get(&node.id).copied());
    }
}

impl Run {
    /// Whether a watched list is drawn in place; otherwise it is a stream of `jsonl`.
    pub(in crate::cli) fn redraws(&self) -> bool {
        self.out.terminal && !self.out.is_structured() && !self.settings.accessible.value
    }

    /// Draws a list over the last one.
    ///
    /// # Errors
    /// An unknown column, or the reader has gone.
    pub(in crate::cli) fn redraw<R: crate::cli::out::Row>(&self, listed: &Listed<R>) -> Result<()> {
        self.out.raw("\x1b[H\x1b[J")?;
        self.out.list(listed)
    }
}
