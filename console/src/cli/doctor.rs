//! `doctor`: ordered checks from this machine to a target, each with a reason and a next step. For a
//! published port the first failing one is the cause. Port and node are judged in `doctor/judge.rs`.

mod bundle;
mod judge;
mod public;
mod spoken;

use crate::cli::Run;
use crate::cli::runtime::one_shot;
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use judge::Judged;
use link::{Clock, System};
use serde::Serialize;
use spoken::Scheme;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;
use wire::message::operator::{Reply, Request};
use wire::message::tunnel::OpenTo;
use wire::message::view::ServerView;
use wire::{Name, Target};

/// A clock that is further off than this is worth a word; certificates tolerate five minutes.
const SKEW: Duration = Duration::from_secs(5);
const SKEW_MOST: Duration = Duration::from_secs(300);
/// A login with less than this left is worth a word.
const SHORT: Duration = Duration::from_secs(1800);

/// What to look at.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Say why this published port does not work from here
    #[arg(long, value_name = "NAME")]
    port: Option<String>,
    /// Look at this node too
    #[arg(long, value_name = "N")]
    node: Option<String>,
    /// With --port: what your program speaks; the target gets a TLS greeting to compare
    #[arg(long, value_name = "tls|plain", requires = "port", value_parser = spoken::parse)]
    speaks: Option<Scheme>,
    /// Write what a person needs to help you into this new file, without secrets
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Exit 10 if anything is only worth a warning
    #[arg(long)]
    strict: bool,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    Warn,
    Fail,
    Skip,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    id: &'static str,
    status: Status,
    message: String,
    fix: Option<String>,
    offset_ms: Option<i64>,
}

impl Check {
    fn new(id: &'static str, status: Status, message: impl Into<String>) -> Self {
        Self { id, status, message: message.into(), fix: None, offset_ms: None }
    }

    fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// A failure of ours as a check.
    fn failed(id: &'static str, failure: &Failure) -> Self {
        Self { fix: failure.hint.clone(), ..Self::new(id, Status::Fail, failure.message.clone()) }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    /// Why the port does not work, in a word.
    cause: Option<&'static str>,
    checks: Vec<Check>,
    summary: Summary,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Summary {
    ok: usize,
    warn: usize,
    fail: usize,
    skip: usize,
}

impl Report {
    fn new(checks: Vec<Check>, cause: Option<&'static str>) -> Self {
        let count = |status| checks.iter().filter(|check| check.status == status).count();
        let summary = Summary {
            ok: count(Status::Ok),
            warn: count(Status::Warn),
            fail: count(Status::Fail),
            skip: count(Status::Skip),
        };
        Self { cause, checks, summary }
    }
}

/// Runs `doctor`.
///
/// # Errors
/// The reader has gone; a failed check is an answer.
pub fn run(args: &DoctorArgs, run: &Run) -> Result {
    let (report, server) = one_shot(async {
        let mut server = None;
        Ok((examine(args, run, &mut server).await, server))
    })?;
    run.out.single("DoctorReport", report.cause.unwrap_or("none"), &report, |out| {
        for check in &report.checks {
            out.line(&format!("{:<5} {:<10} {}", check.status.as_str(), check.id, check.message))?;
            for line in check.fix.iter().flat_map(|fix| fix.lines()) {
                out.line(&format!("{:<16} {} {line}", "", out.look.glyph("→", "->")))?;
            }
        }
        let Summary { ok, warn, fail, skip } = report.summary;
        let all = report.checks.len();
        let skipped = if skip > 0 { format!(", {skip} skipped") } else { String::new() };
        out.line(&format!("{all} checks: {ok} ok, {warn} warn, {fail} fail{skipped}"))?;
        match report.cause {
            Some(cause) => out.line(&format!("cause: {cause}")),
            None => Ok(()),
        }
    })?;
    if let Some(path) = &args.bundle {
        bundle::write(path, &report, server.as_ref(), run)?;
    }
    Ok(match report.summary {
        Summary { fail: 1.., .. } => Exit::Failed,
        Summary { warn: 1.., .. } if args.strict => Exit::Differs,
        _ => Exit::Ok,
    })
}

async fn examine(args: &DoctorArgs, run: &Run, found: &mut Option<ServerView>) -> Report {
    let mut checks = Vec::new();
    let endpoint = match crate::ctx::access::endpoint(&run.settings, "doctor") {
        Ok(endpoint) => endpoint,
        Err(failure) => {
            checks.push(Check::failed("config", &failure));
            return Report::new(checks, None);
        }
    };
    checks.push(Check::new("config", Status::Ok, format!("context {}", endpoint.name)));
    let begun = Instant::now();
    let link = match connect(&run.settings).await {
        Ok(link) => link,
        Err(failure) => {
            let id = if failure.exit == Exit::Auth { "login" } else { "server" };
            checks.push(Check::failed(id, &failure));
            checks.push(terminal());
            return Report::new(checks, None);
        }
    };
    let took = begun.elapsed();
    checks.push(clock(&link));
    checks.push(login(&link));
    checks.push(server(&link, took));
    checks.extend(health(&link, found).await);
    checks.push(path(&link));
    checks.push(terminal());
    if let Some(node) = &args.node {
        checks.push(at_node(&link, node).await);
    }
    let mut cause = None;
    if let Some(port) = &args.port {
        let judged = at_port(&link, port, args.speaks).await;
        checks.extend(judged.checks);
        cause = judged.cause;
    }
    link.close().await;
    Report::new(checks, cause)
}

fn clock(link: &Link) -> Check {
    let Some(server) = link.operator.server_clock() else {
        return Check::new("clock", Status::Skip, "the server did not say what time it is");
    };
    let ours = System.wall().0;
    let off = ours.abs_diff(server.0);
    let offset_ms = i64::try_from(off).ok().map(|off| if ours < server.0 { -off } else { off });
    let sign = if ours < server.0 { '-' } else { '+' };
    let (seconds, tenths) = (off / 1000, off % 1000 / 100);
    let message = format!("this machine {sign}{seconds}.{tenths}s off the server");
    let off = Duration::from_millis(off);
    let check = if off < SKEW {
        Check::new("clock", Status::Ok, message)
    } else {
        let status = if off < SKEW_MOST { Status::Warn } else { Status::Fail };
        Check::new("clock", status, message).fix("timedatectl set-ntp true")
    };
    Check { offset_ms, ..check }
}

fn login(link: &Link) -> Check {
    let who = link.operator.whoami();
    let roles: Vec<&str> = who.roles.iter().map(Name::as_str).collect();
    let roles = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
    let left = who.expires_at.map(|at| at.since(System.wall()));
    let left_text = left
        .map(|left| format!(", expires in {}", crate::cli::human::duration(left)))
        .unwrap_or_default();
    let seen: Vec<&str> = who.seen_addresses.iter().map(wire::SafeText::as_str).collect();
    let message =
        format!("{} ({roles}){left_text}, seen from {}", who.operator, seen.join(" and "));
    match left {
        Some(left) if left < SHORT => {
            Check::new("login", Status::Warn, message).fix("any command renews it")
        }
        _ => Check::new("login", Status::Ok, message),
    }
}

/// The way that led to the server, and those that did not.
fn path(link: &Link) -> Check {
    let failed = link.endpoint.access.ladder.attempts();
    let failed: Vec<_> =
        failed.iter().map(|tried| format!("{}: {}", tried.way, tried.error)).collect();
    let message = format!("by {}", link.operator.way());
    match failed.as_slice() {
        [] => Check::new("path", Status::Ok, message),
        failed => {
            Check::new("path", Status::Ok, format!("{message}; not by {}", failed.join("; ")))
        }
    }
}

fn server(link: &Link, took: Duration) -> Check {
    let (theirs, ours) = (link.operator.server_version(), env!("CARGO_PKG_VERSION"));
    let address = link.endpoint.access.servers.join(" ");
    let message = format!("{address} {theirs}, {}ms, TLS pin matches", took.as_millis());
    if theirs == ours {
        return Check::new("server", Status::Ok, message);
    }
    Check::new("server", Status::Warn, format!("{message}; this program is {ours}"))
        .fix("use the same version at both ends")
}

/// What the server finds about itself.
async fn health(link: &Link, found: &mut Option<ServerView>) -> Vec<Check> {
    let view = match link.ask(Request::Server).await {
        Ok(Reply::Server(view)) => view,
        Ok(_) => return vec![Check::failed("health", &unexpected("the server's state"))],
        Err(failure) => return vec![Check::failed("health", &failure)],
    };
    let finding = |check: &wire::message::view::Check| {
        let status = if check.status.as_str() == "fail" { Status::Fail } else { Status::Warn };
        Check::new("health", status, format!("{}: {}", check.id, check.message))
            .fix("tunnelctl server status")
    };
    let mut findings: Vec<Check> = view.checks.iter().map(finding).collect();
    if findings.is_empty() {
        let well = "the server finds nothing wrong with itself";
        findings.push(Check::new("health", Status::Ok, well));
    }
    *found = Some(view);
    findings
}

/// Looks only: an output that is no terminal is no fault.
fn terminal() -> Check {
    let term = std::env::var("TERM").unwrap_or_else(|_| "unknown".to_owned());
    let message =
        if std::io::stdout().is_terminal() { term } else { format!("{term}, not in use") };
    Check::new("terminal", Status::Ok, message)
}

async fn at_node(link: &Link, node: &str) -> Check {
    let view = match link.ask(Request::Node(node.into())).await {
        Ok(Reply::Node(view)) => view,
        Ok(_) => return Check::failed("node", &unexpected("a node")),
        Err(failure) => return Check::failed("node", &failure),
    };
    judge::node(&view)
}

async fn at_port(link: &Link, port: &str, speaks: Option<Scheme>) -> Judged {
    let name: Name = match port.parse() {
        Ok(name) => name,
        Err(error) => {
            let failure = Failure::usage(format!("{port:?}: {error}"));
            return Judged::stopped(Check::failed("port", &failure), "no_port");
        }
    };
    let view = match link.ask(Request::Probe(OpenTo::Port(name.clone()))).await {
        Ok(Reply::Probe(view)) => view,
        Ok(_) => return Judged::stopped(Check::failed("port", &unexpected("a probe")), "server"),
        Err(failure) => return Judged::stopped(Check::failed("port", &failure), "no_port"),
    };
    let mut judged = judge::port(&view);
    if judged.cause.is_some() {
        return judged;
    }
    judged.add(match public::proxy(view.port.as_ref().map_or("", |p| p.public.host.as_str())) {
        Some(variable) => judge::proxied(&variable),
        None => judge::direct(),
    });
    if judged.cause.is_some() {
        return judged;
    }
    let number = view.port.as_ref().map_or(0, |port| port.public.port);
    let at = link.endpoint.access.servers.first().and_then(|server| at_server(server, number));
    if let Some(at) = at {
        judged.add(judge::reached(&at, &public::visit(&at).await, view.seen.as_str()));
    }
    if let (Some(speaks), None) = (speaks, judged.cause) {
        judged.add(judge::scheme(speaks, spoken::ask(link, name).await));
    }
    judged
}

/// The published port where this machine knows the server.
fn at_server(server: &str, number: u16) -> Option<Target> {
    let (host, _) = server.rsplit_once(':')?;
    Target::new(host, number).ok()
}
