//! What happens to a wish until it is a tunnel or a refusal, noted as it happens and worded when
//! somebody asks. A wish and the tunnels tried for it share one; each tunnel shows its own part.

use crate::admission::Ground;
use crate::core::lock;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wire::limits::MAX_TRACE_STEPS;
use wire::message::tunnel::{AtNode, Opened};
use wire::message::view::{TraceBy, TraceEntry, TraceStep};
use wire::{CloseReason, GuestId, LaneId, LockId, Name, RuleId, SafeText, SessionId};

/// The first steps, which stay however many there are.
const FIRST: usize = MAX_TRACE_STEPS / 2;

/// The steps since a wish arrived.
pub(crate) struct Trace {
    begun: Instant,
    marks: Mutex<Vec<Mark>>,
}

struct Mark {
    at: Instant,
    took: Option<Duration>,
    what: What,
}

#[derive(PartialEq)]
enum What {
    Allowed { rule: Option<RuleId>, session: Option<SessionId>, guest: Option<GuestId> },
    Denied { rule: Option<RuleId>, lock: Option<LockId> },
    Waited,
    WaitedInVain,
    Lane { node: Name, lane: LaneId },
    Resolved,
    Dialled { address: Option<SafeText>, at_node: Option<AtNode> },
    Unresolved,
    Undialled(CloseReason),
    Answered,
    Again { node: Name, reason: CloseReason },
    LeftOut(usize),
}

/// A stream towards the agent, from the wish for it to the agent's answer.
pub(super) struct Asked {
    pub(super) sent: Instant,
    pub(super) answered: Instant,
}

impl Asked {
    /// When the agent began what took so long: the way there and the way back are taken as equal.
    fn begun(&self, took: Duration) -> Instant {
        let whole = self.answered.saturating_duration_since(self.sent);
        self.sent + whole.saturating_sub(took) / 2
    }
}

impl Trace {
    /// A wish arrived.
    pub(crate) fn begin(now: Instant) -> Arc<Self> {
        Arc::new(Self { begun: now, marks: Mutex::new(Vec::new()) })
    }

    /// Policy lets it. Twice the same in a row is told once.
    pub(crate) fn allowed(&self, ground: &Ground, now: Instant) {
        let Ground { rule, session, guest, .. } = *ground;
        let what = What::Allowed { rule, session, guest };
        let mut marks = lock(&self.marks);
        if marks.last().is_none_or(|last| last.what != what) {
            push(&mut marks, Mark { at: now, took: None, what });
        }
    }

    /// Policy does not.
    pub(super) fn denied(&self, rule: Option<RuleId>, lock: Option<LockId>, now: Instant) {
        self.mark(now, None, What::Denied { rule, lock });
    }

    /// It waited for a node since then, and one came or none.
    pub(super) fn waited<T, E>(&self, since: Instant, now: Instant, outcome: &Result<T, E>) {
        let what = if outcome.is_ok() { What::Waited } else { What::WaitedInVain };
        self.mark(since, Some(now.saturating_duration_since(since)), what);
    }

    /// A stream towards the agent was wished for, and is there.
    pub(super) fn lane(&self, node: &Name, lane: LaneId, since: Instant, now: Instant) {
        let what = What::Lane { node: node.clone(), lane };
        self.mark(since, Some(now.saturating_duration_since(since)), what);
    }

    /// The agent opened, and says how long that took.
    pub(super) fn opened(&self, asked: &Asked, opened: &Opened, at_node: Option<AtNode>) {
        let micros = |us: Option<u64>| us.map(Duration::from_micros);
        let (resolve, dial) = (micros(opened.resolve_us), micros(opened.dial_us));
        let dial = dial.unwrap_or(Duration::from_millis(opened.connect_ms));
        let begun = asked.begun(resolve.unwrap_or_default().saturating_add(dial));
        if let Some(resolve) = resolve {
            self.mark(begun, Some(resolve), What::Resolved);
        }
        let address = opened.address.clone();
        let what = What::Dialled { address, at_node };
        self.mark(begun + resolve.unwrap_or_default(), Some(dial), what);
        self.mark(asked.answered, None, What::Answered);
    }

    /// The agent did not, and says how long it took to find out.
    pub(super) fn refused(&self, asked: &Asked, reason: CloseReason, after_us: Option<u64>) {
        let after = after_us.map(Duration::from_micros);
        let what = match reason {
            CloseReason::Unresolvable => What::Unresolved,
            reason => What::Undialled(reason),
        };
        self.mark(asked.begun(after.unwrap_or_default()), after, what);
        self.mark(asked.answered, None, What::Answered);
    }

    /// Nothing came of this node for this reason; it goes on.
    pub(super) fn again(&self, node: &Name, reason: CloseReason, now: Instant) {
        self.mark(now, None, What::Again { node: node.clone(), reason });
    }

    /// The steps until this moment.
    pub(crate) fn told(&self, until: Instant) -> Vec<TraceEntry> {
        let marks = lock(&self.marks);
        let seen = marks.iter().filter(|mark| mark.at <= until);
        let mut told = vec![TraceEntry::new(TraceStep::Asked, TraceBy::Server, 0)];
        told.extend(seen.map(|mark| self.entry(mark)));
        told
    }

