//! Atomic writes of secret and public files; directories with modes.
#![allow(clippy::todo, clippy::unimplemented, missing_docs, unused_variables)]
use crate::PkiError;
use std::path::Path;

/// Writes `bytes` to a temporary file beside `path` with `mode`, fsyncs, renames, fsyncs the directory.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PkiError> {
    todo!()
}
/// Creates `dir` 0700 (parents as usual); refuses an existing one that group or others may enter, with the chmod line.
pub fn private_dir(dir: &Path) -> Result<(), PkiError> {
    todo!()
}
/// Reads a file that must not be readable by others.
pub fn read_secret(path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, PkiError> {
    todo!()
}
