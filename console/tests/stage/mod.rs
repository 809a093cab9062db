//! A console without terminal and server: a fleet to look at, keys to press, cells to read.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod access;

use console::tui::app::{App, Caution, Manner, Permit, Start};
use console::tui::data::batch::Batch;
use console::tui::data::link::{Link, LinkNews, Stop};
use console::tui::effect::Effect;
use console::tui::glyph::Glyphs;
use console::tui::msg::{Answer, Msg, Now};
use console::tui::screens;
use console::tui::state::Saved;
use console::tui::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use std::time::Duration;
use wire::message::operator::{Outcome, Push, Reply, Request};
use wire::message::tunnel::TunnelType;
use wire::message::view::{
    Closed, FleetCounts, Inventory, Load, NodeRef, NodeState, NodeView, ServerView, StateReason,
    TunnelState, TunnelView, Who, WhoamiView,
};
use wire::{
    CloseReason, DisconnectReason, Generation, Labels, NodeId, OperatorId, Revision, RuleId,
    SafeText, TunnelId, UnixMs,
};

/// 2026-08-21T14:02:31Z
pub(crate) const WALL: UnixMs = UnixMs(1_787_320_951_000);

/// A console and its time.
pub(crate) struct Stage {
    pub(crate) app: App,
    pub(crate) now: Now,
}

impl Stage {
    /// A console of this size that knows nothing.
    pub(crate) fn new(width: u16, height: u16) -> Self {
        Self::with(width, height, Link::default(), Theme::Terminal, Glyphs::Unicode)
    }

    pub(crate) fn with(width: u16, height: u16, link: Link, theme: Theme, glyphs: Glyphs) -> Self {
        let now = Now { mono: Duration::from_secs(100), wall: WALL };
        let start = Start {
            context: "prod-eu".to_owned(),
            link,
            size: (width, height),
            screen: None,
            filter: None,
            theme,
            glyphs,
            permit: Permit::All,
            caution: Caution::Usual,
            manner: Manner::Full,
            saved: Saved::default(),
            keep_state: false,
        };
        Self { app: App::new(now, start), now }
    }

    /// A console that shows the fleet of the mock-ups, live.
    pub(crate) fn live(width: u16, height: u16) -> Self {
        let mut stage = Self::new(width, height);
        stage.go_live();
        stage
    }

    pub(crate) fn go_live(&mut self) {
        self.send(Msg::Link(connected()));
        self.send(Msg::Data(Box::new(full(fleet(), streams(0, WALL), WALL))));
        for second in 1..=6 {
            self.wait(1000);
            let mut batch = Batch::default();
            batch.push(Push::Tunnels {
                at: self.now.wall,
                changed: streams(second, self.now.wall),
                gone: vec![],
                complete: false,
            });
            batch.push(Push::Server(server()));
            self.send(Msg::Data(Box::new(batch)));
            self.send(Msg::Link(LinkNews::Heard { rtt_ms: Some(18) }));
        }
    }

    pub(crate) fn send(&mut self, msg: Msg) -> Vec<Effect> {
        self.app.update(self.now, msg)
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, ms: u64) -> Vec<Effect> {
        self.now.mono += Duration::from_millis(ms);
        self.now.wall = UnixMs(self.now.wall.0 + ms);
        self.send(Msg::Due)
    }

    /// Presses keys by name, separated by spaces.
    pub(crate) fn press(&mut self, keys: &str) -> Vec<Effect> {
        keys.split(' ').flat_map(|key| self.send(Msg::Key(key.parse().unwrap()))).collect()
    }

    /// Types a text.
    pub(crate) fn type_in(&mut self, text: &str) -> Vec<Effect> {
        text.chars()
            .flat_map(|c| {
                let key = if c == ' ' { "space".to_owned() } else { c.to_string() };
                self.press(&key)
            })
            .collect()
    }

    pub(crate) fn offline(&mut self) {
        self.send(Msg::Link(LinkNews::Down {
            cause: "server unreachable (timeout)".to_owned(),
            next_try: 7,
            wait_ms: 5900,
        }));
    }

