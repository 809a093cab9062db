//! Forwards that are kept up from a file, that go on in the background, and that others of the same user
//! list, follow and close.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::site::{echo, echo_server};
use lab::{Lab, PATIENCE, Running, wait};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

fn lab_with_web1() -> (Lab, Running) {
    let lab = Lab::with_server();
    lab.enroll("web1", &["--label", "site=ber"]);
    let agent = lab.agent("web1");
    (lab, agent)
}

/// Ends what goes on in the background, also when the test fails.
struct Closing<'a>(&'a Lab);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let _ = self.0.run(["forward", "close", "--all"]);
    }
}

fn echoes(address: &str) -> bool {
    TcpStream::connect(address).and_then(|mut tcp| echo(&mut tcp)).is_ok()
}

/// The events of a `-o jsonl` run so far.
fn events(running: &Running) -> Vec<Value> {
    running.output().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Waits for an event of this kind of the forward with this name.
fn event(running: &Running, kind: &str, name: Option<&str>) -> Value {
    wait(&format!("{kind} of {name:?}"), PATIENCE, || {
        events(running)
            .into_iter()
            .rev()
            .find(|e| e["event"] == kind && name.is_none_or(|name| e["name"] == name))
    })
}

fn entry(name: &str, listen: &str, more: &str) -> String {
    format!("[[forward]]\nname = \"{name}\"\nlisten = \"{listen}\"\n{more}\n\n")
}

fn local(name: &str, listen: &str, target: u16) -> String {
    entry(name, listen, &format!("node = \"web1\"\ntarget = \"localhost:{target}\""))
}

fn follow(lab: &Lab, file: &Path) -> Running {
    let args = ["-o", "jsonl", "forward", "-f", file.to_str().unwrap()];
    let ready = lab.text("kept.ready");
    let all = args.into_iter().chain(["--ready-file", &ready]);
    let running = Running::start(&mut lab.command(all), &lab.path("kept.log"));
    wait("the ready file", PATIENCE, || std::fs::read_to_string(&ready).ok());
    running
}

/// Every forward of this lab's user, by name.
fn listed(lab: &Lab) -> Vec<Value> {
    lab.json(&["forward", "list", "-o", "json"])["items"].as_array().unwrap().clone()
}

fn state(lab: &Lab, name: &str) -> Option<String> {
    let all = listed(lab);
    let row = all.iter().find(|row| row["name"] == name)?;
    Some(row["state"].as_str().unwrap().to_owned())
}

#[test]
fn one_failing_entry_of_a_file_never_disturbs_another() {
    let (lab, _agent) = lab_with_web1();
    let (file, target) = (lab.path("forwards.toml"), echo_server());
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let busy = taken.local_addr().unwrap().to_string();
    let text = local("db", "127.0.0.1:0", target)
        + &local("busy", &busy, target)
        + &entry("gone", "127.0.0.1:0", "node = \"nope\"\ntarget = \"localhost:1\"")
        + &entry(
            "ber",
            "127.0.0.1:0",
            &format!("label = \"site=ber\"\ntarget = \"localhost:{target}\""),
        );
    std::fs::write(&file, &text).unwrap();
    let kept = follow(&lab, &file);
    let ready = std::fs::read_to_string(lab.path("kept.ready")).unwrap();
    assert_eq!(ready.lines().count(), 2, "two of four listen: {ready}");
    let address = |name| event(&kept, "listening", Some(name))["addr"].as_str().unwrap().to_owned();
    let (db, ber) = (address("db"), address("ber"));
    assert!(ready.contains(&db) && ready.contains(&ber), "{ready}");
    let mut open = TcpStream::connect(&db).unwrap();
    echo(&mut open).unwrap();
    assert!(echoes(&ber), "by its label");
    let failed = event(&kept, "failed", Some("busy"));
    assert!(failed["reason"].as_str().unwrap().contains(&busy), "{failed}");
    event(&kept, "failed", Some("gone"));
    assert_eq!(state(&lab, "gone").as_deref(), Some("failed"));
    assert_eq!(state(&lab, "db").as_deref(), Some("ready"));

    // What was in its way is gone: it comes by itself.
    drop(taken);
    event(&kept, "listening", Some("busy"));
    assert!(echoes(&busy));
    echo(&mut open).unwrap();
}

/// A listener at the node, from the file: it waits for the node's owner, and comes by itself.
#[test]
fn a_listener_at_a_node_is_kept_up_too() {
    let (lab, _agent) = lab_with_web1();
    let (file, target) = (lab.path("forwards.toml"), echo_server());
    let free = lab::free_port();
    let more = format!("node = \"web1\"\nkind = \"reverse\"\ntarget = \"localhost:{target}\"");
    std::fs::write(&file, entry("back", &format!("127.0.0.1:{free}"), &more)).unwrap();
    let kept = follow(&lab, &file);
    event(&kept, "failed", Some("back"));
    let grant = format!("127.0.0.1:{free}");
    let state = lab.text("node-web1");
    lab.ok(&["agent", "config", "set", "reverse", &grant, "--state-dir", &state]);
    event(&kept, "listening", Some("back"));
    assert!(echoes(&grant));
    assert_eq!(listed(&lab)[0]["type"], "rev");
}

#[test]
fn a_file_is_followed_and_a_wrong_one_changes_nothing() {
    let (lab, _agent) = lab_with_web1();
    let (file, target) = (lab.path("forwards.toml"), echo_server());
    let db = local("db", "127.0.0.1:0", target);
    std::fs::write(&file, db.clone() + &local("old", "127.0.0.1:0", target)).unwrap();
    let kept = follow(&lab, &file);
    let address = |name| event(&kept, "listening", Some(name))["addr"].as_str().unwrap().to_owned();
    let (db_address, old) = (address("db"), address("old"));
    let mut open = TcpStream::connect(&db_address).unwrap();
    echo(&mut open).unwrap();

    std::fs::write(&file, db.clone() + &local("new", "127.0.0.1:x", target)).unwrap();
    let wrong = event(&kept, "reload_failed", None);
    let message = wrong["message"].as_str().unwrap();
    assert!(message.contains("forwards.toml:9: forward \"new\": listen"), "{message}");
    echo(&mut open).unwrap();
    assert!(echoes(&old), "what ran goes on");

    std::fs::write(&file, db + &local("new", "127.0.0.1:0", target)).unwrap();
    assert!(echoes(&address("new")));
    wait("the end of the old one", PATIENCE, || (!echoes(&old)).then_some(()));
    event(&kept, "closed", Some("old"));
    echo(&mut open).unwrap();
    assert_eq!(address("db"), db_address, "it was left alone");
    let names: Vec<Value> = listed(&lab).iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_wrong_file_is_named_with_line_and_entry_before_anything_listens() {
    let (lab, _agent) = lab_with_web1();
    let file = lab.text("forwards.toml");
    std::fs::write(&file, local("db", "127.0.0.1:0", 1) + "[[forward]]\nname = \"x\"\n").unwrap();
    for args in [&["forward", "-f", &file][..], &["forward", "-f", &file, "--check"]] {
        let (code, stderr) = lab.fails(args);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("forwards.toml:7: forward \"x\": listen"), "{stderr}");
    }
    let (code, _) = lab.fails(&["forward", "-f", "/nowhere/forwards.toml"]);
    assert_eq!(code, 3);
    std::fs::write(&file, local("db", "127.0.0.1:0", 1)).unwrap();
    assert!(lab.ok(&["forward", "-f", &file, "--check"]).contains("1 forwards"));
    assert_eq!(listed(&lab), Vec::<Value>::new());
}

#[test]
fn a_check_that_fails_is_shown() {
    let (lab, _agent) = lab_with_web1();
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let web = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = web.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut tcp in web.incoming().flatten() {
            let mut head = [0; 512];
            let read = tcp.read(&mut head).unwrap_or(0);
            let good = head[..read].starts_with(b"GET /good ");
            let status = if good { "204 Fine" } else { "503 Broken" };
            let _ = write!(tcp, "HTTP/1.1 {status}\r\nConnection: close\r\n\r\n");
        }
    });
    let file = lab.path("forwards.toml");
    let checked = |name: &str, port: u16, check: &str| {
        let more = format!("node = \"web1\"\ntarget = \"localhost:{port}\"\ncheck = \"{check}\"");
        entry(name, "127.0.0.1:0", &more)
    };
    let text = checked("dead", closed, "tcp")
        + &checked("sick", port, "http:/health")
        + &checked("well", port, "http:/good");
    std::fs::write(&file, text).unwrap();
    let kept = follow(&lab, &file);
    let dead = event(&kept, "check_failed", Some("dead"));
    assert!(dead["reason"].as_str().unwrap().contains("refused"), "{dead}");
    let sick = event(&kept, "check_failed", Some("sick"));
    assert!(sick["reason"].as_str().unwrap().contains("503"), "{sick}");
    assert_eq!(state(&lab, "dead").as_deref(), Some("check_failed"));
    assert_eq!(state(&lab, "well").as_deref(), Some("ready"));
}

