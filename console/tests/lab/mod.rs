//! Real processes for tests: the shipped binary as server, agents and operators in a directory of
//! its own, and real peers (PostgreSQL, OpenSSH) beside it. Everything ends with the value.
// A test binary uses only part of this; a failed step is the test's failure.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

pub mod peers;
pub mod shape;
pub mod site;
pub mod units;
pub mod way;
pub mod wires;

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};
use way::Way;

/// How long anything may take that is not said to take long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A child that ends with the value, the hard way.
pub struct Running {
    pub child: Child,
    pub log: PathBuf,
}

impl Running {
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let file = std::fs::File::create(log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|e| panic!("start {command:?}: {e}"));
        Self { child, log: log.to_owned() }
    }

    /// SIGKILL, and the process is gone when this returns.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Waits for the end and returns the exit code.
    pub fn code(&mut self) -> Option<i32> {
        wait("the end of a process", PATIENCE, || self.child.try_wait().unwrap()).code()
    }

    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits for a state with a deadline.
#[allow(clippy::disallowed_methods, reason = "looks again and again; a process announces nothing")]
pub fn wait<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < within, "{what}: not within {within:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether `program` exists; if not, says why the test does nothing.
pub fn have(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).exists()))
        || Path::new("/usr/sbin").join(program).exists();
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

/// Sizes of transfers: 1 GiB with TUNNELCTL_FULL, else small.
pub fn size() -> u64 {
    if std::env::var_os("TUNNELCTL_FULL").is_some() { 1 << 30 } else { 48 << 20 }
}

/// A directory with a server, its operator's context and its nodes.
pub struct Lab {
    pub dir: tempfile::TempDir,
    pub server: Option<Running>,
    /// Where the server itself listens; see [`Lab::reached`].
    pub address: String,
    pub way: Way,
    /// What its server is started with besides.
    pub server_args: Vec<String>,
    /// Where its published ports come from.
    ports: String,
}

/// Published ports of one lab. Those of a process never ask for the same number: while the server of
/// one is down, another one's could take it.
fn some_ports() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let at = std::process::id().wrapping_mul(31).wrapping_add(NEXT.fetch_add(1, Relaxed)) % 490;
    let first = 20_000 + at * 20;
    format!("{first}-{}", first + 19)
}

impl Lab {
    /// A lab whose programs reach their server through a relay with mild habits.
    pub fn new() -> Self {
        Self::on(Way::relayed())
    }

    /// One whose programs reach it straight, for a test that could not hold otherwise: why.
    pub fn straight(why: &'static str) -> Self {
        Self::on(Way::Straight(why))
    }

    fn on(way: Way) -> Self {
        let dir = tempfile::Builder::new().prefix("tunnelctl-lab-").tempdir().unwrap();
        let ports = some_ports();
        Self { dir, server: None, address: String::new(), way, server_args: Vec::new(), ports }
    }

    /// A lab whose server runs on loopback.
    pub fn with_server() -> Self {
        Self::new().served()
    }

    /// The same lab with its server on loopback.
    pub fn served(mut self) -> Self {
        self.start_server("127.0.0.1:0");
        self
    }

    /// Where programs reach the server.
    pub fn reached(&self) -> String {
        self.way.name().unwrap_or_else(|| self.address.clone())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The binary with this lab's directories.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        self.command_in(&[], args)
    }

