//! Token + tracker + deadline + report: every task of a part of the process is owned here.
//! Knows nothing of what the tasks do; a task ends itself when it sees the token.

use futures::FutureExt;
use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::Instrument;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// One node of the task tree: cancelling it cancels everything below, finishing it waits for
/// everything below. Cheap to clone; a clone is the same node.
#[derive(Debug, Clone)]
pub struct Shutdown(Arc<Node>);

#[derive(Debug)]
struct Node {
    token: CancellationToken,
    tracker: TaskTracker,
    parent: Option<Shutdown>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Shutdown {
    /// The root of a tree.
    pub fn new() -> Self {
        Self::node(CancellationToken::new(), None)
    }

    /// A part of this one: ends with it, and can end alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self::node(self.0.token.child_token(), Some(self.clone()))
    }

    fn node(token: CancellationToken, parent: Option<Self>) -> Self {
        Self(Arc::new(Node { token, tracker: TaskTracker::new(), parent }))
    }

    /// The token of this part, for code that selects on it.
    pub fn token(&self) -> &CancellationToken {
        &self.0.token
    }

    /// Spawns an owned task, in the caller's log span. It is expected to end soon after the token
    /// is cancelled; nothing aborts it. A panic in it is counted, logged and contained (I10).
    pub fn spawn<F>(&self, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let held = self.hold();
        // Not an async block: that would keep room for the future twice.
        let task = AssertUnwindSafe(future).catch_unwind().map(move |ended| {
            if let Err(panic) = ended {
                panicked(name, &*panic);
            }
            drop(held);
        });
        self.0.tracker.spawn(task.in_current_span());
    }

    /// What makes every ancestor wait for a task of this part.
    fn hold(&self) -> Vec<TaskTrackerToken> {
        let parents = std::iter::successors(self.0.parent.as_ref(), |up| up.0.parent.as_ref());
        parents.map(|up| up.0.tracker.token()).collect()
    }

    /// Tells every task of this part and below to end.
    pub fn cancel(&self) {
        self.0.token.cancel();
    }

    /// Whether this part was told to end.
    pub fn is_cancelled(&self) -> bool {
        self.0.token.is_cancelled()
    }

    /// Waits until this part is told to end.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn cancelled(&self) {
        self.0.token.cancelled().await;
    }

    /// Tasks of this part and below that have not ended.
    pub fn tasks(&self) -> usize {
        self.0.tracker.len()
    }

    /// Cancels, then waits until all tasks have ended or `within` has passed; says how many were left.
    pub async fn finish(&self, within: Duration) -> usize {
        self.cancel();
        self.0.tracker.close();
        // The time limit is an answer here, not an error: the count below says it.
        let _ = tokio::time::timeout(within, self.0.tracker.wait()).await;
        self.tasks()
    }

    /// Runs `work`; a panic in it is counted and logged like that of a task, and gives `None` (I10).
    pub fn contain<T>(name: &'static str, work: impl FnOnce() -> T) -> Option<T> {
        let ended = std::panic::catch_unwind(AssertUnwindSafe(work));
        ended.inspect_err(|panic| panicked(name, &**panic)).ok()
    }

    /// The same for work that waits. What it left half done is the caller's to clean up.
    pub async fn contained<F: Future>(name: &'static str, work: F) -> Option<F::Output> {
        let ended = AssertUnwindSafe(work).catch_unwind().await;
        ended.inspect_err(|panic| panicked(name, &**panic)).ok()
    }

    /// Tasks of this process that panicked (`panics_total`).
    pub fn panics() -> u64 {
        PANICS.load(Relaxed)
    }
}

fn panicked(name: &'static str, panic: &(dyn Any + Send)) {
    PANICS.fetch_add(1, Relaxed);
    tracing::error!(task = name, what = words(panic), "task panicked");
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn cancelling_a_part_ends_what_is_below_and_nothing_above() {
        let root = Shutdown::new();
        let part = root.child();
        let leaf = part.child();
        let (done, ended) = oneshot::channel();
        let watched = leaf.clone();
        leaf.spawn("leaf", async move {
            watched.cancelled().await;
            let _ = done.send(());
        });
        part.cancel();
        ended.await.unwrap();
        assert!(leaf.is_cancelled());
        assert!(!root.is_cancelled());
        assert_eq!(part.finish(Duration::from_secs(5)).await, 0);
    }

    #[tokio::test]
    async fn finishing_the_root_waits_for_grandchildren() {
        let root = Shutdown::new();
        let leaf = root.child().child();
        let (release, held) = oneshot::channel::<()>();
        leaf.spawn("held", async move {
            let _ = held.await;
        });
        assert_eq!(root.finish(Duration::from_millis(20)).await, 1);
        release.send(()).unwrap();
        assert_eq!(root.finish(Duration::from_secs(5)).await, 0);
    }

    #[tokio::test]
    async fn a_panic_is_counted_and_takes_nobody_with_it() {
        let root = Shutdown::new();
        let before = Shutdown::panics();
        root.spawn("faulty", async { panic!("on purpose") });
        let (done, ended) = oneshot::channel();
        root.spawn("sound", async move {
            let _ = done.send(());
        });
        ended.await.unwrap();
        assert_eq!(root.finish(Duration::from_secs(5)).await, 0);
        assert!(Shutdown::panics() > before);
    }
}
