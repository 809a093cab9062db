//! Access: who is let in and who is kept out, a tab for each kind of it.

mod cells;
mod detail;

pub use detail::{facts, lines};

use super::chrome;
use super::empty;
use super::layout::{self, Class};
use crate::tui::app::{App, Manner};
use crate::tui::data::access::Tab;
use crate::tui::msg::Now;
use crate::tui::theme::Role;
use crate::tui::widgets::frame::{Canvas, part};
use crate::tui::widgets::grid::{Column, Plan, Side};
pub(super) use cells::counted;
use cells::{Col, cell};

pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, now: Now) {
    let areas = layout::areas(app);
    let grid = &app.ui.access.list().grid;
    let tab = app.ui.access.tab;
    let inside = match areas.class {
        Class::Line | Class::Xxs | Class::Xs => areas.grid,
        class => {
            let note = if class >= Class::M { chrome::summary(app, class) } else { String::new() };
            canvas.boxed(areas.grid, &titles(tab, class), &note, &chrome::place(app, class))
        }
    };
    let then = chrome::as_of(app, now);
    if grid.order().is_empty() {
        empty::draw(canvas, app, inside);
    } else {
        let mut plan = plan(tab, areas.class, inside.width);
        if app.ui.manner == Manner::Plain && areas.class == Class::Xs {
            spell_out(&mut plan);
        }
        share(&mut plan, inside.width);
        grid.draw(canvas, inside, &plan, |key, col| match app.data.access.get(key) {
            Some(row) => cell(app, row, col, then),
            None => part("", Role::Dim),
        });
    }
    if let Some(area) = areas.detail {
        detail::draw(canvas, area, app, then);
    }
}

/// The tabs, the one in use in brackets.
fn titles(tab: Tab, class: Class) -> String {
    let names = Tab::ALL
        .iter()
        .map(|(of, name)| if *of == tab { format!("[{name}]") } else { (*name).to_owned() });
    names.collect::<Vec<_>>().join(if class >= Class::M { " │ " } else { " " })
}

/// A width that takes what the others leave.
const REST: u16 = 0;

const fn left(key: Col, title: &'static str, width: u16) -> Column<Col> {
    Column { key, title, width, side: Side::Left }
}

const fn right(key: Col, title: &'static str, width: u16) -> Column<Col> {
    Column { key, title, width, side: Side::Right }
}

fn plan(tab: Tab, class: Class, width: u16) -> Plan<Col> {
    let mut columns = vec![left(Col::State, "", 1)];
    if class <= Class::Xxs {
        columns.extend([left(Col::Name, "", 12), left(Col::Line, "", REST)]);
        return Plan { indent: 1, head: false, columns };
    }
    let (roomy, wide) = (class >= Class::S, class >= Class::L);
    columns.extend(match tab {
        Tab::Sessions => sessions(roomy, wide),
        Tab::Ports => ports(roomy, wide),
        Tab::Roles => roles(roomy),
        Tab::Rules => rules(roomy, wide),
        Tab::Guests => guests(roomy, wide),
        Tab::Locks => locks(roomy, wide),
        Tab::Pending => pending(roomy, wide || width >= 100),
    });
    Plan { indent: 3, head: true, columns }
}

fn sessions(roomy: bool, wide: bool) -> Vec<Column<Col>> {
    let mut columns = Vec::new();
    if roomy {
        columns.push(left(Col::Id, "ID", 6));
    }
    columns.push(left(Col::Who, "USER", if wide { 14 } else { 10 }));
    if roomy {
        columns.push(left(Col::Role, "ROLE", 8));
    }
    columns.push(left(Col::Kind, "KIND", 6));
    columns.push(left(Col::From, "FROM", REST));
    if wide {
        columns.push(left(Col::Ports, "PORTS", REST));
        columns.extend([right(Col::Age, "AGE", 5), right(Col::Idle, "IDLE", 4)]);
    }
    columns.push(right(Col::Ends, "ENDS IN", 7));
    if roomy {
        columns.extend([right(Col::Tunnels, "TUN", 3), right(Col::Down, "▼/s", 5)]);
    }
    columns
}

