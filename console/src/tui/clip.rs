//! How text gets into the clipboard: tmux, the terminal itself (OSC 52), or a program.

use data_encoding::BASE64;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// What terminals take at most, encoded.
const MAX_OSC52: usize = 74_994;
/// A clipboard program that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(2);

/// What matters of the environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Inside what, if anything.
    pub inside: Inside,
    /// Where the display is.
    pub display: Display,
}

/// A multiplexer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Inside {
    /// None.
    #[default]
    Nothing,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

/// The place of a display this process can talk to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Display {
    /// None, or the person sits elsewhere.
    #[default]
    Remote,
    /// Wayland.
    Wayland,
    /// X11.
    X11,
    /// macOS.
    Mac,
}

/// A way into the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The terminal.
    Osc52,
    /// A program that reads its standard input.
    Program(&'static [&'static str]),
}

impl Way {
    /// Its name in the toast.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Osc52 => "osc52",
            Self::Program(argv) => argv[0],
        }
    }
}

impl Surroundings {
    /// Reads the environment.
    pub fn here() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        let inside = match (set("TMUX"), set("STY")) {
            (true, _) => Inside::Tmux,
            (false, true) => Inside::Screen,
            (false, false) => Inside::Nothing,
        };
        let display = match () {
            () if set("SSH_TTY") || set("SSH_CONNECTION") => Display::Remote,
            () if cfg!(target_os = "macos") => Display::Mac,
            () if set("WAYLAND_DISPLAY") => Display::Wayland,
            () if set("DISPLAY") => Display::X11,
            () => Display::Remote,
        };
        Self { inside, display }
    }

    /// The way to take here.
    pub const fn way(self) -> Way {
        match (self.inside, self.display) {
            (Inside::Tmux, _) => Way::Program(&["tmux", "load-buffer", "-w", "-"]),
            (_, Display::Remote) => Way::Osc52,
            (_, Display::Wayland) => Way::Program(&["wl-copy"]),
            (_, Display::X11) => Way::Program(&["xclip", "-selection", "clipboard"]),
            (_, Display::Mac) => Way::Program(&["pbcopy"]),
        }
    }
}

/// The bytes that make a terminal copy `text`; `None` if it is too long for terminals.
pub fn osc52(text: &str, inside: Inside) -> Option<String> {
    let encoded = BASE64.encode(text.as_bytes());
    if encoded.len() > MAX_OSC52 {
        return None;
    }
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    Some(match inside {
        Inside::Nothing => sequence,
        Inside::Tmux => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
        Inside::Screen => format!("\x1bP{sequence}\x1b\\"),
    })
}

/// Gives `text` to a program.
///
/// # Errors
/// It does not exist, fails, or hangs; in words.
pub async fn feed(argv: &[&str], text: &str) -> Result<(), String> {
    let [program, args @ ..] = argv else { return Err("no program".to_owned()) };
    let mut child = tokio::process::Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| format!("{program}: {e}"))?;
    let stdin = child.stdin.take();
    let work = async {
        if let Some(mut stdin) = stdin {
            stdin.write_all(text.as_bytes()).await?;
            stdin.shutdown().await?;
        }
        child.wait().await
    };
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("{program}: {status}")),
        Ok(Err(e)) => Err(format!("{program}: {e}")),
        Err(_) => Err(format!("{program}: no answer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_ssh_the_terminal_copies_and_tmux_gets_its_own_way() {
        let at = |inside, display| Surroundings { inside, display }.way().name();
        assert_eq!(at(Inside::Nothing, Display::Remote), "osc52");
        assert_eq!(at(Inside::Tmux, Display::X11), "tmux");
        assert_eq!(at(Inside::Nothing, Display::Wayland), "wl-copy");
    }

    #[test]
    fn sequences_are_wrapped_and_bounded() {
        assert_eq!(osc52("n_7f", Inside::Nothing).as_deref(), Some("\x1b]52;c;bl83Zg==\x07"));
        assert_eq!(
            osc52("a", Inside::Tmux).as_deref(),
            Some("\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\")
        );
        assert_eq!(osc52(&"x".repeat(60_000), Inside::Nothing), None);
    }
}
