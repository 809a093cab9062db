//! The console over a real server and real agents: killed under it, not there yet, back by itself,
//! and replaced by another one.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod lab;
mod pty;

use lab::Lab;
use lab::site::{echo, echo_server};
use pty::Pty;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A link that comes back after a short absence: a second by the rule, more on a busy machine.
const SHORTLY: Duration = Duration::from_secs(5);

/// What a terminal sends for Shift-Tab.
const BACKTAB: &str = "\x1b[Z";
const ONLINE: &[&str] = &["●"];
/// Silent for a while, or known to be gone.
const AWAY: &[&str] = &["◔", "○"];

/// Two nodes of a fleet, and where their server listens.
fn fleet() -> (Lab, String) {
    fleet_in(Lab::new())
}

fn fleet_in(lab: Lab) -> (Lab, String) {
    let lab = lab.served();
    lab.enroll("web1", &[]);
    lab.enroll("web2", &[]);
    let address = lab.address.clone();
    (lab, address)
}

fn console(lab: &Lab, size: (u16, u16)) -> Pty {
    Pty::in_lab(lab.dir.path(), &[], size)
}

/// The line of a node.
fn line<'a>(screen: &'a str, node: &str) -> Option<&'a str> {
    screen.lines().find(|line| line.contains(node) && line.contains('│'))
}

/// Waits until a node is shown with one of these signs.
fn wait_row(pty: &Pty, node: &str, signs: &[&str]) {
    pty.wait(&format!("{node} as {signs:?}"), |screen| {
        let text = screen.contents();
        let line = line(&text, node).unwrap_or_default();
        signs.iter().any(|sign| line.contains(&format!("{sign} {node}")))
    });
}

/// The whole seconds after `word`.
fn seconds(text: &str, word: &str) -> Option<u64> {
    let rest = text.split_once(word)?.1;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    rest[digits.len()..].starts_with('s').then(|| digits.parse().ok())?
}

#[test]
fn killed_under_the_console_the_server_comes_back_to_the_same_picture() {
    let (mut lab, address) = fleet_in(Lab::straight("connections are refused"));
    let _web1 = lab.agent("web1");
    let mut web2 = lab.agent("web2");
    let mut pty = console(&lab, (120, 35));
    wait_row(&pty, "web1", ONLINE);
    wait_row(&pty, "web2", ONLINE);
    pty.wait_for("● live");

    lab.server.as_mut().unwrap().kill();
    pty.wait_for("✕ offline");
    pty.wait_for("connection refused");
    pty.wait("the seconds since", |screen| {
        let text = screen.contents();
        seconds(&text, "✕ offline ").is_some_and(|s| s >= 2)
            && seconds(&text, "data ").is_some_and(|s| s >= 2)
            && text.contains("retry ")
    });
    let text = pty.text();
    assert!(line(&text, "web1").is_some() && line(&text, "web2").is_some(), "rows stay:\n{text}");

    // Something changes that the console can't hear of.
    web2.kill();

    // Keys answer while nobody is there.
    pty.press("g");
    pty.press("g");
    pty.wait("the cursor on web1", |s| {
        line(&s.contents(), "web1").is_some_and(|l| l.contains('▶'))
    });
    pty.press("j");
    pty.wait("the cursor on web2", |s| {
        line(&s.contents(), "web2").is_some_and(|l| l.contains('▶'))
    });
    pty.press("?");
    pty.wait_for("type to search");
    pty.press("esc");
    pty.wait("no help", |screen| !screen.contents().contains("type to search"));
    pty.press("R");
    pty.wait_for("writes disabled while offline");
    assert!(!pty.text().contains("cannot be undone"));

    lab.start_server(&address);
    pty.wait_for("● live");
    // First what is shown for some seconds only.
    pty.wait_for("back after");
    wait_row(&pty, "web1", ONLINE);
    wait_row(&pty, "web2", AWAY);
    let text = pty.text();
    assert!(line(&text, "web2").is_some_and(|l| l.contains('▶')), "the cursor stays:\n{text}");

    // And what happens from now on is seen again.
    lab.ok(&["nodes", "rename", "web1", "front"]);
    wait_row(&pty, "front", ONLINE);

    pty.press("q");
    assert_eq!(pty.end().exit_code(), 0);
    assert!(pty.is_restored());
}

