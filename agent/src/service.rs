//! Telling systemd: ready, what we do, that we live, and that we stop. Without `NOTIFY_SOCKET`
//! nothing happens.

use crate::agent::Phase;
use link::Shutdown;
use sd_notify::NotifyState;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Without a watchdog there is nothing to pet; the status line is kept all the same.
const NO_WATCHDOG: Duration = Duration::from_secs(3600);

/// Keeps systemd informed until `shutdown`.
pub(crate) async fn run(mut phase: watch::Receiver<Phase>, shutdown: Shutdown) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    // Ready means running: an agent without a network is no failed service.
    tell(&[NotifyState::Ready, NotifyState::Status(&words(&phase.borrow_and_update()))]);
    let half = sd_notify::watchdog_enabled().map_or(NO_WATCHDOG, |limit| limit / 2);
    let mut pet = interval(half.max(Duration::from_millis(10)));
    pet.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            changed = phase.changed() => match changed {
                Ok(()) => tell(&[NotifyState::Status(&words(&phase.borrow_and_update()))]),
                Err(_) => break,
            },
            _ = pet.tick() => tell(&[NotifyState::Watchdog]),
        }
    }
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}

fn words(phase: &Phase) -> String {
    match phase {
        Phase::Connecting { tries, error: Some(error) } => {
            format!("connecting, {tries} tries: {error}")
        }
        Phase::Connecting { .. } => "connecting".to_owned(),
        Phase::Connected { name, server, .. } => format!("connected to {server} as {name}"),
        Phase::Revoked => "the identity was revoked".to_owned(),
        Phase::Stopped => "stopped".to_owned(),
    }
}
