//! The console as a value: what is known, what is shown, and how each message changes both.
//!
//! Pure: no I/O, no clock. What must be done outside comes back as effects.

mod access;
mod act;
mod copy;
mod dialogs;
pub use access::{BY_SECONDS, called};
pub use dialogs::short;
mod input;
mod menus;
mod news;
mod order;
mod pace;

use super::data::access::Tab;
use super::data::batch::Batch;
use super::data::link::Link;
use super::data::{Data, nodes, tunnels};
use super::effect::{Capture, Effect};
use super::glyph::Glyphs;
use super::key::Key;
use super::keymap::Scope;
use super::msg::{Focus, Job, Msg, Now};
use super::overlays::{Overlay, toasts::Toasts};
use super::screens::layout;
use super::state::Saved;
use super::theme::Theme;
use super::widgets::field::Field;
use super::widgets::grid::Grid;
use crate::filter::{Filter, FilterError, LabelKeys, Schema, node_schema, tunnel_schema};
use std::collections::BTreeMap;
use std::time::Duration;
use wire::{NodeId, TunnelId};

/// The screens that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Nodes.
    Fleet,
    /// Tunnels and own forwards.
    Tunnels,
    /// Sessions, ports, roles, rules, guests, locks, nodes that wait.
    Access,
}

impl Screen {
    /// Every screen and its name.
    pub const ALL: &'static [(Self, &'static str)] =
        &[(Self::Fleet, "Fleet"), (Self::Tunnels, "Tunnels"), (Self::Access, "Access")];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fleet => "Fleet",
            Self::Tunnels => "Tunnels",
            Self::Access => "Access",
        }
    }

    /// The screen of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n)| n.eq_ignore_ascii_case(name)).map(|(screen, _)| *screen)
    }

    /// Where its keys are found.
    pub const fn scope(self) -> Scope {
        match self {
            Self::Fleet => Scope::Fleet,
            Self::Tunnels => Scope::Tunnels,
            Self::Access => Scope::Access,
        }
    }
}

/// What the console may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Everything.
    All,
    /// Only look.
    ReadOnly,
    /// Only look, at a recording.
    Replay,
}

/// How much is drawn besides words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// Borders, charts, several panes.
    #[default]
    Full,
    /// One list at a time in words, the terminal's cursor on its row: a screen reader can follow.
    Plain,
}

/// How careful changes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caution {
    /// As always.
    Usual,
    /// The context is protected: agreeing takes a longer look.
    Protected,
}

/// A list on a screen: rows, filter, order.
#[derive(Debug)]
pub struct List<Id, By> {
    /// Cursor, marks, order shown.
    pub grid: Grid<Id>,
    /// What is filtered for, as typed.
    pub filter_text: String,
    /// The newest filter that was understood.
    pub filter: Option<Filter>,
    /// Order.
    pub by: By,
    /// Reversed.
    pub reversed: bool,
    /// Problems only.
    pub problems: bool,
    /// What the order shown was made from.
    made: Option<order::Made<By>>,
}

impl<Id: Copy + Ord + std::hash::Hash, By: Default> Default for List<Id, By> {
    fn default() -> Self {
        Self {
            grid: Grid::default(),
            filter_text: String::new(),
            filter: None,
            by: By::default(),
            reversed: false,
            problems: false,
            made: None,
        }
    }
}

/// The filter being typed.
#[derive(Debug, Default)]
pub struct FilterLine {
    /// The text.
    pub field: Field,
    /// What is wrong with it.
    pub error: Option<FilterError>,
    /// The place in the history.
    pub back: Option<usize>,
}

/// Which pane of Tunnels has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The tunnels.
    Rows,
    /// My forwards.
    Forwards,
}

/// A picture that stands still.
#[derive(Debug)]
pub struct Paused {
    /// Since then.
    pub since: Now,
    /// What came in the meantime.
    pub held: Batch,
}

/// What a job was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Plan,
    Change(String),
    Allowed,
    Explain,
    Free,
    Start(super::data::forwards::Local),
    Copy { what: &'static str, text: String },
}

/// How soon to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dirty {
    /// Nothing changed.
    No,
    /// With the next frame.
    Soon,
    /// At once: somebody pressed a key.
    Now,
}

/// What is shown.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is named for what it shows")]
pub struct Ui {
    pub size: (u16, u16),
    pub screen: Screen,
    pub last_screen: Screen,
    pub fleet: List<NodeId, nodes::By>,
    pub tunnels: List<TunnelId, tunnels::By>,
    pub access: access::Lists,
    pub drilled: bool,
    pub pane: Pane,
    pub forward_at: usize,
    pub detail: bool,
    pub totals: bool,
    pub overlay: Option<Overlay>,
    pub filter_line: Option<FilterLine>,
    pub pending: Vec<Key>,
    pub count: Option<usize>,
    pub toasts: Toasts,
    pub paused: Option<Paused>,
    pub permit: Permit,
    pub caution: Caution,
    pub manner: Manner,
    pub focus: Focus,
    pub mouse: Capture,
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub saved: Saved,
    pub keep_state: bool,
    pub quit_armed: Option<Duration>,
    pub copied: Option<String>,
    pub touched: Duration,
    pub drawn: Duration,
    pub dirty: Dirty,
}

