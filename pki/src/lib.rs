//! Identities, the certificate authority, tokens and verification. No network, no tokio, no clock:
//! wall time is passed in as Unix milliseconds.
//!
//! A root signs issuing certificates, which sign every leaf; one root hands over to the next. A leaf names exactly one role and
//! one id, as its only SAN URI; everything in it comes from the server's records, only the public key
//! comes from the peer. A peer is who its handshake-proven leaf says, and [`Verified`] is the only
//! form in which this crate says so.

pub mod authority;
pub mod bundle;
pub mod crl;
pub mod error;
pub mod files;
pub mod key;
pub mod name;
pub mod pem;
pub mod profile;
pub mod public;
pub mod recovery;
pub mod request;
pub mod revocation;
pub mod token;
pub mod verify;
pub mod words;

pub use authority::{Authority, Issued, Root, Slots, Subject};
pub use bundle::Bundle;
pub use crl::Crl;
pub use error::PkiError;
pub use key::KeyPair;
pub use name::{Identity, Role};
pub use public::Public;
pub use recovery::Challenge;
pub use revocation::Revoked;
pub use rustls_pki_types::{CertificateDer, PrivateKeyDer};
pub use token::Token;
pub use verify::{HandshakeFault, Trust, Verified, classify, classify_io};
pub use words::words;

use sha2::{Digest, Sha256};

/// SHA-256 of a certificate: what a token pins.
pub fn pin_of(certificate: &CertificateDer<'_>) -> [u8; 32] {
    sha256(certificate)
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
