//! The contexts on disk: one directory per name with `context.toml` and `identity.pem` (0600).

use crate::ctx::config::parse;
use crate::ctx::{Identity, paths};
use crate::exit::{Exit, Failure, Result};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::str::FromStr;
use wire::Name;

/// The name of a context: the grammar of every name.
pub type ContextName = Name;

const FILE: &str = "context.toml";
const IDENTITY: &str = "identity.pem";
const KEYS: &[&str] = &["server", "ca_pin", "fleet", "protected", "read_only", "output"];

/// A server, an identity and defaults, under a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Its name; the directory's, never written inside.
    #[serde(skip)]
    pub name: String,
    /// `HOST:PORT`, in the order to try.
    pub server: Vec<String>,
    /// `sha256:HEX` of the root certificate.
    pub ca_pin: String,
    /// The server's fleet id, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fleet: Option<String>,
    /// Every change is confirmed one level higher.
    #[serde(default)]
    pub protected: bool,
    /// Changes are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// Default output format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

impl Context {
    /// Reads the context called `name`.
    ///
    /// # Errors
    /// There is none, or its file is not valid.
    pub fn load(name: &str) -> Result<Self> {
        let path = dir(name)?.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if paths::is_absent(&error) => return Err(unknown(name)),
            Err(error) => return Err(Failure::usage(format!("{}: {error}", path.display()))),
        };
        let mut context: Self = parse(&path, &text, KEYS)?;
        name.clone_into(&mut context.name);
        Ok(context)
    }

    /// Writes the context, and its identity if one is given.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn save(&self, identity: Option<&Identity>) -> Result<()> {
        let dir = dir(&self.name)?;
        if let Some(parent) = dir.parent() {
            std::fs::create_dir_all(parent)?;
        }
        pki::files::private_dir(&dir)?;
        if let Some(identity) = identity {
            identity.save(&dir.join(IDENTITY))?;
        }
        let text =
            toml::to_string(self).map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        paths::write_atomic(&dir.join(FILE), &text)
    }

    /// Where the identity lies.
    ///
    /// # Errors
    /// No home directory.
    pub fn identity_file(&self) -> Result<PathBuf> {
        Ok(dir(&self.name)?.join(IDENTITY))
    }
}

/// The names of all contexts, sorted; none without a home.
///
/// # Errors
/// The directory is there and cannot be read.
pub fn names() -> Result<Vec<String>> {
    let Ok(config) = paths::config_dir() else { return Ok(Vec::new()) };
    let dir = config.join("contexts");
    let entries = match std::fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(error) if paths::is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(Failure::usage(format!("{}: {error}", dir.display()))),
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.path().join(FILE).exists())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| Name::from_str(name).is_ok())
        .collect();
    names.sort();
    Ok(names)
}

/// Removes a context with its key.
///
/// # Errors
/// There is none, or it cannot be removed.
pub fn remove(name: &str) -> Result<()> {
    Context::load(name)?;
    Ok(std::fs::remove_dir_all(dir(name)?)?)
}

fn dir(name: &str) -> Result<PathBuf> {
    let name = Name::from_str(name)
        .map_err(|error| Failure::usage(format!("context {name:?}: {error}")))?;
    Ok(paths::config_dir()?.join("contexts").join(name.as_str()))
}

fn unknown(name: &str) -> Failure {
    let failure = Failure::new(Exit::NotFound, format!("no context named {name}"));
    let names = names().unwrap_or_default();
    match crate::cli::nearest(name, names.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean {near}?  tunnelctl context list")),
        None => failure.hint("tunnelctl context list"),
    }
}
