//! From a wish to a tunnel: registry → slot → policy → audit → lane → agent → answer. The same path
//! for operators and visitors. No stream towards the agent opens before policy said yes.

use super::cut::AGENT_SLACK;
use super::footing::{Footing, Nothing};
use super::refused::{
    Refused, locked, no_listener, no_room, offline, opens_none, other_way, visitor_kind,
};
use super::trace::Asked;
use super::{Course, Guard, Origin, Parts, Trace, Tunnel, route};
use crate::admission::Moment;
use crate::core::{Core, lock, millis, random};
use crate::fleet::{Fleet, NodeRecord};
use crate::noise;
use crate::registry::Session;
use crate::shares::{self, Sharing};
use futures::FutureExt;
use futures::future::Either;
use link::lane::{LaneError, LaneStream};
use link::splice::{End, Limits, splice, splice_across, splice_back};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::audit::{Actor, AuditResult, Entry, Object};
use wire::limits::{DIAL_DEADLINE, OPEN_DEADLINE};
use wire::message::tunnel::{AgentOpen, Answer, AtNode, Compress, Opened, TunnelType};
use wire::message::view::{NodeRef, Pick, Who};
use wire::{CloseReason, Name, NodeId, PortId, Refusal, RefusalCode, SafeText, Target, TunnelId};

/// Between two attempts to open through a node whose lanes die.
const RETRY_PAUSE: Duration = Duration::from_millis(50);

/// What somebody wants opened.
pub(crate) struct Wish {
    /// Nodes in failover order.
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) target: Target,
    pub(crate) origin: Origin,
    pub(crate) who: Who,
    pub(crate) actor: Actor,
    pub(crate) kind: TunnelType,
    pub(crate) port: Option<(PortId, Name)>,
    pub(crate) port_limit: Option<usize>,
    /// What the link is called, if it is for one.
    pub(crate) link: Option<Name>,
    /// Which of the nodes, if it is for a port.
    pub(crate) pick: Pick,
    pub(crate) note: Option<SafeText>,
    pub(crate) limits: Limits,
    /// Packing that the side towards the client agreed to, or asked for.
    pub(crate) compress: Option<Compress>,
    /// What to do at the node in place of dialling.
    pub(crate) at_node: Option<AtNode>,
    /// The gateways it has to go through, the one next to the server first; none: whatever way.
    pub(crate) via: Vec<NodeId>,
    /// What happens to it.
    pub(crate) trace: Arc<Trace>,
}

/// A tunnel whose target answered; no payload has moved yet.
pub(crate) struct Established {
    pub(crate) guard: Guard,
    pub(crate) opened: Opened,
    pub(crate) far: Far,
    pub(crate) limits: Limits,
}

/// What is joined with the client's end.
pub(crate) enum Far {
    /// A stream to the node.
    Node(LaneStream),
    /// The socket of somebody who came in by a share.
    Visitor(shares::Visitor),
    /// A share itself.
    Share(Box<Sharing>),
}

