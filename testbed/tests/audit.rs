//! What is written down: every action with who, from where, to what, how it went, and its data.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use link::operator::Operator;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::message::operator::{Intent, Page, Reply, Request};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::{Labels, RequestId, SafeText, Target};

/// Who acts in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// An operator: name, role, address and program.
    Operator,
    /// A node: its name and address.
    Node,
    /// Somebody without a name: an address.
    Stranger,
    /// The server itself.
    Server,
}

/// Action, result, who, the object's kind, and what its data hold.
type Line = (&'static str, &'static str, By, &'static str, &'static [&'static str]);

/// What is written down of a certificate.
const ISSUED: &[&str] = &["serial", "not_after", "issuer", "by"];

const TABLE: &[Line] = &[
    ("server.start", "ok", By::Server, "server", &["version"]),
    ("server.stop", "ok", By::Server, "server", &["cut_tunnels"]),
    ("ca.issue", "ok", By::Server, "server", ISSUED),
    ("ca.issue", "ok", By::Server, "node", ISSUED),
    ("ca.issue", "ok", By::Server, "operator", ISSUED),
    ("operator.login", "ok", By::Operator, "operator", &["expires_at"]),
    ("operator.renew", "ok", By::Operator, "operator", &["expires_at"]),
    ("token.create", "ok", By::Operator, "token", &["kind", "uses", "expires_at"]),
    ("token.use", "ok", By::Stranger, "token", &["key", "left"]),
    ("token.use", "denied", By::Stranger, "token", &["key", "why"]),
    ("token.revoke", "ok", By::Operator, "token", &["reason"]),
    ("node.enroll", "ok", By::Node, "node", &["token", "client"]),
    ("node.connect", "ok", By::Node, "node", &["generation", "path", "version"]),
    ("node.disconnect", "ok", By::Node, "node", &["generation", "reason"]),
    ("node.renew", "ok", By::Node, "node", &["expires_at"]),
    ("node.update", "ok", By::Operator, "node", &["labels", "owner", "reason"]),
    ("node.rename", "ok", By::Operator, "node", &["to", "reason"]),
    ("node.revoke", "ok", By::Operator, "node", &["reason"]),
    ("node.revoke.cut", "ok", By::Operator, "node", &["cut_tunnels", "last_byte_ms", "total_ms"]),
    ("node.delete", "ok", By::Operator, "node", &["reason"]),
    ("port.create", "ok", By::Operator, "port", &["number", "target"]),
    ("port.disable", "ok", By::Operator, "port", &["reason"]),
    ("port.enable", "ok", By::Operator, "port", &["reason"]),
    ("port.delete", "ok", By::Operator, "port", &["number", "reason"]),
    ("rule.create", "ok", By::Operator, "rule", &["effect", "who", "from", "port"]),
    ("rule.delete", "ok", By::Operator, "rule", &["effect", "who", "reason"]),
    ("tunnel.denied", "denied", By::Stranger, "port", &["target", "rule"]),
    ("tunnel.open", "ok", By::Stranger, "node", &["tunnel", "target", "type", "rule", "port"]),
    ("tunnel.open", "ok", By::Operator, "node", &["tunnel", "target", "type", "rule", "note"]),
    (
        "tunnel.close",
        "ok",
        By::Operator,
        "node",
        &["tunnel", "target", "type", "reason", "by", "up_bytes", "down_bytes", "duration_ms"],
    ),
    ("tunnel.close", "failed", By::Operator, "node", &["tunnel", "target", "reason", "by"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_action_is_written_down_with_all_its_parts() {
    let mut fleet = Fleet::start().await.unwrap();
    let mut access = fleet.access().unwrap();
    let run = RequestId::from_random(77);
    access.request = Some(run);
    let operator = Operator::connect(&access, fleet.shutdown()).await.unwrap();
    nodes_and_tokens(&mut fleet, &operator).await;
    ports_rules_and_tunnels(&mut fleet, &operator).await;
    endings(&operator).await;
    fleet.take_server().unwrap().drain(Duration::from_millis(100)).await;
    fleet.start_server().await.unwrap();

    let trail = fleet.audit().await.unwrap();
    let trail: Vec<Value> = trail.iter().map(|e| serde_json::to_value(e).unwrap()).collect();
    let missing: Vec<&Line> =
        TABLE.iter().filter(|line| !trail.iter().any(|record| is(record, line))).collect();
    let actions: Vec<&Value> = trail.iter().map(|record| &record["action"]).collect();
    assert!(missing.is_empty(), "{missing:#?}\nin {actions:?}\n{:#}", trail[trail.len() / 2]);
    // What is not in the table is not written, but for the first admin, whom nobody enrolled.
    let known = |record: &&Value| TABLE.iter().any(|line| record["action"] == line.0);
    let unknown: Vec<&Value> = trail.iter().filter(|record| !known(record)).collect();
    assert!(unknown.len() == 1 && unknown[0]["action"] == "operator.enroll", "{unknown:#?}");
    // The run's own id leads from an error message to its records.
    let of_run = |action: &str| {
        let is_of = |record: &&Value| record["actor"]["request"] == run.to_string();
        trail.iter().filter(is_of).any(|record| record["action"] == action)
    };
    for action in
        ["operator.login", "node.rename", "tunnel.open", "tunnel.close", "node.revoke.cut"]
    {
        assert!(of_run(action), "{action} without the id of its run");
    }
    fleet.finish().await.unwrap();
}

/// Whether a record is what a line of the table says.
fn is(record: &Value, (action, result, by, kind, data): &Line) -> bool {
    let has = |of: &Value, keys: &[&str]| keys.iter().all(|key| !of[*key].is_null());
    let (actor, object) = (&record["actor"], &record["object"]);
    let acts = match by {
        By::Operator => has(actor, &["operator", "role", "source_ip", "client"]),
        By::Node => has(actor, &["node", "source_ip"]),
        By::Stranger => has(actor, &["source_ip"]) && !has(actor, &["operator"]),
        By::Server => actor.as_object().unwrap().values().all(Value::is_null),
    };
    // Rules have no name, and the certificate of a server knows only its id.
    let nameless = *kind == "rule" || (*action == "ca.issue" && *kind == "server");
    let named: &[&str] = if nameless { &["id"] } else { &["id", "name"] };
    record["action"] == *action
        && record["result"] == *result
        && acts
        && object["kind"] == *kind
        && has(object, named)
        && has(&record["data"], data)
        && has(record, &["id", "seq", "at", "prev_hash", "hash"])
}

fn intent() -> Intent {
    Intent { dry_run: false, reason: Some("INC-1".into()) }
}

async fn done(operator: &Operator, request: Request) -> Reply {
    operator.request(request).await.unwrap()
}

async fn nodes_and_tokens(fleet: &mut Fleet, operator: &Operator) {
    let token = fleet.token("once").await.unwrap();
    let link = fleet.link().await.unwrap();
    for name in ["first", "second"] {
        // The second machine finds the token used up.
        let spec = fleet.enrolment(name, token.clone(), link.address).unwrap();
        let _ = agent::enrol::enrol(spec, |_| {}).await;
    }
    fleet.token("unused").await.unwrap();
    done(operator, Request::TokenRevoke { token: "unused".into(), intent: intent() }).await;
    fleet.enrol("web1").await.unwrap();
    let node = || SafeText::from("web1");
    let update = Request::NodeUpdate {
        node: node(),
        set: Labels::new([("site".to_owned(), "ber".to_owned())].into()).unwrap(),
        unset: Vec::new(),
        owner: Some("mira".into()),
        intent: intent(),
    };
    done(operator, update).await;
    for (from, to) in [("web1", "web2"), ("web2", "web1")] {
        let to = to.parse().unwrap();
        done(operator, Request::NodeRename { node: from.into(), to, intent: intent() }).await;
    }
    // Behind two thirds of its certificate's life: the agent renews at once.
    let clock = std::sync::Arc::new(testbed::clock::Ahead(Duration::from_secs(18 * 3600)));
    fleet.run_by("web1", clock).await.unwrap();
    fleet.wait_online("web1").await.unwrap();
    recorded(operator, "node.renew").await;
    let key = pki::KeyPair::load(&fleet.server().unwrap().admin().key).unwrap();
    done(operator, Request::Renew { csr: key.csr().unwrap().into() }).await;
}

async fn ports_rules_and_tunnels(fleet: &mut Fleet, operator: &Operator) {
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let port = fleet.publish("db", "web1", target.clone(), None).await.unwrap().public.port;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    assert!(visit(address).await.is_err(), "admitted without a rule");
    fleet.admit("db", "127.0.0.0/8").await.unwrap();
    visit(address).await.unwrap();
    for on in [false, true] {
        let request = Request::PortEnable { port: "db".into(), on, intent: intent() };
        done(operator, request).await;
    }
    let open = |target: Target| OperatorOpen {
        to: OpenTo::Node { node: "web1".into(), target },
        kind: TunnelType::Connect,
        note: Some("INC-1".into()),
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    let (opened, stream) = operator.open(&open(target)).await.unwrap();
    drop((opened, stream));
    let nobody = Target::new("192.0.2.1", 80).unwrap();
    assert!(operator.open(&open(nobody)).await.is_err());
}

async fn visit(address: SocketAddr) -> std::io::Result<()> {
    let mut tcp = TcpStream::connect(address).await?;
    tcp.write_all(b"hello").await?;
    timeout(PATIENCE, tcp.read_exact(&mut [0; 5])).await??;
    Ok(())
}

async fn endings(operator: &Operator) {
    let page = Page { after: None, limit: 10 };
    let Reply::Rules(rules, _) = done(operator, Request::Rules(page)).await else { panic!() };
    let rule = rules.iter().find(|rule| rule.port.is_some()).unwrap().id.to_string().into();
    done(operator, Request::RuleDelete { rule, intent: intent() }).await;
    done(operator, Request::PortDelete { port: "db".into(), intent: intent() }).await;
    done(operator, Request::NodeRevoke { node: "web1".into(), intent: intent() }).await;
    recorded(operator, "node.disconnect").await;
    done(operator, Request::NodeDelete { node: "web1".into(), intent: intent() }).await;
}

/// Waits for a record of this action.
async fn recorded(operator: &Operator, action: &str) {
    until(action, PATIENCE, || async {
        let request = Request::Audit {
            after: None,
            backwards: true,
            limit: 1,
            action: Some(action.into()),
            since: None,
            until: None,
        };
        match operator.request(request).await {
            Ok(Reply::Audit { events, .. }) if !events.is_empty() => Some(()),
            _ => None,
        }
    })
    .await
    .unwrap();
}
