//! The store thread: grouping, ordering, refusals, failure and closing.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use store::suite::puts;
use store::thread::{MAX_WAITING_COMMITS, StoreThread, URGENT_PLACES};
use store::{Batch, Condition, Durability, Pair, Store, StoreError, Tree};

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn replies_come_in_order_with_revisions() {
    let thread = StoreThread::spawn(store::memory());
    let replies: Vec<_> = (0..50).map(|n| commit(&thread, node(n), Durability::Durable)).collect();
    for (reply, revision) in replies.into_iter().zip(1..) {
        assert_eq!(wait(&reply).unwrap(), revision);
    }
    assert_eq!(thread.revision(), 50);
    thread.close().unwrap();
}

#[test]
fn acknowledged_durable_commit_survives_a_crash_and_closing_keeps_the_rest() {
    let (store, faults) = store::faulty();
    let thread = StoreThread::spawn(store);
    wait(&commit(&thread, node(1), Durability::Durable)).unwrap();
    assert!(faults.reopen().get(Tree::Nodes, b"1").unwrap().is_some());
    commit(&thread, node(2), Durability::Lazy);
    thread.close().unwrap();
    assert!(faults.reopen().get(Tree::Nodes, b"2").unwrap().is_some());
}

#[test]
fn lazy_commit_becomes_durable_without_further_commits() {
    let (synced, syncs) = channel();
    let thread = StoreThread::spawn(Box::new(Watched { inner: store::memory(), synced }));
    wait(&commit(&thread, node(1), Durability::Lazy)).unwrap();
    syncs.recv_timeout(PATIENCE).expect("a sync nobody asked for");
}

#[test]
fn what_queues_behind_a_sync_is_one_group() {
    let (entered, enters) = channel();
    let (open, gate) = channel();
    let gated = Gated { inner: store::memory(), entered, gate };
    let thread = StoreThread::spawn(Box::new(gated));
    let first = commit(&thread, node(0), Durability::Durable);
    assert_eq!(enters.recv_timeout(PATIENCE).unwrap(), 1);
    let rest: Vec<_> = (1..=40).map(|n| commit(&thread, node(n), Durability::Durable)).collect();
    open.send(()).unwrap();
    assert_eq!(enters.recv_timeout(PATIENCE).unwrap(), 40);
    open.send(()).unwrap();
    wait(&first).unwrap();
    rest.iter().for_each(|reply| assert!(wait(reply).is_ok()));
}

#[test]
fn full_queue_is_answered_at_once_and_keeps_places_for_urgent_batches() {
    let (entered, enters) = channel();
    let (open, gate) = channel();
    let gated = Gated { inner: store::memory(), entered, gate };
    let thread = StoreThread::spawn(Box::new(gated));
    let first = commit(&thread, node(0), Durability::Durable);
    enters.recv_timeout(PATIENCE).unwrap();
    let queued: Vec<_> =
        (0..MAX_WAITING_COMMITS).map(|n| commit(&thread, node(n), Durability::Lazy)).collect();
    let refused = commit(&thread, node(1), Durability::Durable);
    assert!(matches!(refused.try_recv(), Ok(Err(StoreError::Busy))));
    let urgent = |n| Batch { urgent: true, ..node(n) };
    let revocations: Vec<_> =
        (0..URGENT_PLACES).map(|n| commit(&thread, urgent(n), Durability::Durable)).collect();
    let refused = commit(&thread, urgent(0), Durability::Durable);
    assert!(matches!(refused.try_recv(), Ok(Err(StoreError::Busy))));
    drop(open);
    for reply in queued.iter().chain(&revocations).chain([&first]) {
        assert!(wait(reply).is_ok());
    }
}

#[test]
fn reads_do_not_wait_for_queued_commits() {
    let (entered, enters) = channel();
    let (open, gate) = channel();
    let gated = Gated { inner: store::memory(), entered, gate };
    let thread = StoreThread::spawn(Box::new(gated));
    commit(&thread, node(1), Durability::Durable);
    enters.recv_timeout(PATIENCE).unwrap();
    commit(&thread, node(2), Durability::Durable);
    let (told, tells) = channel();
    let reply =
        Box::new(move |value: Result<Vec<Pair>, _>| told.send(value.unwrap().len()).unwrap());
    thread.range(Tree::Nodes, vec![], vec![], 10, reply);
    open.send(()).unwrap();
    assert_eq!(
        tells.recv_timeout(PATIENCE).unwrap(),
        1,
        "after the first commit, before the second"
    );
    drop(open);
}

#[test]
fn nothing_is_acknowledged_after_a_failed_sync() {
    let (store, faults) = store::faulty();
    let thread = StoreThread::spawn(store);
    faults.fail_sync();
    for n in 0..3 {
        let answer = wait(&commit(&thread, node(n), Durability::Durable));
        assert!(matches!(answer, Err(StoreError::Broken(_))), "{answer:?}");
    }
    assert!(matches!(thread.close(), Err(StoreError::Broken(_))));
    assert_eq!(faults.reopen().revision(), 0);
}

#[test]
fn failed_commit_answers_its_whole_group() {
    let (store, faults) = store::faulty();
    faults.fail_commit(2);
    let thread = StoreThread::spawn(store);
    wait(&commit(&thread, node(1), Durability::Durable)).unwrap();
    let replies: Vec<_> = (2..9).map(|n| commit(&thread, node(n), Durability::Durable)).collect();
    replies.iter().for_each(|reply| assert!(wait(reply).is_err()));
    assert_eq!(faults.reopen().revision(), 1);
}

