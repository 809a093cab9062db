//! The live tunnels: the one table, its limits and counters, and the one path that opens them for
//! operators and visitors alike. Bytes are moved by `link::splice`.

mod arrival;
mod cut;
mod footing;
mod open;
mod origin;
mod refused;
mod route;
mod sample;
mod table;
mod trace;
mod traffic;
mod tunnel;

pub(crate) use arrival::take;
pub(crate) use cut::{CutReport, by_owner, cut, reevaluate, would_lose};
pub(crate) use footing::Footing;
pub(crate) use open::{Established, Far, Wish, denied, establish, run};
pub(crate) use origin::{Exposure, Origin};
pub(crate) use refused::{Refused, no_listener, no_room, visitor_kind};
pub(crate) use route::open as open_nodes;
pub(crate) use sample::run as run_sampler;
pub(crate) use trace::Trace;
pub(crate) use traffic::Flow;
pub(crate) use tunnel::{Course, Guard, Parts, Tunnel, share};

use crate::core::{Core, lock};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use table::Table;
use traffic::Traffic;
use wire::message::view::Closed;
use wire::{CloseReason, Generation, LinkId, NodeId, PortId, RuleId, SafeText, TunnelId};

/// All live tunnels and those that closed a moment ago.
#[derive(Default)]
pub(crate) struct Tunnels {
    table: Mutex<Table>,
    traffic: Mutex<Traffic>,
    hits: Mutex<HashMap<RuleId, u64>>,
}

impl Tunnels {
    /// Takes a tunnel in, if its node and port have room for it.
    pub(crate) fn reserve(&self, core: &Arc<Core>, tunnel: Tunnel) -> Result<Guard, NoRoom> {
        let tunnel = Arc::new(tunnel);
        lock(&self.table).insert(&tunnel)?;
        Ok(Guard::new(Arc::clone(core), tunnel))
    }

    /// A live or recently closed tunnel.
    pub(crate) fn get(&self, id: TunnelId) -> Option<Arc<Tunnel>> {
        lock(&self.table).get(id)
    }

    /// Live tunnels.
    pub(crate) fn live(&self) -> Vec<Arc<Tunnel>> {
        lock(&self.table).live().cloned().collect()
    }

    /// Live tunnels and those that closed in the last 30 s.
    pub(crate) fn shown(&self) -> Vec<Arc<Tunnel>> {
        lock(&self.table).shown()
    }

    pub(crate) fn count(&self) -> usize {
        lock(&self.table).len()
    }

    /// Whether any of them carries a connection; a listener carries none itself.
    pub(crate) fn carries(&self) -> bool {
        lock(&self.table).live().any(|tunnel| !tunnel.is_listener())
    }

    pub(crate) fn of_node(&self, node: NodeId) -> Vec<Arc<Tunnel>> {
        lock(&self.table).of_node(node)
    }

    pub(crate) fn of_port(&self, port: PortId) -> Vec<Arc<Tunnel>> {
        lock(&self.table).of_port(port)
    }

    /// Live tunnels of a port by node.
    pub(crate) fn port_counts(&self, port: PortId) -> HashMap<NodeId, usize> {
        lock(&self.table).port_counts(port)
    }

    pub(crate) fn of_link(&self, link: LinkId) -> Vec<Arc<Tunnel>> {
        lock(&self.table).of_link(link)
    }

    pub(crate) fn of_operator(&self, connection: Generation) -> Vec<Arc<Tunnel>> {
        lock(&self.table).of_operator(connection)
    }

    /// Live tunnels of connections that came in by this listener.
    pub(crate) fn came_from(&self, listener: &Tunnel) -> Vec<Arc<Tunnel>> {
        lock(&self.table).came_from(listener.id)
    }

    /// Whether this listener is there and about to stay.
    pub(crate) fn listens(&self, listener: TunnelId) -> bool {
        let live = lock(&self.table).live_one(listener);
        live.is_some_and(|tunnel| tunnel.is_listener() && tunnel.cut.reason().is_none())
    }

    pub(crate) fn count_of_node(&self, node: NodeId) -> usize {
        lock(&self.table).count_of_node(node)
    }

    pub(crate) fn count_of_port(&self, port: PortId) -> usize {
        lock(&self.table).count_of_port(port)
    }

    /// Counters of a node since the server started.
    pub(crate) fn node_flow(&self, node: NodeId) -> Flow {
        lock(&self.traffic).node(node)
    }

    /// Counters of a published port since the server started.
    pub(crate) fn port_flow(&self, port: PortId) -> Flow {
        lock(&self.traffic).port(port)
    }

