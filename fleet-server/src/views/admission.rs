//! Sessions, guests and locks with what is live about them.

use crate::core::Core;
use crate::fleet::{
    Fleet, GuestRecord, LockRecord, OperatorRecord, PortRecord, SessionRecord, Subject,
};
use crate::operators;
use crate::policy::{self, Decision, Sight};
use crate::presence::{Counts, Standing};
use crate::tunnels::Tunnel;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use wire::message::view::{
    GuestView, LockKind, LockView, PublicAddress, SessionKind, SessionPort, SessionState,
    SessionView,
};
use wire::{Name, OperatorId, Refusal, SafeText, SessionId, UnixMs};

/// How operators prove who they are.
const AUTH: &str = "certificate";

/// All sessions: stored ones, and the logins that are in use.
pub(crate) fn sessions(core: &Core, sight: &Sight) -> Vec<SessionView> {
    let (fleet, use_) = (core.state.fleet(), Use::of(core));
    let seen = fleet.sessions().filter(|session| sight.session(&fleet, session));
    let access = seen.map(|record| access(core, &fleet, &record, &use_));
    let logins = logins(core, &fleet, &use_).into_iter();
    access.chain(logins.filter(|login| sees_login(sight, login))).collect()
}

/// One stored session.
pub(crate) fn session(core: &Core, record: &SessionRecord) -> SessionView {
    access(core, &core.state.fleet(), record, &Use::of(core))
}

/// A session by id or unique id prefix, a login included.
///
/// # Errors
/// Ambiguity and absence, with hints.
pub(crate) fn session_by_name(
    core: &Core,
    sight: &Sight,
    reference: &str,
) -> Result<SessionView, Refusal> {
    let fleet = core.state.fleet();
    if let Some((id, _)) = login(&fleet, reference) {
        let all = logins(core, &fleet, &Use::of(core));
        if let Some(view) = all.into_iter().find(|view| view.id == id && sees_login(sight, view)) {
            return Ok(view);
        }
    }
    fleet.find_session(reference, sight).map(|record| session(core, &record))
}

/// Logins of others are seen by who sees everything.
fn sees_login(sight: &Sight, login: &SessionView) -> bool {
    sight.is_self(login.operator.as_str(), login.started_at)
}

/// The login session of this id.
pub(crate) fn login(fleet: &Fleet, reference: &str) -> Option<(SessionId, Arc<OperatorRecord>)> {
    let id = reference.parse::<SessionId>().ok()?;
    let mut all = fleet.operators();
    let owner = all.find(|owner| operators::login(owner.id, &owner.spki) == id)?;
    Some((id, owner))
}

/// Tunnels of one session, as its row shows them.
#[derive(Debug, Clone, Copy, Default)]
struct Traffic {
    tunnels: u32,
    up: u64,
    down: u64,
    idle: Option<Duration>,
}

impl Traffic {
    fn add(&mut self, tunnel: &Tunnel, core: &Core) {
        let (rate, idle) = tunnel.pulse(core.clock.now());
        self.tunnels += 1;
        self.up += rate.0;
        self.down += rate.1;
        self.idle = Some(self.idle.map_or(idle, |other| other.min(idle)));
    }
}

/// Who uses what right now, worked out once for a whole list.
#[derive(Default)]
struct Use {
    sessions: HashMap<SessionId, Traffic>,
    operators: HashMap<OperatorId, Traffic>,
}

impl Use {
    fn of(core: &Core) -> Self {
        let mut all = Self::default();
        for tunnel in core.tunnels.live() {
            if let Some(id) = tunnel.origin.operator() {
                all.operators.entry(id).or_default().add(&tunnel, core);
            } else if let Some(id) = tunnel.footing().and_then(|footing| footing.ground.session) {
                all.sessions.entry(id).or_default().add(&tunnel, core);
            }
        }
        all
    }
}

