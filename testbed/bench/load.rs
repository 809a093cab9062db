//! The load: bulk one way, connection rate, ping-pong, ping-pong under bulk, idle connections.
//! Everything has a deadline; a configuration that stalls fails its cell, not the run.

use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// Any single exchange.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// One round trip's payload.
const PING: usize = 64;

/// The way in to each service of the target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ways {
    pub(crate) echo: SocketAddr,
    pub(crate) bulk: SocketAddr,
    pub(crate) sink: SocketAddr,
}

/// Which way payload flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// Bytes moved in `span` over `connections`.
pub(crate) async fn bulk(
    ways: Ways,
    direction: Direction,
    connections: usize,
    span: Duration,
) -> Result<u64> {
    let mut tasks = JoinSet::new();
    let until = Instant::now() + span;
    for _ in 0..connections {
        match direction {
            Direction::Up => tasks.spawn(push(ways.sink, until)),
            Direction::Down => tasks.spawn(pull(ways.bulk, until)),
        };
    }
    let mut moved = 0;
    while let Some(done) = tasks.join_next().await {
        moved += done??;
    }
    Ok(moved)
}

async fn pull(from: SocketAddr, until: Instant) -> Result<u64> {
    let mut tcp = connect(from).await?;
    tcp.write_u64(u64::MAX >> 1).await?;
    let (mut moved, mut block) = (0, vec![0; 256 * 1024]);
    while Instant::now() < until {
        match timeout(PATIENCE, tcp.read(&mut block)).await.context("bulk stalled")?? {
            0 => bail!("bulk ended early"),
            n => moved += n as u64,
        }
    }
    Ok(moved)
}

async fn push(to: SocketAddr, until: Instant) -> Result<u64> {
    let mut tcp = connect(to).await?;
    let block = vec![7; 256 * 1024];
    while Instant::now() < until {
        timeout(PATIENCE, tcp.write_all(&block)).await.context("bulk stalled")??;
    }
    tcp.shutdown().await?;
    // What arrived counts, not what was taken by buffers on the way.
    Ok(timeout(PATIENCE, tcp.read_u64()).await.context("no count")??)
}

/// New connections per second, each with one exchange, `at_once` in parallel.
pub(crate) async fn connects(ways: Ways, at_once: usize, span: Duration) -> Result<f64> {
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..at_once {
        tasks.spawn(async move {
            let mut done = 0u32;
            while start.elapsed() < span {
                let mut tcp = connect(ways.echo).await?;
                exchange(&mut tcp, &mut [1]).await?;
                // A reset leaves no TIME-WAIT: ports must last for the whole run.
                link::splice::reset(tcp);
                done += 1;
            }
            Ok::<_, anyhow::Error>(done)
        });
    }
    let mut done = 0;
    while let Some(one) = tasks.join_next().await {
        done += one??;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

/// Median and 99th percentile of a 64-byte round trip, in microseconds.
pub(crate) async fn ping(ways: Ways, span: Duration) -> Result<(f64, f64)> {
    let mut tcp = connect(ways.echo).await?;
    let (start, mut took) = (Instant::now(), Vec::new());
    while start.elapsed() < span {
        let one = Instant::now();
        exchange(&mut tcp, &mut [3; PING]).await?;
        took.push(one.elapsed().as_secs_f64() * 1e6);
    }
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took.get(index(took.len(), share)).copied().unwrap_or_default();
    Ok((at(0.5), at(0.99)))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index into a vector of at most a few million samples"
)]
fn index(length: usize, share: f64) -> usize {
    ((length.saturating_sub(1)) as f64 * share) as usize
}

/// 99th percentile of the round trip while bulk flows through the same way.
pub(crate) async fn ping_under_bulk(
    ways: Ways,
    direction: Direction,
    span: Duration,
) -> Result<f64> {
    let mut load = JoinSet::new();
    load.spawn(bulk(ways, direction, 1, span + Duration::from_millis(500)));
    let (_, p99) = ping(ways, span).await?;
    while let Some(done) = load.join_next().await {
        done??;
    }
    Ok(p99)
}

/// Opens idle connections (after one exchange each) and keeps them.
pub(crate) async fn idle(ways: Ways, count: usize) -> Result<Vec<TcpStream>> {
    let mut open = Vec::with_capacity(count);
    for _ in 0..count {
        let mut tcp = connect(ways.echo).await?;
        exchange(&mut tcp, &mut [1]).await?;
        open.push(tcp);
    }
    Ok(open)
}

async fn connect(to: SocketAddr) -> Result<TcpStream> {
    let tcp = timeout(PATIENCE, TcpStream::connect(to)).await.context("connect stalled")??;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

async fn exchange(tcp: &mut TcpStream, bytes: &mut [u8]) -> Result<()> {
    let both = async {
        tcp.write_all(bytes).await?;
        tcp.read_exact(bytes).await
    };
    timeout(PATIENCE, both).await.context("no answer in time")??;
    Ok(())
}

/// Whether the way answers at all; used to wait for peers that tell nothing.
pub(crate) async fn answers(ways: Ways) -> bool {
    let one = async {
        let mut tcp = connect(ways.echo).await?;
        exchange(&mut tcp, &mut [1]).await
    };
    matches!(timeout(Duration::from_secs(2), one).await, Ok(Ok(())))
}
