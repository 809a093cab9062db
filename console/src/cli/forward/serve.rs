//! Listeners from bound to ended: ready file, events, signals, `--exec`.

use super::Hold;
use super::event::Teller;
use super::exec::Child;
use crate::cli::Run;
use crate::cli::out::warn;
use crate::cli::runtime::Ending;
use crate::ctx::{Link, follow, paths, renewal};
use crate::exit::{Exit, Failure, Result};
use crate::forwards::{Board, Desk, OwnerKind, Shown};
use futures::StreamExt;
use futures::stream::{self, BoxStream, SelectAll};
use link::forward::{Event, Forward, Kind, Place, Spec, start, start_remote};
use link::operator::OperatorError;
use link::{Clock, Shutdown, System};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use wire::{ForwardId, UnixMs};

/// How long the tunnels that are left may take to end.
pub(super) const GOODBYE: Duration = Duration::from_secs(2);
/// Why a forward ended that was ended from outside.
pub(super) const CLOSED: &str = "tunnelctl forward close";
/// Why a share ended.
const TIME_OVER: &str = "its time is over";

/// One listener: what it does, and how it is shown.
#[derive(Debug, Clone)]
pub struct Line {
    /// What to listen on and what to do with connections.
    pub spec: Spec,
    /// For people.
    pub shown: Shown,
}

/// What surrounds the listeners.
pub struct Serving {
    /// What happens while the other side is away.
    pub hold: Hold,
    /// Gets the bound addresses.
    pub ready_file: Option<PathBuf>,
    /// A program to run, and its arguments.
    pub exec: Option<(String, Vec<String>)>,
    /// Lines to print for a shell, made from the first address.
    pub exports: Option<fn(SocketAddr) -> String>,
    /// How many of the next ports are tried if one is taken.
    pub fallback: u16,
    /// Whether anybody waits for it.
    pub owner: OwnerKind,
}

/// Where one listens.
struct Bound {
    at: Place,
    /// As people are told: of a share, the public address.
    shown: String,
    /// When a share ends.
    until: Option<UnixMs>,
}

impl Bound {
    fn of(forward: &Forward) -> Self {
        let at = forward.address.clone();
        match &forward.public {
            Some((public, lasts)) => {
                Self { at, shown: public.to_string(), until: Some(System.wall().after(*lasts)) }
            }
            None => Self { shown: at.to_string(), at, until: None },
        }
    }
}

/// News of one forward; `None`: it has ended.
type Events = SelectAll<BoxStream<'static, (ForwardId, Option<Event>)>>;

/// Binds all lines and serves until a signal or the program's end.
///
/// # Errors
/// The node is away and nothing is held, an address is taken, or the program cannot be run.
pub async fn serve(run: &Run, link: Link, lines: Vec<Line>, serving: Serving) -> Result {
    if let (Hold::Close, Some(why)) =
        (serving.hold, lines.iter().find_map(|l| l.shown.away.clone()))
    {
        let node = lines.first().map_or("", |l| l.shown.via.as_str());
        return Err(Failure::new(Exit::NodeOffline, why)
            .hint(format!("tunnelctl nodes reconnects {node}\n--on-drop hold     waits for it")));
    }
    let ended = served(run, &link, &lines, &serving).await;
    // Also after a failure: what was bound goes, and a socket's file with it.
    link.shutdown.finish(GOODBYE).await;
    ended
}

async fn served(run: &Run, link: &Link, lines: &[Line], serving: &Serving) -> Result {
    let mut ending = signals(serving.owner)?;
    let board = Board::new(serving.owner);
    let mut teller = Teller::new(run, board.clone(), serving.exec.is_some());
    let (addresses, mut events) =
        bind(link, (lines, serving.fallback), &board, &mut teller).await?;
    if let (Some(exports), Some(at)) = (serving.exports, addresses[0].at.net())
        && !run.out.is_structured()
    {
        run.out.line(&exports(at))?;
    }
    if let Some(file) = &serving.ready_file {
        let all: Vec<&str> = addresses.iter().map(|bound| bound.shown.as_str()).collect();
        paths::write_atomic(file, &format!("{}\n", all.join("\n")))?;
    }
    let _desk = desk(&board, &link.shutdown)?;
    let mut child = match &serving.exec {
        Some((program, args)) => Some(Child::start(program, args, &addresses[0].at)?),
        None => None,
    };
    let exit = until_end(&mut ending, &mut events, (&mut teller, &board), child.as_mut()).await;
    if let Some(file) = &serving.ready_file {
        let _ = std::fs::remove_file(file);
    }
    exit
}

