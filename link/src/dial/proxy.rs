//! The way out through an HTTP proxy: `CONNECT HOST:PORT` (RFC 9110 §9.3.6), basic credentials
//! (RFC 7617). The proxy looks the name up; what it carries is our TLS, which it cannot read.

use super::DialError;
use data_encoding::BASE64;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::str::FromStr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The answer to CONNECT, with what login pages add to a refusal.
const MAX_ANSWER: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
/// The port of an address without one.
const DEFAULT_PORT: u16 = 80;
/// Characters of a proxy's own words that are shown.
const SHOWN: usize = 100;

/// An HTTP proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// `HOST:PORT`.
    place: String,
    /// `USER:PASSWORD`.
    credentials: Option<String>,
}

/// Why a text names no proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Another kind of proxy.
    #[error("{0}:// proxies are not supported; use http://HOST:PORT")]
    Scheme(String),
    /// Not an address.
    #[error("not http://[USER:PASSWORD@]HOST:PORT")]
    Address,
}

impl FromStr for Proxy {
    type Err = ProxyError;

    /// `[http://][USER:PASSWORD@]HOST[:PORT][/]`, the credentials percent-encoded.
    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some((scheme, _)) => return Err(ProxyError::Scheme(scheme.to_owned())),
            None => text,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (credentials, place) = match rest.rsplit_once('@') {
            Some((credentials, place)) => (Some(decoded(credentials)?), place),
            None => (None, rest),
        };
        let has_port = place.rsplit_once(':').is_some_and(|(host, port)| {
            (!host.contains(':') || host.ends_with(']')) && port.parse::<u16>().is_ok()
        });
        let place = if has_port { place.to_owned() } else { format!("{place}:{DEFAULT_PORT}") };
        let host = place.rsplit_once(':').map_or("", |(host, _)| host);
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let fits = match bare {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(is_name),
        };
        if fits { Ok(Self { place, credentials }) } else { Err(ProxyError::Address) }
    }
}

/// Percent-decoded; what has a control character in it could smuggle a header.
fn decoded(text: &str) -> Result<String, ProxyError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        let hex = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(hex.ok_or(ProxyError::Address)?);
        bytes.extend(part.bytes().skip(2));
    }
    let text = String::from_utf8(bytes).map_err(|_| ProxyError::Address)?;
    if text.chars().any(char::is_control) { Err(ProxyError::Address) } else { Ok(text) }
}

impl fmt::Display for Proxy {
    /// Without the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = self.credentials.as_ref().map_or("", |_| "…@");
        write!(f, "Proxy({credentials}{})", self.place)
    }
}

impl Proxy {
    /// As it is written in a configuration, credentials and all.
    pub fn url(&self) -> String {
        let encoded = |text: &str| -> String {
            text.bytes().fold(String::new(), |mut out, byte| {
                if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
                    out.push(byte.into());
                } else {
                    out.push_str(&format!("%{byte:02X}"));
                }
                out
            })
        };
        match &self.credentials {
            Some(credentials) => format!("http://{}@{}", encoded(credentials), self.place),
            None => format!("http://{}", self.place),
        }
    }

    /// A byte stream to `server` (`HOST:PORT`) through the proxy, and the proxy's address.
    ///
    /// # Cancel safety
    /// Yes; the connection is closed.
    pub(super) async fn connect(&self, server: &str) -> Result<(TcpStream, SocketAddr), DialError> {
        let failed = |what: String| DialError::Proxy { proxy: self.to_string(), what };
        let mut tcp = TcpStream::connect(&self.place).await.map_err(|error| {
            failed(match error.kind() {
                ErrorKind::ConnectionRefused => "connection refused".to_owned(),
                _ => error.to_string(),
            })
        })?;
        super::tune(&tcp);
        let address = tcp.peer_addr().map_err(|error| failed(error.to_string()))?;
        let answered = self.ask(&mut tcp, server).await;
        answered.map_err(|error| failed(error.to_string()))?;
        Ok((tcp, address))
    }

    async fn ask(&self, tcp: &mut TcpStream, server: &str) -> io::Result<()> {
        let authorization = self.credentials.as_ref().map_or_else(String::new, |credentials| {
            format!("Proxy-Authorization: Basic {}\r\n", BASE64.encode(credentials.as_bytes()))
        });
        let head = format!(
            "CONNECT {server} HTTP/1.1\r\nHost: {server}\r\nUser-Agent: tunnelctl/{}\r\n\
             {authorization}\r\n",
            env!("CARGO_PKG_VERSION")
        );
        tcp.write_all(head.as_bytes()).await?;
        let mut answer = Vec::with_capacity(512);
        loop {
            let room = (MAX_ANSWER - answer.len()) as u64;
            if (&mut *tcp).take(room).read_buf(&mut answer).await? == 0 {
                return Err(io::Error::other("it closed the connection without a whole answer"));
            }
            if let Some(verdict) = self.verdict(&answer)? {
                return verdict;
            }
        }
    }

    /// What the answer says, once its head is whole.
    fn verdict(&self, answer: &[u8]) -> io::Result<Option<io::Result<()>>> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(answer);
        let parsed = parsed.map_err(|_| io::Error::other("it does not speak HTTP"))?;
        let httparse::Status::Complete(end) = parsed else {
            return match answer.len() < MAX_ANSWER {
                true => Ok(None),
                false => Err(io::Error::other("its answer has no end")),
            };
        };
        let wanted = response
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case("proxy-authenticate"));
        let wanted = wanted.map(|header| scheme(header.value)).collect::<Vec<_>>();
        Ok(Some(match response.code.unwrap_or_default() {
            200..300 if end == answer.len() => Ok(()),
            // The server speaks only after us.
            200..300 => Err(io::Error::other("it sent bytes of its own into the tunnel")),
            407 => Err(io::Error::other(self.unauthorised(&wanted))),
            code => {
                let words = response.reason.unwrap_or_default().chars();
                let words = words.filter(|c| !c.is_control()).take(SHOWN).collect::<String>();
                Err(io::Error::other(format!("it refuses the tunnel: {code} {words}")))
            }
        }))
    }

    fn unauthorised(&self, wanted: &[String]) -> String {
        let basic = wanted.iter().any(|scheme| scheme == "basic");
        match (&self.credentials, basic) {
            (Some(_), true) => "it refuses the user or password (407)".to_owned(),
            (None, true) => {
                "it asks for a user and password (407): http://USER:PASSWORD@HOST:PORT".to_owned()
            }
            (_, false) => {
                format!("it asks for {} (407); basic is what we have", wanted.join(", "))
            }
        }
    }
}

