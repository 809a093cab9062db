//! Streams of every kind at once, fast and slow readers mixed on every node (T-08, G1).

use super::ways::{NODES, Pipe, Way, Ways};
use super::{IN_FLIGHT, PATIENCE};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use testbed::fleet::grants::because;
use testbed::{Fleet, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wire::message::operator::{Outcome, Reply, Request};

/// How many streams, how often, and what a reader rests after 64 KiB.
struct Size {
    streams: usize,
    rounds: usize,
    rest: Option<Duration>,
}

/// Those of the target with TUNNELCTL_FULL: 500 streams, and half of the processors left, which 50 MB/s
/// take here; else fewer, that take what they can get.
fn size() -> Size {
    match std::env::var_os("TUNNELCTL_FULL") {
        Some(_) => Size { streams: 504, rounds: 25, rest: Some(Duration::from_millis(700)) },
        None => Size { streams: 72, rounds: 1, rest: None },
    }
}

/// What a slow reader rests where nobody else does.
const SLOW: Duration = Duration::from_millis(5);

/// One stream: where it goes, what its reader has got, and how it ended.
struct Stream {
    way: Way,
    at: usize,
    received: Arc<AtomicU64>,
    reader: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// What is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Victim {
    Node,
    Operator,
    Session,
    Address,
}

impl Victim {
    pub(crate) const ALL: [Self; 4] = [Self::Node, Self::Operator, Self::Session, Self::Address];

    /// A node that it is about.
    pub(crate) fn at(self) -> usize {
        usize::from(self == Self::Node)
    }

    /// Whether a stream of this kind to this node stood on it.
    pub(crate) fn carries(self, way: Way, at: usize) -> bool {
        match self {
            Self::Node => at == self.at(),
            Self::Operator => way != Way::Guest,
            Self::Session => way == Way::Session,
            Self::Address => way == Way::Guest && at == self.at(),
        }
    }

    /// Takes it away; returns when the server acknowledged.
    pub(crate) async fn revoke(self, fleet: &mut Fleet, ways: &Ways) -> Outcome {
        let intent = because();
        let request = match self {
            Self::Node => Request::NodeRevoke { node: ways.node(self.at()).into(), intent },
            Self::Operator => Request::OperatorRevoke { operator: "mira".into(), intent },
            Self::Session => {
                Request::SessionRevoke { session: ways.session.as_str().into(), intent }
            }
            Self::Address => Request::GuestRevoke { guest: "lee0".into(), intent },
        };
        fleet.change(request).await.unwrap()
    }
}

/// T-08, G1: a node, an operator, a session and a single address are revoked under streams of every
/// kind, and the server is killed right after each acknowledgement.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_passes_after_the_acknowledgement_whatever_is_revoked_and_a_kill_brings_nothing_back()
 {
    let Size { streams, rounds, rest } = size();
    let mut last_bytes = Vec::new();
    let mut worst_late = 0;
    for round in 0..rounds {
        for victim in Victim::ALL {
            let mut fleet = Fleet::start().await.unwrap();
            let ways = Ways::lay(&mut fleet, &format!("n{round}")).await.unwrap();
            let open = open(&mut fleet, &ways, streams, rest).await;
            let outcome = victim.revoke(&mut fleet, &ways).await;
            // From here on: how much still reaches a reader, fast or slow.
            let (hit, spared): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|stream| victim.carries(stream.way, stream.at));
            let before: Vec<u64> = hit.iter().map(|s| s.received.load(SeqCst)).collect();
            assert_eq!(outcome.cut_tunnels, Some(hit.len() as u32), "{victim:?}");
            for (stream, before) in hit.into_iter().zip(before) {
                let ended = timeout(PATIENCE, stream.reader).await.unwrap().unwrap();
                assert!(ended.is_err(), "{victim:?}: a cut {:?} looked complete", stream.way);
                let late = stream.received.load(SeqCst) - before;
                worst_late = worst_late.max(late);
            }
            // Mira's program may lose its lanes, if it does not confirm in time.
            for stream in spared.iter().filter(|stream| stream.way.is_of_the_server()) {
                assert!(!stream.reader.is_finished(), "{victim:?} cut {:?}", stream.way);
            }
            assert_no_way(&ways, victim).await;
            fleet.kill_server().await;
            fleet.start_server().await.unwrap();
            if victim != Victim::Node {
                fleet.wait_online(ways.node(victim.at())).await.unwrap();
            }
            assert_no_way(&ways, victim).await;
            last_bytes.push(outcome.last_byte_ms.unwrap());
            spared.iter().for_each(|stream| stream.reader.abort());
            fleet.finish().await.unwrap();
        }
    }
    last_bytes.sort_unstable();
    let p99 = last_bytes[(last_bytes.len() - 1) * 99 / 100];
    let max = last_bytes[last_bytes.len() - 1];
    println!(
        "mixed revocation of {streams} streams on {NODES} nodes, {} runs: last byte p50 {} ms, \
         p99 {p99} ms, max {max} ms; at most {worst_late} bytes reached a reader after the acknowledgement",
        last_bytes.len(),
        last_bytes[last_bytes.len() / 2],
    );
    assert!(worst_late <= IN_FLIGHT, "{worst_late}");
    assert!(p99 <= 100 && max <= 250, "{last_bytes:?}");
}

