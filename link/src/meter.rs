//! Counters of one tunnel: atomics, written by the splice, sampled by others.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Payload bytes of a tunnel in both directions. "Up" is towards the target.
#[derive(Debug, Default)]
pub struct Meter {
    up: AtomicU64,
    down: AtomicU64,
}

impl Meter {
    /// Counts bytes towards the target.
    pub fn add_up(&self, bytes: usize) {
        self.up.fetch_add(bytes as u64, Relaxed);
    }
    /// Counts bytes from the target.
    pub fn add_down(&self, bytes: usize) {
        self.down.fetch_add(bytes as u64, Relaxed);
    }
    /// Bytes towards the target so far.
    pub fn up(&self) -> u64 {
        self.up.load(Relaxed)
    }
    /// Bytes from the target so far.
    pub fn down(&self) -> u64 {
        self.down.load(Relaxed)
    }
}
