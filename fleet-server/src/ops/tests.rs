//! Each verb on a small fleet: what it does, what it refuses and how it says so.

// A failing step of a test is the test's failure.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::fleet::{MAX_LABEL_BYTES, RoleRecord, RuleRecord};
use crate::policy::Sight;
use std::collections::BTreeMap;
use wire::message::operator::{PortSpec, RuleSpec, TokenSpec};
use wire::message::view::{DropMode, Effect, OnDrop, Permission, Reconnect, TokenKind};
use wire::{DisconnectReason, Generation, Name, OperatorId, PortId, Revision, RuleId, TokenId};

mod policy;
mod ports;

const DAY: u64 = 24 * 3600 * 1000;

/// A fleet and its time.
struct World {
    fleet: Fleet,
    now: UnixMs,
    trail: Vec<Entry>,
}

impl World {
    fn new() -> Self {
        let mut world =
            Self { fleet: Fleet::empty("f", Revision(1)), now: UnixMs(1000 * DAY), trail: vec![] };
        world.fleet.edit(&Edit::Rule(Arc::new(RuleRecord {
            id: RuleId::from_random(1),
            effect: Effect::Allow,
            who: "role:admin".into(),
            from: None,
            nodes: None,
            to: None,
            port: None,
            until: None,
            enabled: true,
            order: RULE_GAP,
            at: None,
        })));
        world.fleet.edit(&Edit::Role(Arc::new(RoleRecord {
            name: "support".parse().unwrap(),
            permissions: vec![Permission::TunnelsOpen],
            max_session_ms: None,
            created_at: world.now,
        })));
        world
    }

    /// One with a token of many uses and one node, `web1`.
    fn with_node() -> Self {
        let mut world = Self::new();
        world.apply(token(1, |spec| spec.uses = 100)).unwrap();
        world.apply(enrol(1, 1, "web1")).unwrap();
        world
    }

    fn apply(&mut self, op: Op) -> Result<Done, Refusal> {
        match run(&self.fleet, &op, self.now) {
            Ok(change) => {
                self.fleet = self.fleet.next();
                change.edits.iter().for_each(|edit| self.fleet.edit(edit));
                self.trail.extend(change.audit);
                Ok(change.done)
            }
            Err(refused) => {
                self.trail.extend(refused.audit);
                Err(refused.refusal)
            }
        }
    }

    fn code(&mut self, op: Op) -> RefusalCode {
        self.apply(op).unwrap_err().code
    }

    fn last(&self) -> &Entry {
        self.trail.last().unwrap()
    }

    fn node(&self, name: &str) -> Arc<NodeRecord> {
        self.fleet.node_by_name(name).unwrap()
    }
}

fn actor() -> Actor {
    Actor { operator: Some("mira".into()), ..Actor::default() }
}

fn hash(n: u8) -> [u8; 32] {
    [n; 32]
}

fn token(n: u8, change: impl Fn(&mut TokenSpec)) -> Op {
    let mut spec = TokenSpec {
        name: format!("token-{n}").parse().unwrap(),
        kind: TokenKind::Node,
        uses: 1,
        ttl_ms: Some(DAY),
        labels: Labels::default(),
        role: None,
        secret_hash: hash(n).to_vec().into(),
        allow: Vec::new(),
        binding: Default::default(),
    };
    change(&mut spec);
    Op::TokenCreate { actor: actor(), spec, id: TokenId::from_random(n.into()), reason: None }
}

