//! T-44, as far as one build can be two: a peer of the future says what this build does not know, and a
//! peer that is cut off says half of what it means. The unknown is ignored or refused with words, and
//! half a word is never acted on.

use super::{SOON, echoes, stage, visitor};
use link::dial::dial;
use minicbor::Encoder;
use testbed::fleet::PATIENCE;
use testbed::fleet::raw::{Raw, agent_hello, envelope, hello};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wire::limits::MAX_FRAME;
use wire::message::operator::{Intent, Request};
use wire::message::view::NodeState;
use wire::message::{Envelope, FromConsole, ToAgent, ToConsole, ToServer};
use wire::{alpn, codec};

/// A frame whose envelope is written by hand: `body` is anything, and a field of the future follows.
fn frame(id: u64, body: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = vec![0; codec::HEAD];
    let mut encoder = Encoder::new(&mut bytes);
    encoder.array(6).unwrap().u64(id).unwrap().null().unwrap();
    body(&mut encoder);
    encoder.null().unwrap().str("a field of the future").unwrap().u8(1).unwrap();
    let length = u32::try_from(bytes.len() - codec::HEAD).unwrap();
    bytes[..codec::HEAD].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// A message with a number that nobody has given out, with fields of any shape.
fn future(encoder: &mut Encoder<&mut Vec<u8>>) {
    encoder.array(2).unwrap().u32(900).unwrap().array(2).unwrap().str("text").unwrap();
    encoder.map(1).unwrap().u8(1).unwrap().bytes(&[1, 2]).unwrap();
}

fn framed<T: minicbor::Encode<()>>(body: T) -> Vec<u8> {
    let mut frame = Vec::new();
    codec::encode(&envelope(body), MAX_FRAME, &mut frame).unwrap();
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_of_the_future_is_served_as_far_as_it_is_understood() {
    let (fleet, port) = stage().await;
    let identity = fleet.node("mute").unwrap().identity().unwrap();
    let mut raw = Raw::agent(&fleet, identity).await.unwrap();
    raw.say_bytes(&frame(7, future)).await.unwrap();
    raw.say_bytes(&frame(8, |encoder| drop(encoder.null()))).await.unwrap();
    let beat = ToServer::Heartbeat { clock_ms: 0, echo: None, spool_bytes: None, nonce: Some(99) };
    raw.say_bytes(&frame(9, |encoder| drop(encoder.encode(beat)))).await.unwrap();
    loop {
        match raw.next::<ToAgent>().await.unwrap().body {
            Some(ToAgent::Heard { nonce: 99 }) => break,
            Some(ToAgent::Bye { reason }) => panic!("ended: {reason}"),
            _ => {}
        }
    }
    assert!(visitor(&port).await.is_some());
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_of_the_future_is_told_what_is_not_supported() {
    let (fleet, _) = stage().await;
    let mut raw = Raw::operator(&fleet, fleet.access().unwrap().tls).await.unwrap();
    // An unknown message, and an unknown request inside of a known one.
    raw.say_bytes(&frame(7, future)).await.unwrap();
    let request = |encoder: &mut Encoder<&mut Vec<u8>>| {
        encoder.array(2).unwrap().u32(1).unwrap().array(1).unwrap();
        future(encoder);
    };
    raw.say_bytes(&frame(8, request)).await.unwrap();
    for id in [7, 8] {
        let answer = loop {
            let next: Envelope<ToConsole> = raw.next().await.unwrap();
            if next.reply_to == Some(id) {
                break next.body;
            }
        };
        assert_eq!(answer, Some(ToConsole::Unsupported), "{id}");
    }
    let ask = FromConsole::Request(Box::new(Request::Whoami));
    raw.say(&Envelope { id: 9, reply_to: None, body: Some(ask), deadline_ms: None }).await.unwrap();
    while raw.next::<ToConsole>().await.unwrap().reply_to != Some(9) {}
    fleet.finish().await.unwrap();
}

/// A build that speaks only later versions of the protocol is refused with words, not in silence.
#[tokio::test(flavor = "multi_thread")]
async fn a_peer_of_another_protocol_is_told_so() {
    let (fleet, _) = stage().await;
    let identity = fleet.node("mute").unwrap().identity().unwrap();
    let address = fleet.address().unwrap().to_string();
    let mut conn = dial(&address, &identity, alpn::AGENT, PATIENCE).await.unwrap();
    let mut later = hello();
    (later.proto_min, later.proto_max) = (8, 9);
    conn.io.write_all(&framed(agent_hello(later))).await.unwrap();
    let mut heard = Vec::new();
    let _ = timeout(PATIENCE, conn.io.read_to_end(&mut heard)).await.expect("an end");
    let (answer, _) = codec::decode::<Envelope<ToAgent>>(&heard, MAX_FRAME).unwrap().unwrap();
    let Some(ToAgent::Refused(refusal)) = answer.body else { panic!("{answer:?}") };
    assert!(refusal.message.as_str().contains("8..=9"), "{}", refusal.message);
    fleet.finish().await.unwrap();
}

/// A message without its last byte, on a connection that ends without TLS's own end.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_message_is_never_acted_on() {
    let (mut fleet, port) = stage().await;
    let mut steady = visitor(&port).await.unwrap();
    let identity = fleet.node("mute").unwrap().identity().unwrap();
    let revoke = Request::NodeRevoke {
        node: "web1".into(),
        intent: Intent { dry_run: false, reason: Some("half".into()) },
    };
    let revoke = framed(FromConsole::Request(Box::new(revoke)));
    let leave = framed(ToServer::Leave);
    for cut in [1, codec::HEAD, usize::MAX] {
        let front = |whole: &[u8]| whole[..cut.min(whole.len() - 1)].to_vec();
        let mut raw = Raw::operator(&fleet, fleet.access().unwrap().tls).await.unwrap();
        raw.say_bytes(&front(&revoke)).await.unwrap();
        drop(raw);
        let mut raw = Raw::agent(&fleet, identity.clone()).await.unwrap();
        raw.say_bytes(&front(&leave)).await.unwrap();
        drop(raw);
    }
    // The server has seen all those ends when the node it lost is no longer connected.
    let lost = fleet.wait_state("mute", |state| state == NodeState::Stale);
    timeout(SOON * 4, lost).await.expect("the server notices").unwrap();
    assert!(echoes(&mut steady).await);
    assert!(matches!(
        fleet.view("web1").await.unwrap().state,
        NodeState::Online | NodeState::Degraded
    ));
    let trail = fleet.audit().await.unwrap();
    let done = trail.iter().map(|event| event.entry.action.as_str().to_owned());
    let done: Vec<String> =
        done.filter(|action| action == "node.revoke" || action == "node.leave").collect();
    assert_eq!(done, [""; 0]);
    fleet.finish().await.unwrap();
}
