//! The fleet and its verbs. Everything a test does to a fleet is one call here.

use crate::wait::until;
use crate::weather::Weather;
use agent::enrol::{EnrolSpec, enrol};
use agent::{Agent, Phase};
use anyhow::{Context, Result, bail};
use fleet_server::{Config, Server};
use link::operator::{Access, Operator};
use link::tls::{ClientTls, Credentials};
use link::{SharedClock, Shutdown, System};
use pki::{KeyPair, Token, Trust};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Faults, Store};
use tempfile::TempDir;
use wire::audit::{AuditEvent, ChainCheck};
use wire::limits::MAX_PAGE;
use wire::message::operator::{Intent, Outcome, PortSpec, Reply, Request, RuleSpec, TokenSpec};
use wire::message::view::{DropMode, Effect, NodeState, NodeView, OnDrop, PortView, TokenKind};
use wire::{Labels, Name, NodeId, Target};

/// How long a verb waits for what it promises.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server with its agents, in one process and one temporary directory.
pub struct Fleet {
    config: Config,
    clock: SharedClock,
    server: Option<Server>,
    disk: Option<Disk>,
    nodes: BTreeMap<String, Node>,
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

    /// What its agent is doing, if it runs.
    pub fn phase(&self) -> Option<Phase> {
        self.agent.as_ref().map(|agent| agent.phase().borrow().clone())
    }
}

