//! The signs of the console, and their ASCII stand-ins for terminals that have no others.

use ratatui::buffer::Buffer;
use wire::message::view::{NodeState, TunnelState};

/// Which signs to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// `●○◐▲▼█`
    #[default]
    Unicode,
    /// `+-~^v#`
    Ascii,
}

impl Glyphs {
    /// The set a terminal of this description can show.
    pub fn for_terminal(term: Option<&str>, locale: Option<&str>) -> Self {
        let poor = term.is_none_or(|t| t == "linux" || t == "dumb" || t.starts_with("vt"));
        let utf8 = locale.is_some_and(|l| {
            let l = l.to_ascii_lowercase();
            l.contains("utf-8") || l.contains("utf8")
        });
        if poor || !utf8 { Self::Ascii } else { Self::Unicode }
    }

    /// The sign of a node's state.
    pub const fn node(self, state: NodeState) -> &'static str {
        match (self, state) {
            (Self::Unicode, NodeState::Online) => "●",
            (Self::Unicode, NodeState::Degraded) => "◐",
            (Self::Unicode, NodeState::Stale) => "◔",
            (Self::Unicode, NodeState::Offline) => "○",
            (Self::Unicode, NodeState::Locked) => "⊘",
            (Self::Unicode, NodeState::Pending) => "◌",
            (Self::Unicode, NodeState::Revoked) => "✕",
            (Self::Ascii, NodeState::Online) => "+",
            (Self::Ascii, NodeState::Degraded | NodeState::Stale) => "~",
            (Self::Ascii, NodeState::Offline) => "-",
            (Self::Ascii, NodeState::Locked) => "#",
            (Self::Ascii, NodeState::Pending) => "?",
            (Self::Ascii, NodeState::Revoked) => "X",
        }
    }

    /// The sign of a tunnel's state.
    pub const fn tunnel(self, state: TunnelState) -> &'static str {
        match (self, state) {
            (Self::Unicode, TunnelState::Opening) => "◌",
            (Self::Unicode, TunnelState::Flowing) => "●",
            (Self::Unicode, TunnelState::Idle) => "○",
            (Self::Unicode, TunnelState::Stalled | TunnelState::Closing) => "◔",
            (Self::Unicode, TunnelState::Closed) => "✕",
            (Self::Ascii, TunnelState::Opening) => "?",
            (Self::Ascii, TunnelState::Flowing) => "+",
            (Self::Ascii, TunnelState::Idle) => ".",
            (Self::Ascii, TunnelState::Stalled | TunnelState::Closing) => "~",
            (Self::Ascii, TunnelState::Closed) => "x",
        }
    }

    /// Replaces what an ASCII terminal can't show, whoever wrote it.
    pub fn fold(self, buf: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        for cell in &mut buf.content {
            if !cell.symbol().is_ascii() {
                let stand_in = ascii(cell.symbol());
                cell.set_symbol(stand_in);
            }
        }
    }
}

fn ascii(symbol: &str) -> &'static str {
    match symbol {
        "╭" | "╮" | "╰" | "╯" | "┌" | "┐" | "└" | "┘" => "+",
        "─" | "—" | "–" => "-",
        "│" => "|",
        "·" => ".",
        "…" => "~",
        "●" => "+",
        "○" => "-",
        "◐" | "◔" => "~",
        "⊘" => "#",
        "◌" => "?",
        "✕" | "✗" => "x",
        "✓" => "v",
        "▶" | "▸" | "→" => ">",
        "◀" | "←" => "<",
        "▪" | "•" | "⚠" => "*",
        "▲" | "↑" => "^",
        "▼" | "↓" => "v",
        "⏎" => "E",
        "⚑" | "＋" => "+",
        "▁" | "▂" => "_",
        "▃" => ".",
        "▄" | "▅" => "-",
        "▆" | "▇" => "=",
        "█" | "▓" => "#",
        "░" => ".",
        braille if braille.chars().all(|c| ('\u{2801}'..='\u{28ff}').contains(&c)) => "*",
        "\u{2800}" => " ",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poor_terminals_start_in_ascii() {
        assert_eq!(
            Glyphs::for_terminal(Some("xterm-256color"), Some("en_US.UTF-8")),
            Glyphs::Unicode
        );
        for (term, locale) in [
            (Some("linux"), Some("C.utf8")),
            (Some("xterm"), Some("C")),
            (None, Some("C.UTF-8")),
            (Some("xterm"), None),
        ] {
            assert_eq!(Glyphs::for_terminal(term, locale), Glyphs::Ascii);
        }
    }
}
