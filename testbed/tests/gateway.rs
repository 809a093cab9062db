//! Gateway mode: a node that can only reach another node enrols and connects through it. TLS stays end
//! to end, the gateway has its own allowlist, bounds and counters.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use agent::Config;
use agent::agent::GatewayStatus;
use agent::enrol::{EnrolError, enrol};
use link::forward::{self, Clients, Kind, OnDrop, Spec};
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::middlebox::Middlebox;
use testbed::service::{self, Pattern};
use testbed::{Fleet, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use wire::Target;
use wire::message::operator::{Reply, Request};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::NodeState;

/// A fleet with a gateway that admits one address of the loopback network.
struct Stage {
    fleet: Fleet,
    gateway: SocketAddr,
}

async fn stage() -> Stage {
    let mut fleet = Fleet::start().await.unwrap();
    let probe = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let gateway = probe.local_addr().unwrap();
    drop(probe);
    fleet.enrol("outer").await.unwrap();
    set(&fleet, "outer", "gateway.allow", &["127.0.0.1/32"]);
    set(&fleet, "outer", "gateway.listen", &[&gateway.to_string()]);
    fleet.run("outer").await.unwrap();
    fleet.wait_online("outer").await.unwrap();
    Stage { fleet, gateway }
}

fn set(fleet: &Fleet, node: &str, key: &str, values: &[&str]) {
    let node = fleet.node(node).unwrap();
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    Config::set(node.dir(), key, &values).unwrap();
    node.nudge();
}

impl Stage {
    /// Enrols a node that knows the gateway only, and runs its agent.
    async fn inner(&mut self) {
        let token = self.fleet.token("inner").await.unwrap();
        self.fleet.enrol_at("inner", token, self.gateway).await.unwrap();
        set(&self.fleet, "inner", "server", &[&self.gateway.to_string()]);
        self.fleet.run("inner").await.unwrap();
        self.fleet.wait_online("inner").await.unwrap();
    }

    /// Makes the inner node a gateway too, and runs a node that knows that one only.
    async fn innermost(&mut self) {
        let probe = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let second = probe.local_addr().unwrap();
        drop(probe);
        set(&self.fleet, "inner", "gateway.allow", &["127.0.0.0/8"]);
        set(&self.fleet, "inner", "gateway.listen", &[&second.to_string()]);
        let listens = || async { TcpStream::connect(second).await.ok().map(drop) };
        until("the second gateway", PATIENCE, listens).await.unwrap();
        let token = self.fleet.token("innermost").await.unwrap();
        self.fleet.enrol_at("innermost", token, second).await.unwrap();
        set(&self.fleet, "innermost", "server", &[&second.to_string()]);
        self.fleet.run("innermost").await.unwrap();
        self.fleet.wait_online("innermost").await.unwrap();
    }

    /// The gateways that a node came through, the one next to the server first.
    async fn through(&mut self, node: &str) -> Vec<String> {
        match self.fleet.ask(Request::NodePath { node: node.into() }).await.unwrap() {
            Reply::Path(path) => {
                path.through.iter().flatten().map(|node| node.name.to_string()).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    /// What opening the node's own service through these gateways comes to.
    async fn open_via(
        &mut self,
        (node, target): (&str, &Target),
        via: &[&str],
    ) -> Result<(), String> {
        let via = via.iter().map(|name| (*name).into()).collect();
        let open = OperatorOpen {
            to: OpenTo::Through { node: node.into(), target: target.clone(), via },
            kind: TunnelType::Connect,
            note: None,
            idle_ms: None,
            max_ms: None,
            wait_ms: None,
            compress: None,
            trace: None,
        };
        let operator = self.fleet.operator().await.unwrap();
        operator.open(&open).await.map(drop).map_err(|error| error.to_string())
    }

    /// What the gateway says of itself, once it `fits`.
    async fn status(&self, fits: impl Fn(&GatewayStatus) -> bool) -> GatewayStatus {
        let dir = self.fleet.node("outer").unwrap().dir().to_owned();
        let look = || async {
            let status = agent::agent::status(&dir).unwrap();
            status.gateway.filter(|gateway| fits(gateway))
        };
        until("the gateway's status", PATIENCE, look).await.unwrap().0
    }
}

/// Whether the gateway lets this address of the loopback network send a byte and keeps the connection.
async fn admitted(from: [u8; 4], gateway: SocketAddr) -> bool {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let Ok(mut tcp) = socket.connect(gateway).await else { return false };
    // The server answers a greeting that is none with an alert, or an end; a refusal is a reset.
    let sent = tcp.write_all(b"GET / HTTP/1.0\r\n\r\n").await;
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, tcp.read_to_end(&mut answer)).await.expect("left hanging");
    sent.is_ok() && read.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_behind_a_gateway_enrols_connects_and_carries_tunnels() {
    let mut stage = stage().await;
    stage.inner().await;
    let bulk = service::bulk(stage.fleet.shutdown()).await.unwrap();
    let spec = Spec {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        kind: Kind::Fixed(OpenTo::Node {
            node: "inner".into(),
            target: Target::new("localhost", bulk.port()).unwrap(),
        }),
        on_drop: OnDrop::Close,
        idle: None,
        max: None,
        compress: None,
        note: None,
        clients: Clients::default(),
    };
    let (access, operator) = (stage.fleet.access().unwrap(), stage.fleet.operator().await.unwrap());
    let forward =
        forward::start(spec, access, Some(operator), stage.fleet.shutdown()).await.unwrap();
    let size = 8 << 20;
    let mut tcp = TcpStream::connect(forward.address.net().unwrap()).await.unwrap();
    tcp.write_u64(size).await.unwrap();
    let mut got = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut got)).await.unwrap().unwrap();
    assert_eq!(blake3::hash(&got), Pattern::digest(size));
    // Enrolment, control, lane.
    let counted = stage.status(|gateway| gateway.up_bytes >= size && gateway.total >= 3).await;
    assert!(counted.open >= 2 && counted.refused == 0, "{counted:?}");
    stage.fleet.finish().await.unwrap();
}

/// What is behind the gateway decides, not the gateway: the token's pin, and the certificate.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_of_another_fleet_learns_nothing_and_lets_nobody_in() {
    let (mut ours, theirs) = (Fleet::start().await.unwrap(), stage().await);
    let token = ours.token("inner").await.unwrap();
    let spec = ours.enrolment("inner", token.clone(), theirs.gateway).unwrap();
    let error = enrol(spec, |_| {}).await.unwrap_err();
    assert!(matches!(error, EnrolError::Dial(_)), "{error:?}");
    // The token was never seen by the others: it is as good as new.
    let spec = ours.enrolment("inner", token, ours.address().unwrap()).unwrap();
    enrol(spec, |_| {}).await.unwrap();
    theirs.fleet.finish().await.unwrap();
    ours.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admitted_sources_pass_and_who_is_no_more_is_cut() {
    let mut stage = stage().await;
    stage.inner().await;
    assert!(admitted([127, 0, 0, 1], stage.gateway).await);
    assert!(!admitted([127, 0, 0, 2], stage.gateway).await);
    let counted = stage.status(|gateway| gateway.refused == 1).await;
    assert!(counted.open >= 1, "{counted:?}");

    set(&stage.fleet, "outer", "gateway.allow", &["127.0.0.2/32"]);
    stage.fleet.wait_state("inner", |state| !state.is_connected()).await.unwrap();
    assert!(!admitted([127, 0, 0, 1], stage.gateway).await);
    assert!(admitted([127, 0, 0, 2], stage.gateway).await);

    set(&stage.fleet, "outer", "gateway.allow", &["127.0.0.0/8"]);
    stage.fleet.wait_online("inner").await.unwrap();
    set(&stage.fleet, "outer", "gateway.listen", &[""]);
    stage.fleet.wait_state("inner", |state| !state.is_connected()).await.unwrap();
    assert!(TcpStream::connect(stage.gateway).await.is_err(), "it listens no more");
    assert_eq!(stage.fleet.view("outer").await.unwrap().state, NodeState::Online);
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_passes_on_as_many_as_it_may() {
    let stage = stage().await;
    set(&stage.fleet, "outer", "limits.gateway", &["2"]);
    // Held open by a greeting that is only begun; one too many is reset, as early as it connects.
    let hold = || async {
        let mut tcp = TcpStream::connect(stage.gateway).await?;
        tcp.write_all(&[22, 3, 1]).await?;
        match timeout(Duration::from_millis(500), tcp.read_u8()).await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => Ok(tcp),
        }
    };
    until("the limit", PATIENCE, || async {
        let held = (hold().await, hold().await, hold().await);
        matches!(&held, (Ok(_), Ok(_), Err(_))).then_some(())
    })
    .await
    .unwrap();
    let room = || async { admitted([127, 0, 0, 1], stage.gateway).await.then_some(()) };
    until("room again", PATIENCE, room).await.unwrap();
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nodes_behind_a_gateway_come_back_with_it() {
    let mut stage = stage().await;
    stage.inner().await;
    stage.fleet.kill("outer").await;
    stage.fleet.wait_state("inner", |state| !state.is_connected()).await.unwrap();
    stage.fleet.run("outer").await.unwrap();
    stage.fleet.wait_online("outer").await.unwrap();
    stage.fleet.node("inner").unwrap().nudge();
    stage.fleet.wait_online("inner").await.unwrap();
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_takes_the_way_of_its_own_agent_and_can_stand_behind_another_one() {
    let mut stage = stage().await;
    let to = stage.fleet.address().unwrap();
    let proxy = Middlebox::proxy(to, None, stage.fleet.shutdown()).await.unwrap();
    set(&stage.fleet, "outer", "proxy", &[&format!("http://{}", proxy.address)]);
    set(&stage.fleet, "outer", "path", &["proxy"]);
    stage.fleet.stop("outer").await;
    stage.fleet.run("outer").await.unwrap();
    stage.fleet.wait_online("outer").await.unwrap();
    stage.inner().await;
    let passed = proxy.passed();
    stage.innermost().await;
    stage.fleet.stop("innermost").await;
    // Enrolment and control; counted when they have ended.
    let through = || async { (proxy.passed() >= passed + 2).then_some(()) };
    until("what went through the proxy", PATIENCE, through).await.unwrap();
    stage.fleet.finish().await.unwrap();
}

/// F2.9: each hop is known, and who wants one way gets that way or none.
#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_of_a_node_are_shown_and_can_be_asked_for() {
    let mut stage = stage().await;
    stage.inner().await;
    stage.innermost().await;
    assert_eq!(stage.through("outer").await, Vec::<String>::new());
    assert_eq!(stage.through("inner").await, ["outer"]);
    assert_eq!(stage.through("innermost").await, ["outer", "inner"]);

    let echo = service::echo(stage.fleet.shutdown()).await.unwrap();
    let target: Target = echo.to_string().parse().unwrap();
    for (node, via) in [("inner", &["outer"][..]), ("innermost", &["outer", "inner"])] {
        stage.open_via((node, &target), via).await.unwrap();
    }
    let other_ways = [
        ("outer", &["inner"][..], "does not come through inner"),
        ("inner", &["outer", "inner"], "does not come through outer, inner"),
        ("innermost", &["inner", "outer"], "does not come through inner, outer"),
        ("inner", &["nosuch"], "no node \"nosuch\""),
        ("inner", &[], "0 gateways"),
        ("inner", &["outer"; 9], "9 gateways"),
    ];
    for (node, via, why) in other_ways {
        let refused = stage.open_via((node, &target), via).await.unwrap_err();
        assert!(refused.contains(why), "{node} {via:?}: {refused}");
    }

    // It is the way of right now that counts: a gateway that is one no more is none.
    set(&stage.fleet, "inner", "gateway.listen", &[""]);
    stage.fleet.wait_state("innermost", |state| !state.is_connected()).await.unwrap();
    assert_eq!(stage.through("inner").await, ["outer"]);
    stage.fleet.finish().await.unwrap();
}
