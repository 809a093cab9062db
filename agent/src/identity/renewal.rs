//! When to ask for the next certificate: at 2/3 ± 10 % of a certificate's life, and again while
//! nothing came. Pure: wall time and randomness are passed in.

use std::time::Duration;
use wire::UnixMs;

/// The middle of the range, and how far it goes to either side, in parts of 3000.
const MIDDLE: u64 = 2000;
const SPREAD: u64 = 200;
const WHOLE: u64 = 3000;
/// The longest and the shortest pause before the server is asked again.
const PATIENCE: Duration = Duration::from_secs(300);
const IMPATIENCE: Duration = Duration::from_secs(1);

/// The renewal of one certificate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renewal {
    at: UnixMs,
    again: Duration,
}

impl Renewal {
    /// For a certificate that came at `issued` and ends at `not_after`.
    pub(crate) fn new(issued: UnixMs, not_after: UnixMs, random: u64) -> Self {
        let life = not_after.since(issued);
        let parts = MIDDLE - SPREAD + random % (2 * SPREAD + 1);
        let ms = u128::from(parts) * life.as_millis() / u128::from(WHOLE);
        let at = issued.after(Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX)));
        Self { at, again: (life / 20).clamp(IMPATIENCE, PATIENCE) }
    }

    /// How long until it is due.
    pub(crate) fn due_in(&self, now: UnixMs) -> Duration {
        self.at.since(now)
    }

    /// The server wants it sooner.
    pub(crate) fn due_at(&mut self, at: UnixMs) {
        self.at = self.at.min(at);
    }

    /// The server was asked; it is due again after a pause unless a certificate comes.
    pub(crate) fn asked(&mut self, now: UnixMs) {
        self.at = now.after(self.again);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_due_within_a_tenth_around_two_thirds(issued in 0u64..4_000_000_000_000, hours in 1u64..10_000, random in any::<u64>()) {
            let life = hours * 3_600_000;
            let renewal = Renewal::new(UnixMs(issued), UnixMs(issued + life), random);
            let due = renewal.due_in(UnixMs(issued)).as_millis();
            prop_assert!((u128::from(life) * 60 / 100..=u128::from(life) * 74 / 100).contains(&due));
        }

        #[test]
        fn no_clock_panics(issued in any::<u64>(), ends in any::<u64>(), now in any::<u64>(), random in any::<u64>()) {
            let mut renewal = Renewal::new(UnixMs(issued), UnixMs(ends), random);
            renewal.asked(UnixMs(now));
            prop_assert!(renewal.due_in(UnixMs(now)) <= PATIENCE);
        }
    }

    #[test]
    fn an_unanswered_request_is_repeated_after_a_pause() {
        let mut renewal = Renewal::new(UnixMs(0), UnixMs(86_400_000), 0);
        let now = UnixMs(60_000_000);
        assert_eq!(renewal.due_in(now), Duration::ZERO);
        renewal.asked(now);
        assert_eq!(renewal.due_in(now), PATIENCE);
    }
}
