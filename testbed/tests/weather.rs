//! The relay's own behaviour, and a fleet on a way with bad habits.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use link::Shutdown;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::visit;
use testbed::service::{self, Pattern};
use testbed::{Fleet, Over, Shape, Way, Weather};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use wire::Target;

const SIZE: usize = 100_000;

fn pattern() -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    Pattern::default().fill(&mut bytes);
    bytes
}

/// What comes back of a pattern that was sent through an echo, and whether it ended in order.
async fn through(way: Way, shape: Shape) -> (Vec<u8>, Option<bool>) {
    let shutdown = Shutdown::new();
    let echo = service::echo(&shutdown).await.unwrap();
    let weather = Weather::start(echo, &shutdown).await.unwrap();
    weather.seed(7);
    weather.shape(way, shape);
    let (mut read, mut write) = TcpStream::connect(weather.address).await.unwrap().into_split();
    let mut sending = tokio::task::JoinSet::new();
    sending.spawn(async move {
        // It may be over before all of it is gone.
        let _ = write.write_all(&pattern()).await;
        let _ = write.shutdown().await;
        write
    });
    let (mut got, mut block) = (Vec::new(), vec![0; 16 * 1024]);
    let end = loop {
        match timeout(Duration::from_secs(2), read.read(&mut block)).await {
            Ok(Ok(0)) => break Some(true),
            Ok(Ok(n)) => got.extend_from_slice(&block[..n]),
            Ok(Err(_)) => break Some(false),
            Err(_) => break None,
        }
    };
    sending.shutdown().await;
    drop(weather);
    shutdown.finish(PATIENCE).await;
    (got, end)
}

#[tokio::test]
async fn pieces_lateness_and_a_rate_lose_nothing() {
    let shape = Shape {
        pieces: Some(7000),
        late: Duration::from_millis(2),
        rate: Some(400_000),
        ..Shape::default()
    };
    let begun = Instant::now();
    assert_eq!(through(Way::Up, shape).await, (pattern(), Some(true)));
    assert!(begun.elapsed() >= Duration::from_millis(240), "{:?}", begun.elapsed());
    assert_eq!(through(Way::Down, shape).await, (pattern(), Some(true)));
}

/// What process tests have before their server unless they say otherwise: the same bytes, the same ends.
#[tokio::test]
async fn a_mild_way_changes_nothing_but_the_timing() {
    for way in [Way::Up, Way::Down] {
        let (got, ended) = through(way, Shape::mild()).await;
        assert!(got == pattern(), "{way:?}: {} bytes", got.len());
        assert_eq!(ended, Some(true), "{way:?}");
        let reset = Shape { over: Some((12_345, Over::Reset)), ..Shape::mild() };
        let (got, ended) = through(way, reset).await;
        assert!(pattern().starts_with(&got) && ended == Some(false), "{way:?}: {ended:?}");
    }
}

#[tokio::test]
async fn it_is_over_after_exactly_so_many_bytes() {
    let over = |over| Shape { over: Some((12_345, over)), ..Shape::default() };
    for (how, end) in [(Over::End, Some(true)), (Over::Silence, None), (Over::Half, Some(true))] {
        let (got, ended) = through(Way::Down, over(how)).await;
        assert!(got == pattern()[..12_345], "{how:?}: {} bytes", got.len());
        assert_eq!(ended, end, "{how:?}");
    }
    // A reset may overtake what it follows.
    let (got, ended) = through(Way::Down, over(Over::Reset)).await;
    assert!(got.len() <= 12_345 && ended == Some(false), "{} {ended:?}", got.len());
    // Up: the echo sees its end and answers what it got.
    let (got, ended) = through(Way::Up, over(Over::Half)).await;
    assert!(got == pattern()[..12_345] && ended == Some(true));
}

#[tokio::test]
async fn one_bit_of_one_byte_is_wrong() {
    let (got, _) = through(Way::Up, Shape { flip: Some(4242), ..Shape::default() }).await;
    let mut wanted = pattern();
    wanted[4242] ^= 1;
    assert!(got == wanted);
}

/// An agent behind a way that cuts everything into small late pieces carries bytes whole; one wrong bit
/// costs the connection and not one byte is taken for right; it comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_lives_with_the_habits_of_a_way() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.enrol("web1").await.unwrap();
    let mild = Shape { pieces: Some(1400), late: Duration::from_micros(300), ..Shape::default() };
    for way in [Way::Up, Way::Down] {
        fleet.node("web1").unwrap().weather.shape(way, mild);
    }
    fleet.run("web1").await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let port = fleet.publish("db", "web1", target, Some(PATIENCE)).await.unwrap();
    fleet.admit("db", "127.0.0.0/8").await.unwrap();
    for flip in [None, Some(20_000)] {
        let weather = &fleet.node("web1").unwrap().weather;
        weather.shape(Way::Up, Shape { flip, ..mild });
        if flip.is_some() {
            weather.cut();
            fleet.node("web1").unwrap().nudge();
        }
        let echoed = async {
            loop {
                let mut tcp = visit([127, 0, 0, 1], &port).await.unwrap();
                let sent = pattern();
                let mut back = vec![0; SIZE];
                let whole = async {
                    let (mut read, mut write) = tcp.split();
                    tokio::try_join!(write.write_all(&sent), read.read_exact(&mut back))
                };
                if whole.await.is_ok() {
                    assert!(back == sent, "bytes arrived wrong");
                    return;
                }
                // The next connection of the node has the same habit only once more.
                fleet.node("web1").unwrap().weather.shape(Way::Up, mild);
            }
        };
        timeout(PATIENCE * 3, echoed).await.expect("it does not come back");
    }
    fleet.finish().await.unwrap();
}
