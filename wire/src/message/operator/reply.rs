//! What an operator is answered.

use crate::audit::AuditEvent;
use crate::error::Refusal;
use crate::ids::{AuditId, RuleId};
use crate::message::operator::{LinkReply, PolicyReply};
use crate::message::view::{
    CaView, GuestView, LockView, NodeView, PathView, PendingView, PortView, ProbeView, Reconnect,
    ReloadView, RuleView, ServerView, SessionView, TokenView, TunnelView, WhoamiView,
};
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

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
        /// Records may be left out because the caller may not see them.
        #[n(4)]
        unseen: Option<bool>,
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
    /// The deciding rule of [`super::Request::CanOpen`].
    #[n(18)]
    CanOpen(#[n(0)] Option<RuleId>),
    /// A page of sessions.
    #[n(60)]
    Sessions(#[n(0)] Vec<SessionView>, #[n(1)] More),
    /// One session.
    #[n(61)]
    Session(#[n(0)] Box<SessionView>),
    /// A page of guests.
    #[n(62)]
    Guests(#[n(0)] Vec<GuestView>, #[n(1)] More),
    /// One guest.
    #[n(63)]
    Guest(#[n(0)] GuestView),
    /// A page of locks.
    #[n(64)]
    Locks(#[n(0)] Vec<LockView>, #[n(1)] More),
    /// One lock.
    #[n(65)]
    Lock(#[n(0)] LockView),
    /// Operators, roles, rules and decisions.
    #[n(40)]
    Policy(#[n(0)] Box<PolicyReply>),
    /// A page of nodes that wait for a decision.
    #[n(80)]
    Pending(#[n(0)] Vec<PendingView>, #[n(1)] More),
    /// The certificate authority.
    #[n(100)]
    Ca(#[n(0)] Box<CaView>),
    /// What a root's key has to sign, where it lies outside of the server.
    #[n(101)]
    CaPrepared {
        /// A request by the next issuing key, DER.
        #[n(0)]
        csr: ByteVec,
        /// The root certificate in use, DER.
        #[n(1)]
        root: ByteVec,
    },
    /// The revocation lists of all issuing certificates, PEM.
    #[n(102)]
    Crl(#[n(0)] String),
    /// Stored routes from a node to a node.
    #[n(150)]
    Link(#[n(0)] Box<LinkReply>),
    /// The way a node came.
    #[n(140)]
    Path(#[n(0)] PathView),
    /// What a probe found.
    #[n(120)]
    Probe(#[n(0)] Box<ProbeView>),
    /// What a reload did, or would do.
    #[n(180)]
    Reloaded(#[n(0)] ReloadView),
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
