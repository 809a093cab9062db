//! `rules`: the ordered allow and deny policy.

mod change;
mod file;

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::global::{Format, ListArgs};
use crate::cli::human;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::collect;
use crate::cli::runtime::one_shot;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Failure, Result};
use crate::filter::rule_schema;
use clap::{ArgGroup, Args, Subcommand};
use link::{Clock, System};
use wire::message::operator::{Reply, Request, RuleSpec};
use wire::message::view::{Effect, RuleState, RuleView};
use wire::{Name, SafeText, UnixMs};

/// Verbs of `rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List rules in order; the first match wins
    #[command(visible_alias = "ls")]
    List(RulesListArgs),
    /// Add a rule
    Create(CreateArgs),
    /// Show one rule
    #[command(visible_alias = "show")]
    Get(change::RuleArgs),
    /// Change parts of a rule at its place
    Update(change::UpdateArgs),
    /// Give a rule another place
    Move(change::MoveArgs),
    /// Switch rules on
    Enable(change::RulesArgs),
    /// Switch rules off
    Disable(change::RulesArgs),
    /// What other rules would have made of past traffic: exit 10 if anything
    Test(file::TestArgs),
    /// Put the rules of a file in the place of all there are
    Import(file::FileArgs),
    /// Write all rules to a file
    Export(file::FileArgs),
    /// Remove rules and cut what only they allowed
    #[command(visible_alias = "rm")]
    Delete(DeleteArgs),
}

/// Which part of the list.
#[derive(Debug, Args)]
pub struct RulesListArgs {
    #[command(flatten)]
    list: ListArgs,
}

/// The rule.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("effect").required(true).args(["allow", "deny"]))]
pub struct CreateArgs {
    /// Let in
    #[arg(long)]
    allow: bool,
    /// Keep out
    #[arg(long)]
    deny: bool,
    /// An operator, role:NAME, node:NAME (what comes in at its links) or anyone
    #[arg(long, value_name = "X|role:R|node:N|anyone")]
    who: String,
    /// Source network
    #[arg(long, value_name = "CIDR", value_parser = parse_cidr)]
    from: Option<String>,
    /// The nodes it is about: a name, or key=value (default: all)
    #[arg(long, value_name = "SEL")]
    nodes: Option<String>,
    /// The targets it is about (default: all)
    #[arg(long, value_name = "HOST|CIDR:PORTS|unix:/PATH")]
    to: Option<String>,
    /// The published port it admits to
    #[arg(long, value_name = "NAME", conflicts_with_all = ["nodes", "to"])]
    port: Option<Name>,
    /// Times of the week at which it is in force, as DAYS HOURS OFFSET (UTC without one): 'mon-fri 8-18 +02:00'
    #[arg(long, value_name = "TIMES")]
    at: Option<String>,
    /// Its end: a time like 2026-08-21T18:00:00Z, or a duration from now
    #[arg(long, value_name = "T", value_parser = parse_until)]
    until: Option<UnixMs>,
    /// Place it before this rule (default: before the default deny)
    #[arg(long, value_name = "RULE")]
    before: Option<String>,
    /// Start switched off
    #[arg(long)]
    disabled: bool,
    /// A rule that says the same counts as created
    #[arg(long)]
    if_missing: bool,
    /// 0.0.0.0/0 or ::/0 is really meant
    #[arg(long)]
    anyone_really: bool,
}

/// Which rules to remove.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Ids; - reads them from standard input
    #[arg(required = true)]
    rules: Vec<String>,
    /// A rule that is not there is no failure
    #[arg(long)]
    ignore_missing: bool,
}

/// Reads a network, or one address.
///
/// # Errors
/// It is neither.
pub fn parse_cidr(text: &str) -> std::result::Result<String, String> {
    let net = text
        .parse::<ipnet::IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from));
    net.map(|net| net.trunc().to_string())
        .map_err(|_| "a network is written like 10.8.0.0/16 or 2001:db8::/32".to_owned())
}

fn parse_until(text: &str) -> std::result::Result<UnixMs, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    human::parse_duration(text)
        .map(|d| System.wall().after(d))
        .map_err(|_| "a time like 2026-08-21T18:00:00Z, or a duration like 8h".to_owned())
}

impl Row for RuleView {
    const KIND: &'static str = "Rule";
    const COLUMNS: &'static [Column] = &[
        Column::number("order", "#"),
        Column::text("id", "ID"),
        Column::text("effect", "EFFECT"),
        Column::text("who", "WHO"),
        Column::text("from", "FROM"),
        Column::text("nodes", "NODES"),
        Column::text("to", "TO"),
        Column::text("port", "PORT"),
        Column::text("at", "AT"),
        Column::text("until", "UNTIL"),
        Column::number("hits", "HITS"),
        Column::text("state", "STATE"),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.id.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        let any = |text: Option<&SafeText>| {
            Cell::plain(text.map_or_else(|| "any".to_owned(), ToString::to_string))
        };
        match key {
            "order" => look.count(self.order.into()),
            "id" => Cell::plain(self.id.to_string()),
            "effect" if self.effect == Effect::Deny => Cell::toned("deny", Tone::Warn),
            "effect" => Cell::plain("allow"),
            "who" => Cell::plain(self.who.as_str()),
            "from" => any(self.from.as_ref()),
            "nodes" => any(self.nodes.as_ref()),
            "to" => any(self.to.as_ref()),
            "port" => look.text(self.port.as_ref()),
            "at" => look.text(self.at.as_ref()),
            "until" => look.until(self.until),
            "hits" => look.count(self.hits),
            _ => {
                let tone = if self.state == RuleState::On { Tone::Good } else { Tone::Dim };
                Cell::toned(self.state.as_str(), tone)
            }
        }
    }

    fn in_short(&self, look: &Look) -> Option<String> {
        let port = self.port.as_ref().map(|port| SafeText::from(port.as_str()));
        let parts = [self.nodes.clone(), self.to.clone(), port].into_iter().flatten();
        let head = format!("{} {}", self.cell("effect", look).text, self.who);
        Some(parts.fold(head, |text, part| format!("{text} {part}")))
    }
}

