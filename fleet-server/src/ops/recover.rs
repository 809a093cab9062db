//! A node comes back after its certificate ended, by proof of its enrolled key: three times in 90
//! days by itself, then an operator decides. Signs nothing; the proof was checked before.

use super::clone::{self, Sign};
use super::{Change, Done, Op, Refused, by_node, denied};
use crate::ca::Why;
use crate::fleet::{Edit, Fleet, NodeRecord, Renewals, Waiting};
use std::sync::Arc;
use std::time::Duration;
use wire::audit::{Actor, AuditResult, Object};
use wire::message::view::PendingKind;
use wire::{Refusal, RefusalCode, UnixMs};

/// Recoveries without anybody's decision, and the time they are counted over.
const BY_ITSELF: usize = 3;
const WITHIN: Duration = Duration::from_secs(90 * 24 * 3600);

pub(super) fn run(fleet: &Fleet, op: &Op, now: UnixMs) -> Result<Change, Refused> {
    let Op::Recover { node, spki, held, certificate_expires_at, why, source } = op else {
        return Ok(Change::nothing());
    };
    let refuse = |refusal: Refusal, why: &str| {
        let object = Object { kind: "node".into(), id: Some(node.to_string().into()), name: None };
        let actor = Actor { source_ip: Some(source.clone()), ..Actor::default() };
        denied(refusal, "node.recover", actor, object, why)
    };
    let Some(old) = fleet.node(*node).filter(|old| old.has_key(spki)) else {
        return Err(refuse(unknown(), "no node with this id and key"));
    };
    if let Err((refusal, why)) = standing(fleet, &old, now) {
        return Err(refuse(refusal, why));
    }
    // A number that was never signed is as wrong as one that is used up.
    if *held < old.renewals.used {
        return Ok(clone::found(&old, Sign::Older(*held), source, now));
    }
    if old.waiting.is_some() {
        return Ok(Change { done: Done::Waiting(old), ..Change::nothing() });
    }
    let mut recoveries = old.recoveries.clone();
    recoveries.retain(|at| now.since(*at) <= WITHIN);
    // Its answer was lost: the certificate of that recovery was never used.
    let is_again = old.renewals.recovered == Some(old.renewals.issued)
        && old.renewals.used < old.renewals.issued;
    // A rotation is the server's doing: it is not counted against the node.
    let is_counted = !is_again && *why != Why::Rotation;
    if is_counted && recoveries.len() >= BY_ITSELF {
        return Ok(wait(&old, op, now));
    }
    if is_counted {
        recoveries.push(now);
    }
    let issued = old.renewals.issued.saturating_add(1);
    let left = BY_ITSELF.saturating_sub(recoveries.len());
    let new = Arc::new(NodeRecord {
        certificate_expires_at: *certificate_expires_at,
        renewals: Renewals { issued, used: old.renewals.used.max(*held), recovered: Some(issued) },
        recoveries,
        ..(*old).clone()
    });
    let mut entry = by_node("node.recover", &new, source)
        .with("renewal", issued)
        .with("left", u64::try_from(left).unwrap_or_default());
    if is_again {
        entry = entry.with("again", true);
    }
    Ok(Change::new(vec![Edit::Node(Arc::clone(&new))], vec![entry], Done::Node(new)))
}

/// Whether the node may be helped at all.
fn standing(fleet: &Fleet, node: &NodeRecord, now: UnixMs) -> Result<(), (Refusal, &'static str)> {
    if node.revoked.is_some() {
        let message = format!("node {} is revoked", node.name);
        return Err((Refusal::new(RefusalCode::Denied, message), "revoked"));
    }
    if let Some(refusal) = clone::locked(fleet, node, now) {
        return Err((refusal, "locked"));
    }
    match &node.waiting {
        Some(Waiting { denied: Some(_), .. }) => {
            let message = format!("an operator turned node {} away", node.name);
            let hint = format!("tunnelctl pending approve {}", node.name);
            Err((Refusal::new(RefusalCode::Denied, message).hint(hint), "turned away"))
        }
        _ => Ok(()),
    }
}

/// From here on somebody has to decide.
fn wait(old: &NodeRecord, op: &Op, now: UnixMs) -> Change {
    let Op::Recover { source, .. } = op else { return Change::nothing() };
    let waiting =
        Waiting { kind: PendingKind::Recover, since: now, source: source.clone(), denied: None };
    let new = Arc::new(NodeRecord { waiting: Some(waiting), ..old.clone() });
    let entry = by_node("node.recover", &new, source)
        .result(AuditResult::Denied)
        .with("why", "three recoveries in 90 days: an operator decides");
    Change::new(vec![Edit::Node(Arc::clone(&new))], vec![entry], Done::Waiting(new))
}

fn unknown() -> Refusal {
    Refusal::new(RefusalCode::Auth, "this key is not enrolled here")
        .hint("enrol again: tunnelctl enroll --force")
}
