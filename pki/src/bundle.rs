//! Which roots to trust, handed from one root to the next: a root that is new to somebody counts
//! only if one he trusts already certified its key. Who holds an issuing key alone can add none.

use crate::verify::{end_of, starts_at};
use crate::{PkiError, pin_of};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::aws_lc_rs as verifiers;
use x509_parser::oid_registry::{OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ED25519};
use x509_parser::prelude::{FromDer, X509Certificate};

/// What a server says about its roots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Counts up with every change.
    pub number: u32,
    /// Roots to trust, the preferred one first.
    pub roots: Vec<CertificateDer<'static>>,
    /// Roots of this bundle certified by others of it.
    pub cross: Vec<CertificateDer<'static>>,
    /// Roots that were trusted before, for those who know only them.
    pub past: Vec<CertificateDer<'static>>,
}

impl Bundle {
    /// A bundle of one root and nothing before it.
    pub fn of(root: CertificateDer<'static>) -> Self {
        Self { roots: vec![root], ..Self::default() }
    }

    /// The roots to trust for somebody who trusts `known` now.
    ///
    /// # Errors
    /// None of them is known, or certified by one that is.
    pub fn accept(
        &self,
        known: &[CertificateDer<'static>],
        now_ms: u64,
    ) -> Result<Vec<CertificateDer<'static>>, PkiError> {
        let mut proven: Vec<&CertificateDer<'static>> = known.iter().collect();
        loop {
            let before = proven.len();
            for root in self.roots.iter().chain(&self.past) {
                if !proven.contains(&root)
                    && self.cross.iter().any(|c| leads_to(c, &proven, root, now_ms))
                {
                    proven.push(root);
                }
            }
            if proven.len() == before {
                break;
            }
        }
        let accepted: Vec<_> = self.roots.iter().filter(|r| proven.contains(r)).cloned().collect();
        if accepted.is_empty() {
            let what = "no root of it was certified by one that is trusted here";
            return Err(PkiError::Certificate(what.to_owned()));
        }
        Ok(accepted)
    }

    /// The roots to trust for somebody who knows only the SHA-256 of one, present or past.
    ///
    /// # Errors
    /// No root of the bundle has it, or leads from it to those in force.
    pub fn accept_pinned(
        &self,
        pin: &[u8; 32],
        now_ms: u64,
    ) -> Result<Vec<CertificateDer<'static>>, PkiError> {
        let known: Vec<_> = self
            .roots
            .iter()
            .chain(&self.past)
            .filter(|root| pin_of(root) == *pin)
            .cloned()
            .collect();
        self.accept(&known, now_ms)
    }
}

/// Whether `cross` is the certificate of `root`'s key and name by one of `proven`.
fn leads_to(
    cross: &CertificateDer<'_>,
    proven: &[&CertificateDer<'static>],
    root: &CertificateDer<'_>,
    now_ms: u64,
) -> bool {
    let in_time = |c: &CertificateDer<'_>| {
        end_of(c).is_ok_and(|end| now_ms < end) && starts_at(c).is_ok_and(|start| start <= now_ms)
    };
    let parsed = X509Certificate::from_der(cross).ok().zip(X509Certificate::from_der(root).ok());
    let Some(((_, cross_parsed), (_, root_parsed))) = parsed else { return false };
    let same_subject = cross_parsed.subject().as_raw() == root_parsed.subject().as_raw()
        && cross_parsed.public_key().raw == root_parsed.public_key().raw;
    let is_ca = |c: &X509Certificate<'_>| matches!(c.basic_constraints(), Ok(Some(constraints)) if constraints.value.ca);
    same_subject
        && is_ca(&cross_parsed)
        && is_ca(&root_parsed)
        && in_time(cross)
        && in_time(root)
        && signed_by(&root_parsed, &root_parsed)
        && proven.iter().any(|by| {
            X509Certificate::from_der(by).is_ok_and(|(_, by)| signed_by(&cross_parsed, &by))
        })
}

fn signed_by(certificate: &X509Certificate<'_>, by: &X509Certificate<'_>) -> bool {
    let algorithm = &certificate.signature_algorithm.algorithm;
    let verifier: &dyn SignatureVerificationAlgorithm = if *algorithm == OID_SIG_ECDSA_WITH_SHA256 {
        verifiers::ECDSA_P256_SHA256
    } else if *algorithm == OID_SIG_ED25519 {
        verifiers::ED25519
    } else {
        return false;
    };
    let key = by.public_key().subject_public_key.data.as_ref();
    let signature = certificate.signature_value.data.as_ref();
    certificate.issuer().as_raw() == by.subject().as_raw()
        && verifier.verify_signature(key, certificate.tbs_certificate.as_ref(), signature).is_ok()
}
