//! The SOCKS and HTTP proxies on an operator's machine, under clients that do not keep to the protocol.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use link::forward::{self, Clients, Dns, Kind, OnDrop, Spec};
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// G8: from the connection to the complete request.
const DEADLINE: Duration = Duration::from_secs(5);
/// What a busy machine may add; two deadlines in a row would be more.
const SLACK: Duration = Duration::from_secs(4);
const MAX_HEAD: usize = 8 * 1024;
const NO_AUTH: &[u8] = &[5, 1, 0];
const CONNECTED: u8 = 0;
const REFUSED_BY_RULES: u8 = 2;
const HOST_UNREACHABLE: u8 = 4;
const CONNECTION_REFUSED: u8 = 5;
const NO_SUCH_COMMAND: u8 = 7;
const NO_SUCH_ADDRESS: u8 = 8;

/// A fleet with an echo behind web1, and a proxy that speaks SOCKS and HTTP.
struct Stage {
    fleet: Fleet,
    proxy: SocketAddr,
    echo: u16,
}

async fn stage() -> Stage {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap().port();
    let spec = Spec {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        kind: Kind::Proxy { through: "web1".into(), dns: Dns::Remote, http: true, auth: None },
        on_drop: OnDrop::Hold(Duration::from_secs(10)),
        idle: None,
        max: None,
        compress: None,
        note: None,
        clients: Clients::default(),
    };
    let (operator, access) = (fleet.operator().await.unwrap(), fleet.access().unwrap());
    let forward = forward::start(spec, access, Some(operator), fleet.shutdown()).await.unwrap();
    Stage { proxy: forward.address.net().unwrap(), fleet, echo }
}

/// A request for a name.
fn named(host: &[u8], port: u16) -> Vec<u8> {
    let mut request = vec![5, 1, 0, 3, u8::try_from(host.len()).unwrap()];
    request.extend_from_slice(host);
    request.extend_from_slice(&port.to_be_bytes());
    request
}

/// A request for an IPv4 or IPv6 address.
fn addressed(address: &str, port: u16) -> Vec<u8> {
    let (kind, octets) = match address.parse().unwrap() {
        std::net::IpAddr::V4(v4) => (1, v4.octets().to_vec()),
        std::net::IpAddr::V6(v6) => (4, v6.octets().to_vec()),
    };
    let mut request = vec![5, 1, 0, kind];
    request.extend(octets);
    request.extend_from_slice(&port.to_be_bytes());
    request
}

/// Greets, asks, and returns the connection with the reply's code.
async fn ask(proxy: SocketAddr, request: &[u8]) -> (TcpStream, u8) {
    let mut tcp = TcpStream::connect(proxy).await.unwrap();
    tcp.write_all(NO_AUTH).await.unwrap();
    let mut chosen = [0; 2];
    timeout(PATIENCE, tcp.read_exact(&mut chosen)).await.unwrap().unwrap();
    assert_eq!(chosen, [5, 0]);
    tcp.write_all(request).await.unwrap();
    let mut reply = [0; 10];
    timeout(PATIENCE, tcp.read_exact(&mut reply)).await.unwrap().unwrap();
    assert_eq!((reply[0], reply[2], reply[3]), (5, 0, 1), "{reply:?}");
    (tcp, reply[1])
}

/// Everything up to the end of the connection, in order or by a reset.
async fn rest(tcp: &mut TcpStream) -> Vec<u8> {
    let (mut got, mut block) = (Vec::new(), [0; 1024]);
    loop {
        match timeout(PATIENCE, tcp.read(&mut block)).await.expect("it was not closed") {
            Ok(0) | Err(_) => return got,
            Ok(count) => got.extend_from_slice(&block[..count]),
        }
    }
}

async fn is_served(proxy: SocketAddr, echo: u16) {
    let (mut tcp, code) = ask(proxy, &named(b"localhost", echo)).await;
    assert_eq!(code, CONNECTED);
    tcp.write_all(b"hello").await.unwrap();
    let mut back = [0; 5];
    timeout(PATIENCE, tcp.read_exact(&mut back)).await.unwrap().unwrap();
    assert_eq!(&back, b"hello");
}

