//! `config.toml`: the user's preferences, and the system's below them. Unknown keys are errors.
//!
//! Only `context use` writes here, one line, and leaves every other line as it is.

use crate::ctx::paths;
use crate::exit::{Failure, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Preferences as a file states them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// The context used when nothing else names one.
    pub context: Option<String>,
    /// Output format.
    pub output: Option<String>,
    /// `auto`, `always`, `never`.
    pub color: Option<String>,
    /// No glyphs beyond ASCII.
    pub ascii: Option<bool>,
    /// Show times in UTC.
    pub utc: Option<bool>,
    /// `rel`, `abs`, `iso`.
    pub time: Option<String>,
    /// Connect and reply deadline, like `30s`.
    pub timeout: Option<String>,
    /// Refuse changes.
    pub read_only: Option<bool>,
    /// No redrawn lines, no spinners, plain questions.
    pub accessible: Option<bool>,
    /// Never ask.
    pub no_input: Option<bool>,
}

/// The keys of [`Preferences`], for messages.
pub const KEYS: &[&str] = &[
    "context",
    "output",
    "color",
    "ascii",
    "utc",
    "time",
    "timeout",
    "read_only",
    "accessible",
    "no_input",
];

/// The user's file and the system's, where they exist.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// The user's.
    pub user: Preferences,
    /// The system's.
    pub system: Preferences,
}

impl Files {
    /// Reads both.
    ///
    /// # Errors
    /// A file that is there cannot be read, is not TOML, or has an unknown key.
    pub fn load() -> Result<Self> {
        // Without a home there is no user's file; a service runs like that.
        let user = user_file().map_or_else(|_| Ok(Preferences::default()), |file| read(&file))?;
        Ok(Self { user, system: read(&paths::system_config())? })
    }
}

/// The user's configuration file.
///
/// # Errors
/// No home directory.
pub fn user_file() -> Result<PathBuf> {
    Ok(paths::config_dir()?.join("config.toml"))
}

fn read(path: &Path) -> Result<Preferences> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text, KEYS),
        Err(error) if paths::is_absent(&error) => Ok(Preferences::default()),
        Err(error) => Err(Failure::usage(format!("{}: {error}", path.display()))),
    }
}

/// Reads TOML whose unknown keys are errors that name the nearest known one.
///
/// # Errors
/// Not TOML, an unknown key, or a value of the wrong type.
pub fn parse<T: for<'de> Deserialize<'de>>(path: &Path, text: &str, keys: &[&str]) -> Result<T> {
    let table: toml::Table = toml::from_str(text).map_err(|e| bad(path, &e))?;
    if let Some(unknown) = table.keys().find(|key| !keys.contains(&key.as_str())) {
        let failure = Failure::usage(format!("{}: unknown key {unknown:?}", path.display()));
        return Err(match crate::cli::nearest(unknown, keys.iter().copied()) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure.hint(format!("known keys: {}", keys.join(", "))),
        });
    }
    toml::from_str(text).map_err(|e| bad(path, &e))
}

fn bad(path: &Path, error: &toml::de::Error) -> Failure {
    let message = error.to_string();
    let line = message.lines().next().unwrap_or_default().to_owned();
    Failure::usage(format!("{}: {line}: {}", path.display(), error.message()))
}

/// Makes `name` the default context: one line of the user's file.
///
/// # Errors
/// The file is not valid now, or cannot be written.
pub fn set_context(name: &str) -> Result<()> {
    let path = user_file()?;
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    parse::<Preferences>(&path, &text, KEYS)?;
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    paths::write_atomic(&path, &with_context(&text, name))
}

fn with_context(text: &str, name: &str) -> String {
    let line = format!("context = \"{name}\"");
    let is_key = |l: &str| {
        l.trim_start().strip_prefix("context").is_some_and(|r| r.trim_start().starts_with('='))
    };
    let mut lines: Vec<&str> = text.lines().filter(|l| !is_key(l)).collect();
    lines.insert(0, &line);
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let path = Path::new("config.toml");
        let error = parse::<Preferences>(path, "contxt = \"a\"", KEYS).unwrap_err();
        assert_eq!(error.exit, crate::exit::Exit::Usage);
        assert_eq!(error.hint.as_deref(), Some("did you mean context?"));
    }

    #[test]
    fn setting_the_context_keeps_every_other_line() {
        let before = "# mine\ncontext = \"a\"\nutc = true  # always\n";
        let after = with_context(before, "b");
        assert_eq!(after, "context = \"b\"\n# mine\nutc = true  # always\n");
    }
}