    /// The same, started through other programs (`ip netns exec …`).
    pub fn command_in<S: AsRef<OsStr>>(
        &self,
        prefix: &[&str],
        args: impl IntoIterator<Item = S>,
    ) -> Command {
        let binary = env!("CARGO_BIN_EXE_tunnelctl");
        let mut command = match prefix.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(binary);
                command
            }
            None => Command::new(binary),
        };
        command.args(args);
        for (key, dir) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
            ("HOME", "home"),
        ] {
            let path = self.path(dir);
            std::fs::create_dir_all(&path).unwrap();
            command.env(key, path);
        }
        command.env("NO_COLOR", "1").env_remove("TUNNELCTL_CONTEXT").env_remove("TUNNELCTL_SERVER");
        // The proxy of whoever runs the tests is not on the way to this machine's own servers.
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs to the end.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs, must succeed, returns standard output.
    pub fn ok<S: AsRef<OsStr> + std::fmt::Debug>(&self, args: &[S]) -> String {
        let out = self.run(args);
        let (stdout, stderr) =
            (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "{args:?}: {}\n{stdout}{stderr}", out.status);
        stdout.into_owned()
    }

    /// The exit code of a command that fails, with its standard error.
    pub fn fails<S: AsRef<OsStr>>(&self, args: &[S]) -> (i32, String) {
        let out = self.run(args);
        (out.status.code().unwrap_or(-1), String::from_utf8_lossy(&out.stderr).into_owned())
    }

    pub fn json<S: AsRef<OsStr> + std::fmt::Debug>(&self, args: &[S]) -> serde_json::Value {
        let text = self.ok(args);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{args:?}: {e}\n{text}"))
    }

    /// Starts (or restarts) the server and waits until it serves.
    pub fn start_server(&mut self, listen: &str) {
        self.start_server_with(&[], listen);
    }

    pub fn start_server_with(&mut self, prefix: &[&str], listen: &str) {
        let ready = self.path("server.ready");
        let _ = std::fs::remove_file(&ready);
        let dir = self.text("server");
        let ready_text = self.text("server.ready");
        let args = ["server", "run", "--dir", &dir, "--listen", listen];
        let args =
            args.into_iter().chain(["--port-range", &self.ports, "--ready-file", &ready_text]);
        let args = args.chain(self.server_args.iter().map(String::as_str));
        let name = self.way.name();
        let args = args.chain(name.iter().flat_map(|name| ["--public-name", name]));
        let log = self.path("server.log");
        self.server = Some(Running::start(&mut self.command_in(prefix, args), &log));
        let text =
            wait("the server's ready file", PATIENCE, || std::fs::read_to_string(&ready).ok());
        self.address = text.lines().next().unwrap().to_owned();
        self.way.lead(&self.address, &self.path("config/tunnelctl/contexts"));
    }

    pub fn token(&self, name: &str) -> String {
        self.ok(&["tokens", "create", "--name", name, "-q"]).trim().to_owned()
    }

    /// Enrols a node; its state directory is `node-NAME`.
    pub fn enroll(&self, name: &str, more: &[&str]) {
        let token = self.path(&format!("token-{name}"));
        std::fs::write(&token, self.token(name)).unwrap();
        let (token, state) =
            (token.to_str().unwrap().to_owned(), self.text(&format!("node-{name}")));
        let mut args =
            vec!["enroll", "--token-file", &token, "--name", name, "--state-dir", &state];
        args.extend(more);
        self.ok(&args);
    }

    /// Runs a node's agent and waits until it is connected.
    pub fn agent(&self, name: &str) -> Running {
        self.agent_in(&[], name)
    }

    pub fn agent_in(&self, prefix: &[&str], name: &str) -> Running {
        let ready = self.path(&format!("agent-{name}.ready"));
        let _ = std::fs::remove_file(&ready);
        let (state, ready_text) =
            (self.text(&format!("node-{name}")), ready.to_str().unwrap().to_owned());
        let args = ["agent", "run", "--state-dir", &state, "--ready-file", &ready_text];
        let log = self.path(&format!("agent-{name}.log"));
        let running = Running::start(&mut self.command_in(prefix, args), &log);
        wait("the agent's ready file", PATIENCE, || ready.exists().then_some(()));
        running
    }

    /// Starts a listener command (`forward`, `socks`) and returns it with its address.
    pub fn listener(&self, args: &[&str]) -> (Running, String) {
        let name = format!("listener-{}", free_port());
        let ready = self.path(&name);
        let mut all = args.to_vec();
        let ready_text = ready.to_str().unwrap().to_owned();
        all.extend(["--ready-file", &ready_text]);
        let running = Running::start(&mut self.command(all), &self.path(&format!("{name}.log")));
        let text =
            wait("the listener's ready file", PATIENCE, || std::fs::read_to_string(&ready).ok());
        (running, text.lines().next().unwrap().to_owned())
    }

    /// The state of a node as the server tells it.
    pub fn state(&self, node: &str) -> Option<String> {
        let out = self.run(["nodes", "get", node, "-o", "json", "--timeout", "2s"]);
        let value: serde_json::Value = serde_json::from_slice(&out.stdout).ok()?;
        value["state"].as_str().map(str::to_owned)
    }

    pub fn wait_state(&self, node: &str, within: Duration, wanted: &[&str]) -> Duration {
        let start = Instant::now();
        wait(&format!("{node} {wanted:?}"), within, || {
            self.state(node).filter(|state| wanted.contains(&state.as_str()))
        });
        start.elapsed()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the way to the server was {}", self.way.told());
            for entry in std::fs::read_dir(self.dir.path()).into_iter().flatten().flatten() {
                if entry.path().extension().is_some_and(|e| e == "log") {
                    let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
                    let tail: Vec<&str> = text.lines().rev().take(15).collect();
                    println!("--- {}", entry.path().display());
                    tail.iter().rev().for_each(|line| println!("{line}"));
                }
            }
        }
    }
}

/// A port that was free a moment ago, for peers that can't pick their own.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Runs a program to its end within a deadline; must succeed; returns standard output.
pub fn succeed(command: &mut Command) -> String {
    let out = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (stdout, stderr) =
        (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{command:?}: {}\n{stdout}{stderr}", out.status);
    stdout.into_owned()
}