#[test]
fn a_detached_forward_outlives_its_terminal_and_a_close_waits_until_it_is_gone() {
    let (lab, _agent) = lab_with_web1();
    let _closing = Closing(&lab);
    let spec = format!("0:localhost:{}", echo_server());
    let out = lab.ok(&["-q", "forward", "web1", &spec, "--detach", "--name", "db"]);
    let address = out.trim();
    assert!(echoes(address), "{out}");
    let rows = listed(&lab);
    assert_eq!((rows.len(), &rows[0]["name"]), (1, &Value::from("db")));
    assert_eq!(rows[0]["owner"]["type"], "detached");
    let pid = rows[0]["owner"]["pid"].to_string();

    // A session of its own, so that no terminal takes it along; a hang-up means nothing to it.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let session = stat.rsplit_once(") ").unwrap().1.split(' ').nth(3).unwrap().to_owned();
    assert_eq!(session, pid);
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    assert!(echoes(address));
    for (dir, mode) in [("run/tunnelctl/forwards", 0o700), ("state/tunnelctl/forwards/log", 0o700)]
    {
        let dir = lab.path(dir);
        assert_eq!(dir.metadata().unwrap().permissions().mode() & 0o777, mode, "{dir:?}");
        for entry in std::fs::read_dir(&dir).unwrap() {
            let mode = entry.as_ref().unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{entry:?}");
        }
    }

    // Its name is taken, and so is its address.
    let (code, stderr) = lab.fails(&["forward", "web1", &spec, "--name", "db"]);
    assert_eq!(code, 11, "{stderr}");
    let again = format!("{}:localhost:1", address.rsplit_once(':').unwrap().1);
    let (code, stderr) = lab.fails(&["forward", "web1", &again, "--detach"]);
    assert_eq!(code, 11, "{stderr}");
    assert!(stderr.contains("cannot listen on"), "{stderr}");

    lab.ok(&["forward", "close", "db"]);
    assert!(TcpStream::connect(address).is_err(), "it was there after the close");
    assert_eq!(listed(&lab), Vec::<Value>::new());
    let (code, stderr) = lab.fails(&["forward", "close", "db"]);
    assert_eq!(code, 3, "{stderr}");
    // Gone, or waiting for whoever adopted it to look.
    wait("the end of its process", PATIENCE, || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        (stat.is_empty() || stat.contains(") Z ")).then_some(())
    });
}

