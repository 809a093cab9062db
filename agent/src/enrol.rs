//! Enrolment: makes the key, checks the pin before the token leaves, keeps what the server answers.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use std::path::PathBuf;
use wire::{Labels, Name, NodeId, Refusal};

#[derive(Debug, Clone)]
pub struct EnrolSpec {
    pub dir: PathBuf,
    /// The token string.
    pub token: String,
    /// Overrides the token's addresses.
    pub servers: Vec<String>,
    /// Overrides (must equal) the token's pin.
    pub ca_pin: Option<[u8; 32]>,
    pub name: Option<Name>,
    pub labels: Labels,
    pub allow: Vec<String>,
    /// Replace an existing identity.
    pub force: bool,
}

#[derive(Debug, Clone)]
pub struct Enrolled {
    pub id: NodeId,
    pub name: Name,
    pub labels: Labels,
    pub fingerprint: String,
    pub server: String,
}

#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    #[error("{dir} already holds the identity of {name}")]
    Already { dir: PathBuf, name: String },
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    #[error(transparent)]
    Dial(#[from] link::dial::DialError),
    #[error(transparent)]
    Refused(Refusal),
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    #[error("the server broke the protocol: {0}")]
    Protocol(String),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Progress, for people: which step is done.
#[derive(Debug, Clone)]
pub enum Step {
    Server { address: String },
    Key { fingerprint: String },
    Enrolled,
}

/// Enrols. The key is kept before the request leaves, so that a lost reply can be asked for again with the same key.
pub async fn enrol(spec: EnrolSpec, progress: impl FnMut(Step)) -> Result<Enrolled, EnrolError> {
    todo!()
}
