//! What a command leaves open: which of several nodes a `connect` with a label goes through, who looks up
//! the names that clients of a proxy ask for, where a forward listens when its port is taken, and whose
//! programs it serves.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::site::echo_server;
use lab::{Lab, PATIENCE, Running, have, wait};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

/// Starts `connect` with some input that ends.
fn connecting(lab: &Lab, args: &[&str]) -> Child {
    let mut command = lab.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"hello").unwrap();
    child
}

fn connect(lab: &Lab, args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = connecting(lab, args).wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_connect_with_a_label_takes_a_node_that_is_there_and_names_it() {
    let lab = Lab::with_server();
    lab.enroll("web1", &["--label", "site=ber", "--label", "ring=1"]);
    lab.enroll("web2", &["--label", "site=ber", "--label", "ring=2"]);
    let port = echo_server().to_string();

    let (code, stdout, stderr) = connect(&lab, &["connect", "site=ber", &port]);
    assert_eq!((code, stdout.as_str()), (Some(6), ""), "{stderr}");
    assert!(stderr.contains("no node with site=ber is connected"), "{stderr}");
    for nowhere in ["site=vie", "site=ber,ring=3"] {
        let (code, _, stderr) = connect(&lab, &["connect", nowhere, &port]);
        assert_eq!(code, Some(3), "{stderr}");
        assert!(stderr.contains("no node has the label"), "{stderr}");
    }

    let mut web2 = lab.agent("web2");
    lab.wait_state("web2", PATIENCE, &["online"]);
    let (code, stdout, stderr) = connect(&lab, &["connect", "site=ber", &port]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (Some(0), "hello", "through web2 (site=ber)\n")
    );
    let target = format!("site=ber:{port}");
    let (code, stdout, stderr) = connect(&lab, &["-q", "connect", &target]);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), "hello", ""));
    let (_, stdout, stderr) = connect(&lab, &["-o", "json", "connect", "site=ber", &port]);
    let event: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!((&event["through"], &event["label"]), (&"web2".into(), &"site=ber".into()));
    assert_eq!(stdout, "hello", "bytes only");

    let _web1 = lab.agent("web1");
    lab.wait_state("web1", PATIENCE, &["online"]);
    let (code, _, stderr) = connect(&lab, &["connect", "site=ber,ring=1", &port]);
    assert_eq!((code, stderr.as_str()), (Some(0), "through web1 (site=ber ring=1)\n"));
    web2.kill();
    let (code, stdout, stderr) = connect(&lab, &["connect", "site=ber", &port]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (Some(0), "hello", "through web1 (site=ber)\n")
    );
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let (code, _, stderr) = connect(&lab, &["connect", "site=ber", &closed.to_string()]);
    assert_eq!(code, Some(1), "{stderr}");
    let (code, _, stderr) = connect(&lab, &["connect", "site=ber", "192.0.2.1:80"]);
    assert_eq!(code, Some(5), "{stderr}");
}

#[test]
fn a_connect_with_a_label_waits_until_one_of_its_nodes_is_there() {
    let lab = Lab::with_server();
    lab.enroll("web1", &["--label", "site=ber"]);
    let port = echo_server().to_string();
    let waiting = connecting(&lab, &["connect", "site=ber", &port, "--wait", "30s"]);
    let (code, _, _) = connect(&lab, &["connect", "site=ber", &port, "--wait", "1s"]);
    assert_eq!(code, Some(6), "nobody came in its time");
    let _web1 = lab.agent("web1");
    let out = waiting.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.stdout, b"hello");
}

/// A web server of the node.
fn web() -> u16 {
    let web = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = web.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut tcp in web.incoming().flatten() {
            let _ = tcp.read(&mut [0; 512]);
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nweb1's";
            let _ = tcp.write_all(answer.as_bytes());
        }
    });
    port
}

fn curl(args: &[&str]) -> (Option<i32>, String) {
    let out = Command::new("curl").args(["-sS", "--max-time", "20"]).args(args).output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
}

