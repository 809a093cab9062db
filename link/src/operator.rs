//! An operator's connection to the server: requests, pushes, tunnels. Used by the command line,
//! the console, the demo and tests alike.
//!
//! It does not reconnect: who holds one decides whether a lost answer may be asked for again.

mod connection;
mod follows;
mod lanes;
mod running;
mod timeline;

use crate::dial::DialError;
use crate::ladder::{Ladder, Way};
use crate::lane::{LaneError, LaneStream};
use crate::meter::Meter;
use crate::shutdown::Shutdown;
use crate::splice::{Cut, End, Ended, Limits, splice, splice_back};
use crate::tls::ClientTls;
use connection::Shared;
pub use follows::EndsFeed;
use minicbor::bytes::ByteVec;
use std::sync::Arc;
use std::time::Duration;
pub use timeline::Timeline;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use wire::message::TrustOffer;
use wire::message::operator::{FromConsole, Push, Reply, Request, Subscription};
use wire::message::tunnel::{Answer, Opened, OperatorOpen};
use wire::message::view::{TraceEntry, TraceStep, WhoamiView};
use wire::{CloseReason, Refusal, RequestId, limits};

/// Why something asked of the server did not happen.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The server was not reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The server said no.
    #[error(transparent)]
    Refused(Refusal),
    /// The connection went away before the answer: the outcome is unknown.
    #[error("the connection to the server was lost")]
    Lost,
    /// The server did not answer; the outcome is unknown.
    #[error("no answer from the server within {} s", .0.as_secs())]
    Timeout(Duration),
    /// A tunnel was refused, with the reason for its record.
    #[error("{refusal}")]
    Open {
        /// The closed set's reason.
        reason: CloseReason,
        /// The sentence for people.
        refusal: Refusal,
    },
    /// The server does not know this request.
    #[error("the server is too old for this")]
    Unsupported,
    /// The server broke the protocol.
    #[error("the server broke the protocol: {0}")]
    Protocol(String),
}

/// How to reach the server.
#[derive(Debug, Clone)]
pub struct Access {
    /// `HOST:PORT`, tried in turn.
    pub servers: Vec<String>,
    /// The ways to them.
    pub ladder: Ladder,
    /// The identity to show and the CA to trust.
    pub tls: ClientTls,
    /// Program and version, for the audit record.
    pub client: String,
    /// What the caller calls this run, for the server's logs and audit records.
    pub request: Option<RequestId>,
    /// Connect and reply deadline.
    pub timeout: Duration,
}

/// A live connection; cheap to clone. Heartbeats and dead-peer detection run inside. It ends when
/// the last clone is dropped, when [`Operator::close`] is called, or with its `Shutdown`.
#[derive(Clone, Debug)]
pub struct Operator {
    shared: Arc<Shared>,
    _last: Arc<CloseOnDrop>,
}

/// Ends the connection's tasks with the last handle.
#[derive(Debug)]
struct CloseOnDrop(Shutdown);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Operator {
    /// Dials, shows the certificate, exchanges hellos.
    ///
    /// # Errors
    /// Not reached, refused, or not a server of ours.
    pub async fn connect(access: &Access, shutdown: &Shutdown) -> Result<Self, OperatorError> {
        let shared = connection::establish(access, shutdown).await?;
        let last = Arc::new(CloseOnDrop(shared.shutdown.clone()));
        Ok(Self { shared, _last: last })
    }

    /// The way that led to the server.
    pub fn way(&self) -> &Way {
        &self.shared.route.way
    }

    /// Who the server takes the caller for.
    pub fn whoami(&self) -> &WhoamiView {
        &self.shared.whoami
    }

    /// The server's version, for people.
    pub fn server_version(&self) -> &str {
        self.shared.server.version.as_str()
    }

    /// Whether the server has this feature.
    pub fn offers(&self, feature: &str) -> bool {
        self.shared.server.features.iter().any(|one| one == feature)
    }

