//! A group of batches on its way into one sled batch: conditions are checked against what the group
//! has planned so far, and otherwise against the engine. It writes nothing itself.

use std::collections::BTreeMap;

use super::{Bytes, REVISION_KEY, physical, read};
use crate::{Batch, Condition, StoreError, Write};

/// Batches that were admitted and not yet handed to sled: what each touched key will hold.
pub(super) struct Group {
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    pub(super) size: Bytes,
    pub(super) revision: u64,
}

impl Group {
    /// An empty group on top of `revision`.
    pub(super) fn after(revision: u64) -> Self {
        Self { changes: BTreeMap::new(), size: Bytes(0), revision }
    }

    /// Outer error: reading failed. Inner: the batch is refused.
    pub(super) fn add(
        &mut self,
        batch: &Batch,
        engine: &sled::Db,
    ) -> Result<Result<u64, StoreError>, StoreError> {
        for condition in &batch.conditions {
            if !self.holds(condition, engine)? {
                return Ok(Err(StoreError::Conflict));
            }
        }
        for write in &batch.writes {
            let (key, value) = match write {
                Write::Put(tree, key, value) => (physical(*tree, key), Some(value.clone())),
                Write::Delete(tree, key) => (physical(*tree, key), None),
            };
            let size = key.len() + value.as_ref().map_or(0, Vec::len);
            self.size.0 += u64::try_from(size).unwrap_or(u64::MAX);
            self.changes.insert(key, value);
        }
        self.revision += 1;
        Ok(Ok(self.revision))
    }

    fn holds(&self, condition: &Condition, engine: &sled::Db) -> Result<bool, StoreError> {
        let (tree, key, expected) = match condition {
            Condition::Absent(tree, key) => (tree, key, None),
            Condition::Equals(tree, key, value) => (tree, key, Some(value)),
        };
        let key = physical(*tree, key);
        match self.changes.get(&key) {
            Some(planned) => Ok(planned.as_ref() == expected),
            None => Ok(read(engine, &key)?.as_ref() == expected),
        }
    }

    pub(super) fn take(&mut self) -> sled::Batch {
        let mut batch = sled::Batch::default();
        for (key, value) in std::mem::take(&mut self.changes) {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch.insert(REVISION_KEY, &self.revision.to_be_bytes());
        self.size = Bytes(0);
        batch
    }
}
