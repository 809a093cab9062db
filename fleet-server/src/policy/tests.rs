//! The policy as tables, and against an evaluator that is too simple to be wrong.

// A failing step of a test is the test's failure.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::fleet::{Edit, Stored};
use proptest::prelude::*;
use std::net::Ipv4Addr;
use wire::message::view::{DropMode, Effect, Inventory, OnDrop};
use wire::{Generation, Labels, NodeId, OperatorId, PortId, Revision, SafeText, TokenId};

mod agree;

const NOW: UnixMs = UnixMs(1_000_000);

fn rule(n: u64, effect: Effect, who: &str) -> RuleRecord {
    RuleRecord {
        id: RuleId::from_random(n),
        effect,
        who: who.into(),
        from: None,
        nodes: None,
        to: None,
        port: None,
        until: None,
        enabled: true,
        order: n,
        at: None,
    }
}

fn allow(n: u64, who: &str) -> RuleRecord {
    rule(n, Effect::Allow, who)
}

fn deny(n: u64, who: &str) -> RuleRecord {
    rule(n, Effect::Deny, who)
}

fn text(text: &str) -> Option<SafeText> {
    Some(text.into())
}

fn fleet(rules: Vec<RuleRecord>) -> Fleet {
    let mut fleet = Fleet::empty("f", Revision(1));
    for rule in rules {
        fleet.edit(&Edit::Rule(Arc::new(rule)));
    }
    fleet.edit(&Edit::Node(Arc::new(node())));
    fleet.edit(&Edit::Role(Arc::new(crate::fleet::RoleRecord {
        name: "support".parse().unwrap(),
        permissions: vec![Permission::TunnelsOpen],
        max_session_ms: None,
        created_at: NOW,
    })));
    fleet
}

fn node() -> NodeRecord {
    NodeRecord {
        renewals: Default::default(),
        recoveries: Vec::new(),
        waiting: None,
        ephemeral_ms: None,
        next_spki: None,
        id: NodeId::from_random(1),
        name: "web1".parse().unwrap(),
        labels: Labels::new([("site".to_owned(), "ber".to_owned())].into()).unwrap(),
        owner: None,
        spki: [1; 32],
        enrolled_at: UnixMs(1),
        token: TokenId::from_random(1),
        generation: Generation(1),
        certificate_expires_at: UnixMs(2),
        revoked: None,
        last_seen: None,
        disconnected: None,
        version: None,
        inventory: Inventory::default(),
        allow: Vec::new(),
        reconnects: Vec::new(),
        ca: Default::default(),
    }
}

fn mira() -> OperatorRecord {
    OperatorRecord {
        logged_out: None,
        id: OperatorId::from_random(1),
        name: "mira".parse().unwrap(),
        roles: vec!["support".parse().unwrap(), "netops".parse().unwrap()],
        spki: [2; 32],
        created_at: UnixMs(1),
        revoked: None,
        certificate_expires_at: UnixMs(2),
        token: None,
        terms: Vec::new(),
        ca: Default::default(),
    }
}

fn port() -> PortRecord {
    PortRecord {
        id: PortId::from_random(1),
        name: "db".parse().unwrap(),
        number: 20_000,
        nodes: vec![node().id],
        target: "10.0.1.50:5432".parse().unwrap(),
        on_drop: OnDrop { mode: DropMode::Refuse, hold_ms: None },
        max_tunnels: None,
        idle_ms: None,
        enabled: true,
        created_at: UnixMs(1),
        options: wire::message::view::PortOptions::default(),
    }
}

fn may(rules: Vec<RuleRecord>, source: &str, target: &str) -> Decision {
    let source = source.parse().unwrap();
    operator_tunnel(&fleet(rules), &mira(), source, &node(), &target.parse().unwrap(), NOW)
}

