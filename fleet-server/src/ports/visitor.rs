//! One visitor of a published port: admitted by policy before any work towards the node, then given
//! a tunnel, at once or when the node is back. Everybody else sees the same reset.

use super::Published;
use crate::admission::{self, Moment, Verdict};
use crate::core::Core;
use crate::fleet::PortRecord;
use crate::noise;
use crate::ports::Visit;
use crate::tunnels::{self, Established, Origin, Trace, Wish};
use link::splice::{End, reset};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use wire::RuleId;
use wire::audit::{Actor, AuditResult, Entry, Object};
use wire::message::tunnel::TunnelType;
use wire::message::view::{DropMode, ProxyProtocol, Who};

/// Payload that waits this long without progress ends the tunnel.
pub(crate) const STALL: Duration = Duration::from_secs(300);
/// How long the header may take to leave.
const PREFACE: Duration = Duration::from_secs(5);
/// Default bound of how long a held visitor waits.
const HOLD: Duration = Duration::from_secs(10);

/// Decides about a visitor without waiting for anything.
pub(super) fn arrive(
    core: &Arc<Core>,
    published: &Arc<Published>,
    tcp: TcpStream,
    remote: SocketAddr,
) {
    let (source, arrived) = (remote.ip().to_canonical(), core.clock.now());
    let fleet = core.state.fleet();
    let Some(port) = fleet.port(published.id).filter(|port| port.enabled) else {
        return reset(tcp);
    };
    match admission::visitor(&fleet, (&port, None), source, Moment::Opening, core.wall()) {
        Verdict::Granted(ground) => {
            let trace = Trace::begin(arrived);
            trace.allowed(&ground, core.clock.now());
            let (core, published) = (Arc::clone(core), Arc::clone(published));
            let shutdown = core.shutdown.clone();
            shutdown.spawn("visitor", serve(core, published, port, tcp, (remote, trace)));
        }
        Verdict::Denied(rule, _) => {
            refused(core, &port, source, rule);
            reset(tcp);
        }
    }
}

fn refused(core: &Core, port: &PortRecord, source: IpAddr, rule: Option<RuleId>) {
    if let Some(rule) = rule {
        core.tunnels.hit(rule);
    }
    noise::refused(core, tunnels::visitor_kind(port.id, source), || {
        let object = Object {
            kind: "port".into(),
            id: Some(port.id.to_string().into()),
            name: Some(port.name.as_str().into()),
        };
        Entry::new("tunnel.denied", actor(source), object)
            .result(AuditResult::Denied)
            .with("target", port.target.to_string())
            .with("rule", rule.map_or_else(|| "default".to_owned(), |rule| rule.to_string()))
    });
}

fn actor(source: IpAddr) -> Actor {
    Actor { source_ip: Some(source.to_string().into()), ..Actor::default() }
}

async fn serve(
    core: Arc<Core>,
    published: Arc<Published>,
    port: Arc<PortRecord>,
    tcp: TcpStream,
    (remote, trace): (SocketAddr, Arc<Trace>),
) {
    let source = remote.ip().to_canonical();
    let wait = match port.on_drop.mode {
        DropMode::Refuse => Duration::ZERO,
        DropMode::Hold => port.on_drop.hold_ms.map_or(HOLD, Duration::from_millis),
    };
    // Boxed and dropped: an open tunnel does not hold what opening it took.
    let wish = Box::new(wish(&published, &port, source, trace));
    let place = if core.registry.first(&tunnels::open_nodes(&core, &wish)).is_some() {
        None
    } else {
        let place = published.hold.enter().filter(|_| !wait.is_zero());
        if place.is_none() {
            return reset(tcp);
        }
        core.feed.ports();
        place
    };
    let established = tokio::select! {
        biased;
        () = published.shutdown.cancelled() => return reset(tcp),
        established = Box::pin(tunnels::establish(&core, &wish, wait)) => established,
    };
    drop(wish);
    if place.is_some() {
        drop(place);
        core.feed.ports();
    }
    match established {
        Ok(mut established) => {
            if let Some(node) = &established.guard.tunnel().node {
                published.served(&core, node.id);
            }
            if Box::pin(introduced(&port, &mut established, remote, tcp.local_addr().ok())).await {
                Box::pin(tunnels::run(established, End::Tcp(tcp))).await;
            } else {
                reset(tcp);
            }
        }
        Err(refused) => {
            published.failed(&core, refused.reason);
            tracing::debug!(port = %port.name, %source, reason = %refused.reason, "visitor refused");
            reset(tcp);
        }
    }
}

fn wish(published: &Published, port: &PortRecord, source: IpAddr, trace: Arc<Trace>) -> Wish {
    Wish {
        nodes: port.nodes.clone(),
        target: port.target.clone(),
        origin: Origin::Visitor { port: port.id, source },
        who: Who { source_ip: Some(source.to_string().into()), ..Who::default() },
        actor: actor(source),
        kind: TunnelType::Port,
        port: Some((port.id, port.name.clone())),
        port_limit: port.max_tunnels.and_then(|limit| usize::try_from(limit).ok()),
        link: None,
        compress: port.options.compress,
        pick: port.options.pick,
        note: None,
        limits: published.limits(port),
        at_node: None,
        via: Vec::new(),
        trace,
    }
}

/// Tells the target whose connection it gets, if it wants to know; `false` if it is gone.
pub(crate) async fn introduced(
    port: &PortRecord,
    established: &mut Established,
    from: SocketAddr,
    to: Option<SocketAddr>,
) -> bool {
    if port.options.proxy_protocol == ProxyProtocol::Off {
        return true;
    }
    let tunnel = Arc::clone(established.guard.tunnel());
    let (id, who) = (tunnel.id.to_string(), tunnel.who());
    let visit = Visit {
        from,
        to: to.unwrap_or_else(|| SocketAddr::new(from.ip(), port.number)),
        tunnel: &id,
        operator: who.operator.as_ref().map(|name| name.as_str()),
        session: who.session.as_ref().map(|session| session.as_str()),
    };
    let sent = tokio::time::timeout(PREFACE, established.preface(&visit.bytes())).await;
    matches!(sent, Ok(Ok(())))
}
