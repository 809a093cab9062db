//! `roles`: named sets of permissions, and how long a session by them may last.

use crate::cli::confirm::{Change, Level};
use crate::cli::global::ListArgs;
use crate::cli::operators::policy;
use crate::cli::out::{Cell, Column, Look, Row};
use crate::cli::pages::collect;
use crate::cli::risk::RiskArgs;
use crate::cli::runtime::one_shot;
use crate::cli::{Run, human, nearest};
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::exit::{Exit, Failure, Result};
use crate::filter::role_schema;
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::time::Duration;
use wire::message::operator::{Intent, PolicyReply, PolicyRequest, Reply};
use wire::message::view::{Permission, RoleView};
use wire::{Name, SafeText};

/// Verbs of `roles`.
#[derive(Debug, Subcommand)]
pub enum RolesCommand {
    /// List roles
    #[command(visible_alias = "ls")]
    List(RolesListArgs),
    /// Show one role
    #[command(visible_alias = "show")]
    Get(RoleArgs),
    /// Make a role
    Create(RoleCreateArgs),
    /// Change what a role permits and cut what it no longer allows
    Update(RoleUpdateArgs),
    /// Remove roles, take them from everybody, and remove the rules and tokens about them
    #[command(visible_alias = "rm")]
    Delete(RoleDeleteArgs),
}

/// Which part of the list.
#[derive(Debug, Args)]
pub struct RolesListArgs {
    #[command(flatten)]
    list: ListArgs,
}

/// Which role.
#[derive(Debug, Args)]
pub struct RoleArgs {
    /// Its name
    role: Name,
}

/// What to make.
#[derive(Debug, Args)]
pub struct RoleCreateArgs {
    /// Its name
    role: Name,
    /// What it permits, as nodes.read or nodes.*; repeat for several, or separate with commas
    #[arg(long, value_name = "PERM", required = true, value_delimiter = ',', value_parser = parse_permissions)]
    allow: Vec<Permissions>,
    /// How long a session by it may last (default: 24h)
    #[arg(long, value_name = "D", value_parser = human::parse_limit)]
    max_session: Option<Duration>,
}

/// What to change.
#[derive(Debug, Args)]
pub struct RoleUpdateArgs {
    /// Its name
    role: Name,
    /// Permit this as well; repeat for several, or separate with commas
    #[arg(long, value_name = "PERM", value_delimiter = ',', value_parser = parse_permissions)]
    allow: Vec<Permissions>,
    /// Permit this no longer; repeat for several, or separate with commas
    #[arg(long, value_name = "PERM", value_delimiter = ',', value_parser = parse_permissions)]
    remove: Vec<Permissions>,
    /// How long a session by it may last; 0 = the server's own bound
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    max_session: Option<Duration>,
    #[command(flatten)]
    risk: RiskArgs,
}

/// Which roles to remove.
#[derive(Debug, Args)]
pub struct RoleDeleteArgs {
    /// Names; - reads them from standard input
    #[arg(required = true)]
    roles: Vec<String>,
    /// A role that is not there is no failure
    #[arg(long)]
    ignore_missing: bool,
    #[command(flatten)]
    risk: RiskArgs,
}

/// What one word stands for: a permission, or all of a group.
#[derive(Debug, Clone)]
struct Permissions(Vec<Permission>);

/// One permission by its name.
pub(super) fn parse_permission(text: &str) -> std::result::Result<Permission, String> {
    text.parse().map_err(|()| unknown(text))
}

fn parse_permissions(text: &str) -> std::result::Result<Permissions, String> {
    if text == "*" {
        return Ok(Permissions(Permission::ALL.to_vec()));
    }
    let Some(group) = text.strip_suffix('*').filter(|group| group.ends_with('.')) else {
        return parse_permission(text).map(|one| Permissions(vec![one]));
    };
    let all = Permission::ALL.iter().copied();
    let found: Vec<_> = all.filter(|p| p.as_str().starts_with(group)).collect();
    if found.is_empty() { Err(unknown(text)) } else { Ok(Permissions(found)) }
}

fn unknown(text: &str) -> String {
    match nearest(text, Permission::ALL.iter().map(|p| p.as_str())) {
        Some(near) => format!("there is no permission {text}; did you mean {near}?"),
        None => {
            let all: Vec<&str> = Permission::ALL.iter().map(|p| p.as_str()).collect();
            format!("there is no permission {text}; there are {}", all.join(" "))
        }
    }
}

fn flat(given: &[Permissions]) -> Vec<Permission> {
    given.iter().flat_map(|some| some.0.iter().copied()).collect()
}

