//! Role and id of a certificate, as exactly one SAN URI: `tunnelctl://node/n_…`.

use crate::PkiError;
use std::fmt;
use std::str::FromStr;

const SCHEME: &str = "tunnelctl://";
const MAX_ID: usize = 64;

/// What a certificate is for. Each has its own ALPN, and its own key usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// An enrolled machine.
    Node,
    /// A person or robot.
    Operator,
    /// The fleet server itself.
    Server,
}

impl Role {
    /// Its word in the URI.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Operator => "operator",
            Self::Server => "server",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Who a certificate names. The id is opaque here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The role.
    pub role: Role,
    /// The typed id, e.g. `n_abcdefghijkl`.
    pub id: String,
}

impl Identity {
    /// The URI, checked: an id is 1 to 64 characters of `a-z0-9_-`, so that nothing in it can be
    /// read as a second name, a path or a list.
    ///
    /// # Errors
    /// The id is empty, too long, or has another character.
    pub fn uri(&self) -> Result<String, PkiError> {
        if !is_id(&self.id) {
            return Err(PkiError::Certificate(format!(
                "{:?} is not an id: 1 to {MAX_ID} characters of a-z0-9_-",
                self.id
            )));
        }
        Ok(format!("{SCHEME}{}/{}", self.role, self.id))
    }
}

impl FromStr for Identity {
    type Err = PkiError;

    fn from_str(uri: &str) -> Result<Self, PkiError> {
        let refuse = || PkiError::Certificate("its URI names no identity of ours".to_owned());
        let path = uri.strip_prefix(SCHEME).ok_or_else(refuse)?;
        let (role, id) = path.split_once('/').ok_or_else(refuse)?;
        let role = [Role::Node, Role::Operator, Role::Server]
            .into_iter()
            .find(|candidate| candidate.word() == role)
            .ok_or_else(refuse)?;
        if !is_id(id) {
            return Err(refuse());
        }
        Ok(Self { role, id: id.to_owned() })
    }
}

fn is_id(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len())
        && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;

    #[test]
    fn an_identity_survives_its_uri() {
        for role in [Role::Node, Role::Operator, Role::Server] {
            let identity = Identity { role, id: "n_abcdefghijkl".to_owned() };
            assert_eq!(identity.uri().unwrap().parse::<Identity>().unwrap(), identity);
        }
    }

    #[test]
    fn look_alikes_are_no_identity() {
        for uri in [
            "tunnelctl://node/",
            "tunnelctl://node/a/b",
            "tunnelctl://node/a,tunnelctl://operator/b",
            "tunnelctl://NODE/a",
            "tunnelctl://root/a",
            "tunnelctl://node/A",
            "tunnelctl://node/a\0",
            "tunnelctl://node/a\n",
            "tunnelctl://node/\u{430}",
            "spiffe://node/a",
            "",
        ] {
            assert!(uri.parse::<Identity>().is_err(), "{uri:?}");
        }
        let long = Identity { role: Role::Node, id: "a".repeat(65) };
        assert!(long.uri().is_err());
    }
}
