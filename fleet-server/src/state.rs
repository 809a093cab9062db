//! The only writer: takes a bounded batch of requests, runs each op against a working copy, commits
//! once, swaps the snapshot, then releases replies and effects (persist → publish → perform).
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::audit::{Found, Query};
use crate::fleet::Fleet;
use crate::ops::{Done, Op};
use link::{SharedClock, Shutdown};
use std::sync::Arc;
use store::StoreError;
use store::thread::StoreThread;
use tokio::sync::watch;
use wire::audit::{AuditEvent, Entry};
use wire::{Refusal, Revision};

/// A committed change: its result and the sequence number of its audit record, if it has one.
#[derive(Debug, Clone)]
pub struct Applied {
    pub done: Done,
    pub audit: Option<u64>,
}

/// Handle to the writer; cheap to clone.
#[derive(Clone)]
pub struct State {}

impl State {
    /// Loads everything from the store (revocations included) and starts the writer. Checks the audit chain's head.
    /// `init` runs once on an empty store: fleet id, admin operator, default rules.
    pub async fn start(
        store: StoreThread,
        init: Init,
        clock: SharedClock,
        shutdown: &Shutdown,
    ) -> Result<Self, StoreError> {
        todo!()
    }
    /// Durable when it returns.
    pub async fn apply(&self, op: Op) -> Result<Applied, Refusal> {
        todo!()
    }
    /// Audit record of a tunnel's opening or end: queued, durable within 100 ms, never waits. Counts what it had to drop (never silently).
    pub fn record(&self, entry: Entry) {
        todo!()
    }
    /// What `op` would do, without doing it.
    pub fn plan(&self, op: &Op) -> Result<Done, Refusal> {
        todo!()
    }
    pub fn fleet(&self) -> Arc<Fleet> {
        todo!()
    }
    /// Changes with every published snapshot.
    pub fn revisions(&self) -> watch::Receiver<Revision> {
        todo!()
    }
    pub async fn audit(&self, query: Query) -> Result<Found, Refusal> {
        todo!()
    }
    pub async fn audit_event(&self, seq: u64) -> Result<Option<AuditEvent>, Refusal> {
        todo!()
    }
    /// Number of the newest durable audit record.
    pub fn audit_head(&self) -> watch::Receiver<u64> {
        todo!()
    }
}

/// What an empty store starts with.
#[derive(Debug, Clone)]
pub struct Init {
    pub fleet: String,
    pub admin: crate::fleet::OperatorRecord,
}
