//! What surrounds every screen: header, tabs, crumb or banner, bottom line, hints.

mod banner;
mod hints;
mod summary;

pub(super) use hints::hints;
pub(super) use summary::{place, summary};

use super::layout::{self, Class};
use crate::ending::own_end;
use crate::tui::app::{App, Permit, Screen};
use crate::tui::data::link::{Phase, Stop};
use crate::tui::data::numbers::{clock, grouped, lasting, minutes, rate};
use crate::tui::msg::Now;
use crate::tui::theme::Role;
use crate::tui::widgets::frame::{Canvas, Part, fit, part, width};
use crate::tui::widgets::tabs as tab_row;

fn class(canvas: &Canvas<'_>, app: &App) -> Class {
    layout::as_asked(layout::class(canvas.buf.area.width, canvas.buf.area.height), app)
}

/// The whole console in one line.
pub(super) fn line(canvas: &mut Canvas<'_>, app: &App, now: Now) {
    let right = canvas.buf.area.width;
    let mut parts = vec![part(format!(" {} ", app.data.context), Role::Context)];
    parts.extend(link_state(app, now, false));
    let counts = app.data.nodes.counts();
    parts.push(part(format!(" {}/{} up", counts.connected(), counts.total), Role::Text));
    let taken: u16 = parts.iter().map(|(text, _)| width(text)).sum();
    let fits = |text: &&&str| taken + width(text) <= right;
    let help = ["  enlarge · q quit", "  q quit"];
    parts.extend(help.iter().find(fits).map(|text| part(*text, Role::Dim)));
    canvas.parts(0, 0, right, &parts);
}

pub(super) fn header(canvas: &mut Canvas<'_>, app: &App, now: Now) {
    let class = class(canvas, app);
    let wide = class >= Class::L;
    let right = canvas.buf.area.width;
    let mut left = vec![part(" ", Role::Text)];
    if wide {
        left.push(part("tunnelctl  ctx ", Role::Dim));
    }
    left.push(part(app.data.context.as_str(), Role::Context));
    left.push(part(if wide { "  " } else { " " }, Role::Text));
    left.extend(link_state(app, now, wide));
    if class > Class::Xxs {
        left.push(part(if wide { "  " } else { " " }, Role::Text));
        left.push(part(who(app, wide), Role::Text));
    }
    let facts = facts(app, now, class);
    let length: u16 = facts.iter().map(|(text, _)| width(text)).sum();
    let from = right.saturating_sub(length);
    canvas.parts(0, 0, from, &left);
    canvas.parts(from, 0, right, &facts);
}

fn who(app: &App, wide: bool) -> String {
    let Some(who) = &app.data.who else { return String::new() };
    match who.roles.first().filter(|_| wide) {
        Some(role) => format!("{}·{role}", who.operator),
        None => who.operator.to_string(),
    }
}

fn link_state(app: &App, now: Now, wide: bool) -> Vec<Part<'static>> {
    let link = &app.data.link;
    let away =
        || link.down_since.map(|since| lasting(now.mono.saturating_sub(since))).unwrap_or_default();
    let one = |text: String, role| vec![part(text, role)];
    if app.ui.permit == Permit::Replay {
        return one("▸ replay".to_owned(), Role::Pending);
    }
    match &link.phase {
        Phase::Starting => one("◌ connecting".to_owned(), Role::Pending),
        Phase::Syncing => one("◌ syncing".to_owned(), Role::Pending),
        Phase::Live => {
            let rtt = link.rtt_ms.map(|ms| format!(" {ms}ms")).unwrap_or_default();
            let role = if link.rtt_ms.is_some_and(|ms| ms > 500) { Role::Warn } else { Role::Good };
            one(format!("●{}{rtt}", if wide { " live" } else { "" }), role)
        }
        Phase::Quiet(since) => {
            one(format!("◔ quiet {}", lasting(now.mono.saturating_sub(*since))), Role::Warn)
        }
        Phase::Down { .. } => one(format!("✕ offline {}", away()), Role::Bad),
        Phase::Stopped { why, .. } => match why {
            Stop::NotSetUp => one("✕ not set up".to_owned(), Role::Bad),
            Stop::Auth => one("⚠ login refused".to_owned(), Role::Bad),
            Stop::Denied => one("⚠ locked out".to_owned(), Role::Bad),
            Stop::Incompatible => one("⚠ incompatible".to_owned(), Role::Bad),
        },
    }
}

