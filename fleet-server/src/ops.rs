//! One verb per file: request + snapshot + now → records + audit entries, or a refusal. No I/O, no clock.

mod access_request;
pub(crate) mod admin_recover;
mod binding;
mod ca_issue;
mod ca_step;
pub(crate) mod clone;
mod connect;
mod disconnect;
mod enrol;
mod enrol_operator;
mod grant;
mod guest_admit;
mod guest_arrive;
mod guest_end;
mod guest_extend;
mod guest_invite;
pub(crate) mod leave;
mod link_create;
mod link_delete;
mod lock_create;
mod lock_end;
mod logout;
mod node_delete;
mod node_rename;
mod node_revoke;
mod node_update;
mod op;
mod operator_assign;
mod operator_revoke;
mod operator_update;
mod pending;
mod policy_op;
mod port_create;
mod port_delete;
mod port_enable;
mod port_update;
mod record;
mod recover;
pub(crate) mod renew;
mod role_create;
mod role_delete;
mod rule_change;
mod rule_create;
mod rule_delete;
mod rules_replace;
mod seen;
mod session_end;
mod session_extend;
mod session_move;
mod session_start;
mod shown;
mod terms;
mod token_create;
mod token_revoke;
mod token_update;
mod trust_taken;

use crate::fleet::{Edit, Fleet, NodeRecord, PortRecord, Stored};
use std::sync::Arc;
use wire::audit::{Actor, AuditResult, Entry, Object};
use wire::message::view::Inventory;
use wire::{Labels, NodeId, Refusal, RefusalCode, SafeText, UnixMs};

pub use ca_step::CaStep;
pub(crate) use grant::networks;
pub use grant::{Grant, Terms};
pub use op::{Done, Holder, Op};
pub use policy_op::{PolicyChange, PolicyOp};
pub(crate) use rule_create::GAP as RULE_GAP;
pub use trust_taken::Taker;

/// What an op does, before anybody sees it. What leaves no audit record need not survive a crash.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) edits: Vec<Edit>,
    /// The first one is the change's own.
    pub(crate) audit: Vec<Entry>,
    pub(crate) done: Done,
}

impl Change {
    fn new(edits: Vec<Edit>, audit: Vec<Entry>, done: Done) -> Self {
        Self { edits, audit, done }
    }

    fn nothing() -> Self {
        Self { edits: Vec::new(), audit: Vec::new(), done: Done::Nothing }
    }
}

/// Why an op does nothing, and what the trail says about the attempt.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    pub(crate) audit: Vec<Entry>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, audit: Vec::new() }
    }
}

/// What `op` does to `fleet`.
pub(crate) fn run(fleet: &Fleet, op: &Op, now: UnixMs) -> Result<Change, Refused> {
    match op {
        Op::Enrol { .. } => enrol::run(fleet, op, now),
        Op::EnrolOperator { .. } => enrol_operator::run(fleet, op, now),
        Op::Connect { .. } => connect::run(fleet, op, now),
        Op::Recover { .. } => recover::run(fleet, op, now),
        Op::PortCreate { .. } => port_create::run(fleet, op, now).map_err(Into::into),
        Op::Grant { actor, reason, grant } => {
            grant::run(fleet, &By { actor, reason: reason.as_ref() }, grant, now)
        }
        _ => plain(fleet, op, now).map_err(Into::into),
    }
}

/// The ops whose refusals leave no record of their own.
fn plain(fleet: &Fleet, op: &Op, now: UnixMs) -> Result<Change, Refusal> {
    match op {
        Op::Renew { node, held, spki, certificate_expires_at, source } => {
            let until = *certificate_expires_at;
            renew::node(fleet, *node, &renew::Renewal { held: *held, spki, until, source }, now)
        }
        Op::Kept { node, renewal, source } => renew::kept(fleet, *node, *renewal, source),
        Op::PendingApprove { actor, node, fingerprint, reason } => {
            let by = By { actor, reason: reason.as_ref() };
            pending::approve(fleet, &by, *node, fingerprint.as_ref())
        }
        Op::PendingDeny { actor, node, reason } => {
            pending::deny(fleet, &By { actor, reason: reason.as_ref() }, *node, now)
        }
        Op::Leave { node, source } => leave::run(fleet, *node, source, now),
        Op::NodeExpire { node } => Ok(leave::expire(fleet, *node, now)),
        Op::Logout { actor, operator, reason } => {
            logout::run(fleet, &By { actor, reason: reason.as_ref() }, *operator, now)
        }
        Op::RenewOperator { actor, operator, certificate_expires_at } => {
            renew::operator(fleet, actor, *operator, *certificate_expires_at)
        }
        Op::Disconnect { node, generation, reason, last_seen, source } => {
            let end = disconnect::End { generation: *generation, reason: *reason, source };
            Ok(disconnect::run(fleet, *node, &end, *last_seen, now))
        }
        Op::Seen { nodes } => Ok(seen::run(fleet, nodes)),
        Op::NodeUpdate { actor, node, set, unset, owner, reason } => {
            let wish = node_update::Wish { set, unset, owner: owner.as_ref() };
            node_update::run(fleet, &By { actor, reason: reason.as_ref() }, *node, &wish)
        }
        Op::NodeRename { actor, node, to, reason } => {
            node_rename::run(fleet, &By { actor, reason: reason.as_ref() }, *node, to)
        }
        Op::NodeDelete { actor, node, reason } => {
            node_delete::run(fleet, &By { actor, reason: reason.as_ref() }, *node, now)
        }
        Op::NodeRevoke { actor, node, reason } => {
            node_revoke::run(fleet, &By { actor, reason: reason.as_ref() }, *node, now)
        }
        Op::TokenCreate { actor, spec, id, reason } => {
            token_create::run(fleet, &By { actor, reason: reason.as_ref() }, spec, *id, now)
        }
        Op::TokenUpdate { actor, token, change, reason } => {
            token_update::run(fleet, &By { actor, reason: reason.as_ref() }, *token, change, now)
        }
        Op::TokenRevoke { actor, token, reason } => {
            token_revoke::run(fleet, &By { actor, reason: reason.as_ref() }, *token, now)
        }
        Op::PortDelete { actor, port, reason } => {
            port_delete::run(fleet, &By { actor, reason: reason.as_ref() }, *port)
        }
        Op::PortEnable { actor, port, on, reason } => {
            port_enable::run(fleet, &By { actor, reason: reason.as_ref() }, *port, *on)
        }
        Op::PortUpdate { actor, port, change, reason } => {
            port_update::run(fleet, &By { actor, reason: reason.as_ref() }, *port, change)
        }
        Op::LinkCreate { actor, spec, id, reason } => {
            link_create::run(fleet, &By { actor, reason: reason.as_ref() }, spec, *id, now)
        }
        Op::LinkDelete { actor, link, reason } => {
            link_delete::run(fleet, &By { actor, reason: reason.as_ref() }, *link)
        }
        Op::RuleCreate { actor, spec, id, reason } => {
            rule_create::run(fleet, &By { actor, reason: reason.as_ref() }, spec, *id, now)
        }
        Op::RuleDelete { actor, rule, reason } => {
            rule_delete::run(fleet, &By { actor, reason: reason.as_ref() }, *rule, now)
        }
        Op::Policy(op) => policy_op::run(fleet, op, now),
        Op::CaIssue { cert, why, ended } => Ok(ca_issue::run(fleet, cert, *why, ended)),
        Op::CaStep { actor, step, reason } => {
            ca_step::run(fleet, actor, reason.as_ref(), *step, now)
        }
        Op::TrustTaken { taker, number } => Ok(trust_taken::run(fleet, *taker, *number)),
        Op::AdminRecover { .. } => admin_recover::run(fleet, op, now),
        Op::Shown { operator } => Ok(shown::run(fleet, *operator)),
        Op::Record(entry) => Ok(record::run(entry)),
        Op::Enrol { .. }
        | Op::EnrolOperator { .. }
        | Op::Connect { .. }
        | Op::Grant { .. }
        | Op::Recover { .. }
        | Op::PortCreate { .. } => Ok(Change::nothing()),
    }
}

