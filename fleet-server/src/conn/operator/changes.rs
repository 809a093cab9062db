//! Changes: planned when only asked for, else durable, then performed, then answered.

use super::Asker;
use super::objects::{done, done_with_cut, outcome, planned, tunnel};
use crate::core::{Core, random};
use crate::fleet::{NodeRecord, PortRecord};
use crate::ops::{Done, Op};
use crate::policy::permit;
use crate::ports::{Reserved, choose};
use crate::tunnels::{self, Tunnel, by_owner};
use crate::views;
use std::sync::Arc;
use wire::audit::Actor;
use wire::message::operator::{
    Intent, Outcome, PortChange, PortSpec, Reply, Request, RuleSpec, TokenSpec,
};
use wire::message::view::{Permission, TokenKind};
use wire::{CloseReason, PortId, Refusal, RefusalCode, RuleId, SafeText, TokenId};

/// Carries a change out, or plans it.
pub(super) async fn carry_out(asker: &Asker<'_>, request: Request) -> Result<Reply, Refusal> {
    let core = asker.core;
    let change = Change { asker, core, actor: asker.session.actor(), by: asker.by() };
    match request {
        Request::NodeUpdate { node, set, unset, owner, intent } => {
            let node = core.state.fleet().find_node(node.as_str(), &asker.sight)?;
            let (actor, reason) = (change.actor.clone(), intent.reason.clone());
            let op = Op::NodeUpdate { actor, node: node.id, set, unset, owner, reason };
            change.simple("node", node.name.as_str(), op, &intent).await
        }
        Request::NodeRename { node, to, intent } => {
            let node = core.state.fleet().find_node(node.as_str(), &asker.sight)?;
            let (actor, reason, name) = (change.actor.clone(), intent.reason.clone(), to.clone());
            let op = Op::NodeRename { actor, node: node.id, to, reason };
            change.simple("node", name.as_str(), op, &intent).await
        }
        Request::NodeDelete { node, intent } => change.node_delete(&node, &intent).await,
        Request::TokenCreate { spec, intent } => change.token_create(spec, &intent).await,
        Request::TokenUpdate { token, change: wish, intent } => {
            let token = core.state.fleet().find_token(token.as_str())?;
            let (actor, reason) = (change.actor.clone(), intent.reason.clone());
            let op = Op::TokenUpdate { actor, token: token.id, change: wish, reason };
            change.simple("token", token.name.as_str(), op, &intent).await
        }
        Request::PendingApprove { node, fingerprint, intent } => {
            let node = core.state.fleet().find_node(node.as_str(), &asker.sight)?;
            let (actor, reason) = (change.actor.clone(), intent.reason.clone());
            let op = Op::PendingApprove { actor, node: node.id, fingerprint, reason };
            change.decided(&node, op, &intent).await
        }
        Request::PendingDeny { node, intent } => {
            let node = core.state.fleet().find_node(node.as_str(), &asker.sight)?;
            let (actor, reason) = (change.actor.clone(), intent.reason.clone());
            let op = Op::PendingDeny { actor, node: node.id, reason };
            change.decided(&node, op, &intent).await
        }
        Request::TokenRevoke { token, intent } => {
            let token = core.state.fleet().find_token(token.as_str())?;
            let (actor, reason) = (change.actor.clone(), intent.reason.clone());
            let op = Op::TokenRevoke { actor, token: token.id, reason };
            change.simple("token", token.name.as_str(), op, &intent).await
        }
        Request::TunnelClose { tunnels, intent } => change.tunnel_close(&tunnels, &intent).await,
        Request::PortCreate { spec, intent } => change.port_create(spec, &intent).await,
        Request::PortDelete { port, intent } => change.port_delete(&port, &intent).await,
        Request::PortUpdate { port, change: new, intent } => {
            change.port_update(&port, new, &intent).await
        }
        Request::PortEnable { port, on, intent } => change.port_enable(&port, on, &intent).await,
        Request::RuleCreate { spec, intent } => change.rule_create(spec, &intent).await,
        Request::RuleDelete { rule, intent } => change.rule_delete(&rule, &intent).await,
        _ => Err(Refusal::new(RefusalCode::Server, "this server does not know this request")),
    }
}

