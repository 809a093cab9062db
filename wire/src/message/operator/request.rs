//! What an operator asks for.

use crate::message::operator::{
    CaSigned, GuestSpec, Intent, LockSpec, Page, PolicyRequest, PortChange, PortSpec, RuleSpec,
    SessionSpec, TokenChange, TokenSpec,
};
use crate::message::tunnel::OpenTo;
use crate::message::view::{CaKind, LockKind};
use crate::name::{Labels, Name, Target};
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// A question or a change. Objects go by name, id, or a unique id prefix of four characters or more.
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
    /// The same with what happened to it, step by step.
    #[n(160)]
    TunnelTrace(#[n(0)] SafeText),
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
    /// Sessions: running ones and those that ended in the last day, newest first.
    #[n(60)]
    Sessions(#[n(0)] Page),
    /// One session.
    #[n(61)]
    Session(#[n(0)] SafeText),
    /// Admits the caller's addresses for a time.
    #[n(62)]
    SessionStart {
        /// The session.
        #[n(0)]
        spec: SessionSpec,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Moves the end of a session.
    #[n(63)]
    SessionExtend {
        /// The session.
        #[n(0)]
        session: SafeText,
        /// From now, in milliseconds.
        #[n(1)]
        for_ms: u64,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Ends a session and cuts what only it admitted.
    #[n(64)]
    SessionEnd {
        /// The session.
        #[n(0)]
        session: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Takes a session away and cuts what only it admitted.
    #[n(65)]
    SessionRevoke {
        /// The session.
        #[n(0)]
        session: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Guests: those let in and those that ended in the last day, newest first.
    #[n(66)]
    Guests(#[n(0)] Page),
    /// One guest.
    #[n(67)]
    Guest(#[n(0)] SafeText),
    /// Admits networks to a published port for a time.
    #[n(68)]
    GuestAdmit {
        /// The guest.
        #[n(0)]
        spec: GuestSpec,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Moves the end of a guest.
    #[n(69)]
    GuestExtend {
        /// The guest.
        #[n(0)]
        guest: SafeText,
        /// From now, in milliseconds.
        #[n(1)]
        for_ms: u64,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Removes a guest and cuts what only it admitted.
    #[n(70)]
    GuestDelete {
        /// The guest.
        #[n(0)]
        guest: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Takes a guest's admission away and cuts what only it admitted.
    #[n(71)]
    GuestRevoke {
        /// The guest.
        #[n(0)]
        guest: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Locks: those in force and those that ended in the last day, newest first.
    #[n(72)]
    Locks(#[n(0)] Page),
    /// One lock, by its id.
    #[n(73)]
    LockGet(#[n(0)] SafeText),
    /// Blocks something until it is lifted.
    #[n(74)]
    Lock {
        /// The lock.
        #[n(0)]
        spec: LockSpec,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Lifts the lock on something.
    #[n(75)]
    Unlock {
        /// What kind of thing.
        #[n(0)]
        kind: LockKind,
        /// Its name or id; empty for `all`.
        #[n(1)]
        name: SafeText,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// The way a connected node came.
    #[n(140)]
    NodePath {
        /// The node.
        #[n(0)]
        node: SafeText,
    },
    /// Changes a published port; it keeps its name and number.
    #[n(120)]
    PortUpdate {
        /// The port.
        #[n(0)]
        port: SafeText,
        /// What becomes different.
        #[n(1)]
        change: Box<PortChange>,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Why does it not work? Each node dials the target and lets it go; nothing is sent.
    #[n(121)]
    Probe(#[n(0)] OpenTo),
    /// Ends an operator's credential for good, with its sessions, and cuts its tunnels.
    #[n(76)]
    OperatorRevoke {
        /// The operator.
        #[n(0)]
        operator: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Operators, roles, rules and decisions.
    #[n(40)]
    Policy(#[n(0)] Box<PolicyRequest>),
    /// Nodes that wait for a decision, by name.
    #[n(80)]
    Pending(#[n(0)] Page),
    /// Lets a waiting node in.
    #[n(81)]
    PendingApprove {
        /// The node.
        #[n(0)]
        node: SafeText,
        /// The fingerprint or its words, if it was compared: must be the node's.
        #[n(1)]
        fingerprint: Option<SafeText>,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Turns a waiting node away.
    #[n(82)]
    PendingDeny {
        /// The node.
        #[n(0)]
        node: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Changes what a token allows; its secret stays.
    #[n(83)]
    TokenUpdate {
        /// The token.
        #[n(0)]
        token: SafeText,
        /// What changes.
        #[n(1)]
        change: TokenChange,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Ends the caller's login: his key is worth nothing until he enrols again.
    #[n(84)]
    Logout(#[n(0)] Intent),
    /// The certificate authority's state.
    #[n(100)]
    Ca,
    /// What a root's key that lies elsewhere has to sign for the next rotation.
    #[n(101)]
    CaPrepare,
    /// Begins a rotation, or leads it to its next phase.
    #[n(102)]
    CaRotate {
        /// What to replace, at the beginning.
        #[n(0)]
        kind: Option<CaKind>,
        /// What the root's key signed, where the server does not have it.
        #[n(1)]
        signed: Option<CaSigned>,
        /// Go on although connected peers have not followed yet.
        #[n(2)]
        force: bool,
        /// How it is meant.
        #[n(3)]
        intent: Intent,
    },
    /// Leads a rotation back.
    #[n(103)]
    CaRollback(#[n(0)] Intent),
    /// The revocation lists.
    #[n(104)]
    CaCrl,
    /// Read the configuration and the certificates again.
    #[n(180)]
    Reload(#[n(0)] Intent),
}
