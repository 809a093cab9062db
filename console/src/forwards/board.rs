//! What this process forwards right now, for `forward list`, `attach` and `close` of other processes.

use super::Shown;
use crate::cli::human;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use link::forward::Event;
use link::meter::{Counts, Traffic};
use link::{Clock, Shutdown, System};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;
use wire::{ForwardId, RuleId, SafeText, UnixMs};

/// News that an attached reader may be behind.
const NEWS: usize = 256;

/// How a forward stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Listening, and the way was there when it was last used.
    Ready,
    /// Listening; the node or the server is away.
    Waiting,
    /// Listening; its check fails.
    CheckFailed,
    /// Not listening; it is tried again by itself.
    Failed,
}

impl State {
    /// The contract's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::CheckFailed => "check_failed",
            Self::Failed => "failed",
        }
    }
}

/// What kind of process it lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnerKind {
    /// A command that somebody waits for.
    Foreground,
    /// A command in the background (`--detach`).
    Detached,
    /// A terminal console.
    Console,
}

/// The process that a forward lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: OwnerKind,
    /// Its process id.
    pub pid: u32,
}

/// One forward of this user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ForwardRow {
    /// Its id.
    pub id: ForwardId,
    /// The name it was given.
    pub name: Option<String>,
    /// Where it listens; none while it could not be bound.
    pub addr: Option<SafeText>,
    /// `fwd`, `socks`, `rev` or `share`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The node, `port/NAME` or a label.
    pub node: String,
    /// Where it leads; none for a proxy.
    pub target: Option<String>,
    /// The rule that allows it, where known.
    pub rule: Option<RuleId>,
    /// How it stands.
    pub state: State,
    /// Why it stands so.
    pub reason: Option<SafeText>,
    /// Open tunnels.
    pub open: u64,
    /// Tunnels so far.
    pub total: u64,
    /// Bytes towards the target.
    pub up_bytes: u64,
    /// Bytes from the target.
    pub down_bytes: u64,
    /// When it began.
    pub opened_at: UnixMs,
    /// Who keeps it.
    pub owner: Owner,
    /// What the file says about it.
    pub description: Option<SafeText>,
}

impl Row for ForwardRow {
    const KIND: &'static str = "Forward";
    const COLUMNS: &'static [Column] = &[
        Column::text("name", "NAME"),
        Column::text("listen", "LISTEN"),
        Column::text("kind", "KIND"),
        Column::text("via", "VIA"),
        Column::text("target", "TARGET"),
        Column::number("open", "OPEN"),
        Column::number("total", "TOTAL"),
        Column::number("up", "▲"),
        Column::number("down", "▼"),
        Column::text("state", "STATE"),
        Column::text("owner", "OWNER"),
        Column::text("id", "ID").wide(),
        Column::number("age", "AGE").wide(),
        Column::text("rule", "RULE").wide(),
        Column::text("reason", "REASON").wide(),
        Column::text("description", "DESCRIPTION").wide(),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.id.to_string())
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        let tone = match self.state {
            State::Ready => Tone::Good,
            State::Waiting => Tone::Warn,
            State::CheckFailed | State::Failed => Tone::Bad,
        };
        match key {
            "name" => Cell::plain(Row::name(self)),
            "listen" => look.text(self.addr.as_ref()),
            "kind" => Cell::plain(self.kind.as_str()),
            "via" => Cell::plain(self.node.as_str()),
            "target" => look.text(self.target.as_ref()),
            "open" => look.count(self.open),
            "total" => look.count(self.total),
            "up" => look.bytes(self.up_bytes),
            "down" => look.bytes(self.down_bytes),
            "state" => Cell::toned(self.state.as_str(), tone),
            "owner" => Cell::plain(self.owner.shown()),
            "id" => Cell::plain(self.id.to_string()),
            "age" => look.ago(Some(self.opened_at)),
            "rule" => look.text(self.rule),
            "reason" => look.text(self.reason.as_ref()),
            _ => look.text(self.description.as_ref()),
        }
    }
}

impl Owner {
    /// This process.
    pub fn this(kind: OwnerKind) -> Self {
        Self { kind, pid: std::process::id() }
    }

    fn shown(self) -> String {
        match self.kind {
            OwnerKind::Detached => format!("detached {}", self.pid),
            OwnerKind::Foreground => format!("foreground {}", self.pid),
            OwnerKind::Console => format!("console {}", self.pid),
        }
    }
}

/// Something that happened to a forward, in both forms.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct News {
    /// Whose news it is.
    pub forward: ForwardId,
    /// For people; none if there is nothing to say to them.
    pub line: Option<String>,
    /// For programs.
    pub event: Option<Value>,
}

/// The forwards of this process; cheap to clone.
#[derive(Debug, Clone)]
pub struct Board(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    owner: Owner,
    held: Mutex<BTreeMap<ForwardId, Held>>,
    /// Counts changes of the set.
    changes: watch::Sender<u64>,
    news: broadcast::Sender<News>,
}

