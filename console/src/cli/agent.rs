//! `agent`: run and look after the agent on this machine. A new key, and the end of the identity,
//! are in `agent::leave`, its unit in `service`.

pub mod leave;
mod logs;

use crate::cli::enroll::state_dir;
use crate::cli::out::Out;
use crate::cli::runtime::{Ending, many, one_shot};
use crate::cli::service::unit::Service;
use crate::cli::service::{self, Told, UninstallArgs};
use crate::cli::{Run, human};
use crate::ctx::paths;
use crate::exit::{Exit, Failure, Result};
use agent::agent::GatewayStatus;
use agent::{Agent, Config, Phase};
use clap::{Args, Subcommand};
use link::System;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use wire::UnixMs;

/// Verbs of `agent`.
#[derive(Debug, Subcommand)]
pub enum AgentCommand {
    /// Run the agent in the foreground; it never ends for lack of network
    Run(RunArgs),
    /// Show what the agent on this machine is doing
    Status(StatusArgs),
    /// Make a new key; connections and tunnels stay
    Rotate(leave::RotateArgs),
    /// Dial every server address; nothing changes
    Test(DirArgs),
    /// Show, check or change agent.toml
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write the agent's unit for systemd
    Install(InstallArgs),
    /// Stop the service and remove its unit; the identity stays
    Uninstall(UninstallArgs),
    /// Show what the agent logged
    Logs(logs::LogsArgs),
    /// Give this machine's identity up: the server is told, then the keys are removed
    Unenroll(leave::UnenrollArgs),
}

impl AgentCommand {
    /// The directory for log files, if this command keeps any; `None` for those without logs.
    pub fn logs(&self) -> Option<Option<PathBuf>> {
        match self {
            Self::Run(args) => Some(args.log_dir.clone()),
            _ => None,
        }
    }
}

/// Which agent.
#[derive(Debug, Clone, Args)]
pub struct DirArgs {
    /// State directory [default: /var/lib/tunnelctl/agent for root, else $XDG_STATE_HOME/tunnelctl/agent]
    #[arg(long, value_name = "D", env = "TUNNELCTL_STATE_DIR")]
    state_dir: Option<PathBuf>,
}

impl DirArgs {
    /// The directory that was named, or the default one.
    fn dir(&self) -> Result<PathBuf> {
        state_dir(self.state_dir.as_ref())
    }
}

/// How to run.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// Write `n_id name generation` here once connected
    #[arg(long, value_name = "F", env = "TUNNELCTL_READY_FILE")]
    ready_file: Option<PathBuf>,
    /// Keep daily log files here instead of logging to stderr
    #[arg(long, value_name = "D", env = "TUNNELCTL_LOG_DIR")]
    log_dir: Option<PathBuf>,
    /// How long tunnels may take to end after SIGTERM
    #[arg(long, value_name = "D", default_value = "10s", value_parser = human::parse_duration)]
    grace: Duration,
}

/// What the unit runs.
#[derive(Debug, Args)]
pub struct InstallArgs {
    /// State directory [default: /var/lib/tunnelctl/agent, with --user $XDG_STATE_HOME/tunnelctl/agent]
    #[arg(long, value_name = "D", env = "TUNNELCTL_STATE_DIR")]
    state_dir: Option<PathBuf>,
    #[command(flatten)]
    service: service::UnitArgs,
}

/// What to show.
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// Exit 10 if the agent is not connected
    #[arg(long = "exit-code", id = "exit_code")]
    exit_code: bool,
}

/// Verbs of `agent config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the configuration with comments
    Show(DirArgs),
    /// Check the file; exit 2 names what is wrong
    Check(DirArgs),
    /// Check and write one key; a running agent takes it over
    Set(SetArgs),
}

/// Which key.
#[derive(Debug, Args)]
pub struct SetArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// The key, like allow
    key: String,
    /// Its value or values
    #[arg(required = true)]
    values: Vec<String>,
}

/// Runs `agent`.
///
/// # Errors
/// As the contract says.
pub fn run(command: AgentCommand, run: &Run) -> Result {
    match command {
        AgentCommand::Run(args) => many(serve(&args, run)),
        AgentCommand::Status(args) => status(&args, run),
        AgentCommand::Rotate(args) => leave::rotate(&args, run),
        AgentCommand::Test(args) => one_shot(test(&args, run)),
        AgentCommand::Config(command) => config(&command, run),
        AgentCommand::Install(args) => install(args, run),
        AgentCommand::Uninstall(args) => service::uninstall(&args, Service::Agent, run),
        AgentCommand::Logs(args) => logs::run(&args, run),
        AgentCommand::Unenroll(args) => leave::unenroll(&args, run),
    }
}

