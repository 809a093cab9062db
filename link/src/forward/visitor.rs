//! One local connection: a tunnel is opened for it, it waits while the way is away, it is carried.

use super::{Context, Event, Group, Kind, Source};
use crate::lane::LaneStream;
use crate::meter::Meter;
use crate::operator::{Operator, OperatorError, Timeline};
use crate::splice::{End, Limits};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use wire::message::tunnel::{OpenTo, Opened, OperatorOpen, TunnelType};
use wire::{CloseReason, Refusal, RefusalCode, Target, TunnelId};

/// Pause between two tries of a connection that waits for a connected server.
const RETRY: Duration = Duration::from_millis(100);
/// The same for a group, whose nodes are listed for each try.
const RETRY_GROUP: Duration = Duration::from_secs(1);

/// Where a connection is to go.
#[derive(Debug, Clone)]
pub(super) enum Ask<'a> {
    To(OpenTo),
    /// To this target at one of the nodes.
    Group(&'a Group, Target),
}

/// An opened tunnel with the connection that opened it.
pub(super) struct Tunnel {
    pub(super) operator: Operator,
    pub(super) opened: Opened,
    pub(super) stream: LaneStream,
    pub(super) target: String,
    timeline: Option<Timeline>,
}

/// Why there is none.
pub(super) struct NoTunnel {
    pub(super) reason: CloseReason,
    pub(super) refusal: Refusal,
}

/// Opens a tunnel for `client` and carries it to its end; without one the client is reset.
pub(super) async fn carry(context: &Context, client: End, from: Source, ask: Ask<'_>) {
    match open(context, ask, from).await {
        Ok(tunnel) => run(context, tunnel, client, from).await,
        Err(no) => {
            refuse(context, from, &no);
            client.reset();
        }
    }
}

/// Opens a tunnel, waiting as the forward says while the server or the node is away.
pub(super) async fn open(
    context: &Context,
    ask: Ask<'_>,
    from: Source,
) -> Result<Tunnel, NoTunnel> {
    let traced = context.traced.load(Relaxed);
    let mut timeline = traced.then(|| Timeline::begin(&format!("from {from}")));
    let outcome = opened(context, ask, timeline.as_mut()).await;
    if let Some(timeline) = &timeline {
        let tunnel = outcome.as_ref().ok().map(|tunnel| tunnel.opened.tunnel);
        let steps = timeline.steps().to_vec();
        context.events.tell(Event::Traced { tunnel, from, steps, told: 0 });
    }
    outcome.map(|tunnel| Tunnel { timeline, ..tunnel })
}

/// The same without telling how it came about, but to a timeline.
pub(super) async fn opened(
    context: &Context,
    ask: Ask<'_>,
    mut timeline: Option<&mut Timeline>,
) -> Result<Tunnel, NoTunnel> {
    let until = now() + context.spec.on_drop.wait();
    let (target, retry) = match &ask {
        Ask::To(to) => (shown(to), RETRY),
        Ask::Group(_, target) => (target.to_string(), RETRY_GROUP),
    };
    let request = |to, wait| OperatorOpen {
        to,
        kind: match context.spec.kind {
            Kind::Fixed(_) | Kind::Group(..) => TunnelType::Forward,
            Kind::Proxy { .. } => TunnelType::Socks,
            Kind::Reverse { .. } => TunnelType::Reverse,
            Kind::Share { .. } => TunnelType::Share,
        },
        note: context.spec.note.clone(),
        idle_ms: context.spec.idle.map(ms),
        max_ms: context.spec.max.map(ms),
        wait_ms: Some(ms(wait)),
        compress: context.spec.compress,
        trace: None,
    };
    loop {
        let left = until.saturating_duration_since(now());
        let Some(operator) = context.uplink.operator(left).await else {
            context.uplink.lost("the server is away");
            return Err(away("the server is away"));
        };
        let opened = match &ask {
            // The server waits for the node; this side only for the server.
            Ask::To(to) => {
                let wait = until.saturating_duration_since(now());
                let open = request(to.clone(), wait);
                ask_for(&operator, &open, timeline.as_deref_mut()).await
            }
            Ask::Group(group, target) => {
                let asked = timeline.as_deref_mut();
                open_in((context, &operator), (group, target), request, asked).await
            }
        };
        match opened {
            Ok((opened, stream)) => {
                context.uplink.back();
                return Ok(Tunnel { operator, opened, stream, target, timeline: None });
            }
            Err(error) => match again(error) {
                Again::No(no) => return Err(no),
                Again::Away(no) => {
                    context.uplink.lost(no.refusal.message.as_str());
                    if now() + retry >= until {
                        return Err(no);
                    }
                    sleep(retry).await;
                }
            },
        }
    }
}

async fn ask_for(
    operator: &Operator,
    open: &OperatorOpen,
    timeline: Option<&mut Timeline>,
) -> Result<(Opened, LaneStream), OperatorError> {
    match timeline {
        Some(timeline) => operator.open_traced(open, timeline).await,
        None => operator.open(open).await,
    }
}

