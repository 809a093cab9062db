//! Who is let in and who is kept out, as the server last told: a set of rows for each tab of Access,
//! and how they can be ordered.

mod doing;
mod order;
mod row;

pub use doing::{Act, Doing};
pub use order::By;
pub use row::{Key, Row};

use super::rates::{Meter, Pair};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use wire::message::view::{LockState, PortView, SessionState};
use wire::{PortId, UnixMs};

/// The tabs of Access, and the sets behind them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Who is in, by certificate or for a time.
    #[default]
    Sessions,
    /// Published ports.
    Ports,
    /// What operators may do.
    Roles,
    /// What may be reached.
    Rules,
    /// Who is let in without an account.
    Guests,
    /// What is blocked.
    Locks,
    /// Nodes that wait for a decision.
    Pending,
}

impl Tab {
    /// Every tab and its name, in the order on the screen.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Sessions, "Sessions"),
        (Self::Ports, "Ports"),
        (Self::Roles, "Roles"),
        (Self::Rules, "Rules"),
        (Self::Guests, "Guests"),
        (Self::Locks, "Locks"),
        (Self::Pending, "Pending"),
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Ports => "Ports",
            Self::Roles => "Roles",
            Self::Rules => "Rules",
            Self::Guests => "Guests",
            Self::Locks => "Locks",
            Self::Pending => "Pending",
        }
    }

    /// The tab this many to the right, around the end.
    pub fn beside(self, by: isize) -> Self {
        let all = Self::ALL;
        let at = all.iter().position(|(tab, _)| *tab == self).unwrap_or_default();
        all[(at + all.len()).saturating_add_signed(by) % all.len()].0
    }

    /// What must be known to show it.
    pub const fn needs(self) -> &'static [Self] {
        match self {
            Self::Sessions => &[Self::Sessions],
            Self::Ports => &[Self::Ports, Self::Sessions, Self::Guests, Self::Rules],
            Self::Roles => &[Self::Roles],
            Self::Rules => &[Self::Rules],
            Self::Guests => &[Self::Guests],
            Self::Locks => &[Self::Locks],
            Self::Pending => &[Self::Pending],
        }
    }
}

/// A full set of rows, or why it is not shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fetched {
    /// The server's clock.
    pub at: UnixMs,
    /// The rows; or, for people, why the server keeps them to itself.
    pub rows: Result<Vec<Row>, String>,
}

/// What is known of one tab.
#[derive(Debug, Default)]
struct Set {
    rows: HashMap<Key, Row>,
    refused: Option<String>,
    known: bool,
    version: u64,
}

/// Everything about access.
#[derive(Debug, Default)]
pub struct Access {
    sets: BTreeMap<Tab, Set>,
    meters: HashMap<PortId, Meter>,
}

impl Access {
    /// Takes in full sets.
    pub fn apply(&mut self, news: BTreeMap<Tab, Fetched>) {
        for (tab, fetched) in news {
            if tab == Tab::Ports {
                self.sample(&fetched);
            }
            let set = self.sets.entry(tab).or_default();
            set.version += 1;
            set.known = true;
            match fetched.rows {
                Ok(rows) => {
                    set.refused = None;
                    set.rows = rows.into_iter().map(|row| (row.key(), row)).collect();
                }
                Err(why) => {
                    set.refused = Some(why);
                    set.rows.clear();
                }
            }
        }
    }

    fn sample(&mut self, fetched: &Fetched) {
        let Ok(rows) = &fetched.rows else { return self.meters.clear() };
        let ports: Vec<&PortView> = rows
            .iter()
            .filter_map(|row| match row {
                Row::Port(port) => Some(port.as_ref()),
                _ => None,
            })
            .collect();
        self.meters.retain(|id, _| ports.iter().any(|port| port.id == *id));
        for port in ports {
            let meter = self.meters.entry(port.id).or_default();
            meter.sample(fetched.at, port.up_bytes, port.down_bytes);
        }
    }

    /// Whether nothing in `news` differs from what is known.
    pub fn is_routine(&self, news: &BTreeMap<Tab, Fetched>) -> bool {
        news.iter().all(|(tab, fetched)| {
            let set = self.sets.get(tab).filter(|set| set.known);
            set.is_some_and(|set| match &fetched.rows {
                Err(why) => set.refused.as_ref() == Some(why),
                Ok(rows) => {
                    set.refused.is_none()
                        && rows.len() == set.rows.len()
                        && rows.iter().all(|row| set.rows.get(&row.key()) == Some(row))
                }
            })
        })
    }

    /// A row.
    pub fn get(&self, key: Key) -> Option<&Row> {
        self.sets.get(&key.tab())?.rows.get(&key)
    }

    /// All rows of a tab, in no order.
    pub fn rows(&self, tab: Tab) -> impl Iterator<Item = &Row> {
        self.sets.get(&tab).into_iter().flat_map(|set| set.rows.values())
    }

    /// How many rows a tab has.
    pub fn len(&self, tab: Tab) -> usize {
        self.sets.get(&tab).map_or(0, |set| set.rows.len())
    }

    /// Whether a tab has no rows.
    pub fn is_empty(&self, tab: Tab) -> bool {
        self.len(tab) == 0
    }

    /// Whether the server has told about this tab.
    pub fn is_known(&self, tab: Tab) -> bool {
        self.sets.get(&tab).is_some_and(|set| set.known)
    }

    /// Why the server keeps a tab's rows to itself.
    pub fn refused(&self, tab: Tab) -> Option<&str> {
        self.sets.get(&tab)?.refused.as_deref()
    }

    /// Grows with every change of a tab.
    pub fn version(&self, tab: Tab) -> u64 {
        self.sets.get(&tab).map_or(0, |set| set.version)
    }

    /// What moves through a published port per second; `None` until it was seen twice.
    pub fn rates(&self, port: PortId) -> Option<Pair> {
        self.meters.get(&port).and_then(Meter::rates)
    }

    /// Keys of what `wanted` lets through, in order.
    pub fn ordered(
        &self,
        tab: Tab,
        by: By,
        reversed: bool,
        wanted: impl Fn(&Row) -> bool,
    ) -> Vec<Key> {
        let rows = self.rows(tab).filter(|row| wanted(row));
        let mut keys: Vec<_> = rows.map(|row| (by.place(self, row), row.key())).collect();
        keys.sort();
        if reversed {
            keys.reverse();
        }
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// How many rows of a tab count right now: running, waiting or in force.
    pub fn live(&self, tab: Tab) -> usize {
        self.rows(tab).filter(|row| !row.is_over()).count()
    }
}

/// Whether a row needs somebody's attention.
pub fn is_problem(row: &Row) -> bool {
    use wire::message::view::{PortState, RuleState};
    match row {
        Row::Session(session) => {
            session.state == SessionState::Expiring || (session.locked.is_some() && !row.is_over())
        }
        Row::Port(port) => !matches!(port.state, PortState::Serving | PortState::Disabled),
        Row::Role(_) => false,
        Row::Rule(rule) => rule.state == RuleState::Expired,
        Row::Guest(guest) => guest.locked.is_some() && !row.is_over(),
        Row::Lock(lock) => lock.state == LockState::Active,
        Row::Pending(_) => true,
    }
}
