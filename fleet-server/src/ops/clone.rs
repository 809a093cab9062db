//! Two machines hold one node's key: the node is locked, which is durable before anything is cut. Who
//! of them is the right one is not decided here; `unlock node` lets the next one in.

use super::{Change, Done, by_node};
use crate::fleet::{Edit, Fleet, LockRecord, NodeRecord, Subject};
use std::sync::Arc;
use wire::message::view::LockMode;
use wire::{LockId, Refusal, RefusalCode, SafeText, UnixMs};

/// Why such a node is locked.
const WHY: &str = "two machines hold its key";

/// How the second holder was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A certificate was shown that is older than one already used.
    Older(u64),
    /// A connection whose place another one had taken came back.
    Returned,
}

/// Locks the node until somebody lifts it, with a record that says why.
pub(super) fn found(node: &Arc<NodeRecord>, sign: Sign, source: &SafeText, now: UnixMs) -> Change {
    let (kind, subject) = Subject::Node(node.id).parts();
    let lock = Arc::new(LockRecord {
        id: lock_id(node, now),
        kind,
        subject,
        object: node.name.as_str().into(),
        mode: LockMode::Cut,
        reason: WHY.into(),
        by: None,
        created_at: now,
        until: None,
        ended: None,
    });
    let mut entry = by_node("node.lock", node, source)
        .with("lock", lock.id.to_string())
        .with("reason", WHY)
        .with("alarm", true)
        .with("newest_used", node.renewals.used);
    entry = match sign {
        Sign::Older(held) => entry.with("shown", held),
        Sign::Returned => entry.with("came_back", true),
    };
    Change::new(vec![Edit::Lock(lock)], vec![entry], Done::Cloned(Arc::clone(node)))
}

/// Nothing random is drawn here: a node is found out at most once per instant.
fn lock_id(node: &NodeRecord, now: UnixMs) -> LockId {
    let mut about = [0; 16];
    let (id, at) = about.split_at_mut(8);
    id.copy_from_slice(&node.id.bits().to_be_bytes());
    at.copy_from_slice(&now.0.to_be_bytes());
    let digest = blake3::hash(&about);
    LockId::from_random(digest.as_bytes().first_chunk().map_or(0, |b| u64::from_be_bytes(*b)))
}

/// What a locked node is told, whoever locked it.
pub(crate) fn locked(fleet: &Fleet, node: &NodeRecord, now: UnixMs) -> Option<Refusal> {
    let lock = fleet.lock_on(Subject::Node(node.id), now)?;
    let message = format!("node {} is locked: {}", node.name, lock.reason);
    Some(
        Refusal::new(RefusalCode::Denied, message)
            .hint(format!("tunnelctl unlock node {}", node.name)),
    )
}
