//! Checks a whole chain in the store of a stopped server: record by record, and against the head that
//! was committed with the last of them, so that a tail that was cut off is missed.

use super::{decode, key};
use crate::state::{OpenError, stored_head};
use store::{Store, StoreError, Tree};
use wire::audit::{AuditEvent, ChainCheck, Digest};

/// Records read at once.
const READ: usize = 1000;

/// What a stored chain is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredChain {
    /// The first record looked at.
    pub first: Option<u64>,
    /// Good records.
    pub checked: u64,
    /// The last good record and its digest.
    pub last: Option<(u64, Digest)>,
    /// The first that is changed, missing, out of place or too many.
    pub first_bad: Option<u64>,
    /// Where the chain ends, as the state knows it. Without it nothing vouches for the end.
    pub head: Option<u64>,
}

/// Why a chain could not be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state's mark is unreadable.
    #[error(transparent)]
    Mark(#[from] OpenError),
    /// There is nothing of a server in the store.
    #[error("it holds no server's state")]
    Empty,
    /// The chain ends before the record to start at.
    #[error("the trail ends at record {0}")]
    Beyond(u64),
}

/// Checks the chain in `store` from record `from` on.
///
/// # Errors
/// It cannot be checked; a broken chain is an answer and no error.
pub fn verify_stored(store: &dyn Store, from: u64) -> Result<StoredChain, VerifyError> {
    let head = stored_head(store)?;
    if head.is_none() && store.range(Tree::Audit, &[], &[], 1)?.is_empty() {
        return Err(VerifyError::Empty);
    }
    if let Some(head) = head.filter(|head| from > head.seq.max(1)) {
        return Err(VerifyError::Beyond(head.seq));
    }
    let mut walk = Walk { check: ChainCheck::default(), first: None, next: from };
    let mut bad = walk.all(store)?.err();
    let last = walk.check.head();
    if bad.is_none() {
        let (reached, hash) = last.unwrap_or((from - 1, Digest::default()));
        bad = match head {
            None => Some(reached + 1),
            Some(head) if reached < head.seq => Some(reached + 1),
            Some(head) if reached > head.seq => Some(head.seq + 1),
            Some(head) if last.is_some() && hash != head.hash => Some(reached),
            Some(_) => None,
        };
    }
    Ok(StoredChain {
        first: walk.first,
        checked: walk.check.checked(),
        last,
        first_bad: bad,
        head: head.map(|head| head.seq),
    })
}

struct Walk {
    check: ChainCheck,
    first: Option<u64>,
    next: u64,
}

impl Walk {
    /// Goes to the end of what is stored; the inner error is the first bad place.
    fn all(&mut self, store: &dyn Store) -> Result<Result<(), u64>, StoreError> {
        loop {
            let pairs = store.range(Tree::Audit, &[], &key(self.next), READ)?;
            if pairs.is_empty() {
                return Ok(Ok(()));
            }
            for (place, value) in &pairs {
                if let Err(bad) = self.record(place, value) {
                    return Ok(Err(bad));
                }
            }
        }
    }

