//! W3: what a newer peer says and this build does not know never ends a connection, at any depth.
#![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

use minicbor::Encoder;
use std::fmt::Debug;
use wire::message::view::{Closed, TunnelView};
use wire::message::{Envelope, FromConsole, Push, Request, ToAgent, ToConsole, ToServer};
use wire::{CloseReason, UnixMs, codec};

mod samples;

/// An envelope, id 7, whose body and deadline are written by hand.
fn envelope(body: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    encoder.array(4).unwrap().u64(7).unwrap().null().unwrap();
    body(&mut encoder);
    encoder.u64(5000).unwrap();
    bytes
}

fn assert_unknown<T>(bytes: &[u8])
where
    T: for<'b> minicbor::Decode<'b, ()> + Debug + PartialEq,
{
    let read: Envelope<T> = codec::body_of(bytes)
        .unwrap_or_else(|error| panic!("{error}: {}", minicbor::display(bytes)));
    assert_eq!(read, Envelope { id: 7, reply_to: None, body: None, deadline_ms: Some(5000) });
}

/// A variant of the next decade: a number nobody has given out, with fields of any shape.
fn future(encoder: &mut Encoder<&mut Vec<u8>>) {
    encoder.array(2).unwrap().u32(900).unwrap().array(3).unwrap();
    encoder.str("text").unwrap().map(1).unwrap().u8(1).unwrap().null().unwrap();
    encoder.array(2).unwrap().u8(1).unwrap().bytes(&[1, 2]).unwrap();
}

#[test]
fn an_unknown_message_reads_as_no_message() {
    let bytes = envelope(future);
    assert_unknown::<ToServer>(&bytes);
    assert_unknown::<ToAgent>(&bytes);
    assert_unknown::<FromConsole>(&bytes);
    assert_unknown::<ToConsole>(&bytes);
}

#[test]
fn an_unknown_request_reply_or_push_inside_a_known_message_reads_as_no_message() {
    let inside = |outer: u32, later: bool| {
        envelope(|encoder| {
            encoder.array(2).unwrap().u32(outer).unwrap();
            encoder.array(if later { 2 } else { 1 }).unwrap();
            future(encoder);
            if later {
                encoder.str("a field added later").unwrap();
            }
        })
    };
    for later in [false, true] {
        assert_unknown::<FromConsole>(&inside(1, later));
        assert_unknown::<ToConsole>(&inside(1, later));
        assert_unknown::<ToConsole>(&inside(3, later));
    }
}

#[test]
fn an_unknown_word_in_a_message_reads_as_no_message() {
    // ToServer::TunnelEnded and ToAgent::Cut, with a close reason of the future.
    assert_unknown::<ToServer>(&envelope(|encoder| {
        encoder.array(2).unwrap().u8(3).unwrap().array(4).unwrap();
        encoder.u8(1).unwrap().u8(2).unwrap().u8(3).unwrap().u8(200).unwrap();
    }));
    assert_unknown::<ToAgent>(&envelope(|encoder| {
        encoder.array(2).unwrap().u8(7).unwrap().array(3).unwrap();
        encoder.array(1).unwrap().u8(1).unwrap().u8(200).unwrap().str("added later").unwrap();
    }));
}

#[test]
fn an_unknown_word_in_an_optional_field_costs_that_field_only() {
    let mut tunnel: TunnelView = samples::tunnel();
    let (at, reason) = (UnixMs(0x1234_5678), CloseReason::Revoked);
    tunnel.closed = Some(Closed { at, reason, by: "node".into() });
    let push = Push::Tunnels {
        at: UnixMs(1),
        changed: vec![tunnel.clone(), tunnel.clone()],
        gone: Vec::new(),
        complete: true,
    };
    let mut bytes = envelope(|encoder| {
        encoder.encode(ToConsole::Push(Box::new(push))).unwrap();
    });
    // The first of the two ended for a reason of the future.
    let marker = [0x1A, 0x12, 0x34, 0x56, 0x78, reason.code()];
    let at = bytes.windows(6).position(|w| w == marker).unwrap() + 5;
    bytes.splice(at..=at, [0x18, 200]);

    let read: Envelope<ToConsole> = codec::body_of(&bytes).unwrap();
    let Some(ToConsole::Push(push)) = read.body else { panic!("the push is known") };
    let Push::Tunnels { changed, complete: true, .. } = *push else { panic!("tunnels") };
    assert_eq!(changed[1], tunnel);
    tunnel.closed = None;
    assert_eq!(changed[0], tunnel);
}

#[test]
fn malformed_is_not_unknown() {
    let text = envelope(|encoder| {
        encoder.str("not a message").unwrap();
    });
    assert!(codec::body_of::<Envelope<ToServer>>(&text).is_err());
    let mut trailing = envelope(future);
    trailing.push(0);
    assert!(codec::body_of::<Envelope<ToServer>>(&trailing).is_err());
    let mut cut = envelope(future);
    cut.truncate(12);
    assert!(codec::body_of::<Envelope<ToServer>>(&cut).is_err());
}

#[test]
fn fields_added_later_are_ignored_and_fields_left_out_are_none() {
    let request = FromConsole::Request(Box::new(Request::Whoami));
    let read: Envelope<FromConsole> = codec::body_of(&[0x81, 3]).unwrap();
    assert_eq!(read, Envelope { id: 3, reply_to: None, body: None, deadline_ms: None });

    let mut long = Vec::new();
    let mut encoder = Encoder::new(&mut long);
    encoder.array(6).unwrap().u8(3).unwrap().null().unwrap();
    encoder.encode(&request).unwrap().null().unwrap().str("new").unwrap().bool(true).unwrap();
    let read: Envelope<FromConsole> = codec::body_of(&long).unwrap();
    assert_eq!(read, Envelope { id: 3, reply_to: None, body: Some(request), deadline_ms: None });
}
