//! What all connections of one relay share: the sky, what was cut and forgotten, and the trap.

use super::shape::{Shape, Shaped, Way};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What happens to bytes and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sky {
    /// Everything passes.
    Clear,
    /// Connections stay, nothing passes, nothing is told: a NAT that forgot, a cable that was cut.
    BlackHole,
    /// The same towards the client only: it hears nothing, and what it says arrives.
    Deaf,
    /// The same towards the server only.
    Mute,
    /// Connections are reset, new ones too.
    Storm,
}

/// What a trap does when it springs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snap {
    /// The record is lost and its connection is reset.
    Lose,
    /// Half of the record passes, then its connection is closed.
    Tear,
    /// The record is lost and its connection is closed: a clean end of TCP that is none of TLS.
    End,
    /// Nothing passes any more on any connection, until the next cut.
    Hold,
}

/// The weather at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) sky: Sky,
    /// Connections made before the newest cut are reset.
    pub(super) cuts: u64,
    /// Connections made before the newest forgetting are silent.
    pub(super) forgotten: u64,
}

/// The habits of the way, up and down, and where the next connection's random numbers begin.
#[derive(Debug, Default)]
struct Habits {
    up: Shape,
    down: Shape,
    seed: u64,
}

#[derive(Debug, Default)]
struct Trap {
    armed: Option<(usize, Snap)>,
}

#[derive(Debug)]
pub(super) struct Air {
    pub(super) now: watch::Sender<Now>,
    pub(super) sprung: watch::Sender<bool>,
    trap: Mutex<Trap>,
    habits: Mutex<Habits>,
}

impl Default for Air {
    fn default() -> Self {
        let now = Now { sky: Sky::Clear, cuts: 0, forgotten: 0 };
        Self {
            now: watch::Sender::new(now),
            sprung: watch::Sender::new(false),
            trap: Mutex::default(),
            habits: Mutex::default(),
        }
    }
}

impl Air {
    pub(super) fn shape(&self, way: Way, shape: Shape) {
        let mut habits = self.habits.lock().unwrap_or_else(PoisonError::into_inner);
        match way {
            Way::Up => habits.up = shape,
            Way::Down => habits.down = shape,
        }
    }

    pub(super) fn seed(&self, seed: u64) {
        self.habits.lock().unwrap_or_else(PoisonError::into_inner).seed = seed;
    }

    /// What a new connection meets, up and down.
    pub(super) fn shaped(&self) -> (Shaped, Shaped) {
        let mut habits = self.habits.lock().unwrap_or_else(PoisonError::into_inner);
        habits.seed = habits.seed.wrapping_add(2);
        let seed = habits.seed;
        (Shaped::new(habits.up, seed), Shaped::new(habits.down, seed.wrapping_add(1)))
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Now)) {
        self.now.send_modify(change);
    }

    pub(super) fn arm(&self, at: usize, snap: Snap) {
        self.sprung.send_replace(false);
        self.trap().armed = Some((at, snap));
    }

    pub(super) fn disarm(&self) {
        self.trap().armed = None;
    }

    pub(super) fn is_armed(&self) -> bool {
        self.trap().armed.is_some()
    }

    /// One more record or end is about to pass; what is to be done instead.
    pub(super) fn step(&self) -> Option<Snap> {
        let mut trap = self.trap();
        let (left, snap) = trap.armed?;
        if left > 0 {
            trap.armed = Some((left - 1, snap));
            return None;
        }
        trap.armed = None;
        if snap == Snap::Hold {
            self.change(|now| now.sky = Sky::BlackHole);
        }
        self.sprung.send_replace(true);
        Some(snap)
    }

    fn trap(&self) -> MutexGuard<'_, Trap> {
        self.trap.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