/// Tries the nodes of a group in turn: no payload has moved where a target did not answer.
async fn open_in(
    (context, operator): (&Context, &Operator),
    (group, target): (&Group, &Target),
    request: impl Fn(OpenTo, Duration) -> OperatorOpen,
    mut timeline: Option<&mut Timeline>,
) -> Result<(Opened, LaneStream), OperatorError> {
    // Without randomness the choice is no worse than a fixed one.
    let random = getrandom::u64().unwrap_or_default();
    let mut last = None;
    for node in context.group.order(group, operator, random).await? {
        let to = OpenTo::Node { node: node.clone(), target: target.clone() };
        let open = request(to, Duration::ZERO);
        match ask_for(operator, &open, timeline.as_deref_mut()).await {
            Ok(opened) => {
                context.group.used(&node);
                return Ok(opened);
            }
            Err(error @ OperatorError::Open { .. }) => last = Some(error),
            Err(error) => return Err(error),
        }
        context.group.stale();
    }
    context.group.stale();
    Err(last.unwrap_or_else(|| OperatorError::Open {
        reason: CloseReason::NodeLost,
        refusal: Refusal::new(
            RefusalCode::NodeOffline,
            format!("no node with {group} is connected"),
        )
        .hint("tunnelctl nodes list     shows labels and states"),
    }))
}

/// Whether asking again can help.
pub(super) enum Again {
    No(NoTunnel),
    Away(NoTunnel),
}

pub(super) fn again(error: OperatorError) -> Again {
    match error {
        OperatorError::Open { reason, refusal } => {
            let no = NoTunnel { reason, refusal };
            match no.refusal.code {
                RefusalCode::NodeOffline => Again::Away(no),
                _ => Again::No(no),
            }
        }
        OperatorError::Refused(refusal) => {
            Again::No(NoTunnel { reason: CloseReason::Denied, refusal })
        }
        OperatorError::Unsupported | OperatorError::Protocol(_) => {
            let refusal = Refusal::new(RefusalCode::Server, error.to_string());
            Again::No(NoTunnel { reason: CloseReason::Internal, refusal })
        }
        OperatorError::Lost | OperatorError::Timeout(_) | OperatorError::Dial(_) => {
            Again::Away(away(&error.to_string()))
        }
    }
}

fn away(what: &str) -> NoTunnel {
    let refusal = Refusal::new(RefusalCode::Server, what)
        .hint("it is retried by itself; see: tunnelctl server status");
    NoTunnel { reason: CloseReason::OperatorLost, refusal }
}

/// Carries an opened tunnel to its end and tells about it.
pub(super) async fn run(context: &Context, tunnel: Tunnel, client: End, from: Source) {
    let Tunnel { operator, opened, stream, target, timeline } = tunnel;
    let node = opened.node_name.clone();
    let (tunnel, compress) = (opened.tunnel, opened.compress);
    context.events.tell(Event::Opened { tunnel, from, node, target, compress });
    let (counted, since) = (context.traffic.enter(), now());
    let meter = counted.meter();
    let limits =
        Limits { idle: context.spec.idle, max: context.spec.max, compress, ..Limits::default() };
    let ended = operator.carry(&opened, stream, client, Arc::clone(meter), limits).await;
    if let Some(timeline) = timeline {
        finished(context, timeline, (tunnel, from), (meter, ended.reason));
    }
    context.events.tell(Event::Closed {
        tunnel: opened.tunnel,
        reason: ended.reason,
        up: meter.up(),
        down: meter.down(),
        after: now().duration_since(since),
    });
    match ended.reason {
        CloseReason::NodeLost | CloseReason::Superseded => context.uplink.lost("the node was lost"),
        CloseReason::OperatorLost => context.uplink.lost("the server was lost"),
        _ => {}
    }
}

/// Tells the rest of a tunnel's timeline.
fn finished(
    context: &Context,
    mut timeline: Timeline,
    (tunnel, from): (TunnelId, Source),
    (meter, reason): (&Meter, CloseReason),
) {
    let before = timeline.steps().len();
    timeline.closed(meter, reason);
    let (tunnel, steps) = (Some(tunnel), timeline.steps().to_vec());
    context.events.tell(Event::Traced { tunnel, from, steps, told: before });
}

impl Tunnel {
    /// Sends bytes ahead of the client's own (a rewritten HTTP request head).
    pub(super) async fn send_ahead(&mut self, bytes: &[u8]) -> Result<(), NoTunnel> {
        self.stream.send_payload(bytes).await.map_err(|error| away(&error.to_string()))
    }
}

/// Tells that a connection got no tunnel.
pub(super) fn refuse(context: &Context, from: Source, no: &NoTunnel) {
    let event = Event::Refused { from, reason: no.reason, refusal: no.refusal.clone() };
    context.events.tell(event);
}

/// The connection is not this user's, or the system does not tell whose it is.
pub(super) fn of_somebody_else(untold: Option<io::Error>) -> NoTunnel {
    let what = match untold {
        None => "another user's program: this forward is for the programs of one".to_owned(),
        Some(error) => format!("whose program it is cannot be seen: {error}"),
    };
    let refusal = Refusal::new(RefusalCode::Denied, what);
    NoTunnel { reason: CloseReason::Denied, refusal }
}

fn shown(to: &OpenTo) -> String {
    match to {
        OpenTo::Node { target, .. } | OpenTo::Through { target, .. } => target.to_string(),
        OpenTo::Port(name) => format!("port/{name}"),
        OpenTo::Listen { at, .. } => at.to_string(),
        OpenTo::Arrival { listener, .. } => listener.to_string(),
        OpenTo::Share { .. } => "a public port".to_owned(),
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
