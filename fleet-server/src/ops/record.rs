//! Only an audit record; nothing else changes.

use super::{Change, Done};
use wire::audit::Entry;

pub(super) fn run(entry: &Entry) -> Change {
    Change::new(Vec::new(), vec![entry.clone()], Done::Nothing)
}