/// A unit is only written for an agent that has an identity and a configuration.
fn install(args: InstallArgs, run: &Run) -> Result {
    let told = Told { service: Service::Agent, dir: args.state_dir, config: None };
    service::install(&args.service, told, run, |spec| {
        // Another user's files are not for us to judge.
        if spec.run_as.is_none() {
            agent::agent::status(&spec.dir)?;
            Config::load(&spec.dir)?;
        }
        Ok(())
    })
}

#[derive(Debug, Serialize)]
struct Test {
    ok: bool,
    paths: Vec<Way>,
}

#[derive(Debug, Serialize)]
struct Way {
    rung: &'static str,
    proxy: Option<String>,
    address: String,
    ok: bool,
    took_ms: u64,
    error: Option<String>,
}

async fn test(args: &DirArgs, run: &Run) -> Result {
    let dir = state_dir(args.state_dir.as_ref())?;
    let paths: Vec<Way> = agent::paths::test(&dir)
        .await?
        .into_iter()
        .map(|tried| Way {
            rung: tried.rung,
            proxy: tried.proxy,
            address: tried.address,
            ok: tried.error.is_none(),
            took_ms: u64::try_from(tried.took.as_millis()).unwrap_or(u64::MAX),
            error: tried.error,
        })
        .collect();
    let test = Test { ok: paths.iter().any(|way| way.ok), paths };
    run.out.single("AgentTest", if test.ok { "ok" } else { "fail" }, &test, |out| {
        test.paths.iter().try_for_each(|way| {
            let word = if way.ok { "ok" } else { "fail" };
            let what = way.error.clone().unwrap_or_else(|| format!("{}ms", way.took_ms));
            let via = way.proxy.as_ref().map_or(String::new(), |proxy| format!(" via {proxy}"));
            out.line(&format!("{word:<5} {:<5} {}{via}  {what}", way.rung, way.address))
        })
    })?;
    Ok(if test.ok { Exit::Ok } else { Exit::Server })
}

async fn serve(args: &RunArgs, run: &Run) -> Result {
    let dir = state_dir(args.dir.state_dir.as_ref())?;
    let mut ending = Ending::without_hangup()?;
    let mut hangup = signal(SignalKind::hangup())?;
    let agent = Agent::start(&dir, System::shared()).await?;
    let mut phase = agent.phase();
    let exit = loop {
        let now = phase.borrow_and_update().clone();
        if let Some(exit) = told(args, run, &now)? {
            break exit;
        }
        tokio::select! {
            biased;
            signal = ending.next() => break if signal == 2 { Exit::Signal(2) } else { Exit::Ok },
            _ = hangup.recv() => agent.retry_now(),
            changed = phase.changed() => if changed.is_err() { break Exit::Failed },
        }
    };
    if let Some(file) = &args.ready_file {
        let _ = std::fs::remove_file(file);
    }
    tokio::select! {
        biased;
        signal = ending.next() => return Ok(Exit::Signal(signal)),
        () = agent.stop(args.grace) => {}
    }
    if exit == Exit::Denied {
        return Err(Failure::new(Exit::Denied, "this node's identity was revoked")
            .hint("enrol again with a new token: tunnelctl enroll --force"));
    }
    Ok(exit)
}

/// Tells what the agent does now; how the run ends, if this is the end.
fn told(args: &RunArgs, run: &Run, phase: &Phase) -> Result<Option<Exit>> {
    let look = &run.out.look;
    match phase {
        Phase::Connecting { tries, error } => {
            if let Some(error) = error {
                tracing::warn!(tries, error, "not connected");
            }
            Ok(None)
        }
        Phase::Connected { node, name, generation, server } => {
            run.out.note(&format!("{} {name} ({node}) connected to {server}", look.tick()));
            if let Some(file) = &args.ready_file {
                paths::write_atomic(file, &format!("{node} {name} {generation}\n"))?;
            }
            Ok(None)
        }
        Phase::Revoked => Ok(Some(Exit::Denied)),
        Phase::Stopped => Ok(Some(Exit::Ok)),
    }
}

