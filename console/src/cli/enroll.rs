//! `enroll`: makes this machine a node. The token comes from a file, standard input, the
//! environment or a prompt without echo; never from an argument.

pub(in crate::cli) mod secret;

use crate::cli::runtime::one_shot;
use crate::cli::{Run, human};
use crate::ctx::access::server_address;
use crate::ctx::identity::{parse_pin, show_pin};
use crate::ctx::paths;
use crate::exit::{Exit, Failure, Result};
use agent::enrol::{EnrolSpec, Enrolled, Step};
use clap::Args;
use link::ladder::Setting;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use wire::{Labels, Name};

/// How to enrol.
#[derive(Debug, Args)]
pub struct EnrollArgs {
    /// File with the token; - reads standard input [env: TUNNELCTL_TOKEN holds the token itself]
    #[arg(long, value_name = "F|-")]
    token_file: Option<PathBuf>,
    /// Name wished for (default: the host name)
    #[arg(long, value_name = "N")]
    name: Option<Name>,
    /// Label; repeat for several
    #[arg(long = "label", value_name = "k=v")]
    labels: Vec<String>,
    /// Target that tunnels may reach here, besides this machine itself; repeat for several
    #[arg(long, value_name = "HOST|CIDR:PORTS|unix:/PATH")]
    allow: Vec<String>,
    /// HTTP proxy on the way to the server, kept for the agent [default: HTTPS_PROXY, NO_PROXY]
    #[arg(
        long,
        value_name = "http://[USER:PASSWORD@]HOST:PORT|none",
        env = "TUNNELCTL_PROXY",
        hide_env_values = true
    )]
    proxy: Option<String>,
    /// The way to the server, kept for the agent
    #[arg(long, value_name = "auto|tls|proxy|wss", env = "TUNNELCTL_PATH")]
    path: Option<String>,
    /// State directory [default: /var/lib/tunnelctl/agent for root, else $XDG_STATE_HOME/tunnelctl/agent]
    #[arg(long, value_name = "D", env = "TUNNELCTL_STATE_DIR")]
    state_dir: Option<PathBuf>,
    /// Replace an existing identity
    #[arg(long)]
    force: bool,
    /// How long to wait for an operator's approval, where the token asks for it
    #[arg(long, value_name = "D", default_value = "5m", value_parser = human::parse_duration)]
    wait: Duration,
}

/// The state directory of the agent on this machine.
///
/// # Errors
/// No home directory.
pub fn state_dir(given: Option<&PathBuf>) -> Result<PathBuf> {
    given.cloned().map_or_else(|| paths::data_dir("agent"), Ok)
}

/// Runs `enroll`.
///
/// # Errors
/// As the contract says: 2 malformed token, 5 denied, 7 not approved in time, 9 not reached, 11
/// already enrolled.
pub fn run(args: EnrollArgs, run: &Run) -> Result {
    let pairs = args
        .labels
        .iter()
        .map(|l| Labels::pair(l).map_err(|e| Failure::usage(format!("--label {l}: {e}"))))
        .collect::<Result<BTreeMap<_, _>>>()?;
    let labels = Labels::new(pairs).map_err(|error| Failure::usage(error.to_string()))?;
    let dir = state_dir(args.state_dir.as_ref())?;
    let servers = match &run.settings.flags.server {
        Some(list) => list.split(',').map(server_address).collect::<Result<Vec<_>>>()?,
        None => Vec::new(),
    };
    let ca_pin = run.settings.flags.ca_pin.as_deref().map(|pin| {
        parse_pin(pin).map_err(|error| Failure::usage(format!("--ca-pin {pin}: {error}")))
    });
    let token = secret::token(run, args.token_file.as_deref())?;
    let pin = pki::Token::parse(&token)?.ca_pin;
    let spec = EnrolSpec {
        dir,
        token: token.to_string(),
        servers,
        ca_pin: ca_pin.transpose()?,
        name: args.name,
        labels,
        allow: args.allow,
        force: args.force,
        wait: args.wait,
        ways: Setting::new(args.proxy, args.path),
    };
    if run.settings.flags.dry_run {
        agent::enrol::check(&spec)?;
        let object = format!("node/{}", spec.name.as_ref().map_or("this machine", Name::as_str));
        return run.change_here(("enroll", "enrolled"), &object, || Ok(()));
    }
    run.may_change_here()?;
    let start = Instant::now();
    let steps = |step| tell(run, &pin, step);
    let enrolled = one_shot(async { Ok(agent::enrol::enrol(spec, steps).await?) })?;
    finish(run, &enrolled, start)
}

fn tell(run: &Run, pin: &[u8; 32], step: Step) {
    if run.out.is_structured() {
        return;
    }
    let tick = run.out.look.tick();
    match step {
        Step::Server { address } => {
            run.out.note(&format!("{tick} server     {address}  pin {} matches", show_pin(pin)));
        }
        Step::Key { fingerprint, words } => run.out.note(&format!(
            "{tick} key made   {fingerprint}   (kept in the state directory, 0600)\n  in words   {words}"
        )),
        Step::Waiting { name } => {
            let mark = run.out.look.glyph("…", "...");
            run.out.note(&format!(
                "{mark} waiting for approval  (tunnelctl pending approve {name})"
            ));
        }
        Step::Enrolled => {}
    }
}

fn finish(run: &Run, enrolled: &Enrolled, start: Instant) -> Result {
    let shape = serde_json::json!({
        "node": {"id": enrolled.id, "name": enrolled.name},
        "labels": enrolled.labels,
        "fingerprint": enrolled.fingerprint,
        "words": enrolled.words,
        "server": enrolled.server,
        "state": "enrolled",
        "waited_ms": u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    let id = enrolled.id.to_string();
    run.out.single(
        "Enrolment",
        if run.out.quiet { &id } else { enrolled.name.as_str() },
        &shape,
        |out| {
            let labels = enrolled.labels.to_string();
            let tail = if labels.is_empty() { labels } else { format!(", labels {labels}") };
            out.line(&format!("{} enrolled   {id} as {}{tail}", out.look.tick(), enrolled.name))
        },
    )?;
    run.out.aside("next: sudo tunnelctl agent install --start     or: tunnelctl agent run");
    Ok(Exit::Ok)
}
