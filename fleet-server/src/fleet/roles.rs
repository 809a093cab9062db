//! The stored roles, and operators' requests for them.

use super::Stored;
use minicbor::{Decode, Encode};
use std::time::Duration;
use store::Tree;
use wire::message::view::{Permission, RequestState};
use wire::{AccessRequestId, Name, OperatorId, SafeText, UnixMs};

/// A named set of permissions. `admin` is not stored: it has all of them.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct RoleRecord {
    /// Its name, which is also what it is called by.
    #[n(0)]
    pub name: Name,
    /// What it permits, in order.
    #[n(1)]
    pub permissions: Vec<Permission>,
    /// How long a session by it may last, in milliseconds.
    #[n(2)]
    pub max_session_ms: Option<u64>,
    /// When it was made.
    #[n(3)]
    pub created_at: UnixMs,
}

impl RoleRecord {
    /// How long a session by it may last.
    pub fn max_session(&self) -> Option<Duration> {
        self.max_session_ms.map(Duration::from_millis)
    }
}

impl Stored for RoleRecord {
    const KIND: &'static str = "role";
    const PREFIX: &'static str = "role";
    const LIST: &'static str = "tunnelctl roles list";
    const TREE: Tree = Tree::Roles;

    /// A digest of the name: roles have no other id.
    fn bits(&self) -> u64 {
        let digest = blake3::hash(self.name.as_str().as_bytes());
        digest.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    fn id_text(&self) -> String {
        self.name.to_string()
    }

    fn name(&self) -> Option<&Name> {
        Some(&self.name)
    }
}

/// An operator's request for a role, for a time.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct AccessRequestRecord {
    /// Its id.
    #[n(0)]
    pub id: AccessRequestId,
    /// Who asks.
    #[n(1)]
    pub operator: OperatorId,
    /// What he is called.
    #[n(2)]
    pub name: Name,
    /// For which role.
    #[n(3)]
    pub role: Name,
    /// For how long, in milliseconds.
    #[n(4)]
    pub for_ms: u64,
    /// Why.
    #[n(5)]
    pub reason: SafeText,
    /// When it was made.
    #[n(6)]
    pub created_at: UnixMs,
    /// When it ends unanswered.
    #[n(7)]
    pub expires_at: UnixMs,
    /// What came of it.
    #[n(8)]
    pub answer: Option<AccessAnswer>,
}

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct AccessAnswer {
    /// Who answered.
    #[n(0)]
    pub by: SafeText,
    /// When.
    #[n(1)]
    pub at: UnixMs,
    /// When the role it gave ends; `None` = it gave none.
    #[n(2)]
    pub until: Option<UnixMs>,
}

impl AccessRequestRecord {
    /// Its state at `now`.
    pub fn state(&self, now: UnixMs) -> RequestState {
        match &self.answer {
            Some(AccessAnswer { until: Some(_), .. }) => RequestState::Approved,
            Some(AccessAnswer { until: None, .. }) => RequestState::Denied,
            None if self.expires_at <= now => RequestState::Expired,
            None => RequestState::Pending,
        }
    }
}

impl Stored for AccessRequestRecord {
    const KIND: &'static str = "access request";
    const PREFIX: &'static str = AccessRequestId::PREFIX;
    const LIST: &'static str = "tunnelctl access requests";
    const TREE: Tree = Tree::AccessRequests;

    fn bits(&self) -> u64 {
        self.id.bits()
    }

    fn id_text(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> Option<&Name> {
        None
    }
}
