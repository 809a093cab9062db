//! The server is killed under its agents: how long until all are back.

use crate::ours::Ours;
use crate::process::Process;
use anyhow::Result;
use std::time::{Duration, Instant};

/// Agents of one process: sockets and locks of more would reach the limit of open files.
const PER_PROCESS: usize = 2500;
/// When to give up.
const PATIENCE: Duration = Duration::from_secs(180);

/// Seconds from the kill to the last agent's return.
pub(crate) async fn run(agents: usize) -> Result<f64> {
    // No warm lanes: a socket each is what ten thousand idle agents may cost.
    let mut ours = Ours::start(0).await?;
    let dirs = ours.enrolled("storm", agents).await?;
    let mut processes: Vec<Process> = Vec::new();
    for dirs in dirs.chunks(PER_PROCESS) {
        processes.push(ours.agents(dirs).await?);
    }
    let killed = Instant::now();
    ours.kill_and_restart().await?;
    for process in &mut processes {
        process.next_line(PATIENCE).await?;
    }
    Ok(killed.elapsed().as_secs_f64())
}