/// Opens a tunnel, waiting up to `wait` for one of its nodes. An open that got no answer because
/// its lane died waits again, one whose target does not answer goes to the next node: no payload
/// has moved.
pub(crate) async fn establish(
    core: &Arc<Core>,
    wish: &Wish,
    wait: Duration,
) -> Result<Established, Refused> {
    let deadline = core.clock.now() + wait;
    let (mut tried, mut failed) = (Vec::new(), None::<Refused>);
    loop {
        if core.is_draining() {
            return Err(Refused::new(CloseReason::Drain, Core::draining_refusal()));
        }
        let nodes = route::open(core, wish);
        let session = match (route::next(core, wish, &nodes, &tried), failed.take()) {
            (Some(session), before) => {
                if let (Some(refused), Some(node)) = (before, tried.last()) {
                    another(core, wish, *node, refused.reason);
                }
                session
            }
            // Every node that is there was tried.
            (None, Some(refused)) => return Err(refused),
            (None, None) => {
                let since = core.clock.now();
                let came = wait_for_node(core, wish, deadline).await;
                wish.trace.waited(since, core.clock.now(), &came);
                came?
            }
        };
        match attempt(core, wish, &session).await {
            Ok(Some(established)) => return Ok(established),
            Ok(None) => {}
            Err(refused) if route::is_worth_another(refused.reason) => {
                tried.push(session.node);
                failed = Some(refused);
                continue;
            }
            Err(refused) => return Err(refused),
        }
        if core.clock.now() >= deadline {
            return Err(offline(core, &core.state.fleet(), wish));
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

/// The target did not answer that node; this one is not the last.
fn another(core: &Core, wish: &Wish, node: NodeId, reason: CloseReason) {
    if let Some(node) = core.state.fleet().node(node) {
        wish.trace.again(&node.name, reason, core.clock.now());
    }
}

impl Established {
    /// Ends it without having moved a byte.
    pub(crate) fn let_go(self, now: Instant) {
        self.guard.finish(CloseReason::ClientClosed, now);
    }

    /// Sends bytes of ours to the target, ahead of everything else. They count.
    pub(crate) async fn preface(&mut self, bytes: &[u8]) -> Result<(), LaneError> {
        let Far::Node(stream) = &mut self.far else { return Err(LaneError::Closed) };
        self.guard.tunnel().meter.add_up(bytes.len());
        stream.send_payload(bytes).await
    }
}

/// Moves the bytes of an established tunnel until it ends.
pub(crate) fn run(established: Established, client: End) -> impl Future<Output = ()> + Send {
    let Established { guard, far, limits, .. } = established;
    let (meter, cut) = (Arc::clone(&guard.tunnel().meter), guard.tunnel().cut.clone());
    let course = guard.tunnel().course();
    let moving = match (far, course) {
        (Far::Node(stream), Course::ToNode) => {
            Either::Left(splice(client, End::Lane(stream), meter, limits, cut))
        }
        // What came in at the node or at the server is the client here.
        (Far::Node(stream), Course::FromNode) => {
            let back = splice_back(End::Lane(stream), client, meter, limits, cut);
            Either::Right(Either::Left(back))
        }
        (Far::Visitor(visitor), _) => {
            let back = splice_back(visitor.end(), client, meter, limits, cut);
            Either::Right(Either::Left(back))
        }
        (Far::Node(stream), Course::Across) => {
            let across = splice_across(client, End::Lane(stream), meter, limits, cut);
            Either::Right(Either::Right(Either::Left(across)))
        }
        (Far::Share(sharing), _) => {
            let sharing = sharing.serve(client, meter, cut).boxed();
            Either::Right(Either::Right(Either::Right(sharing)))
        }
    };
    async move {
        let ended = moving.await;
        guard.finish(ended.reason, ended.last_byte);
    }
}

async fn wait_for_node(
    core: &Core,
    wish: &Wish,
    deadline: Instant,
) -> Result<Arc<Session>, Refused> {
    let until = tokio::time::Instant::from_std(deadline);
    let draining = || Err(Refused::new(CloseReason::Drain, Core::draining_refusal()));
    let mut changes = core.state.revisions();
    loop {
        changes.mark_unchanged();
        let nodes = route::open(core, wish);
        tokio::select! {
            biased;
            () = core.accepting.cancelled() => return draining(),
            found = tokio::time::timeout_at(until, core.registry.wait(&nodes)) => {
                return found.map_err(|_| offline(core, &core.state.fleet(), wish));
            }
            // A lock or a rule that ends may open the way by a node that is there already.
            changed = changes.changed(), if wish.nodes.len() > 1 => {
                if changed.is_err() {
                    return draining();
                }
            }
        }
    }
}

/// One try through one session; `None` if its lane died before the answer.
async fn attempt(
    core: &Arc<Core>,
    wish: &Wish,
    session: &Arc<Session>,
) -> Result<Option<Established>, Refused> {
    if wish.at_node.is_some() && lock(&session.facts).reverse.is_none() {
        return Err(opens_none(wish));
    }
    if !wish.via.is_empty() && core.gateways(session) != wish.via {
        return Err(other_way(core, wish, session.node));
    }
    let room = core.state.room().await;
    room.map_err(|refusal| Refused::new(CloseReason::Internal, refusal))?;
    let Some((guard, max)) = admit(core, wish, session)? else { return Ok(None) };
    let tunnel = Arc::clone(guard.tunnel());
    core.tunnels.audit_open(core, &tunnel);
    session.want_lane(core.clock.now());
    let request = AgentOpen {
        tunnel: tunnel.id,
        target: tunnel.target.clone(),
        kind: tunnel.kind,
        dial_ms: millis(DIAL_DEADLINE),
        max_ms: max.map(millis),
        compress: wish.compress,
        at_node: wish.at_node,
    };
    let answer = tokio::select! {
        biased;
        reason = tunnel.cut.cut() => {
            guard.finish(reason, tunnel.begun);
            return cut_while_opening(reason, &tunnel, core.clock.now());
        }
        answer = tokio::time::timeout(OPEN_DEADLINE, ask(core, session, &request, Some(&tunnel))) => answer,
    };
    let (stream, answer, asked) = match answer {
        Ok(Ok(answered)) => answered,
        Ok(Err(error)) => return unanswered(guard, &error, core.clock.now()),
        Err(_) => return Err(too_late(guard)),
    };
    let now = asked.answered;
    match answer {
        Answer::Opened(opened) => {
            wish.trace.opened(&asked, &opened, wish.at_node);
            let opened = connected(core, wish, session, &tunnel, (opened, now));
            let compress = opened.compress;
            let limits = Limits { compress, ..wish.limits.clone() };
            Ok(Some(Established { guard, opened, far: Far::Node(stream), limits }))
        }
        Answer::Refused { reason, refusal, after_us, trace: _ } => {
            wish.trace.refused(&asked, reason, after_us);
            guard.finish(reason, tunnel.begun);
            Err(Refused::new(reason, refusal))
        }
    }
}

/// The target answered: what the agent says of it is kept, and completed for who asked.
fn connected(
    core: &Core,
    wish: &Wish,
    session: &Session,
    tunnel: &Tunnel,
    (opened, now): (Opened, Instant),
) -> Opened {
    let whole = now.saturating_duration_since(tunnel.begun);
    let path = whole.saturating_sub(Duration::from_millis(opened.connect_ms));
    let path = u64::try_from(path.as_micros()).unwrap_or(u64::MAX);
    lock(&session.facts).data_path = Some((path, core.wall()));
    // Who was not asked does not pack, whatever it says.
    let compress = opened.compress.filter(|_| wish.compress.is_some());
    tunnel.connected(Duration::from_millis(opened.connect_ms), compress, now);
    if tunnel.course() == Course::FromNode {
        tunnel.came_from(opened.address.clone());
    }
    core.metrics.tunnel_opened(tunnel.kind, now.saturating_duration_since(tunnel.begun));
    core.feed.tunnel(tunnel.id);
    Opened {
        tunnel: tunnel.id,
        node: tunnel.node.as_ref().map(|node| node.id),
        node_name: tunnel.node.as_ref().map(|node| node.name.clone()),
        rule: tunnel.rule(),
        compress,
        trace: None,
        ..opened
    }
}

/// No payload goes before the answer: an open that got none is tried again, and the target must not
/// see anything twice.
pub(super) async fn ask(
    core: &Core,
    session: &Session,
    request: &AgentOpen,
    told: Option<&Tunnel>,
) -> Result<(LaneStream, Answer, Asked), LaneError> {
    let since = core.clock.now();
    let mut stream = session.lanes.open().await?;
    let sent = core.clock.now();
    if let Some((tunnel, node)) = told.and_then(|tunnel| Some((tunnel, tunnel.node.as_ref()?))) {
        tunnel.trace.lane(&node.name, stream.lane(), since, sent);
    }
    stream.send(request).await?;
    let answer = stream.receive().await?;
    Ok((stream, answer, Asked { sent, answered: core.clock.now() }))
}

/// Nothing came of the node it was tried through.
fn again(tunnel: &Tunnel, reason: CloseReason, now: Instant) {
    if let Some(node) = &tunnel.node {
        tunnel.trace.again(&node.name, reason, now);
    }
}

fn cut_while_opening(
    reason: CloseReason,
    tunnel: &Tunnel,
    now: Instant,
) -> Result<Option<Established>, Refused> {
    match reason {
        CloseReason::NodeLost | CloseReason::Superseded => {
            again(tunnel, reason, now);
            Ok(None)
        }
        reason => {
            let message = format!("tunnel {} was closed while it opened: {reason}", tunnel.id);
            Err(Refused::new(reason, Refusal::new(RefusalCode::Failed, message)))
        }
    }
}

fn unanswered(
    guard: Guard,
    error: &LaneError,
    now: Instant,
) -> Result<Option<Established>, Refused> {
    let tunnel = Arc::clone(guard.tunnel());
    let (reason, code) = match error {
        LaneError::Closed | LaneError::Io(_) => {
            guard.finish(CloseReason::NodeLost, tunnel.begun);
            again(&tunnel, CloseReason::NodeLost, now);
            return Ok(None);
        }
        LaneError::Full => (CloseReason::Limit, RefusalCode::Failed),
        LaneError::Decode(_) => (CloseReason::Internal, RefusalCode::Failed),
    };
    guard.finish(reason, tunnel.begun);
    let message = format!("node {} → {}: {error}", tunnel.through(), tunnel.target);
    Err(Refused::new(reason, Refusal::new(code, message)))
}

fn too_late(guard: Guard) -> Refused {
    let tunnel = Arc::clone(guard.tunnel());
    guard.finish(CloseReason::DialTimeout, tunnel.begun);
    let (node, target) = (tunnel.through(), &tunnel.target);
    let message = format!("node {node} → {target}: no answer within {OPEN_DEADLINE:?}");
    Refused::new(CloseReason::DialTimeout, Refusal::new(RefusalCode::Timeout, message))
}

/// Takes the slot, then asks policy: a revocation or rule change that comes in between finds the
/// tunnel in the table, one that came before is seen in the snapshot (I2).
fn admit(
    core: &Arc<Core>,
    wish: &Wish,
    session: &Session,
) -> Result<Option<(Guard, Option<Duration>)>, Refused> {
    let unknown = || {
        let refusal = Refusal::new(RefusalCode::NotFound, format!("no node {}", session.node));
        Refused::new(CloseReason::Denied, refusal)
    };
    let name = core.state.fleet().node(session.node).ok_or_else(unknown)?.name.clone();
    let tunnel = Tunnel::new(parts(wish, session, name), core.wall(), core.clock.now());
    let guard = core.tunnels.reserve(core, tunnel).map_err(|full| no_room(&full))?;
    if let Some(listener) = guard.tunnel().listener()
        && !core.tunnels.listens(listener)
    {
        return Err(no_listener(listener));
    }
    let fleet = core.state.fleet();
    let node = fleet.node(session.node).ok_or_else(unknown)?;
    let current = core.registry.session(session.node).map(|live| live.generation);
    if current != Some(session.generation) {
        return Ok(None);
    }
    let footing = stand(core, wish, &fleet, &node, &guard)?;
    if let Some(rule) = footing.ground.rule {
        core.tunnels.hit(rule);
    }
    let left = footing.ends.map(|ends| ends.since(core.wall()) + AGENT_SLACK);
    Ok(Some((guard, [wish.limits.max, left].into_iter().flatten().min())))
}

/// Gives the tunnel its footing. Who looks through the table passes by tunnels that have none yet,
/// so that what was published meanwhile is looked at once more (I2).
fn stand(
    core: &Core,
    wish: &Wish,
    fleet: &Fleet,
    node: &NodeRecord,
    guard: &Guard,
) -> Result<Footing, Refused> {
    let find = |fleet: &Fleet, node: &NodeRecord| {
        Footing::find(fleet, &wish.origin, Some(node), &wish.target, Moment::Opening, core.wall())
            .map_err(|nothing| denied(core, wish, node, &nothing))
    };
    let footing = find(fleet, node)?;
    guard.tunnel().stand_on(footing.clone());
    wish.trace.allowed(&footing.ground, core.clock.now());
    let newer = core.state.fleet();
    if newer.revision() == fleet.revision() {
        return Ok(footing);
    }
    let footing = find(&newer, &newer.node(node.id).unwrap_or_else(|| Arc::new(node.clone())))?;
    guard.tunnel().stand_on(footing.clone());
    Ok(footing)
}

fn parts(wish: &Wish, session: &Session, name: Name) -> Parts {
    Parts {
        id: TunnelId::from_random(random()),
        node: Some(NodeRef { id: session.node, name }),
        generation: Some(session.generation),
        target: wish.target.clone(),
        origin: wish.origin,
        who: wish.who.clone(),
        actor: wish.actor.clone(),
        kind: wish.kind,
        port: wish.port.clone(),
        port_limit: wish.port_limit,
        link: wish.link.clone(),
        note: wish.note.clone(),
        at_node: wish.at_node,
        trace: Arc::clone(&wish.trace),
    }
}

/// Counts, records and words a denial.
pub(crate) fn denied(core: &Core, wish: &Wish, node: &NodeRecord, why: &Nothing) -> Refused {
    let (rule, lock) = (why.rule, why.lock.as_deref());
    wish.trace.denied(rule, lock.map(|lock| lock.id), core.clock.now());
    if let Some(rule) = rule {
        core.tunnels.hit(rule);
    }
    let entry = || {
        let object = Object {
            kind: "node".into(),
            id: Some(node.id.to_string().into()),
            name: Some(node.name.as_str().into()),
        };
        let entry = Entry::new("tunnel.denied", wish.actor.clone(), object)
            .result(AuditResult::Denied)
            .with("target", wish.target.to_string())
            .with("rule", rule.map_or_else(|| "default".to_owned(), |rule| rule.to_string()));
        let entry = match lock {
            Some(lock) => entry.with("lock", lock.id.to_string()),
            None => entry,
        };
        match (&wish.port, &wish.link) {
            (Some((_, name)), _) => entry.with("port", name.as_str()),
            (None, Some(link)) => entry.with("link", link.as_str()),
            (None, None) => entry,
        }
    };
    match wish.origin {
        Origin::Operator { .. } | Origin::Link { .. } | Origin::Share { .. } => {
            core.state.record(entry());
        }
        Origin::Visitor { port, source } => {
            noise::refused(core, visitor_kind(port, source), entry);
        }
    }
    if let Some(lock) = lock {
        return locked(wish, node, lock);
    }
    let by = rule.map_or_else(|| "the default deny".to_owned(), |rule| format!("rule {rule}"));
    let what = match wish.at_node {
        Some(AtNode::Listen) => format!("a listener at {} on {}", node.name, wish.target),
        Some(AtNode::Take { .. }) | None => format!("{} → {}", node.name, wish.target),
    };
    let refusal = Refusal::new(RefusalCode::Denied, format!("{what} is denied by {by}"))
        .hint("tunnelctl rules list   shows what is allowed");
    let refusal = match rule {
        Some(rule) => refusal.rule(rule),
        None => refusal,
    };
    Refused::new(CloseReason::Denied, refusal)
}
