//! The verifiers that rustls calls. They hold no state of their own and decide by [`Trust::prove`].

use super::fault::Flaw;
use super::{SIGNATURES, Side, Trust, is_root};
use crate::{Revoked, pin_of};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

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
    pub(super) asked: Asked,
}

/// Whether a client has to show a certificate. One that it shows is verified either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Always,
    IfItHasOne,
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
    fn client_auth_mandatory(&self) -> bool {
        self.asked == Asked::Always
    }

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
        self.trust.prove(&whole(leaf, &without_roots(rest)), now, Side::Server)?;
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
        let root = rest.iter().find(|c| pin_of(c) == self.pin).ok_or(Flaw::WrongCa)?;
        let trust = Trust::new(root.clone().into_owned()).map_err(|_| Flaw::Malformed)?;
        trust.prove(&whole(leaf, &without_roots(rest)), now, Side::Server)?;
        Ok(ServerCertVerified::assertion())
    }

    tls13_signatures!();
}

/// A server shows its roots to newcomers. To others they prove nothing, and another authority's root
/// in the chain would be blamed for lacking a usage instead of being the wrong one.
fn without_roots<'a>(rest: &[CertificateDer<'a>]) -> Vec<CertificateDer<'a>> {
    rest.iter().filter(|certificate| !is_root(certificate)).cloned().collect()
}

fn whole<'a>(leaf: &CertificateDer<'a>, rest: &[CertificateDer<'a>]) -> Vec<CertificateDer<'a>> {
    std::iter::once(leaf).chain(rest).cloned().collect()
}
