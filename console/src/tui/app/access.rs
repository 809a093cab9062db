//! Access in the app: its tabs and lists, what its keys do to a row, and what must be known for it.

use super::{App, Asked, List, Screen, short};
use crate::tui::data::access::{Act, By, Doing, Key, Row, Tab};
use crate::tui::data::forwards::quoted;
use crate::tui::data::tunnels::Tunnel;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::msg::{Answer, Job, Now};
use crate::tui::overlays::confirm::{Confirm, Rests};
use crate::tui::overlays::explain::Explain;
use crate::tui::overlays::{Overlay, info::Info};
use crate::tui::screens::{access, layout};
use std::time::Duration;
use wire::TunnelId;
use wire::message::operator::{AccessQuestion, PolicyReply, PolicyRequest, Reply, Request};
use wire::message::view::{LockKind, LockState, SessionKind};

/// What ends sooner is counted down in seconds.
pub const BY_SECONDS: Duration = Duration::from_secs(3600);

/// A list for each tab, and the tab that is shown.
#[derive(Debug, Default)]
pub struct Lists {
    /// The tab.
    pub tab: Tab,
    lists: [List<Key, By>; Tab::ALL.len()],
}

impl Lists {
    /// The list of the tab that is shown.
    pub const fn list(&self) -> &List<Key, By> {
        &self.lists[self.tab as usize]
    }

    /// The same, to be changed.
    pub const fn list_mut(&mut self) -> &mut List<Key, By> {
        &mut self.lists[self.tab as usize]
    }
}

impl App {
    /// The row of Access under the cursor.
    pub fn access_row(&self) -> Option<&Row> {
        self.ui.access.list().grid.cursor().and_then(|key| self.data.access.get(key))
    }

    /// Whether a row is this operator's own doing.
    pub fn is_own(&self, row: &Row) -> bool {
        self.data.me().is_some_and(|me| row.who() == me)
    }

    pub(super) fn go_tab(&mut self, by: isize) {
        self.ui.access.tab = self.ui.access.tab.beside(by);
        self.ui.filter_line = None;
    }

