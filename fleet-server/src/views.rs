//! Stored records and live facts put together into what people and scripts see. Reads only.

mod health;
mod node;
mod pages;

pub(crate) use node::node;
pub(crate) use pages::{Pages, list};

use crate::core::Core;
use crate::fleet::{OperatorRecord, PortRecord, RuleRecord, TokenRecord};
use std::net::IpAddr;
use std::sync::atomic::Ordering::Relaxed;
use wire::message::operator::Reply;
use wire::message::view::{
    Admits, CertificateView, Check, Effect, FleetCounts, Load, NodeRef, PortState, PortView,
    PublicAddress, RuleState, RuleView, ServerView, TokenView, WhoamiView,
};
use wire::{SafeText, UnixMs};

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Nodes by state, from counters that are kept as they change.
pub(crate) fn fleet_counts(core: &Core) -> FleetCounts {
    let counts = core.presence.counts();
    let degraded = core.registry.degraded().min(counts.online);
    FleetCounts {
        total: small(counts.online + counts.stale + counts.offline),
        online: small(counts.online - degraded),
        degraded: small(degraded),
        stale: small(counts.stale),
        offline: small(counts.offline),
        locked: 0,
    }
}

/// All published ports, by name.
pub(crate) fn ports(core: &Core) -> Vec<PortView> {
    let fleet = core.state.fleet();
    let mut ports: Vec<PortView> = fleet.ports().map(|record| port(core, &record)).collect();
    ports.sort_by(|a, b| a.name.cmp(&b.name));
    ports
}

/// One published port.
pub(crate) fn port(core: &Core, record: &PortRecord) -> PortView {
    let fleet = core.state.fleet();
    let flow = core.tunnels.port_flow(record.id);
    let (state, fault) = core.ports.state(core, record);
    let now = core.wall();
    let admitting = fleet.rules().iter().filter(|rule| {
        rule.effect == Effect::Allow
            && rule.port.as_ref() == Some(&record.name)
            && rule_state(rule, now) == RuleState::On
    });
    PortView {
        id: record.id,
        name: record.name.clone(),
        public: PublicAddress { host: core.names.primary.as_str().into(), port: record.number },
        nodes: record
            .nodes
            .iter()
            .filter_map(|id| fleet.node(*id))
            .map(|node| NodeRef { id: node.id, name: node.name.clone() })
            .collect(),
        target: record.target.clone(),
        on_drop: record.on_drop,
        admits: Admits { sessions: 0, rules: small(admitting.count()), guests: 0 },
        tunnels: small(core.tunnels.count_of_port(record.id)),
        waiting: core.ports.get(record.id).map_or(0, |published| small(published.waiting())),
        up_bytes: flow.up,
        down_bytes: flow.down,
        state,
        fault,
        max_tunnels: record.max_tunnels,
        idle_ms: record.idle_ms,
        created_at: record.created_at,
    }
}

/// One rule at its place.
pub(crate) fn rule(core: &Core, record: &RuleRecord, order: u32) -> RuleView {
    RuleView {
        id: record.id,
        effect: record.effect,
        who: record.who.clone(),
        from: record.from.clone(),
        nodes: record.nodes.clone(),
        to: record.to.clone(),
        port: record.port.clone(),
        at: None,
        until: record.until,
        state: rule_state(record, core.wall()),
        order,
        hits: core.tunnels.hits(record.id),
    }
}

fn rule_state(record: &RuleRecord, now: UnixMs) -> RuleState {
    match record.until {
        Some(until) if until <= now => RuleState::Expired,
        _ if record.enabled => RuleState::On,
        _ => RuleState::Off,
    }
}

/// One token.
pub(crate) fn token(record: &TokenRecord, now: UnixMs) -> TokenView {
    TokenView {
        id: record.id,
        name: record.name.clone(),
        token_kind: record.kind,
        uses: record.uses,
        expires_at: record.expires_at,
        grants: record.grants.clone(),
        by: record.by.clone(),
        created_at: record.created_at,
        last_used: record.last_used,
        state: record.state(now),
    }
}

/// One token, with what a token string is made of.
pub(crate) fn token_reply(core: &Core, record: &TokenRecord) -> Reply {
    let addresses = core.bound.get().map(|bound| bound.token_addresses.as_slice());
    Reply::Token {
        token: token(record, core.wall()),
        addresses: addresses.unwrap_or_default().iter().map(|a| a.as_str().into()).collect(),
        ca_pin: core.authority.pin().to_vec().into(),
    }
}

/// Who the caller is.
pub(crate) fn whoami(
    core: &Core,
    record: &OperatorRecord,
    source: IpAddr,
    expires_at: Option<UnixMs>,
) -> WhoamiView {
    WhoamiView {
        operator: record.name.clone(),
        operator_id: record.id,
        roles: record.roles.clone(),
        server: core.names.primary.as_str().into(),
        session: None,
        expires_at,
        seen_addresses: vec![source.to_string().into()],
    }
}

/// The server's state.
pub(crate) fn server(core: &Core) -> ServerView {
    let fleet = core.state.fleet();
    let bound = core.bound.get();
    let checks = checks(core);
    let ends = UnixMs(core.leaf_ends.load(Relaxed));
    let issuing = UnixMs(core.authority.issuing().1);
    ServerView {
        name: core.names.primary.as_str().into(),
        version: crate::VERSION.into(),
        healthy: checks.iter().all(|check| check.status.as_str() != "fail"),
        uptime_s: core.clock.now().saturating_duration_since(core.started).as_secs(),
        listen: bound.map(|b| b.tls.iter().map(text).collect()).unwrap_or_default(),
        metrics: bound.and_then(|bound| bound.metrics).map(|address| text(&address)),
        port_range: core.config.port_range,
        ports: small(fleet.ports().count()),
        fleet: fleet_counts(core),
        load: load(core),
        certificates: vec![
            CertificateView { name: core.names.primary.as_str().into(), expires_at: ends },
            CertificateView { name: "issuing CA".into(), expires_at: issuing },
        ],
        checks,
        draining: core.is_draining(),
    }
}

fn text(value: &impl ToString) -> SafeText {
    value.to_string().into()
}

fn load(core: &Core) -> Load {
    let flow = core.tunnels.flow();
    let now = core.metrics.process.figures();
    Load {
        tunnels: small(core.tunnels.count()),
        up_bytes: flow.up,
        down_bytes: flow.down,
        up_bytes_per_s: flow.up_rate,
        down_bytes_per_s: flow.down_rate,
        cpu_ratio: core.metrics.process.cpu_ratio(),
        rss_bytes: now.rss_bytes,
        open_fds: now.open_fds,
        max_fds: now.max_fds,
    }
}

fn checks(core: &Core) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut add = |id: &str, status: &str, message: String| {
        checks.push(Check { id: id.into(), status: status.into(), message: message.into() });
    };
    if let Some(task) = core.failed.borrow().as_ref() {
        add("task", "fail", format!("core task {task} ended; restart the server"));
    }
    let panics = link::Shutdown::panics();
    if panics > 0 {
        add("panics", "warn", format!("{panics} tasks panicked since start; see the log"));
    }
    for record in core.state.fleet().ports().filter(|port| port.enabled) {
        if let (PortState::Fault, Some(fault)) = core.ports.state(core, &record) {
            add("port", "warn", format!("published port {}: {fault}", record.name));
        }
    }
    checks
}
