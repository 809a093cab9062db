#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;
use crate::fleet::{Edit, Ended, RuleRecord};
use wire::message::view::{DropMode, Effect, LockKind, OnDrop};
use wire::{LockId, NodeId, PortId, Revision};

const NOW: UnixMs = UnixMs(1_000_000);

fn at(seconds: u64) -> UnixMs {
    NOW.after(Duration::from_secs(seconds))
}

fn port() -> PortRecord {
    PortRecord {
        id: PortId::from_random(1),
        name: "db".parse().unwrap(),
        number: 20_001,
        nodes: vec![NodeId::from_random(1)],
        target: "localhost:5432".parse().unwrap(),
        on_drop: OnDrop { mode: DropMode::Refuse, hold_ms: None },
        max_tunnels: None,
        idle_ms: None,
        enabled: true,
        created_at: NOW,
        options: wire::message::view::PortOptions::default(),
    }
}

fn operator() -> OperatorRecord {
    OperatorRecord {
        logged_out: None,
        id: OperatorId::from_random(1),
        name: "mira".parse().unwrap(),
        roles: vec!["admin".parse().unwrap()],
        spki: [1; 32],
        created_at: NOW,
        revoked: None,
        certificate_expires_at: at(100_000),
        token: None,
        terms: Vec::new(),
        ca: Default::default(),
    }
}

fn rule(id: u64, effect: Effect, who: &str, from: Option<&str>, port: Option<&str>) -> RuleRecord {
    RuleRecord {
        id: RuleId::from_random(id),
        effect,
        who: who.into(),
        from: from.map(Into::into),
        nodes: None,
        to: None,
        port: port.map(|port| port.parse().unwrap()),
        until: None,
        enabled: true,
        order: id,
        at: None,
    }
}

fn session(id: u64, from: &str, lasts: u64) -> SessionRecord {
    SessionRecord {
        id: SessionId::from_random(id),
        operator: operator().id,
        from: vec![from.into()],
        auto: false,
        ports: Vec::new(),
        started_at: NOW,
        expires_at: at(lasts),
        ended: None,
        reason: None,
        seen: Vec::new(),
    }
}

fn guest(from: &str, lasts: u64) -> GuestRecord {
    GuestRecord {
        id: GuestId::from_random(1),
        name: "lee".parse().unwrap(),
        port: port().id,
        from: vec![from.into()],
        by: None,
        reason: None,
        created_at: NOW,
        expires_at: at(lasts),
        ended: None,
        invite: None,
    }
}

fn lock(on: Subject, mode: LockMode) -> LockRecord {
    let (kind, subject) = on.parts();
    LockRecord {
        id: LockId::from_random(1),
        kind,
        subject,
        object: "x".into(),
        mode,
        reason: "test".into(),
        by: None,
        created_at: NOW,
        until: None,
        ended: None,
    }
}

/// A fleet with mira, who may do everything, and this.
fn fleet(edits: Vec<Edit>) -> Fleet {
    let mut fleet = Fleet::empty("f", Revision::default()).next();
    fleet.edit(&Edit::Operator(Arc::new(operator())));
    fleet.edit(&Edit::Port(Arc::new(port())));
    fleet.edit(&Edit::Rule(Arc::new(rule(900, Effect::Allow, "role:admin", None, None))));
    edits.iter().for_each(|edit| fleet.edit(edit));
    fleet
}

fn let_in(fleet: &Fleet, source: &str, now: UnixMs) -> Option<Ground> {
    match visitor(fleet, (&port(), None), source.parse().unwrap(), Moment::Opening, now) {
        Verdict::Granted(ground) => Some(ground),
        Verdict::Denied(..) => None,
    }
}

fn of_session(id: u64, from: &str, lasts: u64) -> Edit {
    Edit::Session(Arc::new(session(id, from, lasts)))
}

