//! From a proven certificate to the routable session: the live table is asked before and after
//! registering, so that a revocation in between is not missed.

use super::cut_holders;
use crate::core::{Core, millis};
use crate::fleet::NodeRecord;
use crate::ops::{Done, Op, clone, renew};
use crate::registry::{Facts, Parts, Session};
use crate::version;
use link::control::Sender;
use link::peer::Peer;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::AsyncWrite;
use wire::limits::{MAX_FRAME, MAX_PATH_ATTEMPTS};
use wire::message::agent::{PathReport, Returned};
use wire::message::view::{Inventory, Reconnect};
use wire::message::{Hello, ToAgent, ToServer};
use wire::{CloseReason, DisconnectReason, NodeId, Refusal, RefusalCode, SafeText, UnixMs};

/// Characters of the name of a rung.
const MAX_RUNG: usize = 16;

/// A connection's first message, and who sent it.
pub(super) struct Greeting {
    pub(super) node: NodeId,
    pub(super) peer: Peer,
    pub(super) source: IpAddr,
    /// It came inside of a WebSocket.
    pub(super) web: bool,
    pub(super) first: Option<ToServer>,
}

/// A greeting that passed the live check.
pub(super) struct Checked {
    record: Arc<NodeRecord>,
    peer: Peer,
    source: IpAddr,
    hello: Hello,
    inventory: Inventory,
    allow: Vec<SafeText>,
    returned: Option<Returned>,
    instance: Option<u64>,
    path: PathReport,
    reverse: Option<Vec<SafeText>>,
}

/// A session with what its loop needs beside it.
pub(super) struct Admitted {
    pub(super) session: Arc<Session>,
    pub(super) peer: Peer,
    pub(super) record: Arc<NodeRecord>,
}

/// Checks versions and the live table.
pub(super) fn check(core: &Core, greeting: Greeting) -> Result<Checked, Refusal> {
    let Some(ToServer::Hello { hello, inventory, allow, returned, instance, path, reverse }) =
        greeting.first
    else {
        return Err(Refusal::new(RefusalCode::Usage, "the first message is a hello"));
    };
    hello.check().map_err(|violation| {
        Refusal::new(RefusalCode::Server, violation.to_string())
            .hint("install the version of the server on this node")
    })?;
    if core.is_draining() {
        return Err(Core::draining_refusal());
    }
    let config = core.config();
    let least = config.min_agent_version.as_str();
    if !least.is_empty() && version::is_older(hello.version.as_str(), least) {
        return Err(version::too_old(hello.version.as_str(), least));
    }
    let record = live(core, greeting.node, &greeting.peer.spki)?;
    let (peer, source, path) = (greeting.peer, greeting.source, seen(path, greeting.web));
    Ok(Checked { record, peer, source, hello, inventory, allow, returned, instance, path, reverse })
}

/// The way, as the agent tells it; whether it leads through a WebSocket is seen here.
fn seen(told: Option<PathReport>, web: bool) -> PathReport {
    let rung = |name: &str| SafeText::bounded(name, MAX_RUNG);
    let Some(mut path) = told else {
        let rung = rung(if web { "wss" } else { "tls" });
        return PathReport { rung, proxy: None, address: "".into(), attempts: Vec::new() };
    };
    path.rung = match (web, path.proxy.is_some()) {
        (true, _) => rung("wss"),
        (false, true) => rung("proxy"),
        (false, false) => rung("tls"),
    };
    path.attempts.truncate(MAX_PATH_ATTEMPTS);
    path
}

/// The node's record, if this key may act for it right now.
pub(super) fn live(core: &Core, node: NodeId, spki: &[u8; 32]) -> Result<Arc<NodeRecord>, Refusal> {
    let unknown = || Refusal::new(RefusalCode::Auth, format!("{node} is not enrolled here"));
    let record = core.state.fleet().node(node).ok_or_else(unknown)?;
    if record.revoked.is_some() || core.revoked.contains(spki) {
        let message = format!("node {} is revoked", record.name);
        return Err(Refusal::new(RefusalCode::Denied, message));
    }
    if let Some(refusal) = clone::locked(&core.state.fleet(), &record, core.wall()) {
        return Err(refusal);
    }
    if record.waiting.is_some() {
        return Err(renew::waiting(&record));
    }
    if !record.has_key(spki) {
        let message = format!("node {} has another key", record.name);
        return Err(Refusal::new(RefusalCode::Auth, message));
    }
    Ok(record)
}

