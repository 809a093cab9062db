//! Everything about the row of Access under the cursor, in lines.

use super::cells::{left, networks, object, reach, sign, state};
use crate::tui::app::{App, short};
use crate::tui::data::access::{Row, Tab};
use crate::tui::data::numbers::{bytes, clock, lasting, rate};
use crate::tui::data::tunnels::Tunnel;
use crate::tui::msg::Now;
use crate::tui::theme::Role;
use crate::tui::widgets::frame::Canvas;
use ratatui::layout::Rect;
use std::time::Duration;
use wire::UnixMs;
use wire::message::view::{
    Effect, GuestState, GuestView, LockView, PendingView, PortView, RoleView, RuleState, RuleView,
    SessionKind, SessionView,
};

/// Draws what fits: a box, or one line where there is no room for one.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, app: &App, now: Now) {
    let row = app.access_row();
    if area.height <= 1 {
        if let Some(first) = row.and_then(|row| lines(app, row, now).into_iter().next()) {
            canvas.text(area.x + 1, area.y, area.width.saturating_sub(2), &first, Role::Dim);
        }
        return;
    }
    let title = row.map_or("Detail".to_owned(), Row::name);
    let inside = canvas.boxed(area, &title, "d hide", "");
    let Some(row) = row else { return };
    let (x, room) = (inside.x + 1, inside.width.saturating_sub(2));
    for (y, (at, line)) in (inside.y..inside.bottom()).zip(lines(app, row, now).iter().enumerate())
    {
        let role = if at == 0 { Role::Text } else { Role::Dim };
        canvas.text(x, y, room, line, role);
    }
    if !state(row).is_empty() {
        let (_, role) = sign(row);
        canvas.right(inside.right().saturating_sub(1), inside.y, &format!(" {}", state(row)), role);
    }
}

/// Lines about a row, the most important first.
pub fn lines(app: &App, row: &Row, now: Now) -> Vec<String> {
    let mut lines = match row {
        Row::Session(view) => session(app, view, row, now),
        Row::Port(view) => port(app, view, now),
        Row::Role(view) => role(view),
        Row::Rule(view) => rule(view, now),
        Row::Guest(view) => guest(view, row, now),
        Row::Lock(view) => lock(view, row, now),
        Row::Pending(view) => pending(view, now),
    };
    let mut tunnels: Vec<&Tunnel> = app.resting_on(row).collect();
    tunnels.sort_by_key(|tunnel| tunnel.view.id);
    lines.extend(tunnels.into_iter().map(live));
    lines
}

/// What must be known before a row is changed.
pub fn facts(row: &Row) -> Vec<String> {
    match row {
        Row::Session(view) => {
            vec![format!("{} {} from {}", view.operator, view.session_kind, networks(&view.from))]
        }
        Row::Guest(view) => vec![format!("admitted from {}", networks(&view.from))],
        Row::Port(view) => vec![format!("{}:{}", view.public.host, view.public.port)],
        Row::Lock(view) => vec![format!("locked: {}", view.reason)],
        Row::Pending(view) => {
            vec![
                format!("words        {}", view.words),
                format!("fingerprint  {}", view.fingerprint),
            ]
        }
        Row::Role(_) | Row::Rule(_) => Vec::new(),
    }
}

fn live(tunnel: &Tunnel) -> String {
    let view = &tunnel.view;
    let speed = tunnel.down().map(|down| format!("  ▼ {}/s", rate(down))).unwrap_or_default();
    let (up, down) = (bytes(view.up_bytes), bytes(view.down_bytes));
    format!(
        "{} {} → {}  {}  ▲ {up} ▼ {down}{speed}",
        short(view.id),
        view.through(),
        view.target,
        view.state
    )
}

/// `until 18:02:31Z (in 3h59m)`.
fn until(at: Option<UnixMs>, now: Now) -> String {
    at.map_or("no end".to_owned(), |at| {
        format!("until {} (in {})", clock(at), left(at.since(now.wall)))
    })
}

fn session(app: &App, view: &SessionView, row: &Row, now: Now) -> Vec<String> {
    let yours = if app.is_own(row) { " (you)" } else { "" };
    let end = match (row.is_over(), view.ended_at) {
        (true, Some(at)) => format!("{} {}", view.state, clock(at)),
        (true, None) => view.state.to_string(),
        (false, _) => until(view.expires_at, now),
    };
    let verb = match view.session_kind {
        SessionKind::Login => "connected from",
        SessionKind::Access => "admits",
    };
    let follows = if view.auto { ", follows the operator" } else { "" };
    let mut lines = vec![
        format!("{}{yours}  {verb} {}{follows}  {end}", view.operator, networks(&view.from)),
        format!(
            "{}  {}  begun {}{}{}{}",
            view.id,
            view.session_kind,
            clock(view.started_at),
            view.role.as_ref().map(|role| format!("  role {role}")).unwrap_or_default(),
            view.locked.map(|lock| format!("  locked by {lock}")).unwrap_or_default(),
            view.reason.as_ref().map(|why| format!("  reason {why}")).unwrap_or_default(),
        ),
    ];
    lines.extend(view.ports.iter().map(|port| {
        let nodes: Vec<&str> = port.nodes.iter().map(|node| node.as_str()).collect();
        let (host, number) = (&port.public.host, port.public.port);
        format!("may use {}  {host}:{number} → {} → {}", port.name, nodes.join(","), port.target)
    }));
    if view.session_kind == SessionKind::Access && view.ports.is_empty() && !row.is_over() {
        lines.push("admits to no published port: the rules allow none".to_owned());
    }
    lines
}

