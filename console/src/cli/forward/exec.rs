//! `--exec`: a program that runs while the forward is up; its exit code is ours.

use crate::exit::{Exit, Failure, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use tokio::process::Command;

/// The running program.
pub(super) struct Child {
    process: tokio::process::Child,
}

impl Child {
    /// Runs `program` with the address in its environment and in its arguments.
    ///
    /// # Errors
    /// 127 if it is not found, 126 if it cannot be run.
    pub(super) fn start(program: &str, args: &[String], address: SocketAddr) -> Result<Self> {
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        let filled = args.iter().map(|arg| fill(arg, &address.to_string(), &host, &port));
        let process = Command::new(fill(program, &address.to_string(), &host, &port))
            .args(filled)
            .env("TUNNELCTL_HOST", &host)
            .env("TUNNELCTL_PORT", &port)
            .env("TUNNELCTL_ADDR", address.to_string())
            .spawn()
            .map_err(|error| {
                let exit = match error.kind() {
                    std::io::ErrorKind::NotFound => Exit::ExecMissing,
                    _ => Exit::ExecDenied,
                };
                Failure::new(exit, format!("{program}: {error}"))
            })?;
        Ok(Self { process })
    }

    /// Its exit code, when it ends. Cancel-safe.
    ///
    /// # Errors
    /// The system lost track of it.
    pub(super) async fn ended(&mut self) -> Result {
        let status = self.process.wait().await?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        let signal = status.signal().and_then(|signal| u8::try_from(signal).ok());
        Ok(match (code, signal) {
            (Some(code), _) => Exit::Child(code),
            (None, Some(signal)) => Exit::Signal(signal),
            (None, None) => Exit::Failed,
        })
    }

    /// Hands a signal on. SIGINT came from the terminal and reached it already.
    pub(super) fn signal(&mut self, number: u8) {
        let signal = match number {
            15 => Signal::TERM,
            1 => Signal::HUP,
            _ => return,
        };
        let pid = self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, signal);
        }
    }
}

fn fill(text: &str, address: &str, host: &str, port: &str) -> String {
    text.replace("{addr}", address).replace("{host}", host).replace("{port}", port)
}
