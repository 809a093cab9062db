//! The reconnect curve of product.md F1.4. Pure: randomness is passed in.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use std::time::{Duration, Instant};

/// 3 tries at 200 ms ± 50 %, then 1 s doubling with full jitter, cap 30 s, reset after 30 s of health.
#[derive(Debug, Clone, Default)]
pub struct Backoff {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A link that worked was lost.
    Lost,
    /// The dial was refused or shed before the handshake: straight to the jittered curve.
    Shed,
    /// The server said when to come back.
    After(Duration),
}

impl Backoff {
    /// How long to wait before the next try. `random` is uniform.
    pub fn wait(&mut self, ending: Ending, random: u64) -> Duration {
        todo!()
    }
    /// The link has been healthy for this long.
    pub fn healthy(&mut self, for_: Duration) {
        todo!()
    }
    pub fn tries(&self) -> u32 {
        todo!()
    }
}
