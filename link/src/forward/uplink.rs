//! Keeps a forward connected to the server, for ever, and tells when the way is lost and back.

use super::ending::Endings;
use super::{Event, Events};
use crate::backoff::{Backoff, Ending};
use crate::dial::DialError;
use crate::operator::{Access, Operator, OperatorError};
use crate::shutdown::Shutdown;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// The current connection to the server, and what people were told about it.
#[derive(Debug)]
pub(super) struct Uplink {
    current: watch::Receiver<Option<Operator>>,
    told: Mutex<Option<Instant>>,
    hold: Option<Duration>,
    events: Events,
}

impl Uplink {
    pub(super) fn start(
        access: Access,
        first: Option<Operator>,
        (hold, events): (Option<Duration>, Events),
        endings: Endings,
        shutdown: &Shutdown,
    ) -> Self {
        let (publish, current) = watch::channel(first);
        let tasks = shutdown.clone();
        shutdown.spawn("forward uplink", async move {
            keep(access, publish, endings, tasks).await;
        });
        Self { current, told: Mutex::new(None), hold, events }
    }

    /// The connection there is, and those that follow it.
    pub(super) fn connections(&self) -> watch::Receiver<Option<Operator>> {
        self.current.clone()
    }

    /// A live connection, waiting for one at most this long.
    pub(super) async fn operator(&self, within: Duration) -> Option<Operator> {
        let mut current = self.current.clone();
        let live = current.wait_for(|o| o.as_ref().is_some_and(|o| !o.is_closed()));
        // A zero wait still takes the connection that is there.
        match timeout(within.max(Duration::from_millis(1)), live).await {
            Ok(Ok(operator)) => operator.clone(),
            _ => None,
        }
    }

    /// Something on the way is away. Told once until it is back.
    pub(super) fn lost(&self, reason: impl Into<String>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none() {
            *told = Some(now());
            self.events.tell(Event::Lost { reason: reason.into(), hold: self.hold });
        }
    }

    /// A tunnel opened: the way is there.
    pub(super) fn back(&self) {
        let since = self.told.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(since) = since {
            self.events.tell(Event::Back { after: now().duration_since(since) });
        }
    }
}

async fn keep(
    access: Access,
    publish: watch::Sender<Option<Operator>>,
    mut endings: Endings,
    shutdown: Shutdown,
) {
    let mut backoff = Backoff::default();
    loop {
        let current = publish.borrow().clone();
        let ending = match current {
            Some(operator) => {
                let since = now();
                tokio::select! {
                    biased;
                    () = shutdown.cancelled() => return,
                    () = endings.pass_on(&operator) => {}
                }
                backoff.healthy(now().duration_since(since));
                publish.send_replace(None);
                Ending::Lost
            }
            None => match Operator::connect(&access, &shutdown).await {
                Ok(operator) => {
                    publish.send_replace(Some(operator));
                    continue;
                }
                Err(error) => ending(&error),
            },
        };
        let wait = backoff.wait(ending, random());
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            () = sleep(wait) => {}
        }
    }
}

fn ending(error: &OperatorError) -> Ending {
    match error {
        OperatorError::Dial(DialError::Closed { .. }) => Ending::Shed,
        _ => Ending::Lost,
    }
}

pub(super) fn random() -> u64 {
    // Without randomness the jitter is gone, not the reconnect.
    getrandom::u64().unwrap_or_default()
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
