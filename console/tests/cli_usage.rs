//! The binary without a server: wrong arguments, help, configuration, exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing unwrap fails the test")]

mod support;

use serde_json::Value;
use support::Home;

#[test]
fn no_arguments_without_a_terminal_is_help_on_stderr_and_exit_2() {
    let ran = Home::new().run(&[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("Usage: tunnelctl"), "{}", ran.stderr);
}

#[test]
fn an_unknown_command_names_the_nearest_and_the_help() {
    let home = Home::new();
    for (args, near) in [
        (&["ndoes", "list"][..], "nodes"),
        (&["nodes", "lsit"], "list"),
        (&["nodes", "list", "--stat", "online"], "--state"),
        (&["tokens", "create", "--name", "a", "--tll", "1h"], "--ttl"),
    ] {
        let ran = home.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("did you mean {near}?")), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("--help"), "{}", ran.stderr);
        assert!(ran.stderr.trim_end().ends_with("[exit 2]"), "{}", ran.stderr);
    }
}

#[test]
fn a_noun_without_a_verb_and_a_missing_argument_are_exit_2() {
    let home = Home::new();
    for args in [
        &["nodes"][..],
        &["server", "config"],
        &["nodes", "get"],
        &["forward"],
        &["forward", "web1"],
        &["connect", "web1"],
        &["tokens", "create"],
    ] {
        assert_eq!(home.run(args).code, 2, "{args:?}");
    }
}

