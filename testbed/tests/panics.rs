//! T-26: a bug in one connection's task. The panic is put there by the clock that a test gives the
//! server, so that nothing in the program knows of it: the task's connection ends, it is counted, and
//! everything else goes on.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use agent::Phase;
use link::Shutdown;
use link::dial::dial;
use std::sync::Arc;
use std::time::Duration;
use testbed::clock::Faulty;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::visit;
use testbed::fleet::raw::Raw;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Target;
use wire::message::operator::{Page, Request};
use wire::message::view::{NodeState, PortView};
use wire::message::{Envelope, FromConsole, ToConsole};
use wire::{RefusalCode, alpn};

/// How often each panic happens; T-26's hundred with TUNNELCTL_FULL.
fn times() -> usize {
    if std::env::var_os("TUNNELCTL_FULL").is_some() { 100 } else { 3 }
}

async fn echoes(tcp: &mut TcpStream) -> bool {
    let answered = async {
        tcp.write_all(b"hello").await?;
        tcp.read_exact(&mut [0; 5]).await
    };
    timeout(PATIENCE, answered).await.expect("neither an echo nor an end").is_ok()
}

struct Stage {
    fleet: Fleet,
    clock: Arc<Faulty>,
    port: PortView,
    steady: TcpStream,
}

impl Stage {
    async fn start() -> Self {
        let clock = Arc::new(Faulty::default());
        // Silent sessions: what strikes is what the test does.
        let quiet = |config: &mut fleet_server::Config| {
            (config.heartbeat, config.dead_after) =
                (Duration::from_secs(60), Duration::from_secs(150));
        };
        let mut fleet = Fleet::by(clock.clone(), quiet).await.unwrap();
        let system = link::System::shared();
        for node in ["web1", "web2"] {
            fleet.enrol(node).await.unwrap();
            fleet.run_by(node, system.clone()).await.unwrap();
            fleet.wait_online(node).await.unwrap();
        }
        let echo = service::echo(fleet.shutdown()).await.unwrap();
        let target = Target::new("localhost", echo.port()).unwrap();
        let port = fleet.publish("db", "web1", target, None).await.unwrap();
        fleet.admit("db", "127.0.0.0/8").await.unwrap();
        let mut steady = visit([127, 0, 0, 1], &port).await.unwrap();
        assert!(echoes(&mut steady).await);
        Self { fleet, clock, port, steady }
    }

    /// Arms the clock for `place`, and waits until it struck after `doing` was begun.
    async fn strike<T>(
        &mut self,
        place: &'static str,
        doing: impl AsyncFnOnce(&mut Fleet) -> T,
    ) -> T {
        let before = Shutdown::panics();
        self.clock.arm(place);
        let done = timeout(PATIENCE, doing(&mut self.fleet)).await;
        let done = done.unwrap_or_else(|_| panic!("{place}: what was begun hangs"));
        let struck = || async { self.clock.has_sprung().then_some(()) };
        until(place, PATIENCE, struck).await.unwrap();
        let counted = || async { (Shutdown::panics() > before).then_some(()) };
        until("the panic is counted", PATIENCE, counted).await.unwrap();
        done
    }

    /// Everybody else goes on, and new ones come in.
    async fn goes_on(&mut self, place: &str) {
        assert!(echoes(&mut self.steady).await, "{place}: another's tunnel ended");
        let mut tcp = visit([127, 0, 0, 1], &self.port).await.unwrap();
        assert!(echoes(&mut tcp).await, "{place}: nobody gets in any more");
        self.fleet.ask(Request::Whoami).await.unwrap();
        self.fleet.wait_online("web1").await.unwrap();
    }
}

