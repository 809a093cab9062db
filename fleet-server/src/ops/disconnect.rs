//! A node's control connection ended. Only the newest connection's end says anything about the node.

use super::{Change, by_node};
use crate::fleet::{Edit, Fleet, NodeRecord};
use std::sync::Arc;
use wire::{DisconnectReason, Generation, NodeId, SafeText, UnixMs};

/// How which connection ended.
pub(super) struct End<'a> {
    pub(super) generation: Generation,
    pub(super) reason: DisconnectReason,
    pub(super) source: &'a SafeText,
}

pub(super) fn run(
    fleet: &Fleet,
    node: NodeId,
    end: &End<'_>,
    last_seen: UnixMs,
    now: UnixMs,
) -> Change {
    let Some(old) = fleet.node(node) else { return Change::nothing() };
    let End { generation, reason, source } = *end;
    let entry = by_node("node.disconnect", &old, source)
        .with("generation", generation.0)
        .with("reason", reason.as_str());
    if generation != old.generation {
        let mut change = Change::nothing();
        change.audit.push(entry);
        return change;
    }
    if old.disconnected.is_some() {
        return Change::nothing();
    }
    let new = NodeRecord {
        last_seen: old.last_seen.max(Some(last_seen)),
        disconnected: Some((now, reason)),
        ..(*old).clone()
    };
    Change::new(vec![Edit::Node(Arc::new(new))], vec![entry], super::Done::Nothing)
}
