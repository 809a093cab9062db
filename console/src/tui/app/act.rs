//! What each action does, and why it sometimes can't be done.

use super::{App, Pane, Permit, Screen};
use crate::tui::data::numbers::counted;
use crate::tui::data::tunnels;
use crate::tui::effect::{Capture, Effect};
use crate::tui::keymap::{self, Action, Level};
use crate::tui::msg::Now;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::open_tunnel::OpenTunnel;
use crate::tui::screens::layout;
use std::time::Duration;

/// How long the second `Ctrl-C` counts as one.
const TWICE: Duration = Duration::from_secs(2);

impl App {
    pub(super) fn act(&mut self, now: Now, action: Action) -> Vec<Effect> {
        if let Err(why) = self.available(action) {
            self.ui.toasts.bad(now, why);
            return Vec::new();
        }
        match action {
            Action::Fleet => self.go(Screen::Fleet),
            Action::Tunnels => self.go(Screen::Tunnels),
            Action::Access => self.go(Screen::Access),
            Action::LastScreen => self.go(self.ui.last_screen),
            Action::Close if self.ui.pane == Pane::Rows => self.ask_close(now),
            Action::Revoke if self.ui.screen == Screen::Fleet => self.ask_revoke(now),
            Action::EndGrant | Action::Lock | Action::Revoke | Action::Approve | Action::Deny => {
                self.ask_access(now, action)
            }
            Action::Why if self.ui.screen == Screen::Access => self.explain(now),
            Action::Quit => self.quit(now),
            Action::Interrupt => self.interrupt(now),
            Action::Refresh => vec![Effect::Retry],
            Action::Redraw => vec![Effect::Redraw],
            Action::Mouse => vec![self.switch_mouse()],
            Action::Suspend => vec![Effect::Suspend],
            Action::CopyId
            | Action::CopyName
            | Action::CopyTarget
            | Action::CopyCommand
            | Action::CopyLink
            | Action::CopyProxy
            | Action::CopyJson
            | Action::CopyRow
            | Action::CopyShow => self.copy_what(now, action),
            _ => {
                self.look(now, action);
                Vec::new()
            }
        }
    }

    /// The actions that only change what is shown.
    fn look(&mut self, now: Now, action: Action) {
        match action {
            Action::Mark | Action::MarkRange | Action::MarkAll | Action::MarkNone => {
                self.mark(now, action);
            }
            Action::Open => self.open(now),
            Action::OpenTunnel => self.open_tunnel(now),
            Action::Actions => self.show_actions(),
            Action::Close => self.show_stop(),
            Action::GoNode => self.go_node(now),
            Action::Totals => self.ui.totals = !self.ui.totals,
            Action::Problems => self.problems(),
            Action::Order => self.show_orders(),
            Action::Reverse => self.reverse(),
            Action::ByNode | Action::ByWho | Action::ByTarget | Action::ByIp => {
                self.by_value(now, action);
            }
            Action::Why => self.why(now),
            Action::Detail => self.ui.detail = !self.ui.detail,
            Action::NextPane => self.next_pane(),
            Action::NextTab => self.go_tab(1),
            Action::LastTab => self.go_tab(-1),
            Action::Filter => self.edit_filter(),
            Action::Back => self.back(now),
            Action::Help => self.show_help(),
            Action::Pause => self.pause(now),
            Action::Log => self.show_log(),
            _ => self.travel(now, action),
        }
    }

