//! Where a forward listens, an address or a path of this machine, and who comes there. What is at a path
//! already is in `socket.rs`.

use super::socket::Socket;
use crate::splice::End;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;

/// Where a forward listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At an address.
    Net(SocketAddr),
    /// At a Unix socket with this path, which only this user may use.
    Path(PathBuf),
}

impl Place {
    /// The address, if it is one.
    pub const fn net(&self) -> Option<SocketAddr> {
        match self {
            Self::Net(at) => Some(*at),
            Self::Path(_) => None,
        }
    }
}

impl From<SocketAddr> for Place {
    fn from(at: SocketAddr) -> Self {
        Self::Net(at)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(at) => at.fmt(f),
            Self::Path(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Who connected to a forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From this address.
    Net(SocketAddr),
    /// A process of this machine, by its Unix socket; with its id, where the system tells it.
    Process(Option<i32>),
}

impl Source {
    /// The address, if it has one.
    pub(super) const fn net(self) -> Option<SocketAddr> {
        match self {
            Self::Net(from) => Some(from),
            Self::Process(_) => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(from) => from.fmt(f),
            Self::Process(Some(id)) => write!(f, "process {id}"),
            Self::Process(None) => f.write_str("a local process"),
        }
    }
}

/// A listener that is bound.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(Socket),
}

impl Listener {
    /// Binds it.
    ///
    /// # Errors
    /// The address is taken or not this user's to bind, or something is at the path.
    pub(super) async fn bind(at: &Place) -> io::Result<Self> {
        match at {
            Place::Net(at) => TcpListener::bind(at).await.map(Self::Tcp),
            Place::Path(path) => Socket::bind(path).await.map(Self::Unix),
        }
    }

    /// Where it is.
    pub(super) fn place(&self) -> io::Result<Place> {
        match self {
            Self::Tcp(tcp) => tcp.local_addr().map(Place::Net),
            Self::Unix(socket) => Ok(Place::Path(socket.path().to_owned())),
        }
    }

    /// The next connection.
    ///
    /// # Cancel safety
    /// Yes.
    pub(super) async fn accept(&self) -> io::Result<(End, Source)> {
        match self {
            Self::Tcp(tcp) => {
                let (client, from) = tcp.accept().await?;
                crate::dial::tune(&client);
                Ok((End::Tcp(client), Source::Net(from)))
            }
            Self::Unix(socket) => {
                let client = socket.accept().await?;
                let id = client.peer_cred().ok().and_then(|who| who.pid());
                Ok((End::Unix(client), Source::Process(id)))
            }
        }
    }
}
