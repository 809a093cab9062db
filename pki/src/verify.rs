//! Chain + role + time + revocation → [`Verified`], the only way to obtain one. rustls verifiers too.
//!
//! One function proves both directions. Signatures are P-256 or Ed25519, nothing else is even tried;
//! the extended key usage must be there; host names play no part, because the root is pinned.

mod fault;
mod handshake;

pub use fault::{HandshakeFault, classify, classify_io};

use crate::{Identity, PkiError, Revoked, Role, sha256};
use fault::Flaw;
use rustls::client::danger::ServerCertVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Signatures accepted in chains and handshakes.
const SIGNATURES: &[&dyn SignatureVerificationAlgorithm] =
    &[webpki::aws_lc_rs::ECDSA_P256_SHA256, webpki::aws_lc_rs::ED25519];
/// id-kp-serverAuth and id-kp-clientAuth, the bodies of their OIDs.
const SERVER_AUTH: KeyUsage = KeyUsage::required(&[0x2B, 6, 1, 5, 5, 7, 3, 1]);
const CLIENT_AUTH: KeyUsage = KeyUsage::required(&[0x2B, 6, 1, 5, 5, 7, 3, 2]);

/// The proven leaf of a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who it is.
    pub identity: Identity,
    /// Which of a node's certificates it is, counted from its enrolment; 0 says nothing.
    pub renewal: u64,
    /// The certificate's number.
    pub serial: Vec<u8>,
    /// SHA-256 of the subject public key info.
    pub spki: [u8; 32],
    /// End of validity, Unix ms. No right that rests on this certificate outlives it.
    pub not_after_ms: u64,
}

/// The certificates that chains must lead to: pinned roots at agents and operators, the issuing
/// certificates in force at the server. Clones share them: a replacement counts in the next handshake.
#[derive(Debug, Clone)]
pub struct Trust {
    anchors: Arc<RwLock<Arc<Anchors>>>,
}

/// At least one certificate, and each as the library wants it.
#[derive(Debug)]
struct Anchors {
    certificates: Vec<CertificateDer<'static>>,
    anchors: Vec<TrustAnchor<'static>>,
}

impl Anchors {
    fn of(certificates: Vec<CertificateDer<'static>>) -> Result<Arc<Self>, PkiError> {
        if certificates.is_empty() {
            return Err(PkiError::Certificate("there is nothing to trust".to_owned()));
        }
        let anchor = |certificate| {
            webpki::anchor_from_trusted_cert(certificate)
                .map(|anchor| anchor.to_owned())
                .map_err(|_| PkiError::Certificate("the root is not a certificate".to_owned()))
        };
        let anchors = certificates.iter().map(anchor).collect::<Result<_, _>>()?;
        Ok(Arc::new(Self { certificates, anchors }))
    }
}

impl Trust {
    /// Trusts `root`, which its owner was given by a way he trusts.
    ///
    /// # Errors
    /// It is not a certificate.
    pub fn new(root: CertificateDer<'static>) -> Result<Self, PkiError> {
        Self::of(vec![root])
    }

    /// Trusts each of `certificates`.
    ///
    /// # Errors
    /// There is none, or one of them is not a certificate.
    pub fn of(certificates: Vec<CertificateDer<'static>>) -> Result<Self, PkiError> {
        Ok(Self { anchors: Arc::new(RwLock::new(Anchors::of(certificates)?)) })
    }

    /// Trusts `certificates` from now on, and nothing else. Handshakes that are over stay.
    ///
    /// # Errors
    /// As in [`Trust::of`]; what was trusted stays so.
    pub fn replace(&self, certificates: Vec<CertificateDer<'static>>) -> Result<(), PkiError> {
        let anchors = Anchors::of(certificates)?;
        *self.anchors.write().unwrap_or_else(PoisonError::into_inner) = anchors;
        Ok(())
    }

