//! What the admin asks of the server: tokens, views, ports, rules, revocation, the audit trail.

use super::{Fleet, Node, PATIENCE};
use crate::wait::until;
use anyhow::{Context, Result, bail};
use pki::Token;
use std::time::Duration;
use wire::audit::{AuditEvent, ChainCheck};
use wire::limits::MAX_PAGE;
use wire::message::operator::{Intent, Outcome, PortSpec, Reply, Request, RuleSpec, TokenSpec};
use wire::message::view::{DropMode, Effect, NodeState, NodeView, OnDrop, PortView, TokenKind};
use wire::{Labels, Name, Target};

impl Fleet {
    /// Makes a token and returns its string.
    ///
    /// # Errors
    /// Refused.
    pub async fn token(&mut self, name: &str) -> Result<String> {
        self.token_with(name, |_| {}).await
    }

    /// Makes a token that is changed first, and returns its string.
    ///
    /// # Errors
    /// Refused.
    pub async fn token_with(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut TokenSpec),
    ) -> Result<String> {
        let pin = self.server()?.admin().ca_pin;
        let token = Token::generate(pin, vec![self.address()?.to_string()])?;
        let mut spec = TokenSpec {
            name: name.parse()?,
            kind: TokenKind::Node,
            uses: 1,
            ttl_ms: Some(600_000),
            labels: Labels::default(),
            role: None,
            secret_hash: token.hash().to_vec().into(),
            allow: Vec::new(),
            binding: Default::default(),
        };
        change(&mut spec);
        self.ask(Request::TokenCreate { spec, intent: Intent::default() }).await?;
        Ok(token.reveal().to_string())
    }

    /// A node as the server sees it.
    ///
    /// # Errors
    /// Not reached, or not there.
    pub async fn view(&mut self, name: &str) -> Result<NodeView> {
        match self.ask(Request::Node(name.into())).await? {
            Reply::Node(view) => Ok(view),
            other => bail!("not a node: {other:?}"),
        }
    }

    /// Waits until the server says that a node is connected.
    ///
    /// # Errors
    /// It is not in time.
    pub async fn wait_online(&mut self, name: &str) -> Result<Duration> {
        self.wait_state(name, NodeState::is_connected).await
    }

    /// Waits until the server shows a node in a wanted state.
    ///
    /// # Errors
    /// It does not in time.
    pub async fn wait_state(
        &mut self,
        name: &str,
        wanted: fn(NodeState) -> bool,
    ) -> Result<Duration> {
        let operator = self.operator().await?;
        let what = format!("state of {name}");
        let came = until(&what, PATIENCE + wire::limits::DEAD_AFTER, || {
            let (operator, request) = (operator.clone(), Request::Node(name.into()));
            async move {
                match operator.request(request).await {
                    Ok(Reply::Node(view)) if wanted(view.state) => Some(()),
                    _ => None,
                }
            }
        })
        .await;
        let phase = self.nodes.get(name).and_then(Node::phase);
        came.map(|((), took)| took).with_context(|| format!("its agent: {phase:?}"))
    }

    /// Publishes a port to a target at a node.
    ///
    /// # Errors
    /// Refused.
    pub async fn publish(
        &mut self,
        name: &str,
        node: &str,
        target: Target,
        hold: Option<Duration>,
    ) -> Result<PortView> {
        self.publish_with(name, &[node], target, hold, |_| {}).await
    }

    /// The same with several nodes and other settings.
    ///
    /// # Errors
    /// Refused.
    pub async fn publish_with(
        &mut self,
        name: &str,
        nodes: &[&str],
        target: Target,
        hold: Option<Duration>,
        change: impl FnOnce(&mut PortSpec),
    ) -> Result<PortView> {
        let hold_ms = hold.map(|d| u64::try_from(d.as_millis())).transpose()?;
        let mode = if hold_ms.is_some() { DropMode::Hold } else { DropMode::Refuse };
        let mut spec = PortSpec {
            name: name.parse()?,
            nodes: nodes.iter().map(|node| (*node).into()).collect(),
            target,
            port: None,
            on_drop: OnDrop { mode, hold_ms },
            max_tunnels: None,
            idle_ms: None,
            options: wire::message::view::PortOptions::default(),
        };
        change(&mut spec);
        match self.ask(Request::PortCreate { spec, intent: Intent::default() }).await? {
            Reply::Port(view) => Ok(view),
            other => bail!("not a port: {other:?}"),
        }
    }

    /// Admits a network to a published port.
    ///
    /// # Errors
    /// Refused.
    pub async fn admit(&mut self, port: &str, from: &str) -> Result<()> {
        let port: Name = port.parse()?;
        let spec = RuleSpec {
            effect: Effect::Allow,
            who: "anyone".into(),
            from: Some(from.into()),
            port: Some(port),
            until: None,
            before: None,
            disabled: false,
            anyone_really: false,
            nodes: None,
            to: None,
            at: None,
        };
        self.ask(Request::RuleCreate { spec, intent: Intent::default() }).await?;
        Ok(())
    }

    /// Revokes a node; returns when the server acknowledged.
    ///
    /// # Errors
    /// Refused.
    pub async fn revoke(&mut self, name: &str) -> Result<Outcome> {
        let intent = Intent { dry_run: false, reason: Some("test".into()) };
        match self.ask(Request::NodeRevoke { node: name.into(), intent }).await? {
            Reply::Done(mut outcomes) => outcomes.pop().context("no outcome"),
            other => bail!("not an outcome: {other:?}"),
        }
    }

    /// The whole audit trail, checked from its first record to its head.
    ///
    /// # Errors
    /// Not reached, or the chain is broken.
    pub async fn audit(&mut self) -> Result<Vec<AuditEvent>> {
        let (mut trail, mut after, mut check) = (Vec::new(), None, ChainCheck::default());
        loop {
            let request = Request::Audit {
                after,
                backwards: false,
                limit: MAX_PAGE,
                action: None,
                since: None,
                until: None,
            };
            let Reply::Audit { events, next, .. } = self.ask(request).await? else {
                bail!("no audit records");
            };
            for event in &events {
                let in_place = event.seq == u64::try_from(trail.len())? + 1;
                if !in_place || check.handle(event).is_err() {
                    bail!("the audit trail is broken at {}", event.seq);
                }
                trail.push(event.clone());
            }
            after = next;
            if after.is_none() {
                return Ok(trail);
            }
        }
    }
}
