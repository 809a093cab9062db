//! Who × source × node or port × target × time → decision with the rule that made it. Pure. First
//! match wins, default deny. What roles permit beyond reaching something is in `policy::permit`.

mod line;
mod pattern;
pub mod permit;
mod sight;
mod times;

use crate::fleet::{Fleet, NodeRecord, OperatorRecord, PortRecord, RuleRecord};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use wire::message::view::{Because, Permission};
use wire::{RuleId, Target, UnixMs};

pub(crate) use line::Line;
pub(crate) use pattern::{Selector, Targets, Who, canonical, network};
pub(crate) use permit::MAX_SESSION;
pub(crate) use sight::Sight;
pub(crate) use times::Times;

/// The role that may do everything.
pub const ADMIN: &str = "admin";
/// How far ahead the end of a decision is looked for.
const HORIZON: Duration = Duration::from_secs(7 * 24 * 3600);
/// Changes of the policy by time alone that are looked at; the last one counts as the end.
const CHANGES: usize = 64;

/// Yes or no, and which rule said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// This rule lets it in.
    Allow(RuleId),
    /// This rule keeps it out. Without one it is the default, or lies in the subjects themselves
    /// (revoked, outside what the node's token granted).
    Deny(Option<RuleId>),
}

impl Decision {
    /// Whether it is a yes.
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Allow(_))
    }
}

/// One question to the policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) who: Party<'a>,
    /// In canonical form. `None`: unknown, so that no rule bound to a network is meant.
    pub(crate) source: Option<IpAddr>,
    pub(crate) what: What<'a>,
    pub(crate) now: UnixMs,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Party<'a> {
    /// A visitor, who has no identity.
    Visitor,
    Operator(&'a OperatorRecord),
    /// A node, for what came in at its listener of a link. Only rules that name it let it in.
    Node(&'a NodeRecord),
}

impl<'a> Party<'a> {
    /// An operator, or a visitor.
    pub(crate) fn person(who: Option<&'a OperatorRecord>) -> Self {
        who.map_or(Self::Visitor, Self::Operator)
    }

    pub(crate) const fn operator(self) -> Option<&'a OperatorRecord> {
        match self {
            Self::Operator(who) => Some(who),
            Self::Visitor | Self::Node(_) => None,
        }
    }

    const fn is_revoked(self) -> bool {
        match self {
            Self::Operator(who) => who.revoked.is_some(),
            Self::Node(node) => node.revoked.is_some(),
            Self::Visitor => false,
        }
    }
}

/// What is to be reached.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What<'a> {
    Target {
        node: &'a NodeRecord,
        target: &'a Target,
    },
    /// A published port: through this node, or through any of its nodes.
    Port {
        port: &'a PortRecord,
        at: Option<&'a NodeRecord>,
    },
}

/// The decision, and what each rule up to the deciding one had to do with it.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    pub(crate) decision: Decision,
    /// Why no rule was asked.
    pub(crate) barred: Option<Because>,
    /// In policy order; `None` = it decided, and is the last one.
    pub(crate) steps: Vec<(Arc<RuleRecord>, Option<Because>)>,
}

impl Asked<'_> {
    /// What policy says.
    pub(crate) fn decide(&self, fleet: &Fleet) -> Decision {
        if self.barred(fleet).is_some() {
            return Decision::Deny(None);
        }
        let meant = fleet.policy().iter().find(|line| line.misses(fleet, self).is_none());
        meant.map_or(Decision::Deny(None), Line::decision)
    }

    /// What policy says, and why.
    pub(crate) fn explain(&self, fleet: &Fleet) -> Trace {
        let mut trace =
            Trace { decision: Decision::Deny(None), barred: self.barred(fleet), steps: Vec::new() };
        if trace.barred.is_some() {
            return trace;
        }
        for line in fleet.policy() {
            let missed = line.misses(fleet, self);
            trace.steps.push((Arc::clone(&line.rule), missed));
            if missed.is_none() {
                trace.decision = line.decision();
                break;
            }
        }
        trace
    }

    /// When time alone ends what is allowed now; `None` if it does not within a week.
    pub(crate) fn ends(&self, fleet: &Fleet) -> Option<UnixMs> {
        let horizon = self.now.after(HORIZON);
        let mut at = self.now;
        for _ in 0..CHANGES {
            let ends = self.who.operator().and_then(|who| who.next_role_end(at));
            at = next_change(fleet, at).into_iter().chain(ends).min()?;
            if at > horizon {
                return None;
            }
            if !(Self { now: at, ..*self }).decide(fleet).is_allowed() {
                break;
            }
        }
        Some(at)
    }

    /// What no rule can allow.
    fn barred(&self, fleet: &Fleet) -> Option<Because> {
        let (node, target) = match self.what {
            What::Target { node, target } => (Some(node), target),
            What::Port { port, at } => (at, &port.target),
        };
        if self.who.is_revoked() || node.is_some_and(|node| node.revoked.is_some()) {
            return Some(Because::Revoked);
        }
        if let (Party::Operator(who), What::Target { .. }) = (self.who, &self.what)
            && !permit::permits(fleet, who, Permission::TunnelsOpen, self.now)
        {
            return Some(Because::Permission);
        }
        node.is_some_and(|node| !is_granted(node, target)).then_some(Because::Grant)
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
    let (who, source) = (Party::Operator(who), Some(canonical(source)));
    Asked { who, source, what: What::Target { node, target }, now }.decide(fleet)
}

/// May this port be used from this address, through any of its nodes? v4-mapped v6 is canonicalised.
///
/// Without an operator only rules about `anyone` count, and a rule that names no port lets nobody
/// in. With one (a session of his admits the address) his own rules count as well.
pub fn port(
    fleet: &Fleet,
    who: Option<&OperatorRecord>,
    port: &PortRecord,
    source: IpAddr,
    now: UnixMs,
) -> Decision {
    let (who, source) = (Party::person(who), Some(canonical(source)));
    Asked { who, source, what: What::Port { port, at: None }, now }.decide(fleet)
}

/// The same through one of its nodes: what is asked when the tunnel opens.
pub fn port_at(
    fleet: &Fleet,
    who: Option<&OperatorRecord>,
    (port, node): (&PortRecord, &NodeRecord),
    source: IpAddr,
    now: UnixMs,
) -> Decision {
    let (who, source) = (Party::person(who), Some(canonical(source)));
    Asked { who, source, what: What::Port { port, at: Some(node) }, now }.decide(fleet)
}

/// Whether the token that enrolled the node lets it be used for this target.
pub fn is_granted(node: &NodeRecord, target: &Target) -> bool {
    node.allow.is_empty()
        || node
            .allow
            .iter()
            .any(|entry| Targets::parse(entry.as_str()).is_some_and(|to| to.holds(target)))
}

/// When a rule next comes into force or out of it by time alone.
pub(crate) fn next_change(fleet: &Fleet, now: UnixMs) -> Option<UnixMs> {
    fleet.policy().iter().filter_map(|line| line.next_change(now)).min()
}

/// Whether this rule lets every admin reach everything.
pub(crate) fn is_for_admins(rule: &RuleRecord, now: UnixMs) -> bool {
    let line = Line::of(&Arc::new(rule.clone()));
    line.is_in_force(now) && line.opens_everything_to(ADMIN)
}

#[cfg(test)]
mod tests;
