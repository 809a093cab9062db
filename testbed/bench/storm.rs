//! T-41: the server is killed under its agents, again and again. How long until each is back and after
//! how many tries, what each costs, and whether a revocation in the middle is still a cut.

use crate::load;
use crate::ours::Ours;
use crate::peers::Targets;
use crate::process::{Process, resident};
use anyhow::{Context, Result, bail};
use link::{Clock, System};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Agents of one process: sockets and locks of more would reach the limit of open files.
const PER_PROCESS: usize = 2500;
/// When to give up.
const PATIENCE: Duration = Duration::from_secs(180);
/// What a victim's visitor reads at a time, and how often: the storm needs the processors itself.
const SIP: (usize, Duration) = (16 * 1024, Duration::from_millis(20));

/// How large a storm is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Agents that come back.
    pub(crate) agents: usize,
    /// How often the server is killed.
    pub(crate) storms: usize,
    /// Nodes with a busy tunnel that are revoked in the middle of each.
    pub(crate) revoked: usize,
    /// What goes before each.
    pub(crate) calm: Duration,
}

/// Health after which an agent's curve starts over, and a little more.
pub(crate) const CALM: Duration = Duration::from_secs(32);

/// One figure of one storm.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) value: f64,
}

/// What the storms were like, figure by figure.
pub(crate) async fn run(size: Size, targets: &Targets, say: impl Fn(&str)) -> Result<Vec<Figure>> {
    // No warm lanes: a socket each is what ten thousand idle agents may cost.
    let mut ours = Ours::start(0).await?;
    let mut figures = Vec::new();
    let mut put = |name, unit, value| figures.push(Figure { name, unit, value });
    let before = resident(&[ours.server.pid()?]);
    let mut crowd = Crowd::start(&ours, size.agents).await?;
    sleep(size.calm).await;
    // Those that sleep are an agent each; their server remembers the enrolment of each as well.
    let server = resident(&[ours.server.pid()?]).saturating_sub(before);
    put("crowd_server", "KiB/agent", per(server, size.agents));
    put("crowd_agent", "KiB/agent", per(crowd.resident()?, size.agents));
    let mut victims = Vec::new();
    for n in 0..size.storms * size.revoked {
        victims.push(Victim::start(&ours, n, targets).await?);
    }
    for storm in 1..=size.storms {
        sleep(size.calm).await;
        let mut struck = victims.split_off(victims.len() - size.revoked);
        let killed = Instant::now();
        let moment = System.wall().0;
        ours.kill_and_restart().await?;
        put("bound_again", "s", killed.elapsed().as_secs_f64());
        let mut back = crowd.first_back(size.agents / 5).await?;
        let worst = revoke(&mut ours, &mut struck).await?;
        put("storm_last_byte", "ms", worst.last_byte_ms);
        put("storm_revoke", "ms", worst.answered_ms);
        put("storm_late", "KiB", worst.late_kib);
        crowd.all_back(&mut back, size.agents).await?;
        let mut waits: Vec<f64> = back.iter().map(|b| since(moment, b.at_ms)).collect();
        waits.sort_by(f64::total_cmp);
        put("back_p50", "s", at(&waits, 50));
        put("back_p99", "s", at(&waits, 99));
        put("agents_back", "s", at(&waits, 100));
        let mut tries: Vec<f64> = back.iter().map(|b| f64::from(b.tries)).collect();
        tries.sort_by(f64::total_cmp);
        put("tries_p50", "", at(&tries, 50));
        put("tries_p99", "", at(&tries, 99));
        put("tries_most", "", at(&tries, 100));
        put("storm_panics", "", f64::from(ours.panics().await?));
        let (p99, all) = (at(&waits, 99), at(&waits, 100));
        say(&format!("storm {storm}/{}: p99 {p99:.1} s, all {all:.1} s", size.storms));
    }
    Ok(figures)
}

/// Agents in processes of their own, and the lines they print.
struct Crowd {
    processes: Vec<Process>,
}

/// One agent's return.
#[derive(Debug, Clone, Copy)]
struct Back {
    at_ms: u64,
    tries: u32,
}

impl Crowd {
    async fn start(ours: &Ours, agents: usize) -> Result<Self> {
        let dirs = ours.enrolled("storm", agents).await?;
        let mut processes = Vec::new();
        for dirs in dirs.chunks(PER_PROCESS) {
            processes.push(ours.agents(dirs).await?);
        }
        Ok(Self { processes })
    }

    fn resident(&self) -> Result<u64> {
        let pids: Vec<u32> = self.processes.iter().map(Process::pid).collect::<Result<_>>()?;
        Ok(resident(&pids))
    }

