//! How a published port is doing: the node that served last, and how the last visitor's target failed.

use super::Published;
use crate::core::{Core, lock};
use crate::fleet::{NodeRecord, PortRecord};
use std::time::Duration;
use wire::{CloseReason, NodeId, SafeText, UnixMs};

/// What the last opens came to.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// It keeps the visitors until it is lost: a node that comes back does not take them away.
    served: Option<NodeId>,
    failed: Option<(UnixMs, CloseReason)>,
}

impl Published {
    /// The node that opened the last tunnel.
    pub(crate) fn last_served(&self) -> Option<NodeId> {
        lock(&self.health).served
    }

    /// A target answered.
    pub(crate) fn served(&self, core: &Core, node: NodeId) {
        let mut health = lock(&self.health);
        health.served = Some(node);
        let recovered = health.failed.take().is_some();
        drop(health);
        if recovered {
            core.feed.ports();
        }
    }

    /// No target answered.
    pub(crate) fn failed(&self, core: &Core, reason: CloseReason) {
        use CloseReason as R;
        let is_targets = matches!(
            reason,
            R::DialRefused
                | R::DialTimeout
                | R::DialUnreachable
                | R::Unresolvable
                | R::TargetNotAllowed
        );
        if is_targets {
            lock(&self.health).failed = Some((core.wall(), reason));
            core.feed.ports();
        }
    }

    /// What is wrong with a port whose node is there.
    pub(super) fn ailing(&self, core: &Core) -> Option<SafeText> {
        let (at, reason) = lock(&self.health).failed?;
        Some(format!("the last visitor's target failed {} ago: {reason}", age(core, at)).into())
    }
}

/// Since when and why no node is there.
pub(super) fn nobody(core: &Core, port: &PortRecord) -> Option<SafeText> {
    let fleet = core.state.fleet();
    let node = port.nodes.iter().find_map(|id| fleet.node(*id))?;
    Some(away(core, &node))
}

/// Since when and why this node is away.
pub(crate) fn away(core: &Core, node: &NodeRecord) -> SafeText {
    if node.revoked.is_some() {
        return format!("{} is revoked", node.name).into();
    }
    let why = core.registry.ended(node.id).or_else(|| node.disconnected.map(|(_, why)| why));
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let since = node.disconnected.map(|(at, _)| at).max(node.last_seen);
    match since {
        Some(at) => format!("{} lost {} ago{why}", node.name, age(core, at)).into(),
        None => format!("{} has never connected", node.name).into(),
    }
}

fn age(core: &Core, at: UnixMs) -> humantime::FormattedDuration {
    humantime::format_duration(Duration::from_secs(core.wall().since(at).as_secs()))
}
