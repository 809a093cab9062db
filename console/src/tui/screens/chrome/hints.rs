//! The bottom row: the keys that matter here and now.

use super::class;
use crate::tui::app::{App, Screen};
use crate::tui::data::access::Tab;
use crate::tui::glyph::Glyphs;
use crate::tui::keymap::{self, Action, Hint};
use crate::tui::screens::layout::Class;
use crate::tui::theme::Role;
use crate::tui::widgets::frame::{Canvas, Part, part, width};

/// Draws the row.
pub(in crate::tui::screens) fn hints(canvas: &mut Canvas<'_>, app: &App) {
    if class(canvas, app) < Class::S {
        return;
    }
    let y = canvas.buf.area.height - 1;
    let mut parts = vec![part(" ", Role::Text)];
    if app.ui.filter_line.is_some() {
        for (key, word) in [("⏎", "keep"), ("Esc", "clear"), ("↑", "earlier ones"), ("^U", "empty")]
        {
            parts.push(part(spelled(app, key.to_owned()), Role::Key));
            parts.push(part(format!(" {word}  "), Role::Dim));
        }
    } else if app.ui.pending.is_empty() {
        parts.extend(key_hints(app, canvas.buf.area.width));
    } else {
        continuations(app, &mut parts);
    }
    canvas.parts(0, y, canvas.buf.area.width, &parts);
}

/// A key as this terminal can show it.
fn spelled(app: &App, key: String) -> String {
    if app.ui.glyphs == Glyphs::Ascii { key.replace('⏎', "Enter") } else { key }
}

/// What is of use on the screen as it is: an empty table has no row to do something to.
fn wanted(app: &App) -> &'static [Hint] {
    let (rows, all) = match app.ui.screen {
        Screen::Fleet => (app.ui.fleet.grid.order().len(), app.data.nodes.counts().total),
        Screen::Tunnels => (app.ui.tunnels.grid.order().len(), app.data.tunnels.len()),
        Screen::Access => {
            (app.ui.access.list().grid.order().len(), app.data.access.len(app.ui.access.tab))
        }
    };
    match (app.ui.screen, rows, all) {
        (Screen::Fleet, 0, 0) => keymap::NOTHING_HINTS,
        (_, 0, 1..) => keymap::NO_MATCH_HINTS,
        (Screen::Fleet, ..) => keymap::FLEET_HINTS,
        (Screen::Tunnels, 0, 0) => keymap::NO_TUNNELS_HINTS,
        (Screen::Tunnels, ..) => keymap::TUNNELS_HINTS,
        (Screen::Access, 0, 0) => keymap::NO_ACCESS_HINTS,
        (Screen::Access, ..) if app.ui.access.tab == Tab::Pending => keymap::PENDING_HINTS,
        (Screen::Access, ..) => keymap::ACCESS_HINTS,
    }
}

/// The hints that fit whole, and help in any case.
fn key_hints(app: &App, columns: u16) -> Vec<Part<'static>> {
    let narrow = columns < 100;
    let gap = if narrow { " " } else { "  " };
    let shown = |hint: &Hint| {
        let binding = keymap::binding(app.ui.screen.scope(), hint.action)?;
        let key = keymap::shown(binding.keys[0]);
        // A prefix stands for everything behind it.
        let key = if binding.keys[0].contains(' ') { key.chars().take(1).collect() } else { key };
        let word = if narrow { hint.short? } else { hint.word };
        let space = if word.is_empty() { "" } else { " " };
        let (key, text) = (spelled(app, key), format!("{space}{word}{gap}"));
        Some((width(&key) + width(&text), [part(key, Role::Key), part(text, Role::Dim)]))
    };
    let hints = wanted(app);
    let help = hints.iter().find(|hint| hint.action == Action::Help).and_then(shown);
    // The gap behind the last one may be cut.
    let mut room =
        (columns - 1 + width(gap)).saturating_sub(help.as_ref().map_or(0, |(cells, _)| *cells));
    let mut parts = Vec::new();
    for hint in hints {
        if hint.action == Action::Help {
            parts.extend(help.iter().flat_map(|(_, pair)| pair.clone()));
        } else if let Some((cells, pair)) = shown(hint)
            && cells <= room
        {
            room -= cells;
            parts.extend(pair);
        }
    }
    if let Some((last, _)) = parts.last_mut() {
        *last = last.trim_end().to_owned().into();
    }
    parts
}

/// What may follow the keys typed so far.
fn continuations(app: &App, parts: &mut Vec<Part<'static>>) {
    let typed: String = app.ui.pending.iter().map(|key| key.shown()).collect();
    parts.push(part(format!("{typed}…  "), Role::Title));
    for binding in keymap::on(app.ui.screen.scope()) {
        for chord in binding.keys {
            let keys = keymap::chords(chord);
            if let Some(rest) =
                keys.strip_prefix(app.ui.pending.as_slice()).filter(|rest| !rest.is_empty())
            {
                parts.push(part(rest.iter().map(|key| key.shown()).collect::<String>(), Role::Key));
                let about =
                    binding.about.trim_start_matches("copy ").trim_start_matches("filter by this ");
                parts.push(part(format!(" {about}  "), Role::Dim));
            }
        }
    }
}
