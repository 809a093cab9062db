//! What other rules would have made of past traffic: the recorded decisions are asked again. Nothing
//! changes.

use super::super::Asker;
use super::explain::summary;
use crate::audit::Query;
use crate::fleet::{Fleet, RuleRecord};
use crate::ops::{Op, PolicyChange, PolicyOp};
use crate::policy::{Asked, Party, What, canonical};
use crate::tunnels::{self, by_owner};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use wire::audit::{AuditEvent, Value};
use wire::limits::MAX_PAGE;
use wire::message::view::RulesPlan;
use wire::{Refusal, SafeText, Target};

/// Pages of the trail that one plan reads.
const PAGES: usize = 200;
/// Owners named in a plan.
const OWNERS: usize = 50;

/// The plan of a change of rules, held against what happened in the last while.
pub(super) async fn run(
    asker: &Asker<'_>,
    change: &PolicyChange,
    against: Duration,
) -> Result<RulesPlan, Refusal> {
    let (core, now) = (asker.core, asker.core.wall());
    let what = change.clone();
    let op = Op::Policy(PolicyOp { actor: asker.session.actor(), reason: None, what });
    let (before, after) = (core.state.fleet(), core.state.preview(&op)?);
    let since = wire::UnixMs(now.0.saturating_sub(crate::core::millis(against)));
    let mut plan = differences(&before, &after);
    let (mut allowed, mut denied) = (BTreeMap::new(), BTreeMap::new());
    let mut cursor = None;
    for _ in 0..PAGES {
        let query = Query {
            after: cursor,
            backwards: true,
            limit: MAX_PAGE,
            action: Some("tunnel.".into()),
            since: Some(since),
            until: None,
        };
        let found = core.state.audit(query).await?;
        for event in found.events.iter().filter(|event| asker.sight.record(&before, event)) {
            let Some((was, would)) = again(&after, event) else { continue };
            plan.replayed += 1;
            let actor = &event.entry.actor;
            let node = || actor.node.as_ref().map(|node| format!("node:{node}").into());
            let owner = actor.operator.clone().or_else(node).unwrap_or_else(|| "visitors".into());
            match (was, would) {
                (false, true) => *allowed.entry(owner).or_insert(0) += 1,
                (true, false) => *denied.entry(owner).or_insert(0) += 1,
                _ => {}
            }
        }
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    plan.newly_allowed = most(allowed);
    plan.newly_denied = most(denied);
    plan.cuts = by_owner(&tunnels::would_lose(core, &after));
    Ok(plan)
}

/// The largest counts first.
fn most(counts: BTreeMap<SafeText, u32>) -> Vec<(SafeText, u32)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(OWNERS);
    counts
}

/// What was decided and what these rules would have decided, if the record is of a decision.
fn again(fleet: &Fleet, event: &AuditEvent) -> Option<(bool, bool)> {
    let entry = &event.entry;
    let was = match entry.action.as_str() {
        "tunnel.open" => true,
        "tunnel.denied" => false,
        _ => return None,
    };
    let text = |key: &str| match entry.data.get(key) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let source = entry.actor.source_ip.as_ref()?.as_str().parse::<IpAddr>().ok().map(canonical);
    // A link's listener is no decision about where it leads: its connections are.
    if entry.actor.node.is_some() && entry.data.contains_key("listens") {
        return None;
    }
    let by_name = |name: &SafeText| fleet.operator_by_name(name.as_str());
    let operator = entry.actor.operator.as_ref().map(by_name);
    let asking = entry.actor.node.as_ref().map(|name| fleet.node_by_name(name.as_str()));
    let who = match (&operator, &asking) {
        (Some(operator), _) => Party::Operator(operator.as_ref()?),
        (None, Some(node)) => Party::Node(node.as_ref()?),
        (None, None) => Party::Visitor,
    };
    let id = entry.object.id.as_ref()?.as_str();
    let node = id.parse().ok().and_then(|id| fleet.node(id));
    let port = match entry.object.kind.as_str() {
        "port" => Some(id.parse().ok().and_then(|id| fleet.port(id))?),
        _ => text("port").and_then(|name| fleet.port_by_name(name)),
    };
    let target: Option<Target> = text("target").and_then(|target| target.parse().ok());
    let what = match (&port, &node, &target) {
        (Some(port), node, _) => What::Port { port, at: node.as_deref() },
        (None, Some(node), Some(target)) => What::Target { node, target },
        _ => return None,
    };
    let asked = Asked { who, source, what, now: event.at };
    Some((was, asked.decide(fleet).is_allowed()))
}

fn differences(before: &Fleet, after: &Fleet) -> RulesPlan {
    let missing = |from: &Fleet, rule: &RuleRecord| {
        from.rule(rule.id)
            .is_none_or(|other| RuleRecord { order: other.order, ..rule.clone() } != *other)
    };
    let added = after.rules().iter().filter(|rule| missing(before, rule));
    let removed = before.rules().iter().filter(|rule| missing(after, rule));
    let added: Vec<SafeText> = added.map(|rule| summary(rule)).collect();
    let kept = after.rules().len().saturating_sub(added.len());
    RulesPlan {
        removed: removed.map(|rule| summary(rule)).collect(),
        added,
        kept: u32::try_from(kept).unwrap_or(u32::MAX),
        ..RulesPlan::default()
    }
}
