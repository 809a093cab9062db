//! What must hold of everything that the protocol reads: every message, every word of a tunnel's payload,
//! every name and text. What still reads as something must read the same after it was written again.
//! Beside it a crate has [`crate::harness`] and [`crate::samples`].
#![allow(clippy::unwrap_used, reason = "a failing unwrap is a finding")]

use crate::harness::{Case, Parser, kept, within};
use crate::samples::{self, Samples};
use minicbor::{Decode, Encode};
use wire::audit::{Actor, AuditEvent, ChainCheck, Digest, Entry, Object};
use wire::chunk::{self, Piece};
use wire::message::enrol::{EnrolReply, ToEnrol};
use wire::message::tunnel::{AgentOpen, Answer, OperatorOpen};
use wire::message::{Envelope, FromConsole, LaneHello, LaneWelcome, ToAgent, ToConsole, ToServer};
use wire::{
    CloseReason, DecodeError, Labels, Name, NodeId, SafeText, Target, TunnelId, UnixMs, codec,
    limits,
};

/// Samples as bodies of frames.
fn bodies<T: Encode<()>>(samples: Samples<T>) -> Vec<Vec<u8>> {
    samples.into_iter().map(|(_, value)| minicbor::to_vec(value).unwrap()).collect()
}

fn enveloped<T: Encode<()>>(samples: Samples<T>) -> Vec<Vec<u8>> {
    let wrap = |body| Envelope { id: 1, reply_to: Some(2), body: Some(body), deadline_ms: Some(3) };
    bodies(samples.into_iter().map(|(name, body)| (name, wrap(body))).collect())
}

/// What reads as a `T` is written, and reads as the same again.
fn survives<T>(body: &[u8])
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let Ok(read) = codec::body_of::<T>(body) else { return };
    let written = minicbor::to_vec(&read).unwrap();
    let again = codec::body_of::<T>(&written).unwrap();
    assert_eq!(minicbor::to_vec(&again).unwrap(), written);
}

pub(crate) fn agents() -> Case {
    let parser = Parser::new("wire-agent", limits::MAX_FRAME);
    parser.with(enveloped(samples::to_server())).with(enveloped(samples::to_agent())).holds(
        move |input| {
            survives::<Envelope<ToServer>>(input);
            survives::<Envelope<ToAgent>>(input);
        },
    )
}

pub(crate) fn operators() -> Case {
    let parser = Parser::new("wire-console", limits::MAX_FRAME);
    parser.with(enveloped(samples::from_console())).with(enveloped(samples::to_console())).holds(
        move |input| {
            survives::<Envelope<FromConsole>>(input);
            survives::<Envelope<ToConsole>>(input);
        },
    )
}

pub(crate) fn bare() -> Case {
    let parser = Parser::new("wire-open", limits::MAX_FRAME_ENROL)
        .with(bodies(samples::enrol_requests()))
        .with(bodies(samples::enrol_replies()))
        .with(bodies(samples::operator_opens()))
        .with(bodies(samples::agent_opens()))
        .with(bodies(samples::answers()))
        .with(bodies(samples::lane_hellos()))
        .with(bodies(samples::lane_welcomes()));
    parser.holds(move |input| {
        survives::<ToEnrol>(input);
        survives::<EnrolReply>(input);
        survives::<OperatorOpen>(input);
        survives::<AgentOpen>(input);
        survives::<Answer>(input);
        survives::<LaneHello>(input);
        survives::<LaneWelcome>(input);
    })
}

/// Whole frames with their length words, as released versions wrote them.
pub(crate) fn frames() -> Case {
    let golden = kept(&within("wire/tests/golden/v1"));
    let parser = Parser::new("wire-frame", 2 * limits::MAX_FRAME).with(golden);
    parser.holds(move |input| {
        for bound in [limits::MAX_FRAME_OPEN, limits::MAX_FRAME] {
            let length = codec::length(input, bound);
            match codec::decode::<Envelope<ToConsole>>(input, bound) {
                Ok(Some((_, used))) => assert!(used <= input.len() && used <= bound + codec::HEAD),
                Ok(None) => {
                    let whole = length.unwrap().map(|length| length + codec::HEAD);
                    assert!(whole.is_none_or(|whole| whole > input.len()), "there was enough");
                }
                Err(DecodeError::TooLong { claimed, .. }) => assert!(claimed > bound),
                Err(_) => {}
            }
        }
    })
}

