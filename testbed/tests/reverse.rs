//! Remote forwards (F2.2): a listener at a node leads to what the operator's side reaches; it is opened
//! only where the node's owner and the rules say so, and ends with all that came in by it (T-15).
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use agent::Config;
use link::forward::{self, Clients, Event, Forward, Kind, OnDrop, Spec};
use link::operator::{Access, OperatorError};
use link::splice::reset;
use link::{Clock, Shutdown, System};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::because;
use testbed::fleet::people::{allow, policy};
use testbed::fleet::raw::Raw;
use testbed::service::{self, Pattern};
use testbed::weather::Sky;
use testbed::{Fleet, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use wire::message::operator::{Page, PolicyRequest, Reply, Request, RuleSpec};
use wire::message::view::{LockKind, LockMode, Permission, RuleView, TunnelView};
use wire::{CloseReason, Refusal, RefusalCode, Target};

/// An address of the loopback network that is free at this moment.
fn free() -> SocketAddr {
    let probe = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    probe.local_addr().unwrap()
}

/// A fleet whose node web1 grants a listener, with an echo at the operator's side.
struct Stage {
    fleet: Fleet,
    at: SocketAddr,
    echo: SocketAddr,
}

async fn stage() -> Stage {
    let (mut fleet, at) = (Fleet::start().await.unwrap(), free());
    fleet.enrol("web1").await.unwrap();
    grant(&fleet, "web1", &[at.to_string()]);
    fleet.run("web1").await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    Stage { fleet, at, echo }
}

/// The owner of a node says which listeners operators may open there.
fn grant(fleet: &Fleet, node: &str, listeners: &[String]) {
    let node = fleet.node(node).unwrap();
    Config::set(node.dir(), "reverse", listeners).unwrap();
    node.nudge();
}

fn spec(node: &str, at: SocketAddr, to: SocketAddr) -> Spec {
    Spec {
        listen: at.into(),
        kind: Kind::Reverse { node: node.into(), to: to.into() },
        on_drop: OnDrop::Close,
        idle: None,
        max: None,
        compress: None,
        note: Some("ticket 7".into()),
        clients: Clients::default(),
    }
}

/// Opens a listener by an operator's own connection, which ends with `part`.
async fn open_as(access: &Access, spec: Spec, part: &Shutdown) -> Result<Forward, OperatorError> {
    let operator = link::operator::Operator::connect(access, part).await?;
    forward::start_remote(spec, access.clone(), operator, part).await
}

impl Stage {
    /// Opens the listener as the admin.
    async fn open(&mut self) -> Forward {
        self.open_to(self.echo).await
    }

    async fn open_to(&mut self, to: SocketAddr) -> Forward {
        let access = self.fleet.access().unwrap();
        open_as(&access, spec("web1", self.at, to), self.fleet.shutdown()).await.unwrap()
    }

    /// Why the admin gets no listener at this node on this address.
    async fn refused(&mut self, node: &str, at: SocketAddr) -> (CloseReason, Refusal) {
        let access = self.fleet.access().unwrap();
        no(open_as(&access, spec(node, at, self.echo), self.fleet.shutdown()).await)
    }

    /// jon, whose role may do this, and a rule that lets it reach the listener.
    async fn jon(&mut self, permissions: &[Permission], lasts: Duration) -> (Access, RuleView) {
        self.fleet.role("support", permissions).await.unwrap();
        let until = Some(System.wall().after(lasts));
        let to = self.at.to_string();
        let rule = RuleSpec { until, ..allow("role:support", Some("web1"), Some(&to)) };
        let rule = self.fleet.rule(rule).await.unwrap();
        (self.fleet.person_access("jon", "support").await.unwrap(), rule)
    }

    async fn tunnels(&mut self) -> Vec<TunnelView> {
        let page = Page { after: None, limit: 200 };
        match self.fleet.ask(Request::Tunnels { page, node: None, who: None }).await.unwrap() {
            Reply::Tunnels(tunnels, _) => tunnels,
            other => panic!("{other:?}"),
        }
    }
}

fn no(opened: Result<Forward, OperatorError>) -> (CloseReason, Refusal) {
    match opened {
        Err(OperatorError::Open { reason, refusal }) => (reason, refusal),
        other => panic!("not refused: {other:?}"),
    }
}

const REVERSE: [Permission; 3] =
    [Permission::NodesRead, Permission::TunnelsOpen, Permission::TunnelsReverse];

/// A connection at the node that got an answer from the operator's side.
async fn joined(at: SocketAddr) -> TcpStream {
    let mut tcp = TcpStream::connect(at).await.unwrap();
    tcp.write_all(b"ping").await.unwrap();
    let mut back = [0; 4];
    timeout(PATIENCE, tcp.read_exact(&mut back)).await.unwrap().unwrap();
    assert_eq!(&back, b"ping");
    tcp
}

async fn is_reset(tcp: &mut TcpStream) {
    let end = timeout(PATIENCE, tcp.read(&mut [0])).await.expect("still open");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

/// Nobody listens there any more.
async fn is_free(at: SocketAddr) {
    let gone = || async { TcpStream::connect(at).await.is_err().then_some(()) };
    until("a closed listener", PATIENCE, gone).await.unwrap();
}

/// Why it was over.
async fn over(forward: &mut Forward) -> CloseReason {
    loop {
        let event = timeout(PATIENCE, forward.events.recv()).await.expect("nothing was said");
        if let Event::Over { reason, .. } = event.unwrap() {
            return reason;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_arrive_complete_both_ways_and_a_half_close_is_one() {
    let mut stage = stage().await;
    let size = 16 << 20;
    let bulk = service::bulk(stage.fleet.shutdown()).await.unwrap();
    let forward = stage.open_to(bulk).await;
    assert_eq!(forward.address.net(), Some(stage.at));
    assert!(forward.rule.is_some());
    let mut tcp = TcpStream::connect(stage.at).await.unwrap();
    tcp.write_u64(size).await.unwrap();
    tcp.shutdown().await.unwrap();
    let mut got = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut got)).await.unwrap().unwrap();
    assert_eq!(blake3::hash(&got), Pattern::digest(size));
    let came = stage.tunnels().await.into_iter().find(|tunnel| tunnel.listener.is_some()).unwrap();
    assert_eq!((came.up_bytes, came.down_bytes), (8, size), "up is towards the target");
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_by_the_node_arrives_whole_and_is_counted_by_both_sides() {
    let mut stage = stage().await;
    let sink = service::sink(stage.fleet.shutdown()).await.unwrap();
    let _forward = stage.open_to(sink).await;
    let mut tcp = TcpStream::connect(stage.at).await.unwrap();
    tcp.write_all(&vec![7; 3 << 20]).await.unwrap();
    tcp.shutdown().await.unwrap();
    assert_eq!(timeout(PATIENCE, tcp.read_u64()).await.unwrap().unwrap(), 3 << 20);
    assert_eq!(tcp.read(&mut [0]).await.unwrap(), 0, "the target's end arrives as an end");
    let request = Request::Metrics;
    let Reply::Metrics(text) = stage.fleet.ask(request).await.unwrap() else { panic!("metrics") };
    assert!(text.contains("tunnelctl_tunnels_opened_total{type=\"reverse\"} 2"), "{text}");
    assert!(text.contains("tunnelctl_tunnel_mismatches_total 0"), "{text}");
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_at_either_end_arrives_at_the_other() {
    let mut stage = stage().await;
    let target = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let _forward = stage.open_to(target.local_addr().unwrap()).await;
    let accepted = || async { timeout(PATIENCE, target.accept()).await.unwrap().unwrap().0 };

    let mut client = TcpStream::connect(stage.at).await.unwrap();
    reset(accepted().await);
    is_reset(&mut client).await;

    let mut client = TcpStream::connect(stage.at).await.unwrap();
    client.write_all(b"x").await.unwrap();
    let mut served = accepted().await;
    assert_eq!(served.read_u8().await.unwrap(), b'x');
    reset(client);
    is_reset(&mut served).await;

    drop(target);
    match TcpStream::connect(stage.at).await {
        Ok(mut client) => is_reset(&mut client).await,
        // As early as that, if the machine is busy.
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    stage.fleet.finish().await.unwrap();
}

/// T-15, the first half: whatever is not granted exactly is refused, and nothing listens there.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_opens_exactly_where_it_was_granted_and_once() {
    let mut stage = stage().await;
    stage.fleet.add("web2").await.unwrap();
    let (port, other) = (stage.at.port(), free());
    for at in [
        SocketAddr::from(([0, 0, 0, 0], port)),
        SocketAddr::from(([127, 0, 0, 2], port)),
        SocketAddr::from(([127, 0, 0, 1], 80)),
        SocketAddr::from(([0u16; 8], port)),
        SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)),
        other,
    ] {
        let (reason, refusal) = stage.refused("web1", at).await;
        assert_eq!(
            (reason, refusal.code),
            (CloseReason::TargetNotAllowed, RefusalCode::Denied),
            "{at}"
        );
        assert!(refusal.message.as_str().contains(&at.to_string()), "{refusal}");
        assert!(refusal.hint.unwrap().as_str().contains("agent config set reverse"));
    }
    let (reason, _) = stage.refused("web2", stage.at).await;
    assert_eq!(reason, CloseReason::TargetNotAllowed, "another agent grants nothing");
    assert!(
        TcpStream::connect(stage.at).await.is_err() && TcpStream::connect(other).await.is_err()
    );

    let _forward = stage.open().await;
    let (_, refusal) = stage.refused("web1", stage.at).await;
    assert_eq!(refusal.code, RefusalCode::Conflict);
    assert!(refusal.message.as_str().contains("by admin"), "the holder is named: {refusal}");
    joined(stage.at).await;
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_listens_on_is_not_taken_from_him() {
    let mut stage = stage().await;
    let _his = TcpListener::bind(stage.at).await.unwrap();
    let (_, refusal) = stage.refused("web1", stage.at).await;
    assert_eq!(refusal.code, RefusalCode::Conflict);
    assert!(refusal.message.as_str().contains("listens there already"), "{refusal}");
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn role_and_rule_have_to_let_an_operator_listen() {
    let mut stage = stage().await;
    let part = stage.fleet.shutdown().child();
    let reach = [Permission::NodesRead, Permission::TunnelsOpen];
    let (jon, rule) = stage.jon(&reach, Duration::from_secs(3600)).await;
    let wanted = spec("web1", stage.at, stage.echo);
    let (_, refusal) = no(open_as(&jon, wanted.clone(), &part).await);
    assert_eq!(refusal.code, RefusalCode::Denied);
    assert!(refusal.message.as_str().contains("tunnels.reverse"), "{refusal}");

    let role = |add: &[Permission]| PolicyRequest::RoleUpdate {
        name: "support".parse().unwrap(),
        add: add.to_vec(),
        remove: Vec::new(),
        max_session_ms: None,
        intent: because(),
    };
    let may = policy(role(&[Permission::TunnelsReverse]));
    stage.fleet.ask(may).await.unwrap();
    let beyond = SocketAddr::from(([0, 0, 0, 0], stage.at.port()));
    let beyond = Spec { listen: beyond.into(), ..wanted.clone() };
    let (_, refusal) = no(open_as(&jon, beyond.clone(), &part).await);
    assert!(refusal.message.as_str().contains("nodes.write"), "beyond loopback: {refusal}");
    drop(open_as(&jon, wanted.clone(), &part).await.unwrap());

    let rule = Request::RuleDelete { rule: rule.id.to_string().into(), intent: because() };
    stage.fleet.change(rule).await.unwrap();
    let (reason, refusal) = no(open_as(&jon, wanted, &part).await);
    // Without a rule about the node he does not even see it.
    assert_eq!((reason, refusal.code), (CloseReason::Denied, RefusalCode::NotFound));
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_bounds_a_nodes_targets_bounds_its_listeners() {
    let mut stage = stage().await;
    let bound = |spec: &mut wire::message::operator::TokenSpec| {
        spec.allow = vec!["localhost:22".into()];
    };
    let token = stage.fleet.token_with("web3", bound).await.unwrap();
    stage.fleet.enrol_with("web3", token).await.unwrap();
    let at = free();
    grant(&stage.fleet, "web3", &[at.to_string()]);
    stage.fleet.run("web3").await.unwrap();
    stage.fleet.wait_online("web3").await.unwrap();
    let (reason, refusal) = stage.refused("web3", at).await;
    assert_eq!((reason, refusal.code), (CloseReason::Denied, RefusalCode::Denied), "{refusal}");
    stage.fleet.finish().await.unwrap();
}

/// What ends the listener of an operator, and how that reads at his side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Grant,
    Rule,
    Role,
    OperatorLocked,
    NodeLocked,
    Revoked,
    Closed,
    Lost,
    Stopped,
}

/// T-15, the second half.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_grant_closes_the_listener_and_resets_its_connections() {
    for end in [
        End::Grant,
        End::Rule,
        End::Role,
        End::OperatorLocked,
        End::NodeLocked,
        End::Revoked,
        End::Closed,
        End::Lost,
        End::Stopped,
    ] {
        let mut stage = stage().await;
        let (jon, rule) = stage.jon(&REVERSE, Duration::from_secs(3600)).await;
        let part = stage.fleet.shutdown().child();
        let mut forward = open_as(&jon, spec("web1", stage.at, stage.echo), &part).await.unwrap();
        let mut tcp = joined(stage.at).await;
        let expected = bring(&mut stage, end, (&mut forward, &part), &rule).await;
        is_reset(&mut tcp).await;
        is_free(stage.at).await;
        if let Some(reason) = expected {
            assert_eq!(over(&mut forward).await, reason, "{end:?}");
        }
        let all_over = |tunnels: Vec<TunnelView>| {
            tunnels.len() == 2 && tunnels.iter().all(|tunnel| tunnel.closed.is_some())
        };
        let operator = stage.fleet.operator().await.unwrap();
        until("ended tunnels", PATIENCE, || {
            let operator = operator.clone();
            async move {
                let page = Page { after: None, limit: 200 };
                let request = Request::Tunnels { page, node: None, who: None };
                let Reply::Tunnels(all, _) = operator.request(request).await.unwrap() else {
                    panic!("no tunnels")
                };
                all_over(all).then_some(())
            }
        })
        .await
        .unwrap_or_else(|error| panic!("{end:?}: {error}"));
        stage.fleet.finish().await.unwrap();
    }
}

/// Brings the end about; the reason that is told, if anybody is left to be told.
async fn bring(
    stage: &mut Stage,
    end: End,
    (forward, part): (&mut Forward, &Shutdown),
    rule: &RuleView,
) -> Option<CloseReason> {
    let jon = "jon".to_owned();
    match end {
        End::Grant => {
            grant(&stage.fleet, "web1", &[free().to_string()]);
            Some(CloseReason::TargetNotAllowed)
        }
        End::Rule => {
            let rule = rule.id.to_string().into();
            stage.fleet.change(Request::RuleDelete { rule, intent: because() }).await.unwrap();
            Some(CloseReason::RuleChanged)
        }
        End::Role => {
            let request = PolicyRequest::RoleUpdate {
                name: "support".parse().unwrap(),
                add: Vec::new(),
                remove: vec![Permission::TunnelsReverse],
                max_session_ms: None,
                intent: because(),
            };
            stage.fleet.ask(policy(request)).await.unwrap();
            Some(CloseReason::RuleChanged)
        }
        End::OperatorLocked => {
            stage.fleet.lock(LockKind::Operator, &jon, LockMode::Cut).await.unwrap();
            None
        }
        End::NodeLocked => {
            stage.fleet.lock(LockKind::Node, "web1", LockMode::Cut).await.unwrap();
            Some(CloseReason::Locked)
        }
        End::Revoked => {
            let operator = jon.as_str().into();
            let request = Request::OperatorRevoke { operator, intent: because() };
            stage.fleet.change(request).await.unwrap();
            None
        }
        End::Closed => {
            let all = stage.tunnels().await;
            let listener = all.iter().find(|tunnel| tunnel.listener.is_none()).unwrap();
            let came = all.iter().find(|tunnel| tunnel.listener == Some(listener.id));
            assert!(came.is_some(), "{all:?}");
            let tunnels = vec![listener.id.to_string().into()];
            let request = Request::TunnelClose { tunnels, intent: because() };
            stage.fleet.change(request).await.unwrap();
            Some(CloseReason::ClosedByOperator)
        }
        End::Lost => {
            let connection = forward.connections.borrow().clone().unwrap();
            part.cancel();
            connection.close();
            None
        }
        End::Stopped => {
            part.finish(PATIENCE).await;
            None
        }
    }
}

/// F4.6: the agent does not wait for the server's word.
#[tokio::test(flavor = "multi_thread")]
async fn the_agent_closes_the_listener_in_time_though_the_server_says_nothing() {
    let mut stage = stage().await;
    let lasts = Duration::from_secs(3);
    let began = Instant::now();
    let (jon, _) = stage.jon(&REVERSE, lasts).await;
    let part = stage.fleet.shutdown().child();
    let _forward = open_as(&jon, spec("web1", stage.at, stage.echo), &part).await.unwrap();
    let mut tcp = joined(stage.at).await;
    stage.fleet.node("web1").unwrap().weather.change(Sky::BlackHole);
    is_reset(&mut tcp).await;
    is_free(stage.at).await;
    assert!(began.elapsed() < lasts + Duration::from_secs(5), "{:?}", began.elapsed());
    // The rule is over: it is not opened again either.
    stage.fleet.node("web1").unwrap().weather.cut();
    stage.fleet.wait_online("web1").await.unwrap();
    let (_, refusal) = no(open_as(&jon, spec("web1", stage.at, stage.echo), &part).await);
    assert!(matches!(refusal.code, RefusalCode::Denied | RefusalCode::NotFound), "{refusal}");
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_comes_back_with_its_node_and_with_its_server() {
    let mut stage = stage().await;
    let mut forward = stage.open().await;
    let mut tcp = joined(stage.at).await;
    stage.fleet.node("web1").unwrap().weather.cut();
    is_reset(&mut tcp).await;
    let back =
        async { while !matches!(forward.events.recv().await.unwrap(), Event::Back { .. }) {} };
    timeout(PATIENCE, back).await.unwrap();
    let mut tcp = joined(stage.at).await;

    stage.fleet.kill_server().await;
    is_reset(&mut tcp).await;
    stage.fleet.start_server().await.unwrap();
    let again = || async { TcpStream::connect(stage.at).await.ok().map(drop) };
    until("the listener", PATIENCE + PATIENCE, again).await.unwrap();
    joined(stage.at).await;
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn listener_and_connections_are_listed_and_recorded() {
    let mut stage = stage().await;
    let granted = stage.fleet.view("web1").await.unwrap().reverse.unwrap();
    assert_eq!(granted, [stage.at.to_string().into()], "operators see what they may open");
    let forward = stage.open().await;
    let tcp = joined(stage.at).await;
    let (from, all) = (tcp.local_addr().unwrap().to_string(), stage.tunnels().await);
    assert_eq!(all.len(), 2, "{all:?}");
    let listener = all.iter().find(|tunnel| tunnel.listener.is_none()).unwrap().clone();
    let came = all.iter().find(|tunnel| tunnel.listener == Some(listener.id)).unwrap().clone();
    for tunnel in [&listener, &came] {
        assert_eq!(tunnel.kind.as_str(), "reverse");
        assert_eq!(tunnel.target, Target::from(stage.at));
        assert_eq!(tunnel.note.as_ref().unwrap().as_str(), "ticket 7");
        assert_eq!(tunnel.rule, forward.rule);
    }
    drop(tcp);
    let close =
        Request::TunnelClose { tunnels: vec![listener.id.to_string().into()], intent: because() };
    stage.fleet.change(close).await.unwrap();
    let ended = |e: &wire::audit::AuditEvent| e.entry.action.as_str() == "tunnel.close";
    let mut trail = stage.fleet.audit().await.unwrap();
    let until = Instant::now() + PATIENCE;
    while trail.iter().filter(|e| ended(e)).count() < 2 && Instant::now() < until {
        trail = stage.fleet.audit().await.unwrap();
    }
    let of = |action: &str, key: &str, value: wire::audit::Value| {
        let fits = |e: &&wire::audit::AuditEvent| {
            e.entry.action.as_str() == action && e.entry.data.get(key) == Some(&value)
        };
        trail.iter().filter(fits).count()
    };
    let id = listener.id.to_string();
    assert_eq!(of("tunnel.open", "listens", true.into()), 1);
    assert_eq!(of("tunnel.close", "listens", true.into()), 1);
    assert_eq!(of("tunnel.open", "listener", id.as_str().into()), 1);
    assert_eq!(of("tunnel.close", "listener", id.as_str().into()), 1);
    assert_eq!(of("tunnel.close", "from", from.as_str().into()), 1);
    stage.fleet.finish().await.unwrap();
}

/// An agent that knows no listeners would dial in their place.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_tells_of_no_listeners_is_asked_for_none() {
    let mut stage = stage().await;
    stage.fleet.stop("web1").await;
    let identity = stage.fleet.node("web1").unwrap().identity().unwrap();
    let _old = Raw::agent(&stage.fleet, identity).await.unwrap();
    let (_, refusal) = stage.refused("web1", stage.at).await;
    assert_eq!(refusal.code, RefusalCode::Server);
    assert!(refusal.message.as_str().contains("too old"), "{refusal}");
    stage.fleet.finish().await.unwrap();
}

/// A listener of its own held a drain until its deadline.
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_does_not_wait_for_a_listener_that_nobody_uses_and_ends_it() {
    let mut stage = stage().await;
    let _forward = stage.open().await;
    drop(joined(stage.at).await);
    let server = stage.fleet.take_server().unwrap();
    let cut = timeout(PATIENCE, server.drain(Duration::from_secs(3600))).await;
    assert_eq!(cut.expect("the listener holds it"), 0, "no connection was cut");
    is_free(stage.at).await;
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_is_taken_by_the_connection_that_listens_and_once() {
    use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
    let mut stage = stage().await;
    let _forward = stage.open().await;
    let _tcp = joined(stage.at).await;
    let listener = stage.tunnels().await.iter().find(|t| t.listener.is_none()).unwrap().id;
    let open = OperatorOpen {
        to: OpenTo::Arrival { listener, number: 1 },
        kind: TunnelType::Reverse,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    // Another connection of the same operator.
    let other = stage.fleet.operator().await.unwrap();
    let refused = |opened: Result<_, OperatorError>| match opened {
        Err(OperatorError::Open { refusal, .. }) => refusal,
        _ => panic!("not refused"),
    };
    let refusal = refused(other.open(&open).await);
    assert_eq!(refusal.code, RefusalCode::NotFound, "{refusal}");
    let own = _forward.connections.borrow().clone().unwrap();
    let refusal = refused(own.open(&open).await);
    assert!(refusal.message.as_str().contains("waits no more"), "{refusal}");
    stage.fleet.finish().await.unwrap();
}
