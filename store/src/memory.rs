//! The store in memory: for tests, and the model the durable one is compared with.
//!
//! Written apart from the sled store on purpose: shared code would share its mistakes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Batch, Condition, Durability, Pair, Store, StoreError, Tree, Write};

/// A store in memory.
pub fn memory() -> Box<dyn Store> {
    Image::default().open()
}

/// What a memory store would have on its disk; outlives the store and can be opened again.
#[derive(Debug, Clone, Default)]
pub struct Image(Arc<Mutex<Tables>>);

impl Image {
    /// Opens the store on this image.
    pub fn open(&self) -> Box<dyn Store> {
        Box::new(Memory(self.clone()))
    }

    pub(crate) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    records: BTreeMap<(Tree, Vec<u8>), Vec<u8>>,
    revision: u64,
}

impl Tables {
    pub(crate) fn get(&self, tree: Tree, key: &[u8]) -> Option<Vec<u8>> {
        self.records.get(&(tree, key.to_vec())).cloned()
    }

    pub(crate) fn range(&self, tree: Tree, prefix: &[u8], from: &[u8], limit: usize) -> Vec<Pair> {
        self.records
            .range((tree, from.to_vec())..)
            .take_while(|((of, _), _)| *of == tree)
            .filter(|((_, key), _)| key.starts_with(prefix))
            .take(limit)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect()
    }

    pub(crate) fn apply(&mut self, batch: &Batch) -> Result<u64, StoreError> {
        batch.check()?;
        if !batch.conditions.iter().all(|condition| self.holds(condition)) {
            return Err(StoreError::Conflict);
        }
        for write in &batch.writes {
            match write {
                Write::Put(tree, key, value) => {
                    self.records.insert((*tree, key.clone()), value.clone());
                }
                Write::Delete(tree, key) => {
                    self.records.remove(&(*tree, key.clone()));
                }
            }
        }
        self.revision += 1;
        Ok(self.revision)
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Absent(tree, key) => self.get(*tree, key).is_none(),
            Condition::Equals(tree, key, value) => {
                self.get(*tree, key).as_deref() == Some(value.as_slice())
            }
        }
    }
}

struct Memory(Image);

impl Store for Memory {
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.tables().get(tree, key))
    }

    fn range(
        &self,
        tree: Tree,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        Ok(self.0.tables().range(tree, prefix, from, limit))
    }

    fn commit(
        &mut self,
        batches: &[Batch],
        _durability: Durability,
    ) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
        let mut tables = self.0.tables();
        Ok(batches.iter().map(|batch| tables.apply(batch)).collect())
    }

    fn revision(&self) -> u64 {
        self.0.tables().revision()
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
