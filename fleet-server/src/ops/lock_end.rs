//! Lifts a lock.

use super::lock_create::{described, of_node};
use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, LockRecord};
use std::sync::Arc;
use wire::{LockId, Refusal, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    lock: LockId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.lock(lock).ok_or_else(|| absent::<LockRecord>(lock))?;
    if old.ended.is_some() {
        return Ok(Change::nothing());
    }
    let new = Arc::new(LockRecord { ended: Some(now), ..(*old).clone() });
    let mut entries = vec![described(by.did("lock.end", &*new), &new)];
    entries.extend(of_node(by, fleet, &new, "node.unlock"));
    Ok(Change::new(vec![Edit::Lock(Arc::clone(&new))], entries, Done::Lock(new)))
}
