//! What an operator is shown of nodes that come, go and stay: with the reason at once, and honest ages.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::raw::{Raw, envelope};
use testbed::{Fleet, Sky, service, until};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;
use wire::message::ToServer;
use wire::message::operator::{Page, Push, Reply, Request, Subscription};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::{NodeState, NodeView};
use wire::{DisconnectReason, Target, UnixMs};

const BEAT: Duration = Duration::from_millis(100);
const DEAD: Duration = Duration::from_secs(2);

/// A fleet that beats fast and notices silence within two seconds, with one node.
async fn nervous() -> Fleet {
    let mut fleet = Fleet::with(|config| {
        config.heartbeat = BEAT;
        config.dead_after = DEAD;
    })
    .await
    .unwrap();
    fleet.add("web1").await.unwrap();
    fleet
}

/// News of nodes; the full set is over.
async fn watched(fleet: &mut Fleet) -> Receiver<Push> {
    let wanted = Subscription { nodes: true, ..Subscription::default() };
    let mut pushes = fleet.operator().await.unwrap().subscribe(wanted).await.unwrap();
    while !matches!(next(&mut pushes).await, Push::Nodes { complete: true, .. }) {}
    pushes
}

async fn next(pushes: &mut Receiver<Push>) -> Push {
    timeout(PATIENCE, pushes.recv()).await.expect("no push in time").expect("pushes")
}

/// The first view of a node in a state like this.
async fn first(pushes: &mut Receiver<Push>, wanted: fn(NodeState) -> bool) -> NodeView {
    loop {
        if let Push::Nodes { changed, .. } = next(pushes).await
            && let Some(view) = changed.into_iter().find(|view| wanted(view.state))
        {
            return view;
        }
    }
}

