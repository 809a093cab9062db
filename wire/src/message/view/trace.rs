//! What happened to a tunnel, step by step: one timeline from the wish to the close.

use crate::limits::MAX_TRACE_DETAIL;
use crate::text::SafeText;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// A step on a tunnel's way. The set is closed; docs/protocol.md says what each means.
    TraceStep {
        /// The local client connected.
        Accepted = 0 "accepted",
        /// A stream towards the server was there.
        Uplink = 1 "uplink",
        /// The wish arrived at the server.
        Asked = 2 "asked",
        /// Policy decided.
        Policy = 3 "policy",
        /// It waited for a node.
        Queue = 4 "queue",
        /// A stream towards the agent was opened.
        Lane = 5 "lane",
        /// The node resolved the target's name.
        Resolve = 6 "resolve",
        /// The node dialled the target, or listened there.
        Dial = 7 "dial",
        /// The agent's answer was there.
        Answer = 8 "answer",
        /// Nothing came of it by this way; the next one is tried.
        Retry = 9 "retry",
        /// The answer was back where it was asked for.
        Opened = 10 "opened",
        /// It was not opened.
        Refused = 11 "refused",
        /// The first byte towards the target moved.
        FirstUp = 12 "first_up",
        /// The first byte from the target moved.
        FirstDown = 13 "first_down",
        /// It ended.
        Closed = 14 "closed",
    }
}

word_enum! {
    /// Whose clock a step was seen by.
    TraceBy {
        /// The operator's program.
        Client = 0 "client",
        /// The server.
        Server = 1 "server",
        /// The agent.
        Node = 2 "node",
    }
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct TraceEntry {
    /// What happened.
    #[n(0)]
    pub step: TraceStep,
    /// Who saw it.
    #[n(1)]
    pub by: TraceBy,
    /// When it began, in microseconds from the first step.
    #[n(2)]
    pub at_us: u64,
    /// How long it took, in microseconds, if it took its time.
    #[n(3)]
    pub took_us: Option<u64>,
    /// Which rule, node, lane, address or reason.
    #[n(4)]
    pub detail: Option<SafeText>,
}

impl TraceEntry {
    /// A step that took no time of its own.
    pub fn new(step: TraceStep, by: TraceBy, at_us: u64) -> Self {
        Self { step, by, at_us, took_us: None, detail: None }
    }

    /// The same with how long it took.
    #[must_use]
    pub fn took(mut self, took_us: u64) -> Self {
        self.took_us = Some(took_us);
        self
    }

    /// The same with what there is to say, as far as an answer holds it.
    #[must_use]
    pub fn detail(mut self, detail: &str) -> Self {
        let clean = SafeText::clean(detail);
        let cut = &clean.as_str()[..clean.as_str().floor_char_boundary(MAX_TRACE_DETAIL)];
        self.detail = (!cut.is_empty()).then(|| cut.into());
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::codec;
    use crate::error::{Refusal, RefusalCode};
    use crate::limits::{MAX_FRAME_OPEN, MAX_TRACE_STEPS};
    use crate::message::tunnel::Answer;
    use crate::reason::CloseReason;

    #[test]
    fn the_fullest_timeline_fits_into_an_answer_beside_a_long_refusal() {
        let entry = TraceEntry::new(TraceStep::Retry, TraceBy::Server, u64::MAX);
        let entry = entry.took(u64::MAX).detail(&"ä".repeat(400));
        assert_eq!(entry.detail.as_ref().unwrap().as_str().len(), MAX_TRACE_DETAIL);
        let long = "x".repeat(256);
        let answer = Answer::Refused {
            reason: CloseReason::DialRefused,
            refusal: Refusal::new(RefusalCode::Failed, long.as_str()).hint(long.as_str()),
            after_us: Some(u64::MAX),
            trace: Some(vec![entry; MAX_TRACE_STEPS]),
        };
        let mut frame = Vec::new();
        codec::encode(&answer, MAX_FRAME_OPEN, &mut frame).unwrap();
    }
}
