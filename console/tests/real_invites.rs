//! Guests who are invited by a link, with curl: who uses it first gets in, from where he is, to one
//! target, for a time; then nothing of it is left. Skipped, with a printed reason, only without curl.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::site::{Site, echo};
use lab::{Lab, PATIENCE, have, wait};
use serde_json::Value;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;

const LEE: [u8; 4] = [127, 0, 0, 40];
const KIM: [u8; 4] = [127, 0, 0, 41];
const MALLORY: [u8; 4] = [127, 0, 0, 66];

/// A site whose server invites.
struct Host {
    site: Site,
    shapes: lab::shape::Shapes,
}

impl Host {
    fn begin() -> Option<Self> {
        have("curl").then(|| Self { site: Site::busy(), shapes: lab::shape::Shapes::default() })
    }

    fn lab(&self) -> &Lab {
        &self.site.lab
    }

    fn invite(&self, name: &str, lasts: &str) -> Value {
        let to = ["--node", "web1", "--to", &self.site.target, "--for", lasts, "-o", "json"];
        self.lab().json(&[&["guests", "invite", name], &to[..]].concat())
    }

    fn guest(&self, name: &str) -> Value {
        let guest = self.lab().json(&["guests", "get", name, "-o", "json"]);
        self.shapes.check(self.lab(), &guest);
        guest
    }

    /// The status and the body of the answer to a link.
    fn knock(&self, from: [u8; 4], method: &str, link: &str) -> (String, String) {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--noproxy", "*", "--max-time", "20", "-w", "\n%{http_code}"]);
        curl.args(["--interface", &Ipv4Addr::from(from).to_string(), "-X", method]);
        curl.args(["--cacert", &self.lab().text("server/ca.pem")]);
        curl.args(["--connect-to", &format!("::{}", self.lab().address), link]);
        let out = curl.output().unwrap();
        assert!(out.status.success(), "{out:?}");
        let text = String::from_utf8(out.stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.to_owned(), body.to_owned())
    }
}

/// A connection to the guest's port from this address that has carried something.
fn visit(from: [u8; 4], guest: &Value) -> std::io::Result<TcpStream> {
    let port = u16::try_from(guest["public"]["port"].as_u64().unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut tcp = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?.into_std()
    })?;
    tcp.set_nonblocking(false)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    echo(&mut tcp)?;
    Ok(tcp)
}

#[test]
fn who_uses_the_link_first_gets_in_from_there_and_nobody_else() {
    let Some(host) = Host::begin() else { return };
    let lee = host.invite("lee", "1h");
    assert_eq!((&lee["state"], &lee["link_shown_once"]), (&"invited".into(), &true.into()));
    let link = lee["link"].as_str().unwrap();
    assert!(link.starts_with("https://") && link.contains("/g/"), "{link}");
    let other = host.invite("kim", "1h")["link"].as_str().unwrap().to_owned();
    assert_ne!(link, other);
    let wrong = format!("{}{}", &link[..link.len() - 4], "0000");
    visit(LEE, &lee).expect_err("the link was not used yet");

    // Looking at it uses nothing up, and tells a wrong link from a good one to nobody.
    let page = host.knock(MALLORY, "GET", link);
    assert!(page.0 == "200" && page.1.contains("<form method=\"post\">"), "{page:?}");
    assert_eq!(page, host.knock(MALLORY, "GET", &wrong));
    assert_eq!(host.guest("lee")["state"], "invited");

    let (status, said) = host.knock(LEE, "POST", link);
    let port = lee["public"]["port"].to_string();
    assert!(status == "200" && said.contains("127.0.0.40 is let in until"), "{status} {said}");
    assert!(said.trim_end().ends_with(&format!(":{port}")), "{said}");
    let mut open = visit(LEE, &lee).unwrap();
    let now = host.guest("lee");
    assert_eq!((&now["state"], &now["from"][0]), (&"active".into(), &"127.0.0.40/32".into()));
    assert_eq!((&now["node"], &now["port"]), (&"web1".into(), &"guest-lee".into()));
    visit(LEE, &lee).expect_err("one tunnel at a time, as it is by default");

    // The second one to use it gets what a wrong link gets; he himself may ask again.
    let second = host.knock(KIM, "POST", link);
    assert_eq!((second.0.as_str(), &second), ("404", &host.knock(KIM, "POST", &wrong)));
    visit(KIM, &lee).expect_err("the wrong one is let in");
    assert_eq!(host.knock(LEE, "POST", link).0, "200");
    echo(&mut open).unwrap();
    let trail = host.lab().ok(&["audit", "list", "-o", "jsonl"]);
    for action in ["guest.invite", "guest.admit", "port.create"] {
        assert!(trail.contains(&format!("\"action\":\"{action}\"")), "{action}");
    }
    assert!(!trail.contains(link.rsplit_once('/').unwrap().1), "the secret is in the trail");
}

