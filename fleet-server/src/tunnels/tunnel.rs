//! The record of one tunnel and the guard that ends it exactly once, on every way out.

mod steps;

use super::footing::Footing;
use super::{Origin, Trace};
use crate::core::{Core, lock, millis};
use link::meter::Meter;
use link::splice::Cut;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use wire::audit::{Actor, AuditResult, Entry, Object};
use wire::message::tunnel::{AtNode, Compress, TunnelType};
use wire::message::view::{Closed, Compression, NodeRef, TunnelState, TunnelView, Who};
use wire::{
    CloseReason, Generation, LinkId, Name, NodeId, PortId, RuleId, SafeText, Target, TunnelId,
    UnixMs,
};

/// Without payload for this long a tunnel is shown as idle.
const IDLE_AFTER: Duration = Duration::from_secs(5);

/// One tunnel, live or just closed.
pub(crate) struct Tunnel {
    pub(crate) id: TunnelId,
    /// Where it goes through; none for a share, which is at the server itself.
    pub(crate) node: Option<NodeRef>,
    /// The node's connection that carries it.
    pub(crate) generation: Option<Generation>,
    pub(crate) target: Target,
    pub(crate) origin: Origin,
    who: Who,
    actor: Actor,
    pub(crate) kind: TunnelType,
    pub(crate) port: Option<(PortId, Name)>,
    pub(crate) port_limit: Option<usize>,
    /// What the link is called, if it is for one.
    pub(crate) link: Option<Name>,
    pub(crate) note: Option<SafeText>,
    /// What it does at the node in place of dialling, or at the server if it is a share.
    pub(crate) at_node: Option<AtNode>,
    pub(crate) opened_at: UnixMs,
    pub(crate) begun: Instant,
    pub(crate) trace: Arc<Trace>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) cut: Cut,
    /// Cancelled when the tunnel has ended and no byte of it moves any more.
    pub(crate) ended: CancellationToken,
    cut_by: OnceLock<SafeText>,
    live: Mutex<Live>,
}

struct Live {
    admitted: bool,
    footing: Option<Footing>,
    connect: Option<Duration>,
    /// Who connected at the node, for what came in there.
    from: Option<SafeText>,
    /// How its chunks are packed, if they may be.
    packs: Option<Compress>,
    counted: (u64, u64),
    counted_wire: (u64, u64),
    rate: (u64, u64),
    moved_at: Instant,
    shown_idle: bool,
    closed: Option<(Closed, Instant)>,
    /// When that was recorded.
    ended: Option<Instant>,
    reported: Option<(u64, u64)>,
}

/// Which way a tunnel leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// From an operator or visitor to the node.
    ToNode,
    /// From the node to an operator.
    FromNode,
    /// From another node to the node.
    Across,
}

/// What a tunnel is made of.
pub(crate) struct Parts {
    pub(crate) id: TunnelId,
    pub(crate) node: Option<NodeRef>,
    pub(crate) generation: Option<Generation>,
    pub(crate) target: Target,
    pub(crate) origin: Origin,
    pub(crate) who: Who,
    pub(crate) actor: Actor,
    pub(crate) kind: TunnelType,
    pub(crate) port: Option<(PortId, Name)>,
    pub(crate) port_limit: Option<usize>,
    /// What the link is called, if it is for one.
    pub(crate) link: Option<Name>,
    pub(crate) note: Option<SafeText>,
    pub(crate) at_node: Option<AtNode>,
    pub(crate) trace: Arc<Trace>,
}

impl Tunnel {
    pub(crate) fn new(parts: Parts, wall: UnixMs, now: Instant) -> Self {
        Self {
            id: parts.id,
            node: parts.node,
            generation: parts.generation,
            target: parts.target,
            origin: parts.origin,
            who: parts.who,
            actor: parts.actor,
            kind: parts.kind,
            port: parts.port,
            port_limit: parts.port_limit,
            link: parts.link,
            note: parts.note,
            at_node: parts.at_node,
            opened_at: wall,
            begun: now,
            trace: parts.trace,
            meter: Arc::new(Meter::default()),
            cut: Cut::new(),
            ended: CancellationToken::new(),
            cut_by: OnceLock::new(),
            live: Mutex::new(Live {
                admitted: false,
                footing: None,
                connect: None,
                from: None,
                packs: None,
                counted: (0, 0),
                counted_wire: (0, 0),
                rate: (0, 0),
                moved_at: now,
                shown_idle: false,
                closed: None,
                ended: None,
                reported: None,
            }),
        }
    }

