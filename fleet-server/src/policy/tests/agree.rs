//! What is explained is what the data plane does, for generated policies and requests, and both are
//! what an evaluator by truth tables says.

use super::*;
use crate::admission::Moment;
use crate::tunnels::{Footing, Origin};

/// Each part of a rule as text, and for which of the few askers, places and times it holds.
const WHO: [(&str, [bool; 4]); 7] = [
    // mira (support for good), jon (netops until LATER), a visitor, what comes in at hub's links.
    ("anyone", [true, true, true, true]),
    ("mira", [true, false, false, false]),
    ("role:support", [true, false, false, false]),
    ("role:netops", [false, true, false, false]),
    ("role:admin", [false, false, false, false]),
    ("node:hub", [false, false, false, true]),
    ("node:web1", [false, false, false, false]),
];
const NODES: [(Option<&str>, [bool; 2]); 4] = [
    (None, [true, true]),
    (Some("web1"), [true, false]),
    (Some("site=cdg"), [false, true]),
    (Some("site=nowhere"), [false, false]),
];
const TO: [(Option<&str>, [bool; 2]); 5] = [
    (None, [true, true]),
    (Some("*:22,443"), [true, false]),
    (Some("10.0.0.0/8:5432"), [false, true]),
    (Some("localhost:1-100"), [true, false]),
    (Some("*.corp:*"), [false, false]),
];
const FROM: [(Option<&str>, [bool; 2]); 3] = [
    (None, [true, true]),
    (Some("10.8.0.0/16"), [true, false]),
    (Some("203.0.113.7/32"), [false, true]),
];
const AT: [(Option<&str>, [bool; 2]); 3] =
    [(None, [true, true]), (Some("thu 0-1"), [true, false]), (Some("thu 1-24 Z"), [false, true])];
const TARGETS: [&str; 2] = ["localhost:22", "10.0.1.50:5432"];
const SOURCES: [&str; 2] = ["10.8.3.1", "203.0.113.7"];
/// A quarter past midnight on a Thursday, and two hours later.
const TIMES: [UnixMs; 2] = [NOW, UnixMs(NOW.0 + 2 * 3_600_000)];
/// Between the two.
const LATER: UnixMs = UnixMs(NOW.0 + 3_600_000);

/// The node whose links are asked about.
const HUB: NodeId = NodeId::from_random(3);

#[derive(Debug, Clone)]
struct Made {
    allow: bool,
    who: usize,
    nodes: usize,
    to: usize,
    from: usize,
    at: usize,
    /// Names a port: the one that is asked about, or another.
    port: Option<bool>,
    enabled: bool,
    /// Ends at [`LATER`].
    ends: bool,
}

#[derive(Debug, Clone)]
struct Question {
    who: usize,
    node: usize,
    target: usize,
    source: usize,
    time: usize,
    granted: bool,
}

fn made() -> impl Strategy<Value = Made> {
    let parts = (0usize..7, 0usize..4, 0usize..5, 0usize..3, 0usize..3);
    let port = proptest::option::weighted(0.3, any::<bool>());
    (any::<bool>(), parts, port, 0u8..10, 0u8..5).prop_map(
        |(allow, (who, nodes, to, from, at), port, enabled, ends)| {
            // A rule about a port names nothing else that is reached.
            let (nodes, to) = if port.is_some() { (0, 0) } else { (nodes, to) };
            Made { allow, who, nodes, to, from, at, port, enabled: enabled > 0, ends: ends == 0 }
        },
    )
}

fn question() -> impl Strategy<Value = Question> {
    (0usize..4, 0usize..2, 0usize..2, 0usize..2, 0usize..2, 0u8..10).prop_map(
        |(who, node, target, source, time, granted)| Question {
            who,
            node,
            target,
            source,
            time,
            granted: granted > 0,
        },
    )
}

