//! What can be chosen and read over a screen: help, actions, orders, log, reasons.

use super::{App, Screen};
use crate::tui::data::numbers::lasting;
use crate::tui::data::{access, nodes, tunnels};
use crate::tui::keymap::{self, Action, Group};
use crate::tui::msg::Now;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::actions::{Does, Item, Menu};
use crate::tui::overlays::help::Help;
use crate::tui::overlays::info::Info;

impl App {
    pub(super) fn show_log(&mut self) {
        self.ui.toasts.see();
        let mut lines = self.ui.toasts.lines();
        if lines.is_empty() {
            lines.push("nothing happened yet".to_owned());
        }
        self.ui.overlay = Some(Overlay::Info(Info::new("Console log".to_owned(), lines)));
    }

    pub(super) fn show_help(&mut self) {
        let screen = self.ui.screen;
        let bindings: Vec<_> =
            keymap::on(screen.scope()).map(|b| (b, self.available(b.action).err())).collect();
        let mut grammar: Vec<String> = [
            "ber 014    words, all must match",
            "~gwb \"gw-1\"  fuzzy, exact",
            "a or b  !c  ( )   logic",
            "state:offline,stale   any of",
            "rtt>150ms down>10MB/s  compare",
            "name~^gw-  regular expression",
        ]
        .map(str::to_owned)
        .into();
        grammar
            .extend(self.schema().keys.iter().map(|key| format!("{:<9}{}", key.name, key.about)));
        self.ui.overlay =
            Some(Overlay::Help(Help::new(screen.name(), bindings.into_iter(), grammar)));
    }

    pub(super) fn show_actions(&mut self) {
        let screen = self.ui.screen;
        let wanted = |g: Group| matches!(g, Group::Screen | Group::Copy);
        let items = keymap::on(screen.scope())
            .filter(|b| wanted(b.group) && b.action != Action::Actions)
            .map(|b| Item {
                key: keymap::shown(b.keys[0]),
                label: b.about.to_owned(),
                command: self.command_for(b.action),
                off: self.available(b.action).err(),
                does: Does::Run(b.action),
            })
            .collect();
        let title = match screen {
            Screen::Fleet => {
                self.node().map_or("Actions".to_owned(), |n| format!("Actions — {}", n.name))
            }
            Screen::Tunnels => self.tunnel().map_or("Actions".to_owned(), |t| {
                format!("Actions — {}", super::dialogs::short(t.id))
            }),
            Screen::Access => self
                .access_row()
                .map_or("Actions".to_owned(), |row| format!("Actions — {}", row.name())),
        };
        self.ui.overlay = Some(Overlay::Menu(Menu::new(title, items)));
    }

    /// The command line that does the same as an action on this row.
    fn command_for(&self, action: Action) -> String {
        match (self.ui.screen, action) {
            (Screen::Fleet, Action::OpenTunnel) => {
                self.node().map(|n| format!("tunnelctl forward {} PORT", n.name))
            }
            (Screen::Fleet, Action::Open) => {
                self.node().map(|n| format!("tunnelctl tunnels list --node {}", n.name))
            }
            (Screen::Fleet, Action::Revoke) => self
                .node()
                .map(|n| format!("tunnelctl revoke node {0} --reason TEXT --confirm {0}", n.name)),
            (Screen::Fleet, Action::Why) => {
                self.node().map(|n| format!("tunnelctl nodes get {}", n.name))
            }
            (Screen::Tunnels, Action::OpenTunnel) => {
                let tunnel = self.tunnel().filter(|t| t.node.is_some());
                tunnel.map(|t| format!("tunnelctl forward {} 0:{}", t.through(), t.target))
            }
            (Screen::Tunnels, Action::Close) => {
                let chosen = self.ui.tunnels.grid.chosen();
                let ids: Vec<String> = chosen.iter().map(ToString::to_string).collect();
                (!ids.is_empty()).then(|| format!("tunnelctl tunnels close {}", ids.join(" ")))
            }
            (Screen::Access, action) => self.access_command(action),
            (Screen::Tunnels, Action::Open) => {
                self.tunnel().map(|t| format!("tunnelctl tunnels get {}", t.id))
            }
            _ => None,
        }
        .unwrap_or_default()
    }

