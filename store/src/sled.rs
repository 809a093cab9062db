//! The store over sled 0.34.7: one physical tree, one writer, an fdatasync before anything is acknowledged.
//!
//! sled makes atomic only what is in one tree's batch, so every logical tree is a one-byte key prefix
//! in sled's default tree and a whole group commit is a single sled batch. `docs/adr/0002` says why.

mod flush;
mod group;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use self::group::Group;
use crate::directory::{Age, Directory, foreign};
use crate::{Batch, Durability, Pair, Store, StoreError, Tree};

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// Free space below which only urgent batches are taken.
const RESERVE: Bytes = Bytes(64 * 1024 * 1024);
/// Free space below which nothing is taken: sled poisons itself for good at the first ENOSPC, and
/// refusing in time keeps reads and recovery without a restart. Eight of its segments.
const FLOOR: Bytes = Bytes(4 * 1024 * 1024);
/// Larger groups are written as several sled batches, so that one spans at most a few segments.
const GROUP: Bytes = Bytes(256 * 1024);
/// How long a closed store of this same process may keep sled's own lock while its threads end.
const ENGINE_LOCK_WAIT: Duration = Duration::from_secs(5);

/// First byte of the wrapper's own keys; no [`Tree`] has this tag.
const OWN: u8 = 0xff;
const MAGIC_KEY: &[u8] = &[OWN, b'm'];
const MAGIC: &[u8] = b"tunnelctl store 1";
const REVISION_KEY: &[u8] = &[OWN, b'r'];

/// How the engine is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// sled's page cache; it may use a multiple of it.
    pub cache: Bytes,
    /// How often sled's own thread wakes: it frees segments and makes one fsync each time, idle or not.
    pub flush_every: Duration,
    /// Free space below which only urgent batches are taken.
    pub reserve: Bytes,
}

impl Options {
    /// A server: a 32 MiB cache, full of the trail before 80,000 tunnels, segments freed twice a second.
    pub const SERVER: Options = Options {
        cache: Bytes(32 * 1024 * 1024),
        flush_every: Duration::from_millis(500),
        reserve: RESERVE,
    };
    /// An agent: a small cache, and an idle device is left in peace for half a minute at a time.
    pub const AGENT: Options = Options {
        cache: Bytes(8 * 1024 * 1024),
        flush_every: Duration::from_secs(30),
        reserve: RESERVE,
    };
}

/// Opens (or creates) the sled store in `dir`, which belongs to the store alone.
///
/// # Errors
/// [`StoreError::Locked`], [`StoreError::Foreign`] and [`StoreError::Io`].
pub fn open(dir: &Path) -> Result<Box<dyn Store>, StoreError> {
    open_with(dir, Options::SERVER)
}

/// As [`open`], with other [`Options`].
///
/// # Errors
/// As [`open`].
pub fn open_with(dir: &Path, options: Options) -> Result<Box<dyn Store>, StoreError> {
    let path = dir.to_owned();
    // sled reports some damage by panicking, and recovery recurses: both stay on this thread.
    let opened = std::thread::Builder::new()
        .name("store-open".to_owned())
        .spawn(move || catch_unwind(|| Sled::open(&path, options)))?
        .join();
    match opened {
        Ok(Ok(store)) => store.map(|store| Box::new(store) as Box<dyn Store>),
        Ok(Err(panic)) | Err(panic) => {
            let what = format!("the engine stopped reading it: {}", panic_text(panic.as_ref()));
            Err(foreign(dir, &what))
        }
    }
}

/// What a caught panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// The open store. Fields are dropped in order: the engine ends before the directory is released.
struct Sled {
    engine: Option<sled::Db>,
    /// Our own descriptor of the log: fsync acts on the file, and the kernel reports a failed
    /// write-back to every descriptor once, so sled's swallowed error still reaches us.
    log: File,
    revision: u64,
    unsynced: bool,
    broken: Option<String>,
    reserve: Bytes,
    directory: Directory,
}

impl Store for Sled {
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        read(self.engine()?, &physical(tree, key))
    }

    fn range(
        &self,
        tree: Tree,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        let engine = self.engine()?;
        let within = physical(tree, prefix);
        let start = physical(tree, from.max(prefix));
        contained(|| {
            let mut pairs = Vec::new();
            for pair in engine.range(start..).take(limit) {
                let (key, value) = pair?;
                if !key.starts_with(&within) {
                    break;
                }
                pairs.push((key[1..].to_vec(), value.to_vec()));
            }
            Ok(pairs)
        })
    }

    fn commit(
        &mut self,
        batches: &[Batch],
        durability: Durability,
    ) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
        self.engine()?;
        let result = self.apply(batches, durability);
        self.stick(result)
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.engine()?;
        let result = self.flush();
        self.stick(result)
    }
}

impl Sled {
    fn open(dir: &Path, options: Options) -> Result<Self, StoreError> {
        let directory = Directory::claim(dir)?;
        let engine = open_engine(&directory, options)?;
        let log = File::open(directory.log_path())?;
        let mut store = Self {
            engine: Some(engine),
            log,
            revision: 0,
            unsynced: false,
            broken: None,
            reserve: options.reserve,
            directory,
        };
        match store.directory.age() {
            Age::New => store.initialise()?,
            Age::Ready => store.recognise()?,
        }
        Ok(store)
    }

    fn initialise(&mut self) -> Result<(), StoreError> {
        let mut first = sled::Batch::default();
        first.insert(MAGIC_KEY, MAGIC);
        first.insert(REVISION_KEY, &0u64.to_be_bytes());
        let engine = self.engine()?;
        contained(|| engine.apply_batch(first))?;
        self.unsynced = true;
        self.flush()?;
        self.directory.declare_ready()
    }

