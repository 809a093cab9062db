//! Every action of the console and the keys that run it. Dispatcher, help, hints, actions menu and
//! manual are made from this one table.

use super::key::Key;

/// Something a key can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the table below says in words what each one does")]
pub enum Action {
    Open,
    OpenTunnel,
    Actions,
    Close,
    EndGrant,
    Lock,
    Revoke,
    Approve,
    Deny,
    GoNode,
    Totals,
    Problems,
    Order,
    Reverse,
    ByNode,
    ByWho,
    ByTarget,
    ByIp,
    Why,
    Detail,
    Down,
    Up,
    Top,
    Bottom,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    NextPane,
    NextTab,
    LastTab,
    Mark,
    MarkRange,
    MarkAll,
    MarkNone,
    Fleet,
    Tunnels,
    Access,
    LastScreen,
    Filter,
    Back,
    Quit,
    Help,
    Pause,
    Refresh,
    CopyId,
    CopyName,
    CopyTarget,
    CopyCommand,
    CopyLink,
    CopyProxy,
    CopyJson,
    CopyRow,
    CopyShow,
    Log,
    Redraw,
    Mouse,
    Suspend,
    Interrupt,
}

/// Where a binding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// On every screen.
    Everywhere,
    /// On Fleet.
    Fleet,
    /// On Tunnels.
    Tunnels,
    /// On Access.
    Access,
}

impl Scope {
    /// Whether its bindings hold on `screen`.
    pub fn holds_on(self, screen: Self) -> bool {
        self == Self::Everywhere || self == screen
    }
}

/// The heading a binding has in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "headings")]
pub enum Group {
    Screen,
    Move,
    Marks,
    Copy,
    Global,
}

/// How much an action can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Only what is shown.
    Look,
    /// Something on this machine.
    Local,
    /// Cuts something that can be opened again.
    Moderate,
    /// Can't be undone.
    Severe,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// The keys, each as chords with spaces between them.
    pub keys: &'static [&'static str],
    /// Where.
    pub scope: Scope,
    /// Its heading.
    pub group: Group,
    /// How much it can change.
    pub level: Level,
    /// In words.
    pub about: &'static str,
}

const fn bind(
    action: Action,
    keys: &'static [&'static str],
    scope: Scope,
    group: Group,
    about: &'static str,
) -> Binding {
    let level = match action {
        Action::Revoke => Level::Severe,
        Action::Close | Action::EndGrant | Action::Lock | Action::Approve | Action::Deny => {
            Level::Moderate
        }
        Action::OpenTunnel => Level::Local,
        _ => Level::Look,
    };
    Binding { action, keys, scope, group, level, about }
}

use Action as A;
use Group as G;
use Scope::{Access, Everywhere, Fleet, Tunnels};

