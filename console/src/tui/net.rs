//! The link task: connects, subscribes, passes news on, and comes back for ever. Keys can't delay
//! it. What the console has no time for is merged per id, never queued without bound.

use super::data::batch::Batch;
use super::data::link::{LinkNews, Stop};
use super::msg::Msg;
use link::Shutdown;
use link::dial::DialError;
use link::operator::{Access, Operator, OperatorError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use wire::RefusalCode;
use wire::limits::HEARTBEAT;
use wire::message::operator::{Followed, Push, Subscription};

/// First wait after a loss, before jitter.
const FIRST: Duration = Duration::from_millis(500);
/// An absence up to this long is a restart: whoever comes back within it is found at once.
const SHORT: Duration = Duration::from_secs(5);
/// Longest wait within a short absence, before jitter: with the dial it stays below a second.
const SHORT_CAP: Duration = Duration::from_millis(800);
/// Longest wait, before jitter.
const CAP: Duration = Duration::from_secs(15);
/// Shortest wait while another server answers at the address.
const FOREIGN: Duration = Duration::from_secs(3);
/// A link that stood this long was a good one: the next loss starts with a short wait.
const HEALTHY: Duration = Duration::from_secs(10);

/// The live connection, for whoever wants to ask something.
pub type Live = watch::Receiver<Option<Operator>>;

/// The link task.
#[derive(Debug)]
pub struct Net {
    access: Access,
    out: mpsc::Sender<Msg>,
    live: watch::Sender<Option<Operator>>,
    retry: Arc<Notify>,
    shutdown: Shutdown,
}

/// How a connection or try ended.
enum Ending {
    Retry { cause: String, after: Option<Duration>, healthy: bool },
    Stop { why: Stop, cause: String },
    Over,
}

impl Net {
    /// A link task; `retry` makes it try now, or ask for everything again.
    pub fn new(
        access: Access,
        out: mpsc::Sender<Msg>,
        retry: Arc<Notify>,
        shutdown: Shutdown,
    ) -> (Self, Live) {
        let (live, watch) = watch::channel(None);
        (Self { access, out, live, retry, shutdown }, watch)
    }

    /// Runs until shut down.
    pub async fn run(self) {
        let mut absence = Absence::default();
        loop {
            let ending = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return,
                ending = self.once() => ending,
            };
            self.live.send_replace(None);
            let wait = match ending {
                Ending::Over => return,
                Ending::Stop { why, cause } => {
                    self.tell(LinkNews::Stopped { why, cause }).await;
                    None
                }
                Ending::Retry { cause, after, healthy } => {
                    if healthy {
                        absence = Absence::default();
                    }
                    let wait = after.unwrap_or_default() + absence.wait(Instant::now(), random());
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    let next_try = absence.tries + 1;
                    self.tell(LinkNews::Down { cause, next_try, wait_ms }).await;
                    Some(wait)
                }
            };
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return,
                () = self.retry.notified() => {}
                () = nap(wait) => {}
            }
        }
    }

    async fn once(&self) -> Ending {
        self.tell(LinkNews::Connecting).await;
        match Operator::connect(&self.access, &self.shutdown).await {
            Ok(operator) => {
                self.live.send_replace(Some(operator.clone()));
                let ending = self.session(&operator).await;
                operator.close();
                ending
            }
            Err(error) => classify(&error),
        }
    }

    async fn session(&self, operator: &Operator) -> Ending {
        let began = Instant::now();
        let who = Box::new(operator.whoami().clone());
        self.tell(LinkNews::Connected { who, version: operator.server_version().to_owned() }).await;
        let mut waiting = Batch::default();
        let mut pushes = match subscribe(operator, &mut waiting).await {
            Ok(pushes) => pushes,
            Err(error) => return classify(&error),
        };
        let mut pulse = interval(Duration::from_secs(1));
        pulse.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let healthy = || began.elapsed() >= HEALTHY;
        let mut told = None;
        let mut ends = match operator.follow(Followed::Own) {
            Ok(ends) => ends,
            Err(error) => return classify(&error),
        };
        loop {
            tokio::select! {
                biased;
                () = operator.closed() => return Ending::Retry { cause: lost(), after: None, healthy: healthy() },
                permit = self.out.reserve(), if !waiting.is_empty() => match permit {
                    Ok(permit) => permit.send(Msg::Data(Box::new(std::mem::take(&mut waiting)))),
                    Err(_) => return Ending::Over,
                },
                push = pushes.recv() => match push {
                    Some(Push::Draining { retry_after_ms }) => return Ending::Retry {
                        cause: "the server goes away for a moment".to_owned(),
                        after: Some(Duration::from_millis(retry_after_ms)),
                        healthy: true,
                    },
                    Some(push) => waiting.push(push),
                    None => return Ending::Retry { cause: lost(), after: None, healthy: healthy() },
                },
                Some(ends) = ends.next() => self.tell(LinkNews::Ends(ends)).await,
                () = self.retry.notified() => match subscribe(operator, &mut waiting).await {
                    Ok(fresh) => pushes = fresh,
                    Err(error) => return classify(&error),
                },
                _ = pulse.tick() => self.tell_new(&mut told, sign_of_life(operator)).await,
            }
        }
    }

    /// Tells what differs from what was told before; how long it is quiet, the console counts.
    async fn tell_new(&self, told: &mut Option<LinkNews>, news: LinkNews) {
        let quiet = |news: &LinkNews| matches!(news, LinkNews::Quiet { .. });
        let old = told.as_ref();
        if old != Some(&news) && !(quiet(&news) && old.is_some_and(quiet)) {
            *told = Some(news.clone());
            self.tell(news).await;
        }
    }

    async fn tell(&self, news: LinkNews) {
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => {}
            // A console that is gone needs no news.
            _ = self.out.send(Msg::Link(news)) => {}
        }
    }
}

