//! Forwards that listen at a Unix socket of this machine: whose the file is, what it replaces and what it
//! never touches, and that its connections end as others do.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::peers::Postgres;
use lab::site::echo_server;
use lab::{Lab, PATIENCE, Running, have, succeed, wait};
use serde_json::Value;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::sync::mpsc;

fn lab_with_web1() -> (Lab, Running) {
    let lab = Lab::with_server();
    lab.enroll("web1", &["--label", "site=ber"]);
    let agent = lab.agent("web1");
    (lab, agent)
}

/// The SPEC of a socket `name` of the lab.
fn spec(lab: &Lab, name: &str, target: impl std::fmt::Display) -> String {
    format!("unix:{}:{target}", lab.text(name))
}

fn connect(lab: &Lab, name: &str) -> UnixStream {
    let socket = UnixStream::connect(lab.path(name)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn echoes(lab: &Lab, name: &str) -> bool {
    let echo = |mut socket: UnixStream| {
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.write_all(b"hello")?;
        socket.read_exact(&mut [0; 5])
    };
    UnixStream::connect(lab.path(name)).and_then(echo).is_ok()
}

/// Ends what goes on in the background, also when the test fails.
struct Closing<'a>(&'a Lab);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let _ = self.0.run(["forward", "close", "--all"]);
    }
}

/// A target whose only connection is handed out.
fn target() -> (u16, mpsc::Receiver<TcpStream>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (accepted, connections) = mpsc::channel();
    std::thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        accepted.send(tcp)
    });
    (port, connections)
}

/// Waits for an event of a `-o jsonl` run.
fn event(running: &Running, kind: &str) -> Value {
    wait(kind, PATIENCE, || {
        let lines = running.output();
        let mut events = lines.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
        events.find(|event| event["event"] == kind)
    })
}

#[test]
fn a_program_reaches_a_service_of_a_node_by_a_socket_that_goes_with_the_forward() {
    if !have("curl") {
        return;
    }
    let (lab, _agent) = lab_with_web1();
    let web = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = web.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut tcp in web.incoming().flatten() {
            let _ = tcp.read(&mut [0; 512]);
            let _ = tcp.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nweb1's",
            );
        }
    });
    let (mut forward, address) = lab.listener(&["forward", "web1", &spec(&lab, "web.sock", port)]);
    let path = lab.path("web.sock");
    assert_eq!(address, format!("unix:{}", path.display()));
    assert_eq!(path.symlink_metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--max-time", "20", "--unix-socket"]).arg(&path).arg("http://web1/");
    assert_eq!(succeed(&mut curl), "web1's");
    let named = || forward.output().contains(" from process ").then_some(());
    wait("the tunnel in its lines", PATIENCE, named);

    forward.signal("-INT");
    assert_eq!(forward.code(), Some(130), "{}", forward.output());
    assert!(!path.exists(), "the socket's file was left");
}

#[test]
fn only_a_stale_socket_is_replaced() {
    let (lab, _agent) = lab_with_web1();
    let target = echo_server();
    let args = |name: &str| ["forward".to_owned(), "web1".to_owned(), spec(&lab, name, target)];

    // What a killed forward leaves behind.
    let first = args("stale.sock");
    let (mut killed, _) = lab.listener(&first.each_ref().map(String::as_str));
    let (code, stderr) = lab.fails(&first);
    assert_eq!(code, 11, "{stderr}");
    assert!(stderr.contains("somebody listens there") && stderr.contains("ss -lxp"), "{stderr}");
    assert!(echoes(&lab, "stale.sock"), "it was disturbed");
    killed.kill();
    assert!(lab.path("stale.sock").exists() && !echoes(&lab, "stale.sock"));
    let (_forward, _) = lab.listener(&first.each_ref().map(String::as_str));
    assert!(echoes(&lab, "stale.sock"));

    // What somebody else listens at, and what is no socket.
    let _other = UnixListener::bind(lab.path("other.sock")).unwrap();
    std::fs::write(lab.path("file"), "kept").unwrap();
    std::os::unix::fs::symlink(lab.path("stale.sock"), lab.path("link")).unwrap();
    for (name, said) in [
        ("other.sock", "somebody listens"),
        ("file", "something else than a socket"),
        ("link", "something else than a socket"),
    ] {
        let (code, stderr) = lab.fails(&args(name));
        assert_eq!(code, 11, "{name}: {stderr}");
        assert!(stderr.contains(said) && stderr.contains("cannot listen on unix:"), "{stderr}");
    }
    assert_eq!(std::fs::read_to_string(lab.path("file")).unwrap(), "kept");
    assert!(lab.path("other.sock").exists() && echoes(&lab, "link"));
    for (name, wanted) in [("no/where.sock", 3), (&*"x".repeat(120), 2)] {
        let (code, stderr) = lab.fails(&args(name));
        assert_eq!(code, wanted, "{name}: {stderr}");
    }
}

#[test]
fn a_socket_has_no_networks_and_a_proxy_no_path() {
    let lab = Lab::with_server();
    let spec = spec(&lab, "db.sock", 5432);
    let args = ["forward", "web1", &spec, "--allow-from", "10.0.0.0/8"];
    let (code, stderr) = lab.fails(&args);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("has no address"), "{stderr}");
    for bad in ["unix:/run/db.sock", "unix::5432", "unix:/run/db.sock:8080:db:80"] {
        let (code, stderr) = lab.fails(&["forward", "web1", bad]);
        assert_eq!(code, 2, "{bad}: {stderr}");
    }
    assert!(!lab.path("db.sock").exists());
}

