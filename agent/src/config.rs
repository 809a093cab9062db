//! `agent.toml` in the state directory: raw → validated; unknown keys are errors with the nearest match.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path}: {what}")]
    File { path: PathBuf, what: String },
}

#[derive(Debug, Clone)]
pub struct Config {
    pub dir: PathBuf,
    /// Server addresses, tried in turn.
    pub server: Vec<String>,
    /// Targets as HOST|CIDR:PORTS; default ["localhost:*"].
    pub allow: Vec<String>,
}

impl Config {
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        todo!()
    }
    /// Validates, then writes one key (cli: agent config set).
    pub fn set(dir: &Path, key: &str, values: &[String]) -> Result<(), ConfigError> {
        todo!()
    }
    /// The file as it would be written with comments (cli: agent config show).
    pub fn show(dir: &Path) -> Result<String, ConfigError> {
        todo!()
    }
}
