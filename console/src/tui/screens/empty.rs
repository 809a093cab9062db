//! What an empty table says: why it is empty and what to do next.

use crate::filter::{Check, Expr, Test};
use crate::tui::app::{App, Screen};
use crate::tui::data::access::Tab;
use crate::tui::data::link::{Phase, Stop};
use crate::tui::theme::Role;
use crate::tui::widgets::frame::Canvas;
use ratatui::layout::Rect;
use std::collections::BTreeMap;

/// Lines for an empty table.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, inside: Rect) {
    let lines = match app.ui.screen {
        _ if narrowed(app) => nothing_matches(app),
        Screen::Fleet => fleet(app),
        Screen::Tunnels => tunnels(app),
        Screen::Access => access(app),
    };
    let top = if inside.height > 10 { 2 } else { 0 };
    for (at, (text, role)) in
        lines.iter().take(usize::from(inside.height.saturating_sub(top))).enumerate()
    {
        let y = inside.y + top + u16::try_from(at).unwrap_or_default();
        canvas.text(inside.x + 3, y, inside.width.saturating_sub(4), text, *role);
    }
}

type Line = (String, Role);

fn narrowed(app: &App) -> bool {
    match app.ui.screen {
        Screen::Fleet => {
            app.data.nodes.counts().total > 0
                && (app.ui.fleet.filter.is_some() || app.ui.fleet.problems)
        }
        Screen::Tunnels => app.ui.tunnels.filter.is_some() || app.ui.tunnels.problems,
        Screen::Access => {
            let list = app.ui.access.list();
            let any = !app.data.access.is_empty(app.ui.access.tab);
            any && (list.filter.is_some() || list.problems)
        }
    }
}

fn nothing_matches(app: &App) -> Vec<Line> {
    let (filter, problems, what) = match app.ui.screen {
        Screen::Fleet => (&app.ui.fleet.filter_text, app.ui.fleet.problems, "nodes"),
        Screen::Tunnels => (&app.ui.tunnels.filter_text, app.ui.tunnels.problems, "tunnels"),
        Screen::Access => {
            let list = app.ui.access.list();
            (&list.filter_text, list.problems, what(app.ui.access.tab))
        }
    };
    let mut lines = Vec::new();
    if filter.is_empty() && problems {
        lines.push((format!("No {what} with problems."), Role::Good));
    } else {
        lines.push((format!("Nothing matches  {filter}"), Role::Title));
        lines.push((String::new(), Role::Text));
        lines.extend(closest(app).map(|text| (text, Role::Text)));
    }
    lines.push(("Esc clears the filter · / edits it · ? shows the grammar".to_owned(), Role::Dim));
    lines
}

/// The values in use that look most like the label value that was asked for.
fn closest(app: &App) -> Option<String> {
    let filter = app.ui.fleet.filter.as_ref().filter(|_| app.ui.screen == Screen::Fleet)?;
    let test = label_test(filter.expr())?;
    let mut values = BTreeMap::<&str, usize>::new();
    for node in app.data.nodes.all() {
        if let Some(value) = node.labels.pairs().get(&test.key) {
            *values.entry(value).or_default() += 1;
        }
    }
    let mut values: Vec<(&str, usize)> = values.into_iter().collect();
    let alike = |value: &str| strsim::jaro_winkler(value, &test.value);
    values.sort_by(|a, b| alike(b.0).total_cmp(&alike(a.0)).then(b.1.cmp(&a.1)));
    let shown: Vec<String> = values
        .iter()
        .take(3)
        .map(|(value, count)| format!("{}={value} ({count})", test.key))
        .collect();
    (!shown.is_empty()).then(|| format!("Closest labels: {}", shown.join("  ")))
}

fn label_test(expr: &Expr) -> Option<&Test> {
    match expr {
        Expr::Test(test) => matches!(test.check, Check::Label(_)).then_some(test),
        Expr::Not(inner) => label_test(inner),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().find_map(label_test),
        Expr::All | Expr::Word(_) => None,
    }
}

