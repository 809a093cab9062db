//! Unix sockets of a node as targets: half-close, default deny at both ends, changes that cut.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use link::forward::{self, Clients, Kind, OnDrop, Spec};
use link::operator::OperatorError;
use std::net::SocketAddr;
use std::path::PathBuf;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::message::operator::{Reply, Request};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::{CloseReason, Target};

/// A fleet whose node has an echo on a socket, and this allowlist with `{}` for its path.
async fn fleet(allow: &str) -> (Fleet, PathBuf) {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.enrol("web1").await.unwrap();
    let path = fleet.node("web1").unwrap().dir().join("echo.sock");
    service::unix_echo(&path, fleet.shutdown()).unwrap();
    set_allow(&fleet, allow);
    fleet.run("web1").await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    (fleet, path)
}

fn set_allow(fleet: &Fleet, allow: &str) {
    let dir = fleet.node("web1").unwrap().dir().to_owned();
    let allow = allow.replace("{}", dir.join("echo.sock").to_str().unwrap());
    std::fs::write(dir.join("agent.toml"), format!("allow = [{allow}]\n")).unwrap();
}

fn to(target: Target) -> OperatorOpen {
    OperatorOpen {
        to: OpenTo::Node { node: "web1".into(), target },
        kind: TunnelType::Connect,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    }
}

async fn refusal(fleet: &mut Fleet, target: Target) -> CloseReason {
    let operator = fleet.operator().await.unwrap();
    match operator.open(&to(target)).await {
        Err(OperatorError::Open { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forward_to_a_socket_carries_bytes_and_half_closes() {
    let (mut fleet, path) = fleet("\"unix:{}\"").await;
    let target = Target::unix(path.to_str().unwrap()).unwrap();
    let spec = Spec {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        kind: Kind::Fixed(OpenTo::Node { node: "web1".into(), target: target.clone() }),
        on_drop: OnDrop::Close,
        idle: None,
        max: None,
        compress: None,
        note: None,
        clients: Clients::default(),
    };
    let operator = fleet.operator().await.unwrap();
    let access = fleet.access().unwrap();
    let forward = forward::start(spec, access, Some(operator), fleet.shutdown()).await.unwrap();
    let mut tcp = TcpStream::connect(forward.address.net().unwrap()).await.unwrap();
    let sent = vec![7; 300_000];
    let (mut read, mut write) = tcp.split();
    let sending = async {
        write.write_all(&sent).await.unwrap();
        write.shutdown().await.unwrap();
    };
    let mut back = Vec::new();
    let both = async { tokio::join!(sending, read.read_to_end(&mut back)).1.unwrap() };
    timeout(PATIENCE, both).await.unwrap();
    assert!(back == sent, "{} bytes came back", back.len());
    let Reply::Tunnels(tunnels, _) = fleet
        .ask(Request::Tunnels {
            page: wire::message::operator::Page { after: None, limit: 9 },
            node: None,
            who: None,
        })
        .await
        .unwrap()
    else {
        panic!("no tunnels");
    };
    assert_eq!(tunnels[0].target, target);
    fleet.finish().await.unwrap();
}

/// I12, T-10: what is not listed by its exact path is not reached, whatever else is allowed.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_is_not_listed_is_denied_by_the_node() {
    let (mut fleet, path) = fleet("\"localhost:*\", \"0.0.0.0/0:*\", \"unix:{}2\"").await;
    let target = Target::unix(path.to_str().unwrap()).unwrap();
    assert_eq!(refusal(&mut fleet, target).await, CloseReason::TargetNotAllowed);
    fleet.finish().await.unwrap();
}

/// A path that only a peer without our checks sends is no target at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_crooked_path_is_refused_by_the_server() {
    let (mut fleet, path) = fleet("\"unix:{}\"").await;
    let path = path.to_str().unwrap();
    for host in [format!("unix:{path}/../echo.sock"), format!("unix:/.{path}"), "unix:".to_owned()]
    {
        let operator = fleet.operator().await.unwrap();
        let open = operator.open(&to(Target { host: host.clone(), port: 0 })).await;
        let Err(OperatorError::Open { refusal, .. }) = open else { panic!("{host}: {open:?}") };
        assert_eq!(refusal.code, wire::RefusalCode::Usage, "{host}");
    }
    fleet.finish().await.unwrap();
}

/// I2 at the node: what its owner takes back is cut.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_is_no_longer_listed_is_cut() {
    let (mut fleet, path) = fleet("\"unix:{}\"").await;
    let target = Target::unix(path.to_str().unwrap()).unwrap();
    let operator = fleet.operator().await.unwrap();
    let (opened, _stream) = operator.open(&to(target.clone())).await.unwrap();
    set_allow(&fleet, "\"localhost:*\"");
    let (reason, _) = until("the cut", PATIENCE, || {
        let (operator, id) = (operator.clone(), opened.tunnel);
        async move {
            match operator.request(Request::Tunnel(id.to_string().into())).await.unwrap() {
                Reply::Tunnel(view) => view.closed.map(|closed| closed.reason),
                other => panic!("{other:?}"),
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(reason, CloseReason::TargetNotAllowed);
    assert_eq!(refusal(&mut fleet, target).await, CloseReason::TargetNotAllowed);
    fleet.finish().await.unwrap();
}
