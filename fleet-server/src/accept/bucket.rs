//! How many handshakes a second are begun: a token bucket, so that a storm of strangers leaves the
//! processors to who is connected already.

use std::time::Instant;

/// Half a core's worth of handshakes (3,055 a second and core, docs/performance.md) is far more than
/// a fleet needs: ten thousand nodes that come back at once are through in seconds.
const PER_CORE: f64 = 1_500.0;

/// Fills with time, up to one second's worth.
pub(super) struct Bucket {
    rate: f64,
    level: f64,
    at: Option<Instant>,
}

impl Default for Bucket {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::of(PER_CORE * f64::from(u16::try_from(cores).unwrap_or(u16::MAX)))
    }
}

impl Bucket {
    const fn of(rate: f64) -> Self {
        Self { rate, level: rate, at: None }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let since = self.at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.at = Some(now);
        self.level = since.mul_add(self.rate, self.level).min(self.rate);
        if self.level < 1.0 {
            return false;
        }
        self.level -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn one_second_at_once_then_as_time_passes() {
        let (mut bucket, start) = (Bucket::of(10.0), Instant::now());
        assert_eq!((0..100).filter(|_| bucket.take(start)).count(), 10);
        let later = start + Duration::from_millis(250);
        assert_eq!((0..100).filter(|_| bucket.take(later)).count(), 2);
        let long_after = start + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| bucket.take(long_after)).count(), 10);
    }
}
