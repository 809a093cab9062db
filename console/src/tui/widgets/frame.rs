//! The surface everything is drawn on: text by role, cut to its place, and boxes.

use super::super::app::Manner;
use super::super::glyph::Glyphs;
use super::super::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::borrow::Cow;
use unicode_width::UnicodeWidthChar;

/// A buffer with a theme.
pub struct Canvas<'a> {
    /// The cells.
    pub buf: &'a mut Buffer,
    /// The look.
    pub theme: Theme,
    /// The signs.
    pub glyphs: Glyphs,
    /// Whether there are borders.
    pub manner: Manner,
    /// Everything is drawn dim: what is shown is old.
    pub faded: bool,
}

/// Text and what it is.
pub type Part<'a> = (Cow<'a, str>, Role);

/// A part of a line.
pub fn part<'a>(text: impl Into<Cow<'a, str>>, role: Role) -> Part<'a> {
    (text.into(), role)
}

impl Canvas<'_> {
    /// The look of `role` here and now.
    pub fn style(&self, role: Role) -> Style {
        let style = self.theme.style(role);
        if self.faded { style.add_modifier(Modifier::DIM) } else { style }
    }

    /// Writes `text` from `x` on, at most `width` cells; where it ends comes back.
    pub fn text(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) -> u16 {
        let area = self.buf.area;
        if y < area.y || y >= area.bottom() || x >= area.right() {
            return x;
        }
        let fitted = fit(text, width.min(area.right() - x));
        let style = self.style(role);
        self.buf.set_stringn(x, y, fitted.as_ref(), usize::from(width), style).0
    }

    /// Writes `text` so that it ends before `right`; where it begins comes back.
    pub fn right(&mut self, right: u16, y: u16, text: &str, role: Role) -> u16 {
        let x = right.saturating_sub(width(text));
        self.text(x, y, right - x, text, role);
        x
    }

    /// Writes parts one after the other; where they end comes back.
    pub fn parts(&mut self, x: u16, y: u16, right: u16, parts: &[Part<'_>]) -> u16 {
        parts.iter().fold(
            x,
            |x, (text, role)| {
                if x < right { self.text(x, y, right - x, text, *role) } else { x }
            },
        )
    }

    /// Empties an area.
    pub fn clear(&mut self, area: Rect) {
        let base = self.theme.base();
        for y in area.y..area.bottom() {
            for x in area.x..area.right() {
                if let Some(cell) = self.buf.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(base);
                }
            }
        }
    }

    /// Draws a box with a title, a note at its right, and a footer; its inside comes back.
    pub fn boxed(&mut self, area: Rect, title: &str, note: &str, footer: &str) -> Rect {
        if area.width < 4 || area.height < 2 {
            return Rect::default();
        }
        if self.manner == Manner::Full {
            self.border(area);
        }
        let (x, right, bottom) = (area.x, area.right() - 1, area.bottom() - 1);
        let room = area.width.saturating_sub(6);
        if !title.is_empty() {
            self.text(x + 2, area.y, room, &format!(" {title} "), Role::Title);
        }
        let left = width(title) + 5;
        if !note.is_empty() && left + width(note) + 4 < area.width {
            self.right(right - 1, area.y, &format!(" {note} "), Role::Dim);
        }
        if !footer.is_empty() {
            self.text(x + 2, bottom, room, &format!(" {footer} "), Role::Dim);
        }
        Rect::new(x + 1, area.y + 1, area.width - 2, area.height - 2)
    }

    fn border(&mut self, area: Rect) {
        let (x, right, bottom) = (area.x, area.right() - 1, area.bottom() - 1);
        for cx in x + 1..right {
            self.text(cx, area.y, 1, "─", Role::Line);
            self.text(cx, bottom, 1, "─", Role::Line);
        }
        for cy in area.y + 1..bottom {
            self.text(x, cy, 1, "│", Role::Line);
            self.text(right, cy, 1, "│", Role::Line);
        }
        for (cx, cy, sign) in
            [(x, area.y, "╭"), (right, area.y, "╮"), (x, bottom, "╰"), (right, bottom, "╯")]
        {
            self.text(cx, cy, 1, sign, Role::Line);
        }
    }

    /// Draws a box in the middle of `area` over what is there, or instead of it where
    /// one thing at a time is shown; its inside comes back.
    pub fn dialog(&mut self, area: Rect, size: (u16, u16), title: &str, note: &str) -> Rect {
        let (w, h) = (size.0.min(area.width), size.1.min(area.height));
        let at = Rect::new(area.x + (area.width - w) / 2, area.y + (area.height - h) / 2, w, h);
        self.clear(if self.manner == Manner::Plain { area } else { at });
        self.boxed(at, title, note, "")
    }

    /// Gives a row of cells the look of the cursor.
    pub fn highlight(&mut self, area: Rect) {
        let style = self.theme.style(Role::Cursor);
        let style = Style { fg: None, bg: None, ..style };
        self.buf.set_style(area, style);
    }
}

/// The cells `text` takes, as [`Canvas`] draws it.
pub fn width(text: &str) -> u16 {
    u16::try_from(text.chars().filter_map(UnicodeWidthChar::width).sum::<usize>())
        .unwrap_or(u16::MAX)
}

/// Cuts `text` to `max` cells, ending in `…` if something is missing. Marks that take no cell of
/// their own are left out: they would let one cell carry any number of bytes.
pub fn fit(text: &str, max: u16) -> Cow<'_, str> {
    let clean = text.is_ascii() || text.chars().all(|c| c.width().is_some_and(|w| w > 0));
    if clean && width(text) <= max {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut used = 0;
    let drawn = || text.chars().filter(|c| c.width().is_some_and(|w| w > 0));
    let needed: usize = drawn().filter_map(UnicodeWidthChar::width).sum();
    let max = usize::from(max);
    let room = if needed > max { max.saturating_sub(1) } else { max };
    for c in drawn() {
        let w = c.width().unwrap_or_default();
        if used + w > room {
            break;
        }
        out.push(c);
        used += w;
    }
    if needed > max && max > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_is_never_wider_than_its_place(text in any::<String>(), max in 0u16..40) {
            prop_assert!(width(&fit(&text, max)) <= max);
        }
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(fit("gw-ber-014", 6), "gw-be…");
        assert_eq!(fit("gw-ber", 6), "gw-ber");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("e\u{301}\u{301}\u{301}x", 2), "ex");
    }
}
