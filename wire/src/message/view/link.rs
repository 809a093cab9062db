//! Links: stored routes from a node to a node.

use crate::ids::{LinkId, RuleId};
use crate::message::view::NodeRef;
use crate::name::{Name, Target};
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// The state of a link.
    LinkState {
        /// The listener is open, and the node behind it is there.
        Listening = 0 "listening",
        /// One of its nodes is away, or the listener is about to be opened.
        Waiting = 1 "waiting",
        /// A rule, a lock or the node itself says no.
        Refused = 2 "refused",
    }
}

/// Where a link begins.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct LinkAt {
    /// The node that listens: a rule's "who" for what comes in there.
    #[n(0)]
    pub node: NodeRef,
    /// On which address and port.
    #[n(1)]
    pub listen: Target,
}

/// Where a link ends.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct LinkTo {
    /// The node that dials.
    #[n(0)]
    pub node: NodeRef,
    /// What.
    #[n(1)]
    pub target: Target,
}

/// A stored route from a node to a node.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct LinkView {
    /// Its id.
    #[n(0)]
    pub id: LinkId,
    /// Its name.
    #[n(1)]
    pub name: Name,
    /// Where it begins.
    #[n(2)]
    pub at: LinkAt,
    /// Where it ends.
    #[n(3)]
    pub to: LinkTo,
    /// Its state.
    #[n(4)]
    pub state: LinkState,
    /// Why it is not `listening`.
    #[n(5)]
    pub reason: Option<SafeText>,
    /// The rule that lets it pass now.
    #[n(6)]
    pub rule: Option<RuleId>,
    /// Whether the node grants the listener, as it last said; `null` while it is away.
    #[n(7)]
    pub granted: Option<bool>,
    /// Open connections.
    #[n(8)]
    pub tunnels: u32,
    /// Connections that wait for the node behind it.
    #[n(9)]
    pub waiting: u32,
    /// Bytes towards the target since the server started.
    #[n(10)]
    pub up_bytes: u64,
    /// Bytes from the target since the server started.
    #[n(11)]
    pub down_bytes: u64,
    /// When it was made.
    #[n(12)]
    pub created_at: UnixMs,
    /// Who made it.
    #[n(13)]
    pub created_by: Option<SafeText>,
}
