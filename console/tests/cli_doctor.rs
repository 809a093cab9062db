//! `doctor` and `agent test` against a running server: one cause for each thing that is wrong. The
//! judgements themselves are tested in `cli/doctor/judge.rs`, sessions in `testbed/tests/ports.rs`.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, Running};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

/// A plain web server on loopback, for as long as the process lives.
fn plain_target() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            let Ok(mut tcp) = tcp else { return };
            std::thread::spawn(move || {
                let _ = tcp.read(&mut [0; 512]);
                let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                // Closing with unread bytes would reset the connection and take the answer with it.
                let _ = tcp.shutdown(std::net::Shutdown::Write);
                let _ = std::io::copy(&mut tcp, &mut std::io::sink());
            });
        }
    });
    port
}

fn lab_with_port(target: u16) -> (Lab, Running) {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let agent = lab.agent("web1");
    let to = format!("localhost:{target}");
    lab.ok(&["ports", "create", "db", "--node", "web1", "--to", &to, "-q"]);
    (lab, agent)
}

fn admit(lab: &Lab) {
    let rule = ["rules", "create", "--allow", "--who", "anyone", "--from", "127.0.0.0/8"];
    let rule: Vec<&str> = rule.into_iter().chain(["--port", "db", "-q"]).collect();
    lab.ok(&rule);
}

/// The report about the port, and the exit code.
fn report(lab: &Lab, more: &[&str], env: &[(&str, &str)]) -> (Value, i32) {
    let args = ["doctor", "--port", "db", "-o", "json"];
    let mut command = lab.command(args.iter().chain(more));
    for name in ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]
    {
        command.env_remove(name);
    }
    let out = command.envs(env.iter().copied()).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let value = serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{e}\n{text}{}", String::from_utf8_lossy(&out.stderr)));
    (value, out.status.code().unwrap_or(-1))
}

#[track_caller]
fn has(found: &(Value, i32), cause: Option<&str>) {
    let (report, code) = found;
    assert_eq!(report["cause"].as_str(), cause, "{report:#}");
    assert_eq!(*code, i32::from(cause.is_some()), "{report:#}");
    let of_cause = report["checks"].as_array().unwrap().last().unwrap();
    assert_eq!(of_cause["status"] == "fail", cause.is_some(), "{report:#}");
    assert!(cause.is_none() || of_cause["fix"].is_string(), "a next step: {report:#}");
}

#[test]
fn each_thing_that_is_wrong_is_named_and_nothing_when_all_is_well() {
    let (lab, mut agent) = lab_with_port(plain_target());
    has(&report(&lab, &[], &[]), Some("no_session"));
    admit(&lab);
    let well = report(&lab, &["--speaks", "plain", "--node", "web1"], &[]);
    has(&well, None);
    assert_eq!(well.0["kind"], "DoctorReport");
    let ids: Vec<&str> =
        well.0["checks"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        [
            "config",
            "clock",
            "login",
            "server",
            "health",
            "path",
            "terminal",
            "node",
            "port",
            "agent",
            "admission",
            "target",
            "proxy",
            "public",
            "scheme"
        ]
    );
    has(&report(&lab, &["--speaks", "tls"], &[]), Some("wrong_scheme"));
    has(&report(&lab, &[], &[("HTTPS_PROXY", "http://proxy:3128")]), Some("proxy_in_the_way"));
    lab.ok(&["ports", "disable", "db", "--yes"]);
    has(&report(&lab, &[], &[]), Some("port_disabled"));
    lab.ok(&["ports", "enable", "db"]);
    agent.kill();
    lab.wait_state("web1", lab::PATIENCE, &["stale", "offline"]);
    has(&report(&lab, &[], &[]), Some("agent_down"));
}

#[test]
fn a_target_that_is_down_or_not_allowed_is_told_from_a_node_that_is_away() {
    let (lab, _agent) = lab_with_port(lab::free_port());
    admit(&lab);
    has(&report(&lab, &[], &[]), Some("target_down"));
    lab.ok(&["ports", "update", "db", "--to", "192.0.2.1:80", "--yes"]);
    has(&report(&lab, &[], &[]), Some("target_not_allowed"));
}

#[test]
fn without_a_server_or_a_port_the_check_that_failed_says_so() {
    let lab = Lab::with_server();
    let (value, code) = report(&lab, &[], &[]);
    assert_eq!((value["cause"].as_str(), code), (Some("no_port"), 1), "{value:#}");
    let (mut lab, missing) = (lab, ["doctor", "--strict", "--timeout", "2s"]);
    lab.server.take().unwrap().kill();
    let out = lab.run(missing);
    let text = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(1), "{text}");
    assert!(text.contains("fail  server"), "{text}");
    let (help, _) = (lab.ok(&["help", "troubleshooting"]), ());
    assert!(help.contains("address_differs"), "{help}");
}

#[test]
fn agent_test_dials_every_address_and_changes_nothing() {
    let mut lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let state = lab.text("node-web1");
    let before = lab.json(&["nodes", "get", "web1", "-o", "json"]);
    let test = lab.json(&["agent", "test", "--state-dir", &state, "-o", "json"]);
    assert_eq!((test["kind"].as_str(), test["ok"].as_bool()), (Some("AgentTest"), Some(true)));
    assert!(test["paths"].as_array().unwrap().iter().any(|path| path["ok"] == true), "{test:#}");
    let after = lab.json(&["nodes", "get", "web1", "-o", "json"]);
    assert_eq!((&before["state"], &before["generation"]), (&after["state"], &after["generation"]));
    lab.server.take().unwrap().kill();
    let (code, _) = lab.fails(&["agent", "test", "--state-dir", &state]);
    assert_eq!(code, 9);
}

