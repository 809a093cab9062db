//! Changes rules at their place, switches them, and moves them. The rule that lets admins in stays
//! in force as long as there is no other.

use super::rule_create::{checked, described, place};
use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, RuleRecord};
use crate::policy::{Sight, is_for_admins};
use std::sync::Arc;
use wire::message::operator::{RuleChange, RuleSpec};
use wire::{Refusal, RefusalCode, RuleId, SafeText, UnixMs};

pub(super) fn update(
    fleet: &Fleet,
    by: &By<'_>,
    rule: RuleId,
    change: &RuleChange,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = rule_of(fleet, rule)?;
    let part = |new: &Option<SafeText>, old: &Option<SafeText>| match new {
        None => old.clone(),
        Some(text) if text.as_str().is_empty() => None,
        Some(text) => Some(text.clone()),
    };
    let port = match &change.port {
        None => old.port.clone(),
        Some(text) if text.as_str().is_empty() => None,
        Some(text) => Some(fleet.find_port(text.as_str(), &Sight::everything())?.name.clone()),
    };
    let until = match change.until {
        None => old.until,
        Some(UnixMs(0)) => None,
        until => until,
    };
    let wanted = RuleSpec {
        effect: old.effect,
        who: change.who.clone().unwrap_or_else(|| old.who.clone()),
        from: part(&change.from, &old.from),
        nodes: part(&change.nodes, &old.nodes),
        to: part(&change.to, &old.to),
        at: part(&change.at, &old.at),
        port,
        until,
        before: None,
        disabled: !old.enabled,
        // What was meant when the rule was made is not asked about again.
        anyone_really: change.anyone_really || (change.who.is_none() && change.from.is_none()),
    };
    let lapsed = old.until == wanted.until;
    let new = checked(fleet, &wanted, old.id, old.order, if lapsed { UnixMs(0) } else { now })?;
    replaced(fleet, by, "rule.update", &old, new, now)
}

pub(super) fn enable(
    fleet: &Fleet,
    by: &By<'_>,
    rule: RuleId,
    on: bool,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = rule_of(fleet, rule)?;
    let new = RuleRecord { enabled: on, ..(*old).clone() };
    replaced(fleet, by, if on { "rule.enable" } else { "rule.disable" }, &old, new, now)
}

pub(super) fn relocate(
    fleet: &Fleet,
    by: &By<'_>,
    rule: RuleId,
    before: Option<&SafeText>,
) -> Result<Change, Refusal> {
    let old = rule_of(fleet, rule)?;
    let next = before.map(|next| fleet.find_rule(next.as_str())).transpose()?;
    if next.as_ref().is_some_and(|next| next.id == old.id) {
        return Ok(Change::nothing());
    }
    let others: Vec<_> = fleet.rules().iter().filter(|r| r.id != old.id).cloned().collect();
    let at = next.and_then(|next| others.iter().position(|r| r.id == next.id));
    let (order, mut edits) = place(&others, at.unwrap_or(others.len()));
    let new = Arc::new(RuleRecord { order, ..(*old).clone() });
    edits.push(Edit::Rule(Arc::clone(&new)));
    let mut entry = by.did("rule.move", &*new);
    if let Some(before) = before {
        entry = entry.with("before", before.as_str());
    }
    Ok(Change::new(edits, vec![entry], Done::Rule(new)))
}

fn replaced(
    fleet: &Fleet,
    by: &By<'_>,
    action: &str,
    old: &RuleRecord,
    new: RuleRecord,
    now: UnixMs,
) -> Result<Change, Refusal> {
    if new == *old {
        return Ok(Change::nothing());
    }
    if !is_for_admins(&new, now) {
        keeps_admins(fleet, old, now)?;
    }
    let entry = described(by.did(action, &new), &new);
    let new = Arc::new(new);
    Ok(Change::new(vec![Edit::Rule(Arc::clone(&new))], vec![entry], Done::Rule(new)))
}

/// Somebody must be left who can put everything right.
pub(super) fn keeps_admins(fleet: &Fleet, rule: &RuleRecord, now: UnixMs) -> Result<(), Refusal> {
    let another = || fleet.rules().iter().any(|r| r.id != rule.id && is_for_admins(r, now));
    if !is_for_admins(rule, now) || another() {
        return Ok(());
    }
    let message = format!("{} is the only rule that lets role:admin reach everything", rule.id);
    Err(Refusal::new(RefusalCode::Conflict, message)
        .hint("first: tunnelctl rules create --allow --who role:admin"))
}

fn rule_of(fleet: &Fleet, id: RuleId) -> Result<Arc<RuleRecord>, Refusal> {
    fleet.rule(id).ok_or_else(|| absent::<RuleRecord>(id))
}
