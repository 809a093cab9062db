//! Which rows are shown, and in which order: made again when rows, filter or order changed, and not
//! while the order rests. What somebody asked for never rests.

use super::{App, List};
use crate::tui::data::{access, nodes, tunnels};
use crate::tui::msg::Now;
use crate::tui::screens::layout;
use std::hash::Hash;

/// What a shown order was made from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Made<By> {
    version: u64,
    /// A filter or an order by age makes another list every second.
    second: u64,
    rested: bool,
    wish: (By, bool, bool, String),
}

impl<Id: Copy + Ord + Hash, By: Copy + PartialEq> List<Id, By> {
    /// Whether the order must be made again, and whether it rests: `None` = nothing changed.
    fn due(&mut self, version: u64, now: Now, held: bool, by_age: bool) -> Option<bool> {
        let second = if by_age || self.filter.is_some() { now.wall.0 / 1000 } else { 0 };
        let rested = held || self.grid.is_held(now.mono);
        let wish = (self.by, self.reversed, self.problems, self.filter_text.clone());
        let made = Made { version, second, rested, wish };
        let before = self.made.replace(made.clone());
        match before {
            None => Some(rested),
            Some(before) if before.wish != made.wish => Some(false),
            Some(before) => {
                let same = before.version == version && before.second == second;
                let woke = before.rested && !rested;
                (!same || woke).then_some(rested)
            }
        }
    }
}

impl App {
    /// Brings the shown rows up to date.
    pub(super) fn reindex(&mut self, now: Now) {
        let held = self.ui.overlay.is_some();
        let (data, wall) = (&self.data, now.wall);
        let list = &mut self.ui.fleet;
        let by_age = list.by == nodes::By::Seen;
        if let Some(rest) = list.due(data.nodes.version(), now, held, by_age) {
            let rows = data.nodes.ordered(list.by, list.reversed, list.grid.order(), |node| {
                (!list.problems || nodes::is_problem(node))
                    && list.filter.as_ref().is_none_or(|f| f.matches(node, wall))
            });
            list.grid.keep_marks(|id| data.nodes.get(id).is_some());
            list.grid.show(rows, rest);
        }
        let list = &mut self.ui.tunnels;
        if let Some(rest) = list.due(data.tunnels.version(), now, held, false) {
            let rows = data.tunnels.ordered(list.by, list.reversed, list.grid.order(), |tunnel| {
                (!list.problems || tunnels::is_problem(tunnel))
                    && list.filter.as_ref().is_none_or(|f| f.matches(&tunnel.view, wall))
            });
            list.grid.keep_marks(|id| data.tunnels.get(id).is_some());
            list.grid.show(rows, rest);
        }
        let tab = self.ui.access.tab;
        let list = self.ui.access.list_mut();
        if let Some(rest) = list.due(data.access.version(tab), now, held, false) {
            let rows = data.access.ordered(tab, list.by, list.reversed, |row| {
                (!list.problems || access::is_problem(row))
                    && list.filter.as_ref().is_none_or(|f| f.matches(row.subject(), wall))
            });
            list.grid.keep_marks(|key| data.access.get(key).is_some());
            list.grid.show(rows, rest);
        }
        let height = layout::rows(self);
        self.ui.fleet.grid.clamp(height);
        self.ui.access.list_mut().grid.clamp(height);
        self.ui.tunnels.grid.clamp(height);
        self.ui.forward_at = self.ui.forward_at.min(self.data.forwards.len().saturating_sub(1));
    }
}
