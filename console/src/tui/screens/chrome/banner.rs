//! The line that takes the crumb's place: what is wrong with the link, or special about the picture.

use super::App;
use crate::tui::app::Permit;
use crate::tui::data::link::{Phase, Stop};
use crate::tui::data::numbers::{clock, lasting};
use crate::tui::msg::Now;
use crate::tui::theme::Role;
use crate::tui::widgets::frame::{Canvas, fit, width};
use std::time::Duration;

/// A cause cut below this many cells no longer says anything.
const MIN_CAUSE: u16 = 14;

/// Whether there is something to say.
pub(super) const fn is_up(app: &App) -> bool {
    !matches!(app.ui.permit, Permit::All)
        || app.ui.paused.is_some()
        || matches!(app.data.link.phase, Phase::Down { .. } | Phase::Stopped { .. })
}

/// Draws it, and says whether there was one.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, now: Now, y: u16) -> bool {
    if !is_up(app) {
        return false;
    }
    let right = canvas.buf.area.width;
    let age = data_age(app, now);
    let (text, role) = match text(app, now, right, width(&age)) {
        (Some(text), role) => {
            canvas.right(right, y, &age, Role::Dim);
            (text, role)
        }
        // The cause is worth more than the age of what stands below it.
        (None, role) => (text(app, now, right, 0).0.unwrap_or_default(), role),
    };
    canvas.text(0, y, right, &text, role);
    true
}

fn data_age(app: &App, now: Now) -> String {
    match app.data.as_of {
        Some(at) if app.data.link.is_stale() => {
            format!("  data {} old ", lasting(now.wall.since(at)))
        }
        _ => String::new(),
    }
}

/// The words; `None` = they don't fit beside what takes `taken` cells at the right.
fn text(app: &App, now: Now, right: u16, taken: u16) -> (Option<String>, Role) {
    if app.ui.permit == Permit::Replay {
        let text = format!(" REPLAY {} · nothing can be changed", clock(now.wall));
        return (Some(text), Role::Pending);
    }
    match &app.data.link.phase {
        Phase::Down { cause, try_number, retry_at } => {
            let next = next_try(*retry_at, now, *try_number);
            (down(cause, &next, right, taken), Role::Bad)
        }
        Phase::Stopped { why: Stop::NotSetUp, cause } => (Some(format!(" ⚠ {cause}")), Role::Bad),
        Phase::Stopped { cause, .. } => {
            (down(cause, " · Ctrl-R tries again", right, taken), Role::Bad)
        }
        _ => match &app.ui.paused {
            Some(paused) => {
                let since = lasting(now.mono.saturating_sub(paused.since.mono));
                (Some(format!(" ▪ paused for {since} · p goes on")), Role::Warn)
            }
            None => (Some(" read-only".to_owned()), Role::Pending),
        },
    }
}

fn next_try(retry_at: Option<Duration>, now: Now, number: u32) -> String {
    match retry_at {
        Some(at) => {
            let left = at.saturating_sub(now.mono).as_secs() + 1;
            format!(" · retry {number} in {left}s · Ctrl-R now")
        }
        None => format!(" · try {number} runs"),
    }
}

/// The cause, cut before the next try is: that one tells that nobody has to do anything.
fn down(cause: &str, next: &str, right: u16, taken: u16) -> Option<String> {
    const SIGN: &str = " ⚠ ";
    let room = right.saturating_sub(width(SIGN) + width(next) + taken);
    if room >= width(cause).min(MIN_CAUSE * 2) {
        return Some(format!("{SIGN}{}{next}", fit(cause, room)));
    }
    if taken > 0 {
        return None;
    }
    let next = next.trim_end_matches(" · Ctrl-R now");
    let room = right.saturating_sub(width(SIGN) + width(next)).max(MIN_CAUSE);
    Some(format!("{SIGN}{}{next}", fit(cause, room)))
}