const fn is_away(state: NodeState) -> bool {
    !state.is_connected()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_news_of_a_lost_node_says_why() {
    let mut fleet = nervous().await;
    let mut pushes = watched(&mut fleet).await;
    let weather = std::sync::Arc::clone(&fleet.node("web1").unwrap().weather);
    for _ in 0..2 {
        fleet.kill("web1").await;
        let view = first(&mut pushes, is_away).await;
        let reason = view.disconnect_reason;
        let gone = [DisconnectReason::PeerClosed, DisconnectReason::PeerReset];
        assert!(reason.is_some_and(|reason| gone.contains(&reason)), "killed: {reason:?}");
        fleet.run("web1").await.unwrap();
        first(&mut pushes, NodeState::is_connected).await;

        fleet.stop("web1").await;
        let view = first(&mut pushes, is_away).await;
        assert_eq!(view.disconnect_reason, Some(DisconnectReason::AgentStopped));
        fleet.run("web1").await.unwrap();
        first(&mut pushes, NodeState::is_connected).await;

        weather.change(Sky::BlackHole);
        let view = first(&mut pushes, is_away).await;
        assert_eq!(view.disconnect_reason, Some(DisconnectReason::KeepaliveTimeout));
        weather.cut();
        fleet.node("web1").unwrap().nudge();
        first(&mut pushes, NodeState::is_connected).await;
    }
    fleet.revoke("web1").await.unwrap();
    let view = first(&mut pushes, is_away).await;
    assert_eq!(
        (view.state, view.disconnect_reason),
        (NodeState::Revoked, Some(DisconnectReason::Revoked))
    );
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_a_killed_server_left_behind_say_so() {
    let mut fleet = nervous().await;
    fleet.kill_server().await;
    fleet.kill("web1").await;
    fleet.start_server().await.unwrap();
    let view = fleet.view("web1").await.unwrap();
    assert_eq!(
        (view.state, view.disconnect_reason),
        (NodeState::Stale, Some(DisconnectReason::ServerStopped))
    );
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_nodes_age_is_that_of_its_newest_heartbeat() {
    let mut fleet = nervous().await;
    let before = fleet.view("web1").await.unwrap().last_seen.unwrap();
    let mut pushes = watched(&mut fleet).await;
    // Nothing happens but heartbeats, and the newest of them is told.
    let mut heard: Vec<UnixMs> = Vec::new();
    while heard.len() < 2 {
        if let Push::Seen { at, nodes } = next(&mut pushes).await {
            assert_eq!(nodes.len(), 1, "{nodes:?}");
            assert!(at.since(nodes[0].at) < DEAD, "{at} tells of {}", nodes[0].at);
            heard.push(nodes[0].at);
        }
    }
    assert!(before < heard[0] && heard[0] < heard[1], "{before} {heard:?}");
    assert!(heard[1].since(heard[0]) >= Duration::from_millis(900), "more than once a second");
    // An answer tells the age of its own moment.
    let page = Page { after: None, limit: 10 };
    let Reply::Nodes(nodes, more) = fleet.ask(Request::Nodes(page)).await.unwrap() else {
        panic!()
    };
    let link = nodes[0].facts.iter().find(|fact| fact.name.as_str() == "control_link").unwrap();
    assert!(more.as_of.since(nodes[0].last_seen.unwrap()) < DEAD, "{:?}", nodes[0].last_seen);
    assert!(link.age_ms.is_some_and(|age| Duration::from_millis(age) < DEAD), "{link:?}");
    assert_eq!(link.at, nodes[0].last_seen);
    let names: Vec<&str> = nodes[0].facts.iter().map(|fact| fact.name.as_str()).collect();
    let contract = "control_link data_path rtt loss clock_skew certificate spool version";
    assert_eq!(names, contract.split(' ').collect::<Vec<_>>());
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_path_is_a_fact_from_the_first_tunnel_on() {
    let mut fleet = nervous().await;
    let path = |view: &NodeView| {
        let fact = view.facts.iter().find(|fact| fact.name.as_str() == "data_path").unwrap();
        (fact.value.is_some(), fact.at)
    };
    assert_eq!(path(&fleet.view("web1").await.unwrap()), (false, None));
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let open = OperatorOpen {
        to: OpenTo::Node {
            node: "web1".into(),
            target: Target::new("localhost", echo.port()).unwrap(),
        },
        kind: TunnelType::Connect,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    let operator = fleet.operator().await.unwrap();
    let before = fleet.view("web1").await.unwrap().last_seen.unwrap();
    let tunnel = operator.open(&open).await.unwrap();
    let (known, at) = path(&fleet.view("web1").await.unwrap());
    assert!(known && at.unwrap() >= before, "{at:?}");
    drop(tunnel);
    fleet.finish().await.unwrap();
}

/// What one agent says of itself must leave room for the others in everybody's lists.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_reports_more_than_a_frame_holds_breaks_no_list() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet.enrol("web2").await.unwrap();
    let identity = fleet.node("web2").unwrap().identity().unwrap();
    let mut raw = Raw::agent(&fleet, identity).await.unwrap();
    let much = |count| (0..count).map(|n| format!("{n}{}", "x".repeat(240)).into()).collect();
    let allow = ToServer::Allow { allow: much(1), reverse: Some(much(1_000)) };
    raw.say(&envelope(allow)).await.unwrap();
    let allow = ToServer::Allow { allow: much(1_000), reverse: None };
    raw.say(&envelope(allow)).await.unwrap();
    let operator = fleet.operator().await.unwrap();
    until("what it reported", PATIENCE, || {
        let operator = operator.clone();
        async move {
            match operator.request(Request::Node("web2".into())).await.unwrap() {
                Reply::Node(web2) => (web2.allow.len() > 1).then_some(()),
                other => panic!("not a node: {other:?}"),
            }
        }
    })
    .await
    .unwrap();
    let page = Page { after: None, limit: 200 };
    let Reply::Nodes(nodes, _) = operator.request(Request::Nodes(page)).await.unwrap() else {
        panic!("not nodes")
    };
    assert_eq!(nodes.len(), 2, "there is room for others");
    fleet.finish().await.unwrap();
}