impl Made {
    fn record(&self, n: u64) -> RuleRecord {
        let effect = if self.allow { Effect::Allow } else { Effect::Deny };
        RuleRecord {
            from: FROM[self.from].0.map(Into::into),
            nodes: NODES[self.nodes].0.map(Into::into),
            to: TO[self.to].0.map(Into::into),
            at: AT[self.at].0.map(Into::into),
            port: self.port.map(|this| if this { "db" } else { "cache" }.parse().unwrap()),
            enabled: self.enabled,
            until: self.ends.then_some(LATER),
            ..rule(n, effect, WHO[self.who].0)
        }
    }

    /// Whether it decides; visitors come to the port, operators and links to the node.
    fn is_meant(&self, q: &Question) -> bool {
        let (visitor, late) = (q.who == 2, q.time == 1);
        let who = match (self.who, q.who) {
            // jon's role is over by then.
            (3, 1) => !late,
            // Whom everybody's rule lets in are people.
            (0, 3) => !self.allow,
            (rule, asker) => WHO[rule].1[asker],
        };
        let place = match (visitor, self.port) {
            (false, None) => NODES[self.nodes].1[q.node] && TO[self.to].1[q.target],
            (false, Some(_)) => false,
            (true, Some(this)) => this,
            (true, None) => !self.allow && NODES[self.nodes].1[q.node] && TO[self.to].1[1],
        };
        self.enabled
            && !(self.ends && late)
            && who
            && place
            && FROM[self.from].1[q.source]
            && AT[self.at].1[q.time]
    }
}

fn world(rules: &[Made], granted: bool) -> Fleet {
    let mut fleet = Fleet::empty("f", Revision(1));
    for (n, made) in (1..).zip(rules) {
        fleet.edit(&Edit::Rule(Arc::new(made.record(n))));
    }
    let allow = if granted { vec![] } else { vec!["localhost:80".into()] };
    let site = |site: &str| Labels::new([("site".to_owned(), site.to_owned())].into()).unwrap();
    for (n, name, labels) in [(1, "web1", site("ber")), (2, "web2", site("cdg"))] {
        fleet.edit(&Edit::Node(Arc::new(NodeRecord {
            id: NodeId::from_random(n),
            name: name.parse().unwrap(),
            labels,
            spki: [u8::try_from(n).unwrap(); 32],
            allow: allow.clone(),
            ..node()
        })));
    }
    let hub = NodeRecord {
        id: HUB,
        name: "hub".parse().unwrap(),
        labels: site("hub"),
        spki: [3; 32],
        ..node()
    };
    fleet.edit(&Edit::Node(Arc::new(hub)));
    for (to, target) in (0..4).map(|n| (n / 2, n % 2)) {
        let id = link_of(to, target);
        fleet.edit(&Edit::Link(Arc::new(crate::fleet::LinkRecord {
            id,
            name: format!("link{}", id.bits()).parse().unwrap(),
            at: HUB,
            listen: "127.0.0.1:9000".parse().unwrap(),
            to: NodeId::from_random(to as u64 + 1),
            target: TARGETS[target].parse().unwrap(),
            created_at: NOW,
            by: None,
        })));
    }
    let nodes = vec![NodeId::from_random(1), NodeId::from_random(2)];
    fleet.edit(&Edit::Port(Arc::new(PortRecord { nodes, ..port() })));
    for role in ["support", "netops"] {
        fleet.edit(&Edit::Role(Arc::new(crate::fleet::RoleRecord {
            name: role.parse().unwrap(),
            permissions: vec![Permission::TunnelsOpen],
            max_session_ms: None,
            created_at: NOW,
        })));
    }
    let lasting = UnixMs(u64::MAX);
    fleet.edit(&Edit::Operator(Arc::new(OperatorRecord {
        roles: vec!["support".parse().unwrap()],
        certificate_expires_at: lasting,
        ..mira()
    })));
    let term = crate::fleet::Term { role: "netops".parse().unwrap(), until: LATER };
    fleet.edit(&Edit::Operator(Arc::new(OperatorRecord {
        id: OperatorId::from_random(2),
        name: "jon".parse().unwrap(),
        roles: vec![],
        terms: vec![term],
        spki: [9; 32],
        certificate_expires_at: lasting,
        ..mira()
    })));
    fleet
}