/// The table, in the order of the help.
pub const BINDINGS: &[Binding] = &[
    bind(A::Open, &["enter", "l", "right"], Fleet, G::Screen, "its tunnels"),
    bind(A::Open, &["enter", "l", "right"], Tunnels, G::Screen, "details"),
    bind(A::Open, &["enter", "l", "right"], Access, G::Screen, "details"),
    bind(A::OpenTunnel, &["t"], Everywhere, G::Screen, "open tunnel…"),
    bind(A::Actions, &["x"], Everywhere, G::Screen, "actions menu"),
    bind(A::Close, &["C"], Tunnels, G::Screen, "close…"),
    bind(A::Revoke, &["R"], Fleet, G::Screen, "revoke…"),
    bind(A::EndGrant, &["K"], Access, G::Screen, "end session or guest…"),
    bind(A::Lock, &["L"], Access, G::Screen, "lock or unlock…"),
    bind(A::Revoke, &["R"], Access, G::Screen, "revoke…"),
    bind(A::Approve, &["A"], Access, G::Screen, "let a node in…"),
    bind(A::Deny, &["D"], Access, G::Screen, "turn a node away…"),
    bind(A::GoNode, &["n"], Tunnels, G::Screen, "go to its node"),
    bind(A::Totals, &["m"], Tunnels, G::Screen, "totals or rates"),
    bind(A::Problems, &["!"], Everywhere, G::Screen, "problems only"),
    bind(A::Order, &["o"], Everywhere, G::Screen, "order by…"),
    bind(A::Reverse, &["O"], Everywhere, G::Screen, "reverse order"),
    bind(A::ByNode, &["f n"], Fleet, G::Screen, "filter by this node"),
    bind(A::ByNode, &["f n"], Tunnels, G::Screen, "filter by this node"),
    bind(A::ByIp, &["f i"], Everywhere, G::Screen, "filter by this address"),
    bind(A::ByWho, &["f u"], Tunnels, G::Screen, "filter by this operator"),
    bind(A::ByWho, &["f u"], Access, G::Screen, "filter by this operator"),
    bind(A::ByTarget, &["f t"], Tunnels, G::Screen, "filter by this target"),
    bind(A::Why, &["w"], Fleet, G::Screen, "why this state"),
    bind(A::Why, &["w"], Tunnels, G::Screen, "why this state"),
    bind(A::Why, &["w"], Access, G::Screen, "explain who may use it"),
    bind(A::Detail, &["d"], Everywhere, G::Screen, "detail strip"),
    bind(A::Down, &["j", "down"], Everywhere, G::Move, "down"),
    bind(A::Up, &["k", "up"], Everywhere, G::Move, "up"),
    bind(A::Top, &["g g", "home"], Everywhere, G::Move, "top"),
    bind(A::Bottom, &["G", "end"], Everywhere, G::Move, "bottom"),
    bind(A::HalfDown, &["ctrl-d"], Everywhere, G::Move, "half page down"),
    bind(A::HalfUp, &["ctrl-u"], Everywhere, G::Move, "half page up"),
    bind(A::PageDown, &["pagedown", "ctrl-f"], Everywhere, G::Move, "page down"),
    bind(A::PageUp, &["pageup", "ctrl-b"], Everywhere, G::Move, "page up"),
    bind(A::NextPane, &["tab", "backtab"], Tunnels, G::Move, "tunnels, my forwards"),
    bind(A::NextTab, &["tab"], Access, G::Move, "next tab"),
    bind(A::LastTab, &["backtab"], Access, G::Move, "tab before"),
    bind(A::Mark, &["space"], Everywhere, G::Marks, "mark"),
    bind(A::MarkRange, &["V"], Everywhere, G::Marks, "mark range"),
    bind(A::MarkAll, &["*"], Everywhere, G::Marks, "mark all shown"),
    bind(A::MarkNone, &["\\"], Everywhere, G::Marks, "unmark all"),
    bind(A::CopyId, &["y y"], Everywhere, G::Copy, "copy id"),
    bind(A::CopyName, &["y n"], Everywhere, G::Copy, "copy name"),
    bind(A::CopyTarget, &["y t"], Tunnels, G::Copy, "copy target"),
    bind(A::CopyCommand, &["y c"], Everywhere, G::Copy, "copy command line"),
    bind(A::CopyLink, &["y l"], Everywhere, G::Copy, "copy line that opens this view"),
    bind(A::CopyProxy, &["y p"], Everywhere, G::Copy, "copy ssh ProxyCommand"),
    bind(A::CopyJson, &["y j"], Everywhere, G::Copy, "copy JSON"),
    bind(A::CopyRow, &["y r"], Everywhere, G::Copy, "copy row as text"),
    bind(A::CopyShow, &["y v"], Everywhere, G::Copy, "show what was copied"),
    bind(A::Fleet, &["1"], Everywhere, G::Global, "Fleet"),
    bind(A::Tunnels, &["2"], Everywhere, G::Global, "Tunnels"),
    bind(A::Access, &["3"], Everywhere, G::Global, "Access"),
    bind(A::LastScreen, &["-"], Everywhere, G::Global, "last screen"),
    bind(A::Filter, &["/"], Everywhere, G::Global, "filter"),
    bind(A::Back, &["esc", "h", "left"], Everywhere, G::Global, "close, clear, back"),
    bind(A::Quit, &["q"], Everywhere, G::Global, "back; quits at a screen"),
    bind(A::Help, &["?"], Everywhere, G::Global, "this help"),
    bind(A::Pause, &["p"], Everywhere, G::Global, "pause the picture"),
    bind(A::Refresh, &["ctrl-r"], Everywhere, G::Global, "refresh, retry now"),
    bind(A::Log, &["ctrl-o"], Everywhere, G::Global, "console log"),
    bind(A::Redraw, &["ctrl-l"], Everywhere, G::Global, "draw again"),
    bind(A::Mouse, &["f12"], Everywhere, G::Global, "mouse on or off"),
    bind(A::Suspend, &["ctrl-z"], Everywhere, G::Global, "suspend"),
    bind(A::Interrupt, &["ctrl-c"], Everywhere, G::Global, "cancel; twice quits"),
];

/// A key in the bottom row, with its word there: one for wide terminals, one for narrow ones.
#[derive(Debug, Clone, Copy)]
pub struct Hint {
    /// What it does.
    pub action: Action,
    /// Its word at 100 columns and more.
    pub word: &'static str,
    /// Its word below; `None` = not there.
    pub short: Option<&'static str>,
}

const fn hint(action: Action, word: &'static str, short: &'static str) -> Hint {
    Hint { action, word, short: Some(short) }
}

/// The bottom row of Fleet, in its order there.
pub const FLEET_HINTS: &[Hint] = &[
    hint(A::Open, "tunnels", "tunnels"),
    hint(A::OpenTunnel, "tunnel…", "tunnel…"),
    hint(A::Actions, "actions", "act"),
    hint(A::Mark, "mark", "mark"),
    hint(A::Filter, "filter", "filter"),
    hint(A::Problems, "problems", "bad"),
    hint(A::Order, "order", "order"),
    hint(A::Why, "why", "why"),
    hint(A::CopyId, "copy", "copy"),
    hint(A::Help, "help", "help"),
    hint(A::Quit, "quit", "quit"),
];

