//! Whose fault: bytes that do not decode, a peer that breaks the rules, a polite no.

use crate::ids::RuleId;
use crate::text::SafeText;
use core::fmt;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Bytes that are not a message of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The length word is over the bound of this place.
    #[error("a frame of {claimed} bytes, the bound here is {bound}")]
    TooLong {
        /// The claimed length.
        claimed: usize,
        /// The bound.
        bound: usize,
    },
    /// The body is not CBOR of the expected shape.
    #[error("a malformed frame: {0}")]
    Malformed(String),
}

/// A peer broke the protocol; its connection ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Undecodable bytes.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A message that is not allowed in this state.
    #[error("unexpected {0}")]
    Unexpected(&'static str),
    /// The other side speaks no version we know.
    #[error("protocol {peer_min}..={peer_max} is not ours ({ours})")]
    Version {
        /// Oldest version of the peer.
        peer_min: u32,
        /// Newest version of the peer.
        peer_max: u32,
        /// Our version.
        ours: u32,
    },
}

/// What kind of no, and with it the exit code of the command line (cli.md §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// Anything not below.
    #[n(1)]
    Failed,
    /// The request itself is wrong.
    #[n(2)]
    Usage,
    /// No such object, or none this operator may see.
    #[n(3)]
    NotFound,
    /// Not logged in, or expired.
    #[n(4)]
    Auth,
    /// Role, rule or target says no.
    #[n(5)]
    Denied,
    /// The node is known and away.
    #[n(6)]
    NodeOffline,
    /// Something did not happen in time.
    #[n(7)]
    Timeout,
    /// The server can't serve this: draining, store failed, too old.
    #[n(9)]
    Server,
    /// Exists, stale, or held by another.
    #[n(11)]
    Conflict,
}

impl RefusalCode {
    /// The contract's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Auth => "auth",
            Self::Denied => "denied",
            Self::NodeOffline => "node_offline",
            Self::Timeout => "timeout",
            Self::Server => "server",
            Self::Conflict => "conflict",
        }
    }
}

/// A polite no: what, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind.
    #[n(0)]
    pub code: RefusalCode,
    /// One sentence that names the object.
    #[n(1)]
    pub message: SafeText,
    /// The next step, preferably a command.
    #[n(2)]
    pub hint: Option<SafeText>,
    /// The rule that decided, where one did and the peer may know.
    #[n(3)]
    pub rule: Option<RuleId>,
}

impl Refusal {
    /// A refusal with a sentence and no hint.
    pub fn new(code: RefusalCode, message: impl Into<SafeText>) -> Self {
        Self { code, message: message.into(), hint: None, rule: None }
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<SafeText>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with the rule that decided.
    #[must_use]
    pub fn rule(mut self, rule: RuleId) -> Self {
        self.rule = Some(rule);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.message, f)
    }
}

impl std::error::Error for Refusal {}
