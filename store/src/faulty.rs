//! A store in memory that fails or forgets on cue: for tests of everything that stands on a store.
//!
//! It forgets like a disk: what was not synced when it is reopened is gone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::memory::Tables;
use crate::{Batch, Durability, Pair, Store, StoreError, Tree};

/// A store that fails when its [`Faults`] say so.
pub fn faulty() -> (Box<dyn Store>, Faults) {
    let faults = Faults::default();
    (faults.reopen(), faults)
}

/// The cues, and the disk behind the store.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    durable: Tables,
    commits: u64,
    batches: u64,
    failing_commit: Option<u64>,
    unanswered_commit: Option<u64>,
    sync_fails: bool,
    refusals: BTreeMap<u64, Refuse>,
    panics: bool,
}

#[derive(Debug, Clone, Copy)]
enum Refuse {
    Conflict,
    Full,
}

impl Faults {
    /// The `nth` commit from now (1 is the next) fails before anything is written; the store is broken then.
    pub fn fail_commit(&self, nth: u64) {
        let mut script = self.script();
        script.failing_commit = Some(script.commits + nth);
    }

    /// The `nth` commit from now (1 is the next) reaches the disk, but nobody learns of it: the store
    /// is broken then.
    pub fn lose_answer(&self, nth: u64) {
        let mut script = self.script();
        script.unanswered_commit = Some(script.commits + nth);
    }

    /// Takes back every cue that has not come true.
    pub fn calm(&self) {
        let mut script = self.script();
        script.failing_commit = None;
        script.unanswered_commit = None;
        script.sync_fails = false;
        script.refusals.clear();
        script.panics = false;
    }

    /// Commits that were tried, over all openings.
    pub fn commits(&self) -> u64 {
        self.script().commits
    }

    /// The next sync fails: what it should have made durable is forgotten and the store is broken.
    pub fn fail_sync(&self) {
        self.script().sync_fails = true;
    }

    /// The `nth` batch from now is refused with a conflict.
    pub fn conflict(&self, nth: u64) {
        self.refuse(nth, Refuse::Conflict);
    }

    /// The `nth` batch from now is refused because the disk is full.
    pub fn full(&self, nth: u64) {
        self.refuse(nth, Refuse::Full);
    }

    /// The next commit panics.
    pub fn panic(&self) {
        self.script().panics = true;
    }

    /// Opens the store again as after a crash: with what was durable, and nothing else.
    pub fn reopen(&self) -> Box<dyn Store> {
        let live = self.script().durable.clone();
        Box::new(Faulty { live, faults: self.clone(), broken: None })
    }

    fn refuse(&self, nth: u64, how: Refuse) {
        let mut script = self.script();
        let batch = script.batches + nth;
        script.refusals.insert(batch, how);
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Faulty {
    live: Tables,
    faults: Faults,
    broken: Option<String>,
}

impl Store for Faulty {
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.usable()?;
        Ok(self.live.get(tree, key))
    }

    fn range(
        &self,
        tree: Tree,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        self.usable()?;
        Ok(self.live.range(tree, prefix, from, limit))
    }

    fn commit(
        &mut self,
        batches: &[Batch],
        durability: Durability,
    ) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
        self.usable()?;
        let answered = self.cue_commit()?;
        let results = batches.iter().map(|batch| self.apply(batch)).collect();
        if durability == Durability::Durable || !answered {
            self.sync()?;
        }
        if answered { Ok(results) } else { Err(self.broken("an answer was lost on cue")) }
    }

    fn revision(&self) -> u64 {
        self.live.revision()
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.usable()?;
        let mut script = self.faults.script();
        if std::mem::take(&mut script.sync_fails) {
            drop(script);
            return Err(self.broken("a sync failed on cue"));
        }
        script.durable = self.live.clone();
        Ok(())
    }
}

impl Faulty {
    fn usable(&self) -> Result<(), StoreError> {
        match &self.broken {
            Some(why) => Err(StoreError::Broken(why.clone())),
            None => Ok(()),
        }
    }

    fn broken(&mut self, why: &str) -> StoreError {
        self.broken = Some(why.to_owned());
        StoreError::Broken(why.to_owned())
    }

    /// Whether the commit is to be answered.
    fn cue_commit(&mut self) -> Result<bool, StoreError> {
        let mut script = self.faults.script();
        script.commits += 1;
        let fails = script.failing_commit == Some(script.commits);
        let answered = script.unanswered_commit != Some(script.commits);
        let panics = std::mem::take(&mut script.panics);
        drop(script);
        assert!(!panics, "a commit panicked on cue");
        if fails { Err(self.broken("a commit failed on cue")) } else { Ok(answered) }
    }

    fn apply(&mut self, batch: &Batch) -> Result<u64, StoreError> {
        let mut script = self.faults.script();
        script.batches += 1;
        let number = script.batches;
        let refusal = script.refusals.remove(&number);
        drop(script);
        match refusal {
            Some(Refuse::Conflict) => Err(StoreError::Conflict),
            Some(Refuse::Full) => Err(StoreError::Full),
            None => self.live.apply(batch),
        }
    }
}
