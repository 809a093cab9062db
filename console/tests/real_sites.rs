//! Sites in network namespaces with packet counters: two whose networks are both 10.0.0.0/24 never mix
//! (T-16), and what a node may not reach gets no SYN, however it is written (T-12). Skipped, with a
//! printed reason, only where namespaces cannot be made.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, Running, have, succeed, wait};
use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// The service of every site, in the network that every site has.
const SERVICE: &str = "10.0.0.5:8080";
/// Answers everybody with its name, at every address.
const ANSWER: &str = "import socketserver,sys\nclass H(socketserver.BaseRequestHandler):\n def handle(s):\n  s.request.sendall(sys.argv[1].encode())\nsocketserver.ThreadingTCPServer.allow_reuse_address=True\nsocketserver.ThreadingTCPServer(('',8080),H).serve_forever()\n";

/// A node's namespace with a way to the server, and behind it a network with one more host.
struct Site {
    name: String,
    node: String,
    host: String,
    /// The address of this machine on the site's uplink.
    server: String,
}

impl Site {
    fn new(name: &str) -> Option<Self> {
        if !have("ip") || !have("iptables") || !have("ip6tables") || !have("python3") {
            return None;
        }
        // A block of its own per site and process, of a range for documentation.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let tag = std::process::id().wrapping_mul(7).wrapping_add(NEXT.fetch_add(1, Relaxed));
        let (tag, block) = (tag % 60_000, tag % 63 * 4);
        let (node, host) = (format!("tcn{tag}"), format!("tch{tag}"));
        if !Command::new("ip").args(["netns", "add", &node]).status().unwrap().success() {
            println!("skipped: this user may not make network namespaces");
            return None;
        }
        let (server, inside) =
            (format!("203.0.113.{}", block + 1), format!("203.0.113.{}", block + 2));
        let this = Self { name: name.to_owned(), node, host, server };
        ip(&["netns", "add", &this.host]);
        this.pair(("", &format!("tcu{tag}"), &this.server, "30"), (&this.node, &inside, "30"));
        this.pair((&this.node, "lan", "10.0.0.1", "24"), (&this.host, "10.0.0.5", "24"));
        ip(&["-n", &this.node, "route", "add", "default", "via", &this.server]);
        for namespace in [&this.node, &this.host] {
            ip(&["-n", namespace, "link", "set", "lo", "up"]);
        }
        Some(this)
    }

    /// Joins two namespaces by a wire with an address at either end.
    fn pair(
        &self,
        (from, device, address, bits): (&str, &str, &str, &str),
        (to, other, other_bits): (&str, &str, &str),
    ) {
        let at = |namespace: &str, args: &[&str]| match namespace {
            "" => ip(args),
            namespace => ip(&[&["-n", namespace], args].concat()),
        };
        at(from, &["link", "add", device, "type", "veth", "peer", "name", "up0", "netns", to]);
        at(from, &["addr", "add", &format!("{address}/{bits}"), "dev", device]);
        at(from, &["link", "set", device, "up"]);
        at(to, &["addr", "add", &format!("{other}/{other_bits}"), "dev", "up0"]);
        at(to, &["link", "set", "up0", "up"]);
    }

