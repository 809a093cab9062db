//! Removes a rule. The last one that lets admins in stays: without it nobody could put it back.

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, RuleRecord};
use crate::policy::is_for_admins;
use std::sync::Arc;
use wire::{Refusal, RefusalCode, RuleId, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    rule: RuleId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let rule = fleet.rule(rule).ok_or_else(|| absent::<RuleRecord>(rule))?;
    let another = || fleet.rules().iter().any(|r| r.id != rule.id && is_for_admins(r, now));
    if is_for_admins(&rule, now) && !another() {
        let message = format!("{} is the only rule that lets role:admin reach everything", rule.id);
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint("first: tunnelctl rules create --allow --who role:admin"));
    }
    let entry = by
        .did("rule.delete", &*rule)
        .with("effect", rule.effect.as_str())
        .with("who", rule.who.as_str());
    Ok(Change::new(vec![Edit::DropRule(Arc::clone(&rule))], vec![entry], Done::Rule(rule)))
}