#[derive(Debug)]
struct Held {
    row: ForwardRow,
    traffic: Option<Arc<Traffic>>,
    /// Ends it.
    stop: Shutdown,
}

impl Board {
    /// Nothing is forwarded yet.
    pub fn new(kind: OwnerKind) -> Self {
        Self(Arc::new(Inner {
            owner: Owner::this(kind),
            held: Mutex::default(),
            changes: watch::Sender::default(),
            news: broadcast::Sender::new(NEWS),
        }))
    }

    /// A forward that is wanted; `stop` ends it.
    pub fn add(&self, id: ForwardId, shown: &Shown, stop: Shutdown) {
        let row = ForwardRow {
            id,
            name: shown.name.clone(),
            addr: None,
            kind: if shown.kind == "reverse" { "rev" } else { shown.kind }.to_owned(),
            node: shown.via.clone(),
            target: (!shown.target.is_empty()).then(|| shown.target.clone()),
            rule: shown.rule,
            state: State::Failed,
            reason: None,
            open: 0,
            total: 0,
            up_bytes: 0,
            down_bytes: 0,
            opened_at: System.wall(),
            owner: self.0.owner,
            description: shown.description.clone(),
        };
        self.held().insert(id, Held { row, traffic: None, stop });
        self.changed();
    }

    /// It is bound.
    pub fn bound(&self, id: ForwardId, address: &str, shown: &Shown, traffic: Arc<Traffic>) {
        if let Some(held) = self.held().get_mut(&id) {
            held.row.addr = Some(address.into());
            held.row.rule = shown.rule;
            held.row.state = if shown.away.is_some() { State::Waiting } else { State::Ready };
            held.row.reason = shown.away.as_deref().map(SafeText::from);
            held.traffic = Some(traffic);
        }
        self.changed();
    }

    /// It could not be bound, or not be looked up.
    pub fn failed(&self, id: ForwardId, why: &str) {
        if let Some(held) = self.held().get_mut(&id) {
            held.row.addr = None;
            (held.row.state, held.row.reason) = (State::Failed, Some(why.into()));
        }
        self.changed();
    }

    /// Takes in what happened to it.
    pub fn apply(&self, id: ForwardId, event: &Event) {
        let mut all = self.held();
        let Some(held) = all.get_mut(&id) else { return };
        match event {
            Event::Lost { reason, hold } => {
                let hold = hold.map(|hold| format!("; holds {}", human::duration(hold)));
                held.row.reason = Some(format!("{reason}{}", hold.unwrap_or_default()).into());
                held.row.state = State::Waiting;
            }
            Event::Opened { .. } | Event::Back { .. } => {
                (held.row.state, held.row.reason) = (State::Ready, None);
            }
            _ => {}
        }
    }

    /// Its check succeeded, or failed for this reason.
    pub fn checked(&self, id: ForwardId, failed: Option<&str>) {
        if let Some(held) = self.held().get_mut(&id) {
            held.row.state = if failed.is_some() { State::CheckFailed } else { State::Ready };
            held.row.reason = failed.map(SafeText::from);
        }
    }

    /// It is no more.
    pub fn remove(&self, id: ForwardId) {
        self.held().remove(&id);
        self.changed();
    }

    /// All of them, as they stand.
    pub fn rows(&self) -> Vec<ForwardRow> {
        self.held().values().map(Held::now).collect()
    }

    /// Ends these, or all if none is named; says which ones there were.
    pub fn close(&self, ids: &[ForwardId]) -> Vec<ForwardId> {
        let all = self.held();
        let meant = all.iter().filter(|(id, _)| ids.is_empty() || ids.contains(id));
        meant.map(|(id, held)| (held.stop.cancel(), *id).1).collect()
    }

    /// Waits until none of these is there any more; says whether that was so in time.
    pub async fn gone(&self, ids: &[ForwardId], within: Duration) -> bool {
        let mut changes = self.0.changes.subscribe();
        let gone = changes.wait_for(|_| {
            let held = self.held();
            !ids.iter().any(|id| held.contains_key(id))
        });
        timeout(within, gone).await.is_ok()
    }

    /// Passes news on to whoever is attached.
    pub fn tell(&self, news: News) {
        // Nobody attached: nobody is told.
        let _ = self.0.news.send(news);
    }

    /// News from now on, of all forwards.
    pub fn follow(&self) -> broadcast::Receiver<News> {
        self.0.news.subscribe()
    }

    /// Who keeps them.
    pub fn owner(&self) -> Owner {
        self.0.owner
    }

    fn changed(&self) {
        self.0.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<ForwardId, Held>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn now(&self) -> ForwardRow {
        let Counts { open, total, up, down } =
            self.traffic.as_ref().map(|traffic| traffic.counts()).unwrap_or_default();
        ForwardRow { open, total, up_bytes: up, down_bytes: down, ..self.row.clone() }
    }
}
