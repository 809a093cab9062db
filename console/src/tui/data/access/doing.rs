//! A change of what Access shows: what it is called, what the server is asked, and the command line
//! that does the same.

use crate::tui::data::forwards::quoted;
use std::time::Duration;
use wire::SafeText;
use wire::message::operator::{Intent, LockSpec, Request};
use wire::message::view::{LockKind, LockMode};

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A session ends; what it admitted is cut.
    EndSession,
    /// A session is taken away for good.
    RevokeSession,
    /// An operator's credential ends for good.
    RevokeOperator,
    /// A guest is removed.
    EndGuest,
    /// A guest's admission is taken away for good.
    RevokeGuest,
    /// Something is blocked until it is unlocked, or for this long.
    Lock(LockKind, Option<Duration>),
    /// A block is lifted.
    Unlock(LockKind),
    /// A node that waits is let in; its fingerprint must be this one.
    Approve(SafeText),
    /// A node that waits is turned away.
    Deny,
}

/// A change to one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// What is done.
    pub act: Act,
    /// The object as the server is asked for it: an id where there is one, so that a rename in
    /// between changes nothing.
    pub id: String,
    /// What people call it.
    pub name: String,
}

impl Doing {
    /// `Lock operator`, for the dialog's title.
    pub fn title(&self) -> String {
        match &self.act {
            Act::EndSession => "End session".to_owned(),
            Act::RevokeSession => "Revoke session — no undo".to_owned(),
            Act::RevokeOperator => "Revoke operator — no undo".to_owned(),
            Act::EndGuest => "End guest".to_owned(),
            Act::RevokeGuest => "Revoke guest — no undo".to_owned(),
            Act::Lock(kind, _) => format!("Lock {kind}"),
            Act::Unlock(kind) => format!("Unlock {kind}"),
            Act::Approve(_) => "Let a node in".to_owned(),
            Act::Deny => "Turn a node away".to_owned(),
        }
    }

    /// The word on the button.
    pub const fn verb(&self) -> &'static str {
        match &self.act {
            Act::EndSession | Act::EndGuest => "End",
            Act::RevokeSession | Act::RevokeOperator | Act::RevokeGuest => "Revoke",
            Act::Lock(..) => "Lock",
            Act::Unlock(_) => "Unlock",
            Act::Approve(_) => "Approve",
            Act::Deny => "Deny",
        }
    }

    /// What has happened, once it has.
    pub fn done(&self) -> String {
        let name = &self.name;
        match &self.act {
            Act::EndSession => format!("ended session {name}"),
            Act::RevokeSession => format!("revoked session {name}"),
            Act::RevokeOperator => format!("revoked operator {name}"),
            Act::EndGuest => format!("ended guest {name}"),
            Act::RevokeGuest => format!("revoked guest {name}"),
            Act::Lock(kind, _) => format!("locked {kind} {name}"),
            Act::Unlock(kind) => format!("unlocked {kind} {name}"),
            Act::Approve(_) => format!("approved {name}"),
            Act::Deny => format!("denied {name}"),
        }
    }

    /// The sentences of the dialog, after its question.
    pub fn about(&self) -> &'static str {
        match &self.act {
            Act::EndSession => "Its operator may start another one.",
            Act::RevokeSession | Act::RevokeGuest => {
                "This cannot be undone, but another one can be started."
            }
            Act::RevokeOperator => "This cannot be undone. The operator must enrol again.",
            Act::EndGuest => "The guest can be admitted again.",
            Act::Lock(..) => "It can be unlocked again. Empty time = until then.",
            Act::Unlock(_) => "What the lock kept out may come back.",
            Act::Approve(_) => "Compare the words with those the node prints first.",
            Act::Deny => "It may ask again with another token.",
        }
    }

    /// Whether the name must be typed to agree.
    pub const fn is_severe(&self) -> bool {
        matches!(self.act, Act::RevokeOperator)
    }

    /// Whether the server wants to know why.
    pub const fn needs_reason(&self) -> bool {
        matches!(self.act, Act::RevokeOperator | Act::Lock(..))
    }

    /// Whether it can be for a time.
    pub const fn takes_time(&self) -> bool {
        matches!(self.act, Act::Lock(..))
    }

    /// What the server is asked.
    pub fn request(&self, intent: Intent) -> Request {
        let id = SafeText::clean(&self.id);
        match &self.act {
            Act::EndSession => Request::SessionEnd { session: id, intent },
            Act::RevokeSession => Request::SessionRevoke { session: id, intent },
            Act::RevokeOperator => Request::OperatorRevoke { operator: id, intent },
            Act::EndGuest => Request::GuestDelete { guest: id, intent },
            Act::RevokeGuest => Request::GuestRevoke { guest: id, intent },
            Act::Lock(kind, lasts) => {
                let for_ms = lasts.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
                let spec = LockSpec { kind: *kind, name: id, for_ms, mode: LockMode::Cut };
                Request::Lock { spec, intent }
            }
            Act::Unlock(kind) => Request::Unlock { kind: *kind, name: id, intent },
            Act::Approve(fingerprint) => {
                let fingerprint = Some(fingerprint.clone());
                Request::PendingApprove { node: id, fingerprint, intent }
            }
            Act::Deny => Request::PendingDeny { node: id, intent },
        }
    }

    /// What the server is asked to show what the change would cut.
    pub fn plan(&self) -> Request {
        // Also a plan of a lock has to have a reason; nothing keeps it.
        let reason = self.needs_reason().then(|| "plan".into());
        self.request(Intent { dry_run: true, reason })
    }

    /// The command line that does the same, as far as the form is filled in.
    pub fn command(&self, reason: &str, lasts: &str) -> String {
        let name = quoted(&self.name);
        let mut line = match &self.act {
            Act::EndSession => format!("tunnelctl sessions end {name}"),
            Act::RevokeSession => format!("tunnelctl revoke session {name}"),
            Act::RevokeOperator => format!("tunnelctl revoke operator {name} --confirm {name}"),
            Act::EndGuest => format!("tunnelctl guests delete {name}"),
            Act::RevokeGuest => format!("tunnelctl revoke guest {name}"),
            Act::Lock(LockKind::All, _) => "tunnelctl lock all --confirm all".to_owned(),
            Act::Lock(kind, _) => format!("tunnelctl lock {kind} {name}"),
            Act::Unlock(LockKind::All) => "tunnelctl unlock all".to_owned(),
            Act::Unlock(kind) => format!("tunnelctl unlock {kind} {name}"),
            Act::Approve(fingerprint) => {
                let fingerprint = quoted(fingerprint.as_str());
                format!("tunnelctl pending approve {name} --fingerprint {fingerprint}")
            }
            Act::Deny => format!("tunnelctl pending deny {name}"),
        };
        if self.takes_time() && !lasts.is_empty() {
            line.push_str(&format!(" --for {}", quoted(lasts)));
        }
        if !reason.is_empty() {
            line.push_str(&format!(" --reason {}", quoted(reason)));
        } else if self.needs_reason() {
            line.push_str(" --reason TEXT");
        }
        line
    }
}