    /// The server's wall clock when the connection was made.
    pub fn server_clock(&self) -> Option<wire::UnixMs> {
        self.shared.server.clock_ms.map(wire::UnixMs)
    }

    /// Round trip of the newest heartbeat.
    pub fn rtt(&self) -> Option<Duration> {
        self.shared.rtt()
    }

    /// How long the server has been silent.
    pub fn silence(&self) -> Duration {
        self.shared.silence()
    }

    /// Asks one question or makes one change.
    ///
    /// # Errors
    /// Refused, unsupported, or the outcome is unknown ([`OperatorError::Lost`], [`OperatorError::Timeout`]).
    pub async fn request(&self, request: Request) -> Result<Reply, OperatorError> {
        let within = self.shared.access.timeout;
        let answer = self.shared.ask(FromConsole::Request(Box::new(request)))?;
        match timeout(within, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(OperatorError::Lost),
            Err(_) => Err(OperatorError::Timeout(within)),
        }
    }

    /// The roots that the server offers while the connection lasts.
    pub fn trust_feed(&self) -> TrustFeed {
        let offers = self.shared.trust.subscribe();
        TrustFeed { shared: Arc::clone(&self.shared), offers }
    }

    /// Replaces the subscription; pushes arrive on the receiver. A slow reader gets
    /// [`Push::Resync`] and then full sets again.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn subscribe(
        &self,
        subscription: Subscription,
    ) -> Result<mpsc::Receiver<Push>, OperatorError> {
        self.shared.subscribe(subscription)
    }

    /// Tells the server that the operator stays at this connection: his automatic sessions follow its
    /// address, and a subscription is told about them ([`Push::Session`]).
    ///
    /// # Errors
    /// The connection is lost.
    pub fn attend(&self) -> Result<(), OperatorError> {
        self.shared.say(FromConsole::Present)
    }

    /// Opens a tunnel. Returns after the target answered, within 15 s plus what `open` says it waits.
    ///
    /// # Errors
    /// Refused with the reason for the tunnel's record, or the lane was lost before the answer:
    /// no payload has moved then, and asking again is safe.
    pub async fn open(&self, open: &OperatorOpen) -> Result<(Opened, LaneStream), OperatorError> {
        let within =
            limits::OPEN_DEADLINE + Duration::from_millis(open.wait_ms.unwrap_or_default());
        match timeout(within, self.open_now(open, None)).await {
            Ok(result) => result,
            Err(_) => Err(OperatorError::Timeout(within)),
        }
    }

    /// The same; what happens goes to the timeline, whatever comes of it.
    ///
    /// # Errors
    /// As [`Operator::open`].
    pub async fn open_traced(
        &self,
        open: &OperatorOpen,
        timeline: &mut Timeline,
    ) -> Result<(Opened, LaneStream), OperatorError> {
        let open = OperatorOpen { trace: Some(true), ..open.clone() };
        let within =
            limits::OPEN_DEADLINE + Duration::from_millis(open.wait_ms.unwrap_or_default());
        let opening = self.open_now(&open, Some(&mut *timeline));
        let outcome = match timeout(within, opening).await {
            Ok(result) => result,
            Err(_) => Err(OperatorError::Timeout(within)),
        };
        let (step, detail) = match &outcome {
            Ok((opened, _)) => (TraceStep::Opened, opened.tunnel.to_string()),
            Err(OperatorError::Open { reason, .. }) => (TraceStep::Refused, reason.to_string()),
            Err(error) => (TraceStep::Refused, error.to_string()),
        };
        timeline.saw(step, timeline::now(), &detail);
        outcome
    }

    async fn open_now(
        &self,
        open: &OperatorOpen,
        timeline: Option<&mut Timeline>,
    ) -> Result<(Opened, LaneStream), OperatorError> {
        let since = timeline::now();
        let mut stream = lanes::stream(&self.shared).await?;
        let asked = timeline::now();
        stream.send(open).await.map_err(lost)?;
        let mut answer = stream.receive::<Answer>().await.map_err(lost)?;
        if let Some(timeline) = timeline {
            timeline.uplink(since, asked);
            timeline.between(asked, timeline::now(), told(&mut answer));
        }
        match answer {
            Answer::Opened(opened) => Ok((opened, stream)),
            Answer::Refused { reason, refusal, .. } => Err(OperatorError::Open { reason, refusal }),
        }
    }

    /// Runs an opened tunnel between `client` and its stream until it ends. The server can cut it
    /// (revocation), and waits for the confirmation that this side gives when it ended.
    pub async fn carry(
        &self,
        opened: &Opened,
        stream: LaneStream,
        client: End,
        meter: Arc<Meter>,
        limits: Limits,
    ) -> Ended {
        let cut = Cut::new();
        let _running = self.shared.running.enter(opened.tunnel, cut.clone());
        splice(client, End::Lane(stream), meter, limits, cut).await
    }

    /// The same for a tunnel that came in at a node and leads to `target` on this side.
    pub async fn carry_back(
        &self,
        opened: &Opened,
        stream: LaneStream,
        target: End,
        meter: Arc<Meter>,
        limits: Limits,
    ) -> Ended {
        let cut = Cut::new();
        let _running = self.shared.running.enter(opened.tunnel, cut.clone());
        splice_back(End::Lane(stream), target, meter, limits, cut).await
    }

    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.shared.shutdown.is_cancelled()
    }

    /// Resolves when the connection has ended.
    pub async fn closed(&self) {
        self.shared.shutdown.cancelled().await;
    }

    /// Ends the connection and its tunnels.
    pub fn close(&self) {
        self.shared.shutdown.cancel();
    }
}

