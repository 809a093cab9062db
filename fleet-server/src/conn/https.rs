//! A very small HTTP/1.1 server for health, metrics and one plain page: a head of at most 8 KiB
//! within 5 s, one answer, close. Nothing of the request is ever echoed.

use crate::core::Core;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

const MAX_HEAD: usize = 8 * 1024;
const MAX_HEADERS: usize = 64;
const DEADLINE: Duration = Duration::from_secs(5);

/// What is asked for. Bodies are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path without its query.
    pub(crate) path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Other,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    status: &'static str,
    content_type: &'static str,
    body: String,
}

impl Answer {
    pub(crate) fn ok(content_type: &'static str, body: impl Into<String>) -> Self {
        Self { status: "200 OK", content_type, body: body.into() }
    }

    fn plain(status: &'static str, body: &str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: body.to_owned() }
    }

    pub(crate) fn not_found() -> Self {
        Self::plain("404 Not Found", "not found\n")
    }

    fn bytes(&self, method: Method) -> Vec<u8> {
        let allow = if self.status.starts_with("405") { "allow: GET, HEAD\r\n" } else { "" };
        let mut bytes = format!(
            "HTTP/1.1 {}\r\ncontent-type: {}\r\ncontent-length: {}\r\n{allow}\
             cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
            self.status,
            self.content_type,
            self.body.len(),
        )
        .into_bytes();
        if method != Method::Head {
            bytes.extend_from_slice(self.body.as_bytes());
        }
        bytes
    }
}

/// What strangers see of the server.
pub(crate) fn public(core: &Core, request: &Request) -> Answer {
    match request.path.as_str() {
        "/healthz" => Answer::plain("200 OK", "ok\n"),
        "/readyz" if core.is_draining() => Answer::plain("503 Service Unavailable", "draining\n"),
        "/readyz" => Answer::plain("200 OK", "ok\n"),
        "/" => Answer::ok("text/html; charset=utf-8", PAGE),
        _ => Answer::not_found(),
    }
}

const PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<title>tunnelctl</title></head>\n<body><h1>tunnelctl fleet server</h1>\
<p>Nodes and operators connect here with their own certificates.</p></body></html>\n";

/// Reads one request and answers it.
pub(crate) async fn serve<I>(mut io: I, route: impl Fn(&Request) -> Answer)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let Ok(read) = timeout(DEADLINE, read(&mut io)).await else { return };
    let (method, answer) = match read {
        Ok(Request { method: Method::Other, .. }) => {
            (Method::Get, Answer::plain("405 Method Not Allowed", "only GET and HEAD\n"))
        }
        Ok(request) => (request.method, route(&request)),
        Err(Unreadable::TooLarge) => {
            (Method::Get, Answer::plain("431 Request Header Fields Too Large", "too large\n"))
        }
        Err(Unreadable::Malformed) => {
            (Method::Get, Answer::plain("400 Bad Request", "bad request\n"))
        }
        Err(Unreadable::Gone) => return,
    };
    let bytes = answer.bytes(method);
    let written = async {
        io.write_all(&bytes).await?;
        io.shutdown().await
    };
    // A stranger that does not read its answer is not worth a line.
    let _ = timeout(DEADLINE, written).await;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unreadable {
    TooLarge,
    Malformed,
    Gone,
}

async fn read<I: AsyncRead + Unpin>(io: &mut I) -> Result<Request, Unreadable> {
    let mut head = Vec::with_capacity(1024);
    loop {
        let room = (MAX_HEAD - head.len()) as u64;
        let got = io.take(room).read_buf(&mut head).await.map_err(|_| Unreadable::Gone)?;
        if let Some(request) = parse(&head)? {
            return Ok(request);
        }
        if head.len() >= MAX_HEAD {
            return Err(Unreadable::TooLarge);
        }
        if got == 0 {
            return Err(Unreadable::Gone);
        }
    }
}

fn parse(head: &[u8]) -> Result<Option<Request>, Unreadable> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Unreadable::TooLarge),
        Err(_) => return Err(Unreadable::Malformed),
    }
    let method = match request.method {
        Some("GET") => Method::Get,
        Some("HEAD") => Method::Head,
        _ => Method::Other,
    };
    let target = request.path.unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    Ok(Some(Request { method, path }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use proptest::prelude::*;

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
    async fn a_head_over_the_bound_is_refused() {
        let mut raw = b"GET / HTTP/1.1\r\nx: ".to_vec();
        raw.resize(MAX_HEAD + 100, b'a');
        assert!(ask(&raw).await.starts_with("HTTP/1.1 431"));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(MAX_HEADERS + 1));
        assert!(ask(many.as_bytes()).await.starts_with("HTTP/1.1 431"));
        assert!(ask(b"\x16\x03\x01 nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
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

    proptest! {
        #[test]
        fn no_bytes_panic(head in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&head);
        }
    }
}
