//! Keys that change and keys that go, with the real binary: `agent rotate`, `agent unenroll`, the root's
//! key away from the server, and who follows a rotation while it is under way.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::site::echo_server;
use lab::{Lab, PATIENCE, Running, wait};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

/// Whether a byte comes back through `address`.
fn works(address: &str) -> bool {
    let Ok(mut tcp) = TcpStream::connect(address) else { return false };
    let mut back = [0];
    tcp.set_read_timeout(Some(PATIENCE)).is_ok()
        && tcp.write_all(&[7]).is_ok()
        && tcp.read_exact(&mut back).is_ok()
        && back == [7]
}

fn stop(running: &mut Running) {
    running.signal("-TERM");
    running.code();
}

fn records(lab: &Lab, action: &str) -> Vec<Value> {
    let filter = format!("action:{action}");
    lab.json(&["audit", "list", &filter, "-o", "json"])["items"].as_array().unwrap().clone()
}

fn copied(from: &Path, to: &Path) {
    pki::files::private_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        match std::fs::copy(entry.path(), to.join(entry.file_name())) {
            // The agent goes on writing: a file on its way to its name has another one by now.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            copied => drop(copied.unwrap()),
        }
    }
}

/// Leads a rotation on; whoever is connected follows within a moment.
fn rotate(lab: &Lab, more: &[&str]) {
    wait("the next phase", PATIENCE, || {
        let out = lab.run([&["-c", "local", "ca", "rotate", "--yes"], more].concat());
        let words = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success() || words.contains("not followed"), "{words}");
        out.status.success().then_some(())
    });
}

fn ca(lab: &Lab) -> Value {
    lab.json(&["-c", "local", "ca", "show", "-o", "json"])
}

#[test]
fn agent_rotate_gives_the_running_agent_another_key_and_cuts_nothing() {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let dir = lab.text("node-web1");
    let rotate = ["agent", "rotate", "--state-dir", &dir];
    let mut agent = lab.agent("web1");
    let target = format!("0:localhost:{}", echo_server());
    let (_forward, address) = lab.listener(&["forward", "web1", &target]);
    let mut open = TcpStream::connect(&address).unwrap();
    open.write_all(&[1]).unwrap();
    open.read_exact(&mut [0]).unwrap();
    copied(&lab.path("node-web1"), &lab.path("node-copy"));

    let done = lab.json(&[&rotate[..], &["-o", "json"]].concat());
    assert_eq!(
        (&done["items"][0]["object"], &done["items"][0]["ok"]),
        (&"node/web1".into(), &true.into())
    );
    open.write_all(&[2]).unwrap();
    let mut back = [0];
    open.read_exact(&mut back).unwrap();
    assert_eq!(back, [2], "nothing was cut");
    wait("the record", PATIENCE, || (records(&lab, "node.rotate").len() == 1).then_some(()));

    // What was copied before is worth nothing, and locks nobody.
    stop(&mut agent);
    let log = lab.path("copy.log");
    let copy = lab.text("node-copy");
    let thief = Running::start(&mut lab.command(["agent", "run", "--state-dir", &copy]), &log);
    wait("the copy to be refused", PATIENCE, || {
        records(&lab, "node.connect")
            .iter()
            .any(|r| r["result"] == "denied")
            .then_some(())
            .or_else(|| thief.output().contains("key").then_some(()))
    });
    drop(thief);
    let back = ["agent", "rotate", "--state-dir", &dir];
    let (out, words) = (lab.run(back), "when it connects next");
    assert!(out.status.success() && String::from_utf8_lossy(&out.stderr).contains(words));
    let _agent = lab.agent("web1");
    wait("the second key", PATIENCE, || (records(&lab, "node.rotate").len() == 2).then_some(()));
    assert!(["online", "degraded"].contains(&lab.state("web1").unwrap().as_str()));
}

