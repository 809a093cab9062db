//! `agent.toml` in the state directory: raw → validated. Unknown keys are errors with the nearest
//! match, and nothing is written that would not load.

mod edit;
mod raw;

use crate::gateway;
use crate::reverse::Grants;
use crate::targets::Allowlist;
use link::ladder::{Setting, Ways, WaysError};
use pki::files;
use std::path::{Path, PathBuf};
use wire::Labels;
use wire::limits::{LANE_OPEN_STREAMS, MAX_LANES};

/// The file's name in the state directory.
pub const FILE: &str = "agent.toml";
/// What is reachable when nobody said anything: the node itself.
const DEFAULT_ALLOW: &str = "localhost:*";
/// A node has one connection for control and up to four lanes.
const DEFAULT_GATEWAY: u32 = 256;
/// Each takes two file descriptors.
const MAX_GATEWAY: u32 = 16_384;
const DEFAULT_TUNNELS: u32 = 800;
const _: () = assert!(DEFAULT_TUNNELS as usize == MAX_TUNNELS, "what the lanes carry");
/// More than the server can hold open on all lanes would be no limit.
const MAX_TUNNELS: usize = MAX_LANES * LANE_OPEN_STREAMS;
/// Server addresses that are tried in turn; more would make one attempt too long.
const MAX_SERVERS: usize = 8;

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file, and what is wrong in it.
    #[error("{path}: {what}")]
    File {
        /// Which.
        path: PathBuf,
        /// `KEY: what`, or the parser's words.
        what: String,
    },
}

/// The validated configuration of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The state directory it was read from.
    pub dir: PathBuf,
    /// Server addresses, tried in turn; empty means those of the enrolment.
    pub server: Vec<String>,
    /// Targets as HOST|CIDR:PORTS; default `["localhost:*"]`.
    pub allow: Vec<String>,
    /// Listeners that operators may open here, as ADDRESS:PORTS; default none.
    pub reverse: Vec<String>,
    /// Labels this machine was enrolled with or wishes for.
    pub labels: Labels,
    /// Tunnels open at once.
    pub tunnels: u32,
    /// How to leave this network: a proxy, a path.
    pub ways: Setting,
    /// Where this node listens for nodes that reach only it, as ADDRESS:PORT; default nowhere.
    pub gateway_listen: Vec<String>,
    /// The networks those come from; default none.
    pub gateway_allow: Vec<String>,
    /// Connections of those at once.
    pub gateway_connections: u32,
    /// `allow`, parsed.
    pub(crate) targets: Allowlist,
    /// `reverse`, parsed.
    pub(crate) listeners: Grants,
    /// The three of the gateway, parsed.
    pub(crate) gateway: gateway::Setting,
}

/// The keys of the file, with the line that `show` puts above each.
const KEYS: &[(&str, &str)] = &[
    ("server", "Server addresses HOST:PORT, tried in turn."),
    (
        "allow",
        "Targets tunnels may reach: HOST|CIDR:PORTS. The server can narrow this, never widen it.",
    ),
    ("reverse", "Listeners that operators may open here: ADDRESS:PORTS; empty: none."),
    ("labels", "Labels: key or key=value."),
    (
        "proxy",
        "HTTP proxy to the server: http://[USER:PASSWORD@]HOST:PORT, or none; empty: HTTPS_PROXY, NO_PROXY.",
    ),
    ("path", "The way to the server: auto, or only tls, proxy or wss."),
    (
        "gateway.listen",
        "Where nodes that reach only this one come to reach the server: ADDRESS:PORT; empty: nowhere.",
    ),
    ("gateway.allow", "The networks they may come from: CIDR."),
    ("limits.tunnels", "Tunnels open at once."),
    ("limits.gateway", "Connections that the gateway passes on at once."),
];

