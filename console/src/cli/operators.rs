//! `operators`: people and robots with an operator certificate, and the roles they have.

use crate::cli::confirm::{Change, Level};
use crate::cli::global::ListArgs;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::collect;
use crate::cli::risk::RiskArgs;
use crate::cli::runtime::one_shot;
use crate::cli::{Run, human, names, tokens};
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::exit::{Exit, Result};
use crate::filter::operator_schema;
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::time::Duration;
use wire::message::operator::{Intent, PolicyReply, PolicyRequest, Reply, Request};
use wire::message::view::{OperatorState, OperatorView};
use wire::{Name, SafeText};

/// Verbs of `operators`.
#[derive(Debug, Subcommand)]
pub enum OperatorsCommand {
    /// List operators
    #[command(visible_alias = "ls")]
    List(OperatorsListArgs),
    /// Show one operator
    #[command(visible_alias = "show")]
    Get(OperatorArgs),
    /// Make a token with which an operator of this name logs in
    Create(OperatorCreateArgs),
    /// Give an operator another name; rules about him follow
    Update(OperatorUpdateArgs),
    /// Give an operator a role, for good or for a time
    Assign(AssignArgs),
    /// Take a role from an operator and cut what only it allowed
    Unassign(UnassignArgs),
    /// Remove operators: their certificates are of no use any more
    #[command(visible_alias = "rm")]
    Delete(OperatorDeleteArgs),
}

/// Which operators.
#[derive(Debug, Args)]
pub struct OperatorsListArgs {
    #[command(flatten)]
    list: ListArgs,
    /// Only those with this role
    #[arg(long, value_name = "R")]
    role: Option<Name>,
}

/// Which operator.
#[derive(Debug, Args)]
pub struct OperatorArgs {
    /// Name, id or unique id prefix
    operator: String,
}

/// For whom.
#[derive(Debug, Args)]
pub struct OperatorCreateArgs {
    /// The operator's name, and the token's
    name: Name,
    /// The role the operator gets
    #[arg(long, value_name = "R")]
    role: Name,
    /// How long the token can be used
    #[arg(long, value_name = "D", default_value = "30m")]
    ttl: String,
}

/// What to change.
#[derive(Debug, Args)]
pub struct OperatorUpdateArgs {
    /// Name, id or unique id prefix
    operator: String,
    /// The new name
    #[arg(long, value_name = "N")]
    name: Name,
}

/// Which role, to whom.
#[derive(Debug, Args)]
pub struct AssignArgs {
    /// Name, id or unique id prefix
    operator: String,
    /// The role
    role: Name,
    /// It ends by itself after this time
    #[arg(long = "for", value_name = "D", value_parser = human::parse_limit)]
    lasts: Option<Duration>,
}

/// Which role, from whom.
#[derive(Debug, Args)]
pub struct UnassignArgs {
    /// Name, id or unique id prefix
    operator: String,
    /// The role
    role: Name,
    #[command(flatten)]
    risk: RiskArgs,
}

/// Which operators to remove.
#[derive(Debug, Args)]
pub struct OperatorDeleteArgs {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    operators: Vec<String>,
    /// An operator who is not there is no failure
    #[arg(long)]
    ignore_missing: bool,
    #[command(flatten)]
    risk: RiskArgs,
}

impl Row for OperatorView {
    const KIND: &'static str = "Operator";
    const COLUMNS: &'static [Column] = &[
        Column::text("id", "ID"),
        Column::text("name", "NAME"),
        Column::text("roles", "ROLES"),
        Column::number("connections", "CONN"),
        Column::number("tunnels", "TUN"),
        Column::text("from", "FROM"),
        Column::text("expires", "CERT EXPIRES"),
        Column::text("state", "STATE"),
        Column::text("created", "CREATED").wide(),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "id" => Cell::plain(self.id.to_string()),
            "name" => Cell::plain(self.name.as_str()),
            "roles" => {
                let roles = self.roles.iter().map(|term| match term.until {
                    Some(_) => format!("{} ({})", term.role, look.until(term.until).text),
                    None => term.role.to_string(),
                });
                Cell::plain(roles.collect::<Vec<_>>().join(", "))
            }
            "connections" => look.count(self.connections.into()),
            "tunnels" => look.count(self.tunnels.into()),
            "from" => {
                let from: Vec<&str> = self.source_ips.iter().map(SafeText::as_str).collect();
                Cell::plain(from.join(" "))
            }
            "expires" => look.until(Some(self.certificate_expires_at)),
            "created" => look.ago(Some(self.created_at)),
            _ => {
                let active = self.state == OperatorState::Active;
                Cell::toned(self.state.as_str(), if active { Tone::Good } else { Tone::Dim })
            }
        }
    }
}

