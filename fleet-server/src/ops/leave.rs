//! A node is no more by its own doing: it gave its identity up, or it was made to be gone when away.

use super::node_delete::about;
use super::{Change, Done, by_node, node_of};
use crate::fleet::{Edit, Fleet, NodeRecord, RuleRecord, Stored};
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
    // A port or a link would lead nowhere without a word; its owner deletes it or the node.
    let serves = fleet.ports().any(|port| port.nodes.contains(&node.id));
    if serves || fleet.links().any(|link| link.touches(node.id)) {
        return Change::nothing();
    }
    let entry = Entry::new("node.delete", Actor::default(), node.object())
        .with("why", "ephemeral, and gone for its time");
    let rules: Vec<_> = about(fleet, &node.name).collect();
    let gone =
        |rule: &Arc<_>| Entry::new("rule.delete", Actor::default(), RuleRecord::object(rule));
    let entries = std::iter::once(entry).chain(rules.iter().map(gone)).collect();
    let rules = rules.into_iter().map(Edit::DropRule);
    let edits = std::iter::once(Edit::DropNode(Arc::clone(&node))).chain(rules).collect();
    Change::new(edits, entries, Done::Node(node))
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
