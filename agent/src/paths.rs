//! Dials every way to the server and reports: for people who look for a fault. No state changes: the
//! handshake proves both sides, and ends before a session begins.

use crate::agent::AgentError;
use crate::config::Config;
use crate::identity::Identity;
use link::dial::dial;
use link::tls::{ClientTls, Credentials, TlsError};
use std::path::Path;
use std::time::{Duration, Instant};
use wire::alpn;

/// One attempt, handshake included.
const ATTEMPT: Duration = Duration::from_secs(10);

/// How one way to the server went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The rung of the path ladder.
    pub rung: &'static str,
    /// `HOST:PORT`.
    pub address: String,
    /// How long it took.
    pub took: Duration,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// Tries each server address of the enrolled identity in `dir` and of its `agent.toml`.
///
/// # Errors
/// The directory holds no identity, or what it holds is damaged.
pub async fn test(dir: &Path) -> Result<Vec<Tried>, AgentError> {
    let identity = Identity::load(dir)?.ok_or(AgentError::NotEnrolled { dir: dir.to_owned() })?;
    let config = Config::load(dir)?;
    let failed =
        |error: TlsError| AgentError::State { path: dir.to_owned(), what: error.to_string() };
    let credentials = Credentials::new(identity.chain.clone(), &identity.key).map_err(failed)?;
    let tls = ClientTls::authenticated(&identity.trust, credentials).map_err(failed)?;
    let mut servers = if config.server.is_empty() { identity.servers } else { config.server };
    servers.dedup();
    let mut tried = Vec::with_capacity(servers.len());
    for address in servers {
        let begun = Instant::now();
        let outcome = dial(&address, &tls, alpn::AGENT, ATTEMPT).await;
        let error = outcome.err().map(|error| error.to_string());
        tried.push(Tried { rung: "tls", address, took: begun.elapsed(), error });
    }
    Ok(tried)
}
