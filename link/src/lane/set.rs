//! The lanes of one peer. Decides which lane a tunnel takes and when another is wanted; dials none.

use super::{Lane, LaneError, LaneStream};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use wire::limits;

/// The lanes of one peer: a new tunnel takes the one with the least unsent bytes. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Lanes {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    lanes: Mutex<Vec<Lane>>,
    /// A lane came or went, or one of its streams ended.
    changed: Arc<Notify>,
    closed: AtomicBool,
}

/// What an open does while there is no lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WithoutLanes {
    /// Waits: the peer dials one.
    Wait,
    /// Gives up: nobody else dials one.
    Fail,
}

impl Lanes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a lane in. All but the first close by themselves when idle.
    pub fn add(&self, lane: Lane) {
        if self.inner.closed.load(SeqCst) {
            lane.close();
            return;
        }
        lane.watch(&self.inner.changed);
        let mut lanes = self.live();
        lane.set_extra(!lanes.is_empty());
        lanes.push(lane);
        drop(lanes);
        self.inner.changed.notify_waiters();
    }

    /// Takes a lane in that stands for all the others: they get no new streams and end with the last
    /// one they have.
    pub fn succeed(&self, lane: Lane) {
        if !self.inner.closed.load(SeqCst) {
            self.live().clear();
        }
        self.add(lane);
    }

    /// Lanes that are open.
    pub fn count(&self) -> usize {
        self.live().len()
    }

    /// Streams open on all of them.
    pub fn streams(&self) -> usize {
        self.live().iter().map(Lane::streams).sum()
    }

    /// All lanes have unsent bytes waiting, or hold more than limits::LANE_BUSY_TUNNELS, and there
    /// may be another: ask for one.
    pub fn wants_more(&self) -> bool {
        let lanes = self.live();
        lanes.len() < limits::MAX_LANES
            && lanes
                .iter()
                .all(|lane| lane.unsent() > 0 || lane.streams() > limits::LANE_BUSY_TUNNELS)
    }

    /// Opens a stream on the best lane; waits (bounded by the caller's deadline) while there is none.
    ///
    /// # Errors
    /// Every lane is full and there may be no more of them, or the set was closed.
    pub async fn open(&self) -> Result<LaneStream, LaneError> {
        self.open_or(WithoutLanes::Wait).await
    }

    /// The same for a side that dials the lanes itself: it does not wait for one.
    ///
    /// # Errors
    /// As [`Lanes::open`], or there is no lane.
    pub async fn open_on_one(&self) -> Result<LaneStream, LaneError> {
        self.open_or(WithoutLanes::Fail).await
    }

    async fn open_or(&self, without: WithoutLanes) -> Result<LaneStream, LaneError> {
        loop {
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            if self.inner.closed.load(SeqCst) {
                return Err(LaneError::Closed);
            }
            let (best, count) = self.best();
            match best {
                None if count == 0 && without == WithoutLanes::Fail => {
                    return Err(LaneError::Closed);
                }
                Some(lane) => match lane.open().await {
                    // Lost or filled since it was chosen: there may be another.
                    Err(LaneError::Closed | LaneError::Full) => {}
                    outcome => return outcome,
                },
                None if count >= limits::MAX_LANES => return Err(LaneError::Full),
                None => changed.await,
            }
        }
    }

    /// Closes all lanes, and those that are added later.
    pub fn close_all(&self) {
        self.inner.closed.store(true, SeqCst);
        for lane in self.live().drain(..) {
            lane.close();
        }
        self.inner.changed.notify_waiters();
    }

    fn best(&self) -> (Option<Lane>, usize) {
        let lanes = self.live();
        let best = lanes
            .iter()
            .filter(|lane| lane.has_room())
            .min_by_key(|lane| (lane.unsent(), lane.streams()))
            .cloned();
        (best, lanes.len())
    }

    /// The open lanes; the first of them is never an extra one.
    fn live(&self) -> MutexGuard<'_, Vec<Lane>> {
        let mut lanes = self.inner.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.retain(|lane| !lane.is_closed());
        if let Some(first) = lanes.first() {
            first.set_extra(false);
        }
        lanes
    }
}