async fn subscribe(
    operator: &Operator,
    waiting: &mut Batch,
) -> Result<mpsc::Receiver<Push>, OperatorError> {
    let wanted =
        Subscription { nodes: true, tunnels: true, server: true, ..Subscription::default() };
    waiting.restart();
    operator.subscribe(wanted).await
}

fn sign_of_life(operator: &Operator) -> LinkNews {
    let silence = operator.silence();
    if silence > HEARTBEAT * 2 {
        LinkNews::Quiet { for_ms: u64::try_from(silence.as_millis()).unwrap_or(u64::MAX) }
    } else {
        let rtt_ms = operator.rtt().and_then(|rtt| u64::try_from(rtt.as_millis()).ok());
        LinkNews::Heard { rtt_ms }
    }
}

fn lost() -> String {
    "the connection to the server was lost".to_owned()
}

fn classify(error: &OperatorError) -> Ending {
    let cause = in_words(error);
    let stop = |why| Ending::Stop { why, cause: cause.clone() };
    let retry = |after| Ending::Retry { cause: cause.clone(), after, healthy: false };
    match error {
        OperatorError::Dial(DialError::Unwelcome { .. }) => stop(Stop::Auth),
        // Whatever answers there now is not ours, but ours may come back.
        OperatorError::Dial(DialError::WrongCa { .. }) => retry(Some(FOREIGN)),
        OperatorError::Refused(refusal) | OperatorError::Open { refusal, .. } => match refusal.code
        {
            RefusalCode::Auth => stop(Stop::Auth),
            RefusalCode::Denied => stop(Stop::Denied),
            _ => retry(None),
        },
        OperatorError::Unsupported => stop(Stop::Incompatible),
        OperatorError::Dial(_)
        | OperatorError::Lost
        | OperatorError::Timeout(_)
        | OperatorError::Protocol(_) => retry(None),
    }
}

/// The reason first: what is behind it is cut where there is no room.
fn in_words(error: &OperatorError) -> String {
    let OperatorError::Dial(dial) = error else { return error.to_string() };
    match dial {
        DialError::Refused { address } => format!("connection refused ({address})"),
        DialError::Timeout { address, within } => {
            format!("no answer within {}s ({address})", within.as_secs_f32())
        }
        DialError::Closed { address } => format!("closed during the handshake ({address})"),
        DialError::WrongCa { address } => {
            format!("another server answers, its certificate is not from the pinned CA ({address})")
        }
        other => other.to_string(),
    }
}

/// How long the link has been away, and how often it was tried.
#[derive(Debug, Default)]
struct Absence {
    since: Option<Instant>,
    tries: u32,
    /// Tries after the absence was a short one.
    late: u32,
}

impl Absence {
    /// The wait before the next try: quick while the absence is short, then doubling from
    /// [`FIRST`] to [`CAP`]; any share of it.
    fn wait(&mut self, now: Instant, random: u64) -> Duration {
        let away = now.saturating_duration_since(*self.since.get_or_insert(now));
        self.tries += 1;
        let ceiling = if away < SHORT {
            FIRST.saturating_mul(self.tries).min(SHORT_CAP)
        } else {
            self.late += 1;
            FIRST.saturating_mul(1 << self.late.min(10)).min(CAP)
        };
        ceiling.mul_f64(random as f64 / u64::MAX as f64)
    }
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness every wait is the longest: slow, but not a storm.
    getrandom::fill(&mut bytes).map_or(u64::MAX, |()| u64::from_le_bytes(bytes))
}

async fn nap(wait: Option<Duration>) {
    match wait {
        Some(wait) => sleep(wait).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits of an absence in which every wait is this share of the longest.
    fn waits(random: u64, tries: usize) -> Vec<u128> {
        let (mut absence, mut now) = (Absence::default(), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..tries {
            let wait = absence.wait(now, random);
            now += wait;
            waits.push(wait.as_millis());
        }
        waits
    }

    #[test]
    fn waits_are_short_for_five_seconds_then_double_to_fifteen() {
        let longest = waits(u64::MAX, 14);
        assert_eq!(longest[..7], [500, 800, 800, 800, 800, 800, 800]);
        assert_eq!(longest[7..], [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
        assert_eq!(waits(0, 40), [0; 40], "full jitter reaches down to nothing");
    }
}
