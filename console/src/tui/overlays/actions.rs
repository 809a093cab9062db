//! A list to choose from: the actions of a row, or the orders of a screen. What can't be done now
//! is listed with the reason.

use super::After;
use crate::tui::data::{access, forwards::Local, nodes, tunnels};
use crate::tui::key::{Code, Key};
use crate::tui::keymap::Action;
use crate::tui::theme::Role;
use crate::tui::widgets::frame::{Canvas, width};
use ratatui::layout::Rect;

/// What an item does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Runs an action.
    Run(Action),
    /// Orders Fleet.
    OrderNodes(nodes::By),
    /// Orders Tunnels.
    OrderTunnels(tunnels::By),
    /// Orders the tab of Access.
    OrderAccess(access::By),
    /// Stops a forward of this console.
    StopForward(Local),
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The keys that choose it at once.
    pub key: String,
    /// In words.
    pub label: String,
    /// The command line that does the same.
    pub command: String,
    /// Why it can't be done now.
    pub off: Option<String>,
    /// What it does.
    pub does: Does,
}

/// A list with a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    title: String,
    items: Vec<Item>,
    at: usize,
}

impl Menu {
    /// A list; the cursor starts at the first.
    pub const fn new(title: String, items: Vec<Item>) -> Self {
        Self { title, items, at: 0 }
    }

    /// The items.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    pub(super) fn key(&mut self, key: Key) -> After {
        let letter = self.items.iter().position(|item| item.key == key.shown());
        match (key.code, letter) {
            (Code::Down, _) => self.at = (self.at + 1).min(self.items.len().saturating_sub(1)),
            (Code::Up, _) => self.at = self.at.saturating_sub(1),
            (Code::Enter, _) => return self.choose(self.at),
            (_, Some(at)) => return self.choose(at),
            (Code::Char('j'), None) => {
                self.at = (self.at + 1).min(self.items.len().saturating_sub(1))
            }
            (Code::Char('k'), None) => self.at = self.at.saturating_sub(1),
            (Code::Esc | Code::Char('q' | 'x' | 'h'), None) => return After::Close,
            _ => {}
        }
        After::Stay
    }

    fn choose(&mut self, at: usize) -> After {
        self.at = at;
        match self.items.get(at) {
            Some(Item { off: None, does, .. }) => match *does {
                Does::Run(action) => After::Run(action),
                Does::OrderNodes(by) => After::OrderNodes(by),
                Does::OrderTunnels(by) => After::OrderTunnels(by),
                Does::OrderAccess(by) => After::OrderAccess(by),
                Does::StopForward(forward) => After::StopForward(forward),
            },
            _ => After::Stay,
        }
    }

    /// Draws it over `area`.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let rows = u16::try_from(self.items.len()).unwrap_or(u16::MAX);
        let label = self.items.iter().map(|i| width(&i.label)).max().unwrap_or_default().min(30);
        let note = |i: &Item| width(i.off.as_deref().unwrap_or(&i.command));
        let widest = self.items.iter().map(note).max().unwrap_or_default();
        let size = ((label + widest + 14).clamp(36, 100), rows.saturating_add(2));
        let inner = canvas.dialog(area, size, &self.title, "⏎ run  Esc close");
        let skip = (self.at + 1).saturating_sub(usize::from(inner.height));
        for (line, (at, item)) in
            self.items.iter().enumerate().skip(skip).take(usize::from(inner.height)).enumerate()
        {
            let y = inner.y + u16::try_from(line).unwrap_or_default();
            let role = if item.off.is_some() { Role::Dim } else { Role::Text };
            canvas.text(inner.x + 1, y, 1, if at == self.at { "▶" } else { " " }, Role::Title);
            canvas.text(
                inner.x + 3,
                y,
                5,
                &item.key,
                if item.off.is_some() { Role::Dim } else { Role::Key },
            );
            canvas.text(inner.x + 8, y, label, &item.label, role);
            let x = inner.x + 10 + label;
            let (note, role) = match &item.off {
                Some(why) => (why, Role::Warn),
                None => (&item.command, Role::Dim),
            };
            canvas.text(x, y, inner.right().saturating_sub(x + 1), note, role);
            if at == self.at {
                canvas.highlight(Rect { x: inner.x, y, width: inner.width, height: 1 });
            }
        }
    }
}
