//! Who this node is: the key, the certificate chain, the pinned root and the servers, in the state
//! directory. One file is the commit; the key file it names was written before it.

pub(crate) mod renewal;

use crate::agent::AgentError;
use pki::{Bundle, CertificateDer, KeyPair, PkiError, Role, Trust, files, pem};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wire::{Name, NodeId, UnixMs};

/// The identity's file in the state directory.
pub(crate) const FILE: &str = "identity.json";
/// A key that was made for an enrolment whose reply has not come.
const PENDING: &str = "pending.key";
/// A copy of the root for people and their tools.
const ROOT: &str = "ca.pem";
const VERSION: u32 = 1;

/// A complete, verified identity.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) id: NodeId,
    pub(crate) name: Name,
    pub(crate) servers: Vec<String>,
    pub(crate) key: Arc<KeyPair>,
    pub(crate) trust: Trust,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// When the certificate came, by this machine's clock.
    pub(crate) issued_at: UnixMs,
    pub(crate) not_after: UnixMs,
    /// Which of the node's certificates it is.
    pub(crate) renewal: u64,
}

/// The file. Certificates are PEM.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    id: NodeId,
    name: Name,
    servers: Vec<String>,
    /// The key's file name in the same directory.
    key: String,
    issued_at: UnixMs,
    root: String,
    chain: String,
}

impl Identity {
    /// Accepts what a server issued: the chain must verify, be for our key, and name this node.
    pub(crate) fn accept(
        (id, name): (NodeId, Name),
        servers: Vec<String>,
        key: Arc<KeyPair>,
        trust: Trust,
        chain: Vec<CertificateDer<'static>>,
        now: UnixMs,
    ) -> Result<Self, PkiError> {
        let proven = trust.verify_client(&chain, now.0)?;
        if proven.identity.role != Role::Node || proven.identity.id != id.to_string() {
            return Err(PkiError::Certificate(format!("it is not for node {id}")));
        }
        if proven.spki != key.spki() {
            return Err(PkiError::Certificate("it is not for this node's key".to_owned()));
        }
        let not_after = UnixMs(proven.not_after_ms);
        let renewal = proven.renewal;
        Ok(Self { id, name, servers, key, trust, chain, issued_at: now, not_after, renewal })
    }

    /// The same node with a newer chain.
    pub(crate) fn renewed(
        &self,
        chain: Vec<CertificateDer<'static>>,
        now: UnixMs,
    ) -> Result<Self, PkiError> {
        self.rekeyed(self.key.clone(), chain, now)
    }

    /// The same node with another key.
    pub(crate) fn rekeyed(
        &self,
        key: Arc<KeyPair>,
        chain: Vec<CertificateDer<'static>>,
        now: UnixMs,
    ) -> Result<Self, PkiError> {
        let me = (self.id, self.name.clone());
        Self::accept(me, self.servers.clone(), key, self.trust.clone(), chain, now)
    }

    /// The same node with the roots of `bundle`, as far as its own lead to them. A root that the
    /// certificate in use still needs stays beside them, until the next renewal.
    pub(crate) fn trusting(&self, bundle: &Bundle, now: UnixMs) -> Result<Self, PkiError> {
        let known = self.trust.certificates();
        let mut roots = bundle.accept(&known, now.0)?;
        if Trust::of(roots.clone())?.verify_client(&self.chain, self.issued_at.0).is_err() {
            let kept: Vec<_> = known.into_iter().filter(|root| !roots.contains(root)).collect();
            roots.extend(kept);
        }
        Ok(Self { trust: Trust::of(roots)?, ..self.clone() })
    }

    /// Reads the identity in `dir`; `None` if there is none.
    pub(crate) fn load(dir: &Path) -> Result<Option<Self>, AgentError> {
        let path = dir.join(FILE);
        let bytes = match files::read_secret(&path) {
            Ok(bytes) => bytes,
            Err(PkiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let bad = |what: String| AgentError::State { path: path.clone(), what };
        let written: Written = serde_json::from_slice(&bytes)
            .map_err(|error| bad(format!("truncated, or not an identity: {error}")))?;
        if written.version != VERSION {
            return Err(bad(format!("version {} is not ours ({VERSION})", written.version)));
        }
        let key = KeyPair::load(
            &key_path(dir, &written.key)
                .ok_or_else(|| bad(format!("{:?} is no name of a key file", written.key)))?,
        )?;
        let roots = pem::certificates(&path, written.root.as_bytes())?;
        let chain = pem::certificates(&path, written.chain.as_bytes())?;
        // Whether it is still valid is the server's to say: an agent with a wrong clock must start.
        let me = (written.id, written.name);
        let trust = Trust::of(roots)?;
        Self::accept(me, written.servers, Arc::new(key), trust, chain, written.issued_at)
            .map(Some)
            .map_err(|error| bad(error.to_string()))
    }

    /// Writes the identity; the file with the chain comes last and is the commit.
    pub(crate) fn save(&self, dir: &Path) -> Result<(), PkiError> {
        let key = format!("node-{}.key", short(&self.key.spki()));
        let key_path = dir.join(&key);
        // A renewal leaves the key alone: there is nothing to gain and a key to lose.
        if !key_path.exists() {
            self.key.save(&key_path)?;
        }
        let root = pem::encode_certificates(&self.trust.certificates());
        files::write_atomic(&dir.join(ROOT), root.as_bytes(), files::PUBLIC)?;
        let written = Written {
            version: VERSION,
            id: self.id,
            name: self.name.clone(),
            servers: self.servers.clone(),
            key,
            issued_at: self.issued_at,
            root,
            chain: pem::encode_certificates(&self.chain),
        };
        let path = dir.join(FILE);
        let text = serde_json::to_vec_pretty(&written)
            .map_err(|error| PkiError::Pem { path: path.clone(), what: error.to_string() })?;
        files::write_atomic(&path, &text, files::SECRET)
    }

    /// Removes keys of `dir` that are not this identity's: a pending one, and a replaced one.
    pub(crate) fn sweep_keys(&self, dir: &Path) -> std::io::Result<()> {
        let ours = format!("node-{}.key", short(&self.key.spki()));
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let replaced = name.starts_with("node-") && name.ends_with(".key") && name != ours;
            if replaced || name == PENDING {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// The key to enrol with: one that waits for a lost reply, else a new one, kept before it is used.
pub(crate) fn pending_key(dir: &Path) -> Result<KeyPair, PkiError> {
    let path = dir.join(PENDING);
    match KeyPair::load(&path) {
        Err(PkiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
            let key = KeyPair::generate()?;
            key.save(&path)?;
            Ok(key)
        }
        found => found,
    }
}

/// A key file is a plain name in the directory, never a path out of it.
fn key_path(dir: &Path, name: &str) -> Option<PathBuf> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    (plain && name.ends_with(".key")).then(|| dir.join(name))
}

fn short(hash: &[u8; 32]) -> String {
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
