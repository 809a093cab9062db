//! The ways from this machine to its server: the ladder that the agent climbs, and a dial of each for
//! people who look for a fault. That changes no state: the handshake proves both sides, and ends before
//! a session begins.

use crate::agent::AgentError;
use crate::config::{self, Config};
use crate::identity::Identity;
use link::dial::dial_by;
use link::ladder::{Ladder, WaysError};
use link::tls::{ClientTls, Credentials, TlsError};
use std::path::Path;
use std::time::{Duration, Instant};
use wire::alpn;

/// What was learned about the ways, in the state directory.
pub(crate) const WAYS: &str = "ways";
/// One attempt, handshake included.
const ATTEMPT: Duration = Duration::from_secs(10);

/// How one way to the server went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The rung of the path ladder.
    pub rung: &'static str,
    /// The proxy on the way, `HOST:PORT`.
    pub proxy: Option<String>,
    /// `HOST:PORT`.
    pub address: String,
    /// How long it took.
    pub took: Duration,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// The ways to the server, and what was learned about them in the last run.
pub(crate) fn ladder(dir: &Path, config: &Config) -> Result<Ladder, WaysError> {
    Ok(Ladder::new(config.ways()?, Some(dir.join(WAYS))))
}

/// Tries each way to each server address of the enrolled identity in `dir`, or of its `agent.toml`.
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
    let ways = ladder(dir, &config).map_err(|error| AgentError::State {
        path: dir.join(config::FILE),
        what: error.to_string(),
    })?;
    let mut servers = if config.server.is_empty() { identity.servers } else { config.server };
    servers.dedup();
    let mut tried = Vec::new();
    for way in ways.ways() {
        for address in servers.iter().filter(|server| way.leads_to(server)) {
            let begun = Instant::now();
            let outcome = dial_by(address, &way, &tls, alpn::AGENT, ATTEMPT).await;
            tried.push(Tried {
                rung: way.rung().as_str(),
                proxy: way.proxy().map(ToString::to_string),
                address: address.clone(),
                took: begun.elapsed(),
                error: outcome.err().map(|error| error.to_string()),
            });
        }
    }
    Ok(tried)
}
