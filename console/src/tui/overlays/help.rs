//! The help: the key map itself, searchable, with what can't be done now and why. Runs the hit.

use super::After;
use crate::tui::key::{Code, Key};
use crate::tui::keymap::{Binding, Group, shown};
use crate::tui::theme::Role;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::frame::{Canvas, width};
use ratatui::layout::Rect;

/// One line of the help.
#[derive(Debug, Clone)]
pub struct Entry {
    binding: &'static Binding,
    off: Option<String>,
}

/// The help.
#[derive(Debug)]
pub struct Help {
    screen: &'static str,
    entries: Vec<Entry>,
    search: Field,
    grammar: Vec<String>,
    at: usize,
    page: usize,
}

impl Help {
    /// The help of a screen: its bindings, each with the reason why it is off, and how a filter is
    /// written there.
    pub fn new(
        screen: &'static str,
        bindings: impl Iterator<Item = (&'static Binding, Option<String>)>,
        grammar: Vec<String>,
    ) -> Self {
        let entries = bindings.map(|(binding, off)| Entry { binding, off }).collect();
        Self { screen, entries, search: Field::default(), grammar, at: 0, page: 0 }
    }

    pub(super) fn key(&mut self, key: Key) -> After {
        let hits = self.hits().len();
        match key.code {
            Code::Esc => return After::Close,
            Code::Down => self.at = (self.at + 1).min(hits.saturating_sub(1)),
            Code::Up => self.at = self.at.saturating_sub(1),
            Code::PageDown | Code::Tab => self.page += 1,
            Code::PageUp | Code::BackTab => self.page = self.page.saturating_sub(1),
            Code::Enter => return self.run(),
            _ if self.search.key(key) => self.at = 0,
            _ => {}
        }
        After::Stay
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.search.paste(text);
    }

    fn run(&self) -> After {
        if self.search.trimmed().is_empty() {
            return After::Stay;
        }
        match self.hits().get(self.at) {
            Some(Entry { off: None, binding }) => After::Run(binding.action),
            _ => After::Stay,
        }
    }

    /// Entries whose words or keys contain what was typed.
    fn hits(&self) -> Vec<&Entry> {
        let wanted = self.search.trimmed().to_lowercase();
        self.entries.iter().filter(|entry| matches(entry.binding, &wanted)).collect()
    }

    /// Draws it over `area`.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let wide = area.width >= 110;
        let size = if wide { (104, 31) } else { (74, 22) };
        let title = format!("Help — {}", self.screen);
        let inner = canvas.dialog(area, size, &title, "made from the key map");
        let keys: usize = self.entries.iter().map(|e| e.binding.keys.len()).sum();
        let x = canvas.text(inner.x + 2, inner.y, 17, "type to search ▸ ", Role::Dim);
        self.search.draw_bare(canvas, x, inner.y, 24, Role::Title, true);
        canvas.right(inner.right() - 2, inner.y, &format!("{keys} keys"), Role::Dim);
        let body = Rect::new(inner.x, inner.y + 2, inner.width, inner.height.saturating_sub(3));
        if self.search.trimmed().is_empty() {
            self.draw_all(canvas, body);
        } else {
            self.draw_hits(canvas, body);
        }
        let foot = "⏎ run hit   Tab next page   Esc close";
        canvas.text(inner.x + 2, inner.bottom() - 1, inner.width, foot, Role::Dim);
    }

    fn draw_hits(&self, canvas: &mut Canvas<'_>, body: Rect) {
        let hits = self.hits();
        let skip = (self.at + 1).saturating_sub(usize::from(body.height));
        for (line, (at, entry)) in
            hits.iter().enumerate().skip(skip).take(usize::from(body.height)).enumerate()
        {
            let y = body.y + u16::try_from(line).unwrap_or_default();
            let text = line_of(entry, 10);
            let role = if entry.off.is_some() { Role::Dim } else { Role::Text };
            canvas.text(body.x + 3, y, body.width.saturating_sub(4), &text, role);
            if at == self.at {
                canvas.highlight(Rect {
                    x: body.x + 1,
                    y,
                    width: body.width.saturating_sub(2),
                    height: 1,
                });
            }
        }
        if hits.is_empty() {
            canvas.text(body.x + 3, body.y, body.width, "nothing is called that", Role::Dim);
        }
    }

    fn draw_all(&self, canvas: &mut Canvas<'_>, body: Rect) {
        let columns = if body.width >= 100 { 3 } else { 2 };
        let lines = self.lines();
        let height = usize::from(body.height.max(1));
        let per_page = height * columns;
        let pages = lines.len().div_ceil(per_page).max(1);
        let page = self.page % pages;
        let cell = body.width.saturating_sub(3) / u16::try_from(columns).unwrap_or(1);
        for (at, (text, role)) in lines.iter().skip(page * per_page).take(per_page).enumerate() {
            let x = body.x + 2 + u16::try_from(at / height).unwrap_or_default() * cell;
            let y = body.y + u16::try_from(at % height).unwrap_or_default();
            canvas.text(x, y, cell.saturating_sub(1), text, *role);
        }
        if pages > 1 {
            let text = format!("{}/{pages}", page + 1);
            canvas.right(body.right() - 2, body.bottom(), &text, Role::Dim);
        }
    }

    fn lines(&self) -> Vec<(String, Role)> {
        let mut lines = Vec::new();
        let groups = [
            (Group::Screen, self.screen.to_uppercase()),
            (Group::Move, "MOVE".to_owned()),
            (Group::Marks, "MARKS".to_owned()),
            (Group::Copy, "COPY".to_owned()),
            (Group::Global, "GLOBAL".to_owned()),
        ];
        for (group, heading) in groups {
            lines.push((heading, Role::Title));
            let of = self.entries.iter().filter(|e| e.binding.group == group && e.off.is_none());
            lines.extend(of.map(|entry| (line_of(entry, 8), Role::Text)));
            lines.push((String::new(), Role::Text));
        }
        let off: Vec<_> = self.entries.iter().filter(|e| e.off.is_some()).collect();
        if !off.is_empty() {
            lines.push(("NOT AVAILABLE NOW".to_owned(), Role::Title));
            for entry in off {
                lines.push((key_and_words(entry, 8), Role::Dim));
                let why = entry.off.as_deref().unwrap_or_default();
                lines.push((format!("   — {why}"), Role::Dim));
            }
            lines.push((String::new(), Role::Text));
        }
        lines.push(("FILTER".to_owned(), Role::Title));
        lines.extend(self.grammar.iter().map(|line| (format!(" {line}"), Role::Text)));
        lines
    }
}

fn matches(binding: &Binding, wanted: &str) -> bool {
    let name = format!("{:?}", binding.action).to_lowercase();
    let keys = || binding.keys.iter().map(|k| shown(k).to_lowercase());
    binding.about.to_lowercase().contains(wanted)
        || name.contains(wanted)
        || keys().any(|k| k == wanted)
}

fn line_of(entry: &Entry, key_cells: usize) -> String {
    let why = entry.off.as_ref().map(|why| format!(" — {why}")).unwrap_or_default();
    format!("{}{why}", key_and_words(entry, key_cells))
}

fn key_and_words(entry: &Entry, key_cells: usize) -> String {
    let keys: Vec<String> = entry.binding.keys.iter().take(2).map(|k| shown(k)).collect();
    let keys = keys.join(" ");
    let pad = key_cells.saturating_sub(usize::from(width(&keys)));
    format!(" {keys}{}  {}", " ".repeat(pad), entry.binding.about)
}
