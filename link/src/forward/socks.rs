//! SOCKS5 (RFC 1928) with optional user and password (RFC 1929). Only CONNECT
//! exists. The codec is fast-socks5's; its own proxying and resolving are not used.

use super::proxy::Proxy;
use super::visitor::{self, NoTunnel};
use super::{Context, Source};
use crate::splice::End;
use fast_socks5::server::{Socks5ServerProtocol, SocksServerError, states};
use fast_socks5::util::target_addr::TargetAddr;
use fast_socks5::{ReplyError, Socks5Command};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use wire::{CloseReason, Target};

const VERSION: u8 = 5;

type Asked<I> = (Socks5ServerProtocol<I, states::CommandRead>, Socks5Command, TargetAddr);

/// Whether the client's first byte is SOCKS5's.
pub(super) async fn speaks(client: &TcpStream) -> bool {
    let mut first = [0];
    matches!(client.peek(&mut first).await, Ok(1) if first[0] == VERSION)
}

pub(super) async fn serve(
    context: &Context,
    client: TcpStream,
    from: Source,
    proxy: Proxy<'_>,
    by: Instant,
) {
    let Ok(Ok((asked, command, address))) = timeout_at(by, ask(client, proxy.auth)).await else {
        return;
    };
    if command != Socks5Command::TCPConnect {
        // The client is told; whether it listens is its affair.
        let _ = asked.reply_error(&ReplyError::CommandNotSupported).await;
        return;
    }
    let Some(target) = target(&address) else {
        let _ = asked.reply_error(&ReplyError::AddressTypeNotSupported).await;
        return;
    };
    match proxy.open(context, target, from).await {
        Ok(tunnel) => {
            let bound = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
            if let Ok(client) = asked.reply_success(bound).await {
                visitor::run(context, tunnel, End::Tcp(client), from).await;
            }
        }
        Err(no) => {
            visitor::refuse(context, from, &no);
            let _ = asked.reply_error(&reply(&no)).await;
        }
    }
}

async fn ask<I: AsyncRead + AsyncWrite + Unpin>(
    client: I,
    auth: Option<(&str, &str)>,
) -> Result<Asked<I>, SocksServerError> {
    let authenticated = match auth {
        None => Socks5ServerProtocol::accept_no_auth(client).await?,
        Some((user, password)) => {
            let check = |u: String, p: String| same(&u, user) & same(&p, password);
            Socks5ServerProtocol::accept_password_auth(client, check).await?.0
        }
    };
    authenticated.read_command().await
}

/// Compares without telling by the time where two strings differ.
pub(super) fn same(given: &str, wanted: &str) -> bool {
    let (given, wanted) = (blake3::hash(given.as_bytes()), blake3::hash(wanted.as_bytes()));
    given == wanted
}

fn target(address: &TargetAddr) -> Option<Target> {
    match address {
        TargetAddr::Ip(address) => Target::new(&address.ip().to_string(), address.port()).ok(),
        TargetAddr::Domain(host, port) => Target::new(host.trim_end_matches('.'), *port).ok(),
    }
}

/// The closest thing SOCKS can say.
fn reply(no: &NoTunnel) -> ReplyError {
    match no.reason {
        CloseReason::DialRefused => ReplyError::ConnectionRefused,
        CloseReason::DialTimeout => ReplyError::TtlExpired,
        CloseReason::DialUnreachable | CloseReason::Unresolvable => ReplyError::HostUnreachable,
        CloseReason::Denied | CloseReason::TargetNotAllowed => ReplyError::ConnectionNotAllowed,
        CloseReason::NodeLost | CloseReason::OperatorLost => ReplyError::NetworkUnreachable,
        _ => ReplyError::GeneralFailure,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::harness::Parser;
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::io::ReadBuf;

    /// A client whose every word is here already, and who hears nothing.
    struct Client<'a>(&'a [u8]);

    impl AsyncRead for Client<'_> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            into: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(cx, into)
        }
    }

    impl AsyncWrite for Client<'_> {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// T-14: whatever a client says, it ends in a target that is one, or in no target.
    #[test]
    fn requests_survive_mutation() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Parser::new("socks", 2048).survives(|input| {
            for auth in [None, Some(("me", "secret"))] {
                let Ok((_, _, address)) = runtime.block_on(ask(Client(input), auth)) else {
                    continue;
                };
                assert_eq!(input[0], VERSION);
                let Some(target) = target(&address) else { continue };
                assert_eq!(target.checked().as_ref(), Ok(&target));
            }
        });
    }
}
