//! Fleet: the nodes, their health and traffic, and the pulse of the whole.

use super::chrome;
use super::empty;
use super::layout::{self, Class};
use crate::tui::app::{App, Manner};
use crate::tui::data::numbers::{rate, short_age};
use crate::tui::data::pulse::{Pulse, Series};
use crate::tui::msg::Now;
use crate::tui::theme::Role;
use crate::tui::widgets::frame::{Canvas, Part, part};
use crate::tui::widgets::grid::{Column, Plan, Side};
use crate::tui::widgets::spark::{dots, health};
use ratatui::layout::Rect;
use std::time::Duration;
use wire::limits::DEAD_AFTER;
use wire::message::view::{NodeState, NodeView};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Col {
    State,
    Word,
    Name,
    Labels,
    Site,
    Version,
    ExitIp,
    Rtt,
    Health(usize),
    Rc,
    Tun,
    Up,
    Down,
    Seen,
    Line,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, now: Now) {
    let areas = layout::areas(app);
    if let Some(area) = areas.pulse {
        pulse(canvas, area, app);
    }
    let inside = match areas.class {
        Class::Line | Class::Xxs | Class::Xs => areas.grid,
        class => {
            let note = if class >= Class::M {
                chrome::summary(app, class)
            } else {
                chrome::live(app, now)
            };
            canvas.boxed(areas.grid, "Fleet", &note, &chrome::place(app, class))
        }
    };
    if app.ui.fleet.grid.order().is_empty() {
        empty::draw(canvas, app, inside);
    } else {
        let now = chrome::as_of(app, now);
        let site = app.data.nodes.has_label("site");
        let mut plan = plan(areas.class, inside.width, site);
        if app.ui.manner == Manner::Plain && areas.class == Class::Xs {
            spell_out(&mut plan, inside.width);
        }
        app.ui.fleet.grid.draw(canvas, inside, &plan, |id, col| {
            app.data.nodes.get(id).map_or_else(
                || part("", Role::Dim),
                |node| cell(canvas_glyph(app, node), node, col, now),
            )
        });
    }
    if let Some(area) = areas.detail {
        detail(canvas, area, app, chrome::as_of(app, now));
    }
}

const fn canvas_glyph(app: &App, node: &NodeView) -> &'static str {
    app.ui.glyphs.node(node.state)
}

fn plan(class: Class, width: u16, site: bool) -> Plan<Col> {
    let left = |key, title, width| Column { key, title, width, side: Side::Left };
    let right = |key, title, width| Column { key, title, width, side: Side::Right };
    let place =
        if site && class == Class::S { (Col::Site, "SITE") } else { (Col::Labels, "LABELS") };
    let labels = |room: u16| left(place.0, place.1, room);
    let numbers = [
        right(Col::Rc, "RC", 3),
        right(Col::Tun, "TUN", 3),
        right(Col::Up, "▲/s", 6),
        right(Col::Down, "▼/s", 6),
        right(Col::Seen, "SEEN", 4),
    ];
    let mut columns = vec![left(Col::State, "", 1)];
    match class {
        Class::Line | Class::Xxs => {
            columns.push(left(Col::Name, "", 13));
            columns.push(left(Col::Line, "", width.saturating_sub(18)));
            return Plan { indent: 1, head: false, columns };
        }
        Class::Xs => {
            columns.push(left(Col::Name, "NAME", width.saturating_sub(29).min(32)));
            columns.extend([
                right(Col::Rtt, "RTT", 4),
                right(Col::Down, "▼/s", 6),
                right(Col::Seen, "SEEN", 4),
            ]);
        }
        Class::S => {
            columns.extend([left(Col::Name, "NAME", 16), labels(width.saturating_sub(69))]);
            columns.extend([
                left(Col::Version, "VER", 6),
                right(Col::Rtt, "RTT", 4),
                left(Col::Health(6), "24h", 6),
            ]);
            columns.extend(numbers);
        }
        Class::M => {
            columns.extend([left(Col::Name, "NAME", 17), labels(width.saturating_sub(76))]);
            columns.extend([left(Col::Version, "VER", 6), right(Col::Rtt, "RTT", 4)]);
            columns.push(left(Col::Health(12), "HEALTH 24h", 12));
            columns.extend(numbers);
        }
        Class::L | Class::Xl => {
            columns.extend([left(Col::Name, "NAME", 17), labels(width.saturating_sub(92))]);
            columns.extend([left(Col::Version, "VER", 6), left(Col::ExitIp, "EXIT IP", 15)]);
            columns.extend([right(Col::Rtt, "RTT", 4), left(Col::Health(12), "HEALTH 24h", 12)]);
            columns.extend(numbers);
        }
    }
    Plan { indent: 3, head: true, columns }
}