    fn prefix(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.node]
    }

    /// Enrols a node of the site's name with these targets and starts its agent.
    fn node(&self, lab: &Lab, allow: &[&str]) -> Running {
        let mut more = vec!["--server", lab.address.as_str()];
        allow.iter().for_each(|target| more.extend(["--allow", *target]));
        lab.enroll(&self.name, &more);
        lab.agent_in(&self.prefix(), &self.name)
    }

    /// The service of the site's network.
    fn service(&self, lab: &Lab) -> Running {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.host, "python3", "-c", ANSWER, &self.name]);
        let running =
            Running::start(&mut command, &lab.path(&format!("service-{}.log", self.name)));
        let mut probe = Command::new("ip");
        probe.args(["netns", "exec", &self.host, "python3", "-c"]);
        probe.arg("import socket;socket.create_connection(('127.0.0.1',8080))");
        wait("the service", PATIENCE, || {
            probe.output().is_ok_and(|out| out.status.success()).then_some(())
        });
        running
    }

    /// Packets that the site's host has seen on its network.
    fn packets(&self) -> u64 {
        let tables = self.iptables(&self.host, "iptables", &["-nvxL", "INPUT"]);
        let counted = tables.lines().find(|line| line.contains("up0")).expect("the counter");
        counted.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Counts from now on what comes to the site's host.
    fn count_packets(&self) {
        self.iptables(&self.host, "iptables", &["-A", "INPUT", "-i", "up0"]);
    }

    /// Counts from now on what the node dials beside the server and the service.
    fn count_dials(&self, lab: &Lab) {
        let (server, port) = lab.address.rsplit_once(':').unwrap();
        let syn = ["-A", "OUTPUT", "-p", "tcp", "--syn"];
        for (to, port) in [(server, port), ("10.0.0.5", "8080")] {
            let passing = ["-d", to, "--dport", port, "-j", "ACCEPT"];
            self.iptables(&self.node, "iptables", &[&syn[..], &passing].concat());
        }
        self.iptables(&self.node, "iptables", &syn);
        self.iptables(&self.node, "ip6tables", &syn);
    }

    /// What the node has dialled: the service, and anything else.
    fn dials(&self) -> (u64, u64) {
        let count =
            |line: &str| -> u64 { line.split_whitespace().next().unwrap().parse().unwrap() };
        let v4 = self.iptables(&self.node, "iptables", &["-nvxL", "OUTPUT"]);
        let v6 = self.iptables(&self.node, "ip6tables", &["-nvxL", "OUTPUT"]);
        let v4: Vec<u64> = v4.lines().filter(|line| line.contains("tcp")).map(count).collect();
        let v6: Vec<u64> = v6.lines().filter(|line| line.contains("tcp")).map(count).collect();
        assert_eq!((v4.len(), v6.len()), (3, 1), "{v4:?} {v6:?}");
        (v4[1], v4[2] + v6[0])
    }

    fn iptables(&self, namespace: &str, program: &str, args: &[&str]) -> String {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace, program, "-w"]).args(args);
        succeed(&mut command)
    }

    /// Names that only this node knows.
    fn names(&self, hosts: &str) {
        let dir = std::path::Path::new("/etc/netns").join(&self.node);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("hosts"), hosts).unwrap();
        std::fs::write(dir.join("resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for namespace in [&self.node, &self.host] {
            let _ = Command::new("ip").args(["netns", "del", namespace]).status();
            let _ = std::fs::remove_dir_all(std::path::Path::new("/etc/netns").join(namespace));
        }
        // Empty or not there, or another one's.
        let _ = std::fs::remove_dir("/etc/netns");
    }
}

fn ip(args: &[&str]) {
    succeed(Command::new("ip").args(args));
}

/// Everything that comes from there.
fn read(address: &str) -> std::io::Result<String> {
    let mut tcp = TcpStream::connect(address)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let mut text = String::new();
    tcp.read_to_string(&mut text)?;
    Ok(text)
}

/// Asks a SOCKS proxy for a target; the code of its answer, and what the target said.
fn socks(proxy: &str, request: &[u8]) -> (u8, String) {
    let mut tcp = TcpStream::connect(proxy).unwrap();
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    tcp.write_all(&[5, 1, 0]).unwrap();
    tcp.read_exact(&mut [0; 2]).unwrap();
    tcp.write_all(request).unwrap();
    let mut reply = [0; 10];
    tcp.read_exact(&mut reply).unwrap();
    let mut text = String::new();
    if reply[1] == 0 {
        tcp.read_to_string(&mut text).unwrap();
    }
    (reply[1], text)
}

/// A SOCKS request for a name, whatever it is.
fn named(host: &str, port: u16) -> Vec<u8> {
    let mut request = vec![5, 1, 0, 3, u8::try_from(host.len()).unwrap()];
    request.extend_from_slice(host.as_bytes());
    request.extend_from_slice(&port.to_be_bytes());
    request
}

/// A SOCKS request for an address.
fn addressed(ip: IpAddr, port: u16) -> Vec<u8> {
    let mut request = vec![5, 1, 0, if ip.is_ipv4() { 1 } else { 4 }];
    match ip {
        IpAddr::V4(v4) => request.extend(v4.octets()),
        IpAddr::V6(v6) => request.extend(v6.octets()),
    }
    request.extend_from_slice(&port.to_be_bytes());
    request
}

