//! Verb × who × source × target → decision with the rule that made it. Pure. First match wins,
//! default deny. Roles' other permissions are not decided here.

mod pattern;

use crate::fleet::{Fleet, NodeRecord, OperatorRecord, PortRecord, RuleRecord};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;
use wire::message::view::Effect;
use wire::{RuleId, Target, UnixMs};

pub(crate) use pattern::{Selector, Targets, Who, canonical, network};

/// The role that may do everything.
pub const ADMIN: &str = "admin";

/// Yes or no, and which rule said so. A denial without a rule is the default, or lies in the
/// subjects themselves (revoked, outside what the node's token granted).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// This rule lets it in.
    Allow(RuleId),
    /// This rule, or none at all, keeps it out.
    Deny(Option<RuleId>),
}

/// A rule, ready to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    rule: Arc<RuleRecord>,
    /// `None`: a part of the rule is unknown to this version. Such a rule keeps out whomever it
    /// might mean, and lets nobody in.
    parts: Option<Parts>,
}

#[derive(Debug, Clone)]
struct Parts {
    who: Who,
    from: Option<IpNet>,
    nodes: Option<Selector>,
    to: Option<Targets>,
}

impl Line {
    pub(crate) fn of(rule: &Arc<RuleRecord>) -> Self {
        Self { rule: Arc::clone(rule), parts: Parts::of(rule) }
    }

    fn is_in_force(&self, now: UnixMs) -> bool {
        self.rule.enabled && self.rule.until.is_none_or(|until| now < until)
    }

    fn decision(&self) -> Decision {
        match self.rule.effect {
            Effect::Allow => Decision::Allow(self.rule.id),
            Effect::Deny => Decision::Deny(Some(self.rule.id)),
        }
    }

    fn holds(&self, asked: impl Fn(&Parts) -> bool) -> bool {
        self.parts.as_ref().map_or(self.rule.effect == Effect::Deny, asked)
    }
}

impl Parts {
    fn of(rule: &RuleRecord) -> Option<Self> {
        Some(Self {
            who: Who::parse(rule.who.as_str())?,
            from: optional(rule.from.as_ref(), network)?,
            nodes: optional(rule.nodes.as_ref(), Selector::parse)?,
            to: optional(rule.to.as_ref(), Targets::parse)?,
        })
    }

    fn is_from(&self, source: IpAddr) -> bool {
        self.from.is_none_or(|net| net.contains(&source))
    }

    fn is_at(&self, node: &NodeRecord) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.holds(&node.name, &node.labels))
    }

    fn is_to(&self, target: &Target) -> bool {
        self.to.as_ref().is_none_or(|to| to.holds(target))
    }

    fn is_by(&self, operator: &OperatorRecord) -> bool {
        match &self.who {
            Who::Anyone => true,
            Who::Role(role) => operator.roles.contains(role),
            Who::Operator(name) => *name == operator.name,
        }
    }
}

/// `None` stays absent; what is there must parse.
fn optional<T>(
    text: Option<&wire::SafeText>,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => parse(text.as_str()).map(Some),
    }
}

/// May this operator open this target at this node?
pub fn operator_tunnel(
    fleet: &Fleet,
    who: &OperatorRecord,
    source: IpAddr,
    node: &NodeRecord,
    target: &Target,
    now: UnixMs,
) -> Decision {
    if who.revoked.is_some() || node.revoked.is_some() || !is_granted(node, target) {
        return Decision::Deny(None);
    }
    let source = canonical(source);
    decide(fleet, now, |line| {
        line.rule.port.is_none()
            && line.holds(|parts| {
                parts.is_by(who)
                    && parts.is_from(source)
                    && parts.is_at(node)
                    && parts.is_to(target)
            })
    })
}

/// May a visitor from this address use this published port? v4-mapped v6 is canonicalised first.
///
/// A visitor has no identity, so that only rules about `anyone` can mean him. A rule lets in only
/// at the port it names; one that keeps out and names no port does so at every port.
pub fn visitor(fleet: &Fleet, port: &PortRecord, source: IpAddr, now: UnixMs) -> Decision {
    let source = canonical(source);
    decide(fleet, now, |line| {
        let here = match (&line.rule.port, line.rule.effect) {
            (Some(name), _) => *name == port.name,
            (None, Effect::Allow) => false,
            (None, Effect::Deny) => true,
        };
        here && line.holds(|parts| {
            parts.who == Who::Anyone
                && parts.is_from(source)
                && parts.is_to(&port.target)
                && (parts.nodes.is_none()
                    || port.nodes.iter().any(|id| fleet.node(*id).is_some_and(|n| parts.is_at(&n))))
        })
    })
}

/// Whether the token that enrolled the node lets it be used for this target.
pub fn is_granted(node: &NodeRecord, target: &Target) -> bool {
    node.allow.is_empty()
        || node
            .allow
            .iter()
            .any(|entry| Targets::parse(entry.as_str()).is_some_and(|to| to.holds(target)))
}

fn decide(fleet: &Fleet, now: UnixMs, mut is_meant: impl FnMut(&Line) -> bool) -> Decision {
    fleet
        .policy()
        .iter()
        .find(|line| line.is_in_force(now) && is_meant(line))
        .map_or(Decision::Deny(None), Line::decision)
}

/// Whether this rule lets every admin reach everything.
pub(crate) fn is_for_admins(rule: &RuleRecord, now: UnixMs) -> bool {
    let line = Line::of(&Arc::new(rule.clone()));
    line.is_in_force(now)
        && rule.effect == Effect::Allow
        && rule.port.is_none()
        && line.parts.is_some_and(|parts| {
            let open = parts.from.is_none() && parts.nodes.is_none() && parts.to.is_none();
            open && matches!(parts.who, Who::Role(role) if role.as_str() == ADMIN)
        })
}

#[cfg(test)]
mod tests;
