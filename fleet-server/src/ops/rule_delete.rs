//! Removes a rule. The last one that lets admins in stays: without it nobody could put it back.

use super::{By, Change, Done, absent, rule_change};
use crate::fleet::{Edit, Fleet, RuleRecord};
use std::sync::Arc;
use wire::{Refusal, RuleId, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    rule: RuleId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let rule = fleet.rule(rule).ok_or_else(|| absent::<RuleRecord>(rule))?;
    rule_change::keeps_admins(fleet, &rule, now)?;
    let entry = by
        .did("rule.delete", &*rule)
        .with("effect", rule.effect.as_str())
        .with("who", rule.who.as_str());
    Ok(Change::new(vec![Edit::DropRule(Arc::clone(&rule))], vec![entry], Done::Rule(rule)))
}
