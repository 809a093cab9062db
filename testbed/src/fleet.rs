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
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
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
    nodes: BTreeMap<String, Node>,
    operator: Option<Operator>,
    shutdown: Shutdown,
    dir: TempDir,
}

/// One agent of the fleet, running or not.
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// How long enrolment took.
    pub enrolled_in: Duration,
    /// The weather between it and the server.
    pub weather: Weather,
    state_dir: PathBuf,
    agent: Option<Agent>,
}

impl Node {
    /// What its agent is doing, if it runs.
    pub fn phase(&self) -> Option<Phase> {
        self.agent.as_ref().map(|agent| agent.phase().borrow().clone())
    }
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
        let dir = tempfile::Builder::new().prefix("tunnelctl-fleet-").tempdir()?;
        let mut config = Config::new(dir.path().join("server"));
        config.listen = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
        config.metrics = fleet_server::config::Metrics::Off;
        change(&mut config);
        let mut fleet = Self {
            config,
            clock: System::shared(),
            server: None,
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
        let server = Server::start(self.config.clone(), self.clock.clone()).await?;
        self.config.listen = server.addresses().to_vec();
        self.server = Some(server);
        Ok(())
    }

    /// Stops the server without a word to anybody.
    pub async fn kill_server(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort().await;
        }
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
        let weather = Weather::start(self.address()?, &self.shutdown).await?;
        let token = self.token(name).await?;
        let state_dir = self.dir.path().join(format!("node-{name}"));
        let spec = EnrolSpec {
            dir: state_dir.clone(),
            token,
            servers: vec![weather.address.to_string()],
            ca_pin: None,
            name: Some(name.parse()?),
            labels: Labels::default(),
            allow: Vec::new(),
            force: false,
        };
        let start = tokio::time::Instant::now();
        let enrolled = enrol(spec, |_| {}).await?;
        let enrolled_in = start.elapsed();
        let node = Node { id: enrolled.id, enrolled_in, weather, state_dir, agent: None };
        self.nodes.insert(name.to_owned(), node);
        self.run(name).await?;
        self.wait_online(name).await?;
        Ok(())
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
        let clock = self.clock.clone();
        let node = self.nodes.get_mut(name).with_context(|| format!("no node {name}"))?;
        node.agent = Some(Agent::start(&node.state_dir, clock).await?);
        Ok(())
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
        let ((), took) = until(&what, PATIENCE + wire::limits::DEAD_AFTER, || {
            let (operator, request) = (operator.clone(), Request::Node(name.into()));
            async move {
                match operator.request(request).await {
                    Ok(Reply::Node(view)) if wanted(view.state) => Some(()),
                    _ => None,
                }
            }
        })
        .await?;
        Ok(took)
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
