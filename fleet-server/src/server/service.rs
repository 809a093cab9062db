//! Telling systemd: ready, what we do, that we live, that we stop. Without `NOTIFY_SOCKET` nothing
//! happens.

use crate::core::Core;
use sd_notify::NotifyState;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Between two status lines without a watchdog.
const STATUS: Duration = Duration::from_secs(10);
/// The shortest time between two.
const SOONEST: Duration = Duration::from_millis(10);

/// Keeps systemd informed until shutdown. Begun when the server serves.
pub(super) async fn run(core: Arc<Core>) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return core.shutdown.cancelled().await;
    }
    tell(&[NotifyState::Ready, NotifyState::Status(&words(&core))]);
    let half = sd_notify::watchdog_enabled().map_or(STATUS, |limit| limit / 2);
    let mut tick = interval(half.clamp(SOONEST, STATUS));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = core.accepting.cancelled() => break,
            _ = tick.tick() => {
                tell(&[NotifyState::Watchdog, NotifyState::Status(&words(&core))]);
            }
        }
    }
    tell(&[NotifyState::Stopping]);
    // A drain may take longer than the watchdog waits.
    loop {
        tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            _ = tick.tick() => tell(&[NotifyState::Watchdog]),
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}

fn words(core: &Core) -> String {
    let (nodes, tunnels) = (core.registry.connected(), core.tunnels.count());
    format!("serving: {nodes} nodes connected, {tunnels} tunnels")
}
