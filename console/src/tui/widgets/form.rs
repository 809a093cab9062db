//! Parts of forms besides text: choices and buttons.

use super::super::app::Manner;
use super::super::theme::Role;
use super::frame::{Canvas, width};

/// Draws `(•) one  ( ) two`.
pub fn choice(
    canvas: &mut Canvas<'_>,
    x: u16,
    y: u16,
    names: &[&str],
    chosen: usize,
    focused: bool,
) {
    point(canvas, x, y, focused);
    let mut x = x;
    for (at, name) in names.iter().enumerate() {
        let text = format!("({}) {name}", if at == chosen { "•" } else { " " });
        let role = match (focused, at == chosen) {
            (true, true) => Role::Active,
            (false, true) => Role::Title,
            _ => Role::Text,
        };
        x = canvas.text(x, y, width(&text), &text, role) + 3;
    }
}

/// Where there is a cursor to follow, it leads to what has the focus.
fn point(canvas: &mut Canvas<'_>, x: u16, y: u16, focused: bool) {
    if focused && canvas.manner == Manner::Plain {
        canvas.text(x.saturating_sub(1), y, 1, "▶", Role::Title);
    }
}

/// Draws `[ Label ]`; where it ends comes back.
pub fn button(canvas: &mut Canvas<'_>, x: u16, y: u16, label: &str, role: Role) -> u16 {
    let text = format!("[ {label} ]");
    point(canvas, x, y, role == Role::Active);
    canvas.text(x, y, width(&text), &text, role)
}

/// Draws `[x] label`.
pub fn tick(canvas: &mut Canvas<'_>, x: u16, y: u16, label: &str, on: bool, focused: bool) {
    let text = format!("[{}] {label}", if on { "x" } else { " " });
    point(canvas, x, y, focused);
    canvas.text(x, y, width(&text), &text, if focused { Role::Active } else { Role::Text });
}
