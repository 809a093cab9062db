//! The path of an operator's tunnel, whichever way he came: what he names → where that is → policy →
//! an open tunnel. Lanes and the HTTPS proxy differ only in how they ask and answer.

use super::share;
use crate::admission::Moment;
use crate::core::Core;
use crate::fleet::PortRecord;
use crate::operators::OperatorSession;
use crate::policy::{Sight, permit};
use crate::ports::{STALL, introduced};
use crate::tunnels::{self, Established, Exposure, Footing, Origin, Refused, Trace, Tunnel, Wish};
use link::splice::Limits;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use wire::audit::Actor;
use wire::limits::MAX_GATEWAYS;
use wire::message::tunnel::{AtNode, OpenTo, OperatorOpen, TunnelType};
use wire::message::view::{Permission, Pick, TraceStep, Who};
use wire::{
    CloseReason, Generation, Name, NodeId, OperatorId, Refusal, RefusalCode, SafeText, Target,
    TunnelId,
};

/// The longest a tunnel may wait for a node.
const WAIT_MOST: Duration = Duration::from_secs(24 * 3600);

/// The operator who wants a tunnel.
pub(crate) struct Caller {
    pub(crate) id: OperatorId,
    pub(crate) name: Name,
    pub(crate) roles: Vec<Name>,
    /// His control connection; the HTTPS proxy has none.
    pub(crate) connection: Option<Generation>,
    pub(crate) source: IpAddr,
    pub(crate) actor: Actor,
}

impl OperatorSession {
    /// Who opens tunnels on this connection.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            id: self.id,
            name: self.name.clone(),
            roles: self.roles(),
            connection: Some(self.connection),
            source: self.source,
            actor: self.actor(),
        }
    }
}

/// Opens what the caller asks for, if policy lets him.
pub(crate) async fn establish(
    core: &Arc<Core>,
    caller: Caller,
    open: OperatorOpen,
) -> Result<Established, Refused> {
    let port = match &open.to {
        OpenTo::Port(name) => {
            core.state.fleet().find_port(name.as_str(), &Sight::everything()).ok()
        }
        OpenTo::Share { .. } => return share::open(core, caller, open).await,
        OpenTo::Arrival { listener, number } => match core.tunnels.get(*listener) {
            Some(share) if share.node.is_none() => {
                return share::take(core, caller, (&share, *number), &open).await;
            }
            Some(_) => None,
            None => return Err(tunnels::no_listener(*listener)),
        },
        OpenTo::Node { .. } | OpenTo::Through { .. } | OpenTo::Listen { .. } => None,
    };
    let from = SocketAddr::new(caller.source, 0);
    let mut established = establish_at(core, caller, open, None).await?;
    if let Some(port) = port
        && !introduced(&port, &mut established, from, None).await
    {
        let refusal = Refusal::new(RefusalCode::Failed, "the target ended at once");
        return Err(Refused::new(CloseReason::TargetReset, refusal));
    }
    Ok(established)
}

/// The same through this node only, and without a word to the target.
pub(crate) async fn establish_at(
    core: &Arc<Core>,
    caller: Caller,
    open: OperatorOpen,
    only: Option<NodeId>,
) -> Result<Established, Refused> {
    let (trace, told) = (Trace::begin(core.clock.now()), open.trace == Some(true));
    let outcome = sought(core, caller, open, (only, &trace)).await;
    if !told {
        return outcome;
    }
    let now = core.clock.now();
    match outcome {
        Ok(mut established) => {
            established.opened.trace = Some(trace.told(now));
            Ok(established)
        }
        Err(refused) => {
            let mut steps = trace.told(now);
            let end = trace.saw(TraceStep::Refused, now);
            steps.push(end.detail(refused.reason.as_str()));
            Err(Refused { trace: Some(steps), ..refused })
        }
    }
}

async fn sought(
    core: &Arc<Core>,
    caller: Caller,
    open: OperatorOpen,
    (only, trace): (Option<NodeId>, &Arc<Trace>),
) -> Result<Established, Refused> {
    let Destination { mut nodes, target, port, at_node, via } =
        destination(core, &caller, &open.to)
            .map_err(|refusal| Refused::new(CloseReason::Denied, refusal))?;
    nodes.retain(|node| only.is_none_or(|only| only == *node));
    let listens = at_node.and(target.address()).map(|at| Exposure::of(at.ip()));
    let millis = |ms: Option<u64>| ms.map(Duration::from_millis);
    let wait = millis(open.wait_ms).unwrap_or_default().min(WAIT_MOST);
    let wish = Wish {
        nodes,
        target,
        origin: Origin::Operator {
            id: caller.id,
            connection: caller.connection,
            source: caller.source,
            port: port.as_ref().map(|port| port.id),
            listens,
        },
        who: Who {
            operator: Some(caller.name),
            session: caller.actor.session.clone(),
            role: caller.roles.first().map(|role| role.as_str().into()),
            source_ip: Some(caller.source.to_string().into()),
            guest: None,
            node: None,
        },
        actor: caller.actor,
        kind: if at_node.is_some() { TunnelType::Reverse } else { open.kind },
        port: port.as_ref().map(|port| (port.id, port.name.clone())),
        port_limit: port.as_ref().and_then(|port| usize::try_from(port.max_tunnels?).ok()),
        link: None,
        compress: open.compress,
        pick: port.as_ref().map_or(Pick::First, |port| port.options.pick),
        note: open.note,
        limits: limits(core, port.as_deref(), millis(open.idle_ms), millis(open.max_ms)),
        at_node,
        via,
        trace: Arc::clone(trace),
    };
    allowed(core, &wish)?;
    tunnels::establish(core, &wish, wait).await
}

