//! `tokens`: enrolment secrets. The secret is made here, shown once, and only its hash is sent. What a
//! token demands is in `tokens::bind`.

pub mod bind;

use crate::cli::Run;
use crate::cli::confirm::Level;
use crate::cli::global::{LabelArgs, ListArgs};
use crate::cli::human;
use crate::cli::out::{Cell, Column, Look, Row, Tone, warn};
use crate::cli::pages::collect;
use crate::cli::revoke;
use crate::cli::runtime::one_shot;
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::ctx::identity::show_pin;
use crate::exit::{Exit, Failure, Result};
use crate::filter::token_schema;
use clap::{Args, FromArgMatches, Subcommand};
use link::{Clock, System};
use pki::Token;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use wire::message::operator::{Reply, Request, TokenSpec};
use wire::message::view::{TokenKind, TokenState, TokenView};
use wire::{Labels, Name, SafeText};

const MANY_USES: u32 = 100;

/// Verbs of `tokens`.
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// Make a token; its secret is shown once
    Create(CreateArgs),
    /// List tokens
    #[command(visible_alias = "ls")]
    List(TokensListArgs),
    /// Show one token
    #[command(visible_alias = "show")]
    Get(TokenArgs),
    /// Change what a token allows; its secret stays
    Update(bind::UpdateArgs),
    /// Withdraw tokens
    Revoke(revoke::RevokeArgs),
}

/// Which token.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// Name, id or unique id prefix
    token: String,
}

/// Which tokens.
#[derive(Debug, Args)]
pub struct TokensListArgs {
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    labels: LabelArgs,
    /// Only in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = parse_state)]
    state: Vec<TokenState>,
}

fn parse_state(text: &str) -> std::result::Result<TokenState, String> {
    text.parse().map_err(|()| {
        let all: Vec<&str> = TokenState::ALL.iter().map(|s| s.as_str()).collect();
        format!("one of {}", all.join(", "))
    })
}

/// What to make.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Its name
    #[arg(long, value_name = "N")]
    name: Name,
    /// What it enrols: node or operator
    #[arg(long, value_name = "KIND", default_value = "node", value_parser = parse_kind)]
    kind: TokenKind,
    /// The role an operator gets
    #[arg(long, value_name = "R")]
    role: Option<Name>,
    /// How often it can be used
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    uses: u32,
    /// How long it can be used
    #[arg(long, value_name = "D", default_value = "30m", value_parser = human::parse_duration, conflicts_with = "no_expiry")]
    ttl: Duration,
    /// It never expires (needs --reason)
    #[arg(long)]
    no_expiry: bool,
    /// Label that the node gets; repeat for several
    #[arg(long = "label", value_name = "k=v")]
    labels: Vec<String>,
    /// Targets the node may be used for at most; repeat for several
    #[arg(long, value_name = "HOST|CIDR:PORTS|unix:/PATH")]
    allow: Vec<String>,
    #[command(flatten)]
    bind: bind::BindArgs,
}

fn parse_kind(text: &str) -> std::result::Result<TokenKind, String> {
    text.parse().map_err(|()| "node or operator".to_owned())
}

