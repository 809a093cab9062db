//! Joins two byte streams: half-close, reset told apart from end, idle and maximum limits,
//! counters, a thread-local scratch buffer, and a cut that is really a cut.
//!
//! One task, no channel: each direction reads, writes, and only then reads again, so that pressure
//! travels back and a tunnel in flight costs at most one chunk each way.

mod cut;
mod direction;
mod end;
mod pack;
mod rate;
mod scratch;
mod watch;

pub use cut::Cut;
pub use end::{End, Secure, reset};
pub use rate::Rate;

use crate::meter::Meter;
use direction::{Budget, Direction};
use rate::Pace;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use watch::{Due, Watch};
use wire::CloseReason;
use wire::message::tunnel::Compress;

/// What one poll moves before other tasks have their turn.
const BUDGET: usize = 1024 * 1024;

/// When a splice ends by itself, and how fast it may be.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// No payload either way.
    pub idle: Option<Duration>,
    /// From its start.
    pub max: Option<Duration>,
    /// No progress although bytes wait.
    pub stall: Option<Duration>,
    /// Payload bytes, both ways together.
    pub budget: Option<u64>,
    /// How fast, together with all that share it.
    pub rate: Option<Arc<Rate>>,
    /// Whether chunks on its lanes are packed, as both ends of them agreed.
    pub compress: Option<Compress>,
}

/// How a splice ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Why.
    pub reason: CloseReason,
    /// When the last payload byte was moved.
    pub last_byte: Instant,
}

/// Runs until both directions ended, or one was reset, or a limit or the cut came. `client` is the
/// side towards the operator or visitor, `target` the side towards the node. A cut or abort resets
/// both sides (TCP: RST; lane: abort word with the reason where possible, then reset).
pub fn splice(
    client: End,
    target: End,
    meter: Arc<Meter>,
    limits: Limits,
    cut: Cut,
) -> impl Future<Output = Ended> + Send {
    joined(Course::ToNode, client, target, meter, limits, cut)
}

/// The same for a tunnel whose client is at the node and whose target is at the operator's side.
pub fn splice_back(
    client: End,
    target: End,
    meter: Arc<Meter>,
    limits: Limits,
    cut: Cut,
) -> impl Future<Output = Ended> + Send {
    joined(Course::FromNode, client, target, meter, limits, cut)
}

/// The same for a tunnel whose client and target are both at nodes.
pub fn splice_across(
    client: End,
    target: End,
    meter: Arc<Meter>,
    limits: Limits,
    cut: Cut,
) -> impl Future<Output = Ended> + Send {
    joined(Course::Across, client, target, meter, limits, cut)
}

/// Which way a tunnel leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    ToNode,
    FromNode,
    Across,
}

impl Course {
    /// What it means that the link on this side was lost.
    const fn lost(self, side: Side) -> CloseReason {
        match (self, side) {
            (Self::Across, _) | (Self::ToNode, Side::Target) | (Self::FromNode, Side::Client) => {
                CloseReason::NodeLost
            }
            (Self::ToNode, Side::Client) | (Self::FromNode, Side::Target) => {
                CloseReason::OperatorLost
            }
        }
    }
}

fn joined(
    course: Course,
    client: End,
    target: End,
    meter: Arc<Meter>,
    limits: Limits,
    cut: Cut,
) -> impl Future<Output = Ended> + Send {
    let Limits { budget, ref rate, compress, .. } = limits;
    let mut joint = Joint {
        course,
        left: budget,
        packs: compress.is_some(),
        pace: rate.clone().map(|rate| Box::new(Pace::new(rate))),
        client,
        target,
        up: Direction::new(Side::Client, compress),
        down: Direction::new(Side::Target, compress),
        first: None,
        watch: Watch::new(limits),
        meter,
    };
    // Not an async function: that would keep room for its arguments beside the joint made of them.
    async move {
        let mut cutting = pin!(cut.cut());
        let outcome = poll_fn(|cx| match cutting.as_mut().poll(cx) {
            Poll::Ready(reason) => Poll::Ready(Err(Stop::Cut(reason))),
            Poll::Pending => joint.poll(cx),
        })
        .await;
        joint.end(outcome)
    }
}

/// The sides of a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Target,
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::Client => Self::Target,
            Self::Target => Self::Client,
        }
    }
}

/// What can go wrong at one end.
#[derive(Debug, Clone, Copy)]
enum Failure {
    Reset,
    Lost,
    Violation,
}

impl Failure {
    const fn at(self, side: Side) -> Stop {
        let reason = match (self, side) {
            (Self::Reset, Side::Client) => CloseReason::ClientReset,
            (Self::Reset, Side::Target) => CloseReason::TargetReset,
            (Self::Lost, Side::Client) => CloseReason::OperatorLost,
            (Self::Lost, Side::Target) => CloseReason::NodeLost,
            (Self::Violation, _) => CloseReason::Internal,
        };
        Stop::Failed(reason)
    }
}

/// Why a splice stops before both directions have ended.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// An end failed, or a limit was reached.
    Failed(CloseReason),
    /// The lane on this side said so; it needs no telling.
    Told { reason: CloseReason, by: Side },
    /// From outside.
    Cut(CloseReason),
}