/// Published ports of one fleet: fleets that run side by side hardly ever ask for the same number.
fn some_ports() -> (u16, u16) {
    const EACH: u16 = 10;
    let random = getrandom::u64().unwrap_or_default() % 990;
    let first = 20_000 + u16::try_from(random).unwrap_or_default() * EACH;
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
        Self::begin(change, None).await
    }

    /// A server whose store fails on cue, and has nothing but what was durable when it is killed.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn faulty() -> Result<(Self, Faults)> {
        let (store, faults) = store::faulty();
        let disk = Disk { faults: faults.clone(), left: Mutex::new(Some(store)) };
        Ok((Self::begin(|_| {}, Some(disk)).await?, faults))
    }

    async fn begin(change: impl FnOnce(&mut Config), disk: Option<Disk>) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("tunnelctl-fleet-").tempdir()?;
        let mut config = Config::new(dir.path().join("server"));
        config.listen = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
        config.metrics = fleet_server::config::Metrics::Off;
        config.port_range = some_ports();
        change(&mut config);
        let mut fleet = Self {
            config,
            clock: System::shared(),
            server: None,
            disk,
            nodes: BTreeMap::new(),
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
        let root = pki::pem::load_certificate(&admin.ca)?;
        let trust = Trust::new(root)?;
        let chain = pki::pem::load_certificates(&admin.certificate)?;
        let credentials = Credentials::new(chain, &KeyPair::load(&admin.key)?)?;
        Ok(Access {
            servers: vec![self.address()?.to_string()],
            tls: ClientTls::authenticated(&trust, credentials)?,
            client: concat!("testbed/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: PATIENCE,
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

    /// Makes a token and returns its string.
    ///
    /// # Errors
    /// Refused.
    pub async fn token(&mut self, name: &str) -> Result<String> {
        let pin = self.server()?.admin().ca_pin;
        let token = Token::generate(pin, vec![self.address()?.to_string()])?;
        let spec = TokenSpec {
            name: name.parse()?,
            kind: TokenKind::Node,
            uses: 1,
            ttl_ms: Some(600_000),
            labels: Labels::default(),
            role: None,
            secret_hash: token.hash().to_vec().into(),
            allow: Vec::new(),
        };
        self.ask(Request::TokenCreate { spec, intent: Intent::default() }).await?;
        Ok(token.reveal().to_string())
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
        let weather = self.link().await?;
        let token = self.token(name).await?;
        let spec = self.enrolment(name, token, &weather)?;
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

    /// What a machine of this name would enrol with.
    ///
    /// # Errors
    /// It is no name.
    pub fn enrolment(&self, name: &str, token: String, weather: &Weather) -> Result<EnrolSpec> {
        Ok(EnrolSpec {
            dir: self.dir.path().join(format!("node-{name}")),
            token,
            servers: vec![weather.address.to_string()],
            ca_pin: None,
            name: Some(name.parse()?),
            labels: Labels::default(),
            allow: Vec::new(),
            force: false,
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

    /// A node as the server sees it.
    ///
    /// # Errors
    /// Not reached, or not there.
    pub async fn view(&mut self, name: &str) -> Result<NodeView> {
        match self.ask(Request::Node(name.into())).await? {
            Reply::Node(view) => Ok(view),
            other => bail!("not a node: {other:?}"),
        }
    }

    /// Waits until the server says that a node is connected.
    ///
    /// # Errors
    /// It is not in time.
    pub async fn wait_online(&mut self, name: &str) -> Result<Duration> {
        self.wait_state(name, NodeState::is_connected).await
    }

    /// Waits until the server shows a node in a wanted state.
    ///
    /// # Errors
    /// It does not in time.
    pub async fn wait_state(
        &mut self,
        name: &str,
        wanted: fn(NodeState) -> bool,
    ) -> Result<Duration> {
        let operator = self.operator().await?;
        let what = format!("state of {name}");
        let came = until(&what, PATIENCE + wire::limits::DEAD_AFTER, || {
            let (operator, request) = (operator.clone(), Request::Node(name.into()));
            async move {
                match operator.request(request).await {
                    Ok(Reply::Node(view)) if wanted(view.state) => Some(()),
                    _ => None,
                }
            }
        })
        .await;
        let phase = self.nodes.get(name).and_then(Node::phase);
        came.map(|((), took)| took).with_context(|| format!("its agent: {phase:?}"))
    }

    /// Publishes a port to a target at a node.
    ///
    /// # Errors
    /// Refused.
    pub async fn publish(
        &mut self,
        name: &str,
        node: &str,
        target: Target,
        hold: Option<Duration>,
    ) -> Result<PortView> {
        let hold_ms = hold.map(|d| u64::try_from(d.as_millis())).transpose()?;
        let mode = if hold_ms.is_some() { DropMode::Hold } else { DropMode::Refuse };
        let spec = PortSpec {
            name: name.parse()?,
            nodes: vec![node.into()],
            target,
            port: None,
            on_drop: OnDrop { mode, hold_ms },
            max_tunnels: None,
            idle_ms: None,
        };
        match self.ask(Request::PortCreate { spec, intent: Intent::default() }).await? {
            Reply::Port(view) => Ok(view),
            other => bail!("not a port: {other:?}"),
        }
    }

    /// Admits a network to a published port.
    ///
    /// # Errors
    /// Refused.
    pub async fn admit(&mut self, port: &str, from: &str) -> Result<()> {
        let port: Name = port.parse()?;
        let spec = RuleSpec {
            effect: Effect::Allow,
            who: "anyone".into(),
            from: Some(from.into()),
            port: Some(port),
            until: None,
            before: None,
            disabled: false,
            anyone_really: false,
        };
        self.ask(Request::RuleCreate { spec, intent: Intent::default() }).await?;
        Ok(())
    }

    /// Revokes a node; returns when the server acknowledged.
    ///
    /// # Errors
    /// Refused.
    pub async fn revoke(&mut self, name: &str) -> Result<Outcome> {
        let intent = Intent { dry_run: false, reason: Some("test".into()) };
        match self.ask(Request::NodeRevoke { node: name.into(), intent }).await? {
            Reply::Done(mut outcomes) => outcomes.pop().context("no outcome"),
            other => bail!("not an outcome: {other:?}"),
        }
    }

    /// The whole audit trail, checked from its first record to its head.
    ///
    /// # Errors
    /// Not reached, or the chain is broken.
    pub async fn audit(&mut self) -> Result<Vec<AuditEvent>> {
        let (mut trail, mut after, mut check) = (Vec::new(), None, ChainCheck::default());
        loop {
            let request = Request::Audit {
                after,
                backwards: false,
                limit: MAX_PAGE,
                action: None,
                since: None,
                until: None,
            };
            let Reply::Audit { events, next, .. } = self.ask(request).await? else {
                bail!("no audit records");
            };
            for event in &events {
                let in_place = event.seq == u64::try_from(trail.len())? + 1;
                if !in_place || check.handle(event).is_err() {
                    bail!("the audit trail is broken at {}", event.seq);
                }
                trail.push(event.clone());
            }
            after = next;
            if after.is_none() {
                return Ok(trail);
            }
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
