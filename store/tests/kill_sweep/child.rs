//! The processes under test: one that works, one that judges what is left.
//!
//! They talk by `writev` on standard output, a call the sweep never touches.

use std::fs::File;
use std::io::{IoSlice, Write as _};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use store::thread::StoreThread;
use store::{Batch, Bytes, Condition, Durability, Options, Store, StoreError, Tree, Write};

/// Which part this process plays.
pub(crate) const ROLE: &str = "STORE_SWEEP_ROLE";
/// The store directory.
pub(crate) const DIR: &str = "STORE_SWEEP_DIR";

/// The store did not open.
pub(crate) const EXIT_NOT_OPENED: u8 = 2;
/// A commit or the closing failed.
pub(crate) const EXIT_FAILED: u8 = 3;
/// What is on disk is not what some number of whole batches would have left.
pub(crate) const EXIT_TORN: u8 = 4;

const SLOTS: u64 = 40;
/// Its own fsyncs come often, so that a short run has some; the volume's free space is not the subject.
const OPTIONS: Options =
    Options { flush_every: Duration::from_millis(20), reserve: Bytes(0), ..Options::SERVER };

pub(crate) fn run(role: &str) -> ExitCode {
    let dir = PathBuf::from(std::env::var_os(DIR).expect("a directory"));
    let mut told = Told(std::io::stdout().as_fd().try_clone_to_owned().unwrap().into());
    let outcome = match role {
        "grow" => session(&dir, &mut told, 40, 360),
        "work" => session(&dir, &mut told, 12, 20).and_then(|()| session(&dir, &mut told, 3, 0)),
        "endless" => session(&dir, &mut told, 0, 1_000_000),
        "judge" => judge(&dir, &mut told),
        other => panic!("no role {other}"),
    };
    ExitCode::from(outcome.err().unwrap_or(0))
}

struct Told(File);

impl Told {
    fn say(&mut self, line: &str) {
        let _ = self.0.write_vectored(&[IoSlice::new(line.as_bytes()), IoSlice::new(b"\n")]);
    }
}

/// Opens, commits `alone` batches one by one and `together` in one go, and closes.
fn session(dir: &std::path::Path, told: &mut Told, alone: u64, together: u64) -> Result<(), u8> {
    let store = opened(dir, told)?;
    let mut next = last(store.as_ref()).unwrap() + 1;
    told.say(&format!("open {}", next - 1));
    let thread = StoreThread::spawn(store);
    let mut failed = false;
    for _ in 0..alone {
        let answer = commit(&thread, next, Durability::Durable);
        failed |= hear(told, next, &answer);
        next += 1;
    }
    // Never more than what the queue takes.
    for chunk in chunks(next, next + together) {
        let answers: Vec<_> = chunk
            .map(|number| {
                let lazy = number.is_multiple_of(5);
                let durability = if lazy { Durability::Lazy } else { Durability::Durable };
                (number, durability, commit(&thread, number, durability))
            })
            .collect();
        for (number, durability, answer) in answers {
            match durability {
                Durability::Durable => failed |= hear(told, number, &answer),
                Durability::Lazy => drop(answer.recv().unwrap()),
            }
        }
    }
    // Time for sled's own thread to do its rounds.
    std::thread::park_timeout(Duration::from_millis(60));
    failed |= thread.close().is_err();
    if failed { Err(EXIT_FAILED) } else { Ok(()) }
}

fn chunks(from: u64, to: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
    let step = 512;
    (from..to).step_by(512).map(move |start| start..to.min(start + step))
}

type Answer = Receiver<Result<u64, StoreError>>;

fn commit(thread: &StoreThread, number: u64, durability: Durability) -> Answer {
    let (send, answer) = channel();
    thread.commit(batch(number), durability, Box::new(move |result| drop(send.send(result))));
    answer
}

