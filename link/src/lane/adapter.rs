//! Sits between yamux and TLS: gathers headers and small frames, hands a header and its large body
//! to TLS as one vectored write, flushes when there is nothing left to read, and holds yamux's
//! probes back for a moment.
//!
//! yamux writes every header by itself and flushes after every frame; passed on as they come, each
//! would be a TLS record and a system call of its own.

use super::shared::Load;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A yamux header: version, type, flags, stream, length.
const HEADER: usize = 12;
const TYPE_DATA: u8 = 0;
const TYPE_PING: u8 = 2;
const FLAG_SYN: u8 = 1;
/// How long yamux's measurement of the round trip is held back. yamux lets a window grow when half
/// of it was used up within two round trips. On a short path that is hardly ever, and at 256 KiB a
/// stream both sides wait for each other all the time.
const PROBE_DELAY: Duration = Duration::from_millis(1);
/// A body up to this size is copied behind its header; a larger one is never copied here.
const SMALL: usize = 1024;
/// Gathered bytes from which they are written without waiting for more.
const GATHERED: usize = 4 * 1024;
/// A gathering buffer larger than this is not kept while idle.
const KEPT: usize = 512;
/// While this much can be read without a pause, gathered bytes wait no longer.
const READ_BEFORE_FLUSH: usize = 64 * 1024;
/// After this much reading the other tasks of the thread get their turn.
const READ_BEFORE_YIELD: usize = 512 * 1024;

#[derive(Debug)]
pub(super) struct Adapter<I> {
    io: I,
    load: Arc<Load>,
    gathered: Vec<u8>,
    /// What is left of the body whose header was gathered last.
    body: usize,
    /// Something was written since the last flush that went through.
    unflushed: bool,
    /// yamux's measurement of the round trip, before it leaves.
    probe: Option<(Pin<Box<Sleep>>, [u8; HEADER])>,
    read_unflushed: usize,
    read_unyielded: usize,
}

impl<I> Adapter<I> {
    pub(super) const fn new(io: I, load: Arc<Load>) -> Self {
        Self {
            io,
            load,
            gathered: Vec::new(),
            body: 0,
            unflushed: false,
            probe: None,
            read_unflushed: 0,
            read_unyielded: 0,
        }
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> Adapter<I> {
    fn poll_gathered(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.gathered.is_empty() {
            let count = ready!(Pin::new(&mut self.io).poll_write(cx, &self.gathered))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.gathered.drain(..count);
        }
        if self.gathered.capacity() > KEPT {
            self.gathered = Vec::new();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_really_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_gathered(cx))?;
        ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        self.unflushed = false;
        self.read_unflushed = 0;
        Poll::Ready(Ok(()))
    }

    fn poll_header(&mut self, cx: &mut Context<'_>, header: &[u8]) -> Poll<io::Result<usize>> {
        if self.gathered.len() >= GATHERED {
            ready!(self.poll_gathered(cx))?;
        }
        if let Some(probe @ [_, TYPE_PING, _, FLAG_SYN, ..]) = header.first_chunk::<HEADER>() {
            self.probe = Some((Box::pin(sleep(PROBE_DELAY)), *probe));
            return Poll::Ready(Ok(header.len()));
        }
        self.gathered.extend_from_slice(header);
        if let Some([_, TYPE_DATA, .., a, b, c, d]) = header.first_chunk::<HEADER>() {
            self.body = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        }
        Poll::Ready(Ok(header.len()))
    }

    /// Lets the probe go when its time has come, between two frames.
    fn poll_probe(&mut self, cx: &mut Context<'_>) {
        let Some((due, probe)) = self.probe.as_mut().filter(|_| self.body == 0) else { return };
        if due.as_mut().poll(cx).is_ready() {
            self.gathered.extend_from_slice(probe);
            self.unflushed = true;
            self.probe = None;
        }
    }

    fn poll_body(&mut self, cx: &mut Context<'_>, body: &[u8]) -> Poll<io::Result<usize>> {
        let body = &body[..body.len().min(self.body)];
        let taken = if body.len() <= SMALL {
            self.gathered.extend_from_slice(body);
            body.len()
        } else {
            ready!(self.poll_large(cx, body))?
        };
        self.body -= taken;
        self.load.sent(taken);
        Poll::Ready(Ok(taken))
    }

    fn poll_large(&mut self, cx: &mut Context<'_>, body: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let slices = [IoSlice::new(&self.gathered), IoSlice::new(body)];
            let slices = if self.gathered.is_empty() { &slices[1..] } else { &slices[..] };
            let count = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let headers = count.min(self.gathered.len());
            self.gathered.drain(..headers);
            if count > headers {
                return Poll::Ready(Ok(count - headers));
            }
        }
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> futures::AsyncWrite for Adapter<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.unflushed = true;
        match this.body {
            0 => this.poll_header(cx, bytes),
            _ => this.poll_body(cx, bytes),
        }
    }

    /// Puts the flush off until `poll_read` has nothing: yamux always reads after it wrote, or is
    /// waiting for a write that went through to the socket and left its waker there.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_really_flush(cx))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> futures::AsyncRead for Adapter<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.poll_probe(cx);
        if this.unflushed && this.read_unflushed >= READ_BEFORE_FLUSH {
            this.read_unflushed = 0;
            if let Poll::Ready(Err(error)) = this.poll_really_flush(cx) {
                return Poll::Ready(Err(error));
            }
        }
        if this.read_unyielded >= READ_BEFORE_YIELD {
            this.read_unyielded = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut into = ReadBuf::new(out);
        match Pin::new(&mut this.io).poll_read(cx, &mut into) {
            Poll::Ready(outcome) => {
                let count = into.filled().len();
                this.read_unflushed += count;
                this.read_unyielded += count;
                Poll::Ready(outcome.map(|()| count))
            }
            Poll::Pending => {
                this.read_unyielded = 0;
                if this.unflushed
                    && let Poll::Ready(Err(error)) = this.poll_really_flush(cx)
                {
                    return Poll::Ready(Err(error));
                }
                Poll::Pending
            }
        }
    }
}
