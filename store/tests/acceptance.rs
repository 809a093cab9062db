//! Every store passes the suite; sled and the model agree on any history, including reopening.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

use std::path::PathBuf;
use std::rc::Rc;

use proptest::prelude::*;
use store::suite::{self, Opener, dump};
use store::{Batch, Condition, Durability, Image, Options, Store, StoreError, Tree, Write};

/// A directory that lives as long as its opener.
fn sled_opener() -> Opener {
    let dir = Rc::new(tempfile::tempdir().unwrap());
    Box::new(move || store::open(dir.path()).unwrap())
}

#[test]
fn sled_passes_the_suite() {
    assert_eq!(suite::run(sled_opener), 10);
}

#[test]
fn memory_passes_the_suite() {
    suite::run(|| {
        let image = Image::default();
        Box::new(move || image.open())
    });
}

#[test]
fn faulty_without_faults_passes_the_suite() {
    suite::run(|| {
        let (_, faults) = store::faulty();
        Box::new(move || faults.reopen())
    });
}

#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<Batch>, Durability),
    Range(Tree, Vec<u8>, Vec<u8>, usize),
    Sync,
    Reopen,
}

fn tree() -> impl Strategy<Value = Tree> {
    prop_oneof![Just(Tree::Meta), Just(Tree::Nodes), Just(Tree::Index)]
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => proptest::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0xff)], 0..3),
        1 => Just(vec![1; store::MAX_KEY + 1]),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => proptest::collection::vec(0u8..3, 0..2),
        2 => (3000usize..=store::MAX_RECORD).prop_map(|len| vec![9; len]),
        1 => Just(vec![9; store::MAX_RECORD + 1]),
    ]
}

fn batch() -> impl Strategy<Value = Batch> {
    let condition = prop_oneof![
        (tree(), key()).prop_map(|(tree, key)| Condition::Absent(tree, key)),
        (tree(), key(), value()).prop_map(|(tree, key, value)| Condition::Equals(tree, key, value)),
    ];
    let write = prop_oneof![
        3 => (tree(), key(), value()).prop_map(|(tree, key, value)| Write::Put(tree, key, value)),
        1 => (tree(), key()).prop_map(|(tree, key)| Write::Delete(tree, key)),
    ];
    (
        proptest::collection::vec(condition, 0..2),
        proptest::collection::vec(write, 0..6),
        any::<bool>(),
    )
        .prop_map(|(conditions, writes, urgent)| Batch { conditions, writes, urgent })
}

fn step() -> impl Strategy<Value = Step> {
    let durability = prop_oneof![Just(Durability::Durable), Just(Durability::Lazy)];
    prop_oneof![
        8 => (proptest::collection::vec(batch(), 1..6), durability)
            .prop_map(|(batches, durability)| Step::Commit(batches, durability)),
        4 => (tree(), key(), key(), 0usize..5)
            .prop_map(|(tree, prefix, from, limit)| Step::Range(tree, prefix, from, limit)),
        1 => Just(Step::Sync),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if std::env::var_os("TUNNELCTL_FULL").is_some() { 1000 } else { 48 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn sled_and_the_model_agree(steps in proptest::collection::vec(step(), 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let mut sled = store::open(dir.path()).unwrap();
        let mut model = store::memory();
        for step in steps {
            match step {
                Step::Commit(batches, durability) => {
                    let expected = words(model.commit(&batches, durability).unwrap());
                    prop_assert_eq!(words(sled.commit(&batches, durability).unwrap()), expected);
                }
                Step::Range(tree, prefix, from, limit) => prop_assert_eq!(
                    sled.range(tree, &prefix, &from, limit).unwrap(),
                    model.range(tree, &prefix, &from, limit).unwrap()
                ),
                Step::Sync => sled.sync().unwrap(),
                Step::Reopen => {
                    sled.sync().unwrap();
                    drop(sled);
                    sled = store::open(dir.path()).unwrap();
                }
            }
            prop_assert_eq!(sled.revision(), model.revision());
        }
        prop_assert_eq!(dump(sled.as_ref()).unwrap(), dump(model.as_ref()).unwrap());
    }
}

fn words(results: Vec<Result<u64, StoreError>>) -> Vec<Result<u64, String>> {
    results.into_iter().map(|result| result.map_err(|error| error.to_string())).collect()
}

fn kept(dir: &tempfile::TempDir) -> Box<dyn Store> {
    let mut store = store::open(dir.path()).unwrap();
    let batch = suite::puts(Tree::Nodes, &[(b"n", b"1")]);
    store.commit(&[batch], Durability::Durable).unwrap().remove(0).unwrap();
    store
}

/// The refusal, and the path it names.
fn foreign(opened: Result<Box<dyn Store>, StoreError>) -> (PathBuf, String) {
    match opened.err() {
        Some(StoreError::Foreign { path, what }) => (path, what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn second_opener_is_told_who_holds_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let first = kept(&dir);
    match store::open(dir.path()).err() {
        Some(StoreError::Locked { path }) => assert_eq!(path, dir.path()),
        other => panic!("{other:?}"),
    }
    assert_eq!(store::holder(dir.path()), Some(std::process::id()));
    drop(first);
    assert!(store::open(dir.path()).is_ok());
}

#[test]
fn directory_of_something_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    let (path, what) = foreign(store::open(dir.path()));
    assert_eq!(path, dir.path());
    assert!(what.contains("notes.txt"), "{what}");
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn bare_sled_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("conf"), "segment_size: 524288\n").unwrap();
    std::fs::write(dir.path().join("db"), [0; 64]).unwrap();
    assert_eq!(foreign(store::open(dir.path())).0, dir.path());
}

#[test]
fn file_instead_of_a_directory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("store");
    std::fs::write(&file, "").unwrap();
    assert_eq!(foreign(store::open(&file)).0, file);
}

#[test]
fn newer_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(kept(&dir));
    let marker = dir.path().join("FORMAT");
    std::fs::write(&marker, "tunnelctl store 2\n").unwrap();
    assert_eq!(foreign(store::open(dir.path())).0, marker);
}

#[test]
fn lost_log_is_refused_instead_of_starting_empty() {
    let dir = tempfile::tempdir().unwrap();
    drop(kept(&dir));
    let log = dir.path().join("db");
    std::fs::File::options().write(true).open(&log).unwrap().set_len(0).unwrap();
    assert_eq!(foreign(store::open(dir.path())).0, log);
    std::fs::remove_file(&log).unwrap();
    assert_eq!(foreign(store::open(dir.path())).0, log);
}

#[test]
fn overwritten_log_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(kept(&dir));
    let log = dir.path().join("db");
    let len = usize::try_from(std::fs::metadata(&log).unwrap().len()).unwrap();
    std::fs::write(&log, vec![0; len]).unwrap();
    let (path, _) = foreign(store::open(dir.path()));
    assert!(path.starts_with(dir.path()), "{path:?}");
}

