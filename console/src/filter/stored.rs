//! What published ports, rules and tokens answer to a filter.

use super::eval::{Field, Subject};
use super::rows::{key, owned, text};
use super::{Key, Kind, LabelKeys, Schema};
use std::borrow::Cow;
use wire::message::view::{LinkView, PortView, RuleView, TokenView};

const PORT_STATES: &[&str] = &["serving", "holding", "refusing", "disabled", "fault"];
const LINK_STATES: &[&str] = &["listening", "waiting", "refused"];
const RULE_STATES: &[&str] = &["on", "off", "expired"];
const TOKEN_STATES: &[&str] = &["active", "used-up", "expired", "revoked"];

const PORT_KEYS: &[Key] = &[
    key("name", Kind::Text, "name"),
    key("id", Kind::Text, "id"),
    key("number", Kind::Count, "public port number"),
    key("node", Kind::Text, "node behind it"),
    key("to", Kind::Text, "target, as in to:*:5432"),
    key("state", Kind::Word(PORT_STATES), "state"),
    key("tun", Kind::Count, "open tunnels"),
    key("waiting", Kind::Count, "visitors waiting"),
];

const LINK_KEYS: &[Key] = &[
    key("name", Kind::Text, "name"),
    key("id", Kind::Text, "id"),
    key("node", Kind::Text, "node at one of its ends"),
    key("at", Kind::Text, "where it listens, as in at:*:5432"),
    key("to", Kind::Text, "target, as in to:*:5432"),
    key("state", Kind::Word(LINK_STATES), "state"),
    key("tun", Kind::Count, "open connections"),
    key("rule", Kind::Text, "the rule that lets it pass"),
];

const RULE_KEYS: &[Key] = &[
    key("id", Kind::Text, "id"),
    key("effect", Kind::Word(&["allow", "deny"]), "allow or deny"),
    key("who", Kind::Text, "anyone, an operator, role:NAME or node:NAME"),
    key("from", Kind::Net, "source network"),
    key("nodes", Kind::Text, "nodes"),
    key("to", Kind::Text, "targets"),
    key("port", Kind::Text, "published port"),
    key("state", Kind::Word(RULE_STATES), "state"),
    key("hits", Kind::Count, "how often it decided"),
];

const TOKEN_KEYS: &[Key] = &[
    key("name", Kind::Text, "name"),
    key("id", Kind::Text, "id"),
    key("kind", Kind::Word(&["node", "operator"]), "what it enrols"),
    key("state", Kind::Word(TOKEN_STATES), "state"),
    key("by", Kind::Text, "who made it"),
    key("left", Kind::Count, "uses left"),
    key("uncollected", Kind::Count, "issued, not collected"),
    key("role", Kind::Text, "role it gives"),
    key("since", Kind::Since, "made since"),
    key("until", Kind::Until, "made before"),
];

/// The schema of published ports.
pub const fn port_schema() -> Schema {
    Schema { keys: PORT_KEYS, labels: LabelKeys::None }
}

/// The schema of links.
pub const fn link_schema() -> Schema {
    Schema { keys: LINK_KEYS, labels: LabelKeys::None }
}

/// The schema of rules.
pub const fn rule_schema() -> Schema {
    Schema { keys: RULE_KEYS, labels: LabelKeys::None }
}

/// The schema of tokens; labels are those that a token gives.
pub const fn token_schema() -> Schema {
    Schema { keys: TOKEN_KEYS, labels: LabelKeys::Any }
}

impl Subject for PortView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(self.name.as_str());
        see(&self.id.to_string());
        see(&self.target.to_string());
        self.nodes.iter().for_each(|node| see(node.name.as_str()));
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "name" => text(Some(self.name.as_str())),
            "id" => owned(self.id),
            "number" => Field::Number(self.public.port.into()),
            "node" => {
                let names = self.nodes.iter().map(|n| Cow::Borrowed(n.name.as_str()));
                let ids = self.nodes.iter().map(|n| Cow::Owned(n.id.to_string()));
                Field::Texts(names.chain(ids).collect())
            }
            "to" => owned(&self.target),
            "state" => text(Some(self.state.as_str())),
            "tun" => Field::Number(self.tunnels.into()),
            "waiting" => Field::Number(self.waiting.into()),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

impl Subject for LinkView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(self.name.as_str());
        see(&self.id.to_string());
        see(self.at.node.name.as_str());
        see(self.to.node.name.as_str());
        see(&self.at.listen.to_string());
        see(&self.to.target.to_string());
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "name" => text(Some(self.name.as_str())),
            "id" => owned(self.id),
            "node" => {
                let ends = [&self.at.node, &self.to.node];
                let names = ends.map(|node| Cow::Borrowed(node.name.as_str()));
                let ids = ends.map(|node| Cow::Owned(node.id.to_string()));
                Field::Texts(names.into_iter().chain(ids).collect())
            }
            "at" => owned(&self.at.listen),
            "to" => owned(&self.to.target),
            "state" => text(Some(self.state.as_str())),
            "tun" => Field::Number(self.tunnels.into()),
            "rule" => self.rule.map_or(Field::Missing, owned),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

impl Subject for RuleView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(&self.id.to_string());
        see(self.who.as_str());
        for part in [&self.from, &self.nodes, &self.to].into_iter().flatten() {
            see(part.as_str());
        }
        if let Some(port) = &self.port {
            see(port.as_str());
        }
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "id" => owned(self.id),
            "effect" => owned(self.effect),
            "who" => text(Some(self.who.as_str())),
            "from" => text(self.from.as_ref().map(|v| v.as_str())),
            "nodes" => text(self.nodes.as_ref().map(|v| v.as_str())),
            "to" => text(self.to.as_ref().map(|v| v.as_str())),
            "port" => text(self.port.as_ref().map(|v| v.as_str())),
            "state" => text(Some(self.state.as_str())),
            "hits" => Field::Number(super::units::float(self.hits)),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

impl Subject for TokenView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(self.name.as_str());
        see(&self.id.to_string());
        for (key, value) in self.grants.labels.pairs() {
            if value.is_empty() { see(key) } else { see(&format!("{key}={value}")) }
        }
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "name" => text(Some(self.name.as_str())),
            "id" => owned(self.id),
            "kind" => text(Some(self.token_kind.as_str())),
            "state" => text(Some(self.state.as_str())),
            "by" => text(self.by.as_ref().map(|v| v.as_str())),
            "left" => Field::Number(self.uses.left.into()),
            "uncollected" => {
                Field::Number(self.not_collected.as_ref().map_or(0, |open| open.total).into())
            }
            "role" => text(self.grants.role.as_ref().map(|v| v.as_str())),
            "since" | "until" => Field::At(self.created_at),
            _ => Field::Missing,
        }
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.grants.labels.pairs().get(key).map(String::as_str)
    }
}
