//! Removes a guest, or takes its admission away. Cutting what only it admitted comes after this is
//! durable (I2).

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Ended, Fleet, GuestRecord, PortRecord};
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
    let (mut edits, mut entries) = (vec![edit], vec![by.did(action, &*new)]);
    if let Some(port) = own_port(fleet, &new) {
        entries.push(by.did("port.delete", &*port).with("number", u64::from(port.number)));
        edits.push(Edit::DropPort(port));
    }
    Ok(Change::new(edits, entries, Done::Guest(new)))
}

/// The port that is there for this guest's invitation only.
pub(super) fn own_port(fleet: &Fleet, guest: &GuestRecord) -> Option<Arc<PortRecord>> {
    guest.invite.as_ref().and_then(|_| fleet.port(guest.port))
}
