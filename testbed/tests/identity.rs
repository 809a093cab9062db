//! The life of a node's identity: renewal, a new key, the way back after the end, copies, leaving.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use agent::leave::{LeaveError, Server, leave};
use agent::{Agent, Phase};
use link::{Clock, System};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::audit::{AuditEvent, AuditResult, Value};
use wire::message::operator::{Intent, Page, Reply, Request};
use wire::message::view::{LockKind, NodeState, PendingKind, PendingView};
use wire::{RefusalCode, Target};

/// A certificate that ends while a test waits for it.
const SHORT: Duration = Duration::from_secs(3);

async fn fleet_of_short_certificates(life: Duration) -> Fleet {
    Fleet::with(|config| config.node_certificate = life).await.unwrap()
}

/// What somebody gets who copies a state directory.
fn copied(dir: &Path) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let copy = home.path().join("copy");
    pki::files::private_dir(&copy).unwrap();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "lock" {
            match std::fs::copy(entry.path(), copy.join(entry.file_name())) {
                // The agent goes on writing: a file on its way to its name has another one by now.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
    }
    (home, copy)
}

fn of<'a>(trail: &'a [AuditEvent], action: &str) -> Vec<&'a AuditEvent> {
    trail.iter().filter(|event| event.entry.action.as_str() == action).collect()
}

fn is_ok(event: &&AuditEvent) -> bool {
    event.entry.result == AuditResult::Ok
}

async fn recorded(fleet: &mut Fleet, action: &str, count: usize) -> Vec<AuditEvent> {
    let start = tokio::time::Instant::now();
    loop {
        let trail = fleet.audit().await.unwrap();
        if of(&trail, action).len() >= count {
            return trail;
        }
        assert!(start.elapsed() < PATIENCE, "no {count} × {action}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn connected(phase: &Phase) -> bool {
    matches!(phase, Phase::Connected { .. })
}

async fn becomes(agent: &Agent, what: impl FnMut(&Phase) -> bool) {
    let mut phase = agent.phase();
    let came = timeout(PATIENCE, phase.wait_for(what)).await;
    assert!(came.is_ok(), "{:?}", agent.phase().borrow());
}

/// T-09: nobody renewed yet; the one that was pushed out comes back, and that gives both away.
#[tokio::test(flavor = "multi_thread")]
async fn a_copied_state_directory_locks_the_node_when_both_were_there() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let (_home, copy) = copied(fleet.node("web1").unwrap().dir());
    let other = Agent::start(&copy, System::shared()).await.unwrap();
    becomes(&other, connected).await;
    let original = fleet.take_agent("web1").unwrap();
    becomes(&original, |phase| !connected(phase)).await;
    original.retry_now();
    fleet.wait_state("web1", |state| state == NodeState::Locked).await.unwrap();
    becomes(&other, |phase| !connected(phase)).await;
    for agent in [&original, &other] {
        agent.retry_now();
    }
    let trail = recorded(&mut fleet, "node.lock", 1).await;
    let locks = of(&trail, "node.lock");
    assert_eq!(locks[0].entry.data.get("alarm"), Some(&Value::Bool(true)), "{locks:?}");
    let routed = of(&trail, "node.connect").into_iter().filter(is_ok).count();
    assert_eq!(routed, 2, "the route switched once, to the copy, and to nobody after that");
    assert_eq!(fleet.view("web1").await.unwrap().state, NodeState::Locked);
    // The copy is found and stopped; what is left gets in again.
    other.abort().await;
    let unlock =
        Request::Unlock { kind: LockKind::Node, name: "web1".into(), intent: Intent::default() };
    fleet.ask(unlock).await.unwrap();
    original.retry_now();
    becomes(&original, connected).await;
    assert!(fleet.view("web1").await.unwrap().state.is_connected());
    original.abort().await;
    fleet.finish().await.unwrap();
}

/// T-09: a copy from before a renewal shows an older certificate than the one in use.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_from_before_a_renewal_is_noticed_before_it_gets_a_route() {
    let mut fleet = fleet_of_short_certificates(2 * SHORT).await;
    fleet.add("web1").await.unwrap();
    let (_home, copy) = copied(fleet.node("web1").unwrap().dir());
    // When it renews again, the server knows that the first one is in use.
    recorded(&mut fleet, "node.renew", 2).await;
    let before = fleet.view("web1").await.unwrap().generation;
    let other = Agent::start(&copy, System::shared()).await.unwrap();
    fleet.wait_state("web1", |state| state == NodeState::Locked).await.unwrap();
    let original = fleet.take_agent("web1").unwrap();
    becomes(&original, |phase| !connected(phase)).await;
    assert_eq!(fleet.view("web1").await.unwrap().generation, before, "the copy got a connection");
    let trail = recorded(&mut fleet, "node.lock", 1).await;
    let lock = &of(&trail, "node.lock")[0].entry;
    let number = |key: &str| match lock.data.get(key) {
        Some(Value::Int(number)) => *number,
        other => panic!("{key}: {other:?}"),
    };
    assert!(number("shown") < number("newest_used"), "{lock:?}");
    for agent in [original, other] {
        agent.abort().await;
    }
    fleet.finish().await.unwrap();
}

