//! One control connection: hello, heartbeats, lanes, cuts, renewal, goodbye. Ends with a reason;
//! whether and when to come back is decided in [`crate::uplink`].

mod ending;
mod lanes;
mod welcome;

pub(crate) use ending::{Ended, Next};

use crate::agent::Phase;
use crate::context::{Context, random};
use crate::enrol::certificates;
use crate::identity::renewal::Renewal;
use crate::keeper;
use crate::targets::Allowlist;
use lanes::Lanes;
use link::Shutdown;
use link::control::{ControlError, Reader, Sender};
use link::dial::{Conn, Route};
use link::ladder::Way;
use link::tls::TlsError;
use minicbor::bytes::ByteVec;
use pki::KeyPair;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use welcome::{Welcome, open};
use wire::limits::MAX_FRAME;
use wire::message::agent::{Returned, TunnelEnd};
use wire::message::{Envelope, ToAgent, ToServer, TrustBundle};
use wire::session::liveness::{Due, Liveness};
use wire::{CloseReason, DisconnectReason, SafeText, TunnelId, Violation};

/// How often wall time is looked at, so that a jumped clock is noticed.
const LOOK: Duration = Duration::from_secs(30);
/// How long cut tunnels and the tasks of an ended session may take to be gone.
const ENDING: Duration = Duration::from_secs(5);
/// How long a goodbye may take to leave.
const GOODBYE: Duration = Duration::from_secs(2);

/// Runs a session on a fresh connection until it ends; how it ended, and for how long the server
/// had welcomed it. Everything that ran under it is over when this returns.
pub(crate) async fn run(
    ctx: &Arc<Context>,
    conn: Conn,
    server: &str,
    returned: Option<Returned>,
    shutdown: &Shutdown,
) -> (Ended, Option<Duration>) {
    let part = shutdown.child();
    // Whatever happens in it, what ran under it ends with it, and the next attempt follows.
    let served = serve(ctx, conn, server, returned, &part);
    let served = Shutdown::contained("session", served).await;
    let (ended, healthy) = served.unwrap_or_else(|| (Ended::fault(), None));
    ctx.tunnels.cut(&[], ended.close_reason());
    // The server's list belongs to its session; the next one brings its own.
    ctx.gate.narrow(None);
    let left = part.finish(ENDING).await;
    if left > 0 {
        tracing::warn!(tasks = left, "session ended with tasks that did not");
    }
    (ended, healthy)
}

async fn serve(
    ctx: &Arc<Context>,
    conn: Conn,
    server: &str,
    returned: Option<Returned>,
    part: &Shutdown,
) -> (Ended, Option<Duration>) {
    let direct = || Route { server: server.to_owned(), at: Some(conn.remote), way: Way::direct() };
    let route = conn.route.clone().unwrap_or_else(direct);
    let (reader, writer) = tokio::io::split(conn.io);
    let mut reader = Reader::new(reader, MAX_FRAME);
    let sender = Sender::spawn(writer, MAX_FRAME, part);
    let welcome = match open(ctx, &mut reader, &sender, returned, &route).await {
        Ok(welcome) => welcome,
        Err(ended) => return (ended, None),
    };
    let start = ctx.clock.now();
    let session = Session::new(ctx, sender, &welcome, route, part);
    let name = welcome.name;
    tracing::info!(node = %welcome.node, %name, generation = %welcome.generation, server, "connected");
    ctx.phase.send_replace(Phase::Connected {
        node: welcome.node,
        name,
        generation: welcome.generation,
        server: server.to_owned(),
    });
    let ended = session.run(&mut reader).await;
    (ended, Some(ctx.clock.now().saturating_duration_since(start)))
}

fn allow_texts(ctx: &Context) -> Vec<SafeText> {
    ctx.config.load().allow.iter().map(|entry| entry.as_str().into()).collect()
}

fn reverse_texts(ctx: &Context) -> Option<Vec<SafeText>> {
    Some(ctx.config.load().reverse.iter().map(|entry| entry.as_str().into()).collect())
}

struct Session<'a> {
    ctx: &'a Arc<Context>,
    sender: Sender<ToServer>,
    part: Shutdown,
    lanes: Lanes,
    liveness: Liveness,
    renewal: Renewal,
    changes: watch::Receiver<u64>,
    /// Where the server knows this node to listen for nodes behind it.
    gateway: Vec<SocketAddr>,
    /// The newest nonce of the server, to be echoed.
    echo: Option<u64>,
    /// The newest of ours, to be confirmed.
    nonce: u64,
    /// A draining server's word on when to come back.
    retry_after: Option<Duration>,
    /// The key that a rotation asked a certificate for.
    next: Option<Arc<KeyPair>>,
}

