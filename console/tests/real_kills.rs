//! Enrolment on a real disk: the process is killed at each change of its state directory once. The
//! same machine gets in again with the same token, as the same and only node.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, have};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

/// What changes a directory or makes a change durable. strace counts each of them on its own.
const CALLS: [&str; 5] = ["mkdir", "write", "fsync", "rename", "unlink"];
const SIGKILL: i32 = 9;
/// Changes there are at least: a pending key, its own key, the root, the identity, the sweep of keys.
const KNOWN: usize = 19;

#[test]
fn enrolment_survives_a_kill_at_every_change_of_its_directory() {
    if !have("strace") {
        return;
    }
    let lab = Lab::with_server();
    let mut kills = 0;
    for call in CALLS {
        for nth in 1.. {
            if !killed(&lab, call, nth) {
                println!("{call}: killed at each of {}", nth - 1);
                break;
            }
            kills += 1;
        }
    }
    assert!(kills >= KNOWN, "{kills} changes were hit, {KNOWN} are known");
    let nodes = lab.json(&["nodes", "list", "-o", "json"]);
    let names = nodes["items"].as_array().unwrap();
    // One more per call: the run that got through.
    assert_eq!(names.len(), kills + CALLS.len(), "each machine is one node");
    let tokens = lab.json(&["tokens", "list", "-o", "json"]);
    let used_up = |token: &&serde_json::Value| token["state"] == "used-up";
    assert_eq!(tokens["items"].as_array().unwrap().iter().filter(used_up).count(), names.len());
    lab.ok(&["audit", "verify"]);
}

/// Enrols a machine that is killed at the `nth` call of its kind, and again if it was.
fn killed(lab: &Lab, call: &str, nth: usize) -> bool {
    let name = format!("{call}-{nth}");
    let token = lab.path(&format!("token-{name}"));
    std::fs::write(&token, lab.token(&name)).unwrap();
    let (token, state) = (token.to_str().unwrap().to_owned(), lab.text(&format!("node-{name}")));
    let args = ["enroll", "--token-file", &token, "--name", &name, "--state-dir", &state];
    let log = lab.text("strace.log");
    // The old and the *at form of a call; which of them there is depends on the machine.
    let inject = format!("inject=?{call},?{call}at,?{call}at2:signal=KILL:when={nth}");
    let prefix = ["strace", "-f", "-qq", "-o", &log, "-e", &inject];
    let first = lab.command_in(&prefix, args).stdin(Stdio::null()).output().unwrap();
    let was_killed = first.status.signal() == Some(SIGKILL);
    if was_killed {
        let again = lab.run(args);
        let words = String::from_utf8_lossy(&again.stderr);
        // Killed behind its last change it is enrolled already.
        assert!(matches!(again.status.code(), Some(0 | 11)), "{name}: {words}");
    } else {
        let words = String::from_utf8_lossy(&first.stderr);
        assert!(first.status.success(), "{name}: {words}");
    }
    let status = lab.json(&["agent", "status", "--state-dir", &state, "-o", "json"]);
    let node = lab.json(&["nodes", "get", &name, "-o", "json"]);
    assert_eq!(status["node"]["id"].as_str().or(status["node"].as_str()), node["id"].as_str());
    was_killed
}
