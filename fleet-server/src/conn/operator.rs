//! An operator's control connection: hello → live check → welcome, then requests side by side,
//! pushes and heartbeats until it ends. Its lanes are `conn::operator::lane`.

mod attend;
mod changes;
mod ends;
mod grants;
mod invite;
mod lane;
mod links;
mod needs;
mod objects;
mod open;
mod policy;
mod probe;
mod queries;
mod requests;
mod revoke;
mod share;

pub(crate) use attend::tell;
pub(crate) use grants::cut_entry;
pub(crate) use lane::run as lane;
pub(crate) use open::{Caller, establish};

use crate::accept::{Fault, Ticket};
use crate::core::Core;
use crate::events;
use crate::fleet::{CaStanding, OperatorRecord, Stored, Subject};
use crate::operators::{OperatorSession, Parts};
use crate::ops::{Op, Taker};
use crate::policy::Sight;
use link::Shutdown;
use link::control::{ControlError, Reader, Sender, write_frame};
use link::dial::Conn;
use link::peer::{Peer, PeerId};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use wire::audit::Entry;
use wire::limits::{HANDSHAKE_DEADLINE, MAX_FOLLOWED, MAX_FRAME, OPERATOR_IN_FLIGHT};
use wire::message::operator::{Followed, Subscription};
use wire::message::{Envelope, FromConsole, Hello, Request, SHARES, ToConsole};
use wire::session::liveness::{Due, Liveness, Pace};
use wire::{CloseReason, DisconnectReason, OperatorId, Refusal, RefusalCode, UnixMs};

const LAST_WORDS: Duration = Duration::from_millis(500);
const TASKS_END: Duration = Duration::from_secs(1);

/// Serves one operator until its connection ends.
pub(crate) async fn run(core: Arc<Core>, conn: Conn, source: IpAddr, ticket: Ticket) {
    let Some((id, peer)) = operator_of(&conn) else { return };
    let (read, mut write) = tokio::io::split(conn.io);
    let mut reader = Reader::new(read, MAX_FRAME);
    let first = tokio::select! {
        biased;
        () = ticket.evicted() => return,
        first = tokio::time::timeout(HANDSHAKE_DEADLINE, reader.next::<Envelope<FromConsole>>()) => first,
    };
    let first = match first {
        Ok(Ok(first)) => first,
        Ok(Err(ControlError::Violation(_))) => return core.fault(source, Fault::Malformed),
        Ok(Err(_)) => return core.fault(source, Fault::Idle),
        Err(_) => return core.fault(source, Fault::Slow),
    };
    let (record, hello) = match admit(&core, id, &peer, first.body) {
        Ok(admitted) => admitted,
        Err(refusal) => return refuse(&mut write, first.id, refusal).await,
    };
    let _proven = ticket.proven();
    let shown = core.shown_issuer(&id.to_string(), &peer.serial).await;
    let shutdown = core.shutdown.child();
    let session = Arc::new(OperatorSession::new(Parts {
        connection: core.operators.next(),
        id,
        name: record.name.clone(),
        roles: record.roles_at(core.wall()).cloned().collect(),
        spki: peer.spki,
        source,
        since: core.wall(),
        client: hello.version,
        request: hello.request,
        to_console: Sender::spawn(write, MAX_FRAME, &shutdown),
        shutdown,
        not_after: UnixMs(peer.not_after_ms),
    }));
    core.operators.add(&session);
    let span = tracing::info_span!(
        "operator",
        operator = %session.name,
        conn = %session.connection,
        request = session.request.map(tracing::field::display),
    );
    let serve = async {
        welcome(&core, &session, (&record, shown), first.id);
        drop(record);
        Loop::new(Arc::clone(&core), Arc::clone(&session)).run(reader).await;
    };
    let served = async {
        // It is registered: whatever happens meanwhile, it is taken out again.
        let _ = Shutdown::contained("operator session", serve).await;
        finish(&core, &session).await;
    };
    served.instrument(span).await;
}

