//! HTTPS on the server's port: health and one plain page for strangers, tunnels by CONNECT for
//! operators, our own protocols by WebSocket for who gets out no other way, metrics on a listener of
//! their own. One request, one answer, close; nothing of a
//! stranger's request is ever echoed.

mod connect;
mod head;
mod inside;
mod invite;

pub(crate) use head::{Method, Request};

use crate::accept::{Fault, Ticket};
use crate::ca::lists;
use crate::core::Core;
use head::{Head, Unreadable};
use link::dial::Conn;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// How long an answer may take to leave.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a client that still sends is listened to, so that its answer arrives before the reset.
const FAREWELL: Duration = Duration::from_millis(500);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    status: &'static str,
    content_type: &'static str,
    /// Further header lines, each with its end.
    extra: String,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn ok(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: "200 OK", content_type, extra: String::new(), body: body.into() }
    }

    fn plain(status: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let content_type = "text/plain; charset=utf-8";
        Self { status, content_type, extra: String::new(), body: body.into() }
    }

    pub(crate) fn not_found() -> Self {
        Self::plain("404 Not Found", "not found\n")
    }

    fn unreadable(why: Unreadable) -> Option<Self> {
        match why {
            Unreadable::TooLarge => {
                Some(Self::plain("431 Request Header Fields Too Large", "too large\n"))
            }
            Unreadable::Malformed => Some(Self::plain("400 Bad Request", "bad request\n")),
            Unreadable::Gone => None,
        }
    }

    fn bytes(&self, method: Method) -> Vec<u8> {
        let mut bytes = format!(
            "HTTP/1.1 {}\r\ncontent-type: {}\r\ncontent-length: {}\r\n{}\
             cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
            self.status,
            self.content_type,
            self.body.len(),
            self.extra,
        )
        .into_bytes();
        if method != Method::Head {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

/// What strangers see of the server.
fn public(core: &Core, request: &Request) -> Answer {
    match request.path.as_str() {
        "/healthz" => Answer::plain("200 OK", "ok\n"),
        "/readyz" if core.is_draining() => Answer::plain("503 Service Unavailable", "draining\n"),
        "/readyz" => Answer::plain("200 OK", "ok\n"),
        "/" => Answer::ok("text/html; charset=utf-8", PAGE),
        "/ca.pem" => Answer::ok("application/x-pem-file", roots(core)),
        "/ca.crl" => lists::der(core)
            .map_or_else(Answer::not_found, |list| Answer::ok("application/pkix-crl", list)),
        _ => Answer::not_found(),
    }
}

/// The roots by which this server is known; whoever reads them here has checked them elsewhere.
fn roots(core: &Core) -> String {
    pki::pem::encode_certificates(&core.bundle().roots)
}

const PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<title>tunnelctl</title></head>\n<body><h1>tunnelctl fleet server</h1>\
<p>Nodes and operators connect here with their own certificates.</p></body></html>\n";

/// Serves one connection of the TLS port.
pub(crate) async fn run(core: Arc<Core>, mut conn: Conn, source: IpAddr, ticket: Ticket) {
    let read = tokio::select! {
        biased;
        () = ticket.evicted() => return core.fault(source, Fault::Idle),
        read = head::read(&mut conn.io) => read,
    };
    match read {
        Ok((Head::Connect(asked), ahead)) => {
            connect::serve(core, conn, source, ticket, asked, ahead).await;
        }
        Ok((Head::Page(request), _)) if invite::is_meant(&request) => {
            invite::serve(core, conn.io, source, &request).await;
        }
        Ok((Head::Page(request), _)) => page(conn.io, &request, |r| public(&core, r)).await,
        Ok((Head::Upgrade { key }, ahead)) => {
            inside::serve(core, conn, source, ticket, (key, ahead)).await;
        }
        Err(why) => {
            core.fault(source, Fault::Idle);
            refuse(conn.io, why).await;
        }
    }
}

/// Reads one request for a page and answers it.
pub(crate) async fn serve<I>(mut io: I, route: impl Fn(&Request) -> Answer)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    match head::read(&mut io).await {
        Ok((Head::Page(request), _)) => page(io, &request, route).await,
        Ok((Head::Connect(_) | Head::Upgrade { .. }, _)) => refuse(io, Unreadable::Malformed).await,
        Err(why) => refuse(io, why).await,
    }
}

async fn page<I>(io: I, request: &Request, route: impl Fn(&Request) -> Answer)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let answer = match request.method {
        Method::Get | Method::Head => route(request),
        Method::Post | Method::Other => Answer {
            extra: "allow: GET, HEAD\r\n".to_owned(),
            ..Answer::plain("405 Method Not Allowed", "only GET and HEAD\n")
        },
    };
    say(io, &answer, request.method).await;
}

async fn refuse<I: AsyncRead + AsyncWrite + Unpin>(io: I, why: Unreadable) {
    if let Some(answer) = Answer::unreadable(why) {
        say(io, &answer, Method::Get).await;
    }
}

/// Answers and closes. What the client sends on is not read for its meaning.
async fn say<I: AsyncRead + AsyncWrite + Unpin>(mut io: I, answer: &Answer, method: Method) {
    let bytes = answer.bytes(method);
    let written = async {
        io.write_all(&bytes).await?;
        io.shutdown().await
    };
    // A stranger that does not read its answer is not worth a line.
    if !matches!(timeout(ANSWER, written).await, Ok(Ok(()))) {
        return;
    }
    let listen = async {
        let mut sink = [0; 1024];
        while io.read(&mut sink).await.is_ok_and(|count| count > 0) {}
    };
    let _ = timeout(FAREWELL, listen).await;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    async fn ask(raw: &[u8]) -> String {
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        client.write_all(raw).await.unwrap();
        client.shutdown().await.unwrap();
        serve(server, |request| match request.path.as_str() {
            "/healthz" => Answer::plain("200 OK", "ok\n"),
            _ => Answer::not_found(),
        })
        .await;
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn health_is_answered_with_and_without_a_body() {
        let get = ask(b"GET /healthz?x=1 HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(get.starts_with("HTTP/1.1 200 OK\r\n") && get.ends_with("\r\n\r\nok\n"), "{get}");
        let head = ask(b"HEAD /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(head.contains("content-length: 3\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    }

    #[tokio::test]
    async fn nothing_of_the_request_is_echoed() {
        let answer = ask(b"GET /<script>zzz HTTP/1.1\r\nhost: zzz\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("zzz"), "{answer}");
        let post = ask(b"POST /healthz HTTP/1.1\r\nhost: a\r\n\r\nzzz").await;
        assert!(post.starts_with("HTTP/1.1 405") && post.contains("allow: GET, HEAD"), "{post}");
    }

    #[tokio::test]
    async fn a_head_that_cannot_be_read_gets_a_status() {
        let long = format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(9000));
        assert!(ask(long.as_bytes()).await.starts_with("HTTP/1.1 431"));
        assert!(ask(b"\x16\x03\x01 nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
        let connect = b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
        assert!(ask(connect).await.starts_with("HTTP/1.1 400"), "no tunnels on this listener");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_head_ends_at_the_deadline() {
        let (mut client, server) = tokio::io::duplex(1024);
        client.write_all(b"GET / HT").await.unwrap();
        serve(server, |_| Answer::not_found()).await;
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert!(answer.is_empty());
    }
}
