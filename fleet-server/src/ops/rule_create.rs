//! Adds a rule to the ordered policy, checked part by part and stored in canonical form.

use super::{By, Change, Done, same_id};
use crate::fleet::{Edit, Fleet, RuleRecord};
use crate::policy::{Who, network};
use std::sync::Arc;
use wire::audit::Entry;
use wire::message::operator::RuleSpec;
use wire::message::view::Effect;
use wire::{Refusal, RefusalCode, RuleId, SafeText, UnixMs};

/// Distance between two rules that are added one after the other: room for 20 insertions between.
pub(crate) const GAP: u64 = 1 << 20;
/// Rules in all: each decision may look at every one.
const MAX_RULES: usize = 1000;

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    spec: &RuleSpec,
    id: RuleId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    if fleet.rule(id).is_some() {
        return Err(same_id());
    }
    if fleet.rules().len() >= MAX_RULES {
        let message = format!("there are {MAX_RULES} rules already");
        return Err(Refusal::new(RefusalCode::Failed, message).hint("tunnelctl rules list"));
    }
    if spec.until.is_some_and(|until| until <= now) {
        return Err(usage("a rule cannot end in the past").hint("--until TIME"));
    }
    let from = source(spec)?;
    if let Some(port) = &spec.port {
        fleet.find_port(port.as_str())?;
    }
    let (order, mut edits) = place(fleet, spec.before.as_ref())?;
    let rule = Arc::new(RuleRecord {
        id,
        effect: spec.effect,
        who: who(fleet, spec.who.as_str())?,
        from,
        nodes: None,
        to: None,
        port: spec.port.clone(),
        until: spec.until,
        enabled: !spec.disabled,
        order,
    });
    edits.push(Edit::Rule(Arc::clone(&rule)));
    let entry = described(by.did("rule.create", &*rule), &rule);
    Ok(Change::new(edits, vec![entry], Done::Rule(rule)))
}

fn described(entry: Entry, rule: &RuleRecord) -> Entry {
    let mut entry = entry.with("effect", rule.effect.as_str()).with("who", rule.who.as_str());
    if let Some(from) = &rule.from {
        entry = entry.with("from", from.as_str());
    }
    if let Some(port) = &rule.port {
        entry = entry.with("port", port.as_str());
    }
    entry
}

/// Who the rule is about. A misspelt operator would make a rule about nobody.
fn who(fleet: &Fleet, text: &str) -> Result<SafeText, Refusal> {
    let who = Who::parse(text).ok_or_else(|| {
        usage(format!("{text:?} is nobody")).hint("--who anyone, --who role:NAME or --who OPERATOR")
    })?;
    if let Who::Operator(name) = &who {
        fleet.operator_by_name(name.as_str()).ok_or_else(|| {
            Refusal::new(RefusalCode::NotFound, format!("no operator {name}"))
                .hint("for a role write --who role:NAME")
        })?;
    }
    Ok(text.into())
}

/// The source in canonical form. Opening something to the whole world has to be meant.
fn source(spec: &RuleSpec) -> Result<Option<SafeText>, Refusal> {
    let net = match &spec.from {
        None => None,
        Some(text) => Some(network(text.as_str()).ok_or_else(|| {
            usage(format!("{:?} is not a network", text.as_str())).hint("--from 10.0.0.0/8")
        })?),
    };
    let is_everywhere = match net {
        Some(net) => net.prefix_len() == 0,
        None => Who::parse(spec.who.as_str()) == Some(Who::Anyone),
    };
    if spec.effect == Effect::Allow && is_everywhere && !spec.anyone_really {
        return Err(usage("this would let in the whole world").hint("--anyone-really, if meant"));
    }
    Ok(net.map(|net| net.to_string().into()))
}

/// The place of a new rule, and the rules that have to move for it.
fn place(fleet: &Fleet, before: Option<&SafeText>) -> Result<(u64, Vec<Edit>), Refusal> {
    let rules = fleet.rules();
    let at = match before {
        None => rules.len(),
        Some(reference) => {
            let next = fleet.find_rule(reference.as_str())?;
            rules.iter().position(|rule| rule.id == next.id).unwrap_or(rules.len())
        }
    };
    let low = at.checked_sub(1).and_then(|i| rules.get(i)).map_or(0, |rule| rule.order);
    let Some(next) = rules.get(at) else { return Ok((low.saturating_add(GAP), Vec::new())) };
    let middle = low + (next.order - low) / 2;
    if middle > low && middle < next.order {
        return Ok((middle, Vec::new()));
    }
    // The gap is used up: everybody gets a new place, with gaps as at the beginning.
    let mut order = 0;
    let mut edits = Vec::with_capacity(rules.len());
    let mut place = 0;
    for (i, rule) in rules.iter().enumerate() {
        if i == at {
            order += GAP;
            place = order;
        }
        order += GAP;
        edits.push(Edit::Rule(Arc::new(RuleRecord { order, ..(**rule).clone() })));
    }
    Ok((place, edits))
}

fn usage(message: impl Into<SafeText>) -> Refusal {
    Refusal::new(RefusalCode::Usage, message)
}
