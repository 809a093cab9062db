//! What a command leaves open: which of several nodes a `connect` with a label goes through.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::site::echo_server;
use lab::{Lab, PATIENCE};
use serde_json::Value;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Output, Stdio};

/// Starts `connect` with some input that ends.
fn connecting(lab: &Lab, args: &[&str]) -> Child {
    let mut command = lab.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"hello").unwrap();
    child
}

fn connect(lab: &Lab, args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = connecting(lab, args).wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_connect_with_a_label_takes_a_node_that_is_there_and_names_it() {
    let lab = Lab::with_server();
    lab.enroll("web1", &["--label", "site=ber", "--label", "ring=1"]);
    lab.enroll("web2", &["--label", "site=ber", "--label", "ring=2"]);
    let port = echo_server().to_string();

    let (code, stdout, stderr) = connect(&lab, &["connect", "site=ber", &port]);
    assert_eq!((code, stdout.as_str()), (Some(6), ""), "{stderr}");
    assert!(stderr.contains("no node with site=ber is connected"), "{stderr}");
    for nowhere in ["site=vie", "site=ber,ring=3"] {
        let (code, _, stderr) = connect(&lab, &["connect", nowhere, &port]);
        assert_eq!(code, Some(3), "{stderr}");
        assert!(stderr.contains("no node has the label"), "{stderr}");
    }

    let mut web2 = lab.agent("web2");
    lab.wait_state("web2", PATIENCE, &["online"]);
    let (code, stdout, stderr) = connect(&lab, &["connect", "site=ber", &port]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (Some(0), "hello", "through web2 (site=ber)\n")
    );
    let target = format!("site=ber:{port}");
    let (code, stdout, stderr) = connect(&lab, &["-q", "connect", &target]);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), "hello", ""));
    let (_, stdout, stderr) = connect(&lab, &["-o", "json", "connect", "site=ber", &port]);
    let event: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!((&event["through"], &event["label"]), (&"web2".into(), &"site=ber".into()));
    assert_eq!(stdout, "hello", "bytes only");

    let _web1 = lab.agent("web1");
    lab.wait_state("web1", PATIENCE, &["online"]);
    let (code, _, stderr) = connect(&lab, &["connect", "site=ber,ring=1", &port]);
    assert_eq!((code, stderr.as_str()), (Some(0), "through web1 (site=ber ring=1)\n"));
    web2.kill();
    let (code, stdout, stderr) = connect(&lab, &["connect", "site=ber", &port]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (Some(0), "hello", "through web1 (site=ber)\n")
    );
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let (code, _, stderr) = connect(&lab, &["connect", "site=ber", &closed.to_string()]);
    assert_eq!(code, Some(1), "{stderr}");
    let (code, _, stderr) = connect(&lab, &["connect", "site=ber", "192.0.2.1:80"]);
    assert_eq!(code, Some(5), "{stderr}");
}

#[test]
fn a_connect_with_a_label_waits_until_one_of_its_nodes_is_there() {
    let lab = Lab::with_server();
    lab.enroll("web1", &["--label", "site=ber"]);
    let port = echo_server().to_string();
    let waiting = connecting(&lab, &["connect", "site=ber", &port, "--wait", "30s"]);
    let (code, _, _) = connect(&lab, &["connect", "site=ber", &port, "--wait", "1s"]);
    assert_eq!(code, Some(6), "nobody came in its time");
    let _web1 = lab.agent("web1");
    let out = waiting.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.stdout, b"hello");
}
