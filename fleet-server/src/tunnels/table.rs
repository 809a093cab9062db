//! The table of live tunnels with its indexes, the limits on it, and the memory of closed ones. No
//! clock, no I/O.

use super::{NoRoom, Tunnel};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::limits::{CLOSED_KEPT, CLOSED_KEPT_MOST, LANE_OPEN_STREAMS, MAX_LANES, SHARE_TUNNELS};
use wire::{Generation, LinkId, NodeId, PortId, Target, TunnelId};

/// How long a closed tunnel stays visible.
const REMEMBERED: Duration = Duration::from_secs(30);
/// Closed tunnels kept at most: short-lived connections must not fill memory.
const REMEMBERED_MOST: usize = 4096;
/// Open tunnels of one node: what its lanes can carry.
const NODE_TUNNELS: usize = MAX_LANES * LANE_OPEN_STREAMS;

#[derive(Default)]
pub(crate) struct Table {
    live: HashMap<TunnelId, Arc<Tunnel>>,
    by_node: HashMap<NodeId, HashSet<TunnelId>>,
    by_port: HashMap<PortId, HashSet<TunnelId>>,
    by_operator: HashMap<Generation, HashSet<TunnelId>>,
    by_link: HashMap<LinkId, HashSet<TunnelId>>,
    /// What came in by a listener.
    by_listener: HashMap<TunnelId, HashSet<TunnelId>>,
    listeners: HashMap<(NodeId, Target), TunnelId>,
    closed: HashMap<TunnelId, Arc<Tunnel>>,
    order: VecDeque<(Instant, TunnelId)>,
    past: Past,
}

/// Closed tunnels that are in no list any more: who knows the id can still ask.
#[derive(Default)]
struct Past {
    tunnels: HashMap<TunnelId, Arc<Tunnel>>,
    order: VecDeque<(Instant, TunnelId)>,
}

impl Past {
    fn keep(&mut self, closed: Instant, tunnel: Arc<Tunnel>) {
        self.order.push_back((closed, tunnel.id));
        self.tunnels.insert(tunnel.id, tunnel);
        if self.order.len() > CLOSED_KEPT_MOST {
            self.forget();
        }
    }

    fn expire(&mut self, now: Instant) {
        let over = |(at, _): &(Instant, _)| now.saturating_duration_since(*at) >= CLOSED_KEPT;
        while self.order.front().is_some_and(over) {
            self.forget();
        }
    }

    fn forget(&mut self) {
        if let Some((_, id)) = self.order.pop_front() {
            self.tunnels.remove(&id);
        }
    }
}

impl Table {
    pub(crate) fn insert(&mut self, tunnel: &Arc<Tunnel>) -> Result<(), NoRoom> {
        if let Some(full) = tunnel.nodes().find(|id| self.count_of_node(*id) >= NODE_TUNNELS) {
            let what = match &tunnel.node {
                Some(node) if node.id == full => format!("node {}", node.name),
                _ => format!("node {full}"),
            };
            return Err(NoRoom::TooMany { what: what.into(), limit: NODE_TUNNELS });
        }
        if let (None, Some(share)) = (&tunnel.node, tunnel.listener())
            && self.count_by(share) >= SHARE_TUNNELS
        {
            let what = format!("share {}", tunnel.target).into();
            return Err(NoRoom::TooMany { what, limit: SHARE_TUNNELS });
        }
        if let (Some((port, name)), Some(limit)) = (&tunnel.port, tunnel.port_limit)
            && self.count_of_port(*port) >= limit
        {
            return Err(NoRoom::TooMany { what: format!("port {name}").into(), limit });
        }
        if let Some(place) = listens(tunnel) {
            if let Some(held) = self.listeners.get(&place).and_then(|id| self.live.get(id)) {
                return Err(held_by(held));
            }
            self.listeners.insert(place, tunnel.id);
        }
        self.live.insert(tunnel.id, Arc::clone(tunnel));
        for node in tunnel.nodes() {
            self.by_node.entry(node).or_default().insert(tunnel.id);
        }
        if let Some(listener) = tunnel.listener() {
            self.by_listener.entry(listener).or_default().insert(tunnel.id);
        }
        if let Some(link) = tunnel.link_id() {
            self.by_link.entry(link).or_default().insert(tunnel.id);
        }
        if let Some((port, _)) = &tunnel.port {
            self.by_port.entry(*port).or_default().insert(tunnel.id);
        }
        if let Some(connection) = tunnel.origin.connection() {
            self.by_operator.entry(connection).or_default().insert(tunnel.id);
        }
        Ok(())
    }

