//! The ways to the server (F1.3): directly, through a proxy, inside of a WebSocket; which one is taken,
//! what is remembered, what people are told, and that access is taken away on each of them.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use agent::Agent;
use agent::enrol::{EnrolSpec, enrol};
use link::Shutdown;
use link::dial::DialError;
use link::ladder::{Ladder, Rung, Setting, Ways};
use link::meter::Meter;
use link::operator::{Access, Operator, OperatorError};
use link::splice::{End, Limits};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use testbed::{Fleet, Middlebox, service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wire::message::operator::{Reply, Request};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::PathView;

fn ways(proxy: Option<String>, path: Option<&str>) -> Setting {
    Setting { proxy, path: path.map(Into::into) }
}

async fn spec(fleet: &mut Fleet, dir: &Path, server: &str, ways: Setting) -> EnrolSpec {
    let token = fleet.token("web1").await.unwrap();
    let weather = fleet.link().await.unwrap();
    let spec = fleet.enrolment("web1", token, weather.address).unwrap();
    EnrolSpec { dir: dir.to_owned(), servers: vec![server.to_owned()], ways, ..spec }
}

async fn path_of(fleet: &mut Fleet) -> PathView {
    let request = Request::NodePath { node: "web1".into() };
    let Reply::Path(path) = fleet.ask(request).await.unwrap() else { panic!() };
    path
}

/// A tunnel through web1, from a visitor to a service and back.
async fn works(fleet: &mut Fleet) -> TcpStream {
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let port =
        fleet.publish("echo", "web1", echo.to_string().parse().unwrap(), None).await.unwrap();
    fleet.admit("echo", "127.0.0.0/8").await.unwrap();
    let at: SocketAddr = ([127, 0, 0, 1], port.public.port).into();
    echoes(TcpStream::connect(at).await.unwrap()).await
}

/// More than fits into any buffer on the way goes there and back.
async fn echoes(mut tcp: TcpStream) -> TcpStream {
    let block: Vec<u8> = (0..1_000_000u32).map(|n| n.to_le_bytes()[0]).collect();
    let (mut read, mut write) = tcp.split();
    let (mut back, sent) = (vec![0; block.len()], block.clone());
    let (said, heard) = tokio::join!(write.write_all(&sent), read.read_exact(&mut back));
    said.unwrap();
    heard.unwrap();
    assert!(back == block, "what came back is what was sent");
    tcp
}

/// A tunnel of an operator's to `service` at web1.
async fn tunnel(operator: &Operator, shutdown: &Shutdown, service: SocketAddr) -> TcpStream {
    let open = OperatorOpen {
        to: OpenTo::Node { node: "web1".into(), target: service.to_string().parse().unwrap() },
        kind: TunnelType::Connect,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    let (opened, stream) = operator.open(&open).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (there, _) = listener.accept().await.unwrap();
    let operator = operator.clone();
    shutdown.spawn("tunnel", async move {
        let (meter, limits) = (Arc::new(Meter::default()), Limits::default());
        operator.carry(&opened, stream, End::Tcp(there), meter, limits).await;
    });
    here
}

async fn cut_by_revocation(fleet: &mut Fleet, mut tcp: TcpStream) {
    fleet.revoke("web1").await.unwrap();
    let read = tcp.read_u8().await;
    assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
}

fn leaving_by(fleet: &Fleet, proxy: Option<String>, path: Option<&str>) -> Access {
    let ways = Ways::new(&ways(proxy, path), |_| None).unwrap();
    Access { ladder: Ladder::new(ways, None).impatient(), ..fleet.access().unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_whose_only_way_out_is_a_proxy_enrols_stays_connected_and_is_cut() {
    let mut fleet = Fleet::start().await.unwrap();
    let to = fleet.address().unwrap();
    let proxy = Middlebox::proxy(to, Some("site:s3cret"), fleet.shutdown()).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("agent");
    let url = format!("http://site:s3cret@{}", proxy.address);
    // A name that nobody but the proxy knows.
    let server = "tunnelctl.invalid:443";
    let spec = spec(&mut fleet, &dir, server, ways(Some(url.clone()), None)).await;
    enrol(spec, |_| {}).await.unwrap();
    let config = std::fs::read_to_string(dir.join("agent.toml")).unwrap();
    assert!(config.contains(&url), "kept for the agent: {config}");

    let agent = Agent::start(&dir, link::System::shared()).await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    let path = path_of(&mut fleet).await;
    let told = (path.rung.as_str(), path.proxy.as_ref().map(|p| p.as_str().to_owned()));
    assert_eq!(told, ("proxy", Some(proxy.address.to_string())));
    assert_eq!(path.address.unwrap().as_str(), server);
    assert_eq!(path.attempts.len(), 1, "{:?}", path.attempts);
    assert!(path.attempts[0].error.as_str().contains("does not resolve"), "{:?}", path.attempts);
    let tcp = works(&mut fleet).await;
    cut_by_revocation(&mut fleet, tcp).await;
    agent.abort().await;
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_of_unknown_protocols_is_passed_by_websocket_and_the_second_time_at_once() {
    let mut fleet = Fleet::start().await.unwrap();
    let to = fleet.address().unwrap();
    let filter = Middlebox::filter(to, fleet.shutdown()).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("agent");
    let server = filter.address.to_string();
    let spec = spec(&mut fleet, &dir, &server, Setting::default()).await;
    enrol(spec, |_| {}).await.unwrap();
    assert_eq!(filter.stopped(), 1, "TLS with our protocol's name does not pass");

    let agent = Agent::start(&dir, link::System::shared()).await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    let path = path_of(&mut fleet).await;
    assert_eq!((path.rung.as_str(), path.attempts.len()), ("wss", 1), "{path:?}");
    assert_eq!(path.attempts[0].rung.as_str(), "tls");
    let node = fleet.view("web1").await.unwrap();
    assert_eq!(node.path.unwrap().as_str(), "wss");
    agent.stop(Duration::from_secs(1)).await;

    let stopped = filter.stopped();
    let agent = Agent::start(&dir, link::System::shared()).await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    assert!(path_of(&mut fleet).await.attempts.is_empty(), "it knows the way");
    let tcp = works(&mut fleet).await;
    assert_eq!(filter.stopped(), stopped, "lanes go the same way");
    cut_by_revocation(&mut fleet, tcp).await;
    agent.abort().await;
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gets_out_by_each_way_and_moves_bytes_on_it() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let proxy = Middlebox::proxy(fleet.address().unwrap(), None, fleet.shutdown()).await.unwrap();
    let url = format!("http://{}", proxy.address);
    for (proxy, path, rung) in [
        (None, None, Rung::Tls),
        (None, Some("wss"), Rung::Wss),
        (Some(&url), Some("proxy"), Rung::Proxy),
        (Some(&url), Some("wss"), Rung::Wss),
    ] {
        let access = leaving_by(&fleet, proxy.cloned(), path);
        let operator = Operator::connect(&access, fleet.shutdown()).await.unwrap();
        assert_eq!(operator.way().rung(), rung);
        echoes(tunnel(&operator, fleet.shutdown(), echo).await).await;
        operator.close();
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_refuses_is_named_with_its_reason() {
    let fleet = Fleet::start().await.unwrap();
    let to = fleet.address().unwrap();
    let proxy = Middlebox::proxy(to, Some("site:s3cret"), fleet.shutdown()).await.unwrap();
    for (user, what) in [("", "asks for a user and password"), ("site:wrong@", "refuses the user")]
    {
        let url = format!("http://{user}{}", proxy.address);
        let access = leaving_by(&fleet, Some(url), Some("proxy"));
        let failed = Operator::connect(&access, fleet.shutdown()).await.unwrap_err();
        let OperatorError::Dial(error @ DialError::Proxy { .. }) = failed else {
            panic!("{failed}")
        };
        let text = error.to_string();
        assert!(text.contains(what) && !text.contains("wrong@"), "{text}");
        assert!(text.contains(&proxy.address.to_string()), "{text}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let access = leaving_by(&fleet, Some(format!("http://{nobody}")), Some("proxy"));
    let failed = Operator::connect(&access, fleet.shutdown()).await.unwrap_err().to_string();
    assert!(failed.contains("connection refused"), "{failed}");
    fleet.finish().await.unwrap();
}

/// One of its addresses may refuse while a filter stands before another: no refusal ends the climb.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_what_people_hear_and_the_other_ways_are_tried() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fleet = Fleet::start().await.unwrap();
    let access = Access { servers: vec![nobody.to_string()], ..leaving_by(&fleet, None, None) };
    let ladder = access.ladder.clone();
    let failed = Operator::connect(&access, fleet.shutdown()).await.unwrap_err();
    assert!(matches!(failed, OperatorError::Dial(DialError::Refused { .. })), "{failed}");
    let tried: Vec<_> = ladder.attempts().iter().map(|attempt| attempt.way.rung()).collect();
    assert_eq!(tried, [Rung::Tls, Rung::Wss]);
    fleet.finish().await.unwrap();
}

/// Forced WebSocket tells whoever looks at the greeting nothing but web traffic to the public name.
#[tokio::test(flavor = "multi_thread")]
async fn forced_websocket_shows_only_http_and_the_public_name() {
    let looks = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = looks.local_addr().unwrap().port();
    let fleet = Fleet::start().await.unwrap();
    let access = leaving_by(&fleet, None, Some("wss"));
    let access = Access { servers: vec![format!("localhost:{port}")], ..access };
    let hello = async {
        let (mut tcp, _) = looks.accept().await.unwrap();
        let mut header = [0; 5];
        tcp.read_exact(&mut header).await.unwrap();
        let mut hello = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        tcp.read_exact(&mut hello).await.unwrap();
        hello
    };
    let (hello, failed) = tokio::join!(hello, Operator::connect(&access, fleet.shutdown()));
    assert!(failed.is_err(), "nobody answered");
    let shows = |word: &[u8]| hello.windows(word.len()).any(|window| window == word);
    assert!(shows(b"localhost") && shows(b"\x08http/1.1"));
    assert!(!shows(b"tunnelctl"));
    fleet.finish().await.unwrap();
}
