//! What nodes and tunnels answer to a filter. Only keys whose values exist.

use super::eval::{Field, Subject};
use super::units::float;
use super::{Key, Kind, LabelKeys, Schema};
use std::borrow::Cow;
use wire::message::view::{NodeView, TunnelView};

const NODE_STATES: &[&str] =
    &["online", "degraded", "stale", "offline", "locked", "revoked", "pending"];
const TUNNEL_STATES: &[&str] = &["opening", "flowing", "idle", "stalled", "closing", "closed"];
const TUNNEL_TYPES: &[&str] = &["forward", "socks", "connect", "reverse", "port", "share", "link"];

pub(super) const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, about }
}

/// The keys of a node.
pub const NODE_KEYS: &[Key] = &[
    key("name", Kind::Text, "name"),
    key("id", Kind::Text, "id"),
    key("state", Kind::Word(NODE_STATES), "state"),
    key("reason", Kind::Text, "why it is degraded or away"),
    key("version", Kind::Version, "agent version"),
    key("ip", Kind::Net, "exit address or network"),
    key("rtt", Kind::Millis, "median round trip"),
    key("health", Kind::Percent, "share of the last 24 h online"),
    key("rc", Kind::Count, "reconnects in 24 h"),
    key("tun", Kind::Count, "open tunnels"),
    key("up", Kind::Rate, "rate towards targets"),
    key("down", Kind::Rate, "rate from targets"),
    key("seen", Kind::Age, "since last heard"),
    key("owner", Kind::Text, "who answers for it"),
    key("path", Kind::Text, "path in use"),
    key("os", Kind::Text, "operating system"),
    key("host", Kind::Text, "host name"),
];

/// The keys of a tunnel.
pub const TUNNEL_KEYS: &[Key] = &[
    key("id", Kind::Text, "id"),
    key("node", Kind::Text, "node"),
    key("to", Kind::Text, "target, as in to:*:5432"),
    key("who", Kind::Text, "operator, or node:NAME of a link"),
    key("from", Kind::Net, "source address or network"),
    key("kind", Kind::Word(TUNNEL_TYPES), "what opened it"),
    key("state", Kind::Word(TUNNEL_STATES), "state"),
    key("age", Kind::Age, "since it was asked for"),
    key("idle", Kind::Millis, "since bytes last moved"),
    key("up", Kind::Rate, "rate towards the target"),
    key("down", Kind::Rate, "rate from the target"),
    key("sent", Kind::Bytes, "bytes towards the target"),
    key("received", Kind::Bytes, "bytes from the target"),
    key("rule", Kind::Text, "the rule that allowed it"),
    key("session", Kind::Text, "session"),
    key("role", Kind::Text, "role"),
    key("port", Kind::Text, "published port"),
    key("link", Kind::Text, "link"),
    key("note", Kind::Text, "note"),
    key("reason", Kind::Text, "why it closed"),
    key("since", Kind::Since, "opened since"),
    key("until", Kind::Until, "opened before"),
];

/// The schema of nodes.
pub const fn node_schema(labels: LabelKeys) -> Schema {
    Schema { keys: NODE_KEYS, labels }
}

/// The schema of tunnels.
pub const fn tunnel_schema() -> Schema {
    Schema { keys: TUNNEL_KEYS, labels: LabelKeys::None }
}

impl Subject for NodeView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(self.name.as_str());
        see(&self.id.to_string());
        if let Some(ip) = &self.exit_ip {
            see(ip.as_str());
        }
        for (key, value) in self.labels.pairs() {
            if value.is_empty() { see(key) } else { see(&format!("{key}={value}")) }
        }
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "name" => text(Some(self.name.as_str())),
            "id" => owned(self.id),
            "state" => text(Some(self.state.as_str())),
            "reason" => node_reasons(self),
            "version" => text(self.version.as_ref().map(|v| v.as_str())),
            "ip" => text(self.exit_ip.as_ref().map(|v| v.as_str())),
            "rtt" => self.rtt_p50_ms.map_or(Field::Missing, |n| Field::Number(float(n))),
            "health" => self.uptime_24h_ratio.map_or(Field::Missing, Field::Number),
            "rc" => Field::Number(self.reconnects_24h.into()),
            "tun" => Field::Number(self.tunnels.into()),
            "up" => Field::Number(float(self.up_bytes_per_s)),
            "down" => Field::Number(float(self.down_bytes_per_s)),
            "seen" => self.last_seen.map_or(Field::Missing, Field::At),
            "owner" => text(self.owner.as_ref().map(|v| v.as_str())),
            "path" => text(self.path.as_ref().map(|v| v.as_str())),
            "os" => text(self.inventory.os.as_ref().map(|v| v.as_str())),
            "host" => text(self.inventory.hostname.as_ref().map(|v| v.as_str())),
            _ => Field::Missing,
        }
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.labels.pairs().get(key).map(String::as_str)
    }
}

fn node_reasons(node: &NodeView) -> Field<'_> {
    let reasons = node.reasons.iter().map(|r| Cow::Borrowed(r.code.as_str()));
    Field::Texts(reasons.chain(node.disconnect_reason.map(|r| Cow::Borrowed(r.as_str()))).collect())
}

impl Subject for TunnelView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(&self.id.to_string());
        see(self.through());
        see(&self.target.to_string());
        if let Some(who) = self.who.name() {
            see(&who);
        }
        if let Some(link) = &self.link {
            see(link.as_str());
        }
        if let Some(ip) = &self.who.source_ip {
            see(ip.as_str());
        }
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "id" => owned(self.id),
            "node" => self.node.as_ref().map_or(Field::Missing, |node| {
                let id = Cow::Owned(node.id.to_string());
                Field::Texts(vec![Cow::Borrowed(node.name.as_str()), id])
            }),
            "to" => owned(&self.target),
            "who" => self.who.name().map_or(Field::Missing, owned),
            "from" => text(self.who.source_ip.as_ref().map(|v| v.as_str())),
            "kind" => text(Some(self.kind.as_str())),
            "state" => text(Some(self.state.as_str())),
            "age" | "since" | "until" => Field::At(self.opened_at),
            "idle" => Field::Number(float(self.idle_ms)),
            "up" => Field::Number(float(self.up_bytes_per_s)),
            "down" => Field::Number(float(self.down_bytes_per_s)),
            "sent" => Field::Number(float(self.up_bytes)),
            "received" => Field::Number(float(self.down_bytes)),
            "rule" => self.rule.map_or(Field::Missing, owned),
            "session" => text(self.who.session.as_ref().map(|v| v.as_str())),
            "role" => text(self.who.role.as_ref().map(|v| v.as_str())),
            "port" => text(self.port.as_ref().map(|v| v.as_str())),
            "link" => text(self.link.as_ref().map(|v| v.as_str())),
            "note" => text(self.note.as_ref().map(|v| v.as_str())),
            "reason" => text(self.closed.as_ref().map(|c| c.reason.as_str())),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

pub(super) fn text(value: Option<&str>) -> Field<'_> {
    value.map_or(Field::Missing, |v| Field::Text(Cow::Borrowed(v)))
}

pub(super) fn owned<'a>(value: impl ToString) -> Field<'a> {
    Field::Text(Cow::Owned(value.to_string()))
}
