//! Frames as released versions wrote them: each must decode for ever to the value it had.
//!
//! `golden/v1/NAME.hex` holds one frame. A file is never changed: a message that gains a field gets
//! a new file. `GOLDEN=write cargo test -p wire --test golden` writes the files that are missing.
#![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

use minicbor::{Decode, Encode};
use std::fmt::Debug;
use std::path::Path;
use wire::message::Envelope;
use wire::{codec, limits};

mod samples;
use samples::Samples;

fn check<T>(samples: Samples<T>, bound: usize)
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
{
    for (name, value) in samples {
        let mut frame = Vec::new();
        codec::encode(&value, bound, &mut frame).unwrap();
        let golden = golden(name, &frame);
        let read = codec::decode::<T>(&golden, bound);
        let (read, used) = read.unwrap_or_else(|error| panic!("{name}: {error}")).unwrap();
        assert_eq!((read, used), (value, golden.len()), "{name}");
    }
}

fn check_enveloped<T>(samples: Samples<T>)
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
{
    let wrap = |body| Envelope { id: 1, reply_to: Some(2), body: Some(body), deadline_ms: Some(3) };
    check(samples.into_iter().map(|(n, v)| (n, wrap(v))).collect(), limits::MAX_FRAME);
}

/// The frame in the file of this name, which `frame` becomes if there is none and writing is wanted.
fn golden(name: &str, frame: &[u8]) -> Vec<u8> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1");
    let path = dir.join(format!("{name}.hex"));
    if !path.exists() && std::env::var_os("GOLDEN").is_some_and(|wish| wish == "write") {
        let hex = data_encoding::HEXLOWER.encode(frame);
        let lines: Vec<_> = hex.as_bytes().chunks(96).map(|l| str::from_utf8(l).unwrap()).collect();
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; GOLDEN=write makes it", path.display()));
    let hex: String = text.split_whitespace().collect();
    data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap()
}

#[test]
fn messages_between_agent_and_server_decode_for_ever() {
    check_enveloped(samples::to_server());
    check_enveloped(samples::to_agent());
}

#[test]
fn messages_between_operator_and_server_decode_for_ever() {
    check_enveloped(samples::from_console());
    check_enveloped(samples::to_console());
}

#[test]
fn frames_outside_of_envelopes_decode_for_ever() {
    check(samples::enrol_requests(), limits::MAX_FRAME_ENROL);
    check(samples::enrol_replies(), limits::MAX_FRAME_ENROL);
    check(samples::lane_hellos(), limits::MAX_FRAME_OPEN);
    check(samples::lane_welcomes(), limits::MAX_FRAME_OPEN);
    check(samples::operator_opens(), limits::MAX_FRAME_OPEN);
    check(samples::agent_opens(), limits::MAX_FRAME_OPEN);
    check(samples::answers(), limits::MAX_FRAME_OPEN);
}
