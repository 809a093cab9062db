//! Moves the end of a running session; it is never made shorter, nor longer than the role allows.

use super::grant::{lasting, usage};
use super::session_start::within;
use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, SessionRecord};
use std::sync::Arc;
use std::time::Duration;
use wire::{Refusal, SessionId, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    session: SessionId,
    (lasts, longest): (Duration, Duration),
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.session(session).ok_or_else(|| absent::<SessionRecord>(session))?;
    if !old.is_live(now) {
        return Err(usage(format!("session {} is over", old.id)).hint("tunnelctl sessions start"));
    }
    let expires_at = now.after(lasting(lasts)?);
    if expires_at <= old.expires_at {
        return Ok(Change { done: Done::Session(old), ..Change::nothing() });
    }
    within(expires_at.since(old.started_at), longest)?;
    let new = Arc::new(SessionRecord { expires_at, ..(*old).clone() });
    let entry = by.did("session.extend", &*new).with("expires_at", expires_at.to_string());
    Ok(Change::new(vec![Edit::Session(Arc::clone(&new))], vec![entry], Done::Session(new)))
}
