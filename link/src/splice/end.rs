//! One end of a tunnel as a splice sees it: read, write, finish, abort. Keeps no bytes.

use super::Failure;
use crate::dial::Socket;
use crate::lane::LaneStream;
use socket2::SockRef;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsStream;
use wire::{CloseReason, chunk};

/// One end of a tunnel.
pub enum End {
    /// A raw socket; a reset is SO_LINGER 0.
    Tcp(TcpStream),
    /// A local socket; it has no reset, it is closed.
    Unix(UnixStream),
    /// A TLS connection that carries one tunnel. Its end is TLS's own; without it, it was reset.
    Tls(Box<Secure>),
    /// A chunked lane stream.
    Lane(LaneStream),
    /// Anything else (stdin and stdout of `connect`). As the client it does not keep a tunnel whose
    /// target has ended: a terminal's input never ends by itself.
    Pipe(Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>),
}

/// A TLS connection with what was read of it before its tunnel was open.
#[derive(Debug)]
pub struct Secure {
    io: TlsStream<Socket>,
    ahead: Vec<u8>,
}

impl Secure {
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, into);
        }
        let count = into.remaining().min(self.ahead.len());
        into.put_slice(&self.ahead[..count]);
        self.ahead.drain(..count);
        if self.ahead.is_empty() {
            self.ahead = Vec::new();
        }
        Poll::Ready(Ok(()))
    }

    /// The socket underneath, for options.
    pub(super) fn tcp(&self) -> &TcpStream {
        self.io.get_ref().0.tcp()
    }
}

impl std::fmt::Debug for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(tcp) => f.debug_tuple("Tcp").field(tcp).finish(),
            Self::Unix(unix) => f.debug_tuple("Unix").field(unix).finish(),
            Self::Tls(tls) => f.debug_tuple("Tls").field(tls).finish(),
            Self::Lane(lane) => f.debug_tuple("Lane").field(lane).finish(),
            Self::Pipe(..) => f.write_str("Pipe"),
        }
    }
}

/// Closes a socket with a reset.
pub fn reset(tcp: TcpStream) {
    reset_at_close(&tcp);
    drop(tcp);
}

fn reset_at_close(tcp: &TcpStream) {
    // Fails only on a socket that is reset already.
    let _ = SockRef::from(tcp).set_linger(Some(Duration::ZERO));
}

impl End {
    /// A TLS connection; `ahead` was read from it already and comes first.
    pub fn tls(io: TlsStream<Socket>, ahead: Vec<u8>) -> Self {
        Self::Tls(Box::new(Secure { io, ahead }))
    }

    /// Closes an end that no splice has run on, with a reset where it has one.
    pub fn reset(self) {
        match self {
            Self::Tcp(tcp) => reset(tcp),
            Self::Tls(tls) => reset_at_close(tls.tcp()),
            Self::Unix(_) | Self::Lane(_) | Self::Pipe(..) => {}
        }
    }

    /// Reads raw bytes. Not for lanes, whose bytes are packets.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut into = ReadBuf::new(out);
        ready!(match self {
            Self::Tcp(tcp) => Pin::new(tcp).poll_read(cx, &mut into),
            Self::Unix(unix) => Pin::new(unix).poll_read(cx, &mut into),
            Self::Tls(tls) => tls.poll_read(cx, &mut into),
            Self::Pipe(read, _) => Pin::new(read).poll_read(cx, &mut into),
            Self::Lane(_) => Poll::Ready(Err(io::ErrorKind::Unsupported.into())),
        })?;
        Poll::Ready(Ok(into.filled().len()))
    }

    /// Writes bytes: payload to a raw end, framed ones to a lane.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Failure>> {
        let written = ready!(match self {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Unix(unix) => Pin::new(unix).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(&mut tls.io).poll_write(cx, bytes),
            Self::Pipe(_, write) => Pin::new(write).poll_write(cx, bytes),
            Self::Lane(lane) => lane.poll_write(cx, bytes),
        });
        Poll::Ready(match written {
            Ok(0) => Err(self.failure()),
            Ok(count) => Ok(count),
            Err(_) => Err(self.failure()),
        })
    }

    /// Waits until a write is likely to be taken, so that nothing is read that would have to be kept.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        match self {
            Self::Lane(lane) => lane.poll_room(cx).map_err(|_| Failure::Lost),
            Self::Tcp(_) | Self::Unix(_) | Self::Tls(_) | Self::Pipe(..) => Poll::Ready(Ok(())),
        }
    }

    /// Pushes out what a pipe or TLS buffers.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        match self {
            Self::Pipe(_, write) => Pin::new(write).poll_flush(cx).map_err(|_| Failure::Reset),
            Self::Tls(tls) => Pin::new(&mut tls.io).poll_flush(cx).map_err(|_| Failure::Reset),
            Self::Tcp(_) | Self::Unix(_) | Self::Lane(_) => Poll::Ready(Ok(())),
        }
    }

    /// Ends the direction towards this end. A lane's end is a word and was written before.
    pub(super) fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // A failure here means that the other end is gone; reading from it says how.
        match self {
            Self::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx).map(|_| ()),
            Self::Unix(unix) => Pin::new(unix).poll_shutdown(cx).map(|_| ()),
            Self::Tls(tls) => Pin::new(&mut tls.io).poll_shutdown(cx).map(|_| ()),
            Self::Pipe(_, write) => Pin::new(write).poll_shutdown(cx).map(|_| ()),
            Self::Lane(_) => Poll::Ready(()),
        }
    }

    pub(super) const fn is_lane(&self) -> bool {
        matches!(self, Self::Lane(_))
    }

    /// What a failed read or write on this end means.
    pub(super) const fn failure(&self) -> Failure {
        if self.is_lane() { Failure::Lost } else { Failure::Reset }
    }

    /// Lets go of an end on which both directions are done; `unsaid`: a lane was not told of ours.
    pub(super) fn close(self, unsaid: bool) {
        if let Self::Lane(lane) = self {
            lane.finish(unsaid.then(chunk::end));
        }
    }

    /// Resets the end; a lane is told why if it stands between two chunks.
    pub(super) fn abort(self, reason: CloseReason, between_chunks: bool) {
        match self {
            Self::Tcp(tcp) => reset(tcp),
            Self::Tls(tls) => reset_at_close(tls.tcp()),
            Self::Lane(lane) => lane.abort(between_chunks.then(|| chunk::abort(reason))),
            Self::Unix(_) | Self::Pipe(..) => {}
        }
    }
}
