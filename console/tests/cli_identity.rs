//! Contexts and identities on disk: modes, pins, precedence, unreachable servers.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing unwrap fails the test")]

mod support;

use pki::{Authority, KeyPair, Role, Subject};
use serde_json::Value;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;
use support::Home;

/// An identity file of an authority made for this test, and its pin.
fn identity(home: &Home, name: &str) -> (PathBuf, String) {
    let ca = home.path(&format!("{name}-ca"));
    pki::files::private_dir(&ca).unwrap();
    let now = link::Clock::wall(&link::System).0;
    let authority = Authority::open_or_create(&ca, now).unwrap();
    let key = KeyPair::generate().unwrap();
    let id = wire::OperatorId::from_random(7).to_string();
    let subject = Subject::of(Role::Operator, id);
    let issued =
        authority.issue(&subject, &key.csr().unwrap(), now, Duration::from_secs(3600)).unwrap();
    let path = home.path(&format!("{name}.key"));
    key.save(&path).unwrap();
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str(&pki::pem::encode_certificates(issued.chain.iter().chain([authority.root()])));
    pki::files::write_atomic(&path, text.as_bytes(), 0o600).unwrap();
    let mut pin = "sha256:".to_owned();
    authority.pin().iter().for_each(|byte| write!(pin, "{byte:02x}").unwrap());
    (path, pin)
}