fn welcome(
    core: &Arc<Core>,
    session: &Arc<OperatorSession>,
    (record, shown): (&Arc<OperatorRecord>, Option<u32>),
    reply_to: u64,
) {
    record_login(core, session, record);
    collected(core, record);
    let (source, not_after) = (session.source, session.not_after());
    let welcome = ToConsole::Welcome {
        hello: Hello {
            features: vec![SHARES.to_owned()],
            ..Hello::ours(crate::VERSION, core.wall().0)
        },
        connection: session.connection,
        whoami: crate::views::whoami(core, record, source, Some(not_after)),
        trust: crate::ca::offer(core, standing(core, record, shown)),
    };
    // A connection that cannot take its welcome ends in the loop's first turn.
    let _ = session.to_console.reply(reply_to, welcome);
}

/// The certificate of a token is shown for the first time: its holder has it. Written down by the way.
pub(crate) fn collected(core: &Arc<Core>, record: &OperatorRecord) {
    if record.ca.unshown_since.is_none() {
        return;
    }
    let (task, operator) = (Arc::clone(core), record.id);
    core.shutdown.spawn("collected", async move {
        if let Err(refusal) = task.apply(Op::Shown { operator }).await {
            tracing::warn!(%refusal, "not recorded that a certificate was collected");
        }
    });
}

/// How far he has followed the authority, by the certificate that he shows.
fn standing(core: &Core, record: &OperatorRecord, shown: Option<u32>) -> CaStanding {
    // Read anew: a rotation may have moved on since he was admitted.
    let kept = core.state.fleet().operator(record.id).map_or(record.ca, |now| now.ca);
    CaStanding { issuer: shown.unwrap_or(kept.issuer), ..kept }
}

fn record_login(core: &Core, session: &OperatorSession, record: &OperatorRecord) {
    if core.operators.is_login(session, core.clock.now()) {
        let entry = Entry::new("operator.login", session.actor(), record.object())
            .with("expires_at", session.not_after().to_string());
        core.state.record(entry);
        tracing::info!(operator = %session.name, source = %session.source, "operator logged in");
    }
}

/// The operator a connection proved to be.
fn operator_of(conn: &Conn) -> Option<(OperatorId, Peer)> {
    let peer = conn.peer.clone()?;
    match peer.id {
        PeerId::Operator(operator) => Some((operator, peer)),
        PeerId::Node(_) => None,
    }
}

fn admit(
    core: &Core,
    id: OperatorId,
    peer: &Peer,
    first: Option<FromConsole>,
) -> Result<(Arc<OperatorRecord>, Hello), Refusal> {
    let Some(FromConsole::Hello(hello)) = first else {
        return Err(Refusal::new(RefusalCode::Usage, "the first message is a hello"));
    };
    hello.check().map_err(|violation| {
        Refusal::new(RefusalCode::Server, violation.to_string())
            .hint("use the same version of tunnelctl as the server")
    })?;
    Ok((live(core, id, &peer.spki)?, hello))
}

/// The operator's record, if this key may act for it right now.
pub(crate) fn live(
    core: &Core,
    id: OperatorId,
    spki: &[u8; 32],
) -> Result<Arc<OperatorRecord>, Refusal> {
    let unknown = || Refusal::new(RefusalCode::Auth, format!("{id} is no operator here"));
    let record = core.state.fleet().operator(id).ok_or_else(unknown)?;
    if record.logged_out.is_some() {
        let message = format!("operator {} logged out", record.name);
        return Err(Refusal::new(RefusalCode::Auth, message).hint("tunnelctl login"));
    }
    if record.revoked.is_some() || record.spki != *spki || core.revoked.contains(spki) {
        let message = format!("operator {}: this identity is revoked", record.name);
        return Err(Refusal::new(RefusalCode::Auth, message));
    }
    if let Some(lock) = core.state.fleet().lock_on(Subject::Operator(id), core.wall()) {
        let message = format!("operator {} is locked: {}", record.name, lock.reason);
        return Err(Refusal::new(RefusalCode::Denied, message)
            .hint("another operator lifts it: tunnelctl unlock operator"));
    }
    Ok(record)
}