/// The shape of `AgentStatus`.
#[derive(Debug, Serialize)]
struct AgentStatus {
    node: Option<String>,
    name: Option<String>,
    state: String,
    generation: Option<u64>,
    server: Option<String>,
    path: Option<String>,
    since: Option<UnixMs>,
    certificate_expires_at: Option<UnixMs>,
    spool: Option<u64>,
    tunnels: u32,
    listeners: u32,
    up_bytes: u64,
    down_bytes: u64,
    reconnects: u32,
    last_error: Option<String>,
    gateway: Option<GatewayStatus>,
}

fn status(args: &StatusArgs, run: &Run) -> Result {
    let dir = state_dir(args.dir.state_dir.as_ref())?;
    let status = agent::agent::status(&dir)?;
    let status = AgentStatus {
        node: status.node,
        name: status.name,
        state: status.state,
        generation: status.generation,
        server: status.server,
        path: status.path,
        since: status.since,
        certificate_expires_at: status.certificate_expires_at,
        spool: None,
        tunnels: status.tunnels,
        listeners: status.listeners,
        up_bytes: status.up_bytes,
        down_bytes: status.down_bytes,
        reconnects: status.reconnects,
        last_error: status.last_error,
        gateway: status.gateway,
    };
    let name = status.name.clone().unwrap_or_default();
    run.out.single("AgentStatus", &name, &status, |out| people(out, &status))?;
    let online = status.state == "online";
    Ok(if args.exit_code && !online { Exit::Differs } else { Exit::Ok })
}

fn people(out: &Out, status: &AgentStatus) -> Result<()> {
    let look = &out.look;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| look.none().to_owned());
    let dot = look.glyph("● ", "");
    let since = look.ago(status.since).text;
    let moved = |up, down| {
        let (up, down) = (look.bytes(up).text, look.bytes(down).text);
        format!("{} {up}   {} {down}", look.glyph("▲", "up"), look.glyph("▼", "down"))
    };
    out.line(&format!(
        "NODE   {} ({})   {dot}{} {since}   server {}",
        text(&status.name),
        text(&status.node),
        status.state,
        text(&status.server)
    ))?;
    out.line(&format!("PATH   {}", text(&status.path)))?;
    out.line(&format!(
        "SERVE  {} tunnels, {} of them listeners   {}",
        status.tunnels,
        status.listeners,
        moved(status.up_bytes, status.down_bytes)
    ))?;
    if let Some(gateway) = &status.gateway {
        out.line(&format!(
            "GATE   {} connections of other nodes, {} in all, {} refused   {}",
            gateway.open,
            gateway.total,
            gateway.refused,
            moved(gateway.up_bytes, gateway.down_bytes)
        ))?;
    }
    out.line(&format!("CERT   expires {}", look.until(status.certificate_expires_at).text))?;
    let error =
        status.last_error.as_ref().map(|e| format!("; last error: {e}")).unwrap_or_default();
    out.line(&format!("LAST   {} reconnects{error}", status.reconnects))
}

fn config(command: &ConfigCommand, run: &Run) -> Result {
    match command {
        ConfigCommand::Show(args) => shown(&state_dir(args.state_dir.as_ref())?, run)?,
        ConfigCommand::Check(args) => {
            let dir = state_dir(args.state_dir.as_ref())?;
            Config::load(&dir)?;
            run.out.told(&format!("{} valid, in {}", run.out.look.tick(), dir.display()))?;
        }
        ConfigCommand::Set(args) => {
            let dir = state_dir(args.dir.state_dir.as_ref())?;
            Config::changed(&dir, &args.key, &args.values)?;
            let object = format!("config/{}", args.key);
            return run.change_here(("set", "set"), &object, || {
                Ok(Config::set(&dir, &args.key, &args.values)?)
            });
        }
    }
    Ok(Exit::Ok)
}

fn shown(dir: &Path, run: &Run) -> Result<()> {
    let config = Config::load(dir)?;
    let shape = serde_json::json!({
        "dir": config.dir,
        "server": config.server,
        "allow": config.allow,
        "reverse": config.reverse,
        "labels": config.labels,
        "gateway": {"listen": config.gateway_listen, "allow": config.gateway_allow},
        "limits": {"tunnels": config.tunnels, "gateway": config.gateway_connections},
    });
    let text = Config::show(dir)?;
    run.out.single("AgentConfig", "agent", &shape, |out| out.raw(&text))
}