    pub(super) fn show_stop(&mut self) {
        let rows = self.data.forwards.all();
        let items = rows.map(|(local, row)| Item {
            key: String::new(),
            label: format!("stop {}", row.listen),
            command: row.command.clone(),
            off: None,
            does: Does::StopForward(local),
        });
        let menu = Menu::new("Stop a forward of this console".to_owned(), items.collect());
        self.ui.overlay = Some(Overlay::Menu(menu));
    }

    pub(super) fn show_orders(&mut self) {
        let item = |letter: char, word: &str, does| Item {
            key: letter.to_string(),
            label: word.to_owned(),
            command: String::new(),
            off: None,
            does,
        };
        let items = match self.ui.screen {
            Screen::Fleet => {
                nodes::By::ALL.iter().map(|(by, l, w)| item(*l, w, Does::OrderNodes(*by))).collect()
            }
            Screen::Tunnels => tunnels::By::ALL
                .iter()
                .map(|(by, l, w)| item(*l, w, Does::OrderTunnels(*by)))
                .collect(),
            Screen::Access => access::By::of(self.ui.access.tab)
                .iter()
                .map(|(by, l, w)| item(*l, w, Does::OrderAccess(*by)))
                .collect(),
        };
        self.ui.overlay = Some(Overlay::Menu(Menu::new("Order by".to_owned(), items)));
    }

    pub(super) fn why(&mut self, now: Now) {
        let lines = match self.ui.screen {
            Screen::Fleet => self.node().map(|node| why_node(node, now)),
            Screen::Tunnels => self.tunnel().map(why_tunnel),
            Screen::Access => self.why_access(now),
        };
        let title = "Why".to_owned();
        let lines = lines.unwrap_or_else(|| vec!["no row is under the cursor".to_owned()]);
        self.ui.overlay = Some(Overlay::Info(Info::new(title, lines)));
    }
}

fn why_node(node: &wire::message::view::NodeView, now: Now) -> Vec<String> {
    let mut lines = vec![format!("{} is {}", node.name, node.state)];
    lines.extend(node.reasons.iter().map(|reason| {
        let value = reason.value_ms.map(|v| format!(" {v} ms")).unwrap_or_default();
        let limit = reason.limit_ms.map(|v| format!(", limit {v} ms")).unwrap_or_default();
        format!("  {}{value}{limit}, for {}", reason.code, lasting(now.wall.since(reason.since)))
    }));
    if let Some(reason) = node.disconnect_reason.filter(|_| !node.state.is_connected()) {
        lines.push(format!("  its last connection ended: {reason}"));
    }
    if let Some(seen) = node.last_seen {
        lines.push(format!("  last heard {} ago", lasting(now.wall.since(seen))));
    }
    lines.extend(node.facts.iter().filter_map(|fact| {
        let value = fact.value.as_ref()?;
        let age = fact
            .at
            .map(|at| format!("  ({} old)", lasting(now.wall.since(at))))
            .unwrap_or_default();
        Some(format!("  {}: {value}{age}", fact.name))
    }));
    lines
}

fn why_tunnel(tunnel: &wire::message::view::TunnelView) -> Vec<String> {
    let mut lines = vec![format!(
        "{} to {} at {} is {}",
        tunnel.id,
        tunnel.target,
        tunnel.through(),
        tunnel.state
    )];
    match tunnel.rule {
        Some(rule) => lines.push(format!("  allowed by {rule}")),
        None => lines.push("  no rule is known for it".to_owned()),
    }
    if let Some(port) = &tunnel.port {
        lines.push(format!("  a visitor of port/{port}"));
    }
    if let Some(closed) = &tunnel.closed {
        lines.push(format!("  closed: {} by {}", closed.reason, closed.by));
    }
    if let Some(note) = &tunnel.note {
        lines.push(format!("  note: {note}"));
    }
    lines
}
