//! Removes a guest, or takes its admission away. Cutting what only it admitted comes after this is
//! durable (I2).

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Ended, Fleet, GuestRecord};
use std::sync::Arc;
use wire::{GuestId, Refusal, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    guest: GuestId,
    how: Ended,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.guest(guest).ok_or_else(|| absent::<GuestRecord>(guest))?;
    if old.ended.is_some() && how == Ended::Revoked {
        return Ok(Change::nothing());
    }
    let new = Arc::new(GuestRecord { ended: Some((now, how)), ..(*old).clone() });
    let (action, edit) = match how {
        Ended::Revoked => ("guest.revoke", Edit::Guest(Arc::clone(&new))),
        Ended::Ended | Ended::Expired => ("guest.end", Edit::DropGuest(Arc::clone(&old))),
    };
    Ok(Change::new(vec![edit], vec![by.did(action, &*new)], Done::Guest(new)))
}