    /// Has the server asked for what is shown now, if that is not what it was asked for so far.
    pub(super) fn watch(&mut self) -> Option<Effect> {
        let wanted: &'static [Tab] = match self.ui.screen {
            Screen::Access => self.ui.access.tab.needs(),
            Screen::Fleet | Screen::Tunnels => &[],
        };
        (wanted != self.watched).then(|| {
            self.watched = wanted;
            Effect::Watch(wanted)
        })
    }

    /// Whether a row in sight counts down in seconds.
    pub(super) fn counts_seconds(&self, now: Now) -> bool {
        if self.ui.screen != Screen::Access || self.data.link.is_stale() {
            return false;
        }
        let grid = &self.ui.access.list().grid;
        let (first, last) = grid.window(layout::rows(self));
        grid.order().get(first..last).unwrap_or_default().iter().any(|key| {
            let ends = self.data.access.get(*key).and_then(Row::ends_at);
            ends.is_some_and(|at| at > now.wall && at.since(now.wall) < BY_SECONDS)
        })
    }

    /// Tunnels that rest on a row and are open.
    pub fn resting_on<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a Tunnel> {
        let rests = move |tunnel: &&Tunnel| {
            let view = &tunnel.view;
            let is = |text: Option<&str>, name: &str| text == Some(name);
            tunnel.is_open()
                && match row {
                    Row::Session(session) if session.session_kind == SessionKind::Login => {
                        is(
                            view.who.operator.as_ref().map(|n| n.as_str()),
                            session.operator.as_str(),
                        ) && view.port.is_none()
                    }
                    Row::Session(session) => {
                        is(view.who.session.as_ref().map(|s| s.as_str()), &session.id.to_string())
                    }
                    Row::Port(port) => {
                        is(view.port.as_ref().map(|n| n.as_str()), port.name.as_str())
                    }
                    Row::Guest(guest) => {
                        is(view.who.guest.as_ref().map(|n| n.as_str()), guest.name.as_str())
                    }
                    Row::Rule(rule) => view.rule == Some(rule.id),
                    Row::Role(_) | Row::Lock(_) | Row::Pending(_) => false,
                }
        };
        self.data.tunnels.all().filter(rests)
    }

    /// What an action would do to the row under the cursor.
    ///
    /// # Errors
    /// Why it can't.
    pub(super) fn doing(&self, action: Action) -> Result<Doing, String> {
        if !self.ui.access.list().grid.marks().is_empty() {
            return Err("one at a time: \\ unmarks all".to_owned());
        }
        let row = self.access_row().ok_or("no row is under the cursor")?;
        let (act, id, name) = match action {
            Action::Lock => locking(row)?,
            Action::EndGrant => (ending(row)?, row.id(), row.name()),
            Action::Revoke => revoking(row)?,
            _ => (answering(row, action)?, row.id(), row.name()),
        };
        Ok(Doing { act, id, name })
    }

    /// Asks whether it is meant, and the server what it would cut.
    pub(super) fn ask_access(&mut self, now: Now, action: Action) -> Vec<Effect> {
        let (Ok(doing), Some(row)) = (self.doing(action), self.access_row()) else {
            return Vec::new();
        };
        // Nothing is cut by letting somebody in.
        let is_cut = !matches!(doing.act, Act::Unlock(_) | Act::Approve(_) | Act::Deny);
        let mut ids: Vec<TunnelId> = Vec::new();
        if is_cut {
            ids.extend(self.resting_on(row).map(|t| t.view.id));
            ids.sort();
        }
        let rests = Rests {
            facts: access::facts(row),
            tunnels: ids.iter().filter_map(|id| self.describe(*id)).collect(),
            yours: self.describe_mine(&ids),
            is_self: is_cut
                && matches!(row, Row::Session(s) if s.session_kind == SessionKind::Login)
                && self.is_own(row),
        };
        let request = Box::new(doing.plan());
        let job = self.job(Asked::Plan);
        let confirm = Confirm::access(now, &self.data.context, doing, rests, job);
        self.ask_carefully(confirm);
        vec![Effect::Ask { job, request }]
    }

    /// Opens the question who may use what, filled in from the row; asks it if it is complete.
    pub(super) fn explain(&mut self, now: Now) -> Vec<Effect> {
        let me = self.data.me().unwrap_or_default();
        let form = match self.access_row() {
            Some(Row::Session(session)) => {
                let port = session.ports.first().map(|port| port.name.as_str());
                Explain::new(session.operator.as_str(), port, None, None, None)
            }
            Some(Row::Port(port)) => Explain::new(me, Some(port.name.as_str()), None, None, None),
            Some(Row::Rule(rule)) => {
                let who = rule.who.as_str();
                let who = if who == "anyone" || who.starts_with("role:") { me } else { who };
                let node = rule.nodes.as_ref().map(|nodes| nodes.as_str());
                let target = rule.to.as_ref().map(|to| to.as_str());
                Explain::new(who, rule.port.as_ref().map(|p| p.as_str()), node, target, None)
            }
            Some(Row::Guest(guest)) => {
                let from = guest.from.first().and_then(|net| net.as_str().split('/').next());
                Explain::new("", guest.port.as_ref().map(|p| p.as_str()), None, None, from)
            }
            Some(Row::Role(_) | Row::Lock(_) | Row::Pending(_)) | None => {
                let lines = self.why_access(now).unwrap_or_default();
                self.ui.overlay = Some(Overlay::Info(Info::new("Why".to_owned(), lines)));
                return Vec::new();
            }
        };
        let question = form.question().ok();
        self.ui.overlay = Some(Overlay::Explain(Box::new(form)));
        question.map(|question| self.ask_explain(question)).unwrap_or_default()
    }

    pub(super) fn ask_explain(&mut self, question: AccessQuestion) -> Vec<Effect> {
        if let Err(why) = self.data.link.writable() {
            if let Some(Overlay::Explain(form)) = &mut self.ui.overlay {
                form.failed(why);
            }
            return Vec::new();
        }
        let job = self.job(Asked::Explain);
        if let Some(Overlay::Explain(form)) = &mut self.ui.overlay {
            form.asked(job);
        }
        let request = Request::Policy(Box::new(PolicyRequest::Explain(question)));
        vec![Effect::Ask { job, request: Box::new(request) }]
    }

    pub(super) fn explained(&mut self, job: Job, answer: Answer) {
        let Some(Overlay::Explain(form)) = &mut self.ui.overlay else { return };
        let decision = match answer {
            Answer::Reply(reply) => match *reply {
                Reply::Policy(reply) => match *reply {
                    PolicyReply::Decision(decision) => Ok(decision),
                    _ => Err("the server answered something else".to_owned()),
                },
                _ => Err("the server answered something else".to_owned()),
            },
            Answer::Failed(failure) => Err(failure.to_string()),
            _ => return,
        };
        form.answered(job, decision);
    }

    pub(super) fn why_access(&self, now: Now) -> Option<Vec<String>> {
        Some(access::lines(self, self.access_row()?, now))
    }

    /// Node and target that a row leads to, for the form that opens a tunnel.
    pub(super) fn access_target(&self) -> (Option<String>, Option<String>) {
        match self.access_row() {
            Some(Row::Port(port)) => {
                (port.nodes.first().map(|n| n.name.to_string()), Some(port.target.to_string()))
            }
            Some(Row::Session(session)) => session.ports.first().map_or((None, None), |port| {
                (port.nodes.first().map(ToString::to_string), Some(port.target.to_string()))
            }),
            _ => (None, None),
        }
    }

    /// The filter that an action makes from the row under the cursor.
    pub(super) fn access_value(&self, action: Action) -> Option<String> {
        let row = self.access_row()?;
        let schema = self.ui.access.tab.schema();
        let has = |key: &str| schema.keys.iter().any(|k| k.name == key);
        match action {
            Action::ByWho => {
                let key = ["who", "by"].into_iter().find(|key| has(key))?;
                (!row.who().is_empty()).then(|| format!("{key}={}", row.who()))
            }
            Action::ByIp => {
                let net = match row {
                    Row::Session(session) => session.from.first(),
                    Row::Guest(guest) => guest.from.first(),
                    Row::Rule(rule) => rule.from.as_ref(),
                    Row::Pending(pending) => pending.source_ip.as_ref(),
                    Row::Port(_) | Row::Role(_) | Row::Lock(_) => None,
                }?;
                Some(format!("from:{net}"))
            }
            _ => None,
        }
    }

    /// The command line that does the same as an action on the row under the cursor.
    pub(super) fn access_command(&self, action: Action) -> Option<String> {
        let row = self.access_row()?;
        match action {
            Action::Open => Some(shown_by(row)),
            Action::Why => Some(match row {
                Row::Session(s) if s.ports.is_empty() => {
                    format!("tunnelctl access matrix --who {}", quoted(s.operator.as_str()))
                }
                Row::Port(port) => format!(
                    "tunnelctl access explain {} --port {}",
                    quoted(self.data.me().unwrap_or("OPERATOR")),
                    port.name
                ),
                _ => return None,
            }),
            Action::OpenTunnel => {
                let (node, target) = self.access_target();
                Some(format!("tunnelctl forward {} 0:{}", node?, target?))
            }
            Action::EndGrant | Action::Lock | Action::Revoke | Action::Approve | Action::Deny => {
                Some(self.doing(action).ok()?.command("", ""))
            }
            _ => None,
        }
    }

    /// What is copied of the row under the cursor.
    pub(super) fn copy_access(&self, action: Action) -> Option<(&'static str, String)> {
        let row = self.access_row()?;
        Some(match action {
            Action::CopyId => ("id", row.id()),
            Action::CopyName => ("name", row.name()),
            Action::CopyCommand => ("command line", shown_by(row)),
            Action::CopyJson => ("JSON", json(row)?),
            Action::CopyRow => ("row", access::lines(self, row, self.at()).join("\t")),
            _ => return None,
        })
    }

    /// The time of what is known.
    fn at(&self) -> Now {
        Now { mono: self.ui.touched, wall: self.data.as_of.unwrap_or(wire::UnixMs(0)) }
    }
}

