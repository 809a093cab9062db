//! The one task that touches a yamux connection. It awaits its connection and its open requests,
//! nothing else.

use super::adapter::Adapter;
use super::shared::{Counted, Ending, Shared};
use super::stream::LaneStream;
use super::turn::Turn;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use wire::limits;

/// yamux ends a connection with more streams than this. What we refuse ourselves, one stream at a
/// time, is far below: streams that one side has dropped still count until the other knows.
const HARD_STREAMS: usize = 2 * limits::LANE_ACCEPT_STREAMS;
/// What a stream may receive without being read, at first and at least.
const STREAM_WINDOW: usize = 256 * 1024;
/// What windows may grow by together, on top of that, on the shortest path: enough that neither
/// side waits for the other, and no more, because a small frame waits behind what is on its way.
const GROWTH: usize = 4 * 1024 * 1024;
/// A chunk with its word is one frame, and with the yamux header exactly four TLS records.
const FRAME: usize = 64 * 1024;
/// Streams opened between two looks at the connection, so that those just dropped are counted out.
const OPENS_AT_ONCE: usize = 32;
/// How long streams have to say why they end, when all of them are ended.
const GRACE: Duration = Duration::from_millis(50);
/// How long the last frames have to leave then.
const GOODBYE: Duration = Duration::from_secs(1);
/// How long the last words of tunnels that ended well have to leave.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A request for a stream. The permit travels with it, so that it cannot outlive a lost request.
pub(super) struct Request {
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) reply: oneshot::Sender<LaneStream>,
}

/// Which side of the lane this is.
pub(super) enum Side {
    Opening(mpsc::Receiver<Request>),
    Accepting(mpsc::Sender<LaneStream>),
}

struct Driver<I> {
    yamux: yamux::Connection<Adapter<I>>,
    side: Side,
    shared: Arc<Shared>,
    turn: Arc<Turn>,
}

/// Drives until the lane is over. `round_trip` is an estimate from above; windows grow with it.
pub(super) async fn run<I>(io: I, side: Side, round_trip: Duration, shared: Arc<Shared>)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    // Dropped last: who sees the lane ended sees its streams ended too.
    let _ending = Ending(Arc::clone(&shared));
    let mode = match side {
        Side::Opening(_) => yamux::Mode::Client,
        Side::Accepting(_) => yamux::Mode::Server,
    };
    let adapter = Adapter::new(io, Arc::clone(&shared.load));
    let yamux = yamux::Connection::new(adapter, config(round_trip), mode);
    let mut driver = Driver { yamux, side, shared, turn: Arc::default() };
    match driver.until_over().await {
        Over::Lost => {}
        Over::Unused => driver.say_goodbye(LAST_WORDS).await,
        Over::Asked => {
            let empty = timeout(GRACE, driver.until_empty()).await;
            if empty == Ok(Over::Unused) {
                driver.say_goodbye(GOODBYE).await;
            }
            // Else the streams that are left end when the connection is dropped, and their readers
            // are woken. Closing it in order would forget them: they would wait for ever.
        }
    }
}

/// Why a driver stops driving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// The connection ended.
    Lost,
    /// No stream is left, and nobody wants another.
    Unused,
    /// Somebody wants it ended.
    Asked,
}

fn config(round_trip: Duration) -> yamux::Config {
    let mut config = yamux::Config::default();
    // A byte per nanosecond: what is on its way at 8 Gbit/s.
    let growth = usize::try_from(round_trip.as_nanos()).unwrap_or(usize::MAX);
    let growth = growth.clamp(GROWTH, limits::LANE_WINDOW);
    // In this order: each setter asserts that the window holds the streams.
    config.set_max_connection_receive_window(Some(HARD_STREAMS * STREAM_WINDOW + growth));
    config.set_max_num_streams(HARD_STREAMS);
    config.set_split_send_size(FRAME);
    config
}

