//! Real values against their schemas: every key described, every described key there, types true.
#![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

use super::*;
use serde::Serialize;
use std::collections::BTreeMap;
use wire::audit::{Actor, AuditEvent, Digest, Entry, Object};
use wire::message::operator::Outcome;
use wire::message::tunnel::TunnelType;
use wire::message::view::*;
use wire::{CloseReason, Generation, Labels, NodeId, RuleId, SafeText, Target, UnixMs};

/// The part of JSON Schema that our schemas use; unknown keys are errors here.
fn check(schema: &Value, value: &Value, at: &str) {
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        if !(value.is_null() && choices.len() == 2) {
            check(&choices[0], value, at);
        }
        return;
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        assert!(words.contains(value), "{at}: {value} is none of {words:?}");
    }
    if let Some(only) = schema.get("const") {
        assert_eq!(only, value, "{at}");
    }
    let fits = match schema.get("type").and_then(Value::as_str) {
        None => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("{at}: unknown type {other}"),
    };
    assert!(fits, "{at}: {value} against {schema}");
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        values.iter().for_each(|v| check(items, v, at));
    }
    let (Some(known), Some(object)) = (schema.get("properties"), value.as_object()) else { return };
    for key in schema["required"].as_array().unwrap() {
        assert!(object.contains_key(key.as_str().unwrap()), "{at}: {key} is missing");
    }
    for (key, value) in object {
        let schema = known.get(key).unwrap_or_else(|| panic!("{at}: {key} is not described"));
        check(schema, value, &format!("{at}.{key}"));
    }
}

fn holds<T: Serialize>(kind: &str, object: &T) {
    let mut value = serde_json::to_value(object).unwrap();
    value["kind"] = json!(kind);
    check(&schema(kind).unwrap(), &value, kind);
}

fn reference() -> NodeRef {
    NodeRef { id: NodeId::from_random(1), name: "web1".parse().unwrap() }
}

fn labels() -> Labels {
    Labels::new(BTreeMap::from([("site".to_owned(), "ber".to_owned())])).unwrap()
}

fn node(known: bool) -> NodeView {
    let text = || known.then(|| SafeText::from("x"));
    let at = known.then_some(UnixMs(1));
    NodeView {
        id: NodeId::from_random(1),
        name: "web1".parse().unwrap(),
        state: NodeState::Degraded,
        reasons: vec![StateReason {
            code: "rtt_p50".into(),
            value_ms: known.then_some(1),
            limit_ms: None,
            since: UnixMs(1),
        }],
        labels: labels(),
        version: text(),
        exit_ip: text(),
        rtt_p50_ms: known.then_some(1),
        rtt_p95_ms: known.then_some(1),
        uptime_24h_ratio: known.then_some(0.5),
        health: vec![None, Some(0.5)],
        reconnects_24h: 1,
        tunnels: 1,
        up_bytes: 1,
        down_bytes: 1,
        up_bytes_per_s: 1,
        down_bytes_per_s: 1,
        last_seen: at,
        disconnect_reason: known.then_some(wire::DisconnectReason::PeerReset),
        generation: Generation(3),
        enrolled_at: UnixMs(1),
        certificate_expires_at: at,
        owner: text(),
        path: text(),
        inventory: Inventory { hostname: text(), booted_at: at, ..Inventory::default() },
        facts: vec![Fact { name: "rtt".into(), value: text(), at, age_ms: known.then_some(1) }],
        allow: vec!["localhost:*".into()],
        reverse: known.then(|| vec!["127.0.0.1:9000".into()]),
    }
}

fn tunnel(closed: bool) -> TunnelView {
    TunnelView {
        id: wire::TunnelId::from_random(1),
        node: (!closed).then(reference),
        target: Target::new("10.0.0.1", 80).unwrap(),
        who: Who { operator: Some("mira".parse().unwrap()), ..Who::default() },
        kind: TunnelType::Connect,
        rule: Some(RuleId::from_random(1)),
        port: None,
        state: TunnelState::Flowing,
        opened_at: UnixMs(1),
        connect_ms: Some(1),
        first_byte_ms: None,
        up_bytes: 1,
        down_bytes: 1,
        up_bytes_per_s: 1,
        down_bytes_per_s: 1,
        idle_ms: 1,
        note: None,
        closed: closed.then(|| Closed {
            at: UnixMs(1),
            reason: CloseReason::Idle,
            by: "server".into(),
        }),
        listener: None,
        compression: None,
        link: None,
        trace: None,
    }
}

#[test]
fn nodes_and_tunnels_are_as_described() {
    holds("Node", &node(true));
    holds("Node", &node(false));
    holds("Tunnel", &tunnel(true));
    holds("Tunnel", &tunnel(false));
    let at = UnixMs(1);
    holds("Reconnect", &Reconnect { at, down_ms: 1, tries: None, reason: None, path: None });
}