#[test]
fn agent_unenroll_tells_the_server_and_leaves_nothing_behind() {
    let mut lab = Lab::with_server();
    for name in ["web1", "web2"] {
        lab.enroll(name, &[]);
    }
    let (one, two) = (lab.text("node-web1"), lab.text("node-web2"));
    let leave = |dir| ["agent", "unenroll", "--state-dir", dir];
    let mut agent = lab.agent("web1");
    let (code, stderr) = lab.fails(&[&leave(&one)[..], &["--yes"]].concat());
    assert_eq!(code, 11, "{stderr}");
    assert!(stderr.contains(&agent.child.id().to_string()), "{stderr}");
    stop(&mut agent);
    assert_eq!(lab.fails(&leave(&one)).0, 2, "without a yes");
    lab.ok(&[&leave(&one)[..], &["--dry-run"]].concat());
    lab.ok(&[&leave(&one)[..], &["--yes"]].concat());
    let left: Vec<_> = std::fs::read_dir(&one).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "lock"), "{left:?}");
    assert_eq!(lab.json(&["nodes", "get", "web1", "-o", "json"])["state"], "revoked");
    assert_eq!(lab.fails(&[&leave(&one)[..], &["--yes"]].concat()).0, 4, "there is no identity");

    lab.server.as_mut().unwrap().kill();
    let (code, stderr) = lab.fails(&[&leave(&two)[..], &["--yes"]].concat());
    assert_eq!(code, 9, "{stderr}");
    assert!(stderr.contains("--force") && stderr.contains("tunnelctl revoke node"), "{stderr}");
    assert!(lab.path("node-web2").join("identity.json").exists(), "nothing was removed");
    lab.ok(&[&leave(&two)[..], &["--yes", "--force"]].concat());
    assert!(!lab.path("node-web2").join("identity.json").exists());
    let listen = lab.address.clone();
    lab.start_server(&listen);
    assert_ne!(lab.json(&["nodes", "get", "web2", "-o", "json"])["state"], "revoked");
}

#[test]
fn the_root_key_leaves_the_server_and_rotates_both_authorities_from_elsewhere() {
    let lab = Lab::with_server();
    let (dir, root) = (lab.text("server"), lab.text("root.pem"));
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let published = std::fs::read_to_string(lab.path("server").join("ca.pem")).unwrap();
    assert_eq!(lab.ok(&["ca", "export"]), published);
    assert!(lab.ok(&["ca", "export", "--crl"]).starts_with("-----BEGIN X509 CRL-----"));

    let export = ["ca", "export", "--root", &root, "--dir", &dir];
    lab.ok(&[&export[..], &["--dry-run"]].concat());
    assert!(!lab.path("root.pem").exists());
    let done = lab.json(&[&export[..], &["-o", "json"]].concat());
    let before = ca(&lab);
    assert_eq!(done["ca_pin"], before["roots"][0]["pin"]);
    assert_eq!(before["roots"][0]["key_here"], false);
    assert_eq!(lab.fails(&export).0, 11, "never overwritten");
    assert_ne!(lab.fails(&["ca", "export", "--root", &lab.text("x"), "--dir", &dir]).0, 0);
    let (code, stderr) = lab.fails(&["ca", "rotate", "--yes"]);
    assert_eq!(code, 11, "{stderr}");
    assert!(stderr.contains("--root-key FILE"), "{stderr}");

    // A root of somebody else's is none.
    let other = Lab::new();
    let made =
        ["server", "init", "--dir", &other.text("server"), "--export-root", &other.text("r")];
    other.ok(&made);
    let (code, stderr) = lab.fails(&["ca", "rotate", "--root-key", &other.text("r"), "--yes"]);
    assert_eq!(code, 2, "{stderr}");

    rotate(&lab, &["--root-key", &root]);
    for phase in ["clients", "servers", "standby"] {
        rotate(&lab, &[]);
        assert_eq!(ca(&lab)["phase"], phase);
    }
    let issuing = ca(&lab);
    assert_eq!(issuing["roots"], before["roots"], "the root stays");
    assert_ne!(issuing["slots"][0]["number"], before["slots"][0]["number"]);

    let new = lab.text("new-root.pem");
    rotate(&lab, &["--root", "--root-key", &root, "--new-root-key", &new]);
    for _ in 0..3 {
        rotate(&lab, &[]);
    }
    let after = ca(&lab);
    assert_eq!(
        (&after["phase"], &after["roots"][0]["key_here"]),
        (&"standby".into(), &false.into())
    );
    assert_ne!(after["roots"][0]["pin"], before["roots"][0]["pin"]);
    assert!(lab.path("new-root.pem").exists(), "the new root's key is elsewhere, too");
    lab.wait_state("web1", PATIENCE, &["online", "degraded"]);
    lab.enroll("web2", &[]);
    let _second = lab.agent("web2");
    rotate(&lab, &["--root-key", &new]);
    lab.ok(&["ca", "rollback", "--yes"]);
    lab.ok(&["audit", "verify"]);
}

