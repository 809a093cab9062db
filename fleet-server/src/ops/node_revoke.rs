//! Ends a node's credential for good. Cutting its tunnels comes after this is durable (I2).

use super::{By, Change, Done, node_of};
use crate::fleet::{Edit, Fleet, NodeRecord};
use std::sync::Arc;
use wire::{NodeId, Refusal, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    node: NodeId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = node_of(fleet, node)?;
    if old.revoked.is_some() {
        return Ok(Change::nothing());
    }
    let new = Arc::new(NodeRecord { revoked: Some(now), ..(*old).clone() });
    let entry = by.did("node.revoke", &*new);
    Ok(Change::new(vec![Edit::Node(Arc::clone(&new))], vec![entry], Done::Node(new)))
}