#[test]
fn a_changed_port_is_planned_asked_for_and_shown() {
    let (lab, _agent) = lab_with_port(plain_target());
    let number = lab.json(&["ports", "get", "db", "-o", "json"])["public"]["port"].clone();
    lab.ok(&[
        "ports",
        "update",
        "db",
        "--rate",
        "5MB/s",
        "--budget",
        "1GiB",
        "--proxy-protocol",
        "v2",
    ]);
    let port = lab.json(&["ports", "get", "db", "-o", "json"]);
    assert_eq!(port["rate_bytes_per_s"], 5_000_000);
    assert_eq!(port["budget_bytes"], 1 << 30);
    assert_eq!(
        (port["proxy_protocol"].as_str(), port["pick"].as_str()),
        (Some("v2"), Some("first"))
    );
    let (code, said) = lab.fails(&["ports", "update", "db", "--to", "localhost:1"]);
    assert!(code == 2 && said.contains("--yes"), "{code} {said}");
    let (code, said) = lab.fails(&["ports", "update", "db"]);
    assert_eq!(code, 2, "{said}");
    lab.ok(&["ports", "update", "db", "--to", "localhost:1", "--dry-run"]);
    assert_ne!(lab.json(&["ports", "get", "db", "-o", "json"])["target"]["port"], 1);
    lab.ok(&["ports", "update", "db", "--to", "localhost:1", "--rate", "none", "--yes"]);
    let port = lab.json(&["ports", "get", "db", "-o", "json"]);
    assert_eq!(
        (&port["target"]["port"], &port["rate_bytes_per_s"]),
        (&Value::from(1), &Value::Null)
    );
    assert_eq!(port["public"]["port"], number);
    lab.ok(&["nodes", "update", "web1", "--label", "tier=web"]);
    let made =
        ["ports", "create", "web", "-l", "tier=web", "--pick", "least", "--to", "localhost:1"];
    lab.ok(&made);
    let port = lab.json(&["ports", "get", "web", "-o", "json"]);
    assert_eq!(
        (port["nodes"][0]["name"].as_str(), port["pick"].as_str()),
        (Some("web1"), Some("least"))
    );
}

/// The bundle says what it holds, and no secret of the machine that made it is in it.
#[test]
fn the_bundle_holds_what_helps_and_no_secret() {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let (token, bundle) = (lab.token("web2"), lab.text("bundle.json"));
    let doctor = |more: &[&str]| {
        let args = ["doctor", "--node", "web1", "--bundle", &bundle];
        let mut command = lab.command(args.iter().chain(more));
        command.env("TUNNELCTL_TOKEN", &token);
        // The server on this machine is reached without it.
        command.env("HTTPS_PROXY", "http://site:s3cret@10.0.0.1:3128").env("NO_PROXY", "127.0.0.1");
        command.env("AWS_SECRET_ACCESS_KEY", "s3cret").stdin(Stdio::null()).output().unwrap()
    };
    let out = doctor(&["--dry-run"]);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success() && told.contains("would hold"), "{told}");
    assert!(!lab.path("bundle.json").exists());
    let out = doctor(&[]);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{told}");
    let text = std::fs::read_to_string(lab.path("bundle.json")).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(whole["kind"], "SupportBundle");
    lab::shape::Shapes::default().check(&lab, &whole);
    for part in ["doctor", "version", "context", "contexts", "environment", "files", "server"] {
        assert!(told.contains(&format!("  {part} ")), "{part} is listed: {told}");
        assert!(!whole[part].is_null(), "{part}: {whole:#}");
    }
    assert_eq!(whole["environment"]["HTTPS_PROXY"], "http://[redacted]@10.0.0.1:3128");
    assert_eq!(whole["environment"]["TUNNELCTL_TOKEN"], "[set]");
    assert_eq!(whole["context"]["servers"][0], lab.reached());
    assert!(whole["server"]["version"].is_string() && whole["doctor"]["checks"].is_array());

    // Every line of every key of this lab, the token, the passwords.
    let mut secrets = vec![token.clone(), "s3cret".to_owned()];
    let keys = ["config/tunnelctl/contexts/local/identity.pem", "server/admin/key.pem"];
    for key in keys.map(|key| lab.path(key)) {
        let pem = std::fs::read_to_string(&key).unwrap_or_else(|e| panic!("{key:?}: {e}"));
        let (_, body) = pem.split_once("PRIVATE KEY-----").unwrap();
        let (body, _) = body.split_once("-----END").unwrap();
        secrets.extend(body.split_whitespace().map(str::to_owned));
    }
    assert!(secrets.len() > 6, "keys were found");
    for secret in secrets {
        assert!(!text.contains(&secret) && !told.contains(&secret), "{secret}");
    }
    assert!(!text.contains("PRIVATE KEY") && !text.contains("AWS_"), "{text}");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&bundle).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(doctor(&[]).status.code(), Some(11), "never overwritten");
}
