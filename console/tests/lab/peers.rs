//! Real servers behind the nodes, from Debian's packages, each in a directory of the test.

use super::{Lab, PATIENCE, Running, free_port, have, succeed, wait};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

/// PostgreSQL on a loopback port.
pub struct Postgres {
    pub port: u16,
    bin: PathBuf,
    running: Option<Running>,
    dir: tempfile::TempDir,
}

impl Postgres {
    /// Starts one, or says why not.
    pub fn start() -> Option<Self> {
        let Some(bin) = binaries() else {
            println!("skipped: PostgreSQL's server is not installed");
            return None;
        };
        // Outside the lab: the database's user must be able to enter.
        let dir = tempfile::Builder::new().prefix("tunnelctl-pg-").tempdir().unwrap();
        let data = dir.path().join("data");
        if root() {
            succeed(Command::new("chown").arg("postgres").arg(dir.path()));
        }
        succeed(
            as_user(&bin.join("initdb")).args(["-A", "trust", "-U", "app", "-N", "-D"]).arg(&data),
        );
        let port = free_port();
        let mut command = as_user(&bin.join("postgres"));
        command.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k"]).arg(dir.path());
        command.args(["-F", "-D"]).arg(&data);
        let log = std::env::temp_dir().join(format!("tunnelctl-pg-{port}.log"));
        let running = Running::start(&mut command, &log);
        let mut postgres = Self { port, bin, running: Some(running), dir };
        postgres.wait();
        Some(postgres)
    }

    fn wait(&mut self) {
        let ready = self.bin.join("pg_isready");
        let port = self.port.to_string();
        wait("PostgreSQL", PATIENCE, || {
            let status = Command::new(&ready).args(["-q", "-h", "127.0.0.1", "-p", &port]).status();
            status.is_ok_and(|s| s.success()).then_some(())
        });
    }

    /// One query through `host:port`.
    pub fn query(&self, port: &str, sql: &str) -> String {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-h", "127.0.0.1", "-p", port, "-U", "app", "-d", "postgres", "-Atc", sql]);
        psql.env("PGCONNECT_TIMEOUT", "30");
        succeed(&mut psql).trim().to_owned()
    }

    /// Whether a client gets as far as a query through `port`.
    pub fn is_reached(&self, port: &str) -> bool {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args([
            "-h",
            "127.0.0.1",
            "-p",
            port,
            "-U",
            "app",
            "-d",
            "postgres",
            "-Atc",
            "select 1",
        ]);
        psql.env("PGCONNECT_TIMEOUT", "30").output().is_ok_and(|out| out.status.success())
    }

    /// pgbench through `port` until somebody ends it.
    pub fn bench_on(&self, port: &str, script: &Path, log: &Path) -> Running {
        let mut bench = Command::new(self.bin.join("pgbench"));
        bench.args([
            "-h",
            "127.0.0.1",
            "-p",
            port,
            "-U",
            "app",
            "-n",
            "-c",
            "4",
            "-T",
            "600",
            "-f",
        ]);
        bench.arg(script).arg("postgres");
        Running::start(&mut bench, log)
    }

    /// pgbench through `port`; returns what it printed.
    pub fn bench(&self, port: &str, args: &[&str]) -> String {
        let mut bench = Command::new(self.bin.join("pgbench"));
        bench.args(["-h", "127.0.0.1", "-p", port, "-U", "app"]).args(args).arg("postgres");
        succeed(&mut bench)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            // Fast shutdown: its own children end too, which a SIGKILL would leave.
            running.signal("-INT");
        }
        if let Some(mut running) = self.running.take() {
            running.code();
            let _ = std::fs::remove_file(&running.log);
        }
        let _ = self.dir.path();
    }
}

fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop()
}

fn root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

/// PostgreSQL refuses to run as root.
fn as_user(program: &Path) -> Command {
    if !root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command.current_dir("/");
    command
}

/// OpenSSH's server on a loopback port, with a key of its own for whoever runs the test.
pub struct Sshd {
    pub port: u16,
    pub user: String,
    pub key: String,
    _running: Running,
}

