//! The form that opens a forward: fields, live checks, and the command line that does the same.
//!
//! The checks are asked for by the app; this file says what to ask and shows what came back.

mod draw;

use super::After;
use crate::tui::data::{Data, forwards::command_line};
use crate::tui::key::{Code, Held, Key};
use crate::tui::msg::{Job, Now};
use crate::tui::widgets::field::Field;
use link::forward::{Clients, Dns, Kind, OnDrop, Spec, Through};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use wire::message::tunnel::OpenTo;
use wire::message::view::NodeState;
use wire::{RuleId, SafeText, Target};

/// Typing rests this long before the checks run.
const SETTLE: Duration = Duration::from_millis(250);
/// New connections wait this long for a node that went away.
const HOLD: Duration = Duration::from_secs(10);
/// Nodes offered at once.
const PICKS: usize = 3;

/// A part of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Kind,
    Node,
    Target,
    Host,
    Port,
    Bind,
    Drop,
    Idle,
    Max,
    Note,
    Cancel,
    Open,
}

/// What opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Forward,
    Socks,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// Nothing to check yet.
    Unknown,
    /// It was asked.
    Asked(Job),
    /// Yes, and the note beside it.
    Yes(String),
    /// No, and why.
    No(String),
}

/// What the app should find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// May this target be reached through this node?
    Allowed {
        /// The node.
        node: String,
        /// The target.
        target: Target,
    },
    /// Can this address be bound here?
    Free(SocketAddr),
}

/// A node offered for the name typed so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pick {
    pub(super) name: String,
    pub(super) state: NodeState,
    pub(super) note: String,
}

/// The form.
#[derive(Debug)]
pub struct OpenTunnel {
    what: What,
    node: Field,
    target: Field,
    host: Field,
    port: Field,
    bind: bool,
    drop: OnDrop,
    idle: Field,
    max: Field,
    note: Field,
    at: At,
    picks: Vec<Pick>,
    pick: usize,
    recent: Vec<String>,
    allowed: Check,
    free: Check,
    check_at: Option<Duration>,
    asked: (Option<Question>, Option<Question>),
    failure: Option<String>,
}

impl OpenTunnel {
    /// An empty form, or one for a node and target.
    pub fn new(
        now: Now,
        node: Option<&str>,
        target: Option<&str>,
        recent: Vec<String>,
        data: &Data,
    ) -> Self {
        let mut form = Self {
            what: What::Forward,
            node: Field::new(node.unwrap_or_default()),
            target: Field::new(target.unwrap_or_default()),
            host: Field::new("127.0.0.1"),
            port: Field::new("0"),
            bind: false,
            drop: OnDrop::Hold(HOLD),
            idle: Field::default(),
            max: Field::default(),
            note: Field::default(),
            at: if node.is_some() { At::Target } else { At::Node },
            picks: Vec::new(),
            pick: 0,
            recent,
            allowed: Check::Unknown,
            free: Check::Unknown,
            check_at: None,
            asked: (None, None),
            failure: None,
        };
        form.changed(now, data);
        form
    }

    pub(super) fn key(&mut self, now: Now, key: Key, data: &Data) -> After {
        match (key.held, key.code) {
            (_, Code::Esc) => return After::Close,
            (Held::Ctrl, Code::Enter) | (_, Code::F(2)) => return self.submit(data),
            (Held::Ctrl, Code::Char('y')) => return self.copy(),
            (_, Code::Tab) => self.leave(1),
            (_, Code::BackTab) => self.leave(-1),
            (_, Code::Enter) => match self.at {
                At::Cancel => return After::Close,
                At::Open => return self.submit(data),
                _ => self.leave(1),
            },
            (_, Code::Down) => self.down(1),
            (_, Code::Up) => self.down(-1),
            _ => self.edit(key),
        }
        self.changed(now, data);
        After::Stay
    }

    pub(super) fn paste(&mut self, now: Now, text: &str, data: &Data) {
        if let Some(field) = self.field() {
            field.paste(text);
            self.changed(now, data);
        }
    }

    fn edit(&mut self, key: Key) {
        let side = matches!(key.code, Code::Left | Code::Right | Code::Char(' '));
        match self.at {
            At::Kind if side => {
                self.what = if self.what == What::Forward { What::Socks } else { What::Forward }
            }
            At::Drop if side => {
                self.drop =
                    if self.drop == OnDrop::Close { OnDrop::Hold(HOLD) } else { OnDrop::Close };
            }
            At::Bind if side => self.bind = !self.bind,
            At::Node => {
                self.pick = 0;
                self.node.key(key);
            }
            _ => {
                if let Some(field) = self.field() {
                    field.key(key);
                }
            }
        }
    }

