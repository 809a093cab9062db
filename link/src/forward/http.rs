//! HTTP proxy on a local listener: CONNECT (RFC 9110 §9.3.6), and absolute-form requests for plain
//! `http://` URLs. One request per connection; nothing reaches a target before it was opened, and
//! a refusal closes.

use super::proxy::Proxy;
use super::socks::same;
use super::visitor::{self, NoTunnel};
use super::{Context, Source};
use crate::splice::End;
use data_encoding::BASE64;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use wire::{CloseReason, Target};

const MAX_HEAD: usize = 8 * 1024;
const MAX_HEADERS: usize = 64;

/// What a client asked for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    target: Target,
    /// The head to send to the target; `None` for CONNECT.
    rewritten: Option<Vec<u8>>,
    authorization: Option<String>,
}

/// Why a request is answered with a status instead of a tunnel.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Status {
    BadRequest,
    ProxyAuth,
    Forbidden,
    BadGateway,
    Unavailable,
    GatewayTimeout,
}

impl Status {
    const fn line(self) -> &'static str {
        match self {
            Self::BadRequest => "400 Bad Request",
            Self::ProxyAuth => "407 Proxy Authentication Required",
            Self::Forbidden => "403 Forbidden",
            Self::BadGateway => "502 Bad Gateway",
            Self::Unavailable => "503 Service Unavailable",
            Self::GatewayTimeout => "504 Gateway Timeout",
        }
    }
}

pub(super) async fn serve(
    context: &Context,
    mut client: TcpStream,
    from: Source,
    proxy: Proxy<'_>,
    by: Instant,
) {
    let request = match timeout_at(by, head(&mut client)).await {
        Ok(Ok(head)) => parse(&head).and_then(|request| allowed(request, proxy.auth)),
        _ => return,
    };
    let request = match request {
        Ok(request) => request,
        Err(status) => return answer(&mut client, status, "").await,
    };
    match proxy.open(context, request.target, from).await {
        Ok(mut tunnel) => {
            let ready = match request.rewritten {
                Some(head) => tunnel.send_ahead(&head).await.is_ok(),
                None => {
                    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_ok()
                }
            };
            if ready {
                visitor::run(context, tunnel, End::Tcp(client), from).await;
            }
        }
        Err(no) => {
            visitor::refuse(context, from, &no);
            answer(&mut client, status(&no), no.refusal.message.as_str()).await;
        }
    }
}

/// Reads to the end of the head and not one byte beyond it.
async fn head(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut head, mut ahead) = (Vec::new(), vec![0; MAX_HEAD]);
    loop {
        let seen = client.peek(&mut ahead[..MAX_HEAD - head.len()]).await?;
        if seen == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let before = head.len();
        head.extend_from_slice(&ahead[..seen]);
        let from = before.saturating_sub(3);
        let end = head[from..].windows(4).position(|w| w == b"\r\n\r\n").map(|at| from + at + 4);
        let take = end.map_or(seen, |end| end - before);
        client.read_exact(&mut ahead[..take]).await?;
        head.truncate(before + take);
        match end {
            Some(_) => return Ok(head),
            None if head.len() == MAX_HEAD => return Err(io::ErrorKind::InvalidData.into()),
            None => {}
        }
    }
}

fn parse(head: &[u8]) -> Result<Request, Status> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        _ => return Err(Status::BadRequest),
    }
    let (Some(method), Some(path)) = (parsed.method, parsed.path) else {
        return Err(Status::BadRequest);
    };
    let mut authorization = None;
    for header in
        parsed.headers.iter().filter(|h| h.name.eq_ignore_ascii_case("proxy-authorization"))
    {
        let value = std::str::from_utf8(header.value).map_err(|_| Status::BadRequest)?;
        // Two of them could mean two things.
        if authorization.replace(value.to_owned()).is_some() {
            return Err(Status::BadRequest);
        }
    }
    if method == "CONNECT" {
        if has_body(parsed.headers) || !path.contains(':') {
            return Err(Status::BadRequest);
        }
        let target = network(path).ok_or(Status::BadRequest)?;
        return Ok(Request { target, rewritten: None, authorization });
    }
    let (target, origin) = absolute(path).ok_or(Status::BadRequest)?;
    let rewritten = Some(rewrite(method, &origin, parsed.headers)?);
    Ok(Request { target, rewritten, authorization })
}