#[test]
fn a_rule_admits_exactly_what_it_says() {
    let with = |change: fn(&mut RuleRecord)| {
        let mut rule = allow(7, "anyone");
        change(&mut rule);
        may(vec![rule], "10.8.0.31", "10.20.4.11:5432") == Decision::Allow(RuleId::from_random(7))
    };
    for (admits, change) in [
        (true, (|_| {}) as fn(&mut RuleRecord)),
        (true, |r| r.who = "mira".into()),
        (false, |r| r.who = "jon".into()),
        (true, |r| r.who = "role:netops".into()),
        (false, |r| r.who = "role:mira".into()),
        (false, |r| r.who = "Not A Name".into()),
        (true, |r| r.from = text("10.8.0.0/16")),
        (false, |r| r.from = text("10.9.0.0/16")),
        (false, |r| r.from = text("nowhere")),
        (true, |r| r.nodes = text("web1")),
        (false, |r| r.nodes = text("web2")),
        (true, |r| r.nodes = text("site=ber")),
        (false, |r| r.nodes = text("site=cdg")),
        (true, |r| r.to = text("10.20.0.0/16:5432")),
        (false, |r| r.to = text("10.20.0.0/16:22,443")),
        (false, |r| r.port = Some("db".parse().unwrap())),
        (false, |r| r.enabled = false),
        (true, |r| r.until = Some(UnixMs(NOW.0 + 1))),
        (false, |r| r.until = Some(NOW)),
    ] {
        let mut shown = allow(7, "anyone");
        change(&mut shown);
        assert_eq!(with(change), admits, "{shown:?}");
    }
}

#[test]
fn rules_reach_nothing_for_who_may_not_open_tunnels() {
    let fleet = fleet(vec![allow(1, "anyone")]);
    let (source, target) = ("10.0.0.1".parse().unwrap(), "localhost:22".parse().unwrap());
    let nobody = OperatorRecord { roles: vec!["netops".parse().unwrap()], ..mira() };
    let what = What::Target { node: &node(), target: &target };
    let asked = Asked { who: Party::Operator(&nobody), source: Some(source), what, now: NOW };
    assert_eq!(asked.decide(&fleet), Decision::Deny(None));
    assert_eq!(asked.explain(&fleet).barred, Some(Because::Permission));
}

#[test]
fn an_operator_sees_what_his_rules_reach_and_nothing_else() {
    let with = |rules: Vec<RuleRecord>| {
        let fleet = fleet(rules);
        let sight = Sight::of(&Arc::new(mira()), NOW);
        let target = "10.0.1.50:5432".parse().unwrap();
        (
            sight.node(&fleet, &node()),
            sight.target(&fleet, &node(), &target),
            sight.port(&fleet, &port()),
        )
    };
    let at = |mut rule: RuleRecord, nodes: Option<&str>, to: Option<&str>, at: Option<&str>| {
        (rule.nodes, rule.to) = (nodes.map(Into::into), to.map(Into::into));
        rule.port = at.map(|name| name.parse().unwrap());
        rule
    };
    let ssh = Some("*:22");
    for (rules, seen) in [
        (vec![], (false, false, false)),
        (vec![allow(1, "mira")], (true, true, true)),
        (vec![allow(1, "jon")], (false, false, false)),
        (vec![at(allow(1, "mira"), Some("web1"), ssh, None)], (true, false, false)),
        (vec![at(allow(1, "mira"), Some("web2"), None, None)], (false, false, false)),
        (vec![at(allow(1, "mira"), None, None, Some("db"))], (false, false, true)),
        (vec![deny(1, "mira"), allow(2, "mira")], (false, false, false)),
        (vec![at(deny(1, "mira"), None, ssh, None), allow(2, "mira")], (true, true, true)),
        (vec![RuleRecord { enabled: false, ..allow(1, "mira") }], (false, false, false)),
        (vec![RuleRecord { until: Some(NOW), ..allow(1, "mira") }], (false, false, false)),
    ] {
        assert_eq!(with(rules.clone()), seen, "{rules:?}");
    }
    let admin = OperatorRecord { roles: vec![ADMIN.parse().unwrap()], ..mira() };
    assert!(Sight::of(&Arc::new(admin), NOW).node(&fleet(vec![]), &node()));
    assert!(!Sight::nothing().node(&fleet(vec![allow(1, "anyone")]), &node()));
}

#[test]
fn nothing_is_allowed_by_default() {
    assert_eq!(may(vec![], "10.0.0.1", "localhost:22"), Decision::Deny(None));
    assert_eq!(
        super::port(&fleet(vec![]), None, &port(), "10.0.0.1".parse().unwrap(), NOW),
        Decision::Deny(None)
    );
}

