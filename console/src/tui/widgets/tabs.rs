//! The row of screens.

use super::super::theme::Role;
use super::frame::{Canvas, width};

/// Draws the names, the one in use in brackets; where each begins and ends comes back.
pub fn draw(canvas: &mut Canvas<'_>, y: u16, names: &[&str], active: usize) -> Vec<(u16, u16)> {
    let mut x = 1;
    names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let (text, role) = if at == active {
                (format!("[{name}]"), Role::Title)
            } else {
                (format!(" {name} "), Role::Text)
            };
            let from = x;
            canvas.text(x, y, width(&text), &text, role);
            x += width(&text) + 1;
            (from, from + width(&text))
        })
        .collect()
}