/// An operator who may reach one site and nothing else, as a context of his name.
fn operator(lab: &Lab, name: &str, site: &str) {
    lab.ok(&["roles", "create", name, "--allow", "nodes.read,ports.read,tunnels.open"]);
    lab.ok(&["rules", "create", "--allow", "--who", &format!("role:{name}"), "--nodes", site]);
    let token = ["tokens", "create", "--name", name, "--kind", "operator", "--role", name, "-q"];
    let file = lab.text(&format!("token-operator-{name}"));
    std::fs::write(&file, lab.ok(&token)).unwrap();
    lab.ok(&["-c", name, "login", "--token-file", &file]);
}

/// T-16: the same network at two sites. Whatever the operator of one does, and whatever his node is
/// asked for, no packet reaches the other one's host.
#[test]
fn overlapping_sites_never_mix() {
    let (Some(a), Some(b)) = (Site::new("site-a"), Site::new("site-b")) else { return };
    let mut lab = Lab::straight("the sites are network namespaces");
    lab.start_server(&format!("{}:0", a.server));
    let agents = [&a, &b].map(|site| (site.node(&lab, &["10.0.0.0/24:*"]), site.service(&lab)));
    // Only site B has this host.
    ip(&["-n", &b.host, "addr", "add", "10.0.0.6/24", "dev", "up0"]);
    operator(&lab, "ana", "site-a");
    operator(&lab, "bob", "site-b");
    [&a, &b].into_iter().for_each(Site::count_packets);

    // Every way of hers leads to her own site.
    let spec = format!("0:{SERVICE}");
    let (_forward, forward) = lab.listener(&["-c", "ana", "forward", "site-a", &spec]);
    let proxy = ["-c", "ana", "socks", "site-a", "--listen", "127.0.0.1:0", "--http"];
    let (_proxy, proxy) = lab.listener(&proxy);
    assert_eq!(read(&forward).unwrap(), "site-a");
    assert_eq!(socks(&proxy, &named("10.0.0.5", 8080)), (0, "site-a".to_owned()));
    assert_eq!(lab.ok(&["-c", "ana", "connect", "site-a", SERVICE]), "site-a");
    lab.ok(&["ports", "create", "web", "--node", "site-a", "--to", SERVICE]);
    let source = format!("{}/32", a.server);
    lab.ok(&["rules", "create", "--allow", "--who", "anyone", "--from", &source, "--port", "web"]);
    let public = lab.json(&["ports", "get", "web", "-o", "json"])["public"]["port"].to_string();
    assert_eq!(read(&format!("{}:{public}", a.server)).unwrap(), "site-a");

    // The other one's node is not there for her, its host not behind her node.
    for (target, code) in [("site-b", 3), ("site-a", 1)] {
        let (got, stderr) = lab.fails(&["-c", "ana", "connect", target, "10.0.0.6:8080"]);
        assert_eq!(got, code, "{target}: {stderr}");
    }
    let (got, stderr) = lab.fails(&["-c", "ana", "connect", "site-b", SERVICE]);
    assert_eq!(got, 3, "{stderr}");
    let (got, stderr) = lab.fails(&["-c", "ana", "forward", "site-b", &spec]);
    assert_eq!(got, 3, "{stderr}");
    assert_ne!(socks(&proxy, &named("10.0.0.6", 8080)).0, 0);
    // Nor is it for her node: a node's certificate opens nothing.
    a_node_opens_nothing(&lab, &a);
    let (seen, other) = (a.packets(), b.packets());
    println!("ana's work: {seen} packets at site A's host, {other} at site B's");
    assert!(seen > 0, "the counter counts");
    assert_eq!(other, 0, "packets reached the other site");

    // And the other way round.
    assert_eq!(lab.ok(&["-c", "bob", "connect", "site-b", SERVICE]), "site-b");
    assert_eq!(lab.ok(&["-c", "bob", "connect", "site-b", "10.0.0.6:8080"]), "site-b");
    let (got, stderr) = lab.fails(&["-c", "bob", "connect", "site-a", SERVICE]);
    assert_eq!(got, 3, "{stderr}");
    assert!(b.packets() > 0, "the counter counts");
    assert_eq!(a.packets(), seen, "packets reached the other site");
    drop(agents);
}

