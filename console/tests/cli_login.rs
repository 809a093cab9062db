//! Operators come and go with the real binary: a token becomes a context, a logout removes it, and
//! nobody's context is overwritten. A machine waits for an operator's word.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::{Lab, PATIENCE, wait};
use std::process::Stdio;

/// A token for an operator, in a file.
fn operator_token(lab: &Lab, name: &str, more: &[&str]) -> String {
    let args = ["tokens", "create", "--name", name, "--kind", "operator", "--role", "admin", "-q"];
    let token = lab.ok(&[&args[..], more].concat());
    let file = lab.text(&format!("token-{name}"));
    std::fs::write(&file, token).unwrap();
    file
}

#[test]
fn a_token_becomes_a_context_and_a_logout_ends_both() {
    let lab = Lab::with_server();
    let token = operator_token(&lab, "mira", &[]);
    let login = lab.json(&["-c", "work", "login", "--token-file", &token, "-o", "json"]);
    assert_eq!((&login["operator"], &login["context"]), (&"mira".into(), &"work".into()));
    let me = lab.json(&["-c", "work", "whoami", "-o", "json"]);
    assert_eq!((&me["operator"], &me["roles"][0]), (&"mira".into(), &"admin".into()));
    assert!(me["expires_at"].is_string() && me["seen_addresses"].is_array(), "{me}");
    assert_eq!(lab.json(&["-c", "local", "whoami", "-o", "json"])["operator"], "admin");

    let (code, stderr) = lab.fails(&["-c", "other", "login", "--token-file", &token]);
    assert_eq!(code, 5, "a used token: {stderr}");
    // What logging out takes away is the key itself, also from a copy of it.
    let copy = lab.text("copy.pem");
    let kept = lab.path("config").join("tunnelctl/contexts/work/identity.pem");
    std::fs::copy(&kept, &copy).unwrap();
    lab.ok(&["-c", "work", "logout"]);
    assert!(!kept.exists());
    let (code, stderr) = lab.fails(&["--server", &lab.address, "--identity", &copy, "whoami"]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("tunnelctl login"), "{stderr}");
}

#[test]
fn a_context_of_another_server_is_never_overwritten() {
    let lab = Lab::with_server();
    let other = Lab::with_server();
    let token = operator_token(&other, "mira", &[]);
    let (code, stderr) = lab.fails(&["-c", "local", "login", "--token-file", &token]);
    assert_eq!(code, 11, "{stderr}");
    assert_eq!(lab.json(&["-c", "local", "whoami", "-o", "json"])["operator"], "admin");
    let first = lab.json(&["login", "--token-file", &token, "-o", "json"]);
    let own = operator_token(&lab, "jon", &[]);
    let second = lab.json(&["login", "--token-file", &own, "-o", "json"]);
    assert_ne!(first["context"], second["context"]);
    let (code, stderr) =
        lab.fails(&["enroll", "--token-file", &own, "--state-dir", &lab.text("n")]);
    assert!(code == 5 || code == 9, "an operator's token enrols no machine: {code} {stderr}");
}

#[test]
fn a_machine_waits_for_an_operators_word_and_shows_the_same_words() {
    let lab = Lab::with_server();
    let token = lab.ok(&["tokens", "create", "--name", "careful", "--require-approval", "-q"]);
    let file = lab.text("careful");
    std::fs::write(&file, token).unwrap();
    let dir = lab.text("node");
    let enroll = ["enroll", "--token-file", &file, "--state-dir", &dir, "--name", "web1"];
    let (code, stderr) = lab.fails(&[&enroll[..], &["--wait", "1s"]].concat());
    assert_eq!(code, 7, "{stderr}");
    assert!(stderr.contains("tunnelctl pending approve web1"), "{stderr}");
    let pending = lab.json(&["pending", "list", "-o", "json"]);
    let words = pending["items"][0]["words"].as_str().unwrap().to_owned();
    assert!(stderr.contains(&words), "{stderr}");
    lab::shape::Shapes::default().check(&lab, &pending);

    let mut machine = lab
        .command([&enroll[..], &["--wait", "60s", "-o", "json"]].concat())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (code, stderr) =
        lab.fails(&["pending", "approve", "web1", "--fingerprint", "acid-acid-acid-acid"]);
    assert_eq!(code, 11, "{stderr}");
    lab.ok(&["pending", "approve", "web1", "--fingerprint", &words]);
    let ended = wait("the enrolment's end", PATIENCE, || machine.try_wait().unwrap());
    assert!(ended.success());
    assert_eq!(lab.json(&["pending", "list", "-o", "json"])["items"].as_array().unwrap().len(), 0);
}
