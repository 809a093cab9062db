//! `server`: run and look after the fleet server on this machine. Running is in `server/run.rs`.

#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "clap shows these comments as help text, brackets and all"
)]

mod config;
mod recover;
mod reload;
mod run;
mod sockets;
mod status;

use crate::cli::confirm::{Change, Level};
use crate::cli::runtime::one_shot;
use crate::cli::service::unit::Service;
use crate::cli::service::{self, Told, UninstallArgs};
use crate::cli::{Run, human};
use crate::ctx::paths;
use crate::exit::{Exit, Failure, Result};
use clap::{Args, Subcommand};
use fleet_server::Config;
use fleet_server::config::Metrics;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use wire::message::operator::Request;

/// Verbs of `server`.
#[derive(Debug, Subcommand)]
pub enum ServerCommand {
    /// Create the data directory: CA, admin, default rules
    Init(InitArgs),
    /// Run the server in the foreground
    Run(run::RunArgs),
    /// Show the server's state
    Status,
    /// Have the server read configuration and certificates again; no connection is touched
    Reload,
    /// Refuse new work, wait for tunnels, then stop
    Drain(DrainArgs),
    /// Write the server's unit for systemd
    Install(InstallArgs),
    /// Stop the service and remove its unit; the data stays
    Uninstall(UninstallArgs),
    /// Make this machine's user admin again, with a new key (the server must be stopped)
    RecoverAdmin(RecoverArgs),
    /// Check, show or explain the configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
}

impl ServerCommand {
    /// The directory for log files, if this command keeps any; `None` for those without logs.
    pub fn logs(&self) -> Option<Option<PathBuf>> {
        match self {
            Self::Run(args) => Some(args.log_dir.clone()),
            _ => None,
        }
    }
}

/// What a server is told on the command line; laid over the file.
#[derive(Debug, Clone, Default, Args)]
pub struct ServerFlags {
    /// Data directory [default: /var/lib/tunnelctl/server for root, else $XDG_STATE_HOME/tunnelctl/server]
    #[arg(long, value_name = "D", env = "TUNNELCTL_DIR")]
    dir: Option<PathBuf>,
    /// TLS listener; repeat for several; port 0 picks one [default: [::]:7443]
    #[arg(long, value_name = "ADDR", env = "TUNNELCTL_LISTEN", value_delimiter = ',')]
    listen: Vec<SocketAddr>,
    /// Name put into tokens and certificates; repeat for several
    #[arg(
        long = "public-name",
        value_name = "HOST[:PORT]",
        env = "TUNNELCTL_PUBLIC_NAME",
        value_delimiter = ','
    )]
    public_names: Vec<String>,
    /// Certificate (PEM chain) by which strangers know the server, for HTTPS; repeat with --tls-key
    #[arg(long, value_name = "FILE", env = "TUNNELCTL_TLS_CERT", value_delimiter = ',')]
    tls_cert: Vec<PathBuf>,
    /// Key of the --tls-cert at the same place
    #[arg(long, value_name = "FILE", env = "TUNNELCTL_TLS_KEY", value_delimiter = ',')]
    tls_key: Vec<PathBuf>,
    /// Load balancers whose connections begin with a PROXY header, which says who the visitor is
    #[arg(
        long,
        value_name = "CIDR",
        env = "TUNNELCTL_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_parser = parse_network
    )]
    trusted_proxies: Vec<IpNet>,
    /// Numbers for published ports [default: 20000-29999]
    #[arg(long, value_name = "A-B", env = "TUNNELCTL_PORT_RANGE", value_parser = parse_range)]
    port_range: Option<(u16, u16)>,
    /// Metrics listener, or off [default: 127.0.0.1:9464]
    #[arg(long, value_name = "ADDR|off", env = "TUNNELCTL_METRICS", value_parser = parse_metrics)]
    metrics: Option<Metrics>,
    /// Name of the first admin [default: admin]
    #[arg(long, value_name = "NAME", env = "TUNNELCTL_ADMIN")]
    admin: Option<String>,
    /// Configuration file (keys: tunnelctl server config schema)
    #[arg(short = 'f', long = "file", value_name = "FILE", env = "TUNNELCTL_SERVER_CONFIG")]
    file: Option<PathBuf>,
}

fn parse_range(text: &str) -> std::result::Result<(u16, u16), String> {
    let (first, last) = text.split_once('-').ok_or("a range is written like 20000-29999")?;
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if first > 0 && first <= last => Ok((first, last)),
        _ => Err("a range is FIRST-LAST from 1 to 65535".to_owned()),
    }
}

fn parse_network(text: &str) -> std::result::Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "CIDR, as in 10.0.0.0/8".to_owned())
}

