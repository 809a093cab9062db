//! Changes are agreed to here: what they cut and whose it is, with Cancel in focus. Typed-ahead
//! keys fall through; Enter alone, or any one letter alone, agrees to nothing.

use super::After;
use crate::cli::human::parse_limit;
use crate::tui::data::access::{Act, Doing};
use crate::tui::data::forwards::quoted;
use crate::tui::key::{Code, Held, Key};
use crate::tui::msg::{Job, Now};
use crate::tui::theme::Role;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::form::button;
use crate::tui::widgets::frame::{Canvas, width};
use ratatui::layout::Rect;
use std::time::Duration;
use wire::{NodeId, SafeText, TunnelId};

/// Keys that come sooner were meant for what was there before.
pub const GUARD: Duration = Duration::from_millis(150);

/// The command line is broken at this width: the narrowest dialog has room for it.
const COMMAND_CELLS: usize = 42;

/// Tunnels named before the others are counted.
const MAX_LISTED: usize = 4;

/// In a protected context nothing can be agreed to sooner.
const LONG_LOOK: Duration = Duration::from_secs(3);

/// What is to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// End a node's credential.
    RevokeNode {
        /// Its id, so that a rename in between changes nothing.
        id: NodeId,
        /// Its name.
        name: String,
    },
    /// Close tunnels.
    CloseTunnels(Vec<TunnelId>),
    /// Something on Access.
    Access(Doing),
}

impl Change {
    /// The command line that does the same, with what the dialog holds so far.
    fn command(&self, reason: &str, lasts: &str) -> String {
        let with_reason = |mut line: String, else_word: &str| {
            if !reason.is_empty() {
                line.push_str(&format!(" --reason {}", quoted(reason)));
            } else {
                line.push_str(else_word);
            }
            line
        };
        match self {
            Self::RevokeNode { name, .. } => with_reason(
                format!("tunnelctl revoke node {name} --confirm {name}"),
                " --reason TEXT",
            ),
            Self::CloseTunnels(ids) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                with_reason(format!("tunnelctl tunnels close {}", ids.join(" ")), "")
            }
            Self::Access(doing) => doing.command(reason, lasts),
        }
    }
}

/// What the server says the change would cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// It was asked.
    Asking(Job),
    /// By owner.
    Known(Vec<(String, u32)>),
    /// It would not do it.
    Refused(String),
}

/// What a change on Access meets.
#[derive(Debug, Default)]
pub struct Rests {
    /// What is to be known before: a fingerprint, an address.
    pub facts: Vec<String>,
    /// The tunnels that rest on the object, each in a line.
    pub tunnels: Vec<String>,
    /// Those of them that are the operator's own.
    pub yours: Vec<String>,
    /// It is about the operator who does it.
    pub is_self: bool,
}

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The button that changes nothing.
    Cancel,
    /// For how long.
    Lasts,
    /// The reason.
    Reason,
    /// The name to be typed.
    Word,
    /// The button that changes something.
    Agree,
}

/// A change to be agreed to.
#[derive(Debug)]
pub struct Confirm {
    /// What.
    pub change: Change,
    /// What it would cut.
    pub plan: Plan,
    title: String,
    verb: &'static str,
    context: String,
    lines: Vec<String>,
    yours: Vec<String>,
    word: Option<String>,
    needs_reason: bool,
    lasts: Option<Field>,
    reason: Field,
    typed: Field,
    focus: Focus,
    opened: Duration,
    agree_from: Duration,
}

impl Confirm {
    /// Revoking a node: its name must be typed and a reason given.
    pub fn revoke(
        now: Now,
        context: &str,
        id: NodeId,
        name: &str,
        yours: Vec<String>,
        job: Job,
    ) -> Self {
        Self {
            change: Change::RevokeNode { id, name: name.to_owned() },
            plan: Plan::Asking(job),
            title: "Revoke — no undo".to_owned(),
            verb: "Revoke",
            context: context.to_owned(),
            lines: vec![
                format!("Revoke node {name} ({id})?"),
                String::new(),
                "This cannot be undone. The node must enrol again.".to_owned(),
            ],
            yours,
            word: Some(name.to_owned()),
            needs_reason: true,
            lasts: None,
            reason: Field::default(),
            typed: Field::default(),
            focus: Focus::Cancel,
            opened: now.mono,
            agree_from: now.mono,
        }
    }

