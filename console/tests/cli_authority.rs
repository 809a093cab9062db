//! T-01: a server whose authority is not whole does not start. The address it is told to listen on is
//! taken, so that a refusal about the authority shows that no listener was opened before.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::Lab;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const CONFLICT: i32 = 11;

/// A data directory at rest.
fn at_rest() -> Lab {
    let lab = Lab::new();
    lab.ok(&["server", "init", "--dir", &lab.text("server")]);
    lab
}

/// How a start ends where somebody else has the address.
fn start(lab: &Lab, more: &[&str]) -> (i32, String) {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (dir, listen) = (lab.text("server"), taken.local_addr().unwrap().to_string());
    let args = ["server", "run", "--dir", &dir, "--listen", &listen, "--metrics", "off"];
    lab.fails(&[&args, more].concat())
}

/// Damages a file of a fresh directory, and says how the start ends.
fn damaged(name: &str, damage: impl Fn(&Path, &Lab)) -> (i32, String) {
    let lab = at_rest();
    damage(&lab.path("server").join(name), &lab);
    start(&lab, &[])
}

#[test]
fn a_server_without_a_whole_authority_refuses_before_it_listens() {
    assert_eq!(start(&at_rest(), &[]).0, CONFLICT, "whole, it comes as far as its address");
    let mut wrong = Vec::new();
    for name in ["ca/issuing.key", "ca/issuing.pem", "ca/root.pem"] {
        for (what, damage) in [
            (
                "missing",
                &(|path: &Path, _: &Lab| std::fs::remove_file(path).unwrap())
                    as &dyn Fn(&Path, &Lab),
            ),
            ("empty", &|path, _| std::fs::write(path, "").unwrap()),
            ("nonsense", &|path, _| std::fs::write(path, "hello\n").unwrap()),
            ("a directory", &|path, _| {
                std::fs::remove_file(path).unwrap();
                std::fs::create_dir(path).unwrap();
                let private = std::fs::Permissions::from_mode(0o600);
                std::fs::set_permissions(path, private).unwrap();
            }),
            ("another fleet's", &|path, _| {
                let other = at_rest();
                std::fs::copy(other.path("server").join(name), path).unwrap();
            }),
        ] {
            let (code, stderr) = damaged(name, damage);
            let expected = if what == "missing" { 3 } else { 1 };
            if code != expected || !stderr.contains("server/ca") {
                wrong.push(format!("{name} {what}: {code} {stderr}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let (code, stderr) = damaged("ca/issuing.key", |path, _| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    });
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("chmod 600"), "{stderr}");
    let (code, stderr) = damaged("ca", |path, _| std::fs::remove_dir_all(path).unwrap());
    assert!(code == 1 && stderr.contains("restore it"), "{code} {stderr}");
    // For another use: an operator's certificate in the place of the issuing one.
    let (code, stderr) = damaged("ca/issuing.pem", |path, lab| {
        let chain = std::fs::read_to_string(lab.path("server").join("admin/cert.pem")).unwrap();
        let end = chain.find("-----END CERTIFICATE-----\n").unwrap();
        std::fs::write(path, &chain[..end + 26]).unwrap();
    });
    assert!(code == 1 && stderr.contains("issuing"), "{code} {stderr}");
}

/// A machine whose clock is two years behind.
#[derive(Debug)]
struct Behind;

impl link::Clock for Behind {
    fn now(&self) -> std::time::Instant {
        link::System.now()
    }

    fn wall(&self) -> wire::UnixMs {
        wire::UnixMs(link::System.wall().0 - 2 * 365 * 86_400_000)
    }
}

#[test]
fn a_server_whose_issuing_key_has_ended_refuses_and_names_it() {
    let lab = Lab::new();
    let clock: link::SharedClock = std::sync::Arc::new(Behind);
    fleet_server::init(&fleet_server::Config::new(lab.path("server")), &clock).unwrap();
    let (code, stderr) = start(&lab, &[]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("ended") || stderr.contains("expired"), "{stderr}");
}

#[test]
fn unknown_keys_and_empty_names_are_refused_before_anything_listens() {
    let lab = at_rest();
    let file = lab.text("server.toml");
    for (text, says) in [
        ("penalty_exmpt = []\n", "penalty_exmpt"),
        ("admin = \"\"\n", "admin"),
        ("min_agent_version = \"\"\nadmn = \"x\"\n", "admn"),
        ("node_certificate = \"\"\n", "node_certificate"),
    ] {
        std::fs::write(&file, text).unwrap();
        let (code, stderr) = start(&lab, &["-f", &file]);
        assert_eq!(code, 2, "{text:?}: {stderr}");
        assert!(stderr.contains(says), "{text:?}: {stderr}");
    }
}
