//! A windowed table: rows keep their identity, the order rests while somebody moves, only what is
//! in sight is formatted. Column widths come from a plan, never from content.

use super::super::theme::Role;
use super::frame::{Canvas, Part, width};
use ratatui::layout::Rect;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::time::Duration;

/// How long the order rests after the cursor moved.
pub const HOLD: Duration = Duration::from_secs(2);
/// Rows kept in sight above and below the cursor.
const CONTEXT: usize = 2;

/// Which end of its cell a column's text keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// One column of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<Key> {
    /// What it shows.
    pub key: Key,
    /// Its head.
    pub title: &'static str,
    /// Its cells.
    pub width: u16,
    /// Its side.
    pub side: Side,
}

/// Which columns are drawn, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<Key> {
    /// Cells in front for cursor and mark: 3, or 1 where there is no room.
    pub indent: u16,
    /// Whether there is a line of titles.
    pub head: bool,
    /// The columns.
    pub columns: Vec<Column<Key>>,
}

/// What is shown of a set of rows, and where the cursor is.
#[derive(Debug, Clone)]
pub struct Grid<Id> {
    order: Vec<Id>,
    cursor: Option<Id>,
    top: usize,
    marks: BTreeSet<Id>,
    anchor: Option<Id>,
    moved_at: Option<Duration>,
    waiting: usize,
}

impl<Id> Default for Grid<Id> {
    fn default() -> Self {
        Self {
            order: Vec::new(),
            cursor: None,
            top: 0,
            marks: BTreeSet::new(),
            anchor: None,
            moved_at: None,
            waiting: 0,
        }
    }
}

impl<Id: Copy + Ord + Hash> Grid<Id> {
    /// Shows `wanted`. While `held`, rows that stay keep their places and new ones wait.
    pub fn show(&mut self, wanted: Vec<Id>, held: bool) {
        let place = self.place();
        if held && !self.order.is_empty() {
            let keep: HashSet<Id> = wanted.iter().copied().collect();
            self.order.retain(|id| keep.contains(id));
            self.waiting = wanted.len() - self.order.len();
        } else {
            self.order = wanted;
            self.waiting = 0;
        }
        if self.order.is_empty() && self.waiting == 0 {
            self.top = 0;
        }
        if self.cursor.is_none_or(|id| !self.order.contains(&id)) {
            let place = place.min(self.order.len().saturating_sub(1));
            self.cursor = self.order.get(place).copied();
        }
    }

    /// Forgets marks of rows that are gone.
    pub fn keep_marks(&mut self, exists: impl Fn(Id) -> bool) {
        self.marks.retain(|id| exists(*id));
    }

    /// Whether the order rests: the cursor moved lately, or something is marked.
    pub fn is_held(&self, now: Duration) -> bool {
        !self.marks.is_empty() || self.hold_ends().is_some_and(|ends| now < ends)
    }

    /// When the rest after a move ends.
    pub fn hold_ends(&self) -> Option<Duration> {
        self.moved_at.map(|at| at + HOLD)
    }

    /// Moves the cursor by rows.
    pub fn step(&mut self, by: isize, now: Duration) {
        let place = self.place().saturating_add_signed(by).min(self.order.len().saturating_sub(1));
        self.jump(place, now);
    }

    /// Moves the cursor to a place.
    pub fn jump(&mut self, place: usize, now: Duration) {
        self.moved_at = Some(now);
        let place = place.min(self.order.len().saturating_sub(1));
        self.cursor = self.order.get(place).copied().or(self.cursor);
    }

    /// Moves the cursor to a row.
    pub fn select(&mut self, id: Id, now: Duration) {
        if self.order.contains(&id) {
            self.cursor = Some(id);
            self.moved_at = Some(now);
        }
    }

    /// Moves what is in sight, not the cursor.
    pub fn scroll(&mut self, by: isize, height: usize) {
        let last = self.order.len().saturating_sub(height);
        self.top = self.top.saturating_add_signed(by).min(last);
    }

