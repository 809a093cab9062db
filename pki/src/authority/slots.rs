//! The authorities of one installation by number, on disk: `ca/` is the first, `ca/N/` the others.
//! Which of them signs and which is still accepted is the server's decision, in its state; here
//! only files come and go, each directory as a whole.

use super::folder::{Folder, Made};
use super::{Authority, Root};
use crate::bundle::Bundle;
use crate::{KeyPair, PkiError};
use rustls_pki_types::CertificateDer;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many roots back a peer may have stayed behind and still find its way.
const PAST: usize = 3;

/// Open authorities.
#[derive(Debug, Clone)]
pub struct Slots {
    home: PathBuf,
    open: BTreeMap<u32, Arc<Authority>>,
}

/// What a new slot is made of.
#[derive(Debug)]
pub struct Parts {
    /// The root that certified it.
    pub root: CertificateDer<'static>,
    /// Its issuing certificate.
    pub issuing: CertificateDer<'static>,
    /// The root's certificate by the one before, if it is a new root.
    pub cross: Option<CertificateDer<'static>>,
    /// A new root's key, if it is to be kept here.
    pub root_key: Option<Root>,
}

impl Slots {
    /// Opens the authorities `numbers` of the data directory `home`; the first is created if there
    /// is none at all.
    ///
    /// # Errors
    /// A file is missing, loose, damaged or does not belong to the others; the message names it.
    pub fn open(home: &Path, numbers: &[u32], now_ms: u64) -> Result<Self, PkiError> {
        let mut open = BTreeMap::new();
        if numbers.is_empty() {
            open.insert(1, Arc::new(Authority::open_or_create(home, now_ms)?));
        }
        for number in numbers {
            open.insert(*number, Arc::new(Folder::of_slot(home, *number).open()?));
        }
        Ok(Self { home: home.to_owned(), open })
    }

    /// An open authority.
    pub fn get(&self, number: u32) -> Option<&Arc<Authority>> {
        self.open.get(&number)
    }

    /// The numbers that are open.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.open.keys().copied()
    }

    /// The root's key, if it is here.
    ///
    /// # Errors
    /// It is here and cannot be read.
    pub fn root_of(&self, number: u32) -> Result<Option<Root>, PkiError> {
        let Some(authority) = self.open.get(&number) else { return Ok(None) };
        for folder in self.folders() {
            if let Some(root) = folder.root()?.filter(|r| r.certificate() == authority.root()) {
                return Ok(Some(root));
            }
        }
        Ok(None)
    }

    /// The issuing certificates of all slots there ever were, by which old leaves are recognised.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn issuers(&self) -> Result<Vec<CertificateDer<'static>>, PkiError> {
        self.folders().iter().map(Folder::issuing).collect()
    }

    /// The key of the next slot, made at the first call and kept until a slot is made with it.
    ///
    /// # Errors
    /// It cannot be written or read.
    pub fn pending_key(&self) -> Result<KeyPair, PkiError> {
        Folder::of(&self.home).pending_key()
    }

    /// Makes slot `number` after slot `from` out of `parts` and the pending key, and opens it. A
    /// directory of that number which is there already was never used.
    ///
    /// # Errors
    /// The parts do not belong together, or cannot be written.
    pub fn make(&self, number: u32, from: u32, parts: Parts) -> Result<Self, PkiError> {
        let before = self
            .get(from)
            .ok_or_else(|| PkiError::Certificate(format!("there is no authority number {from}")))?;
        let key = self.pending_key()?;
        let (mut cross, mut past) = (before.cross.clone(), before.past.clone());
        if parts.root != *before.root() {
            let new = parts.cross.ok_or_else(|| {
                PkiError::Certificate("the new root is not certified by the old one".to_owned())
            })?;
            cross.insert(0, new);
            past.insert(0, before.root().clone());
            cross.truncate(PAST);
            past.truncate(PAST);
        }
        let made = Made {
            root: parts.root,
            root_key: parts.root_key,
            issuing: parts.issuing,
            issuing_key: key,
            cross,
            past,
        };
        let folder = Folder::of_slot(&self.home, number);
        folder.make(&made)?;
        let authority = Arc::new(folder.open()?);
        if authority.root() != before.root() {
            let known = [before.root().clone()];
            let now_ms = crate::verify::starts_at(authority.issuing().0)?;
            let now_ms = now_ms.saturating_add(300_000);
            authority.bundle(0).accept(&known, now_ms)?;
        }
        let mut open = self.open.clone();
        open.insert(number, authority);
        Ok(Self { home: self.home.clone(), open })
    }

    /// Closes slots and removes their keys; a root's key goes with the last slot under it.
    #[must_use]
    pub fn retire(&self, numbers: &[u32]) -> Self {
        let mut open = self.open.clone();
        for number in numbers {
            open.remove(number);
            Folder::of_slot(&self.home, *number).drop_issuing_key();
        }
        for folder in self.folders() {
            if let Ok(Some(root)) = folder.root()
                && !open.values().any(|authority| authority.root() == root.certificate())
            {
                folder.drop_root_key();
            }
        }
        Self { home: self.home.clone(), open }
    }

    /// Writes `ca.pem`: the roots by which people and their tools know the server.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn publish(&self, roots: &[CertificateDer<'static>]) -> Result<(), PkiError> {
        Folder::of(&self.home).publish(roots)
    }

    fn folders(&self) -> Vec<Folder> {
        Folder::all(&self.home)
    }
}

/// Moves the root's key out of the data directory `home` into the file `to`: it is written, read
/// back, and only then removed here. Returns the root's SHA-256.
///
/// # Errors
/// There is none, there are several (a rotation is under way), or `to` exists.
pub fn export_root(home: &Path, to: &Path) -> Result<[u8; 32], PkiError> {
    let mut found = Vec::new();
    for folder in Folder::all(home) {
        if let Some(root) = folder.root()? {
            found.push((folder, root));
        }
    }
    let (folder, root) = match (found.pop(), found.is_empty()) {
        (Some(only), true) => only,
        (None, _) => return Err(PkiError::state(&home.join("ca"), "holds no root key")),
        (Some(_), false) => {
            let what = "holds the keys of two roots: finish the rotation first";
            return Err(PkiError::state(&home.join("ca"), what));
        }
    };
    root.save_new(to)?;
    if Root::load(to)?.pin() != root.pin() {
        return Err(PkiError::state(to, "does not read back as it was written"));
    }
    folder.drop_root_key();
    if folder.root()?.is_some() {
        return Err(PkiError::state(&home.join("ca"), "the root's key could not be removed"));
    }
    Ok(root.pin())
}

impl Authority {
    /// What peers are told about this authority's root.
    pub fn bundle(&self, number: u32) -> Bundle {
        Bundle {
            number,
            roots: vec![self.root.clone()],
            cross: self.cross.clone(),
            past: self.past.clone(),
        }
    }
}
