//! What can go wrong with keys, certificates and their files.

use std::path::{Path, PathBuf};

/// A failure of this crate. Every variant names the thing.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A secret file that others may read.
    #[error("{path} has mode {mode:o}, others may read it; fix it with: chmod {want:o} {path}")]
    LooseMode {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it must have.
        want: u32,
    },
    /// A file or directory that is not what it must be: a link, someone else's, inconsistent.
    #[error("{path}: {what}")]
    State {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A PEM file without exactly what is expected.
    #[error("{path}: {what}")]
    Pem {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A certificate request that is not acceptable.
    #[error("certificate request refused: {0}")]
    Request(String),
    /// A certificate that does not verify, or carries no identity of ours.
    #[error("certificate refused: {0}")]
    Certificate(String),
    /// A token string that is not one.
    #[error("not an enrolment token: {0}")]
    Token(&'static str),
    /// The cryptography library failed.
    #[error("cryptography failed: {0}")]
    Crypto(String),
}

impl PkiError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }

    pub(crate) fn state(path: &Path, what: impl Into<String>) -> Self {
        Self::State { path: path.to_owned(), what: what.into() }
    }

    pub(crate) fn crypto(error: impl std::fmt::Display) -> Self {
        Self::Crypto(error.to_string())
    }
}