    /// What is trusted, the preferred one first.
    pub fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.current().certificates.clone()
    }

    fn current(&self) -> Arc<Anchors> {
        Arc::clone(&self.anchors.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Verifies a client chain (leaf first): signature path, client usage, time, exactly one
    /// identity URI, role node or operator. Revocation is asked separately, with
    /// [`Revoked::contains`] and [`Verified::spki`].
    ///
    /// # Errors
    /// Any of these fails; the message says which.
    pub fn verify_client(
        &self,
        chain: &[CertificateDer<'_>],
        now_ms: u64,
    ) -> Result<Verified, PkiError> {
        Ok(self.prove(chain, at(now_ms), Side::Client)?)
    }

    /// Verifies a server chain (leaf first), as the verifiers for dialling do.
    ///
    /// # Errors
    /// Any of these fails; the message says which.
    pub fn verify_server(
        &self,
        chain: &[CertificateDer<'_>],
        now_ms: u64,
    ) -> Result<Verified, PkiError> {
        Ok(self.prove(chain, at(now_ms), Side::Server)?)
    }

    /// For the authenticated listeners: mandatory client certificate, no root hints, revocation
    /// consulted. The listener must not resume sessions: rustls asks no verifier then.
    pub fn client_verifier(&self, revoked: Revoked) -> Arc<dyn ClientCertVerifier> {
        self.clients(revoked, handshake::Asked::Always)
    }

    /// For HTTPS: the same for clients that show a certificate; others get in without one.
    pub fn optional_client_verifier(&self, revoked: Revoked) -> Arc<dyn ClientCertVerifier> {
        self.clients(revoked, handshake::Asked::IfItHasOne)
    }

    fn clients(&self, revoked: Revoked, asked: handshake::Asked) -> Arc<dyn ClientCertVerifier> {
        Arc::new(handshake::Clients { trust: self.clone(), revoked, asked })
    }

    /// For agents and operators dialling the server: chain to the root, server role URI, server
    /// usage. The host name is not compared: the pinned CA is.
    pub fn server_verifier(&self) -> Arc<dyn ServerCertVerifier> {
        Arc::new(handshake::Server { trust: self.clone() })
    }

    fn prove(
        &self,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
        side: Side,
    ) -> Result<Verified, Flaw> {
        let (leaf, rest) = chain.split_first().ok_or(Flaw::NoCertificate)?;
        let certificate = EndEntityCert::try_from(leaf).map_err(Flaw::from)?;
        let usage = match side {
            Side::Client => CLIENT_AUTH,
            Side::Server => SERVER_AUTH,
        };
        let trusted = self.current();
        certificate.verify_for_usage(SIGNATURES, &trusted.anchors, rest, now, usage, None, None)?;
        let (identity, renewal) = identity_of(&certificate)?;
        if !side.admits(identity.role) {
            return Err(Flaw::Role(identity.role));
        }
        let not_after_ms = end_of(leaf).map_err(|_| Flaw::Malformed)?;
        // webpki lets a certificate's last second pass whole; a connection is cut when it begins.
        if matches!(side, Side::Client) && now.as_secs().saturating_mul(1000) >= not_after_ms {
            return Err(Flaw::Expired);
        }
        let serial = certificate.serial().to_vec();
        let spki = sha256(&certificate.subject_public_key_info());
        Ok(Verified { identity, renewal, serial, spki, not_after_ms })
    }
}

/// For enrolment: a certificate of the server's chain must hash to `pin`; then as
/// [`Trust::server_verifier`] with it as root.
pub fn pinned_verifier(pin: [u8; 32]) -> Arc<dyn ServerCertVerifier> {
    Arc::new(handshake::Pinned { pin })
}

/// Which end of a connection presents the chain.
#[derive(Debug, Clone, Copy)]
enum Side {
    Client,
    Server,
}

impl Side {
    const fn admits(self, role: Role) -> bool {
        match self {
            Self::Client => matches!(role, Role::Node | Role::Operator),
            Self::Server => matches!(role, Role::Server),
        }
    }
}

fn identity_of(leaf: &EndEntityCert<'_>) -> Result<(Identity, u64), Flaw> {
    let mut uris = leaf.valid_uri_names();
    let (Some(uri), None) = (uris.next(), uris.next()) else { return Err(Flaw::Identity) };
    Identity::of_uri(uri).map_err(|_| Flaw::Identity)
}

fn at(now_ms: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_millis(now_ms))
}

/// When a certificate ends, Unix ms.
///
/// # Errors
/// It is not a certificate.
pub fn end_of(certificate: &CertificateDer<'_>) -> Result<u64, PkiError> {
    let refuse = || PkiError::Certificate("it is not a certificate".to_owned());
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| refuse())?;
    let seconds = parsed.validity().not_after.timestamp();
    u64::try_from(seconds).ok().and_then(|s| s.checked_mul(1000)).ok_or_else(refuse)
}

/// Whether a certificate names itself as its issuer, as roots do.
pub fn is_root(certificate: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(certificate)
        .is_ok_and(|(_, parsed)| parsed.subject().as_raw() == parsed.issuer().as_raw())
}

/// When a certificate begins, Unix ms.
///
/// # Errors
/// It is not a certificate.
pub fn starts_at(certificate: &CertificateDer<'_>) -> Result<u64, PkiError> {
    let refuse = || PkiError::Certificate("it is not a certificate".to_owned());
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| refuse())?;
    let seconds = parsed.validity().not_before.timestamp();
    u64::try_from(seconds).ok().and_then(|s| s.checked_mul(1000)).ok_or_else(refuse)
}

/// The common name of an authority's certificate.
pub(crate) fn common_name_of(certificate: &CertificateDer<'_>) -> Result<String, PkiError> {
    let refuse = || PkiError::Certificate("it is not a root of ours".to_owned());
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| refuse())?;
    let mut names = parsed.subject().iter_common_name();
    let name = names.next().and_then(|name| name.as_str().ok()).ok_or_else(refuse)?;
    Ok(name.to_owned())
}

/// SHA-256 of a certificate's public key, authorities included.
pub(crate) fn spki_of(certificate: &CertificateDer<'_>) -> Result<[u8; 32], PkiError> {
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|_| PkiError::Certificate("it is not a certificate".to_owned()))?;
    Ok(sha256(parsed.public_key().raw))
}
