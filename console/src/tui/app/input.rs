//! Keys, mouse and pasted text: to the overlay, the filter line, or the key map, in this order.

use super::{App, FilterLine, Pane, Screen};
use crate::filter::Filter;
use crate::tui::effect::Effect;
use crate::tui::key::{Code, Held, Key};
use crate::tui::keymap::{self, Action, Found};
use crate::tui::msg::Now;
use crate::tui::screens::layout;
use crate::tui::state::remember;

/// Counts before a move are cut to this: further than any list is long.
const MAX_COUNT: usize = 100_000;

impl App {
    pub(super) fn key(&mut self, now: Now, key: Key) -> Vec<Effect> {
        if key == Key::ctrl('c') {
            return self.act(now, Action::Interrupt);
        }
        if let Some(overlay) = &mut self.ui.overlay {
            let after = overlay.key(now, key, &self.data);
            return self.follow(now, after);
        }
        if self.ui.filter_line.is_some() {
            self.filter_key(now, key);
            return Vec::new();
        }
        self.chord(now, key)
    }

    fn chord(&mut self, now: Now, key: Key) -> Vec<Effect> {
        if self.ui.pending.is_empty()
            && let Some(digit) = key.typed().and_then(|c| c.to_digit(10))
            && self.is_count(digit)
        {
            let digit = usize::try_from(digit).unwrap_or_default();
            self.ui.count = Some((self.ui.count.unwrap_or_default() * 10 + digit).min(MAX_COUNT));
            return Vec::new();
        }
        if key.code == Code::Esc && !self.ui.pending.is_empty() {
            self.ui.pending.clear();
            return Vec::new();
        }
        self.ui.pending.push(key);
        match keymap::resolve(self.ui.screen.scope(), &self.ui.pending) {
            Found::Prefix => Vec::new(),
            Found::None => {
                self.ui.pending.clear();
                self.ui.count = None;
                Vec::new()
            }
            Found::Action(action) => {
                self.ui.pending.clear();
                let effects = self.act(now, action);
                self.ui.count = None;
                effects
            }
        }
    }

    /// `1` to `3` are screens unless a count has begun; `0` never begins one.
    const fn is_count(&self, digit: u32) -> bool {
        self.ui.count.is_some() || digit > 3
    }

    fn filter_key(&mut self, now: Now, key: Key) {
        let Some(line) = &mut self.ui.filter_line else { return };
        match (key.held, key.code) {
            (_, Code::Enter) => return self.end_filter(),
            (_, Code::Esc) => {
                self.ui.filter_line = None;
                return self.set_filter(now, "");
            }
            (Held::None, Code::Up) => self.recall(1),
            (Held::None, Code::Down) => self.recall(-1),
            _ => {
                line.field.key(key);
            }
        }
        self.try_filter();
    }

    fn recall(&mut self, by: isize) {
        let history = match self.ui.screen {
            Screen::Fleet => &self.ui.saved.fleet_filters,
            Screen::Tunnels => &self.ui.saved.tunnels_filters,
            Screen::Access => &self.ui.saved.access_filters,
        };
        let Some(line) = &mut self.ui.filter_line else { return };
        let next = line.back.map_or(0, |at| at.saturating_add_signed(by));
        if let Some(text) = history.get(next) {
            line.field.set(text.clone());
            line.back = Some(next);
        }
    }

    fn end_filter(&mut self) {
        if self.ui.filter_line.as_ref().is_some_and(|line| line.error.is_some()) {
            return;
        }
        let Some(line) = self.ui.filter_line.take() else { return };
        let history = match self.ui.screen {
            Screen::Fleet => &mut self.ui.saved.fleet_filters,
            Screen::Tunnels => &mut self.ui.saved.tunnels_filters,
            Screen::Access => &mut self.ui.saved.access_filters,
        };
        if !line.field.trimmed().is_empty() {
            remember(history, line.field.trimmed());
        }
    }

