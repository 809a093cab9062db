//! Clocks that are wrong: a machine's own time is not the server's.

use link::System;
use link::clock::Clock;
use std::time::{Duration, Instant};
use wire::UnixMs;

/// A machine whose clock is ahead by this much.
#[derive(Debug)]
pub struct Ahead(pub Duration);

impl Clock for Ahead {
    fn now(&self) -> Instant {
        System.now()
    }

    fn wall(&self) -> UnixMs {
        System.wall().after(self.0)
    }
}

/// A machine whose wall clock stands still: it never finds that anything is due.
#[derive(Debug)]
pub struct Stopped(pub UnixMs);

impl Clock for Stopped {
    fn now(&self) -> Instant {
        System.now()
    }

    fn wall(&self) -> UnixMs {
        self.0
    }
}
