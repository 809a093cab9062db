//! Dialling a server and accepting on it: TCP options, deadlines, TLS, ALPN. Returns an
//! authenticated stream or an error that says which step failed. Which way is taken is decided in
//! [`crate::ladder`].

mod accept;
mod error;
mod proxy;
mod socket;
mod turns;
mod websocket;

pub use accept::{AcceptError, Greeted, accept, greet, greet_inside};
pub use error::{DialError, unwelcome};
pub use proxy::{Proxy, ProxyError};
pub use socket::Socket;
pub use websocket::{PATH as WEB_PATH, upgrade};

use crate::ladder::{Rung, Way};
use crate::peer::Peer;
use crate::tls::{BUFFER, ClientTls};
use error::classify;
use rustls_pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::{TlsConnector, TlsStream};

/// A TLS stream on which both sides agreed on a protocol.
#[derive(Debug)]
pub struct Conn {
    /// The stream.
    pub io: TlsStream<Socket>,
    /// The other end's address.
    pub remote: SocketAddr,
    /// Ours.
    pub local: SocketAddr,
    /// The protocol.
    pub alpn: Vec<u8>,
    /// Who is at the other end; None on enrolment and HTTPS, and on the client side.
    pub peer: Option<Peer>,
    /// What the handshake took: at least one round trip, and both sides' computing.
    pub took: Duration,
    /// Whether it runs inside of a WebSocket.
    pub web: bool,
    /// The way to the same server again; None on the server's side.
    pub route: Option<Route>,
}

/// One server by one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `HOST:PORT`.
    pub server: String,
    /// Its address, unless a proxy looks it up.
    pub at: Option<SocketAddr>,
    /// The way.
    pub way: Way,
}

