//! One sample of each message kind, the same on every run. Shared by the tests of this folder.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test uses a part; the samples are fixed"
)]

mod grants;
mod links;
mod policy;

use minicbor::bytes::ByteVec;
use std::collections::BTreeMap;
use wire::audit::{Actor, AuditEvent, Digest, Entry, Object};
use wire::message::agent::{PathAttempt, PathReport, Returned, TunnelEnd};
use wire::message::enrol::{EnrolReply, EnrolRequest, ToEnrol};
use wire::message::operator::{
    CaSigned, Followed, Intent, More, Outcome, Page, PortChange, PortSpec, RuleSpec, Seen,
    Subscription, TokenChange, TokenSpec,
};
use wire::message::tunnel::{
    AgentOpen, Answer, AtNode, Compress, OpenTo, Opened, OperatorOpen, TunnelType,
};
use wire::message::view::{
    Admits, Binding, CaKind, CaPhase, CaRootView, CaRotationView, CaSlotView, CaView, CaWaiting,
    CertificateView, Check, Closed, DropMode, Effect, Fact, FleetCounts, Grants, Inventory, Load,
    NodeProbe, NodeRef, NodeState, NodeView, OnDrop, PathTried, PathView, PendingKind, PendingView,
    Pick, PortOptions, PortState, PortView, ProbeView, ProxyProtocol, PublicAddress, Reconnect,
    ReloadView, RuleState, RuleView, ServerView, SessionFact, SessionState, StateReason, TokenKind,
    TokenState, TokenView, TraceBy, TraceEntry, TraceStep, TunnelState, TunnelView, Uses, Who,
    WhoamiView,
};
use wire::message::{
    FromConsole, Hello, LaneHello, LaneWelcome, Push, Reply, Request, ToAgent, ToConsole, ToServer,
    TrustBundle, TrustOffer,
};
use wire::{
    CloseReason, DisconnectReason, Generation, Labels, LaneId, Name, NodeId, OperatorId, PortId,
    Refusal, RefusalCode, RequestId, Revision, RuleId, SessionId, Target, TokenId, TunnelId,
    UnixMs,
};

const AT: UnixMs = UnixMs(1_787_320_951_118);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn target() -> Target {
    "db.internal:5432".parse().unwrap()
}

fn bytes(fill: u8, count: usize) -> ByteVec {
    vec![fill; count].into()
}

fn labels() -> Labels {
    let pairs = [("site", "berlin"), ("gpu", "")];
    Labels::new(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into()).unwrap()
}

fn node_id() -> NodeId {
    NodeId::from_random(0x0123_4567_89AB_CDEF)
}

fn tunnel_id() -> TunnelId {
    TunnelId::from_random(0x0BAD_CAFE)
}

fn node_ref() -> NodeRef {
    NodeRef { id: node_id(), name: name("gw-ber-014") }
}

fn bundle() -> TrustBundle {
    TrustBundle {
        number: 3,
        roots: vec![bytes(4, 9), bytes(3, 9)],
        cross: vec![bytes(5, 9)],
        past: vec![bytes(2, 9)],
    }
}

fn offer() -> TrustOffer {
    TrustOffer { bundle: bundle(), renew_within_ms: Some(1500) }
}

fn due_ca() -> CaView {
    let due = wire::message::view::CaDue {
        ends_at: AT,
        late: true,
        why: "the root's key is elsewhere".into(),
        next: "tunnelctl ca rotate --root-key FILE".into(),
    };
    CaView { due: Some(due), ..ca() }
}

fn ca() -> CaView {
    CaView {
        phase: CaPhase::Clients,
        next_phase: Some(CaPhase::Servers),
        rotation: Some(CaRotationView {
            kind: CaKind::Root,
            from: 1,
            to: 2,
            started_at: AT,
            phase_since: AT,
        }),
        roots: vec![CaRootView { pin: "sha256:00".into(), expires_at: AT, key_here: true }],
        slots: vec![CaSlotView {
            number: 2,
            state: "signing".into(),
            expires_at: AT,
            active_from: None,
            root_pin: "sha256:00".into(),
        }],
        waiting: vec![CaWaiting {
            holder: "node".into(),
            name: "web1".into(),
            needs: "certificate".into(),
            since: AT,
            connected: false,
            last_seen: Some(AT),
        }],
        waiting_total: 1,
        crl_next_update: Some(AT),
        due: None,
    }
}

pub fn hello() -> Hello {
    Hello {
        proto_min: 1,
        proto_max: 1,
        features: vec!["narrow".to_owned()],
        version: "0.1.0".into(),
        clock_ms: Some(AT.0),
        request: None,
    }
}

fn refusal() -> Refusal {
    Refusal::new(RefusalCode::Denied, "rule 3 denies db.internal:5432")
        .hint("ask for it: tunnelctl access request")
        .rule(RuleId::from_random(3))
}

fn inventory() -> Inventory {
    Inventory {
        hostname: Some("web1".into()),
        os: Some("Debian GNU/Linux 13".into()),
        kernel: Some("6.18.0".into()),
        arch: Some("x86_64".into()),
        cpus: Some(2),
        memory_bytes: Some(8 << 30),
        booted_at: Some(AT),
    }
}

