//! Changes: planned when only asked for, else durable, then performed, then answered.

use super::objects::{done, done_with_cut, outcome, planned, tunnel};
use crate::core::{Core, random};
use crate::operators::OperatorSession;
use crate::ops::{Done, Op};
use crate::ports::{Reserved, choose};
use crate::tunnels::{self, Tunnel, by_owner};
use crate::views;
use std::sync::Arc;
use wire::audit::Actor;
use wire::message::operator::{Intent, Outcome, PortSpec, Reply, Request, RuleSpec, TokenSpec};
use wire::{CloseReason, PortId, Refusal, RefusalCode, RuleId, SafeText, TokenId};

/// Carries a change out, or plans it.
pub(super) async fn carry_out(
    core: &Arc<Core>,
    operator: &OperatorSession,
    request: Request,
) -> Result<Reply, Refusal> {
    let change = Change { core, actor: operator.actor(), by: operator.name.as_str().into() };
    match request {
        Request::NodeUpdate { node, set, unset, owner, intent } => {
            let node = core.state.fleet().find_node(node.as_str())?;
            let (actor, reason) = (change.actor.clone(), intent.reason.clone());
            let op = Op::NodeUpdate { actor, node: node.id, set, unset, owner, reason };
            change.simple("node", node.name.as_str(), op, &intent).await
        }
        Request::NodeRename { node, to, intent } => {
            let node = core.state.fleet().find_node(node.as_str())?;
            let (actor, reason, name) = (change.actor.clone(), intent.reason.clone(), to.clone());
            let op = Op::NodeRename { actor, node: node.id, to, reason };
            change.simple("node", name.as_str(), op, &intent).await
        }
        Request::NodeDelete { node, intent } => change.node_delete(&node, &intent).await,
        Request::TokenCreate { spec, intent } => change.token_create(spec, &intent).await,
        Request::TokenRevoke { token, intent } => {
            let token = core.state.fleet().find_token(token.as_str())?;
            let (actor, reason) = (change.actor.clone(), intent.reason.clone());
            let op = Op::TokenRevoke { actor, token: token.id, reason };
            change.simple("token", token.name.as_str(), op, &intent).await
        }
        Request::TunnelClose { tunnels, intent } => change.tunnel_close(&tunnels, &intent).await,
        Request::PortCreate { spec, intent } => change.port_create(spec, &intent).await,
        Request::PortDelete { port, intent } => change.port_delete(&port, &intent).await,
        Request::PortEnable { port, on, intent } => change.port_enable(&port, on, &intent).await,
        Request::RuleCreate { spec, intent } => change.rule_create(spec, &intent).await,
        Request::RuleDelete { rule, intent } => change.rule_delete(&rule, &intent).await,
        _ => Err(Refusal::new(RefusalCode::Server, "this server does not know this request")),
    }
}

struct Change<'a> {
    core: &'a Arc<Core>,
    actor: Actor,
    by: SafeText,
}

