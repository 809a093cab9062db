//! Many of everything: 2,000 nodes, 500 ports, 500 rules, 500 tokens arrive whole, page by page and
//! push by push.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use fleet_server::ops::Op;
use fleet_server::state::{Init, State};
use futures::future::join_all;
use link::operator::Operator;
use link::{Shutdown, System};
use std::collections::BTreeSet;
use std::time::Duration;
use store::Store;
use store::thread::StoreThread;
use testbed::Fleet;
use testbed::fleet::PATIENCE;
use tokio::time::timeout;
use wire::audit::Actor;
use wire::message::operator::{
    More, Page, PortSpec, Push, Reply, Request, RuleSpec, Subscription, TokenSpec,
};
use wire::message::view::{DropMode, Effect, Inventory, OnDrop, TokenKind};
use wire::{Labels, NodeId, OperatorId, PortId, RuleId, SafeText, Target, TokenId, UnixMs};

const NODES: u64 = 2000;
const OTHERS: u64 = 500;

/// As long as names may be: rows at their largest.
fn name(kind: &str, n: u64) -> String {
    format!("{kind}-{n:05}-{}", "x".repeat(63 - kind.len() - 7))
}

/// Fills the store of a stopped server, without a socket.
async fn fill(store: Box<dyn Store>) {
    let (thread, shutdown) = (StoreThread::spawn(store), Shutdown::new());
    // The store has a fleet: nothing of this is used.
    let admin = fleet_server::fleet::OperatorRecord {
        logged_out: None,
        id: OperatorId::from_random(1),
        name: "nobody".parse().unwrap(),
        roles: Vec::new(),
        spki: [0; 32],
        created_at: UnixMs(0),
        revoked: None,
        certificate_expires_at: UnixMs(0),
        token: None,
        terms: Vec::new(),
        ca: fleet_server::fleet::CaStanding::default(),
    };
    let init = Init { fleet: String::new(), admin };
    let state = State::start(thread.clone(), init, System::shared(), &shutdown).await.unwrap();
    for ops in [tokens(), nodes(), ports(), disabled(), rules()] {
        for applied in join_all(ops.into_iter().map(|op| state.apply(op))).await {
            applied.unwrap();
        }
    }
    assert_eq!(shutdown.finish(PATIENCE).await, 0);
    drop(state);
    thread.close().unwrap();
}

fn tokens() -> Vec<Op> {
    let spec = |n: u64| TokenSpec {
        name: name("token", n).parse().unwrap(),
        kind: TokenKind::Node,
        uses: u32::try_from(NODES).unwrap(),
        ttl_ms: Some(600_000),
        labels: Labels::default(),
        role: None,
        secret_hash: blake3::hash(&n.to_be_bytes()).as_bytes().to_vec().into(),
        allow: Vec::new(),
        binding: Default::default(),
    };
    let create = |n| Op::TokenCreate {
        actor: Actor::default(),
        spec: spec(n),
        id: TokenId::from_random(n + 1),
        reason: None,
    };
    (0..OTHERS).map(create).collect()
}

fn nodes() -> Vec<Op> {
    let labels = || Labels::new([("site".to_owned(), "ber".to_owned())].into()).unwrap();
    let enrol = |n: u64| Op::Enrol {
        secret_hash: *blake3::hash(&0u64.to_be_bytes()).as_bytes(),
        spki: *blake3::hash(&n.to_le_bytes()).as_bytes(),
        id: NodeId::from_random(n + 1),
        name: Some(name("node", n).parse().unwrap()),
        labels: labels(),
        inventory: Inventory { hostname: Some("x".repeat(63).into()), ..Inventory::default() },
        certificate_expires_at: UnixMs(u64::MAX >> 20),
        source: "192.0.2.1".into(),
        client: "tunnelctl/0".into(),
    };
    (0..NODES).map(enrol).collect()
}

fn ports() -> Vec<Op> {
    let spec = |n: u64| PortSpec {
        name: name("port", n).parse().unwrap(),
        nodes: (0..3).map(|k| SafeText::from(name("node", n + k))).collect(),
        target: Target::new("database.internal.example", 5432).unwrap(),
        port: None,
        on_drop: OnDrop { mode: DropMode::Hold, hold_ms: None },
        max_tunnels: Some(9),
        idle_ms: Some(60_000),
        options: wire::message::view::PortOptions::default(),
    };
    let create = |n| Op::PortCreate {
        actor: Actor::default(),
        spec: spec(n),
        id: PortId::from_random(n + 1),
        reason: None,
        range: (20_000, 29_999),
        ephemeral: None,
        reserved: Vec::new(),
    };
    (0..OTHERS).map(create).collect()
}

