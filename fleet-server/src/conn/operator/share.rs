//! Opening a share, and taking its visitors: who may, for how long, for whom.

use super::open::{Caller, own_listener};
use crate::admission::Moment;
use crate::core::{Core, random};
use crate::fleet::OperatorRecord;
use crate::ops::networks;
use crate::policy::permit;
use crate::ports::STALL;
use crate::shares::{Sharing, Visitor, claim};
use crate::tunnels::{
    self, Established, Far, Footing, Guard, Origin, Parts, Refused, Trace, Tunnel, no_listener,
    no_room,
};
use ipnet::IpNet;
use link::splice::Limits;
use std::sync::Arc;
use std::time::Duration;
use wire::audit::Entry;
use wire::limits::SHARE_LONGEST;
use wire::message::tunnel::{AtNode, OpenTo, Opened, OperatorOpen, TunnelType};
use wire::message::view::{Permission, Who};
use wire::{CloseReason, Refusal, RefusalCode, SafeText, Target, TunnelId, UnixMs};

/// A share as it is allowed.
struct Terms {
    admits: Vec<SafeText>,
    until: UnixMs,
    origin: Origin,
    again: Option<u16>,
}

/// Binds a public port that leads to the caller's side.
pub(super) async fn open(
    core: &Arc<Core>,
    caller: Caller,
    open: OperatorOpen,
) -> Result<Established, Refused> {
    let no = |refusal| Refused::new(CloseReason::Denied, refusal);
    if core.is_draining() {
        return Err(Refused::new(CloseReason::Drain, Core::draining_refusal()));
    }
    let terms = terms(core, &caller, &open.to).map_err(no)?;
    core.state.room().await.map_err(no)?;
    let (held, listeners) = claim(core, caller.id, terms.again, terms.until).map_err(no)?;
    let target = Target::new(&core.names.primary, held.number)
        .map_err(|e| no(Refusal::new(RefusalCode::Server, e.to_string())))?;
    let who = who(&caller, caller.source.to_string().into());
    let actor = caller.actor.clone();
    let guard = enter(core, &caller, (terms.origin, target), who, (AtNode::Listen, open.note))?;
    let tunnel = Arc::clone(guard.tunnel());
    begin(core, &tunnel);
    let started = started(&caller, &tunnel, &terms);
    let left = terms.until.since(core.wall());
    let opened = Opened {
        left_ms: Some(u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        ..answer(&tunnel, tunnel.target.to_string().into())
    };
    let admits: Vec<IpNet> = terms.admits.iter().filter_map(|n| n.as_str().parse().ok()).collect();
    let until = terms.until;
    let core = Arc::clone(core);
    let sharing = Sharing { core, tunnel, held, listeners, admits, until, actor, started };
    let far = Far::Share(Box::new(sharing));
    Ok(Established { guard, opened, far, limits: Limits::default() })
}

/// Gives the caller a visitor of his share.
pub(super) async fn take(
    core: &Arc<Core>,
    caller: Caller,
    (share, number): (&Tunnel, u64),
    open: &OperatorOpen,
) -> Result<Established, Refused> {
    own_listener(core, &caller, share.id).ok_or_else(|| no_listener(share.id))?;
    let (tcp, from) = core.shares.arrivals.take(share.id, number).ok_or_else(|| {
        let message = format!("visitor {number} of share {} waits no more", share.id);
        let refusal = Refusal::new(RefusalCode::NotFound, message);
        Refused::new(CloseReason::ClientClosed, refusal)
    })?;
    let visitor = Visitor::new(tcp);
    let room = core.state.room().await;
    room.map_err(|refusal| Refused::new(CloseReason::Internal, refusal))?;
    let who = who(&caller, from.ip().to_canonical().to_string().into());
    let at = AtNode::Take { listener: share.id, number };
    let place = (share.origin, share.target.clone());
    let guard = enter(core, &caller, place, who, (at, open.note.clone()))?;
    let tunnel = Arc::clone(guard.tunnel());
    if !core.tunnels.listens(share.id) {
        return Err(no_listener(share.id));
    }
    tunnel.came_from(Some(from.to_string().into()));
    begin(core, &tunnel);
    let opened = answer(&tunnel, from.to_string().into());
    let millis = |ms: Option<u64>| ms.map(Duration::from_millis);
    let (idle, max) = (millis(open.idle_ms), millis(open.max_ms));
    let limits = Limits { idle, max, stall: Some(STALL), ..Limits::default() };
    Ok(Established { guard, opened, far: Far::Visitor(visitor), limits })
}

/// What the operator asked for, if he may have it.
fn terms(core: &Core, caller: &Caller, to: &OpenTo) -> Result<Terms, Refusal> {
    let OpenTo::Share { from, anyone_really, for_ms, again } = to else {
        return Err(usage("no share"));
    };
    let (fleet, now, id) = (core.state.fleet(), core.wall(), caller.id);
    let gone = || Refusal::new(RefusalCode::Auth, format!("{id} is no operator here"));
    let record = fleet.operator(id).ok_or_else(gone)?;
    if !permit::permits(&fleet, &record, Permission::SharesCreate, now) {
        return Err(permit::refused(&fleet, &record, Permission::SharesCreate));
    }
    let connection =
        caller.connection.ok_or_else(|| usage("a share is opened by a lane of a connection"))?;
    let admits = networks(from, *anyone_really)?;
    if admits.is_empty() {
        return Err(usage("a share admits somebody").hint("--from 203.0.113.7/32"));
    }
    let lasts = Duration::from_millis(*for_ms);
    if lasts.is_zero() {
        return Err(usage("it would be over at once").hint("--for 1h"));
    }
    let longest = SHARE_LONGEST.min(permit::max_session(&fleet, &record, now));
    if lasts > longest {
        return Err(too_long(&record, longest));
    }
    let until = now.after(lasts);
    Ok(Terms { admits, until, origin: Origin::Share { id, connection, until }, again: *again })
}

fn too_long(who: &OperatorRecord, longest: Duration) -> Refusal {
    let longest = humantime::format_duration(longest);
    let message = format!("a share of {} lasts {longest} at most", who.name);
    Refusal::new(RefusalCode::Denied, message).hint(format!("--for {longest}"))
}

fn usage(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Usage, message)
}