/// An address nobody listens on.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_context_is_added_shown_used_changed_and_deleted() {
    let home = Home::new();
    let (file, pin) = identity(&home, "mira");
    let file = file.to_str().unwrap();
    let added = home.run(&["context", "add", "lab", "--server", "127.0.0.1:1", "--identity", file]);
    assert_eq!(added.code, 0, "{}", added.stderr);
    let again = home.run(&["context", "add", "lab", "--server", "127.0.0.1:1", "--identity", file]);
    assert_eq!(again.code, 11, "{}", again.stderr);

    let stored = home.path("config/tunnelctl/contexts/lab/identity.pem");
    assert_eq!(std::fs::metadata(&stored).unwrap().permissions().mode() & 0o777, 0o600);

    let shown = home.run(&["context", "show", "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["kind"], "Context");
    assert_eq!(shown["ca_pin"], pin.as_str());
    assert_eq!(shown["server"][0], "127.0.0.1:1");
    assert_eq!(shown["current"], true, "the only one is in use");

    assert_eq!(home.run(&["context", "use", "lab"]).code, 0);
    let config = std::fs::read_to_string(home.path("config/tunnelctl/config.toml")).unwrap();
    assert_eq!(config, "context = \"lab\"\n");
    let line = home.run(&["context", "use", "lab", "--shell"]);
    assert_eq!(line.stdout, "export TUNNELCTL_CONTEXT=lab\n");

    assert_eq!(home.run(&["context", "update", "lab", "--protected", "on"]).code, 0);
    assert_eq!(home.run(&["context", "delete", "lab", "--yes"]).code, 2, "protected: one level up");
    assert_eq!(home.run(&["context", "delete", "lab", "--confirm", "lab"]).code, 0);
    assert!(!stored.exists());
}

#[test]
fn a_readable_key_is_refused_with_the_chmod_line() {
    let home = Home::new();
    let (file, _) = identity(&home, "mira");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran =
        home.run(&["--server", "127.0.0.1:1", "--identity", file.to_str().unwrap(), "whoami"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("chmod 600 {}", file.display())), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_no_identity_is_exit_2_and_a_missing_one_3() {
    let home = Home::new();
    let file = home.write("x.pem", "hello\n");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let run =
        |path: &str| home.run(&["--server", "127.0.0.1:1", "--identity", path, "whoami"]).code;
    assert_eq!(run(file.to_str().unwrap()), 2);
    assert_eq!(run(home.path("missing.pem").to_str().unwrap()), 3);
}

#[test]
fn an_unreachable_server_and_a_wrong_pin_are_exit_9() {
    let home = Home::new();
    let (file, pin) = identity(&home, "mira");
    let (_, other) = identity(&home, "other");
    let server = nobody();
    let base = ["--server", &server, "--identity", file.to_str().unwrap(), "--timeout", "5s"];
    let run = |extra: &[&str]| home.run(&[&base, extra].concat());

    let away = run(&["--ca-pin", &pin, "nodes", "list", "-o", "json"]);
    assert_eq!(away.code, 9, "{}", away.stderr);
    let error: Value = serde_json::from_str(&away.stderr).unwrap();
    assert_eq!((&error["code"], &error["retryable"]), (&"server".into(), &true.into()));

    let wrong = run(&["--ca-pin", &other, "nodes", "list", "-o", "json"]);
    assert_eq!(wrong.code, 9, "{}", wrong.stderr);
    let error: Value = serde_json::from_str(&wrong.stderr).unwrap();
    assert_eq!(error["retryable"], false);

    assert_eq!(run(&["forward", "a", "0:80"]).code, 9);
    assert_eq!(run(&["connect", "a:80"]).code, 9);
    assert_eq!(run(&["forward", "a", "0:80", "--exec", "true"]).code, 125);
}

#[test]
fn retries_are_made_and_end() {
    let home = Home::new();
    let (file, _) = identity(&home, "mira");
    let server = nobody();
    let start = std::time::Instant::now();
    let ran = home.run(&[
        "--server",
        &server,
        "--identity",
        file.to_str().unwrap(),
        "--retry",
        "1",
        "whoami",
    ]);
    assert_eq!(ran.code, 9);
    assert!(start.elapsed() >= Duration::from_millis(500), "no pause before the second try");
}

#[test]
fn a_token_is_read_from_a_file_stdin_or_the_environment_only() {
    let home = Home::new();
    assert_eq!(home.run(&["enroll"]).code, 2);
    assert_eq!(home.run(&["enroll", "--token", "tun_x"]).code, 2);
    assert_eq!(home.run(&["enroll", "--token-file", home.path("none").to_str().unwrap()]).code, 3);
    let file = home.write("token", "tun_notatoken\n");
    let ran = home.run(&["enroll", "--token-file", file.to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("not an enrolment token"), "{}", ran.stderr);
    assert_eq!(home.run(&["enroll", "--token-file", "-"]).code, 2, "empty stdin");
    let ran = Home::new().with("TUNNELCTL_TOKEN", "nonsense").run(&["enroll"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

#[test]
fn an_agent_without_an_identity_says_how_to_get_one() {
    let home = Home::new();
    let dir = home.path("node");
    for args in [&["agent", "run"][..], &["agent", "status"]] {
        let ran = home.run(&[args, &["--state-dir", dir.to_str().unwrap()]].concat());
        assert_eq!(ran.code, 4, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("tunnelctl enroll"), "{}", ran.stderr);
    }
}

#[test]
fn an_exported_chain_is_verified_without_a_server() {
    use wire::audit::{Actor, AuditEvent, Digest, Entry, Object};
    let home = Home::new();
    let mut prev = Digest::default();
    let lines: Vec<String> = (1..=5u64)
        .map(|seq| {
            let entry = Entry::new("node.enroll", Actor::default(), Object::default());
            let event = AuditEvent::chain(seq, wire::UnixMs(seq), entry, prev);
            prev = event.hash;
            serde_json::to_string(&event).unwrap()
        })
        .collect();
    let good = home.write("good.jsonl", &lines.join("\n"));
    let bad = home.write("bad.jsonl", &lines.join("\n").replacen("\"seq\":3", "\"seq\":9", 1));
    let verify = |file: &PathBuf| {
        let ran = home.run(&["audit", "verify", "--file", file.to_str().unwrap(), "-o", "json"]);
        (ran.code, serde_json::from_str::<Value>(&ran.stdout).unwrap())
    };
    let (code, report) = verify(&good);
    assert_eq!((code, &report["ok"], &report["checked"]), (0, &true.into(), &5.into()));
    assert_eq!(report["head_hash"], prev.to_string());
    let (code, report) = verify(&bad);
    assert_eq!((code, &report["ok"], &report["first_bad_seq"]), (10, &false.into(), &3.into()));
    assert_eq!(home.run(&["audit", "verify", "--dir", home.path("x").to_str().unwrap()]).code, 3);
}

/// A process that does not outlive its test.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_stopped_servers_chain_is_verified_against_its_stored_end() {
    use store::{Batch, Durability, Tree, Write};
    let home = Home::new();
    let dir = home.path("server");
    assert_eq!(home.run(&["server", "init", "--dir", dir.to_str().unwrap()]).code, 0);
    let verify = |from: &str| {
        let dir = dir.to_str().unwrap();
        let ran = home.run(&["audit", "verify", "--dir", dir, "--from", from, "-o", "json"]);
        (ran.code, serde_json::from_str::<Value>(&ran.stdout).unwrap_or_default())
    };
    // The first start of a server writes the first records; `init` alone has none yet.
    assert_eq!(verify("1").0, 3);
    let ready = home.path("ready");
    let server = home
        .command(&["server", "run", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"])
        .args(["--dir", dir.to_str().unwrap(), "--ready-file", ready.to_str().unwrap()])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    let server = Killed(server.unwrap());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !ready.exists() {
        assert!(std::time::Instant::now() < deadline, "the server does not start");
        std::thread::yield_now();
    }
    assert_eq!(verify("1").0, 11, "a running server has the directory");
    drop(server);
    let (code, report) = verify("1");
    assert_eq!((code, &report["ok"]), (0, &true.into()), "{report}");
    let last = report["last_seq"].as_u64().unwrap();
    assert!(last >= 3, "{report}");
    assert_eq!(verify(&(last + 1).to_string()).0, 3);

    let mut store = store::open(&dir.join("store")).unwrap();
    let cut = Write::Delete(Tree::Audit, last.to_be_bytes().to_vec());
    let batch = Batch { writes: vec![cut], ..Batch::default() };
    store.commit(&[batch], Durability::Durable).unwrap().remove(0).unwrap();
    drop(store);
    let (code, report) = verify("1");
    assert_eq!((code, &report["ok"]), (10, &false.into()), "{report}");
    assert_eq!((&report["first_bad_seq"], &report["checked"]), (&last.into(), &(last - 1).into()));

    let foreign = home.path("letters");
    std::fs::create_dir_all(foreign.join("store")).unwrap();
    std::fs::write(foreign.join("store/db"), "dear").unwrap();
    assert_eq!(home.run(&["audit", "verify", "--dir", foreign.to_str().unwrap()]).code, 3);
    assert_eq!(std::fs::read_dir(foreign.join("store")).unwrap().count(), 1, "left as it was");
    std::fs::write(foreign.join("fleet"), "s_aaaaaaaaaaaa\n").unwrap();
    assert_eq!(home.run(&["audit", "verify", "--dir", foreign.to_str().unwrap()]).code, 1);
}
