//! Tunnels: policy, lane, dial, status, splice. The client gets every byte or an error, never an end
//! that looks complete; no slot is lost: limits of one tunnel let the next one through.

use crate::stage::{Fault, Stage, link};
use agent::config::Config;
use anyhow::{Context, Result, bail, ensure};
use link::forward::{self, Clients, Kind, OnDrop, Spec};
use link::operator::Operator;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::service::{self, Pattern};
use testbed::{Fleet, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Target;
use wire::message::operator::{Intent, PortSpec, Reply, Request};
use wire::message::tunnel::OpenTo;
use wire::message::view::{DropMode, OnDrop as PortDrop};

const HOLD: Duration = Duration::from_secs(10);
/// A few records in each direction.
const PAYLOAD: usize = 40_000;

pub(crate) async fn over_the_operators_link(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = narrow(fault, step).await?;
    let fleet = &mut stage.fleet;
    let echo = service::echo(fleet.shutdown()).await?;
    let link = fleet.link().await?;
    let mut access = fleet.access()?;
    access.servers = vec![link.address.to_string()];
    let operator = Operator::connect(&access, fleet.shutdown()).await?;
    let target = Target::new("localhost", echo.port())?;
    let spec = Spec {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        kind: Kind::Fixed(OpenTo::Node { node: "web1".into(), target }),
        on_drop: OnDrop::Hold(HOLD),
        idle: None,
        max: None,
        compress: None,
        note: None,
        clients: Clients::default(),
    };
    let forward = forward::start(spec, access, Some(operator), fleet.shutdown()).await?;
    stage.arm(&link);
    let address = forward.address.net().context("an address")?;
    let sent = stage.under(&link, timeout(PATIENCE, transfer(address))).await?;
    all_or_error(sent.context("the client hangs")?)?;
    let met = stage.met(&link);
    nothing_leaked(&mut stage.fleet, address).await?;
    stage.finish().await?;
    Ok(met)
}

pub(crate) async fn over_the_nodes_link(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = narrow(fault, step).await?;
    let echo = service::echo(stage.fleet.shutdown()).await?;
    let address = publish_one(&mut stage.fleet, echo).await?;
    // The lane is there: what is counted are the steps of a tunnel.
    all_or_error(timeout(PATIENCE, transfer(address)).await?)?;
    let link = link(&stage.fleet)?;
    stage.arm(&link);
    let sent = stage.under(&link, timeout(PATIENCE, transfer(address))).await?;
    all_or_error(sent.context("the visitor hangs")?)?;
    let met = stage.met(&link);
    nothing_leaked(&mut stage.fleet, address).await?;
    stage.finish().await?;
    Ok(met)
}

/// A node that carries one tunnel at a time.
async fn narrow(fault: Fault, step: usize) -> Result<Stage> {
    let mut stage = Stage::new(fault, step).await?;
    stage.fleet.enrol("web1").await?;
    Config::set(stage.fleet.node("web1")?.dir(), "limits.tunnels", &["1".to_owned()])?;
    stage.fleet.run("web1").await?;
    stage.fleet.wait_online("web1").await?;
    Ok(stage)
}

/// A published port that carries one tunnel at a time.
pub(crate) async fn publish_one(fleet: &mut Fleet, to: SocketAddr) -> Result<SocketAddr> {
    let spec = PortSpec {
        name: "db".parse()?,
        nodes: vec!["web1".into()],
        target: Target::new("localhost", to.port())?,
        port: None,
        on_drop: PortDrop { mode: DropMode::Hold, hold_ms: Some(10_000) },
        max_tunnels: Some(1),
        idle_ms: None,
        options: wire::message::view::PortOptions::default(),
    };
    let reply = fleet.ask(Request::PortCreate { spec, intent: Intent::default() }).await?;
    let Reply::Port(view) = reply else { bail!("not a port: {reply:?}") };
    fleet.admit("db", "127.0.0.0/8").await?;
    Ok(SocketAddr::from(([127, 0, 0, 1], view.public.port)))
}

/// Sends through an echo and ends; whether everything came back before the other side's end.
pub(crate) async fn transfer(address: SocketAddr) -> io::Result<bool> {
    let mut payload = vec![0; PAYLOAD];
    Pattern::default().fill(&mut payload);
    let (mut read, mut write) = TcpStream::connect(address).await?.into_split();
    let mut back = Vec::new();
    let send = async {
        write.write_all(&payload).await?;
        write.shutdown().await
    };
    // A client that cannot send learns it from its own error as well; what counts is how it ends.
    let (_, received) = tokio::join!(send, read.read_to_end(&mut back));
    received?;
    Ok(back == payload)
}

fn all_or_error(sent: io::Result<bool>) -> Result<()> {
    ensure!(!matches!(sent, Ok(false)), "a cut transfer ended as if it were complete");
    Ok(())
}

async fn nothing_leaked(fleet: &mut Fleet, address: SocketAddr) -> Result<()> {
    fleet.wait_online("web1").await?;
    until("another tunnel", PATIENCE, || async move {
        matches!(timeout(PATIENCE, transfer(address)).await, Ok(Ok(true))).then_some(())
    })
    .await?;
    let operator = fleet.operator().await?;
    until("free slots", PATIENCE, || {
        let operator = operator.clone();
        async move {
            match operator.request(Request::Node("web1".into())).await {
                Ok(Reply::Node(view)) if view.tunnels == 0 => Some(()),
                _ => None,
            }
        }
    })
    .await?;
    let Reply::Server(server) = fleet.ask(Request::Server).await? else { bail!("no server") };
    ensure!(server.load.tunnels == 0, "{} tunnels are left in the table", server.load.tunnels);
    Ok(())
}
