//! The whole program on a terminal: it starts with nothing, lives without a server, and leaves
//! the terminal as it found it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod pty;

use pty::Pty;
use rustix::process::{Pid, Signal, kill_process};

fn start(args: &[&str], size: (u16, u16)) -> (Pty, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    (Pty::start(home.path(), args, &[], size), home)
}

fn signal(pty: &Pty, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pty.pid()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn without_configuration_it_says_what_to_do_and_quits_sane() {
    let (mut pty, _home) = start(&[], (80, 24));
    pty.wait_for("not set up");
    pty.wait_for("tunnelctl enroll");
    pty.press("2");
    pty.wait_for("[2Tun]");
    pty.press("?");
    pty.wait_for("type to search");
    pty.press("esc");
    pty.wait("no help", |screen| !screen.contents().contains("type to search"));
    assert!(!pty.is_restored());
    pty.press("q");
    assert!(pty.end().success());
    assert!(pty.is_restored());
}

#[test]
fn an_unknown_context_is_no_reason_not_to_start() {
    let (mut pty, _home) = start(&["-c", "nowhere", "console", "--screen", "tunnels"], (120, 35));
    pty.wait_for("nowhere");
    pty.wait_for("[2 Tunnels]");
    pty.press("ctrl-c");
    pty.wait_for("again quits");
    pty.press("ctrl-c");
    assert!(pty.end().success());
    assert!(pty.is_restored());
}

#[test]
fn a_resize_and_a_hostile_size_are_drawn() {
    let (mut pty, _home) = start(&["console"], (120, 35));
    pty.wait_for("[1 Fleet]");
    for size in [(80, 24), (42, 9), (20, 3), (1, 1), (160, 45)] {
        pty.resize(size);
    }
    pty.wait_for("[1 Fleet]");
    pty.press("ctrl-l");
    pty.press("2");
    pty.wait_for("[2 Tunnels]");
    pty.press("q");
    assert!(pty.end().success());
}

#[test]
fn termination_and_hangup_give_the_terminal_back() {
    for (ending, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let (mut pty, _home) = start(&["console"], (80, 24));
        pty.wait_for("[1Fleet]");
        signal(&pty, ending);
        assert_eq!(pty.end().exit_code(), code);
        assert!(pty.is_restored());
    }
}

#[test]
fn suspended_and_continued_it_draws_again() {
    let (mut pty, _home) = start(&["console"], (80, 24));
    pty.wait_for("[1Fleet]");
    pty.press("ctrl-z");
    pty.wait("the shell's screen", |screen| !screen.alternate_screen());
    // A continue that comes before the stop is lost.
    wait_until_stopped(&pty);
    assert!(pty.is_restored());
    signal(&pty, Signal::CONT);
    pty.wait_for("[1Fleet]");
    pty.press("2");
    pty.wait_for("[2Tun]");
    pty.press("q");
    assert!(pty.end().success());
    assert!(pty.is_restored());
}

#[test]
fn a_storm_of_sizes_leaves_a_whole_picture() {
    let (mut pty, _home) = start(&["console"], (120, 35));
    pty.wait_for("[1 Fleet]");
    for step in 0..400_u16 {
        pty.resize((30 + step * 37 % 130, 4 + step * 13 % 50));
    }
    pty.resize((100, 30));
    pty.wait("a frame of the last size", |screen| {
        let rows: Vec<String> = screen.rows(0, 100).collect();
        let (top, bottom) = (&rows[3], &rows[27]);
        top.starts_with('╭')
            && top.ends_with('╮')
            && bottom.starts_with('╰')
            && bottom.ends_with('╯')
    });
    pty.press("2");
    pty.wait_for("[2 Tunnels]");
    pty.press("q");
    assert!(pty.end().success());
    assert!(pty.is_restored());
}

#[test]
fn pasted_text_types_but_never_acts() {
    let (mut pty, _home) = playing(&[], (80, 24));
    pty.paste("R\r2q?\x03");
    pty.press("/");
    pty.paste("ber-014\nq");
    pty.wait_for("ber-014");
    pty.press("enter");
    pty.wait("still on Fleet, without a dialog", |screen| {
        let text = screen.contents();
        text.contains("[1Fleet]") && !text.contains("Revoke") && !text.contains("type to search")
    });
    pty.press("ctrl-c");
    pty.press("ctrl-c");
    assert!(pty.end().success());
}

#[test]
fn a_terminal_that_goes_away_ends_the_console() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Pty::start(home.path(), &["console"], &[], (80, 24));
    pty.wait_for("[1Fleet]");
    let status = pty.hang_up();
    assert_eq!(status.exit_code(), 129, "a lost terminal is a hangup, not a panic");
    let state = home.path().join(".local/state/tunnelctl");
    let crashes = std::fs::read_dir(state).into_iter().flatten().flatten();
    let crashes = crashes.filter(|e| e.file_name().to_string_lossy().starts_with("crash-"));
    assert_eq!(crashes.count(), 0, "no crash report is left");
}

