//! The orders of Access.

use super::{Access, Row, Tab};
use wire::message::view::{PortState, SessionState};

/// How a tab can be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// As the tab is usually read: what needs attention or ends first, rules in their order.
    #[default]
    Usual,
    /// Name or id.
    Name,
    /// Whose it is.
    Who,
    /// Ends first.
    Ends,
    /// Newest first.
    Age,
    /// Most tunnels first.
    Tunnels,
    /// Most from targets first.
    Down,
    /// Decided most first.
    Hits,
}

impl By {
    /// The orders of a tab with their letters in the menu and their words.
    pub const fn of(tab: Tab) -> &'static [(Self, char, &'static str)] {
        match tab {
            Tab::Sessions => &[
                (Self::Usual, 's', "state"),
                (Self::Who, 'w', "user"),
                (Self::Ends, 'e', "end"),
                (Self::Age, 'a', "age"),
                (Self::Tunnels, 't', "tunnels"),
                (Self::Down, 'd', "▼/s"),
            ],
            Tab::Ports => &[
                (Self::Usual, 's', "state"),
                (Self::Name, 'n', "name"),
                (Self::Tunnels, 't', "tunnels"),
                (Self::Down, 'd', "▼/s"),
            ],
            Tab::Roles => &[(Self::Usual, 'n', "name"), (Self::Tunnels, 'o', "operators")],
            Tab::Rules => &[
                (Self::Usual, 'o', "order"),
                (Self::Who, 'w', "who"),
                (Self::Hits, 'h', "hits"),
                (Self::Ends, 'e', "end"),
            ],
            Tab::Guests => &[
                (Self::Usual, 's', "state"),
                (Self::Name, 'n', "name"),
                (Self::Ends, 'e', "end"),
                (Self::Tunnels, 't', "tunnels"),
            ],
            Tab::Locks => {
                &[(Self::Usual, 's', "state"), (Self::Who, 'b', "by"), (Self::Ends, 'e', "end")]
            }
            Tab::Pending => &[(Self::Usual, 'a', "asked"), (Self::Name, 'n', "name")],
        }
    }

    /// Its word on a tab.
    pub fn word(self, tab: Tab) -> &'static str {
        Self::of(tab).iter().find(|(by, ..)| *by == self).map_or("", |(_, _, word)| word)
    }

    /// Where a row belongs: smaller is further up.
    pub(super) fn place(self, access: &Access, row: &Row) -> (u64, u64, String) {
        let first = |most: u64| u64::MAX - most;
        let ends = row.ends_at().map_or(u64::MAX, |at| at.0);
        let began = row.began().map_or(0, |at| at.0);
        let (major, minor) = match self {
            Self::Usual => usual(row, ends),
            Self::Name => (0, 0),
            Self::Who => return (u64::from(row.is_over()), 0, row.who().to_owned()),
            Self::Ends => (ends, 0),
            Self::Age => (first(began), 0),
            Self::Tunnels => (first(row.tunnels().into()), 0),
            Self::Down => (first(down(access, row)), 0),
            Self::Hits => (first(hits(row)), 0),
        };
        (major, minor, row.name())
    }
}

fn usual(row: &Row, ends: u64) -> (u64, u64) {
    let over = u64::from(row.is_over());
    match row {
        Row::Session(session) if over == 1 => (3, u64::MAX - session.ended_at.map_or(0, |at| at.0)),
        Row::Session(session) => (u64::from(session.state != SessionState::Expiring), ends),
        Row::Port(port) => {
            let place = match port.state {
                PortState::Fault => 0,
                PortState::Refusing => 1,
                PortState::Holding => 2,
                PortState::Serving => 3,
                PortState::Disabled => 4,
            };
            (place, 0)
        }
        Row::Role(_) => (0, 0),
        Row::Rule(rule) => (rule.order.into(), 0),
        Row::Guest(_) => (over, ends),
        Row::Lock(lock) => (over, u64::MAX - lock.created_at.0),
        Row::Pending(pending) => (pending.since.0, 0),
    }
}

fn down(access: &Access, row: &Row) -> u64 {
    match row {
        Row::Session(session) => session.down_bytes_per_s,
        // The bits of floats that are not negative are ordered as the floats are.
        Row::Port(port) => access.rates(port.id).map_or(0, |rates| rates.down.to_bits()),
        _ => 0,
    }
}

const fn hits(row: &Row) -> u64 {
    match row {
        Row::Rule(rule) => rule.hits,
        _ => 0,
    }
}
