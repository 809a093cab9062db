//! Sums of bytes and rates by node, by published port, by link and in all, since the server started.

use std::collections::HashMap;
use wire::message::tunnel::Compress;
use wire::message::view::Compression;
use wire::{LinkId, NodeId, PortId};

/// Bytes and the rate of the last second, both ways. "Up" is towards targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) up: u64,
    pub(crate) down: u64,
    pub(crate) up_rate: u64,
    pub(crate) down_rate: u64,
    second: (u64, u64),
    /// Of packed tunnels: payload and what of it went over the wire.
    packed: Option<Packed>,
}

/// What packing saved: payload and bytes on the wire, each up and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) method: Compress,
    pub(crate) payload: (u64, u64),
    pub(crate) wire: (u64, u64),
}

impl Flow {
    /// What packing saved, if anything was packed.
    pub(crate) fn compression(&self) -> Option<Compression> {
        self.packed.map(|packed| Compression::of(packed.method, packed.payload, packed.wire))
    }

    fn add(&mut self, (up, down): (u64, u64)) {
        self.up += up;
        self.down += down;
        self.second.0 += up;
        self.second.1 += down;
    }

    /// Ends a second; whether its rate differs from the one before or bytes moved.
    fn tick(&mut self) -> bool {
        let (up, down) = std::mem::take(&mut self.second);
        let changed = (up, down) != (0, 0) || (self.up_rate, self.down_rate) != (0, 0);
        (self.up_rate, self.down_rate) = (up, down);
        changed
    }
}

#[derive(Default)]
pub(crate) struct Traffic {
    nodes: HashMap<NodeId, Flow>,
    ports: HashMap<PortId, Flow>,
    links: HashMap<LinkId, Flow>,
    all: Flow,
    /// Those with bytes in this second or a rate from the last one.
    active_nodes: Vec<NodeId>,
    active_ports: Vec<PortId>,
}

impl Traffic {
    pub(crate) fn add(&mut self, node: Option<NodeId>, port: Option<PortId>, moved: (u64, u64)) {
        self.all.add(moved);
        if let Some(node) = node {
            let flow = self.nodes.entry(node).or_default();
            if flow.second == (0, 0) && (flow.up_rate, flow.down_rate) == (0, 0) {
                self.active_nodes.push(node);
            }
            flow.add(moved);
        }
        let Some(port) = port else { return };
        let flow = self.ports.entry(port).or_default();
        if flow.second == (0, 0) && (flow.up_rate, flow.down_rate) == (0, 0) {
            self.active_ports.push(port);
        }
        flow.add(moved);
    }

    /// What a connection of a link moved; its rate is the node's.
    pub(crate) fn add_link(&mut self, link: LinkId, moved: (u64, u64)) {
        self.links.entry(link).or_default().add(moved);
    }

    /// A link is gone.
    pub(crate) fn forget_link(&mut self, link: LinkId) {
        self.links.remove(&link);
    }

    /// What a port's tunnel moved, packed.
    pub(crate) fn add_packed(&mut self, port: PortId, more: Packed) {
        let flow = self.ports.entry(port).or_default();
        let sum = flow.packed.get_or_insert(Packed { payload: (0, 0), wire: (0, 0), ..more });
        sum.payload = (sum.payload.0 + more.payload.0, sum.payload.1 + more.payload.1);
        sum.wire = (sum.wire.0 + more.wire.0, sum.wire.1 + more.wire.1);
    }

    /// Ends a second: rates are set; the nodes to show anew, and whether any port moved.
    pub(crate) fn tick(&mut self) -> (Vec<NodeId>, bool) {
        self.all.tick();
        let moved = self.active_nodes.clone();
        let ports_moved = !self.active_ports.is_empty();
        let nodes = &mut self.nodes;
        self.active_nodes.retain(|node| nodes.get_mut(node).is_some_and(still_active));
        let ports = &mut self.ports;
        self.active_ports.retain(|port| ports.get_mut(port).is_some_and(still_active));
        (moved, ports_moved)
    }

    pub(crate) fn node(&self, node: NodeId) -> Flow {
        self.nodes.get(&node).copied().unwrap_or_default()
    }

    pub(crate) fn port(&self, port: PortId) -> Flow {
        self.ports.get(&port).copied().unwrap_or_default()
    }

    pub(crate) fn link(&self, link: LinkId) -> Flow {
        self.links.get(&link).copied().unwrap_or_default()
    }

    pub(crate) const fn all(&self) -> Flow {
        self.all
    }
}

fn still_active(flow: &mut Flow) -> bool {
    flow.tick();
    (flow.up_rate, flow.down_rate) != (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_shown_once_and_its_end_once() {
        let (mut traffic, node) = (Traffic::default(), NodeId::from_random(1));
        traffic.add(Some(node), None, (5, 7));
        traffic.add(Some(node), None, (5, 3));
        assert_eq!(traffic.tick().0, [node]);
        assert_eq!((traffic.node(node).up_rate, traffic.node(node).down_rate), (10, 10));
        assert_eq!(traffic.tick().0, [node]);
        assert_eq!(traffic.node(node).up_rate, 0);
        assert!(traffic.tick().0.is_empty());
        assert_eq!((traffic.all().up, traffic.all().down), (10, 10));
    }
}
