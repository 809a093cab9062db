//! T-39 with the shipped binary: SIGTERM lets tunnels end for as long as it was told, a second one does
//! not wait, one during the start does no harm, and what was acknowledged is there afterwards.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::{Lab, PATIENCE, Running, wait};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const STREAMS: usize = 20;
/// More than a stop takes beside the grace that tunnels have.
const BESIDE: Duration = Duration::from_secs(8);

/// Echoes until the test ends.
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

fn echoes(tcp: &mut TcpStream) -> bool {
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    tcp.write_all(b"hello").and_then(|()| tcp.read_exact(&mut [0; 5])).is_ok()
}

/// The server of this lab with this grace, serving.
fn serve(lab: &mut Lab, listen: &str, grace: &str) {
    lab.server_args = ["--grace", grace].map(str::to_owned).to_vec();
    lab.start_server(listen);
}

/// A server with a node and live streams through it.
fn busy(grace: &str) -> (Lab, Running, Running, Vec<TcpStream>) {
    let mut lab = Lab::new();
    serve(&mut lab, "127.0.0.1:0", grace);
    lab.enroll("web1", &[]);
    let agent = lab.agent("web1");
    let spec = format!("0:localhost:{}", echo_service());
    let (forward, address) = lab.listener(&["forward", "web1", &spec]);
    let mut streams: Vec<_> = (0..STREAMS).map(|_| TcpStream::connect(&address).unwrap()).collect();
    assert!(streams.iter_mut().all(echoes));
    (lab, agent, forward, streams)
}

fn drains(lab: &Lab) {
    let server = lab.server.as_ref().unwrap();
    wait("the drain", PATIENCE, || server.output().contains("draining for at most").then_some(()));
}

#[test]
fn a_server_that_is_told_to_stop_lets_tunnels_go_on_for_their_grace() {
    let (mut lab, agent, _forward, mut streams) = busy("3s");
    let address = lab.address.clone();
    let begun = Instant::now();
    lab.server.as_ref().unwrap().signal("-TERM");
    drains(&lab);
    assert!(streams.iter_mut().all(echoes), "a tunnel was cut at once");
    let code = lab.server.as_mut().unwrap().code();
    let took = begun.elapsed();
    println!("SIGTERM with {STREAMS} streams and 3 s of grace: over after {took:?}");
    assert_eq!(code, Some(0));
    assert!(took >= Duration::from_secs(3) && took <= Duration::from_secs(3) + BESIDE, "{took:?}");
    assert!(!streams.iter_mut().any(echoes), "a stream outlived its server");
    // Agents come back by themselves.
    serve(&mut lab, &address, "3s");
    lab.wait_state("web1", Duration::from_secs(30), &["online", "degraded"]);
    drop(agent);
}

#[test]
fn a_stop_without_tunnels_does_not_wait() {
    let mut lab = Lab::new();
    serve(&mut lab, "127.0.0.1:0", "30s");
    lab.enroll("web1", &[]);
    let _agent = lab.agent("web1");
    let begun = Instant::now();
    lab.server.as_ref().unwrap().signal("-TERM");
    assert_eq!(lab.server.as_mut().unwrap().code(), Some(0));
    assert!(begun.elapsed() <= BESIDE, "{:?}", begun.elapsed());
}

#[test]
fn a_second_signal_stops_at_once() {
    let (mut lab, _agent, _forward, streams) = busy("30s");
    lab.server.as_ref().unwrap().signal("-TERM");
    drains(&lab);
    let begun = Instant::now();
    lab.server.as_ref().unwrap().signal("-TERM");
    let code = lab.server.as_mut().unwrap().code();
    println!("second SIGTERM: over after {:?}", begun.elapsed());
    assert_eq!(code, Some(143));
    assert!(begun.elapsed() <= Duration::from_secs(3), "{:?}", begun.elapsed());
    drop(streams);
}

#[test]
fn a_signal_at_any_moment_of_the_start_ends_it_and_harms_nothing() {
    let mut lab = Lab::with_server();
    lab.ok(&["tokens", "create", "--name", "before", "-q"]);
    lab.server.as_ref().unwrap().signal("-TERM");
    lab.server.as_mut().unwrap().code();
    let dir = lab.text("server");
    for step in 0..10 {
        let mut command = lab.command(["server", "run", "--dir", &dir, "--listen", "127.0.0.1:0"]);
        let mut server = Running::start(&mut command, &lab.path(&format!("start-{step}.log")));
        let begun = Instant::now();
        wait("its moment", PATIENCE, || {
            (begun.elapsed() >= step * Duration::from_millis(15)).then_some(())
        });
        server.signal("-TERM");
        let told = Instant::now();
        let code = server.code();
        // Before it listens for signals the kernel ends it, and it has no exit code.
        assert!(matches!(code, None | Some(0)), "step {step}: {code:?}\n{}", server.output());
        assert!(told.elapsed() <= BESIDE, "step {step}: {:?}", told.elapsed());
    }
    lab.start_server("127.0.0.1:0");
    assert!(lab.ok(&["tokens", "list"]).contains("before"));
}

#[test]
fn what_was_acknowledged_before_a_stop_is_there_after_it() {
    let mut lab = Lab::with_server();
    let address = lab.address.clone();
    let mut acknowledged = Vec::new();
    for n in 0..200 {
        if n == 5 {
            lab.server.as_ref().unwrap().signal("-TERM");
        }
        let name = format!("t{n}");
        let out = lab.run(["tokens", "create", "--name", &name, "-q", "--timeout", "2s"]);
        if !out.status.success() {
            break;
        }
        acknowledged.push(name);
    }
    assert!(acknowledged.len() >= 5 && acknowledged.len() < 200);
    assert_eq!(lab.server.as_mut().unwrap().code(), Some(0));
    lab.start_server(&address);
    let list = lab.ok(&["tokens", "list", "-o", "jsonl"]);
    for name in &acknowledged {
        assert!(list.contains(&format!("\"{name}\"")), "{name} is lost\n{list}");
    }
}
