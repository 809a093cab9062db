//! A running agent: state directory lock, identity, reconnect supervisor, tunnels.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::config::{Config, ConfigError};
use link::SharedClock;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;
use wire::{Generation, Name, NodeId};

#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error("{dir} holds no identity; enrol first: tunnelctl enroll --state-dir {dir}")]
    NotEnrolled { dir: PathBuf },
    #[error("{dir} is in use by another agent (pid {pid})")]
    InUse { dir: PathBuf, pid: String },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    #[error("{path}: {what}")]
    State { path: PathBuf, what: String },
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What the agent is doing, for the ready file, status and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    Connecting {
        tries: u32,
        error: Option<String>,
    },
    Connected {
        node: NodeId,
        name: Name,
        generation: Generation,
        server: String,
    },
    /// The identity was revoked: the process exits 5.
    Revoked,
    Stopped,
}

pub struct Agent {}

impl Agent {
    pub async fn start(dir: &Path, clock: SharedClock) -> Result<Self, AgentError> {
        todo!()
    }
    pub fn phase(&self) -> watch::Receiver<Phase> {
        todo!()
    }
    /// SIGHUP: try now.
    pub fn retry_now(&self) {
        todo!()
    }
    /// Says goodbye, ends tunnels, stops.
    pub async fn stop(self, grace: Duration) {
        todo!()
    }
    /// Stops at once without a word (tests).
    pub async fn abort(self) {
        todo!()
    }
}

/// What `agent status` prints, read from the state directory's status file that a running agent keeps.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Status {
    pub node: Option<String>,
    pub name: Option<String>,
    pub state: String,
    pub generation: Option<u64>,
    pub server: Option<String>,
    pub path: Option<String>,
    pub since: Option<wire::UnixMs>,
    pub certificate_expires_at: Option<wire::UnixMs>,
    pub tunnels: u32,
    pub up_bytes: u64,
    pub down_bytes: u64,
    pub reconnects: u32,
    pub last_error: Option<String>,
}

pub fn status(dir: &Path) -> Result<Status, AgentError> {
    todo!()
}