async fn refuse<W: AsyncWrite + Unpin>(io: &mut W, asked: u64, refusal: Refusal) {
    let body = Some(ToConsole::Refused(refusal));
    let envelope = Envelope { id: 1, reply_to: Some(asked), body, deadline_ms: None };
    // Whether it was read does not matter: the connection ends either way.
    let _ = tokio::time::timeout(LAST_WORDS, write_frame(io, &envelope, MAX_FRAME)).await;
    let _ = tokio::time::timeout(LAST_WORDS, tokio::io::AsyncWriteExt::shutdown(io)).await;
}

/// Who asks, how things stand with him right now, and what he may see.
pub(crate) struct Asker<'a> {
    pub(crate) core: &'a Arc<Core>,
    pub(crate) session: &'a OperatorSession,
    pub(crate) record: &'a Arc<OperatorRecord>,
    pub(crate) sight: Sight,
}

impl Asker<'_> {
    /// What he is called, for records of what he did.
    fn by(&self) -> wire::SafeText {
        self.session.name.as_str().into()
    }
}

struct Loop {
    core: Arc<Core>,
    session: Arc<OperatorSession>,
    liveness: Liveness,
    in_flight: Arc<Semaphore>,
    subscription: CancellationToken,
    /// Takes what is to be warned of, once anything is.
    follow: Option<mpsc::Sender<Followed>>,
}

impl Loop {
    fn new(core: Arc<Core>, session: Arc<OperatorSession>) -> Self {
        Self {
            liveness: Liveness::new(Pace::default(), core.clock.now()),
            in_flight: Arc::new(Semaphore::new(OPERATOR_IN_FLIGHT)),
            subscription: CancellationToken::new(),
            follow: None,
            core,
            session,
        }
    }

    async fn run<R: AsyncRead + Unpin>(&mut self, mut reader: Reader<R>) {
        let session = Arc::clone(&self.session);
        loop {
            let until = self.wake_at();
            tokio::select! {
                biased;
                () = session.shutdown.cancelled() => return,
                frame = reader.next::<Envelope<FromConsole>>() => {
                    let Ok(envelope) = frame else { return };
                    self.liveness.handle_received(self.core.clock.now());
                    if !self.handle(envelope) {
                        return;
                    }
                }
                () = tokio::time::sleep_until(until.into()) => {
                    if !self.due() {
                        return;
                    }
                }
            }
        }
    }

    fn wake_at(&self) -> Instant {
        let now = self.core.clock.now();
        let expires = now + self.session.not_after().since(self.core.wall());
        match self.liveness.poll(now) {
            Due::Wait(until) => until.min(expires),
            Due::Heartbeat | Due::Dead => now,
        }
    }

    /// Does what is due; `false` ends the connection.
    fn due(&mut self) -> bool {
        if self.core.wall() >= self.session.not_after() {
            self.expired();
            return false;
        }
        match self.liveness.poll(self.core.clock.now()) {
            Due::Dead => false,
            Due::Heartbeat => self.beat(0),
            Due::Wait(_) => true,
        }
    }

    /// Its tunnels say that their operator is gone; why, stands here.
    fn expired(&self) {
        tracing::info!(operator = %self.session.name, "certificate expired, connection ended");
        let Some(record) = self.core.state.fleet().operator(self.session.id) else { return };
        let entry = Entry::new("operator.disconnect", self.session.actor(), record.object())
            .with("reason", DisconnectReason::CertExpired.as_str());
        self.core.state.record(entry);
    }

    fn beat(&mut self, nonce: u64) -> bool {
        self.liveness.handle_sent(self.core.clock.now());
        let at = self.core.wall();
        self.session.to_console.send(ToConsole::Heartbeat { nonce, at }).is_ok()
    }

    /// Handles one message; `false` ends the connection.
    fn handle(&mut self, envelope: Envelope<FromConsole>) -> bool {
        match envelope.body {
            Some(FromConsole::Request(request)) => self.request(envelope.id, *request),
            Some(FromConsole::Subscribe(wanted)) => self.subscribe(wanted),
            Some(FromConsole::Heartbeat { nonce }) => return self.beat(nonce),
            Some(FromConsole::TrustTaken { number }) => self.trust_taken(number),
            Some(FromConsole::CutDone { cut }) => self.session.cut_done(cut),
            Some(FromConsole::Present) => self.present(),
            Some(FromConsole::Follow(of)) => self.follow(of),
            Some(FromConsole::Hello(_)) => return false,
            None => {
                return self.session.to_console.reply(envelope.id, ToConsole::Unsupported).is_ok();
            }
        }
        true
    }

