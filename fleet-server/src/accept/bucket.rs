//! How many handshakes a second are begun: a token bucket, so that a storm of strangers leaves the
//! processors to who is connected already. Who comes when it is empty waits for his turn: coming again
//! would cost both sides more.

use std::time::{Duration, Instant};

/// Half a core's worth of handshakes (3,055 a second were measured on one) is far more than a fleet needs,
/// also when all of it comes back at once.
const PER_CORE: f64 = 1_500.0;
/// In seconds. Who would have to wait longer is sent away: he comes again before his own patience ends.
const LONGEST: f64 = 1.5;

/// Fills with time, up to one second's worth.
pub(super) struct Bucket {
    rate: f64,
    /// Below zero: turns that were given ahead of their time.
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

    /// Takes the next turn; after how long it is. `None` if that is too long.
    pub(super) fn take(&mut self, now: Instant) -> Option<Duration> {
        let since = self.at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.at = Some(now);
        self.level = since.mul_add(self.rate, self.level).min(self.rate);
        let wait = ((1.0 - self.level) / self.rate).max(0.0);
        if wait > LONGEST {
            return None;
        }
        self.level -= 1.0;
        Some(Duration::from_secs_f64(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(bucket: &mut Bucket, now: Instant) -> Vec<Duration> {
        std::iter::from_fn(|| bucket.take(now)).collect()
    }

    #[test]
    fn one_second_at_once_then_in_turn_then_nobody() {
        let (mut bucket, start) = (Bucket::of(10.0), Instant::now());
        let waits = turns(&mut bucket, start);
        assert_eq!(
            (waits.len(), waits[9], waits[24]),
            (25, Duration::ZERO, Duration::from_millis(1500))
        );
        assert!(waits.is_sorted());
        // A quarter of a second makes two turns, the last ones of the queue.
        let later = turns(&mut bucket, start + Duration::from_millis(250));
        assert_eq!(later.len(), 2);
        assert!(later.iter().all(|wait| *wait > Duration::from_secs(1)));
        let long_after = turns(&mut bucket, start + Duration::from_secs(3600));
        assert_eq!(long_after, waits, "what was not used is not saved up");
    }
}