/// A forward that has come back once did not hear of new roots any more, and kept the certificate of an
/// authority that was gone.
#[test]
fn a_forward_that_reconnected_follows_a_rotation_of_the_root() {
    let mut lab = Lab::with_server();
    let listen = lab.address.clone();
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let file = lab.text("mira");
    let made =
        ["tokens", "create", "--name", "mira", "--kind", "operator", "--role", "admin", "-q"];
    std::fs::write(&file, lab.ok(&made)).unwrap();
    lab.ok(&["-c", "work", "login", "--token-file", &file]);
    let target = format!("0:localhost:{}", echo_server());
    // Nothing else runs as this operator.
    let args = ["-c", "work", "forward", "web1", &target, "--on-drop", "hold=30s"];
    let (forward, address) = lab.listener(&args);
    assert!(works(&address));
    lab.server.as_mut().unwrap().kill();
    lab.start_server(&listen);
    lab.wait_state("web1", PATIENCE, &["online", "degraded"]);
    assert!(works(&address), "{}", forward.output());
    rotate(&lab, &["--root"]);
    for _ in 0..3 {
        rotate(&lab, &[]);
    }
    lab.server.as_mut().unwrap().kill();
    lab.start_server(&listen);
    lab.wait_state("web1", PATIENCE, &["online", "degraded"]);
    assert!(works(&address), "{}", forward.output());
}

/// The whole rotation happens while the forward has no connection: another command of the same context
/// has kept the identity fresh, and the forward takes it from there.
#[test]
fn a_forward_that_is_away_during_a_rotation_takes_what_others_kept() {
    let mut lab = Lab::with_server();
    let listen = lab.address.clone();
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let target = format!("0:localhost:{}", echo_server());
    let (forward, address) = lab.listener(&["forward", "web1", &target, "--on-drop", "hold=30s"]);
    assert!(works(&address));
    // It does not run meanwhile; to the server its connection is gone with the server.
    forward.signal("-STOP");
    lab.server.as_mut().unwrap().kill();
    lab.start_server(&listen);
    lab.wait_state("web1", PATIENCE, &["online", "degraded"]);
    rotate(&lab, &["--root"]);
    for _ in 0..3 {
        rotate(&lab, &[]);
    }
    forward.signal("-CONT");
    assert!(works(&address), "{}", forward.output());
}

/// A token that was made before a rotation of the root made a second context of the same fleet.
#[test]
fn a_login_with_the_pin_of_an_older_root_finds_the_fleets_own_context() {
    let lab = Lab::with_server();
    let token = |name: &str| {
        let made = ["-c", "local", "tokens", "create", "--name", name, "--kind", "operator"];
        let more = ["--role", "admin", "--name-pattern", "mira", "-q"];
        let file = lab.text(name);
        std::fs::write(&file, lab.ok(&[&made[..], &more].concat())).unwrap();
        file
    };
    let login = |file: &str, more: &[&str]| {
        lab.json(&[more, &["login", "--token-file", file, "-o", "json"]].concat())
    };
    let context = login(&token("first"), &[])["context"].clone();
    let (named, unnamed) = (token("second"), token("third"));
    rotate(&lab, &["--root"]);
    for _ in 0..3 {
        rotate(&lab, &[]);
        // This context follows, too.
        lab.ok(&["-c", context.as_str().unwrap(), "whoami"]);
    }
    let contexts = || lab.ok(&["context", "list", "-o", "name"]);
    let before = contexts();
    assert_eq!(login(&unnamed, &[])["context"], context);
    assert_eq!(login(&named, &["-c", context.as_str().unwrap()])["context"], context);
    assert_eq!(contexts(), before);
    lab.ok(&["-c", context.as_str().unwrap(), "whoami"]);

    // Another fleet's is still another's.
    let other = Lab::with_server();
    let made = ["tokens", "create", "--name", "jon", "--kind", "operator", "--role", "admin", "-q"];
    let file = lab.text("jon");
    std::fs::write(&file, other.ok(&made)).unwrap();
    let args = ["-c", context.as_str().unwrap(), "login", "--token-file", &file];
    assert_eq!(lab.fails(&args).0, 11);
}

