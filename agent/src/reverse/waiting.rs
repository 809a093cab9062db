//! Connections that arrived at listeners and wait to be taken. What nobody takes in time is reset.

use link::splice::reset;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpStream;
use tokio::time::Instant;
use wire::TunnelId;
use wire::limits::OPEN_DEADLINE;

/// Connections that wait at one listener; further ones are reset.
pub(super) const MAX_WAITING: usize = 128;

/// All listeners of this agent; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listeners(Arc<Mutex<HashMap<TunnelId, Queue>>>);

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    last: u64,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    tcp: TcpStream,
    from: SocketAddr,
    until: Instant,
}

impl Listeners {
    /// A listener opens; it is over when the value is dropped.
    pub(super) fn open(&self, listener: TunnelId) -> Open {
        self.all().insert(listener, Queue::default());
        Open { all: self.clone(), listener }
    }

    /// The connection with this number, if it still waits.
    pub(super) fn take(&self, listener: TunnelId, number: u64) -> Option<(TcpStream, SocketAddr)> {
        let mut all = self.all();
        let waiting = &mut all.get_mut(&listener)?.waiting;
        let at = waiting.iter().position(|one| one.number == number)?;
        waiting.remove(at).map(|one| (one.tcp, one.from))
    }

    fn all(&self) -> MutexGuard<'_, HashMap<TunnelId, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One listener's place.
#[derive(Debug)]
pub(super) struct Open {
    all: Listeners,
    listener: TunnelId,
}

impl Open {
    /// A connection arrived; its number, or `None` if too many wait: it is reset then.
    pub(super) fn arrived(&self, tcp: TcpStream, from: SocketAddr) -> Option<u64> {
        let mut all = self.all.all();
        let queue = all.get_mut(&self.listener)?;
        if queue.waiting.len() >= MAX_WAITING {
            reset(tcp);
            return None;
        }
        queue.last += 1;
        let (number, until) = (queue.last, Instant::now() + OPEN_DEADLINE);
        queue.waiting.push_back(Waiting { number, tcp, from, until });
        Some(number)
    }

    /// Resets what has waited too long; says when there is something to look at again.
    pub(super) fn expire(&self) -> Option<Instant> {
        let (mut all, now) = (self.all.all(), Instant::now());
        let waiting = &mut all.get_mut(&self.listener)?.waiting;
        while waiting.front().is_some_and(|one| one.until <= now) {
            if let Some(one) = waiting.pop_front() {
                reset(one.tcp);
            }
        }
        waiting.front().map(|one| one.until)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let queue = self.all.all().remove(&self.listener);
        for one in queue.into_iter().flat_map(|queue| queue.waiting) {
            reset(one.tcp);
        }
    }
}
