//! Gives a node another name. Its id, and everything that refers to it, stays.

use super::node_delete::about;
use super::{By, Change, Done, node_of};
use crate::fleet::{Edit, Fleet, NodeRecord, RuleRecord};
use std::sync::Arc;
use wire::{Name, NodeId, Refusal, RefusalCode};

pub(super) fn run(fleet: &Fleet, by: &By<'_>, node: NodeId, to: &Name) -> Result<Change, Refusal> {
    let old = node_of(fleet, node)?;
    if old.name == *to {
        return Ok(Change::nothing());
    }
    if fleet.node_by_name(to.as_str()).is_some() {
        let message = format!("the name {to} is taken by another node");
        return Err(
            Refusal::new(RefusalCode::Conflict, message).hint(format!("tunnelctl nodes get {to}"))
        );
    }
    let new = Arc::new(NodeRecord { name: to.clone(), ..(*old).clone() });
    // Rules about it as the asker follow: a rename takes nothing away, and gives nothing to who gets
    // the name.
    let rules = about(fleet, &old.name).map(|rule| {
        Edit::Rule(Arc::new(RuleRecord { who: format!("node:{to}").into(), ..(*rule).clone() }))
    });
    let edits = std::iter::once(Edit::Node(Arc::clone(&new))).chain(rules).collect();
    let entry = by.did("node.rename", &*old).with("to", to.as_str());
    Ok(Change::new(edits, vec![entry], Done::Node(new)))
}
