//! The reconnect curve of product.md F1.4. Pure: randomness is passed in, nobody sleeps here.

use std::time::Duration;

const QUICK_TRIES: u32 = 3;
const QUICK_LOW: Duration = Duration::from_millis(100);
const QUICK_HIGH: Duration = Duration::from_millis(300);
const CURVE_START: Duration = Duration::from_secs(1);
/// The longest wait that is ours to choose.
pub const CAP: Duration = Duration::from_secs(30);
/// Health after which the curve starts over.
pub const HEALTHY_AFTER: Duration = Duration::from_secs(30);
/// The longest "come back in" that is believed, so that one wrong number strands nobody.
pub const MAX_AFTER: Duration = Duration::from_secs(600);

/// 3 tries at 200 ms ± 50 %, then 1 s doubling with full jitter, cap 30 s, reset after 30 s of health.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    quick: u32,
    doublings: u32,
    tries: u32,
}

/// Why there is something to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A link that worked was lost.
    Lost,
    /// The dial was refused or shed before the handshake: straight to the jittered curve.
    Shed,
    /// The server said when to come back.
    After(Duration),
}

impl Backoff {
    /// How long to wait before the next try. `random` is uniform over its type.
    pub fn wait(&mut self, ending: Ending, random: u64) -> Duration {
        self.tries = self.tries.saturating_add(1);
        match ending {
            Ending::Lost if self.quick < QUICK_TRIES => {
                self.quick += 1;
                between(QUICK_LOW, QUICK_HIGH, random)
            }
            Ending::Lost => self.curve(random),
            Ending::Shed => {
                self.quick = QUICK_TRIES;
                self.curve(random)
            }
            Ending::After(after) => {
                let after = after.min(MAX_AFTER);
                after + between(Duration::ZERO, (after / 2).clamp(CURVE_START, CAP), random)
            }
        }
    }

    fn curve(&mut self, random: u64) -> Duration {
        let ceiling = CURVE_START.saturating_mul(1 << self.doublings.min(5)).min(CAP);
        self.doublings = self.doublings.saturating_add(1);
        between(Duration::ZERO, ceiling, random)
    }

    /// The link has been healthy for this long.
    pub fn healthy(&mut self, for_: Duration) {
        if for_ >= HEALTHY_AFTER {
            *self = Self::default();
        }
    }

    /// Waits since the curve last started over.
    pub const fn tries(&self) -> u32 {
        self.tries
    }
}

/// Uniform between `low` and `high`, both included, by the whole width of `random`.
fn between(low: Duration, high: Duration, random: u64) -> Duration {
    let width = high.saturating_sub(low).as_micros();
    let part = (width + 1).saturating_mul(u128::from(random)) >> 64;
    low + Duration::from_micros(u64::try_from(part).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ending() -> impl Strategy<Value = Ending> {
        prop_oneof![
            Just(Ending::Lost),
            Just(Ending::Shed),
            (0u64..5000).prop_map(|s| Ending::After(Duration::from_secs(s))),
        ]
    }

    proptest! {
        #[test]
        fn quick_tries_are_three_within_half_to_one_and_a_half(randoms in any::<[u64; 3]>()) {
            let mut backoff = Backoff::default();
            for random in randoms {
                let wait = backoff.wait(Ending::Lost, random);
                prop_assert!((QUICK_LOW..=QUICK_HIGH).contains(&wait));
            }
            prop_assert_eq!(backoff.wait(Ending::Lost, u64::MAX), CURVE_START);
        }

        #[test]
        fn the_curve_doubles_below_its_ceiling_and_stops_at_the_cap(randoms in prop::collection::vec(any::<u64>(), 1..80)) {
            let mut backoff = Backoff::default();
            let mut ceiling = CURVE_START;
            for random in randoms {
                let top = backoff.clone().wait(Ending::Shed, u64::MAX);
                prop_assert_eq!(top, ceiling);
                prop_assert!(backoff.wait(Ending::Shed, random) <= ceiling);
                ceiling = (ceiling * 2).min(CAP);
            }
        }

        #[test]
        fn the_server_is_obeyed_up_to_the_bound(secs in 0u64..100_000, random in any::<u64>()) {
            let asked = Duration::from_secs(secs).min(MAX_AFTER);
            let wait = Backoff::default().wait(Ending::After(Duration::from_secs(secs)), random);
            prop_assert!((asked..=asked + CAP).contains(&wait));
        }

        #[test]
        fn no_history_panics_or_waits_beyond_every_bound(history in prop::collection::vec((ending(), any::<u64>()), 0..200)) {
            let mut backoff = Backoff::default();
            for (ending, random) in history {
                prop_assert!(backoff.wait(ending, random) <= MAX_AFTER + CAP);
            }
        }
    }

    #[test]
    fn waits_spread_over_the_whole_range() {
        let at = |random| between(Duration::ZERO, CAP, random);
        assert_eq!(at(0), Duration::ZERO);
        assert_eq!(at(u64::MAX), CAP);
        assert_eq!(at(1 << 63).as_secs(), CAP.as_secs() / 2);
    }

    #[test]
    fn a_shed_dial_gets_no_quick_tries_afterwards() {
        let mut backoff = Backoff::default();
        backoff.wait(Ending::Shed, 0);
        assert_eq!(backoff.wait(Ending::Lost, u64::MAX), CURVE_START * 2);
    }

    #[test]
    fn health_starts_over_and_less_does_not() {
        let mut backoff = Backoff::default();
        for _ in 0..8 {
            backoff.wait(Ending::Lost, u64::MAX);
        }
        backoff.healthy(HEALTHY_AFTER - Duration::from_millis(1));
        assert_eq!((backoff.tries(), backoff.wait(Ending::Lost, u64::MAX)), (8, CAP));
        backoff.healthy(HEALTHY_AFTER);
        assert_eq!((backoff.tries(), backoff.wait(Ending::Lost, u64::MAX)), (0, QUICK_HIGH));
    }
}
