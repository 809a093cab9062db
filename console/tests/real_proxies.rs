//! A published port by its name, the visitor's address behind it, and the server's own CONNECT proxy,
//! with nginx, curl and openssl. Skipped, with a printed reason, only where a program is missing.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::site::{Site, echo};
use lab::{Lab, PATIENCE, Running, free_port, have, succeed, wait};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// F2.14: by its name, over mTLS, where the public socket lets nobody in.
#[test]
fn a_published_port_is_forwarded_and_connected_to_by_its_name() {
    let site = Site::busy();
    let lab = &site.lab;
    lab.ok(&["ports", "create", "db", "--node", "web1", "--to", &site.target]);
    let public = lab.json(&["ports", "get", "db", "-o", "json"])["public"]["port"].to_string();
    let mut stranger = TcpStream::connect(format!("127.0.0.1:{public}")).unwrap();
    echo(&mut stranger).expect_err("nobody is admitted to the public side");

    let (_forward, address) = lab.listener(&["forward", "port/db", "0"]);
    let mut tcp = TcpStream::connect(&address).unwrap();
    echo(&mut tcp).unwrap();
    let tunnels = lab.json(&["tunnels", "list", "-o", "json"]);
    let by_name: Vec<_> =
        tunnels["items"].as_array().unwrap().iter().filter(|t| t["port"] == "db").collect();
    assert_eq!((by_name.len(), &by_name[0]["type"]), (1, &"forward".into()), "{tunnels}");
    assert_eq!(by_name[0]["who"]["operator"], "admin");

    let mut connect = lab.command(["connect", "port/db"]);
    let mut connect = connect.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut connect.stdin.take().unwrap(), b"by its name").unwrap();
    let out = connect.wait_with_output().unwrap();
    assert_eq!((out.status.code(), out.stdout.as_slice()), (Some(0), &b"by its name"[..]));

    // It goes with the port.
    lab.ok(&["ports", "disable", "db", "--yes"]);
    assert_eq!(lab.fails(&["connect", "port/db"]).0, 5);
    let cut = wait("the cut", PATIENCE, || echo(&mut tcp).err());
    println!("disabled: {cut}");
}

/// nginx with a configuration of the test's own.
struct Nginx {
    _running: Running,
    dir: PathBuf,
}

impl Nginx {
    /// Serves `servers` (blocks of `server { … }`) until the value goes.
    fn start(lab: &Lab, port: u16, servers: &str) -> Option<Self> {
        if !have("nginx") {
            return None;
        }
        let dir = lab.path("nginx");
        std::fs::create_dir_all(&dir).unwrap();
        let at = dir.display();
        let config = format!(
            "daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;\n\
             events {{ worker_connections 64; }}\n\
             http {{ access_log off; client_body_temp_path {at}/a; proxy_temp_path {at}/b;\n\
             fastcgi_temp_path {at}/c; uwsgi_temp_path {at}/d; scgi_temp_path {at}/e;\n\
             log_format visitor '$proxy_protocol_addr:$proxy_protocol_port $request';\n{servers}\n}}\n"
        );
        std::fs::write(dir.join("nginx.conf"), config).unwrap();
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-p").arg(&dir).arg("-e").arg(dir.join("error.log"));
        command.arg("-c").arg(dir.join("nginx.conf"));
        let running = Running::start(&mut command, &lab.path("nginx.log"));
        wait("nginx", PATIENCE, || TcpStream::connect(("127.0.0.1", port)).ok());
        Some(Self { _running: running, dir })
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("visitors.log")).unwrap_or_default()
    }
}

