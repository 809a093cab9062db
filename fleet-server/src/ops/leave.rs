//! A node is no more by its own doing: it gave its identity up, or it was made to be gone when away.

use super::{Change, Done, by_node, node_of};
use crate::fleet::{Edit, Fleet, NodeRecord, Stored};
use std::sync::Arc;
use std::time::Duration;
use wire::audit::{Actor, Entry};
use wire::{NodeId, Refusal, SafeText, UnixMs};

/// The node gives its identity up: its key is worth nothing from here on.
pub(super) fn run(
    fleet: &Fleet,
    node: NodeId,
    source: &SafeText,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = node_of(fleet, node)?;
    if old.revoked.is_some() {
        return Ok(Change::nothing());
    }
    let new = Arc::new(NodeRecord { revoked: Some(now), ..(*old).clone() });
    let entry = by_node("node.revoke", &new, source).with("why", "unenrolled at the node");
    Ok(Change::new(vec![Edit::Node(Arc::clone(&new))], vec![entry], Done::Node(new)))
}

/// Removes an ephemeral node that was gone as long as it may be.
pub(super) fn expire(fleet: &Fleet, node: NodeId, now: UnixMs) -> Change {
    let Some(node) = fleet.node(node).filter(|node| is_over(node, now)) else {
        return Change::nothing();
    };
    // A port would lead nowhere without a word; its owner deletes it or the node.
    if fleet.ports().any(|port| port.nodes.contains(&node.id)) {
        return Change::nothing();
    }
    let entry = Entry::new("node.delete", Actor::default(), node.object())
        .with("why", "ephemeral, and gone for its time");
    Change::new(vec![Edit::DropNode(Arc::clone(&node))], vec![entry], Done::Node(node))
}

/// Whether an ephemeral node was gone as long as it may be.
pub(crate) fn is_over(node: &NodeRecord, now: UnixMs) -> bool {
    let Some(after) = node.ephemeral_ms.map(Duration::from_millis) else { return false };
    // Never connected counts from the enrolment; connected has no end yet.
    let gone = match (node.generation.0, node.disconnected) {
        (0, _) => Some(node.enrolled_at),
        (_, Some((at, _))) => Some(at),
        (_, None) => None,
    };
    gone.is_some_and(|gone| now.since(gone) >= after)
}
