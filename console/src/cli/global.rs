//! Flags that every command takes.

use crate::exit::{Failure, Result};
use crate::filter::{Filter, Schema};
use clap::{ArgAction, Args, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for people.
    Table,
    /// The same with more columns.
    Wide,
    /// One JSON object.
    Json,
    /// One JSON object per line.
    Jsonl,
    /// The JSON tree as YAML.
    Yaml,
    /// Header row and RFC 4180 quoting.
    Csv,
    /// `kind/name` per line.
    Name,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR or TERM=dumb says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimeArg {
    /// `2m ago`.
    Rel,
    /// `2026-08-21 14:02:31`.
    Abs,
    /// `2026-08-21T14:02:31.118Z`.
    Iso,
}

macro_rules! from_str_by_value_enum {
    ($($name:ty),+) => {$(
        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> std::result::Result<Self, String> {
                <Self as ValueEnum>::from_str(text, true).map_err(|_| {
                    let all: Vec<String> = Self::value_variants()
                        .iter()
                        .filter_map(|v| v.to_possible_value())
                        .map(|v| v.get_name().to_owned())
                        .collect();
                    format!("not one of {}", all.join(", "))
                })
            }
        }
    )+};
}

from_str_by_value_enum!(Format, ColorArg, TimeArg);

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global flags")]
pub struct GlobalArgs {
    /// Use this context [env: TUNNELCTL_CONTEXT]
    #[arg(short = 'c', long, global = true, value_name = "NAME", hide_short_help = true)]
    pub context: Option<String>,
    /// Server, instead of the context's [env: TUNNELCTL_SERVER]
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub server: Option<String>,
    /// Identity file (key, certificates, root), instead of the context's [env: TUNNELCTL_IDENTITY]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub identity: Option<PathBuf>,
    /// SHA-256 of the server's root certificate [env: TUNNELCTL_CA_PIN]
    #[arg(long, global = true, value_name = "HASH", hide_short_help = true)]
    pub ca_pin: Option<String>,
    /// Output format [env: TUNNELCTL_OUTPUT]
    #[arg(
        short = 'o',
        long,
        global = true,
        value_name = "FMT",
        value_enum,
        hide_short_help = true
    )]
    pub output: Option<Format>,
    /// Columns to print, in this order
    #[arg(
        long,
        global = true,
        value_name = "a,b,c",
        value_delimiter = ',',
        hide_short_help = true
    )]
    pub columns: Option<Vec<String>>,
    /// Sort by this column
    #[arg(long, global = true, value_name = "KEY[:desc]", hide_short_help = true)]
    pub sort: Option<String>,
    /// No header row
    #[arg(long, global = true, hide_short_help = true)]
    pub no_header: bool,
    /// Print ids and errors only
    #[arg(short = 'q', long, global = true, hide_short_help = true)]
    pub quiet: bool,
    /// Diagnostics on stderr; more with -vv, -vvv [env: TUNNELCTL_LOG]
    #[arg(short = 'v', long, global = true, action = ArgAction::Count, hide_short_help = true)]
    pub verbose: u8,
    /// Diagnostics into this file
    #[arg(long, global = true, value_name = "F", hide_short_help = true)]
    pub log_file: Option<PathBuf>,
    /// When to colour [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, global = true, value_name = "WHEN", value_enum, hide_short_help = true)]
    pub color: Option<ColorArg>,
    /// Same as --color never
    #[arg(long, global = true, conflicts_with = "color", hide_short_help = true)]
    pub no_color: bool,
    /// No glyphs beyond ASCII [env: TUNNELCTL_ASCII]
    #[arg(long, global = true, hide_short_help = true)]
    pub ascii: bool,
    /// Show times in UTC
    #[arg(long, global = true, hide_short_help = true)]
    pub utc: bool,
    /// How times are shown
    #[arg(long, global = true, value_name = "HOW", value_enum, hide_short_help = true)]
    pub time: Option<TimeArg>,
    /// Agree to a moderate change
    #[arg(short = 'y', long, global = true, hide_short_help = true)]
    pub yes: bool,
    /// Agree to a severe change: the object's name
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub confirm: Option<String>,
    /// Why, for the audit record
    #[arg(long, global = true, value_name = "TEXT", hide_short_help = true)]
    pub reason: Option<String>,
    /// Show what would happen, change nothing
    #[arg(short = 'n', long, global = true, hide_short_help = true)]
    pub dry_run: bool,
    /// With --dry-run: exit 10 if something would change
    #[arg(long, global = true, hide_short_help = true)]
    pub exit_code: bool,
    /// Never ask [env: TUNNELCTL_NO_INPUT, CI]
    #[arg(long, global = true, hide_short_help = true)]
    pub no_input: bool,
    /// Connect and reply deadline, default 30s [env: TUNNELCTL_TIMEOUT]
    #[arg(long, global = true, value_name = "D", value_parser = crate::cli::human::parse_limit, hide_short_help = true)]
    pub timeout: Option<Duration>,
    /// Try again this often if the server cannot be reached
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub retry: Option<u32>,
    /// Refuse to change anything [env: TUNNELCTL_READ_ONLY]
    #[arg(long, global = true, hide_short_help = true)]
    pub read_only: bool,
    /// No redrawn lines, no spinners, plain questions [env: TUNNELCTL_ACCESSIBLE, ACCESSIBLE]
    #[arg(long, global = true, hide_short_help = true)]
    pub accessible: bool,
}

/// Which part of a list, and how it is kept up.
#[derive(Debug, Clone, Default, Args)]
pub struct ListArgs {
    /// Only what matches (see: tunnelctl help filters)
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// At most this many rows (default 1000 on a terminal, all otherwise)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
}

impl ListArgs {
    /// The filter, read against what the rows answer.
    ///
    /// # Errors
    /// It is not one.
    pub fn filter(&self, schema: &Schema) -> Result<Option<Filter>> {
        let read = |text: &String| {
            Filter::parse(text, schema).map_err(|error| {
                Failure::usage(format!("--filter {text:?}: {error}")).hint("tunnelctl help filters")
            })
        };
        self.filter.as_ref().map(read).transpose()
    }
}

/// Selects by label.
#[derive(Debug, Clone, Default, Args)]
pub struct LabelArgs {
    /// Only with this label; repeat for all of several
    #[arg(short = 'l', long = "label", value_name = "KEY[=VALUE]")]
    pub labels: Vec<String>,
}

impl LabelArgs {
    /// Whether `labels` has all that are asked for.
    pub fn matches(&self, labels: &wire::Labels) -> bool {
        self.labels.iter().all(|wanted| match wanted.split_once('=') {
            Some((key, value)) => labels.pairs().get(key).is_some_and(|v| v == value),
            None => labels.pairs().contains_key(wanted),
        })
    }
}
