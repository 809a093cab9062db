//! One rule, ready to be asked: whether it is meant, and if not, the first part that keeps it from
//! deciding.

use super::pattern::{Selector, Targets, Who, network};
use super::times::Times;
use super::{Asked, Decision, Party, What};
use crate::fleet::{Fleet, NodeRecord, OperatorRecord, PortRecord, RuleRecord};
use ipnet::IpNet;
use std::sync::Arc;
use wire::message::view::{Because, Effect};
use wire::{SafeText, Target, UnixMs};

/// A rule, ready to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(super) rule: Arc<RuleRecord>,
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
    at: Option<Times>,
}

impl Line {
    pub(crate) fn of(rule: &Arc<RuleRecord>) -> Self {
        Self { rule: Arc::clone(rule), parts: Parts::of(rule) }
    }

    /// Switched on and not past its end; its times of the week are not looked at.
    pub(super) fn is_in_force(&self, now: UnixMs) -> bool {
        self.rule.enabled && self.rule.until.is_none_or(|until| now < until)
    }

    pub(super) fn decision(&self) -> Decision {
        match self.rule.effect {
            Effect::Allow => Decision::Allow(self.rule.id),
            Effect::Deny => Decision::Deny(Some(self.rule.id)),
        }
    }

    /// What keeps the rule from deciding; `None` if it decides.
    pub(super) fn misses(&self, fleet: &Fleet, asked: &Asked<'_>) -> Option<Because> {
        if !self.rule.enabled {
            return Some(Because::Off);
        }
        if !self.is_in_force(asked.now) {
            return Some(Because::Expired);
        }
        if !self.is_here(asked) {
            return Some(Because::Port);
        }
        match &self.parts {
            Some(parts) => parts.misses(fleet, asked, self.rule.effect),
            None if self.rule.effect == Effect::Deny => None,
            None => Some(Because::Unreadable),
        }
    }

    /// A rule that names a port is about that port and nothing else. One that names none lets
    /// nobody without an identity in, and keeps out everywhere.
    fn is_here(&self, asked: &Asked<'_>) -> bool {
        match (&asked.what, &self.rule.port) {
            (What::Target { .. }, named) => named.is_none(),
            (What::Port { port, .. }, Some(named)) => *named == port.name,
            (What::Port { .. }, None) => {
                asked.who.operator().is_some() || self.rule.effect == Effect::Deny
            }
        }
    }

    pub(super) fn effect(&self) -> Effect {
        self.rule.effect
    }

    /// Whether the rule is about this operator at all, whatever it says otherwise.
    pub(super) fn is_about(&self, who: &OperatorRecord, now: UnixMs) -> bool {
        self.parts.as_ref().is_some_and(|parts| parts.is_by(who, now))
    }

    /// Whether the rule is about this port, by name or by what stands behind it.
    pub(super) fn covers_port(&self, fleet: &Fleet, port: &PortRecord) -> bool {
        let Some(parts) = &self.parts else { return false };
        match &self.rule.port {
            Some(named) => *named == port.name,
            None => {
                parts.is_to(&port.target)
                    && port.nodes.iter().any(|id| fleet.node(*id).is_some_and(|n| parts.is_at(&n)))
            }
        }
    }

    /// Whether the rule is about this node, and about this target if one is named.
    pub(super) fn covers_node(&self, node: &NodeRecord, target: Option<&Target>) -> bool {
        let covers = |parts: &Parts| parts.is_at(node) && target.is_none_or(|to| parts.is_to(to));
        self.rule.port.is_none() && self.parts.as_ref().is_some_and(covers)
    }

    /// Whether the rule has no bound on source, target or time: what it denies is never allowed
    /// further down.
    pub(super) fn is_total(&self) -> bool {
        self.parts.as_ref().is_none_or(|p| p.from.is_none() && p.to.is_none() && p.at.is_none())
    }

    /// Whether the rule allows one role everything, always.
    pub(super) fn opens_everything_to(&self, role: &str) -> bool {
        let open = |parts: &Parts| {
            let named = matches!(&parts.who, Who::Role(name) if name.as_str() == role);
            named && parts.nodes.is_none()
        };
        self.rule.effect == Effect::Allow
            && self.rule.port.is_none()
            && self.is_total()
            && self.parts.as_ref().is_some_and(open)
    }

    /// When it next comes into force or out of it.
    pub(super) fn next_change(&self, now: UnixMs) -> Option<UnixMs> {
        if !self.is_in_force(now) {
            return None;
        }
        let times = self.parts.as_ref().and_then(|parts| parts.at.as_ref());
        self.rule.until.into_iter().chain(times.and_then(|times| times.next(now))).min()
    }
}

impl Parts {
    fn of(rule: &RuleRecord) -> Option<Self> {
        Some(Self {
            who: Who::parse(rule.who.as_str())?,
            from: optional(rule.from.as_ref(), network)?,
            nodes: optional(rule.nodes.as_ref(), Selector::parse)?,
            to: optional(rule.to.as_ref(), Targets::parse)?,
            at: optional(rule.at.as_ref(), |text| Times::parse(text).ok())?,
        })
    }

    fn misses(&self, fleet: &Fleet, asked: &Asked<'_>, effect: Effect) -> Option<Because> {
        let who = match asked.who {
            Party::Operator(who) => self.is_by(who, asked.now),
            Party::Visitor => self.who == Who::Anyone,
            // What lets people in lets no machine in; what keeps everybody out keeps it out too.
            Party::Node(node) => match &self.who {
                Who::Node(name) => *name == node.name,
                Who::Anyone => effect == Effect::Deny,
                Who::Role(_) | Who::Operator(_) => false,
            },
        };
        if !who {
            return Some(match self.who {
                Who::Operator(_) | Who::Node(_) => Because::Operator,
                Who::Role(_) | Who::Anyone => Because::Role,
            });
        }
        if !self.from.is_none_or(|net| asked.source.is_some_and(|ip| net.contains(&ip))) {
            return Some(Because::Source);
        }
        if !self.at.as_ref().is_none_or(|times| times.holds(asked.now)) {
            return Some(Because::Time);
        }
        let (node, target) = match asked.what {
            What::Target { node, target } => (self.is_at(node), target),
            What::Port { port, at: Some(node) } => (self.is_at(node), &port.target),
            What::Port { port, at: None } => (self.is_at_any(fleet, port), &port.target),
        };
        if !node {
            return Some(Because::Node);
        }
        self.to.as_ref()?.misses(target)
    }

    fn is_at(&self, node: &NodeRecord) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.holds(&node.name, &node.labels))
    }

    fn is_at_any(&self, fleet: &Fleet, port: &PortRecord) -> bool {
        self.nodes.is_none()
            || port.nodes.iter().any(|id| fleet.node(*id).is_some_and(|node| self.is_at(&node)))
    }

    fn is_to(&self, target: &Target) -> bool {
        self.to.as_ref().is_none_or(|to| to.holds(target))
    }

    fn is_by(&self, operator: &OperatorRecord, now: UnixMs) -> bool {
        match &self.who {
            Who::Anyone => true,
            Who::Role(role) => operator.has_role(role.as_str(), now),
            Who::Operator(name) => *name == operator.name,
            Who::Node(_) => false,
        }
    }
}

/// `None` stays absent; what is there must parse.
fn optional<T>(text: Option<&SafeText>, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => parse(text.as_str()).map(Some),
    }
}