#[test]
fn what_a_killed_process_left_behind_is_noticed() {
    let (lab, _agent) = lab_with_web1();
    let _closing = Closing(&lab);
    let spec = format!("0:localhost:{}", echo_server());
    lab.ok(&["forward", "web1", &spec, "--detach", "--name", "db"]);
    let pid = listed(&lab)[0]["owner"]["pid"].to_string();
    assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    wait("its end in the list", PATIENCE, || listed(&lab).is_empty().then_some(()));
    let left = std::fs::read_dir(lab.path("run/tunnelctl/forwards")).unwrap().count();
    assert_eq!(left, 0, "its socket is gone");
    let out = lab.ok(&["-q", "forward", "web1", &spec, "--detach", "--name", "db"]);
    assert!(echoes(out.trim()), "the name is free again");
    lab.ok(&["forward", "close", "--all"]);
}

#[test]
fn a_process_that_is_stopped_is_named_and_keeps_nobody_waiting() {
    let (lab, _agent) = lab_with_web1();
    let _closing = Closing(&lab);
    let spec = format!("0:localhost:{}", echo_server());
    for name in ["stuck", "well"] {
        lab.ok(&["forward", "web1", &spec, "--detach", "--name", name]);
    }
    let pid = lab.json(&["forward", "get", "stuck", "-o", "json"])["owner"]["pid"].to_string();
    let signal = |name: &str| Command::new("kill").args([name, &pid]).status().unwrap().success();
    assert!(signal("-STOP"));
    let said = format!("process {pid} does not answer");
    let out = lab.run(["forward", "list", "-q"]);
    assert!(out.status.success());
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert!(stderr.contains(&said), "{stderr}");
    let (code, stderr) = lab.fails(&["forward", "close", "stuck"]);
    assert!(code == 3 && stderr.contains(&said), "{code}: {stderr}");
    lab.ok(&["forward", "close", "well"]);
    assert!(signal("-CONT"));
    lab.ok(&["forward", "close", "stuck"]);
}

