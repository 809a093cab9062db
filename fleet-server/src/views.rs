//! Stored records and live facts put together into what people and scripts see. Reads only.

mod admission;
mod health;
mod links;
mod node;
mod pages;
mod policy;
mod seen;
mod tokens;

pub(crate) use admission::{guest, lock, login, session, session_by_name, sessions};
pub(crate) use links::link;
pub(crate) use node::{node, path};
pub(crate) use pages::{Pages, list};
pub(crate) use policy::{access_request, operator, roles, rule_in_place, rule_spec};
pub(crate) use seen::{port_for, sees_tunnel};
pub(crate) use tokens::{token_reply, tokens};

use crate::core::Core;
use crate::fleet::{Fleet, NodeRecord, OperatorRecord, PortRecord, RuleRecord};
use crate::policy::Sight;
use crate::server::public::Standing;
use std::net::IpAddr;
use std::sync::atomic::Ordering::Relaxed;
use wire::message::view::{
    Admits, CertificateView, Check, Effect, FleetCounts, Load, NodeRef, PendingView, PortState,
    PortView, PublicAddress, RuleState, RuleView, ServerView, WhoamiView,
};
use wire::{SafeText, UnixMs};

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Nodes by state, from counters that are kept as they change.
pub(crate) fn fleet_counts(core: &Core) -> FleetCounts {
    let counts = core.presence.counts();
    let degraded = core.registry.degraded().min(counts.online);
    let locked = admission::locked_nodes(core);
    let (locked, counts) = (locked.total, locked.out_of(counts));
    let degraded = degraded.min(counts.online);
    FleetCounts {
        total: small(counts.online + counts.stale + counts.offline + locked),
        online: small(counts.online - degraded),
        degraded: small(degraded),
        stale: small(counts.stale),
        offline: small(counts.offline),
        locked: small(locked),
    }
}

/// The published ports that are seen, by name.
pub(crate) fn ports(core: &Core, sight: &Sight) -> Vec<PortView> {
    let fleet = core.state.fleet();
    let seen = fleet.ports().filter(|port| sight.port(&fleet, port));
    let mut ports: Vec<PortView> = seen.map(|record| port_for(core, sight, &record)).collect();
    ports.sort_by(|a, b| a.name.cmp(&b.name));
    ports
}

/// One published port.
pub(crate) fn port(core: &Core, record: &PortRecord) -> PortView {
    let fleet = core.state.fleet();
    let flow = core.tunnels.port_flow(record.id);
    let (state, reason) = core.ports.state(core, record);
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
        admits: Admits {
            sessions: small(admission::sessions_at(&fleet, record, now)),
            rules: small(admitting.count()),
            guests: small(admission::guests_at(&fleet, record, now)),
        },
        tunnels: small(core.tunnels.count_of_port(record.id)),
        waiting: core.ports.get(record.id).map_or(0, |published| small(published.waiting())),
        up_bytes: flow.up,
        down_bytes: flow.down,
        state,
        fault: reason.clone().filter(|_| state == PortState::Fault),
        max_tunnels: record.max_tunnels,
        idle_ms: record.idle_ms,
        created_at: record.created_at,
        options: record.options.clone(),
        reason,
        compression: flow.compression(),
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
        at: record.at.clone(),
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

/// A node that waits for a decision, if it does.
pub(crate) fn pending(fleet: &Fleet, record: &NodeRecord) -> Option<PendingView> {
    let waiting = record.waiting.as_ref().filter(|waiting| waiting.denied.is_none())?;
    Some(PendingView {
        id: record.id,
        name: record.name.clone(),
        waits_for: waiting.kind,
        fingerprint: pki::key::fingerprint(&record.spki).into(),
        words: pki::words(&record.spki).into(),
        token: fleet.token(record.token).map(|token| token.name.as_str().into()),
        source_ip: Some(waiting.source.clone()),
        since: waiting.since,
        labels: record.labels.clone(),
        hostname: record.inventory.hostname.clone(),
        version: record.version.clone(),
    })
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
        roles: record.roles_at(core.wall()).cloned().collect(),
        server: core.names.primary.as_str().into(),
        session: admission::running_of(core, record.id).map(|id| id.to_string().into()),
        expires_at,
        seen_addresses: core.operators.seen(record.id, source).iter().map(text).collect(),
    }
}

/// The server's state.
pub(crate) fn server(core: &Core, sight: &Sight) -> ServerView {
    let fleet = core.state.fleet();
    let bound = core.bound.get();
    let checks = checks(core);
    ServerView {
        name: core.names.primary.as_str().into(),
        version: crate::VERSION.into(),
        healthy: checks.iter().all(|check| check.status.as_str() != "fail"),
        uptime_s: core.clock.now().saturating_duration_since(core.started).as_secs(),
        listen: bound.map(|b| b.tls.iter().map(text).collect()).unwrap_or_default(),
        metrics: bound.and_then(|bound| bound.metrics).map(|address| text(&address)),
        port_range: core.config().port_range,
        ports: small(fleet.ports().filter(|port| sight.port(&fleet, port)).count()),
        fleet: if sight.is_everything() { fleet_counts(core) } else { seen::counts(core, sight) },
        load: load(core),
        certificates: certificates(core),
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

/// The fleet's own, then those for strangers.
fn certificates(core: &Core) -> Vec<CertificateView> {
    let view = |name: String, expires_at| CertificateView { name: name.into(), expires_at };
    let public = certificates_of(&core.public.standing(core.wall()));
    let own = [
        view(core.names.primary.clone(), UnixMs(core.leaf_ends.load(Relaxed))),
        view("issuing CA".to_owned(), core.ca.issuing_ends(core)),
    ];
    own.into_iter().chain(public).collect()
}

/// Those for strangers.
pub(crate) fn certificates_of(public: &[Standing]) -> Vec<CertificateView> {
    let view = |p: &Standing| CertificateView {
        name: format!("public {}", p.name).into(),
        expires_at: p.ends,
    };
    public.iter().map(view).collect()
}

fn checks(core: &Core) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut add = |id: &str, status: &str, message: String| {
        checks.push(Check { id: id.into(), status: status.into(), message: message.into() });
    };
    if let Some(task) = core.failed.borrow().as_ref() {
        add("task", "fail", format!("core task {task} ended; restart the server"));
    }
    if let Some(due) = &*core.ca.due.load() {
        let left = due.ends_at.since(core.wall()).as_secs() / 86_400;
        let status = if due.late { "fail" } else { "warn" };
        let why = format!("the issuing key ends in {left} days and {}: {}", due.why, due.next);
        add("ca", status, why);
    }
    for public in core.public.standing(core.wall()) {
        let (name, left) = (&public.name, public.ends.since(core.wall()).as_secs() / 86_400);
        if let Some(fault) = &public.fault {
            add("tls-cert", "warn", format!("the public certificate before is kept: {fault}"));
        }
        if core.wall() >= public.ends {
            let why = format!("the public certificate for {name} has ended; renew its files");
            add("tls-cert", "fail", why);
        } else if public.late {
            let why = format!("the public certificate for {name} ends in {left} days; renew it");
            add("tls-cert", "warn", why);
        }
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