/// The agent dialled whatever an operator named, its own server's listeners included.
#[test]
fn the_agent_never_dials_its_own_server_unless_exactly_that_is_listed() {
    let lab = Lab::straight("the agent compares with what it dialled").served();
    lab.enroll("web1", &[]);
    let mut agent = lab.agent("web1");
    let port = lab.address.rsplit(':').next().unwrap();
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let (code, stderr) = lab.fails(&["connect", "web1", &format!("{host}:{port}")]);
        assert_eq!(code, 5, "{host}: {stderr}");
        assert!(stderr.contains("the fleet server itself"), "{host}: {stderr}");
    }
    let other = format!("0:localhost:{}", echo_server());
    let (_forward, address) = lab.listener(&["forward", "web1", &other]);
    assert!(works(&address), "its neighbours are the node's own");

    stop(&mut agent);
    let dir = lab.text("node-web1");
    let exact = format!("localhost:{port}");
    lab.ok(&["agent", "config", "set", "--state-dir", &dir, "allow", "localhost:*", &exact]);
    let _agent = lab.agent("web1");
    let (code, stderr) = lab.fails(&["connect", "web1", &exact]);
    assert_eq!(code, 0, "{stderr}");
}

/// An operator's own login as context `work`; nothing else runs as him.
fn log_in(lab: &Lab) {
    let file = lab.text("mira");
    let made =
        ["tokens", "create", "--name", "mira", "--kind", "operator", "--role", "admin", "-q"];
    std::fs::write(&file, lab.ok(&made)).unwrap();
    lab.ok(&["-c", "work", "login", "--token-file", &file]);
}

/// A lab whose operators' certificates live this long.
fn brief(life: &str) -> Lab {
    let mut lab = Lab::new();
    let file = lab.text("server.toml");
    std::fs::write(&file, format!("operator_certificate = \"{life}\"\n")).unwrap();
    lab.server_args = vec!["--file".to_owned(), file];
    lab.start_server("127.0.0.1:0");
    lab
}

/// F3.5: a forward renewed nothing by itself, and ended in the middle of its use with the certificate.
#[test]
fn a_forward_that_is_used_renews_its_certificate_and_one_that_is_not_lets_it_end() {
    let lab = brief("6s");
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    log_in(&lab);
    let target = format!("0:localhost:{}", echo_server());
    let forward =
        |lab: &Lab| lab.listener(&["-c", "work", "forward", "web1", &target, "--on-drop", "close"]);
    let (used, address) = forward(&lab);
    let begun = std::time::Instant::now();
    // Three lives and a half; each tunnel is a new one, decided by the certificate of its moment.
    wait("three lives of a certificate", PATIENCE, || {
        assert!(works(&address), "after {:?}: {}", begun.elapsed(), used.output());
        (begun.elapsed() > std::time::Duration::from_secs(21)).then_some(())
    });
    drop(used);

    // Nobody uses this one: it has what is left of a life, and then nothing.
    let (unused, address) = forward(&lab);
    let ended = || {
        let records = records(&lab, "operator.disconnect");
        let reason = |record: &Value| record["data"]["reason"] == "cert_expired";
        records.iter().any(reason).then_some(())
    };
    wait("the end of a certificate that nobody uses", PATIENCE, ended);
    assert!(!works(&address), "{}", unused.output());
}
