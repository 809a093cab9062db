//! A running agent: the state directory's lock, the identity, and the tasks under one shutdown.

pub use crate::status::{GatewayStatus, Status, status};

use crate::config::{Config, ConfigError};
use crate::context::{Context, random};
use crate::gateway::{self, Gateway};
use crate::identity::{self, Identity};
use crate::lock::{DirLock, Held};
use crate::targets::Gate;
use crate::tunnels::Tunnels;
use crate::{config, keeper, paths, service, uplink};
use arc_swap::ArcSwap;
use link::tls::{ClientTls, Credentials, TlsError};
use link::{SharedClock, Shutdown};
use pki::files;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use wire::{Generation, Name, NodeId};

/// How often the lock is asked for: a look at the status holds it for an instant.
const LOCK_TRIES: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// How long an aborted agent's tasks may take to notice.
const ABORT: Duration = Duration::from_secs(5);

/// Why an agent does not run.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is no identity.
    #[error("{dir} holds no identity; enrol first: tunnelctl enroll --state-dir {dir}")]
    NotEnrolled {
        /// The state directory.
        dir: PathBuf,
    },
    /// One agent per directory.
    #[error("{dir} is in use by another agent (pid {pid})")]
    InUse {
        /// The state directory.
        dir: PathBuf,
        /// Whose it is.
        pid: String,
    },
    /// The configuration is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key, certificate, or file mode.
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    /// A file of the state directory that is not what it should be.
    #[error("{path}: {what}")]
    State {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The directory can't be used.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What the agent is doing, for the ready file, status and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Not connected, and trying.
    Connecting {
        /// Attempts since the last session.
        tries: u32,
        /// Why the last one failed, or how the session ended.
        error: Option<String>,
    },
    /// The server welcomed it.
    Connected {
        /// Who it is.
        node: NodeId,
        /// By what name.
        name: Name,
        /// The number of this connection.
        generation: Generation,
        /// The server that answered.
        server: String,
    },
    /// The identity was revoked: the process exits 5.
    Revoked,
    /// It was stopped.
    Stopped,
}

/// A running agent. Dropping it stops it at once.
#[derive(Debug)]
pub struct Agent {
    ctx: Arc<Context>,
    shutdown: Shutdown,
    /// Given back last.
    _lock: DirLock,
}

impl Agent {
    /// Starts the agent of the state directory `dir`; the network may be away.
    ///
    /// # Errors
    /// There is no identity or another agent runs on it, or a file is damaged, too open or not valid.
    pub async fn start(dir: &Path, clock: SharedClock) -> Result<Self, AgentError> {
        if !dir.try_exists()? {
            return Err(AgentError::NotEnrolled { dir: dir.to_owned() });
        }
        files::private_dir(dir)?;
        let lock = take_lock(dir).await?;
        let identity =
            Identity::load(dir)?.ok_or_else(|| AgentError::NotEnrolled { dir: dir.to_owned() })?;
        let ctx = Arc::new(context(dir, clock, identity, Config::load(dir)?)?);
        let shutdown = Shutdown::new();
        shutdown.spawn("uplink", uplink::run(Arc::clone(&ctx), shutdown.child()));
        shutdown.spawn("gateway", gateway::run(Arc::clone(&ctx), shutdown.child()));
        shutdown.spawn("keeper", keeper::run(Arc::clone(&ctx), shutdown.child()));
        shutdown.spawn("service", service::run(ctx.phase.subscribe(), shutdown.child()));
        Ok(Self { ctx, shutdown, _lock: lock })
    }

    /// What the agent is doing, now and from now on.
    pub fn phase(&self) -> watch::Receiver<Phase> {
        self.ctx.phase.subscribe()
    }

    /// SIGHUP: try now, and look at the configuration.
    pub fn retry_now(&self) {
        self.ctx.reload.notify_one();
        self.ctx.retry.notify_waiters();
    }

    /// Says goodbye, ends tunnels, stops; what has not ended after `grace` is left.
    pub async fn stop(self, grace: Duration) {
        let until = Instant::now() + grace;
        self.ctx.stopping.cancel();
        let mut phase = self.phase();
        let over = phase.wait_for(|phase| matches!(phase, Phase::Stopped | Phase::Revoked));
        if timeout(grace, over).await.is_err() {
            tracing::warn!("stopping without a goodbye");
        }
        let left = until.saturating_duration_since(Instant::now()).max(LOCK_PAUSE);
        let left = self.shutdown.finish(left).await;
        if left > 0 {
            tracing::warn!(tasks = left, "stopped with tasks that did not end");
        }
    }

    /// Stops at once without a word (tests).
    pub async fn abort(self) {
        self.shutdown.finish(ABORT).await;
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn take_lock(dir: &Path) -> Result<DirLock, AgentError> {
    let mut tries = 1;
    loop {
        match DirLock::take(dir)? {
            Held::Ours(lock) => return Ok(lock),
            Held::Other(pid) if tries == LOCK_TRIES => {
                return Err(AgentError::InUse { dir: dir.to_owned(), pid });
            }
            Held::Other(_) => tries += 1,
        }
        sleep(LOCK_PAUSE).await;
    }
}

fn context(
    dir: &Path,
    clock: SharedClock,
    identity: Identity,
    config: Config,
) -> Result<Context, AgentError> {
    let failed = |error| match error {
        TlsError::Pki(error) => AgentError::Pki(error),
        other => AgentError::State { path: dir.join(identity::FILE), what: other.to_string() },
    };
    let credentials = Credentials::new(identity.chain.clone(), &identity.key).map_err(failed)?;
    let tls = ClientTls::authenticated(&identity.trust, credentials.clone()).map_err(failed)?;
    Ok(Context {
        dir: dir.to_owned(),
        instance: random(),
        renewal: watch::Sender::new(identity.renewal),
        rotate: Notify::new(),
        clock,
        identity: ArcSwap::from_pointee(identity),
        credentials,
        tls,
        ladder: paths::ladder(dir, &config).map_err(|error| AgentError::State {
            path: dir.join(config::FILE),
            what: error.to_string(),
        })?,
        gate: Gate::new(config.targets.clone()),
        gateway: Gateway::new(config.gateway.clone()),
        config: ArcSwap::from_pointee(config),
        tunnels: Tunnels::default(),
        arrivals: Default::default(),
        phase: watch::Sender::new(Phase::Connecting { tries: 0, error: None }),
        changes: watch::Sender::new(0),
        reconnects: AtomicU32::new(0),
        retry: Notify::new(),
        reload: Notify::new(),
        stopping: CancellationToken::new(),
    })
}