impl<'a> Session<'a> {
    fn new(
        ctx: &'a Arc<Context>,
        sender: Sender<ToServer>,
        welcome: &Welcome,
        route: Route,
        part: &Shutdown,
    ) -> Self {
        let lanes = Lanes::new(ctx, route, welcome.generation, &sender, part);
        lanes.keep_warm(welcome.warm_lanes);
        Self {
            ctx,
            sender,
            part: part.clone(),
            lanes,
            liveness: Liveness::new(welcome.pace, ctx.clock.now()),
            renewal: renewal_of(ctx),
            changes: ctx.changes.subscribe(),
            gateway: Vec::new(),
            echo: None,
            nonce: 0,
            retry_after: None,
            next: None,
        }
    }

    async fn run<R: AsyncRead + Unpin>(mut self, reader: &mut Reader<R>) -> Ended {
        if let Err(ended) = self.tell_gateway() {
            return ended;
        }
        loop {
            let wait = match self.tick() {
                Ok(wait) => wait,
                Err(ended) => return ended,
            };
            let handled = tokio::select! {
                biased;
                () = self.ctx.stopping.cancelled() => return self.goodbye().await,
                () = self.part.cancelled() => return Ended::given_up(),
                message = reader.next() => self.handle(message),
                Ok(()) = self.changes.changed() => self.tell_changes(),
                () = self.ctx.rotate.notified() => self.rotate(),
                () = sleep(wait) => Ok(()),
            };
            if let Err(ended) = handled {
                return ended;
            }
        }
    }

    /// Does what is due; says how long nothing else will be.
    fn tick(&mut self) -> Result<Duration, Ended> {
        let (now, wall) = (self.ctx.clock.now(), self.ctx.clock.wall());
        if self.renewal.due_in(wall).is_zero() {
            self.renew()?;
        }
        let wait = match self.liveness.poll(now) {
            Due::Dead => return Err(Ended::silent(self.liveness.silence(now))),
            Due::Heartbeat => {
                self.beat()?;
                Duration::ZERO
            }
            Due::Wait(until) => until.saturating_duration_since(now),
        };
        Ok(wait.min(self.renewal.due_in(wall)).min(LOOK))
    }

    fn beat(&mut self) -> Result<(), Ended> {
        let clock_ms = self.ctx.clock.wall().0;
        let echo = self.echo.take();
        self.nonce += 1;
        let nonce = Some(self.nonce);
        self.send(ToServer::Heartbeat { clock_ms, echo, spool_bytes: None, nonce })?;
        self.liveness.handle_asked(self.ctx.clock.now());
        Ok(())
    }

    fn send(&mut self, body: ToServer) -> Result<(), Ended> {
        self.sender.send(body).map_err(|error| Ended::lost(&error, None))?;
        self.liveness.handle_sent(self.ctx.clock.now());
        Ok(())
    }

    fn handle(&mut self, message: Result<Envelope<ToAgent>, ControlError>) -> Result<(), Ended> {
        let message = message.map_err(|error| Ended::lost(&error, self.retry_after))?;
        self.liveness.handle_received(self.ctx.clock.now());
        let Some(body) = message.body else {
            return self.unknown(message.id, message.reply_to);
        };
        match body {
            ToAgent::Heartbeat { nonce, .. } => {
                self.echo = Some(nonce);
                // At once, so that the server measures the way and not our timer.
                self.beat()
            }
            ToAgent::Heard { nonce } => {
                if nonce == self.nonce {
                    self.liveness.handle_confirmed();
                }
                Ok(())
            }
            ToAgent::OpenLane { lane } => {
                self.lanes.open(lane);
                Ok(())
            }
            ToAgent::Renewed { chain, trust } => {
                if let Some(bundle) = trust {
                    self.trust(bundle)?;
                }
                self.renewed(chain)
            }
            ToAgent::Trust(offer) => {
                self.trust(offer.bundle)?;
                if let Some(within) = offer.renew_within_ms {
                    let spread = Duration::from_millis(random() % within.max(1));
                    self.renewal.due_at(self.ctx.clock.wall().after(spread));
                }
                Ok(())
            }
            ToAgent::Draining { retry_after_ms } => {
                tracing::info!(retry_after_ms, "the server is draining");
                self.retry_after = Some(Duration::from_millis(retry_after_ms));
                Ok(())
            }
            ToAgent::Cut { tunnels, reason } => {
                self.cut(message.id, &tunnels, reason);
                Ok(())
            }
            ToAgent::Narrow { allow } => {
                self.narrow(allow);
                Ok(())
            }
            ToAgent::Limit { tunnels } => {
                self.limit(&tunnels);
                Ok(())
            }
            ToAgent::Bye { reason } => Err(Ended::bye(reason, self.retry_after)),
            ToAgent::Refused(refusal) => Err(Ended::refused(&refusal)),
            ToAgent::Welcome { .. } => {
                Err(Ended::violated(&Violation::Unexpected("second welcome")))
            }
        }
    }

    /// A kind this build does not know ends nothing (W3). An answer is not answered again.
    fn unknown(&mut self, id: u64, reply_to: Option<u64>) -> Result<(), Ended> {
        tracing::debug!(id, "message of an unknown kind");
        if reply_to.is_some() {
            return Ok(());
        }
        self.sender.unsupported(id).map(|_| ()).map_err(|error| Ended::lost(&error, None))
    }