    /// Answers a question to the server.
    pub(crate) fn reply(&mut self, effects: &[Effect], reply: Reply) -> Vec<Effect> {
        let job = effects
            .iter()
            .find_map(|e| match e {
                Effect::Ask { job, .. } => Some(*job),
                _ => None,
            })
            .expect("the server was asked");
        self.send(Msg::Done { job, answer: Answer::Reply(Box::new(reply)) })
    }

    /// What is on the screen.
    pub(crate) fn buffer(&self) -> Buffer {
        let (width, height) = self.app.ui.size;
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        screens::draw(&self.app, self.now, &mut buf);
        buf
    }

    /// The text plane.
    pub(crate) fn text(&self) -> String {
        rows(&self.buffer()).join("\n")
    }

    /// Both planes: text, and one letter per cell for how it looks.
    pub(crate) fn planes(&self) -> String {
        let buf = self.buffer();
        let (theme, width) = (self.app.ui.theme, usize::from(buf.area.width));
        let styles: Vec<String> = buf
            .content
            .chunks(width)
            .map(|row| {
                row.iter().map(|cell| look(cell, theme)).collect::<String>().trim_end().to_owned()
            })
            .collect();
        format!("{}\n--- style ---\n{}", rows(&buf).join("\n"), styles.join("\n"))
    }
}