/// The right side: nodes by state, tunnels, throughput, time.
fn facts(app: &App, now: Now, class: Class) -> Vec<Part<'static>> {
    let counts = app.data.nodes.counts();
    let wide = class >= Class::L;
    let stale = app.data.link.is_stale() && app.ui.permit != Permit::Replay;
    let mut parts = Vec::new();
    if class == Class::Xxs {
        parts.push(part(format!("◐{}", counts.degraded), Role::Warn));
        parts.push(part(format!(" ○{} ", counts.away), Role::Bad));
        return parts;
    }
    let time = if wide { clock(now.wall) } else { minutes(now.wall) };
    if counts.total == 0 {
        let none = if app.data.nodes.is_complete() { "0 nodes" } else { "" };
        return vec![part(none, Role::Title), part(format!("  {time} "), Role::Text)];
    }
    parts.push(part(if wide { "nodes " } else { "" }, Role::Dim));
    parts.push(part(grouped(counts.total), Role::Title));
    let partial = if app.data.nodes.is_complete() { "" } else { " …" };
    parts.push(part(partial, Role::Dim));
    match app.data.as_of.filter(|_| stale) {
        Some(at) => parts.push(part(format!(" (as of {})", clock(at)), Role::Dim)),
        None => {
            let gap = if wide { "  " } else { " " };
            parts.push(part(format!("{gap}●{}", grouped(counts.online)), Role::Good));
            for (sign, count, role) in [
                ("◐", counts.degraded, Role::Warn),
                ("○", counts.away, Role::Bad),
                ("⊘", counts.locked, Role::Locked),
            ] {
                if count > 0 {
                    parts.push(part(format!(" {sign}{}", grouped(count)), role));
                }
            }
        }
    }
    if class >= Class::M {
        parts.push(part(format!("  tunnels {}", app.data.tunnels.open()), Role::Text));
    }
    let load = app.data.server.as_ref().map(|s| s.load).filter(|_| !stale);
    let per = if wide { "/s" } else { "" };
    let speed = |bytes: Option<u64>| {
        bytes.map_or("—".to_owned(), |b| format!("{:>5}{per}", rate(b as f64)))
    };
    if class > Class::Xs || !stale {
        parts.push(part(format!("  ▲{}", speed(load.map(|l| l.up_bytes_per_s))), Role::Up));
        parts.push(part(format!(" ▼{}", speed(load.map(|l| l.down_bytes_per_s))), Role::Down));
    }
    parts.push(part(format!("  {time} "), Role::Text));
    parts
}

pub(super) fn tabs(canvas: &mut Canvas<'_>, app: &App) {
    let class = class(canvas, app);
    if class < Class::S {
        if class == Class::Xxs {
            let line = "─".repeat(usize::from(canvas.buf.area.width));
            canvas.text(0, 1, canvas.buf.area.width, &line, Role::Line);
        }
        return;
    }
    let names = layout::tab_names(class);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let active =
        Screen::ALL.iter().position(|(screen, _)| *screen == app.ui.screen).unwrap_or_default();
    tab_row::draw(canvas, 1, &names, active);
    let help = if class >= Class::M { "/filter  ?help " } else { "?help " };
    canvas.right(canvas.buf.area.width, 1, help, Role::Dim);
}

/// The line under the tabs: the filter being typed, else what is wrong, else where this is.
pub(super) fn crumb(canvas: &mut Canvas<'_>, app: &App, now: Now) {
    let class = class(canvas, app);
    let y = match class {
        Class::Xxs if app.ui.filter_line.is_some() || banner::is_up(app) => 1,
        Class::Line | Class::Xxs => return,
        Class::Xs => 1,
        _ => 2,
    };
    let right = canvas.buf.area.width;
    canvas.text(0, y, right, &" ".repeat(usize::from(right)), Role::Text);
    if let Some(line) = &app.ui.filter_line {
        return filter_line(canvas, app, line, y);
    }
    if banner::draw(canvas, app, now, y) {
        return;
    }
    let (filter, problems) = match app.ui.screen {
        Screen::Fleet => (&app.ui.fleet.filter_text, app.ui.fleet.problems),
        Screen::Tunnels => (&app.ui.tunnels.filter_text, app.ui.tunnels.problems),
        Screen::Access => {
            let list = app.ui.access.list();
            (&list.filter_text, list.problems)
        }
    };
    let mut left = vec![part(format!(" {}", app.ui.screen.name()), Role::Text)];
    if app.ui.screen == Screen::Access {
        left.push(part(format!(" ▸ {}", app.ui.access.tab.name()), Role::Text));
    }
    if !filter.is_empty() {
        left.push(part(format!("   /{filter}"), Role::Active));
    }
    if problems {
        left.push(part("   problems only", Role::Warn));
    }
    let note = crumb_note(app, now, class);
    let from = right.saturating_sub(width(&note));
    canvas.parts(0, y, from, &left);
    canvas.text(from, y, right - from, &note, Role::Dim);
}