/// Assigns the generation, registers, supersedes. `None` if it ended on the way.
pub(super) async fn take_in<W>(
    core: &Arc<Core>,
    greeting: Checked,
    mut write: W,
) -> Option<Admitted>
where
    W: AsyncWrite + Send + Unpin + 'static,
{
    let op = connect(core, &greeting);
    let generation = match core.apply(op).await.map(|applied| applied.done) {
        Ok(Done::Connected(generation)) => generation,
        Ok(Done::Cloned(node)) => {
            cut_holders(core, &node).await;
            core.registry.forget_displaced(node.id);
            if let Some(refusal) = clone::locked(&core.state.fleet(), &node, core.wall()) {
                super::refuse(&mut write, refusal).await;
            }
            return None;
        }
        Ok(_) => return None,
        Err(refusal) => {
            super::refuse(&mut write, refusal).await;
            return None;
        }
    };
    let shutdown = core.shutdown.child();
    let to_agent = Sender::spawn(write, MAX_FRAME, &shutdown);
    let parts = Parts {
        node: greeting.record.id,
        generation,
        source: greeting.source,
        path: greeting.path,
        to_agent,
        shutdown,
        facts: Facts::reported(greeting.allow, greeting.reverse),
        warm_lanes: core.config().warm_lanes,
        instance: greeting.instance,
    };
    let session = Arc::new(Session::new(parts, core.wall()));
    let Ok(old) = core.registry.register(&session) else {
        goodbye(&session, DisconnectReason::Superseded).await;
        return None;
    };
    if let Some(old) = old {
        core.registry.displaced(&old, &session);
        supersede(core, &old);
    }
    if let Err(refusal) = live(core, session.node, &greeting.peer.spki) {
        core.registry.unregister(session.node, generation, DisconnectReason::Revoked);
        tracing::info!(node = %session.node, %refusal, "node refused after registering");
        goodbye(&session, DisconnectReason::Revoked).await;
        return None;
    }
    Some(Admitted { session, peer: greeting.peer, record: greeting.record })
}

fn connect(core: &Core, greeting: &Checked) -> Op {
    Op::Connect {
        node: greeting.record.id,
        spki: greeting.peer.spki,
        held: greeting.peer.renewal,
        holder: core.registry.holder(greeting.record.id, greeting.instance),
        version: greeting.hello.version.clone(),
        inventory: greeting.inventory.clone(),
        source: greeting.source.to_string().into(),
        returned: returned(greeting, core.wall()),
        path: greeting.path.rung.clone(),
    }
}

/// How the node came back: as it says, or as far as its record knows (the agent was restarted).
fn returned(greeting: &Checked, now: UnixMs) -> Option<Reconnect> {
    let (record, path) = (&greeting.record, Some(greeting.path.rung.clone()));
    if let Some(told) = &greeting.returned {
        let tries = Some(told.tries);
        let reason = Some(told.reason);
        return Some(Reconnect { at: now, down_ms: told.down_ms, tries, reason, path });
    }
    let (since, reason) = record.disconnected?;
    let down_ms = millis(now.since(since));
    Some(Reconnect { at: now, down_ms, tries: None, reason: Some(reason), path })
}

fn supersede(core: &Core, old: &Session) {
    tracing::info!(node = %old.node, generation = %old.generation, "session superseded");
    for tunnel in core.tunnels.of_node(old.node) {
        let is_its = tunnel.node.as_ref().is_some_and(|node| node.id == old.node);
        if is_its && tunnel.generation == Some(old.generation) {
            tunnel.cut(CloseReason::Superseded, &"server".into());
        }
    }
    old.end(DisconnectReason::Superseded);
}

/// The first words to a session that is registered.
pub(super) fn welcome(core: &Core, session: &Session, record: &NodeRecord) {
    let generation = session.generation;
    let greeting = ToAgent::Welcome {
        node: session.node,
        name: record.name.clone(),
        generation,
        hello: Hello::ours(crate::VERSION, core.wall().0),
        warm_lanes: core.config().warm_lanes,
        heartbeat_ms: millis(core.config().heartbeat),
        dead_after_ms: millis(core.config().dead_after),
    };
    // A queue that is full or closed ends the session's loop at its first turn.
    let _ = session.to_agent.send(greeting);
    if !record.allow.is_empty() {
        let _ = session.to_agent.send(ToAgent::Narrow { allow: Some(record.allow.clone()) });
    }
    session.welcomed(core.clock.now());
    // Read anew: a rotation may have moved on since the greeting.
    let standing = core.state.fleet().node(session.node).map(|node| node.ca);
    if let Some(offer) = standing.and_then(|standing| crate::ca::offer(core, standing)) {
        let _ = session.to_agent.send(ToAgent::Trust(offer));
    }
    if core.tunnels.count_of_node(session.node) > 0 {
        session.want_lane(core.clock.now());
    }
    core.metrics.node_connects.inc();
    if core.presence.online(session.node) {
        core.feed.ports();
    }
    core.links.told(session.node);
    core.feed.node(session.node);
    tracing::info!(node = %session.node, name = %record.name, %generation, source = %session.source, "node connected");
}

/// Tells the agent why and ends the connection.
pub(super) async fn goodbye(session: &Session, reason: DisconnectReason) {
    if session.to_agent.send(ToAgent::Bye { reason }).is_ok() {
        // An agent that does not read its goodbye is cut off all the same.
        let _ = tokio::time::timeout(super::LAST_WORDS, session.to_agent.flushed()).await;
    }
    session.shutdown.cancel();
}
