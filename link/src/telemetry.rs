//! Logs: where they go (stderr or rotated files), which lines, and how many were dropped.
//! Not the audit trail, which goes through the store.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, IsTerminal};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// Daily files that are kept.
const FILES: usize = 14;
/// Lines that wait for a slow disk or terminal; further ones are dropped and counted.
const QUEUED_LINES: usize = 16 * 1024;

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Where log lines go.
#[derive(Debug, Clone)]
pub enum Sink {
    /// Standard error.
    Stderr,
    /// One file a day in this directory, which must hold nothing else.
    Dir(PathBuf),
    /// This file, appended to.
    File(PathBuf),
}

/// Must live in `main` until the end: dropping it flushes the writer.
#[must_use = "dropping the guard at once loses the log"]
#[derive(Debug)]
pub struct Guard {
    _writer: WorkerGuard,
}

/// Installs the subscriber of this process. `filter` as in `TUNNELCTL_LOG` (`info`,
/// `link=debug,info`); `program` is the file prefix. Writing never blocks a task: under pressure
/// lines are dropped and counted.
///
/// # Errors
/// The filter does not parse, the directory can't be used, or a subscriber is installed already.
pub fn install(sink: &Sink, filter: &str, json: bool, program: &str) -> io::Result<Guard> {
    let filter = parse_filter(filter)?;
    let ((writer, guard), colour) = match sink {
        Sink::Stderr => (lossy(io::stderr()), io::stderr().is_terminal()),
        Sink::Dir(dir) => (lossy(daily(dir, program)?), false),
        Sink::File(file) => (lossy(appended(file)?), false),
    };
    let dropped = writer.error_counter();
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(colour);
    let installed = if json { lines.json().finish().try_init() } else { lines.finish().try_init() };
    installed.map_err(|error| io::Error::new(io::ErrorKind::AlreadyExists, error))?;
    let _ = DROPPED.set(dropped);
    Ok(Guard { _writer: guard })
}

fn parse_filter(filter: &str) -> io::Result<EnvFilter> {
    EnvFilter::builder().parse(filter).map_err(|error| {
        let what = format!("log filter {filter:?}: {error}");
        io::Error::new(io::ErrorKind::InvalidInput, what)
    })
}

fn appended(file: &Path) -> io::Result<std::fs::File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(file).map_err(|error| {
        io::Error::new(error.kind(), format!("log file {}: {error}", file.display()))
    })
}

fn daily(dir: &Path, program: &str) -> io::Result<RollingFileAppender> {
    let named = |error: &dyn std::fmt::Display| {
        io::Error::other(format!("log directory {}: {error}", dir.display()))
    };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| named(&e))?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(program)
        .filename_suffix("log")
        .max_log_files(FILES)
        .build(dir)
        .map_err(|e| named(&e))
}

fn lossy<W: io::Write + Send + 'static>(writer: W) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default().lossy(true).buffered_lines_limit(QUEUED_LINES).finish(writer)
}

/// Lines dropped so far (`log_lines_dropped_total`).
pub fn dropped_lines() -> u64 {
    DROPPED.get().map_or(0, |counter| u64::try_from(counter.dropped_lines()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn lines_reach_the_programs_own_file_and_a_second_install_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let sink = Sink::Dir(dir.path().join("log"));
        let guard = install(&sink, "link=info,warn", true, "probe").unwrap();
        tracing::info!(node = "n_x", "connected");
        tracing::debug!("not this one");
        let again = install(&sink, "info", false, "probe").unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        drop(guard);
        let file = std::fs::read_dir(dir.path().join("log")).unwrap().next().unwrap().unwrap();
        assert!(file.file_name().to_string_lossy().starts_with("probe."), "{file:?}");
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(text.contains("\"message\":\"connected\"") && !text.contains("not this one"));
        assert_eq!(dropped_lines(), 0);
    }

    #[test]
    fn a_filter_that_does_not_parse_is_named() {
        let error = parse_filter("link=loud").unwrap_err();
        assert!(error.to_string().starts_with("log filter \"link=loud\""), "{error}");
    }

    #[test]
    fn a_directory_that_can_not_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = daily(&file.path().join("log"), "probe").unwrap_err();
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
    }
}
