//! The child processes. Each prints its addresses as one line and serves until its standard input
//! closes, so that none outlives the benchmark.

use crate::Role;
use agent::Phase;
use anyhow::{Context, Result};
use fleet_server::{Config, Server};
use link::forward::{self, Clients, Kind, OnDrop, Spec};
use link::operator::Access;
use link::tls::{ClientTls, Credentials};
use link::{Clock, Shutdown, System};
use pki::{KeyPair, Trust};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use testbed::service;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use wire::message::tunnel::OpenTo;
use wire::{Generation, Target, UnixMs};

/// Returns that wait to be printed.
const RETURNS: usize = 1024;

pub(crate) async fn run(role: Role) -> Result<()> {
    let shutdown = Shutdown::new();
    match role {
        Role::Target => {
            let echo = service::echo(&shutdown).await?;
            let bulk = service::source(&shutdown).await?;
            let sink = service::sink(&shutdown).await?;
            ready(&format!("{} {} {}", echo.port(), bulk.port(), sink.port()))?;
            parent_gone().await;
        }
        Role::Proxy { to } => {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            ready(&listener.local_addr()?.port().to_string())?;
            tokio::select! {
                () = parent_gone() => {}
                () = proxy(listener, to, &shutdown) => {}
            }
        }
        Role::Server { dir, port, warm_lanes } => server(&dir, port, warm_lanes).await?,
        Role::Agents { dirs } => agents(&dirs).await?,
        Role::Forward { dir, server, node, port } => {
            let forward = operator_forward(&dir, server, &node, port, &shutdown).await?;
            let at = forward.address.net().context("an address")?;
            ready(&at.port().to_string())?;
            parent_gone().await;
        }
    }
    shutdown.cancel();
    Ok(())
}

/// Runs agents; one line when all are connected, and then `UNIX_MS TRIES` whenever one is back.
async fn agents(dirs: &[PathBuf]) -> Result<()> {
    let (returns, mut back) = mpsc::channel(RETURNS);
    let (mut agents, mut watches) = (Vec::new(), JoinSet::new());
    for dir in dirs {
        let agent = agent::Agent::start(dir, System::shared()).await?;
        watches.spawn(watch(agent.phase(), returns.clone()));
        agents.push(agent);
    }
    let printing = async {
        for _ in dirs {
            back.recv().await.context("an agent ended")?;
        }
        ready("connected")?;
        while let Some((at, tries)) = back.recv().await {
            ready(&format!("{} {tries}", at.0))?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        () = parent_gone() => Ok(()),
        failed = printing => failed,
    }
}

/// Tells of every connection of one agent: when, in Unix milliseconds, and after how many tries.
async fn watch(mut phase: watch::Receiver<Phase>, returns: mpsc::Sender<(UnixMs, u32)>) {
    let (mut last, mut failed) = (Generation::default(), 0);
    loop {
        let mut back = None;
        match &*phase.borrow_and_update() {
            Phase::Connecting { tries, .. } => failed = *tries,
            Phase::Connected { generation, .. } if *generation > last => {
                last = *generation;
                back = Some((System.wall(), failed + 1));
                failed = 0;
            }
            _ => {}
        }
        if let Some(back) = back
            && returns.send(back).await.is_err()
        {
            return;
        }
        if phase.changed().await.is_err() {
            return;
        }
    }
}

async fn server(dir: &Path, port: u16, warm_lanes: u32) -> Result<()> {
    let mut config = Config::new(dir.to_owned());
    config.listen = vec![SocketAddr::from(([127, 0, 0, 1], port))];
    config.warm_lanes = warm_lanes;
    config.metrics = fleet_server::config::Metrics::Off;
    let server = Server::start(config, System::shared()).await?;
    ready(&server.addresses().first().context("no address")?.port().to_string())?;
    parent_gone().await;
    server.drain(Duration::ZERO).await;
    Ok(())
}

/// How the admin of a data directory reaches its server.
pub(crate) fn access(dir: &Path, server: String) -> Result<Access> {
    let trust = Trust::new(pki::pem::load_certificate(&dir.join("ca.pem"))?)?;
    let chain = pki::pem::load_certificates(&dir.join("admin/cert.pem"))?;
    let credentials = Credentials::new(chain, &KeyPair::load(&dir.join("admin/key.pem"))?)?;
    Ok(Access {
        servers: vec![server],
        ladder: Default::default(),
        tls: ClientTls::authenticated(&trust, credentials)?,
        client: "bench".to_owned(),
        timeout: Duration::from_secs(30),
        request: None,
    })
}

async fn operator_forward(
    dir: &Path,
    server: String,
    node: &str,
    port: u16,
    shutdown: &Shutdown,
) -> Result<forward::Forward> {
    let target = Target::new("127.0.0.1", port)?;
    let spec = Spec {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        kind: Kind::Fixed(OpenTo::Node { node: node.into(), target }),
        on_drop: OnDrop::Hold(Duration::from_secs(10)),
        idle: None,
        max: None,
        compress: None,
        note: None,
        clients: Clients::default(),
    };
    Ok(forward::start(spec, access(dir, server)?, None, shutdown).await?)
}

async fn proxy(listener: TcpListener, to: SocketAddr, shutdown: &Shutdown) {
    while let Ok((mut client, _)) = listener.accept().await {
        shutdown.spawn("proxy", async move {
            let Ok(mut target) = TcpStream::connect(to).await else { return };
            let _ = (client.set_nodelay(true), target.set_nodelay(true));
            let size = 64 * 1024;
            let _ = tokio::io::copy_bidirectional_with_sizes(&mut client, &mut target, size, size)
                .await;
        });
    }
}

fn ready(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

async fn parent_gone() {
    let mut byte = [0];
    while !matches!(tokio::io::stdin().read(&mut byte).await, Ok(0) | Err(_)) {}
}
