//! Which nodes changed lately, so that a console is sent a delta instead of the fleet.

use crate::fleet::map::{Map, Order};
use std::cmp::Ordering;
use wire::{NodeId, Revision};

/// Changes remembered: 10,000 nodes coming back at once, with room.
const REMEMBERED: usize = 16_384;

/// The newest changes, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    entries: Map<(Revision, NodeId), InOrder>,
    /// Everything after this revision is remembered.
    floor: Revision,
}

#[derive(Debug)]
struct InOrder;

impl Order<(Revision, NodeId)> for InOrder {
    fn order(a: &(Revision, NodeId), b: &(Revision, NodeId)) -> Ordering {
        a.cmp(b)
    }
}

impl Changes {
    /// Nothing is known about what led to `revision`.
    pub(crate) fn behind(revision: Revision) -> Self {
        Self { entries: Map::default(), floor: revision }
    }

    pub(crate) fn push(&mut self, revision: Revision, node: NodeId) {
        self.entries.insert((revision, node));
        while self.entries.len() > REMEMBERED {
            let Some(oldest) = self.entries.iter().next().copied() else { break };
            self.entries.remove(&oldest);
            self.floor = self.floor.max(oldest.0);
        }
    }

    /// Nodes changed after `revision`, each once; `None` if that is too long ago.
    pub(crate) fn since(&self, revision: Revision) -> Option<Vec<NodeId>> {
        if revision < self.floor {
            return None;
        }
        let mut nodes: Vec<NodeId> = self
            .entries
            .from(|entry| if entry.0 <= revision { Ordering::Less } else { Ordering::Greater })
            .map(|entry| entry.1)
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        Some(nodes)
    }
}
