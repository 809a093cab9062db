//! One tunnel's stream: a header and an answer, then chunks. Packets come out as the vectors yamux
//! received them in; what is written is one frame per call.
//!
//! The write side is never closed by itself: the end of a direction is a chunk word, so that a
//! dropped stream always resets the other end, half-closed or not.

use super::LaneError;
use futures::{AsyncWrite, Stream as _};
use minicbor::{Decode, Encode};
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::OwnedSemaphorePermit;
use wire::{chunk, codec, limits};

/// One tunnel's stream. Dropping it before both directions ended resets the other end.
pub struct LaneStream {
    stream: yamux::Stream,
    /// Received behind a header or answer, not yet looked at.
    ahead: Vec<u8>,
    _slot: Option<OwnedSemaphorePermit>,
}

/// Received bytes, owned as they came.
pub(crate) enum Received {
    Ahead(Vec<u8>),
    Packet(yamux::Packet),
}

impl AsRef<[u8]> for Received {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Ahead(bytes) => bytes,
            Self::Packet(packet) => packet.as_ref(),
        }
    }
}

impl fmt::Debug for LaneStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LaneStream").field(&self.stream).finish()
    }
}

impl LaneStream {
    pub(super) fn new(stream: yamux::Stream, slot: Option<OwnedSemaphorePermit>) -> Self {
        Self { stream, ahead: Vec::new(), _slot: slot }
    }

    /// Sends a header or an answer.
    ///
    /// # Errors
    /// Over [`limits::MAX_FRAME_OPEN`], or the other end is gone.
    pub async fn send<T: Encode<()>>(&mut self, message: &T) -> Result<(), LaneError> {
        let mut frame = Vec::new();
        codec::encode(message, limits::MAX_FRAME_OPEN, &mut frame)?;
        self.write_all(&frame).await
    }

    /// Receives a header or an answer; what follows it stays for the chunks.
    ///
    /// # Errors
    /// Not a frame of ours, or the other end is gone.
    pub async fn receive<T: for<'b> Decode<'b, ()>>(&mut self) -> Result<T, LaneError> {
        loop {
            if let Some((message, taken)) = codec::decode(&self.ahead, limits::MAX_FRAME_OPEN)? {
                self.ahead.drain(..taken);
                return Ok(message);
            }
            let packet = poll_fn(|cx| Pin::new(&mut self.stream).poll_next(cx)).await;
            self.ahead.extend_from_slice(packet.ok_or(LaneError::Closed)??.as_ref());
        }
    }

    /// Sends bytes as payload ahead of a splice.
    ///
    /// # Errors
    /// The other end is gone.
    pub async fn send_payload(&mut self, bytes: &[u8]) -> Result<(), LaneError> {
        for part in bytes.chunks(limits::MAX_CHUNK) {
            let word = u32::try_from(part.len()).map(chunk::data).unwrap_or_else(|_| chunk::end());
            self.write_all(&[&word, part].concat()).await?;
        }
        Ok(())
    }

    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), LaneError> {
        let mut left = bytes;
        while !left.is_empty() {
            let taken = poll_fn(|cx| self.poll_write(cx, left)).await?;
            left = left.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// The next bytes, in whatever pieces they came; `None` when the stream ended.
    pub(crate) fn poll_received(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Received>>> {
        if !self.ahead.is_empty() {
            return Poll::Ready(Some(Ok(Received::Ahead(std::mem::take(&mut self.ahead)))));
        }
        let packet = ready!(Pin::new(&mut self.stream).poll_next(cx));
        Poll::Ready(packet.map(|result| result.map(Received::Packet)))
    }

    /// Queues bytes as one frame; how many were taken.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    /// Ends the stream after both directions ended: nothing is reset by dropping it then.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}
