//! Logs: subscriber set-up (stderr or rotated files), field names, dropped-line counter.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use std::path::PathBuf;

#[derive(Debug, Clone)]
pub enum Sink {
    Stderr,
    Dir(PathBuf),
}

/// Must live in `main` until the end: dropping it flushes the file writer.
pub struct Guard {}

/// Installs the subscriber. `filter` as in TUNNELCTL_LOG (`info`, `link=debug,info`). Lossy under pressure, counted.
/// `program` is the file prefix. Keeps 14 daily files.
pub fn install(sink: &Sink, filter: &str, json: bool, program: &str) -> std::io::Result<Guard> {
    todo!()
}

/// Lines dropped so far.
pub fn dropped_lines() -> u64 {
    todo!()
}
