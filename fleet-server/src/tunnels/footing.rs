//! What a live tunnel stands on, when that ends, and whom it is credited to. Taken anew whenever
//! anything of it changes.

use super::Origin;
use crate::admission::{self, Ground, Moment, Verdict};
use crate::fleet::{Fleet, LockRecord, NodeRecord};
use std::sync::Arc;
use wire::audit::Actor;
use wire::message::view::Who;
use wire::{Name, RuleId, SafeText, Target, UnixMs};

/// The ground under one tunnel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Footing {
    pub(crate) ground: Ground,
    /// Whom a visitor's tunnel is credited to.
    pub(crate) credit: Option<Credit>,
    /// When it is over, as far as anything known says so.
    pub(crate) ends: Option<UnixMs>,
}

/// Why there is none: by this rule, by the default, or by a lock.
#[derive(Debug, Clone)]
pub(crate) struct Nothing {
    pub(crate) rule: Option<RuleId>,
    pub(crate) lock: Option<Arc<LockRecord>>,
}

/// Who let a visitor in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Credit {
    operator: Option<Name>,
    session: Option<SafeText>,
    role: Option<SafeText>,
    guest: Option<Name>,
}

impl Footing {
    /// What this tunnel stands on at this moment.
    pub(crate) fn find(
        fleet: &Fleet,
        origin: &Origin,
        node: Option<&NodeRecord>,
        target: &Target,
        moment: Moment,
        now: UnixMs,
    ) -> Result<Self, Nothing> {
        let decide = |moment, at| origin.decide(fleet, node, target, moment, at);
        match decide(moment, now) {
            Verdict::Granted(ground) => Ok(Self {
                ends: admission::ends(|at| decide(Moment::Standing, at), &ground),
                credit: Credit::of(fleet, &ground),
                ground,
            }),
            Verdict::Denied(rule, lock) => Err(Nothing { rule, lock }),
        }
    }
}

impl Credit {
    fn of(fleet: &Fleet, ground: &Ground) -> Option<Self> {
        if ground.session.is_none() && ground.guest.is_none() {
            return None;
        }
        let owner = ground.operator.and_then(|id| fleet.operator(id));
        let guest = ground.guest.and_then(|id| fleet.guest(id));
        Some(Self {
            session: ground.session.map(|id| id.to_string().into()),
            role: owner.as_ref().and_then(|owner| roles(&owner.roles)),
            operator: owner.map(|owner| owner.name.clone()),
            guest: guest.map(|guest| guest.name.clone()),
        })
    }

    /// Whom the tunnel is for.
    pub(super) fn who(&self, base: &Who) -> Who {
        Who {
            operator: self.operator.clone(),
            session: self.session.clone(),
            role: self.role.clone(),
            guest: self.guest.clone(),
            source_ip: base.source_ip.clone(),
            node: base.node.clone(),
        }
    }

    /// Whom the tunnel is recorded for.
    pub(super) fn actor(&self, base: &Actor) -> Actor {
        Actor {
            operator: self.operator.as_ref().map(|name| name.as_str().into()),
            session: self.session.clone(),
            role: self.role.clone(),
            ..base.clone()
        }
    }
}

/// Roles as one text.
fn roles(roles: &[Name]) -> Option<SafeText> {
    let names: Vec<&str> = roles.iter().map(Name::as_str).collect();
    (!names.is_empty()).then(|| names.join(",").into())
}