/// F2.10: nginx knows its visitors by the address they really have.
#[test]
fn nginx_behind_a_published_port_logs_the_visitors_own_address() {
    if !have("curl") {
        return;
    }
    let lab = Lab::with_server();
    let port = free_port();
    let log = lab.path("nginx").join("visitors.log");
    let server = format!(
        "server {{ listen 127.0.0.1:{port} proxy_protocol; access_log {} visitor;\n\
         location / {{ return 200 'hello $proxy_protocol_addr\\n'; }} }}",
        log.display()
    );
    let Some(nginx) = Nginx::start(&lab, port, &server) else { return };
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let target = format!("localhost:{port}");
    let create = ["ports", "create", "web", "--node", "web1", "--to", &target];
    lab.ok(&[&create[..], &["--proxy-protocol", "v2"]].concat());
    let from = ["--from", "127.0.0.0/8", "--port", "web"];
    lab.ok(&[&["rules", "create", "--allow", "--who", "anyone"][..], &from].concat());
    let public = lab.json(&["ports", "get", "web", "-o", "json"])["public"]["port"].to_string();
    let url = format!("http://127.0.0.1:{public}/page");
    for visitor in ["127.0.0.7", "127.9.8.7"] {
        let ask = ["-sS", "--noproxy", "*", "--max-time", "20", "--interface", visitor, &url];
        assert_eq!(succeed(Command::new("curl").args(ask)), format!("hello {visitor}\n"));
    }
    // By name it is the operator's own address, which is this machine's.
    let (_forward, address) = lab.listener(&["forward", "port/web", "0"]);
    let url = format!("http://{address}/by-name");
    let ask = ["-sS", "--noproxy", "*", "--max-time", "20", &url];
    assert_eq!(succeed(Command::new("curl").args(ask)), "hello 127.0.0.1\n");
    let lines = wait("three lines in nginx's log", PATIENCE, || {
        let log = nginx.log();
        (log.lines().count() == 3).then_some(log)
    });
    println!("{lines}");
    let seen: Vec<(&str, &str)> = lines
        .lines()
        .map(|line| (line.split(':').next().unwrap(), line.split(' ').nth(2).unwrap()))
        .collect();
    assert_eq!(seen, [("127.0.0.7", "/page"), ("127.9.8.7", "/page"), ("127.0.0.1", "/by-name")]);
}

/// A certificate for this name, signed by itself, in the lab's directory.
fn certificate(lab: &Lab, file: &str, name: &str) {
    let (cert, key) = (lab.path(&format!("{file}.crt")), lab.path(&format!("{file}.key")));
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ]);
    openssl.args(["-days", "2", "-subj", &format!("/CN={name}")]);
    openssl.args(["-addext", &format!("subjectAltName=DNS:{name}")]);
    succeed(openssl.arg("-out").arg(cert).arg("-keyout").arg(key));
}

/// F2.5: curl's own TLS to the target rides inside the proxy's; both ends of it are checked by curl.
#[test]
fn curl_verifies_the_target_through_the_servers_own_proxy() {
    if !have("curl") || !have("openssl") {
        return;
    }
    let lab = Lab::with_server();
    // The node's own name, as the proxy's target names it: its loopback.
    certificate(&lab, "target", "web1");
    certificate(&lab, "other", "web1");
    let port = free_port();
    let (cert, key) = (lab.text("target.crt"), lab.text("target.key"));
    let server = format!(
        "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {cert}; ssl_certificate_key {key};\n\
         location / {{ return 200 'over two TLS\\n'; }} }}"
    );
    let Some(_nginx) = Nginx::start(&lab, port, &server) else { return };
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");

    let identity = lab.path("config").join("tunnelctl/contexts/local/identity.pem");
    let identity = identity.to_str().unwrap().to_owned();
    let (proxy, proxy_ca) = (format!("https://{}", lab.address), lab.text("server/ca.pem"));
    let curl = |trusted: &str, host: &str, credentials: bool, more: &[&str]| -> Output {
        let mut curl = Command::new("curl");
        curl.args(more);
        curl.args(["-sS", "--noproxy", "", "--max-time", "20", "--proxy", &proxy]);
        curl.args(["--proxy-cacert", &proxy_ca, "--cacert", trusted]);
        if credentials {
            curl.args(["--proxy-cert", &identity, "--proxy-key", &identity]);
        }
        curl.arg(format!("https://{host}:{port}/")).output().unwrap()
    };
    let served = |out: &Output| out.stdout == b"over two TLS\n";
    let out = curl(&lab.text("target.crt"), "web1", true, &[]);
    assert!(served(&out), "{out:?}");
    // Another authority for the target, and another name: curl says no, and nobody else does. (Of a
    // handshake inside another one, some of its versions say 35 for 60.)
    for (trusted, host) in [("other.crt", "web1"), ("target.crt", "localhost.web1")] {
        let out = curl(&lab.text(trusted), host, true, &[]);
        assert!(matches!(out.status.code(), Some(60 | 35)) && !served(&out), "{host}: {out:?}");
        let out = curl(&lab.text(trusted), host, true, &["--insecure"]);
        assert!(served(&out), "{host}: {out:?}");
    }
    // Nobody without a certificate, and nothing the node does not allow.
    for (host, credentials) in [("web1", false), ("169.254.169.254.web1", true)] {
        let out = curl(&lab.text("target.crt"), host, credentials, &[]);
        assert_eq!(out.status.code(), Some(56), "{host}: {out:?}");
    }
}
