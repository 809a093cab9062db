//! Atomic writes of secret and public files; directories with modes. No content is understood here.

use crate::PkiError;
use rustix::fs::OFlags;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Mode of a secret file.
pub const SECRET: u32 = 0o600;
/// Widest mode of a secret that root keeps for a group.
const SHARED: u32 = 0o640;
/// Mode of a public file.
pub const PUBLIC: u32 = 0o644;
const PRIVATE_DIR: u32 = 0o700;
/// Largest file read here: a key, a chain or a token is far below it.
const MAX_FILE: u64 = 256 * 1024;

/// Writes `bytes` to a temporary file beside `path` with `mode`, fsyncs, renames, fsyncs the
/// directory. Whoever reads `path`, before or after a crash, sees the old content or the new.
///
/// # Errors
/// Any step failed; the temporary file is removed and `path` is as it was.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PkiError> {
    let directory = parent_of(path)?;
    let temporary = Temporary(sibling(path)?);
    write_new(&temporary.0, bytes, mode)?;
    std::fs::rename(&temporary.0, path).map_err(PkiError::file(path))?;
    sync_dir(directory)
}

/// Creates `dir` 0700 (parents as usual). An existing one must be a real directory, owned by this
/// user, that neither group nor others may enter.
///
/// # Errors
/// It cannot be created, or it is a link, another user's or too open; the message has the chmod line.
pub fn private_dir(dir: &Path) -> Result<(), PkiError> {
    if let Some(parent) = dir.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(PkiError::file(parent))?;
    }
    match DirBuilder::new().mode(PRIVATE_DIR).create(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(PkiError::File { path: dir.to_owned(), source: error });
        }
        _ => {}
    }
    let found = std::fs::symlink_metadata(dir).map_err(PkiError::file(dir))?;
    if !found.is_dir() {
        return Err(PkiError::state(dir, "not a directory of its own (a link, or a file)"));
    }
    demand_ours(dir, &found, PRIVATE_DIR)
}

/// Reads a file that must not be readable by others: a regular file, no link, this user's own.
///
/// # Errors
/// It cannot be read, is something else, or its mode is too wide; the message has the chmod line.
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, PkiError> {
    let file = open_plain(path)?;
    let found = file.metadata().map_err(PkiError::file(path))?;
    demand_ours(path, &found, SECRET)?;
    read_bounded(path, file, &found)
}

/// Reads a secret file of another program's: links are followed. It is this user's own and closed to
/// all others, or root's and at most readable by its group (the rule of PostgreSQL's server).
///
/// # Errors
/// It cannot be read, is no regular file, or its owner or mode is another; the message has the chmod
/// line.
pub fn read_shared_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, PkiError> {
    // Opened without waiting for the writer of a pipe.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).map_err(PkiError::crypto)?;
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(PkiError::file(path))?;
    let found = file.metadata().map_err(PkiError::file(path))?;
    let (owner, mode) = (found.uid(), found.mode() & 0o7777);
    if owner != 0 || rustix::process::geteuid().is_root() {
        demand_ours(path, &found, SECRET)?;
    } else if mode & 0o037 != 0 {
        return Err(PkiError::LooseMode { path: path.to_owned(), mode, want: SHARED });
    }
    read_bounded(path, file, &found)
}

/// Reads a file that anyone may read.
///
/// # Errors
/// It cannot be read, or is not a regular file of reasonable size.
pub fn read_public(path: &Path) -> Result<Vec<u8>, PkiError> {
    let file = File::open(path).map_err(PkiError::file(path))?;
    let found = file.metadata().map_err(PkiError::file(path))?;
    Ok(std::mem::take(&mut *read_bounded(path, file, &found)?))
}

/// Makes the entries of `dir` durable.
///
/// # Errors
/// The directory cannot be opened or synced.
pub fn sync_dir(dir: &Path) -> Result<(), PkiError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(PkiError::file(dir))
}

/// Creates `path`, which must not exist, with exactly `mode` before any content is in it.
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PkiError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        // The process mask may have narrowed it further than the caller wants.
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(PkiError::file(path))
}

/// A name beside `path` that nobody else uses.
pub(crate) fn sibling(path: &Path) -> Result<PathBuf, PkiError> {
    let name = path.file_name().ok_or_else(|| PkiError::state(path, "has no file name"))?;
    let mut random = [0u8; 8];
    getrandom::fill(&mut random).map_err(PkiError::crypto)?;
    let suffix = data_encoding::HEXLOWER.encode(&random);
    Ok(path.with_file_name(format!(".{}.{suffix}.tmp", name.to_string_lossy())))
}

