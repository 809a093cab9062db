//! How nodes and their returns look as rows.

use crate::cli::Run;
use crate::cli::out::{Cell, Column, Look, Out, Row, Tone};
use crate::exit::Result;
use wire::SafeText;
use wire::message::view::{NodeState, NodeView, PathView, Reconnect};

/// The tone of a node's state.
pub(super) const fn tone(state: NodeState) -> Tone {
    match state {
        NodeState::Online => Tone::Good,
        NodeState::Degraded | NodeState::Stale | NodeState::Pending => Tone::Warn,
        NodeState::Offline | NodeState::Locked => Tone::Bad,
        NodeState::Revoked => Tone::Dim,
    }
}

impl Row for NodeView {
    const KIND: &'static str = "Node";
    const COLUMNS: &'static [Column] = &[
        Column::text("name", "NAME"),
        Column::text("state", "STATE"),
        Column::number("rtt", "RTT"),
        Column::number("up_24h", "UP 24H"),
        Column::number("rc", "RC"),
        Column::number("tun", "TUN"),
        Column::number("up", "▲/S"),
        Column::number("down", "▼/S"),
        Column::text("seen", "SEEN"),
        Column::text("labels", "LABELS").wide(),
        Column::text("version", "VERSION").wide(),
        Column::text("exit_ip", "EXIT IP").wide(),
        Column::text("path", "PATH").wide(),
        Column::text("owner", "OWNER").wide(),
        Column::text("reason", "REASON").wide(),
        Column::text("id", "ID").wide(),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "name" => Cell::plain(self.name.as_str()),
            "state" => Cell::toned(self.state.as_str(), tone(self.state)),
            "rtt" => look.ms(self.rtt_p50_ms),
            "up_24h" => look.percent(self.uptime_24h_ratio),
            "rc" => look.count(self.reconnects_24h.into()),
            "tun" => look.count(self.tunnels.into()),
            "up" => look.bytes(self.up_bytes_per_s),
            "down" => look.bytes(self.down_bytes_per_s),
            "seen" => look.ago(self.last_seen),
            "labels" => Cell::plain(self.labels.to_string()),
            "version" => look.text(self.version.as_ref()),
            "exit_ip" => look.text(self.exit_ip.as_ref()),
            "path" => look.text(self.path.as_ref()),
            "owner" => look.text(self.owner.as_ref()),
            "reason" => Cell::plain(reasons(self)),
            _ => Cell::plain(self.id()),
        }
    }
}

/// Why a node is not as it should be.
fn reasons(node: &NodeView) -> String {
    let mut all: Vec<String> = node.reasons.iter().map(|r| r.code.to_string()).collect();
    if !node.state.is_connected() {
        all.extend(node.disconnect_reason.map(|r| r.to_string()));
    }
    all.join(" ")
}

/// The line under a list: how many, and which ones need a look.
pub(super) fn summary(run: &Run, nodes: &[NodeView]) {
    let troubled: Vec<String> = nodes
        .iter()
        .filter(|n| !matches!(n.state, NodeState::Online | NodeState::Revoked))
        .take(3)
        .map(|n| format!("{} {} {}", n.name, n.state, reasons(n)).trim_end().to_owned())
        .collect();
    let noun = if nodes.len() == 1 { "node" } else { "nodes" };
    let tail =
        if troubled.is_empty() { String::new() } else { format!(": {}", troubled.join(", ")) };
    run.out.aside(&format!("{} {noun}{tail}", nodes.len()));
}

/// What is known about a node, with ages.
///
/// # Errors
/// The reader has gone.
pub(super) fn facts(run: &Run, node: &NodeView) -> Result<()> {
    let look = &run.out.look;
    for fact in &node.facts {
        let value = fact.value.as_ref().map_or_else(|| look.none().to_owned(), ToString::to_string);
        let age = look.ago(fact.at).text;
        run.out.line(&format!("  {:<14} {value}  ({age})", fact.name))?;
    }
    if !node.allow.is_empty() {
        let allow: Vec<String> = node.allow.iter().map(ToString::to_string).collect();
        run.out.line(&format!("  {:<14} {}", "allows", allow.join(" ")))?;
    }
    if let Some(listeners) = node.reverse.as_ref().filter(|listeners| !listeners.is_empty()) {
        let listeners: Vec<String> = listeners.iter().map(ToString::to_string).collect();
        run.out.line(&format!("  {:<14} {}", "listeners", listeners.join(" ")))?;
    }
    Ok(())
}

impl Row for Reconnect {
    const KIND: &'static str = "Reconnect";
    const COLUMNS: &'static [Column] = &[
        Column::text("at", "WHEN"),
        Column::number("down", "DOWN"),
        Column::number("tries", "TRIES"),
        Column::text("reason", "REASON"),
        Column::text("path", "PATH"),
    ];

    fn id(&self) -> String {
        self.at.to_string()
    }

    fn name(&self) -> String {
        self.at.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "at" => look.ago(Some(self.at)),
            "down" => look.span(Some(self.down_ms)),
            "tries" => look.text(self.tries),
            "reason" => look.text(self.reason),
            _ => look.text(self.path.as_ref()),
        }
    }
}

/// The way a node came, for people.
pub(super) fn path(out: &Out, path: &PathView) -> Result<()> {
    let look = &out.look;
    let via =
        |proxy: Option<&SafeText>| proxy.map_or(String::new(), |proxy| format!(" via {proxy}"));
    out.line(&format!("NODE    {} ({})", path.node.name, path.node.id))?;
    let rtt = path.rtt_ms.map_or(String::new(), |ms| format!("  {ms}ms"));
    let since = look.ago(Some(path.since)).text;
    out.line(&format!("PATH    {}{}{rtt}  since {since}", path.rung, via(path.proxy.as_ref())))?;
    let to = path.address.as_ref().map_or(String::new(), |address| format!("  to {address}"));
    out.line(&format!("FROM    {}{to}", path.source))?;
    if let Some(through) = path.through.as_ref().filter(|through| !through.is_empty()) {
        let names: Vec<&str> = through.iter().map(|node| node.name.as_str()).collect();
        out.line(&format!("THROUGH {}", names.join(look.glyph(" → ", " -> "))))?;
    }
    path.attempts.iter().try_for_each(|tried| {
        let (rung, via) = (tried.rung.as_str(), via(tried.proxy.as_ref()));
        out.line(&format!("FAILED  {rung}{via}  {}", tried.error))
    })
}
