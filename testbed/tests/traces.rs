//! The timeline of a tunnel, from the wish to the close: complete, in order, and true about where the
//! time went; also of what was never opened.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use link::forward::{self, Clients, Dns, Event, Forward, Kind, OnDrop, Spec, Through};
use link::operator::{OperatorError, Timeline};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use wire::message::operator::{Intent, Page, Reply, Request, RuleSpec};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::{Effect, TraceBy, TraceEntry, TraceStep, TunnelView};
use wire::{CloseReason, Target, TunnelId};

async fn fleet_with_web1() -> Fleet {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet
}

fn target(at: SocketAddr) -> Target {
    Target::new("localhost", at.port()).unwrap()
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

/// A forward whose timelines are told.
async fn traced(fleet: &mut Fleet, kind: Kind) -> Forward {
    let spec = Spec {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        kind,
        on_drop: OnDrop::Close,
        idle: None,
        max: None,
        compress: None,
        note: None,
        clients: Clients::default(),
    };
    let (operator, access) = (fleet.operator().await.unwrap(), fleet.access().unwrap());
    let forward = forward::start(spec, access, Some(operator), fleet.shutdown()).await.unwrap();
    forward.trace();
    forward
}

/// The next timeline: whose, all steps, and how many of them are old.
async fn timeline(forward: &mut Forward) -> (Option<TunnelId>, Vec<TraceEntry>, usize) {
    loop {
        let event = timeout(PATIENCE, forward.events.recv()).await.expect("news in time");
        if let Event::Traced { tunnel, steps, told, .. } = event.expect("news") {
            return (tunnel, steps, told);
        }
    }
}

/// As the server tells it, once it has closed.
async fn told(fleet: &mut Fleet, id: TunnelId) -> TunnelView {
    let operator = fleet.operator().await.unwrap();
    let (tunnel, _) = until("the end of the tunnel", PATIENCE, || {
        let operator = operator.clone();
        async move {
            let request = Request::TunnelTrace(id.to_string().into());
            match operator.request(request).await.unwrap() {
                Reply::Tunnel(tunnel) => tunnel.closed.is_some().then_some(tunnel),
                other => panic!("not a tunnel: {other:?}"),
            }
        }
    })
    .await
    .unwrap();
    tunnel
}

fn names(steps: &[TraceEntry]) -> String {
    let names: Vec<&str> = steps.iter().map(|entry| entry.step.as_str()).collect();
    names.join(" ")
}

fn step(steps: &[TraceEntry], step: TraceStep) -> &TraceEntry {
    steps.iter().find(|entry| entry.step == step).unwrap_or_else(|| panic!("{step}: {steps:?}"))
}

fn detail(steps: &[TraceEntry], of: TraceStep) -> &str {
    step(steps, of).detail.as_ref().map_or("", |detail| detail.as_str())
}

fn in_order(steps: &[TraceEntry]) {
    assert!(steps.is_sorted_by_key(|entry| entry.at_us), "{steps:#?}");
}

async fn echoes(tcp: &mut TcpStream) {
    tcp.write_all(b"x").await.unwrap();
    timeout(PATIENCE, tcp.read_exact(&mut [0])).await.unwrap().unwrap();
}

const OPENED: &str = "accepted uplink asked policy lane dial answer opened";
const SERVED: &str = "asked policy lane dial answer first_up first_down closed";

/// What both sides tell of a tunnel that was opened, used and closed by its client.
async fn complete(fleet: &mut Fleet, forward: &mut Forward, mut tcp: TcpStream) {
    let (tunnel, opening, before) = timeline(forward).await;
    assert_eq!((names(&opening).as_str(), before), (OPENED, 0));
    in_order(&opening);
    echoes(&mut tcp).await;
    drop(tcp);
    let (same, whole, before) = timeline(forward).await;
    assert_eq!((same, before), (tunnel, opening.len()));
    assert_eq!(whole[..before], opening);
    assert_eq!(names(&whole[before..]), "first_up first_down closed");
    in_order(&whole);
    assert_eq!(detail(&whole, TraceStep::Closed), "client_closed");

    let view = told(fleet, tunnel.unwrap()).await;
    let steps = view.trace.as_ref().expect("a timeline");
    assert_eq!(names(steps), SERVED);
    in_order(steps);
    let rule = format!("allowed by {}", view.rule.unwrap());
    assert_eq!(detail(steps, TraceStep::Policy), rule);
    assert!(detail(steps, TraceStep::Lane).starts_with("web1 lane "), "{steps:?}");
    assert_eq!(step(steps, TraceStep::Dial).by, TraceBy::Node);
    assert!(detail(steps, TraceStep::Dial).starts_with("127.0.0.1:"), "{steps:?}");
    assert_eq!(detail(steps, TraceStep::Closed), "client_closed by client");
    // Both tell the same story: the operator's has the server's steps in it.
    let theirs = |entry: &&TraceEntry| entry.by != TraceBy::Client;
    let merged: Vec<_> = whole.iter().filter(theirs).map(|e| (e.step, e.detail.clone())).collect();
    let own: Vec<_> = steps[..5].iter().map(|e| (e.step, e.detail.clone())).collect();
    assert_eq!(merged, own);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_tunnel_has_one_timeline_from_accept_to_close() {
    let mut fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let to = OpenTo::Node { node: "web1".into(), target: target(echo) };
    let mut forward = traced(&mut fleet, Kind::Fixed(to)).await;
    let tcp = TcpStream::connect(forward.address.net().unwrap()).await.unwrap();
    complete(&mut fleet, &mut forward, tcp).await;
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_of_a_socks_proxy_has_the_same_steps() {
    let mut fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let through = Through::Node("web1".into());
    let mut forward =
        traced(&mut fleet, Kind::Proxy { through, dns: Dns::Remote, http: false, auth: None })
            .await;
    let mut tcp = TcpStream::connect(forward.address.net().unwrap()).await.unwrap();
    tcp.write_all(&[5, 1, 0]).await.unwrap();
    tcp.read_exact(&mut [0; 2]).await.unwrap();
    let [high, low] = echo.port().to_be_bytes();
    tcp.write_all(&[5, 1, 0, 1, 127, 0, 0, 1, high, low]).await.unwrap();
    let mut reply = [0; 10];
    timeout(PATIENCE, tcp.read_exact(&mut reply)).await.unwrap().unwrap();
    assert_eq!(reply[1], 0);
    complete(&mut fleet, &mut forward, tcp).await;
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_visitors_timeline_says_how_long_it_waited_for_the_node() {
    let mut fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let port = fleet.publish("app", "web1", target(echo), Some(PATIENCE)).await.unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    fleet.kill("web1").await;
    fleet.wait_state("web1", |state| !state.is_connected()).await.unwrap();
    let came = Instant::now();
    let mut tcp = TcpStream::connect(("127.0.0.1", port.public.port)).await.unwrap();
    let operator = fleet.operator().await.unwrap();
    until("a waiting visitor", PATIENCE, || {
        let operator = operator.clone();
        async move {
            match operator.request(Request::Port("app".into())).await.unwrap() {
                Reply::Port(port) => (port.waiting == 1).then_some(()),
                other => panic!("not a port: {other:?}"),
            }
        }
    })
    .await
    .unwrap();
    let waiting = Instant::now();
    fleet.add("web2").await.unwrap();
    let away = waiting.elapsed();
    fleet.run("web1").await.unwrap();
    echoes(&mut tcp).await;
    let whole = came.elapsed();
    let page = Page { after: None, limit: 10 };
    let all = fleet.ask(Request::Tunnels { page, node: None, who: None }).await.unwrap();
    let Reply::Tunnels(tunnels, _) = all else { panic!("not tunnels") };
    let [tunnel] = &tunnels[..] else { panic!("one tunnel: {tunnels:?}") };
    assert_eq!(tunnel.trace, None, "only where it was asked for");
    drop(tcp);
    let steps = told(&mut fleet, tunnel.id).await.trace.unwrap();
    // It was let in when it came, and asked again when its node was there.
    assert_eq!(
        names(&steps),
        "asked policy queue policy lane dial answer first_up first_down closed"
    );
    in_order(&steps);
    let queue = step(&steps, TraceStep::Queue);
    let took = Duration::from_micros(queue.took_us.unwrap());
    assert!(took >= away, "{took:?} of {away:?}");
    assert!(took <= whole, "{took:?} of {whole:?}");
    assert!(step(&steps, TraceStep::Lane).at_us >= queue.at_us + queue.took_us.unwrap());
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_refuses_is_where_the_timeline_ends() {
    let mut fleet = fleet_with_web1().await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let to = OpenTo::Node { node: "web1".into(), target: target(nobody) };
    let mut forward = traced(&mut fleet, Kind::Fixed(to)).await;
    // It may be reset before it even notices that it was accepted.
    let _tcp = TcpStream::connect(forward.address.net().unwrap()).await;
    let (tunnel, steps, _) = timeline(&mut forward).await;
    assert_eq!(tunnel, None);
    assert_eq!(names(&steps), "accepted uplink asked policy lane dial answer refused");
    in_order(&steps);
    assert_eq!(detail(&steps, TraceStep::Dial), "dial_refused");
    assert_eq!(step(&steps, TraceStep::Dial).by, TraceBy::Node);
    assert!(step(&steps, TraceStep::Dial).took_us.is_some(), "the agent says how long");
    assert_eq!(detail(&steps, TraceStep::Refused), "dial_refused");
    fleet.finish().await.unwrap();
}

async fn deny_first(fleet: &mut Fleet) -> String {
    let page = Page { after: None, limit: 10 };
    let Reply::Rules(rules, _) = fleet.ask(Request::Rules(page)).await.unwrap() else {
        panic!("not rules")
    };
    let spec = RuleSpec {
        effect: Effect::Deny,
        who: "role:admin".into(),
        from: None,
        port: None,
        until: None,
        before: Some(rules[0].id.to_string().into()),
        disabled: false,
        anyone_really: false,
        nodes: None,
        to: None,
        at: None,
    };
    match fleet.ask(Request::RuleCreate { spec, intent: Intent::default() }).await.unwrap() {
        Reply::Rule(rule) => rule.id.to_string(),
        other => panic!("not a rule: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_names_its_rule_and_a_node_that_stays_away_the_wait() {
    let mut fleet = fleet_with_web1().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let operator = fleet.operator().await.unwrap();
    fleet.kill("web1").await;
    fleet.wait_state("web1", |state| !state.is_connected()).await.unwrap();
    let open = OperatorOpen { wait_ms: Some(200), ..to(target(echo)) };
    let mut waited = Timeline::begin("");
    let outcome = operator.open_traced(&open, &mut waited).await;
    assert!(
        matches!(outcome, Err(OperatorError::Open { reason: CloseReason::NodeLost, .. })),
        "{outcome:?}"
    );
    assert_eq!(names(waited.steps()), "accepted uplink asked policy queue refused");
    in_order(waited.steps());
    let queue = step(waited.steps(), TraceStep::Queue);
    assert!(queue.took_us >= Some(200_000), "{queue:?}");

    let rule = deny_first(&mut fleet).await;
    let mut denied = Timeline::begin("");
    let outcome = operator.open_traced(&open, &mut denied).await;
    assert!(
        matches!(outcome, Err(OperatorError::Open { reason: CloseReason::Denied, .. })),
        "{outcome:?}"
    );
    assert_eq!(names(denied.steps()), "accepted uplink asked policy refused");
    assert_eq!(detail(denied.steps(), TraceStep::Policy), format!("denied by {rule}"));
    fleet.finish().await.unwrap();
}
