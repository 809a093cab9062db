//! Who is let in for a time, and who is kept out: sessions, guests and locks.

use crate::ids::{GuestId, LockId, SessionId};
use crate::message::view::PublicAddress;
use crate::name::{Name, Target};
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// What a session is.
    SessionKind {
        /// An operator's certificate, while a program of his is connected.
        Login = 0 "login",
        /// Admits an operator's addresses on published ports.
        Access = 1 "access",
    }
}

word_enum! {
    /// The state of a session.
    SessionState {
        /// Running.
        Active = 0 "active",
        /// Running, and over within ten minutes.
        Expiring = 1 "expiring",
        /// Its time passed.
        Expired = 2 "expired",
        /// It was ended.
        Ended = 3 "ended",
        /// It was taken away.
        Revoked = 4 "revoked",
    }
}

/// A published port that a session admits to.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct SessionPort {
    /// Its name.
    #[n(0)]
    pub name: Name,
    /// Where to connect.
    #[n(1)]
    pub public: PublicAddress,
    /// The nodes behind it.
    #[n(2)]
    pub nodes: Vec<Name>,
    /// The target at the node.
    #[n(3)]
    pub target: Target,
}

/// A session: a certificate in use, or a grant for a time.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct SessionView {
    /// Its id.
    #[n(0)]
    pub id: SessionId,
    /// What it is.
    #[n(1)]
    pub session_kind: SessionKind,
    /// Whose: his name, or his id once he is gone.
    #[n(2)]
    pub operator: SafeText,
    /// His roles.
    #[n(3)]
    pub role: Option<SafeText>,
    /// Networks it admits, or addresses it is used from.
    #[n(4)]
    pub from: Vec<SafeText>,
    /// Its addresses follow the operator's connections.
    #[n(5)]
    pub auto: bool,
    /// How the operator proved who he is.
    #[n(6)]
    pub auth: SafeText,
    /// The ports it admits to right now.
    #[n(7)]
    pub ports: Vec<SessionPort>,
    /// When it began.
    #[n(8)]
    pub started_at: UnixMs,
    /// When it ends at the latest.
    #[n(9)]
    pub expires_at: Option<UnixMs>,
    /// Since payload last moved in one of its tunnels.
    #[n(10)]
    pub idle_ms: Option<u64>,
    /// Open tunnels.
    #[n(11)]
    pub tunnels: u32,
    /// Rate towards targets.
    #[n(12)]
    pub up_bytes_per_s: u64,
    /// Rate from targets.
    #[n(13)]
    pub down_bytes_per_s: u64,
    /// Its state.
    #[n(14)]
    pub state: SessionState,
    /// The lock on it or on its operator.
    #[n(15)]
    pub locked: Option<LockId>,
    /// When it ended.
    #[n(16)]
    pub ended_at: Option<UnixMs>,
    /// Why it was started.
    #[n(17)]
    pub reason: Option<SafeText>,
}

word_enum! {
    /// The state of a guest.
    GuestState {
        /// Has a link and has not come yet.
        Invited = 0 "invited",
        /// Let in.
        Active = 1 "active",
        /// Its time passed.
        Expired = 2 "expired",
        /// Taken away.
        Revoked = 3 "revoked",
    }
}

/// Admission for a time without an account.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct GuestView {
    /// Its id.
    #[n(0)]
    pub id: GuestId,
    /// Its name.
    #[n(1)]
    pub name: Name,
    /// The published port it may use; `null` once the port is gone.
    #[n(2)]
    pub port: Option<Name>,
    /// Networks it may come from.
    #[n(3)]
    pub from: Vec<SafeText>,
    /// Why.
    #[n(4)]
    pub reason: Option<SafeText>,
    /// Who admitted it.
    #[n(5)]
    pub by: Option<SafeText>,
    /// When it was admitted.
    #[n(6)]
    pub created_at: UnixMs,
    /// When it ends.
    #[n(7)]
    pub expires_at: UnixMs,
    /// Open tunnels.
    #[n(8)]
    pub tunnels: u32,
    /// Its state.
    #[n(9)]
    pub state: GuestState,
    /// The lock on it.
    #[n(10)]
    pub locked: Option<LockId>,
    /// The node it was invited to; `null` for guests without a link.
    #[n(200)]
    pub node: Option<Name>,
    /// The one target of its invitation.
    #[n(201)]
    pub target: Option<Target>,
    /// Where it connects to; `null` once that is gone.
    #[n(202)]
    pub public: Option<PublicAddress>,
}

word_enum! {
    /// What a lock is on.
    LockKind {
        /// One node.
        Node = 0 "node",
        /// One operator.
        Operator = 1 "operator",
        /// One session.
        Session = 2 "session",
        /// One guest.
        Guest = 3 "guest",
        /// One published port.
        Port = 4 "port",
        /// Every tunnel there is.
        All = 5 "all",
    }
}

word_enum! {
    /// What a lock does to what is open.
    LockMode {
        /// Live tunnels are cut.
        Cut = 0 "cut",
        /// Live tunnels may end by themselves.
        Drain = 1 "drain",
    }
}

word_enum! {
    /// The state of a lock.
    LockState {
        /// In force.
        Active = 0 "active",
        /// Lifted, or past its end.
        Ended = 1 "ended",
    }
}

/// A block that can be lifted.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct LockView {
    /// Its id.
    #[n(0)]
    pub id: LockId,
    /// What it is on.
    #[n(1)]
    pub object_kind: LockKind,
    /// The id of what it is on; `null` for `all`.
    #[n(2)]
    pub object_id: Option<SafeText>,
    /// The name of what it is on.
    #[n(3)]
    pub object: SafeText,
    /// What it does to what is open.
    #[n(4)]
    pub mode: LockMode,
    /// Why.
    #[n(5)]
    pub reason: SafeText,
    /// Who locked.
    #[n(6)]
    pub by: Option<SafeText>,
    /// Since when.
    #[n(7)]
    pub created_at: UnixMs,
    /// Until when; `null` = until it is lifted.
    #[n(8)]
    pub until: Option<UnixMs>,
    /// When it ended.
    #[n(9)]
    pub ended_at: Option<UnixMs>,
    /// Its state.
    #[n(10)]
    pub state: LockState,
}
