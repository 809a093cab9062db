//! Published ports, and the rules about them.

use super::*;

#[test]
fn numbers_are_given_out_once_and_never_from_the_ephemeral_range() {
    let mut world = World::with_node();
    let number = |done: Done| match done {
        Done::Port(port) => port.number,
        other => panic!("{other:?}"),
    };
    let refusal = world.apply(port(1, "db", Some(40_000))).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Usage);
    let hint = refusal.hint.unwrap();
    assert!(hint.as_str().contains("net.ipv4.ip_local_reserved_ports"), "{hint}");
    assert_eq!(world.code(port(1, "db", Some(0))), RefusalCode::Usage);
    assert_eq!(number(world.apply(port(1, "db", Some(32_769))).unwrap()), 32_769);
    assert_eq!(world.code(port(2, "cache", Some(32_769))), RefusalCode::Conflict);
    assert_eq!(world.code(port(2, "db", None)), RefusalCode::Conflict);
    assert_eq!(number(world.apply(port(2, "cache", None)).unwrap()), 32_766);
    assert_eq!(number(world.apply(port(3, "web", None)).unwrap()), 32_767);
    assert_eq!(world.code(port(4, "more", None)), RefusalCode::Conflict);
    let gone = Op::PortDelete { actor: actor(), port: PortId::from_random(2), reason: None };
    world.apply(gone).unwrap();
    assert_eq!(number(world.apply(port(4, "more", None)).unwrap()), 32_766);
}

#[test]
fn a_port_needs_nodes_that_exist_and_may_be_used_for_it() {
    let mut world = World::with_node();
    world.apply(token(2, |spec| spec.allow = vec!["localhost:22".into()])).unwrap();
    world.apply(enrol(2, 2, "narrow")).unwrap();
    let of = |nodes: &'static [&'static str]| {
        port_at(1, "db", move |spec| spec.nodes = nodes.iter().map(|n| (*n).into()).collect())
    };
    assert_eq!(world.code(of(&[])), RefusalCode::Usage);
    assert_eq!(world.code(of(&["nobody"])), RefusalCode::NotFound);
    assert_eq!(world.code(of(&["web1", "narrow"])), RefusalCode::Denied);
    let zero = port_at(1, "db", |spec| spec.max_tunnels = Some(0));
    assert_eq!(world.code(zero), RefusalCode::Usage);
    let long = port_at(1, "db", |spec| spec.on_drop.hold_ms = Some(700_000));
    assert_eq!(world.code(long), RefusalCode::Usage);
    let Done::Port(port) = world.apply(of(&["web1", "web1"])).unwrap() else { panic!() };
    assert_eq!(port.nodes.len(), 1);
    assert_eq!(port.on_drop.hold_ms, Some(10_000));
    let switch =
        |on| Op::PortEnable { actor: actor(), port: PortId::from_random(1), on, reason: None };
    world.apply(switch(false)).unwrap();
    assert_eq!(world.last().action.as_str(), "port.disable");
    assert!(matches!(world.apply(switch(false)), Ok(Done::Nothing)));
}

#[test]
fn a_deleted_port_takes_its_rules_along() {
    let mut world = World::with_node();
    world.apply(port(1, "db", None)).unwrap();
    let admit = |spec: &mut RuleSpec| {
        spec.who = "anyone".into();
        spec.from = Some("10.0.0.0/8".into());
        spec.port = "db".parse().ok();
    };
    world.apply(rule(2, admit)).unwrap();
    world
        .apply(Op::PortDelete { actor: actor(), port: PortId::from_random(1), reason: None })
        .unwrap();
    assert_eq!(world.fleet.rules().len(), 1);
    let actions: Vec<_> = world.trail.iter().rev().take(2).map(|e| e.action.as_str()).collect();
    assert_eq!(actions, ["rule.delete", "port.delete"]);
    assert_eq!(world.code(rule(3, admit)), RefusalCode::NotFound);
}

#[test]
fn rules_are_checked_part_by_part() {
    let mut world = World::with_node();
    let past = |spec: &mut RuleSpec| spec.until = Some(UnixMs(1));
    assert_eq!(world.code(rule(2, past)), RefusalCode::Usage);
    for (code, who, from) in [
        (RefusalCode::Usage, "role:", None),
        (RefusalCode::Usage, "No Body", None),
        (RefusalCode::NotFound, "jon", None),
        (RefusalCode::Usage, "role:support", Some("10.0.0.0/33")),
        (RefusalCode::Usage, "role:support", Some("ten")),
        (RefusalCode::Usage, "anyone", None),
        (RefusalCode::Usage, "anyone", Some("0.0.0.0/0")),
        (RefusalCode::Usage, "anyone", Some("::/0")),
        (RefusalCode::Usage, "anyone", Some("::ffff:0:0/96")),
    ] {
        let op = rule(2, |spec| {
            spec.who = who.into();
            spec.from = from.map(Into::into);
        });
        let refusal = world.apply(op).unwrap_err();
        assert_eq!(refusal.code, code, "{who} {from:?}");
        if who == "anyone" {
            assert!(refusal.hint.unwrap().as_str().contains("--anyone-really"));
        }
    }
    let op = rule(2, |spec| {
        spec.who = "anyone".into();
        spec.from = Some("::ffff:10.1.2.3/104".into());
    });
    let Done::Rule(made) = world.apply(op).unwrap() else { panic!() };
    assert_eq!(made.from, Some("10.0.0.0/8".into()));
}

#[test]
fn a_rule_finds_its_place_even_when_the_gap_is_used_up() {
    let mut world = World::new();
    world.apply(rule(1, |_| ())).unwrap();
    let mut expected = vec![RuleId::from_random(1), RuleId::from_random(1 << 40)];
    for n in 2..60u64 {
        let before = expected[1].to_string();
        world.apply(rule(n, |spec| spec.before = Some(before.as_str().into()))).unwrap();
        expected.insert(1, RuleId::from_random(n << 40));
        let order: Vec<_> = world.fleet.rules().iter().map(|rule| rule.id).collect();
        assert_eq!(order, expected, "after {n}");
    }
    let orders: Vec<_> = world.fleet.rules().iter().map(|rule| rule.order).collect();
    assert!(orders.is_sorted_by(|a, b| a < b));
    let nowhere = rule(99, |spec| spec.before = Some("r_zzzz".into()));
    assert_eq!(world.code(nowhere), RefusalCode::NotFound);
}

#[test]
fn the_last_rule_for_admins_stays() {
    let mut world = World::new();
    let delete = |id: RuleId| Op::RuleDelete { actor: actor(), rule: id, reason: None };
    let refusal = world.apply(delete(RuleId::from_random(1))).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Conflict);
    assert!(refusal.hint.is_some());
    world.apply(rule(2, |spec| spec.who = "role:admin".into())).unwrap();
    world.apply(delete(RuleId::from_random(1))).unwrap();
    assert_eq!(world.code(delete(RuleId::from_random(2 << 40))), RefusalCode::Conflict);
}
