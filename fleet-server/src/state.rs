//! The only writer: takes a bounded batch of requests, runs each op against a working copy, commits
//! once, swaps the snapshot, then releases the replies (persist → publish → perform). It decides
//! nothing: ops do.

mod group;
mod load;
mod writer;

pub(crate) use load::{stored_ca, stored_head};

use crate::audit::{Found, Query, Reader, find};
use crate::fleet::{CertRecord, Fleet, RecordError};
use crate::ops::{self, Done, Op};
use arc_swap::ArcSwap;
use link::{SharedClock, Shutdown};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use store::thread::StoreThread;
use store::{StoreError, Tree};
use tokio::sync::{mpsc, oneshot, watch};
use wire::audit::{AuditEvent, Entry};
use wire::limits::{RECORD_QUEUE, RECORD_WAIT, STATE_QUEUE};
use wire::{Refusal, RefusalCode, Revision, UnixMs};

/// Free places for records from which tunnels open: those that are open may all end meanwhile.
const RECORD_ROOM: usize = RECORD_QUEUE / 4;

/// A committed change: its result and the sequence number of its audit record, if it has one.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What came of it.
    pub done: Done,
    /// Its audit record.
    pub audit: Option<u64>,
}

/// What an empty store starts with.
#[derive(Debug, Clone)]
pub struct Init {
    /// The fleet's id.
    pub fleet: String,
    /// The first operator.
    pub admin: crate::fleet::OperatorRecord,
}

/// The stored state cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record this version cannot read.
    #[error("the record {key} in {tree:?} {error}")]
    Record {
        /// Where it is.
        tree: Tree,
        /// Its key, in hexadecimal.
        key: String,
        /// What is wrong with it.
        error: RecordError,
    },
    /// The audit trail does not end where the state says it does.
    #[error("the audit trail is broken at record {seq}: records were changed, removed or added")]
    Audit {
        /// The first record that is wrong.
        seq: u64,
    },
}

/// Handle to the writer; cheap to clone. The writer ends with its [`Shutdown`], or with the last handle.
#[derive(Clone)]
pub struct State {
    requests: mpsc::Sender<Request>,
    records: mpsc::Sender<(UnixMs, Entry)>,
    published: Arc<Published>,
    reader: Reader,
    clock: SharedClock,
}

/// A change that waits for the writer.
struct Request {
    op: Op,
    reply: oneshot::Sender<Result<Applied, Refusal>>,
}

/// What the writer shows to everybody.
struct Published {
    fleet: ArcSwap<Fleet>,
    revision: watch::Sender<Revision>,
    audit_head: watch::Sender<u64>,
    health: watch::Sender<Health>,
    /// Records that found no room since the last gap record.
    dropped: AtomicU64,
}

/// Whether changes can be made durable.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Health {
    Good,
    /// The disk is full: passes when there is room again.
    Full,
    /// Stays until a restart.
    Failed(String),
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("revision", &self.fleet().revision()).finish_non_exhaustive()
    }
}

impl State {
    /// Loads everything from the store (revocations included) and starts the writer. Checks the
    /// audit chain's head. `init` is used once, on an empty store: fleet id, admin operator, the
    /// rule that lets admins reach everything.
    ///
    /// # Errors
    /// The store fails, holds a record this version cannot read, or an audit trail whose newest
    /// records are not those the state was committed with.
    pub async fn start(
        store: StoreThread,
        init: Init,
        clock: SharedClock,
        shutdown: &Shutdown,
    ) -> Result<Self, OpenError> {
        let reader = Reader::new(store.clone());
        let loaded = load::load(&store, &reader, &init, clock.wall()).await?;
        let (requests, incoming) = mpsc::channel(STATE_QUEUE);
        let (records, recorded) = mpsc::channel(RECORD_QUEUE);
        let published = Arc::new(Published {
            revision: watch::Sender::new(loaded.fleet.revision()),
            audit_head: watch::Sender::new(loaded.head.seq),
            fleet: ArcSwap::from_pointee(loaded.fleet),
            health: watch::Sender::new(Health::Good),
            dropped: AtomicU64::new(0),
        });
        let writer = writer::Writer::new(
            writer::Inputs { requests: incoming, records: recorded },
            store,
            loaded.head,
            Arc::clone(&published),
            clock.clone(),
        );
        let own = shutdown.clone();
        shutdown.spawn("state", async move { writer.run(&own).await });
        Ok(Self { requests, records, published, reader, clock })
    }

