//! The filter language of the console's `/` line and of `--filter` (console.md §4.7).
//!
//! Text becomes an expression against a [`Schema`] of keys; the expression is then asked of rows.
//! It knows nothing of terminals, servers or clocks: the time of a question is passed in.

mod eval;
mod granted;
mod lex;
mod parse;
mod policy;
mod rows;
mod stored;
mod units;

pub use eval::{Field, Subject};
pub use granted::{guest_schema, lock_schema, pending_schema, session_schema};
pub use lex::Span;
pub use parse::{Check, Expr, Op, Test, Word};
pub use units::size;

use std::collections::BTreeSet;
use wire::UnixMs;

/// What kind of values a key holds, and with it which comparisons make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Free text; `*` stands for anything.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A duration; a unit is required.
    Millis,
    /// How long ago something was; a unit is required.
    Age,
    /// Bytes per second; a unit is required.
    Rate,
    /// Bytes; a unit is required.
    Bytes,
    /// A number.
    Count,
    /// A share, written with `%`.
    Percent,
    /// A version, compared number by number.
    Version,
    /// An address; matches networks.
    Net,
    /// Not before this time (`since`), written as `3h`, `14:00` or a date.
    Since,
    /// Before this time (`until`).
    Until,
}

/// A key of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// One phrase for the help.
    pub about: &'static str,
}

/// Which label keys a filter may name besides the schema's own keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelKeys {
    /// Rows have no labels.
    None,
    /// Any key is taken for a label.
    Any,
    /// Only these.
    Known(BTreeSet<String>),
}

/// The keys that rows of one kind have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The keys, in the order of the help.
    pub keys: &'static [Key],
    /// The labels.
    pub labels: LabelKeys,
}

/// Why a text is not a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// The part of the text that is wrong, in bytes.
    pub span: Span,
    /// What is wrong with it and what would be right.
    pub message: String,
}

/// A filter that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    expr: Expr,
}

impl Filter {
    /// Reads `text`.
    ///
    /// # Errors
    /// Names the part that was not understood.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, FilterError> {
        parse::parse(text, schema).map(|expr| Self { expr })
    }

    /// Whether `row` passes at the time `now`.
    pub fn matches(&self, row: &dyn Subject, now: UnixMs) -> bool {
        eval::matches(&self.expr, row, now)
    }

    /// The expression behind it.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.expr.fmt(f)
    }
}

pub use policy::{access_request_schema, operator_schema, role_schema};
pub use rows::{NODE_KEYS, TUNNEL_KEYS, node_schema, tunnel_schema};
pub use stored::{link_schema, port_schema, rule_schema, token_schema};

#[cfg(test)]
mod tests;
