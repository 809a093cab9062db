//! The closed set of changes to what is granted or blocked for a time, and what they share. What
//! each does is in the file of its verb.

use super::{
    By, Change, Op, Refused, guest_admit, guest_arrive, guest_end, guest_extend, guest_invite,
    lock_create, lock_end, operator_revoke, session_end, session_extend, session_move,
    session_start, terms,
};
use crate::fleet::{Ended, Fleet, MAX_NETWORKS, Subject};
use crate::policy::network;
use std::net::IpAddr;
use std::time::Duration;
use wire::message::view::LockMode;
use wire::{GuestId, LockId, Name, OperatorId, Refusal, RefusalCode, SafeText, SessionId, UnixMs};

/// A change to sessions, guests, locks or operators' standing.
#[derive(Debug, Clone)]
pub enum Grant {
    /// Admits an operator's addresses for a time.
    SessionStart {
        /// Whose it is.
        operator: OperatorId,
        /// The id it gets.
        id: SessionId,
        /// Networks to admit.
        from: Vec<SafeText>,
        /// Addresses he is connected from, for an automatic session.
        seen: Vec<SafeText>,
        /// The addresses follow his connections.
        auto: bool,
        /// Only on these ports, by name or id.
        ports: Vec<SafeText>,
        /// How long.
        lasts: Duration,
        /// How long the operator's sessions may be.
        longest: Duration,
        /// A network that is the whole world is meant.
        anyone_really: bool,
    },
    /// Moves the end of a session.
    SessionExtend {
        /// Which.
        session: SessionId,
        /// From now.
        lasts: Duration,
        /// How long the operator's sessions may be.
        longest: Duration,
    },
    /// Ends a session, or takes it away.
    SessionEnd {
        /// Which.
        session: SessionId,
        /// How.
        how: Ended,
    },
    /// The operator of an automatic session is connected from other addresses.
    SessionMove {
        /// Which.
        session: SessionId,
        /// Where he is now.
        seen: Vec<SafeText>,
    },
    /// Admits networks to a published port for a time.
    GuestAdmit {
        /// Its name.
        name: Name,
        /// The id it gets.
        id: GuestId,
        /// The port, by name or id.
        port: SafeText,
        /// Networks to admit.
        from: Vec<SafeText>,
        /// How long.
        lasts: Duration,
        /// A network that is the whole world is meant.
        anyone_really: bool,
    },
    /// Invites a guest by a link.
    GuestInvite {
        /// Its name.
        name: Name,
        /// The id it gets.
        id: GuestId,
        /// SHA-256 of the secret in the link.
        hash: [u8; 32],
        /// Makes the port that leads to its target.
        port: Box<Op>,
        /// How long.
        lasts: Duration,
    },
    /// An invited guest came.
    GuestArrive {
        /// Which.
        guest: GuestId,
        /// From where.
        source: IpAddr,
    },
    /// Moves the end of a guest.
    GuestExtend {
        /// Which.
        guest: GuestId,
        /// From now.
        lasts: Duration,
    },
    /// Removes a guest, or takes its admission away.
    GuestEnd {
        /// Which.
        guest: GuestId,
        /// How.
        how: Ended,
    },
    /// Blocks something.
    LockCreate {
        /// What.
        subject: Subject,
        /// The id the lock gets.
        id: LockId,
        /// How people call it.
        object: SafeText,
        /// What becomes of what is open.
        mode: LockMode,
        /// How long; `None` = until it is lifted.
        lasts: Option<Duration>,
    },
    /// Lifts a lock.
    LockEnd {
        /// Which.
        lock: LockId,
    },
    /// Ends an operator's credential for good, and his sessions with it.
    OperatorRevoke {
        /// Who.
        operator: OperatorId,
    },
    /// Ends what is past its time, unless it was given another one meanwhile.
    Terms(Terms),
}