#[test]
fn only_the_addresses_of_a_session_are_let_in_and_only_while_it_runs() {
    let fleet = fleet(vec![of_session(1, "192.0.2.10/32", 60)]);
    let ground = let_in(&fleet, "192.0.2.10", NOW).unwrap();
    assert_eq!(ground.session, Some(SessionId::from_random(1)));
    assert_eq!(ground.rule, Some(RuleId::from_random(900)), "the rule that lets its operator");
    assert!(let_in(&fleet, "::ffff:192.0.2.10", NOW).is_some(), "v4-mapped is v4");
    assert!(let_in(&fleet, "192.0.2.10", at(59)).is_some());
    for (source, now) in
        [("192.0.2.11", NOW), ("192.0.2.9", NOW), ("2001:db8::10", NOW), ("192.0.2.10", at(60))]
    {
        assert_eq!(let_in(&fleet, source, now), None, "{source} at {now}");
    }
}

/// T-17: edges of networks.
#[test]
fn networks_are_exact_at_their_edges() {
    for (net, inside, outside) in [
        ("192.0.2.10/31", &["192.0.2.10", "192.0.2.11"][..], &["192.0.2.9", "192.0.2.12"][..]),
        ("2001:db8::/33", &["2001:db8::1", "2001:db8:7fff::1"], &["2001:db8:8000::1", "::1"]),
        ("::ffff:198.51.100.0/120", &["198.51.100.1", "::ffff:198.51.100.255"], &["198.51.101.0"]),
        ("0.0.0.0/0", &["203.0.113.1", "::ffff:203.0.113.1"], &["2001:db8::1"]),
    ] {
        let fleet = fleet(vec![of_session(1, net, 60)]);
        for source in inside {
            assert!(let_in(&fleet, source, NOW).is_some(), "{net} {source}");
        }
        for source in outside {
            assert!(let_in(&fleet, source, NOW).is_none(), "{net} {source}");
        }
    }
}

#[test]
fn overlapping_sessions_are_counted_by_asking_all_of_them() {
    let both = vec![of_session(1, "192.0.2.0/24", 60), of_session(2, "192.0.2.10/32", 600)];
    let mut fleet = fleet(both);
    assert_eq!(let_in(&fleet, "192.0.2.10", NOW).unwrap().session, Some(SessionId::from_random(2)));
    let ended = Some((NOW, Ended::Ended));
    let over = SessionRecord { ended, ..session(2, "192.0.2.10/32", 600) };
    fleet.edit(&Edit::Session(Arc::new(over)));
    assert_eq!(let_in(&fleet, "192.0.2.10", NOW).unwrap().session, Some(SessionId::from_random(1)));
}

#[test]
fn a_rule_that_keeps_out_keeps_sessions_and_guests_out_too() {
    let deny = rule(1, Effect::Deny, "anyone", Some("192.0.2.10/32"), Some("db"));
    let fleet = fleet(vec![
        of_session(1, "192.0.2.0/24", 60),
        Edit::Guest(Arc::new(guest("192.0.2.0/24", 60))),
        Edit::Rule(Arc::new(deny)),
    ]);
    assert_eq!(let_in(&fleet, "192.0.2.10", NOW), None);
    assert!(let_in(&fleet, "192.0.2.11", NOW).is_some());
}

#[test]
fn a_session_lets_in_only_where_the_rules_let_its_operator() {
    let deny = rule(1, Effect::Deny, "mira", None, Some("db"));
    let source = "192.0.2.10";
    let denied = fleet(vec![of_session(1, "192.0.2.10/32", 60), Edit::Rule(Arc::new(deny))]);
    assert_eq!(let_in(&denied, source, NOW), None);
    let elsewhere =
        SessionRecord { ports: vec![PortId::from_random(2)], ..session(1, "192.0.2.10/32", 60) };
    let fleet = fleet(vec![Edit::Session(Arc::new(elsewhere))]);
    assert_eq!(let_in(&fleet, source, NOW), None, "bound to another port");
}

/// I4.
#[test]
fn a_session_does_not_outlive_the_credential_of_its_operator() {
    let mut fleet = fleet(vec![of_session(1, "192.0.2.10/32", 600)]);
    let ends = OperatorRecord { certificate_expires_at: at(60), ..operator() };
    fleet.edit(&Edit::Operator(Arc::new(ends.clone())));
    assert_eq!(let_in(&fleet, "192.0.2.10", NOW).unwrap().until, Some(at(60)));
    assert_eq!(let_in(&fleet, "192.0.2.10", at(60)), None);
    fleet.edit(&Edit::Operator(Arc::new(OperatorRecord { revoked: Some(NOW), ..ends })));
    assert_eq!(let_in(&fleet, "192.0.2.10", NOW), None);
}

