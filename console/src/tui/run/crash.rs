//! What happens on a panic: in the loop, the terminal is given back and a report written; in a
//! task, the console says so and lives on.

use super::super::msg::Msg;
use super::super::record::Kept;
use super::super::term;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};
use tokio::sync::mpsc;
use wire::UnixMs;

/// The thread the loop was last seen on.
static LOOP: Mutex<Option<ThreadId>> = Mutex::new(None);
/// Where a console hears of panics in its tasks.
static CONSOLE: Mutex<Option<mpsc::Sender<Msg>>> = Mutex::new(None);

/// Says that the loop runs on this thread.
pub(super) fn here() {
    *LOOP.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
}

/// Says who is to hear of panics in tasks.
pub(super) fn tell(console: mpsc::Sender<Msg>) {
    *CONSOLE.lock().unwrap_or_else(PoisonError::into_inner) = Some(console);
}

/// Puts the hook in place, before the one that is there.
pub(super) fn install(dir: Option<PathBuf>, kept: Kept) {
    here();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let on_loop = LOOP.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
            == Some(&thread::current().id());
        if !on_loop && let Some(console) = &*CONSOLE.lock().unwrap_or_else(PoisonError::into_inner)
        {
            // A full queue has more urgent news; the panic is counted and logged in any case.
            let _ = console.try_send(Msg::Trouble(format!("a task failed: {}", place(info))));
            return;
        }
        term::restore();
        before(info);
        if let Some(path) = dir.as_deref().and_then(|dir| report(dir, info, &kept)) {
            let _ = std::io::Write::write_fmt(
                &mut std::io::stderr(),
                format_args!("crash report: {}\n", path.display()),
            );
        }
    }));
}

fn place(info: &PanicHookInfo<'_>) -> String {
    info.location()
        .map_or_else(|| "unknown place".to_owned(), |at| format!("{}:{}", at.file(), at.line()))
}

/// The newest events, typed text left out as it always is.
fn report(dir: &Path, info: &PanicHookInfo<'_>, kept: &Kept) -> Option<PathBuf> {
    let now = link::Clock::wall(&link::System);
    let path = dir.join(format!("crash-{}.txt", stamp(now)));
    let mut text = format!("{info}\n\n");
    for line in kept.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        text.push_str(line);
        text.push('\n');
    }
    std::fs::create_dir_all(dir).ok()?;
    std::fs::write(&path, text).ok()?;
    Some(path)
}

fn stamp(at: UnixMs) -> String {
    at.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::tui::data::link::LinkNews;
    use crate::tui::effect::Capture;
    use crate::tui::msg::Now;
    use crate::tui::record::Recorder;
    use portable_pty::{CommandBuilder, NativePtySystem, PtySize, PtySystem as _};
    use std::io::Read as _;

    /// Where a child of this test leaves its report; without it, the test is the parent.
    const CHILD: &str = "TUNNELCTL_TEST_CRASH";

    /// The console's thread, panicking with the terminal in its hands.
    fn crash(dir: &str) {
        let mut recorder = Recorder::new(None).unwrap();
        install(Some(dir.into()), recorder.kept());
        let _screen = term::Screen::take("crash", Capture::On).unwrap();
        let now = Now { mono: std::time::Duration::ZERO, wall: UnixMs(0) };
        recorder.record(now, &Msg::Link(LinkNews::Connecting), false).unwrap();
        panic!("the picture fell off the wall");
    }

    #[test]
    fn a_panic_gives_the_terminal_back_and_leaves_a_report() {
        if let Some(dir) = std::env::var_os(CHILD) {
            return crash(dir.to_str().unwrap());
        }
        let dir = tempfile::tempdir().unwrap();
        let pair = NativePtySystem::default().openpty(PtySize::default()).unwrap();
        let modes = format!("{:?}", pair.master.get_termios());
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--nocapture", "--test-threads=1"]);
        let (_, path) = module_path!().split_once("::").unwrap();
        command.arg(format!("{path}::a_panic_gives_the_terminal_back_and_leaves_a_report"));
        command.env(CHILD, dir.path());
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut written = Vec::new();
        // A terminal whose program is gone ends with an error.
        let _ = reader.read_to_end(&mut written);
        assert!(!child.wait().unwrap().success());

        let text = String::from_utf8_lossy(&written);
        let (before, after) = text.split_once("\x1b[?1049l").unwrap();
        assert!(before.contains("\x1b[?1049h") && !before.contains("fell off"), "{text}");
        assert!(after.contains("\x1b[?25h") && after.contains("fell off the wall"), "{text}");
        assert!(after.contains("crash report: "), "{text}");
        assert_eq!(format!("{:?}", pair.master.get_termios()), modes, "raw mode is left");
        let report = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap();
        let report = std::fs::read_to_string(report.path()).unwrap();
        assert!(report.contains("fell off the wall") && report.contains("Connecting"), "{report}");
    }
}
