//! The bottom line: the newest thing that happened. Errors stay until seen; the log keeps them all.

use crate::tui::data::numbers::clock;
use crate::tui::msg::Now;
use crate::tui::theme::Role;
use std::collections::VecDeque;
use std::time::Duration;
use wire::{SafeText, UnixMs};

/// How long good news stays.
const STAY: Duration = Duration::from_secs(8);
/// Lines kept for the log.
const MAX_LOG: usize = 200;

#[derive(Debug, Clone)]
struct Toast {
    wall: UnixMs,
    until: Option<Duration>,
    text: String,
    role: Role,
    weight: Weight,
    seen: bool,
}

/// What gives way to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Aside,
    Answer,
}

/// What happened in this run, newest last.
#[derive(Debug, Default)]
pub struct Toasts {
    log: VecDeque<Toast>,
}

impl Toasts {
    /// Something that happened by itself; gives way to answers.
    pub fn note(&mut self, now: Now, text: impl Into<String>) {
        self.push(now, text.into(), Role::Text, Some(now.mono + STAY));
        if let Some(toast) = self.log.back_mut() {
            toast.weight = Weight::Aside;
        }
    }

    /// Something to know.
    pub fn say(&mut self, now: Now, text: impl Into<String>) {
        self.push(now, text.into(), Role::Text, Some(now.mono + STAY));
    }

    /// Something went well.
    pub fn good(&mut self, now: Now, text: impl Into<String>) {
        self.push(now, text.into(), Role::Good, Some(now.mono + STAY));
    }

    /// Something went wrong; stays until seen.
    pub fn bad(&mut self, now: Now, text: impl Into<String>) {
        self.push(now, text.into(), Role::Bad, None);
    }

    fn push(&mut self, now: Now, text: String, role: Role, until: Option<Duration>) {
        if self.log.len() == MAX_LOG {
            self.log.pop_front();
        }
        let text = SafeText::clean(&text).to_string();
        self.log.push_back(Toast {
            wall: now.wall,
            until,
            text,
            role,
            weight: Weight::Answer,
            seen: false,
        });
    }

    /// The one to show.
    pub fn current(&self, now: Now) -> Option<(&str, Role)> {
        let shown = |t: &&Toast| !t.seen && t.until.is_none_or(|until| now.mono < until);
        let newest = self.log.iter().filter(shown).max_by_key(|t| t.weight);
        newest.map(|t| (t.text.as_str(), t.role))
    }

    /// How many errors nobody has looked at.
    pub fn unseen(&self) -> usize {
        self.log.iter().filter(|t| !t.seen && t.until.is_none()).count()
    }

    /// Somebody looked.
    pub fn see(&mut self) {
        self.log.iter_mut().for_each(|t| t.seen = true);
    }

    /// When the shown one goes away.
    pub fn due(&self, now: Now) -> Option<Duration> {
        self.log.iter().filter(|t| !t.seen).filter_map(|t| t.until).filter(|u| *u > now.mono).min()
    }

    /// All lines, newest first.
    pub fn lines(&self) -> Vec<String> {
        self.log.iter().rev().map(|t| format!("{}  {}", clock(t.wall), t.text)).collect()
    }
}