/// Passes the answer on; true if it was a refusal.
fn hear(told: &mut Told, number: u64, answer: &Answer) -> bool {
    match answer.recv().unwrap() {
        Ok(_) => told.say(&format!("ack {number}")),
        Err(error) => {
            told.say(&format!("nak {number} {error}"));
            return true;
        }
    }
    false
}

fn opened(dir: &std::path::Path, told: &mut Told) -> Result<Box<dyn Store>, u8> {
    store::open_with(dir, OPTIONS).map_err(|error| {
        told.say(&format!("not opened: {error}"));
        EXIT_NOT_OPENED
    })
}

/// Batch `number`: only applies after batch `number - 1`, and touches three trees.
fn batch(number: u64) -> Batch {
    let last = b"last".to_vec();
    let condition = match number {
        1 => Condition::Absent(Tree::Meta, last.clone()),
        _ => Condition::Equals(Tree::Meta, last.clone(), (number - 1).to_be_bytes().to_vec()),
    };
    let value = number.to_be_bytes().to_vec();
    let writes = vec![
        Write::Put(Tree::Meta, last, value.clone()),
        Write::Put(Tree::Nodes, slot(number), value.clone()),
        Write::Put(Tree::Certs, slot(number), record(number)),
        Write::Put(Tree::Audit, value, vec![7; 16]),
    ];
    Batch { conditions: vec![condition], writes, urgent: false }
}

fn slot(number: u64) -> Vec<u8> {
    (number % SLOTS).to_be_bytes().to_vec()
}

/// Every third one is as large as a record may be.
fn record(number: u64) -> Vec<u8> {
    let length = if number.is_multiple_of(3) { store::MAX_RECORD } else { 64 };
    let mut record = number.to_be_bytes().to_vec();
    record.resize(length, number.to_le_bytes()[0]);
    record
}

fn last(store: &dyn Store) -> Result<u64, StoreError> {
    let value = store.get(Tree::Meta, b"last")?;
    Ok(value.map_or(0, |value| u64::from_be_bytes(value.try_into().unwrap())))
}

/// Opens without help, checks that exactly the batches 1..=last are there, and commits one more.
fn judge(dir: &std::path::Path, told: &mut Told) -> Result<(), u8> {
    let store = opened(dir, told)?;
    let last = last(store.as_ref()).unwrap();
    if let Err(what) = whole(store.as_ref(), last) {
        told.say(&format!("torn: {what}"));
        return Err(EXIT_TORN);
    }
    told.say(&format!("state {last}"));
    let thread = StoreThread::spawn(store);
    let answer = commit(&thread, last + 1, Durability::Durable);
    let failed = hear(told, last + 1, &answer) | thread.close().is_err();
    if failed { Err(EXIT_FAILED) } else { Ok(()) }
}

fn whole(store: &dyn Store, last: u64) -> Result<(), String> {
    if store.revision() != last {
        return Err(format!("revision {} beside batch {last}", store.revision()));
    }
    let audit = store.range(Tree::Audit, &[], &[], usize::MAX).unwrap();
    let expected = (1..=last).map(|number| number.to_be_bytes().to_vec());
    if !audit.iter().map(|(key, _)| key.clone()).eq(expected) {
        return Err(format!("{} audit records after batch {last}", audit.len()));
    }
    for slot_number in 0..SLOTS {
        let newest = (1..=last).rev().take(usize::try_from(SLOTS).unwrap());
        let newest = newest.into_iter().find(|number| number % SLOTS == slot_number);
        let key = slot(slot_number);
        let node = store.get(Tree::Nodes, &key).unwrap();
        let cert = store.get(Tree::Certs, &key).unwrap();
        if node != newest.map(|number| number.to_be_bytes().to_vec()) {
            return Err(format!("node slot {slot_number} after batch {last}: {node:?}"));
        }
        if cert != newest.map(record) {
            return Err(format!("certificate slot {slot_number} after batch {last}"));
        }
    }
    Ok(())
}
