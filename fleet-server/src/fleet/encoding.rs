//! Records ⇄ bytes: one format byte, then a CBOR map; keys are fixed-width and big-endian.

use crate::fleet::record::Stored;
use minicbor::{Decode, Encode};
use store::Tree;
use wire::NodeId;
use wire::message::view::Reconnect;

/// The format of everything written today.
const FORMAT: u8 = 1;
/// Largest record the store takes.
pub(crate) const MAX_RECORD: usize = 4096;
/// Prefix of reconnect history in [`Tree::Index`].
pub(crate) const RECONNECTS: &[u8] = b"r";
/// Where the revision and the chain's head are kept, in [`Tree::Meta`].
pub(crate) const HEAD: &[u8] = b"fleet/head";
/// Where the certificate authority's slots and rotation are kept, in [`Tree::Meta`].
pub(crate) const CA: &[u8] = b"fleet/ca";
/// Where the fleet id is kept, in [`Tree::Meta`].
pub(crate) const FLEET_ID: &[u8] = b"fleet/id";

/// A record that cannot be stored or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Over the store's bound.
    #[error("takes {size} bytes, at most {MAX_RECORD} are stored")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// Written by a newer version.
    #[error("has format {0}, which this version does not know")]
    Format(u8),
    /// Not a record.
    #[error("cannot be read: {0}")]
    Malformed(String),
}

/// The bytes of `value`.
pub(crate) fn encode<T: Encode<()>>(value: &T) -> Result<Vec<u8>, RecordError> {
    let mut out = vec![FORMAT];
    minicbor::encode(value, &mut out).map_err(|e| RecordError::Malformed(e.to_string()))?;
    if out.len() > MAX_RECORD {
        return Err(RecordError::TooLarge { size: out.len() });
    }
    Ok(out)
}

/// The value in `bytes`; map keys of newer versions are skipped.
pub(crate) fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, RecordError> {
    match bytes.split_first() {
        Some((&FORMAT, body)) => {
            minicbor::decode(body).map_err(|e| RecordError::Malformed(e.to_string()))
        }
        Some((format, _)) => Err(RecordError::Format(*format)),
        None => Err(RecordError::Malformed("it is empty".to_owned())),
    }
}

/// Where a record is stored.
pub(crate) fn place<T: Stored>(record: &T) -> (Tree, Vec<u8>) {
    (T::TREE, record.bits().to_be_bytes().to_vec())
}

/// Where one return of a node is stored.
pub(crate) fn reconnect_place(node: NodeId, back: &Reconnect) -> (Tree, Vec<u8>) {
    let mut key = RECONNECTS.to_vec();
    key.extend(node.bits().to_be_bytes());
    key.extend(back.at.0.to_be_bytes());
    (Tree::Index, key)
}

/// The node's bits in the key of a return.
pub(crate) fn reconnect_owner(key: &[u8]) -> Option<u64> {
    key.strip_prefix(RECONNECTS)?.first_chunk().map(|bits| u64::from_be_bytes(*bits))
}

#[cfg(test)]
mod tests {
    // A failing step of a test is the test's failure.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fleet::record::*;
    use crate::fleet::{
        AccessRequestRecord, CaRecord, CaStanding, CertRecord, GuestRecord, LinkRecord, LockRecord,
        RoleRecord, SessionRecord,
    };
    use crate::harness::Parser;
    use std::collections::BTreeMap;
    use wire::audit::AuditEvent;
    use wire::message::view::{Inventory, PendingKind};
    use wire::{DisconnectReason, Generation, Labels, SafeText, TokenId, UnixMs};

    fn wide(characters: usize) -> SafeText {
        SafeText::clean(&"𝕩".repeat(characters))
    }

