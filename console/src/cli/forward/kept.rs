//! `forward -f`: every entry of a file is kept up by a task of its own, so that one that fails never
//! disturbs another. The file is read again when it changes; a wrong one changes nothing.

mod entry;

use super::event::Teller;
use super::file::{self, Entry};
use super::serve::{CLOSED, GOODBYE, desk, signals};
use crate::cli::Run;
use crate::cli::runtime::Ending;
use crate::ctx::{Link, paths};
use crate::exit::{Exit, Result};
use crate::forwards::{Board, OwnerKind, Shown};
use entry::Connections;
use link::forward::{Event, Place};
use link::meter::Traffic;
use link::{Clock, Shutdown, System};
use serde_json::json;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use wire::{ForwardId, Name, SafeText};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// News of entries that wait to be told.
const NEWS: usize = 1024;
/// How long the end of an entry is waited for before another takes its place.
const ENTRY_END: Duration = Duration::from_secs(3);

/// What a task of an entry tells.
enum Told {
    Bound {
        id: ForwardId,
        shown: Shown,
        address: Place,
        traffic: Arc<Traffic>,
    },
    Failed {
        id: ForwardId,
        shown: Shown,
        why: String,
        again: Duration,
    },
    Event(ForwardId, Event),
    /// The check passed, or failed for this reason.
    Checked(ForwardId, Option<String>),
    Ended(ForwardId),
}

/// One entry that is kept up.
struct Kept {
    entry: Entry,
    id: ForwardId,
    stop: Shutdown,
    /// Where it listens, if it does; `None` until it was tried once.
    tried: Option<Option<Place>>,
}

/// All of them, with what surrounds them.
struct Keeper<'a> {
    path: PathBuf,
    ready_file: Option<PathBuf>,
    board: Board,
    teller: Teller<'a>,
    connections: Arc<Connections>,
    tasks: Shutdown,
    to: mpsc::Sender<Told>,
    kept: BTreeMap<Name, Kept>,
    /// What the file was when it was read last.
    seen: Option<Stamp>,
}

/// What changes when a file does.
type Stamp = (i64, i64, u64, u64);

/// Keeps the entries of the file up until a signal ends it.
///
/// # Errors
/// The reader of its output has gone, or others can't be told about it.
pub(super) async fn keep(
    run: &Run,
    link: Link,
    (path, entries): (PathBuf, Vec<Entry>),
    (ready_file, owner): (Option<PathBuf>, OwnerKind),
) -> Result {
    let mut ending = signals(owner)?;
    let board = Board::new(owner);
    let (to, mut told) = mpsc::channel(NEWS);
    let tasks = link.shutdown.clone();
    let mut keeper = Keeper {
        seen: stamp(&path),
        path,
        ready_file,
        teller: Teller::new(run, board.clone(), false),
        connections: Arc::new(Connections::new(link)),
        board,
        tasks: tasks.clone(),
        to,
        kept: BTreeMap::new(),
    };
    let exit = follow(&mut keeper, entries, &mut ending, &mut told).await;
    if let Some(file) = &keeper.ready_file {
        // Not there yet, if nothing was tried to its end.
        let _ = std::fs::remove_file(file);
    }
    // Also after a failure: what was bound goes, and a socket's file with it.
    tasks.finish(GOODBYE).await;
    exit
}

/// Begins the entries, and follows them and the file until a signal.
async fn follow(
    keeper: &mut Keeper<'_>,
    entries: Vec<Entry>,
    ending: &mut Ending,
    told: &mut mpsc::Receiver<Told>,
) -> Result {
    keeper.take(entries).await?;
    let mut place = None;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if place.is_none() && keeper.is_settled() {
            place = Some(desk(&keeper.board, &keeper.tasks)?);
        }
        tokio::select! {
            biased;
            signal = ending.next() => return Ok(Exit::Signal(signal)),
            Some(news) = told.recv() => if !keeper.told(news)? { return Ok(Exit::Ok) },
            _ = look.tick() => keeper.look().await?,
        }
    }
}

