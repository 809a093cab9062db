//! Whatever a program says that is not ours: each certificate at each protocol with each message
//! (T-05), and an agent with a good certificate and bad intentions (T-11).
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use link::control::{ControlError, Reader, read_frame, write_frame};
use link::dial::{Conn, dial, unwelcome};
use link::lane::Lane;
use link::tls::{ClientTls, Credentials};
use link::{Clock, System};
use minicbor::Encode;
use pki::{Authority, KeyPair, Role, Subject, Token, Trust};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::{session, visit};
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wire::limits::{MAX_FRAME, MAX_FRAME_ENROL, MAX_FRAME_OPEN};
use wire::message::enrol::{EnrolReply, EnrolRequest, ToEnrol};
use wire::message::operator::{Followed, Intent, Page, Reply, Request, Subscription};
use wire::message::view::{Inventory, NodeState};
use wire::message::{
    Envelope, FromConsole, Hello, LaneHello, LaneWelcome, ToAgent, ToConsole, ToServer,
};
use wire::{CloseReason, DisconnectReason, Generation, LaneId, Target, TunnelId, alpn, codec};

/// One run of one agent, however often it connects.
const INSTANCE: u64 = 7;

/// What a client shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    Nothing,
    SelfSigned,
    /// Of another authority, with the ids of ours.
    OtherNode,
    OtherOperator,
    Server,
    Node,
    Operator,
}

const SHOWN: [Shown; 7] = [
    Shown::Nothing,
    Shown::SelfSigned,
    Shown::OtherNode,
    Shown::OtherOperator,
    Shown::Server,
    Shown::Node,
    Shown::Operator,
];

/// What a client says first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Agent(&'static str),
    Console(&'static str),
    Enrol(&'static str),
    Lane,
    Get,
    Connect,
}

/// A first message, as bytes.
struct Word {
    said: Said,
    frame: Vec<u8>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    /// The certificate was refused in the handshake.
    NoEntry,
    /// Refused, in words or without.
    No,
    Yes,
}

/// The row of each message to the server. A new one does not compile without its name here; its
/// sample belongs into [`agent_words`].
fn agent_name(message: &ToServer) -> &'static str {
    match message {
        ToServer::Hello { .. } => "hello",
        ToServer::Heartbeat { .. } => "heartbeat",
        ToServer::Renew { .. } => "renew",
        ToServer::TunnelEnded { .. } => "tunnel-ended",
        ToServer::Allow { .. } => "allow",
        ToServer::Bye { .. } => "bye",
        ToServer::CutDone => "cut-done",
        ToServer::Kept { .. } => "kept",
        ToServer::Rotate { .. } => "rotate",
        ToServer::Gateway { .. } => "gateway",
        ToServer::Leave => "leave",
        ToServer::TrustTaken { .. } => "trust-taken",
    }
}

fn console_name(message: &FromConsole) -> &'static str {
    match message {
        FromConsole::Hello(_) => "hello",
        FromConsole::Request(_) => "request",
        FromConsole::Subscribe(_) => "subscribe",
        FromConsole::Heartbeat { .. } => "heartbeat",
        FromConsole::CutDone { .. } => "cut-done",
        FromConsole::Present => "present",
        FromConsole::TrustTaken { .. } => "trust-taken",
        FromConsole::Follow(_) => "follow",
    }
}

fn enrol_name(message: &ToEnrol) -> &'static str {
    match message {
        ToEnrol::Enrol(_) => "enrol",
        ToEnrol::Recover { .. } => "recover",
        ToEnrol::Proof { .. } => "proof",
    }
}

fn ours() -> Hello {
    Hello::ours("test", System.wall().0)
}

fn hello() -> ToServer {
    ToServer::Hello {
        hello: ours(),
        inventory: Inventory::default(),
        allow: Vec::new(),
        returned: None,
        instance: Some(INSTANCE),
        path: None,
        reverse: None,
    }
}

fn csr() -> Vec<u8> {
    KeyPair::generate().unwrap().csr().unwrap()
}

