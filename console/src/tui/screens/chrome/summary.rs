//! How many rows are shown, marked and waiting, in which order, and where the cursor is among them.

use super::layout::Class;
use crate::tui::app::{App, List, Screen};
use crate::tui::data::numbers::grouped;
use std::hash::Hash;

/// What both lists can tell.
struct Facts {
    total: usize,
    shown: usize,
    narrowed: bool,
    marked: usize,
    hidden: usize,
    waiting: usize,
    order: String,
}

fn facts<Id: Copy + Ord + Hash, By>(list: &List<Id, By>, total: usize, order: String) -> Facts {
    Facts {
        total,
        shown: list.grid.order().len(),
        narrowed: list.filter.is_some() || list.problems,
        marked: list.grid.marks().len(),
        hidden: list.grid.hidden_marks(),
        waiting: list.grid.waiting(),
        order,
    }
}

/// `412 of 412 · 2 marked · state↑` on Fleet, `137 open · rows 1-14 · order ▼/s↓` on Tunnels; as
/// much as `class` has room for.
pub(in crate::tui::screens) fn summary(app: &App, class: Class) -> String {
    let arrow = |reversed: bool| if reversed { "↓" } else { "↑" };
    match app.ui.screen {
        Screen::Fleet => {
            let list = &app.ui.fleet;
            let order = format!("{}{}", list.by.word(), arrow(list.reversed));
            let facts = facts(list, app.data.nodes.counts().total, order);
            match facts {
                _ if !app.data.nodes.is_complete() && facts.total == 0 => String::new(),
                Facts { total: 0, .. } => "0 nodes".to_owned(),
                Facts { shown: 0, total, .. } => format!("0 of {} match", grouped(total)),
                _ => format!("{}{}", of_all(&facts), rest(&facts, "")),
            }
        }
        Screen::Access => access(app, arrow),
        Screen::Tunnels => {
            let list = &app.ui.tunnels;
            let order = format!("{}{}", list.by.word(), arrow(!list.reversed));
            let facts = facts(list, app.data.tunnels.len(), order);
            let open = format!("{} open", grouped(app.data.tunnels.open()));
            match facts {
                Facts { total: 0, .. } => open,
                Facts { shown: 0, total, .. } => format!("0 of {} match", grouped(total)),
                _ => {
                    let (word, rows) = if class >= Class::M {
                        let (first, last) = list.grid.window(super::layout::rows(app));
                        ("order ", format!(" · rows {}-{last}", first + 1))
                    } else {
                        ("", String::new())
                    };
                    let narrowed = if facts.narrowed {
                        format!(" · {} shown", of_all(&facts))
                    } else {
                        String::new()
                    };
                    format!("{open}{rows}{narrowed}{}", rest(&facts, word))
                }
            }
        }
    }
}

/// `7 running of 9 · state↑`.
fn access(app: &App, arrow: impl Fn(bool) -> &'static str) -> String {
    let (tab, list) = (app.ui.access.tab, app.ui.access.list());
    let order = format!("{}{}", list.by.word(tab), arrow(list.reversed));
    let facts = facts(list, app.data.access.len(tab), order);
    let counted = super::super::access::counted(tab);
    let live = grouped(app.data.access.live(tab));
    match facts {
        Facts { total: 0, .. } => String::new(),
        Facts { shown: 0, total, .. } => format!("0 of {} match", grouped(total)),
        _ if facts.narrowed => format!("{} shown{}", of_all(&facts), rest(&facts, "")),
        _ => format!("{live} {counted}{}", rest(&facts, "")),
    }
}

fn of_all(facts: &Facts) -> String {
    format!("{} of {}", grouped(facts.shown), grouped(facts.total))
}

fn rest(facts: &Facts, word: &str) -> String {
    let mut text = String::new();
    if facts.waiting > 0 {
        text.push_str(&format!(" · ＋{} new", facts.waiting));
    }
    if facts.marked > 0 {
        text.push_str(&format!(" · {} marked", facts.marked));
    }
    if facts.hidden > 0 {
        text.push_str(&format!(", {} hidden", facts.hidden));
    }
    format!("{text} · {word}{}", facts.order)
}

/// Where the cursor is: `4/412`, `row 4/412  ▓▓░░░░░░░░`; nothing where there are no rows.
pub(in crate::tui::screens) fn place(app: &App, class: Class) -> String {
    let rows = super::layout::rows(app);
    let (at, of, last) = match app.ui.screen {
        Screen::Fleet => {
            let grid = &app.ui.fleet.grid;
            (grid.place(), grid.order().len(), grid.window(rows).1)
        }
        Screen::Tunnels => {
            let grid = &app.ui.tunnels.grid;
            (grid.place(), grid.order().len(), grid.window(rows).1)
        }
        Screen::Access => {
            let grid = &app.ui.access.list().grid;
            (grid.place(), grid.order().len(), grid.window(rows).1)
        }
    };
    if of == 0 {
        return String::new();
    }
    let place = format!("{}/{}", grouped(at + 1), grouped(of));
    if class < Class::L {
        return place;
    }
    let full = (last * BAR).div_ceil(of).min(BAR);
    format!("row {place}  {}{}", "▓".repeat(full), "░".repeat(BAR - full))
}

/// Cells of the bar that shows how far down the rows in sight reach.
const BAR: usize = 10;
