//! Adds a rule to the ordered policy, checked part by part and stored in canonical form.

use super::{By, Change, Done, same_id};
use crate::fleet::{Edit, Fleet, RuleRecord};
use crate::policy::{Selector, Sight, Targets, Times, Who, network, permit};
use std::sync::Arc;
use wire::audit::Entry;
use wire::message::operator::RuleSpec;
use wire::message::view::Effect;
use wire::{Refusal, RefusalCode, RuleId, SafeText, UnixMs};

/// Distance between two rules that are added one after the other: room for 20 insertions between.
pub(crate) const GAP: u64 = 1 << 20;
/// Rules in all: each decision may look at every one.
pub(super) const MAX_RULES: usize = 1000;

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
    let at = match &spec.before {
        None => fleet.rules().len(),
        Some(reference) => {
            let next = fleet.find_rule(reference.as_str())?;
            fleet.rules().iter().position(|rule| rule.id == next.id).unwrap_or(fleet.rules().len())
        }
    };
    let (order, mut edits) = place(fleet.rules(), at);
    let rule = Arc::new(checked(fleet, spec, id, order, now)?);
    edits.push(Edit::Rule(Arc::clone(&rule)));
    let entry = described(by.did("rule.create", &*rule), &rule);
    Ok(Change::new(edits, vec![entry], Done::Rule(rule)))
}

/// The rule that `spec` describes, every part checked and in canonical form.
pub(super) fn checked(
    fleet: &Fleet,
    spec: &RuleSpec,
    id: RuleId,
    order: u64,
    now: UnixMs,
) -> Result<RuleRecord, Refusal> {
    if spec.until.is_some_and(|until| until <= now) {
        return Err(usage("a rule cannot end in the past").hint("--until TIME"));
    }
    let port = match &spec.port {
        None => None,
        Some(port) => Some(fleet.find_port(port.as_str(), &Sight::everything())?.name.clone()),
    };
    parts(spec)?;
    Ok(RuleRecord {
        id,
        effect: spec.effect,
        who: who(fleet, spec.who.as_str())?,
        from: source(spec)?,
        nodes: spec.nodes.clone(),
        to: spec.to.clone(),
        at: spec.at.clone(),
        port,
        until: spec.until,
        enabled: !spec.disabled,
        order,
    })
}

/// The record of a rule, with what it says.
pub(super) fn described(entry: Entry, rule: &RuleRecord) -> Entry {
    let mut entry = entry.with("effect", rule.effect.as_str()).with("who", rule.who.as_str());
    if let Some(from) = &rule.from {
        entry = entry.with("from", from.as_str());
    }
    if let Some(port) = &rule.port {
        entry = entry.with("port", port.as_str());
    }
    for (key, part) in [("nodes", &rule.nodes), ("to", &rule.to), ("at", &rule.at)] {
        if let Some(part) = part {
            entry = entry.with(key, part.as_str());
        }
    }
    entry
}

/// What the rule is about has to be readable, and either a port or nodes and targets.
fn parts(spec: &RuleSpec) -> Result<(), Refusal> {
    if spec.port.is_some() && (spec.nodes.is_some() || spec.to.is_some()) {
        return Err(usage("a rule is about a port, or about nodes and targets")
            .hint("--port NAME, or --nodes SEL --to HOST:PORTS"));
    }
    if spec.port.is_some() && matches!(Who::parse(spec.who.as_str()), Some(Who::Node(_))) {
        return Err(usage("a node reaches targets at nodes, and no published port")
            .hint("--nodes NODE --to HOST:PORTS"));
    }
    if let Some(nodes) = spec.nodes.as_ref().filter(|n| Selector::parse(n.as_str()).is_none()) {
        return Err(usage(format!("{:?} is no selector of nodes", nodes.as_str()))
            .hint("--nodes NAME or --nodes KEY=VALUE"));
    }
    if let Some(to) = spec.to.as_ref().filter(|to| Targets::parse(to.as_str()).is_none()) {
        return Err(usage(format!("{:?} is neither HOST|CIDR:PORTS nor unix:/PATH", to.as_str()))
            .hint("--to '10.20.0.0/16:22,443'"));
    }
    if let Some(at) = &spec.at {
        Times::parse(at.as_str()).map_err(|error| {
            usage(format!("{:?} is no time of the week: {error}", at.as_str()))
                .hint("--at 'mon-fri 8-18 +02:00'")
        })?;
    }
    Ok(())
}

/// Who the rule is about. A misspelt operator would make a rule about nobody.
fn who(fleet: &Fleet, text: &str) -> Result<SafeText, Refusal> {
    let who = Who::parse(text).ok_or_else(|| {
        usage(format!("{text:?} is nobody"))
            .hint("--who anyone, --who role:NAME, --who OPERATOR or --who node:NAME")
    })?;
    if let Who::Role(role) = &who {
        permit::of_role(fleet, role)?;
    }
    if let Who::Operator(name) = &who {
        fleet.operator_by_name(name.as_str()).ok_or_else(|| {
            Refusal::new(RefusalCode::NotFound, format!("no operator {name}"))
                .hint("for a role write --who role:NAME")
        })?;
    }
    if let Who::Node(name) = &who {
        fleet.node_by_name(name.as_str()).ok_or_else(|| {
            Refusal::new(RefusalCode::NotFound, format!("no node {name}"))
                .hint("tunnelctl nodes list")
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

/// The place of a rule before the one at `at`, and the rules that have to move for it.
pub(super) fn place(rules: &[Arc<RuleRecord>], at: usize) -> (u64, Vec<Edit>) {
    let low = at.checked_sub(1).and_then(|i| rules.get(i)).map_or(0, |rule| rule.order);
    let Some(next) = rules.get(at) else { return (low.saturating_add(GAP), Vec::new()) };
    let middle = low + (next.order - low) / 2;
    if middle > low && middle < next.order {
        return (middle, Vec::new());
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
    (place, edits)
}

fn usage(message: impl Into<SafeText>) -> Refusal {
    Refusal::new(RefusalCode::Usage, message)
}
