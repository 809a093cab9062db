//! Changes a node's labels or its owner.

use super::{By, Change, Done, merged, node_of};
use crate::fleet::{Edit, Fleet, MAX_OWNER, NodeRecord};
use std::sync::Arc;
use wire::{Labels, NodeId, Refusal, SafeText};

/// What is to change.
pub(super) struct Wish<'a> {
    pub(super) set: &'a Labels,
    pub(super) unset: &'a [SafeText],
    /// Empty removes it.
    pub(super) owner: Option<&'a SafeText>,
}

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    node: NodeId,
    wish: &Wish<'_>,
) -> Result<Change, Refusal> {
    let old = node_of(fleet, node)?;
    let owner = match wish.owner {
        None => old.owner.clone(),
        Some(owner) if owner.as_str().is_empty() => None,
        Some(owner) => Some(SafeText::bounded(owner.as_str(), MAX_OWNER)),
    };
    let labels = merged(&old.labels, wish.set, wish.unset)?;
    if owner == old.owner && labels == old.labels {
        return Ok(Change::nothing());
    }
    let new = Arc::new(NodeRecord { owner, labels, ..(*old).clone() });
    let mut entry = by.did("node.update", &*new).with("labels", new.labels.to_string());
    if let Some(owner) = &new.owner {
        entry = entry.with("owner", owner.as_str());
    }
    Ok(Change::new(vec![Edit::Node(Arc::clone(&new))], vec![entry], Done::Node(new)))
}
