//! `operators`, `roles`, `rules` and `access` against a real server, as a script sees them.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::Lab;
use lab::shape::Shapes;

#[test]
fn roles_are_made_given_explained_and_taken_back() {
    let lab = Lab::with_server();
    let shapes = Shapes::default();
    lab.ok(&[
        "roles",
        "create",
        "support",
        "--allow",
        "nodes.*,tunnels.open",
        "--max-session",
        "4h",
    ]);
    let role = lab.json(&["roles", "get", "support", "-o", "json"]);
    shapes.check(&lab, &role);
    assert_eq!(role["max_session_ms"], 4 * 3_600_000);
    assert_eq!(role["permissions"].as_array().unwrap().len(), 4);
    let (code, text) = lab.fails(&["roles", "create", "x", "--allow", "nodes.raed"]);
    assert!(code == 2 && text.contains("nodes.read"), "{code} {text}");
    let (code, _) = lab.fails(&["roles", "get", "nothing"]);
    assert_eq!(code, 3);
    let (code, _) =
        lab.fails(&["tokens", "create", "--name", "t", "--kind", "operator", "--role", "no"]);
    assert_eq!(code, 3, "a role that is not there");
    lab.ok(&["operators", "create", "jon", "--role", "support", "-q"]);

    let admin = lab.json(&["operators", "list", "-o", "json"]);
    shapes.check(&lab, &admin);
    let name = admin["items"][0]["name"].as_str().unwrap().to_owned();
    lab.ok(&["operators", "assign", &name, "support", "--for", "8h"]);
    let me = lab.json(&["operators", "get", &name, "-o", "json"]);
    shapes.check(&lab, &me);
    assert!(me["roles"][1]["until"].is_string(), "{me}");
    let (code, _) = lab.fails(&["operators", "unassign", &name, "support"]);
    assert_eq!(code, 2, "without a yes");
    let own = ["operators", "unassign", &name, "support", "--yes"];
    let (code, text) = lab.fails(&own);
    assert!(code == 2 && text.contains("this cuts you off"), "{code} {text}");
    lab.ok(&[&own[..], &["--accept-risk", "self"]].concat());
    let own = ["operators", "unassign", &name, "admin", "--yes", "--accept-risk", "self"];
    let (code, text) = lab.fails(&own);
    assert!(code == 11 && text.contains("only operator"), "{code} {text}");

    lab.ok(&["access", "can", &name, "ports.write"]);
    let denied = lab.run(["access", "can", &name, "open", "--port", "none"]);
    assert_eq!(denied.status.code(), Some(3));
    let (code, _) = lab.fails(&["access", "request", "--role", "support", "--for", "1h"]);
    assert_eq!(code, 2, "without a reason");
    let asked = ["access", "request", "--role", "support", "--for", "1h", "--reason", "INC-1"];
    let id = lab.ok(&[&asked[..], &["-q"]].concat());
    let (code, text) = lab.fails(&["access", "approve", id.trim()]);
    assert!(code == 5 && text.contains("his own"), "{code} {text}");
    let requests = lab.json(&["access", "requests", "-o", "json"]);
    shapes.check(&lab, &requests);
    assert_eq!(requests["items"][0]["state"], "pending");

    lab.ok(&["roles", "delete", "support", "--yes"]);
    assert_eq!(lab.ok(&["roles", "list", "-q"]), "admin\n");
}

#[test]
fn rules_are_changed_moved_tested_and_put_back_from_a_file() {
    let lab = Lab::with_server();
    let shapes = Shapes::default();
    lab.ok(&["roles", "create", "support", "--allow", "tunnels.open"]);
    let create = ["rules", "create", "--allow", "--who", "role:support", "-q"];
    let at = ["--nodes", "site=ber", "--to", "*:22,443", "--at", "mon-fri 8-18 +02:00"];
    let first = lab.ok(&[&create[..], &at[..]].concat()).trim().to_owned();
    let second = lab.ok(&[&create[..], &["--to", "*:80"]].concat()).trim().to_owned();
    for (wrong, says) in [
        (["--at", "someday 8-18"], "someday"),
        (["--to", "22"], "HOST|CIDR:PORTS"),
        (["--nodes", "No Node"], "selector"),
    ] {
        let (code, text) = lab.fails(&[&create[..], &wrong[..]].concat());
        assert!(code == 2 && text.contains(says), "{code} {text}");
    }
    let (code, _) = lab.fails(&["rules", "create", "--allow", "--who", "role:nobody"]);
    assert_eq!(code, 3);
    let file = lab.path("rules.json");
    let file = file.to_str().unwrap();
    lab.ok(&["rules", "export", file]);
    lab.ok(&["rules", "test", file]);
    lab.ok(&["rules", "move", &second, "--before", &first, "--yes"]);
    lab.ok(&["rules", "disable", &first, "--yes"]);
    lab.ok(&["rules", "update", &second, "--to", "*:8080", "--yes"]);
    let rule = lab.json(&["rules", "get", &second, "-o", "json"]);
    shapes.check(&lab, &rule);
    assert_eq!((rule["to"].as_str(), rule["order"].as_u64()), (Some("*:8080"), Some(2)));
    let plan = lab.json(&["rules", "import", file, "--dry-run", "-o", "json"]);
    shapes.check(&lab, &plan);
    assert_eq!(plan["added"].as_array().unwrap().len(), 2, "{plan}");
    let (code, _) = lab.fails(&["rules", "import", file]);
    assert_eq!(code, 2, "without a yes");
    lab.ok(&["rules", "import", file, "--yes"]);
    let again = lab.path("again.json");
    lab.ok(&["rules", "export", again.to_str().unwrap()]);
    let text = |path| std::fs::read_to_string(path).unwrap();
    assert_eq!(text(lab.path("rules.json")), text(again));
    let shown = lab.ok(&[&create[..5], &["--to", "*:25", "--dry-run"]].concat());
    assert!(shown.contains("last 24h") && shown.contains("nothing changed"), "{shown}");
}

