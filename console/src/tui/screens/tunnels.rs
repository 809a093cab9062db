//! Tunnels: every live byte stream with its rates, and the forwards of this console.

use super::chrome;
use super::empty;
use super::layout::{self, Class};
use crate::ending;
use crate::tui::app::{App, Manner, Pane, short};
use crate::tui::data::forwards::{MyForward, State};
use crate::tui::data::numbers::{age, bytes, clock, lasting, rate, total};
use crate::tui::data::tunnels::Tunnel;
use crate::tui::msg::Now;
use crate::tui::theme::Role;
use crate::tui::widgets::frame::{Canvas, Part, part};
use crate::tui::widgets::grid::{Column, Plan, Side};
use crate::tui::widgets::spark::bars;
use ratatui::layout::Rect;
use std::time::Duration;
use wire::CloseReason;
use wire::message::tunnel::TunnelType;
use wire::message::view::TunnelState;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Col {
    State,
    Word,
    Id,
    Node,
    Target,
    Who,
    Kind,
    From,
    Age,
    Idle,
    Sent,
    Received,
    Up,
    Down,
    Spark(usize),
}

pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, now: Now) {
    let areas = layout::areas(app);
    let replaced = app.ui.pane == Pane::Forwards && areas.forwards == Some(areas.grid);
    if !replaced {
        table(canvas, &areas, app, now);
    }
    if let Some(area) = areas.detail {
        if area.height > 1 { detail(canvas, area, app) } else { strip(canvas, area, app) }
    }
    if let Some(area) = areas.forwards {
        forwards(canvas, area, app, now);
    }
}

fn table(canvas: &mut Canvas<'_>, areas: &layout::Areas, app: &App, now: Now) {
    let grid = &app.ui.tunnels.grid;
    let inside = match areas.class {
        Class::Line | Class::Xxs | Class::Xs => areas.grid,
        class => {
            let (first, last) = grid.window(areas.rows());
            let note = match grid.order().len() {
                _ if class >= Class::M => chrome::summary(app, class),
                0 => String::new(),
                of => format!("{}-{last}/{of}", first + 1),
            };
            let footer = if class >= Class::L {
                "● flowing ○ idle ◌ opening ◔ stalled ✕ closed (30s)   rates: 2s EWMA, server clock"
            } else {
                "● flow ○ idle ◌ opening ◔ stalled ✕ closed"
            };
            canvas.boxed(areas.grid, "Tunnels", &note, footer)
        }
    };
    if grid.order().is_empty() {
        return empty::draw(canvas, app, inside);
    }
    let now = chrome::as_of(app, now);
    let mut plan = plan(areas.class, inside.width, app.ui.totals);
    if app.ui.manner == Manner::Plain && areas.class == Class::Xs {
        spell_out(&mut plan, inside.width);
    }
    grid.draw(canvas, inside, &plan, |id, col| match app.data.tunnels.get(id) {
        Some(tunnel) => cell(app, tunnel, col, now),
        None => part("", Role::Dim),
    });
}

fn plan(class: Class, width: u16, totals: bool) -> Plan<Col> {
    let left = |key, title, width| Column { key, title, width, side: Side::Left };
    let right = |key, title, width| Column { key, title, width, side: Side::Right };
    let mut columns = vec![left(Col::State, "", 1)];
    let metric =
        if totals { right(Col::Received, "▼ TOT", 5) } else { right(Col::Down, "▼/s", 5) };
    match class {
        Class::Line | Class::Xxs => {
            columns.extend([
                left(Col::Node, "", 12),
                left(Col::Target, "", width.saturating_sub(22)),
                metric,
            ]);
            return Plan { indent: 1, head: false, columns };
        }
        Class::Xs => {
            columns.extend([
                left(Col::Node, "NODE", 13),
                left(Col::Target, "TARGET", width.saturating_sub(38)),
            ]);
            columns.extend([left(Col::Who, "WHO", 6), right(Col::Age, "AGE", 5), metric]);
        }
        Class::S | Class::M => {
            columns.extend([
                left(Col::Node, "NODE", 12),
                left(Col::Target, "TARGET", width.saturating_sub(62)),
            ]);
            columns.extend([left(Col::Who, "WHO", 7), right(Col::Age, "AGE", 5)]);
            columns.extend([right(Col::Sent, "▲ TOT", 5), right(Col::Received, "▼ TOT", 5)]);
            columns.extend([
                right(Col::Up, "▲/s", 5),
                right(Col::Down, "▼/s", 5),
                left(Col::Spark(4), "30s", 4),
            ]);
        }
        Class::L | Class::Xl => {
            let spare = width.saturating_sub(118);
            columns.extend([left(Col::Id, "ID", 6), left(Col::Node, "NODE", 13 + spare / 3)]);
            columns.extend([left(Col::Target, "TARGET", 19 + spare / 3), left(Col::Who, "WHO", 8)]);
            columns.extend([left(Col::Kind, "KIND", 5), left(Col::From, "FROM", 10 + spare / 3)]);
            columns.extend([right(Col::Age, "AGE", 5), right(Col::Idle, "IDLE", 4)]);
            columns.extend([right(Col::Sent, "▲ TOTAL", 7), right(Col::Received, "▼ TOTAL", 7)]);
            columns.extend([
                right(Col::Up, "▲/s", 5),
                right(Col::Down, "▼/s", 5),
                left(Col::Spark(6), "60s", 6),
            ]);
        }
    }
    Plan { indent: 3, head: true, columns }
}

