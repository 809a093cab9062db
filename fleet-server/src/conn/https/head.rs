//! The head of one HTTP/1.1 request, read within bounds and by the letter: what two parsers could
//! read in two ways is refused (T-13). Bodies are not read.

use data_encoding::BASE64;
use link::dial::WEB_PATH;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;
use wire::SafeText;

const MAX_HEAD: usize = 8 * 1024;
const MAX_HEADERS: usize = 64;
/// Characters of a program's name that are kept.
const MAX_AGENT: usize = 64;
const DEADLINE: Duration = Duration::from_secs(5);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Head {
    /// A page.
    Page(Request),
    /// A tunnel.
    Connect(Connect),
    /// Another connection inside of this one (RFC 6455); what is asked for is in its own greeting.
    Upgrade {
        /// The client's nonce, as it was sent.
        key: String,
    },
}

/// A request for a page.
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
    Post,
    Other,
}

/// A CONNECT request (RFC 9110 §9.3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Connect {
    /// `HOST:PORT`, as it was sent.
    pub(crate) authority: String,
    /// The program that asks, by its own account.
    pub(crate) agent: Option<SafeText>,
}

/// Why there is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    TooLarge,
    Malformed,
    /// Ended or silent.
    Gone,
}

/// Reads one head; also what came behind it already.
pub(super) async fn read<I: AsyncRead + Unpin>(io: &mut I) -> Result<(Head, Vec<u8>), Unreadable> {
    timeout(DEADLINE, read_on(io)).await.map_err(|_| Unreadable::Gone)?
}

async fn read_on<I: AsyncRead + Unpin>(io: &mut I) -> Result<(Head, Vec<u8>), Unreadable> {
    let (mut head, mut reader) = (Vec::with_capacity(1024), Lines::default());
    loop {
        let room = (MAX_HEAD - head.len()) as u64;
        let got = io.take(room).read_buf(&mut head).await.map_err(|_| Unreadable::Gone)?;
        if let Some(end) = reader.look(&head)? {
            let ahead = head.split_off(end);
            return Ok((reader.finish()?, ahead));
        }
        if head.len() >= MAX_HEAD {
            return Err(Unreadable::TooLarge);
        }
        if got == 0 {
            return Err(Unreadable::Gone);
        }
    }
}

/// What was read so far, line by line: a head that can no longer become one is refused at once.
#[derive(Default)]
struct Lines {
    /// Where the next line begins.
    at: usize,
    line: Option<RequestLine>,
    fields: Fields,
}

struct RequestLine {
    method: String,
    target: String,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Old,
    Current,
}

/// The fields that mean something here, and how often each came.
#[derive(Default)]
struct Fields {
    count: usize,
    hosts: Vec<String>,
    lengths: usize,
    encodings: usize,
    agent: Option<SafeText>,
    web: Web,
}

/// What an upgrade to WebSocket needs.
#[derive(Default)]
struct Web {
    upgrade: bool,
    connection: bool,
    version: bool,
    keys: Vec<String>,
}

impl Lines {
    /// Takes in whole lines; where the head ends, once it does.
    fn look(&mut self, head: &[u8]) -> Result<Option<usize>, Unreadable> {
        while let Some(length) = head[self.at..].iter().position(|byte| *byte == b'\n') {
            let line = &head[self.at..self.at + length];
            self.at += length + 1;
            // A line that ends in LF alone ends for some and not for others.
            let line = line.strip_suffix(b"\r").ok_or(Unreadable::Malformed)?;
            match (&self.line, line) {
                (None, line) => self.line = Some(request_line(line)?),
                (Some(_), []) => return Ok(Some(self.at)),
                (Some(_), line) => self.fields.take(line)?,
            }
        }
        Ok(None)
    }

