//! The state of the link to the server, as the header and the banner tell it (console.md §4.9).

use super::super::msg::Now;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wire::message::view::{EndsView, WhoamiView};

/// What the link task reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LinkNews {
    /// A try begins.
    Connecting,
    /// Connected; full sets are on their way.
    Connected {
        /// Who the server takes us for.
        who: Box<WhoamiView>,
        /// The server's version.
        version: String,
    },
    /// The round trip of the newest heartbeat.
    Heard {
        /// Round trip.
        rtt_ms: Option<u64>,
    },
    /// Nothing was heard for this long, though the link stands.
    Quiet {
        /// Since the last sign of life.
        for_ms: u64,
    },
    /// The link is gone; another try comes.
    Down {
        /// In words.
        cause: String,
        /// The number of the next try.
        next_try: u32,
        /// Until then.
        wait_ms: u64,
    },
    /// Nothing to try again by itself.
    Stopped {
        /// What kind.
        why: Stop,
        /// In words.
        cause: String,
    },
    /// How soon the operator's certificate or one of his sessions ends; `None` = not soon.
    Ends(Option<EndsView>),
}

/// Why the console does not try again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stop {
    /// There is no server or identity to use.
    NotSetUp,
    /// The certificate was not accepted.
    Auth,
    /// The operator may not enter.
    Denied,
    /// The versions do not fit.
    Incompatible,
}

/// Where the link is.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// The first try runs.
    Starting,
    /// Connected, rows arrive.
    Syncing,
    /// Rows are complete and current.
    Live,
    /// No sign of life since then.
    Quiet(Duration),
    /// A later try runs, or waits until the time given.
    Down {
        /// In words.
        cause: String,
        /// The number of the try that runs or waits.
        try_number: u32,
        /// When it starts; `None` = it runs.
        retry_at: Option<Duration>,
    },
    /// No further tries by itself.
    Stopped {
        /// What kind.
        why: Stop,
        /// In words.
        cause: String,
    },
}

/// The link.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Where it is.
    pub phase: Phase,
    /// When it was last up, for `offline 2m14s`.
    pub down_since: Option<Duration>,
    /// The newest round trip.
    pub rtt_ms: Option<u64>,
    /// The server's version.
    pub version: Option<String>,
    /// What of the operator's ends soon.
    pub ends: Option<EndsView>,
}

impl Default for Link {
    fn default() -> Self {
        Self { phase: Phase::Starting, down_since: None, rtt_ms: None, version: None, ends: None }
    }
}

impl Link {
    /// A link that has nowhere to go.
    pub fn not_set_up(cause: String) -> Self {
        Self { phase: Phase::Stopped { why: Stop::NotSetUp, cause }, ..Self::default() }
    }

    /// Takes in news. The operator's data comes back where it is new.
    pub fn apply(&mut self, now: Now, news: LinkNews) -> Option<Box<WhoamiView>> {
        match news {
            LinkNews::Connecting => self.trying(),
            LinkNews::Connected { who, version } => {
                self.phase = Phase::Syncing;
                self.version = Some(version);
                return Some(who);
            }
            LinkNews::Heard { rtt_ms } => {
                self.rtt_ms = rtt_ms.or(self.rtt_ms);
                if matches!(self.phase, Phase::Quiet(_)) {
                    self.phase = Phase::Live;
                }
            }
            LinkNews::Quiet { for_ms } => {
                let since = now.mono.saturating_sub(Duration::from_millis(for_ms));
                if matches!(self.phase, Phase::Live | Phase::Quiet(_)) {
                    self.phase = Phase::Quiet(since);
                }
            }
            LinkNews::Ends(ends) => self.ends = ends,
            LinkNews::Down { cause, next_try, wait_ms } => {
                let at = now.mono + Duration::from_millis(wait_ms);
                self.down_since.get_or_insert(now.mono);
                self.phase = Phase::Down { cause, try_number: next_try, retry_at: Some(at) };
            }
            LinkNews::Stopped { why, cause } => {
                self.down_since.get_or_insert(now.mono);
                self.phase = Phase::Stopped { why, cause };
            }
        }
        None
    }

    fn trying(&mut self) {
        match &mut self.phase {
            Phase::Down { retry_at, .. } => *retry_at = None,
            Phase::Stopped { .. } => self.phase = Phase::Starting,
            _ => {}
        }
    }

    /// The first full set is complete. How long the link had been away comes back.
    pub fn synced(&mut self, now: Now) -> Option<Duration> {
        if self.phase != Phase::Syncing {
            return None;
        }
        self.phase = Phase::Live;
        self.down_since.take().map(|since| now.mono.saturating_sub(since))
    }

    /// Whether rows are current enough to act on.
    pub const fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Syncing | Phase::Live | Phase::Quiet(_))
    }

    /// Whether what is shown is old: drawn dim.
    pub const fn is_stale(&self) -> bool {
        !matches!(self.phase, Phase::Live | Phase::Syncing)
    }

    /// Why nothing can be changed right now.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn writable(&self) -> Result<(), String> {
        match &self.phase {
            Phase::Live | Phase::Syncing | Phase::Quiet(_) => Ok(()),
            Phase::Starting => Err("not connected yet".to_owned()),
            Phase::Down { .. } => Err("writes disabled while offline".to_owned()),
            Phase::Stopped { why: Stop::NotSetUp, .. } => Err("no server is set up".to_owned()),
            Phase::Stopped { why: Stop::Auth, .. } => Err("the login is not accepted".to_owned()),
            Phase::Stopped { why: Stop::Denied, .. } => Err("locked out".to_owned()),
            Phase::Stopped { why: Stop::Incompatible, .. } => {
                Err("the server's version does not fit".to_owned())
            }
        }
    }
}
