//! A node's control connection was accepted: it gets the next generation, which outranks all before.

use super::clone::{self, Sign};
use super::{Change, Done, Holder, Op, Refused, by_node, denied, kept, renew};
use crate::fleet::{Edit, Fleet, MAX_RECONNECTS, MAX_VERSION, NodeRecord, Renewals};
use std::sync::Arc;
use std::time::Duration;
use wire::audit::{Actor, AuditResult, Object};
use wire::message::view::Reconnect;
use wire::{Refusal, RefusalCode, SafeText, UnixMs};

/// How long a return is remembered.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3600);
/// Characters of a rung's name.
const MAX_PATH: usize = 16;

pub(super) fn run(fleet: &Fleet, op: &Op, now: UnixMs) -> Result<Change, Refused> {
    let Op::Connect { node, spki, held, holder, version, inventory, source, returned, path } = op
    else {
        return Ok(Change::nothing());
    };
    let Some(old) = fleet.node(*node) else {
        let object = Object { kind: "node".into(), id: Some(node.to_string().into()), name: None };
        let actor = Actor { source_ip: Some(source.clone()), ..Actor::default() };
        return Err(denied(deleted(), "node.connect", actor, object, "no such node"));
    };
    if let Some((refusal, why)) = standing(fleet, &old, now) {
        let entry =
            by_node("node.connect", &old, source).result(AuditResult::Denied).with("why", why);
        return Err(Refused { refusal, audit: vec![entry] });
    }
    if *held < old.renewals.used {
        return Ok(clone::found(&old, Sign::Older(*held), source, now));
    }
    if *holder == Holder::Returned {
        return Ok(clone::found(&old, Sign::Returned, source, now));
    }
    let path = SafeText::bounded(path.as_str(), MAX_PATH);
    let mut new = NodeRecord {
        generation: old.generation.next(),
        version: Some(SafeText::bounded(version.as_str(), MAX_VERSION)),
        inventory: kept(inventory),
        last_seen: Some(now),
        disconnected: None,
        renewals: Renewals { used: old.renewals.used.max(*held), ..old.renewals },
        ..(*old).clone()
    };
    let rotated = old.next_spki.is_some_and(|next| *next == *spki);
    if rotated {
        (new.spki, new.next_spki) = (*spki, None);
    }
    if let Some(back) = returned {
        let reason = back.reason.or(old.disconnected.map(|(_, reason)| reason));
        remember(&mut new, Reconnect { reason, path: Some(path.clone()), ..back.clone() }, now);
    }
    let generation = new.generation;
    let mut entry = by_node("node.connect", &new, source)
        .with("generation", generation.0)
        .with("path", path.as_str())
        .with("version", version.as_str());
    if let Some(back) = returned {
        entry = entry.with("down_ms", back.down_ms);
    }
    if rotated {
        entry = entry.with("new_key", pki::key::fingerprint(spki));
    }
    Ok(Change::new(vec![Edit::Node(Arc::new(new))], vec![entry], Done::Connected(generation)))
}

/// What keeps the node out, if anything does.
fn standing(fleet: &Fleet, node: &NodeRecord, now: UnixMs) -> Option<(Refusal, &'static str)> {
    if node.revoked.is_some() {
        let message = format!("{} is revoked", node.name);
        return Some((Refusal::new(RefusalCode::Denied, message), "revoked"));
    }
    if let Some(refusal) = clone::locked(fleet, node, now) {
        return Some((refusal, "locked"));
    }
    node.waiting.as_ref().map(|_| (renew::waiting(node), "waits for a decision"))
}

fn deleted() -> Refusal {
    Refusal::new(RefusalCode::Denied, "this node was deleted at the server")
        .hint("enrol again: tunnelctl enroll")
}

/// Adds a return in its place in time; the oldest and the too old make room.
fn remember(node: &mut NodeRecord, back: Reconnect, now: UnixMs) {
    node.reconnects.retain(|old| now.since(old.at) <= REMEMBERED && old.at != back.at);
    let at = node.reconnects.partition_point(|old| old.at < back.at);
    node.reconnects.insert(at, back);
    let excess = node.reconnects.len().saturating_sub(MAX_RECONNECTS);
    node.reconnects.drain(..excess);
}
