//! `/metrics`: every name of the contract, with its type and labels, and that it moves with its event.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use fleet_server::config::Metrics;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Target;
use wire::message::view::NodeState;

/// Name without its prefix and the suffix of its kind, kind, and the key of its label.
const CONTRACT: [(&str, &str, Option<&str>); 19] = [
    ("nodes", "gauge", Some("state")),
    ("node_connects", "counter", None),
    ("node_disconnects", "counter", Some("reason")),
    ("tunnels_open", "gauge", None),
    ("tunnels_opened", "counter", Some("type")),
    ("tunnels_closed", "counter", Some("reason")),
    ("bytes", "counter", Some("direction")),
    ("tunnel_open_seconds", "histogram", None),
    ("handshakes", "counter", Some("result")),
    ("revocation_cut_seconds", "histogram", None),
    ("store_commit_seconds", "histogram", None),
    ("audit_records", "counter", None),
    ("panics", "counter", None),
    ("log_lines_dropped", "counter", None),
    ("process_cpu_seconds", "counter", None),
    ("process_resident_memory_bytes", "gauge", None),
    ("process_open_fds", "gauge", None),
    ("process_max_fds", "gauge", None),
    ("process_start_time_seconds", "gauge", None),
];

/// Values by `name{labels}`, and the kinds by name.
struct Scrape {
    values: BTreeMap<String, f64>,
    kinds: BTreeMap<String, String>,
}

impl Scrape {
    async fn of(address: SocketAddr) -> Self {
        let mut tcp = TcpStream::connect(address).await.unwrap();
        tcp.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        timeout(PATIENCE, tcp.read_to_string(&mut answer)).await.unwrap().unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains("content-type: application/openmetrics-text"), "{head}");
        assert!(body.ends_with("# EOF\n"), "{body}");
        let mut scrape = Self { values: BTreeMap::new(), kinds: BTreeMap::new() };
        for line in body.lines() {
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                scrape.kinds.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') {
                let (name, value) = line.rsplit_once(' ').unwrap();
                scrape.values.insert(name.to_owned(), value.parse().unwrap());
            }
        }
        scrape
    }

    /// A value; nothing has happened yet to what is not there.
    fn value(&self, name: &str) -> f64 {
        self.values.get(&format!("tunnelctl_{name}")).copied().unwrap_or_default()
    }
}

/// Scrapes until every one of these has grown by at least this much since `before`.
async fn grown(address: SocketAddr, before: &Scrape, by: &[(&str, f64)]) -> Scrape {
    let what = format!("{by:?}");
    let (scrape, _) = until(&what, PATIENCE, || async {
        let now = Scrape::of(address).await;
        by.iter().all(|(name, by)| now.value(name) >= before.value(name) + by).then_some(now)
    })
    .await
    .unwrap();
    scrape
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_the_contract_is_there_and_moves() {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut fleet = Fleet::with(|config| config.metrics = Metrics::Explicit(any)).await.unwrap();
    let address = fleet.server().unwrap().metrics().unwrap();
    let start = Scrape::of(address).await;

    fleet.add("web1").await.unwrap();
    let up = [
        ("nodes{state=\"online\"}", 1.0),
        ("node_connects_total", 1.0),
        // The operator, the enrolment, the control connection and a lane.
        ("handshakes_total{result=\"ok\"}", 4.0),
        ("audit_records_total", 3.0),
        ("store_commit_seconds_count", 3.0),
    ];
    let up = grown(address, &start, &up).await;

    let sink = service::sink(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", sink.port()).unwrap();
    let port = fleet.publish("db", "web1", target, None).await.unwrap().public.port;
    fleet.admit("db", "127.0.0.0/8").await.unwrap();
    let mut visitor = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    visitor.write_all(&[7; 1000]).await.unwrap();
    let open = [
        ("tunnels_open", 1.0),
        ("tunnels_opened_total{type=\"port\"}", 1.0),
        ("tunnel_open_seconds_count", 1.0),
        ("bytes_total{direction=\"up\"}", 1000.0),
    ];
    let open = grown(address, &up, &open).await;
    assert_eq!(open.value("tunnels_open"), 1.0);

    visitor.shutdown().await.unwrap();
    assert_eq!(timeout(PATIENCE, visitor.read_u64()).await.unwrap().unwrap(), 1000);
    drop(visitor);
    let closed = [
        ("tunnels_closed_total{reason=\"client_closed\"}", 1.0),
        ("bytes_total{direction=\"down\"}", 8.0),
    ];
    let closed = grown(address, &open, &closed).await;
    assert_eq!(closed.value("tunnels_open"), 0.0);
    assert_eq!(closed.value("bytes_total{direction=\"up\"}"), 1000.0);

    fleet.stop("web1").await;
    fleet.wait_state("web1", |state| state == NodeState::Stale).await.unwrap();
    let away = [
        ("nodes{state=\"stale\"}", 1.0),
        ("node_disconnects_total{reason=\"agent_stopped\"}", 1.0),
    ];
    let away = grown(address, &closed, &away).await;
    assert_eq!(away.value("nodes{state=\"online\"}"), 0.0);

    fleet.revoke("web1").await.unwrap();
    fleet.shutdown().spawn("on purpose", async { panic!("on purpose") });
    // A stranger that is no TLS.
    let mut stranger = TcpStream::connect(fleet.address().unwrap()).await.unwrap();
    stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let end = [
        ("revocation_cut_seconds_count", 1.0),
        ("handshakes_total{result=\"tls\"}", 1.0),
        ("panics_total", 1.0),
        ("process_cpu_seconds_total", 0.01),
    ];
    let end = grown(address, &away, &end).await;

    for (name, kind, label) in CONTRACT {
        let full = format!("tunnelctl_{name}");
        assert_eq!(end.kinds.get(&full).map(String::as_str), Some(kind), "{name}");
        let sample = match kind {
            "counter" => format!("{full}_total"),
            "histogram" => format!("{full}_count"),
            _ => full,
        };
        let found = match label {
            Some(label) => {
                let start = format!("{sample}{{{label}=\"");
                end.values.keys().any(|name| name.starts_with(&start))
            }
            None => end.values.contains_key(&sample),
        };
        assert!(found, "{sample} {label:?} in {:?}", end.values.keys());
    }
    let per_node = end.values.keys().find(|name| name.contains("web1"));
    assert_eq!(per_node, None, "grows with the fleet");
    assert!(end.value("process_resident_memory_bytes") > 1e6);
    assert!(end.value("process_open_fds") > 2.0 && end.value("process_start_time_seconds") > 1e9);
    fleet.finish().await.unwrap();
}