/// Short ids where people only have to recognise them.
pub fn called(row: &Row) -> String {
    match row {
        Row::Session(_) | Row::Rule(_) | Row::Lock(_) => short(row.id()),
        _ => row.name(),
    }
}

fn ending(row: &Row) -> Result<Act, String> {
    match row {
        _ if row.is_over() => Err("it is over already".to_owned()),
        Row::Session(_) => Ok(Act::EndSession),
        Row::Guest(_) => Ok(Act::EndGuest),
        _ => Err("only sessions and guests can be ended".to_owned()),
    }
}

/// On a login what counts is whose it is.
fn revoking(row: &Row) -> Result<(Act, String, String), String> {
    let act = match row {
        _ if row.is_over() => return Err("it is over already".to_owned()),
        Row::Session(session) if session.session_kind == SessionKind::Login => {
            let who = session.operator.to_string();
            return Ok((Act::RevokeOperator, who.clone(), who));
        }
        Row::Session(_) => Act::RevokeSession,
        Row::Guest(_) => Act::RevokeGuest,
        _ => return Err("only sessions, operators and guests can be revoked here".to_owned()),
    };
    Ok((act, row.id(), row.name()))
}

fn locking(row: &Row) -> Result<(Act, String, String), String> {
    let kind = match row {
        Row::Lock(lock) if lock.state == LockState::Active => {
            let id = lock.object_id.as_ref().map_or_else(String::new, ToString::to_string);
            let name = lock.object.to_string();
            return Ok((Act::Unlock(lock.object_kind), id, name));
        }
        Row::Port(_) => LockKind::Port,
        _ if row.is_over() => return Err("it is over already".to_owned()),
        Row::Session(session) if session.session_kind == SessionKind::Login => {
            let who = session.operator.to_string();
            let kind = LockKind::Operator;
            let act = if row.is_locked() { Act::Unlock(kind) } else { Act::Lock(kind, None) };
            return Ok((act, who.clone(), who));
        }
        Row::Session(_) => LockKind::Session,
        Row::Guest(_) => LockKind::Guest,
        _ => return Err("only sessions, operators, guests and ports can be locked here".to_owned()),
    };
    let act = if row.is_locked() { Act::Unlock(kind) } else { Act::Lock(kind, None) };
    Ok((act, row.id(), row.name()))
}

