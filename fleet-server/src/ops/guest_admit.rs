//! Admits networks to one published port for a time, without an account.

use super::grant::{Grant, joined, lasting, networks, usage};
use super::{By, Change, Done, same_id};
use crate::fleet::{Edit, Fleet, GuestRecord};
use crate::policy::Sight;
use std::sync::Arc;
use std::time::Duration;
use wire::{Name, Refusal, RefusalCode, UnixMs};

/// The longest a guest may be admitted at once.
pub(super) const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);
/// Guests in all: each visitor may be compared with every one.
const MOST: usize = 4096;

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    grant: &Grant,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let Grant::GuestAdmit { name, id, port, from, lasts, anyone_really } = grant else {
        return Ok(Change::nothing());
    };
    let lasts = bounded(*lasts)?;
    let port = fleet.find_port(port.as_str(), &Sight::everything())?;
    if from.is_empty() {
        return Err(usage("no network to admit").hint("--from 203.0.113.7"));
    }
    room_for(fleet, name, now)?;
    if fleet.guest(*id).is_some() {
        return Err(same_id());
    }
    let guest = Arc::new(GuestRecord {
        id: *id,
        name: name.clone(),
        port: port.id,
        from: networks(from, *anyone_really)?,
        by: by.actor.operator.clone(),
        reason: by.reason.cloned(),
        created_at: now,
        expires_at: now.after(lasts),
        ended: None,
        invite: None,
    });
    let entry = by
        .did("guest.admit", &*guest)
        .with("port", port.name.as_str())
        .with("from", joined(&guest.from))
        .with("expires_at", guest.expires_at.to_string());
    Ok(Change::new(vec![Edit::Guest(Arc::clone(&guest))], vec![entry], Done::Guest(guest)))
}

/// Whether there may be one more guest, of this name.
pub(super) fn room_for(fleet: &Fleet, name: &Name, now: UnixMs) -> Result<(), Refusal> {
    let mut live = fleet.visiting().iter().filter(|g| g.record.is_live(now));
    if live.clone().any(|guest| guest.record.name == *name) {
        let message = format!("a guest {name} is let in already");
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint(format!("tunnelctl guests extend {name} --for 1h")));
    }
    if live.nth(MOST - 1).is_some() {
        let message = format!("there are {MOST} guests, as many as there may be");
        return Err(Refusal::new(RefusalCode::Conflict, message).hint("tunnelctl guests list"));
    }
    Ok(())
}

/// A guest is let in for a time that can be overseen.
pub(super) fn bounded(lasts: Duration) -> Result<Duration, Refusal> {
    if lasts > LONGEST {
        let message = "a guest is let in for 30 days at most";
        return Err(Refusal::new(RefusalCode::Usage, message)
            .hint("a permanent admission is a rule: tunnelctl rules create --help"));
    }
    lasting(lasts)
}
