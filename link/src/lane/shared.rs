//! What the driver, the handles and the streams of one lane know of each other.

use futures::task::AtomicWaker;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wire::LaneId;

/// Bytes accepted from tunnels and not yet taken by TLS. What TLS itself holds is not in it.
#[derive(Debug, Default)]
pub(super) struct Load {
    unsent: AtomicUsize,
}

impl Load {
    pub(super) fn accepted(&self, bytes: usize) {
        self.unsent.fetch_add(bytes, Relaxed);
    }

    pub(super) fn sent(&self, bytes: usize) {
        self.unsent.fetch_sub(bytes, Relaxed);
    }

    pub(super) fn unsent(&self) -> usize {
        self.unsent.load(Relaxed)
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) id: LaneId,
    pub(super) load: Arc<Load>,
    /// Asks the driver to end.
    pub(super) close: CancellationToken,
    /// The driver ended, whatever the way.
    pub(super) ended: CancellationToken,
    /// Wakes the driver for what yamux does not see.
    pub(super) driver: AtomicWaker,
    /// The driver ends when the handle is gone and the last stream too.
    pub(super) handle_gone: AtomicBool,
    /// Not the first lane of its peer: ends when idle.
    pub(super) extra: AtomicBool,
    streams: AtomicUsize,
    /// Told whenever a stream or the lane ends.
    watcher: OnceLock<Arc<Notify>>,
}

impl Shared {
    pub(super) fn new(id: LaneId, close: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            id,
            load: Arc::default(),
            close,
            ended: CancellationToken::new(),
            driver: AtomicWaker::new(),
            handle_gone: AtomicBool::new(false),
            extra: AtomicBool::new(false),
            streams: AtomicUsize::new(0),
            watcher: OnceLock::new(),
        })
    }

    pub(super) fn streams(&self) -> usize {
        self.streams.load(SeqCst)
    }

    pub(super) fn is_over(&self) -> bool {
        self.close.is_cancelled() || self.ended.is_cancelled()
    }

    pub(super) fn watch(&self, watcher: &Arc<Notify>) {
        // A lane belongs to one set; the second could only be told late, not wrongly.
        let _ = self.watcher.set(Arc::clone(watcher));
    }

    fn tell(&self) {
        if let Some(watcher) = self.watcher.get() {
            watcher.notify_waiters();
        }
    }
}

/// Counts one stream for as long as it lives.
#[derive(Debug)]
pub(super) struct Counted(pub(super) Arc<Shared>);

impl Counted {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        shared.streams.fetch_add(1, SeqCst);
        Self(Arc::clone(shared))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, SeqCst);
        self.0.driver.wake();
        self.0.tell();
    }
}

/// Marks the end of the driver, also when it panicked or was dropped.
#[derive(Debug)]
pub(super) struct Ending(pub(super) Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.ended.cancel();
        self.0.tell();
    }
}

/// Tells the driver that nobody will open or accept any more.
#[derive(Debug)]
pub(super) struct Handle(pub(super) Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.handle_gone.store(true, SeqCst);
        self.0.driver.wake();
    }
}