#[test]
fn the_end_of_an_invitation_cuts_and_leaves_neither_port_nor_link() {
    let Some(host) = Host::begin() else { return };
    for (name, lasts) in [("lee", "1h"), ("kim", "4s")] {
        let guest = host.invite(name, lasts);
        let link = guest["link"].as_str().unwrap();
        assert_eq!(host.knock(LEE, "POST", link).0, "200");
        let mut open = visit(LEE, &guest).unwrap();
        if lasts == "1h" {
            host.lab().ok(&["guests", "delete", name, "--yes"]);
        }
        let cut = std::io::Read::read(&mut open, &mut [0]).expect_err("it looked like an end");
        assert_eq!(cut.kind(), ErrorKind::ConnectionReset);
        let port = format!("guest-{name}");
        wait("the end of its port", PATIENCE, || {
            (host.lab().fails(&["ports", "get", &port]).0 == 3).then_some(())
        });
        assert_eq!(host.knock(LEE, "POST", link).0, "404");
    }
    // The name may be used again, and inherits nothing.
    assert_eq!(host.invite("lee", "1h")["state"], "invited");
}

#[test]
fn an_invitation_survives_the_server_and_a_lock_holds_it_back() {
    let Some(mut host) = Host::begin() else { return };
    let lee = host.invite("lee", "1h");
    let link = lee["link"].as_str().unwrap();
    let lab = &mut host.site.lab;
    lab.server.take().unwrap().kill();
    let address = lab.address.clone();
    lab.start_server(&address);
    lab.ok(&["lock", "guest", "lee", "--reason", "test", "--yes"]);
    assert_eq!(host.knock(LEE, "POST", link).0, "404");
    host.lab().ok(&["unlock", "guest", "lee"]);
    assert_eq!(host.knock(LEE, "POST", link).0, "200");
    visit(LEE, &lee).unwrap();
}

/// A guest gets no further than whoever invites him.
#[test]
fn nobody_invites_to_what_he_may_not_reach_himself() {
    let Some(host) = Host::begin() else { return };
    let (lab, target) = (host.lab(), host.site.target.as_str());
    lab.ok(&["roles", "create", "host", "--allow", "nodes.read,tunnels.open,guests.*"]);
    let rule = ["rules", "create", "--allow", "--who", "role:host", "--nodes", "web1"];
    lab.ok(&[&rule[..], &["--to", "localhost:1"]].concat());
    let token = ["tokens", "create", "--name", "jon", "--kind", "operator", "--role", "host", "-q"];
    let file = lab.text("token-jon");
    std::fs::write(&file, lab.ok(&token)).unwrap();
    lab.ok(&["-c", "jon", "login", "--token-file", &file]);
    let invite = ["-c", "jon", "guests", "invite", "lee", "--node", "web1", "--for", "1h"];
    let to = |target: &str| [&invite[..], &["--to", target, "-q"]].concat().join(" ");
    let run = |line: &str| lab.run(line.split(' '));
    assert_eq!(run(&to(target)).status.code(), Some(5));
    lab.ok(&[&rule[..], &["--to", target]].concat());
    // With -q the link is all there is, for a script; a plan makes none.
    let plan = run(&format!("{} --dry-run", to(target)));
    assert!(plan.status.success() && !String::from_utf8_lossy(&plan.stdout).contains("/g/"));
    let out = run(&to(target));
    let link = String::from_utf8(out.stdout).unwrap();
    assert!(link.starts_with("https://") && link.lines().count() == 1, "{link}");
    let again = run(&to(target));
    assert_eq!(again.status.code(), Some(11), "the name is taken");
    let mailed = [
        &["guests", "invite", "kim", "--node", "web1", "--to", "1", "--for", "1h"][..],
        &["--mail", "kim@example.com", "-o", "json"],
    ]
    .concat();
    let mailed = lab.json(&mailed);
    let (mailto, link) = (mailed["mailto"].as_str().unwrap(), mailed["link"].as_str().unwrap());
    assert!(mailto.starts_with("mailto:kim@example.com?") && mailto.ends_with(link), "{mailto}");
}
