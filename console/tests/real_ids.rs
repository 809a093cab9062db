//! The id that an error shows leads into the server's log and the audit trail.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, wait};

#[test]
fn the_id_of_a_failed_run_stands_in_the_servers_log_and_in_the_trail() {
    let lab = Lab::with_server();
    lab.token("once");
    let (code, error) = lab.fails(&["tokens", "create", "--name", "once", "-o", "json"]);
    assert_eq!(code, 11, "{error}");
    let error: serde_json::Value = serde_json::from_str(&error).unwrap();
    let id = error["request_id"].as_str().unwrap();
    let log = &lab.server.as_ref().unwrap().log;
    let line = wait("the refusal in the server's log", PATIENCE, || {
        let text = std::fs::read_to_string(log).unwrap();
        text.lines().find(|line| line.contains(id)).map(str::to_owned)
    });
    assert!(line.contains("request refused") && line.contains("still active"), "{line}");
    let trail = lab.json(&["audit", "list", "action:token.create", "-o", "json"]);
    let made = &trail["items"][0]["actor"]["request"];
    assert!(made.as_str().is_some_and(|made| made.starts_with("req_") && made != id), "{trail}");
}
