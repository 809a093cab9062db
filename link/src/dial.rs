//! Dialling a server and accepting on it: TCP options, deadlines, TLS, ALPN. Returns an
//! authenticated stream or an error that says which step failed.

mod socket;
mod turns;

pub use socket::Socket;

use crate::clock::{Clock, System};
use crate::peer::Peer;
use crate::tls::{BUFFER, ClientTls, ServerTls};
use pki::HandshakeFault;
use rustls::AlertDescription;
use rustls_pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::{LazyConfigAcceptor, StartHandshake, TlsConnector, TlsStream};
use wire::{alpn, limits};

/// How long a refused client is listened to, so that the alert reaches it before the reset does.
const FAREWELL: Duration = Duration::from_secs(1);

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
}

/// Why a server was not reached.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The name has no address.
    #[error("{host}: name does not resolve: {source}")]
    Resolve {
        /// `HOST:PORT` as given.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// Nobody listens there.
    #[error("{address}: connection refused")]
    Refused {
        /// Where.
        address: SocketAddr,
    },
    /// The connection could not be made, or broke in the handshake.
    #[error("{address}: {source}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The deadline passed.
    #[error("{address}: no answer within {}s", .within.as_secs_f32())]
    Timeout {
        /// Where.
        address: String,
        /// The deadline.
        within: Duration,
    },
    /// Closed before the handshake was done: shed by a busy server, barred, or not a server of ours.
    #[error(
        "{address}: closed during the handshake; it is busy, or bars this address for failures"
    )]
    Closed {
        /// Where.
        address: SocketAddr,
    },
    /// The server is not one of the pinned authority's.
    #[error("{address}: the server's certificate is not from the pinned CA")]
    WrongCa {
        /// Where.
        address: SocketAddr,
    },
    /// The certificate is expired or not yet valid, by our clock.
    #[error(
        "{address}: the server's certificate is not valid at this machine's time; check the clock"
    )]
    WrongClock {
        /// Where.
        address: SocketAddr,
    },
    /// The server refused our certificate: revoked, expired, or of another fleet. Mostly the server
    /// says so only after our handshake is done: see [`unwelcome`].
    #[error("{address}: the server refused this certificate: {what}")]
    Unwelcome {
        /// Where.
        address: SocketAddr,
        /// The server's reason.
        what: String,
    },
    /// Any other failure of the handshake.
    #[error("{address}: tls: {what}")]
    Tls {
        /// Where.
        address: SocketAddr,
        /// What rustls says.
        what: String,
    },
}