pub(crate) fn rows(buf: &Buffer) -> Vec<String> {
    let width = usize::from(buf.area.width);
    buf.content
        .chunks(width)
        .map(|row| {
            let mut line = String::new();
            let mut skip = 0;
            for cell in row {
                if skip == 0 {
                    line.push_str(cell.symbol());
                    skip = usize::from(console::tui::widgets::frame::width(cell.symbol()));
                }
                skip = skip.saturating_sub(1);
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// `c` colour of state, `b` bold, `d` dim, `r` reversed, `u` underlined, ` ` nothing.
fn look(cell: &ratatui::buffer::Cell, theme: Theme) -> char {
    let style = cell.style();
    let has = |m| style.add_modifier.contains(m);
    if has(Modifier::REVERSED) {
        return 'R';
    }
    let role = Role::ALL.iter().find(|(role, _)| {
        let want = theme.style(*role);
        want.fg.is_some() && want.fg == style.fg
    });
    match role {
        Some((_, letter)) if cell.symbol() != " " => *letter,
        _ if cell.symbol() == " " => ' ',
        _ if has(Modifier::UNDERLINED) => '_',
        _ if has(Modifier::BOLD) => 't',
        _ if has(Modifier::DIM) => 'd',
        _ => '.',
    }
}

pub(crate) fn connected() -> LinkNews {
    LinkNews::Connected { who: Box::new(whoami()), version: "1.9.0".to_owned() }
}

pub(crate) fn whoami() -> WhoamiView {
    WhoamiView {
        operator: "mira".parse().unwrap(),
        operator_id: OperatorId::from_random(7),
        roles: vec!["admin".parse().unwrap()],
        server: "tun.example.eu".into(),
        session: None,
        expires_at: None,
        seen_addresses: vec![],
    }
}

pub(crate) fn not_set_up() -> Link {
    Link::not_set_up(
        "no context \"prod-eu\": run tunnelctl enroll with an operator's token".to_owned(),
    )
}

pub(crate) fn stopped(stage: &mut Stage, why: Stop) {
    stage
        .send(Msg::Link(LinkNews::Stopped { why, cause: "the certificate is revoked".to_owned() }));
}

pub(crate) fn full(nodes: Vec<NodeView>, tunnels: Vec<TunnelView>, at: UnixMs) -> Batch {
    let mut batch = Batch::default();
    batch.restart();
    batch.push(Push::Nodes {
        revision: Revision(1),
        at,
        changed: nodes,
        gone: vec![],
        complete: true,
    });
    batch.push(Push::Tunnels { at, changed: tunnels, gone: vec![], complete: true });
    batch.push(Push::Server(server()));
    batch
}

pub(crate) fn server() -> ServerView {
    ServerView {
        name: "tun.example.eu".into(),
        version: "1.9.0".into(),
        healthy: true,
        uptime_s: 1_000_000,
        listen: vec![],
        metrics: None,
        port_range: (20000, 29999),
        ports: 0,
        fleet: FleetCounts::default(),
        load: Load { up_bytes_per_s: 84_100_000, down_bytes_per_s: 412_000_000, ..Load::default() },
        certificates: vec![],
        checks: vec![],
        draining: false,
    }
}

pub(crate) fn node(at: u64, name: &str, state: NodeState, labels: &str) -> NodeView {
    let pairs =
        labels.split(' ').filter(|l| !l.is_empty()).map(|l| Labels::pair(l).unwrap()).collect();
    let up = state.is_connected() || state == NodeState::Locked;
    NodeView {
        id: NodeId::from_random(at.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        name: name.parse().unwrap(),
        state,
        reasons: vec![],
        labels: Labels::new(pairs).unwrap(),
        version: Some("1.9.0".into()),
        exit_ip: Some(SafeText::clean(&format!("91.12.44.{at}"))),
        rtt_p50_ms: up.then_some(10 + at),
        rtt_p95_ms: up.then_some(20 + at),
        uptime_24h_ratio: Some(0.977),
        health: vec![Some(1.0); 12],
        reconnects_24h: 0,
        tunnels: 0,
        up_bytes: 0,
        down_bytes: 0,
        up_bytes_per_s: 0,
        down_bytes_per_s: 0,
        last_seen: Some(UnixMs(WALL.0 + 5000)),
        disconnect_reason: None,
        generation: Generation(3),
        enrolled_at: UnixMs(WALL.0 - 86_400_000),
        certificate_expires_at: Some(UnixMs(WALL.0 + 41 * 86_400_000)),
        owner: Some("netops".into()),
        path: Some("tls".into()),
        inventory: Inventory {
            hostname: Some("gw.local".into()),
            os: Some("debian 12".into()),
            arch: Some("x86_64".into()),
            ..Inventory::default()
        },
        facts: vec![],
        allow: vec![],
        reverse: None,
    }
}

/// Nodes of the mock-up: lost, degraded, locked and busy ones.
pub(crate) fn fleet() -> Vec<NodeView> {
    let mut nodes = vec![
        node(1, "cam-ham-117", NodeState::Offline, "cam site=ham ring=2"),
        node(2, "kiosk-cdg-041", NodeState::Stale, "kiosk site=cdg"),
        node(3, "gw-ber-014", NodeState::Degraded, "gw site=ber ring=1"),
        node(4, "edge-vie-08", NodeState::Degraded, "edge site=vie ring=2"),
        node(5, "gw-par-002", NodeState::Locked, "gw site=par"),
        node(6, "gw-ber-022", NodeState::Online, "gw site=ber ring=1"),
        node(7, "gw-ber-023", NodeState::Online, "gw site=ber ring=1"),
        node(8, "gw-ams-001", NodeState::Online, "gw site=ams ring=1"),
        node(9, "lab-zrh-2", NodeState::Online, "lab site=zrh"),
    ];
    nodes[0].last_seen = Some(UnixMs(WALL.0 - 47 * 60_000));
    nodes[0].disconnect_reason = Some(DisconnectReason::KeepaliveTimeout);
    nodes[0].reconnects_24h = 14;
    nodes[0].health[8..].copy_from_slice(&[Some(0.4), Some(0.0), Some(0.0), Some(0.0)]);
    nodes[1].last_seen = Some(UnixMs(WALL.0 - 40_000));
    nodes[2].rtt_p50_ms = Some(212);
    nodes[2].reasons = vec![StateReason {
        code: "rtt_p50".into(),
        value_ms: Some(212),
        limit_ms: Some(150),
        since: UnixMs(WALL.0 - 22 * 60_000),
    }];
    nodes[2].reconnects_24h = 9;
    for (at, tunnels, up, down) in [
        (2, 4, 1_200_000, 18_400_000),
        (5, 12, 9_100_000, 88_200_000),
        (7, 9, 12_800_000, 61_700_000),
    ] {
        nodes[at].tunnels = tunnels;
        nodes[at].up_bytes_per_s = up;
        nodes[at].down_bytes_per_s = down;
    }
    nodes
}

pub(crate) fn stream(
    at: u64,
    node_at: usize,
    target: &str,
    who: &str,
    state: TunnelState,
) -> TunnelView {
    let node = &fleet()[node_at];
    TunnelView {
        id: TunnelId::from_random(at.wrapping_mul(0x5851_f42d_4c95_7f2d)),
        node: Some(NodeRef { id: node.id, name: node.name.clone() }),
        target: target.parse().unwrap(),
        who: Who {
            operator: Some(who.parse().unwrap()),
            session: None,
            role: None,
            source_ip: Some("10.8.0.14".into()),
            guest: None,
            node: None,
        },
        kind: TunnelType::Forward,
        rule: Some(RuleId::from_random(12)),
        port: None,
        state,
        opened_at: UnixMs(WALL.0 - at * 600_000),
        connect_ms: Some(24),
        first_byte_ms: Some(31),
        up_bytes: 0,
        down_bytes: 0,
        up_bytes_per_s: 0,
        down_bytes_per_s: 0,
        idle_ms: 0,
        note: None,
        closed: None,
        listener: None,
        compression: None,
        link: None,
        trace: None,
    }
}

/// Streams of the mock-up at a second of their life.
pub(crate) fn streams(second: u64, at: UnixMs) -> Vec<TunnelView> {
    let mut rows = vec![
        stream(1, 5, "10.20.6.2:443", "ci-bot", TunnelState::Flowing),
        stream(2, 7, "172.16.3.9:8443", "ana", TunnelState::Flowing),
        stream(3, 2, "10.20.4.11:5432", "mira", TunnelState::Flowing),
        stream(4, 2, "10.20.4.30:22", "jon", TunnelState::Idle),
        stream(5, 3, "10.60.0.9:443", "ci-bot", TunnelState::Stalled),
        stream(6, 8, "10.44.1.2:22", "jon", TunnelState::Opening),
        stream(7, 0, "127.0.0.1:554", "vms", TunnelState::Closed),
    ];
    for (row, up, down) in
        [(0, 8_800_000, 81_200_000), (1, 2_100_000, 44_000_000), (2, 1_100_000, 18_100_000)]
    {
        rows[row].up_bytes = 1_000_000_000 + second * up;
        rows[row].down_bytes = 9_000_000_000 + second * down;
    }
    rows[3].idle_ms = 300_000;
    rows[4].idle_ms = 8000;
    rows[6].kind = TunnelType::Reverse;
    rows[6].closed = Some(Closed {
        at: UnixMs(at.0 - 3000),
        reason: CloseReason::NodeLost,
        by: "server".into(),
    });
    rows
}

/// The one request among effects.
pub(crate) fn asked(effects: &[Effect]) -> Option<&Request> {
    effects.iter().find_map(|e| match e {
        Effect::Ask { request, .. } => Some(request.as_ref()),
        _ => None,
    })
}

/// Whether any of the effects changes something on the server.
pub(crate) fn destroys(effects: &[Effect]) -> bool {
    effects.iter().any(|e| match e {
        Effect::Ask { request, .. } => plans(request) == Some(false),
        _ => false,
    })
}

/// Of a change: whether it is only planned.
pub(crate) fn plans(request: &Request) -> Option<bool> {
    match request {
        Request::NodeRevoke { intent, .. }
        | Request::TunnelClose { intent, .. }
        | Request::NodeDelete { intent, .. }
        | Request::SessionEnd { intent, .. }
        | Request::SessionRevoke { intent, .. }
        | Request::GuestDelete { intent, .. }
        | Request::GuestRevoke { intent, .. }
        | Request::OperatorRevoke { intent, .. }
        | Request::Lock { intent, .. }
        | Request::Unlock { intent, .. }
        | Request::PendingApprove { intent, .. }
        | Request::PendingDeny { intent, .. } => Some(intent.dry_run),
        _ => None,
    }
}

pub(crate) fn outcome(cuts: &[(&str, u32)]) -> Reply {
    Reply::Done(vec![Outcome {
        object: "node/gw-ber-014".into(),
        name: "gw-ber-014".into(),
        ok: true,
        planned: true,
        error: None,
        cut_tunnels: Some(cuts.iter().map(|(_, n)| n).sum()),
        last_byte_ms: Some(3),
        dropped_commands: None,
        audit: Some(1),
        cuts: cuts.iter().map(|(who, n)| (SafeText::from(*who), *n)).collect(),
    }])
}
