//! One verb per file: request + snapshot + now → batch + effects, or a refusal. No I/O, no clock.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::fleet::{NodeRecord, PortRecord, RuleRecord, TokenRecord};
use std::sync::Arc;
use wire::audit::{Actor, Entry};
use wire::message::operator::{PortSpec, RuleSpec, TokenSpec};
use wire::message::view::{Inventory, Reconnect};
use wire::{DisconnectReason, Generation, Labels, Name, NodeId, OperatorId, SafeText, UnixMs};

/// A change. Everything that is random or signed is made before and handed in, so that ops stay pure.
#[derive(Debug, Clone)]
pub enum Op {
    Enrol {
        secret_hash: [u8; 32],
        spki: [u8; 32],
        id: NodeId,
        name: Option<Name>,
        labels: Labels,
        inventory: Inventory,
        certificate_expires_at: UnixMs,
        source: SafeText,
        client: SafeText,
    },
    /// A certificate was signed again for the enrolled key.
    Renew {
        node: NodeId,
        certificate_expires_at: UnixMs,
    },
    RenewOperator {
        operator: OperatorId,
        certificate_expires_at: UnixMs,
    },
    /// A control connection was accepted: assigns the next generation.
    Connect {
        node: NodeId,
        version: SafeText,
        inventory: Inventory,
        source: SafeText,
        returned: Option<Reconnect>,
        path: SafeText,
    },
    /// Compare-and-set on the generation: an older one changes nothing.
    Disconnect {
        node: NodeId,
        generation: Generation,
        reason: DisconnectReason,
        last_seen: UnixMs,
    },
    /// Lazy roll-up, once a minute.
    Seen {
        nodes: Vec<(NodeId, UnixMs)>,
    },
    NodeUpdate {
        actor: Actor,
        node: NodeId,
        set: Labels,
        unset: Vec<SafeText>,
        owner: Option<SafeText>,
        reason: Option<SafeText>,
    },
    NodeRename {
        actor: Actor,
        node: NodeId,
        to: Name,
        reason: Option<SafeText>,
    },
    NodeDelete {
        actor: Actor,
        node: NodeId,
        reason: Option<SafeText>,
    },
    /// Durable before anything is cut (I2); works when the disk is full.
    NodeRevoke {
        actor: Actor,
        node: NodeId,
        reason: Option<SafeText>,
    },
    TokenCreate {
        actor: Actor,
        spec: TokenSpec,
        id: wire::TokenId,
        reason: Option<SafeText>,
    },
    TokenRevoke {
        actor: Actor,
        token: wire::TokenId,
        reason: Option<SafeText>,
    },
    PortCreate {
        actor: Actor,
        spec: PortSpec,
        id: wire::PortId,
        reason: Option<SafeText>,
        range: (u16, u16),
        ephemeral: Option<(u16, u16)>,
        reserved: Vec<(u16, u16)>,
    },
    PortDelete {
        actor: Actor,
        port: wire::PortId,
        reason: Option<SafeText>,
    },
    PortEnable {
        actor: Actor,
        port: wire::PortId,
        on: bool,
        reason: Option<SafeText>,
    },
    RuleCreate {
        actor: Actor,
        spec: RuleSpec,
        id: wire::RuleId,
        reason: Option<SafeText>,
    },
    RuleDelete {
        actor: Actor,
        rule: wire::RuleId,
        reason: Option<SafeText>,
    },
    /// Only an audit record (denials, server start and stop, revoke.cut).
    Record(Entry),
}

/// What a change resulted in.
#[derive(Debug, Clone)]
pub enum Done {
    /// The node (enrolled now, or again by the same key), its name and labels as granted.
    Enrolled(Arc<NodeRecord>),
    Connected(Generation),
    Node(Arc<NodeRecord>),
    Token(Arc<TokenRecord>),
    Port(Arc<PortRecord>),
    Rule(Arc<RuleRecord>),
    /// Nothing to report; includes "already so".
    Nothing,
}