/// What the operator asked for; through a port its own limits too.
fn limits(
    core: &Core,
    port: Option<&PortRecord>,
    idle: Option<Duration>,
    max: Option<Duration>,
) -> Limits {
    let own = Limits { idle, max, stall: Some(STALL), ..Limits::default() };
    let published = port.and_then(|port| Some((core.ports.get(port.id)?, port)));
    let Some((published, port)) = published else { return own };
    let of_port = published.limits(port);
    let idle = own.idle.into_iter().chain(of_port.idle).min();
    Limits { idle, max, ..of_port }
}

/// A denied operator is told at once, not after a wait for the node.
fn allowed(core: &Core, wish: &Wish) -> Result<(), Refused> {
    let fleet = core.state.fleet();
    let open = tunnels::open_nodes(core, wish);
    let Some(node) = open.first().and_then(|id| fleet.node(*id)) else { return Ok(()) };
    Footing::find(&fleet, &wish.origin, Some(&node), &wish.target, Moment::Opening, core.wall())
        .map(|footing| wish.trace.allowed(&footing.ground, core.clock.now()))
        .map_err(|nothing| tunnels::denied(core, wish, &node, &nothing))
}

/// Where something leads.
struct Destination {
    nodes: Vec<NodeId>,
    target: Target,
    port: Option<Arc<PortRecord>>,
    at_node: Option<AtNode>,
    via: Vec<NodeId>,
}

impl Destination {
    fn new(nodes: Vec<NodeId>, target: Target) -> Self {
        Self { nodes, target, port: None, at_node: None, via: Vec::new() }
    }
}

/// Where that is, if he may open tunnels at all and sees it.
fn destination(core: &Core, caller: &Caller, to: &OpenTo) -> Result<Destination, Refusal> {
    let (fleet, now, who) = (core.state.fleet(), core.wall(), caller.id);
    let gone = || Refusal::new(RefusalCode::Auth, format!("{who} is no operator here"));
    let record = fleet.operator(who).ok_or_else(gone)?;
    if !permit::permits(&fleet, &record, Permission::TunnelsOpen, now) {
        return Err(permit::refused(&fleet, &record, Permission::TunnelsOpen));
    }
    let sight = Sight::of(&record, now);
    let at_node = |node: &SafeText, target: &Target| {
        let node = fleet.find_node(node.as_str(), &sight)?;
        let target = target.checked();
        let target = target.map_err(|e| Refusal::new(RefusalCode::Usage, e.to_string()))?;
        Ok(Destination::new(vec![node.id], target))
    };
    match to {
        OpenTo::Node { node, target } => at_node(node, target),
        OpenTo::Through { node, target, via } => {
            if via.is_empty() || via.len() > MAX_GATEWAYS {
                let message = format!("{} gateways: 1 to {MAX_GATEWAYS} can be named", via.len());
                return Err(Refusal::new(RefusalCode::Usage, message));
            }
            let gateway = |name: &SafeText| Ok(fleet.find_node(name.as_str(), &sight)?.id);
            let via = via.iter().map(gateway).collect::<Result<_, Refusal>>()?;
            Ok(Destination { via, ..at_node(node, target)? })
        }
        OpenTo::Port(name) => {
            let port = fleet.find_port(name.as_str(), &sight)?;
            if !port.enabled {
                let message = format!("port {name} is disabled");
                return Err(Refusal::new(RefusalCode::Denied, message)
                    .hint(format!("tunnelctl ports enable {name}")));
            }
            let (nodes, target) = (port.nodes.clone(), port.target.clone());
            Ok(Destination { port: Some(port), ..Destination::new(nodes, target) })
        }
        OpenTo::Listen { node, at } => {
            let node = fleet.find_node(node.as_str(), &sight)?;
            let at = listener(at)?;
            let missing = |wanted: &&Permission| !permit::permits(&fleet, &record, **wanted, now);
            if let Some(wanted) = Exposure::of(at.ip()).needs().iter().find(missing) {
                return Err(permit::refused(&fleet, &record, *wanted));
            }
            let at_node = Some(AtNode::Listen);
            Ok(Destination { at_node, ..Destination::new(vec![node.id], at.into()) })
        }
        OpenTo::Arrival { listener, number } => {
            let found = own_listener(core, caller, *listener);
            let through = found.as_ref().and_then(|found| found.node.as_ref());
            let (Some(found), Some(through)) = (&found, through) else {
                return Err(tunnels::no_listener(*listener).refusal);
            };
            let at_node = Some(AtNode::Take { listener: *listener, number: *number });
            let target = found.target.clone();
            Ok(Destination { at_node, ..Destination::new(vec![through.id], target) })
        }
        OpenTo::Share { .. } => Err(Refusal::new(RefusalCode::Usage, "a share leads to no node")),
    }
}

/// A listener that this very connection of the caller opened.
pub(super) fn own_listener(core: &Core, caller: &Caller, id: TunnelId) -> Option<Arc<Tunnel>> {
    let own = |tunnel: &Arc<Tunnel>| {
        let connection = tunnel.origin.connection();
        tunnel.origin.operator() == Some(caller.id)
            && connection.is_some()
            && connection == caller.connection
    };
    core.tunnels.get(id).filter(own).filter(|_| core.tunnels.listens(id))
}

/// What is listened on: one address, spelt in one way.
fn listener(at: &Target) -> Result<SocketAddr, Refusal> {
    let address = at.checked().ok().and_then(|at| at.address());
    address.ok_or_else(|| {
        let message = format!("{at}: a listener at a node is on an address and a port");
        Refusal::new(RefusalCode::Usage, message).hint("like 127.0.0.1:9000 or [::1]:9000")
    })
}
