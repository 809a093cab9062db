//! What is revoked right now: SPKI hashes, looked up in every handshake.
#![allow(clippy::todo, clippy::unimplemented, missing_docs, unused_variables)]

/// A shared, swappable set; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Revoked {}

impl Revoked {
    pub fn insert(&self, spki: [u8; 32]) {
        todo!()
    }
    pub fn contains(&self, spki: &[u8; 32]) -> bool {
        todo!()
    }
    pub fn replace(&self, all: impl IntoIterator<Item = [u8; 32]>) {
        todo!()
    }
}
