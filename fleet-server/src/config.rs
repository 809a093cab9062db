//! The server's configuration: raw file → validated; unknown keys are errors with the nearest match.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory.
    pub dir: PathBuf,
    /// TLS listeners; port 0 picks one. Default [::]:7443.
    pub listen: Vec<SocketAddr>,
    /// `HOST[:PORT]` put into tokens and certificates.
    pub public_names: Vec<String>,
    /// Published ports come from here.
    pub port_range: (u16, u16),
    /// Metrics listener; Explicit fails the start when taken, Default only warns.
    pub metrics: Metrics,
    /// Name of the first admin.
    pub admin: String,
    pub heartbeat: Duration,
    pub dead_after: Duration,
    pub warm_lanes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metrics {
    Off,
    Default(SocketAddr),
    Explicit(SocketAddr),
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path}: {what}")]
    File { path: PathBuf, what: String },
    #[error("{key}: {what}")]
    Value { key: String, what: String },
}

impl Config {
    /// Defaults for a data directory.
    pub fn new(dir: PathBuf) -> Self {
        todo!()
    }
    /// Reads a TOML file over the defaults (keys = field names above).
    pub fn load(dir: PathBuf, file: &std::path::Path) -> Result<Self, ConfigError> {
        todo!()
    }
}
