//! One line of text being typed.

use super::super::key::{Code, Held, Key};
use super::super::theme::Role;
use super::frame::{Canvas, width};

/// Text with a cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    /// In characters.
    at: usize,
}

/// Longest text of a field; also what a paste is cut to.
const MAX: usize = 256;

impl Field {
    /// A field with the cursor behind `text`.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { at: text.chars().count(), text }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text without spaces around it.
    pub fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// Replaces the text.
    pub fn set(&mut self, text: impl Into<String>) {
        *self = Self::new(text);
    }

    /// Types each harmless character of `text`.
    pub fn paste(&mut self, text: &str) {
        text.chars().filter(|c| !c.is_control()).for_each(|c| self.insert(c));
    }

    /// Whether the key was for this field.
    pub fn key(&mut self, key: Key) -> bool {
        match (key.held, key.code) {
            (Held::None, Code::Char(c)) => self.insert(c),
            (Held::None, Code::Backspace) => self.back(),
            (Held::None, Code::Delete) => {
                if let Some(from) = self.byte(self.at) {
                    self.text.remove(from);
                }
            }
            (Held::None, Code::Left) => self.at = self.at.saturating_sub(1),
            (Held::None, Code::Right) => self.at = (self.at + 1).min(self.length()),
            (Held::None, Code::Home) | (Held::Ctrl, Code::Char('a')) => self.at = 0,
            (Held::None, Code::End) | (Held::Ctrl, Code::Char('e')) => self.at = self.length(),
            (Held::Ctrl, Code::Char('u')) => *self = Self::default(),
            (Held::Ctrl, Code::Char('w')) => self.word_back(),
            _ => return false,
        }
        true
    }

    fn insert(&mut self, c: char) {
        if self.length() < MAX {
            let at = self.byte(self.at).unwrap_or(self.text.len());
            self.text.insert(at, c);
            self.at += 1;
        }
    }

    fn back(&mut self) {
        if let Some(before) = self.at.checked_sub(1).and_then(|at| self.byte(at)) {
            self.text.remove(before);
            self.at -= 1;
        }
    }

    fn word_back(&mut self) {
        let before =
            |field: &Self| field.at.checked_sub(1).and_then(|at| field.text.chars().nth(at));
        while before(self) == Some(' ') {
            self.back();
        }
        while before(self).is_some_and(|c| c != ' ') {
            self.back();
        }
    }

    fn length(&self) -> usize {
        self.text.chars().count()
    }

    fn byte(&self, at: usize) -> Option<usize> {
        self.text.char_indices().nth(at).map(|(byte, _)| byte)
    }

    /// Draws `[ text▁ ]` over `cells` cells.
    pub fn draw(&self, canvas: &mut Canvas<'_>, x: u16, y: u16, cells: u16, focused: bool) {
        let inner = cells.saturating_sub(4);
        canvas.text(
            x,
            y,
            cells,
            &format!("[{}]", " ".repeat(usize::from(cells.saturating_sub(2)))),
            Role::Dim,
        );
        let role = if focused { Role::Title } else { Role::Text };
        self.draw_bare(canvas, x + 2, y, inner, role, focused);
    }

    /// Draws the text alone, scrolled so that the cursor is in sight.
    pub fn draw_bare(
        &self,
        canvas: &mut Canvas<'_>,
        x: u16,
        y: u16,
        cells: u16,
        role: Role,
        focused: bool,
    ) {
        if !focused {
            canvas.text(x, y, cells, &self.text, role);
            return;
        }
        let before: String = self.text.chars().take(self.at).collect();
        let skip = usize::from((width(&before) + 1).saturating_sub(cells));
        let seen: String = before.chars().skip(skip).collect();
        let x = canvas.text(x, y, cells, &seen, role);
        let rest: String = self.text.chars().skip(self.at).collect();
        let left = cells.saturating_sub(width(&seen));
        let x = canvas.text(x, y, left.min(1), "▁", Role::Key);
        canvas.text(x, y, left.saturating_sub(1), &rest, role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_edits_at_the_cursor() {
        let mut field = Field::new("ab ü");
        for key in ["left", "x", "backspace", "backspace", "home", "y", "end", "z"] {
            let key: Key = key.parse().unwrap_or(Key::plain(Code::Esc));
            assert!(field.key(key));
        }
        assert_eq!(field.text(), "yabüz");
        field.key(Key::ctrl('w'));
        assert_eq!(field.text(), "");
        field.paste("a\nb\u{1b}");
        assert_eq!(field.text(), "ab");
    }
}