fn has_body(headers: &[httparse::Header<'_>]) -> bool {
    headers.iter().any(|h| {
        h.name.eq_ignore_ascii_case("content-length")
            || h.name.eq_ignore_ascii_case("transfer-encoding")
    })
}

/// `http://host[:port]/path` as a target and its origin form.
fn absolute(url: &str) -> Option<(Target, String)> {
    let rest = url.get(..7).filter(|s| s.eq_ignore_ascii_case("http://")).and(url.get(7..))?;
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let host_end = authority.rfind(']').unwrap_or(0);
    let with_port = match authority[host_end..].contains(':') {
        true => authority.to_owned(),
        false => format!("{authority}:80"),
    };
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Some((network(&with_port)?, path))
}

/// A target of the network; a proxy leads to no sockets of the node's file system.
fn network(authority: &str) -> Option<Target> {
    authority.parse().ok().filter(|target: &Target| target.unix_path().is_none())
}

/// The head for the target: origin form, without what was meant for the proxy, one request only.
fn rewrite(method: &str, path: &str, headers: &[httparse::Header<'_>]) -> Result<Vec<u8>, Status> {
    let mut out = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
    let mut hosts = 0;
    for header in headers {
        let name = header.name.to_ascii_lowercase();
        hosts += usize::from(name == "host");
        if name.starts_with("proxy-") || matches!(name.as_str(), "connection" | "keep-alive") {
            continue;
        }
        out.extend_from_slice(header.name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(header.value);
        out.extend_from_slice(b"\r\n");
    }
    if hosts != 1 {
        return Err(Status::BadRequest);
    }
    out.extend_from_slice(b"Connection: close\r\n\r\n");
    Ok(out)
}

fn allowed(request: Request, auth: Option<(&str, &str)>) -> Result<Request, Status> {
    let Some((user, password)) = auth else { return Ok(request) };
    let wanted = format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes()));
    match &request.authorization {
        Some(given) if same(given, &wanted) => Ok(request),
        _ => Err(Status::ProxyAuth),
    }
}

fn status(no: &NoTunnel) -> Status {
    match no.reason {
        CloseReason::Denied | CloseReason::TargetNotAllowed => Status::Forbidden,
        CloseReason::DialTimeout => Status::GatewayTimeout,
        CloseReason::NodeLost | CloseReason::OperatorLost => Status::Unavailable,
        _ => Status::BadGateway,
    }
}

async fn answer(client: &mut TcpStream, status: Status, why: &str) {
    let challenge = match status {
        Status::ProxyAuth => "Proxy-Authenticate: Basic realm=\"tunnelctl\"\r\n",
        _ => "",
    };
    let body = format!("{}\n{why}\n", status.line());
    let text = format!(
        "HTTP/1.1 {}\r\n{challenge}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        status.line(),
        body.len(),
    );
    // The client is told; whether it still listens is its affair.
    let _ = client.write_all(text.as_bytes()).await;
    let _ = client.shutdown().await;
}

#[cfg(test)]
mod tests {
    // A wrong literal in a test is a bug in the test.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::harness::Parser;
    use proptest::prelude::*;

    fn target(text: &str) -> Result<String, Status> {
        parse(text.as_bytes()).map(|request| request.target.to_string())
    }

    #[test]
    fn connect_names_exactly_one_target() {
        assert_eq!(
            target("CONNECT db:5432 HTTP/1.1\r\nHost: other\r\n\r\n").as_deref(),
            Ok("db:5432")
        );
        for bad in [
            "CONNECT db HTTP/1.1\r\n\r\n",
            "CONNECT db:0 HTTP/1.1\r\n\r\n",
            "CONNECT unix:/run/docker.sock HTTP/1.1\r\n\r\n",
            "CONNECT http://db:80/ HTTP/1.1\r\n\r\n",
            "CONNECT db:80 HTTP/1.1\r\nContent-Length: 3\r\n\r\n",
            "CONNECT db:80 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "nonsense\r\n\r\n",
        ] {
            assert_eq!(target(bad), Err(Status::BadRequest), "{bad:?}");
        }
    }

    #[test]
    fn a_plain_url_becomes_an_origin_request_for_one_exchange() {
        let head = "GET http://web:8080/a?b=1 HTTP/1.1\r\nHost: web:8080\r\nProxy-Connection: Keep-Alive\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n";
        let request = parse(head.as_bytes()).unwrap();
        assert_eq!(request.target.to_string(), "web:8080");
        let sent = String::from_utf8(request.rewritten.unwrap()).unwrap();
        assert_eq!(
            sent,
            "GET /a?b=1 HTTP/1.1\r\nHost: web:8080\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(absolute("http://[::1]/x").unwrap().0.to_string(), "[::1]:80");
    }

    #[test]
    fn a_wrong_password_gets_a_challenge() {
        let head = |line: &str| format!("CONNECT a:1 HTTP/1.1\r\n{line}\r\n");
        let auth = Some(("me", "secret"));
        let right = format!("Proxy-Authorization: Basic {}\r\n", BASE64.encode(b"me:secret"));
        let check =
            |line: &str| parse(head(line).as_bytes()).and_then(|r| allowed(r, auth)).is_ok();
        assert!(check(&right));
        assert!(!check(""));
        assert!(!check("Proxy-Authorization: Basic bWU6d3Jvbmc=\r\n"));
    }

    #[test]
    fn heads_survive_mutation() {
        Parser::new("proxy-head", 2 * MAX_HEAD).survives(|input| {
            let Ok(request) = parse(input) else { return };
            assert_eq!(request.target.checked().as_ref(), Ok(&request.target));
            let Some(sent) = request.rewritten else { return };
            // What the target is sent is one request without the proxy's own headers.
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS + 1];
            let mut parsed = httparse::Request::new(&mut headers);
            assert_eq!(parsed.parse(&sent), Ok(httparse::Status::Complete(sent.len())));
            assert!(parsed.path.unwrap().starts_with('/'));
            let named = |name: &str| {
                parsed.headers.iter().filter(|h| h.name.eq_ignore_ascii_case(name)).count()
            };
            assert_eq!((named("host"), named("connection")), (1, 1));
            assert_eq!(named("proxy-authorization"), 0, "the proxy's password goes on");
        });
    }

    proptest! {
        #[test]
        fn no_head_panics(head in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&head);
        }
    }
}