/// T-14: greetings and requests that are wrong get the refusal the protocol has for them, and an end.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_socks_request_gets_the_protocols_refusal_and_an_end() {
    let stage = stage().await;
    for (greeting, wanted) in [
        (vec![5, 0], &[5, 0xFF][..]),
        (vec![5, 1, 2], &[5, 0xFF]),
        // The proxy looks at the first byte: another version is not SOCKS5, nor is it HTTP.
        (b"\x04\x01\x00\x50\x7f\x00\x00\x01\0\r\n\r\n".to_vec(), b"HTTP/1.1 400 Bad Request\r\n"),
    ] {
        let mut tcp = TcpStream::connect(stage.proxy).await.unwrap();
        tcp.write_all(&greeting).await.unwrap();
        let got = rest(&mut tcp).await;
        assert!(got.starts_with(wanted), "{greeting:?}: {got:?}");
        assert!(wanted.len() > 2 || got.len() == 2, "{greeting:?}: {got:?}");
    }
    // As many methods as there can be, ours the last of them.
    let mut tcp = TcpStream::connect(stage.proxy).await.unwrap();
    let mut greeting = vec![5, 255];
    greeting.extend((1..=255u8).rev().take(254).chain([0]));
    tcp.write_all(&greeting).await.unwrap();
    let mut chosen = [0; 2];
    timeout(PATIENCE, tcp.read_exact(&mut chosen)).await.unwrap().unwrap();
    assert_eq!(chosen, [5, 0]);
    // The version again, wrong in the request.
    tcp.write_all(&[4, 1, 0, 1, 127, 0, 0, 1, 0, 80]).await.unwrap();
    assert!(rest(&mut tcp).await.is_empty());

    let with = |at: usize, value: u8| {
        let mut request = named(b"localhost", stage.echo);
        request[at] = value;
        request
    };
    for (request, wanted) in [
        (with(1, 2), NO_SUCH_COMMAND),
        (with(1, 3), NO_SUCH_COMMAND),
        (with(1, 9), NO_SUCH_COMMAND),
        (vec![5, 1, 0, 9, 0, 0], NO_SUCH_ADDRESS),
        (named(b"", stage.echo), NO_SUCH_ADDRESS),
        (named(&[b'a'; 255], stage.echo), NO_SUCH_ADDRESS),
        (named(b"local\0host", stage.echo), NO_SUCH_ADDRESS),
        (named(b"localhost\0.example", stage.echo), NO_SUCH_ADDRESS),
        (named(b"local\nhost", stage.echo), NO_SUCH_ADDRESS),
        (named(b"localhost", 0), NO_SUCH_ADDRESS),
    ] {
        let (mut tcp, code) = ask(stage.proxy, &request).await;
        assert_eq!(code, wanted, "{request:?}");
        assert!(rest(&mut tcp).await.is_empty(), "{request:?}");
    }
    is_served(stage.proxy, stage.echo).await;
    stage.fleet.finish().await.unwrap();
}

/// T-14: a request that does not come whole costs five seconds, whatever it began with, and
/// a hundred good clients do not notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_or_silent_client_is_let_go_after_five_seconds_and_holds_up_nobody() {
    let stage = stage().await;
    let (proxy, echo) = (stage.proxy, stage.echo);
    let mut bad = JoinSet::new();
    let request = named(b"localhost", echo);
    let mut whole = NO_AUTH.to_vec();
    whole.extend_from_slice(&request);
    let connect = format!("CONNECT localhost:{echo} HTTP/1.1\r\nHost: localhost:{echo}\r\n\r\n");
    for drip in [Vec::new(), whole, connect.into_bytes()] {
        bad.spawn(dripping(proxy, drip));
    }
    for start in [&b"\x05"[..], &b"\x05\x01\x00"[..], b"CONNECT localhost:1 HT"] {
        bad.spawn(stopping(proxy, start.to_vec()));
    }
    let mut good = JoinSet::new();
    for _ in 0..100 {
        good.spawn(is_served(proxy, echo));
    }
    let begun = Instant::now();
    good.join_all().await;
    println!("100 clients beside them served after {:?}", begun.elapsed());
    assert_eq!(bad.len(), 6);
    for (what, after) in bad.join_all().await {
        assert!(
            after > DEADLINE - Duration::from_secs(1) && after < DEADLINE + SLACK,
            "{what:?} was let go after {after:?}"
        );
    }
    is_served(proxy, echo).await;
    stage.fleet.finish().await.unwrap();
}

