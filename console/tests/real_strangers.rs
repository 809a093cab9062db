//! What strangers cost a real server in memory. What they get, and that they keep nobody out, is in
//! `testbed/tests/strangers.rs`.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::Lab;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

/// Sources the crowd comes from: more than enough for each to stay within its share.
const SOURCES: u32 = 40;
/// How long one of the crowd stays: longer than any deadline of the server.
const STAYS: Duration = Duration::from_secs(13);
/// After so many crowds it shows whether each takes something for good.
const CROWDS: usize = 5;
/// What all strangers together may cost (G6).
const POOL: u64 = 128 << 20;

/// The greater part of a greeting that fills a TLS record, and never its end.
static HALF: [u8; 12_000] = {
    let mut bytes = [0; 12_000];
    let begin = [0x16, 3, 1, 0x3F, 0xF0, 1, 0, 0x3F, 0xEC];
    let mut at = 0;
    while at < begin.len() {
        bytes[at] = begin[at];
        at += 1;
    }
    bytes
};

/// Memory of the server that is not its program.
fn resident(lab: &Lab) -> u64 {
    let pid = lab.server.as_ref().unwrap().child.id();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Whether the last crowd left more than the one before it, by more than a twentieth.
fn grew(after: &[u64]) -> bool {
    after.windows(2).last().is_some_and(|pair| pair[1] > pair[0] + pair[0] / 20)
}

async fn visit(n: u32, server: SocketAddr, says: &[u8]) -> Option<TcpStream> {
    let [_, _, _, low] = (n % SOURCES + 1).to_be_bytes();
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind((Ipv4Addr::new(127, 0, 8, low), 0).into()).ok()?;
    let mut tcp = socket.connect(server).await.ok()?;
    tcp.write_all(says).await.ok()?;
    Some(tcp)
}

/// Lets `many` come, say the same and stay until the server closes them; the most it held meanwhile.
async fn crowd(lab: &Lab, many: u32, says: &'static [u8]) -> u64 {
    let server: SocketAddr = lab.address.parse().unwrap();
    let mut crowd = JoinSet::new();
    for n in 0..many {
        crowd.spawn(async move {
            if let Some(mut tcp) = visit(n, server, says).await {
                // Whom the kernel dropped from a full accept queue nobody ever tells.
                let mut sink = [0; 64];
                let closed = async { while tcp.read(&mut sink).await.is_ok_and(|n| n > 0) {} };
                let _ = timeout(STAYS, closed).await;
            }
        });
    }
    let (mut most, mut looks) = (resident(lab), interval(Duration::from_millis(50)));
    while !crowd.is_empty() {
        tokio::select! {
            ended = crowd.join_next() => ended.unwrap().unwrap(),
            _ = looks.tick() => most = most.max(resident(lab)),
        }
    }
    most
}

/// T-20, G6: ten thousand that say nothing, then as many as are held at once stalled in a greeting
/// of 16 KiB. Both stay within the pool, and a second crowd finds room where the first one was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_cost_what_the_pool_allows_and_nothing_more_the_next_time() {
    let lab = Lab::with_server();
    for (what, many, says) in [("idle", 10_000, &[][..]), ("stalled", 4_096, &HALF[..])] {
        let before = resident(&lab);
        let most = crowd(&lab, many, says).await.saturating_sub(before);
        println!("{many} {what}: {} KiB at the most", most / 1024);
        assert!(most < POOL, "{what}: {most} bytes");
    }
    // A crowd on a loaded machine is not all there at once, so the next one may still be the largest
    // so far; what is lost with each would show after every one of them.
    let mut after = vec![resident(&lab)];
    while after.len() == 1 || after.len() < CROWDS && grew(&after) {
        crowd(&lab, 4_096, &HALF).await;
        after.push(resident(&lab));
    }
    let kib: Vec<u64> = after.iter().map(|bytes| bytes / 1024).collect();
    println!("KiB after each crowd: {kib:?}");
    assert!(!grew(&after), "each crowd takes something for good: {kib:?} KiB");
    lab.ok(&["server", "status"]);
}