/// One of each kind of message of an agent.
fn agent_words() -> Vec<ToServer> {
    let ended = ToServer::TunnelEnded {
        tunnel: TunnelId::from_random(1),
        up_bytes: 1,
        down_bytes: 1,
        reason: CloseReason::ClientClosed,
    };
    let beat = ToServer::Heartbeat { clock_ms: 0, echo: None, spool_bytes: None, nonce: Some(1) };
    vec![
        hello(),
        beat,
        ToServer::Renew { csr: csr().into() },
        ended,
        ToServer::Allow { allow: Vec::new(), reverse: None },
        ToServer::Bye { reason: DisconnectReason::AgentStopped },
        ToServer::CutDone,
        ToServer::Kept { renewal: 9 },
        ToServer::Rotate { csr: csr().into() },
        ToServer::Gateway { listen: vec!["no address".into(); 1000] },
        ToServer::Leave,
        ToServer::TrustTaken { number: 9 },
    ]
}

fn console_words() -> Vec<FromConsole> {
    vec![
        FromConsole::Hello(ours()),
        FromConsole::Request(Box::new(Request::Whoami)),
        FromConsole::Subscribe(Subscription { nodes: true, ..Subscription::default() }),
        FromConsole::Heartbeat { nonce: 1 },
        FromConsole::CutDone { cut: 1 },
        FromConsole::Present,
        FromConsole::TrustTaken { number: 9 },
        FromConsole::Follow(Followed::Own),
    ]
}

fn framed<T: Encode<()>>(message: &T, bound: usize) -> Vec<u8> {
    let mut frame = Vec::new();
    codec::encode(message, bound, &mut frame).unwrap();
    frame
}

fn enveloped<T: Encode<()>>(body: T) -> Vec<u8> {
    framed(&Envelope { id: 1, reply_to: None, body: Some(body), deadline_ms: None }, MAX_FRAME)
}

/// A fleet with a node nobody runs, whose certificate is used here, and one that runs.
struct Stage {
    fleet: Fleet,
    operator: ClientTls,
    secret: Vec<u8>,
    /// A target behind the node that runs, as a proxy's client names it.
    target: String,
    _other: tempfile::TempDir,
    other: Authority,
    other_root: KeyPair,
}

impl Stage {
    async fn start() -> Self {
        let mut fleet = Fleet::start().await.unwrap();
        fleet.enrol("mute").await.unwrap();
        fleet.add("web1").await.unwrap();
        let echo = service::echo(fleet.shutdown()).await.unwrap();
        let operator = fleet.person_access("mira", "admin").await.unwrap().tls;
        let token = fleet.token_with("many", |token| token.uses = 100).await.unwrap();
        let secret = Token::parse(&token).unwrap().secret.to_vec();
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("other");
        let other = Authority::open_or_create(&dir, System.wall().0).unwrap();
        let other_root = KeyPair::load(&dir.join("ca/root.key")).unwrap();
        let target = format!("localhost.web1:{}", echo.port());
        Self { fleet, operator, secret, target, _other: home, other, other_root }
    }

    fn trust(&self) -> Trust {
        Trust::of(pki::pem::load_certificates(&self.fleet.server().unwrap().admin().ca).unwrap())
            .unwrap()
    }

    /// A certificate of `authority` for this role.
    fn issued(&self, authority: &Authority, role: Role, id: &str) -> ClientTls {
        let (key, lifetime) = (KeyPair::generate().unwrap(), Duration::from_secs(600));
        let subject = Subject::of(role, id);
        let issued = authority.issue(&subject, &key.csr().unwrap(), System.wall().0, lifetime);
        let credentials = Credentials::new(issued.unwrap().chain, &key).unwrap();
        ClientTls::authenticated(&self.trust(), credentials).unwrap()
    }