/// Puts the state in words beside the name.
fn spell_out(plan: &mut Plan<Col>, width: u16) {
    const WORD: u16 = 9;
    for column in plan.columns.iter_mut().filter(|column| column.key == Col::Name) {
        column.width = column.width.min(width.saturating_sub(30 + WORD));
    }
    plan.columns
        .insert(2, Column { key: Col::Word, title: "STATE", width: WORD, side: Side::Left });
}

const fn role(state: NodeState) -> Role {
    match state {
        NodeState::Online => Role::Good,
        NodeState::Degraded | NodeState::Stale => Role::Warn,
        NodeState::Offline => Role::Bad,
        NodeState::Locked => Role::Locked,
        NodeState::Revoked => Role::Ended,
        NodeState::Pending => Role::Pending,
    }
}

fn cell<'a>(sign: &'static str, node: &'a NodeView, col: Col, now: Now) -> Part<'a> {
    let away = !node.state.is_connected();
    match col {
        Col::State => part(sign, role(node.state)),
        Col::Word => part(node.state.as_str(), role(node.state)),
        Col::Name => part(node.name.as_str(), if away { Role::Text } else { Role::Title }),
        Col::Labels => labels(node),
        Col::Site => part(node.labels.pairs().get("site").map_or("", String::as_str), Role::Text),
        Col::Version => part(node.version.as_ref().map_or("—", |v| v.as_str()), Role::Text),
        Col::ExitIp => part(node.exit_ip.as_ref().map_or("—", |v| v.as_str()), Role::Text),
        Col::Rtt => match node.rtt_p50_ms.filter(|_| !away) {
            Some(ms) => part(ms.to_string(), if ms > 150 { Role::Warn } else { Role::Text }),
            None => part("—", Role::Dim),
        },
        Col::Health(cells) => part(health(&node.health, cells), Role::Text),
        Col::Rc => counted(node.reconnects_24h),
        Col::Tun => counted(node.tunnels),
        Col::Up => speed(node.up_bytes_per_s, node.tunnels, Role::Up),
        Col::Down => speed(node.down_bytes_per_s, node.tunnels, Role::Down),
        Col::Seen => part(seen(node, now), if away { Role::Bad } else { Role::Dim }),
        Col::Line => part(line(node, now), if away { Role::Bad } else { Role::Text }),
    }
}

fn labels(node: &NodeView) -> Part<'static> {
    match node.state {
        NodeState::Locked | NodeState::Revoked => part(
            format!("{} {}", node.state.as_str().to_uppercase(), node.labels),
            role(node.state),
        ),
        _ => part(node.labels.to_string(), Role::Text),
    }
}

fn counted(number: u32) -> Part<'static> {
    part(number.to_string(), if number == 0 { Role::Dim } else { Role::Text })
}

fn speed(bytes: u64, tunnels: u32, role: Role) -> Part<'static> {
    if bytes == 0 && tunnels == 0 { part("—", Role::Dim) } else { part(rate(bytes as f64), role) }
}

fn seen(node: &NodeView, now: Now) -> String {
    let silent = node.last_seen.map(|at| now.wall.since(at));
    // A server of an older version pushes no signs of life, but it keeps no silent node connected.
    if node.state.is_connected() && silent.is_some_and(|age| age > DEAD_AFTER) {
        return format!("<{}s", DEAD_AFTER.as_secs());
    }
    node.last_seen.map_or("never".to_owned(), |at| short_age(now.wall.since(at)))
}

/// Everything about a node where there is room for one line.
fn line(node: &NodeView, now: Now) -> String {
    if !node.state.is_connected() {
        return format!("{} {}", node.state, seen(node, now));
    }
    let rtt = node.rtt_p50_ms.map_or("—".to_owned(), |ms| format!("{ms}ms"));
    let (up, down) = (rate(node.up_bytes_per_s as f64), rate(node.down_bytes_per_s as f64));
    format!("{rtt:>5} ▲{up} ▼{down}")
}

