//! Why there is no tunnel, in words for people and with what they can do.

use super::{NoRoom, Wish};
use crate::core::Core;
use crate::fleet::{Fleet, LockRecord, NodeRecord};
use crate::noise::Kind;
use std::net::IpAddr;
use std::time::Duration;
use wire::message::view::TraceEntry;
use wire::{CloseReason, NodeId, PortId, Refusal, RefusalCode, TunnelId};

/// Why there is no tunnel.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) reason: CloseReason,
    pub(crate) refusal: Refusal,
    /// How it came to that, for who asked to be told.
    pub(crate) trace: Option<Vec<TraceEntry>>,
}

impl Refused {
    pub(crate) fn new(reason: CloseReason, refusal: Refusal) -> Self {
        Self { reason, refusal, trace: None }
    }
}

/// An agent that does not know what a listener is would dial in its place.
pub(super) fn opens_none(wish: &Wish) -> Refused {
    let message = format!("the node's agent is too old to listen on {}", wish.target);
    let refusal = Refusal::new(RefusalCode::Server, message)
        .hint("tunnelctl nodes list --columns name,version   then upgrade it");
    Refused::new(CloseReason::TargetNotAllowed, refusal)
}

/// The node is there, and not by the way that was asked for.
pub(super) fn other_way(core: &Core, wish: &Wish, node: NodeId) -> Refused {
    let fleet = core.state.fleet();
    let name = |id: &NodeId| fleet.node(*id).map_or_else(|| id.to_string(), |n| n.name.to_string());
    let (node, wanted) = (name(&node), wish.via.iter().map(name).collect::<Vec<_>>());
    let message = format!("node {node} does not come through {}", wanted.join(", "));
    let refusal = Refusal::new(RefusalCode::Failed, message)
        .hint(format!("tunnelctl nodes path {node}   shows the way it came"));
    Refused::new(CloseReason::DialUnreachable, refusal)
}

pub(crate) fn no_room(full: &NoRoom) -> Refused {
    let (reason, code, hint) = match full {
        NoRoom::TooMany { .. } => {
            let hint = "tunnelctl tunnels list   shows who holds them".to_owned();
            (CloseReason::Limit, RefusalCode::Failed, hint)
        }
        NoRoom::Held { tunnel, .. } => {
            let hint = format!("tunnelctl tunnels close {tunnel}   ends it, if you may");
            (CloseReason::Denied, RefusalCode::Conflict, hint)
        }
    };
    Refused::new(reason, Refusal::new(code, full.to_string()).hint(hint))
}

/// The listener that something came in by is over, or was never the caller's.
pub(crate) fn no_listener(listener: TunnelId) -> Refused {
    let message = format!("no listener {listener} of yours");
    Refused::new(CloseReason::Denied, Refusal::new(RefusalCode::NotFound, message))
}

pub(super) fn locked(wish: &Wish, node: &NodeRecord, lock: &LockRecord) -> Refused {
    let (on, why) = (&lock.object, &lock.reason);
    let on =
        if on.as_str().is_empty() { "everything".into() } else { format!("{} {on}", lock.kind) };
    let message = format!("{} → {}: {on} is locked: {why}", node.name, wish.target);
    let refusal =
        Refusal::new(RefusalCode::Denied, message).hint(format!("tunnelctl locks get {}", lock.id));
    Refused::new(CloseReason::Locked, refusal)
}

/// How refused visitors are told apart.
pub(crate) fn visitor_kind(port: PortId, source: IpAddr) -> Kind {
    Kind { action: "tunnel.denied", object: port.to_string(), source }
}

pub(super) fn offline(core: &Core, fleet: &Fleet, wish: &Wish) -> Refused {
    let node = wish.nodes.first().and_then(|id| fleet.node(*id));
    let Some(node) = node else {
        let refusal = Refusal::new(RefusalCode::NotFound, "no node stands behind this");
        return Refused::new(CloseReason::NodeLost, refusal);
    };
    let seen = match node.last_seen {
        Some(seen) => {
            let age = Duration::from_secs(core.wall().since(seen).as_secs());
            let why = node.disconnected.map(|(_, reason)| format!(": {reason}"));
            let age = humantime::format_duration(age);
            format!("last seen {age} ago{}", why.unwrap_or_default())
        }
        None => "it has never connected".to_owned(),
    };
    let (name, target) = (&node.name, &wish.target);
    let refusal =
        Refusal::new(RefusalCode::NodeOffline, format!("node {name} is offline ({seen})"))
            .hint(format!("tunnelctl connect {name} {target} --wait 10m   waits for it"));
    Refused::new(CloseReason::NodeLost, refusal)
}
