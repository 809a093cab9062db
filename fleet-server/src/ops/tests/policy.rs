//! Operators, roles, rules at their place, and requests for a role.

use super::*;
use crate::fleet::OperatorRecord;
use wire::AccessRequestId;
use wire::message::operator::RuleChange;
use wire::message::view::RequestState;

fn policy(what: PolicyChange) -> Op {
    Op::Policy(PolicyOp { actor: actor(), reason: Some("INC-1".into()), what })
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn id(n: u64) -> OperatorId {
    OperatorId::from_random(n)
}

/// `admin1` with role admin, `jon` and `mira` with none.
fn with_operators() -> World {
    let mut world = World::with_node();
    for (n, text, roles) in [(1, "admin1", vec!["admin"]), (2, "jon", vec![]), (3, "mira", vec![])]
    {
        world.fleet.edit(&Edit::Operator(Arc::new(OperatorRecord {
            id: id(n),
            name: name(text),
            roles: roles.into_iter().map(name).collect(),
            spki: [u8::try_from(n).unwrap(); 32],
            created_at: world.now,
            revoked: None,
            certificate_expires_at: world.now,
            token: None,
            terms: Vec::new(),
            logged_out: None,
            ca: Default::default(),
        })));
    }
    world
}

fn assign(operator: u64, role: &str, until: Option<UnixMs>) -> Op {
    policy(PolicyChange::OperatorAssign { operator: id(operator), role: name(role), until })
}

fn unassign(operator: u64, role: &str) -> Op {
    policy(PolicyChange::OperatorUnassign { operator: id(operator), role: name(role) })
}

#[test]
fn a_role_for_a_time_ends_by_itself_and_stays_ended_when_the_clock_is_set_back() {
    let mut world = with_operators();
    let start = world.now;
    let until = UnixMs(start.0 + 1000);
    world.apply(assign(2, "support", Some(until))).unwrap();
    let has = |world: &World, at| world.fleet.operator(id(2)).unwrap().has_role("support", at);
    assert!(has(&world, start) && !has(&world, until));
    world.apply(policy(PolicyChange::Lapse)).unwrap();
    assert!(has(&world, start), "it is not over yet");
    world.now = until;
    world.apply(policy(PolicyChange::Lapse)).unwrap();
    assert!(!has(&world, start), "the clock was set back");
    assert_eq!(world.trail.last().unwrap().action.as_str(), "operator.unassign");
}

#[test]
fn one_admin_for_good_remains() {
    let mut world = with_operators();
    assert_eq!(world.code(unassign(1, "admin")), RefusalCode::Conflict);
    let delete = |n| policy(PolicyChange::OperatorDelete { operator: id(n) });
    assert_eq!(world.code(delete(1)), RefusalCode::Conflict);
    let until = Some(UnixMs(world.now.0 + 1000));
    world.apply(assign(2, "admin", until)).unwrap();
    assert_eq!(world.code(unassign(1, "admin")), RefusalCode::Conflict, "for a time is not enough");
    world.apply(assign(3, "admin", None)).unwrap();
    world.apply(unassign(1, "admin")).unwrap();
    world.apply(delete(1)).unwrap();
    assert!(world.fleet.operator_by_name("admin1").is_none());
}

#[test]
fn a_deleted_role_leaves_nothing_to_who_gets_its_name_next() {
    let mut world = with_operators();
    world.apply(assign(2, "support", None)).unwrap();
    world.apply(rule(5, |spec| spec.who = "role:support".into())).unwrap();
    world
        .apply(token(9, |spec| {
            spec.kind = TokenKind::Operator;
            spec.role = Some(name("support"));
        }))
        .unwrap();
    world.apply(policy(PolicyChange::RoleDelete { name: name("support") })).unwrap();
    assert!(world.fleet.operator(id(2)).unwrap().roles.is_empty());
    assert!(world.fleet.rule(RuleId::from_random(5 << 40)).is_none());
    assert!(world.fleet.token(TokenId::from_random(9)).unwrap().revoked.is_some());
    assert_eq!(world.code(assign(2, "support", None)), RefusalCode::NotFound);
    assert_eq!(world.code(rule(6, |spec| spec.who = "role:support".into())), RefusalCode::NotFound);
}

#[test]
fn the_built_in_role_stays_as_it_is() {
    let mut world = with_operators();
    let delete = PolicyChange::RoleDelete { name: name("admin") };
    assert_eq!(world.code(policy(delete)), RefusalCode::Conflict);
    let (permissions, max_session_ms) = (vec![Permission::Lock], None);
    let create = PolicyChange::RoleCreate { name: name("admin"), permissions, max_session_ms };
    assert_eq!(world.code(policy(create)), RefusalCode::Conflict);
}

#[test]
fn rules_move_change_and_are_switched_at_their_place() {
    let mut world = with_operators();
    for n in 2..=4 {
        world.apply(rule(n, |spec| spec.who = "role:support".into())).unwrap();
    }
    let of = |n: u64| RuleId::from_random(n << 40);
    let ids = |world: &World| world.fleet.rules().iter().map(|r| r.id).collect::<Vec<_>>();
    let first = RuleId::from_random(1);
    let before = Some(SafeText::from(of(2).to_string()));
    world.apply(policy(PolicyChange::RuleMove { rule: of(4), before })).unwrap();
    assert_eq!(ids(&world), [first, of(4), of(2), of(3)]);
    world.apply(policy(PolicyChange::RuleMove { rule: of(4), before: None })).unwrap();
    assert_eq!(ids(&world), [first, of(2), of(3), of(4)]);
    let change = RuleChange {
        to: Some("*:22".into()),
        at: Some("mon-fri 8-18".into()),
        ..RuleChange::default()
    };
    world.apply(policy(PolicyChange::RuleUpdate { rule: of(3), change })).unwrap();
    let changed = world.fleet.rule(of(3)).unwrap();
    assert_eq!((changed.to.clone(), ids(&world)[2]), (Some("*:22".into()), of(3)));
    let wrong = RuleChange { at: Some("someday 8-18".into()), ..RuleChange::default() };
    let wrong = policy(PolicyChange::RuleUpdate { rule: of(3), change: wrong });
    assert_eq!(world.code(wrong), RefusalCode::Usage);
    let off = policy(PolicyChange::RuleEnable { rule: first, on: false });
    assert_eq!(world.code(off), RefusalCode::Conflict, "admins need it");
    world.apply(policy(PolicyChange::RuleEnable { rule: of(2), on: false })).unwrap();
    assert!(!world.fleet.rule(of(2)).unwrap().enabled);
}

#[test]
fn an_imported_policy_keeps_what_stays_the_same() {
    let mut world = with_operators();
    world.apply(rule(2, |spec| spec.who = "role:support".into())).unwrap();
    let spec = |who: &str| {
        let Op::RuleCreate { mut spec, .. } = rule(1, |_| ()) else { panic!() };
        spec.who = who.into();
        spec
    };
    let replace = |whos: &[&str]| {
        let rules = whos.iter().zip(70..).map(|(who, n)| (RuleId::from_random(n << 40), spec(who)));
        policy(PolicyChange::RulesReplace { rules: rules.collect() })
    };
    assert_eq!(world.code(replace(&["role:support"])), RefusalCode::Conflict, "nobody left");
    world.apply(replace(&["jon", "role:support", "role:admin"])).unwrap();
    let whos: Vec<_> = world.fleet.rules().iter().map(|r| r.who.to_string()).collect();
    assert_eq!(whos, ["jon", "role:support", "role:admin"]);
    assert_eq!(world.fleet.rules()[2].id, RuleId::from_random(1));
    let Done::Nothing = world.apply(policy(PolicyChange::Lapse)).unwrap() else { panic!() };
}

#[test]
fn a_role_is_given_by_another_for_as_long_as_was_asked() {
    let mut world = with_operators();
    let ask = |n: u64, for_ms| {
        policy(PolicyChange::AccessRequest {
            id: AccessRequestId::from_random(n),
            operator: id(2),
            role: name("support"),
            for_ms,
        })
    };
    let answer = |n: u64, by, approve| {
        let request = AccessRequestId::from_random(n);
        policy(PolicyChange::AccessAnswer { request, by: id(by), approve })
    };
    let day = 24 * 3_600_000;
    assert_eq!(world.code(ask(1, day + 1)), RefusalCode::Usage, "longer than a session");
    world.apply(ask(1, 3_600_000)).unwrap();
    assert_eq!(world.code(answer(1, 2, true)), RefusalCode::Denied, "not by himself");
    world.apply(answer(1, 3, true)).unwrap();
    let end = UnixMs(world.now.0 + 3_600_000);
    let jon = world.fleet.operator(id(2)).unwrap();
    assert_eq!(jon.next_role_end(world.now), Some(end));
    assert_eq!(world.code(answer(1, 3, false)), RefusalCode::Conflict, "answered already");
    world.apply(unassign(2, "support")).unwrap();
    world.apply(ask(2, 1000)).unwrap();
    world.now = UnixMs(world.now.0 + 3_600_000);
    let state = world.fleet.access_request(AccessRequestId::from_random(2)).unwrap();
    assert_eq!(state.state(world.now), RequestState::Expired);
    assert_eq!(world.code(answer(2, 3, true)), RefusalCode::Conflict, "too late");
    let actions: Vec<_> = world.trail.iter().map(|entry| entry.action.as_str()).collect();
    for action in ["access.request", "access.approve", "operator.assign"] {
        assert!(actions.contains(&action), "{action}");
    }
}
