//! A P-256 key pair: made here, kept in a 0600 file, wiped from memory when dropped.

use crate::{PkiError, files, pem, sha256};
use rcgen::{
    CertificateParams, DistinguishedName, PKCS_ECDSA_P256_SHA256, PublicKeyData, SigningKey,
};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::fmt;
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

/// A P-256 key pair. Debug shows its public fingerprint only.
pub struct KeyPair {
    inner: rcgen::KeyPair,
}

impl KeyPair {
    /// Makes a key.
    ///
    /// # Errors
    /// The cryptography library has no randomness.
    pub fn generate() -> Result<Self, PkiError> {
        let inner =
            rcgen::KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(PkiError::crypto)?;
        Ok(Self { inner })
    }

    /// Loads a PKCS#8 PEM file; refuses modes wider than 0600.
    ///
    /// # Errors
    /// The file cannot be read, is too open, or is not one P-256 key.
    pub fn load(path: &Path) -> Result<Self, PkiError> {
        Self::parse(path, &files::read_secret(path)?)
    }

    /// Reads a key out of `text`, PKCS#8 PEM from the file `path`.
    ///
    /// # Errors
    /// It is not one P-256 key.
    pub fn parse(path: &Path, text: &[u8]) -> Result<Self, PkiError> {
        Self::from_pkcs8(path, pem::private_key(path, text)?)
    }

    pub(crate) fn from_pkcs8(
        path: &Path,
        mut der: PrivatePkcs8KeyDer<'static>,
    ) -> Result<Self, PkiError> {
        let read = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ECDSA_P256_SHA256);
        der.zeroize();
        let inner = read.map_err(|error| PkiError::Pem {
            path: path.to_owned(),
            what: format!("not a P-256 key: {error}"),
        })?;
        Ok(Self { inner })
    }

    /// Writes a PKCS#8 PEM file, 0600, atomically, fsynced with its directory.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), PkiError> {
        files::write_atomic(path, self.to_pem().as_bytes(), files::SECRET)
    }

    /// PKCS#8 PEM, for a file that holds more than the key. Wiped when dropped.
    pub fn to_pem(&self) -> Zeroizing<String> {
        pem::encode_private_key(self.inner.serialized_der())
    }

    /// The key for rustls. The copy belongs to the caller.
    pub fn private_der(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.inner.serialize_der()).into()
    }

    /// SubjectPublicKeyInfo, DER.
    pub fn public_der(&self) -> Vec<u8> {
        self.inner.subject_public_key_info()
    }

    /// SHA-256 of [`KeyPair::public_der`]: what certificates and revocations know the key by.
    pub fn spki(&self) -> [u8; 32] {
        sha256(&self.public_der())
    }

    /// A plain PKCS#10 request (no name, no extensions), DER.
    ///
    /// # Errors
    /// The cryptography library failed.
    pub fn csr(&self) -> Result<Vec<u8>, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&self.inner).map_err(PkiError::crypto)?;
        Ok(request.der().to_vec())
    }

    /// `SHA256:…` base64 of the SPKI, for people to compare.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.spki())
    }

    /// Signs a message; what it means is the caller's to put in front of it.
    pub(crate) fn sign_message(&self, message: &[u8]) -> Result<Vec<u8>, PkiError> {
        self.inner.sign(message).map_err(PkiError::crypto)
    }
}

/// `SHA256:…` base64 of the hash of a public key, for people to compare.
pub fn fingerprint(spki: &[u8; 32]) -> String {
    format!("SHA256:{}", data_encoding::BASE64_NOPAD.encode(spki))
}

impl PublicKeyData for KeyPair {
    fn der_bytes(&self) -> &[u8] {
        self.inner.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.inner.algorithm()
    }
}

impl SigningKey for KeyPair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.inner.sign(message)
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyPair").field(&self.fingerprint()).finish()
    }
}

impl Drop for KeyPair {
    fn drop(&mut self) {
        // The library wipes its own form of the key; this is its PKCS#8 copy.
        self.inner.zeroize();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[test]
    fn a_key_survives_its_file_which_only_its_owner_reads() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.key");
        let key = KeyPair::generate().unwrap();
        key.save(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        let again = KeyPair::load(&path).unwrap();
        assert_eq!(again.public_der(), key.public_der());
        assert_eq!(again.fingerprint(), key.fingerprint());
        assert!(key.fingerprint().starts_with("SHA256:"));

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(KeyPair::load(&path).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn other_keys_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.key");
        let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        files::write_atomic(&path, other.serialize_pem().replace("\r\n", "\n").as_bytes(), 0o600)
            .unwrap();
        let message = KeyPair::load(&path).unwrap_err().to_string();
        assert!(message.contains("not a P-256 key") && message.contains("node.key"), "{message}");
    }

    #[test]
    fn debug_shows_nothing_secret() {
        let key = KeyPair::generate().unwrap();
        assert_eq!(format!("{key:?}"), format!("KeyPair({:?})", key.fingerprint()));
    }
}
