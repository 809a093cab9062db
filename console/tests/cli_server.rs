//! The server's own commands with real processes: starting without a home, configuration, state,
//! drain.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::site::{Site, echo};
use lab::{Lab, PATIENCE, Running, wait};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// The binary as a service manager starts it: no home, nothing inherited.
fn bare(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tunnelctl"));
    command.args(args).env_clear().stdin(Stdio::null());
    command
}

fn started(command: &mut Command, ready: &Path, log: &Path) -> (Running, String) {
    let running = Running::start(command, log);
    let text = wait("the server's ready file", PATIENCE, || std::fs::read_to_string(ready).ok());
    (running, text.lines().next().unwrap().to_owned())
}

/// `server run` in `dir`, without a home.
fn homeless(lab: &Lab, home: Option<&str>) -> (Running, String) {
    let (dir, ready) = (lab.text("server"), lab.text("ready"));
    let mut command = bare(&[
        "server",
        "run",
        "--dir",
        &dir,
        "--listen",
        "127.0.0.1:0",
        "--metrics",
        "off",
        "--ready-file",
        &ready,
    ]);
    if let Some(home) = home {
        command.env("HOME", home);
    }
    started(&mut command, &lab.path("ready"), &lab.path("server.log"))
}

#[test]
fn the_server_serves_without_a_home_to_write_an_admin_context_to() {
    let lab = Lab::new();
    let (server, address) = homeless(&lab, None);
    let log = server.output();
    assert!(log.contains("warning: no admin context was written"), "{log}");

    // What the hint says works.
    let parts = ["admin/key.pem", "admin/cert.pem", "ca.pem"].map(|p| lab.text("server") + "/" + p);
    assert!(log.contains(&format!("cat {} > identity.pem", parts.join(" "))), "{log}");
    let identity: String = parts.iter().map(|p| std::fs::read_to_string(p).unwrap()).collect();
    pki::files::write_atomic(&lab.path("identity.pem"), identity.as_bytes(), 0o600).unwrap();
    let file = lab.text("identity.pem");
    let who = bare(&["whoami", "-o", "json", "--server", &address, "--identity", &file]).output();
    let who: serde_json::Value = serde_json::from_slice(&who.unwrap().stdout).unwrap();
    assert_eq!(who["operator"], "admin");
}

#[test]
fn the_server_serves_with_a_home_it_may_not_write_to() {
    let lab = Lab::new();
    // Nothing can be created below a file, whoever asks.
    std::fs::write(lab.path("file"), "").unwrap();
    let (server, _) = homeless(&lab, Some(&lab.text("file")));
    assert!(server.output().contains("warning: no admin context was written"));
}

#[test]
fn init_is_told_apart_from_a_check_and_shows_its_plan() {
    let lab = Lab::new();
    let dir = lab.text("fresh");
    let plan = lab.json(&["server", "init", "--dir", &dir, "-n", "-o", "json"]);
    assert_eq!(plan["items"][0]["planned"], true);
    assert!(!lab.path("fresh").exists());
    let out = lab.run(["server", "init", "--dir", &dir, "-n", "--exit-code"]);
    assert_eq!(out.status.code(), Some(10));
    let first = lab.json(&["server", "init", "--dir", &dir, "-o", "json"]);
    assert_eq!((&first["kind"], &first["created"]), (&"ServerInit".into(), &true.into()));
    let second = lab.json(&["server", "init", "--dir", &dir, "-o", "json"]);
    assert_eq!(second["created"], false);
    assert_eq!(first["ca_pin"], second["ca_pin"]);
    assert_eq!(second["context"], "local");
    let (code, stderr) = lab.fails(&["--read-only", "server", "init", "--dir", &lab.text("other")]);
    assert_eq!(code, 5, "{stderr}");
    assert!(!lab.path("other").exists());
}

#[test]
fn the_status_says_what_runs() {
    let lab = Lab::with_server();
    let status = lab.json(&["server", "status", "-o", "json"]);
    assert_eq!(status["kind"], "ServerStatus");
    assert_eq!(status["healthy"], true);
    assert_eq!(status["draining"], false);
    assert_eq!(status["listen"], serde_json::json!([lab.address]));
    assert_eq!(status["fleet"]["total"], 0);
    let csv = lab.ok(&["server", "status", "-o", "csv"]);
    let mut lines = csv.lines();
    assert!(lines.next().unwrap().contains("fleet.total"), "{csv}");
    assert_eq!(lines.count(), 1, "{csv}");
    assert!(lab.ok(&["server", "status"]).starts_with("SERVER"));
}

