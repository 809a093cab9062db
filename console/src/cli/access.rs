//! `access`: what policy decides and why, and roles that are asked for and given for a time.

mod matrix;
mod requests;

use crate::cli::confirm::{Change, Level};
use crate::cli::global::ListArgs;
use crate::cli::operators::policy;
use crate::cli::roles::parse_permission;
use crate::cli::runtime::one_shot;
use crate::cli::{Run, human};
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Failure, Result};
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::time::Duration;
use wire::message::operator::{AccessQuestion, PolicyReply, PolicyRequest, Reply};
use wire::message::view::{AccessDecision, Permission};
use wire::{Name, SafeText, Target, UnixMs};

/// Verbs of `access`.
#[derive(Debug, Subcommand)]
pub enum AccessCommand {
    /// Whether an operator may do this: exit 0 or 10
    Can(CanArgs),
    /// Which rule decides, and why the others do not
    Explain(ExplainArgs),
    /// Who may use which port, or which target at each node
    Matrix(MatrixArgs),
    /// Ask for a role, for a time
    Request(RequestArgs),
    /// Requests for a role: your own, or all if you may answer them
    Requests(RequestsArgs),
    /// Give the role that another operator asked for
    Approve(AnswerArgs),
    /// Refuse the role that another operator asked for
    Deny(AnswerArgs),
}

/// May he?
#[derive(Debug, Args)]
pub struct CanArgs {
    /// The operator, or node:NAME for what comes in at its links
    operator: String,
    /// A permission, as nodes.write; to open or connect is tunnels.open
    #[arg(value_name = "ACTION", value_parser = parse_action)]
    action: Permission,
    /// What it is done to: node/NAME, port/NAME or NODE:PORT
    object: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Why is it so?
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The operator, or node:NAME for what comes in at its links; without one, a visitor of a published port
    operator: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// What is reached, from where and when.
#[derive(Debug, Default, Args)]
pub struct PlaceArgs {
    /// The node
    #[arg(long, value_name = "N")]
    node: Option<String>,
    /// The target at the node
    #[arg(long, value_name = "H:P")]
    target: Option<Target>,
    /// The published port
    #[arg(long, value_name = "NAME", conflicts_with = "target")]
    port: Option<String>,
    /// From this address (default: where the operator is connected from)
    #[arg(long, value_name = "IP")]
    from: Option<std::net::IpAddr>,
    /// At this time, as 2026-08-21T18:00:00Z, or this long from now (default: now)
    #[arg(long, value_name = "T", value_parser = parse_at)]
    at: Option<UnixMs>,
}

/// Who × what.
#[derive(Debug, Args)]
pub struct MatrixArgs {
    /// Ask about this target at every node instead of about the published ports
    #[arg(long, value_name = "H:P")]
    target: Option<Target>,
    /// Only this operator
    #[arg(long, value_name = "U")]
    who: Option<String>,
}

/// What is asked for.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// The role
    #[arg(long, value_name = "R")]
    role: Name,
    /// For how long
    #[arg(long = "for", value_name = "D", value_parser = human::parse_limit)]
    lasts: Duration,
}

/// Which part of the list.
#[derive(Debug, Args)]
pub struct RequestsArgs {
    #[command(flatten)]
    list: ListArgs,
}

/// Which request.
#[derive(Debug, Args)]
pub struct AnswerArgs {
    /// Id or unique id prefix
    request: String,
}

fn parse_action(text: &str) -> std::result::Result<Permission, String> {
    match text {
        "open" | "connect" => Ok(Permission::TunnelsOpen),
        other => parse_permission(other),
    }
}

fn parse_at(text: &str) -> std::result::Result<UnixMs, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    human::parse_duration(text)
        .map(|d| System.wall().after(d))
        .map_err(|_| "a time like 2026-08-21T18:00:00Z, or a duration like 8h".to_owned())
}

/// Runs `access`.
///
/// # Errors
/// As the contract says.
pub fn run(command: AccessCommand, run: &Run) -> Result {
    one_shot(async {
        match command {
            AccessCommand::Can(args) => can(run, args).await,
            AccessCommand::Explain(args) => explain(run, args).await,
            AccessCommand::Matrix(args) => matrix::run(run, &args).await,
            AccessCommand::Request(args) => requests::ask(run, &args).await,
            AccessCommand::Requests(args) => requests::list(run, &args).await,
            AccessCommand::Approve(args) => answer(run, &args, true).await,
            AccessCommand::Deny(args) => answer(run, &args, false).await,
        }
    })
}

