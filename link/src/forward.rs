//! Local listeners, at an address or a path, that open one tunnel per accepted connection (F2.1, F2.3):
//! plain forward, SOCKS5, HTTP proxy; and listeners at a node that lead back here (F2.2). They survive the loss of
//! the server and of the node.

mod clients;
mod ending;
mod http;
mod place;
mod probe;
mod proxy;
mod reverse;
mod socket;
mod socks;
mod through;
mod uplink;
mod visitor;

pub use clients::Clients;
pub use place::{Place, Source};
pub use probe::Prober;
pub use through::{Group, Members, PickNode, TRIES, Through};

use crate::meter::Traffic;
use crate::operator::{Access, Operator, OperatorError};
use crate::shutdown::Shutdown;
use crate::splice::End;
use ending::Endings;
use place::Listener;
use proxy::Proxy;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use through::Memory;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout_at};
use uplink::Uplink;
use visitor::Ask;
use wire::message::tunnel::{Compress, OpenTo};
use wire::message::view::{EndsView, TraceEntry};
use wire::{CloseReason, Name, Refusal, RuleId, SafeText, Target, TunnelId};

/// Connections one forward carries at once, waiting ones included.
const MAX_CONNECTIONS: usize = 4096;
/// Events that may wait for a reader.
const EVENT_QUEUE: usize = 1024;
/// Pause after the listener could not accept (out of file descriptors), so that it never spins.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// From the connection to the complete request of a proxy's client (G8).
const REQUEST_DEADLINE: Duration = Duration::from_secs(5);

/// What a listener does.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Everything goes to one place.
    Fixed(OpenTo),
    /// Everything goes to one target at one of several nodes.
    Group(Group, Target),
    /// A SOCKS5 proxy (and HTTP proxy, if `http`) whose targets are dialled at a node.
    Proxy {
        /// Which node.
        through: Through,
        /// Who looks up the names that clients ask for.
        dns: Dns,
        /// Speak HTTP CONNECT and plain HTTP proxying too.
        http: bool,
        /// User and password that clients must give.
        auth: Option<(String, String)>,
    },
    /// The listener is at a node, and leads to something that this side reaches.
    Reverse {
        /// The node.
        node: SafeText,
        /// What its connections are joined to; resolved and dialled here.
        to: Target,
    },
    /// The listener is a public port of the server's, for a time, and leads to something that this
    /// side reaches.
    Share {
        /// Networks that are let in.
        from: Vec<SafeText>,
        /// The whole world among them is meant.
        anyone_really: bool,
        /// How long.
        lasts: Duration,
        /// What its connections are joined to; resolved and dialled here.
        to: Target,
    },
}

/// Who looks up the names that clients of a proxy ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dns {
    /// The node that dials them.
    Remote,
    /// This side: the server and the node are asked for an address.
    Local,
}

/// What to do with new connections while the node or the server is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDrop {
    /// Close them at once.
    Close,
    /// Let them wait this long.
    Hold(Duration),
}

impl OnDrop {
    const fn wait(self) -> Duration {
        match self {
            Self::Close => Duration::ZERO,
            Self::Hold(wait) => wait,
        }
    }
}

/// A forward as asked for.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Where to listen; port 0 picks one, but not at a node. The server picks that of a share. Only what
    /// leads to one target listens at a path.
    pub listen: Place,
    /// What to do with connections.
    pub kind: Kind,
    /// What to do while the other side is away.
    pub on_drop: OnDrop,
    /// Close a tunnel after this long without payload.
    pub idle: Option<Duration>,
    /// Close a tunnel after this long.
    pub max: Option<Duration>,
    /// Pack what saves bytes by it between here and the node, if the node agrees.
    pub compress: Option<Compress>,
    /// For the audit records.
    pub note: Option<SafeText>,
    /// Who may connect.
    pub clients: Clients,
}

