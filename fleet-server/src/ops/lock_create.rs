//! Blocks one thing, or everything, until the lock is lifted or its time passes. A second lock on the
//! same thing takes the place of the first. Cutting comes after this is durable (I2).

use super::grant::{Grant, lasting};
use super::{By, Change, Done, same_id};
use crate::fleet::{Edit, Fleet, LockRecord, NodeRecord, Stored, Subject};
use std::sync::Arc;
use wire::audit::{Entry, Object};
use wire::{Refusal, RefusalCode, UnixMs};

/// Locks in force in all: each decision may look at every one.
const MOST: usize = 1000;

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    grant: &Grant,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let Grant::LockCreate { subject, id, object, mode, lasts } = grant else {
        return Ok(Change::nothing());
    };
    let reason = by.reason.cloned().ok_or_else(|| {
        Refusal::new(RefusalCode::Usage, "a lock needs a reason").hint("--reason TEXT")
    })?;
    let lasts = lasts.map(lasting).transpose()?;
    let old = fleet.lock_on(*subject, now).cloned();
    if old.is_none() && fleet.blocking().len() >= MOST {
        let message = format!("there are {MOST} locks, as many as there may be");
        return Err(Refusal::new(RefusalCode::Conflict, message).hint("tunnelctl locks list"));
    }
    let id = old.as_ref().map_or(*id, |old| old.id);
    if old.is_none() && fleet.lock(id).is_some() {
        return Err(same_id());
    }
    let (kind, bits) = subject.parts();
    let lock = Arc::new(LockRecord {
        id,
        kind,
        subject: bits,
        object: object.clone(),
        mode: *mode,
        reason,
        by: by.actor.operator.clone(),
        created_at: old.map_or(now, |old| old.created_at),
        until: lasts.map(|lasts| now.after(lasts)),
        ended: None,
    });
    let mut entry = described(by.did("lock.create", &*lock), &lock).with("mode", mode.as_str());
    if let Some(until) = lock.until {
        entry = entry.with("until", until.to_string());
    }
    let mut entries = vec![entry];
    entries.extend(of_node(by, fleet, &lock, "node.lock"));
    Ok(Change::new(vec![Edit::Lock(Arc::clone(&lock))], entries, Done::Lock(lock)))
}

/// Says what the lock is on.
pub(super) fn described(entry: Entry, lock: &LockRecord) -> Entry {
    match lock.kind {
        wire::message::view::LockKind::All => entry.with("on", "all"),
        kind => entry.with("on", format!("{kind}/{}", lock.object)),
    }
}

/// The record in the node's own history.
pub(super) fn of_node(
    by: &By<'_>,
    fleet: &Fleet,
    lock: &LockRecord,
    action: &str,
) -> Option<Entry> {
    let Subject::Node(node) = Subject::of(lock.kind, lock.subject) else { return None };
    let object = fleet.node(node).map_or_else(
        || Object { kind: NodeRecord::KIND.into(), id: Some(node.to_string().into()), name: None },
        |node| node.object(),
    );
    let entry = Entry::new(action, by.actor.clone(), object).with("lock", lock.id.to_string());
    Some(match by.reason {
        Some(reason) => entry.with("reason", reason.as_str()),
        None => entry,
    })
}
