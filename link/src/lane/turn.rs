//! The driver's waker: a wake that comes while the driver is polled means one more look at once,
//! not another turn of the scheduler.
//!
//! yamux's set of streams wakes its own task after nearly every frame. tokio takes a task that
//! wakes itself for a sign of much work and wakes another thread to help, which costs more than
//! moving a small frame.

use futures::task::AtomicWaker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

/// Looks in one turn; then the other tasks of the thread have theirs.
const LOOKS: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Turn {
    polling: AtomicBool,
    woken: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, SeqCst);
        // Else whoever polls sees the mark when it is done.
        if !self.polling.load(SeqCst) {
            self.task.wake();
        }
    }
}

impl Turn {
    /// Polls `work`, and again if it was woken meanwhile.
    pub(super) fn poll<T>(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
        mut work: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.task.register(cx.waker());
        let waker = Waker::from(Arc::clone(self));
        let mut inner = Context::from_waker(&waker);
        for _ in 0..LOOKS {
            self.woken.store(false, SeqCst);
            self.polling.store(true, SeqCst);
            let polled = work(&mut inner);
            self.polling.store(false, SeqCst);
            if polled.is_ready() || !self.woken.swap(false, SeqCst) {
                return polled;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    /// How often `work` was polled, and how often the task was woken.
    fn turn(turn: &Arc<Turn>, mut work: impl FnMut(usize, &Waker)) -> (usize, usize) {
        let (mut looks, wakes) = (0, Arc::new(Count::default()));
        let waker = Waker::from(Arc::clone(&wakes));
        let polled: Poll<()> = turn.poll(&mut Context::from_waker(&waker), |cx| {
            looks += 1;
            work(looks, cx.waker());
            Poll::Pending
        });
        assert!(polled.is_pending());
        (looks, wakes.0.load(SeqCst))
    }

    #[test]
    fn a_wake_during_the_look_is_another_look_and_no_wake() {
        let once = |look, waker: &Waker| {
            if look == 1 {
                waker.wake_by_ref();
            }
        };
        assert_eq!(turn(&Arc::default(), once), (2, 0));
        assert_eq!(turn(&Arc::default(), |_, _| {}), (1, 0));
    }

    #[test]
    fn who_always_wakes_himself_gives_the_others_their_turn() {
        assert_eq!(turn(&Arc::default(), |_, waker: &Waker| waker.wake_by_ref()), (LOOKS, 1));
    }

    #[test]
    fn a_wake_between_turns_reaches_the_task() {
        let (shared, wakes) = (Arc::new(Turn::default()), Arc::new(Count::default()));
        let (waker, mut kept) = (Waker::from(Arc::clone(&wakes)), None);
        let polled: Poll<()> = shared.poll(&mut Context::from_waker(&waker), |cx| {
            kept = Some(cx.waker().clone());
            Poll::Pending
        });
        assert!(polled.is_pending() && wakes.0.load(SeqCst) == 0);
        kept.into_iter().for_each(Waker::wake);
        assert_eq!(wakes.0.load(SeqCst), 1);
    }
}
