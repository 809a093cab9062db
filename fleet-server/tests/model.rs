//! Random changes against a reference too simple to be wrong, with restarts and failing commits in
//! between: what was acknowledged is there, and nothing else.

// A failing step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use fleet_server::audit::Query;
use fleet_server::fleet::{Fleet, OperatorRecord};
use fleet_server::ops::{Done, Op};
use fleet_server::state::{Init, State};
use link::clock::Clock;
use link::{SharedClock, Shutdown};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use store::thread::StoreThread;
use wire::audit::{Actor, ChainCheck};
use wire::message::operator::{PortSpec, TokenSpec};
use wire::message::view::{DropMode, Inventory, OnDrop, TokenKind};
use wire::{
    DisconnectReason, Generation, Labels, NodeId, OperatorId, PortId, RefusalCode, TokenId, UnixMs,
};

const DAY: u64 = 24 * 3600 * 1000;
const START: u64 = 1_800_000_000_000;

#[derive(Debug, Clone)]
enum Step {
    Token { n: u8, uses: u8 },
    RevokeToken { n: u8 },
    Enrol { token: u8, key: u8, name: u8 },
    Connect { key: u8 },
    Disconnect { key: u8, behind: u64 },
    Rename { key: u8, name: u8 },
    Revoke { key: u8 },
    Delete { key: u8 },
    Publish { n: u8, key: u8, number: Option<u16> },
    Withdraw { n: u8 },
    Wait { days: u64 },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let small = 0u8..5;
    prop_oneof![
        1 => (0u8..3, 1u8..4).prop_map(|(n, uses)| Step::Token { n, uses }),
        1 => (0u8..3).prop_map(|n| Step::RevokeToken { n }),
        4 => (0u8..3, small.clone(), small.clone())
            .prop_map(|(token, key, name)| Step::Enrol { token, key, name }),
        3 => small.clone().prop_map(|key| Step::Connect { key }),
        2 => (small.clone(), 0u64..2).prop_map(|(key, behind)| Step::Disconnect { key, behind }),
        1 => (small.clone(), small.clone()).prop_map(|(key, name)| Step::Rename { key, name }),
        1 => small.clone().prop_map(|key| Step::Revoke { key }),
        1 => small.clone().prop_map(|key| Step::Delete { key }),
        1 => (small.clone(), small.clone(), proptest::option::of(20_000u16..20_003))
            .prop_map(|(n, key, number)| Step::Publish { n, key, number }),
        1 => small.prop_map(|n| Step::Withdraw { n }),
        1 => (0u64..20).prop_map(|days| Step::Wait { days }),
        1 => Just(Step::Restart),
    ]
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    left: u8,
    ends: u64,
    revoked: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Node {
    token: u8,
    name: u8,
    generation: u64,
    connected: bool,
    revoked: bool,
    seen: u64,
}

#[derive(Debug, Clone, PartialEq)]
struct Port {
    number: u16,
    key: u8,
}

/// The reference: a few maps and the rules in their shortest form.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    tokens: BTreeMap<u8, Token>,
    nodes: BTreeMap<u8, Node>,
    ports: BTreeMap<u8, Port>,
}

type Verdict = Result<(), RefusalCode>;

