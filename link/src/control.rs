//! Framed control connections: a cancel-safe reader and a bounded, owned writer.
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
use tokio::io::{AsyncRead, AsyncWrite};
use wire::message::Envelope;

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The peer closed in order.
    #[error("closed")]
    Closed,
    /// The peer reset or vanished.
    #[error("lost: {0}")]
    Lost(std::io::Error),
    #[error(transparent)]
    Violation(#[from] wire::Violation),
    /// Our queue towards the peer is full, or its writer ended.
    #[error("the peer does not read")]
    Stuck,
    #[error("no answer in time")]
    Timeout,
}

/// Reads frames. `next` is cancel-safe.
pub struct Reader<R> {
    io: R,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub fn new(io: R, bound: usize) -> Self {
        todo!()
    }
    /// The next message and nothing read beyond it is lost.
    ///
    /// # Cancel safety
    /// Yes: partial frames stay buffered.
    pub async fn next<T: for<'b> Decode<'b, ()>>(&mut self) -> Result<T, ControlError> {
        todo!()
    }
    /// Takes the stream back with the bytes read ahead (for lanes: yamux follows the welcome).
    pub fn into_inner(self) -> (R, Vec<u8>) {
        todo!()
    }
}

/// Writes one frame directly (handshakes, before a writer task exists).
pub async fn write_frame<T: Encode<()>, W: AsyncWrite + Unpin>(
    io: &mut W,
    message: &T,
    bound: usize,
) -> Result<(), ControlError> {
    todo!()
}

/// Sends envelopes through an owned task with a bounded queue (limits::CONTROL_QUEUE); cheap to clone.
/// When the queue is full the connection is given up (style: control queues close).
pub struct Sender<T> {
    _t: std::marker::PhantomData<fn(T)>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        todo!()
    }
}

impl<T: Encode<()> + Send + 'static> Sender<T> {
    /// Spawns the writer task into `shutdown`; it cancels `shutdown` when the peer stops reading or is lost.
    pub fn spawn<W: AsyncWrite + Send + Unpin + 'static>(
        io: W,
        bound: usize,
        shutdown: &Shutdown,
    ) -> Self {
        todo!()
    }
    /// Queues a message; returns its envelope id.
    pub fn send(&self, body: T) -> Result<u64, ControlError> {
        todo!()
    }
    /// Queues an answer to envelope `to`.
    pub fn reply(&self, to: u64, body: T) -> Result<u64, ControlError> {
        todo!()
    }
    /// Waits until everything queued so far is written and flushed (used before closing).
    pub async fn flushed(&self) -> Result<(), ControlError> {
        todo!()
    }
}
