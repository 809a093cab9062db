//! Objects as people and scripts see them: the shapes behind `-o json` (cli.md §5, §6) and on the
//! wire to consoles. Every key is always present; unknown values are `null`.

use crate::ids::{Generation, NodeId, OperatorId, PortId, RuleId, TokenId, TunnelId};
use crate::message::tunnel::TunnelType;
use crate::name::{Labels, Name, Target};
use crate::reason::{CloseReason, DisconnectReason};
use crate::text::SafeText;
use crate::time::UnixMs;
use core::fmt;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
        #[cbor(index_only)]
        pub enum $name { $($(#[$vdoc])* #[n($code)] #[serde(rename = $text)] $variant,)+ }
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The contract's word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.as_str()) }
        }
        impl core::str::FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|v| v.as_str() == text).ok_or(())
            }
        }
    };
}

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

word_enum! {
    /// The state of a tunnel.
    TunnelState {
        /// Being dialled.
        Opening = 0 "opening",
        /// Payload moved in the last 5 s.
        Flowing = 1 "flowing",
        /// Open, nothing moved for 5 s.
        Idle = 2 "idle",
        /// Open, bytes wait and nothing moved for 5 s.
        Stalled = 3 "stalled",
        /// Half-closed and draining.
        Closing = 4 "closing",
        /// Ended.
        Closed = 5 "closed",
    }
}

/// Who a tunnel is for.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Who {
    /// The operator's name.
    #[n(0)]
    pub operator: Option<Name>,
    /// The session that admitted it.
    #[n(1)]
    pub session: Option<SafeText>,
    /// The role it was allowed by.
    #[n(2)]
    pub role: Option<SafeText>,
    /// Where it came from.
    #[n(3)]
    pub source_ip: Option<SafeText>,
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

/// How a tunnel ended.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Closed {
    /// When.
    #[n(0)]
    pub at: UnixMs,
    /// Why.
    #[n(1)]
    pub reason: CloseReason,
    /// The operator who closed it, or `client`, `target`, `node`, `server`.
    #[n(2)]
    pub by: SafeText,
}

/// A tunnel.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct TunnelView {
    /// Its id.
    #[n(0)]
    pub id: TunnelId,
    /// Where it goes through.
    #[n(1)]
    pub node: NodeRef,
    /// Where it ends.
    #[n(2)]
    pub target: Target,
    /// Who it is for.
    #[n(3)]
    pub who: Who,
    /// What opened it.
    #[n(4)]
    #[serde(rename = "type")]
    pub kind: TunnelType,
    /// The rule that allowed it.
    #[n(5)]
    pub rule: Option<RuleId>,
    /// The published port, for tunnels of one.
    #[n(6)]
    pub port: Option<Name>,
    /// Its state.
    #[n(7)]
    pub state: TunnelState,
    /// When it was asked for.
    #[n(8)]
    pub opened_at: UnixMs,
    /// How long the dial took.
    #[n(9)]
    pub connect_ms: Option<u64>,
    /// From asked for to the first byte of the target.
    #[n(10)]
    pub first_byte_ms: Option<u64>,
    /// Bytes towards the target.
    #[n(11)]
    pub up_bytes: u64,
    /// Bytes from the target.
    #[n(12)]
    pub down_bytes: u64,
    /// Rate towards the target.
    #[n(13)]
    pub up_bytes_per_s: u64,
    /// Rate from the target.
    #[n(14)]
    pub down_bytes_per_s: u64,
    /// Since payload last moved.
    #[n(15)]
    pub idle_ms: u64,
    /// The operator's note.
    #[n(16)]
    pub note: Option<SafeText>,
    /// How it ended.
    #[n(17)]
    #[cbor(decode_with = "crate::codec::known")]
    pub closed: Option<Closed>,
}

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
}

word_enum! {
    /// Allow or deny.
    Effect {
        /// Let in.
        Allow = 0 "allow",
        /// Keep out.
        Deny = 1 "deny",
    }
}

word_enum! {
    /// The state of a rule.
    RuleState {
        /// In force.
        On = 0 "on",
        /// Switched off.
        Off = 1 "off",
        /// Past its end.
        Expired = 2 "expired",
    }
}

/// One line of the ordered policy. First match wins; nothing matches = denied.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct RuleView {
    /// Its id.
    #[n(0)]
    pub id: RuleId,
    /// Allow or deny.
    #[n(1)]
    pub effect: Effect,
    /// `anyone`, an operator's name, or `role:NAME`.
    #[n(2)]
    pub who: SafeText,
    /// Source network in CIDR form; `null` = from anywhere.
    #[n(3)]
    pub from: Option<SafeText>,
    /// Selector of nodes; `null` = all.
    #[n(4)]
    pub nodes: Option<SafeText>,
    /// Targets as `HOST|CIDR:PORTS`; `null` = all.
    #[n(5)]
    pub to: Option<SafeText>,
    /// The published port it admits to.
    #[n(6)]
    pub port: Option<Name>,
    /// Times of the week.
    #[n(7)]
    pub at: Option<SafeText>,
    /// Its end.
    #[n(8)]
    pub until: Option<UnixMs>,
    /// Its state.
    #[n(9)]
    pub state: RuleState,
    /// Its place, from 1.
    #[n(10)]
    pub order: u32,
    /// How often it decided since the server started.
    #[n(11)]
    pub hits: u64,
}

