//! Tunnels, end to end: digest, half-close, reset, first-byte races, targets, limits, close reasons.
// A failed step of a test is the test's failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation
)]

use link::forward::{self, Clients, Kind, OnDrop, Spec};
use link::operator::{Operator, OperatorError};
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::service::{self, Pattern};
use testbed::{Fleet, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use wire::message::operator::{Page, Reply, Request};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::TunnelView;
use wire::{CloseReason, Target};

/// How often a race is run; all of them with TUNNELCTL_FULL.
fn races() -> usize {
    if std::env::var_os("TUNNELCTL_FULL").is_some() { 10_000 } else { 500 }
}

fn spec(node: &str, to: SocketAddr) -> Spec {
    let target = Target::new("localhost", to.port()).unwrap();
    Spec {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        kind: Kind::Fixed(OpenTo::Node { node: node.into(), target }),
        on_drop: OnDrop::Hold(Duration::from_secs(30)),
        idle: None,
        max: None,
        compress: None,
        note: None,
        clients: Clients::default(),
    }
}

async fn forward_to(fleet: &mut Fleet, node: &str, to: SocketAddr) -> SocketAddr {
    let operator = fleet.operator().await.unwrap();
    let (spec, access) = (spec(node, to), fleet.access().unwrap());
    forward::start(spec, access, Some(operator), fleet.shutdown())
        .await
        .unwrap()
        .address
        .net()
        .unwrap()
}

async fn fleet_with_web1() -> Fleet {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet
}

async fn closed_tunnels(fleet: &mut Fleet) -> Vec<TunnelView> {
    let request =
        Request::Tunnels { page: Page { after: None, limit: 200 }, node: None, who: None };
    match fleet.ask(request).await.unwrap() {
        Reply::Tunnels(tunnels, _) => tunnels.into_iter().filter(|t| t.closed.is_some()).collect(),
        other => panic!("{other:?}"),
    }
}

async fn close_reason(fleet: &mut Fleet) -> CloseReason {
    let operator = fleet.operator().await.unwrap();
    let (reason, _) = until("a closed tunnel", PATIENCE, || {
        let operator = operator.clone();
        async move {
            let page = Page { after: None, limit: 200 };
            let request = Request::Tunnels { page, node: None, who: None };
            match operator.request(request).await.unwrap() {
                Reply::Tunnels(tunnels, _) => {
                    tunnels.into_iter().find_map(|t| t.closed.map(|closed| closed.reason))
                }
                other => panic!("{other:?}"),
            }
        }
    })
    .await
    .unwrap();
    reason
}

/// The operator's side still believes in the connection it had; the lane it dials is the first to learn
/// that the server knows nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_is_held_when_the_server_was_started_anew_unseen() {
    let mut fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let way = fleet.link().await.unwrap();
    let mut access = fleet.access().unwrap();
    access.servers = vec![way.address.to_string()];
    let operator = Operator::connect(&access, fleet.shutdown()).await.unwrap();
    way.forget();
    fleet.kill_server().await;
    fleet.start_server().await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    let forward =
        forward::start(spec("web1", echo), access, Some(operator), fleet.shutdown()).await.unwrap();
    let mut visitor = TcpStream::connect(forward.address.net().unwrap()).await.unwrap();
    visitor.write_all(b"hello").await.unwrap();
    let mut back = [0; 5];
    timeout(PATIENCE, visitor.read_exact(&mut back)).await.unwrap().unwrap();
    assert_eq!(&back, b"hello");
    drop(visitor);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_arrive_complete_and_in_order_both_ways() {
    let mut fleet = fleet_with_web1().await;
    let bulk = service::bulk(fleet.shutdown()).await.unwrap();
    let address = forward_to(&mut fleet, "web1", bulk).await;
    let mut tcp = TcpStream::connect(address).await.unwrap();
    let size = 32 << 20;
    tcp.write_u64(size).await.unwrap();
    let mut got = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut got)).await.unwrap().unwrap();
    assert_eq!(got.len() as u64, size);
    assert_eq!(blake3::hash(&got), Pattern::digest(size));

    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let address = forward_to(&mut fleet, "web1", echo).await;
    let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let sent = got.clone();
    let mut sender = tokio::task::JoinSet::new();
    sender.spawn(async move {
        write.write_all(&sent).await.unwrap();
        write.shutdown().await.unwrap();
        write
    });
    let mut back = Vec::new();
    timeout(PATIENCE, read.read_to_end(&mut back)).await.unwrap().unwrap();
    assert!(back == got, "the echo differs");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_closed_client_still_gets_the_answer() {
    let mut fleet = fleet_with_web1().await;
    let sink = service::sink(fleet.shutdown()).await.unwrap();
    let address = forward_to(&mut fleet, "web1", sink).await;
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(&[1; 100_000]).await.unwrap();
    tcp.shutdown().await.unwrap();
    assert_eq!(timeout(PATIENCE, tcp.read_u64()).await.unwrap().unwrap(), 100_000);
    assert_eq!(tcp.read(&mut [0]).await.unwrap(), 0, "the target's end arrives as an end");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_resets_never_looks_complete() {
    let mut fleet = fleet_with_web1().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = forward_to(&mut fleet, "web1", listener.local_addr().unwrap()).await;
    let mut tcp = TcpStream::connect(address).await.unwrap();
    let (mut target, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    target.write_all(b"half of it").await.unwrap();
    let mut start = [0; 10];
    timeout(PATIENCE, tcp.read_exact(&mut start)).await.unwrap().unwrap();
    link::splice::reset(target);
    let end = timeout(PATIENCE, tcp.read(&mut [0])).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(close_reason(&mut fleet).await, CloseReason::TargetReset);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_resets_resets_the_target() {
    let mut fleet = fleet_with_web1().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = forward_to(&mut fleet, "web1", listener.local_addr().unwrap()).await;
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(b"x").await.unwrap();
    let (mut target, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    timeout(PATIENCE, target.read_exact(&mut [0])).await.unwrap().unwrap();
    link::splice::reset(tcp);
    let end = timeout(PATIENCE, target.read(&mut [0])).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(close_reason(&mut fleet).await, CloseReason::ClientReset);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_client_writes_before_the_dial_completes() {
    let mut fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let address = forward_to(&mut fleet, "web1", echo).await;
    for round in 0..races() {
        let mut tcp = TcpStream::connect(address).await.unwrap();
        let sent = round.to_be_bytes();
        tcp.write_all(&sent).await.unwrap();
        tcp.shutdown().await.unwrap();
        let mut back = Vec::new();
        timeout(PATIENCE, tcp.read_to_end(&mut back)).await.unwrap().unwrap();
        assert_eq!(back, sent, "round {round}");
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_target_speaks_first_and_closes_at_once() {
    let mut fleet = fleet_with_web1().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = forward_to(&mut fleet, "web1", listener.local_addr().unwrap()).await;
    let mut target = tokio::task::JoinSet::new();
    target.spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            tcp.write_all(b"220 hello\r\n").await.unwrap();
        }
    });
    for round in 0..races() {
        let mut tcp = TcpStream::connect(address).await.unwrap();
        let mut greeting = Vec::new();
        timeout(PATIENCE, tcp.read_to_end(&mut greeting)).await.unwrap().unwrap();
        assert_eq!(greeting, b"220 hello\r\n", "round {round}");
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_targets_say_why() {
    let mut fleet = fleet_with_web1().await;
    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port();
    let operator = fleet.operator().await.unwrap();
    for (host, port, wanted) in [
        ("localhost", free, CloseReason::DialRefused),
        ("192.0.2.1", 80, CloseReason::TargetNotAllowed),
        ("169.254.169.254", 80, CloseReason::TargetNotAllowed),
        ("name.invalid", 80, CloseReason::Unresolvable),
    ] {
        let target = Target::new(host, port).unwrap();
        let open = OperatorOpen {
            to: OpenTo::Node { node: "web1".into(), target },
            kind: TunnelType::Connect,
            note: None,
            idle_ms: None,
            max_ms: None,
            wait_ms: None,
            compress: None,
            trace: None,
        };
        match operator.open(&open).await {
            Err(OperatorError::Open { reason, .. }) => {
                // A name that is not on the allowlist may be refused before it is resolved.
                let denied =
                    wanted == CloseReason::Unresolvable && reason == CloseReason::TargetNotAllowed;
                assert!(reason == wanted || denied, "{host}:{port} {reason}");
            }
            other => panic!("{host}:{port} {:?}", other.map(|(opened, _)| opened)),
        }
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stuck_reader_stalls_neither_another_tunnel_nor_the_heartbeat() {
    let mut fleet = fleet_with_web1().await;
    let bulk = service::bulk(fleet.shutdown()).await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let stuck_at = forward_to(&mut fleet, "web1", bulk).await;
    let echo_at = forward_to(&mut fleet, "web1", echo).await;
    let mut stuck = TcpStream::connect(stuck_at).await.unwrap();
    stuck.write_u64(1 << 40).await.unwrap();
    // Until the stuck one has filled every window on its way, its counter still moves.
    let operator = fleet.operator().await.unwrap();
    let mut last = 0;
    until("a full window", PATIENCE, || {
        let operator = operator.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            match operator.request(Request::Node("web1".into())).await.unwrap() {
                Reply::Node(view) => Some(view.down_bytes),
                other => panic!("{other:?}"),
            }
        }
    })
    .await
    .unwrap();
    for _ in 0..100 {
        let Reply::Node(view) = operator.request(Request::Node("web1".into())).await.unwrap()
        else {
            panic!()
        };
        let same = view.down_bytes == last && last > 0;
        last = view.down_bytes;
        if same {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut other = TcpStream::connect(echo_at).await.unwrap();
    for _ in 0..100 {
        other.write_all(b"ping").await.unwrap();
        let mut back = [0; 4];
        timeout(Duration::from_secs(2), other.read_exact(&mut back)).await.unwrap().unwrap();
    }
    assert!(fleet.view("web1").await.unwrap().state.is_connected());
    assert!(last < 64 << 20, "{last} bytes were taken for a reader that does not read");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_tunnel_is_cut_with_the_operators_name() {
    let mut fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let address = forward_to(&mut fleet, "web1", echo).await;
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(b"x").await.unwrap();
    timeout(PATIENCE, tcp.read_exact(&mut [0])).await.unwrap().unwrap();
    let request = Request::Tunnels { page: Page { after: None, limit: 10 }, node: None, who: None };
    let Reply::Tunnels(open, _) = fleet.ask(request).await.unwrap() else { panic!() };
    let id = open.iter().find(|t| t.closed.is_none()).unwrap().id;
    let close = Request::TunnelClose {
        tunnels: vec![id.to_string().into()],
        intent: wire::message::operator::Intent::default(),
    };
    fleet.ask(close).await.unwrap();
    let end = timeout(PATIENCE, tcp.read(&mut [0])).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    let closed = closed_tunnels(&mut fleet).await;
    assert_eq!(closed[0].closed.as_ref().unwrap().reason, CloseReason::ClosedByOperator);
    fleet.finish().await.unwrap();
}
