//! The nodes: newest view per id, counts, and what changed while the link was away.

use super::batch::Changes;
use super::in_order_of;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;
use wire::message::view::{NodeState, NodeView};
use wire::{NodeId, UnixMs};

/// Nodes by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub total: usize,
    /// Connected without reasons.
    pub online: usize,
    /// Connected, with reasons.
    pub degraded: usize,
    /// Lost or away.
    pub away: usize,
    /// Locked.
    pub locked: usize,
}

impl Counts {
    /// Nodes that can carry tunnels.
    pub const fn connected(&self) -> usize {
        self.online + self.degraded
    }

    fn add(&mut self, state: NodeState) {
        self.total += 1;
        if let Some(count) = self.of(state) {
            *count += 1;
        }
    }

    fn remove(&mut self, state: NodeState) {
        self.total -= 1;
        if let Some(count) = self.of(state) {
            *count -= 1;
        }
    }

    const fn of(&mut self, state: NodeState) -> Option<&mut usize> {
        match state {
            NodeState::Online => Some(&mut self.online),
            NodeState::Degraded => Some(&mut self.degraded),
            NodeState::Stale | NodeState::Offline => Some(&mut self.away),
            NodeState::Locked => Some(&mut self.locked),
            NodeState::Revoked | NodeState::Pending => None,
        }
    }
}

/// What happened to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It is new.
    Enrolled,
    /// It is no longer connected.
    Lost,
    /// It is connected again, after this long.
    Back(Option<Duration>),
}

/// Moves remembered between two looks; more say nothing a person could read one by one.
const MAX_MOVES: usize = 10_000;

/// How Fleet can be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// Worst first, then name.
    #[default]
    State,
    /// Name.
    Name,
    /// Slowest first.
    Rtt,
    /// Longest silent first.
    Seen,
    /// Most from targets first.
    Down,
    /// Most towards targets first.
    Up,
    /// Most tunnels first.
    Tunnels,
    /// Most reconnects first.
    Reconnects,
    /// Oldest version first.
    Version,
}

impl By {
    /// Every order with its letter in the menu and its word.
    pub const ALL: &'static [(Self, char, &'static str)] = &[
        (Self::State, 's', "state"),
        (Self::Name, 'n', "name"),
        (Self::Rtt, 'r', "rtt"),
        (Self::Seen, 'a', "seen"),
        (Self::Down, 'd', "▼/s"),
        (Self::Up, 'u', "▲/s"),
        (Self::Tunnels, 't', "tunnels"),
        (Self::Reconnects, 'c', "reconnects"),
        (Self::Version, 'v', "version"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(by, ..)| *by == self).map_or("", |(_, _, word)| word)
    }

    fn compare(self, a: &NodeView, b: &NodeView) -> Ordering {
        match self {
            Self::State => a.state.cmp(&b.state),
            Self::Name => Ordering::Equal,
            Self::Rtt => b.rtt_p50_ms.cmp(&a.rtt_p50_ms),
            Self::Seen => a.last_seen.cmp(&b.last_seen),
            Self::Down => b.down_bytes_per_s.cmp(&a.down_bytes_per_s),
            Self::Up => b.up_bytes_per_s.cmp(&a.up_bytes_per_s),
            Self::Tunnels => b.tunnels.cmp(&a.tunnels),
            Self::Reconnects => b.reconnects_24h.cmp(&a.reconnects_24h),
            Self::Version => a.version.cmp(&b.version),
        }
        .then_with(|| a.name.cmp(&b.name))
    }
}

/// The nodes.
#[derive(Debug, Default)]
pub struct Nodes {
    rows: HashMap<NodeId, NodeView>,
    version: u64,
    counts: Counts,
    /// Label keys, and how many nodes have each.
    label_keys: BTreeMap<String, usize>,
    seen: Option<HashSet<NodeId>>,
    complete: bool,
    changed_in_sync: usize,
    moves: Vec<(NodeId, Move)>,
}

impl Nodes {
    /// Takes in changes; how many nodes came back comes back.
    pub fn apply(&mut self, changes: Changes<NodeId, NodeView>) -> usize {
        if changes.begins {
            self.seen = Some(HashSet::new());
            self.changed_in_sync = 0;
        }
        let mut returns = 0;
        for (id, row) in changes.rows {
            match row {
                Some(row) => {
                    let moved = self.insert(id, row);
                    returns += usize::from(matches!(moved, Some(Move::Back(_))));
                    if self.seen.is_none() && self.moves.len() < MAX_MOVES {
                        self.moves.extend(moved.map(|moved| (id, moved)));
                    }
                }
                None => self.remove(id),
            }
        }
        if changes.completes {
            self.forget_unseen();
            self.complete = true;
        }
        self.version += 1;
        returns
    }

