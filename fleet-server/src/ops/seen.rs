//! When nodes were last heard: a roll-up that need not survive a crash and leaves no audit record.

use super::Change;
use crate::fleet::{Edit, Fleet, NodeRecord};
use std::sync::Arc;
use wire::{NodeId, UnixMs};

pub(super) fn run(fleet: &Fleet, nodes: &[(NodeId, UnixMs)]) -> Change {
    let newer = |(id, at): &(NodeId, UnixMs)| {
        let old = fleet.node(*id)?;
        let is_newer = old.last_seen < Some(*at);
        let seen = || NodeRecord { last_seen: Some(*at), ..(*old).clone() };
        is_newer.then(|| Edit::Node(Arc::new(seen())))
    };
    let mut change = Change::nothing();
    change.edits = nodes.iter().filter_map(newer).collect();
    change
}
