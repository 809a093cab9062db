//! One row of Access, whatever its tab: what it is, whose, and until when.

use super::Tab;
use crate::filter::{
    Schema, Subject, guest_schema, lock_schema, pending_schema, port_schema, role_schema,
    rule_schema, session_schema,
};
use serde::{Deserialize, Serialize};
use wire::message::view::{
    GuestState, GuestView, LockState, LockView, PendingView, PortView, RoleView, RuleState,
    RuleView, SessionState, SessionView,
};
use wire::{GuestId, LockId, NodeId, PortId, RuleId, SessionId, UnixMs};

/// What a row is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A session.
    Session(SessionId),
    /// A published port.
    Port(PortId),
    /// A role, by its name folded into a number.
    Role(u64),
    /// A rule.
    Rule(RuleId),
    /// A guest.
    Guest(GuestId),
    /// A lock.
    Lock(LockId),
    /// A node that waits.
    Pending(NodeId),
}

impl Key {
    /// Its tab.
    pub const fn tab(self) -> Tab {
        match self {
            Self::Session(_) => Tab::Sessions,
            Self::Port(_) => Tab::Ports,
            Self::Role(_) => Tab::Roles,
            Self::Rule(_) => Tab::Rules,
            Self::Guest(_) => Tab::Guests,
            Self::Lock(_) => Tab::Locks,
            Self::Pending(_) => Tab::Pending,
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named for what it is")]
pub enum Row {
    Session(Box<SessionView>),
    Port(Box<PortView>),
    Role(RoleView),
    Rule(Box<RuleView>),
    Guest(Box<GuestView>),
    Lock(Box<LockView>),
    Pending(Box<PendingView>),
}

impl Row {
    /// What it is known by.
    pub fn key(&self) -> Key {
        match self {
            Self::Session(session) => Key::Session(session.id),
            Self::Port(port) => Key::Port(port.id),
            Self::Role(role) => Key::Role(folded(role.name.as_str())),
            Self::Rule(rule) => Key::Rule(rule.id),
            Self::Guest(guest) => Key::Guest(guest.id),
            Self::Lock(lock) => Key::Lock(lock.id),
            Self::Pending(pending) => Key::Pending(pending.id),
        }
    }

    /// Its id as commands take it.
    pub fn id(&self) -> String {
        match self {
            Self::Session(session) => session.id.to_string(),
            Self::Port(port) => port.id.to_string(),
            Self::Role(role) => role.name.to_string(),
            Self::Rule(rule) => rule.id.to_string(),
            Self::Guest(guest) => guest.id.to_string(),
            Self::Lock(lock) => lock.id.to_string(),
            Self::Pending(pending) => pending.id.to_string(),
        }
    }

    /// What people call it.
    pub fn name(&self) -> String {
        match self {
            Self::Port(port) => port.name.to_string(),
            Self::Guest(guest) => guest.name.to_string(),
            Self::Pending(pending) => pending.name.to_string(),
            _ => self.id(),
        }
    }

    /// Who it is about, or who made it.
    pub fn who(&self) -> &str {
        match self {
            Self::Session(session) => session.operator.as_str(),
            Self::Rule(rule) => rule.who.as_str(),
            Self::Guest(guest) => guest.by.as_ref().map_or("", |by| by.as_str()),
            Self::Lock(lock) => lock.by.as_ref().map_or("", |by| by.as_str()),
            Self::Port(_) | Self::Role(_) | Self::Pending(_) => "",
        }
    }

    /// When it ends by itself, if it has not ended yet.
    pub fn ends_at(&self) -> Option<UnixMs> {
        match self {
            _ if self.is_over() => None,
            Self::Session(session) => session.expires_at,
            Self::Rule(rule) => rule.until,
            Self::Guest(guest) => Some(guest.expires_at),
            Self::Lock(lock) => lock.until,
            Self::Port(_) | Self::Role(_) | Self::Pending(_) => None,
        }
    }

    /// When it began.
    pub fn began(&self) -> Option<UnixMs> {
        match self {
            Self::Session(session) => Some(session.started_at),
            Self::Port(port) => Some(port.created_at),
            Self::Guest(guest) => Some(guest.created_at),
            Self::Lock(lock) => Some(lock.created_at),
            Self::Pending(pending) => Some(pending.since),
            Self::Role(_) | Self::Rule(_) => None,
        }
    }

    /// Open tunnels that rest on it.
    pub fn tunnels(&self) -> u32 {
        match self {
            Self::Session(session) => session.tunnels,
            Self::Port(port) => port.tunnels,
            Self::Guest(guest) => guest.tunnels,
            Self::Role(role) => role.operators,
            Self::Rule(_) | Self::Lock(_) | Self::Pending(_) => 0,
        }
    }

    /// Whether it is of the past.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Session(session) => {
                !matches!(session.state, SessionState::Active | SessionState::Expiring)
            }
            Self::Rule(rule) => rule.state == RuleState::Expired,
            Self::Guest(guest) => {
                matches!(guest.state, GuestState::Expired | GuestState::Revoked)
            }
            Self::Lock(lock) => lock.state == LockState::Ended,
            Self::Port(_) | Self::Role(_) | Self::Pending(_) => false,
        }
    }

    /// Whether a lock is on it, or it is a lock in force.
    pub fn is_locked(&self) -> bool {
        match self {
            Self::Session(session) => session.locked.is_some(),
            Self::Guest(guest) => guest.locked.is_some(),
            Self::Lock(lock) => lock.state == LockState::Active,
            Self::Port(_) | Self::Role(_) | Self::Rule(_) | Self::Pending(_) => false,
        }
    }

    /// What a filter is asked of.
    pub fn subject(&self) -> &dyn Subject {
        match self {
            Self::Session(session) => session.as_ref(),
            Self::Port(port) => port.as_ref(),
            Self::Role(role) => role,
            Self::Rule(rule) => rule.as_ref(),
            Self::Guest(guest) => guest.as_ref(),
            Self::Lock(lock) => lock.as_ref(),
            Self::Pending(pending) => pending.as_ref(),
        }
    }
}

impl Tab {
    /// The keys a filter of its rows may use.
    pub const fn schema(self) -> Schema {
        match self {
            Self::Sessions => session_schema(),
            Self::Ports => port_schema(),
            Self::Roles => role_schema(),
            Self::Rules => rule_schema(),
            Self::Guests => guest_schema(),
            Self::Locks => lock_schema(),
            Self::Pending => pending_schema(),
        }
    }
}

/// A name as a number (FNV-1a): roles have no other id.
fn folded(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