fn ports(roomy: bool, wide: bool) -> Vec<Column<Col>> {
    let mut columns = vec![left(Col::Name, "NAME", if wide { 16 } else { 14 })];
    if roomy {
        columns.push(match wide {
            true => left(Col::Public, "PUBLIC", 21),
            false => right(Col::Number, "PORT", 5),
        });
        columns.push(left(Col::Node, "NODE", if wide { 14 } else { 12 }));
    }
    columns.push(left(Col::Target, "TARGET", REST));
    columns.push(left(Col::Admits, "ADMITTED", if wide { REST } else { 12 }));
    if roomy {
        columns.extend([right(Col::Tunnels, "TUN", 3), right(Col::Down, "▼/s", 5)]);
    }
    if wide {
        columns.insert(columns.len() - 1, right(Col::Up, "▲/s", 5));
        columns.push(left(Col::Word, "STATE", 9));
    }
    columns
}

fn roles(roomy: bool) -> Vec<Column<Col>> {
    let mut columns = vec![left(Col::Name, "NAME", 14), left(Col::Permits, "PERMITS", REST)];
    if roomy {
        columns.push(right(Col::Longest, "SESSION", 7));
    }
    columns.push(right(Col::Tunnels, "OPERATORS", 9));
    columns
}

fn rules(roomy: bool, wide: bool) -> Vec<Column<Col>> {
    let mut columns = vec![right(Col::Order, "#", 3)];
    if wide {
        columns.push(left(Col::Id, "RULE", 6));
    }
    columns.extend([
        left(Col::Effect, "EFFECT", 6),
        left(Col::Who, "WHO", if wide { 18 } else { 12 }),
    ]);
    if roomy {
        columns.push(left(Col::From, "FROM", if wide { 18 } else { 14 }));
    }
    columns.push(left(Col::Where, "WHERE", REST));
    columns.extend([right(Col::Hits, "HITS", 5), right(Col::Ends, "ENDS IN", 7)]);
    columns
}

fn guests(roomy: bool, wide: bool) -> Vec<Column<Col>> {
    let mut columns = vec![left(Col::Name, "NAME", 12)];
    if roomy {
        columns.push(left(Col::Port, "PORT", 14));
    }
    columns.push(left(Col::From, "FROM", REST));
    if wide {
        columns.push(left(Col::Why, "REASON", REST));
        columns.push(right(Col::Age, "AGE", 5));
    }
    if roomy {
        columns.push(left(Col::Who, "BY", 8));
        columns.push(right(Col::Tunnels, "TUN", 3));
    }
    columns.push(right(Col::Ends, "ENDS IN", 7));
    columns
}

fn locks(roomy: bool, wide: bool) -> Vec<Column<Col>> {
    let mut columns = Vec::new();
    if wide {
        columns.push(left(Col::Id, "ID", 6));
    }
    columns.push(left(Col::Object, "OBJECT", if wide { 28 } else { 22 }));
    columns.push(left(Col::Why, "REASON", REST));
    if roomy {
        columns.extend([left(Col::Who, "BY", 8), right(Col::Age, "AGE", 5)]);
    }
    if wide {
        columns.push(left(Col::Mode, "MODE", 5));
    }
    columns.push(right(Col::Ends, "ENDS IN", 7));
    columns
}

fn pending(roomy: bool, wide: bool) -> Vec<Column<Col>> {
    let mut columns =
        vec![left(Col::Name, "NAME", 14), left(Col::Words, "FINGERPRINT IN WORDS", REST)];
    if roomy {
        columns.push(left(Col::From, "FROM", 15));
    }
    if wide {
        columns.extend([left(Col::Kind, "FOR", 7), left(Col::Labels, "LABELS", REST)]);
    }
    columns.push(right(Col::Age, "ASKED", 5));
    columns
}

/// Puts the state in words beside what the row is called.
fn spell_out(plan: &mut Plan<Col>) {
    plan.columns.insert(1, left(Col::Word, "STATE", 8));
}

/// Gives what is left to the columns that take the rest.
fn share(plan: &mut Plan<Col>, width: u16) {
    let gaps = u16::try_from(plan.columns.len().saturating_sub(1)).unwrap_or_default();
    let taken: u16 = plan.columns.iter().map(|column| column.width).sum();
    let mut spare = width.saturating_sub(plan.indent + gaps + taken);
    let mut takers = plan.columns.iter().filter(|column| column.width == REST).count();
    for column in plan.columns.iter_mut().filter(|column| column.width == REST) {
        column.width = spare / u16::try_from(takers).unwrap_or(1).max(1);
        spare -= column.width;
        takers -= 1;
    }
}