fn enrol(token: u8, key: u8, name: &str) -> Op {
    Op::Enrol {
        secret_hash: hash(token),
        spki: [key; 32],
        id: NodeId::from_random(u64::from(key) << 40),
        name: name.parse().ok(),
        labels: Labels::default(),
        inventory: Inventory { hostname: Some("Gw_ber.local".into()), ..Inventory::default() },
        certificate_expires_at: UnixMs(u64::from(key)),
        source: "192.0.2.1".into(),
        client: "tunnelctl/0".into(),
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let pairs: BTreeMap<_, _> =
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Labels::new(pairs).unwrap()
}

fn port(n: u64, name: &str, number: Option<u16>) -> Op {
    port_at(n, name, |spec| spec.port = number)
}

fn port_at(n: u64, name: &str, change: impl Fn(&mut PortSpec)) -> Op {
    let mut spec = PortSpec {
        name: name.parse().unwrap(),
        nodes: vec!["web1".into()],
        target: "10.0.1.50:5432".parse().unwrap(),
        port: None,
        on_drop: OnDrop { mode: DropMode::Hold, hold_ms: None },
        max_tunnels: None,
        idle_ms: None,
        options: wire::message::view::PortOptions::default(),
    };
    change(&mut spec);
    Op::PortCreate {
        actor: actor(),
        spec,
        id: PortId::from_random(n),
        reason: None,
        range: (32_766, 32_770),
        ephemeral: Some((32_768, 60_999)),
        reserved: vec![(32_769, 32_769)],
    }
}

fn rule(n: u64, change: impl Fn(&mut RuleSpec)) -> Op {
    let mut spec = RuleSpec {
        effect: Effect::Allow,
        who: "role:support".into(),
        from: None,
        port: None,
        until: None,
        before: None,
        disabled: false,
        anyone_really: false,
        nodes: None,
        to: None,
        at: None,
    };
    change(&mut spec);
    Op::RuleCreate { actor: actor(), spec, id: RuleId::from_random(n << 40), reason: None }
}

#[test]
fn what_is_wrong_with_a_token_is_in_the_trail_only() {
    let mut world = World::new();
    for n in 1..=3 {
        world.apply(token(n, |_| ())).unwrap();
    }
    world
        .apply(token(4, |spec| {
            spec.kind = TokenKind::Operator;
            spec.role = "support".parse().ok();
        }))
        .unwrap();
    world.apply(enrol(1, 1, "web1")).unwrap();
    let revoke = Op::TokenRevoke { actor: actor(), token: TokenId::from_random(2), reason: None };
    world.apply(revoke).unwrap();
    let mut refusals = Vec::new();
    for (token, key, wait, why) in [
        (9, 9, 0, "unknown"),
        (1, 2, 0, "used up"),
        (2, 2, 0, "revoked"),
        (4, 2, 0, "another kind"),
        (3, 2, DAY, "expired"),
    ] {
        world.now.0 += wait;
        refusals.push(world.apply(enrol(token, key, "")).unwrap_err());
        assert_eq!(world.last().action.as_str(), "token.use");
        assert_eq!(world.last().result, AuditResult::Denied);
        assert_eq!(world.last().data.get("why"), Some(&why.into()));
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert_eq!(refusals[0].code, RefusalCode::Denied);
    assert_eq!(world.fleet.node_count(), 1);
}

#[test]
fn a_lost_reply_is_answered_again_to_the_same_key_and_nobody_else() {
    let mut world = World::new();
    world.apply(token(1, |_| ())).unwrap();
    let Done::Enrolled(first) = world.apply(enrol(1, 1, "")).unwrap() else { panic!() };
    let retry = enrol(1, 1, "");
    let Op::Enrol { secret_hash, spki, labels, inventory, source, client, .. } = retry else {
        panic!()
    };
    let again = Op::Enrol {
        secret_hash,
        spki,
        id: NodeId::from_random(99),
        name: None,
        labels,
        inventory,
        certificate_expires_at: UnixMs(77),
        source,
        client,
    };
    let Done::Enrolled(second) = world.apply(again).unwrap() else { panic!() };
    assert_eq!((second.id, &second.name), (first.id, &first.name));
    assert_eq!(second.certificate_expires_at, UnixMs(77));
    assert_eq!(world.last().data.get("again"), Some(&true.into()));
    assert_eq!(world.code(enrol(1, 2, "")), RefusalCode::Denied);
    world.apply(Op::NodeRevoke { actor: actor(), node: first.id, reason: None }).unwrap();
    assert_eq!(world.code(enrol(1, 1, "")), RefusalCode::Denied);
    world.apply(token(2, |_| ())).unwrap();
    assert_eq!(world.code(enrol(2, 1, "")), RefusalCode::Conflict);
}

#[test]
fn names_are_wished_for_or_derived_and_a_taken_one_costs_no_use() {
    let mut world = World::with_node();
    assert_eq!(world.code(enrol(1, 2, "web1")), RefusalCode::Conflict);
    let left = |world: &World| world.fleet.token_by_hash(&hash(1)).unwrap().uses.left;
    assert_eq!(left(&world), 99);
    world.apply(enrol(1, 2, "")).unwrap();
    world.apply(enrol(1, 3, "")).unwrap();
    let names: Vec<_> = world.fleet.nodes().map(|node| node.name.to_string()).collect();
    assert_eq!(names[0], "gw-ber");
    assert!(names[1].starts_with("gw-ber-") && names[1].len() == 11, "{names:?}");
    assert_eq!(left(&world), 97);
}

#[test]
fn the_labels_a_token_gives_win() {
    let mut world = World::new();
    world.apply(token(1, |spec| spec.labels = labels(&[("ring", "2"), ("edge", "")]))).unwrap();
    let mut op = enrol(1, 1, "web1");
    if let Op::Enrol { labels: wished, .. } = &mut op {
        *wished = labels(&[("ring", "1"), ("site", "ber")]);
    }
    world.apply(op).unwrap();
    assert_eq!(world.node("web1").labels, labels(&[("edge", ""), ("ring", "2"), ("site", "ber")]));
}

#[test]
fn an_operator_enrols_with_the_role_of_the_token() {
    let mut world = World::new();
    let make = |spec: &mut TokenSpec| {
        spec.kind = TokenKind::Operator;
        spec.role = "support".parse().ok();
    };
    world.apply(token(1, make)).unwrap();
    let login = |key: u8| Op::EnrolOperator {
        secret_hash: hash(1),
        spki: [key; 32],
        id: OperatorId::from_random(key.into()),
        name: "jon".parse().ok(),
        certificate_expires_at: UnixMs(5),
        source: "192.0.2.1".into(),
        client: "tunnelctl/0".into(),
    };
    let Done::Operator(jon) = world.apply(login(1)).unwrap() else { panic!() };
    assert_eq!((jon.name.as_str(), jon.roles[0].as_str()), ("jon", "support"));
    let Done::Operator(again) = world.apply(login(1)).unwrap() else { panic!() };
    assert_eq!(again.id, jon.id);
    assert_eq!(world.code(login(2)), RefusalCode::Denied);
    assert_eq!(world.code(enrol(1, 3, "")), RefusalCode::Denied);
}

#[test]
fn the_newest_connection_outranks_all_before() {
    let mut world = World::with_node();
    let id = world.node("web1").id;
    let connect = Op::Connect {
        node: id,
        spki: [0; 32],
        held: 0,
        holder: Holder::Only,
        version: "0.1.0".into(),
        inventory: Inventory::default(),
        source: "192.0.2.1".into(),
        returned: None,
        path: "tls".into(),
    };
    for expected in 1..=2 {
        let Done::Connected(generation) = world.apply(connect.clone()).unwrap() else { panic!() };
        assert_eq!(generation, Generation(expected));
    }
    let end = |generation| Op::Disconnect {
        node: id,
        generation: Generation(generation),
        reason: DisconnectReason::PeerReset,
        last_seen: UnixMs(1),
        source: "192.0.2.1".into(),
    };
    world.apply(end(1)).unwrap();
    assert_eq!(world.node("web1").disconnected, None);
    world.apply(end(2)).unwrap();
    assert_eq!(world.node("web1").disconnected, Some((world.now, DisconnectReason::PeerReset)));
    world.apply(Op::NodeRevoke { actor: actor(), node: id, reason: None }).unwrap();
    assert_eq!(world.code(connect), RefusalCode::Denied);
    assert_eq!(world.last().result, AuditResult::Denied);
    assert_eq!(
        world.code(Op::Renew {
            node: id,
            held: 0,
            spki: [1; 32],
            certificate_expires_at: UnixMs(9),
            source: "192.0.2.1".into()
        }),
        RefusalCode::Denied
    );
}

#[test]
fn returns_are_kept_for_a_week_and_at_most_a_hundred() {
    let mut world = World::with_node();
    let id = world.node("web1").id;
    let back = |world: &mut World| {
        let returned =
            Some(Reconnect { at: world.now, down_ms: 5, tries: None, reason: None, path: None });
        world
            .apply(Op::Connect {
                node: id,
                spki: [0; 32],
                held: 0,
                holder: Holder::Only,
                version: "0.1.0".into(),
                inventory: Inventory::default(),
                source: "192.0.2.1".into(),
                returned,
                path: "wss".into(),
            })
            .unwrap();
    };
    for _ in 0..150 {
        world.now.0 += 1000;
        back(&mut world);
    }
    let kept = world.node("web1").reconnects.clone();
    assert_eq!(kept.len(), 100);
    assert_eq!(kept[99].at, world.now);
    assert_eq!(kept[99].path, Some("wss".into()));
    assert!(kept.is_sorted_by_key(|back| back.at));
    world.now.0 += 8 * DAY;
    back(&mut world);
    assert_eq!(world.node("web1").reconnects.len(), 1);
}

#[test]
fn a_node_is_deleted_only_when_it_is_revoked_or_long_gone_and_serves_nothing() {
    let mut world = World::with_node();
    let id = world.node("web1").id;
    let delete = Op::NodeDelete { actor: actor(), node: id, reason: None };
    world.apply(port(1, "db", None)).unwrap();
    let refusal = world.apply(delete.clone()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Conflict);
    assert_eq!(refusal.hint, Some("tunnelctl revoke node web1".into()));
    world.now.0 += 31 * DAY;
    let refusal = world.apply(delete.clone()).unwrap_err();
    assert_eq!(refusal.hint, Some("tunnelctl ports delete db".into()));
    world
        .apply(Op::PortDelete { actor: actor(), port: PortId::from_random(1), reason: None })
        .unwrap();
    world.apply(delete.clone()).unwrap();
    assert_eq!(world.fleet.node_count(), 0);
    assert_eq!(world.code(delete), RefusalCode::NotFound);
}

#[test]
fn renaming_and_updating_keep_the_id_and_respect_the_bounds() {
    let mut world = World::with_node();
    world.apply(enrol(1, 2, "web2")).unwrap();
    let id = world.node("web1").id;
    let rename = |to: &str| Op::NodeRename {
        actor: actor(),
        node: id,
        to: to.parse().unwrap(),
        reason: None,
    };
    assert_eq!(world.code(rename("web2")), RefusalCode::Conflict);
    world.apply(rename("gw1")).unwrap();
    assert_eq!(world.node("gw1").id, id);
    assert!(world.fleet.node_by_name("web1").is_none());
    let update = |set: Labels, owner: &str| Op::NodeUpdate {
        actor: actor(),
        node: id,
        set,
        unset: vec!["site".into()],
        owner: Some(owner.into()),
        reason: Some("INC-1".into()),
    };
    world.apply(update(labels(&[("a", "1")]), "mira")).unwrap();
    assert_eq!(world.last().data.get("reason"), Some(&"INC-1".into()));
    let before = world.trail.len();
    assert!(matches!(world.apply(update(labels(&[("a", "1")]), "mira")), Ok(Done::Nothing)));
    assert_eq!(world.trail.len(), before);
    world.apply(update(Labels::default(), "")).unwrap();
    assert_eq!(world.node("gw1").owner, None);
    let long = "v".repeat(60);
    let keys: Vec<String> = (0..32).map(|n| format!("k{n}")).collect();
    let many: Vec<_> = keys.iter().map(|key| (key.as_str(), long.as_str())).collect();
    assert!(many.len() * 60 > MAX_LABEL_BYTES);
    assert_eq!(world.code(update(labels(&many), "")), RefusalCode::Usage);
}

#[test]
fn tokens_are_refused_for_what_is_missing_in_them() {
    let mut world = World::new();
    for (code, change) in [
        (RefusalCode::Usage, (|s| s.uses = 0) as fn(&mut TokenSpec)),
        (RefusalCode::Usage, |s| s.ttl_ms = Some(0)),
        (RefusalCode::Usage, |s| s.ttl_ms = None),
        (RefusalCode::Usage, |s| s.secret_hash = vec![1; 31].into()),
        (RefusalCode::Usage, |s| s.kind = TokenKind::Operator),
        (RefusalCode::Usage, |s| s.role = "support".parse().ok()),
        (RefusalCode::Usage, |s| s.allow = vec!["10.0.0.0/8".into()]),
        (RefusalCode::Usage, |s| s.allow = vec!["10.0.0.0/8:22".into(); 60]),
    ] {
        assert_eq!(world.code(token(1, change)), code);
    }
    world.apply(token(1, |_| ())).unwrap();
    let same_name = |s: &mut TokenSpec| s.name = "token-1".parse().unwrap();
    assert_eq!(world.code(token(2, same_name)), RefusalCode::Conflict);
    world.now.0 += DAY;
    world.apply(token(2, same_name)).unwrap();
    assert_eq!(world.fleet.find_token("token-1").unwrap().id, TokenId::from_random(2));
}

#[test]
fn references_are_names_ids_or_unique_prefixes() {
    let mut world = World::with_node();
    for key in 2..=9 {
        world.apply(enrol(1, key, &format!("web{key}"))).unwrap();
    }
    let fleet = &world.fleet;
    let web1 = world.node("web1");
    let id = web1.id.to_string();
    for reference in ["web1", id.as_str(), &id[..10]] {
        assert_eq!(
            fleet.find_node(reference, &Sight::everything()).unwrap().id,
            web1.id,
            "{reference}"
        );
    }
    for short in ["n_", "n_a"] {
        assert_eq!(
            fleet.find_node(short, &Sight::everything()).unwrap_err().code,
            RefusalCode::Usage,
            "{short}"
        );
    }
    for nothing in ["nobody", "n_aaaa", "n_zzzz", "p_aaaa", "n_AAAA", "n_aaaaaaaaaaaaa", ""] {
        let refusal = fleet.find_node(nothing, &Sight::everything()).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::NotFound, "{nothing}");
        assert_eq!(refusal.hint, Some("tunnelctl nodes list".into()), "{nothing}");
    }
}

#[test]
fn an_ambiguous_prefix_names_the_candidates() {
    let mut world = World::with_node();
    for low in 0..8u64 {
        let mut op = enrol(1, 20 + u8::try_from(low).unwrap(), &format!("twin{low}"));
        if let Op::Enrol { id, .. } = &mut op {
            *id = NodeId::from_random(low);
        }
        world.apply(op).unwrap();
    }
    let refusal = world.fleet.find_node("n_aaaa", &Sight::everything()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Usage);
    let text = refusal.message.to_string();
    assert!(text.contains("n_aaaaaaaaaaaa (twin0)") && text.ends_with('…'), "{text}");
}