/// The signals that end it; one in the background has no terminal that could hang up.
pub(super) fn signals(owner: OwnerKind) -> Result<Ending> {
    match owner {
        OwnerKind::Detached => Ending::ignoring_hangup(),
        OwnerKind::Foreground | OwnerKind::Console => Ending::listen(),
    }
}

/// Where others ask about the forwards. One that somebody waits for goes on without it.
pub(super) fn desk(board: &Board, shutdown: &Shutdown) -> Result<Option<Desk>> {
    match Desk::open(board, shutdown) {
        Ok(desk) => Ok(Some(desk)),
        Err(failure) if board.owner().kind == OwnerKind::Detached => Err(failure),
        Err(failure) => {
            tracing::warn!(%failure, "tunnelctl forward list will not show this");
            Ok(None)
        }
    }
}

async fn bind(
    link: &Link,
    (lines, fallback): (&[Line], u16),
    board: &Board,
    teller: &mut Teller<'_>,
) -> Result<(Vec<Bound>, Events)> {
    let mut addresses = Vec::new();
    let mut events = SelectAll::new();
    for (at, line) in lines.iter().enumerate() {
        let (id, stop) = (ForwardId::from_random(crate::exit::random()), link.shutdown.child());
        let forward = listen(link, line, fallback, &stop).await?;
        if at == 0 {
            // All of them share what it takes.
            follow::reconnects(link, forward.connections.clone());
        }
        renewal::while_used(link, &forward);
        let rule = forward.rule.or(line.shown.rule);
        let bound = Bound::of(&forward);
        let shown = Shown { rule, until: bound.until, ..line.shown.clone() };
        board.add(id, &shown, stop);
        board.bound(id, &bound.shown, &shown, forward.traffic.clone());
        teller.listening(id, &bound.shown, &shown)?;
        addresses.push(bound);
        events.push(numbered(id, forward.events));
    }
    Ok((addresses, events))
}

/// Binds one line, here at one of so many next ports if the first is taken.
///
/// # Errors
/// The address can't be bound.
pub(super) async fn listen(
    link: &Link,
    line: &Line,
    fallback: u16,
    stop: &Shutdown,
) -> Result<Forward> {
    let is_remote = matches!(line.spec.kind, Kind::Reverse { .. } | Kind::Share { .. });
    let forward = if is_remote {
        let (access, operator) = (link.endpoint.access.clone(), link.operator.clone());
        start_remote(line.spec.clone(), access, operator, stop).await?
    } else {
        listen_here(link, &line.spec, fallback, stop).await?
    };
    if link.endpoint.verbose > 0 {
        forward.trace();
    }
    let address = &forward.address;
    let is_near = address.net().is_none_or(|at| at.ip().is_loopback());
    if let (Kind::Share { from, to, .. }, Some((public, _))) = (&line.spec.kind, &forward.public) {
        let from = crate::forwards::joined(from);
        warn(&format!("warning: {to} of this machine can be reached from {from} at {public}"));
    } else if !is_near && line.spec.clients.networks.is_empty() {
        let way = if is_remote { "" } else { "; --allow-from limits that" };
        warn(&format!("warning: {address} can be reached by other machines{way}"));
    }
    Ok(forward)
}