    /// Waits until `many` are back, as many of each process.
    async fn first_back(&mut self, many: usize) -> Result<Vec<Back>> {
        let mut back = Vec::new();
        let each = many / self.processes.len();
        for process in &mut self.processes {
            for _ in 0..each {
                back.push(next(process).await?);
            }
        }
        Ok(back)
    }

    /// Waits for the others.
    async fn all_back(&mut self, back: &mut Vec<Back>, all: usize) -> Result<()> {
        let (seen, whole) = (back.len() / self.processes.len(), PER_PROCESS.min(all));
        let last = all - whole * (self.processes.len() - 1);
        let count = self.processes.len();
        for (index, process) in self.processes.iter_mut().enumerate() {
            let its = if index + 1 == count { last } else { whole };
            for _ in seen..its {
                back.push(next(process).await?);
            }
        }
        Ok(())
    }
}

async fn next(process: &mut Process) -> Result<Back> {
    let line = process.next_line(PATIENCE).await?;
    let (at, tries) = line.split_once(' ').with_context(|| format!("unexpected line {line:?}"))?;
    Ok(Back { at_ms: at.parse()?, tries: tries.parse()? })
}

/// A node whose published port somebody reads from all the time.
struct Victim {
    name: String,
    /// Read since the visitor came.
    read: Arc<AtomicU64>,
    /// Ends with the value.
    _visitor: JoinSet<()>,
    _agent: Process,
}

impl Victim {
    async fn start(ours: &Ours, n: usize, targets: &Targets) -> Result<Self> {
        let name = format!("victim{n}");
        let dirs: Vec<PathBuf> = ours.enrolled(&name, 1).await?;
        let agent = ours.agents(&dirs).await?;
        let port = ours.publish(&name, &name, targets.ports[1]).await?;
        let read = Arc::new(AtomicU64::new(0));
        let mut visitor = JoinSet::new();
        visitor.spawn(visit(SocketAddr::from(([127, 0, 0, 1], port)), read.clone()));
        Ok(Self { name, read, _visitor: visitor, _agent: agent })
    }
}

/// Comes again whenever it was cut.
async fn visit(address: SocketAddr, read: Arc<AtomicU64>) {
    loop {
        let _ = sip(address, &read).await;
        sleep(SIP.1).await;
    }
}

async fn sip(address: SocketAddr, read: &AtomicU64) -> Result<()> {
    let mut tcp = timeout(load::PATIENCE, TcpStream::connect(address)).await??;
    tcp.write_u64(u64::MAX >> 1).await?;
    let mut block = vec![0; SIP.0];
    loop {
        match tcp.read(&mut block).await? {
            0 => bail!("ended"),
            n => read.fetch_add(n as u64, Relaxed),
        };
        sleep(SIP.1).await;
    }
}

/// The worst of some revocations.
#[derive(Debug, Default)]
struct Worst {
    last_byte_ms: f64,
    answered_ms: f64,
    late_kib: f64,
}

/// Revokes those whose tunnel is busy, one after the other.
async fn revoke(ours: &mut Ours, victims: &mut Vec<Victim>) -> Result<Worst> {
    ours.connect_again(PATIENCE).await?;
    let mut worst = Worst::default();
    for victim in victims.drain(..) {
        let from = victim.read.load(Relaxed);
        let busy = async {
            while victim.read.load(Relaxed) < from + 4 * SIP.0 as u64 {
                sleep(SIP.1).await;
            }
        };
        timeout(PATIENCE, busy).await.with_context(|| format!("{} is not read", victim.name))?;
        let asked = Instant::now();
        let outcome = ours.revoke(&victim.name).await?;
        let answered = asked.elapsed().as_secs_f64() * 1e3;
        let then = victim.read.load(Relaxed);
        // Whoever reads slowly finds what lies in his own socket; whatever comes later is a leak.
        sleep(SIP.1 * 10).await;
        let late = victim.read.load(Relaxed) - then;
        let last_byte = outcome.last_byte_ms.context("no figure in the answer")?;
        worst.last_byte_ms = worst.last_byte_ms.max(f64::from(u32::try_from(last_byte)?));
        worst.answered_ms = worst.answered_ms.max(answered);
        worst.late_kib = worst.late_kib.max(per(late, 1));
    }
    Ok(worst)
}

/// Seconds between two moments of the wall clock.
#[allow(clippy::cast_precision_loss, reason = "minutes in milliseconds")]
fn since(from_ms: u64, to_ms: u64) -> f64 {
    to_ms.saturating_sub(from_ms) as f64 / 1e3
}

/// The percentile of what is sorted.
fn at(sorted: &[f64], percent: usize) -> f64 {
    let index = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(index).copied().unwrap_or_default()
}

#[allow(clippy::cast_precision_loss, reason = "figures of at most a few gigabytes")]
fn per(bytes: u64, count: usize) -> f64 {
    bytes as f64 / 1024.0 / count.max(1) as f64
}