impl Sshd {
    pub fn start(lab: &Lab) -> Option<Self> {
        if !super::have("sshd") || !super::have("ssh") || !super::have("ssh-keygen") {
            return None;
        }
        let at = lab.dir.path();
        for key in ["host", "user"] {
            succeed(
                Command::new("ssh-keygen")
                    .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                    .arg(at.join(key)),
            );
        }
        std::fs::copy(at.join("user.pub"), at.join("authorized")).unwrap();
        let port = free_port();
        let dir = at.display();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {dir}/host\nAuthorizedKeysFile {dir}/authorized\n\
             StrictModes no\nPidFile none\nUsePAM no\nSubsystem sftp internal-sftp\n"
        );
        std::fs::write(at.join("sshd.conf"), config).unwrap();
        if root() {
            std::fs::create_dir_all("/run/sshd").unwrap();
        }
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f"]).arg(at.join("sshd.conf"));
        let running = Running::start(&mut command, &lab.path("sshd.log"));
        wait("sshd", PATIENCE, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        let user = succeed(Command::new("id").arg("-un")).trim().to_owned();
        Some(Self { port, user, key: lab.text("user"), _running: running })
    }

    /// A wrapper script around our ProxyCommand, as ssh, scp and rsync take it.
    pub fn ssh_options(&self, lab: &Lab, node: &str) -> Vec<String> {
        let binary = env!("CARGO_BIN_EXE_tunnelctl");
        let proxy = format!(
            "ProxyCommand=env XDG_CONFIG_HOME={} XDG_STATE_HOME={} XDG_CACHE_HOME={} {binary} connect {node} {}",
            lab.text("config"),
            lab.text("state"),
            lab.text("cache"),
            self.port
        );
        [
            "-o",
            &proxy,
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-o",
            "BatchMode=yes",
            "-i",
            &self.key,
        ]
        .map(str::to_owned)
        .to_vec()
    }
}

/// Redis on a loopback port.
pub struct Redis {
    pub port: u16,
    _running: Running,
    _dir: tempfile::TempDir,
}

impl Redis {
    /// Starts one, or says why not.
    pub fn start() -> Option<Self> {
        if !super::have("redis-server") || !super::have("redis-cli") {
            return None;
        }
        let dir = tempfile::Builder::new().prefix("tunnelctl-redis-").tempdir().unwrap();
        let port = free_port();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""]);
        command.args(["--appendonly", "no", "--dir"]).arg(dir.path());
        let running = Running::start(&mut command, &dir.path().join("redis.log"));
        wait("Redis", PATIENCE, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        Some(Self { port, _running: running, _dir: dir })
    }

    /// One command through `port`.
    pub fn ask(&self, port: &str, words: &[&str]) -> String {
        let mut cli = Command::new("redis-cli");
        cli.args(["-h", "127.0.0.1", "-p", port]).args(words);
        succeed(&mut cli).trim().to_owned()
    }
}

/// nginx with one server of TLS, its own certificate and the given location.
pub struct Nginx {
    pub address: String,
    dir: PathBuf,
    running: Option<Running>,
}

impl Nginx {
    /// Starts it; None with a printed reason without the programs.
    pub fn start(lab: &Lab, location: &str) -> Option<Self> {
        if !have("nginx") || !have("openssl") {
            println!("skipped: nginx or openssl is not installed");
            return None;
        }
        let dir = lab.path("nginx");
        std::fs::create_dir_all(&dir).unwrap();
        let text = |name: &str| dir.join(name).to_str().unwrap().to_owned();
        let (key, cert) = (text("key.pem"), text("cert.pem"));
        let made =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let named = ["-days", "2", "-subj", "/CN=tun.example", "-keyout", &key, "-out", &cert];
        succeed(Command::new("openssl").args(made).args(named));
        let address = format!("127.0.0.1:{}", free_port());
        let config = format!(
            "daemon off; pid {pid}; error_log {log}; worker_processes 1;
             events {{ worker_connections 256; }}
             http {{
               access_log off; client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy;
               fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
               map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
               server {{
                 listen {address} ssl; ssl_certificate {cert}; ssl_certificate_key {key};
                 ssl_protocols TLSv1.2;
                 location / {{ {location} }}
               }}
             }}",
            pid = text("pid"),
            log = text("error.log"),
            dir = dir.display(),
        );
        std::fs::write(dir.join("nginx.conf"), config).unwrap();
        let mut nginx = Self { address, dir, running: None };
        nginx.up();
        Some(nginx)
    }

    /// Serves, again if it was down.
    pub fn up(&mut self) {
        let config = self.dir.join("nginx.conf");
        let command = &mut Command::new("nginx");
        command.arg("-e").arg(self.dir.join("error.log")).arg("-c").arg(&config);
        self.running = Some(Running::start(command, &self.dir.join("out.log")));
        wait("nginx", PATIENCE, || TcpStream::connect(&self.address).ok());
    }

    /// Gone with all its connections.
    pub fn down(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.signal("-TERM");
            running.code();
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.down();
    }
}
