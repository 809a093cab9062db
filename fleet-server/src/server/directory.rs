//! The data directory: private, marked as ours, held by one process at a time.

use super::StartError;
use crate::ca::Ca;
use crate::fleet::CaRecord;
use link::SharedClock;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Names the fleet; its presence marks the directory as a server's.
const MARK: &str = "fleet";
/// Its second line, once the fleet has a stored state: that must be there from then on.
const SETTLED: &str = "settled";
const LOCK: &str = "lock";
/// Where the local admin's identity lies.
pub(super) const ADMIN_DIR: &str = "admin";

/// An open data directory. Its lock ends with it, whatever happens to the process.
pub(super) struct Directory {
    path: PathBuf,
    fleet: String,
    settled: bool,
    _lock: File,
}

impl Directory {
    /// Opens a directory of ours, or makes an empty one ours.
    pub(super) fn open(path: &Path) -> Result<Self, StartError> {
        // Of a directory that is not ours nothing else matters, least of all its mode.
        if path.is_dir() {
            refuse_foreign(path)?;
        }
        pki::files::private_dir(path)?;
        let lock = hold(path)?;
        let (fleet, settled) = mark(path)?;
        Ok(Self { path: path.to_owned(), fleet, settled, _lock: lock })
    }

    /// Whether the fleet has a state: an empty store would forget who was revoked (I11).
    pub(super) fn is_settled(&self) -> bool {
        self.settled
    }

    /// The fleet has a state from now on.
    pub(super) fn settle(&mut self) -> Result<(), StartError> {
        if !self.settled {
            let text = format!("{}\n{SETTLED}\n", self.fleet);
            pki::files::write_atomic(&self.path.join(MARK), text.as_bytes(), pki::files::SECRET)?;
            self.settled = true;
        }
        Ok(())
    }

    /// Tells servers apart.
    pub(super) fn fleet(&self) -> &str {
        &self.fleet
    }

    pub(super) fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    pub(super) fn admin(&self) -> PathBuf {
        self.path.join(ADMIN_DIR)
    }

    pub(super) fn ca(&self) -> PathBuf {
        self.path.join("ca.pem")
    }

    /// The certificate authority in it, as the stored state wants it.
    pub(super) fn authority(
        &self,
        record: &CaRecord,
        clock: &SharedClock,
    ) -> Result<Ca, StartError> {
        Ok(Ca::open(&self.path, record, clock.wall())?)
    }
}

fn refuse_foreign(path: &Path) -> Result<(), StartError> {
    if path.join(MARK).exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        // A lock alone is what a start that was killed early leaves behind.
        if entry?.file_name() != LOCK {
            let what = "not empty and not a data directory of a tunnelctl server";
            return Err(StartError::state(path, what));
        }
    }
    Ok(())
}

fn hold(path: &Path) -> Result<File, StartError> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(pki::files::SECRET)
        .open(path.join(LOCK))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let mut pid = String::new();
        // Only for the message: the lock itself is what counts.
        let _ = (&file).take(20).read_to_string(&mut pid);
        let pid = pid.trim();
        let pid = if pid.is_empty() { "unknown" } else { pid }.to_owned();
        return Err(StartError::InUse { dir: path.to_owned(), pid });
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

fn mark(path: &Path) -> Result<(String, bool), StartError> {
    let file = path.join(MARK);
    if file.exists() {
        let text = std::fs::read_to_string(&file)?;
        let mut lines = text.lines();
        let fleet = lines.next().unwrap_or_default().trim().to_owned();
        let fits = fleet.len() == 14 && fleet.starts_with("s_");
        let settled = lines.next() == Some(SETTLED);
        return if fits {
            Ok((fleet, settled))
        } else {
            Err(StartError::state(&file, "truncated"))
        };
    }
    let digits = b"abcdefghijklmnopqrstuvwxyz234567";
    let bits = crate::core::random();
    let digit = |at: u32| char::from(digits[usize::try_from(bits >> (5 * at) & 31).unwrap_or(0)]);
    let fleet: String = "s_".chars().chain((0..12).map(digit)).collect();
    pki::files::write_atomic(&file, format!("{fleet}\n").as_bytes(), pki::files::SECRET)?;
    Ok((fleet, false))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_second_process_is_told_who_holds_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server");
        let first = Directory::open(&path).unwrap();
        let fleet = first.fleet().to_owned();
        let pid = std::process::id().to_string();
        match Directory::open(&path).err().unwrap() {
            StartError::InUse { pid: holder, .. } => assert_eq!(holder, pid),
            other => panic!("{other}"),
        }
        drop(first);
        assert_eq!(Directory::open(&path).unwrap().fleet(), fleet);
    }

    #[test]
    fn a_foreign_directory_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("home");
        pki::files::private_dir(&path).unwrap();
        std::fs::write(path.join("letter.txt"), "dear").unwrap();
        assert!(matches!(Directory::open(&path), Err(StartError::State { .. })));
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1);
    }
}
