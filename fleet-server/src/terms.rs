//! Ends what is granted or blocked for a time when the time is over, by the wall clock or by the
//! monotonic one, whichever comes first; cuts what stood on it; warns operators before. What rules
//! say about time is in `lapse`.

use crate::conn::{cut_entry, tell};
use crate::core::{Core, lock};
use crate::fleet::{Fleet, SessionRecord, Stored};
use crate::ops::{Grant, Op, Terms as Due};
use crate::tunnels;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use wire::audit::Actor;
use wire::limits::END_WARNINGS;
use wire::message::operator::SessionNews;
use wire::{SessionId, UnixMs};

/// How often the wall clock is looked at while anything has an end: it may be set.
const LOOK: Duration = Duration::from_millis(250);
/// How often what ended long ago is forgotten.
const FORGET: Duration = Duration::from_secs(3600);

/// The ends that are known, on the monotonic clock.
#[derive(Default)]
pub(crate) struct Terms {
    anchors: Mutex<Anchors>,
    changed: Notify,
}

impl Terms {
    /// Something was granted, blocked or ended.
    pub(crate) fn changed(&self) {
        self.changed.notify_one();
    }
}

/// What has an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Thing {
    Session(SessionId),
    Guest(wire::GuestId),
    Lock(wire::LockId),
    /// The certificate behind sessions and tunnels.
    Operator(wire::OperatorId),
}

/// One end on both clocks. What was set on the wall clock is kept on the monotonic one from the
/// moment it was first seen.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    until: UnixMs,
    at: Instant,
    /// What is left when the next warning is due.
    warn: usize,
    /// It was acted upon.
    passed: bool,
}

/// The set of ends. Pure.
#[derive(Debug, Default)]
struct Anchors(HashMap<Thing, Anchor>);

/// What has to be done now.
#[derive(Debug, Default, PartialEq, Eq)]
struct Doings {
    due: Due,
    /// Something without an end of its own in the store passed: only a look at the tunnels is due.
    look: bool,
    warn: Vec<SessionId>,
}

impl Anchors {
    /// Takes in what the fleet says now; what kept its end keeps its anchor.
    fn sync(&mut self, fleet: &Fleet, wall: UnixMs, now: Instant) {
        let mut ends: HashMap<Thing, UnixMs> = HashMap::new();
        for session in fleet.running().iter().map(|r| &r.record) {
            ends.insert(Thing::Session(session.id), session.expires_at);
        }
        for operator in fleet.operators().filter(|operator| operator.revoked.is_none()) {
            ends.insert(Thing::Operator(operator.id), operator.certificate_expires_at);
        }
        for guest in fleet.visiting().iter().map(|r| &r.record) {
            ends.insert(Thing::Guest(guest.id), guest.expires_at);
        }
        for lock in fleet.blocking() {
            ends.extend(lock.until.map(|until| (Thing::Lock(lock.id), until)));
        }
        self.0.retain(|thing, anchor| ends.get(thing) == Some(&anchor.until));
        for (thing, until) in ends {
            self.0.entry(thing).or_insert_with(|| {
                let left = until.since(wall);
                let warn = END_WARNINGS.iter().filter(|before| left <= **before).count();
                Anchor { until, at: now + left, warn, passed: false }
            });
        }
    }

    /// What is due by either clock.
    fn poll(&mut self, wall: UnixMs, now: Instant) -> Doings {
        let mut doings = Doings::default();
        for (thing, anchor) in &mut self.0 {
            if wall >= anchor.until || now >= anchor.at {
                match thing {
                    Thing::Session(id) => doings.due.sessions.push((*id, anchor.until)),
                    Thing::Guest(id) => doings.due.guests.push((*id, anchor.until)),
                    Thing::Lock(id) => doings.due.locks.push((*id, anchor.until)),
                    Thing::Operator(_) => doings.look |= !anchor.passed,
                }
                anchor.passed = true;
                continue;
            }
            let left = anchor.until.since(wall).min(anchor.at.saturating_duration_since(now));
            if let Thing::Session(id) = thing
                && END_WARNINGS.get(anchor.warn).is_some_and(|before| left <= *before)
            {
                anchor.warn = END_WARNINGS.iter().filter(|before| left <= **before).count();
                doings.warn.push(*id);
            }
        }
        doings
    }

    /// How long nothing is due by the monotonic clock; bounded, because the wall clock may be set.
    fn rest(&self, now: Instant) -> Option<Duration> {
        let next = |(thing, anchor): (&Thing, &Anchor)| match (anchor.passed, thing) {
            (false, _) => Some(anchor.at.saturating_duration_since(now)),
            (true, Thing::Operator(_)) => None,
            // It is still there: it could not be ended in the store, and that is tried again.
            (true, _) => Some(LOOK),
        };
        Some(self.0.iter().filter_map(next).min()?.min(LOOK))
    }
}

/// Ends what is over until shutdown.
pub(crate) async fn run(core: Arc<Core>) {
    let mut revisions = core.state.revisions();
    let mut forget = tokio::time::interval(FORGET);
    loop {
        let doings = {
            let (wall, now) = (core.wall(), core.clock.now());
            let mut anchors = lock(&core.terms.anchors);
            anchors.sync(&core.state.fleet(), wall, now);
            anchors.poll(wall, now)
        };
        act(&core, doings).await;
        let rest = lock(&core.terms.anchors).rest(core.clock.now());
        tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            () = core.terms.changed.notified() => {}
            _ = forget.tick() => end(&core, Due::default()).await,
            // A fleet whose nodes come and go does not make this busy: one look at a time.
            () = sleep(rest) => {}
            changed = revisions.changed(), if rest.is_none() => if changed.is_err() {
                return core.shutdown.cancelled().await;
            }
        }
    }
}

