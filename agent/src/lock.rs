//! One process per state directory: a lock of the kernel's on `lock`, with the pid inside for
//! people. It ends with its holder, however that ended.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const FILE: &str = "lock";
const MAX_PID: u64 = 16;

/// Holds the directory until dropped.
#[derive(Debug)]
pub(crate) struct DirLock {
    _file: File,
}

/// The outcome of asking for the lock.
#[derive(Debug)]
pub(crate) enum Held {
    Ours(DirLock),
    /// By the process with this pid.
    Other(String),
}

impl DirLock {
    /// Takes the lock of `dir`, if nobody has it.
    pub(crate) fn take(dir: &Path) -> io::Result<Held> {
        let mut file = open(dir, true)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Held::Other(pid(&mut file))),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}", std::process::id())?;
        file.flush()?;
        Ok(Held::Ours(Self { _file: file }))
    }

    /// Whether some process holds the lock of `dir`.
    pub(crate) fn is_held(dir: &Path) -> bool {
        let Ok(file) = open(dir, false) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

fn open(dir: &Path, create: bool) -> io::Result<File> {
    // The bits are those of open(2), where they are an int.
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).map_err(io::Error::other)?;
    OpenOptions::new()
        .read(true)
        .write(create)
        .create(create)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags)
        .open(dir.join(FILE))
}

fn pid(file: &mut File) -> String {
    let mut text = String::new();
    // An unreadable pid is no reason to hide that somebody holds the lock.
    let _ = file.take(MAX_PID).read_to_string(&mut text);
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text } else { "unknown".to_owned() }
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_second_holder_learns_the_pid_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let Held::Ours(first) = DirLock::take(dir.path()).unwrap() else { panic!("held") };
        assert!(DirLock::is_held(dir.path()));
        let Held::Other(pid) = DirLock::take(dir.path()).unwrap() else { panic!("two holders") };
        assert_eq!(pid, std::process::id().to_string());
        drop(first);
        assert!(!DirLock::is_held(dir.path()));
    }

    #[test]
    fn what_a_killed_holder_left_behind_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "4194304").unwrap();
        assert!(!DirLock::is_held(dir.path()));
        assert!(matches!(DirLock::take(dir.path()).unwrap(), Held::Ours(_)));
    }

    #[test]
    fn a_planted_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        std::fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, dir.path().join(FILE)).unwrap();
        assert!(DirLock::take(dir.path()).is_err());
        assert_eq!(std::fs::read_to_string(victim).unwrap(), "precious");
    }
}
