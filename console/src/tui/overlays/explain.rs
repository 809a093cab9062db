//! Who may use what, and why: a question to the server's policy, its answer rule by rule, and the
//! command line that asks the same.

use super::After;
use crate::tui::data::forwards::quoted;
use crate::tui::key::{Code, Held, Key};
use crate::tui::msg::Job;
use crate::tui::theme::Role;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::frame::{Canvas, Part, part};
use ratatui::layout::Rect;
use std::net::IpAddr;
use wire::message::operator::AccessQuestion;
use wire::message::view::{AccessDecision, AccessStep};
use wire::{SafeText, Target};

/// The fields, in their order.
const NAMES: [&str; 5] = ["who", "port", "node", "target", "from"];
/// What an empty field means, or how a full one looks.
const HINTS: [&str; 5] = [
    "operator; empty = a visitor",
    "published port, or node and target",
    "",
    "HOST:PORT",
    "address; empty = where he is",
];
const WHO: usize = 0;
const PORT: usize = 1;
const NODE: usize = 2;
const TARGET: usize = 3;
const FROM: usize = 4;

/// What the server says.
#[derive(Debug, Default)]
enum Verdict {
    /// Nothing was asked yet.
    #[default]
    None,
    /// It was asked.
    Asked(Job),
    /// Its answer.
    Known(Box<AccessDecision>),
    /// It did not answer, or the question is not complete.
    Failed(String),
}

/// The form.
#[derive(Debug)]
pub struct Explain {
    fields: [Field; 5],
    at: usize,
    verdict: Verdict,
}

impl Explain {
    /// A question about this.
    pub fn new(
        who: &str,
        port: Option<&str>,
        node: Option<&str>,
        target: Option<&str>,
        from: Option<&str>,
    ) -> Self {
        let some = |text: Option<&str>| Field::new(text.unwrap_or_default());
        let fields = [Field::new(who), some(port), some(node), some(target), some(from)];
        Self { fields, at: WHO, verdict: Verdict::None }
    }

    fn text(&self, field: usize) -> Option<&str> {
        Some(self.fields[field].trimmed()).filter(|text| !text.is_empty())
    }

    /// The question, if it is one.
    ///
    /// # Errors
    /// What is missing or wrong, for people.
    pub fn question(&self) -> Result<AccessQuestion, String> {
        let safe = |field| self.text(field).map(SafeText::clean);
        let target = self.text(TARGET).filter(|_| self.text(PORT).is_none());
        let target = target.map(str::parse::<Target>).transpose();
        let target = target.map_err(|error| format!("target: {error}"))?;
        if let Some(from) = self.text(FROM) {
            from.parse::<IpAddr>().map_err(|_| "from: an address like 203.0.113.7".to_owned())?;
        }
        let is_port = self.text(PORT).is_some();
        if !is_port && (self.text(NODE).is_none() || target.is_none()) {
            return Err("what is to be reached? a port, or a node and a target at it".to_owned());
        }
        Ok(AccessQuestion {
            operator: safe(WHO),
            action: None,
            node: safe(NODE).filter(|_| !is_port),
            target,
            port: safe(PORT),
            from: safe(FROM),
            at: None,
        })
    }

    /// It was asked.
    pub fn asked(&mut self, job: Job) {
        self.verdict = Verdict::Asked(job);
    }

    /// It can't be asked now.
    pub fn failed(&mut self, why: String) {
        self.verdict = Verdict::Failed(why);
    }

    /// The server answered; an answer to an earlier question is of no use.
    pub fn answered(&mut self, job: Job, decision: Result<AccessDecision, String>) {
        if !matches!(self.verdict, Verdict::Asked(asked) if asked == job) {
            return;
        }
        self.verdict = match decision {
            Ok(decision) => Verdict::Known(Box::new(decision)),
            Err(why) => Verdict::Failed(why),
        };
    }

