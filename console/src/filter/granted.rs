//! What sessions, guests, locks and nodes that wait answer to a filter.

use super::eval::{Field, Subject};
use super::rows::{key, owned, text};
use super::{Key, Kind, LabelKeys, Schema};
use std::borrow::Cow;
use wire::SafeText;
use wire::message::view::{GuestView, LockView, PendingView, SessionView};

const SESSION_STATES: &[&str] = &["active", "expiring", "expired", "ended", "revoked"];
const GUEST_STATES: &[&str] = &["invited", "active", "expired", "revoked"];
const LOCK_KINDS: &[&str] = &["node", "operator", "session", "guest", "port", "all"];

const SESSION_KEYS: &[Key] = &[
    key("id", Kind::Text, "id"),
    key("kind", Kind::Word(&["login", "access"]), "what it is"),
    key("who", Kind::Text, "operator"),
    key("role", Kind::Text, "role"),
    key("from", Kind::Net, "address or network"),
    key("port", Kind::Text, "published port it admits to"),
    key("state", Kind::Word(SESSION_STATES), "state"),
    key("tun", Kind::Count, "open tunnels"),
    key("since", Kind::Since, "begun since"),
    key("until", Kind::Until, "begun before"),
];

const GUEST_KEYS: &[Key] = &[
    key("name", Kind::Text, "name"),
    key("id", Kind::Text, "id"),
    key("port", Kind::Text, "published port"),
    key("from", Kind::Net, "network"),
    key("by", Kind::Text, "who admitted it"),
    key("state", Kind::Word(GUEST_STATES), "state"),
    key("tun", Kind::Count, "open tunnels"),
];

const LOCK_KEYS: &[Key] = &[
    key("id", Kind::Text, "id"),
    key("kind", Kind::Word(LOCK_KINDS), "what it is on"),
    key("name", Kind::Text, "name of what it is on"),
    key("by", Kind::Text, "who locked"),
    key("reason", Kind::Text, "why"),
    key("state", Kind::Word(&["active", "ended"]), "state"),
];

const PENDING_KEYS: &[Key] = &[
    key("name", Kind::Text, "name it waits under"),
    key("id", Kind::Text, "id"),
    key("for", Kind::Word(&["enroll", "recover"]), "what it waits for"),
    key("words", Kind::Text, "fingerprint in words"),
    key("from", Kind::Net, "address it asked from"),
    key("token", Kind::Text, "the token it came with"),
    key("host", Kind::Text, "host name it reports"),
    key("since", Kind::Since, "waits since"),
    key("until", Kind::Until, "waits since before"),
];

/// The schema of sessions.
pub const fn session_schema() -> Schema {
    Schema { keys: SESSION_KEYS, labels: LabelKeys::None }
}

/// The schema of guests.
pub const fn guest_schema() -> Schema {
    Schema { keys: GUEST_KEYS, labels: LabelKeys::None }
}

/// The schema of locks.
pub const fn lock_schema() -> Schema {
    Schema { keys: LOCK_KEYS, labels: LabelKeys::None }
}

/// The schema of nodes that wait for a decision; labels are those they will have.
pub const fn pending_schema() -> Schema {
    Schema { keys: PENDING_KEYS, labels: LabelKeys::Any }
}

fn texts(all: &[SafeText]) -> Field<'_> {
    Field::Texts(all.iter().map(|one| Cow::Borrowed(one.as_str())).collect())
}

impl Subject for SessionView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(&self.id.to_string());
        see(self.operator.as_str());
        self.from.iter().for_each(|net| see(net.as_str()));
        self.ports.iter().for_each(|port| see(port.name.as_str()));
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "id" => owned(self.id),
            "kind" => text(Some(self.session_kind.as_str())),
            "who" => text(Some(self.operator.as_str())),
            "role" => text(self.role.as_ref().map(|role| role.as_str())),
            "from" => texts(&self.from),
            "port" => Field::Texts(
                self.ports.iter().map(|port| Cow::Borrowed(port.name.as_str())).collect(),
            ),
            "state" => text(Some(self.state.as_str())),
            "tun" => Field::Number(self.tunnels.into()),
            "since" | "until" => Field::At(self.started_at),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

impl Subject for GuestView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(self.name.as_str());
        see(&self.id.to_string());
        self.from.iter().for_each(|net| see(net.as_str()));
        if let Some(port) = &self.port {
            see(port.as_str());
        }
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "name" => text(Some(self.name.as_str())),
            "id" => owned(self.id),
            "port" => text(self.port.as_ref().map(|port| port.as_str())),
            "from" => texts(&self.from),
            "by" => text(self.by.as_ref().map(|by| by.as_str())),
            "state" => text(Some(self.state.as_str())),
            "tun" => Field::Number(self.tunnels.into()),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

impl Subject for LockView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(&self.id.to_string());
        see(self.object.as_str());
        see(self.reason.as_str());
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "id" => owned(self.id),
            "kind" => text(Some(self.object_kind.as_str())),
            "name" => text(Some(self.object.as_str())),
            "by" => text(self.by.as_ref().map(|by| by.as_str())),
            "reason" => text(Some(self.reason.as_str())),
            "state" => text(Some(self.state.as_str())),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

impl Subject for PendingView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(self.name.as_str());
        see(&self.id.to_string());
        see(self.words.as_str());
        if let Some(ip) = &self.source_ip {
            see(ip.as_str());
        }
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "name" => text(Some(self.name.as_str())),
            "id" => owned(self.id),
            "for" => text(Some(self.waits_for.as_str())),
            "words" => text(Some(self.words.as_str())),
            "from" => text(self.source_ip.as_ref().map(|ip| ip.as_str())),
            "token" => text(self.token.as_ref().map(|token| token.as_str())),
            "host" => text(self.hostname.as_ref().map(|host| host.as_str())),
            "since" | "until" => Field::At(self.since),
            _ => Field::Missing,
        }
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.labels.pairs().get(key).map(String::as_str)
    }
}
