//! Networks that stop carrying without a word (T-40) and routers that forget (T-46), with the real
//! binaries in network namespaces. Both ends notice within 25 s, everything is back by itself and in the
//! same processes, and what a short hole or a forgetful router need not cost is not lost. Skipped, with
//! a printed reason, only where namespaces cannot be made.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::site::echo;
use lab::wires::Wire;
use lab::{Lab, PATIENCE, Running, have, wait};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

const CONNECTED: &[&str] = &["online", "degraded"];
const AWAY: &[&str] = &["stale", "offline"];
/// How long either end may take to notice.
const NOTICED: Duration = Duration::from_secs(25);
/// How long the way back may take once it is there.
const BACK: Duration = Duration::from_secs(30);
/// What looking costs: every look starts a program.
const LOOK: Duration = Duration::from_secs(2);
/// The same port in every namespace.
const ECHO: u16 = 7007;
const SERVICE: &str = "import socketserver,sys\nclass H(socketserver.BaseRequestHandler):\n def handle(s):\n  while True:\n   d=s.request.recv(4096)\n   if not d: return\n   s.request.sendall(d)\nsocketserver.ThreadingTCPServer.allow_reuse_address=True\nsocketserver.ThreadingTCPServer(('127.0.0.1',int(sys.argv[1])),H).serve_forever()\n";

fn is_full() -> bool {
    std::env::var_os("TUNNELCTL_FULL").is_some()
}

/// A server that every wire leads to.
fn server() -> Option<Lab> {
    if !have("python3") || !have("ip") || !have("iptables") {
        return None;
    }
    let mut lab = Lab::straight("the wires between network namespaces fail");
    lab.start_server("0.0.0.0:0");
    Some(lab)
}

/// A node at the end of a wire, with one busy and one idle tunnel to it.
struct Node<'a> {
    lab: &'a Lab,
    name: &'a str,
    wire: Wire,
    agent: Option<Running>,
    forward: String,
    idle: TcpStream,
    busy: Busy,
    _service: Running,
    _forward: Running,
}

/// A tunnel that somebody talks through without a pause.
struct Busy {
    stop: Arc<AtomicBool>,
    talker: Option<std::thread::JoinHandle<std::io::Result<u64>>>,
}

impl Busy {
    fn start(address: &str) -> Self {
        let mut tcp = tunnel(address);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let talker = std::thread::spawn(move || {
            let mut rounds = 0;
            while !stopped.load(Relaxed) {
                echo(&mut tcp)?;
                rounds += 1;
            }
            Ok(rounds)
        });
        Self { stop, talker: Some(talker) }
    }

    fn has_ended(&self) -> bool {
        self.talker.as_ref().is_none_or(std::thread::JoinHandle::is_finished)
    }

    /// Ends it; how many rounds it had, if nothing broke.
    fn end(&mut self) -> std::io::Result<u64> {
        self.stop.store(true, Relaxed);
        self.talker.take().unwrap().join().unwrap()
    }
}

fn tunnel(address: &str) -> TcpStream {
    let tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
    tcp
}

impl<'a> Node<'a> {
    fn new(lab: &'a Lab, name: &'a str, wire: Wire) -> Self {
        let port = lab.address.rsplit(':').next().unwrap();
        let at = format!("{}:{port}", wire.host);
        lab.enroll(name, &["--server", &at]);
        let mut service = Command::new("ip");
        service.args(&wire.prefix()[1..]).args(["python3", "-c", SERVICE, &ECHO.to_string()]);
        let service = Running::start(&mut service, &lab.path(&format!("service-{name}.log")));
        let agent = lab.agent_in(&wire.prefix(), name);
        let target = format!("0:localhost:{ECHO}");
        let (running, forward) = lab.listener(&["forward", name, &target, "--on-drop", "hold=90s"]);
        wait("the target", PATIENCE, || echo(&mut tunnel(&forward)).ok());
        let mut idle = tunnel(&forward);
        echo(&mut idle).unwrap();
        let busy = Busy::start(&forward);
        Self {
            lab,
            name,
            wire,
            agent: Some(agent),
            forward,
            idle,
            busy,
            _service: service,
            _forward: running,
        }
    }

