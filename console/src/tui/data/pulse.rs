//! Series for the pulse strip, collected by this console since it started.

use super::super::msg::Now;
use std::collections::VecDeque;
use std::time::Duration;

/// A ring of values, one per step of time.
#[derive(Debug, Clone)]
pub struct Series {
    step: Duration,
    cap: usize,
    slot: Option<u64>,
    values: VecDeque<f64>,
}

impl Series {
    fn new(step: Duration, cap: usize) -> Self {
        Self { step, cap, slot: None, values: VecDeque::new() }
    }

    fn advance(&mut self, now: Now, fill: f64) {
        let slot =
            u64::try_from(now.mono.as_millis() / self.step.as_millis().max(1)).unwrap_or(u64::MAX);
        let steps = self.slot.map_or(1, |old| slot.saturating_sub(old));
        for _ in 0..steps.min(u64::try_from(self.cap).unwrap_or(u64::MAX)) {
            if self.values.len() == self.cap {
                self.values.pop_front();
            }
            self.values.push_back(fill);
        }
        self.slot = Some(slot);
    }

    /// The level now; holds until the next one.
    fn level(&mut self, now: Now, value: f64) {
        let before = self.values.back().copied().unwrap_or(value);
        self.advance(now, before);
        if let Some(last) = self.values.back_mut() {
            *last = value;
        }
    }

    /// Adds to the count of this step.
    fn count(&mut self, now: Now, value: f64) {
        self.advance(now, 0.0);
        if let Some(last) = self.values.back_mut() {
            *last += value;
        }
    }

    /// Oldest first.
    pub const fn values(&self) -> &VecDeque<f64> {
        &self.values
    }

    /// The time they cover.
    pub fn span(&self) -> Duration {
        self.step.saturating_mul(u32::try_from(self.values.len()).unwrap_or(u32::MAX))
    }

    /// The newest.
    pub fn last(&self) -> f64 {
        self.values.back().copied().unwrap_or_default()
    }

    /// The highest.
    pub fn max(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max)
    }

    /// The value this long ago, if it goes back that far.
    pub fn ago(&self, by: Duration) -> Option<f64> {
        let steps = usize::try_from(by.as_millis() / self.step.as_millis().max(1)).ok()?;
        self.values.iter().rev().nth(steps).copied()
    }
}

/// The four series of the strip.
#[derive(Debug)]
pub struct Pulse {
    /// Connected nodes.
    pub online: Series,
    /// Returns of nodes per minute.
    pub reconnects: Series,
    /// Open tunnels.
    pub tunnels: Series,
    /// Bytes per second towards targets.
    pub up: Series,
    /// Bytes per second from targets.
    pub down: Series,
}

impl Default for Pulse {
    fn default() -> Self {
        let level = || Series::new(Duration::from_secs(10), 360);
        let second = || Series::new(Duration::from_secs(1), 300);
        Self {
            online: level(),
            reconnects: Series::new(Duration::from_secs(60), 60),
            tunnels: level(),
            up: second(),
            down: second(),
        }
    }
}

impl Pulse {
    pub(super) fn levels(&mut self, now: Now, online: usize, tunnels: usize) {
        self.online.level(now, float(online));
        self.tunnels.level(now, float(tunnels));
        self.reconnects.count(now, 0.0);
    }

    pub(super) fn reconnects(&mut self, now: Now, returns: usize) {
        self.reconnects.count(now, float(returns));
    }

    pub(super) fn throughput(&mut self, now: Now, up: u64, down: u64) {
        self.up.level(now, up as f64);
        self.down.level(now, down as f64);
    }
}

const fn float(value: usize) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::UnixMs;

    fn at(seconds: u64) -> Now {
        Now { mono: Duration::from_secs(seconds), wall: UnixMs(seconds * 1000) }
    }

    #[test]
    fn a_level_holds_over_silent_steps_and_a_count_does_not() {
        let mut pulse = Pulse::default();
        pulse.levels(at(0), 5, 1);
        pulse.reconnects(at(0), 3);
        pulse.levels(at(30), 7, 1);
        pulse.reconnects(at(150), 1);
        assert_eq!(pulse.online.values().iter().copied().collect::<Vec<_>>(), [5.0, 5.0, 5.0, 7.0]);
        assert_eq!(pulse.reconnects.values().iter().copied().collect::<Vec<_>>(), [3.0, 0.0, 1.0]);
    }

    #[test]
    fn a_series_is_bounded_after_any_gap() {
        let mut pulse = Pulse::default();
        pulse.levels(at(0), 5, 1);
        pulse.levels(at(10_000_000), 6, 1);
        assert_eq!(pulse.online.values().len(), 360);
    }
}
