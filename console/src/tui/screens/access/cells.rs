//! What one cell of Access shows.

use crate::tui::app::{App, BY_SECONDS, called, short};
use crate::tui::data::access::{Row, Tab};
use crate::tui::data::numbers::{age, lasting, rate, short_age};
use crate::tui::msg::Now;
use crate::tui::theme::Role;
use crate::tui::widgets::frame::{Part, part};
use std::time::Duration;
use wire::SafeText;
use wire::message::view::{
    Effect, GuestState, LockKind, PortState, PortView, RuleState, SessionKind, SessionState,
    SessionView,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Col {
    State,
    Word,
    Name,
    Id,
    Who,
    Role,
    Kind,
    From,
    Ports,
    Age,
    Idle,
    Ends,
    Tunnels,
    Up,
    Down,
    Public,
    Number,
    Node,
    Target,
    Admits,
    Permits,
    Longest,
    Order,
    Effect,
    Where,
    Hits,
    Port,
    Why,
    Object,
    Mode,
    Words,
    Labels,
    Line,
}

pub(super) fn cell<'a>(app: &'a App, row: &'a Row, col: Col, now: Now) -> Part<'a> {
    match col {
        Col::State => sign(row),
        Col::Word => part(state(row), sign(row).1),
        Col::Name => part(called(row), Role::Title),
        Col::Id => part(short(row.id()), Role::Dim),
        Col::Who if row.who().is_empty() => part("—", Role::Dim),
        Col::Who => part(row.who(), if app.is_own(row) { Role::Context } else { Role::Text }),
        Col::Age => part(row.began().map_or_else(dash, |at| age(now.wall.since(at))), Role::Text),
        Col::Ends => ends(row, now),
        Col::Tunnels => {
            let number = row.tunnels();
            part(number.to_string(), if number == 0 { Role::Dim } else { Role::Text })
        }
        Col::Up => speed(rates(app, row).map(|(up, _)| up), Role::Up),
        Col::Down => speed(rates(app, row).map(|(_, down)| down), Role::Down),
        Col::From => from(row),
        Col::Line => part(line(app, row, now), Role::Text),
        _ => own(app, row, col),
    }
}

/// What only one tab has.
fn own<'a>(app: &'a App, row: &'a Row, col: Col) -> Part<'a> {
    let text = |text: Option<&'a SafeText>| match text {
        Some(text) => part(text.as_str(), Role::Text),
        None => part("—", Role::Dim),
    };
    match (row, col) {
        (Row::Session(view), Col::Role) => text(view.role.as_ref()),
        (Row::Session(view), Col::Kind) => part(
            view.session_kind.as_str(),
            if view.session_kind == SessionKind::Access { Role::Title } else { Role::Dim },
        ),
        (Row::Session(view), Col::Ports) => ports(view),
        (Row::Session(view), Col::Idle) => part(
            view.idle_ms.map_or_else(dash, |ms| short_age(Duration::from_millis(ms))),
            Role::Text,
        ),
        (Row::Port(view), Col::Public) => {
            part(format!("{}:{}", view.public.host, view.public.port), Role::Text)
        }
        (Row::Port(view), Col::Number) => part(view.public.port.to_string(), Role::Text),
        (Row::Port(view), Col::Node) => node(app, view),
        (Row::Port(view), Col::Target) => {
            part(SafeText::clean(&view.target.to_string()).to_string(), Role::Title)
        }
        (Row::Port(view), Col::Admits) => admits(view),
        (Row::Role(view), Col::Permits) => {
            let words: Vec<&str> = view.permissions.iter().map(|p| p.as_str()).collect();
            part(words.join(" "), Role::Text)
        }
        (Row::Role(view), Col::Longest) => part(
            view.max_session_ms.map_or_else(dash, |ms| age(Duration::from_millis(ms))),
            Role::Text,
        ),
        (Row::Rule(view), Col::Order) => part(view.order.to_string(), Role::Dim),
        (Row::Rule(view), Col::Effect) => match view.effect {
            Effect::Allow => part("allow", Role::Good),
            Effect::Deny => part("deny", Role::Ended),
        },
        (Row::Rule(view), Col::Where) => part(reach(view), Role::Text),
        (Row::Rule(view), Col::Hits) => {
            part(view.hits.to_string(), if view.hits == 0 { Role::Dim } else { Role::Text })
        }
        (Row::Guest(view), Col::Port) => match &view.port {
            Some(port) => part(port.as_str(), Role::Title),
            None => part("gone", Role::Bad),
        },
        (Row::Guest(view), Col::Why) => text(view.reason.as_ref()),
        (Row::Lock(view), Col::Why) => part(view.reason.as_str(), Role::Text),
        (Row::Lock(view), Col::Object) => part(object(view), Role::Title),
        (Row::Lock(view), Col::Mode) => part(view.mode.as_str(), Role::Text),
        (Row::Pending(view), Col::Words) => part(view.words.as_str(), Role::Title),
        (Row::Pending(view), Col::Kind) => part(view.waits_for.as_str(), Role::Text),
        (Row::Pending(view), Col::Labels) => part(view.labels.to_string(), Role::Text),
        _ => part("", Role::Dim),
    }
}