#[test]
fn a_forward_is_followed_and_left_by_whoever_attaches() {
    let (lab, _agent) = lab_with_web1();
    let _closing = Closing(&lab);
    let target = echo_server();
    let spec = format!("0:localhost:{target}");
    let (_foreground, foreground) = lab.listener(&["forward", "web1", &spec]);
    let out = lab.ok(&["-q", "forward", "web1", &spec, "--detach", "--name", "db"]);
    wait("both in the list", PATIENCE, || (listed(&lab).len() == 2).then_some(()));
    let mut attached = Running::start(
        lab.command(["-o", "jsonl", "forward", "attach", "db"]).stderr(Stdio::piped()),
        &lab.path("attached.log"),
    );
    wait("the stream's first line", PATIENCE, || {
        attached.output().contains("Stream").then_some(())
    });
    assert!(echoes(&foreground), "another's news are not its");
    let opened = wait("the news of a tunnel", PATIENCE, || {
        assert!(echoes(out.trim()));
        events(&attached).into_iter().find(|e| e["event"] == "open")
    });
    assert_eq!((&opened["name"], &opened["node"]), (&Value::from("db"), &Value::from("web1")));
    attached.signal("-INT");
    assert_eq!(attached.code(), Some(130));
    assert!(echoes(out.trim()), "it goes on");
    let row = lab.json(&["forward", "get", "db", "-o", "json"]);
    assert_eq!((&row["kind"], &row["state"]), (&Value::from("Forward"), &Value::from("ready")));
    assert!(
        row["total"].as_u64().unwrap() >= 2 && row["up_bytes"].as_u64().unwrap() >= 10,
        "{row}"
    );
    let plan = lab.ok(&["forward", "close", "--all", "--dry-run"]);
    assert!(plan.contains("nothing changed"), "{plan}");
    lab.ok(&["forward", "close", "--all"]);
    assert!(!echoes(&foreground) && !echoes(out.trim()));
}
