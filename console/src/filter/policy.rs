//! What operators, roles and requests for a role answer to a filter.

use super::eval::{Field, Subject};
use super::rows::{key, owned, text};
use super::{Key, Kind, LabelKeys, Schema};
use std::borrow::Cow;
use wire::message::view::{AccessRequestView, OperatorView, RoleView};

const OPERATOR_KEYS: &[Key] = &[
    key("name", Kind::Text, "name"),
    key("id", Kind::Text, "id"),
    key("role", Kind::Text, "role"),
    key("state", Kind::Word(&["active", "locked", "revoked"]), "state"),
    key("tun", Kind::Count, "open tunnels"),
    key("conn", Kind::Count, "open connections"),
    key("since", Kind::Since, "enrolled since"),
    key("until", Kind::Until, "enrolled before"),
];

const ROLE_KEYS: &[Key] = &[
    key("name", Kind::Text, "name"),
    key("permits", Kind::Text, "permission"),
    key("operators", Kind::Count, "operators who have it"),
];

const REQUEST_STATES: &[&str] = &["pending", "approved", "denied", "expired"];

const REQUEST_KEYS: &[Key] = &[
    key("id", Kind::Text, "id"),
    key("who", Kind::Text, "who asks"),
    key("role", Kind::Text, "role"),
    key("state", Kind::Word(REQUEST_STATES), "state"),
    key("by", Kind::Text, "who answered"),
    key("since", Kind::Since, "made since"),
    key("until", Kind::Until, "made before"),
];

/// The schema of operators.
pub const fn operator_schema() -> Schema {
    Schema { keys: OPERATOR_KEYS, labels: LabelKeys::None }
}

/// The schema of roles.
pub const fn role_schema() -> Schema {
    Schema { keys: ROLE_KEYS, labels: LabelKeys::None }
}

/// The schema of requests for a role.
pub const fn access_request_schema() -> Schema {
    Schema { keys: REQUEST_KEYS, labels: LabelKeys::None }
}

impl Subject for OperatorView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(self.name.as_str());
        see(&self.id.to_string());
        self.roles.iter().for_each(|term| see(term.role.as_str()));
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "name" => text(Some(self.name.as_str())),
            "id" => owned(self.id),
            "role" => {
                let roles = self.roles.iter().map(|term| Cow::Borrowed(term.role.as_str()));
                Field::Texts(roles.collect())
            }
            "state" => text(Some(self.state.as_str())),
            "tun" => Field::Number(self.tunnels.into()),
            "conn" => Field::Number(self.connections.into()),
            "since" | "until" => Field::At(self.created_at),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

impl Subject for RoleView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(self.name.as_str());
        self.permissions.iter().for_each(|permission| see(permission.as_str()));
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "name" => text(Some(self.name.as_str())),
            "permits" => {
                let words = self.permissions.iter().map(|p| Cow::Borrowed(p.as_str()));
                Field::Texts(words.collect())
            }
            "operators" => Field::Number(self.operators.into()),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}

impl Subject for AccessRequestView {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        see(&self.id.to_string());
        see(self.operator.as_str());
        see(self.role.as_str());
        see(self.reason.as_str());
    }

    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "id" => owned(self.id),
            "who" => text(Some(self.operator.as_str())),
            "role" => text(Some(self.role.as_str())),
            "state" => text(Some(self.state.as_str())),
            "by" => text(self.answered_by.as_ref().map(|by| by.as_str())),
            "since" | "until" => Field::At(self.created_at),
            _ => Field::Missing,
        }
    }

    fn label(&self, _: &str) -> Option<&str> {
        None
    }
}
