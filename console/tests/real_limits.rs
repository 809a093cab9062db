//! T-25, G14 with the shipped binary: a server with 256 descriptors keeps some for itself, so that
//! visitors who take all others neither stop it nor keep its operator out; and what came and went leaves
//! neither descriptors nor memory behind.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, have, wait};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const FILES: &str = "256";
/// More than fit.
const CROWD: usize = 400;
/// Visitors who come and go side by side.
const SIDE_BY_SIDE: usize = 8;

fn echo_service() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut tcp in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut write = tcp.try_clone().unwrap();
                let _ = std::io::copy(&mut tcp, &mut write);
            });
        }
    });
    port
}

/// A visitor, if he gets an echo.
fn visitor(address: &str) -> Option<TcpStream> {
    let mut tcp = TcpStream::connect(address).ok()?;
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    tcp.write_all(b"hello").and_then(|()| tcp.read_exact(&mut [0; 5])).ok()?;
    Some(tcp)
}

/// So many, a few at a time.
fn visit(address: &str, times: usize) {
    let one = || (0..times / SIDE_BY_SIDE).for_each(|_| drop(visitor(address).expect("a visitor")));
    std::thread::scope(|scope| (0..SIDE_BY_SIDE).for_each(|_| drop(scope.spawn(one))));
}

fn is_full() -> bool {
    std::env::var_os("TUNNELCTL_FULL").is_some()
}

struct Process(u32);

impl Process {
    fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.0)).unwrap().count()
    }

    fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.0)).unwrap().count()
    }

    /// Memory that is there right now, in KiB.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Processor time so far.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }
}

#[test]
fn a_server_without_descriptors_left_serves_who_is_there_and_its_operator() {
    if !have("prlimit") {
        return;
    }
    let mut lab = Lab::new();
    lab.start_server_with(&["prlimit", &format!("--nofile={FILES}:{FILES}")], "127.0.0.1:0");
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let target = format!("localhost:{}", echo_service());
    lab.ok(&["ports", "create", "p", "--node", "web1", "--to", &target]);
    let network = "127.0.0.0/8";
    lab.ok(&["rules", "create", "--allow", "--who", "anyone", "--from", network, "--port", "p"]);
    let public = lab.json(&["ports", "get", "p", "-o", "json"])["public"]["port"].to_string();
    let public = format!("127.0.0.1:{public}");
    // prlimit became the server.
    let server = Process(lab.server.as_ref().unwrap().child.id());
    drop(visitor(&public).unwrap());
    let rest = wait("the descriptors at rest", PATIENCE, || {
        let (first, second) = (server.descriptors(), server.descriptors());
        (first == second).then_some(first)
    });

    let mut crowd: Vec<TcpStream> = (0..CROWD).filter_map(|_| visitor(&public)).collect();
    // Strangers at the other listener, too, as many as it takes.
    let strangers: Vec<_> =
        (0..CROWD).filter_map(|_| TcpStream::connect(&lab.address).ok()).collect();
    let taken = server.descriptors();
    println!("{} of {CROWD} visitors got in, {taken} descriptors taken", crowd.len());
    assert!(crowd.len() >= 50 && crowd.len() < CROWD, "{}", crowd.len());
    assert!(taken < 256, "{taken}");
    let (begun, cpu) = (Instant::now(), server.cpu());
    wait("two seconds", PATIENCE, || (begun.elapsed() >= Duration::from_secs(2)).then_some(()));
    let busy = (server.cpu() - cpu).as_secs_f64() / begun.elapsed().as_secs_f64();
    println!("{:.0} % of a processor while it is full", busy * 100.0);
    assert!(busy < 0.1, "{busy}");
    // Who is inside stays inside.
    for tcp in &mut crowd {
        tcp.write_all(b"again").unwrap();
        tcp.read_exact(&mut [0; 5]).expect("a visitor was cut for want of descriptors");
    }
    drop(strangers);
    // The store takes changes, and the operator can make them.
    lab.ok(&["tokens", "create", "--name", "during", "-q"]);

    drop(crowd);
    wait("a visitor again", PATIENCE, || visitor(&public));
    wait("the descriptors of before", PATIENCE, || (server.descriptors() <= rest).then_some(()));
    let threads = server.threads();
    // The store's cache of pages and the table of closed tunnels are full after the first 80,000; until
    // then every visit leaves its records in the one and its row in the other.
    let (first, more, row_kib) = if is_full() { (80_000, 100_000, 0) } else { (480, 480, 2) };
    visit(&public, first);
    let before = server.resident();
    visit(&public, more);
    println!("{before} KiB after {first} visits, {} after {more} more", server.resident());
    let most = before * 21 / 20 + more as u64 * row_kib;
    wait("the memory of before", PATIENCE, || (server.resident() <= most).then_some(()));
    // Who comes side by side may bring another lane, which stays for five minutes.
    let most = rest + wire::limits::MAX_LANES - 1;
    wait("the descriptors of before", PATIENCE, || (server.descriptors() <= most).then_some(()));
    assert!(server.threads() <= threads + 1, "{} threads, {threads} before", server.threads());
    assert!(!lab.server.as_ref().unwrap().output().contains("panicked"));
}