/// What is past its time, with the time it was seen to have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// Sessions.
    pub sessions: Vec<(SessionId, UnixMs)>,
    /// Guests.
    pub guests: Vec<(GuestId, UnixMs)>,
    /// Locks.
    pub locks: Vec<(LockId, UnixMs)>,
}

impl Terms {
    /// Nothing is past its time.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.guests.is_empty() && self.locks.is_empty()
    }
}

impl Grant {
    /// Whether it takes access away, and nothing else.
    pub(super) fn takes_away(&self) -> bool {
        match self {
            Self::SessionEnd { .. }
            | Self::GuestEnd { .. }
            | Self::LockCreate { .. }
            | Self::OperatorRevoke { .. }
            | Self::Terms(_) => true,
            Self::SessionStart { .. }
            | Self::SessionExtend { .. }
            | Self::SessionMove { .. }
            | Self::GuestAdmit { .. }
            | Self::GuestInvite { .. }
            | Self::GuestArrive { .. }
            | Self::GuestExtend { .. }
            | Self::LockEnd { .. } => false,
        }
    }
}

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    grant: &Grant,
    now: UnixMs,
) -> Result<Change, Refused> {
    let change = match grant {
        Grant::SessionStart { .. } => return session_start::run(fleet, by, grant, now),
        Grant::SessionExtend { session, lasts, longest } => {
            session_extend::run(fleet, by, *session, (*lasts, *longest), now)
        }
        Grant::SessionEnd { session, how } => session_end::run(fleet, by, *session, *how, now),
        Grant::SessionMove { session, seen } => session_move::run(fleet, by, *session, seen, now),
        Grant::GuestAdmit { .. } => guest_admit::run(fleet, by, grant, now),
        Grant::GuestInvite { .. } => guest_invite::run(fleet, by, grant, now),
        Grant::GuestArrive { guest, source } => guest_arrive::run(fleet, by, *guest, *source, now),
        Grant::GuestExtend { guest, lasts } => guest_extend::run(fleet, by, *guest, *lasts, now),
        Grant::GuestEnd { guest, how } => guest_end::run(fleet, by, *guest, *how, now),
        Grant::LockCreate { .. } => lock_create::run(fleet, by, grant, now),
        Grant::LockEnd { lock } => lock_end::run(fleet, by, *lock, now),
        Grant::OperatorRevoke { operator } => operator_revoke::run(fleet, by, *operator, now),
        Grant::Terms(due) => Ok(terms::run(fleet, due, now)),
    };
    change.map_err(Into::into)
}

/// Networks in canonical form, each once. Opening something to the whole world has to be meant.
pub(crate) fn networks(from: &[SafeText], anyone_really: bool) -> Result<Vec<SafeText>, Refusal> {
    let mut networks: Vec<SafeText> = Vec::with_capacity(from.len());
    for text in from {
        let net = network(text.as_str()).ok_or_else(|| {
            usage(format!("{:?} is not a network", text.as_str())).hint("like 203.0.113.7/32")
        })?;
        if net.prefix_len() == 0 && !anyone_really {
            return Err(usage(format!("{net} would let in the whole world"))
                .hint("--anyone-really, if meant"));
        }
        let net = net.to_string().into();
        if !networks.contains(&net) {
            networks.push(net);
        }
    }
    match networks.len() {
        many if many > MAX_NETWORKS => {
            Err(usage(format!("{many} networks, at most {MAX_NETWORKS} are admitted at once")))
        }
        _ => Ok(networks),
    }
}

/// A time that is not over at once.
pub(super) fn lasting(lasts: Duration) -> Result<Duration, Refusal> {
    if lasts < Duration::from_secs(1) {
        return Err(usage("it would be over at once").hint("--for 1h"));
    }
    Ok(lasts)
}

pub(super) fn usage(message: impl Into<SafeText>) -> Refusal {
    Refusal::new(RefusalCode::Usage, message)
}

pub(super) fn joined(texts: &[SafeText]) -> String {
    texts.iter().map(SafeText::as_str).collect::<Vec<_>>().join(",")
}