    /// Opens the filter line.
    pub(super) fn edit_filter(&mut self) {
        let text = match self.ui.screen {
            Screen::Fleet => self.ui.fleet.filter_text.clone(),
            Screen::Tunnels => self.ui.tunnels.filter_text.clone(),
            Screen::Access => self.ui.access.list().filter_text.clone(),
        };
        let field = crate::tui::widgets::field::Field::new(text);
        self.ui.pane = Pane::Rows;
        self.ui.filter_line = Some(FilterLine { field, ..FilterLine::default() });
    }

    /// Takes what is typed; of a text with a mistake, what stands before the mistake.
    fn try_filter(&mut self) {
        let Some(line) = &self.ui.filter_line else { return };
        let (text, schema) = (line.field.text().to_owned(), self.schema());
        let (error, good) = match Filter::parse(&text, &schema) {
            Ok(filter) => (None, Some((text, filter))),
            Err(error) => {
                let before = text.get(..error.span.from).unwrap_or_default().trim().to_owned();
                let good = Filter::parse(&before, &schema).ok().filter(|_| !before.is_empty());
                (Some(error), good.map(|filter| (before, filter)))
            }
        };
        if let Some(line) = &mut self.ui.filter_line {
            line.error = error;
        }
        if let Some((text, filter)) = good {
            self.put_filter(text, filter);
        }
    }

    /// Filters by `text`; one that is not understood opens the filter line on it.
    pub(super) fn set_filter(&mut self, _: Now, text: &str) {
        match Filter::parse(text, &self.schema()) {
            Ok(filter) => self.put_filter(text.to_owned(), filter),
            Err(error) => {
                let field = crate::tui::widgets::field::Field::new(text);
                self.ui.filter_line = Some(FilterLine { field, error: Some(error), back: None });
            }
        }
    }

    fn put_filter(&mut self, text: String, filter: Filter) {
        let filter = Some(filter).filter(|_| !text.trim().is_empty());
        let text = text.trim().to_owned();
        match self.ui.screen {
            Screen::Fleet => (self.ui.fleet.filter_text, self.ui.fleet.filter) = (text, filter),
            Screen::Tunnels => {
                (self.ui.tunnels.filter_text, self.ui.tunnels.filter) = (text, filter)
            }
            Screen::Access => {
                let list = self.ui.access.list_mut();
                (list.filter_text, list.filter) = (text, filter);
            }
        }
    }

    pub(super) fn paste(&mut self, now: Now, text: &str) -> Vec<Effect> {
        if let Some(overlay) = &mut self.ui.overlay {
            overlay.paste(now, text, &self.data);
        } else if let Some(line) = &mut self.ui.filter_line {
            line.field.paste(text);
            self.try_filter();
        }
        Vec::new()
    }

    pub(super) fn scroll(&mut self, by: i8) -> Vec<Effect> {
        if self.ui.overlay.is_none() {
            let (rows, by) = (layout::rows(self), isize::from(by));
            match self.ui.screen {
                Screen::Fleet => self.ui.fleet.grid.scroll(by, rows),
                Screen::Tunnels => self.ui.tunnels.grid.scroll(by, rows),
                Screen::Access => self.ui.access.list_mut().grid.scroll(by, rows),
            }
        }
        Vec::new()
    }

    pub(super) fn click(&mut self, now: Now, x: u16, y: u16) -> Vec<Effect> {
        if self.ui.overlay.is_some() {
            return Vec::new();
        }
        if let Some(screen) = layout::tab_at(self, x, y) {
            return self.go(screen);
        }
        let Some(line) = layout::line_at(self, y) else { return Vec::new() };
        match self.ui.screen {
            Screen::Fleet => {
                if let Some(id) = self.ui.fleet.grid.at(line) {
                    self.ui.fleet.grid.select(id, now.mono);
                }
            }
            Screen::Tunnels => {
                if let Some(id) = self.ui.tunnels.grid.at(line) {
                    self.ui.tunnels.grid.select(id, now.mono);
                }
            }
            Screen::Access => {
                let grid = &mut self.ui.access.list_mut().grid;
                if let Some(key) = grid.at(line) {
                    grid.select(key, now.mono);
                }
            }
        }
        Vec::new()
    }
}
