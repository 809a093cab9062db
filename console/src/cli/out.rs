//! Everything that is printed: data on stdout in one of seven formats, the rest on stderr.
//!
//! A closed pipe ends the run quietly; text from peers is cleaned before it reaches a terminal.

pub mod change;
pub mod list;
pub mod look;
pub mod row;
pub mod table;

pub use look::Look;
pub use row::{Cell, Column, Row, Tone};

use crate::cli::global::Format;
use crate::ctx::Settings;
use crate::exit::{Exit, Failure, Result};
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// The version of every JSON shape.
pub const API_VERSION: &str = "tunnelctl/v1";

/// The two output streams of a run, and how they are written.
#[derive(Debug)]
pub struct Out {
    /// The chosen format, or what a terminal or a pipe gets by default.
    pub format: Format,
    /// How cells look.
    pub look: Look,
    /// Ids and errors only.
    pub quiet: bool,
    /// Stdout is a terminal.
    pub terminal: bool,
    /// No header row.
    pub no_header: bool,
    /// Columns asked for.
    pub columns: Option<Vec<String>>,
    /// Column to sort by.
    pub sort: Option<String>,
    colored_notes: bool,
}

/// An object under its kind and version.
#[derive(Serialize)]
struct Single<'a, T: Serialize> {
    api_version: &'static str,
    kind: &'a str,
    #[serde(flatten)]
    object: &'a T,
}

/// One line of `jsonl`, or one item of a list.
#[derive(Serialize)]
pub(crate) struct Item<'a, T: Serialize> {
    pub(crate) kind: &'a str,
    #[serde(flatten)]
    pub(crate) object: &'a T,
}

impl Out {
    /// The streams as the settings want them.
    pub fn new(settings: &Settings) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let format = settings.output.value.unwrap_or(Format::Table);
        Self {
            format,
            look: Look::new(settings, terminal, format),
            quiet: settings.flags.quiet,
            terminal,
            no_header: settings.flags.no_header,
            columns: settings.flags.columns.clone(),
            sort: settings.flags.sort.clone(),
            colored_notes: settings.colored(std::io::stderr().is_terminal()),
        }
    }

    /// Data is for a program: json, jsonl or yaml.
    pub const fn is_structured(&self) -> bool {
        matches!(self.format, Format::Json | Format::Jsonl | Format::Yaml)
    }

    /// A line of data.
    ///
    /// # Errors
    /// The reader has gone.
    pub fn line(&self, text: &str) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{text}")?;
        stdout.flush().map_err(Failure::from)
    }

    /// Text as it is, without a line end of ours.
    ///
    /// # Errors
    /// The reader has gone.
    pub fn raw(&self, text: &str) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush().map_err(Failure::from)
    }

    /// A line for the person, on stderr; nothing with `-q`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            warn(text);
        }
    }

    /// A hint under a table: only where a person looks at it.
    pub fn aside(&self, text: &str) {
        let table = matches!(self.format, Format::Table | Format::Wide);
        if self.terminal && table && std::io::stderr().is_terminal() {
            let (on, off) = if self.colored_notes { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
            self.note(&format!("{on}{text}{off}"));
        }
    }

    /// A line of a change's story: on stdout for people, nothing with `-q` or a structured format.
    ///
    /// # Errors
    /// The reader has gone.
    pub fn told(&self, text: &str) -> Result<()> {
        if self.quiet || self.is_structured() { Ok(()) } else { self.line(text) }
    }

    /// One object. `human` prints it for people.
    ///
    /// # Errors
    /// The reader has gone.
    pub fn single<T: Serialize>(
        &self,
        kind: &str,
        name: &str,
        object: &T,
        human: impl FnOnce(&Self) -> Result<()>,
    ) -> Result<()> {
        let single = Single { api_version: API_VERSION, kind, object };
        match self.format {
            Format::Json => self.json(&single, true),
            Format::Jsonl => self.json(&single, false),
            Format::Yaml => self.yaml(&single),
            Format::Name => self.line(&format!("{}/{name}", kind.to_lowercase())),
            Format::Csv | Format::Table | Format::Wide if self.quiet => self.line(name),
            Format::Csv => table::flat(self, object),
            Format::Table | Format::Wide => human(self),
        }
    }

    /// One line of a stream in `jsonl`.
    ///
    /// # Errors
    /// The reader has gone.
    pub fn json_line<T: Serialize>(&self, object: &T) -> Result<()> {
        self.json(object, false)
    }

    /// The first line of a stream.
    ///
    /// # Errors
    /// The reader has gone.
    pub fn stream_header(&self) -> Result<()> {
        self.json(&serde_json::json!({"kind": "Stream", "api_version": API_VERSION}), false)
    }

    pub(crate) fn json<T: Serialize>(&self, value: &T, pretty: bool) -> Result<()> {
        let text = if pretty && self.terminal {
            serde_json::to_string_pretty(value)
        } else {
            serde_json::to_string(value)
        };
        self.line(&text.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?)
    }

    pub(crate) fn yaml<T: Serialize>(&self, value: &T) -> Result<()> {
        let text = serde_yaml_ng::to_string(value)
            .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        self.raw(&text)
    }
}

/// A line on stderr. A closed stderr is nobody's problem.
pub fn warn(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Text on stdout before there are settings: help, man pages, scripts.
///
/// # Errors
/// The reader has gone.
pub fn print_raw(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush().map_err(Failure::from)
}

/// Whether help may be coloured.
pub fn stdout_is_colored() -> bool {
    std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        && std::env::var("TERM").is_ok_and(|term| term != "dumb")
}