#[test]
fn after_a_short_absence_the_console_is_live_within_a_second_or_so() {
    let (mut lab, address) = fleet();
    let mut pty = console(&lab, (80, 24));
    pty.wait_for("web1");
    pty.wait("live", |screen| screen.contents().contains("live "));
    let gone = Instant::now();
    lab.server.as_mut().unwrap().kill();
    pty.wait_for("✕ offline");
    lab.start_server(&address);
    let (away, back) = (gone.elapsed(), Instant::now());
    pty.wait("live", |screen| screen.contents().contains("live "));
    let after = back.elapsed();
    assert!(away > Duration::from_secs(5) || after < SHORTLY, "away {away:?}, back {after:?} late");
    pty.press("ctrl-c");
    pty.wait_for("again quits");
    pty.press("ctrl-c");
    assert_eq!(pty.end().exit_code(), 0);
    assert!(pty.is_restored());
}

#[test]
fn a_console_that_started_first_shows_the_fleet_when_the_server_comes() {
    let (mut lab, address) = fleet_in(Lab::straight("connections are refused"));
    lab.server.as_mut().unwrap().kill();
    let mut pty = console(&lab, (80, 24));
    pty.wait_for("connection refused");
    pty.wait_for("retry ");
    pty.wait_for("Nothing is known of this fleet yet");
    pty.press("2");
    pty.wait_for("[2Tun]");
    pty.press("1");
    lab.start_server(&address);
    wait_row(&pty, "web1", AWAY);
    wait_row(&pty, "web2", AWAY);
    let _web1 = lab.agent("web1");
    wait_row(&pty, "web1", ONLINE);
    pty.press("q");
    assert_eq!(pty.end().exit_code(), 0);
    assert!(pty.is_restored());
}

#[test]
fn another_server_at_the_same_address_is_named_and_never_believed() {
    let (mut lab, address) = fleet();
    let mut pty = console(&lab, (120, 35));
    pty.wait_for("web1");
    pty.wait_for("● live");
    lab.server.take().unwrap().kill();

    // A fleet of its own, with a CA of its own, and a node that must never be shown.
    let mut other = Lab::new();
    other.start_server(&address);
    other.enroll("impostor", &[]);
    pty.wait_for("not from the pinned CA");
    let text = pty.text();
    assert!(text.contains("✕ offline"), "{text}");
    assert!(line(&text, "web1").is_some(), "rows stay:\n{text}");
    assert!(!text.contains("impostor"), "{text}");
    pty.press("R");
    pty.wait_for("writes disabled");

    // Tries go on, so the right server is found without a key.
    other.server.take().unwrap().kill();
    lab.start_server(&address);
    pty.wait_for("● live");
    wait_row(&pty, "web1", AWAY);
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains("impostor"));
    pty.press("q");
    assert_eq!(pty.end().exit_code(), 0);
    assert!(pty.is_restored());
}

#[test]
fn what_was_recorded_live_plays_without_the_server_and_changes_nothing() {
    let (mut lab, _) = fleet();
    let _web1 = lab.agent("web1");
    let file = lab.text("run.jsonl");
    let mut live = Pty::in_lab(lab.dir.path(), &["console", "--record", &file], (120, 35));
    wait_row(&live, "web1", ONLINE);
    live.press("/");
    live.press("secret-typed-text");
    live.wait_for("secret-typed-text");
    // An escape with a letter right behind it would be one key.
    live.press("esc");
    live.wait_for("2 of 2");
    live.press("q");
    assert_eq!(live.end().exit_code(), 0);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("secret"), "typed text stays here");

    lab.server.take().unwrap().kill();
    let args = ["console", "--replay", &file, "--speed", "100"];
    let mut played = Pty::in_lab(lab.dir.path(), &args, (120, 35));
    wait_row(&played, "web1", ONLINE);
    wait_row(&played, "web2", AWAY);
    played.wait_for("REPLAY");
    for key in ["R", "t"] {
        played.press(key);
        played.wait_for("this is a recording");
    }
    played.press("q");
    assert_eq!(played.end().exit_code(), 0);
    let again = Pty::in_lab(lab.dir.path(), &["console", "--record", &file], (80, 24)).end();
    assert_ne!(again.exit_code(), 0, "a recording is never overwritten");
}

/// An operator's own login, as context `work`; nothing else runs as him.
fn log_in(lab: &Lab) {
    let file = lab.text("mira");
    let made =
        ["tokens", "create", "--name", "mira", "--kind", "operator", "--role", "admin", "-q"];
    std::fs::write(&file, lab.ok(&made)).unwrap();
    lab.ok(&["-c", "work", "login", "--token-file", &file]);
}