async fn asleep_past_its_certificate(fleet: &mut Fleet) {
    fleet.stop("web1").await;
    let ends = fleet.view("web1").await.unwrap().certificate_expires_at.unwrap();
    until(
        "the certificate's end",
        PATIENCE,
        || async move { (System.wall() > ends).then_some(()) },
    )
    .await
    .unwrap();
}

async fn pending(fleet: &mut Fleet) -> Vec<PendingView> {
    match fleet.ask(Request::Pending(Page { after: None, limit: 10 })).await.unwrap() {
        Reply::Pending(pending, _) => pending,
        other => panic!("{other:?}"),
    }
}

/// F15: three times by itself, the fourth time an operator decides, and then it is three again.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_asleep_past_its_certificate_comes_back_three_times_by_itself() {
    let mut fleet = fleet_of_short_certificates(SHORT).await;
    fleet.enrol("web1").await.unwrap();
    let id = fleet.node("web1").unwrap().id;
    for time in 1..=3 {
        asleep_past_its_certificate(&mut fleet).await;
        fleet.run("web1").await.unwrap();
        fleet.wait_online("web1").await.unwrap();
        let trail = fleet.audit().await.unwrap();
        assert_eq!(of(&trail, "node.recover").len(), time);
    }
    asleep_past_its_certificate(&mut fleet).await;
    fleet.run("web1").await.unwrap();
    fleet.wait_state("web1", |state| state == NodeState::Pending).await.unwrap();
    let waits = pending(&mut fleet).await;
    assert_eq!((waits.len(), waits[0].waits_for), (1, PendingKind::Recover));
    let approve = Request::PendingApprove {
        node: "web1".into(),
        fingerprint: Some(waits[0].words.clone()),
        intent: Intent::default(),
    };
    fleet.ask(approve).await.unwrap();
    fleet.node("web1").unwrap().nudge();
    fleet.wait_online("web1").await.unwrap();
    let view = fleet.view("web1").await.unwrap();
    assert_eq!(view.id, id, "it is still the same node");
    assert!(pending(&mut fleet).await.is_empty());
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_node_does_not_recover() {
    let mut fleet = fleet_of_short_certificates(SHORT).await;
    fleet.enrol("web1").await.unwrap();
    asleep_past_its_certificate(&mut fleet).await;
    fleet.revoke("web1").await.unwrap();
    fleet.run("web1").await.unwrap();
    let agent = fleet.take_agent("web1").unwrap();
    becomes(&agent, |phase| *phase == Phase::Revoked).await;
    agent.abort().await;
    let trail = fleet.audit().await.unwrap();
    assert!(of(&trail, "node.recover").is_empty(), "{trail:?}");
    fleet.finish().await.unwrap();
}

/// A port of the node, whose visitors are answered with what they send.
async fn echo_port(fleet: &mut Fleet) -> SocketAddr {
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let view = fleet.publish("echo", "web1", target, None).await.unwrap();
    fleet.admit("echo", "127.0.0.0/8").await.unwrap();
    SocketAddr::from(([127, 0, 0, 1], view.public.port))
}

/// One number there and back.
async fn exchange(tcp: &mut TcpStream, number: u64) {
    let round = async {
        tcp.write_all(&number.to_be_bytes()).await.unwrap();
        let mut back = [0; 8];
        tcp.read_exact(&mut back).await.unwrap();
        assert_eq!(u64::from_be_bytes(back), number);
    };
    timeout(PATIENCE, round).await.expect("the tunnel stands still");
}

