//! A node's control connection was accepted: it gets the next generation, which outranks all before.

use super::{Change, Done, Op, Refused, by_node, denied, kept};
use crate::fleet::{Edit, Fleet, MAX_RECONNECTS, MAX_VERSION, NodeRecord};
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
    let Op::Connect { node, version, inventory, source, returned, path } = op else {
        return Ok(Change::nothing());
    };
    let Some(old) = fleet.node(*node) else {
        let object = Object { kind: "node".into(), id: Some(node.to_string().into()), name: None };
        let actor = Actor { source_ip: Some(source.clone()), ..Actor::default() };
        return Err(denied(deleted(), "node.connect", actor, object, "no such node"));
    };
    if old.revoked.is_some() {
        let refusal = Refusal::new(RefusalCode::Denied, format!("{} is revoked", old.name));
        let entry = by_node("node.connect", &old, source)
            .result(AuditResult::Denied)
            .with("why", "revoked");
        return Err(Refused { refusal, audit: vec![entry] });
    }
    let path = SafeText::bounded(path.as_str(), MAX_PATH);
    let mut new = NodeRecord {
        generation: old.generation.next(),
        version: Some(SafeText::bounded(version.as_str(), MAX_VERSION)),
        inventory: kept(inventory),
        last_seen: Some(now),
        disconnected: None,
        ..(*old).clone()
    };
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
    Ok(Change::new(vec![Edit::Node(Arc::new(new))], vec![entry], Done::Connected(generation)))
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
