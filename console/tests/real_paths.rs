//! Ways to the server past real programs: a load balancer that ends TLS, a captive portal.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::peers::Nginx;
use lab::{Lab, PATIENCE, wait};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use testbed::Middlebox;

/// A load balancer as `docs/operations.md` sets it up.
fn in_front_of(server: &str) -> String {
    format!(
        "proxy_pass https://{server}; proxy_ssl_protocols TLSv1.3; proxy_http_version 1.1;
         proxy_set_header Host $host; proxy_set_header Upgrade $http_upgrade;
         proxy_set_header Connection $connection_upgrade; proxy_buffering off;"
    )
}

/// Everything that comes is sent back.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let (mut from, mut to) = (tcp.try_clone().unwrap(), tcp);
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(std::net::Shutdown::Write);
            });
        }
    });
    port
}

#[test]
fn a_load_balancer_that_ends_tls_is_passed_by_websocket() {
    let lab = Lab::with_server();
    let Some(mut nginx) = Nginx::start(&lab, &in_front_of(&lab.reached())) else { return };
    lab.enroll("web1", &["--server", &nginx.address]);
    let _agent = lab.agent("web1");
    lab.wait_state("web1", PATIENCE, &["online"]);
    let path = lab.json(&["nodes", "path", "web1", "-o", "json"]);
    assert_eq!(
        (path["kind"].as_str(), path["rung"].as_str()),
        (Some("Path"), Some("wss")),
        "{path}"
    );
    let failed = &path["attempts"][0];
    assert_eq!(failed["rung"], "tls", "{path}");
    let shown = lab.ok(&["nodes", "path", "web1"]);
    assert!(shown.contains("wss") && shown.contains("FAILED  tls"), "{shown}");
    let tested = lab.run(["agent", "test", "-o", "json", "--state-dir", &lab.text("node-web1")]);
    let tested: serde_json::Value = serde_json::from_slice(&tested.stdout).unwrap();
    let ways: Vec<_> =
        tested["paths"].as_array().unwrap().iter().map(|p| p["ok"].clone()).collect();
    assert_eq!(ways, [false, true], "{tested}");

    // The operator too: both ends of this tunnel go through nginx.
    let target = format!("0:127.0.0.1:{}", echo());
    let (_forward, at) = lab.listener(&["forward", "--server", &nginx.address, "web1", &target]);
    let block: Vec<u8> = (0..4_000_000u32).flat_map(u32::to_le_bytes).collect();
    let mut tcp = TcpStream::connect(&at).unwrap();
    let (mut half, sent) = (tcp.try_clone().unwrap(), block.clone());
    let writer = std::thread::spawn(move || {
        half.write_all(&sent).unwrap();
        half.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let mut back = Vec::new();
    tcp.read_to_end(&mut back).unwrap();
    writer.join().unwrap();
    assert!(back == block, "{} of {} bytes came back", back.len(), block.len());

    let doctor = lab.ok(&["doctor", "--server", &nginx.address]);
    assert!(doctor.contains("by wss"), "{doctor}");
    nginx.down();
    lab.wait_state("web1", PATIENCE, &["offline", "stale"]);
    nginx.up();
    let back = lab.wait_state("web1", PATIENCE, &["online"]);
    println!("back {back:?} after the load balancer");
}

/// Nginx ends after a minute what is silent, a lane that carries an idle tunnel included.
#[test]
fn an_idle_tunnel_outlives_the_patience_of_a_load_balancer() {
    let lab = Lab::with_server();
    let impatient =
        format!("{} proxy_read_timeout 20s; proxy_send_timeout 20s;", in_front_of(&lab.reached()));
    let Some(nginx) = Nginx::start(&lab, &impatient) else { return };
    lab.enroll("web1", &["--server", &nginx.address]);
    let _agent = lab.agent("web1");
    let target = format!("0:127.0.0.1:{}", echo());
    let (_forward, at) = lab.listener(&["forward", "--server", &nginx.address, "web1", &target]);
    let mut tcp = TcpStream::connect(&at).unwrap();
    let mut word = [0; 5];
    tcp.write_all(b"first").unwrap();
    tcp.read_exact(&mut word).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(24))).unwrap();
    let silence = tcp.read(&mut word).map_err(|error| error.kind());
    assert_eq!(silence, Err(ErrorKind::WouldBlock), "the tunnel did not live through the silence");
    tcp.write_all(b"again").unwrap();
    tcp.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"again");
}

