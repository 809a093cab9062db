//! A certificate was signed again for an enrolled key, or for the one that takes its place. Each one
//! of a node has the next number; revoked, locked and waiting subjects get none.

use super::clone::{self, Sign};
use super::{Change, Done, absent, by_node, node_of};
use crate::fleet::{Edit, Fleet, NodeRecord, OperatorRecord, Renewals, Stored};
use std::sync::Arc;
use wire::audit::{Actor, Entry};
use wire::{NodeId, OperatorId, Refusal, RefusalCode, SafeText, UnixMs};

/// What a node asks with and gets.
pub(super) struct Renewal<'a> {
    /// The number of the certificate that asks.
    pub(super) held: u64,
    pub(super) spki: &'a [u8; 32],
    pub(super) until: UnixMs,
    pub(super) source: &'a SafeText,
}

pub(super) fn node(
    fleet: &Fleet,
    id: NodeId,
    renewal: &Renewal<'_>,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let Renewal { held, spki, until, source } = *renewal;
    let node = node_of(fleet, id)?;
    may_stay(fleet, &node, now)?;
    if held < node.renewals.used {
        return Ok(clone::found(&node, Sign::Older(held), source, now));
    }
    let next_spki = match fleet.node_by_key(spki) {
        Some(other) if other.id != id => {
            let message = "that key is enrolled already";
            return Err(Refusal::new(RefusalCode::Conflict, message));
        }
        Some(_) => None,
        None => Some((*spki).into()),
    };
    let renewals = Renewals {
        issued: node.renewals.issued.saturating_add(1),
        used: node.renewals.used.max(held),
        recovered: None,
    };
    let rotates = next_spki.is_some();
    let new = NodeRecord { certificate_expires_at: until, renewals, next_spki, ..(*node).clone() };
    let new = Arc::new(new);
    let mut entry = by_node("node.renew", &new, source)
        .with("expires_at", until.to_string())
        .with("renewal", renewals.issued);
    if rotates {
        entry = entry.with("new_key", pki::key::fingerprint(spki));
    }
    Ok(Change::new(vec![Edit::Node(Arc::clone(&new))], vec![entry], Done::Node(new)))
}

/// The node has this certificate in use: older ones, and the key of older ones, are done with.
pub(super) fn kept(
    fleet: &Fleet,
    id: NodeId,
    renewal: u64,
    source: &SafeText,
) -> Result<Change, Refusal> {
    let node = node_of(fleet, id)?;
    // Nobody has what was not signed; what is older says nothing new.
    if renewal > node.renewals.issued || renewal <= node.renewals.used {
        return Ok(Change::nothing());
    }
    let mut new =
        NodeRecord { renewals: Renewals { used: renewal, ..node.renewals }, ..(*node).clone() };
    // Only the newest certificate is for the key that was asked for last.
    let mut entries = Vec::new();
    if let Some(next) = node.next_spki.filter(|_| renewal == node.renewals.issued) {
        entries
            .push(by_node("node.rotate", &node, source).with("key", pki::key::fingerprint(&next)));
        (new.spki, new.next_spki) = (*next, None);
    }
    let new = Arc::new(new);
    Ok(Change::new(vec![Edit::Node(Arc::clone(&new))], entries, Done::Node(new)))
}

/// A node that may not connect gets no certificate either.
fn may_stay(fleet: &Fleet, node: &NodeRecord, now: UnixMs) -> Result<(), Refusal> {
    if node.revoked.is_some() {
        return Err(revoked(node));
    }
    if let Some(refusal) = clone::locked(fleet, node, now) {
        return Err(refusal);
    }
    if node.waiting.is_some() {
        return Err(waiting(node));
    }
    Ok(())
}

/// What a node that waits for a decision is told.
pub(crate) fn waiting(node: &NodeRecord) -> Refusal {
    let message = format!("node {} waits for an operator's decision", node.name);
    Refusal::new(RefusalCode::Denied, message)
        .hint(format!("tunnelctl pending approve {}", node.name))
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
