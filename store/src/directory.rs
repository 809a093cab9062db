//! The store's directory: who may use it, which format it holds, and what a crash left lying about.
//!
//! It never looks inside the engine's files; it decides whether the engine may.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// The engine's log; the file whose sync makes commits durable.
pub(crate) const LOG: &str = "db";
const FORMAT: &str = "FORMAT";
const FORMAT_NEW: &str = "FORMAT.new";
const LOCK: &str = "lock";
/// A mounted volume brings this along.
const LOST_AND_FOUND: &str = "lost+found";

const READY: &str = "tunnelctl store 1\n";
/// Written before the engine first runs and replaced by [`READY`] once its files are synced: in between
/// nothing was acknowledged, so whatever a crash left is removed instead of interpreted.
const CREATING: &str = "tunnelctl store 1 creating\n";
const FORMAT_PREFIX: &str = "tunnelctl store ";

/// Whether the store existed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    New,
    Ready,
}

/// A directory this process holds exclusively until the value is dropped.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    age: Age,
    _lock: File,
}

impl Directory {
    /// Takes the directory, creating it if needed, and leaves it fit for the engine to open.
    pub(crate) fn claim(path: &Path) -> Result<Self, StoreError> {
        create_directory(path)?;
        // Before the lock file is made: nothing is written into somebody else's directory.
        read_format(path)?;
        let lock = take_lock(path)?;
        let age = match read_format(path)? {
            Format::Absent => {
                write_format(path, CREATING)?;
                Age::New
            }
            Format::Creating => {
                remove_engine_files(path)?;
                Age::New
            }
            Format::Ready => {
                remove_half_snapshots(path)?;
                require_log(path)?;
                Age::Ready
            }
        };
        Ok(Self { path: path.to_owned(), age, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn age(&self) -> Age {
        self.age
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.path.join(LOG)
    }

    /// Syncs what the engine created without syncing, then declares the store ready.
    pub(crate) fn declare_ready(&mut self) -> Result<(), StoreError> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                File::open(entry.path())?.sync_all()?;
            }
        }
        write_format(&self.path, READY)?;
        self.age = Age::Ready;
        Ok(())
    }
}

/// The process that holds a store directory, as it wrote it down; for messages only.
pub fn holder(dir: &Path) -> Option<u32> {
    let mut text = String::new();
    File::open(dir.join(LOCK)).ok()?.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn create_directory(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => return Ok(()),
        Ok(_) => return Err(foreign(path, "a file, not a directory")),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

fn take_lock(path: &Path) -> Result<File, StoreError> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

enum Format {
    Absent,
    Creating,
    Ready,
}

fn read_format(path: &Path) -> Result<Format, StoreError> {
    let file = path.join(FORMAT);
    let mut text = Vec::new();
    match File::open(&file) {
        Ok(open) => open.take(256).read_to_end(&mut text)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            require_empty(path)?;
            return Ok(Format::Absent);
        }
        Err(error) => return Err(error.into()),
    };
    match text.as_slice() {
        text if text == READY.as_bytes() => Ok(Format::Ready),
        text if text == CREATING.as_bytes() => Ok(Format::Creating),
        text if text.starts_with(FORMAT_PREFIX.as_bytes()) => Err(foreign(
            &file,
            "written in another format version; use the program version that wrote it",
        )),
        _ => Err(foreign(&file, "the format marker is not ours")),
    }
}

/// Without a format marker only an empty directory is taken.
fn require_empty(path: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if name != LOCK && name != FORMAT_NEW && name != LOST_AND_FOUND {
            let what = format!("it has no {FORMAT} file but contains {:?}", name.to_string_lossy());
            return Err(foreign(path, &what));
        }
    }
    Ok(())
}

fn write_format(path: &Path, text: &str) -> io::Result<()> {
    let new = path.join(FORMAT_NEW);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path.join(FORMAT))?;
    sync_directory(path)
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn remove_engine_files(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == LOG || name == "conf" || name.starts_with("snap.") {
            fs::remove_file(entry.path())?;
        } else if name == "blobs" {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// sled takes a half-written snapshot for the newest one and then refuses to open.
fn remove_half_snapshots(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            tracing::warn!(file = %entry.path().display(), "removing a half-written snapshot");
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A ready store has a log with something in it; sled would silently start an empty one.
fn require_log(path: &Path) -> Result<(), StoreError> {
    let log = path.join(LOG);
    match fs::metadata(&log) {
        Ok(meta) if meta.is_file() && meta.len() > 0 => Ok(()),
        Ok(_) => Err(foreign(&log, "it is empty; restore a backup")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(foreign(&log, "it is missing; restore a backup"))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn foreign(path: &Path, what: &str) -> StoreError {
    StoreError::Foreign { path: path.to_owned(), what: what.to_owned() }
}
