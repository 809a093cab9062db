//! `status.json`: what `agent status` prints, kept current by the running agent. A stale file of an
//! agent that is gone says `stopped`.

use crate::agent::{AgentError, Phase};
use crate::context::Context;
use crate::identity::Identity;
use crate::lock::DirLock;
use pki::{PkiError, files};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use wire::UnixMs;

const FILE: &str = "status.json";

/// What an agent is doing, for people and scripts.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Status {
    /// The node's id.
    pub node: Option<String>,
    /// The node's name.
    pub name: Option<String>,
    /// `connecting`, `online`, `revoked` or `stopped`.
    pub state: String,
    /// The number of the connection.
    pub generation: Option<u64>,
    /// The server it is connected to.
    pub server: Option<String>,
    /// How it is connected.
    pub path: Option<String>,
    /// Since when it is in this state.
    pub since: Option<UnixMs>,
    /// When the certificate ends.
    pub certificate_expires_at: Option<UnixMs>,
    /// Open tunnels.
    pub tunnels: u32,
    /// Those of them that are listeners.
    #[serde(default)]
    pub listeners: u32,
    /// Bytes towards targets since the agent started.
    pub up_bytes: u64,
    /// Bytes from targets since the agent started.
    pub down_bytes: u64,
    /// Sessions that ended since the agent started.
    pub reconnects: u32,
    /// Why it is not connected, or the last time was not.
    pub last_error: Option<String>,
    /// What it passes on for other nodes, if it is a gateway.
    #[serde(default)]
    pub gateway: Option<GatewayStatus>,
}

/// Connections of other nodes to the server, through this one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GatewayStatus {
    /// Open now.
    pub open: u64,
    /// Since the agent started.
    pub total: u64,
    /// Not admitted, or over the limit, since the agent started.
    pub refused: u64,
    /// Bytes towards the server.
    pub up_bytes: u64,
    /// Bytes from the server.
    pub down_bytes: u64,
}

/// Reads the status of the agent in `dir`. Without a running agent it is `stopped`.
///
/// # Errors
/// The directory holds no identity, or a file cannot be read.
pub fn status(dir: &Path) -> Result<Status, AgentError> {
    let identity =
        Identity::load(dir)?.ok_or_else(|| AgentError::NotEnrolled { dir: dir.to_owned() })?;
    let path = dir.join(FILE);
    let running = DirLock::is_held(dir);
    let written: Option<Status> = match files::read_secret(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|error| AgentError::State {
            path,
            what: format!("truncated, or not a status: {error}"),
        })?),
        Err(PkiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let mut status = written.unwrap_or_default();
    status.node = Some(identity.id.to_string());
    status.name = Some(identity.name.to_string());
    status.certificate_expires_at = Some(identity.not_after);
    if !running {
        status = stopped(status);
    } else if status.state.is_empty() {
        "connecting".clone_into(&mut status.state);
    }
    Ok(status)
}

/// What is left of a status when nobody runs.
fn stopped(was: Status) -> Status {
    Status {
        node: was.node,
        name: was.name,
        certificate_expires_at: was.certificate_expires_at,
        reconnects: was.reconnects,
        // A revoked identity stays what it is, also after its agent ended.
        state: if was.state == "revoked" { was.state } else { "stopped".to_owned() },
        last_error: was.last_error,
        ..Status::default()
    }
}

/// The status right now.
pub(crate) fn current(ctx: &Context, since: UnixMs, last_error: Option<&str>) -> Status {
    let identity = ctx.identity.load();
    let totals = ctx.tunnels.totals();
    let mut status = Status {
        node: Some(identity.id.to_string()),
        name: Some(identity.name.to_string()),
        since: Some(since),
        certificate_expires_at: Some(identity.not_after),
        tunnels: totals.open,
        listeners: ctx.tunnels.listeners(),
        up_bytes: totals.up,
        down_bytes: totals.down,
        reconnects: ctx.reconnects.load(Relaxed),
        last_error: last_error.map(str::to_owned),
        gateway: ctx.gateway.counts().map(|(counts, refused)| GatewayStatus {
            open: counts.open,
            total: counts.total,
            refused,
            up_bytes: counts.up,
            down_bytes: counts.down,
        }),
        ..Status::default()
    };
    match &*ctx.phase.borrow() {
        Phase::Connecting { .. } => "connecting".clone_into(&mut status.state),
        Phase::Connected { name, generation, server, .. } => {
            "online".clone_into(&mut status.state);
            status.name = Some(name.to_string());
            status.generation = Some(generation.0);
            status.server = Some(server.clone());
            status.path = Some("tls".to_owned());
        }
        Phase::Revoked => "revoked".clone_into(&mut status.state),
        Phase::Stopped => "stopped".clone_into(&mut status.state),
    }
    status
}

/// Replaces the file. Not synced to the disk: it is worth nothing after a crash, and every few
/// seconds would wear flash out.
pub(crate) fn write(dir: &Path, status: &Status) -> io::Result<()> {
    let (path, temporary) = (dir.join(FILE), dir.join(".status.json.new"));
    // Left behind by an agent that was killed in between, or planted: never written through.
    match std::fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(&serde_json::to_vec(status)?)?;
    std::fs::rename(temporary, path)
}