    /// Closing tunnels: each in a line.
    pub fn close(
        now: Now,
        context: &str,
        ids: Vec<TunnelId>,
        rows: Vec<String>,
        yours: Vec<String>,
        job: Job,
    ) -> Self {
        let count = ids.len();
        let what =
            if count == 1 { "this tunnel".to_owned() } else { format!("these {count} tunnels") };
        let mut lines = vec![format!("Close {what}?"), String::new()];
        lines.extend(rows.iter().take(10).cloned());
        if count > 10 {
            lines.push(format!("… and {} more", count - 10));
        }
        Self {
            change: Change::CloseTunnels(ids),
            plan: Plan::Asking(job),
            title: "Close".to_owned(),
            verb: "Close",
            context: context.to_owned(),
            lines,
            yours,
            word: None,
            needs_reason: false,
            lasts: None,
            reason: Field::default(),
            typed: Field::default(),
            focus: Focus::Cancel,
            opened: now.mono,
            agree_from: now.mono,
        }
    }

    /// A change on Access: the object in question, what rests on it, and what else is to be known.
    pub fn access(now: Now, context: &str, doing: Doing, rests: Rests, job: Job) -> Self {
        let mut lines = vec![format!(
            "{} {}?",
            doing.title().split(" —").next().unwrap_or_default(),
            doing.name
        )];
        lines.extend(rests.facts);
        lines.push(String::new());
        lines.push(doing.about().to_owned());
        if rests.is_self {
            lines.push("This is you: it cuts you off.".to_owned());
        }
        if !rests.tunnels.is_empty() {
            lines.push(String::new());
            lines.extend(rests.tunnels.iter().take(MAX_LISTED).cloned());
            if rests.tunnels.len() > MAX_LISTED {
                lines.push(format!("… and {} more", rests.tunnels.len() - MAX_LISTED));
            }
        }
        Self {
            plan: Plan::Asking(job),
            title: doing.title(),
            verb: doing.verb(),
            context: context.to_owned(),
            lines,
            yours: rests.yours,
            word: doing.is_severe().then(|| doing.name.clone()),
            needs_reason: doing.needs_reason(),
            lasts: doing.takes_time().then(Field::default),
            reason: Field::default(),
            typed: Field::default(),
            focus: Focus::Cancel,
            opened: now.mono,
            agree_from: now.mono,
            change: Change::Access(doing),
        }
    }

    /// The same in a protected context: agreeing takes a longer look.
    #[must_use]
    pub fn protected(mut self) -> Self {
        self.agree_from = self.opened + LONG_LOOK;
        self.context.push_str(" · protected");
        self
    }

    /// When keys begin to count.
    pub fn guard_ends(&self) -> Duration {
        self.opened + GUARD
    }

    /// Where keys go.
    pub const fn focus(&self) -> Focus {
        self.focus
    }

    /// Why it can't be agreed to yet.
    ///
    /// # Errors
    /// What is missing, for people.
    pub fn ready(&self) -> Result<(), String> {
        match &self.plan {
            Plan::Asking(_) => return Err("the server has not said yet what this cuts".to_owned()),
            Plan::Refused(why) => return Err(why.clone()),
            Plan::Known(_) => {}
        }
        self.for_how_long()?;
        if self.needs_reason && self.reason.trimmed().is_empty() {
            return Err("a reason is required".to_owned());
        }
        match &self.word {
            Some(word) if self.typed.text() != word => Err(format!("type {word} to confirm")),
            _ => Ok(()),
        }
    }

    fn for_how_long(&self) -> Result<Option<Duration>, String> {
        match self.lasts.as_ref().map(Field::trimmed).filter(|text| !text.is_empty()) {
            Some(text) => parse_limit(text).map(Some).map_err(|_| "how long? like 3h".to_owned()),
            None => Ok(None),
        }
    }

