//! The HTTPS CONNECT proxy at the server (F2.5): what passes, what is refused, what a refusal costs.
// A failed step of a test is the test's failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation
)]

use link::dial::{Conn, dial};
use link::tls::{ClientTls, Credentials};
use pki::{KeyPair, Trust};
use std::net::SocketAddr;
use std::time::Duration;
use testbed::Fleet;
use testbed::fleet::PATIENCE;
use testbed::service::{self, Pattern};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use wire::audit::AuditEvent;
use wire::message::operator::{Intent, Page, Reply, Request, RuleSpec};
use wire::message::tunnel::TunnelType;
use wire::message::view::Effect;
use wire::{CloseReason, alpn};

/// How often a race is run; all of them with TUNNELCTL_FULL.
fn races() -> usize {
    if std::env::var_os("TUNNELCTL_FULL").is_some() { 10_000 } else { 200 }
}

async fn fleet_with_web1() -> Fleet {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet
}

/// A TLS connection to the server's HTTPS side.
async fn https(fleet: &Fleet, tls: &ClientTls) -> Conn {
    dial(&fleet.address().unwrap().to_string(), tls, alpn::HTTP, PATIENCE).await.unwrap()
}

fn head(authority: &str) -> String {
    format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: test/1\r\n\r\n")
}

/// Sends these bytes as the admin and returns everything up to the end of the connection.
async fn exchange(fleet: &Fleet, raw: &[u8]) -> String {
    let tls = fleet.access().unwrap().tls;
    let mut conn = https(fleet, &tls).await;
    conn.io.write_all(raw).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, conn.io.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

/// Opens a tunnel as the admin; `early` goes out with the head.
async fn tunnel(fleet: &Fleet, authority: &str, early: &[u8]) -> Conn {
    let tls = fleet.access().unwrap().tls;
    let mut conn = https(fleet, &tls).await;
    let mut first = head(authority).into_bytes();
    first.extend_from_slice(early);
    conn.io.write_all(&first).await.unwrap();
    let wanted = b"HTTP/1.1 200 Connection established\r\n\r\n";
    let mut answer = vec![0; wanted.len()];
    timeout(PATIENCE, conn.io.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), String::from_utf8_lossy(wanted));
    conn
}

fn at(node: &str, target: SocketAddr) -> String {
    format!("{node}:{}", target.port())
}

/// The records of an action, once there are `count`: tunnels are recorded within 100 ms, not at once.
async fn actions(fleet: &mut Fleet, action: &str, count: usize) -> Vec<AuditEvent> {
    let begun = tokio::time::Instant::now();
    loop {
        let mut trail = fleet.audit().await.unwrap();
        trail.retain(|event| event.entry.action.as_str() == action);
        if trail.len() >= count {
            return trail;
        }
        assert!(begun.elapsed() < PATIENCE, "{} of {count} {action}", trail.len());
    }
}

async fn deny(fleet: &mut Fleet) {
    let spec = RuleSpec {
        effect: Effect::Deny,
        who: "anyone".into(),
        from: None,
        port: None,
        until: None,
        before: Some(first_rule(fleet).await.into()),
        disabled: false,
        anyone_really: false,
        nodes: None,
        to: None,
        at: None,
    };
    fleet.ask(Request::RuleCreate { spec, intent: Intent::default() }).await.unwrap();
}

