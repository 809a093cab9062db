//! The loop of an agent's session: heartbeats, silence, renewals, and the orderly end of all that
//! hung on it.

use super::admit::{Admitted, goodbye, welcome};
use crate::ca::der;
use crate::conn::enrol;
use crate::core::{Core, lock};
use crate::ops::{Done, Op, Taker};
use crate::registry::{Session, Standing};
use link::Shutdown;
use link::control::Reader;
use pki::{Role, Subject};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tokio::io::AsyncRead;
use wire::message::{Envelope, ToAgent, ToServer};
use wire::session::liveness::{Due, Liveness, Pace};
use wire::{CloseReason, DisconnectReason, Refusal, RefusalCode, SafeText, UnixMs};

/// How long the tunnels of an ended session may take to say so to both sides.
const TUNNELS_END: Duration = Duration::from_secs(1);

struct Loop {
    core: Arc<Core>,
    session: Arc<Session>,
    /// The key in use, and the number of its newest certificate that is.
    spki: [u8; 32],
    held: u64,
    liveness: Liveness,
    not_after: UnixMs,
    nonce: u64,
    asked_at: Option<Instant>,
}

/// Runs a session until it ends, then cleans up after it.
pub(super) async fn until_the_end<R>(core: Arc<Core>, admitted: Admitted, reader: Reader<R>)
where
    R: AsyncRead + Unpin,
{
    let session = Arc::clone(&admitted.session);
    // It is registered: whatever happens from here on, it is taken out again.
    let served = serve(Arc::clone(&core), admitted, reader);
    let served = Shutdown::contained("agent session", served).await;
    finish(&core, &session, served.unwrap_or(DisconnectReason::Internal)).await;
}

async fn serve<R>(core: Arc<Core>, admitted: Admitted, reader: Reader<R>) -> DisconnectReason
where
    R: AsyncRead + Unpin,
{
    let Admitted { session, peer, record } = admitted;
    welcome(&core, &session, &record);
    drop(record);
    let pace = Pace { heartbeat: core.config().heartbeat, dead_after: core.config().dead_after };
    let mut run = Loop {
        liveness: Liveness::new(pace, core.clock.now()),
        not_after: UnixMs(peer.not_after_ms),
        core,
        session,
        spki: peer.spki,
        held: peer.renewal,
        nonce: 0,
        asked_at: None,
    };
    run.run(reader).await
}

impl Loop {
    async fn run<R: AsyncRead + Unpin>(&mut self, mut reader: Reader<R>) -> DisconnectReason {
        let session = Arc::clone(&self.session);
        self.heartbeat();
        self.assess();
        loop {
            let until = self.wake_at();
            tokio::select! {
                biased;
                reason = session.ending() => return reason,
                () = session.shutdown.cancelled() => return self.cut_off(),
                frame = reader.next::<Envelope<ToServer>>() => {
                    let envelope = match frame {
                        Ok(envelope) => envelope,
                        Err(error) => return super::reason_of(&error),
                    };
                    if let Some(reason) = self.handle(envelope).await {
                        return reason;
                    }
                }
                () = tokio::time::sleep_until(until.into()) => {
                    if let Some(reason) = self.due() {
                        return reason;
                    }
                }
            }
        }
    }

    fn cut_off(&self) -> DisconnectReason {
        if self.core.shutdown.is_cancelled() {
            DisconnectReason::ServerStopped
        } else {
            DisconnectReason::PeerReset
        }
    }

    fn wake_at(&self) -> Instant {
        let now = self.core.clock.now();
        let expires = now + self.not_after.since(self.core.wall());
        match self.liveness.poll(now) {
            Due::Wait(until) => until.min(expires),
            Due::Heartbeat | Due::Dead => now,
        }
    }

