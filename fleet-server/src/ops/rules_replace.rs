//! Puts a whole policy in the place of another. Rules that say the same as one there is keep its id
//! and its history.

use super::rule_create::{GAP, MAX_RULES, checked, described};
use super::{By, Change, Done};
use crate::fleet::{Edit, Fleet, RuleRecord};
use crate::policy::is_for_admins;
use std::sync::Arc;
use wire::message::operator::RuleSpec;
use wire::{Refusal, RefusalCode, RuleId, UnixMs};

/// Rules in one file: what one commit and one frame take.
const MAX_FILE: usize = 500;

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    rules: &[(RuleId, RuleSpec)],
    now: UnixMs,
) -> Result<Change, Refusal> {
    let most = MAX_FILE.min(MAX_RULES);
    if rules.len() > most {
        let message = format!("{} rules, at most {most} in one file", rules.len());
        return Err(Refusal::new(RefusalCode::Usage, message));
    }
    let mut left = fleet.rules().to_vec();
    let (mut edits, mut entries) = (Vec::new(), Vec::new());
    let mut after = Vec::with_capacity(rules.len());
    let mut order = 0;
    for (id, spec) in rules {
        order += GAP;
        let new = checked(fleet, spec, *id, order, UnixMs(0))?;
        let same = left.iter().position(|old| says_the_same(old, &new));
        let rule = match same.map(|at| left.remove(at)) {
            Some(old) => {
                let rule = Arc::new(RuleRecord { id: old.id, ..new });
                if old.order != rule.order {
                    edits.push(Edit::Rule(Arc::clone(&rule)));
                }
                rule
            }
            None => {
                let rule = Arc::new(new);
                entries.push(described(by.did("rule.create", &*rule), &rule));
                edits.push(Edit::Rule(Arc::clone(&rule)));
                rule
            }
        };
        after.push(rule);
    }
    for old in left {
        entries.push(described(by.did("rule.delete", &*old), &old));
        edits.push(Edit::DropRule(old));
    }
    if !after.iter().any(|rule| is_for_admins(rule, now)) {
        let message = "none of these rules lets role:admin reach everything";
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint("add: {\"effect\":\"allow\",\"who\":\"role:admin\"}"));
    }
    if entries.is_empty() && !edits.is_empty() {
        let object = wire::audit::Object { kind: "rule".into(), ..Default::default() };
        let entry = wire::audit::Entry::new("rule.move", by.actor.clone(), object);
        entries.push(entry.with("rules", u64::try_from(after.len()).unwrap_or(u64::MAX)));
    }
    Ok(Change::new(edits, entries, Done::Rules(after)))
}

/// Everything but id and place.
fn says_the_same(a: &RuleRecord, b: &RuleRecord) -> bool {
    RuleRecord { id: b.id, order: b.order, ..a.clone() } == *b
}
