//! Certificate requests: a public key and the proof that its owner sent it. All else is ignored.

use crate::{PkiError, sha256};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData, SignatureAlgorithm};
use rustls_pki_types::SignatureVerificationAlgorithm;
use webpki::aws_lc_rs as verifiers;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ED25519, Oid,
};
use x509_parser::prelude::FromDer;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// A plain request takes a quarter of a kilobyte; this leaves room for names we ignore.
const MAX_REQUEST: usize = 4 * 1024;

/// The public key of a request whose sender proved to hold the private one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenKey {
    kind: Kind,
    point: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    P256,
    Ed25519,
}

impl ProvenKey {
    /// Reads a PKCS#10 request, DER. The kind of key is decided before any signature is looked at.
    ///
    /// # Errors
    /// Too large, not a request, a key that is neither P-256 nor Ed25519, or a wrong signature.
    pub fn from_csr(csr: &[u8]) -> Result<Self, PkiError> {
        if csr.len() > MAX_REQUEST {
            return Err(refuse(&format!(
                "it has {} bytes, at most {MAX_REQUEST} are read",
                csr.len()
            )));
        }
        let (rest, request) = X509CertificationRequest::from_der(csr)
            .map_err(|_| refuse("it is not a PKCS#10 request"))?;
        if !rest.is_empty() {
            return Err(refuse("bytes follow the request"));
        }
        let info = &request.certification_request_info;
        let kind = Kind::of(&info.subject_pki, &request.signature_algorithm)?;
        let point = info.subject_pki.subject_public_key.data.as_ref();
        kind.verifier()
            .verify_signature(point, info.raw, request.signature_value.data.as_ref())
            .map_err(|_| refuse("its signature does not prove the key"))?;
        Ok(Self { kind, point: point.to_vec() })
    }
}

impl ProvenKey {
    /// SHA-256 of the subject public key info.
    pub fn spki(&self) -> [u8; 32] {
        sha256(&self.subject_public_key_info())
    }

    /// Checks a signature of this key.
    ///
    /// # Errors
    /// It is another key's, or of another message.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), PkiError> {
        self.kind
            .verifier()
            .verify_signature(&self.point, message, signature)
            .map_err(|_| refuse("the proof is not of this key"))
    }
}

impl Kind {
    fn of(
        key: &SubjectPublicKeyInfo<'_>,
        signature: &AlgorithmIdentifier<'_>,
    ) -> Result<Self, PkiError> {
        let point = key.subject_public_key.data.as_ref();
        let whole = key.subject_public_key.unused_bits == 0;
        let curve = key.algorithm.parameters.as_ref().and_then(|any| Oid::try_from(any).ok());
        let kind = match &key.algorithm.algorithm {
            oid if *oid == OID_KEY_TYPE_EC_PUBLIC_KEY
                && curve == Some(OID_EC_P256)
                && matches!(point, [4, xy @ ..] if xy.len() == 64) =>
            {
                Self::P256
            }
            oid if *oid == OID_SIG_ED25519 && point.len() == 32 => Self::Ed25519,
            _ => return Err(refuse("only P-256 and Ed25519 keys are certified")),
        };
        let expected = match kind {
            Self::P256 => OID_SIG_ECDSA_WITH_SHA256,
            Self::Ed25519 => OID_SIG_ED25519,
        };
        if !whole || signature.algorithm != expected {
            return Err(refuse("its signature is of another kind than its key"));
        }
        Ok(kind)
    }

    fn verifier(self) -> &'static dyn SignatureVerificationAlgorithm {
        match self {
            Self::P256 => verifiers::ECDSA_P256_SHA256,
            Self::Ed25519 => verifiers::ED25519,
        }
    }
}

impl PublicKeyData for ProvenKey {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.kind {
            Kind::P256 => &PKCS_ECDSA_P256_SHA256,
            Kind::Ed25519 => &PKCS_ED25519,
        }
    }
}

fn refuse(why: &str) -> PkiError {
    PkiError::Request(why.to_owned())
}
