//! Which of a wish's nodes carries the next tunnel: in order, or as the published port says.

use super::Wish;
use crate::admission::{Moment, Verdict};
use crate::core::Core;
use crate::registry::Session;
use std::sync::Arc;
use wire::message::view::Pick;
use wire::{CloseReason, NodeId};

/// The nodes by which this may be had: those that neither a lock nor a rule keeps it from. All of them if
/// there is no such one: trying says why not.
pub(crate) fn open(core: &Core, wish: &Wish) -> Vec<NodeId> {
    if wish.nodes.len() < 2 {
        return wish.nodes.clone();
    }
    let (fleet, now) = (core.state.fleet(), core.wall());
    let may = |node: &&NodeId| {
        let Some(node) = fleet.node(**node) else { return false };
        let verdict = wish.origin.decide(&fleet, Some(&node), &wish.target, Moment::Opening, now);
        matches!(verdict, Verdict::Granted(_))
    };
    let open: Vec<NodeId> = wish.nodes.iter().filter(may).copied().collect();
    if open.is_empty() { wish.nodes.clone() } else { open }
}

/// The next of `nodes` to try; those whose target did not answer a moment ago are left out.
pub(super) fn next(
    core: &Core,
    wish: &Wish,
    nodes: &[NodeId],
    tried: &[NodeId],
) -> Option<Arc<Session>> {
    let live = |node: &NodeId| (!tried.contains(node)).then(|| core.registry.session(*node))?;
    let Some(port) = wish.port.as_ref().and_then(|(id, _)| core.ports.get(*id)) else {
        return nodes.iter().find_map(live);
    };
    match wish.pick {
        Pick::First => {
            let last = port.last_served().filter(|node| nodes.contains(node));
            last.as_ref().and_then(live).or_else(|| nodes.iter().find_map(live))
        }
        Pick::Least => {
            let counts = core.tunnels.port_counts(port.id);
            let load = |session: &Arc<Session>| counts.get(&session.node).copied().unwrap_or(0);
            nodes.iter().filter_map(live).min_by_key(load)
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
