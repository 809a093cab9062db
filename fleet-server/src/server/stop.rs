//! Stopping: stop accepting → tell peers → wait for tunnels → cut → record → sync.

use super::Server;
use crate::core::{Core, millis, random};
use crate::ops::Op;
use crate::tunnels;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use wire::audit::{Actor, Entry};
use wire::message::ToAgent;
use wire::message::operator::{Push, ToConsole};
use wire::{CloseReason, DisconnectReason};

/// How long connections may take to end after their goodbye.
const GOODBYE: Duration = Duration::from_secs(5);
/// Returning peers are spread so that about this many come per second.
const RETURN_RATE: u64 = 200;
/// The soonest a peer is asked to come back.
const RETURN_SOONEST: u64 = 500;
const POLL: Duration = Duration::from_millis(20);

impl Server {
    /// Refuses new work, tells agents and operators, waits for tunnels up to `grace`, cuts what is
    /// left, syncs, stops. Returns how many tunnels were cut. A listener of its own is no work: it
    /// ends with the last tunnel.
    pub async fn drain(self, grace: Duration) -> usize {
        let core = &self.core;
        core.draining.store(true, Relaxed);
        core.accepting.cancel();
        announce(core);
        // Time is up for those that are left; they are counted next.
        let _ = tokio::time::timeout(grace, no_tunnels(core)).await;
        let left = core.tunnels.live();
        let count = left.iter().filter(|tunnel| !tunnel.is_listener()).count();
        if let Err(refusal) = tunnels::cut(core, &left, CloseReason::Drain, &"server".into()).await
        {
            tracing::error!(%refusal, "drain");
        }
        for session in core.registry.sessions() {
            session.end(DisconnectReason::Drain);
        }
        // A lock or revocation that cut the last of them is still to be acknowledged.
        let _ = tokio::time::timeout(GOODBYE, no_requests(core)).await;
        // Sessions write down how they ended before the stop is recorded.
        let _ = tokio::time::timeout(GOODBYE, no_sessions(core)).await;
        core.shutdown.finish(GOODBYE).await;
        let stop = Entry::new("server.stop", Actor::default(), core.object())
            .with("cut_tunnels", u64::try_from(count).unwrap_or(u64::MAX));
        if let Err(refusal) = core.apply(Op::Record(stop)).await {
            tracing::error!(%refusal, "the stop was not recorded");
        }
        self.close().await;
        tracing::info!(cut_tunnels = count, "server stopped");
        count
    }

    /// Stops at once without telling anybody: as if killed, but the store's lock is released.
    pub async fn abort(self) {
        self.core.accepting.cancel();
        self.close().await;
    }

    async fn close(self) {
        let left = self.core.shutdown.finish(GOODBYE).await;
        if left > 0 {
            tracing::warn!(left, "tasks did not end in time");
        }
        self.state_shutdown.finish(GOODBYE).await;
        let store = self.store;
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        match closed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the store was not closed in order"),
            Err(error) => tracing::error!(%error, "the store was not closed"),
        }
    }
}

/// Asks every peer to come back later, spread over a time that fits their number.
fn announce(core: &Core) {
    let (sessions, operators) = (core.registry.sessions(), core.operators.all());
    let peers = u64::try_from(sessions.len() + operators.len()).unwrap_or(u64::MAX);
    let spread = millis(Duration::from_millis(peers.saturating_mul(1000) / RETURN_RATE)).max(1000);
    let retry_after = || RETURN_SOONEST + random() % spread;
    for session in sessions {
        // A peer that does not take it learns it from the closed connection.
        let _ = session.to_agent.send(ToAgent::Draining { retry_after_ms: retry_after() });
    }
    for operator in operators {
        let push = Push::Draining { retry_after_ms: retry_after() };
        let _ = operator.to_console.send(ToConsole::Push(Box::new(push)));
    }
}

/// Listeners may be there: what comes in by one is a tunnel of its own.
async fn no_tunnels(core: &Core) {
    while core.tunnels.carries() {
        tokio::time::sleep(POLL).await;
    }
}

async fn no_requests(core: &Core) {
    while core.requests.tasks() > 0 {
        tokio::time::sleep(POLL).await;
    }
}

async fn no_sessions(core: &Core) {
    while core.registry.connected() > 0 {
        tokio::time::sleep(POLL).await;
    }
}
