//! Where things are at each size (console.md §4.3). Drawing and keys ask the same functions.

use crate::tui::app::{App, Manner, Pane, Screen};
use crate::tui::widgets::frame::width as cells;
use ratatui::layout::Rect;

/// A class of terminal sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// One line.
    Line,
    /// A list only.
    Xxs,
    /// No borders, no tabs.
    Xs,
    /// 80 columns.
    S,
    /// 100 columns.
    M,
    /// 120 columns.
    L,
    /// 160 columns and more.
    Xl,
}

/// The class of a size.
pub const fn class(width: u16, height: u16) -> Class {
    if width < 40 || height < 8 {
        Class::Line
    } else if width < 60 {
        Class::Xxs
    } else if width < 80 || height < 20 {
        Class::Xs
    } else if width < 100 {
        Class::S
    } else if width < 120 {
        Class::M
    } else if width < 160 {
        Class::L
    } else {
        Class::Xl
    }
}

/// The class to lay out for: a console in words has no panes however large its terminal is.
pub fn as_asked(class: Class, app: &App) -> Class {
    match app.ui.manner {
        Manner::Full => class,
        Manner::Plain => class.min(Class::Xs),
    }
}

/// Where the parts of a screen are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// The class they are laid out for.
    pub class: Class,
    /// The pulse strip.
    pub pulse: Option<Rect>,
    /// The table, with its border where there is one.
    pub grid: Rect,
    /// The detail strip.
    pub detail: Option<Rect>,
    /// My forwards.
    pub forwards: Option<Rect>,
}

impl Areas {
    /// Rows of the table in sight.
    pub const fn rows(&self) -> usize {
        let around = match self.class {
            Class::Line | Class::Xxs => 0,
            Class::Xs => 1,
            _ => 3,
        };
        self.grid.height.saturating_sub(around) as usize
    }

    /// The line of the first row.
    pub const fn first_row(&self) -> u16 {
        self.grid.y
            + match self.class {
                Class::Line | Class::Xxs => 0,
                Class::Xs => 1,
                _ => 2,
            }
    }
}

/// The parts of the current screen.
pub fn areas(app: &App) -> Areas {
    let (width, height) = app.ui.size;
    let class = as_asked(class(width, height), app);
    let (top, bottom) = match class {
        Class::Line => (0, 0),
        Class::Xxs | Class::Xs => (2, 1),
        _ => (3, 2),
    };
    let body = Rect::new(0, top, width, height.saturating_sub(top + bottom));
    let plain = Areas { class, pulse: None, grid: body, detail: None, forwards: None };
    if class < Class::S {
        return plain;
    }
    match app.ui.screen {
        Screen::Fleet => fleet(app, plain, height),
        Screen::Tunnels => tunnels(app, plain, height),
        Screen::Access => access(app, plain, height),
    }
}

fn fleet(app: &App, mut areas: Areas, height: u16) -> Areas {
    if areas.class >= Class::L && height >= 30 {
        areas.pulse = Some(cut_top(&mut areas.grid, 5));
    }
    if app.ui.detail {
        areas.detail = Some(cut_bottom(&mut areas.grid, 4));
    }
    areas
}

fn tunnels(app: &App, mut areas: Areas, height: u16) -> Areas {
    let roomy = areas.class >= Class::L && height >= 30;
    let count = u16::try_from(app.data.forwards.len()).unwrap_or(u16::MAX);
    if roomy && count > 0 {
        areas.forwards = Some(cut_bottom(&mut areas.grid, count.min(6) + 3));
    }
    if roomy {
        if !app.ui.detail {
            areas.detail = Some(cut_bottom(&mut areas.grid, 4));
        }
    } else {
        areas.detail = Some(cut_bottom(&mut areas.grid, 1));
        if app.ui.pane == Pane::Forwards {
            areas.forwards = Some(areas.grid);
        }
    }
    areas
}

fn access(app: &App, mut areas: Areas, height: u16) -> Areas {
    let roomy = areas.class >= Class::L && height >= 30;
    // Enter shows the details where they are not shown, and hides them where they are.
    let lines = match (roomy, app.ui.detail) {
        (true, false) => 8,
        (true, true) => return areas,
        (false, true) => 7,
        (false, false) => 1,
    };
    areas.detail = Some(cut_bottom(&mut areas.grid, lines));
    areas
}

const fn cut_top(from: &mut Rect, height: u16) -> Rect {
    let cut = Rect { height, ..*from };
    from.y += height;
    from.height = from.height.saturating_sub(height);
    cut
}

const fn cut_bottom(from: &mut Rect, height: u16) -> Rect {
    from.height = from.height.saturating_sub(height);
    Rect { y: from.y + from.height, height, ..*from }
}

/// Rows of the current table in sight.
pub fn rows(app: &App) -> usize {
    areas(app).rows()
}

/// Which row of the current table is on this line.
pub fn line_at(app: &App, y: u16) -> Option<usize> {
    let areas = areas(app);
    let line = usize::from(y.checked_sub(areas.first_row())?);
    (line < areas.rows()).then_some(line)
}

/// The names of the tabs at this size.
pub fn tab_names(class: Class) -> Vec<String> {
    Screen::ALL
        .iter()
        .enumerate()
        .map(|(at, (_, name))| {
            if class >= Class::M {
                format!("{} {name}", at + 1)
            } else {
                format!("{}{}", at + 1, name.get(..3).filter(|_| name.len() > 5).unwrap_or(name))
            }
        })
        .collect()
}

/// The tab at a cell.
pub fn tab_at(app: &App, x: u16, y: u16) -> Option<Screen> {
    let class = as_asked(class(app.ui.size.0, app.ui.size.1), app);
    if class < Class::S || y != 1 {
        return None;
    }
    let mut from = 1;
    for (name, (screen, _)) in tab_names(class).iter().zip(Screen::ALL) {
        let to = from + cells(name) + 2;
        if (from..to).contains(&x) {
            return Some(*screen);
        }
        from = to + 1;
    }
    None
}
