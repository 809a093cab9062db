//! The closed set of changes and of their results. What each does is in the file of its verb.

use super::{CaStep, Grant, Taker};
use crate::ca::Why;
use crate::fleet::{
    AccessRequestRecord, CertRecord, GuestRecord, LinkRecord, LockRecord, NodeRecord,
    OperatorRecord, PortRecord, RoleRecord, RuleRecord, SessionRecord, TokenRecord,
};
use crate::ops::{PolicyChange, PolicyOp};
use std::sync::Arc;
use wire::audit::{Actor, Entry};
use wire::message::operator::{LinkSpec, PortChange, PortSpec, RuleSpec, TokenChange, TokenSpec};
use wire::message::view::{Inventory, Reconnect};
use wire::{DisconnectReason, Generation, Labels, Name, NodeId, OperatorId, SafeText, UnixMs};

/// A change. Everything that is random or signed is made before and handed in, so that ops stay pure.
#[derive(Debug, Clone)]
pub enum Op {
    /// A machine becomes a node by token.
    Enrol {
        /// SHA-256 of the token's secret.
        secret_hash: [u8; 32],
        /// SHA-256 of the public key that was proven.
        spki: [u8; 32],
        /// The id a new node gets.
        id: NodeId,
        /// The name wished for.
        name: Option<Name>,
        /// Labels wished for; the token's own win.
        labels: Labels,
        /// What the machine says it is.
        inventory: Inventory,
        /// The end of the certificate that is handed out.
        certificate_expires_at: UnixMs,
        /// Where it came from.
        source: SafeText,
        /// Program and version.
        client: SafeText,
    },
    /// A person or robot becomes an operator by token.
    EnrolOperator {
        /// SHA-256 of the token's secret.
        secret_hash: [u8; 32],
        /// SHA-256 of the public key that was proven.
        spki: [u8; 32],
        /// The id a new operator gets.
        id: OperatorId,
        /// The name wished for; without one the token's name is taken.
        name: Option<Name>,
        /// The end of the certificate that is handed out.
        certificate_expires_at: UnixMs,
        /// Where it came from.
        source: SafeText,
        /// Program and version.
        client: SafeText,
    },
    /// A certificate was signed again for the enrolled key.
    Renew {
        /// Whose.
        node: NodeId,
        /// The number of the certificate that asks.
        held: u64,
        /// The key it is for: the enrolled one, or one that is to take its place.
        spki: [u8; 32],
        /// Its end.
        certificate_expires_at: UnixMs,
        /// Where it was asked for.
        source: SafeText,
    },
    /// A renewed certificate was taken into use: older ones are nobody's any more.
    Kept {
        /// Whose.
        node: NodeId,
        /// Its number.
        renewal: u64,
        /// Where that was said.
        source: SafeText,
    },
    /// A node whose certificate ended proved that it holds the enrolled key.
    Recover {
        /// Whose.
        node: NodeId,
        /// SHA-256 of the key that was proven.
        spki: [u8; 32],
        /// The number of its last certificate.
        held: u64,
        /// The end of the certificate that is handed out.
        certificate_expires_at: UnixMs,
        /// Whether its last one ended, or the authority that signed it.
        why: Why,
        /// Where it came from.
        source: SafeText,
    },
    /// Lets a waiting node in.
    PendingApprove {
        /// Who does it.
        actor: Actor,
        /// The node.
        node: NodeId,
        /// The fingerprint or its words, if it was compared.
        fingerprint: Option<SafeText>,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Turns a waiting node away.
    PendingDeny {
        /// Who does it.
        actor: Actor,
        /// The node.
        node: NodeId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// A node gave its identity up.
    Leave {
        /// Which.
        node: NodeId,
        /// Where it said so.
        source: SafeText,
    },
    /// An ephemeral node was gone long enough.
    NodeExpire {
        /// Which.
        node: NodeId,
    },
    /// A certificate was signed again for an operator's enrolled key.
    RenewOperator {
        /// Who does it.
        actor: Actor,
        /// Whose.
        operator: OperatorId,
        /// Its end.
        certificate_expires_at: UnixMs,
    },
    /// An operator logged out: his key is worth nothing until the next login.
    Logout {
        /// Who does it.
        actor: Actor,
        /// Whose login.
        operator: OperatorId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// A control connection was accepted: assigns the next generation.
    Connect {
        /// Whose.
        node: NodeId,
        /// The key it showed.
        spki: [u8; 32],
        /// The number of the certificate it showed.
        held: u64,
        /// Whether another holder had taken its place before.
        holder: Holder,
        /// Agent version.
        version: SafeText,
        /// What the machine says it is.
        inventory: Inventory,
        /// Where it came from.
        source: SafeText,
        /// How long it was away and why, if it was connected before.
        returned: Option<Reconnect>,
        /// The rung of the path ladder.
        path: SafeText,
    },
    /// Compare-and-set on the generation: an older one changes nothing.
    Disconnect {
        /// Whose connection ended.
        node: NodeId,
        /// Which connection.
        generation: Generation,
        /// Why.
        reason: DisconnectReason,
        /// When anything was last heard on it.
        last_seen: UnixMs,
        /// Where it came from.
        source: SafeText,
    },
    /// Lazy roll-up, once a minute.
    Seen {
        /// Who was heard when.
        nodes: Vec<(NodeId, UnixMs)>,
    },
    /// Changes labels or owner.
    NodeUpdate {
        /// Who does it.
        actor: Actor,
        /// The node.
        node: NodeId,
        /// Labels to set.
        set: Labels,
        /// Label keys to remove.
        unset: Vec<SafeText>,
        /// The new owner; empty removes it.
        owner: Option<SafeText>,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Gives a node another name.
    NodeRename {
        /// Who does it.
        actor: Actor,
        /// The node.
        node: NodeId,
        /// Its new name.
        to: Name,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Removes the record of a node that is revoked or long offline.
    NodeDelete {
        /// Who does it.
        actor: Actor,
        /// The node.
        node: NodeId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Durable before anything is cut (I2); works when the disk is full.
    NodeRevoke {
        /// Who does it.
        actor: Actor,
        /// The node.
        node: NodeId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Makes a token.
    TokenCreate {
        /// Who does it.
        actor: Actor,
        /// What to make.
        spec: TokenSpec,
        /// The id it gets.
        id: wire::TokenId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Changes what a token allows.
    TokenUpdate {
        /// Who does it.
        actor: Actor,
        /// The token.
        token: wire::TokenId,
        /// What changes.
        change: TokenChange,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Withdraws a token.
    TokenRevoke {
        /// Who does it.
        actor: Actor,
        /// The token.
        token: wire::TokenId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Publishes a port.
    PortCreate {
        /// Who does it.
        actor: Actor,
        /// What to publish.
        spec: PortSpec,
        /// The id it gets.
        id: wire::PortId,
        /// For the audit record.
        reason: Option<SafeText>,
        /// Numbers given out when none is asked for, first and last.
        range: (u16, u16),
        /// The kernel's ephemeral range, first and last.
        ephemeral: Option<(u16, u16)>,
        /// Numbers the kernel keeps out of its ephemeral range.
        reserved: Vec<(u16, u16)>,
    },
    /// Removes a published port and the rules that admit to it.
    PortDelete {
        /// Who does it.
        actor: Actor,
        /// The port.
        port: wire::PortId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Switches a published port on or off.
    PortEnable {
        /// Who does it.
        actor: Actor,
        /// The port.
        port: wire::PortId,
        /// On or off.
        on: bool,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Changes a published port.
    PortUpdate {
        /// Who does it.
        actor: Actor,
        /// The port.
        port: wire::PortId,
        /// What becomes different.
        change: Box<PortChange>,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Makes a link from a node to a node.
    LinkCreate {
        /// Who does it.
        actor: Actor,
        /// What to make.
        spec: LinkSpec,
        /// The id it gets.
        id: wire::LinkId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Removes a link.
    LinkDelete {
        /// Who does it.
        actor: Actor,
        /// The link.
        link: wire::LinkId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Adds a rule.
    RuleCreate {
        /// Who does it.
        actor: Actor,
        /// The rule.
        spec: RuleSpec,
        /// The id it gets.
        id: wire::RuleId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Removes a rule.
    RuleDelete {
        /// Who does it.
        actor: Actor,
        /// The rule.
        rule: wire::RuleId,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// Sessions, guests, locks, operators' standing.
    Grant {
        /// Who does it.
        actor: Actor,
        /// For the audit record.
        reason: Option<SafeText>,
        /// What.
        grant: Box<Grant>,
    },
    /// Changes who may do and reach what.
    Policy(PolicyOp),
    /// A certificate is handed out.
    CaIssue {
        /// Which.
        cert: CertRecord,
        /// For what.
        why: Why,
        /// Others of the same holder that have ended: nobody asks for them any more.
        ended: Vec<CertRecord>,
    },
    /// A rotation of the certificate authority moves.
    CaStep {
        /// Who does it.
        actor: Actor,
        /// Where to.
        step: CaStep,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// A holder took the roots it was offered.
    TrustTaken {
        /// Who.
        taker: Taker,
        /// The number of the bundle.
        number: u32,
    },
    /// The owner of the data directory becomes admin again, with another key.
    AdminRecover {
        /// Who does it: a user of the server's machine.
        actor: Actor,
        /// The local admin, or the id of a new one.
        operator: OperatorId,
        /// The name of a new one.
        name: Name,
        /// SHA-256 of the new public key.
        spki: [u8; 32],
        /// The end of the certificate that is handed out.
        certificate_expires_at: UnixMs,
        /// For the audit record.
        reason: Option<SafeText>,
    },
    /// An operator showed the certificate of his token for the first time.
    Shown {
        /// Who.
        operator: OperatorId,
    },
    /// Only an audit record (denials, server start and stop, revoke.cut).
    Record(Entry),
}

/// What a connection tells about who holds the node's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Nothing speaks against the only one.
    Only,
    /// Another one had taken this one's place, and now it is back: there are two.
    Returned,
}

/// What a change resulted in.
#[derive(Debug, Clone)]
pub enum Done {
    /// The node (enrolled now, or again by the same key), its name and labels as granted.
    Enrolled(Arc<NodeRecord>),
    /// The operator (enrolled now, or again by the same key).
    Operator(Arc<OperatorRecord>),
    /// The number of the accepted connection.
    Connected(Generation),
    /// A decision has to come first.
    Waiting(Arc<NodeRecord>),
    /// Two machines hold the node's key: it is locked now, and what it carries has to be cut.
    Cloned(Arc<NodeRecord>),
    /// The node as it is now.
    Node(Arc<NodeRecord>),
    /// The token as it is now.
    Token(Arc<TokenRecord>),
    /// The port as it is now, or was when it was deleted.
    Port(Arc<PortRecord>),
    /// The link as it is now, or was when it was deleted.
    Link(Arc<LinkRecord>),
    /// The rule as it is now, or was when it was deleted.
    Rule(Arc<RuleRecord>),
    /// The session as it is now.
    Session(Arc<SessionRecord>),
    /// The guest as it is now, or was when it was removed.
    Guest(Arc<GuestRecord>),
    /// The lock as it is now.
    Lock(Arc<LockRecord>),
    /// The rules as they are now, in order.
    Rules(Vec<Arc<RuleRecord>>),
    /// The role as it is now, or was when it was deleted.
    Role(Arc<RoleRecord>),
    /// The request as it is now.
    AccessRequest(Arc<AccessRequestRecord>),
    /// Nothing to report; includes "already so".
    Nothing,
}

impl Op {
    /// Gets through when the disk is nearly full: what takes access away must always work (I11).
    pub(crate) fn is_urgent(&self) -> bool {
        match self {
            Self::NodeRevoke { .. }
            | Self::TokenRevoke { .. }
            | Self::Logout { .. }
            | Self::PendingDeny { .. } => true,
            Self::Grant { grant, .. } => grant.takes_away(),
            Self::Policy(op) => matches!(
                op.what,
                PolicyChange::OperatorDelete { .. }
                    | PolicyChange::OperatorUnassign { .. }
                    | PolicyChange::Lapse
            ),
            Self::Record(entry) => entry.action.as_str().ends_with(".cut"),
            _ => false,
        }
    }
}
