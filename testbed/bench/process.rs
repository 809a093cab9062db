//! Child processes and what they cost: processor time and memory as the kernel counts them.

use anyhow::{Context, Result};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// How long a child may take until it is ready.
const START: Duration = Duration::from_secs(60);
/// Ticks per second of `/proc/PID/stat` (USER_HZ, fixed at 100 on Linux for user space).
const TICKS: f64 = 100.0;
const PAGE: u64 = 4096;

/// A running child; killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// What a child of ours prints later.
    lines: Option<Lines<BufReader<ChildStdout>>>,
    /// Closing it tells a child of ours to end.
    _stdin: Option<ChildStdin>,
    /// The first line it printed.
    pub(crate) line: String,
}

impl Process {
    /// Starts this program in another role and waits for its line.
    pub(crate) async fn role(args: &[&str]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("start {args:?}"))?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let read = timeout(START, lines.next_line()).await;
        let line = read.with_context(|| format!("{args:?} is not ready in time"))??;
        let line = line.with_context(|| format!("{args:?} ended at its start"))?;
        let stdin = child.stdin.take();
        Ok(Self { child, lines: Some(lines), _stdin: stdin, line })
    }

    /// Starts another program.
    pub(crate) fn program(name: &str, args: &[&str]) -> Result<Self> {
        let mut command = Command::new(name);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.kill_on_drop(true).spawn().with_context(|| format!("start {name}"))?;
        Ok(Self { child, lines: None, _stdin: None, line: String::new() })
    }

    /// The next line it prints.
    pub(crate) async fn next_line(&mut self, within: Duration) -> Result<String> {
        let lines = self.lines.as_mut().context("its output is not read")?;
        let line = timeout(within, lines.next_line()).await.context("no line in time")??;
        line.context("the process ended")
    }

    /// Kills it, and waits until the kernel has taken its sockets back.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().context("the process ended")
    }

    /// The numbers in its line.
    pub(crate) fn ports(&self) -> Result<Vec<u16>> {
        self.line.split_whitespace().map(|word| Ok(word.parse()?)).collect()
    }
}

/// Seconds of processor time a set of processes (with their children) used so far.
pub(crate) fn cpu_seconds(pids: &[u32]) -> Result<f64> {
    let mut ticks = 0u64;
    for pid in family(pids) {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The second field is the name in parentheses and may hold anything.
        let fields: Vec<&str> =
            stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        for at in [11, 12] {
            ticks += fields.get(at).and_then(|f| f.parse::<u64>().ok()).unwrap_or_default();
        }
    }
    Ok(f64::from(u32::try_from(ticks)?) / TICKS)
}

/// Resident bytes of a set of processes (with their children).
pub(crate) fn resident(pids: &[u32]) -> u64 {
    let pages = |pid: u32| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
        text.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    family(pids).into_iter().filter_map(pages).sum::<u64>() * PAGE
}

/// The processes and all their descendants (sshd forks).
fn family(pids: &[u32]) -> Vec<u32> {
    let mut all = pids.to_vec();
    let mut at = 0;
    while let Some(pid) = all.get(at).copied() {
        let path = format!("/proc/{pid}/task/{pid}/children");
        let children = std::fs::read_to_string(path).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|word| word.parse::<u32>().ok()));
        at += 1;
    }
    all
}
