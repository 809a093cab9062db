//! An invited guest used his link: he is let in from where he came, and from nowhere else.

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, GuestRecord};
use std::net::IpAddr;
use std::sync::Arc;
use wire::{GuestId, Refusal, RefusalCode, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    guest: GuestId,
    source: IpAddr,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.guest(guest).ok_or_else(|| absent::<GuestRecord>(guest))?;
    let here = crate::policy::network(&source.to_string())
        .map(|net| net.to_string().into())
        .ok_or_else(|| Refusal::new(RefusalCode::Server, "an address that is no network"))?;
    if !old.is_live(now) || old.invite.is_none() {
        return Err(Refusal::new(RefusalCode::Denied, "the invitation is over"));
    }
    if old.from.contains(&here) {
        return Ok(Change { done: Done::Guest(old), ..Change::nothing() });
    }
    if !old.from.is_empty() {
        return Err(Refusal::new(RefusalCode::Denied, "the invitation was used from elsewhere"));
    }
    let new = Arc::new(GuestRecord { from: vec![here.clone()], ..(*old).clone() });
    let entry = by.did("guest.admit", &*new).with("from", here.as_str());
    Ok(Change::new(vec![Edit::Guest(Arc::clone(&new))], vec![entry], Done::Guest(new)))
}
