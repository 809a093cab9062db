//! `demo --serve`: a fleet for other shells, gone without a trace at Ctrl-C.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::{Lab, PATIENCE, Running, wait};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

/// Starts a demo that serves; the process, and what it said.
fn serve(lab: &Lab, args: &[&str]) -> (Running, Value) {
    let mut command = lab.command(["demo", "--serve", "-o", "jsonl"]);
    let mut child = command.args(args).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let running = Running { child, log: lab.path("demo.log") };
    (running, serde_json::from_str(&line).unwrap())
}

#[test]
fn other_shells_use_a_demo_by_its_context_and_ctrl_c_removes_it_all() {
    let lab = Lab::new();
    let (mut demo, said) = serve(&lab, &["--nodes", "60"]);
    assert_eq!(
        (&said["kind"], &said["nodes"], &said["context"]),
        (&"Demo".into(), &60.into(), &"demo".into())
    );
    let nodes = lab.json(&["-c", "demo", "nodes", "list", "-o", "json"]);
    let nodes = nodes["items"].as_array().unwrap();
    assert_eq!(nodes.len(), 60);
    assert!(nodes.iter().all(|node| node["state"] == "online"), "{nodes:?}");
    let (_, web) = said["web"].as_str().unwrap().rsplit_once(':').unwrap();
    let spec = format!("0:127.0.0.1:{web}");
    let (_forward, address) = lab.listener(&["-c", "demo", "forward", "web1", &spec]);
    let mut tcp = TcpStream::connect(address).unwrap();
    tcp.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut page = String::new();
    tcp.read_to_string(&mut page).unwrap();
    assert!(page.starts_with("HTTP/1.") && page.contains("web1"), "{page}");
    demo.signal("-INT");
    assert_eq!(demo.code(), Some(130));
    let (code, _) = lab.fails(&["-c", "demo", "nodes", "list"]);
    assert_eq!(code, 3, "the context is still there");
}

#[test]
fn chaos_cuts_nodes_off_and_they_come_back() {
    let lab = Lab::new();
    let (mut demo, said) = serve(&lab, &["--chaos", "high", "--seed", "11"]);
    assert_eq!(said["seed"], 11);
    wait("a node that was away and is back", PATIENCE + Duration::from_secs(60), || {
        let nodes = lab.json(&["-c", "demo", "nodes", "list", "-o", "json"]);
        let back =
            |node: &Value| node["reconnects_24h"].as_u64() > Some(0) && node["state"] != "offline";
        nodes["items"].as_array().unwrap().iter().any(back).then_some(())
    });
    demo.signal("-TERM");
    assert_eq!(demo.code(), Some(143));
}

#[test]
fn a_demo_stays_on_the_loopback() {
    let lab = Lab::new();
    let (code, said) = lab.fails(&["demo", "--serve", "0.0.0.0:0"]);
    assert_eq!(code, 2);
    assert!(said.contains("loopback"), "{said}");
}
