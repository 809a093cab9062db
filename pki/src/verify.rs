//! Chain + role + time + revocation → [`Verified`], the only way to obtain one. rustls verifiers too.
#![allow(clippy::todo, clippy::unimplemented, missing_docs, unused_variables)]
use crate::{Identity, PkiError, Revoked};
use rustls::client::danger::ServerCertVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

/// The proven leaf of a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub identity: Identity,
    pub serial: Vec<u8>,
    /// SHA-256 of the subject public key info.
    pub spki: [u8; 32],
    pub not_after_ms: u64,
}

/// One pinned root.
#[derive(Debug, Clone)]
pub struct Trust {}

impl Trust {
    pub fn new(root: CertificateDer<'static>) -> Result<Self, PkiError> {
        todo!()
    }
    /// Verifies a client chain (leaf first): signature path, client usage, time, exactly one identity URI, role node or operator.
    pub fn verify_client(
        &self,
        chain: &[CertificateDer<'_>],
        now_ms: u64,
    ) -> Result<Verified, PkiError> {
        todo!()
    }
    /// For the authenticated listeners: mandatory client certificate, no root hints, revocation consulted.
    pub fn client_verifier(&self, revoked: Revoked) -> Arc<dyn ClientCertVerifier> {
        todo!()
    }
    /// For agents and operators dialling the server: chain to the root, server role URI, server usage. The host name is not compared: the pinned CA is.
    pub fn server_verifier(&self) -> Arc<dyn ServerCertVerifier> {
        todo!()
    }
}

/// For enrolment: the last certificate of the server's chain must hash to `pin`; then as [`Trust::server_verifier`] with it as root.
pub fn pinned_verifier(pin: [u8; 32]) -> Arc<dyn ServerCertVerifier> {
    todo!()
}
