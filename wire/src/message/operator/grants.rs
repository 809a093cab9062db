//! What sessions, guests and locks are made from.

use crate::message::view::{LockKind, LockMode};
use crate::name::{Name, Target};
use crate::text::SafeText;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// A session to start.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SessionSpec {
    /// How long, in milliseconds.
    #[n(0)]
    pub for_ms: u64,
    /// Networks to admit, in CIDR form.
    #[n(1)]
    pub from: Vec<SafeText>,
    /// Admit the addresses this run is connected from, and follow them.
    #[n(2)]
    pub auto: bool,
    /// Only on these published ports; none = on all that the rules allow.
    #[n(3)]
    pub ports: Vec<Name>,
    /// `0.0.0.0/0` or `::/0` is really meant.
    #[n(4)]
    pub anyone_really: bool,
}

/// A guest to admit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GuestSpec {
    /// Its name.
    #[n(0)]
    pub name: Name,
    /// The published port.
    #[n(1)]
    pub port: SafeText,
    /// Networks it may come from, in CIDR form.
    #[n(2)]
    pub from: Vec<SafeText>,
    /// How long, in milliseconds.
    #[n(3)]
    pub for_ms: u64,
    /// `0.0.0.0/0` or `::/0` is really meant.
    #[n(4)]
    pub anyone_really: bool,
}

/// A guest to invite by a link.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct InviteSpec {
    /// Its name.
    #[n(0)]
    pub name: Name,
    /// The node.
    #[n(1)]
    pub node: SafeText,
    /// The one target it may reach there.
    #[n(2)]
    pub target: Target,
    /// How long, in milliseconds.
    #[n(3)]
    pub for_ms: u64,
    /// SHA-256 of the secret in the link.
    #[n(4)]
    pub secret_hash: ByteVec,
    /// All its tunnels together, both ways together.
    #[n(5)]
    pub rate_bytes_per_s: Option<u64>,
    /// Tunnels it may have open at once.
    #[n(6)]
    pub max_tunnels: Option<u32>,
}

/// A lock to set.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LockSpec {
    /// What kind of thing.
    #[n(0)]
    pub kind: LockKind,
    /// Its name or id; empty for `all`.
    #[n(1)]
    pub name: SafeText,
    /// How long, in milliseconds; `None` = until it is lifted.
    #[n(2)]
    pub for_ms: Option<u64>,
    /// What becomes of what is open.
    #[n(3)]
    pub mode: LockMode,
}
