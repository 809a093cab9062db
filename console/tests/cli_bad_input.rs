//! Bad input, row by row: the exit code of the contract, one line that names the thing, the next
//! step, and nothing half-applied.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::site::Site;
use lab::{Lab, Running};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A command, its exit code, and what standard error must say.
type Row<'a> = (&'a [&'a str], i32, &'a [&'a str]);

/// Runs every row and compares what there is before and after.
fn check(lab: &Lab, rows: &[Row<'_>]) {
    let before = state(lab);
    for (args, code, says) in rows {
        let out = lab.run(*args);
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(*code), "{args:?}: {stderr}");
        assert!(out.stdout.is_empty(), "{args:?}");
        told(&stderr, *code, says, args);
    }
    assert_eq!(state(lab), before, "something was half-applied");
}

/// One error of at most six lines that begins with what is wrong and ends with the code.
fn told(stderr: &str, code: i32, says: &[&str], args: &[&str]) {
    assert!(stderr.starts_with("error: "), "{args:?}: {stderr}");
    assert!(stderr.lines().count() <= 6, "{args:?}: {stderr}");
    assert!(stderr.trim_end().ends_with(&format!("[exit {code}]")), "{args:?}: {stderr}");
    assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    for word in says {
        assert!(stderr.contains(word), "{args:?}: {word:?} is not in {stderr}");
    }
}

fn state(lab: &Lab) -> String {
    ["nodes", "tokens", "ports", "rules", "context"]
        .map(|noun| {
            let mut args = vec![noun, "list", "-o", "csv"];
            match noun {
                "nodes" => args.extend(["--columns", "name,id,labels,owner"]),
                // A denied or allowed connection counts as a hit of its rule.
                "rules" => args.extend(["--columns", "order,id,effect,who,from,port,until,state"]),
                _ => {}
            }
            lab.ok(&args)
        })
        .concat()
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

const HOSTILE: &str = "web1\u{1b}[31m\nroot";
const LONG: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[test]
fn names_and_ids() {
    let site = Site::full();
    let mut rows: Vec<Row<'_>> = Vec::new();
    // What is not there is 3, with the list it would be in.
    for (args, list) in [
        (&["nodes", "get", "nope"][..], "tunnelctl nodes list"),
        (&["nodes", "get", "n_aaaaaaaaaaaa"], "tunnelctl nodes list"),
        (&["nodes", "update", "nope", "--label", "a=b"], "tunnelctl nodes list"),
        (&["nodes", "rename", "nope", "web9"], "tunnelctl nodes list"),
        (&["nodes", "wait", "nope", "--for", "online"], "tunnelctl nodes list"),
        (&["nodes", "is-online", "nope"], "tunnelctl nodes list"),
        (&["nodes", "reconnects", "nope"], "tunnelctl nodes list"),
        (&["revoke", "node", "nope", "--confirm", "nope", "--reason", "x"], "tunnelctl nodes list"),
        (&["connect", "nope:22"], "tunnelctl nodes list"),
        (&["forward", "nope", "0:22"], "tunnelctl nodes list"),
        (&["socks", "nope", "--listen", "127.0.0.1:0"], "tunnelctl nodes list"),
        (&["tunnels", "list", "--node", "nope"], "tunnelctl nodes list"),
        (&["tunnels", "watch", "--node", "nope"], "tunnelctl nodes list"),
        (&["ports", "create", "x", "--node", "nope", "--to", "a:1"], "tunnelctl nodes list"),
        (&["ports", "get", "nope"], "tunnelctl ports list"),
        (&["ports", "enable", "nope"], "tunnelctl ports list"),
        (&["ports", "delete", "nope", "--yes"], "tunnelctl ports list"),
        (&["connect", "port/nope"], "tunnelctl ports list"),
        (&["forward", "port/nope"], "tunnelctl ports list"),
        (&["rules", "delete", "r_aaaaaaaaaaaa", "--yes"], "tunnelctl rules list"),
        (&["tokens", "get", "nope"], "tunnelctl tokens list"),
        (&["tokens", "revoke", "nope", "--yes"], "tunnelctl tokens list"),
        (&["tunnels", "get", "t_aaaaaaaaaaaa"], "tunnelctl tunnels list"),
        (&["tunnels", "close", "t_aaaaaaaaaaaa"], "tunnelctl tunnels list"),
        (&["audit", "get", "a_77777777777a"], "tunnelctl audit list"),
        (&["audit", "get", "999999"], "tunnelctl audit list"),
        (&["context", "use", "nope"], "tunnelctl context list"),
        (&["context", "show", "nope"], "tunnelctl context list"),
        (&["-c", "nope", "whoami"], "tunnelctl context list"),
    ] {
        rows.push((args, 3, vec![list].leak()));
    }
    // What cannot be a name is 2 and is shown without what it would do to a terminal.
    for args in [
        &["nodes", "rename", "web2", "Web"][..],
        &["nodes", "rename", "web2", "-web"],
        &["nodes", "rename", "web2", ""],
        &["nodes", "rename", "web2", "a b"],
        &["nodes", "rename", "web2", LONG],
        &["nodes", "rename", "web2", HOSTILE],
        &["nodes", "get", HOSTILE],
        &["nodes", "get", "n_a"],
        &["tokens", "create", "--name", HOSTILE],
        &["tokens", "create", "--name", LONG],
        &["ports", "create", HOSTILE, "--node", "web1", "--to", "a:1"],
        &["ports", "create", "x_y", "--node", "web1", "--to", "a:1"],
        &["context", "show", "../../etc"],
        &["-c", HOSTILE, "whoami"],
    ] {
        rows.push((args, 2, &[]));
    }
    // What is taken is 11 and says by whom.
    for (args, says) in [
        (&["nodes", "rename", "web2", "web1"][..], "tunnelctl nodes get web1"),
        (&["ports", "create", "db", "--node", "web1", "--to", "a:1"], "tunnelctl ports get db"),
        (&["tokens", "create", "--name", "spare"], "tunnelctl tokens revoke spare"),
        (&["nodes", "delete", "web1", "--yes"], "tunnelctl revoke node web1"),
    ] {
        rows.push((args, 11, vec![says].leak()));
    }
    check(&site.lab, &rows);
    let (_, stderr) = site.lab.fails(&["nodes", "get", HOSTILE]);
    assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
}

#[test]
fn networks_targets_and_port_numbers() {
    let site = Site::full();
    let lab = &site.lab;
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = taken.local_addr().unwrap();
    let (number, address) = (taken.port().to_string(), taken.to_string());
    let local = format!("{number}:localhost:1");
    let own = lab.json(&["ports", "get", "db", "-o", "json"])["public"]["port"].to_string();
    let ephemeral = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
    let ephemeral = ephemeral.split_whitespace().next().unwrap().to_owned();
    let rule = |from: &'static str| -> &'static [&'static str] {
        vec!["rules", "create", "--allow", "--who", "anyone", "--port", "db", "--from", from].leak()
    };
    let port = |more: &[&'static str]| -> &'static [&'static str] {
        [&["ports", "create", "x", "--node", "web1"], more].concat().leak()
    };
    let leaked = |text: &str| -> &'static str { text.to_owned().leak() };
    check(
        lab,
        &[
            (rule("10.0.0.0/33"), 2, &["--from", "10.8.0.0/16"]),
            (rule("10.0.0"), 2, &["--from"]),
            (rule("fe80::/129"), 2, &["--from"]),
            (rule("nonsense"), 2, &["nonsense"]),
            (rule(""), 2, &["--from"]),
            (rule("0.0.0.0/0"), 2, &["--anyone-really"]),
            (rule("::/0"), 2, &["--anyone-really"]),
            (&["rules", "create", "--who", "anyone", "--from", "10.0.0.0/8"], 2, &["--allow"]),
            (&["rules", "create", "--allow", "--deny", "--who", "anyone"], 2, &["--deny"]),
            (
                &["rules", "create", "--allow", "--who", "nobody", "--port", "db"],
                3,
                &["nobody", "role:"],
            ),
            (
                &[
                    "rules",
                    "create",
                    "--allow",
                    "--who",
                    "anyone",
                    "--from",
                    "10.0.0.0/8",
                    "--port",
                    "nope",
                ],
                3,
                &["nope"],
            ),
            (
                &[
                    "rules",
                    "create",
                    "--allow",
                    "--who",
                    "anyone",
                    "--from",
                    "10.0.0.0/8",
                    "--port",
                    "db",
                    "--before",
                    "r_aaaaaaaaaaaa",
                ],
                3,
                &["r_aaaaaaaaaaaa"],
            ),
            (
                &[
                    "rules",
                    "create",
                    "--allow",
                    "--who",
                    "anyone",
                    "--from",
                    "10.0.0.0/8",
                    "--port",
                    "db",
                    "--until",
                    "soon",
                ],
                2,
                &["soon"],
            ),
            (port(&["--to", "localhost"]), 2, &["--to"]),
            (port(&["--to", "localhost:0"]), 2, &["--to"]),
            (port(&["--to", "localhost:65536"]), 2, &["--to"]),
            (port(&["--to", "a b:1"]), 2, &["--to"]),
            (port(&["--to", ":1"]), 2, &["--to"]),
            (port(&["--to", "a:1", "--port", "0"]), 2, &["--port", "65535"]),
            (port(&["--to", "a:1", "--port", "65536"]), 2, &["--port"]),
            (port(&["--to", "a:1", "--port", "x"]), 2, &["--port"]),
            (port(&["--to", "a:1", "--port", leaked(&ephemeral)]), 2, &["ip_local_reserved_ports"]),
            (port(&["--to", "a:1", "--port", leaked(&own)]), 11, &["db"]),
            (port(&["--to", "a:1", "--max-tunnels", "0"]), 2, &["--max-tunnels"]),
            (port(&["--to", "a:1", "--on-drop", "wait"]), 2, &["hold=10s"]),
            (port(&["--to", "a:1", "--on-drop", "hold=-1s"]), 2, &["--on-drop"]),
            (&["connect", "web1"], 2, &["tunnelctl connect web1:22"]),
            (&["connect", "web1:0"], 2, &["65535"]),
            (&["connect", "web1", "a:b"], 2, &["a:b"]),
            (&["connect", ":22"], 2, &["no node"]),
            (&["connect", "port/db", "22"], 2, &["port/NAME"]),
            (&["forward", "web1"], 2, &["SPEC"]),
            (&["forward", "web1", "65536"], 2, &["65536", "LPORT:PORT"]),
            (&["forward", "web1", "1:2:3:4:5"], 2, &["1:2:3:4:5"]),
            (&["forward", "web1", "0:80", "--allow-from", "10.0.0.0/99"], 2, &["--allow-from"]),
            (&["forward", "web1", &local], 11, &[&address, "port 0"]),
            (&["socks", "web1", "--listen", &address], 11, &[&address, "port 0"]),
            (&["socks", "web1", "--listen", "nowhere"], 2, &["--listen"]),
        ],
    );
}

#[test]
fn what_happens_at_the_target_decides() {
    let site = Site::busy();
    let nobody = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let refused = format!("web1:{nobody}");
    check(
        &site.lab,
        &[
            (&["connect", &refused], 1, &["connection refused"]),
            (&["connect", "web1", "nosuchname.invalid:80"], 3, &["nosuchname.invalid"]),
            (&["connect", "web1", "192.0.2.1:80"], 5, &["allowlist", "agent config set allow"]),
            (&["connect", "web1", "169.254.169.254:80"], 5, &["169.254.169.254:80"]),
            (&["connect", "web2:22"], 6, &["web2", "offline", "--wait 10m"]),
            (&["forward", "web2", "0:22", "--on-drop", "close"], 6, &["web2", "--on-drop hold"]),
        ],
    );
}

#[test]
fn durations_sizes_and_other_values() {
    let site = Site::full();
    let mut rows: Vec<Row<'_>> = Vec::new();
    for bad in ["", "x", "10 parsecs", "-1s", "1h30", "99999999999999999999"] {
        for args in [
            ["--timeout", bad, "whoami"].to_vec(),
            ["tokens", "create", "--name", "a", "--ttl", bad].to_vec(),
            ["nodes", "reconnects", "web1", "--since", bad].to_vec(),
            ["forward", "web1", "0:1", "--idle", bad].to_vec(),
            ["connect", "web1:1", "--wait", bad].to_vec(),
            ["server", "drain", "--yes", "--for", bad].to_vec(),
            ["audit", "list", "--since", bad].to_vec(),
        ] {
            rows.push((args.leak(), 2, &[]));
        }
    }
    let more: &[Row<'_>] = &[
        (&["--timeout", "0s", "whoami"], 2, &["--timeout"]),
        (&["tokens", "create", "--name", "a", "--ttl", "0s"], 2, &["--ttl"]),
        (&["tokens", "create", "--name", "a", "--uses", "0"], 2, &["--uses"]),
        (&["tokens", "create", "--name", "a", "--uses", "many"], 2, &["--uses"]),
        (&["tokens", "create", "--name", "a", "--kind", "robot"], 2, &["node or operator"]),
        (&["tokens", "create", "--name", "a", "--label", "a b=c"], 2, &["key=value"]),
        (&["tokens", "create", "--name", "a", "--label", "=c"], 2, &["key=value"]),
        (&["tokens", "create", "--name", "a", "--allow", "db"], 2, &["HOST|CIDR:PORTS"]),
        (&["tokens", "create", "--name", "a", "--no-expiry"], 2, &["--reason"]),
        (&["tokens", "create", "--name", "a", "--uses", "101"], 2, &["--yes"]),
        (&["nodes", "update", "web1"], 2, &["--label"]),
        (&["nodes", "update", "web1", "--label", "a b"], 2, &["key=value"]),
        (&["nodes", "wait", "web1", "--for", "lunch"], 2, &["online, offline"]),
        (&["nodes", "list", "--state", "asleep"], 2, &["online"]),
        (&["nodes", "watch", "--events", "rain"], 2, &["up"]),
        (&["nodes", "list", "-o", "xml"], 2, &["jsonl"]),
        (&["nodes", "list", "--color", "blue"], 2, &["always"]),
        (&["nodes", "list", "--time", "tea"], 2, &["iso"]),
        (&["nodes", "list", "--retry", "often"], 2, &["--retry"]),
        (&["audit", "tail", "-n", "x"], 2, &["--lines"]),
        (&["audit", "verify", "--from", "0"], 2, &["--from"]),
        (&["completions", "tcsh"], 2, &["bash"]),
        (&["context", "update", "local", "--protected", "maybe"], 2, &["on or off"]),
        (&["context", "update", "local", "--server", "http://x/y:1"], 2, &["HOST:PORT"]),
        (&["--ca-pin", "sha256:12", "whoami"], 2, &["64 hexadecimal digits"]),
        (&["nodes", "wait", "web2", "--for", "online", "--timeout", "100ms"], 7, &["web2"]),
    ];
    rows.extend(more);
    check(&site.lab, &rows);
}

#[test]
fn configuration_keys_and_files() {
    let site = Site::full();
    let lab = &site.lab;
    let node = lab.text("node-web1");
    let agent_toml = lab.path("node-web1/agent.toml");
    let before = std::fs::read_to_string(&agent_toml).unwrap();
    let toml = |name: &str, text: &str| {
        std::fs::write(lab.path(name), text).unwrap();
        lab.text(name)
    };
    let slip = toml("slip.toml", "heartbaet = \"5s\"\n");
    let far = toml("far.toml", "colour = \"blue\"\n");
    let wrong = toml("wrong.toml", "heartbeat = \"x\"\n");
    let syntax = toml("syntax.toml", "heartbeat = \n");
    let missing = lab.text("missing.toml");
    let dir = lab.text("other");
    let agent = |key: &'static str, value: &'static str| -> &'static [&'static str] {
        let node: &'static str = node.clone().leak();
        vec!["agent", "config", "set", "--state-dir", node, "--", key, value].leak()
    };
    check(
        lab,
        &[
            (agent("alow", "x:1"), 2, &["alow", "did you mean allow?"]),
            (agent("colour", "blue"), 2, &["colour", "limits.tunnels"]),
            (agent("allow", "x"), 2, &["HOST|CIDR:PORTS"]),
            (agent("allow", "10.0.0.0/40:1"), 2, &["10.0.0.0/40"]),
            (agent("server", "nowhere"), 2, &["HOST:PORT"]),
            (agent("limits.tunnels", "0"), 2, &["limits.tunnels"]),
            (agent("limits.tunnels", "-5"), 2, &["limits.tunnels"]),
            (agent("labels", "a b"), 2, &["labels"]),
            (
                &["server", "config", "check", "--dir", &dir, "-f", &slip],
                2,
                &["slip.toml", "did you mean heartbeat?"],
            ),
            (
                &["server", "config", "check", "--dir", &dir, "-f", &far],
                2,
                &["far.toml", "colour", "warm_lanes"],
            ),
            (
                &["server", "config", "check", "--dir", &dir, "-f", &wrong],
                2,
                &["wrong.toml", "heartbeat"],
            ),
            (&["server", "run", "--dir", &dir, "-f", &syntax], 2, &["syntax.toml"]),
            (
                &["server", "run", "--dir", &dir, "-f", &missing],
                3,
                &["missing.toml", "no such file"],
            ),
            (&["server", "run", "--dir", &dir, "--port-range", "9-1"], 2, &["--port-range"]),
            (&["server", "run", "--dir", &dir, "--public-name", "a b"], 2, &["a b"]),
            (&["server", "init", "--dir", &dir, "--listen", "x"], 2, &["--listen"]),
            (&["audit", "verify", "--file", &missing], 3, &["missing.toml"]),
            (&["audit", "verify", "--file", &slip], 1, &["line 1", "tunnelctl audit list"]),
        ],
    );
    assert_eq!(std::fs::read_to_string(&agent_toml).unwrap(), before);
    assert!(!lab.path("other").exists(), "nothing was made");

    std::fs::write(&agent_toml, "alow = []\n").unwrap();
    check(
        lab,
        &[(&["agent", "config", "check", "--state-dir", &node], 2, &["agent.toml", "allow"])],
    );
    let user = lab.path("config/tunnelctl/config.toml");
    for (text, says) in [
        ("outptu = \"json\"\n", "did you mean output?"),
        ("output = \"xml\"\n", "xml"),
        ("output =\n", "config.toml"),
    ] {
        std::fs::write(&user, text).unwrap();
        let (code, stderr) = lab.fails(&["nodes", "list"]);
        assert_eq!(code, 2, "{stderr}");
        told(&stderr, 2, &[says], &["nodes", "list"]);
    }
}

#[test]
fn token_text() {
    let lab = Lab::with_server();
    let token = lab.token("t");
    let state = lab.text("node");
    let changed =
        format!("{}{}", &token[..token.len() - 1], if token.ends_with('A') { 'B' } else { 'A' });
    for (name, text, says) in [
        ("empty", "", "holds no token"),
        ("words", "please let me in", "tun_"),
        ("short", &token[..20], "missing"),
        ("cut", &token[..token.len() - 1], "tun_"),
        ("changed", &changed, "changed"),
        ("two", &format!("{token}\n{token}\n"), "tun_"),
        ("binary", "tun_\u{7f}\u{1}", "tun_"),
    ] {
        std::fs::write(lab.path(name), text).unwrap();
        let file = lab.text(name);
        let args = ["enroll", "--token-file", &file, "--state-dir", &state];
        check(&lab, &[(&args, 2, &[says])]);
    }
    let missing = lab.text("missing");
    check(&lab, &[(&["enroll", "--token-file", &missing, "--state-dir", &state], 3, &["missing"])]);
    assert!(!lab.path("node").exists(), "nothing was made");
}

/// Starts what must not start, and says how it ended.
fn refused(lab: &Lab, args: &[&str]) -> (i32, String) {
    let mut running = Running::start(&mut lab.command(args), &lab.path("refused.log"));
    let code = running.code().unwrap();
    (code, running.output())
}

#[test]
fn directories_of_others_second_processes_and_taken_addresses() {
    let site = Site::busy();
    let lab = &site.lab;
    let (server, node) = (lab.text("server"), lab.text("node-web1"));
    let server_pid = lab.server.as_ref().unwrap().child.id().to_string();
    let agent_pid = site.agent.child.id().to_string();
    std::fs::create_dir(lab.path("foreign")).unwrap();
    std::fs::write(lab.path("foreign/holiday.jpg"), "x").unwrap();
    let (foreign, fresh) = (lab.text("foreign"), lab.text("fresh"));
    let off = ["--metrics", "off"];
    for (args, code, says) in [
        (
            &["server", "run", "--dir", &server, "--listen", "127.0.0.1:0"][..],
            11,
            &["in use", server_pid.as_str()][..],
        ),
        (&["server", "init", "--dir", &server], 11, &["in use", &server_pid]),
        (&["audit", "verify", "--dir", &server], 11, &["stop it"]),
        (&["agent", "run", "--state-dir", &node], 11, &["in use", &agent_pid]),
        (
            &["server", "run", "--dir", &foreign, "--listen", "127.0.0.1:0"],
            1,
            &["foreign", "not a data directory"],
        ),
        (
            &["server", "run", "--dir", &fresh, "--listen", &lab.address],
            11,
            &[&lab.address, "--listen"],
        ),
        (
            &[
                "server",
                "run",
                "--dir",
                &fresh,
                "--listen",
                "127.0.0.1:0",
                "--metrics",
                &lab.address,
            ],
            11,
            &[&lab.address],
        ),
    ] {
        let mut all = args.to_vec();
        if args[1] == "run" && args[0] == "server" && !args.contains(&"--metrics") {
            all.extend(off);
        }
        let (ended, text) = refused(lab, &all);
        assert_eq!(ended, code, "{args:?}: {text}");
        told(&text, code, says, args);
    }
    assert_eq!(std::fs::read_dir(lab.path("foreign")).unwrap().count(), 1, "left alone");

    chmod(&lab.path("foreign"), 0o700);
    for args in
        [["agent", "run", "--state-dir", &foreign], ["agent", "status", "--state-dir", &foreign]]
    {
        let (code, text) = refused(lab, &args);
        assert_eq!(code, 4, "{args:?}: {text}");
        told(&text, 4, &["tunnelctl enroll"], &args);
    }
}

/// A server's directory and a node's, both at rest.
fn at_rest() -> Lab {
    let mut lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let server = lab.server.as_mut().unwrap();
    server.signal("-TERM");
    assert_eq!(server.code(), Some(0));
    lab
}

fn server_run(lab: &Lab) -> (i32, String) {
    let dir = lab.text("server");
    refused(lab, &["server", "run", "--dir", &dir, "--listen", "127.0.0.1:0", "--metrics", "off"])
}

fn agent_run(lab: &Lab) -> (i32, String) {
    refused(lab, &["agent", "run", "--state-dir", &lab.text("node-web1")])
}

#[test]
fn loose_modes_are_exit_2_with_the_chmod_line() {
    let lab = at_rest();
    for (name, good, loose) in [
        ("server", 0o700, 0o755),
        ("server/admin/key.pem", 0o600, 0o640),
        ("server/ca/issuing.key", 0o600, 0o644),
    ] {
        let path = lab.path(name);
        assert!(path.exists(), "{name}");
        chmod(&path, loose);
        let (code, text) = server_run(&lab);
        assert_eq!(code, 2, "{name}: {text}");
        told(&text, 2, &[&format!("chmod {good:o} "), name], &[name]);
        chmod(&path, good);
    }
    let key = std::fs::read_dir(lab.path("node-web1")).unwrap().flatten();
    let key = key.map(|e| e.path()).find(|p| p.extension().is_some_and(|e| e == "key")).unwrap();
    for (path, good, loose) in [(lab.path("node-web1"), 0o700, 0o750), (key, 0o600, 0o644)] {
        chmod(&path, loose);
        let (code, text) = agent_run(&lab);
        assert_eq!(code, 2, "{path:?}: {text}");
        told(&text, 2, &[&format!("chmod {good:o} {}", path.display())], &["agent run"]);
        chmod(&path, good);
    }
    let identity = lab.path("config/tunnelctl/contexts/local/identity.pem");
    chmod(&identity, 0o644);
    let (code, text) = lab.fails(&["whoami"]);
    assert_eq!(code, 2, "{text}");
    told(&text, 2, &["chmod 600 "], &["whoami"]);
}

#[test]
fn truncated_and_foreign_files_are_exit_1_and_named() {
    for name in ["fleet", "ca.pem", "ca/issuing.key", "ca/issuing.pem"] {
        let lab = at_rest();
        let path = lab.path("server").join(name);
        for text in ["", "hello\n"] {
            std::fs::write(&path, text).unwrap();
            let (code, told_text) = server_run(&lab);
            assert_eq!(code, 1, "{name} {text:?}: {told_text}");
            told(&told_text, 1, &[name], &[name]);
        }
    }
    let lab = at_rest();
    for text in ["", "{\"id\":", "hello\n"] {
        std::fs::write(lab.path("node-web1/identity.json"), text).unwrap();
        let (code, told_text) = agent_run(&lab);
        assert_eq!(code, 1, "{text:?}: {told_text}");
        told(&told_text, 1, &["identity.json"], &["agent run"]);
    }
}

#[test]
fn a_truncated_or_foreign_store_is_exit_1_and_names_the_file() {
    let lab = at_rest();
    let db = lab.path("server/store/db");
    let whole = std::fs::read(&db).unwrap();
    let noise: Vec<u8> = (0..whole.len()).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect();
    for bytes in [&b""[..], &whole[..100], &noise[..4096], &noise] {
        std::fs::write(&db, bytes).unwrap();
        let (code, text) = server_run(&lab);
        assert_eq!(code, 1, "{} bytes: {text}", bytes.len());
        told(&text, 1, &["server/store/db", "restore a backup"], &["server run"]);
    }
    std::fs::remove_file(&db).unwrap();
    assert_eq!(server_run(&lab).0, 1);
}

#[test]
fn an_unreachable_server_is_exit_9_for_every_command_that_needs_it() {
    let mut lab = Lab::straight("nobody listens where it was").served();
    lab.enroll("web1", &[]);
    lab.server.as_mut().unwrap().kill();
    for args in [
        &["whoami"][..],
        &["nodes", "list"],
        &["nodes", "watch"],
        &["tokens", "create", "--name", "a"],
        &["ports", "create", "x", "--node", "web1", "--to", "a:1"],
        &["ports", "delete", "x", "--yes"],
        &["rules", "list"],
        &["tunnels", "list", "--watch"],
        &["audit", "tail", "-f"],
        &["audit", "verify"],
        &["server", "status"],
        &["server", "drain", "--yes"],
        &["connect", "web1:22"],
        &["forward", "web1", "0:22"],
        &["socks", "web1", "--listen", "127.0.0.1:0"],
    ] {
        let out = lab.run(args);
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(9), "{args:?}: {stderr}");
        assert!(out.stdout.is_empty(), "{args:?}");
        told(&stderr, 9, &[&lab.address], args);
    }
}
