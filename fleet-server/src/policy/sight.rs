//! What an operator may see: the nodes, ports, targets and records his rules reach. Beyond it things
//! are not found. Used by every question, every push and every name in a request.

use super::{Line, permit};
use crate::fleet::{
    Fleet, GuestRecord, LinkRecord, LockRecord, NodeRecord, OperatorRecord, PortRecord,
    SessionRecord,
};
use std::sync::Arc;
use wire::audit::{AuditEvent, Value};
use wire::message::view::{Effect, LockKind, Permission};
use wire::{GuestId, NodeId, OperatorId, PortId, SessionId, Target, UnixMs};

/// One operator's eyes at one moment. From where he looks and at which hour does not matter: a name
/// that comes and goes with the time of day would help nobody.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    eyes: Eyes,
    now: UnixMs,
}

#[derive(Debug, Clone)]
enum Eyes {
    All,
    Of(Arc<OperatorRecord>),
    None,
}

impl Sight {
    /// The server's own, and an admin's.
    pub(crate) const fn everything() -> Self {
        Self { eyes: Eyes::All, now: UnixMs(0) }
    }

    /// Of whoever is not there.
    pub(crate) const fn nothing() -> Self {
        Self { eyes: Eyes::None, now: UnixMs(0) }
    }

    /// An operator's.
    pub(crate) fn of(who: &Arc<OperatorRecord>, now: UnixMs) -> Self {
        if permit::is_admin(who, now) {
            return Self::everything();
        }
        Self { eyes: Eyes::Of(Arc::clone(who)), now }
    }

    pub(crate) fn is_everything(&self) -> bool {
        matches!(self.eyes, Eyes::All)
    }

    /// Whether a rule of his reaches this node.
    pub(crate) fn node(&self, fleet: &Fleet, node: &NodeRecord) -> bool {
        self.reaches(fleet, |line| line.covers_node(node, None))
    }

    /// Whether a rule of his reaches this target at this node.
    pub(crate) fn target(&self, fleet: &Fleet, node: &NodeRecord, target: &Target) -> bool {
        self.reaches(fleet, |line| line.covers_node(node, Some(target)))
    }

    /// Whether a rule of his reaches this port.
    pub(crate) fn port(&self, fleet: &Fleet, port: &PortRecord) -> bool {
        self.reaches(fleet, |line| line.covers_port(fleet, port))
    }

    /// Whether a rule of his reaches both ends of this link.
    pub(crate) fn link(&self, fleet: &Fleet, link: &LinkRecord) -> bool {
        let seen = |id| fleet.node(id).is_some_and(|node| self.node(fleet, &node));
        self.is_everything() || (seen(link.at) && seen(link.to))
    }

    /// Whether this is the operator himself.
    pub(crate) fn is_operator(&self, id: OperatorId) -> bool {
        match &self.eyes {
            Eyes::All => true,
            Eyes::Of(who) => who.id == id,
            Eyes::None => false,
        }
    }

    /// Whether this session is his own, or admits to a port his rules reach and his roles show him
    /// the sessions of others.
    pub(crate) fn session(&self, fleet: &Fleet, session: &SessionRecord) -> bool {
        let others = match &self.eyes {
            Eyes::All => return true,
            Eyes::Of(who) => permit::permits(fleet, who, Permission::SessionsRead, self.now),
            Eyes::None => false,
        };
        let mut ports = session.ports.iter().filter_map(|id| fleet.port(*id));
        self.is_operator(session.operator) || (others && ports.any(|port| self.port(fleet, &port)))
    }

    /// Whether this guest is let in at a port his rules reach.
    pub(crate) fn guest(&self, fleet: &Fleet, guest: &GuestRecord) -> bool {
        self.is_everything() || fleet.port(guest.port).is_some_and(|port| self.port(fleet, &port))
    }

    /// Whether this lock is on something he sees, or on everything.
    pub(crate) fn lock(&self, fleet: &Fleet, lock: &LockRecord) -> bool {
        let bits = lock.subject;
        self.is_everything()
            || match lock.kind {
                LockKind::All => true,
                LockKind::Operator => self.is_operator(OperatorId::from_random(bits)),
                LockKind::Node => {
                    let node = fleet.node(NodeId::from_random(bits));
                    node.is_some_and(|node| self.node(fleet, &node))
                }
                LockKind::Port => {
                    let port = fleet.port(PortId::from_random(bits));
                    port.is_some_and(|port| self.port(fleet, &port))
                }
                LockKind::Session => {
                    let session = fleet.session(SessionId::from_random(bits));
                    session.is_some_and(|session| self.session(fleet, &session))
                }
                LockKind::Guest => {
                    let guest = fleet.guest(GuestId::from_random(bits));
                    guest.is_some_and(|guest| self.guest(fleet, &guest))
                }
            }
    }

    /// Whether this is the operator himself. A name that was given away again stays another's for
    /// what happened before.
    pub(crate) fn is_self(&self, name: &str, at: UnixMs) -> bool {
        match &self.eyes {
            Eyes::All => true,
            Eyes::Of(who) => who.name.as_str() == name && who.created_at <= at,
            Eyes::None => false,
        }
    }

    /// Whether an audit record is about himself or about something his rules reach.
    pub(crate) fn record(&self, fleet: &Fleet, event: &AuditEvent) -> bool {
        if self.is_everything() {
            return true;
        }
        let (entry, object) = (&event.entry, &event.entry.object);
        let actor = entry.actor.operator.as_ref();
        if actor.is_some_and(|name| self.is_self(name.as_str(), event.at)) {
            return true;
        }
        let id = object.id.as_ref().map_or("", |id| id.as_str());
        match object.kind.as_str() {
            "node" => {
                let Some(node) = id.parse().ok().and_then(|id| fleet.node(id)) else {
                    return false;
                };
                match entry.data.get("target") {
                    Some(Value::Text(target)) => target
                        .as_str()
                        .parse::<Target>()
                        .is_ok_and(|target| self.target(fleet, &node, &target)),
                    _ => self.node(fleet, &node),
                }
            }
            "port" => {
                let port = id.parse().ok().and_then(|id| fleet.port(id));
                port.is_some_and(|port| self.port(fleet, &port))
            }
            "link" => {
                let link = id.parse().ok().and_then(|id| fleet.link(id));
                link.is_some_and(|link| self.link(fleet, &link))
            }
            "operator" => {
                matches!(&self.eyes, Eyes::Of(who) if who.id.to_string().as_str() == id)
            }
            _ => false,
        }
    }

    /// The first rule of his that covers it and lets him in from somewhere, unless an earlier one
    /// keeps him out from everywhere.
    fn reaches(&self, fleet: &Fleet, covers: impl Fn(&Line) -> bool) -> bool {
        let who = match &self.eyes {
            Eyes::All => return true,
            Eyes::Of(who) => who,
            Eyes::None => return false,
        };
        for line in fleet.policy().iter().filter(|line| line.is_in_force(self.now)) {
            if !line.is_about(who, self.now) || !covers(line) {
                continue;
            }
            match line.effect() {
                Effect::Allow => return true,
                Effect::Deny if line.is_total() => return false,
                Effect::Deny => {}
            }
        }
        false
    }
}
