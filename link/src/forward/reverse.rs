//! The other way round (F2.2, F2.12): a listener at a node, or a public port of the server's, whose
//! connections lead to something that this side can reach. The listener lasts as long as its tunnel; it is opened anew when the node or the
//! server was away, and not when somebody said no.

use super::visitor::{self, NoTunnel};
use super::{Context, Event, Kind, MAX_CONNECTIONS, Place, Source, Spec};
use crate::backoff::{Backoff, Ending};
use crate::clock::{Clock, System};
use crate::control::Reader;
use crate::meter::Meter;
use crate::operator::{Operator, OperatorError};
use crate::shutdown::Shutdown;
use crate::splice::{End, Limits};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use wire::limits::{DIAL_DEADLINE, END_WARNINGS, MAX_FRAME_OPEN, SHARE_LONGEST};
use wire::message::SHARES;
use wire::message::tunnel::{Arrival, OpenTo, Opened, OperatorOpen, TunnelType};
use wire::message::view::{EndCause, EndsView};
use wire::{CloseReason, RefusalCode, RuleId, SafeText, Target, TunnelId};

/// Arrivals that were told and not read yet.
const TOLD: usize = 4096;
/// How long one try to reach the server may take while the listener is away.
const TRY: Duration = Duration::from_secs(60);
/// The server ends a share first, if it is there.
const SERVERS_TURN: Duration = Duration::from_secs(2);

/// A listener that is open.
pub(super) struct Listening {
    operator: Operator,
    opened: Opened,
    stream: crate::lane::LaneStream,
    share: Option<Share>,
}

/// What a share keeps when it is opened again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    /// Its public number: people were given it.
    number: u16,
    until: Instant,
}

impl Listening {
    /// The rule that allowed it.
    pub(super) const fn rule(&self) -> Option<RuleId> {
        self.opened.rule
    }

    /// Where, as the node says; what was asked for if it says nothing of use.
    pub(super) fn address(&self, asked: SocketAddr) -> SocketAddr {
        let said = self.opened.address.as_ref().and_then(|at| at.as_str().parse().ok());
        said.unwrap_or_else(|| match self.share {
            Some(share) => SocketAddr::new(asked.ip(), share.number),
            None => asked,
        })
    }

    /// The address of a share for people, and how long it lasts.
    pub(super) fn public(&self) -> Option<(SafeText, Duration)> {
        let left = self.share?.until.saturating_duration_since(Instant::now());
        Some((self.opened.address.clone()?, left))
    }
}