fn node() -> NodeView {
    NodeView {
        id: node_id(),
        name: name("gw-ber-014"),
        state: NodeState::Degraded,
        reasons: vec![StateReason {
            code: "rtt_p50".into(),
            value_ms: Some(900),
            limit_ms: Some(-1),
            since: AT,
        }],
        labels: labels(),
        version: Some("0.1.0".into()),
        exit_ip: Some("192.0.2.7".into()),
        rtt_p50_ms: Some(12),
        rtt_p95_ms: None,
        uptime_24h_ratio: Some(0.75),
        health: vec![Some(1.0), None],
        reconnects_24h: 3,
        tunnels: 2,
        up_bytes: 1 << 40,
        down_bytes: 7,
        up_bytes_per_s: 0,
        down_bytes_per_s: 1,
        last_seen: Some(AT),
        disconnect_reason: Some(DisconnectReason::KeepaliveTimeout),
        generation: Generation(9),
        enrolled_at: AT,
        certificate_expires_at: Some(AT),
        owner: Some("dana".into()),
        path: Some("tls".into()),
        inventory: inventory(),
        facts: vec![Fact {
            name: "rtt".into(),
            value: Some("12 ms".into()),
            at: Some(AT),
            age_ms: Some(40),
        }],
        allow: vec!["127.0.0.1:*".into()],
        reverse: None,
    }
}

pub fn tunnel() -> TunnelView {
    TunnelView {
        id: tunnel_id(),
        node: Some(node_ref()),
        target: target(),
        who: Who {
            node: None,
            operator: Some(name("dana")),
            session: None,
            role: Some("admin".into()),
            source_ip: Some("198.51.100.4".into()),
            guest: None,
        },
        kind: TunnelType::Forward,
        rule: Some(RuleId::from_random(3)),
        port: None,
        state: TunnelState::Flowing,
        opened_at: AT,
        connect_ms: Some(4),
        first_byte_ms: Some(6),
        up_bytes: 10,
        down_bytes: 20,
        up_bytes_per_s: 1,
        down_bytes_per_s: 2,
        idle_ms: 0,
        note: Some("ticket 42".into()),
        closed: Some(Closed { at: AT, reason: CloseReason::Revoked, by: "dana".into() }),
        listener: None,
        compression: None,
        link: None,
        trace: None,
    }
}

fn trace() -> Vec<TraceEntry> {
    let entry = |step, at_us| TraceEntry::new(step, TraceBy::Server, at_us);
    vec![
        entry(TraceStep::Asked, 0),
        entry(TraceStep::Policy, 40).detail("allowed by r_aaaa"),
        entry(TraceStep::Queue, 45).took(1_000_000),
        TraceEntry { by: TraceBy::Node, ..entry(TraceStep::Dial, 1_000_900).took(3_100) },
        entry(TraceStep::Closed, 9_000_000).detail("revoked by dana"),
    ]
}

/// A connection of a share: no node carries it.
fn share() -> TunnelView {
    let listener = Some(TunnelId::from_random(9));
    TunnelView { node: None, kind: TunnelType::Share, rule: None, listener, ..tunnel() }
}

fn port() -> PortView {
    PortView {
        id: PortId::from_random(5),
        name: name("pg"),
        public: PublicAddress { host: "tunnel.example".into(), port: 20_001 },
        nodes: vec![node_ref()],
        target: target(),
        on_drop: on_drop(),
        admits: Admits { sessions: 1, rules: 2, guests: 3 },
        tunnels: 1,
        waiting: 0,
        up_bytes: 1,
        down_bytes: 2,
        state: PortState::Holding,
        fault: None,
        max_tunnels: Some(64),
        idle_ms: Some(600_000),
        created_at: AT,
        options: PortOptions::default(),
        reason: None,
        compression: None,
    }
}

fn chosen_port() -> PortView {
    PortView { options: options(), reason: Some("web1 lost 4s ago".into()), ..port() }
}

fn options() -> PortOptions {
    PortOptions {
        pick: Pick::Least,
        proxy_protocol: ProxyProtocol::V2,
        rate_bytes_per_s: Some(5_000_000),
        budget_bytes: Some(1 << 30),
        compress: None,
    }
}

fn port_change() -> PortChange {
    PortChange {
        nodes: Some(vec!["web1".into(), "web2".into()]),
        target: Some(target()),
        on_drop: Some(on_drop()),
        max_tunnels: Some(0),
        idle_ms: Some(60_000),
        pick: Some(Pick::First),
        proxy_protocol: Some(ProxyProtocol::Off),
        rate_bytes_per_s: Some(1_000_000),
        budget_bytes: Some(0),
        compress: None,
    }
}

fn probe() -> ProbeView {
    ProbeView {
        seen: "192.0.2.9".into(),
        port: Some(port()),
        admitted_by: None,
        refused_by: Some("the default deny".into()),
        sessions: vec![SessionFact {
            id: SessionId::from_random(5),
            state: SessionState::Expired,
            addresses: vec!["192.0.2.8/32".into()],
            ends: AT,
        }],
        nodes: vec![NodeProbe {
            node: node_ref(),
            away: None,
            address: None,
            connect_ms: None,
            failed: Some(CloseReason::DialRefused),
            message: Some("connection refused".into()),
        }],
    }
}