struct Change<'a> {
    asker: &'a Asker<'a>,
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

    /// A decision on a node that waits; one that was turned away may be gone.
    async fn decided(&self, node: &NodeRecord, op: Op, intent: &Intent) -> Result<Reply, Refusal> {
        let reply = self.simple("node", node.name.as_str(), op, intent).await?;
        if self.core.state.fleet().node(node.id).is_none() {
            self.core.presence.remove(node.id);
        }
        self.core.feed.node(node.id);
        Ok(reply)
    }

    async fn node_delete(&self, node: &SafeText, intent: &Intent) -> Result<Reply, Refusal> {
        let node = self.core.state.fleet().find_node(node.as_str(), &self.asker.sight)?;
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

    /// A token for an operator who is there already gives all that he has.
    fn may_let_in(&self, spec: &TokenSpec) -> Result<(), Refusal> {
        let (fleet, now) = (self.core.state.fleet(), self.core.wall());
        let named = spec.binding.name_pattern.as_ref().filter(|_| spec.kind == TokenKind::Operator);
        let Some(operator) = named.and_then(|name| fleet.operator_by_name(name.as_str())) else {
            return Ok(());
        };
        operator
            .roles_at(now)
            .try_for_each(|role| permit::may_give(&fleet, self.asker.record, role, now).map(drop))
    }

    async fn token_create(&self, spec: TokenSpec, intent: &Intent) -> Result<Reply, Refusal> {
        if let Some(role) = &spec.role {
            let fleet = self.core.state.fleet();
            permit::may_give(&fleet, self.asker.record, role, self.core.wall())?;
        }
        self.may_let_in(&spec)?;
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
            match self.closable(id.as_str()) {
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

    /// A tunnel he sees, of his own or with the permission to close others'.
    fn closable(&self, id: &str) -> Result<Arc<Tunnel>, Refusal> {
        let found = tunnel(self.core, &self.asker.sight, id)?;
        let fleet = self.core.state.fleet();
        let (record, now) = (self.asker.record, self.core.wall());
        let own = found.origin.operator() == Some(record.id);
        if own || permit::permits(&fleet, record, Permission::TunnelsClose, now) {
            return Ok(found);
        }
        Err(permit::refused(&fleet, record, Permission::TunnelsClose))
    }

    async fn port_create(&self, spec: PortSpec, intent: &Intent) -> Result<Reply, Refusal> {
        let fleet = self.core.state.fleet();
        for node in &spec.nodes {
            fleet.find_node(node.as_str(), &self.asker.sight)?;
        }
        let name = spec.name.clone();
        let Reserved { ephemeral, reserved } = Reserved::read();
        let op = Op::PortCreate {
            actor: self.actor.clone(),
            spec,
            id: PortId::from_random(random()),
            reason: intent.reason.clone(),
            range: self.core.config().port_range,
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
        let port = self.core.state.fleet().find_port(port.as_str(), &self.asker.sight)?;
        let (actor, reason) = (self.actor.clone(), intent.reason.clone());
        let op = Op::PortDelete { actor, port: port.id, reason };
        self.port_off(port.id, port.name.as_str(), op, intent).await
    }

    /// Changes a port and cuts what no longer leads where the port does.
    async fn port_update(
        &self,
        port: &SafeText,
        change: Box<PortChange>,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let fleet = self.core.state.fleet();
        let port = fleet.find_port(port.as_str(), &self.asker.sight)?;
        for node in change.nodes.iter().flatten() {
            fleet.find_node(node.as_str(), &self.asker.sight)?;
        }
        let (actor, reason) = (self.actor.clone(), intent.reason.clone());
        let op = Op::PortUpdate { actor, port: port.id, change, reason };
        let astray = |now: &PortRecord| -> Vec<Arc<Tunnel>> {
            let mut tunnels = self.core.tunnels.of_port(port.id);
            let stays = |t: &Tunnel| t.node.as_ref().is_some_and(|n| now.nodes.contains(&n.id));
            tunnels.retain(|t| t.target != now.target || !stays(t));
            tunnels
        };
        if intent.dry_run {
            let cuts = match self.core.state.plan(&op)? {
                Done::Port(new) => astray(&new),
                _ => Vec::new(),
            };
            return Ok(Reply::Done(vec![planned("port", port.name.as_str(), &cuts)]));
        }
        let applied = self.core.apply(op).await?;
        self.core.ports.reconcile(self.core).await;
        let cuts = match &applied.done {
            Done::Port(new) => astray(new),
            _ => Vec::new(),
        };
        let report = tunnels::cut(self.core, &cuts, CloseReason::PortChanged, &self.by).await?;
        tunnels::reevaluate(self.core, &self.by).await?;
        let done = done("port", port.name.as_str(), &applied);
        Ok(Reply::Done(vec![done_with_cut(done, &report, by_owner(&cuts))]))
    }

    async fn port_enable(
        &self,
        port: &SafeText,
        on: bool,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let port = self.core.state.fleet().find_port(port.as_str(), &self.asker.sight)?;
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
            let lost = tunnels::would_lose(self.core, &self.core.state.preview(&op)?);
            return Ok(Reply::Done(vec![planned("rule", &id.to_string(), &lost)]));
        }
        match self.core.apply(op).await?.done {
            Done::Rule(rule) => {
                tunnels::reevaluate(self.core, &self.by).await?;
                self.core.feed.ports();
                Ok(Reply::Rule(views::rule_in_place(self.core, &rule)))
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
            let lost = tunnels::would_lose(self.core, &self.core.state.preview(&op)?);
            return Ok(Reply::Done(vec![planned("rule", &name, &lost)]));
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
