//! Dialling a server and accepting on it: TCP options, deadlines, TLS, ALPN. Returns an
//! authenticated stream or an error that says which step failed.

mod socket;

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
use tokio_rustls::{LazyConfigAcceptor, TlsConnector, TlsStream};
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
    /// Closed before the handshake was done: shed by a busy server, or not a server of ours.
    #[error("{address}: closed during the handshake")]
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
    let late = |address: String| DialError::Timeout { address, within };
    let deadline = Instant::now() + within;
    let resolve = |source| DialError::Resolve { host: server.to_owned(), source };
    let addresses: Vec<SocketAddr> = match timeout_at(deadline, resolved(server)).await {
        Ok(found) => found.map_err(resolve)?,
        Err(_) => return Err(late(server.to_owned())),
    };
    let mut last = None;
    for (index, address) in addresses.iter().enumerate() {
        // A silent address must not use up the time of those behind it.
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        match timeout(share, connect(*address, server, tls, alpn)).await {
            Ok(Ok(conn)) => return Ok(conn),
            Ok(Err(error)) => last = Some(error),
            Err(_) => last = Some(late(address.to_string())),
        }
    }
    Err(last.unwrap_or_else(|| resolve(io::Error::other("it has no address"))))
}

/// Dials the servers in turn, starting with the one at `first`; returns which one answered.
/// `within` is for each.
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
    let mut last = DialError::Resolve {
        host: "no server".to_owned(),
        source: io::Error::other("none is configured"),
    };
    for offset in 0..servers.len() {
        let index = (first + offset) % servers.len();
        match dial(&servers[index], tls, alpn, within).await {
            Ok(conn) => return Ok((index, conn)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn resolved(server: &str) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host(server).await?.collect())
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
    /// The role of the certificate does not fit the protocol.
    #[error("no protocol of ours: {0}")]
    Protocol(String),
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The server's side of a handshake, with its deadlines (first byte 3 s, all 10 s).
/// A client without ALPN gets http/1.1 (so that curl and probes work).
///
/// # Errors
/// A deadline passed, the handshake failed, or the peer's role does not fit the protocol.
pub async fn accept(tcp: TcpStream, tls: &ServerTls) -> Result<Conn, AcceptError> {
    let deadline = Instant::now() + limits::HANDSHAKE_DEADLINE;
    tune(&tcp);
    timeout(limits::FIRST_BYTE_DEADLINE, tcp.peek(&mut [0]))
        .await
        .map_err(|_| AcceptError::Silent)??;
    timeout_at(deadline, handshake(tcp, tls)).await.map_err(|_| AcceptError::Slow)?
}

async fn handshake(tcp: TcpStream, tls: &ServerTls) -> Result<Conn, AcceptError> {
    let (remote, local) = (tcp.peer_addr()?, tcp.local_addr()?);
    let start = LazyConfigAcceptor::new(Default::default(), Socket::new(tcp)).await;
    let start = start.map_err(failed)?;
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
    match error.kind() {
        ErrorKind::InvalidData => AcceptError::Tls(error.to_string()),
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
