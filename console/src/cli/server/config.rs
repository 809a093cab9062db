//! `server config`: check, show with origins, and the keys of the file.

use super::ServerFlags;
use crate::cli::Run;
use crate::cli::human;
use crate::exit::{Exit, Result};
use clap::{Args, Subcommand};
use fleet_server::Config;
use fleet_server::config::Metrics;
use link::System;
use std::path::PathBuf;

/// Verbs of `server config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check file, environment and flags; exit 2 names what is wrong
    Check(CheckArgs),
    /// Print the configuration in effect
    Show(ShowArgs),
    /// Print every key of the file with its default
    Schema,
}

/// What to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    server: ServerFlags,
}

/// What to show.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    server: ServerFlags,
    /// Say where each value comes from
    #[arg(long)]
    origin: bool,
}

/// The keys, and what they mean.
const KEYS: &[(&str, &str)] = &[
    ("listen", "TLS listeners; port 0 picks one."),
    ("public_names", "HOST[:PORT] put into tokens and certificates."),
    ("tls_cert", "Certificates by which strangers know the server, for HTTPS."),
    ("tls_key", "The keys of tls_cert, in the same order."),
    ("trusted_proxies", "Load balancers whose connections begin with a PROXY header."),
    ("port_range", "Published ports come from here."),
    ("metrics", "Metrics listener, or \"off\"."),
    ("admin", "Name of the first admin."),
    ("heartbeat", "How often each side says something."),
    ("dead_after", "Silence after which a link is dead."),
    ("warm_lanes", "Lanes each agent keeps ready for tunnels."),
    ("node_certificate", "How long a node's certificate lives; it is renewed at two thirds."),
    ("operator_certificate", "How long an operator's certificate lives."),
    ("min_agent_version", "The oldest version of agents that are let in; empty = any."),
    ("penalty_exempt", "Networks whose failed handshakes are not counted against them."),
];

/// Runs `server config`.
///
/// # Errors
/// The configuration is not valid.
pub(super) fn run(command: &ConfigCommand, run: &Run) -> Result {
    match command {
        ConfigCommand::Check(args) => {
            let config = args.server.config()?;
            fleet_server::server::check_files(&config, &System::shared())?;
            run.out.told(&format!(
                "{} valid, for {}",
                run.out.look.tick(),
                config.dir.display()
            ))?;
        }
        ConfigCommand::Show(args) => show(args, run)?,
        ConfigCommand::Schema => {
            let config = Config::new(PathBuf::new());
            for ((key, about), value) in KEYS.iter().zip(values(&config)) {
                run.out.line(&format!("# {about}\n{key} = {value}\n"))?;
            }
        }
    }
    Ok(Exit::Ok)
}

fn show(args: &ShowArgs, run: &Run) -> Result<()> {
    let config = args.server.config()?;
    let file = match &args.server.file {
        Some(file) => Some(Config::load(config.dir.clone(), file)?),
        None => None,
    };
    let default = values(&Config::new(config.dir.clone()));
    let from_file = file.as_ref().map(values);
    let mut lines = Vec::new();
    for (at, value) in values(&config).into_iter().enumerate() {
        let origin = match &from_file {
            Some(file) if file[at] == value && file[at] != default[at] => "file",
            _ if value == default[at] => "default",
            _ => "flag or env",
        };
        lines.push((KEYS[at].0, value, origin));
    }
    let shape: serde_json::Map<String, serde_json::Value> = lines
        .iter()
        .map(|(key, value, origin)| {
            ((*key).to_owned(), serde_json::json!({"value": native(value), "origin": origin}))
        })
        .collect();
    run.out.single("ServerConfig", "server", &shape, |out| {
        for (key, value, origin) in &lines {
            let tail = if args.origin { format!("  # {origin}") } else { String::new() };
            out.line(&format!("{key} = {value}{tail}"))?;
        }
        Ok(())
    })
}

/// A value of TOML as one of JSON.
fn native(text: &str) -> serde_json::Value {
    let table = format!("value = {text}").parse::<toml::Table>().ok();
    let value = table.and_then(|mut table| table.remove("value"));
    value.and_then(|value| serde_json::to_value(value).ok()).unwrap_or_default()
}

/// The values as TOML, in the order of [`KEYS`].
fn values(config: &Config) -> [String; 15] {
    let quoted = |all: Vec<String>| {
        let all: Vec<String> = all.iter().map(|one| format!("{one:?}")).collect();
        format!("[{}]", all.join(", "))
    };
    let paths =
        |all: &[PathBuf]| quoted(all.iter().map(|path| path.display().to_string()).collect());
    let metrics = match config.metrics {
        Metrics::Off => "off".to_owned(),
        Metrics::Default(address) | Metrics::Explicit(address) => address.to_string(),
    };
    let (first, last) = config.port_range;
    [
        quoted(config.listen.iter().map(ToString::to_string).collect()),
        quoted(config.public_names.clone()),
        paths(&config.tls_cert),
        paths(&config.tls_key),
        quoted(config.trusted_proxies.iter().map(ToString::to_string).collect()),
        format!("\"{first}-{last}\""),
        format!("{metrics:?}"),
        format!("{:?}", config.admin),
        format!("{:?}", human::duration(config.heartbeat)),
        format!("{:?}", human::duration(config.dead_after)),
        config.warm_lanes.to_string(),
        format!("{:?}", human::duration(config.node_certificate)),
        format!("{:?}", human::duration(config.operator_certificate)),
        format!("{:?}", config.min_agent_version),
        quoted(config.penalty_exempt.iter().map(ToString::to_string).collect()),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;

    #[test]
    fn the_printed_schema_is_a_file_the_server_reads_as_its_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("server.toml");
        let default = Config::new(dir.path().to_owned());
        let text: Vec<String> = KEYS
            .iter()
            .zip(values(&default))
            .map(|((key, _), value)| format!("{key} = {value}"))
            .collect();
        std::fs::write(&file, text.join("\n")).unwrap();
        let read = Config::load(dir.path().to_owned(), &file).unwrap();
        assert_eq!(values(&read), values(&default));
    }
}
