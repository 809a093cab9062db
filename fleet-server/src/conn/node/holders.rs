//! Two machines hold a node's key: both lose what they carry. The lock is durable before this.

use crate::core::Core;
use crate::fleet::NodeRecord;
use crate::tunnels;
use std::sync::Arc;
use wire::{CloseReason, DisconnectReason};

/// Cuts whoever is connected as this node.
pub(crate) async fn cut(core: &Arc<Core>, node: &NodeRecord) {
    tracing::error!(node = %node.id, name = %node.name, "two machines hold this node's key: locked");
    let session = core.registry.take(node.id, DisconnectReason::Locked);
    let tunnels = core.tunnels.of_node(node.id);
    for tunnel in &tunnels {
        tunnel.cut(CloseReason::Locked, &"server".into());
    }
    if let Some(session) = session {
        session.end(DisconnectReason::Locked);
    }
    core.presence.lost(node.id, core.clock.now());
    core.feed.node(node.id);
    core.feed.ports();
    if let Err(refusal) = tunnels::cut(core, &tunnels, CloseReason::Locked, &"server".into()).await
    {
        tracing::error!(node = %node.id, %refusal, "the cut was not completed");
    }
}
