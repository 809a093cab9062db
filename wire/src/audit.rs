//! Audit records and their chain: `hash = BLAKE3(prev_hash ‖ CBOR(record))`.
//!
//! The same record is stored, sent and exported, so that the chain can be checked anywhere.

use crate::ids::AuditId;
use crate::text::SafeText;
use crate::time::UnixMs;
use core::fmt;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// A BLAKE3 digest in the chain; hexadecimal in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Digest(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let bytes =
            data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
        let array =
            bytes.try_into().map_err(|_| serde::de::Error::custom("a digest has 32 bytes"))?;
        Ok(Self(array))
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum AuditResult {
    /// Done.
    #[n(0)]
    Ok,
    /// Refused by policy.
    #[n(1)]
    Denied,
    /// Tried and failed.
    #[n(2)]
    Failed,
}

/// Who did it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Actor {
    /// Operator's name.
    #[n(0)]
    pub operator: Option<SafeText>,
    /// Session.
    #[n(1)]
    pub session: Option<SafeText>,
    /// Role.
    #[n(2)]
    pub role: Option<SafeText>,
    /// Address.
    #[n(3)]
    pub source_ip: Option<SafeText>,
    /// Program and version.
    #[n(4)]
    pub client: Option<SafeText>,
    /// Node, where a node itself acted.
    #[n(5)]
    pub node: Option<SafeText>,
    /// What the operator's program calls its run.
    #[n(6)]
    pub request: Option<SafeText>,
}

/// What it was done to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Object {
    /// `node`, `port`, `tunnel`, `rule`, `token`, `server`, …
    #[n(0)]
    pub kind: SafeText,
    /// Its id.
    #[n(1)]
    pub id: Option<SafeText>,
    /// Its name at that time.
    #[n(2)]
    pub name: Option<SafeText>,
}

/// A value in a record's data.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    #[n(0)]
    Int(#[n(0)] i64),
    /// A truth value.
    #[n(1)]
    Bool(#[n(0)] bool),
    /// Text.
    #[n(2)]
    Text(#[n(0)] SafeText),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

/// What happened, before it has a place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// `node.enroll`, `tunnel.open`, … (cli.md §6).
    #[n(0)]
    pub action: SafeText,
    /// How it went.
    #[n(1)]
    pub result: AuditResult,
    /// Who.
    #[n(2)]
    pub actor: Actor,
    /// To what.
    #[n(3)]
    pub object: Object,
    /// Everything else.
    #[n(4)]
    pub data: BTreeMap<String, Value>,
}

impl Entry {
    /// A successful action on an object.
    pub fn new(action: &str, actor: Actor, object: Object) -> Self {
        Self {
            action: action.into(),
            result: AuditResult::Ok,
            actor,
            object,
            data: BTreeMap::new(),
        }
    }

    /// The same with another result.
    #[must_use]
    pub fn result(mut self, result: AuditResult) -> Self {
        self.result = result;
        self
    }

    /// The same with one more datum.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.data.insert(key.to_owned(), value.into());
        self
    }
}

/// One record of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AuditEvent {
    /// Its place, from 1.
    #[n(0)]
    pub seq: u64,
    /// When.
    #[n(1)]
    pub at: UnixMs,
    /// What.
    #[n(2)]
    pub entry: Entry,
    /// The digest of the record before.
    #[n(3)]
    pub prev_hash: Digest,
    /// Its own digest.
    #[n(4)]
    pub hash: Digest,
}

impl AuditEvent {
    /// Puts `entry` behind the record with number `seq - 1` and digest `prev_hash`.
    pub fn chain(seq: u64, at: UnixMs, entry: Entry, prev_hash: Digest) -> Self {
        let mut event = Self { seq, at, entry, prev_hash, hash: Digest::default() };
        event.hash = event.computed();
        event
    }

    /// The digest this record ought to have.
    pub fn computed(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.prev_hash.0);
        let body = (self.seq, self.at, &self.entry);
        // Encoding into a Vec cannot fail for these types; were it to, the digest would not match.
        if let Ok(bytes) = minicbor::to_vec(body) {
            hasher.update(&bytes);
        }
        Digest(*hasher.finalize().as_bytes())
    }

    /// Its id.
    pub const fn id(&self) -> AuditId {
        AuditId::from_seq(self.seq)
    }
}

/// Checks records one after the other.
#[derive(Debug, Default, Clone)]
pub struct ChainCheck {
    last: Option<(u64, Digest)>,
    checked: u64,
}

impl ChainCheck {
    /// Goes on behind a record that is already trusted.
    pub const fn behind(seq: u64, hash: Digest) -> Self {
        Self { last: Some((seq, hash)), checked: 0 }
    }

