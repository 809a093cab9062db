//! What policy decides, and why: the same walk as the data plane's, told step by step.

use super::super::Asker;
use crate::fleet::{Fleet, NodeRecord, OperatorRecord, RuleRecord, Term};
use crate::policy::{ADMIN, Asked, Decision, Party, What, canonical, permit};
use std::net::IpAddr;
use std::sync::Arc;
use wire::message::operator::AccessQuestion;
use wire::message::view::{AccessDecision, AccessStep, Because, Permission, WouldAllow};
use wire::{Name, Refusal, RefusalCode, SafeText, UnixMs};

/// Answers one question.
pub(super) fn run(asker: &Asker<'_>, question: &AccessQuestion) -> Result<AccessDecision, Refusal> {
    let fleet = asker.core.state.fleet();
    let now = question.at.unwrap_or_else(|| asker.core.wall());
    let who = who(asker, &fleet, question)?;
    let reach = Reach::of(asker, &fleet, question)?;
    if let Some(action) = question.action
        && let Asking::Operator(who) = &who
        && (reach.is_none() || !permit::permits(&fleet, who, action, now))
    {
        return Ok(permitted(&fleet, who, action, now));
    }
    let Some(reach) = reach else {
        return Err(usage("a decision is about something")
            .hint("--node NAME --target HOST:PORT, or --port NAME"));
    };
    let asked =
        Asked { who: who.party(), source: source(asker, &who, question)?, what: reach.what(), now };
    let trace = asked.explain(&fleet);
    let deciding_rule = match trace.decision {
        Decision::Allow(rule) => Some(rule),
        Decision::Deny(rule) => rule,
    };
    let allowed = trace.decision.is_allowed();
    let steps = trace.steps.iter().map(|(rule, because)| AccessStep {
        rule: rule.id,
        matched: because.is_none(),
        because: *because,
        effect: rule.effect,
        summary: summary(rule),
    });
    Ok(AccessDecision {
        allowed,
        deciding_rule,
        because: trace.barred,
        until: if allowed { asked.ends(&fleet) } else { None },
        trace: steps.collect(),
        would_allow: if allowed {
            Vec::new()
        } else {
            would_allow(&fleet, &asked, deciding_rule.is_none())
        },
    })
}

/// What is to be reached, held while the question is asked.
enum Reach {
    Target(Arc<crate::fleet::NodeRecord>, wire::Target),
    Port(Arc<crate::fleet::PortRecord>, Option<Arc<crate::fleet::NodeRecord>>),
}

impl Reach {
    fn of(
        asker: &Asker<'_>,
        fleet: &Fleet,
        question: &AccessQuestion,
    ) -> Result<Option<Self>, Refusal> {
        let find = |node: &SafeText| fleet.find_node(node.as_str(), &asker.sight);
        let node = question.node.as_ref().map(find).transpose()?;
        if let Some(port) = &question.port {
            return Ok(Some(Self::Port(fleet.find_port(port.as_str(), &asker.sight)?, node)));
        }
        match (node, &question.target) {
            (Some(node), Some(target)) => {
                let target = target.checked().map_err(|e| usage(&e.to_string()))?;
                Ok(Some(Self::Target(node, target)))
            }
            (None, Some(_)) => Err(usage("a target is at a node").hint("--node NAME")),
            (_, None) => Ok(None),
        }
    }

    fn what(&self) -> What<'_> {
        match self {
            Self::Target(node, target) => What::Target { node, target },
            Self::Port(port, node) => What::Port { port, at: node.as_deref() },
        }
    }
}

/// Who is asked about, held while the question is asked.
enum Asking {
    Visitor,
    Operator(Arc<OperatorRecord>),
    Node(Arc<NodeRecord>),
}

impl Asking {
    fn party(&self) -> Party<'_> {
        match self {
            Self::Visitor => Party::Visitor,
            Self::Operator(who) => Party::Operator(who),
            Self::Node(node) => Party::Node(node),
        }
    }
}