#[test]
fn what_cuts_off_whoever_asks_for_it_needs_his_word() {
    let lab = Lab::with_server();
    let logins = lab.json(&["sessions", "list", "--kind", "login", "-o", "json"]);
    let login = &logins["items"][0];
    let (name, session) = (login["operator"].as_str().unwrap(), login["id"].as_str().unwrap());
    lab.ok(&["roles", "create", "support", "--allow", "nodes.read"]);
    lab.ok(&["operators", "assign", name, "support"]);
    let reason = ["--reason", "test", "--yes"];
    let severe = ["--reason", "test", "--confirm", name];
    for (args, more) in [
        (&["lock", "operator", name][..], &reason[..]),
        (&["revoke", "operator", name], &severe),
        (&["operators", "unassign", name, "support"], &reason),
        (&["operators", "delete", name], &reason),
        (&["roles", "update", "support", "--remove", "nodes.read"], &reason),
        (&["roles", "delete", "support"], &reason),
        (&["sessions", "end", session], &reason),
    ] {
        let all = [args, more].concat();
        let (code, text) = lab.fails(&all);
        assert_eq!(code, 2, "{args:?}: {text}");
        assert!(
            text.contains("this cuts you off") && text.contains("--accept-risk self"),
            "{text}"
        );
        // A plan cuts nobody off.
        let plan = lab.run([args, &["--reason", "test", "--dry-run"]].concat());
        let said = String::from_utf8_lossy(&plan.stderr).into_owned();
        assert!(!said.contains("cuts you off"), "{args:?}: {said}");
        let (code, text) = lab.fails(&[&all[..], &["--accept-risk", "others"]].concat());
        assert!(code == 2 && text.contains("others"), "{code} {text}");
    }
    // Another role, and what is somebody else's, ask nothing.
    lab.ok(&["roles", "create", "other", "--allow", "nodes.read"]);
    lab.ok(&["roles", "delete", "other", "--yes"]);
    lab.ok(&["roles", "delete", "support", "--yes", "--accept-risk", "self"]);
    lab.ok(&["sessions", "end", session, "--yes", "--accept-risk", "self"]);
}

#[test]
fn lists_keep_their_names_for_completion_and_not_what_is_over() {
    let site = lab::site::Site::full();
    let lab = &site.lab;
    let reason = ["--reason", "audit", "-q"];
    lab.ok(&["roles", "create", "support", "--allow", "nodes.read"]);
    let from = ["--port", "db", "--from", "192.0.2.1", "--for", "1h"];
    lab.ok(&[&["guests", "admit", "lee"][..], &from, &reason].concat());
    let lock = ["lock", "node", "web2", "--yes"];
    lab.ok(&[&lock[..], &reason[..2]].concat());
    let session = lab.ok(&["sessions", "start", "--for", "1h", "-q"]).trim().to_owned();
    let offered = |line: &[&str]| lab.ok(&[&["__complete", "line", "--"], line].concat());
    for (noun, verb, wanted) in [
        ("nodes", "get", "web1\tonline"),
        ("operators", "get", "admin\tactive"),
        ("roles", "get", "support\t0 operators"),
        ("rules", "get", "allow anyone db"),
        ("sessions", "end", session.as_str()),
        ("guests", "get", "lee\tactive"),
        ("locks", "get", "node/web2"),
        ("ports", "get", "db\tserving"),
        ("tokens", "get", "spare\tnode active"),
        ("tunnels", "close", "web1 localhost"),
    ] {
        assert_eq!(offered(&[noun, verb, ""]), "", "{noun} before any list");
        lab.ok(&[noun, "list", "-q"]);
        let names = offered(&[noun, verb, ""]);
        assert!(names.contains(wanted), "{noun}: {names}");
    }
    assert!(offered(&["forward", "port/"]).starts_with("port/db\t"));
    lab.ok(&["guests", "delete", "lee", "--yes"]);
    lab.ok(&["sessions", "end", &session, "--yes"]);
    lab.ok(&["guests", "list"]);
    lab.ok(&["sessions", "list", "--all"]);
    assert_eq!(offered(&["guests", "get", ""]), "");
    assert!(!offered(&["sessions", "end", ""]).contains(&session));
    // A part of a list is not the list.
    lab.ok(&["nodes", "list", "--limit", "1"]);
    assert_eq!(offered(&["nodes", "get", ""]).lines().count(), 2);
}
