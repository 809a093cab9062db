//! Sessions, guests and locks on published ports: who gets in, until when, and what is cut.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use link::operator::Operator;
use link::{Clock, System};
use std::time::{Duration, Instant};
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::{because, gets_in, session, visit};
use testbed::{Fleet, Sky, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::message::operator::{Push, Reply, Request, SessionNews, Subscription};
use wire::message::view::{LockKind, LockMode, NodeState, PortView, SessionState};
use wire::{CloseReason, Target};

const HOUR: Duration = Duration::from_secs(3600);
const ANA: [u8; 4] = [127, 0, 0, 10];
const BOB: [u8; 4] = [127, 0, 0, 11];
const BEAT: Duration = Duration::from_millis(200);
/// G2: what ends by time is cut within a second.
const CUT_WITHIN: Duration = Duration::from_secs(1);

/// A fleet with an echo behind web1 at a published port.
async fn stage() -> (Fleet, PortView) {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let port = fleet.publish("db", "web1", target, None).await.unwrap();
    (fleet, port)
}

/// An open tunnel that has carried a byte.
async fn open(from: [u8; 4], port: &PortView) -> TcpStream {
    let mut tcp = visit(from, port).await.unwrap();
    tcp.write_all(&[1]).await.unwrap();
    assert_eq!(tcp.read_u8().await.unwrap(), 1);
    tcp
}

/// The cut arrives as a reset, within a bound.
async fn assert_cut(tcp: &mut TcpStream, within: Duration) {
    let read = timeout(within, tcp.read_u8()).await.expect("it was not cut");
    assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
}

async fn stays(tcp: &mut TcpStream) {
    tcp.write_all(&[9]).await.unwrap();
    assert_eq!(tcp.read_u8().await.unwrap(), 9);
}

async fn closed_reasons(fleet: &mut Fleet) -> Vec<CloseReason> {
    closed(&fleet.operator().await.unwrap()).await
}

async fn closed(operator: &Operator) -> Vec<CloseReason> {
    let request = Request::Tunnels { page: Default::default(), node: None, who: None };
    let Reply::Tunnels(tunnels, _) = operator.request(request).await.unwrap() else { panic!() };
    tunnels.iter().filter_map(|tunnel| tunnel.closed.as_ref().map(|closed| closed.reason)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lets_its_addresses_in_and_nobody_else_and_its_end_cuts() {
    let (mut fleet, port) = stage().await;
    assert!(!gets_in(ANA, &port).await.unwrap());
    let started = fleet.start_session(session(&["127.0.0.10"], HOUR)).await.unwrap();
    assert_eq!(started.ports.len(), 1);
    assert_eq!(started.ports[0].public.port, port.public.port);
    let mut ana = open(ANA, &port).await;
    assert!(!gets_in(BOB, &port).await.unwrap());
    let id = started.id.to_string();
    let seen = fleet.session(&id).await.unwrap();
    assert_eq!((seen.tunnels, seen.state), (1, SessionState::Active));
    let request = Request::SessionEnd { session: id.as_str().into(), intent: because() };
    let outcome = fleet.change(request).await.unwrap();
    assert_eq!(outcome.cut_tunnels, Some(1));
    assert_cut(&mut ana, CUT_WITHIN).await;
    assert!(!gets_in(ANA, &port).await.unwrap());
    assert_eq!(closed_reasons(&mut fleet).await, [CloseReason::SessionEnded]);
    let trail = fleet.audit().await.unwrap();
    let opened = trail.iter().find(|e| e.entry.action.as_str() == "tunnel.open").unwrap();
    assert_eq!(opened.entry.actor.session.as_ref().map(|s| s.as_str()), Some(id.as_str()));
    assert!(opened.entry.actor.operator.is_some(), "{opened:?}");
    fleet.finish().await.unwrap();
}

/// G2, T-18.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_expires_is_cut_with_a_reset_within_a_second() {
    let (mut fleet, port) = stage().await;
    let lasts = Duration::from_secs(2);
    let begun = Instant::now();
    let started = fleet.start_session(session(&["127.0.0.10"], lasts)).await.unwrap();
    let mut ana = open(ANA, &port).await;
    assert_cut(&mut ana, lasts + CUT_WITHIN).await;
    assert!(begun.elapsed() >= lasts, "not before its time: {:?}", begun.elapsed());
    assert!(!gets_in(ANA, &port).await.unwrap());
    let over = fleet.session(&started.id.to_string()).await.unwrap();
    assert_eq!(over.state, SessionState::Expired);
    // The visitor's reset outruns the record: nobody waits for an end that comes by itself.
    let admin = fleet.operator().await.unwrap();
    let recorded = until("the record", CUT_WITHIN, || async {
        Some(closed(&admin).await).filter(|reasons| !reasons.is_empty())
    });
    assert_eq!(recorded.await.unwrap().0, [CloseReason::SessionEnded]);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_or_a_guest_still_admits_stays_when_a_session_ends() {
    let (mut fleet, port) = stage().await;
    let started = fleet.start_session(session(&["127.0.0.0/28"], HOUR)).await.unwrap();
    let (mut ana, mut bob) = (open(ANA, &port).await, open(BOB, &port).await);
    let mut carl = open([127, 0, 0, 12], &port).await;
    fleet.admit("db", "127.0.0.10/32").await.unwrap();
    fleet.admit_guest("bob", "db", "127.0.0.11", HOUR).await.unwrap();
    let request = Request::SessionEnd { session: started.id.to_string().into(), intent: because() };
    assert_eq!(fleet.change(request).await.unwrap().cut_tunnels, Some(1));
    stays(&mut ana).await;
    stays(&mut bob).await;
    assert_cut(&mut carl, CUT_WITHIN).await;
    let request = Request::GuestRevoke { guest: "bob".into(), intent: because() };
    assert_eq!(fleet.change(request).await.unwrap().cut_tunnels, Some(1));
    assert_cut(&mut bob, CUT_WITHIN).await;
    stays(&mut ana).await;
    let trail = fleet.audit().await.unwrap();
    let actions: Vec<&str> = trail.iter().map(|e| e.entry.action.as_str()).collect();
    for action in
        ["session.start", "session.end", "guest.admit", "guest.revoke", "guest.revoke.cut"]
    {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
    fleet.finish().await.unwrap();
}

/// F4.2: overlapping sessions, by asking all of them.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_one_of_two_overlapping_sessions_cuts_nothing() {
    let (mut fleet, port) = stage().await;
    let one = fleet.start_session(session(&["127.0.0.10"], HOUR)).await.unwrap();
    let two = fleet.start_session(session(&["127.0.0.10"], HOUR)).await.unwrap();
    let mut ana = open(ANA, &port).await;
    for (id, cut) in [(one.id, 0), (two.id, 1)] {
        stays(&mut ana).await;
        let request = Request::SessionEnd { session: id.to_string().into(), intent: because() };
        assert_eq!(fleet.change(request).await.unwrap().cut_tunnels, Some(cut));
    }
    assert_cut(&mut ana, CUT_WITHIN).await;
    fleet.finish().await.unwrap();
}

/// F4.6: the agent keeps the time by itself, and an extension reaches it.
#[tokio::test(flavor = "multi_thread")]
async fn the_agent_cuts_at_the_end_of_the_grant_while_the_server_is_out_of_reach() {
    // Heartbeats that come often: the agent's answer to one says that it has read what was before.
    let mut fleet = Fleet::with(|config| config.heartbeat = BEAT).await.unwrap();
    fleet.add("web1").await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::new("localhost", listener.local_addr().unwrap().port()).unwrap();
    let port = fleet.publish("db", "web1", target, None).await.unwrap();
    let spec = session(&["127.0.0.10"], Duration::from_secs(2));
    let started = fleet.start_session(spec).await.unwrap();
    let mut ana = visit(ANA, &port).await.unwrap();
    ana.write_all(&[1]).await.unwrap();
    let (mut at_target, _) = listener.accept().await.unwrap();
    assert_eq!(at_target.read_u8().await.unwrap(), 1);
    let (id, for_ms) = (started.id.to_string(), 4000);
    let begun = Instant::now();
    let request = Request::SessionExtend { session: id.as_str().into(), for_ms, intent: because() };
    let Reply::Session(extended) = fleet.ask(request).await.unwrap() else { panic!() };
    assert!(extended.expires_at > started.expires_at);
    let (operator, extended_at) = (fleet.operator().await.unwrap(), System.wall());
    // The agent answers what was sent after the extension on the same connection.
    until("a round trip to the agent", PATIENCE, || async {
        let Ok(Reply::Node(view)) = operator.request(Request::Node("web1".into())).await else {
            return None;
        };
        (view.last_seen > Some(extended_at)).then_some(())
    })
    .await
    .unwrap();
    fleet.node("web1").unwrap().weather.change(Sky::BlackHole);
    // What the server says does not get through any more: only the agent can end this.
    let end = Duration::from_millis(for_ms);
    assert!(timeout(end + CUT_WITHIN, at_target.read_u8()).await.expect("not cut").is_err());
    assert!(begun.elapsed() >= end, "the extension did not count: {:?}", begun.elapsed());
    drop(fleet);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_port_operator_session_guest_or_fleet_lets_nobody_in_until_it_is_unlocked() {
    let (mut fleet, port) = stage().await;
    let started = fleet.start_session(session(&["127.0.0.10"], HOUR)).await.unwrap();
    fleet.admit_guest("bob", "db", "127.0.0.11", HOUR).await.unwrap();
    let id = started.id.to_string();
    for (kind, name, cuts) in [
        (LockKind::Port, "db", 2),
        (LockKind::Session, id.as_str(), 1),
        (LockKind::Guest, "bob", 1),
        (LockKind::All, "", 2),
    ] {
        let (mut ana, mut bob) = (open(ANA, &port).await, open(BOB, &port).await);
        let outcome = fleet.lock(kind, name, LockMode::Cut).await.unwrap();
        assert_eq!(outcome.cut_tunnels, Some(cuts), "{kind}");
        let (is_ana, is_bob) = (kind != LockKind::Guest, kind != LockKind::Session);
        assert_eq!(gets_in(ANA, &port).await.unwrap(), !is_ana, "{kind}");
        assert_eq!(gets_in(BOB, &port).await.unwrap(), !is_bob, "{kind}");
        if is_ana {
            assert_cut(&mut ana, CUT_WITHIN).await;
        }
        if is_bob {
            assert_cut(&mut bob, CUT_WITHIN).await;
        }
        fleet.unlock(kind, name).await.unwrap();
        assert!(gets_in(ANA, &port).await.unwrap() && gets_in(BOB, &port).await.unwrap());
    }
    assert!(closed_reasons(&mut fleet).await.contains(&CloseReason::Locked));
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_lock_refuses_what_is_new_and_lets_what_is_open_end() {
    let (mut fleet, port) = stage().await;
    fleet.start_session(session(&["127.0.0.10"], HOUR)).await.unwrap();
    let mut ana = open(ANA, &port).await;
    let outcome = fleet.lock(LockKind::Port, "db", LockMode::Drain).await.unwrap();
    assert_eq!(outcome.cut_tunnels, Some(0));
    assert!(!gets_in(ANA, &port).await.unwrap());
    stays(&mut ana).await;
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_node_is_told_shown_as_locked_also_after_a_restart_and_comes_back_when_unlocked() {
    let (mut fleet, port) = stage().await;
    fleet.admit("db", "127.0.0.0/8").await.unwrap();
    let mut ana = open(ANA, &port).await;
    let outcome = fleet.lock(LockKind::Node, "web1", LockMode::Cut).await.unwrap();
    assert_eq!(outcome.cut_tunnels, Some(1));
    assert_cut(&mut ana, CUT_WITHIN).await;
    assert_eq!(fleet.view("web1").await.unwrap().state, NodeState::Locked);
    assert!(!gets_in(ANA, &port).await.unwrap());
    fleet.kill_server().await;
    fleet.start_server().await.unwrap();
    fleet.node("web1").unwrap().nudge();
    assert_eq!(fleet.view("web1").await.unwrap().state, NodeState::Locked);
    let Reply::Server(server) = fleet.ask(Request::Server).await.unwrap() else { panic!() };
    assert_eq!((server.fleet.locked, server.fleet.total), (1, 1));
    fleet.unlock(LockKind::Node, "web1").await.unwrap();
    fleet.node("web1").unwrap().nudge();
    fleet.wait_online("web1").await.unwrap();
    assert!(gets_in(ANA, &port).await.unwrap());
    fleet.finish().await.unwrap();
}

/// I2: an ended session stays ended, and a running one runs on, through a kill.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_guests_and_locks_survive_a_kill_of_the_server() {
    let (mut fleet, port) = stage().await;
    let ended = fleet.start_session(session(&["127.0.0.12"], HOUR)).await.unwrap();
    fleet.start_session(session(&["127.0.0.10"], HOUR)).await.unwrap();
    fleet.admit_guest("bob", "db", "127.0.0.11", HOUR).await.unwrap();
    fleet.lock(LockKind::Guest, "bob", LockMode::Cut).await.unwrap();
    let request =
        Request::SessionRevoke { session: ended.id.to_string().into(), intent: because() };
    fleet.change(request).await.unwrap();
    fleet.kill_server().await;
    fleet.start_server().await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    assert!(gets_in(ANA, &port).await.unwrap());
    assert!(!gets_in(BOB, &port).await.unwrap(), "its lock survived");
    assert!(!gets_in([127, 0, 0, 12], &port).await.unwrap(), "its end survived");
    fleet.unlock(LockKind::Guest, "bob").await.unwrap();
    assert!(gets_in(BOB, &port).await.unwrap());
    fleet.finish().await.unwrap();
}

/// F4.2: an operator who stays is warned, and told of the end.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_stays_is_told_that_a_session_ends_and_that_it_is_over() {
    let (mut fleet, _port) = stage().await;
    let operator = fleet.operator().await.unwrap();
    let mut pushes = operator.subscribe(Subscription::default()).await.unwrap();
    let spec = session(&["127.0.0.10"], Duration::from_secs(62));
    let long = fleet.start_session(spec).await.unwrap();
    operator.attend().unwrap();
    let mut news = Vec::new();
    let mut next = async |wanted: SessionNews| {
        while let Some(push) = timeout(PATIENCE, pushes.recv()).await.unwrap() {
            let Push::Session { news: got, session } = push else { continue };
            news.push((got, session.id));
            if got == wanted {
                return;
            }
        }
    };
    // It runs for less than ten minutes: that is said at once. A minute before the end comes in 2 s.
    next(SessionNews::Ending).await;
    next(SessionNews::Ending).await;
    let request = Request::SessionEnd { session: long.id.to_string().into(), intent: because() };
    fleet.change(request).await.unwrap();
    next(SessionNews::Over).await;
    assert!(news.iter().all(|(_, id)| *id == long.id), "{news:?}");
    fleet.finish().await.unwrap();
}

/// The acknowledgement of a lock that cut the last tunnel went down with the server that waited for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_while_the_server_drains_cuts_and_is_acknowledged_and_told() {
    let (mut fleet, db) = stage().await;
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let app = fleet.publish("app", "web1", target, None).await.unwrap();
    fleet.admit("db", "127.0.0.10/32").await.unwrap();
    fleet.admit("app", "127.0.0.10/32").await.unwrap();
    let (mut first, mut last) = (open(ANA, &db).await, open(ANA, &app).await);
    let operator = fleet.operator().await.unwrap();
    let wanted = Subscription { tunnels: true, ..Subscription::default() };
    let mut pushes = operator.subscribe(wanted).await.unwrap();
    let server = fleet.take_server().unwrap();
    let mut draining = tokio::task::JoinSet::new();
    draining.spawn(server.drain(PATIENCE));
    let lock = |name: &str| Request::Lock {
        spec: wire::message::operator::LockSpec {
            kind: LockKind::Port,
            name: name.into(),
            for_ms: None,
            mode: LockMode::Cut,
        },
        intent: because(),
    };
    let cut = async |name: &str| match operator.request(lock(name)).await.unwrap() {
        Reply::Done(outcomes) => outcomes[0].cut_tunnels,
        other => panic!("{other:?}"),
    };
    // The server has said that it drains before anything is locked.
    let mut drains = false;
    while !drains {
        let push = timeout(PATIENCE, pushes.recv()).await.unwrap().unwrap();
        drains = matches!(push, Push::Draining { .. });
    }
    assert_eq!(cut("db").await, Some(1));
    assert_cut(&mut first, CUT_WITHIN).await;
    let locked = |push: Push| match push {
        Push::Tunnels { changed, .. } => changed
            .iter()
            .any(|t| t.closed.as_ref().is_some_and(|c| c.reason == CloseReason::Locked)),
        _ => false,
    };
    while !locked(timeout(PATIENCE, pushes.recv()).await.unwrap().unwrap()) {}
    stays(&mut last).await;
    // With this one the server has nothing to wait for any more.
    assert_eq!(cut("app").await, Some(1));
    assert_cut(&mut last, CUT_WITHIN).await;
    let left = timeout(PATIENCE, draining.join_next()).await.unwrap().unwrap().unwrap();
    assert_eq!(left, 0, "nothing was left to be cut by the drain");
    fleet.finish().await.unwrap();
}