#[test]
fn panic_in_the_store_is_an_answer() {
    let (store, faults) = store::faulty();
    let thread = StoreThread::spawn(store);
    faults.panic();
    let answer = wait(&commit(&thread, node(1), Durability::Durable));
    assert!(
        matches!(&answer, Err(StoreError::Broken(why)) if why.contains("on cue")),
        "{answer:?}"
    );
    let (told, tells) = channel();
    thread.get(Tree::Nodes, b"1".to_vec(), Box::new(move |value| told.send(value).unwrap()));
    assert!(matches!(tells.recv_timeout(PATIENCE).unwrap(), Err(StoreError::Broken(_))));
}

#[test]
fn refusals_on_cue_reach_their_batch_only() {
    let (store, faults) = store::faulty();
    let thread = StoreThread::spawn(store);
    faults.conflict(2);
    faults.full(3);
    let replies: Vec<_> = (1..=4).map(|n| commit(&thread, node(n), Durability::Durable)).collect();
    let answers: Vec<_> = replies.iter().map(wait).collect();
    assert!(
        matches!(
            answers.as_slice(),
            [Ok(1), Err(StoreError::Conflict), Err(StoreError::Full), Ok(2)]
        ),
        "{answers:?}"
    );
}

#[test]
fn panicking_reply_does_not_take_the_store_with_it() {
    let thread = StoreThread::spawn(store::memory());
    thread.commit(node(1), Durability::Durable, Box::new(|_| panic!("a reply panics on purpose")));
    assert_eq!(wait(&commit(&thread, node(2), Durability::Durable)).unwrap(), 2);
    thread.close().unwrap();
}

#[test]
fn closed_store_says_so() {
    let thread = StoreThread::spawn(store::memory());
    let other = thread.clone();
    thread.close().unwrap();
    assert!(matches!(wait(&commit(&other, node(1), Durability::Durable)), Err(StoreError::Closed)));
    other.close().unwrap();
}

#[test]
fn last_handle_may_be_dropped_by_a_reply() {
    let thread = StoreThread::spawn(store::memory());
    let (told, tells) = channel();
    let handle = thread.clone();
    let reply = Box::new(move |_| {
        drop(handle);
        told.send(()).unwrap();
    });
    thread.commit(node(1), Durability::Durable, reply);
    drop(thread);
    tells.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn two_claims_of_one_token_have_one_winner() {
    let dir = tempfile::tempdir().unwrap();
    let thread = StoreThread::spawn(store::open(dir.path()).unwrap());
    let claim = |by: usize| Batch {
        conditions: vec![Condition::Absent(Tree::Tokens, b"t".to_vec())],
        ..puts(Tree::Tokens, &[(b"t", by.to_string().as_bytes())])
    };
    let replies: Vec<_> = (0..20).map(|n| commit(&thread, claim(n), Durability::Durable)).collect();
    let won = replies.iter().filter(|reply| wait(reply).is_ok()).count();
    assert_eq!(won, 1);
    thread.close().unwrap();
    let store = store::open(dir.path()).unwrap();
    assert_eq!(store.get(Tree::Tokens, b"t").unwrap().as_deref(), Some(&b"0"[..]));
}

fn node(n: usize) -> Batch {
    puts(Tree::Nodes, &[(n.to_string().as_bytes(), b"here")])
}

fn commit(thread: &StoreThread, batch: Batch, durability: Durability) -> Answer {
    let (told, tells) = channel();
    thread.commit(batch, durability, Box::new(move |result| drop(told.send(result))));
    tells
}

type Answer = Receiver<Result<u64, StoreError>>;

fn wait(answer: &Answer) -> Result<u64, StoreError> {
    answer.recv_timeout(PATIENCE).expect("an answer")
}

/// Tells of every sync.
struct Watched {
    inner: Box<dyn Store>,
    synced: Sender<()>,
}

impl Store for Watched {
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(tree, key)
    }
    fn range(&self, t: Tree, p: &[u8], f: &[u8], limit: usize) -> Result<Vec<Pair>, StoreError> {
        self.inner.range(t, p, f, limit)
    }
    fn commit(
        &mut self,
        batches: &[Batch],
        durability: Durability,
    ) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
        self.inner.commit(batches, durability)
    }
    fn revision(&self) -> u64 {
        self.inner.revision()
    }
    fn sync(&mut self) -> Result<(), StoreError> {
        let _ = self.synced.send(());
        self.inner.sync()
    }
}

/// Tells how many batches a commit brought, and waits for leave; without a gatekeeper it does not wait.
struct Gated {
    inner: Box<dyn Store>,
    entered: Sender<usize>,
    gate: Receiver<()>,
}

impl Store for Gated {
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(tree, key)
    }
    fn range(&self, t: Tree, p: &[u8], f: &[u8], limit: usize) -> Result<Vec<Pair>, StoreError> {
        self.inner.range(t, p, f, limit)
    }
    fn commit(
        &mut self,
        batches: &[Batch],
        durability: Durability,
    ) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
        let _ = self.entered.send(batches.len());
        let _ = self.gate.recv();
        self.inner.commit(batches, durability)
    }
    fn revision(&self) -> u64 {
        self.inner.revision()
    }
    fn sync(&mut self) -> Result<(), StoreError> {
        self.inner.sync()
    }
}