/// What happens to a forward, for people and scripts.
#[derive(Debug, Clone)]
pub enum Event {
    /// The listener is bound.
    Listening {
        /// Where.
        address: Place,
    },
    /// A tunnel opened.
    Opened {
        /// Which.
        tunnel: TunnelId,
        /// The local client.
        from: Source,
        /// The node it leads through.
        node: Option<Name>,
        /// Where it leads.
        target: String,
        /// Whether it is packed on its way.
        compress: Option<Compress>,
    },
    /// A tunnel ended.
    Closed {
        /// Which.
        tunnel: TunnelId,
        /// Why.
        reason: CloseReason,
        /// Bytes towards the target.
        up: u64,
        /// Bytes from the target.
        down: u64,
        /// How long it was open.
        after: Duration,
    },
    /// A connection got no tunnel.
    Refused {
        /// The local client.
        from: Source,
        /// Why.
        reason: CloseReason,
        /// The sentence for people.
        refusal: Refusal,
    },
    /// How a tunnel or a refusal came about, for whom [`Forward::trace`] was called.
    Traced {
        /// Which, if it opened.
        tunnel: Option<TunnelId>,
        /// The local client.
        from: Source,
        /// All steps so far.
        steps: Vec<TraceEntry>,
        /// How many of them were told before.
        told: usize,
    },
    /// The node or the server is away; new connections wait or are closed.
    Lost {
        /// What is away and why.
        reason: String,
        /// How long new connections wait.
        hold: Option<Duration>,
    },
    /// What it leads to may be reached for a short while only.
    Ending(EndsView),
    /// Longer than was told last.
    Extended,
    /// It has ended because its time is over, as was asked for.
    Done,
    /// It is over and not opened again: somebody says no.
    Over {
        /// Why.
        reason: CloseReason,
        /// The sentence for people.
        refusal: Refusal,
    },
    /// It is back.
    Back {
        /// How long it was away.
        after: Duration,
    },
}

/// A running forward.
#[derive(Debug)]
pub struct Forward {
    /// Where it listens.
    pub address: Place,
    /// Its connection to the server, anew after each reconnect.
    pub connections: watch::Receiver<Option<Operator>>,
    /// What happens; dropped (and counted) when nobody reads.
    pub events: mpsc::Receiver<Event>,
    /// The rule that let a listener at a node open.
    pub rule: Option<RuleId>,
    /// The address of a share that people are given, and how long it lasts.
    pub public: Option<(SafeText, Duration)>,
    /// What it carries.
    pub traffic: Arc<Traffic>,
    /// Tries where it leads.
    pub prober: Prober,
    missed: Arc<AtomicU64>,
    traced: Arc<AtomicBool>,
}

impl Forward {
    /// From now on the timeline of each tunnel is told ([`Event::Traced`]).
    pub fn trace(&self) {
        self.traced.store(true, Relaxed);
    }

    /// Events nobody read.
    pub fn missed(&self) -> u64 {
        self.missed.load(Relaxed)
    }
}

/// What every connection of a forward needs.
#[derive(Debug)]
struct Context {
    spec: Spec,
    uplink: Uplink,
    events: Events,
    /// Which nodes of a group there are.
    group: Memory,
    traffic: Arc<Traffic>,
    traced: Arc<AtomicBool>,
}

#[derive(Debug, Clone)]
struct Events {
    to: mpsc::Sender<Event>,
    missed: Arc<AtomicU64>,
}

impl Events {
    fn tell(&self, event: Event) {
        if self.to.try_send(event).is_err() {
            self.missed.fetch_add(1, Relaxed);
        }
    }
}