/// The console.
#[derive(Debug)]
pub struct App {
    /// What is known.
    pub data: Data,
    /// What is shown.
    pub ui: Ui,
    jobs: BTreeMap<Job, Asked>,
    next_job: u64,
    /// What the server is asked for again and again.
    watched: &'static [Tab],
}

/// How a console starts.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is named for what it sets")]
pub struct Start {
    pub context: String,
    pub link: Link,
    pub size: (u16, u16),
    pub screen: Option<Screen>,
    pub filter: Option<String>,
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub permit: Permit,
    pub caution: Caution,
    pub manner: Manner,
    pub saved: Saved,
    pub keep_state: bool,
}

impl App {
    /// A console that knows nothing yet.
    pub fn new(now: Now, start: Start) -> Self {
        let screen =
            start.screen.or_else(|| Screen::named(&start.saved.screen)).unwrap_or(Screen::Fleet);
        let mut app = Self {
            data: Data::new(start.context, start.link),
            ui: Ui {
                size: start.size,
                screen,
                last_screen: screen,
                fleet: List::default(),
                tunnels: List::default(),
                access: access::Lists::default(),
                drilled: false,
                pane: Pane::Rows,
                forward_at: 0,
                detail: false,
                totals: false,
                overlay: None,
                filter_line: None,
                pending: Vec::new(),
                count: None,
                toasts: Toasts::default(),
                paused: None,
                permit: start.permit,
                caution: start.caution,
                manner: start.manner,
                focus: Focus::Gained,
                mouse: Capture::On,
                theme: start.theme,
                glyphs: start.glyphs,
                saved: start.saved,
                keep_state: start.keep_state,
                quit_armed: None,
                copied: None,
                touched: now.mono,
                drawn: now.mono,
                dirty: Dirty::Now,
            },
            jobs: BTreeMap::new(),
            next_job: 0,
            watched: &[],
        };
        if let Some(filter) = start.filter {
            app.set_filter(now, &filter);
        }
        app
    }

    /// Takes in a message; what must be done outside comes back.
    pub fn update(&mut self, now: Now, msg: Msg) -> Vec<Effect> {
        let urgency = self.urgency(&msg);
        self.ui.dirty = self.ui.dirty.max(urgency);
        if urgency == Dirty::Now {
            self.ui.touched = now.mono;
        }
        let mut effects = match msg {
            Msg::Key(key) => self.key(now, key),
            Msg::Click { x, y } => self.click(now, x, y),
            Msg::Scroll(by) => self.scroll(by),
            Msg::Paste(text) => self.paste(now, &text),
            Msg::Resize { width, height } => self.resize(width, height),
            Msg::Focus(focus) => self.focus(focus),
            Msg::Due => Vec::new(),
            Msg::Link(news) => self.link_news(now, news),
            Msg::Data(batch) => self.data_news(now, *batch),
            Msg::Done { job, answer } => self.done(now, job, answer),
            Msg::Forward { forward, event } => self.forward_news(now, forward, event),
            Msg::Stopped(forward) => self.stopped_from_outside(now, forward),
            Msg::Trouble(what) => {
                self.ui.toasts.bad(now, what);
                Vec::new()
            }
            Msg::Quit => self.leave(),
        };
        effects.extend(self.run_checks(now));
        effects.extend(self.watch());
        self.reindex(now);
        effects
    }

    fn resize(&mut self, width: u16, height: u16) -> Vec<Effect> {
        self.fit((width, height));
        Vec::new()
    }

    /// Lays out for a terminal of this size; the cursor stays in sight.
    pub fn fit(&mut self, size: (u16, u16)) {
        if size != self.ui.size {
            self.ui.size = size;
            let height = layout::rows(self);
            self.ui.fleet.grid.reveal(height);
            self.ui.tunnels.grid.reveal(height);
            self.ui.access.list_mut().grid.reveal(height);
        }
    }

    fn focus(&mut self, focus: Focus) -> Vec<Effect> {
        self.ui.focus = focus;
        Vec::new()
    }

    /// The keys a filter of the current screen may use.
    pub fn schema(&self) -> Schema {
        match self.ui.screen {
            Screen::Fleet => node_schema(LabelKeys::Known(self.data.nodes.label_keys())),
            Screen::Tunnels => tunnel_schema(),
            Screen::Access => self.ui.access.tab.schema(),
        }
    }

    fn job(&mut self, asked: Asked) -> Job {
        self.next_job += 1;
        let job = Job(self.next_job);
        self.jobs.insert(job, asked);
        job
    }

    /// Leaves, keeping where it was.
    fn leave(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.ui.keep_state {
            self.ui.saved.screen = self.ui.screen.name().to_lowercase();
            effects.push(Effect::Save(self.ui.saved.clone()));
        }
        effects.push(Effect::Quit);
        effects
    }
}
