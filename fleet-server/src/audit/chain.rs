//! The place of the next record, and the bounds that keep each record storable.

use crate::fleet::encoding;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use wire::audit::{AuditEvent, ChainCheck, Digest, Entry, Value};
use wire::{SafeText, UnixMs};

/// Characters kept of each string in a record that would not fit.
const SHORT: usize = 48;
/// Bytes of a record's entry: the rest of 4 KiB is for the chain.
const MAX_ENTRY: usize = 3900;
/// Data that survive in a record that would not fit.
const MAX_DATA: usize = 8;

/// The newest record's place and digest. Before the first: 0 and zeroes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Head {
    #[n(0)]
    pub(crate) seq: u64,
    #[n(1)]
    pub(crate) hash: Digest,
}

/// Key of a record in the store.
pub(crate) fn key(seq: u64) -> Vec<u8> {
    seq.to_be_bytes().to_vec()
}

/// Puts entries behind each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    head: Head,
}

impl Chain {
    pub(crate) fn behind(head: Head) -> Self {
        Self { head }
    }

    pub(crate) fn head(&self) -> Head {
        self.head
    }

    /// The entry in its place.
    pub(crate) fn append(&mut self, at: UnixMs, entry: Entry) -> AuditEvent {
        let event = AuditEvent::chain(self.head.seq + 1, at, fitting(entry), self.head.hash);
        self.head = Head { seq: event.seq, hash: event.hash };
        event
    }
}

impl Head {
    /// Checks the newest stored records against this head; `events` ascend and end the chain.
    ///
    /// # Errors
    /// The sequence number of the first record that is wrong, missing or too many.
    pub(crate) fn check(self, events: &[AuditEvent]) -> Result<(), u64> {
        let mut check = ChainCheck::default();
        events.iter().try_for_each(|event| check.handle(event))?;
        let (seq, hash) = check.head().unwrap_or_default();
        if seq != self.seq {
            return Err(seq.min(self.seq) + 1);
        }
        if hash == self.hash { Ok(()) } else { Err(seq) }
    }
}

/// The entry, cut down if the store would not take it. Cut strings end in `…`, and the record says so.
fn fitting(entry: Entry) -> Entry {
    let size = |entry: &Entry| encoding::encode(entry).map_or(usize::MAX, |bytes| bytes.len());
    if size(&entry) <= MAX_ENTRY {
        return entry;
    }
    let mut short = shortened(entry);
    short.data.insert("shortened".to_owned(), Value::Bool(true));
    short
}

fn shortened(mut entry: Entry) -> Entry {
    let cut = |text: &mut SafeText| *text = SafeText::bounded(text.as_str(), SHORT);
    let cut_some = |text: &mut Option<SafeText>| {
        if let Some(text) = text {
            cut(text);
        }
    };
    cut(&mut entry.action);
    cut(&mut entry.object.kind);
    let actor = &mut entry.actor;
    for text in [
        &mut actor.operator,
        &mut actor.session,
        &mut actor.role,
        &mut actor.source_ip,
        &mut actor.client,
        &mut actor.node,
        &mut actor.request,
        &mut entry.object.id,
        &mut entry.object.name,
    ] {
        cut_some(text);
    }
    let data = std::mem::take(&mut entry.data);
    entry.data = data.into_iter().take(MAX_DATA).map(short_datum).collect::<BTreeMap<_, _>>();
    entry
}

fn short_datum((key, value): (String, Value)) -> (String, Value) {
    let value = match value {
        Value::Text(text) => Value::Text(SafeText::bounded(text.as_str(), SHORT)),
        other => other,
    };
    (key.chars().take(SHORT / 2).collect(), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::audit::{Actor, Object};

    fn entry(n: u64) -> Entry {
        Entry::new("node.connect", Actor::default(), Object::default()).with("n", n)
    }

    fn chain(length: u64) -> (Head, Vec<AuditEvent>) {
        let mut chain = Chain::behind(Head::default());
        let events = (0..length).map(|n| chain.append(UnixMs(n), entry(n))).collect();
        (chain.head(), events)
    }

    #[test]
    fn the_head_notices_a_cut_tail_an_extra_record_and_a_change() {
        let (head, events) = chain(10);
        assert_eq!(head.check(&events), Ok(()));
        assert_eq!(head.check(&events[3..]), Ok(()));
        assert_eq!(head.check(&events[..8]), Err(9));
        assert_eq!(head.check(&[]), Err(1));
        let (longer, more) = chain(11);
        assert_eq!(head.check(&more), Err(11));
        assert_eq!(longer.check(&events), Err(11));
        let mut changed = events.clone();
        changed[6].at = UnixMs(99);
        assert_eq!(head.check(&changed), Err(7));
        assert_eq!(Head::default().check(&[]), Ok(()));
        assert_eq!(Head::default().check(&events[..1]), Err(1));
    }

    #[test]
    fn a_record_of_any_size_fits_the_store() -> Result<(), encoding::RecordError> {
        let wide = || SafeText::clean(&"𝕩".repeat(256));
        let actor = Actor {
            operator: Some(wide()),
            session: Some(wide()),
            role: Some(wide()),
            source_ip: Some(wide()),
            client: Some(wide()),
            node: Some(wide()),
            request: Some(wide()),
        };
        let object = Object { kind: wide(), id: Some(wide()), name: Some(wide()) };
        let mut huge = Entry::new("tunnel.open", actor, object);
        for n in 0..100 {
            huge = huge.with(&format!("{n}{}", "k".repeat(500)), "𝕩".repeat(256));
        }
        let event = Chain::behind(Head { seq: u64::MAX - 9, hash: Digest::default() })
            .append(UnixMs(u64::MAX), huge);
        assert!(event.entry.data.contains_key("shortened"));
        encoding::encode(&event).map(|_| ())
    }
}
