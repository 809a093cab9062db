//! Traffic that keeps the demo alive: small requests and bulk transfers of changing size through
//! every node, as an operator's forwards would make them.

use crate::fleet::Fleet;
use crate::service;
use anyhow::{Context, Result};
use link::forward::{self, Clients, Kind, OnDrop, Spec};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;
use wire::Target;
use wire::message::tunnel::OpenTo;

/// Between two bursts of one stream.
const PAUSE: Duration = Duration::from_millis(250);
/// Bytes of the largest burst.
const BURST: u64 = 1 << 20;
/// Bursts before a stream is closed and opened anew, so that tunnels come and go.
const BURSTS: u32 = 120;

pub(super) async fn start(fleet: &mut Fleet, nodes: &[String]) -> Result<()> {
    let bulk = service::bulk(fleet.shutdown()).await?;
    for (at, node) in nodes.iter().enumerate() {
        let spec = Spec {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            kind: Kind::Fixed(OpenTo::Node {
                node: node.as_str().into(),
                target: Target::new("localhost", bulk.port())?,
            }),
            on_drop: OnDrop::Hold(Duration::from_secs(10)),
            idle: None,
            max: None,
            compress: None,
            note: Some("demo traffic".into()),
            clients: Clients::default(),
        };
        let operator = fleet.operator().await?;
        let forward =
            forward::start(spec, fleet.access()?, Some(operator), fleet.shutdown()).await?;
        let address = forward.address.net().context("an address")?;
        let shutdown = fleet.shutdown().clone();
        let size = BURST >> (2 * at.min(4));
        fleet.shutdown().spawn("demo traffic", async move {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {}
                () = pull(address, size) => {}
            }
        });
    }
    Ok(())
}

/// Pulls bursts for ever; a revoked or lost node only means a failed try.
async fn pull(address: SocketAddr, size: u64) {
    loop {
        // The demo's own traffic may fail whenever the visitor cuts something: that is the show.
        let _ = bursts(address, size).await;
        sleep(PAUSE).await;
    }
}

/// One connection per burst would hide the long-lived tunnels people want to see: the source ends
/// after each request, so the burst is stretched by reading slowly.
async fn bursts(address: SocketAddr, size: u64) -> std::io::Result<()> {
    let mut tcp = TcpStream::connect(address).await?;
    tcp.write_u64(size * u64::from(BURSTS)).await?;
    let mut block = vec![0; 64 * 1024];
    let mut left = size;
    loop {
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
        match tcp.read(&mut block[..want]).await? {
            0 => return Ok(()),
            n => left -= n as u64,
        }
        if left == 0 {
            left = size;
            sleep(PAUSE).await;
        }
    }
}