impl Keeper<'_> {
    /// Reads the file again if it changed.
    async fn look(&mut self) -> Result<()> {
        let now = stamp(&self.path);
        if now == self.seen {
            return Ok(());
        }
        self.seen = now;
        match file::read(&self.path) {
            Ok(entries) => {
                let before = self.kept.len();
                let changed = self.take(entries).await?;
                let count = self.kept.len();
                let what = format!("{}: read again, {count} forwards", self.path.display());
                let event = json!({
                    "event": "reloaded", "forwards": count, "before": before,
                    "changed": changed, "at": System.wall(),
                });
                self.teller.file(&what, &event)
            }
            Err(failure) => {
                let what = format!("not taken, what ran goes on: {}", failure.message);
                let event = json!({
                    "event": "reload_failed", "message": SafeText::clean(&failure.message),
                    "at": System.wall(),
                });
                self.teller.file(&what, &event)
            }
        }
    }

    /// Ends what is no longer wanted, begins what is new, leaves alone what is the same; says how many
    /// were begun or ended.
    async fn take(&mut self, entries: Vec<Entry>) -> Result<usize> {
        let wanted: BTreeMap<Name, Entry> =
            entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
        let over: Vec<Name> = self
            .kept
            .iter()
            .filter(|(name, kept)| wanted.get(*name) != Some(&kept.entry))
            .map(|(name, _)| name.clone())
            .collect();
        let mut changed = over.len();
        let ended: Vec<Kept> = over.iter().filter_map(|name| self.kept.remove(name)).collect();
        ended.iter().for_each(|kept| kept.stop.cancel());
        for kept in ended {
            kept.stop.finish(ENTRY_END).await;
            self.teller.closed(kept.id, "the file")?;
            self.board.remove(kept.id);
        }
        for (name, entry) in wanted {
            if !self.kept.contains_key(&name) {
                changed += 1;
                self.begin(name, entry);
            }
        }
        self.write_ready()?;
        Ok(changed)
    }

    fn begin(&mut self, name: Name, entry: Entry) {
        let (id, stop) = (ForwardId::from_random(crate::exit::random()), self.tasks.child());
        self.board.add(id, &entry::unopened(&entry), stop.clone());
        let (connections, to) = (Arc::clone(&self.connections), self.to.clone());
        let (own, part) = (entry.clone(), stop.clone());
        stop.spawn("kept forward", async move {
            entry::keep_up(own, id, &connections, &to, &part).await;
            // Whoever ended the program does not listen any more.
            let _ = to.send(Told::Ended(id)).await;
        });
        self.kept.insert(name, Kept { entry, id, stop, tried: None });
    }

    /// Takes in what an entry tells; whether there is anything left to keep up.
    fn told(&mut self, told: Told) -> Result<bool> {
        match told {
            Told::Bound { id, shown, address, traffic } => {
                let Some(kept) = self.of(id) else { return Ok(true) };
                let at = address.to_string();
                kept.tried = Some(Some(address));
                self.board.bound(id, &at, &shown, traffic);
                self.teller.listening(id, &at, &shown)?;
                self.write_ready()?;
            }
            Told::Failed { id, shown, why, again } => {
                let Some(kept) = self.of(id) else { return Ok(true) };
                kept.tried = Some(None);
                self.board.failed(id, &why);
                self.teller.failed(id, &shown, &why, again)?;
                self.write_ready()?;
            }
            Told::Event(id, event) => {
                self.board.apply(id, &event);
                self.teller.event(id, &event)?;
            }
            Told::Checked(id, failed) => {
                self.board.checked(id, failed.as_deref());
                self.teller.checked(id, failed.as_deref())?;
            }
            Told::Ended(id) => return self.ended(id),
        }
        Ok(true)
    }

    /// Somebody closed an entry: it stays closed until the file says something else about it.
    fn ended(&mut self, id: ForwardId) -> Result<bool> {
        let Some(kept) = self.of(id) else { return Ok(true) };
        kept.tried = Some(None);
        self.teller.closed(id, CLOSED)?;
        self.board.remove(id);
        self.write_ready()?;
        Ok(!self.board.rows().is_empty())
    }

    fn of(&mut self, id: ForwardId) -> Option<&mut Kept> {
        self.kept.values_mut().find(|kept| kept.id == id)
    }

    /// Whether every entry was tried.
    fn is_settled(&self) -> bool {
        self.kept.values().all(|kept| kept.tried.is_some())
    }

    /// Once every entry was tried, the addresses of those that listen.
    fn write_ready(&self) -> Result<()> {
        let Some(file) = &self.ready_file else { return Ok(()) };
        if !self.is_settled() {
            return Ok(());
        }
        let addresses = self.kept.values().filter_map(|kept| kept.tried.as_ref()?.as_ref());
        let text: String = addresses.map(|address| format!("{address}\n")).collect();
        paths::write_atomic(file, &text)
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.mtime(), found.mtime_nsec(), found.len(), found.ino()))
}
