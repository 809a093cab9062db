//! Durable key-value batches behind one narrow trait: get, range, commit, sync.
//!
//! Owns what "on disk" means: atomic batches, conditions, group commit, the disk reserve, one process
//! per directory. Knows nothing of the records' meaning. The only folder that names sled; no tokio.

mod directory;
mod export;
mod faulty;
mod memory;
mod sled;
pub mod suite;
pub mod thread;

pub use export::{ExportError, Summary, export, import, verify};
pub use faulty::{Faults, faulty};
pub use memory::{Image, memory};
pub use sled::{Bytes, Options, open, open_with};

use std::path::PathBuf;

/// Longest value: 16 of them stay far below the size from which sled moves a page into a file of its
/// own, which it never syncs.
pub const MAX_RECORD: usize = 4096;
/// Longest key.
pub const MAX_KEY: usize = 64;

/// The fixed set of trees; prefixes inside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tree {
    /// Schema version, cluster identity, counters.
    Meta,
    /// Nodes by id.
    Nodes,
    /// Certificates by serial.
    Certs,
    /// Enrolment tokens by hash.
    Tokens,
    /// Published ports.
    Ports,
    /// Access rules.
    Rules,
    /// Operators by id.
    Operators,
    /// The unsealed part of the audit chain, by sequence.
    Audit,
    /// Commands and results that wait for a peer.
    Outbox,
    /// Secondary keys, one prefix per index.
    Index,
    /// Access sessions.
    Sessions,
    /// Guests.
    Guests,
    /// Locks.
    Locks,
    /// Roles, by the digest of their name.
    Roles,
    /// Operators' requests for a role.
    AccessRequests,
    /// Links between nodes.
    Links,
}

impl Tree {
    /// Every tree, in the order of their stored tags.
    pub const ALL: &[Tree] = &[
        Tree::Meta,
        Tree::Nodes,
        Tree::Certs,
        Tree::Tokens,
        Tree::Ports,
        Tree::Rules,
        Tree::Operators,
        Tree::Audit,
        Tree::Outbox,
        Tree::Index,
        Tree::Sessions,
        Tree::Guests,
        Tree::Locks,
        Tree::Roles,
        Tree::AccessRequests,
        Tree::Links,
    ];

    /// The byte that stands for the tree on disk and in exports; never reused, never renumbered.
    fn tag(self) -> u8 {
        match self {
            Tree::Meta => 0,
            Tree::Nodes => 1,
            Tree::Certs => 2,
            Tree::Tokens => 3,
            Tree::Ports => 4,
            Tree::Rules => 5,
            Tree::Operators => 6,
            Tree::Audit => 7,
            Tree::Outbox => 8,
            Tree::Index => 9,
            Tree::Sessions => 60,
            Tree::Guests => 61,
            Tree::Locks => 62,
            Tree::Roles => 40,
            Tree::AccessRequests => 41,
            Tree::Links => 150,
        }
    }

    fn from_tag(tag: u8) -> Option<Tree> {
        Tree::ALL.iter().copied().find(|tree| tree.tag() == tag)
    }
}

/// What must hold for a batch to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// There is no such key.
    Absent(Tree, Vec<u8>),
    /// The key holds exactly this value.
    Equals(Tree, Vec<u8>, Vec<u8>),
}

/// One change of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Creates or replaces the key.
    Put(Tree, Vec<u8>, Vec<u8>),
    /// Removes the key, if it is there.
    Delete(Tree, Vec<u8>),
}

/// Conditions and writes that are applied all or not at all. Writes take effect in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// All must hold in the state that earlier batches left.
    pub conditions: Vec<Condition>,
    /// The changes.
    pub writes: Vec<Write>,
    /// May use the disk reserve: revocations and their audit records.
    pub urgent: bool,
}

impl Batch {
    /// Refuses keys and values over the bounds.
    fn check(&self) -> Result<(), StoreError> {
        for condition in &self.conditions {
            match condition {
                Condition::Absent(_, key) => check_size(key, &[])?,
                Condition::Equals(_, key, value) => check_size(key, value)?,
            }
        }
        for write in &self.writes {
            match write {
                Write::Put(_, key, value) => check_size(key, value)?,
                Write::Delete(_, key) => check_size(key, &[])?,
            }
        }
        Ok(())
    }
}

fn check_size(key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    if key.len() > MAX_KEY {
        return Err(StoreError::TooLarge { size: key.len(), bound: MAX_KEY });
    }
    if value.len() > MAX_RECORD {
        return Err(StoreError::TooLarge { size: value.len(), bound: MAX_RECORD });
    }
    Ok(())
}

/// When a commit must have reached the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On disk (fdatasync) before the commit returns.
    Durable,
    /// On disk with the next durable commit; behind [`thread::StoreThread`] at the latest after 100 ms.
    Lazy,
}

/// Why the store refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A condition did not hold; nothing of the batch was applied.
    #[error("the record changed meanwhile")]
    Conflict,
    /// Free space is below the reserve and the batch is not urgent, or even the reserve is used up.
    #[error("the disk is full below the reserve")]
    Full,
    /// A key or a value over its bound.
    #[error("a record of {size} bytes, at most {bound}")]
    TooLarge {
        /// What was offered.
        size: usize,
        /// What is allowed.
        bound: usize,
    },
    /// The store thread has too much queued; nothing was applied and trying later may succeed.
    #[error("the store has too many commits waiting")]
    Busy,
    /// The store was closed; nothing was applied.
    #[error("the store is closed")]
    Closed,
    /// A write or sync failed before; nothing is acknowledged until a restart.
    #[error("the store failed earlier and must be reopened: {0}")]
    Broken(String),
    /// Another process holds the directory; [`holder`] tells which.
    #[error("{path}: in use by another process", path = path.display())]
    Locked {
        /// The store directory.
        path: PathBuf,
    },
    /// The directory or a file in it is not a store this program can read.
    #[error("{path}: not a store of this program: {what}", path = path.display())]
    Foreign {
        /// The directory or file.
        path: PathBuf,
        /// What was found instead.
        what: String,
    },
    /// A file operation failed before the store was open.
    #[error("store i/o: {0}")]
    Io(#[from] std::io::Error),
}

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Durable key-value batches.
pub trait Store: Send {
    /// The value of a key.
    ///
    /// # Errors
    /// [`StoreError::Broken`] after an earlier failure or when reading fails now.
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Up to `limit` pairs with `from <= key`, within `prefix`, ascending. `from` is a whole key.
    ///
    /// # Errors
    /// [`StoreError::Broken`] after an earlier failure or when reading fails now.
    fn range(
        &self,
        tree: Tree,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError>;

    /// Applies batches in order with one sync for all of them; one result per batch. A batch whose
    /// condition fails changes nothing and does not stop the others. The revision counts applied batches.
    ///
    /// # Errors
    /// Per batch: [`StoreError::Conflict`], [`StoreError::Full`], [`StoreError::TooLarge`]. For the
    /// whole call: [`StoreError::Broken`]; whether its batches reached the disk is then unknown.
    fn commit(
        &mut self,
        batches: &[Batch],
        durability: Durability,
    ) -> Result<Vec<Result<u64, StoreError>>, StoreError>;

    /// How many batches were ever applied.
    fn revision(&self) -> u64;

    /// Makes everything durable.
    ///
    /// # Errors
    /// [`StoreError::Broken`]; a failed sync is never repeated.
    fn sync(&mut self) -> Result<(), StoreError>;
}

pub use directory::holder;
