//! Peers that never prove who they are: what they get, what they cost, and that they keep nobody out.
//! What they cost in memory is in `console/tests/real_strangers.rs`.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use link::Shutdown;
use link::enrol::{Enrol, operator};
use link::operator::Operator;
use pki::KeyPair;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use wire::message::enrol::EnrolReply;

/// From accepted to closed, and the same for who says nothing (G8).
const DEADLINE: Duration = Duration::from_secs(10);
const FIRST_BYTE: Duration = Duration::from_secs(3);
/// What a loaded machine may add.
const SLACK: Duration = Duration::from_secs(3);
/// Pace of those who drip.
const DRIP: Duration = Duration::from_secs(5);

async fn visit(source: Ipv4Addr, server: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    socket.connect(server).await
}

/// A handshake message: ClientHello for TLS 1.3, with a share still to come.
fn client_hello() -> Vec<u8> {
    let extensions: [u8; 33] = [
        0, 43, 0, 5, 4, 3, 4, 3, 3, // versions 1.3 and 1.2
        0, 10, 0, 4, 0, 2, 0, 29, // x25519
        0, 13, 0, 6, 0, 4, 4, 3, 8, 4, // ECDSA and RSA-PSS
        0, 51, 0, 2, 0, 0, // no share
    ];
    let mut body = vec![3, 3];
    body.extend([0x5A; 32]);
    body.extend([0, 0, 2, 0x13, 0x01, 1, 0, 0, 33]);
    body.extend(extensions);
    let length = u8::try_from(body.len()).unwrap();
    [vec![1, 0, 0, length], body].concat()
}

fn record(part: &[u8]) -> Vec<u8> {
    [&[0x16, 3, 1, 0, u8::try_from(part.len()).unwrap()], part].concat()
}

fn in_one_byte_records(message: &[u8]) -> Vec<u8> {
    message.chunks(1).flat_map(record).collect()
}

/// Sends `at_once`, then `slowly` byte by byte; how long until the server closes.
async fn lasts(mut tcp: TcpStream, at_once: &[u8], slowly: &[u8]) -> Duration {
    let begun = Instant::now();
    let (mut read, mut write) = tcp.split();
    let sending = async {
        // Whoever is cut off meanwhile has what he came for: the other half sees it.
        let _ = write.write_all(at_once).await;
        let mut pace = interval(DRIP);
        for byte in slowly {
            pace.tick().await;
            let _ = write.write_all(&[*byte]).await;
        }
        std::future::pending::<()>().await;
    };
    let closed = async {
        let mut sink = [0; 512];
        while read.read(&mut sink).await.is_ok_and(|count| count > 0) {}
    };
    tokio::select! {
        () = sending => {}
        () = closed => {}
    }
    begun.elapsed()
}

/// T-19, G8, G11: half handshakes of every kind; 5,000 with TUNNELCTL_FULL. None of them is penalised
/// here (loopback is exempt), so this is the crowd at its worst.
#[tokio::test(flavor = "multi_thread")]
async fn half_handshakes_by_the_thousand_end_on_time_and_keep_nobody_out() {
    let many: u32 = if std::env::var_os("TUNNELCTL_FULL").is_some() { 5_000 } else { 1_000 };
    let mut fleet = Fleet::start().await.unwrap();
    let server = fleet.address().unwrap();
    let before = fleet.audit().await.unwrap().len();
    let mut crowd = JoinSet::new();
    for n in 0..many {
        let [_, _, _, low] = (n % 40 + 1).to_be_bytes();
        crowd.spawn(async move {
            let Ok(tcp) = visit(Ipv4Addr::new(127, 0, 7, low), server).await else { return None };
            let hello = record(&client_hello());
            let split = in_one_byte_records(&client_hello());
            let (most, lasted) = match n % 4 {
                0 => (DEADLINE, lasts(tcp, &hello[..3], &hello[3..6]).await),
                1 => (DEADLINE, lasts(tcp, &split[..split.len() - 6], &split[..2]).await),
                2 => (DEADLINE, lasts(tcp, &hello, &[]).await),
                _ => (FIRST_BYTE, lasts(tcp, &[], &[]).await),
            };
            Some((most, lasted))
        });
    }
    let access = fleet.access().unwrap();
    let mut handshakes = Vec::new();
    let mut pace = interval(Duration::from_millis(100));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut left = 0;
    while !crowd.is_empty() {
        tokio::select! {
            ended = crowd.join_next() => {
                if let Some((most, lasted)) = ended.unwrap().unwrap() {
                    assert!(lasted < most + SLACK, "held for {lasted:?}, {most:?} is the most");
                    left += 1;
                }
            }
            _ = pace.tick() => {
                let begun = Instant::now();
                Operator::connect(&access, fleet.shutdown()).await.unwrap();
                handshakes.push(begun.elapsed());
            }
        }
    }
    handshakes.sort();
    let p99 = handshakes[handshakes.len() * 99 / 100];
    let records = fleet.audit().await.unwrap().len() - before;
    println!(
        "{left} half handshakes closed on time; beside them {} whole ones: p50 {:?}, p99 {p99:?}, \
         max {:?}; {records} audit records",
        handshakes.len(),
        handshakes[handshakes.len() / 2],
        handshakes[handshakes.len() - 1],
    );
    assert!(left > many / 2, "the crowd got in: {left}");
    assert!(p99 <= Duration::from_secs(1), "{p99:?}");
    assert!(records <= 64, "noise is told in sums: {records}");
    assert_eq!(Shutdown::panics(), 0);
    fleet.finish().await.unwrap();
}

