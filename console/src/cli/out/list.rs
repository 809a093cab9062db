//! Lists in every format: envelope and items for programs, tables for people.

use crate::cli::global::Format;
use crate::cli::out::row::Row;
use crate::cli::out::{API_VERSION, Item, Out, table};
use crate::exit::Result;
use serde::Serialize;
use wire::UnixMs;

/// Rows, and where they go on.
#[derive(Debug, Clone)]
pub struct Listed<R> {
    /// The rows.
    pub rows: Vec<R>,
    /// Cursor of what was left out by `--limit`.
    pub next: Option<String>,
    /// When this was true.
    pub as_of: UnixMs,
}

#[derive(Serialize)]
struct Envelope<'a, R: Serialize> {
    api_version: &'static str,
    kind: String,
    items: Vec<Item<'a, R>>,
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct Meta<'a> {
    count: usize,
    next: Option<&'a str>,
    as_of: UnixMs,
}

impl Out {
    /// Prints a list.
    ///
    /// # Errors
    /// An unknown column, or the reader has gone.
    pub fn list<R: Row>(&self, listed: &Listed<R>) -> Result<()> {
        self.check::<R>()?;
        let mut rows: Vec<&R> = listed.rows.iter().collect();
        table::sort(self, &mut rows)?;
        match self.format {
            Format::Json => self.json(&envelope(listed, &rows), true),
            Format::Yaml => self.yaml(&envelope(listed, &rows)),
            Format::Jsonl => rows.iter().try_for_each(|row| self.item(*row)),
            Format::Name => {
                let kind = R::KIND.to_lowercase();
                rows.iter().try_for_each(|row| self.line(&format!("{kind}/{}", row.name())))
            }
            _ if self.quiet => rows.iter().try_for_each(|row| self.line(&row.id())),
            Format::Table | Format::Wide | Format::Csv => table::print(self, &rows),
        }
    }

    /// One row as a line of `jsonl`.
    ///
    /// # Errors
    /// The reader has gone.
    pub fn item<R: Row>(&self, row: &R) -> Result<()> {
        self.json(&Item { kind: R::KIND, object: row }, false)
    }

    /// One object: the JSON tree for programs, `KEY value` lines for people.
    ///
    /// # Errors
    /// The reader has gone.
    pub fn object<R: Row>(&self, row: &R) -> Result<()> {
        self.check::<R>()?;
        let name = if self.quiet { row.id() } else { row.name() };
        if self.format == Format::Csv && !self.quiet {
            return table::print(self, &[row]);
        }
        self.single(R::KIND, &name, row, |out| {
            if out.look.machine || out.columns.is_some() {
                return table::print(out, &[row]);
            }
            let cells: Vec<(&str, String)> = R::COLUMNS
                .iter()
                .map(|column| (column.title, row.cell(column.key, &out.look).text))
                .filter(|(_, text)| !text.is_empty())
                .collect();
            let widest = cells.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
            cells.iter().try_for_each(|(title, text)| {
                let gap = " ".repeat(widest - title.chars().count() + 2);
                out.line(&format!("{title}{gap}{}", wire::SafeText::bounded(text, 4096)))
            })
        })
    }
}

fn envelope<'a, R: Row>(listed: &'a Listed<R>, rows: &[&'a R]) -> Envelope<'a, R> {
    Envelope {
        api_version: API_VERSION,
        kind: format!("{}List", R::KIND),
        items: rows.iter().map(|row| Item { kind: R::KIND, object: *row }).collect(),
        meta: Meta { count: rows.len(), next: listed.next.as_deref(), as_of: listed.as_of },
    }
}