/// The tasks of strangers and visitors.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_connections_task_ends_that_connection_and_nothing_else() {
    let mut stage = Stage::start().await;
    let (address, port) = (stage.fleet.address().unwrap().to_string(), stage.port.clone());
    let identity = stage.fleet.node("web2").unwrap().identity().unwrap();
    let admin = stage.fleet.access().unwrap().tls;
    for round in 0..times() {
        let handshake =
            async |_: &mut Fleet| dial(&address, &identity, alpn::AGENT, PATIENCE).await;
        assert!(stage.strike("src/conn.rs", handshake).await.is_err());
        stage.goes_on("handshake").await;

        for place in ["visitor::arrive", "src/tunnels/open.rs"] {
            let visitor = async |_: &mut Fleet| match visit([127, 0, 0, 1], &port).await {
                Ok(mut tcp) => echoes(&mut tcp).await,
                Err(_) => false,
            };
            let served = stage.strike(place, visitor).await;
            // The end of an earlier tunnel goes through the second file, too.
            assert!(!served || place != "visitor::arrive", "{place}");
            stage.goes_on(place).await;
        }

        // Who asked is told at once, on a connection that goes on.
        let asking = async |fleet: &mut Fleet| {
            let mut raw = Raw::operator(fleet, admin.clone()).await.unwrap();
            for id in [7, 8] {
                let body = Some(FromConsole::Request(Box::new(Request::Tokens(Page {
                    after: None,
                    limit: 10,
                }))));
                raw.say(&Envelope { id, reply_to: None, body, deadline_ms: None }).await.unwrap();
                let answer = loop {
                    let next = raw.next::<ToConsole>().await.unwrap();
                    if next.reply_to == Some(id) {
                        break next.body;
                    }
                };
                match (id, answer) {
                    (7, Some(ToConsole::Refused(refusal))) => {
                        assert_eq!(refusal.code, RefusalCode::Server)
                    }
                    (8, Some(ToConsole::Reply(_))) => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        stage.strike("src/conn/operator/queries.rs", asking).await;
        stage.goes_on("request").await;

        let name = format!("later{round}");
        let enrol = async |fleet: &mut Fleet| fleet.enrol(&name).await;
        assert!(stage.strike("src/conn/enrol.rs", enrol).await.is_err());
        stage.goes_on("enrolment").await;
    }
    stage.fleet.finish().await.unwrap();
}

/// A node's session: the node is not shown as connected for ever, and comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_nodes_session_ends_it_in_order_and_the_node_comes_back() {
    let mut stage = Stage::start().await;
    for place in ["admit::check", "admit::welcome"] {
        stage.fleet.stop("web2").await;
        let again = async |fleet: &mut Fleet| fleet.run("web2").await.unwrap();
        stage.strike(place, again).await;
        let mut phase = stage.fleet.node("web2").unwrap().phases().unwrap();
        let connected = phase.wait_for(|phase| matches!(phase, Phase::Connected { .. }));
        let back = timeout(PATIENCE, connected).await;
        back.unwrap_or_else(|_| panic!("{place}: web2 does not come back")).unwrap();
        stage.goes_on(place).await;
    }
    // With nobody to come back, it is not shown as connected.
    let identity = stage.fleet.node("web2").unwrap().identity().unwrap();
    stage.fleet.stop("web2").await;
    let once = async |fleet: &mut Fleet| Raw::agent(fleet, identity).await;
    // It may have heard its welcome before.
    drop(stage.strike("admit::welcome", once).await);
    stage.fleet.wait_state("web2", |state| state == NodeState::Stale).await.unwrap();
    stage.goes_on("heartbeat").await;
    stage.fleet.finish().await.unwrap();
}

/// The agent's own session: it dials again instead of staying away for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_an_agents_session_makes_it_connect_again() {
    let mut stage = Stage::start().await;
    stage.fleet.stop("web2").await;
    let clock = Arc::new(Faulty::default());
    clock.arm("src/session.rs");
    stage.fleet.run_by("web2", clock.clone()).await.unwrap();
    until("the panic", PATIENCE, || async { clock.has_sprung().then_some(()) }).await.unwrap();
    let mut phase = stage.fleet.node("web2").unwrap().phases().unwrap();
    let connected = phase.wait_for(|phase| matches!(phase, Phase::Connected { .. }));
    timeout(PATIENCE, connected).await.expect("web2 does not come back").unwrap();
    stage.goes_on("agent").await;
    stage.fleet.finish().await.unwrap();
}
