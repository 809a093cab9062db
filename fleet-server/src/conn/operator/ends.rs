//! Warnings before something of an operator ends: what his tunnels lead to, his certificate, his
//! sessions. Said ten minutes before, one minute before, and taken back when the end has moved.

use crate::admission::Moment;
use crate::core::{Core, millis};
use crate::fleet::{Fleet, NodeRecord, OperatorRecord};
use crate::operators::OperatorSession;
use crate::policy::Sight;
use crate::tunnels::{Exposure, Footing, Origin};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use wire::limits::{END_WARNINGS, MAX_FOLLOWED};
use wire::message::operator::{Followed, Push, ToConsole};
use wire::message::tunnel::OpenTo;
use wire::message::view::{EndCause, EndsView};
use wire::{NodeId, Revision, SafeText, Target, UnixMs};

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What is not allowed now may be later, by time alone: it is asked about again this often.
const AGAIN: Duration = Duration::from_secs(10);

/// Warns until the connection ends.
pub(super) async fn run(
    core: Arc<Core>,
    operator: Arc<OperatorSession>,
    mut wanted: mpsc::Receiver<Followed>,
) {
    let ended = operator.shutdown.clone();
    let mut all: Vec<Following> = Vec::new();
    loop {
        tokio::select! {
            biased;
            () = ended.cancelled() => return,
            of = wanted.recv() => match of {
                Some(of) => follow(&mut all, of),
                None => return,
            },
            () = tokio::time::sleep(LOOK) => {}
        }
        for one in &mut all {
            one.look(&core, &operator);
        }
    }
}

/// Who asks twice is told twice.
fn follow(all: &mut Vec<Following>, of: Followed) {
    all.retain(|one| one.of != of);
    if all.len() < MAX_FOLLOWED {
        all.push(Following { of, known: None, places: Vec::new(), told: Told::default() });
    }
}

/// One thing that is followed.
struct Following {
    of: Followed,
    known: Option<Known>,
    /// Where tunnels led that were seen so far.
    places: Vec<Place>,
    told: Told,
}

/// An end as it was found: in which state of the fleet, and when.
struct Known {
    end: Option<End>,
    revision: Revision,
    at: UnixMs,
}

impl Known {
    /// Whether it may be another by now.
    fn is_old(&self, revision: Revision, now: UnixMs) -> bool {
        let passed = match &self.end {
            Some(end) => end.until <= now,
            None => now.since(self.at) >= AGAIN,
        };
        passed || self.revision != revision
    }
}

/// Where a tunnel leads, and for whom.
type Place = (NodeId, Target, Origin);

/// An end, and what it is the end of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    until: UnixMs,
    cause: EndCause,
    which: Option<SafeText>,
}

impl Following {
    fn look(&mut self, core: &Core, operator: &OperatorSession) {
        let (fleet, now) = (core.state.fleet(), core.wall());
        let more = self.new_places(core, operator, &fleet, now);
        if more || self.known.as_ref().is_none_or(|known| known.is_old(fleet.revision(), now)) {
            let (end, revision) = (self.end(operator, &fleet, now), fleet.revision());
            self.known = Some(Known { end, revision, at: now });
        }
        let end = self.known.as_ref().and_then(|known| known.end.as_ref());
        if let Some(ends) = self.told.news(end, now) {
            let push = Push::Ends { of: self.of.clone(), ends };
            // A queue that is full or closed ends the connection by itself.
            let _ = operator.to_console.send(ToConsole::Push(Box::new(push)));
        }
    }

    /// Takes in where this connection's tunnels lead by now; whether that is somewhere new.
    fn new_places(
        &mut self,
        core: &Core,
        operator: &OperatorSession,
        fleet: &Fleet,
        now: UnixMs,
    ) -> bool {
        let Followed::Tunnels { node } = &self.of else { return false };
        let Some(who) = fleet.operator(operator.id) else { return false };
        let Ok(node) = fleet.find_node(node.as_str(), &Sight::of(&who, now)) else { return false };
        let before = self.places.len();
        for tunnel in core.tunnels.of_operator(operator.connection) {
            let Some(through) = &tunnel.node else { continue };
            let place = (through.id, tunnel.target.clone(), tunnel.origin);
            let is_new = place.0 == node.id && !self.places.contains(&place);
            if is_new && self.places.len() < MAX_FOLLOWED {
                self.places.push(place);
            }
        }
        self.places.len() > before
    }

    fn end(&self, operator: &OperatorSession, fleet: &Fleet, now: UnixMs) -> Option<End> {
        let who = fleet.operator(operator.id)?;
        let asker = Asker { operator, who: &who, fleet, now };
        match &self.of {
            Followed::To(to) => asker.to(to),
            Followed::Tunnels { .. } => {
                let reached = self.places.iter().filter_map(|(node, target, origin)| {
                    asker.place(*origin, &*fleet.node(*node)?, target)
                });
                Some(reached.chain([asker.certificate()]).min_by_key(|end| end.until)?)
            }
            Followed::Own => {
                asker.sessions().chain([asker.certificate()]).min_by_key(|end| end.until)
            }
        }
    }
}

/// The operator of the connection, at one moment.
struct Asker<'a> {
    operator: &'a OperatorSession,
    who: &'a Arc<OperatorRecord>,
    fleet: &'a Fleet,
    now: UnixMs,
}

