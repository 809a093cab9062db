//! Questions and changes about operators, roles, rules and requests for a role. A change of policy
//! is durable, then live tunnels are asked about again, then it is answered.

mod explain;
mod replay;

use super::Asker;
use super::objects::{done, done_with_cut, planned};
use crate::core::{Core, random};
use crate::fleet::{Fleet, OperatorRecord};
use crate::ops::{Done, Op, PolicyChange, PolicyOp};
use crate::policy::permit;
use crate::tunnels::{self, by_owner};
use crate::views::{self, list};
use std::sync::Arc;
use std::time::Duration;
use wire::message::operator::{Intent, Outcome, Page, PolicyReply, PolicyRequest, Reply, RuleSpec};
use wire::message::view::Permission;
use wire::{AccessRequestId, CloseReason, DisconnectReason, Refusal, RefusalCode, RuleId};

/// Answers a question, or carries a change out.
pub(super) async fn handle(asker: &Asker<'_>, request: PolicyRequest) -> Result<Reply, Refusal> {
    let fleet = asker.core.state.fleet();
    let reply = match request {
        PolicyRequest::Operators(page) => operators(asker.core, &page),
        PolicyRequest::Operator(operator) => {
            let operator = fleet.find_operator(operator.as_str())?;
            PolicyReply::Operator(views::operator(asker.core, &operator))
        }
        PolicyRequest::Roles(page) => {
            let rows = views::roles(&fleet, asker.core.wall());
            let rows = rows.into_iter().map(|role| (role.name.to_string(), role));
            let (rows, more) = list(asker.core, rows, &page, Clone::clone);
            PolicyReply::Roles(rows, more)
        }
        PolicyRequest::Role(name) => {
            let mut roles = views::roles(&fleet, asker.core.wall()).into_iter();
            let role = roles.find(|role| role.name == name);
            PolicyReply::Role(role.map_or_else(|| Err(no_role(&fleet, &name)), Ok)?)
        }
        PolicyRequest::Rule(rule) => {
            let rule = fleet.find_rule(rule.as_str())?;
            return Ok(Reply::Rule(views::rule_in_place(asker.core, &rule)));
        }
        PolicyRequest::Explain(question) => PolicyReply::Decision(explain::run(asker, &question)?),
        PolicyRequest::AccessRequests(page) => requests(asker, &page),
        PolicyRequest::RulePlan { spec, against_ms } => {
            let change = PolicyChange::RulesReplace { rules: with(&fleet, spec)? };
            let against = Duration::from_millis(against_ms);
            PolicyReply::Plan(replay::run(asker, &change, against).await?)
        }
        PolicyRequest::RulesReplace { rules, against_ms, intent } if intent.dry_run => {
            let change = replace(rules);
            let against = Duration::from_millis(against_ms);
            PolicyReply::Plan(replay::run(asker, &change, against).await?)
        }
        PolicyRequest::Link(request) => return super::links::handle(asker, request).await,
        PolicyRequest::GuestInvite { spec, intent } => {
            return super::invite::carry_out(asker, spec, &intent).await;
        }
        change => return Changes { asker }.carry_out(&fleet, change).await,
    };
    Ok(Reply::Policy(Box::new(reply)))
}

fn no_role(fleet: &Fleet, name: &wire::Name) -> Refusal {
    permit::stored(fleet, name)
        .err()
        .unwrap_or_else(|| Refusal::new(RefusalCode::NotFound, "no role"))
}

fn operators(core: &Core, page: &Page) -> PolicyReply {
    let fleet = core.state.fleet();
    let rows: Vec<_> =
        fleet.operators().map(|operator| (operator.name.to_string(), operator)).collect();
    let (rows, more) =
        list(core, rows.into_iter(), page, |operator| views::operator(core, operator));
    PolicyReply::Operators(rows, more)
}

/// One's own, or all for who may answer them.
fn requests(asker: &Asker<'_>, page: &Page) -> PolicyReply {
    let (fleet, now) = (asker.core.state.fleet(), asker.core.wall());
    let all = permit::permits(&fleet, asker.record, Permission::AccessApprove, now);
    let mut rows: Vec<_> = fleet
        .access_requests()
        .filter(|request| all || request.operator == asker.record.id)
        .map(|request| (format!("{:020}{}", u64::MAX - request.created_at.0, request.id), request))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let view = |request: &Arc<_>| views::access_request(request, now);
    let (rows, more) = list(asker.core, rows.into_iter(), page, view);
    PolicyReply::AccessRequests(rows, more)
}

