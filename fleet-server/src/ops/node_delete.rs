//! Removes the record of a node that is revoked or long offline, so that its name is free again.

use super::{By, Change, Done, node_of};
use crate::fleet::{Edit, Fleet, NodeRecord};
use std::time::Duration;
use wire::{NodeId, Refusal, RefusalCode, UnixMs};

/// A node that was away this long may be deleted without being revoked.
const LONG_OFFLINE: Duration = Duration::from_secs(30 * 24 * 3600);

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    node: NodeId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let node = node_of(fleet, node)?;
    let name = &node.name;
    if node.revoked.is_none() && now.since(away_since(&node)) <= LONG_OFFLINE {
        let message = format!("{name} is neither revoked nor offline for more than 30 days");
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint(format!("tunnelctl revoke node {name}")));
    }
    if let Some(port) = fleet.ports().find(|port| port.nodes.contains(&node.id)) {
        let message = format!("{name} serves the published port {}", port.name);
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint(format!("tunnelctl ports delete {}", port.name)));
    }
    let entry = by.did("node.delete", &*node);
    Ok(Change::new(vec![Edit::DropNode(node.clone())], vec![entry], Done::Node(node)))
}

/// When it was last there; its enrolment, if it never was.
fn away_since(node: &NodeRecord) -> UnixMs {
    let left = node.disconnected.map(|(at, _)| at);
    node.last_seen.max(left).unwrap_or(node.enrolled_at)
}