    /// The command line that does the same, with what is filled in so far.
    pub fn command(&self) -> String {
        let lasts = self.lasts.as_ref().map_or("", Field::trimmed);
        self.change.command(self.reason.trimmed(), lasts)
    }

    pub(super) fn key(&mut self, now: Now, key: Key) -> After {
        if now.mono < self.guard_ends() {
            return After::Stay;
        }
        match (key.held, key.code) {
            (_, Code::Esc) => After::Close,
            (_, Code::Tab) | (Held::None, Code::Down) => self.step(1),
            (_, Code::BackTab) | (Held::None, Code::Up) => self.step(-1),
            (Held::Ctrl, Code::Enter) | (_, Code::F(2)) => self.agree(now),
            (_, Code::Enter) => match self.focus {
                Focus::Cancel => After::Close,
                Focus::Lasts | Focus::Reason | Focus::Word => self.step(1),
                Focus::Agree => self.agree(now),
            },
            _ => {
                match self.focus {
                    Focus::Lasts => self.lasts.as_mut().is_some_and(|lasts| lasts.key(key)),
                    Focus::Reason => self.reason.key(key),
                    Focus::Word => self.typed.key(key),
                    Focus::Cancel | Focus::Agree => false,
                };
                After::Stay
            }
        }
    }

    pub(super) fn paste(&mut self, now: Now, text: &str) {
        if now.mono < self.guard_ends() {
            return;
        }
        // A pasted name is not a typed one: it proves nothing about having read it.
        if self.focus == Focus::Reason {
            self.reason.paste(text);
        }
    }

    fn agree(&self, now: Now) -> After {
        if self.ready().is_err() || now.mono < self.agree_from {
            return After::Stay;
        }
        let reason = Some(self.reason.trimmed()).filter(|r| !r.is_empty()).map(SafeText::clean);
        let mut change = self.change.clone();
        if let Change::Access(Doing { act: Act::Lock(_, lasts), .. }) = &mut change {
            *lasts = self.for_how_long().unwrap_or_default();
        }
        After::Change { change, reason }
    }

    fn step(&mut self, by: isize) -> After {
        let all = [Focus::Cancel, Focus::Lasts, Focus::Reason, Focus::Word, Focus::Agree];
        let is_there = |focus: &Focus| match focus {
            Focus::Lasts => self.lasts.is_some(),
            Focus::Word => self.word.is_some(),
            Focus::Cancel | Focus::Reason | Focus::Agree => true,
        };
        let order: Vec<Focus> = all.into_iter().filter(is_there).collect();
        let at = order.iter().position(|f| *f == self.focus).unwrap_or_default();
        let next = (at + order.len()).saturating_add_signed(by) % order.len();
        self.focus = order[next];
        After::Stay
    }