async fn can(run: &Run, args: CanArgs) -> Result {
    let mut place = args.place;
    if let Some(object) = &args.object {
        named(object, &mut place)?;
    }
    let mut asked = question(Some(args.operator), place);
    asked.action = Some(args.action);
    if args.action != Permission::TunnelsOpen {
        // Only opening something is also a matter of rules.
        asked = AccessQuestion { node: None, target: None, port: None, ..asked };
    }
    let link = connect(&run.settings).await?;
    let decision = decide(&link, asked).await?;
    link.close().await;
    show(run, &decision)?;
    Ok(if decision.allowed { Exit::Ok } else { Exit::Differs })
}

async fn explain(run: &Run, args: ExplainArgs) -> Result {
    let link = connect(&run.settings).await?;
    let decision = decide(&link, question(args.operator, args.place)).await?;
    link.close().await;
    show(run, &decision)?;
    Ok(Exit::Ok)
}

/// `node/NAME`, `port/NAME` or `NODE:PORT`.
fn named(object: &str, place: &mut PlaceArgs) -> Result<()> {
    if let Some(port) = object.strip_prefix("port/") {
        place.port = Some(port.to_owned());
        return Ok(());
    }
    let object = object.strip_prefix("node/").unwrap_or(object);
    match object.split_once(':') {
        None => place.node = Some(object.to_owned()),
        Some((node, target)) => {
            let target = target.parse::<Target>();
            let target = target.map_err(|error| {
                Failure::usage(format!("{object}: {error}")).hint("NODE:PORT, or --target H:P")
            })?;
            (place.node, place.target) = (Some(node.to_owned()), Some(target));
        }
    }
    Ok(())
}

fn question(operator: Option<String>, place: PlaceArgs) -> AccessQuestion {
    let text = |text: Option<String>| text.map(SafeText::from);
    AccessQuestion {
        operator: text(operator),
        action: None,
        node: text(place.node),
        target: place.target,
        port: text(place.port),
        from: place.from.map(|ip| ip.to_string().into()),
        at: place.at,
    }
}

/// The server's answer.
async fn decide(link: &Link, question: AccessQuestion) -> Result<AccessDecision> {
    match link.ask(policy(PolicyRequest::Explain(question))).await? {
        Reply::Policy(reply) => match *reply {
            PolicyReply::Decision(decision) => Ok(decision),
            _ => Err(unexpected("a decision")),
        },
        _ => Err(unexpected("a decision")),
    }
}

fn show(run: &Run, decision: &AccessDecision) -> Result<()> {
    let name = if decision.allowed { "allowed" } else { "denied" };
    run.out.single("AccessDecision", name, decision, |out| {
        let mark = if decision.allowed { out.look.tick() } else { out.look.glyph("✗", "no") };
        let by = match (decision.deciding_rule, decision.because) {
            (Some(rule), _) => rule.to_string(),
            (None, Some(because)) => because.to_string(),
            (None, None) => "default deny".to_owned(),
        };
        let until = decision.until.map(|at| format!("  until {}", out.look.at(at)));
        out.line(&format!("{mark} {name}   {by}{}", until.unwrap_or_default()))?;
        let widest = decision.trace.iter().map(|s| s.summary.as_str().chars().count()).max();
        for step in &decision.trace {
            let gap = widest.unwrap_or(0) - step.summary.as_str().chars().count() + 3;
            let why = match step.because {
                None => "decides".to_owned(),
                Some(because) => format!("{because} not covered"),
            };
            let (rule, summary) = (step.rule, &step.summary);
            out.line(&format!("  {rule} {summary}{}{why}", " ".repeat(gap)))?;
        }
        let roles = decision.would_allow.iter().filter_map(|w| w.role.as_ref());
        let mut with: Vec<String> = roles.map(|role| format!("role {role}")).collect();
        if decision.would_allow.iter().any(|w| w.guest == Some(true)) {
            with.push("a guest's admission".to_owned());
        }
        if with.is_empty() {
            Ok(())
        } else {
            out.line(&format!("  would pass with: {}", with.join(", or ")))
        }
    })
}

async fn answer(run: &Run, args: &AnswerArgs, approve: bool) -> Result {
    let (doing, done) = if approve {
        ("approve access-request", "approved")
    } else {
        ("deny access-request", "denied")
    };
    Change::new(doing, done, Level::Mild, std::slice::from_ref(&args.request))?
        .apply(run, |request, intent| {
            policy(PolicyRequest::AccessAnswer { request, approve, intent })
        })
        .await
}
