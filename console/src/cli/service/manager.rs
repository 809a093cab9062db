//! systemd, by its own commands: told before they are run, and by their own words when they fail.

use crate::cli::Run;
use crate::exit::{Exit, Failure, Result};
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

/// The system's manager, or a user's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manager {
    pub(super) user: bool,
}

impl Manager {
    /// Whether `systemctl` is there.
    pub(super) fn is_here() -> bool {
        find("systemctl")
    }

    /// The command line, as it is shown.
    pub(super) fn line(self, args: &[&str]) -> String {
        let user = if self.user { "--user " } else { "" };
        format!("systemctl {user}{}", args.join(" "))
    }

    /// Says what is run, and runs it.
    ///
    /// # Errors
    /// It is not there, or fails.
    pub(super) fn run(self, run: &Run, args: &[&str]) -> Result<()> {
        let line = self.line(args);
        run.out.note(&format!("  runs   {line}"));
        let mut command = Command::new("systemctl");
        let user: &[&str] = if self.user { &["--user"] } else { &[] };
        command.args(user).args(args).stdin(Stdio::null());
        let done = command.output().map_err(|error| match error.kind() {
            ErrorKind::NotFound => missing("systemctl"),
            _ => Failure::new(Exit::Failed, format!("{line}: {error}")),
        })?;
        if done.status.success() {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        let why = told.lines().map(str::trim).find(|line| !line.is_empty());
        let why = why.map_or_else(|| done.status.to_string(), str::to_owned);
        Err(Failure::new(Exit::Failed, format!("{line}: {why}")).hint("journalctl -xe says more"))
    }
}

/// Whether the variable PATH leads to this program.
pub fn find(program: &str) -> bool {
    let is_there = |dir: &Path| dir.join(program).is_file();
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| is_there(&dir)))
}

/// There is no systemd here.
pub fn missing(program: &str) -> Failure {
    let message = format!("{program} is not here: this machine is not run by systemd");
    Failure::new(Exit::Failed, message).hint(
        "let your own manager run it: tunnelctl agent run, tunnelctl server run\n\
         they stay in the foreground, end on SIGTERM, and log to stderr or --log-dir",
    )
}
