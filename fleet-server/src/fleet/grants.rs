//! The stored records of what is granted or blocked for a time: sessions, guests, locks. Whether
//! one is in force is a question with a time in it; nothing here holds a clock.

use super::record::{Stored, stored};
use crate::policy::network;
use ipnet::IpNet;
use minicbor::{Decode, Encode};
use std::net::IpAddr;
use std::sync::Arc;
use store::Tree;
use wire::message::view::{GuestState, LockKind, LockMode, LockState, SessionState};
use wire::{GuestId, LockId, Name, OperatorId, PortId, SafeText, SessionId, UnixMs};

/// Networks that one session or guest admits.
pub const MAX_NETWORKS: usize = 16;
/// Published ports that one session may be bound to.
pub const MAX_SESSION_PORTS: usize = 64;
/// A session is *expiring* for this long.
const EXPIRING_MS: u64 = 10 * 60_000;

/// How something granted for a time ended before its time, or at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Ended {
    /// Its time passed.
    #[n(0)]
    Expired,
    /// Somebody ended it.
    #[n(1)]
    Ended,
    /// It was taken away.
    #[n(2)]
    Revoked,
}

/// Admits one operator's addresses on published ports for a time.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SessionRecord {
    /// Its id.
    #[n(0)]
    pub id: SessionId,
    /// Whose.
    #[n(1)]
    pub operator: OperatorId,
    /// Networks in canonical CIDR form, up to [`MAX_NETWORKS`].
    #[n(2)]
    pub from: Vec<SafeText>,
    /// The addresses follow the operator's connections.
    #[n(3)]
    pub auto: bool,
    /// Only on these ports, up to [`MAX_SESSION_PORTS`]; none = on all that the rules allow.
    #[n(4)]
    pub ports: Vec<PortId>,
    /// When it began.
    #[n(5)]
    pub started_at: UnixMs,
    /// When it ends at the latest.
    #[n(6)]
    pub expires_at: UnixMs,
    /// When and how it ended.
    #[n(7)]
    pub ended: Option<(UnixMs, Ended)>,
    /// Why it was started.
    #[n(8)]
    pub reason: Option<SafeText>,
    /// Addresses that an automatic session admits beside its networks: those its operator was last
    /// connected from.
    #[n(9)]
    pub seen: Vec<SafeText>,
}

impl SessionRecord {
    /// Whether it admits anybody at `now`.
    pub fn is_live(&self, now: UnixMs) -> bool {
        self.ended.is_none() && now < self.expires_at
    }

    /// Its state at `now`.
    pub fn state(&self, now: UnixMs) -> SessionState {
        match self.ended {
            Some((_, Ended::Revoked)) => SessionState::Revoked,
            Some((_, Ended::Ended)) => SessionState::Ended,
            Some((_, Ended::Expired)) => SessionState::Expired,
            None if now >= self.expires_at => SessionState::Expired,
            None if self.expires_at.0 - now.0 < EXPIRING_MS => SessionState::Expiring,
            None => SessionState::Active,
        }
    }

    /// All networks it admits.
    pub fn admits(&self) -> Vec<SafeText> {
        let mut all = self.from.clone();
        all.extend(self.seen.iter().filter(|net| !self.from.contains(net)).cloned());
        all
    }

    /// Whether it is for this port, if it is bound to some.
    pub fn is_for(&self, port: PortId) -> bool {
        self.ports.is_empty() || self.ports.contains(&port)
    }
}

/// Admits networks to one published port for a time, without an account.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct GuestRecord {
    /// Its id.
    #[n(0)]
    pub id: GuestId,
    /// Its name, unique among guests that are let in.
    #[n(1)]
    pub name: Name,
    /// The published port.
    #[n(2)]
    pub port: PortId,
    /// Networks in canonical CIDR form, up to [`MAX_NETWORKS`].
    #[n(3)]
    pub from: Vec<SafeText>,
    /// Who admitted it.
    #[n(4)]
    pub by: Option<SafeText>,
    /// Why.
    #[n(5)]
    pub reason: Option<SafeText>,
    /// When.
    #[n(6)]
    pub created_at: UnixMs,
    /// When it ends.
    #[n(7)]
    pub expires_at: UnixMs,
    /// When and how it ended.
    #[n(8)]
    pub ended: Option<(UnixMs, Ended)>,
    /// How it was invited, if not by its networks.
    #[n(9)]
    pub invite: Option<Invite>,
}

/// A link that lets in whoever uses it first.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Invite {
    /// SHA-256 of its secret.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// Where it leads.
    #[n(1)]
    pub node: wire::NodeId,
    /// The one target.
    #[n(2)]
    pub target: wire::Target,
}