/// Runs `rules`.
///
/// # Errors
/// As the contract says.
pub fn run(command: RulesCommand, run: &Run) -> Result {
    one_shot(async {
        match command {
            RulesCommand::List(args) => list(run, &args).await,
            RulesCommand::Create(args) => create(run, &args).await,
            RulesCommand::Get(args) => change::get(run, &args).await,
            RulesCommand::Update(args) => change::update(run, &args).await,
            RulesCommand::Move(args) => change::relocate(run, &args).await,
            RulesCommand::Enable(args) => change::enable(run, &args).await,
            RulesCommand::Disable(args) => change::disable(run, &args).await,
            RulesCommand::Test(args) => file::test(run, &args).await,
            RulesCommand::Import(args) => file::import(run, &args).await,
            RulesCommand::Export(args) => file::export(run, &args).await,
            RulesCommand::Delete(args) => delete(run, &args).await,
        }
    })
}

async fn list(run: &Run, args: &RulesListArgs) -> Result {
    let filter = args.list.filter(&rule_schema())?;
    let has = |rule: &RuleView| filter.as_ref().is_none_or(|f| f.matches(rule, System.wall()));
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Rules(rules, more) => Some((rules, more)),
        _ => None,
    };
    let rules = collect(run, &link, &args.list, Request::Rules, take, has).await?;
    let exit = run.listed(&rules)?;
    link.close().await;
    Ok(exit)
}

async fn create(run: &Run, args: &CreateArgs) -> Result {
    let open = matches!(args.from.as_deref(), Some("0.0.0.0/0" | "::/0"));
    if args.allow && open && !args.anyone_really {
        return Err(Failure::usage("--from 0.0.0.0/0 admits the whole internet")
            .hint("add --anyone-really if that is meant"));
    }
    let intent = run.intent();
    run.may_create("rules create", Level::Mild)?;
    let spec = RuleSpec {
        effect: if args.allow { Effect::Allow } else { Effect::Deny },
        who: args.who.as_str().into(),
        from: args.from.as_deref().map(SafeText::from),
        port: args.port.clone(),
        until: args.until,
        before: args.before.as_deref().map(SafeText::from),
        disabled: args.disabled,
        anyone_really: args.anyone_really,
        nodes: args.nodes.as_deref().map(SafeText::from),
        to: args.to.as_deref().map(SafeText::from),
        at: args.at.as_deref().map(SafeText::from),
    };
    let link = connect(&run.settings).await?;
    if args.if_missing
        && let Some(rule) = same(run, &link, &spec).await?
    {
        link.close().await;
        return created(run, &rule);
    }
    let past = match intent.dry_run && !run.out.is_structured() && !run.out.quiet {
        true => Some(file::with_one_more(&link, spec.clone()).await?),
        false => None,
    };
    let exit = match link.ask(Request::RuleCreate { spec, intent }).await? {
        Reply::Rule(rule) => created(run, &rule),
        reply => {
            for rule in past.iter().flat_map(|past| &past.added) {
                run.out.line(&format!("plan  + {rule}"))?;
            }
            if let Some(past) = &past {
                run.out.line(&format!("      last 24h: {}", file::past(past)))?;
            }
            run.planned("create rule", reply, "new")
        }
    };
    link.close().await;
    exit
}

/// The stored rule that decides the same as `spec` would, wherever it stands.
async fn same(run: &Run, link: &Link, spec: &RuleSpec) -> Result<Option<RuleView>> {
    let take = |reply| match reply {
        Reply::Rules(rules, more) => Some((rules, more)),
        _ => None,
    };
    let wanted = if spec.disabled { RuleState::Off } else { RuleState::On };
    let is_it = |rule: &RuleView| {
        (rule.effect, &rule.who, &rule.from, &rule.port, rule.until, rule.state)
            == (spec.effect, &spec.who, &spec.from, &spec.port, spec.until, wanted)
            && (&rule.nodes, &rule.to, &rule.at) == (&spec.nodes, &spec.to, &spec.at)
    };
    let all = ListArgs { limit: Some(u32::MAX), filter: None };
    Ok(collect(run, link, &all, Request::Rules, take, is_it).await?.rows.into_iter().next())
}

fn created(run: &Run, rule: &RuleView) -> Result {
    if run.out.quiet {
        run.out.line(&rule.id.to_string())?;
    } else if run.out.is_structured() || run.out.format == Format::Name {
        run.out.object(rule)?;
    } else {
        let port = rule.port.as_ref().map(|p| format!("  port {p}")).unwrap_or_default();
        let from = rule.from.as_ref().map_or("any", SafeText::as_str);
        run.out.line(&format!(
            "{} {} {} {}  from {from}{port}  place {}",
            run.out.look.tick(),
            rule.id,
            rule.effect,
            rule.who,
            rule.order
        ))?;
        run.out.aside(&format!("undo: tunnelctl rules delete {}", rule.id));
    }
    Ok(Exit::Ok)
}

async fn delete(run: &Run, args: &DeleteArgs) -> Result {
    Change::new("delete rule", "deleted", Level::Moderate, &args.rules)?
        .ignore_missing(args.ignore_missing)
        .apply(run, |rule, intent| Request::RuleDelete { rule, intent })
        .await
}
