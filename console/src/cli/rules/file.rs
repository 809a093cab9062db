//! `rules export|import|test`: a whole policy in a file, and what it would have made of past traffic.

use crate::cli::Run;
use crate::cli::confirm::Level;
use crate::cli::global::ListArgs;
use crate::cli::human;
use crate::cli::operators::policy;
use crate::cli::out::{Out, warn};
use crate::cli::pages::collect;
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::time::Duration;
use wire::message::operator::{Intent, PolicyReply, PolicyRequest, Reply, Request, RuleSpec};
use wire::message::view::{Effect, RuleState, RuleView, RulesPlan};
use wire::{Name, SafeText, UnixMs};

/// The largest file that is read.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Which file.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// The file; - is standard input or output
    file: String,
}

/// Which file, against what.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// The file; - is standard input
    file: String,
    /// How much past traffic is looked at
    #[arg(long, value_name = "D", default_value = "24h", value_parser = human::parse_limit)]
    against: Duration,
}

/// A policy in a file. A list as `rules list -o json` prints it is one, too.
#[derive(Debug, Serialize, Deserialize)]
struct RuleFile {
    #[serde(alias = "items")]
    rules: Vec<Line>,
}

/// One rule in a file; only `effect` and `who` have to be there.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    effect: Effect,
    who: SafeText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<SafeText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nodes: Option<SafeText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<SafeText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    port: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<SafeText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<UnixMs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<RuleState>,
}

impl Line {
    fn of(rule: &RuleView) -> Self {
        Self {
            effect: rule.effect,
            who: rule.who.clone(),
            from: rule.from.clone(),
            nodes: rule.nodes.clone(),
            to: rule.to.clone(),
            port: rule.port.clone(),
            at: rule.at.clone(),
            until: rule.until,
            state: (rule.state == RuleState::Off).then_some(RuleState::Off),
        }
    }

    /// Opening something to the whole world was meant by whoever wrote it into a file.
    fn spec(self) -> RuleSpec {
        RuleSpec {
            effect: self.effect,
            who: self.who,
            from: self.from,
            port: self.port,
            until: self.until,
            before: None,
            disabled: self.state == Some(RuleState::Off),
            anyone_really: true,
            nodes: self.nodes,
            to: self.to,
            at: self.at,
        }
    }
}

pub(super) async fn export(run: &Run, args: &FileArgs) -> Result {
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Rules(rules, more) => Some((rules, more)),
        _ => None,
    };
    let all = ListArgs { limit: Some(u32::MAX), filter: None };
    let rules = collect::<RuleView>(run, &link, &all, Request::Rules, take, |_| true).await?;
    link.close().await;
    let file = RuleFile { rules: rules.rows.iter().map(Line::of).collect() };
    let text = serde_json::to_string_pretty(&file)
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    if args.file == "-" {
        run.out.line(&text)?;
        return Ok(Exit::Ok);
    }
    crate::ctx::paths::write_atomic(std::path::Path::new(&args.file), &format!("{text}\n"))?;
    run.out.told(&format!(
        "{} {} rules in {}",
        run.out.look.tick(),
        file.rules.len(),
        args.file
    ))?;
    Ok(Exit::Ok)
}

pub(super) async fn import(run: &Run, args: &FileArgs) -> Result {
    let rules = read(&args.file)?;
    let link = connect(&run.settings).await?;
    let plan = plan(&link, rules.clone(), Duration::from_secs(24 * 3600)).await?;
    let changes = !plan.added.is_empty() || !plan.removed.is_empty();
    if run.settings.flags.dry_run {
        show(&run.out, &plan)?;
        link.close().await;
        let asked = run.settings.flags.exit_code && changes;
        return Ok(if asked { Exit::Differs } else { Exit::Ok });
    }
    if !run.out.is_structured() && !run.out.quiet {
        lines(&plan).iter().for_each(|line| warn(line));
    }
    run.may_create("rules import", Level::Moderate)?;
    let intent = run.intent();
    let replace = PolicyRequest::RulesReplace { rules, against_ms: 0, intent };
    let reply = link.ask(policy(replace)).await?;
    link.close().await;
    let Reply::Done(outcomes) = reply else { return Err(unexpected("a change")) };
    run.out.changed("imported", &outcomes, run.plan())
}

