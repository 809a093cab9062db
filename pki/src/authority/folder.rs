//! The authority's files: created as a whole, opened only if whole, renewed one file at a time.

use super::Authority;
use super::template::{self, Validity};
use crate::files::{
    PUBLIC, SECRET, private_dir, read_public, sibling, sync_dir, write_atomic, write_new,
};
use crate::{KeyPair, PkiError, pem, profile};
use rcgen::Issuer;
use rustls_pki_types::CertificateDer;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const ROOT_KEY: &str = "root.key";
const ROOT: &str = "root.pem";
const ISSUING_KEY: &str = "issuing.key";
const ISSUING: &str = "issuing.pem";

pub(super) struct Folder {
    home: PathBuf,
    ca: PathBuf,
    /// A copy of the root for people and agents to carry.
    public: PathBuf,
}

impl Folder {
    pub(super) fn of(home: &Path) -> Self {
        Self { home: home.to_owned(), ca: home.join("ca"), public: home.join("ca.pem") }
    }

    pub(super) fn exist(&self) -> Result<bool, PkiError> {
        match std::fs::symlink_metadata(&self.ca) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound && self.public.exists() => {
                // Making a second root here would lock out every peer of the first.
                Err(PkiError::state(&self.ca, "is missing although ca.pem is here; restore it"))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(PkiError::file(&self.ca)(error)),
        }
    }

    /// Makes all files in a directory of another name, and gives it the right one at the end.
    pub(super) fn create(&self, now_ms: u64) -> Result<(), PkiError> {
        let building = sibling(&self.ca)?;
        private_dir(&building)?;
        write_all(&building, now_ms)?;
        sync_dir(&building)?;
        match std::fs::rename(&building, &self.ca) {
            // Somebody else was faster: theirs is the authority, and this one is swept away.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists
                ) =>
            {
                Ok(())
            }
            renamed => renamed.map_err(PkiError::file(&self.ca)),
        }?;
        sync_dir(&self.home)
    }

    /// Removes what a creation that was cut short left behind: keys that never signed anything.
    pub(super) fn sweep(&self) {
        let Ok(entries) = std::fs::read_dir(&self.home) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(".ca.") && name.ends_with(".tmp") {
                // Litter that cannot be removed now is removed next time.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    pub(super) fn open(&self, now_ms: u64) -> Result<Authority, PkiError> {
        private_dir(&self.ca)?;
        let root = pem::load_certificate(&self.ca.join(ROOT))?;
        self.publish(&root)?;
        let key = self.key(ISSUING_KEY)?;
        let path = self.ca.join(ISSUING);
        let mut issuing = pem::load_certificate(&path)?;
        demand_match(&path, &issuing, &key)?;
        let root_key = self.root_key(&root)?;
        if let Some(root_key) = root_key
            && nears_end(&issuing, now_ms)?
        {
            issuing = self.renew(&root, root_key, &key, now_ms)?;
        }
        Authority::assemble(root, issuing, key)
            .map_err(|error| PkiError::state(&path, format!("does not fit its authority: {error}")))
    }

    /// The root's key, if its owner did not take it away.
    fn root_key(&self, root: &CertificateDer<'_>) -> Result<Option<KeyPair>, PkiError> {
        let key = match self.key(ROOT_KEY) {
            Err(PkiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Ok(None);
            }
            key => key?,
        };
        demand_match(&self.ca.join(ROOT), root, &key)?;
        Ok(Some(key))
    }

    fn key(&self, name: &str) -> Result<KeyPair, PkiError> {
        KeyPair::load(&self.ca.join(name))
    }

    /// A new certificate for the same issuing key: one file changes, so a crash leaves old or new.
    fn renew(
        &self,
        root: &CertificateDer<'_>,
        root_key: KeyPair,
        key: &KeyPair,
        now_ms: u64,
    ) -> Result<CertificateDer<'static>, PkiError> {
        let issuer = Issuer::from_ca_cert_der(root, root_key).map_err(PkiError::crypto)?;
        let root_ends = crate::verify::end_of(root)?;
        let issuing = sign_issuing(&issuer, key, now_ms, root_ends)?;
        write_atomic(
            &self.ca.join(ISSUING),
            pem::encode_certificates([&issuing]).as_bytes(),
            PUBLIC,
        )?;
        Ok(issuing)
    }

    fn publish(&self, root: &CertificateDer<'_>) -> Result<(), PkiError> {
        match read_public(&self.public) {
            Ok(text) if pem::certificates(&self.public, &text)?.as_slice() == [root.clone()] => {
                Ok(())
            }
            Ok(_) => Err(PkiError::state(&self.public, "is not the certificate in ca/root.pem")),
            Err(PkiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                write_atomic(&self.public, pem::encode_certificates([root]).as_bytes(), PUBLIC)
            }
            Err(error) => Err(error),
        }
    }
}

fn write_all(dir: &Path, now_ms: u64) -> Result<(), PkiError> {
    let (root_key, issuing_key) = (KeyPair::generate()?, KeyPair::generate()?);
    let validity = Validity::starting(now_ms, profile::ROOT)?;
    let root = template::root(validity)?.self_signed(&root_key).map_err(PkiError::crypto)?;
    let root = root.der();
    write_new(&dir.join(ROOT_KEY), root_key.to_pem().as_bytes(), SECRET)?;
    let issuer = Issuer::from_ca_cert_der(root, root_key).map_err(PkiError::crypto)?;
    let issuing = sign_issuing(&issuer, &issuing_key, now_ms, validity.end_ms())?;
    write_new(&dir.join(ROOT), pem::encode_certificates([root]).as_bytes(), PUBLIC)?;
    write_new(&dir.join(ISSUING_KEY), issuing_key.to_pem().as_bytes(), SECRET)?;
    write_new(&dir.join(ISSUING), pem::encode_certificates([&issuing]).as_bytes(), PUBLIC)
}

fn sign_issuing(
    root: &Issuer<'_, KeyPair>,
    key: &KeyPair,
    now_ms: u64,
    root_ends_ms: u64,
) -> Result<CertificateDer<'static>, PkiError> {
    let validity = Validity::starting(now_ms, profile::ISSUING)?.until(root_ends_ms);
    let signed = template::issuing(validity)?.signed_by(key, root).map_err(PkiError::crypto)?;
    Ok(signed.into())
}

fn nears_end(issuing: &CertificateDer<'_>, now_ms: u64) -> Result<bool, PkiError> {
    let left = crate::verify::end_of(issuing)?.saturating_sub(now_ms);
    Ok(u128::from(left) < profile::ISSUING_RENEW_BEFORE.as_millis())
}

fn demand_match(
    path: &Path,
    certificate: &CertificateDer<'_>,
    key: &KeyPair,
) -> Result<(), PkiError> {
    if crate::verify::spki_of(certificate)? != key.spki() {
        return Err(PkiError::state(path, "is not the certificate of the key beside it"));
    }
    Ok(())
}