    fn largest_node() -> NodeRecord {
        let pairs: BTreeMap<_, _> =
            (0..32).map(|n| (format!("{n:024}"), "v".repeat(MAX_LABEL_BYTES / 32 - 24))).collect();
        let string = Some(wide(MAX_INVENTORY));
        NodeRecord {
            id: NodeId::from_random(u64::MAX),
            name: "x".repeat(63).parse().unwrap(),
            labels: Labels::new(pairs).unwrap(),
            owner: Some(wide(MAX_OWNER)),
            spki: [0xff; 32],
            enrolled_at: UnixMs(u64::MAX),
            token: TokenId::from_random(u64::MAX),
            generation: Generation(u64::MAX),
            certificate_expires_at: UnixMs(u64::MAX),
            revoked: Some(UnixMs(u64::MAX)),
            last_seen: Some(UnixMs(u64::MAX)),
            disconnected: Some((UnixMs(u64::MAX), DisconnectReason::AgentUpgrade)),
            version: Some(wide(MAX_VERSION)),
            inventory: Inventory {
                hostname: string.clone(),
                os: string.clone(),
                kernel: string.clone(),
                arch: string,
                cpus: Some(u32::MAX),
                memory_bytes: Some(u64::MAX),
                booted_at: Some(UnixMs(u64::MAX)),
            },
            allow: (0..MAX_ALLOW_BYTES / 10).map(|_| SafeText::clean("10.0.0.1")).collect(),
            renewals: Renewals { issued: u64::MAX, used: u64::MAX, recovered: Some(u64::MAX) },
            recoveries: vec![UnixMs(u64::MAX); 3],
            waiting: Some(Waiting {
                kind: PendingKind::Recover,
                since: UnixMs(u64::MAX),
                source: SafeText::clean(&"f".repeat(45)),
                denied: Some(UnixMs(u64::MAX)),
            }),
            ephemeral_ms: Some(u64::MAX),
            next_spki: Some([0xff; 32].into()),
            reconnects: Vec::new(),
            ca: CaStanding { trusts: u32::MAX, issuer: u32::MAX, unshown_since: None },
        }
    }

    #[test]
    fn the_largest_node_fits_and_reads_back() {
        let node = largest_node();
        let bytes = encode(&node).unwrap();
        assert_eq!(decode::<NodeRecord>(&bytes).unwrap(), node);
    }

    /// What reads as a record is written, and reads as the same again.
    fn reads_back<T>(input: &[u8])
    where
        T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + std::fmt::Debug,
    {
        let Ok(read) = decode::<T>(input) else { return };
        // A record that was grown by hand may be over the bound of those that are written.
        let Ok(written) = encode(&read) else { return };
        assert_eq!(decode::<T>(&written).unwrap(), read);
    }

    #[test]
    fn records_survive_mutation() {
        let largest = encode(&largest_node()).unwrap();
        Parser::new("record", 2 * MAX_RECORD).with([largest]).survives(|input| {
            reads_back::<NodeRecord>(input);
            reads_back::<OperatorRecord>(input);
            reads_back::<TokenRecord>(input);
            reads_back::<PortRecord>(input);
            reads_back::<LinkRecord>(input);
            reads_back::<RuleRecord>(input);
            reads_back::<SessionRecord>(input);
            reads_back::<GuestRecord>(input);
            reads_back::<LockRecord>(input);
            reads_back::<RoleRecord>(input);
            reads_back::<AccessRequestRecord>(input);
            reads_back::<CaRecord>(input);
            reads_back::<CertRecord>(input);
            reads_back::<AuditEvent>(input);
            reads_back::<Reconnect>(input);
        });
    }

    #[test]
    fn an_unknown_format_and_garbage_are_named() {
        let mut bytes = encode(&largest_node()).unwrap();
        bytes[0] = 9;
        assert_eq!(decode::<NodeRecord>(&bytes), Err(RecordError::Format(9)));
        assert!(matches!(decode::<NodeRecord>(&[1, 0xff]), Err(RecordError::Malformed(_))));
        assert!(matches!(decode::<NodeRecord>(&[]), Err(RecordError::Malformed(_))));
    }
}
