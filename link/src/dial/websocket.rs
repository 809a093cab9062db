//! A byte stream in binary messages (RFC 6455), inside of a TLS session whose certificate nobody
//! believes: what is worth protecting runs in a pinned session of its own within it. It passes what
//! reads HTTP and ends TLS: load balancers, inspecting proxies, filters of unknown protocols.

use super::error::{DialError, classify_outer};
use super::{Socket, name_of};
use crate::tls;
use bytes::Bytes;
use futures::{Sink, Stream};
use std::io::{self, ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, TlsStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::Error as WebError;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::http::header::LOCATION;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, http};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Where a server answers by WebSocket.
pub const PATH: &str = "/_tunnelctl/ws";
/// Bytes of one message that this side sends.
const MESSAGE: usize = 64 * 1024;
/// Bytes of one message that are taken: what lies between may put several together.
const MAX_MESSAGE: usize = 256 * 1024;
/// Characters of a foreign address that are shown.
const SHOWN: usize = 100;

/// The stream.
pub(super) struct Web {
    messages: WebSocketStream<TlsStream<Socket>>,
    unread: Bytes,
    /// Something may lie in a buffer of ours: a message, or the answer to a ping.
    unflushed: bool,
}

impl Web {
    fn new(messages: WebSocketStream<TlsStream<Socket>>) -> Self {
        Self { messages, unread: Bytes::new(), unflushed: false }
    }

    /// The socket at the bottom, for options and addresses.
    pub(super) fn tcp(&self) -> &TcpStream {
        self.messages.get_ref().get_ref().0.tcp()
    }

    /// Pushes out what lies in our buffers; whoever waits for more room is woken.
    fn push(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.unflushed
            && let Poll::Ready(flushed) = Pin::new(&mut self.messages).poll_flush(cx)
        {
            flushed.map_err(broken)?;
            self.unflushed = false;
        }
        Ok(())
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, bytes: Bytes) -> Poll<io::Result<usize>> {
        let count = bytes.len();
        ready!(Pin::new(&mut self.messages).poll_ready(cx)).map_err(broken)?;
        Pin::new(&mut self.messages).start_send(Message::Binary(bytes)).map_err(broken)?;
        self.unflushed = true;
        // Nobody above flushes a socket.
        self.push(cx)?;
        Poll::Ready(Ok(count))
    }
}

impl AsyncRead for Web {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.unread.is_empty() {
            this.push(cx)?;
            match ready!(Pin::new(&mut this.messages).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => this.unread = bytes,
                Some(Ok(Message::Close(_))) | None => return Poll::Ready(Ok(())),
                Some(Ok(Message::Text(_))) => {
                    return Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, "text")));
                }
                // The answer to a ping waits to be sent.
                Some(Ok(_)) => this.unflushed = true,
                Some(Err(error)) => return Poll::Ready(Err(broken(error))),
            }
        }
        let count = out.remaining().min(this.unread.len());
        out.put_slice(&this.unread.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Web {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = Bytes::copy_from_slice(&bytes[..bytes.len().min(MESSAGE)]);
        self.get_mut().poll_send(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut message = Vec::with_capacity(MESSAGE.min(slices.iter().map(|s| s.len()).sum()));
        for slice in slices {
            let room = MESSAGE - message.len();
            message.extend_from_slice(&slice[..slice.len().min(room)]);
        }
        self.get_mut().poll_send(cx, message.into())
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.messages).poll_flush(cx)).map_err(broken)?;
        this.unflushed = false;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().messages).poll_close(cx).map_err(broken)
    }
}

impl std::fmt::Debug for Web {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebSocket with {} bytes unread", self.unread.len())
    }
}

/// Joins a server's WebSocket over `tcp`, with the server's name for whoever looks on the way.
pub(super) async fn join(
    tcp: TcpStream,
    server: &str,
    address: SocketAddr,
) -> Result<Socket, DialError> {
    let name = name_of(server, address);
    let config_of_tls =
        tls::outer().map_err(|error| DialError::Tls { address, what: error.to_string() })?;
    let outer = TlsConnector::from(config_of_tls)
        .connect(name, Socket::new(tcp))
        .await
        .map_err(|error| classify_outer(address, error))?;
    let place = server.strip_suffix(":443").unwrap_or(server);
    let asked = format!("wss://{place}{PATH}").into_client_request();
    let asked = asked.map_err(|error| refused(address, error))?;
    let joined = client_async_with_config(asked, outer.into(), Some(config())).await;
    let (messages, _) = joined.map_err(|error| refused(address, error))?;
    Ok(Socket::web(Web::new(messages)))
}

/// Answers a request to upgrade whose `Sec-WebSocket-Key` was `key`; `ahead` came behind it.
///
/// # Errors
/// The connection broke.
pub async fn upgrade(mut io: TlsStream<Socket>, key: &str, ahead: Vec<u8>) -> io::Result<Socket> {
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-accept: {accept}\r\n\r\n"
    );
    io.write_all(answer.as_bytes()).await?;
    io.flush().await?;
    let messages =
        WebSocketStream::from_partially_read(io, ahead, Role::Server, Some(config())).await;
    Ok(Socket::web(Web::new(messages)))
}

/// Every message leaves at once, and none is taken that would cost much.
fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(MESSAGE)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * MESSAGE)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}

fn broken(error: WebError) -> io::Error {
    match error {
        WebError::Io(error) => error,
        WebError::ConnectionClosed | WebError::AlreadyClosed => ErrorKind::BrokenPipe.into(),
        other => io::Error::new(ErrorKind::InvalidData, other),
    }
}

/// Why an upgrade was not answered as one.
fn refused(address: SocketAddr, error: WebError) -> DialError {
    match error {
        WebError::Http(response) => unlike_ours(address, &response),
        WebError::Io(source) => DialError::Connect { address, source },
        other => DialError::Web { address, what: other.to_string() },
    }
}

fn unlike_ours(address: SocketAddr, response: &Response) -> DialError {
    let (status, place) = (response.status(), response.headers().get(LOCATION));
    let shown = |place: &[u8]| -> String {
        let printable = place.iter().filter(|byte| byte.is_ascii_graphic());
        printable.take(SHOWN).map(|byte| char::from(*byte)).collect()
    };
    match place.map(|place| shown(place.as_bytes())) {
        Some(what) if status.is_redirection() => DialError::Portal { address, what },
        _ if status == http::StatusCode::NETWORK_AUTHENTICATION_REQUIRED => {
            DialError::Portal { address, what: status.to_string() }
        }
        _ => DialError::Web { address, what: status.to_string() },
    }
}
