//! What the parts of one running agent share, and nothing that only one of them needs.

use crate::agent::Phase;
use crate::config::Config;
use crate::gateway::Gateway;
use crate::identity::Identity;
use crate::targets::{At, Gate};
use crate::tunnels::Tunnels;
use arc_swap::ArcSwap;
use link::SharedClock;
use link::arrivals::Arrivals;
use link::ladder::Ladder;
use link::tls::{ClientTls, Credentials, TlsError};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use wire::CloseReason;

/// One agent's shared state; every part of it can be read and swapped on its own.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) dir: PathBuf,
    pub(crate) clock: SharedClock,
    pub(crate) identity: ArcSwap<Identity>,
    /// The certificate that connections show; renewal swaps it without a reconnect.
    pub(crate) credentials: Credentials,
    pub(crate) tls: ClientTls,
    /// The ways to the server.
    pub(crate) ladder: Ladder,
    pub(crate) config: ArcSwap<Config>,
    pub(crate) gate: Gate,
    pub(crate) tunnels: Tunnels,
    /// What waits at the listeners that operators opened.
    pub(crate) arrivals: Arrivals,
    /// Nodes that reach the server through this one.
    pub(crate) gateway: Gateway,
    pub(crate) phase: watch::Sender<Phase>,
    /// Drawn once per run: the server tells by it whether a second holder of the key is there.
    pub(crate) instance: u64,
    /// The number of the newest certificate: lanes are built anew when it changes.
    pub(crate) renewal: watch::Sender<u64>,
    /// Asks the session for a certificate for a new key.
    pub(crate) rotate: Notify,
    /// Counts changes of the node's own configuration.
    pub(crate) changes: watch::Sender<u64>,
    pub(crate) reconnects: AtomicU32,
    /// Wakes a waiting uplink.
    pub(crate) retry: Notify,
    /// Asks for a look at the configuration.
    pub(crate) reload: Notify,
    /// Asks the session to say goodbye; the task tree is cancelled after that.
    pub(crate) stopping: CancellationToken,
}

impl Context {
    /// Keeps a newer identity, then uses it: connections that stand are not touched.
    ///
    /// # Errors
    /// It could not be written, or not be used; the old one stays.
    pub(crate) fn take(&self, mut new: Identity) -> Result<(), TlsError> {
        new.save(&self.dir)?;
        // What dials holds the old set of roots: it takes over what is in the new one.
        let shared = self.identity.load().trust.clone();
        shared.replace(new.trust.certificates())?;
        new.trust = shared;
        self.credentials.replace(new.chain.clone(), &new.key)?;
        let rekeyed = new.key.spki() != self.identity.load().key.spki();
        let renewal = new.renewal;
        tracing::info!(not_after = %new.not_after, renewal, rekeyed, "certificate renewed");
        if rekeyed && let Err(error) = new.sweep_keys(&self.dir) {
            tracing::warn!(%error, "the replaced key was not removed");
        }
        self.identity.store(Arc::new(new));
        self.renewal.send_replace(renewal);
        Ok(())
    }

    /// The addresses to dial: the node's own configuration, else those of the enrolment.
    pub(crate) fn servers(&self) -> Vec<String> {
        let config = self.config.load();
        if config.server.is_empty() {
            self.identity.load().servers.clone()
        } else {
            config.server.clone()
        }
    }

    /// Cuts the tunnels that the allowlists no longer permit.
    pub(crate) fn enforce_gate(&self) {
        let permits = |target: &wire::Target, at: &At| self.gate.still_permits(target, at);
        let hit = self.tunnels.cut_unless(CloseReason::TargetNotAllowed, permits);
        if !hit.is_empty() {
            tracing::info!(tunnels = hit.len(), "cut: no longer on the allowlist");
        }
    }

    /// Closes the listeners that the node's owner no longer grants, with their connections.
    pub(crate) fn enforce_listeners(&self) {
        let config = self.config.load();
        let granted = |at| config.listeners.hold(at);
        let hit = self.tunnels.cut_listeners_unless(CloseReason::TargetNotAllowed, granted);
        if !hit.is_empty() {
            tracing::info!(tunnels = hit.len(), "cut: the listener is granted no more");
        }
    }
}

/// 64 random bits for jitter; a machine without randomness jitters not at all.
pub(crate) fn random() -> u64 {
    getrandom::u64().unwrap_or(u64::MAX / 2)
}