    /// Does what is due; a reason ends the session.
    fn due(&mut self) -> Option<DisconnectReason> {
        if self.core.wall() >= self.not_after {
            tracing::warn!(node = %self.session.node, "certificate expired, connection ended");
            return Some(DisconnectReason::CertExpired);
        }
        match self.liveness.poll(self.core.clock.now()) {
            Due::Dead => Some(DisconnectReason::KeepaliveTimeout),
            Due::Heartbeat => {
                self.heartbeat();
                None
            }
            Due::Wait(_) => None,
        }
    }

    fn heartbeat(&mut self) {
        let now = self.core.clock.now();
        self.nonce += 1;
        self.asked_at = Some(now);
        self.liveness.handle_asked(now);
        let rtt_us = lock(&self.session.facts).rtt.map(|(micros, _)| micros);
        let clock_ms = self.core.wall().0;
        // A queue that is full or closed cancels the session's shutdown.
        let _ =
            self.session.to_agent.send(ToAgent::Heartbeat { nonce: self.nonce, clock_ms, rtt_us });
    }

    async fn handle(&mut self, envelope: Envelope<ToServer>) -> Option<DisconnectReason> {
        let (now, wall) = (self.core.clock.now(), self.core.wall());
        self.liveness.handle_received(now);
        self.session.heard(wall);
        self.core.feed.heard(self.session.node);
        match envelope.body {
            Some(ToServer::Heartbeat { clock_ms, echo, spool_bytes, nonce }) => {
                if let Some(nonce) = nonce {
                    // A queue that is full or closed cancels the session's shutdown.
                    let _ = self.session.to_agent.send(ToAgent::Heard { nonce });
                }
                self.heard(clock_ms, echo, spool_bytes);
            }
            Some(ToServer::Renew { csr }) => {
                return self.renew(envelope.id, &csr, For::SameKey).await;
            }
            Some(ToServer::Rotate { csr }) => {
                return self.renew(envelope.id, &csr, For::NewKey).await;
            }
            Some(ToServer::Kept { renewal }) => self.kept(renewal).await,
            Some(ToServer::Leave) => return self.leave().await,
            Some(ToServer::TunnelEnded { tunnel, up_bytes, down_bytes, .. }) => {
                let theirs = (up_bytes, down_bytes);
                if !self.core.tunnels.reconcile(tunnel, self.session.node, theirs) {
                    self.core.metrics.tunnel_mismatches.inc();
                    tracing::warn!(node = %self.session.node, %tunnel, "the agent counted other totals");
                }
            }
            Some(ToServer::Allow { allow, reverse }) => {
                lock(&self.session.facts).told(allow, reverse);
                self.core.links.told(self.session.node);
                self.core.feed.node(self.session.node);
            }
            Some(ToServer::Gateway { listen }) => lock(&self.session.facts).listens(&listen),
            Some(ToServer::TrustTaken { number }) => self.trust_taken(number).await,
            Some(ToServer::Bye { reason }) => return Some(farewell(reason)),
            Some(ToServer::Hello { .. }) => return Some(DisconnectReason::ProtocolError),
            // A cut is awaited at the server's own splices; an unknown kind is no error (W3).
            Some(ToServer::CutDone) | None => {}
        }
        None
    }

