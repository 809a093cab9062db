//! Commands in containers, each with a deadline.

use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The project docker-compose runs under.
const PROJECT: &str = "tunnelctl-testbed";
/// How long a command may take that is not said to take long.
const USUAL: u64 = 60;

/// Whether the server and the operator run.
pub(crate) fn compose_is_up() -> Result<()> {
    sh("operator", "tunnelctl server status -q")
        .map(drop)
        .context("the testbed does not run; testbed/compose/up starts it")
}

/// What a shell command in a container printed.
pub(crate) fn sh(machine: &str, script: &str) -> Result<String> {
    sh_within(machine, script, Duration::from_secs(USUAL))
}

/// The same with another deadline.
pub(crate) fn sh_within(machine: &str, script: &str, within: Duration) -> Result<String> {
    let seconds = within.as_secs().to_string();
    let mut command = docker(machine, &["exec"]);
    command.args(["timeout", "-k", "2", &seconds, "bash", "-euo", "pipefail", "-c", script]);
    let out = command.stdin(Stdio::null()).output().context("docker")?;
    if !out.status.success() {
        let error = String::from_utf8_lossy(&out.stderr);
        let last = error.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no word");
        bail!("{machine}: {} of `{}`: {last}", out.status, script.lines().next().unwrap_or(""));
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Starts what runs until the container ends.
pub(crate) fn start(machine: &str, script: &str) -> Result<()> {
    let mut command = docker(machine, &["exec", "-d"]);
    let status = command.args(["bash", "-c", script]).stdout(Stdio::null()).status()?;
    if !status.success() {
        bail!("{machine}: `{script}` did not start");
    }
    Ok(())
}

fn docker(machine: &str, verb: &[&str]) -> Command {
    let mut command = Command::new("docker");
    command.args(verb).arg(format!("{PROJECT}_{machine}_1"));
    command
}

/// Looks again and again until something is there; how long it took.
#[allow(
    clippy::disallowed_methods,
    reason = "looks again and again; a container announces nothing"
)]
pub(crate) fn wait<T>(
    what: &str,
    within: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<(T, Duration)> {
    let begun = Instant::now();
    loop {
        let seen = look();
        let took = begun.elapsed();
        match seen {
            Ok(Some(found)) => return Ok((found, took)),
            Ok(None) if took > within => bail!("{what}: not within {within:?}"),
            Err(error) if took > within => {
                return Err(error.context(format!("{what}: not within {within:?}")));
            }
            // Not yet, or not answered.
            Ok(None) | Err(_) => sleep(Duration::from_millis(200)),
        }
    }
}
