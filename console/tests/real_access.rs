//! The access story with real programs: PostgreSQL and Redis behind a node, two published ports, a
//! session for a time, a rule and a guest beside it. Skipped, with a printed reason, only where a
//! program is missing; without Redis its questions are not asked, everything else is.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::peers::{Postgres, Redis};
use lab::{Lab, PATIENCE, Running, free_port, wait};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use wire::UnixMs;

/// G2: what ends by time is cut within a second.
const CUT_WITHIN: Duration = Duration::from_secs(1);
/// The operator and the real programs come from here.
const HERE: [u8; 4] = [127, 0, 0, 1];
const GUEST: [u8; 4] = [127, 0, 0, 2];
const RULE: [u8; 4] = [127, 0, 0, 3];
const STRANGER: [u8; 4] = [127, 0, 0, 9];
/// What a PostgreSQL client says first: version 3, user app, database postgres.
const STARTUP: &[u8] = b"\0\0\0\x24\0\x03\0\0user\0app\0database\0postgres\0\0";
/// A question.
const QUERY: &[u8] = b"Q\0\0\0\x0dselect 1\0";

struct Story {
    lab: Lab,
    agent: Running,
    postgres: Postgres,
    redis: Option<Redis>,
    db: String,
    cache: String,
}

impl Story {
    fn begin() -> Option<Self> {
        let (postgres, redis) = (Postgres::start()?, Redis::start());
        let lab = Lab::with_server();
        lab.enroll("web1", &[]);
        let agent = lab.agent("web1");
        // Without Redis nobody stands behind the second port, and nobody is sent there.
        let cached = redis.as_ref().map_or_else(free_port, |redis| redis.port);
        for (name, port) in [("db", postgres.port), ("cache", cached)] {
            lab.ok(&[
                "ports",
                "create",
                name,
                "--node",
                "web1",
                "--to",
                &format!("localhost:{port}"),
            ]);
        }
        let (db, cache) = (number(&lab, "db"), number(&lab, "cache"));
        Some(Self { lab, agent, postgres, redis, db, cache })
    }

    /// A client of PostgreSQL that comes from this address.
    fn visit(&self, from: [u8; 4]) -> Client {
        let mut client = Client(connect(from, &self.db).unwrap());
        assert!(client.starts() && client.asks(), "{from:?}");
        client
    }

    /// A stranger learns nothing: no byte, and the same reset at every port.
    fn nobody_else_gets_in(&self) {
        for (port, hello) in [(&self.db, STARTUP), (&self.cache, &b"PING\r\n"[..])] {
            let said = connect(STRANGER, port).and_then(|mut tcp| {
                tcp.write_all(hello)?;
                tcp.read(&mut [0; 64])
            });
            let error = said.expect_err("a stranger got an answer");
            assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe));
        }
    }
}

fn number(lab: &Lab, port: &str) -> String {
    let view = lab.json(&["ports", "get", port, "-o", "json"]);
    view["public"]["port"].as_u64().unwrap().to_string()
}

fn connect(from: [u8; 4], port: &str) -> std::io::Result<TcpStream> {
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let tcp = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        socket.connect(to).await?.into_std()
    })?;
    tcp.set_nonblocking(false)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    Ok(tcp)
}

/// One open session of PostgreSQL, word by word, so that it can come from an address of our choice.
struct Client(TcpStream);

impl Client {
    fn starts(&mut self) -> bool {
        self.0.write_all(STARTUP).is_ok() && self.is_ready()
    }

    /// Whether the connection still carries a question and its answer.
    fn asks(&mut self) -> bool {
        self.0.write_all(QUERY).is_ok() && self.is_ready()
    }

    /// Reads messages up to "ready for query".
    fn is_ready(&mut self) -> bool {
        loop {
            let mut head = [0; 5];
            if self.0.read_exact(&mut head).is_err() {
                return false;
            }
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut body = vec![0; usize::try_from(length).unwrap() - 4];
            if self.0.read_exact(&mut body).is_err() || head[0] == b'E' {
                return false;
            }
            if head[0] == b'Z' {
                return true;
            }
        }
    }
}