/// The link from hub to this target at this node.
fn link_of(node: usize, target: usize) -> wire::LinkId {
    wire::LinkId::from_random((2 * node + target) as u64)
}

/// By truth tables alone.
fn simply(rules: &[Made], q: &Question) -> Decision {
    // jon may open nothing any more once his only role is over.
    let barred = !q.granted || (q.who == 1 && q.time == 1);
    let meant = (1..).zip(rules).find(|(_, made)| made.is_meant(q));
    match meant.filter(|_| !barred) {
        Some((n, made)) if made.allow => Decision::Allow(RuleId::from_random(n)),
        Some((n, _)) => Decision::Deny(Some(RuleId::from_random(n))),
        None => Decision::Deny(None),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_explained_is_what_the_data_plane_does(
        rules in proptest::collection::vec(made(), 0..8),
        q in question(),
    ) {
        let fleet = world(&rules, q.granted);
        let node = fleet.node(NodeId::from_random(q.node as u64 + 1)).unwrap();
        let port = fleet.port_by_name("db").unwrap();
        let (now, source) = (TIMES[q.time], SOURCES[q.source].parse().unwrap());
        let (who, hub) = (fleet.operator(OperatorId::from_random(q.who as u64 + 1)), fleet.node(HUB));
        let party = match q.who {
            2 => Party::Visitor,
            3 => Party::Node(hub.as_deref().unwrap()),
            _ => Party::Operator(who.as_deref().unwrap()),
        };
        let target: Target = match party {
            Party::Visitor => port.target.clone(),
            _ => TARGETS[q.target].parse().unwrap(),
        };
        let at_node = What::Target { node: &node, target: &target };
        let (origin, what) = match party {
            Party::Operator(who) => (
                Origin::Operator { id: who.id, connection: None, source, port: None, listens: None },
                at_node,
            ),
            Party::Visitor => (
                Origin::Visitor { port: port.id, source },
                What::Port { port: &port, at: Some(&node) },
            ),
            Party::Node(_) => {
                let link = link_of(q.node, q.target);
                (Origin::Link { link, at: HUB, source, listener: None }, at_node)
            }
        };
        let asked = Asked { who: party, source: Some(source), what, now };
        let trace = asked.explain(&fleet);
        prop_assert_eq!(trace.decision, simply(&rules, &q));
        let opened = match Footing::find(&fleet, &origin, Some(&node), &target, Moment::Opening, now) {
            Ok(footing) => Decision::Allow(footing.ground.rule.unwrap()),
            Err(nothing) => Decision::Deny(nothing.rule),
        };
        prop_assert_eq!(opened, trace.decision);
        // The last step is the one that decided, every other says why it did not.
        let deciding = trace.steps.iter().position(|(_, because)| because.is_none());
        match trace.decision {
            Decision::Allow(rule) | Decision::Deny(Some(rule)) => {
                prop_assert_eq!(deciding, trace.steps.len().checked_sub(1));
                prop_assert_eq!(trace.steps.last().map(|(step, _)| step.id), Some(rule));
            }
            Decision::Deny(None) => prop_assert_eq!(deciding, None),
        }
        // What is allowed ends when it is said to end, not before.
        if let (true, Some(end)) = (trace.decision.is_allowed(), asked.ends(&fleet)) {
            let at = |now| Asked { now, ..asked }.decide(&fleet).is_allowed();
            prop_assert!(at(UnixMs(end.0 - 1)));
            prop_assert!(!at(end) || end.since(now) > std::time::Duration::from_secs(86_400));
        }
    }
}
