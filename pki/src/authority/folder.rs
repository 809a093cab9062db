//! The files of one slot: created as a whole, opened only if whole.

use super::{Authority, Root};
use crate::files::{
    PUBLIC, SECRET, private_dir, read_public, sibling, sync_dir, write_atomic, write_new,
};
use crate::{KeyPair, PkiError, pem, verify};
use rustls_pki_types::CertificateDer;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const ROOT_KEY: &str = "root.key";
const ROOT: &str = "root.pem";
const ISSUING_KEY: &str = "issuing.key";
const ISSUING: &str = "issuing.pem";
/// How this root is certified by those before it.
const CROSS: &str = "cross.pem";
/// The roots before it.
const PAST: &str = "past.pem";
/// The key of a slot that is not made yet.
const PENDING: &str = "pending.key";

pub(super) struct Folder {
    home: PathBuf,
    ca: PathBuf,
    /// A copy of the roots for people and agents to carry.
    public: PathBuf,
}

/// Everything a slot is made of.
pub(super) struct Made {
    pub(super) root: CertificateDer<'static>,
    pub(super) root_key: Option<Root>,
    pub(super) issuing: CertificateDer<'static>,
    pub(super) issuing_key: KeyPair,
    pub(super) cross: Vec<CertificateDer<'static>>,
    pub(super) past: Vec<CertificateDer<'static>>,
}

impl Folder {
    pub(super) fn of(home: &Path) -> Self {
        Self { home: home.to_owned(), ca: home.join("ca"), public: home.join("ca.pem") }
    }

    pub(super) fn of_slot(home: &Path, number: u32) -> Self {
        let first = Self::of(home);
        match number {
            0 | 1 => first,
            _ => Self { ca: first.ca.join(number.to_string()), ..first },
        }
    }