/// A service has no proxy in its environment: what `enroll` found there, or was told, is kept.
#[test]
fn the_proxy_of_the_environment_and_the_path_asked_for_are_kept_for_the_agent() {
    let lab = Lab::with_server();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shutdown = link::Shutdown::new();
    let (to, login) = (lab.reached().parse().unwrap(), Some("site:s3cret"));
    let proxy = runtime.block_on(Middlebox::proxy(to, login, &shutdown)).unwrap();
    let url = format!("http://site:s3cret@{}", proxy.address);
    let (token, state) = (lab.path("token"), lab.text("node-web1"));
    std::fs::write(&token, lab.token("web1")).unwrap();
    // A name that only the proxy knows.
    let args = ["enroll", "--server", "tunnelctl.invalid:443", "--name", "web1", "--path", "proxy"];
    let rest = ["--token-file", token.to_str().unwrap(), "--state-dir", &state];
    let mut enroll = lab.command(args.iter().chain(&rest));
    let out = enroll.env("HTTPS_PROXY", &url).env("TUNNELCTL_PROXY", "").output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let kept = std::fs::read_to_string(lab.path("node-web1").join("agent.toml")).unwrap();
    assert!(kept.contains(&url) && kept.contains("path = \"proxy\""), "{kept}");
    let _agent = lab.agent("web1");
    lab.wait_state("web1", PATIENCE, &["online"]);
    let path = lab.json(&["nodes", "path", "web1", "-o", "json"]);
    let seen = (path["rung"].as_str(), path["proxy"].as_str(), &path["attempts"]);
    let at = proxy.address.to_string();
    assert_eq!(seen, (Some("proxy"), Some(at.as_str()), &serde_json::json!([])), "{path}");
}

#[test]
fn a_captive_portal_is_named_as_one() {
    let lab = Lab::with_server();
    let login = "return 302 http://portal.example/login;";
    let Some(nginx) = Nginx::start(&lab, login) else { return };
    let token = lab.path("token");
    std::fs::write(&token, lab.token("web1")).unwrap();
    let (token, state) = (token.to_str().unwrap().to_owned(), lab.text("node-web1"));
    let (code, told) = lab.fails(&[
        "enroll",
        "--server",
        &nginx.address,
        "--token-file",
        &token,
        "--name",
        "web1",
        "--state-dir",
        &state,
    ]);
    assert_eq!(code, 9, "{told}");
    assert!(told.contains("captive portal") && told.contains("portal.example/login"), "{told}");
    let used =
        wait("the token", PATIENCE, || Some(lab.json(&["tokens", "get", "web1", "-o", "json"])));
    assert_ne!(used["state"], "used", "the token never left: {used}");
}

#[test]
fn a_way_that_is_not_one_is_refused_before_anything_happens() {
    let lab = Lab::with_server();
    for (name, value, word) in [
        ("TUNNELCTL_PATH", "quic", "auto, tls, proxy, wss"),
        ("TUNNELCTL_PATH", "proxy", "needs a proxy"),
        ("TUNNELCTL_PROXY", "socks5://10.0.0.1:1080", "socks5"),
    ] {
        let out = lab.command(["nodes", "list"]).env(name, value).output().unwrap();
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{told}");
        assert!(told.contains(word) && told.contains("hint"), "{told}");
    }
    let state = lab.text("node-x");
    for (key, value) in [("path", "quic"), ("proxy", "ftp://x")] {
        let (code, told) =
            lab.fails(&["agent", "config", "set", "--state-dir", &state, key, value]);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains(key), "{told}");
    }
}
