//! What Access shows on the stage: one of everything.

use super::{Stage, WALL, fleet};
use console::tui::data::access::{Fetched, Row, Tab};
use console::tui::data::batch::Batch;
use console::tui::msg::Msg;
use wire::message::view::{
    Admits, DropMode, Effect, GuestState, GuestView, LockKind, LockMode, LockState, LockView,
    NodeRef, OnDrop, PendingKind, PendingView, Permission, PortOptions, PortState, PortView,
    PublicAddress, RoleView, RuleState, RuleView, SessionKind, SessionPort, SessionState,
    SessionView,
};
use wire::{GuestId, Labels, LockId, NodeId, PortId, RuleId, SafeText, SessionId, UnixMs};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

fn spread(at: u64) -> u64 {
    at.wrapping_mul(0x2545_f491_4f6c_dd1d)
}

fn later(ms: u64) -> UnixMs {
    UnixMs(WALL.0 + ms)
}

fn ago(ms: u64) -> UnixMs {
    UnixMs(WALL.0 - ms)
}

fn texts(all: &[&str]) -> Vec<SafeText> {
    all.iter().map(|text| SafeText::from(*text)).collect()
}

fn public(port: u16) -> PublicAddress {
    PublicAddress { host: "tun.example.eu".into(), port }
}

pub(crate) fn session(
    at: u64,
    who: &str,
    kind: SessionKind,
    from: &[&str],
    ends_in: u64,
) -> SessionView {
    SessionView {
        id: SessionId::from_random(spread(at)),
        session_kind: kind,
        operator: who.into(),
        role: Some("netops".into()),
        from: texts(from),
        auto: kind == SessionKind::Access,
        auth: "certificate".into(),
        ports: Vec::new(),
        started_at: ago(at * 20 * MINUTE),
        expires_at: Some(later(ends_in)),
        idle_ms: None,
        tunnels: 0,
        up_bytes_per_s: 0,
        down_bytes_per_s: 0,
        state: if ends_in < 10 * MINUTE { SessionState::Expiring } else { SessionState::Active },
        locked: None,
        ended_at: None,
        reason: None,
    }
}

fn sessions() -> Vec<SessionView> {
    let (login, access) = (SessionKind::Login, SessionKind::Access);
    let mut all = vec![
        session(1, "mira", login, &["10.8.0.14"], 5 * HOUR + 40 * MINUTE),
        session(2, "ci-bot", login, &["52.28.9.7"], 19 * MINUTE),
        session(3, "ana", access, &["203.0.113.7/32", "2001:db8::7/128"], 8 * MINUTE),
        session(4, "mira", access, &["198.51.100.20/32"], 2 * HOUR),
        session(5, "tom", access, &["198.51.100.7/32"], 4 * HOUR),
    ];
    (all[0].tunnels, all[0].down_bytes_per_s, all[0].idle_ms) = (1, 18_100_000, Some(0));
    (all[1].tunnels, all[1].down_bytes_per_s, all[1].idle_ms) = (2, 81_500_000, Some(2000));
    all[3].ports = vec![SessionPort {
        name: "production-db".parse().unwrap(),
        public: public(20234),
        nodes: vec!["gw-ber-022".parse().unwrap()],
        target: "10.0.1.50:5432".parse().unwrap(),
    }];
    all[2].ports = all[3].ports.clone();
    all[2].reason = Some("INC-4411".into());
    all[4].state = SessionState::Revoked;
    all[4].ended_at = Some(ago(5 * MINUTE));
    all
}

fn port(at: u64, name: &str, number: u16, node: usize, target: &str, state: PortState) -> PortView {
    let node = &fleet()[node];
    PortView {
        id: PortId::from_random(spread(at)),
        name: name.parse().unwrap(),
        public: public(number),
        nodes: vec![NodeRef { id: node.id, name: node.name.clone() }],
        target: target.parse().unwrap(),
        on_drop: OnDrop { mode: DropMode::Hold, hold_ms: Some(10_000) },
        admits: Admits::default(),
        tunnels: 0,
        waiting: 0,
        up_bytes: 0,
        down_bytes: 0,
        state,
        fault: None,
        max_tunnels: None,
        idle_ms: None,
        created_at: ago(24 * HOUR),
        options: PortOptions::default(),
        reason: None,
        compression: None,
    }
}

fn ports(second: u64) -> Vec<PortView> {
    let mut all = vec![
        port(1, "production-db", 20234, 5, "10.0.1.50:5432", PortState::Serving),
        port(2, "cache", 20235, 0, "10.0.1.51:6379", PortState::Holding),
        port(3, "old-api", 20236, 6, "10.0.1.52:8080", PortState::Disabled),
    ];
    all[0].admits = Admits { sessions: 2, rules: 1, guests: 0 };
    (all[0].tunnels, all[0].max_tunnels) = (3, Some(20));
    (all[0].up_bytes, all[0].down_bytes) = (50_000 * second, 1_200_000 * second);
    all[1].admits = Admits { guests: 1, ..Admits::default() };
    (all[1].waiting, all[1].reason) = (2, Some("cam-ham-117 lost 4s".into()));
    all
}

fn rule(at: u32, effect: Effect, who: &str, port: Option<&str>) -> RuleView {
    RuleView {
        id: RuleId::from_random(spread(at.into())),
        effect,
        who: who.into(),
        from: Some("10.8.0.0/16".into()),
        nodes: port.is_none().then(|| "site=ber".into()),
        to: port.is_none().then(|| "10.20.0.0/16:22,443".into()),
        port: port.map(|name| name.parse().unwrap()),
        at: None,
        until: None,
        state: RuleState::On,
        order: at,
        hits: u64::from(at) * 88,
    }
}

