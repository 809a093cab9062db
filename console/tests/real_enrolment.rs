//! Enrolment with real processes: machines that race for one token, certificates that are issued and
//! not collected, and a server that is killed at each step between the token's use and its reply.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, Running, have, wait};
use serde_json::Value;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Machines of one round. What one address may get wrong at once bounds the rounds with them.
const RACERS: usize = 6;
const ROUNDS: usize = 3;

/// A token in a file.
fn token(lab: &Lab, name: &str, more: &[&str]) -> String {
    let text = lab.ok(&[&["tokens", "create", "--name", name, "-q"], more].concat());
    let file = lab.text(&format!("token-{name}"));
    std::fs::write(&file, text).unwrap();
    file
}

fn enroll<'a>(token: &'a str, name: &'a str, dir: &'a str) -> [&'a str; 7] {
    ["enroll", "--token-file", token, "--name", name, "--state-dir", dir]
}

fn shown(lab: &Lab, token: &str) -> Value {
    lab.json(&["tokens", "get", token, "-o", "json"])
}

fn node_names(lab: &Lab) -> Vec<String> {
    lab.ok(&["nodes", "list", "-o", "csv", "--columns", "name", "--no-header"])
        .lines()
        .map(str::to_owned)
        .collect()
}

/// T-03 by processes: whoever loses gets one line and exit 5, and has nothing.
#[test]
fn one_token_makes_one_node_of_many_processes_that_race() {
    let lab = Lab::with_server();
    for round in 0..ROUNDS {
        let name = format!("race{round}");
        let file = token(&lab, &name, &[]);
        let start = |racer: usize| -> Child {
            let (node, dir) = (format!("r{round}-{racer}"), lab.text(&format!("n{round}-{racer}")));
            let mut command = lab.command(enroll(&file, &node, &dir));
            command.arg("-q").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let racers: Vec<Child> = (0..RACERS).map(start).collect();
        let mut winners = Vec::new();
        for (racer, child) in racers.into_iter().enumerate() {
            let out = child.wait_with_output().unwrap();
            let words = String::from_utf8_lossy(&out.stderr).into_owned();
            if out.status.success() {
                winners.push(racer);
                continue;
            }
            assert_eq!(out.status.code(), Some(5), "{words}");
            let errors: Vec<&str> = words.lines().filter(|l| l.starts_with("error:")).collect();
            assert_eq!(errors, ["error: token not accepted"], "{words}");
            let state = lab.path(&format!("n{round}-{racer}")).join("identity.json");
            assert!(!state.exists(), "racer {racer} lost and has an identity");
        }
        assert_eq!(winners.len(), 1, "round {round}");
        let seen = shown(&lab, &name);
        assert_eq!((&seen["uses"]["left"], &seen["state"]), (&0.into(), &"used-up".into()));
        assert_eq!(node_names(&lab).len(), round + 1);
    }
    let records = |result: &str| {
        let filter = format!("action:token.use result:{result}");
        let found = lab.json(&["audit", "list", &filter, "-o", "json", "--limit", "100"]);
        found["items"].as_array().unwrap().len()
    };
    assert_eq!((records("ok"), records("denied")), (ROUNDS, ROUNDS * (RACERS - 1)));
    println!("{ROUNDS} rounds of {RACERS} processes: one success each");
}

/// The reply is lost by a kill: the token is spent, the operator sees for whom, and the same machine
/// gets in with the same token.
#[test]
fn a_certificate_that_nobody_collected_is_shown_until_its_holder_shows_it() {
    let lab = Lab::with_server();
    let file = token(&lab, "once", &[]);
    assert!(shown(&lab, "once")["not_collected"].is_null());
    let dir = lab.text("node-web1");
    let args = enroll(&file, "web1", &dir);
    if have("strace") {
        // Its key and the way it came by get their names before the token is shown, its identity after the
        // reply: the second name of a run, or of the next one.
        let (log, inject) = (lab.text("strace.log"), "inject=?rename,?renameat,?renameat2");
        let inject = format!("{inject}:signal=KILL:when=2+");
        let prefix = ["strace", "-f", "-qq", "-o", &log, "-e", &inject];
        wait("the token to be used", PATIENCE, || {
            let out = lab.command_in(&prefix, args).stdin(Stdio::null()).output().unwrap();
            assert!(!out.status.success(), "it got through");
            (shown(&lab, "once")["state"] == "used-up").then_some(())
        });
        assert!(!lab.path("node-web1").join("identity.json").exists(), "killed too late");
    } else {
        lab.ok(&args);
    }
    let seen = shown(&lab, "once");
    let open = &seen["not_collected"];
    assert_eq!((&seen["state"], &open["total"]), (&"used-up".into(), &1.into()), "{seen}");
    assert_eq!(open["items"][0]["name"], "web1");
    let listed = lab.ok(&["tokens", "list", "--filter", "uncollected>0", "-o", "table"]);
    assert!(listed.contains("issued, not collected"), "{listed}");

    let (code, stderr) = lab.fails(&enroll(&file, "web1", &lab.text("thief")));
    assert_eq!(code, 5, "another key: {stderr}");
    if have("strace") {
        lab.ok(&args);
    }
    assert_eq!(shown(&lab, "once")["not_collected"]["total"], 1, "enrolled is not yet seen");
    let _agent = lab.agent("web1");
    lab.wait_state("web1", PATIENCE, &["online", "degraded"]);
    assert!(shown(&lab, "once")["not_collected"].is_null());
    assert_eq!(node_names(&lab), ["web1"]);
    let again = lab.ok(&["audit", "list", "action:node.enroll", "-o", "csv"]);
    assert_eq!(again.contains("again"), have("strace"), "{again}");
}

/// The same for people: a login is collected with the first command.
#[test]
fn a_login_that_nobody_used_is_shown_until_its_first_command() {
    let lab = Lab::with_server();
    let file = token(&lab, "mira", &["--kind", "operator", "--role", "admin"]);
    lab.ok(&["-c", "work", "login", "--token-file", &file]);
    let local = |args: &[&str]| lab.json(&[&["-c", "local"], args].concat());
    let seen = local(&["tokens", "get", "mira", "-o", "json"]);
    assert_eq!(seen["not_collected"]["items"][0]["name"], "mira", "{seen}");
    lab.ok(&["-c", "work", "whoami"]);
    wait("the login to be collected", PATIENCE, || {
        let seen = local(&["tokens", "get", "mira", "-o", "json"]);
        seen["not_collected"].is_null().then_some(())
    });
}

/// How long strace may take to let go of a process, and a killed process to end.
const LETS_GO: Duration = Duration::from_secs(3);
/// What makes a change durable or sends a byte; strace counts each of them on its own.
const CALLS: [&str; 4] = ["pwrite64", "fdatasync", "write,writev", "sendto,sendmsg"];

/// T-03: the server is killed at each of its calls from the token's use to the reply. The token is
/// spent at most once, the same machine gets in, another does not.
#[test]
fn a_server_killed_at_any_call_of_an_enrolment_issues_one_certificate_at_most() {
    if !have("strace") {
        return;
    }
    let mut lab = Lab::with_server();
    let listen = lab.address.clone();
    // All of them with TUNNELCTL_FULL, else the first of each sort.
    let most = if std::env::var_os("TUNNELCTL_FULL").is_some() { 60 } else { 12 };
    let (mut kills, mut machines) = (0, 0);
    for call in CALLS {
        for nth in 1..=most {
            machines += 1;
            let name = format!("m{machines}");
            let (file, dir) = (token(&lab, &name, &[]), lab.text(&format!("node-{name}")));
            let inject = format!("inject=?{}:signal=KILL:when={nth}", call.replace(',', ",?"));
            let Some(mut tracer) = attach(&lab, &inject) else { return };
            let first = lab.run(enroll(&file, &name, &dir));
            let killed = was_killed(&mut lab, &mut tracer);
            if killed {
                kills += 1;
                lab.start_server(&listen);
            } else {
                assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
            }
            let again = lab.run(enroll(&file, &name, &dir));
            let words = String::from_utf8_lossy(&again.stderr).into_owned();
            assert!(matches!(again.status.code(), Some(0 | 11)), "{call} {nth}: {words}");
            let (code, words) =
                lab.fails(&enroll(&file, &format!("{name}-b"), &lab.text(&format!("b-{name}"))));
            assert_eq!(code, 5, "{call} {nth}, another machine: {words}");
            assert_eq!(node_names(&lab).len(), machines, "{call} {nth}");
            if !killed {
                break;
            }
        }
    }
    assert!(kills > CALLS.len(), "{kills} kills");
    lab.ok(&["audit", "verify"]);
    println!("{kills} kills, {machines} tokens, {machines} nodes");
}

/// Only when strace has let go it is seen whether the server still lives. Now and then strace waits for
/// ever for the threads of a process that is killed under it; then its own end lets them go.
fn was_killed(lab: &mut Lab, tracer: &mut Running) -> bool {
    tracer.signal("-INT");
    let begun = Instant::now();
    wait("strace to let go", PATIENCE, || {
        if begun.elapsed() > LETS_GO {
            tracer.kill();
        }
        tracer.child.try_wait().unwrap()
    });
    let (hung, begun) = (begun.elapsed() > LETS_GO, Instant::now());
    let server = &mut lab.server.as_mut().unwrap().child;
    wait("the server's end or its life", PATIENCE, || {
        let ended = server.try_wait().unwrap().is_some();
        (ended || !hung || begun.elapsed() > LETS_GO).then_some(ended)
    })
}

/// strace on the running server; `None` where a process may not be looked at.
fn attach(lab: &Lab, inject: &str) -> Option<Running> {
    let pid = lab.server.as_ref().unwrap().child.id().to_string();
    let log = lab.path("strace.log");
    let _ = std::fs::remove_file(&log);
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-o", &lab.text("strace.calls"), "-p", &pid, "-e", inject]);
    let mut tracer = Running::start(&mut command, &log);
    let attached = wait("strace to attach", PATIENCE, || {
        let said = tracer.output();
        if tracer.child.try_wait().unwrap().is_some() {
            return Some(false);
        }
        said.contains("attached").then_some(true)
    });
    if !attached {
        println!("skipped: strace may not attach: {}", tracer.output());
    }
    attached.then_some(tracer)
}
