//! The writer against a real store thread: races, lost replies, restarts, failing and full disks.

// A failing step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::fleet::{NodeRecord, OperatorRecord};
use link::clock::Clock;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use store::{Faults, Store};
use wire::audit::{Actor, AuditResult, ChainCheck, Object};
use wire::message::operator::TokenSpec;
use wire::message::view::{Inventory, TokenKind};
use wire::{Generation, Labels, NodeId, OperatorId, TokenId};

const HASH: [u8; 32] = [7; 32];

/// Wall time that moves when the test says so.
#[derive(Debug, Default)]
struct Still(AtomicU64);

impl Clock for Still {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
    fn wall(&self) -> UnixMs {
        UnixMs(1_800_000_000_000 + self.0.load(Relaxed))
    }
}

struct Server {
    state: State,
    thread: StoreThread,
    shutdown: Shutdown,
    clock: Arc<Still>,
}

impl Server {
    async fn on(store: Box<dyn Store>) -> Self {
        Self::try_on(store).await.expect("the state starts")
    }

    async fn try_on(store: Box<dyn Store>) -> Result<Self, OpenError> {
        let thread = StoreThread::spawn(store);
        let shutdown = Shutdown::new();
        let clock = Arc::new(Still::default());
        let state = State::start(thread.clone(), init(), clock.clone(), &shutdown).await?;
        Ok(Self { state, thread, shutdown, clock })
    }

    async fn stop(self) {
        assert_eq!(self.shutdown.finish(Duration::from_secs(10)).await, 0);
        drop(self.thread.close());
    }

    async fn token(&self, uses: u32) -> TokenId {
        let id = TokenId::from_random(1);
        let op = Op::TokenCreate { actor: Actor::default(), spec: spec(uses), id, reason: None };
        self.state.apply(op).await.unwrap();
        id
    }

    async fn trail(&self) -> Vec<AuditEvent> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let query = Query { after, limit: 200, ..Query::default() };
            let page = self.state.audit(query).await.unwrap();
            all.extend(page.events);
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }
}

fn init() -> Init {
    let admin = OperatorRecord {
        id: OperatorId::from_random(1),
        name: "admin".parse().unwrap(),
        roles: vec!["admin".parse().unwrap()],
        spki: [1; 32],
        created_at: UnixMs(1),
        revoked: None,
        certificate_expires_at: UnixMs(2),
        token: None,
    };
    Init { fleet: "fleet-1".to_owned(), admin }
}

fn spec(uses: u32) -> TokenSpec {
    TokenSpec {
        name: "rollout".parse().unwrap(),
        kind: TokenKind::Node,
        uses,
        ttl_ms: Some(60_000),
        labels: Labels::default(),
        role: None,
        secret_hash: HASH.to_vec().into(),
        allow: Vec::new(),
    }
}

fn enrol(n: u8) -> Op {
    Op::Enrol {
        secret_hash: HASH,
        spki: [n; 32],
        id: NodeId::from_random(u64::from(n) << 40),
        name: None,
        labels: Labels::default(),
        inventory: Inventory { hostname: Some("web".into()), ..Inventory::default() },
        certificate_expires_at: UnixMs(1_900_000_000_000),
        source: "192.0.2.1".into(),
        client: "tunnelctl/0".into(),
    }
}

fn connect(node: NodeId) -> Op {
    Op::Connect {
        node,
        version: "0.1.0".into(),
        inventory: Inventory::default(),
        source: "192.0.2.1".into(),
        returned: None,
        path: "tls".into(),
    }
}

fn node_of(applied: &Applied) -> Arc<NodeRecord> {
    match &applied.done {
        Done::Enrolled(node) | Done::Node(node) => Arc::clone(node),
        other => panic!("{other:?}"),
    }
}

fn check(trail: &[AuditEvent]) {
    let mut chain = ChainCheck::default();
    for (at, event) in trail.iter().enumerate() {
        assert_eq!(event.seq, at as u64 + 1);
        chain.handle(event).unwrap();
    }
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "the race needs tasks; each is awaited below")]
async fn fifty_racing_uses_of_one_token_make_exactly_one_node() {
    let server = Server::on(store::memory()).await;
    server.token(1).await;
    let race: Vec<_> = (1..=50)
        .map(|n| {
            let state = server.state.clone();
            tokio::spawn(async move { state.apply(enrol(n)).await })
        })
        .collect();
    let mut winners = Vec::new();
    let mut texts = std::collections::BTreeSet::new();
    for task in race {
        match task.await.unwrap() {
            Ok(applied) => winners.push(node_of(&applied)),
            Err(refusal) => {
                assert_eq!(refusal.code, RefusalCode::Denied);
                texts.insert(refusal.message.to_string());
            }
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(texts.into_iter().collect::<Vec<_>>(), ["token not accepted"]);
    assert_eq!(server.state.fleet().node_count(), 1);
    let trail = server.trail().await;
    check(&trail);
    let count = |action: &str, result| {
        trail
            .iter()
            .filter(|e| e.entry.action.as_str() == action && e.entry.result == result)
            .count()
    };
    assert_eq!(count("node.enroll", AuditResult::Ok), 1);
    assert_eq!(count("token.use", AuditResult::Denied), 49);
    server.stop().await;
}