fn rules() -> Vec<RuleView> {
    let mut all = vec![
        rule(1, Effect::Allow, "role:netops", None),
        rule(2, Effect::Allow, "anyone", Some("production-db")),
        rule(3, Effect::Allow, "mira", None),
        rule(4, Effect::Deny, "anyone", None),
    ];
    all[2].until = Some(later(54 * MINUTE));
    all[2].at = Some("Mon-Fri 08:00-18:00".into());
    (all[3].from, all[3].nodes, all[3].to) = (None, None, None);
    all
}

fn guests() -> Vec<GuestView> {
    let guest = |at: u64, name: &str, state| GuestView {
        id: GuestId::from_random(spread(at)),
        name: name.parse().unwrap(),
        port: Some("cache".parse().unwrap()),
        from: texts(&["203.0.113.9/32"]),
        reason: Some("vendor visit".into()),
        by: Some(if at == 1 { "mira".into() } else { "ana".into() }),
        created_at: ago(30 * MINUTE),
        expires_at: later(38 * MINUTE),
        tunnels: 0,
        state,
        locked: None,
        node: None,
        target: None,
        public: None,
    };
    vec![guest(1, "lee", GuestState::Active), guest(2, "kim", GuestState::Revoked)]
}

fn locks() -> Vec<LockView> {
    let lock = |at: u64, kind, object: &str, state| LockView {
        id: LockId::from_random(spread(at)),
        object_kind: kind,
        object_id: Some(format!("x_{object}").as_str().into()),
        object: object.into(),
        mode: LockMode::Cut,
        reason: "INC-4402".into(),
        by: Some("ana".into()),
        created_at: ago(at * 20 * MINUTE),
        until: (at == 1).then(|| later(3 * HOUR)),
        ended_at: (state == LockState::Ended).then(|| ago(MINUTE)),
        state,
    };
    vec![
        lock(1, LockKind::Node, "gw-par-002", LockState::Active),
        lock(2, LockKind::Operator, "tom", LockState::Active),
        lock(3, LockKind::Port, "cache", LockState::Ended),
    ]
}

fn roles() -> Vec<RoleView> {
    let role = |name: &str, permissions: &[Permission], operators| RoleView {
        name: name.parse().unwrap(),
        permissions: permissions.to_vec(),
        max_session_ms: Some(8 * HOUR),
        built_in: operators == 1,
        operators,
    };
    vec![
        role("admin", Permission::ALL, 1),
        role("netops", &[Permission::NodesRead, Permission::TunnelsOpen], 4),
    ]
}

fn pending() -> Vec<PendingView> {
    vec![PendingView {
        id: NodeId::from_random(spread(77)),
        name: "edge-vie-11".parse().unwrap(),
        waits_for: PendingKind::Enroll,
        fingerprint: "SHA256:9f2ac1".into(),
        words: "amber falcon river stone".into(),
        token: Some("tok_8e02".into()),
        source_ip: Some("46.75.1.90".into()),
        since: ago(2 * MINUTE),
        labels: Labels::default(),
        hostname: Some("vie11".into()),
        version: Some("1.9.0".into()),
    }]
}

/// Everything, at a second of its life.
pub(crate) fn all(second: u64, at: UnixMs) -> Batch {
    fn rows<T>(at: UnixMs, all: Vec<T>, row: fn(T) -> Row) -> Fetched {
        Fetched { at, rows: Ok(all.into_iter().map(row).collect()) }
    }
    let mut batch = Batch::default();
    let mut put = |tab, fetched| drop(batch.access.insert(tab, fetched));
    put(Tab::Sessions, rows(at, sessions(), |row| Row::Session(Box::new(row))));
    put(Tab::Ports, rows(at, ports(second), |row| Row::Port(Box::new(row))));
    put(Tab::Roles, rows(at, roles(), Row::Role));
    put(Tab::Rules, rows(at, rules(), |row| Row::Rule(Box::new(row))));
    put(Tab::Guests, rows(at, guests(), |row| Row::Guest(Box::new(row))));
    put(Tab::Locks, rows(at, locks(), |row| Row::Lock(Box::new(row))));
    put(Tab::Pending, rows(at, pending(), |row| Row::Pending(Box::new(row))));
    batch
}

impl Stage {
    /// A console on a tab of Access, live.
    pub(crate) fn access(width: u16, height: u16, tab: Tab) -> Self {
        let mut stage = Self::live(width, height);
        stage.go_access(tab);
        stage
    }

    /// Goes to a tab of Access, where everything has come.
    pub(crate) fn go_access(&mut self, tab: Tab) {
        self.press("3");
        for second in 1..=3 {
            self.wait(1000);
            let batch = all(second, self.now.wall);
            self.send(Msg::Data(Box::new(batch)));
        }
        while self.app.ui.access.tab != tab {
            self.press("tab");
        }
    }

    /// One tab's rows as the server has them now.
    pub(crate) fn tell(&mut self, tab: Tab, rows: Result<Vec<Row>, String>) {
        let mut batch = Batch::default();
        batch.access.insert(tab, Fetched { at: self.now.wall, rows });
        self.send(Msg::Data(Box::new(batch)));
    }

    /// Puts the cursor on the row of this name or operator.
    pub(crate) fn on(&mut self, name: &str) {
        self.press("g g");
        for _ in 0..20 {
            if self.app.access_row().is_some_and(|row| row.name() == name || row.who() == name) {
                return;
            }
            self.press("j");
        }
        panic!("{name} is not shown");
    }
}
