//! The timeline of a tunnel, for people and for programs: what happened when, and how long it took.

use crate::cli::Run;
use crate::cli::out::warn;
use serde_json::{Value, json};
use std::fmt::Write;
use wire::TunnelId;
use wire::message::view::{TraceBy, TraceEntry};

/// One line per step: when, how long, what, and what there is to say.
pub fn lines(steps: &[TraceEntry]) -> Vec<String> {
    steps.iter().map(line).collect()
}

fn line(entry: &TraceEntry) -> String {
    let at = format!("+{}", millis(entry.at_us));
    let took = entry.took_us.map(millis).unwrap_or_default();
    let mut line = format!("{at:>14}  {took:>13}  {:<10}", entry.step.as_str());
    // What the server saw is the rule.
    if entry.by != TraceBy::Server {
        let _ = write!(line, " [{}]", entry.by);
    }
    if let Some(detail) = &entry.detail {
        let _ = write!(line, " {detail}");
    }
    line.trim_end().to_owned()
}

fn millis(us: u64) -> String {
    format!("{}.{:03} ms", us / 1000, us % 1000)
}

/// `-v` of what opens tunnels asks for their timelines.
pub fn is_wanted(run: &Run) -> bool {
    run.settings.flags.verbose > 0
}

/// The event of a timeline, with all steps so far.
pub fn event(tunnel: Option<TunnelId>, steps: &[TraceEntry]) -> Value {
    json!({"event": "trace", "tunnel": tunnel, "steps": steps})
}

/// Tells a timeline on stderr; of its steps people have heard `told` before.
pub fn tell(run: &Run, tunnel: Option<TunnelId>, steps: &[TraceEntry], told: usize) {
    if run.out.is_structured() {
        return warn(&event(tunnel, steps).to_string());
    }
    if !run.out.quiet {
        warn(&block(tunnel, steps, told));
    }
}

/// A timeline for people, with whose it is.
pub fn block(tunnel: Option<TunnelId>, steps: &[TraceEntry], told: usize) -> String {
    let whose = tunnel.map_or_else(|| "no tunnel".to_owned(), |tunnel| tunnel.to_string());
    let mut lines = lines(steps.get(told..).unwrap_or_default());
    lines.insert(0, format!("trace {whose}"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::message::view::TraceStep;

    #[test]
    fn offsets_and_durations_stand_below_each_other() {
        let policy = TraceEntry::new(TraceStep::Policy, TraceBy::Server, 41);
        let dial = TraceEntry::new(TraceStep::Dial, TraceBy::Node, 12_345_678);
        let steps = [policy.detail("allowed by r_aaaa"), dial.took(3_100).detail("10.0.0.1:22")];
        assert_eq!(
            lines(&steps),
            [
                "     +0.041 ms                 policy     allowed by r_aaaa",
                " +12345.678 ms       3.100 ms  dial       [node] 10.0.0.1:22",
            ]
        );
    }
}
