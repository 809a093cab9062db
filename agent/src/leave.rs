//! The end of an identity by its own machine: the server is told, then the files go.

use crate::agent::AgentError;
use crate::identity::{self, Identity};
use crate::lock::{DirLock, Held};
use crate::{config, inventory, paths};
use link::control::{Reader, Sender};
use link::dial::DialError;
use link::ladder::WaysError;
use link::tls::{ClientTls, Credentials, TlsError};
use link::{Clock, Shutdown, System};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;
use wire::limits::{HANDSHAKE_DEADLINE, MAX_FRAME};
use wire::message::{Envelope, Hello, ToAgent, ToServer};
use wire::{DisconnectReason, Name, NodeId, Refusal, alpn};

/// Files of a state directory beside the identity and the keys; the lock stays.
const FILES: [&str; 6] =
    [config::FILE, "ca.pem", "status.json", "last-server.json", paths::WAYS, "rotate"];
/// How long the tasks of the connection may take to end.
const ENDING: Duration = Duration::from_secs(1);

/// Why a machine is still enrolled.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    /// An agent runs on the directory.
    #[error("{dir} is in use by an agent (pid {pid})")]
    InUse {
        /// The state directory.
        dir: PathBuf,
        /// By whom.
        pid: String,
    },
    /// There is no identity, or it cannot be read.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The server was not reached: nothing was removed.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The server does not take it from this identity.
    #[error(transparent)]
    Refused(Refusal),
    /// The server did not confirm in time, or the connection broke.
    #[error("the server did not confirm: {0}")]
    Unconfirmed(String),
    /// The identity cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The directory cannot be used.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Whether the server has to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// It is told, and nothing is removed unless it confirms.
    Told,
    /// Only this machine forgets.
    NotAsked,
}

/// Who lives in a state directory, if nobody runs on it.
///
/// # Errors
/// There is no identity, or an agent runs on it.
pub fn who(dir: &Path) -> Result<(NodeId, Name), LeaveError> {
    let (identity, _lock) = open(dir)?;
    Ok((identity.id, identity.name))
}

/// Gives the identity up and removes it.
///
/// # Errors
/// See [`LeaveError`]; unless it says so nothing was removed.
pub async fn leave(dir: &Path, server: Server) -> Result<(NodeId, Name), LeaveError> {
    let (identity, _lock) = open(dir)?;
    if server == Server::Told {
        let shutdown = Shutdown::new();
        let told = timeout(HANDSHAKE_DEADLINE * 2, tell(dir, &identity, &shutdown)).await;
        shutdown.finish(ENDING).await;
        told.map_err(|_| LeaveError::Unconfirmed("no answer in time".to_owned()))??;
    }
    remove(dir)?;
    Ok((identity.id, identity.name))
}

fn open(dir: &Path) -> Result<(Identity, DirLock), LeaveError> {
    let absent = || AgentError::NotEnrolled { dir: dir.to_owned() };
    if !dir.try_exists()? {
        return Err(absent().into());
    }
    let lock = match DirLock::take(dir)? {
        Held::Ours(lock) => lock,
        Held::Other(pid) => return Err(LeaveError::InUse { dir: dir.to_owned(), pid }),
    };
    Ok((Identity::load(dir)?.ok_or_else(absent)?, lock))
}

/// Says so on a connection of its own; the server's goodbye is the confirmation.
async fn tell(dir: &Path, identity: &Identity, shutdown: &Shutdown) -> Result<(), LeaveError> {
    let credentials = Credentials::new(identity.chain.clone(), &identity.key)?;
    let tls = ClientTls::authenticated(&identity.trust, credentials)?;
    let state =
        |error: WaysError| AgentError::State { path: dir.to_owned(), what: error.to_string() };
    let config = config::Config::load(dir).map_err(AgentError::from)?;
    let ladder = paths::ladder(dir, &config).map_err(state)?.impatient();
    let (_, conn) = ladder.climb(&identity.servers, &tls, alpn::AGENT, HANDSHAKE_DEADLINE).await?;
    let (read, write) = tokio::io::split(conn.io);
    let mut reader = Reader::new(read, MAX_FRAME);
    let sender = Sender::spawn(write, MAX_FRAME, shutdown);
    let hello = ToServer::Hello {
        hello: Hello::ours(env!("CARGO_PKG_VERSION"), System.wall().0),
        inventory: inventory::take(),
        allow: Vec::new(),
        returned: None,
        instance: None,
        path: None,
        reverse: None,
    };
    let lost = |error: link::control::ControlError| LeaveError::Unconfirmed(error.to_string());
    sender.send(hello).map_err(lost)?;
    sender.send(ToServer::Leave).map_err(lost)?;
    loop {
        match reader.next::<Envelope<ToAgent>>().await.map_err(lost)?.body {
            Some(ToAgent::Bye { reason: DisconnectReason::Revoked }) => return Ok(()),
            Some(ToAgent::Bye { reason }) => {
                return Err(LeaveError::Unconfirmed(reason.to_string()));
            }
            Some(ToAgent::Refused(refusal)) => return Err(LeaveError::Refused(refusal)),
            _ => {}
        }
    }
}

/// The identity first: without it the rest is litter.
fn remove(dir: &Path) -> io::Result<()> {
    let gone = |path: PathBuf| match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    gone(dir.join(identity::FILE))?;
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".key") || FILES.contains(&&*name) {
            gone(dir.join(&*name))?;
        }
    }
    Ok(())
}
