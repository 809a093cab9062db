//! Invites a guest by a link: a published port of the invitation's own, and the guest whose address
//! becomes known when the link is used. Both end together.

use super::guest_admit::{bounded, room_for};
use super::{By, Change, Done, Grant, port_create, same_id};
use crate::fleet::{Edit, Fleet, GuestRecord, Invite};
use std::sync::Arc;
use wire::{Refusal, RefusalCode, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    grant: &Grant,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let Grant::GuestInvite { name, id, hash, port, lasts } = grant else {
        return Ok(Change::nothing());
    };
    let lasts = bounded(*lasts)?;
    room_for(fleet, name, now)?;
    let known = fleet.guests().any(|other| other.invite.as_ref().is_some_and(|i| i.hash == *hash));
    if fleet.guest(*id).is_some() || known {
        return Err(same_id());
    }
    let Change { mut edits, mut audit, done: Done::Port(port) } =
        port_create::run(fleet, port, now)?
    else {
        return Ok(Change::nothing());
    };
    let node = *port
        .nodes
        .first()
        .ok_or_else(|| Refusal::new(RefusalCode::Server, "a port without a node"))?;
    let guest = Arc::new(GuestRecord {
        id: *id,
        name: name.clone(),
        port: port.id,
        from: Vec::new(),
        by: by.actor.operator.clone(),
        reason: by.reason.cloned(),
        created_at: now,
        expires_at: now.after(lasts),
        ended: None,
        invite: Some(Invite { hash: *hash, node, target: port.target.clone() }),
    });
    let entry = by
        .did("guest.invite", &*guest)
        .with("port", port.name.as_str())
        .with("target", port.target.to_string())
        .with("expires_at", guest.expires_at.to_string());
    audit.insert(0, entry);
    edits.push(Edit::Guest(Arc::clone(&guest)));
    Ok(Change::new(edits, audit, Done::Guest(guest)))
}
