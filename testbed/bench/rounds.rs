//! The run: every configuration in every round, one measurement after the other, so that drift of
//! the machine hits all alike.

use crate::connect;
use crate::load::{self, Direction};
use crate::ours::{Ours, Path};
use crate::peers::{self, Peer, Targets};
use crate::process::{cpu_seconds, resident};
use crate::storm;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;
use tokio::time::sleep;

/// What to run.
#[derive(Debug)]
pub(crate) struct Plan {
    rounds: usize,
    span: Duration,
    idle_tunnels: usize,
    idle_agents: usize,
    storm: storm::Size,
    only: Vec<String>,
}

impl Plan {
    pub(crate) fn new(rounds: usize, quick: bool, storm: storm::Size, only: Vec<String>) -> Self {
        let (span, idle_tunnels, idle_agents) = match quick {
            true => (Duration::from_millis(300), 100, 20),
            // Fewer than a node takes: its lanes carry 800 streams.
            false => (Duration::from_secs(1), 500, 200),
        };
        Self {
            rounds: if quick { 1 } else { rounds.max(1) },
            span,
            idle_tunnels,
            idle_agents,
            storm: match quick {
                true => storm::Size {
                    agents: storm.agents.min(100),
                    storms: 1,
                    revoked: 2,
                    calm: Duration::from_secs(1),
                },
                false => storm,
            },
            only,
        }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

/// One figure: median over the rounds with its spread.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) config: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) rounds: usize,
}

type Samples = BTreeMap<(&'static str, &'static str), (&'static str, Vec<f64>)>;

pub(crate) async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let targets = Targets::start().await?;
    let mut samples = Samples::new();
    traffic(plan, &targets, &mut samples).await?;
    for round in (1..=plan.rounds).take_while(|_| plan.wants("memory")) {
        say(&format!("round {round}/{}  memory", plan.rounds));
        memory(plan, &targets, &mut samples).await?;
        idle_agents(plan, &mut samples).await?;
    }
    if plan.wants("storm") {
        let (agents, times) = (plan.storm.agents, plan.storm.storms);
        say(&format!("{agents} agents enrol, then the server is killed {times} times"));
        for storm::Figure { name, unit, value } in storm::run(plan.storm, &targets, say).await? {
            put(&mut samples, name, "storm", unit, value);
        }
    }
    Ok(samples.into_iter().map(row).collect())
}

/// Speed, round trips and processor time of every way, round after round.
async fn traffic(plan: &Plan, targets: &Targets, samples: &mut Samples) -> Result<()> {
    let path = Path::start().await?;
    let peers = all(plan, targets, &path).await?;
    let connect = plan.wants("connect") && connect::program().is_some();
    if plan.wants("connect") && !connect {
        say("tunnelctl is not built: first_byte is left out (cargo build --release)");
    }
    for round in 1..=plan.rounds {
        for peer in &peers {
            let own = peer.processes.len();
            say(&format!("round {round}/{}  {:<12} {own} processes", plan.rounds, peer.name));
            if let Err(error) = measure(plan, peer, samples).await {
                say(&format!("  {} failed: {error:#}", peer.name));
            }
        }
        if connect {
            let first = connect::first_byte(&path.ours, targets.ports[0]).await?;
            put(samples, "first_byte", "connect", "ms", first);
        }
    }
    Ok(())
}

fn put(
    samples: &mut Samples,
    what: &'static str,
    config: &'static str,
    unit: &'static str,
    value: f64,
) {
    samples.entry((what, config)).or_insert((unit, Vec::new())).1.push(value);
}

async fn all(plan: &Plan, targets: &Targets, path: &Path) -> Result<Vec<Peer>> {
    let mut peers = vec![targets.direct()?];
    peers.push(peers::proxies(targets, 1).await?);
    peers.push(peers::proxies(targets, 2).await?);
    peers.push(path.port(targets).await?);
    peers.push(path.forward(targets).await?);
    for tls in [false, true] {
        match peers::rathole(targets, tls).await? {
            Some(peer) => peers.push(peer),
            None if plan.wants("rathole") => {
                say("rathole is not installed: left out (cargo install rathole)");
            }
            None => {}
        }
    }
    match peers::ssh(targets).await? {
        Some(peer) => peers.push(peer),
        None => say("OpenSSH's server is not installed: left out (apt-get install openssh-server)"),
    }
    peers.retain(|peer| plan.wants(peer.name));
    Ok(peers)
}

async fn measure(plan: &Plan, peer: &Peer, samples: &mut Samples) -> Result<()> {
    let mut put = |what, unit, value| put(samples, what, peer.name, unit, value);
    for (direction, one, eight, cost) in [
        (Direction::Up, "bulk_up_1", "bulk_up_8", "cpu_up"),
        (Direction::Down, "bulk_down_1", "bulk_down_8", "cpu_down"),
    ] {
        let before = cpu_seconds(&peer.carriers)?;
        let moved = load::bulk(peer.ways, direction, 1, plan.span).await?;
        let spent = cpu_seconds(&peer.carriers)? - before;
        put(one, "MB/s", megabytes(moved) / plan.span.as_secs_f64());
        put(cost, "CPU s/GB", spent / (megabytes(moved) / 1e3));
        let moved = load::bulk(peer.ways, direction, 8, plan.span).await?;
        put(eight, "MB/s", megabytes(moved) / plan.span.as_secs_f64());
    }
    put("connects_1", "conn/s", load::connects(peer.ways, 1, plan.span).await?);
    put("connects_64", "conn/s", load::connects(peer.ways, 64, plan.span).await?);
    let (p50, p99) = load::ping(peer.ways, plan.span).await?;
    put("rtt_p50", "us", p50);
    put("rtt_p99", "us", p99);
    for (direction, name) in
        [(Direction::Up, "rtt_p99_under_up"), (Direction::Down, "rtt_p99_under_down")]
    {
        put(name, "us", load::ping_under_bulk(peer.ways, direction, plan.span).await?);
    }
    Ok(())
}

/// Memory, each time of processes that did nothing before: a heap keeps what it once needed.
async fn memory(plan: &Plan, targets: &Targets, samples: &mut Samples) -> Result<()> {
    let path = Path::start().await?;
    for peer in all(plan, targets, &path).await? {
        // The target itself is no carrier; a forward shares its carriers with the port.
        if matches!(peer.name, "direct" | "forward") {
            continue;
        }
        drop(load::idle(peer.ways, 1).await?);
        let before = resident(&peer.carriers);
        let open = load::idle(peer.ways, plan.idle_tunnels).await?;
        let grown = resident(&peer.carriers).saturating_sub(before);
        put(samples, "idle_tunnel", peer.name, "KiB", kib(grown, plan.idle_tunnels));
        drop(open);
    }
    Ok(())
}

/// Memory of a fresh server per connected agent that does nothing.
async fn idle_agents(plan: &Plan, samples: &mut Samples) -> Result<()> {
    let ours = Ours::start(1).await?;
    let dirs = ours.enrolled("idle", plan.idle_agents).await?;
    let server = [ours.server.pid()?];
    let before = resident(&server);
    let agents = ours.agents(&dirs).await?;
    // One heartbeat in each direction belongs to being connected.
    sleep(wire::limits::HEARTBEAT + Duration::from_secs(1)).await;
    let grown = resident(&server).saturating_sub(before);
    put(samples, "idle_agent", "port", "KiB", kib(grown, plan.idle_agents));
    drop(agents);
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "figures of at most a few terabytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[allow(clippy::cast_precision_loss, reason = "figures of at most a few gigabytes")]
fn kib(bytes: u64, count: usize) -> f64 {
    bytes as f64 / 1024.0 / count as f64
}

fn row(
    ((name, config), (unit, mut values)): ((&'static str, &'static str), (&'static str, Vec<f64>)),
) -> Row {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    Row {
        name: name.to_owned(),
        config: config.to_owned(),
        value: at(values.len() / 2),
        unit,
        min: at(0),
        max: at(values.len().saturating_sub(1)),
        rounds: values.len(),
    }
}

fn say(line: &str) {
    // Progress is for people; a closed terminal is no reason to stop measuring.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
