//! One node's live connection: its lanes, its writer, its facts. Run by `conn::node`.

use super::Facts;
use crate::core::lock;
use link::Shutdown;
use link::control::Sender;
use link::lane::{Lane, Lanes};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use wire::message::ToAgent;
use wire::message::agent::PathReport;
use wire::{DisconnectReason, Generation, LaneId, NodeId, UnixMs};

/// How long a request for a lane stands before another one is made.
const LANE_PATIENCE: Duration = Duration::from_secs(5);

/// A node's live connection.
pub(crate) struct Session {
    pub(crate) node: NodeId,
    pub(crate) generation: Generation,
    pub(crate) source: IpAddr,
    /// How it came.
    pub(crate) path: PathReport,
    /// Drawn by the agent once per run.
    pub(crate) instance: Option<u64>,
    pub(crate) since: UnixMs,
    pub(crate) lanes: Lanes,
    pub(crate) to_agent: Sender<ToAgent>,
    /// Everything under this connection, lanes included.
    pub(crate) shutdown: Shutdown,
    pub(crate) facts: Mutex<Facts>,
    pub(crate) degraded: AtomicBool,
    /// The welcome is queued; nothing else may reach the agent before it.
    welcomed: AtomicBool,
    heard: AtomicU64,
    /// The certificate that the newest lane was dialled with.
    lanes_of: AtomicU64,
    warm_lanes: u32,
    next_lane: AtomicU64,
    asked: Mutex<Option<Instant>>,
    reason: OnceLock<DisconnectReason>,
    ending: CancellationToken,
}

/// What a session is made of.
pub(crate) struct Parts {
    pub(crate) node: NodeId,
    pub(crate) generation: Generation,
    pub(crate) source: IpAddr,
    pub(crate) path: PathReport,
    pub(crate) to_agent: Sender<ToAgent>,
    pub(crate) shutdown: Shutdown,
    pub(crate) facts: Facts,
    pub(crate) warm_lanes: u32,
    pub(crate) instance: Option<u64>,
}

impl Session {
    pub(crate) fn new(parts: Parts, wall: UnixMs) -> Self {
        Self {
            node: parts.node,
            generation: parts.generation,
            source: parts.source,
            path: parts.path,
            instance: parts.instance,
            since: wall,
            lanes: Lanes::new(),
            to_agent: parts.to_agent,
            shutdown: parts.shutdown,
            facts: Mutex::new(parts.facts),
            degraded: AtomicBool::new(false),
            welcomed: AtomicBool::new(false),
            heard: AtomicU64::new(wall.0),
            lanes_of: AtomicU64::new(0),
            warm_lanes: parts.warm_lanes,
            next_lane: AtomicU64::new(u64::from(parts.warm_lanes) + 1),
            asked: Mutex::new(None),
            reason: OnceLock::new(),
            ending: CancellationToken::new(),
        }
    }

    /// Asks the session to end; the first reason wins.
    pub(crate) fn end(&self, reason: DisconnectReason) {
        let _ = self.reason.set(reason);
        self.ending.cancel();
    }

    /// Resolves once [`Session::end`] was called.
    pub(crate) async fn ending(&self) -> DisconnectReason {
        self.ending.cancelled().await;
        self.reason.get().copied().unwrap_or(DisconnectReason::PeerReset)
    }

    /// Something was heard from the agent.
    pub(crate) fn heard(&self, wall: UnixMs) {
        self.heard.store(wall.0, Relaxed);
    }

    /// When something was last heard.
    pub(crate) fn last_heard(&self) -> UnixMs {
        UnixMs(self.heard.load(Relaxed))
    }

    /// The welcome is on its way; it makes the agent dial its warm lanes by itself.
    pub(crate) fn welcomed(&self, now: Instant) {
        if self.warm_lanes > 0 {
            *lock(&self.asked) = Some(now);
        }
        self.welcomed.store(true, Relaxed);
    }

    /// Whether its welcome is on the way.
    pub(crate) fn is_welcomed(&self) -> bool {
        self.welcomed.load(Relaxed)
    }

    /// Asks the agent to dial another lane, if the lanes there are do not suffice.
    pub(crate) fn want_lane(&self, now: Instant) {
        let count = self.lanes.count();
        if !self.welcomed.load(Relaxed) {
            return;
        }
        if count >= wire::limits::MAX_LANES || (count > 0 && !self.lanes.wants_more()) {
            return;
        }
        let mut asked = lock(&self.asked);
        if asked.is_some_and(|at| now.saturating_duration_since(at) < LANE_PATIENCE) {
            return;
        }
        *asked = Some(now);
        let lane = LaneId(self.next_lane.fetch_add(1, Relaxed));
        // A full or closed queue ends the connection by itself.
        let _ = self.to_agent.send(ToAgent::OpenLane { lane });
    }

    /// Whether no lane was dialled yet with this certificate, or a newer one.
    pub(crate) fn is_newer(&self, renewal: u64) -> bool {
        self.lanes_of.load(Relaxed) < renewal
    }

    /// Takes in a lane that was dialled with this certificate of the node. The first one of a newer
    /// certificate stands for all before it, which end with their last tunnel.
    pub(crate) fn add_lane(&self, lane: Lane, renewal: u64) {
        if self.lanes_of.fetch_max(renewal, Relaxed) < renewal {
            self.lanes.succeed(lane);
        } else {
            self.lanes.add(lane);
        }
        self.lane_came();
    }

    /// A lane came.
    fn lane_came(&self) {
        *lock(&self.asked) = None;
    }
}
