//! What comes from outside: the link, the server's pushes, own forwards.

use super::{App, Paused};
use crate::ending::{own_end, sentence, what};
use crate::tui::data::batch::Batch;
use crate::tui::data::forwards::Local;
use crate::tui::data::link::LinkNews;
use crate::tui::data::nodes::Move;
use crate::tui::data::numbers::{bytes, counted, lasting};
use crate::tui::effect::Effect;
use crate::tui::msg::Now;
use link::forward::Event;
use wire::limits::END_WARNINGS;
use wire::message::view::EndsView;
use wire::{NodeId, TunnelId};

/// More nodes than this coming or going at once are counted, not named.
const MAX_SINGLE: usize = 3;

impl App {
    pub(super) fn link_news(&mut self, now: Now, news: LinkNews) -> Vec<Effect> {
        self.say_ends(now, &news);
        if let Some(who) = self.data.link.apply(now, news) {
            self.data.who = Some(*who);
        }
        Vec::new()
    }

    /// Each warning once, and that it is taken back; the bottom line shows it all the while.
    fn say_ends(&mut self, now: Now, news: &LinkNews) {
        let LinkNews::Ends(ends) = news else { return };
        let before = self.data.link.ends.as_ref();
        match (ends, before) {
            (Some(ends), Some(old)) if ends.until == old.until && !is_last(ends) => {}
            (Some(ends), _) => self.ui.toasts.say(now, format!("⚠ {}", own_end(ends, now.wall))),
            (None, Some(old)) if now.wall < old.until => {
                self.ui.toasts.good(now, format!("{} lasts longer", what(old)));
            }
            (None, _) => {}
        }
    }

    pub(super) fn data_news(&mut self, now: Now, batch: Batch) -> Vec<Effect> {
        if let Some(Paused { held, .. }) = &mut self.ui.paused {
            held.merge(batch);
            return Vec::new();
        }
        self.take_in(now, batch);
        Vec::new()
    }

    pub(super) fn take_in(&mut self, now: Now, batch: Batch) {
        let completes = batch.nodes.as_ref().is_some_and(|nodes| nodes.completes);
        self.data.apply(now, batch);
        let moves = self.data.nodes.take_moves();
        self.say_moves(now, &moves);
        let closed = self.data.tunnels.take_closed();
        let mine = closed.iter().filter(|id| self.is_mine(**id)).count();
        if completes && let Some(away) = self.data.link.synced(now) {
            self.say_back(now, away, mine);
        } else {
            self.say_closed(now, &closed);
        }
    }

    fn say_back(&mut self, now: Now, away: std::time::Duration, mine: usize) {
        let mut text = format!("back after {}", lasting(away));
        let changed = self.data.nodes.changed_in_sync();
        if changed > 0 {
            text.push_str(&format!(" · {} changed", counted(changed, "node")));
        }
        if mine > 0 {
            text.push_str(&format!(" · {mine} of your tunnels closed"));
        }
        self.ui.toasts.good(now, text);
    }

    /// Nodes that came and went: each in a few words, many at once as a count.
    fn say_moves(&mut self, now: Now, moves: &[(NodeId, Move)]) {
        if moves.len() > MAX_SINGLE {
            let count = |wanted: fn(&Move) -> bool, what: &str| {
                let count = moves.iter().filter(|(_, moved)| wanted(moved)).count();
                (count > 0).then(|| format!("{} {what}", counted(count, "node")))
            };
            let parts = [
                count(|m| *m == Move::Lost, "lost"),
                count(|m| matches!(m, Move::Back(_)), "reconnected"),
                count(|m| *m == Move::Enrolled, "enrolled"),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            return self.ui.toasts.note(now, parts.join(" · "));
        }
        for (id, moved) in moves {
            let Some(node) = self.data.nodes.get(*id) else { continue };
            let text = match moved {
                Move::Enrolled => format!("◌ {} enrolled", node.name),
                Move::Back(None) => format!("● {} connected", node.name),
                Move::Back(Some(after)) => {
                    format!("● {} reconnected after {}", node.name, lasting(*after))
                }
                Move::Lost => match node.disconnect_reason {
                    Some(reason) => format!("○ {} {}: {reason}", node.name, node.state),
                    None => format!("○ {} {}", node.name, node.state),
                },
            };
            self.ui.toasts.note(now, text);
        }
    }

    /// Only what somebody here cares about: own tunnels, with bytes and reason.
    fn say_closed(&mut self, now: Now, closed: &[TunnelId]) {
        let mine: Vec<TunnelId> =
            closed.iter().copied().filter(|id| self.is_mine(*id)).take(3).collect();
        for id in mine {
            let Some(tunnel) = self.data.tunnels.get(id) else { continue };
            let view = &tunnel.view;
            let reason = view.closed.as_ref().map_or("", |c| c.reason.as_str());
            let text = format!(
                "your tunnel to {} at {} closed: {reason} (sent {}, received {})",
                view.target,
                view.through(),
                bytes(view.up_bytes),
                bytes(view.down_bytes),
            );
            self.ui.toasts.note(now, text);
        }
    }

    /// Whether a tunnel is this operator's.
    pub fn is_mine(&self, id: TunnelId) -> bool {
        let owner = self.data.tunnels.get(id).and_then(|t| t.view.who.operator.as_ref());
        self.data.forwards.own(id)
            || (owner.is_some() && owner.map(|name| name.as_str()) == self.data.me())
    }

    pub(super) fn forward_news(&mut self, now: Now, forward: Local, event: Event) -> Vec<Effect> {
        if let Some(row) = self.data.forwards.get(forward) {
            match &event {
                Event::Lost { reason, .. } => {
                    self.ui.toasts.bad(now, format!("{}: {reason}", row.listen))
                }
                Event::Back { after } => {
                    self.ui
                        .toasts
                        .good(now, format!("{}: back after {}", row.listen, lasting(*after)));
                }
                Event::Refused { refusal, .. } | Event::Over { refusal, .. } => {
                    self.ui.toasts.bad(now, format!("{}: {refusal}", row.listen))
                }
                Event::Ending(ends) => {
                    self.ui.toasts.bad(now, format!("{}: {}", row.listen, sentence(ends)))
                }
                Event::Extended => {
                    self.ui.toasts.good(now, format!("{}: goes on for longer", row.listen));
                }
                Event::Done => {
                    self.ui.toasts.note(now, format!("{}: its time is over", row.listen))
                }
                Event::Listening { .. }
                | Event::Opened { .. }
                | Event::Traced { .. }
                | Event::Closed { .. } => {}
            }
        }
        self.data.forwards.apply(forward, event, now.wall);
        Vec::new()
    }

    /// A forward has ended: there is something to say unless it was stopped here.
    pub(super) fn stopped_from_outside(&mut self, now: Now, forward: Local) -> Vec<Effect> {
        let Some(row) = self.data.forwards.remove(forward) else { return Vec::new() };
        self.ui.toasts.say(now, format!("{} was closed by tunnelctl forward close", row.listen));
        vec![Effect::CloseForward(forward)]
    }

    pub(super) fn pause(&mut self, now: Now) {
        match self.ui.paused.take() {
            Some(paused) => self.take_in(now, paused.held),
            None => self.ui.paused = Some(Paused { since: now, held: Batch::default() }),
        }
    }
}

/// Whether no further warning comes.
fn is_last(ends: &EndsView) -> bool {
    END_WARNINGS.iter().all(|before| u128::from(ends.left_ms) <= before.as_millis())
}
