//! A fleet of several nodes with a source behind each, and every way to it: visitors admitted by a
//! session and by a guest, and an operator's forward, SOCKS proxy, CONNECT proxy and `connect`.

use anyhow::{Context, Result, ensure};
use link::dial::dial;
use link::forward::{self, Clients, Dns, Kind, OnDrop, Spec};
use link::operator::{Access, Operator};
use socket2::SockRef;
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::{because, session, visit};
use testbed::{Fleet, service};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::message::operator::{Reply, Request};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::PortView;
use wire::{Target, alpn};

/// Nodes that the streams are spread over.
pub(crate) const NODES: usize = 4;
/// Where mira's session lets visitors in from.
pub(crate) const MIRA: [u8; 4] = [127, 0, 0, 20];
/// Where the guests of the ports come from, one for each.
pub(crate) const LEE: [u8; 4] = [127, 0, 0, 21];
/// What a client's own kernel may keep for it: a stream is measured where it arrives.
const KEPT: usize = 64 * 1024;
const HOUR: Duration = Duration::from_secs(3600);

/// How a stream gets to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// A visitor of the published port, by mira's session.
    Session,
    /// A visitor of the published port, by the port's guest.
    Guest,
    /// Mira's local forward.
    Forward,
    /// Mira's local SOCKS proxy.
    Socks,
    /// The CONNECT proxy at the server, as mira.
    Proxy,
    /// Mira's own `connect`.
    Connect,
}

impl Way {
    /// All of them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Session, Self::Guest, Self::Forward, Self::Socks, Self::Proxy, Self::Connect];

    /// Whether no program of the operator's stands between the server and the client.
    pub(crate) fn is_of_the_server(self) -> bool {
        matches!(self, Self::Session | Self::Guest | Self::Proxy)
    }
}

/// Both directions of an open stream.
pub(crate) trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

/// What leads to one node.
#[derive(Debug, Clone)]
struct Door {
    node: String,
    port: PortView,
    forward: SocketAddr,
    socks: SocketAddr,
}

/// The ways of a fleet, for everybody who takes one.
#[derive(Clone)]
pub(crate) struct Ways {
    doors: Vec<Door>,
    target: Target,
    mira: Operator,
    access: Access,
    shutdown: link::Shutdown,
    /// Mira's session.
    pub(crate) session: String,
}

impl Ways {
    /// Nodes, ports and proxies in `fleet`; their names begin with `prefix`.
    pub(crate) async fn lay(fleet: &mut Fleet, prefix: &str) -> Result<Self> {
        let bulk = service::bulk(fleet.shutdown()).await?;
        let target = Target::new("localhost", bulk.port())?;
        let access = fleet.person_access("mira", "admin").await?;
        let shutdown = fleet.shutdown().clone();
        let mira = Operator::connect(&access, &shutdown).await?;
        let mut doors = Vec::new();
        for at in 0..NODES {
            let node = format!("{prefix}-{at}");
            fleet.add(&node).await?;
            let port = fleet.publish(&node, &node, target.clone(), None).await?;
            fleet.admit_guest(&format!("lee{at}"), &node, "127.0.0.21", HOUR).await?;
            let fixed = OpenTo::Node { node: node.as_str().into(), target: target.clone() };
            let proxy = Kind::Proxy {
                through: node.as_str().into(),
                dns: Dns::Remote,
                http: true,
                auth: None,
            };
            let listen = async |kind| {
                let first = Some(mira.clone());
                let open = forward::start(spec(kind), access.clone(), first, &shutdown).await?;
                open.address.net().context("an address")
            };
            let forward = listen(Kind::Fixed(fixed)).await?;
            let socks = listen(proxy).await?;
            doors.push(Door { node, port, forward, socks });
        }
        let spec = session(&["127.0.0.20"], HOUR);
        let request = Request::SessionStart { spec, intent: because() };
        let Reply::Session(session) = mira.request(request).await? else {
            anyhow::bail!("no session");
        };
        let session = session.id.to_string();
        Ok(Self { doors, target, mira, access, shutdown, session })
    }