word_enum! {
    /// What a token enrols.
    TokenKind {
        /// A node.
        Node = 0 "node",
        /// An operator.
        Operator = 1 "operator",
    }
}

word_enum! {
    /// The state of a token.
    TokenState {
        /// Usable.
        Active = 0 "active",
        /// All uses are spent.
        UsedUp = 1 "used-up",
        /// Past its end.
        Expired = 2 "expired",
        /// Withdrawn.
        Revoked = 3 "revoked",
    }
}

/// Uses of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Uses {
    /// Allowed in all.
    #[n(0)]
    pub max: u32,
    /// Left.
    #[n(1)]
    pub left: u32,
}

/// What a token gives to who uses it.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Grants {
    /// Labels set on the node.
    #[n(0)]
    pub labels: Labels,
    /// Role given to the operator.
    #[n(1)]
    pub role: Option<Name>,
    /// Targets the node may be used for at most.
    #[n(2)]
    pub allow: Vec<SafeText>,
}

/// An enrolment token's record; its secret is never kept.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct TokenView {
    /// Its id.
    #[n(0)]
    pub id: TokenId,
    /// Its name.
    #[n(1)]
    pub name: Name,
    /// What it enrols.
    #[n(2)]
    pub token_kind: TokenKind,
    /// Uses.
    #[n(3)]
    pub uses: Uses,
    /// When it ends; `null` = never.
    #[n(4)]
    pub expires_at: Option<UnixMs>,
    /// What it gives.
    #[n(5)]
    pub grants: Grants,
    /// Who made it.
    #[n(6)]
    pub by: Option<SafeText>,
    /// When it was made.
    #[n(7)]
    pub created_at: UnixMs,
    /// When it was last used.
    #[n(8)]
    pub last_used: Option<UnixMs>,
    /// Its state.
    #[n(9)]
    pub state: TokenState,
}

/// Who the caller is to the server.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct WhoamiView {
    /// Its name.
    #[n(0)]
    pub operator: Name,
    /// Its id.
    #[n(1)]
    pub operator_id: OperatorId,
    /// Roles.
    #[n(2)]
    pub roles: Vec<Name>,
    /// The server's public name.
    #[n(3)]
    pub server: SafeText,
    /// The running access session.
    #[n(4)]
    pub session: Option<SafeText>,
    /// When the certificate ends.
    #[n(5)]
    pub expires_at: Option<UnixMs>,
    /// Addresses this operator was seen from.
    #[n(6)]
    pub seen_addresses: Vec<SafeText>,
}

/// Nodes by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct FleetCounts {
    /// All that are enrolled and not revoked.
    #[n(0)]
    pub total: u32,
    /// Connected.
    #[n(1)]
    pub online: u32,
    /// Connected, with reasons.
    #[n(2)]
    pub degraded: u32,
    /// Lost less than 90 s ago.
    #[n(3)]
    pub stale: u32,
    /// Away.
    #[n(4)]
    pub offline: u32,
    /// Locked.
    #[n(5)]
    pub locked: u32,
}

/// What the server does right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Load {
    /// Open tunnels.
    #[n(0)]
    pub tunnels: u32,
    /// Bytes towards targets since start.
    #[n(1)]
    pub up_bytes: u64,
    /// Bytes from targets since start.
    #[n(2)]
    pub down_bytes: u64,
    /// Rate towards targets.
    #[n(3)]
    pub up_bytes_per_s: u64,
    /// Rate from targets.
    #[n(4)]
    pub down_bytes_per_s: u64,
    /// Share of one processor over the last second.
    #[n(5)]
    pub cpu_ratio: Option<f64>,
    /// Resident memory.
    #[n(6)]
    pub rss_bytes: Option<u64>,
    /// Open file descriptors.
    #[n(7)]
    pub open_fds: Option<u64>,
    /// Limit on file descriptors.
    #[n(8)]
    pub max_fds: Option<u64>,
}

/// A certificate of the server.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct CertificateView {
    /// What it is for.
    #[n(0)]
    pub name: SafeText,
    /// When it ends.
    #[n(1)]
    pub expires_at: UnixMs,
}

/// One health check of the server that did not pass.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Check {
    /// Which.
    #[n(0)]
    pub id: SafeText,
    /// `warn` or `fail`.
    #[n(1)]
    pub status: SafeText,
    /// What is wrong and what to do.
    #[n(2)]
    pub message: SafeText,
}

/// The server's state.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct ServerView {
    /// Public name.
    #[n(0)]
    pub name: SafeText,
    /// Version.
    #[n(1)]
    pub version: SafeText,
    /// No failing check.
    #[n(2)]
    pub healthy: bool,
    /// Since start.
    #[n(3)]
    pub uptime_s: u64,
    /// TLS addresses.
    #[n(4)]
    pub listen: Vec<SafeText>,
    /// The metrics listener.
    #[n(5)]
    pub metrics: Option<SafeText>,
    /// First and last number for published ports.
    #[n(6)]
    pub port_range: (u16, u16),
    /// Published ports that exist.
    #[n(7)]
    pub ports: u32,
    /// Nodes by state.
    #[n(8)]
    pub fleet: FleetCounts,
    /// What it does right now.
    #[n(9)]
    pub load: Load,
    /// Certificates.
    #[n(10)]
    pub certificates: Vec<CertificateView>,
    /// Checks that did not pass.
    #[n(11)]
    pub checks: Vec<Check>,
    /// Draining since a signal or `server drain`.
    #[n(12)]
    pub draining: bool,
}