    /// Checks the next record.
    ///
    /// # Errors
    /// The sequence number of the first bad record: changed, missing, doubled or out of order.
    pub fn handle(&mut self, event: &AuditEvent) -> Result<(), u64> {
        let follows = match self.last {
            Some((seq, hash)) => seq.checked_add(1) == Some(event.seq) && event.prev_hash == hash,
            None => event.seq != 1 || event.prev_hash == Digest::default(),
        };
        if !follows {
            return Err(self.last.map_or(event.seq, |(seq, _)| seq.saturating_add(1)));
        }
        if event.computed() != event.hash {
            return Err(event.seq);
        }
        self.last = Some((event.seq, event.hash));
        self.checked += 1;
        Ok(())
    }

    /// How many records passed.
    pub const fn checked(&self) -> u64 {
        self.checked
    }

    /// The last good record.
    pub const fn head(&self) -> Option<(u64, Digest)> {
        self.last
    }
}

/// The shape of a record in JSON: flat, with its id.
#[derive(Serialize, Deserialize)]
struct Flat {
    #[serde(default)]
    id: Option<String>,
    seq: u64,
    at: UnixMs,
    action: SafeText,
    result: AuditResult,
    actor: Actor,
    object: Object,
    data: BTreeMap<String, Value>,
    prev_hash: Digest,
    hash: Digest,
}

impl Serialize for AuditEvent {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let entry = self.entry.clone();
        Flat {
            id: Some(self.id().to_string()),
            seq: self.seq,
            at: self.at,
            action: entry.action,
            result: entry.result,
            actor: entry.actor,
            object: entry.object,
            data: entry.data,
            prev_hash: self.prev_hash,
            hash: self.hash,
        }
        .serialize(s)
    }
}

impl<'de> Deserialize<'de> for AuditEvent {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let flat = Flat::deserialize(d)?;
        // The digest covers the number; the id says it once more.
        if flat.id.is_some_and(|id| id != AuditId::from_seq(flat.seq).to_string()) {
            return Err(serde::de::Error::custom("the id is not that of the record's number"));
        }
        let entry = Entry {
            action: flat.action,
            result: flat.result,
            actor: flat.actor,
            object: flat.object,
            data: flat.data,
        };
        Ok(Self { seq: flat.seq, at: flat.at, entry, prev_hash: flat.prev_hash, hash: flat.hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: u64) -> Vec<AuditEvent> {
        let mut prev = Digest::default();
        (1..=length)
            .map(|seq| {
                let entry =
                    Entry::new("node.enroll", Actor::default(), Object::default()).with("n", seq);
                let event = AuditEvent::chain(seq, UnixMs(seq), entry, prev);
                prev = event.hash;
                event
            })
            .collect()
    }

    fn first_bad(events: &[AuditEvent]) -> Option<u64> {
        let mut check = ChainCheck::default();
        events.iter().find_map(|event| check.handle(event).err())
    }

    #[test]
    fn an_untouched_chain_passes() {
        assert_eq!(first_bad(&chain(20)), None);
    }

    #[test]
    fn changed_missing_doubled_and_swapped_records_are_named() {
        let good = chain(10);
        let mut changed = good.clone();
        changed[4].at = UnixMs(99);
        assert_eq!(first_bad(&changed), Some(5));
        let mut missing = good.clone();
        missing.remove(4);
        assert_eq!(first_bad(&missing), Some(5));
        let mut doubled = good.clone();
        doubled.insert(5, good[4].clone());
        assert_eq!(first_bad(&doubled), Some(6));
        let mut swapped = good;
        swapped.swap(4, 5);
        assert_eq!(first_bad(&swapped), Some(5));
    }

    #[test]
    fn nothing_follows_the_largest_number() {
        let last = |prev| {
            let entry = Entry::new("node.enroll", Actor::default(), Object::default());
            AuditEvent::chain(u64::MAX, UnixMs(1), entry, prev)
        };
        let first = last(Digest::default());
        let events = [first.clone(), last(first.hash)];
        assert_eq!(first_bad(&events), Some(u64::MAX));
    }

    #[test]
    fn a_record_under_another_id_is_none() -> Result<(), serde_json::Error> {
        let event = chain(3).remove(2);
        let text = serde_json::to_string(&event)?;
        let other = text.replace(&event.id().to_string(), &AuditId::from_seq(4).to_string());
        assert_ne!(text, other);
        assert!(serde_json::from_str::<AuditEvent>(&other).is_err());
        Ok(())
    }

    #[test]
    fn a_record_survives_json_with_its_digest() -> Result<(), serde_json::Error> {
        let event = chain(3).remove(2);
        let back: AuditEvent = serde_json::from_str(&serde_json::to_string(&event)?)?;
        assert_eq!(back, event);
        assert_eq!(back.computed(), event.hash);
        Ok(())
    }
}