    fn finish(self) -> Result<Head, Unreadable> {
        let line = self.line.ok_or(Unreadable::Malformed)?;
        let fields = self.fields;
        let hosts = match line.version {
            Version::Current => fields.hosts.len() == 1,
            Version::Old => fields.hosts.len() <= 1,
        };
        if !hosts || fields.lengths + fields.encodings > 1 {
            return Err(Unreadable::Malformed);
        }
        if line.method == "CONNECT" {
            return connect(line, fields).map(Head::Connect);
        }
        let method = match line.method.as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            _ => Method::Other,
        };
        // Only the origin's own form: this is no proxy for whole URLs.
        let is_star = line.target == "*" && line.method == "OPTIONS";
        if !line.target.starts_with('/') && !is_star {
            return Err(Unreadable::Malformed);
        }
        let path = line.target.split('?').next().unwrap_or_default().to_owned();
        if path == WEB_PATH
            && method == Method::Get
            && line.version == Version::Current
            && fields.lengths + fields.encodings == 0
            && let Some(key) = fields.web.key()
        {
            return Ok(Head::Upgrade { key });
        }
        Ok(Head::Page(Request { method, path }))
    }
}

/// A tunnel has no body, one name, and that name in both places.
fn connect(line: RequestLine, fields: Fields) -> Result<Connect, Unreadable> {
    let one_name = fields.hosts.iter().all(|host| host.eq_ignore_ascii_case(&line.target));
    if line.version == Version::Old || fields.lengths + fields.encodings > 0 || !one_name {
        return Err(Unreadable::Malformed);
    }
    Ok(Connect { authority: line.target, agent: fields.agent })
}

/// `METHOD SP TARGET SP HTTP/1.x`, nothing more and nothing less.
fn request_line(line: &[u8]) -> Result<RequestLine, Unreadable> {
    let line = std::str::from_utf8(line).map_err(|_| Unreadable::Malformed)?;
    let mut parts = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Unreadable::Malformed);
    };
    let version = match version {
        "HTTP/1.1" => Version::Current,
        "HTTP/1.0" => Version::Old,
        _ => return Err(Unreadable::Malformed),
    };
    let is_target = !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_token(method.as_bytes()) || !is_target {
        return Err(Unreadable::Malformed);
    }
    Ok(RequestLine { method: method.to_owned(), target: target.to_owned(), version })
}

impl Fields {
    fn take(&mut self, line: &[u8]) -> Result<(), Unreadable> {
        self.count += 1;
        if self.count > MAX_HEADERS {
            return Err(Unreadable::TooLarge);
        }
        // A folded line begins with a space: its name is no token.
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Unreadable::Malformed)?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let is_text = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
        if !is_token(name) || !value.iter().all(is_text) {
            return Err(Unreadable::Malformed);
        }
        let value = value.trim_ascii();
        match name.to_ascii_lowercase().as_slice() {
            b"host" => self.hosts.push(String::from_utf8_lossy(value).into_owned()),
            b"content-length" => self.lengths += 1,
            b"transfer-encoding" => self.encodings += 1,
            b"user-agent" => {
                let name = String::from_utf8_lossy(value);
                self.agent = Some(SafeText::bounded(&name, MAX_AGENT));
            }
            b"upgrade" => self.web.upgrade |= has_word(value, b"websocket"),
            b"connection" => self.web.connection |= has_word(value, b"upgrade"),
            b"sec-websocket-version" => self.web.version = value == b"13",
            b"sec-websocket-key" => {
                self.web.keys.push(String::from_utf8_lossy(value).into_owned());
            }
            _ => {}
        }
        Ok(())
    }
}

impl Web {
    /// The nonce, if the request is whole (RFC 6455 §4.2.1): 16 bytes in base64.
    fn key(mut self) -> Option<String> {
        let key = self.keys.pop()?;
        let is_nonce = BASE64.decode(key.as_bytes()).is_ok_and(|nonce| nonce.len() == 16);
        let is_whole = self.upgrade && self.connection && self.version && self.keys.is_empty();
        (is_whole && is_nonce).then_some(key)
    }
}

