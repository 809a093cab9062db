//! What the parts of one running agent share, and nothing that only one of them needs.

use crate::agent::Phase;
use crate::config::Config;
use crate::identity::Identity;
use crate::targets::Gate;
use crate::tunnels::Tunnels;
use arc_swap::ArcSwap;
use link::SharedClock;
use link::tls::{ClientTls, Credentials};
use std::path::PathBuf;
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
    pub(crate) config: ArcSwap<Config>,
    pub(crate) gate: Gate,
    pub(crate) tunnels: Tunnels,
    pub(crate) phase: watch::Sender<Phase>,
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
        let permits = |target: &wire::Target, at: std::net::SocketAddr| {
            self.gate.permits(&target.host, at.ip(), at.port())
        };
        let hit = self.tunnels.cut_unless(CloseReason::TargetNotAllowed, permits);
        if !hit.is_empty() {
            tracing::info!(tunnels = hit.len(), "cut: no longer on the allowlist");
        }
    }
}

/// 64 random bits for jitter; a machine without randomness jitters not at all.
pub(crate) fn random() -> u64 {
    getrandom::u64().unwrap_or(u64::MAX / 2)
}