    fn field(&mut self) -> Option<&mut Field> {
        Some(match self.at {
            At::Node => &mut self.node,
            At::Target => &mut self.target,
            At::Host => &mut self.host,
            At::Port => &mut self.port,
            At::Idle => &mut self.idle,
            At::Max => &mut self.max,
            At::Note => &mut self.note,
            At::Kind | At::Bind | At::Drop | At::Cancel | At::Open => return None,
        })
    }

    /// Arrows choose among what is offered, and move between parts elsewhere.
    fn down(&mut self, by: isize) {
        match self.at {
            At::Node if !self.picks.is_empty() => {
                self.pick = self.pick.saturating_add_signed(by).min(self.picks.len() - 1);
            }
            At::Target if !self.recent.is_empty() => {
                let at = self.recent.iter().position(|r| r == self.target.text());
                let next =
                    at.map_or(0, |at| at.saturating_add_signed(by).min(self.recent.len() - 1));
                self.target.set(self.recent[next].clone());
            }
            _ => self.leave(by),
        }
    }

    /// Goes to another part; a node half typed becomes the one offered first.
    fn leave(&mut self, by: isize) {
        if self.at == At::Node
            && let Some(pick) = self.picks.get(self.pick)
        {
            self.node.set(pick.name.clone());
        }
        let order = self.order();
        let at = order.iter().position(|a| *a == self.at).unwrap_or_default();
        self.at = order[(at + order.len()).saturating_add_signed(by) % order.len()];
    }

    fn order(&self) -> Vec<At> {
        let all = [
            At::Kind,
            At::Node,
            At::Target,
            At::Host,
            At::Port,
            At::Bind,
            At::Drop,
            At::Idle,
            At::Max,
            At::Note,
            At::Cancel,
            At::Open,
        ];
        all.into_iter().filter(|at| self.has(*at)).collect()
    }

    fn has(&self, at: At) -> bool {
        match at {
            At::Target => self.what == What::Forward,
            At::Bind => self.beyond_loopback(),
            _ => true,
        }
    }

    fn beyond_loopback(&self) -> bool {
        self.host.trimmed().parse::<IpAddr>().is_ok_and(|ip| !ip.is_loopback())
    }

    /// After every change: new picks, and checks once typing rests.
    fn changed(&mut self, now: Now, data: &Data) {
        self.failure = None;
        self.picks = self.find(data);
        self.pick = self.pick.min(self.picks.len().saturating_sub(1));
        let questions = (self.ask_allowed(), self.ask_free());
        if questions != self.asked {
            if questions.0 != self.asked.0 {
                self.allowed = Check::Unknown;
            }
            if questions.1 != self.asked.1 {
                self.free = Check::Unknown;
            }
            self.check_at = Some(now.mono + SETTLE);
        }
    }

    fn ask_allowed(&self) -> Option<Question> {
        let target = self.target.trimmed().parse().ok()?;
        let node = self.node.trimmed();
        (self.what == What::Forward && !node.is_empty())
            .then(|| Question::Allowed { node: node.to_owned(), target })
    }

    fn ask_free(&self) -> Option<Question> {
        self.listen().ok().filter(|listen| listen.port() != 0).map(Question::Free)
    }

    /// When the checks should run.
    pub const fn due(&self) -> Option<Duration> {
        self.check_at
    }

    /// What to find out now; the caller hands back the jobs with [`OpenTunnel::asked`].
    pub fn questions(&mut self, now: Now) -> Vec<Question> {
        if self.check_at.is_none_or(|at| now.mono < at) {
            return Vec::new();
        }
        self.check_at = None;
        let questions = (self.ask_allowed(), self.ask_free());
        let mut open = Vec::new();
        if self.allowed == Check::Unknown {
            open.extend(questions.0.clone());
        }
        if self.free == Check::Unknown {
            open.extend(questions.1.clone());
        }
        self.asked = questions;
        open
    }

    /// A question was asked under this job.
    pub fn asked(&mut self, question: &Question, job: Job) {
        match question {
            Question::Allowed { .. } => self.allowed = Check::Asked(job),
            Question::Free(_) => self.free = Check::Asked(job),
        }
    }

    /// The server's answer about the target, if it still is the question.
    pub fn allowed(&mut self, job: Job, answer: Result<Option<RuleId>, String>) {
        if self.allowed == Check::Asked(job) {
            self.allowed = match answer {
                Ok(Some(rule)) => Check::Yes(format!("your role may reach it ({rule})")),
                Ok(None) => Check::Yes("your role may reach it".to_owned()),
                Err(why) => Check::No(why),
            };
        }
    }

