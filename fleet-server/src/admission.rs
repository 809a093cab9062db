//! Who is let in, and on what ground: a rule about anybody, a session of an operator whom the rules
//! allow, a guest; for operators' own tunnels, the rules. Locks keep out before all of them. Pure:
//! asked when a tunnel opens, after every wait, and again whenever anything of it changes.

use crate::fleet::{
    Fleet, GuestRecord, LinkRecord, LockRecord, NodeRecord, OperatorRecord, PortRecord,
    SessionRecord, Subject,
};
use crate::policy::{self, Asked, Decision, Party, What, canonical, permit};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use wire::message::view::LockMode;
use wire::{CloseReason, GuestId, OperatorId, RuleId, SessionId, UnixMs};

/// Ends that are looked behind: something that holds longer than all of them is asked again then.
const STEPS: usize = 16;

/// What a tunnel stands on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ground {
    pub(crate) rule: Option<RuleId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) guest: Option<GuestId>,
    /// Whose session it is.
    pub(crate) operator: Option<OperatorId>,
    /// When this very ground goes away by itself.
    pub(crate) until: Option<UnixMs>,
}

/// Yes with its ground, or no.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// Let in.
    Granted(Ground),
    /// Kept out: by this rule, by the default, or by a lock.
    Denied(Option<RuleId>, Option<Arc<LockRecord>>),
}

impl Verdict {
    const NO: Self = Self::Denied(None, None);
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A tunnel is to be opened: every lock keeps it out.
    Opening,
    /// A tunnel is open: a lock that drains lets it end by itself.
    Standing,
}

/// How long a session of this operator may last.
pub(crate) fn longest(fleet: &Fleet, operator: &OperatorRecord, now: UnixMs) -> Duration {
    permit::max_session(fleet, operator, now)
}

/// May a visitor from this address use this published port, through this node or any of its nodes?
pub(crate) fn visitor(
    fleet: &Fleet,
    (port, at): (&PortRecord, Option<&NodeRecord>),
    source: IpAddr,
    moment: Moment,
    now: UnixMs,
) -> Verdict {
    let locked = [Subject::All, Subject::Port(port.id)];
    if let Some(lock) = locked.into_iter().find_map(|on| blocking(fleet, on, moment, now)) {
        return Verdict::Denied(None, Some(Arc::clone(lock)));
    }
    let source = canonical(source);
    let what = What::Port { port, at };
    let asked = Asked { who: Party::Visitor, source: Some(source), what, now };
    match asked.decide(fleet) {
        Decision::Allow(rule) => Verdict::Granted(of_rule(fleet, rule, &asked)),
        Decision::Deny(Some(rule)) => Verdict::Denied(Some(rule), None),
        Decision::Deny(None) => by_session(fleet, port, &asked, moment)
            .or_else(|| by_guest(fleet, port, source, moment, now))
            .map_or(Verdict::NO, Verdict::Granted),
    }
}

/// May what comes in at a link's listener pass? Asked for the listener as for each connection, so
/// that nobody is let in at the one node who is kept out of the other.
pub(crate) fn link(
    fleet: &Fleet,
    link: &LinkRecord,
    source: Option<IpAddr>,
    moment: Moment,
    now: UnixMs,
) -> Verdict {
    let locked = [Subject::All, Subject::Node(link.at), Subject::Node(link.to)];
    if let Some(lock) = locked.into_iter().find_map(|on| blocking(fleet, on, moment, now)) {
        return Verdict::Denied(None, Some(Arc::clone(lock)));
    }
    let (Some(at), Some(node)) = (fleet.node(link.at), fleet.node(link.to)) else {
        return Verdict::NO;
    };
    // What the token that enrolled the node granted bounds its listeners too.
    if !policy::is_granted(&at, &link.listen) {
        return Verdict::NO;
    }
    let what = What::Target { node: &node, target: &link.target };
    let asked = Asked { who: Party::Node(&at), source: source.map(canonical), what, now };
    match asked.decide(fleet) {
        Decision::Allow(rule) => Verdict::Granted(of_rule(fleet, rule, &asked)),
        Decision::Deny(rule) => Verdict::Denied(rule, None),
    }
}

/// What locks say about an operator's tunnel to a node; the rules are asked elsewhere.
pub(crate) fn operator_lock(
    fleet: &Fleet,
    operator: OperatorId,
    node: &NodeRecord,
    moment: Moment,
    now: UnixMs,
) -> Option<Arc<LockRecord>> {
    let locked = [Subject::All, Subject::Operator(operator), Subject::Node(node.id)];
    locked.into_iter().find_map(|on| blocking(fleet, on, moment, now)).cloned()
}

/// The ground of a tunnel that a rule allows.
pub(crate) fn of_rule(fleet: &Fleet, rule: RuleId, asked: &Asked<'_>) -> Ground {
    Ground { rule: Some(rule), until: asked.ends(fleet), ..Ground::default() }
}

/// The lock on this that matters at this moment.
pub(crate) fn blocking(
    fleet: &Fleet,
    on: Subject,
    moment: Moment,
    now: UnixMs,
) -> Option<&Arc<LockRecord>> {
    fleet.lock_on(on, now).filter(|lock| moment == Moment::Opening || lock.mode == LockMode::Cut)
}