async fn sleep(rest: Option<Duration>) {
    match rest {
        Some(rest) => tokio::time::sleep(rest).await,
        None => std::future::pending().await,
    }
}

async fn act(core: &Arc<Core>, doings: Doings) {
    let fleet = core.state.fleet();
    for session in doings.warn.iter().filter_map(|id| fleet.session(*id)) {
        tell(core, &session, SessionNews::Ending);
    }
    if doings.due.is_empty() && !doings.look {
        return;
    }
    let begun = core.clock.now();
    let sessions: Vec<Arc<SessionRecord>> =
        doings.due.sessions.iter().filter_map(|(id, _)| fleet.session(*id)).collect();
    let guests: Vec<_> = doings.due.guests.iter().filter_map(|(id, _)| fleet.guest(*id)).collect();
    if !doings.due.is_empty() {
        end(core, doings.due).await;
    }
    // An invitation's port ends with it.
    if guests.iter().any(|guest| guest.invite.is_some()) {
        core.ports.reconcile(core).await;
    }
    let report = match tunnels::reevaluate(core, &"server".into()).await {
        Ok(report) => report,
        Err(refusal) => return tracing::error!(%refusal, "tunnels past their time did not end"),
    };
    core.feed.ports();
    if report.tunnels > 0 {
        let object = match (sessions.as_slice(), guests.as_slice()) {
            ([session], []) => session.object(),
            ([], [guest]) => guest.object(),
            _ => core.object(),
        };
        let action = format!(
            "{}.end.cut",
            if object.kind.as_str() == "guest" { "guest" } else { "session" }
        );
        core.state.record(cut_entry(&action, Actor::default(), object, &report, begun));
    }
    for session in sessions.iter().filter_map(|old| core.state.fleet().session(old.id)) {
        tell(core, &session, SessionNews::Over);
    }
}

async fn end(core: &Core, due: Due) {
    let grant = Box::new(Grant::Terms(due));
    let op = Op::Grant { actor: Actor::default(), reason: None, grant };
    if let Err(refusal) = core.apply(op).await {
        tracing::error!(%refusal, "what is past its time was not ended in the store");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Edit;
    use wire::{OperatorId, Revision};

    const WALL: UnixMs = UnixMs(10_000_000);

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn id() -> SessionId {
        SessionId::from_random(1)
    }

    fn running(lasts: u64) -> Fleet {
        let mut fleet = Fleet::empty("f", Revision::default()).next();
        fleet.edit(&Edit::Session(Arc::new(SessionRecord {
            id: id(),
            operator: OperatorId::from_random(1),
            from: Vec::new(),
            auto: false,
            ports: Vec::new(),
            started_at: WALL,
            expires_at: WALL.after(seconds(lasts)),
            ended: None,
            reason: None,
            seen: Vec::new(),
        })));
        fleet
    }

    fn due(lasts: u64) -> Due {
        Due { sessions: vec![(id(), WALL.after(seconds(lasts)))], ..Due::default() }
    }

    #[test]
    fn a_session_ends_by_the_monotonic_clock_when_the_wall_clock_was_set_back() {
        let (mut anchors, start) = (Anchors::default(), Instant::now());
        anchors.sync(&running(100), WALL, start);
        let back = UnixMs(WALL.0 - 5_000_000);
        assert!(anchors.poll(back, start + seconds(99)).due.is_empty());
        assert_eq!(anchors.poll(back, start + seconds(100)).due, due(100));
    }

    #[test]
    fn a_session_ends_by_the_wall_clock_when_the_machine_slept() {
        let (mut anchors, start) = (Anchors::default(), Instant::now());
        anchors.sync(&running(100), WALL, start);
        let now = start + seconds(1);
        assert!(anchors.poll(WALL.after(seconds(99)), now).due.is_empty());
        assert_eq!(anchors.poll(WALL.after(seconds(100)), now).due, due(100));
        assert_eq!(anchors.rest(now), Some(LOOK), "what could not be ended is tried again");
    }

    #[test]
    fn a_session_that_is_extended_ends_at_its_new_end() {
        let (mut anchors, start) = (Anchors::default(), Instant::now());
        anchors.sync(&running(100), WALL, start);
        let extended = running(200);
        anchors.sync(&extended, WALL.after(seconds(50)), start + seconds(50));
        assert!(anchors.poll(WALL, start + seconds(199)).due.is_empty());
        assert_eq!(anchors.poll(WALL, start + seconds(200)).due, due(200));
    }

    #[test]
    fn warnings_come_once_each_ten_minutes_and_one_minute_before_the_end() {
        let (mut anchors, start) = (Anchors::default(), Instant::now());
        anchors.sync(&running(3600), WALL, start);
        let mut warned = Vec::new();
        for second in 0..3600 {
            let doings = anchors.poll(WALL.after(seconds(second)), start + seconds(second));
            if !doings.warn.is_empty() {
                warned.push(3600 - second);
            }
        }
        assert_eq!(warned, [600, 60]);
        let mut short = Anchors::default();
        short.sync(&running(30), WALL, start);
        assert!(short.poll(WALL, start).warn.is_empty(), "it is known to be short");
    }
}
