//! Who may connect to a forward: networks, and on a machine of many people, one of them.

use super::Source;
use crate::splice::End;
use ipnet::IpNet;
use rustix::process::geteuid;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The kernel's tables of TCP sockets, with the owner of each (proc(5)).
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];

/// Whose connections are taken: by default of all who can reach the listener.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clients {
    /// Source networks; empty = all. Not for a path.
    pub networks: Vec<IpNet>,
    /// Only programs of this user on this machine. At a path there are no others anyhow.
    pub same_user: bool,
}

impl Clients {
    /// Whether connections from there are taken at all; costs nothing.
    pub(super) fn reach(&self, from: Source) -> bool {
        let source = from.net().map(|from| from.ip().to_canonical());
        self.networks.is_empty()
            || source.is_some_and(|source| self.networks.iter().any(|net| net.contains(&source)))
    }

    /// Whether it is this user who connects, where that matters.
    ///
    /// # Errors
    /// The system does not tell.
    pub(super) fn own(
        &self,
        client: &End,
        from: Source,
    ) -> impl Future<Output = io::Result<bool>> + Send + use<> {
        let ends = match (self.same_user, client, from) {
            (true, End::Tcp(tcp), Source::Net(from)) => Some((from, tcp.local_addr())),
            _ => None,
        };
        async move {
            let Some((from, to)) = ends else { return Ok(true) };
            let to = to?;
            let owner = tokio::task::spawn_blocking(move || owner(from, to)).await?;
            Ok(owner? == Some(geteuid().as_raw()))
        }
    }
}

/// Which user has the socket at `from` that is connected to `to`. None: nobody (any more), or it is not
/// on this machine.
fn owner(from: SocketAddr, to: SocketAddr) -> io::Result<Option<u32>> {
    for table in TABLES {
        // A kernel without IPv6 has one table only.
        let lines = match File::open(table) {
            Ok(file) => BufReader::new(file).lines(),
            Err(error) if error.kind() == io::ErrorKind::NotFound && table == TABLES[1] => continue,
            Err(error) => return Err(error),
        };
        for line in lines {
            if let Some(user) = owner_in(&line?, canonical(from), canonical(to)) {
                return Ok(Some(user));
            }
        }
    }
    Ok(None)
}

/// The owner, if this line is of the socket. One without an inode is closed already, and its line says
/// root whoever had it.
fn owner_in(line: &str, from: SocketAddr, to: SocketAddr) -> Option<u32> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (local, remote) = (address(fields.next()?)?, address(fields.next()?)?);
    if (local, remote) != (from, to) {
        return None;
    }
    let (user, inode) = (fields.nth(4)?, fields.nth(1)?);
    user.parse().ok().filter(|_| inode != "0")
}

/// An address as the kernel prints it: words of four bytes in its own order, each in hexadecimal.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let mut bytes = Vec::new();
    for at in (0..ip.len()).step_by(8) {
        let word = u32::from_str_radix(ip.get(at..at + 8)?, 16).ok()?;
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    let ip = match bytes.len() {
        4 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        _ => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
    };
    Some(canonical(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?)))
}

/// The same address, whatever family the sockets are of.
fn canonical(at: SocketAddr) -> SocketAddr {
    SocketAddr::new(at.ip().to_canonical(), at.port())
}

#[cfg(test)]
mod tests {
    // A wrong literal in a test is a bug in the test.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::net::{TcpListener, TcpStream};

    #[test]
    fn sources_are_matched_in_their_canonical_form() {
        let some = Clients { networks: vec!["10.0.0.0/8".parse().unwrap()], same_user: false };
        let from = |text: &str| Source::Net(text.parse().unwrap());
        assert!(some.reach(from("10.1.2.3:9")) && some.reach(from("[::ffff:10.1.2.3]:9")));
        assert!(!some.reach(from("11.0.0.1:9")) && !some.reach(Source::Process(Some(1))));
        let all = Clients::default();
        assert!(all.reach(from("11.0.0.1:9")) && all.reach(Source::Process(None)));
    }

    const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

    #[cfg(target_endian = "little")]
    #[test]
    fn an_owner_is_read_from_the_line_of_his_socket() {
        let line = "   3: 0100007F:D431 0100007F:4E20 01 00000000:00000000 00:00000000 00000000  1000        0 271828 1 0000000000000000 20 4 30 10 -1";
        let (from, to) = ("127.0.0.1:54321".parse().unwrap(), "127.0.0.1:20000".parse().unwrap());
        assert_eq!(owner_in(line, from, to), Some(1000));
        assert_eq!(owner_in(line, to, from), None, "the other end");
        assert_eq!(owner_in(&line.replace("271828", "0"), from, to), None, "closed already");
        assert_eq!(owner_in(HEAD, from, to), None);
        let mapped = line.replace("0100007F", "0000000000000000FFFF00000100007F");
        assert_eq!(owner_in(&mapped, from, to), Some(1000));
        for cut in 0..line.len() {
            let _ = owner_in(&line[..cut], from, to);
        }
    }

    #[tokio::test]
    async fn who_connects_is_found_by_either_family_and_nobody_after_he_left() {
        for listen in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(listen).await else { continue };
            let at = listener.local_addr().unwrap();
            let (client, accepted) = tokio::join!(TcpStream::connect(at), listener.accept());
            let (client, (_held, from)) = (client.unwrap(), accepted.unwrap());
            assert_eq!(owner(from, at).unwrap(), Some(geteuid().as_raw()), "{listen}");
            drop(client);
            assert_eq!(owner(from, at).unwrap(), None, "{listen}");
        }
    }
}
