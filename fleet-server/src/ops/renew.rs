//! A certificate was signed again for an enrolled key. Revoked subjects get none.

use super::{Change, Done, absent, by_node, node_of};
use crate::fleet::{Edit, Fleet, NodeRecord, OperatorRecord, Stored};
use std::sync::Arc;
use wire::audit::{Actor, Entry};
use wire::{NodeId, OperatorId, Refusal, RefusalCode, SafeText, UnixMs};

pub(super) fn node(
    fleet: &Fleet,
    id: NodeId,
    until: UnixMs,
    source: &SafeText,
) -> Result<Change, Refusal> {
    let node = node_of(fleet, id)?;
    if node.revoked.is_some() {
        return Err(revoked(&*node));
    }
    let node = Arc::new(NodeRecord { certificate_expires_at: until, ..(*node).clone() });
    let entry = by_node("node.renew", &node, source).with("expires_at", until.to_string());
    Ok(Change::new(vec![Edit::Node(Arc::clone(&node))], vec![entry], Done::Node(node)))
}

pub(super) fn operator(
    fleet: &Fleet,
    actor: &Actor,
    id: OperatorId,
    until: UnixMs,
) -> Result<Change, Refusal> {
    let operator = fleet.operator(id).ok_or_else(|| absent::<OperatorRecord>(id))?;
    if operator.revoked.is_some() {
        return Err(revoked(&*operator));
    }
    let operator =
        Arc::new(OperatorRecord { certificate_expires_at: until, ..(*operator).clone() });
    let entry = Entry::new("operator.renew", actor.clone(), operator.object())
        .with("expires_at", until.to_string());
    let edits = vec![Edit::Operator(Arc::clone(&operator))];
    Ok(Change::new(edits, vec![entry], Done::Operator(operator)))
}

fn revoked<T: Stored>(subject: &T) -> Refusal {
    let name = subject.name().map_or_else(|| subject.id_text(), ToString::to_string);
    Refusal::new(RefusalCode::Denied, format!("the {} {name} is revoked", T::KIND))
}
