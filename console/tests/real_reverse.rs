//! Remote forwards with the real binary and real programs at the node: curl and redis-cli reach what
//! runs at the operator's side, for as long as everybody agrees. Skipped only where one is missing.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, Running, free_port, have, succeed, wait};
use std::net::TcpStream;
use std::process::Command;

/// A lab whose node web1 grants a listener on this port of its loopback.
fn granted() -> (Lab, Running, String) {
    let (lab, at) = (Lab::with_server(), format!("127.0.0.1:{}", free_port()));
    lab.enroll("web1", &[]);
    set(&lab, &["reverse", &at]);
    let agent = lab.agent("web1");
    (lab, agent, at)
}

fn set(lab: &Lab, values: &[&str]) {
    let state = lab.text("node-web1");
    let mut args = vec!["agent", "config", "set"];
    args.extend(values);
    args.extend(["--state-dir", &state]);
    lab.ok(&args);
}

fn curl(at: &str) -> std::process::Output {
    let url = format!("http://{at}/");
    let args = ["-sS", "--fail", "--noproxy", "*", "--max-time", "20", &url];
    Command::new("curl").args(args).output().unwrap()
}

#[test]
fn curl_at_the_node_gets_the_operators_page_until_the_owner_takes_the_grant_back() {
    if !have("curl") {
        return;
    }
    let (lab, agent, at) = granted();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shutdown = link::Shutdown::new();
    let web = runtime.block_on(testbed::service::web(&shutdown, "here")).unwrap();
    let (mut reverse, address) = lab.listener(&["reverse", "web1", &at, &web.to_string()]);
    assert_eq!(address, at);
    let out = curl(&at);
    assert_eq!(String::from_utf8_lossy(&out.stdout), "hello from here\n", "{out:?}");

    let (code, said) = lab.fails(&["reverse", "web1", &at, "localhost:9"]);
    assert_eq!(code, 11, "{said}");
    assert!(said.contains("listened on already, by "), "{said}");
    let list = lab.ok(&["tunnels", "list", "--no-header", "--columns", "kind,target"]);
    assert!(list.contains("reverse") && list.contains(&at), "{list}");
    let status =
        lab.json(&["agent", "status", "--state-dir", &lab.text("node-web1"), "-o", "json"]);
    assert!(status["listeners"].is_number(), "{status}");

    set(&lab, &["reverse", ""]);
    agent.signal("-HUP");
    assert_eq!(reverse.code(), Some(5), "{}", reverse.output());
    assert!(reverse.output().contains("the node grants it no more"), "{}", reverse.output());
    assert!(!curl(&at).status.success() && TcpStream::connect(&at).is_err());
    shutdown.cancel();
}

#[test]
fn redis_cli_at_the_node_reaches_the_operators_redis_and_ctrl_c_ends_it() {
    if !have("redis-cli") || !have("redis-server") {
        return;
    }
    let (lab, _agent, at) = granted();
    let port = free_port().to_string();
    let dir = lab.path("redis");
    std::fs::create_dir_all(&dir).unwrap();
    let mut server = Command::new("redis-server");
    server.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(&dir);
    let _redis = Running::start(&mut server, &lab.path("redis.log"));
    let here = format!("127.0.0.1:{port}");
    wait("redis", PATIENCE, || TcpStream::connect(&here).ok());
    let (mut reverse, _) = lab.listener(&["reverse", "web1", &at, &here]);
    let cli = |words: &[&str]| {
        let node = at.rsplit_once(':').unwrap().1;
        succeed(Command::new("redis-cli").args(["-h", "127.0.0.1", "-p", node]).args(words))
    };
    assert_eq!(cli(&["set", "k", "v"]).trim(), "OK");
    let big = "x".repeat(300_000);
    assert_eq!(cli(&["set", "big", &big[..100_000]]).trim(), "OK");
    assert_eq!(cli(&["get", "big"]).trim().len(), 100_000);
    assert_eq!(cli(&["strlen", "big"]).trim(), "100000");

    reverse.signal("-INT");
    assert_eq!(reverse.code(), Some(130), "{}", reverse.output());
    wait("a closed listener", PATIENCE, || TcpStream::connect(&at).is_err().then_some(()));
}

#[test]
fn what_was_not_granted_or_not_meant_is_refused_with_its_exit_code() {
    let (lab, _agent, at) = granted();
    let port = at.rsplit_once(':').unwrap().1;
    let all = format!("0.0.0.0:{port}");
    for (args, code, words) in [
        (vec!["reverse", "web1", "127.0.0.1:1", "localhost:9"], 5, "does not grant a listener"),
        (vec!["reverse", "web1", &all, "localhost:9"], 2, "--guest-visible"),
        (vec!["reverse", "web1", &all, "localhost:9", "--guest-visible"], 2, "needs --yes"),
        (vec!["reverse", "web1", &all, "localhost:9", "--guest-visible", "--yes"], 5, &all),
        (vec!["reverse", "web1", "127.0.0.1:0", "localhost:9"], 2, "not 0"),
        (vec!["reverse", "web1", "web1:9000", "localhost:9"], 2, "ADDRESS:PORT"),
        (vec!["reverse", "nope", &at, "localhost:9"], 3, "nope"),
        (vec!["reverse", "web1", &at, "localhost:9", "--dry-run"], 2, "--dry-run"),
    ] {
        let (got, said) = lab.fails(&args);
        assert_eq!(got, code, "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
    }
}