/// T-19: a greeting in records of one byte each is a greeting (RUSTSEC-2024-0399 was a panic).
#[tokio::test(flavor = "multi_thread")]
async fn a_greeting_in_one_byte_records_is_answered() {
    let fleet = Fleet::start().await.unwrap();
    let server = fleet.address().unwrap();
    let mut tcp = visit(Ipv4Addr::LOCALHOST, server).await.unwrap();
    tcp.write_all(&in_one_byte_records(&client_hello())).await.unwrap();
    assert!(is_greeted(&mut tcp).await);
    assert_eq!(Shutdown::panics(), 0);
    fleet.finish().await.unwrap();
}

/// Whether the server says something that is a handshake record.
async fn is_greeted(tcp: &mut TcpStream) -> bool {
    let mut first = [0; 2];
    let answered = timeout(PATIENCE, tcp.read_exact(&mut first)).await.expect("answer or end");
    answered.is_ok() && first == [0x16, 3]
}

/// Whether a stranger from there gets as far as an answer to his greeting.
async fn gets_in(source: Ipv4Addr, server: SocketAddr) -> bool {
    let Ok(mut tcp) = visit(source, server).await else { return false };
    let hello = record(&client_hello());
    tcp.write_all(&hello).await.is_ok() && is_greeted(&mut tcp).await
}

/// T-21: who fails again and again is closed before any TLS, his neighbours in the same /24 are not,
/// and after a while he may come back.
#[tokio::test(flavor = "multi_thread")]
async fn noisy_sources_are_barred_for_a_while_and_their_neighbours_never() {
    let fleet = Fleet::with(|config| config.penalty_exempt = Vec::new()).await.unwrap();
    let server = fleet.address().unwrap();
    let noisy = [1, 2, 3].map(|n| Ipv4Addr::new(127, 0, 9, n));
    let begun = Instant::now();
    for source in noisy {
        for _ in 0..3 {
            let mut tcp = visit(source, server).await.unwrap();
            tcp.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
            // The fault is counted before the connection ends.
            let mut said = Vec::new();
            let _ = timeout(PATIENCE, tcp.read_to_end(&mut said)).await.unwrap();
        }
        // What is barred is closed without a word; its third fault is counted a moment after the alert.
        let barred = || async { (!gets_in(source, server).await).then_some(()) };
        until("barred", PATIENCE, barred).await.unwrap();
    }
    assert!(gets_in(Ipv4Addr::new(127, 0, 9, 4), server).await);
    assert!(gets_in(Ipv4Addr::LOCALHOST, server).await);
    let may_return = timeout(Duration::from_secs(60), async {
        let mut pace = interval(Duration::from_secs(1));
        while !gets_in(noisy[2], server).await {
            pace.tick().await;
        }
    });
    may_return.await.expect("penalties run out");
    let barred = begun.elapsed();
    assert!(barred >= Duration::from_secs(10), "{barred:?}");
    println!("three failures: barred, back after {barred:?}");
    fleet.finish().await.unwrap();
}

/// T-04: ten thousand guesses get a handful of answers.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_token_guesses_get_a_handful_of_answers() {
    const GUESSES: u16 = 10_000;
    let fleet = Fleet::with(|config| config.penalty_exempt = Vec::new()).await.unwrap();
    let server = fleet.address().unwrap();
    let admin = fleet.server().unwrap().admin();
    let pin = pki::pin_of(&pki::pem::load_certificates(&admin.ca).unwrap()[0]);
    let csr = KeyPair::generate().unwrap().csr().unwrap();
    let (mut answers, begun) = (0, Instant::now());
    for n in 0..GUESSES {
        let mut secret = [0; 32];
        secret[..2].copy_from_slice(&n.to_be_bytes());
        let asked = Enrol {
            servers: vec![server.to_string()],
            ladder: Default::default(),
            pin,
            secret: &secret,
            csr: csr.clone(),
            name: None,
        };
        match operator(asked, "guesser/1").await {
            Ok(EnrolReply::Refused(_)) => answers += 1,
            Ok(other) => panic!("{other:?}"),
            Err(_) => {}
        }
    }
    println!("{GUESSES} guesses in {:?}: {answers} answers", begun.elapsed());
    assert!((1..=20).contains(&answers), "{answers}");
    assert!(gets_in(Ipv4Addr::new(127, 0, 9, 9), server).await, "others are not slowed");
    fleet.finish().await.unwrap();
}