fn pulse(canvas: &mut Canvas<'_>, area: Rect, app: &App) {
    let Pulse { online, reconnects, tunnels, up, down } = &app.data.pulse;
    let counts = app.data.nodes.counts();
    let share = if counts.total == 0 {
        0.0
    } else {
        100.0 * counts.connected() as f64 / counts.total as f64
    };
    let lost = online.ago(Duration::from_secs(600)).map(|before| before - online.last());
    let trend = match lost {
        Some(n) if n > 0.5 => format!("  ▼{n:.0} in 10m"),
        Some(n) if n < -0.5 => format!("  ▲{:.0} in 10m", -n),
        _ => String::new(),
    };
    let boxes = [
        (
            "Online",
            online,
            0.9,
            Role::Good,
            format!("{}/{} {share:.1}%{trend}", counts.connected(), counts.total),
        ),
        (
            "Reconnects/min",
            reconnects,
            0.0,
            Role::Warn,
            format!("now {:.0}  max {:.0}", reconnects.last(), reconnects.max()),
        ),
        (
            "Tunnels open",
            tunnels,
            0.0,
            Role::Text,
            format!("{}  max {:.0}", app.data.tunnels.open(), tunnels.max()),
        ),
        (
            "Throughput",
            down,
            0.0,
            Role::Down,
            format!("▲ {}/s   ▼ {}/s", rate(up.last()), rate(down.last())),
        ),
    ];
    let cells = area.width / 4;
    for (at, (title, series, low, role, text)) in boxes.into_iter().enumerate() {
        let x = area.x + u16::try_from(at).unwrap_or_default() * cells;
        let width = if at == 3 { area.right() - x } else { cells };
        let inside = canvas.boxed(Rect { x, width, ..area }, title, &span(series), "");
        let low = series.values().iter().copied().fold(f64::MAX, f64::min).min(series.last()) * low;
        dots(canvas, Rect { height: 2, ..inside }, series.values(), low, role);
        canvas.text(inside.x, inside.y + 2, inside.width, &text, Role::Text);
    }
}

fn span(series: &Series) -> String {
    let s = series.span().as_secs();
    if s < 60 { format!("{s}s") } else { format!("{}m", s / 60) }
}

/// The node under the cursor: why it is in its state, and what it is.
fn detail(canvas: &mut Canvas<'_>, area: Rect, app: &App, now: Now) {
    let Some(node) = app.node() else { return };
    let inside = canvas.boxed(area, node.name.as_str(), "d hide", "");
    let (x, room) = (inside.x + 1, inside.width.saturating_sub(2));
    let reasons: Vec<String> = node.reasons.iter().map(|r| r.code.to_string()).collect();
    let why =
        match (reasons.is_empty(), node.disconnect_reason.filter(|_| !node.state.is_connected())) {
            (false, _) => format!(": {}", reasons.join(", ")),
            (true, Some(reason)) => format!(": {reason}"),
            (true, None) => String::new(),
        };
    let p95 = node.rtt_p95_ms.map(|ms| format!("  rtt p95 {ms}ms")).unwrap_or_default();
    let path = node.path.as_ref().map(|p| format!("  path {p}")).unwrap_or_default();
    canvas.parts(
        x,
        inside.y,
        x + room,
        &[
            part(node.state.as_str(), role(node.state)),
            part(format!("{why}{p95}{path}  {}", node.id), Role::Text),
        ],
    );
    let inventory = &node.inventory;
    let known = [&inventory.hostname, &inventory.os, &inventory.arch];
    let what: Vec<&str> = known.into_iter().flatten().map(|t| t.as_str()).collect();
    let uptime =
        node.uptime_24h_ratio.map(|r| format!("  24h {:.1}%", r * 100.0)).unwrap_or_default();
    let expires = node
        .certificate_expires_at
        .map(|at| format!("  certificate {}", short_age(at.since(now.wall))));
    let owner = node.owner.as_ref().map(|o| format!("  owner {o}")).unwrap_or_default();
    let text = format!("{}{uptime}{}{owner}", what.join(" · "), expires.unwrap_or_default());
    canvas.text(x, inside.y + 1, room, &text, Role::Dim);
}
