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
use wire::message::operator::{Push, Subscription};

/// First wait after a loss, before jitter.
const FIRST: Duration = Duration::from_millis(500);
/// Longest wait before jitter.
const CAP: Duration = Duration::from_secs(15);
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
        let mut tries = 0;
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
                    tries = if healthy { 1 } else { tries + 1 };
                    let wait = after.unwrap_or_default() + backoff(tries, random());
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    self.tell(LinkNews::Down { cause, next_try: tries + 1, wait_ms }).await;
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
                () = self.retry.notified() => match subscribe(operator, &mut waiting).await {
                    Ok(fresh) => pushes = fresh,
                    Err(error) => return classify(&error),
                },
                _ = pulse.tick() => self.tell(sign_of_life(operator)).await,
            }
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
    let cause = error.to_string();
    let stop = |why| Ending::Stop { why, cause: cause.clone() };
    match error {
        OperatorError::Dial(DialError::WrongCa { .. } | DialError::Unwelcome { .. }) => {
            stop(Stop::Auth)
        }
        OperatorError::Refused(refusal) | OperatorError::Open { refusal, .. } => match refusal.code
        {
            RefusalCode::Auth => stop(Stop::Auth),
            RefusalCode::Denied => stop(Stop::Denied),
            _ => Ending::Retry { cause, after: None, healthy: false },
        },
        OperatorError::Unsupported => stop(Stop::Incompatible),
        OperatorError::Dial(_)
        | OperatorError::Lost
        | OperatorError::Timeout(_)
        | OperatorError::Protocol(_) => Ending::Retry { cause, after: None, healthy: false },
    }
}

/// Doubling from [`FIRST`] to [`CAP`], any share of it.
fn backoff(tries: u32, random: u64) -> Duration {
    let ceiling = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(CAP);
    ceiling.mul_f64(random as f64 / u64::MAX as f64)
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

    #[test]
    fn waits_double_to_fifteen_seconds_with_full_jitter() {
        let longest = |tries| backoff(tries, u64::MAX).as_millis();
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 40].map(longest),
            [500, 1000, 2000, 4000, 8000, 15_000, 15_000]
        );
        assert_eq!(backoff(6, 0), Duration::ZERO);
    }
}
