//! Who a tunnel is for, and the decision that follows: asked when it opens, after every wait, and
//! again whenever anything it stands on changes.

use crate::admission::{self, Ground, Moment, Verdict};
use crate::fleet::{Fleet, NodeRecord, OperatorRecord, Subject};
use crate::policy::{self, Asked, Decision, Party, What, permit};
use std::net::IpAddr;
use std::sync::Arc;
use wire::message::view::Permission;
use wire::{Generation, LinkId, NodeId, OperatorId, PortId, Target, TunnelId, UnixMs};

/// Who a tunnel is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An operator: by a lane of this control connection, or, without one, through the HTTPS proxy.
    /// Through a published port its rules count as well.
    Operator {
        id: OperatorId,
        connection: Option<Generation>,
        source: IpAddr,
        port: Option<PortId>,
        /// He listens at the node: the rules decide about the address of the listener.
        listens: Option<Exposure>,
    },
    /// A visitor of a published port.
    Visitor { port: PortId, source: IpAddr },
    /// A node, for what comes in at its listener of a link: the listener itself, or a connection.
    Link {
        link: LinkId,
        /// The node that listens.
        at: NodeId,
        /// Where that node is connected from.
        source: IpAddr,
        /// What a connection came in by.
        listener: Option<TunnelId>,
    },
    /// An operator's share, and whoever came in by it: for as long as he may have one, and until then.
    Share { id: OperatorId, connection: Generation, until: UnixMs },
}

/// Who can reach a listener at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// The node itself.
    Loopback,
    /// Others on its networks.
    Beyond,
}

impl Exposure {
    /// That of a listener on this address.
    pub(crate) fn of(at: IpAddr) -> Self {
        if at.is_loopback() { Self::Loopback } else { Self::Beyond }
    }

    /// What a role must permit for it.
    pub(crate) const fn needs(self) -> &'static [Permission] {
        match self {
            Self::Loopback => &[Permission::TunnelsReverse],
            Self::Beyond => &[Permission::TunnelsReverse, Permission::NodesWrite],
        }
    }

    fn is_permitted(self, fleet: &Fleet, who: &OperatorRecord, now: UnixMs) -> bool {
        self.needs().iter().all(|wanted| permit::permits(fleet, who, *wanted, now))
    }
}

const NO: Verdict = Verdict::Denied(None, None);

impl Origin {
    /// The operator whose own tunnel it is.
    pub(crate) const fn operator(&self) -> Option<OperatorId> {
        match self {
            Self::Operator { id, .. } | Self::Share { id, .. } => Some(*id),
            Self::Visitor { .. } | Self::Link { .. } => None,
        }
    }

    /// The control connection by whose lanes it goes.
    pub(crate) const fn connection(&self) -> Option<Generation> {
        match self {
            Self::Operator { connection, .. } => *connection,
            Self::Share { connection, .. } => Some(*connection),
            Self::Visitor { .. } | Self::Link { .. } => None,
        }
    }

    /// Whether its time is over, whatever else is allowed.
    pub(crate) fn is_over(&self, now: UnixMs) -> bool {
        matches!(self, Self::Share { until, .. } if *until <= now)
    }

    /// What is decided right now. Only a share goes through no node.
    pub(crate) fn decide(
        &self,
        fleet: &Fleet,
        node: Option<&NodeRecord>,
        target: &Target,
        moment: Moment,
        now: UnixMs,
    ) -> Verdict {
        if let Self::Share { id, until, .. } = self {
            return share(fleet, (*id, *until), moment, now);
        }
        let Some(node) = node.filter(|node| node.revoked.is_none()) else { return NO };
        match self {
            Self::Operator { id, source, port, listens, .. } => {
                if let Some(lock) = admission::operator_lock(fleet, *id, node, moment, now) {
                    return Verdict::Denied(None, Some(lock));
                }
                // I4: a tunnel does not outlive the newest certificate of its operator.
                let valid = |who: &Arc<OperatorRecord>| now < who.certificate_expires_at;
                let Some(who) = fleet.operator(*id).filter(valid) else { return NO };
                if listens.is_some_and(|exposed| !exposed.is_permitted(fleet, &who, now)) {
                    return NO;
                }
                let published = port.map(|port| fleet.port(port));
                let what = match &published {
                    None => What::Target { node, target },
                    Some(Some(port)) if port.enabled => What::Port { port, at: Some(node) },
                    Some(_) => return NO,
                };
                let locked = port.map(Subject::Port);
                let lock = locked.and_then(|on| admission::blocking(fleet, on, moment, now));
                if let Some(lock) = lock {
                    return Verdict::Denied(None, Some(Arc::clone(lock)));
                }
                let source = policy::canonical(*source);
                let asker = Party::Operator(&who);
                let asked = Asked { who: asker, source: Some(source), what, now };
                match asked.decide(fleet) {
                    Decision::Allow(rule) => {
                        let ground = admission::of_rule(fleet, rule, &asked);
                        // A role that ends may be the one that lets him listen: it is asked again.
                        let role = listens.and_then(|_| who.next_role_end(now));
                        let ends = [ground.until, role, Some(who.certificate_expires_at)];
                        let until = ends.into_iter().flatten().min();
                        Verdict::Granted(Ground { operator: Some(*id), until, ..ground })
                    }
                    Decision::Deny(rule) => Verdict::Denied(rule, None),
                }
            }
            Self::Visitor { port, source } => match fleet.port(*port) {
                Some(port) if port.enabled => {
                    let on = Subject::Node(node.id);
                    if let Some(lock) = admission::blocking(fleet, on, moment, now) {
                        return Verdict::Denied(None, Some(Arc::clone(lock)));
                    }
                    admission::visitor(fleet, (&port, Some(node)), *source, moment, now)
                }
                _ => NO,
            },
            Self::Link { link, source, .. } => match fleet.link(*link) {
                Some(link) => admission::link(fleet, &link, Some(*source), moment, now),
                None => NO,
            },
            Self::Share { .. } => NO,
        }
    }
}

/// Whether this operator may have a share at this moment; how long is asked again when it ends.
fn share(fleet: &Fleet, (id, until): (OperatorId, UnixMs), moment: Moment, now: UnixMs) -> Verdict {
    let locked = [Subject::All, Subject::Operator(id)];
    if let Some(lock) =
        locked.into_iter().find_map(|on| admission::blocking(fleet, on, moment, now))
    {
        return Verdict::Denied(None, Some(Arc::clone(lock)));
    }
    let may = |who: &Arc<OperatorRecord>| {
        who.revoked.is_none()
            && now < who.certificate_expires_at
            && permit::permits(fleet, who, Permission::SharesCreate, now)
    };
    let Some(who) = fleet.operator(id).filter(may) else { return NO };
    let ends = [Some(until), who.next_role_end(now), Some(who.certificate_expires_at)];
    let until = ends.into_iter().flatten().min();
    match until {
        Some(until) if until <= now => NO,
        until => Verdict::Granted(Ground { operator: Some(id), until, ..Ground::default() }),
    }
}
