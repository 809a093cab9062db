//! Connections that arrived at listeners of operators, at a node or at the server: they wait, bounded
//! in number and time, until the operator's side takes them. What nobody takes in time is reset.

use crate::control::write_frame;
use crate::splice::reset;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use wire::TunnelId;
use wire::limits::{MAX_ARRIVALS, MAX_FRAME_OPEN, OPEN_DEADLINE};
use wire::message::tunnel::Arrival;

/// What waits at all listeners; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Arrivals(Arc<Mutex<HashMap<TunnelId, Queue>>>);

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

impl Arrivals {
    /// A listener opens; it is over when the first value is dropped.
    pub fn open(&self, listener: TunnelId) -> (Open, Telling) {
        self.all().insert(listener, Queue::default());
        let (tell, told) = mpsc::channel(MAX_ARRIVALS);
        (Open { all: self.clone(), listener, tell }, Telling(told))
    }

    /// The connection with this number, if it still waits.
    pub fn take(&self, listener: TunnelId, number: u64) -> Option<(TcpStream, SocketAddr)> {
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
pub struct Open {
    all: Arrivals,
    listener: TunnelId,
    tell: mpsc::Sender<Arrival>,
}

impl Open {
    /// A connection arrived: it waits and is told of, or is reset, if too many wait.
    pub fn arrived(&self, tcp: TcpStream, from: SocketAddr) {
        match self.enter(tcp, from) {
            // One that is not told of is not taken, and reset like all that nobody takes in time.
            Some(number) => {
                drop(self.tell.try_send(Arrival { number, from: from.to_string().into() }));
            }
            None => tracing::warn!(%from, "too many wait at the listener: reset"),
        }
    }

    fn enter(&self, tcp: TcpStream, from: SocketAddr) -> Option<u64> {
        let mut all = self.all.all();
        let queue = all.get_mut(&self.listener).filter(|q| q.waiting.len() < MAX_ARRIVALS);
        let Some(queue) = queue else {
            reset(tcp);
            return None;
        };
        queue.last += 1;
        let (number, until) = (queue.last, Instant::now() + OPEN_DEADLINE);
        queue.waiting.push_back(Waiting { number, tcp, from, until });
        Some(number)
    }

    /// Resets what has waited too long, for ever.
    pub async fn expire(&self) {
        loop {
            // Whatever arrives from now on waits for as long as that.
            let next = self.expired().unwrap_or_else(|| Instant::now() + OPEN_DEADLINE);
            sleep_until(next).await;
        }
    }

    fn expired(&self) -> Option<Instant> {
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

/// What is to be told to the operator's side.
#[derive(Debug)]
pub struct Telling(mpsc::Receiver<Arrival>);

impl Telling {
    /// Tells it in frames. Returns when nobody can be told any more.
    pub async fn run(mut self, mut to: impl AsyncWrite + Unpin) {
        while let Some(arrival) = self.0.recv().await {
            if write_frame(&mut to, &arrival, MAX_FRAME_OPEN).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::listen::listen_on;
    use std::io::ErrorKind;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn more_than_may_wait_are_reset_and_the_others_when_the_listener_ends() {
        let listener = listen_on(([127, 0, 0, 1], 0).into()).unwrap();
        let (at, arrivals) = (listener.local_addr().unwrap(), Arrivals::default());
        let id = TunnelId::from_random(7);
        let (open, _telling) = arrivals.open(id);
        let mut clients = Vec::new();
        for _ in 0..=MAX_ARRIVALS {
            let client = TcpStream::connect(at).await.unwrap();
            let (tcp, from) = listener.accept().await.unwrap();
            clients.push((client, open.enter(tcp, from)));
        }
        let (mut last, number) = clients.pop().unwrap();
        assert_eq!(number, None);
        assert!(last.read_u8().await.is_err(), "one too many");
        assert!(arrivals.take(id, 1).is_some() && arrivals.take(id, 1).is_none());
        assert!(arrivals.take(TunnelId::from_random(8), 2).is_none());
        drop(open);
        assert!(arrivals.take(id, 2).is_none());
        let (mut second, _) = clients.swap_remove(1);
        let end = second.read_u8().await.unwrap_err();
        assert_eq!(end.kind(), ErrorKind::ConnectionReset);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_takes_in_time_is_reset() {
        let listener = listen_on(([127, 0, 0, 1], 0).into()).unwrap();
        let at = listener.local_addr().unwrap();
        let (open, _telling) = Arrivals::default().open(TunnelId::from_random(7));
        let mut client = TcpStream::connect(at).await.unwrap();
        let (tcp, from) = listener.accept().await.unwrap();
        assert_eq!(open.enter(tcp, from), Some(1));
        let until = open.expired().unwrap();
        tokio::time::advance(until - Instant::now()).await;
        assert_eq!(open.expired(), None);
        assert_eq!(client.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}