/// The one asked about. About oneself everybody may ask.
fn who(asker: &Asker<'_>, fleet: &Fleet, question: &AccessQuestion) -> Result<Asking, Refusal> {
    let own = question.operator.as_ref().is_some_and(|who| {
        [asker.record.name.as_str(), &asker.record.id.to_string()].contains(&who.as_str())
    });
    if own {
        return Ok(Asking::Operator(Arc::clone(asker.record)));
    }
    if !permit::permits(fleet, asker.record, Permission::AccessRead, asker.core.wall()) {
        return Err(permit::refused(fleet, asker.record, Permission::AccessRead));
    }
    let Some(who) = &question.operator else { return Ok(Asking::Visitor) };
    match who.as_str().strip_prefix("node:") {
        Some(node) => fleet.find_node(node, &asker.sight).map(Asking::Node),
        None => fleet.find_operator(who.as_str()).map(Asking::Operator),
    }
}

/// The address given, or the one the operator or node is connected from.
fn source(
    asker: &Asker<'_>,
    who: &Asking,
    question: &AccessQuestion,
) -> Result<Option<IpAddr>, Refusal> {
    if let Some(from) = &question.from {
        let ip = from.as_str().parse::<IpAddr>().map_err(|_| {
            usage(&format!("{:?} is no address", from.as_str())).hint("--from 203.0.113.7")
        })?;
        return Ok(Some(canonical(ip)));
    }
    let who = match who {
        Asking::Visitor => return Ok(None),
        Asking::Node(node) => {
            let session = asker.core.registry.session(node.id);
            return Ok(session.map(|session| canonical(session.source)));
        }
        Asking::Operator(who) => who,
    };
    if who.id == asker.record.id {
        return Ok(Some(canonical(asker.session.source)));
    }
    let live = asker.core.operators.all().into_iter().find(|session| session.id == who.id);
    Ok(live.map(|session| canonical(session.source)))
}

/// Whether his roles permit a verb, before any rule is asked.
fn permitted(
    fleet: &Fleet,
    who: &OperatorRecord,
    action: Permission,
    now: UnixMs,
) -> AccessDecision {
    let allowed = who.revoked.is_none() && permit::permits(fleet, who, action, now);
    let role = |name: String| Some(WouldAllow { role: name.parse().ok(), ..WouldAllow::default() });
    AccessDecision {
        allowed,
        deciding_rule: None,
        because: match (allowed, who.revoked) {
            (true, _) => None,
            (false, Some(_)) => Some(Because::Revoked),
            (false, None) => Some(Because::Permission),
        },
        until: None,
        trace: Vec::new(),
        would_allow: if allowed || who.revoked.is_some() {
            Vec::new()
        } else {
            permit::roles_with(fleet, action).into_iter().filter_map(role).collect()
        },
    }
}

/// Roles with which the answer would be yes; for a port that no rule keeps closed, also a guest's
/// admission.
fn would_allow(fleet: &Fleet, asked: &Asked<'_>, by_default: bool) -> Vec<WouldAllow> {
    let mut out = Vec::new();
    let admin: Option<Name> = ADMIN.parse().ok();
    let stored = fleet.roles().map(|role| role.name.clone());
    for role in admin.into_iter().chain(stored) {
        let Some(who) = asked.who.operator().filter(|who| !who.has_role(role.as_str(), asked.now))
        else {
            continue;
        };
        let mut with = who.clone();
        with.terms.push(Term { role: role.clone(), until: UnixMs(u64::MAX) });
        if (Asked { who: Party::Operator(&with), ..*asked }).decide(fleet).is_allowed() {
            out.push(WouldAllow { role: Some(role), ..WouldAllow::default() });
        }
    }
    if by_default && matches!(asked.what, What::Port { .. }) {
        out.push(WouldAllow { guest: Some(true), ..WouldAllow::default() });
    }
    out
}

/// `allow role:support → site=ber *:22`
pub(super) fn summary(rule: &RuleRecord) -> SafeText {
    let mut text = format!("{} {}", rule.effect, rule.who);
    if let Some(from) = &rule.from {
        text.push_str(&format!(" from {from}"));
    }
    let what: Vec<String> = match &rule.port {
        Some(port) => vec![format!("port {port}")],
        None => [&rule.nodes, &rule.to].into_iter().flatten().map(ToString::to_string).collect(),
    };
    let what = if what.is_empty() { "everything".to_owned() } else { what.join(" ") };
    text.push_str(&format!(" → {what}"));
    if let Some(at) = &rule.at {
        text.push_str(&format!(" at {at}"));
    }
    text.into()
}

fn usage(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Usage, message)
}
