//! The verifiers that rustls calls. They hold no state of their own and decide by [`Trust::prove`].

use super::fault::Flaw;
use super::{SIGNATURES, Side, Trust};
use crate::{Revoked, pin_of};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer, X509Certificate};

const SCHEMES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: SIGNATURES,
    mapping: &[
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[webpki::aws_lc_rs::ECDSA_P256_SHA256]),
        (SignatureScheme::ED25519, &[webpki::aws_lc_rs::ED25519]),
    ],
};

#[derive(Debug)]
pub(super) struct Clients {
    pub(super) trust: Trust,
    pub(super) revoked: Revoked,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) trust: Trust,
}

#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) pin: [u8; 32],
}

/// Signatures of TLS 1.3 only; 1.2 is never spoken.
macro_rules! tls13_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(Error::General("TLS 1.2 is not spoken here".to_owned()))
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(message, certificate, signature, &SCHEMES)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            SCHEMES.supported_schemes()
        }
    };
}

impl ClientCertVerifier for Clients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.trust.prove(&whole(leaf, rest), now, Side::Client)?;
        if self.revoked.contains(&verified.spki) {
            return Err(Flaw::Revoked.into());
        }
        Ok(ClientCertVerified::assertion())
    }

    tls13_signatures!();
}

impl ServerCertVerifier for Server {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.trust.prove(&whole(leaf, without_root(rest)), now, Side::Server)?;
        Ok(ServerCertVerified::assertion())
    }

    tls13_signatures!();
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (root, between) = rest.split_last().ok_or(Flaw::WrongCa)?;
        if pin_of(root) != self.pin {
            return Err(Flaw::WrongCa.into());
        }
        let trust = Trust::new(root.clone().into_owned()).map_err(|_| Flaw::Malformed)?;
        trust.prove(&whole(leaf, between), now, Side::Server)?;
        Ok(ServerCertVerified::assertion())
    }

    tls13_signatures!();
}

/// A server shows its root to newcomers. To others it proves nothing, and another authority's root
/// in the chain would be blamed for lacking a usage instead of being the wrong one.
fn without_root<'a, 'b>(rest: &'b [CertificateDer<'a>]) -> &'b [CertificateDer<'a>] {
    match rest.split_last() {
        Some((last, between)) if is_self_issued(last) => between,
        _ => rest,
    }
}

fn is_self_issued(certificate: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(certificate)
        .is_ok_and(|(_, parsed)| parsed.subject().as_raw() == parsed.issuer().as_raw())
}

fn whole<'a>(leaf: &CertificateDer<'a>, rest: &[CertificateDer<'a>]) -> Vec<CertificateDer<'a>> {
    std::iter::once(leaf).chain(rest).cloned().collect()
}
