//! The configurations: every way from a client to the target's services that is compared.

use crate::load::Ways;
use crate::process::Process;
use crate::roles::access;
use agent::enrol::{EnrolSpec, enrol};
use anyhow::{Context, Result, bail};
use link::Shutdown;
use link::operator::Operator;
use pki::Token;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use wire::message::operator::{Intent, PortSpec, Reply, Request, RuleSpec, TokenSpec};
use wire::message::view::{DropMode, Effect, OnDrop, TokenKind};
use wire::{Labels, Target};

/// One way, with the processes that carry it.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) ways: Ways,
    /// Whose processor time and memory count.
    pub(crate) carriers: Vec<u32>,
    processes: Vec<Process>,
    _dir: Option<TempDir>,
}

/// The services that everything leads to.
pub(crate) struct Targets {
    process: Process,
    ports: [u16; 3],
}

impl Targets {
    pub(crate) async fn start() -> Result<Self> {
        let process = Process::role(&["target"]).await?;
        let ports: Vec<u16> = process.ports()?;
        let ports = ports.try_into().ok().context("three ports expected")?;
        Ok(Self { process, ports })
    }

    pub(crate) fn direct(&self) -> Result<Peer> {
        // The process lives here; only its time is looked at.
        let carriers = vec![self.process.pid()?];
        Ok(Peer {
            name: "direct",
            ways: ways(self.ports),
            carriers,
            processes: Vec::new(),
            _dir: None,
        })
    }
}

fn ways([echo, bulk, sink]: [u16; 3]) -> Ways {
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    Ways { echo: at(echo), bulk: at(bulk), sink: at(sink) }
}

/// `hops` plain proxies in a row: the limit of any server and agent without encryption.
pub(crate) async fn proxies(targets: &Targets, hops: usize) -> Result<Peer> {
    let (mut processes, mut ports) = (Vec::new(), targets.ports);
    for _ in 0..hops {
        for port in &mut ports {
            let process = Process::role(&["proxy", &format!("127.0.0.1:{port}")]).await?;
            *port = process.ports()?.first().copied().context("no port")?;
            processes.push(process);
        }
    }
    let carriers = processes.iter().map(Process::pid).collect::<Result<_>>()?;
    let name = if hops == 1 { "proxy-1" } else { "proxy-2" };
    Ok(Peer { name, ways: ways(ports), carriers, processes, _dir: None })
}

/// A server with one agent, ports published to all services, and the admin's connection.
pub(crate) struct Ours {
    dir: TempDir,
    server: Process,
    address: String,
    agent: Process,
    operator: Operator,
    shutdown: Shutdown,
}