    fn heard(&mut self, clock_ms: u64, echo: Option<u64>, spool_bytes: Option<u64>) {
        let (now, wall) = (self.core.clock.now(), self.core.wall());
        {
            let mut facts = lock(&self.session.facts);
            let mut way = Duration::ZERO;
            if echo == Some(self.nonce)
                && let Some(asked) = self.asked_at.take()
            {
                self.liveness.handle_confirmed();
                let rtt = now.saturating_duration_since(asked);
                facts.measured(now, wall, u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX));
                way = rtt / 2;
            }
            let theirs = i64::try_from(UnixMs(clock_ms).after(way).0).unwrap_or(i64::MAX);
            let ours = i64::try_from(wall.0).unwrap_or(i64::MAX);
            facts.skew = Some((theirs.saturating_sub(ours), wall));
            facts.spool = spool_bytes.map(|bytes| (bytes, wall));
        }
        self.assess();
    }

    /// Works out whether the node is degraded, and tells consoles what changed.
    fn assess(&self) {
        let Some(record) = self.core.state.fleet().node(self.session.node) else { return };
        let standing = Standing {
            certificate_expires_at: record.certificate_expires_at,
            version: record.version.as_ref(),
            reconnects: &record.reconnects,
        };
        let (changed, degraded) = {
            let mut facts = lock(&self.session.facts);
            let changed = facts.assess(standing, crate::VERSION, self.core.wall());
            (changed, !facts.reasons.is_empty())
        };
        if self.session.degraded.swap(degraded, Relaxed) != degraded {
            self.core.registry.count_degraded(degraded);
        }
        if changed {
            self.core.feed.node(self.session.node);
        }
    }

    async fn trust_taken(&self, number: u32) {
        let taker = Taker::Node(self.session.node);
        if let Err(refusal) = self.core.apply(Op::TrustTaken { taker, number }).await {
            tracing::warn!(node = %self.session.node, %refusal, "not recorded what is trusted");
        }
    }

    /// A new certificate for the enrolled key, and only for it; or for the one that replaces it.
    async fn renew(&mut self, asked: u64, csr: &[u8], key: For) -> Option<DisconnectReason> {
        let spki = match enrol::proven(csr) {
            Ok(proven) => proven.spki(),
            Err(refusal) => return self.refuse(asked, refusal),
        };
        if (spki == self.spki) != (key == For::SameKey) {
            return Some(DisconnectReason::ProtocolError);
        }
        match self.issue(csr, spki).await {
            Ok(Renewed::Chain(chain)) => {
                let sent = self
                    .session
                    .to_agent
                    .reply(asked, ToAgent::Renewed { chain, trust: self.untold() });
                self.assess();
                sent.err().map(|_| DisconnectReason::PeerReset)
            }
            Ok(Renewed::Cloned) => Some(DisconnectReason::Locked),
            Err(refusal) => self.refuse(asked, refusal),
        }
    }

    /// Durable, then signed.
    async fn issue(&mut self, csr: &[u8], spki: [u8; 32]) -> Result<Renewed, Refusal> {
        let (node, now) = (self.session.node, self.core.wall());
        let certificate_expires_at = enrol::until(&self.core, Role::Node, now)?;
        let source = self.source();
        let op = Op::Renew { node, held: self.held, spki, certificate_expires_at, source };
        match self.core.apply(op).await?.done {
            Done::Node(record) => {
                let subject = Subject::node(node.to_string(), record.renewals.issued);
                let issued = enrol::issue(&self.core, &subject, csr, now)?;
                let cause = self.core.cause(record.ca);
                self.core.issued(&issued, Role::Node, &node.to_string(), cause).await?;
                self.not_after = UnixMs(issued.not_after_ms);
                Ok(Renewed::Chain(der(&issued)))
            }
            Done::Cloned(record) => {
                super::cut_holders(&self.core, &record).await;
                Ok(Renewed::Cloned)
            }
            _ => Err(Refusal::new(RefusalCode::Server, "the renewal was not carried out")),
        }
    }

    /// The agent uses its newest certificate: a copy of an older one gives itself away from now on.
    async fn kept(&mut self, renewal: u64) {
        let (node, source) = (self.session.node, self.source());
        match self.core.apply(Op::Kept { node, renewal, source }).await.map(|applied| applied.done)
        {
            Ok(Done::Node(record)) => (self.held, self.spki) = (renewal, record.spki),
            Ok(_) => {}
            Err(refusal) => tracing::warn!(%node, %refusal, "a renewal's use was not recorded"),
        }
    }

    /// The node gives its identity up; its goodbye says that this is durable.
    async fn leave(&mut self) -> Option<DisconnectReason> {
        let (node, source) = (self.session.node, self.source());
        match self.core.apply(Op::Leave { node, source }).await {
            Ok(_) => {
                self.core.revoked.insert(self.spki);
                self.core.presence.remove(node);
                self.core.feed.ports();
                Some(DisconnectReason::Revoked)
            }
            Err(refusal) => {
                tracing::warn!(%node, %refusal, "a node could not leave");
                None
            }
        }
    }

    /// The roots in force, if this node has not said that it took them.
    fn untold(&self) -> Option<wire::message::TrustBundle> {
        let fleet = self.core.state.fleet();
        let node = fleet.node(self.session.node)?;
        (node.ca.trusts != fleet.ca().number).then(|| link::bundle::to_wire(&self.core.bundle()))
    }

    fn source(&self) -> SafeText {
        self.session.source.to_string().into()
    }

    fn refuse(&self, asked: u64, refusal: Refusal) -> Option<DisconnectReason> {
        let sent = self.session.to_agent.reply(asked, ToAgent::Refused(refusal));
        sent.err().map(|_| DisconnectReason::PeerReset)
    }
}

