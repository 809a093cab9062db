//! The tour: the main job end to end, one measured step after the other; stops at the first that fails.

use crate::fleet::grants::{self, because, gets_in, visit};
use crate::fleet::{Fleet, PATIENCE};
use crate::service::{self, Pattern};
use crate::wait::until;
use anyhow::{Context, Result, bail, ensure};
use link::forward::{self, Clients, Kind, OnDrop, Spec};
use serde::Serialize;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use wire::Target;
use wire::audit::ChainCheck;
use wire::message::operator::{Reply, Request};
use wire::message::tunnel::OpenTo;

/// Bytes of the measured transfer.
const TRANSFER: u64 = 64 << 20;
/// How long the published port holds a connection in the tour.
const HOLD: Duration = Duration::from_secs(30);
/// Tunnels that are busy when the node is revoked.
const BUSY: usize = 8;
/// Where the visitor of the private port comes from.
const VISITOR: [u8; 4] = [127, 0, 0, 9];
const VISITOR_NET: &str = "127.0.0.9/32";

/// One line of the tour.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// What was done.
    pub step: &'static str,
    /// Whether it worked.
    pub ok: bool,
    /// The measured figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
}

impl Step {
    fn ms(step: &'static str, took: Duration) -> Self {
        Self { step, ok: true, value: took.as_secs_f64() * 1e3, unit: "ms" }
    }
}

/// Runs the tour and tells each step as it is done.
///
/// # Errors
/// The step that failed, and why.
pub async fn tour(mut tell: impl FnMut(&Step)) -> Result<()> {
    let start = Instant::now();
    let mut fleet = Fleet::start().await.context("server")?;
    tell(&Step::ms("server", start.elapsed()));
    let done = steps(&mut fleet, &mut tell).await;
    let finished = fleet.finish().await.context("clean-up");
    done.and(finished)
}

async fn steps(fleet: &mut Fleet, tell: &mut impl FnMut(&Step)) -> Result<()> {
    for name in ["web1", "web2", "web3"] {
        fleet.add(name).await.context("enrol")?;
    }
    tell(&Step::ms("enrol", fleet.node("web1")?.enrolled_in));
    tell(&Step::ms("open_tunnel", open(fleet).await.context("open_tunnel")?));
    tell(&transfer(fleet).await.context("forward")?);
    let (held, back) = hold(fleet).await.context("published_port")?;
    tell(&Step::ms("port_held", held));
    tell(&Step::ms("reconnect", back));
    tell(&Step::ms("session_end", session(fleet).await.context("session")?));
    tell(&Step::ms("revoke_last_byte", revoke(fleet).await.context("revoke")?));
    tell(&audit(fleet).await.context("audit_verify")?);
    Ok(())
}

async fn forward(fleet: &mut Fleet, node: &str, to: SocketAddr) -> Result<SocketAddr> {
    let target = Target::new("localhost", to.port())?;
    let spec = Spec {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        kind: Kind::Fixed(OpenTo::Node { node: node.into(), target }),
        on_drop: OnDrop::Hold(HOLD),
        idle: None,
        max: None,
        compress: None,
        note: Some("tour".into()),
        clients: Clients::default(),
    };
    let operator = fleet.operator().await?;
    let forward = forward::start(spec, fleet.access()?, Some(operator), fleet.shutdown()).await?;
    forward.address.net().context("an address")
}

/// From connecting to a forward to the first byte of the target's answer.
async fn open(fleet: &mut Fleet) -> Result<Duration> {
    let echo = service::echo(fleet.shutdown()).await?;
    let address = forward(fleet, "web1", echo).await?;
    // The first one also dials the lane, which stays.
    round_trip(address).await?;
    round_trip(address).await
}

async fn round_trip(address: SocketAddr) -> Result<Duration> {
    let start = Instant::now();
    let mut tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    tcp.write_all(b"hello").await?;
    let mut back = [0; 5];
    timeout(PATIENCE, tcp.read_exact(&mut back)).await.context("no answer in time")??;
    ensure!(&back == b"hello", "the answer differs");
    Ok(start.elapsed())
}

async fn transfer(fleet: &mut Fleet) -> Result<Step> {
    let bulk = service::bulk(fleet.shutdown()).await?;
    let address = forward(fleet, "web2", bulk).await?;
    let start = Instant::now();
    let mut tcp = TcpStream::connect(address).await?;
    tcp.write_u64(TRANSFER).await?;
    let (mut hasher, mut got, mut block) = (blake3::Hasher::new(), 0u64, vec![0; 64 * 1024]);
    loop {
        let read = timeout(PATIENCE, tcp.read(&mut block)).await.context("stalled")??;
        if read == 0 {
            break;
        }
        hasher.update(&block[..read]);
        got += read as u64;
    }
    let took = start.elapsed();
    ensure!(got == TRANSFER, "{got} of {TRANSFER} bytes arrived");
    ensure!(hasher.finalize() == Pattern::digest(TRANSFER), "the digest differs");
    let megabytes = f64::from(u32::try_from(TRANSFER >> 20)?) * 1.048_576;
    Ok(Step { step: "forward", ok: true, value: megabytes / took.as_secs_f64(), unit: "MB/s" })
}

