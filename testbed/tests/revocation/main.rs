//! Revocation: acknowledged only after the last byte, durable, audited with its figure. Streams of every
//! kind at once are in `mixed`, those that come in while it happens in `race`.
// A failed step of a test is the test's failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation
)]

mod mixed;
mod race;
mod ways;

use agent::Phase;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wire::audit::Value;
use wire::message::operator::{Reply, Request};
use wire::message::view::NodeState;
use wire::{RefusalCode, Target};

/// Busy tunnels under each revocation.
const BUSY: usize = 50;
/// What may still be on its way to a reader when the cut is acknowledged, per tunnel.
const IN_FLIGHT: u64 = 256 * 1024;

fn rounds() -> usize {
    if std::env::var_os("TUNNELCTL_FULL").is_some() { 200 } else { 20 }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_acknowledgement_comes_after_the_last_byte_of_50_busy_tunnels() {
    let mut fleet = Fleet::start().await.unwrap();
    let bulk = service::bulk(fleet.shutdown()).await.unwrap();
    let mut figures = Vec::new();
    for round in 0..rounds() {
        let name = format!("n{round}");
        fleet.add(&name).await.unwrap();
        let target = Target::new("localhost", bulk.port()).unwrap();
        let port = fleet.publish(&name, &name, target, None).await.unwrap();
        fleet.admit(&name, "127.0.0.0/8").await.unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port.public.port));
        let received = Arc::new(AtomicU64::new(0));
        let mut readers = JoinSet::new();
        for _ in 0..BUSY {
            readers.spawn(read(address, Arc::clone(&received)));
        }
        let operator = fleet.operator().await.unwrap();
        until("busy tunnels", PATIENCE, || {
            let (operator, name) = (operator.clone(), name.clone());
            async move {
                match operator.request(Request::Node(name.into())).await.unwrap() {
                    Reply::Node(view)
                        if view.tunnels as usize == BUSY && view.down_bytes > 1 << 20 =>
                    {
                        Some(())
                    }
                    _ => None,
                }
            }
        })
        .await
        .unwrap();
        let outcome = fleet.revoke(&name).await.unwrap();
        let at_acknowledgement = received.load(SeqCst);
        assert_eq!(outcome.cut_tunnels, Some(BUSY as u32));
        for ended in readers.join_all().await {
            assert!(ended.is_err(), "a cut transfer looked complete");
        }
        let late = received.load(SeqCst) - at_acknowledgement;
        assert!(late <= IN_FLIGHT * BUSY as u64, "{late} bytes after the acknowledgement");
        figures.push(outcome.last_byte_ms.unwrap());
        let request = Request::PortDelete {
            port: name.into(),
            intent: wire::message::operator::Intent::default(),
        };
        fleet.ask(request).await.unwrap();
    }
    figures.sort_unstable();
    let p99 = figures[(figures.len() - 1) * 99 / 100];
    println!(
        "revocation: last byte p50 {} ms, p99 {p99} ms over {} runs",
        figures[figures.len() / 2],
        figures.len()
    );
    assert!(p99 <= 100, "{figures:?}");
    fleet.finish().await.unwrap();
}

async fn read(address: SocketAddr, received: Arc<AtomicU64>) -> std::io::Result<()> {
    let mut tcp = TcpStream::connect(address).await?;
    tcp.write_u64(u64::MAX >> 1).await?;
    let mut block = vec![0; 64 * 1024];
    loop {
        match tcp.read(&mut block).await? {
            0 => return Ok(()),
            n => received.fetch_add(n as u64, SeqCst),
        };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_node_cannot_reconnect_and_stays_revoked_after_a_restart() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet.revoke("web1").await.unwrap();
    let shutdown = fleet.shutdown().clone();
    until("the agent knows", PATIENCE, || {
        let phase = fleet.node("web1").unwrap().phase();
        async move { (phase == Some(Phase::Revoked)).then_some(()) }
    })
    .await
    .unwrap();
    drop(shutdown);
    fleet.kill_server().await;
    fleet.start_server().await.unwrap();
    fleet.kill("web1").await;
    fleet.run("web1").await.unwrap();
    until("refused again", PATIENCE, || {
        let phase = fleet.node("web1").unwrap().phase();
        async move { (phase == Some(Phase::Revoked)).then_some(()) }
    })
    .await
    .unwrap();
    assert_eq!(fleet.view("web1").await.unwrap().state, NodeState::Revoked);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_leaves_both_records_with_the_figure() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet.revoke("web1").await.unwrap();
    let request = Request::Audit {
        after: None,
        backwards: false,
        limit: 10,
        action: Some("node.revoke*".into()),
        since: None,
        until: None,
    };
    let Reply::Audit { events, .. } = fleet.ask(request).await.unwrap() else { panic!() };
    let actions: Vec<&str> = events.iter().map(|e| e.entry.action.as_str()).collect();
    assert_eq!(actions, ["node.revoke", "node.revoke.cut"]);
    for key in ["cut_tunnels", "last_byte_ms", "total_ms"] {
        assert!(
            matches!(events[1].entry.data.get(key), Some(Value::Int(_))),
            "{key}: {:?}",
            events[1]
        );
    }
    let again = fleet.ask(Request::Node("web2".into())).await.unwrap_err();
    let refusal = again.downcast_ref::<link::operator::OperatorError>();
    assert!(
        matches!(refusal, Some(link::operator::OperatorError::Refused(r)) if r.code == RefusalCode::NotFound)
    );
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn superseding_takes_one_round_trip_and_old_clean_up_touches_nothing() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    // The old connection is swallowed, not closed: the server still believes in it.
    fleet.node("web1").unwrap().weather.change(testbed::Sky::BlackHole);
    fleet.kill("web1").await;
    fleet.node("web1").unwrap().weather.change(testbed::Sky::Clear);
    fleet.run("web1").await.unwrap();
    let operator = fleet.operator().await.unwrap();
    let (_, took) = until("generation 2", PATIENCE, || {
        let operator = operator.clone();
        async move {
            match operator.request(Request::Node("web1".into())).await.unwrap() {
                Reply::Node(view) if view.generation.0 == 2 && view.state.is_connected() => {
                    Some(())
                }
                _ => None,
            }
        }
    })
    .await
    .unwrap();
    assert!(took < Duration::from_secs(5), "{took:?}");
    fleet.finish().await.unwrap();
}

/// I11: an empty store knows of no revocation.
#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_was_lost_is_not_taken_for_a_new_fleet() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet.revoke("web1").await.unwrap();
    let dir = fleet.server().unwrap().admin().ca.parent().unwrap().to_owned();
    let (store, aside) = (dir.join("store"), dir.join("aside"));
    fleet.kill_server().await;
    std::fs::rename(&store, &aside).unwrap();
    // The first start makes an empty store, the second one finds it.
    for _ in 0..2 {
        let error = fleet.start_server().await.unwrap_err().to_string();
        assert!(error.contains("empty, but this fleet has a history"), "{error}");
    }
    std::fs::remove_dir_all(&store).unwrap();
    std::fs::rename(&aside, &store).unwrap();
    fleet.start_server().await.unwrap();
    assert_eq!(fleet.view("web1").await.unwrap().state, NodeState::Revoked);
    fleet.finish().await.unwrap();
}
