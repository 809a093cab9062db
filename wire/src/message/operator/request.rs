//! What an operator asks for.

use crate::message::view::{Effect, OnDrop, TokenKind};
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

/// A question or a change. Objects are named as people name them: name, id, or unique id prefix of
/// at least four characters after the underscore.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Request {
    /// Who am I?
    #[n(0)]
    Whoami,
    /// The server's state.
    #[n(1)]
    Server,
    /// Nodes, ordered by name.
    #[n(2)]
    Nodes(#[n(0)] Page),
    /// One node.
    #[n(3)]
    Node(#[n(0)] SafeText),
    /// A node's returns, newest first.
    #[n(4)]
    Reconnects {
        /// The node.
        #[n(0)]
        node: SafeText,
        /// Not older than this.
        #[n(1)]
        since: Option<UnixMs>,
    },
    /// Changes labels or owner.
    #[n(5)]
    NodeUpdate {
        /// The node.
        #[n(0)]
        node: SafeText,
        /// Labels to set.
        #[n(1)]
        set: Labels,
        /// Label keys to remove.
        #[n(2)]
        unset: Vec<SafeText>,
        /// The new owner; empty removes it.
        #[n(3)]
        owner: Option<SafeText>,
        /// How it is meant.
        #[n(4)]
        intent: Intent,
    },
    /// Gives a node another name.
    #[n(6)]
    NodeRename {
        /// The node.
        #[n(0)]
        node: SafeText,
        /// Its new name.
        #[n(1)]
        to: Name,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Removes the record of a node that is revoked or long offline.
    #[n(7)]
    NodeDelete {
        /// The node.
        #[n(0)]
        node: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Ends a node's credential for good and cuts its tunnels.
    #[n(8)]
    NodeRevoke {
        /// The node.
        #[n(0)]
        node: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Tokens, newest first.
    #[n(9)]
    Tokens(#[n(0)] Page),
    /// One token.
    #[n(10)]
    Token(#[n(0)] SafeText),
    /// Makes a token.
    #[n(11)]
    TokenCreate {
        /// What to make.
        #[n(0)]
        spec: TokenSpec,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Withdraws a token.
    #[n(12)]
    TokenRevoke {
        /// The token.
        #[n(0)]
        token: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Open tunnels and those closed in the last 30 s.
    #[n(13)]
    Tunnels {
        /// Which part.
        #[n(0)]
        page: Page,
        /// Only of this node.
        #[n(1)]
        node: Option<SafeText>,
        /// Only of this operator.
        #[n(2)]
        who: Option<SafeText>,
    },
    /// One tunnel.
    #[n(14)]
    Tunnel(#[n(0)] SafeText),
    /// Closes tunnels.
    #[n(15)]
    TunnelClose {
        /// Which.
        #[n(0)]
        tunnels: Vec<SafeText>,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Published ports, by name.
    #[n(16)]
    Ports(#[n(0)] Page),
    /// One published port.
    #[n(17)]
    Port(#[n(0)] SafeText),
    /// Publishes a port.
    #[n(18)]
    PortCreate {
        /// What to publish.
        #[n(0)]
        spec: PortSpec,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Removes a published port and cuts its tunnels.
    #[n(19)]
    PortDelete {
        /// The port.
        #[n(0)]
        port: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Switches a published port on or off; off cuts its tunnels.
    #[n(20)]
    PortEnable {
        /// The port.
        #[n(0)]
        port: SafeText,
        /// On or off.
        #[n(1)]
        on: bool,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// The rules, in order.
    #[n(21)]
    Rules(#[n(0)] Page),
    /// Adds a rule.
    #[n(22)]
    RuleCreate {
        /// The rule.
        #[n(0)]
        spec: RuleSpec,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Removes a rule and cuts what only it allowed.
    #[n(23)]
    RuleDelete {
        /// The rule.
        #[n(0)]
        rule: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Audit records, in the order of the chain.
    #[n(24)]
    Audit {
        /// Sequence number to start behind (or before, if `backwards`).
        #[n(0)]
        after: Option<u64>,
        /// Newest first.
        #[n(1)]
        backwards: bool,
        /// At most this many matches.
        #[n(2)]
        limit: u32,
        /// Only actions that start with this (`node.`), or equal it.
        #[n(3)]
        action: Option<SafeText>,
        /// Not older than this.
        #[n(4)]
        since: Option<UnixMs>,
        /// Not newer than this.
        #[n(5)]
        until: Option<UnixMs>,
    },
    /// One audit record.
    #[n(25)]
    AuditGet(#[n(0)] SafeText),
    /// A new certificate for the caller's key.
    #[n(26)]
    Renew {
        /// PKCS#10 request, DER, by the enrolled key.
        #[n(0)]
        csr: ByteVec,
    },
    /// The Prometheus text.
    #[n(27)]
    Metrics,
    /// Refuse new work, wait, then ask nodes to move.
    #[n(28)]
    Drain {
        /// How long to wait for tunnels, in milliseconds.
        #[n(0)]
        for_ms: u64,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// May this be opened? Nothing is dialled.
    #[n(29)]
    CanOpen {
        /// The node.
        #[n(0)]
        node: SafeText,
        /// The target.
        #[n(1)]
        target: Target,
    },
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
}
