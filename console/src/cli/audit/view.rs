//! How an audit record looks as a row, and what it answers to a filter.

use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::filter::{Field, Subject};
use crate::filter::{Key, Kind, LabelKeys, Schema};
use std::borrow::Cow;
use wire::SafeText;
use wire::audit::{AuditEvent, AuditResult, Value};

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, about }
}

const KEYS: &[Key] = &[
    key("action", Kind::Text, "action, as in action:*.denied"),
    key("result", Kind::Word(&["ok", "denied", "failed"]), "how it went"),
    key("who", Kind::Text, "operator or node that acted"),
    key("role", Kind::Text, "role"),
    key("session", Kind::Text, "session"),
    key("from", Kind::Net, "source address or network"),
    key("object", Kind::Text, "name or id of the object"),
    key("node", Kind::Text, "node that acted or was acted on"),
    key("kind", Kind::Text, "kind of the object"),
    key("rule", Kind::Text, "the rule that decided"),
    key("to", Kind::Text, "target of a tunnel"),
    key("since", Kind::Since, "not before"),
    key("until", Kind::Until, "before"),
];

/// The keys of an audit record.
pub(super) const fn schema() -> Schema {
    Schema { keys: KEYS, labels: LabelKeys::None }
}

impl Subject for AuditEvent {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(self.entry.action.as_str());
        for text in [
            &self.entry.actor.operator,
            &self.entry.actor.node,
            &self.entry.object.name,
            &self.entry.object.id,
        ]
        .into_iter()
        .flatten()
        {
            see(text.as_str());
        }
    }

    fn field(&self, key: &str) -> Field<'_> {
        let entry = &self.entry;
        match key {
            "action" => Field::Text(Cow::Borrowed(entry.action.as_str())),
            "result" => Field::Text(Cow::Borrowed(result(entry.result))),
            "who" => texts([&entry.actor.operator, &entry.actor.node]),
            "role" => texts([&entry.actor.role]),
            "session" => texts([&entry.actor.session]),
            "from" => texts([&entry.actor.source_ip]),
            "object" => texts([&entry.object.name, &entry.object.id]),
            "node" if entry.object.kind.as_str() == "node" => {
                texts([&entry.object.name, &entry.object.id, &entry.actor.node])
            }
            "node" => texts([&entry.actor.node]),
            "kind" => Field::Text(Cow::Borrowed(entry.object.kind.as_str())),
            "rule" => datum(self, "rule"),
            "to" => datum(self, "target"),
            "since" | "until" => Field::At(self.at),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

fn texts<const N: usize>(all: [&Option<SafeText>; N]) -> Field<'_> {
    let known: Vec<Cow<'_, str>> =
        all.into_iter().flatten().map(|t| Cow::Borrowed(t.as_str())).collect();
    if known.is_empty() { Field::Missing } else { Field::Texts(known) }
}

fn datum<'a>(event: &'a AuditEvent, key: &str) -> Field<'a> {
    match event.entry.data.get(key) {
        Some(Value::Text(text)) => Field::Text(Cow::Borrowed(text.as_str())),
        Some(Value::Int(number)) => Field::Text(Cow::Owned(number.to_string())),
        Some(Value::Bool(yes)) => Field::Text(Cow::Owned(yes.to_string())),
        None => Field::Missing,
    }
}

const fn result(result: AuditResult) -> &'static str {
    match result {
        AuditResult::Ok => "ok",
        AuditResult::Denied => "denied",
        AuditResult::Failed => "failed",
    }
}

impl Row for AuditEvent {
    const KIND: &'static str = "AuditEvent";
    const COLUMNS: &'static [Column] = &[
        Column::text("time", "TIME"),
        Column::text("who", "WHO"),
        Column::text("action", "ACTION"),
        Column::text("object", "OBJECT"),
        Column::text("result", "RESULT"),
        Column::text("from", "FROM"),
        Column::text("detail", "DETAIL"),
        Column::number("seq", "SEQ").wide(),
        Column::text("id", "ID").wide(),
        Column::text("hash", "HASH").wide(),
    ];

    fn id(&self) -> String {
        self.id().to_string()
    }

    fn name(&self) -> String {
        self.id().to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        let entry = &self.entry;
        match key {
            "time" => look.ago(Some(self.at)),
            "who" => look.text(entry.actor.operator.as_ref().or(entry.actor.node.as_ref())),
            "action" => Cell::plain(entry.action.as_str()),
            "object" => look.text(entry.object.name.as_ref().or(entry.object.id.as_ref())),
            "result" => Cell::toned(result(entry.result), tone(entry.result)),
            "from" => look.text(entry.actor.source_ip.as_ref()),
            "detail" => Cell::plain(detail(self)),
            "seq" => look.count(self.seq),
            "hash" => Cell::plain(self.hash.to_string()),
            _ => Cell::plain(self.id().to_string()),
        }
    }
}

const fn tone(result: AuditResult) -> Tone {
    match result {
        AuditResult::Ok => Tone::Plain,
        AuditResult::Denied => Tone::Warn,
        AuditResult::Failed => Tone::Bad,
    }
}

fn detail(event: &AuditEvent) -> String {
    let parts: Vec<String> = event
        .entry
        .data
        .iter()
        .map(|(key, value)| match value {
            Value::Text(text) => format!("{key}={text}"),
            Value::Int(number) => format!("{key}={number}"),
            Value::Bool(yes) => format!("{key}={yes}"),
        })
        .collect();
    parts.join(" ")
}
