//! When to say something, and when to give the other side up (F1.4). Any received byte is life.

use core::time::Duration;
use std::time::Instant;

/// Heartbeat and silence limits of one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Say something at least this often.
    pub heartbeat: Duration,
    /// Silence after which the link is dead.
    pub dead_after: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { heartbeat: crate::limits::HEARTBEAT, dead_after: crate::limits::DEAD_AFTER }
    }
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing before this instant.
    Wait(Instant),
    /// Send a heartbeat now.
    Heartbeat,
    /// The peer is dead.
    Dead,
}

/// The timers of one link.
#[derive(Debug, Clone)]
pub struct Liveness {
    pace: Pace,
    heard: Instant,
    said: Instant,
}

impl Liveness {
    /// A link that was just established.
    pub const fn new(pace: Pace, now: Instant) -> Self {
        Self { pace, heard: now, said: now }
    }

    /// Any byte came from the peer.
    pub const fn handle_received(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Something was sent.
    pub const fn handle_sent(&mut self, now: Instant) {
        self.said = now;
    }

    /// What is due at `now`.
    pub fn poll(&self, now: Instant) -> Due {
        let dead = self.heard + self.pace.dead_after;
        let speak = self.said + self.pace.heartbeat;
        if now >= dead {
            Due::Dead
        } else if now >= speak {
            Due::Heartbeat
        } else {
            Due::Wait(dead.min(speak))
        }
    }

    /// How long nothing was heard.
    pub fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_peer_is_dead_within_the_promise_and_not_before() {
        let start = Instant::now();
        let mut link = Liveness::new(Pace::default(), start);
        let (mut now, mut beats) = (start, 0);
        while link.poll(now) != Due::Dead {
            match link.poll(now) {
                Due::Heartbeat => {
                    beats += 1;
                    link.handle_sent(now);
                }
                Due::Wait(until) => now = until,
                Due::Dead => {}
            }
        }
        assert_eq!(now - start, crate::limits::DEAD_AFTER);
        assert_eq!(beats, 2);
    }

    #[test]
    fn any_byte_is_life() {
        let start = Instant::now();
        let mut link = Liveness::new(Pace::default(), start);
        link.handle_received(start + Duration::from_secs(20));
        assert_ne!(link.poll(start + Duration::from_secs(40)), Due::Dead);
    }
}