    /// Ends the tunnel from outside; the first reason wins.
    pub(crate) fn cut(&self, reason: CloseReason, by: &SafeText) {
        if self.cut.reason().is_none() {
            let _ = self.cut_by.set(by.clone());
        }
        self.cut.now(reason);
    }

    /// The node's name, or the server's word for itself.
    pub(crate) fn through(&self) -> &str {
        self.node.as_ref().map_or("server", |node| node.name.as_str())
    }

    /// Whether it is a listener.
    pub(crate) fn is_listener(&self) -> bool {
        self.at_node == Some(AtNode::Listen)
    }

    /// The listener that its connection came in by, at this node or at the other end of a link.
    pub(crate) fn listener(&self) -> Option<TunnelId> {
        match (self.at_node, self.origin) {
            (Some(AtNode::Take { listener, .. }), _) => Some(listener),
            (None, Origin::Link { listener, .. }) => listener,
            _ => None,
        }
    }

    /// Which way it leads: to its node, from it, or from another node to it.
    pub(crate) fn course(&self) -> Course {
        match (self.at_node, self.origin) {
            (Some(AtNode::Take { .. }), _) => Course::FromNode,
            (None, Origin::Link { .. }) => Course::Across,
            _ => Course::ToNode,
        }
    }

    /// The nodes it leads through.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        let node = self.node.as_ref().map(|node| node.id);
        let other = match self.origin {
            Origin::Link { at, .. } => Some(at).filter(|at| Some(*at) != node),
            Origin::Operator { .. } | Origin::Visitor { .. } | Origin::Share { .. } => None,
        };
        node.into_iter().chain(other)
    }

    /// The link it is for.
    pub(crate) const fn link_id(&self) -> Option<LinkId> {
        match self.origin {
            Origin::Link { link, .. } => Some(link),
            Origin::Operator { .. } | Origin::Visitor { .. } | Origin::Share { .. } => None,
        }
    }

    /// The rule that allows it.
    pub(crate) fn rule(&self) -> Option<RuleId> {
        lock(&self.live).footing.as_ref().and_then(|footing| footing.ground.rule)
    }

    /// What it stands on, once that was decided.
    pub(crate) fn footing(&self) -> Option<Footing> {
        lock(&self.live).footing.clone()
    }

    pub(crate) fn stand_on(&self, footing: Footing) {
        lock(&self.live).footing = Some(footing);
    }

    /// Who it is for, as far as that is known.
    pub(crate) fn who(&self) -> Who {
        let live = lock(&self.live);
        let credit = live.footing.as_ref().and_then(|footing| footing.credit.as_ref());
        credit.map_or_else(|| self.who.clone(), |credit| credit.who(&self.who))
    }

    /// Who it is recorded for.
    fn actor(&self) -> Actor {
        let live = lock(&self.live);
        let credit = live.footing.as_ref().and_then(|footing| footing.credit.as_ref());
        credit.map_or_else(|| self.actor.clone(), |credit| credit.actor(&self.actor))
    }

    /// The target answered; both ends pack, or neither.
    pub(crate) fn connected(&self, connect: Duration, packs: Option<Compress>, now: Instant) {
        let mut live = lock(&self.live);
        (live.connect, live.packs) = (Some(connect), packs);
        live.moved_at = now;
    }

    /// This is who connected at the node.
    pub(crate) fn came_from(&self, address: Option<SafeText>) {
        lock(&self.live).from = address.filter(|_| self.listener().is_some());
    }

    /// When the last payload byte moved, once the tunnel has ended.
    pub(crate) fn last_byte(&self) -> Option<Instant> {
        lock(&self.live).closed.as_ref().map(|(_, at)| *at)
    }

    /// Bytes since the last call.
    pub(super) fn take_moved(&self, now: Instant) -> (u64, u64) {
        let mut live = lock(&self.live);
        let total = (self.meter.up(), self.meter.down());
        let moved = (total.0 - live.counted.0, total.1 - live.counted.1);
        live.counted = total;
        if moved != (0, 0) {
            live.moved_at = now;
        }
        moved
    }

    /// Bytes on the wire since the last call, if it is packed.
    pub(super) fn take_wired(&self) -> Option<(Compress, (u64, u64))> {
        let mut live = lock(&self.live);
        let (packs, total) = (live.packs?, self.meter.wire());
        let wired = (total.0 - live.counted_wire.0, total.1 - live.counted_wire.1);
        live.counted_wire = total;
        Some((packs, wired))
    }

    /// Ends a second; whether the tunnel is to be shown anew.
    pub(super) fn tick(&self, moved: (u64, u64), now: Instant) -> bool {
        let mut live = lock(&self.live);
        let idle = now.saturating_duration_since(live.moved_at) >= IDLE_AFTER;
        let changed = live.rate != moved || moved != (0, 0) || live.shown_idle != idle;
        live.rate = moved;
        live.shown_idle = idle;
        changed
    }

    /// Takes the agent's totals in; `false` if the tunnel has ended here and they differ.
    pub(super) fn reported(&self, theirs: (u64, u64)) -> bool {
        let mut live = lock(&self.live);
        live.reported = Some(theirs);
        agrees(&live)
    }

    /// Marks it closed; `false` if the agent's totals are there and differ.
    pub(super) fn close(&self, closed: Closed, last_byte: Instant, now: Instant) -> bool {
        let mut live = lock(&self.live);
        live.closed.get_or_insert((closed, last_byte));
        live.ended.get_or_insert(now);
        live.rate = (0, 0);
        agrees(&live)
    }

    /// Who ended it, in the contract's words.
    pub(super) fn closed_by(&self, reason: CloseReason) -> SafeText {
        use CloseReason as R;
        if let Some(by) = self.cut_by.get().filter(|_| self.cut.reason() == Some(reason)) {
            return by.clone();
        }
        match reason {
            R::ClientClosed | R::ClientReset | R::OperatorLost => "client",
            R::TargetClosed
            | R::TargetReset
            | R::DialRefused
            | R::DialTimeout
            | R::DialUnreachable => "target",
            R::Unresolvable | R::TargetNotAllowed | R::NodeLost | R::Superseded => "node",
            _ => "server",
        }
        .into()
    }

    /// Why it ends if nobody says so: whoever it was for went away while it opened, or a fault.
    fn dropped(&self) -> CloseReason {
        match (self.cut.reason(), self.origin) {
            (Some(reason), _) => reason,
            (None, _) if std::thread::panicking() => CloseReason::Internal,
            (None, origin) if origin.connection().is_some() => CloseReason::OperatorLost,
            (None, _) => CloseReason::ClientReset,
        }
    }

    /// The record of its opening.
    pub(super) fn admitted(&self) -> Entry {
        lock(&self.live).admitted = true;
        self.entry("tunnel.open")
    }

    /// Whether its opening was recorded; if not, policy or the registry said no.
    pub(super) fn is_admitted(&self) -> bool {
        lock(&self.live).admitted
    }

    /// The record of its end.
    pub(super) fn close_entry(&self, reason: CloseReason, now: Instant) -> Entry {
        let result = if lock(&self.live).connect.is_some() || self.cut.reason().is_some() {
            AuditResult::Ok
        } else {
            AuditResult::Failed
        };
        self.entry("tunnel.close")
            .result(result)
            .with("reason", reason.as_str())
            .with("by", self.closed_by(reason).as_str())
            .with("up_bytes", self.meter.up())
            .with("down_bytes", self.meter.down())
            .with("duration_ms", millis(now.saturating_duration_since(self.begun)))
    }

    /// The node, or the share.
    fn object(&self) -> Object {
        match &self.node {
            Some(node) => Object {
                kind: "node".into(),
                id: Some(node.id.to_string().into()),
                name: Some(node.name.as_str().into()),
            },
            None => share(self.listener().unwrap_or(self.id)),
        }
    }

    fn entry(&self, action: &str) -> Entry {
        let mut entry = Entry::new(action, self.actor(), self.object())
            .with("tunnel", self.id.to_string())
            .with("target", self.target.to_string())
            .with("type", self.kind.as_str());
        if let Some(rule) = self.rule() {
            entry = entry.with("rule", rule.to_string());
        }
        let guest = self.footing().and_then(|footing| footing.ground.guest);
        if let Some(guest) = guest {
            entry = entry.with("guest", guest.to_string());
        }
        if let Some((_, name)) = &self.port {
            entry = entry.with("port", name.as_str());
        }
        if let Some(link) = &self.link {
            entry = entry.with("link", link.as_str());
        }
        if self.is_listener() {
            entry = entry.with("listens", true);
        }
        if let Some(listener) = self.listener() {
            entry = entry.with("listener", listener.to_string());
        }
        if let Some(from) = &lock(&self.live).from {
            entry = entry.with("from", from.as_str());
        }
        if let Some(note) = &self.note {
            entry = entry.with("note", note.as_str());
        }
        entry
    }

    /// Rates of the last second, and how long nothing has moved.
    pub(crate) fn pulse(&self, now: Instant) -> ((u64, u64), Duration) {
        let live = lock(&self.live);
        (live.rate, now.saturating_duration_since(live.moved_at))
    }

    /// As people and scripts see it.
    pub(crate) fn view(&self, now: Instant) -> TunnelView {
        let who = self.who();
        let live = lock(&self.live);
        let idle = now.saturating_duration_since(live.moved_at);
        TunnelView {
            id: self.id,
            node: self.node.clone(),
            target: self.target.clone(),
            who,
            kind: self.kind,
            rule: live.footing.as_ref().and_then(|footing| footing.ground.rule),
            port: self.port.as_ref().map(|(_, name)| name.clone()),
            state: state(&live, self.cut.reason().is_some(), idle),
            opened_at: self.opened_at,
            connect_ms: live.connect.map(millis),
            first_byte_ms: self
                .meter
                .first_down()
                .map(|at| millis(at.saturating_duration_since(self.begun))),
            up_bytes: self.meter.up(),
            down_bytes: self.meter.down(),
            up_bytes_per_s: live.rate.0,
            down_bytes_per_s: live.rate.1,
            idle_ms: millis(idle),
            note: self.note.clone(),
            closed: live.closed.as_ref().map(|(closed, _)| closed.clone()),
            compression: live.packs.map(|method| {
                let payload = (self.meter.up(), self.meter.down());
                Compression::of(method, payload, self.meter.wire())
            }),
            listener: self.listener(),
            link: self.link.clone(),
            trace: None,
        }
    }
}

