//! Whoever owns the data directory becomes admin again: another key for the local admin, or a new
//! operator where that one was revoked. A key that was lost may be in other hands, and is worth nothing
//! from then on.

use super::{Change, Done};
use crate::fleet::{CaStanding, Edit, Fleet, LockRecord, OperatorRecord, Stored, Subject};
use crate::ops::Op;
use crate::policy::ADMIN;
use std::sync::Arc;
use wire::audit::{Actor, Entry};
use wire::{Name, OperatorId, Refusal, RefusalCode, UnixMs};

/// Names that are tried after the wished one.
const NAMES: u32 = 1000;

/// Whom it makes admin: the local admin, while that one is not revoked.
pub(crate) fn of_old(fleet: &Fleet, kept: Option<OperatorId>) -> Option<Arc<OperatorRecord>> {
    let usable = |who: &Arc<OperatorRecord>| who.revoked.is_none() && who.token.is_none();
    let kept = kept.and_then(|id| fleet.operator(id)).filter(usable);
    kept.or_else(|| fleet.operators().find(usable))
}

pub(super) fn run(fleet: &Fleet, op: &Op, now: UnixMs) -> Result<Change, Refusal> {
    let Op::AdminRecover { actor, operator, name, spki, certificate_expires_at, reason } = op
    else {
        return Ok(Change::nothing());
    };
    let admin: Name = ADMIN.parse().map_err(|_| refused("the role admin has no name"))?;
    let base = match fleet.operator(*operator) {
        Some(old) if old.revoked.is_some() => return Err(refused("this operator is revoked")),
        Some(old) => (*old).clone(),
        None => OperatorRecord {
            id: *operator,
            name: free(fleet, name)?,
            roles: Vec::new(),
            spki: *spki,
            created_at: now,
            revoked: None,
            certificate_expires_at: *certificate_expires_at,
            token: None,
            terms: Vec::new(),
            logged_out: None,
            ca: CaStanding::default(),
        },
    };
    let mut roles = base.roles.clone();
    if !roles.contains(&admin) {
        roles.push(admin);
    }
    let new = Arc::new(OperatorRecord {
        roles,
        spki: *spki,
        certificate_expires_at: *certificate_expires_at,
        logged_out: None,
        ..base
    });
    let mut entry = Entry::new("operator.recover", actor.clone(), new.object())
        .with("new_key", pki::key::fingerprint(spki));
    if let Some(reason) = reason {
        entry = entry.with("reason", reason.as_str());
    }
    let (mut edits, mut entries) = (vec![Edit::Operator(Arc::clone(&new))], vec![entry]);
    // Nobody else could lift it.
    if let Some(lock) = fleet.lock_on(Subject::Operator(new.id), now) {
        entries.push(lifted(actor, lock));
        edits.push(Edit::Lock(Arc::new(LockRecord { ended: Some(now), ..(**lock).clone() })));
    }
    Ok(Change::new(edits, entries, Done::Operator(new)))
}

fn lifted(actor: &Actor, lock: &LockRecord) -> Entry {
    Entry::new("lock.end", actor.clone(), lock.object()).with("why", "admin recovered")
}

fn free(fleet: &Fleet, wished: &Name) -> Result<Name, Refusal> {
    let others = (2..NAMES).filter_map(|number| format!("{wished}-{number}").parse().ok());
    let mut names = std::iter::once(wished.clone()).chain(others);
    names
        .find(|name| fleet.operator_by_name(name.as_str()).is_none())
        .ok_or_else(|| refused("there is no free name for the admin: --admin NAME"))
}

fn refused(what: &str) -> Refusal {
    Refusal::new(RefusalCode::Conflict, what)
}
