//! What changed, for consoles: a bounded broadcast of ids. Views are made by the subscriber, only
//! for what changed; who lags behind starts over (`events::push`).

mod push;

pub(crate) use push::run as push;

use crate::core::lock;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;
use wire::{NodeId, TunnelId};

/// Changes kept for the slowest subscriber; behind that it starts over.
const BACKLOG: usize = 4096;

/// One change of live facts. Stored facts announce themselves by their revision.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Node(NodeId),
    Tunnel(TunnelId),
    Ports,
    Second(Arc<Second>),
}

/// What moved within one second.
#[derive(Debug, Default)]
pub(crate) struct Second {
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) tunnels: Vec<TunnelId>,
    /// Tunnels that are forgotten.
    pub(crate) gone: Vec<TunnelId>,
    pub(crate) ports: bool,
    /// Nodes that gave a sign of life.
    pub(crate) heard: Vec<NodeId>,
}

/// The broadcast.
pub(crate) struct Feed {
    changes: broadcast::Sender<Change>,
    /// Heard since the last second. Not one by one in the broadcast: thousands of heartbeats would
    /// push the changes out of it, and every slow reader would have to start over.
    heard: Mutex<HashSet<NodeId>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { changes: broadcast::Sender::new(BACKLOG), heard: Mutex::default() }
    }
}

impl Feed {
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    pub(crate) fn node(&self, node: NodeId) {
        self.send(Change::Node(node));
    }

    /// Only a sign of life: the node is as it was.
    pub(crate) fn heard(&self, node: NodeId) {
        if self.changes.receiver_count() > 0 {
            lock(&self.heard).insert(node);
        }
    }

    pub(crate) fn tunnel(&self, tunnel: TunnelId) {
        self.send(Change::Tunnel(tunnel));
    }

    pub(crate) fn ports(&self) {
        self.send(Change::Ports);
    }

    /// Ends a second; whoever was heard in it is told with it.
    pub(crate) fn second(&self, mut second: Second) {
        second.heard = lock(&self.heard).drain().collect();
        if self.changes.receiver_count() > 0 {
            self.send(Change::Second(Arc::new(second)));
        }
    }

    fn send(&self, change: Change) {
        // No subscriber, nothing to do.
        let _ = self.changes.send(change);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_second_of_heartbeats_is_one_message_however_large_the_fleet() {
        let feed = Feed::default();
        feed.heard(NodeId::from_random(1));
        feed.second(Second::default());
        let mut reader = feed.subscribe();
        let fleet = || (0..2 * BACKLOG as u64).map(NodeId::from_random);
        fleet().chain(fleet()).for_each(|node| feed.heard(node));
        feed.second(Second::default());
        feed.second(Second::default());
        for heard in [2 * BACKLOG, 0] {
            let Change::Second(second) = reader.try_recv().unwrap() else { panic!() };
            assert_eq!(second.heard.len(), heard);
        }
        assert!(reader.try_recv().is_err(), "nothing else was sent, and nothing was missed");
    }
}
