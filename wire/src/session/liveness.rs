//! When to say something, and when to give the other side up (F1.4). Any received byte is life, but
//! not alone: what we say must arrive as well, or a path that is dead in one direction looks alive.

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
    /// When the newest beat that the peer confirmed was sent; `None` before the first question.
    arrived: Option<Instant>,
    /// When the newest beat was sent, until it is confirmed.
    asked: Option<Instant>,
}

impl Liveness {
    /// A link that was just established.
    pub const fn new(pace: Pace, now: Instant) -> Self {
        Self { pace, heard: now, said: now, arrived: None, asked: None }
    }

    /// Any byte came from the peer.
    pub const fn handle_received(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Something was sent.
    pub const fn handle_sent(&mut self, now: Instant) {
        self.said = now;
    }

    /// A beat was sent that the peer confirms at once.
    pub const fn handle_asked(&mut self, now: Instant) {
        self.said = now;
        self.asked = Some(now);
        if self.arrived.is_none() {
            self.arrived = Some(now);
        }
    }

    /// The peer confirmed the newest beat.
    pub const fn handle_confirmed(&mut self) {
        if let Some(asked) = self.asked.take() {
            self.arrived = Some(asked);
        }
    }

    /// What is due at `now`.
    pub fn poll(&self, now: Instant) -> Due {
        let dead = self.alive_at() + self.pace.dead_after;
        let speak = self.said + self.pace.heartbeat;
        if now >= dead {
            Due::Dead
        } else if now >= speak {
            Due::Heartbeat
        } else {
            Due::Wait(dead.min(speak))
        }
    }

    /// How long there was no sign of life: nothing heard, or nothing confirmed.
    pub fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.alive_at())
    }

    /// When both directions were last known to work.
    fn alive_at(&self) -> Instant {
        self.arrived.map_or(self.heard, |arrived| self.heard.min(arrived))
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

    /// Beats every `every`; the peer is heard all the time and confirms a beat after `way`, up to
    /// `hole`. When it is given up.
    fn given_up(way: Duration, hole: Duration) -> Option<Duration> {
        let (start, step) = (Instant::now(), Duration::from_millis(100));
        let mut link = Liveness::new(Pace::default(), start);
        let mut confirms = None;
        let mut now = start;
        while now < start + hole + Duration::from_secs(60) {
            link.handle_received(now);
            if confirms.is_some_and(|at| at <= now && now < start + hole) {
                link.handle_confirmed();
                confirms = None;
            }
            match link.poll(now) {
                Due::Dead => return Some(now - start),
                Due::Heartbeat => {
                    link.handle_asked(now);
                    confirms = Some(now + way);
                }
                Due::Wait(_) => {}
            }
            now += step;
        }
        None
    }

    #[test]
    fn a_path_that_is_dead_in_one_direction_is_dead_within_the_promise() {
        for hole in [60, 65, 69] {
            let hole = Duration::from_secs(hole);
            let after = given_up(Duration::from_millis(300), hole).unwrap_or_default() - hole;
            assert!(after <= crate::limits::DEAD_AFTER, "{after:?}");
        }
    }

    #[test]
    fn a_slow_path_is_no_dead_one() {
        let (slow, never) = (Duration::from_secs(9), Duration::from_secs(3600));
        assert!(given_up(slow, never).is_none_or(|after| after > never));
    }

    #[test]
    fn any_byte_is_life() {
        let start = Instant::now();
        let mut link = Liveness::new(Pace::default(), start);
        link.handle_received(start + Duration::from_secs(20));
        assert_ne!(link.poll(start + Duration::from_secs(40)), Due::Dead);
    }
}