impl Model {
    fn run(&mut self, step: &Step, now: u64) -> Verdict {
        use RefusalCode::{Conflict, Denied, NotFound};
        match step {
            Step::Token { n, uses } => {
                // Ids and secrets are for life, and so a second token n is refused as such.
                if self.tokens.contains_key(n) {
                    return Err(RefusalCode::Server);
                }
                self.tokens.insert(*n, Token { left: *uses, ends: now + 30 * DAY, revoked: false });
            }
            Step::RevokeToken { n } => self.tokens.get_mut(n).ok_or(NotFound)?.revoked = true,
            Step::Enrol { token, key, name } => return self.enrol(*token, *key, *name, now),
            Step::Connect { key } => {
                let node = self.nodes.get_mut(key).filter(|n| !n.revoked).ok_or(Denied)?;
                node.generation += 1;
                node.connected = true;
                node.seen = now;
            }
            Step::Disconnect { key, behind } => {
                let node = self.nodes.get_mut(key).filter(|node| node.connected && *behind == 0);
                if let Some(node) = node {
                    node.connected = false;
                    node.seen = now;
                }
            }
            Step::Rename { key, name } => {
                let taken = self.nodes.iter().any(|(k, n)| k != key && n.name == *name);
                let node = self.nodes.get_mut(key).ok_or(NotFound)?;
                if taken {
                    return Err(Conflict);
                }
                node.name = *name;
            }
            Step::Revoke { key } => self.nodes.get_mut(key).ok_or(NotFound)?.revoked = true,
            Step::Delete { key } => {
                let node = self.nodes.get(key).ok_or(NotFound)?;
                let serves = self.ports.values().any(|port| port.key == *key);
                if serves || (!node.revoked && now - node.seen <= 30 * DAY) {
                    return Err(Conflict);
                }
                self.nodes.remove(key);
            }
            Step::Publish { n, key, number } => return self.publish(*n, *key, *number),
            Step::Withdraw { n } => {
                self.ports.remove(n).ok_or(NotFound)?;
            }
            Step::Wait { .. } | Step::Restart => {}
        }
        Ok(())
    }

    fn enrol(&mut self, token: u8, key: u8, name: u8, now: u64) -> Verdict {
        use RefusalCode::{Conflict, Denied};
        // Who came in time may come late for the reply that was lost.
        let is_known = self.nodes.get(&key).is_some_and(|node| node.token == token);
        let good = |t: &&mut Token| !t.revoked && (now < t.ends || is_known);
        let used = self.tokens.get_mut(&token).filter(good).ok_or(Denied)?;
        if let Some(node) = self.nodes.get(&key) {
            return match (node.token == token, node.revoked) {
                (false, _) => Err(Conflict),
                (true, true) => Err(Denied),
                (true, false) => Ok(()),
            };
        }
        if used.left == 0 {
            return Err(Denied);
        }
        if self.nodes.values().any(|node| node.name == name) {
            return Err(Conflict);
        }
        used.left -= 1;
        let node = Node { token, name, generation: 0, connected: false, revoked: false, seen: now };
        self.nodes.insert(key, node);
        Ok(())
    }

    fn publish(&mut self, n: u8, key: u8, number: Option<u16>) -> Verdict {
        use RefusalCode::{Conflict, NotFound};
        if self.ports.contains_key(&n) {
            return Err(Conflict);
        }
        let node = self.nodes.get(&key).ok_or(NotFound)?;
        let is_free = |number: &u16| self.ports.values().all(|port| port.number != *number);
        if node.revoked {
            return Err(Conflict);
        }
        let number = match number {
            Some(number) => Some(number).filter(is_free),
            None => (20_000..=20_002).find(is_free),
        };
        let port = Port { number: number.ok_or(Conflict)?, key };
        self.ports.insert(n, port);
        Ok(())
    }

    /// The same, as the fleet shows it.
    fn of(fleet: &Fleet) -> Self {
        let key = |id: NodeId| fleet.node(id).unwrap().spki[0];
        let tokens = fleet.tokens().map(|t| {
            let token = Token {
                left: u8::try_from(t.uses.left).unwrap(),
                ends: t.expires_at.unwrap().0,
                revoked: t.revoked.is_some(),
            };
            (t.hash[0], token)
        });
        let nodes = fleet.nodes().map(|n| {
            let node = Node {
                token: fleet.token(n.token).unwrap().hash[0],
                name: n.name.as_str().strip_prefix("web").unwrap().parse().unwrap(),
                generation: n.generation.0,
                connected: n.generation.0 > 0 && n.disconnected.is_none(),
                revoked: n.revoked.is_some(),
                seen: n.last_seen.unwrap_or(n.enrolled_at).0,
            };
            (n.spki[0], node)
        });
        let ports = fleet.ports().map(|p| {
            let n = p.name.as_str().strip_prefix("port").unwrap().parse().unwrap();
            (n, Port { number: p.number, key: key(p.nodes[0]) })
        });
        Self { tokens: tokens.collect(), nodes: nodes.collect(), ports: ports.collect() }
    }
}