    fn recognise(&mut self) -> Result<(), StoreError> {
        let log = self.directory.log_path();
        let engine = self.engine()?;
        if read(engine, MAGIC_KEY)?.as_deref() != Some(MAGIC) {
            return Err(foreign(&log, "the log does not begin with our records; restore a backup"));
        }
        let revision = read(engine, REVISION_KEY)?.unwrap_or_default();
        let Ok(revision) = <[u8; 8]>::try_from(revision.as_slice()) else {
            return Err(foreign(&log, "the revision is unreadable; restore a backup"));
        };
        self.revision = u64::from_be_bytes(revision);
        Ok(())
    }

    fn engine(&self) -> Result<&sled::Db, StoreError> {
        match (&self.broken, &self.engine) {
            (None, Some(engine)) => Ok(engine),
            (Some(why), _) => Err(StoreError::Broken(why.clone())),
            (None, None) => Err(StoreError::Closed),
        }
    }

    /// An error after the store was open is final: what the kernel dropped once it will not report again.
    fn stick<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.map_err(|error| {
            let why = match error {
                StoreError::Broken(why) => why,
                other => other.to_string(),
            };
            tracing::error!(why, "the store failed and takes nothing more until it is reopened");
            self.broken = Some(why.clone());
            StoreError::Broken(why)
        })
    }

    fn apply(
        &mut self,
        batches: &[Batch],
        durability: Durability,
    ) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
        let room = self.room()?;
        let mut group = Group::after(self.revision);
        let mut results = Vec::with_capacity(batches.len());
        for batch in batches {
            let outcome = match admit(batch, room) {
                Ok(()) => group.add(batch, self.engine()?)?,
                Err(refusal) => Err(refusal),
            };
            results.push(outcome);
            if group.size >= GROUP {
                self.write(&mut group)?;
            }
        }
        self.write(&mut group)?;
        if durability == Durability::Durable && results.iter().any(Result::is_ok) {
            self.flush()?;
        }
        Ok(results)
    }

    fn room(&self) -> Result<Room, StoreError> {
        let volume = rustix::fs::fstatvfs(&self.log).map_err(std::io::Error::from)?;
        let free = Bytes(volume.f_bavail.saturating_mul(volume.f_frsize));
        Ok(if free < FLOOR {
            Room::Nothing
        } else if free < self.reserve {
            Room::Reserve
        } else {
            Room::Ample
        })
    }

    fn write(&mut self, group: &mut Group) -> Result<(), StoreError> {
        if group.revision == self.revision {
            return Ok(());
        }
        let batch = group.take();
        let engine = self.engine()?;
        contained(|| engine.apply_batch(batch))?;
        self.revision = group.revision;
        self.unsynced = true;
        Ok(())
    }

    /// sled's flush hands the pages to the kernel and starts write-back; only fdatasync also waits for
    /// the file's length and the device's cache.
    fn flush(&mut self) -> Result<(), StoreError> {
        if !self.unsynced {
            return Ok(());
        }
        let engine = self.engine()?;
        contained(|| flush::flush(engine))?;
        self.log.sync_data()?;
        self.unsynced = false;
        Ok(())
    }
}

impl Drop for Sled {
    fn drop(&mut self) {
        let engine = self.engine.take();
        // sled unwraps the fsync it makes on closing; what we acknowledged is already synced.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(engine))) {
            tracing::error!(why = panic_text(panic.as_ref()), "the engine failed while closing");
        }
    }
}

fn open_engine(directory: &Directory, options: Options) -> Result<sled::Db, StoreError> {
    let flush_every = u64::try_from(options.flush_every.as_millis()).unwrap_or(u64::MAX);
    let started = Instant::now();
    loop {
        let opened = sled::Config::new()
            .path(directory.path())
            .mode(sled::Mode::LowSpace)
            .cache_capacity(options.cache.0)
            .flush_every_ms(Some(flush_every))
            .open();
        match opened {
            Ok(engine) => return Ok(engine),
            Err(error) if is_engine_lock(&error) && started.elapsed() < ENGINE_LOCK_WAIT => {
                std::thread::park_timeout(Duration::from_millis(5));
            }
            Err(error) if is_engine_lock(&error) => {
                return Err(StoreError::Locked { path: directory.path().to_owned() });
            }
            Err(sled::Error::Io(error)) => return Err(error.into()),
            Err(error) => {
                let what = format!("{error}; restore a backup");
                return Err(foreign(&directory.log_path(), &what));
            }
        }
    }
}

fn is_engine_lock(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().starts_with("could not acquire lock"))
}

#[derive(Debug, Clone, Copy)]
enum Room {
    Ample,
    Reserve,
    Nothing,
}

fn admit(batch: &Batch, room: Room) -> Result<(), StoreError> {
    batch.check()?;
    match room {
        Room::Ample => Ok(()),
        Room::Reserve if batch.urgent => Ok(()),
        Room::Reserve | Room::Nothing => Err(StoreError::Full),
    }
}

fn physical(tree: Tree, key: &[u8]) -> Vec<u8> {
    let mut physical = Vec::with_capacity(1 + key.len());
    physical.push(tree.tag());
    physical.extend_from_slice(key);
    physical
}

fn read(engine: &sled::Db, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    contained(|| Ok(engine.get(key)?.map(|value| value.to_vec())))
}

/// Runs the engine; its errors and panics are final.
fn contained<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(StoreError::Broken(error.to_string())),
        Err(panic) => Err(StoreError::Broken(panic_text(panic.as_ref()))),
    }
}