/// Binds and serves until `shutdown`. Reconnects to the server by itself, for ever; `operator` is
/// the first connection, if there is one already.
///
/// # Errors
/// It can't be bound. A listener elsewhere is opened by [`start_remote`].
pub async fn start(
    spec: Spec,
    access: Access,
    operator: Option<Operator>,
    shutdown: &Shutdown,
) -> io::Result<Forward> {
    if matches!(spec.kind, Kind::Reverse { .. } | Kind::Share { .. }) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let is_proxy = matches!(spec.kind, Kind::Proxy { .. });
    if spec.listen.net().is_none() && (is_proxy || !spec.clients.networks.is_empty()) {
        let what = "a proxy, and networks that may connect, need an address to listen on";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    let listener = Listener::bind(&spec.listen).await?;
    let address = listener.place()?;
    let shutdown = shutdown.child();
    let (context, forward) = begin(spec, address, (access, operator), &shutdown);
    let tasks = shutdown.clone();
    shutdown.spawn("forward listener", async move { serve(listener, context, tasks).await });
    Ok(forward)
}

/// Opens a listener at a node or at the server and serves it until `shutdown`, until its time is
/// over ([`Event::Done`]), or until somebody says no ([`Event::Over`]). Opens it again by itself when
/// the node or the server was away.
///
/// # Errors
/// The listener is refused, or the server cannot be asked. Of another kind than [`Kind::Reverse`]
/// and [`Kind::Share`] it is refused too.
pub async fn start_remote(
    spec: Spec,
    access: Access,
    operator: Operator,
    shutdown: &Shutdown,
) -> Result<Forward, OperatorError> {
    let asked = spec.listen.net().ok_or(OperatorError::Unsupported)?;
    let first = reverse::open(&operator, &spec, None).await?;
    let address = Place::Net(first.address(asked));
    let shutdown = shutdown.child();
    let (context, forward) = begin(spec, address, (access, Some(operator)), &shutdown);
    let forward = Forward { rule: first.rule(), public: first.public(), ..forward };
    let tasks = shutdown.clone();
    shutdown.spawn("reverse", async move { reverse::keep(context, first, tasks).await });
    Ok(forward)
}

fn begin(
    spec: Spec,
    address: Place,
    (access, operator): (Access, Option<Operator>),
    shutdown: &Shutdown,
) -> (Arc<Context>, Forward) {
    let (to, events) = mpsc::channel(EVENT_QUEUE);
    let missed = Arc::new(AtomicU64::new(0));
    let tell = Events { to, missed: Arc::clone(&missed) };
    tell.tell(Event::Listening { address: address.clone() });
    let hold = match spec.on_drop {
        OnDrop::Hold(hold) => Some(hold),
        OnDrop::Close => None,
    };
    let endings = Endings::new(&spec, tell.clone());
    let uplink = Uplink::start(access, operator, (hold, tell.clone()), endings, shutdown);
    let connections = uplink.connections();
    let traffic = Arc::new(Traffic::default());
    let counted = Arc::clone(&traffic);
    let group = Memory::default();
    let traced = Arc::<AtomicBool>::default();
    let shared = Arc::clone(&traced);
    let context = Context { spec, uplink, events: tell, group, traffic: counted, traced: shared };
    let context = Arc::new(context);
    let prober = Prober(Arc::clone(&context));
    let (rule, public) = (None, None);
    let forward =
        Forward { address, connections, events, rule, public, traffic, prober, missed, traced };
    (context, forward)
}

async fn serve(listener: Listener, context: Arc<Context>, shutdown: Shutdown) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((client, from)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Over the limit or from elsewhere: closed at once, no task is spent on it.
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else { continue };
        if !context.spec.clients.reach(from) {
            continue;
        }
        let (context, ending) = (Arc::clone(&context), shutdown.clone());
        shutdown.spawn("forward connection", async move {
            let _slot = slot;
            tokio::select! {
                biased;
                () = ending.cancelled() => {}
                () = connection(&context, client, from) => {}
            }
        });
    }
    // Before the last event: who hears that it has ended finds nothing there.
    drop(listener);
}

async fn connection(context: &Context, client: End, from: Source) {
    let own = context.spec.clients.own(&client, from).await;
    if !own.as_ref().is_ok_and(|own| *own) {
        visitor::refuse(context, from, &visitor::of_somebody_else(own.err()));
        return client.reset();
    }
    match &context.spec.kind {
        Kind::Fixed(to) => visitor::carry(context, client, from, Ask::To(to.clone())).await,
        // Nothing listens here for it.
        Kind::Reverse { .. } | Kind::Share { .. } => {}
        Kind::Group(group, target) => {
            visitor::carry(context, client, from, Ask::Group(group, target.clone())).await;
        }
        Kind::Proxy { through, dns, http, auth } => {
            let End::Tcp(client) = client else { return };
            let auth = auth.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
            let proxy = Proxy { through, dns: *dns, auth };
            let by = Instant::now() + REQUEST_DEADLINE;
            match *http {
                false => socks::serve(context, client, from, proxy, by).await,
                true => match timeout_at(by, socks::speaks(&client)).await {
                    Ok(true) => socks::serve(context, client, from, proxy, by).await,
                    Ok(false) => http::serve(context, client, from, proxy, by).await,
                    Err(_) => {}
                },
            }
        }
    }
}
