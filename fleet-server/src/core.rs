//! What every connection of the server shares, and the two things all of them do with it: apply a
//! change (timed) and draw randomness. Holds no logic of its own.

use crate::accept::Gate;
use crate::ca::Ca;
use crate::config::Config;
use crate::conn::enrol::WrongTokens;
use crate::events::Feed;
use crate::links::Links;
use crate::metrics::Metrics;
use crate::noise::Noise;
use crate::operators::{OperatorSession, Operators};
use crate::ops::Op;
use crate::policy::Sight;
use crate::ports::Ports;
use crate::presence::Presence;
use crate::registry::Registry;
use crate::server::names::Names;
use crate::server::public::PublicCerts;
use crate::server::reload::Reloads;
use crate::shares::Shares;
use crate::state::{Applied, State};
use crate::terms::Terms;
use crate::tunnels::Tunnels;
use arc_swap::ArcSwap;
use link::tls::ServerTls;
use link::{SharedClock, Shutdown};
use pki::Revoked;
use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wire::audit::Object;
use wire::{Refusal, RefusalCode, UnixMs};

/// The shared parts of a running server.
pub(crate) struct Core {
    pub(crate) config: ArcSwap<Config>,
    pub(crate) reloads: Reloads,
    pub(crate) clock: SharedClock,
    pub(crate) state: State,
    pub(crate) ca: Ca,
    pub(crate) revoked: Revoked,
    pub(crate) tls: ServerTls,
    /// When the server's own leaf ends, in Unix milliseconds.
    pub(crate) leaf_ends: AtomicU64,
    pub(crate) names: Names,
    pub(crate) public: PublicCerts,
    pub(crate) registry: Registry,
    pub(crate) operators: Operators,
    pub(crate) tunnels: Tunnels,
    pub(crate) ports: Ports,
    pub(crate) links: Links,
    pub(crate) shares: Shares,
    pub(crate) presence: Presence,
    pub(crate) terms: Terms,
    pub(crate) feed: Feed,
    pub(crate) metrics: Metrics,
    pub(crate) noise: Noise,
    pub(crate) gate: Arc<Gate>,
    pub(crate) wrong_tokens: WrongTokens,
    pub(crate) bound: OnceLock<Bound>,
    /// Connections, tunnels and core tasks.
    pub(crate) shutdown: Shutdown,
    /// Answers that operators wait for; a part of the above.
    pub(crate) requests: Shutdown,
    /// Only what accepts new work.
    pub(crate) accepting: Shutdown,
    pub(crate) draining: AtomicBool,
    pub(crate) drain_asked: watch::Sender<Option<Duration>>,
    pub(crate) failed: watch::Sender<Option<String>>,
    pub(crate) started: Instant,
}

/// Where the server listens and what it tells others to dial.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) tls: Vec<SocketAddr>,
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) token_addresses: Vec<String>,
}

impl Core {
    /// Applies a change: durable and published when it returns.
    pub(crate) async fn apply(&self, op: Op) -> Result<Applied, Refusal> {
        let begun = Instant::now();
        let applied = self.state.apply(op).await;
        self.metrics.store_commit.observe(begun.elapsed().as_secs_f64());
        applied
    }

    /// The configuration in use; a reload may replace it at any moment.
    pub(crate) fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    /// From here on this one is in use.
    pub(crate) fn take_config(&self, config: Config) {
        self.config.store(Arc::new(config));
    }

    /// What this operator may see right now; one who is gone sees what nobody's rules reach.
    pub(crate) fn sight(&self, operator: &OperatorSession) -> Sight {
        match self.state.fleet().operator(operator.id) {
            Some(record) => Sight::of(&record, self.wall()),
            None => Sight::nothing(),
        }
    }

    pub(crate) fn wall(&self) -> UnixMs {
        self.clock.wall()
    }

    /// How the audit trail names this server.
    pub(crate) fn object(&self) -> Object {
        Object {
            kind: "server".into(),
            id: Some(self.state.fleet().id().into()),
            name: Some(self.names.primary.as_str().into()),
        }
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Relaxed)
    }

    /// The refusal of a draining server.
    pub(crate) fn draining_refusal() -> Refusal {
        Refusal::new(RefusalCode::Server, "the server is draining")
            .hint("try again in a few seconds")
    }

    /// The refusal of what ended in a panic.
    pub(crate) fn faulty_refusal() -> Refusal {
        Refusal::new(RefusalCode::Server, "the server has a fault and did not do this")
            .hint("its log says where")
    }

    /// Spawns a task that must outlive everything: its ending fails the server.
    pub(crate) fn spawn_core<F>(self: &Arc<Self>, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let watch = Fell { name, core: Arc::clone(self) };
        self.shutdown.spawn(name, async move {
            let _watch = watch;
            future.await;
        });
    }
}

/// Reports a core task that ended although nobody asked it to, by return or by panic.
struct Fell {
    name: &'static str,
    core: Arc<Core>,
}

impl Drop for Fell {
    fn drop(&mut self) {
        if !self.core.shutdown.is_cancelled() {
            tracing::error!(task = self.name, "core task ended");
            self.core.failed.send_replace(Some(self.name.to_owned()));
        }
    }
}

/// Random bits for ids and jitter.
pub(crate) fn random() -> u64 {
    // The kernel refuses randomness only in early boot; ids need uniqueness, not secrecy.
    getrandom::u64().unwrap_or_else(|_| std::hash::RandomState::new().build_hasher().finish())
}

/// Takes a lock whose holder may have panicked: our critical sections leave their data whole.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Milliseconds of a duration, for messages and records.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