    /// A step that this side saw.
    pub(crate) fn saw(&self, step: TraceStep, at: Instant) -> TraceEntry {
        TraceEntry::new(step, TraceBy::Server, micros(at.saturating_duration_since(self.begun)))
    }

    fn mark(&self, at: Instant, took: Option<Duration>, what: What) {
        push(&mut lock(&self.marks), Mark { at, took, what });
    }

    fn entry(&self, mark: &Mark) -> TraceEntry {
        let entry = TraceEntry {
            took_us: mark.took.map(micros),
            by: mark.what.by(),
            ..self.saw(mark.what.step(), mark.at)
        };
        entry.detail(&mark.what.words())
    }
}

/// Of too many steps those in the middle go.
fn push(marks: &mut Vec<Mark>, mark: Mark) {
    // One place is the wish itself, one the end.
    if marks.len() + 2 >= MAX_TRACE_STEPS {
        let before = match marks[FIRST].what {
            What::LeftOut(count) => count,
            _ => 1,
        };
        marks[FIRST].took = None;
        marks[FIRST].what = What::LeftOut(before + 1);
        marks.remove(FIRST + 1);
    }
    marks.push(mark);
}

impl What {
    const fn step(&self) -> TraceStep {
        match self {
            Self::Allowed { .. } | Self::Denied { .. } => TraceStep::Policy,
            Self::Waited | Self::WaitedInVain => TraceStep::Queue,
            Self::Lane { .. } => TraceStep::Lane,
            Self::Resolved | Self::Unresolved => TraceStep::Resolve,
            Self::Dialled { .. } | Self::Undialled(_) => TraceStep::Dial,
            Self::Answered => TraceStep::Answer,
            Self::Again { .. } | Self::LeftOut(_) => TraceStep::Retry,
        }
    }

    const fn by(&self) -> TraceBy {
        match self.step() {
            TraceStep::Resolve | TraceStep::Dial => TraceBy::Node,
            _ => TraceBy::Server,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Allowed { rule, session, guest } => {
                let by = [text(rule), text(session), text(guest)].into_iter().flatten();
                format!("allowed by {}", by.collect::<Vec<_>>().join(" "))
            }
            Self::Denied { lock: Some(lock), .. } => format!("locked by {lock}"),
            Self::Denied { rule: Some(rule), lock: None } => format!("denied by {rule}"),
            Self::Denied { rule: None, lock: None } => "denied by the default".to_owned(),
            Self::Waited => "a node came".to_owned(),
            Self::WaitedInVain => "no node came".to_owned(),
            Self::Lane { node, lane } => format!("{node} lane {}", lane.0),
            Self::Resolved | Self::Answered => String::new(),
            Self::Unresolved => CloseReason::Unresolvable.to_string(),
            Self::Dialled { address, at_node } => {
                let how = match at_node {
                    None => "",
                    Some(AtNode::Listen) => "listens on ",
                    Some(AtNode::Take { .. }) => "took what came from ",
                };
                format!("{how}{}", text(address).unwrap_or_default())
            }
            Self::Undialled(reason) => reason.to_string(),
            Self::Again { node, reason } => format!("{reason} at {node}"),
            Self::LeftOut(count) => format!("{count} steps like these left out"),
        }
    }
}

fn text<T: ToString>(value: &Option<T>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn of_too_many_tries_the_first_and_the_last_are_told() {
        let start = Instant::now();
        let trace = Trace::begin(start);
        let Ok(node) = "web1".parse::<Name>() else { return };
        for n in 1..=100 {
            trace.lane(&node, LaneId(n), start + ms(n), start + ms(n));
        }
        let told = trace.told(start + ms(1000));
        assert!(told.len() < MAX_TRACE_STEPS, "there is room for the end: {}", told.len());
        let words: Vec<&str> =
            told.iter().filter_map(|e| e.detail.as_ref()).map(|d| d.as_str()).collect();
        assert_eq!((words.first(), words.last()), (Some(&"web1 lane 1"), Some(&"web1 lane 100")));
        let out = words.iter().find(|w| w.ends_with("left out")).copied();
        let kept = words.len() - 1;
        assert_eq!(out, Some(format!("{} steps like these left out", 100 - kept).as_str()));
        assert!(told.is_sorted_by_key(|entry| entry.at_us), "{told:?}");
    }

    #[test]
    fn what_the_agent_tells_lies_in_the_middle_of_the_way_there_and_back() {
        let start = Instant::now();
        let trace = Trace::begin(start);
        let asked = Asked { sent: start + ms(10), answered: start + ms(50) };
        trace.refused(&asked, CloseReason::DialRefused, Some(20_000));
        let told = trace.told(start + ms(60));
        let dial = &told[1];
        assert_eq!((dial.step, dial.by), (TraceStep::Dial, TraceBy::Node));
        assert_eq!((dial.at_us, dial.took_us), (20_000, Some(20_000)));
        // An agent that claims more than the round trip is not before the question.
        let (asked, claimed) = (Asked { sent: start, answered: start + ms(1) }, Some(u64::MAX));
        trace.refused(&asked, CloseReason::DialTimeout, claimed);
        assert_eq!(trace.told(start + ms(60))[3].at_us, 0);
    }
}
