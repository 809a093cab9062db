//! A node: its record, its session if it has one, its counters, its last day, its facts with ages.

use super::health;
use crate::core::{Core, lock, millis};
use crate::fleet::{NodeRecord, Subject};
use crate::policy::Sight;
use crate::presence::Standing;
use crate::registry::Session;
use wire::message::view::{Fact, NodeRef, NodeState, NodeView, PathTried, PathView, StateReason};
use wire::{DisconnectReason, NodeId, SafeText, UnixMs};

/// One node.
pub(crate) fn node(core: &Core, record: &NodeRecord) -> NodeView {
    let session = core.registry.session(record.id);
    let session = session.as_deref();
    let now = core.wall();
    let day = health::day(record, session.is_some(), now);
    let flow = core.tunnels.node_flow(record.id);
    let (state, reasons) = state(core, record, session);
    let percentiles = session.and_then(|session| lock(&session.facts).rtt_percentiles());
    NodeView {
        id: record.id,
        name: record.name.clone(),
        state,
        reasons,
        labels: record.labels.clone(),
        version: record.version.clone(),
        exit_ip: session.map(|session| session.source.to_string().into()),
        rtt_p50_ms: percentiles.map(|(p50, _)| p50),
        rtt_p95_ms: percentiles.map(|(_, p95)| p95),
        uptime_24h_ratio: day.ratio,
        health: day.cells,
        reconnects_24h: day.reconnects,
        tunnels: u32::try_from(core.tunnels.count_of_node(record.id)).unwrap_or(u32::MAX),
        up_bytes: flow.up,
        down_bytes: flow.down,
        up_bytes_per_s: flow.up_rate,
        down_bytes_per_s: flow.down_rate,
        last_seen: session.map(Session::last_heard).or(record.last_seen),
        disconnect_reason: left(core, record, session),
        generation: session.map_or(record.generation, |session| session.generation),
        enrolled_at: record.enrolled_at,
        certificate_expires_at: Some(record.certificate_expires_at),
        owner: record.owner.clone(),
        path: session.map(|session| session.path.rung.clone()),
        inventory: record.inventory.clone(),
        facts: facts(record, session, now),
        allow: session.map(|session| lock(&session.facts).allow.clone()).unwrap_or_default(),
        reverse: session.and_then(|session| lock(&session.facts).reverse.clone()),
    }
}

/// The way a connected node came.
pub(crate) fn path(core: &Core, sight: &Sight, record: &NodeRecord, session: &Session) -> PathView {
    let told = &session.path;
    let ago = |ms: u64| UnixMs(session.since.0.saturating_sub(ms));
    let fleet = core.state.fleet();
    let seen = |id: NodeId| {
        let node = fleet.find_node(&id.to_string(), sight).ok()?;
        Some(NodeRef { id, name: node.name.clone() })
    };
    // Before the facts are looked at: those of its neighbours are, too.
    let through = core.gateways(session).into_iter().filter_map(seen).collect();
    PathView {
        node: NodeRef { id: record.id, name: record.name.clone() },
        rung: told.rung.clone(),
        proxy: told.proxy.clone(),
        address: (!told.address.as_str().is_empty()).then(|| told.address.clone()),
        source: session.source.to_string().into(),
        rtt_ms: lock(&session.facts).rtt_percentiles().map(|(p50, _)| p50),
        since: session.since,
        attempts: told
            .attempts
            .iter()
            .map(|tried| PathTried {
                rung: tried.rung.clone(),
                proxy: tried.proxy.clone(),
                address: tried.address.clone(),
                error: tried.error.clone(),
                at: ago(tried.age_ms),
            })
            .collect(),
        through: Some(through),
    }
}

/// Why a node that is away is away. A revoked one is, even while its connection still ends.
fn left(core: &Core, record: &NodeRecord, session: Option<&Session>) -> Option<DisconnectReason> {
    if session.is_some() {
        return record.revoked.map(|_| DisconnectReason::Revoked);
    }
    let seen = core.registry.ended(record.id);
    seen.or_else(|| record.disconnected.map(|(_, reason)| reason))
}

fn state(
    core: &Core,
    record: &NodeRecord,
    session: Option<&Session>,
) -> (NodeState, Vec<StateReason>) {
    if record.revoked.is_some() {
        return (NodeState::Revoked, Vec::new());
    }
    if core.state.fleet().lock_on(Subject::Node(record.id), core.wall()).is_some() {
        return (NodeState::Locked, Vec::new());
    }
    if record.waiting.is_some() {
        return (NodeState::Pending, Vec::new());
    }
    let Some(session) = session else {
        let state = match core.presence.standing(record.id) {
            Standing::Offline => NodeState::Offline,
            Standing::Stale(_) | Standing::Online => NodeState::Stale,
        };
        return (state, Vec::new());
    };
    let reasons = lock(&session.facts).reasons.clone();
    let state = if reasons.is_empty() { NodeState::Online } else { NodeState::Degraded };
    (state, reasons)
}

fn facts(record: &NodeRecord, session: Option<&Session>, now: UnixMs) -> Vec<Fact> {
    let link = match session {
        Some(session) => fact("control_link", Some("up".into()), Some(session.last_heard()), now),
        None => fact("control_link", Some("down".into()), record.last_seen, now),
    };
    let live = session.map(|session| lock(&session.facts));
    let live = live.as_deref();
    let rtt = live.and_then(|facts| facts.rtt);
    let data_path = live.and_then(|facts| facts.data_path);
    let skew = live.and_then(|facts| facts.skew);
    let spool = live.and_then(|facts| facts.spool);
    let left = record.certificate_expires_at.since(now);
    let left = humantime::format_duration(std::time::Duration::from_secs(left.as_secs()));
    let ms = |micros: u64| format!("{}ms", micros.div_ceil(1000)).into();
    vec![
        link,
        fact(
            "data_path",
            data_path.map(|(micros, _)| ms(micros)),
            data_path.map(|(_, at)| at),
            now,
        ),
        fact("rtt", rtt.map(|(micros, _)| ms(micros)), rtt.map(|(_, at)| at), now),
        // Nothing measures it: TCP hides what is lost on the way.
        fact("loss", None, None, now),
        fact(
            "clock_skew",
            skew.map(|(ms, _)| format!("{ms}ms").into()),
            skew.map(|(_, at)| at),
            now,
        ),
        fact("certificate", Some(format!("{left} left").into()), Some(now), now),
        fact(
            "spool",
            spool.map(|(bytes, _)| format!("{bytes} B").into()),
            spool.map(|(_, at)| at),
            now,
        ),
        fact("version", record.version.clone(), session.map(|session| session.since), now),
    ]
}

fn fact(name: &str, value: Option<SafeText>, at: Option<UnixMs>, now: UnixMs) -> Fact {
    let age_ms = at.map(|at| millis(now.since(at)));
    Fact { name: name.into(), value, at, age_ms }
}