    /// This machine's answer about the port, if it still is the question.
    pub fn free(&mut self, job: Job, answer: Result<(), String>) {
        if self.free == Check::Asked(job) {
            self.free = match answer {
                Ok(()) => Check::Yes("free".to_owned()),
                Err(why) => Check::No(why),
            };
        }
    }

    /// Opening failed.
    pub fn failed(&mut self, why: String) {
        self.failure = Some(why);
    }

    fn find(&self, data: &Data) -> Vec<Pick> {
        let typed = self.node.trimmed().to_lowercase();
        let mut found: Vec<_> = data
            .nodes
            .all()
            .filter(|node| {
                let labels = node.labels.to_string().to_lowercase();
                node.name.as_str().contains(&typed)
                    || labels.contains(&typed)
                    || is_subsequence(&typed, node.name.as_str())
            })
            .map(|node| {
                let near = (
                    node.name.as_str() != typed,
                    !node.name.as_str().contains(&typed),
                    !node.state.is_connected(),
                );
                (near, node.rtt_p50_ms.unwrap_or(u64::MAX), node)
            })
            .collect();
        found.sort_by(|a, b| (a.0, a.1, &a.2.name).cmp(&(b.0, b.1, &b.2.name)));
        found
            .into_iter()
            .take(PICKS)
            .map(|(_, _, node)| Pick {
                name: node.name.to_string(),
                state: node.state,
                note: match node.rtt_p50_ms {
                    Some(ms) => format!("{ms}ms  {}", node.labels),
                    None => format!("{}  {}", node.state, node.labels),
                },
            })
            .collect()
    }

    fn listen(&self) -> Result<SocketAddr, String> {
        let host: IpAddr =
            self.host.trimmed().parse().map_err(|_| "listen wants an IP address".to_owned())?;
        let port: u16 = self
            .port
            .trimmed()
            .parse()
            .map_err(|_| "listen wants a port from 0 to 65535".to_owned())?;
        Ok(SocketAddr::new(host, port))
    }

    /// The forward as the fields have it.
    ///
    /// # Errors
    /// The first field that is not right, for people.
    pub fn spec(&self) -> Result<Spec, String> {
        let node = self.node.trimmed();
        if node.is_empty() {
            return Err("which node?".to_owned());
        }
        let node = SafeText::clean(node);
        let kind = match self.what {
            What::Socks => Kind::Proxy {
                through: Through::Node(node),
                dns: Dns::Remote,
                http: false,
                auth: None,
            },
            What::Forward => {
                let target = self
                    .target
                    .trimmed()
                    .parse()
                    .map_err(|e: wire::name::NameError| e.to_string())?;
                Kind::Fixed(OpenTo::Node { node, target })
            }
        };
        Ok(Spec {
            listen: self.listen()?.into(),
            kind,
            on_drop: self.drop,
            idle: limit("idle", &self.idle)?,
            max: limit("max", &self.max)?,
            note: Some(self.note.trimmed()).filter(|n| !n.is_empty()).map(SafeText::clean),
            compress: None,
            clients: Clients::default(),
        })
    }

    /// Why it can't be opened yet.
    ///
    /// # Errors
    /// What is missing, for people.
    pub fn ready(&self, data: &Data) -> Result<Spec, String> {
        data.link.writable()?;
        let spec = self.spec()?;
        if self.beyond_loopback() && !self.bind {
            return Err("others could connect there: tick it to agree".to_owned());
        }
        if data.nodes.named(self.node.trimmed()).is_none() {
            return Err(format!("no node is called {}", self.node.trimmed()));
        }
        for check in [&self.allowed, &self.free] {
            if let Check::No(why) = check {
                return Err(why.clone());
            }
        }
        Ok(spec)
    }

    fn submit(&mut self, data: &Data) -> After {
        if self.at == At::Node {
            self.leave(0);
        }
        match self.ready(data) {
            Ok(spec) => After::Start(Box::new(spec)),
            Err(why) => {
                self.failure = Some(why);
                After::Stay
            }
        }
    }

    fn copy(&self) -> After {
        match self.spec() {
            Ok(spec) => After::Copy { what: "command line", text: command_line(&spec) },
            Err(_) => After::Stay,
        }
    }
}

fn limit(name: &str, field: &Field) -> Result<Option<Duration>, String> {
    match field.trimmed() {
        "" => Ok(None),
        text => match humantime::parse_duration(text) {
            Ok(limit) if !limit.is_zero() => Ok(Some(limit)),
            _ => Err(format!("{name} wants a time like 30m or 8h")),
        },
    }
}

fn is_subsequence(letters: &str, text: &str) -> bool {
    let mut text = text.chars();
    letters.chars().all(|letter| text.any(|c| c == letter))
}
