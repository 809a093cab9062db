//! Faults on real processes: kill -9 of agent and server, and a silent black hole in between (a
//! network namespace whose packets are dropped). The server tells the truth within 25 s, everything
//! is back by itself within 30 s of the fault's end.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, have, succeed, wait};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

const CONNECTED: &[&str] = &["online", "degraded"];
const AWAY: &[&str] = &["stale", "offline"];

/// An echo through `address`, waiting as long as a hold may take.
fn echo(address: &str) -> std::io::Result<Duration> {
    let start = Instant::now();
    let mut tcp = TcpStream::connect(address)?;
    tcp.set_read_timeout(Some(Duration::from_secs(95)))?;
    tcp.write_all(b"hello")?;
    let mut back = [0; 5];
    tcp.read_exact(&mut back)?;
    assert_eq!(&back, b"hello");
    Ok(start.elapsed())
}

/// A target on every address, so that nodes in namespaces have one too.
struct Echo {
    port: u16,
}

impl Echo {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for mut tcp in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut write = tcp.try_clone().unwrap();
                    let _ = std::io::copy(&mut tcp, &mut write);
                });
            }
        });
        Self { port }
    }
}

struct Site {
    lab: Lab,
    agent: lab::Running,
    _forward: lab::Running,
    forward: String,
    public: String,
}

fn site() -> Site {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let agent = lab.agent("web1");
    let echo = Echo::start();
    let (forward, address) = lab.listener(&[
        "forward",
        "web1",
        &format!("0:localhost:{}", echo.port),
        "--on-drop",
        "hold=90s",
    ]);
    let target = format!("localhost:{}", echo.port);
    lab.ok(&["ports", "create", "p", "--node", "web1", "--to", &target, "--on-drop", "hold=90s"]);
    lab.ok(&[
        "rules",
        "create",
        "--allow",
        "--who",
        "anyone",
        "--from",
        "127.0.0.0/8",
        "--port",
        "p",
    ]);
    let public = lab.json(&["ports", "get", "p", "-o", "json"])["public"]["port"].to_string();
    let public = format!("127.0.0.1:{public}");
    echo_both(&address, &public);
    Site { lab, agent, _forward: forward, forward: address, public }
}

fn echo_both(forward: &str, public: &str) {
    echo(forward).unwrap_or_else(|e| panic!("forward: {e}"));
    echo(public).unwrap_or_else(|e| panic!("published port: {e}"));
}

#[test]
fn a_killed_agent_is_noticed_and_the_connections_of_the_gap_are_served() {
    let mut site = site();
    site.agent.kill();
    let noticed = site.lab.wait_state("web1", Duration::from_secs(25), AWAY);
    println!("agent killed: noticed after {noticed:?}");
    let (forward, public) = (site.forward.clone(), site.public.clone());
    let visitors =
        [std::thread::spawn(move || echo(&forward)), std::thread::spawn(move || echo(&public))];
    site.agent = site.lab.agent("web1");
    let back = site.lab.wait_state("web1", Duration::from_secs(30), CONNECTED);
    println!("agent killed: back after {back:?}");
    for visitor in visitors {
        visitor.join().unwrap().unwrap();
    }
}

#[test]
fn a_killed_server_is_back_with_the_same_ports_and_the_held_forward_serves() {
    let mut site = site();
    let (address, public) = (site.lab.address.clone(), site.public.clone());
    site.lab.server.as_mut().unwrap().kill();
    let held = site.forward.clone();
    let visitor = std::thread::spawn(move || echo(&held));
    let start = Instant::now();
    site.lab.start_server(&address);
    TcpStream::connect(&public).unwrap();
    let bound = start.elapsed();
    assert!(bound <= Duration::from_secs(2), "ports bound after {bound:?}");
    let back = site.lab.wait_state("web1", Duration::from_secs(30), CONNECTED);
    println!("server killed: ports bound after {bound:?}, node back after {back:?}");
    visitor.join().unwrap().unwrap();
    echo_both(&site.forward, &site.public);
}

/// A namespace with a veth pair to it; both go with the value.
struct Namespace {
    name: String,
    host: String,
}

