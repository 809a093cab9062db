//! Published ports: several nodes, limits, what the target is told, changes, health, and the same port
//! over mTLS. Admission and hold are in `tunnels.rs`, `recovery.rs` and `revocation.rs`.
// A failed step of a test is the test's failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation
)]

use link::operator::OperatorError;
use link::splice::{Cut, End, Limits, splice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::{because, session};
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use wire::message::operator::{Intent, Page, PortChange, Reply, Request, RuleSpec};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::{
    Effect, Pick, PortState, PortView, ProbeView, ProxyProtocol, SessionState, TunnelView,
};
use wire::{CloseReason, Target};

async fn fleet_of(names: &[&str]) -> Fleet {
    let mut fleet = Fleet::start().await.unwrap();
    for name in names {
        fleet.add(name).await.unwrap();
    }
    fleet
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn target(at: SocketAddr) -> Target {
    Target::new("localhost", at.port()).unwrap()
}

/// A visitor whose tunnel works.
async fn visit(port: &PortView) -> TcpStream {
    let mut tcp = TcpStream::connect(local(port.public.port)).await.unwrap();
    tcp.write_all(b"x").await.unwrap();
    timeout(PATIENCE, tcp.read_exact(&mut [0])).await.unwrap().unwrap();
    tcp
}

async fn tunnels(fleet: &mut Fleet) -> Vec<TunnelView> {
    let request =
        Request::Tunnels { page: Page { after: None, limit: 200 }, node: None, who: None };
    match fleet.ask(request).await.unwrap() {
        Reply::Tunnels(tunnels, _) => tunnels,
        other => panic!("{other:?}"),
    }
}

/// The nodes of the open tunnels, sorted.
async fn nodes(fleet: &mut Fleet) -> Vec<String> {
    let open = tunnels(fleet).await.into_iter().filter(|t| t.closed.is_none());
    let mut names: Vec<String> = open.map(|t| t.through().to_owned()).collect();
    names.sort();
    names
}

async fn view(fleet: &mut Fleet, name: &str) -> PortView {
    match fleet.ask(Request::Port(name.into())).await.unwrap() {
        Reply::Port(view) => view,
        other => panic!("{other:?}"),
    }
}

async fn update(fleet: &mut Fleet, name: &str, change: PortChange) {
    let request = Request::PortUpdate {
        port: name.into(),
        change: Box::new(change),
        intent: Intent::default(),
    };
    fleet.ask(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_node_serves_until_it_is_lost_and_does_not_take_back() {
    let mut fleet = fleet_of(&["web1", "web2"]).await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let hold = Some(Duration::from_secs(10));
    let port =
        fleet.publish_with("app", &["web1", "web2"], target(echo), hold, |_| {}).await.unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    let first = visit(&port).await;
    assert_eq!(nodes(&mut fleet).await, ["web1"]);
    fleet.kill("web1").await;
    fleet.wait_state("web1", |state| !state.is_connected()).await.unwrap();
    drop(first);
    let second = visit(&port).await;
    fleet.run("web1").await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    let third = visit(&port).await;
    assert_eq!(nodes(&mut fleet).await, ["web2", "web2"], "web1 came back and waits its turn");
    drop((second, third));
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_with_the_least_tunnels_gets_the_next_visitor() {
    let mut fleet = fleet_of(&["web1", "web2", "web3"]).await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let port = fleet
        .publish_with("app", &["web1", "web2", "web3"], target(echo), None, |spec| {
            spec.options.pick = Pick::Least;
        })
        .await
        .unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    let mut open = Vec::new();
    for _ in 0..6 {
        open.push(visit(&port).await);
    }
    assert_eq!(nodes(&mut fleet).await, ["web1", "web1", "web2", "web2", "web3", "web3"]);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cannot_reach_the_target_passes_the_visitor_on() {
    let mut fleet = fleet_of(&["web2"]).await;
    fleet.enrol("web1").await.unwrap();
    let file = fleet.node("web1").unwrap().dir().join("agent.toml");
    std::fs::write(file, "allow = [\"10.9.9.9:1\"]\n").unwrap();
    fleet.run("web1").await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let port =
        fleet.publish_with("app", &["web1", "web2"], target(echo), None, |_| {}).await.unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    let _open = visit(&port).await;
    assert_eq!(nodes(&mut fleet).await, ["web2"]);
    assert_eq!(view(&mut fleet, "app").await.reason, None, "the port served");
    fleet.finish().await.unwrap();
}

/// The rate holds for all tunnels of the port together and for nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_rate_slows_its_port_and_no_other() {
    const RATE: u64 = 2_000_000;
    let mut fleet = fleet_of(&["web1"]).await;
    let bulk = service::bulk(fleet.shutdown()).await.unwrap();
    let slow = fleet
        .publish_with("slow", &["web1"], target(bulk), None, |spec| {
            spec.options.rate_bytes_per_s = Some(RATE);
        })
        .await
        .unwrap();
    let fast = fleet.publish("fast", "web1", target(bulk), None).await.unwrap();
    fleet.admit("slow", "127.0.0.0/8").await.unwrap();
    fleet.admit("fast", "127.0.0.0/8").await.unwrap();
    let begun = Instant::now();
    let mut slows = tokio::task::JoinSet::new();
    for _ in 0..2 {
        slows.spawn(fetch(slow.public.port, 2_000_000));
    }
    let quick = fetch(fast.public.port, 32_000_000).await;
    assert!(slows.try_join_next().is_none(), "the slow ones were done first");
    slows.join_all().await;
    let took = begun.elapsed();
    let reached = 4_000_000.0 / took.as_secs_f64();
    println!("2 tunnels under 2 MB/s: {:.2} MB/s; beside them {quick:?} for 32 MB", reached / 1e6);
    assert!((1.5e6..2.3e6).contains(&reached), "{reached} B/s");
    assert!(quick < Duration::from_secs(2), "{quick:?} for 32 MB without a rate");
    update(&mut fleet, "slow", PortChange { rate_bytes_per_s: Some(0), ..PortChange::default() })
        .await;
    let lifted = fetch(slow.public.port, 8_000_000).await;
    assert!(lifted < Duration::from_secs(2), "{lifted:?} after the rate was lifted");
    fleet.finish().await.unwrap();
}

async fn fetch(port: u16, size: u64) -> Duration {
    let begun = Instant::now();
    let mut tcp = TcpStream::connect(local(port)).await.unwrap();
    tcp.write_u64(size).await.unwrap();
    let mut got = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut got)).await.unwrap().unwrap();
    assert_eq!(got.len() as u64, size);
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_budget_resets_the_tunnel() {
    const BUDGET: u64 = 1_000_000;
    let mut fleet = fleet_of(&["web1"]).await;
    let bulk = service::bulk(fleet.shutdown()).await.unwrap();
    let port = fleet
        .publish_with("app", &["web1"], target(bulk), None, |spec| {
            spec.options.budget_bytes = Some(BUDGET);
        })
        .await
        .unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    fetch(port.public.port, BUDGET / 2).await;
    let mut tcp = TcpStream::connect(local(port.public.port)).await.unwrap();
    tcp.write_u64(1 << 40).await.unwrap();
    let mut got = Vec::new();
    let end = timeout(PATIENCE, tcp.read_to_end(&mut got)).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert!(got.len() as u64 <= BUDGET + 64 * 1024, "{} bytes", got.len());
    let closed: Vec<_> = tunnels(&mut fleet).await.into_iter().filter_map(|t| t.closed).collect();
    assert!(closed.iter().any(|c| c.reason == CloseReason::ByteBudget), "{closed:?}");
    fleet.finish().await.unwrap();
}

/// The header a target got: visitor, address he came to, and the texts by type.
struct Told {
    from: SocketAddr,
    to: SocketAddr,
    texts: Vec<(u8, String)>,
}

async fn told(tcp: &mut TcpStream) -> Told {
    let mut head = [0; 16];
    timeout(PATIENCE, tcp.read_exact(&mut head)).await.unwrap().unwrap();
    assert_eq!(&head[..14], b"\r\n\r\n\0\r\nQUIT\n\x21\x11");
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[14], head[15]]))];
    timeout(PATIENCE, tcp.read_exact(&mut body)).await.unwrap().unwrap();
    let ip = |at: usize| <[u8; 4]>::try_from(&body[at..at + 4]).unwrap();
    let port = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
    let (from, to) = ((ip(0), port(8)).into(), (ip(4), port(10)).into());
    let (mut texts, mut rest) = (Vec::new(), &body[12..]);
    while let [kind, high, low, more @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        texts.push((*kind, String::from_utf8(more[..length].to_vec()).unwrap()));
        rest = &more[length..];
    }
    Told { from, to, texts }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_told_whose_connection_it_gets() {
    let mut fleet = fleet_of(&["web1"]).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = fleet
        .publish_with("app", &["web1"], target(listener.local_addr().unwrap()), None, |spec| {
            spec.options.proxy_protocol = ProxyProtocol::V2;
        })
        .await
        .unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    let mut visitor = TcpStream::connect(local(port.public.port)).await.unwrap();
    visitor.write_all(b"hello").await.unwrap();
    let (mut tcp, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    let header = told(&mut tcp).await;
    assert_eq!((header.from, header.to), (visitor.local_addr().unwrap(), local(port.public.port)));
    let id = tunnels(&mut fleet).await[0].id.to_string();
    assert_eq!(header.texts, [(0x05, id)]);
    let mut payload = [0; 5];
    timeout(PATIENCE, tcp.read_exact(&mut payload)).await.unwrap().unwrap();
    assert_eq!(&payload, b"hello");

    // Over mTLS the operator is known, and named.
    let (opened, stream) = open(&mut fleet, "app").await.unwrap();
    let (mut near, far) = pair().await;
    let tasks = fleet.shutdown().clone();
    tasks.spawn("client", async move {
        let meter = Arc::default();
        splice(End::Tcp(far), End::Lane(stream), meter, Limits::default(), Cut::new()).await;
    });
    near.write_all(b"there").await.unwrap();
    let (mut tcp, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    let header = told(&mut tcp).await;
    assert_eq!(header.from.ip(), local(0).ip());
    let wanted = [(0x05, opened.tunnel.to_string()), (0xE0, "admin".to_owned())];
    assert_eq!(header.texts[..2], wanted);
    // His login is a session, too.
    assert!(header.texts[2..].iter().all(|(kind, text)| *kind == 0xE1 && text.starts_with("s_")));
    timeout(PATIENCE, tcp.read_exact(&mut payload)).await.unwrap().unwrap();
    assert_eq!(&payload, b"there");
    drop((near, visitor, tcp));
    fleet.finish().await.unwrap();
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (near, listener.accept().await.unwrap().0)
}

async fn open(
    fleet: &mut Fleet,
    port: &str,
) -> Result<(wire::message::tunnel::Opened, link::lane::LaneStream), OperatorError> {
    let open = OperatorOpen {
        to: OpenTo::Port(port.parse().unwrap()),
        kind: TunnelType::Connect,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    fleet.operator().await.unwrap().open(&open).await
}

/// F2.14: the same target, nodes and limits; the operator's own rules and those about the port.
#[tokio::test(flavor = "multi_thread")]
async fn a_port_works_over_mtls_under_its_own_rules_and_limits() {
    let mut fleet = fleet_of(&["web1"]).await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    fleet
        .publish_with("app", &["web1"], target(echo), None, |spec| spec.max_tunnels = Some(1))
        .await
        .unwrap();
    let first = open(&mut fleet, "app").await.unwrap();
    assert_eq!(view(&mut fleet, "app").await.tunnels, 1);
    match open(&mut fleet, "app").await {
        Err(OperatorError::Open { reason: CloseReason::Limit, .. }) => {}
        other => panic!("{:?}", other.map(|(opened, _)| opened)),
    }
    drop(first);
    // A rule about the port comes before the one that lets admins reach everything.
    let Reply::Rules(rules, _) =
        fleet.ask(Request::Rules(Page { after: None, limit: 10 })).await.unwrap()
    else {
        panic!()
    };
    let spec = RuleSpec {
        effect: Effect::Deny,
        who: "role:admin".into(),
        from: None,
        nodes: None,
        to: None,
        at: None,
        port: Some("app".parse().unwrap()),
        until: None,
        before: Some(rules[0].id.to_string().into()),
        disabled: false,
        anyone_really: false,
    };
    fleet.ask(Request::RuleCreate { spec, intent: Intent::default() }).await.unwrap();
    match open(&mut fleet, "app").await {
        Err(OperatorError::Open { reason: CloseReason::Denied, .. }) => {}
        other => panic!("{:?}", other.map(|(opened, _)| opened)),
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_port_keeps_its_number_and_cuts_what_leads_elsewhere() {
    let mut fleet = fleet_of(&["web1", "web2"]).await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let other = service::web(fleet.shutdown(), "other").await.unwrap();
    let port = fleet.publish("app", "web1", target(echo), None).await.unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    let mut open = visit(&port).await;
    let limits =
        PortChange { max_tunnels: Some(7), idle_ms: Some(60_000), ..PortChange::default() };
    update(&mut fleet, "app", limits).await;
    open.write_all(b"y").await.unwrap();
    timeout(PATIENCE, open.read_exact(&mut [0])).await.unwrap().unwrap();
    update(&mut fleet, "app", PortChange { target: Some(target(other)), ..PortChange::default() })
        .await;
    let end = timeout(PATIENCE, open.read(&mut [0])).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    let closed = tunnels(&mut fleet).await.into_iter().find_map(|t| t.closed).unwrap();
    assert_eq!(closed.reason, CloseReason::PortChanged);
    let nodes = Some(vec!["web2".into()]);
    let lifted = PortChange { nodes, max_tunnels: Some(0), ..PortChange::default() };
    update(&mut fleet, "app", lifted).await;
    let now = view(&mut fleet, "app").await;
    assert_eq!(
        (now.public.port, now.max_tunnels, now.idle_ms),
        (port.public.port, None, Some(60_000))
    );
    assert_eq!((now.nodes[0].name.as_str(), &now.target), ("web2", &target(other)));
    let changes = fleet.audit().await.unwrap();
    let changes = changes.iter().filter(|e| e.entry.action.as_str() == "port.update");
    assert_eq!(changes.count(), 3);
    fleet.kill_server().await;
    fleet.start_server().await.unwrap();
    assert_eq!(view(&mut fleet, "app").await.public.port, port.public.port);
    fleet.finish().await.unwrap();
}

/// What `doctor --port` goes by: who would be let in, the caller's sessions with their addresses, and
/// each node with its target. The target is connected and hears nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_tells_admission_sessions_nodes_and_target_apart() {
    let mut fleet = fleet_of(&["web1", "web2"]).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let at = target(listener.local_addr().unwrap());
    fleet.publish_with("app", &["web1", "web2"], at, None, |_| {}).await.unwrap();
    let found = probe(&mut fleet).await;
    assert_eq!(found.seen.as_str(), "127.0.0.1");
    assert_eq!(found.refused_by.as_ref().unwrap().as_str(), "the default deny");
    assert!(found.sessions.is_empty() && found.nodes.iter().all(|n| n.connect_ms.is_some()));
    for _ in 0..2 {
        let (mut tcp, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        let heard = timeout(PATIENCE, tcp.read(&mut [0])).await.unwrap();
        assert!(!matches!(heard, Ok(1..)), "the target was told something");
    }
    let hour = Duration::from_secs(3600);
    let other = fleet.start_session(session(&["198.51.100.7/32"], hour)).await.unwrap();
    let found = probe(&mut fleet).await;
    assert!(found.admitted_by.is_none());
    assert_eq!((found.sessions[0].id, found.sessions[0].state), (other.id, SessionState::Active));
    assert_eq!(found.sessions[0].addresses[0].as_str(), "198.51.100.7/32");
    let end = Request::SessionEnd { session: other.id.to_string().into(), intent: because() };
    fleet.ask(end).await.unwrap();
    assert_eq!(probe(&mut fleet).await.sessions[0].state, SessionState::Ended);
    let here = fleet.start_session(session(&["127.0.0.1/32"], hour)).await.unwrap();
    let by = probe(&mut fleet).await.admitted_by.unwrap();
    assert_eq!(by.as_str(), format!("session {}", here.id));
    fleet.kill("web1").await;
    fleet.wait_state("web1", |state| !state.is_connected()).await.unwrap();
    drop(listener);
    let found = probe(&mut fleet).await;
    assert!(found.nodes[0].away.as_ref().unwrap().as_str().starts_with("web1 lost "));
    assert_eq!(found.nodes[1].failed, Some(CloseReason::DialRefused));
    fleet.finish().await.unwrap();
}

async fn probe(fleet: &mut Fleet) -> ProbeView {
    match fleet.ask(Request::Probe(OpenTo::Port("app".parse().unwrap()))).await.unwrap() {
        Reply::Probe(view) => *view,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_says_why_it_does_not_serve_as_it_should() {
    let mut fleet = fleet_of(&["web1"]).await;
    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let hold = Some(Duration::from_secs(10));
    let port = fleet.publish("app", "web1", target(free), hold).await.unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    assert_eq!(view(&mut fleet, "app").await.reason, None);
    // The reset may be there before the connection is.
    if let Ok(mut tcp) = TcpStream::connect(local(port.public.port)).await {
        assert!(timeout(PATIENCE, tcp.read(&mut [0])).await.unwrap().is_err());
    }
    let now = view(&mut fleet, "app").await;
    assert_eq!(now.state, PortState::Serving);
    assert!(now.reason.unwrap().as_str().ends_with("dial_refused"));
    let listener = TcpListener::bind(free).await.unwrap();
    let _tcp = TcpStream::connect(local(port.public.port)).await.unwrap();
    timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    let operator = fleet.operator().await.unwrap();
    until("a healthy port", PATIENCE, || {
        let operator = operator.clone();
        async move {
            match operator.request(Request::Port("app".into())).await {
                Ok(Reply::Port(view)) if view.reason.is_none() => Some(()),
                _ => None,
            }
        }
    })
    .await
    .unwrap();
    fleet.kill("web1").await;
    fleet.wait_state("web1", |state| !state.is_connected()).await.unwrap();
    let now = view(&mut fleet, "app").await;
    assert_eq!(now.state, PortState::Holding);
    assert!(now.reason.unwrap().as_str().starts_with("web1 lost "));
    fleet.finish().await.unwrap();
}

/// A draining lock on the node that serves turned visitors away whom another node could have served.
#[tokio::test(flavor = "multi_thread")]
async fn a_draining_lock_on_one_node_leaves_new_visitors_to_the_others() {
    use wire::message::view::{LockKind, LockMode};
    let mut fleet = fleet_of(&["web1", "web2"]).await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let hold = Some(PATIENCE);
    let port =
        fleet.publish_with("app", &["web1", "web2"], target(echo), hold, |_| {}).await.unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    let mut first = visit(&port).await;
    fleet.lock(LockKind::Node, "web1", LockMode::Drain).await.unwrap();
    let second = visit(&port).await;
    assert_eq!(nodes(&mut fleet).await, ["web1", "web2"]);
    first.write_all(b"y").await.unwrap();
    timeout(PATIENCE, first.read_exact(&mut [0])).await.unwrap().unwrap();

    // Through the port's name, too.
    let operator = fleet.operator().await.unwrap();
    let open = OperatorOpen {
        to: OpenTo::Port("app".parse().unwrap()),
        kind: TunnelType::Connect,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    let (opened, stream) = operator.open(&open).await.unwrap();
    assert_eq!(opened.node_name.as_ref().map(|name| name.as_str()), Some("web2"));
    drop((second, stream));

    // Is the other one away, a visitor waits for it; the locked one would only refuse him.
    fleet.kill("web2").await;
    fleet.wait_state("web2", |state| !state.is_connected()).await.unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    waiting.spawn(async move { visit(&port).await });
    one_on_hold(&mut fleet).await;
    fleet.run("web2").await.unwrap();
    let third = timeout(PATIENCE, waiting.join_next()).await.unwrap().unwrap().unwrap();
    assert_eq!(nodes(&mut fleet).await, ["web1", "web2"]);
    drop((first, third));
    fleet.finish().await.unwrap();
}

/// Waits until a visitor of the port `app` waits.
async fn one_on_hold(fleet: &mut Fleet) {
    let operator = fleet.operator().await.unwrap();
    until("a visitor on hold", PATIENCE, || async {
        match operator.request(Request::Port("app".into())).await {
            Ok(Reply::Port(view)) => (view.waiting == 1).then_some(()),
            _ => None,
        }
    })
    .await
    .unwrap();
}

/// The visitor of a port whose one node is locked and whose other is away waited for the other alone,
/// however soon the lock was lifted.
#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_on_hold_takes_the_way_that_a_lifted_lock_opens() {
    use wire::message::view::{LockKind, LockMode};
    let mut fleet = fleet_of(&["web1", "web2"]).await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let hold = Some(PATIENCE * 3);
    let port =
        fleet.publish_with("app", &["web1", "web2"], target(echo), hold, |_| {}).await.unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    fleet.lock(LockKind::Node, "web1", LockMode::Drain).await.unwrap();
    fleet.kill("web2").await;
    fleet.wait_state("web2", |state| !state.is_connected()).await.unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    waiting.spawn(async move { visit(&port).await });
    one_on_hold(&mut fleet).await;
    let lifted = tokio::time::Instant::now();
    fleet.unlock(LockKind::Node, "web1").await.unwrap();
    let visitor = timeout(PATIENCE, waiting.join_next()).await.unwrap().unwrap().unwrap();
    println!("served {:?} after the lock was lifted", lifted.elapsed());
    assert_eq!(nodes(&mut fleet).await, ["web1"]);
    drop(visitor);
    fleet.finish().await.unwrap();
}
