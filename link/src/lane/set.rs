//! The lanes of one peer: a new tunnel takes the one with the least unsent bytes.

use super::{Lane, LaneError, LaneStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;
use wire::limits;

/// A shared set of lanes; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Lanes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    lanes: Mutex<Vec<Member>>,
    added: Notify,
}

#[derive(Debug)]
struct Member {
    lane: Lane,
    used: Instant,
}

impl Lanes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        // The set is whole at every point where a panic could come from.
        let mut members = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        members.retain(|member| !member.lane.is_closed());
        members
    }

    /// Takes another lane into use.
    pub fn add(&self, lane: Lane) {
        self.members().push(Member { lane, used: now() });
        self.0.added.notify_waiters();
    }

    /// How many work.
    pub fn count(&self) -> usize {
        self.members().len()
    }

    /// Streams open on all of them.
    pub fn streams(&self) -> usize {
        self.members().iter().map(|member| member.lane.streams()).sum()
    }

    /// Every lane has bytes waiting or holds many tunnels: another one would help.
    pub fn wants_more(&self) -> bool {
        self.members().iter().all(|member| {
            member.lane.unsent() > 0 || member.lane.streams() > limits::LANE_BUSY_TUNNELS
        })
    }

    /// Opens a stream on the least busy lane; waits while there is none, as long as the caller does.
    ///
    /// # Errors
    /// Every lane is full.
    pub async fn open(&self) -> Result<LaneStream, LaneError> {
        loop {
            let added = self.0.added.notified();
            tokio::pin!(added);
            added.as_mut().enable();
            match self.best() {
                Some(lane) => match lane.open().await {
                    // It ended between being chosen and being asked: choose again.
                    Err(LaneError::Closed) => {}
                    result => return result,
                },
                None if self.count() > 0 => return Err(LaneError::Full),
                None => added.await,
            }
        }
    }

    fn best(&self) -> Option<Lane> {
        let mut members = self.members();
        let open = members.iter_mut().filter(|m| m.lane.streams() < limits::LANE_OPEN_STREAMS);
        let best = open.min_by_key(|m| (m.lane.unsent(), m.lane.streams()))?;
        best.used = now();
        Some(best.lane.clone())
    }

    /// Closes lanes beyond the first `keep` that have carried nothing for [`limits::LANE_IDLE`].
    pub fn close_idle(&self, keep: usize) {
        let now = now();
        for member in self.members().iter_mut().skip(keep) {
            if member.lane.streams() > 0 {
                member.used = now;
            } else if now.duration_since(member.used) >= limits::LANE_IDLE {
                member.lane.close();
            }
        }
    }

    /// Ends all of them and everything they carry.
    pub fn close_all(&self) {
        for member in self.members().drain(..) {
            member.lane.close();
        }
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
