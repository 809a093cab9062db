//! The fleet and its verbs. Everything a test does to a fleet is one call: what goes through the
//! server as a request is in [`admin`].

mod admin;
mod authority;
mod crowd;
pub mod grants;
pub mod people;
pub mod raw;

use crate::weather::Weather;
use agent::enrol::{EnrolSpec, enrol};
use agent::{Agent, Phase};
use anyhow::{Context, Result, bail};
use fleet_server::{Config, Server};
use link::ladder::{Ladder, Setting};
use link::operator::{Access, Operator};
use link::tls::{ClientTls, Credentials};
use link::{SharedClock, Shutdown, System};
use pki::{KeyPair, Trust};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Faults, Store};
use tempfile::TempDir;
use wire::message::operator::{Reply, Request};
use wire::{Labels, NodeId};

/// How long a verb waits for what it promises.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server with its agents, in one process and one temporary directory.
pub struct Fleet {
    config: Config,
    clock: SharedClock,
    server: Option<Server>,
    disk: Option<Disk>,
    nodes: BTreeMap<String, Node>,
    /// Agents nobody asks for by name.
    crowd: Vec<Agent>,
    operator: Option<Operator>,
    shutdown: Shutdown,
    dir: TempDir,
}

/// A disk in memory that fails on cue, and what a killed server left on it.
struct Disk {
    faults: Faults,
    /// Only ever touched through `&mut`; the lock makes a fleet shareable.
    left: Mutex<Option<Box<dyn Store>>>,
}

impl Disk {
    fn left(&mut self) -> &mut Option<Box<dyn Store>> {
        self.left.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One agent of the fleet, running or not.
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// How long enrolment took.
    pub enrolled_in: Duration,
    /// The weather between it and the server.
    pub weather: Arc<Weather>,
    state_dir: PathBuf,
    agent: Option<Agent>,
}

impl Node {
    /// Where its agent keeps its state.
    pub fn dir(&self) -> &Path {
        &self.state_dir
    }

    /// Makes its agent try again at once.
    pub fn nudge(&self) {
        if let Some(agent) = &self.agent {
            agent.retry_now();
        }
    }

    /// What its agent is doing, now and from now on, if it runs.
    pub fn phases(&self) -> Option<tokio::sync::watch::Receiver<Phase>> {
        self.agent.as_ref().map(Agent::phase)
    }

    /// What its agent is doing, if it runs.
    pub fn phase(&self) -> Option<Phase> {
        self.agent.as_ref().map(|agent| agent.phase().borrow().clone())
    }
}

/// Published ports of one fleet. Those of a process never ask for the same number: while the server
/// of one is down, another one's could take it.
fn some_ports() -> (u16, u16) {
    const EACH: u16 = 10;
    const RANGES: u32 = 990;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes begin at different places.
    let at = std::process::id().wrapping_mul(31).wrapping_add(NEXT.fetch_add(1, Relaxed)) % RANGES;
    let first = 20_000 + u16::try_from(at).unwrap_or_default() * EACH;
    (first, first + EACH - 1)
}

impl Fleet {
    /// A server on loopback with default settings and no nodes.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn start() -> Result<Self> {
        Self::with(|_| {}).await
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Result<Self> {
        Self::begin(System::shared(), change, None).await
    }

    /// A server on a machine with this clock, and with other settings.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn by(clock: SharedClock, change: impl FnOnce(&mut Config)) -> Result<Self> {
        Self::begin(clock, change, None).await
    }

    /// A server whose store fails on cue, and has nothing but what was durable when it is killed.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn faulty() -> Result<(Self, Faults)> {
        Self::faulty_with(|_| {}).await
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn faulty_with(change: impl FnOnce(&mut Config)) -> Result<(Self, Faults)> {
        let (store, faults) = store::faulty();
        let disk = Disk { faults: faults.clone(), left: Mutex::new(Some(store)) };
        Ok((Self::begin(System::shared(), change, Some(disk)).await?, faults))
    }