    /// Written down by the way: the operator's next request does not wait for it.
    fn trust_taken(&self, number: u32) {
        let (core, id) = (Arc::clone(&self.core), self.session.id);
        self.core.shutdown.spawn("trust", async move {
            let taker = Taker::Operator(id);
            if let Err(refusal) = core.apply(Op::TrustTaken { taker, number }).await {
                tracing::warn!(%refusal, "not recorded what is trusted");
            }
        });
    }

    fn request(&self, asked: u64, request: Request) {
        let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            let message = format!("{OPERATOR_IN_FLIGHT} requests are in flight already");
            let refusal = Refusal::new(RefusalCode::Failed, message).hint("wait for answers first");
            // Its queue is bounded too: who floods both loses the connection.
            let _ = self.session.to_console.reply(asked, ToConsole::Refused(refusal));
            return;
        };
        let (core, session) = (Arc::clone(&self.core), Arc::clone(&self.session));
        // Owned by the server: a change goes through to its end even if the operator hangs up.
        self.core.requests.spawn("request", async move {
            let handled =
                Shutdown::contained("request", requests::handle(&core, &session, request));
            let answer = match handled.await.unwrap_or_else(|| Err(Core::faulty_refusal())) {
                Ok(reply) => ToConsole::Reply(Box::new(reply)),
                Err(refusal) => {
                    log_refusal(&refusal);
                    ToConsole::Refused(refusal)
                }
            };
            if let Err(ControlError::Violation(_)) = session.to_console.reply(asked, answer) {
                let refusal = Refusal::new(RefusalCode::Server, "the answer is too large")
                    .hint("ask for less at a time");
                // A connection that is gone needs no answer.
                let _ = session.to_console.reply(asked, ToConsole::Refused(refusal));
            }
            drop(permit);
        });
    }

    fn present(&self) {
        let arrive = attend::arrive(Arc::clone(&self.core), Arc::clone(&self.session));
        self.core.shutdown.spawn("present", arrive);
    }

    fn follow(&mut self, of: Followed) {
        let (core, session) = (&self.core, &self.session);
        let to = self.follow.get_or_insert_with(|| {
            let (to, wanted) = mpsc::channel(MAX_FOLLOWED);
            let warn = ends::run(Arc::clone(core), Arc::clone(session), wanted);
            session.shutdown.spawn("warnings", warn);
            to
        });
        // Over the bound it is not followed: nobody is warned of it, nothing else is lost.
        let _ = to.try_send(of);
    }

    fn subscribe(&mut self, wanted: Subscription) {
        let replaced = std::mem::take(&mut self.subscription);
        replaced.cancel();
        let (core, session) = (Arc::clone(&self.core), Arc::clone(&self.session));
        let push = events::push(core, session, wanted, self.subscription.clone());
        self.session.shutdown.spawn("subscription", push);
    }
}

/// With the span's id of the run: what people look for after an error. Questions about what is not
/// there are part of any script's day.
fn log_refusal(refusal: &Refusal) {
    match refusal.code {
        RefusalCode::NotFound | RefusalCode::NodeOffline | RefusalCode::Usage => {
            tracing::debug!(%refusal, "request refused");
        }
        _ => tracing::info!(%refusal, "request refused"),
    }
}

async fn finish(core: &Core, session: &OperatorSession) {
    core.operators.remove(session.connection);
    for tunnel in core.tunnels.of_operator(session.connection) {
        tunnel.cut(CloseReason::OperatorLost, &"client".into());
    }
    // Also reached by drain: what is queued may still leave.
    let _ = tokio::time::timeout(LAST_WORDS, session.to_console.flushed()).await;
    session.shutdown.finish(TASKS_END).await;
}
