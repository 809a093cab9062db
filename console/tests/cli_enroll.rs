//! Enrolling from the command line: wrong pin, wrong token, wrong directory. Each is one exit code
//! and one clear line, and leaves server, token and directory as they were.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::Lab;
use std::process::Output;

/// `enroll` with a token, into a directory of the lab.
fn enroll(lab: &Lab, token: &str, dir: &str, more: &[&str]) -> (i32, String) {
    let file = lab.path("a-token");
    std::fs::write(&file, token).unwrap();
    let (file, dir) = (file.to_str().unwrap().to_owned(), lab.text(dir));
    ended(&lab.run([&["enroll", "--token-file", &file, "--state-dir", &dir], more].concat()))
}

fn ended(out: &Output) -> (i32, String) {
    (out.status.code().unwrap(), String::from_utf8_lossy(&out.stderr).into_owned())
}

fn nodes(lab: &Lab) -> Vec<String> {
    lab.ok(&["nodes", "list", "-q"]).lines().map(str::to_owned).collect()
}

fn uses_left(lab: &Lab, token: &str) -> u64 {
    lab.json(&["tokens", "get", token, "-o", "json"])["uses"]["left"].as_u64().unwrap()
}

#[test]
fn a_ca_pin_that_is_not_the_tokens_is_exit_9_and_nothing_is_sent() {
    let lab = Lab::with_server();
    let other = Lab::with_server();
    let token = lab.token("t");
    let pin = other.json(&["context", "show", "-o", "json"])["ca_pin"].as_str().unwrap().to_owned();
    let (code, stderr) = enroll(&lab, &token, "node", &["--ca-pin", &pin]);
    assert_eq!(code, 9, "{stderr}");
    assert!(stderr.contains("another CA"), "{stderr}");
    assert!(!lab.path("node").exists());
    assert_eq!((nodes(&lab).len(), uses_left(&lab, "t")), (0, 1));

    let own = lab.json(&["context", "show", "-o", "json"])["ca_pin"].as_str().unwrap().to_owned();
    let (code, stderr) = enroll(&lab, &token, "node", &["--ca-pin", &own, "--name", "web1"]);
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn a_token_of_another_server_is_exit_9_because_its_pin_does_not_match() {
    let lab = Lab::with_server();
    let other = Lab::with_server();
    let token = other.token("foreign");
    let (code, stderr) = enroll(&lab, &token, "node", &["--server", &lab.address]);
    assert_eq!(code, 9, "{stderr}");
    assert!(stderr.contains(&lab.address), "{stderr}");
    assert_eq!((nodes(&lab).len(), uses_left(&other, "foreign")), (0, 1));
}

#[test]
fn enrolling_where_an_agent_runs_or_has_enrolled_is_exit_11() {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let token = lab.token("second");
    let (code, stderr) = enroll(&lab, &token, "node-web1", &[]);
    assert_eq!(code, 11, "{stderr}");
    assert!(stderr.contains("web1") && stderr.contains("--force"), "{stderr}");

    let mut agent = lab.agent("web1");
    for more in [&[][..], &["--force"]] {
        let (code, stderr) = enroll(&lab, &token, "node-web1", more);
        assert_eq!(code, 11, "{more:?}: {stderr}");
        assert!(stderr.contains("node-web1 is in use by an agent"), "{stderr}");
        assert!(stderr.contains(&agent.child.id().to_string()), "{stderr}");
    }
    assert_eq!((nodes(&lab).len(), uses_left(&lab, "second")), (1, 1));
    assert!(["online", "degraded"].contains(&lab.state("web1").unwrap().as_str()));

    agent.kill();
    let (code, stderr) = enroll(&lab, &token, "node-web1", &["--force", "--name", "web1-again"]);
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn unknown_used_expired_and_revoked_tokens_are_exit_5_with_one_text() {
    let lab = Lab::with_server();
    let used = lab.token("used");
    assert_eq!(enroll(&lab, &used, "first", &["--name", "web1"]).0, 0);
    let expired =
        lab.ok(&["tokens", "create", "--name", "expired", "--ttl", "1ms", "-q"]).trim().to_owned();
    let revoked = lab.token("revoked");
    lab.ok(&["tokens", "revoke", "revoked", "--yes"]);
    // The same server and pin, and a secret it never gave.
    let mut unknown = pki::Token::parse(&used).unwrap();
    unknown.secret[0] ^= 1;
    let unknown = unknown.reveal().to_string();
    let texts: Vec<String> = [used, expired, revoked, unknown]
        .iter()
        .map(|token| {
            let (code, stderr) = enroll(&lab, token, "node", &["-q"]);
            assert_eq!(code, 5, "{stderr}");
            stderr.lines().filter(|line| !line.contains("  id ")).collect()
        })
        .collect();
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert!(texts[0].contains("tunnelctl tokens create"), "{}", texts[0]);
    assert_eq!(nodes(&lab).len(), 1);
    // Only the audit says which it was.
    let why = lab.ok(&["audit", "list", "action:token.use result:denied", "-o", "csv"]);
    for word in ["used up", "expired", "revoked", "unknown"] {
        assert!(why.contains(word), "{word}: {why}");
    }
}

#[test]
fn a_dry_run_checks_and_makes_nothing() {
    let lab = Lab::with_server();
    let token = lab.token("t");
    let (code, stderr) = enroll(&lab, &token, "node", &["--dry-run"]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(enroll(&lab, &token, "node", &["--dry-run", "--exit-code"]).0, 10);
    assert_eq!(enroll(&lab, &token, "node", &["--read-only"]).0, 5);
    assert!(!lab.path("node").exists());
    assert_eq!(uses_left(&lab, "t"), 1);
    lab.enroll("web1", &[]);
    assert_eq!(enroll(&lab, &token, "node-web1", &["--dry-run"]).0, 11);
}

/// Of all these tests: nobody goes past the relay unless the lab says so.
#[test]
fn programs_of_a_lab_reach_their_server_through_its_relay() {
    let lab = Lab::with_server();
    let token = lab.token("web1");
    let operator = lab.way.connections();
    assert!(operator > 0, "the operator went past it");
    assert_eq!(enroll(&lab, &token, "node-web1", &[]).0, 0);
    let enrolled = lab.way.connections();
    assert!(enrolled > operator, "the enrolment went past it");
    let _agent = lab.agent("web1");
    assert!(lab.way.connections() > enrolled, "the agent went past it");
    let straight = Lab::straight("to compare").served();
    straight.token("web1");
    assert_eq!((straight.way.connections(), straight.reached()), (0, straight.address.clone()));
}
