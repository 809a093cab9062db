//! Framed control connections: a cancel-safe reader and a bounded, owned writer. Knows frames and
//! envelopes, not what the messages mean.

use crate::shutdown::Shutdown;
use bytes::{Buf, BytesMut};
use minicbor::{Decode, Encode};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use wire::limits::{CONTROL_QUEUE, DEAD_AFTER};
use wire::message::Envelope;
use wire::{Violation, codec};

/// What is asked of the transport at first: what a connection that is silent most of the time
/// holds while it waits.
const READ_AHEAD: usize = 512;
/// What is asked of it while a longer message comes in.
const READ_MORE: usize = 8 * 1024;

/// Why a control connection can't go on.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The peer closed in order.
    #[error("closed")]
    Closed,
    /// The peer reset or vanished.
    #[error("lost: {0}")]
    Lost(io::Error),
    /// The peer broke the protocol, or our own message is over the bound.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// Our queue towards the peer is full, or its writer ended.
    #[error("the peer does not read")]
    Stuck,
    /// A deadline passed.
    #[error("no answer in time")]
    Timeout,
}

impl From<wire::DecodeError> for ControlError {
    fn from(error: wire::DecodeError) -> Self {
        Self::Violation(error.into())
    }
}

/// Reads frames, and nothing into memory before its length was checked (W1).
#[derive(Debug)]
pub struct Reader<R> {
    io: R,
    bound: usize,
    ahead: BytesMut,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// Reads frames of up to `bound` bytes.
    pub fn new(io: R, bound: usize) -> Self {
        Self { io, bound, ahead: BytesMut::new() }
    }

    /// The next message. An [`Envelope`] whose kind this build does not know comes without a body
    /// (W3); it is the caller's to answer or to ignore.
    ///
    /// # Errors
    /// The peer closed, is lost, or sent what is no message. Whoever awaits this sets the deadline.
    ///
    /// # Cancel safety
    /// Yes: partial frames stay buffered.
    pub async fn next<T: for<'b> Decode<'b, ()>>(&mut self) -> Result<T, ControlError> {
        loop {
            if let Some((message, taken)) = codec::decode(&self.ahead, self.bound)? {
                self.ahead.advance(taken);
                if self.ahead.is_empty() && self.ahead.capacity() > READ_AHEAD {
                    self.ahead = BytesMut::new();
                }
                return Ok(message);
            }
            let more = if self.ahead.is_empty() { READ_AHEAD } else { READ_MORE };
            self.ahead.reserve(more);
            match self.io.read_buf(&mut self.ahead).await {
                Ok(0) if self.ahead.is_empty() => return Err(ControlError::Closed),
                Ok(0) => return Err(ControlError::Lost(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) => return Err(ControlError::Lost(error)),
            }
        }
    }

    /// Takes the stream back with the bytes read ahead (for lanes: yamux follows the welcome).
    pub fn into_inner(self) -> (R, Vec<u8>) {
        (self.io, self.ahead.into())
    }
}

/// Reads one frame and not a byte beyond it (handshakes after which another protocol takes over).
///
/// # Errors
/// As [`Reader::next`]. Whoever awaits this sets the deadline.
///
/// # Cancel safety
/// No: part of the frame may be gone. Give the connection up.
pub async fn read_frame<T: for<'b> Decode<'b, ()>, R: AsyncRead + Unpin>(
    io: &mut R,
    bound: usize,
) -> Result<T, ControlError> {
    let mut head = [0; codec::HEAD];
    io.read_exact(&mut head).await.map_err(ControlError::Lost)?;
    let mut body = vec![0; codec::length(&head, bound)?.unwrap_or(0)];
    io.read_exact(&mut body).await.map_err(ControlError::Lost)?;
    Ok(codec::body_of(&body)?)
}

/// Writes one frame directly (handshakes, before a writer task exists).
///
/// # Errors
/// The message is over the bound, or the peer is lost. Whoever awaits this sets the deadline.
///
/// # Cancel safety
/// No: part of the frame may have left. Give the connection up.
pub async fn write_frame<T: Encode<()>, W: AsyncWrite + Unpin>(
    io: &mut W,
    message: &T,
    bound: usize,
) -> Result<(), ControlError> {
    let mut frame = Vec::new();
    codec::encode(message, bound, &mut frame)?;
    io.write_all(&frame).await.map_err(ControlError::Lost)?;
    io.flush().await.map_err(ControlError::Lost)
}

/// Sends envelopes through an owned task with a bounded queue ([`CONTROL_QUEUE`]); cheap to clone.
/// When the queue is full the connection is given up: its [`Shutdown`] is cancelled.
///
/// The stream is closed in order when every clone is dropped, and dropped at once when the
/// `Shutdown` is cancelled.
pub struct Sender<T> {
    queue: mpsc::Sender<Queued>,
    /// The next envelope id; held while a message is queued, so that ids count up on the wire.
    next: Arc<Mutex<u64>>,
    bound: usize,
    shutdown: Shutdown,
    _kind: std::marker::PhantomData<fn(T)>,
}

enum Queued {
    Frame(Vec<u8>),
    Flush(oneshot::Sender<()>),
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            next: Arc::clone(&self.next),
            bound: self.bound,
            shutdown: self.shutdown.clone(),
            _kind: std::marker::PhantomData,
        }
    }
}

