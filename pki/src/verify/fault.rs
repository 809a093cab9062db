//! Why a peer's certificate was not accepted, and how to recognise that in a failed handshake.

use crate::{PkiError, Role};
use rustls::{AlertDescription, CertificateError, Error, OtherError};
use std::sync::Arc;

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("no certificate was presented")]
    NoCertificate,
    #[error("it is malformed")]
    Malformed,
    #[error("it was not issued by the authority that is trusted here")]
    WrongCa,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYetValid,
    #[error("it was revoked")]
    Revoked,
    #[error("it is not for this use")]
    Usage,
    #[error("it names no single identity of ours")]
    Identity,
    #[error("a {0} may not stand here")]
    Role(Role),
    #[error("it breaks a rule of certificate chains")]
    Chain,
}

impl From<webpki::Error> for Flaw {
    fn from(error: webpki::Error) -> Self {
        use webpki::Error as E;
        match error {
            E::CertExpired { .. } | E::InvalidCertValidity => Self::Expired,
            E::CertNotValidYet { .. } => Self::NotYetValid,
            // A root of the same name with another key shows as a wrong signature.
            E::UnknownIssuer | E::InvalidSignatureForPublicKey => Self::WrongCa,
            E::UnsupportedSignatureAlgorithmContext(_)
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Self::WrongCa,
            E::RequiredEkuNotFoundContext(_) => Self::Usage,
            E::BadDer | E::BadDerTime | E::TrailingData(_) => Self::Malformed,
            _ => Self::Chain,
        }
    }
}

impl From<Flaw> for PkiError {
    fn from(flaw: Flaw) -> Self {
        Self::Certificate(flaw.to_string())
    }
}

impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        // The peer is told by the alert that belongs to each.
        Self::InvalidCertificate(match flaw {
            Flaw::Expired => CertificateError::Expired,
            Flaw::NotYetValid => CertificateError::NotValidYet,
            Flaw::Revoked => CertificateError::Revoked,
            Flaw::WrongCa => CertificateError::UnknownIssuer,
            Flaw::Usage => CertificateError::InvalidPurpose,
            Flaw::Malformed => CertificateError::BadEncoding,
            Flaw::NoCertificate | Flaw::Identity | Flaw::Role(_) | Flaw::Chain => {
                CertificateError::Other(OtherError(Arc::new(flaw)))
            }
        })
    }
}

/// Why a handshake failed, as far as a person can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HandshakeFault {
    /// The certificate belongs to another authority than the one pinned or trusted.
    WrongCa,
    /// It has expired, by the clock of the side that looked. Also what a peer says of ours that is
    /// not valid yet: the alert is the same.
    Expired,
    /// It is not valid yet: a clock is wrong.
    NotYetValid,
    /// It was revoked.
    Revoked,
    /// Anything else.
    Other,
}

/// Recognises a fault in what rustls reports: our verdict on the peer, or the peer's alert on us.
pub fn classify(error: &Error) -> HandshakeFault {
    match error {
        Error::InvalidCertificate(error) => match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                HandshakeFault::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                HandshakeFault::NotYetValid
            }
            CertificateError::Revoked => HandshakeFault::Revoked,
            CertificateError::UnknownIssuer => HandshakeFault::WrongCa,
            _ => HandshakeFault::Other,
        },
        Error::AlertReceived(AlertDescription::CertificateExpired) => HandshakeFault::Expired,
        Error::AlertReceived(AlertDescription::CertificateRevoked) => HandshakeFault::Revoked,
        Error::AlertReceived(AlertDescription::UnknownCA) => HandshakeFault::WrongCa,
        _ => HandshakeFault::Other,
    }
}

/// [`classify`] for the I/O errors that asynchronous streams wrap rustls errors in.
pub fn classify_io(error: &std::io::Error) -> HandshakeFault {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>())
        .map_or(HandshakeFault::Other, classify)
}