    fn show(&self, shown: Shown) -> ClientTls {
        let node = self.fleet.node("mute").unwrap();
        let id = node.id.to_string();
        match shown {
            Shown::Nothing => ClientTls::unnamed(&self.trust()).unwrap(),
            Shown::SelfSigned => {
                let chain = vec![self.other.root().clone()];
                let credentials = Credentials::new(chain, &self.other_root).unwrap();
                ClientTls::authenticated(&self.trust(), credentials).unwrap()
            }
            Shown::OtherNode => self.issued(&self.other, Role::Node, &id),
            Shown::OtherOperator => self.issued(&self.other, Role::Operator, "op_aaaaaaaaaaaa"),
            Shown::Server => self.issued(&self.authority(), Role::Server, "server"),
            Shown::Node => node.identity().unwrap(),
            Shown::Operator => self.operator.clone(),
        }
    }

    /// The fleet's own authority, as whoever has its directory could use it.
    fn authority(&self) -> Authority {
        let ca = &self.fleet.server().unwrap().admin().ca;
        Authority::open_or_create(ca.parent().unwrap(), System.wall().0).unwrap()
    }

    /// All first messages.
    fn words(&self, generation: Generation) -> Vec<Word> {
        let enrol = EnrolRequest {
            hello: ours(),
            secret: self.secret.clone().into(),
            csr: csr().into(),
            name: None,
            labels: None,
            inventory: None,
        };
        let identity = std::fs::read(self.fleet.node("mute").unwrap().dir().join("identity.json"));
        let written: serde_json::Value = serde_json::from_slice(&identity.unwrap()).unwrap();
        let chain = written["chain"].as_str().unwrap().as_bytes().to_vec();
        let chain = pki::pem::certificates(Path::new("identity.json"), &chain).unwrap();
        let chain = chain.iter().map(|der| der.to_vec().into()).collect();
        let enrols = [
            ToEnrol::Enrol(enrol),
            ToEnrol::Recover { hello: ours(), chain },
            ToEnrol::Proof { csr: csr().into(), signature: vec![1; 70].into() },
        ];
        let lane = LaneHello { hello: ours(), generation, lane: LaneId(1) };
        let mut words = Vec::new();
        for message in agent_words() {
            words.push(Word { said: Said::Agent(agent_name(&message)), frame: enveloped(message) });
        }
        for message in console_words() {
            let said = Said::Console(console_name(&message));
            words.push(Word { said, frame: enveloped(message) });
        }
        for message in enrols {
            let said = Said::Enrol(enrol_name(&message));
            words.push(Word { said, frame: framed(&message, MAX_FRAME_ENROL) });
        }
        words.push(Word { said: Said::Lane, frame: framed(&lane, MAX_FRAME_OPEN) });
        let get = b"GET /healthz HTTP/1.1\r\nHost: server\r\n\r\n".to_vec();
        words.push(Word { said: Said::Get, frame: get });
        let to = &self.target;
        let connect = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n").into_bytes();
        words.push(Word { said: Said::Connect, frame: connect });
        words
    }

    async fn dial(&self, tls: &ClientTls, protocol: &'static [u8]) -> Option<Conn> {
        let address = self.fleet.address().unwrap().to_string();
        dial(&address, tls, protocol, PATIENCE).await.ok()
    }

    /// The control connection that a lane belongs to, if this certificate gets one.
    async fn control(&self, tls: &ClientTls, protocol: &[u8]) -> Option<(Conn, Generation)> {
        if protocol == alpn::AGENT_LANE {
            let mut conn = self.dial(tls, alpn::AGENT).await?;
            write_frame(&mut conn.io, &first(hello()), MAX_FRAME).await.ok()?;
            let answer: Envelope<ToAgent> = read_frame(&mut conn.io, MAX_FRAME).await.ok()?;
            let Some(ToAgent::Welcome { generation, .. }) = answer.body else { return None };
            return Some((conn, generation));
        }
        let mut conn = self.dial(tls, alpn::OPERATOR).await?;
        let greeting = first(FromConsole::Hello(ours()));
        write_frame(&mut conn.io, &greeting, MAX_FRAME).await.ok()?;
        let answer: Envelope<ToConsole> = read_frame(&mut conn.io, MAX_FRAME).await.ok()?;
        let Some(ToConsole::Welcome { connection, .. }) = answer.body else { return None };
        Some((conn, connection))
    }

