//! The tunnels: newest view per id with its rates, and how they can be ordered.

use super::batch::Changes;
use super::in_order_of;
use super::rates::{Meter, Pair};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use wire::message::view::{TunnelState, TunnelView};
use wire::{NodeId, TunnelId, UnixMs};

/// A tunnel with its rates.
#[derive(Debug, Clone)]
pub struct Tunnel {
    /// As the server tells it.
    pub view: TunnelView,
    /// Rates on the server's clock.
    pub meter: Meter,
}

impl Tunnel {
    /// Towards the target per second; `None` = not known yet.
    pub fn up(&self) -> Option<f64> {
        self.rates().map(|rates| rates.up)
    }

    /// From the target per second; `None` = not known yet.
    pub fn down(&self) -> Option<f64> {
        self.rates().map(|rates| rates.down)
    }

    fn rates(&self) -> Option<Pair> {
        match self.view.state {
            TunnelState::Opening | TunnelState::Closed => None,
            // The server says that nothing moved for 5 s.
            TunnelState::Idle | TunnelState::Stalled => self.meter.rates().map(|_| Pair::default()),
            TunnelState::Flowing | TunnelState::Closing => self.meter.rates(),
        }
    }

    /// Whether bytes may still move.
    pub const fn is_open(&self) -> bool {
        !matches!(self.view.state, TunnelState::Closed)
    }
}

/// How Tunnels can be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// Most from targets first.
    #[default]
    Down,
    /// Most towards targets first.
    Up,
    /// Newest first.
    Age,
    /// Longest idle first.
    Idle,
    /// Node, then age.
    Node,
    /// Target.
    Target,
    /// Operator.
    Who,
    /// State.
    State,
    /// Most received first.
    Received,
    /// Most sent first.
    Sent,
}

impl By {
    /// Every order with its letter in the menu and its word.
    pub const ALL: &'static [(Self, char, &'static str)] = &[
        (Self::Down, 'd', "▼/s"),
        (Self::Up, 'u', "▲/s"),
        (Self::Age, 'a', "age"),
        (Self::Idle, 'i', "idle"),
        (Self::Node, 'n', "node"),
        (Self::Target, 't', "target"),
        (Self::Who, 'w', "who"),
        (Self::State, 's', "state"),
        (Self::Received, 'r', "▼ total"),
        (Self::Sent, 'e', "▲ total"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(by, ..)| *by == self).map_or("", |(_, _, word)| word)
    }

    fn compare(self, a: &Tunnel, b: &Tunnel) -> Ordering {
        let (av, bv) = (&a.view, &b.view);
        match self {
            Self::Down => most(a.down(), b.down()),
            Self::Up => most(a.up(), b.up()),
            Self::Age => bv.opened_at.cmp(&av.opened_at),
            Self::Idle => bv.idle_ms.cmp(&av.idle_ms),
            Self::Node => av.through().cmp(bv.through()),
            Self::Target => {
                (&av.target.host, av.target.port).cmp(&(&bv.target.host, bv.target.port))
            }
            Self::Who => av.who.name().cmp(&bv.who.name()),
            Self::State => av.state.cmp(&bv.state),
            Self::Received => bv.down_bytes.cmp(&av.down_bytes),
            Self::Sent => bv.up_bytes.cmp(&av.up_bytes),
        }
        .then_with(|| (av.state == TunnelState::Closed).cmp(&(bv.state == TunnelState::Closed)))
        .then_with(|| (av.opened_at, av.id).cmp(&(bv.opened_at, bv.id)))
    }
}

/// Unknown rates come last.
fn most(a: Option<f64>, b: Option<f64>) -> Ordering {
    b.unwrap_or(-1.0).total_cmp(&a.unwrap_or(-1.0))
}

/// The tunnels.
#[derive(Debug, Default)]
pub struct Tunnels {
    rows: HashMap<TunnelId, Tunnel>,
    version: u64,
    seen: Option<HashSet<TunnelId>>,
    open: usize,
    sampled_at: Option<UnixMs>,
    newly_closed: Vec<TunnelId>,
}