    /// Applies one change; it is durable when this returns (but for [`Op::Seen`]).
    ///
    /// # Errors
    /// The op's own refusal; or the queue or the disk is full, the store failed, the server stops.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the reply; the change may still happen.
    pub async fn apply(&self, op: Op) -> Result<Applied, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.requests.try_send(Request { op, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                server("the server is busy: too many changes wait").hint("try again in a moment")
            }
            mpsc::error::TrySendError::Closed(_) => self.published.ended(),
        })?;
        answer.await.unwrap_or_else(|_| Err(self.published.ended()))
    }

    /// Audit record of a tunnel's opening or end: queued, durable within 100 ms, never waits. What
    /// finds no room is counted, and the trail says how many are missing.
    pub fn record(&self, entry: Entry) {
        if self.records.try_send((self.clock.wall(), entry)).is_err() {
            self.published.dropped.fetch_add(1, Relaxed);
        }
    }

    /// What `op` would do, without doing it.
    ///
    /// # Errors
    /// The op's refusal.
    pub fn plan(&self, op: &Op) -> Result<Done, Refusal> {
        ops::run(&self.fleet(), op, self.clock.wall())
            .map(|change| change.done)
            .map_err(|refused| refused.refusal)
    }

    /// The fleet as `op` would leave it.
    ///
    /// # Errors
    /// The op's refusal.
    pub(crate) fn preview(&self, op: &Op) -> Result<Fleet, Refusal> {
        let now = self.fleet();
        let change = ops::run(&now, op, self.clock.wall()).map_err(|refused| refused.refusal)?;
        let mut fleet = now.next();
        change.edits.iter().for_each(|edit| fleet.edit(edit));
        Ok(fleet)
    }

    /// The newest snapshot.
    pub fn fleet(&self) -> Arc<Fleet> {
        self.published.fleet.load_full()
    }

    /// Changes with every published snapshot.
    pub fn revisions(&self) -> watch::Receiver<Revision> {
        self.published.revision.subscribe()
    }

    /// A page of the audit trail.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn audit(&self, query: Query) -> Result<Found, Refusal> {
        let head = *self.published.audit_head.borrow();
        find(&self.reader, &query, head).await
    }

    /// One audit record.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn audit_event(&self, seq: u64) -> Result<Option<AuditEvent>, Refusal> {
        self.reader.event(seq).await
    }

    /// Certificates of one holder that were handed out, those that ended included.
    ///
    /// # Errors
    /// The store could not be read.
    pub(crate) async fn certificates(
        &self,
        role: &str,
        id: &str,
    ) -> Result<Vec<CertRecord>, OpenError> {
        load::certificates(&self.reader, role, id).await
    }

    /// Number of the newest durable audit record.
    pub fn audit_head(&self) -> watch::Receiver<u64> {
        self.published.audit_head.subscribe()
    }

    /// Whether the audit trail can be written: what would need a record is refused while it cannot (I11).
    ///
    /// # Errors
    /// The disk is full, or the store failed.
    pub fn writable(&self) -> Result<(), Refusal> {
        match &*self.published.health.borrow() {
            Health::Good => Ok(()),
            Health::Full => Err(full()),
            Health::Failed(why) => Err(failed(why)),
        }
    }

    /// Waits while the audit trail is so far behind that a tunnel's records might find no room.
    ///
    /// # Errors
    /// As [`State::writable`].
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn room(&self) -> Result<(), Refusal> {
        let mut head = self.published.audit_head.subscribe();
        loop {
            self.writable()?;
            if self.records.capacity() >= RECORD_ROOM {
                return Ok(());
            }
            // A commit that fails does not move the head.
            let _ = tokio::time::timeout(RECORD_WAIT, head.changed()).await;
        }
    }

    /// Waits until the store fails for good; says why. Nothing is acknowledged after that, and the
    /// process has to be restarted.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn failed(&self) -> String {
        let mut health = self.published.health.subscribe();
        let failed = health.wait_for(|health| matches!(health, Health::Failed(_))).await;
        match failed.as_deref() {
            Ok(Health::Failed(why)) => why.clone(),
            Ok(Health::Good | Health::Full) | Err(_) => "the state's writer has ended".to_owned(),
        }
    }
}

impl Published {
    /// What is said after the writer has ended.
    fn ended(&self) -> Refusal {
        match &*self.health.borrow() {
            Health::Failed(why) => failed(why),
            Health::Good | Health::Full => server("the server is stopping"),
        }
    }
}

fn server(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Server, message)
}

fn failed(why: &str) -> Refusal {
    server(&format!("the store failed: {why}")).hint("the server has to be restarted")
}

fn full() -> Refusal {
    server("the disk is full: only what takes access away is still stored")
        .hint("free some space in the server's data directory")
}

#[cfg(test)]
mod tests;