#[test]
fn a_lock_keeps_out_what_it_is_on_and_a_draining_one_lets_what_is_open_end() {
    let source = "192.0.2.10";
    let session = || of_session(1, "192.0.2.10/32", 60);
    for on in [
        Subject::All,
        Subject::Port(port().id),
        Subject::Operator(operator().id),
        Subject::Session(SessionId::from_random(1)),
    ] {
        let fleet = fleet(vec![session(), Edit::Lock(Arc::new(lock(on, LockMode::Drain)))]);
        assert_eq!(let_in(&fleet, source, NOW), None, "{on:?}");
        let standing =
            visitor(&fleet, (&port(), None), source.parse().unwrap(), Moment::Standing, NOW);
        assert!(matches!(standing, Verdict::Granted(_)), "{on:?}");
    }
    let other = Subject::Guest(GuestId::from_random(1));
    let fleet = fleet(vec![session(), Edit::Lock(Arc::new(lock(other, LockMode::Cut)))]);
    assert!(let_in(&fleet, source, NOW).is_some());
    assert_eq!(Subject::of(LockKind::Guest, GuestId::from_random(1).bits()), other);
}

#[test]
fn a_guest_is_let_in_without_an_operator_and_its_lock_leaves_others_alone() {
    let on = Subject::Guest(GuestId::from_random(1));
    let mut fleet = fleet(vec![Edit::Guest(Arc::new(guest("203.0.113.0/24", 60)))]);
    let ground = let_in(&fleet, "203.0.113.9", NOW).unwrap();
    assert_eq!((ground.guest, ground.session), (Some(GuestId::from_random(1)), None));
    fleet.edit(&Edit::Lock(Arc::new(lock(on, LockMode::Cut))));
    assert_eq!(let_in(&fleet, "203.0.113.9", NOW), None);
}

/// F4.6: the time an agent is told is the time of the last ground, not of the first.
#[test]
fn the_end_of_a_tunnel_is_the_end_of_the_last_ground_that_follows() {
    let fleet = fleet(vec![
        of_session(1, "192.0.2.10/32", 60),
        of_session(2, "192.0.2.10/32", 50),
        Edit::Guest(Arc::new(guest("192.0.2.10/32", 90))),
    ]);
    let source = "192.0.2.10".parse().unwrap();
    let decide = |now| visitor(&fleet, (&port(), None), source, Moment::Standing, now);
    let Verdict::Granted(first) = decide(NOW) else { panic!() };
    assert_eq!(first.until, Some(at(60)));
    assert_eq!(ends(decide, &first), Some(at(90)));
    let forever = rule(1, Effect::Allow, "anyone", Some("192.0.2.10/32"), Some("db"));
    let mut fleet = fleet;
    fleet.edit(&Edit::Rule(Arc::new(forever)));
    let decide = |now| visitor(&fleet, (&port(), None), source, Moment::Standing, now);
    let Verdict::Granted(first) = decide(NOW) else { panic!() };
    assert_eq!(ends(decide, &first), None);
}

#[test]
fn a_tunnel_that_lost_its_ground_says_why() {
    let ground = Ground {
        session: Some(SessionId::from_random(1)),
        operator: Some(operator().id),
        ..Ground::default()
    };
    let with = |ended| {
        let session = SessionRecord { ended, ..session(1, "192.0.2.10/32", 60) };
        fleet(vec![Edit::Session(Arc::new(session))])
    };
    let why = |fleet: &Fleet, now| reason(fleet, &ground, None, now);
    assert_eq!(why(&with(None), at(60)), CloseReason::SessionEnded);
    assert_eq!(why(&with(Some((NOW, Ended::Ended))), NOW), CloseReason::SessionEnded);
    assert_eq!(why(&with(Some((NOW, Ended::Revoked))), NOW), CloseReason::Revoked);
    assert_eq!(why(&with(None), NOW), CloseReason::RuleChanged, "it runs, so a rule says no");
    let mut locked = with(None);
    locked.edit(&Edit::Lock(Arc::new(lock(Subject::Operator(operator().id), LockMode::Cut))));
    assert_eq!(why(&locked, NOW), CloseReason::Locked);
}
