//! The reconnect supervisor: dial → session → classify the ending → wait. Never gives up for lack
//! of a network; stops when told to, or when the server says that the identity is revoked.

mod servers;

use crate::agent::Phase;
use crate::context::{Context, random};
use crate::recover;
use crate::session::{self, Ended, Next};
use link::Shutdown;
use link::backoff::{Backoff, Ending};
use link::dial::Conn;
use servers::Servers;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};
use wire::limits::HANDSHAKE_DEADLINE;
use wire::message::agent::Returned;
use wire::{DisconnectReason, alpn};

/// What people are promised: a wait and the attempt after it fit in here (F1.4).
const PROMISE: Duration = Duration::from_secs(25);
/// An attempt is never shorter, so that slow links get through after a long wait too.
const SHORTEST_ATTEMPT: Duration = Duration::from_secs(5);
/// The longest a name of the server may take, when only its other addresses are wanted.
const RESOLVE: Duration = Duration::from_secs(5);

/// Keeps this agent connected until it is stopped or revoked; the phase says which.
pub(crate) async fn run(ctx: Arc<Context>, shutdown: Shutdown) {
    let servers = Servers::load(&ctx.dir);
    let uplink = Uplink {
        ctx: Arc::clone(&ctx),
        shutdown,
        servers,
        backoff: Backoff::default(),
        waited: Duration::ZERO,
        tries: 0,
        lost: None,
        expired: false,
    };
    let last = uplink.run().await;
    ctx.phase.send_replace(last);
}

struct Uplink {
    ctx: Arc<Context>,
    shutdown: Shutdown,
    servers: Servers,
    backoff: Backoff,
    /// The wait before the attempt that is now on.
    waited: Duration,
    /// Attempts since the last session.
    tries: u32,
    /// When and how the last session ended.
    lost: Option<(Instant, DisconnectReason)>,
    /// The server said that the certificate ended, whatever this machine's clock says.
    expired: bool,
}

impl Uplink {
    async fn run(mut self) -> Phase {
        loop {
            let ended = self.attempt().await;
            match ended.next {
                Next::Stopped => return Phase::Stopped,
                Next::Revoked => {
                    tracing::error!(reason = %ended.reason, "this identity was revoked");
                    return Phase::Revoked;
                }
                Next::Recover => {
                    self.expired = true;
                    if !self.wait(Ending::Lost, ended.words).await {
                        return Phase::Stopped;
                    }
                }
                Next::Again(ending) => {
                    if !self.wait(ending, ended.words).await {
                        return Phase::Stopped;
                    }
                }
            }
        }
    }

    /// One dial, and the session if it worked.
    async fn attempt(&mut self) -> Ended {
        self.tries = self.tries.saturating_add(1);
        let dialled = tokio::select! {
            biased;
            () = self.stop() => return Ended::stopped(),
            dialled = self.recover_and_dial() => dialled,
        };
        self.expired &= dialled.is_err();
        let (server, conn) = match dialled {
            Ok(dialled) => dialled,
            Err(ended) => return ended,
        };
        if let Some(route) = &conn.route {
            self.ctx.gateway.reached(route.clone());
        }
        // Behind a proxy it is the proxy's address.
        if let Some(address) = conn.route.as_ref().and_then(|route| route.at) {
            self.servers.remember(&server, address, self.ctx.clock.wall());
            self.ctx.gate.server_is_at(&[address]);
        }
        self.guard();
        let returned = self.returned();
        let (ended, healthy) =
            session::run(&self.ctx, conn, &server, returned, &self.shutdown).await;
        if self.shutdown.is_cancelled() {
            return Ended::stopped();
        }
        if let Some(healthy) = healthy {
            tracing::info!(reason = %ended.reason, what = ended.words, "disconnected");
            self.ctx.reconnects.fetch_add(1, Relaxed);
            self.lost = Some((self.ctx.clock.now(), ended.reason));
            self.tries = 0;
            self.backoff.healthy(healthy);
        }
        ended
    }

    /// A certificate that ended is replaced first; then the dial.
    async fn recover_and_dial(&self) -> Result<(String, Conn), Ended> {
        if self.expired || self.ctx.identity.load().not_after <= self.ctx.clock.wall() {
            let candidates = self.servers.candidates(self.ctx.servers(), self.ctx.clock.wall());
            recover::run(&self.ctx, &candidates, attempt_within(self.waited)).await?;
        }
        self.dial().await
    }

    async fn dial(&self) -> Result<(String, Conn), Ended> {
        let candidates = self.servers.candidates(self.ctx.servers(), self.ctx.clock.wall());
        let within = attempt_within(self.waited);
        match self.ctx.ladder.climb(&candidates, &self.ctx.tls, alpn::AGENT, within).await {
            Ok((index, conn)) => Ok((candidates[index].clone(), conn)),
            Err(error) => Err(Ended::not_reached(&error)),
        }
    }

    /// No tunnel leads back to the server: not at the address that answered, nor at any other that its
    /// names have, which are looked up by the way.
    fn guard(&self) {
        let ctx = Arc::clone(&self.ctx);
        self.shutdown.spawn("server addresses", async move {
            for server in ctx.servers() {
                if let Ok(Ok(found)) = timeout(RESOLVE, tokio::net::lookup_host(&server)).await {
                    ctx.gate.server_is_at(&found.collect::<Vec<_>>());
                }
            }
            ctx.enforce_gate();
        });
    }

    /// What the next hello says about the time away.
    fn returned(&self) -> Option<Returned> {
        let (at, reason) = self.lost?;
        let down = self.ctx.clock.now().saturating_duration_since(at);
        let down_ms = u64::try_from(down.as_millis()).unwrap_or(u64::MAX);
        Some(Returned { reason, down_ms, tries: self.tries })
    }

    /// Waits for the next try, or until somebody asks for it; false if this agent stops.
    async fn wait(&mut self, ending: Ending, words: String) -> bool {
        let wait = self.backoff.wait(ending, random());
        let tries = self.tries;
        tracing::debug!(?wait, tries, what = words, "waiting");
        self.ctx.phase.send_replace(Phase::Connecting { tries, error: Some(words) });
        self.waited = wait;
        tokio::select! {
            biased;
            () = self.stop() => return false,
            () = self.ctx.retry.notified() => self.waited = Duration::ZERO,
            () = sleep(wait) => {}
        }
        true
    }

    /// Whoever stops: in order, or at once.
    async fn stop(&self) {
        tokio::select! {
            () = self.ctx.stopping.cancelled() => {}
            () = self.shutdown.cancelled() => {}
        }
    }
}

/// How long an attempt may take after this wait.
fn attempt_within(waited: Duration) -> Duration {
    PROMISE.saturating_sub(waited).clamp(SHORTEST_ATTEMPT, HANDSHAKE_DEADLINE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wait_and_attempt_keep_the_promise(ms in 0u64..=20_000) {
            let waited = Duration::from_millis(ms);
            prop_assert!(waited + attempt_within(waited) <= PROMISE);
            prop_assert!(attempt_within(waited) <= HANDSHAKE_DEADLINE);
        }
    }

    #[test]
    fn an_attempt_after_a_long_wait_is_long_enough_for_a_slow_link() {
        assert_eq!(attempt_within(Duration::from_secs(30)), SHORTEST_ATTEMPT);
    }
}
