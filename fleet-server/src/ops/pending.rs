//! An operator decides on a node that waits: to be enrolled, or to come back.

use super::{By, Change, Done, node_of};
use crate::fleet::{Edit, Fleet, MAX_DENIED, NodeRecord, TokenRecord, Waiting};
use std::sync::Arc;
use wire::message::view::PendingKind;
use wire::{NodeId, Refusal, RefusalCode, SafeText, UnixMs};

/// Lets it in: the next time it asks it gets its certificate.
pub(super) fn approve(
    fleet: &Fleet,
    by: &By<'_>,
    node: NodeId,
    fingerprint: Option<&SafeText>,
) -> Result<Change, Refusal> {
    let (old, waiting) = waiting(fleet, node)?;
    if let Some(given) = fingerprint {
        compare(&old, given.as_str())?;
    }
    // Whoever is let in again may come back by himself again.
    let recoveries = Vec::new();
    let new = Arc::new(NodeRecord { waiting: None, recoveries, ..(*old).clone() });
    let entry = by
        .did("node.approve", &*new)
        .with("waited_for", waiting.kind.as_str())
        .with("fingerprint", pki::key::fingerprint(&new.spki));
    Ok(Change::new(vec![Edit::Node(Arc::clone(&new))], vec![entry], Done::Node(new)))
}

/// Turns it away: a new node is forgotten but for its key, an old one stays as it is.
pub(super) fn deny(
    fleet: &Fleet,
    by: &By<'_>,
    node: NodeId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let (old, waiting) = waiting(fleet, node)?;
    let entry = by
        .did("node.deny", &*old)
        .with("waited_for", waiting.kind.as_str())
        .with("fingerprint", pki::key::fingerprint(&old.spki));
    let edits = match waiting.kind {
        PendingKind::Enroll => {
            let mut edits = vec![Edit::DropNode(Arc::clone(&old))];
            if let Some(token) = fleet.token(old.token) {
                edits.push(Edit::Token(Arc::new(remembering(&token, &old.spki))));
            }
            edits
        }
        PendingKind::Recover => {
            let waiting = Some(Waiting { denied: Some(now), ..waiting });
            vec![Edit::Node(Arc::new(NodeRecord { waiting, ..(*old).clone() }))]
        }
    };
    Ok(Change::new(edits, vec![entry], Done::Node(old)))
}

fn waiting(fleet: &Fleet, node: NodeId) -> Result<(Arc<NodeRecord>, Waiting), Refusal> {
    let node = node_of(fleet, node)?;
    match node.waiting.clone() {
        Some(waiting) => Ok((node, waiting)),
        None => {
            let message = format!("node {} waits for nothing", node.name);
            Err(Refusal::new(RefusalCode::Conflict, message).hint("tunnelctl pending list"))
        }
    }
}

/// What was compared must be what the node has.
fn compare(node: &NodeRecord, given: &str) -> Result<(), Refusal> {
    let (fingerprint, words) = (pki::key::fingerprint(&node.spki), pki::words(&node.spki));
    let spoken = given.split([' ', '-']).filter(|word| !word.is_empty()).collect::<Vec<_>>();
    if given == fingerprint || spoken.join("-").to_ascii_lowercase() == words {
        return Ok(());
    }
    let message = format!("the key of {} is {fingerprint} ({words}), not that", node.name);
    Err(Refusal::new(RefusalCode::Conflict, message)
        .hint(format!("somebody else may be asking: tunnelctl pending deny {}", node.name)))
}

/// The token with one more key that it no longer enrols.
fn remembering(token: &TokenRecord, spki: &[u8; 32]) -> TokenRecord {
    let mut denied = token.denied.clone();
    if let Some(front) = spki.first_chunk::<16>() {
        denied.push((*front).into());
    }
    let excess = denied.len().saturating_sub(MAX_DENIED);
    denied.drain(..excess);
    TokenRecord { denied, ..token.clone() }
}
