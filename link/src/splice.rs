//! Joins two byte streams: half-close, reset told apart from end, idle and maximum limits,
//! counters, a thread-local scratch buffer, and a cut that is really a cut.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::lane::LaneStream;
use crate::meter::Meter;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use wire::CloseReason;

/// One end of a tunnel.
pub enum End {
    /// A raw socket; a reset is SO_LINGER 0.
    Tcp(TcpStream),
    /// A chunked lane stream.
    Lane(LaneStream),
    /// Anything else (stdin and stdout of `connect`).
    Pipe(Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>),
}

/// Ends a running splice from outside, with a reason; the first one wins. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cut {}

impl Cut {
    pub fn new() -> Self {
        todo!()
    }
    pub fn now(&self, reason: CloseReason) {
        todo!()
    }
    pub fn reason(&self) -> Option<CloseReason> {
        todo!()
    }
    pub async fn cut(&self) -> CloseReason {
        todo!()
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    pub idle: Option<Duration>,
    pub max: Option<Duration>,
    /// No progress although bytes wait.
    pub stall: Option<Duration>,
}

/// How a splice ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    pub reason: CloseReason,
    /// When the last payload byte was moved.
    pub last_byte: Instant,
}

/// Runs until both directions ended, or one was reset, or a limit or the cut came. `client` is the
/// side towards the operator or visitor, `target` the side towards the node. A cut or abort resets
/// both sides (TCP: RST; lane: abort word with the reason where possible, then reset).
pub async fn splice(
    client: End,
    target: End,
    meter: Arc<Meter>,
    limits: Limits,
    cut: Cut,
) -> Ended {
    todo!()
}

/// Closes a socket with a reset.
pub fn reset(tcp: TcpStream) {
    todo!()
}
