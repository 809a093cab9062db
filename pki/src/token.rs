//! The enrolment token: `tun_` + base64url of version, secret, CA pin and server addresses.
//!
//! ```text
//! version 1 │ check 4 │ secret 32 │ SHA-256 of the root certificate 32 │ { length 1 │ HOST:PORT } 1..=8
//! ```
//! The check is the front of a SHA-256 over all that follows it: it finds a token that was copied
//! badly before any connection is made. It protects nothing.

use crate::{PkiError, sha256};
use data_encoding::BASE64URL_NOPAD;
use std::fmt;
use std::net::Ipv6Addr;
use zeroize::{Zeroize, Zeroizing};

const PREFIX: &str = "tun_";
const VERSION: u8 = 1;
const CHECK: usize = 4;
const MAX_TEXT: usize = 2048;
const MAX_ADDRESSES: usize = 8;
const MAX_ADDRESS: usize = 253 + 6;

/// A token as people carry it. No Debug of the secret; wiped when dropped.
pub struct Token {
    /// What proves the right to enrol.
    pub secret: [u8; 32],
    /// SHA-256 of the root certificate.
    pub ca_pin: [u8; 32],
    /// `HOST:PORT`, in the order to try.
    pub addresses: Vec<String>,
}

impl Token {
    /// A token with a fresh 256-bit secret.
    ///
    /// # Errors
    /// No address, too many, or one that is not `HOST:PORT`; no randomness.
    pub fn generate(ca_pin: [u8; 32], addresses: Vec<String>) -> Result<Self, PkiError> {
        let mut token = Self { secret: [0; 32], ca_pin, addresses };
        check_addresses(&token.addresses)?;
        getrandom::fill(&mut token.secret).map_err(PkiError::crypto)?;
        Ok(token)
    }

    /// Reads the string; white space around it is ignored.
    ///
    /// # Errors
    /// Anything that is not exactly a token, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PkiError> {
        if text.len() > MAX_TEXT {
            return Err(PkiError::Token("it is longer than 2048 characters"));
        }
        let text = text.trim();
        let body =
            text.strip_prefix(PREFIX).ok_or(PkiError::Token("it does not begin with tun_"))?;
        let bytes = BASE64URL_NOPAD
            .decode(body.as_bytes())
            .map_err(|_| PkiError::Token("characters are missing, or some are not of a token"))?;
        Self::from_bytes(&Zeroizing::new(bytes))
    }

    /// The string to hand over.
    pub fn reveal(&self) -> Zeroizing<String> {
        let length = 2 + CHECK + 64 + self.addresses.iter().map(|a| a.len() + 1).sum::<usize>();
        let mut body = Zeroizing::new(Vec::with_capacity(length));
        body.extend_from_slice(&self.secret);
        body.extend_from_slice(&self.ca_pin);
        for address in &self.addresses {
            // The fields are public: an address too long to write is cut and fails the parser.
            let shown = &address.as_bytes()[..address.len().min(u8::MAX.into())];
            body.push(u8::try_from(shown.len()).unwrap_or(u8::MAX));
            body.extend_from_slice(shown);
        }
        let mut all = Zeroizing::new(Vec::with_capacity(length));
        all.push(VERSION);
        all.extend_from_slice(&check_of(&body));
        all.extend_from_slice(&body);
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + all.len() * 4 / 3 + 4));
        text.push_str(PREFIX);
        BASE64URL_NOPAD.encode_append(&all, &mut text);
        text
    }

    /// SHA-256 of the secret: all that a server keeps.
    pub fn hash(&self) -> [u8; 32] {
        secret_hash(&self.secret)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, PkiError> {
        const SHORT: PkiError = PkiError::Token("characters are missing");
        match bytes.first() {
            Some(&VERSION) => {}
            Some(_) => {
                return Err(PkiError::Token("it is of a newer version; update this program"));
            }
            None => return Err(SHORT),
        }
        let (check, body) = bytes[1..].split_first_chunk::<CHECK>().ok_or(SHORT)?;
        if *check != check_of(body) {
            return Err(PkiError::Token("characters are missing or were changed; copy it again"));
        }
        let (secret, rest) = body.split_first_chunk::<32>().ok_or(SHORT)?;
        let (ca_pin, rest) = rest.split_first_chunk::<32>().ok_or(SHORT)?;
        let mut token = Self { secret: *secret, ca_pin: *ca_pin, addresses: Vec::new() };
        token.addresses = addresses_of(rest)?;
        check_addresses(&token.addresses)?;
        Ok(token)
    }
}

