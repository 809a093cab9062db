//! Where a token may come from, and the prompt that does not echo it.

use crate::cli::Run;
use crate::cli::out::warn;
use crate::exit::{Exit, Failure, Result};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

const LONGEST: u64 = 4096;

/// The token: `--token-file`, then `TUNNELCTL_TOKEN`, then a prompt.
///
/// # Errors
/// The file cannot be read, or there is nobody to ask.
pub(in crate::cli) fn token(run: &Run, file: Option<&Path>) -> Result<Zeroizing<String>> {
    if let Some(file) = file {
        return from_file(file);
    }
    if let Ok(token) = std::env::var("TUNNELCTL_TOKEN")
        && !token.trim().is_empty()
    {
        return Ok(Zeroizing::new(token.trim().to_owned()));
    }
    if !run.can_ask() {
        return Err(Failure::usage("no token: give --token-file FILE, or - for standard input")
            .hint("or set TUNNELCTL_TOKEN; a token never goes on the command line"));
    }
    prompt()
}

fn from_file(file: &Path) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|f| f.take(LONGEST).read_to_string(&mut text))
    };
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::new(Exit::NotFound, format!("{}: {error}", file.display()))
        }
        std::io::ErrorKind::InvalidData => Failure::usage("the token is not text"),
        _ => Failure::new(Exit::Failed, format!("{}: {error}", file.display())),
    })?;
    let trimmed = Zeroizing::new(text.trim().to_owned());
    if trimmed.is_empty() {
        return Err(Failure::usage(format!("{} holds no token", file.display())));
    }
    Ok(trimmed)
}

/// Puts the terminal back, whatever happens.
struct Quiet;

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
        warn("");
    }
}

fn prompt() -> Result<Zeroizing<String>> {
    let mut stderr = std::io::stderr().lock();
    write!(stderr, "Token: ")?;
    stderr.flush()?;
    drop(stderr);
    enable_raw_mode()?;
    let _quiet = Quiet;
    let mut token = Zeroizing::new(String::with_capacity(1024));
    for byte in std::io::stdin().lock().bytes() {
        match byte? {
            b'\r' | b'\n' | 4 => break,
            3 => return Err(Failure::new(Exit::Signal(2), "interrupted")),
            8 | 127 => {
                token.pop();
            }
            byte if byte.is_ascii_graphic() && token.len() < 1024 => token.push(char::from(byte)),
            _ => {}
        }
    }
    if token.is_empty() { Err(Failure::usage("no token was entered")) } else { Ok(token) }
}
