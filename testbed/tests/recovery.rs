//! Faults and the way back: agents killed, cut, swallowed; servers killed; what is held meanwhile.
// A failed step of a test is the test's failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation
)]

use agent::Phase;
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, Sky, service, wait};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use wire::message::view::NodeState;
use wire::{DisconnectReason, Target};

const HOLD: Duration = Duration::from_secs(90);

async fn published(fleet: &mut Fleet) -> SocketAddr {
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let view = fleet.publish("db", "web1", target, Some(HOLD)).await.unwrap();
    fleet.admit("db", "127.0.0.0/8").await.unwrap();
    SocketAddr::from(([127, 0, 0, 1], view.public.port))
}

async fn visit(address: SocketAddr) -> std::io::Result<()> {
    let mut tcp = TcpStream::connect(address).await?;
    tcp.write_all(b"hello").await?;
    tcp.read_exact(&mut [0; 5]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_agent_is_stale_at_once_and_its_port_serves_who_came_meanwhile() {
    let mut fleet = Fleet::start().await.unwrap();
    let address = published(&mut fleet).await;
    visit(address).await.unwrap();
    fleet.kill("web1").await;
    let noticed = fleet.wait_state("web1", |state| state == NodeState::Stale).await.unwrap();
    assert!(noticed < Duration::from_secs(2), "{noticed:?}");
    let mut visitor = JoinSet::new();
    visitor.spawn(visit(address));
    fleet.run("web1").await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    timeout(PATIENCE, visitor.join_next()).await.unwrap().unwrap().unwrap().unwrap();
    assert_eq!(fleet.view("web1").await.unwrap().generation.0, 2);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_uplink_is_back_by_itself() {
    let mut fleet = Fleet::start().await.unwrap();
    let address = published(&mut fleet).await;
    for _ in 0..3 {
        fleet.node("web1").unwrap().weather.cut();
        timeout(PATIENCE, visit(address)).await.unwrap().unwrap();
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_black_hole_is_seen_within_25_s_and_left_within_30_s() {
    let mut fleet = Fleet::start().await.unwrap();
    let address = published(&mut fleet).await;
    fleet.node("web1").unwrap().weather.change(Sky::BlackHole);
    let start = Instant::now();
    fleet.wait_state("web1", |state| !state.is_connected()).await.unwrap();
    assert!(start.elapsed() <= Duration::from_secs(25), "{:?}", start.elapsed());
    let view = fleet.view("web1").await.unwrap();
    assert_eq!(view.disconnect_reason, Some(DisconnectReason::KeepaliveTimeout));
    let mut visitor = JoinSet::new();
    visitor.spawn(visit(address));
    fleet.node("web1").unwrap().weather.change(Sky::Clear);
    let back = fleet.wait_online("web1").await.unwrap();
    assert!(back <= Duration::from_secs(30), "{back:?}");
    timeout(PATIENCE, visitor.join_next()).await.unwrap().unwrap().unwrap().unwrap();
    fleet.finish().await.unwrap();
}

/// T-40, F9: an agent whose writes succeed must not believe for that reason, nor a server.
#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_dead_in_one_direction_is_seen_by_both_ends_within_25_s() {
    let mut fleet = Fleet::start().await.unwrap();
    for (name, sky) in [("deaf", Sky::Deaf), ("mute", Sky::Mute)] {
        fleet.add(name).await.unwrap();
        fleet.node(name).unwrap().weather.change(sky);
    }
    let start = Instant::now();
    for name in ["deaf", "mute"] {
        fleet.wait_state(name, |state| !state.is_connected()).await.unwrap();
        wait::until("the agent notices", Duration::from_secs(25), || async {
            let phase = fleet.node(name).unwrap().phase();
            matches!(phase, Some(Phase::Connecting { .. })).then_some(())
        })
        .await
        .unwrap();
        assert!(start.elapsed() <= Duration::from_secs(25), "{name}: {:?}", start.elapsed());
    }
    for name in ["deaf", "mute"] {
        fleet.node(name).unwrap().weather.change(Sky::Clear);
        let back = fleet.wait_online(name).await.unwrap();
        assert!(back <= Duration::from_secs(30), "{name}: {back:?}");
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_binds_the_same_ports_and_its_agents_return() {
    let mut fleet = Fleet::start().await.unwrap();
    let address = published(&mut fleet).await;
    fleet.kill_server().await;
    let start = Instant::now();
    fleet.start_server().await.unwrap();
    TcpStream::connect(address).await.unwrap();
    assert!(start.elapsed() <= Duration::from_secs(2), "{:?}", start.elapsed());
    let back = fleet.wait_online("web1").await.unwrap();
    assert!(back <= Duration::from_secs(30), "{back:?}");
    timeout(PATIENCE, visit(address)).await.unwrap().unwrap();
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_from_elsewhere_learn_nothing() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let view = fleet.publish("db", "web1", target, None).await.unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], view.public.port));
    assert!(timeout(PATIENCE, visit(address)).await.unwrap().is_err(), "admitted without a rule");
    fleet.admit("db", "127.0.0.2/32").await.unwrap();
    assert!(timeout(PATIENCE, visit(address)).await.unwrap().is_err(), "admitted from elsewhere");
    fleet.admit("db", "127.0.0.1/32").await.unwrap();
    timeout(PATIENCE, visit(address)).await.unwrap().unwrap();
    fleet.finish().await.unwrap();
}