/// A visitor connects while the agent is cut off; served when it is back: how long the visitor
/// waited, and how long the agent was away.
async fn hold(fleet: &mut Fleet) -> Result<(Duration, Duration)> {
    let echo = service::echo(fleet.shutdown()).await?;
    let target = Target::new("localhost", echo.port())?;
    let port = fleet.publish("tour", "web1", target, Some(HOLD)).await?;
    fleet.admit("tour", "127.0.0.0/8").await?;
    let address = SocketAddr::from(([127, 0, 0, 1], port.public.port));
    round_trip(address).await.context("before the cut")?;
    fleet.kill("web1").await;
    fleet.wait_state("web1", |state| !state.is_connected()).await?;
    let start = Instant::now();
    let mut visitor = tokio::task::JoinSet::new();
    visitor.spawn(round_trip(address));
    fleet.run("web1").await?;
    let back = fleet.wait_online("web1").await?;
    let served = visitor.join_next().await.context("no visitor")?;
    served.context("visitor")?.context("during the cut")?;
    Ok((start.elapsed(), back))
}

/// A published port that nobody gets into without a session: from the request to end it to the reset
/// that its visitor sees.
async fn session(fleet: &mut Fleet) -> Result<Duration> {
    let echo = service::echo(fleet.shutdown()).await?;
    let target = Target::new("localhost", echo.port())?;
    let port = fleet.publish("private", "web2", target, None).await?;
    ensure!(!gets_in(VISITOR, &port).await?, "somebody got in without a session");
    let started = fleet.start_session(grants::session(&[VISITOR_NET], HOLD)).await?;
    let mut tcp = visit(VISITOR, &port).await?;
    tcp.write_all(b"hello").await?;
    timeout(PATIENCE, tcp.read_exact(&mut [0; 5])).await.context("not admitted")??;
    let start = Instant::now();
    let end = Request::SessionEnd { session: started.id.to_string().into(), intent: because() };
    let outcome = fleet.change(end).await?;
    ensure!(outcome.cut_tunnels == Some(1), "cut {:?}", outcome.cut_tunnels);
    let left = timeout(PATIENCE, tcp.read(&mut [0])).await.context("the tunnel lives on")?;
    ensure!(left.is_err(), "a cut connection looked complete");
    let took = start.elapsed();
    ensure!(!gets_in(VISITOR, &port).await?, "somebody got in after the session");
    Ok(took)
}

/// Revokes a node under busy tunnels: the figure is the server's own, from the request to the last
/// byte it moved; and no byte may arrive after the acknowledgement beyond what was in flight.
async fn revoke(fleet: &mut Fleet) -> Result<Duration> {
    let bulk = service::bulk(fleet.shutdown()).await?;
    let address = forward(fleet, "web3", bulk).await?;
    let mut busy = tokio::task::JoinSet::new();
    for _ in 0..BUSY {
        busy.spawn(async move {
            let mut tcp = TcpStream::connect(address).await?;
            tcp.write_u64(u64::MAX >> 1).await?;
            let mut block = vec![0; 64 * 1024];
            while tcp.read(&mut block).await? > 0 {}
            Ok::<_, std::io::Error>(())
        });
    }
    let operator = fleet.operator().await?;
    until("busy tunnels", PATIENCE, || {
        let operator = operator.clone();
        async move {
            match operator.request(Request::Node("web3".into())).await {
                Ok(Reply::Node(view)) if view.tunnels as usize >= BUSY => Some(()),
                _ => None,
            }
        }
    })
    .await?;
    let outcome = fleet.revoke("web3").await?;
    ensure!(outcome.ok, "not done: {:?}", outcome.error);
    ensure!(outcome.cut_tunnels == Some(u32::try_from(BUSY)?), "cut {:?}", outcome.cut_tunnels);
    while let Some(ended) =
        timeout(PATIENCE, busy.join_next()).await.context("a tunnel lives on")?
    {
        // A cut must look like one: a clean end would pass for a complete transfer.
        ensure!(ended?.is_err(), "a cut transfer looked complete");
    }
    Ok(Duration::from_millis(outcome.last_byte_ms.context("no figure")?))
}

async fn audit(fleet: &mut Fleet) -> Result<Step> {
    let (mut check, mut after) = (ChainCheck::default(), None);
    loop {
        let request = Request::Audit {
            after,
            backwards: false,
            limit: wire::limits::MAX_PAGE,
            action: None,
            since: None,
            until: None,
        };
        let Reply::Audit { events, next, .. } = fleet.ask(request).await? else {
            bail!("not audit records")
        };
        for event in &events {
            if let Err(seq) = check.handle(event) {
                bail!("the chain breaks at {seq}");
            }
        }
        match next {
            Some(_) => after = next,
            None => break,
        }
    }
    ensure!(check.checked() > 0, "no records");
    let checked = f64::from(u32::try_from(check.checked())?);
    Ok(Step { step: "audit_verify", ok: true, value: checked, unit: "records" })
}
