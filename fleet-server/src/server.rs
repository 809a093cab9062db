//! A fleet server from start to stop: initialises, binds in order, owns the task tree, drains.

mod admin;
mod directory;
mod leaf;
mod metrics;
pub(crate) mod names;
pub(crate) mod public;
mod recover;
pub(crate) mod reload;
mod service;
mod stop;

use crate::accept::{self, Gate};
use crate::ca::{Ca, Why};
use crate::config::{Config, ConfigError, Metrics as MetricsConfig};
use crate::core::{Bound, Core};
use crate::fleet::{CaRecord, Holder};
use crate::ops::Op;
use crate::state::{Init, OpenError, State, stored_ca, stored_head};
use crate::{events, lapse, noise, ports, presence, terms, tunnels};
use arc_swap::ArcSwap;
use directory::Directory;
use link::{SharedClock, Shutdown};
use pki::Role;
use public::PublicCerts;
pub use recover::{Recovered, recover_admin};
use reload::Reloads;
pub use reload::Source;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::thread::StoreThread;
use store::{Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use wire::Generation;
use wire::audit::{Actor, Entry};

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Another process has the directory (exit 11).
    #[error("{dir} is in use by another tunnelctl server (pid {pid})")]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// Who holds it.
        pid: String,
    },
    /// A listener's address is taken (exit 11).
    #[error("{address} is taken by another program")]
    AddressTaken {
        /// Which.
        address: SocketAddr,
    },
    /// Foreign or truncated state (exit 1).
    #[error("{path}: {what}")]
    State {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Keys or certificates.
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    /// Anything else of the machine's.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl StartError {
    fn state(path: &Path, what: impl ToString) -> Self {
        Self::State { path: path.to_owned(), what: what.to_string() }
    }
}

/// What a local admin needs: written by the command line into a context.
#[derive(Debug, Clone)]
pub struct AdminIdentity {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// The key, PEM, 0600.
    pub key: PathBuf,
    /// The root certificate, PEM.
    pub ca: PathBuf,
    /// The operator's name.
    pub name: String,
    /// SHA-256 of the root certificate.
    pub ca_pin: [u8; 32],
    /// Fleet id: tells servers apart.
    pub fleet: String,
}

/// Creates the data directory: CA, admin identity, store with the admin operator and the default
/// rules. Idempotent: an existing one is only checked.
///
/// # Errors
/// The directory is in use, foreign, or cannot be written.
pub fn init(config: &Config, clock: &SharedClock) -> Result<AdminIdentity, StartError> {
    let directory = Directory::open(&config.dir)?;
    let record = if directory.is_settled() {
        let path = directory.store();
        let store = store::open(&path).map_err(|error| store_error(&path, error))?;
        stored_ca(&*store).map_err(|error| open_error(&path, error))?
    } else {
        CaRecord::default()
    };
    let ca = directory.authority(&record, clock)?;
    let authority = ca.signing(&record, Holder::Client, clock.wall())?;
    let admin = admin::ensure(config, &directory, &authority, clock)?;
    Ok(admin.identity)
}

/// Reads the files that `config` names beside its own directory, as a start would.
///
/// # Errors
/// The first that a server would not start with.
pub fn check_files(config: &Config, clock: &SharedClock) -> Result<(), StartError> {
    PublicCerts::load(config, clock.wall()).map(drop)
}

/// A running server.
pub struct Server {
    core: Arc<Core>,
    store: StoreThread,
    /// Of the writer; outlives everything else.
    state_shutdown: Shutdown,
    admin: AdminIdentity,
    bound: Bound,
    /// Holds the directory's lock.
    _directory: Directory,
}

impl Server {
    /// Initialises if needed, reads revocations, binds published ports, then the TLS listeners.
    /// Renews the local admin's certificate when less than 60 days are left.
    ///
    /// # Errors
    /// The directory is in use or damaged, or an address is taken.
    pub async fn start(config: Config, clock: SharedClock) -> Result<Self, StartError> {
        Self::start_with(config, clock, store::open).await
    }

