//! Many streams on one lane, its limits and its end; the choice among several lanes.

// Tests stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "a test awaits the handles of what it spawns")]

mod rig;

use link::Shutdown;
use link::lane::{Acceptor, Lane, LaneError, Lanes};
use rig::{Rig, soon};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::{LaneId, limits};

/// The round trip on loopback.
const SHORT: Duration = Duration::from_micros(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_tunnels_share_a_lane_and_one_more_is_refused() {
    let mut rig = Rig::new().await;
    let mut tunnels = Vec::new();
    for _ in 0..limits::LANE_OPEN_STREAMS {
        tunnels.push(rig.tunnel().await);
    }
    assert!(matches!(rig.lane.open().await, Err(LaneError::Full)));
    let work = tunnels.into_iter().enumerate().map(|(number, mut tunnel)| {
        tokio::spawn(async move {
            let byte = u8::try_from(number % 256).unwrap();
            let (data, mut arrived) = (vec![byte; 50_000], vec![0; 50_000]);
            let (sent, received) = tokio::join!(
                tunnel.client.write_all(&data),
                tunnel.target.read_exact(&mut arrived)
            );
            sent.unwrap();
            received.unwrap();
            assert!(arrived == data);
            drop((tunnel.client, tunnel.target));
            tunnel.server.await.unwrap();
            tunnel.agent.await.unwrap();
        })
    });
    for task in work.collect::<Vec<_>>() {
        soon("a tunnel", task).await.unwrap();
    }
    assert_eq!(rig.lane.streams(), 0);
    rig.tunnel().await;
}

/// The opener may drop streams and open others before the acceptor has let go of the first ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_one_side_still_holds_do_not_end_the_lane() {
    let mut rig = Rig::new().await;
    let mut tunnel = rig.tunnel().await;
    let mut held = Vec::new();
    for _ in 0..limits::LANE_ACCEPT_STREAMS + 40 {
        let mut opened = rig.lane.open().await.unwrap();
        opened.send(&7u64).await.unwrap();
        held.extend(tokio::time::timeout(Duration::from_millis(200), rig.agent.next()).await.ok());
        drop(opened);
    }
    assert!(held.len() < limits::LANE_ACCEPT_STREAMS + 40, "the acceptor has a bound");
    tunnel.client.write_all(b"alive").await.unwrap();
    let mut word = [0; 5];
    soon("a word", tunnel.target.read_exact(&mut word)).await.unwrap();
    drop(held);
    rig.tunnel().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_opened_and_dropped_in_haste_do_not_end_the_lane() {
    let mut rig = Rig::new().await;
    let lane = rig.lane.clone();
    let haste = (0..8).map(|_| {
        let lane = lane.clone();
        tokio::spawn(async move {
            for _ in 0..500 {
                let Ok(mut stream) = lane.open().await else { continue };
                stream.send(&7u64).await.unwrap();
            }
        })
    });
    let haste: Vec<_> = haste.collect();
    let accepting = tokio::spawn(async move {
        while let Some(mut stream) = rig.agent.next().await {
            let _ = stream.receive::<u64>().await;
        }
    });
    for task in haste {
        soon("haste", task).await.unwrap();
    }
    assert!(!lane.is_closed());
    lane.close();
    soon("the end", lane.closed()).await;
    soon("the acceptor's end", accepting).await.unwrap();
}

#[tokio::test]
async fn a_lane_ends_when_nobody_holds_it() {
    let mut rig = Rig::new().await;
    let (opened, accepted) = rig.stream().await;
    drop(rig.lane);
    drop(opened);
    drop(accepted);
    assert!(soon("the acceptor's end", rig.agent.next()).await.is_none());
    assert_eq!(rig.shutdown.finish(rig::PATIENCE).await, 0);
}

#[tokio::test]
async fn a_peer_that_speaks_no_yamux_ends_the_lane_and_nothing_else() {
    for noise in [vec![0xff; 12], vec![0; 64 * 1024], b"GET / HTTP/1.1\r\n\r\n".to_vec()] {
        let shutdown = Shutdown::new();
        let (ours, mut theirs) = tokio::io::duplex(256 * 1024);
        let mut acceptor = Acceptor::start(ours, LaneId(1), SHORT, &shutdown);
        theirs.write_all(&noise).await.unwrap();
        drop(theirs);
        assert!(soon("the end", acceptor.next()).await.is_none());
    }
    assert_eq!(Shutdown::panics(), 0);
}

/// T-22: frames that were panics or unbounded memory in older multiplexers.
#[tokio::test]
async fn hostile_frames_end_the_lane_or_are_ignored() {
    let frame = |kind: u8, flags: u16, stream: u32, length: u32, body: usize| {
        let mut bytes = vec![0, kind];
        bytes.extend_from_slice(&flags.to_be_bytes());
        bytes.extend_from_slice(&stream.to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.resize(12 + body, 0);
        bytes
    };
    let (syn, fin, rst) = (1, 4, 8);
    let frames = [
        frame(0, syn, 1, 262_145, 262_145),
        frame(1, syn, 1, u32::MAX, 0),
        [frame(1, syn, 1, 0, 0), frame(1, 0, 1, u32::MAX, 0), frame(1, 0, 1, u32::MAX, 0)].concat(),
        (0..4096).flat_map(|id| frame(2, syn, 0, id, 0)).collect(),
        frame(2, 2, 0, 77, 0),
        (0..2000)
            .flat_map(|n| [frame(0, syn, 2 * n + 1, 0, 0), frame(0, rst, 2 * n + 1, 0, 0)].concat())
            .collect(),
        [frame(0, syn, 1, 0, 0), frame(0, syn, 1, 0, 0)].concat(),
        frame(0, syn, 2, 0, 0),
        [frame(0, 0, 99, 1 << 20, 1 << 20), frame(0, 0, 99, u32::MAX, 0)].concat(),
        [frame(0, syn | fin, 1, 3, 3), frame(3, 0, 0, 0, 0)].concat(),
    ];
    for bytes in frames {
        let shutdown = Shutdown::new();
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let mut acceptor = Acceptor::start(ours, LaneId(1), SHORT, &shutdown);
        let (mut read, mut write) = tokio::io::split(theirs);
        let draining = tokio::spawn(async move {
            let mut sink = Vec::new();
            let _ = read.read_to_end(&mut sink).await;
        });
        let sending = tokio::spawn(async move {
            let _ = write.write_all(&bytes).await;
            let _ = write.shutdown().await;
        });
        soon("the end", async { while acceptor.next().await.is_some() {} }).await;
        soon("sent", sending).await.unwrap();
        drop(acceptor);
        soon("drained", draining).await.unwrap();
    }
    assert_eq!(Shutdown::panics(), 0);
}

fn over_memory(shutdown: &Shutdown, id: u64) -> (Lane, Acceptor) {
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    (
        Lane::opener(ours, LaneId(id), SHORT, shutdown),
        Acceptor::start(theirs, LaneId(id), SHORT, shutdown),
    )
}

#[tokio::test(start_paused = true)]
async fn an_idle_extra_lane_closes_and_the_first_stays() {
    let shutdown = Shutdown::new();
    let lanes = Lanes::new();
    let (first, _a) = over_memory(&shutdown, 1);
    let (second, _b) = over_memory(&shutdown, 2);
    lanes.add(first.clone());
    lanes.add(second.clone());
    let mut used = second.open().await.unwrap();
    used.send(&7u64).await.unwrap();
    tokio::time::sleep(limits::LANE_IDLE * 2).await;
    assert_eq!(lanes.count(), 2, "it carries a tunnel");
    drop(used);
    tokio::time::sleep(limits::LANE_IDLE / 2).await;
    assert_eq!(lanes.count(), 2, "not idle for long enough");
    tokio::time::sleep(limits::LANE_IDLE).await;
    assert!(second.is_closed());
    assert!(!first.is_closed());
    assert_eq!(lanes.count(), 1);
}

#[tokio::test]
async fn an_open_waits_for_the_first_lane_and_survives_the_loss_of_one() {
    let shutdown = Shutdown::new();
    let lanes = Lanes::new();
    assert!(lanes.wants_more());
    let waiting = tokio::spawn({
        let lanes = lanes.clone();
        async move { lanes.open().await }
    });
    let (first, _a) = over_memory(&shutdown, 1);
    lanes.add(first.clone());
    soon("a stream", waiting).await.unwrap().unwrap();
    let (second, _b) = over_memory(&shutdown, 2);
    lanes.add(second);
    first.close();
    for _ in 0..10 {
        soon("a stream", lanes.open()).await.unwrap();
    }
    assert_eq!(lanes.count(), 1);
    lanes.close_all();
    assert_eq!(lanes.count(), 0);
}

#[tokio::test]
async fn bytes_nobody_takes_make_a_lane_ask_for_another() {
    let shutdown = Shutdown::new();
    let lanes = Lanes::new();
    let (ours, theirs) = tokio::io::duplex(1024);
    let first = Lane::opener(ours, LaneId(1), SHORT, &shutdown);
    lanes.add(first.clone());
    assert!(!lanes.wants_more());
    let mut stream = first.open().await.unwrap();
    stream.send_payload(&[0; 60_000]).await.unwrap();
    soon("a blocked lane", async {
        while first.unsent() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(lanes.wants_more());
    let (second, _b) = over_memory(&shutdown, 2);
    lanes.add(second.clone());
    assert!(!lanes.wants_more());
    let _on_second = lanes.open().await.unwrap();
    assert_eq!((first.streams(), second.streams()), (1, 1));
    drop(theirs);
}

#[tokio::test]
async fn who_dials_the_lanes_does_not_wait_for_one_that_was_lost() {
    let (lanes, shutdown) = (Lanes::new(), Shutdown::new());
    let none = soon("an open without lanes", lanes.open_on_one()).await;
    assert!(matches!(none, Err(LaneError::Closed)));
    let (lane, acceptor) = over_memory(&shutdown, 1);
    lanes.add(lane.clone());
    soon("an open", lanes.open_on_one()).await.unwrap();
    drop(acceptor);
    lane.close();
    let lost = soon("an open on a lost lane", lanes.open_on_one()).await;
    assert!(matches!(lost, Err(LaneError::Closed)));
    shutdown.finish(Duration::from_secs(5)).await;
}
