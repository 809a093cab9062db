//! The file of `forward -f`: TOML → entries, each checked by itself. Reads no network; what an entry
//! names is looked for when it is kept up.

use super::{Hold, parse_compress, parse_on_drop};
use crate::cli::human;
use crate::cli::nearest;
use crate::cli::socks::parse_dns;
use crate::exit::{Exit, Failure, Result};
use ipnet::IpNet;
use link::forward::{Dns, Place};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::{Spanned, Value};
use wire::message::tunnel::Compress;
use wire::{Labels, Name, SafeText, Target};

/// The largest file that is read.
const MAX_FILE: u64 = 1024 * 1024;
/// Entries of one file.
const MAX_ENTRIES: usize = 256;
const KEYS: &[&str] = &[
    "name",
    "node",
    "label",
    "port",
    "kind",
    "listen",
    "target",
    "on_drop",
    "idle",
    "max",
    "compress",
    "note",
    "allow_from",
    "same_user",
    "auth_file",
    "http",
    "dns",
    "guest_visible",
    "check",
    "description",
];

/// One forward as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Unique in the file.
    pub(super) name: Name,
    pub(super) at: Where,
    pub(super) what: What,
    pub(super) listen: Place,
    pub(super) on_drop: Hold,
    pub(super) idle: Option<Duration>,
    pub(super) max: Option<Duration>,
    pub(super) compress: Option<Compress>,
    pub(super) note: Option<String>,
    pub(super) allow_from: Vec<IpNet>,
    pub(super) same_user: bool,
    pub(super) check: Check,
    pub(super) description: Option<SafeText>,
}

/// Through what it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Where {
    Node(String),
    /// One of the nodes with this label; another one when it is lost.
    Label(String, String),
    Port(Name),
}

/// What it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// One target; a published port has its own.
    Local(Option<Target>),
    Socks {
        dns: Dns,
        http: bool,
        auth_file: Option<PathBuf>,
    },
    /// The entry listens at the node, and this is here.
    Reverse(Target),
}

/// How an entry is tried while nobody uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    None,
    /// The target takes a connection.
    Tcp,
    /// The target answers a GET of this path with 2xx or 3xx.
    Http(String),
}

#[derive(Debug, Deserialize)]
struct Raw {
    #[serde(default)]
    forward: Vec<BTreeMap<Spanned<String>, Spanned<Value>>>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// Reads and checks a file.
///
/// # Errors
/// It is not there, or something in it is wrong; names the file, the line and the entry.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>> {
    let shown = path.display();
    let file = std::fs::File::open(path).map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        Failure::new(exit, format!("{shown}: {error}"))
    })?;
    let mut text = String::new();
    let read = file.take(MAX_FILE + 1).read_to_string(&mut text);
    read.map_err(|error| Failure::new(Exit::Failed, format!("{shown}: {error}")))?;
    if text.len() as u64 > MAX_FILE {
        return Err(Failure::usage(format!("{shown}: larger than 1 MiB")));
    }
    parse(&text).map_err(|wrong| {
        Failure::usage(format!("{shown}:{}: {}", wrong.line, wrong.what))
            .hint(format!("tunnelctl forward -f {shown} --check     says when it is right"))
    })
}

/// What is wrong, and on which line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    line: usize,
    what: String,
}

/// Checks the text of a file.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn parse(text: &str) -> std::result::Result<Vec<Entry>, Wrong> {
    let line = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
    let raw: Raw = toml::from_str(text).map_err(|error| Wrong {
        line: error.span().map_or(1, |span| line(span.start)),
        what: error.message().to_owned(),
    })?;
    if let Some(key) = raw.other.keys().next() {
        let at = text.lines().position(|l| l.trim_start_matches(['[', ' ']).starts_with(key));
        let what = format!("{key}: unknown; the file is a list of [[forward]]");
        return Err(Wrong { line: at.unwrap_or(0) + 1, what });
    }
    if raw.forward.len() > MAX_ENTRIES {
        return Err(Wrong { line: 1, what: format!("more than {MAX_ENTRIES} forwards") });
    }
    let heads: Vec<usize> = (1..)
        .zip(text.lines())
        .filter(|(_, l)| l.trim_start().starts_with("[[forward]]"))
        .map(|(number, _)| number)
        .collect();
    let mut entries: Vec<Entry> = Vec::new();
    for (index, table) in raw.forward.into_iter().enumerate() {
        let head = heads.get(index).copied().unwrap_or(1);
        let fields = Fields::new(table, head, &line);
        let named = fields.shown_name(index);
        let entry = fields.entry().map_err(|wrong| Wrong {
            line: wrong.line,
            what: format!("forward {named}: {}", wrong.what),
        })?;
        if let Some(what) = entries.iter().find_map(|before| before.conflict(&entry)) {
            return Err(Wrong { line: head, what: format!("forward {named}: {what}") });
        }
        entries.push(entry);
    }
    Ok(entries)
}

