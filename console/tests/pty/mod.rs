//! The real binary on a real pseudo-terminal, seen through a terminal emulator. Every wait is for
//! something on the screen, with a deadline.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use portable_pty::{
    Child, CommandBuilder, ExitStatus, MasterPty, NativePtySystem, PtySize, PtySystem,
};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Longest wait for anything; a console that needs longer hangs.
const DEADLINE: Duration = Duration::from_secs(20);

/// A program on a terminal.
pub(crate) struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    /// How the terminal took lines and keys before anybody changed it.
    modes: String,
}

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    ended: bool,
    /// The reader must not hold the terminal any longer.
    let_go: bool,
}

impl Pty {
    /// Starts `tunnelctl` with these arguments. `home` holds all of its files; nothing else of the
    /// environment reaches it but `env`.
    pub(crate) fn start(
        home: &Path,
        args: &[&str],
        env: &[(&str, &str)],
        size: (u16, u16),
    ) -> Self {
        let pair = NativePtySystem::default().openpty(dimensions(size)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tunnelctl"));
        command.args(args);
        command.env_clear();
        command.cwd(home);
        for (name, value) in
            [("HOME", home.to_str().unwrap()), ("TERM", "xterm-256color"), ("LANG", "C.UTF-8")]
        {
            command.env(name, value);
        }
        for (name, value) in env {
            command.env(name, value);
        }
        let modes = format!("{:?}", pair.master.get_termios().unwrap());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let parser = vt100::Parser::new(cells(size.1), cells(size.0), 0);
        let seen = Arc::new((
            Mutex::new(Seen { parser, bytes: Vec::new(), ended: false, let_go: false }),
            Condvar::new(),
        ));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut chunk = [0; 8192];
            loop {
                let read = reader.read(&mut chunk).unwrap_or(0);
                let mut state = lock(&shared);
                state.parser.process(&chunk[..read]);
                state.bytes.extend_from_slice(&chunk[..read]);
                state.ended |= read == 0;
                shared.1.notify_all();
                if read == 0 || state.let_go {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { master: Some(pair.master), keys: Some(keys), child, seen, modes }
    }

    /// The same in the directories of a lab at `dir`.
    pub(crate) fn in_lab(dir: &Path, args: &[&str], size: (u16, u16)) -> Self {
        let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
        let (config, state) = (path("config"), path("state"));
        let (cache, run) = (path("cache"), path("run"));
        let env = [
            ("XDG_CONFIG_HOME", config.as_str()),
            ("XDG_STATE_HOME", &state),
            ("XDG_CACHE_HOME", &cache),
            ("XDG_RUNTIME_DIR", &run),
        ];
        Self::start(dir, args, &env, size)
    }

    /// Sends what a terminal sends for keys: `esc`, `enter`, `ctrl-c`, or the text itself.
    pub(crate) fn press(&mut self, key: &str) {
        let bytes = match key {
            "esc" => b"\x1b".to_vec(),
            "enter" => b"\r".to_vec(),
            "tab" => b"\t".to_vec(),
            "f2" => b"\x1bOQ".to_vec(),
            "up" => b"\x1b[A".to_vec(),
            "down" => b"\x1b[B".to_vec(),
            other => match other.strip_prefix("ctrl-") {
                Some(letter) => vec![letter.as_bytes()[0] & 0x1f],
                None => other.as_bytes().to_vec(),
            },
        };
        self.send(&bytes);
    }

    /// Pastes a text, as a terminal with bracketed paste does.
    pub(crate) fn paste(&mut self, text: &str) {
        self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    fn send(&mut self, bytes: &[u8]) {
        let keys = self.keys.as_mut().expect("the terminal is there");
        keys.write_all(bytes).unwrap();
        keys.flush().unwrap();
    }

    /// Changes the terminal's size.
    pub(crate) fn resize(&self, size: (u16, u16)) {
        lock(&self.seen).parser.screen_mut().set_size(cells(size.1), cells(size.0));
        self.master.as_ref().unwrap().resize(dimensions(size)).unwrap();
    }

    /// Waits until `wanted` is true of what is on the screen.
    pub(crate) fn wait(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let until = Instant::now() + DEADLINE;
        let mut state = lock(&self.seen);
        while !wanted(state.parser.screen()) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !state.ended,
                "no {what} on:\n{}",
                state.parser.screen().contents()
            );
            state = self.seen.1.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until a text is on the screen.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    /// What is on the screen.
    pub(crate) fn text(&self) -> String {
        lock(&self.seen).parser.screen().contents()
    }

    /// Whether the terminal is as a shell expects it: its screen, cursor and keys.
    pub(crate) fn is_restored(&self) -> bool {
        let modes = self
            .master
            .as_ref()
            .and_then(|master| master.get_termios())
            .map(|modes| format!("{modes:?}"));
        let state = lock(&self.seen);
        let screen = state.parser.screen();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
            && modes.is_none_or(|modes| modes == self.modes)
    }

    /// Everything the program wrote.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        lock(&self.seen).bytes.clone()
    }

    /// Closes the terminal under the program, as a window that is closed does, and waits for its
    /// end.
    pub(crate) fn hang_up(&mut self) -> ExitStatus {
        lock(&self.seen).let_go = true;
        (self.keys, self.master) = (None, None);
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it lives on without a terminal");
            std::thread::yield_now();
        }
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits for the program's end and its last byte.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let until = Instant::now() + DEADLINE;
        let mut state = lock(&self.seen);
        while !state.ended {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "still running:\n{}", state.parser.screen().contents());
            state = self.seen.1.wait_timeout(state, left).unwrap().0;
        }
        drop(state);
        self.child.wait().unwrap()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Only what this test started, and only if it still runs.
        let _ = self.child.kill();
    }
}

/// A failed wait panics with the lock held; the reader goes on.
fn lock(seen: &(Mutex<Seen>, Condvar)) -> MutexGuard<'_, Seen> {
    seen.0.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap()
}

fn dimensions((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}
