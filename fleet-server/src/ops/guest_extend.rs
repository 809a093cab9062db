//! Moves the end of a guest that is let in; it is never made shorter.

use super::grant::usage;
use super::guest_admit::bounded;
use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, GuestRecord};
use std::sync::Arc;
use std::time::Duration;
use wire::{GuestId, Refusal, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    guest: GuestId,
    lasts: Duration,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.guest(guest).ok_or_else(|| absent::<GuestRecord>(guest))?;
    if !old.is_live(now) {
        return Err(usage(format!("guest {} is no longer let in", old.name))
            .hint("tunnelctl guests admit --help"));
    }
    let expires_at = now.after(bounded(lasts)?);
    if expires_at <= old.expires_at {
        return Ok(Change { done: Done::Guest(old), ..Change::nothing() });
    }
    let new = Arc::new(GuestRecord { expires_at, ..(*old).clone() });
    let entry = by.did("guest.extend", &*new).with("expires_at", expires_at.to_string());
    Ok(Change::new(vec![Edit::Guest(Arc::clone(&new))], vec![entry], Done::Guest(new)))
}
