//! Nodes: their state, what they say they are, how they came back.

use crate::ids::{Generation, NodeId};
use crate::name::{Labels, Name};
use crate::reason::DisconnectReason;
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// The state of a node, worst first.
    NodeState {
        /// Its credential ended for good.
        Revoked = 6 "revoked",
        /// Away for 90 s or more.
        Offline = 3 "offline",
        /// Link closed or silent for 24 s.
        Stale = 2 "stale",
        /// Blocked, reversibly.
        Locked = 5 "locked",
        /// Waits for approval.
        Pending = 4 "pending",
        /// Connected, with reasons for concern.
        Degraded = 1 "degraded",
        /// Connected.
        Online = 0 "online",
    }
}

impl NodeState {
    /// Whether tunnels can be opened to it.
    pub const fn is_connected(self) -> bool {
        matches!(self, Self::Online | Self::Degraded)
    }
}

/// Why a node is degraded: a measured value against its limit.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct StateReason {
    /// `rtt_p50`, `flapping`, `clock_skew`, `agent_outdated`, `cert_expires`, …
    #[n(0)]
    pub code: SafeText,
    /// The measured value.
    #[n(1)]
    pub value_ms: Option<i64>,
    /// The limit.
    #[n(2)]
    pub limit_ms: Option<i64>,
    /// Since when.
    #[n(3)]
    pub since: UnixMs,
}

/// One fact about a node, with its age (F6.1).
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Fact {
    /// `control_link data_path rtt loss clock_skew certificate spool version`.
    #[n(0)]
    pub name: SafeText,
    /// The value, for people.
    #[n(1)]
    pub value: Option<SafeText>,
    /// When it was learned.
    #[n(2)]
    pub at: Option<UnixMs>,
    /// How old it is.
    #[n(3)]
    pub age_ms: Option<u64>,
}

/// What a machine says it is. All of it agent-reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Inventory {
    /// Host name.
    #[n(0)]
    pub hostname: Option<SafeText>,
    /// Operating system, pretty name.
    #[n(1)]
    pub os: Option<SafeText>,
    /// Kernel release.
    #[n(2)]
    pub kernel: Option<SafeText>,
    /// Architecture.
    #[n(3)]
    pub arch: Option<SafeText>,
    /// Processors.
    #[n(4)]
    pub cpus: Option<u32>,
    /// Memory.
    #[n(5)]
    pub memory_bytes: Option<u64>,
    /// Boot time of the machine.
    #[n(6)]
    pub booted_at: Option<UnixMs>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct NodeView {
    /// Its id.
    #[n(0)]
    pub id: NodeId,
    /// Its name.
    #[n(1)]
    pub name: Name,
    /// Its state.
    #[n(2)]
    pub state: NodeState,
    /// Why it is degraded.
    #[n(3)]
    pub reasons: Vec<StateReason>,
    /// Labels.
    #[n(4)]
    pub labels: Labels,
    /// Agent version.
    #[n(5)]
    pub version: Option<SafeText>,
    /// Where its connection comes from.
    #[n(6)]
    pub exit_ip: Option<SafeText>,
    /// Median round trip of the last minute.
    #[n(7)]
    pub rtt_p50_ms: Option<u64>,
    /// 95th percentile of the last minute.
    #[n(8)]
    pub rtt_p95_ms: Option<u64>,
    /// Share of the last 24 h online.
    #[n(9)]
    pub uptime_24h_ratio: Option<f64>,
    /// Share online per 2 h over the last 24 h, oldest first.
    #[n(10)]
    pub health: Vec<Option<f64>>,
    /// Reconnects in the last 24 h.
    #[n(11)]
    pub reconnects_24h: u32,
    /// Open tunnels.
    #[n(12)]
    pub tunnels: u32,
    /// Bytes towards targets since the server started.
    #[n(13)]
    pub up_bytes: u64,
    /// Bytes from targets since the server started.
    #[n(14)]
    pub down_bytes: u64,
    /// Rate towards targets.
    #[n(15)]
    pub up_bytes_per_s: u64,
    /// Rate from targets.
    #[n(16)]
    pub down_bytes_per_s: u64,
    /// When anything was last heard.
    #[n(17)]
    pub last_seen: Option<UnixMs>,
    /// Why the last connection ended, for a node that is away.
    #[n(18)]
    #[cbor(decode_with = "crate::codec::known")]
    pub disconnect_reason: Option<DisconnectReason>,
    /// The number of its newest connection.
    #[n(19)]
    pub generation: Generation,
    /// When it enrolled.
    #[n(20)]
    pub enrolled_at: UnixMs,
    /// When its certificate ends.
    #[n(21)]
    pub certificate_expires_at: Option<UnixMs>,
    /// Who answers for it.
    #[n(22)]
    pub owner: Option<SafeText>,
    /// The rung of the path ladder in use: `tls`, `proxy`, `wss`.
    #[n(23)]
    pub path: Option<SafeText>,
    /// What the machine is.
    #[n(24)]
    pub inventory: Inventory,
    /// Facts with ages.
    #[n(25)]
    pub facts: Vec<Fact>,
    /// The node's own allowlist, as it reported it.
    #[n(26)]
    pub allow: Vec<SafeText>,
    /// The listeners that operators may open there, as it reported them; `null` = not known.
    #[n(27)]
    pub reverse: Option<Vec<SafeText>>,
}

/// One return of a node.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Reconnect {
    /// When it was back.
    #[n(0)]
    pub at: UnixMs,
    /// How long it was away.
    #[n(1)]
    pub down_ms: u64,
    /// Dial attempts.
    #[n(2)]
    pub tries: Option<u32>,
    /// Why it was away.
    #[n(3)]
    #[cbor(decode_with = "crate::codec::known")]
    pub reason: Option<DisconnectReason>,
    /// The rung it came back on.
    #[n(4)]
    pub path: Option<SafeText>,
}

/// The way a connected node came, as it told.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct PathView {
    /// The node.
    #[n(0)]
    pub node: NodeRef,
    /// The rung of the path ladder in use: `tls`, `proxy`, `wss`.
    #[n(1)]
    pub rung: SafeText,
    /// `HOST:PORT` of the proxy on it.
    #[n(2)]
    pub proxy: Option<SafeText>,
    /// `HOST:PORT` of the server, as the node knows it.
    #[n(3)]
    pub address: Option<SafeText>,
    /// The address the node came from, as the server sees it.
    #[n(4)]
    pub source: SafeText,
    /// Median round trip over it in the last minute.
    #[n(5)]
    pub rtt_ms: Option<u64>,
    /// Since when.
    #[n(6)]
    pub since: UnixMs,
    /// What the node tried in vain right before.
    #[n(7)]
    pub attempts: Vec<PathTried>,
    /// The gateways in between, the one next to the server first, as far as the caller sees them; none
    /// from a server that does not know.
    #[n(8)]
    pub through: Option<Vec<NodeRef>>,
}

/// A way that did not lead to the server.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct PathTried {
    /// The rung.
    #[n(0)]
    pub rung: SafeText,
    /// `HOST:PORT` of the proxy on it.
    #[n(1)]
    pub proxy: Option<SafeText>,
    /// The servers that were asked.
    #[n(2)]
    pub address: SafeText,
    /// Why it failed.
    #[n(3)]
    pub error: SafeText,
    /// When, by the server's clock.
    #[n(4)]
    pub at: UnixMs,
}

/// An id and a name.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct NodeRef {
    /// The id.
    #[n(0)]
    pub id: NodeId,
    /// The name.
    #[n(1)]
    pub name: Name,
}
