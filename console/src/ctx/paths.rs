//! Where files live: the XDG directories, and the data directories of server and agent.

use crate::exit::{Exit, Failure, Result};
use std::env;
use std::path::{Path, PathBuf};

const PROGRAM: &str = "tunnelctl";

/// `$XDG_CONFIG_HOME/tunnelctl`.
///
/// # Errors
/// Neither the variable nor a home directory is set.
pub fn config_dir() -> Result<PathBuf> {
    base("XDG_CONFIG_HOME", ".config")
}

/// `$XDG_STATE_HOME/tunnelctl`.
///
/// # Errors
/// Neither the variable nor a home directory is set.
pub fn state_dir() -> Result<PathBuf> {
    base("XDG_STATE_HOME", ".local/state")
}

/// `$XDG_CACHE_HOME/tunnelctl`.
///
/// # Errors
/// Neither the variable nor a home directory is set.
pub fn cache_dir() -> Result<PathBuf> {
    base("XDG_CACHE_HOME", ".cache")
}

/// `$XDG_CONFIG_HOME/systemd/user`: the units of the user's own service manager.
///
/// # Errors
/// Neither the variable nor a home directory is set.
pub fn user_units() -> Result<PathBuf> {
    Ok(config_dir()?.with_file_name("systemd").join("user"))
}

/// The administrator's configuration, below the user's.
pub fn system_config() -> PathBuf {
    PathBuf::from("/etc").join(PROGRAM).join("config.toml")
}

/// The default data directory of `server` or `agent`: the system's for root, else the user's.
///
/// # Errors
/// Not root, and no home directory.
pub fn data_dir(part: &str) -> Result<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib").join(PROGRAM).join(part));
    }
    Ok(state_dir()?.join(part))
}

fn base(variable: &str, below_home: &str) -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    set(variable)
        .or_else(|| set("HOME").map(|home| home.join(below_home)))
        .map(|dir| dir.join(PROGRAM))
        .ok_or_else(|| {
            Failure::new(Exit::Usage, format!("neither {variable} nor HOME is set"))
                .hint(format!("export {variable}=/some/directory"))
        })
}

/// Whether there is nothing at a path; services often have a file for a home, like `/dev/null`.
pub fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// Writes a file so that readers see the old or the new content, never a part of it.
///
/// # Errors
/// The directory cannot be written.
pub fn write_atomic(path: &Path, text: &str) -> Result<()> {
    pki::files::write_atomic(path, text.as_bytes(), 0o644).map_err(Failure::from)
}
