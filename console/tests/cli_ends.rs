//! What the shipped binary says before a forward, a proxy or a connection is cut by time (F4.2).
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod lab;

use lab::site::{Site, echo};
use lab::{PATIENCE, Running, wait};
use std::net::TcpStream;
use std::process::{Child, Stdio};

/// A busy site with an operator jon, whose role opens tunnels by this rule.
fn site_with_jon(until: &str) -> (Site, String) {
    let site = Site::busy();
    let lab = &site.lab;
    lab.ok(&["roles", "create", "support", "--allow", "nodes.read,ports.read,tunnels.open"]);
    let rule = ["rules", "create", "--allow", "--who", "role:support", "--nodes", "web1", "-q"];
    let rule = lab.ok(&[&rule[..], &["--until", until]].concat()).trim().to_owned();
    let token = ["tokens", "create", "--name", "jon", "--kind", "operator", "--role", "support"];
    let token = lab.ok(&[&token[..], &["-q"]].concat());
    let file = lab.path("token-jon");
    std::fs::write(&file, token).unwrap();
    lab.ok(&["-c", "jon", "login", "--token-file", file.to_str().unwrap()]);
    (site, rule)
}

fn says(running: &Running, words: &str) {
    wait(words, PATIENCE, || running.output().contains(words).then_some(()));
}

#[test]
fn a_forward_and_a_proxy_say_both_warnings_and_what_makes_them_last_longer() {
    let (site, rule) = site_with_jon("70s");
    let lab = &site.lab;
    let spec = format!("0:{}", site.target);
    let (forward, address) = lab.listener(&["-c", "jon", "forward", "web1", &spec]);
    let structured = ["-c", "jon", "-o", "jsonl", "socks", "web1", "--listen", "127.0.0.1:0"];
    let (proxy, proxy_address) = lab.listener(&[&structured[..], &["--http"]].concat());
    let (quiet, _) = lab.listener(&["-c", "jon", "-q", "forward", "web1", &spec]);

    let mut tcp = TcpStream::connect(proxy_address).unwrap();
    let connect = format!("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", site.target);
    std::io::Write::write_all(&mut tcp, connect.as_bytes()).unwrap();

    let longer = format!("with rule {rule}; longer: tunnelctl rules update {rule} --until 1h");
    says(&forward, "web1 ends in 1m");
    says(&forward, &longer);
    wait("the last warning", PATIENCE, || {
        (forward.output().matches("web1 ends in").count() == 2).then_some(())
    });
    wait("both warnings as events", PATIENCE, || {
        (proxy.output().matches("\"event\":\"ending\"").count() == 2).then_some(())
    });
    let output = proxy.output();
    let event = output.lines().find(|line| line.contains("\"ending\"")).unwrap();
    let event: serde_json::Value = serde_json::from_str(event).unwrap();
    assert_eq!((&event["cause"], &event["which"]), (&"rule".into(), &rule.as_str().into()));
    assert!(event["ends_at"].is_string() && event["left_ms"].is_u64(), "{event}");

    lab.ok(&["rules", "update", &rule, "--until", "1h", "--yes"]);
    says(&forward, "web1 goes on for longer");
    says(&proxy, "\"event\":\"extended\"");
    assert!(!quiet.output().contains("ends in"), "{}", quiet.output());
    echo(&mut TcpStream::connect(address).unwrap()).unwrap();
}

/// `connect` with its standard input held open.
struct Connected(Child);

impl Drop for Connected {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_connection_is_warned_on_stderr_and_its_bytes_stay_bytes() {
    let (site, rule) = site_with_jon("5m");
    let lab = &site.lab;
    let (out, err) = (lab.path("connect.out"), lab.path("connect.err"));
    let child = lab
        .command(["-c", "jon", "connect", "web1", &site.target])
        .stdin(Stdio::piped())
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(std::fs::File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let mut connected = Connected(child);
    let mut input = connected.0.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"hello").unwrap();
    let text = |file: &std::path::Path| std::fs::read_to_string(file).unwrap();
    wait("the warning", PATIENCE, || text(&err).contains("ends in").then_some(()));
    assert!(text(&err).contains(&format!("with rule {rule}; longer: ")), "{}", text(&err));
    lab.ok(&["rules", "update", &rule, "--until", "1h", "--yes"]);
    wait("the end of the warning", PATIENCE, || {
        text(&err).contains("goes on for longer").then_some(())
    });
    drop(input);
    let code = wait("its end", PATIENCE, || connected.0.try_wait().unwrap());
    assert!(code.success());
    assert_eq!(text(&out), "hello");
}