/// Opens streams in equal parts over the nodes and the ways to them, every other one of each read
/// slowly; returns when all of them carry.
async fn open(
    fleet: &mut Fleet,
    ways: &Ways,
    streams: usize,
    rest: Option<Duration>,
) -> Vec<Stream> {
    let mut pipes = Vec::new();
    for nth in 0..streams {
        let (at, way) = (nth % NODES, Way::ALL[nth / NODES % Way::ALL.len()]);
        let pipe = ways.open(way, at).await.unwrap_or_else(|e| panic!("{way:?}: {e:#}"));
        let slow = nth / NODES / Way::ALL.len() % 2 == 1;
        // A slow one takes little, and rests as much per byte.
        let reads = match (slow, rest) {
            (false, rest) => (64 * 1024, rest),
            (true, rest) => (4096, Some(rest.map_or(SLOW, |rest| rest / 16))),
        };
        pipes.push((way, at, pipe, reads));
    }
    // Who is open already does not hold up who opens.
    let open: Vec<Stream> =
        pipes.into_iter().map(|(way, at, pipe, reads)| read(way, at, pipe, reads)).collect();
    let operator = fleet.operator().await.unwrap();
    let received: Vec<_> = open.iter().map(|stream| Arc::clone(&stream.received)).collect();
    until("busy streams", PATIENCE, || {
        let operator = operator.clone();
        let carrying = received.iter().all(|received| received.load(SeqCst) > 0);
        async move {
            match operator.request(Request::Server).await.unwrap() {
                Reply::Server(view) => (carrying
                    && view.load.tunnels as usize == streams
                    && view.load.down_bytes > (streams as u64) << 14)
                    .then_some(()),
                _ => None,
            }
        }
    })
    .await
    .unwrap();
    open
}

/// Nobody gets to what was revoked, on any way that stood on it.
async fn assert_no_way(ways: &Ways, victim: Victim) {
    let at = victim.at();
    for way in Way::ALL.into_iter().filter(|way| victim.carries(*way, at)) {
        assert!(!arrives(ways, way, at).await, "{victim:?}: {way:?} was admitted");
    }
    if victim == Victim::Operator {
        assert!(!ways.connects().await);
    }
}

/// Whether a new stream gets an answer from the target.
pub(crate) async fn arrives(ways: &Ways, way: Way, at: usize) -> bool {
    let exchange = async {
        let mut pipe = ways.open(way, at).await.ok()?;
        pipe.write_u64(8).await.ok()?;
        pipe.flush().await.ok()?;
        pipe.read_exact(&mut [0; 8]).await.ok()
    };
    timeout(PATIENCE, exchange).await.expect("neither an answer nor an end").is_some()
}

/// A stream whose reader takes so much at a time, and rests in between.
#[allow(clippy::disallowed_methods, reason = "its end is awaited through the handle")]
fn read(
    way: Way,
    at: usize,
    mut pipe: Box<dyn Pipe>,
    (most, rest): (usize, Option<Duration>),
) -> Stream {
    let received = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&received);
    let reader = tokio::spawn(async move {
        pipe.write_u64(u64::MAX >> 1).await?;
        pipe.flush().await?;
        let mut block = vec![0; most];
        loop {
            match pipe.read(&mut block).await? {
                0 => return Ok(()),
                n => count.fetch_add(n as u64, SeqCst),
            };
            if let Some(rest) = rest {
                tokio::time::sleep(rest).await;
            }
        }
    });
    Stream { way, at, received, reader }
}