fn dash() -> String {
    "—".to_owned()
}

/// The sign of a row's state.
pub(super) fn sign(row: &Row) -> Part<'static> {
    let (sign, role) = match row {
        _ if row.is_locked() && !row.is_over() => ("⊘", Role::Locked),
        Row::Session(view) => match view.state {
            SessionState::Active => ("●", Role::Good),
            SessionState::Expiring => ("◐", Role::Warn),
            SessionState::Expired | SessionState::Ended => ("○", Role::Dim),
            SessionState::Revoked => ("✕", Role::Ended),
        },
        Row::Port(view) => match view.state {
            PortState::Serving => ("●", Role::Good),
            PortState::Holding => ("◔", Role::Warn),
            PortState::Refusing => ("○", Role::Bad),
            PortState::Disabled => ("○", Role::Dim),
            PortState::Fault => ("✕", Role::Bad),
        },
        Row::Role(_) => ("·", Role::Dim),
        Row::Rule(view) => match view.state {
            RuleState::On => ("●", Role::Good),
            RuleState::Off => ("○", Role::Dim),
            RuleState::Expired => ("✕", Role::Dim),
        },
        Row::Guest(view) => match view.state {
            GuestState::Invited => ("◌", Role::Pending),
            GuestState::Active => ("●", Role::Good),
            GuestState::Expired => ("○", Role::Dim),
            GuestState::Revoked => ("✕", Role::Ended),
        },
        Row::Lock(_) => ("○", Role::Dim),
        Row::Pending(_) => ("◌", Role::Pending),
    };
    part(sign, role)
}

/// The state in words.
pub(super) fn state(row: &Row) -> &'static str {
    match row {
        Row::Session(_) | Row::Guest(_) if row.is_locked() && !row.is_over() => "locked",
        Row::Session(view) => view.state.as_str(),
        Row::Port(view) => view.state.as_str(),
        Row::Role(view) if view.built_in => "built in",
        Row::Role(_) => "",
        Row::Rule(view) => view.state.as_str(),
        Row::Guest(view) => view.state.as_str(),
        Row::Lock(view) => view.state.as_str(),
        Row::Pending(view) => view.waits_for.as_str(),
    }
}

/// How long it lasts, or how it ended.
fn ends(row: &Row, now: Now) -> Part<'static> {
    if row.is_over() || row.is_locked() && !matches!(row, Row::Lock(_)) {
        return part(state(row), sign(row).1);
    }
    if matches!(row, Row::Rule(view) if view.state == RuleState::Off) {
        return part("off", Role::Warn);
    }
    match row.ends_at() {
        Some(at) => part(left(at.since(now.wall)), soon(at.since(now.wall))),
        None => part("—", Role::Dim),
    }
}

/// Seconds matter only near the end.
pub(super) fn left(time: Duration) -> String {
    if time < BY_SECONDS { lasting(time) } else { age(time) }
}

/// Ten minutes are a warning, one is the last.
const fn soon(time: Duration) -> Role {
    match time.as_secs() {
        0..=60 => Role::Bad,
        61..=600 => Role::Warn,
        _ => Role::Text,
    }
}

fn rates(app: &App, row: &Row) -> Option<(f64, f64)> {
    match row {
        #[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
        Row::Session(view) if !row.is_over() => {
            Some((view.up_bytes_per_s as f64, view.down_bytes_per_s as f64))
        }
        Row::Port(view) => app.data.access.rates(view.id).map(|pair| (pair.up, pair.down)),
        _ => None,
    }
}

