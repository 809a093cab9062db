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