/// Dials `HOST:PORT` directly (all A/AAAA, in turn), handshake included, within `within`.
///
/// # Errors
/// The failure of the last address tried, or the deadline.
pub async fn dial(
    server: &str,
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<Conn, DialError> {
    dial_by(server, &Way::direct(), tls, alpn, within).await
}

/// As [`dial`], by one way.
///
/// # Errors
/// As [`dial`].
pub async fn dial_by(
    server: &str,
    way: &Way,
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<Conn, DialError> {
    let deadline = Instant::now() + within;
    let addresses = match timeout_at(deadline, looked_up(server.to_owned(), way)).await {
        Ok(found) => found.map_err(|source| unresolved(server, source))?,
        Err(_) => return Err(DialError::Timeout { address: server.to_owned(), within }),
    };
    let left = deadline.saturating_duration_since(Instant::now());
    dial_at(server, &addresses, way, tls, alpn, left).await
}

/// Dials the same server by the same way again.
///
/// # Errors
/// What went wrong, or the deadline.
pub async fn dial_along(
    route: &Route,
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<Conn, DialError> {
    match timeout(within, connect(route.clone(), tls, alpn)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(DialError::Timeout { address: route.server.clone(), within }),
    }
}

/// Dials the servers in turn by one way; returns which one answered. `within` is for each. A name
/// whose resolver is slow waits behind the others.
///
/// # Errors
/// The failure of the last one tried.
pub(crate) async fn dial_any(
    servers: &[String],
    way: &Way,
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<(usize, Conn), DialError> {
    let lookups = servers.iter().enumerate().filter(|(_, server)| way.leads_to(server));
    let lookups = lookups.map(|(index, server)| (index, looked_up(server.clone(), way)));
    let mut turns = turns::Turns::new(lookups);
    let mut last = unresolved("no server", io::Error::other("none is configured"));
    while let Some((index, found)) = turns.next(within).await {
        let server = &servers[index];
        let dialled = match found {
            Some(Ok(addresses)) => dial_at(server, &addresses, way, tls, alpn, within).await,
            Some(Err(source)) => Err(unresolved(server, source)),
            None => Err(DialError::Timeout { address: server.clone(), within }),
        };
        match dialled {
            Ok(conn) => return Ok((index, conn)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Tries the addresses of one server in turn; a proxy looks them up itself.
async fn dial_at(
    server: &str,
    addresses: &[SocketAddr],
    way: &Way,
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<Conn, DialError> {
    let deadline = Instant::now() + within;
    let route = |at| Route { server: server.to_owned(), at, way: way.clone() };
    if way.proxy().is_some() {
        return dial_along(&route(None), tls, alpn, within).await;
    }
    let mut last = unresolved(server, io::Error::other("it has no address"));
    for (index, address) in addresses.iter().enumerate() {
        // A silent address must not use up the time of those behind it.
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        match timeout(share, connect(route(Some(*address)), tls, alpn)).await {
            Ok(Ok(conn)) => return Ok(conn),
            Ok(Err(error)) => last = error,
            Err(_) => last = DialError::Timeout { address: address.to_string(), within },
        }
    }
    Err(last)
}

async fn looked_up(server: String, way: &Way) -> io::Result<Vec<SocketAddr>> {
    if way.proxy().is_some() {
        return Ok(Vec::new());
    }
    Ok(tokio::net::lookup_host(server).await?.collect())
}

fn unresolved(server: &str, source: io::Error) -> DialError {
    DialError::Resolve { host: server.to_owned(), source }
}

async fn connect(
    route: Route,
    tls: &ClientTls,
    protocol: &'static [u8],
) -> Result<Conn, DialError> {
    let (tcp, address) = reach(&route).await?;
    tune(&tcp);
    let local = tcp.local_addr().map_err(|source| DialError::Connect { address, source })?;
    let web = route.way.rung() == Rung::Wss;
    let socket = match web {
        true => websocket::join(tcp, &route.server, address).await?,
        false => Socket::new(tcp),
    };
    let start = Instant::now();
    let io = TlsConnector::from(tls.offering(protocol))
        .connect_with(name_of(&route.server, address), socket, |session| {
            session.set_buffer_limit(Some(BUFFER));
        })
        .await
        .map_err(|error| classify(address, error))?;
    if io.get_ref().1.alpn_protocol() != Some(protocol) {
        return Err(DialError::Tls {
            address,
            what: "the server speaks no protocol of ours".into(),
        });
    }
    let (io, alpn, took) = (io.into(), protocol.to_vec(), start.elapsed());
    Ok(Conn { io, remote: address, local, alpn, peer: None, took, web, route: Some(route) })
}

/// A byte stream along a route, through its proxy if it has one: for bytes that are not ours. Whoever
/// awaits this sets the deadline.
///
/// # Errors
/// What went wrong.
///
/// # Cancel safety
/// Yes; the connection is closed.
pub async fn open(route: &Route) -> Result<TcpStream, DialError> {
    let (tcp, _) = reach(route).await?;
    tune(&tcp);
    Ok(tcp)
}

/// A byte stream to the server, and the address at its near end: the server's or the proxy's.
async fn reach(route: &Route) -> Result<(TcpStream, SocketAddr), DialError> {
    if let Some(proxy) = route.way.proxy() {
        return proxy.connect(&route.server).await;
    }
    let Some(address) = route.at else {
        return Err(unresolved(&route.server, io::Error::other("it has no address")));
    };
    let tcp = TcpStream::connect(address).await.map_err(|source| match source.kind() {
        ErrorKind::ConnectionRefused => DialError::Refused { address },
        _ => DialError::Connect { address, source },
    })?;
    Ok((tcp, address))
}

/// The name to ask for. Nothing is compared with it: the pinned authority decides.
fn name_of(server: &str, address: SocketAddr) -> ServerName<'static> {
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    ServerName::try_from(host.to_owned()).unwrap_or_else(|_| address.ip().into())
}

/// nodelay, keepalive 15/5/3, TCP_USER_TIMEOUT 20 s. An option the system refuses is left as it is.
pub fn tune<S: AsFd>(socket: &S) {
    let socket = SockRef::from(socket);
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(15))
        .with_interval(Duration::from_secs(5))
        .with_retries(3);
    let outcomes = [
        socket.set_tcp_nodelay(true),
        socket.set_tcp_keepalive(&keepalive),
        socket.set_tcp_user_timeout(Some(Duration::from_secs(20))),
    ];
    for error in outcomes.into_iter().filter_map(Result::err) {
        tracing::debug!(%error, "socket option refused");
    }
}
