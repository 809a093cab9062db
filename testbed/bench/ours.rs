//! Our own parties: a server with its admin's connection, and what is put behind it.

use crate::peers::{Peer, Targets, text, ways};
use crate::process::Process;
use crate::roles::access;
use agent::enrol::{EnrolSpec, enrol};
use anyhow::{Context, Result, bail};
use futures::stream::{StreamExt, TryStreamExt};
use link::Shutdown;
use link::operator::Operator;
use pki::Token;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use wire::message::operator::{Intent, Outcome, PortSpec, Reply, Request, RuleSpec, TokenSpec};
use wire::message::view::{DropMode, Effect, OnDrop, TokenKind};
use wire::{Labels, Target};

/// Nodes that enrol at a time.
const ENROLLING: usize = 32;
/// Between two tries of the admin to get in.
const AGAIN: Duration = Duration::from_millis(200);

/// A server and the admin's connection to it.
pub(crate) struct Ours {
    dir: TempDir,
    pub(crate) server: Process,
    pub(crate) address: String,
    warm_lanes: u32,
    operator: Operator,
    shutdown: Shutdown,
}

impl Ours {
    /// A server with nothing in it.
    pub(crate) async fn start(warm_lanes: u32) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("tunnelctl-bench-").tempdir()?;
        let data = dir.path().join("server");
        let server = server(&data, "0", warm_lanes).await?;
        let address = format!("127.0.0.1:{}", server.line);
        let shutdown = Shutdown::new();
        let operator = Operator::connect(&access(&data, address.clone())?, &shutdown).await?;
        Ok(Self { dir, server, address, warm_lanes, operator, shutdown })
    }

    /// Where the server keeps its state.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("server")
    }

    /// Kills the server and starts it again in the same place.
    pub(crate) async fn kill_and_restart(&mut self) -> Result<()> {
        self.server.kill().await?;
        let port = self.address.rsplit_once(':').map_or("0", |(_, port)| port).to_owned();
        self.server = server(&self.data(), &port, self.warm_lanes).await?;
        Ok(())
    }

    /// The admin's connection once more, after the server was killed under it.
    pub(crate) async fn connect_again(&mut self, within: Duration) -> Result<()> {
        let access = access(&self.data(), self.address.clone())?;
        let connecting = async {
            loop {
                match Operator::connect(&access, &self.shutdown).await {
                    Ok(operator) => return operator,
                    // Shed among the others: he comes again like everybody.
                    Err(_) => sleep(AGAIN).await,
                }
            }
        };
        self.operator = timeout(within, connecting).await.context("the admin is not let in")?;
        Ok(())
    }

    /// Revokes a node.
    pub(crate) async fn revoke(&self, node: &str) -> Result<Outcome> {
        let request = Request::NodeRevoke { node: node.into(), intent: Intent::default() };
        match self.operator.request(request).await? {
            Reply::Done(outcomes) => outcomes.into_iter().next().context("no outcome"),
            other => bail!("not an outcome: {other:?}"),
        }
    }

    /// Tasks of the server that panicked since its start: 1 if any.
    pub(crate) async fn panics(&self) -> Result<u32> {
        match self.operator.request(Request::Server).await? {
            Reply::Server(view) => {
                Ok(u32::from(view.checks.iter().any(|check| check.id.as_str() == "panics")))
            }
            other => bail!("not the server's state: {other:?}"),
        }
    }

    /// Enrols `count` nodes; their state directories. One is called `name`, more are `name0` and on.
    pub(crate) async fn enrolled(&self, name: &str, count: usize) -> Result<Vec<PathBuf>> {
        let token = self.token(name, count).await?;
        let enrolling = (0..count).map(|n| {
            let token = token.reveal().to_string();
            async move {
                let name = if count == 1 { name.to_owned() } else { format!("{name}{n}") };
                let dir = self.dir.path().join(format!("node-{name}"));
                let spec = EnrolSpec {
                    dir: dir.clone(),
                    token,
                    servers: Vec::new(),
                    ca_pin: None,
                    name: Some(name.parse()?),
                    labels: Labels::default(),
                    allow: Vec::new(),
                    force: false,
                    wait: Duration::ZERO,
                    ways: Default::default(),
                };
                enrol(spec, |_| {}).await?;
                anyhow::Ok(dir)
            }
        });
        futures::stream::iter(enrolling).buffer_unordered(ENROLLING).try_collect().await
    }

    async fn token(&self, name: &str, uses: usize) -> Result<Token> {
        let root = pki::pem::load_certificate(&self.data().join("ca.pem"))?;
        let pin = pki::pin_of(&root);
        let token = Token::generate(pin, vec![self.address.clone()])?;
        let spec = TokenSpec {
            name: name.parse()?,
            kind: TokenKind::Node,
            uses: u32::try_from(uses)?,
            ttl_ms: Some(600_000),
            labels: Labels::default(),
            role: None,
            secret_hash: token.hash().to_vec().into(),
            allow: Vec::new(),
            binding: Default::default(),
        };
        self.operator.request(Request::TokenCreate { spec, intent: Intent::default() }).await?;
        Ok(token)
    }

    /// A process that runs the agents of these state directories; all are connected.
    pub(crate) async fn agents(&self, dirs: &[PathBuf]) -> Result<Process> {
        let mut args = vec!["agents"];
        for dir in dirs {
            args.push(text(dir)?);
        }
        Process::role(&args).await
    }

    /// Publishes what listens at `port` of a node's loopback, for everybody here; the public port.
    pub(crate) async fn publish(&self, node: &str, name: &str, port: u16) -> Result<u16> {
        let spec = PortSpec {
            name: name.parse()?,
            nodes: vec![node.into()],
            target: Target::new("127.0.0.1", port)?,
            port: None,
            on_drop: OnDrop { mode: DropMode::Hold, hold_ms: Some(10_000) },
            max_tunnels: None,
            idle_ms: None,
            options: wire::message::view::PortOptions::default(),
        };
        let create = Request::PortCreate { spec, intent: Intent::default() };
        let reply = self.operator.request(create).await?;
        let Reply::Port(view) = reply else { bail!("not a port: {reply:?}") };
        let rule = RuleSpec {
            effect: Effect::Allow,
            who: "anyone".into(),
            from: Some("127.0.0.0/8".into()),
            port: Some(name.parse()?),
            until: None,
            before: None,
            disabled: false,
            anyone_really: false,
            nodes: None,
            to: None,
            at: None,
        };
        let admit = Request::RuleCreate { spec: rule, intent: Intent::default() };
        self.operator.request(admit).await?;
        Ok(view.public.port)
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn server(data: &std::path::Path, port: &str, warm_lanes: u32) -> Result<Process> {
    Process::role(&["server", text(data)?, port, &warm_lanes.to_string()]).await
}

/// The node that the measured payload goes through.
pub(crate) const NODE: &str = "bench";

/// A server with one node: what the other peers are compared with.
pub(crate) struct Path {
    pub(crate) ours: Ours,
    agent: Process,
}

impl Path {
    pub(crate) async fn start() -> Result<Self> {
        let ours = Ours::start(1).await?;
        let agent = ours.agents(&ours.enrolled(NODE, 1).await?).await?;
        Ok(Self { ours, agent })
    }

    /// Our published port.
    pub(crate) async fn port(&self, targets: &Targets) -> Result<Peer> {
        let mut ports = targets.ports;
        for (at, port) in ports.iter_mut().enumerate() {
            *port = self.ours.publish(NODE, &format!("bench{at}"), *port).await?;
        }
        let carriers = vec![self.ours.server.pid()?, self.agent.pid()?];
        Ok(Peer { name: "port", ways: ways(ports), carriers, processes: Vec::new(), _dir: None })
    }

    /// Our operator's forward: two mTLS legs.
    pub(crate) async fn forward(&self, targets: &Targets) -> Result<Peer> {
        let data = self.ours.data();
        let (mut processes, mut ports) = (Vec::new(), targets.ports);
        for port in &mut ports {
            let args = ["forward", text(&data)?, &self.ours.address, NODE, &port.to_string()];
            let process = Process::role(&args).await?;
            *port = process.ports()?.first().copied().context("no port")?;
            processes.push(process);
        }
        let mut carriers = vec![self.ours.server.pid()?, self.agent.pid()?];
        for process in &processes {
            carriers.push(process.pid()?);
        }
        Ok(Peer { name: "forward", ways: ways(ports), carriers, processes, _dir: None })
    }
}