fn access(core: &Core, fleet: &Fleet, record: &SessionRecord, all: &Use) -> SessionView {
    let now = core.wall();
    let owner = fleet.operator(record.operator);
    let traffic = all.sessions.get(&record.id).copied().unwrap_or_default();
    let state = record.state(now);
    let is_running = matches!(state, SessionState::Active | SessionState::Expiring);
    let ports = match &owner {
        Some(owner) if is_running => fleet
            .ports()
            .filter(|port| admits(fleet, owner, record, port, now))
            .map(|port| port_of(core, fleet, &port))
            .collect(),
        _ => Vec::new(),
    };
    let locked = [Subject::Session(record.id), Subject::Operator(record.operator)];
    SessionView {
        id: record.id,
        session_kind: SessionKind::Access,
        role: owner.as_ref().and_then(|owner| roles(&owner.roles)),
        operator: match &owner {
            Some(owner) => owner.name.as_str().into(),
            None => record.operator.to_string().into(),
        },
        from: record.admits(),
        auto: record.auto,
        auth: AUTH.into(),
        ports,
        started_at: record.started_at,
        expires_at: Some(record.expires_at),
        idle_ms: traffic.idle.map(crate::core::millis),
        tunnels: traffic.tunnels,
        up_bytes_per_s: traffic.up,
        down_bytes_per_s: traffic.down,
        state,
        locked: locked.into_iter().find_map(|on| fleet.lock_on(on, now)).map(|lock| lock.id),
        ended_at: match record.ended {
            Some((at, _)) => Some(at),
            None => (!is_running).then_some(record.expires_at),
        },
        reason: record.reason.clone(),
    }
}

fn logins(core: &Core, fleet: &Fleet, all: &Use) -> Vec<SessionView> {
    let now = core.wall();
    let mut logins: HashMap<SessionId, SessionView> = HashMap::new();
    for connection in core.operators.all() {
        let address: SafeText = connection.source.to_canonical().to_string().into();
        let view = logins.entry(connection.login()).or_insert_with(|| {
            let traffic = all.operators.get(&connection.id).copied().unwrap_or_default();
            let lock = fleet.lock_on(Subject::Operator(connection.id), now);
            SessionView {
                id: connection.login(),
                session_kind: SessionKind::Login,
                operator: connection.name.as_str().into(),
                role: roles(&connection.roles()),
                from: Vec::new(),
                auto: false,
                auth: AUTH.into(),
                ports: Vec::new(),
                started_at: connection.since,
                expires_at: Some(connection.not_after()),
                idle_ms: traffic.idle.map(crate::core::millis),
                tunnels: traffic.tunnels,
                up_bytes_per_s: traffic.up,
                down_bytes_per_s: traffic.down,
                state: SessionState::Active,
                locked: lock.map(|lock| lock.id),
                ended_at: None,
                reason: None,
            }
        });
        view.started_at = view.started_at.min(connection.since);
        view.expires_at = view.expires_at.max(Some(connection.not_after()));
        if !view.from.contains(&address) {
            view.from.push(address);
        }
    }
    logins.into_values().collect()
}

fn roles(roles: &[Name]) -> Option<SafeText> {
    let names: Vec<&str> = roles.iter().map(Name::as_str).collect();
    (!names.is_empty()).then(|| names.join(",").into())
}

/// Whether a session lets its addresses in at this port, as far as one can say without a visitor.
fn admits(
    fleet: &Fleet,
    owner: &OperatorRecord,
    session: &SessionRecord,
    port: &PortRecord,
    now: UnixMs,
) -> bool {
    let from = session.admits();
    let mut sources = from.iter().filter_map(|net| policy::network(net.as_str()));
    session.is_for(port.id)
        && sources.any(|net| {
            let decision = policy::port(fleet, Some(owner), port, net.addr(), now);
            matches!(decision, Decision::Allow(_))
        })
}

fn port_of(core: &Core, fleet: &Fleet, port: &PortRecord) -> SessionPort {
    let nodes = port.nodes.iter().filter_map(|id| fleet.node(*id));
    SessionPort {
        name: port.name.clone(),
        public: public(core, port),
        nodes: nodes.map(|node| node.name.clone()).collect(),
        target: port.target.clone(),
    }
}

/// Live sessions that admit somebody at this port.
pub(super) fn sessions_at(fleet: &Fleet, port: &PortRecord, now: UnixMs) -> usize {
    let live = fleet.running().iter().map(|r| &r.record).filter(|session| session.is_live(now));
    live.filter(|session| {
        let owner = fleet.operator(session.operator);
        owner.is_some_and(|owner| {
            owner.revoked.is_none() && admits(fleet, &owner, session, port, now)
        })
    })
    .count()
}

