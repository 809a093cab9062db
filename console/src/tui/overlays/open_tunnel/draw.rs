//! How the form looks. Two columns of words at 80 cells, the same with room at 120.

use super::{At, Check, OpenTunnel, What};
use crate::tui::data::Data;
use crate::tui::data::forwards::command_line;
use crate::tui::theme::Role;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::form::{button, choice, tick};
use crate::tui::widgets::frame::{Canvas, width};
use link::forward::OnDrop;
use ratatui::layout::Rect;

/// Cells of the labels at the left.
const LABEL: u16 = 10;

impl OpenTunnel {
    /// Draws it over `area`.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, data: &Data) {
        let wide = area.width >= 100;
        let size = if wide { (86, 21) } else { (68, 20) };
        let inner =
            canvas.dialog(area, size, "Open tunnel", &format!("{} · Tab next field", data.context));
        let x = inner.x + 2;
        let mut y = inner.y + u16::from(wide);
        for (at, label) in [(At::Kind, "Kind"), (At::Node, "Node")] {
            self.label(canvas, x, y, at, label);
            y += if at == At::Node { 4 } else { 1 };
        }
        choice(
            canvas,
            x + LABEL,
            y - 5,
            &["forward", "socks"],
            usize::from(self.what == What::Socks),
            self.at == At::Kind,
        );
        self.draw_node(canvas, inner, y - 4);
        if self.has(At::Target) {
            self.draw_field(canvas, x, y, At::Target, "Target", &self.target, 26);
            let recent = self.recent.iter().take(2).cloned().collect::<Vec<_>>().join(" · ");
            if !recent.is_empty() {
                let from = x + LABEL + 28;
                canvas.text(
                    from,
                    y,
                    inner.right().saturating_sub(from + 1),
                    &format!("recent ↓ {recent}"),
                    Role::Dim,
                );
            }
        } else {
            canvas.text(
                x,
                y,
                inner.width,
                "Target    any; each is checked when it is used",
                Role::Dim,
            );
        }
        self.draw_listen(canvas, x, y + 1);
        self.draw_limits(canvas, x, y + 2);
        self.draw_checks(canvas, inner, y + 5, data);
        self.draw_foot(canvas, inner, data);
    }

    fn label(&self, canvas: &mut Canvas<'_>, x: u16, y: u16, at: At, label: &str) {
        let role = if self.at == at { Role::Title } else { Role::Dim };
        canvas.text(x, y, LABEL, label, role);
    }

    #[expect(clippy::too_many_arguments, reason = "a place, a part and its words")]
    fn draw_field(
        &self,
        canvas: &mut Canvas<'_>,
        x: u16,
        y: u16,
        at: At,
        label: &str,
        field: &Field,
        cells: u16,
    ) {
        self.label(canvas, x, y, at, label);
        field.draw(canvas, x + LABEL, y, cells, self.at == at);
    }

    fn draw_node(&self, canvas: &mut Canvas<'_>, inner: Rect, y: u16) {
        let x = inner.x + 2;
        self.draw_field(canvas, x, y, At::Node, "Node", &self.node, 26);
        let from = x + LABEL + 28;
        let room = inner.right().saturating_sub(from + 1);
        for (at, pick) in self.picks.iter().enumerate() {
            let chosen = at == self.pick && self.at == At::Node;
            let sign = canvas.glyphs.node(pick.state);
            let text =
                format!("{}{sign} {}  {}", if chosen { "▶" } else { " " }, pick.name, pick.note);
            let line = y + u16::try_from(at).unwrap_or_default();
            canvas.text(from, line, room, &text, if chosen { Role::Title } else { Role::Text });
        }
        if self.picks.is_empty() {
            canvas.text(from, y, room, "no node is called that", Role::Warn);
        }
    }

    fn draw_listen(&self, canvas: &mut Canvas<'_>, x: u16, y: u16) {
        self.draw_field(canvas, x, y, At::Host, "Listen", &self.host, 19);
        canvas.text(x + LABEL + 20, y, 1, ":", Role::Text);
        self.port.draw(canvas, x + LABEL + 22, y, 9, self.at == At::Port);
        let from = x + LABEL + 33;
        if self.has(At::Bind) {
            tick(canvas, from, y, "open to others", self.bind, self.at == At::Bind);
            return;
        }
        let (text, role) = match (&self.free, self.port.trimmed().parse::<u16>()) {
            (Check::No(why), _) => (why.clone(), Role::Bad),
            (_, Ok(0)) => ("0 = pick a port".to_owned(), Role::Dim),
            (_, Ok(1..1024)) => ("privileged port".to_owned(), Role::Warn),
            (Check::Yes(note), _) => (format!("{note} ✓"), Role::Good),
            _ => (String::new(), Role::Dim),
        };
        canvas.text(from, y, 22, &text, role);
    }

    fn draw_limits(&self, canvas: &mut Canvas<'_>, x: u16, y: u16) {
        self.label(canvas, x, y, At::Drop, "On drop");
        let names = ["hold new connections 10s", "close"];
        choice(
            canvas,
            x + LABEL,
            y,
            &names,
            usize::from(self.drop == OnDrop::Close),
            self.at == At::Drop,
        );
        canvas.text(x, y + 1, LABEL, "Limits", Role::Dim);
        let mut at = x + LABEL;
        for (part, label, field) in [(At::Idle, "idle ", &self.idle), (At::Max, "max ", &self.max)]
        {
            let role = if self.at == part { Role::Title } else { Role::Dim };
            at = canvas.text(at, y + 1, 6, label, role);
            field.draw(canvas, at, y + 1, 9, self.at == part);
            at += 11;
        }
        self.draw_field(canvas, x, y + 2, At::Note, "Note", &self.note, 40);
    }

    fn draw_checks(&self, canvas: &mut Canvas<'_>, inner: Rect, y: u16, data: &Data) {
        let x = inner.x + 2;
        canvas.text(x, y, LABEL, "Checks", Role::Dim);
        let node = match data.nodes.named(self.node.trimmed()) {
            Some(node) if node.state.is_connected() => ("✓ node online".to_owned(), Role::Good),
            Some(node) => (format!("◔ node is {}", node.state), Role::Warn),
            None => ("· node".to_owned(), Role::Dim),
        };
        let allowed = match &self.allowed {
            _ if self.what == What::Socks => (String::new(), Role::Dim),
            Check::Unknown => ("· allowed".to_owned(), Role::Dim),
            Check::Asked(_) => ("◌ asking the server".to_owned(), Role::Pending),
            Check::Yes(note) => (format!("✓ {note}"), Role::Good),
            Check::No(why) => (format!("✗ {why}"), Role::Bad),
        };
        let from = canvas.text(x + LABEL, y, 24, &node.0, node.1) + 3;
        canvas.text(from, y, inner.right().saturating_sub(from + 1), &allowed.0, allowed.1);
    }

    fn draw_foot(&self, canvas: &mut Canvas<'_>, inner: Rect, data: &Data) {
        let x = inner.x + 2;
        let y = inner.bottom().saturating_sub(1);
        let room = inner.width.saturating_sub(LABEL + 4);
        canvas.text(x, y - 3, LABEL, "Same as", Role::Dim);
        match self.spec() {
            Ok(spec) => self.draw_command(canvas, x + LABEL, y - 3, room, &command_line(&spec)),
            Err(why) => drop(canvas.text(x + LABEL, y - 3, room, &format!("… {why}"), Role::Dim)),
        }
        let cancel = if self.at == At::Cancel { Role::Active } else { Role::Text };
        let end = button(canvas, x, y, "Cancel Esc", cancel);
        let ready = self.ready(data);
        let open = match (&ready, self.at) {
            (_, At::Open) => Role::Active,
            (Ok(_), _) => Role::Good,
            (Err(_), _) => Role::Dim,
        };
        let from = inner.right().saturating_sub(13);
        button(canvas, from, y, "Open F2", open);
        if let Some(why) = &self.failure {
            canvas.text(end + 2, y, from.saturating_sub(end + 3), why, Role::Bad);
        }
    }

    fn draw_command(&self, canvas: &mut Canvas<'_>, x: u16, y: u16, room: u16, command: &str) {
        let note = "  ^Y copies";
        if width(command) + width(note) <= room {
            let end = canvas.text(x, y, room, command, Role::Text);
            canvas.text(end, y, room, note, Role::Dim);
            return;
        }
        let head: String = command.chars().take(usize::from(room)).collect();
        let rest: String = command.chars().skip(usize::from(room)).collect();
        canvas.text(x, y, room, &head, Role::Text);
        let end = canvas.text(x, y + 1, room.saturating_sub(width(note)), &rest, Role::Text);
        canvas.text(end, y + 1, room, note, Role::Dim);
    }
}