    /// Why an action can't be run now.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn available(&self, action: Action) -> Result<(), String> {
        let level =
            keymap::binding(self.ui.screen.scope(), action).map_or(Level::Look, |b| b.level);
        if level >= Level::Moderate && self.ui.pane == Pane::Rows {
            self.may_change()?;
        } else if level == Level::Local {
            self.may_open()?;
        }
        match action {
            Action::EndGrant | Action::Lock | Action::Revoke | Action::Approve | Action::Deny
                if self.ui.screen == Screen::Access =>
            {
                self.doing(action).map(drop)
            }
            Action::Revoke if !self.ui.fleet.grid.marks().is_empty() => {
                Err("revoke one node at a time: \\ unmarks all".to_owned())
            }
            Action::Revoke | Action::Open | Action::ByNode | Action::ByIp if self.rows_empty() => {
                Err("no row is under the cursor".to_owned())
            }
            Action::Close if self.ui.pane == Pane::Forwards && self.data.forwards.is_empty() => {
                Err("no forward is running".to_owned())
            }
            Action::Close if self.ui.pane == Pane::Rows && !self.any_open() => {
                Err("no open tunnel is under the cursor".to_owned())
            }
            Action::CopyShow if self.ui.copied.is_none() => {
                Err("nothing was copied yet".to_owned())
            }
            Action::GoNode if self.rows_empty() => Err("no row is under the cursor".to_owned()),
            _ => Ok(()),
        }
    }

    /// Why nothing may be changed on the server.
    pub(super) fn may_change(&self) -> Result<(), String> {
        match self.ui.permit {
            Permit::ReadOnly => Err("this console is read-only".to_owned()),
            Permit::Replay => Err("this is a recording".to_owned()),
            Permit::All => self.data.link.writable(),
        }
    }

    fn may_open(&self) -> Result<(), String> {
        if self.ui.permit == Permit::Replay {
            return Err("this is a recording".to_owned());
        }
        self.data.link.writable()
    }

    const fn rows_empty(&self) -> bool {
        match self.ui.screen {
            Screen::Fleet => self.ui.fleet.grid.cursor().is_none(),
            Screen::Tunnels => self.ui.tunnels.grid.cursor().is_none(),
            Screen::Access => self.ui.access.list().grid.cursor().is_none(),
        }
    }

    fn any_open(&self) -> bool {
        let chosen = self.ui.tunnels.grid.chosen();
        chosen.into_iter().any(|id| self.data.tunnels.get(id).is_some_and(tunnels::Tunnel::is_open))
    }

    fn travel(&mut self, now: Now, action: Action) {
        let rows = layout::rows(self);
        let count = isize::try_from(self.ui.count.unwrap_or(1)).unwrap_or(isize::MAX);
        let page = isize::try_from(rows).unwrap_or(1);
        let by = match action {
            Action::Down => count,
            Action::Up => -count,
            Action::HalfDown => page / 2,
            Action::HalfUp => -page / 2,
            Action::PageDown => page,
            Action::PageUp => -page,
            Action::Top => isize::MIN / 2,
            Action::Bottom => isize::MAX / 2,
            _ => return,
        };
        if self.ui.screen == Screen::Tunnels && self.ui.pane == Pane::Forwards {
            let last = self.data.forwards.len().saturating_sub(1);
            self.ui.forward_at = self.ui.forward_at.saturating_add_signed(by).min(last);
            return;
        }
        match self.ui.screen {
            Screen::Fleet => {
                self.ui.fleet.grid.step(by, now.mono);
                self.ui.fleet.grid.reveal(rows);
            }
            Screen::Tunnels => {
                self.ui.tunnels.grid.step(by, now.mono);
                self.ui.tunnels.grid.reveal(rows);
            }
            Screen::Access => {
                let grid = &mut self.ui.access.list_mut().grid;
                grid.step(by, now.mono);
                grid.reveal(rows);
            }
        }
    }

    fn mark(&mut self, now: Now, action: Action) {
        let rows = layout::rows(self);
        macro_rules! on {
            ($grid:expr) => {{
                let grid = $grid;
                match action {
                    Action::Mark => grid.mark(now.mono),
                    Action::MarkRange => grid.mark_range(),
                    Action::MarkAll => grid.mark_all(),
                    _ => grid.unmark(),
                }
                grid.reveal(rows);
            }};
        }
        match self.ui.screen {
            Screen::Fleet => on!(&mut self.ui.fleet.grid),
            Screen::Tunnels => on!(&mut self.ui.tunnels.grid),
            Screen::Access => on!(&mut self.ui.access.list_mut().grid),
        }
    }

    pub(super) fn go(&mut self, screen: Screen) -> Vec<Effect> {
        if screen != self.ui.screen {
            self.ui.last_screen = self.ui.screen;
            self.ui.screen = screen;
            self.ui.filter_line = None;
            self.ui.drilled = false;
            self.ui.pane = Pane::Rows;
        }
        Vec::new()
    }

    /// Enter: a node's tunnels; elsewhere the detail strip.
    fn open(&mut self, now: Now) {
        match self.ui.screen {
            Screen::Tunnels | Screen::Access => self.ui.detail = !self.ui.detail,
            Screen::Fleet => {
                let Some(name) = self.node().map(|n| n.name.to_string()) else { return };
                self.go(Screen::Tunnels);
                self.set_filter(now, &format!("node={name}"));
                self.ui.drilled = true;
            }
        }
    }

    fn open_tunnel(&mut self, now: Now) {
        let (node, target) = match self.ui.screen {
            Screen::Fleet => (self.node().map(|n| n.name.to_string()), None),
            Screen::Tunnels => {
                let tunnel = self.tunnel();
                let node = tunnel.and_then(|t| t.node.as_ref());
                (node.map(|n| n.name.to_string()), tunnel.map(|t| t.target.to_string()))
            }
            Screen::Access => self.access_target(),
        };
        let recent = self.ui.saved.targets.clone();
        let form = OpenTunnel::new(now, node.as_deref(), target.as_deref(), recent, &self.data);
        self.ui.overlay = Some(Overlay::OpenTunnel(Box::new(form)));
    }

    fn go_node(&mut self, now: Now) {
        let through = self.tunnel().and_then(|t| t.node.as_ref());
        let Some(id) = through.map(|node| node.id) else { return };
        self.go(Screen::Fleet);
        if !self.ui.fleet.grid.order().contains(&id) {
            self.ui.fleet.problems = false;
            self.set_filter(now, "");
            self.reindex(now);
        }
        self.ui.fleet.grid.select(id, now.mono);
        let rows = layout::rows(self);
        self.ui.fleet.grid.reveal(rows);
    }

    fn problems(&mut self) {
        match self.ui.screen {
            Screen::Fleet => self.ui.fleet.problems = !self.ui.fleet.problems,
            Screen::Tunnels => self.ui.tunnels.problems = !self.ui.tunnels.problems,
            Screen::Access => {
                let list = self.ui.access.list_mut();
                list.problems = !list.problems;
            }
        }
    }

    fn reverse(&mut self) {
        match self.ui.screen {
            Screen::Fleet => self.ui.fleet.reversed = !self.ui.fleet.reversed,
            Screen::Tunnels => self.ui.tunnels.reversed = !self.ui.tunnels.reversed,
            Screen::Access => {
                let list = self.ui.access.list_mut();
                list.reversed = !list.reversed;
            }
        }
    }

    fn by_value(&mut self, now: Now, action: Action) {
        let text = match (self.ui.screen, action) {
            (Screen::Fleet, Action::ByNode) => self.node().map(|n| format!("name={}", n.name)),
            (Screen::Fleet, Action::ByIp) => {
                self.node().and_then(|n| n.exit_ip.as_ref()).map(|ip| format!("ip:{ip}"))
            }
            (Screen::Fleet, _) => None,
            (Screen::Tunnels, Action::ByNode) => {
                let through = self.tunnel().and_then(|t| t.node.as_ref());
                through.map(|node| format!("node={}", node.name))
            }
            (Screen::Tunnels, Action::ByIp) => {
                self.tunnel().and_then(|t| t.who.source_ip.as_ref()).map(|ip| format!("from:{ip}"))
            }
            (Screen::Tunnels, Action::ByTarget) => {
                self.tunnel().map(|t| format!("to:{}", t.target))
            }
            (Screen::Access, _) => self.access_value(action),
            (Screen::Tunnels, _) => {
                self.tunnel().and_then(|t| t.who.name()).map(|who| format!("who={who}"))
            }
        };
        match text {
            Some(text) => self.set_filter(now, &text),
            None => self.ui.toasts.say(now, "this row has no such value"),
        }
    }

    fn next_pane(&mut self) {
        self.ui.pane = match self.ui.pane {
            Pane::Rows if !self.data.forwards.is_empty() => Pane::Forwards,
            _ => Pane::Rows,
        };
    }

    /// One step back; never leaves.
    fn back(&mut self, now: Now) {
        self.ui.toasts.see();
        if self.ui.pane == Pane::Forwards {
            self.ui.pane = Pane::Rows;
        } else if self.ui.drilled {
            self.set_filter(now, "");
            self.go(Screen::Fleet);
        } else if self.is_narrowed() {
            self.set_filter(now, "");
            self.ui.fleet.problems &= self.ui.screen != Screen::Fleet;
            self.ui.tunnels.problems &= self.ui.screen != Screen::Tunnels;
            self.ui.access.list_mut().problems &= self.ui.screen != Screen::Access;
        } else if self.ui.paused.is_some() {
            self.pause(now);
        }
    }

    fn is_narrowed(&self) -> bool {
        match self.ui.screen {
            Screen::Fleet => self.ui.fleet.filter.is_some() || self.ui.fleet.problems,
            Screen::Tunnels => self.ui.tunnels.filter.is_some() || self.ui.tunnels.problems,
            Screen::Access => {
                let list = self.ui.access.list();
                list.filter.is_some() || list.problems
            }
        }
    }

    fn quit(&mut self, now: Now) -> Vec<Effect> {
        if self.ui.drilled || self.ui.pane == Pane::Forwards || self.is_narrowed() {
            self.back(now);
            return Vec::new();
        }
        if self.data.forwards.is_empty() {
            return self.leave();
        }
        if self.ui.quit_armed.is_some_and(|until| now.mono < until) {
            return self.leave();
        }
        self.ui.quit_armed = Some(now.mono + TWICE);
        let count = counted(self.data.forwards.len(), "forward");
        self.ui.toasts.bad(now, format!("quitting stops {count} of this console · q again quits"));
        Vec::new()
    }

    fn interrupt(&mut self, now: Now) -> Vec<Effect> {
        if self.ui.quit_armed.is_some_and(|until| now.mono < until) {
            return self.leave();
        }
        self.ui.quit_armed = Some(now.mono + TWICE);
        self.ui.overlay = None;
        self.ui.filter_line = None;
        self.ui.pending.clear();
        self.ui.toasts.say(now, "Ctrl-C again quits");
        Vec::new()
    }

    fn switch_mouse(&mut self) -> Effect {
        self.ui.mouse = if self.ui.mouse == Capture::On { Capture::Off } else { Capture::On };
        Effect::Mouse(self.ui.mouse)
    }
}