    /// Brings the cursor into sight.
    pub fn reveal(&mut self, height: usize) {
        let place = self.place();
        let context = CONTEXT.min(height.saturating_sub(1) / 2);
        let last = self.order.len().saturating_sub(height);
        if place < self.top + context {
            self.top = place.saturating_sub(context);
        } else if place + context + 1 > self.top + height {
            self.top = place + context + 1 - height;
        }
        self.top = self.top.min(last);
    }

    /// Keeps the view inside the rows.
    pub fn clamp(&mut self, height: usize) {
        self.top = self.top.min(self.order.len().saturating_sub(height));
    }

    /// Marks or unmarks the row under the cursor, and goes on.
    pub fn mark(&mut self, now: Duration) {
        if let Some(id) = self.cursor {
            if !self.marks.remove(&id) {
                self.marks.insert(id);
            }
            self.anchor = Some(id);
            self.step(1, now);
        }
    }

    /// Marks from the last mark to the cursor.
    pub fn mark_range(&mut self) {
        let from = self.anchor.and_then(|id| self.order.iter().position(|o| *o == id));
        let to = self.place();
        let from = from.unwrap_or(to);
        self.marks.extend(self.order.iter().take(from.max(to) + 1).skip(from.min(to)));
        self.anchor = self.cursor;
    }

    /// Marks everything shown.
    pub fn mark_all(&mut self) {
        self.marks.extend(self.order.iter());
    }

    /// Unmarks everything.
    pub fn unmark(&mut self) {
        self.marks.clear();
    }

    /// The row under the cursor.
    pub const fn cursor(&self) -> Option<Id> {
        self.cursor
    }

    /// The place of the cursor, from 0.
    pub fn place(&self) -> usize {
        self.cursor.and_then(|id| self.order.iter().position(|o| *o == id)).unwrap_or_default()
    }

    /// The rows, in the order shown.
    pub fn order(&self) -> &[Id] {
        &self.order
    }

    /// The marks.
    pub const fn marks(&self) -> &BTreeSet<Id> {
        &self.marks
    }

    /// Marks that are not shown.
    pub fn hidden_marks(&self) -> usize {
        if self.marks.is_empty() {
            return 0;
        }
        let shown: HashSet<&Id> = self.order.iter().collect();
        self.marks.iter().filter(|id| !shown.contains(id)).count()
    }

    /// New rows that wait for the order to be made again.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// The row drawn at this place of the view.
    pub fn at(&self, line: usize) -> Option<Id> {
        self.order.get(self.top + line).copied()
    }

    /// First and one behind the last place in sight.
    pub fn window(&self, height: usize) -> (usize, usize) {
        (self.top, (self.top + height).min(self.order.len()))
    }

    /// The marked rows in the order shown, or the one under the cursor.
    pub fn chosen(&self) -> Vec<Id> {
        if self.marks.is_empty() {
            return self.cursor.into_iter().collect();
        }
        let places: HashMap<&Id, usize> =
            self.order.iter().enumerate().map(|(at, id)| (id, at)).collect();
        let mut chosen: Vec<Id> = self.marks.iter().copied().collect();
        chosen.sort_by_key(|id| places.get(id).copied().unwrap_or(usize::MAX));
        chosen
    }

    /// Draws titles and the rows in sight.
    pub fn draw<'a, Key: Copy>(
        &self,
        canvas: &mut Canvas<'_>,
        area: Rect,
        plan: &Plan<Key>,
        cell: impl Fn(Id, Key) -> Part<'a>,
    ) {
        let first = u16::from(plan.head);
        if plan.head {
            line(canvas, area, plan, |column| (column.title.into(), Role::Title));
        }
        for at in first..area.height {
            let Some(id) = self.at(usize::from(at - first)) else { break };
            let row = Rect { y: area.y + at, height: 1, ..area };
            line(canvas, row, plan, |column| cell(id, column.key));
            let marked = self.marks.contains(&id);
            if marked {
                canvas.text(row.x + u16::from(plan.indent > 1), row.y, 1, "▪", Role::Mark);
            }
            if self.cursor == Some(id) {
                if !marked || plan.indent > 1 {
                    canvas.text(row.x, row.y, 1, "▶", Role::Title);
                }
                canvas.highlight(row);
            }
        }
    }
}