    fn generation(&self) -> u64 {
        self.lab.json(&["nodes", "get", self.name, "-o", "json"])["generation"].as_u64().unwrap()
    }

    /// Whether the agent says of itself that it is connected.
    fn agent_is_connected(&self) -> bool {
        let dir = self.lab.text(&format!("node-{}", self.name));
        let out = self.lab.run(["agent", "status", "--state-dir", &dir, "-o", "json"]);
        let status: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
        status["state"] == "online"
    }

    /// Both ends see it within the time that is promised.
    fn is_noticed(&self, since: Instant, at_agent: bool) {
        let left = |since: Instant| (NOTICED + LOOK).saturating_sub(since.elapsed());
        self.lab.wait_state(self.name, left(since), AWAY);
        let server = since.elapsed();
        if at_agent {
            let seen = || (!self.agent_is_connected()).then_some(());
            wait(&format!("{}: the agent notices", self.name), left(since), seen);
        }
        println!("{}: the server noticed after {server:?}, both {:?}", self.name, since.elapsed());
    }

    /// It is back by itself, in the same processes, and new tunnels work.
    fn comes_back(&mut self, what: &str) {
        let begun = Instant::now();
        self.lab.wait_state(self.name, BACK + LOOK, CONNECTED);
        wait("a new tunnel", BACK, || echo(&mut tunnel(&self.forward)).ok());
        println!("{}: {what}: back after {:?}", self.name, begun.elapsed());
        let agent = self.agent.as_mut().unwrap();
        assert!(agent.child.try_wait().unwrap().is_none(), "{}: the agent ended", self.name);
    }

    /// The tunnels of before have ended; nobody talks into a hole for ever.
    fn has_lost_its_tunnels(&mut self) {
        wait("the end of the busy tunnel", PATIENCE, || self.busy.has_ended().then_some(()));
        assert!(self.busy.end().is_err(), "{}", self.name);
        assert!(echo(&mut self.idle).is_err(), "{}: the idle one", self.name);
    }

    /// Nothing of before was lost.
    fn has_kept_its_tunnels(&mut self, generation: u64) {
        echo(&mut self.idle).unwrap_or_else(|e| panic!("{}: the idle tunnel: {e}", self.name));
        let rounds = self.busy.end();
        let rounds = rounds.unwrap_or_else(|e| panic!("{}: the busy tunnel: {e}", self.name));
        assert_eq!(self.generation(), generation, "{}: the same connection", self.name);
        println!("{}: nothing lost, {rounds} rounds", self.name);
    }
}

/// What a network does to what passes.
#[derive(Debug, Clone, Copy)]
enum Hole {
    Both,
    In,
    Out,
}

impl Hole {
    fn set(self, wire: &Wire, on: bool) {
        if matches!(self, Self::Both | Self::In) {
            wire.swallow_in(on);
        }
        if matches!(self, Self::Both | Self::Out) {
            wire.swallow_out(on);
        }
    }
}

/// A hole of this length.
fn swallowed(node: &mut Node<'_>, hole: Hole, lasts: Duration) {
    let generation = node.generation();
    let begun = Instant::now();
    hole.set(&node.wire, true);
    if lasts > NOTICED {
        node.is_noticed(begun, true);
    }
    pass(lasts.saturating_sub(begun.elapsed()));
    hole.set(&node.wire, false);
    let what = format!("{hole:?} for {lasts:?}");
    node.comes_back(&what);
    if lasts > NOTICED {
        node.has_lost_its_tunnels();
        assert!(node.generation() > generation);
    } else if lasts <= Duration::from_secs(10) {
        node.has_kept_its_tunnels(generation);
    }
}

/// The plug is pulled and the agent killed: no farewell of any kind reaches the server.
fn pulled_and_killed(node: &mut Node<'_>) {
    let begun = Instant::now();
    node.wire.plug(false);
    node.agent.take().unwrap().kill();
    node.is_noticed(begun, false);
    node.has_lost_its_tunnels();
    node.wire.plug(true);
    node.agent = Some(node.lab.agent_in(&node.wire.prefix(), node.name));
    node.comes_back("plug pulled, agent killed");
}