impl Config {
    /// Reads the configuration in `dir`; a missing file is the default.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, has an unknown key or a value that is not valid.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        Self::parse(dir, &text_of(dir)?)
    }

    /// Validates `text` as the file of `dir`.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(dir: &Path, text: &str) -> Result<Self, ConfigError> {
        let raw = raw::Raw::parse(text).map_err(|what| at(dir, what))?;
        raw.validate(dir).map_err(|what| at(dir, what))
    }

    /// Validates, then writes one key (`agent config set`). Comments and other keys stay.
    ///
    /// # Errors
    /// The key is unknown, the values are not valid, or the file cannot be written; it is as it was.
    pub fn set(dir: &Path, key: &str, values: &[String]) -> Result<(), ConfigError> {
        let changed = Self::changed(dir, key, values)?;
        files::write_atomic(&dir.join(FILE), changed.as_bytes(), files::SECRET)
            .map_err(|error| at(dir, error.to_string()))
    }

    /// The file as [`Config::set`] would write it.
    ///
    /// # Errors
    /// The key is unknown, or the values are not valid.
    pub fn changed(dir: &Path, key: &str, values: &[String]) -> Result<String, ConfigError> {
        known(key).map_err(|what| at(dir, what))?;
        let text = text_of(dir)?;
        let raw = raw::Raw::parse(&text).map_err(|what| at(dir, what))?;
        let value = edit::value(key, values).map_err(|what| at(dir, what))?;
        let changed = edit::replace(&text, key, raw.span(key), &value);
        Self::parse(dir, &changed)?;
        Ok(changed)
    }

    /// The configuration in force as a commented file, each value with its origin
    /// (`agent config show`).
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn show(dir: &Path) -> Result<String, ConfigError> {
        let text = text_of(dir)?;
        let raw = raw::Raw::parse(&text).map_err(|what| at(dir, what))?;
        let config = Self::parse(dir, &text)?;
        let mut out = format!("# {}\n", dir.join(FILE).display());
        let mut table = None;
        for (key, doc) in KEYS {
            let origin = if raw.span(key).is_some() { FILE } else { "default" };
            let origin = match *key {
                "server" if config.server.is_empty() => "from the enrolment",
                _ => origin,
            };
            let opens = key.split_once('.').map(|(table, _)| table).filter(|t| table != Some(*t));
            table = opens.or(table);
            out.push_str(&edit::shown((key, opens), doc, &config.rendered(key), origin));
        }
        Ok(out)
    }

    /// The ways to the server, with what the environment says.
    ///
    /// # Errors
    /// The environment names a proxy that is not one.
    pub(crate) fn ways(&self) -> Result<Ways, WaysError> {
        Ways::new(&self.ways, environment)
    }

    /// A value as it stands in the file.
    fn rendered(&self, key: &str) -> String {
        match key {
            "server" => edit::strings(&self.server),
            "allow" => edit::strings(&self.allow),
            "reverse" => edit::strings(&self.reverse),
            "labels" => edit::strings(&pairs(&self.labels)),
            "proxy" => edit::string(self.ways.proxy.as_deref().unwrap_or_default()),
            "gateway.listen" => edit::strings(&self.gateway_listen),
            "gateway.allow" => edit::strings(&self.gateway_allow),
            "limits.gateway" => self.gateway_connections.to_string(),
            "path" => edit::string(self.ways.path.as_deref().unwrap_or("auto")),
            _ => self.tunnels.to_string(),
        }
    }
}

/// A variable of this process.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Labels as the file and the command line write them.
pub(crate) fn pairs(labels: &Labels) -> Vec<String> {
    let pair = |(key, value): (&String, &String)| match value.as_str() {
        "" => key.clone(),
        value => format!("{key}={value}"),
    };
    labels.pairs().iter().map(pair).collect()
}

fn text_of(dir: &Path) -> Result<String, ConfigError> {
    let path = dir.join(FILE);
    if !path.try_exists().map_err(|error| at(dir, error.to_string()))? {
        return Ok(String::new());
    }
    let bytes = files::read_public(&path).map_err(|error| at(dir, reason(error)))?;
    String::from_utf8(bytes).map_err(|_| at(dir, "is not UTF-8"))
}

/// The file is named by [`ConfigError`] already.
fn reason(error: pki::PkiError) -> String {
    match error {
        pki::PkiError::File { source, .. } => source.to_string(),
        pki::PkiError::Pem { what, .. } => what,
        other => other.to_string(),
    }
}

fn known(key: &str) -> Result<(), String> {
    if KEYS.iter().any(|(name, _)| *name == key) {
        return Ok(());
    }
    let near = |name: &&str| strsim::damerau_levenshtein(name, key);
    let nearest = KEYS.iter().map(|(name, _)| *name).min_by_key(near);
    Err(match nearest.filter(|name| near(name) <= 1 + name.len() / 3) {
        Some(name) => format!("{key}: unknown key; did you mean {name}?"),
        None => {
            let all: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
            format!("{key}: unknown key; the keys are {}", all.join(", "))
        }
    })
}

fn at(dir: &Path, what: impl Into<String>) -> ConfigError {
    ConfigError::File { path: dir.join(FILE), what: what.into() }
}

#[cfg(test)]
mod tests;