fn line<'a, Key: Copy>(
    canvas: &mut Canvas<'_>,
    area: Rect,
    plan: &Plan<Key>,
    cell: impl Fn(&Column<Key>) -> Part<'a>,
) {
    let mut x = area.x + plan.indent;
    for column in &plan.columns {
        let (text, role) = cell(column);
        put(canvas, x, area, column.width, column.side, &text, role);
        x += column.width + 1;
    }
}

fn put(
    canvas: &mut Canvas<'_>,
    x: u16,
    area: Rect,
    cells: u16,
    side: Side,
    text: &str,
    role: Role,
) {
    if x >= area.right() {
        return;
    }
    let cells = cells.min(area.right() - x);
    let pad = if side == Side::Right { cells.saturating_sub(width(text)) } else { 0 };
    canvas.text(x + pad, area.y, cells - pad, text, role);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(rows: &[u32]) -> Grid<u32> {
        let mut grid = Grid::default();
        grid.show(rows.to_vec(), false);
        grid
    }

    #[test]
    fn the_cursor_follows_its_row_not_its_place() {
        let mut grid = grid(&[1, 2, 3]);
        grid.step(1, Duration::ZERO);
        grid.show(vec![3, 2, 1, 0], false);
        assert_eq!(grid.cursor(), Some(2));
        grid.show(vec![3, 1, 0], false);
        assert_eq!(grid.cursor(), Some(1), "a vanished row hands over to its place");
    }

    #[test]
    fn the_order_rests_for_two_seconds_after_a_move() {
        let mut grid = grid(&[1, 2, 3]);
        assert!(!grid.is_held(Duration::ZERO));
        grid.step(1, Duration::from_secs(10));
        assert!(grid.is_held(Duration::from_millis(11_999)));
        assert!(!grid.is_held(Duration::from_secs(12)));
        grid.show(vec![9, 3, 2], true);
        assert_eq!((grid.order(), grid.waiting()), (&[2, 3][..], 1));
        grid.show(vec![9, 3, 2], false);
        assert_eq!((grid.order(), grid.waiting()), (&[9, 3, 2][..], 0));
    }

    #[test]
    fn marks_outlive_the_filter_and_hold_the_order() {
        let mut grid = grid(&[1, 2, 3]);
        grid.mark(Duration::ZERO);
        grid.show(vec![3], false);
        assert_eq!((grid.marks().len(), grid.hidden_marks()), (1, 1));
        assert!(grid.is_held(Duration::from_secs(100)));
        assert_eq!(grid.chosen(), [1]);
    }

    #[test]
    fn a_range_reaches_from_the_last_mark_to_the_cursor() {
        let mut grid = grid(&[1, 2, 3, 4, 5]);
        grid.mark(Duration::ZERO);
        grid.jump(3, Duration::ZERO);
        grid.mark_range();
        assert_eq!(grid.chosen(), [1, 2, 3, 4]);
    }

    #[test]
    fn scrolling_keeps_two_rows_of_context() {
        let mut grid = grid(&(0..100).collect::<Vec<_>>());
        grid.jump(50, Duration::ZERO);
        grid.reveal(10);
        assert_eq!(grid.window(10), (43, 53));
        grid.jump(99, Duration::ZERO);
        grid.reveal(10);
        assert_eq!(grid.window(10), (90, 100));
        grid.jump(0, Duration::ZERO);
        grid.reveal(10);
        assert_eq!(grid.window(10), (0, 10));
    }
}
