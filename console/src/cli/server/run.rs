//! `server init` and `server run`: start, tell what was done, ready file, signals, drain.

use super::{ServerFlags, sockets};
use crate::cli::out::warn;
use crate::cli::runtime::{Ending, many};
use crate::cli::{Run, human};
use crate::ctx::local::{self, Written};
use crate::ctx::paths;
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use fleet_server::server::AdminIdentity;
use fleet_server::{Config, Server};
use link::System;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

const GRACE: &str = "30s";

/// How to run.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    server: ServerFlags,
    /// Write the bound addresses here, one per line, once the server serves
    #[arg(long, value_name = "F", env = "TUNNELCTL_READY_FILE")]
    ready_file: Option<PathBuf>,
    /// Keep daily log files here instead of logging to stderr
    #[arg(long, value_name = "D", env = "TUNNELCTL_LOG_DIR")]
    pub(super) log_dir: Option<PathBuf>,
    /// How long tunnels may take to end after SIGTERM
    #[arg(long, value_name = "D", default_value = GRACE, value_parser = human::parse_duration)]
    grace: Duration,
}

/// `server init`.
///
/// # Errors
/// The directory is in use, foreign, or cannot be written.
pub(super) fn init(flags: &ServerFlags, export: Option<&Path>, run: &Run) -> Result {
    let config = flags.config()?;
    let fresh = !config.dir.join("ca.pem").exists();
    if run.settings.flags.dry_run {
        let object = format!("server/{}", config.dir.display());
        let words = if fresh { ("create", "created") } else { ("check", "checked") };
        return run.change_here(words, &object, || Ok(()));
    }
    run.may_change_here()?;
    if let Some(to) = export.filter(|to| to.exists()) {
        return Err(Failure::new(Exit::Conflict, format!("{} exists", to.display())));
    }
    let admin = fleet_server::server::init(&config, &System::shared())?;
    if let Some(to) = export {
        pki::authority::export_root(&config.dir, to)?;
    }
    let context = admin_context(&admin, &expected_address(&config));
    let dir = config.dir.display().to_string();
    let shape = serde_json::json!({
        "dir": dir,
        "created": fresh,
        "admin": admin.name,
        "ca": admin.ca,
        "ca_pin": crate::ctx::identity::show_pin(&admin.ca_pin),
        "context": context.as_ref().map(|context| &context.name),
        "root_key": export,
    });
    run.out.single("ServerInit", &admin.fleet, &shape, |out| {
        let word = if fresh { "created" } else { "checked" };
        out.told(&format!("{} {word} {dir}   CA {}", out.look.tick(), admin.ca.display()))?;
        if let Some(to) = export {
            out.told(&format!(
                "{} the root's key is in {}, not on the server",
                out.look.tick(),
                to.display()
            ))?;
        }
        context.as_ref().map_or(Ok(()), |context| out.told(&told_context(run, &admin, context)))
    })?;
    Ok(Exit::Ok)
}

/// Where a server of this configuration will be on this machine, if it is not left to the kernel.
pub(super) fn expected_address(config: &Config) -> Vec<String> {
    let port = config.listen.first().map_or(7443, SocketAddr::port);
    if port == 0 { Vec::new() } else { vec![format!("127.0.0.1:{port}")] }
}

/// Writes the admin's context; a server does not depend on it. A service often has no home, or
/// one that it may not write to.
pub(super) fn admin_context(admin: &AdminIdentity, servers: &[String]) -> Option<Written> {
    local::write(local::LOCAL, admin, servers)
        .inspect_err(|failure| {
            let from = [&admin.key, &admin.certificate, &admin.ca].map(|p| p.display().to_string());
            warn(&format!("warning: no admin context was written: {failure}"));
            warn(&format!("  hint   cat {} > identity.pem", from.join(" ")));
            warn("         tunnelctl context add NAME --server HOST:PORT --identity identity.pem");
        })
        .ok()
}

pub(super) fn told_context(run: &Run, admin: &AdminIdentity, context: &Written) -> String {
    let word = if context.new { "written" } else { "refreshed" };
    format!("{} context {} {word}   admin {}", run.out.look.tick(), context.name, admin.name)
}

/// `server run`.
///
/// # Errors
/// The server does not start, or a part of it fails.
pub(super) fn run(args: &RunArgs, run: &Run) -> Result {
    let config = args.server.config()?;
    let sockets = sockets::passed()?;
    many(async {
        let mut ending = Ending::without_hangup()?;
        let mut hangup = signal(SignalKind::hangup())?;
        let fresh = !config.dir.join("ca.pem").exists();
        let dir = config.dir.clone();
        let server = Server::start_on(config, System::shared(), sockets).await?;
        let flags = args.server.clone();
        server.follow(Box::new(move || flags.config().map_err(|failure| failure.message)));
        let servers = local_addresses(server.addresses());
        let context = admin_context(server.admin(), &servers);
        if fresh {
            run.out.note(&format!("{} created {}", run.out.look.tick(), dir.display()));
            run.out.note(&format!("  CA for curl --cacert: {}", server.admin().ca.display()));
        }
        if let Some(context) = context.filter(|context| context.new || fresh) {
            run.out.note(&told_context(run, server.admin(), &context));
        }
        let bound: Vec<String> = server.addresses().iter().map(ToString::to_string).collect();
        run.out.note(&format!("{} serving on {}", run.out.look.tick(), bound.join(" ")));
        if let Some(metrics) = server.metrics() {
            run.out.note(&format!("  metrics on {metrics}"));
        }
        if let Some(file) = &args.ready_file {
            paths::write_atomic(file, &format!("{}\n", bound.join("\n")))?;
        }
        let exit = until_end(server, &mut ending, &mut hangup, args.grace).await;
        if let Some(file) = &args.ready_file {
            let _ = std::fs::remove_file(file);
        }
        exit
    })
}

/// Serves until a signal, an operator's drain, or a fault of its own. SIGHUP has files read again.
async fn until_end(
    server: Server,
    ending: &mut Ending,
    hangup: &mut Signal,
    grace: Duration,
) -> Result {
    let (exit, grace) = loop {
        tokio::select! {
            biased;
            signal = ending.next() => break (stopped_by(signal), grace),
            asked = server.drain_asked() => break (Exit::Ok, asked),
            what = server.failed() => {
                server.drain(Duration::ZERO).await;
                let why = format!("the server stopped by itself: {what}");
                return Err(Failure::new(Exit::Failed, why));
            }
            Some(()) = hangup.recv() => server.reload(),
        }
    };
    warn(&format!(
        "draining for at most {}; a second signal stops at once",
        human::duration(grace)
    ));
    tokio::select! {
        biased;
        signal = ending.next() => Ok(Exit::Signal(signal)),
        cut = server.drain(grace) => {
            tracing::info!(cut, "stopped");
            Ok(exit)
        }
    }
}

/// Ctrl-C is 130 by contract; a service manager's SIGTERM after an orderly drain is success.
const fn stopped_by(signal: u8) -> Exit {
    if signal == 2 { Exit::Signal(2) } else { Exit::Ok }
}

/// The addresses by which this machine reaches its own server.
fn local_addresses(bound: &[SocketAddr]) -> Vec<String> {
    let reach = |address: &SocketAddr| {
        let mut address = *address;
        if address.ip().is_unspecified() {
            address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        address.to_string()
    };
    bound.iter().map(reach).collect()
}
