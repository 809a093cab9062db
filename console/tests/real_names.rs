//! T-45 with real processes in a network namespace of their own: the resolver is down, slow, denies the
//! name, gives a dead address first, or another one after the server has moved. The agent starts by what
//! it knew, tries every address, and is back within 60 s of the repair.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, Running, have, succeed};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NAME: &str = "server.tunnel.test";
const CONNECTED: &[&str] = &["online", "degraded"];
/// What T-45 promises.
const BACK: Duration = Duration::from_secs(60);

/// What the resolver does.
#[derive(Debug, Clone)]
enum Mood {
    Silent,
    Denies,
    /// After this long.
    Answers(Vec<Ipv4Addr>, Duration),
}

/// A DNS server for one name (RFC 1035), as well or ill as it is told to be.
struct Resolver {
    mood: Arc<Mutex<Mood>>,
}

impl Resolver {
    fn start(at: &str) -> Self {
        let socket = UdpSocket::bind((at, 53)).unwrap();
        let mood = Arc::new(Mutex::new(Mood::Silent));
        let now = Arc::clone(&mood);
        std::thread::spawn(move || {
            let mut block = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut block) {
                let mood = now.lock().unwrap().clone();
                let (query, socket) = (block[..length].to_vec(), socket.try_clone().unwrap());
                std::thread::spawn(move || {
                    if let Some(answer) = answer(&query, &mood) {
                        let _ = socket.send_to(&answer, from);
                    }
                });
            }
        });
        Self { mood }
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn answers(&self, addresses: &[Ipv4Addr]) {
        self.set(Mood::Answers(addresses.to_vec(), Duration::ZERO));
    }
}

#[allow(clippy::disallowed_methods, reason = "a resolver that is slow")]
fn answer(query: &[u8], mood: &Mood) -> Option<Vec<u8>> {
    // The name ends in a zero byte, and its type and class follow.
    let end = 12 + query.get(12..)?.iter().position(|byte| *byte == 0)? + 5;
    let question = query.get(12..end)?;
    let is_a = question[question.len() - 4..] == [0, 1, 0, 1];
    let (code, addresses) = match mood {
        Mood::Silent => return None,
        Mood::Denies => (3, Vec::new()),
        Mood::Answers(addresses, after) => {
            std::thread::sleep(*after);
            (0, if is_a { addresses.clone() } else { Vec::new() })
        }
    };
    let count = u8::try_from(addresses.len()).unwrap();
    let mut out = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0];
    out.extend_from_slice(question);
    for address in addresses {
        out.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        out.extend_from_slice(&address.octets());
    }
    Some(out)
}

/// A namespace with a veth pair, two addresses outside, and a resolver of its own.
struct Namespace {
    name: String,
    outside: [Ipv4Addr; 2],
    /// Nobody has it.
    dead: Ipv4Addr,
    conf: PathBuf,
}

impl Namespace {
    fn new() -> Option<Self> {
        if !have("ip") {
            return None;
        }
        let tag = std::process::id() % 60_000;
        let name = format!("tctln{tag}");
        if !Command::new("ip").args(["netns", "add", &name]).status().unwrap().success() {
            println!("skipped: this user may not make network namespaces");
            return None;
        }
        // A block of its own per test process, of the other range for documentation.
        let at = |n: u32| Ipv4Addr::new(203, 0, 113, u8::try_from(tag % 31 * 8 + n).unwrap());
        let conf = PathBuf::from("/etc/netns").join(&name);
        std::fs::create_dir_all(&conf).unwrap();
        let text = format!("nameserver {}\noptions timeout:1 attempts:1\n", at(1));
        std::fs::write(conf.join("resolv.conf"), text).unwrap();
        let this = Self { name: name.clone(), outside: [at(1), at(2)], dead: at(5), conf };
        let (a, b) = (format!("tn{tag}a"), format!("tn{tag}b"));
        ip(&["link", "add", &a, "type", "veth", "peer", "name", &b, "netns", &name]);
        for address in this.outside {
            ip(&["addr", "add", &format!("{address}/29"), "dev", &a]);
        }
        ip(&["link", "set", &a, "up"]);
        ip(&["-n", &name, "addr", "add", &format!("{}/29", at(6)), "dev", &b]);
        ip(&["-n", &name, "link", "set", &b, "up"]);
        ip(&["-n", &name, "link", "set", "lo", "up"]);
        Some(this)
    }

    fn prefix(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.name]
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
        let _ = std::fs::remove_dir_all(&self.conf);
    }
}

fn ip(args: &[&str]) {
    succeed(Command::new("ip").args(args));
}

struct Site {
    namespace: Namespace,
    resolver: Resolver,
    lab: Lab,
    port: String,
    agent: Option<Running>,
}

impl Site {
    /// A node that knows its server by a name, and has been connected once.
    fn new() -> Option<Self> {
        let namespace = Namespace::new()?;
        let resolver = Resolver::start(&namespace.outside[0].to_string());
        resolver.answers(&namespace.outside[..1]);
        let mut lab = Lab::straight("the server changes its address");
        lab.start_server(&format!("{}:0", namespace.outside[0]));
        let port = lab.address.rsplit_once(':').unwrap().1.to_owned();
        lab.enroll("web1", &["--server", &lab.address.clone()]);
        let (state, server) = (lab.text("node-web1"), format!("{NAME}:{port}"));
        lab.ok(&["agent", "config", "set", "server", &server, "--state-dir", &state]);
        let agent = Some(lab.agent_in(&namespace.prefix(), "web1"));
        lab.wait_state("web1", BACK, CONNECTED);
        Some(Self { namespace, resolver, lab, port, agent })
    }

    fn restart_agent(&mut self) {
        self.agent = None;
        self.agent = Some(self.lab.agent_in(&self.namespace.prefix(), "web1"));
    }

    /// Restarts the server there; returns how long the node took to be back.
    fn server_at(&mut self, address: Ipv4Addr) -> Duration {
        self.lab.server.as_mut().unwrap().kill();
        self.lab.start_server(&format!("{address}:{}", self.port));
        self.lab.wait_state("web1", BACK, CONNECTED)
    }
}

#[test]
fn an_agent_is_connected_whatever_its_resolver_does() {
    let Some(mut site) = Site::new() else { return };
    let [first, second] = site.namespace.outside;
    let dead = site.namespace.dead;

    // A running session needs no resolver, and a start finds the server where it was.
    for mood in [Mood::Silent, Mood::Denies] {
        site.resolver.set(mood.clone());
        site.restart_agent();
        println!("{mood:?}: started by the address of last time");
    }
    // Slow, and a dead address in front of the good one.
    site.resolver.set(Mood::Answers(vec![first], Duration::from_secs(3)));
    site.restart_agent();
    site.resolver.answers(&[dead, first]);
    let back = site.server_at(first);
    println!("a dead address first: back after {back:?}");

    // The server moves. Until the name says so nobody can know.
    site.resolver.set(Mood::Denies);
    site.lab.server.as_mut().unwrap().kill();
    site.resolver.answers(&[second]);
    let back = site.server_at(second);
    println!("another address: back after {back:?}");
    assert!(back <= BACK);
}