#[test]
fn links_are_as_described() {
    use wire::message::view::{LinkAt, LinkState, LinkTo, LinkView};
    let link = |known: bool| LinkView {
        id: wire::LinkId::from_random(1),
        name: "db".parse().unwrap(),
        at: LinkAt { node: reference(), listen: "127.0.0.1:9000".parse().unwrap() },
        to: LinkTo { node: reference(), target: Target::new("10.0.0.1", 80).unwrap() },
        state: LinkState::Waiting,
        reason: known.then(|| "web1 has never connected".into()),
        rule: known.then(|| RuleId::from_random(1)),
        granted: known.then_some(true),
        tunnels: 1,
        waiting: 1,
        up_bytes: 1,
        down_bytes: 1,
        created_at: UnixMs(1),
        created_by: known.then(|| "mira".into()),
    };
    holds("Link", &link(true));
    holds("Link", &link(false));
}

#[test]
fn ports_rules_and_tokens_are_as_described() {
    let port = PortView {
        id: wire::PortId::from_random(1),
        name: "db".parse().unwrap(),
        public: PublicAddress { host: "tun".into(), port: 20_000 },
        nodes: vec![reference()],
        target: Target::new("db", 5432).unwrap(),
        on_drop: OnDrop { mode: DropMode::Hold, hold_ms: Some(10_000) },
        admits: Admits::default(),
        tunnels: 0,
        waiting: 0,
        up_bytes: 0,
        down_bytes: 0,
        state: PortState::Serving,
        fault: None,
        max_tunnels: None,
        idle_ms: None,
        created_at: UnixMs(1),
        options: wire::message::view::PortOptions::default(),
        reason: None,
        compression: None,
    };
    holds("Port", &port);
    let rule = RuleView {
        id: RuleId::from_random(1),
        effect: Effect::Allow,
        who: "anyone".into(),
        from: None,
        nodes: None,
        to: None,
        port: None,
        at: None,
        until: Some(UnixMs(1)),
        state: RuleState::On,
        order: 1,
        hits: 0,
    };
    holds("Rule", &rule);
    let token = TokenView {
        id: wire::TokenId::from_random(1),
        name: "lab".parse().unwrap(),
        token_kind: TokenKind::Node,
        uses: Uses { max: 1, left: 1 },
        expires_at: None,
        grants: Grants { labels: labels(), ..Grants::default() },
        by: None,
        created_at: UnixMs(1),
        last_used: None,
        state: TokenState::UsedUp,
        not_collected: None,
    };
    holds("Token", &token);
    let since = UnixMs(1);
    let one = Uncollected { id: "n_7f3k2q".into(), name: "web1".parse().unwrap(), since };
    let not_collected = Some(NotCollected { total: 1, items: vec![one] });
    holds("Token", &TokenView { not_collected, ..token });
}

#[test]
fn records_results_and_states_are_as_described() {
    let entry = Entry::new("node.enroll", Actor::default(), Object::default()).with("n", 1u64);
    holds("AuditEvent", &AuditEvent::chain(1, UnixMs(1), entry, Digest::default()));
    let outcome = Outcome {
        object: "node/web1".into(),
        name: "web1".into(),
        ok: true,
        planned: false,
        error: Some(wire::Refusal::new(wire::RefusalCode::Conflict, "no")),
        cut_tunnels: Some(1),
        last_byte_ms: None,
        dropped_commands: None,
        audit: Some(4),
        cuts: vec![("mira".into(), 1)],
    };
    holds("Result", &json!({"items": [outcome]}));
    let server = ServerView {
        name: "tun".into(),
        version: "1".into(),
        healthy: true,
        uptime_s: 1,
        listen: vec!["[::]:7443".into()],
        metrics: None,
        port_range: (1, 2),
        ports: 0,
        fleet: FleetCounts::default(),
        load: Load::default(),
        certificates: vec![CertificateView { name: "tun".into(), expires_at: UnixMs(1) }],
        checks: vec![Check { id: "a".into(), status: "warn".into(), message: "b".into() }],
        draining: false,
    };
    holds("ServerStatus", &server);
    let whoami = WhoamiView {
        operator: "mira".parse().unwrap(),
        operator_id: wire::OperatorId::from_random(1),
        roles: vec!["admin".parse().unwrap()],
        server: "tun".into(),
        session: None,
        expires_at: None,
        seen_addresses: vec![],
    };
    holds("Whoami", &crate::cli::whoami::Whoami::new(whoami, "local"));
}