/// A web server that answers with its name, on port 8081 of every address.
const WEB: &str = "import http.server,sys\nclass H(http.server.BaseHTTPRequestHandler):\n def do_GET(s):\n  b=sys.argv[1].encode()\n  s.send_response(200)\n  s.send_header('Content-Length',str(len(b)))\n  s.end_headers()\n  s.wfile.write(b)\nhttp.server.ThreadingHTTPServer(('',8081),H).serve_forever()\n";

/// What curl gets through a proxy that resolves names.
fn curl(proxy: &str, url: &str) -> (Option<i32>, String) {
    let mut command = Command::new("curl");
    command.args(["-sS", "--max-time", "20", "--socks5-hostname", proxy, url]);
    let out = command.output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    (out.status.code(), text)
}

/// One proxy for the whole fleet: the same inner address at two sites, told apart by the name alone.
#[test]
fn one_proxy_serves_the_whole_fleet_and_the_name_says_which_site() {
    if !have("curl") {
        return;
    }
    let (Some(a), Some(b)) = (Site::new("site-a"), Site::new("site-b")) else { return };
    let mut lab = Lab::straight("the sites are network namespaces");
    lab.start_server(&format!("{}:0", a.server));
    let mut running = Vec::new();
    for (site, ring) in [(&a, "ring=1"), (&b, "ring=2")] {
        let web = ["netns", "exec", &site.host, "python3", "-c", WEB, &site.name];
        let log = lab.path(&format!("web-{}.log", site.name));
        running.push(Running::start(Command::new("ip").args(web), &log));
        running.push(site.node(&lab, &["10.0.0.0/24:*"]));
        lab.ok(&["nodes", "update", &site.name, "--label", ring, "--label", "kind=site"]);
    }
    let (_fleet, proxy) = lab.listener(&["socks", "--listen", "127.0.0.1:0", "--http"]);
    for site in ["site-a", "site-b"] {
        let url = format!("http://10.0.0.5.{site}.tun:8081/");
        wait("the site's web server", PATIENCE, || {
            (curl(&proxy, &url) == (Some(0), site.to_owned())).then_some(())
        });
        let through_http = Command::new("curl").args(["-sS", "--proxy", &proxy, &url]).output();
        assert_eq!(String::from_utf8_lossy(&through_http.unwrap().stdout), site);
    }
    // A name without a node, and with one that is not there, lead nowhere.
    for host in ["10.0.0.5", "10.0.0.5.tun", "10.0.0.5.site-c.tun", "site-a"] {
        let (code, text) = curl(&proxy, &format!("http://{host}:8081/"));
        assert!(code != Some(0) && text.is_empty(), "{host}: {code:?} {text}");
    }

    // One of those with a label; another one when it is lost.
    let args = ["socks", "-l", "ring=2", "--listen", "127.0.0.1:0"];
    let (_ring, ring) = lab.listener(&args);
    assert_eq!(curl(&ring, "http://10.0.0.5:8081/"), (Some(0), "site-b".to_owned()));
    let sticky = ["socks", "-l", "kind", "--pick", "sticky", "--listen", "127.0.0.1:0"];
    let (_any, any) = lab.listener(&sticky);
    let first = curl(&any, "http://10.0.0.5:8081/").1;
    for _ in 0..4 {
        assert_eq!(curl(&any, "http://10.0.0.5:8081/"), (Some(0), first.clone()), "it sticks");
    }
    let at = if first == "site-a" { 1 } else { 3 };
    running[at].kill();
    let other = if first == "site-a" { "site-b" } else { "site-a" };
    wait("the other node", PATIENCE, || {
        (curl(&any, "http://10.0.0.5:8081/") == (Some(0), other.to_owned())).then_some(())
    });
    let (code, stderr) = lab.fails(&["socks", "-l", "ring=3", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 3, "{stderr}");
}

/// The node's own certificate as an operator's: no request of it is heard.
fn a_node_opens_nothing(lab: &Lab, site: &Site) {
    let state = lab.path(&format!("node-{}", site.name));
    let read = |file: &str| std::fs::read_to_string(state.join(file)).unwrap();
    let own: serde_json::Value = serde_json::from_str(&read("identity.json")).unwrap();
    let (key, chain) = (own["key"].as_str().unwrap(), own["chain"].as_str().unwrap());
    let identity = format!("{}{chain}{}", read(key), own["root"].as_str().unwrap());
    let file = lab.text("stolen.pem");
    std::fs::write(&file, &identity).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, mode).unwrap();
    let args = ["--server", &lab.address, "--identity", &file, "connect", "site-b", SERVICE];
    let out = lab.command_in(&site.prefix(), args).output().unwrap();
    assert!(!out.status.success() && out.stdout.is_empty(), "{out:?}");
}