/// Puts the state in words beside the node.
fn spell_out(plan: &mut Plan<Col>, width: u16) {
    const WORD: u16 = 8;
    for column in plan.columns.iter_mut().filter(|column| column.key == Col::Target) {
        column.width = column.width.min(width.saturating_sub(39 + WORD));
    }
    plan.columns
        .insert(2, Column { key: Col::Word, title: "STATE", width: WORD, side: Side::Left });
}

const fn role(state: TunnelState) -> Role {
    match state {
        TunnelState::Flowing => Role::Good,
        TunnelState::Stalled | TunnelState::Closing => Role::Warn,
        TunnelState::Opening => Role::Pending,
        TunnelState::Closed => Role::Bad,
        TunnelState::Idle => Role::Dim,
    }
}

fn cell<'a>(app: &App, tunnel: &'a Tunnel, col: Col, now: Now) -> Part<'a> {
    let view = &tunnel.view;
    let closed = view.state == TunnelState::Closed;
    match col {
        Col::State => part(app.ui.glyphs.tunnel(view.state), role(view.state)),
        Col::Word => part(view.state.as_str(), role(view.state)),
        Col::Id => part(short(view.id), Role::Dim),
        Col::Node => part(view.through(), Role::Text),
        Col::Target => {
            part(wire::SafeText::clean(&view.target.to_string()).to_string(), Role::Title)
        }
        Col::Who => who(app, tunnel),
        Col::Kind => part(kind(view.kind), Role::Text),
        Col::From => part(view.who.source_ip.as_ref().map_or("—", |ip| ip.as_str()), Role::Text),
        Col::Age => part(age(until(tunnel, now).since(view.opened_at)), Role::Text),
        Col::Idle if closed || view.state == TunnelState::Opening => part("—", Role::Dim),
        Col::Idle => part(short_idle(view.idle_ms), Role::Text),
        Col::Sent => part(total(view.up_bytes), Role::Text),
        Col::Received => part(total(view.down_bytes), Role::Text),
        Col::Up => speed(tunnel.up(), stale_rate(app, tunnel), Role::Up),
        Col::Down => speed(tunnel.down(), stale_rate(app, tunnel), Role::Down),
        Col::Spark(_) if closed => part(ending(tunnel), Role::Bad),
        Col::Spark(_) if view.state == TunnelState::Opening => part("", Role::Dim),
        Col::Spark(cells) => {
            let seconds = if cells < 6 { 30 } else { 60 };
            let spark = tunnel.meter.spark();
            let newest = spark.iter().skip(spark.len().saturating_sub(seconds)).copied().collect();
            part(bars(&newest, cells), Role::Down)
        }
    }
}

fn who<'a>(app: &App, tunnel: &'a Tunnel) -> Part<'a> {
    if tunnel.view.who.node.is_some() {
        return part(tunnel.view.who.name().unwrap_or_default(), Role::Text);
    }
    match &tunnel.view.who.operator {
        Some(name) if Some(name.as_str()) == app.data.me() => part(name.as_str(), Role::Context),
        Some(name) => part(name.as_str(), Role::Text),
        None => part(tunnel.view.port.as_ref().map_or("—", |port| port.as_str()), Role::Dim),
    }
}

