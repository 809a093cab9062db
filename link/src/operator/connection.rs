//! The control connection: one task reads, answers find their askers, silence ends it.

use super::follows::Follows;
use super::running::Running;
use super::{Access, OperatorError};
use crate::control::{ControlError, Reader, Sender, write_frame};
use crate::dial::{self, Conn, Route, Socket};
use crate::lane::Lanes;
use crate::shutdown::Shutdown;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, ReadHalf};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep_until, timeout};
use tokio_rustls::TlsStream;
use wire::message::operator::{FromConsole, Push, Reply, Subscription, ToConsole};
use wire::message::view::WhoamiView;
use wire::message::{Envelope, Hello, TrustOffer};
use wire::session::liveness::{Due, Liveness, Pace};
use wire::{Generation, alpn, limits};

/// Pushes that may wait for a slow reader before it has to start over.
const PUSH_QUEUE: usize = 256;
/// How long this side may take to end the tunnels of a cut.
const CUT_DEADLINE: Duration = Duration::from_millis(50);

type Answer = Result<Reply, OperatorError>;

/// What the handle, the reader task and the tunnels share.
pub(super) struct Shared {
    pub(super) access: Access,
    pub(super) whoami: WhoamiView,
    pub(super) server: Hello,
    pub(super) connection: Generation,
    /// How the server was reached; lanes go the same way.
    pub(super) route: Route,
    pub(super) lanes: Lanes,
    /// Number of the next lane; held while one is dialled, so that a burst dials one.
    pub(super) next_lane: tokio::sync::Mutex<u64>,
    pub(super) running: Running,
    pub(super) follows: Follows,
    pub(super) shutdown: Shutdown,
    sender: Sender<FromConsole>,
    asked: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    pushes: Mutex<Option<Pushes>>,
    live: Mutex<Live>,
    rtt_us: AtomicU64,
    /// The newest offer of roots that nobody took yet.
    pub(super) trust: watch::Sender<Option<TrustOffer>>,
}

struct Pushes {
    wanted: Subscription,
    to: mpsc::Sender<Push>,
    missed: bool,
}

struct Live {
    liveness: Liveness,
    heartbeat: Option<(u64, Instant)>,
    nonce: u64,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut show = f.debug_struct("Operator");
        show.field("route", &self.route).field("connection", &self.connection).finish()
    }
}

/// Dials, exchanges hellos, starts the reader.
pub(super) async fn establish(
    access: &Access,
    shutdown: &Shutdown,
) -> Result<Arc<Shared>, OperatorError> {
    let climbed = access.ladder.climb(&access.servers, &access.tls, alpn::OPERATOR, access.timeout);
    let (_, mut conn) = climbed.await?;
    let Some(route) = conn.route.take() else { return Err(OperatorError::Lost) };
    let shutdown = shutdown.child();
    let greeted = timeout(access.timeout, greet(access, conn)).await;
    let greeting = greeted.map_err(|_| OperatorError::Timeout(access.timeout))??;
    let sender = Sender::spawn(greeting.writer, limits::MAX_FRAME, &shutdown);
    let shared = Arc::new(Shared {
        access: access.clone(),
        whoami: greeting.whoami,
        server: greeting.server,
        connection: greeting.connection,
        route,
        lanes: Lanes::new(),
        next_lane: tokio::sync::Mutex::new(0),
        running: Running::default(),
        follows: Follows::default(),
        shutdown: shutdown.clone(),
        sender,
        asked: Mutex::default(),
        pushes: Mutex::default(),
        live: Mutex::new(Live {
            liveness: Liveness::new(Pace::default(), now()),
            heartbeat: None,
            nonce: 0,
        }),
        rtt_us: AtomicU64::new(0),
        trust: watch::Sender::new(greeting.trust),
    });
    let reading = Arc::clone(&shared);
    shutdown.spawn("operator reader", async move { reading.run(greeting.reader).await });
    shared.beat();
    Ok(shared)
}

