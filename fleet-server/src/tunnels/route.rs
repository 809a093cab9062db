//! Which of a wish's nodes carries the next tunnel: in order, or as the published port says.

use super::Wish;
use crate::core::Core;
use crate::registry::Session;
use std::sync::Arc;
use wire::message::view::Pick;
use wire::{CloseReason, NodeId};

/// The next node to try; those whose target did not answer a moment ago are left out.
pub(super) fn next(core: &Core, wish: &Wish, tried: &[NodeId]) -> Option<Arc<Session>> {
    let live = |node: &NodeId| (!tried.contains(node)).then(|| core.registry.session(*node))?;
    let Some(port) = wish.port.as_ref().and_then(|(id, _)| core.ports.get(*id)) else {
        return wish.nodes.iter().find_map(live);
    };
    match wish.pick {
        Pick::First => {
            let last = port.last_served().filter(|node| wish.nodes.contains(node));
            last.as_ref().and_then(live).or_else(|| wish.nodes.iter().find_map(live))
        }
        Pick::Least => {
            let counts = core.tunnels.port_counts(port.id);
            let load = |session: &Arc<Session>| counts.get(&session.node).copied().unwrap_or(0);
            wish.nodes.iter().filter_map(live).min_by_key(load)
        }
    }
}

/// Whether another node may have what this one's target did not give. No payload has moved.
pub(super) const fn is_worth_another(reason: CloseReason) -> bool {
    matches!(
        reason,
        CloseReason::DialRefused
            | CloseReason::DialTimeout
            | CloseReason::DialUnreachable
            | CloseReason::Unresolvable
            | CloseReason::TargetNotAllowed
    )
}
