//! The acceptance suite every store passes; a new engine is accepted by running it.
//!
//! Behaviour only. Crash safety is the kill sweep's, speed the benchmark's.

use crate::{
    Batch, Condition, Durability, MAX_KEY, MAX_RECORD, Pair, Store, StoreError, Tree, Write,
};

/// Opens one and the same store again each time it is called; the store before has been dropped.
pub type Opener = Box<dyn FnMut() -> Box<dyn Store>>;

type Case = fn(&mut Opener) -> Result<(), StoreError>;

const CASES: &[(&str, Case)] = &[
    ("a record can be written, replaced, read and deleted", record_life),
    ("writes of a batch take effect in order", writes_in_order),
    ("a failed condition changes nothing and does not stop the others", conditions),
    ("conditions see the earlier batches of their group", conditions_within_group),
    ("trees do not see each other", trees_apart),
    ("a range keeps to its prefix, start and limit", ranges),
    ("keys and records over the bound are refused", bounds),
    ("the revision counts applied batches and survives", revision),
    ("synced records survive", survival),
    ("a group larger than any internal buffer is applied whole", large_group),
];

/// Runs every case on a fresh store made by `fresh`; returns how many there were.
///
/// # Panics
/// When a case fails, naming it.
pub fn run(mut fresh: impl FnMut() -> Opener) -> usize {
    for (name, case) in CASES {
        let outcome = case(&mut fresh());
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
    CASES.len()
}

/// A batch of puts into one tree.
pub fn puts(tree: Tree, pairs: &[(&[u8], &[u8])]) -> Batch {
    let put = |(key, value): &(&[u8], &[u8])| Write::Put(tree, key.to_vec(), value.to_vec());
    Batch { writes: pairs.iter().map(put).collect(), ..Batch::default() }
}

/// Everything in the store, in order.
///
/// # Errors
/// As [`Store::range`].
pub fn dump(store: &dyn Store) -> Result<Vec<(Tree, Pair)>, StoreError> {
    let mut all = Vec::new();
    for &tree in Tree::ALL {
        let pairs = store.range(tree, &[], &[], usize::MAX)?;
        all.extend(pairs.into_iter().map(|pair| (tree, pair)));
    }
    Ok(all)
}

fn apply(store: &mut dyn Store, batch: Batch) -> Result<u64, StoreError> {
    let mut results = store.commit(&[batch], Durability::Durable)?;
    assert_eq!(results.len(), 1, "one result per batch");
    results.remove(0)
}

fn record_life(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    assert_eq!(store.get(Tree::Nodes, b"n")?, None);
    apply(store.as_mut(), puts(Tree::Nodes, &[(b"n", b"1")]))?;
    assert_eq!(store.get(Tree::Nodes, b"n")?.as_deref(), Some(&b"1"[..]));
    apply(store.as_mut(), puts(Tree::Nodes, &[(b"n", b"2")]))?;
    assert_eq!(store.get(Tree::Nodes, b"n")?.as_deref(), Some(&b"2"[..]));
    let delete = Write::Delete(Tree::Nodes, b"n".to_vec());
    let batch = Batch { writes: vec![delete.clone(), delete], ..Batch::default() };
    apply(store.as_mut(), batch)?;
    assert_eq!(store.get(Tree::Nodes, b"n")?, None);
    apply(store.as_mut(), puts(Tree::Nodes, &[(b"", b"")]))?;
    assert_eq!(store.get(Tree::Nodes, b"")?.as_deref(), Some(&b""[..]));
    Ok(())
}

fn writes_in_order(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    let put = |value: &[u8]| Write::Put(Tree::Ports, b"p".to_vec(), value.to_vec());
    let delete = Write::Delete(Tree::Ports, b"p".to_vec());
    let batch = Batch { writes: vec![put(b"1"), delete.clone(), put(b"2")], ..Batch::default() };
    apply(store.as_mut(), batch)?;
    assert_eq!(store.get(Tree::Ports, b"p")?.as_deref(), Some(&b"2"[..]));
    apply(store.as_mut(), Batch { writes: vec![put(b"3"), delete], ..Batch::default() })?;
    assert_eq!(store.get(Tree::Ports, b"p")?, None);
    Ok(())
}

fn conditions(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    apply(store.as_mut(), puts(Tree::Tokens, &[(b"t", b"fresh")]))?;
    let with = |condition: Condition, value: &[u8]| Batch {
        conditions: vec![condition],
        ..puts(Tree::Tokens, &[(b"t", value), (b"also", value)])
    };
    let before = dump(store.as_ref())?;
    let absent = Condition::Absent(Tree::Tokens, b"t".to_vec());
    let stale = Condition::Equals(Tree::Tokens, b"t".to_vec(), b"used".to_vec());
    let missing = Condition::Equals(Tree::Tokens, b"none".to_vec(), b"".to_vec());
    let revision = store.revision();
    for refused in [absent, stale, missing] {
        let result = apply(store.as_mut(), with(refused, b"wrong"));
        assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
    }
    assert_eq!(dump(store.as_ref())?, before);
    assert_eq!(store.revision(), revision, "a refused batch is not counted");
    let fresh = Condition::Equals(Tree::Tokens, b"t".to_vec(), b"fresh".to_vec());
    let group =
        [with(Condition::Absent(Tree::Tokens, b"t".to_vec()), b"wrong"), with(fresh, b"used")];
    let results = store.commit(&group, Durability::Durable)?;
    assert!(matches!(results.as_slice(), [Err(StoreError::Conflict), Ok(_)]), "{results:?}");
    assert_eq!(store.get(Tree::Tokens, b"also")?.as_deref(), Some(&b"used"[..]));
    Ok(())
}

fn conditions_within_group(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    let claim = |by: &[u8]| Batch {
        conditions: vec![Condition::Absent(Tree::Ports, b"443".to_vec())],
        ..puts(Tree::Ports, &[(b"443", by)])
    };
    let release = Batch {
        conditions: vec![Condition::Equals(Tree::Ports, b"443".to_vec(), b"a".to_vec())],
        writes: vec![Write::Delete(Tree::Ports, b"443".to_vec())],
        ..Batch::default()
    };
    let group = [claim(b"a"), claim(b"b"), release, claim(b"c")];
    let results = store.commit(&group, Durability::Durable)?;
    assert!(
        matches!(results.as_slice(), [Ok(1), Err(StoreError::Conflict), Ok(2), Ok(3)]),
        "{results:?}"
    );
    assert_eq!(store.get(Tree::Ports, b"443")?.as_deref(), Some(&b"c"[..]));
    Ok(())
}

fn trees_apart(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    for &tree in Tree::ALL {
        let value = format!("{tree:?}");
        apply(store.as_mut(), puts(tree, &[(b"k", value.as_bytes())]))?;
    }
    for &tree in Tree::ALL {
        let expected = vec![(b"k".to_vec(), format!("{tree:?}").into_bytes())];
        assert_eq!(store.range(tree, &[], &[], 10)?, expected);
    }
    Ok(())
}

fn ranges(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    let keys: [&[u8]; 7] = [b"", b"a", b"a\x00", b"a\xff", b"b", b"b1", b"\xff\xff"];
    let pairs: Vec<(&[u8], &[u8])> = keys.iter().map(|key| (*key, *key)).collect();
    apply(store.as_mut(), puts(Tree::Index, &pairs))?;
    apply(store.as_mut(), puts(Tree::Outbox, &[(b"a", b"other")]))?;
    let listed = |prefix: &[u8], from: &[u8], limit| -> Result<Vec<Vec<u8>>, StoreError> {
        let pairs = store.range(Tree::Index, prefix, from, limit)?;
        Ok(pairs.into_iter().map(|(key, _)| key).collect())
    };
    assert_eq!(listed(b"", b"", 10)?, keys);
    assert_eq!(listed(b"a", b"", 10)?, keys[1..4]);
    assert_eq!(listed(b"a", b"a\x00", 10)?, keys[2..4]);
    assert_eq!(listed(b"a", b"b", 10)?, keys[..0]);
    assert_eq!(listed(b"b", b"a", 10)?, keys[4..6]);
    assert_eq!(listed(b"", b"b", 2)?, keys[4..6]);
    assert_eq!(listed(b"\xff", b"", 10)?, keys[6..]);
    assert_eq!(listed(b"", b"", 0)?, keys[..0]);
    Ok(())
}

fn bounds(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    let key = [b'k'; MAX_KEY + 1];
    let value = [b'v'; MAX_RECORD + 1];
    let too_large = [
        puts(Tree::Nodes, &[(b"n", b"fits"), (&key, b"")]),
        puts(Tree::Nodes, &[(b"n", b"fits"), (b"m", &value)]),
        Batch {
            conditions: vec![Condition::Absent(Tree::Nodes, key.to_vec())],
            ..puts(Tree::Nodes, &[(b"n", b"fits")])
        },
    ];
    for batch in too_large {
        let result = apply(store.as_mut(), batch);
        assert!(matches!(result, Err(StoreError::TooLarge { .. })), "{result:?}");
    }
    assert_eq!(dump(store.as_ref())?, []);
    let largest = puts(Tree::Nodes, &[(&key[1..], &value[1..])]);
    apply(store.as_mut(), largest)?;
    assert_eq!(store.get(Tree::Nodes, &key[1..])?.map(|value| value.len()), Some(MAX_RECORD));
    Ok(())
}

fn revision(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    assert_eq!(store.revision(), 0);
    assert_eq!(apply(store.as_mut(), Batch::default())?, 1);
    let group = vec![puts(Tree::Meta, &[(b"m", b"1")]); 3];
    let results = store.commit(&group, Durability::Lazy)?;
    assert!(matches!(results.as_slice(), [Ok(2), Ok(3), Ok(4)]), "{results:?}");
    store.sync()?;
    drop(store);
    let mut store = open();
    assert_eq!(store.revision(), 4);
    assert_eq!(apply(store.as_mut(), Batch::default())?, 5);
    Ok(())
}

fn survival(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    store.commit(&[puts(Tree::Nodes, &[(b"lazy", b"1")])], Durability::Lazy)?;
    store.sync()?;
    apply(store.as_mut(), puts(Tree::Nodes, &[(b"durable", b"2")]))?;
    let before = dump(store.as_ref())?;
    drop(store);
    let mut store = open();
    assert_eq!(dump(store.as_ref())?, before);
    let delete = Write::Delete(Tree::Nodes, b"lazy".to_vec());
    apply(store.as_mut(), Batch { writes: vec![delete], ..Batch::default() })?;
    drop(store);
    assert_eq!(open().get(Tree::Nodes, b"lazy")?, None);
    Ok(())
}

fn large_group(open: &mut Opener) -> Result<(), StoreError> {
    let mut store = open();
    let value = vec![7; MAX_RECORD];
    let batch = |number: u32| {
        let write = |part: u32| {
            let key = [number.to_be_bytes(), part.to_be_bytes()].concat();
            Write::Put(Tree::Audit, key, value.clone())
        };
        Batch { writes: (0..16).map(write).collect(), ..Batch::default() }
    };
    let group: Vec<Batch> = (0..32).map(batch).collect();
    let results = store.commit(&group, Durability::Durable)?;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let before = dump(store.as_ref())?;
    assert_eq!(before.len(), 512);
    drop(store);
    assert_eq!(dump(open().as_ref())?, before);
    Ok(())
}