/// The longest-lasting session that admits this address here.
fn by_session(
    fleet: &Fleet,
    port: &PortRecord,
    asked: &Asked<'_>,
    moment: Moment,
) -> Option<Ground> {
    let (source, now) = (asked.source?, asked.now);
    let admitting = fleet.running().iter().filter(|r| r.has(source)).map(|r| &r.record);
    let grounds = admitting.filter_map(|session| {
        let owner = standing_owner(fleet, session, port, moment, now)?;
        let asked = Asked { who: Party::Operator(&owner), ..*asked };
        let Decision::Allow(rule) = asked.decide(fleet) else { return None };
        let ends = [Some(session.expires_at), Some(owner.certificate_expires_at)];
        let until = ends.into_iter().chain([asked.ends(fleet)]).flatten().min();
        Some(Ground {
            rule: Some(rule),
            session: Some(session.id),
            operator: Some(owner.id),
            until,
            ..Ground::default()
        })
    });
    grounds.max_by_key(|ground| ground.until)
}

/// The operator of a session, if both may let somebody in here (I4: a grant never outlives the
/// credential behind it).
fn standing_owner(
    fleet: &Fleet,
    session: &SessionRecord,
    port: &PortRecord,
    moment: Moment,
    now: UnixMs,
) -> Option<Arc<OperatorRecord>> {
    let owner = fleet.operator(session.operator)?;
    let is_valid = owner.revoked.is_none() && now < owner.certificate_expires_at;
    let locked = [Subject::Session(session.id), Subject::Operator(owner.id)];
    let is_locked = || locked.into_iter().any(|on| blocking(fleet, on, moment, now).is_some());
    (session.is_live(now) && session.is_for(port.id) && is_valid && !is_locked()).then_some(owner)
}

/// The longest-lasting guest that admits this address here.
fn by_guest(
    fleet: &Fleet,
    port: &PortRecord,
    source: IpAddr,
    moment: Moment,
    now: UnixMs,
) -> Option<Ground> {
    let is_let_in = |guest: &GuestRecord| {
        guest.port == port.id
            && guest.is_live(now)
            && blocking(fleet, Subject::Guest(guest.id), moment, now).is_none()
    };
    let guests = fleet.visiting().iter().filter(|r| r.has(source)).map(|r| &r.record);
    let longest = guests.filter(|guest| is_let_in(guest)).max_by_key(|guest| guest.expires_at)?;
    Some(Ground { guest: Some(longest.id), until: Some(longest.expires_at), ..Ground::default() })
}

/// When a visitor who is let in now no longer will be, as far as anything known says so: one ground
/// may begin to hold where another one ends.
pub(crate) fn ends(decide: impl Fn(UnixMs) -> Verdict, ground: &Ground) -> Option<UnixMs> {
    let mut end = ground.until?;
    for _ in 0..STEPS {
        match decide(end) {
            Verdict::Granted(next) => end = next.until.filter(|until| *until > end)?,
            Verdict::Denied(..) => return Some(end),
        }
    }
    Some(end)
}

/// Why a tunnel that stood on `ground` does not stand any more.
pub(crate) fn reason(
    fleet: &Fleet,
    ground: &Ground,
    lock: Option<&LockRecord>,
    now: UnixMs,
) -> CloseReason {
    use crate::fleet::Ended;
    if lock.is_some() {
        return CloseReason::Locked;
    }
    let owner = ground.operator.and_then(|id| fleet.operator(id));
    if owner.as_ref().is_some_and(|owner| owner.revoked.is_some()) {
        return CloseReason::Revoked;
    }
    let ended = |ended: Option<(UnixMs, Ended)>, is_live: bool| match ended {
        Some((_, Ended::Revoked)) => Some(CloseReason::Revoked),
        _ if !is_live => Some(CloseReason::SessionEnded),
        _ => None,
    };
    let is_locked = |on: Subject| blocking(fleet, on, Moment::Standing, now).is_some();
    if ground.session.is_none()
        && owner.as_ref().is_some_and(|owner| owner.certificate_expires_at <= now)
    {
        return CloseReason::SessionEnded;
    }
    if let Some(id) = ground.session {
        let locked = owner.as_ref().is_some_and(|owner| is_locked(Subject::Operator(owner.id)));
        if locked || is_locked(Subject::Session(id)) {
            return CloseReason::Locked;
        }
        let Some(session) = fleet.session(id) else { return CloseReason::SessionEnded };
        let expired = owner.is_none_or(|owner| owner.certificate_expires_at <= now);
        return ended(session.ended, session.is_live(now) && !expired)
            .unwrap_or(CloseReason::RuleChanged);
    }
    if let Some(id) = ground.guest {
        if is_locked(Subject::Guest(id)) {
            return CloseReason::Locked;
        }
        let Some(guest) = fleet.guest(id) else { return CloseReason::SessionEnded };
        return ended(guest.ended, guest.is_live(now)).unwrap_or(CloseReason::RuleChanged);
    }
    CloseReason::RuleChanged
}

#[cfg(test)]
mod tests;