fn answering(row: &Row, action: Action) -> Result<Act, String> {
    match row {
        Row::Pending(pending) if action == Action::Approve => {
            Ok(Act::Approve(pending.fingerprint.clone()))
        }
        Row::Pending(_) => Ok(Act::Deny),
        _ => Err("only nodes that wait are let in or turned away: the tab Pending".to_owned()),
    }
}

/// The command that shows a row.
fn shown_by(row: &Row) -> String {
    let name = quoted(&row.name());
    match row {
        Row::Session(_) => format!("tunnelctl sessions get {name}"),
        Row::Port(_) => format!("tunnelctl ports get {name}"),
        Row::Role(_) => format!("tunnelctl roles get {name}"),
        Row::Rule(_) => format!("tunnelctl rules get {name}"),
        Row::Guest(_) => format!("tunnelctl guests get {name}"),
        Row::Lock(_) => format!("tunnelctl locks get {name}"),
        Row::Pending(_) => "tunnelctl pending list".to_owned(),
    }
}

fn json(row: &Row) -> Option<String> {
    match row {
        Row::Session(view) => serde_json::to_string_pretty(view),
        Row::Port(view) => serde_json::to_string_pretty(view),
        Row::Role(view) => serde_json::to_string_pretty(view),
        Row::Rule(view) => serde_json::to_string_pretty(view),
        Row::Guest(view) => serde_json::to_string_pretty(view),
        Row::Lock(view) => serde_json::to_string_pretty(view),
        Row::Pending(view) => serde_json::to_string_pretty(view),
    }
    .ok()
}