fn replace(rules: Vec<RuleSpec>) -> PolicyChange {
    let rules = rules.into_iter().map(|spec| (RuleId::from_random(random()), spec)).collect();
    PolicyChange::RulesReplace { rules }
}

/// The policy with one more rule.
fn with(fleet: &Fleet, spec: RuleSpec) -> Result<Vec<(RuleId, RuleSpec)>, Refusal> {
    let before = spec.before.as_ref().map(|rule| fleet.find_rule(rule.as_str())).transpose()?;
    let mut rules: Vec<_> =
        fleet.rules().iter().map(|rule| (rule.id, views::rule_spec(rule))).collect();
    let at = before.and_then(|before| rules.iter().position(|(id, _)| *id == before.id));
    rules.insert(at.unwrap_or(rules.len()), (RuleId::from_random(random()), spec));
    Ok(rules)
}

/// A change in the making.
struct Changes<'a> {
    asker: &'a Asker<'a>,
}

impl Changes<'_> {
    async fn carry_out(&self, fleet: &Fleet, request: PolicyRequest) -> Result<Reply, Refusal> {
        let now = self.asker.core.wall();
        let giver = self.asker.record;
        match request {
            PolicyRequest::OperatorUpdate { operator, name, intent } => {
                let operator = fleet.find_operator(operator.as_str())?;
                let what =
                    PolicyChange::OperatorUpdate { operator: operator.id, name: name.clone() };
                self.simple("operator", name.as_str(), what, &intent).await
            }
            PolicyRequest::OperatorAssign { operator, role, for_ms, intent } => {
                let operator = fleet.find_operator(operator.as_str())?;
                permit::may_give(fleet, giver, &role, now)?;
                let until = for_ms.map(|ms| now.after(Duration::from_millis(ms)));
                let what = PolicyChange::OperatorAssign { operator: operator.id, role, until };
                self.simple("operator", operator.name.as_str(), what, &intent).await
            }
            PolicyRequest::OperatorUnassign { operator, role, intent } => {
                let operator = fleet.find_operator(operator.as_str())?;
                permit::may_give(fleet, giver, &role, now)?;
                let what = PolicyChange::OperatorUnassign { operator: operator.id, role };
                self.simple("operator", operator.name.as_str(), what, &intent).await
            }
            PolicyRequest::OperatorDelete { operator, intent } => {
                let operator = fleet.find_operator(operator.as_str())?;
                for role in operator.roles_at(now) {
                    permit::may_give(fleet, giver, role, now).or_else(tolerate_missing)?;
                }
                self.operator_delete(&operator, &intent).await
            }
            PolicyRequest::RoleCreate { name, permissions, max_session_ms, intent } => {
                permit::may_grant(fleet, giver, &permissions, now)?;
                let shown = name.to_string();
                let what = PolicyChange::RoleCreate { name, permissions, max_session_ms };
                self.simple("role", &shown, what, &intent).await
            }
            PolicyRequest::RoleUpdate { name, add, remove, max_session_ms, intent } => {
                permit::may_grant(fleet, giver, &add, now)?;
                let shown = name.to_string();
                let what = PolicyChange::RoleUpdate { name, add, remove, max_session_ms };
                self.simple("role", &shown, what, &intent).await
            }
            PolicyRequest::RoleDelete { name, intent } => {
                permit::may_give(fleet, giver, &name, now)?;
                let shown = name.to_string();
                self.simple("role", &shown, PolicyChange::RoleDelete { name }, &intent).await
            }
            PolicyRequest::AccessRequest { role, for_ms, intent } => {
                self.access_request(role, for_ms, &intent).await
            }
            PolicyRequest::AccessAnswer { request, approve, intent } => {
                let request = fleet.find_access_request(request.as_str())?;
                let by = self.asker.record.id;
                let what = PolicyChange::AccessAnswer { request: request.id, by, approve };
                self.simple("access-request", &request.id.to_string(), what, &intent).await
            }
            rule => self.rule(fleet, rule).await,
        }
    }

    async fn rule(&self, fleet: &Fleet, request: PolicyRequest) -> Result<Reply, Refusal> {
        match request {
            PolicyRequest::RuleUpdate { rule, change, intent } => {
                let rule = fleet.find_rule(rule.as_str())?;
                let what = PolicyChange::RuleUpdate { rule: rule.id, change };
                self.simple("rule", &rule.id.to_string(), what, &intent).await
            }
            PolicyRequest::RuleMove { rule, before, intent } => {
                let rule = fleet.find_rule(rule.as_str())?;
                let what = PolicyChange::RuleMove { rule: rule.id, before };
                self.simple("rule", &rule.id.to_string(), what, &intent).await
            }
            PolicyRequest::RuleEnable { rule, on, intent } => {
                let rule = fleet.find_rule(rule.as_str())?;
                let what = PolicyChange::RuleEnable { rule: rule.id, on };
                self.simple("rule", &rule.id.to_string(), what, &intent).await
            }
            PolicyRequest::RulesReplace { rules, intent, .. } => {
                self.simple("rules", "all", replace(rules), &intent).await
            }
            _ => Err(Refusal::new(RefusalCode::Server, "this server does not know this request")),
        }
    }

    fn op(&self, what: PolicyChange, intent: &Intent) -> PolicyOp {
        let (actor, reason) = (self.asker.session.actor(), intent.reason.clone());
        PolicyOp { actor, reason, what }
    }

    /// Persists, publishes, cuts what is no longer allowed, answers.
    async fn simple(
        &self,
        kind: &str,
        name: &str,
        what: PolicyChange,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let core = self.asker.core;
        let op = Op::Policy(self.op(what, intent));
        if intent.dry_run {
            let after = core.state.preview(&op)?;
            let cuts = tunnels::would_lose(core, &after);
            return Ok(Reply::Done(vec![planned(kind, name, &cuts)]));
        }
        let applied = core.apply(op).await?;
        let lost = tunnels::would_lose(core, &core.state.fleet());
        let report = tunnels::reevaluate(core, &self.asker.by()).await?;
        core.feed.ports();
        let outcome = done_with_cut(done(kind, name, &applied), &report, by_owner(&lost));
        Ok(Reply::Done(vec![outcome]))
    }

    async fn access_request(
        &self,
        role: wire::Name,
        for_ms: u64,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let core = self.asker.core;
        let id = AccessRequestId::from_random(random());
        let operator = self.asker.record.id;
        let what = PolicyChange::AccessRequest { id, operator, role, for_ms };
        let op = Op::Policy(self.op(what, intent));
        if intent.dry_run {
            core.state.plan(&op)?;
            return Ok(Reply::Done(vec![planned("access-request", "new", &[])]));
        }
        match core.apply(op).await?.done {
            Done::AccessRequest(request) => {
                let view = views::access_request(&request, core.wall());
                Ok(Reply::Policy(Box::new(PolicyReply::AccessRequest(view))))
            }
            _ => Err(Refusal::new(RefusalCode::Server, "the change had no result")),
        }
    }

    /// Its connections end, and everything it opened with them.
    async fn operator_delete(
        &self,
        operator: &OperatorRecord,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let core = self.asker.core;
        let (name, id) = (operator.name.as_str(), operator.id);
        let op = Op::Policy(self.op(PolicyChange::OperatorDelete { operator: id }, intent));
        if intent.dry_run {
            let after = core.state.preview(&op)?;
            return Ok(Reply::Done(vec![planned(
                "operator",
                name,
                &tunnels::would_lose(core, &after),
            )]));
        }
        let applied = core.apply(op).await?;
        core.revoked.insert(operator.spki);
        let lost = tunnels::would_lose(core, &core.state.fleet());
        let report = tunnels::cut(core, &lost, CloseReason::Revoked, &self.asker.by()).await?;
        for session in core.operators.all().into_iter().filter(|session| session.id == id) {
            tracing::info!(operator = name, reason = %DisconnectReason::Revoked, "connection ended");
            session.shutdown.cancel();
        }
        let outcome: Outcome =
            done_with_cut(done("operator", name, &applied), &report, by_owner(&lost));
        Ok(Reply::Done(vec![outcome]))
    }
}

/// A role that is gone permits nothing that could be missed.
fn tolerate_missing(refusal: Refusal) -> Result<(), Refusal> {
    if refusal.code == RefusalCode::NotFound { Ok(()) } else { Err(refusal) }
}
