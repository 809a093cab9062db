//! A token bucket that several splices share: who has moved bytes waits until they are paid for.
//! Splices without one never come here.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// What one poll may move under a rate: a share of a second, at least a full read.
const SHARES: u64 = 20;
const LEAST: u64 = 16 * 1024;
/// Unused time that counts for later.
const SAVED: Duration = Duration::from_millis(100);

/// Bytes per second, both ways together, of all splices that share it.
#[derive(Debug)]
pub struct Rate {
    per_second: AtomicU64,
    /// Until when what was moved so far takes at this rate.
    paid_until: Mutex<Instant>,
}

impl Rate {
    /// A bucket that starts full.
    pub fn new(per_second: u64) -> Self {
        let now = Instant::now();
        let full = now.checked_sub(SAVED).unwrap_or(now);
        Self { per_second: AtomicU64::new(per_second.max(1)), paid_until: Mutex::new(full) }
    }

    /// Takes another rate from now on.
    pub fn set(&self, per_second: u64) {
        self.per_second.store(per_second.max(1), Relaxed);
    }

    /// What one poll may move.
    fn share(&self) -> usize {
        let share = (self.per_second.load(Relaxed) / SHARES).max(LEAST);
        usize::try_from(share).unwrap_or(usize::MAX)
    }

    /// When bytes may move again.
    fn free_at(&self) -> Instant {
        *self.paid_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spend(&self, bytes: usize, now: Instant) {
        let per_second = u128::from(self.per_second.load(Relaxed));
        let nanos = bytes as u128 * 1_000_000_000 / per_second;
        let cost = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let mut paid = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = now.checked_sub(SAVED).unwrap_or(now);
        *paid = (*paid).max(earliest) + cost;
    }
}

/// One splice's place at a bucket.
pub(super) struct Pace {
    rate: Arc<Rate>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    pub(super) const fn new(rate: Arc<Rate>) -> Self {
        Self { rate, timer: None }
    }

    /// Ready with how much may move in this poll.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        loop {
            let free = self.rate.free_at();
            if free <= Instant::now() {
                return Poll::Ready(self.rate.share());
            }
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(free)));
            if timer.deadline() != free {
                timer.as_mut().reset(free);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    pub(super) fn spend(&self, bytes: usize) {
        self.rate.spend(bytes, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_moved_is_waited_for_and_a_pause_is_saved_only_briefly() {
        let (rate, begun) = (Rate::new(1000), Instant::now());
        rate.spend(1000, begun);
        assert_eq!(rate.free_at() - begun, Duration::from_millis(900), "it starts full");
        rate.spend(500, begun);
        assert_eq!(rate.free_at() - begun, Duration::from_millis(1400));
        let later = begun + Duration::from_secs(3600);
        rate.spend(1000, later);
        assert_eq!(rate.free_at() - later, Duration::from_millis(900));
        rate.set(10_000);
        rate.spend(1000, later);
        assert_eq!(rate.free_at() - later, Duration::from_millis(1000));
    }
}
