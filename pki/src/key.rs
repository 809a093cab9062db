//! A P-256 key pair: made here, kept in a 0600 file, wiped from memory when dropped.
#![allow(clippy::todo, clippy::unimplemented, missing_docs, unused_variables)]
use crate::PkiError;
use rustls_pki_types::PrivateKeyDer;
use std::path::Path;

#[derive(Debug)]
pub struct KeyPair {}

impl KeyPair {
    pub fn generate() -> Result<Self, PkiError> {
        todo!()
    }
    /// Loads a PKCS#8 PEM file; refuses modes wider than 0600.
    pub fn load(path: &Path) -> Result<Self, PkiError> {
        todo!()
    }
    /// Writes a PKCS#8 PEM file, 0600, atomically, fsynced with its directory.
    pub fn save(&self, path: &Path) -> Result<(), PkiError> {
        todo!()
    }
    pub fn private_der(&self) -> PrivateKeyDer<'static> {
        todo!()
    }
    /// SubjectPublicKeyInfo, DER.
    pub fn public_der(&self) -> Vec<u8> {
        todo!()
    }
    /// A plain PKCS#10 request (no extensions), DER.
    pub fn csr(&self) -> Result<Vec<u8>, PkiError> {
        todo!()
    }
    /// `SHA256:…` base64 of the SPKI, for people to compare.
    pub fn fingerprint(&self) -> String {
        todo!()
    }
}