impl<T> std::fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("free", &self.queue.capacity()).finish_non_exhaustive()
    }
}

impl<T: Encode<()> + Send + 'static> Sender<T> {
    /// Spawns the writer task into `shutdown`; it cancels `shutdown` when the peer stops reading
    /// for [`DEAD_AFTER`] or is lost.
    pub fn spawn<W: AsyncWrite + Send + Unpin + 'static>(
        io: W,
        bound: usize,
        shutdown: &Shutdown,
    ) -> Self {
        let (queue, queued) = mpsc::channel(CONTROL_QUEUE);
        let owner = shutdown.clone();
        shutdown.spawn("control writer", async move {
            let ended = tokio::select! {
                biased;
                () = owner.cancelled() => return,
                ended = write_all(io, queued) => ended,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "control writer gave the peer up");
                owner.cancel();
            }
        });
        let (next, shutdown) = (Arc::new(Mutex::new(1)), shutdown.clone());
        Self { queue, next, bound, shutdown, _kind: std::marker::PhantomData }
    }

    /// Queues a message; returns its envelope id. Ids count from 1.
    ///
    /// # Errors
    /// The message is over the bound (nothing was sent), or the connection is given up.
    pub fn send(&self, body: T) -> Result<u64, ControlError> {
        self.queue(None, Some(body))
    }

    /// Queues an answer to envelope `to`.
    ///
    /// # Errors
    /// As [`Sender::send`].
    pub fn reply(&self, to: u64, body: T) -> Result<u64, ControlError> {
        self.queue(Some(to), Some(body))
    }

    /// Queues an answer without a body: this build does not know what envelope `to` asks (W3).
    ///
    /// # Errors
    /// As [`Sender::send`].
    pub fn unsupported(&self, to: u64) -> Result<u64, ControlError> {
        self.queue(Some(to), None)
    }

    /// Queues a message as soon as there is room, for what may come in bursts and can wait (the
    /// records of many tunnels that end at once). The writer's own deadline bounds the wait.
    ///
    /// # Errors
    /// As [`Sender::send`].
    ///
    /// # Cancel safety
    /// Yes: what is not queued was not sent.
    pub async fn deliver(&self, body: T) -> Result<u64, ControlError> {
        let room = timeout(DEAD_AFTER, self.queue.reserve()).await;
        let room = room.map_err(|_| ControlError::Timeout)?.map_err(|_| ControlError::Stuck)?;
        self.number(None, Some(body), |frame| {
            room.send(Queued::Frame(frame));
            Ok(())
        })
    }

    fn queue(&self, reply_to: Option<u64>, body: Option<T>) -> Result<u64, ControlError> {
        self.number(reply_to, body, |frame| {
            self.queue.try_send(Queued::Frame(frame)).map_err(|_| {
                self.shutdown.cancel();
                ControlError::Stuck
            })
        })
    }

    /// Gives a message its number and hands it on while nobody else can.
    fn number(
        &self,
        reply_to: Option<u64>,
        body: Option<T>,
        hand_on: impl FnOnce(Vec<u8>) -> Result<(), ControlError>,
    ) -> Result<u64, ControlError> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let envelope = Envelope { id: *next, reply_to, body, deadline_ms: None };
        let mut frame = Vec::new();
        codec::encode(&envelope, self.bound, &mut frame)?;
        hand_on(frame)?;
        *next += 1;
        Ok(envelope.id)
    }

    /// Waits until everything queued so far is written and flushed (used before closing). The
    /// writer's own deadline bounds the wait.
    ///
    /// # Errors
    /// The writer ended first.
    pub async fn flushed(&self) -> Result<(), ControlError> {
        let (done, flushed) = oneshot::channel();
        let queue = self.queue.send(Queued::Flush(done));
        timeout(DEAD_AFTER, queue)
            .await
            .map_err(|_| ControlError::Timeout)?
            .map_err(|_| ControlError::Stuck)?;
        flushed.await.map_err(|_| ControlError::Stuck)
    }
}

/// Writes until every sender is gone, then closes in order. Each write has a deadline.
async fn write_all<W: AsyncWrite + Unpin>(
    mut io: W,
    mut queued: mpsc::Receiver<Queued>,
) -> Result<(), ControlError> {
    while let Some(first) = queued.recv().await {
        let mut next = Some(first);
        let mut waiting = Vec::new();
        while let Some(queued_) = next {
            match queued_ {
                Queued::Frame(frame) => within(io.write_all(&frame)).await?,
                Queued::Flush(done) => waiting.push(done),
            }
            next = queued.try_recv().ok();
        }
        within(io.flush()).await?;
        for done in waiting {
            let _ = done.send(());
        }
    }
    within(io.shutdown()).await
}

async fn within(write: impl Future<Output = io::Result<()>>) -> Result<(), ControlError> {
    match timeout(DEAD_AFTER, write).await {
        Ok(written) => written.map_err(ControlError::Lost),
        Err(_) => Err(ControlError::Timeout),
    }
}

#[cfg(test)]
#[path = "control/tests.rs"]
mod tests;
