//! Counters of one tunnel: atomics, written by the splice, sampled by others.

mod traffic;

pub use traffic::{Counts, Entered, Traffic};

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// Payload bytes of a tunnel in both directions. "Up" is towards the target.
#[derive(Debug, Default)]
pub struct Meter {
    up: AtomicU64,
    down: AtomicU64,
    first_up: OnceLock<Instant>,
    first_down: OnceLock<Instant>,
    /// What of it went over a lane; only counted where chunks may be packed.
    wire_up: AtomicU64,
    wire_down: AtomicU64,
}

impl Meter {
    /// Counts bytes towards the target.
    pub fn add_up(&self, bytes: usize) {
        if self.up.fetch_add(bytes as u64, Relaxed) == 0 && bytes > 0 {
            // Only the first call gets here.
            let _ = self.first_up.set(tokio::time::Instant::now().into_std());
        }
    }
    /// Counts bytes from the target.
    pub fn add_down(&self, bytes: usize) {
        if self.down.fetch_add(bytes as u64, Relaxed) == 0 && bytes > 0 {
            // Only the first call gets here.
            let _ = self.first_down.set(tokio::time::Instant::now().into_std());
        }
    }
    /// Counts bytes on the wire, in either direction.
    pub fn add_wire(&self, up: usize, down: usize) {
        self.wire_up.fetch_add(up as u64, Relaxed);
        self.wire_down.fetch_add(down as u64, Relaxed);
    }
    /// Bytes on the wire so far, towards the target and from it; zero where nothing is packed.
    pub fn wire(&self) -> (u64, u64) {
        (self.wire_up.load(Relaxed), self.wire_down.load(Relaxed))
    }
    /// When the first byte towards the target was moved.
    pub fn first_up(&self) -> Option<Instant> {
        self.first_up.get().copied()
    }
    /// When the first byte from the target was moved.
    pub fn first_down(&self) -> Option<Instant> {
        self.first_down.get().copied()
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