fn fleet(app: &App) -> Vec<Line> {
    let text = |t: &str| (t.to_owned(), Role::Text);
    match &app.data.link.phase {
        Phase::Stopped { why: Stop::NotSetUp, .. } => vec![
            ("No server is set up on this machine.".to_owned(), Role::Title),
            text(""),
            text("1  on the server:  tunnelctl server init  and  tunnelctl server run"),
            text("2  here, with a token for an operator:  tunnelctl enroll"),
            text(""),
            (
                "Just looking?  tunnelctl demo  starts a small fleet in one process.".to_owned(),
                Role::Dim,
            ),
        ],
        Phase::Starting => vec![(format!("Connecting to {}…", app.data.context), Role::Dim)],
        Phase::Down { .. } | Phase::Stopped { .. } if !app.data.nodes.is_complete() => vec![
            (
                "Nothing is known of this fleet yet: the server was not reached.".to_owned(),
                Role::Title,
            ),
            text(""),
            text("The line above says why. Tries go on by themselves; Ctrl-R tries now."),
        ],
        _ if !app.data.nodes.is_complete() => vec![("Loading…".to_owned(), Role::Dim)],
        _ => vec![
            ("No nodes yet.".to_owned(), Role::Title),
            text(""),
            text("1  here:       tunnelctl tokens create"),
            text("2  on a node:  tunnelctl enroll --token-file -   then  tunnelctl agent run"),
            text("3  it appears here within a second"),
            text(""),
            (
                "Just looking?  tunnelctl demo  starts a small fleet in one process.".to_owned(),
                Role::Dim,
            ),
        ],
    }
}

/// What the rows of a tab are called.
const fn what(tab: Tab) -> &'static str {
    match tab {
        Tab::Sessions => "sessions",
        Tab::Ports => "published ports",
        Tab::Roles => "roles",
        Tab::Rules => "rules",
        Tab::Guests => "guests",
        Tab::Locks => "locks",
        Tab::Pending => "nodes that wait",
    }
}

fn access(app: &App) -> Vec<Line> {
    let tab = app.ui.access.tab;
    if let Some(why) = app.data.access.refused(tab) {
        return vec![
            (format!("You may not see {}.", what(tab)), Role::Title),
            (String::new(), Role::Text),
            (why.to_owned(), Role::Text),
        ];
    }
    if !app.data.access.is_known(tab) {
        let away = !app.data.nodes.is_complete();
        return if away { fleet(app) } else { vec![("Loading…".to_owned(), Role::Dim)] };
    }
    let how = match tab {
        Tab::Sessions => "tunnelctl sessions start --for 4h  admits your address for a time",
        Tab::Ports => "tunnelctl ports create NAME --node NODE --to HOST:PORT  publishes one",
        Tab::Roles => "tunnelctl roles create NAME --allow PERMISSION  makes one",
        Tab::Rules => "Nothing is allowed. tunnelctl rules create --allow --who OPERATOR …",
        Tab::Guests => "tunnelctl guests admit NAME --port P --from CIDR --for 2h  lets one in",
        Tab::Locks => "Nothing is locked. L on a session, guest or port locks it",
        Tab::Pending => "No node waits. tunnelctl tokens create --require-approval  makes them",
    };
    vec![
        (format!("No {}.", what(tab)), Role::Title),
        (String::new(), Role::Text),
        (how.to_owned(), Role::Text),
    ]
}

fn tunnels(app: &App) -> Vec<Line> {
    if !app.data.nodes.is_complete() {
        return fleet(app);
    }
    vec![
        ("No tunnels.".to_owned(), Role::Title),
        (String::new(), Role::Text),
        ("t  opens one: a local port that leads to a target at a node".to_owned(), Role::Text),
    ]
}