impl Entry {
    fn conflict(&self, other: &Self) -> Option<String> {
        if self.name == other.name {
            return Some("the name is there twice".to_owned());
        }
        let is_here = |entry: &Self| !matches!(entry.what, What::Reverse(_));
        let is_one = self.listen.net().is_none_or(|at| at.port() != 0);
        (self.listen == other.listen && is_one && is_here(self) && is_here(other))
            .then(|| format!("{} listens on {} already", self.name, self.listen))
    }
}

/// The keys of one entry, each with its line.
struct Fields {
    values: BTreeMap<String, (Value, usize)>,
    head: usize,
}

type Field<T> = std::result::Result<T, Wrong>;

impl Fields {
    fn new(
        table: BTreeMap<Spanned<String>, Spanned<Value>>,
        head: usize,
        line: &dyn Fn(usize) -> usize,
    ) -> Self {
        let place = |(key, value): (Spanned<String>, Spanned<Value>)| {
            let at = line(key.span().start);
            (key.into_inner(), (value.into_inner(), at))
        };
        Self { values: table.into_iter().map(place).collect(), head }
    }

    fn shown_name(&self, index: usize) -> String {
        match self.values.get("name") {
            Some((Value::String(name), _)) => format!("{:?}", SafeText::bounded(name, 63).as_str()),
            _ => format!("number {}", index + 1),
        }
    }

    fn entry(self) -> Field<Entry> {
        if let Some((key, (_, line))) =
            self.values.iter().find(|(key, _)| !KEYS.contains(&key.as_str()))
        {
            let near = nearest(key, KEYS.iter().copied())
                .map_or_else(String::new, |near| format!("; did you mean {near}?"));
            let key = SafeText::bounded(key, 63);
            return Err(Wrong { line: *line, what: format!("{key}: unknown key{near}") });
        }
        let Some(name) = self.parsed("name", |text| text.parse::<Name>())? else {
            return Err(self.missing("name"));
        };
        let Some(listen) = self.parsed("listen", listen)? else {
            return Err(self.missing("listen"));
        };
        let at = self.place()?;
        let what = self.what(&at)?;
        let allow_from = self.list("allow_from")?;
        let check = self.parsed("check", check)?.unwrap_or(Check::None);
        if check != Check::None && !matches!(what, What::Local(_)) {
            return Err(self.at("check", "only for kind = \"local\""));
        }
        self.reverse(&what, &listen)?;
        let same_user = self.same_user(&what, &listen)?;
        if listen.net().is_none() {
            self.at_a_path(&what)?;
        }
        Ok(Entry {
            name,
            at,
            what,
            listen,
            on_drop: self.parsed("on_drop", parse_on_drop)?.unwrap_or(Hold::Hold(super::HOLD)),
            idle: self.parsed("idle", human::parse_duration)?,
            max: self.parsed("max", human::parse_duration)?,
            compress: self.parsed("compress", parse_compress)?,
            note: self.text("note")?,
            allow_from,
            same_user,
            check,
            description: self.text("description")?.map(|text| SafeText::clean(&text)),
        })
    }