/// Opens the listener once; a share that was open before with its number and for what is left of it.
///
/// # Errors
/// Refused, the server is too old, or the way to it is lost.
pub(super) async fn open(
    operator: &Operator,
    spec: &Spec,
    before: Option<Share>,
) -> Result<Listening, OperatorError> {
    let (to, kind) = match &spec.kind {
        Kind::Reverse { node, .. } => {
            let Place::Net(at) = spec.listen else { return Err(OperatorError::Unsupported) };
            (OpenTo::Listen { node: node.clone(), at: at.into() }, TunnelType::Reverse)
        }
        Kind::Share { from, anyone_really, lasts, .. } if operator.offers(SHARES) => {
            let (from, anyone_really) = (from.clone(), *anyone_really);
            let left = before.map(|share| share.until.saturating_duration_since(Instant::now()));
            let for_ms = millis(left.unwrap_or(*lasts)).max(1);
            let again = before.map(|share| share.number);
            (OpenTo::Share { from, anyone_really, for_ms, again }, TunnelType::Share)
        }
        _ => return Err(OperatorError::Unsupported),
    };
    let is_share = kind == TunnelType::Share;
    let open = OperatorOpen {
        to,
        kind,
        note: spec.note.clone(),
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    let (opened, stream) = operator.open(&open).await?;
    let share = is_share.then(|| shared(&opened)).transpose()?;
    Ok(Listening { operator: operator.clone(), opened, stream, share })
}

/// What the server says of a share that it opened.
fn shared(opened: &Opened) -> Result<Share, OperatorError> {
    let number =
        opened.address.as_ref().and_then(|at| at.as_str().rsplit_once(':')?.1.parse().ok());
    let (Some(number), Some(left)) = (number, opened.left_ms) else {
        return Err(OperatorError::Protocol("a share without an address or an end".to_owned()));
    };
    let left = Duration::from_millis(left).min(SHARE_LONGEST);
    Ok(Share { number, until: Instant::now() + left })
}

/// Serves the listener for as long as it may last, and opens it anew for as long as that makes sense.
pub(super) async fn keep(context: Arc<Context>, first: Listening, shutdown: Shutdown) {
    let (share, part) = (first.share, shutdown.child());
    let over = async {
        match share {
            Some(share) => time_over(&context, share.until).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = keep_open(&context, first, &part) => {}
        // The server ends it by its own clock; this is for when it is away.
        () = over => context.events.tell(Event::Done),
    }
    part.cancel();
}

/// Warns of the end of a share as of that of other rights, and returns when it is past.
async fn time_over(context: &Context, until: Instant) {
    for before in END_WARNINGS {
        let Some(at) = until.checked_sub(before).filter(|at| *at > Instant::now()) else {
            continue;
        };
        sleep_until(at).await;
        let left = until.saturating_duration_since(Instant::now());
        context.events.tell(Event::Ending(EndsView {
            until: System.wall().after(left),
            left_ms: millis(left),
            cause: EndCause::Share,
            which: None,
        }));
    }
    sleep_until(until + SERVERS_TURN).await;
}

async fn keep_open(context: &Arc<Context>, first: Listening, shutdown: &Shutdown) {
    let share = first.share;
    let mut next = Some(first);
    let mut backoff = Backoff::default();
    loop {
        let listening = match next.take() {
            Some(listening) => listening,
            None => match again(context, share).await {
                Ok(listening) => listening,
                Err(Some(no)) => return over(context, &no),
                Err(None) => {
                    let wait = backoff.wait(Ending::Lost, super::uplink::random());
                    tokio::select! {
                        biased;
                        () = shutdown.cancelled() => return,
                        () = sleep(wait) => continue,
                    }
                }
            },
        };
        context.uplink.back();
        let since = Instant::now();
        let part = shutdown.child();
        let ended = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            ended = serve(context, listening, &part) => ended,
        };
        part.cancel();
        backoff.healthy(since.elapsed());
        if ended.is_decided() {
            let message = format!("the listener was closed: {}", words(ended));
            let refusal = wire::Refusal::new(RefusalCode::Denied, message);
            return over(context, &NoTunnel { reason: ended, refusal });
        }
        context.uplink.lost(format!("listener closed: {ended}"));
    }
}

/// Another try; `None` as the error if it is worth one more.
async fn again(context: &Context, share: Option<Share>) -> Result<Listening, Option<NoTunnel>> {
    let operator = context.uplink.operator(TRY).await.ok_or(None)?;
    open(&operator, &context.spec, share).await.map_err(|error| match error {
        // Its last one may not have been noticed to be over yet, or the server is on its way out.
        OperatorError::Open { refusal, .. } if refusal.code == RefusalCode::Conflict => None,
        OperatorError::Open { reason: CloseReason::Drain, .. } => None,
        error => match visitor::again(error) {
            visitor::Again::No(no) => Some(no),
            visitor::Again::Away(_) => None,
        },
    })
}

fn over(context: &Context, no: &NoTunnel) {
    let (reason, refusal) = (no.reason, no.refusal.clone());
    context.events.tell(match (&context.spec.kind, reason) {
        (Kind::Share { .. }, CloseReason::Max) => Event::Done,
        _ => Event::Over { reason, refusal },
    });
}

fn words(reason: CloseReason) -> String {
    match reason {
        CloseReason::TargetNotAllowed => "the node grants it no more".to_owned(),
        CloseReason::RuleChanged => "no rule or role allows it any more".to_owned(),
        CloseReason::SessionEnded | CloseReason::Max => "the right to it ended".to_owned(),
        other => other.as_str().replace('_', " "),
    }
}

/// Takes what arrives until the listener's tunnel ends; says why it did.
async fn serve(context: &Arc<Context>, listening: Listening, part: &Shutdown) -> CloseReason {
    let Listening { operator, opened, stream, .. } = listening;
    let (ours, theirs) = tokio::io::duplex(TOLD);
    let (read, write) = tokio::io::split(theirs);
    let pipe = End::Pipe(Box::new(read), Box::new(write));
    let meter = Arc::new(Meter::default());
    let carried = operator.carry(&opened, stream, pipe, meter, Limits::default());
    let taking = take(context, (&operator, opened.tunnel), ours, part);
    tokio::select! {
        biased;
        ended = carried => ended.reason,
        () = taking => CloseReason::Internal,
    }
}

/// Reads what the node tells. Returns only if that is not to be read.
async fn take(
    context: &Arc<Context>,
    (operator, listener): (&Operator, TunnelId),
    from: tokio::io::DuplexStream,
    part: &Shutdown,
) {
    // Only read from: the other half stays, so that the tunnel's own end is what ends it.
    let (read, _write) = tokio::io::split(from);
    let mut arrivals = Reader::new(read, MAX_FRAME_OPEN);
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Ok(arrival) = arrivals.next::<Arrival>().await {
        // Over the limit: the node resets what nobody takes.
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else { continue };
        let (context, operator, ending) = (Arc::clone(context), operator.clone(), part.clone());
        part.spawn("reverse connection", async move {
            let _slot = slot;
            tokio::select! {
                biased;
                () = ending.cancelled() => {}
                () = connection(&context, &operator, listener, arrival) => {}
            }
        });
    }
}

/// One connection: taken over, joined to the target, carried to its end.
async fn connection(context: &Context, operator: &Operator, listener: TunnelId, arrival: Arrival) {
    let (to, kind) = match &context.spec.kind {
        Kind::Reverse { to, .. } => (to, TunnelType::Reverse),
        Kind::Share { to, .. } => (to, TunnelType::Share),
        _ => return,
    };
    // For display: an agent that says something else is shown as nobody.
    let from = arrival.from.as_str().parse().unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
    let from = Source::Net(from);
    let open = OperatorOpen {
        to: OpenTo::Arrival { listener, number: arrival.number },
        kind,
        note: context.spec.note.clone(),
        idle_ms: context.spec.idle.map(millis),
        max_ms: context.spec.max.map(millis),
        wait_ms: None,
        compress: None,
        trace: None,
    };
    let (opened, stream) = match operator.open(&open).await {
        Ok(opened) => opened,
        Err(error) => {
            let (visitor::Again::No(no) | visitor::Again::Away(no)) = visitor::again(error);
            return visitor::refuse(context, from, &no);
        }
    };
    let target = match dial(to).await {
        Ok(target) => target,
        Err(no) => {
            // Dropping its stream resets it: who connected at the node sees that nobody is there.
            return visitor::refuse(context, from, &no);
        }
    };
    context.uplink.back();
    let target_name = to.to_string();
    let (tunnel, node) = (opened.tunnel, opened.node_name.clone());
    context.events.tell(Event::Opened { tunnel, from, node, target: target_name, compress: None });
    let (counted, since) = (context.traffic.enter(), Instant::now());
    let meter = counted.meter();
    let limits = Limits { idle: context.spec.idle, max: context.spec.max, ..Limits::default() };
    let ended = operator.carry_back(&opened, stream, target, Arc::clone(meter), limits);
    let reason = ended.await.reason;
    context.events.tell(Event::Closed {
        tunnel: opened.tunnel,
        reason,
        up: meter.up(),
        down: meter.down(),
        after: since.elapsed(),
    });
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

async fn dial(to: &Target) -> Result<End, NoTunnel> {
    let no = |reason, what: String| {
        let refusal = wire::Refusal::new(RefusalCode::Failed, format!("{to}: {what}"));
        NoTunnel { reason, refusal }
    };
    let connect = async {
        match to.unix_path() {
            Some(path) => UnixStream::connect(path).await.map(End::Unix),
            None => {
                let tcp = TcpStream::connect((to.host.as_str(), to.port)).await?;
                crate::dial::tune(&tcp);
                Ok(End::Tcp(tcp))
            }
        }
    };
    match timeout(DIAL_DEADLINE, connect).await {
        Ok(connected) => connected.map_err(|e| no(CloseReason::DialRefused, e.to_string())),
        Err(_) => Err(no(CloseReason::DialTimeout, "no answer in time".to_owned())),
    }
}
