//! A newtype per thing that can be named: typed prefix + twelve base32 characters (60 bits).
//!
//! Ids are made from random bits handed in by the caller; nothing here draws randomness.

use core::fmt;
use core::str::FromStr;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const CHARS: usize = 12;
const MASK: u64 = (1 << 60) - 1;

/// Why a string is not an id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected {prefix}_ and {CHARS} characters of a-z2-7")]
pub struct IdError {
    prefix: &'static str,
}

fn parse(prefix: &'static str, text: &str) -> Result<u64, IdError> {
    let error = IdError { prefix };
    let body = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(error)?;
    if body.len() != CHARS {
        return Err(error);
    }
    body.bytes().try_fold(0u64, |value, byte| {
        let digit = ALPHABET.iter().position(|c| *c == byte).ok_or(error)?;
        Ok((value << 5) | digit as u64)
    })
}

fn show(prefix: &str, value: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{prefix}_")?;
    for at in (0..CHARS).rev() {
        let digit = (value >> (5 * at)) & 31;
        write!(f, "{}", char::from(ALPHABET[digit as usize]))?;
    }
    Ok(())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] u64);

        impl $name {
            /// The typed prefix, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id from random bits; the upper four are dropped.
            pub const fn from_random(bits: u64) -> Self {
                Self(bits & MASK)
            }

            /// The 60 bits of the id, for use as a big-endian store key.
            pub const fn bits(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                show($prefix, self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse($prefix, text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(/// An enrolled machine.
    NodeId, "n");
id!(/// One live byte stream.
    TunnelId, "t");
id!(/// A local listener at an operator.
    ForwardId, "f");
id!(/// A published port.
    PortId, "p");
id!(/// A stored route from a node to a node.
    LinkId, "k");
id!(/// A person or robot with an operator certificate.
    OperatorId, "u");
id!(/// One line of the ordered policy.
    RuleId, "r");
id!(/// An enrolment token (its record, never its secret).
    TokenId, "tok");
id!(/// A grant to one operator for a time.
    SessionId, "s");
id!(/// Admission for a time without an account.
    GuestId, "g");
id!(/// A block that can be lifted.
    LockId, "l");
id!(/// An operator's request for a role.
    AccessRequestId, "ar");
id!(/// One request, for people who search logs.
    RequestId, "req");

/// One audit record. Derived from its sequence number, so that the id orders like the chain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditId(u64);

impl AuditId {
    /// The id of the record with this sequence number.
    pub const fn from_seq(seq: u64) -> Self {
        Self(seq & MASK)
    }
    /// The sequence number of the record.
    pub const fn seq(self) -> u64 {
        self.0
    }
}

impl fmt::Display for AuditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show("a", self.0, f)
    }
}

impl fmt::Debug for AuditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for AuditId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        parse("a", text).map(Self)
    }
}

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            Encode, Decode, Serialize, Deserialize,
        )]
        #[cbor(transparent)]
        #[serde(transparent)]
        pub struct $name(#[n(0)] pub u64);

        impl $name {
            /// The next value.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counter!(/// Server-assigned number of an agent's control connection; the newest wins.
    Generation);
counter!(/// The server's state: one per committed batch.
    Revision);
counter!(/// One lane of a peer, unique within a generation.
    LaneId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        for bits in [0, 1, 31, 32, MASK, 0x0123_4567_89ab_cdef] {
            let id = NodeId::from_random(bits);
            assert_eq!(id.to_string().parse::<NodeId>(), Ok(id));
        }
    }

    #[test]
    fn another_kind_or_length_is_refused() {
        for text in [
            "t_aaaaaaaaaaaa",
            "n_",
            "n_aaaaaaaaaaa",
            "n_aaaaaaaaaaaa1",
            "n_AAAAAAAAAAAA",
            "n_aaaaaaaaaaa\u{e9}",
        ] {
            assert!(text.parse::<NodeId>().is_err(), "{text}");
        }
    }
}
