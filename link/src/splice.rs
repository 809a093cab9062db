//! Joins two byte streams: half-close, reset told apart from end, idle and maximum limits,
//! counters, a thread-local scratch buffer, and a cut that is really a cut.
//!
//! One task runs both directions. Each is a small machine that reads only after all it read before
//! was written, so pressure carries back and an idle tunnel holds no buffer.

mod cut;
mod end;
mod flow;
mod limit;

use crate::lane::LaneStream;
use crate::meter::Meter;
use end::Side;
use flow::{Flow, FlowEnd, Way};
use limit::Watch;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use wire::CloseReason;

pub use cut::Cut;
pub use end::reset;

/// One end of a tunnel.
pub enum End {
    /// A raw socket; a reset is SO_LINGER 0.
    Tcp(TcpStream),
    /// A local socket; it has no reset, it is closed.
    Unix(UnixStream),
    /// A chunked lane stream.
    Lane(LaneStream),
    /// Anything else (stdin and stdout of `connect`). Its end ends the tunnel as soon as the other
    /// side has ended: who reads a pipe waits for its end.
    Pipe(Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>),
}

impl fmt::Debug for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp(_) => "Tcp",
            Self::Unix(_) => "Unix",
            Self::Lane(_) => "Lane",
            Self::Pipe(..) => "Pipe",
        })
    }
}

/// When a splice ends by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// After this long without payload in either direction.
    pub idle: Option<Duration>,
    /// After this long in all.
    pub max: Option<Duration>,
    /// After this long without progress although bytes wait.
    pub stall: Option<Duration>,
}

/// How a splice ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Why.
    pub reason: CloseReason,
    /// When the last payload byte was moved; the start, if none was.
    pub last_byte: Instant,
}

/// Runs until both directions ended, or one was reset, or a limit or the cut came. `client` is the
/// side towards the operator or visitor, `target` the side towards the node. A cut, a limit or an
/// abort resets both sides.
///
/// # Cancel safety
/// Dropping it resets lane streams and closes sockets; whoever does that loses the reason.
pub async fn splice(
    client: End,
    target: End,
    meter: Arc<Meter>,
    limits: Limits,
    cut: Cut,
) -> Ended {
    let now = now();
    let mut splice = Splice {
        client: Side::new(client),
        target: Side::new(target),
        up: Flow::new(Way::Up),
        down: Flow::new(Way::Down),
        meter,
        first: None,
        last_byte: now,
    };
    let mut watch = pin!(Watch::new(limits, now));
    let mut cut = pin!(cut.cut());
    let reason = poll_fn(|cx| {
        if let Poll::Ready(reason) = cut.as_mut().poll(cx) {
            return Poll::Ready(reason);
        }
        if let Poll::Ready(reason) = splice.poll(cx) {
            return Poll::Ready(reason);
        }
        watch.as_mut().poll(cx, splice.last_byte, splice.is_waiting())
    })
    .await;
    splice.finish(reason)
}

struct Splice {
    client: Side,
    target: Side,
    up: Flow,
    down: Flow,
    meter: Arc<Meter>,
    /// The direction that ended first says who closed.
    first: Option<Way>,
    last_byte: Instant,
}

impl Splice {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let before = (self.meter.up(), self.meter.down());
        let up = self.up.poll(cx, &mut self.client, &mut self.target, &self.meter);
        let down = self.down.poll(cx, &mut self.target, &mut self.client, &self.meter);
        if (self.meter.up(), self.meter.down()) != before {
            self.last_byte = now();
        }
        for (way, end) in [(Way::Up, up), (Way::Down, down)] {
            if end == Poll::Ready(FlowEnd::Clean) {
                self.first = self.first.or(Some(way));
            }
        }
        if let Some(reason) = broken(up, down) {
            return Poll::Ready(reason);
        }
        let done = match self.client {
            Side::Pipe { .. } => self.down.is_done(),
            _ => self.up.is_done() && self.down.is_done(),
        };
        match (done, self.first) {
            (true, Some(Way::Up)) => Poll::Ready(CloseReason::ClientClosed),
            (true, _) => Poll::Ready(CloseReason::TargetClosed),
            (false, _) => Poll::Pending,
        }
    }

    const fn is_waiting(&self) -> bool {
        self.up.is_waiting() || self.down.is_waiting()
    }

    fn finish(mut self, reason: CloseReason) -> Ended {
        let clean = matches!(reason, CloseReason::ClientClosed | CloseReason::TargetClosed);
        for (side, into) in [(&mut self.client, &self.down), (&mut self.target, &self.up)] {
            if clean { side.close() } else { side.abort(reason, into.is_between_chunks()) }
        }
        Ended { reason, last_byte: self.last_byte }
    }
}

/// Why the splice broke, if it did. A lane that was aborted looks lost to who writes to it: what
/// its own word says counts more.
fn broken(up: Poll<FlowEnd>, down: Poll<FlowEnd>) -> Option<CloseReason> {
    let reasons = [up, down].into_iter().filter_map(|end| match end {
        Poll::Ready(FlowEnd::Broken(reason)) => Some(reason),
        _ => None,
    });
    reasons.min_by_key(|r| matches!(r, CloseReason::NodeLost | CloseReason::OperatorLost))
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
