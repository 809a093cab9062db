//! When to draw: at once for keys, soon for news, with the clock for what only grew older, and
//! seldom where nobody looks.

use super::{App, Dirty, Screen};
use crate::tui::data::link::{LinkNews, Phase};
use crate::tui::msg::{Focus, Msg, Now};
use crate::tui::overlays::Overlay;
use std::time::Duration;

/// Ages and the clock advance in steps of these many milliseconds: usually,
const TICK: u64 = 1000;
/// where another window is in front,
const UNSEEN_TICK: u64 = 2000;
/// and where nobody pressed a key for [`IDLE_AFTER`] and nothing happens.
const IDLE_TICK: u64 = 10_000;
/// Without a key for this long, nobody waits for the second hand.
const IDLE_AFTER: Duration = Duration::from_secs(60);

impl App {
    /// How soon a message must be seen. What changes only ages, the round trip or the chart waits
    /// for the next tick.
    pub(super) fn urgency(&self, msg: &Msg) -> Dirty {
        match msg {
            Msg::Key(_) | Msg::Click { .. } | Msg::Scroll(_) | Msg::Paste(_) => Dirty::Now,
            Msg::Resize { .. } => Dirty::Now,
            Msg::Link(LinkNews::Heard { .. }) if self.data.link.phase == Phase::Live => Dirty::No,
            Msg::Data(_) if self.ui.paused.is_some() => Dirty::No,
            Msg::Data(batch) if self.data.is_routine(batch) => Dirty::No,
            _ => Dirty::Soon,
        }
    }

    /// When something changes by itself.
    pub fn next_due(&self, now: Now) -> Option<Duration> {
        let dialog = match &self.ui.overlay {
            Some(Overlay::Confirm(confirm)) => Some(confirm.guard_ends()),
            Some(Overlay::OpenTunnel(form)) => form.due(),
            _ => None,
        };
        let hold = match self.ui.screen {
            Screen::Fleet => self.ui.fleet.grid.hold_ends(),
            Screen::Tunnels => self.ui.tunnels.grid.hold_ends(),
            Screen::Access => self.ui.access.list().grid.hold_ends(),
        };
        let timers = [dialog, hold, self.ui.toasts.due(now), self.ui.quit_armed];
        let soonest = timers.into_iter().flatten().filter(|at| *at > now.mono).min();
        let tick = now.mono + self.until_tick(now);
        soonest.into_iter().chain([tick]).min()
    }

    /// Until ages and the clock are drawn again by themselves: at a whole second, unless something
    /// else was drawn since the one before; less often where nobody looks or nobody has pressed a
    /// key for a while.
    fn until_tick(&self, now: Now) -> Duration {
        let counts_down =
            matches!(self.data.link.phase, Phase::Down { .. }) || self.counts_seconds(now);
        let idle = now.mono.saturating_sub(self.ui.touched) >= IDLE_AFTER && !counts_down;
        let period = match self.ui.focus {
            _ if idle => IDLE_TICK,
            Focus::Lost => UNSEEN_TICK,
            Focus::Gained => TICK,
        };
        let old = now.mono.saturating_sub(self.ui.drawn).as_millis();
        let ahead = period.saturating_sub(u64::try_from(old).unwrap_or(u64::MAX));
        let whole = (now.wall.0 + ahead).next_multiple_of(period);
        Duration::from_millis((whole - now.wall.0).max(1))
    }

    /// Shortest time between frames that no key asked for.
    pub const fn frame_gap(&self) -> Duration {
        match self.ui.focus {
            Focus::Gained => Duration::from_millis(50),
            Focus::Lost => Duration::from_millis(UNSEEN_TICK),
        }
    }

    /// Whether to draw now.
    pub fn wants_a_frame(&self, now: Now) -> bool {
        match self.ui.dirty {
            Dirty::No => false,
            Dirty::Soon => now.mono >= self.ui.drawn + self.frame_gap(),
            Dirty::Now => true,
        }
    }

    /// Everything up to now is on the screen.
    pub const fn drawn(&mut self, now: Now) {
        self.ui.drawn = now.mono;
        self.ui.dirty = Dirty::No;
    }
}
