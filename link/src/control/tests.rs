// Tests may stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use std::time::Duration;
use tokio::io::duplex;
use wire::limits::MAX_FRAME;
use wire::message::{ToAgent, ToServer};

const BEAT: ToServer =
    ToServer::Heartbeat { clock_ms: 7, echo: Some(9), spool_bytes: None, nonce: None };

/// A later build's message: a kind this build does not know.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
enum Newer {
    #[n(99)]
    Fancy {
        #[n(0)]
        text: String,
    },
    #[n(6)]
    CutDone,
}

#[tokio::test]
async fn messages_arrive_whole_in_order_and_numbered_from_one() {
    let (ours, theirs) = duplex(7);
    let shutdown = Shutdown::new();
    let sender = Sender::spawn(ours, MAX_FRAME, &shutdown);
    assert_eq!(sender.send(BEAT).unwrap(), 1);
    assert_eq!(sender.reply(41, ToServer::CutDone).unwrap(), 2);
    let mut reader = Reader::new(theirs, MAX_FRAME);
    let first: Envelope<ToServer> = reader.next().await.unwrap();
    let second: Envelope<ToServer> = reader.next().await.unwrap();
    assert_eq!((first.id, first.reply_to, first.body), (1, None, Some(BEAT)));
    assert_eq!((second.id, second.reply_to, second.body), (2, Some(41), Some(ToServer::CutDone)));
    drop(sender);
    let end = reader.next::<Envelope<ToServer>>().await;
    assert!(matches!(end, Err(ControlError::Closed)), "{end:?}");
}

#[tokio::test]
async fn a_reader_that_was_interrupted_loses_nothing() {
    let (mut ours, theirs) = duplex(64);
    let mut reader = Reader::new(theirs, MAX_FRAME);
    let mut frame = Vec::new();
    codec::encode(&BEAT, MAX_FRAME, &mut frame).unwrap();
    for byte in &frame[..frame.len() - 1] {
        ours.write_all(&[*byte]).await.unwrap();
        let waiting = timeout(Duration::ZERO, reader.next::<ToServer>()).await;
        assert!(waiting.is_err());
    }
    ours.write_all(&frame[frame.len() - 1..]).await.unwrap();
    assert_eq!(reader.next::<ToServer>().await.unwrap(), BEAT);
}

#[tokio::test]
async fn an_unknown_kind_is_an_envelope_without_a_body() {
    let (ours, theirs) = duplex(1024);
    let sender = Sender::spawn(ours, MAX_FRAME, &Shutdown::new());
    sender.send(Newer::Fancy { text: "from tomorrow".into() }).unwrap();
    sender.send(Newer::CutDone).unwrap();
    let mut reader = Reader::new(theirs, MAX_FRAME);
    let unknown: Envelope<ToServer> = reader.next().await.unwrap();
    assert_eq!((unknown.id, unknown.body), (1, None));
    let known: Envelope<ToServer> = reader.next().await.unwrap();
    assert_eq!(known.body, Some(ToServer::CutDone));
}

#[tokio::test]
async fn an_overlong_frame_is_refused_before_its_body() {
    let (mut ours, theirs) = duplex(64);
    ours.write_all(&u32::MAX.to_be_bytes()).await.unwrap();
    let mut reader = Reader::new(theirs, 1024);
    let refused = reader.next::<ToAgent>().await;
    assert!(matches!(refused, Err(ControlError::Violation(_))), "{refused:?}");
    assert!(reader.into_inner().1.capacity() <= 2 * READ_AHEAD);
}

#[tokio::test]
async fn a_cut_inside_a_frame_is_a_loss_not_an_end() {
    let (mut ours, theirs) = duplex(64);
    ours.write_all(&[0, 0, 0, 9, 1, 2]).await.unwrap();
    drop(ours);
    let lost = Reader::new(theirs, 1024).next::<ToAgent>().await;
    assert!(matches!(lost, Err(ControlError::Lost(_))), "{lost:?}");
}

#[tokio::test]
async fn bytes_behind_a_frame_are_handed_on() {
    let (mut ours, theirs) = duplex(256);
    write_frame(&mut ours, &BEAT, MAX_FRAME).await.unwrap();
    ours.write_all(b"yamux").await.unwrap();
    drop(ours);
    let mut reader = Reader::new(theirs, MAX_FRAME);
    reader.next::<ToServer>().await.unwrap();
    let (mut io, mut bytes) = reader.into_inner();
    io.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes, b"yamux");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_given_up_when_the_queue_is_full() {
    let (ours, _theirs) = duplex(1);
    let shutdown = Shutdown::new();
    let sender = Sender::spawn(ours, MAX_FRAME, &shutdown);
    let stuck = (0..=CONTROL_QUEUE).find_map(|_| sender.send(BEAT).err());
    assert!(matches!(stuck, Some(ControlError::Stuck)));
    assert!(shutdown.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_given_up_after_the_silence_limit() {
    let (ours, _theirs) = duplex(1);
    let shutdown = Shutdown::new();
    let sender = Sender::spawn(ours, MAX_FRAME, &shutdown);
    let start = tokio::time::Instant::now();
    sender.send(BEAT).unwrap();
    shutdown.cancelled().await;
    assert_eq!(start.elapsed().as_secs(), DEAD_AFTER.as_secs());
}

#[tokio::test]
async fn flushed_means_the_peer_can_read_it() {
    let (ours, theirs) = duplex(1024);
    let shutdown = Shutdown::new();
    let sender = Sender::spawn(ours, MAX_FRAME, &shutdown);
    sender.send(BEAT).unwrap();
    sender.flushed().await.unwrap();
    assert_eq!(shutdown.finish(Duration::from_secs(5)).await, 0);
    let mut reader = Reader::new(theirs, MAX_FRAME);
    assert_eq!(reader.next::<Envelope<ToServer>>().await.unwrap().body, Some(BEAT));
    assert!(matches!(sender.send(BEAT), Err(ControlError::Stuck)));
}

#[tokio::test]
async fn a_burst_that_may_wait_arrives_whole_and_in_order() {
    let (ours, theirs) = duplex(16);
    let shutdown = Shutdown::new();
    let sender = Sender::spawn(ours, MAX_FRAME, &shutdown);
    shutdown.spawn("burst", async move {
        for _ in 0..3 * CONTROL_QUEUE {
            sender.deliver(BEAT).await.unwrap();
        }
    });
    let mut reader = Reader::new(theirs, MAX_FRAME);
    for id in 1..=3 * CONTROL_QUEUE {
        let beat: Envelope<ToServer> = reader.next().await.unwrap();
        assert_eq!(beat.id, u64::try_from(id).unwrap());
    }
    assert!(!shutdown.is_cancelled());
}

#[tokio::test]
async fn one_frame_is_read_and_not_a_byte_of_what_follows() {
    let (mut ours, mut theirs) = duplex(256);
    write_frame(&mut ours, &BEAT, MAX_FRAME).await.unwrap();
    ours.write_all(b"yamux").await.unwrap();
    drop(ours);
    assert_eq!(read_frame::<ToServer, _>(&mut theirs, MAX_FRAME).await.unwrap(), BEAT);
    let mut rest = Vec::new();
    theirs.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"yamux");
}

#[tokio::test]
async fn an_overlong_single_frame_is_refused_before_its_body() {
    let (mut ours, mut theirs) = duplex(64);
    ours.write_all(&u32::MAX.to_be_bytes()).await.unwrap();
    let refused = read_frame::<ToAgent, _>(&mut theirs, 1024).await;
    assert!(matches!(refused, Err(ControlError::Violation(_))), "{refused:?}");
}
