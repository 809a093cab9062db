//! Certificates that were handed out, until they end. They are looked up by holder, in the store:
//! the snapshot does not hold them.

use minicbor::{Decode, Encode};
use store::Tree;
use wire::{SafeText, UnixMs};

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CertRecord {
    /// Its number.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub serial: [u8; 16],
    /// Its holder's role: `node`, `operator` or `server`.
    #[n(1)]
    pub role: SafeText,
    /// Its holder's id.
    #[n(2)]
    pub id: SafeText,
    /// When it was signed.
    #[n(3)]
    pub issued_at: UnixMs,
    /// When it ends.
    #[n(4)]
    pub not_after: UnixMs,
    /// The slot that signed it.
    #[n(5)]
    pub issuer: u32,
}

impl CertRecord {
    /// The serial as people write it.
    pub fn number(&self) -> String {
        self.serial.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where it is stored: beside the others of its holder.
    pub(crate) fn place(&self) -> (Tree, Vec<u8>) {
        let mut key = holder(self.role.as_str(), self.id.as_str());
        key.extend(self.serial);
        (Tree::Certs, key)
    }
}

/// The front of the keys of all certificates of one holder.
pub(crate) fn holder(role: &str, id: &str) -> Vec<u8> {
    let mut key = vec![role.bytes().next().unwrap_or_default()];
    key.extend(id.bytes().take(32));
    key.push(0);
    key
}
