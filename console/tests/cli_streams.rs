//! What runs until somebody ends it: `connect`, listeners and everything that follows. The last
//! byte is out before the end, Ctrl-C is 130, a reader that goes away is no failure.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod lab;

use lab::{Lab, PATIENCE, Running, wait};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use testbed::service::Pattern;

const BULK: u64 = 24 << 20;

/// A target that serves one connection.
struct Target {
    port: String,
    served: JoinHandle<()>,
}

impl Target {
    fn new(serve: impl FnOnce(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let served = std::thread::spawn(move || serve(listener.accept().unwrap().0));
        Self { port, served }
    }

    fn connect(&self, lab: &Lab) -> Command {
        let mut command = lab.command(["connect", "web1", &self.port]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

fn lab_with_web1() -> (Lab, Running) {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let agent = lab.agent("web1");
    (lab, agent)
}

fn write_pattern(to: &mut impl Write, size: u64) {
    let (mut pattern, mut block, mut left) = (Pattern::default(), vec![0; 65536], size);
    while left > 0 {
        let take = usize::try_from(left).unwrap().min(block.len());
        pattern.fill(&mut block[..take]);
        to.write_all(&block[..take]).unwrap();
        left -= take as u64;
    }
}

/// Reads to the end, in small pieces and with a yield between them: a slow reader.
fn read_slowly(mut from: impl Read) -> (u64, blake3::Hash) {
    let (mut hasher, mut block, mut size) = (blake3::Hasher::new(), vec![0; 1500], 0);
    loop {
        let count = from.read(&mut block).unwrap();
        if count == 0 {
            return (size, hasher.finalize());
        }
        size += count as u64;
        hasher.update(&block[..count]);
        std::thread::yield_now();
    }
}

fn code(child: &mut Child) -> Option<i32> {
    wait("the end of a process", PATIENCE, || child.try_wait().unwrap()).code()
}

/// Whether the process has a handler for SIGINT by now.
fn catches_interrupt(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << 1) != 0
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

#[test]
fn connect_writes_its_last_bytes_before_it_exits() {
    let (lab, _agent) = lab_with_web1();
    for _ in 0..3 {
        let target = Target::new(|mut tcp| write_pattern(&mut tcp, BULK));
        let mut child = target.connect(&lab).spawn().unwrap();
        let got = read_slowly(child.stdout.take().unwrap());
        assert_eq!(got, (BULK, Pattern::digest(BULK)));
        assert_eq!(code(&mut child), Some(0), "the remote end closed");
        target.served.join().unwrap();
    }
}

#[test]
fn connect_says_when_its_bytes_cannot_be_written() {
    let (lab, _agent) = lab_with_web1();
    let target = Target::new(|mut tcp| {
        // Sent whole before the end is seen: the failure may show at the very last write only.
        tcp.write_all(b"lost").unwrap();
    });
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = target.connect(&lab).stdout(full).spawn().unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert!(stderr.contains("standard output"), "{stderr}");
}

#[test]
fn connect_half_closes_both_ways() {
    let (lab, _agent) = lab_with_web1();
    // Ours first: the target answers only after it has seen the end of what we send.
    let target = Target::new(|mut tcp| {
        let got = read_slowly(&mut tcp);
        assert_eq!(got, (BULK, Pattern::digest(BULK)));
        write_pattern(&mut tcp, BULK);
    });
    let mut child = target.connect(&lab).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || write_pattern(&mut stdin, BULK));
    assert_eq!(read_slowly(child.stdout.take().unwrap()), (BULK, Pattern::digest(BULK)));
    assert_eq!(code(&mut child), Some(0));
    writer.join().unwrap();
    target.served.join().unwrap();

    // Theirs first, while our input stays open for ever.
    let target = Target::new(|mut tcp| tcp.write_all(b"bye").unwrap());
    let mut child = target.connect(&lab).spawn().unwrap();
    let _open = child.stdin.take().unwrap();
    assert_eq!(read_slowly(child.stdout.take().unwrap()).0, 3);
    assert_eq!(code(&mut child), Some(0));
}

#[test]
fn connect_that_was_cut_by_a_reset_is_exit_1() {
    let (lab, _agent) = lab_with_web1();
    let target = Target::new(|mut tcp| {
        tcp.write_all(b"before").unwrap();
        // Closing with bytes unread resets the connection.
        assert_eq!(tcp.peek(&mut [0]).unwrap(), 1);
    });
    let mut child = target.connect(&lab).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut got = [0; 6];
    stdout.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"before");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"unread").unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert!(stderr.contains("target reset"), "{stderr}");
}

#[test]
fn connect_whose_reader_goes_away_ends_quietly() {
    let (lab, _agent) = lab_with_web1();
    let target = Target::new(|mut tcp| {
        let block = [7; 65536];
        while tcp.write_all(&block).is_ok() {}
    });
    let mut child = target.connect(&lab).spawn().unwrap();
    let _open = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let out = child.wait_with_output().unwrap();
    assert_eq!((out.status.code(), out.stderr.as_slice()), (Some(0), &b""[..]));
    target.served.join().unwrap();
}

#[test]
fn connect_ends_with_130_on_ctrl_c() {
    let (lab, _agent) = lab_with_web1();
    let target = Target::new(|mut tcp| {
        tcp.write_all(b"x").unwrap();
        let _ = tcp.read(&mut [0]);
    });
    let mut child = target.connect(&lab).spawn().unwrap();
    let _open = child.stdin.take().unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    interrupt(&child);
    assert_eq!(code(&mut child), Some(130));
    target.served.join().unwrap();
}

/// Everything that follows, with what its first line says.
const STREAMS: &[&[&str]] = &[
    &["nodes", "watch", "-o", "jsonl"],
    &["nodes", "list", "--watch"],
    &["tunnels", "watch", "-o", "jsonl"],
    &["tunnels", "list", "--watch"],
    &["ports", "list", "--watch"],
    &["audit", "tail", "-f", "-o", "jsonl"],
];

/// Starts a stream and waits for its first line.
fn streaming(lab: &Lab, args: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut command = lab.command(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let header: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(header["kind"], "Stream", "{args:?}");
    assert_eq!(header["api_version"], "tunnelctl/v1", "{args:?}");
    (child, stdout)
}

#[test]
fn streams_end_with_130_on_ctrl_c_and_say_nothing() {
    let lab = Lab::with_server();
    for args in STREAMS {
        let (mut child, _stdout) = streaming(&lab, args);
        interrupt(&child);
        assert_eq!(code(&mut child), Some(130), "{args:?}");
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr, "", "{args:?}");
    }
}

#[test]
fn streams_whose_reader_goes_away_end_quietly_with_0_even_if_nothing_happens() {
    let lab = Lab::with_server();
    for args in STREAMS {
        let (mut child, stdout) = streaming(&lab, args);
        drop(stdout);
        assert_eq!(code(&mut child), Some(0), "{args:?}");
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr, "", "{args:?}");
    }
}