/// Ways to write the node itself, its neighbours on the link, metadata services and other networks,
/// none of which this node's owner allows. Of T-12, and some more.
const NOT_ALLOWED: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.0.53",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "0.0.0.0",
    "0",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.6",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "fe80::1",
    "fe80::1%lo",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "fd00:ec2::254",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "10.0.0.1",
    "10.0.0.6",
    "255.255.255.255",
    "224.0.0.1",
    "rebind.example",
    "Metadata.Example",
    "metadata.example.",
    "ｌｏｃａｌｈｏｓｔ",
    "①②⑦.0.0.1",
];

/// T-12: the decision falls on the address that would be dialled; what is not allowed gets no SYN.
#[test]
fn what_a_node_may_not_reach_gets_no_syn_however_it_is_written() {
    let Some(site) = Site::new("site-a") else { return };
    site.names(
        "127.0.0.1 localhost\n127.0.0.1 rebind.example\n169.254.169.254 metadata.example\n\
         10.0.0.5 both.example\n127.0.0.1 both.example\n10.0.0.5 good.example\n",
    );
    let mut lab = Lab::straight("the sites are network namespaces");
    lab.start_server(&format!("{}:0", site.server));
    // Instead of the default, which is the node itself.
    lab.enroll("site-a", &["--server", &lab.address.clone()]);
    let state = lab.text("node-site-a");
    lab.ok(&["agent", "config", "set", "allow", SERVICE, "--state-dir", &state]);
    let _agent = lab.agent_in(&site.prefix(), "site-a");
    let _service = site.service(&lab);
    let (_proxy, proxy) = lab.listener(&["socks", "site-a", "--listen", "127.0.0.1:0", "--http"]);
    site.count_dials(&lab);
    assert_eq!(site.dials(), (0, 0));

    // What is allowed is dialled, once each, and counted.
    for host in ["10.0.0.5", "good.example", "::ffff:10.0.0.5", "10.0.0.5."] {
        assert_eq!(socks(&proxy, &named(host, 8080)), (0, "site-a".to_owned()), "{host}");
    }
    assert_eq!(site.dials(), (4, 0));

    let mut asked = 0;
    let mut refused = |how: &str, is_refused: bool| {
        asked += 1;
        assert!(is_refused, "{how} was let through");
        assert_eq!(site.dials(), (4, 0), "{how} was dialled");
    };
    let relay = site.server.as_str();
    let hosts = NOT_ALLOWED.iter().copied().chain([relay]);
    let long = "a.".repeat(126) + "com";
    for host in hosts.chain([long.as_str()]) {
        refused(&format!("SOCKS {host}"), socks(&proxy, &named(host, 8080)).0 != 0);
        if let Ok(ip) = host.parse::<IpAddr>() {
            refused(&format!("SOCKS address {ip}"), socks(&proxy, &addressed(ip, 8080)).0 != 0);
        }
        refused(&format!("CONNECT {host}"), !connected(&proxy, host));
    }
    // Another port of the allowed host, and the same by the command line.
    refused("another port", socks(&proxy, &named("10.0.0.5", 22)).0 != 0);
    for target in ["127.0.0.1:8080", "[::ffff:127.0.0.1]:8080", "169.254.169.254:80"] {
        let (code, stderr) = lab.fails(&["connect", "site-a", target]);
        refused(&format!("connect {target}: {code} {stderr}"), code != 0);
    }
    // Two addresses, one of them allowed: that one alone is dialled, if any.
    let _ = socks(&proxy, &named("both.example", 8080));
    let (allowed, others) = site.dials();
    assert!(allowed <= 5 && others == 0, "{allowed} {others}");
    println!("{asked} requests for what is not allowed: {others} SYNs");
}

/// Whether the HTTP side of a proxy opened a tunnel.
fn connected(proxy: &str, host: &str) -> bool {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let mut tcp = TcpStream::connect(proxy).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(tcp, "CONNECT {host}:8080 HTTP/1.1\r\nHost: {host}:8080\r\n\r\n").unwrap();
    let mut head = [0; 12];
    tcp.read_exact(&mut head).is_ok() && &head[9..] == b"200"
}
