//! Rates from counters, on the server's clock: a 2 s moving average to read, raw seconds to draw.

use std::collections::VecDeque;
use std::time::Duration;
use wire::UnixMs;

/// Seconds kept for a sparkline.
pub const SPARK_SECONDS: usize = 60;
/// Time constant of the shown value.
const SMOOTHING_S: f64 = 2.0;

/// The two directions of a tunnel.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pair {
    /// Towards the target.
    pub up: f64,
    /// From the target.
    pub down: f64,
}

/// Turns samples of two counters into rates.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    last: Option<(UnixMs, u64, u64)>,
    shown: Option<Pair>,
    peak: Pair,
    spark: VecDeque<f64>,
}

impl Meter {
    /// Takes a sample. A counter that went down is a new counter: everything starts over.
    pub fn sample(&mut self, at: UnixMs, up: u64, down: u64) {
        let Some((before, up_before, down_before)) = self.last else {
            self.last = Some((at, up, down));
            return;
        };
        if up < up_before || down < down_before {
            *self = Self { last: Some((at, up, down)), ..Self::default() };
            return;
        }
        let dt = at.since(before);
        if dt < Duration::from_millis(50) {
            return;
        }
        let seconds = dt.as_secs_f64();
        let raw =
            Pair { up: float(up - up_before) / seconds, down: float(down - down_before) / seconds };
        self.last = Some((at, up, down));
        self.smooth(raw, seconds);
        self.draw(raw.down, dt);
    }

    fn smooth(&mut self, raw: Pair, seconds: f64) {
        let weight = 1.0 - (-seconds / SMOOTHING_S).exp();
        let mix = |old: f64, new: f64| old + (new - old) * weight;
        let shown = self
            .shown
            .map_or(raw, |old| Pair { up: mix(old.up, raw.up), down: mix(old.down, raw.down) });
        self.peak = Pair { up: self.peak.up.max(shown.up), down: self.peak.down.max(shown.down) };
        self.shown = Some(shown);
    }

    fn draw(&mut self, down: f64, dt: Duration) {
        let seconds = usize::try_from((dt.as_millis() + 500) / 1000).unwrap_or(SPARK_SECONDS);
        for _ in 0..seconds.clamp(1, SPARK_SECONDS) {
            if self.spark.len() == SPARK_SECONDS {
                self.spark.pop_front();
            }
            self.spark.push_back(down);
        }
    }

    /// The rates to show; `None` until there were two samples.
    pub const fn rates(&self) -> Option<Pair> {
        self.shown
    }

    /// The highest shown so far.
    pub const fn peak(&self) -> Pair {
        self.peak
    }

    /// When the newest sample was taken.
    pub fn sampled_at(&self) -> Option<UnixMs> {
        self.last.map(|(at, ..)| at)
    }

    /// Raw bytes from the target per second, oldest first.
    pub const fn spark(&self) -> &VecDeque<f64> {
        &self.spark
    }
}

const fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(samples: &[(u64, u64, u64)]) -> Meter {
        let mut meter = Meter::default();
        samples.iter().for_each(|(at, up, down)| meter.sample(UnixMs(*at), *up, *down));
        meter
    }

    #[test]
    fn one_sample_is_no_rate() {
        assert_eq!(fed(&[(1000, 5, 5)]).rates(), None);
    }

    #[test]
    fn a_steady_stream_shows_its_rate_on_the_servers_clock() {
        let meter = fed(&[(0, 0, 0), (2000, 2000, 20_000), (4000, 4000, 40_000)]);
        assert_eq!(meter.rates(), Some(Pair { up: 1000.0, down: 10_000.0 }));
        assert_eq!(meter.spark().iter().copied().collect::<Vec<_>>(), [10_000.0; 4]);
    }

    #[test]
    fn a_step_is_reached_by_two_thirds_within_the_time_constant() {
        let meter = fed(&[(0, 0, 0), (1000, 0, 0), (2000, 0, 1000), (3000, 0, 2000)]);
        let down = meter.rates().map_or(0.0, |r| r.down);
        assert!((down - 632.1).abs() < 1.0, "{down}");
    }

    #[test]
    fn a_counter_that_goes_down_starts_over() {
        let meter = fed(&[(0, 0, 0), (1000, 10, 1_000_000), (2000, 0, 5)]);
        assert_eq!(meter.rates(), None);
        assert!(meter.spark().is_empty());
    }

    #[test]
    fn a_sample_of_the_same_moment_changes_nothing() {
        let meter = fed(&[(0, 0, 0), (1000, 0, 1000), (1000, 0, 5000)]);
        assert_eq!(meter.rates().map(|r| r.down), Some(1000.0));
    }

    #[test]
    fn a_long_gap_fills_at_most_the_kept_seconds() {
        assert_eq!(fed(&[(0, 0, 0), (3_600_000, 0, 1000)]).spark().len(), SPARK_SECONDS);
    }
}
