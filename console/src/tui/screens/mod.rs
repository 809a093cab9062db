//! Draws the console: pure functions of what is known and shown. Never I/O, never a clock.

pub mod access;
mod chrome;
mod empty;
mod fleet;
pub mod layout;
mod tunnels;

use super::app::{App, Manner, Screen};
use super::msg::Now;
use super::overlays::Overlay;
use super::widgets::frame::Canvas;
use layout::Class;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Draws everything into `buf`. Where the terminal's own cursor belongs comes back, if it is to be
/// seen at all.
pub fn draw(app: &App, now: Now, buf: &mut Buffer) -> Option<Position> {
    let area = buf.area;
    let (theme, glyphs, manner) = (app.ui.theme, app.ui.glyphs, app.ui.manner);
    let mut canvas = Canvas { buf, theme, glyphs, manner, faded: false };
    canvas.clear(area);
    match layout::class(area.width, area.height) {
        Class::Line => chrome::line(&mut canvas, app, now),
        _ => screen(&mut canvas, app, now),
    }
    let cursor = match manner {
        Manner::Full => None,
        Manner::Plain => find(buf, "▁").or_else(|| find(buf, "▶")),
    };
    app.ui.glyphs.fold(buf);
    cursor
}

/// The last cell with this sign. Without charts and panes, only a cursor has it.
fn find(buf: &Buffer, sign: &str) -> Option<Position> {
    let at = buf.content.iter().rposition(|cell| cell.symbol() == sign)?;
    let (x, y) = buf.pos_of(at);
    Some(Position { x, y })
}

fn screen(canvas: &mut Canvas<'_>, app: &App, now: Now) {
    chrome::header(canvas, app, now);
    chrome::tabs(canvas, app);
    chrome::crumb(canvas, app, now);
    canvas.faded = app.data.link.is_stale();
    match app.ui.screen {
        Screen::Fleet => fleet::draw(canvas, app, now),
        Screen::Tunnels => tunnels::draw(canvas, app, now),
        Screen::Access => access::draw(canvas, app, now),
    }
    canvas.faded = false;
    chrome::status(canvas, app, now);
    chrome::hints(canvas, app);
    overlay(canvas, app);
}

/// Where overlays may be: the context and the state of the link stay in sight above them.
fn below_header(app: &App, area: Rect) -> Rect {
    let (top, bottom) = if layout::as_asked(layout::class(area.width, area.height), app) < Class::S
    {
        (1, 1)
    } else {
        (2, 2)
    };
    Rect { y: area.y + top, height: area.height.saturating_sub(top + bottom), ..area }
}

fn overlay(canvas: &mut Canvas<'_>, app: &App) {
    let room = below_header(app, canvas.buf.area);
    match &app.ui.overlay {
        None => {}
        Some(Overlay::Help(help)) => help.draw(canvas, room),
        Some(Overlay::Confirm(confirm)) => confirm.draw(canvas, room),
        Some(Overlay::OpenTunnel(form)) => form.draw(canvas, room, &app.data),
        Some(Overlay::Explain(form)) => form.draw(canvas, room),
        Some(Overlay::Menu(menu)) => menu.draw(canvas, room),
        Some(Overlay::Info(info)) => info.draw(canvas, room),
    }
}
