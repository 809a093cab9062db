//! `config show`: every preference, its value, and with `--origin` where it comes from.

use crate::cli::Run;
use crate::cli::out::list::Listed;
use crate::cli::out::{Cell, Column, Look, Row};
use crate::ctx::settings::{Value, default_name};
use crate::exit::Result;
use clap::{Args, Subcommand, ValueEnum};
use link::{Clock, System};
use serde::Serialize;

/// Verbs of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every preference in effect
    Show(ShowArgs),
}

/// What to show.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Say where each value comes from
    #[arg(long)]
    origin: bool,
}

/// One preference.
#[derive(Debug, Clone, Serialize)]
pub struct Setting {
    name: &'static str,
    value: Option<String>,
    origin: String,
    #[serde(skip)]
    with_origin: bool,
}

impl Row for Setting {
    const KIND: &'static str = "Setting";
    const COLUMNS: &'static [Column] = &[
        Column::text("name", "NAME"),
        Column::text("value", "VALUE"),
        Column::text("origin", "ORIGIN"),
    ];

    fn id(&self) -> String {
        self.name.to_owned()
    }

    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "name" => Cell::plain(self.name),
            "value" => look.text(self.value.as_ref()),
            _ if self.with_origin => Cell::plain(&self.origin),
            _ => Cell::plain(""),
        }
    }
}

/// Runs `config`.
///
/// # Errors
/// The contexts cannot be read.
pub fn run(command: &ConfigCommand, run: &Run) -> Result {
    let ConfigCommand::Show(args) = command;
    let settings = &run.settings;
    let row = |name, value: Option<String>, origin: String| Setting {
        name,
        value,
        origin,
        with_origin: args.origin,
    };
    fn known<T: ToString>(value: &Value<Option<T>>) -> (Option<String>, String) {
        (value.value.as_ref().map(ToString::to_string), value.origin.to_string())
    }
    fn switch(value: &Value<bool>) -> (Option<String>, String) {
        (Some(value.value.to_string()), value.origin.to_string())
    }
    fn word<T: ValueEnum>(value: Option<&T>) -> Option<String> {
        Some(value?.to_possible_value()?.get_name().to_owned())
    }
    let (mut context, mut context_origin) = known(&settings.context);
    if context.is_none() {
        context = default_name(None)?;
        if context.is_some() {
            "only choice".clone_into(&mut context_origin);
        }
    }
    let identity = settings.identity.value.as_ref().map(|p| p.display().to_string());
    let output = word(settings.output.value.as_ref()).or_else(|| Some("table".to_owned()));
    let time = word(settings.time.value.as_ref());
    let timeout = crate::cli::human::duration(settings.timeout.value);
    let mut rows = vec![
        row("context", context, context_origin),
        row("identity", identity, settings.identity.origin.to_string()),
        row("output", output, settings.output.origin.to_string()),
        row("color", word(Some(&settings.color.value)), settings.color.origin.to_string()),
        row("time", time, settings.time.origin.to_string()),
        row("timeout", Some(timeout), settings.timeout.origin.to_string()),
    ];
    for (name, (value, origin)) in [
        ("server", known(&settings.server)),
        ("ca_pin", known(&settings.ca_pin)),
        ("log", known(&settings.log)),
        ("ascii", switch(&settings.ascii)),
        ("utc", switch(&settings.utc)),
        ("read_only", switch(&settings.read_only)),
        ("no_input", switch(&settings.no_input)),
        ("accessible", switch(&settings.accessible)),
    ] {
        rows.push(row(name, value, origin));
    }
    run.listed(&Listed { rows, next: None, as_of: System.wall() })
}
