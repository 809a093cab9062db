//! The header of HAProxy's PROXY protocol, version 2: tells a target whose connection it gets. It
//! goes first, towards targets that were set up for it (`--proxy-protocol v2`).

use std::net::{IpAddr, SocketAddr};

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// Version 2, on behalf of another.
const PROXY: u8 = 0x21;
const TCP4: u8 = 0x11;
const TCP6: u8 = 0x21;
/// The tunnel's id (PP2_TYPE_UNIQUE_ID).
const UNIQUE_ID: u8 = 0x05;
/// The operator's name, if he is known. Of the range for applications.
const OPERATOR: u8 = 0xE0;
/// The session that admitted him.
const SESSION: u8 = 0xE1;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visit<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) tunnel: &'a str,
    pub(crate) operator: Option<&'a str>,
    pub(crate) session: Option<&'a str>,
}

impl Visit<'_> {
    /// The header's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (from, to) = (self.from.ip().to_canonical(), self.to.ip().to_canonical());
        let mut body = Vec::new();
        let family = match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                body.extend(from.octets());
                body.extend(to.octets());
                TCP4
            }
            (from, to) => {
                body.extend(six(from));
                body.extend(six(to));
                TCP6
            }
        };
        body.extend(self.from.port().to_be_bytes());
        body.extend(self.to.port().to_be_bytes());
        let texts =
            [(UNIQUE_ID, Some(self.tunnel)), (OPERATOR, self.operator), (SESSION, self.session)];
        for (kind, text) in texts {
            let Some((text, length)) = text.and_then(|t| Some((t, u8::try_from(t.len()).ok()?)))
            else {
                continue;
            };
            body.extend([kind, 0, length]);
            body.extend(text.as_bytes());
        }
        let mut bytes = SIGNATURE.to_vec();
        // Two addresses and three texts of at most 255 bytes.
        let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
        bytes.extend([PROXY, family]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(body);
        bytes
    }
}

fn six(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn visit(from: &str) -> Vec<u8> {
        let (from, to) = (from.parse().unwrap(), "192.0.2.1:20000".parse().unwrap());
        Visit { from, to, tunnel: "t_1", operator: Some("mira"), session: None }.bytes()
    }

    #[test]
    fn a_version_4_visit_is_spelled_out() {
        let bytes = visit("[::ffff:203.0.113.9]:51000");
        let mut wanted = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x19".to_vec();
        wanted.extend([203, 0, 113, 9, 192, 0, 2, 1, 0xC7, 0x38, 0x4E, 0x20]);
        wanted.extend(b"\x05\0\x03t_1\xE0\0\x04mira");
        assert_eq!(bytes, wanted);
    }

    #[test]
    fn mixed_families_are_told_as_version_6() {
        let bytes = visit("[2001:db8::7]:51000");
        assert_eq!((bytes[13], bytes[16..18].to_vec()), (0x21, vec![0x20, 0x01]));
        assert_eq!(bytes[32..48], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]);
        assert_eq!(usize::from(u16::from_be_bytes([bytes[14], bytes[15]])), bytes.len() - 16);
    }
}
