//! Lanes: yamux over TLS, several per peer. One driver task owns each yamux connection; tunnels
//! hold streams. Who may open what, and what a stream means, is not known here.
//!
//! The opening side holds at most limits::LANE_OPEN_STREAMS streams by its own semaphore, because
//! yamux gives a whole connection up at one stream too many.

mod adapter;
mod driver;
mod set;
mod shared;
mod stream;
mod turn;

pub use set::Lanes;
pub use stream::LaneStream;
pub(crate) use stream::Packet;

use crate::shutdown::Shutdown;
use driver::{Request, Side};
use shared::{Handle, Shared};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use wire::{LaneId, limits};

/// Why a lane or a stream does not serve.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    /// The lane or the stream ended.
    #[error("the lane is closed")]
    Closed,
    /// No lane takes another stream.
    #[error("every lane is full")]
    Full,
    /// The peer sent something that is no frame.
    #[error(transparent)]
    Decode(#[from] wire::DecodeError),
    /// The connection underneath failed.
    #[error("lane i/o: {0}")]
    Io(#[from] std::io::Error),
}

/// One lane on the opening side; cheap to clone. It ends when it is closed, when its connection
/// ends, or when all clones and all streams are gone.
#[derive(Debug, Clone)]
pub struct Lane {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: LaneId,
    requests: mpsc::Sender<Request>,
    permits: Arc<Semaphore>,
    handle: Handle,
}

impl Lane {
    /// Starts the driver on a connection whose greeting is done. Windows may grow with `round_trip`.
    pub fn opener<I: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        io: I,
        id: LaneId,
        round_trip: Duration,
        shutdown: &Shutdown,
    ) -> Self {
        let shared = Shared::new(id, shutdown.token().child_token());
        let (requests, queue) = mpsc::channel(limits::LANE_OPEN_STREAMS);
        let driving = driver::run(io, Side::Opening(queue), round_trip, Arc::clone(&shared));
        shutdown.spawn("lane", driving);
        let permits = Arc::new(Semaphore::new(limits::LANE_OPEN_STREAMS));
        Self { inner: Arc::new(Inner { id, requests, permits, handle: Handle(shared) }) }
    }

    /// Its number.
    pub fn id(&self) -> LaneId {
        self.inner.id
    }

    /// Open streams, those being opened included.
    pub fn streams(&self) -> usize {
        limits::LANE_OPEN_STREAMS - self.inner.permits.available_permits()
    }

    /// Bytes accepted from tunnels and not yet taken by the connection (what TLS and the kernel
    /// hold is not in it).
    pub fn unsent(&self) -> usize {
        self.shared().load.unsent()
    }

    /// Whether it ended or is ending.
    pub fn is_closed(&self) -> bool {
        self.shared().is_over()
    }

    /// Waits until the driver has ended.
    pub async fn closed(&self) {
        self.shared().ended.cancelled().await;
    }

    /// Opens a stream. Nothing is on the wire until its first frame is sent.
    ///
    /// # Errors
    /// All permits are taken, or the lane ended.
    pub async fn open(&self) -> Result<LaneStream, LaneError> {
        if self.is_closed() {
            return Err(LaneError::Closed);
        }
        let permit = Arc::clone(&self.inner.permits).try_acquire_owned();
        let permit = permit.map_err(|_| LaneError::Full)?;
        let (reply, stream) = oneshot::channel();
        // Room is certain: there are as many places as permits.
        let sent = self.inner.requests.send(Request { permit, reply }).await;
        match (sent, stream.await) {
            (Ok(()), Ok(stream)) => Ok(stream),
            _ => {
                self.close();
                Err(LaneError::Closed)
            }
        }
    }

    /// Ends the lane and all its streams; what they sent before goes out first if it can.
    pub fn close(&self) {
        self.shared().close.cancel();
    }

    fn has_room(&self) -> bool {
        self.inner.permits.available_permits() > 0
    }

    fn set_extra(&self, extra: bool) {
        if self.shared().extra.swap(extra, Relaxed) != extra {
            self.shared().driver.wake();
        }
    }

    fn watch(&self, watcher: &Arc<Notify>) {
        self.shared().watch(watcher);
    }

    fn shared(&self) -> &Shared {
        &self.inner.handle.0
    }
}

/// The accepting side: streams as they come. When it is dropped the lane ends with its last stream.
#[derive(Debug)]
pub struct Acceptor {
    streams: mpsc::Receiver<LaneStream>,
    handle: Handle,
    id: LaneId,
}

impl Acceptor {
    /// Starts the driver on a connection whose greeting is done. Windows may grow with `round_trip`.
    pub fn start<I: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        io: I,
        id: LaneId,
        round_trip: Duration,
        shutdown: &Shutdown,
    ) -> Self {
        let shared = Shared::new(id, shutdown.token().child_token());
        let (accepted, streams) = mpsc::channel(limits::LANE_ACCEPT_STREAMS);
        let driving = driver::run(io, Side::Accepting(accepted), round_trip, Arc::clone(&shared));
        shutdown.spawn("lane", driving);
        Self { streams, handle: Handle(shared), id }
    }

    /// The lane's number.
    pub const fn id(&self) -> LaneId {
        self.id
    }

    /// Streams that are alive, accepted or waiting to be.
    pub fn streams(&self) -> usize {
        self.handle.0.streams()
    }

    /// The next stream; None when the lane ended.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn next(&mut self) -> Option<LaneStream> {
        self.streams.recv().await
    }

    /// Ends the lane and all its streams.
    pub fn close(&self) {
        self.handle.0.close.cancel();
    }
}
