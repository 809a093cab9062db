//! What the forwards of this user answer to a filter.

use crate::filter::{Field, Key, Kind, LabelKeys, Schema, Subject};
use crate::forwards::ForwardRow;
use std::borrow::Cow;

const STATES: &[&str] = &["ready", "waiting", "check_failed", "failed"];
const KINDS: &[&str] = &["fwd", "socks", "rev"];

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, about }
}

const KEYS: &[Key] = &[
    key("name", Kind::Text, "name"),
    key("id", Kind::Text, "id"),
    key("listen", Kind::Text, "address it listens on"),
    key("kind", Kind::Word(KINDS), "fwd, socks or rev"),
    key("node", Kind::Text, "node, port/NAME or label"),
    key("to", Kind::Text, "target, as in to:*:5432"),
    key("state", Kind::Word(STATES), "state"),
    key("tun", Kind::Count, "open tunnels"),
    key("since", Kind::Since, "began since"),
    key("until", Kind::Until, "began before"),
];

/// The schema of forwards.
pub(super) const fn schema() -> Schema {
    Schema { keys: KEYS, labels: LabelKeys::None }
}

impl Subject for ForwardRow {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(&self.id.to_string());
        see(&self.node);
        for text in [&self.name, &self.target].into_iter().flatten() {
            see(text);
        }
    }

    fn field(&self, key: &str) -> Field<'_> {
        let text = |text: Option<&'_ str>| match text {
            Some(text) => Field::Text(Cow::Owned(text.to_owned())),
            None => Field::Missing,
        };
        match key {
            "name" => text(self.name.as_deref()),
            "id" => text(Some(&self.id.to_string())),
            "listen" => text(self.addr.as_ref().map(wire::SafeText::as_str)),
            "kind" => text(Some(&self.kind)),
            "node" => text(Some(&self.node)),
            "to" => text(self.target.as_deref()),
            "state" => text(Some(self.state.as_str())),
            "tun" => u32::try_from(self.open).map_or(Field::Missing, |n| Field::Number(n.into())),
            "since" | "until" => Field::At(self.opened_at),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}