#[test]
fn the_configuration_is_checked_shown_with_its_origins_and_explained() {
    let lab = Lab::new();
    let file = lab.text("server.toml");
    let config = |verb: &str, more: &[&str]| {
        let dir = lab.text("server");
        lab.run([&["server", "config", verb, "--dir", &dir, "-f", &file], more].concat())
    };
    std::fs::write(&file, "heartbeat = \"5s\"\nport_range = \"21000-21009\"\n").unwrap();
    assert!(config("check", &[]).status.success());
    let shown = config("show", &["--metrics", "off", "-o", "json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["kind"], "ServerConfig");
    assert_eq!(shown["heartbeat"], serde_json::json!({"value": "5s", "origin": "file"}));
    assert_eq!(shown["metrics"], serde_json::json!({"value": "off", "origin": "flag or env"}));
    assert_eq!(shown["warm_lanes"], serde_json::json!({"value": 1, "origin": "default"}));
    assert_eq!(shown["listen"]["value"], serde_json::json!(["[::]:7443"]));

    // What the schema prints is a file that is read as the defaults.
    std::fs::write(&file, lab.ok(&["server", "config", "schema"])).unwrap();
    let shown = config("show", &["--origin"]);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(text.lines().count(), 15, "{text}");
    assert!(text.lines().all(|line| line.ends_with("# default")), "{text}");
    assert!(!lab.path("server").exists(), "nothing was made");
}

#[test]
fn a_drain_shows_its_plan_and_changes_nothing_before_it_is_agreed_to() {
    let Site { lab, agent: _agent, forward: _forward, mut tcp, .. } = Site::busy();
    let plan = lab.json(&["server", "drain", "--dry-run", "-o", "json"]);
    let item = &plan["items"][0];
    assert_eq!(
        (&item["planned"], &item["cuts"]),
        (&true.into(), &serde_json::json!([["admin", 1]]))
    );
    let out = lab.run(["server", "drain", "--dry-run", "--exit-code"]);
    assert_eq!(out.status.code(), Some(10));
    let (code, stderr) = lab.fails(&["server", "drain"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("drain server needs --yes"), "{stderr}");
    let (code, _) = lab.fails(&["server", "drain", "--yes", "--read-only"]);
    assert_eq!(code, 5);
    assert_eq!(lab.json(&["server", "status", "-o", "json"])["draining"], false);
    echo(&mut tcp).unwrap();
}

#[test]
fn a_drain_waits_for_open_tunnels_and_refuses_new_ones_then_the_server_ends_with_0() {
    let Site { mut lab, agent: _agent, forward: _forward, mut tcp, .. } = Site::busy();
    lab.ok(&["server", "drain", "--yes", "--for", "1h", "--reason", "kernel"]);
    let log = lab.path("server.log");
    wait("the drain has begun", PATIENCE, || {
        std::fs::read_to_string(&log).unwrap().contains("draining for at most 1h").then_some(())
    });
    echo(&mut tcp).unwrap();
    let (code, stderr) = lab.fails(&["connect", "web1:1", "--timeout", "5s"]);
    assert_eq!(code, 9, "{stderr}");
    drop(tcp);
    let server = lab.server.as_mut().unwrap();
    assert_eq!(server.code(), Some(0), "{}", server.output());

    lab.start_server("127.0.0.1:0");
    let asked = lab.json(&["audit", "list", "action:server.drain", "-o", "json"]);
    let asked = &asked["items"][0];
    assert_eq!(
        (&asked["actor"]["operator"], &asked["data"]["reason"]),
        (&"admin".into(), &"kernel".into())
    );
}

#[test]
fn a_drain_cuts_what_is_left_when_its_time_is_over() {
    let Site { mut lab, agent: _agent, forward: _forward, mut tcp, .. } = Site::busy();
    lab.ok(&["server", "drain", "--yes", "--for", "200ms"]);
    let server = lab.server.as_mut().unwrap();
    assert_eq!(server.code(), Some(0), "{}", server.output());
    let ended = tcp.read(&mut [0]);
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
}

#[test]
fn the_server_ends_with_130_on_ctrl_c_and_0_on_sigterm() {
    for (signal, code) in [("-INT", 130), ("-TERM", 0)] {
        let mut lab = Lab::with_server();
        let ready = lab.path("server.ready");
        let server = lab.server.as_mut().unwrap();
        server.signal(signal);
        assert_eq!(server.code(), Some(code), "{signal}");
        assert!(!ready.exists(), "{signal}");
    }
}

/// The file is read again by the command and by SIGHUP; a bad one changes nothing.
#[test]
fn a_reload_takes_the_file_anew_as_a_whole_or_not_at_all() {
    let mut lab = Lab::new();
    let (file, config) = (lab.path("server.toml"), lab.text("server.toml"));
    let range = "port_range = \"24000-24009\"\n";
    std::fs::write(&file, range).unwrap();
    lab.server_args = ["-f", &config, "--metrics", "off"].map(str::to_owned).to_vec();
    lab.start_server("127.0.0.1:0");
    // What the command line said stays over the file.
    let same = lab.json(&["server", "reload", "-o", "json"]);
    lab::shape::Shapes::default().check(&lab, &same);
    assert_eq!(
        (same["applied"].as_array().map(Vec::len), &same["planned"]),
        (Some(0), &false.into())
    );
    assert_eq!(lab.run(["server", "reload", "-n", "--exit-code"]).status.code(), Some(0));

    let least =
        |version: &str| format!("{range}min_agent_version = \"{version}\"\nadmin = \"mira\"\n");
    std::fs::write(&file, least("0.0.1")).unwrap();
    let plan = lab.run(["server", "reload", "-n", "--exit-code"]);
    assert_eq!(plan.status.code(), Some(10), "{plan:?}");
    let text = lab.ok(&["server", "reload"]);
    assert!(text.contains("in use    min_agent_version\n"), "{text}");
    assert!(text.contains("restart   admin"), "{text}");

    std::fs::write(&file, "min_agent_version = \"0.0.2\"\nport_rnage = \"1-2\"\n").unwrap();
    let (code, stderr) = lab.fails(&["server", "reload"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("did you mean port_range?"), "{stderr}");
    assert!(stderr.contains("goes on as it was"), "{stderr}");
    let server = lab.server.as_ref().unwrap();
    server.signal("-HUP");
    wait("the refusal", PATIENCE, || {
        server.output().contains("configuration kept as it was").then_some(())
    });
    std::fs::write(&file, least("0.0.3")).unwrap();
    server.signal("-HUP");
    wait("the reload", PATIENCE, || {
        let records = lab.ok(&["audit", "list", "action:server.reload", "-o", "jsonl"]);
        records
            .lines()
            .any(|line| line.contains("min_agent_version") && line.contains("\"operator\":null"))
            .then_some(())
    });
    let (code, _) = lab.fails(&["server", "reload", "--read-only"]);
    assert_eq!(code, 5);
}