#[test]
fn a_wait_ends_with_130_on_ctrl_c_and_7_when_its_time_is_over() {
    let lab = Lab::with_server();
    lab.enroll("web1", &[]);
    let ran = lab.run(["nodes", "wait", "web1", "--for", "online", "--timeout", "200ms"]);
    assert_eq!(ran.status.code(), Some(7), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut command = lab.command(["nodes", "wait", "web1", "--for", "online"]);
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    wait("Ctrl-C is listened for", PATIENCE, || catches_interrupt(&child).then_some(()));
    interrupt(&child);
    assert_eq!(code(&mut child), Some(130));
}

#[test]
fn listeners_end_with_130_on_ctrl_c_and_leave_neither_port_nor_ready_file() {
    let (lab, _agent) = lab_with_web1();
    let ready = lab.path("listener.ready");
    let ready_text = lab.text("listener.ready");
    for args in
        [&["forward", "web1", "0:localhost:9"][..], &["socks", "web1", "--listen", "127.0.0.1:0"]]
    {
        let mut child = lab
            .command(args)
            .args(["--ready-file", &ready_text, "-q"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let address = wait("the ready file", PATIENCE, || std::fs::read_to_string(&ready).ok());
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        assert_eq!(first, address, "with -q the address is the first line: {args:?}");
        TcpStream::connect(address.trim()).unwrap();
        interrupt(&child);
        assert_eq!(code(&mut child), Some(130), "{args:?}");
        assert!(!ready.exists(), "{args:?}");
        let gone = TcpStream::connect(address.trim()).unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::ConnectionRefused, "{args:?}");
    }
}
