//! What the server finds out when it is asked why something does not work.

use crate::ids::SessionId;
use crate::message::view::{NodeRef, PortView, SessionState};
use crate::reason::CloseReason;
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A published port or a target, tried through its nodes. Nothing was sent to the target.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct ProbeView {
    /// The address the server sees the caller at.
    #[n(0)]
    pub seen: SafeText,
    /// The port, if one was asked about.
    #[n(1)]
    pub port: Option<PortView>,
    /// What would let a visitor from there in: `rule r_…`, `session s_…`, `guest g_…`.
    #[n(2)]
    pub admitted_by: Option<SafeText>,
    /// What keeps him out: `rule r_…`, `lock l_…`, `the default deny`.
    #[n(3)]
    pub refused_by: Option<SafeText>,
    /// The caller's own sessions that are or were about this port, newest first.
    #[n(4)]
    pub sessions: Vec<SessionFact>,
    /// Each node, in order.
    #[n(5)]
    pub nodes: Vec<NodeProbe>,
}

/// A session of the caller.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct SessionFact {
    /// Its id.
    #[n(0)]
    pub id: SessionId,
    /// Its state.
    #[n(1)]
    pub state: SessionState,
    /// What it admits.
    #[n(2)]
    pub addresses: Vec<SafeText>,
    /// When it ends or ended.
    #[n(3)]
    pub ends: UnixMs,
}

/// One node and the target behind it.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct NodeProbe {
    /// The node.
    #[n(0)]
    pub node: NodeRef,
    /// Why it is away, if it is.
    #[n(1)]
    pub away: Option<SafeText>,
    /// The address the target answered at.
    #[n(2)]
    pub address: Option<SafeText>,
    /// How long that took, in milliseconds.
    #[n(3)]
    pub connect_ms: Option<u64>,
    /// Why the target did not answer.
    #[n(4)]
    #[cbor(decode_with = "crate::codec::known")]
    pub failed: Option<CloseReason>,
    /// The same as a sentence.
    #[n(5)]
    pub message: Option<SafeText>,
}
