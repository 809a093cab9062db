//! `rules get|update|move|enable|disable`: one rule, at its place.

use crate::cli::confirm::{Change, Level};
use crate::cli::operators::policy;
use crate::cli::{Run, names};
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use wire::message::operator::{Intent, PolicyRequest, Reply, RuleChange};
use wire::{SafeText, UnixMs};

/// Which rule.
#[derive(Debug, Args)]
pub struct RuleArgs {
    /// Id or unique id prefix
    rule: String,
}

/// Which rules.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Ids; - reads them from standard input
    #[arg(required = true)]
    rules: Vec<String>,
}

/// Where to.
#[derive(Debug, Args)]
pub struct MoveArgs {
    /// Id or unique id prefix
    rule: String,
    /// The rule it goes before (default: to the end)
    #[arg(long, value_name = "RULE")]
    before: Option<String>,
}

/// What to change; an empty text takes a part away.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Id or unique id prefix
    rule: String,
    /// An operator, role:NAME, node:NAME or anyone
    #[arg(long, value_name = "X|role:R|node:N|anyone")]
    who: Option<String>,
    /// Source network
    #[arg(long, value_name = "CIDR")]
    from: Option<String>,
    /// The nodes it is about: a name, or key=value
    #[arg(long, value_name = "SEL")]
    nodes: Option<String>,
    /// The targets it is about
    #[arg(long, value_name = "HOST|CIDR:PORTS|unix:/PATH")]
    to: Option<String>,
    /// The published port it admits to
    #[arg(long, value_name = "NAME")]
    port: Option<String>,
    /// Times of the week, as DAYS HOURS OFFSET (UTC without one): 'mon-fri 8-18 +02:00'
    #[arg(long, value_name = "TIMES")]
    at: Option<String>,
    /// Its end: a time or a duration from now; never = none
    #[arg(long, value_name = "T", value_parser = parse_end)]
    until: Option<UnixMs>,
    /// 0.0.0.0/0 or ::/0 is really meant
    #[arg(long)]
    anyone_really: bool,
}

fn parse_end(text: &str) -> std::result::Result<UnixMs, String> {
    if text == "never" { Ok(UnixMs(0)) } else { super::parse_until(text) }
}

pub(super) async fn get(run: &Run, args: &RuleArgs) -> Result {
    let rule = names::one(&args.rule)?;
    let link = connect(&run.settings).await?;
    let reply = link.ask(policy(PolicyRequest::Rule(rule.as_str().into()))).await?;
    link.close().await;
    let Reply::Rule(rule) = reply else { return Err(unexpected("a rule")) };
    run.out.object(&rule)?;
    Ok(Exit::Ok)
}

pub(super) async fn update(run: &Run, args: &UpdateArgs) -> Result {
    let text = |text: &Option<String>| text.as_deref().map(SafeText::from);
    let change = RuleChange {
        who: text(&args.who),
        from: text(&args.from),
        nodes: text(&args.nodes),
        to: text(&args.to),
        port: text(&args.port),
        at: text(&args.at),
        until: args.until,
        anyone_really: args.anyone_really,
    };
    let unmeant = RuleChange { anyone_really: false, ..change.clone() };
    if unmeant == RuleChange::default() {
        return Err(Failure::usage("nothing to change").hint("--who, --from, --nodes, --to, …"));
    }
    let ask = |rule: SafeText, intent: Intent| {
        policy(PolicyRequest::RuleUpdate { rule, change: change.clone(), intent })
    };
    Change::new("update rule", "updated", Level::Moderate, &[names::one(&args.rule)?])?
        .apply(run, ask)
        .await
}

pub(super) async fn relocate(run: &Run, args: &MoveArgs) -> Result {
    let before = args.before.as_deref().map(SafeText::from);
    let ask = |rule: SafeText, intent: Intent| {
        policy(PolicyRequest::RuleMove { rule, before: before.clone(), intent })
    };
    Change::new("move rule", "moved", Level::Moderate, &[names::one(&args.rule)?])?
        .apply(run, ask)
        .await
}

pub(super) async fn enable(run: &Run, args: &RulesArgs) -> Result {
    Change::new("enable rule", "enabled", Level::Moderate, &args.rules)?
        .undo("tunnelctl rules disable {}")
        .apply(run, |rule, intent| policy(PolicyRequest::RuleEnable { rule, on: true, intent }))
        .await
}

pub(super) async fn disable(run: &Run, args: &RulesArgs) -> Result {
    Change::new("disable rule", "disabled", Level::Moderate, &args.rules)?
        .undo("tunnelctl rules enable {}")
        .apply(run, |rule, intent| policy(PolicyRequest::RuleEnable { rule, on: false, intent }))
        .await
}
