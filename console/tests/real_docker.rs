//! F2.10 with the shipped binary and a real Docker engine: its command line works through a forward
//! to the node's socket, and through one to a TCP port beside it. Needs no registry.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, Running, have, succeed};
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use testbed::service::Pattern;

/// As it is written everywhere; `/var/run` is a link to `/run`.
const SOCKET: &str = "/var/run/docker.sock";
/// More than one window of a stream.
const CONTEXT: usize = 3 << 20;

/// Whether this machine has a Docker engine that may be used.
fn have_docker() -> bool {
    if !have("docker") {
        return false;
    }
    if UnixStream::connect(SOCKET).is_err() {
        println!("skipped: no Docker engine answers at {SOCKET}");
        return false;
    }
    true
}

fn docker(lab: &Lab, host: &str, args: &[&str]) -> Command {
    let mut command = Command::new("docker");
    command.args(args).env("DOCKER_HOST", host).env("DOCKER_BUILDKIT", "0");
    command.env("DOCKER_CONFIG", lab.path("docker")).env_remove("DOCKER_CONTEXT");
    command
}

fn version(lab: &Lab, host: &str) -> String {
    succeed(&mut docker(lab, host, &["version", "--format", "{{.Server.Version}}"]))
}

/// A node whose owner listed exactly these.
fn lab_with_web1(allow: &[&str]) -> (Lab, Running) {
    let lab = Lab::with_server();
    let allow: Vec<&str> = allow.iter().flat_map(|entry| ["--allow", *entry]).collect();
    lab.enroll("web1", &allow);
    let agent = lab.agent("web1");
    (lab, agent)
}

/// An image that goes when the test ends.
struct Image<'a>(&'a Lab, String);

impl Drop for Image<'_> {
    fn drop(&mut self) {
        let args = ["image", "rm", "--force", &self.1];
        let host = format!("unix://{SOCKET}");
        let _ = docker(self.0, &host, &args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

#[test]
fn docker_builds_through_a_forward_to_the_nodes_socket() {
    if !have_docker() {
        return;
    }
    let (lab, _agent) = lab_with_web1(&[&format!("unix:{SOCKET}")]);
    let (_forward, address) = lab.listener(&["forward", "web1", &format!("0:unix:{SOCKET}")]);
    let (remote, local) = (format!("tcp://{address}"), format!("unix://{SOCKET}"));
    assert_eq!(version(&lab, &remote), version(&lab, &local));

    let context = lab.path("context");
    std::fs::create_dir(&context).unwrap();
    let mut payload = vec![0; CONTEXT];
    Pattern::default().fill(&mut payload);
    std::fs::write(context.join("payload"), &payload).unwrap();
    std::fs::write(context.join("Dockerfile"), "FROM scratch\nCOPY payload /payload\n").unwrap();
    let tag = format!("tunnelctl-test-{}:built", std::process::id());
    let image = Image(&lab, tag.clone());
    let built = ["build", "--quiet", "--tag", &tag, context.to_str().unwrap()];
    let id = succeed(&mut docker(&lab, &remote, &built));
    assert!(id.starts_with("sha256:"), "{id}");
    let size = ["image", "inspect", "--format", "{{.Size}}", &tag];
    assert_eq!(succeed(&mut docker(&lab, &local, &size)).trim(), CONTEXT.to_string());

    // What was built comes back through the tunnel, byte for byte.
    let copy = lab.path("payload.back");
    let container = succeed(&mut docker(&lab, &remote, &["create", &tag, "/none"]));
    let from = format!("{}:/payload", container.trim());
    let copied = docker(&lab, &remote, &["cp", &from, copy.to_str().unwrap()]).output();
    succeed(&mut docker(&lab, &remote, &["rm", container.trim()]));
    assert!(copied.unwrap().status.success());
    assert!(std::fs::read(&copy).unwrap() == payload, "the file differs");
    drop(image);
    let gone = docker(&lab, &local, &["image", "inspect", &tag]).output().unwrap();
    assert!(!gone.status.success(), "the image was left behind");
    println!("docker {} built {CONTEXT} bytes", version(&lab, &remote).trim());
}

#[test]
fn docker_works_from_2376_here_to_2375_there() {
    if !have_docker() {
        return;
    }
    let port = tcp_in_front_of(Path::new(SOCKET));
    let (lab, _agent) = lab_with_web1(&[]);
    let (_forward, address) = lab.listener(&["forward", "web1", &format!("0:localhost:{port}")]);
    let local = format!("unix://{SOCKET}");
    assert_eq!(version(&lab, &format!("tcp://{address}")), version(&lab, &local));
}

/// The same socket under its other name is another path, and not the one that is listed.
#[test]
fn docker_is_denied_where_the_nodes_owner_did_not_list_its_socket() {
    if !have_docker() {
        return;
    }
    let other = std::fs::canonicalize(SOCKET).unwrap();
    let other = other.to_str().unwrap();
    if other == SOCKET {
        return println!("skipped: {SOCKET} has one name only");
    }
    let (lab, _agent) = lab_with_web1(&[&format!("unix:{other}")]);
    let target = format!("unix:{SOCKET}");
    let (code, stderr) = lab.fails(&["connect", "web1", &target]);
    assert_eq!(code, 5, "{stderr}");
    assert!(stderr.contains("allowlist") && stderr.contains(&target), "{stderr}");
    let (_forward, address) = lab.listener(&["forward", "web1", &format!("0:{target}")]);
    let out = docker(&lab, &format!("tcp://{address}"), &["version"]).output().unwrap();
    assert!(!out.status.success(), "the engine was reached");
}

/// Docker's engine without TLS, as on port 2375.
fn tcp_in_front_of(socket: &'static Path) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            let unix = UnixStream::connect(socket).unwrap();
            let (tcp_back, unix_back) = (tcp.try_clone().unwrap(), unix.try_clone().unwrap());
            std::thread::spawn(move || pass(tcp, unix));
            std::thread::spawn(move || pass_back(unix_back, tcp_back));
        }
    });
    port
}

fn pass(mut from: TcpStream, mut to: UnixStream) {
    let _ = std::io::copy(&mut from, &mut to).and_then(|_| to.flush());
    let _ = to.shutdown(Shutdown::Write);
}

fn pass_back(mut from: UnixStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to).and_then(|_| to.flush());
    let _ = to.shutdown(Shutdown::Write);
}