impl Namespace {
    fn new() -> Option<Self> {
        if !have("ip") || !have("iptables") {
            return None;
        }
        let tag = std::process::id() % 60_000;
        let name = format!("tctl{tag}");
        if !Command::new("ip").args(["netns", "add", &name]).status().unwrap().success() {
            println!("skipped: this user may not make network namespaces");
            return None;
        }
        // A block of its own per test process, of the range for documentation.
        let (host, inside) = (
            format!("198.51.100.{}", tag % 63 * 4 + 1),
            format!("198.51.100.{}", tag % 63 * 4 + 2),
        );
        let (a, b) = (format!("tc{tag}a"), format!("tc{tag}b"));
        let this = Self { name: name.clone(), host: host.clone() };
        ip(&["link", "add", &a, "type", "veth", "peer", "name", &b, "netns", &name]);
        ip(&["addr", "add", &format!("{host}/30"), "dev", &a]);
        ip(&["link", "set", &a, "up"]);
        ip(&["-n", &name, "addr", "add", &format!("{inside}/30"), "dev", &b]);
        ip(&["-n", &name, "link", "set", &b, "up"]);
        ip(&["-n", &name, "link", "set", "lo", "up"]);
        Some(this)
    }

    fn prefix(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.name]
    }

    /// Drops everything in both directions, or lets it pass again.
    fn drop_packets(&self, on: bool) {
        for (chain, side) in [("INPUT", "-i"), ("OUTPUT", "-o")] {
            let mut command = Command::new("ip");
            command.args(["netns", "exec", &self.name, "iptables", "-w"]);
            command.args([if on { "-I" } else { "-D" }, chain, "!", side, "lo", "-j", "DROP"]);
            succeed(&mut command);
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

fn ip(args: &[&str]) {
    succeed(Command::new("ip").args(args));
}

#[test]
fn a_silent_black_hole_is_seen_and_left_and_both_holds_serve() {
    let Some(namespace) = Namespace::new() else { return };
    let mut lab = Lab::straight("the node is in a network namespace");
    lab.start_server(&format!("{}:0", namespace.host));
    lab.enroll("web1", &["--server", &lab.address.clone()]);
    let _agent = lab.agent_in(&namespace.prefix(), "web1");
    let port = lab::free_port().to_string();
    let script = "import socketserver,sys\nclass H(socketserver.BaseRequestHandler):\n def handle(s):\n  while True:\n   d=s.request.recv(4096)\n   if not d: return\n   s.request.sendall(d)\nsocketserver.ThreadingTCPServer.allow_reuse_address=True\nsocketserver.ThreadingTCPServer(('127.0.0.1',int(sys.argv[1])),H).serve_forever()\n";
    if !have("python3") {
        return;
    }
    let mut echo_server = Command::new("ip");
    echo_server.args(["netns", "exec", &namespace.name, "python3", "-c", script, &port]);
    let _echo = lab::Running::start(&mut echo_server, &lab.path("echo.log"));
    let (_forward, forward) =
        lab.listener(&["forward", "web1", &format!("0:localhost:{port}"), "--on-drop", "hold=90s"]);
    let target = format!("localhost:{port}");
    lab.ok(&["ports", "create", "p", "--node", "web1", "--to", &target, "--on-drop", "hold=90s"]);
    let network = format!("{}/32", namespace.host);
    lab.ok(&["rules", "create", "--allow", "--who", "anyone", "--from", &network, "--port", "p"]);
    let public = lab.json(&["ports", "get", "p", "-o", "json"])["public"]["port"].to_string();
    let public = format!("{}:{public}", namespace.host);
    wait("the target", lab::PATIENCE, || echo(&forward).ok());
    echo_both(&forward, &public);

    namespace.drop_packets(true);
    let noticed = lab.wait_state("web1", Duration::from_secs(25), AWAY);
    let (f, p) = (forward.clone(), public.clone());
    let visitors = [std::thread::spawn(move || echo(&f)), std::thread::spawn(move || echo(&p))];
    namespace.drop_packets(false);
    let back = lab.wait_state("web1", Duration::from_secs(30), CONNECTED);
    println!("black hole: noticed after {noticed:?}, back after {back:?}");
    for visitor in visitors {
        visitor.join().unwrap().unwrap();
    }
}