/// Longer than the server's second, so that rows of one second in several pushes are not mistaken.
const SILENT: std::time::Duration = std::time::Duration::from_millis(1500);
/// Closed tunnels remembered for toasts between two looks; more say nothing a person could read.
const MAX_NEWS: usize = 64;

impl Tunnels {
    /// Takes in changes.
    pub fn apply(&mut self, changes: Changes<TunnelId, TunnelView>) {
        if changes.begins {
            self.seen = Some(HashSet::new());
        }
        for (id, row) in changes.rows {
            match row {
                Some(view) => self.insert(id, view, changes.at),
                None => drop(self.rows.remove(&id)),
            }
        }
        if changes.completes
            && let Some(seen) = self.seen.take()
        {
            self.rows.retain(|id, _| seen.contains(id));
        }
        self.version += 1;
        self.sample_silent(changes.at);
        self.open = self.rows.values().filter(|t| t.is_open()).count();
        self.sampled_at = self.rows.values().filter_map(|t| t.meter.sampled_at()).max();
    }

    /// The server leaves out what did not change: counters it has not sent for a while stand still.
    fn sample_silent(&mut self, at: UnixMs) {
        for tunnel in self.rows.values_mut().filter(|t| t.is_open()) {
            if tunnel.meter.sampled_at().is_some_and(|last| at.since(last) > SILENT) {
                let (up, down) = (tunnel.view.up_bytes, tunnel.view.down_bytes);
                tunnel.meter.sample(at, up, down);
            }
        }
    }

    fn insert(&mut self, id: TunnelId, view: TunnelView, at: UnixMs) {
        if let Some(seen) = &mut self.seen {
            seen.insert(id);
        }
        let (up, down, closed) =
            (view.up_bytes, view.down_bytes, view.state == TunnelState::Closed);
        let was_open = self.rows.get(&id).is_some_and(Tunnel::is_open);
        if was_open && closed && self.newly_closed.len() < MAX_NEWS {
            self.newly_closed.push(id);
        }
        match self.rows.get_mut(&id) {
            Some(tunnel) => tunnel.view = view,
            None => drop(self.rows.insert(id, Tunnel { view, meter: Meter::default() })),
        }
        if let Some(tunnel) = self.rows.get_mut(&id).filter(|_| !closed) {
            tunnel.meter.sample(at, up, down);
        }
    }

    /// A tunnel.
    pub fn get(&self, id: TunnelId) -> Option<&Tunnel> {
        self.rows.get(&id)
    }

    /// Grows with every change.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// How many there are, closed ones too.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Tunnel> {
        self.rows.values()
    }

    /// Those through a node that are open.
    pub fn through(&self, node: NodeId) -> impl Iterator<Item = &Tunnel> {
        let is_there = move |t: &Tunnel| t.view.node.as_ref().is_some_and(|n| n.id == node);
        self.rows.values().filter(move |t| is_there(t) && t.is_open())
    }

    /// How many are open.
    pub const fn open(&self) -> usize {
        self.open
    }

    /// When the newest sample of any was taken.
    pub const fn sampled_at(&self) -> Option<UnixMs> {
        self.sampled_at
    }

    /// Those that closed since the last call.
    pub fn take_closed(&mut self) -> Vec<TunnelId> {
        std::mem::take(&mut self.newly_closed)
    }

    /// Ids of what `wanted` lets through, in order. `before` is the order shown so far: little has
    /// moved since, and what is nearly sorted is sorted fast.
    pub fn ordered(
        &self,
        by: By,
        reversed: bool,
        before: &[TunnelId],
        wanted: impl Fn(&Tunnel) -> bool,
    ) -> Vec<TunnelId> {
        let mut rows = in_order_of(before, &self.rows);
        rows.retain(|row| wanted(row));
        rows.sort_by(|a, b| {
            let order = by.compare(a, b);
            if reversed { order.reverse() } else { order }
        });
        rows.into_iter().map(|row| row.view.id).collect()
    }
}

/// Whether a tunnel needs somebody's attention.
pub const fn is_problem(tunnel: &Tunnel) -> bool {
    matches!(tunnel.view.state, TunnelState::Stalled | TunnelState::Closed)
}