impl Change<'_> {
    /// A change that cuts nothing.
    async fn simple(
        &self,
        kind: &str,
        name: &str,
        op: Op,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        if intent.dry_run {
            self.core.state.plan(&op)?;
            return Ok(Reply::Done(vec![planned(kind, name, &[])]));
        }
        let applied = self.core.apply(op).await?;
        Ok(Reply::Done(vec![done(kind, name, &applied)]))
    }

    async fn node_delete(&self, node: &SafeText, intent: &Intent) -> Result<Reply, Refusal> {
        let node = self.core.state.fleet().find_node(node.as_str())?;
        let (actor, reason) = (self.actor.clone(), intent.reason.clone());
        let op = Op::NodeDelete { actor, node: node.id, reason };
        let reply = self.simple("node", node.name.as_str(), op, intent).await?;
        if !intent.dry_run {
            if let Some(session) = self.core.registry.forget(node.id) {
                session.end(wire::DisconnectReason::Revoked);
            }
            self.core.presence.remove(node.id);
            self.core.feed.node(node.id);
        }
        Ok(reply)
    }

    async fn token_create(&self, spec: TokenSpec, intent: &Intent) -> Result<Reply, Refusal> {
        let name = spec.name.clone();
        let (actor, reason) = (self.actor.clone(), intent.reason.clone());
        let id = TokenId::from_random(random());
        let op = Op::TokenCreate { actor, spec, id, reason };
        if intent.dry_run {
            self.core.state.plan(&op)?;
            return Ok(Reply::Done(vec![planned("token", name.as_str(), &[])]));
        }
        match self.core.apply(op).await?.done {
            Done::Token(token) => Ok(views::token_reply(self.core, &token)),
            _ => Err(unexpected()),
        }
    }

    async fn tunnel_close(&self, ids: &[SafeText], intent: &Intent) -> Result<Reply, Refusal> {
        let mut outcomes = Vec::with_capacity(ids.len());
        let mut cut = Vec::new();
        for id in ids {
            match tunnel(self.core, id.as_str()) {
                Ok(found) => {
                    let name = found.id.to_string();
                    outcomes.push(Outcome { ok: true, ..outcome("tunnel", &name) });
                    cut.push(found);
                }
                Err(error) => {
                    outcomes.push(Outcome { error: Some(error), ..outcome("tunnel", id.as_str()) })
                }
            }
        }
        if intent.dry_run {
            for outcome in outcomes.iter_mut().filter(|outcome| outcome.ok) {
                outcome.planned = true;
            }
            return Ok(Reply::Done(outcomes));
        }
        tunnels::cut(self.core, &cut, CloseReason::ClosedByOperator, &self.by).await?;
        Ok(Reply::Done(outcomes))
    }

    async fn port_create(&self, spec: PortSpec, intent: &Intent) -> Result<Reply, Refusal> {
        let name = spec.name.clone();
        let Reserved { ephemeral, reserved } = Reserved::read();
        let op = Op::PortCreate {
            actor: self.actor.clone(),
            spec,
            id: PortId::from_random(random()),
            reason: intent.reason.clone(),
            range: self.core.config.port_range,
            ephemeral,
            reserved,
        };
        let op = choose(self.core, op)?;
        if intent.dry_run {
            return Ok(Reply::Done(vec![planned("port", name.as_str(), &[])]));
        }
        match self.core.apply(op).await?.done {
            Done::Port(port) => {
                self.core.ports.reconcile(self.core).await;
                Ok(Reply::Port(views::port(self.core, &port)))
            }
            _ => Err(unexpected()),
        }
    }

    async fn port_delete(&self, port: &SafeText, intent: &Intent) -> Result<Reply, Refusal> {
        let port = self.core.state.fleet().find_port(port.as_str())?;
        let (actor, reason) = (self.actor.clone(), intent.reason.clone());
        let op = Op::PortDelete { actor, port: port.id, reason };
        self.port_off(port.id, port.name.as_str(), op, intent).await
    }

    async fn port_enable(
        &self,
        port: &SafeText,
        on: bool,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let port = self.core.state.fleet().find_port(port.as_str())?;
        let (actor, reason) = (self.actor.clone(), intent.reason.clone());
        let op = Op::PortEnable { actor, port: port.id, on, reason };
        if !on {
            return self.port_off(port.id, port.name.as_str(), op, intent).await;
        }
        let reply = self.simple("port", port.name.as_str(), op, intent).await?;
        if !intent.dry_run {
            self.core.ports.reconcile(self.core).await;
        }
        Ok(reply)
    }

    /// Lets a port's number go and cuts its tunnels.
    async fn port_off(
        &self,
        port: PortId,
        name: &str,
        op: Op,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        if intent.dry_run {
            self.core.state.plan(&op)?;
            return Ok(Reply::Done(vec![planned("port", name, &self.core.tunnels.of_port(port))]));
        }
        let applied = self.core.apply(op).await?;
        self.core.ports.reconcile(self.core).await;
        let cut = self.core.tunnels.of_port(port);
        let report = tunnels::cut(self.core, &cut, CloseReason::PortChanged, &self.by).await?;
        let outcome = done_with_cut(done("port", name, &applied), &report, by_owner(&cut));
        Ok(Reply::Done(vec![outcome]))
    }

    async fn rule_create(&self, spec: RuleSpec, intent: &Intent) -> Result<Reply, Refusal> {
        let id = RuleId::from_random(random());
        let (actor, reason) = (self.actor.clone(), intent.reason.clone());
        let op = Op::RuleCreate { actor, spec, id, reason };
        if intent.dry_run {
            self.core.state.plan(&op)?;
            return Ok(Reply::Done(vec![planned("rule", &id.to_string(), &[])]));
        }
        match self.core.apply(op).await?.done {
            Done::Rule(rule) => {
                tunnels::reevaluate(self.core, &self.by).await?;
                self.core.feed.ports();
                let fleet = self.core.state.fleet();
                let order = fleet.rules().iter().zip(1u32..).find(|(r, _)| r.id == rule.id);
                let order = order.map_or(0, |(_, order)| order);
                Ok(Reply::Rule(views::rule(self.core, &rule, order)))
            }
            _ => Err(unexpected()),
        }
    }

    async fn rule_delete(&self, rule: &SafeText, intent: &Intent) -> Result<Reply, Refusal> {
        let rule = self.core.state.fleet().find_rule(rule.as_str())?;
        let name = rule.id.to_string();
        let (actor, reason) = (self.actor.clone(), intent.reason.clone());
        let op = Op::RuleDelete { actor, rule: rule.id, reason };
        if intent.dry_run {
            self.core.state.plan(&op)?;
            // At most these: another rule may allow some of them as well.
            let of_rule: Vec<Arc<Tunnel>> = self
                .core
                .tunnels
                .live()
                .into_iter()
                .filter(|tunnel| tunnel.rule() == Some(rule.id))
                .collect();
            return Ok(Reply::Done(vec![planned("rule", &name, &of_rule)]));
        }
        let applied = self.core.apply(op).await?;
        let report = tunnels::reevaluate(self.core, &self.by).await?;
        self.core.tunnels.forget_rule(rule.id);
        self.core.feed.ports();
        let outcome = done_with_cut(done("rule", &name, &applied), &report, Vec::new());
        Ok(Reply::Done(vec![outcome]))
    }
}

fn unexpected() -> Refusal {
    Refusal::new(RefusalCode::Server, "the change had no result")
}
