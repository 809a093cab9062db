//! The store thread: owns the store, groups commits that arrive together, replies by callback.
use super::*;

/// A handle to the thread; cheap to clone. Dropping the last one stops it after a sync.
#[derive(Clone, Debug)]
pub struct StoreThread {}

type Reply<T> = Box<dyn FnOnce(Result<T, StoreError>) + Send>;

impl StoreThread {
    pub fn spawn(store: Box<dyn Store>) -> Self {
        todo!()
    }
    /// Queues a batch; `reply` runs on the store thread after its group is committed (and synced, if durable).
    pub fn commit(&self, batch: Batch, durability: Durability, reply: Reply<u64>) {
        todo!()
    }
    /// Reads without waiting for queued commits.
    pub fn range(
        &self,
        tree: Tree,
        prefix: Vec<u8>,
        from: Vec<u8>,
        limit: usize,
        reply: Reply<Vec<Pair>>,
    ) {
        todo!()
    }
    pub fn get(&self, tree: Tree, key: Vec<u8>, reply: Reply<Option<Vec<u8>>>) {
        todo!()
    }
    /// Commits what is queued, syncs, stops the thread and waits for it.
    pub fn close(self) -> Result<(), StoreError> {
        todo!()
    }
}
