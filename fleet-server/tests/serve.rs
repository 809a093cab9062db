//! A server in this process, met through its sockets only.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use fleet_server::config::Metrics;
use fleet_server::{Config, Server, StartError, init};
use link::operator::{Access, Operator};
use link::tls::{ClientTls, Credentials};
use link::{Shutdown, System};
use pki::{KeyPair, Trust};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::RefusalCode;
use wire::message::operator::{
    Intent, Page, PortSpec, Reply, Request, RuleSpec, Subscription, TokenSpec,
};
use wire::message::view::{DropMode, Effect, OnDrop, PortState, TokenKind};

fn config(dir: &Path) -> Config {
    let mut config = Config::new(dir.join("server"));
    config.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.metrics = Metrics::Explicit("127.0.0.1:0".parse().unwrap());
    config
}

async fn operator(server: &Server, shutdown: &Shutdown) -> Operator {
    let admin = server.admin();
    let root = pki::pem::load_certificate(&admin.ca).unwrap();
    let chain = pki::pem::load_certificates(&admin.certificate).unwrap();
    let key = KeyPair::load(&admin.key).unwrap();
    let credentials = Credentials::new(chain, &key).unwrap();
    let access = Access {
        servers: server.token_addresses().to_vec(),
        ladder: Default::default(),
        tls: ClientTls::authenticated(&Trust::new(root).unwrap(), credentials).unwrap(),
        client: "test".to_owned(),
        timeout: Duration::from_secs(10),
        request: None,
    };
    Operator::connect(&access, shutdown).await.unwrap()
}

