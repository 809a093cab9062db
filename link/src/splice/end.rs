//! What a splice can do with one of its ends, whatever kind it is.

use super::End;
use crate::lane::LaneStream;
use socket2::SockRef;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use wire::{CloseReason, chunk};

/// An end in use; `Gone` after it was closed or reset.
pub(super) enum Side {
    Tcp(TcpStream),
    Unix(UnixStream),
    Lane(Box<LaneStream>),
    Pipe { read: Box<dyn AsyncRead + Send + Unpin>, write: Box<dyn AsyncWrite + Send + Unpin> },
    Gone,
}

impl Side {
    pub(super) fn new(end: End) -> Self {
        match end {
            End::Tcp(tcp) => Self::Tcp(tcp),
            End::Unix(unix) => Self::Unix(unix),
            End::Lane(lane) => Self::Lane(Box::new(lane)),
            End::Pipe(read, write) => Self::Pipe { read, write },
        }
    }

    /// Reads raw bytes; only of sides that are no lane.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut space = ReadBuf::new(buffer);
        let result = match self {
            Self::Tcp(tcp) => Pin::new(tcp).poll_read(cx, &mut space),
            Self::Unix(unix) => Pin::new(unix).poll_read(cx, &mut space),
            Self::Pipe { read, .. } => Pin::new(read).poll_read(cx, &mut space),
            Self::Lane(_) | Self::Gone => Poll::Ready(Err(io::ErrorKind::Unsupported.into())),
        };
        ready!(result)?;
        Poll::Ready(Ok(space.filled().len()))
    }

    /// Writes bytes as this side wants them: chunks to a lane, raw ones to all others.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Unix(unix) => Pin::new(unix).poll_write(cx, bytes),
            Self::Pipe { write, .. } => Pin::new(write).poll_write(cx, bytes),
            Self::Lane(lane) => lane.poll_write(cx, bytes),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// What was written leaves now; sockets and lanes need no telling.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Pipe { write, .. } => Pin::new(write).poll_flush(cx),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Ends the sending direction of a side that is no lane (TCP FIN).
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Unix(unix) => Pin::new(unix).poll_shutdown(cx),
            Self::Pipe { write, .. } => Pin::new(write).poll_shutdown(cx),
            Self::Lane(_) | Self::Gone => Poll::Ready(Ok(())),
        }
    }

    pub(super) const fn is_lane(&self) -> bool {
        matches!(self, Self::Lane(_))
    }

    /// Lets go after both directions ended.
    pub(super) fn close(&mut self) {
        if let Self::Lane(lane) = self {
            // If the lane is blocked the drop resets a stream that has said all: nobody loses a byte.
            let _ = lane.poll_close(&mut Context::from_waker(Waker::noop()));
        }
        *self = Self::Gone;
    }

    /// Resets: what was not sent is discarded, the other end learns that this is no clean end.
    /// The reason fits between two chunks only; inside one it would pass for payload.
    pub(super) fn abort(&mut self, reason: CloseReason, between_chunks: bool) {
        match std::mem::replace(self, Self::Gone) {
            Self::Tcp(tcp) => reset(tcp),
            Self::Lane(mut lane) if between_chunks => {
                // One try without waiting: the reason is a courtesy, the reset is the message.
                let word = chunk::abort(reason);
                let _ = lane.poll_write(&mut Context::from_waker(Waker::noop()), &word);
            }
            Self::Lane(_) | Self::Unix(_) | Self::Pipe { .. } | Self::Gone => {}
        }
    }
}

/// Closes a socket with a reset (RST): nothing that is still buffered is sent.
pub fn reset(tcp: TcpStream) {
    // If it fails the socket is closed the ordinary way; there is nothing else to be done with it.
    let _ = SockRef::from(&tcp).set_linger(Some(Duration::ZERO));
    drop(tcp);
}
