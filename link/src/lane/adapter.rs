//! Between yamux and TLS. yamux writes a 12-byte header, then a body, then flushes, for every frame;
//! here small writes are held and go out with what follows as one vectored write, and the flush
//! waits until there is nothing more to read: a third of the TLS records, a tenth of the syscalls.
//!
//! No wake-up is lost: yamux polls the reader at the end of every turn that is not blocked on the
//! writer, and a reader that pends flushes first, which registers for the writer.

use super::Gauge;
use futures::io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use tokio::io::ReadBuf;

/// Writes up to this size are held for what follows.
const SMALL: usize = 256;
/// Held bytes at which they go out by themselves.
const MAX_HELD: usize = 8 * 1024;

/// A tokio stream as yamux wants it.
pub(super) struct Adapter<I> {
    io: I,
    held: Vec<u8>,
    dirty: bool,
    gauge: Arc<Gauge>,
}

impl<I> Adapter<I> {
    pub(super) fn new(io: I, gauge: Arc<Gauge>) -> Self {
        Self { io, held: Vec::new(), dirty: false, gauge }
    }

    fn blocked(&self, blocked: bool) {
        self.gauge.blocked.store(blocked, Relaxed);
        self.gauge.held.store(self.held.len(), Relaxed);
    }
}

impl<I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> Adapter<I> {
    /// Hands what is held, and then `more`, to the socket. How much of `more` was taken.
    fn poll_out(&mut self, cx: &mut Context<'_>, more: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let slices = [IoSlice::new(&self.held), IoSlice::new(more)];
            let pieces = if self.held.is_empty() { &slices[1..] } else { &slices[..] };
            let written = match Pin::new(&mut self.io).poll_write_vectored(cx, pieces) {
                Poll::Ready(result) => result?,
                Poll::Pending => {
                    self.blocked(true);
                    return Poll::Pending;
                }
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.dirty = true;
            let from_held = written.min(self.held.len());
            self.held.drain(..from_held);
            if self.held.is_empty() {
                self.blocked(false);
                if written > from_held || more.is_empty() {
                    return Poll::Ready(Ok(written - from_held));
                }
            }
        }
    }

    fn poll_really_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            ready!(self.poll_out(cx, &[]))?;
        }
        if self.dirty {
            match Pin::new(&mut self.io).poll_flush(cx) {
                Poll::Ready(result) => result?,
                Poll::Pending => {
                    self.blocked(true);
                    return Poll::Pending;
                }
            }
            self.dirty = false;
            self.blocked(false);
        }
        if self.held.capacity() > SMALL {
            // Idle lanes keep no buffers.
            self.held = Vec::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> AsyncRead for Adapter<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut space = ReadBuf::new(buf);
        match Pin::new(&mut this.io).poll_read(cx, &mut space) {
            Poll::Ready(result) => Poll::Ready(result.map(|()| space.filled().len())),
            Poll::Pending => {
                // Its own pending is the writer's: registered, and no concern of the reader.
                if let Poll::Ready(Err(error)) = this.poll_really_flush(cx) {
                    return Poll::Ready(Err(error));
                }
                Poll::Pending
            }
        }
    }
}

impl<I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> AsyncWrite for Adapter<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if buf.len() <= SMALL && this.held.len() + buf.len() <= MAX_HELD {
            this.held.extend_from_slice(buf);
            return Poll::Ready(Ok(buf.len()));
        }
        this.poll_out(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_really_flush(cx))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}
