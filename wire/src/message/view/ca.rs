//! The certificate authority: its phase, its slots, and who has not followed yet.

use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// Where a rotation is.
    CaPhase {
        /// No rotation: one authority.
        Standby = 0 "standby",
        /// The next authority is made known to everybody and signs nothing yet.
        Init = 1 "init",
        /// It signs for nodes and operators; both are accepted.
        Clients = 2 "clients",
        /// It signs for the server too; both are accepted.
        Servers = 3 "servers",
        /// The old one signs again; both are accepted.
        Rollback = 4 "rollback",
    }
}

word_enum! {
    /// What is replaced.
    CaKind {
        /// The issuing key, under the same root.
        Issuing = 0 "issuing",
        /// The root, and the issuing key with it.
        Root = 1 "root",
    }
}

/// A rotation that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct CaRotationView {
    /// What is replaced.
    #[n(0)]
    #[serde(rename = "of")]
    pub kind: CaKind,
    /// The slot that goes.
    #[n(1)]
    pub from: u32,
    /// The slot that comes.
    #[n(2)]
    pub to: u32,
    /// When it began.
    #[n(3)]
    pub started_at: UnixMs,
    /// When its phase began.
    #[n(4)]
    pub phase_since: UnixMs,
}

/// A root certificate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct CaRootView {
    /// `sha256:…` of it.
    #[n(0)]
    pub pin: SafeText,
    /// When it ends.
    #[n(1)]
    pub expires_at: UnixMs,
    /// Its key lies on the server.
    #[n(2)]
    pub key_here: bool,
}

/// One issuing certificate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct CaSlotView {
    /// Its number, never given again.
    #[n(0)]
    pub number: u32,
    /// `signing`, `next`, or `accepted` for one whose leaves are still let in.
    #[n(1)]
    pub state: SafeText,
    /// When it ends.
    #[n(2)]
    pub expires_at: UnixMs,
    /// From when it signs by itself.
    #[n(3)]
    pub active_from: Option<UnixMs>,
    /// `sha256:…` of its root.
    #[n(4)]
    pub root_pin: SafeText,
}

/// Somebody who has not followed the rotation yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct CaWaiting {
    /// `node` or `operator`.
    #[n(0)]
    pub holder: SafeText,
    /// Its name.
    #[n(1)]
    pub name: SafeText,
    /// `trust` (the new root) or `certificate` (one by the new key).
    #[n(2)]
    pub needs: SafeText,
    /// Since when: the beginning of the phase.
    #[n(3)]
    pub since: UnixMs,
    /// Whether it is connected now.
    #[n(4)]
    pub connected: bool,
    /// When it was last heard.
    #[n(5)]
    pub last_seen: Option<UnixMs>,
}

/// The certificate authority.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct CaView {
    /// Where the rotation is.
    #[n(0)]
    pub phase: CaPhase,
    /// The phase that `ca rotate` leads to.
    #[n(1)]
    pub next_phase: Option<CaPhase>,
    /// The rotation that is under way.
    #[n(2)]
    pub rotation: Option<CaRotationView>,
    /// Trusted roots, the preferred one first.
    #[n(3)]
    pub roots: Vec<CaRootView>,
    /// Issuing certificates.
    #[n(4)]
    pub slots: Vec<CaSlotView>,
    /// Who has not followed yet; the first of them.
    #[n(5)]
    pub waiting: Vec<CaWaiting>,
    /// How many these are in all.
    #[n(6)]
    pub waiting_total: u32,
    /// When the revocation list was promised anew.
    #[n(7)]
    pub crl_next_update: Option<UnixMs>,
    /// What somebody has to do before the issuing key ends.
    #[n(8)]
    pub due: Option<CaDue>,
}

/// An issuing key nears its end, and the server cannot make the next by itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct CaDue {
    /// When it ends.
    #[n(0)]
    pub ends_at: UnixMs,
    /// Its last sixth has begun: certificates are cut short.
    #[n(1)]
    pub late: bool,
    /// Why not by itself.
    #[n(2)]
    pub why: SafeText,
    /// The next command.
    #[n(3)]
    pub next: SafeText,
}