impl Asker<'_> {
    fn to(&self, to: &OpenTo) -> Option<End> {
        let sight = Sight::of(self.who, self.now);
        let origin = |port| Origin::Operator {
            id: self.operator.id,
            connection: Some(self.operator.connection),
            source: self.operator.source,
            port,
            listens: None,
        };
        match to {
            OpenTo::Node { node, target } | OpenTo::Through { node, target, .. } => {
                let node = self.fleet.find_node(node.as_str(), &sight).ok()?;
                self.place(origin(None), &node, target)
            }
            OpenTo::Port(name) => {
                let port = self.fleet.find_port(name.as_str(), &sight).ok()?;
                let nodes = port.nodes.iter().filter_map(|id| self.fleet.node(*id));
                let ends =
                    nodes.filter_map(|node| self.place(origin(Some(port.id)), &node, &port.target));
                ends.max_by_key(|end| end.until)
            }
            OpenTo::Listen { node, at } => {
                let node = self.fleet.find_node(node.as_str(), &sight).ok()?;
                let at = at.address()?;
                self.place(self.listener(at), &node, &at.into())
            }
            // Over with its listener; its operator's side knows when a share ends.
            OpenTo::Arrival { .. } | OpenTo::Share { .. } => None,
        }
    }

    fn listener(&self, at: SocketAddr) -> Origin {
        Origin::Operator {
            id: self.operator.id,
            connection: Some(self.operator.connection),
            source: self.operator.source,
            port: None,
            listens: Some(Exposure::of(at.ip())),
        }
    }

    /// Until when this may be reached; `None` if it may not be.
    fn place(&self, origin: Origin, node: &NodeRecord, target: &Target) -> Option<End> {
        let standing = Moment::Standing;
        let footing =
            Footing::find(self.fleet, &origin, Some(node), target, standing, self.now).ok()?;
        let until = footing.ends?;
        let certificate = self.certificate();
        if until >= certificate.until {
            return Some(certificate);
        }
        let term = self.who.terms.iter().find(|term| term.until == until);
        Some(match term {
            Some(term) => {
                let which = Some(term.role.as_str().into());
                End { until, cause: EndCause::Role, which }
            }
            None => {
                let which = footing.ground.rule.map(|rule| rule.to_string().into());
                End { until, cause: EndCause::Rule, which }
            }
        })
    }

    fn certificate(&self) -> End {
        let until = self.operator.not_after().min(self.who.certificate_expires_at);
        End { until, cause: EndCause::Certificate, which: None }
    }

    fn sessions(&self) -> impl Iterator<Item = End> {
        let own = self.fleet.running().iter().map(|running| &running.record);
        let own = own.filter(|s| s.operator == self.operator.id && s.is_live(self.now));
        own.map(|session| End {
            until: session.expires_at,
            cause: EndCause::Session,
            which: Some(session.id.to_string().into()),
        })
    }
}

/// What was told of one end: nothing yet, or the end with the number of warnings that were due.
#[derive(Debug, Default)]
struct Told(Option<Option<(UnixMs, usize)>>);

impl Told {
    /// What is to be told now, if it is not what was told last.
    fn news(&mut self, end: Option<&End>, now: UnixMs) -> Option<Option<EndsView>> {
        let soon = end.and_then(|end| {
            let left = end.until.since(now);
            let due = END_WARNINGS.iter().filter(|before| left <= **before).count();
            (due > 0 && !left.is_zero()).then_some((end, left, due))
        });
        let telling = soon.as_ref().map(|(end, _, due)| (end.until, *due));
        if self.0 == Some(telling) {
            return None;
        }
        self.0 = Some(telling);
        Some(soon.map(|(end, left, _)| EndsView {
            until: end.until,
            left_ms: millis(left),
            cause: end.cause,
            which: end.which.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixMs = UnixMs(1_000_000);

    fn at(seconds: u64) -> UnixMs {
        START.after(Duration::from_secs(seconds))
    }

    fn end(seconds: u64) -> End {
        End { until: at(seconds), cause: EndCause::Certificate, which: None }
    }

    /// What is told in the seconds from `from` to `to`: the second, and how much is left.
    fn told(told: &mut Told, end: &End, from: u64, to: u64) -> Vec<(u64, Option<u64>)> {
        let one = |second| Some((second, told.news(Some(end), at(second))?));
        let all = (from..to).filter_map(one);
        all.map(|(second, ends)| (second, ends.map(|ends| ends.left_ms / 1000))).collect()
    }

    #[test]
    fn an_end_is_told_at_ten_minutes_and_at_one() {
        let news = told(&mut Told::default(), &end(3600), 0, 3600);
        assert_eq!(news, [(0, None), (3000, Some(600)), (3540, Some(60))]);
    }

    #[test]
    fn an_end_that_moved_is_taken_back_and_told_again_at_its_new_time() {
        let mut state = Told::default();
        assert_eq!(told(&mut state, &end(700), 0, 200), [(0, None), (100, Some(600))]);
        let news = told(&mut state, &end(2000), 200, 2000);
        assert_eq!(news, [(200, None), (1400, Some(600)), (1940, Some(60))]);
    }

    #[test]
    fn an_end_that_is_near_is_told_at_once_and_one_that_is_over_is_not() {
        let mut state = Told::default();
        assert_eq!(told(&mut state, &end(300), 0, 1), [(0, Some(300))]);
        assert_eq!(told(&mut Told::default(), &end(300), 300, 400), [(300, None)]);
    }

    /// A rule with hours: nothing is stored when they begin.
    #[test]
    fn what_is_not_allowed_is_asked_about_again() {
        let of = |end| Known { end, revision: Revision(3), at: START };
        let (none, some) = (of(None), of(Some(end(100))));
        assert!(!none.is_old(Revision(3), at(9)) && none.is_old(Revision(3), at(10)));
        assert!(!some.is_old(Revision(3), at(99)) && some.is_old(Revision(3), at(100)));
        assert!(none.is_old(Revision(4), START) && some.is_old(Revision(4), START));
    }
}