    pub(super) fn key(&mut self, key: Key) -> After {
        match (key.held, key.code) {
            (_, Code::Esc) => return After::Close,
            (_, Code::Tab) | (Held::None, Code::Down) => self.at = (self.at + 1) % NAMES.len(),
            (_, Code::BackTab) | (Held::None, Code::Up) => {
                self.at = (self.at + NAMES.len() - 1) % NAMES.len();
            }
            (_, Code::Enter | Code::F(2)) => match self.question() {
                Ok(question) => return After::Explain(Box::new(question)),
                Err(why) => self.verdict = Verdict::Failed(why),
            },
            _ => {
                if self.fields[self.at].key(key) {
                    self.verdict = Verdict::None;
                }
            }
        }
        After::Stay
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.fields[self.at].paste(text);
        self.verdict = Verdict::None;
    }

    /// The command line that asks the same.
    pub fn command(&self) -> String {
        let mut line = "tunnelctl access explain".to_owned();
        if let Some(who) = self.text(WHO) {
            line.push_str(&format!(" {}", quoted(who)));
        }
        let is_port = self.text(PORT).is_some();
        for (field, flag) in
            [(PORT, "--port"), (NODE, "--node"), (TARGET, "--target"), (FROM, "--from")]
        {
            let is_left_out = is_port && matches!(field, NODE | TARGET);
            if let Some(text) = self.text(field).filter(|_| !is_left_out) {
                line.push_str(&format!(" {flag} {}", quoted(text)));
            }
        }
        line
    }

    /// Draws it over `area`.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let lines = self.verdict_lines();
        let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(11);
        let title = "Explain: who may use what";
        let inner = canvas.dialog(area, (84, rows.max(14)), title, "⏎ ask  Tab next  Esc close");
        let (x, cells) = (inner.x + 2, inner.width.saturating_sub(4));
        for (at, name) in NAMES.iter().enumerate() {
            let y = inner.y + u16::try_from(at).unwrap_or_default();
            canvas.text(x, y, 8, name, Role::Dim);
            self.fields[at].draw(canvas, x + 9, y, 34.min(cells.saturating_sub(9)), self.at == at);
            canvas.text(x + 45, y, cells.saturating_sub(45), HINTS[at], Role::Dim);
        }
        let last = inner.bottom().saturating_sub(1);
        for (y, line) in (inner.y + 6..last.saturating_sub(1)).zip(&lines) {
            canvas.parts(x, y, x + cells, line);
        }
        canvas.text(x, last, 9, "Same as", Role::Dim);
        canvas.text(x + 9, last, cells.saturating_sub(9), &self.command(), Role::Dim);
    }

    fn verdict_lines(&self) -> Vec<Vec<Part<'_>>> {
        match &self.verdict {
            Verdict::None => vec![vec![part("⏎ asks the server; nothing is dialled", Role::Dim)]],
            Verdict::Asked(_) => vec![vec![part("asking the server…", Role::Pending)]],
            Verdict::Failed(why) => vec![vec![part(why.as_str(), Role::Bad)]],
            Verdict::Known(decision) => decided(decision),
        }
    }
}

fn decided(decision: &AccessDecision) -> Vec<Vec<Part<'_>>> {
    let by = match (decision.deciding_rule, decision.because) {
        (Some(rule), _) => rule.to_string(),
        (None, Some(because)) => because.to_string(),
        (None, None) => "default deny".to_owned(),
    };
    let until = decision.until.map(|at| format!("  until {at}")).unwrap_or_default();
    let (verdict, role) =
        if decision.allowed { ("✓ allowed", Role::Good) } else { ("✗ denied", Role::Ended) };
    let mut lines = vec![vec![part(verdict, role), part(format!("  by {by}{until}"), Role::Text)]];
    lines.extend(decision.trace.iter().map(|step| vec![part(of_step(step), Role::Text)]));
    let roles = decision.would_allow.iter().filter_map(|w| w.role.as_ref());
    let mut with: Vec<String> = roles.map(|role| format!("role {role}")).collect();
    if decision.would_allow.iter().any(|w| w.guest == Some(true)) {
        with.push("a guest's admission".to_owned());
    }
    if !with.is_empty() {
        lines.push(vec![part(format!("→ would pass with {}", with.join(", or ")), Role::Warn)]);
    }
    lines
}

fn of_step(step: &AccessStep) -> String {
    let why = step.because.map_or("decides".to_owned(), |because| format!("{because} differs"));
    let rule = step.rule.to_string();
    let rule = rule.get(..6).unwrap_or(&rule);
    format!("  {rule} {}   {why}", step.summary)
}