struct Greeting {
    reader: Reader<ReadHalf<TlsStream<Socket>>>,
    writer: tokio::io::WriteHalf<TlsStream<Socket>>,
    whoami: WhoamiView,
    server: Hello,
    connection: Generation,
    trust: Option<TrustOffer>,
}

async fn greet(access: &Access, conn: Conn) -> Result<Greeting, OperatorError> {
    let remote = conn.remote;
    let (read, mut writer) = tokio::io::split(conn.io);
    let mut reader = Reader::new(read, limits::MAX_FRAME);
    let hello = Hello { request: access.request, ..Hello::ours(&access.client, wall_ms()) };
    let body = FromConsole::Hello(hello);
    let hello = Envelope { id: 1, reply_to: None, body: Some(body), deadline_ms: None };
    let broken = |error: ControlError| match error {
        ControlError::Lost(error) => match dial::unwelcome(&error) {
            Some(what) => OperatorError::Dial(dial::DialError::Unwelcome { address: remote, what }),
            None => OperatorError::Lost,
        },
        ControlError::Violation(violation) => OperatorError::Protocol(violation.to_string()),
        _ => OperatorError::Lost,
    };
    write_frame(&mut writer, &hello, limits::MAX_FRAME).await.map_err(broken)?;
    let first: Envelope<ToConsole> = reader.next().await.map_err(broken)?;
    match first.body {
        Some(ToConsole::Welcome { hello, connection, whoami, trust }) => {
            hello.check().map_err(|v| OperatorError::Protocol(v.to_string()))?;
            Ok(Greeting { reader, writer, whoami, server: hello, connection, trust })
        }
        Some(ToConsole::Refused(refusal)) => Err(OperatorError::Refused(refusal)),
        _ => Err(OperatorError::Protocol("no welcome after the hello".to_owned())),
    }
}

impl Shared {
    /// Queues a message that will be answered; the answer arrives on the receiver.
    pub(super) fn ask(
        &self,
        message: FromConsole,
    ) -> Result<oneshot::Receiver<Answer>, OperatorError> {
        let (tell, answer) = oneshot::channel();
        // The lock spans send and insert, so that no answer can come before its asker is known.
        let mut asked = lock(&self.asked);
        if self.shutdown.is_cancelled() {
            return Err(OperatorError::Lost);
        }
        let id = self.sender.send(message).map_err(|_| OperatorError::Lost)?;
        asked.insert(id, tell);
        Ok(answer)
    }

    /// Queues a message that is not answered.
    pub(super) fn say(&self, message: FromConsole) -> Result<(), OperatorError> {
        self.sender.send(message).map(|_| ()).map_err(|_| OperatorError::Lost)
    }

    pub(super) fn subscribe(
        &self,
        wanted: Subscription,
    ) -> Result<mpsc::Receiver<Push>, OperatorError> {
        let (to, pushes) = mpsc::channel(PUSH_QUEUE);
        *lock(&self.pushes) = Some(Pushes { wanted: wanted.clone(), to, missed: false });
        self.sender.send(FromConsole::Subscribe(wanted)).map_err(|_| OperatorError::Lost)?;
        Ok(pushes)
    }

    pub(super) fn rtt(&self) -> Option<Duration> {
        let us = self.rtt_us.load(Relaxed);
        (us > 0).then(|| Duration::from_micros(us))
    }

    pub(super) fn silence(&self) -> Duration {
        lock(&self.live).liveness.silence(now())
    }

