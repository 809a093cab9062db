//! Gateway mode with the real binary in network namespaces: a node whose only neighbour is another node
//! enrols and connects through it. Skipped, with a printed reason, only where namespaces cannot be made.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, Running, have, succeed, wait};
use std::io::Read;
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// Says who it is to everybody who comes.
const ANSWER: &str = "import socketserver\nclass H(socketserver.BaseRequestHandler):\n def handle(s):\n  s.request.sendall(b'from the inside')\nsocketserver.ThreadingTCPServer.allow_reuse_address=True\nsocketserver.ThreadingTCPServer(('127.0.0.1',8080),H).serve_forever()\n";
/// The network that has the two nodes in it, and nothing else.
const GATEWAY: &str = "10.77.0.1:7443";

/// The server's machine, a node beside it, and behind that one more.
struct Place {
    outer: String,
    inner: String,
    /// The server's address on the wire to the outer node.
    server: String,
}

impl Place {
    fn new() -> Option<Self> {
        if !have("ip") || !have("python3") {
            return None;
        }
        let tag = std::process::id() % 60_000;
        let block = tag % 63 * 4;
        let (outer, inner) = (format!("tco{tag}"), format!("tci{tag}"));
        if !Command::new("ip").args(["netns", "add", &outer]).status().unwrap().success() {
            println!("skipped: this user may not make network namespaces");
            return None;
        }
        let server = format!("198.51.100.{}", block + 1);
        let this = Self { outer, inner, server };
        ip(&["netns", "add", &this.inner]);
        let (near, outer, inner) = (format!("tcg{tag}"), &this.outer, &this.inner);
        ip(&["link", "add", &near, "type", "veth", "peer", "name", "up0", "netns", outer]);
        ip(&["addr", "add", &format!("{}/30", this.server), "dev", &near]);
        ip(&["link", "set", &near, "up"]);
        ip(&["-n", outer, "addr", "add", &format!("198.51.100.{}/30", block + 2), "dev", "up0"]);
        ip(&[
            "-n", outer, "link", "add", "lan", "type", "veth", "peer", "name", "up0", "netns",
            inner,
        ]);
        ip(&["-n", outer, "addr", "add", "10.77.0.1/24", "dev", "lan"]);
        ip(&["-n", inner, "addr", "add", "10.77.0.2/24", "dev", "up0"]);
        for (namespace, device) in
            [(outer, "up0"), (outer, "lan"), (outer, "lo"), (inner, "up0"), (inner, "lo")]
        {
            ip(&["-n", namespace, "link", "set", device, "up"]);
        }
        Some(this)
    }

    /// Enrols a machine without any other way than its own.
    fn enroll(&self, lab: &Lab, token: &str, server: &str) -> (i32, String) {
        let (file, state) = (lab.path("token"), lab.text("node-inner"));
        std::fs::write(&file, token).unwrap();
        let file = file.to_str().unwrap();
        let args = ["enroll", "--token-file", file, "--name", "inner", "--state-dir", &state];
        let args = args.into_iter().chain(["--server", server, "--timeout", "5s"]);
        let prefix = ["ip", "netns", "exec", &self.inner];
        let out = lab.command_in(&prefix, args).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        (out.status.code().unwrap_or(-1), said)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for namespace in [&self.outer, &self.inner] {
            let _ = Command::new("ip").args(["netns", "del", namespace]).status();
        }
    }
}

fn ip(args: &[&str]) {
    succeed(Command::new("ip").args(args));
}

fn set(lab: &Lab, key: &str, value: &str) {
    lab.ok(&["agent", "config", "set", key, value, "--state-dir", &lab.text("node-outer")]);
}

#[test]
fn a_node_that_sees_only_another_node_enrols_and_works_through_it() {
    let Some(place) = Place::new() else { return };
    let mut lab = Lab::straight("the nodes are in network namespaces");
    lab.start_server(&format!("{}:0", place.server));
    lab.enroll("outer", &["--server", &lab.address.clone()]);
    set(&lab, "gateway.allow", "10.77.0.0/24");
    set(&lab, "gateway.listen", GATEWAY);
    let outer = lab.agent_in(&["ip", "netns", "exec", &place.outer], "outer");

    let token = lab.token("inner");
    let (code, said) = place.enroll(&lab, &token, &lab.address);
    assert_eq!(code, 9, "the server itself is out of its reach: {said}");
    wait("an enrolment through the gateway", PATIENCE, || {
        let (code, said) = place.enroll(&lab, &token, GATEWAY);
        assert!(code == 0 || code == 9, "{code}: {said}");
        (code == 0).then_some(())
    });
    let inside = ["ip", "netns", "exec", &place.inner];
    let _inner = lab.agent_in(&inside, "inner");
    let mut service = Command::new("ip");
    service.args(["netns", "exec", &place.inner, "python3", "-c", ANSWER]);
    let _service = Running::start(&mut service, &lab.path("service.log"));
    let (_forward, address) =
        lab.listener(&["forward", "inner", "0:localhost:8080", "--via", "outer"]);
    wait("an answer from the inside", PATIENCE, || {
        let mut got = String::new();
        TcpStream::connect(&address).ok()?.read_to_string(&mut got).ok()?;
        (got == "from the inside").then_some(())
    });

    let path = lab.json(&["nodes", "path", "inner", "-o", "json"]);
    assert_eq!(path["through"][0]["name"], "outer", "{path}");
    assert!(lab.ok(&["nodes", "path", "inner"]).contains("THROUGH outer"));
    let (code, said) = lab.fails(&["connect", "outer", "8080", "--via", "inner"]);
    assert!(code == 1 && said.contains("node outer does not come through inner"), "{code}: {said}");
    assert_eq!(lab.fails(&["connect", "inner", "8080", "--via", "nosuch"]).0, 3);
    for command in ["connect", "forward"] {
        let (code, said) = lab.fails(&[command, "port/db", "--via", "outer"]);
        assert!(code == 2 && said.contains("port/db has its own way"), "{code}: {said}");
    }

    let state = lab.text("node-outer");
    let status = || lab.json(&["agent", "status", "--state-dir", &state, "-o", "json"]);
    wait("the gateway's counters", PATIENCE, || {
        let gateway = &status()["gateway"];
        (gateway["open"].as_u64() >= Some(2) && gateway["up_bytes"].as_u64() > Some(0))
            .then_some(())
    });
    let shapes = lab::shape::Shapes::default();
    shapes.check(&lab, &status());
    shapes.check(&lab, &path);

    set(&lab, "gateway.allow", "10.77.0.9");
    outer.signal("-HUP");
    lab.wait_state("inner", PATIENCE, &["stale", "offline"]);
    assert_eq!(lab.state("outer").as_deref(), Some("online"));
}
