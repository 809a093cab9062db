//! What `y` copies: everything on screen can be had as text or as a command.

use super::{App, Asked, Screen};
use crate::tui::data::forwards::quoted;
use crate::tui::data::numbers::{rate, total};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::msg::{Answer, Now};
use crate::tui::overlays::{Overlay, info::Info};
use wire::message::view::{NodeView, TunnelView};

impl App {
    pub(super) fn copy_what(&mut self, now: Now, action: Action) -> Vec<Effect> {
        if action == Action::CopyLink {
            return self.copy("line that opens this view", self.link_line());
        }
        if action == Action::CopyShow {
            let lines = self.ui.copied.iter().flat_map(|t| t.lines()).map(str::to_owned).collect();
            self.ui.overlay = Some(Overlay::Info(Info::bare(lines)));
            return Vec::new();
        }
        let text = match self.ui.screen {
            Screen::Fleet => self.node().and_then(|node| of_node(node, action)),
            Screen::Tunnels => self.tunnel().and_then(|tunnel| of_tunnel(tunnel, action)),
            Screen::Access => self.copy_access(action),
        };
        match text {
            Some((what, text)) => self.copy(what, text),
            None => {
                self.ui.toasts.say(now, "nothing to copy here");
                Vec::new()
            }
        }
    }

    pub(super) fn copy(&mut self, what: &'static str, text: String) -> Vec<Effect> {
        let job = self.job(Asked::Copy { what, text: text.clone() });
        vec![Effect::Copy { job, text }]
    }

    pub(super) fn copied(&mut self, now: Now, what: &str, text: String, answer: Answer) {
        let length = text.chars().count();
        match answer {
            Answer::Copied(way) if length <= 40 => {
                self.ui.toasts.good(now, format!("copied {text} ({way}) · yv shows it"));
            }
            Answer::Copied(way) => {
                self.ui.toasts.good(
                    now,
                    format!("copied the {what}, {length} characters ({way}) · yv shows it"),
                );
            }
            Answer::Failed(why) => {
                self.ui.toasts.bad(now, format!("not copied: {why} · yv shows it"))
            }
            _ => {}
        }
        self.ui.copied = Some(text);
    }

    /// The node under the cursor.
    pub fn node(&self) -> Option<&NodeView> {
        self.ui.fleet.grid.cursor().and_then(|id| self.data.nodes.get(id))
    }

    /// The tunnel under the cursor.
    pub fn tunnel(&self) -> Option<&TunnelView> {
        self.ui.tunnels.grid.cursor().and_then(|id| self.data.tunnels.get(id)).map(|t| &t.view)
    }

    fn link_line(&self) -> String {
        let (screen, filter) = match self.ui.screen {
            Screen::Fleet => ("fleet", &self.ui.fleet.filter_text),
            Screen::Tunnels => ("tunnels", &self.ui.tunnels.filter_text),
            Screen::Access => ("access", &self.ui.access.list().filter_text),
        };
        let mut line =
            format!("tunnelctl -c {} console --screen {screen}", quoted(&self.data.context));
        if !filter.is_empty() {
            line.push_str(&format!(" --filter {}", quoted(filter)));
        }
        line
    }
}

fn of_node(node: &NodeView, action: Action) -> Option<(&'static str, String)> {
    Some(match action {
        Action::CopyId => ("id", node.id.to_string()),
        Action::CopyName => ("name", node.name.to_string()),
        Action::CopyCommand => ("command line", format!("tunnelctl nodes get {}", node.name)),
        Action::CopyProxy => ("ProxyCommand", proxy(node.name.as_str())),
        Action::CopyJson => ("JSON", serde_json::to_string_pretty(node).ok()?),
        Action::CopyRow => ("row", node_row(node)),
        _ => return None,
    })
}

fn of_tunnel(tunnel: &TunnelView, action: Action) -> Option<(&'static str, String)> {
    Some(match action {
        Action::CopyId => ("id", tunnel.id.to_string()),
        Action::CopyName => ("node name", tunnel.node.as_ref()?.name.to_string()),
        Action::CopyTarget => ("target", tunnel.target.to_string()),
        Action::CopyCommand => ("command line", format!("tunnelctl tunnels get {}", tunnel.id)),
        Action::CopyProxy => ("ProxyCommand", proxy(tunnel.node.as_ref()?.name.as_str())),
        Action::CopyJson => ("JSON", serde_json::to_string_pretty(tunnel).ok()?),
        Action::CopyRow => ("row", tunnel_row(tunnel)),
        _ => return None,
    })
}

fn proxy(node: &str) -> String {
    format!("ssh -o ProxyCommand='tunnelctl connect %h:%p' {node}")
}

fn node_row(node: &NodeView) -> String {
    let rtt = node.rtt_p50_ms.map_or("-".to_owned(), |ms| format!("{ms}ms"));
    let (up, down) = (rate(node.up_bytes_per_s as f64), rate(node.down_bytes_per_s as f64));
    format!("{}\t{}\t{}\t{rtt}\t{up}\t{down}", node.name, node.state, node.labels)
}

fn tunnel_row(tunnel: &TunnelView) -> String {
    let who = tunnel.who.name().unwrap_or_else(|| "-".to_owned());
    let (up, down) = (total(tunnel.up_bytes), total(tunnel.down_bytes));
    format!(
        "{}\t{}\t{}\t{who}\t{}\t{up}\t{down}",
        tunnel.id,
        tunnel.through(),
        tunnel.target,
        tunnel.state
    )
}
