//! The command line against a real server and a real agent, as a script sees it: formats, schemas,
//! ids, names, selection, plans.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::shape::Shapes;
use lab::site::{Site, echo};
use lab::{Lab, PATIENCE, Running, wait};
use regex::Regex;
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

/// A list: the command, its kind, and what its ids look like.
struct List {
    args: &'static [&'static str],
    kind: &'static str,
    id: &'static str,
}

const fn list(args: &'static [&'static str], kind: &'static str, id: &'static str) -> List {
    List { args, kind, id }
}

const LISTS: &[List] = &[
    list(&["nodes", "list"], "Node", "^n_[a-z2-7]{8,12}$"),
    list(&["tokens", "list"], "Token", "^tok_[a-z2-7]{8,12}$"),
    list(&["ports", "list"], "Port", "^p_[a-z2-7]{8,12}$"),
    list(&["rules", "list"], "Rule", "^r_[a-z2-7]{8,12}$"),
    list(&["tunnels", "list"], "Tunnel", "^t_[a-z2-7]{8,12}$"),
    list(&["audit", "list"], "AuditEvent", "^a_[a-z2-7]{8,12}$"),
    list(&["audit", "tail", "-n", "5"], "AuditEvent", "^a_[a-z2-7]{8,12}$"),
    list(&["nodes", "reconnects", "web1"], "Reconnect", "^"),
    list(&["context", "list"], "Context", "^local$"),
    list(&["config", "show", "--origin"], "Setting", "^[a-z_]+$"),
];

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [args, more].concat()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn every_list_is_the_same_in_every_format() {
    let site = Site::full();
    let (lab, shapes) = (&site.lab, Shapes::default());
    for List { args, kind, id } in LISTS {
        let json = lab.json(&with(args, &["-o", "json"]));
        shapes.check(lab, &json);
        assert_eq!(json["kind"], format!("{kind}List"), "{args:?}");
        assert_eq!(json["api_version"], "tunnelctl/v1", "{args:?}");
        let items = json["items"].as_array().unwrap();
        assert_eq!(json["meta"]["count"], items.len(), "{args:?}");
        assert!(!items.is_empty() || *kind == "Reconnect", "{args:?}: nothing to look at");

        let yaml = lab.ok(&with(args, &["-o", "yaml"]));
        let yaml: Value = serde_yaml_ng::from_str(&yaml).unwrap();
        shapes.check(lab, &yaml);
        assert_eq!(yaml["items"].as_array().unwrap().len(), items.len(), "{args:?}");

        let text = lab.ok(&with(args, &["-o", "jsonl"]));
        let mut objects: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        if args[1] == "tail" {
            assert_eq!(objects.remove(0)["kind"], "Stream", "a tail is a stream");
        }
        assert_eq!(objects.len(), items.len(), "{args:?}");
        for object in &objects {
            assert_eq!(object["kind"], *kind, "{args:?}");
            shapes.check(lab, object);
        }

        let csv = lab.ok(&with(args, &["-o", "csv"]));
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(reader.records().map(Result::unwrap).count(), items.len(), "{args:?}");
        assert!(csv.contains("\r\n"), "RFC 4180 ends records with CRLF");

        let names = lab.ok(&with(args, &["-o", "name"]));
        let prefix = format!("{}/", kind.to_lowercase());
        assert_eq!(names.lines().count(), items.len(), "{args:?}");
        assert!(names.lines().all(|line| line.starts_with(&prefix)), "{args:?}: {names}");

        let ids = lab.ok(&with(args, &["-q"]));
        let id = Regex::new(id).unwrap();
        assert_eq!(ids.lines().count(), items.len(), "{args:?}");
        assert!(ids.lines().all(|line| id.is_match(line)), "{args:?}: {ids}");
        if let Some(first) = items.first().and_then(|item| item.get("id")) {
            assert!(lines(&ids).contains(&first.as_str().unwrap()), "{args:?}");
        }

        if args[1] != "tail" {
            tables(lab, args, items.len(), &header);
        }
    }
}

