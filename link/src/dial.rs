//! Dialling a server and accepting on it: TCP options, deadlines, TLS, ALPN. Returns an
//! authenticated stream or an error that says which step failed.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::peer::Peer;
use crate::tls::{ClientTls, ServerTls};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// A TLS stream on which both sides agreed on a protocol.
pub struct Conn {
    pub io: tokio_rustls::TlsStream<TcpStream>,
    pub remote: SocketAddr,
    pub local: SocketAddr,
    pub alpn: Vec<u8>,
    /// Who is at the other end; None on enrolment and HTTPS, and on the client side.
    pub peer: Option<Peer>,
}

#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("{host}: name does not resolve: {source}")]
    Resolve { host: String, source: std::io::Error },
    #[error("{address}: connection refused")]
    Refused { address: SocketAddr },
    #[error("{address}: {source}")]
    Connect { address: SocketAddr, source: std::io::Error },
    #[error("{address}: no answer within {}", humantime_s(.within))]
    Timeout { address: String, within: Duration },
    /// Closed before the handshake was done: shed by a busy server, or not a server of ours.
    #[error("{address}: closed during the handshake")]
    Closed { address: SocketAddr },
    #[error("{address}: the server's certificate is not from the pinned CA")]
    WrongCa { address: SocketAddr },
    #[error(
        "{address}: the server's certificate is not valid at this machine's time; check the clock"
    )]
    WrongClock { address: SocketAddr },
    /// The server refused our certificate: revoked, expired, or of another fleet.
    #[error("{address}: the server refused this certificate: {what}")]
    Unwelcome { address: SocketAddr, what: String },
    #[error("{address}: tls: {what}")]
    Tls { address: SocketAddr, what: String },
}

fn humantime_s(d: &Duration) -> String {
    format!("{}s", d.as_secs())
}

/// Dials `HOST:PORT` (all A/AAAA, in turn), handshake included, within `within`.
pub async fn dial(
    server: &str,
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<Conn, DialError> {
    todo!()
}

/// Dials the servers in turn, starting with the one at `first`; returns which one answered.
pub async fn dial_any(
    servers: &[String],
    first: usize,
    tls: &ClientTls,
    alpn: &'static [u8],
    within: Duration,
) -> Result<(usize, Conn), DialError> {
    todo!()
}

#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    #[error("no first byte in time")]
    Silent,
    #[error("no complete handshake in time")]
    Slow,
    #[error("tls: {0}")]
    Tls(String),
    #[error("no protocol of ours: {0}")]
    Protocol(String),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The server's side of a handshake, with its deadlines (first byte 3 s, all 10 s).
/// A client without ALPN gets http/1.1 (so that curl and probes work).
pub async fn accept(tcp: TcpStream, tls: &ServerTls) -> Result<Conn, AcceptError> {
    todo!()
}

/// nodelay, keepalive 15/5/3, TCP_USER_TIMEOUT 20 s.
pub fn tune(tcp: &TcpStream) {
    todo!()
}

/// What the server said against our certificate, if that is why a first read failed: in TLS 1.3
/// its alert arrives only after the client's handshake is done.
pub fn unwelcome(error: &std::io::Error) -> Option<String> {
    todo!()
}
