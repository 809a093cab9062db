//! Lanes: yamux over TLS, several per peer. One driver task owns each yamux connection; tunnels
//! hold streams. What a stream carries is in [`wire::chunk`]; how two ends are joined in [`crate::splice`].

mod adapter;
mod driver;
mod set;
mod stream;

use crate::shutdown::Shutdown;
use driver::{Driver, Requests};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc, oneshot};
use wire::{LaneId, limits};

pub use set::Lanes;
pub use stream::LaneStream;
pub(crate) use stream::Received;

/// What can go wrong with a lane or one of its streams.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    /// The lane, or the other end of the stream, is gone.
    #[error("the lane is closed")]
    Closed,
    /// The lane holds as many streams as it may.
    #[error("every lane is full")]
    Full,
    /// The other end sent no frame of ours.
    #[error(transparent)]
    Decode(#[from] wire::DecodeError),
    /// The stream failed.
    #[error("lane i/o: {0}")]
    Io(#[from] std::io::Error),
}

/// What the driver and the handles of one lane share.
#[derive(Debug, Default)]
struct Gauge {
    /// The socket takes nothing more right now.
    blocked: AtomicBool,
    /// Bytes the adapter holds and the socket has not taken.
    held: AtomicUsize,
}

/// One lane on the opening side; cheap to clone.
#[derive(Clone)]
pub struct Lane {
    id: LaneId,
    requests: Requests,
    slots: Arc<Semaphore>,
    gauge: Arc<Gauge>,
    shutdown: Shutdown,
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("id", &self.id).field("streams", &self.streams()).finish()
    }
}

impl Lane {
    /// Starts the driver of the opening side: at most [`limits::LANE_OPEN_STREAMS`] streams, by its
    /// own semaphore. Ends with `shutdown`, with the peer, or with [`Lane::close`].
    pub fn opener<I>(io: I, id: LaneId, shutdown: &Shutdown) -> Self
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (requests, asked) = mpsc::channel(limits::LANE_OPEN_STREAMS);
        let gauge = Arc::new(Gauge::default());
        let shutdown = shutdown.child();
        let driver = Driver::opener(io, asked, Arc::clone(&gauge));
        let ending = shutdown.clone();
        shutdown.spawn("lane", async move { driver.run(ending).await });
        let slots = Arc::new(Semaphore::new(limits::LANE_OPEN_STREAMS));
        Self { id, requests, slots, gauge, shutdown }
    }

    /// Its number.
    pub const fn id(&self) -> LaneId {
        self.id
    }

    /// Streams that are open.
    pub fn streams(&self) -> usize {
        limits::LANE_OPEN_STREAMS - self.slots.available_permits()
    }

    /// Bytes that wait for the socket, where known: a blocked lane counts one frame at least.
    pub fn unsent(&self) -> usize {
        let blocked = if self.gauge.blocked.load(Relaxed) { limits::MAX_CHUNK } else { 0 };
        self.gauge.held.load(Relaxed) + blocked
    }

    /// Whether it has ended.
    pub fn is_closed(&self) -> bool {
        self.shutdown.is_cancelled() || self.requests.is_closed()
    }

    /// Resolves when it has ended.
    pub async fn closed(&self) {
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = self.requests.closed() => {}
        }
    }

    /// Opens a stream. Nothing is on the wire until its header is sent.
    ///
    /// # Errors
    /// The lane is full or gone.
    pub async fn open(&self) -> Result<LaneStream, LaneError> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().map_err(|_| LaneError::Full)?;
        let (tell, opened) = oneshot::channel();
        self.requests.send(tell).await.map_err(|_| LaneError::Closed)?;
        let stream = opened.await.map_err(|_| LaneError::Closed)?;
        Ok(LaneStream::new(stream, Some(slot)))
    }

    /// Ends it and everything it carries.
    pub fn close(&self) {
        self.shutdown.cancel();
    }
}

/// The accepting side: streams as they come. Dropping it ends the lane.
#[derive(Debug)]
pub struct Acceptor {
    streams: mpsc::Receiver<yamux::Stream>,
    shutdown: Shutdown,
}

impl Acceptor {
    /// Starts the driver of the accepting side: at most [`limits::LANE_ACCEPT_STREAMS`] streams.
    pub fn start<I>(io: I, _id: LaneId, shutdown: &Shutdown) -> Self
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (deliver, streams) = mpsc::channel(limits::LANE_ACCEPT_STREAMS);
        let shutdown = shutdown.child();
        let driver = Driver::acceptor(io, deliver, Arc::new(Gauge::default()));
        let ending = shutdown.clone();
        shutdown.spawn("lane", async move { driver.run(ending).await });
        Self { streams, shutdown }
    }

    /// The next stream; `None` when the lane ended.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn next(&mut self) -> Option<LaneStream> {
        self.streams.recv().await.map(|stream| LaneStream::new(stream, None))
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
