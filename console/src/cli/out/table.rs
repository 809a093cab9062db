//! Rows as aligned columns for a terminal, tab-separated lines for a pipe, or CSV.

use crate::cli::global::Format;
use crate::cli::out::row::{Cell, Column, Row, Tone};
use crate::cli::out::{Look, Out};
use crate::exit::{Exit, Failure, Result};
use serde::Serialize;
use serde_json::Value;
use std::cmp::Ordering;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use wire::SafeText;

const GAP: usize = 2;
const NARROWEST: usize = 8;

/// Prints `rows` in a table format.
///
/// # Errors
/// An unknown column, or the reader has gone.
pub fn print<R: Row>(out: &Out, rows: &[&R]) -> Result<()> {
    let columns = chosen(out, R::COLUMNS)?;
    let cells: Vec<Vec<Cell>> = rows
        .iter()
        .map(|row| columns.iter().map(|c| safe(row.cell(c.key, &out.look))).collect())
        .collect();
    match out.format {
        Format::Csv => csv(out, &columns, &cells),
        _ if out.look.machine => tabbed(out, &columns, &cells),
        _ => aligned(out, &columns, &cells),
    }
}

/// Keeps the first `limit` rows in the order that the user asked for; without one, all.
///
/// # Errors
/// There is no such column.
pub fn first<R: Row>(out: &Out, rows: &mut Vec<R>, limit: Option<u32>) -> Result<()> {
    if let Some((key, descending)) = order::<R>(out)? {
        rows.sort_by(|a, b| ordered(out, key, descending, a, b));
        rows.truncate(limit.and_then(|l| usize::try_from(l).ok()).unwrap_or(usize::MAX));
    }
    Ok(())
}

/// Sorts by the column the user asked for.
///
/// # Errors
/// There is no such column.
pub fn sort<R: Row>(out: &Out, rows: &mut [&R]) -> Result<()> {
    if let Some((key, descending)) = order::<R>(out)? {
        rows.sort_by(|a, b| ordered(out, key, descending, *a, *b));
    }
    Ok(())
}

/// The key to sort by, and whether the largest comes first.
fn order<R: Row>(out: &Out) -> Result<Option<(&'static str, bool)>> {
    let Some(sort) = &out.sort else { return Ok(None) };
    let (key, descending) = match sort.rsplit_once(':') {
        Some((key, "desc")) => (key, true),
        Some((key, "asc")) => (key, false),
        _ => (sort.as_str(), false),
    };
    Ok(Some((find(R::COLUMNS, key)?.key, descending)))
}

fn ordered<R: Row>(out: &Out, key: &str, descending: bool, a: &R, b: &R) -> Ordering {
    let order = compare(&a.cell(key, &out.look), &b.cell(key, &out.look));
    if descending { order.reverse() } else { order }
}

impl Out {
    /// Whether the columns asked for are there, in whatever format and before anything is asked.
    ///
    /// # Errors
    /// One is not.
    pub fn check<R: Row>(&self) -> Result<()> {
        order::<R>(self)?;
        chosen(self, R::COLUMNS).map(drop)
    }
}

fn compare(a: &Cell, b: &Cell) -> Ordering {
    match (a.order, b.order) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => a.text.cmp(&b.text),
    }
}

