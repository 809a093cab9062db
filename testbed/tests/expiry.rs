//! What ends by time ends in time: certificates of nodes and of operators, sessions; busy streams with
//! them (T-02, G2).
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use link::dial::{DialError, dial, unwelcome};
use link::operator::Operator;
use link::tls::ClientTls;
use link::{Clock, System};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use testbed::clock::Stopped;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::{session, visit};
use testbed::{Fleet, service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use wire::audit::{AuditEvent, Value};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::PortView;
use wire::{Target, UnixMs, alpn};

/// G2: what ends by time is cut within a second.
const CUT_WITHIN: Duration = Duration::from_secs(1);
/// Streams under each certificate in T-02.
const STREAMS: usize = 10;
/// As many nodes carry the streams of G2: one alone has room for 800.
const NODES: usize = 2;
const MIRA: [u8; 4] = [127, 0, 0, 30];

/// How long a certificate lives, and half as many streams as G2 asks for.
fn sizes() -> (Duration, usize) {
    match std::env::var_os("TUNNELCTL_FULL") {
        Some(_) => (Duration::from_secs(20), 500),
        None => (Duration::from_secs(5), 50),
    }
}

/// How a busy stream ended.
struct Ended {
    /// When its last byte came back.
    last: UnixMs,
    at: UnixMs,
    how: ErrorKind,
}

/// Sends a byte every 20 ms and reads what comes back, until the stream ends.
async fn busy(mut tcp: TcpStream) -> Ended {
    let mut last = UnixMs(0);
    let mut beat = tokio::time::interval(Duration::from_millis(20));
    let mut byte = [0];
    loop {
        let came = tokio::select! {
            came = tcp.read(&mut byte) => came,
            // A reset is told once: to whoever asks first.
            _ = beat.tick() => match tcp.write_all(&[1]).await {
                Ok(()) => continue,
                Err(error) => Err(error),
            },
        };
        match came {
            Ok(1..) => last = System.wall(),
            Ok(_) => return Ended { last, at: System.wall(), how: ErrorKind::UnexpectedEof },
            Err(error) => return Ended { last, at: System.wall(), how: error.kind() },
        }
    }
}

/// All of them were busy until the deadline and cut within a second of it; how late the last was.
async fn assert_cut(streams: JoinSet<Ended>, count: usize, deadline: UnixMs) -> Duration {
    let waited = timeout(deadline.since(System.wall()) + PATIENCE, streams.join_all()).await;
    let ended = waited.expect("streams outlive their time");
    assert_eq!(ended.len(), count);
    let mut latest = Duration::ZERO;
    for one in &ended {
        assert_eq!(one.how, ErrorKind::ConnectionReset, "a cut transfer looked complete");
        assert!(one.at >= deadline, "cut {:?} before its time", deadline.since(one.at));
        // Whoever is busy is so on a machine that is, too: nothing came for a while at most.
        assert!(deadline.since(one.last) < CUT_WITHIN, "it was not busy to its end");
        latest = latest.max(one.at.since(deadline));
    }
    assert!(latest <= CUT_WITHIN, "{latest:?} after the deadline");
    latest
}

/// A new handshake with a certificate that has ended: what the server says to it.
async fn refused(address: &str, tls: &ClientTls, protocol: &'static [u8]) -> String {
    match dial(address, tls, protocol, PATIENCE).await {
        Ok(mut conn) => {
            let read = timeout(PATIENCE, conn.io.read(&mut [0; 16])).await.expect("a verdict");
            unwelcome(&read.expect_err("let in")).expect("an alert about the certificate")
        }
        Err(DialError::Unwelcome { what, .. }) => what,
        Err(other) => panic!("{other}"),
    }
}

/// The record of this action that names the certificate's end as its reason.
async fn recorded(fleet: &mut Fleet, action: &str) -> AuditEvent {
    let begun = tokio::time::Instant::now();
    let reason = Value::from("cert_expired");
    loop {
        let mut trail = fleet.audit().await.unwrap().into_iter();
        let found = trail.find(|event| {
            event.entry.action.as_str() == action && event.entry.data.get("reason") == Some(&reason)
        });
        if let Some(record) = found {
            return record;
        }
        assert!(begun.elapsed() < PATIENCE, "no {action} for this reason");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Nodes that never renew, each with an echo at a port for `MIRA`; and when each certificate ends.
async fn nodes(fleet: &mut Fleet, count: usize) -> (Vec<PortView>, Vec<UnixMs>) {
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let mut ports = Vec::new();
    for nth in 0..count {
        let name = format!("web{nth}");
        fleet.enrol(&name).await.unwrap();
        fleet.run_by(&name, Arc::new(Stopped(System.wall()))).await.unwrap();
        ports.push(fleet.publish(&name, &name, target.clone(), None).await.unwrap());
        fleet.admit(&name, "127.0.0.30/32").await.unwrap();
    }
    let mut ends = Vec::new();
    for nth in 0..count {
        let name = format!("web{nth}");
        fleet.wait_online(&name).await.unwrap();
        ends.push(fleet.view(&name).await.unwrap().certificate_expires_at.unwrap());
    }
    (ports, ends)
}

/// T-02: ten busy streams of a node that cannot renew.
#[tokio::test(flavor = "multi_thread")]
async fn a_nodes_connection_and_all_it_carries_end_with_its_certificate() {
    let (life, _) = sizes();
    let mut fleet = Fleet::with(|config| config.node_certificate = life).await.unwrap();
    let (ports, ends) = nodes(&mut fleet, 1).await;
    let ends = ends[0];
    let ended = fleet.node("web0").unwrap().identity().unwrap();
    let mut streams = JoinSet::new();
    for _ in 0..STREAMS {
        streams.spawn(busy(visit(MIRA, &ports[0]).await.unwrap()));
    }
    let late = assert_cut(streams, STREAMS, ends).await;
    let address = fleet.address().unwrap().to_string();
    for protocol in [alpn::AGENT, alpn::AGENT_LANE] {
        let said = refused(&address, &ended, protocol).await;
        assert!(said.contains("not valid"), "{said}");
    }
    let record = recorded(&mut fleet, "node.disconnect").await;
    assert!(record.at >= ends && record.at.since(ends) <= CUT_WITHIN, "{record:?}");
    println!("{STREAMS} streams of a node: cut {late:?} after its certificate's end");
    fleet.finish().await.unwrap();
}

/// T-02 for operators: his connection, his tunnels and the way back with the same certificate.
#[tokio::test(flavor = "multi_thread")]
async fn an_operators_connection_and_his_tunnels_end_with_his_certificate() {
    let (life, _) = sizes();
    let mut fleet = Fleet::with(|config| config.operator_certificate = life).await.unwrap();
    fleet.add("web0").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let access = fleet.person_access("mira", "admin").await.unwrap();
    let mira = Operator::connect(&access, fleet.shutdown()).await.unwrap();
    let ends = mira.whoami().expires_at.expect("his certificate ends");
    let mut streams = JoinSet::new();
    for _ in 0..STREAMS {
        streams.spawn(busy(own(&fleet, &mira, &target).await));
    }
    let late = assert_cut(streams, STREAMS, ends).await;
    timeout(PATIENCE, mira.closed()).await.expect("the connection outlives the certificate");
    let address = fleet.address().unwrap().to_string();
    for protocol in [alpn::OPERATOR, alpn::OPERATOR_LANE] {
        let said = refused(&address, &access.tls, protocol).await;
        assert!(said.contains("not valid"), "{said}");
    }
    let record = recorded(&mut fleet, "operator.disconnect").await;
    assert!(record.at >= ends && record.at.since(ends) <= CUT_WITHIN, "{record:?}");
    println!("{STREAMS} tunnels of an operator: cut {late:?} after his certificate's end");
    fleet.finish().await.unwrap();
}

/// A tunnel of the operator's own, as his program would carry it.
async fn own(fleet: &Fleet, operator: &Operator, target: &Target) -> TcpStream {
    let open = OperatorOpen {
        to: OpenTo::Node { node: "web0".into(), target: target.clone() },
        kind: TunnelType::Forward,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    let (opened, stream) = operator.open(&open).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (there, _) = listener.accept().await.unwrap();
    let operator = operator.clone();
    fleet.shutdown().spawn("own tunnel", async move {
        let meter = Arc::new(link::meter::Meter::default());
        let end = link::splice::End::Tcp(there);
        operator.carry(&opened, stream, end, meter, link::splice::Limits::default()).await;
    });
    here
}

/// G2: all of 100 streams (1,000 with TUNNELCTL_FULL), half of them by a session, half by the
/// certificates of the nodes that carry them.
#[tokio::test(flavor = "multi_thread")]
async fn every_stream_is_cut_within_a_second_of_its_deadline() {
    let (life, half) = sizes();
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web0").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let port = fleet.publish("web0", "web0", target, None).await.unwrap();
    let started = fleet.start_session(session(&["127.0.0.30"], life)).await.unwrap();
    let mut streams = JoinSet::new();
    for _ in 0..half {
        streams.spawn(busy(visit(MIRA, &port).await.unwrap()));
    }
    let by_session = assert_cut(streams, half, started.expires_at.unwrap()).await;
    fleet.finish().await.unwrap();

    let mut fleet = Fleet::with(|config| config.node_certificate = life).await.unwrap();
    let (ports, ends) = nodes(&mut fleet, NODES).await;
    let mut latest = Duration::ZERO;
    let mut parts = Vec::new();
    for (port, ends) in ports.iter().zip(ends) {
        let mut streams = JoinSet::new();
        for _ in 0..half / NODES {
            streams.spawn(busy(visit(MIRA, port).await.unwrap()));
        }
        parts.push((streams, ends));
    }
    for (streams, ends) in parts {
        latest = latest.max(assert_cut(streams, half / NODES, ends).await);
    }
    println!(
        "{} of {} streams cut: the last {by_session:?} after a session's end, {latest:?} after a \
         certificate's",
        2 * half,
        2 * half,
    );
    fleet.finish().await.unwrap();
}