/// Everything a reader says about a stream, and how much of it that took.
fn pieces(input: &[u8], split: usize) -> (Vec<u8>, Option<Result<Piece, DecodeError>>) {
    let (mut reader, mut payload) = (chunk::Reader::default(), Vec::new());
    for mut part in input.chunks(split.max(1)) {
        while !part.is_empty() {
            let (skip, piece) = match reader.next(part) {
                Ok(next) => next,
                Err(error) => return (payload, Some(Err(error))),
            };
            assert!(skip <= chunk::WORD && skip <= part.len());
            part = &part[skip..];
            match piece {
                Piece::Data(length) => {
                    assert!((1..=limits::MAX_CHUNK).contains(&length));
                    payload.extend_from_slice(&part[..length]);
                    part = &part[length..];
                }
                Piece::More => assert!(part.is_empty()),
                last => return (payload, Some(Ok(last))),
            }
        }
    }
    (payload, None)
}

pub(crate) fn payload() -> Case {
    let streams = [
        [&chunk::data(5)[..], b"hello", &chunk::end()].concat(),
        [&chunk::data(1)[..], b"h", &chunk::data(3), b"ell", &chunk::abort(CloseReason::Revoked)]
            .concat(),
        [&chunk::data(2000)[..], &[7; 2000], &chunk::end()].concat(),
    ];
    Parser::new("chunk", 8 * 1024).with(streams).holds(move |input| {
        let whole = pieces(input, usize::MAX);
        assert!(whole.0.len() <= input.len());
        for split in [1, 3, 1000] {
            assert_eq!(pieces(input, split), whole, "in pieces of {split}");
        }
    })
}

/// What parses is shown in one form, and that form parses to the same.
fn reads_back<T>(text: &str)
where
    T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Display + PartialEq + std::fmt::Debug,
{
    let Ok(read) = text.parse::<T>() else { return };
    assert_eq!(read.to_string().parse::<T>().unwrap(), read);
}

pub(crate) fn names() -> Case {
    Parser::new("names", 64 * 1024).holds(move |input| {
        let text = String::from_utf8_lossy(input);
        for text in text.lines().chain([&*text]) {
            reads_back::<Name>(text);
            reads_back::<Target>(text);
            reads_back::<NodeId>(text);
            reads_back::<TunnelId>(text);
            reads_back::<UnixMs>(text);
            if let Ok(name) = text.parse::<Name>() {
                assert!(name.as_str().len() <= limits::MAX_NAME);
            }
            if let Ok(target) = text.parse::<Target>() {
                assert!(target.host.len() <= limits::MAX_HOST && target.port != 0);
                assert_eq!(target.checked(), Ok(target));
            }
            if let Ok((key, value)) = Labels::pair(text) {
                let fits = |text: &str| text.len() <= limits::MAX_LABEL && text.is_ascii();
                assert!(!key.is_empty() && fits(&key) && fits(&value));
            }
        }
    })
}

/// W4: no control, bidirectional or invisible character, bounded, and the same when cleaned again.
pub(crate) fn text() -> Case {
    Parser::new("text", 64 * 1024).holds(move |input| {
        let raw = String::from_utf8_lossy(input);
        for bound in [1, 7, limits::MAX_TEXT] {
            let text = SafeText::bounded(&raw, bound);
            assert!(text.as_str().chars().count() <= bound);
            assert_eq!(SafeText::bounded(text.as_str(), bound), text, "cleaned twice");
            for c in text.as_str().chars() {
                assert!(!c.is_control(), "{c:?}");
                let steers = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
                assert!(!steers, "{c:?}");
            }
        }
        // The same whether it comes by wire or by JSON.
        let clean = SafeText::clean(&raw);
        let written = minicbor::to_vec(&*raw).unwrap();
        assert_eq!(codec::body_of::<SafeText>(&written).unwrap(), clean);
        let written = serde_json::to_string(&raw).unwrap();
        assert_eq!(serde_json::from_str::<SafeText>(&written).unwrap(), clean);
    })
}

pub(crate) fn audit_lines() -> Case {
    let mut prev = Digest::default();
    let lines: Vec<_> = (1..4u64)
        .map(|seq| {
            let (actor, object) = (
                Actor::default(),
                Object { kind: "node".into(), id: None, name: Some("web1".into()) },
            );
            let entry = Entry::new("node.enroll", actor, object)
                .with("n", seq)
                .with("why", "test")
                .with("yes", true);
            let event = AuditEvent::chain(seq, UnixMs(1_787_320_951_118 + seq), entry, prev);
            prev = event.hash;
            serde_json::to_vec(&event).unwrap()
        })
        .collect();
    let originals: Vec<AuditEvent> =
        lines.iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
    Parser::new("audit-line", 64 * 1024).with(lines).holds(move |input| {
        let Ok(event) = serde_json::from_slice::<AuditEvent>(input) else { return };
        // What passes as a record of the chain is one of those that were written.
        let mut check = ChainCheck::default();
        assert!(
            check.handle(&event).is_err() || originals.contains(&event),
            "a forged record passes"
        );
        let written = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<AuditEvent>(&written).unwrap(), event);
    })
}