fn parent_of(path: &Path) -> Result<&Path, PkiError> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(parent) => Ok(parent),
        None => Err(PkiError::state(path, "has no directory")),
    }
}

/// Opened without following a link and without waiting for the writer of a pipe.
fn open_plain(path: &Path) -> Result<File, PkiError> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let flags = i32::try_from(flags).map_err(PkiError::crypto)?;
    let error = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => return Ok(file),
        Err(error) => error,
    };
    if std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Err(PkiError::state(
            path,
            "is a symbolic link; secrets are read from plain files only",
        ));
    }
    Err(PkiError::File { path: path.to_owned(), source: error })
}

fn demand_ours(path: &Path, found: &Metadata, want: u32) -> Result<(), PkiError> {
    let me = rustix::process::geteuid().as_raw();
    if found.uid() != me {
        let what = format!("belongs to user {}, not to user {me} who runs this", found.uid());
        return Err(PkiError::state(path, what));
    }
    let mode = found.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(PkiError::LooseMode { path: path.to_owned(), mode, want });
    }
    Ok(())
}

fn read_bounded(path: &Path, file: File, found: &Metadata) -> Result<Zeroizing<Vec<u8>>, PkiError> {
    if !found.is_file() {
        return Err(PkiError::state(path, "is not a regular file"));
    }
    let length = usize::try_from(found.len().min(MAX_FILE)).map_err(PkiError::crypto)?;
    // One spare byte: a vector that grows would leave unwiped copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    file.take(length as u64 + 1).read_to_end(&mut bytes).map_err(PkiError::file(path))?;
    if bytes.len() as u64 != found.len() {
        return Err(PkiError::state(path, "is too large, or changed while it was read"));
    }
    Ok(bytes)
}

/// Removes its file when dropped; after the rename there is none.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;
    use std::os::unix::fs::symlink;

    fn mode_of(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        write_atomic(&path, b"one", SECRET).unwrap();
        write_atomic(&path, b"two", SECRET).unwrap();
        assert_eq!(&**read_secret(&path).unwrap(), b"two");
        assert_eq!(mode_of(&path), SECRET);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        write_atomic(&dir.path().join("cert"), b"three", PUBLIC).unwrap();
        assert_eq!(mode_of(&dir.path().join("cert")), PUBLIC);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_temporary() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("occupied");
        std::fs::create_dir(&target).unwrap();
        assert!(write_atomic(&target, b"x", SECRET).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_loose_secret_is_refused_with_the_line_that_fixes_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        write_atomic(&path, b"x", SECRET).unwrap();
        set_mode(&path, 0o640);
        let message = read_secret(&path).unwrap_err().to_string();
        assert!(message.contains(&format!("chmod 600 {}", path.display())), "{message}");
        set_mode(&path, 0o400);
        assert!(read_secret(&path).is_ok());
    }

    #[test]
    fn links_and_directories_are_no_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("key"), dir.path().join("link"));
        write_atomic(&path, b"x", SECRET).unwrap();
        symlink(&path, &link).unwrap();
        assert!(read_secret(&link).unwrap_err().to_string().contains("symbolic link"));
        let inner = dir.path().join("inner");
        private_dir(&inner).unwrap();
        assert!(read_secret(&inner).is_err());
        assert!(matches!(
            read_secret(&dir.path().join("absent")),
            Err(PkiError::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound
        ));
    }

    #[test]
    fn a_private_directory_is_made_kept_and_demanded() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("a/b");
        private_dir(&home).unwrap();
        private_dir(&home).unwrap();
        assert_eq!(mode_of(&home), 0o700);
        set_mode(&home, 0o710);
        assert!(private_dir(&home).unwrap_err().to_string().contains("chmod 700"));
        let link = dir.path().join("link");
        symlink(&home, &link).unwrap();
        assert!(private_dir(&link).is_err());
        std::fs::write(dir.path().join("file"), b"").unwrap();
        assert!(private_dir(&dir.path().join("file")).is_err());
    }

    #[test]
    fn a_file_beyond_the_bound_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("big");
        write_atomic(&path, &vec![0; 300 * 1024], SECRET).unwrap();
        assert!(read_secret(&path).is_err());
        assert!(read_public(&path).is_err());
    }
}