const fn kind(kind: TunnelType) -> &'static str {
    match kind {
        TunnelType::Forward => "fwd",
        TunnelType::Connect => "conn",
        TunnelType::Reverse => "rev",
        other => other.as_str(),
    }
}

fn short_idle(ms: u64) -> String {
    crate::tui::data::numbers::short_age(Duration::from_millis(ms))
}

/// A closed tunnel no longer grows older.
fn until(tunnel: &Tunnel, now: Now) -> wire::UnixMs {
    tunnel.view.closed.as_ref().map_or(now.wall, |closed| closed.at)
}

/// Whether the newest counters are three periods old although bytes should move.
fn stale_rate(app: &App, tunnel: &Tunnel) -> bool {
    let flowing = tunnel.view.state == TunnelState::Flowing;
    match (app.data.tunnels.sampled_at(), tunnel.meter.sampled_at()) {
        (Some(newest), Some(own)) => flowing && newest.since(own) > Duration::from_secs(3),
        _ => false,
    }
}

fn speed(bytes: Option<f64>, stale: bool, role: Role) -> Part<'static> {
    match bytes {
        Some(bytes) if stale || bytes < 0.5 => part(rate(bytes), Role::Dim),
        Some(bytes) => part(rate(bytes), role),
        None => part("—", Role::Dim),
    }
}

fn ending(tunnel: &Tunnel) -> &'static str {
    match tunnel.view.closed.as_ref().map(|closed| closed.reason) {
        Some(CloseReason::NodeLost) => "lost",
        Some(CloseReason::ClientClosed | CloseReason::TargetClosed) => "done",
        Some(CloseReason::ClientReset | CloseReason::TargetReset) => "reset",
        Some(CloseReason::Revoked) => "revoked",
        Some(CloseReason::ClosedByOperator) => "closed",
        Some(other) => other.as_str(),
        None => "",
    }
}

fn detail(canvas: &mut Canvas<'_>, area: Rect, app: &App) {
    let cursor = app.ui.tunnels.grid.cursor().and_then(|id| app.data.tunnels.get(id));
    let Some(tunnel) = cursor else {
        canvas.boxed(area, "Detail", "d hide", "");
        return;
    };
    let view = &tunnel.view;
    let inside = canvas.boxed(area, &view.id.to_string(), "d hide", "");
    let (x, room) = (inside.x + 1, inside.width.saturating_sub(2));
    let by = view.who.name().unwrap_or_else(|| "a visitor".to_owned());
    let rule = view.rule.map(|rule| format!("  allowed by {}", short(rule))).unwrap_or_default();
    let ms =
        |name: &str, ms: Option<u64>| ms.map(|ms| format!("  {name} {ms}ms")).unwrap_or_default();
    let first = format!(
        "{} → {}  opened {} by {by}{rule}{}{}",
        view.through(),
        view.target,
        clock(view.opened_at),
        ms("conn", view.connect_ms),
        ms("first byte", view.first_byte_ms),
    );
    canvas.text(x, inside.y, room, &first, Role::Text);
    let peak = tunnel.meter.peak();
    let closed = view
        .closed
        .as_ref()
        .map(|c| format!("   closed: {} by {}", c.reason, c.by))
        .unwrap_or_default();
    let note = view.note.as_ref().map(|note| format!("   note {note}")).unwrap_or_default();
    let second = format!(
        "▲ {}  ▼ {}   peak ▲ {}/s ▼ {}/s   {}{closed}{note}",
        bytes(view.up_bytes),
        bytes(view.down_bytes),
        rate(peak.up),
        rate(peak.down),
        view.state,
    );
    canvas.text(x, inside.y + 1, room, &second, Role::Text);
}