    /// Says one word on a connection of its own.
    async fn say(&self, tls: &ClientTls, protocol: &'static [u8], word: &Word) -> Came {
        let Some(mut conn) = self.dial(tls, protocol).await else { return Came::NoEntry };
        // The other side may have ended it by now: what it says is read.
        let _ = conn.io.write_all(&word.frame).await;
        let _ = conn.io.shutdown().await;
        let mut answer = Vec::new();
        let mut block = [0; 4096];
        loop {
            match timeout(PATIENCE, conn.io.read(&mut block)).await.expect("neither yes nor no") {
                Ok(0) => break,
                Ok(n) => answer.extend_from_slice(&block[..n]),
                Err(error) if unwelcome(&error).is_some() => return Came::NoEntry,
                Err(_) => break,
            }
            if is_yes(protocol, &answer) {
                return Came::Yes;
            }
        }
        Came::No
    }
}

fn first<T>(body: T) -> Envelope<T> {
    Envelope { id: 1, reply_to: None, body: Some(body), deadline_ms: None }
}

/// Whether an answer lets its asker in.
fn is_yes(protocol: &[u8], answer: &[u8]) -> bool {
    fn read<T: for<'b> minicbor::Decode<'b, ()>>(answer: &[u8]) -> Option<T> {
        codec::decode(answer, MAX_FRAME).ok().flatten().map(|(message, _)| message)
    }
    match protocol {
        alpn::AGENT => {
            let body = read::<Envelope<ToAgent>>(answer).and_then(|answer| answer.body);
            body.is_some_and(|body| !matches!(body, ToAgent::Refused(_) | ToAgent::Bye { .. }))
        }
        alpn::OPERATOR => {
            let body = read::<Envelope<ToConsole>>(answer).and_then(|answer| answer.body);
            body.is_some_and(|body| !matches!(body, ToConsole::Refused(_)))
        }
        alpn::AGENT_LANE | alpn::OPERATOR_LANE => read(answer) == Some(LaneWelcome::Ok),
        alpn::ENROL => {
            let reply = read::<EnrolReply>(answer);
            reply.is_some_and(|reply| !matches!(reply, EnrolReply::Refused(_)))
        }
        alpn::HTTP => answer.starts_with(b"HTTP/1.1 200"),
        other => panic!("no row for {}", String::from_utf8_lossy(other)),
    }
}

/// The whole allowlist: who gets in where, and with which first word. Everything else is refused.
fn expected(shown: Shown, protocol: &[u8], said: Said) -> Came {
    // A member at the other role's protocol is let go after the handshake, unheard.
    let is_member = |wanted: Shown, word: bool| match shown {
        Shown::Node | Shown::Operator if shown == wanted && word => Came::Yes,
        Shown::Node | Shown::Operator => Came::No,
        _ => Came::NoEntry,
    };
    match protocol {
        alpn::AGENT => is_member(Shown::Node, said == Said::Agent("hello")),
        alpn::AGENT_LANE => is_member(Shown::Node, said == Said::Lane),
        // An agent's hello begins like a console's, and what follows is ignored (W3).
        alpn::OPERATOR => {
            let is_hello = matches!(said, Said::Console("hello") | Said::Agent("hello"));
            is_member(Shown::Operator, is_hello)
        }
        alpn::OPERATOR_LANE => is_member(Shown::Operator, said == Said::Lane),
        // No certificate is asked for: a token is shown, or the old certificate with a proof.
        alpn::ENROL => match said {
            Said::Enrol("enrol" | "recover") => Came::Yes,
            _ => Came::No,
        },
        // Nobody has to show one; whoever shows a wrong one is turned away, and nodes have no say here.
        alpn::HTTP => match (shown, said) {
            (Shown::Nothing | Shown::Operator, Said::Get) | (Shown::Operator, Said::Connect) => {
                Came::Yes
            }
            (Shown::Nothing | Shown::Operator | Shown::Node, _) => Came::No,
            _ => Came::NoEntry,
        },
        other => panic!("no row for {}", String::from_utf8_lossy(other)),
    }
}

