//! An open share: visitors from where it admits them wait until the operator's side takes them, all
//! others get a reset. It ends with its tunnel or with its time, whichever comes first.

use super::Held;
use crate::admission::{Moment, Verdict};
use crate::core::Core;
use crate::noise::{self, Kind};
use crate::ports;
use crate::tunnels::{self, Tunnel};
use ipnet::IpNet;
use link::Shutdown;
use link::arrivals::{Open, Telling};
use link::meter::Meter;
use link::splice::{Cut, End, Ended, Limits, reset, splice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use wire::audit::{Actor, AuditResult, Entry};
use wire::{CloseReason, UnixMs};

/// What is on its way to the operator's side before the next arrival waits here.
const ON_THE_WAY: usize = 4096;
/// How long those may take to end who are just being introduced.
const RELEASE: Duration = Duration::from_secs(2);
/// A clock that was set is noticed within this time.
const LOOK: Duration = Duration::from_secs(1);

/// The socket of a visitor; he is reset if nothing becomes of it.
pub(crate) struct Visitor(Option<TcpStream>);

impl Visitor {
    pub(crate) const fn new(tcp: TcpStream) -> Self {
        Self(Some(tcp))
    }

    /// His end of the tunnel.
    pub(crate) fn end(mut self) -> End {
        match self.0.take() {
            Some(tcp) => End::Tcp(tcp),
            None => End::Pipe(Box::new(tokio::io::empty()), Box::new(tokio::io::empty())),
        }
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        if let Some(tcp) = self.0.take() {
            reset(tcp);
        }
    }
}

/// A share that is bound and not served yet.
pub(crate) struct Sharing {
    pub(crate) core: Arc<Core>,
    pub(crate) tunnel: Arc<Tunnel>,
    pub(crate) held: Held,
    pub(crate) listeners: Vec<TcpListener>,
    /// Who is let in.
    pub(crate) admits: Vec<IpNet>,
    pub(crate) until: UnixMs,
    /// Who opened it, for the trail.
    pub(crate) actor: Actor,
    /// The record of its beginning.
    pub(crate) started: Entry,
}

impl Sharing {
    /// Serves until the tunnel or the time ends. When it returns nobody gets in any more.
    pub(crate) async fn serve(self: Box<Self>, client: End, meter: Arc<Meter>, cut: Cut) -> Ended {
        let Self { core, tunnel, held, listeners, admits, until, actor, started } = *self;
        core.state.record(started);
        tracing::info!(tunnel = %tunnel.id, at = %tunnel.target, "share opened");
        let (open, telling) = core.shares.arrivals.open(tunnel.id);
        let share = Arc::new(Share { core, tunnel, open, admits });
        let (ours, theirs) = tokio::io::duplex(ON_THE_WAY);
        let (read, write) = tokio::io::split(theirs);
        let pipe = End::Pipe(Box::new(read), Box::new(write));
        let mut splicing = Box::pin(splice(client, pipe, meter, Limits::default(), cut.clone()));
        let shutdown = share.core.accepting.child();
        let ended = tokio::select! {
            biased;
            ended = &mut splicing => ended,
            reason = share.run((listeners, &shutdown), until, (telling, ours)) => {
                cut.now(reason);
                splicing.await
            }
        };
        shutdown.finish(RELEASE).await;
        let Share { core, tunnel, .. } = &*share;
        let kept = !ended.reason.is_decided();
        held.end(ended.reason);
        let entry = Entry::new("share.end", actor, tunnels::share(tunnel.id))
            .with("address", tunnel.target.to_string())
            .with("reason", ended.reason.as_str())
            .with("kept", kept);
        core.state.record(entry);
        tracing::info!(tunnel = %tunnel.id, at = %tunnel.target, reason = %ended.reason, "share closed");
        ended
    }
}

struct Share {
    core: Arc<Core>,
    tunnel: Arc<Tunnel>,
    open: Open,
    admits: Vec<IpNet>,
}

impl Share {
    /// Accepts, tells and waits for the end of the time; the reason of the end.
    async fn run(
        self: &Arc<Self>,
        (listeners, shutdown): (Vec<TcpListener>, &Shutdown),
        until: UnixMs,
        (telling, to): (Telling, tokio::io::DuplexStream),
    ) -> CloseReason {
        let share = Arc::clone(self);
        let arrive = move |tcp, remote| share.arrive(tcp, remote);
        let accepting = async {
            ports::accept(&self.core, shutdown, listeners, arrive).await;
            // The server takes nobody in any more; what is open goes on for as long as it may.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = self.over(until) => CloseReason::Max,
            () = telling.run(to) => CloseReason::Internal,
            () = self.open.expire() => CloseReason::Internal,
            () = accepting => CloseReason::Internal,
        }
    }

    /// Returns when the time is over by this server's clock.
    async fn over(&self, until: UnixMs) {
        loop {
            let left = until.since(self.core.wall());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LOOK)).await;
        }
    }

    /// Decides about a visitor without waiting for anything.
    fn arrive(&self, tcp: TcpStream, remote: SocketAddr) {
        if self.admits(remote) {
            self.open.arrived(tcp, remote);
        } else {
            self.refuse(remote);
            reset(tcp);
        }
    }

    fn admits(&self, remote: SocketAddr) -> bool {
        let source = remote.ip().to_canonical();
        if !self.admits.iter().any(|net| net.contains(&source)) {
            return false;
        }
        let (fleet, tunnel) = (self.core.state.fleet(), &self.tunnel);
        let now = self.core.wall();
        let verdict = tunnel.origin.decide(&fleet, None, &tunnel.target, Moment::Opening, now);
        matches!(verdict, Verdict::Granted(_)) && tunnel.cut.reason().is_none()
    }

    fn refuse(&self, remote: SocketAddr) {
        let (source, id) = (remote.ip().to_canonical(), self.tunnel.id);
        let kind = Kind { action: "tunnel.denied", object: id.to_string(), source };
        noise::refused(&self.core, kind, || {
            let actor = Actor { source_ip: Some(source.to_string().into()), ..Actor::default() };
            Entry::new("tunnel.denied", actor, tunnels::share(id))
                .result(AuditResult::Denied)
                .with("target", self.tunnel.target.to_string())
        });
    }
}
