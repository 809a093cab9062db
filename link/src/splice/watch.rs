//! The times of one splice: idle, maximum, stall, and the look at a blocked source. One timer,
//! re-armed when it fires, not when bytes move.

use super::Limits;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};
use wire::CloseReason;

/// How often a source is looked at while its receiver takes nothing.
const LOOK: Duration = Duration::from_secs(1);

pub(super) struct Watch {
    limits: Limits,
    since: Instant,
    pub(super) last_byte: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

/// What a timer that fired asks for.
pub(super) enum Due {
    End(CloseReason),
    /// Look whether blocked sources are still there, then ask again.
    Look,
}

impl Watch {
    pub(super) fn new(limits: Limits) -> Self {
        let now = Instant::now();
        Self { limits, since: now, last_byte: now, timer: None }
    }

    /// Ready when something is due. `blocked`: since when a direction cannot write.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, blocked: Option<Instant>) -> Poll<Due> {
        loop {
            let now = Instant::now();
            if let Some(reason) = self.over(now, blocked) {
                return Poll::Ready(Due::End(reason));
            }
            let Some(next) = self.next(now, blocked) else { return Poll::Pending };
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(next)));
            // Firing early costs a look, re-arming for every byte would cost much more.
            if timer.deadline() > next {
                timer.as_mut().reset(next);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            timer.as_mut().reset(next.max(now));
            if blocked.is_some() {
                return Poll::Ready(Due::Look);
            }
        }
    }

    fn over(&self, now: Instant, blocked: Option<Instant>) -> Option<CloseReason> {
        let passed = |since: Instant, limit: Option<Duration>| {
            limit.is_some_and(|limit| now.saturating_duration_since(since) >= limit)
        };
        if passed(self.since, self.limits.max) {
            Some(CloseReason::Max)
        } else if blocked.is_some_and(|since| passed(since, self.limits.stall)) {
            Some(CloseReason::Stalled)
        } else if passed(self.last_byte, self.limits.idle) {
            Some(CloseReason::Idle)
        } else {
            None
        }
    }

    fn next(&self, now: Instant, blocked: Option<Instant>) -> Option<Instant> {
        let at = |since: Instant, limit: Option<Duration>| limit.and_then(|l| since.checked_add(l));
        let stall = blocked.and_then(|since| at(since, self.limits.stall));
        let look = blocked.map(|_| now + LOOK);
        [at(self.since, self.limits.max), at(self.last_byte, self.limits.idle), stall, look]
            .into_iter()
            .flatten()
            .min()
    }
}