fn disabled() -> Vec<Op> {
    let port = |n| PortId::from_random(n + 1);
    let disable =
        |n| Op::PortEnable { actor: Actor::default(), port: port(n), on: false, reason: None };
    (0..OTHERS).map(disable).collect()
}

fn rules() -> Vec<Op> {
    let spec = |n: u64| RuleSpec {
        effect: Effect::Allow,
        who: "anyone".into(),
        from: Some(format!("10.{}.{}.0/24", n / 250, n % 250).into()),
        port: Some(name("port", n).parse().unwrap()),
        until: None,
        before: None,
        disabled: false,
        anyone_really: false,
        nodes: None,
        to: None,
        at: None,
    };
    let create = |n| Op::RuleCreate {
        actor: Actor::default(),
        spec: spec(n),
        id: RuleId::from_random(n + 1),
        reason: None,
    };
    (0..OTHERS).map(create).collect()
}

/// Every row of a list by its id, page by page.
async fn all(
    operator: &Operator,
    ask: fn(Page) -> Request,
    take: fn(Reply) -> (Vec<String>, More),
) -> BTreeSet<String> {
    let (mut rows, mut after) = (BTreeSet::new(), None);
    loop {
        let reply = operator.request(ask(Page { after, limit: 0 })).await.unwrap();
        let (page, more) = take(reply);
        assert!(!page.is_empty(), "an empty page");
        for row in page {
            assert!(rows.insert(row.clone()), "{row} is there twice");
        }
        after = more.next;
        if after.is_none() {
            return rows;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_arrives_whole() {
    let (mut fleet, faults) = Fleet::faulty().await.unwrap();
    fleet.kill_server().await;
    fill(faults.reopen()).await;
    fleet.insert_disk(faults.reopen());
    fleet.start_server().await.unwrap();
    let operator = fleet.operator().await.unwrap();
    let nodes = all(&operator, Request::Nodes, |reply| match reply {
        Reply::Nodes(rows, more) => (rows.iter().map(|row| row.id.to_string()).collect(), more),
        other => panic!("{other:?}"),
    });
    assert_eq!(nodes.await.len() as u64, NODES);
    let ports = all(&operator, Request::Ports, |reply| match reply {
        Reply::Ports(rows, more) => (rows.iter().map(|row| row.id.to_string()).collect(), more),
        other => panic!("{other:?}"),
    });
    assert_eq!(ports.await.len() as u64, OTHERS);
    let rules = all(&operator, Request::Rules, |reply| match reply {
        Reply::Rules(rows, more) => (rows.iter().map(|row| row.id.to_string()).collect(), more),
        other => panic!("{other:?}"),
    });
    assert_eq!(rules.await.len() as u64, OTHERS + 1, "and the one of the admins");
    let tokens = all(&operator, Request::Tokens, |reply| match reply {
        Reply::Tokens(rows, more) => (rows.iter().map(|row| row.id.to_string()).collect(), more),
        other => panic!("{other:?}"),
    });
    assert_eq!(tokens.await.len() as u64, OTHERS);
    assert_eq!(pushed(&operator).await, (usize::try_from(NODES).unwrap(), 500));
    fleet.finish().await.unwrap();
}

/// How many nodes and ports the first full sets of a subscription hold.
async fn pushed(operator: &Operator) -> (usize, usize) {
    let wanted = Subscription { nodes: true, ports: true, ..Subscription::default() };
    let mut pushes = operator.subscribe(wanted).await.unwrap();
    let (mut nodes, mut ports) = (BTreeSet::new(), BTreeSet::new());
    let (mut all_nodes, mut all_ports) = (false, false);
    while !(all_nodes && all_ports) {
        let push = timeout(PATIENCE + Duration::from_secs(20), pushes.recv()).await.unwrap();
        match push.unwrap() {
            Push::Nodes { changed, complete, .. } => {
                nodes.extend(changed.into_iter().map(|node| node.id));
                all_nodes |= complete;
            }
            Push::Ports { ports: some, more, .. } => {
                ports.extend(some.into_iter().map(|port| port.id));
                all_ports |= more.is_none();
            }
            other => panic!("{other:?}"),
        }
    }
    (nodes.len(), ports.len())
}
