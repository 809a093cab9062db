//! Changes are agreed to here: what they cut and whose it is, with Cancel in focus. Typed-ahead
//! keys fall through; Enter alone, or any one letter alone, agrees to nothing.

use super::After;
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

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The button that changes nothing.
    Cancel,
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
            reason: Field::default(),
            typed: Field::default(),
            focus: Focus::Cancel,
            opened: now.mono,
            agree_from: now.mono,
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
        let Some(word) = &self.word else { return Ok(()) };
        if self.reason.trimmed().is_empty() {
            return Err("a reason is required".to_owned());
        }
        if self.typed.text() != word {
            return Err(format!("type {word} to confirm"));
        }
        Ok(())
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
                Focus::Reason | Focus::Word => self.step(1),
                Focus::Agree => self.agree(now),
            },
            _ => {
                match self.focus {
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
        After::Change { change: self.change.clone(), reason }
    }

    fn step(&mut self, by: isize) -> After {
        const WITH_WORD: &[Focus] = &[Focus::Cancel, Focus::Reason, Focus::Word, Focus::Agree];
        const WITHOUT: &[Focus] = &[Focus::Cancel, Focus::Reason, Focus::Agree];
        let order = if self.word.is_some() { WITH_WORD } else { WITHOUT };
        let at = order.iter().position(|f| *f == self.focus).unwrap_or_default();
        let next = (at + order.len()).saturating_add_signed(by) % order.len();
        self.focus = order[next];
        After::Stay
    }

    /// Draws it over `area`.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let lines = self.lines.len() + self.cuts().len() + if self.word.is_some() { 8 } else { 6 };
        let widest =
            self.lines.iter().chain(&self.yours).map(|l| width(l)).max().unwrap_or_default();
        let size = ((widest + 24).clamp(62, 84), u16::try_from(lines + 2).unwrap_or(u16::MAX));
        let inner = canvas.dialog(area, size, &self.title, &self.context);
        let (x, cells) = (inner.x + 2, inner.width.saturating_sub(4));
        let mut y = inner.y + 1;
        for line in &self.lines {
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
        self.draw_buttons(canvas, inner);
    }

    fn draw_fields(&self, canvas: &mut Canvas<'_>, x: u16, y: u16, cells: u16) {
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

fn by_owner(cuts: &[(String, u32)]) -> String {
    let total: u32 = cuts.iter().map(|(_, n)| n).sum();
    let owners: Vec<String> = cuts.iter().map(|(who, n)| format!("{who} {n}")).collect();
    match (total, owners.len()) {
        (0, _) => "no live tunnels".to_owned(),
        (1, 1) => format!("1 live tunnel ({})", owners.join(", ")),
        _ => format!("{total} live tunnels ({})", owners.join(", ")),
    }
}
