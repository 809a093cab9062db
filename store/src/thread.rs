//! The store thread: owns the store, groups commits that arrive together, replies by callback.
//!
//! The one place that waits for the disk. Callers never wait here: a full queue is answered at once.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::sled::panic_text;
use crate::{Batch, Durability, Pair, Store, StoreError, Tree};

/// Batches that wait at most; a further one is answered [`StoreError::Busy`] on the caller's thread.
pub const MAX_WAITING_COMMITS: usize = 4096;
/// Places kept for urgent batches above [`MAX_WAITING_COMMITS`].
pub const URGENT_PLACES: usize = 256;
/// Reads that wait at most; a further one is answered [`StoreError::Busy`].
pub const MAX_WAITING_READS: usize = 1024;
/// Batches in one group, and so behind one sync.
pub const MAX_GROUP: usize = 512;
/// Reads served before the waiting commits get their turn.
const READS_PER_TURN: usize = 64;
/// A lazy batch is on disk after this time, whatever else happens.
pub const LAZY_WITHIN: Duration = Duration::from_millis(100);

/// Receives one answer, on the store thread; refusals that need no store come on the caller's.
pub type Reply<T> = Box<dyn FnOnce(Result<T, StoreError>) + Send>;
/// A look at the store between two groups.
pub type Look = Box<dyn FnOnce(Result<&dyn Store, StoreError>) + Send>;

/// A handle to the thread; cheap to clone. Dropping the last one stops it after a sync, and waits.
#[derive(Clone, Debug)]
pub struct StoreThread {
    owner: Arc<Owner>,
}

impl StoreThread {
    /// Starts the thread. If the system gives none, the handle answers [`StoreError::Closed`].
    pub fn spawn(store: Box<dyn Store>) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
            revision: AtomicU64::new(store.revision()),
        });
        let worker = Worker { store, shared: Arc::clone(&shared), broken: None, lazy_since: None };
        let thread =
            std::thread::Builder::new().name("store".to_owned()).spawn(move || worker.run());
        let thread = match thread {
            Ok(thread) => Some(thread),
            Err(error) => {
                tracing::error!(%error, "no store thread");
                shared.queue().closing = true;
                None
            }
        };
        Self { owner: Arc::new(Owner { shared, thread: Mutex::new(thread) }) }
    }

    /// Queues a batch; `reply` runs on the store thread after its group is committed (and synced, if durable).
    /// A full queue is answered [`StoreError::Busy`], a closed one [`StoreError::Closed`], both at once.
    pub fn commit(&self, batch: Batch, durability: Durability, reply: Reply<u64>) {
        let shared = &self.owner.shared;
        let mut queue = shared.queue();
        let places = MAX_WAITING_COMMITS + if batch.urgent { URGENT_PLACES } else { 0 };
        if queue.closing || queue.commits.len() >= places {
            let refusal = if queue.closing { StoreError::Closed } else { StoreError::Busy };
            drop(queue);
            return reply(Err(refusal));
        }
        queue.commits.push_back(Waiting { batch, durability, reply });
        drop(queue);
        shared.wake.notify_one();
    }

    /// Reads up to `limit` pairs without waiting for queued commits.
    pub fn range(
        &self,
        tree: Tree,
        prefix: Vec<u8>,
        from: Vec<u8>,
        limit: usize,
        reply: Reply<Vec<Pair>>,
    ) {
        self.look(Box::new(move |store| {
            reply(store.and_then(|store| store.range(tree, &prefix, &from, limit)));
        }));
    }

    /// Reads one value without waiting for queued commits.
    pub fn get(&self, tree: Tree, key: Vec<u8>, reply: Reply<Option<Vec<u8>>>) {
        self.look(Box::new(move |store| reply(store.and_then(|store| store.get(tree, &key)))));
    }

    /// Runs `look` on the store thread before queued commits. Commits wait meanwhile: an export's place,
    /// not a habit.
    pub fn look(&self, look: Look) {
        let shared = &self.owner.shared;
        let mut queue = shared.queue();
        if queue.closing || queue.reads.len() >= MAX_WAITING_READS {
            let refusal = if queue.closing { StoreError::Closed } else { StoreError::Busy };
            drop(queue);
            return look(Err(refusal));
        }
        queue.reads.push_back(look);
        drop(queue);
        shared.wake.notify_one();
    }

    /// The revision of the last applied batch.
    pub fn revision(&self) -> u64 {
        self.owner.shared.revision.load(Ordering::Acquire)
    }

    /// Commits what is queued, syncs, stops the thread and waits for it. Other handles answer
    /// [`StoreError::Closed`] from now on.
    ///
    /// # Errors
    /// [`StoreError::Broken`] if the store had failed or the last sync fails.
    pub fn close(self) -> Result<(), StoreError> {
        self.owner.stop()
    }
}

#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<Result<(), StoreError>>>>,
}