impl Row for RoleView {
    const KIND: &'static str = "Role";
    const COLUMNS: &'static [Column] = &[
        Column::text("name", "NAME"),
        Column::number("operators", "OPERATORS"),
        Column::text("max_session", "MAX SESSION"),
        Column::text("permissions", "PERMITS"),
    ];

    fn id(&self) -> String {
        self.name.to_string()
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "name" => Cell::plain(self.name.as_str()),
            "operators" => look.count(self.operators.into()),
            "max_session" => look.span(self.max_session_ms),
            _ if self.built_in => Cell::plain("everything"),
            _ => {
                let words: Vec<&str> = self.permissions.iter().map(|p| p.as_str()).collect();
                Cell::plain(words.join(" "))
            }
        }
    }

    fn in_short(&self, _: &Look) -> Option<String> {
        Some(format!("{} operators", self.operators))
    }
}

/// Runs `roles`.
///
/// # Errors
/// As the contract says.
pub fn run(command: RolesCommand, run: &Run) -> Result {
    one_shot(async {
        match command {
            RolesCommand::List(args) => list(run, &args).await,
            RolesCommand::Get(args) => get(run, args.role).await,
            RolesCommand::Create(args) => create(run, &args).await,
            RolesCommand::Update(args) => update(run, &args).await,
            RolesCommand::Delete(args) => {
                args.risk.for_roles(run, &args.roles).await?;
                Change::new("delete role", "deleted", Level::Moderate, &args.roles)?
                    .ignore_missing(args.ignore_missing)
                    .apply(run, |name, intent| match name.as_str().parse() {
                        Ok(name) => policy(PolicyRequest::RoleDelete { name, intent }),
                        // Nothing has such a name; the server says so.
                        Err(_) => policy(PolicyRequest::Operator(name)),
                    })
                    .await
            }
        }
    })
}

async fn list(run: &Run, args: &RolesListArgs) -> Result {
    let filter = args.list.filter(&role_schema())?;
    let has = |role: &RoleView| filter.as_ref().is_none_or(|f| f.matches(role, System.wall()));
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Policy(reply) => match *reply {
            PolicyReply::Roles(roles, more) => Some((roles, more)),
            _ => None,
        },
        _ => None,
    };
    let ask = |page| policy(PolicyRequest::Roles(page));
    let roles = collect(run, &link, &args.list, ask, take, has).await?;
    let exit = run.listed(&roles)?;
    link.close().await;
    Ok(exit)
}

async fn get(run: &Run, role: Name) -> Result {
    let link = connect(&run.settings).await?;
    let reply = link.ask(policy(PolicyRequest::Role(role))).await?;
    link.close().await;
    match reply {
        Reply::Policy(reply) => match *reply {
            PolicyReply::Role(role) => run.out.object(&role)?,
            _ => return Err(unexpected("a role")),
        },
        _ => return Err(unexpected("a role")),
    }
    Ok(Exit::Ok)
}

fn millis(length: Option<Duration>) -> Option<u64> {
    length.map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

async fn create(run: &Run, args: &RoleCreateArgs) -> Result {
    let max_session_ms = millis(args.max_session);
    let (name, permissions) = (args.role.clone(), flat(&args.allow));
    let ask = |_: SafeText, intent: Intent| {
        let (name, permissions) = (name.clone(), permissions.clone());
        policy(PolicyRequest::RoleCreate { name, permissions, max_session_ms, intent })
    };
    Change::new("create role", "created", Level::Mild, &[args.role.to_string()])?
        .undo("tunnelctl roles delete {}")
        .apply(run, ask)
        .await
}

async fn update(run: &Run, args: &RoleUpdateArgs) -> Result {
    if args.allow.is_empty() && args.remove.is_empty() && args.max_session.is_none() {
        return Err(Failure::usage("nothing to change")
            .hint("--allow PERM, --remove PERM or --max-session D"));
    }
    if !args.remove.is_empty() {
        args.risk.for_roles(run, &[args.role.to_string()]).await?;
    }
    let max_session_ms = millis(args.max_session);
    let (add, remove) = (flat(&args.allow), flat(&args.remove));
    let name = args.role.clone();
    let ask = |_: SafeText, intent: Intent| {
        let (name, add, remove) = (name.clone(), add.clone(), remove.clone());
        policy(PolicyRequest::RoleUpdate { name, add, remove, max_session_ms, intent })
    };
    let level = if args.remove.is_empty() { Level::Mild } else { Level::Moderate };
    Change::new("update role", "updated", level, &[args.role.to_string()])?.apply(run, ask).await
}