fn chosen(out: &Out, all: &'static [Column]) -> Result<Vec<&'static Column>> {
    if let Some(keys) = &out.columns {
        return keys.iter().map(|key| find(all, key)).collect();
    }
    let wide = matches!(out.format, Format::Wide | Format::Csv);
    Ok(all.iter().filter(|column| wide || !column.wide).collect())
}

fn find(all: &'static [Column], key: &str) -> Result<&'static Column> {
    let wanted = key.trim();
    let hit = all.iter().find(|c| c.key == wanted || c.title.eq_ignore_ascii_case(wanted));
    hit.ok_or_else(|| {
        let keys: Vec<&str> = all.iter().map(|c| c.key).collect();
        Failure::usage(format!("there is no column {wanted:?}"))
            .hint(format!("columns: {}", keys.join(", ")))
    })
}

fn safe(mut cell: Cell) -> Cell {
    cell.text = SafeText::bounded(&cell.text, 4096).to_string();
    cell
}

fn tabbed(out: &Out, columns: &[&Column], rows: &[Vec<Cell>]) -> Result<()> {
    let mut text = String::new();
    if !out.no_header {
        let titles: Vec<String> = columns.iter().map(|c| c.key.to_ascii_uppercase()).collect();
        text.push_str(&titles.join("\t"));
        text.push('\n');
    }
    for row in rows {
        let cells: Vec<&str> = row.iter().map(|cell| cell.text.as_str()).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    out.raw(&text)
}

fn csv(out: &Out, columns: &[&Column], rows: &[Vec<Cell>]) -> Result<()> {
    let header = columns.iter().map(|c| c.key.to_owned()).collect();
    let rows = rows.iter().map(|row| row.iter().map(|cell| cell.text.clone()).collect());
    records(out, header, rows)
}

/// An object without columns as one CSV record; the keys of inner objects are joined with dots.
///
/// # Errors
/// The reader has gone.
pub fn flat<T: Serialize>(out: &Out, object: &T) -> Result<()> {
    let wrong = |error: serde_json::Error| Failure::new(Exit::Failed, error.to_string());
    let mut pairs = Vec::new();
    flatten("", serde_json::to_value(object).map_err(wrong)?, &mut pairs);
    let (header, row) = pairs.into_iter().unzip();
    records(out, header, std::iter::once(row))
}

fn flatten(key: &str, value: Value, pairs: &mut Vec<(String, String)>) {
    let text = match value {
        Value::Object(inner) => {
            let joined =
                |name: &str| if key.is_empty() { name.into() } else { format!("{key}.{name}") };
            return inner
                .into_iter()
                .for_each(|(name, value)| flatten(&joined(&name), value, pairs));
        }
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    pairs.push((key.to_owned(), text));
}

/// A header and rows as CSV.
///
/// # Errors
/// The reader has gone.
pub fn records(
    out: &Out,
    header: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<()> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let wrong = |error: csv::Error| Failure::new(Exit::Failed, error.to_string());
    if !out.no_header {
        writer.write_record(header).map_err(wrong)?;
    }
    for row in rows {
        writer.write_record(row).map_err(wrong)?;
    }
    let bytes =
        writer.into_inner().map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    out.raw(&String::from_utf8_lossy(&bytes))
}

fn aligned(out: &Out, columns: &[&Column], rows: &[Vec<Cell>]) -> Result<()> {
    if rows.is_empty() && out.terminal {
        out.aside("nothing to show");
        return Ok(());
    }
    let titles: Vec<String> = columns.iter().map(|c| title(c, &out.look)).collect();
    let widths = widths(&titles, rows, out.look.width);
    let mut text = String::new();
    if !out.no_header {
        let header: Vec<Cell> = titles.into_iter().map(Cell::plain).collect();
        line(&mut text, columns, &widths, &header, &out.look);
    }
    for row in rows {
        line(&mut text, columns, &widths, row, &out.look);
    }
    out.raw(&text)
}

fn title(column: &Column, look: &Look) -> String {
    if look.ascii {
        return column.title.replace('▲', "UP").replace('▼', "DOWN");
    }
    column.title.to_owned()
}

/// Natural widths, then the widest text column gives way until the line fits.
fn widths(titles: &[String], rows: &[Vec<Cell>], limit: Option<usize>) -> Vec<usize> {
    let mut widths: Vec<usize> = titles.iter().map(|t| t.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.text.width());
        }
    }
    let Some(limit) = limit else { return widths };
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > limit {
        let Some(widest) = widths.iter_mut().max_by_key(|w| **w).filter(|w| **w > NARROWEST) else {
            break;
        };
        *widest -= 1;
    }
    widths
}

fn line(text: &mut String, columns: &[&Column], widths: &[usize], row: &[Cell], look: &Look) {
    let last = columns.len().saturating_sub(1);
    for (at, ((column, cell), width)) in columns.iter().zip(row).zip(widths).enumerate() {
        let shown = cut(&cell.text, *width, look);
        let pad = " ".repeat(width.saturating_sub(shown.width()));
        let colored = look.color && cell.tone != Tone::Plain;
        let (on, off) = if colored { (cell.tone.start(), "\x1b[0m") } else { ("", "") };
        let pad_after = if at == last { "" } else { pad.as_str() };
        let gap = if at == last { "" } else { "  " };
        // Writing into a String cannot fail.
        let _ = if column.right {
            write!(text, "{pad}{on}{shown}{off}{gap}")
        } else {
            write!(text, "{on}{shown}{off}{pad_after}{gap}")
        };
    }
    text.push('\n');
}

fn cut(text: &str, width: usize, look: &Look) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mark = look.glyph("…", "~");
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        out.push(c);
    }
    out + mark
}
