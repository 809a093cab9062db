//! The protocol between agents, the server and operators: ids, bounds, frames, messages.
//!
//! Pure: no I/O, no clock, no tokio. Bytes and instants come in, bytes and events go out.
//!
//! ```text
//! control connection   u32 BE length │ CBOR Envelope {0: id, 1: reply_to?, 2: body?, 3: deadline_ms?}
//! tunnel stream        u32 BE length │ CBOR Open   →   u32 BE length │ CBOR Answer   →   chunks
//! chunk                u32 BE word   │ payload      word = length, 0 = clean end, 0xFFFF_FFrr = abort for reason rr
//! ```
//!
//! Invariants of this crate, cited elsewhere by number:
//! - W1 a length is checked against its bound before anything is allocated for it;
//! - W2 no input makes a decoder panic; incomplete input is a value, not an error;
//! - W3 an unknown message kind decodes to an envelope without a body, never to a closed connection;
//! - W4 every display string that came from a peer is a [`text::SafeText`].

pub mod audit;
pub mod chunk;
pub mod codec;
pub mod error;
pub mod ids;
pub mod limits;
pub mod message;
pub mod name;
pub mod reason;
pub mod session;
pub mod text;
pub mod time;

pub use error::{DecodeError, Refusal, RefusalCode, Violation};
pub use ids::{
    AccessRequestId, AuditId, ForwardId, Generation, GuestId, LaneId, LinkId, LockId, NodeId,
    OperatorId, PortId, RequestId, Revision, RuleId, SessionId, TokenId, TunnelId,
};
pub use name::{Labels, Name, Target};
pub use reason::{CloseReason, DisconnectReason};
pub use text::SafeText;
pub use time::UnixMs;

/// ALPN protocol names. The number is the framing's major version only; behaviour is negotiated
/// by feature names in [`message::Hello`].
pub mod alpn {
    /// One-shot enrolment by token; no client certificate.
    pub const ENROL: &[u8] = b"tunnelctl-enroll/1";
    /// An agent's control connection.
    pub const AGENT: &[u8] = b"tunnelctl-ctl/1";
    /// An agent's yamux lane.
    pub const AGENT_LANE: &[u8] = b"tunnelctl-lane/1";
    /// An operator's control connection.
    pub const OPERATOR: &[u8] = b"tunnelctl-op/1";
    /// An operator's yamux lane.
    pub const OPERATOR_LANE: &[u8] = b"tunnelctl-oplane/1";
    /// HTTPS: health, later CONNECT and WebSocket.
    pub const HTTP: &[u8] = b"http/1.1";
    /// Every protocol of the server's port.
    pub const ALL: [&[u8]; 6] = [ENROL, AGENT, AGENT_LANE, OPERATOR, OPERATOR_LANE, HTTP];
}