fn parse_metrics(text: &str) -> std::result::Result<Metrics, String> {
    if text == "off" {
        return Ok(Metrics::Off);
    }
    text.parse().map(Metrics::Explicit).map_err(|_| "ADDR:PORT or off".to_owned())
}

impl ServerFlags {
    /// Defaults, the file over them, the flags over that.
    ///
    /// # Errors
    /// The file or a value is not valid.
    fn config(&self) -> Result<Config> {
        let dir = match &self.dir {
            Some(dir) => dir.clone(),
            None => paths::data_dir("server")?,
        };
        let mut config = match &self.file {
            Some(file) => Config::load(dir, file)?,
            None => Config::new(dir),
        };
        if !self.listen.is_empty() {
            config.listen.clone_from(&self.listen);
        }
        if !self.public_names.is_empty() {
            config.public_names.clone_from(&self.public_names);
        }
        if !self.tls_cert.is_empty() || !self.tls_key.is_empty() {
            config.tls_cert.clone_from(&self.tls_cert);
            config.tls_key.clone_from(&self.tls_key);
        }
        if !self.trusted_proxies.is_empty() {
            config.trusted_proxies.clone_from(&self.trusted_proxies);
        }
        config.port_range = self.port_range.unwrap_or(config.port_range);
        config.metrics = self.metrics.unwrap_or(config.metrics);
        if let Some(admin) = &self.admin {
            config.admin.clone_from(admin);
        }
        config.check()?;
        Ok(config)
    }
}

/// What to create.
#[derive(Debug, Args)]
pub struct InitArgs {
    #[command(flatten)]
    server: ServerFlags,
    /// Move the root's key into this new file at once; the server keeps the issuing key only
    #[arg(long, value_name = "FILE")]
    export_root: Option<PathBuf>,
}

/// What the unit runs.
#[derive(Debug, Args)]
pub struct InstallArgs {
    /// Data directory [default: /var/lib/tunnelctl/server, with --user $XDG_STATE_HOME/tunnelctl/server]
    #[arg(long, value_name = "D", env = "TUNNELCTL_DIR")]
    dir: Option<PathBuf>,
    /// Configuration file [default: /etc/tunnelctl/server.toml, with --user none]
    #[arg(short = 'f', long = "file", value_name = "FILE", env = "TUNNELCTL_SERVER_CONFIG")]
    file: Option<PathBuf>,
    #[command(flatten)]
    service: service::UnitArgs,
}

/// Whose admin to bring back.
#[derive(Debug, Args)]
pub struct RecoverArgs {
    #[command(flatten)]
    server: ServerFlags,
}

/// How long to wait.
#[derive(Debug, Args)]
pub struct DrainArgs {
    /// How long tunnels may take to end
    #[arg(long = "for", value_name = "D", default_value = "2m", value_parser = human::parse_duration)]
    within: Duration,
}

/// Runs `server`.
///
/// # Errors
/// As the contract says.
pub fn run(command: ServerCommand, run: &Run) -> Result {
    match command {
        ServerCommand::Init(args) => run::init(&args.server, args.export_root.as_deref(), run),
        ServerCommand::Run(args) => run::run(&args, run),
        ServerCommand::Status => one_shot(status::run(run)),
        ServerCommand::Reload => one_shot(reload::run(run)),
        ServerCommand::Drain(args) => one_shot(drain(run, args.within)),
        ServerCommand::Install(args) => install(args, run),
        ServerCommand::Uninstall(args) => service::uninstall(&args, Service::Server, run),
        ServerCommand::RecoverAdmin(args) => recover::run(&args.server, run),
        ServerCommand::Config(command) => config::run(&command, run),
    }
}

/// A unit is only written for a server that its configuration lets start.
fn install(args: InstallArgs, run: &Run) -> Result {
    let told = Told { service: Service::Server, dir: args.dir, config: args.file };
    service::install(&args.service, told, run, |spec| {
        let Some(file) = &spec.config else { return Ok(()) };
        if !file.exists() {
            let file = file.display();
            return Err(Failure::new(Exit::NotFound, format!("{file} is not there")).hint(
                format!("tunnelctl server config schema > {file}\n--file FILE     for another"),
            ));
        }
        Config::load(spec.dir.clone(), file)?;
        Ok(())
    })
}

/// Shows what is cut, asks, and returns as soon as the server has begun.
async fn drain(run: &Run, within: Duration) -> Result {
    let for_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
    Change::new("drain", "draining", Level::Moderate, &["server".to_owned()])?
        .apply(run, |_, intent| Request::Drain { for_ms, intent })
        .await
}