#[test]
fn a_session_opens_postgresql_and_redis_for_a_time_and_its_end_cuts_a_running_pgbench() {
    let Some(mut story) = Story::begin() else { return };
    let (db, cache) = (story.db.clone(), story.cache.clone());
    assert!(!story.postgres.is_reached(&db), "before there is a session");
    story.nobody_else_gets_in();

    // The operator's own address is detected, on both ports at once.
    let session = story.lab.json(&["sessions", "start", "--for", "1h", "-o", "json"]);
    assert_eq!(session["session_kind"], "access");
    assert_eq!(session["from"], serde_json::json!(["127.0.0.1/32"]));
    let ports: Vec<&str> =
        session["ports"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(ports, ["cache", "db"]);
    assert_eq!(story.postgres.query(&db, "select 6 * 7"), "42");
    if let Some(redis) = &story.redis {
        assert_eq!(redis.ask(&cache, &["set", "greeting", "hello"]), "OK");
        assert_eq!(redis.ask(&cache, &["get", "greeting"]), "hello");
    }
    story.nobody_else_gets_in();

    // A guest and a rule beside it.
    let from = ["--from", "127.0.0.2", "--for", "1h", "--reason", "audit"];
    story.lab.ok(&[&["guests", "admit", "lee", "--port", "db"][..], &from].concat());
    let anyone = ["--allow", "--who", "anyone", "--from", "127.0.0.3", "--port", "db"];
    story.lab.ok(&[&["rules", "create"][..], &anyone].concat());
    let (mut guest, mut by_rule) = (story.visit(GUEST), story.visit(RULE));

    // Ended by hand: at once, and only what it admitted.
    let mut here = story.visit(HERE);
    let id = session["id"].as_str().unwrap();
    story.lab.ok(&["sessions", "end", id, "--yes"]);
    assert!(!here.asks() && !story.postgres.is_reached(&db));
    assert!(guest.asks() && by_rule.asks());

    expiry_cuts_a_running_pgbench(&story);
    assert!(guest.asks() && by_rule.asks(), "they keep working beside it");
    story.nobody_else_gets_in();
    let trail = story.lab.ok(&["audit", "list", "-o", "jsonl"]);
    for action in ["session.start", "session.end", "session.end.cut", "guest.admit"] {
        assert!(trail.contains(&format!("\"action\":\"{action}\"")), "{action}");
    }

    // Both sides are killed: the ports keep their numbers, the guest and the rule their admission.
    story.agent.kill();
    story.lab.server.take().unwrap().kill();
    let address = story.lab.address.clone();
    story.lab.start_server(&address);
    story.agent = story.lab.agent("web1");
    assert_eq!((number(&story.lab, "db"), number(&story.lab, "cache")), (db.clone(), cache));
    story.visit(GUEST);
    story.visit(RULE);
    story.nobody_else_gets_in();
    assert!(!story.postgres.is_reached(&db), "what expired stays expired");
}

fn expiry_cuts_a_running_pgbench(story: &Story) {
    let script = story.lab.path("one.sql");
    std::fs::write(&script, "select pg_sleep(0.001);\n").unwrap();
    let session = story.lab.json(&["sessions", "start", "--for", "5s", "-o", "json"]);
    let ends: UnixMs = session["expires_at"].as_str().unwrap().parse().unwrap();
    let started = Instant::now();
    let mut bench = story.postgres.bench_on(&story.db, &script, &story.lab.path("pgbench.log"));
    let mut beside = story.visit(HERE);
    let id = session["id"].as_str().unwrap();
    wait("a busy pgbench", PATIENCE, || {
        let now = story.lab.json(&["sessions", "get", id, "-o", "json"]);
        assert!(started.elapsed() < Duration::from_secs(5), "it ended before pgbench was busy");
        (now["tunnels"] == 5).then_some(())
    });
    assert_ne!(bench.code(), Some(0), "pgbench came to an end as if nothing were");
    let late = now().since(ends);
    assert!(now() >= ends, "cut before its time");
    assert!(late <= CUT_WITHIN, "pgbench went on for {late:?} after the end of the session");
    println!("pgbench had ended {late:?} after the session did");
    let words = bench.output();
    assert!(words.contains("Run was aborted"), "{words}");
    // pgbench does not say how its connections ended; one beside them knows.
    let error = beside.0.read(&mut [0]).expect_err("the end of the session looked like an end");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

fn now() -> UnixMs {
    use link::Clock;
    link::System.wall()
}