async fn listen_here(link: &Link, spec: &Spec, fallback: u16, stop: &Shutdown) -> Result<Forward> {
    let far = spec.listen.net().filter(|at| !at.ip().is_loopback());
    if let Some(at) = far.filter(|_| spec.clients.same_user) {
        return Err(Failure::usage(format!("--same-user: other machines reach {at}"))
            .hint("a loopback address, or --allow-from CIDR"));
    }
    let (mut tried, mut left) = (spec.clone(), fallback);
    loop {
        let access = link.endpoint.access.clone();
        match start(tried.clone(), access, Some(link.operator.clone()), stop).await {
            Ok(forward) => {
                if left < fallback {
                    warn(&format!("warning: {} is taken; this is {}", spec.listen, tried.listen));
                }
                return Ok(forward);
            }
            Err(error) => match next(&tried.listen).filter(|_| left > 0) {
                Some(next) if error.kind() == ErrorKind::AddrInUse => tried.listen = next,
                _ => return Err(not_bound(&spec.listen, fallback - left, &error)),
            },
        }
        left -= 1;
    }
}

/// The address with the next port; a path has none.
fn next(place: &Place) -> Option<Place> {
    let at = place.net().filter(|at| at.port() != 0)?;
    Some(Place::Net(SocketAddr::new(at.ip(), at.port().checked_add(1)?)))
}

fn numbered(
    id: ForwardId,
    events: mpsc::Receiver<Event>,
) -> BoxStream<'static, (ForwardId, Option<Event>)> {
    stream::unfold(Some(events), move |events| async move {
        let mut events = events?;
        match events.recv().await {
            Some(event) => Some(((id, Some(event)), Some(events))),
            None => Some(((id, None), None)),
        }
    })
    .boxed()
}

fn not_bound(wanted: &Place, others: u16, error: &std::io::Error) -> Failure {
    let exit = match (error.kind(), wanted) {
        (ErrorKind::AddrInUse | ErrorKind::AlreadyExists, _) => Exit::Conflict,
        (ErrorKind::PermissionDenied, _) => Exit::Denied,
        (ErrorKind::NotFound, Place::Path(_)) => Exit::NotFound,
        (ErrorKind::InvalidInput, Place::Path(_)) => Exit::Usage,
        _ => Exit::Failed,
    };
    let or_after = match others {
        0 => String::new(),
        others => format!(" nor on the {others} after it"),
    };
    let failure = Failure::new(exit, format!("cannot listen on {wanted}{or_after}: {error}"));
    match (wanted, error.kind()) {
        (Place::Net(_), ErrorKind::AddrInUse) => failure.hint(
            "port 0 picks a free one\n--port-fallback N     takes one of the next, if it is free",
        ),
        (Place::Net(_), _) => failure.hint("port 0 picks a free one"),
        (Place::Path(path), ErrorKind::AddrInUse) => {
            failure.hint(format!("ss -lxp src {}     shows who does", path.display()))
        }
        (Place::Path(_), ErrorKind::AlreadyExists) => {
            failure.hint("another path; only a socket of yours that nobody listens at is replaced")
        }
        (Place::Path(_), ErrorKind::NotFound) => failure.hint("its directory has to be there"),
        (Place::Path(_), _) => failure,
    }
}

async fn until_end(
    ending: &mut Ending,
    events: &mut Events,
    (teller, board): (&mut Teller<'_>, &Board),
    mut child: Option<&mut Child>,
) -> Result {
    loop {
        let over = async {
            match child.as_mut() {
                Some(child) => child.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            exit = over => return exit,
            signal = ending.next() => match child.as_mut() {
                // Ctrl-C reached the program too; its end decides.
                Some(child) => child.signal(signal),
                None => return Ok(Exit::Signal(signal)),
            },
            Some((id, event)) = events.next() => match event {
                Some(event) => {
                    board.apply(id, &event);
                    teller.event(id, &event)?;
                    match event {
                        Event::Over { reason, refusal } => {
                            return Err(OperatorError::Open { reason, refusal }.into());
                        }
                        Event::Done => {
                            teller.closed(id, TIME_OVER)?;
                            board.remove(id);
                            return Ok(Exit::Ok);
                        }
                        _ => {}
                    }
                }
                None => {
                    teller.closed(id, CLOSED)?;
                    board.remove(id);
                    if board.rows().is_empty() && child.is_none() {
                        return Ok(Exit::Ok);
                    }
                }
            },
        }
    }
}