    /// Every slot's folder that is there.
    pub(super) fn all(home: &Path) -> Vec<Self> {
        let first = Self::of(home);
        let entries = std::fs::read_dir(&first.ca).into_iter().flatten().flatten();
        let mut numbers: Vec<u32> = entries
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect();
        numbers.sort_unstable();
        let others = numbers.into_iter().map(|number| Self::of_slot(home, number));
        std::iter::once(first).chain(others).collect()
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

    /// Makes the first authority of an installation.
    pub(super) fn create(&self, now_ms: u64) -> Result<(), PkiError> {
        let (root, issuing_key) = (Root::generate(now_ms)?, KeyPair::generate()?);
        let issuing = root.sign_issuing(&issuing_key, now_ms)?;
        let made = Made {
            root: root.certificate().clone(),
            root_key: Some(root),
            issuing,
            issuing_key,
            cross: Vec::new(),
            past: Vec::new(),
        };
        self.build(&made)
    }

    /// Makes all files in a directory of another name, and gives it the right one at the end.
    fn build(&self, made: &Made) -> Result<(), PkiError> {
        let building = sibling(&self.ca)?;
        private_dir(&building)?;
        write_all(&building, made)?;
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
        sync_dir(self.ca.parent().unwrap_or(&self.home))
    }

    /// Makes a later slot with the pending key, in place of one that was never used.
    pub(super) fn make(&self, made: &Made) -> Result<(), PkiError> {
        match std::fs::remove_dir_all(&self.ca) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(PkiError::File { path: self.ca.clone(), source: error });
            }
            _ => {}
        }
        self.build(made)?;
        // What is left of it serves nobody: the next slot has another key.
        let _ = std::fs::remove_file(Self::of(&self.home).ca.join(PENDING));
        Ok(())
    }

    pub(super) fn pending_key(&self) -> Result<KeyPair, PkiError> {
        let path = self.ca.join(PENDING);
        match KeyPair::load(&path) {
            Err(PkiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                let key = KeyPair::generate()?;
                key.save(&path)?;
                Ok(key)
            }
            found => found,
        }
    }

    /// Removes what a creation that was cut short left behind: keys that never signed anything.
    pub(super) fn sweep(&self) {
        for dir in [&self.home, &self.ca] {
            let Ok(entries) = std::fs::read_dir(dir) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let ours = name.starts_with(".ca.") || (dir == &self.ca && name.starts_with('.'));
                if ours && name.ends_with(".tmp") {
                    // Litter that cannot be removed now is removed next time.
                    let _ = std::fs::remove_dir_all(entry.path());
                }
            }
        }
    }

    pub(super) fn open(&self) -> Result<Authority, PkiError> {
        private_dir(&self.ca)?;
        let root = pem::load_certificate(&self.ca.join(ROOT))?;
        let key = KeyPair::load(&self.ca.join(ISSUING_KEY))?;
        let path = self.ca.join(ISSUING);
        let issuing = pem::load_certificate(&path)?;
        demand_match(&path, &issuing, &key)?;
        // A root's key that is here must be the root's.
        self.root()?;
        let mut authority = Authority::assemble(root, issuing, key).map_err(|error| {
            PkiError::state(&path, format!("does not fit its authority: {error}"))
        })?;
        authority.cross = self.certificates(CROSS)?;
        authority.past = self.certificates(PAST)?;
        Ok(authority)
    }

    /// The issuing certificate, whether its key is still here or not.
    pub(super) fn issuing(&self) -> Result<CertificateDer<'static>, PkiError> {
        pem::load_certificate(&self.ca.join(ISSUING))
    }

    /// The root with its key, if its owner did not take that away.
    pub(super) fn root(&self) -> Result<Option<Root>, PkiError> {
        let key = match KeyPair::load(&self.ca.join(ROOT_KEY)) {
            Err(PkiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Ok(None);
            }
            key => key?,
        };
        let path = self.ca.join(ROOT);
        let root = pem::load_certificate(&path)?;
        demand_match(&path, &root, &key)?;
        Root::new(root, key).map(Some)
    }

    /// The slot signs nothing any more.
    pub(super) fn drop_issuing_key(&self) {
        remove(&self.ca.join(ISSUING_KEY));
    }

    pub(super) fn drop_root_key(&self) {
        remove(&self.ca.join(ROOT_KEY));
    }

    fn certificates(&self, name: &str) -> Result<Vec<CertificateDer<'static>>, PkiError> {
        let path = self.ca.join(name);
        if path.exists() { pem::load_certificates(&path) } else { Ok(Vec::new()) }
    }

    /// Writes `ca.pem`, unless a file of another authority is in its place.
    pub(super) fn publish(&self, roots: &[CertificateDer<'static>]) -> Result<(), PkiError> {
        match read_public(&self.public) {
            Ok(text) => {
                let there = pem::certificates(&self.public, &text)?;
                if there == roots {
                    return Ok(());
                }
                if !there.iter().any(|root| roots.contains(root)) {
                    let what = "is not the certificate in ca/root.pem";
                    return Err(PkiError::state(&self.public, what));
                }
            }
            Err(PkiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        write_atomic(&self.public, pem::encode_certificates(roots).as_bytes(), PUBLIC)
    }
}

fn remove(path: &Path) {
    if std::fs::remove_file(path).is_ok() {
        // A key that comes back after a power cut is removed by the next start.
        let _ = path.parent().map(sync_dir);
    }
}

fn write_all(dir: &Path, made: &Made) -> Result<(), PkiError> {
    let public = |name: &str, certificates: &[CertificateDer<'_>]| {
        write_new(&dir.join(name), pem::encode_certificates(certificates).as_bytes(), PUBLIC)
    };
    if let Some(root) = &made.root_key {
        write_new(&dir.join(ROOT_KEY), root.key().to_pem().as_bytes(), SECRET)?;
    }
    public(ROOT, std::slice::from_ref(&made.root))?;
    write_new(&dir.join(ISSUING_KEY), made.issuing_key.to_pem().as_bytes(), SECRET)?;
    public(ISSUING, std::slice::from_ref(&made.issuing))?;
    for (name, certificates) in [(CROSS, &made.cross), (PAST, &made.past)] {
        if !certificates.is_empty() {
            public(name, certificates)?;
        }
    }
    Ok(())
}

fn demand_match(
    path: &Path,
    certificate: &CertificateDer<'_>,
    key: &KeyPair,
) -> Result<(), PkiError> {
    if verify::spki_of(certificate)? != key.spki() {
        return Err(PkiError::state(path, "is not the certificate of the key beside it"));
    }
    Ok(())
}