async fn first_rule(fleet: &mut Fleet) -> String {
    match fleet.ask(Request::Rules(Page { after: None, limit: 10 })).await.unwrap() {
        Reply::Rules(rules, _) => rules[0].id.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_arrive_complete_both_ways_and_a_half_closed_client_gets_its_answer() {
    let mut fleet = fleet_with_web1().await;
    let bulk = service::bulk(fleet.shutdown()).await.unwrap();
    let size = 16 << 20;
    let mut conn = tunnel(&fleet, &at("localhost.web1", bulk), &u64::to_be_bytes(size)).await;
    let mut got = Vec::new();
    timeout(PATIENCE, conn.io.read_to_end(&mut got)).await.unwrap().unwrap();
    assert_eq!((got.len() as u64, blake3::hash(&got)), (size, Pattern::digest(size)));

    let sink = service::sink(fleet.shutdown()).await.unwrap();
    let mut conn = tunnel(&fleet, &at("web1", sink), b"").await;
    conn.io.write_all(&got[..3_000_000]).await.unwrap();
    conn.io.shutdown().await.unwrap();
    let mut count = Vec::new();
    timeout(PATIENCE, conn.io.read_to_end(&mut count)).await.unwrap().unwrap();
    assert_eq!(count, 3_000_000u64.to_be_bytes());

    let opened = actions(&mut fleet, "tunnel.open", 2).await;
    assert_eq!(opened.len(), 2);
    let entry = &opened[0].entry;
    assert_eq!(entry.actor.operator.as_ref().map(|o| o.as_str()), Some("admin"));
    assert_eq!(entry.actor.client.as_ref().map(|c| c.as_str()), Some("test/1"));
    assert_eq!(entry.data["type"], TunnelType::Connect.as_str().into());
    assert!(entry.data.contains_key("rule"), "{entry:?}");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_on_either_side_arrives_as_one() {
    let fleet = fleet_with_web1().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let authority = at("web1", listener.local_addr().unwrap());
    let mut conn = tunnel(&fleet, &authority, b"").await;
    let (mut target, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    target.write_all(b"half of it").await.unwrap();
    timeout(PATIENCE, conn.io.read_exact(&mut [0; 10])).await.unwrap().unwrap();
    link::splice::reset(target);
    let end = timeout(PATIENCE, conn.io.read(&mut [0])).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);

    // A TLS connection that ends without saying so was cut off: the target must not take it for an end.
    let mut conn = tunnel(&fleet, &authority, b"half").await;
    let (mut target, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    timeout(PATIENCE, target.read_exact(&mut [0; 4])).await.unwrap().unwrap();
    conn.io.flush().await.unwrap();
    drop(conn);
    let end = timeout(PATIENCE, target.read(&mut [0])).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    fleet.finish().await.unwrap();
}

/// F2.13, as for forwards in `tunnels.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_client_writes_before_the_answer() {
    let fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    for round in 0..races() {
        let sent = round.to_be_bytes();
        let mut conn = tunnel(&fleet, &at("web1", echo), &sent).await;
        conn.io.shutdown().await.unwrap();
        let mut back = Vec::new();
        timeout(PATIENCE, conn.io.read_to_end(&mut back)).await.unwrap().unwrap();
        assert_eq!(back, sent, "round {round}");
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_target_speaks_first_and_closes_at_once() {
    let fleet = fleet_with_web1().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let authority = at("web1", listener.local_addr().unwrap());
    let mut target = tokio::task::JoinSet::new();
    target.spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            tcp.write_all(b"220 hello\r\n").await.unwrap();
        }
    });
    for round in 0..races() {
        let mut conn = tunnel(&fleet, &authority, b"").await;
        let mut greeting = Vec::new();
        timeout(PATIENCE, conn.io.read_to_end(&mut greeting)).await.unwrap().unwrap();
        assert_eq!(greeting, b"220 hello\r\n", "round {round}");
    }
    fleet.finish().await.unwrap();
}

/// T-13: bytes behind a head wait for the decision, and die with a refusal.
#[tokio::test(flavor = "multi_thread")]
async fn no_early_byte_reaches_a_target_that_policy_refuses() {
    let mut fleet = fleet_with_web1().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let authority = at("web1", listener.local_addr().unwrap());
    deny(&mut fleet).await;
    let both = format!("{}early bytes{}", head(&authority), head(&authority));
    let answer = exchange(&fleet, both.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "the second request is not read: {answer}");
    assert!(answer.contains("is denied by rule r_"), "{answer}");
    let came = timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(came.is_err(), "the target was dialled");
    let denied = actions(&mut fleet, "tunnel.denied", 1).await;
    assert_eq!(denied.len(), 1, "one decision, one record");
    fleet.finish().await.unwrap();
}

/// T-13: whatever two parsers could read in two ways. The parser's own list is in `conn/https/head.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_connect_is_answered_400_and_closed() {
    let mut fleet = fleet_with_web1().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let at = at("web1", listener.local_addr().unwrap());
    for bad in [
        format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\nContent-Length: 5\r\n\r\nhello"),
        format!(
            "CONNECT {at} HTTP/1.1\r\nHost: {at}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\nHost: {at}\r\n\r\n"),
        format!("CONNECT {at} HTTP/1.1\r\nHost: other:1\r\n\r\n"),
        format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n folded: x\r\n\r\n"),
        format!("CONNECT {at} HTTP/1.1\nHost: {at}\n\n"),
        format!("CONNECT https://{at}/ HTTP/1.1\r\nHost: {at}\r\n\r\n"),
        format!("CONNECT {at}\r\n\r\n"),
        format!("CONNECT {at} HTTP/1.0\r\n\r\n"),
        format!("GET http://{at}/ HTTP/1.1\r\nHost: {at}\r\n\r\n"),
        "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n".to_owned(),
        "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n\r\n".to_owned(),
    ] {
        let pipelined = format!("{bad}{}", head(&at));
        let answer = exchange(&fleet, pipelined.as_bytes()).await;
        let status = answer.lines().next().unwrap_or_default();
        let refused = status == "HTTP/1.1 400 Bad Request"
            || (status == "HTTP/1.1 404 Not Found" && bad.contains("127.0.0.1:80"));
        assert!(refused && answer.matches("HTTP/1.1").count() == 1, "{bad:?}: {answer}");
    }
    let came = timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(came.is_err(), "a target was dialled");
    assert!(actions(&mut fleet, "tunnel.open", 0).await.is_empty());
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_operators_certificate_there_is_health_and_no_tunnel() {
    let fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let pin = fleet.server().unwrap().admin().ca_pin;
    let stranger = ClientTls::pinned(pin).unwrap();
    for (raw, wanted) in [
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "200 OK"),
        (head(&at("web1", echo)), "403 Forbidden"),
        (head("nobody:80"), "403 Forbidden"),
    ] {
        let mut conn = https(&fleet, &stranger).await;
        conn.io.write_all(raw.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(PATIENCE, conn.io.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {wanted}\r\n")), "{answer}");
    }
    // A node's certificate proves a node, and nodes open nothing: no answer, no health, an end.
    let mut conn = https(&fleet, &as_node(&fleet, "web1")).await;
    let _ = conn.io.write_all(head(&at("web1", echo)).as_bytes()).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, conn.io.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    fleet.finish().await.unwrap();
}

fn as_node(fleet: &Fleet, name: &str) -> ClientTls {
    let dir = fleet.node(name).unwrap().dir();
    let identity = std::fs::read(dir.join("identity.json")).unwrap();
    let identity: serde_json::Value = serde_json::from_slice(&identity).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let pem = scratch.path().join("chain.pem");
    std::fs::write(&pem, identity["chain"].as_str().unwrap()).unwrap();
    let key = KeyPair::load(&dir.join(identity["key"].as_str().unwrap())).unwrap();
    let chain = pki::pem::load_certificates(&pem).unwrap();
    let trust = Trust::new(pki::pem::load_certificate(&dir.join("ca.pem")).unwrap()).unwrap();
    ClientTls::authenticated(&trust, Credentials::new(chain, &key).unwrap()).unwrap()
}

/// T-12 at the proxy: the node decides on the address it would dial, whatever it was called.
#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_of_a_target_is_decided_by_its_address() {
    let fleet = fleet_with_web1().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut accepting = tokio::task::JoinSet::new();
    let (told, mut came) = tokio::sync::mpsc::channel(64);
    accepting.spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            drop(tcp);
            told.send(()).await.unwrap();
        }
    });
    for host in [
        "",
        "localhost.",
        "LOCALHOST.",
        "127.0.0.1.",
        "127.1.",
        "2130706433.",
        "0x7f.1.",
        "0177.0.0.1.",
    ] {
        tunnel(&fleet, &format!("{host}web1:{port}"), b"").await;
        timeout(PATIENCE, came.recv()).await.unwrap().unwrap();
    }
    for host in [
        "0.0.0.0",
        "169.254.169.254",
        "100.100.100.200",
        "10.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.7",
    ] {
        let answer = exchange(&fleet, head(&format!("{host}.web1:{port}")).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{host}: {answer}");
        assert!(answer.contains("target_not_allowed"), "{host}: {answer}");
    }
    for (authority, status) in [
        (format!("[::ffff:127.0.0.1].web1:{port}"), "400"),
        (format!("fe80::1%eth0.web1:{port}"), "400"),
        (format!("{}.web1:{port}", "x".repeat(255)), "400"),
        (format!("wéb.web1:{port}"), "400"),
        (format!("web1:{}", u32::from(port) + 65_536), "400"),
        (format!("web2:{port}"), "404"),
        (format!("no.such.name.invalid.web1:{port}"), "502"),
    ] {
        let answer = exchange(&fleet, head(&authority).as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{authority}: {answer}");
    }
    assert!(came.try_recv().is_err(), "a refused spelling reached the target");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_of_the_proxy_is_listed_and_cut_like_any_other() {
    let mut fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let mut conn = tunnel(&fleet, &at("web1", echo), b"x").await;
    timeout(PATIENCE, conn.io.read_exact(&mut [0])).await.unwrap().unwrap();
    let request = Request::Tunnels { page: Page { after: None, limit: 10 }, node: None, who: None };
    let Reply::Tunnels(open, _) = fleet.ask(request).await.unwrap() else { panic!() };
    assert_eq!((open.len(), open[0].kind), (1, TunnelType::Connect));
    let tunnels = vec![open[0].id.to_string().into()];
    fleet.ask(Request::TunnelClose { tunnels, intent: Intent::default() }).await.unwrap();
    let end = timeout(PATIENCE, conn.io.read(&mut [0])).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);

    let mut conn = tunnel(&fleet, &at("web1", echo), b"x").await;
    timeout(PATIENCE, conn.io.read_exact(&mut [0])).await.unwrap().unwrap();
    let outcome = fleet.revoke("web1").await.unwrap();
    assert_eq!(outcome.cut_tunnels, Some(1));
    let end = timeout(PATIENCE, conn.io.read(&mut [0])).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    let closed = actions(&mut fleet, "tunnel.close", 2).await;
    let reasons: Vec<String> =
        closed.iter().map(|e| format!("{:?}", e.entry.data["reason"])).collect();
    assert!(reasons[0].contains(CloseReason::ClosedByOperator.as_str()), "{reasons:?}");
    assert!(reasons[1].contains(CloseReason::Revoked.as_str()), "{reasons:?}");
    fleet.finish().await.unwrap();
}

/// G8: a head that does not come costs five seconds and no more, and holds up nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_client_is_let_go_while_others_are_served() {
    let fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let tls = fleet.access().unwrap().tls;
    let mut silent = https(&fleet, &tls).await;
    silent.io.write_all(b"CONNECT web1:80 HT").await.unwrap();
    let begun = tokio::time::Instant::now();
    for _ in 0..20 {
        let mut conn = tunnel(&fleet, &at("web1", echo), b"x").await;
        timeout(PATIENCE, conn.io.read_exact(&mut [0])).await.unwrap().unwrap();
    }
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, silent.io.read_to_end(&mut rest)).await.unwrap();
    let took = begun.elapsed();
    assert!(rest.is_empty() && took < Duration::from_secs(8), "{took:?} {rest:?}");
    fleet.finish().await.unwrap();
}