#[test]
fn without_colours_no_cell_has_one_and_ascii_is_ascii() {
    let by_env = [("NO_COLOR", "1"), ("TUNNELCTL_ASCII", "1")];
    for (args, env) in [
        (&["--no-color", "--ascii"][..], &[][..]),
        (&["--color", "never", "--ascii"], &[]),
        (&[], &by_env),
    ] {
        let (mut pty, _home) = playing_with(args, env, (80, 24));
        pty.press("2");
        pty.wait_for("[2Tun]");
        pty.press("?");
        pty.wait_for("type to search");
        pty.wait("no colour and no sign beyond ASCII", |screen| {
            let cells = (0..24).flat_map(|y| (0..80).map(move |x| (y, x)));
            cells.filter_map(|(y, x)| screen.cell(y, x)).all(|cell| {
                cell.fgcolor() == vt100::Color::Default
                    && cell.bgcolor() == vt100::Color::Default
                    && cell.contents().is_ascii()
            })
        });
        pty.press("ctrl-c");
        pty.press("ctrl-c");
        assert!(pty.end().success());
    }
}

#[test]
fn forty_columns_and_nine_rows_are_enough() {
    let (mut pty, _home) = playing(&[], (40, 9));
    pty.wait_for("gw-ber-014");
    pty.press("j");
    pty.press("2");
    pty.wait_for("10.20.6.2");
    pty.press("?");
    pty.wait_for("type to search");
    pty.press("esc");
    pty.press("ctrl-c");
    pty.press("ctrl-c");
    assert!(pty.end().success());
}

#[test]
fn hostile_text_reaches_the_terminal_as_text() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("run.jsonl");
    let nasty = r"\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp.exe\u2066\r\nrow日本語のホスト名";
    let text = include_str!("replays/three_nodes.jsonl");
    let text = text.replace("\"1.9.0\"", &format!("\"{nasty}\""));
    let text = text.replace("10.20.6.2", nasty).replace("10.8.0.14", nasty);
    assert!(text.matches("owned").count() >= 4);
    std::fs::write(&path, text).unwrap();
    let args = ["console", "--replay", path.to_str().unwrap(), "--speed", "100"];
    let mut pty = Pty::start(home.path(), &args, &[], (120, 35));
    pty.wait_for("gw-ber-014");
    pty.press("d");
    for (key, tab) in [("1", "[1 Fleet]"), ("2", "[2 Tunnels]")] {
        pty.press(key);
        pty.wait_for(tab);
        pty.wait("the right border in one column", |screen| {
            let rows: Vec<String> = screen.rows(119, 1).skip(8).take(23).collect();
            rows.iter().all(|cell| ["│", "╮", "╯"].contains(&cell.as_str()))
        });
    }
    pty.press("w");
    pty.press("esc");
    pty.press("ctrl-c");
    pty.press("ctrl-c");
    assert!(pty.end().success());
    let bytes = pty.bytes();
    let written = String::from_utf8(bytes).unwrap();
    assert!(written.contains("owned"), "shown, harmless");
    for foreign in ["\x1b]0;owned", "\x1b[2Jgnp", "\u{9b}", "\u{202e}", "\u{2066}", "\r\nrow"] {
        assert!(!written.contains(foreign), "{foreign:?} reached the terminal");
    }
}

/// A console that plays three nodes.
fn playing(args: &[&str], size: (u16, u16)) -> (Pty, tempfile::TempDir) {
    playing_with(args, &[], size)
}

fn playing_with(args: &[&str], env: &[(&str, &str)], size: (u16, u16)) -> (Pty, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("run.jsonl");
    std::fs::write(&path, include_str!("replays/three_nodes.jsonl")).unwrap();
    let mut all = args.to_vec();
    all.extend(["console", "--replay", path.to_str().unwrap(), "--speed", "100"]);
    let pty = Pty::start(home.path(), &all, env, size);
    pty.wait_for("gw-ber-014");
    (pty, home)
}

/// Waits until the kernel shows the console as stopped.
fn wait_until_stopped(pty: &Pty) {
    let path = format!("/proc/{}/stat", pty.pid());
    let start = std::time::Instant::now();
    loop {
        let stat = std::fs::read_to_string(&path).unwrap_or_default();
        let state = stat.rsplit_once(')').map_or("", |(_, rest)| rest.trim_start());
        if state.starts_with('T') {
            return;
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "not stopped: {stat}");
        std::thread::yield_now();
    }
}

#[test]
fn a_recording_plays_and_what_it_shows_can_be_copied_over_ssh() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("run.jsonl");
    std::fs::write(&path, include_str!("replays/three_nodes.jsonl")).unwrap();
    let env = [("SSH_TTY", "/dev/pts/9")];
    let args = ["console", "--replay", path.to_str().unwrap(), "--speed", "100"];
    let mut pty = Pty::start(home.path(), &args, &env, (80, 24));
    pty.wait_for("REPLAY");
    pty.wait_for("gw-ber-014");
    pty.press("/");
    pty.press("ber-014");
    pty.press("enter");
    pty.press("yn");
    pty.wait_for("copied gw-ber-014 (osc52)");
    let sequence = b"\x1b]52;c;Z3ctYmVyLTAxNA==\x07";
    assert!(pty.bytes().windows(sequence.len()).any(|w| w == sequence));
    pty.press("R");
    pty.wait_for("this is a recording");
    pty.press("ctrl-c");
    pty.press("ctrl-c");
    assert!(pty.end().success());
    assert!(pty.is_restored());
}

#[test]
fn without_a_terminal_it_refuses_with_usage() {
    let output =
        assert_cmd::Command::cargo_bin("tunnelctl").unwrap().arg("console").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("terminal"));
}
