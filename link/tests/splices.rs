//! What a tunnel keeps of TCP (F2.8, F2.13), over real sockets, real TLS and a real lane.

// Tests stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "a test awaits the handles of what it spawns")]

mod rig;

use link::splice::{End, Limits, reset, splice};
use rig::{Rig, pair, soon};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::CloseReason;

const MIB: usize = 1024 * 1024;

/// Bytes that repeat with no power of two.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

async fn rest(io: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    soon("the end of a stream", io.read_to_end(&mut all)).await?;
    Ok(all)
}

/// Writes until nothing has been taken for a second; how much was.
async fn fill(io: &mut TcpStream) -> usize {
    let block = vec![0; 64 * 1024];
    let mut taken = 0;
    while let Ok(count) = timeout(Duration::from_secs(1), io.write(&block)).await {
        taken += count.unwrap();
        assert!(taken < 256 * MIB, "nothing held the writer back");
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bulk_arrives_whole_in_both_directions_at_once() {
    let mut rig = Rig::new().await;
    let mut tunnel = rig.tunnel().await;
    let data = Arc::new(pattern(64 * MIB + 13));
    let send = |mut io: tokio::net::tcp::OwnedWriteHalf, data: Arc<Vec<u8>>| {
        tokio::spawn(async move {
            for piece in data.chunks(100_003) {
                io.write_all(piece).await.unwrap();
            }
            io.shutdown().await.unwrap();
        })
    };
    let receive = |mut io: tokio::net::tcp::OwnedReadHalf| {
        tokio::spawn(async move {
            let mut all = Vec::new();
            io.read_to_end(&mut all).await.unwrap();
            blake3::hash(&all)
        })
    };
    let ((from_client, to_target), (from_target, to_client)) =
        (tunnel.client.into_split(), tunnel.target.into_split());
    let sending = [send(to_target, Arc::clone(&data)), send(to_client, Arc::clone(&data))];
    let receiving = [receive(from_client), receive(from_target)];
    for arrived in receiving {
        assert_eq!(soon("all bytes", arrived).await.unwrap(), blake3::hash(&data));
    }
    for sent in sending {
        sent.await.unwrap();
    }
    let server = soon("the end", &mut tunnel.server).await.unwrap();
    assert!(matches!(server.reason, CloseReason::ClientClosed | CloseReason::TargetClosed));
    let length = u64::try_from(data.len()).unwrap();
    assert_eq!((tunnel.meter.up(), tunnel.meter.down()), (length, length));
}

#[tokio::test]
async fn each_side_can_finish_first_and_still_receive() {
    let mut rig = Rig::new().await;
    for client_first in [true, false] {
        let mut tunnel = rig.tunnel().await;
        let (first, second) = if client_first {
            (&mut tunnel.client, &mut tunnel.target)
        } else {
            (&mut tunnel.target, &mut tunnel.client)
        };
        first.write_all(b"question").await.unwrap();
        first.shutdown().await.unwrap();
        assert_eq!(rest(second).await.unwrap(), b"question");
        second.write_all(&pattern(3 * MIB)).await.unwrap();
        second.shutdown().await.unwrap();
        assert_eq!(rest(first).await.unwrap(), pattern(3 * MIB));
        let (server, agent) = tunnel.ended().await;
        let reason =
            if client_first { CloseReason::ClientClosed } else { CloseReason::TargetClosed };
        assert_eq!((server.reason, agent.reason), (reason, reason));
    }
}

#[tokio::test]
async fn a_reset_arrives_as_a_reset_from_either_side() {
    let mut rig = Rig::new().await;
    for from_client in [true, false] {
        let mut tunnel = rig.tunnel().await;
        tunnel.client.write_all(b"hello").await.unwrap();
        let mut hello = [0; 5];
        tunnel.target.read_exact(&mut hello).await.unwrap();
        let (resetting, mut other) = if from_client {
            (tunnel.client, tunnel.target)
        } else {
            (tunnel.target, tunnel.client)
        };
        reset(resetting);
        assert_eq!(rest(&mut other).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        let reason = if from_client { CloseReason::ClientReset } else { CloseReason::TargetReset };
        let (server, agent) =
            soon("ends", async { tokio::join!(tunnel.server, tunnel.agent) }).await;
        assert_eq!((server.unwrap().reason, agent.unwrap().reason), (reason, reason));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_transfer_never_looks_complete() {
    let mut rig = Rig::new().await;
    for round in 0..20u64 {
        let mut tunnel = rig.tunnel().await;
        let cut = tunnel.cut.clone();
        let mut target = tunnel.target;
        let sender = tokio::spawn(async move {
            let block = vec![1; 64 * 1024];
            while target.write_all(&block).await.is_ok() {}
        });
        let mut first = vec![0; 100_000 + usize::try_from(round).unwrap() * 7_001];
        soon("bytes", tunnel.client.read_exact(&mut first)).await.unwrap();
        cut.now(CloseReason::Revoked);
        assert_eq!(rest(&mut tunnel.client).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        soon("the sender's reset", sender).await.unwrap();
        assert_eq!(soon("end", tunnel.server).await.unwrap().reason, CloseReason::Revoked);
    }
}

#[tokio::test]
async fn a_cut_is_at_once_and_tells_the_other_side_why() {
    let mut rig = Rig::new().await;
    let mut tunnel = rig.tunnel().await;
    let since = Instant::now();
    tunnel.cut.now(CloseReason::RuleChanged);
    tunnel.cut.now(CloseReason::Drain);
    assert_eq!(rest(&mut tunnel.client).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(rest(&mut tunnel.target).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(since.elapsed() < Duration::from_millis(500), "{:?}", since.elapsed());
    let (server, agent) = tunnel.ended().await;
    assert_eq!(server.reason, CloseReason::RuleChanged);
    assert_eq!(agent.reason, CloseReason::RuleChanged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_reaches_a_target_that_does_not_read() {
    let mut rig = Rig::new().await;
    let mut tunnel = rig.tunnel().await;
    fill(&mut tunnel.client).await;
    tunnel.cut.now(CloseReason::Locked);
    let (server, agent) = soon("ends", async { tokio::join!(tunnel.server, tunnel.agent) }).await;
    assert_eq!(server.unwrap().reason, CloseReason::Locked);
    // The window was full: the word may not have fitted. Then the agent knows only of the reset.
    let reason = agent.unwrap().reason;
    assert!(matches!(reason, CloseReason::Locked | CloseReason::OperatorLost), "{reason}");
    assert_eq!(rest(&mut tunnel.target).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_resets_is_noticed_behind_a_target_that_does_not_read() {
    let mut rig = Rig::new().await;
    let mut tunnel = rig.tunnel().await;
    fill(&mut tunnel.client).await;
    reset(tunnel.client);
    assert_eq!(soon("end", tunnel.server).await.unwrap().reason, CloseReason::ClientReset);
    soon("end", tunnel.agent).await.unwrap();
    assert_eq!(rest(&mut tunnel.target).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_reader_holds_its_writer_back_and_nobody_else() {
    let mut rig = Rig::new().await;
    let mut stuck = rig.tunnel().await;
    let taken = fill(&mut stuck.client).await;
    // Three sockets with their kernel buffers, one window, one chunk.
    assert!(taken < 24 * MIB, "{} MiB were taken", taken / MIB);
    let mut other = rig.tunnel().await;
    let data = pattern(16 * MIB);
    let copy = data.clone();
    let sent = tokio::spawn(async move {
        other.client.write_all(&copy).await.unwrap();
        other.client
    });
    let mut arrived = vec![0; data.len()];
    soon("bytes past the stuck one", other.target.read_exact(&mut arrived)).await.unwrap();
    assert!(arrived == data);
    sent.await.unwrap();
    // The stuck one is not broken: reading sets it free.
    let mut target = stuck.target;
    let reading = tokio::spawn(async move {
        let mut sink = vec![0; 64 * 1024];
        let mut all = 0;
        loop {
            match target.read(&mut sink).await.unwrap() {
                0 => return all,
                count => all += count,
            }
        }
    });
    stuck.client.shutdown().await.unwrap();
    assert_eq!(soon("the stuck bytes", reading).await.unwrap(), taken);
}

#[tokio::test]
async fn what_the_client_wrote_before_the_answer_arrives_first() {
    let mut rig = Rig::new().await;
    let mut opened = rig.lane.open().await.unwrap();
    opened.send(&7u64).await.unwrap();
    opened.send_payload(b"early ").await.unwrap();
    let (mut client, visitor) = pair().await;
    client.write_all(b"bird").await.unwrap();
    let server = tokio::spawn(async move {
        assert_eq!(opened.receive::<u64>().await.unwrap(), 8);
        let (meter, limits) = (Arc::default(), Limits::default());
        splice(End::Tcp(visitor), End::Lane(opened), meter, limits, Default::default()).await
    });
    let mut accepted = soon("a stream", rig.agent.next()).await.unwrap();
    assert_eq!(accepted.receive::<u64>().await.unwrap(), 7);
    accepted.send(&8u64).await.unwrap();
    let (dialled, mut target) = pair().await;
    let agent = tokio::spawn(async move {
        let (meter, limits) = (Arc::default(), Limits::default());
        splice(End::Lane(accepted), End::Tcp(dialled), meter, limits, Default::default()).await
    });
    let mut words = [0; 10];
    soon("early bytes", target.read_exact(&mut words)).await.unwrap();
    assert_eq!(&words, b"early bird");
    drop((client, target));
    soon("ends", async { tokio::join!(server, agent) }).await.0.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_speaks_first_and_closes_at_once_loses_nothing() {
    let mut rig = Rig::new().await;
    for round in 0..300usize {
        let (opened, mut accepted) = rig.stream().await;
        let (mut client, visitor) = pair().await;
        let (dialled, mut target) = pair().await;
        let greeting = pattern(1 + round * 37);
        target.write_all(&greeting).await.unwrap();
        drop(target);
        let (meter, limits) = (Arc::default(), Limits::default());
        let server = tokio::spawn(splice(
            End::Tcp(visitor),
            End::Lane(opened),
            meter,
            limits,
            Default::default(),
        ));
        accepted.send_payload(b"!").await.unwrap();
        let (meter, limits) = (Arc::default(), Limits::default());
        let agent = tokio::spawn(splice(
            End::Lane(accepted),
            End::Tcp(dialled),
            meter,
            limits,
            Default::default(),
        ));
        assert_eq!(rest(&mut client).await.unwrap(), [b"!".to_vec(), greeting].concat());
        drop(client);
        soon("ends", async { tokio::join!(server, agent) }).await.0.unwrap();
    }
}

#[tokio::test]
async fn a_dead_lane_resets_both_sides_and_says_who_was_lost() {
    let mut rig = Rig::new().await;
    let mut tunnel = rig.tunnel().await;
    // Half-closed, or silent: it is noticed all the same.
    tunnel.client.shutdown().await.unwrap();
    let mut silent = rig.tunnel().await;
    assert_eq!(rest(&mut tunnel.target).await.unwrap(), b"");
    rig.agent_part.cancel();
    assert_eq!(rest(&mut tunnel.client).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(rest(&mut silent.client).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(rest(&mut silent.target).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    for tunnel in [tunnel, silent] {
        let (server, agent) = tunnel.ended().await;
        assert_eq!(server.reason, CloseReason::NodeLost);
        assert_eq!(agent.reason, CloseReason::OperatorLost);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_messages_with_pauses_between_them_never_get_stuck() {
    let mut rig = Rig::new().await;
    let mut bulk = rig.tunnel().await;
    let mut tunnel = rig.tunnel().await;
    for round in 0..10_500u32 {
        if round == 10_000 {
            // The rest with a bulk transfer the other way on the same lane.
            let mut target = bulk.target;
            tokio::spawn(async move {
                let block = vec![0; 64 * 1024];
                while target.write_all(&block).await.is_ok() {}
            });
            let mut client = bulk.client;
            tokio::spawn(async move {
                let mut sink = vec![0; 64 * 1024];
                while client.read(&mut sink).await.is_ok_and(|count| count > 0) {}
            });
            (bulk.client, bulk.target) = pair().await;
        }
        let message = [u8::try_from(round % 256).unwrap(); 64];
        let mut echo = [0; 64];
        tunnel.client.write_all(&message).await.unwrap();
        soon("a message", tunnel.target.read_exact(&mut echo)).await.unwrap();
        tunnel.target.write_all(&echo).await.unwrap();
        soon("its echo", tunnel.client.read_exact(&mut echo)).await.unwrap();
        assert_eq!(echo, message);
        if round % 50 == 0 {
            tokio::time::sleep(Duration::from_millis(u64::from(round % 7))).await;
        }
    }
}

#[tokio::test]
async fn limits_end_a_tunnel_with_their_reason() {
    let mut rig = Rig::new().await;
    let soon_enough = Some(Duration::from_millis(300));
    let idle = rig.tunnel_with(Limits { idle: soon_enough, ..Limits::default() }).await;
    let max = rig.tunnel_with(Limits { max: soon_enough, ..Limits::default() }).await;
    let mut stall = rig
        .tunnel_with(Limits { stall: Some(Duration::from_millis(1500)), ..Limits::default() })
        .await;
    let (idle, max) = (idle.ended().await, max.ended().await);
    assert_eq!((idle.0.reason, max.0.reason), (CloseReason::Idle, CloseReason::Max));
    assert_eq!((idle.1.reason, max.1.reason), (CloseReason::Idle, CloseReason::Max));
    let block = vec![0; 64 * 1024];
    while stall.client.write_all(&block).await.is_ok() {}
    assert_eq!(soon("end", stall.server).await.unwrap().reason, CloseReason::Stalled);
}

#[tokio::test]
async fn traffic_keeps_an_idle_limit_away() {
    let mut rig = Rig::new().await;
    let limits = Limits { idle: Some(Duration::from_millis(400)), ..Limits::default() };
    let mut tunnel = rig.tunnel_with(limits).await;
    let mut byte = [0];
    for _ in 0..12 {
        tunnel.target.write_all(b"x").await.unwrap();
        soon("a byte", tunnel.client.read_exact(&mut byte)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(tunnel.client);
    drop(tunnel.target);
    assert_ne!(soon("end", tunnel.server).await.unwrap().reason, CloseReason::Idle);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tunnel_passed_on_from_lane_to_lane_keeps_all_of_it() {
    let (mut first, mut second) = (Rig::new().await, Rig::new().await);
    for ending in ["finish", "reset", "cut"] {
        let (operator, at_server) = first.stream().await;
        let (to_node, at_node) = second.stream().await;
        let (mut client, visitor) = pair().await;
        let (dialled, mut target) = pair().await;
        let cut = link::splice::Cut::new();
        let run = |client, target, cut| {
            tokio::spawn(splice(client, target, Arc::default(), Limits::default(), cut))
        };
        let meter: Arc<link::meter::Meter> = Arc::default();
        let splices = [
            run(End::Tcp(visitor), End::Lane(operator), Default::default()),
            tokio::spawn(splice(
                End::Lane(at_server),
                End::Lane(to_node),
                Arc::clone(&meter),
                Limits::default(),
                cut.clone(),
            )),
            run(End::Lane(at_node), End::Tcp(dialled), Default::default()),
        ];
        let data = pattern(5 * MIB + 1);
        let (copy, expected) = (data.clone(), data.clone());
        let sending = tokio::spawn(async move {
            client.write_all(&copy).await.unwrap();
            client
        });
        let mut arrived = vec![0; data.len()];
        soon("all bytes", target.read_exact(&mut arrived)).await.unwrap();
        assert!(arrived == expected);
        let mut client = sending.await.unwrap();
        let reason = match ending {
            "finish" => {
                target.shutdown().await.unwrap();
                assert_eq!(rest(&mut client).await.unwrap(), b"");
                client.shutdown().await.unwrap();
                assert_eq!(rest(&mut target).await.unwrap(), b"");
                CloseReason::TargetClosed
            }
            "reset" => {
                reset(client);
                assert_eq!(rest(&mut target).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
                CloseReason::ClientReset
            }
            _ => {
                cut.now(CloseReason::SessionEnded);
                assert_eq!(rest(&mut client).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
                assert_eq!(rest(&mut target).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
                CloseReason::SessionEnded
            }
        };
        for splice in splices {
            assert_eq!(soon("an end", splice).await.unwrap().reason, reason, "{ending}");
        }
        assert_eq!(meter.up(), u64::try_from(data.len()).unwrap());
    }
}

#[tokio::test]
async fn a_pipe_whose_input_never_ends_does_not_keep_a_finished_tunnel() {
    let mut rig = Rig::new().await;
    let (opened, accepted) = rig.stream().await;
    let (mut target, dialled) = pair().await;
    let (input, _never_written) = tokio::io::duplex(64);
    let (output, mut shown) = tokio::io::duplex(MIB);
    let (meter, limits) = (Arc::default(), Limits::default());
    let client = End::Pipe(Box::new(input), Box::new(output));
    let server = tokio::spawn(splice(client, End::Lane(opened), meter, limits, Default::default()));
    let (meter, limits) = (Arc::default(), Limits::default());
    let agent = tokio::spawn(splice(
        End::Lane(accepted),
        End::Tcp(dialled),
        meter,
        limits,
        Default::default(),
    ));
    target.write_all(b"all there is").await.unwrap();
    drop(target);
    let mut text = String::new();
    soon("output", shown.read_to_string(&mut text)).await.unwrap();
    assert_eq!(text, "all there is");
    let (server, agent) = soon("ends", async { tokio::join!(server, agent) }).await;
    assert_eq!(server.unwrap().reason, CloseReason::TargetClosed);
    assert_eq!(agent.unwrap().reason, CloseReason::TargetClosed);
}