/// A name that only the operator's machine knows: its hosts file is another one than the node's.
#[test]
fn names_are_looked_up_at_the_node_or_here_as_the_proxy_was_told() {
    const NAME: &str = "db.only-here.test";
    const MOUNT: &str = "mount --bind \"$0\" /etc/hosts && exec \"$@\"";
    let lab = Lab::with_server();
    let hosts = lab.text("hosts");
    std::fs::write(&hosts, format!("127.0.0.1 localhost {NAME}\n")).unwrap();
    let here = ["unshare", "--mount", "sh", "-c", MOUNT, &hosts];
    let mounts = Command::new(here[0]).args(&here[1..]).arg("true").output();
    if !have("curl") || !mounts.is_ok_and(|out| out.status.success()) {
        return println!("skipped: no mount namespaces here, or no curl");
    }
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let proxy = |name: &str, more: &[&str]| {
        let ready = lab.text(&format!("{name}.ready"));
        let fixed = ["-o", "jsonl", "socks", "--listen", "127.0.0.1:0", "--http", "--ready-file"];
        let args = fixed.into_iter().chain([ready.as_str()]).chain(more.iter().copied());
        let running =
            Running::start(&mut lab.command_in(&here, args), &lab.path(&format!("{name}.log")));
        let read = || std::fs::read_to_string(&ready).ok();
        (running, wait("the proxy", PATIENCE, read).trim().to_owned())
    };
    let port = web();
    let url = format!("http://{NAME}:{port}/");
    let (_remote, remote) = proxy("remote", &["web1"]);
    let (code, text) = curl(&["--socks5-hostname", &remote, &url]);
    assert!(code != Some(0) && text.is_empty(), "the node does not know it: {code:?} {text}");

    let (local, address) = proxy("local", &["web1", "--dns", "local"]);
    let got = (Some(0), "web1's".to_owned());
    assert_eq!(curl(&["--socks5-hostname", &address, &url]), got, "{}", local.output());
    assert_eq!(curl(&["--proxy", &address, &url]), got, "{}", local.output());
    // What both ends decided about is the address.
    let opened = wait("the tunnel", PATIENCE, || {
        let lines = local.output();
        let mut events = lines.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
        events.find(|event| event["event"] == "open")
    });
    assert_eq!(opened["target"], format!("127.0.0.1:{port}"));
    // Through the whole fleet the inner name is the one that is looked up, and the node's own stays its.
    let (_fleet, fleet) = proxy("fleet", &["--dns", "local"]);
    for host in [format!("{NAME}.web1.tun"), "web1.tun".to_owned()] {
        let url = format!("http://{host}:{port}/");
        assert_eq!(curl(&["--socks5-hostname", &fleet, &url]), got, "{host}");
    }
    let nowhere = format!("http://no-such.only-here.test:{port}/");
    let (code, _) = curl(&["--socks5-hostname", &address, &nowhere]);
    assert_ne!(code, Some(0));
    wait("why not, in its events", PATIENCE, || {
        local.output().contains("was looked up here, not at the node").then_some(())
    });
}

#[test]
fn a_forward_whose_port_is_taken_takes_one_of_the_next_if_it_may() {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let spec = format!("{port}:{}", echo_server());
    let (code, stderr) = lab.fails(&["forward", "web1", &spec]);
    assert_eq!(code, 11, "{stderr}");
    assert!(stderr.contains("--port-fallback N"), "{stderr}");

    let (forward, address) = lab.listener(&["forward", "web1", &spec, "--port-fallback", "50"]);
    let other: u16 = address.strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert!(other > port && other - port <= 50, "{port} {other}");
    let said = format!("127.0.0.1:{port} is taken; this is {address}");
    assert!(forward.output().contains(&said), "{}", forward.output());
    let mut tcp = TcpStream::connect(&address).unwrap();
    tcp.write_all(b"hello").unwrap();
    tcp.read_exact(&mut [0; 5]).unwrap();

    // All that may be tried are taken; and past the last number there is none.
    let near = (other - port).to_string();
    let (code, stderr) = lab.fails(&["forward", "web1", &spec, "--port-fallback", &near]);
    assert_eq!(code, 11, "{stderr}");
    assert!(stderr.contains(&format!(" nor on the {near} after it")), "{stderr}");
}

#[test]
fn a_forward_for_one_user_resets_the_programs_of_others() {
    let (as_nobody, nobody) = ("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups"]);
    let other_user = Command::new(as_nobody).args(nobody).arg("true").output();
    if !have("curl") || !other_user.is_ok_and(|out| out.status.success()) {
        return println!("skipped: this user may not run programs as another, or no curl");
    }
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let spec = format!("0:{}", web());
    let asked = ["-o", "jsonl", "forward", "web1", &spec, "--same-user"];
    let (forward, address) = lab.listener(&asked);
    let url = format!("http://{address}/");
    assert_eq!(curl(&[&url]), (Some(0), "web1's".to_owned()), "{}", forward.output());
    let theirs = Command::new(as_nobody).args(nobody).args(["curl", "-sS", &url]).output().unwrap();
    assert!(!theirs.status.success() && theirs.stdout.is_empty(), "{theirs:?}");
    wait("the refusal in its events", PATIENCE, || {
        forward.output().contains("another user's program").then_some(())
    });
    assert_eq!(curl(&[&url]), (Some(0), "web1's".to_owned()), "{}", forward.output());

    let (code, stderr) = lab.fails(&["forward", "web1", "0.0.0.0:0:localhost:80", "--same-user"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("other machines reach 0.0.0.0:0"), "{stderr}");
}