    /// A record must be readable, stand where its number says, and follow the one before.
    fn record(&mut self, place: &[u8], value: &[u8]) -> Result<(), u64> {
        let event: AuditEvent = decode(value).map_err(|_| self.next)?;
        if place != key(event.seq) || event.seq != self.next {
            return Err(self.next);
        }
        self.check.handle(&event)?;
        self.first.get_or_insert(event.seq);
        self.next = event.seq.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::fleet::encoding::HEAD;
    use crate::harness::Parser;
    use crate::state::{Init, State};
    use link::{Shutdown, System};
    use std::time::Duration;
    use store::{Batch, Durability, Image, Write};
    use wire::UnixMs;
    use wire::audit::{Actor, Entry, Object};

    /// What a server with 10 records leaves behind.
    async fn left_behind() -> Box<dyn Store> {
        let image = Image::default();
        let thread = store::thread::StoreThread::spawn(image.open());
        let shutdown = Shutdown::new();
        let admin = crate::fleet::OperatorRecord {
            logged_out: None,
            id: wire::OperatorId::from_random(1),
            name: "admin".parse().unwrap(),
            roles: vec!["admin".parse().unwrap()],
            spki: [1; 32],
            created_at: UnixMs(1),
            revoked: None,
            certificate_expires_at: UnixMs(2),
            token: None,
            terms: Vec::new(),
            ca: Default::default(),
        };
        let init = Init { fleet: "s_test".to_owned(), admin };
        let state = State::start(thread, init, System::shared(), &shutdown).await.unwrap();
        for n in 3..=10u64 {
            let entry =
                Entry::new("server.start", Actor::default(), Object::default()).with("n", n);
            state.apply(crate::ops::Op::Record(entry)).await.unwrap();
        }
        shutdown.finish(Duration::from_secs(5)).await;
        drop(state);
        image.open()
    }

    fn write(store: &mut dyn Store, write: Write) {
        let batch = Batch { writes: vec![write], ..Batch::default() };
        store.commit(&[batch], Durability::Durable).unwrap().remove(0).unwrap();
    }

    fn value(store: &dyn Store, seq: u64) -> Vec<u8> {
        store.get(Tree::Audit, &key(seq)).unwrap().unwrap()
    }

    fn put(store: &mut dyn Store, seq: u64, value: Vec<u8>) {
        write(store, Write::Put(Tree::Audit, key(seq), value));
    }

    #[tokio::test]
    async fn an_untouched_chain_passes_from_any_record_on() {
        let store = left_behind().await;
        for from in 1..=10 {
            let chain = verify_stored(store.as_ref(), from).unwrap();
            let shown = (chain.first, chain.checked, chain.first_bad, chain.head);
            assert_eq!(shown, (Some(from), 11 - from, None, Some(10)));
            assert_eq!(chain.last.unwrap().0, 10);
        }
        assert!(matches!(verify_stored(store.as_ref(), 11), Err(VerifyError::Beyond(10))));
    }

    #[tokio::test]
    async fn whatever_was_touched_is_named() {
        type Touch = fn(&mut dyn Store);
        let cases: [(&str, u64, Touch); 9] = [
            ("a flipped bit", 5, |store| {
                let mut bytes = value(store, 5);
                *bytes.last_mut().unwrap() ^= 1;
                put(store, 5, bytes);
            }),
            ("a removed record", 4, |store| write(store, Write::Delete(Tree::Audit, key(4)))),
            ("no first record", 1, |store| write(store, Write::Delete(Tree::Audit, key(1)))),
            ("a cut tail", 9, |store| {
                write(store, Write::Delete(Tree::Audit, key(9)));
                write(store, Write::Delete(Tree::Audit, key(10)));
            }),
            ("swapped records", 6, |store| {
                let (six, seven) = (value(store, 6), value(store, 7));
                put(store, 6, seven);
                put(store, 7, six);
            }),
            ("a doubled record", 8, |store| {
                let seven = value(store, 7);
                put(store, 8, seven);
            }),
            ("a record too many", 11, |store| {
                let ten: AuditEvent = decode(&value(store, 10)).unwrap();
                let more = AuditEvent::chain(11, ten.at, ten.entry, ten.hash);
                let bytes = crate::fleet::encoding::encode(&more).unwrap();
                put(store, 11, bytes);
            }),
            ("a tail that was written anew", 10, |store| {
                let nine: AuditEvent = decode(&value(store, 9)).unwrap();
                let other = AuditEvent::chain(10, nine.at, nine.entry, nine.hash);
                let bytes = crate::fleet::encoding::encode(&other).unwrap();
                put(store, 10, bytes);
            }),
            ("no mark of the end", 11, |store| {
                write(store, Write::Delete(Tree::Meta, HEAD.to_vec()));
            }),
        ];
        for (what, bad, touch) in cases {
            let mut store = left_behind().await;
            touch(store.as_mut());
            let chain = verify_stored(store.as_ref(), 1).unwrap();
            assert_eq!(chain.first_bad, Some(bad), "{what}: {chain:?}");
        }
    }

    #[tokio::test]
    async fn a_chain_that_is_gone_is_broken_and_an_empty_store_is_nobodys() {
        let mut store = left_behind().await;
        for seq in 1..=10 {
            write(store.as_mut(), Write::Delete(Tree::Audit, key(seq)));
        }
        let chain = verify_stored(store.as_ref(), 1).unwrap();
        assert_eq!((chain.checked, chain.first_bad), (0, Some(1)));
        let empty = store::memory();
        assert!(matches!(verify_stored(empty.as_ref(), 1), Err(VerifyError::Empty)));
    }

    #[tokio::test]
    async fn an_unreadable_mark_is_an_error() {
        let mut store = left_behind().await;
        write(store.as_mut(), Write::Put(Tree::Meta, HEAD.to_vec(), b"letter".to_vec()));
        assert!(matches!(verify_stored(store.as_ref(), 1), Err(VerifyError::Mark(_))));
    }

    /// T-38: whatever is written over one record is found, at its place.
    #[test]
    fn a_stored_chain_survives_mutation() {
        const AT: u64 = 6;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut store = runtime.block_on(left_behind());
        let good: Vec<Vec<u8>> = (1..=10).map(|seq| value(store.as_ref(), seq)).collect();
        let original: AuditEvent = decode(&good[5]).unwrap();
        Parser::new("audit-record", 4096).with(good.clone()).survives(|input| {
            put(store.as_mut(), AT, input.to_vec());
            let chain = verify_stored(store.as_ref(), 1).unwrap();
            // Another way to write down the same is no change.
            let same = decode(input).is_ok_and(|event| event == original);
            assert_eq!(chain.first_bad, (!same).then_some(AT));
            assert_eq!(chain.checked, if same { 10 } else { AT - 1 });
        });
    }
}
