//! Port 443 without root (F1.7): a socket that a service manager opened, the one capability, and the
//! units that say so. Skipped, with a printed reason, only where a program is missing.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, Running, have, wait};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

/// What systemd does for a socket unit: binds, listens, passes the descriptor on and is gone. The
/// first argument is the address, the others are the program.
const LAUNCHER: &str = r"
import os, socket, sys
host, port, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind != 'udp' else socket.SOCK_DGRAM)
s.bind((host, port))
if kind == 'listening':
    s.listen(64)
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ['LISTEN_FDS'] = '1'
os.environ['LISTEN_PID'] = str(os.getpid())
os.execv(sys.argv[4], sys.argv[4:])
";

/// Why no relay is in front of it.
const LAUNCHED: &str = "another program starts the server";

fn server_args(lab: &Lab) -> Vec<String> {
    let (dir, ready) = (lab.text("server"), lab.text("server.ready"));
    let args = ["server", "run", "--dir", &dir, "--ready-file", &ready, "--metrics", "off"];
    args.map(str::to_owned).to_vec()
}

/// Starts the server through the launcher, with a socket of this kind on loopback.
fn launch(lab: &Lab, kind: &str, more: &[&str]) -> (Running, std::path::PathBuf) {
    let binary = lab.command([] as [&str; 0]);
    let mut command = Command::new("python3");
    command.args(["-c", LAUNCHER, "127.0.0.1", "0", kind]).arg(binary.get_program());
    command.args(server_args(lab)).args(more);
    for (key, value) in binary.get_envs() {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    (Running::start(&mut command, &lab.path("server.log")), lab.path("server.ready"))
}

fn serves(lab: &mut Lab, ready: &Path) -> String {
    let text = wait("the ready file", PATIENCE, || std::fs::read_to_string(ready).ok());
    lab.address = text.trim().to_owned();
    lab.address.clone()
}

#[test]
fn the_server_serves_on_a_socket_that_was_passed_to_it_and_not_on_its_own() {
    if !have("python3") {
        return;
    }
    let mut lab = Lab::straight(LAUNCHED);
    // Its own address would fail: the socket's counts.
    let (mut server, ready) = launch(&lab, "listening", &["--listen", "192.0.2.1:1"]);
    let address = serves(&mut lab, &ready);
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    lab.wait_state("web1", PATIENCE, &["online"]);
    let listen = lab.json(&["server", "status", "-o", "json"]);
    assert!(listen.to_string().contains(&address), "{listen}");
    server.signal("-TERM");
    assert_eq!(server.code(), Some(0), "{}", server.output());
    TcpStream::connect(&address).expect_err("nobody holds the socket any more");
}

#[test]
fn what_is_passed_and_no_listening_tcp_socket_is_refused() {
    if !have("python3") {
        return;
    }
    for (kind, said) in [("udp", "tcp socket"), ("bound", "does not listen")] {
        let lab = Lab::straight(LAUNCHED);
        let (mut server, _) = launch(&lab, kind, &[]);
        assert_eq!(server.code(), Some(1), "{kind}: {}", server.output());
        assert!(server.output().contains(said), "{kind}: {}", server.output());
    }
    // Left over from somebody else: not ours.
    let mut lab = Lab::straight(LAUNCHED);
    let args = server_args(&lab).into_iter().chain(["--listen".into(), "127.0.0.1:0".into()]);
    let mut command = lab.command(args);
    command.env("LISTEN_FDS", "1").env("LISTEN_PID", "1");
    let _server = Running::start(&mut command, &lab.path("server.log"));
    let ready = lab.path("server.ready");
    serves(&mut lab, &ready);
}

/// Type=notify: ready when it serves, a line about what it does, and that it stops.
#[test]
fn a_service_manager_is_told_when_the_server_serves_and_when_it_stops() {
    let lab = Lab::straight(LAUNCHED);
    let path = lab.path("notify");
    let notify = UnixDatagram::bind(&path).unwrap();
    notify.set_read_timeout(Some(PATIENCE)).unwrap();
    let args = server_args(&lab).into_iter().chain(["--listen".into(), "127.0.0.1:0".into()]);
    let mut command = lab.command(args);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "2000000");
    let server = Running::start(&mut command, &lab.path("server.log"));
    let mut told = String::new();
    let mut hear = |wanted: &str| {
        while !told.contains(wanted) {
            let mut buffer = [0; 4096];
            let count =
                notify.recv(&mut buffer).unwrap_or_else(|e| panic!("{wanted}: {e}\n{told}"));
            told.push_str(&String::from_utf8_lossy(&buffer[..count]));
            told.push('\n');
        }
    };
    hear("READY=1");
    hear("STATUS=serving: 0 nodes connected, 0 tunnels");
    hear("WATCHDOG=1");
    server.signal("-TERM");
    hear("STOPPING=1");
}

