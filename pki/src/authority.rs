//! Root → issuing CA → leaves, in `DIR/ca/`, with the root's certificate also at `DIR/ca.pem`.
#![allow(clippy::todo, clippy::unimplemented, missing_docs, unused_variables)]
use crate::{Identity, PkiError};
use rustls_pki_types::CertificateDer;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

#[derive(Debug)]
pub struct Authority {}

/// What a leaf says; everything comes from the server's records, nothing from the request.
#[derive(Debug, Clone)]
pub struct Subject {
    pub identity: Identity,
    /// DNS names (server role only).
    pub dns: Vec<String>,
    /// Addresses (server role only).
    pub ips: Vec<IpAddr>,
}

/// A leaf that was just signed.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Leaf, then issuing certificate.
    pub chain: Vec<CertificateDer<'static>>,
    /// 16 random bytes, top bit clear.
    pub serial: [u8; 16],
    /// SHA-256 of the subject public key info.
    pub spki: [u8; 32],
    pub not_after_ms: u64,
}

impl Authority {
    /// Opens the authority in `dir`, or creates it if there is none. Half-created state is refused.
    pub fn open_or_create(dir: &Path, now_ms: u64) -> Result<Self, PkiError> {
        todo!()
    }
    /// The root certificate.
    pub fn root(&self) -> &CertificateDer<'static> {
        todo!()
    }
    /// The issuing certificate now in use, and when it ends (Unix ms).
    pub fn issuing(&self) -> (&CertificateDer<'static>, u64) {
        todo!()
    }
    /// SHA-256 of the root certificate: the pin in tokens.
    pub fn pin(&self) -> [u8; 32] {
        todo!()
    }
    /// Signs a leaf for the public key in `csr` (DER); the request supplies nothing else. P-256 or Ed25519 only.
    pub fn issue(
        &self,
        subject: &Subject,
        csr: &[u8],
        now_ms: u64,
        lifetime: Duration,
    ) -> Result<Issued, PkiError> {
        todo!()
    }
}
