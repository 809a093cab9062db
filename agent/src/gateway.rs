//! Gateway mode: nodes that can reach this machine only reach the server through it. Bytes are passed
//! on blindly, by the way this agent takes itself: TLS is between those nodes and the server.

mod pass;
mod setting;

pub(crate) use setting::Setting;

use crate::context::Context;
use arc_swap::ArcSwapOption;
use link::Shutdown;
use link::dial::Route;
use link::listen::listen_on;
use link::meter::{Counts, Traffic};
use link::splice::reset;
use pass::Passing;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// Between two tries to bind what could not be bound: an address may come up later than the agent.
const AGAIN: Duration = Duration::from_secs(10);
/// Pause after a listener could not accept (out of file descriptors), so that it never spins.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long connections that are cut may take to be gone.
const ENDING: Duration = Duration::from_secs(1);

/// What is set, what went through, and the way to the server.
#[derive(Debug)]
pub(crate) struct Gateway {
    setting: watch::Sender<Setting>,
    /// What went through since the agent started.
    traffic: Arc<Traffic>,
    /// Who was not admitted, or found no place.
    refused: AtomicU64,
    /// The way by which this agent reached the server last.
    route: ArcSwapOption<Route>,
}

impl Gateway {
    /// As the owner set it; nothing has gone through yet.
    pub(crate) fn new(setting: Setting) -> Self {
        Self {
            setting: watch::Sender::new(setting),
            traffic: Arc::default(),
            refused: AtomicU64::new(0),
            route: ArcSwapOption::empty(),
        }
    }

    /// Takes another setting of the owner.
    pub(crate) fn change(&self, setting: Setting) {
        self.setting.send_if_modified(|now| {
            let differs = *now != setting;
            *now = setting;
            differs
        });
    }

    /// Where nodes behind this one are listened for.
    pub(crate) fn listen(&self) -> Vec<SocketAddr> {
        self.setting.borrow().listen.clone()
    }

    /// This agent reached the server so.
    pub(crate) fn reached(&self, route: Route) {
        self.route.store(Some(Arc::new(route)));
    }

    /// What went through since the agent started, and how often somebody was turned away; `None` if it
    /// is no gateway.
    pub(crate) fn counts(&self) -> Option<(Counts, u64)> {
        let is_one = !self.setting.borrow().listen.is_empty();
        is_one.then(|| (self.traffic.counts(), self.refused.load(Relaxed)))
    }

    fn turn_away(&self, client: TcpStream) {
        self.refused.fetch_add(1, Relaxed);
        reset(client);
    }
}

/// Listens as the node's owner says, now and after every change of that, until `shutdown`.
pub(crate) async fn run(ctx: Arc<Context>, shutdown: Shutdown) {
    let mut wanted = ctx.gateway.setting.subscribe();
    let passing = Arc::new(Passing::default());
    let mut open: HashMap<SocketAddr, Shutdown> = HashMap::new();
    loop {
        let setting = wanted.borrow_and_update().clone();
        for (at, part) in open.extract_if(|at, _| !setting.listen.contains(at)) {
            tracing::info!(%at, "the gateway listens here no more");
            part.finish(ENDING).await;
        }
        let cut =
            passing.cut_unless(|at, source| setting.listen.contains(&at) && setting.admits(source));
        if cut > 0 {
            tracing::info!(connections = cut, "cut: the gateway admits them no more");
        }
        for at in setting.listen {
            open.entry(at).or_insert_with(|| {
                let part = shutdown.child();
                let gate = Gate {
                    ctx: Arc::clone(&ctx),
                    at,
                    passing: Arc::clone(&passing),
                    connections: shutdown.clone(),
                };
                let ending = part.clone();
                part.spawn("gateway", async move { gate.listen(ending).await });
                part
            });
        }
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            changed = wanted.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

/// One listener.
struct Gate {
    ctx: Arc<Context>,
    at: SocketAddr,
    passing: Arc<Passing>,
    /// Owns the connections: those that stay admitted outlive nothing but the agent.
    connections: Shutdown,
}

impl Gate {
    async fn listen(self, ending: Shutdown) {
        loop {
            let over = tokio::select! {
                biased;
                () = ending.cancelled() => return,
                over = self.serve() => over,
            };
            tracing::warn!(at = %self.at, error = %over, "the gateway cannot listen here yet");
            tokio::select! {
                biased;
                () = ending.cancelled() => return,
                () = sleep(AGAIN) => {}
            }
        }
    }

    /// Serves for ever, once the address is bound.
    async fn serve(&self) -> std::io::Error {
        let listener = match listen_on(self.at) {
            Ok(listener) => listener,
            Err(error) => return error,
        };
        tracing::info!(at = %self.at, "the gateway listens");
        loop {
            self.accept(&listener).await;
        }
    }

    async fn accept(&self, listener: &TcpListener) {
        let (client, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(_) => return sleep(ACCEPT_PAUSE).await,
        };
        let (gateway, source) = (&self.ctx.gateway, from.ip().to_canonical());
        let (admitted, limit) = {
            let setting = gateway.setting.borrow();
            (setting.admits(source), usize::try_from(setting.connections).unwrap_or(usize::MAX))
        };
        if !admitted {
            tracing::warn!(%from, at = %self.at, "the gateway does not admit this source");
            return gateway.turn_away(client);
        }
        let Some(counted) = gateway.traffic.enter_below(limit) else {
            tracing::warn!(%from, limit, "the gateway is full");
            return gateway.turn_away(client);
        };
        let (ctx, at, passing) = (Arc::clone(&self.ctx), self.at, Arc::clone(&self.passing));
        let ending = self.connections.clone();
        self.connections.spawn("gateway connection", async move {
            let entered = passing.enter(at, source);
            tokio::select! {
                biased;
                () = ending.cancelled() => {}
                () = pass::connection(&ctx.gateway, client, from, (&entered, counted.meter())) => {}
            }
        });
    }
}
