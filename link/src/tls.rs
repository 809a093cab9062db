//! rustls configurations: TLS 1.3 only, no resumption, no tickets, one config per purpose.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use pki::{CertificateDer, KeyPair, Revoked, Trust};
use std::sync::Arc;

/// A certificate chain with its key, swappable while in use (renewal needs no reconnect).
#[derive(Debug, Clone)]
pub struct Credentials {}

impl Credentials {
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Result<Self, TlsError> {
        todo!()
    }
    pub fn replace(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: &KeyPair,
    ) -> Result<(), TlsError> {
        todo!()
    }
    pub fn not_after_ms(&self) -> u64 {
        todo!()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    #[error("tls: {0}")]
    Rustls(String),
}

/// What the server answers with, by ALPN: enrolment and HTTPS ask for no client certificate,
/// agents and operators must show one.
#[derive(Debug, Clone)]
pub struct ServerTls {}

impl ServerTls {
    /// The server's own leaf must be followed by issuing and root certificate (for the pin).
    pub fn new(
        credentials: Credentials,
        trust: &Trust,
        revoked: Revoked,
    ) -> Result<Self, TlsError> {
        todo!()
    }
}

/// What a client dials with.
#[derive(Debug, Clone)]
pub struct ClientTls {}

impl ClientTls {
    /// As a node or operator.
    pub fn authenticated(trust: &Trust, credentials: Credentials) -> Result<Self, TlsError> {
        todo!()
    }
    /// As a stranger that knows the root's hash.
    pub fn pinned(pin: [u8; 32]) -> Result<Self, TlsError> {
        todo!()
    }
}