/// What the server wants this side to trust. It does not keep the connection alive.
#[derive(Debug)]
pub struct TrustFeed {
    shared: Arc<Shared>,
    offers: watch::Receiver<Option<TrustOffer>>,
}

impl TrustFeed {
    /// What is offered now, if this side has not said that it took it.
    pub fn offered(&self) -> Option<TrustOffer> {
        self.offers.borrow().clone()
    }

    /// The next offer; `None` when the connection has ended.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn next(&mut self) -> Option<TrustOffer> {
        loop {
            tokio::select! {
                biased;
                () = self.shared.shutdown.cancelled() => return None,
                changed = self.offers.changed() => changed.ok()?,
            }
            if let Some(offer) = self.offers.borrow_and_update().clone() {
                return Some(offer);
            }
        }
    }

    /// Tells the server that its roots are kept and in use.
    pub fn taken(&self, number: u32) {
        self.shared.trust_taken(number);
    }

    /// A new certificate for the key of `csr`: leaf and issuing, DER.
    ///
    /// # Errors
    /// As [`Operator::request`].
    pub async fn renew(&self, csr: Vec<u8>) -> Result<Vec<ByteVec>, OperatorError> {
        let within = self.shared.access.timeout;
        let request = Request::Renew { csr: csr.into() };
        let answer = self.shared.ask(FromConsole::Request(Box::new(request)))?;
        match timeout(within, answer).await {
            Ok(Ok(Ok(Reply::Renewed(chain)))) => Ok(chain),
            Ok(Ok(Ok(_))) => Err(OperatorError::Protocol("no certificate".to_owned())),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Err(_)) => Err(OperatorError::Lost),
            Err(_) => Err(OperatorError::Timeout(within)),
        }
    }
}

/// The server's part of a timeline; a server of old tells none. Its last word is said by this side.
fn told(answer: &mut Answer) -> Vec<TraceEntry> {
    let (Answer::Opened(Opened { trace, .. }) | Answer::Refused { trace, .. }) = answer;
    let mut told = trace.take().unwrap_or_default();
    told.truncate(limits::MAX_TRACE_STEPS);
    told.retain(|entry| entry.step != TraceStep::Refused);
    told
}

fn lost(error: LaneError) -> OperatorError {
    match error {
        LaneError::Decode(error) => OperatorError::Protocol(error.to_string()),
        _ => OperatorError::Lost,
    }
}