#[test]
fn a_rule_this_version_cannot_read_keeps_out_and_never_lets_in() {
    let odd = |mut rule: RuleRecord| {
        rule.to = text("something new");
        rule
    };
    let id = RuleId::from_random;
    let target = "localhost:22";
    assert_eq!(may(vec![odd(allow(1, "anyone"))], "10.0.0.1", target), Decision::Deny(None));
    let rules = vec![odd(deny(1, "anyone")), allow(2, "anyone")];
    assert_eq!(may(rules, "10.0.0.1", target), Decision::Deny(Some(id(1))));
}

#[test]
fn the_revoked_and_what_the_token_did_not_grant_are_kept_out() {
    let fleet = fleet(vec![allow(1, "anyone")]);
    let source = "10.0.0.1".parse().unwrap();
    let ask = |who: &OperatorRecord, node: &NodeRecord, target: &str| {
        operator_tunnel(&fleet, who, source, node, &target.parse().unwrap(), NOW)
    };
    let yes = Decision::Allow(RuleId::from_random(1));
    let revoked = Some(UnixMs(1));
    assert_eq!(ask(&mira(), &node(), "localhost:22"), yes);
    let gone = OperatorRecord { revoked, ..mira() };
    assert_eq!(ask(&gone, &node(), "localhost:22"), Decision::Deny(None));
    let gone = NodeRecord { revoked, ..node() };
    assert_eq!(ask(&mira(), &gone, "localhost:22"), Decision::Deny(None));
    let narrow = NodeRecord { allow: vec!["localhost:22".into()], ..node() };
    assert_eq!(ask(&mira(), &narrow, "localhost:22"), yes);
    assert_eq!(ask(&mira(), &narrow, "localhost:80"), Decision::Deny(None));
}

#[test]
fn visitors_need_a_rule_about_anyone_at_this_port() {
    let at = |mut rule: RuleRecord, port: &str| {
        rule.port = Some(port.parse().unwrap());
        rule
    };
    let from = |mut rule: RuleRecord, net: &str| {
        rule.from = text(net);
        rule
    };
    let id = RuleId::from_random;
    let inside: IpAddr = "192.0.2.10".parse().unwrap();
    for (rules, decision) in [
        (vec![at(allow(1, "anyone"), "db")], Decision::Allow(id(1))),
        (vec![at(allow(1, "anyone"), "cache")], Decision::Deny(None)),
        (vec![allow(1, "anyone")], Decision::Deny(None)),
        (vec![at(allow(1, "role:support"), "db")], Decision::Deny(None)),
        (vec![at(from(allow(1, "anyone"), "192.0.2.10/32"), "db")], Decision::Allow(id(1))),
        (vec![at(from(allow(1, "anyone"), "192.0.2.11/32"), "db")], Decision::Deny(None)),
        (vec![at(from(allow(1, "anyone"), "192.0.2.10/31"), "db")], Decision::Allow(id(1))),
        (vec![deny(1, "anyone"), at(allow(2, "anyone"), "db")], Decision::Deny(Some(id(1)))),
        (
            vec![at(from(deny(1, "anyone"), "192.0.2.0/24"), "db"), at(allow(2, "anyone"), "db")],
            Decision::Deny(Some(id(1))),
        ),
    ] {
        let fleet = fleet(rules.clone());
        assert_eq!(super::port(&fleet, None, &port(), inside, NOW), decision, "{rules:?}");
        let mapped = IpAddr::V6(Ipv4Addr::new(192, 0, 2, 10).to_ipv6_mapped());
        assert_eq!(super::port(&fleet, None, &port(), mapped, NOW), decision, "mapped {rules:?}");
    }
}

#[test]
fn an_operators_session_is_admitted_by_his_own_rules_too() {
    let at = |mut rule: RuleRecord, port: &str| {
        rule.port = Some(port.parse().unwrap());
        rule
    };
    let to = |mut rule: RuleRecord, nodes: &str, to: &str| {
        (rule.nodes, rule.to) = (text(nodes), text(to));
        rule
    };
    let id = RuleId::from_random;
    let source: IpAddr = "192.0.2.10".parse().unwrap();
    for (rules, decision) in [
        (vec![], Decision::Deny(None)),
        (vec![allow(1, "role:support")], Decision::Allow(id(1))),
        (vec![allow(1, "role:admin")], Decision::Deny(None)),
        (vec![at(allow(1, "mira"), "db")], Decision::Allow(id(1))),
        (vec![at(allow(1, "mira"), "cache")], Decision::Deny(None)),
        (vec![to(allow(1, "mira"), "web1", "10.0.1.50:5432")], Decision::Allow(id(1))),
        (vec![to(allow(1, "mira"), "web2", "10.0.1.50:5432")], Decision::Deny(None)),
        (vec![to(allow(1, "mira"), "site=ber", "10.0.1.50:22")], Decision::Deny(None)),
        (vec![deny(1, "mira"), allow(2, "anyone")], Decision::Deny(Some(id(1)))),
        (vec![at(deny(1, "anyone"), "db"), allow(2, "mira")], Decision::Deny(Some(id(1)))),
    ] {
        let fleet = fleet(rules.clone());
        assert_eq!(super::port(&fleet, Some(&mira()), &port(), source, NOW), decision, "{rules:?}");
        let at = (&port(), &node());
        assert_eq!(port_at(&fleet, Some(&mira()), at, source, NOW), decision, "{rules:?}");
    }
}

