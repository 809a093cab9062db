//! Changing one value in the text of the file, and writing values. Text in, text out.

use std::ops::Range;
use toml::Value;

/// The value of `key` given on a command line, as TOML.
pub(super) fn value(key: &str, values: &[String]) -> Result<String, String> {
    match (key, values) {
        ("proxy" | "path", [one]) => return Ok(string(one)),
        // A list that can be empty, as nothing that is typed can be.
        ("reverse" | "gateway.listen" | "gateway.allow", [one]) if one.is_empty() => {
            return Ok(strings(&[]));
        }
        ("proxy" | "path", _) => return Err(format!("{key}: takes one value")),
        ("limits.tunnels" | "limits.gateway", _) => {}
        _ => return Ok(strings(values)),
    }
    match values {
        [one] => one
            .parse::<u32>()
            .map(|n| n.to_string())
            .map_err(|_| format!("{key}: {one:?} is not a number")),
        _ => Err(format!("{key}: takes one number")),
    }
}

/// A string, as TOML.
pub(super) fn string(value: &str) -> String {
    Value::String(value.to_owned()).to_string()
}

/// An array of strings, as TOML.
pub(super) fn strings(values: &[String]) -> String {
    Value::Array(values.iter().cloned().map(Value::String).collect()).to_string()
}

/// `text` with the value of `key` replaced, or put where TOML wants it.
pub(super) fn replace(text: &str, key: &str, span: Option<Range<usize>>, value: &str) -> String {
    if let Some(span) = span {
        return format!("{}{value}{}", &text[..span.start], &text[span.end..]);
    }
    match key.split_once('.') {
        Some((table, name)) => match line_at(text, |line| line == format!("[{table}]")) {
            Some((_, end)) => insert(text, end, &format!("{name} = {value}\n")),
            None => insert(text, text.len(), &format!("\n[{table}]\n{name} = {value}\n")),
        },
        None => {
            let place =
                line_at(text, |line| line.starts_with('[')).map_or(text.len(), |(at, _)| at);
            insert(text, place, &format!("{key} = {value}\n"))
        }
    }
}

/// Start and end of the first line that fits.
fn line_at(text: &str, fits: impl Fn(&str) -> bool) -> Option<(usize, usize)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if fits(line.trim()) {
            return Some((start, start + line.len()));
        }
        start += line.len();
    }
    None
}

fn insert(text: &str, place: usize, line: &str) -> String {
    let (before, after) = text.split_at(place);
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    format!("{before}{gap}{line}{after}")
}

/// One key with its comment and its origin; `opens` is the table that begins with it. A value that is
/// not set by anyone is a comment too.
pub(super) fn shown(
    (key, opens): (&str, Option<&str>),
    doc: &str,
    value: &str,
    origin: &str,
) -> String {
    let head = opens.map(|table| format!("[{table}]\n")).unwrap_or_default();
    let name = key.split_once('.').map_or(key, |(_, name)| name);
    let mark = if origin == "from the enrolment" { "# " } else { "" };
    format!("\n# {doc}\n{head}{mark}{name} = {value}  # {origin}\n")
}