/// F3.8: at each renewal the lanes are dialled anew, with the new certificate; what runs goes on.
#[tokio::test(flavor = "multi_thread")]
async fn lanes_are_rebuilt_at_each_renewal_and_no_tunnel_is_cut() {
    let mut fleet = fleet_of_short_certificates(SHORT).await;
    fleet.add("web1").await.unwrap();
    let address = echo_port(&mut fleet).await;
    let mut visitor = TcpStream::connect(address).await.unwrap();
    let mut number = 0;
    exchange(&mut visitor, number).await;
    let generation = fleet.view("web1").await.unwrap().generation;
    let dialled = fleet.node("web1").unwrap().weather.connections();
    for renewals in 1..=3 {
        let start = tokio::time::Instant::now();
        while of(&fleet.audit().await.unwrap(), "node.renew").len() < renewals {
            number += 1;
            exchange(&mut visitor, number).await;
            assert!(start.elapsed() < PATIENCE, "no renewal");
        }
    }
    let weather = std::sync::Arc::clone(&fleet.node("web1").unwrap().weather);
    until("lanes with new certificates", PATIENCE, || async {
        (weather.connections() >= dialled + 3).then_some(())
    })
    .await
    .unwrap();
    exchange(&mut visitor, u64::MAX).await;
    exchange(&mut TcpStream::connect(address).await.unwrap(), 7).await;
    assert_eq!(fleet.view("web1").await.unwrap().generation, generation, "it reconnected");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_replaces_the_old_one_without_cutting_anything() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let address = echo_port(&mut fleet).await;
    let mut visitor = TcpStream::connect(address).await.unwrap();
    exchange(&mut visitor, 1).await;
    let dir = fleet.node("web1").unwrap().dir().to_owned();
    let (_home, copy) = copied(&dir);
    agent::ask_for_rotation(&dir).unwrap();
    fleet.node("web1").unwrap().nudge();
    recorded(&mut fleet, "node.rotate", 1).await;
    assert!(!agent::is_rotating(&dir));
    exchange(&mut visitor, 2).await;
    assert_eq!(fleet.view("web1").await.unwrap().generation.0, 1, "it reconnected");
    let keys = |dir: &Path| {
        let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().ends_with(".key")).collect::<Vec<_>>()
    };
    assert_ne!(keys(&dir), keys(&copy));
    assert_eq!(keys(&dir).len(), 1, "the old key is still there");

    let thief = Agent::start(&copy, System::shared()).await.unwrap();
    becomes(&thief, |phase| {
        matches!(phase, Phase::Connecting { error: Some(error), .. } if error.contains("key"))
    })
    .await;
    exchange(&mut visitor, 3).await;
    thief.abort().await;

    fleet.kill("web1").await;
    fleet.run("web1").await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_unenrols_is_nobody_any_more() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let dir = fleet.node("web1").unwrap().dir().to_owned();
    let refused = leave(&dir, Server::Told).await;
    assert!(matches!(refused, Err(LeaveError::InUse { .. })), "{refused:?}");
    fleet.stop("web1").await;
    let (_home, copy) = copied(&dir);
    leave(&dir, Server::Told).await.unwrap();
    assert_eq!(fleet.view("web1").await.unwrap().state, NodeState::Revoked);
    let left: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "lock"), "{left:?}");
    let thief = Agent::start(&copy, System::shared()).await.unwrap();
    becomes(&thief, |phase| *phase == Phase::Revoked).await;
    thief.abort().await;
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_older_than_the_fleet_takes_is_told_so_and_keeps_trying() {
    let mut fleet =
        Fleet::with(|config| "99.0".clone_into(&mut config.min_agent_version)).await.unwrap();
    fleet.enrol("web1").await.unwrap();
    fleet.run("web1").await.unwrap();
    let agent = fleet.take_agent("web1").unwrap();
    becomes(&agent, |phase| {
        matches!(phase, Phase::Connecting { error: Some(error), .. } if error.contains("99.0"))
    })
    .await;
    agent.abort().await;
    assert!(!fleet.view("web1").await.unwrap().state.is_connected());
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ephemeral_node_is_removed_when_it_was_gone_for_its_time() {
    let mut fleet = Fleet::start().await.unwrap();
    let token =
        fleet.token_with("ci", |spec| spec.binding.ephemeral_ms = Some(1_000)).await.unwrap();
    fleet.enrol_with("ci-1", token).await.unwrap();
    fleet.run("ci-1").await.unwrap();
    fleet.wait_online("ci-1").await.unwrap();
    fleet.stop("ci-1").await;
    let operator = fleet.operator().await.unwrap();
    until("the node's removal", PATIENCE, || {
        let operator = operator.clone();
        async move {
            match operator.request(Request::Node("ci-1".into())).await {
                Err(link::operator::OperatorError::Refused(refusal)) => {
                    (refusal.code == RefusalCode::NotFound).then_some(())
                }
                _ => None,
            }
        }
    })
    .await
    .unwrap();
    let trail = fleet.audit().await.unwrap();
    assert_eq!(of(&trail, "node.delete").len(), 1);
    fleet.finish().await.unwrap();
}
