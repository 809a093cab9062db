//! W1 and W2: no bytes make a decoder panic or allocate beyond its input, wherever they come from.
#![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

use minicbor::{Decode, Encode};
use proptest::prelude::*;
use proptest::sample::Index;
use wire::message::enrol::ToEnrol;
use wire::message::tunnel::{AgentOpen, Answer, OperatorOpen};
use wire::message::{Envelope, FromConsole, ToAgent, ToConsole, ToServer};
use wire::{DecodeError, codec, limits};

mod samples;
use samples::Samples;

/// What happens to a valid message on its way.
#[derive(Debug, Clone)]
enum Damage {
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Cut(Index),
    Repeat(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        any::<Index>().prop_map(Damage::Remove),
        any::<Index>().prop_map(Damage::Cut),
        any::<Index>().prop_map(Damage::Repeat),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match damage {
        Damage::Set(at, byte) => bytes[at.index(length)] = *byte,
        Damage::Insert(at, byte) => bytes.insert(at.index(length), *byte),
        Damage::Remove(at) => drop(bytes.remove(at.index(length))),
        Damage::Cut(at) => bytes.truncate(at.index(length)),
        Damage::Repeat(at) => bytes.extend_from_within(at.index(length)..),
    }
}

/// Decodes a damaged sample; what still decodes must encode and decode again to the same value.
fn survives<T>(samples: Samples<T>, pick: Index, damages: &[Damage])
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let mut bytes = minicbor::to_vec(&pick.get(&samples).1).unwrap();
    for one in damages {
        apply(&mut bytes, one);
    }
    let Ok(read) = codec::body_of::<T>(&bytes) else { return };
    let again = minicbor::to_vec(&read).unwrap();
    let second = codec::body_of::<T>(&again).unwrap();
    assert_eq!(minicbor::to_vec(&second).unwrap(), again);
}

fn enveloped<T>(samples: Samples<T>) -> Samples<Envelope<T>> {
    let wrap = |body| Envelope { id: 1, reply_to: Some(2), body: Some(body), deadline_ms: Some(3) };
    samples.into_iter().map(|(name, body)| (name, wrap(body))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn damaged_messages_never_panic(pick in any::<Index>(), damages in prop::collection::vec(damage(), 1..6)) {
        survives(enveloped(samples::to_server()), pick, &damages);
        survives(enveloped(samples::to_agent()), pick, &damages);
        survives(enveloped(samples::from_console()), pick, &damages);
        survives(enveloped(samples::to_console()), pick, &damages);
        survives(samples::enrol_requests(), pick, &damages);
        survives(samples::operator_opens(), pick, &damages);
        survives(samples::agent_opens(), pick, &damages);
        survives(samples::answers(), pick, &damages);
    }

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = codec::body_of::<Envelope<ToServer>>(&noise);
        let _ = codec::body_of::<Envelope<ToAgent>>(&noise);
        let _ = codec::body_of::<Envelope<FromConsole>>(&noise);
        let _ = codec::body_of::<Envelope<ToConsole>>(&noise);
        let _ = codec::body_of::<ToEnrol>(&noise);
        let _ = codec::body_of::<OperatorOpen>(&noise);
        let _ = codec::body_of::<AgentOpen>(&noise);
        let _ = codec::body_of::<Answer>(&noise);
        let _ = codec::decode::<Envelope<ToServer>>(&noise, limits::MAX_FRAME);
    }

    #[test]
    fn every_front_of_a_frame_asks_for_more(pick in any::<Index>(), cut in any::<Index>()) {
        let samples = enveloped(samples::to_console());
        let mut frame = Vec::new();
        codec::encode(&pick.get(&samples).1, limits::MAX_FRAME, &mut frame).unwrap();
        let front = &frame[..cut.index(frame.len())];
        prop_assert!(codec::decode::<Envelope<ToConsole>>(front, limits::MAX_FRAME).unwrap().is_none());
    }
}

#[test]
fn a_length_over_the_bound_is_refused_before_its_body_is_here() {
    let head = u32::try_from(limits::MAX_FRAME_ENROL + 1).unwrap().to_be_bytes();
    assert_eq!(
        codec::decode::<ToEnrol>(&head, limits::MAX_FRAME_ENROL),
        Err(DecodeError::TooLong {
            claimed: limits::MAX_FRAME_ENROL + 1,
            bound: limits::MAX_FRAME_ENROL
        })
    );
}

#[test]
fn claimed_lengths_inside_a_body_allocate_nothing() {
    // Arrays, maps, texts and bytes of 2^63 entries, in the place of the body.
    for head in [0x9B, 0xBB, 0x7B, 0x5B] {
        let mut bytes = vec![0x83, 1, 0xF6, 0x82, 0, 0x84];
        bytes.push(head);
        bytes.extend_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert!(codec::body_of::<Envelope<ToServer>>(&bytes).is_err());
    }
    // A list of a message, inside a valid front.
    let mut bytes = vec![0x83, 1, 0xF6, 0x82, 4, 0x81, 0x9B];
    bytes.extend_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert!(codec::body_of::<Envelope<ToServer>>(&bytes).is_err());
}

#[test]
fn deep_nesting_is_skipped_without_recursion() {
    let mut bytes = vec![0x83, 1, 0xF6, 0x82, 0x19, 0x03, 0x84];
    bytes.extend(std::iter::repeat_n(0x81, 200_000));
    bytes.push(0);
    let read = codec::body_of::<Envelope<ToServer>>(&bytes).unwrap();
    assert_eq!(read.body, None);
}
