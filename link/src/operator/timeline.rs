//! One timeline of what two clocks saw: this side's steps with the server's between them.

use crate::meter::Meter;
use std::time::Instant;
use wire::CloseReason;
use wire::limits::MAX_TRACE_STEPS;
use wire::message::view::{TraceBy, TraceEntry, TraceStep};

/// Steps of a wish that was repeated while the server was away.
const MOST: usize = 4 * MAX_TRACE_STEPS;

/// What happened until a tunnel was open or refused, step by step.
#[derive(Debug)]
pub struct Timeline {
    begun: Instant,
    steps: Vec<TraceEntry>,
}

impl Timeline {
    /// Begins with what led to the wish.
    pub fn begin(detail: &str) -> Self {
        let first = TraceEntry::new(TraceStep::Accepted, TraceBy::Client, 0).detail(detail);
        Self { begun: now(), steps: vec![first] }
    }

    /// The steps so far.
    pub fn steps(&self) -> &[TraceEntry] {
        &self.steps
    }

    /// This side saw something.
    pub fn saw(&mut self, step: TraceStep, at: Instant, detail: &str) {
        let entry = TraceEntry::new(step, TraceBy::Client, self.offset(at));
        self.push(entry.detail(detail));
    }

    /// What a tunnel's counters saw, and its end.
    pub fn closed(&mut self, meter: &Meter, reason: CloseReason) {
        let up = meter.first_up().map(|at| (TraceStep::FirstUp, at, ""));
        let down = meter.first_down().map(|at| (TraceStep::FirstDown, at, ""));
        let mut firsts = [up, down];
        firsts.sort_by_key(|first| first.map(|(_, at, _)| at));
        let end = (TraceStep::Closed, now(), reason.as_str());
        for (step, at, detail) in firsts.into_iter().flatten().chain([end]) {
            self.saw(step, at, detail);
        }
    }

    /// A stream towards the server was wished for then, and is there.
    pub(super) fn uplink(&mut self, since: Instant, there: Instant) {
        let took = self.offset(there).saturating_sub(self.offset(since));
        let entry = TraceEntry::new(TraceStep::Uplink, TraceBy::Client, self.offset(since));
        self.push(entry.took(took));
    }

    /// What the server told between the question and the answer: its clock is not ours, so that
    /// the way there and the way back are taken as equal.
    pub(super) fn between(&mut self, asked: Instant, answered: Instant, told: Vec<TraceEntry>) {
        let (from, to) = (self.offset(asked), self.offset(answered));
        let theirs = told.iter().map(|entry| entry.at_us).max().unwrap_or_default();
        let whole = to.saturating_sub(from);
        let ahead = from + whole.saturating_sub(theirs) / 2;
        for entry in told {
            // Whatever a server claims lies between the question and its answer.
            let at_us = ahead.saturating_add(entry.at_us).min(to);
            self.push(TraceEntry { at_us, ..entry });
        }
    }

    /// Of too many tries the first and the last ones stay.
    fn push(&mut self, entry: TraceEntry) {
        if self.steps.len() >= MOST {
            self.steps.remove(MAX_TRACE_STEPS);
        }
        self.steps.push(entry);
    }

    fn offset(&self, at: Instant) -> u64 {
        let micros = at.saturating_duration_since(self.begun).as_micros();
        u64::try_from(micros).unwrap_or(u64::MAX)
    }
}

pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn told(offsets: &[u64]) -> Vec<TraceEntry> {
        let entry = |at: &u64| TraceEntry::new(TraceStep::Policy, TraceBy::Server, *at);
        offsets.iter().map(entry).collect()
    }

    #[test]
    fn the_servers_steps_lie_in_the_middle_of_the_round_trip() {
        let mut timeline = Timeline::begin("");
        let at = |ms| timeline.begun + Duration::from_millis(ms);
        let (asked, answered) = (at(10), at(50));
        timeline.between(asked, answered, told(&[0, 5_000, 20_000]));
        let offsets: Vec<u64> = timeline.steps[1..].iter().map(|entry| entry.at_us).collect();
        assert_eq!(offsets, [20_000, 25_000, 40_000]);
    }

    #[test]
    fn a_server_that_claims_more_time_than_there_was_stays_between_question_and_answer() {
        let mut timeline = Timeline::begin("");
        let at = |ms| timeline.begun + Duration::from_millis(ms);
        let (asked, answered) = (at(10), at(50));
        timeline.between(asked, answered, told(&[0, 30_000, u64::MAX]));
        let offsets: Vec<u64> = timeline.steps[1..].iter().map(|entry| entry.at_us).collect();
        assert_eq!(offsets, [10_000, 40_000, 50_000]);
    }
}