/// A share, as the trail names it: by the tunnel of its listener.
pub(crate) fn share(listener: TunnelId) -> Object {
    Object { kind: "share".into(), id: Some(listener.to_string().into()), name: None }
}

fn state(live: &Live, cut: bool, idle: Duration) -> TunnelState {
    if live.closed.is_some() {
        TunnelState::Closed
    } else if cut {
        TunnelState::Closing
    } else if live.connect.is_none() {
        TunnelState::Opening
    } else if idle < IDLE_AFTER {
        TunnelState::Flowing
    } else {
        TunnelState::Idle
    }
}

/// Totals can be compared once both sides have ended in order; a cut or reset drops bytes in flight.
fn agrees(live: &Live) -> bool {
    let orderly = |reason| matches!(reason, CloseReason::ClientClosed | CloseReason::TargetClosed);
    match (&live.closed, live.reported) {
        (Some((closed, _)), Some(theirs)) if orderly(closed.reason) => theirs == live.counted,
        _ => true,
    }
}

/// Ends a tunnel's record exactly once: when it says how, or when it is dropped.
pub(crate) struct Guard {
    core: Arc<Core>,
    tunnel: Arc<Tunnel>,
    ended: Option<(CloseReason, Instant)>,
}

impl Guard {
    pub(super) fn new(core: Arc<Core>, tunnel: Arc<Tunnel>) -> Self {
        Self { core, tunnel, ended: None }
    }

    pub(crate) fn tunnel(&self) -> &Arc<Tunnel> {
        &self.tunnel
    }

    /// The tunnel ended for this reason; its last byte moved at this instant.
    pub(crate) fn finish(mut self, reason: CloseReason, last_byte: Instant) {
        self.ended = Some((reason, last_byte));
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (reason, last_byte) =
            self.ended.unwrap_or_else(|| (self.tunnel.dropped(), self.tunnel.begun));
        self.core.tunnels.close(&self.core, &self.tunnel, reason, last_byte);
    }
}

#[cfg(test)]
pub(super) mod tests;