/// One byte a second, until the proxy ends it.
async fn dripping(proxy: SocketAddr, bytes: Vec<u8>) -> (Vec<u8>, Duration) {
    let begun = Instant::now();
    let (mut read, mut write) = TcpStream::connect(proxy).await.unwrap().into_split();
    let sending = async {
        for byte in &bytes {
            if write.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        std::future::pending::<()>().await;
    };
    let ended = async {
        let mut block = [0; 64];
        // The choice of a method may be answered; nothing else is.
        while let Ok(1..) = read.read(&mut block).await {}
    };
    tokio::select! {
        () = sending => {}
        ended = timeout(PATIENCE, ended) => ended.expect("it was not closed"),
    }
    (bytes, begun.elapsed())
}

/// A start that nothing follows.
async fn stopping(proxy: SocketAddr, start: Vec<u8>) -> (Vec<u8>, Duration) {
    let begun = Instant::now();
    let mut tcp = TcpStream::connect(proxy).await.unwrap();
    tcp.write_all(&start).await.unwrap();
    rest(&mut tcp).await;
    (start, begun.elapsed())
}

/// T-14, G8: a head of 8 KiB is read, one byte more is not.
#[tokio::test(flavor = "multi_thread")]
async fn an_http_head_has_at_most_8_kib() {
    let stage = stage().await;
    for (size, wanted) in [(MAX_HEAD, "HTTP/1.1 200 "), (MAX_HEAD + 1, "")] {
        let start =
            format!("CONNECT localhost:{0} HTTP/1.1\r\nHost: localhost:{0}\r\nX: ", stage.echo);
        let filling = "x".repeat(size - start.len() - 4);
        let mut tcp = TcpStream::connect(stage.proxy).await.unwrap();
        let begun = Instant::now();
        tcp.write_all(format!("{start}{filling}\r\n\r\n").as_bytes()).await.unwrap();
        tcp.shutdown().await.unwrap();
        let got = String::from_utf8(rest(&mut tcp).await).unwrap();
        assert!(got.starts_with(wanted) && got.is_empty() == wanted.is_empty(), "{size}: {got}");
        assert!(
            begun.elapsed() < DEADLINE,
            "{size} bytes: refused by the clock, not by their number"
        );
    }
    stage.fleet.finish().await.unwrap();
}

/// T-12 at the SOCKS proxy: what is decided on is the address that is dialled, whatever it was called.
#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_of_a_socks_target_is_decided_by_its_address() {
    let stage = stage().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in [
        "localhost",
        "LOCALHOST.",
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
    ] {
        let (_tcp, code) = ask(stage.proxy, &named(host.as_bytes(), port)).await;
        assert_eq!(code, CONNECTED, "{host}");
        timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    }
    for request in ["::ffff:127.0.0.1", "127.0.0.1"].map(|a| addressed(a, port)) {
        let (_tcp, code) = ask(stage.proxy, &request).await;
        assert_eq!(code, CONNECTED, "{request:?}");
        timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    }
    for host in [
        "0.0.0.0",
        "::",
        "64:ff9b::7f00:1",
        "fe80::1",
        "169.254.169.254",
        "fd00:ec2::254",
        "10.0.0.1",
        "100.100.100.200",
        "224.0.0.1",
        "255.255.255.255",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
    ] {
        let (_tcp, code) = ask(stage.proxy, &addressed(host, port)).await;
        assert_eq!(code, REFUSED_BY_RULES, "{host}");
        let (_tcp, code) = ask(stage.proxy, &named(host.as_bytes(), port)).await;
        assert!(matches!(code, REFUSED_BY_RULES | NO_SUCH_ADDRESS), "{host} as a name: {code}");
    }
    for (host, wanted) in [
        ("0", REFUSED_BY_RULES),
        ("0xa9fea9fe", REFUSED_BY_RULES),
        ("2852039166", REFUSED_BY_RULES),
        ("no.such.name.invalid", HOST_UNREACHABLE),
        ("fe80::1%eth0", NO_SUCH_ADDRESS),
        ("wéb", NO_SUCH_ADDRESS),
        ("[::1]", CONNECTION_REFUSED),
    ] {
        let (_tcp, code) = ask(stage.proxy, &named(host.as_bytes(), port)).await;
        assert_eq!(code, wanted, "{host}");
    }
    let came = timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(came.is_err(), "a refused spelling reached the target");
    stage.fleet.finish().await.unwrap();
}
