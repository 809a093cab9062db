//! Links with the real binary and a real program: redis behind one node is reached at another while
//! no operator's program runs at all. Skipped, with a printed reason, only where redis is missing.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::peers::Redis;
use lab::{Lab, PATIENCE, Running, free_port, wait};
use serde_json::Value;
use std::net::TcpStream;

/// Two running nodes; west grants this listener.
fn two() -> (Lab, [Running; 2], String) {
    let (lab, at) = (Lab::with_server(), format!("127.0.0.1:{}", free_port()));
    lab.enroll("west", &[]);
    lab.enroll("east", &[]);
    let state = lab.text("node-west");
    lab.ok(&["agent", "config", "set", "reverse", &at, "--state-dir", &state]);
    let agents = [lab.agent("west"), lab.agent("east")];
    (lab, agents, at)
}

/// Waits for a state of the link.
fn is(lab: &Lab, link: &str, state: &str) -> Value {
    wait(state, PATIENCE, || {
        let view = lab.json(&["links", "get", link, "-o", "json"]);
        (view["state"] == state).then_some(view)
    })
}

#[test]
fn redis_at_one_node_is_reached_at_another_with_no_operator_present() {
    let Some(redis) = Redis::start() else { return };
    let (mut lab, _agents, at) = two();
    let (near, to) = (format!("west:{at}"), format!("east:{}", redis.port));
    let made = lab.run(["links", "create", "cache", "--at", &near, "--to", &to]);
    let said = [made.stdout, made.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let rule = format!(
        "tunnelctl rules create --allow --who node:west --nodes east --to localhost:{}",
        redis.port
    );
    assert!(made.status.success() && said.contains(&rule), "the line that is missing: {said}");
    let refused = is(&lab, "cache", "refused");
    assert!(refused["reason"].as_str().unwrap().contains("no rule lets node:west"), "{refused}");
    assert!(TcpStream::connect(&at).is_err());

    let line: Vec<&str> = rule.split(' ').skip(1).collect();
    lab.ok(&line);
    let view = is(&lab, "cache", "listening");
    assert_eq!((&view["kind"], &view["api_version"]), (&"Link".into(), &"tunnelctl/v1".into()));
    assert_eq!(view["at"]["node"]["name"], "west");
    assert_eq!(view["to"]["target"]["port"], redis.port);
    assert!(view["rule"].as_str().unwrap().starts_with("r_") && view["granted"] == true);
    let target = format!("localhost:{}", redis.port);
    let why =
        ["access", "explain", "node:west", "--node", "east", "--target", &target, "-o", "json"];
    assert_eq!(lab.json(&why)["deciding_rule"], view["rule"]);
    lab.ok(&["access", "can", "node:west", "open", &format!("east:{}", redis.port)]);
    // From here on nobody asks the server anything.
    let port = at.rsplit_once(':').unwrap().1;
    assert_eq!(redis.ask(port, &["set", "k", "v"]).trim(), "OK");
    let big = "x".repeat(100_000);
    assert_eq!(redis.ask(port, &["set", "big", &big]).trim(), "OK");
    assert_eq!(redis.ask(port, &["get", "big"]).trim(), big);

    // The server is killed and comes back; the link with it, by itself.
    lab.server.as_mut().unwrap().kill();
    let address = lab.address.clone();
    lab.start_server(&address);
    wait("redis through the link", PATIENCE, || {
        let tcp = TcpStream::connect(&at).ok()?;
        drop(tcp);
        (redis.ask(port, &["get", "k"]).trim() == "v").then_some(())
    });

    let list = lab.ok(&["links", "list", "--no-header", "--columns", "name,at,to,state"]);
    assert!(list.contains(&near) && list.contains("listening"), "{list}");
    let shown = lab.ok(&["tunnels", "list", "--no-header", "--filter", "kind:link link:cache"]);
    assert!(shown.contains("node:west"), "{shown}");
    let trail = lab.ok(&["audit", "list", "action:link.*", "-o", "json"]);
    assert!(trail.contains("link.create"), "{trail}");
    lab.ok(&["links", "delete", "cache", "--yes"]);
    wait("a closed listener", PATIENCE, || TcpStream::connect(&at).is_err().then_some(()));
}

#[test]
fn what_cannot_be_linked_is_refused_with_its_exit_code() {
    let (lab, _agents, at) = two();
    let (near, port) = (format!("west:{at}"), at.rsplit_once(':').unwrap().1.to_owned());
    let beyond = format!("west:0.0.0.0:{port}");
    lab.ok(&["links", "create", "one", "--at", &near, "--to", "east:9"]);
    for (args, code, words) in [
        (vec!["links", "create", "one", "--at", &near, "--to", "east:9"], 11, "exists"),
        (vec!["links", "create", "two", "--at", &near, "--to", "east:9"], 11, "link one"),
        (vec!["links", "create", "two", "--at", "west:1", "--to", "west:9"], 2, "another node"),
        (vec!["links", "create", "two", "--at", "nope:1", "--to", "east:9"], 3, "nope"),
        (vec!["links", "create", "two", "--at", "west:0", "--to", "east:9"], 2, "not 0"),
        (vec!["links", "create", "two", "--at", &beyond, "--to", "east:9"], 2, "needs --yes"),
        (vec!["links", "get", "two"], 3, "two"),
        (vec!["links", "delete", "one"], 2, "--yes"),
        (vec!["rules", "create", "--allow", "--who", "node:nope", "--nodes", "east"], 3, "nope"),
    ] {
        let (got, said) = lab.fails(&args);
        assert_eq!(got, code, "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
    }
    lab.ok(&["links", "create", "one", "--at", &near, "--to", "east:9", "--if-missing"]);
    lab.ok(&["links", "delete", "one", "--dry-run"]);
    lab.ok(&["links", "get", "one"]);
    lab.ok(&["links", "delete", "one", "--yes"]);
    lab.ok(&["links", "delete", "one", "--yes", "--ignore-missing"]);
    let list = lab.json(&["links", "list", "-o", "json"]);
    assert_eq!((&list["kind"], &list["meta"]["count"]), (&"LinkList".into(), &0.into()));
}