    /// Takes in signs of life.
    pub fn heard(&mut self, seen: &BTreeMap<NodeId, UnixMs>) {
        for (id, at) in seen {
            if let Some(row) = self.rows.get_mut(id) {
                row.last_seen = row.last_seen.max(Some(*at));
            }
        }
    }

    fn remove(&mut self, id: NodeId) {
        if let Some(row) = self.rows.remove(&id) {
            self.uncount(&row);
        }
    }

    /// Drops what a full set did not contain.
    fn forget_unseen(&mut self) {
        let Some(seen) = self.seen.take() else { return };
        let gone: Vec<NodeId> = self.rows.keys().filter(|id| !seen.contains(id)).copied().collect();
        gone.into_iter().for_each(|id| self.remove(id));
    }

    /// What happened to the node with this, if anything.
    fn insert(&mut self, id: NodeId, row: NodeView) -> Option<Move> {
        if let Some(seen) = &mut self.seen {
            seen.insert(id);
        }
        let (connected, state, heard) = (row.state.is_connected(), row.state, row.last_seen);
        self.count(&row);
        let before = self.rows.insert(id, row);
        if let Some(before) = &before {
            self.uncount(before);
        }
        let changed = before.as_ref().is_none_or(|b| b.state != state);
        self.changed_in_sync += usize::from(self.seen.is_some() && changed);
        if !self.complete {
            return None;
        }
        match before {
            None => Some(Move::Enrolled),
            Some(before) => match (before.state.is_connected(), connected) {
                (true, false) => Some(Move::Lost),
                (false, true) => {
                    Some(Move::Back(before.last_seen.zip(heard).map(|(from, to)| to.since(from))))
                }
                _ => None,
            },
        }
    }

    fn count(&mut self, row: &NodeView) {
        self.counts.add(row.state);
        for key in row.labels.pairs().keys() {
            match self.label_keys.get_mut(key) {
                Some(count) => *count += 1,
                None => drop(self.label_keys.insert(key.clone(), 1)),
            }
        }
    }

    fn uncount(&mut self, row: &NodeView) {
        self.counts.remove(row.state);
        for key in row.labels.pairs().keys() {
            if let Some(count) = self.label_keys.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    self.label_keys.remove(key);
                }
            }
        }
    }

    /// Grows with every change.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// What happened since the last call, full sets left out.
    pub fn take_moves(&mut self) -> Vec<(NodeId, Move)> {
        std::mem::take(&mut self.moves)
    }

    /// A node.
    pub fn get(&self, id: NodeId) -> Option<&NodeView> {
        self.rows.get(&id)
    }

    /// The node of this name.
    pub fn named(&self, name: &str) -> Option<&NodeView> {
        self.rows.values().find(|row| row.name.as_str() == name)
    }

    /// All, in no order.
    pub fn all(&self) -> impl Iterator<Item = &NodeView> {
        self.rows.values()
    }

    /// Counts by state.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Every label key in use.
    pub fn label_keys(&self) -> BTreeSet<String> {
        self.label_keys.keys().cloned().collect()
    }

    /// Whether any node has a label of this key.
    pub fn has_label(&self, key: &str) -> bool {
        self.label_keys.contains_key(key)
    }

    /// Whether a full set has arrived at least once.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// States that differ after the newest full set from before it.
    pub const fn changed_in_sync(&self) -> usize {
        self.changed_in_sync
    }

    /// Ids of what `wanted` lets through, in order. `before` is the order shown so far: little has
    /// moved since, and what is nearly sorted is sorted fast.
    pub fn ordered(
        &self,
        by: By,
        reversed: bool,
        before: &[NodeId],
        wanted: impl Fn(&NodeView) -> bool,
    ) -> Vec<NodeId> {
        let mut rows = in_order_of(before, &self.rows);
        rows.retain(|row| wanted(row));
        rows.sort_by(|a, b| {
            let order = by.compare(a, b);
            if reversed { order.reverse() } else { order }
        });
        rows.into_iter().map(|row| row.id).collect()
    }
}

/// Whether a node needs somebody's attention.
pub const fn is_problem(node: &NodeView) -> bool {
    !matches!(node.state, NodeState::Online)
}