fn on_drop() -> OnDrop {
    OnDrop { mode: DropMode::Hold, hold_ms: Some(30_000) }
}

fn rule() -> RuleView {
    RuleView {
        id: RuleId::from_random(3),
        effect: Effect::Allow,
        who: "role:admin".into(),
        from: Some("192.0.2.0/24".into()),
        nodes: Some("site=berlin".into()),
        to: Some("10.0.0.0/8:5432".into()),
        port: Some(name("pg")),
        at: Some("mon-fri 08:00-18:00".into()),
        until: Some(AT),
        state: RuleState::On,
        order: 1,
        hits: 12,
    }
}

fn token() -> TokenView {
    TokenView {
        id: TokenId::from_random(8),
        name: name("ring2"),
        token_kind: TokenKind::Node,
        uses: Uses { max: 20, left: 19 },
        expires_at: Some(AT),
        grants: Grants {
            labels: labels(),
            role: None,
            allow: vec!["127.0.0.1:80".into()],
            binding: binding(),
        },
        by: Some("dana".into()),
        created_at: AT,
        last_used: None,
        state: TokenState::Active,
        not_collected: None,
    }
}

fn uncollected_token() -> TokenView {
    use wire::message::view::{NotCollected, Uncollected};
    let item = Uncollected { id: "n_7f3k2q".into(), name: name("web1"), since: AT };
    TokenView {
        uses: Uses { max: 1, left: 0 },
        state: TokenState::UsedUp,
        not_collected: Some(NotCollected { total: 1, items: vec![item] }),
        ..token()
    }
}

fn binding() -> Binding {
    Binding {
        name_pattern: Some("ring2-*".into()),
        from: vec!["192.0.2.0/24".into()],
        require_approval: true,
        min_version: Some("1.2.0".into()),
        ephemeral_ms: Some(600_000),
    }
}

fn pending() -> PendingView {
    PendingView {
        id: node_id(),
        name: name("edge-vie-11"),
        waits_for: PendingKind::Recover,
        fingerprint: "SHA256:abc".into(),
        words: "amber-otter-violin-moss".into(),
        token: Some("ring2".into()),
        source_ip: Some("192.0.2.7".into()),
        since: AT,
        labels: labels(),
        hostname: Some("edge".into()),
        version: Some("1.2.0".into()),
    }
}

fn path() -> PathView {
    PathView {
        node: node_ref(),
        rung: "proxy".into(),
        proxy: Some("proxy.corp:3128".into()),
        address: Some("tun.example.eu:443".into()),
        source: "192.0.2.7".into(),
        rtt_ms: Some(28),
        since: AT,
        attempts: vec![PathTried {
            rung: "tls".into(),
            proxy: None,
            address: "tun.example.eu:443".into(),
            error: "192.0.2.9:443: no answer within 5s".into(),
            at: AT,
        }],
        through: None,
    }
}

fn whoami() -> WhoamiView {
    WhoamiView {
        operator: name("dana"),
        operator_id: OperatorId::from_random(77),
        roles: vec![name("admin")],
        server: "tunnel.example".into(),
        session: None,
        expires_at: Some(AT),
        seen_addresses: vec!["198.51.100.4".into()],
    }
}

fn reloaded() -> ReloadView {
    ReloadView {
        planned: true,
        applied: vec!["port_range".into(), "tls_cert".into()],
        restart: vec!["listen".into()],
        certificates: vec![CertificateView {
            name: "public tunnel.example".into(),
            expires_at: AT,
        }],
    }
}

fn server() -> ServerView {
    ServerView {
        name: "tunnel.example".into(),
        version: "0.1.0".into(),
        healthy: true,
        uptime_s: 60,
        listen: vec!["0.0.0.0:8443".into()],
        metrics: Some("127.0.0.1:9090".into()),
        port_range: (20_000, 20_999),
        ports: 1,
        fleet: FleetCounts { total: 6, online: 1, degraded: 1, stale: 1, offline: 2, locked: 1 },
        load: Load {
            tunnels: 2,
            up_bytes: 3,
            down_bytes: 4,
            up_bytes_per_s: 5,
            down_bytes_per_s: 6,
            cpu_ratio: Some(0.5),
            rss_bytes: Some(7),
            open_fds: Some(8),
            max_fds: None,
        },
        certificates: vec![CertificateView { name: "issuing".into(), expires_at: AT }],
        checks: vec![Check {
            id: "disk".into(),
            status: "warn".into(),
            message: "4 % free".into(),
        }],
        draining: false,
    }
}

fn event() -> AuditEvent {
    let actor = Actor { operator: Some("dana".into()), ..Actor::default() };
    let object =
        Object { kind: "node".into(), id: Some("n_a".into()), name: Some("gw-ber-014".into()) };
    AuditEvent {
        seq: 41,
        at: AT,
        entry: Entry::new("node.revoke", actor, object)
            .with("cut", 2u64)
            .with("forced", true)
            .with("why", "lost"),
        prev_hash: Digest([1; 32]),
        hash: Digest([2; 32]),
    }
}

