//! A listener on exactly one address: an IPv6 one takes no IPv4, and nobody shares it.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Connections that may wait in the kernel.
const BACKLOG: i32 = 128;

/// Listens on `at` and on nothing else. Addresses of connections that ended a moment ago are free.
///
/// # Errors
/// It is in use, is no address of this machine, or may not be bound by this user.
pub fn listen_on(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    if at.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::ErrorKind;
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn an_address_is_taken_once() {
        let first = listen_on(([127, 0, 0, 1], 0).into()).unwrap();
        let at = first.local_addr().unwrap();
        assert_eq!(listen_on(at).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop(first);
        assert_eq!(listen_on(at).unwrap().local_addr().unwrap(), at);
    }

    #[tokio::test]
    async fn an_ipv6_listener_takes_no_ipv4() {
        let Ok(listener) = listen_on(SocketAddr::from(([0u16; 8], 0))) else { return };
        let port = listener.local_addr().unwrap().port();
        assert!(TcpStream::connect(("::1", port)).await.is_ok());
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    }
}