fn port(app: &App, view: &PortView, now: Now) -> Vec<String> {
    let nodes: Vec<&str> = view.nodes.iter().map(|node| node.name.as_str()).collect();
    let away = match view.on_drop.hold_ms {
        Some(ms) => format!("holds {} while away", lasting(Duration::from_millis(ms))),
        None => "refuses while away".to_owned(),
    };
    let (host, number) = (&view.public.host, view.public.port);
    let mut lines = vec![format!("{host}:{number} → {} → {}", nodes.join(", "), view.target)];
    if let Some(why) = view.fault.as_ref().or(view.reason.as_ref()) {
        lines.push(format!("{}: {why}", view.state));
    }
    let limit = view.max_tunnels.map(|max| format!(" of {max}")).unwrap_or_default();
    lines.push(format!(
        "{}  {away}  {} tunnels{limit}, {} waiting  ▲ {} ▼ {}",
        view.id,
        view.tunnels,
        view.waiting,
        bytes(view.up_bytes),
        bytes(view.down_bytes),
    ));
    lines.extend(admitted(app, view, now));
    lines
}

/// Who gets in at a port, and until when.
fn admitted(app: &App, view: &PortView, now: Now) -> Vec<String> {
    let access = &app.data.access;
    let mut rows: Vec<(Option<UnixMs>, String)> = Vec::new();
    for row in
        access.rows(Tab::Sessions).chain(access.rows(Tab::Guests)).chain(access.rows(Tab::Rules))
    {
        let end = row.ends_at();
        let text = match row {
            _ if row.is_over() || row.is_locked() => continue,
            Row::Session(s) if s.ports.iter().any(|port| port.name == view.name) => {
                let yours = if app.is_own(row) { " (you)" } else { "" };
                format!("{}{yours} from {}", s.operator, networks(&s.from))
            }
            Row::Guest(g) if g.port.as_ref() == Some(&view.name) => {
                format!("guest {} from {}", g.name, networks(&g.from))
            }
            Row::Rule(r) if r.port.as_ref() == Some(&view.name) && admits_anyone(r) => {
                let from = r.from.as_ref().map_or("anywhere", |net| net.as_str());
                format!("anyone from {from} ({})", short(r.id))
            }
            _ => continue,
        };
        rows.push((end, text));
    }
    // Whoever stays longest comes last; what has no end is the last of all.
    rows.sort_by_key(|(end, text)| (end.map_or(u64::MAX, |at| at.0), text.clone()));
    rows.into_iter().map(|(end, text)| format!("admits {text}  {}", until(end, now))).collect()
}

/// Whether a rule lets visitors in who show no identity.
fn admits_anyone(rule: &RuleView) -> bool {
    rule.effect == Effect::Allow && rule.state == RuleState::On && rule.who.as_str() == "anyone"
}

fn role(view: &RoleView) -> Vec<String> {
    let words: Vec<&str> = view.permissions.iter().map(|p| p.as_str()).collect();
    let longest = match view.max_session_ms {
        Some(ms) => format!("sessions of at most {}", lasting(Duration::from_millis(ms))),
        None => "sessions as long as the server allows".to_owned(),
    };
    let built_in = if view.built_in { "  built in" } else { "" };
    let mut lines = vec![format!("{} operators  {longest}{built_in}", view.operators)];
    lines.extend(words.chunks(6).map(|part| part.join("  ")));
    lines
}

fn rule(view: &RuleView, now: Now) -> Vec<String> {
    let from = view.from.as_ref().map_or("anywhere", |net| net.as_str());
    vec![
        format!("{} {} from {from} to {}", view.effect, view.who, reach(view)),
        format!(
            "{}  number {}, {}  {}  decided {} times since the server started",
            view.id,
            view.order,
            view.state,
            until(view.until, now),
            view.hits
        ),
    ]
}

fn guest(view: &GuestView, row: &Row, now: Now) -> Vec<String> {
    let port = view.port.as_ref().map_or("a port that is gone", |port| port.as_str());
    let end = if row.is_over() { state(row).to_owned() } else { until(row.ends_at(), now) };
    let by = view.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let from = match view.state {
        GuestState::Invited => "link not used yet".to_owned(),
        _ => format!("from {}", networks(&view.from)),
    };
    vec![
        format!("{} {from} to {port}  {end}", view.name),
        format!(
            "{}  admitted {}{by}{}{}",
            view.id,
            clock(view.created_at),
            view.reason.as_ref().map(|why| format!("  reason {why}")).unwrap_or_default(),
            view.locked.map(|lock| format!("  locked by {lock}")).unwrap_or_default(),
        ),
    ]
}

fn lock(view: &LockView, row: &Row, now: Now) -> Vec<String> {
    let end = match (row.is_over(), view.ended_at) {
        (true, Some(at)) => format!("ended {}", clock(at)),
        _ => until(view.until, now),
    };
    let by = view.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    vec![
        format!("{}  {end}  {}", object(view), view.reason),
        format!("{}  locked {}{by}  {}s what is open", view.id, clock(view.created_at), view.mode),
    ]
}

fn pending(view: &PendingView, now: Now) -> Vec<String> {
    let known = [("host", &view.hostname), ("agent", &view.version), ("token", &view.token)];
    let known = known
        .into_iter()
        .filter_map(|(what, text)| text.as_ref().map(|text| format!("  {what} {text}")));
    vec![
        format!("{}  {}", view.words, view.fingerprint),
        format!(
            "{}  waits to {} for {}{}",
            view.id,
            view.waits_for,
            lasting(now.wall.since(view.since)),
            known.collect::<String>()
        ),
        format!("labels {}", view.labels),
    ]
}
