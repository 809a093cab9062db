//! The header with which a load balancer says whose connection it passes on (HAProxy's PROXY protocol,
//! versions 1 and 2). Read from configured addresses only, and there it must be: a header that may be
//! missing could be written by anybody behind a balancer that writes none. From all others it is never
//! looked for, and is no greeting of TLS.

use crate::core::Core;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::limits::FIRST_BYTE_DEADLINE;

/// What version 2 begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// What version 1 begins with.
const WORD: &[u8] = b"PROXY ";
/// The longest line of version 1, its end included.
const LINE: usize = 107;
/// What version 2 may carry behind its first 16 bytes: addresses and what else a balancer tells.
const BODY: usize = 4096;
const FIXED: usize = 16;

/// Whose connection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// That of somebody at this address.
    Visitor(SocketAddr),
    /// The balancer's own, or it does not know.
    Own,
}

/// What was read so far, judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// At least this many bytes more are needed.
    More(usize),
    /// The header, which ends after this many bytes.
    Whole(Says, usize),
    /// It is none.
    Not,
}

/// Whether connections from `source` begin with a header.
pub(crate) fn is_expected(core: &Core, source: IpAddr) -> bool {
    core.config().trusted_proxies.iter().any(|net| net.contains(&source))
}

/// Reads the header and nothing behind it; whose connection `tcp` is: `remote`, if the header says
/// so. The whole of it has the time of a first byte.
///
/// # Errors
/// It did not come in time, it is none, or the connection ended.
pub(crate) async fn read(tcp: &mut TcpStream, remote: SocketAddr) -> io::Result<SocketAddr> {
    let late = |_| io::Error::from(ErrorKind::TimedOut);
    match timeout(FIRST_BYTE_DEADLINE, header(tcp)).await.map_err(late)?? {
        Says::Visitor(visitor) => Ok(visitor),
        Says::Own => Ok(remote),
    }
}

async fn header(tcp: &mut TcpStream) -> io::Result<Says> {
    let mut read = Vec::with_capacity(FIXED);
    loop {
        match judge(&read) {
            Read::Whole(says, _) => return Ok(says),
            Read::Not => return Err(ErrorKind::InvalidData.into()),
            Read::More(count) => {
                let from = read.len();
                read.resize(from + count, 0);
                let Some(space) = read.get_mut(from..) else { continue };
                tcp.read_exact(space).await?;
            }
        }
    }
}

/// Judges the beginning of a connection. Never asks for a byte behind the header.
pub(crate) fn judge(bytes: &[u8]) -> Read {
    if bytes.starts_with(WORD) {
        return line(bytes);
    }
    if bytes.len() < SIGNATURE.len() {
        // No header of either version is shorter.
        let may_be = SIGNATURE.starts_with(bytes) || WORD.starts_with(bytes);
        return if may_be { Read::More(SIGNATURE.len() - bytes.len()) } else { Read::Not };
    }
    if !bytes.starts_with(&SIGNATURE) {
        return Read::Not;
    }
    let Some((fixed, body)) = bytes.split_first_chunk::<FIXED>() else {
        return Read::More(FIXED - bytes.len());
    };
    let [.., version, family, high, low] = *fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > BODY || !matches!(version, 0x20 | 0x21) {
        return Read::Not;
    }
    match body.get(..length) {
        None => Read::More(length - body.len()),
        // LOCAL: the balancer's own connection, whatever follows.
        Some(_) if version == 0x20 => Read::Whole(Says::Own, FIXED + length),
        Some(body) => {
            binary(family, body).map_or(Read::Not, |says| Read::Whole(says, FIXED + length))
        }
    }
}

/// The addresses of version 2.
fn binary(family: u8, body: &[u8]) -> Option<Says> {
    let at = |ip: IpAddr, port: Option<&[u8; 2]>| {
        Some(Says::Visitor(visitor(ip, u16::from_be_bytes(*port?))))
    };
    match family {
        // AF_UNSPEC, and streams of AF_UNIX.
        0x00 | 0x31 => Some(Says::Own),
        0x11 => {
            let (from, rest) = body.split_first_chunk::<4>()?;
            let (_, rest) = rest.split_first_chunk::<4>()?;
            at(Ipv4Addr::from(*from).into(), rest.first_chunk().filter(|_| rest.len() >= 4))
        }
        0x21 => {
            let (from, rest) = body.split_first_chunk::<16>()?;
            let (_, rest) = rest.split_first_chunk::<16>()?;
            at(Ipv6Addr::from(*from).into(), rest.first_chunk().filter(|_| rest.len() >= 4))
        }
        _ => None,
    }
}

/// The line of version 1.
fn line(bytes: &[u8]) -> Read {
    let Some(end) = bytes.iter().take(LINE).position(|byte| *byte == b'\n') else {
        return if bytes.len() < LINE { Read::More(1) } else { Read::Not };
    };
    let says = bytes
        .get(WORD.len()..end)
        .and_then(|line| std::str::from_utf8(line.strip_suffix(b"\r")?).ok())
        .and_then(words);
    says.map_or(Read::Not, |says| Read::Whole(says, end + 1))
}

fn words(line: &str) -> Option<Says> {
    let mut words = line.split(' ');
    let (family, rest) = (words.next()?, words.collect::<Vec<_>>());
    if family == "UNKNOWN" {
        return Some(Says::Own);
    }
    let [from, to, port, other] = rest.as_slice() else { return None };
    let (from, to): (IpAddr, IpAddr) = (from.parse().ok()?, to.parse().ok()?);
    let fits = match family {
        "TCP4" => from.is_ipv4() && to.is_ipv4(),
        "TCP6" => from.is_ipv6() && to.is_ipv6(),
        _ => false,
    };
    let (port, _) = (number(port)?, number(other)?);
    fits.then(|| Says::Visitor(visitor(from, port)))
}

/// A port as the protocol writes it: without a sign and without zeros in front.
fn number(text: &str) -> Option<u16> {
    let plain = text == "0" || text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

/// Addresses are compared in one form.
fn visitor(ip: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(ip.to_canonical(), port)
}

#[cfg(test)]
mod tests;