    fn place(&self) -> Field<Where> {
        let node = self.text("node")?.map(Where::Node);
        let label = self.parsed("label", |text| {
            let pair = Labels::pair(text).map_err(|error| error.to_string())?;
            Ok::<_, String>(Where::Label(pair.0, pair.1))
        })?;
        let port = self.parsed("port", |text| text.parse::<Name>())?.map(Where::Port);
        let mut given = [node, label, port].into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(place), None) => Ok(place),
            (None, _) => Err(self.at("node", "one of node, label and port has to be there")),
            (Some(_), Some(_)) => Err(self.at("node", "only one of node, label and port")),
        }
    }

    fn what(&self, at: &Where) -> Field<What> {
        let target = self.parsed("target", |text| text.parse::<Target>())?;
        let (http, auth_file) = (self.flag("http")?, self.text("auth_file")?.map(PathBuf::from));
        let dns = self.parsed("dns", parse_dns)?.unwrap_or(Dns::Remote);
        let kind = self.text("kind")?;
        if kind.as_deref() != Some("socks") {
            for key in ["http", "auth_file", "dns"] {
                if self.values.contains_key(key) {
                    return Err(self.at(key, "only for kind = \"socks\""));
                }
            }
        }
        match (kind.as_deref(), at) {
            (None | Some("local"), Where::Port(_)) if target.is_some() => {
                Err(self.at("target", "a published port has its own"))
            }
            (None | Some("local"), Where::Port(_)) => Ok(What::Local(None)),
            (None | Some("local"), _) if target.is_none() => Err(self.missing("target")),
            (None | Some("local"), _) => Ok(What::Local(target)),
            (Some("socks"), _) if target.is_some() => {
                Err(self.at("target", "a proxy has no target of its own"))
            }
            (Some("socks"), Where::Port(_)) => {
                Err(self.at("port", "a proxy leads through a node, not through a port"))
            }
            (Some("socks"), _) => Ok(What::Socks { dns, http, auth_file }),
            (Some("reverse"), Where::Node(_)) => {
                target.map(What::Reverse).ok_or_else(|| self.missing("target"))
            }
            (Some("reverse"), _) => Err(self.at("kind", "a listener is at one node")),
            (Some(_), _) => Err(self.at("kind", "local, socks or reverse")),
        }
    }

    /// What is asked of a listener at a node, and of nothing else.
    fn reverse(&self, what: &What, listen: &Place) -> Field<()> {
        let visible = self.flag("guest_visible")?;
        match (what, listen) {
            (What::Reverse(_), Place::Net(at)) if at.port() == 0 => {
                Err(self.at("listen", "a port of the node is named, not 0"))
            }
            (What::Reverse(_), Place::Net(at)) if !at.ip().is_loopback() && !visible => Err(self
                .at(
                    "listen",
                    "lets machines around the node in; guest_visible = true, if that is meant",
                )),
            (What::Reverse(_), _) => Ok(()),
            _ if self.values.contains_key("guest_visible") => {
                Err(self.at("guest_visible", "only for kind = \"reverse\""))
            }
            _ => Ok(()),
        }
    }

    /// Only of this machine it can be told whose program it is that connects.
    fn same_user(&self, what: &What, listen: &Place) -> Field<bool> {
        let far = listen.net().is_some_and(|at| !at.ip().is_loopback());
        match (self.flag("same_user")?, what) {
            (true, What::Reverse(_)) => Err(self.at("same_user", "not for kind = \"reverse\"")),
            (true, _) if far => Err(self.at("same_user", "other machines reach that address")),
            (same_user, _) => Ok(same_user),
        }
    }

    /// A socket here leads to one target, and its clients have no addresses.
    fn at_a_path(&self, what: &What) -> Field<()> {
        match what {
            What::Local(_) if !self.values.contains_key("allow_from") => Ok(()),
            What::Local(_) => Err(self.at("allow_from", super::NO_ADDRESSES)),
            _ => Err(self.at("listen", "a path is only for kind = \"local\"")),
        }
    }

    fn at(&self, key: &str, what: &str) -> Wrong {
        let line = self.values.get(key).map_or(self.head, |(_, line)| *line);
        Wrong { line, what: format!("{key}: {what}") }
    }

    fn missing(&self, key: &str) -> Wrong {
        Wrong { line: self.head, what: format!("{key}: has to be there") }
    }

    fn text(&self, key: &str) -> Field<Option<String>> {
        match self.values.get(key) {
            None => Ok(None),
            Some((Value::String(text), _)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(self.at(key, "is a text in quotes")),
        }
    }

    fn flag(&self, key: &str) -> Field<bool> {
        match self.values.get(key) {
            None => Ok(false),
            Some((Value::Boolean(flag), _)) => Ok(*flag),
            Some(_) => Err(self.at(key, "true or false")),
        }
    }

    fn parsed<T, E: std::fmt::Display>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> std::result::Result<T, E>,
    ) -> Field<Option<T>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        parse(&text).map(Some).map_err(|error| self.at(key, &error.to_string()))
    }

    fn list(&self, key: &str) -> Field<Vec<IpNet>> {
        let wrong = || self.at(key, "is a list of networks like [\"10.0.0.0/8\"]");
        match self.values.get(key) {
            None => Ok(Vec::new()),
            Some((Value::Array(items), _)) => items
                .iter()
                .map(|item| item.as_str().and_then(|text| text.parse().ok()).ok_or_else(wrong))
                .collect(),
            Some(_) => Err(wrong()),
        }
    }
}

/// `ADDR:PORT`, `PORT`, `localhost:PORT` or `unix:/PATH`.
fn listen(text: &str) -> std::result::Result<Place, &'static str> {
    if let Some(path) = text.strip_prefix("unix:") {
        let is_whole = path.starts_with('/') && !path.ends_with('/') && !path.contains('\0');
        let whole = is_whole.then(|| Place::Path(path.into()));
        return whole.ok_or("is unix: and the whole path of a socket here");
    }
    let text = text.replacen("localhost:", "127.0.0.1:", 1);
    let port = text.parse().map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    let at = port.or_else(|_| text.parse()).map(Place::Net);
    at.map_err(|_| "is ADDRESS:PORT or unix:/PATH; port 0 picks a free one")
}

fn check(text: &str) -> std::result::Result<Check, &'static str> {
    let plain = |path: &str| path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic());
    match (text, text.strip_prefix("http:")) {
        ("none", _) => Ok(Check::None),
        ("tcp", _) => Ok(Check::Tcp),
        (_, Some(path)) if plain(path) && path.len() <= 256 => Ok(Check::Http(path.to_owned())),
        _ => Err("none, tcp or http:/PATH"),
    }
}

#[cfg(test)]
mod tests;