    /// Moves a tunnel from the live ones to those remembered.
    pub(crate) fn close(&mut self, tunnel: &Arc<Tunnel>, now: Instant) {
        if !self.discard(tunnel) {
            return;
        }
        self.closed.insert(tunnel.id, Arc::clone(tunnel));
        self.order.push_back((now, tunnel.id));
        if self.order.len() > REMEMBERED_MOST
            && let Some((at, id)) = self.order.pop_front()
        {
            self.pass(at, id);
        }
    }

    /// Removes a live tunnel without a memory of it; whether it was there.
    pub(crate) fn discard(&mut self, tunnel: &Tunnel) -> bool {
        if self.live.remove(&tunnel.id).is_none() {
            return false;
        }
        for node in tunnel.nodes() {
            unindex(&mut self.by_node, &node, tunnel.id);
        }
        if let Some(listener) = tunnel.listener() {
            unindex(&mut self.by_listener, &listener, tunnel.id);
        }
        if let Some(link) = tunnel.link_id() {
            unindex(&mut self.by_link, &link, tunnel.id);
        }
        if let Some((port, _)) = &tunnel.port {
            unindex(&mut self.by_port, port, tunnel.id);
        }
        if let Some(connection) = tunnel.origin.connection() {
            unindex(&mut self.by_operator, &connection, tunnel.id);
        }
        if let Some(place) = listens(tunnel)
            && self.listeners.get(&place) == Some(&tunnel.id)
        {
            self.listeners.remove(&place);
        }
        true
    }