#[test]
fn sessions_guests_and_locks_are_as_described() {
    let session = SessionView {
        id: wire::SessionId::from_random(1),
        session_kind: SessionKind::Access,
        operator: "mira".into(),
        role: None,
        from: vec!["203.0.113.7/32".into()],
        auto: true,
        auth: "certificate".into(),
        ports: vec![SessionPort {
            name: "db".parse().unwrap(),
            public: PublicAddress { host: "tun".into(), port: 20_000 },
            nodes: vec!["web1".parse().unwrap()],
            target: Target::new("db", 5432).unwrap(),
        }],
        started_at: UnixMs(1),
        expires_at: Some(UnixMs(2)),
        idle_ms: None,
        tunnels: 0,
        up_bytes_per_s: 0,
        down_bytes_per_s: 0,
        state: SessionState::Expiring,
        locked: Some(wire::LockId::from_random(1)),
        ended_at: None,
        reason: None,
    };
    holds("Session", &session);
    let guest = GuestView {
        id: wire::GuestId::from_random(1),
        name: "lee".parse().unwrap(),
        port: None,
        from: vec!["203.0.113.0/24".into()],
        reason: None,
        by: None,
        created_at: UnixMs(1),
        expires_at: UnixMs(2),
        tunnels: 0,
        state: GuestState::Active,
        locked: None,
        node: Some("web1".parse().unwrap()),
        target: Some(Target::new("db", 5432).unwrap()),
        public: Some(PublicAddress { host: "tun".into(), port: 20_000 }),
    };
    holds("Guest", &guest);
    let lock = LockView {
        id: wire::LockId::from_random(1),
        object_kind: LockKind::All,
        object_id: None,
        object: "all".into(),
        mode: LockMode::Drain,
        reason: "INC-4402".into(),
        by: None,
        created_at: UnixMs(1),
        until: None,
        ended_at: None,
        state: LockState::Active,
    };
    holds("Lock", &lock);
}

#[test]
fn the_authority_is_described() {
    let rotation = CaRotationView {
        kind: CaKind::Root,
        from: 1,
        to: 2,
        started_at: UnixMs(1),
        phase_since: UnixMs(1),
    };
    let waiting = CaWaiting {
        holder: "node".into(),
        name: "web1".into(),
        needs: "trust".into(),
        since: UnixMs(1),
        connected: false,
        last_seen: None,
    };
    let slot = CaSlotView {
        number: 2,
        state: "next".into(),
        expires_at: UnixMs(1),
        active_from: None,
        root_pin: "sha256:00".into(),
    };
    let root = CaRootView { pin: "sha256:00".into(), expires_at: UnixMs(1), key_here: false };
    let mut view = CaView {
        phase: CaPhase::Init,
        next_phase: Some(CaPhase::Clients),
        rotation: Some(rotation),
        roots: vec![root],
        slots: vec![slot],
        waiting: vec![waiting],
        waiting_total: 1,
        crl_next_update: Some(UnixMs(1)),
        due: Some(CaDue {
            ends_at: UnixMs(1),
            late: false,
            why: "the root's key is elsewhere".into(),
            next: "tunnelctl ca rotate --root-key FILE".into(),
        }),
    };
    holds("CertificateAuthority", &view);
    (view.next_phase, view.rotation, view.crl_next_update) = (None, None, None);
    holds("CertificateAuthority", &view);
    holds("CaExport", &json!({"file": "f", "ca_pin": "sha256:00"}));
}

#[test]
fn every_kind_has_a_schema_and_every_part_exists() {
    for kind in kinds() {
        let schema = schema(&kind).unwrap();
        assert_eq!(schema["title"], json!(kind));
    }
    let names: Vec<&str> = shapes().iter().map(|(n, _)| n.trim_start_matches('*')).collect();
    for (_, keys) in shapes() {
        for (key, of) in keys {
            let inner = of.trim_start_matches(['?', '[', '{']).trim_end_matches([']', '}']);
            let inner = inner.trim_start_matches('?');
            let part = inner.starts_with(|c: char| c.is_ascii_uppercase());
            assert!(!part || names.contains(&inner), "{key}: no shape {inner}");
        }
    }
}

/// Every kind that stands in the source of a command, as it is printed or written.
#[test]
fn every_kind_that_is_printed_has_a_schema() {
    let single = regex::Regex::new(r#"\.single\(\s*"([A-Z][A-Za-z]+)""#).unwrap();
    let written = regex::Regex::new(r#""kind"(?:\.to_owned\(\),|:) "([A-Z][A-Za-z]+)""#).unwrap();
    let known = kinds();
    let mut found = Vec::new();
    let mut waiting =
        vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli"))];
    while let Some(dir) = waiting.pop() {
        for path in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|of| of == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let kinds = single.captures_iter(&text).chain(written.captures_iter(&text));
                found.extend(kinds.map(|kind| (kind[1].to_owned(), path.clone())));
            }
        }
    }
    assert!(found.len() > 20 && found.iter().any(|(kind, _)| kind == "SupportBundle"), "{found:?}");
    for (kind, path) in found {
        assert!(known.contains(&kind), "{kind} of {} has no schema", path.display());
    }
}

#[test]
fn forwards_hold_their_schema() {
    use crate::forwards::{ForwardRow, Owner, OwnerKind, State};
    for known in [true, false] {
        holds(
            "Forward",
            &ForwardRow {
                id: wire::ForwardId::from_random(1),
                name: known.then(|| "db".to_owned()),
                addr: known.then(|| "127.0.0.1:15432".into()),
                kind: "fwd".to_owned(),
                node: "web1".to_owned(),
                target: known.then(|| "db:5432".to_owned()),
                rule: known.then(|| RuleId::from_random(1)),
                state: State::CheckFailed,
                reason: known.then(|| "connection refused".into()),
                open: 1,
                total: 2,
                up_bytes: 3,
                down_bytes: 4,
                opened_at: UnixMs(1),
                owner: Owner::this(OwnerKind::Detached),
                description: known.then(|| "orders".into()),
            },
        );
    }
}
