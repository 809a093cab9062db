//! A fleet's certificates, a lane over real TLS, and tunnels through it, with both ends in hand.

// Tests stop at the first thing that is not as it should be; not every test file uses every part.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, unreachable_pub)]

use link::dial::{Conn, accept, dial};
use link::lane::{Acceptor, Lane, LaneStream};
use link::meter::Meter;
use link::splice::{Cut, End, Ended, Limits, splice};
use link::tls::{ClientTls, Credentials, ServerTls};
use link::{Clock, Shutdown, System};
use pki::{Authority, KeyPair, Revoked, Role, Subject, Trust};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wire::{LaneId, NodeId, OperatorId, alpn};

/// Longer than anything here takes on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Fails a test that waits for something that never comes.
pub async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

pub struct Fleet {
    pub authority: Authority,
    pub trust: Trust,
    pub revoked: Revoked,
    pub server: ServerTls,
    _dir: tempfile::TempDir,
}

impl Fleet {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open_or_create(&dir.path().join("ca"), System.wall().0).unwrap();
        let trust = Trust::new(authority.root().clone()).unwrap();
        let revoked = Revoked::default();
        let key = KeyPair::generate().unwrap();
        let subject = Subject::of(Role::Server, "server");
        let issued = authority
            .issue(&subject, &key.csr().unwrap(), System.wall().0, Duration::from_secs(3600))
            .unwrap();
        let credentials = Credentials::new(authority.server_chain(&issued), &key).unwrap();
        let server = ServerTls::new(credentials, &trust, revoked.clone()).unwrap();
        Self { authority, trust, revoked, server, _dir: dir }
    }

    pub fn credentials(&self, role: Role, id: &str) -> (Credentials, [u8; 32]) {
        let key = KeyPair::generate().unwrap();
        let issued = self
            .authority
            .issue(
                &Subject::of(role, id),
                &key.csr().unwrap(),
                System.wall().0,
                Duration::from_secs(600),
            )
            .unwrap();
        (Credentials::new(issued.chain.clone(), &key).unwrap(), issued.spki)
    }

    pub fn node(&self) -> (ClientTls, NodeId, [u8; 32]) {
        let id = NodeId::from_random(7);
        let (credentials, spki) = self.credentials(Role::Node, &id.to_string());
        (ClientTls::authenticated(&self.trust, credentials).unwrap(), id, spki)
    }

    pub fn operator(&self) -> (ClientTls, OperatorId, [u8; 32]) {
        let id = OperatorId::from_random(8);
        let (credentials, spki) = self.credentials(Role::Operator, &id.to_string());
        (ClientTls::authenticated(&self.trust, credentials).unwrap(), id, spki)
    }

    /// The server's and the client's end of one connection.
    pub async fn connect(&self, tls: &ClientTls, protocol: &'static [u8]) -> (Conn, Conn) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serve = async {
            let (tcp, _) = listener.accept().await.unwrap();
            accept(tcp, &self.server).await.unwrap()
        };
        let call = async { dial(&address, tls, protocol, PATIENCE).await.unwrap() };
        tokio::join!(serve, call)
    }
}

/// A lane from the server (which opens) to an agent (which accepts).
pub struct Rig {
    pub fleet: Fleet,
    pub shutdown: Shutdown,
    pub lane: Lane,
    pub agent: Acceptor,
    /// Ends the agent's side of the lane only.
    pub agent_part: Shutdown,
}

/// One tunnel: visitor ↔ server's splice ↔ lane ↔ agent's splice ↔ target.
pub struct Tunnel {
    pub client: TcpStream,
    pub target: TcpStream,
    pub server: JoinHandle<Ended>,
    pub agent: JoinHandle<Ended>,
    pub cut: Cut,
    pub meter: Arc<Meter>,
}

impl Rig {
    pub async fn new() -> Self {
        let fleet = Fleet::new();
        let shutdown = Shutdown::new();
        let (tls, ..) = fleet.node();
        let (server, agent) = fleet.connect(&tls, alpn::AGENT_LANE).await;
        let agent_part = shutdown.child();
        let lane = Lane::opener(server.io, LaneId(1), server.took, &shutdown);
        let agent = Acceptor::start(agent.io, LaneId(1), agent.took, &agent_part);
        Self { fleet, shutdown, lane, agent, agent_part }
    }

    /// Both ends of a stream whose header and answer are through.
    pub async fn stream(&mut self) -> (LaneStream, LaneStream) {
        let mut opened = self.lane.open().await.unwrap();
        opened.send(&7u64).await.unwrap();
        let mut accepted = soon("a stream", self.agent.next()).await.unwrap();
        assert_eq!(accepted.receive::<u64>().await.unwrap(), 7);
        accepted.send(&8u64).await.unwrap();
        assert_eq!(opened.receive::<u64>().await.unwrap(), 8);
        (opened, accepted)
    }

    pub async fn tunnel(&mut self) -> Tunnel {
        self.tunnel_with(Limits::default()).await
    }

    pub async fn tunnel_with(&mut self, limits: Limits) -> Tunnel {
        let (opened, accepted) = self.stream().await;
        let (client, visitor) = pair().await;
        let (dialled, target) = pair().await;
        let (cut, meter) = (Cut::new(), Arc::new(Meter::default()));
        let at_agent = Limits { compress: limits.compress, ..Limits::default() };
        let server = tokio::spawn(splice(
            End::Tcp(visitor),
            End::Lane(opened),
            Arc::clone(&meter),
            limits,
            cut.clone(),
        ));
        let agent = tokio::spawn(splice(
            End::Lane(accepted),
            End::Tcp(dialled),
            Arc::default(),
            at_agent,
            Cut::new(),
        ));
        Tunnel { client, target, server, agent, cut, meter }
    }
}

impl Tunnel {
    /// How the server's and the agent's splices ended.
    pub async fn ended(self) -> (Ended, Ended) {
        let (server, agent) =
            soon("the end", async { tokio::join!(self.server, self.agent) }).await;
        (server.unwrap(), agent.unwrap())
    }
}

/// Two ends of a TCP connection.
pub async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (dialled, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (dialled, (accepted, _)) = (dialled.unwrap(), accepted.unwrap());
    dialled.set_nodelay(true).unwrap();
    accepted.set_nodelay(true).unwrap();
    (dialled, accepted)
}
