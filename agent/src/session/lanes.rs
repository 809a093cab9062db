//! The lanes of one session: dialled when the server asks or wants them warm, each in a task that
//! serves its streams. Lanes 1 to `warm_lanes` are ours to keep; the server numbers the others.

use crate::context::{Context, random};
use crate::tunnel;
use link::Shutdown;
use link::backoff::{Backoff, Ending};
use link::control::{ControlError, Sender, read_frame, write_frame};
use link::dial::{Conn, DialError, Route, dial_along};
use link::lane::Acceptor;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::{sleep, timeout};
use wire::limits::{HANDSHAKE_DEADLINE, MAX_FRAME_OPEN, MAX_LANES};
use wire::message::{Hello, LaneHello, LaneWelcome, ToServer};
use wire::{Generation, LaneId, Refusal, alpn};

/// Dials of a lane that nobody asks for again by itself.
const TRIES: u32 = 3;

#[derive(Debug, thiserror::Error)]
enum LaneFault {
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error("refused: {0}")]
    Refused(Refusal),
    #[error("no answer in time")]
    Timeout,
}

/// Why a lane is no longer served here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Served {
    Ended,
    /// Its certificate was renewed: another lane takes its place.
    Renewed,
}

/// Opens and serves lanes; cheap to clone.
#[derive(Clone)]
pub(super) struct Lanes {
    ctx: Arc<Context>,
    /// That of the control connection: a lane must reach the same server.
    route: Route,
    generation: Generation,
    sender: Sender<ToServer>,
    part: Shutdown,
    held: Arc<Mutex<HashSet<LaneId>>>,
}

impl Lanes {
    pub(super) fn new(
        ctx: &Arc<Context>,
        route: Route,
        generation: Generation,
        sender: &Sender<ToServer>,
        part: &Shutdown,
    ) -> Self {
        Self {
            ctx: Arc::clone(ctx),
            route,
            generation,
            sender: sender.clone(),
            part: part.clone(),
            held: Arc::default(),
        }
    }

    /// Opens the first `count` lanes, and opens each again when it ends.
    pub(super) fn keep_warm(&self, count: u32) {
        for lane in (1..=u64::from(count)).take(MAX_LANES).map(LaneId) {
            self.start(lane, true);
        }
    }

    /// Opens the lane the server asked for.
    pub(super) fn open(&self, lane: LaneId) {
        self.start(lane, false);
    }

    fn start(&self, lane: LaneId, warm: bool) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= MAX_LANES || !held.insert(lane) {
            return tracing::warn!(lane = lane.0, "lane not opened: at the limit, or open already");
        }
        drop(held);
        let this = self.clone();
        self.part.spawn("lane", async move {
            let part = this.part.clone();
            tokio::select! {
                biased;
                () = part.cancelled() => {}
                () = this.keep(lane, warm) => {}
            }
            this.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&lane);
        });
    }

    /// Dials and serves a lane: for as long as the session lives, or until it served once.
    async fn keep(&self, lane: LaneId, warm: bool) {
        let mut backoff = Backoff::default();
        loop {
            let start = self.ctx.clock.now();
            let served = self.once(lane, warm).await;
            if matches!(served, Ok(Served::Renewed)) {
                continue;
            }
            backoff.healthy(self.ctx.clock.now().saturating_duration_since(start));
            let over = match &served {
                Ok(_) => !warm,
                Err(error) => {
                    tracing::debug!(lane = lane.0, %error, "lane not opened");
                    !warm && backoff.tries() + 1 >= TRIES
                }
            };
            if over {
                return;
            }
            sleep(backoff.wait(Ending::Lost, random())).await;
        }
    }

    async fn once(&self, lane: LaneId, warm: bool) -> Result<Served, LaneFault> {
        let tls = &self.ctx.tls;
        // Before the dial: a certificate that comes meanwhile is not the one it shows.
        let mut renewal = self.ctx.renewal.subscribe();
        let mut conn = dial_along(&self.route, tls, alpn::AGENT_LANE, HANDSHAKE_DEADLINE).await?;
        match timeout(HANDSHAKE_DEADLINE, self.introduce(&mut conn, lane)).await {
            Ok(Ok(LaneWelcome::Ok)) => {}
            Ok(Ok(LaneWelcome::Refused(refusal))) => return Err(LaneFault::Refused(refusal)),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(LaneFault::Timeout),
        }
        tracing::debug!(lane = lane.0, "lane open");
        let mut acceptor = Acceptor::start(conn.io, lane, conn.took, &self.part);
        let served = tokio::select! {
            biased;
            () = self.serve(&mut acceptor) => Served::Ended,
            Ok(_) = renewal.changed(), if warm => Served::Renewed,
        };
        tracing::debug!(lane = lane.0, ?served, "lane served");
        if served == Served::Renewed {
            // The server lets it go once its successor is there, and it ends with its last tunnel.
            let this = self.clone();
            self.part.spawn("lane", async move { this.serve(&mut acceptor).await });
        }
        Ok(served)
    }

    async fn introduce(&self, conn: &mut Conn, lane: LaneId) -> Result<LaneWelcome, ControlError> {
        let clock_ms = self.ctx.clock.wall().0;
        let hello = Hello::ours(env!("CARGO_PKG_VERSION"), clock_ms);
        let hello = LaneHello { hello, generation: self.generation, lane };
        write_frame(&mut conn.io, &hello, MAX_FRAME_OPEN).await?;
        // Not a byte more: the server starts yamux right behind its answer.
        read_frame(&mut conn.io, MAX_FRAME_OPEN).await
    }

    async fn serve(&self, acceptor: &mut Acceptor) {
        while let Some(stream) = acceptor.next().await {
            let (ctx, sender) = (Arc::clone(&self.ctx), self.sender.clone());
            self.part.spawn("tunnel", tunnel::serve(ctx, stream, sender));
        }
    }
}