    /// The same on listening sockets that somebody else opened; `config.listen` is what they are
    /// bound to. Without any, as [`Server::start`].
    ///
    /// # Errors
    /// As [`Server::start`], or one of them does not listen.
    pub async fn start_on(
        config: Config,
        clock: SharedClock,
        sockets: Vec<std::net::TcpListener>,
    ) -> Result<Self, StartError> {
        Self::begin(config, clock, store::open, sockets).await
    }

    /// The same on a store that the caller opens: tests bring one that fails on cue.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with(
        config: Config,
        clock: SharedClock,
        open: impl FnOnce(&Path) -> Result<Box<dyn Store>, StoreError> + Send,
    ) -> Result<Self, StartError> {
        Self::begin(config, clock, open, Vec::new()).await
    }

    async fn begin(
        mut config: Config,
        clock: SharedClock,
        open: impl FnOnce(&Path) -> Result<Box<dyn Store>, StoreError> + Send,
        sockets: Vec<std::net::TcpListener>,
    ) -> Result<Self, StartError> {
        let started = config.clone();
        let adopted = adopt(&mut config, sockets)?;
        config.check()?;
        let public = PublicCerts::load(&config, clock.wall())?;
        let mut directory = Directory::open(&config.dir)?;
        let path = directory.store();
        // Nothing of a store is made before the keys it belongs to.
        if !directory.is_settled() {
            directory.authority(&CaRecord::default(), &clock)?;
        }
        let store = open(&path).map_err(|error| store_error(&path, error))?;
        let record = stored_ca(&*store).map_err(|error| open_error(&path, error))?;
        let ca = directory.authority(&record, &clock)?;
        let authority = ca.signing(&record, Holder::Client, clock.wall())?;
        let admin = admin::ensure(&config, &directory, &authority, &clock)?;
        if directory.is_settled() && stored_head(&*store).is_ok_and(|head| head.is_none()) {
            let what = "empty, but this fleet has a history: put its state back from a backup, \
                        or start a new fleet in another directory";
            return Err(StartError::state(&path, what));
        }
        let store = StoreThread::spawn(store);
        let state_shutdown = Shutdown::new();
        let init = Init { fleet: admin.identity.fleet.clone(), admin: admin.record.clone() };
        let state = State::start(store.clone(), init, Arc::clone(&clock), &state_shutdown)
            .await
            .map_err(|error| open_error(&path, error))?;
        directory.settle()?;
        let names = names::Names::of(&config, admin.record.id);
        let (tls, leaf) = leaf::tls(&ca, &names, &admin.identity.fleet, &clock, &state, &public)?;
        let identity = admin.identity;
        let metrics_listener = metrics::bind(config.metrics).await?;
        let core = build(Parts { config, started, clock, state, ca, names, public, tls: &tls });
        core.load();
        core.ports.reconcile(&core).await;
        core.links.reconcile(&core).await;
        let served = bind_tls(&core, adopted).and_then(|tls| core.serve(tls, metrics_listener));
        // The tasks of a server that does not start are told so: their end is no failure.
        let bound = served.inspect_err(|_| core.shutdown.cancel())?;
        record_start(&core).await;
        record_issued(&core, &tls.issued, admin.issued.as_ref()).await;
        admin::keep_record(&core, admin.record).await;
        leaf::keep(&core, leaf, identity.fleet.clone());
        tracing::info!(listen = ?bound.tls, metrics = ?bound.metrics, "server started");
        Ok(Self { core, store, state_shutdown, admin: identity, bound, _directory: directory })
    }

    /// Bound TLS addresses.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.bound.tls
    }

    /// Where metrics are served, if they are.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.bound.metrics
    }

    /// What the local admin needs.
    pub fn admin(&self) -> &AdminIdentity {
        &self.admin
    }

    /// Addresses as they are put into tokens.
    pub fn token_addresses(&self) -> &[String] {
        &self.bound.token_addresses
    }

    /// Says how the configuration is read again; without it only the files that it names are.
    pub fn follow(&self, source: Source) {
        self.core.reloads.follow(source);
    }

    /// Has configuration and public certificates read again: soon, without touching a connection. What
    /// is no good is told in the log and by `server status`, and everything stays as it was.
    pub fn reload(&self) {
        self.core.reloads.ask();
    }

    /// Resolves when a core task ended by itself: the process must exit non-zero. Names the task.
    pub async fn failed(&self) -> String {
        wait_for(self.core.failed.subscribe()).await
    }

    /// Resolves when an operator asked for a drain (`server drain`), with its grace.
    pub async fn drain_asked(&self) -> Duration {
        wait_for(self.core.drain_asked.subscribe()).await
    }
}

