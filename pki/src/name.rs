//! Role and id of a certificate, as exactly one SAN URI: `tunnelctl://node/n_…`. A node's ends with
//! the number of its renewal, `#7`: who holds a copy of the key is found by it.

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
        self.uri_of(0)
    }

    /// The URI of one renewal of this identity; 0 is none, and only nodes have any.
    pub(crate) fn uri_of(&self, renewal: u64) -> Result<String, PkiError> {
        if !is_id(&self.id) {
            return Err(PkiError::Certificate(format!(
                "{:?} is not an id: 1 to {MAX_ID} characters of a-z0-9_-",
                self.id
            )));
        }
        match (renewal, self.role) {
            (0, _) => Ok(format!("{SCHEME}{}/{}", self.role, self.id)),
            (renewal, Role::Node) => Ok(format!("{SCHEME}node/{}#{renewal}", self.id)),
            (_, role) => Err(PkiError::Certificate(format!("a {role} has no renewals"))),
        }
    }

    /// Identity and renewal in a URI.
    pub(crate) fn of_uri(uri: &str) -> Result<(Self, u64), PkiError> {
        let Some((name, renewal)) = uri.split_once('#') else { return Ok((uri.parse()?, 0)) };
        let identity: Self = name.parse()?;
        // One way to write a number: no sign, no zeros in front.
        let plain = renewal.bytes().all(|b| b.is_ascii_digit()) && !renewal.starts_with('0');
        let renewal = renewal.parse().ok().filter(|_| plain && identity.role == Role::Node);
        renewal.map(|renewal| (identity, renewal)).ok_or_else(not_ours)
    }
}

fn not_ours() -> PkiError {
    PkiError::Certificate("its URI names no identity of ours".to_owned())
}

impl FromStr for Identity {
    type Err = PkiError;

    fn from_str(uri: &str) -> Result<Self, PkiError> {
        let path = uri.strip_prefix(SCHEME).ok_or_else(not_ours)?;
        let (role, id) = path.split_once('/').ok_or_else(not_ours)?;
        let role = [Role::Node, Role::Operator, Role::Server]
            .into_iter()
            .find(|candidate| candidate.word() == role)
            .ok_or_else(not_ours)?;
        if !is_id(id) {
            return Err(not_ours());
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
    fn a_nodes_renewal_survives_its_uri_and_has_one_form() {
        let node = Identity { role: Role::Node, id: "n_a".to_owned() };
        for renewal in [0, 1, 7, 10, u64::MAX] {
            let uri = node.uri_of(renewal).unwrap();
            assert_eq!(Identity::of_uri(&uri).unwrap(), (node.clone(), renewal));
        }
        for uri in [
            "tunnelctl://node/n_a#",
            "tunnelctl://node/n_a#0",
            "tunnelctl://node/n_a#07",
            "tunnelctl://node/n_a#+7",
            "tunnelctl://node/n_a#7#8",
            "tunnelctl://node/n_a#7 ",
            "tunnelctl://node/n_a#18446744073709551616",
            "tunnelctl://operator/u_a#7",
            "tunnelctl://server/a#7",
            "tunnelctl://node#7",
        ] {
            assert!(Identity::of_uri(uri).is_err(), "{uri:?}");
        }
        let operator = Identity { role: Role::Operator, id: "u_a".to_owned() };
        assert!(operator.uri_of(1).is_err());
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
