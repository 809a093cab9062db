//! The README's promises with real programs through real processes: psql, pgbench, ssh, scp,
//! rsync, curl. Skipped, with a printed reason, only where a program is missing.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::peers::{Postgres, Sshd};
use lab::{Lab, have, size, succeed};
use std::io::Write;
use std::process::Command;

fn lab_with_web1() -> (Lab, lab::Running) {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let agent = lab.agent("web1");
    (lab, agent)
}

#[test]
fn psql_and_pgbench_work_through_a_forward_and_a_published_port() {
    let Some(postgres) = Postgres::start() else { return };
    let (lab, _agent) = lab_with_web1();
    let spec = format!("0:localhost:{}", postgres.port);
    let (_forward, address) = lab.listener(&["forward", "web1", &spec]);
    let port = address.rsplit_once(':').unwrap().1;
    assert_eq!(postgres.query(port, "select 6 * 7"), "42");
    postgres.bench(port, &["-i", "-q", "-s", "1"]);
    let out = postgres.bench(port, &["-c", "4", "-j", "2", "-t", "100"]);
    assert!(out.contains("number of failed transactions: 0"), "{out}");

    let target = format!("localhost:{}", postgres.port);
    let view =
        lab.json(&["ports", "create", "db", "--node", "web1", "--to", &target, "-o", "json"]);
    let public = port_of(&lab, &view);
    lab.ok(&[
        "rules",
        "create",
        "--allow",
        "--who",
        "anyone",
        "--from",
        "127.0.0.0/8",
        "--port",
        "db",
    ]);
    assert_eq!(postgres.query(&public, "select count(*) from pgbench_accounts"), "100000");
    let out = postgres.bench(&public, &["-c", "4", "-j", "2", "-t", "100", "-S"]);
    assert!(out.contains("number of failed transactions: 0"), "{out}");
    // A client that says no more still gets all of a large answer.
    let rows =
        postgres.query(&public, "select string_agg(md5(aid::text), '') from pgbench_accounts");
    assert_eq!(rows.len(), 32 * 100_000);
}

fn port_of(lab: &Lab, created: &serde_json::Value) -> String {
    let value = if created["kind"] == "Port" {
        created.clone()
    } else {
        lab.json(&["ports", "get", "db", "-o", "json"])
    };
    value["public"]["port"].as_u64().unwrap().to_string()
}

#[test]
fn ssh_scp_and_rsync_work_with_connect_as_proxy_command() {
    if !have("rsync") || !have("scp") {
        return;
    }
    let (lab, _agent) = lab_with_web1();
    let Some(sshd) = Sshd::start(&lab) else { return };
    let options = sshd.ssh_options(&lab, "web1");
    let login = format!("{}@web1", sshd.user);
    let said = succeed(Command::new("ssh").args(&options).args([&login, "echo", "from-the-node"]));
    assert_eq!(said.trim(), "from-the-node");
    let code = Command::new("ssh").args(&options).args([&login, "exit", "7"]).status().unwrap();
    assert_eq!(code.code(), Some(7));

    let digest = write_file(&lab.path("big"), size());
    succeed(
        Command::new("scp")
            .args(&options)
            .arg(lab.path("big"))
            .arg(format!("{login}:{}", lab.text("up"))),
    );
    assert_eq!(digest_of(&lab.path("up")), digest, "scp up");
    succeed(
        Command::new("scp")
            .args(&options)
            .arg(format!("{login}:{}", lab.text("up")))
            .arg(lab.path("down")),
    );
    assert_eq!(digest_of(&lab.path("down")), digest, "scp down");
    let shell = std::iter::once("ssh".to_owned())
        .chain(options.iter().map(|o| quoted(o)))
        .collect::<Vec<_>>();
    succeed(
        Command::new("rsync")
            .args(["-W", "-e", &shell.join(" ")])
            .arg(lab.path("big"))
            .arg(format!("{login}:{}", lab.text("synced"))),
    );
    assert_eq!(digest_of(&lab.path("synced")), digest, "rsync");
}

fn quoted(option: &str) -> String {
    if option.contains(' ') { format!("'{option}'") } else { option.to_owned() }
}

fn write_file(path: &std::path::Path, size: u64) -> blake3::Hash {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let (mut pattern, mut block, mut left) =
        (testbed::service::Pattern::default(), vec![0; 65536], size);
    while left > 0 {
        let take = usize::try_from(left).unwrap().min(block.len());
        pattern.fill(&mut block[..take]);
        file.write_all(&block[..take]).unwrap();
        left -= take as u64;
    }
    file.flush().unwrap();
    testbed::service::Pattern::digest(size)
}

fn digest_of(path: &std::path::Path) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path).unwrap()).unwrap();
    hasher.finalize()
}

#[test]
fn curl_works_through_socks_and_http_proxy() {
    if !have("curl") {
        return;
    }
    let (lab, _agent) = lab_with_web1();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shutdown = link::Shutdown::new();
    let web = runtime.block_on(testbed::service::web(&shutdown, "web1")).unwrap();
    let url = format!("http://localhost:{}/", web.port());
    let auth = lab.path("auth");
    std::fs::write(&auth, "me:secret\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&auth, mode).unwrap();
    let (_open, open) = lab.listener(&["socks", "web1", "--listen", "127.0.0.1:0", "--http"]);
    let (_closed, closed) = lab.listener(&[
        "socks",
        "web1",
        "--listen",
        "127.0.0.1:0",
        "--http",
        "--auth-file",
        auth.to_str().unwrap(),
    ]);
    let curl = |args: &[&str]| {
        Command::new("curl")
            .args(["-sS", "--fail", "--noproxy", "", "--max-time", "20"])
            .args(args)
            .arg(&url)
            .output()
            .unwrap()
    };
    for args in [
        vec!["--socks5-hostname", &open],
        vec!["--proxy", &open],
        vec!["--proxytunnel", "--proxy", &open],
        vec!["--socks5-hostname", &closed, "--proxy-user", "me:secret"],
        vec!["--proxy", &closed, "--proxy-user", "me:secret"],
    ] {
        let out = curl(&args);
        assert_eq!(String::from_utf8_lossy(&out.stdout), "hello from web1\n", "{args:?} {out:?}");
    }
    for args in [
        vec!["--socks5-hostname", closed.as_str()],
        vec!["--proxy", &closed],
        vec!["--proxy", &closed, "--proxy-user", "me:wrong"],
    ] {
        assert!(!curl(&args).status.success(), "{args:?}");
    }
    shutdown.cancel();
}

#[test]
fn strangers_see_health_and_nothing_else() {
    if !have("curl") {
        return;
    }
    let lab = Lab::with_server();
    let ca = lab.text("server/ca.pem");
    let curl = |path: &str| {
        let url = format!("https://{}{path}", lab.address);
        Command::new("curl")
            .args([
                "-sS",
                "--noproxy",
                "*",
                "--max-time",
                "10",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--cacert",
                &ca,
                &url,
            ])
            .output()
            .unwrap()
    };
    assert_eq!(curl("/healthz").stdout, b"200");
    assert_eq!(curl("/readyz").stdout, b"200");
    assert_eq!(curl("/nothing").stdout, b"404");
}