/// Runs `operators`.
///
/// # Errors
/// As the contract says.
pub fn run(command: OperatorsCommand, run: &Run) -> Result {
    one_shot(async {
        match command {
            OperatorsCommand::List(args) => list(run, &args).await,
            OperatorsCommand::Get(args) => get(run, &names::one(&args.operator)?).await,
            OperatorsCommand::Create(args) => {
                tokens::for_operator(run, &args.name, &args.role, &args.ttl).await
            }
            OperatorsCommand::Update(args) => update(run, &args).await,
            OperatorsCommand::Assign(args) => assign(run, &args).await,
            OperatorsCommand::Unassign(args) => unassign(run, &args).await,
            OperatorsCommand::Delete(args) => {
                args.risk.for_operators(run, &args.operators).await?;
                Change::new("delete operator", "deleted", Level::Moderate, &args.operators)?
                    .ignore_missing(args.ignore_missing)
                    .apply(run, |operator, intent| {
                        policy(PolicyRequest::OperatorDelete { operator, intent })
                    })
                    .await
            }
        }
    })
}

/// A request about policy.
pub(super) fn policy(request: PolicyRequest) -> Request {
    Request::Policy(Box::new(request))
}

async fn list(run: &Run, args: &OperatorsListArgs) -> Result {
    let filter = args.list.filter(&operator_schema())?;
    let has = |who: &OperatorView| {
        let role = args.role.as_ref();
        role.is_none_or(|role| who.roles.iter().any(|term| term.role == *role))
            && filter.as_ref().is_none_or(|f| f.matches(who, System.wall()))
    };
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Policy(reply) => match *reply {
            PolicyReply::Operators(operators, more) => Some((operators, more)),
            _ => None,
        },
        _ => None,
    };
    let ask = |page| policy(PolicyRequest::Operators(page));
    let operators = collect(run, &link, &args.list, ask, take, has).await?;
    let exit = run.listed(&operators)?;
    link.close().await;
    Ok(exit)
}

async fn get(run: &Run, operator: &str) -> Result {
    let link = connect(&run.settings).await?;
    let reply = link.ask(policy(PolicyRequest::Operator(operator.into()))).await?;
    link.close().await;
    match reply {
        Reply::Policy(reply) => match *reply {
            PolicyReply::Operator(operator) => run.out.object(&operator)?,
            _ => return Err(unexpected("an operator")),
        },
        _ => return Err(unexpected("an operator")),
    }
    Ok(Exit::Ok)
}

async fn update(run: &Run, args: &OperatorUpdateArgs) -> Result {
    let name = args.name.clone();
    let ask = |operator: SafeText, intent: Intent| {
        policy(PolicyRequest::OperatorUpdate { operator, name: name.clone(), intent })
    };
    let operator = [names::one(&args.operator)?];
    Change::new("rename operator", "renamed", Level::Mild, &operator)?.apply(run, ask).await
}

async fn assign(run: &Run, args: &AssignArgs) -> Result {
    let for_ms = args.lasts.map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX));
    let role = args.role.clone();
    let ask = |operator: SafeText, intent: Intent| {
        policy(PolicyRequest::OperatorAssign { operator, role: role.clone(), for_ms, intent })
    };
    let operator = [names::one(&args.operator)?];
    Change::new("assign operator", "assigned", Level::Mild, &operator)?.apply(run, ask).await
}

async fn unassign(run: &Run, args: &UnassignArgs) -> Result {
    let role = args.role.clone();
    let ask = |operator: SafeText, intent: Intent| {
        policy(PolicyRequest::OperatorUnassign { operator, role: role.clone(), intent })
    };
    let operator = [names::one(&args.operator)?];
    args.risk.for_role_of(run, &operator[0], &args.role).await?;
    Change::new("unassign operator", "unassigned", Level::Moderate, &operator)?
        .apply(run, ask)
        .await
}