impl<I: AsyncRead + AsyncWrite + Unpin> Driver<I> {
    async fn until_over(&mut self) -> Over {
        let shared = Arc::clone(&self.shared);
        let mut close = pin!(shared.close.cancelled());
        let mut idle = pin!(sleep_until(Instant::now()));
        let mut idle_armed = false;
        let mut beat = pin!(sleep_until(Instant::now() + limits::LANE_BEAT));
        let opening = matches!(self.side, Side::Opening(_));
        poll_fn(|cx| {
            if close.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Over::Asked);
            }
            // yamux measures the round trip whenever it is looked at and the last time is 10 s ago.
            while opening && beat.as_mut().poll(cx).is_ready() {
                beat.as_mut().reset(Instant::now() + limits::LANE_BEAT);
            }
            let turn = Arc::clone(&self.turn);
            if turn.poll(cx, |cx| self.poll(cx)).is_ready() {
                return Poll::Ready(Over::Lost);
            }
            let empty = shared.streams() == 0;
            if empty && shared.handle_gone.load(SeqCst) {
                return Poll::Ready(Over::Unused);
            }
            if !empty || !shared.extra.load(Relaxed) {
                idle_armed = false;
                return Poll::Pending;
            }
            if !idle_armed {
                idle.as_mut().reset(Instant::now() + limits::LANE_IDLE);
                idle_armed = true;
            }
            idle.as_mut().poll(cx).map(|()| Over::Unused)
        })
        .await
    }

    /// Drives until no stream is left.
    async fn until_empty(&mut self) -> Over {
        poll_fn(|cx| {
            self.shared.driver.register(cx.waker());
            match self.poll_streams(cx) {
                Poll::Ready(()) => Poll::Ready(Over::Lost),
                Poll::Pending if self.shared.streams() == 0 => Poll::Ready(Over::Unused),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Sends what is queued and tells the peer. Only without streams.
    async fn say_goodbye(&mut self, within: Duration) {
        // The peer may be gone or stuck; then it learns of the end by the connection's.
        let _ = timeout(within, poll_fn(|cx| self.yamux.poll_close(cx))).await;
    }

    /// Ready when the connection ended.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.shared.driver.register(cx.waker());
        loop {
            // First the connection: this is what removes dropped streams from its count.
            if self.poll_streams(cx).is_ready() {
                return Poll::Ready(());
            }
            match self.poll_requests(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(())) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Moves bytes until nothing moves. Ready when the connection ended.
    fn poll_streams(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.yamux.poll_next_inbound(cx) {
                Poll::Ready(Some(Ok(stream))) => self.accept(stream),
                Poll::Ready(Some(Err(error))) => {
                    tracing::debug!(%error, "lane lost");
                    return Poll::Ready(());
                }
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Hands an inbound stream on, or drops it, which resets it: over the limit, or nobody accepts.
    fn accept(&self, stream: yamux::Stream) {
        let Side::Accepting(streams) = &self.side else { return };
        if self.shared.streams() >= limits::LANE_ACCEPT_STREAMS {
            tracing::warn!(limit = limits::LANE_ACCEPT_STREAMS, "stream over the limit refused");
            return;
        }
        let stream = LaneStream::new(stream, Counted::new(&self.shared), None);
        // Full or closed: the stream comes back in the error and is dropped with it.
        let _ = streams.try_send(stream);
    }

    /// Opens what was asked for. Ready with Ok if something was opened, with Err if the connection
    /// ended.
    fn poll_requests(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        let Side::Opening(requests) = &mut self.side else { return Poll::Pending };
        for opened in 0..OPENS_AT_ONCE {
            // `None`: no handle is left; the caller sees that by itself.
            let Poll::Ready(Some(Request { permit, reply })) = requests.poll_recv(cx) else {
                return if opened > 0 { Poll::Ready(Ok(())) } else { Poll::Pending };
            };
            // Never pending: that takes 256 streams without an answer, permits end at 200.
            let Poll::Ready(Ok(stream)) = self.yamux.poll_new_outbound(cx) else {
                return Poll::Ready(Err(()));
            };
            let counted = Counted::new(&self.shared);
            // A requester that went away gets nothing: the stream is dropped unused.
            let _ = reply.send(LaneStream::new(stream, counted, Some(permit)));
        }
        Poll::Ready(Ok(()))
    }
}
