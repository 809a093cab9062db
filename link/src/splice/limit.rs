//! When a splice ends by itself: idle, stalled, too old. One timer, set anew only when it fires, so
//! that moving bytes costs nothing here.

use super::Limits;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::time::{Sleep, sleep_until};
use wire::CloseReason;

pub(super) struct Watch {
    limits: Limits,
    start: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Watch {
    pub(super) fn new(limits: Limits, start: Instant) -> Self {
        let shortest = [limits.idle, limits.max, limits.stall].into_iter().flatten().min();
        let timer = shortest.map(|first| Box::pin(sleep_until((start + first).into())));
        Self { limits, start, timer }
    }

    /// Ready with the reason when a limit is reached.
    pub(super) fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        last_byte: Instant,
        waiting: bool,
    ) -> Poll<CloseReason> {
        loop {
            let Some(timer) = self.timer.as_mut() else { return Poll::Pending };
            ready!(timer.as_mut().poll(cx));
            let now = tokio::time::Instant::now().into_std();
            let stall = self.limits.stall.filter(|_| waiting);
            let ends = [
                (end(self.start, self.limits.max), CloseReason::Max),
                (end(last_byte, stall), CloseReason::Stalled),
                (end(last_byte, self.limits.idle), CloseReason::Idle),
            ];
            if let Some((_, reason)) = ends.iter().find(|(end, _)| end.is_some_and(|e| e <= now)) {
                return Poll::Ready(*reason);
            }
            let look = end(now, self.limits.stall);
            let next = ends.iter().filter_map(|(end, _)| *end).chain(look).min();
            self.timer = next.map(|next| Box::pin(sleep_until(next.into())));
        }
    }
}

fn end(from: Instant, limit: Option<Duration>) -> Option<Instant> {
    limit.map(|limit| from + limit)
}
