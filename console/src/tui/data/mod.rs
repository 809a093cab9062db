//! What the console knows: pure data, fed by messages. Never draws, never waits, never asks the time.

pub mod access;
pub mod batch;
pub mod forwards;
pub mod link;
pub mod nodes;
pub mod numbers;
pub mod pulse;
pub mod rates;
pub mod tunnels;

use super::msg::Now;
use batch::Batch;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use wire::message::view::{ServerView, WhoamiView};

/// Everything known about the fleet.
#[derive(Debug)]
pub struct Data {
    /// Name of the context.
    pub context: String,
    /// The link to the server.
    pub link: link::Link,
    /// Who the server takes us for.
    pub who: Option<WhoamiView>,
    /// The server's newest state.
    pub server: Option<ServerView>,
    /// Nodes.
    pub nodes: nodes::Nodes,
    /// Tunnels.
    pub tunnels: tunnels::Tunnels,
    /// Who is let in and kept out.
    pub access: access::Access,
    /// Series since this console started.
    pub pulse: pulse::Pulse,
    /// Forwards of this console.
    pub forwards: forwards::Forwards,
    /// When data last came, by this machine's clock.
    pub as_of: Option<wire::UnixMs>,
}

impl Data {
    /// Nothing known yet.
    pub fn new(context: String, link: link::Link) -> Self {
        Self {
            context,
            link,
            who: None,
            server: None,
            nodes: nodes::Nodes::default(),
            tunnels: tunnels::Tunnels::default(),
            access: access::Access::default(),
            pulse: pulse::Pulse::default(),
            forwards: forwards::Forwards::default(),
            as_of: None,
        }
    }

    /// Takes in what the server pushed.
    pub fn apply(&mut self, now: Now, batch: Batch) {
        self.as_of = Some(now.wall);
        if let Some(nodes) = batch.nodes {
            let returns = self.nodes.apply(nodes);
            self.pulse.reconnects(now, returns);
        }
        self.nodes.heard(&batch.seen);
        if let Some(tunnels) = batch.tunnels {
            self.tunnels.apply(tunnels);
        }
        self.access.apply(batch.access);
        if let Some(server) = batch.server {
            self.pulse.throughput(now, server.load.up_bytes_per_s, server.load.down_bytes_per_s);
            self.server = Some(server);
        }
        if self.nodes.is_complete() {
            self.pulse.levels(now, self.nodes.counts().connected(), self.tunnels.open());
        }
    }

    /// Whether a batch tells nothing but that the server is there and carries what it carried.
    pub fn is_routine(&self, batch: &Batch) -> bool {
        let carried =
            |server: &ServerView| (server.load.up_bytes_per_s, server.load.down_bytes_per_s);
        let known = |new: &ServerView| self.server.as_ref().map(carried) == Some(carried(new));
        batch.nodes.as_ref().is_none_or(batch::Changes::is_empty)
            && batch.tunnels.as_ref().is_none_or(batch::Changes::is_empty)
            && self.access.is_routine(&batch.access)
            && batch.server.as_ref().is_none_or(known)
    }

    /// The operator's own name.
    pub fn me(&self) -> Option<&str> {
        self.who.as_ref().map(|who| who.operator.as_str())
    }
}

/// All rows: those of `before` in its order, then the others.
fn in_order_of<'a, Id: Copy + Eq + Hash, Row>(
    before: &[Id],
    rows: &'a HashMap<Id, Row>,
) -> Vec<&'a Row> {
    // Where a filter hid most of them, their order tells nothing.
    if before.len() * 2 < rows.len() {
        return rows.values().collect();
    }
    let mut all: Vec<&Row> = before.iter().filter_map(|id| rows.get(id)).collect();
    if all.len() < rows.len() {
        let known: HashSet<&Id> = before.iter().collect();
        all.extend(rows.iter().filter(|(id, _)| !known.contains(id)).map(|(_, row)| row));
    }
    all
}
