//! Clocks that are wrong: a machine's own time is not the server's.

use link::System;
use link::clock::Clock;
use std::backtrace::Backtrace;
use std::sync::{Mutex, PoisonError};
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

/// A clock that panics in whatever function asks it next from a given place: a bug in one task, put
/// there without a word in the program that is tested.
#[derive(Debug, Default)]
pub struct Faulty {
    trap: Mutex<Option<&'static str>>,
}

impl Faulty {
    /// The next call below `place`, a function or a path of a source file, panics, once.
    pub fn arm(&self, place: &'static str) {
        *self.trap() = Some(place);
    }

    /// Whether the last panic that was asked for has happened.
    pub fn has_sprung(&self) -> bool {
        self.trap().is_none()
    }

    fn trap(&self) -> std::sync::MutexGuard<'_, Option<&'static str>> {
        self.trap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Panics
    /// If the trap is armed for one of the callers.
    fn look(&self) {
        let Some(place) = *self.trap() else { return };
        let callers = Backtrace::force_capture().to_string();
        if callers.contains(place) && self.trap().take().is_some() {
            std::panic::panic_any(format!("on purpose, in {place}"));
        }
    }
}

impl Clock for Faulty {
    fn now(&self) -> Instant {
        self.look();
        System.now()
    }

    fn wall(&self) -> UnixMs {
        self.look();
        System.wall()
    }
}
