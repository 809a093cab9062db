//! Lanes: yamux over TLS, several per peer. One driver task owns each yamux connection.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::shutdown::Shutdown;
use minicbor::{Decode, Encode};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use wire::LaneId;

#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    #[error("the lane is closed")]
    Closed,
    #[error("every lane is full")]
    Full,
    #[error("no answer in time")]
    Timeout,
    #[error(transparent)]
    Decode(#[from] wire::DecodeError),
    #[error("lane i/o: {0}")]
    Io(#[from] std::io::Error),
}

/// One lane on the opening side; cheap to clone.
#[derive(Clone)]
pub struct Lane {}

impl Lane {
    /// Starts the driver (opening side: at most limits::LANE_OPEN_STREAMS by its own semaphore).
    pub fn opener<I: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        io: I,
        id: LaneId,
        shutdown: &Shutdown,
    ) -> Self {
        todo!()
    }
    pub fn id(&self) -> LaneId {
        todo!()
    }
    /// Open streams.
    pub fn streams(&self) -> usize {
        todo!()
    }
    /// Bytes accepted from tunnels and not yet taken by the socket.
    pub fn unsent(&self) -> usize {
        todo!()
    }
    pub fn is_closed(&self) -> bool {
        todo!()
    }
    pub async fn closed(&self) {
        todo!()
    }
    pub async fn open(&self) -> Result<LaneStream, LaneError> {
        todo!()
    }
    pub fn close(&self) {
        todo!()
    }
}

/// The accepting side: streams as they come.
pub struct Acceptor {}

impl Acceptor {
    pub fn start<I: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        io: I,
        id: LaneId,
        shutdown: &Shutdown,
    ) -> Self {
        todo!()
    }
    /// The next stream; None when the lane ended. Cancel-safe.
    pub async fn next(&mut self) -> Option<LaneStream> {
        todo!()
    }
}

/// The lanes of one peer: a new tunnel takes the one with the least unsent bytes.
#[derive(Clone)]
pub struct Lanes {}

impl Lanes {
    pub fn new() -> Self {
        todo!()
    }
    pub fn add(&self, lane: Lane) {
        todo!()
    }
    pub fn count(&self) -> usize {
        todo!()
    }
    /// All lanes have unsent bytes waiting, or hold more than limits::LANE_BUSY_TUNNELS: ask for another.
    pub fn wants_more(&self) -> bool {
        todo!()
    }
    /// Opens a stream on the best lane; waits (bounded by the caller's deadline) while there is none.
    pub async fn open(&self) -> Result<LaneStream, LaneError> {
        todo!()
    }
    pub fn close_all(&self) {
        todo!()
    }
}

/// One tunnel's stream, before and after its header. Dropping it without a clean end resets it.
pub struct LaneStream {}

impl LaneStream {
    /// Writes a header or answer frame (bound limits::MAX_FRAME_OPEN).
    pub async fn send<T: Encode<()>>(&mut self, message: &T) -> Result<(), LaneError> {
        todo!()
    }
    /// Reads a header or answer frame; bytes behind it stay for the chunks.
    pub async fn receive<T: for<'b> Decode<'b, ()>>(&mut self) -> Result<T, LaneError> {
        todo!()
    }
    /// Sends bytes as payload ahead of a splice (one chunk at most [`wire::limits::MAX_CHUNK`] long each).
    pub async fn send_payload(&mut self, bytes: &[u8]) -> Result<(), LaneError> {
        todo!()
    }
}