async fn record_start(core: &Core) {
    let entry =
        Entry::new("server.start", Actor::default(), core.object()).with("version", crate::VERSION);
    if let Err(refusal) = core.apply(Op::Record(entry)).await {
        tracing::error!(%refusal, "the start was not recorded");
    }
}

/// What was signed before there was a trail to write it into.
async fn record_issued(core: &Core, own: &pki::Issued, admins: Option<&pki::Issued>) {
    let fleet = core.state.fleet();
    let admin = core.names.admin.to_string();
    let own = core.issued(own, Role::Server, fleet.id(), Why::Server).await;
    let admins = match admins {
        Some(issued) => core.issued(issued, Role::Operator, &admin, Why::Admin).await,
        None => Ok(()),
    };
    for refusal in [own, admins].into_iter().filter_map(Result::err) {
        tracing::error!(%refusal, "a certificate was not recorded");
    }
}

async fn wait_for<T: Clone>(mut told: watch::Receiver<Option<T>>) -> T {
    loop {
        if let Some(value) = told.borrow_and_update().clone() {
            return value;
        }
        if told.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

struct Parts<'a> {
    config: Config,
    /// Before sockets took the place of its addresses.
    started: Config,
    clock: SharedClock,
    state: State,
    ca: Ca,
    names: names::Names,
    public: PublicCerts,
    tls: &'a leaf::Tls,
}

fn build(parts: Parts<'_>) -> Arc<Core> {
    let shutdown = Shutdown::new();
    Arc::new(Core {
        revoked: parts.tls.revoked.clone(),
        tls: parts.tls.server.clone(),
        leaf_ends: AtomicU64::new(parts.tls.issued.not_after_ms),
        names: parts.names,
        public: parts.public,
        registry: Default::default(),
        operators: Default::default(),
        tunnels: Default::default(),
        ports: Default::default(),
        links: Default::default(),
        shares: Default::default(),
        presence: Default::default(),
        terms: Default::default(),
        feed: events::Feed::default(),
        metrics: crate::metrics::Metrics::new(),
        noise: Default::default(),
        // A balancer stands for everybody behind it; they pay for themselves.
        gate: Arc::new(Gate::new(
            &[&parts.config.penalty_exempt[..], &parts.config.trusted_proxies].concat(),
        )),
        wrong_tokens: Default::default(),
        bound: OnceLock::new(),
        accepting: shutdown.child(),
        requests: shutdown.child(),
        shutdown,
        draining: AtomicBool::new(false),
        drain_asked: watch::Sender::new(None),
        failed: watch::Sender::new(None),
        started: parts.clock.now(),
        config: ArcSwap::from_pointee(parts.config),
        reloads: Reloads::of(parts.started),
        clock: parts.clock,
        state: parts.state,
        ca: parts.ca,
    })
}

impl Core {
    /// Takes the stored nodes into presence, and starts the core tasks.
    fn load(self: &Arc<Self>) {
        let (wall, now) = (self.wall(), self.clock.now());
        for node in self.state.fleet().nodes().filter(|node| node.revoked.is_none()) {
            self.presence.load(node.id, node.last_seen, wall, now);
            if node.generation > Generation::default() && node.disconnected.is_none() {
                self.registry.left_behind(node.id);
            }
        }
        self.spawn_core("presence", presence::run(Arc::clone(self)));
        self.spawn_core("lapse", lapse::run(Arc::clone(self)));
        self.spawn_core("terms", terms::run(Arc::clone(self)));
        self.spawn_core("sampler", tunnels::run_sampler(Arc::clone(self)));
        self.spawn_core("noise", noise::run(Arc::clone(self)));
        self.spawn_core("authority", crate::ca::keep(Arc::clone(self)));
        self.spawn_core("public-certificates", public::keep(Arc::clone(self)));
        self.spawn_core("reloads", reload::run(Arc::clone(self)));
        self.spawn_core("revocation-lists", crate::ca::lists::run(Arc::clone(self)));
        self.spawn_core("state", watch_state(Arc::clone(self)));
    }

    fn serve(
        self: &Arc<Self>,
        listeners: Vec<TcpListener>,
        metrics_listener: Option<TcpListener>,
    ) -> Result<Bound, StartError> {
        let tls: Vec<SocketAddr> =
            listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
        let metrics = metrics_listener.as_ref().map(TcpListener::local_addr).transpose()?;
        let token_addresses = self.names.token_addresses(&tls);
        let bound = self.bound.get_or_init(|| Bound { tls, metrics, token_addresses }).clone();
        for listener in listeners {
            let accepting = accept::run(Arc::clone(self), listener);
            self.spawn_accepting("accept", accepting);
        }
        if let Some(listener) = metrics_listener {
            self.spawn_core("metrics", metrics::serve(Arc::clone(self), listener));
        }
        self.spawn_core("service-manager", service::run(Arc::clone(self)));
        Ok(bound)
    }

    /// An accept loop may end once the server no longer accepts.
    fn spawn_accepting<F>(self: &Arc<Self>, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let core = Arc::clone(self);
        self.spawn_core(name, async move {
            future.await;
            if core.accepting.is_cancelled() {
                core.shutdown.cancelled().await;
            }
        });
    }
}

/// When the store failed nothing can be acknowledged any more: the process has to end (F5).
async fn watch_state(core: Arc<Core>) {
    tokio::select! {
        biased;
        () = core.shutdown.cancelled() => {}
        why = core.state.failed() => {
            tracing::error!(%why, "the store failed");
            core.failed.send_replace(Some(why));
            core.shutdown.cancelled().await;
        }
    }
}

/// Takes sockets that somebody else opened in place of the configured addresses.
fn adopt(
    config: &mut Config,
    sockets: Vec<std::net::TcpListener>,
) -> Result<Vec<TcpListener>, StartError> {
    if !sockets.is_empty() {
        config.listen = sockets.iter().map(|s| s.local_addr()).collect::<Result<_, _>>()?;
    }
    let adopt = |socket: std::net::TcpListener| {
        if !socket2::SockRef::from(&socket).is_listener()? {
            let address = socket.local_addr()?;
            let what = format!("the socket that was passed for {address} does not listen");
            return Err(StartError::Io(std::io::Error::other(what)));
        }
        socket.set_nonblocking(true)?;
        Ok(TcpListener::from_std(socket)?)
    };
    sockets.into_iter().map(adopt).collect()
}

fn bind_tls(core: &Core, adopted: Vec<TcpListener>) -> Result<Vec<TcpListener>, StartError> {
    if !adopted.is_empty() {
        return Ok(adopted);
    }
    let has_v4 = core.config().listen.iter().any(SocketAddr::is_ipv4);
    let bind = |address: &SocketAddr| {
        ports::bind(address.ip(), address.port(), has_v4).map_err(|e| taken(*address, e))
    };
    core.config().listen.iter().map(bind).collect()
}

fn taken(address: SocketAddr, error: std::io::Error) -> StartError {
    if error.kind() == std::io::ErrorKind::AddrInUse {
        return StartError::AddressTaken { address };
    }
    StartError::Io(std::io::Error::new(error.kind(), format!("{address}: {error}")))
}

fn open_error(path: &Path, error: OpenError) -> StartError {
    match error {
        OpenError::Store(error) => store_error(path, error),
        error => StartError::state(path, error),
    }
}

fn store_error(path: &Path, error: StoreError) -> StartError {
    match error {
        StoreError::Locked { path } => StartError::InUse { dir: path, pid: "unknown".to_owned() },
        StoreError::Foreign { path, what } => StartError::State { path, what },
        error => StartError::state(path, error),
    }
}
