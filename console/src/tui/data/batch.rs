//! What the server pushed, merged per id so that waiting costs memory by fleet size, not by time.

use super::access::{Fetched, Tab};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hash::Hash;
use wire::message::operator::Push;
use wire::message::view::{NodeView, ServerView, TunnelView};
use wire::{NodeId, TunnelId, UnixMs};

/// Changes of one kind of rows, newest per id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changes<Id: Ord + Hash, Row> {
    /// A full set begins with these.
    pub begins: bool,
    /// The full set is complete after these.
    pub completes: bool,
    /// The server's clock.
    pub at: UnixMs,
    /// `Some` = new or changed, `None` = gone.
    pub rows: BTreeMap<Id, Option<Row>>,
}

impl<Id: Ord + Hash, Row> Changes<Id, Row> {
    fn new(at: UnixMs) -> Self {
        Self { begins: false, completes: false, at, rows: BTreeMap::new() }
    }

    /// Whether nothing changes with it.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && !self.begins && !self.completes
    }

    fn restart(&mut self) {
        self.rows.clear();
        self.begins = true;
        self.completes = false;
    }
}

/// A bundle of news.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Of nodes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nodes: Option<Changes<NodeId, NodeView>>,
    /// Signs of life of nodes that are otherwise as they were.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub seen: BTreeMap<NodeId, UnixMs>,
    /// Of tunnels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tunnels: Option<Changes<TunnelId, TunnelView>>,
    /// Full sets of what Access shows.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub access: BTreeMap<Tab, Fetched>,
    /// The server's newest state.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server: Option<ServerView>,
}

impl Batch {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_none()
            && self.seen.is_empty()
            && self.tunnels.is_none()
            && self.access.is_empty()
            && self.server.is_none()
    }

    /// What follows are full sets: a new connection, or the server skipped something.
    pub fn restart(&mut self) {
        self.nodes.get_or_insert_with(|| Changes::new(UnixMs(0))).restart();
        self.tunnels.get_or_insert_with(|| Changes::new(UnixMs(0))).restart();
    }

    /// Adds a push; what is about links and not about rows is left to the caller.
    pub fn push(&mut self, push: Push) {
        match push {
            Push::Nodes { at, changed, gone, complete, .. } => {
                let into = self.nodes.get_or_insert_with(|| Changes::new(at));
                into.at = at;
                into.completes |= complete;
                into.rows.extend(changed.into_iter().map(|row| (row.id, Some(row))));
                into.rows.extend(gone.into_iter().map(|id| (id, None)));
            }
            Push::Tunnels { at, changed, gone, complete } => {
                let into = self.tunnels.get_or_insert_with(|| Changes::new(at));
                into.at = at;
                into.completes |= complete;
                into.rows.extend(changed.into_iter().map(|row| (row.id, Some(row))));
                into.rows.extend(gone.into_iter().map(|id| (id, None)));
            }
            Push::Seen { nodes, .. } => {
                self.seen.extend(nodes.iter().map(|seen| (seen.node, seen.at)))
            }
            Push::Server(server) => self.server = Some(server),
            Push::Resync => self.restart(),
            Push::Ports { .. }
            | Push::Audit(_)
            | Push::Cut { .. }
            | Push::Draining { .. }
            | Push::Session { .. }
            | Push::Ends { .. }
            | Push::Trust(_) => {}
        }
    }

    /// Adds a later batch.
    pub fn merge(&mut self, later: Self) {
        merge(&mut self.nodes, later.nodes);
        self.seen.extend(later.seen);
        merge(&mut self.tunnels, later.tunnels);
        self.access.extend(later.access);
        self.server = later.server.or_else(|| self.server.take());
    }
}

fn merge<Id: Ord + Hash, Row>(
    into: &mut Option<Changes<Id, Row>>,
    later: Option<Changes<Id, Row>>,
) {
    match (into, later) {
        (_, None) => {}
        (into @ None, later) => *into = later,
        (Some(into), Some(later)) if later.begins => *into = later,
        (Some(into), Some(later)) => {
            into.at = later.at;
            into.completes |= later.completes;
            into.rows.extend(later.rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::message::operator::Seen;

    #[test]
    fn signs_of_life_are_news_of_their_own_and_the_newest_stays() {
        let node = NodeId::from_random(1);
        let heard = |at| {
            let mut batch = Batch::default();
            batch.push(Push::Seen { at, nodes: vec![Seen { node, at }] });
            batch
        };
        let mut batch = Batch::default();
        for at in [UnixMs(1), UnixMs(2)] {
            batch.merge(heard(at));
        }
        assert!(!batch.is_empty() && batch.nodes.is_none());
        assert_eq!(batch.seen, [(node, UnixMs(2))].into());
    }
}
