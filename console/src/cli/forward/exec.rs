//! `--exec`: a program that runs while the forward is up; its exit code is ours.

use crate::exit::{Exit, Failure, Result};
use link::forward::Place;
use rustix::process::{Pid, Signal, kill_process};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
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
    pub(super) fn start(program: &str, args: &[String], address: &Place) -> Result<Self> {
        let words = words(address);
        let process = Command::new(fill(program, &words))
            .args(args.iter().map(|arg| fill(arg, &words)))
            .envs(words.iter().map(|(word, value)| (variable(word), value)))
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

/// What a program is told. For a socket the host is its directory and the port the number that its name
/// ends with, if it does: as programs of PostgreSQL want them of `/DIR/.s.PGSQL.5432`.
fn words(address: &Place) -> Vec<(&'static str, String)> {
    let addr = address.to_string();
    match address {
        Place::Net(at) => {
            vec![("addr", addr), ("host", at.ip().to_string()), ("port", at.port().to_string())]
        }
        Place::Path(path) => {
            let dir = path.parent().unwrap_or(Path::new("/")).display().to_string();
            let number = path.extension().map(|end| end.to_string_lossy().into_owned());
            let number = number.filter(|end| end.bytes().all(|b| b.is_ascii_digit()));
            let (port, path) = (number.unwrap_or_default(), path.display().to_string());
            vec![("addr", addr), ("host", dir), ("port", port), ("socket", path)]
        }
    }
}

fn variable(word: &str) -> String {
    format!("TUNNELCTL_{}", word.to_ascii_uppercase())
}

fn fill(text: &str, words: &[(&str, String)]) -> String {
    words
        .iter()
        .fold(text.to_owned(), |text, (word, value)| text.replace(&format!("{{{word}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_named_as_programs_want_it() {
        let told =
            |path: &str| fill("{addr} {host} {port} {socket}", &words(&Place::Path(path.into())));
        assert_eq!(
            told("/run/u/.s.PGSQL.5432"),
            "unix:/run/u/.s.PGSQL.5432 /run/u 5432 /run/u/.s.PGSQL.5432"
        );
        assert_eq!(told("/run/db.sock"), "unix:/run/db.sock /run  /run/db.sock");
        let net = words(&Place::Net(([127, 0, 0, 1], 80).into()));
        assert_eq!(
            fill("{addr} {host} {port} {socket}", &net),
            "127.0.0.1:80 127.0.0.1 80 {socket}"
        );
    }
}
