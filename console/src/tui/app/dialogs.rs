//! What follows from dialogs, and what the answers to their questions change.

use super::{App, Asked, Caution};
use crate::tui::data::forwards::{Local, command_line};
use crate::tui::data::numbers::counted;
use crate::tui::effect::Effect;
use crate::tui::msg::{Answer, Failure, Job, Now};
use crate::tui::overlays::confirm::{Change, Confirm, Plan};
use crate::tui::overlays::open_tunnel::Question;
use crate::tui::overlays::{After, Overlay};
use crate::tui::state::remember;
use link::forward::{Kind, Spec};
use wire::message::operator::{Intent, Outcome, Reply, Request};
use wire::message::tunnel::OpenTo;
use wire::{SafeText, TunnelId};

impl App {
    pub(super) fn follow(&mut self, now: Now, after: After) -> Vec<Effect> {
        if !matches!(after, After::Stay | After::Start(_) | After::Explain(_) | After::Copy { .. })
        {
            self.ui.overlay = None;
        }
        match after {
            After::Stay | After::Close => Vec::new(),
            After::Run(action) => self.act(now, action),
            After::OrderNodes(by) => {
                self.ui.fleet.by = by;
                Vec::new()
            }
            After::OrderTunnels(by) => {
                self.ui.tunnels.by = by;
                Vec::new()
            }
            After::OrderAccess(by) => {
                self.ui.access.list_mut().by = by;
                Vec::new()
            }
            After::StopForward(forward) => self.stop_forward(now, forward),
            After::Change { change, reason } => self.change(now, change, reason),
            After::Explain(question) => self.ask_explain(*question),
            After::Start(spec) => self.start(now, spec),
            After::Copy { what, text } => self.copy(what, text),
            After::Quit => self.leave(),
        }
    }

    fn change(&mut self, now: Now, change: Change, reason: Option<SafeText>) -> Vec<Effect> {
        if let Err(why) = self.may_change() {
            self.ui.toasts.bad(now, why);
            return Vec::new();
        }
        let intent = Intent { dry_run: false, reason };
        let (what, request) = match change {
            Change::RevokeNode { id, name } => (
                format!("revoked {name}"),
                Request::NodeRevoke { node: SafeText::clean(&id.to_string()), intent },
            ),
            Change::CloseTunnels(ids) => (
                format!("closed {}", counted(ids.len(), "tunnel")),
                Request::TunnelClose { tunnels: texts(&ids), intent },
            ),
            Change::Access(doing) => (doing.done(), doing.request(intent)),
        };
        let job = self.job(Asked::Change(what));
        vec![Effect::Ask { job, request: Box::new(request) }]
    }

    pub(super) fn ask_revoke(&mut self, now: Now) -> Vec<Effect> {
        let Some(node) = self.ui.fleet.grid.cursor().and_then(|id| self.data.nodes.get(id)) else {
            return Vec::new();
        };
        let (id, name) = (node.id, node.name.to_string());
        let yours: Vec<TunnelId> = self.data.tunnels.through(id).map(|t| t.view.id).collect();
        let yours = self.describe_mine(&yours);
        let job = self.job(Asked::Plan);
        let confirm = Confirm::revoke(now, &self.data.context, id, &name, yours, job);
        self.ask_carefully(confirm);
        let intent = Intent { dry_run: true, reason: None };
        let request = Request::NodeRevoke { node: SafeText::clean(&id.to_string()), intent };
        vec![Effect::Ask { job, request: Box::new(request) }]
    }

    pub(super) fn ask_close(&mut self, now: Now) -> Vec<Effect> {
        let ids: Vec<TunnelId> = self
            .ui
            .tunnels
            .grid
            .chosen()
            .into_iter()
            .filter(|id| self.data.tunnels.get(*id).is_some_and(|t| t.is_open()))
            .collect();
        if ids.is_empty() {
            return Vec::new();
        }
        let rows = ids.iter().filter_map(|id| self.describe(*id)).collect();
        let yours = self.describe_mine(&ids);
        let job = self.job(Asked::Plan);
        let confirm = Confirm::close(now, &self.data.context, ids.clone(), rows, yours, job);
        self.ask_carefully(confirm);
        let intent = Intent { dry_run: true, reason: None };
        vec![Effect::Ask {
            job,
            request: Box::new(Request::TunnelClose { tunnels: texts(&ids), intent }),
        }]
    }