/// T-05: every certificate at every protocol with every message.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_allow_listed_cells_of_certificate_protocol_and_message_succeed() {
    let stage = Stage::start().await;
    let (mut cells, mut wrong) = (0, Vec::new());
    for shown in SHOWN {
        let tls = stage.show(shown);
        for protocol in alpn::ALL {
            let is_lane = [alpn::AGENT_LANE, alpn::OPERATOR_LANE].contains(&protocol);
            let control = if is_lane { stage.control(&tls, protocol).await } else { None };
            let generation = control.as_ref().map_or(Generation(1), |(_, generation)| *generation);
            let words = stage.words(generation);
            let said: BTreeSet<Said> = words.iter().map(|word| word.said).collect();
            assert_eq!(
                said.len(),
                words.len(),
                "two samples of one kind, and one of another is missing"
            );
            for word in &words {
                let came = stage.say(&tls, protocol, word).await;
                cells += 1;
                let wanted = expected(shown, protocol, word.said);
                if came != wanted {
                    let protocol = String::from_utf8_lossy(protocol);
                    wrong.push(format!(
                        "{shown:?} {protocol} {:?}: {came:?}, not {wanted:?}",
                        word.said
                    ));
                }
                // A refused certificate is refused before its first word is read.
                if came == Came::NoEntry {
                    break;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{cells} cells of the matrix went as allow-listed");
    stage.fleet.finish().await.unwrap();
}

/// Everything an agent could try to change, as the admin sees it.
async fn picture(fleet: &mut Fleet) -> String {
    let page = || Page { after: None, limit: 200 };
    let Reply::Nodes(nodes, _) = fleet.ask(Request::Nodes(page())).await.unwrap() else { panic!() };
    let mut lines: Vec<String> = nodes
        .iter()
        .map(|n| format!("{} {} {} {:?}", n.id, n.name, n.labels, n.state == NodeState::Revoked))
        .collect();
    let Reply::Ports(ports, _) = fleet.ask(Request::Ports(page())).await.unwrap() else { panic!() };
    lines.extend(ports.iter().map(|p| format!("{} {} {:?}", p.name, p.public.port, p.nodes)));
    let Reply::Rules(rules, _) = fleet.ask(Request::Rules(page())).await.unwrap() else { panic!() };
    lines.extend(rules.iter().map(|rule| format!("{rule:?}")));
    let Reply::Tokens(tokens, _) = fleet.ask(Request::Tokens(page())).await.unwrap() else {
        panic!()
    };
    let Reply::Locks(locks, _) = fleet.ask(Request::Locks(page())).await.unwrap() else { panic!() };
    let ca = fleet.ask(Request::Ca).await.unwrap();
    lines.push(format!("{tokens:?} {locks:?} {ca:?}"));
    lines.join("\n")
}

/// An agent's control connection in the hands of a rogue.
struct Rogue {
    reader: Reader<Box<dyn tokio::io::AsyncRead + Send + Unpin>>,
    writer: Box<dyn tokio::io::AsyncWrite + Send + Unpin>,
    generation: Generation,
}

impl Rogue {
    async fn connect(stage: &Stage) -> Self {
        let tls = stage.show(Shown::Node);
        let conn = stage.dial(&tls, alpn::AGENT).await.unwrap();
        let (read, write) = tokio::io::split(conn.io);
        let (read, mut writer): (Box<dyn tokio::io::AsyncRead + Send + Unpin>, Box<_>) =
            (Box::new(read), Box::new(write));
        write_frame(&mut writer, &first(hello()), MAX_FRAME).await.unwrap();
        let mut reader = Reader::new(read, MAX_FRAME);
        let answer: Envelope<ToAgent> = timeout(PATIENCE, reader.next()).await.unwrap().unwrap();
        let Some(ToAgent::Welcome { generation, .. }) = answer.body else { panic!("{answer:?}") };
        Self { reader, writer, generation }
    }

    async fn send(&mut self, bytes: &[u8]) {
        // The server may have ended it by now.
        let _ = self.writer.write_all(bytes).await;
        let _ = self.writer.flush().await;
    }

    /// The reason with which the server ended the connection; `None` if it still answers.
    async fn ended(&mut self) -> Option<DisconnectReason> {
        let nonce = 4242;
        let beat =
            ToServer::Heartbeat { clock_ms: 0, echo: None, spool_bytes: None, nonce: Some(nonce) };
        self.send(&enveloped(beat)).await;
        loop {
            let next = timeout(PATIENCE, self.reader.next::<Envelope<ToAgent>>()).await;
            match next.expect("neither an answer nor an end").map(|envelope| envelope.body) {
                Ok(Some(ToAgent::Heard { nonce: heard })) if heard == nonce => return None,
                Ok(Some(ToAgent::Bye { reason })) => return Some(reason),
                Ok(_) => {}
                Err(ControlError::Closed | ControlError::Lost(_)) => {
                    panic!("ended without a reason")
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// What breaks the protocol, in bytes.
fn violations() -> Vec<(&'static str, Vec<u8>)> {
    let too_long = u32::try_from(MAX_FRAME + 1).unwrap().to_be_bytes();
    vec![
        ("a second hello", enveloped(hello())),
        ("a renewal for another key", enveloped(ToServer::Renew { csr: csr().into() })),
        ("a frame over the bound", too_long.to_vec()),
        ("a frame of four gigabytes", vec![0xff; 64]),
        ("no CBOR", vec![0, 0, 0, 3, 0xff, 0xff, 0xff]),
        ("a text", framed(&"hello", MAX_FRAME)),
    ]
}

/// What is another's to say, or about another's things: as a message of its own, and as the answer to
/// something that nobody asked.
fn lies(tunnel: TunnelId) -> Vec<Vec<u8>> {
    let ended = |tunnel| ToServer::TunnelEnded {
        tunnel,
        up_bytes: u64::MAX,
        down_bytes: u64::MAX,
        reason: CloseReason::Revoked,
    };
    let mine = [
        ended(tunnel),
        ended(TunnelId::from_random(99)),
        ToServer::CutDone,
        ToServer::Kept { renewal: u64::MAX },
        ToServer::TrustTaken { number: u32::MAX },
        ToServer::Allow {
            allow: vec!["0.0.0.0/0:*".into(); 64],
            reverse: Some(vec!["0.0.0.0:1-65535".into(); 64]),
        },
    ];
    let answers = mine.clone().map(|body| {
        let lie =
            Envelope { id: 77, reply_to: Some(0xffff_ffff), body: Some(body), deadline_ms: None };
        framed(&lie, MAX_FRAME)
    });
    let intent = || Intent { dry_run: false, reason: Some("mine".into()) };
    let node = || "web1".into();
    let asked = [
        Request::NodeRevoke { node: node(), intent: intent() },
        Request::NodeDelete { node: node(), intent: intent() },
        Request::NodeRename { node: node(), to: "mine".parse().unwrap(), intent: intent() },
        Request::PortDelete { port: "db".into(), intent: intent() },
        Request::SessionStart { spec: session(&["0.0.0.0/0"], PATIENCE), intent: intent() },
        Request::Drain { for_ms: 1, intent: intent() },
    ];
    let asked = asked.map(|request| enveloped(FromConsole::Request(Box::new(request))));
    let others = console_words().into_iter().map(enveloped);
    let mine = mine.map(enveloped).into_iter();
    mine.chain(answers).chain(asked).chain(others).collect()
}

/// T-11: a good certificate in bad hands changes nothing that is not its own, and disturbs nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_rogue_agent_changes_no_name_listener_or_route_and_disturbs_nobody() {
    let mut stage = Stage::start().await;
    let echo = service::echo(stage.fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let port = stage.fleet.publish("db", "web1", target, None).await.unwrap();
    stage.fleet.admit("db", "127.0.0.1/32").await.unwrap();
    let mut visitor = visit([127, 0, 0, 1], &port).await.unwrap();
    visitor.write_all(&[1]).await.unwrap();
    assert_eq!(visitor.read_u8().await.unwrap(), 1);
    let page = Page { after: None, limit: 10 };
    let request = Request::Tunnels { page, node: Some("web1".into()), who: None };
    let Reply::Tunnels(tunnels, _) = stage.fleet.ask(request).await.unwrap() else { panic!() };
    let tunnel = tunnels[0].id;
    let route = stage.fleet.view("web1").await.unwrap().generation;
    // Whoever shows a certificate for the first time has collected it: that much is his to change.
    drop(Rogue::connect(&stage).await);
    let before = picture(&mut stage.fleet).await;

    for (what, bytes) in violations() {
        let mut rogue = Rogue::connect(&stage).await;
        rogue.send(&bytes).await;
        assert_eq!(rogue.ended().await, Some(DisconnectReason::ProtocolError), "{what}");
    }
    let mut rogue = Rogue::connect(&stage).await;
    for lie in lies(tunnel) {
        rogue.send(&lie).await;
        match rogue.ended().await {
            None => {}
            Some(DisconnectReason::ProtocolError) => rogue = Rogue::connect(&stage).await,
            Some(other) => panic!("{other}"),
        }
    }
    towards_the_server(&stage, &mut rogue).await;

    assert_eq!(picture(&mut stage.fleet).await, before);
    let victim = stage.fleet.view("web1").await.unwrap();
    assert_eq!(victim.generation, route, "its route was taken");
    visitor.write_all(&[2]).await.unwrap();
    assert_eq!(timeout(PATIENCE, visitor.read_u8()).await.unwrap().unwrap(), 2);
    let trail = stage.fleet.audit().await.unwrap();
    let reason = Some(wire::audit::Value::from("protocol_error"));
    let ends = trail.iter().filter(|event| event.entry.data.get("reason") == reason.as_ref());
    assert!(ends.count() >= violations().len(), "not every end is in the trail");
    stage.fleet.finish().await.unwrap();
}

/// Lanes that are not its own, and streams on its own the wrong way round.
async fn towards_the_server(stage: &Stage, rogue: &mut Rogue) {
    let tls = stage.show(Shown::Node);
    let another = Generation(rogue.generation.0 + 1);
    for (generation, wanted) in [(another, false), (rogue.generation, true)] {
        let mut conn = stage.dial(&tls, alpn::AGENT_LANE).await.unwrap();
        let hello = LaneHello { hello: ours(), generation, lane: LaneId(1) };
        write_frame(&mut conn.io, &hello, MAX_FRAME_OPEN).await.unwrap();
        let answer: LaneWelcome = read_frame(&mut conn.io, MAX_FRAME_OPEN).await.unwrap();
        assert_eq!(answer == LaneWelcome::Ok, wanted, "{answer:?}");
        if !wanted {
            continue;
        }
        let part = stage.fleet.shutdown().child();
        let lane = Lane::opener(conn.io, LaneId(1), conn.took, &part);
        let mut stream = lane.open().await.unwrap();
        // It may be refused while this is on its way.
        let _ = stream.send(&"localhost:22").await;
        let answer = timeout(PATIENCE, stream.receive::<u64>()).await.expect("a stream that stays");
        assert!(answer.is_err(), "{answer:?}");
        drop(stream);
        lane.close();
        let ((), _) = until("the end of its lane", PATIENCE, || {
            let closed = lane.is_closed();
            async move { closed.then_some(()) }
        })
        .await
        .unwrap();
    }
    assert_eq!(rogue.ended().await, None, "its own session goes on");
}
