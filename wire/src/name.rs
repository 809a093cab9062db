//! Names people choose: one strict grammar, so that they are safe in files, DNS and terminals.

use crate::limits::{MAX_HOST, MAX_LABEL, MAX_LABELS, MAX_NAME};
use core::fmt;
use core::str::FromStr;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Why a string is not a name, label or target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Outside `[a-z0-9-]{1,63}`, or a dash at either end.
    #[error("a name is 1 to 63 characters of a-z, 0-9 and -, with no - at either end")]
    Name,
    /// A label key or value outside its grammar.
    #[error(
        "a label is key=value with keys and values of up to 63 characters of a-z, A-Z, 0-9, '.', '_', '/' and -"
    )]
    Label,
    /// Too many labels.
    #[error("at most {MAX_LABELS} labels")]
    TooManyLabels,
    /// Not `HOST:PORT` and no `unix:/PATH`.
    #[error(
        "a target is HOST:PORT, [IPV6]:PORT or PORT, with a port from 1 to 65535, or unix:/PATH"
    )]
    Target,
}

/// A name of a node, port, operator, token or role: `[a-z0-9-]{1,63}`, no dash at either end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Serialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Name(#[n(0)] String);

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let fits = (1..=MAX_NAME).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if fits { Ok(Self(text.to_owned())) } else { Err(NameError::Name) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'b, C> Decode<'b, C> for Name {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.str()?.parse().map_err(minicbor::decode::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Labels of a node: up to 32 pairs, each checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Serialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Labels(#[n(0)] BTreeMap<String, String>);

impl Labels {
    /// Checks and keeps `pairs`.
    ///
    /// # Errors
    /// A key or value outside the grammar, or more than [`MAX_LABELS`] pairs.
    pub fn new(pairs: BTreeMap<String, String>) -> Result<Self, NameError> {
        if pairs.len() > MAX_LABELS {
            return Err(NameError::TooManyLabels);
        }
        let fits =
            pairs.iter().all(|(key, value)| !key.is_empty() && is_label(key) && is_label(value));
        if fits { Ok(Self(pairs)) } else { Err(NameError::Label) }
    }

    /// Parses one `key=value` or `key` (empty value).
    ///
    /// # Errors
    /// Outside the grammar.
    pub fn pair(text: &str) -> Result<(String, String), NameError> {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        if key.is_empty() || !is_label(key) || !is_label(value) {
            return Err(NameError::Label);
        }
        Ok((key.to_owned(), value.to_owned()))
    }

    /// The pairs, ordered by key.
    pub fn pairs(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

fn is_label(text: &str) -> bool {
    text.len() <= MAX_LABEL
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'/'))
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.0.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            let sign = if value.is_empty() { "" } else { "=" };
            write!(f, "{gap}{key}{sign}{value}")?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Labels {
    fn decode(d: &mut minicbor::Decoder<'b>, c: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::new(BTreeMap::decode(d, c)?).map_err(minicbor::decode::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::new(BTreeMap::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// Where a tunnel ends, as asked for: a name or address and a port, or the path of a Unix socket.
/// Names and paths are the node's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Target {
    /// A DNS name or an IP address without brackets; `unix:/PATH` for a Unix socket.
    #[n(0)]
    pub host: String,
    /// The TCP port, never 0; 0 for a Unix socket.
    #[n(1)]
    pub port: u16,
}

/// In front of the path of a Unix socket.
const UNIX: &str = "unix:";
/// Longest path: what fits into a socket's address with its closing zero.
const MAX_SOCKET_PATH: usize = 107;

impl Target {
    /// Checks host and port. A peer's decoded target goes through [`Target::checked`] before use.
    ///
    /// # Errors
    /// Empty or overlong host, characters no host has, port 0.
    pub fn new(host: &str, port: u16) -> Result<Self, NameError> {
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        let fits = (1..=MAX_HOST).contains(&host.len())
            && host.bytes().all(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'%')
            })
            && (!host.contains(':') || host.parse::<std::net::Ipv6Addr>().is_ok());
        if !fits || port == 0 {
            return Err(NameError::Target);
        }
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }

    /// Checks the path of a Unix socket: absolute, in its one plain form, of characters that need no
    /// quoting anywhere.
    ///
    /// # Errors
    /// Anything else.
    pub fn unix(path: &str) -> Result<Self, NameError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-@+=%~".contains(&b);
        let part = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(plain);
        let fits = path.len() <= MAX_SOCKET_PATH
            && path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(part));
        if !fits {
            return Err(NameError::Target);
        }
        Ok(Self { host: format!("{UNIX}{path}"), port: 0 })
    }

    /// Checks a target that came decoded from a peer.
    ///
    /// # Errors
    /// As [`Target::new`] and [`Target::unix`].
    pub fn checked(&self) -> Result<Self, NameError> {
        match self.unix_path() {
            Some(path) if self.port == 0 => Self::unix(path),
            Some(_) => Err(NameError::Target),
            None => Self::new(&self.host, self.port),
        }
    }

    /// The path, if it is a Unix socket.
    pub fn unix_path(&self) -> Option<&str> {
        self.host.strip_prefix(UNIX)
    }

    /// The address, if the host is one and no name. IPv4 inside of IPv6 is IPv4.
    pub fn address(&self) -> Option<SocketAddr> {
        let ip: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(ip.to_canonical(), self.port))
    }
}

impl From<SocketAddr> for Target {
    fn from(at: SocketAddr) -> Self {
        Self { host: at.ip().to_canonical().to_string(), port: at.port() }
    }
}

impl FromStr for Target {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if let Some(path) = text.strip_prefix(UNIX) {
            return Self::unix(path);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.starts_with('[') => (host, port),
            Some(_) => return Err(NameError::Target),
            None => ("localhost", text),
        };
        Self::new(host, port.parse().map_err(|_| NameError::Target)?)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unix_path().is_some() {
            f.write_str(&self.host)
        } else if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_one_strict_grammar() {
        for good in ["a", "web1", "gw-ber-014", &"x".repeat(63)] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "WEB1", "web1.", "web1\n", "web1,db1", "wéb", &"x".repeat(64)]
        {
            assert_eq!(bad.parse::<Name>(), Err(NameError::Name), "{bad:?}");
        }
    }

    #[test]
    fn targets_read_back_as_they_are_shown() {
        for text in [
            "localhost:80",
            "10.0.0.1:5432",
            "[::1]:22",
            "db.internal:65535",
            "unix:/var/run/docker.sock",
            "unix:/A/b.c-d_e@f+g=h%i~",
        ] {
            let target = text.parse::<Target>();
            assert_eq!(target.as_ref().map(ToString::to_string), Ok(text.to_owned()));
            assert_eq!(target.as_ref().map(Target::checked), Ok(target.clone()), "{text}");
        }
        assert_eq!(
            "5432".parse::<Target>().map(|t| t.to_string()),
            Ok("localhost:5432".to_owned())
        );
        for bad in ["", ":80", "a:0", "a:65536", "::1:22", "a b:80", "[::g]:80", "a/b:80"] {
            assert!(bad.parse::<Target>().is_err(), "{bad:?}");
        }
    }

    /// One socket has one spelling, so that what is listed can be compared as it is written.
    #[test]
    fn a_socket_is_an_absolute_plain_path() {
        for bad in [
            "unix:",
            "unix:/",
            "unix:run/a.sock",
            "unix://run/a.sock",
            "unix:/run//a.sock",
            "unix:/run/./a.sock",
            "unix:/run/../a.sock",
            "unix:/run/a.sock/",
            "unix:/run/a sock",
            "unix:/run/a\0",
            "unix:/run/*.sock",
            "unix:/run/a:b",
            "unix:@abstract",
            "UNIX:/run/a.sock",
        ] {
            assert!(bad.parse::<Target>().is_err(), "{bad:?}");
        }
        assert!(Target::unix(&format!("/{}", "x".repeat(106))).is_ok());
        assert!(Target::unix(&format!("/{}", "x".repeat(107))).is_err());
        assert!(Target::new("unix:/run/a.sock", 80).is_err());
        let forged = Target { host: "unix:/run/a.sock".to_owned(), port: 80 };
        assert!(forged.checked().is_err());
    }
}
