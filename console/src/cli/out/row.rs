//! What a type must say about itself to be listed.

use crate::cli::out::Look;
use serde::Serialize;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// For `--columns`, `--sort` and the CSV header.
    pub key: &'static str,
    /// The header people see.
    pub title: &'static str,
    /// Only with `-o wide`, or when asked for.
    pub wide: bool,
    /// Numbers stand at the right.
    pub right: bool,
}

impl Column {
    /// Text, always there.
    pub const fn text(key: &'static str, title: &'static str) -> Self {
        Self { key, title, wide: false, right: false }
    }

    /// A number, always there.
    pub const fn number(key: &'static str, title: &'static str) -> Self {
        Self { key, title, wide: false, right: true }
    }

    /// The same, with `-o wide` only.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }
}

/// How a cell is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Someone should look.
    Warn,
    /// Broken.
    Bad,
    /// Of little interest.
    Dim,
}

impl Tone {
    /// The SGR sequence that starts it.
    pub const fn start(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "\x1b[32m",
            Self::Warn => "\x1b[33m",
            Self::Bad => "\x1b[31m",
            Self::Dim => "\x1b[2m",
        }
    }
}

/// One value of a row.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// What is printed.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// What it is sorted by, where that is not the text.
    pub order: Option<f64>,
}

impl Cell {
    /// Text without a meaning.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Text with a meaning.
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone, order: None }
    }

    /// Text that is sorted as a number.
    #[allow(clippy::cast_precision_loss, reason = "only the order matters")]
    pub fn number(text: impl Into<String>, order: u64) -> Self {
        Self { text: text.into(), tone: Tone::Plain, order: Some(order as f64) }
    }
}

/// A type that can be listed.
pub trait Row: Serialize {
    /// `Node`; lists are `NodeList`.
    const KIND: &'static str;
    /// Its columns, in order.
    const COLUMNS: &'static [Column];
    /// What `-q` prints.
    fn id(&self) -> String;
    /// What `-o name` prints behind the kind.
    fn name(&self) -> String;
    /// The cell in the column with this key.
    fn cell(&self, key: &str, look: &Look) -> Cell;
    /// The word beside its name where a shell offers it; `None` = it is over, and not offered.
    fn in_short(&self, look: &Look) -> Option<String> {
        Some(self.cell("state", look).text)
    }
}
