//! The timeline of one tunnel: what its trace holds, and what its meter and its end add.

use super::Tunnel;
use crate::core::lock;
use std::time::Instant;
use wire::message::view::{TraceEntry, TraceStep, TunnelView};

impl Tunnel {
    /// The same with what happened to it, step by step.
    pub(crate) fn traced(&self, now: Instant) -> TunnelView {
        TunnelView { trace: Some(self.steps(now)), ..self.view(now) }
    }

    fn steps(&self, now: Instant) -> Vec<TraceEntry> {
        let (closed, ended) = {
            let live = lock(&self.live);
            (live.closed.as_ref().map(|(closed, _)| closed.clone()), live.ended)
        };
        // Another tunnel may have been tried for the same wish since this one ended.
        let mut steps = self.trace.told(ended.unwrap_or(now));
        let firsts = [
            (TraceStep::FirstUp, self.meter.first_up()),
            (TraceStep::FirstDown, self.meter.first_down()),
        ];
        steps.extend(firsts.into_iter().filter_map(|(step, at)| Some(self.trace.saw(step, at?))));
        if let (Some(closed), Some(at)) = (closed, ended) {
            let entry = self.trace.saw(TraceStep::Closed, at);
            steps.push(entry.detail(&format!("{} by {}", closed.reason, closed.by)));
        }
        steps.sort_by_key(|entry| entry.at_us);
        steps
    }
}