/// Into a pipe: tabs and every cell whole; asked for, aligned columns, and more of them.
fn tables(lab: &Lab, args: &[&str], rows: usize, keys: &[String]) {
    let piped = lab.ok(args);
    let first = lines(&piped)[0].to_owned();
    assert_eq!(piped.lines().count(), rows + 1, "{args:?}: {piped}");
    let shown: Vec<String> = first.split('\t').map(str::to_lowercase).collect();
    assert!(shown.iter().all(|key| keys.contains(key)), "{args:?}: {first}");
    let bare = lab.ok(&with(args, &["--no-header"]));
    assert_eq!(bare.lines().count(), rows, "{args:?}");
    assert!(!bare.contains(&first), "{args:?}");

    let table = lab.ok(&with(args, &["-o", "table"]));
    let wide = lab.ok(&with(args, &["-o", "wide"]));
    for text in [&table, &wide] {
        assert_eq!(text.lines().count(), rows + 1, "{args:?}");
        assert!(!text.contains('\t') && !text.contains('\x1b'), "{args:?}: {text}");
    }
    let columns = |text: &str| -> Vec<String> {
        lines(text)[0]
            .split("  ")
            .map(str::trim)
            .filter(|c| !c.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (narrow, wide) = (columns(&table), columns(&wide));
    assert!(narrow.iter().all(|title| wide.contains(title)), "{args:?}: {narrow:?} {wide:?}");
    assert_eq!(wide.len(), keys.len(), "{args:?}: {wide:?} {keys:?}");
}

#[test]
fn a_list_of_nothing_is_a_list() {
    let lab = Lab::with_server();
    let shapes = Shapes::default();
    for args in [["nodes", "list"], ["ports", "list"], ["tunnels", "list"], ["tokens", "list"]] {
        let json = lab.json(&with(&args, &["-o", "json"]));
        shapes.check(&lab, &json);
        assert_eq!((&json["items"], &json["meta"]["count"]), (&serde_json::json!([]), &0.into()));
        for format in ["jsonl", "name"] {
            assert_eq!(lab.ok(&with(&args, &["-o", format])), "", "{args:?} {format}");
        }
        assert_eq!(lab.ok(&with(&args, &["-q"])), "", "{args:?}");
        assert_eq!(lab.ok(&with(&args, &["-o", "csv"])).lines().count(), 1, "{args:?}");
    }
}

#[test]
fn every_object_is_the_same_in_every_format() {
    let site = Site::full();
    let (lab, shapes) = (&site.lab, Shapes::default());
    let state = lab.text("node-web1");
    let tunnel = lab.ok(&["tunnels", "list", "-q"]).trim().to_owned();
    let dir = lab.text("unused");
    for (args, kind) in [
        (&["nodes", "get", "web1"][..], "Node"),
        (&["nodes", "is-online", "web1"], "NodeState"),
        (&["tokens", "get", "spare"], "Token"),
        (&["ports", "get", "db"], "Port"),
        (&["tunnels", "get", &tunnel], "Tunnel"),
        (&["audit", "get", "1"], "AuditEvent"),
        (&["audit", "verify"], "AuditVerification"),
        (&["context", "show"], "Context"),
        (&["whoami"], "Whoami"),
        (&["version"], "Version"),
        (&["server", "status"], "ServerStatus"),
        (&["server", "config", "show", "--dir", &dir], "ServerConfig"),
        (&["agent", "status", "--state-dir", &state], "AgentStatus"),
        (&["agent", "config", "show", "--state-dir", &state], "AgentConfig"),
    ] {
        let json = lab.json(&with(args, &["-o", "json"]));
        shapes.check(lab, &json);
        assert_eq!((&json["kind"], &json["api_version"]), (&kind.into(), &"tunnelctl/v1".into()));
        let text = lab.ok(&with(args, &["-o", "jsonl"]));
        assert_eq!(text.lines().count(), 1, "{args:?}");
        shapes.check(lab, &serde_json::from_str(&text).unwrap());
        let yaml = lab.ok(&with(args, &["-o", "yaml"]));
        shapes.check(lab, &serde_yaml_ng::from_str(&yaml).unwrap());
        let csv = lab.ok(&with(args, &["-o", "csv"]));
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(reader.records().map(Result::unwrap).count(), 1, "{args:?}: {csv}");
        let name = lab.ok(&with(args, &["-o", "name"]));
        assert!(name.starts_with(&format!("{}/", kind.to_lowercase())), "{args:?}: {name}");
        assert_eq!(name.lines().count(), 1, "{args:?}");
        for format in ["table", "wide"] {
            assert!(!lab.ok(&with(args, &["-o", format])).is_empty(), "{args:?} {format}");
        }
        let quiet = lab.ok(&with(args, &["-q"]));
        assert!(quiet.lines().count() <= 1, "{args:?}: {quiet}");
    }
}

#[test]
fn what_is_created_is_told_as_its_kind_and_with_q_as_its_id() {
    let site = Site::busy();
    let (lab, shapes) = (&site.lab, Shapes::default());
    let port = |name: &str, more: &[&str]| {
        lab.ok(&with(&["ports", "create", name, "--node", "web1", "--to", &site.target], more))
    };
    let rule = |from: &str, more: &[&str]| {
        let args = ["rules", "create", "--allow", "--who", "anyone", "--from", from, "--port", "a"];
        lab.ok(&with(&args, more))
    };
    let made: Value = serde_json::from_str(&port("a", &["-o", "json"])).unwrap();
    shapes.check(lab, &made);
    assert_eq!((&made["kind"], &made["name"]), (&"Port".into(), &"a".into()));
    let id = port("b", &["-q"]);
    assert_eq!(lab.json(&["ports", "get", id.trim(), "-o", "json"])["name"], "b");
    assert_eq!(port("c", &["-o", "name"]), "port/c\n");

    let made: Value = serde_json::from_str(&rule("10.1.0.0/16", &["-o", "json"])).unwrap();
    shapes.check(lab, &made);
    let id = rule("10.2.0.0/16", &["-q"]);
    assert!(lab.ok(&["rules", "list", "-q"]).contains(id.trim()));

    let made = lab.json(&["tokens", "create", "--name", "t", "-o", "json"]);
    shapes.check(lab, &made);
    assert!(made["secret"].as_str().unwrap().starts_with("tun_"));
    assert_eq!(made["secret_shown_once"], true);
    let again = lab.json(&["tokens", "get", "t", "-o", "json"]);
    assert!(again.get("secret").is_none(), "shown once");
    // The command for the other machine is complete.
    let command = made["enroll_command"].as_str().unwrap();
    let mut words = command.split(' ').skip(1).collect::<Vec<_>>();
    let state = lab.text("by-command");
    words.extend(["--state-dir", &state, "--name", "web3", "-q"]);
    let mut child =
        lab.command(&words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(made["secret"].as_str().unwrap().as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    let id = String::from_utf8(out.stdout).unwrap();
    assert_eq!(lab.json(&["nodes", "get", "web3", "-o", "json"])["id"], id.trim());

    let out = lab.run(["tokens", "create", "--name", "q", "-q"]);
    let secret = String::from_utf8(out.stdout).unwrap();
    assert!(secret.starts_with("tun_") && secret.lines().count() == 1, "{secret}");
    assert!(out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn every_change_is_a_result_and_with_q_silent() {
    let site = Site::full();
    let (lab, shapes) = (&site.lab, Shapes::default());
    let rules = lab.ok(&["rules", "list", "-q"]);
    let rule = rules.lines().last().unwrap();
    let tunnel = lab.ok(&["tunnels", "list", "-q"]).trim().to_owned();
    let confirm = ["--confirm", "web3", "--reason", "test"];
    let state = lab.text("node-web1");
    for (args, object) in [
        (&["nodes", "update", "web2", "--label", "a=b"][..], "node/web2"),
        (&["nodes", "rename", "web2", "web3"], "node/web3"),
        (&["ports", "disable", "db", "--yes"], "port/db"),
        (&["ports", "enable", "db"], "port/db"),
        (&["tunnels", "close", &tunnel], &format!("tunnel/{tunnel}")),
        (&["rules", "delete", rule, "--yes"], &format!("rule/{rule}")),
        (&["ports", "delete", "db", "--yes"], "port/db"),
        (&["tokens", "revoke", "spare", "--yes"], "token/spare"),
        (&with(&["revoke", "node", "web3"], &confirm), "node/web3"),
        (&["nodes", "delete", "web3", "--yes"], "node/web3"),
        (&["context", "update", "local", "--protected", "off"], "context/local"),
        (&["context", "use", "local"], "context/local"),
        (
            &["agent", "config", "set", "allow", "localhost:*", "--state-dir", &state],
            "config/allow",
        ),
    ] {
        let plan = lab.json(&with(args, &["--dry-run", "-o", "json"]));
        shapes.check(lab, &plan);
        assert_eq!(plan["items"][0]["planned"], true, "{args:?}");
        let would = lab.run(with(args, &["--dry-run", "--exit-code", "-q"]));
        assert_eq!(would.status.code(), Some(10), "{args:?}");
        let done = lab.json(&with(args, &["-o", "json"]));
        shapes.check(lab, &done);
        let item = &done["items"][0];
        assert_eq!(done["kind"], "Result", "{args:?}");
        assert_eq!((&item["ok"], &item["planned"]), (&true.into(), &false.into()), "{args:?}");
        assert_eq!(item["object"], object, "{args:?}");
    }
    let update = ["nodes", "update", "web1", "--label", "x=y", "-o"];
    assert_eq!(lab.ok(&with(&update, &["name"])), "node/web1\n");
    let csv = "object,name,ok,planned,cut_tunnels,error\r\nnode/web1,web1,true,false,,\r\n";
    assert_eq!(lab.ok(&with(&update, &["csv"])), csv);
    let waited = ["nodes", "wait", "web1", "--for", "online", "-o"];
    assert_eq!(lab.ok(&with(&waited, &["name"])), "node/web1\n");
    shapes.check(lab, &lab.json(&with(&waited, &["json"])));

    lab.ok(&["ports", "create", "db", "--node", "web1", "--to", &site.target, "-q"]);
    for args in [
        &["nodes", "update", "web1", "--label", "x=y", "-q"][..],
        &["ports", "disable", "db", "--yes", "-q"],
        &["ports", "delete", "db", "--yes", "-q"],
        &["ports", "delete", "db", "--yes", "--ignore-missing", "-q"],
    ] {
        let out = lab.run(args);
        assert!(out.status.success() && out.stdout.is_empty() && out.stderr.is_empty(), "{args:?}");
    }
}

/// Everything the server has, as text.
fn state(lab: &Lab) -> String {
    let parts = [
        lab.ok(&["nodes", "list", "-o", "csv", "--columns", "name,id,labels,owner,version"]),
        lab.ok(&["tokens", "list", "-o", "csv"]),
        lab.ok(&["ports", "list", "-o", "csv"]),
        lab.ok(&["rules", "list", "-o", "csv"]),
        lab.ok(&["context", "list", "-o", "csv"]),
    ];
    parts.concat()
}

#[test]
fn a_dry_run_changes_nothing() {
    let site = Site::full();
    let lab = &site.lab;
    let before = state(lab);
    let rules = lab.ok(&["rules", "list", "-q"]);
    let rule = rules.lines().last().unwrap();
    let agent = std::fs::read_to_string(lab.path("node-web1/agent.toml")).unwrap();
    let node = lab.text("node-web1");
    for args in [
        &["nodes", "update", "web1", "--label", "a=b"][..],
        &["nodes", "rename", "web1", "web9"],
        &["revoke", "node", "web1"],
        &["tokens", "create", "--name", "new"],
        &["tokens", "revoke", "spare"],
        &["ports", "create", "new", "--node", "web1", "--to", "localhost:1"],
        &["ports", "disable", "db"],
        &["ports", "delete", "db"],
        &["rules", "create", "--allow", "--who", "anyone", "--from", "10.9.0.0/16", "--port", "db"],
        &["rules", "delete", rule],
        &["context", "update", "local", "--protected", "on"],
        &["context", "delete", "local"],
        &["agent", "config", "set", "allow", "10.0.0.0/8:*", "--state-dir", &node],
    ] {
        let text = lab.ok(&with(args, &["-n"]));
        assert!(text.starts_with("plan ") && text.contains("nothing changed"), "{args:?}: {text}");
        let out = lab.run(with(args, &["-n", "--exit-code"]));
        assert_eq!(out.status.code(), Some(10), "{args:?}");
    }
    assert_eq!(state(lab), before);
    assert_eq!(std::fs::read_to_string(lab.path("node-web1/agent.toml")).unwrap(), agent);
    for args in [
        &["server", "run"][..],
        &["agent", "run"],
        &["forward", "web1", "80"],
        &["socks", "web1"],
        &["connect", "web1:80"],
    ] {
        assert_eq!(lab.fails(&with(args, &["--dry-run"])).0, 2, "{args:?}");
    }
}

#[test]
fn missing_and_existing_objects_are_no_failure_where_that_is_asked_for() {
    let site = Site::full();
    let lab = &site.lab;
    let create = |more: &[&str]| {
        with(&["ports", "create", "db", "--node", "web1", "--if-missing", "-q", "--to"], more)
            .iter()
            .map(|s| (*s).to_owned())
            .collect::<Vec<_>>()
    };
    let id = lab.ok(&["ports", "get", "db", "-q"]);
    assert_eq!(lab.ok(&create(&[&site.target])), id);
    let (code, stderr) = lab.fails(&create(&["localhost:1"]));
    assert_eq!(code, 11, "another target is another port: {stderr}");
    assert_eq!(lab.ok(&["ports", "get", "db", "-q"]), id);

    let rule = ["rules", "create", "--allow", "--who", "anyone", "--from", "10.7.0.0/16", "-q"];
    let rule = with(&rule, &["--port", "db", "--if-missing"]);
    let id = lab.ok(&rule);
    assert_eq!(lab.ok(&rule), id);
    assert_ne!(lab.ok(&with(&rule, &["--disabled"])), id, "a rule that is off is another rule");

    let gone = "r_aaaaaaaaaaaa";
    for args in [
        &["ports", "delete", "nope", "--yes"][..],
        &["rules", "delete", gone, "--yes"],
        &["nodes", "delete", "nope", "--yes"],
    ] {
        assert_eq!(lab.fails(args).0, 3, "{args:?}");
        let done = lab.json(&with(args, &["--ignore-missing", "-o", "json"]));
        assert_eq!(done["items"][0]["ok"], true, "{args:?}");
        let object = done["items"][0]["object"].as_str().unwrap();
        assert!(object.starts_with(args[0].trim_end_matches('s')), "{args:?}: {object}");
    }
    // Of several, one that fails is part of the result.
    let out = lab.run(["ports", "delete", "nope", "db", "--yes", "-o", "json"]);
    assert_eq!(out.status.code(), Some(8));
    let result: Value = serde_json::from_slice(&out.stdout).unwrap();
    Shapes::default().check(lab, &result);
    assert_eq!(result["items"][0]["error"]["code"], "not_found");
    assert_eq!(result["items"][1]["ok"], true);
}

/// Runs with these lines on standard input.
fn fed(lab: &Lab, input: &str, args: &[&str]) -> (i32, String, String) {
    let mut command = lab.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

#[test]
fn a_name_is_a_name_an_id_the_beginning_of_one_or_a_line_of_standard_input() {
    let site = Site::full();
    let lab = &site.lab;
    for (args, id) in [
        (["nodes", "get"], lab.ok(&["nodes", "get", "web1", "-q"])),
        (["ports", "get"], lab.ok(&["ports", "get", "db", "-q"])),
        (["tokens", "get"], lab.ok(&["tokens", "get", "spare", "-q"])),
        (["tunnels", "get"], lab.ok(&["tunnels", "list", "-q"])),
    ] {
        let id = id.trim();
        for name in [id, &id[..id.len() - 1], &id[..9]] {
            assert_eq!(lab.ok(&with(&args, &[name, "-q"])).trim(), id, "{args:?} {name}");
        }
        let (code, stdout, _) = fed(lab, &format!("{id}\n"), &with(&args, &["-", "-q"]));
        assert_eq!((code, stdout.trim()), (0, id), "{args:?} -");
        let (code, _, stderr) = fed(lab, &format!("{id}\n{id}\n"), &with(&args, &["-", "-q"]));
        assert_eq!(code, 2, "{args:?}: {stderr}");
        let (code, stderr) = lab.fails(&with(&args, &[&id[..id.find('_').unwrap() + 1]]));
        assert!(matches!(code, 2 | 3), "{args:?}: {stderr}");
    }
    let node = lab.ok(&["nodes", "get", "web1", "-q"]);
    assert_eq!(lab.ok(&["nodes", "get", &node[..4], "-o", "name"]), "node/web1\n");
    let (code, stderr) = lab.fails(&["nodes", "get", &node[..3]]);
    assert_eq!(code, 2);
    assert!(stderr.contains("4 characters"), "{stderr}");

    let all = ["nodes", "update", "-", "--label", "from=stdin", "-q"];
    assert_eq!(fed(lab, "web1\n\n  web2  \n", &all).0, 0);
    let labelled =
        lab.ok(&["nodes", "list", "-l", "from=stdin", "--columns", "name", "--no-header"]);
    assert_eq!(labelled, "web1\nweb2\n");
    assert_eq!(fed(lab, "", &all).0, 2, "no name at all");
    assert_eq!(fed(lab, "web1\nnope\n", &all).0, 8);
}

#[test]
fn what_several_ids_begin_with_is_exit_2_and_names_them() {
    let lab = Lab::with_server();
    for name in ["a", "b"] {
        lab.ok(&["tokens", "create", "--name", name, "-q"]);
    }
    let (code, stderr) = lab.fails(&["tokens", "get", "tok_", "-o", "json"]);
    // Four characters that begin every token's id, and none of the id's own.
    assert_eq!(code, 2, "{stderr}");
    let ids = lab.ok(&["tokens", "list", "-q"]);
    let (one, two) = (lines(&ids)[0], lines(&ids)[1]);
    let same = one.bytes().zip(two.bytes()).take_while(|(a, b)| a == b).count();
    if same > "tok_".len() {
        let (code, stderr) = lab.fails(&["tokens", "get", &one[..same]]);
        assert_eq!(code, 2);
        assert!(stderr.contains(one) && stderr.contains(two), "{stderr}");
    }
}

#[test]
fn rows_are_selected_by_label_filter_and_state() {
    let site = Site::full();
    let lab = &site.lab;
    let nodes = |more: &[&str]| lab.ok(&with(&["nodes", "list", "-o", "name"], more));
    for (more, found) in [
        (&["-l", "site=ber"][..], "node/web1\n"),
        (&["-l", "site"], "node/web1\nnode/web2\n"),
        (&["-l", "site=ber", "-l", "ring=1"], "node/web1\n"),
        (&["-l", "site=ber", "-l", "ring=2"], ""),
        (&["--filter", "site=ham"], "node/web2\n"),
        (&["--filter", "!site=ham"], "node/web1\n"),
        (&["--filter", "name:web* state:offline"], "node/web2\n"),
        (&["--filter", "web1 or web2"], "node/web1\nnode/web2\n"),
        (&["--state", "offline"], "node/web2\n"),
        (&["--problems"], "node/web2\n"),
    ] {
        assert_eq!(nodes(more), found, "{more:?}");
    }
    for (args, found) in [
        (&["ports", "list", "--filter", "state:serving node:web1"][..], "port/db\n"),
        (&["ports", "list", "--filter", "number<20000"], ""),
        (&["ports", "list", "--node", "web1"], "port/db\n"),
        (&["tokens", "list", "--filter", "state:active"], "token/spare\n"),
        (&["tokens", "list", "-l", "site=vie"], "token/spare\n"),
        (&["tokens", "list", "--state", "used-up", "--filter", "spare"], ""),
    ] {
        assert_eq!(lab.ok(&with(args, &["-o", "name"])), found, "{args:?}");
    }
    let rules = |filter| lab.ok(&["rules", "list", "-q", "--filter", filter]).lines().count();
    assert_eq!((rules("port:db"), rules("who:role:admin"), rules("effect:deny")), (1, 1, 0));
    assert_eq!((rules("from:10.0.0.0/8"), rules("port:other")), (1, 0));

    let tunnels = |more: &[&str]| lab.ok(&with(&["tunnels", "list", "-q"], more)).lines().count();
    for (more, count) in [
        (&["--node", "web1"][..], 1),
        (&["--node", "web2"], 0),
        (&["--mine"], 1),
        (&["--who", "nobody"], 0),
        (&["--filter", "kind:forward to:localhost:*"], 1),
        (&["--filter", "state:closed"], 0),
    ] {
        assert_eq!(tunnels(more), count, "{more:?}");
    }
    let records = lab.json(&["audit", "list", "action:token.*", "--since", "1h", "-o", "json"]);
    let records = records["items"].as_array().unwrap();
    assert!(records.len() >= 3);
    assert!(records.iter().all(|r| r["action"].as_str().unwrap().starts_with("token.")));
    for args in [
        &["tunnels", "list", "--filter", "colour:red"][..],
        &["nodes", "list", "--filter", "rtt>1"],
        &["tunnels", "list", "--filter", "state:asleep"],
        &["ports", "list", "--filter", "colour:red"],
        &["rules", "list", "--filter", "(allow"],
        &["tokens", "list", "--filter", "left>x"],
        &["audit", "list", "(action:x"],
    ] {
        let (code, stderr) = lab.fails(args);
        assert_eq!(code, 2, "{args:?}");
        assert!(stderr.contains("tunnelctl help filters"), "{stderr}");
    }
}

#[test]
fn changes_are_for_the_nodes_that_a_label_or_a_filter_selects() {
    let site = Site::busy();
    let lab = &site.lab;
    let labelled = |label: &str| lab.ok(&["nodes", "list", "-o", "name", "-l", label]);
    lab.ok(&["nodes", "update", "-l", "site", "--label", "all=yes"]);
    assert_eq!(labelled("all=yes"), "node/web1\nnode/web2\n");
    lab.ok(&["nodes", "update", "-l", "site=ham", "--label", "one=yes"]);
    assert_eq!(labelled("one=yes"), "node/web2\n");
    lab.ok(&["nodes", "update", "--filter", "state:offline", "--label", "away=yes"]);
    assert_eq!(labelled("away=yes"), "node/web2\n");
    let none = ["nodes", "update", "-l", "site=nowhere", "--label", "x=y"];
    assert_eq!(lab.fails(&none).0, 3);
    assert_eq!(lab.fails(&["nodes", "update", "web1", "-l", "site", "--label", "x=y"]).0, 2);
    assert_eq!(lab.fails(&["nodes", "update", "--label", "x=y"]).0, 2);
    let revoke = ["revoke", "node", "-l", "site", "--reason", "test", "--confirm"];
    let (code, stderr) = lab.fails(&with(&revoke, &["web1"]));
    assert_eq!(code, 2, "all of them must be named: {stderr}");
    assert!(stderr.contains("web1,web2"), "{stderr}");
    lab.ok(&with(&revoke, &["web1,web2"]));
    assert_eq!(lab.state("web1").as_deref(), Some("revoked"));
    lab.ok(&["nodes", "delete", "-l", "site", "--yes"]);
    assert_eq!(lab.ok(&["nodes", "list", "-q"]), "");
}

#[test]
fn each_level_of_change_asks_for_what_it_needs_and_protection_raises_it() {
    let site = Site::full();
    let lab = &site.lab;
    let before = state(lab);
    let needs = |args: &[&str], flag: &str| {
        let (code, stderr) = lab.fails(args);
        assert_eq!(code, 2, "{args:?}: {stderr}");
        assert!(stderr.contains(flag), "{args:?}: {stderr}");
    };
    needs(&["ports", "delete", "db"], "needs --yes");
    needs(&["revoke", "node", "web1", "--yes"], "--confirm web1 --reason TEXT");
    needs(&["revoke", "node", "web1", "--confirm", "web1"], "--reason TEXT");
    needs(&["revoke", "node", "web1", "--confirm", "web2", "--reason", "x"], "nothing was changed");
    needs(&["server", "drain"], "needs --yes");
    assert_eq!(state(lab), before);

    lab.ok(&["context", "update", "local", "--protected", "on"]);
    let before = state(lab);
    needs(&["nodes", "rename", "web2", "web3"], "needs --yes");
    needs(&["ports", "create", "new", "--node", "web1", "--to", "a:1"], "needs --yes");
    needs(&["rules", "create", "--allow", "--who", "anyone", "--port", "db"], "needs --yes");
    needs(&["tokens", "create", "--name", "new"], "needs --yes");
    needs(&["ports", "delete", "db", "--yes"], "--confirm db --reason TEXT");
    needs(&["context", "delete", "local", "--yes"], "--confirm local");
    assert_eq!(state(lab), before);
    lab.ok(&["nodes", "rename", "web2", "web3", "--yes"]);
    lab.ok(&["ports", "delete", "db", "--confirm", "db", "--reason", "unused"]);
    let deleted = lab.json(&["audit", "list", "action:port.delete", "-o", "json"]);
    assert_eq!(deleted["items"][0]["data"]["reason"], "unused");
}

#[test]
fn columns_are_chosen_sorted_and_limited() {
    let site = Site::full();
    let lab = &site.lab;
    let list = |more: &[&str]| lab.ok(&with(&["nodes", "list"], more));
    assert_eq!(list(&["--columns", "state,name", "-l", "site=ber"]), "STATE\tNAME\nonline\tweb1\n");
    assert_eq!(list(&["--columns", "name", "--no-header", "--sort", "name:desc"]), "web2\nweb1\n");
    assert_eq!(
        list(&["--columns", "name", "-o", "csv", "--sort", "name"]),
        "name\r\nweb1\r\nweb2\r\n"
    );
    assert_eq!(list(&["-q", "--limit", "1"]).lines().count(), 1);
    // The limit is of what is sorted, not of what came first.
    assert_eq!(list(&["-o", "name", "--sort", "name:desc", "--limit", "1"]), "node/web2\n");
    let first = lab.json(&["audit", "list", "--sort", "seq", "--limit", "1", "-o", "json"]);
    assert_eq!(first["items"][0]["seq"], 1);
    let limited = lab.json(&["nodes", "list", "--limit", "1", "-o", "json"]);
    assert_eq!(limited["meta"]["count"], 1);
    assert!(limited["meta"]["next"].is_string(), "there is more: {limited}");

    for List { args, .. } in LISTS {
        for format in ["table", "json", "csv", "name"] {
            for flag in ["--columns", "--sort"] {
                let out = lab.run(with(args, &["-o", format, flag, "nope"]));
                let stderr = String::from_utf8_lossy(&out.stderr);
                assert_eq!(out.status.code(), Some(2), "{args:?} {flag} {format}: {stderr}");
                assert!(out.stdout.is_empty(), "{args:?}");
                assert!(stderr.contains("columns: "), "{args:?}: {stderr}");
            }
        }
    }
    for bad in ["0", "-1", "x", "4294967296"] {
        assert_eq!(lab.fails(&["nodes", "list", "--limit", bad]).0, 2, "{bad}");
    }
}

#[test]
fn errors_are_objects_on_stderr_and_stdout_stays_empty() {
    let lab = Lab::with_server();
    let shapes = Shapes::default();
    for (args, code, word) in [
        (&["nodes", "get", "nope"][..], 3, "not_found"),
        (&["connect", "nope:22"], 3, "not_found"),
        (&["forward", "nope", "0:80"], 3, "not_found"),
        (&["nodes", "list", "--columns", "nope"], 2, "usage"),
        (&["nodes", "lst"], 2, "usage"),
        (&["ports", "delete", "db"], 2, "usage"),
        (&["ports", "delete", "db", "--yes", "--read-only"], 5, "denied"),
        (&["nodes", "list", "-c", "other"], 3, "not_found"),
        (&["whoami", "--server", "127.0.0.1:1"], 9, "server"),
    ] {
        for format in ["json", "jsonl", "yaml"] {
            let out = lab.run(with(args, &["-o", format]));
            assert_eq!(out.status.code(), Some(code), "{args:?}");
            assert!(out.stdout.is_empty(), "{args:?}");
            let error: Value = serde_json::from_slice(&out.stderr)
                .unwrap_or_else(|_| panic!("{args:?}: {}", String::from_utf8_lossy(&out.stderr)));
            shapes.check(&lab, &error);
            assert_eq!(
                (&error["kind"], &error["code"]),
                (&"Error".into(), &word.into()),
                "{args:?}"
            );
            assert_eq!(error["exit"], code, "{args:?}");
            assert_eq!(error["retryable"], code == 9, "{args:?}");
            assert!(error["request_id"].as_str().unwrap().starts_with("req_"), "{args:?}");
        }
    }
}

/// Follows until a line satisfies `until`; every line must be as its kind's schema says.
fn followed(lab: &Lab, args: &[&str], act: impl FnOnce(), until: impl Fn(&Value) -> bool) {
    let mut command = lab.command(args);
    let log = lab.path("followed.log");
    let mut stream = Running::start(command.args(["-o", "jsonl"]), &log);
    let objects = || -> Vec<Value> {
        let text = stream.output();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    wait("the first line", PATIENCE, || objects().first().map(|o| assert_eq!(o["kind"], "Stream")));
    act();
    wait("the event", PATIENCE, || objects().iter().any(&until).then_some(()));
    let shapes = Shapes::default();
    objects().iter().for_each(|object| shapes.check(lab, object));
    stream.kill();
}

#[test]
fn what_is_followed_is_as_its_schema_says() {
    let site = Site::busy();
    let Site { lab, forward, tcp, .. } = site;
    let update = || drop(lab.ok(&["nodes", "update", "web2", "--label", "seen=1"]));
    followed(&lab, &["nodes", "list", "--watch"], update, |o| o["labels"]["seen"] == "1");
    followed(&lab, &["audit", "tail", "-f", "-n", "1"], update, |o| o["action"] == "node.update");
    followed(&lab, &["tunnels", "list", "--watch"], || drop(tcp), |o| o["state"] == "closed");
    let port = ["ports", "create", "db", "--node", "web1", "--to", &site.target];
    let publish = || drop(lab.ok(&port));
    followed(&lab, &["ports", "list", "--watch"], publish, |o| o["name"] == "db");
    let enroll = || lab.enroll("web3", &[]);
    followed(&lab, &["nodes", "watch"], enroll, |o| o["event"] == "new" && o["node"] == "web3");
    let address = forward.output().split(' ').nth(1).unwrap().to_owned();
    let open = || echo(&mut std::net::TcpStream::connect(address).unwrap()).unwrap();
    followed(&lab, &["tunnels", "watch"], open, |o| o["event"] == "close");
}

#[test]
fn times_and_colours_are_as_asked_and_json_is_always_utc() {
    let site = Site::busy();
    let lab = &site.lab;
    let seen = |zone: &str, more: &[&str]| {
        let args = ["nodes", "list", "-l", "site=ber", "--columns", "seen", "--no-header"];
        let out = lab.command(with(&args, more)).env("TZ", zone).output().unwrap();
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    let is = |pattern: &str, text: String| {
        assert!(Regex::new(pattern).unwrap().is_match(&text), "{text} against {pattern}");
    };
    let iso = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$";
    is(iso, seen("Asia/Tokyo", &[]));
    is(r"^(now|\d+s)$", seen("Asia/Tokyo", &["-o", "csv", "--time", "rel"]));
    is(r"^(now|\d+s)$", seen("", &["-o", "table", "--time", "rel"]));
    is(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", seen("Asia/Tokyo", &["-o", "table", "--time", "abs"]));
    is(
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$",
        seen("Asia/Tokyo", &["-o", "table", "--time", "abs", "--utc"]),
    );
    let hour = |zone: &str, more: &[&str]| seen(zone, more)[11..13].to_owned();
    let table = ["-o", "table", "--time", "abs"];
    assert_ne!(hour("Asia/Tokyo", &table), hour("UTC", &table));
    assert_ne!(hour("Asia/Tokyo", &table), hour("Asia/Tokyo", &with(&table, &["--utc"])));

    let config = lab.path("config/tunnelctl/config.toml");
    std::fs::write(&config, "time = \"rel\"\n").unwrap();
    is(iso, seen("Asia/Tokyo", &[]));
    is(iso, seen("Asia/Tokyo", &["-o", "csv"]));
    is(r"^(now|\d+s)$", seen("Asia/Tokyo", &["-o", "table"]));
    std::fs::remove_file(&config).unwrap();

    let colored = |env: &[(&str, &str)], more: &[&str]| {
        let mut command = lab.command(with(&["nodes", "list", "-o", "table"], more));
        command.env_remove("NO_COLOR").envs(env.iter().copied());
        command.output().unwrap().stdout.contains(&0x1b)
    };
    assert!(!colored(&[], &[]), "a pipe");
    assert!(colored(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!colored(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(colored(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!colored(&[("CLICOLOR_FORCE", "1")], &["--no-color"]));
    let ascii = lab.ok(&["nodes", "list", "-o", "wide", "--ascii"]);
    assert!(ascii.is_ascii(), "{ascii}");
}
