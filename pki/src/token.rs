//! The enrolment token: `tun_` + base64url of version, secret, CA pin and server addresses.
#![allow(clippy::todo, clippy::unimplemented, missing_docs, unused_variables)]
use crate::PkiError;

/// A token as people carry it. No Debug of the secret; wiped when dropped.
pub struct Token {
    pub secret: [u8; 32],
    /// SHA-256 of the root certificate.
    pub ca_pin: [u8; 32],
    /// `HOST:PORT`, in the order to try.
    pub addresses: Vec<String>,
}

impl Token {
    /// A fresh 256-bit secret.
    pub fn generate(ca_pin: [u8; 32], addresses: Vec<String>) -> Result<Self, PkiError> {
        todo!()
    }
    pub fn parse(text: &str) -> Result<Self, PkiError> {
        todo!()
    }
    /// The string to hand over.
    pub fn reveal(&self) -> zeroize::Zeroizing<String> {
        todo!()
    }
    /// SHA-256 of the secret: all that a server keeps.
    pub fn hash(&self) -> [u8; 32] {
        todo!()
    }
}

/// SHA-256 of a bare secret, as the server computes it from a request.
pub fn secret_hash(secret: &[u8]) -> [u8; 32] {
    todo!()
}