/// Kills the server and starts it again; the console is live on a connection that it made anew.
fn lost_and_live(lab: &mut Lab, pty: &Pty, address: &str) {
    lab.server.as_mut().unwrap().kill();
    pty.wait_for("✕ offline");
    lab.start_server(address);
    pty.wait("live again", |screen| screen.contents().contains("live "));
}

/// A console that had come back once heard of no new root any more.
#[test]
fn a_console_that_reconnected_follows_a_rotation_of_the_root() {
    let (mut lab, address) = fleet();
    let _agents = [lab.agent("web1"), lab.agent("web2")];
    log_in(&lab);
    let mut pty = Pty::in_lab(lab.dir.path(), &["-c", "work"], (80, 24));
    pty.wait("live", |screen| screen.contents().contains("live "));
    lost_and_live(&mut lab, &pty, &address);
    for more in [&["--root"][..], &[], &[], &[]] {
        lab::wait("the next phase", lab::PATIENCE, || {
            let rotate = ["-c", "local", "ca", "rotate", "--yes"];
            let out = lab.run([&rotate, more].concat());
            let words = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.success() || words.contains("not followed"), "{words}");
            out.status.success().then_some(())
        });
    }
    lost_and_live(&mut lab, &pty, &address);
    pty.press("q");
    assert_eq!(pty.end().exit_code(), 0);
}

/// A console kept the certificate it began with, and stopped with it although others had renewed it.
#[test]
fn a_console_takes_the_certificate_that_another_command_renewed() {
    let mut lab = Lab::new();
    let file = lab.text("server.toml");
    std::fs::write(&file, "operator_certificate = \"15s\"\n").unwrap();
    lab.server_args = vec!["--file".to_owned(), file];
    lab.start_server("127.0.0.1:0");
    let address = lab.address.clone();
    log_in(&lab);
    let mut pty = Pty::in_lab(lab.dir.path(), &["-c", "work"], (80, 24));
    pty.wait("live", |screen| screen.contents().contains("live "));
    let began = Instant::now();
    lab::wait("the end of the first certificate", lab::PATIENCE, || {
        lab.ok(&["-c", "work", "whoami"]);
        (began.elapsed() > Duration::from_secs(17)).then_some(())
    });
    lost_and_live(&mut lab, &pty, &address);
    pty.press("q");
    assert_eq!(pty.end().exit_code(), 0);
}

/// `forward list` promised the console's forwards and did not know them.
#[test]
fn others_see_the_forwards_of_a_console_follow_them_and_close_them() {
    let (lab, _) = fleet();
    let _web1 = lab.agent("web1");
    let mut pty = console(&lab, (120, 35));
    wait_row(&pty, "web1", ONLINE);
    pty.press("t");
    pty.wait_for("Open tunnel");
    // Node, target, and after the address the port.
    let target = format!("localhost:{}", echo_server());
    for keys in [BACKTAB, "ctrl-u", "web1", "tab", "ctrl-u", &target, "tab", "tab", "ctrl-u", "0"] {
        pty.press(keys);
    }
    pty.press("f2");
    let listed = || lab.json(&["forward", "list", "-o", "json"])["items"].clone();
    let row = lab::wait("the console's forward in the list", lab::PATIENCE, || {
        listed().as_array().unwrap().first().cloned()
    });
    assert_eq!(row["owner"]["type"], "console", "{row}");
    assert_eq!((&row["type"], &row["node"]), (&"fwd".into(), &"web1".into()), "{row}");
    let (id, address) = (row["id"].as_str().unwrap(), row["addr"].as_str().unwrap());

    let attach = ["-o", "jsonl", "forward", "attach", id];
    let attached = lab::Running::start(&mut lab.command(attach), &lab.path("attached.log"));
    lab::wait("the stream", lab::PATIENCE, || attached.output().contains("Stream").then_some(()));
    lab::wait("news of a tunnel", lab::PATIENCE, || {
        echo(&mut TcpStream::connect(address).unwrap()).unwrap();
        attached.output().contains("\"event\":\"open\"").then_some(())
    });

    lab.ok(&["forward", "close", id]);
    assert!(TcpStream::connect(address).is_err(), "closed when the command returns");
    assert_eq!(listed().as_array().unwrap().len(), 0);
    pty.wait_for("was closed by tunnelctl forward close");
    pty.press("q");
    assert_eq!(pty.end().exit_code(), 0);
}