/// The bottom row of Tunnels.
pub const TUNNELS_HINTS: &[Hint] = &[
    hint(A::OpenTunnel, "open…", "open…"),
    hint(A::Open, "detail", "detail"),
    hint(A::Close, "close…", "close…"),
    hint(A::ByNode, "filter by", "filter-by"),
    hint(A::Order, "order", "order"),
    hint(A::Totals, "totals/rates", "totals"),
    Hint { action: A::Actions, word: "actions", short: None },
    hint(A::Pause, "pause", "pause"),
    hint(A::Why, "why", "why"),
    hint(A::CopyId, "copy", ""),
    hint(A::Help, "help", "help"),
];

/// The bottom row of Access.
pub const ACCESS_HINTS: &[Hint] = &[
    hint(A::NextTab, "next tab", "tab"),
    hint(A::Open, "detail", "detail"),
    hint(A::EndGrant, "end…", "end…"),
    hint(A::Lock, "lock…", "lock…"),
    hint(A::Revoke, "revoke…", "revoke…"),
    Hint { action: A::Actions, word: "actions", short: None },
    hint(A::Filter, "filter", "filter"),
    hint(A::Order, "order", "order"),
    hint(A::Why, "explain", "explain"),
    hint(A::CopyId, "copy", ""),
    hint(A::Help, "help", "help"),
];

/// The bottom row of Access where nodes wait.
pub const PENDING_HINTS: &[Hint] = &[
    hint(A::NextTab, "next tab", "tab"),
    hint(A::Open, "detail", "detail"),
    hint(A::Approve, "let in…", "let in…"),
    hint(A::Deny, "turn away…", "turn away…"),
    Hint { action: A::Actions, word: "actions", short: None },
    hint(A::Filter, "filter", "filter"),
    hint(A::CopyId, "copy", ""),
    hint(A::Help, "help", "help"),
];

/// Where a tab of Access has no rows.
pub const NO_ACCESS_HINTS: &[Hint] = &[
    hint(A::NextTab, "next tab", "tab"),
    hint(A::Help, "help", "help"),
    hint(A::Quit, "quit", "quit"),
];

/// Where nothing is to be seen yet.
pub const NOTHING_HINTS: &[Hint] = &[hint(A::Help, "help", "help"), hint(A::Quit, "quit", "quit")];

/// Where the filter lets nothing through.
pub const NO_MATCH_HINTS: &[Hint] = &[
    hint(A::Filter, "edit filter", "edit filter"),
    hint(A::Back, "clear", "clear"),
    hint(A::Help, "help", "help"),
];

/// Where no tunnel is open.
pub const NO_TUNNELS_HINTS: &[Hint] = &[
    hint(A::OpenTunnel, "open…", "open…"),
    hint(A::Help, "help", "help"),
    hint(A::Quit, "quit", "quit"),
];

/// What a row of keys means so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// An action.
    Action(Action),
    /// More keys may follow.
    Prefix,
    /// Nothing.
    None,
}

/// What `keys` mean on `screen`.
pub fn resolve(screen: Scope, keys: &[Key]) -> Found {
    let mut found = Found::None;
    for binding in on(screen) {
        for chord in binding.keys {
            let chord = chords(chord);
            if chord == keys {
                return Found::Action(binding.action);
            }
            if chord.starts_with(keys) {
                found = Found::Prefix;
            }
        }
    }
    found
}

/// The bindings that hold on `screen`.
pub fn on(screen: Scope) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |b| b.scope.holds_on(screen))
}

/// The binding of an action on `screen`.
pub fn binding(screen: Scope, action: Action) -> Option<&'static Binding> {
    on(screen).find(|b| b.action == action)
}

/// The keys of one chord.
pub fn chords(chord: &str) -> Vec<Key> {
    chord.split(' ').filter_map(|key| key.parse().ok()).collect()
}

/// A chord as help shows it.
pub fn shown(chord: &str) -> String {
    chords(chord).into_iter().map(Key::shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chord_is_written_in_keys_that_exist() {
        for binding in BINDINGS {
            for chord in binding.keys {
                assert_eq!(chords(chord).len(), chord.split(' ').count(), "{chord}");
            }
        }
    }

    #[test]
    fn every_chord_reaches_its_action_on_every_screen_it_holds_on() {
        for screen in [Scope::Fleet, Scope::Tunnels, Scope::Access] {
            for binding in on(screen) {
                for chord in binding.keys {
                    assert_eq!(
                        resolve(screen, &chords(chord)),
                        Found::Action(binding.action),
                        "{chord}"
                    );
                    let keys = chords(chord);
                    for prefix in 1..keys.len() {
                        assert_eq!(resolve(screen, &keys[..prefix]), Found::Prefix, "{chord}");
                    }
                }
            }
        }
    }

    #[test]
    fn no_single_key_of_a_change_is_lowercase() {
        for binding in BINDINGS.iter().filter(|b| b.level >= Level::Moderate) {
            for chord in binding.keys {
                assert!(chord.chars().all(char::is_uppercase), "{chord}");
                assert!(binding.about.ends_with('…'), "{chord} must open a dialog");
            }
        }
    }
}