#[test]
fn half_written_snapshot_does_not_stop_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    drop(kept(&dir));
    std::fs::write(dir.path().join("snap.FFFFFFFFFFFFFFF0.generating"), "half").unwrap();
    let store = store::open(dir.path()).unwrap();
    assert_eq!(store.get(Tree::Nodes, b"n").unwrap().as_deref(), Some(&b"1"[..]));
}

#[test]
fn interrupted_creation_starts_over() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("FORMAT"), "tunnelctl store 1 creating\n").unwrap();
    std::fs::write(dir.path().join("conf"), "segment_size: 52").unwrap();
    std::fs::write(dir.path().join("db"), "half").unwrap();
    let store = kept(&dir);
    assert_eq!(store.revision(), 1);
}

#[test]
fn urgent_batches_use_the_disk_reserve() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { reserve: store::Bytes(u64::MAX), ..Options::AGENT };
    let mut store = store::open_with(dir.path(), options).unwrap();
    let ordinary = suite::puts(Tree::Nodes, &[(b"n", b"1")]);
    let revocation = Batch { urgent: true, ..suite::puts(Tree::Certs, &[(b"c", b"revoked")]) };
    let results = store.commit(&[ordinary, revocation], Durability::Durable).unwrap();
    assert!(matches!(results.as_slice(), [Err(StoreError::Full), Ok(1)]), "{results:?}");
    assert_eq!(store.get(Tree::Nodes, b"n").unwrap(), None);
}

#[test]
fn largest_records_stay_out_of_the_blob_directory() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = store::open(dir.path()).unwrap();
    let value = vec![1; store::MAX_RECORD];
    for round in 0u8..20 {
        let put = |n: u8| Write::Put(Tree::Nodes, vec![n; store::MAX_KEY], value.clone());
        let writes = (0u8..32).map(|n| put(n.wrapping_mul(7).wrapping_add(round))).collect();
        let batch = Batch { writes, ..Batch::default() };
        store.commit(&[batch], Durability::Durable).unwrap().remove(0).unwrap();
    }
    drop(store);
    assert_eq!(std::fs::read_dir(dir.path().join("blobs")).unwrap().count(), 0);
}

#[test]
fn export_rebuilds_any_store() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = store::open(dir.path()).unwrap();
    let batch = |n: u16| suite::puts(Tree::Audit, &[(&n.to_be_bytes(), b"entry")]);
    let batches: Vec<Batch> = (0..700).map(batch).collect();
    store.commit(&batches, Durability::Durable).unwrap();
    let mut file = Vec::new();
    let summary = store::export(store.as_ref(), &mut file).unwrap();
    assert_eq!(summary.records, 700);
    assert_eq!(store::verify(&mut file.as_slice()).unwrap(), summary);
    let mut rebuilt = store::memory();
    assert_eq!(store::import(rebuilt.as_mut(), &mut file.as_slice()).unwrap(), summary);
    assert_eq!(dump(rebuilt.as_ref()).unwrap(), dump(store.as_ref()).unwrap());
    let again = store::import(rebuilt.as_mut(), &mut file.as_slice());
    assert!(matches!(again, Err(store::ExportError::NotEmpty)), "{again:?}");
}

#[test]
fn damaged_export_is_recognised() {
    let mut store = store::memory();
    store.commit(&[suite::puts(Tree::Nodes, &[(b"n", b"1")])], Durability::Durable).unwrap();
    let mut file = Vec::new();
    store::export(store.as_ref(), &mut file).unwrap();
    for at in 0..file.len() {
        let mut flipped = file.clone();
        flipped[at] ^= 1;
        assert!(store::verify(&mut flipped.as_slice()).is_err(), "flipped byte {at}");
        assert!(store::verify(&mut &file[..at]).is_err(), "cut at {at}");
    }
}