#[derive(Debug, Default)]
struct Hand(AtomicU64);

impl Clock for Hand {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
    fn wall(&self) -> UnixMs {
        UnixMs(START + self.0.load(Relaxed))
    }
}

struct Running {
    state: State,
    shutdown: Shutdown,
    thread: StoreThread,
}

impl Running {
    async fn start(store: Box<dyn store::Store>, clock: &Arc<Hand>) -> Self {
        let shutdown = Shutdown::new();
        let thread = StoreThread::spawn(store);
        let clock: SharedClock = clock.clone();
        let state = State::start(thread.clone(), init(), clock, &shutdown).await.unwrap();
        Self { state, shutdown, thread }
    }

    /// Another server on what is durable at this instant, as after a crash.
    async fn crash(self, faults: &store::Faults, clock: &Arc<Hand>) -> Self {
        let store = faults.reopen();
        self.end().await;
        Self::start(store, clock).await
    }

    async fn end(self) {
        assert_eq!(self.shutdown.finish(Duration::from_secs(20)).await, 0);
        drop(self.thread.close());
    }

    async fn verify_trail(&self) {
        let (mut check, mut after) = (ChainCheck::default(), None);
        loop {
            let query = Query { after, limit: 200, ..Query::default() };
            let page = self.state.audit(query).await.unwrap();
            page.events.iter().for_each(|event| check.handle(event).unwrap());
            after = page.next;
            if after.is_none() {
                return assert_eq!(check.head().unwrap().0, page.head);
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
    Init { fleet: "model".to_owned(), admin }
}

fn op(step: &Step, fleet: &Fleet, now: UnixMs, fresh: u64) -> Option<Op> {
    let (actor, reason) = (Actor::default(), None);
    let id = |key: u8| {
        let known = fleet.nodes().find(|node| node.spki[0] == key);
        known.map_or(NodeId::from_random(u64::MAX), |node| node.id)
    };
    let token = |n: u8| TokenId::from_random(u64::from(n) + 1);
    Some(match step {
        Step::Token { n, uses } => Op::TokenCreate {
            actor,
            spec: TokenSpec {
                name: format!("t{n}").parse().unwrap(),
                kind: TokenKind::Node,
                uses: u32::from(*uses),
                ttl_ms: Some(30 * DAY),
                labels: Labels::default(),
                role: None,
                secret_hash: vec![*n; 32].into(),
                allow: Vec::new(),
                binding: Default::default(),
            },
            id: token(*n),
            reason,
        },
        Step::RevokeToken { n } => Op::TokenRevoke { actor, token: token(*n), reason },
        Step::Enrol { token, key, name } => Op::Enrol {
            secret_hash: [*token; 32],
            spki: [*key; 32],
            id: NodeId::from_random(fresh),
            name: Some(format!("web{name}").parse().unwrap()),
            labels: Labels::default(),
            inventory: Inventory::default(),
            certificate_expires_at: UnixMs(1),
            source: "192.0.2.1".into(),
            client: "model".into(),
        },
        Step::Connect { key } => Op::Connect {
            node: id(*key),
            spki: [0; 32],
            held: 0,
            holder: fleet_server::ops::Holder::Only,
            version: "0".into(),
            inventory: Inventory::default(),
            source: "192.0.2.1".into(),
            returned: None,
            path: "tls".into(),
        },
        Step::Disconnect { key, behind } => {
            let newest = fleet.node(id(*key)).map_or(0, |node| node.generation.0);
            Op::Disconnect {
                node: id(*key),
                // Before its first connection a node has none that could end.
                generation: Generation(newest.checked_sub(*behind).filter(|g| *g > 0)?),
                reason: DisconnectReason::PeerReset,
                last_seen: now,
                source: "192.0.2.1".into(),
            }
        }
        Step::Rename { key, name } => {
            let to = format!("web{name}").parse().unwrap();
            Op::NodeRename { actor, node: id(*key), to, reason }
        }
        Step::Revoke { key } => Op::NodeRevoke { actor, node: id(*key), reason },
        Step::Delete { key } => Op::NodeDelete { actor, node: id(*key), reason },
        Step::Publish { n, key, number } => Op::PortCreate {
            actor,
            spec: PortSpec {
                name: format!("port{n}").parse().unwrap(),
                nodes: vec![id(*key).to_string().into()],
                target: "localhost:80".parse().unwrap(),
                port: *number,
                on_drop: OnDrop { mode: DropMode::Refuse, hold_ms: None },
                max_tunnels: None,
                idle_ms: None,
                options: wire::message::view::PortOptions::default(),
            },
            id: PortId::from_random(fresh),
            reason,
            range: (20_000, 20_002),
            ephemeral: None,
            reserved: Vec::new(),
        },
        Step::Withdraw { n } => {
            let port = fleet.port_by_name(&format!("port{n}"));
            let port = port.map_or(PortId::from_random(u64::MAX), |port| port.id);
            Op::PortDelete { actor, port, reason }
        }
        Step::Wait { .. } | Step::Restart => return None,
    })
}

/// Runs the steps; from the `failing`th commit on the store fails, and comes back once.
async fn play(steps: &[Step], failing: Option<u64>) {
    let (store, faults) = store::faulty();
    let clock = Arc::new(Hand::default());
    let mut server = Running::start(store, &clock).await;
    let mut model = Model::default();
    if let Some(nth) = failing {
        faults.fail_commit(nth);
    }
    for (at, step) in steps.iter().enumerate() {
        let now = clock.wall();
        match step {
            Step::Wait { days } => drop(clock.0.fetch_add(days * DAY, Relaxed)),
            Step::Restart => {
                server = server.crash(&faults, &clock).await;
            }
            _ => {}
        }
        let Some(op) = op(step, &server.state.fleet(), now, at as u64 + 1000) else {
            assert_eq!(Model::of(&server.state.fleet()), model, "after {at} {step:?}");
            continue;
        };
        let before = model.clone();
        let expected = model.run(step, now.0);
        match server.state.apply(op).await {
            Ok(applied) => {
                assert_eq!(expected, Ok(()), "{at} {step:?}");
                assert!(!matches!(applied.done, Done::Operator(_)));
            }
            Err(refusal) if server.state.writable().is_err() => {
                assert_eq!(refusal.code, RefusalCode::Server);
                model = before;
                assert_eq!(Model::of(&server.state.fleet()), model, "unseen: {at} {step:?}");
                server = server.crash(&faults, &clock).await;
            }
            Err(refusal) => assert_eq!(expected, Err(refusal.code), "{at} {step:?}: {refusal}"),
        }
        assert_eq!(Model::of(&server.state.fleet()), model, "after {at} {step:?}");
    }
    let server = server.crash(&faults, &clock).await;
    assert_eq!(Model::of(&server.state.fleet()), model, "reopened");
    server.verify_trail().await;
    server.end().await;
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_state_does_what_the_reference_does(
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        block_on(play(&steps, None));
    }

    #[test]
    fn a_failing_commit_loses_exactly_what_was_not_acknowledged(
        steps in proptest::collection::vec(step(), 1..60),
        nth in 1u64..40,
    ) {
        block_on(play(&steps, Some(nth)));
    }
}