impl Row for TokenView {
    const KIND: &'static str = "Token";
    const COLUMNS: &'static [Column] = &[
        Column::text("id", "ID"),
        Column::text("name", "NAME"),
        Column::text("uses", "USES"),
        Column::text("expires", "EXPIRES"),
        Column::text("labels", "LABELS"),
        Column::text("by", "BY"),
        Column::text("last_used", "LAST USED"),
        Column::text("state", "STATE"),
        Column::text("kind", "KIND").wide(),
        Column::text("created", "CREATED").wide(),
        Column::text("allow", "ALLOW").wide(),
        Column::text("binding", "BINDING").wide(),
        Column::text("not_collected", "NOT COLLECTED").wide(),
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
            "uses" => {
                let used = self.uses.max.saturating_sub(self.uses.left);
                Cell::number(format!("{used}/{}", self.uses.max), used.into())
            }
            "expires" => look.until(self.expires_at),
            "labels" => Cell::plain(self.grants.labels.to_string()),
            "by" => look.text(self.by.as_ref()),
            "last_used" => look.ago(self.last_used),
            "kind" => Cell::plain(self.token_kind.as_str()),
            "created" => look.ago(Some(self.created_at)),
            "allow" => {
                let allow: Vec<&str> = self.grants.allow.iter().map(SafeText::as_str).collect();
                Cell::plain(allow.join(" "))
            }
            "binding" => Cell::plain(bind::shown(&self.grants.binding)),
            "not_collected" => Cell::plain(uncollected(self)),
            _ => {
                let eternal = self.expires_at.is_none() && self.state == TokenState::Active;
                let mark = match &self.not_collected {
                    _ if look.machine => "",
                    Some(_) => "  ! issued, not collected",
                    None if eternal => "  ! no expiry",
                    None => "",
                };
                let tone = if self.state == TokenState::Active { Tone::Good } else { Tone::Dim };
                Cell::toned(format!("{}{mark}", self.state), tone)
            }
        }
    }

    fn in_short(&self, _: &Look) -> Option<String> {
        (self.state == TokenState::Active).then(|| format!("{} {}", self.token_kind, self.state))
    }
}

/// The names of those who used a token and never showed the certificate.
fn uncollected(token: &TokenView) -> String {
    let Some(open) = &token.not_collected else { return String::new() };
    let names: Vec<&str> = open.items.iter().map(|one| one.name.as_str()).collect();
    let more = usize::try_from(open.total).unwrap_or(usize::MAX).saturating_sub(names.len());
    let names = names.join(" ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

/// What to do about certificates that were issued and not collected.
fn told_uncollected<'a>(run: &Run, tokens: impl IntoIterator<Item = &'a TokenView>) {
    for token in tokens.into_iter().filter(|token| token.not_collected.is_some()) {
        let (names, verb) = (uncollected(token), verb(token));
        run.out.aside(&format!(
            "{}: issued, not collected by {names}: there, run tunnelctl {verb} with the same token \
             again; or end it: tunnelctl revoke {} NAME",
            token.name, token.token_kind
        ));
    }
}

/// A token with its secret, once.
#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    token: &'a TokenView,
    secret: &'a str,
    secret_shown_once: bool,
    server: String,
    addresses: &'a [SafeText],
    ca_pin: String,
    enroll_command: String,
}

/// Runs `tokens`.
///
/// # Errors
/// As the contract says.
pub fn run(command: TokensCommand, run: &Run) -> Result {
    one_shot(async {
        match command {
            TokensCommand::Create(args) => create(run, &args).await,
            TokensCommand::List(args) => list(run, &args).await,
            TokensCommand::Get(args) => get(run, &crate::cli::names::one(&args.token)?).await,
            TokensCommand::Update(args) => bind::update(run, args).await,
            TokensCommand::Revoke(args) => revoke::token(run, &args.names).await,
        }
    })
}

async fn list(run: &Run, args: &TokensListArgs) -> Result {
    let filter = args.list.filter(&token_schema())?;
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Tokens(tokens, more) => Some((tokens, more)),
        _ => None,
    };
    let has = |t: &TokenView| {
        (args.state.is_empty() || args.state.contains(&t.state))
            && args.labels.matches(&t.grants.labels)
            && filter.as_ref().is_none_or(|f| f.matches(t, System.wall()))
    };
    let tokens = collect(run, &link, &args.list, Request::Tokens, take, has).await?;
    let exit = run.listed(&tokens)?;
    told_uncollected(run, &tokens.rows);
    link.close().await;
    Ok(exit)
}

async fn get(run: &Run, token: &str) -> Result {
    let link = connect(&run.settings).await?;
    let Reply::Token { token, .. } = link.ask(Request::Token(token.into())).await? else {
        return Err(unexpected("a token"));
    };
    run.out.object(&token)?;
    told_uncollected(run, [&token]);
    link.close().await;
    Ok(Exit::Ok)
}

