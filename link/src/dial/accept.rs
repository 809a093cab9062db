//! The server's side of a connection: greeting, handshake, who it is. Every wait has its deadline.

use super::{Conn, Socket, tune};
use crate::clock::{Clock, System};
use crate::tls::{BUFFER, ServerTls};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};
use wire::{alpn, limits};

/// How long a refused client is listened to, so that the alert reaches it before the reset does.
const FAREWELL: Duration = Duration::from_secs(1);

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
    ends: Ends,
}

/// The addresses of a connection, and whether it is one inside of a WebSocket.
#[derive(Debug, Clone, Copy)]
struct Ends {
    remote: SocketAddr,
    local: SocketAddr,
    web: bool,
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
    let ends = Ends { remote: tcp.peer_addr()?, local: tcp.local_addr()?, web: false };
    read_greeting(Socket::new(tcp), ends, deadline).await
}

/// As [`greet`], for a connection inside of the WebSocket that `socket` carries.
///
/// # Errors
/// As of [`greet`].
pub async fn greet_inside(
    socket: Socket,
    remote: SocketAddr,
    local: SocketAddr,
) -> Result<Greeted, AcceptError> {
    let deadline = Instant::now() + limits::HANDSHAKE_DEADLINE;
    read_greeting(socket, Ends { remote, local, web: true }, deadline).await
}

async fn read_greeting(
    socket: Socket,
    ends: Ends,
    deadline: Instant,
) -> Result<Greeted, AcceptError> {
    let start = LazyConfigAcceptor::new(Default::default(), socket);
    let start = timeout_at(deadline, start).await.map_err(|_| AcceptError::Slow)?;
    Ok(Greeted { start: start.map_err(failed)?, deadline, ends })
}

impl Greeted {
    /// The server's side of the rest. A client without ALPN gets http/1.1 (so that curl and probes
    /// work).
    ///
    /// # Errors
    /// The deadline passed, the handshake failed, or the peer's role does not fit the protocol.
    pub async fn accept(self, tls: &ServerTls) -> Result<Conn, AcceptError> {
        let Self { start, deadline, ends } = self;
        let rest = handshake(start, tls, ends);
        timeout_at(deadline, rest).await.map_err(|_| AcceptError::Slow)?
    }
}

async fn handshake(
    start: StartHandshake<Socket>,
    tls: &ServerTls,
    ends: Ends,
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
    let (took, Ends { remote, local, web }) = (begun.elapsed(), ends);
    Ok(Conn { io: io.into(), remote, local, alpn: protocol, peer, took, web, route: None })
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