    pub(super) fn ask_carefully(&mut self, confirm: Confirm) {
        let confirm = match self.ui.caution {
            Caution::Protected => confirm.protected(),
            Caution::Usual => confirm,
        };
        self.ui.overlay = Some(Overlay::Confirm(Box::new(confirm)));
    }

    pub(super) fn describe(&self, id: TunnelId) -> Option<String> {
        let view = &self.data.tunnels.get(id)?.view;
        let who = view.who.name().unwrap_or_else(|| "visitor".to_owned());
        Some(format!("{} {who} → {} → {}", short(id), view.through(), view.target))
    }

    pub(super) fn describe_mine(&self, ids: &[TunnelId]) -> Vec<String> {
        ids.iter()
            .filter(|id| self.is_mine(**id))
            .filter_map(|id| {
                Some(format!("{} → {}", short(*id), self.data.tunnels.get(*id)?.view.target))
            })
            .collect()
    }

    fn start(&mut self, _: Now, spec: Box<Spec>) -> Vec<Effect> {
        if let Kind::Fixed(OpenTo::Node { target, .. }) = &spec.kind {
            remember(&mut self.ui.saved.targets, &target.to_string());
        }
        let forward = self.data.forwards.add(&spec, command_line(&spec));
        let job = self.job(Asked::Start(forward));
        vec![Effect::OpenForward { job, forward, spec }]
    }

    fn stop_forward(&mut self, now: Now, forward: Local) -> Vec<Effect> {
        if let Some(row) = self.data.forwards.remove(forward) {
            self.ui.toasts.say(now, format!("stopped {}", row.listen));
        }
        vec![Effect::CloseForward(forward)]
    }

    /// Questions of the open form whose time has come.
    pub(super) fn run_checks(&mut self, now: Now) -> Vec<Effect> {
        let Some(Overlay::OpenTunnel(form)) = &mut self.ui.overlay else { return Vec::new() };
        let questions = form.questions(now);
        questions.into_iter().filter_map(|question| self.ask(&question)).collect()
    }

    fn ask(&mut self, question: &Question) -> Option<Effect> {
        let asked = match question {
            Question::Allowed { .. } if self.data.link.writable().is_err() => return None,
            Question::Allowed { .. } => Asked::Allowed,
            Question::Free(_) => Asked::Free,
        };
        let job = self.job(asked);
        if let Some(Overlay::OpenTunnel(form)) = &mut self.ui.overlay {
            form.asked(question, job);
        }
        Some(match question {
            Question::Free(listen) => Effect::CheckListen { job, listen: *listen },
            Question::Allowed { node, target } => {
                let request =
                    Request::CanOpen { node: SafeText::clean(node), target: target.clone() };
                Effect::Ask { job, request: Box::new(request) }
            }
        })
    }

    pub(super) fn done(&mut self, now: Now, job: Job, answer: Answer) -> Vec<Effect> {
        match self.jobs.remove(&job) {
            None => {}
            Some(Asked::Plan) => self.planned(job, answer),
            Some(Asked::Change(what)) => self.changed(now, &what, answer),
            Some(Asked::Explain) => self.explained(job, answer),
            Some(Asked::Allowed) => self.allowed(job, answer),
            Some(Asked::Free) => self.free(job, answer),
            Some(Asked::Start(forward)) => self.started(now, forward, answer),
            Some(Asked::Copy { what, text }) => self.copied(now, what, text, answer),
        }
        Vec::new()
    }

    fn planned(&mut self, job: Job, answer: Answer) {
        let Some(Overlay::Confirm(confirm)) = &mut self.ui.overlay else { return };
        if confirm.plan != Plan::Asking(job) {
            return;
        }
        confirm.plan = match outcomes(answer) {
            Ok(outcomes) => match outcomes.iter().find_map(|o| o.error.as_ref()) {
                Some(refusal) => Plan::Refused(refusal.to_string()),
                None => Plan::Known(cuts(&outcomes)),
            },
            Err(why) => Plan::Refused(why),
        };
    }

