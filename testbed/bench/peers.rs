//! The configurations: every way from a client to the target's services that is compared.

use crate::load::Ways;
use crate::process::Process;
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// One way, with the processes that carry it.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) ways: Ways,
    /// Whose processor time and memory count.
    pub(crate) carriers: Vec<u32>,
    pub(crate) processes: Vec<Process>,
    pub(crate) _dir: Option<TempDir>,
}

/// The services that everything leads to.
pub(crate) struct Targets {
    process: Process,
    pub(crate) ports: [u16; 3],
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

pub(crate) fn ways([echo, bulk, sink]: [u16; 3]) -> Ways {
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

/// A CA and a server identity in the container rathole reads, of the kind that its own instructions
/// make (`examples/tls` there): RSA with 2048 bits.
fn certificates(dir: &Path) -> Result<()> {
    let script = "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca \
        && openssl req -newkey rsa:2048 -nodes -keyout s.key -out s.csr -subj /CN=localhost \
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

/// A port that was free a moment ago: peers cannot pick their own.
async fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.port())
}

pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not text")
}
