//! The chain: assigns places, keeps the head, answers queries from the store, page by page. What is
//! worth a record is decided elsewhere.

mod chain;
mod query;
mod stored;

use crate::fleet::RecordError;
use crate::fleet::encoding;
use wire::audit::AuditEvent;
use wire::{SafeText, UnixMs};

pub(crate) use chain::{Chain, Head, key};
pub(crate) use query::{Reader, find};
pub use stored::{StoredChain, VerifyError, verify_stored};

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Sequence number to start behind (or before, if `backwards`).
    pub after: Option<u64>,
    /// Newest first.
    pub backwards: bool,
    /// At most this many matches.
    pub limit: u32,
    /// `node.` for everything that starts so, `*.denied` as a glob, or one action.
    pub action: Option<SafeText>,
    /// Not older than this.
    pub since: Option<UnixMs>,
    /// Not newer than this.
    pub until: Option<UnixMs>,
}

/// One page of matches.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The matches, in the order asked for.
    pub events: Vec<AuditEvent>,
    /// How many records were looked at.
    pub scanned: u64,
    /// `after` of the next page; `None` at the end.
    pub next: Option<u64>,
    /// Sequence number of the newest durable record.
    pub head: u64,
}

/// Reads one stored record of [`store::Tree::Audit`].
pub(crate) fn decode(value: &[u8]) -> Result<AuditEvent, RecordError> {
    encoding::decode(value)
}