/// Which key a certificate is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    SameKey,
    NewKey,
}

/// What came of a renewal.
enum Renewed {
    Chain(Vec<minicbor::bytes::ByteVec>),
    Cloned,
}

/// What an agent may give as its reason to go.
fn farewell(reason: DisconnectReason) -> DisconnectReason {
    match reason {
        DisconnectReason::AgentStopped | DisconnectReason::AgentUpgrade => reason,
        _ => DisconnectReason::PeerClosed,
    }
}

fn close_reason(reason: DisconnectReason) -> CloseReason {
    match reason {
        DisconnectReason::Superseded => CloseReason::Superseded,
        DisconnectReason::Revoked => CloseReason::Revoked,
        DisconnectReason::Locked => CloseReason::Locked,
        DisconnectReason::Drain | DisconnectReason::ServerStopped => CloseReason::Drain,
        _ => CloseReason::NodeLost,
    }
}

/// Unroutes the session, ends what it carried, and writes down how it ended.
async fn finish(core: &Core, session: &Session, reason: DisconnectReason) {
    let was_current = core.registry.unregister(session.node, session.generation, reason);
    if was_current && core.presence.lost(session.node, core.clock.now()) {
        core.feed.ports();
    }
    if session.degraded.swap(false, Relaxed) {
        core.registry.count_degraded(false);
    }
    core.feed.node(session.node);
    let tunnels: Vec<_> = core
        .tunnels
        .of_node(session.node)
        .into_iter()
        .filter(|tunnel| {
            // What another node carries of a link ends with the listener here.
            tunnel.node.as_ref().is_some_and(|node| node.id == session.node)
                && tunnel.generation == Some(session.generation)
        })
        .collect();
    for tunnel in &tunnels {
        tunnel.cut(close_reason(reason), &"node".into());
    }
    let said = goodbye(session, reason);
    let ended = async {
        for tunnel in &tunnels {
            tunnel.ended.cancelled().await;
        }
    };
    // What has not ended by then ends with its lane.
    let ended = tokio::time::timeout(TUNNELS_END, ended);
    let (_, (), ()) = tokio::join!(ended, said, write_down(core, session, reason));
    session.lanes.close_all();
    core.metrics.node_disconnected(reason);
    tracing::info!(node = %session.node, generation = %session.generation, %reason, "node disconnected");
    session.shutdown.finish(TUNNELS_END).await;
}

async fn write_down(core: &Core, session: &Session, reason: DisconnectReason) {
    // A server that is aborted behaves as if killed.
    if reason == DisconnectReason::ServerStopped {
        return;
    }
    let op = Op::Disconnect {
        node: session.node,
        generation: session.generation,
        reason,
        last_seen: session.last_heard(),
        source: session.source.to_string().into(),
    };
    if let Err(refusal) = core.apply(op).await {
        tracing::warn!(node = %session.node, %refusal, "disconnect not recorded");
    }
}