/// Who makes a change, and why.
pub(crate) struct By<'a> {
    actor: &'a Actor,
    reason: Option<&'a SafeText>,
}

impl By<'_> {
    /// What people call whoever does it.
    fn name(&self) -> SafeText {
        self.actor.operator.clone().unwrap_or_else(|| "server".into())
    }

    /// The record of a change to `object`.
    fn did(&self, action: &str, object: &impl Stored) -> Entry {
        let entry = Entry::new(action, self.actor.clone(), object.object());
        match self.reason {
            Some(reason) => entry.with("reason", reason.as_str()),
            None => entry,
        }
    }
}

/// A record of what a node did itself.
fn by_node(action: &str, node: &NodeRecord, source: &SafeText) -> Entry {
    let actor = Actor {
        node: Some(node.name.as_str().into()),
        source_ip: Some(source.clone()),
        ..Actor::default()
    };
    Entry::new(action, actor, node.object())
}

/// A polite no that leaves a record.
fn denied(refusal: Refusal, action: &str, actor: Actor, object: Object, why: &str) -> Refused {
    let entry = Entry::new(action, actor, object).result(AuditResult::Denied).with("why", why);
    Refused { refusal, audit: vec![entry] }
}

fn absent<T: Stored>(id: impl std::fmt::Display) -> Refusal {
    Refusal::new(RefusalCode::NotFound, format!("no {} {id}", T::KIND)).hint(T::LIST)
}

fn node_of(fleet: &Fleet, id: NodeId) -> Result<Arc<NodeRecord>, Refusal> {
    fleet.node(id).ok_or_else(|| absent::<NodeRecord>(id))
}

fn port_of(fleet: &Fleet, id: wire::PortId) -> Result<Arc<PortRecord>, Refusal> {
    fleet.port(id).ok_or_else(|| absent::<PortRecord>(id))
}

/// What a machine says it is, cut to what is kept.
fn kept(inventory: &Inventory) -> Inventory {
    let short = |text: &Option<SafeText>| {
        text.as_ref().map(|t| SafeText::bounded(t.as_str(), crate::fleet::MAX_INVENTORY))
    };
    Inventory {
        hostname: short(&inventory.hostname),
        os: short(&inventory.os),
        kernel: short(&inventory.kernel),
        arch: short(&inventory.arch),
        ..inventory.clone()
    }
}

/// Labels with all of `over` set on top.
fn merged(under: &Labels, over: &Labels, without: &[SafeText]) -> Result<Labels, Refusal> {
    let mut pairs = under.pairs().clone();
    for key in without {
        pairs.remove(key.as_str());
    }
    pairs.extend(over.pairs().iter().map(|(key, value)| (key.clone(), value.clone())));
    let bytes: usize = pairs.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > crate::fleet::MAX_LABEL_BYTES {
        let message = format!(
            "the labels take {bytes} bytes together, at most {}",
            crate::fleet::MAX_LABEL_BYTES
        );
        return Err(Refusal::new(RefusalCode::Usage, message));
    }
    Labels::new(pairs).map_err(|error| Refusal::new(RefusalCode::Usage, error.to_string()))
}

/// The random id is in use: one in 2^60, or the caller's generator is broken.
fn same_id() -> Refusal {
    Refusal::new(RefusalCode::Server, "the new id is already in use").hint("try again")
}

#[cfg(test)]
mod tests;
