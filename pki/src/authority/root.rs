//! What only a root's key can do, wherever that key lies: certify an issuing key, and vouch for the
//! root that comes after. A root travels as one PEM file, its key first, then its certificate.

use super::template::{self, Validity};
use crate::files::{SECRET, read_secret, sync_dir, write_new};
use crate::request::ProvenKey;
use crate::{KeyPair, PkiError, pem, pin_of, profile, verify};
use rcgen::Issuer;
use rustls_pki_types::CertificateDer;
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// A root certificate with its key.
pub struct Root {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Root {
    /// Makes a root.
    ///
    /// # Errors
    /// No randomness, or a time beyond the calendar.
    pub fn generate(now_ms: u64) -> Result<Self, PkiError> {
        let key = KeyPair::generate()?;
        let validity = Validity::starting(now_ms, profile::ROOT)?;
        let root = template::root(validity)?.self_signed(&key).map_err(PkiError::crypto)?;
        Self::new(root.der().clone(), key)
    }

    /// A certificate and the key it is for.
    ///
    /// # Errors
    /// They do not belong together.
    pub fn new(certificate: CertificateDer<'static>, key: KeyPair) -> Result<Self, PkiError> {
        if verify::spki_of(&certificate)? != key.spki() {
            let what = "the root certificate is not of the key beside it";
            return Err(PkiError::Certificate(what.to_owned()));
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(PkiError::crypto)?;
        Ok(Self { certificate, issuer })
    }

    /// Reads the file that [`Root::save_new`] wrote.
    ///
    /// # Errors
    /// It cannot be read, is too open, or does not hold a key and its certificate.
    pub fn load(path: &Path) -> Result<Self, PkiError> {
        let (key, certificate) = pem::key_and_certificate(path, &read_secret(path)?)?;
        let key = KeyPair::from_pkcs8(path, key)?;
        Self::new(certificate, key).map_err(|error| PkiError::state(path, error.to_string()))
    }

    /// Writes key and certificate to `path`, 0600, which must not exist; durable when it returns.
    ///
    /// # Errors
    /// There is such a file already, or it cannot be written.
    pub fn save_new(&self, path: &Path) -> Result<(), PkiError> {
        let key = self.issuer.key().to_pem();
        let certificate = pem::encode_certificates([&self.certificate]);
        // Sized up front: a string that grows would leave unwiped copies behind.
        let mut text = Zeroizing::new(String::with_capacity(key.len() + certificate.len()));
        text.push_str(&key);
        text.push_str(&certificate);
        write_new(path, text.as_bytes(), SECRET)?;
        sync_dir(path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }

    /// The certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// SHA-256 of the certificate.
    pub fn pin(&self) -> [u8; 32] {
        pin_of(&self.certificate)
    }

    pub(super) fn key(&self) -> &KeyPair {
        self.issuer.key()
    }

    /// An issuing certificate for the key in `csr` (DER), of which nothing else counts.
    ///
    /// # Errors
    /// The request is refused, or the root has ended.
    pub fn certify(&self, csr: &[u8], now_ms: u64) -> Result<CertificateDer<'static>, PkiError> {
        self.sign_issuing(&ProvenKey::from_csr(csr)?, now_ms)
    }

    pub(super) fn sign_issuing(
        &self,
        key: &impl rcgen::PublicKeyData,
        now_ms: u64,
    ) -> Result<CertificateDer<'static>, PkiError> {
        let ends = verify::end_of(&self.certificate)?;
        if now_ms >= ends {
            return Err(PkiError::Certificate("the root has ended".to_owned()));
        }
        let validity = Validity::starting(now_ms, profile::ISSUING)?.until(ends);
        let signed = template::issuing(validity)?.signed_by(key, &self.issuer);
        Ok(signed.map_err(PkiError::crypto)?.into())
    }

    /// The certificate by which those who trust this root come to trust `next`.
    ///
    /// # Errors
    /// One of them is not a root of ours, or has ended.
    pub fn vouch_for(&self, next: &Self, now_ms: u64) -> Result<CertificateDer<'static>, PkiError> {
        let ends = verify::end_of(&self.certificate)?.min(verify::end_of(&next.certificate)?);
        let validity = Validity::starting(now_ms, profile::ROOT)?.until(ends);
        let name = verify::common_name_of(&next.certificate)?;
        let cross = template::cross(&name, validity)?.signed_by(next.key(), &self.issuer);
        Ok(cross.map_err(PkiError::crypto)?.into())
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Root").field(&data_encoding::HEXLOWER.encode(&self.pin())).finish()
    }
}
