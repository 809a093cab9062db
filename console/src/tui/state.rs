//! What the console keeps between runs, per context: where it was, never what it saw.

use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// Where the console was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    /// `fleet`, `tunnels` or `access`.
    pub screen: String,
    /// Filters used on Fleet, newest first.
    pub fleet_filters: Vec<String>,
    /// Filters used on Tunnels, newest first.
    pub tunnels_filters: Vec<String>,
    /// Filters used on Access, newest first.
    pub access_filters: Vec<String>,
    /// Targets used in the open dialog, newest first.
    pub targets: Vec<String>,
}

/// Remembered entries per list.
pub const MAX_RECENT: usize = 20;
/// A larger file is not ours.
const MAX_FILE: u64 = 64 * 1024;

/// Puts `entry` in front of a list of recent ones.
pub fn remember(list: &mut Vec<String>, entry: &str) {
    list.retain(|old| old != entry);
    list.insert(0, entry.to_owned());
    list.truncate(MAX_RECENT);
}

/// The file of a context in the state directory.
pub fn file(dir: &Path, context: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    dir.join(format!("console-{}.json", context.chars().map(plain).collect::<String>()))
}

/// What was kept; nothing if the file is missing, foreign or damaged.
pub fn load(path: &Path) -> Saved {
    let fits = std::fs::metadata(path).is_ok_and(|m| m.len() <= MAX_FILE);
    let text = if fits { std::fs::read_to_string(path).unwrap_or_default() } else { String::new() };
    serde_json::from_str(&text).unwrap_or_default()
}

/// Keeps it.
///
/// # Errors
/// The directory or file can't be written.
pub fn save(path: &Path, saved: &Saved) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let whole = path.with_extension("json.new");
    std::fs::write(&whole, serde_json::to_vec_pretty(saved)?)?;
    std::fs::rename(&whole, path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn what_is_kept_reads_back_and_damage_is_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path(), "prod/../eu");
        assert_eq!(path.parent(), Some(dir.path()));
        let saved = Saved {
            screen: "tunnels".to_owned(),
            targets: vec!["a:1".to_owned()],
            ..Saved::default()
        };
        save(&path, &saved).unwrap();
        assert_eq!(load(&path), saved);
        std::fs::write(&path, "{").unwrap();
        assert_eq!(load(&path), Saved::default());
    }
}