pub(super) async fn test(run: &Run, args: &TestArgs) -> Result {
    let rules = read(&args.file)?;
    let link = connect(&run.settings).await?;
    let plan = plan(&link, rules, args.against).await?;
    link.close().await;
    show(&run.out, &plan)?;
    let same = plan.newly_allowed.is_empty() && plan.newly_denied.is_empty();
    Ok(if same { Exit::Ok } else { Exit::Differs })
}

/// What one more rule would have made of the last day.
pub(super) async fn with_one_more(link: &Link, spec: RuleSpec) -> Result<RulesPlan> {
    let against_ms = 24 * 3_600_000;
    taken(link.ask(policy(PolicyRequest::RulePlan { spec, against_ms })).await?)
}

async fn plan(link: &Link, rules: Vec<RuleSpec>, against: Duration) -> Result<RulesPlan> {
    let intent = Intent { dry_run: true, reason: None };
    let against_ms = u64::try_from(against.as_millis()).unwrap_or(u64::MAX);
    taken(link.ask(policy(PolicyRequest::RulesReplace { rules, against_ms, intent })).await?)
}

fn taken(reply: Reply) -> Result<RulesPlan> {
    match reply {
        Reply::Policy(reply) => match *reply {
            PolicyReply::Plan(plan) => Ok(plan),
            _ => Err(unexpected("a plan")),
        },
        _ => Err(unexpected("a plan")),
    }
}

fn read(file: &str) -> Result<Vec<RuleSpec>> {
    let mut text = String::new();
    if file == "-" {
        std::io::stdin().lock().take(MAX_FILE).read_to_string(&mut text)?;
    } else {
        let open = std::fs::File::open(file);
        let open =
            open.map_err(|error| Failure::new(Exit::NotFound, format!("{file}: {error}")))?;
        open.take(MAX_FILE).read_to_string(&mut text)?;
    }
    let file = serde_json::from_str::<RuleFile>(&text).map_err(|error| {
        Failure::usage(format!("{file} holds no rules: {error}"))
            .hint("tunnelctl rules export FILE     shows the form")
    })?;
    Ok(file.rules.into_iter().map(Line::spec).collect())
}

fn show(out: &Out, plan: &RulesPlan) -> Result<()> {
    out.single("RulesPlan", "rules", plan, |out| {
        lines(plan).iter().try_for_each(|line| out.line(line))
    })
}

fn lines(plan: &RulesPlan) -> Vec<String> {
    let mut lines: Vec<String> = plan.added.iter().map(|rule| format!("plan  + {rule}")).collect();
    lines.extend(plan.removed.iter().map(|rule| format!("plan  - {rule}")));
    lines.push(format!("      {} rules stay", plan.kept));
    lines.push(format!("      {}", past(plan)));
    if !plan.cuts.is_empty() {
        lines.push(format!("      cuts now: {}", counted(&plan.cuts)));
    }
    lines
}

/// `31 denied tunnels would have passed (jon 28, tom 3); none newly denied`
pub(super) fn past(plan: &RulesPlan) -> String {
    let passed = match plan.newly_allowed.as_slice() {
        [] => "no denied tunnel would have passed".to_owned(),
        some => format!("denied, would have passed: {}", counted(some)),
    };
    let denied = match plan.newly_denied.as_slice() {
        [] => "none newly denied".to_owned(),
        some => format!("newly denied: {}", counted(some)),
    };
    format!("of {} decisions: {passed}; {denied}", plan.replayed)
}

fn counted(by: &[(SafeText, u32)]) -> String {
    let total: u32 = by.iter().map(|(_, count)| count).sum();
    let each: Vec<String> = by.iter().map(|(who, count)| format!("{who} {count}")).collect();
    format!("{total} ({})", each.join(", "))
}
