//! Ends a running session, or takes it away. Cutting what only it admitted comes after this is
//! durable (I2).

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Ended, Fleet, SessionRecord};
use std::sync::Arc;
use wire::{Refusal, SessionId, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    session: SessionId,
    how: Ended,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.session(session).ok_or_else(|| absent::<SessionRecord>(session))?;
    if old.ended.is_some() {
        return Ok(Change::nothing());
    }
    let new = Arc::new(SessionRecord { ended: Some((now, how)), ..(*old).clone() });
    let action = if how == Ended::Revoked { "session.revoke" } else { "session.end" };
    let entry = by.did(action, &*new);
    let entry = match fleet.operator(new.operator) {
        Some(owner) => entry.with("operator", owner.name.as_str()),
        None => entry,
    };
    Ok(Change::new(vec![Edit::Session(Arc::clone(&new))], vec![entry], Done::Session(new)))
}
