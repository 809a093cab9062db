//! Identities, the certificate authority, tokens and verification. No network, no tokio, no clock:
//! wall time is passed in as Unix milliseconds.

pub mod authority;
pub mod error;
pub mod files;
pub mod key;
pub mod name;
pub mod pem;
pub mod revocation;
pub mod token;
pub mod verify;

pub use authority::{Authority, Issued, Subject};
pub use error::PkiError;
pub use key::KeyPair;
pub use name::{Identity, Role};
pub use revocation::Revoked;
pub use rustls_pki_types::{CertificateDer, PrivateKeyDer};
pub use token::Token;
pub use verify::{Trust, Verified};