impl Ours {
    pub(crate) async fn start() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("tunnelctl-bench-").tempdir()?;
        let data = dir.path().join("server");
        let server = Process::role(&["server", text(&data)?]).await?;
        let address = format!("127.0.0.1:{}", server.line);
        let shutdown = Shutdown::new();
        let operator = Operator::connect(&access(&data, address.clone())?, &shutdown).await?;
        let state = enrolled(&operator, &data, &address, dir.path(), "bench").await?;
        let agent = Process::role(&["agents", text(&state)?]).await?;
        Ok(Self { dir, server, address, agent, operator, shutdown })
    }

    /// Our published port.
    pub(crate) async fn port(&self, targets: &Targets) -> Result<Peer> {
        let mut ports = targets.ports;
        for (at, port) in ports.iter_mut().enumerate() {
            *port = publish(&self.operator, &format!("bench{at}"), *port).await?;
        }
        let carriers = vec![self.server.pid()?, self.agent.pid()?];
        Ok(Peer { name: "port", ways: ways(ports), carriers, processes: Vec::new(), _dir: None })
    }

    /// Our operator's forward: two mTLS legs.
    pub(crate) async fn forward(&self, targets: &Targets) -> Result<Peer> {
        let data = self.dir.path().join("server");
        let (mut processes, mut ports) = (Vec::new(), targets.ports);
        for port in &mut ports {
            let args = ["forward", text(&data)?, &self.address, "bench", &port.to_string()];
            let process = Process::role(&args).await?;
            *port = process.ports()?.first().copied().context("no port")?;
            processes.push(process);
        }
        let mut carriers = vec![self.server.pid()?, self.agent.pid()?];
        for process in &processes {
            carriers.push(process.pid()?);
        }
        Ok(Peer { name: "forward", ways: ways(ports), carriers, processes, _dir: None })
    }

    /// Connects `count` more agents and returns the process that holds them.
    pub(crate) async fn more_agents(&self, count: usize) -> Result<Process> {
        let data = self.dir.path().join("server");
        let mut dirs = Vec::new();
        for n in 0..count {
            let name = format!("idle{n}");
            dirs.push(
                enrolled(&self.operator, &data, &self.address, self.dir.path(), &name).await?,
            );
        }
        let mut args = vec!["agents"];
        for dir in &dirs {
            args.push(text(dir)?);
        }
        Process::role(&args).await
    }

    pub(crate) fn server_pid(&self) -> Result<u32> {
        self.server.pid()
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn enrolled(
    operator: &Operator,
    data: &Path,
    address: &str,
    under: &Path,
    name: &str,
) -> Result<PathBuf> {
    let root = pki::pem::load_certificate(&data.join("ca.pem"))?;
    let pin = pki::Trust::new(root)?.pin();
    let token = Token::generate(pin, vec![address.to_owned()])?;
    let spec = TokenSpec {
        name: name.parse()?,
        kind: TokenKind::Node,
        uses: 1,
        ttl_ms: Some(600_000),
        labels: Labels::default(),
        role: None,
        secret_hash: token.hash().to_vec().into(),
        allow: Vec::new(),
    };
    operator.request(Request::TokenCreate { spec, intent: Intent::default() }).await?;
    let dir = under.join(format!("node-{name}"));
    let spec = EnrolSpec {
        dir: dir.clone(),
        token: token.reveal().to_string(),
        servers: Vec::new(),
        ca_pin: None,
        name: Some(name.parse()?),
        labels: Labels::default(),
        allow: Vec::new(),
        force: false,
    };
    enrol(spec, |_| {}).await?;
    Ok(dir)
}

async fn publish(operator: &Operator, name: &str, port: u16) -> Result<u16> {
    let spec = PortSpec {
        name: name.parse()?,
        nodes: vec!["bench".into()],
        target: Target::new("localhost", port)?,
        port: None,
        on_drop: OnDrop { mode: DropMode::Hold, hold_ms: Some(10_000) },
        max_tunnels: None,
        idle_ms: None,
    };
    let reply = operator.request(Request::PortCreate { spec, intent: Intent::default() }).await?;
    let Reply::Port(view) = reply else { bail!("not a port: {reply:?}") };
    let rule = RuleSpec {
        effect: Effect::Allow,
        who: "anyone".into(),
        from: Some("127.0.0.0/8".into()),
        port: Some(name.parse()?),
        until: None,
        before: None,
        disabled: false,
        anyone_really: false,
    };
    operator.request(Request::RuleCreate { spec: rule, intent: Intent::default() }).await?;
    Ok(view.public.port)
}

/// rathole over plain TCP or TLS, if it is installed.
pub(crate) async fn rathole(targets: &Targets, tls: bool) -> Result<Option<Peer>> {
    if Command::new("rathole").arg("--version").output().is_err() {
        return Ok(None);
    }
    let dir = tempfile::Builder::new().prefix("tunnelctl-rathole-").tempdir()?;
    let (control, public) =
        (free_port().await?, [free_port().await?, free_port().await?, free_port().await?]);
    let (mut server, mut client) = (
        format!("[server]\nbind_addr = \"127.0.0.1:{control}\"\ndefault_token = \"t\"\n"),
        format!("[client]\nremote_addr = \"localhost:{control}\"\ndefault_token = \"t\"\n"),
    );
    if tls {
        certificates(dir.path())?;
        let at = text(dir.path())?;
        write!(
            server,
            "[server.transport]\ntype = \"tls\"\n[server.transport.tls]\npkcs12 = \"{at}/id.pfx\"\npkcs12_password = \"p\"\n"
        )?;
        write!(
            client,
            "[client.transport]\ntype = \"tls\"\n[client.transport.tls]\ntrusted_root = \"{at}/ca.pem\"\nhostname = \"localhost\"\n"
        )?;
    }
    for (at, (target, public)) in targets.ports.iter().zip(public).enumerate() {
        write!(server, "[server.services.s{at}]\nbind_addr = \"127.0.0.1:{public}\"\n")?;
        write!(
            client,
            "[client.services.s{at}]\nlocal_addr = \"127.0.0.1:{target}\"\nnodelay = true\n"
        )?;
    }
    let (s, c) = (dir.path().join("server.toml"), dir.path().join("client.toml"));
    std::fs::write(&s, server)?;
    std::fs::write(&c, client)?;
    let processes = vec![
        Process::program("rathole", &["--server", text(&s)?])?,
        Process::program("rathole", &["--client", text(&c)?])?,
    ];
    let name = if tls { "rathole-tls" } else { "rathole-tcp" };
    settled(name, ways(public), processes, dir).await.map(Some)
}

/// A CA and a server identity in the container rathole reads.
fn certificates(dir: &Path) -> Result<()> {
    let script = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca \
        && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout s.key -out s.csr -subj /CN=localhost \
        && printf 'subjectAltName=DNS:localhost' > ext \
        && openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out s.pem \
        && openssl pkcs12 -export -inkey s.key -in s.pem -certfile ca.pem -out id.pfx -passout pass:p";
    let out = Command::new("sh").args(["-ec", script]).current_dir(dir).output()?;
    if !out.status.success() {
        bail!("openssl: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(())
}

/// `ssh -R` to an sshd of our own on loopback, if OpenSSH is installed.
pub(crate) async fn ssh(targets: &Targets) -> Result<Option<Peer>> {
    let sshd = "/usr/sbin/sshd";
    if !Path::new(sshd).exists() {
        return Ok(None);
    }
    let dir = tempfile::Builder::new().prefix("tunnelctl-ssh-").tempdir()?;
    let at = text(dir.path())?.to_owned();
    let keys = "ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f user && cp user.pub authorized && chmod 600 authorized";
    let made = Command::new("sh").args(["-ec", keys]).current_dir(dir.path()).status()?;
    if !made.success() {
        bail!("ssh-keygen failed");
    }
    std::fs::create_dir_all("/run/sshd").context("sshd wants /run/sshd")?;
    let (listen, public) =
        (free_port().await?, [free_port().await?, free_port().await?, free_port().await?]);
    let config = format!(
        "Port {listen}\nListenAddress 127.0.0.1\nHostKey {at}/host\nAuthorizedKeysFile {at}/authorized\nStrictModes no\nPidFile none\nUsePAM no\nAllowTcpForwarding yes\nMaxSessions 100\n"
    );
    std::fs::write(dir.path().join("sshd.conf"), config)?;
    let daemon = Process::program(sshd, &["-D", "-f", &format!("{at}/sshd.conf")])?;
    let listening = || async { tokio::net::TcpStream::connect(("127.0.0.1", listen)).await.ok() };
    testbed::until("sshd", Duration::from_secs(10), listening).await?;
    let mut args: Vec<String> = [
        "-N",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-o",
        "ExitOnForwardFailure=yes",
        "-c",
        "aes128-gcm@openssh.com",
        "-i",
    ]
    .map(str::to_owned)
    .to_vec();
    args.extend([format!("{at}/user"), "-p".to_owned(), listen.to_string()]);
    for (target, public) in targets.ports.iter().zip(public) {
        args.extend(["-R".to_owned(), format!("127.0.0.1:{public}:127.0.0.1:{target}")]);
    }
    args.push("root@127.0.0.1".to_owned());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let processes = vec![daemon, Process::program("ssh", &args)?];
    settled("ssh-R", ways(public), processes, dir).await.map(Some)
}

async fn settled(
    name: &'static str,
    ways: Ways,
    processes: Vec<Process>,
    dir: TempDir,
) -> Result<Peer> {
    let look = || async { crate::load::answers(ways).await.then_some(()) };
    testbed::until(name, Duration::from_secs(30), look).await?;
    let carriers = processes.iter().map(Process::pid).collect::<Result<_>>()?;
    Ok(Peer { name, ways, carriers, processes, _dir: Some(dir) })
}

impl Peer {
    /// How many processes of its own it runs.
    pub(crate) fn own_processes(&self) -> usize {
        self.processes.len()
    }
}

/// A port that was free a moment ago: peers cannot pick their own.
async fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.port())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not text")
}