    fn changed(&mut self, now: Now, what: &str, answer: Answer) {
        let toasts = &mut self.ui.toasts;
        match outcomes(answer) {
            Err(why) => toasts.bad(now, format!("not {what}: {why}")),
            Ok(outcomes) => match outcomes.iter().find(|o| !o.ok) {
                Some(outcome) => {
                    let why =
                        outcome.error.as_ref().map_or("refused".to_owned(), ToString::to_string);
                    toasts.bad(now, format!("not {what}: {}: {why}", outcome.name));
                }
                None => {
                    let cut: u32 = outcomes.iter().filter_map(|o| o.cut_tunnels).sum();
                    let last = outcomes.iter().filter_map(|o| o.last_byte_ms).max();
                    let last =
                        last.map(|ms| format!(", last byte after {ms} ms")).unwrap_or_default();
                    toasts.good(
                        now,
                        format!(
                            "{what} · {} cut{last}",
                            counted(usize::try_from(cut).unwrap_or(usize::MAX), "tunnel")
                        ),
                    );
                }
            },
        }
        self.ui.tunnels.grid.unmark();
        // What changed is asked for at once.
        self.watched = &[];
    }

    fn allowed(&mut self, job: Job, answer: Answer) {
        let Some(Overlay::OpenTunnel(form)) = &mut self.ui.overlay else { return };
        match answer {
            Answer::Reply(reply) => match *reply {
                Reply::CanOpen(rule) => form.allowed(job, Ok(rule)),
                _ => form.allowed(job, Err("the server answered something else".to_owned())),
            },
            Answer::Failed(failure) => form.allowed(job, Err(failure.to_string())),
            _ => {}
        }
    }

    fn free(&mut self, job: Job, answer: Answer) {
        let Some(Overlay::OpenTunnel(form)) = &mut self.ui.overlay else { return };
        match answer {
            Answer::PortFree => form.free(job, Ok(())),
            Answer::PortTaken(why) => form.free(job, Err(why)),
            _ => {}
        }
    }

    fn started(&mut self, now: Now, forward: Local, answer: Answer) {
        match answer {
            Answer::Listening(address) => {
                let at = address.to_string();
                self.data.forwards.listening(forward, address);
                if matches!(self.ui.overlay, Some(Overlay::OpenTunnel(_))) {
                    self.ui.overlay = None;
                }
                if let Some(row) = self.data.forwards.get(forward) {
                    self.ui.toasts.good(now, format!("{at} → {} → {}", row.via, row.target));
                }
            }
            Answer::Failed(failure) => {
                self.data.forwards.remove(forward);
                match &mut self.ui.overlay {
                    Some(Overlay::OpenTunnel(form)) => form.failed(failure.to_string()),
                    _ => self.ui.toasts.bad(now, failure.to_string()),
                }
            }
            _ => {}
        }
    }
}

fn outcomes(answer: Answer) -> Result<Vec<Outcome>, String> {
    match answer {
        Answer::Reply(reply) => match *reply {
            Reply::Done(outcomes) => Ok(outcomes),
            _ => Err("the server answered something else".to_owned()),
        },
        Answer::Failed(Failure::Refused(refusal)) => Err(Failure::Refused(refusal).to_string()),
        Answer::Failed(failure) => Err(failure.to_string()),
        _ => Err("no answer".to_owned()),
    }
}

fn cuts(outcomes: &[Outcome]) -> Vec<(String, u32)> {
    let mut by_owner = std::collections::BTreeMap::<String, u32>::new();
    for (who, count) in outcomes.iter().flat_map(|o| &o.cuts) {
        *by_owner.entry(who.to_string()).or_default() += count;
    }
    by_owner.into_iter().collect()
}

fn texts(ids: &[TunnelId]) -> Vec<SafeText> {
    ids.iter().map(|id| SafeText::clean(&id.to_string())).collect()
}

/// The shortest form of an id that is accepted everywhere.
pub fn short(id: impl ToString) -> String {
    id.to_string().chars().take(6).collect()
}
