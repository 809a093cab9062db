//! What changed, for consoles: a bounded broadcast of ids. Views are made by the subscriber, only
//! for what changed; who lags behind starts over (`events::push`).

mod push;

pub(crate) use push::run as push;

use std::sync::Arc;
use tokio::sync::broadcast;
use wire::{NodeId, TunnelId};

/// Changes kept for the slowest subscriber; behind that it starts over.
const BACKLOG: usize = 4096;

/// One change of live facts. Stored facts announce themselves by their revision.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Node(NodeId),
    /// Only a sign of life: the node is as it was.
    Heard(NodeId),
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
}

/// The broadcast.
pub(crate) struct Feed {
    changes: broadcast::Sender<Change>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { changes: broadcast::Sender::new(BACKLOG) }
    }
}

impl Feed {
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    pub(crate) fn node(&self, node: NodeId) {
        self.send(Change::Node(node));
    }

    pub(crate) fn heard(&self, node: NodeId) {
        self.send(Change::Heard(node));
    }

    pub(crate) fn tunnel(&self, tunnel: TunnelId) {
        self.send(Change::Tunnel(tunnel));
    }

    pub(crate) fn ports(&self) {
        self.send(Change::Ports);
    }

    pub(crate) fn second(&self, second: Second) {
        if self.changes.receiver_count() > 0 {
            self.send(Change::Second(Arc::new(second)));
        }
    }

    fn send(&self, change: Change) {
        // No subscriber, nothing to do.
        let _ = self.changes.send(change);
    }
}
