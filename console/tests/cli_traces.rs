//! Why a tunnel was slow, as people and scripts are told: `tunnels get --trace`, and `-v` of what opens
//! tunnels.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::shape::Shapes;
use lab::site::{echo, echo_server};
use lab::{Lab, PATIENCE, Running, free_port, wait};
use serde_json::Value;
use std::net::{Shutdown, TcpStream};
use std::process::Stdio;

fn lab_with_web1() -> (Lab, Running) {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let agent = lab.agent("web1");
    (lab, agent)
}

/// Uses a listener once; all of it is over when this returns.
fn use_once(address: &str) {
    let mut tcp = TcpStream::connect(address).unwrap();
    echo(&mut tcp).unwrap();
    tcp.shutdown(Shutdown::Write).unwrap();
}

/// The tunnel that a listener's output tells of, once it has closed.
fn closed(running: &Running) -> String {
    wait("a closed tunnel", PATIENCE, || {
        let output = running.output();
        let line = output.lines().find(|line| line.contains(" - t_"))?;
        line.split_whitespace().find(|word| word.starts_with("t_")).map(str::to_owned)
    })
}

/// The word of each line that tells a step.
fn steps(text: &str) -> Vec<String> {
    text.lines().filter_map(step).map(str::to_owned).collect()
}

/// It stands behind the offset, or behind that and a duration.
fn step(line: &str) -> Option<&str> {
    let (_, rest) = line.trim_start().strip_prefix('+')?.split_once(" ms ")?;
    rest.split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_lowercase()) && *word != "ms")
}

const OPENED: [&str; 8] =
    ["accepted", "uplink", "asked", "policy", "lane", "dial", "answer", "opened"];
const ENDED: [&str; 3] = ["first_up", "first_down", "closed"];
const SERVED: [&str; 8] =
    ["asked", "policy", "lane", "dial", "answer", "first_up", "first_down", "closed"];

#[test]
fn a_closed_tunnels_timeline_is_told_to_people_and_to_scripts() {
    let (lab, _agent) = lab_with_web1();
    let spec = format!("0:{}", echo_server());
    let (forward, address) = lab.listener(&["forward", "web1", &spec]);
    use_once(&address);
    let tunnel = closed(&forward);
    assert!(!forward.output().contains("trace t_"), "nobody asked: {}", forward.output());

    let text = lab.ok(&["tunnels", "get", &tunnel, "--trace", "-o", "table"]);
    assert_eq!(steps(&text), SERVED, "{text}");
    assert!(text.contains("allowed by r_") && text.contains("web1 lane "), "{text}");
    assert!(text.contains("[node] 127.0.0.1:"), "{text}");

    let shapes = Shapes::default();
    let json = lab.json(&["tunnels", "get", &tunnel, "--trace", "-o", "json"]);
    shapes.check(&lab, &json);
    let told = json["trace"].as_array().unwrap();
    let names: Vec<&str> = told.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, SERVED);
    assert!(told.iter().map(|step| step["at_us"].as_u64().unwrap()).is_sorted(), "{told:?}");
    assert!(told[3]["took_us"].is_u64() && told[0]["took_us"].is_null(), "{told:?}");

    let json = lab.json(&["tunnels", "get", &tunnel, "-o", "json"]);
    assert_eq!(json.get("trace"), Some(&Value::Null), "the key is there, and was not asked for");
    let listed = lab.json(&["tunnels", "list", "-o", "json"]);
    assert_eq!(listed["items"][0].get("trace"), Some(&Value::Null));
}

#[test]
fn a_forward_with_v_tells_the_timeline_of_each_tunnel() {
    let (lab, _agent) = lab_with_web1();
    let target = echo_server();
    let (forward, address) = lab.listener(&["-v", "forward", "web1", &format!("0:{target}")]);
    use_once(&address);
    let tunnel = closed(&forward);
    let output = forward.output();
    assert_eq!(steps(&output), [&OPENED[..], &ENDED[..]].concat(), "{output}");
    assert_eq!(output.matches(&format!("trace {tunnel}")).count(), 2, "{output}");

    let args = ["-v", "-o", "jsonl", "forward", "web1", &format!("0:{target}")];
    let (forward, address) = lab.listener(&args);
    use_once(&address);
    let event = wait("the whole timeline", PATIENCE, || {
        let output = forward.output();
        let events = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut traces = events.filter(|event| event["event"] == "trace");
        traces.nth(1)
    });
    let names = event["steps"].as_array().unwrap().iter().map(|step| step["step"].clone());
    assert_eq!(names.collect::<Vec<_>>(), [&OPENED[..], &ENDED[..]].concat());
    assert!(event["tunnel"].as_str().unwrap().starts_with("t_"), "{event}");
    assert!(event["from"].is_string() && event["at"].is_string(), "{event}");
}

#[test]
fn connect_with_v_tells_where_it_was_refused_and_the_error_stays_what_it_is() {
    let (lab, _agent) = lab_with_web1();
    let port = free_port().to_string();
    let (code, stderr) = lab.fails(&["-v", "connect", "web1", &port]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("connection refused"), "{stderr}");
    let refused = ["accepted", "uplink", "asked", "policy", "lane", "dial", "answer", "refused"];
    assert_eq!(steps(&stderr), refused, "{stderr}");
    assert!(stderr.contains("trace no tunnel"), "{stderr}");
    let (_, quiet) = lab.fails(&["connect", "web1", &port]);
    assert!(!quiet.contains("trace"), "{quiet}");

    let target = echo_server().to_string();
    let mut command = lab.command(["-v", "connect", "web1", &target]);
    let out = command.stdin(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{stderr}");
    assert!(out.stdout.is_empty(), "bytes only");
    assert_eq!(steps(&stderr), [&OPENED[..], &["closed"]].concat(), "{stderr}");
}
