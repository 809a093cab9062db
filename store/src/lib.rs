//! Durable key-value batches. The only folder that names sled. No tokio.
//!
//! One narrow trait: get, range, commit, changes. Records are at most 4 KiB; keys at most 64 bytes.
#![allow(clippy::todo, clippy::unimplemented, missing_docs, unused_variables)]

pub mod thread;

use std::path::Path;

/// The fixed set of trees; prefixes inside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tree {
    Meta,
    Nodes,
    Certs,
    Tokens,
    Ports,
    Rules,
    Operators,
    Audit,
    Outbox,
    Index,
}

/// What must hold for a batch to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    Absent(Tree, Vec<u8>),
    Equals(Tree, Vec<u8>, Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    Put(Tree, Vec<u8>, Vec<u8>),
    Delete(Tree, Vec<u8>),
}

/// All or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    pub conditions: Vec<Condition>,
    pub writes: Vec<Write>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On disk (fdatasync) before the commit returns.
    Durable,
    /// On disk with the next durable commit, at the latest after 100 ms.
    Lazy,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the record changed meanwhile")]
    Conflict,
    #[error("the disk is full below the reserve")]
    Full,
    #[error("a record of {size} bytes, at most {bound}")]
    TooLarge { size: usize, bound: usize },
    /// A write or sync failed before; nothing is acknowledged until a restart.
    #[error("the store failed earlier and must be reopened: {0}")]
    Broken(String),
    #[error("{path}: in use by another process")]
    Locked { path: std::path::PathBuf },
    #[error("{path}: not a store of this program: {what}")]
    Foreign { path: std::path::PathBuf, what: String },
    #[error("store i/o: {0}")]
    Io(#[from] std::io::Error),
}

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

pub trait Store: Send {
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// Up to `limit` pairs with `from <= key`, within `prefix`, ascending.
    fn range(
        &self,
        tree: Tree,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError>;
    /// Applies batches in order with one sync for all of them; one result per batch. A batch whose
    /// condition fails changes nothing and does not stop the others. The revision counts applied batches.
    fn commit(
        &mut self,
        batches: &[Batch],
        durability: Durability,
    ) -> Result<Vec<Result<u64, StoreError>>, StoreError>;
    fn revision(&self) -> u64;
    /// Makes everything durable.
    fn sync(&mut self) -> Result<(), StoreError>;
}

/// Opens (or creates) the sled store in `dir`.
pub fn open(dir: &Path) -> Result<Box<dyn Store>, StoreError> {
    todo!()
}
/// A store in memory, for tests.
pub fn memory() -> Box<dyn Store> {
    todo!()
}
