//! What must hold of a lane, T-22: whatever bytes a peer sends on it, it ends or goes on. No task panics,
//! and the memory of both sides stays where it was.
#![allow(clippy::unwrap_used, reason = "a failing unwrap is a finding")]

use crate::harness::{Case, Parser};
use link::Shutdown;
use link::lane::{Acceptor, Lane};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use wire::{LaneId, chunk};

const SHORT: Duration = Duration::from_millis(1);
const DATA: u8 = 0;
const WINDOW: u8 = 1;
const PING: u8 = 2;
const AWAY: u8 = 3;
const SYN: u16 = 1;
const ACK: u16 = 2;
const FIN: u16 = 4;
const RST: u16 = 8;

/// A yamux frame; `length` is what its header claims.
fn frame(kind: u8, flags: u16, stream: u32, length: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, kind];
    bytes.extend_from_slice(&flags.to_be_bytes());
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(body);
    bytes
}

fn data(flags: u16, stream: u32, body: &[u8]) -> Vec<u8> {
    frame(DATA, flags, stream, u32::try_from(body.len()).unwrap(), body)
}

/// What a peer may say, and what it must not: T-22's list.
fn corpus() -> Vec<Vec<u8>> {
    let head = [0, 0, 0, 1, 7];
    let payload = [&chunk::data(5)[..], b"hello", &chunk::end()].concat();
    let mut all = vec![
        [data(SYN, 1, &head), data(0, 1, &payload), data(FIN, 1, &[])].concat(),
        [frame(WINDOW, SYN, 1, 0, &[]), data(0, 1, &head), frame(WINDOW, 0, 1, 65_536, &[])]
            .concat(),
        [data(ACK, 1, &head), data(0, 1, &payload), frame(WINDOW, ACK, 1, 0, &[])].concat(),
        [frame(PING, SYN, 0, 77, &[]), frame(PING, ACK, 0, 77, &[])].concat(),
        [data(SYN, 1, &head), frame(AWAY, 0, 0, 0, &[]), data(0, 1, &payload)].concat(),
        data(SYN, 1, &vec![0; 262_145]),
        frame(WINDOW, SYN, 1, u32::MAX, &[]),
        [
            frame(WINDOW, SYN, 1, 0, &[]),
            frame(WINDOW, 0, 1, u32::MAX, &[]),
            frame(WINDOW, 0, 1, u32::MAX, &[]),
        ]
        .concat(),
        [data(ACK, 1, &[]), frame(WINDOW, 0, 1, u32::MAX, &[]), frame(WINDOW, 0, 1, u32::MAX, &[])]
            .concat(),
        (0..512).flat_map(|id| frame(PING, SYN, 0, id, &[])).collect(),
        frame(PING, ACK, 0, 99, &[]),
        [data(SYN, 1, &head), data(SYN, 1, &head)].concat(),
        data(SYN, 2, &head),
        [data(0, 99, &vec![0; 1 << 18]), frame(DATA, 0, 99, u32::MAX, &[])].concat(),
        frame(DATA, 0, 1, 1 << 20, &[0; 100]),
    ];
    let storm = |n: u32| [data(SYN, 2 * n + 1, &[]), data(RST, 2 * n + 1, &[])].concat();
    all.push((0..300).flat_map(storm).collect());
    all
}

/// Says `input` to the other side of a lane and hangs up; what comes back is read to its end.
async fn say(theirs: DuplexStream, input: &[u8]) {
    let (mut read, mut write) = tokio::io::split(theirs);
    let talk = async {
        // The lane may have ended by now.
        let _ = write.write_all(input).await;
        let _ = write.shutdown().await;
    };
    let listen = async {
        let mut block = [0; 4096];
        while matches!(read.read(&mut block).await, Ok(n) if n > 0) {}
    };
    tokio::join!(talk, listen);
}

/// A peer that opens streams to us.
async fn accepting(input: &[u8], shutdown: &Shutdown) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let mut acceptor = Acceptor::start(ours, LaneId(1), SHORT, shutdown);
    let serve = async {
        while let Some(mut stream) = acceptor.next().await {
            let _ = stream.receive::<u64>().await;
        }
    };
    tokio::join!(say(theirs, input), serve);
}

/// A peer to whom we opened a stream and sent something.
async fn opening(input: &[u8], shutdown: &Shutdown) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let lane = Lane::opener(ours, LaneId(1), SHORT, shutdown);
    let ask = async {
        let Ok(mut stream) = lane.open().await else { return };
        let _ = stream.send(&7u64).await;
        let _ = stream.receive::<u64>().await;
        drop(stream);
        lane.closed().await;
    };
    tokio::join!(say(theirs, input), ask);
}

pub(crate) fn frames() -> Case {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Parser::new("yamux", 300 * 1024).with(corpus()).holds(move |input| {
        let shutdown = Shutdown::new();
        runtime.block_on(async {
            accepting(input, &shutdown).await;
            opening(input, &shutdown).await;
            assert_eq!(shutdown.finish(Duration::from_secs(5)).await, 0, "tasks are left");
        });
        assert_eq!(Shutdown::panics(), 0);
    })
}