/// The name of an authentication scheme.
fn scheme(value: &[u8]) -> String {
    let name = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-');
    name.take(32).map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::harness::Parser;

    #[test]
    fn an_address_is_read_as_people_write_it() {
        for (text, place, credentials) in [
            ("http://proxy.corp:3128", "proxy.corp:3128", None),
            ("HTTP://proxy.corp:3128/", "proxy.corp:3128", None),
            ("proxy.corp", "proxy.corp:80", None),
            ("http://ann:p%40ss%3Aword@10.0.0.1:8080", "10.0.0.1:8080", Some("ann:p@ss:word")),
            ("http://[fd00::1]:3128", "[fd00::1]:3128", None),
            ("[fd00::1]", "[fd00::1]:80", None),
        ] {
            let proxy: Proxy = text.parse().unwrap();
            assert_eq!((proxy.place.as_str(), proxy.credentials.as_deref()), (place, credentials));
            assert_eq!(proxy.url().parse::<Proxy>().unwrap(), proxy, "{text}");
        }
        assert_eq!("socks5://a:1".parse::<Proxy>(), Err(ProxyError::Scheme("socks5".to_owned())));
        assert_eq!("https://a:1".parse::<Proxy>(), Err(ProxyError::Scheme("https".to_owned())));
        for bad in ["", "http://", "http://a b:1", "http://a:1/path", "http://u%0d:x@a:1", "u%zz@a"]
        {
            assert_eq!(bad.parse::<Proxy>(), Err(ProxyError::Address), "{bad:?}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let proxy: Proxy = "http://ann:secret@10.0.0.1:8080".parse().unwrap();
        assert!(!format!("{proxy} {proxy:?}").contains("secret"));
    }

    #[test]
    fn an_answer_is_read_to_its_last_byte_and_no_further() {
        let proxy: Proxy = "http://a:1".parse().unwrap();
        let said = |answer: &str| match proxy.verdict(answer.as_bytes()) {
            Ok(Some(Ok(()))) => "through".to_owned(),
            Ok(None) => "more".to_owned(),
            Ok(Some(Err(error))) | Err(error) => error.to_string(),
        };
        assert_eq!(said("HTTP/1.1 200 Connection established\r\nx: y\r\n"), "more");
        assert_eq!(said("HTTP/1.1 200 Connection established\r\nx: y\r\n\r\n"), "through");
        assert!(said("HTTP/1.0 200 OK\r\n\r\nhello").contains("bytes of its own"));
        assert!(said("HTTP/1.1 403 Not\tyou\r\n\r\n<html>").contains("403 Notyou"));
        assert!(said("SSH-2.0-x\r\n\r\n").contains("does not speak HTTP"));
        let asks = "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n";
        assert!(said(asks).contains("asks for a user and password"));
        let asks =
            "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n\r\n";
        assert!(said(asks).contains("asks for ntlm, negotiate"), "{}", said(asks));
        assert!(said(&format!("HTTP/1.1 200 {}", "x".repeat(MAX_ANSWER))).contains("no end"));
    }

    #[test]
    fn answers_survive_mutation() {
        let proxy: Proxy = "http://a:1".parse().unwrap();
        Parser::new("proxy-answer", MAX_ANSWER).survives(|input| {
            // Only a whole answer without a byte behind it leads through.
            if let Ok(Some(Ok(()))) = proxy.verdict(input) {
                assert!(input.ends_with(b"\n") && input.starts_with(b"HTTP/1."), "{input:?}");
            }
        });
    }

    #[test]
    fn addresses_survive_mutation() {
        Parser::new("proxy-url", 4096).survives(|input| {
            let Ok(text) = std::str::from_utf8(input) else { return };
            if let Ok(proxy) = text.parse::<Proxy>() {
                assert_eq!(proxy.url().parse::<Proxy>().as_ref(), Ok(&proxy));
                assert!(!proxy.place.contains(['\r', '\n', ' ']));
            }
        });
    }
}
