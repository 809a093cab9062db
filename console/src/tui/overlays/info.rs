//! Lines to read: why a node is degraded, the console's log, text to select by mouse.

use super::After;
use crate::tui::key::{Code, Key};
use crate::tui::theme::Role;
use crate::tui::widgets::frame::{Canvas, width};
use ratatui::layout::Rect;

/// Lines with a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The title.
    pub title: String,
    /// The lines.
    pub lines: Vec<String>,
    /// Whether it is drawn without a border, for selecting by mouse.
    pub bare: bool,
    top: usize,
}

impl Info {
    /// Lines in a box.
    pub const fn new(title: String, lines: Vec<String>) -> Self {
        Self { title, lines, bare: false, top: 0 }
    }

    /// Lines without a border.
    pub const fn bare(lines: Vec<String>) -> Self {
        Self { title: String::new(), lines, bare: true, top: 0 }
    }

    pub(super) fn key(&mut self, key: Key) -> After {
        match key.code {
            Code::Char('j') | Code::Down => {
                self.top = (self.top + 1).min(self.lines.len().saturating_sub(1))
            }
            Code::Char('k') | Code::Up => self.top = self.top.saturating_sub(1),
            _ => return After::Close,
        }
        After::Stay
    }

    /// Draws it over `area`.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let widest = self.lines.iter().map(|l| width(l)).max().unwrap_or_default();
        let rows = u16::try_from(self.lines.len()).unwrap_or(u16::MAX);
        let inner = if self.bare {
            canvas.clear(area);
            area
        } else {
            let size = (widest.max(40).saturating_add(4), rows.saturating_add(4).max(6));
            let inner = canvas.dialog(area, size, &self.title, "j k · any key closes");
            Rect::new(
                inner.x + 1,
                inner.y + 1,
                inner.width.saturating_sub(2),
                inner.height.saturating_sub(2),
            )
        };
        for (at, line) in
            self.lines.iter().skip(self.top).take(usize::from(inner.height)).enumerate()
        {
            let y = inner.y + u16::try_from(at).unwrap_or_default();
            canvas.text(inner.x, y, inner.width, line, Role::Text);
        }
    }
}
