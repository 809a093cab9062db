//! Removes the record of a node that is revoked or long offline, so that its name is free again.

use super::{By, Change, Done, node_of};
use crate::fleet::{Edit, Fleet, NodeRecord, RuleRecord};
use crate::policy::Who;
use std::sync::Arc;
use std::time::Duration;
use wire::{Name, NodeId, Refusal, RefusalCode, UnixMs};

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
    if let Some(link) = fleet.links().find(|link| link.touches(node.id)) {
        let message = format!("{name} is an end of the link {}", link.name);
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint(format!("tunnelctl links delete {}", link.name)));
    }
    // Who gets the name next inherits nothing.
    let rules: Vec<_> = about(fleet, name).collect();
    let mut entries = vec![by.did("node.delete", &*node)];
    entries.extend(rules.iter().map(|rule| by.did("rule.delete", &**rule)));
    let rules = rules.into_iter().map(Edit::DropRule);
    let edits = std::iter::once(Edit::DropNode(Arc::clone(&node))).chain(rules).collect();
    Ok(Change::new(edits, entries, Done::Node(node)))
}

/// Rules that have the node of this name as their "who".
pub(super) fn about<'a>(
    fleet: &'a Fleet,
    name: &Name,
) -> impl Iterator<Item = Arc<RuleRecord>> + use<'a> {
    let who = Who::Node(name.clone());
    let is_it = move |rule: &&Arc<RuleRecord>| Who::parse(rule.who.as_str()).as_ref() == Some(&who);
    fleet.rules().iter().filter(is_it).cloned()
}

/// When it was last there; its enrolment, if it never was.
fn away_since(node: &NodeRecord) -> UnixMs {
    let left = node.disconnected.map(|(at, _)| at);
    node.last_seen.max(left).unwrap_or(node.enrolled_at)
}
