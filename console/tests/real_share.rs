//! Shares with the real binary and real programs outside: curl and redis-cli reach what runs at the
//! operator's side by the server's public port. Skipped only where one is missing.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, Running, free_port, have, succeed, wait};
use serde_json::Value;
use std::net::TcpStream;
use std::process::Command;

const HERE: &str = "127.0.0.0/8";

/// Where visitors of this machine find what is public.
fn local(public: &str) -> String {
    format!("127.0.0.1:{}", public.rsplit_once(':').unwrap().1)
}

fn curl(at: &str) -> std::process::Output {
    let url = format!("http://{at}/");
    let args = ["-sS", "--fail", "--noproxy", "*", "--max-time", "20", &url];
    Command::new("curl").args(args).output().unwrap()
}

fn events(running: &Running) -> Vec<Value> {
    running.output().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn curl_outside_gets_the_operators_page_until_ctrl_c() {
    if !have("curl") {
        return;
    }
    let lab = Lab::with_server();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shutdown = link::Shutdown::new();
    let web = runtime.block_on(testbed::service::web(&shutdown, "here")).unwrap().to_string();
    let args = ["share", &web, "--for", "1h", "--from", HERE, "--name", "preview"];
    let (mut share, public) = lab.listener(&args);
    let at = local(&public);
    let out = curl(&at);
    assert_eq!(String::from_utf8_lossy(&out.stdout), "hello from here\n", "{out:?}");
    let said = wait("what people are told", PATIENCE, || {
        let said = share.output();
        said.contains("+ t_").then_some(said)
    });
    for words in [&format!("{public} → {web}"), "admits 127.0.0.0/8", "until ", "(in ", "warning: "]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let number: u16 = at.rsplit_once(':').unwrap().1.parse().unwrap();
    let list = lab.json(&["tunnels", "list", "-o", "json"]);
    let shares: Vec<&Value> = list["items"].as_array().unwrap().iter().collect();
    assert!(shares.len() == 2 && shares.iter().all(|t| t["type"] == "share"), "{list}");
    assert!(shares.iter().all(|t| t["node"].is_null() && t["target"]["port"] == number), "{list}");
    let forwards = lab.json(&["forward", "list", "-o", "json"]);
    let row = &forwards["items"][0];
    assert_eq!((&row["type"], &row["name"]), (&"share".into(), &"preview".into()), "{forwards}");
    assert_eq!(row["addr"], public.as_str());

    share.signal("-INT");
    assert_eq!(share.code(), Some(130), "{}", share.output());
    wait("a closed port", PATIENCE, || TcpStream::connect(&at).is_err().then_some(()));
    shutdown.cancel();
}

#[test]
fn redis_cli_outside_reaches_the_operators_redis_and_programs_read_what_happens() {
    if !have("redis-cli") || !have("redis-server") {
        return;
    }
    let lab = Lab::with_server();
    let port = free_port().to_string();
    let dir = lab.path("redis");
    std::fs::create_dir_all(&dir).unwrap();
    let mut server = Command::new("redis-server");
    server.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(&dir);
    let _redis = Running::start(&mut server, &lab.path("redis.log"));
    wait("redis", PATIENCE, || TcpStream::connect(format!("127.0.0.1:{port}")).ok());
    let args = ["-o", "jsonl", "share", &port, "--for", "30m", "--from", HERE];
    let (share, public) = lab.listener(&args);
    let at = local(&public);
    let number = at.rsplit_once(':').unwrap().1;
    let cli = |words: &[&str]| {
        succeed(Command::new("redis-cli").args(["-h", "127.0.0.1", "-p", number]).args(words))
    };
    assert_eq!(cli(&["set", "k", &"x".repeat(100_000)]).trim(), "OK");
    assert_eq!(cli(&["get", "k"]).trim().len(), 100_000);
    let all = wait("the end of both visits", PATIENCE, || {
        let all = events(&share);
        let ended = all.iter().filter(|event| event["event"] == "close").count();
        (ended == 2).then_some(all)
    });
    let listening = all.iter().find(|event| event["event"] == "listening").unwrap();
    assert_eq!(listening["addr"], public.as_str());
    assert_eq!((&listening["type"], &listening["node"]), (&"share".into(), &"server".into()));
    assert_eq!(listening["from"], serde_json::json!([HERE]));
    assert!(listening["ends_at"].is_string(), "{listening}");
    let open = all.iter().find(|event| event["event"] == "open").unwrap();
    assert!(open["from"].as_str().unwrap().starts_with("127.0.0.1:"), "{open}");
    assert!(open["through"].is_null(), "{open}");
}

#[test]
fn a_share_ends_with_its_time_and_says_so() {
    let lab = Lab::with_server();
    let (mut share, public) = lab.listener(&["share", "9", "--for", "2s", "--from", HERE]);
    assert_eq!(share.code(), Some(0), "{}", share.output());
    assert!(share.output().contains("closed: its time is over"), "{}", share.output());
    assert!(TcpStream::connect(local(&public)).is_err());
}

#[test]
fn a_share_that_somebody_closes_ends_as_refused() {
    let lab = Lab::with_server();
    let (mut share, _) = lab.listener(&["share", "9", "--for", "1h", "--anyone-really"]);
    let list = lab.json(&["tunnels", "list", "-o", "json"]);
    lab.ok(&["tunnels", "close", list["items"][0]["id"].as_str().unwrap(), "--yes"]);
    assert_eq!(share.code(), Some(5), "{}", share.output());
    assert!(share.output().contains("closed by operator"), "{}", share.output());
}

#[test]
fn what_was_not_meant_or_is_too_much_is_refused_with_its_exit_code() {
    let lab = Lab::with_server();
    for (more, words) in [
        (vec!["9", "--for", "1h"], "--anyone-really"),
        (vec!["9", "--for", "1h", "--from", "0.0.0.0/0"], "--anyone-really"),
        (vec!["9", "--for", "1h", "--from", HERE, "--from", "::/0"], "--anyone-really"),
        (vec!["9", "--for", "25h", "--from", HERE], "1d at most"),
        (vec!["9", "--from", HERE], "--for"),
        (vec!["0", "--for", "1h", "--from", HERE], "port"),
        (vec!["9", "--for", "1h", "--from", "here"], "a network"),
        (vec!["9", "--for", "1h", "--from", HERE, "--dry-run"], "--dry-run"),
    ] {
        let args: Vec<&str> = std::iter::once("share").chain(more).collect();
        let (code, said) = lab.fails(&args);
        assert_eq!(code, 2, "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
    }
    assert_eq!(lab.json(&["tunnels", "list", "-o", "json"])["items"], serde_json::json!([]));
}