    async fn run<R: AsyncRead + Unpin>(self: Arc<Self>, mut reader: Reader<R>) {
        loop {
            let due = lock(&self.live).liveness.poll(now());
            let until = match due {
                Due::Dead => break,
                Due::Heartbeat => {
                    self.beat();
                    continue;
                }
                Due::Wait(until) => until,
            };
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => break,
                message = reader.next::<Envelope<ToConsole>>() => match message {
                    Ok(envelope) => self.handle(envelope),
                    Err(_) => break,
                },
                () = sleep_until(until.into()) => {}
            }
        }
        self.end();
    }

    /// Everybody who waits learns that the connection is gone.
    fn end(&self) {
        self.shutdown.cancel();
        self.lanes.close_all();
        lock(&self.asked).clear();
        *lock(&self.pushes) = None;
    }

    fn handle(self: &Arc<Self>, envelope: Envelope<ToConsole>) {
        lock(&self.live).liveness.handle_received(now());
        let answer = match envelope.body {
            Some(ToConsole::Reply(reply)) => Ok(*reply),
            Some(ToConsole::Refused(refusal)) => Err(OperatorError::Refused(refusal)),
            Some(ToConsole::Push(push)) => return self.pushed(*push),
            Some(ToConsole::Heartbeat { nonce, .. }) => return self.echoed(nonce),
            Some(ToConsole::Welcome { .. }) => return,
            Some(ToConsole::Unsupported) | None => Err(OperatorError::Unsupported),
        };
        let asker = envelope.reply_to.and_then(|id| lock(&self.asked).remove(&id));
        if let Some(asker) = asker {
            // The asker may have given up; its answer is then of no use to anybody.
            let _ = asker.send(answer);
        }
    }

    fn pushed(self: &Arc<Self>, push: Push) {
        if let Push::Cut { cut, tunnels, reason } = push {
            let this = Arc::clone(self);
            return self.shutdown.spawn("operator cut", async move {
                let ended = this.running.cut(&tunnels, reason);
                // Late is as good as never: the server takes the lane away then.
                if timeout(CUT_DEADLINE, ended).await.is_ok() {
                    let _ = this.sender.send(FromConsole::CutDone { cut });
                }
            });
        }
        if let Push::Trust(offer) = push {
            self.trust.send_replace(Some(offer));
            return;
        }
        if let Push::Ends { of, ends } = &push {
            return self.follows.told(of, ends);
        }
        let mut pushes = lock(&self.pushes);
        let Some(reader) = pushes.as_mut() else { return };
        if reader.missed {
            if reader.to.capacity() > PUSH_QUEUE / 2 && reader.to.try_send(Push::Resync).is_ok() {
                reader.missed = false;
                let _ = self.sender.send(FromConsole::Subscribe(reader.wanted.clone()));
            }
        } else if let Err(mpsc::error::TrySendError::Full(_)) = reader.to.try_send(push) {
            reader.missed = true;
        }
    }

    /// Tells the server that its roots are kept and in use.
    pub(super) fn trust_taken(&self, number: u32) {
        self.trust.send_if_modified(|offer| {
            let taken = offer.as_ref().is_some_and(|offer| offer.bundle.number == number);
            if taken {
                *offer = None;
            }
            taken
        });
        // A connection that is gone is asked again at the next one.
        let _ = self.sender.send(FromConsole::TrustTaken { number });
    }

    fn beat(&self) {
        let mut live = lock(&self.live);
        live.nonce += 1;
        let nonce = live.nonce;
        live.heartbeat = Some((nonce, now()));
        live.liveness.handle_asked(now());
        drop(live);
        if self.sender.send(FromConsole::Heartbeat { nonce }).is_err() {
            self.shutdown.cancel();
        }
    }

    fn echoed(&self, nonce: u64) {
        let mut live = lock(&self.live);
        if let Some((sent, at)) = live.heartbeat
            && sent == nonce
        {
            live.liveness.handle_confirmed();
            let us = u64::try_from(now().duration_since(at).as_micros()).unwrap_or(u64::MAX);
            self.rtt_us.store(us.max(1), Relaxed);
        }
    }
}

/// A panic elsewhere must not turn into one here: the data under these locks is always whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn wall_ms() -> u64 {
    use crate::clock::Clock;
    crate::clock::System.wall().0
}
