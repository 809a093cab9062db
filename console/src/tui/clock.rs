//! Where the console's time comes from: the machine's clock, or a recording's.

use super::msg::Now;
use link::SharedClock;
use std::time::{Duration, Instant};
use wire::UnixMs;

/// Monotonic and wall time may drift apart by this before it counts as a machine that slept.
const SLEPT: Duration = Duration::from_secs(5);

/// The console's clock.
#[derive(Debug)]
pub struct Clock {
    source: SharedClock,
    started: Instant,
    replay: Option<Replayed>,
    offset: Option<i128>,
}

#[derive(Debug, Clone, Copy)]
struct Replayed {
    began: UnixMs,
    speed: f64,
}

impl Clock {
    /// Starts now.
    pub fn new(source: SharedClock) -> Self {
        Self { started: source.now(), source, replay: None, offset: None }
    }

    /// Wall time runs as it did in a recording that began at `began`.
    #[must_use]
    pub fn replaying(mut self, began: UnixMs, speed: f64) -> Self {
        self.replay = Some(Replayed { began, speed });
        self
    }

    /// The time.
    pub fn now(&self) -> Now {
        let mono = self.source.now().saturating_duration_since(self.started);
        let wall = match self.replay {
            Some(Replayed { began, speed }) => began.after(mono.mul_f64(speed)),
            None => self.source.wall(),
        };
        Now { mono, wall }
    }

    /// The instant of a time since the start.
    pub fn instant(&self, mono: Duration) -> Instant {
        self.started + mono
    }

    /// Whether the machine slept since the last call: wall time ran on without the other.
    pub fn slept(&mut self) -> bool {
        let now = self.now();
        let offset =
            i128::from(now.wall.0) - i128::try_from(now.mono.as_millis()).unwrap_or_default();
        let before = self.offset.replace(offset);
        let jump = before.map_or(0, |before| (offset - before).unsigned_abs());
        self.replay.is_none() && jump > SLEPT.as_millis()
    }
}
