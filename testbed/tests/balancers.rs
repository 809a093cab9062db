//! Behind a load balancer the server sees the visitor's address (PROXY protocol): for admission,
//! penalties, the trail. Only of balancers that it was told about. The header itself is tested in
//! `fleet-server/src/accept/proxied/tests.rs`.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use agent::enrol::{EnrolSpec, enrol};
use link::operator::{Access, Operator};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

/// Where the balancer dials from.
const BALANCER: [u8; 4] = [127, 0, 0, 2];
/// A source that nobody told the server about.
const OTHER: [u8; 4] = [127, 0, 0, 3];

async fn fleet() -> Fleet {
    Fleet::with(|config| {
        config.trusted_proxies = vec!["127.0.0.2/32".parse().unwrap()];
        config.penalty_exempt = Vec::new();
    })
    .await
    .unwrap()
}

fn header(visitor: &str) -> Vec<u8> {
    format!("PROXY TCP4 {visitor} 192.0.2.1 51000 443\r\n").into_bytes()
}

/// A connection to `to` from `from`, which begins with these bytes.
async fn call(from: [u8; 4], to: SocketAddr, first: &[u8]) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let mut tcp = socket.connect(to).await?;
    tcp.write_all(first).await?;
    Ok(tcp)
}

/// A balancer in front of `to` that puts `first` before each connection; its address.
async fn balancer(fleet: &Fleet, to: SocketAddr, first: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (first, shutdown) = (Arc::new(first), fleet.shutdown().clone());
    shutdown.clone().spawn("balancer", async move {
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let (mut tcp, _) = accepted.unwrap();
            let (first, ending) = (Arc::clone(&first), shutdown.clone());
            shutdown.spawn("balanced", async move {
                let Ok(mut inside) = call(BALANCER, to, &first).await else { return };
                tokio::select! {
                    () = ending.cancelled() => {}
                    _ = copy_bidirectional(&mut tcp, &mut inside) => {}
                }
            });
        }
    });
    address
}

/// What a stranger is answered: the first bytes, or how it ended.
async fn answered(mut tcp: TcpStream) -> Result<Vec<u8>, std::io::ErrorKind> {
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, tcp.read_to_end(&mut answer)).await.expect("an end");
    read.map(|_| answer).map_err(|error| error.kind())
}

/// Whether the admin, coming by `at`, is served.
async fn is_served(fleet: &Fleet, at: SocketAddr) -> bool {
    let ladder = link::ladder::Ladder::default().impatient();
    let timeout = Duration::from_secs(10);
    let servers = vec![at.to_string()];
    let access = Access { servers, ladder, timeout, ..fleet.access().unwrap() };
    match Operator::connect(&access, fleet.shutdown()).await {
        Ok(operator) => {
            operator.close();
            true
        }
        Err(error) => {
            println!("not served: {error}");
            false
        }
    }
}

/// Something that is no greeting.
const NONSENSE: &[u8] = b"\x16\x03\x01\x00\x05nonsense-nonsense";

#[tokio::test(flavor = "multi_thread")]
async fn nodes_and_the_trail_have_the_address_that_the_balancer_tells() {
    let mut fleet = fleet().await;
    let at = balancer(&fleet, fleet.address().unwrap(), header("203.0.113.9")).await;
    let token = fleet.token("web1").await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let spec = fleet.enrolment("web1", token, at).unwrap();
    let dir = home.path().join("agent");
    let spec = EnrolSpec { dir: dir.clone(), servers: vec![at.to_string()], ..spec };
    enrol(spec, |_| {}).await.unwrap();
    let agent = agent::Agent::start(&dir, link::System::shared()).await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    let seen = fleet.view("web1").await.unwrap().exit_ip.unwrap();
    assert_eq!(seen.as_str(), "203.0.113.9");
    let trail = fleet.audit().await.unwrap();
    let enrolled = trail.iter().find(|event| event.entry.action.as_str() == "node.enroll").unwrap();
    let source = enrolled.entry.actor.source_ip.as_ref().map(|ip| ip.as_str().to_owned());
    assert_eq!(source.as_deref(), Some("203.0.113.9"), "{enrolled:?}");
    agent.stop(Duration::from_secs(1)).await;
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_of_a_published_port_are_admitted_by_their_own_address() {
    let mut fleet = fleet().await;
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let port = fleet.publish("app", "web1", echo.to_string().parse().unwrap(), None).await.unwrap();
    fleet.admit("app", "203.0.113.0/24").await.unwrap();
    let to = SocketAddr::from(([127, 0, 0, 1], port.public.port));
    let echoes = async |from, first: &[u8]| {
        let mut tcp = call(from, to, &[first, b"x"].concat()).await.ok()?;
        let mut byte = [0];
        timeout(PATIENCE, tcp.read_exact(&mut byte)).await.expect("an end").ok()?;
        Some(byte == *b"x")
    };
    assert_eq!(echoes(BALANCER, &header("203.0.113.9")).await, Some(true));
    assert_eq!(echoes(BALANCER, &header("198.51.100.9")).await, None, "not on the list");
    assert_eq!(echoes(BALANCER, b"PROXY UNKNOWN\r\n").await, None, "the balancer itself is not");
    assert_eq!(echoes(BALANCER, b"").await, None, "a header there must be");
    assert_eq!(echoes(OTHER, &header("203.0.113.9")).await, None, "a claim of anybody's is none");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_visitor_pays_for_what_he_does_and_not_the_balancer() {
    let fleet = fleet().await;
    let to = fleet.address().unwrap();
    let first = [&header("203.0.113.66")[..], NONSENSE].concat();
    for _ in 0..5 {
        let _ = answered(call(BALANCER, to, &first).await.unwrap()).await;
    }
    let barred = balancer(&fleet, to, header("203.0.113.66")).await;
    assert!(!is_served(&fleet, barred).await, "barred for what he did");
    let neighbour = balancer(&fleet, to, header("203.0.113.67")).await;
    assert!(is_served(&fleet, neighbour).await, "another visitor by the same balancer");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_header_in_time_the_connection_ends_and_from_others_it_is_no_greeting() {
    let fleet = fleet().await;
    let to = fleet.address().unwrap();
    let begun = Instant::now();
    let silent = call(BALANCER, to, b"PROXY TCP4 203.").await.unwrap();
    let ended = answered(silent).await;
    println!("half a header: {ended:?} after {:?}", begun.elapsed());
    assert!(ended.map_or(true, |answer| answer.is_empty()));
    assert!((2..15).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    // Its own check of whether the port answers costs a balancer nothing, however often.
    for _ in 0..40 {
        drop(call(BALANCER, to, b"").await.unwrap());
    }
    let first = header("203.0.113.9");
    let at = balancer(&fleet, to, first.clone()).await;
    assert!(is_served(&fleet, at).await);
    // From anybody else these bytes are what they are: no TLS.
    let claimed = answered(call(OTHER, to, &first).await.unwrap()).await;
    assert!(claimed.map_or(true, |answer| answer.first() != Some(&0x16)), "no handshake");
    fleet.finish().await.unwrap();
}