    async fn begin(
        clock: SharedClock,
        change: impl FnOnce(&mut Config),
        disk: Option<Disk>,
    ) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("tunnelctl-fleet-").tempdir()?;
        let mut config = Config::new(dir.path().join("server"));
        config.listen = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
        config.metrics = fleet_server::config::Metrics::Off;
        config.port_range = some_ports();
        change(&mut config);
        let mut fleet = Self {
            config,
            clock,
            server: None,
            disk,
            nodes: BTreeMap::new(),
            crowd: Vec::new(),
            operator: None,
            shutdown: Shutdown::new(),
            dir,
        };
        fleet.start_server().await?;
        Ok(fleet)
    }

    /// Starts (or restarts) the server: the first start picks the port, later ones keep it.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_server(&mut self) -> Result<()> {
        let (config, clock) = (self.config.clone(), self.clock.clone());
        let server = match &mut self.disk {
            None => Server::start(config, clock).await?,
            Some(disk) => {
                let store = disk.left().take().unwrap_or_else(|| disk.faults.reopen());
                Server::start_with(config, clock, |_| Ok(store)).await?
            }
        };
        self.config.listen = server.addresses().to_vec();
        self.server = Some(server);
        Ok(())
    }

    /// Stops the server without a word to anybody.
    pub async fn kill_server(&mut self) {
        self.operator = None;
        if let Some(disk) = &mut self.disk {
            // At this instant: what is synced while the tasks end is after the kill.
            *disk.left() = Some(disk.faults.reopen());
        }
        if let Some(server) = self.server.take() {
            server.abort().await;
        }
    }

    /// What the next start of the server finds on its disk, in place of what a kill left there.
    pub fn insert_disk(&mut self, store: Box<dyn Store>) {
        if let Some(disk) = &mut self.disk {
            *disk.left() = Some(store);
        }
    }

    /// Hands the running server out, to whoever stops it.
    ///
    /// # Errors
    /// It is down.
    pub fn take_server(&mut self) -> Result<Server> {
        self.operator = None;
        self.server.take().context("the server is down")
    }

    /// The server's TLS address.
    ///
    /// # Errors
    /// The server is down and never had one.
    pub fn address(&self) -> Result<SocketAddr> {
        self.config.listen.first().copied().context("the server has no address")
    }

    /// The running server.
    ///
    /// # Errors
    /// It is down.
    pub fn server(&self) -> Result<&Server> {
        self.server.as_ref().context("the server is down")
    }

    /// Owner of background tasks that should end with the fleet.
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// How the admin reaches the server.
    ///
    /// # Errors
    /// The admin's files can't be read.
    pub fn access(&self) -> Result<Access> {
        let admin = self.server()?.admin();
        let trust = Trust::of(pki::pem::load_certificates(&admin.ca)?)?;
        let chain = pki::pem::load_certificates(&admin.certificate)?;
        let credentials = Credentials::new(chain, &KeyPair::load(&admin.key)?)?;
        Ok(Access {
            servers: vec![self.address()?.to_string()],
            ladder: Ladder::default(),
            tls: ClientTls::authenticated(&trust, credentials)?,
            client: concat!("testbed/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: PATIENCE,
            request: None,
        })
    }

    /// The admin's connection; made anew when the last one ended.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn operator(&mut self) -> Result<Operator> {
        if let Some(operator) = self.operator.as_ref().filter(|operator| !operator.is_closed()) {
            return Ok(operator.clone());
        }
        let operator = Operator::connect(&self.access()?, &self.shutdown).await?;
        self.operator = Some(operator.clone());
        Ok(operator)
    }

    /// Asks the server as the admin.
    ///
    /// # Errors
    /// Refused, or not reached.
    pub async fn ask(&mut self, request: Request) -> Result<Reply> {
        Ok(self.operator().await?.request(request).await?)
    }

    /// Enrols a node behind clear weather and runs its agent until it is online.
    ///
    /// # Errors
    /// Any step fails.
    pub async fn add(&mut self, name: &str) -> Result<()> {
        self.enrol(name).await?;
        self.run(name).await?;
        self.wait_online(name).await?;
        Ok(())
    }

    /// Enrols a node behind clear weather; its agent does not run yet.
    ///
    /// # Errors
    /// Any step fails.
    pub async fn enrol(&mut self, name: &str) -> Result<()> {
        let token = self.token(name).await?;
        self.enrol_with(name, token).await
    }

    /// Enrols a node by this token, behind clear weather; its agent does not run yet.
    ///
    /// # Errors
    /// Any step fails.
    pub async fn enrol_with(&mut self, name: &str, token: String) -> Result<()> {
        let at = self.address()?;
        self.enrol_at(name, token, at).await
    }

    /// The same for a node that finds its server at this address.
    ///
    /// # Errors
    /// Any step fails.
    pub async fn enrol_at(&mut self, name: &str, token: String, at: SocketAddr) -> Result<()> {
        let weather = Arc::new(Weather::start(at, &self.shutdown).await?);
        let spec = self.enrolment(name, token, weather.address)?;
        let state_dir = spec.dir.clone();
        let start = tokio::time::Instant::now();
        let enrolled = enrol(spec, |_| {}).await?;
        let enrolled_in = start.elapsed();
        let node = Node { id: enrolled.id, enrolled_in, weather, state_dir, agent: None };
        self.nodes.insert(name.to_owned(), node);
        Ok(())
    }

    /// Clear weather on a new way to the server.
    ///
    /// # Errors
    /// No loopback port.
    pub async fn link(&self) -> Result<Arc<Weather>> {
        Ok(Arc::new(Weather::start(self.address()?, &self.shutdown).await?))
    }

    /// What a machine of this name would enrol with, at this address.
    ///
    /// # Errors
    /// It is no name.
    pub fn enrolment(&self, name: &str, token: String, server: SocketAddr) -> Result<EnrolSpec> {
        Ok(EnrolSpec {
            dir: self.dir.path().join(format!("node-{name}")),
            token,
            servers: vec![server.to_string()],
            ca_pin: None,
            name: Some(name.parse()?),
            labels: Labels::default(),
            allow: Vec::new(),
            force: false,
            wait: Duration::ZERO,
            ways: Setting::default(),
        })
    }

    /// A node's handle.
    ///
    /// # Errors
    /// No such node.
    pub fn node(&self, name: &str) -> Result<&Node> {
        self.nodes.get(name).with_context(|| format!("no node {name}"))
    }

    /// Starts a node's agent.
    ///
    /// # Errors
    /// It does not start.
    pub async fn run(&mut self, name: &str) -> Result<()> {
        self.run_by(name, self.clock.clone()).await
    }

    /// Starts a node's agent on a machine with this clock.
    ///
    /// # Errors
    /// It does not start.
    pub async fn run_by(&mut self, name: &str, clock: SharedClock) -> Result<()> {
        let node = self.nodes.get_mut(name).with_context(|| format!("no node {name}"))?;
        node.agent = Some(Agent::start(&node.state_dir, clock).await?);
        Ok(())
    }

    /// Hands a node's running agent out, to whoever stops it.
    ///
    /// # Errors
    /// It does not run.
    pub fn take_agent(&mut self, name: &str) -> Result<Agent> {
        let agent = self.nodes.get_mut(name).and_then(|node| node.agent.take());
        agent.with_context(|| format!("no agent of {name}"))
    }

    /// Stops a node's agent without a word to anybody.
    pub async fn kill(&mut self, name: &str) {
        if let Some(agent) = self.nodes.get_mut(name).and_then(|node| node.agent.take()) {
            agent.abort().await;
        }
    }

    /// Stops a node's agent in order.
    pub async fn stop(&mut self, name: &str) {
        if let Some(agent) = self.nodes.get_mut(name).and_then(|node| node.agent.take()) {
            agent.stop(Duration::from_secs(1)).await;
        }
    }

    /// Stops agents and server in order; the directory goes with the value.
    ///
    /// # Errors
    /// Tasks are left over.
    pub async fn finish(mut self) -> Result<()> {
        let names: Vec<String> = self.nodes.keys().cloned().collect();
        for name in names {
            self.stop(&name).await;
        }
        self.dismiss_crowd().await;
        self.operator = None;
        if let Some(server) = self.server.take() {
            server.drain(Duration::from_secs(1)).await;
        }
        match self.shutdown.finish(Duration::from_secs(2)).await {
            0 => Ok(()),
            left => bail!("{left} tasks were left over"),
        }
    }
}
