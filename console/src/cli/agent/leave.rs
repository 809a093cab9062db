//! `agent rotate` and `agent unenroll`: another key for the same node, and no key at all.

use super::DirArgs;
use crate::cli::confirm::{Level, results_here};
use crate::cli::runtime::one_shot;
use crate::cli::{Run, human};
use crate::exit::{Exit, Failure, Result};
use agent::leave::{LeaveError, Server, leave, who};
use clap::Args;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at whether the new key is there.
const LOOK: Duration = Duration::from_millis(100);

/// Which agent, and how long to wait for it.
#[derive(Debug, Args)]
pub struct RotateArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// How long to wait for the running agent to have its new key
    #[arg(long, value_name = "D", default_value = "30s", value_parser = human::parse_duration)]
    wait: Duration,
}

/// Which agent, and whether the server has to agree.
#[derive(Debug, Args)]
pub struct UnenrollArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// Remove the identity although the server cannot be told; it keeps the node until it is revoked
    #[arg(long)]
    force: bool,
}

/// Asks the agent for a new key, and waits until it has one.
pub(super) fn rotate(args: &RotateArgs, run: &Run) -> Result {
    let dir = args.dir.dir()?;
    let status = agent::agent::status(&dir)?;
    let name = status.name.unwrap_or_default();
    let object = format!("node/{name}");
    if run.settings.flags.dry_run {
        return run.change_here(("rotate key of", "rotated key of"), &object, || Ok(()));
    }
    run.may_change_here()?;
    agent::ask_for_rotation(&dir)?;
    if status.state == "stopped" {
        run.out.note("no agent runs here: the key is made when it connects next");
        return Ok(Exit::Ok);
    }
    if !one_shot(async { Ok(rotated(&dir, args.wait).await) })? {
        let message = format!("no new key within {}", human::duration(args.wait));
        return Err(Failure::new(Exit::Timeout, message)
            .hint("the agent makes it as soon as it is connected: tunnelctl agent status"));
    }
    run.change_here(("rotate key of", "rotated key of"), &object, || Ok(()))
}

async fn rotated(dir: &Path, within: Duration) -> bool {
    let until = Instant::now() + within;
    while agent::is_rotating(dir) {
        if Instant::now() >= until {
            return false;
        }
        sleep(LOOK).await;
    }
    true
}

/// Gives the identity up.
pub(super) fn unenroll(args: &UnenrollArgs, run: &Run) -> Result {
    let dir = args.dir.dir()?;
    let (_, name) = who(&dir)?;
    let object = format!("node/{name}");
    if run.settings.flags.dry_run {
        return run.change_here(("unenroll", "unenrolled"), &object, || Ok(()));
    }
    run.may_do_here(
        &format!("agent unenroll ends the identity of {name} for good"),
        Level::Moderate,
    )?;
    let server = if args.force { Server::NotAsked } else { Server::Told };
    one_shot(async { Ok(leave(&dir, server).await?) })?;
    results_here(run, "unenrolled", &object)
}

impl From<LeaveError> for Failure {
    fn from(error: LeaveError) -> Self {
        let message = error.to_string();
        match error {
            LeaveError::InUse { .. } => {
                Self::new(Exit::Conflict, message).hint("stop the agent first")
            }
            LeaveError::Agent(error) => error.into(),
            LeaveError::Refused(refusal) => Self::from(refusal),
            LeaveError::Tls(error) => error.into(),
            LeaveError::Dial(error) => Self::from(error).hint(
                "the server has to be told; without it: tunnelctl agent unenroll --force,\n\
                 and on an operator's machine: tunnelctl revoke node NAME",
            ),
            LeaveError::Unconfirmed(_) => Self::new(Exit::Server, message)
                .hint("nothing was removed; try again, or use --force"),
            LeaveError::Io(_) => Self::new(Exit::Failed, message),
        }
    }
}