#[test]
fn a_port_is_used_through_a_node_only_if_the_rule_covers_that_node() {
    let mut only = allow(1, "mira");
    only.nodes = text("web1");
    let fleet = fleet(vec![only]);
    let other = NodeRecord { id: NodeId::from_random(2), name: "web2".parse().unwrap(), ..node() };
    let source = "192.0.2.10".parse().unwrap();
    let through = |node| port_at(&fleet, Some(&mira()), (&port(), node), source, NOW).is_allowed();
    assert_eq!((through(&node()), through(&other)), (true, false));
}

#[test]
fn rules_hold_at_their_times_and_roles_for_a_time_until_their_end() {
    let (source, target) = ("10.0.0.1".parse().unwrap(), "localhost:22".parse().unwrap());
    let mut day = allow(1, "anyone");
    // NOW is a quarter past midnight on a Thursday.
    day.at = text("thu 0-1");
    let rules = fleet(vec![day]);
    let may = |at| operator_tunnel(&rules, &mira(), source, &node(), &target, at).is_allowed();
    let hour = UnixMs(3_600_000);
    assert_eq!((may(NOW), may(hour)), (true, false));
    let who = mira();
    let what = What::Target { node: &node(), target: &target };
    let asked =
        |who, source| Asked { who: Party::Operator(who), source: Some(source), what, now: NOW };
    assert_eq!(asked(&who, source).ends(&rules), Some(hour));

    let until = UnixMs(NOW.0 + 60_000);
    let term = crate::fleet::Term { role: "netadmin".parse().unwrap(), until };
    let who = OperatorRecord { terms: vec![term], ..mira() };
    let rules = fleet(vec![allow(1, "role:netadmin")]);
    assert_eq!(asked(&who, source).decide(&rules), Decision::Allow(RuleId::from_random(1)));
    assert_eq!(asked(&who, source).ends(&rules), Some(until));
    assert!(!(Asked { now: until, ..asked(&who, source) }).decide(&rules).is_allowed());
    let rules = fleet(vec![allow(1, "role:netadmin"), allow(2, "role:support")]);
    assert_eq!(asked(&who, source).ends(&rules), None, "another rule takes over");
}

/// A rule as the simple evaluator knows it.
#[derive(Debug, Clone)]
struct Simple {
    effect: bool,
    who: usize,
    net: Option<(u32, u32)>,
    expired: bool,
    enabled: bool,
    at_port: bool,
}

const WHO: [&str; 4] = ["anyone", "mira", "jon", "role:support"];

impl Simple {
    fn record(&self, n: usize) -> RuleRecord {
        let effect = if self.effect { Effect::Allow } else { Effect::Deny };
        RuleRecord {
            from: self.net.map(|(base, length)| {
                network(&format!("{}/{length}", Ipv4Addr::from(base))).unwrap().to_string().into()
            }),
            until: self.expired.then_some(NOW),
            enabled: self.enabled,
            port: self.at_port.then(|| "db".parse().unwrap()),
            ..rule(n as u64 + 1, effect, WHO[self.who])
        }
    }

    fn is_from(&self, source: u32) -> bool {
        self.net.is_none_or(|(base, length)| {
            length == 0 || base >> (32 - length) == source >> (32 - length)
        })
    }
}