struct Joint {
    course: Course,
    client: End,
    target: End,
    up: Direction,
    down: Direction,
    /// The side that finished first.
    first: Option<Side>,
    watch: Watch,
    meter: Arc<Meter>,
    /// Whether chunks on lanes may be packed.
    packs: bool,
    /// What is left of the byte budget.
    left: Option<u64>,
    pace: Option<Box<Pace>>,
}

impl Joint {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        loop {
            if let Poll::Ready(outcome) = self.poll_bytes(cx) {
                return Poll::Ready(outcome);
            }
            let blocked = [self.up.blocked, self.down.blocked].into_iter().flatten().min();
            match self.watch.poll(cx, blocked) {
                Poll::Ready(Due::End(reason)) => return Poll::Ready(Err(Stop::Failed(reason))),
                Poll::Ready(Due::Look) => {
                    if let Some(stop) = self.look() {
                        return Poll::Ready(Err(stop));
                    }
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Moves what rate and budget allow. Waiting for the rate takes nothing from the limits in time.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        let most = match &mut self.pace {
            Some(pace) => ready!(pace.poll(cx)).min(BUDGET),
            None => BUDGET,
        };
        let left = self.left.map_or(most, |left| usize::try_from(left).unwrap_or(most));
        let moved = self.poll_directions(cx, most.min(left));
        self.count();
        match (moved, self.left) {
            (Poll::Pending, Some(0)) => Poll::Ready(Err(Stop::Failed(CloseReason::ByteBudget))),
            (moved, _) => moved,
        }
    }

    fn poll_directions(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Result<(), Stop>> {
        let Self { client, target, up, down, .. } = self;
        let mut budget = Budget(most);
        if !up.is_done() && up.poll(cx, client, target, &mut budget)?.is_ready() {
            self.first.get_or_insert(Side::Client);
        }
        let mut budget = Budget(most);
        if !down.is_done() && down.poll(cx, target, client, &mut budget)?.is_ready() {
            self.first.get_or_insert(Side::Target);
        }
        let watched = match (up.is_done(), down.is_done()) {
            (true, true) => return Poll::Ready(Ok(())),
            (true, false) => up.poll_watch(cx, client),
            (false, true) if matches!(client, End::Pipe(..)) => return Poll::Ready(Ok(())),
            (false, true) => down.poll_watch(cx, target),
            (false, false) => Poll::Pending,
        };
        watched.map(Err)
    }

    fn count(&mut self) {
        let (up, down) = (std::mem::take(&mut self.up.moved), std::mem::take(&mut self.down.moved));
        if up + down > 0 {
            self.meter.add_up(up);
            self.meter.add_down(down);
            self.count_wire();
            if let Some(left) = &mut self.left {
                *left = left.saturating_sub((up + down) as u64);
            }
            if let Some(pace) = &self.pace {
                pace.spend(up + down);
            }
            self.watch.last_byte = tokio::time::Instant::now();
        }
    }

    /// What went over lanes, where that may be less.
    fn count_wire(&mut self) {
        let wired = (std::mem::take(&mut self.up.wired), std::mem::take(&mut self.down.wired));
        if self.packs {
            self.meter.add_wire(wired.0, wired.1);
        }
    }

    fn look(&mut self) -> Option<Stop> {
        let up = self.up.blocked.and_then(|_| self.up.source_gone(&mut self.client));
        up.or_else(|| self.down.blocked.and_then(|_| self.down.source_gone(&mut self.target)))
    }

    fn end(mut self, outcome: Result<(), Stop>) -> Ended {
        let last_byte = self.watch.last_byte.into_std();
        let (reason, told) = match outcome {
            Ok(()) => {
                self.client.close(false);
                self.target.close(!self.up.is_done() && self.up.between_chunks());
                let reason = match self.first {
                    Some(Side::Client) => CloseReason::ClientClosed,
                    Some(Side::Target) | None => CloseReason::TargetClosed,
                };
                return Ended { reason, last_byte };
            }
            // A lane that was aborted looks lost to who writes to it: its own word counts more.
            Err(Stop::Failed(CloseReason::NodeLost)) => {
                let said = self.down.last_words(&mut self.target);
                (said.unwrap_or(self.course.lost(Side::Target)), Some(Side::Target))
            }
            Err(Stop::Failed(CloseReason::OperatorLost)) => {
                let said = self.up.last_words(&mut self.client);
                (said.unwrap_or(self.course.lost(Side::Client)), Some(Side::Client))
            }
            Err(Stop::Failed(reason) | Stop::Cut(reason)) => (reason, None),
            Err(Stop::Told { reason, by }) => (reason, Some(by)),
        };
        let may_say = |side, towards: &Direction| told != Some(side) && towards.between_chunks();
        let (to_client, to_target) =
            (may_say(Side::Client, &self.down), may_say(Side::Target, &self.up));
        self.client.abort(reason, to_client);
        self.target.abort(reason, to_target);
        Ended { reason, last_byte }
    }
}
