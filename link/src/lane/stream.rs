//! One tunnel's stream: frames first, chunks afterwards, packets handed out as they came.

use super::LaneError;
use super::shared::Counted;
use futures::io::AsyncWrite as _;
use futures::stream::Stream as _;
use minicbor::{Decode, Encode};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use tokio::sync::OwnedSemaphorePermit;
use wire::{LaneId, chunk, codec, limits};

/// One tunnel's stream, before and after its header. Dropping it without a clean end resets it.
pub struct LaneStream {
    // Fields drop in this order: the stream goes before what counts it.
    yamux: yamux::Stream,
    /// Read and not yet asked for.
    ahead: Vec<u8>,
    counted: Counted,
    _permit: Option<OwnedSemaphorePermit>,
}

impl std::fmt::Debug for LaneStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LaneStream").field(&self.yamux).finish()
    }
}

/// Bytes of a stream as they arrived, owned.
pub(crate) enum Packet {
    Yamux(yamux::Packet),
    Ahead(Vec<u8>),
}

impl Packet {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Yamux(packet) => packet.as_ref(),
            Self::Ahead(bytes) => bytes,
        }
    }
}

impl LaneStream {
    pub(super) const fn new(
        yamux: yamux::Stream,
        counted: Counted,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self { yamux, ahead: Vec::new(), counted, _permit: permit }
    }

    /// The number of its lane.
    pub fn lane(&self) -> LaneId {
        self.counted.0.id
    }

    /// Writes a header or answer frame (bound limits::MAX_FRAME_OPEN).
    ///
    /// # Errors
    /// The frame is over the bound, or the stream or its lane has ended.
    pub async fn send<T: Encode<()>>(&mut self, message: &T) -> Result<(), LaneError> {
        let mut frame = Vec::new();
        codec::encode(message, limits::MAX_FRAME_OPEN, &mut frame)?;
        self.send_all(&frame).await
    }

    /// Sends bytes as payload ahead of a splice.
    ///
    /// # Errors
    /// The stream or its lane has ended.
    pub async fn send_payload(&mut self, bytes: &[u8]) -> Result<(), LaneError> {
        for payload in bytes.chunks(limits::MAX_CHUNK) {
            let length = u32::try_from(payload.len()).map_err(|_| LaneError::Closed)?;
            let mut chunk = chunk::data(length).to_vec();
            chunk.extend_from_slice(payload);
            self.send_all(&chunk).await?;
        }
        Ok(())
    }

    /// Sends bytes that are framed already.
    ///
    /// # Errors
    /// The stream or its lane has ended.
    pub async fn send_all(&mut self, mut rest: &[u8]) -> Result<(), LaneError> {
        while !rest.is_empty() {
            let sent = poll_fn(|cx| self.poll_write(cx, rest)).await;
            rest = &rest[sent.map_err(|_| LaneError::Closed)?..];
        }
        Ok(())
    }

    /// Reads a header or answer frame; bytes behind it stay for the chunks.
    ///
    /// # Errors
    /// The frame is over the bound or malformed, or the stream or its lane has ended.
    ///
    /// # Cancel safety
    /// Yes: what was read stays in the stream.
    pub async fn receive<T: for<'b> Decode<'b, ()>>(&mut self) -> Result<T, LaneError> {
        loop {
            if let Some((message, taken)) = codec::decode(&self.ahead, limits::MAX_FRAME_OPEN)? {
                self.ahead.drain(..taken);
                return Ok(message);
            }
            // Bounded: a frame over its bound was refused above, a packet is at most 1 MiB.
            match poll_fn(|cx| self.poll_yamux(cx)).await {
                Some(Ok(packet)) => self.ahead.extend_from_slice(packet.as_ref()),
                Some(Err(_)) | None => return Err(LaneError::Closed),
            }
        }
    }

    fn poll_yamux(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<yamux::Packet>>> {
        Pin::new(&mut self.yamux).poll_next(cx)
    }

    /// The next bytes; None when the stream was ended, reset or lost.
    pub(crate) fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Packet>>> {
        if !self.ahead.is_empty() {
            return Poll::Ready(Some(Ok(Packet::Ahead(std::mem::take(&mut self.ahead)))));
        }
        self.poll_yamux(cx).map(|next| next.map(|packet| packet.map(Packet::Yamux)))
    }

    /// Waits until the lane takes another frame of this stream. Its window may still be empty.
    pub(crate) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Flushing a yamux stream is asking its channel to the driver for room, no more.
        Pin::new(&mut self.yamux).poll_flush(cx)
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.yamux).poll_write(cx, bytes))?;
        self.counted.0.load.accepted(count);
        Poll::Ready(Ok(count))
    }

    /// Reset or lost, or ended by both sides. What arrived before can still be read.
    pub(crate) fn is_closed(&self) -> bool {
        self.yamux.is_closed()
    }

    /// What arrived before a closed stream was closed, without taking it.
    pub(crate) fn remains(&mut self) -> &[u8] {
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(Ok(packet))) = self.poll_yamux(&mut cx) {
            self.ahead.extend_from_slice(packet.as_ref());
        }
        &self.ahead
    }

    /// Ends a stream on which both directions are done, or nobody wants the rest of ours: then `say`
    /// holds the word of its end. Without room for it the drop resets, which costs no byte.
    pub(crate) fn finish(mut self, say: Option<[u8; chunk::WORD]>) {
        let mut cx = Context::from_waker(Waker::noop());
        if let Some(word) = say {
            let _ = self.poll_write(&mut cx, &word);
        }
        let _ = Pin::new(&mut self.yamux).poll_close(&mut cx);
    }

    /// Says why, if `say` holds a word for it and it can be said at once, and resets the stream.
    pub(crate) fn abort(mut self, say: Option<[u8; chunk::WORD]>) {
        let mut cx = Context::from_waker(Waker::noop());
        if let Some(word) = say {
            let _ = self.poll_write(&mut cx, &word);
        }
    }
}
