//! Stopping in order: it ends in time whatever breaks meanwhile, and what comes after finds everything.

use crate::stage::{Fault, Stage, link, trail};
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::service;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Target;
use wire::message::view::NodeState;

/// What tunnels are given.
const GRACE: Duration = Duration::from_millis(100);

pub(crate) async fn of_the_server(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::new(fault, step).await?;
    let (mut visitor, address) = visited(&mut stage).await?;
    let link = link(&stage.fleet)?;
    let server = stage.fleet.take_server()?;
    stage.arm(&link);
    let drained = stage.under(&link, timeout(PATIENCE, server.drain(GRACE))).await?;
    drained.context("the server does not stop")?;
    let met = stage.met(&link);
    ensure!(visitor.read(&mut [0]).await.is_err(), "a cut tunnel ended as if it were complete");
    stage.fleet.start_server().await?;
    stage.fleet.node("web1")?.nudge();
    stage.fleet.wait_online("web1").await?;
    let trail = trail(&mut stage.fleet).await?;
    ensure!(
        trail.iter().any(|e| e.entry.action.as_str() == "server.stop"),
        "no record of the stop"
    );
    visit(address).await?;
    stage.finish().await?;
    Ok(met)
}

pub(crate) async fn of_the_agent(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::new(fault, step).await?;
    let (mut visitor, address) = visited(&mut stage).await?;
    let link = link(&stage.fleet)?;
    let agent = stage.fleet.take_agent("web1")?;
    stage.arm(&link);
    // Over when the server knows: what the agent said last may still be on its way when it has stopped.
    let stop = async {
        timeout(PATIENCE, agent.stop(GRACE)).await.context("the agent does not stop")?;
        timeout(PATIENCE, visitor.read(&mut [0])).await.context("its tunnel does not end")
    };
    let cut = stage.under(&link, stop).await??;
    let met = stage.met(&link);
    ensure!(cut.is_err(), "a cut tunnel ended as if it were complete");
    stage.fleet.wait_state("web1", |state| state == NodeState::Stale).await?;
    stage.fleet.run("web1").await?;
    stage.fleet.wait_online("web1").await?;
    visit(address).await?;
    stage.finish().await?;
    Ok(met)
}

/// A node behind a published port, with a visitor.
async fn visited(stage: &mut Stage) -> Result<(TcpStream, SocketAddr)> {
    stage.fleet.add("web1").await?;
    let echo = service::echo(stage.fleet.shutdown()).await?;
    let target = Target::new("localhost", echo.port())?;
    let port = stage.fleet.publish("db", "web1", target, Some(PATIENCE)).await?;
    stage.fleet.admit("db", "127.0.0.0/8").await?;
    let address = SocketAddr::from(([127, 0, 0, 1], port.public.port));
    Ok((visit(address).await?, address))
}

async fn visit(address: SocketAddr) -> Result<TcpStream> {
    let mut tcp = TcpStream::connect(address).await?;
    let answered = async {
        tcp.write_all(b"hello").await?;
        tcp.read_exact(&mut [0; 5]).await
    };
    timeout(PATIENCE, answered).await.context("a visitor hangs")??;
    Ok(tcp)
}