#[allow(clippy::disallowed_methods, reason = "how long a hole lasts is what is tested")]
fn pass(time: Duration) {
    std::thread::sleep(time);
}

/// What happens to the node of this name, at the end of this wire.
type Case<'a> = (&'a str, Wire, Box<dyn FnOnce(&mut Node<'_>) + Send + 'a>);

/// Runs every case on a node of its own, all at the same time.
fn at_once<'a>(lab: &'a Lab, cases: Vec<Case<'a>>) {
    let ready = Barrier::new(cases.len());
    std::thread::scope(|scope| {
        for (name, wire, case) in cases {
            let ready = &ready;
            scope.spawn(move || {
                let mut node = Node::new(lab, name, wire);
                ready.wait();
                case(&mut node);
            });
        }
    });
}

/// T-40.
#[test]
fn a_dead_network_is_noticed_by_both_ends_and_left_and_a_short_hole_costs_nothing() {
    let Some(lab) = server() else { return };
    let seconds = Duration::from_secs;
    let mut holes = vec![
        ("hole10", Hole::Both, seconds(10)),
        ("both26", Hole::Both, seconds(26)),
        ("in26", Hole::In, seconds(26)),
        ("out26", Hole::Out, seconds(26)),
    ];
    if is_full() {
        for (hole, names) in [
            (Hole::Both, ["both24", "both120"]),
            (Hole::In, ["in24", "in120"]),
            (Hole::Out, ["out24", "out120"]),
        ] {
            holes.extend([(names[0], hole, seconds(24)), (names[1], hole, seconds(120))]);
        }
        holes.extend([("in10", Hole::In, seconds(10)), ("out10", Hole::Out, seconds(10))]);
    }
    let mut cases: Vec<Case<'_>> = Vec::new();
    for (name, hole, lasts) in holes {
        let Some(wire) = Wire::straight() else { return };
        cases.push((name, wire, Box::new(move |node| swallowed(node, hole, lasts))));
    }
    let Some(wire) = Wire::straight() else { return };
    cases.push(("killed", wire, Box::new(pulled_and_killed)));
    at_once(&lab, cases);
}

/// T-46, G10: behind a router that forgets what is silent nothing is lost, however idle.
fn idle_behind(node: &mut Node<'_>, lasts: Duration) {
    let generation = node.generation();
    pass(lasts);
    node.has_kept_its_tunnels(generation);
}

/// T-46, G9: a router that forgets everything, or comes back with another address.
fn forgotten(node: &mut Node<'_>, renumbered: bool) {
    let generation = node.generation();
    let begun = Instant::now();
    let address = if renumbered { Some(node.wire.renumber()) } else { None };
    node.wire.forget();
    // Whoever notices first is quick about it; both have, when the new connection is there.
    let again = || (node.generation() > generation).then_some(());
    wait("another connection", NOTICED + BACK, again);
    println!("{}: another connection after {:?}", node.name, begun.elapsed());
    node.comes_back("the router forgot");
    node.has_lost_its_tunnels();
    if let Some(address) = address {
        let view = node.lab.json(&["nodes", "get", node.name, "-o", "json"]);
        assert_eq!(view["exit_ip"], address.as_str(), "{view}");
    }
}

/// T-46.
#[test]
fn a_forgetful_router_costs_an_idle_node_nothing_and_a_restarted_one_is_left_behind() {
    let Some(lab) = server() else { return };
    let idle = Duration::from_secs(if is_full() { 3600 } else { 40 });
    let mut cases: Vec<Case<'_>> = Vec::new();
    let all = [("nat30", 30), ("nat60", 60), ("nat300", 300)];
    for (name, forgets) in &all[..if is_full() { 3 } else { 1 }] {
        let Some(wire) = Wire::behind_nat(*forgets) else { return };
        cases.push((name, wire, Box::new(move |node| idle_behind(node, idle))));
    }
    for (name, renumbered) in [("forgotten", false), ("renumbered", true)] {
        let Some(wire) = Wire::behind_nat(300) else { return };
        cases.push((name, wire, Box::new(move |node| forgotten(node, renumbered))));
    }
    at_once(&lab, cases);
}
