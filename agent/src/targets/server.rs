//! Where the fleet server is, as far as this agent has found out by dialling and resolving it.

use std::net::{IpAddr, SocketAddr, UdpSocket};

/// Addresses that are remembered; beyond it the oldest is forgotten.
const MOST: usize = 64;

/// Its addresses, each in its normal form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Server(Vec<Address>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address {
    at: SocketAddr,
    /// This machine is the server's: by loopback it is there as well.
    is_here: bool,
}

impl Server {
    /// Whether the server is at this address. On another machine every port of its address is its own;
    /// on this one only those that are its listeners: the others are the node's.
    pub(super) fn is_at(&self, ip: IpAddr, port: u16) -> bool {
        self.0.iter().any(|server| {
            let same_port = server.at.port() == port;
            let same = server.at.ip() == ip && (same_port || !server.is_here);
            same || (server.is_here && same_port && ip.is_loopback())
        })
    }

    /// With these as well, the newest last.
    pub(super) fn with(&self, addresses: &[SocketAddr]) -> Self {
        let mut all = self.0.clone();
        for at in addresses {
            let at = SocketAddr::new(super::address::normal(at.ip()), at.port());
            all.retain(|known| known.at != at);
            all.push(Address { at, is_here: is_here(at) });
        }
        let excess = all.len().saturating_sub(MOST);
        all.drain(..excess);
        Self(all)
    }
}

/// Whether an address is this machine's own: a socket towards it would come from it. Sends nothing.
fn is_here(at: SocketAddr) -> bool {
    let any: SocketAddr = match at.ip() {
        ip if ip.is_loopback() => return true,
        IpAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        IpAddr::V6(_) => ([0u16; 8], 0).into(),
    };
    let from = UdpSocket::bind(any).and_then(|socket| {
        socket.connect(at)?;
        socket.local_addr()
    });
    from.is_ok_and(|from| from.ip() == at.ip())
}
