//! Gives roles to operators and takes them: by hand, or because their time is over. One admin for
//! good must remain.

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, OperatorRecord, Term};
use crate::policy::{ADMIN, permit};
use std::sync::Arc;
use wire::{Name, OperatorId, Refusal, RefusalCode, UnixMs};

/// Roles of one operator: the record stays within the store's bound.
const MAX_ROLES: usize = 32;

pub(super) fn assign(
    fleet: &Fleet,
    by: &By<'_>,
    operator: OperatorId,
    role: &Name,
    until: Option<UnixMs>,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let operator = operator_of(fleet, operator)?;
    permit::of_role(fleet, role)?;
    if operator.revoked.is_some() {
        let message = format!("operator {} is revoked", operator.name);
        return Err(Refusal::new(RefusalCode::Conflict, message));
    }
    let Some(until) = until else {
        if operator.roles.contains(role) {
            return Ok(Change::nothing());
        }
        let mut new = without(&operator, role);
        new.roles.push(role.clone());
        return given(by, new, role, None);
    };
    if until <= now {
        return Err(Refusal::new(RefusalCode::Usage, "a role for no time is of no use"));
    }
    if operator.roles.contains(role) {
        let message = format!("operator {} has role {role} for good", operator.name);
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint(format!("tunnelctl operators unassign {} {role}", operator.name)));
    }
    let mut new = without(&operator, role);
    new.terms.push(Term { role: role.clone(), until });
    given(by, new, role, Some(until))
}

/// The edit and the record of a role that an operator now has.
fn given(
    by: &By<'_>,
    new: OperatorRecord,
    role: &Name,
    until: Option<UnixMs>,
) -> Result<Change, Refusal> {
    if new.roles.len() + new.terms.len() > MAX_ROLES {
        let message = format!("operator {} has {MAX_ROLES} roles already", new.name);
        return Err(Refusal::new(RefusalCode::Failed, message));
    }
    let mut entry = by.did("operator.assign", &new).with("role", role.as_str());
    if let Some(until) = until {
        entry = entry.with("until", until.to_string());
    }
    let new = Arc::new(new);
    Ok(Change::new(vec![Edit::Operator(Arc::clone(&new))], vec![entry], Done::Operator(new)))
}

pub(super) fn unassign(
    fleet: &Fleet,
    by: &By<'_>,
    operator: OperatorId,
    role: &Name,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let operator = operator_of(fleet, operator)?;
    if !operator.has_role(role.as_str(), now) {
        return Ok(Change::nothing());
    }
    if operator.roles.contains(role) {
        keeps_an_admin(fleet, &operator, role)?;
    }
    let new = Arc::new(without(&operator, role));
    let entry = by.did("operator.unassign", &*new).with("role", role.as_str());
    Ok(Change::new(vec![Edit::Operator(Arc::clone(&new))], vec![entry], Done::Operator(new)))
}

/// Roles whose time is over go for good, so that a clock that is set back does not bring them back.
pub(super) fn lapse(fleet: &Fleet, by: &By<'_>, now: UnixMs) -> Change {
    let (mut edits, mut entries) = (Vec::new(), Vec::new());
    for operator in fleet.operators() {
        let (over, left): (Vec<_>, Vec<_>) =
            operator.terms.iter().cloned().partition(|term| term.until <= now);
        if over.is_empty() {
            continue;
        }
        let new = Arc::new(OperatorRecord { terms: left, ..(*operator).clone() });
        entries.extend(over.iter().map(|term| {
            let entry = by.did("operator.unassign", &*new).with("role", term.role.as_str());
            entry.with("why", "its time is over")
        }));
        edits.push(Edit::Operator(new));
    }
    Change::new(edits, entries, Done::Nothing)
}

/// The operator without this role, however it had it.
pub(super) fn without(operator: &OperatorRecord, role: &Name) -> OperatorRecord {
    let mut new = operator.clone();
    new.roles.retain(|name| name != role);
    new.terms.retain(|term| term.role != *role);
    new
}

/// Somebody must be left who can put everything right.
pub(super) fn keeps_an_admin(
    fleet: &Fleet,
    operator: &OperatorRecord,
    role: &Name,
) -> Result<(), Refusal> {
    let is_admin = |o: &OperatorRecord| {
        o.revoked.is_none() && o.roles.iter().any(|role| role.as_str() == ADMIN)
    };
    let another = || fleet.operators().any(|o| o.id != operator.id && is_admin(&o));
    if role.as_str() != ADMIN || !is_admin(operator) || another() {
        return Ok(());
    }
    let message = format!("{} is the only operator with role admin", operator.name);
    Err(Refusal::new(RefusalCode::Conflict, message)
        .hint("first: tunnelctl operators assign NAME admin"))
}

pub(super) fn operator_of(fleet: &Fleet, id: OperatorId) -> Result<Arc<OperatorRecord>, Refusal> {
    fleet.operator(id).ok_or_else(|| absent::<OperatorRecord>(id))
}
