//! The control connection between an operator's program (console or command line) and the server.

use crate::audit::AuditEvent;
use crate::error::Refusal;
use crate::ids::{AuditId, Generation, NodeId, Revision, RuleId, TunnelId};
use crate::message::hello::Hello;
use crate::message::view::{
    Effect, NodeView, OnDrop, PortView, Reconnect, RuleView, ServerView, TokenKind, TokenView,
    TunnelView, WhoamiView,
};
use crate::name::{Labels, Name, Target};
use crate::reason::CloseReason;
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Operator → server.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum FromConsole {
    /// First message.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// A question or a change; answered by one [`ToConsole::Reply`] or [`ToConsole::Refused`].
    #[n(1)]
    Request(#[n(0)] Box<Request>),
    /// What to push from now on; replaces the previous subscription.
    #[n(2)]
    Subscribe(#[n(0)] Subscription),
    /// Sign of life.
    #[n(3)]
    Heartbeat {
        /// To be echoed.
        #[n(0)]
        nonce: u64,
    },
    /// All tunnels named in [`Push::Cut`] have ended here too.
    #[n(4)]
    CutDone {
        /// The number in the push.
        #[n(0)]
        cut: u64,
    },
}

/// Server → operator.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum ToConsole {
    /// Answer to the hello.
    #[n(0)]
    Welcome {
        /// Versions and features of the server.
        #[n(0)]
        hello: Hello,
        /// Number of this connection, for its lanes' [`crate::message::LaneHello`].
        #[n(1)]
        connection: Generation,
        /// Who the server takes the caller for.
        #[n(2)]
        whoami: WhoamiView,
    },
    /// A request's result.
    #[n(1)]
    Reply(#[n(0)] Box<Reply>),
    /// A request's refusal, or the connection's, if it answers the hello.
    #[n(2)]
    Refused(#[n(0)] Refusal),
    /// Something subscribed to.
    #[n(3)]
    Push(#[n(0)] Box<Push>),
    /// Echo of a heartbeat.
    #[n(4)]
    Heartbeat {
        /// The nonce of the one echoed.
        #[n(0)]
        nonce: u64,
        /// The server's wall clock.
        #[n(1)]
        at: UnixMs,
    },
    /// The kind of the last message is unknown to this server.
    #[n(5)]
    Unsupported,
}

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

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Reply {
    /// Who the caller is.
    #[n(0)]
    Whoami(#[n(0)] WhoamiView),
    /// The server's state.
    #[n(1)]
    Server(#[n(0)] ServerView),
    /// A page of nodes.
    #[n(2)]
    Nodes(#[n(0)] Vec<NodeView>, #[n(1)] More),
    /// One node.
    #[n(3)]
    Node(#[n(0)] NodeView),
    /// A node's returns.
    #[n(4)]
    Reconnects(#[n(0)] Vec<Reconnect>),
    /// A page of tokens.
    #[n(5)]
    Tokens(#[n(0)] Vec<TokenView>, #[n(1)] More),
    /// One token. After a creation also where and whom to trust.
    #[n(6)]
    Token {
        /// The record.
        #[n(0)]
        token: TokenView,
        /// Addresses to put into the token string.
        #[n(1)]
        addresses: Vec<SafeText>,
        /// SHA-256 of the root certificate.
        #[n(2)]
        ca_pin: ByteVec,
    },
    /// A page of tunnels.
    #[n(7)]
    Tunnels(#[n(0)] Vec<TunnelView>, #[n(1)] More),
    /// One tunnel.
    #[n(8)]
    Tunnel(#[n(0)] TunnelView),
    /// A page of ports.
    #[n(9)]
    Ports(#[n(0)] Vec<PortView>, #[n(1)] More),
    /// One port.
    #[n(10)]
    Port(#[n(0)] PortView),
    /// A page of rules.
    #[n(11)]
    Rules(#[n(0)] Vec<RuleView>, #[n(1)] More),
    /// One rule.
    #[n(12)]
    Rule(#[n(0)] RuleView),
    /// Audit records.
    #[n(13)]
    Audit {
        /// The matches.
        #[n(0)]
        events: Vec<AuditEvent>,
        /// How many records were looked at.
        #[n(1)]
        scanned: u64,
        /// Sequence number to go on from; `None` at the end.
        #[n(2)]
        next: Option<u64>,
        /// Sequence number of the newest record.
        #[n(3)]
        head: u64,
    },
    /// One audit record.
    #[n(14)]
    AuditEvent(#[n(0)] Box<AuditEvent>),
    /// A new certificate: leaf and issuing, DER.
    #[n(15)]
    Renewed(#[n(0)] Vec<ByteVec>),
    /// The Prometheus text.
    #[n(16)]
    Metrics(#[n(0)] String),
    /// Results of a change, one per object.
    #[n(17)]
    Done(#[n(0)] Vec<Outcome>),
    /// The deciding rule of [`Request::CanOpen`].
    #[n(18)]
    CanOpen(#[n(0)] Option<RuleId>),
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct More {
    /// Cursor of the next page.
    #[n(0)]
    pub next: Option<SafeText>,
    /// When this was true.
    #[n(1)]
    pub as_of: UnixMs,
    /// Rows in all, where known.
    #[n(2)]
    pub total: Option<u64>,
}

/// What a change did to one object, or would do.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Outcome {
    /// `node/web1`.
    #[n(0)]
    pub object: SafeText,
    /// Its name.
    #[n(1)]
    pub name: SafeText,
    /// It was done.
    #[n(2)]
    pub ok: bool,
    /// It would be done (dry run).
    #[n(3)]
    pub planned: bool,
    /// Why not.
    #[n(4)]
    #[cbor(decode_with = "crate::codec::known")]
    pub error: Option<Refusal>,
    /// Tunnels cut.
    #[n(5)]
    pub cut_tunnels: Option<u32>,
    /// From the request to the last byte the server moved.
    #[n(6)]
    pub last_byte_ms: Option<u64>,
    /// Commands dropped.
    #[n(7)]
    pub dropped_commands: Option<u32>,
    /// The record of the change.
    #[n(8)]
    #[serde(serialize_with = "audit_id::serialize", deserialize_with = "audit_id::deserialize")]
    pub audit: Option<u64>,
    /// Tunnels that are or would be cut, by owner: name and count.
    #[n(9)]
    pub cuts: Vec<(SafeText, u32)>,
}

mod audit_id {
    use super::AuditId;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(seq: &Option<u64>, s: S) -> Result<S::Ok, S::Error> {
        match seq {
            Some(seq) => s.collect_str(&AuditId::from_seq(*seq)),
            None => s.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u64>, D::Error> {
        let text = Option::<String>::deserialize(d)?;
        text.map(|t| t.parse::<AuditId>().map(AuditId::seq).map_err(serde::de::Error::custom))
            .transpose()
    }
}

/// What to push.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Subscription {
    /// Node changes, at most five times a second; starts with all nodes.
    #[n(0)]
    pub nodes: bool,
    /// Tunnel opens, closes and rates, once a second; starts with all tunnels.
    #[n(1)]
    pub tunnels: bool,
    /// Port changes; starts with all ports.
    #[n(2)]
    pub ports: bool,
    /// The server's state, once a second.
    #[n(3)]
    pub server: bool,
    /// Audit records as they are made; the number is the sequence to start behind.
    #[n(4)]
    pub audit_after: Option<u64>,
}

/// Something subscribed to. A reader that cannot keep up gets [`Push::Resync`] instead of a gap.
#[allow(clippy::large_enum_variant, reason = "short-lived; a box per message buys nothing")]
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Push {
    /// Nodes that are new or changed, and those that are gone.
    #[n(0)]
    Nodes {
        /// The server's state this brings the reader to.
        #[n(0)]
        revision: Revision,
        /// When.
        #[n(1)]
        at: UnixMs,
        /// New or changed.
        #[n(2)]
        changed: Vec<NodeView>,
        /// Gone.
        #[n(3)]
        gone: Vec<NodeId>,
        /// The first full set is complete with this message.
        #[n(4)]
        complete: bool,
    },
    /// Tunnels that are new, changed or just closed.
    #[n(1)]
    Tunnels {
        /// The server's clock for the counters.
        #[n(0)]
        at: UnixMs,
        /// New or changed.
        #[n(1)]
        changed: Vec<TunnelView>,
        /// Forgotten (closed 30 s ago).
        #[n(2)]
        gone: Vec<TunnelId>,
        /// The first full set is complete with this message.
        #[n(3)]
        complete: bool,
    },
    /// All published ports.
    #[n(2)]
    Ports {
        /// When.
        #[n(0)]
        at: UnixMs,
        /// The ports.
        #[n(1)]
        ports: Vec<PortView>,
    },
    /// The server's state.
    #[n(3)]
    Server(#[n(0)] ServerView),
    /// New audit records.
    #[n(4)]
    Audit(#[n(0)] Vec<AuditEvent>),
    /// Something was skipped: what follows starts over with full sets.
    #[n(5)]
    Resync,
    /// End these tunnels at once and answer [`FromConsole::CutDone`] within 50 ms.
    #[n(6)]
    Cut {
        /// To be echoed.
        #[n(0)]
        cut: u64,
        /// Which.
        #[n(1)]
        tunnels: Vec<TunnelId>,
        /// Why.
        #[n(2)]
        reason: CloseReason,
    },
    /// The server goes away; come back after this long plus jitter.
    #[n(7)]
    Draining {
        /// Milliseconds.
        #[n(0)]
        retry_after_ms: u64,
    },
}
