//! `version`: this program, and the server if it answers within a second.

use crate::cli::Run;
use crate::cli::runtime::one_shot;
use crate::ctx::connect;
use crate::exit::{Exit, Result};
use serde::Serialize;
use std::time::Duration;
use wire::message::hello::PROTO;

const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize)]
struct Version {
    client: Client,
    server: Server,
    api: Api,
}

#[derive(Debug, Serialize)]
struct Client {
    version: &'static str,
    commit: Option<&'static str>,
    built_at: Option<&'static str>,
    target: Option<&'static str>,
    features: &'static [&'static str],
}

#[derive(Debug, Serialize)]
struct Server {
    version: Option<String>,
    reachable: bool,
}

#[derive(Debug, Serialize)]
struct Api {
    client: String,
    server: Option<String>,
    compatible: Option<bool>,
}

/// Runs `version`.
///
/// # Errors
/// The reader has gone.
pub fn run(run: &Run) -> Result {
    // Not being able to reach a server is an answer here, not a failure.
    let server = one_shot(async {
        Ok(tokio::time::timeout(PATIENCE, connect(&run.settings))
            .await
            .ok()
            .and_then(Result::ok)
            .map(|link| link.operator.server_version().to_owned()))
    })?;
    let api = format!("v1.{PROTO}");
    let version = Version {
        client: Client {
            version: env!("CARGO_PKG_VERSION"),
            commit: option_env!("TUNNELCTL_COMMIT"),
            built_at: option_env!("TUNNELCTL_BUILT_AT"),
            target: option_env!("TUNNELCTL_TARGET"),
            features: &[],
        },
        api: Api {
            server: server.is_some().then(|| api.clone()),
            compatible: server.is_some().then_some(true),
            client: api,
        },
        server: Server { reachable: server.is_some(), version: server },
    };
    run.out.single("Version", version.client.version, &version, |out| {
        let commit = version.client.commit.map(|c| format!(" ({c})")).unwrap_or_default();
        let target = version.client.target.unwrap_or("unknown target");
        out.line(&format!("client  {}{commit}  {target}", version.client.version))?;
        match &version.server.version {
            Some(server) => out.line(&format!("server  {server}")),
            None => out.line("server  not reached"),
        }
    })?;
    Ok(Exit::Ok)
}