fn simple() -> impl Strategy<Value = Simple> {
    // Few bits, so that networks and sources meet.
    let net =
        proptest::option::of((0u32..4, 0u32..=32).prop_map(|(base, length)| (base << 30, length)));
    (any::<bool>(), 0usize..4, net, any::<(bool, bool, bool)>()).prop_map(
        |(effect, who, net, (expired, enabled, at_port))| Simple {
            effect,
            who,
            net,
            expired: expired && !at_port,
            enabled,
            at_port,
        },
    )
}

fn expected(rules: &[Simple], is_meant: impl Fn(&Simple) -> bool) -> Decision {
    for (n, rule) in rules.iter().enumerate() {
        if rule.enabled && !rule.expired && is_meant(rule) {
            let id = RuleId::from_random(n as u64 + 1);
            return if rule.effect { Decision::Allow(id) } else { Decision::Deny(Some(id)) };
        }
    }
    Decision::Deny(None)
}

proptest! {
    #[test]
    fn first_match_wins_and_nothing_matching_is_denied(
        rules in proptest::collection::vec(simple(), 0..12),
        source in (0u32..4, 0u32..4).prop_map(|(high, low)| high << 30 | low),
    ) {
        let records = rules.iter().enumerate().map(|(n, rule)| rule.record(n)).collect();
        let fleet = fleet(records);
        let v4 = IpAddr::V4(Ipv4Addr::from(source));
        let mapped = IpAddr::V6(Ipv4Addr::from(source).to_ipv6_mapped());
        let target = "10.0.1.50:5432".parse().unwrap();
        let by_operator = expected(&rules, |r| {
            !r.at_port && r.is_from(source) && [true, true, false, true][r.who]
        });
        let by_visitor = expected(&rules, |r| {
            (r.at_port || !r.effect) && r.is_from(source) && r.who == 0
        });
        for ip in [v4, mapped] {
            let got = operator_tunnel(&fleet, &mira(), ip, &node(), &target, NOW);
            prop_assert_eq!(got, by_operator);
            prop_assert_eq!(super::port(&fleet, None, &port(), ip, NOW), by_visitor);
        }
    }
}

#[test]
fn a_node_is_let_in_by_rules_that_name_it_and_by_no_others() {
    let hub = NodeRecord { id: NodeId::from_random(9), name: "hub".parse().unwrap(), ..node() };
    let target: Target = "10.0.1.50:5432".parse().unwrap();
    let may = |rules: Vec<RuleRecord>| {
        let fleet = fleet(rules);
        let what = What::Target { node: &node(), target: &target };
        Asked { who: Party::Node(&hub), source: None, what, now: NOW }.decide(&fleet)
    };
    let (yes, no) = (Decision::Allow(RuleId::from_random(1)), Decision::Deny(None));
    assert_eq!(may(vec![]), no);
    assert_eq!(may(vec![allow(1, "node:hub")]), yes);
    // An operator may have the same name, a role too; what lets people in lets no machine in.
    for who in ["anyone", "hub", "role:hub", "role:admin", "node:web1", "node:", "node:hub:x"] {
        assert_eq!(may(vec![allow(1, who)]), no, "{who}");
    }
    let denied = Decision::Deny(Some(RuleId::from_random(1)));
    assert_eq!(may(vec![deny(1, "anyone"), allow(2, "node:hub")]), denied);
    // Its source is not known: a rule that is bound to a network does not mean it.
    let bound = RuleRecord { from: text("0.0.0.0/0"), ..allow(1, "node:hub") };
    assert_eq!(may(vec![bound]), no);
    let open = [allow(1, "node:hub"), allow(1, "node:mira")];
    for rule in open {
        let fleet = fleet(vec![rule]);
        let source = "10.0.0.1".parse().unwrap();
        let got = operator_tunnel(&fleet, &mira(), source, &node(), &target, NOW);
        assert_eq!(got, no, "a node's rule is nobody else's");
        assert_eq!(super::port(&fleet, None, &port(), source, NOW), no);
    }
}

#[test]
fn only_an_open_allow_for_the_role_counts_as_the_admins_rule() {
    assert!(is_for_admins(&allow(1, "role:admin"), NOW));
    for other in [
        deny(1, "role:admin"),
        allow(1, "admin"),
        RuleRecord { enabled: false, ..allow(1, "role:admin") },
        RuleRecord { until: Some(NOW), ..allow(1, "role:admin") },
        RuleRecord { from: text("10.0.0.0/8"), ..allow(1, "role:admin") },
    ] {
        assert!(!is_for_admins(&other, NOW), "{}", other.object().kind);
    }
}