#[test]
fn a_detached_one_is_listed_by_its_path_and_gone_after_a_close() {
    let (lab, _agent) = lab_with_web1();
    let _closing = Closing(&lab);
    let spec = spec(&lab, "db.sock", echo_server());
    let out = lab.ok(&["-q", "forward", "web1", &spec, "--detach", "--name", "db"]);
    let address = format!("unix:{}", lab.text("db.sock"));
    assert_eq!(out.trim(), address);
    assert!(echoes(&lab, "db.sock"));
    let row = lab.json(&["forward", "get", "db", "-o", "json"]);
    assert_eq!((&row["addr"], &row["state"]), (&Value::from(address.as_str()), &"ready".into()));
    let table = lab.ok(&["forward", "list", "--columns", "name,listen", "--no-header"]);
    assert_eq!(table.trim(), format!("db\t{address}"));
    lab.ok(&["forward", "close", "db"]);
    assert!(!lab.path("db.sock").exists(), "it was there after the close");
}

#[test]
fn an_entry_of_a_file_may_listen_at_a_path() {
    let (lab, _agent) = lab_with_web1();
    let (file, target) = (lab.path("forwards.toml"), echo_server());
    let entry = |name: &str, at: &str| {
        format!(
            "[[forward]]\nname = \"{name}\"\nlisten = \"unix:{}\"\n{at}\ntarget = \"localhost:{target}\"\n\n",
            lab.text(&format!("{name}.sock")),
        )
    };
    let db = entry("db", "node = \"web1\"");
    std::fs::write(&file, db.clone() + &entry("ber", "label = \"site=ber\"")).unwrap();
    let path = file.to_str().unwrap();
    let (mut kept, _) = lab.listener(&["-o", "jsonl", "forward", "-f", path]);
    assert!(echoes(&lab, "db.sock") && echoes(&lab, "ber.sock"));
    std::fs::write(&file, db).unwrap();
    event(&kept, "closed");
    assert!(!lab.path("ber.sock").exists() && echoes(&lab, "db.sock"));
    wait("the list", PATIENCE, || {
        let rows = lab.json(&["forward", "list", "-o", "json"]);
        (rows["items"].as_array().unwrap().len() == 1).then_some(())
    });
    lab.ok(&["forward", "close", "db"]);
    assert!(!lab.path("db.sock").exists(), "it was there after the close");
    assert_eq!(kept.code(), Some(0), "{}", kept.output());
}

#[test]
fn its_connections_half_close_and_an_end_by_force_is_one_on_the_other_side_too() {
    let (lab, _agent) = lab_with_web1();
    let start = |name: &str, port: u16| {
        let spec = spec(&lab, name, port);
        lab.listener(&["-o", "jsonl", "forward", "web1", &spec]).0
    };
    let _echo = start("echo.sock", echo_server());
    let (sent, mut back) = (vec![7; 300_000], Vec::new());
    let mut socket = connect(&lab, "echo.sock");
    let mut sending = socket.try_clone().unwrap();
    let wanted = sent.clone();
    let sender = std::thread::spawn(move || {
        sending.write_all(&sent).unwrap();
        sending.shutdown(Shutdown::Write).unwrap();
    });
    socket.read_to_end(&mut back).unwrap();
    sender.join().unwrap();
    assert!(back == wanted, "{} bytes came back", back.len());

    // A client that is gone before it read all there was.
    let (port, accepted) = target();
    let forward = start("client.sock", port);
    let mut client = connect(&lab, "client.sock");
    let mut at_target = accepted.recv_timeout(PATIENCE).unwrap();
    at_target.write_all(b"ab").unwrap();
    client.read_exact(&mut [0]).unwrap();
    drop(client);
    let error = at_target.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(event(&forward, "close")["reason"], "client_reset");

    // A target that is.
    let (port, accepted) = target();
    let forward = start("target.sock", port);
    let mut client = connect(&lab, "target.sock");
    client.write_all(b"ab").unwrap();
    let mut at_target = accepted.recv_timeout(PATIENCE).unwrap();
    at_target.read_exact(&mut [0]).unwrap();
    drop(at_target);
    // A socket of this kind has no reset to be told of: it is closed, both ways.
    assert!(matches!(client.read(&mut [0]), Ok(0) | Err(_)));
    assert_eq!(event(&forward, "close")["reason"], "target_reset");
    assert_eq!(client.write(b"c").unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[test]
fn psql_finds_it_by_its_directory_and_its_end_removes_it() {
    let Some(postgres) = Postgres::start() else { return };
    let (lab, _agent) = lab_with_web1();
    let spec = spec(&lab, ".s.PGSQL.5433", format!("localhost:{}", postgres.port));
    let psql = "psql -h {host} -p {port} -U app -d postgres -Atc 'select 6 * 7' && echo $TUNNELCTL_ADDR {socket}";
    let out = lab.run(["forward", "web1", &spec, "--exec", "sh", "--", "-c", psql]);
    let path = lab.text(".s.PGSQL.5433");
    let said = String::from_utf8(out.stdout).unwrap();
    assert_eq!(
        said,
        format!("42\nunix:{path} {path}\n"),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(!lab.path(".s.PGSQL.5433").exists());

    let (code, stderr) = lab.fails(&["forward", "web1", &spec, "--exec", "/no/such/program"]);
    assert_eq!(code, 127, "{stderr}");
    assert!(!lab.path(".s.PGSQL.5433").exists(), "it was left after a failure");
}
