//! `--detach`: the same command once more, in a session of its own, with its output in a file. This
//! process stays until the other one serves, or failed.

use super::owners;
use crate::cli::Run;
use crate::cli::out::{API_VERSION, warn};
use crate::cli::runtime::one_shot;
use crate::ctx::paths;
use crate::exit::{Exit, Failure, Result};
use crate::forwards::{ForwardRow, directory, private};
use link::{Clock, System};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// How often the other process is looked for.
const LOOK: Duration = Duration::from_millis(25);
/// Beyond what it may take to connect.
const SLACK: Duration = Duration::from_secs(30);
/// Logs that are kept.
const LOGS: usize = 200;
/// What is shown of a log after a failure.
const SHOWN: u64 = 16 * 1024;

/// The hidden flag of the process in the background.
pub(super) const FLAG: &str = "--detached";

/// Starts the same command in the background and waits until it serves.
///
/// # Errors
/// It ended instead: its own words and exit code.
pub(super) fn detach(run: &Run) -> Result {
    let (log, file) = log()?;
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let mut command = Command::new(std::env::current_exe()?);
    command.args(args).arg(FLAG);
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    one_shot(async {
        let mut child = command.spawn().map_err(Failure::from)?;
        serving(run, &mut child, &log).await
    })
}

/// Leaves the terminal and whoever started this.
///
/// # Errors
/// The system refuses.
pub(super) fn leave() -> Result<()> {
    match rustix::process::setsid() {
        Ok(_) => Ok(()),
        // Started as the first of a group already; a session is not needed for what follows.
        Err(rustix::io::Errno::PERM) => Ok(()),
        Err(error) => Err(std::io::Error::from(error).into()),
    }
}

async fn serving(run: &Run, child: &mut Child, log: &Path) -> Result {
    let pid = child.id().unwrap_or_default();
    let until = Instant::now() + run.settings.timeout.value + SLACK;
    loop {
        if let Some(status) = child.try_wait()? {
            return failed(status.code(), log);
        }
        let rows = of(pid).await?;
        if !rows.is_empty() {
            return told(run, &rows, log);
        }
        if Instant::now() >= until {
            // Asked to end; whether it still does is told by the list.
            let _ = child.start_kill();
            return Err(Failure::new(Exit::Timeout, "the forward did not serve in time")
                .hint(format!("its log: {}", log.display())));
        }
        sleep(LOOK).await;
    }
}

/// What the process with this id forwards, if it can be asked already.
async fn of(pid: u32) -> Result<Vec<ForwardRow>> {
    let prefix = format!("{pid}-");
    let Ok(entries) = std::fs::read_dir(directory()?) else { return Ok(Vec::new()) };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix)
            && let Ok(rows) = owners::rows(&entry.path()).await
        {
            return Ok(rows);
        }
    }
    Ok(Vec::new())
}

fn told(run: &Run, rows: &[ForwardRow], log: &Path) -> Result {
    if run.out.is_structured() {
        run.out.json_line(&json!({"kind": "Stream", "api_version": API_VERSION}))?;
    }
    let look = &run.out.look;
    let arrow = look.glyph("→", "->");
    for row in rows {
        let address = row.addr.as_ref().map(ToString::to_string).unwrap_or_default();
        if run.out.is_structured() {
            run.out.json_line(&json!({
                "event": "listening", "forward": row.id, "name": row.name, "addr": row.addr,
                "node": row.node, "target": row.target, "type": row.kind, "rule": row.rule,
                "state": row.state, "owner": row.owner, "log": log, "at": System.wall(),
            }))?;
        } else if run.out.quiet {
            run.out.line(&address)?;
        } else {
            let target = row.target.as_deref().unwrap_or("anything it may reach");
            let name = crate::cli::out::Row::name(row);
            run.out.line(&format!(
                "{} {name}  {address} {arrow} {} {arrow} {target}   detached, {}",
                look.tick(),
                row.node,
                row.state.as_str()
            ))?;
        }
    }
    run.out.note("tunnelctl forward list | attach NAME | close NAME");
    Ok(Exit::Ok)
}

/// The other process ended: what it said, and its exit code.
fn failed(code: Option<i32>, log: &Path) -> Result {
    let mut text = String::new();
    if let Ok(file) = File::open(log) {
        // Cut or not, it is what there is to show.
        let _ = file.take(SHOWN).read_to_string(&mut text);
    }
    let _ = std::fs::remove_file(log);
    warn(text.trim_end());
    let code = code.and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0);
    Ok(Exit::Child(code.unwrap_or(1)))
}

/// A new file for what the process in the background says; the oldest go.
fn log() -> Result<(PathBuf, File)> {
    let dir = paths::state_dir()?.join("forwards").join("log");
    private(&dir)?;
    prune(&dir);
    let name = format!("{}-{:08x}.log", System.wall().0, crate::exit::random() & 0xffff_ffff);
    let path = dir.join(name);
    let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path)?;
    Ok((path, file))
}

fn prune(dir: &Path) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    // Their names begin with the time, in as many digits for the next two centuries.
    let mut logs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    logs.sort();
    let over = logs.len().saturating_sub(LOGS - 1);
    for log in logs.into_iter().take(over) {
        // A log that a forward still writes to stays with it.
        let _ = std::fs::remove_file(log);
    }
}
