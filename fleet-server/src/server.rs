//! Binds, owns shutdown, and tells what it is doing.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::config::{Config, ConfigError};
use link::{SharedClock, Shutdown};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Another process has the directory (exit 11).
    #[error("{dir} is in use by another tunnelctl server (pid {pid})")]
    InUse { dir: PathBuf, pid: String },
    #[error("{address} is taken by another program")]
    AddressTaken { address: SocketAddr },
    /// Foreign or truncated state (exit 1).
    #[error("{path}: {what}")]
    State { path: PathBuf, what: String },
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What a local admin needs: written by the command line into a context.
#[derive(Debug, Clone)]
pub struct AdminIdentity {
    /// PEM chain and key, 0600 files in the data directory.
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub ca: PathBuf,
    pub name: String,
    pub ca_pin: [u8; 32],
    /// Fleet id: tells servers apart.
    pub fleet: String,
}

/// Creates the data directory: CA, admin operator, default rules. Idempotent: an existing one is only checked.
pub fn init(config: &Config, clock: &SharedClock) -> Result<AdminIdentity, StartError> {
    todo!()
}

/// A running server.
pub struct Server {}

impl Server {
    /// Initialises if needed, reads revocations, binds published ports, then the TLS listeners. Re-mints the local admin's certificate.
    pub async fn start(config: Config, clock: SharedClock) -> Result<Self, StartError> {
        todo!()
    }
    /// Bound TLS addresses.
    pub fn addresses(&self) -> &[SocketAddr] {
        todo!()
    }
    pub fn metrics(&self) -> Option<SocketAddr> {
        todo!()
    }
    pub fn admin(&self) -> &AdminIdentity {
        todo!()
    }
    /// Addresses as they are put into tokens.
    pub fn token_addresses(&self) -> &[String] {
        todo!()
    }
    /// Refuse new work, tell agents and operators, wait for tunnels up to `grace`, sync, stop. Returns tunnels cut.
    pub async fn drain(self, grace: Duration) -> usize {
        todo!()
    }
    /// Stops at once without telling anybody (tests: as if killed, but the store lock is released).
    pub async fn abort(self) {
        todo!()
    }
    /// Resolves when a core task ended by itself: the process must exit non-zero.
    pub async fn failed(&self) -> String {
        todo!()
    }
}