fn event_of_a_run() -> AuditEvent {
    let mut event = event();
    event.entry.actor.request = Some("req_77abcdefghij".into());
    event
}

fn outcome() -> Outcome {
    Outcome {
        object: "node/web1".into(),
        name: "web1".into(),
        ok: false,
        planned: true,
        error: Some(refusal()),
        cut_tunnels: Some(2),
        last_byte_ms: Some(14),
        dropped_commands: None,
        audit: Some(41),
        cuts: vec![("dana".into(), 2)],
    }
}

fn more() -> More {
    More { next: Some("web2".into()), as_of: AT, total: Some(2) }
}

fn page() -> Page {
    Page { after: Some("web1".into()), limit: 200 }
}

fn intent() -> Intent {
    Intent { dry_run: true, reason: Some("ticket 42".into()) }
}

/// Samples with the name of their golden file.
pub type Samples<T> = Vec<(&'static str, T)>;

pub fn to_server() -> Samples<ToServer> {
    let returned = Returned { reason: DisconnectReason::PeerReset, down_ms: 4_000, tries: 3 };
    vec![
        (
            "to_server-hello",
            ToServer::Hello {
                hello: hello(),
                inventory: inventory(),
                allow: vec!["127.0.0.1:*".into()],
                returned: Some(returned),
                instance: Some(77),
                path: None,
                reverse: None,
            },
        ),
        (
            "to_server-hello-path",
            ToServer::Hello {
                hello: hello(),
                inventory: inventory(),
                allow: Vec::new(),
                returned: None,
                instance: None,
                path: Some(PathReport {
                    rung: "wss".into(),
                    proxy: Some("proxy.corp:3128".into()),
                    address: "tun.example.eu:443".into(),
                    attempts: vec![PathAttempt {
                        rung: "tls".into(),
                        proxy: None,
                        address: "tun.example.eu:443".into(),
                        error: "192.0.2.7:443: no answer within 5s".into(),
                        age_ms: 5_000,
                    }],
                }),
                reverse: None,
            },
        ),
        (
            "to_server-heartbeat",
            ToServer::Heartbeat {
                clock_ms: AT.0,
                echo: Some(3),
                spool_bytes: Some(0),
                nonce: None,
            },
        ),
        (
            "to_server-heartbeat-nonce",
            ToServer::Heartbeat { clock_ms: AT.0, echo: None, spool_bytes: None, nonce: Some(4) },
        ),
        ("to_server-renew", ToServer::Renew { csr: bytes(3, 40) }),
        (
            "to_server-tunnel_ended",
            ToServer::TunnelEnded {
                tunnel: tunnel_id(),
                up_bytes: 1,
                down_bytes: 2,
                reason: CloseReason::TargetClosed,
            },
        ),
        (
            "to_server-hello-reverse",
            ToServer::Hello {
                hello: hello(),
                inventory: inventory(),
                allow: Vec::new(),
                returned: None,
                instance: None,
                path: None,
                reverse: Some(vec!["127.0.0.1:9000".into()]),
            },
        ),
        ("to_server-allow", ToServer::Allow { allow: vec!["10.0.0.0/8:22".into()], reverse: None }),
        (
            "to_server-allow-reverse",
            ToServer::Allow { allow: Vec::new(), reverse: Some(vec!["127.0.0.1:9000".into()]) },
        ),
        ("to_server-bye", ToServer::Bye { reason: DisconnectReason::AgentStopped }),
        ("to_server-cut_done", ToServer::CutDone),
        ("to_server-kept", ToServer::Kept { renewal: 7 }),
        ("to_server-rotate", ToServer::Rotate { csr: bytes(3, 40) }),
        ("to_server-gateway", ToServer::Gateway { listen: vec!["192.168.7.1:7443".into()] }),
        ("to_server-leave", ToServer::Leave),
        ("to_server-trust_taken", ToServer::TrustTaken { number: 3 }),
    ]
}

pub fn to_agent() -> Samples<ToAgent> {
    vec![
        (
            "to_agent-welcome",
            ToAgent::Welcome {
                node: node_id(),
                name: name("gw-ber-014"),
                generation: Generation(9),
                hello: hello(),
                warm_lanes: 1,
                heartbeat_ms: 10_000,
                dead_after_ms: 24_000,
            },
        ),
        ("to_agent-refused", ToAgent::Refused(refusal())),
        (
            "to_agent-heartbeat",
            ToAgent::Heartbeat { nonce: 3, clock_ms: AT.0, rtt_us: Some(12_000) },
        ),
        ("to_agent-heard", ToAgent::Heard { nonce: 4 }),
        ("to_agent-open_lane", ToAgent::OpenLane { lane: LaneId(2) }),
        (
            "to_agent-renewed",
            ToAgent::Renewed { chain: vec![bytes(1, 9), bytes(2, 9)], trust: None },
        ),
        (
            "to_agent-renewed-trust",
            ToAgent::Renewed { chain: vec![bytes(1, 9)], trust: Some(bundle()) },
        ),
        ("to_agent-trust", ToAgent::Trust(offer())),
        ("to_agent-draining", ToAgent::Draining { retry_after_ms: 5_000 }),
        ("to_agent-bye", ToAgent::Bye { reason: DisconnectReason::Superseded }),
        ("to_agent-cut", ToAgent::Cut { tunnels: vec![tunnel_id()], reason: CloseReason::Revoked }),
        ("to_agent-narrow", ToAgent::Narrow { allow: Some(vec!["127.0.0.1:80".into()]) }),
        (
            "to_agent-limit",
            ToAgent::Limit {
                tunnels: vec![
                    TunnelEnd { tunnel: tunnel_id(), left_ms: Some(60_000) },
                    TunnelEnd { tunnel: tunnel_id(), left_ms: None },
                ],
            },
        ),
    ]
}

pub fn from_console() -> Samples<FromConsole> {
    let subscription = Subscription {
        nodes: true,
        tunnels: false,
        ports: true,
        server: true,
        audit_after: Some(40),
    };
    let mut all = vec![
        ("from_console-hello", FromConsole::Hello(hello())),
        (
            "from_console-hello-request",
            FromConsole::Hello(Hello { request: Some(RequestId::from_random(7)), ..hello() }),
        ),
        ("from_console-subscribe", FromConsole::Subscribe(subscription)),
        ("from_console-heartbeat", FromConsole::Heartbeat { nonce: 3 }),
        ("from_console-cut_done", FromConsole::CutDone { cut: 4 }),
        ("from_console-present", FromConsole::Present),
        ("from_console-trust_taken", FromConsole::TrustTaken { number: 3 }),
        ("from_console-follow", FromConsole::Follow(Followed::Own)),
        ("from_console-follow-port", FromConsole::Follow(Followed::To(OpenTo::Port(name("db"))))),
    ];
    all.extend(requests().into_iter().map(|(n, r)| (n, FromConsole::Request(Box::new(r)))));
    all
}

fn requests() -> Samples<Request> {
    let mut all = node_requests();
    all.extend(object_requests());
    all.extend(other_requests());
    all.extend(grants::requests());
    all.extend(policy::requests());
    all.extend(links::requests());
    all.extend(ca_requests());
    all
}

fn ca_requests() -> Samples<Request> {
    let signed = CaSigned { root: bytes(1, 9), issuing: bytes(2, 9), cross: Some(bytes(3, 9)) };
    let (kind, intent) = (Some(CaKind::Root), intent());
    let rotate =
        Request::CaRotate { kind, signed: Some(signed), force: true, intent: intent.clone() };
    vec![
        ("request-ca", Request::Ca),
        ("request-ca_prepare", Request::CaPrepare),
        ("request-ca_rotate", rotate),
        ("request-ca_rollback", Request::CaRollback(intent)),
        ("request-ca_crl", Request::CaCrl),
        ("request-reload", Request::Reload(self::intent())),
    ]
}

fn node_requests() -> Samples<Request> {
    let (node, intent) = (|| "web1".into(), intent());
    vec![
        ("request-whoami", Request::Whoami),
        ("request-node-path", Request::NodePath { node: "web1".into() }),
        ("request-server", Request::Server),
        ("request-nodes", Request::Nodes(page())),
        ("request-node", Request::Node(node())),
        ("request-reconnects", Request::Reconnects { node: node(), since: Some(AT) }),
        (
            "request-node_update",
            Request::NodeUpdate {
                node: node(),
                set: labels(),
                unset: vec!["gpu".into()],
                owner: Some("dana".into()),
                intent: intent.clone(),
            },
        ),
        (
            "request-node_rename",
            Request::NodeRename { node: node(), to: name("web2"), intent: intent.clone() },
        ),
        ("request-node_delete", Request::NodeDelete { node: node(), intent: intent.clone() }),
        ("request-node_revoke", Request::NodeRevoke { node: node(), intent }),
    ]
}

fn object_requests() -> Samples<Request> {
    let token = TokenSpec {
        name: name("ring2"),
        kind: TokenKind::Operator,
        uses: 1,
        ttl_ms: Some(1_800_000),
        labels: labels(),
        role: Some(name("admin")),
        secret_hash: bytes(7, 32),
        allow: vec!["127.0.0.1:80".into()],
        binding: binding(),
    };
    let change = TokenChange {
        uses: Some(40),
        ttl_ms: Some(3_600_000),
        set: labels(),
        unset: vec!["gpu".into()],
        name_pattern: Some("".into()),
        from: Some(vec!["192.0.2.0/24".into()]),
        require_approval: Some(false),
        min_version: Some("1.3.0".into()),
    };
    let port = PortSpec {
        name: name("pg"),
        nodes: vec!["web1".into()],
        target: target(),
        port: Some(20_001),
        on_drop: on_drop(),
        max_tunnels: Some(64),
        idle_ms: None,
        options: PortOptions::default(),
    };
    let chosen = PortSpec { options: options(), ..port.clone() };
    let rule = RuleSpec {
        effect: Effect::Deny,
        who: "anyone".into(),
        from: Some("0.0.0.0/0".into()),
        port: Some(name("pg")),
        until: Some(AT),
        before: Some("r_aaaa".into()),
        disabled: true,
        anyone_really: true,
        nodes: None,
        to: None,
        at: None,
    };
    vec![
        ("request-tokens", Request::Tokens(page())),
        ("request-token", Request::Token("ring2".into())),
        ("request-token_create", Request::TokenCreate { spec: token, intent: intent() }),
        (
            "request-token_update",
            Request::TokenUpdate { token: "ring2".into(), change, intent: intent() },
        ),
        ("request-token_revoke", Request::TokenRevoke { token: "ring2".into(), intent: intent() }),
        ("request-ports", Request::Ports(page())),
        ("request-port", Request::Port("pg".into())),
        ("request-port_create", Request::PortCreate { spec: port, intent: intent() }),
        ("request-port_create-options", Request::PortCreate { spec: chosen, intent: intent() }),
        ("request-port_delete", Request::PortDelete { port: "pg".into(), intent: intent() }),
        (
            "request-port_update",
            Request::PortUpdate {
                port: "pg".into(),
                change: Box::new(port_change()),
                intent: intent(),
            },
        ),
        (
            "request-port_update-nothing",
            Request::PortUpdate { port: "pg".into(), change: Box::default(), intent: intent() },
        ),
        ("request-probe", Request::Probe(OpenTo::Port(name("pg")))),
        (
            "request-port_enable",
            Request::PortEnable { port: "pg".into(), on: false, intent: intent() },
        ),
        ("request-rules", Request::Rules(page())),
        ("request-rule_create", Request::RuleCreate { spec: rule.clone(), intent: intent() }),
        (
            "request-rule_create-times",
            Request::RuleCreate {
                spec: RuleSpec {
                    port: None,
                    nodes: Some("site=ber".into()),
                    to: Some("*:22,443".into()),
                    at: Some("mon-fri 8-18 +02:00".into()),
                    ..rule
                },
                intent: intent(),
            },
        ),
        ("request-rule_delete", Request::RuleDelete { rule: "r_aaaa".into(), intent: intent() }),
    ]
}

fn other_requests() -> Samples<Request> {
    vec![
        (
            "request-tunnels",
            Request::Tunnels { page: page(), node: Some("web1".into()), who: Some("dana".into()) },
        ),
        ("request-tunnel", Request::Tunnel("t_aaaa".into())),
        ("request-tunnel_trace", Request::TunnelTrace("t_aaaa".into())),
        (
            "request-tunnel_close",
            Request::TunnelClose { tunnels: vec!["t_aaaa".into()], intent: intent() },
        ),
        (
            "request-audit",
            Request::Audit {
                after: Some(40),
                backwards: true,
                limit: 50,
                action: Some("node.".into()),
                since: Some(AT),
                until: Some(AT),
            },
        ),
        ("request-audit_get", Request::AuditGet("a_aaaa".into())),
        ("request-renew", Request::Renew { csr: bytes(3, 40) }),
        ("request-metrics", Request::Metrics),
        ("request-drain", Request::Drain { for_ms: 30_000, intent: intent() }),
        ("request-can_open", Request::CanOpen { node: "web1".into(), target: target() }),
        ("request-pending", Request::Pending(page())),
        (
            "request-pending_approve",
            Request::PendingApprove {
                node: "edge-vie-11".into(),
                fingerprint: Some("SHA256:abc".into()),
                intent: intent(),
            },
        ),
        (
            "request-pending_deny",
            Request::PendingDeny { node: "edge-vie-11".into(), intent: intent() },
        ),
        ("request-logout", Request::Logout(intent())),
    ]
}

pub fn to_console() -> Samples<ToConsole> {
    let welcome = ToConsole::Welcome {
        hello: hello(),
        connection: Generation(4),
        whoami: whoami(),
        trust: None,
    };
    let trusted = ToConsole::Welcome {
        hello: hello(),
        connection: Generation(4),
        whoami: whoami(),
        trust: Some(offer()),
    };
    let mut all = vec![
        ("to_console-welcome", welcome),
        ("to_console-welcome-trust", trusted),
        ("to_console-refused", ToConsole::Refused(refusal())),
        ("to_console-heartbeat", ToConsole::Heartbeat { nonce: 3, at: AT }),
        ("to_console-unsupported", ToConsole::Unsupported),
    ];
    let mut replies = replies();
    replies.extend(grants::replies());
    all.extend(replies.into_iter().map(|(n, r)| (n, ToConsole::Reply(Box::new(r)))));
    let mut pushes = pushes();
    pushes.extend(grants::pushes());
    all.extend(pushes.into_iter().map(|(n, p)| (n, ToConsole::Push(Box::new(p)))));
    all
}

fn replies() -> Samples<Reply> {
    let reconnect = Reconnect {
        at: AT,
        down_ms: 4_000,
        tries: Some(3),
        reason: Some(DisconnectReason::PeerReset),
        path: Some("tls".into()),
    };
    let mut all = vec![
        ("reply-whoami", Reply::Whoami(whoami())),
        ("reply-path", Reply::Path(path())),
        ("reply-path-through", Reply::Path(PathView { through: Some(vec![node_ref()]), ..path() })),
        ("reply-server", Reply::Server(server())),
        ("reply-nodes", Reply::Nodes(vec![node()], more())),
        ("reply-node", Reply::Node(node())),
        ("reply-reconnects", Reply::Reconnects(vec![reconnect])),
        ("reply-tokens", Reply::Tokens(vec![token()], more())),
        ("reply-tokens-uncollected", Reply::Tokens(vec![uncollected_token()], more())),
        (
            "reply-token",
            Reply::Token {
                token: token(),
                addresses: vec!["tunnel.example:8443".into()],
                ca_pin: bytes(9, 32),
            },
        ),
        ("reply-tunnels", Reply::Tunnels(vec![tunnel()], more())),
        ("reply-tunnel", Reply::Tunnel(tunnel())),
        ("reply-tunnel-traced", Reply::Tunnel(TunnelView { trace: Some(trace()), ..tunnel() })),
        ("reply-tunnel-share", Reply::Tunnel(share())),
        ("reply-ports", Reply::Ports(vec![port()], more())),
        ("reply-port", Reply::Port(port())),
        ("reply-port-options", Reply::Port(chosen_port())),
        ("reply-probe", Reply::Probe(Box::new(probe()))),
        ("reply-rules", Reply::Rules(vec![rule()], more())),
        ("reply-rule", Reply::Rule(rule())),
        (
            "reply-audit",
            Reply::Audit {
                events: vec![event()],
                scanned: 41,
                next: Some(41),
                head: 50,
                unseen: None,
            },
        ),
        ("reply-audit_event", Reply::AuditEvent(Box::new(event()))),
        ("reply-renewed", Reply::Renewed(vec![bytes(1, 9), bytes(2, 9)])),
        ("reply-metrics", Reply::Metrics("# HELP x y\n".to_owned())),
        ("reply-done", Reply::Done(vec![outcome()])),
        ("reply-can_open", Reply::CanOpen(Some(RuleId::from_random(3)))),
        ("reply-pending", Reply::Pending(vec![pending()], more())),
        ("reply-ca", Reply::Ca(Box::new(ca()))),
        ("reply-ca-due", Reply::Ca(Box::new(due_ca()))),
        ("reply-ca_prepared", Reply::CaPrepared { csr: bytes(1, 9), root: bytes(2, 9) }),
        ("reply-reloaded", Reply::Reloaded(reloaded())),
        ("reply-crl", Reply::Crl("-----BEGIN X509 CRL-----".to_owned())),
    ];
    all.extend(policy::replies());
    all.extend(links::replies());
    all
}

fn pushes() -> Samples<Push> {
    vec![
        (
            "push-nodes",
            Push::Nodes {
                revision: Revision(12),
                at: AT,
                changed: vec![node()],
                gone: vec![node_id()],
                complete: true,
            },
        ),
        (
            "push-tunnels",
            Push::Tunnels {
                at: AT,
                changed: vec![tunnel()],
                gone: vec![tunnel_id()],
                complete: false,
            },
        ),
        ("push-ports", Push::Ports { at: AT, ports: vec![port()], more: None }),
        ("push-ports-more", Push::Ports { at: AT, ports: vec![port()], more: Some(true) }),
        ("push-server", Push::Server(server())),
        ("push-audit", Push::Audit(vec![event()])),
        ("push-audit-request", Push::Audit(vec![event_of_a_run()])),
        ("push-resync", Push::Resync),
        (
            "push-cut",
            Push::Cut { cut: 4, tunnels: vec![tunnel_id()], reason: CloseReason::RuleChanged },
        ),
        ("push-draining", Push::Draining { retry_after_ms: 5_000 }),
        ("push-trust", Push::Trust(offer())),
        ("push-seen", Push::Seen { at: AT, nodes: vec![Seen { node: node_id(), at: AT }] }),
    ]
}

pub fn enrol_requests() -> Samples<ToEnrol> {
    let full = EnrolRequest {
        hello: hello(),
        secret: bytes(5, 32),
        csr: bytes(6, 40),
        name: Some(name("web1")),
        labels: Some(labels()),
        inventory: Some(inventory()),
    };
    let bare = EnrolRequest { name: None, labels: None, inventory: None, ..full.clone() };
    vec![
        ("enrol_request-full", ToEnrol::Enrol(full)),
        ("enrol_request-bare", ToEnrol::Enrol(bare)),
        (
            "enrol_request-recover",
            ToEnrol::Recover { hello: hello(), chain: vec![bytes(1, 9), bytes(2, 9)] },
        ),
        ("enrol_request-proof", ToEnrol::Proof { csr: bytes(6, 40), signature: bytes(4, 70) }),
    ]
}

pub fn enrol_replies() -> Samples<EnrolReply> {
    let chain = || vec![bytes(1, 9), bytes(2, 9)];
    vec![
        (
            "enrol_reply-node",
            EnrolReply::Node {
                id: node_id(),
                name: name("web1"),
                labels: Labels::new(BTreeMap::new()).unwrap(),
                chain: chain(),
                trust: bundle(),
            },
        ),
        (
            "enrol_reply-operator",
            EnrolReply::Operator {
                id: OperatorId::from_random(77),
                name: name("dana"),
                chain: chain(),
                trust: bundle(),
            },
        ),
        ("enrol_reply-refused", EnrolReply::Refused(refusal())),
        ("enrol_reply-pending", EnrolReply::Pending { name: name("web1"), retry_after_ms: 2_000 }),
        ("enrol_reply-revoked", EnrolReply::Revoked),
        ("enrol_reply-challenge", EnrolReply::Challenge(bytes(5, 32))),
        ("enrol_reply-recovered", EnrolReply::Recovered { chain: chain(), trust: bundle() }),
    ]
}

pub fn operator_opens() -> Samples<OperatorOpen> {
    let node = OperatorOpen {
        to: OpenTo::Node { node: "web1".into(), target: target() },
        kind: TunnelType::Socks,
        note: Some("ticket 42".into()),
        idle_ms: Some(600_000),
        max_ms: Some(3_600_000),
        wait_ms: None,
        compress: None,
        trace: None,
    };
    let traced = OperatorOpen { trace: Some(true), ..node.clone() };
    let port = OperatorOpen { to: OpenTo::Port(name("pg")), ..node.clone() };
    let listen = OpenTo::Listen { node: "web1".into(), at: target() };
    let listen = OperatorOpen { to: listen, kind: TunnelType::Reverse, ..node.clone() };
    let arrival = OpenTo::Arrival { listener: tunnel_id(), number: 7 };
    let arrival = OperatorOpen { to: arrival, ..listen.clone() };
    let via = vec!["gw-a".into(), "gw-b".into()];
    let through = OpenTo::Through { node: "web1".into(), target: target(), via };
    let through = OperatorOpen { to: through, ..node.clone() };
    let packed = OperatorOpen { compress: Some(Compress::Zstd), ..node.clone() };
    let share = OpenTo::Share {
        from: vec!["203.0.113.0/24".into()],
        anyone_really: false,
        for_ms: 7_200_000,
        again: Some(20_234),
    };
    let share = OperatorOpen { to: share, kind: TunnelType::Share, ..node.clone() };
    vec![
        ("operator_open-share", share),
        ("operator_open-zstd", packed),
        ("operator_open-trace", traced),
        ("operator_open-node", node),
        ("operator_open-port", port),
        ("operator_open-listen", listen),
        ("operator_open-arrival", arrival),
        ("operator_open-through", through),
    ]
}

pub fn agent_opens() -> Samples<AgentOpen> {
    let open = AgentOpen {
        tunnel: tunnel_id(),
        target: target(),
        kind: TunnelType::Port,
        dial_ms: 10_000,
        max_ms: Some(3_600_000),
        at_node: None,
        compress: None,
    };
    let socket = AgentOpen {
        target: Target { host: "unix:/var/run/docker.sock".to_owned(), port: 0 },
        ..open.clone()
    };
    let listen =
        AgentOpen { kind: TunnelType::Reverse, at_node: Some(AtNode::Listen), ..open.clone() };
    let take = AtNode::Take { listener: tunnel_id(), number: 7 };
    let take = AgentOpen { at_node: Some(take), ..listen.clone() };
    let packed = AgentOpen { compress: Some(Compress::Zstd), ..open.clone() };
    vec![
        ("agent_open-zstd", packed),
        ("agent_open", open),
        ("agent_open-unix", socket),
        ("agent_open-listen", listen),
        ("agent_open-take", take),
    ]
}

pub fn answers() -> Samples<Answer> {
    let opened = Opened {
        tunnel: tunnel_id(),
        node: Some(node_id()),
        node_name: Some(name("web1")),
        rule: Some(RuleId::from_random(3)),
        address: Some("10.0.0.1:5432".into()),
        connect_ms: 4,
        compress: None,
        resolve_us: None,
        dial_us: None,
        trace: None,
        left_ms: None,
    };
    let shared = Opened {
        node: None,
        node_name: None,
        rule: None,
        address: Some("tun.example:20234".into()),
        left_ms: Some(3_600_000),
        ..opened.clone()
    };
    let timed = Opened { resolve_us: Some(900), dial_us: Some(3_100), ..opened.clone() };
    let traced = Opened { trace: Some(trace()), ..opened.clone() };
    let refused = |after_us, trace| {
        let (reason, refusal) = (CloseReason::TargetNotAllowed, refusal());
        Answer::Refused { reason, refusal, after_us, trace }
    };
    vec![
        ("answer-opened", Answer::Opened(opened)),
        ("answer-shared", Answer::Opened(shared)),
        ("answer-opened-timed", Answer::Opened(timed)),
        ("answer-opened-traced", Answer::Opened(traced)),
        ("answer-refused", refused(None, None)),
        ("answer-refused-timed", refused(Some(250), None)),
        ("answer-refused-traced", refused(None, Some(trace()))),
    ]
}

pub fn lane_hellos() -> Samples<LaneHello> {
    vec![("lane_hello", LaneHello { hello: hello(), generation: Generation(9), lane: LaneId(2) })]
}

pub fn lane_welcomes() -> Samples<LaneWelcome> {
    vec![
        ("lane_welcome-ok", LaneWelcome::Ok),
        ("lane_welcome-refused", LaneWelcome::Refused(refusal())),
    ]
}
