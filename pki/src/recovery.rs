//! Proof that a node whose certificate ended still holds its enrolled key: a fresh challenge of the
//! server, signed by that key. Decides nothing; whether the node may come back is the server's to say.

use crate::request::ProvenKey;
use crate::{KeyPair, PkiError};

/// Signed in front of everything else, so that no other signature of the key can stand for this one.
const CONTEXT: &[u8] = b"tunnelctl recovery 1\0";

/// What the server asks to be signed: 32 random bytes, used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge(pub [u8; 32]);

impl Challenge {
    /// A fresh one.
    ///
    /// # Errors
    /// No randomness.
    pub fn generate() -> Result<Self, PkiError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(PkiError::crypto)?;
        Ok(Self(bytes))
    }

    /// The answer of `key` for the identity `id`, whose last certificate has the hash `leaf`.
    ///
    /// # Errors
    /// The cryptography library failed.
    pub fn answer(&self, key: &KeyPair, id: &str, leaf: &[u8; 32]) -> Result<Vec<u8>, PkiError> {
        key.sign_message(&self.statement(id, leaf))
    }

    /// The key of a request, if `signature` is its answer to this challenge.
    ///
    /// # Errors
    /// The request is refused, or the signature is not of its key, this challenge, id and certificate.
    pub fn check(
        &self,
        csr: &[u8],
        signature: &[u8],
        id: &str,
        leaf: &[u8; 32],
    ) -> Result<ProvenKey, PkiError> {
        let key = ProvenKey::from_csr(csr)?;
        key.verify(&self.statement(id, leaf), signature)?;
        Ok(key)
    }

    fn statement(&self, id: &str, leaf: &[u8; 32]) -> Vec<u8> {
        // The id comes last: everything before it has a fixed length.
        [CONTEXT, &self.0, leaf, id.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;

    #[test]
    fn only_the_key_itself_answers_and_only_this_question() {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let (asked, pin) = (Challenge::generate().unwrap(), [9; 32]);
        let answer = asked.answer(&key, "n_a", &pin).unwrap();
        let csr = key.csr().unwrap();
        assert_eq!(asked.check(&csr, &answer, "n_a", &pin).unwrap().spki(), key.spki());

        let fresh = Challenge::generate().unwrap();
        assert!(fresh.check(&csr, &answer, "n_a", &pin).is_err(), "an old answer");
        assert!(asked.check(&csr, &answer, "n_b", &pin).is_err(), "another node's");
        assert!(asked.check(&csr, &answer, "n_a", &[8; 32]).is_err(), "another certificate's");
        assert!(asked.check(&other.csr().unwrap(), &answer, "n_a", &pin).is_err(), "another key");
        let forged = asked.answer(&other, "n_a", &pin).unwrap();
        assert!(asked.check(&csr, &forged, "n_a", &pin).is_err(), "by another key");
        for cut in [&answer[..answer.len() - 1], &[]] {
            assert!(asked.check(&csr, cut, "n_a", &pin).is_err());
        }
    }
}