async fn https(server: &Server, request: &[u8]) -> String {
    let tls = ClientTls::pinned(server.admin().ca_pin).unwrap();
    let address = server.addresses()[0].to_string();
    let within = Duration::from_secs(10);
    let mut conn = link::dial::dial(&address, &tls, wire::alpn::HTTP, within).await.unwrap();
    conn.io.write_all(request).await.unwrap();
    let mut answer = String::new();
    conn.io.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_answers_health_and_metrics_and_drains() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(config(dir.path()), System::shared()).await.unwrap();
    let health = https(&server, b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(health.starts_with("HTTP/1.1 200 OK") && health.ends_with("ok\n"), "{health}");
    let mut scrape = TcpStream::connect(server.metrics().unwrap()).await.unwrap();
    scrape.write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut text = String::new();
    scrape.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("tunnelctl_handshakes_total{result=\"ok\"} 1"), "{text}");
    assert_eq!(server.drain(Duration::from_secs(1)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_is_told_who_holds_the_directory_and_a_restart_keeps_it() {
    let dir = tempfile::tempdir().unwrap();
    let admin = init(&config(dir.path()), &System::shared()).unwrap();
    let server = Server::start(config(dir.path()), System::shared()).await.unwrap();
    let second = Server::start(config(dir.path()), System::shared()).await.err().unwrap();
    assert!(matches!(second, StartError::InUse { .. }), "{second}");
    server.abort().await;
    let server = Server::start(config(dir.path()), System::shared()).await.unwrap();
    assert_eq!((&server.admin().fleet, server.admin().ca_pin), (&admin.fleet, admin.ca_pin));
    server.drain(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_admin_asks_and_changes() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(config(dir.path()), System::shared()).await.unwrap();
    let shutdown = Shutdown::new();
    let operator = operator(&server, &shutdown).await;
    assert_eq!(operator.whoami().operator.as_str(), "admin");
    let spec = TokenSpec {
        name: "one".parse().unwrap(),
        kind: TokenKind::Node,
        uses: 1,
        ttl_ms: Some(60_000),
        labels: Default::default(),
        role: None,
        secret_hash: vec![7; 32].into(),
        allow: Vec::new(),
        binding: Default::default(),
    };
    let create = Request::TokenCreate { spec, intent: Intent::default() };
    let Reply::Token { token, addresses, ca_pin } = operator.request(create).await.unwrap() else {
        panic!("a creation answers with the token")
    };
    assert_eq!(addresses.len(), server.token_addresses().len());
    assert_eq!(ca_pin.as_slice(), server.admin().ca_pin);
    let list = operator.request(Request::Tokens(Page::default())).await.unwrap();
    assert!(matches!(&list, Reply::Tokens(rows, _) if rows.len() == 1 && rows[0].id == token.id));
    let absent = operator.request(Request::Node("nobody".into())).await.unwrap_err();
    match absent {
        link::operator::OperatorError::Refused(refusal) => {
            assert_eq!(refusal.code, RefusalCode::NotFound);
        }
        other => panic!("{other}"),
    }
    let audit = Request::Audit {
        after: None,
        backwards: false,
        limit: 100,
        action: None,
        since: None,
        until: None,
    };
    let Reply::Audit { events, .. } = operator.request(audit).await.unwrap() else { panic!() };
    let actions: Vec<&str> = events.iter().map(|event| event.entry.action.as_str()).collect();
    assert!(actions.contains(&"server.start") && actions.contains(&"token.create"), "{actions:?}");
    operator.close();
    server.drain(Duration::ZERO).await;
    assert_eq!(shutdown.finish(Duration::from_secs(5)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_start_with_full_sets() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(config(dir.path()), System::shared()).await.unwrap();
    let shutdown = Shutdown::new();
    let operator = operator(&server, &shutdown).await;
    let wanted = Subscription {
        nodes: true,
        tunnels: true,
        ports: true,
        server: true,
        audit_after: Some(0),
    };
    let mut pushes = operator.subscribe(wanted).await.unwrap();
    let (mut nodes, mut tunnels, mut ports, mut state, mut audit) =
        (false, false, false, false, false);
    while !(nodes && tunnels && ports && state && audit) {
        use wire::message::operator::Push;
        let push = tokio::time::timeout(Duration::from_secs(10), pushes.recv()).await;
        match push.expect("pushes go on").expect("the connection lives") {
            Push::Nodes { complete, .. } => nodes |= complete,
            Push::Tunnels { complete, .. } => tunnels |= complete,
            Push::Ports { .. } => ports = true,
            Push::Server(view) => state = view.healthy,
            Push::Audit(events) => audit |= events.first().is_some_and(|event| event.seq == 1),
            other => panic!("{other:?}"),
        }
    }
    server.abort().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn draining_refuses_tunnels_and_is_heard_by_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(config(dir.path()), System::shared()).await.unwrap();
    let shutdown = Shutdown::new();
    let operator = operator(&server, &shutdown).await;
    operator.request(Request::Drain { for_ms: 1500, intent: Intent::default() }).await.unwrap();
    let grace = tokio::time::timeout(Duration::from_secs(5), server.drain_asked()).await.unwrap();
    assert_eq!(grace, Duration::from_millis(1500));
    let ready = https(&server, b"GET /readyz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    server.drain(grace).await;
}

/// A port without a node can't be made, so this only shows what a visitor may learn: nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_node_behind_a_port_is_refused_and_a_rule_needs_its_port() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(config(dir.path()), System::shared()).await.unwrap();
    let shutdown = Shutdown::new();
    let operator = operator(&server, &shutdown).await;
    let spec = PortSpec {
        name: "db".parse().unwrap(),
        nodes: vec!["web1".into()],
        target: "localhost:5432".parse().unwrap(),
        port: None,
        on_drop: OnDrop { mode: DropMode::Refuse, hold_ms: None },
        max_tunnels: None,
        idle_ms: None,
        options: wire::message::view::PortOptions::default(),
    };
    let create = Request::PortCreate { spec, intent: Intent::default() };
    assert!(operator.request(create).await.is_err());
    let Reply::Ports(rows, _) = operator.request(Request::Ports(Page::default())).await.unwrap()
    else {
        panic!("ports answer with ports")
    };
    assert!(rows.iter().all(|port| port.state == PortState::Serving) && rows.is_empty());
    let spec = RuleSpec {
        effect: Effect::Allow,
        who: "anyone".into(),
        from: Some("10.0.0.0/8".into()),
        port: Some("db".parse().unwrap()),
        until: None,
        before: None,
        disabled: false,
        anyone_really: false,
        nodes: None,
        to: None,
        at: None,
    };
    let create = Request::RuleCreate { spec, intent: Intent::default() };
    assert!(operator.request(create).await.is_err());
    server.abort().await;
}