    /// The name of a node, which is its port's, too.
    pub(crate) fn node(&self, at: usize) -> &str {
        &self.doors[at].node
    }

    /// Whether mira can still connect.
    pub(crate) async fn connects(&self) -> bool {
        Operator::connect(&self.access, &self.shutdown).await.is_ok()
    }

    /// Opens a stream to the node's target.
    pub(crate) async fn open(&self, way: Way, at: usize) -> Result<Box<dyn Pipe>> {
        let door = &self.doors[at];
        Ok(match way {
            Way::Session => narrow(visit(MIRA, &door.port).await?)?,
            Way::Guest => narrow(visit(LEE, &door.port).await?)?,
            Way::Forward => narrow(TcpStream::connect(door.forward).await?)?,
            Way::Socks => narrow(self.socks(door).await?)?,
            Way::Proxy => self.proxy(door).await?,
            Way::Connect => narrow(self.connect(door).await?)?,
        })
    }

    async fn socks(&self, door: &Door) -> Result<TcpStream> {
        let mut tcp = TcpStream::connect(door.socks).await?;
        tcp.write_all(&[5, 1, 0]).await?;
        let mut chosen = [0; 2];
        tcp.read_exact(&mut chosen).await?;
        ensure!(chosen == [5, 0], "{chosen:?}");
        let host = &self.target.host;
        let mut request = vec![5, 1, 0, 3, u8::try_from(host.len())?];
        request.extend_from_slice(host.as_bytes());
        request.extend_from_slice(&self.target.port.to_be_bytes());
        tcp.write_all(&request).await?;
        let mut reply = [0; 10];
        tcp.read_exact(&mut reply).await?;
        ensure!(reply[1] == 0, "{reply:?}");
        Ok(tcp)
    }

    async fn proxy(&self, door: &Door) -> Result<Box<dyn Pipe>> {
        let server = self.access.servers.first().context("no server")?;
        let mut conn = dial(server, &self.access.tls, alpn::HTTP, PATIENCE).await?;
        SockRef::from(conn.io.get_ref().0.tcp()).set_recv_buffer_size(KEPT)?;
        let authority = format!("{}:{}", door.node, self.target.port);
        let head = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        conn.io.write_all(head.as_bytes()).await?;
        let mut answer = [0; b"HTTP/1.1 200 Connection established\r\n\r\n".len()];
        conn.io.read_exact(&mut answer).await?;
        ensure!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
        Ok(Box::new(conn.io))
    }

    /// As her program would carry it between the server and its own input and output.
    async fn connect(&self, door: &Door) -> Result<TcpStream> {
        let open = OperatorOpen {
            to: OpenTo::Node { node: door.node.as_str().into(), target: self.target.clone() },
            kind: TunnelType::Connect,
            note: None,
            idle_ms: None,
            max_ms: None,
            wait_ms: None,
            compress: None,
            trace: None,
        };
        let (opened, stream) = self.mira.open(&open).await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let here = TcpStream::connect(listener.local_addr()?).await?;
        let (there, _) = listener.accept().await?;
        let mira = self.mira.clone();
        self.shutdown.spawn("connect", async move {
            let meter = std::sync::Arc::new(link::meter::Meter::default());
            let end = link::splice::End::Tcp(there);
            mira.carry(&opened, stream, end, meter, link::splice::Limits::default()).await;
        });
        Ok(here)
    }
}

fn narrow(tcp: TcpStream) -> Result<Box<dyn Pipe>> {
    SockRef::from(&tcp).set_recv_buffer_size(KEPT)?;
    Ok(Box::new(tcp))
}

fn spec(kind: Kind) -> Spec {
    Spec {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        kind,
        on_drop: OnDrop::Close,
        idle: None,
        max: None,
        compress: None,
        note: None,
        clients: Clients::default(),
    }
}
