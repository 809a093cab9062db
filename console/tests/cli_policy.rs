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
    lab.ok(&["operators", "unassign", &name, "support", "--yes"]);
    let (code, text) = lab.fails(&["operators", "unassign", &name, "admin", "--yes"]);
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