impl Owner {
    fn stop(&self) -> Result<(), StoreError> {
        self.shared.queue().closing = true;
        self.shared.wake.notify_one();
        let mut slot = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(thread) = slot.take() else { return Ok(()) };
        // A reply that drops the last handle runs on the thread itself, which ends after it.
        if thread.thread().id() == std::thread::current().id() {
            return Ok(());
        }
        thread.join().unwrap_or_else(|panic| Err(StoreError::Broken(panic_text(panic.as_ref()))))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "the store did not close cleanly");
        }
    }
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    revision: AtomicU64,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Queue {
    commits: VecDeque<Waiting>,
    reads: VecDeque<Look>,
    closing: bool,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("commits", &self.commits.len())
            .field("reads", &self.reads.len())
            .field("closing", &self.closing)
            .finish()
    }
}

struct Waiting {
    batch: Batch,
    durability: Durability,
    reply: Reply<u64>,
}

enum Turn {
    Work { reads: Vec<Look>, group: Vec<Waiting> },
    LazyDue,
    Stop,
}

struct Worker {
    store: Box<dyn Store>,
    shared: Arc<Shared>,
    broken: Option<String>,
    /// When the oldest batch that is not on disk was applied.
    lazy_since: Option<Instant>,
}

impl Worker {
    fn run(mut self) -> Result<(), StoreError> {
        loop {
            match self.next_turn() {
                Turn::Work { reads, group } => {
                    reads.into_iter().for_each(|look| self.show(look));
                    self.commit(group);
                }
                Turn::LazyDue => self.sync(),
                Turn::Stop => break,
            }
        }
        self.sync();
        match self.broken {
            Some(why) => Err(StoreError::Broken(why)),
            None => Ok(()),
        }
    }

    /// Takes what is queued without waiting for more: while one group is synced, the next one gathers.
    fn next_turn(&self) -> Turn {
        let mut queue = self.shared.queue();
        loop {
            let left = self.lazy_since.map(|since| LAZY_WITHIN.saturating_sub(since.elapsed()));
            if left == Some(Duration::ZERO) {
                return Turn::LazyDue;
            }
            if !queue.reads.is_empty() || !queue.commits.is_empty() {
                let reads = queue.reads.len().min(READS_PER_TURN);
                let commits = queue.commits.len().min(MAX_GROUP);
                return Turn::Work {
                    reads: queue.reads.drain(..reads).collect(),
                    group: queue.commits.drain(..commits).collect(),
                };
            }
            if queue.closing {
                return Turn::Stop;
            }
            queue = match left {
                Some(left) => {
                    let waited = self.shared.wake.wait_timeout(queue, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.shared.wake.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn show(&mut self, look: Look) {
        match &self.broken {
            Some(why) => {
                let why = why.clone();
                contained(|| look(Err(StoreError::Broken(why))));
            }
            None => {
                let store = self.store.as_ref();
                contained(|| look(Ok(store)));
            }
        }
    }

    fn commit(&mut self, group: Vec<Waiting>) {
        if group.is_empty() {
            return;
        }
        let durable = group.iter().any(|waiting| waiting.durability == Durability::Durable);
        let durability = if durable { Durability::Durable } else { Durability::Lazy };
        let mut replies = Vec::with_capacity(group.len());
        let mut batches = Vec::with_capacity(group.len());
        for waiting in group {
            batches.push(waiting.batch);
            replies.push(waiting.reply);
        }
        let results = self.attempt(|store| store.commit(&batches, durability));
        match results {
            Some(results) => {
                self.note_applied(&results, durability);
                for (reply, result) in replies.into_iter().zip(results) {
                    contained(|| reply(result));
                }
            }
            None => {
                for reply in replies {
                    let why = self.broken.clone().unwrap_or_default();
                    contained(|| reply(Err(StoreError::Broken(why))));
                }
            }
        }
    }

    fn note_applied(&mut self, results: &[Result<u64, StoreError>], durability: Durability) {
        let Some(revision) = results.iter().rev().find_map(|result| result.as_ref().ok()) else {
            return;
        };
        self.shared.revision.store(*revision, Ordering::Release);
        match durability {
            Durability::Durable => self.lazy_since = None,
            Durability::Lazy => {
                self.lazy_since.get_or_insert_with(Instant::now);
            }
        }
    }

    fn sync(&mut self) {
        self.lazy_since = None;
        self.attempt(|store| store.sync());
    }

    /// Runs the store unless it failed before; an error or a panic is final, and told once.
    fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>,
    ) -> Option<T> {
        if self.broken.is_some() {
            return None;
        }
        let store = self.store.as_mut();
        let why = match catch_unwind(AssertUnwindSafe(|| work(store))) {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(StoreError::Broken(why))) => why,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic_text(panic.as_ref()),
        };
        tracing::error!(why, "the store failed; nothing is acknowledged until a restart");
        self.broken = Some(why);
        self.lazy_since = None;
        None
    }
}

/// A reply that panics must not take the store with it.
fn contained(reply: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(reply)) {
        tracing::error!(why = panic_text(panic.as_ref()), "a store reply panicked");
    }
}