fn who(caller: &Caller, source: SafeText) -> Who {
    Who {
        operator: Some(caller.name.clone()),
        session: caller.actor.session.clone(),
        role: caller.roles.first().map(|role| role.as_str().into()),
        source_ip: Some(source),
        guest: None,
        node: None,
    }
}

/// Takes the slot, then asks policy: what comes in between finds the tunnel in the table (I2).
fn enter(
    core: &Arc<Core>,
    caller: &Caller,
    (origin, target): (Origin, Target),
    who: Who,
    (at, note): (AtNode, Option<SafeText>),
) -> Result<Guard, Refused> {
    let parts = Parts {
        id: TunnelId::from_random(random()),
        node: None,
        generation: None,
        target,
        origin,
        who,
        actor: caller.actor.clone(),
        kind: TunnelType::Share,
        port: None,
        port_limit: None,
        link: None,
        note,
        at_node: Some(at),
        trace: Trace::begin(core.clock.now()),
    };
    let tunnel = Tunnel::new(parts, core.wall(), core.clock.now());
    let guard = core.tunnels.reserve(core, tunnel).map_err(|full| no_room(&full))?;
    stand(core, guard.tunnel())?;
    Ok(guard)
}

/// Gives it its footing. Who looks through the table passes by tunnels that have none yet, so that
/// what was published meanwhile is looked at once more (I2).
fn stand(core: &Core, tunnel: &Tunnel) -> Result<(), Refused> {
    loop {
        let fleet = core.state.fleet();
        let (origin, target) = (&tunnel.origin, &tunnel.target);
        let found = Footing::find(&fleet, origin, None, target, Moment::Opening, core.wall());
        match found {
            Ok(footing) => tunnel.stand_on(footing),
            Err(nothing) if nothing.lock.is_some() => {
                let refusal = Refusal::new(RefusalCode::Denied, "shares are locked")
                    .hint("tunnelctl locks list");
                return Err(Refused::new(CloseReason::Locked, refusal));
            }
            Err(_) => {
                let refusal = Refusal::new(RefusalCode::Denied, "the right to this share ended");
                return Err(Refused::new(CloseReason::Denied, refusal));
            }
        }
        if core.state.fleet().revision() == fleet.revision() {
            return Ok(());
        }
    }
}

/// It is recorded and shown from here on.
fn begin(core: &Core, tunnel: &Tunnel) {
    core.tunnels.audit_open(core, tunnel);
    let now = core.clock.now();
    let took = now.saturating_duration_since(tunnel.begun);
    tunnel.connected(took, None, now);
    core.metrics.tunnel_opened(tunnel.kind, took);
    core.feed.tunnel(tunnel.id);
}

fn answer(tunnel: &Tunnel, address: SafeText) -> Opened {
    Opened {
        tunnel: tunnel.id,
        node: None,
        node_name: None,
        rule: None,
        address: Some(address),
        connect_ms: 0,
        compress: None,
        resolve_us: None,
        dial_us: None,
        trace: None,
        left_ms: None,
    }
}

fn started(caller: &Caller, tunnel: &Tunnel, terms: &Terms) -> Entry {
    let from: Vec<&str> = terms.admits.iter().map(SafeText::as_str).collect();
    let entry = Entry::new("share.start", caller.actor.clone(), tunnels::share(tunnel.id))
        .with("address", tunnel.target.to_string())
        .with("from", from.join(","))
        .with("until", terms.until.to_string())
        .with("again", terms.again.is_some());
    match &tunnel.note {
        Some(note) => entry.with("note", note.as_str()),
        None => entry,
    }
}
