//! Renames and removes operators. Rules and records go by the name at their time.

use super::operator_assign::{keeps_an_admin, operator_of};
use super::{By, Change, Done};
use crate::fleet::{Edit, Fleet, OperatorRecord, RuleRecord};
use crate::policy::{ADMIN, Who, is_for_admins};
use std::sync::Arc;
use wire::{Name, OperatorId, Refusal, RefusalCode, UnixMs};

pub(super) fn rename(
    fleet: &Fleet,
    by: &By<'_>,
    operator: OperatorId,
    name: &Name,
) -> Result<Change, Refusal> {
    let operator = operator_of(fleet, operator)?;
    if operator.name == *name {
        return Ok(Change::nothing());
    }
    if fleet.operator_by_name(name.as_str()).is_some() {
        let message = format!("the name {name} is taken by another operator");
        return Err(Refusal::new(RefusalCode::Conflict, message));
    }
    let new = Arc::new(OperatorRecord { name: name.clone(), ..(*operator).clone() });
    // Rules about him follow: a rename takes nothing away and gives nothing to who gets the name.
    let rules = about(fleet, &operator.name).map(|rule| {
        Edit::Rule(Arc::new(RuleRecord { who: name.as_str().into(), ..(*rule).clone() }))
    });
    let edits = std::iter::once(Edit::Operator(Arc::clone(&new))).chain(rules).collect();
    let entry = by.did("operator.update", &*new).with("was", operator.name.as_str());
    Ok(Change::new(edits, vec![entry], Done::Operator(new)))
}

pub(super) fn delete(
    fleet: &Fleet,
    by: &By<'_>,
    operator: OperatorId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let operator = operator_of(fleet, operator)?;
    let admin: Option<Name> = ADMIN.parse().ok();
    if let Some(admin) = &admin {
        keeps_an_admin(fleet, &operator, admin)?;
    }
    // Who gets the name next inherits nothing.
    let rules: Vec<_> = about(fleet, &operator.name).collect();
    debug_assert!(rules.iter().all(|rule| !is_for_admins(rule, now)));
    let mut entries =
        vec![by.did("operator.delete", &*operator).with("roles", operator.roles.len() as u64)];
    entries.extend(rules.iter().map(|rule| by.did("rule.delete", &**rule)));
    let rules = rules.into_iter().map(Edit::DropRule);
    let edits = std::iter::once(Edit::DropOperator(Arc::clone(&operator))).chain(rules).collect();
    Ok(Change::new(edits, entries, Done::Operator(operator)))
}

/// Rules about the operator of this name.
fn about<'a>(fleet: &'a Fleet, name: &Name) -> impl Iterator<Item = Arc<RuleRecord>> + use<'a> {
    let who = Who::Operator(name.clone());
    let is_it = move |rule: &&Arc<RuleRecord>| Who::parse(rule.who.as_str()).as_ref() == Some(&who);
    fleet.rules().iter().filter(is_it).cloned()
}
