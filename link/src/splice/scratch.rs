//! One buffer per thread for bytes on their way from a raw end: idle tunnels hold none.

use std::cell::Cell;
use wire::chunk::WORD;

/// Payload of one read. With its word and the yamux header exactly four full TLS records.
pub(super) const PAYLOAD: usize = 64 * 1024 - 12 - WORD;

thread_local! {
    static SCRATCH: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Lends the thread's buffer: room for a word, then for [`PAYLOAD`] bytes.
pub(super) fn with<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    let taken = SCRATCH.with(Cell::take);
    let mut buffer = taken.unwrap_or_else(|| vec![0; WORD + PAYLOAD].into_boxed_slice());
    let result = work(&mut buffer);
    SCRATCH.with(|scratch| scratch.set(Some(buffer)));
    result
}