impl GuestRecord {
    /// Whether it is let in at `now`.
    pub fn is_live(&self, now: UnixMs) -> bool {
        self.ended.is_none() && now < self.expires_at
    }

    /// Its state at `now`.
    pub fn state(&self, now: UnixMs) -> GuestState {
        match self.ended {
            Some((_, Ended::Revoked)) => GuestState::Revoked,
            Some(_) => GuestState::Expired,
            None if now >= self.expires_at => GuestState::Expired,
            None if self.invite.is_some() && self.from.is_empty() => GuestState::Invited,
            None => GuestState::Active,
        }
    }
}

/// Blocks one thing, or everything, until it is lifted.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LockRecord {
    /// Its id.
    #[n(0)]
    pub id: LockId,
    /// What kind of thing.
    #[n(1)]
    pub kind: LockKind,
    /// The bits of its id; 0 for everything.
    #[n(2)]
    pub subject: u64,
    /// How people called it then.
    #[n(3)]
    pub object: SafeText,
    /// What becomes of what is open.
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
    /// Until when; `None` = until it is lifted.
    #[n(8)]
    pub until: Option<UnixMs>,
    /// When it ended.
    #[n(9)]
    pub ended: Option<UnixMs>,
}

impl LockRecord {
    /// Whether it blocks at `now`.
    pub fn is_live(&self, now: UnixMs) -> bool {
        self.ended.is_none() && self.until.is_none_or(|until| now < until)
    }

    /// Its state at `now`.
    pub fn state(&self, now: UnixMs) -> LockState {
        if self.is_live(now) { LockState::Active } else { LockState::Ended }
    }

    /// Whether it is on this.
    pub fn is_on(&self, subject: Subject) -> bool {
        (self.kind, self.subject) == subject.parts()
    }
}

/// What a lock can be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One node.
    Node(wire::NodeId),
    /// One operator.
    Operator(OperatorId),
    /// One session.
    Session(SessionId),
    /// One guest.
    Guest(GuestId),
    /// One published port.
    Port(PortId),
    /// Every tunnel there is.
    All,
}

impl Subject {
    /// The kind and the bits of the id.
    pub const fn parts(self) -> (LockKind, u64) {
        match self {
            Self::Node(id) => (LockKind::Node, id.bits()),
            Self::Operator(id) => (LockKind::Operator, id.bits()),
            Self::Session(id) => (LockKind::Session, id.bits()),
            Self::Guest(id) => (LockKind::Guest, id.bits()),
            Self::Port(id) => (LockKind::Port, id.bits()),
            Self::All => (LockKind::All, 0),
        }
    }

    /// What these parts stand for.
    pub const fn of(kind: LockKind, bits: u64) -> Self {
        match kind {
            LockKind::Node => Self::Node(wire::NodeId::from_random(bits)),
            LockKind::Operator => Self::Operator(OperatorId::from_random(bits)),
            LockKind::Session => Self::Session(SessionId::from_random(bits)),
            LockKind::Guest => Self::Guest(GuestId::from_random(bits)),
            LockKind::Port => Self::Port(PortId::from_random(bits)),
            LockKind::All => Self::All,
        }
    }

    /// The id as people write it; none for everything.
    pub fn id_text(self) -> Option<String> {
        match self {
            Self::Node(id) => Some(id.to_string()),
            Self::Operator(id) => Some(id.to_string()),
            Self::Session(id) => Some(id.to_string()),
            Self::Guest(id) => Some(id.to_string()),
            Self::Port(id) => Some(id.to_string()),
            Self::All => None,
        }
    }
}

stored!(SessionRecord, SessionId, "session", "tunnelctl sessions list", Sessions, |_| None);
stored!(GuestRecord, GuestId, "guest", "tunnelctl guests list", Guests, |r| Some(&r.name));
stored!(LockRecord, LockId, "lock", "tunnelctl locks list", Locks, |_| None);

/// A record that admits networks, with the networks ready to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Admitting<T> {
    pub(crate) record: Arc<T>,
    networks: Vec<IpNet>,
}

impl<T> Admitting<T> {
    pub(crate) fn of(record: &Arc<T>, from: &[SafeText]) -> Self {
        let networks = from.iter().filter_map(|text| network(text.as_str())).collect();
        Self { record: Arc::clone(record), networks }
    }

    /// Whether it admits this canonical address.
    pub(crate) fn has(&self, source: IpAddr) -> bool {
        self.networks.iter().any(|net| net.contains(&source))
    }
}