/// Dials `HOST:PORT` (all A/AAAA, in turn), handshake included, within `within`.
///
/// # Errors
/// The failure of the last address tried, or the deadline.
pub async fn dial(
    server: &str,
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<Conn, DialError> {
    let deadline = Instant::now() + within;
    let addresses = match timeout_at(deadline, resolved(server.to_owned())).await {
        Ok(found) => found.map_err(|source| unresolved(server, source))?,
        Err(_) => return Err(DialError::Timeout { address: server.to_owned(), within }),
    };
    let left = deadline.saturating_duration_since(Instant::now());
    dial_at(server, &addresses, tls, alpn, left).await
}

/// Dials the servers in turn, starting with the one at `first`; returns which one answered.
/// `within` is for each. A name whose resolver is slow waits behind the others.
///
/// # Errors
/// The failure of the last one tried.
pub async fn dial_any(
    servers: &[String],
    first: usize,
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<(usize, Conn), DialError> {
    let order = (0..servers.len()).map(|offset| (first + offset) % servers.len());
    let mut turns = turns::Turns::new(order.map(|index| (index, resolved(servers[index].clone()))));
    let mut last = unresolved("no server", io::Error::other("none is configured"));
    while let Some((index, found)) = turns.next(within).await {
        let server = &servers[index];
        let dialled = match found {
            Some(Ok(addresses)) => dial_at(server, &addresses, tls, alpn, within).await,
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

/// Tries the addresses of one server in turn.
async fn dial_at(
    server: &str,
    addresses: &[SocketAddr],
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<Conn, DialError> {
    let deadline = Instant::now() + within;
    let mut last = unresolved(server, io::Error::other("it has no address"));
    for (index, address) in addresses.iter().enumerate() {
        // A silent address must not use up the time of those behind it.
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        match timeout(share, connect(*address, server, tls, alpn)).await {
            Ok(Ok(conn)) => return Ok(conn),
            Ok(Err(error)) => last = error,
            Err(_) => last = DialError::Timeout { address: address.to_string(), within },
        }
    }
    Err(last)
}

async fn resolved(server: String) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host(server).await?.collect())
}

fn unresolved(server: &str, source: io::Error) -> DialError {
    DialError::Resolve { host: server.to_owned(), source }
}

async fn connect(
    address: SocketAddr,
    server: &str,
    tls: &ClientTls,
    protocol: &'static [u8],
) -> Result<Conn, DialError> {
    let tcp = TcpStream::connect(address).await.map_err(|source| match source.kind() {
        ErrorKind::ConnectionRefused => DialError::Refused { address },
        _ => DialError::Connect { address, source },
    })?;
    tune(&tcp);
    let local = tcp.local_addr().map_err(|source| DialError::Connect { address, source })?;
    let start = Instant::now();
    let io = TlsConnector::from(tls.offering(protocol))
        .connect_with(name_of(server, address), Socket::new(tcp), |session| {
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
    Ok(Conn { io, remote: address, local, alpn, peer: None, took })
}

/// The name to ask for. Nothing is compared with it: the pinned authority decides.
fn name_of(server: &str, address: SocketAddr) -> ServerName<'static> {
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    ServerName::try_from(host.to_owned()).unwrap_or_else(|_| address.ip().into())
}

fn classify(address: SocketAddr, error: io::Error) -> DialError {
    if let Some(what) = unwelcome(&error) {
        return DialError::Unwelcome { address, what };
    }
    match pki::classify_io(&error) {
        HandshakeFault::WrongCa => return DialError::WrongCa { address },
        HandshakeFault::Expired | HandshakeFault::NotYetValid => {
            return DialError::WrongClock { address };
        }
        HandshakeFault::Revoked | HandshakeFault::Other => {}
    }
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            DialError::Closed { address }
        }
        ErrorKind::InvalidData => DialError::Tls { address, what: error.to_string() },
        _ => DialError::Connect { address, source: error },
    }
}

/// The server's reason, if `error` is its alert that it refuses our certificate. In TLS 1.3 that
/// alert comes after our side of the handshake is done: in the first read.
pub fn unwelcome(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::AlertReceived(alert) = inner else { return None };
    let what = match alert {
        AlertDescription::CertificateRevoked => "it was revoked",
        AlertDescription::CertificateExpired => "it is not valid at the server's time",
        AlertDescription::UnknownCA => "it is from another fleet",
        AlertDescription::AccessDenied => "access denied",
        AlertDescription::CertificateRequired => "none was shown",
        AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate => "it is not acceptable",
        _ => return None,
    };
    Some(what.to_owned())
}

/// Why a connection was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// Connected and said nothing.
    #[error("no first byte in time")]
    Silent,
    /// Did not get through the handshake.
    #[error("no complete handshake in time")]
    Slow,
    /// The handshake failed, or the certificate was refused.
    #[error("tls: {0}")]
    Tls(String),
    /// The client broke off by an alert: it does not like what we showed.
    #[error("the client declined: {0}")]
    Declined(String),
    /// The role of the certificate does not fit the protocol.
    #[error("no protocol of ours: {0}")]
    Protocol(String),
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// [`greet`] and [`Greeted::accept`] in one, for who has nothing to decide in between.
///
/// # Errors
/// As of the two.
pub async fn accept(tcp: TcpStream, tls: &ServerTls) -> Result<Conn, AcceptError> {
    greet(tcp).await?.accept(tls).await
}

/// A client whose greeting (ClientHello) is complete. No key was used for it yet: dropping it costs
/// nothing.
pub struct Greeted {
    start: StartHandshake<Socket>,
    deadline: Instant,
    remote: SocketAddr,
    local: SocketAddr,
}

/// Reads a client's greeting, with its deadline (first byte 3 s, the whole handshake 10 s). Before
/// the first byte only the socket is held.
///
/// # Errors
/// A deadline passed, or it is no greeting.
pub async fn greet(tcp: TcpStream) -> Result<Greeted, AcceptError> {
    let deadline = Instant::now() + limits::HANDSHAKE_DEADLINE;
    tune(&tcp);
    let first = timeout(limits::FIRST_BYTE_DEADLINE, tcp.peek(&mut [0])).await;
    if first.map_err(|_| AcceptError::Silent)?? == 0 {
        return Err(AcceptError::Io(ErrorKind::UnexpectedEof.into()));
    }
    let (remote, local) = (tcp.peer_addr()?, tcp.local_addr()?);
    let start = LazyConfigAcceptor::new(Default::default(), Socket::new(tcp));
    let start = timeout_at(deadline, start).await.map_err(|_| AcceptError::Slow)?;
    Ok(Greeted { start: start.map_err(failed)?, deadline, remote, local })
}

impl Greeted {
    /// The server's side of the rest. A client without ALPN gets http/1.1 (so that curl and probes
    /// work).
    ///
    /// # Errors
    /// The deadline passed, the handshake failed, or the peer's role does not fit the protocol.
    pub async fn accept(self, tls: &ServerTls) -> Result<Conn, AcceptError> {
        let Self { start, deadline, remote, local } = self;
        let rest = handshake(start, tls, remote, local);
        timeout_at(deadline, rest).await.map_err(|_| AcceptError::Slow)?
    }
}

async fn handshake(
    start: StartHandshake<Socket>,
    tls: &ServerTls,
    remote: SocketAddr,
    local: SocketAddr,
) -> Result<Conn, AcceptError> {
    let (begun, config) = (Instant::now(), tls.choose(&start.client_hello()));
    let accepting =
        start.into_stream_with(config, |session| session.set_buffer_limit(Some(BUFFER)));
    let io = match accepting.into_fallible().await {
        Ok(io) => io,
        Err((error, socket)) => {
            farewell(socket).await;
            return Err(failed(error));
        }
    };
    let session = io.get_ref().1;
    let protocol = session.alpn_protocol().unwrap_or(alpn::HTTP).to_vec();
    let peer = match session.peer_certificates() {
        Some(chain) => Some(tls.identify(chain, &protocol, System.wall().0)?),
        None => None,
    };
    Ok(Conn { io: io.into(), remote, local, alpn: protocol, peer, took: begun.elapsed() })
}

fn failed(error: io::Error) -> AcceptError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (inner, error.kind()) {
        (Some(rustls::Error::AlertReceived(alert)), _) => {
            AcceptError::Declined(format!("{alert:?}"))
        }
        (_, ErrorKind::InvalidData) => AcceptError::Tls(error.to_string()),
        _ => AcceptError::Io(error),
    }
}

/// Lets the alert arrive: closing with unread bytes would reset the connection and take the alert
/// with it, and the client would never learn that it was refused.
async fn farewell(mut socket: Socket) {
    let listen = async {
        socket.shutdown().await?;
        let mut sink = [0; 1024];
        while socket.read(&mut sink).await? > 0 {}
        io::Result::Ok(())
    };
    // Whatever happens here, the connection was refused already.
    let _ = timeout(FAREWELL, listen).await;
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