    /// Counters of a link since the server started.
    pub(crate) fn link_flow(&self, link: LinkId) -> Flow {
        lock(&self.traffic).link(link)
    }

    /// A link is gone.
    pub(crate) fn forget_link(&self, link: LinkId) {
        lock(&self.traffic).forget_link(link);
    }

    /// Counters of everything since the server started.
    pub(crate) fn flow(&self) -> Flow {
        lock(&self.traffic).all()
    }

    /// A rule decided something.
    pub(crate) fn hit(&self, rule: RuleId) {
        *lock(&self.hits).entry(rule).or_default() += 1;
    }

    /// How often a rule decided since the server started.
    pub(crate) fn hits(&self, rule: RuleId) -> u64 {
        lock(&self.hits).get(&rule).copied().unwrap_or_default()
    }

    /// A rule is gone.
    pub(crate) fn forget_rule(&self, rule: RuleId) {
        lock(&self.hits).remove(&rule);
    }

    /// The agent's own totals of a tunnel; `false` if they contradict ours.
    pub(crate) fn reconcile(&self, id: TunnelId, node: NodeId, theirs: (u64, u64)) -> bool {
        let is_there = |t: &Arc<Tunnel>| t.node.as_ref().is_some_and(|through| through.id == node);
        match self.get(id).filter(is_there) {
            Some(tunnel) => tunnel.reported(theirs),
            None => true,
        }
    }

    /// The tunnel is allowed and about to be opened: from here on it is shown and recorded.
    pub(crate) fn audit_open(&self, core: &Core, tunnel: &Tunnel) {
        core.state.record(tunnel.admitted());
        changed(core, tunnel);
    }

    /// Ends a tunnel's record: counters settled, table entry closed, audit record queued.
    fn close(&self, core: &Core, tunnel: &Arc<Tunnel>, reason: CloseReason, last_byte: Instant) {
        if !tunnel.is_admitted() {
            lock(&self.table).discard(tunnel);
            tunnel.ended.cancel();
            return;
        }
        self.settle(core, tunnel);
        let by = tunnel.closed_by(reason);
        let closed = Closed { at: core.wall(), reason, by };
        let now = core.clock.now();
        let agrees = tunnel.close(closed, last_byte, now);
        lock(&self.table).close(tunnel, now);
        for connection in self.came_from(tunnel) {
            connection.cut(reason, &tunnel.closed_by(reason));
        }
        core.state.record(tunnel.close_entry(reason, now));
        core.metrics.tunnel_closed(reason);
        if !agrees {
            core.metrics.tunnel_mismatches.inc();
            tracing::warn!(tunnel = %tunnel.id, node = tunnel.through(), "the agent counted other totals");
        }
        changed(core, tunnel);
        tunnel.ended.cancel();
    }

    /// Adds what a tunnel moved since the last time to the sums; how much that was.
    fn settle(&self, core: &Core, tunnel: &Tunnel) -> (u64, u64) {
        let moved = tunnel.take_moved(core.clock.now());
        if moved != (0, 0) {
            let port = tunnel.port.as_ref().map(|(id, _)| *id);
            let mut traffic = lock(&self.traffic);
            traffic.add(tunnel.node.as_ref().map(|node| node.id), port, moved);
            if let Some(link) = tunnel.link_id().filter(|_| !tunnel.is_listener()) {
                traffic.add_link(link, moved);
            }
            if let (Some(port), Some((method, wire))) = (port, tunnel.take_wired()) {
                traffic.add_packed(port, traffic::Packed { method, payload: moved, wire });
            }
            drop(traffic);
            core.metrics.moved(moved);
        }
        moved
    }
}

/// A tunnel began or ended: it and its node are to be shown anew.
fn changed(core: &Core, tunnel: &Tunnel) {
    core.feed.tunnel(tunnel.id);
    if let Some(node) = &tunnel.node {
        core.feed.node(node.id);
    }
}

/// Why a tunnel was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRoom {
    /// A limit on tunnels was reached.
    #[error("{what} has {limit} open tunnels, as many as it may")]
    TooMany {
        /// Whose limit.
        what: SafeText,
        /// How many.
        limit: usize,
    },
    /// A listener is there once.
    #[error("{at} at node {node} is listened on already, by {holder}: tunnel {tunnel}")]
    Held {
        /// Where.
        node: SafeText,
        /// On what.
        at: wire::Target,
        /// For whom.
        holder: SafeText,
        /// The listener.
        tunnel: TunnelId,
    },
}
