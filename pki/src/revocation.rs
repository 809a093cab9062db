//! What is revoked right now: SPKI hashes, looked up in every handshake. Where they are stored is
//! the server's business.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

/// A shared, swappable set; cheap to clone. Clones see the same set.
#[derive(Debug, Clone, Default)]
pub struct Revoked {
    spkis: Arc<RwLock<HashSet<[u8; 32]>>>,
}

impl Revoked {
    /// Adds a key. A handshake that asks after this returns is refused.
    pub fn insert(&self, spki: [u8; 32]) {
        self.spkis.write().unwrap_or_else(PoisonError::into_inner).insert(spki);
    }

    /// Whether a key is revoked.
    pub fn contains(&self, spki: &[u8; 32]) -> bool {
        // A set is whole between two inserts: a panic elsewhere cannot have torn it.
        self.spkis.read().unwrap_or_else(PoisonError::into_inner).contains(spki)
    }

    /// Puts `all` in the place of what was there, at once.
    pub fn replace(&self, all: impl IntoIterator<Item = [u8; 32]>) {
        let all = all.into_iter().collect();
        *self.spkis.write().unwrap_or_else(PoisonError::into_inner) = all;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clone_sees_every_change() {
        let (here, there) = (Revoked::default(), Revoked::default());
        let clone = here.clone();
        here.insert([1; 32]);
        assert!(clone.contains(&[1; 32]) && !clone.contains(&[2; 32]) && !there.contains(&[1; 32]));
        clone.replace([[2; 32]]);
        assert!(here.contains(&[2; 32]) && !here.contains(&[1; 32]));
    }

    #[test]
    fn a_panic_while_writing_does_not_stop_revocation() {
        let set = Revoked::default();
        let inside = set.clone();
        let panicked = std::thread::spawn(move || {
            let _guard = inside.spkis.write();
            panic!("a fault in another task");
        })
        .join();
        assert!(panicked.is_err());
        set.insert([7; 32]);
        assert!(set.contains(&[7; 32]));
    }
}