/// Whether a list of words has `wanted` in it, in whatever case.
fn has_word(list: &[u8], wanted: &[u8]) -> bool {
    list.split(|byte| *byte == b',').any(|word| word.trim_ascii().eq_ignore_ascii_case(wanted))
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::harness::Parser;
    use proptest::prelude::*;

    async fn parsed(raw: &[u8]) -> Result<(Head, Vec<u8>), Unreadable> {
        read(&mut &raw[..]).await
    }

    fn get(head: &str) -> String {
        format!("GET / HTTP/1.1\r\nHost: a\r\n{head}\r\n")
    }

    #[tokio::test]
    async fn a_connect_names_one_target_and_keeps_what_came_behind_it() {
        let raw =
            b"CONNECT db.web1:5432 HTTP/1.1\r\nHost: DB.web1:5432\r\nUser-Agent: curl/8\r\n\r\n\0early";
        let (head, ahead) = parsed(raw).await.unwrap();
        let connect =
            Connect { authority: "db.web1:5432".to_owned(), agent: Some("curl/8".into()) };
        assert_eq!((head, ahead.as_slice()), (Head::Connect(connect), &b"\0early"[..]));
    }

    /// T-13: everything that another parser could read differently.
    #[tokio::test]
    async fn what_could_mean_two_things_is_refused() {
        let connect = |rest: &str| format!("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n{rest}\r\n");
        assert!(parsed(connect("").as_bytes()).await.is_ok());
        for bad in [
            connect("Content-Length: 0\r\n"),
            connect("Transfer-Encoding: chunked\r\n"),
            connect("transfer-encoding : chunked\r\n"),
            connect("Host: a:1\r\n"),
            connect("Host: b:1\r\n"),
            connect("X: a\r\n folded\r\n"),
            connect("X: a\r\n\tfolded\r\n"),
            connect("X: a\nY: b\r\n"),
            connect("X: a\rY: b\r\n"),
            connect("X: a\0b\r\n"),
            connect("X : a\r\n"),
            connect(": a\r\n"),
            connect("no colon\r\n"),
            "CONNECT a:1 HTTP/1.1\r\n\r\n".to_owned(),
            "CONNECT a:1 HTTP/1.1\r\nHost: b:1\r\n\r\n".to_owned(),
            "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "CONNECT a:1 HTTP/1.0\r\nHost: a:1\r\n\r\n".to_owned(),
            "CONNECT a:1\r\n\r\n".to_owned(),
            "CONNECT a:1 HTTP/2.0\r\nHost: a:1\r\n\r\n".to_owned(),
            "CONNECT a:1 http/1.1\r\nHost: a:1\r\n\r\n".to_owned(),
            "CONNECT  a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n".to_owned(),
            "CONNECT a:1 HTTP/1.1 \r\nHost: a:1\r\n\r\n".to_owned(),
            "CONNECT\ta:1 HTTP/1.1\r\nHost: a:1\r\n\r\n".to_owned(),
            " CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n".to_owned(),
            "\r\nCONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n".to_owned(),
            "CONNECT a:1 HTTP/1.1\nHost: a:1\n\n".to_owned(),
            "GET /\r\n\r\n".to_owned(),
            "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET a:1 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET * HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\n\r\n".to_owned(),
            get("Host: a\r\n"),
            get("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
            get("Content-Length: 1\r\nContent-Length: 1\r\n"),
        ] {
            assert_eq!(parsed(bad.as_bytes()).await, Err(Unreadable::Malformed), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn only_a_whole_upgrade_at_its_place_is_one() {
        let ask =
            |path: &str, fields: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let rest = "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n";
        let whole = ask(WEB_PATH, &format!("{rest}{key}"));
        let (head, _) = parsed(whole.as_bytes()).await.unwrap();
        assert_eq!(head, Head::Upgrade { key: "dGhlIHNhbXBsZSBub25jZQ==".to_owned() });
        for other in [
            ask("/", &format!("{rest}{key}")),
            ask(WEB_PATH, rest),
            ask(WEB_PATH, key),
            ask(WEB_PATH, &format!("{rest}{key}{key}")),
            ask(WEB_PATH, &format!("{rest}Sec-WebSocket-Key: c2hvcnQ=\r\n")),
            ask(WEB_PATH, &format!("{rest}{key}Content-Length: 1\r\n")),
            ask(WEB_PATH, &format!("{rest}{key}")).replace("13", "8"),
        ] {
            let (head, _) = parsed(other.as_bytes()).await.unwrap();
            assert!(matches!(head, Head::Page(_)), "{other}");
        }
    }

    #[tokio::test]
    async fn a_bad_line_is_refused_before_the_head_is_whole() {
        for bad in ["GET /\r\n", "GET / HTTP/1.1\nHost", "\x16\x03\x01 nonsense\r\n"] {
            let (mut client, mut server) = tokio::io::duplex(1024);
            tokio::io::AsyncWriteExt::write_all(&mut client, bad.as_bytes()).await.unwrap();
            assert_eq!(read(&mut server).await, Err(Unreadable::Malformed), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn an_old_probe_still_gets_its_page() {
        let (head, _) = parsed(b"GET /healthz?x HTTP/1.0\r\n\r\n").await.unwrap();
        let page = Request { method: Method::Get, path: "/healthz".to_owned() };
        assert_eq!(head, Head::Page(page));
    }

    #[tokio::test]
    async fn the_bounds_hold() {
        let mut raw = b"GET / HTTP/1.1\r\nx: ".to_vec();
        raw.resize(MAX_HEAD + 100, b'a');
        assert_eq!(parsed(&raw).await, Err(Unreadable::TooLarge));
        let many = get(&"x: y\r\n".repeat(MAX_HEADERS));
        assert_eq!(parsed(many.as_bytes()).await, Err(Unreadable::TooLarge));
        assert_eq!(parsed(b"GET / HTTP/1.1\r\nHost").await, Err(Unreadable::Gone));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_drips_ends_at_the_deadline() {
        let (mut client, mut server) = tokio::io::duplex(1024);
        let begun = tokio::time::Instant::now();
        let drip = async {
            for byte in "CONNECT a:1 HTTP/1.1\r\n".bytes().cycle() {
                tokio::io::AsyncWriteExt::write_all(&mut client, &[byte]).await.unwrap();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::select! {
            () = drip => {}
            outcome = read(&mut server) => assert_eq!(outcome, Err(Unreadable::Gone)),
        }
        assert_eq!(begun.elapsed(), DEADLINE);
    }

    /// What is read means the same to another parser of the same letters.
    fn means_the_same(input: &[u8], end: usize, head: &Head) {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut other = httparse::Request::new(&mut headers);
        assert_eq!(other.parse(input), Ok(httparse::Status::Complete(end)));
        let (method, target) = (other.method.unwrap(), other.path.unwrap());
        match head {
            Head::Connect(connect) => {
                assert_eq!((method, target), ("CONNECT", connect.authority.as_str()));
            }
            Head::Page(page) => {
                assert_ne!(method, "CONNECT");
                assert_eq!(target.split('?').next(), Some(page.path.as_str()));
            }
            Head::Upgrade { .. } => {
                assert_eq!((method, target.split('?').next()), ("GET", Some(WEB_PATH)));
            }
        }
    }

    #[test]
    fn heads_survive_mutation() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Parser::new("http-head", 2 * MAX_HEAD).survives(|input| {
            if let Ok((head, ahead)) = runtime.block_on(parsed(input)) {
                let end = Lines::default().look(input).unwrap().unwrap();
                assert!(end <= MAX_HEAD && input[end..].starts_with(&ahead));
                means_the_same(input, end, &head);
            }
        });
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_pieces_read_like_the_whole(
            head in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b':'), Just(b' ')], 0..300),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = Lines::default().look(&head);
            let mut pieces = Lines::default();
            let first = pieces.look(&head[..cut.index(head.len() + 1)]);
            if first == Ok(None) {
                prop_assert_eq!(pieces.look(&head), whole);
            } else {
                prop_assert_eq!(first, whole);
            }
        }
    }
}
