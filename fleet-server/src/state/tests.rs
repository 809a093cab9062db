//! The writer against a real store thread: races, lost replies, restarts, failing and full disks.

// A failing step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::fleet::{NodeRecord, OperatorRecord};
use crate::ops::Holder;
use link::clock::Clock;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use store::{Faults, Store};
use wire::audit::{Actor, AuditResult, ChainCheck, Object};
use wire::message::operator::TokenSpec;
use wire::message::view::{Inventory, TokenKind};
use wire::{Generation, Labels, NodeId, OperatorId, TokenId};

mod trail;

const HASH: [u8; 32] = [7; 32];
/// Races in a row.
const ROUNDS: u64 = 100;

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

    /// Another server on what is durable at this instant, as after a crash.
    async fn crash(self, faults: &Faults) -> Self {
        let store = faults.reopen();
        self.stop().await;
        Self::on(store).await
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
        logged_out: None,
        id: OperatorId::from_random(1),
        name: "admin".parse().unwrap(),
        roles: vec!["admin".parse().unwrap()],
        spki: [1; 32],
        created_at: UnixMs(1),
        revoked: None,
        certificate_expires_at: UnixMs(2),
        token: None,
        terms: Vec::new(),
        ca: Default::default(),
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
        binding: Default::default(),
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
        spki: [0; 32],
        held: 0,
        holder: Holder::Only,
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
async fn fifty_racing_uses_of_one_token_make_exactly_one_node() {
    let server = Server::on(store::memory()).await;
    for round in 0..ROUNDS {
        let hash = *blake3::hash(&round.to_be_bytes()).as_bytes();
        let spec = TokenSpec {
            name: format!("round-{round}").parse().unwrap(),
            secret_hash: hash.to_vec().into(),
            ..spec(1)
        };
        let id = TokenId::from_random(round + 1);
        let create = Op::TokenCreate { actor: Actor::default(), spec, id, reason: None };
        server.state.apply(create).await.unwrap();
        let mut race = tokio::task::JoinSet::new();
        for n in 0..50 {
            let (state, op) = (server.state.clone(), racing(hash, round * 50 + n));
            race.spawn(async move { state.apply(op).await });
        }
        let mut winners = 0;
        while let Some(result) = race.join_next().await {
            match result.unwrap() {
                Ok(_) => winners += 1,
                Err(refusal) => {
                    assert_eq!(refusal.code, RefusalCode::Denied);
                    assert_eq!(refusal.message.as_str(), "token not accepted");
                }
            }
        }
        assert_eq!(winners, 1);
    }
    assert_eq!(server.state.fleet().node_count() as u64, ROUNDS);
    let trail = server.trail().await;
    check(&trail);
    let count = |action: &str, result| {
        let is_meant =
            |e: &&AuditEvent| e.entry.action.as_str() == action && e.entry.result == result;
        trail.iter().filter(is_meant).count() as u64
    };
    assert_eq!(count("node.enroll", AuditResult::Ok), ROUNDS);
    assert_eq!(count("token.use", AuditResult::Denied), 49 * ROUNDS);
    server.stop().await;
}

/// The enrolment of the `n`th machine by this token.
fn racing(hash: [u8; 32], n: u64) -> Op {
    let mut op = enrol(0);
    if let Op::Enrol { secret_hash, spki, id, .. } = &mut op {
        *secret_hash = hash;
        *spki = *blake3::hash(&n.to_le_bytes()).as_bytes();
        *id = NodeId::from_random(n + 1);
    }
    op
}

#[tokio::test]
async fn a_lost_reply_is_answered_again_after_a_restart() {
    let image = store::Image::default();
    let server = Server::on(image.open()).await;
    server.token(1).await;
    let first = node_of(&server.state.apply(enrol(1)).await.unwrap());
    server.stop().await;
    let server = Server::on(image.open()).await;
    let again = node_of(&server.state.apply(enrol(1)).await.unwrap());
    assert_eq!((again.id, &again.name), (first.id, &first.name));
    assert_eq!(server.state.apply(enrol(2)).await.unwrap_err().code, RefusalCode::Denied);
    check(&server.trail().await);
    server.stop().await;
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let image = store::Image::default();
    let server = Server::on(image.open()).await;
    server.token(9).await;
    let node = node_of(&server.state.apply(enrol(1)).await.unwrap());
    for n in 0..120 {
        server.clock.0.store(n * 1000, Relaxed);
        let mut op = connect(node.id);
        let at = server.clock.wall();
        let back = wire::message::view::Reconnect {
            at,
            down_ms: n,
            tries: Some(1),
            reason: None,
            path: None,
        };
        if let Op::Connect { returned, .. } = &mut op {
            *returned = Some(back);
        }
        server.state.apply(op).await.unwrap();
    }
    let (before, revision) = (server.state.fleet(), server.state.fleet().revision());
    server.stop().await;
    let server = Server::on(image.open()).await;
    let after = server.state.fleet();
    assert_eq!(after.id(), "fleet-1");
    assert_eq!(after.revision(), revision);
    assert!(before.nodes().eq(after.nodes()));
    assert_eq!(after.node(node.id).unwrap().reconnects.len(), 100);
    assert!(before.tokens().eq(after.tokens()));
    assert!(before.operators().eq(after.operators()));
    assert_eq!(before.rules(), after.rules());
    assert_eq!(after.rules().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_revocation_survives_a_crash_and_a_full_disk() {
    let (store, faults) = store::faulty();
    let server = Server::on(store).await;
    server.token(9).await;
    let node = node_of(&server.state.apply(enrol(1)).await.unwrap());
    faults.full(1);
    let revoke = Op::NodeRevoke { actor: Actor::default(), node: node.id, reason: None };
    let applied = server.state.apply(revoke).await.unwrap();
    assert!(applied.audit.is_some());
    assert!(server.state.fleet().node(node.id).unwrap().revoked.is_some());
    let server = server.crash(&faults).await;
    assert!(server.state.fleet().node(node.id).unwrap().revoked.is_some());
    assert_eq!(server.state.apply(connect(node.id)).await.unwrap_err().code, RefusalCode::Denied);
    check(&server.trail().await);
    server.stop().await;
}

#[tokio::test]
async fn a_full_disk_refuses_what_is_not_urgent_and_passes() {
    let (store, faults) = store::faulty();
    let server = Server::on(store).await;
    faults.full(1);
    let op = Op::TokenCreate {
        actor: Actor::default(),
        spec: spec(1),
        id: TokenId::from_random(1),
        reason: None,
    };
    let refusal = server.state.apply(op.clone()).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Server);
    assert!(refusal.message.as_str().contains("disk is full"), "{refusal}");
    assert!(server.state.writable().is_err());
    assert_eq!(server.state.fleet().tokens().count(), 0);
    server.state.apply(op).await.unwrap();
    assert!(server.state.writable().is_ok());
    server.stop().await;
}

#[tokio::test]
async fn after_a_failed_commit_nothing_is_seen_and_nothing_is_acknowledged() {
    let (store, faults) = store::faulty();
    let server = Server::on(store).await;
    server.token(9).await;
    let (revision, head) = (server.state.fleet().revision(), *server.state.audit_head().borrow());
    faults.fail_commit(1);
    let refusal = server.state.apply(enrol(1)).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Server);
    assert!(refusal.message.as_str().starts_with("the store failed"), "{refusal}");
    let why = tokio::time::timeout(Duration::from_secs(10), server.state.failed()).await.unwrap();
    assert!(!why.is_empty());
    let next = server.state.apply(enrol(2)).await.unwrap_err();
    assert_eq!(next.code, RefusalCode::Server);
    assert!(server.state.writable().is_err());
    assert_eq!(server.state.fleet().node_count(), 0);
    assert_eq!(server.state.fleet().revision(), revision);
    assert_eq!(*server.state.audit_head().borrow(), head);
    let server = server.crash(&faults).await;
    assert_eq!(server.state.fleet().node_count(), 0);
    assert!(server.state.apply(enrol(1)).await.is_ok());
    check(&server.trail().await);
    server.stop().await;
}

#[tokio::test]
async fn a_second_writer_is_noticed_instead_of_forking_the_trail() {
    let image = store::Image::default();
    let one = Server::on(image.open()).await;
    let two = Server::on(image.open()).await;
    one.token(1).await;
    let op = Op::TokenCreate {
        actor: Actor::default(),
        spec: spec(1),
        id: TokenId::from_random(2),
        reason: None,
    };
    assert_eq!(two.state.apply(op).await.unwrap_err().code, RefusalCode::Server);
    assert!(two.state.writable().is_err());
    one.stop().await;
    two.stop().await;
}

fn opened(n: u64) -> Entry {
    let object = Object { kind: "tunnel".into(), ..Object::default() };
    Entry::new("tunnel.open", Actor::default(), object).with("n", n)
}

#[tokio::test]
async fn changed_nodes_are_told_since_a_revision() {
    let server = Server::on(store::memory()).await;
    server.token(9).await;
    let start = server.state.fleet().revision();
    let node = node_of(&server.state.apply(enrol(1)).await.unwrap());
    let middle = server.state.fleet().revision();
    let other = node_of(&server.state.apply(enrol(2)).await.unwrap());
    let fleet = server.state.fleet();
    assert_eq!(fleet.nodes_changed_since(start), Some(vec![node.id, other.id]));
    assert_eq!(fleet.nodes_changed_since(middle), Some(vec![other.id]));
    assert_eq!(fleet.nodes_changed_since(fleet.revision()), Some(vec![]));
    assert_eq!(fleet.nodes_changed_since(Revision(0)), None);
    server.stop().await;
}

#[tokio::test]
async fn a_plan_says_the_same_as_the_change_and_changes_nothing() {
    let server = Server::on(store::memory()).await;
    server.token(1).await;
    let revision = server.state.fleet().revision();
    assert!(matches!(server.state.plan(&enrol(1)), Ok(Done::Enrolled(_))));
    assert_eq!(server.state.fleet().revision(), revision);
    server.state.apply(enrol(1)).await.unwrap();
    assert_eq!(server.state.plan(&enrol(2)).unwrap_err().code, RefusalCode::Denied);
    server.stop().await;
}

#[tokio::test]
async fn generations_go_on_after_a_restart() {
    let image = store::Image::default();
    let server = Server::on(image.open()).await;
    server.token(1).await;
    let id = node_of(&server.state.apply(enrol(1)).await.unwrap()).id;
    server.state.apply(connect(id)).await.unwrap();
    server.stop().await;
    let server = Server::on(image.open()).await;
    let Done::Connected(generation) = server.state.apply(connect(id)).await.unwrap().done else {
        panic!()
    };
    assert_eq!(generation, Generation(2));
    server.stop().await;
}