/// Root's network namespace for a moment; gone with the value.
struct Namespace(String);

impl Namespace {
    fn new() -> Option<Self> {
        let name = format!("tunnelctl-443-{}", std::process::id());
        let ip = |args: &[&str]| {
            Command::new("ip").args(args).output().is_ok_and(|o| o.status.success())
        };
        let made = have("ip") && have("setpriv") && ip(&["netns", "add", &name]);
        if !made {
            println!("skipped: no network namespaces here");
            return None;
        }
        let space = Self(name);
        assert!(ip(&["-n", &space.0, "link", "set", "lo", "up"]));
        Some(space)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "delete", &self.0]).status();
    }
}

/// As the unit has it: another user than root, with CAP_NET_BIND_SERVICE and nothing else.
#[test]
fn port_443_is_served_without_root_by_the_one_capability_of_the_unit() {
    let Some(space) = Namespace::new() else { return };
    let mut lab = Lab::straight(LAUNCHED);
    // The binary and the directory must be within reach of another user.
    let place = lab.dir.path().to_owned();
    let binary = place.join("tunnelctl");
    std::fs::copy(env!("CARGO_BIN_EXE_tunnelctl"), &binary).unwrap();
    let args = server_args(&lab).into_iter().chain(["--listen".into(), "127.0.0.1:443".into()]);
    let as_nobody = |caps: &str, log: &str| {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &space.0, "setpriv", "--reuid=65534", "--regid=65534"]);
        command.args(["--clear-groups", "--no-new-privs", "--bounding-set", caps]);
        command.args(["--inh-caps", caps, "--ambient-caps", caps]).arg(&binary).args(args.clone());
        command.env("HOME", &place).env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
        Running::start(&mut command, &lab.path(log))
    };
    // The whole lab belongs to that user.
    let chown = Command::new("chown").args(["-R", "65534:65534"]).arg(&place).status().unwrap();
    assert!(chown.success());
    let mut without = as_nobody("-all", "without.log");
    assert_eq!(without.code(), Some(1), "{}", without.output());
    assert!(without.output().contains("Permission denied"), "{}", without.output());
    let _with = as_nobody("-all,+net_bind_service", "server.log");
    let ready = lab.path("server.ready");
    assert_eq!(serves(&mut lab, &ready), "127.0.0.1:443");
}

/// The units that are shipped are ones that systemd takes, and what they promise is in them.
#[test]
fn the_shipped_units_are_whole() {
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/systemd");
    let text = |name: &str| std::fs::read_to_string(units.join(name)).unwrap();
    let lab = Lab::new();
    let services = ["tunnelctl-server.service", "tunnelctl-agent.service"];
    for name in services {
        let service = text(name);
        for line in [
            "Type=notify",
            "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
            "ExecReload=/bin/kill -HUP $MAINPID",
            "Restart=always",
            "NoNewPrivileges=yes",
        ] {
            assert!(service.lines().any(|found| found == line), "{name}: {line}");
        }
        // The command in it is one that this program understands.
        let started = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        let words: Vec<&str> = started.split(' ').skip(1).chain(["--help"]).collect();
        assert!(lab.run(words).status.success(), "{started}");
    }
    assert!(text(services[0]).contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"));
    // Elsewhere than in its place, with a program and a user that are here.
    let binary = env!("CARGO_BIN_EXE_tunnelctl");
    for name in services {
        let adapted = text(name)
            .replace("/usr/local/bin/tunnelctl", binary)
            .replace("User=tunnelctl", "User=root");
        std::fs::write(lab.path(name), adapted).unwrap();
    }
    std::fs::copy(units.join("tunnelctl-server.socket"), lab.path("tunnelctl-server.socket"))
        .unwrap();
    for unit in services.into_iter().chain(["tunnelctl-server.socket"]) {
        lab::units::verified(&lab.path(unit));
    }
}
