//! The nodes: newest view per id, counts, and what changed while the link was away.

use super::batch::Changes;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
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
        match state {
            NodeState::Online => self.online += 1,
            NodeState::Degraded => self.degraded += 1,
            NodeState::Stale | NodeState::Offline => self.away += 1,
            NodeState::Locked => self.locked += 1,
            NodeState::Revoked | NodeState::Pending => {}
        }
    }
}

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
    counts: Counts,
    label_keys: BTreeSet<String>,
    seen: Option<HashSet<NodeId>>,
    complete: bool,
    changed_in_sync: usize,
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
                Some(row) => returns += usize::from(self.insert(id, row)),
                None => drop(self.rows.remove(&id)),
            }
        }
        if changes.completes {
            if let Some(seen) = self.seen.take() {
                self.rows.retain(|id, _| seen.contains(id));
            }
            self.complete = true;
        }
        self.recount();
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

    /// Whether the node came back with this.
    fn insert(&mut self, id: NodeId, row: NodeView) -> bool {
        if let Some(seen) = &mut self.seen {
            seen.insert(id);
        }
        let connected = row.state.is_connected();
        let state = row.state;
        let before = self.rows.insert(id, row);
        let changed = before.as_ref().is_none_or(|b| b.state != state);
        self.changed_in_sync += usize::from(self.seen.is_some() && changed);
        self.complete && connected && before.is_some_and(|b| !b.state.is_connected())
    }

    fn recount(&mut self) {
        self.counts = Counts::default();
        let mut keys = BTreeSet::new();
        for row in self.rows.values() {
            self.counts.add(row.state);
            for key in row.labels.pairs().keys() {
                if !keys.contains(key) {
                    keys.insert(key.clone());
                }
            }
        }
        self.label_keys = keys;
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
    pub const fn label_keys(&self) -> &BTreeSet<String> {
        &self.label_keys
    }

    /// Whether a full set has arrived at least once.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// States that differ after the newest full set from before it.
    pub const fn changed_in_sync(&self) -> usize {
        self.changed_in_sync
    }

    /// Ids of what `wanted` lets through, in order.
    pub fn ordered(
        &self,
        by: By,
        reversed: bool,
        wanted: impl Fn(&NodeView) -> bool,
    ) -> Vec<NodeId> {
        let mut rows: Vec<&NodeView> = self.rows.values().filter(|row| wanted(row)).collect();
        rows.sort_unstable_by(|a, b| {
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