/// `operators create`: a token of kind operator with the operator's name.
pub(super) async fn for_operator(run: &Run, name: &Name, role: &Name, ttl: &str) -> Result {
    let line = ["create", "--kind", "operator", "--name", name.as_str(), "--role", role.as_str()];
    let command = CreateArgs::augment_args(clap::Command::new("create"));
    let matches = command
        .try_get_matches_from(line.into_iter().chain(["--ttl", ttl]))
        .and_then(|matches| CreateArgs::from_arg_matches(&matches))
        .map_err(|error| Failure::usage(error.render().to_string()))?;
    create(run, &matches).await
}

async fn create(run: &Run, args: &CreateArgs) -> Result {
    let labels = labels(&args.labels)?;
    agree(run, args)?;
    let link = connect(&run.settings).await?;
    let endpoint = &link.endpoint;
    // Pin and addresses are the server's to say; until it has, those of this connection stand in.
    let mut token = Token::generate(endpoint.ca_pin, endpoint.access.servers.clone())?;
    let spec = TokenSpec {
        name: args.name.clone(),
        kind: args.kind,
        uses: args.uses,
        ttl_ms: (!args.no_expiry).then(|| u64::try_from(args.ttl.as_millis()).unwrap_or(u64::MAX)),
        labels,
        role: args.role.clone(),
        secret_hash: token.hash().to_vec().into(),
        allow: args.allow.iter().map(|a| SafeText::from(a.as_str())).collect(),
        binding: args.bind.binding(),
    };
    let reply = link.ask(Request::TokenCreate { spec, intent: run.intent() }).await?;
    let exit = match reply {
        Reply::Token { token: view, addresses, ca_pin } if !run.settings.flags.dry_run => {
            token.addresses = addresses.iter().map(ToString::to_string).collect();
            token.ca_pin = <[u8; 32]>::try_from(ca_pin.as_slice())
                .map_err(|_| unexpected("a token with a CA pin"))?;
            made(run, &view, &addresses, &token)
        }
        reply => run.planned("create token", reply, args.name.as_str()),
    };
    link.close().await;
    exit
}

fn labels(given: &[String]) -> Result<Labels> {
    let pairs = given
        .iter()
        .map(|l| Labels::pair(l).map_err(|e| Failure::usage(format!("--label {l}: {e}"))))
        .collect::<Result<BTreeMap<_, _>>>()?;
    Labels::new(pairs).map_err(|error| Failure::usage(error.to_string()))
}

/// More than a hundred uses is a moderate change; a token for ever needs a reason.
fn agree(run: &Run, args: &CreateArgs) -> Result<()> {
    let flags = &run.settings.flags;
    if args.no_expiry && flags.reason.is_none() {
        return Err(Failure::usage("--no-expiry needs --reason TEXT"));
    }
    let level = if args.uses > MANY_USES { Level::Moderate } else { Level::Mild };
    run.may_create(&format!("tokens create with {} uses", args.uses), level)
}

fn made(run: &Run, view: &TokenView, addresses: &[SafeText], token: &Token) -> Result {
    let secret = token.reveal();
    if run.out.quiet {
        run.out.line(&secret)?;
        return Ok(Exit::Ok);
    }
    let server = token.addresses.first().cloned().unwrap_or_default();
    let pin = show_pin(&token.ca_pin);
    let made = Made {
        token: view,
        secret: &secret,
        secret_shown_once: true,
        server: format!("https://{server}"),
        addresses,
        enroll_command: format!(
            "tunnelctl {} --server {server} --ca-pin {pin} --token-file -",
            verb(view)
        ),
        ca_pin: pin,
    };
    run.out.single("Token", view.name.as_str(), &made, |out| {
        let end = out.look.until(view.expires_at).text;
        warn(&format!(
            "{} {} {}   {} use(s), expires {end}",
            out.look.tick(),
            view.id,
            view.name,
            view.uses.max
        ));
        warn("the secret is shown once; keep it out of logs and shell history");
        out.line(&secret)
    })?;
    let place = if view.token_kind == TokenKind::Node { "on the machine" } else { "the operator" };
    run.out.aside(&format!("{place}: tunnelctl {} --token-file -     and paste it", verb(view)));
    Ok(Exit::Ok)
}

/// The command that takes such a token.
fn verb(token: &TokenView) -> &'static str {
    match token.token_kind {
        TokenKind::Node => "enroll",
        TokenKind::Operator => "login",
    }
}
