//! `schema`: the JSON Schema of every kind that is printed. The shapes are in `schema/kinds.txt`;
//! tests hold real outputs against them.

use crate::cli::{Run, nearest};
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use serde_json::{Map, Value, json};

const SHAPES: &str = include_str!("schema/kinds.txt");
const TIME: &str = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$";
const LISTS: &[&str] = &[
    "Node",
    "Reconnect",
    "Tunnel",
    "Forward",
    "Port",
    "Link",
    "Session",
    "Rule",
    "Guest",
    "Lock",
    "Token",
    "Pending",
    "AuditEvent",
    "Context",
    "Setting",
    "Operator",
    "Role",
    "AccessCell",
    "AccessRequest",
];

/// Which kind.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The kind; without one, all kinds are listed
    kind: Option<String>,
}

/// Runs `schema`.
///
/// # Errors
/// There is no such kind.
pub fn run(args: &SchemaArgs, run: &Run) -> Result {
    let Some(kind) = &args.kind else {
        kinds().iter().try_for_each(|kind| run.out.line(kind))?;
        return Ok(Exit::Ok);
    };
    match schema(kind) {
        Some(schema) => run.out.json(&schema, true)?,
        None => {
            let kinds = kinds();
            let failure = Failure::new(Exit::NotFound, format!("there is no kind {kind:?}"));
            return Err(match nearest(kind, kinds.iter().map(String::as_str)) {
                Some(near) => failure.hint(format!("did you mean {near}?")),
                None => failure.hint("tunnelctl schema     lists all kinds"),
            });
        }
    }
    Ok(Exit::Ok)
}

/// Every kind, lists included.
pub fn kinds() -> Vec<String> {
    let single = shapes().into_iter().map(|(name, _)| name).filter(|n| !n.starts_with('*'));
    let lists = LISTS.iter().map(|kind| format!("{kind}List"));
    let mut all: Vec<String> = single.map(str::to_owned).chain(lists).collect();
    all.sort();
    all
}

/// The schema of a kind.
pub fn schema(kind: &str) -> Option<Value> {
    let mut schema = match kind.strip_suffix("List").filter(|of| LISTS.contains(of)) {
        Some(of) => list(of),
        None => object(kind)?,
    };
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(kind);
    schema["properties"]["kind"] = json!({"const": kind});
    schema["properties"]["api_version"] = json!({"const": crate::cli::out::API_VERSION});
    if let Some(required) = schema["required"].as_array_mut() {
        required.insert(0, json!("kind"));
    }
    Some(schema)
}

fn list(of: &str) -> Value {
    let meta = json!({
        "type": "object",
        "properties": {
            "count": {"type": "integer"},
            "next": {"type": ["string", "null"]},
            "as_of": {"type": "string", "pattern": TIME},
        },
        "required": ["count", "next", "as_of"],
    });
    let items = object(of).unwrap_or_default();
    json!({
        "type": "object",
        "properties": {"items": {"type": "array", "items": items}, "meta": meta},
        "required": ["items", "meta"],
    })
}

type Shape = (&'static str, Vec<(&'static str, &'static str)>);

fn shapes() -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::new();
    for line in SHAPES.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match (line.strip_prefix("  ").and_then(|key| key.split_once(' ')), shapes.last_mut()) {
            (Some(key), Some(shape)) => shape.1.push(key),
            _ => shapes.push((line, Vec::new())),
        }
    }
    shapes
}

/// The object called `name`, as a kind or as a part.
fn object(name: &str) -> Option<Value> {
    let all = shapes();
    let (_, keys) = all.iter().find(|(of, _)| of.trim_start_matches('*') == name)?;
    let properties: Map<String, Value> =
        keys.iter().map(|(key, of)| (key.trim_end_matches('?').to_owned(), value(of))).collect();
    let required: Vec<&str> =
        keys.iter().map(|(key, _)| *key).filter(|key| !key.ends_with('?')).collect();
    Some(json!({"type": "object", "properties": properties, "required": required}))
}

fn value(of: &str) -> Value {
    if let Some(inner) = of.strip_prefix('?') {
        return json!({"anyOf": [value(inner), {"type": "null"}]});
    }
    if let Some(inner) = of.strip_prefix('[').and_then(|o| o.strip_suffix(']')) {
        return json!({"type": "array", "items": value(inner)});
    }
    if let Some(inner) = of.strip_prefix('{').and_then(|o| o.strip_suffix('}')) {
        return json!({"type": "object", "additionalProperties": value(inner)});
    }
    match of {
        "any" => json!({}),
        "time" => json!({"type": "string", "pattern": TIME}),
        "string" | "integer" | "number" | "boolean" => json!({"type": of}),
        words if words.contains('|') => {
            json!({"enum": words.split('|').collect::<Vec<_>>()})
        }
        part => object(part).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