    /// Ends tunnels, and says so once their last byte has moved.
    fn cut(&self, request: u64, tunnels: &[TunnelId], reason: CloseReason) {
        let hit = self.ctx.tunnels.cut(tunnels, reason);
        let (table, sender) = (self.ctx.tunnels.clone(), self.sender.clone());
        self.part.spawn("cut", async move {
            if table.gone(&hit, ENDING).await {
                // The session may be over; its end cut the tunnels as well.
                let _ = sender.reply(request, ToServer::CutDone);
            } else {
                tracing::error!("cut tunnels did not end in time");
            }
        });
    }

    /// Grants end at other times now.
    fn limit(&self, tunnels: &[TunnelEnd]) {
        let now = tokio::time::Instant::now();
        for end in tunnels {
            let ends = end.left_ms.map(|ms| now + Duration::from_millis(ms));
            self.ctx.tunnels.granted_until(end.tunnel, ends);
        }
    }

    fn narrow(&self, allow: Option<Vec<SafeText>>) {
        tracing::info!(entries = allow.as_ref().map(Vec::len), "the server narrows the allowlist");
        self.ctx.gate.narrow(allow.map(|entries| Allowlist::from_peer(&entries)));
        self.ctx.enforce_gate();
    }

    fn tell_changes(&mut self) -> Result<(), Ended> {
        self.send(ToServer::Allow {
            allow: allow_texts(self.ctx),
            reverse: reverse_texts(self.ctx),
        })?;
        self.tell_gateway()
    }

    fn tell_gateway(&mut self) -> Result<(), Ended> {
        let listen = self.ctx.gateway.listen();
        if listen == self.gateway {
            return Ok(());
        }
        self.gateway.clone_from(&listen);
        let listen = listen.iter().map(|at| at.to_string().into()).collect();
        self.send(ToServer::Gateway { listen })
    }

    fn renew(&mut self) -> Result<(), Ended> {
        self.renewal.asked(self.ctx.clock.wall());
        match self.ctx.identity.load().key.csr() {
            Ok(csr) => self.send(ToServer::Renew { csr: csr.into() }),
            Err(error) => {
                tracing::error!(%error, "no certificate request could be made");
                Ok(())
            }
        }
    }

    /// Keeps the server's roots, uses them from the next handshake on, and says so. Roots that none
    /// of ours certified are not taken; the connection stays.
    fn trust(&mut self, bundle: TrustBundle) -> Result<(), Ended> {
        let (ctx, number) = (self.ctx, bundle.number);
        let old = ctx.identity.load_full();
        let kept = old.trusting(&link::bundle::from_wire(bundle), ctx.clock.wall());
        let kept = kept.and_then(|new| {
            new.save(&ctx.dir)?;
            // What dials holds the old set: it takes over what is in the new one.
            old.trust.replace(new.trust.certificates())
        });
        if let Err(error) = kept {
            tracing::error!(%error, number, "the server's roots were not taken");
            return Ok(());
        }
        tracing::info!(number, "the server's roots are in use");
        self.send(ToServer::TrustTaken { number })
    }

    /// Asks for a certificate for a new key. Nothing of the old one is touched until it comes.
    fn rotate(&mut self) -> Result<(), Ended> {
        let made = KeyPair::generate().and_then(|key| key.csr().map(|csr| (key, csr)));
        match made {
            Ok((key, csr)) => {
                self.next = Some(Arc::new(key));
                self.send(ToServer::Rotate { csr: csr.into() })
            }
            Err(error) => {
                tracing::error!(%error, "no new key could be made");
                Ok(())
            }
        }
    }

    /// Keeps a new certificate, then uses it, then says so: the connection stays.
    fn renewed(&mut self, chain: Vec<ByteVec>) -> Result<(), Ended> {
        let (ctx, chain) = (self.ctx, certificates(chain));
        let (identity, now) = (ctx.identity.load_full(), ctx.clock.wall());
        let next = self.next.take();
        let rekeyed = next.and_then(|key| identity.rekeyed(key, chain.clone(), now).ok());
        let new = match rekeyed {
            Some(new) => Ok(new),
            None => identity.renewed(chain, now),
        };
        let taken = new.map_err(TlsError::from).and_then(|new| ctx.take(new));
        if let Err(error) = taken {
            tracing::error!(%error, "the new certificate was not taken");
            return Ok(());
        }
        keeper::rotated(&ctx.dir, &identity.key, &ctx.identity.load().key);
        self.renewal = renewal_of(ctx);
        self.send(ToServer::Kept { renewal: ctx.identity.load().renewal })
    }

    async fn goodbye(mut self) -> Ended {
        let said = self.send(ToServer::Bye { reason: DisconnectReason::AgentStopped });
        if said.is_ok() {
            // Stopping does not depend on the peer: what has not left by then never will.
            let _ = timeout(GOODBYE, self.sender.flushed()).await;
        }
        Ended::stopped()
    }
}

fn renewal_of(ctx: &Context) -> Renewal {
    let identity = ctx.identity.load();
    Renewal::new(identity.issued_at, identity.not_after, random())
}