/// Guests that are let in at this port.
pub(super) fn guests_at(fleet: &Fleet, port: &PortRecord, now: UnixMs) -> usize {
    let guests = fleet.visiting().iter().map(|r| &r.record);
    guests.filter(|guest| guest.port == port.id && guest.is_live(now)).count()
}

/// The running access session of an operator that ends last.
pub(super) fn running_of(core: &Core, operator: OperatorId) -> Option<SessionId> {
    let (fleet, now) = (core.state.fleet(), core.wall());
    let own = fleet.running().iter().map(|r| &r.record);
    let own = own.filter(|session| session.operator == operator && session.is_live(now));
    own.max_by_key(|session| session.expires_at).map(|session| session.id)
}

/// One guest.
pub(crate) fn guest(core: &Core, record: &GuestRecord) -> GuestView {
    let (fleet, now) = (core.state.fleet(), core.wall());
    let tunnels = core.tunnels.of_port(record.port).into_iter().filter(|tunnel| {
        tunnel.footing().is_some_and(|footing| footing.ground.guest == Some(record.id))
    });
    GuestView {
        id: record.id,
        name: record.name.clone(),
        port: fleet.port(record.port).map(|port| port.name.clone()),
        from: record.from.clone(),
        reason: record.reason.clone(),
        by: record.by.clone(),
        created_at: record.created_at,
        expires_at: record.expires_at,
        tunnels: super::small(tunnels.count()),
        state: record.state(now),
        locked: fleet.lock_on(Subject::Guest(record.id), now).map(|lock| lock.id),
        node: record.invite.as_ref().and_then(|i| Some(fleet.node(i.node)?.name.clone())),
        target: record.invite.as_ref().map(|invite| invite.target.clone()),
        public: record.invite.as_ref().and_then(|_| Some(public(core, &*fleet.port(record.port)?))),
    }
}

fn public(core: &Core, port: &PortRecord) -> PublicAddress {
    PublicAddress { host: core.names.primary.as_str().into(), port: port.number }
}

/// One lock.
pub(crate) fn lock(record: &LockRecord, now: UnixMs) -> LockView {
    let subject = Subject::of(record.kind, record.subject);
    LockView {
        id: record.id,
        object_kind: record.kind,
        object_id: subject.id_text().map(Into::into),
        object: record.object.clone(),
        mode: record.mode,
        reason: record.reason.clone(),
        by: record.by.clone(),
        created_at: record.created_at,
        until: record.until,
        ended_at: record.ended.or_else(|| record.until.filter(|until| *until <= now)),
        state: record.state(now),
    }
}

/// Nodes under a lock, by where they stand otherwise.
pub(super) struct LockedNodes {
    pub(super) total: usize,
    others: Counts,
}

impl LockedNodes {
    /// The counts of the nodes that are not locked.
    pub(super) fn out_of(&self, all: Counts) -> Counts {
        Counts {
            online: all.online.saturating_sub(self.others.online),
            stale: all.stale.saturating_sub(self.others.stale),
            offline: all.offline.saturating_sub(self.others.offline),
        }
    }
}

/// Counts the nodes that are locked and not revoked.
pub(super) fn locked_nodes(core: &Core) -> LockedNodes {
    let (fleet, now) = (core.state.fleet(), core.wall());
    let mut locked = LockedNodes { total: 0, others: Counts::default() };
    for lock in fleet.blocking().iter().filter(|lock| lock.kind == LockKind::Node) {
        let Subject::Node(id) = Subject::of(lock.kind, lock.subject) else { continue };
        let is_there = fleet.node(id).is_some_and(|node| node.revoked.is_none());
        if !is_there || !lock.is_live(now) {
            continue;
        }
        locked.total += 1;
        match core.presence.standing(id) {
            Standing::Online => locked.others.online += 1,
            Standing::Stale(_) => locked.others.stale += 1,
            Standing::Offline => locked.others.offline += 1,
        }
    }
    locked
}