#[test]
fn a_single_value_flag_given_twice_is_an_error_wherever_it_stands() {
    let home = Home::new();
    for args in [
        &["-o", "json", "nodes", "list", "-o", "json"][..],
        &["--output", "json", "nodes", "list", "--output=json"],
        &["nodes", "list", "--quiet", "--quiet"],
        &["-qo", "json", "nodes", "list", "-o", "yaml"],
        &["-qy", "nodes", "list", "-q"],
        &["--timeout", "1s", "whoami", "--timeout", "2s"],
        &["tokens", "create", "--name", "a", "--name", "b"],
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn the_value_of_a_short_flag_is_no_flag() {
    // -lq is the label q: with -q beside it nothing is given twice.
    let ran = Home::new().run(&["nodes", "list", "-lq=1", "-q"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
}

#[test]
fn flags_may_stand_before_and_after_the_command() {
    let home = Home::new();
    for args in [
        &["-o", "json", "context", "list"][..],
        &["context", "-o", "json", "list"],
        &["context", "list", "-o", "json"],
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let list: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(list["kind"], "ContextList");
        assert_eq!(list["items"], serde_json::json!([]));
        assert_eq!(list["meta"]["count"], 0);
    }
}

#[test]
fn errors_are_json_on_stderr_when_json_is_asked_for() {
    let home = Home::new();
    for args in [
        &["nodes", "list", "-o", "json"][..],
        &["nodes", "get", "a", "-o=jsonl"],
        &["-oyaml", "nodse"],
    ] {
        let ran = home.run(args);
        assert_eq!(ran.stdout, "", "{args:?}");
        let error: Value =
            serde_json::from_str(&ran.stderr).unwrap_or_else(|_| panic!("{}", ran.stderr));
        assert_eq!(error["kind"], "Error");
        assert_eq!(error["exit"], ran.code);
        assert!(error["request_id"].as_str().unwrap().starts_with("req_"));
        assert!(error["retryable"].is_boolean());
        assert!(error.as_object().unwrap().contains_key("hint"));
    }
}

#[test]
fn without_a_context_commands_that_need_a_server_are_exit_4() {
    let home = Home::new();
    for args in [
        &["whoami"][..],
        &["nodes", "list"],
        &["nodes", "is-online", "a"],
        &["server", "status"],
        &["connect", "a:22"],
        &["forward", "a", "80"],
        &["audit", "verify"],
        &["tokens", "create", "--name", "a"],
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 4, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("tunnelctl context list"), "{}", ran.stderr);
    }
}

#[test]
fn a_context_that_is_not_there_is_exit_3() {
    assert_eq!(Home::new().run(&["-c", "nowhere", "whoami"]).code, 3);
    assert_eq!(Home::new().with("TUNNELCTL_CONTEXT", "nowhere").run(&["whoami"]).code, 3);
    assert_eq!(Home::new().run(&["context", "show", "nowhere"]).code, 3);
    assert_eq!(Home::new().run(&["-c", "No Name", "whoami"]).code, 2);
}

#[test]
fn changes_without_a_terminal_name_the_missing_flag_before_anything_is_sent() {
    let home = Home::new();
    for (args, flag) in [
        (&["revoke", "node", "web1"][..], "--confirm web1 --reason TEXT"),
        (&["revoke", "node", "web1", "--yes"], "--confirm web1 --reason TEXT"),
        (&["revoke", "node", "web1", "--confirm", "web1"], "--reason TEXT"),
        (&["revoke", "node", "web1", "--reason", "x"], "--confirm web1"),
        (&["revoke", "token", "t"], "--yes"),
        (&["ports", "delete", "db"], "--yes"),
        (&["nodes", "delete", "web1"], "--yes"),
        (&["server", "drain"], "--yes"),
        (&["tokens", "create", "--name", "a", "--uses", "101"], "--yes"),
        (&["tokens", "create", "--name", "a", "--no-expiry"], "--reason TEXT"),
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(flag), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn read_only_refuses_changes_and_says_where_it_comes_from() {
    let home = Home::new();
    let ran = home.run(&["--read-only", "nodes", "rename", "a", "b"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("read_only from flag"), "{}", ran.stderr);
    let ran = Home::new().with("TUNNELCTL_READ_ONLY", "1").run(&["ports", "enable", "db"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("read_only from env"), "{}", ran.stderr);
}

#[test]
fn malformed_values_are_exit_2() {
    let home = Home::new();
    for args in [
        &["rules", "create", "--allow", "--who", "anyone", "--from", "10.0.0.0/99"][..],
        &["rules", "create", "--allow", "--who", "anyone", "--from", "0.0.0.0/0"],
        &["rules", "create", "--who", "anyone"],
        &["ports", "create", "db", "--node", "a", "--to", "nowhere"],
        &["ports", "create", "DB", "--node", "a", "--to", "a:1"],
        &["ports", "create", "db", "--node", "a", "--to", "a:1", "--on-drop", "maybe"],
        &["ports", "create", "db", "--node", "a", "--to", "a:1", "--port", "0"],
        &["forward", "a", "x:y"],
        &["forward", "port/db", "1", "2"],
        &["connect", "a", "0"],
        &["nodes", "list", "--state", "asleep"],
        &["nodes", "list", "--filter", "rtt>150"],
        &["nodes", "wait", "a", "--for", "lunch"],
        &["tokens", "create", "--name", "Not A Name"],
        &["tokens", "create", "--name", "a", "--label", "=x"],
        &["--timeout", "soon", "whoami"],
        &["--ca-pin", "sha256:12", "enroll", "--token-file", "/dev/null"],
        &["audit", "list", "colour:blue"],
        &["server", "config", "check", "--port-range", "9-1"],
        &["server", "config", "check", "--metrics", "maybe"],
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn bad_environment_and_files_are_exit_2_and_named() {
    let ran = Home::new().with("TUNNELCTL_OUTPUT", "xml").run(&["context", "list"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("TUNNELCTL_OUTPUT"), "{}", ran.stderr);

    let home = Home::new();
    home.write("config/tunnelctl/config.toml", "contxt = \"a\"\n");
    let ran = home.run(&["context", "list"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("contxt") && ran.stderr.contains("did you mean context?"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.run(&["completions", "bash"]).code, 0, "works with a broken file");
}

#[test]
fn the_nearest_source_of_a_value_wins_and_is_named() {
    let home = Home::new().with("TUNNELCTL_TIMEOUT", "7s");
    home.write("config/tunnelctl/config.toml", "timeout = \"9s\"\nutc = true\n");
    let origin = |args: &[&str]| {
        let ran = home.run(&[args, &["config", "show", "--origin", "-o", "json"]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let list: Value = serde_json::from_str(&ran.stdout).unwrap();
        let items = list["items"].as_array().unwrap().clone();
        move |name: &str| {
            let item = items.iter().find(|i| i["name"] == name).unwrap();
            (item["value"].as_str().map(str::to_owned), item["origin"].as_str().unwrap().to_owned())
        }
    };
    let shown = origin(&[]);
    assert_eq!(shown("timeout"), (Some("7s".into()), "env".into()));
    assert_eq!(shown("utc"), (Some("true".into()), "config".into()));
    assert_eq!(shown("ascii"), (Some("false".into()), "default".into()));
    assert_eq!(origin(&["--timeout", "5s"])("timeout"), (Some("5s".into()), "flag".into()));
}

#[test]
fn every_command_has_help_that_begins_with_examples() {
    let home = Home::new();
    for (path, _) in console::cli::help::all_examples() {
        let words: Vec<&str> = path.split(' ').skip(1).collect();
        for flag in ["-h", "--help"] {
            let ran = home.run(&[words.as_slice(), &[flag]].concat());
            assert_eq!(ran.code, 0, "{path} {flag}: {}", ran.stderr);
            assert!(ran.stdout.starts_with("Examples:\n  $ "), "{path}: {}", ran.stdout);
            assert_eq!(ran.stdout.matches("\n  $ ").count(), 2, "{path}: {}", ran.stdout);
        }
        let ran = home.run(&[&["help"], words.as_slice()].concat());
        assert_eq!(ran.code, 0, "help {path}: {}", ran.stderr);
    }
}

#[test]
fn topics_are_explained_and_unknown_ones_are_exit_2() {
    let home = Home::new();
    for topic in ["environment", "exit-codes", "output", "filters", "contexts", "ssh", "files"] {
        let ran = home.run(&["help", topic]);
        assert!(ran.code == 0 && ran.stdout.lines().count() > 5, "{topic}");
    }
    let ran = home.run(&["help", "exit-code"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("did you mean exit-codes?"), "{}", ran.stderr);
}

#[test]
fn the_command_tree_is_the_one_that_was_agreed() {
    let mut tree = String::new();
    support::tree(&console::cli::command(), 0, &mut tree);
    insta::assert_snapshot!("command_tree", tree);
}

#[test]
fn completions_and_man_pages_are_made_for_every_shell_and_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = home.run(&["completions", shell]);
        assert!(ran.code == 0 && ran.stdout.contains("is-online"), "{shell}");
    }
    let ran = home.run(&["man", "--out", home.path("man").to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for page in [
        "tunnelctl.1",
        "tunnelctl-nodes-is-online.1",
        "tunnelctl-server-run.1",
        "tunnelctl-exit-codes.7",
    ] {
        let text = std::fs::read_to_string(home.path("man").join(page)).unwrap();
        assert!(text.contains(".SH"), "{page}");
    }
    let one = home.run(&["man"]);
    assert!(one.stdout.contains(".TH TUNNELCTL 1"), "{}", &one.stdout[..200.min(one.stdout.len())]);
}

#[test]
fn names_for_completion_come_from_the_cache_and_never_fail() {
    let home = Home::new().with("TUNNELCTL_CONTEXT", "lab");
    assert_eq!(home.run(&["__complete", "nodes"]).stdout, "");
    home.write("cache/tunnelctl/lab/nodes", "web1\tonline\nweb2\toffline\ndb1\tonline\n");
    let ran = home.run(&["__complete", "nodes", "web"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "web1\tonline\nweb2\toffline\n"));
    assert_eq!(ran.stderr, "");
}

/// What is offered at the end of a line.
fn offered(home: &Home, line: &[&str]) -> Vec<String> {
    let ran = home.run(&[&["__complete", "line", "--"], line].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line:?}");
    ran.stdout.lines().map(|name| name.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn every_kind_of_name_is_offered_where_it_can_stand() {
    let home = Home::new().with("TUNNELCTL_CONTEXT", "lab");
    let kinds = [
        "nodes",
        "operators",
        "roles",
        "rules",
        "sessions",
        "guests",
        "locks",
        "ports",
        "links",
        "tokens",
        "tunnels",
    ];
    for kind in kinds {
        let names = format!("{kind}-1\tabout it\n{kind}-2\tabout that\n");
        home.write(&format!("cache/tunnelctl/lab/{kind}"), &names);
        home.write(&format!("cache/tunnelctl/other/{kind}"), &format!("{kind}-9\tfar\n"));
    }
    for (line, kind) in [
        (&["nodes", "get", ""][..], "nodes"),
        (&["nodes", "wait", ""], "nodes"),
        (&["lock", "node", ""], "nodes"),
        (&["revoke", "node", "a", ""], "nodes"),
        (&["forward", ""], "nodes"),
        (&["-v", "-o", "json", "connect", ""], "nodes"),
        (&["tunnels", "list", "--node", ""], "nodes"),
        (&["operators", "get", ""], "operators"),
        (&["lock", "operator", ""], "operators"),
        (&["sessions", "end", "--operator", ""], "operators"),
        (&["operators", "assign", "jon", ""], "roles"),
        (&["roles", "delete", "support", ""], "roles"),
        (&["tokens", "create", "--role", ""], "roles"),
        (&["access", "request", "--role", "="], ""),
        (&["access", "request", "--role", "=", ""], "roles"),
        (&["rules", "update", ""], "rules"),
        (&["rules", "create", "--before", ""], "rules"),
        (&["sessions", "extend", ""], "sessions"),
        (&["revoke", "session", ""], "sessions"),
        (&["unlock", "session", ""], "sessions"),
        (&["guests", "delete", "lee", ""], "guests"),
        (&["locks", "get", ""], "locks"),
        (&["ports", "enable", "--yes", ""], "ports"),
        (&["links", "delete", ""], "links"),
        (&["links", "get", ""], "links"),
        (&["links", "create", ""], ""),
        (&["guests", "admit", "lee", "--port", ""], "ports"),
        (&["sessions", "start", "--port", ""], "ports"),
        (&["tokens", "get", ""], "tokens"),
        (&["revoke", "token", "--", ""], "tokens"),
        (&["tunnels", "close", ""], "tunnels"),
        // New names, numbers, verbs, options and targets are nobody's.
        (&["ports", "create", ""], ""),
        (&["ports", "create", "db", "--port", ""], ""),
        (&["roles", "create", ""], ""),
        (&["guests", "admit", ""], ""),
        (&["operators", "update", "jon", "--name", ""], ""),
        (&["nodes", ""], ""),
        (&["nodes", "get", "--"], ""),
        (&["forward", "web1", ""], ""),
        (&["nodes", "get", "web1", ""], ""),
        (&[""], ""),
        (&[], ""),
    ] {
        let wanted: Vec<String> = match kind {
            "" => Vec::new(),
            kind => vec![format!("{kind}-1"), format!("{kind}-2")],
        };
        assert_eq!(offered(&home, line), wanted, "{line:?}");
    }
    assert_eq!(offered(&home, &["guests", "get", "guests-2"]), ["guests-2"]);
    assert_eq!(offered(&home, &["connect", "port/"]), ["port/ports-1", "port/ports-2"]);
    assert_eq!(offered(&home, &["forward", "port/ports-2"]), ["port/ports-2"]);
    // The context that the line itself names.
    assert_eq!(offered(&home, &["-c", "other", "guests", "get", ""]), ["guests-9"]);
}

#[test]
fn bash_offers_live_names_by_the_words_that_were_typed() {
    let home = Home::new().with("TUNNELCTL_CONTEXT", "lab");
    home.write("cache/tunnelctl/lab/guests", "lee\tactive\nlea\tactive\n");
    let script = home.path("tunnelctl.bash");
    home.write("tunnelctl.bash", &home.run(&["completions", "bash"]).stdout);
    let ask = format!(
        "source {}; COMP_WORDS=(tunnelctl guests extend le); COMP_CWORD=3; \
         tunnelctl() {{ {} \"$@\"; }}; _tunnelctl_live tunnelctl le extend; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script.display(),
        env!("CARGO_BIN_EXE_tunnelctl"),
    );
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", &ask]);
    for (name, value) in home.command(&[]).get_envs() {
        bash.env(name, value.unwrap_or_default());
    }
    let out = bash.output().unwrap();
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert_eq!(String::from_utf8_lossy(&out.stdout), "lee\nlea\n", "{stderr}");
}

#[test]
fn schemas_are_printed_and_unknown_kinds_are_exit_3() {
    let home = Home::new();
    for kind in home.run(&["schema"]).stdout.lines() {
        let ran = home.run(&["schema", kind]);
        let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(schema["title"], kind);
    }
    let ran = home.run(&["schema", "Nod"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("did you mean Node?"), "{}", ran.stderr);
}

#[test]
fn version_needs_no_server() {
    let ran = Home::new().run(&["version", "-o", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let version: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(version["client"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(version["server"], serde_json::json!({"version": null, "reachable": false}));
    assert!(version["client"]["target"].is_string());
    assert!(Home::new().run(&["--version"]).stdout.starts_with("tunnelctl "));
}

#[test]
fn a_closed_pipe_ends_quietly_with_0() {
    let ran = Home::new().run_into_closed_pipe(&["man"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}
