//! Published ports.

use crate::ids::PortId;
use crate::message::tunnel::Compress;
use crate::message::view::{Compression, NodeRef};
use crate::name::{Name, Target};
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// The state of a published port.
    PortState {
        /// Bound, and its node is connected.
        Serving = 0 "serving",
        /// Bound, its node is away, connections wait.
        Holding = 1 "holding",
        /// Bound, its node is away, connections are closed.
        Refusing = 2 "refusing",
        /// Switched off; not bound.
        Disabled = 3 "disabled",
        /// Could not be bound.
        Fault = 4 "fault",
    }
}

/// What a port does while its node is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct OnDrop {
    /// Refuse or hold.
    #[n(0)]
    pub mode: DropMode,
    /// How long to hold.
    #[n(1)]
    pub hold_ms: Option<u64>,
}

word_enum! {
    /// Refuse or hold.
    DropMode {
        /// Close at once.
        Refuse = 0 "refuse",
        /// Let connections wait.
        Hold = 1 "hold",
    }
}

word_enum! {
    /// Which of several nodes gets the next visitor.
    Pick {
        /// The first connected one, and then that one until it is lost: one that comes back waits.
        First = 0 "first",
        /// The one with the fewest tunnels of this port.
        Least = 1 "least",
    }
}

word_enum! {
    /// Whether the target is told whose connection it gets (HAProxy's PROXY protocol).
    ProxyProtocol {
        /// It sees the agent.
        Off = 0 "off",
        /// A version 2 header goes first.
        V2 = 2 "v2",
    }
}

/// How a port serves its visitors.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct PortOptions {
    /// Which node.
    #[n(0)]
    pub pick: Pick,
    /// Who the target is told.
    #[n(1)]
    pub proxy_protocol: ProxyProtocol,
    /// All tunnels together, both ways together.
    #[n(2)]
    pub rate_bytes_per_s: Option<u64>,
    /// What one tunnel may carry, both ways together.
    #[n(3)]
    pub budget_bytes: Option<u64>,
    /// Whether its tunnels are packed between server and node.
    #[n(4)]
    #[cbor(decode_with = "crate::codec::known")]
    pub compress: Option<Compress>,
}

impl Default for PortOptions {
    fn default() -> Self {
        Self {
            pick: Pick::First,
            proxy_protocol: ProxyProtocol::Off,
            rate_bytes_per_s: None,
            budget_bytes: None,
            compress: None,
        }
    }
}

/// The public side of a port.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct PublicAddress {
    /// The server's public name.
    #[n(0)]
    pub host: SafeText,
    /// The number.
    #[n(1)]
    pub port: u16,
}

/// How many grants admit visitors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Admits {
    /// Live access sessions.
    #[n(0)]
    pub sessions: u32,
    /// Permanent rules.
    #[n(1)]
    pub rules: u32,
    /// Guests.
    #[n(2)]
    pub guests: u32,
}

/// A published port.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct PortView {
    /// Its id.
    #[n(0)]
    pub id: PortId,
    /// Its name.
    #[n(1)]
    pub name: Name,
    /// Where visitors connect.
    #[n(2)]
    pub public: PublicAddress,
    /// The nodes behind it.
    #[n(3)]
    pub nodes: Vec<NodeRef>,
    /// The target at the node.
    #[n(4)]
    pub target: Target,
    /// What happens while the node is away.
    #[n(5)]
    pub on_drop: OnDrop,
    /// Who gets in.
    #[n(6)]
    pub admits: Admits,
    /// Open tunnels.
    #[n(7)]
    pub tunnels: u32,
    /// Visitors waiting.
    #[n(8)]
    pub waiting: u32,
    /// Bytes towards the target since the server started.
    #[n(9)]
    pub up_bytes: u64,
    /// Bytes from the target since the server started.
    #[n(10)]
    pub down_bytes: u64,
    /// Its state.
    #[n(11)]
    pub state: PortState,
    /// Why it is in `fault`.
    #[n(12)]
    pub fault: Option<SafeText>,
    /// Limit on open tunnels.
    #[n(13)]
    pub max_tunnels: Option<u32>,
    /// Idle limit of its tunnels.
    #[n(14)]
    pub idle_ms: Option<u64>,
    /// When it was created.
    #[n(15)]
    pub created_at: UnixMs,
    /// How it serves.
    #[n(16)]
    #[cbor(default)]
    #[serde(flatten)]
    pub options: PortOptions,
    /// Why it does not serve as it should: who is away since when, or how the target failed.
    #[n(17)]
    pub reason: Option<SafeText>,
    /// What packing saved since the server started; of tunnels that were packed.
    #[n(18)]
    pub compression: Option<Compression>,
}