fn crumb_note(app: &App, now: Now, class: Class) -> String {
    let live = live(app, now);
    if class < Class::M {
        let summary = summary(app, class);
        return match app.ui.screen {
            Screen::Access if summary.is_empty() => format!("{live} "),
            Screen::Tunnels | Screen::Access if class == Class::S && !live.is_empty() => {
                format!("{summary} · {live} ")
            }
            _ => format!("{summary} "),
        };
    }
    let held = match app.ui.screen {
        Screen::Fleet => app.ui.fleet.grid.is_held(now.mono),
        Screen::Tunnels => app.ui.tunnels.grid.is_held(now.mono),
        Screen::Access => app.ui.access.list().grid.is_held(now.mono),
    };
    let held = if held { "  order held while you move or mark" } else { "" };
    format!("{live}{held} ")
}

/// `live 1s`, `frozen`, `sync`.
pub(super) fn live(app: &App, now: Now) -> String {
    if app.ui.paused.is_some() {
        return "paused".to_owned();
    }
    match (&app.data.link.phase, app.data.as_of) {
        (Phase::Syncing, _) => "sync".to_owned(),
        (Phase::Live, Some(at)) => format!("live {}", lasting(now.wall.since(at))),
        (_, Some(_)) => "frozen".to_owned(),
        (_, None) => String::new(),
    }
}

/// The time that ages are counted to: of data that is old, the time it was new.
pub(super) fn as_of(app: &App, now: Now) -> Now {
    match app.data.as_of {
        Some(wall) if app.data.link.is_stale() => Now { wall, ..now },
        _ => now,
    }
}

fn filter_line(canvas: &mut Canvas<'_>, app: &App, line: &crate::tui::app::FilterLine, y: u16) {
    let right = canvas.buf.area.width;
    let x = canvas.text(0, y, right, &format!(" {}   /", app.ui.screen.name()), Role::Dim);
    let note = match &line.error {
        Some(error) => format!("{} ", error.message),
        None => format!("{} ", summary(app, class(canvas, app))),
    };
    let room = right.saturating_sub(x);
    let note = fit(&note, (room / 3 * 2).max(room.saturating_sub(24))).into_owned();
    let role = if line.error.is_some() { Role::Bad } else { Role::Dim };
    let from = canvas.right(right, y, &note, role);
    line.field.draw_bare(canvas, x, y, from.saturating_sub(x + 1), Role::Title, true);
    if let Some(error) = &line.error {
        let text = line.field.text();
        let lead = width(text.get(..error.span.from).unwrap_or_default());
        let wrong = width(text.get(error.span.from..error.span.to).unwrap_or_default());
        let style = canvas.style(Role::Warn);
        let at = ratatui::layout::Rect::new(x + lead, y, wrong, 1).intersection(canvas.buf.area);
        canvas.buf.set_style(at, style);
    }
}

pub(super) fn status(canvas: &mut Canvas<'_>, app: &App, now: Now) {
    let class = class(canvas, app);
    let (area, right) = (canvas.buf.area, canvas.buf.area.width);
    let y = if class >= Class::S { area.height - 2 } else { area.height - 1 };
    let unseen = app.ui.toasts.unseen();
    let from = if unseen > 0 {
        let word = if class >= Class::L { "toasts " } else { "⚑" };
        canvas.right(right, y, &format!("{word}{unseen} "), Role::Bad)
    } else {
        right
    };
    let room = from.saturating_sub(2);
    if let Some((text, role)) = app.ui.toasts.current(now) {
        canvas.text(1, y, room, text, role);
    } else if let Err(why) = app.data.link.writable() {
        canvas.text(1, y, room, &format!("{why} (x shows why)"), Role::Dim);
    } else if let Some(ends) = app.data.link.ends.as_ref().filter(|ends| now.wall < ends.until) {
        canvas.text(1, y, room, &format!("⚠ {}", own_end(ends, now.wall)), Role::Warn);
    } else if class < Class::S {
        let text = format!("{}  ! problems  / filter  ? help", place(app, class));
        canvas.text(1, y, room, &text, Role::Dim);
    }
}
