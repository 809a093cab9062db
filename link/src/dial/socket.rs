//! A TCP socket that reads 64 KiB at once although rustls asks for 4 KiB, and that holds a buffer
//! only while bytes wait in it. Buffers come from a small pool of the thread.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// One read from the kernel. Reading 64 instead of 8 KiB halves the cost of bulk.
const READ: usize = 64 * 1024;
/// Buffers a thread keeps for the next reader.
const POOLED: usize = 4;

thread_local! {
    static POOL: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// The socket underneath a TLS stream.
#[derive(Debug)]
pub struct Socket {
    tcp: TcpStream,
    ahead: Option<Ahead>,
}

/// Bytes that were read and not asked for yet.
struct Ahead {
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
}

impl std::fmt::Debug for Ahead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.end - self.at)
    }
}

impl Socket {
    pub(super) const fn new(tcp: TcpStream) -> Self {
        Self { tcp, ahead: None }
    }

    /// The socket itself, for options and addresses. Reading from it loses bytes read ahead.
    pub const fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    fn serve(&mut self, mut ahead: Ahead, out: &mut ReadBuf<'_>) {
        let count = out.remaining().min(ahead.end - ahead.at);
        out.put_slice(&ahead.buffer[ahead.at..ahead.at + count]);
        ahead.at += count;
        if ahead.at < ahead.end {
            self.ahead = Some(ahead);
        } else {
            give_back(ahead.buffer);
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(ahead) = this.ahead.take() {
            this.serve(ahead, out);
            return Poll::Ready(Ok(()));
        }
        if out.remaining() >= READ {
            return Pin::new(&mut this.tcp).poll_read(cx, out);
        }
        let mut buffer = take();
        let mut into = ReadBuf::new(&mut buffer);
        let outcome = Pin::new(&mut this.tcp).poll_read(cx, &mut into);
        let end = into.filled().len();
        if !matches!(outcome, Poll::Ready(Ok(()))) {
            give_back(buffer);
            return outcome;
        }
        this.serve(Ahead { buffer, at: 0, end }, out);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.tcp).poll_flush(cx))?;
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

fn take() -> Box<[u8]> {
    POOL.with_borrow_mut(Vec::pop).unwrap_or_else(|| vec![0; READ].into_boxed_slice())
}

fn give_back(buffer: Box<[u8]>) {
    POOL.with_borrow_mut(|pool| {
        if pool.len() < POOLED {
            pool.push(buffer);
        }
    });
}
