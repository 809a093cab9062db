//! Certificates in the hands of a program that is not ours: what a node keeps on its disk.

use super::Node;
use anyhow::{Context, Result};
use link::tls::{ClientTls, Credentials};
use pki::{KeyPair, Trust, pem};
use std::path::Path;

impl Node {
    /// The identity in its state directory as it is now.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn identity(&self) -> Result<ClientTls> {
        identity(&self.state_dir)
    }
}

/// The identity in a node's state directory.
///
/// # Errors
/// It cannot be read.
pub fn identity(dir: &Path) -> Result<ClientTls> {
    let path = dir.join("identity.json");
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let text = |key: &str| written[key].as_str().with_context(|| format!("no {key} in {path:?}"));
    let chain = pem::certificates(&path, text("chain")?.as_bytes())?;
    let trust = Trust::of(pem::certificates(&path, text("root")?.as_bytes())?)?;
    let key = KeyPair::load(&dir.join(text("key")?))?;
    Ok(ClientTls::authenticated(&trust, Credentials::new(chain, &key)?)?)
}
