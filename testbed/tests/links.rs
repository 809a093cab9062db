//! Links (F2.12): what comes in at one node's listener leads to a target at another node, kept up by the
//! server alone; under the rules with the first node as "who", the grants of both owners, and audited.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use agent::Config;
use link::lane::Acceptor;
use std::io::ErrorKind;
use std::net::SocketAddr;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::because;
use testbed::fleet::people::{allow, policy};
use testbed::fleet::raw::{Raw, agent_hello, hello};
use testbed::service::{self, Pattern};
use testbed::{Fleet, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use wire::audit::{AuditEvent, Value};
use wire::limits::{LINK_JOINING, MAX_FRAME_OPEN};
use wire::message::ToServer;
use wire::message::operator::{
    AccessQuestion, Intent, LinkReply, LinkRequest, LinkSpec, Page, PolicyReply, PolicyRequest,
    Reply, Request,
};
use wire::message::tunnel::{AgentOpen, Answer, Arrival, AtNode, Opened};
use wire::message::view::{LinkState, LinkView, LockKind, LockMode, RuleView, TunnelView};
use wire::{CloseReason, LaneId, RefusalCode, codec};

/// An address of the loopback network that is free at this moment.
fn free() -> SocketAddr {
    let probe = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    probe.local_addr().unwrap()
}

/// The owner of a node says which listeners may be opened there.
fn grant(fleet: &Fleet, node: &str, listeners: &[String]) {
    let node = fleet.node(node).unwrap();
    Config::set(node.dir(), "reverse", listeners).unwrap();
    node.nudge();
}

/// Two nodes; west grants a listener, an echo stands behind east.
struct Stage {
    fleet: Fleet,
    at: SocketAddr,
    echo: SocketAddr,
}

async fn stage() -> Stage {
    let (mut fleet, at) = (Fleet::start().await.unwrap(), free());
    fleet.enrol("west").await.unwrap();
    grant(&fleet, "west", &[at.to_string()]);
    fleet.run("west").await.unwrap();
    fleet.add("east").await.unwrap();
    fleet.wait_online("west").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    Stage { fleet, at, echo }
}

fn ask(request: LinkRequest) -> Request {
    policy(PolicyRequest::Link(request))
}

impl Stage {
    fn spec(&self, name: &str, to: SocketAddr) -> LinkSpec {
        LinkSpec {
            name: name.parse().unwrap(),
            at: "west".into(),
            listen: self.at.into(),
            to: "east".into(),
            target: to.into(),
        }
    }

    async fn create(&mut self, spec: LinkSpec) -> Result<LinkView, wire::Refusal> {
        let operator = self.fleet.operator().await.unwrap();
        let request = ask(LinkRequest::Create { spec, intent: because() });
        match operator.request(request).await {
            Ok(Reply::Link(reply)) => match *reply {
                LinkReply::Link(link) => Ok(link),
                other => panic!("{other:?}"),
            },
            Err(link::operator::OperatorError::Refused(refusal)) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// Lets what comes in at west reach this at east.
    async fn let_pass(&mut self, to: SocketAddr) -> RuleView {
        let rule = allow("node:west", Some("east"), Some(&to.to_string()));
        self.fleet.rule(rule).await.unwrap()
    }

    /// A link to this that is allowed, and listens.
    async fn linked(&mut self, to: SocketAddr) -> (LinkView, RuleView) {
        let rule = self.let_pass(to).await;
        let link = self.create(self.spec("db", to)).await.unwrap();
        self.is("db", LinkState::Listening).await;
        (link, rule)
    }

    async fn link(&mut self, name: &str) -> LinkView {
        match self.fleet.ask(ask(LinkRequest::Link(name.into()))).await.unwrap() {
            Reply::Link(reply) => match *reply {
                LinkReply::Link(link) => link,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// Waits for a state of a link.
    async fn is(&mut self, name: &str, state: LinkState) -> LinkView {
        let deadline = Instant::now() + PATIENCE + PATIENCE;
        loop {
            let link = self.link(name).await;
            if link.state == state {
                return link;
            }
            assert!(Instant::now() < deadline, "not {state}: {link:?}");
            tokio::task::yield_now().await;
        }
    }

    async fn tunnels(&mut self) -> Vec<TunnelView> {
        let page = Page { after: None, limit: 200 };
        match self.fleet.ask(Request::Tunnels { page, node: None, who: None }).await.unwrap() {
            Reply::Tunnels(tunnels, _) => tunnels,
            other => panic!("{other:?}"),
        }
    }

    /// Records that fit, once there are as many.
    async fn records(&mut self, count: usize, fits: impl Fn(&AuditEvent) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.fleet.audit().await.unwrap().iter().filter(|e| fits(e)).count();
            if found == count {
                return;
            }
            assert!(found < count && Instant::now() < deadline, "{found} records, not {count}");
        }
    }
}

/// A connection at the listener that got an answer from the other node's target.
async fn joined(at: SocketAddr) -> TcpStream {
    let mut tcp = TcpStream::connect(at).await.unwrap();
    tcp.write_all(b"ping").await.unwrap();
    let mut back = [0; 4];
    timeout(PATIENCE, tcp.read_exact(&mut back)).await.unwrap().unwrap();
    assert_eq!(&back, b"ping");
    tcp
}

/// The same, as soon as somebody listens there and answers.
async fn joined_again(at: SocketAddr) {
    let echoed = || async {
        let mut tcp = TcpStream::connect(at).await.ok()?;
        tcp.write_all(b"ping").await.ok()?;
        let mut back = [0; 4];
        timeout(PATIENCE, tcp.read_exact(&mut back)).await.ok()?.ok().map(drop)
    };
    until("an answer through the link", PATIENCE + PATIENCE, echoed).await.unwrap();
}

async fn is_reset(tcp: &mut TcpStream) {
    let end = timeout(PATIENCE, tcp.read(&mut [0])).await.expect("still open");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

/// Nobody listens there any more.
async fn is_free(at: SocketAddr) {
    let gone = || async { TcpStream::connect(at).await.is_err().then_some(()) };
    until("a closed listener", PATIENCE, gone).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_arrive_complete_both_ways_and_a_half_close_is_one() {
    let mut stage = stage().await;
    let size = 16 << 20;
    let bulk = service::bulk(stage.fleet.shutdown()).await.unwrap();
    let (_, rule) = stage.linked(bulk).await;
    let mut tcp = TcpStream::connect(stage.at).await.unwrap();
    tcp.write_u64(size).await.unwrap();
    tcp.shutdown().await.unwrap();
    let mut got = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut got)).await.unwrap().unwrap();
    assert_eq!(blake3::hash(&got), Pattern::digest(size));

    let all = stage.tunnels().await;
    let came = all.iter().find(|tunnel| tunnel.listener.is_some()).unwrap();
    assert_eq!((came.up_bytes, came.down_bytes), (8, size), "up is towards the target");
    for tunnel in &all {
        assert_eq!((tunnel.kind.as_str(), tunnel.rule), ("link", Some(rule.id)));
        assert_eq!(tunnel.who.name().as_deref(), Some("node:west"));
        assert_eq!(tunnel.link.as_ref().unwrap().as_str(), "db");
    }
    assert_eq!((came.through(), came.target.clone()), ("east", bulk.into()));
    let settled = |link: LinkView| (link.up_bytes, link.down_bytes) == (8, size);
    let deadline = Instant::now() + PATIENCE;
    while !settled(stage.link("db").await) {
        assert!(Instant::now() < deadline, "the link's sums are not those of its connection");
    }
    let Reply::Metrics(text) = stage.fleet.ask(Request::Metrics).await.unwrap() else { panic!() };
    assert!(text.contains("tunnelctl_tunnels_opened_total{type=\"link\"} 2"), "{text}");
    assert!(text.contains("tunnelctl_tunnel_mismatches_total 0"), "{text}");
    stage.fleet.finish().await.unwrap();
}

/// Nothing listens before a rule names the node; rules about people and about anybody let no node in.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_refused_until_a_rule_names_its_node() {
    let mut stage = stage().await;
    let link = stage.create(stage.spec("db", stage.echo)).await.unwrap();
    assert_eq!((link.rule, link.granted), (None, Some(true)));
    let anybody = wire::message::operator::RuleSpec {
        anyone_really: true,
        ..allow("anyone", Some("east"), None)
    };
    stage.fleet.rule(anybody).await.unwrap();
    let refused = stage.is("db", LinkState::Refused).await;
    let why = refused.reason.unwrap();
    assert!(why.as_str().contains("no rule lets node:west reach"), "{why}");
    assert!(TcpStream::connect(stage.at).await.is_err(), "nobody listens");

    let rule = stage.let_pass(stage.echo).await;
    stage.is("db", LinkState::Listening).await;
    joined(stage.at).await;
    let question = AccessQuestion {
        operator: Some("node:west".into()),
        node: Some("east".into()),
        target: Some(stage.echo.into()),
        ..AccessQuestion::default()
    };
    let reply = stage.fleet.ask(policy(PolicyRequest::Explain(question))).await.unwrap();
    let Reply::Policy(reply) = reply else { panic!("{reply:?}") };
    let PolicyReply::Decision(decision) = *reply else { panic!("{reply:?}") };
    assert_eq!((decision.allowed, decision.deciding_rule), (true, Some(rule.id)));
    stage.fleet.finish().await.unwrap();
}

/// What ends a link's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Rule,
    Deny,
    LockWest,
    LockEast,
    LockAll,
    RevokeWest,
    RevokeEast,
    Deleted,
    Grant,
    Closed,
}

/// I2: when the answer is there, listener and connection have ended, and both sides see a reset.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_link_cuts_it_before_it_is_answered() {
    for end in [
        End::Rule,
        End::Deny,
        End::LockWest,
        End::LockEast,
        End::LockAll,
        End::RevokeWest,
        End::RevokeEast,
        End::Deleted,
        End::Grant,
        End::Closed,
    ] {
        let mut stage = stage().await;
        let target = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (_, rule) = stage.linked(target.local_addr().unwrap()).await;
        let mut tcp = TcpStream::connect(stage.at).await.unwrap();
        let (mut served, _) = timeout(PATIENCE, target.accept()).await.unwrap().unwrap();
        tcp.write_all(b"x").await.unwrap();
        assert_eq!(served.read_u8().await.unwrap(), b'x');

        let reason = bring(&mut stage, end, &rule).await;
        let answered = stage.tunnels().await;
        let came = answered.iter().find(|tunnel| tunnel.listener.is_some()).unwrap();
        if end == End::Grant {
            let gone = || async { TcpStream::connect(stage.at).await.is_err().then_some(()) };
            until("a closed listener", PATIENCE, gone).await.unwrap();
        } else {
            let closed = came.closed.as_ref().unwrap_or_else(|| panic!("{end:?}: {came:?}"));
            assert_eq!(closed.reason, reason, "{end:?}");
        }
        is_reset(&mut tcp).await;
        is_reset(&mut served).await;
        if end == End::Closed {
            // Somebody closed it: it is kept up all the same.
            stage.is("db", LinkState::Listening).await;
            TcpStream::connect(stage.at).await.unwrap();
        } else {
            is_free(stage.at).await;
        }
        stage.fleet.finish().await.unwrap();
    }
}

/// Brings the end about; why the connection closed.
async fn bring(stage: &mut Stage, end: End, rule: &RuleView) -> CloseReason {
    let fleet = &mut stage.fleet;
    match end {
        End::Rule => {
            let rule = rule.id.to_string().into();
            fleet.change(Request::RuleDelete { rule, intent: because() }).await.unwrap();
            CloseReason::RuleChanged
        }
        End::Deny => {
            let spec = wire::message::operator::RuleSpec {
                effect: wire::message::view::Effect::Deny,
                before: Some(rule.id.to_string().into()),
                ..allow("anyone", Some("east"), None)
            };
            fleet.rule(spec).await.unwrap();
            CloseReason::RuleChanged
        }
        End::LockWest | End::LockEast => {
            let node = if end == End::LockWest { "west" } else { "east" };
            fleet.lock(LockKind::Node, node, LockMode::Cut).await.unwrap();
            CloseReason::Locked
        }
        End::LockAll => {
            fleet.lock(LockKind::All, "", LockMode::Cut).await.unwrap();
            CloseReason::Locked
        }
        End::RevokeWest | End::RevokeEast => {
            let node = if end == End::RevokeWest { "west" } else { "east" };
            fleet.revoke(node).await.unwrap();
            CloseReason::Revoked
        }
        End::Deleted => {
            let delete = |dry_run| LinkRequest::Delete {
                link: "db".into(),
                intent: Intent { dry_run, ..because() },
            };
            let planned = fleet.change(ask(delete(true))).await.unwrap();
            assert_eq!((planned.cut_tunnels, planned.planned), (Some(2), true));
            assert_eq!(planned.cuts, [("node:west".into(), 2)]);
            let done = fleet.change(ask(delete(false))).await.unwrap();
            assert_eq!((done.cut_tunnels, done.ok), (Some(2), true));
            CloseReason::ClosedByOperator
        }
        End::Grant => {
            grant(fleet, "west", &[free().to_string()]);
            CloseReason::TargetNotAllowed
        }
        End::Closed => {
            let listener = stage.tunnels().await.into_iter().find(|t| t.listener.is_none());
            let tunnels = vec![listener.unwrap().id.to_string().into()];
            let request = Request::TunnelClose { tunnels, intent: because() };
            stage.fleet.change(request).await.unwrap();
            CloseReason::ClosedByOperator
        }
    }
}

/// No operator is there: the fleet's own connection is dropped with the server.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_comes_back_with_either_node_and_with_the_server() {
    let mut stage = stage().await;
    let echo = stage.echo;
    stage.linked(echo).await;
    joined(stage.at).await;

    stage.fleet.kill("west").await;
    is_free(stage.at).await;
    stage.is("db", LinkState::Waiting).await;
    stage.fleet.run("west").await.unwrap();
    joined_again(stage.at).await;

    let mut tcp = joined(stage.at).await;
    stage.fleet.kill_server().await;
    is_reset(&mut tcp).await;
    stage.fleet.start_server().await.unwrap();
    joined_again(stage.at).await;
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_waits_for_the_node_behind_and_is_served_when_it_is_back() {
    let mut stage = stage().await;
    let echo = stage.echo;
    stage.linked(echo).await;
    stage.fleet.stop("east").await;
    let away = stage.is("db", LinkState::Waiting).await;
    assert!(away.reason.unwrap().as_str().contains("east"), "it says who is away");
    let mut tcp = TcpStream::connect(stage.at).await.unwrap();
    tcp.write_all(b"ping").await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    while stage.link("db").await.waiting == 0 {
        assert!(Instant::now() < deadline, "it does not wait");
    }
    stage.fleet.run("east").await.unwrap();
    let mut back = [0; 4];
    timeout(PATIENCE, tcp.read_exact(&mut back)).await.unwrap().unwrap();
    assert_eq!(&back, b"ping", "what was sent meanwhile arrived first");

    // Nobody comes back in time: it is reset, and the listener stays.
    stage.fleet.stop("east").await;
    stage.is("db", LinkState::Waiting).await;
    let mut late = TcpStream::connect(stage.at).await.unwrap();
    is_reset(&mut late).await;
    TcpStream::connect(stage.at).await.unwrap();
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_whose_node_does_not_grant_it_says_so_and_comes_up_when_it_does() {
    let mut stage = stage().await;
    let echo = stage.echo;
    stage.let_pass(echo).await;
    let elsewhere = free();
    let spec = LinkSpec { listen: elsewhere.into(), ..stage.spec("db", echo) };
    let link = stage.create(spec).await.unwrap();
    assert_eq!(link.granted, Some(false));
    let refused = stage.is("db", LinkState::Refused).await;
    assert!(refused.reason.unwrap().as_str().contains("does not grant a listener"));
    assert!(TcpStream::connect(elsewhere).await.is_err());
    let asked = |event: &AuditEvent| event.entry.action.as_str() == "tunnel.open";
    stage.records(0, asked).await;
    grant(&stage.fleet, "west", &[elsewhere.to_string()]);
    stage.is("db", LinkState::Listening).await;
    joined(elsewhere).await;

    // What somebody else holds is not taken from him; it comes up when he lets go.
    let held = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let at = held.local_addr().unwrap();
    grant(&stage.fleet, "west", &[elsewhere.to_string(), at.to_string()]);
    let spec = LinkSpec { listen: at.into(), ..stage.spec("two", echo) };
    stage.create(spec).await.unwrap();
    let refused = stage.is("two", LinkState::Refused).await;
    let why = refused.reason.unwrap();
    assert!(
        why.as_str().contains("listens there already") || why.as_str().contains("grant"),
        "{why}"
    );
    drop(held);
    stage.is("two", LinkState::Listening).await;
    joined(at).await;
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_once_between_two_nodes_and_holds_them() {
    let mut stage = stage().await;
    let (echo, at) = (stage.echo, stage.at);
    stage.create(stage.spec("db", echo)).await.unwrap();
    let (all, name) = (SocketAddr::from(([0, 0, 0, 0], at.port())), "second".parse().unwrap());
    let spec = LinkSpec { name, ..stage.spec("db", echo) };
    for (spec, code) in [
        (stage.spec("db", echo), RefusalCode::Conflict),
        (spec.clone(), RefusalCode::Conflict),
        (LinkSpec { listen: all.into(), ..spec.clone() }, RefusalCode::Conflict),
        (LinkSpec { to: "west".into(), ..spec.clone() }, RefusalCode::Usage),
        (LinkSpec { at: "nope".into(), ..spec.clone() }, RefusalCode::NotFound),
        (LinkSpec { listen: "localhost:80".parse().unwrap(), ..spec }, RefusalCode::Usage),
    ] {
        let refusal = stage.create(spec.clone()).await.unwrap_err();
        assert_eq!(refusal.code, code, "{spec:?}: {refusal}");
    }
    for node in ["west", "east"] {
        stage.fleet.revoke(node).await.unwrap();
        let request = Request::NodeDelete { node: node.into(), intent: because() };
        let refused = stage.fleet.ask(request).await.unwrap_err().to_string();
        assert!(refused.contains("is an end of the link db"), "{refused}");
    }
    stage.fleet.finish().await.unwrap();
}

/// A rename takes nothing away; who gets the name of a deleted node inherits nothing.
#[tokio::test(flavor = "multi_thread")]
async fn rules_about_a_node_follow_its_name_and_end_with_it() {
    let mut stage = stage().await;
    let echo = stage.echo;
    let (_, rule) = stage.linked(echo).await;
    let tcp = joined(stage.at).await;
    let rename = Request::NodeRename {
        node: "west".into(),
        to: "ocean".parse().unwrap(),
        intent: because(),
    };
    stage.fleet.change(rename).await.unwrap();
    let request = policy(PolicyRequest::Rule(rule.id.to_string().into()));
    let Reply::Rule(now) = stage.fleet.ask(request.clone()).await.unwrap() else { panic!() };
    assert_eq!(now.who.as_str(), "node:ocean");
    joined(stage.at).await;
    drop(tcp);
    let delete = ask(LinkRequest::Delete { link: "db".into(), intent: because() });
    stage.fleet.change(delete).await.unwrap();
    stage.fleet.revoke("ocean").await.unwrap();
    let request_delete = Request::NodeDelete { node: "ocean".into(), intent: because() };
    stage.fleet.change(request_delete).await.unwrap();
    assert!(stage.fleet.ask(request).await.is_err(), "the rule is gone");
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_and_its_tunnels_are_recorded_with_the_node_as_actor() {
    let mut stage = stage().await;
    let echo = stage.echo;
    stage.linked(echo).await;
    let tcp = joined(stage.at).await;
    let from = tcp.local_addr().unwrap().to_string();
    drop(tcp);
    let is = |action: &'static str, key: &'static str, value: Value| {
        move |event: &AuditEvent| {
            event.entry.action.as_str() == action
                && event.entry.data.get(key) == Some(&value)
                && event.entry.actor.node.as_ref().is_some_and(|node| node.as_str() == "west")
        }
    };
    stage.records(1, is("tunnel.open", "listens", true.into())).await;
    stage.records(2, is("tunnel.open", "link", "db".into())).await;
    stage.records(1, is("tunnel.close", "from", from.as_str().into())).await;
    stage.records(1, is("tunnel.close", "up_bytes", 4u64.into())).await;
    let delete = ask(LinkRequest::Delete { link: "db".into(), intent: because() });
    stage.fleet.change(delete).await.unwrap();
    stage.records(2, is("tunnel.close", "link", "db".into())).await;
    for action in ["link.create", "link.delete"] {
        let by_admin = |event: &AuditEvent| {
            event.entry.action.as_str() == action && event.entry.actor.operator.is_some()
        };
        stage.records(1, by_admin).await;
    }
    stage.fleet.finish().await.unwrap();
}

/// A node that tells of arrivals without end: each is asked for at the node, a bounded number at once,
/// and nothing is opened at the other node for what the node does not hand over.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_tells_of_arrivals_it_never_had_gets_nothing() {
    let mut stage = stage().await;
    let (echo, at) = (stage.echo, stage.at.to_string());
    stage.fleet.stop("west").await;
    stage.let_pass(echo).await;
    stage.create(stage.spec("db", echo)).await.unwrap();
    let mut said = agent_hello(hello());
    if let ToServer::Hello { reverse, .. } = &mut said {
        *reverse = Some(vec![at.as_str().into()]);
    }
    let identity = stage.fleet.node("west").unwrap().identity().unwrap();
    let rogue = Raw::agent_that_says(&stage.fleet, identity, said).await.unwrap();
    let conn = rogue.lane(1).await.unwrap();
    let mut lane = Acceptor::start(conn.io, LaneId(1), conn.took, stage.fleet.shutdown());
    let mut listener = timeout(PATIENCE, lane.next()).await.unwrap().unwrap();
    let open: AgentOpen = listener.receive().await.unwrap();
    assert_eq!((open.at_node, &open.target), (Some(AtNode::Listen), &stage.at.into()));
    let opened = Opened {
        tunnel: open.tunnel,
        node: None,
        node_name: None,
        rule: None,
        address: Some(at.as_str().into()),
        connect_ms: 1,
        compress: None,
        resolve_us: None,
        dial_us: None,
        trace: None,
        left_ms: None,
    };
    listener.send(&Answer::Opened(opened)).await.unwrap();
    let told = |number| {
        let mut frame = Vec::new();
        let arrival = Arrival { number, from: "192.0.2.1:\u{1b}[31m".into() };
        codec::encode(&arrival, MAX_FRAME_OPEN, &mut frame).unwrap();
        frame
    };
    for number in 1..=5_000 {
        listener.send_payload(&told(number)).await.unwrap();
    }
    let deadline = Instant::now() + PATIENCE;
    while usize::try_from(stage.link("db").await.waiting).unwrap() < LINK_JOINING {
        assert!(Instant::now() < deadline, "{:?}", stage.link("db").await);
    }
    assert!(lane.streams() <= LINK_JOINING + 1, "{} streams", lane.streams());
    let take = timeout(PATIENCE, lane.next()).await.unwrap().unwrap().receive::<AgentOpen>().await;
    assert!(
        matches!(take.unwrap().at_node, Some(AtNode::Take { listener, .. }) if listener == open.tunnel)
    );

    // One that was told before ends the listener: nothing of it is believed.
    listener.send_payload(&told(7)).await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let all = stage.tunnels().await;
        let first = all.iter().find(|tunnel| tunnel.id == open.tunnel).unwrap();
        if let Some(closed) = &first.closed {
            assert_eq!(closed.reason, CloseReason::Internal);
            break;
        }
        assert!(Instant::now() < deadline, "the listener stays");
    }
    stage.records(0, |event| event.entry.data.contains_key("listener")).await;
    stage.fleet.finish().await.unwrap();
}