/// One line about the tunnel under the cursor, and about own forwards.
fn strip(canvas: &mut Canvas<'_>, area: Rect, app: &App) {
    let (own, waiting) = (app.data.forwards.len(), app.data.forwards.waiting());
    let mut room = area.width.saturating_sub(1);
    if own > 0 {
        let waiting = if waiting > 0 { format!(", {waiting} ◔") } else { String::new() };
        room = canvas.right(
            area.right(),
            area.y,
            &format!("Tab: {own} forwards{waiting} "),
            Role::Dim,
        );
    }
    let cursor = app.ui.tunnels.grid.cursor().and_then(|id| app.data.tunnels.get(id));
    if let Some(tunnel) = cursor {
        let view = &tunnel.view;
        let by = view.who.name().unwrap_or_else(|| "visitor".to_owned());
        let peak = rate(tunnel.meter.peak().down);
        let conn = view.connect_ms.map(|ms| format!(" · conn {ms}ms")).unwrap_or_default();
        let text = format!("{} {by} {} · peak ▼{peak}/s{conn}", short(view.id), kind(view.kind));
        canvas.text(area.x + 1, area.y, room.saturating_sub(2), &text, Role::Dim);
    }
}

fn forwards(canvas: &mut Canvas<'_>, area: Rect, app: &App, now: Now) {
    let wide = area.width >= 100;
    let title = if wide {
        "My forwards (owned by this console; closing it stops them)"
    } else {
        "My forwards"
    };
    let inside = canvas.boxed(area, title, &app.data.forwards.len().to_string(), "");
    let x = inside.x + 1;
    let head = ["LISTEN", "KIND", "VIA", "TARGET", "OPEN", "TOTAL", "▲ TOTAL", "▼ TOTAL", "STATE"];
    let line = |parts: [&str; 9]| -> String {
        let [listen, kind, via, target, open, count, up, down, state] = parts;
        if wide {
            format!(
                "{listen:<19}{kind:<6}{via:<13}{target:<19}{open:>5}{count:>7}{up:>9}{down:>9} {state}"
            )
        } else {
            format!("{listen:<17}{via:<12}{target:<17}{open:>4}{down:>7} {state}")
        }
    };
    let room = inside.width.saturating_sub(1);
    canvas.text(x, inside.y, room, &line(head), Role::Title);
    let height = usize::from(inside.height.saturating_sub(1));
    let skip = (app.ui.forward_at + 1).saturating_sub(height);
    for (at, (_, row)) in app.data.forwards.all().enumerate().skip(skip).take(height) {
        let y = inside.y + 1 + u16::try_from(at - skip).unwrap_or_default();
        let cut =
            |text: &str, cells: u16| crate::tui::widgets::frame::fit(text, cells).into_owned();
        let (state, role) = forward_state(row, now);
        let live = row.open.keys().filter_map(|id| app.data.tunnels.get(*id));
        let (up, down) =
            live.fold(row.ended, |(up, down), t| (up + t.view.up_bytes, down + t.view.down_bytes));
        let text = line([
            &cut(&row.listen.to_string(), if wide { 18 } else { 16 }),
            row.kind,
            &cut(&row.via, if wide { 12 } else { 11 }),
            &cut(&row.target, if wide { 18 } else { 16 }),
            &row.open.len().to_string(),
            &row.total.to_string(),
            &total(up),
            &total(down),
            "",
        ]);
        let end = canvas.text(x, y, room, &text, Role::Text);
        canvas.text(end, y, inside.right().saturating_sub(end), &state, role);
        if app.ui.pane == Pane::Forwards && at == app.ui.forward_at {
            canvas.highlight(Rect { y, height: 1, ..inside });
        }
    }
}

fn forward_state(row: &MyForward, now: Now) -> (String, Role) {
    let soon = row.ends.as_ref().filter(|ends| now.wall < ends.until);
    match (&row.state, soon) {
        (State::Ready, Some(ends)) => {
            let left = lasting(ends.until.since(now.wall));
            (format!("◔ ends in {left}: {}", ending::what(ends)), Role::Warn)
        }
        (state, _) => plain_state(state),
    }
}

fn plain_state(state: &State) -> (String, Role) {
    match state {
        State::Starting => ("◌ starting".to_owned(), Role::Pending),
        State::Ready => ("● ready".to_owned(), Role::Good),
        State::Waiting { reason, hold: Some(hold) } => {
            (format!("◔ waiting {}s: {reason}", hold.as_secs()), Role::Warn)
        }
        State::Waiting { reason, hold: None } => (format!("◔ refusing: {reason}"), Role::Warn),
        State::Failed(why) => (format!("✕ {why}"), Role::Bad),
    }
}