    /// Forgets closed tunnels whose time is up.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<TunnelId> {
        let mut gone = Vec::new();
        while let Some((at, id)) = self.order.front().copied() {
            if now.saturating_duration_since(at) < REMEMBERED {
                break;
            }
            self.order.pop_front();
            self.pass(at, id);
            gone.push(id);
        }
        self.past.expire(now);
        gone
    }

    fn pass(&mut self, closed: Instant, id: TunnelId) {
        if let Some(tunnel) = self.closed.remove(&id) {
            self.past.keep(closed, tunnel);
        }
    }

    pub(crate) fn get(&self, id: TunnelId) -> Option<Arc<Tunnel>> {
        let known = self.live.get(&id).or_else(|| self.closed.get(&id));
        known.or_else(|| self.past.tunnels.get(&id)).cloned()
    }

    pub(crate) fn live_one(&self, id: TunnelId) -> Option<Arc<Tunnel>> {
        self.live.get(&id).cloned()
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = &Arc<Tunnel>> {
        self.live.values()
    }

    pub(crate) fn shown(&self) -> Vec<Arc<Tunnel>> {
        self.live.values().chain(self.closed.values()).cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn of_node(&self, node: NodeId) -> Vec<Arc<Tunnel>> {
        self.pick(self.by_node.get(&node))
    }

    pub(crate) fn of_port(&self, port: PortId) -> Vec<Arc<Tunnel>> {
        self.pick(self.by_port.get(&port))
    }

    pub(crate) fn of_link(&self, link: LinkId) -> Vec<Arc<Tunnel>> {
        self.pick(self.by_link.get(&link))
    }

    pub(crate) fn of_operator(&self, connection: Generation) -> Vec<Arc<Tunnel>> {
        self.pick(self.by_operator.get(&connection))
    }

    pub(crate) fn came_from(&self, listener: TunnelId) -> Vec<Arc<Tunnel>> {
        self.pick(self.by_listener.get(&listener))
    }

    fn count_by(&self, listener: TunnelId) -> usize {
        self.by_listener.get(&listener).map_or(0, HashSet::len)
    }

    pub(crate) fn count_of_node(&self, node: NodeId) -> usize {
        self.by_node.get(&node).map_or(0, HashSet::len)
    }

    pub(crate) fn count_of_port(&self, port: PortId) -> usize {
        self.by_port.get(&port).map_or(0, HashSet::len)
    }

    pub(crate) fn port_counts(&self, port: PortId) -> HashMap<NodeId, usize> {
        let mut counts = HashMap::new();
        let ids = self.by_port.get(&port).into_iter().flatten();
        for tunnel in ids.filter_map(|id| self.live.get(id)) {
            if let Some(node) = &tunnel.node {
                *counts.entry(node.id).or_default() += 1;
            }
        }
        counts
    }

    fn pick(&self, ids: Option<&HashSet<TunnelId>>) -> Vec<Arc<Tunnel>> {
        ids.into_iter().flatten().filter_map(|id| self.live.get(id)).cloned().collect()
    }
}

/// Where a listener is at a node; only one may be there.
fn listens(tunnel: &Tunnel) -> Option<(NodeId, Target)> {
    let node = tunnel.node.as_ref().filter(|_| tunnel.is_listener())?;
    Some((node.id, tunnel.target.clone()))
}

fn held_by(held: &Tunnel) -> NoRoom {
    let holder = match (held.who().operator, &held.link) {
        (Some(name), _) => name.as_str().into(),
        (None, Some(link)) => format!("the link {link}").into(),
        (None, None) => "somebody".into(),
    };
    let (node, at) = (held.through().into(), held.target.clone());
    NoRoom::Held { node, at, holder, tunnel: held.id }
}

fn unindex<K: std::hash::Hash + Eq>(
    index: &mut HashMap<K, HashSet<TunnelId>>,
    key: &K,
    id: TunnelId,
) {
    if let Some(ids) = index.get_mut(key) {
        ids.remove(&id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::tunnels::tunnel::tests::sample;

    #[test]
    fn a_port_takes_as_many_tunnels_as_it_may_and_again_after_one_closed() {
        let mut table = Table::default();
        let tunnels: Vec<_> = (0..3).map(|n| Arc::new(sample(n, Some(2)))).collect();
        assert!(table.insert(&tunnels[0]).is_ok());
        assert!(table.insert(&tunnels[1]).is_ok());
        let refused = table.insert(&tunnels[2]).unwrap_err();
        assert_eq!(refused.to_string(), "port db has 2 open tunnels, as many as it may");
        table.close(&tunnels[0], Instant::now());
        assert!(table.insert(&tunnels[2]).is_ok());
        assert_eq!((table.len(), table.shown().len()), (2, 3));
    }

    #[test]
    fn a_closed_tunnel_is_remembered_for_half_a_minute_and_every_index_is_empty_then() {
        let (mut table, start) = (Table::default(), Instant::now());
        let tunnel = Arc::new(sample(1, None));
        table.insert(&tunnel).unwrap();
        assert_eq!(table.of_node(tunnel.node.as_ref().unwrap().id).len(), 1);
        table.close(&tunnel, start);
        table.close(&tunnel, start);
        assert!(table.get(tunnel.id).is_some());
        assert!(table.expire(start + Duration::from_secs(29)).is_empty());
        assert_eq!(table.expire(start + Duration::from_secs(30)), [tunnel.id]);
        assert!(table.shown().is_empty());
        assert!(table.by_node.is_empty() && table.by_port.is_empty() && table.order.is_empty());
    }

    #[test]
    fn who_knows_the_id_of_a_closed_tunnel_can_ask_for_some_minutes() {
        let (mut table, start) = (Table::default(), Instant::now());
        let tunnels: Vec<_> = (0..2).map(|n| Arc::new(sample(n, None))).collect();
        for tunnel in &tunnels {
            table.insert(tunnel).unwrap();
            table.close(tunnel, start);
        }
        table.expire(start + CLOSED_KEPT - Duration::from_secs(1));
        assert!(table.shown().is_empty());
        assert_eq!(table.get(tunnels[0].id).map(|found| found.id), Some(tunnels[0].id));
        table.expire(start + CLOSED_KEPT);
        assert!(tunnels.iter().all(|tunnel| table.get(tunnel.id).is_none()));
        assert!(table.past.tunnels.is_empty() && table.past.order.is_empty());
    }

    #[test]
    fn of_closed_tunnels_the_newest_are_kept_and_no_more_than_there_may_be() {
        let (mut past, start) = (Past::default(), Instant::now());
        let tunnels = (0..=CLOSED_KEPT_MOST as u64).map(|n| Arc::new(sample(n, None)));
        let tunnels: Vec<_> = tunnels.inspect(|t| past.keep(start, Arc::clone(t))).collect();
        assert_eq!((past.tunnels.len(), past.order.len()), (CLOSED_KEPT_MOST, CLOSED_KEPT_MOST));
        assert!(!past.tunnels.contains_key(&tunnels[0].id));
        assert!(past.tunnels.contains_key(&tunnels[CLOSED_KEPT_MOST].id));
    }
}
