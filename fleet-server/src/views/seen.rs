//! What one operator sees of live facts: only what his rules reach.

use super::{node, port, small};
use crate::core::Core;
use crate::fleet::PortRecord;
use crate::policy::Sight;
use crate::tunnels::Tunnel;
use wire::message::view::{FleetCounts, NodeState, PortView};

/// Whether a tunnel is his own, or to something his rules reach.
pub(crate) fn sees_tunnel(core: &Core, sight: &Sight, tunnel: &Tunnel) -> bool {
    if sight.is_everything() {
        return true;
    }
    let fleet = core.state.fleet();
    let own = tunnel.who().operator;
    own.is_some_and(|name| sight.is_self(name.as_str(), tunnel.opened_at))
        || tunnel
            .node
            .as_ref()
            .and_then(|node| fleet.node(node.id))
            .is_some_and(|node| sight.target(&fleet, &node, &tunnel.target))
        || tunnel
            .port
            .as_ref()
            .and_then(|(id, _)| fleet.port(*id))
            .is_some_and(|port| sight.port(&fleet, &port))
}

/// A published port without the nodes he does not see.
pub(crate) fn port_for(core: &Core, sight: &Sight, record: &PortRecord) -> PortView {
    let mut view = port(core, record);
    if !sight.is_everything() {
        let fleet = core.state.fleet();
        let seen = |id| fleet.node(id).is_some_and(|node| sight.node(&fleet, &node));
        view.nodes.retain(|node| seen(node.id));
    }
    view
}

/// The nodes he sees, by state.
pub(super) fn counts(core: &Core, sight: &Sight) -> FleetCounts {
    let (fleet, mut counts) = (core.state.fleet(), [0usize; NodeState::ALL.len()]);
    for record in fleet.nodes().filter(|record| sight.node(&fleet, record)) {
        let state = node(core, &record).state;
        if let Some(at) = NodeState::ALL.iter().position(|other| *other == state) {
            counts[at] += 1;
        }
    }
    let of = |state| {
        let at = NodeState::ALL.iter().position(|other| *other == state);
        small(at.map_or(0, |at| counts[at]))
    };
    FleetCounts {
        total: small(counts.iter().sum()),
        online: of(NodeState::Online),
        degraded: of(NodeState::Degraded),
        stale: of(NodeState::Stale),
        offline: of(NodeState::Offline),
        locked: of(NodeState::Locked),
    }
}
