//! T-22: an agent and an operator with good certificates whose multiplexer is hostile. Their lane is
//! closed or what they say is ignored; nobody else notices, no task panics, no memory is taken.

use super::{SOON, echoes, resident, stage, visitor};
use link::Shutdown;
use link::dial::Conn;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::visit;
use testbed::fleet::raw::Raw;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wire::Target;

const DATA: u8 = 0;
const WINDOW: u8 = 1;
const PING: u8 = 2;
const AWAY: u8 = 3;
const SYN: u16 = 1;
const ACK: u16 = 2;
const FIN: u16 = 4;
const RST: u16 = 8;
/// The ping after each attack.
const NONCE: u32 = 0xfeed_beef;
/// What all attacks together may leave in this process, both ends of everything included.
const BUDGET: usize = 64 << 20;

fn head(kind: u8, flags: u16, stream: u32, length: u32) -> Vec<u8> {
    let mut bytes = vec![0, kind];
    bytes.extend_from_slice(&flags.to_be_bytes());
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes
}

fn data(flags: u16, stream: u32, length: usize) -> Vec<u8> {
    let mut bytes = head(DATA, flags, stream, u32::try_from(length).unwrap());
    bytes.resize(bytes.len() + length, 0);
    bytes
}

/// What must be survived. `theirs` is a stream the server opened, `own` one only the peer could open.
fn attacks(theirs: u32, own: u32) -> Vec<(&'static str, Vec<u8>)> {
    let storm = |n: u32| [data(SYN, own + 2 * n, 0), head(DATA, RST, own + 2 * n, 0)].concat();
    vec![
        ("more data than the window", data(SYN, own, 262_145)),
        ("all credit at once", head(WINDOW, SYN, own, u32::MAX)),
        (
            "credit that overflows",
            [
                head(WINDOW, SYN, own, 0),
                head(WINDOW, 0, own, u32::MAX),
                head(WINDOW, 0, own, u32::MAX),
            ]
            .concat(),
        ),
        (
            "credit that overflows on the server's stream",
            [
                head(WINDOW, ACK, theirs, u32::MAX),
                head(WINDOW, 0, theirs, u32::MAX),
                head(WINDOW, 0, theirs, u32::MAX),
            ]
            .concat(),
        ),
        ("a ping flood", (0..10_000).flat_map(|nonce| head(PING, SYN, 0, nonce)).collect()),
        ("answers to no ping", (0..100).flat_map(|nonce| head(PING, ACK, 0, nonce)).collect()),
        ("a storm of resets", (0..2000).flat_map(storm).collect()),
        ("a stream id twice", [data(SYN, own, 0), data(SYN, own, 0)].concat()),
        ("ids of the other side", [data(SYN, own + 1, 0), head(WINDOW, SYN, own + 3, 0)].concat()),
        ("a megabyte for nobody", [data(0, 9999, 1 << 20), data(0, 9997, 1 << 20)].concat()),
        ("a frame over every bound", head(DATA, 0, theirs, u32::MAX)),
        ("a go-away in the middle", [head(AWAY, 0, 0, 0), data(0, theirs, 100)].concat()),
        ("an end and data behind it", [data(ACK | FIN, theirs, 10), data(0, theirs, 10)].concat()),
        ("no yamux", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        (
            "every flag and an unknown kind",
            [head(7, 0xffff, theirs, 1), head(PING, 0xffff, 5, 5)].concat(),
        ),
    ]
}

/// Says `bytes` and a ping, and waits for its answer or for the end.
async fn attack(what: &str, conn: Conn, bytes: Vec<u8>) {
    let (mut read, mut write) = tokio::io::split(conn.io);
    let mut parts = tokio::task::JoinSet::new();
    parts.spawn(async move {
        // The server may have ended it by now.
        let _ = write.write_all(&bytes).await;
        let _ = write.write_all(&head(PING, SYN, 0, NONCE)).await;
        let _ = write.flush().await;
        std::future::pending::<()>().await;
    });
    let answer = head(PING, ACK, 0, NONCE);
    let over = async {
        let (mut heard, mut block) = (Vec::new(), [0; 16 * 1024]);
        while let Ok(n @ 1..) = read.read(&mut block).await {
            heard.extend_from_slice(&block[..n]);
            if heard.windows(answer.len()).any(|w| w == answer) {
                return;
            }
            heard.drain(..heard.len().saturating_sub(answer.len()));
        }
    };
    timeout(PATIENCE, over).await.unwrap_or_else(|_| panic!("{what}: neither end nor answer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_multiplexer_with_a_good_certificate_ends_its_own_lane_at_most() {
    let (mut fleet, port) = stage().await;
    let target = Target::new("localhost", 1).unwrap();
    let mine = fleet.publish("mine", "mute", target, None).await.unwrap();
    fleet.admit("mine", "127.0.0.0/8").await.unwrap();
    let mut steady = visitor(&port).await.unwrap();
    let identity = fleet.node("mute").unwrap().identity().unwrap();
    let before = resident();
    // As an agent: the server opens streams, the first is number 1.
    for (what, bytes) in attacks(1, 2) {
        let control = Raw::agent(&fleet, identity.clone()).await.unwrap();
        let mut conn = control.lane(1).await.unwrap();
        // Somebody wants to get through, so that there is a stream.
        let visiting = visit([127, 0, 0, 1], &mine).await.unwrap();
        timeout(PATIENCE, conn.io.read_exact(&mut [0; 12])).await.expect(what).unwrap();
        attack(what, conn, bytes).await;
        assert!(echoes(&mut steady).await, "{what}: another's tunnel ended");
        drop(visiting);
    }
    // As an operator, who opens the streams himself.
    let tls = fleet.access().unwrap().tls;
    for (what, bytes) in attacks(2, 1) {
        let control = Raw::operator(&fleet, tls.clone()).await.unwrap();
        let conn = control.lane(1).await.unwrap();
        attack(what, conn, bytes).await;
        assert!(echoes(&mut steady).await, "{what}: another's tunnel ended");
    }
    assert_eq!(Shutdown::panics(), 0);
    let grown = resident().saturating_sub(before);
    println!("30 attacks: {} KiB more", grown / 1024);
    assert!(grown <= BUDGET, "{grown} bytes more than before");
    assert!(visitor(&port).await.is_some());
    fleet.finish().await.unwrap();
}

/// A peer that asks and never listens is kept waiting, not buffered.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_nobody_takes_are_not_kept() {
    let (fleet, port) = stage().await;
    let identity = fleet.node("mute").unwrap().identity().unwrap();
    let control = Raw::agent(&fleet, identity).await.unwrap();
    let conn = control.lane(1).await.unwrap();
    let (read, mut write) = tokio::io::split(conn.io);
    let before = resident();
    let pings: Vec<u8> = (0..4096).flat_map(|nonce| head(PING, SYN, 0, nonce)).collect();
    let mut said = 0;
    // Until the server no longer takes it, or has taken very much.
    while said < 64 << 20 {
        match timeout(Duration::from_secs(1), write.write_all(&pings)).await {
            Ok(Ok(())) => said += pings.len(),
            _ => break,
        }
    }
    let grown = resident().saturating_sub(before);
    println!("{} KiB of pings unanswered: {} KiB more", said / 1024, grown / 1024);
    assert!(grown <= BUDGET, "{grown} bytes more than before");
    assert!(timeout(SOON, visitor(&port)).await.unwrap().is_some());
    drop((read, write, control));
    assert_eq!(Shutdown::panics(), 0);
    fleet.finish().await.unwrap();
}