fn speed(bytes: Option<f64>, role: Role) -> Part<'static> {
    match bytes {
        Some(bytes) if bytes < 0.5 => part("0", Role::Dim),
        Some(bytes) => part(rate(bytes), role),
        None => part("—", Role::Dim),
    }
}

/// Networks without the length of a prefix that is a single address.
pub(super) fn networks(all: &[SafeText]) -> String {
    let short = |net: &SafeText| {
        let net = net.as_str();
        let single = net.strip_suffix("/32").or_else(|| net.strip_suffix("/128"));
        single.unwrap_or(net).to_owned()
    };
    all.iter().map(short).collect::<Vec<_>>().join(" ")
}

fn from(row: &Row) -> Part<'static> {
    let text = match row {
        Row::Session(view) => networks(&view.from),
        Row::Guest(view) => networks(&view.from),
        Row::Rule(view) => view.from.as_ref().map_or("any".to_owned(), ToString::to_string),
        Row::Pending(view) => view.source_ip.as_ref().map_or_else(dash, ToString::to_string),
        Row::Port(_) | Row::Role(_) | Row::Lock(_) => String::new(),
    };
    part(text, Role::Text)
}

fn ports(view: &SessionView) -> Part<'static> {
    let names: Vec<&str> = view.ports.iter().map(|port| port.name.as_str()).collect();
    match (names.is_empty(), view.session_kind) {
        (false, _) => part(names.join(" "), Role::Text),
        (true, SessionKind::Login) => part("—", Role::Dim),
        (true, SessionKind::Access) => part("none", Role::Warn),
    }
}

/// The first node behind a port, with its state.
fn node(app: &App, view: &PortView) -> Part<'static> {
    let Some(first) = view.nodes.first() else { return part("none", Role::Bad) };
    let known = app.data.nodes.get(first.id);
    let sign = known.map_or(" ", |node| app.ui.glyphs.node(node.state));
    let role =
        if known.is_some_and(|node| node.state.is_connected()) { Role::Good } else { Role::Warn };
    let more = match view.nodes.len() {
        0 | 1 => String::new(),
        all => format!(" +{}", all - 1),
    };
    part(format!("{sign} {}{more}", first.name), role)
}

fn admits(view: &PortView) -> Part<'static> {
    let counted = [
        (view.admits.sessions, "session"),
        (view.admits.rules, "rule"),
        (view.admits.guests, "guest"),
    ];
    let words = counted
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}{}", if number == 1 { "" } else { "s" }));
    let words: Vec<String> = words.collect();
    if words.is_empty() { part("nobody", Role::Dim) } else { part(words.join(", "), Role::Text) }
}

/// Where a rule leads to: a published port, or targets at nodes.
pub(super) fn reach(view: &wire::message::view::RuleView) -> String {
    let or_any =
        |text: &Option<SafeText>| text.as_ref().map_or("*".to_owned(), ToString::to_string);
    let mut text = match &view.port {
        Some(port) => format!("port/{port}"),
        None => format!("{} → {}", or_any(&view.nodes), or_any(&view.to)),
    };
    if let Some(at) = &view.at {
        text.push_str(&format!("  at {at}"));
    }
    text
}

pub(super) fn object(view: &wire::message::view::LockView) -> String {
    match view.object_kind {
        LockKind::All => "all".to_owned(),
        kind => format!("{kind}/{}", view.object),
    }
}

/// Everything about a row where there is room for one line.
fn line(app: &App, row: &Row, now: Now) -> String {
    let end = ends(row, now).0;
    match row {
        Row::Session(view) => {
            format!("{} {} {end}", view.operator, view.session_kind)
        }
        Row::Port(view) => format!(":{} {} {}", view.public.port, node(app, view).0, view.state),
        Row::Role(view) => format!("{} operators", view.operators),
        Row::Rule(view) => format!("{} {} {}", view.effect, view.who, reach(view)),
        Row::Guest(_) => format!("{} {end}", from(row).0),
        Row::Lock(view) => format!("{} {}", object(view), view.reason),
        Row::Pending(view) => view.words.to_string(),
    }
}

/// What the rows of a tab that count are.
pub(in crate::tui::screens) const fn counted(tab: Tab) -> &'static str {
    match tab {
        Tab::Sessions => "running",
        Tab::Ports => "published",
        Tab::Roles => "roles",
        Tab::Rules => "in force",
        Tab::Guests => "let in",
        Tab::Locks => "in force",
        Tab::Pending => "waiting",
    }
}
