//! The stored facts, as immutable snapshots that readers hold. Live facts (links, counters) are elsewhere.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use std::sync::Arc;
use wire::message::view::{
    Effect, Grants, Inventory, NodeState, OnDrop, Reconnect, TokenKind, Uses,
};
use wire::{
    DisconnectReason, Generation, Labels, Name, NodeId, OperatorId, PortId, Revision, RuleId,
    SafeText, Target, TokenId, UnixMs,
};

#[derive(Debug, Clone, PartialEq)]
pub struct NodeRecord {
    pub id: NodeId,
    pub name: Name,
    pub labels: Labels,
    pub owner: Option<SafeText>,
    /// SHA-256 of the enrolled key.
    pub spki: [u8; 32],
    pub enrolled_at: UnixMs,
    pub token: TokenId,
    pub generation: Generation,
    pub certificate_expires_at: UnixMs,
    pub revoked: Option<UnixMs>,
    /// Written at connect and disconnect, and once a minute while connected.
    pub last_seen: Option<UnixMs>,
    pub disconnected: Option<(UnixMs, DisconnectReason)>,
    pub version: Option<SafeText>,
    pub inventory: Inventory,
    /// Granted by the token at enrolment: the node may be used for these at most.
    pub allow: Vec<SafeText>,
    /// Newest last; at most 100 and not older than 7 days.
    pub reconnects: Vec<Reconnect>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OperatorRecord {
    pub id: OperatorId,
    pub name: Name,
    pub roles: Vec<Name>,
    pub spki: [u8; 32],
    pub created_at: UnixMs,
    pub revoked: Option<UnixMs>,
    pub certificate_expires_at: UnixMs,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TokenRecord {
    pub id: TokenId,
    pub name: Name,
    pub kind: TokenKind,
    pub hash: [u8; 32],
    pub uses: Uses,
    pub created_at: UnixMs,
    pub expires_at: Option<UnixMs>,
    pub grants: Grants,
    pub by: Option<SafeText>,
    pub last_used: Option<UnixMs>,
    pub revoked: Option<UnixMs>,
    /// Public keys that used it, so that a lost reply can be answered again: (SPKI hash, node).
    pub used_by: Vec<([u8; 32], NodeId)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PortRecord {
    pub id: PortId,
    pub name: Name,
    pub number: u16,
    pub nodes: Vec<NodeId>,
    pub target: Target,
    pub on_drop: OnDrop,
    pub max_tunnels: Option<u32>,
    pub idle_ms: Option<u64>,
    pub enabled: bool,
    pub created_at: UnixMs,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RuleRecord {
    pub id: RuleId,
    pub effect: Effect,
    pub who: SafeText,
    pub from: Option<SafeText>,
    pub nodes: Option<SafeText>,
    pub to: Option<SafeText>,
    pub port: Option<Name>,
    pub until: Option<UnixMs>,
    pub enabled: bool,
    /// Sorts the policy; gaps left for insertion.
    pub order: u64,
}

/// One revision of everything stored. Lookups are O(log n) or O(1); making the next revision costs the change, not the fleet.
#[derive(Debug, Clone)]
pub struct Fleet {}

impl Fleet {
    pub fn revision(&self) -> Revision {
        todo!()
    }
    /// Tells servers apart: random, made at init.
    pub fn id(&self) -> &str {
        todo!()
    }
    pub fn node(&self, id: NodeId) -> Option<Arc<NodeRecord>> {
        todo!()
    }
    pub fn node_by_name(&self, name: &str) -> Option<Arc<NodeRecord>> {
        todo!()
    }
    /// Name, id or unique id prefix; ambiguity and absence are refusals with hints.
    pub fn find_node(&self, reference: &str) -> Result<Arc<NodeRecord>, wire::Refusal> {
        todo!()
    }
    pub fn find_port(&self, reference: &str) -> Result<Arc<PortRecord>, wire::Refusal> {
        todo!()
    }
    pub fn find_token(&self, reference: &str) -> Result<Arc<TokenRecord>, wire::Refusal> {
        todo!()
    }
    pub fn find_rule(&self, reference: &str) -> Result<Arc<RuleRecord>, wire::Refusal> {
        todo!()
    }
    pub fn operator(&self, id: OperatorId) -> Option<Arc<OperatorRecord>> {
        todo!()
    }
    pub fn port(&self, id: PortId) -> Option<Arc<PortRecord>> {
        todo!()
    }
    /// Ascending by name.
    pub fn nodes(&self) -> Box<dyn Iterator<Item = Arc<NodeRecord>> + '_> {
        todo!()
    }
    pub fn ports(&self) -> Box<dyn Iterator<Item = Arc<PortRecord>> + '_> {
        todo!()
    }
    pub fn tokens(&self) -> Box<dyn Iterator<Item = Arc<TokenRecord>> + '_> {
        todo!()
    }
    /// In policy order.
    pub fn rules(&self) -> &[Arc<RuleRecord>] {
        todo!()
    }
    /// Everything that changed after `revision`, if that is not too long ago.
    pub fn nodes_changed_since(&self, revision: Revision) -> Option<Vec<NodeId>> {
        todo!()
    }
}
