//! How requests are meant, and what is to be made: tokens, published ports, rules.

use crate::message::tunnel::Compress;
use crate::message::view::{Binding, Effect, OnDrop, Pick, PortOptions, ProxyProtocol, TokenKind};
use crate::name::{Labels, Name, Target};
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// Which part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Page {
    /// Start behind this cursor, as the last page gave it.
    #[n(0)]
    pub after: Option<SafeText>,
    /// At most this many rows; the server's own bound applies too.
    #[n(1)]
    pub limit: u32,
}

/// Changes carry how they are meant and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Intent {
    /// Show the plan, change nothing.
    #[n(0)]
    pub dry_run: bool,
    /// For the audit record.
    #[n(1)]
    pub reason: Option<SafeText>,
}

/// What a root's key signed outside of the server.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CaSigned {
    /// The root that signed, DER.
    #[n(0)]
    pub root: ByteVec,
    /// The next issuing certificate, DER.
    #[n(1)]
    pub issuing: ByteVec,
    /// A new root's certificate by the old one, DER.
    #[n(2)]
    pub cross: Option<ByteVec>,
}

/// What kind of token.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct TokenSpec {
    /// Its name.
    #[n(0)]
    pub name: Name,
    /// What it enrols.
    #[n(1)]
    pub kind: TokenKind,
    /// How often.
    #[n(2)]
    pub uses: u32,
    /// How long, in milliseconds; `None` = for ever (needs a reason).
    #[n(3)]
    pub ttl_ms: Option<u64>,
    /// Labels the node gets.
    #[n(4)]
    pub labels: Labels,
    /// Role the operator gets.
    #[n(5)]
    pub role: Option<Name>,
    /// The SHA-256 of the secret, so that the secret itself is made by the caller and never sent.
    #[n(6)]
    pub secret_hash: ByteVec,
    /// Targets the node may be used for at most.
    #[n(7)]
    pub allow: Vec<SafeText>,
    /// What it demands.
    #[n(8)]
    pub binding: Binding,
}

/// What changes of a token; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct TokenChange {
    /// How often it can be used in all.
    #[n(0)]
    pub uses: Option<u32>,
    /// How long from now, in milliseconds.
    #[n(1)]
    pub ttl_ms: Option<u64>,
    /// Labels to set.
    #[n(2)]
    pub set: Labels,
    /// Label keys to remove.
    #[n(3)]
    pub unset: Vec<SafeText>,
    /// The names it may be used for; empty = any.
    #[n(4)]
    pub name_pattern: Option<SafeText>,
    /// The networks it may be used from; an empty list = any.
    #[n(5)]
    pub from: Option<Vec<SafeText>>,
    /// Whether an operator approves each node.
    #[n(6)]
    pub require_approval: Option<bool>,
    /// The oldest agent that may enrol; empty = any.
    #[n(7)]
    pub min_version: Option<SafeText>,
}

/// What to publish.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct PortSpec {
    /// Its name.
    #[n(0)]
    pub name: Name,
    /// The nodes, in failover order.
    #[n(1)]
    pub nodes: Vec<SafeText>,
    /// The target at the node.
    #[n(2)]
    pub target: Target,
    /// The number asked for; `None` = the next free one.
    #[n(3)]
    pub port: Option<u16>,
    /// What happens while the node is away.
    #[n(4)]
    pub on_drop: OnDrop,
    /// Limit on open tunnels.
    #[n(5)]
    pub max_tunnels: Option<u32>,
    /// Idle limit of its tunnels, in milliseconds.
    #[n(6)]
    pub idle_ms: Option<u64>,
    /// How it serves.
    #[n(7)]
    #[cbor(default)]
    pub options: PortOptions,
}

/// What becomes different about a port. `None` leaves a setting as it is, a limit of 0 lifts it.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct PortChange {
    /// The nodes, in failover order.
    #[n(0)]
    pub nodes: Option<Vec<SafeText>>,
    /// The target at the node.
    #[n(1)]
    pub target: Option<Target>,
    /// What happens while the node is away.
    #[n(2)]
    pub on_drop: Option<OnDrop>,
    /// Limit on open tunnels.
    #[n(3)]
    pub max_tunnels: Option<u32>,
    /// Idle limit of its tunnels, in milliseconds.
    #[n(4)]
    pub idle_ms: Option<u64>,
    /// Which node.
    #[n(5)]
    pub pick: Option<Pick>,
    /// Who the target is told.
    #[n(6)]
    pub proxy_protocol: Option<ProxyProtocol>,
    /// All tunnels together, both ways together.
    #[n(7)]
    pub rate_bytes_per_s: Option<u64>,
    /// What one tunnel may carry, both ways together.
    #[n(8)]
    pub budget_bytes: Option<u64>,
    /// Whether its tunnels are packed.
    #[n(9)]
    #[cbor(decode_with = "crate::codec::known")]
    pub compress: Option<Packing>,
}

/// What becomes of a port's packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Packing {
    /// No more.
    #[n(0)]
    Off,
    /// From the next tunnel on.
    #[n(1)]
    On(#[n(0)] Compress),
}

/// A rule to add.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct RuleSpec {
    /// Allow or deny.
    #[n(0)]
    pub effect: Effect,
    /// `anyone`, an operator's name, or `role:NAME`.
    #[n(1)]
    pub who: SafeText,
    /// Source network in CIDR form.
    #[n(2)]
    pub from: Option<SafeText>,
    /// The published port it admits to.
    #[n(3)]
    pub port: Option<Name>,
    /// Its end.
    #[n(4)]
    pub until: Option<UnixMs>,
    /// Place it before this rule; `None` = before the default deny.
    #[n(5)]
    pub before: Option<SafeText>,
    /// Start switched off.
    #[n(6)]
    pub disabled: bool,
    /// `0.0.0.0/0` or `::/0` is really meant.
    #[n(7)]
    pub anyone_really: bool,
    /// Selector of nodes, a name or `key=value`; `None` = all.
    #[n(8)]
    pub nodes: Option<SafeText>,
    /// Targets as `HOST|CIDR:PORTS`; `None` = all.
    #[n(9)]
    pub to: Option<SafeText>,
    /// Times of the week as `DAYS HOURS [OFFSET]`; `None` = always.
    #[n(10)]
    pub at: Option<SafeText>,
}