/// SHA-256 of a bare secret, as the server computes it from a request.
pub fn secret_hash(secret: &[u8]) -> [u8; 32] {
    sha256(secret)
}

fn check_of(body: &[u8]) -> [u8; CHECK] {
    let [a, b, c, d, ..] = sha256(body);
    [a, b, c, d]
}

fn addresses_of(mut rest: &[u8]) -> Result<Vec<String>, PkiError> {
    let mut addresses = Vec::new();
    while let Some((length, after)) = rest.split_first() {
        let length = usize::from(*length);
        let (text, after) =
            after.split_at_checked(length).ok_or(PkiError::Token("an address is cut off"))?;
        let text =
            str::from_utf8(text).map_err(|_| PkiError::Token("an address is not HOST:PORT"))?;
        if addresses.len() == MAX_ADDRESSES {
            return Err(PkiError::Token("it has more than 8 addresses"));
        }
        addresses.push(text.to_owned());
        rest = after;
    }
    Ok(addresses)
}

fn check_addresses(addresses: &[String]) -> Result<(), PkiError> {
    match addresses.len() {
        0 => Err(PkiError::Token("it has no server address")),
        n if n > MAX_ADDRESSES => Err(PkiError::Token("it has more than 8 addresses")),
        _ if addresses.iter().all(|address| is_address(address)) => Ok(()),
        _ => Err(PkiError::Token("an address is not HOST:PORT")),
    }
}

fn is_address(address: &str) -> bool {
    // 255 is what its length byte can say.
    if address.len() > MAX_ADDRESS.min(255) {
        return false;
    }
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let digits = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    if !digits || !port.parse::<u16>().is_ok_and(|port| port != 0) {
        return false;
    }
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;
    use proptest::prelude::*;

    fn token() -> Token {
        Token::generate([9; 32], vec!["tunnel.example:8443".to_owned(), "[::1]:443".to_owned()])
            .unwrap()
    }

    fn why(text: &str) -> String {
        Token::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_token_survives_being_carried() {
        let made = token();
        let read = Token::parse(&format!("  {}\n", &*made.reveal())).unwrap();
        assert_eq!((read.secret, read.ca_pin), (made.secret, made.ca_pin));
        assert_eq!(read.addresses, made.addresses);
        assert_eq!(read.hash(), secret_hash(&made.secret));
        assert_ne!(token().secret, made.secret);
    }

    #[test]
    fn a_damaged_token_says_how() {
        let text = token().reveal();
        assert!(why("tok_8e02").contains("tun_"));
        assert!(why("tun_").contains("missing"));
        assert!(why(&text[..text.len() - 4]).contains("missing"));
        assert!(why(&format!("{}*{}", &text[..20], &text[21..])).contains("not of a token"));
        let mut changed = text.to_string();
        let swap = if &changed[30..31] == "A" { "B" } else { "A" };
        changed.replace_range(30..31, swap);
        assert!(why(&changed).contains("changed"));
        assert!(why(&format!("tun_{}", "A".repeat(4000))).contains("longer"));
        assert!(why("tun_Ag").contains("newer version"));
    }

    #[test]
    fn addresses_are_checked_when_made_and_when_read() {
        let with = |addresses: &[&str]| {
            Token::generate([0; 32], addresses.iter().map(|a| (*a).to_owned()).collect())
        };
        assert!(with(&["host:1", "10.0.0.1:65535", "[2001:db8::1]:8443"]).is_ok());
        assert!(with(&[]).is_err());
        assert!(with(&["h:1"; 9]).is_err());
        for bad in [
            "host",
            "host:",
            ":80",
            "host:0",
            "host:65536",
            "host:+80",
            "a b:80",
            "a/b:80",
            "[x]:1",
            "::1:80",
            "h\n:80",
        ] {
            assert!(with(&[bad]).is_err(), "{bad:?}");
        }
        let mut smuggled = token();
        smuggled.addresses = vec!["a/b:80".to_owned()];
        assert!(Token::parse(&smuggled.reveal()).is_err());
    }

    #[test]
    fn debug_shows_nothing_secret() {
        let mut token = token();
        token.secret = [0xAB; 32];
        let shown = format!("{token:?}");
        assert!(!shown.contains("171") && !shown.to_lowercase().contains("ab"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Token::parse(&text);
            let _ = Token::parse(&format!("tun_{}", BASE64URL_NOPAD.encode(&bytes)));
            let mut valid_front = vec![VERSION];
            valid_front.extend_from_slice(&check_of(&bytes));
            valid_front.extend_from_slice(&bytes);
            let _ = Token::from_bytes(&valid_front);
        }
    }
}
