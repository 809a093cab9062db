//! What a TLS session runs on. A TCP socket that reads 64 KiB at once although rustls asks for 4 KiB,
//! and that holds a buffer only while bytes wait in it (buffers come from a small pool of the thread);
//! or a WebSocket, whose messages are buffers already.

use super::websocket::Web;
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
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
pub struct Socket(Wire);

#[derive(Debug)]
enum Wire {
    Tcp(Tcp),
    Web(Box<Web>),
}

#[derive(Debug)]
struct Tcp {
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
        Self(Wire::Tcp(Tcp { tcp, ahead: None }))
    }

    pub(super) fn web(web: Web) -> Self {
        Self(Wire::Web(Box::new(web)))
    }

    /// The socket itself, for options and addresses. Reading from it loses bytes read ahead.
    pub fn tcp(&self) -> &TcpStream {
        match &self.0 {
            Wire::Tcp(direct) => &direct.tcp,
            Wire::Web(web) => web.tcp(),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            Wire::Tcp(direct) => direct.poll_read(cx, out),
            Wire::Web(web) => Pin::new(web).poll_read(cx, out),
        }
    }
}

impl Tcp {
    fn poll_read(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(ahead) = self.ahead.take() {
            self.serve(ahead, out);
            return Poll::Ready(Ok(()));
        }
        if out.remaining() >= READ {
            return Pin::new(&mut self.tcp).poll_read(cx, out);
        }
        let mut buffer = take();
        let mut into = ReadBuf::new(&mut buffer);
        let outcome = Pin::new(&mut self.tcp).poll_read(cx, &mut into);
        let end = into.filled().len();
        if !matches!(outcome, Poll::Ready(Ok(()))) {
            give_back(buffer);
            return outcome;
        }
        self.serve(Ahead { buffer, at: 0, end }, out);
        Poll::Ready(Ok(()))
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

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().0 {
            Wire::Tcp(direct) => Pin::new(&mut direct.tcp).poll_write(cx, bytes),
            Wire::Web(web) => Pin::new(web).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().0 {
            Wire::Tcp(direct) => Pin::new(&mut direct.tcp).poll_write_vectored(cx, slices),
            Wire::Web(web) => Pin::new(web).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            Wire::Tcp(direct) => Pin::new(&mut direct.tcp).poll_flush(cx),
            Wire::Web(web) => Pin::new(web).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            Wire::Tcp(direct) => Pin::new(&mut direct.tcp).poll_shutdown(cx),
            Wire::Web(web) => Pin::new(web).poll_shutdown(cx),
        }
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
