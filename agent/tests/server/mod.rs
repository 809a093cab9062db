//! A server's side of the wire, played by the test: one authority, one listener, and verbs that
//! accept what an agent dials. Decides nothing by itself.
// Tests may stop at the first thing that is not as it should be; each uses the verbs it needs.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, unreachable_pub)]

use link::control::{Reader, Sender, read_frame, write_frame};
use link::dial::{Conn, accept};
use link::lane::Lane;
use link::tls::{Credentials, ServerTls};
use link::{Clock, Shutdown, System};
use pki::{Authority, Issued, KeyPair, Revoked, Role, Subject, Token, Trust};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf};
use tokio::net::TcpListener;
use tokio::time::timeout;
use wire::limits::{MAX_FRAME, MAX_FRAME_ENROL, MAX_FRAME_OPEN};
use wire::message::enrol::{EnrolReply, EnrolRequest, ToEnrol};
use wire::message::{Envelope, Hello, LaneHello, LaneWelcome, ToAgent, ToServer};
use wire::{Generation, Name, NodeId, alpn};

/// The stream of a connection, without naming the crate it is from.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub const DAY: Duration = Duration::from_secs(86_400);
const SOON: Duration = Duration::from_secs(10);

/// Waits for `what`, but not for ever.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(SOON, what).await.expect("did not happen in time")
}

pub struct Server {
    pub authority: Authority,
    listener: TcpListener,
    tls: ServerTls,
    pub revoked: Revoked,
    dir: TempDir,
    pub shutdown: Shutdown,
}

impl Server {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open_or_create(&dir.path().join("fleet"), now()).unwrap();
        let key = KeyPair::generate().unwrap();
        let subject = Subject::of(Role::Server, "main");
        let issued = authority.issue(&subject, &key.csr().unwrap(), now(), DAY).unwrap();
        let credentials = Credentials::new(authority.server_chain(&issued), &key).unwrap();
        let trust = Trust::new(authority.root().clone()).unwrap();
        let revoked = Revoked::default();
        let tls = ServerTls::new(credentials, &trust, revoked.clone()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { authority, listener, tls, revoked, dir, shutdown: Shutdown::new() }
    }

    pub fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// A place for a node's state.
    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub fn token(&self) -> String {
        self.token_with_pin(self.authority.pin())
    }

    pub fn token_with_pin(&self, pin: [u8; 32]) -> String {
        Token::generate(pin, vec![self.address()]).unwrap().reveal().to_string()
    }

    /// The next connection whose handshake works, of whatever protocol.
    pub async fn next(&self) -> Conn {
        loop {
            let (tcp, _) = soon(self.listener.accept()).await.unwrap();
            if let Ok(conn) = accept(tcp, &self.tls).await {
                return conn;
            }
        }
    }

    /// The next handshake, whatever comes of it.
    pub async fn handshake(&self) -> Option<Conn> {
        let (tcp, _) = soon(self.listener.accept()).await.unwrap();
        accept(tcp, &self.tls).await.ok()
    }

    pub fn issue(&self, id: NodeId, csr: &[u8], lifetime: Duration) -> Issued {
        let subject = Subject::of(Role::Node, id.to_string());
        self.authority.issue(&subject, csr, now(), lifetime).unwrap()
    }

    /// Plays one enrolment, with a certificate of this lifetime.
    pub async fn enrol(&self, lifetime: Duration) -> EnrolRequest {
        let (request, conn) = self.enrolment().await;
        let reply = self.granted(&request, lifetime);
        answer(conn, &reply).await;
        request
    }

    /// Reads an enrolment's request.
    pub async fn enrolment(&self) -> (EnrolRequest, Conn) {
        let mut conn = self.next().await;
        assert_eq!(conn.alpn, alpn::ENROL);
        let request = soon(read_frame(&mut conn.io, MAX_FRAME_ENROL)).await.unwrap();
        let ToEnrol::Enrol(request) = request else { panic!("{request:?}") };
        (request, conn)
    }

    pub fn granted(&self, request: &EnrolRequest, lifetime: Duration) -> EnrolReply {
        let issued = self.issue(node(), &request.csr, lifetime);
        EnrolReply::Node {
            id: node(),
            name: name(),
            labels: request.labels.clone().unwrap_or_default(),
            chain: issued.chain.iter().map(|c| c.to_vec().into()).collect(),
            trust: link::bundle::to_wire(&self.authority.bundle(0)),
        }
    }

    /// Takes the next control connection and welcomes its agent.
    pub async fn welcome(&self, generation: u64, warm_lanes: u32) -> Control {
        let mut control = self.control().await;
        control.generation = Generation(generation);
        let welcome = ToAgent::Welcome {
            node: node(),
            name: name(),
            generation: control.generation,
            hello: Hello::ours("test", now()),
            warm_lanes,
            heartbeat_ms: 10_000,
            dead_after_ms: 24_000,
        };
        control.sender.reply(control.hello.id, welcome).unwrap();
        control
    }

    /// Takes the next control connection up to its hello.
    pub async fn control(&self) -> Control {
        let conn = self.next().await;
        assert_eq!(conn.alpn, alpn::AGENT);
        let part = self.shutdown.child();
        let (reader, writer) = tokio::io::split(Box::new(conn.io) as Box<dyn Stream>);
        let mut reader = Reader::new(reader, MAX_FRAME);
        let hello: Envelope<ToServer> = soon(reader.next()).await.unwrap();
        assert!(matches!(hello.body, Some(ToServer::Hello { .. })), "{hello:?}");
        let sender = Sender::spawn(writer, MAX_FRAME, &part);
        Control { reader, sender, hello, part, generation: Generation(0) }
    }

    /// Takes the next lane.
    pub async fn lane(&self, control: &Control) -> Lane {
        let mut conn = self.next().await;
        assert_eq!(conn.alpn, alpn::AGENT_LANE);
        let hello: LaneHello = soon(read_frame(&mut conn.io, MAX_FRAME_OPEN)).await.unwrap();
        assert_eq!(hello.generation, control.generation);
        write_frame(&mut conn.io, &LaneWelcome::Ok, MAX_FRAME_OPEN).await.unwrap();
        Lane::opener(conn.io, hello.lane, conn.took, &control.part)
    }
}

pub async fn answer(mut conn: Conn, reply: &EnrolReply) {
    write_frame(&mut conn.io, reply, MAX_FRAME_ENROL).await.unwrap();
    // The agent may have read enough and gone.
    let _ = conn.io.shutdown().await;
}

/// One agent's control connection.
pub struct Control {
    reader: Reader<ReadHalf<Box<dyn Stream>>>,
    pub sender: Sender<ToAgent>,
    pub hello: Envelope<ToServer>,
    pub part: Shutdown,
    pub generation: Generation,
}

impl Control {
    /// The next message.
    pub async fn next(&mut self) -> Envelope<ToServer> {
        soon(self.reader.next()).await.unwrap()
    }

    /// The connection's end: true if nothing else came.
    pub async fn ended(&mut self) -> bool {
        soon(self.reader.next::<Envelope<ToServer>>()).await.is_err()
    }
}

pub fn now() -> u64 {
    System.wall().0
}

pub fn node() -> NodeId {
    NodeId::from_random(0x0123_4567)
}

pub fn name() -> Name {
    "web1".parse().unwrap()
}

pub fn exists(dir: &Path, name: &str) -> bool {
    dir.join(name).exists()
}
