//! Who a tunnel is for, and the policy decision that follows: asked when it opens, after every wait,
//! and again whenever policy changes.

use crate::fleet::{Fleet, NodeRecord};
use crate::policy::{self, Decision};
use std::net::IpAddr;
use wire::{Generation, OperatorId, PortId, Target, UnixMs};

/// Who a tunnel is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An operator, on this connection.
    Operator { id: OperatorId, connection: Generation, source: IpAddr },
    /// A visitor of a published port.
    Visitor { port: PortId, source: IpAddr },
}

impl Origin {
    /// What policy says right now.
    pub(crate) fn decide(
        &self,
        fleet: &Fleet,
        node: &NodeRecord,
        target: &Target,
        now: UnixMs,
    ) -> Decision {
        if node.revoked.is_some() {
            return Decision::Deny(None);
        }
        match self {
            Self::Operator { id, source, .. } => match fleet.operator(*id) {
                Some(who) if who.revoked.is_none() => {
                    policy::operator_tunnel(fleet, &who, *source, node, target, now)
                }
                _ => Decision::Deny(None),
            },
            Self::Visitor { port, source } => match fleet.port(*port) {
                Some(port) if port.enabled => policy::visitor(fleet, &port, *source, now),
                _ => Decision::Deny(None),
            },
        }
    }
}
