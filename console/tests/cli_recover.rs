//! The way back when no admin is left: on the server's machine, with the server stopped, one command.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::{Lab, PATIENCE};

/// Stops the server in order.
fn stop(lab: &mut Lab) {
    let mut server = lab.server.take().unwrap();
    server.signal("-TERM");
    assert_eq!(server.code(), Some(0), "{}", server.output());
}

fn recover(lab: &Lab, more: &[&str]) -> Vec<String> {
    let dir = lab.text("server");
    let args = ["server", "recover-admin", "--dir", &dir, "--listen", &lab.address];
    args.iter().chain(more).map(|arg| (*arg).to_owned()).collect()
}

fn records(lab: &Lab, action: &str) -> Vec<serde_json::Value> {
    let found = lab.json(&["audit", "list", &format!("action:{action}"), "-o", "json"]);
    found["items"].as_array().unwrap().clone()
}

#[test]
fn whoever_owns_the_data_directory_is_admin_again_after_every_key_was_lost() {
    let mut lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let listen = lab.address.clone();
    // The key may be in other hands.
    let stolen = lab.text("stolen.pem");
    std::fs::copy(lab.path("config").join("tunnelctl/contexts/local/identity.pem"), &stolen)
        .unwrap();
    std::fs::remove_dir_all(lab.path("config")).unwrap();
    std::fs::remove_dir_all(lab.path("server").join("admin")).unwrap();

    let (code, stderr) = lab.fails(&recover(&lab, &["--yes"]));
    assert_eq!(code, 11, "{stderr}");
    let pid = lab.server.as_ref().unwrap().child.id().to_string();
    assert!(stderr.contains(&pid) && stderr.contains("stop the server"), "{stderr}");

    stop(&mut lab);
    let (code, stderr) = lab.fails(&recover(&lab, &[]));
    assert_eq!(code, 2, "{stderr}");
    lab.ok(&recover(&lab, &["--dry-run"]));
    assert!(!lab.path("server").join("admin").exists(), "a plan changes nothing");
    let done = lab.json(&recover(&lab, &["--yes", "--reason", "laptop stolen", "-o", "json"]));
    lab::shape::Shapes::default().check(&lab, &done);
    assert_eq!((&done["operator"], &done["context"]), (&"admin".into(), &"local".into()));
    assert_eq!(done["new_operator"], false);

    lab.start_server(&listen);
    let me = lab.json(&["whoami", "-o", "json"]);
    assert_eq!((&me["operator"], &me["roles"][0]), (&"admin".into(), &"admin".into()));
    let (code, stderr) = lab.fails(&["--server", &listen, "--identity", &stolen, "whoami"]);
    assert_eq!(code, 4, "the lost key: {stderr}");
    let record = &records(&lab, "operator.recover")[0];
    assert_eq!(record["data"]["new_key"], done["fingerprint"], "{record}");
    assert_eq!(record["data"]["reason"], "laptop stolen");
    assert!(record["actor"]["client"].as_str().unwrap().contains("recover-admin, uid"), "{record}");
    lab.wait_state("web1", PATIENCE, &["online", "degraded"]);
    lab.ok(&["audit", "verify"]);
    // From here on it is the admin's ordinary life.
    lab.ok(&["operators", "create", "mira", "--role", "admin", "-q"]);
}

#[test]
fn a_locked_admin_is_let_in_and_a_revoked_one_is_replaced() {
    let mut lab = Lab::with_server();
    let listen = lab.address.clone();
    let token = lab.path("mira");
    let args =
        ["tokens", "create", "--name", "mira", "--kind", "operator", "--role", "admin", "-q"];
    std::fs::write(&token, lab.ok(&args)).unwrap();
    lab.ok(&["-c", "work", "login", "--token-file", token.to_str().unwrap()]);

    lab.ok(&["-c", "work", "lock", "operator", "admin", "--reason", "test", "--yes"]);
    assert_eq!(lab.fails(&["-c", "local", "whoami"]).0, 5);
    stop(&mut lab);
    lab.ok(&recover(&lab, &["--yes"]));
    lab.start_server(&listen);
    assert_eq!(lab.json(&["-c", "local", "whoami", "-o", "json"])["operator"], "admin");

    let revoke = ["-c", "work", "revoke", "operator", "admin", "--confirm", "admin"];
    lab.ok(&[&revoke[..], &["--reason", "test"]].concat());
    lab.ok(&["-c", "work", "logout"]);
    stop(&mut lab);
    let done = lab.json(&recover(&lab, &["--yes", "-o", "json"]));
    assert_eq!((&done["operator"], &done["new_operator"]), (&"admin-2".into(), &true.into()));
    lab.start_server(&listen);
    assert_eq!(lab.json(&["-c", "local", "whoami", "-o", "json"])["operator"], "admin-2");
    lab.ok(&["audit", "verify"]);
}

/// Found with it: a start made a key that nobody knew, and said nothing.
#[test]
fn a_server_whose_admin_key_was_lost_says_which_command_brings_it_back() {
    let mut lab = Lab::with_server();
    let listen = lab.address.clone();
    stop(&mut lab);
    std::fs::remove_file(lab.path("server").join("admin/key.pem")).unwrap();
    lab.start_server(&listen);
    let log = lab.server.as_ref().unwrap().output();
    assert!(log.contains("server recover-admin"), "{log}");
    assert_eq!(lab.fails(&["whoami"]).0, 4);
}