    /// Draws it over `area`.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let fields = 1 + usize::from(self.lasts.is_some()) + 2 * usize::from(self.word.is_some());
        let command = wrapped(&self.command(), COMMAND_CELLS);
        let others = self.cuts().len() + fields + 5 + command.len();
        let widest =
            self.lines.iter().chain(&self.yours).map(|l| width(l)).max().unwrap_or_default();
        let rows = u16::try_from(self.lines.len() + others + 2).unwrap_or(u16::MAX);
        let size = ((widest + 24).clamp(62, 84), rows);
        let inner = canvas.dialog(area, size, &self.title, &self.context);
        let (x, cells) = (inner.x + 2, inner.width.saturating_sub(4));
        let under = u16::try_from(command.len() + 2).unwrap_or(u16::MAX);
        let bottom = inner.bottom().saturating_sub(under);
        // Where there is little room, what is listed goes before what must be filled in.
        let spare = usize::from(inner.height).saturating_sub(others);
        let mut y = inner.y + 1;
        for line in self.lines.iter().take(spare) {
            canvas.text(x, y, cells, line, Role::Text);
            y += 1;
        }
        y += 1;
        for (label, line, role) in self.cuts() {
            canvas.text(x, y, 16, label, Role::Dim);
            canvas.text(x + 16, y, cells.saturating_sub(16), &line, role);
            y += 1;
        }
        self.draw_fields(canvas, x, y, cells);
        canvas.text(x, bottom, 16, "Same as", Role::Dim);
        for (y, line) in (bottom..).zip(&command) {
            canvas.text(x + 16, y, cells.saturating_sub(16), line, Role::Dim);
        }
        self.draw_buttons(canvas, inner);
    }

    fn draw_fields(&self, canvas: &mut Canvas<'_>, x: u16, y: u16, cells: u16) {
        let mut y = y;
        if let Some(lasts) = &self.lasts {
            canvas.text(x, y, 16, "For how long", Role::Dim);
            lasts.draw(canvas, x + 16, y, 12.min(cells), self.focus == Focus::Lasts);
            y += 1;
        }
        canvas.text(x, y, 16, "Reason (audit)", Role::Dim);
        self.reason.draw(canvas, x + 16, y, cells.saturating_sub(16), self.focus == Focus::Reason);
        if let Some(word) = &self.word {
            let end = canvas.parts(
                x,
                y + 2,
                x + cells,
                &[
                    ("Type  ".into(), Role::Dim),
                    (word.as_str().into(), Role::Title),
                    ("  to confirm:  ".into(), Role::Dim),
                ],
            );
            let left = (x + cells).saturating_sub(end);
            self.typed.draw(canvas, end, y + 2, left, self.focus == Focus::Word);
        }
    }

    fn draw_buttons(&self, canvas: &mut Canvas<'_>, inner: Rect) {
        let y = inner.bottom().saturating_sub(1);
        let cancel = if self.focus == Focus::Cancel { Role::Active } else { Role::Text };
        let end = button(canvas, inner.x + 2, y, "Cancel Esc", cancel);
        let ready = self.ready();
        let role = match (&ready, self.focus) {
            (Ok(()), Focus::Agree) => Role::Active,
            (Ok(()), _) => Role::Bad,
            (Err(_), _) => Role::Dim,
        };
        let label = format!("{} F2", self.verb);
        let from = inner.right().saturating_sub(width(&label) + 6);
        button(canvas, from, y, &label, role);
        if let Err(why) = ready {
            let room = from.saturating_sub(end + 3);
            canvas.text(end + 2, y, room, &why, Role::Warn);
        }
    }

    fn cuts(&self) -> Vec<(&'static str, String, Role)> {
        let mut lines = vec![match &self.plan {
            Plan::Asking(_) => ("Will cut now", "asking the server…".to_owned(), Role::Pending),
            Plan::Refused(why) => ("The server says", why.clone(), Role::Bad),
            Plan::Known(cuts) => ("Will cut now", by_owner(cuts), Role::Text),
        }];
        match self.yours.as_slice() {
            [] => {}
            [only] => lines.push(("", format!("1 is YOURS: {only}"), Role::Warn)),
            [first, ..] => {
                let text = format!("{} are YOURS: {first}, …", self.yours.len());
                lines.push(("", text, Role::Warn));
            }
        }
        lines
    }
}

/// A command line in lines of at most so many cells, where it has blanks to break at.
fn wrapped(command: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in command.split(' ') {
        let line = lines.last_mut().map_or(0, |line| usize::from(width(line)));
        match lines.last_mut() {
            Some(last) if line > 0 && line + 1 + usize::from(width(word)) <= cells => {
                last.push(' ');
                last.push_str(word);
            }
            Some(last) if line == 0 => last.push_str(word),
            _ => lines.push(format!("  {word}")),
        }
    }
    lines
}

fn by_owner(cuts: &[(String, u32)]) -> String {
    let total: u32 = cuts.iter().map(|(_, n)| n).sum();
    let owners: Vec<String> = cuts.iter().map(|(who, n)| format!("{who} {n}")).collect();
    match (total, owners.len()) {
        (0, _) => "no live tunnels".to_owned(),
        (1, 1) => format!("1 live tunnel ({})", owners.join(", ")),
        _ => format!("{total} live tunnels ({})", owners.join(", ")),
    }
}
