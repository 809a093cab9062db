//! `pending`: nodes that wait for an operator's word, to be enrolled or to come back.

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::global::ListArgs;
use crate::cli::out::{Cell, Column, Look, Row};
use crate::cli::pages::collect;
use crate::cli::runtime::one_shot;
use crate::ctx::connect;
use crate::exit::{Failure, Result};
use clap::{Args, Subcommand};
use wire::SafeText;
use wire::message::operator::{Reply, Request};
use wire::message::view::PendingView;

/// Verbs of `pending`.
#[derive(Debug, Subcommand)]
pub enum PendingCommand {
    /// List nodes that wait
    #[command(visible_alias = "ls")]
    List(PendingListArgs),
    /// Let nodes in
    Approve(ApproveArgs),
    /// Turn nodes away
    Deny(DenyArgs),
}

/// How many.
#[derive(Debug, Args)]
pub struct PendingListArgs {
    /// At most this many rows
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
}

/// Which nodes, and what was compared.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    names: Vec<String>,
    /// What the node shows, SHA256:… or its four words: approve only if it is that
    #[arg(long, value_name = "F")]
    fingerprint: Option<String>,
}

/// Which nodes.
#[derive(Debug, Args)]
pub struct DenyArgs {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    names: Vec<String>,
}

impl Row for PendingView {
    const KIND: &'static str = "Pending";
    const COLUMNS: &'static [Column] = &[
        Column::text("name", "NAME"),
        Column::text("for", "FOR"),
        Column::text("words", "WORDS"),
        Column::text("from", "FROM"),
        Column::text("token", "TOKEN"),
        Column::text("since", "SINCE"),
        Column::text("fingerprint", "FINGERPRINT").wide(),
        Column::text("host", "HOST").wide(),
        Column::text("labels", "LABELS").wide(),
        Column::text("version", "VERSION").wide(),
        Column::text("id", "ID").wide(),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "name" => Cell::plain(self.name.as_str()),
            "for" => Cell::plain(self.waits_for.as_str()),
            "words" => Cell::plain(self.words.as_str()),
            "from" => look.text(self.source_ip.as_ref()),
            "token" => look.text(self.token.as_ref()),
            "since" => look.ago(Some(self.since)),
            "fingerprint" => Cell::plain(self.fingerprint.as_str()),
            "host" => look.text(self.hostname.as_ref()),
            "labels" => Cell::plain(self.labels.to_string()),
            "version" => look.text(self.version.as_ref()),
            _ => Cell::plain(self.id()),
        }
    }
}

/// Runs `pending`.
///
/// # Errors
/// As the contract says; a fingerprint that is not the node's is a conflict.
pub fn run(command: PendingCommand, run: &Run) -> Result {
    one_shot(async {
        match command {
            PendingCommand::List(args) => list(run, &args).await,
            PendingCommand::Approve(args) => approve(run, &args).await,
            PendingCommand::Deny(args) => deny(run, &args).await,
        }
    })
}

async fn list(run: &Run, args: &PendingListArgs) -> Result {
    let all = ListArgs { limit: args.limit, filter: None };
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Pending(pending, more) => Some((pending, more)),
        _ => None,
    };
    let pending = collect(run, &link, &all, Request::Pending, take, |_| true).await?;
    let exit = run.listed(&pending)?;
    link.close().await;
    Ok(exit)
}

async fn approve(run: &Run, args: &ApproveArgs) -> Result {
    if args.fingerprint.is_some() && args.names.len() != 1 {
        return Err(Failure::usage("--fingerprint is for one node"));
    }
    let fingerprint = args.fingerprint.as_deref().map(SafeText::from);
    Change::new("approve node", "approved", Level::Mild, &args.names)?
        .undo("tunnelctl revoke node {}")
        .apply(run, |node, intent| Request::PendingApprove {
            node,
            fingerprint: fingerprint.clone(),
            intent,
        })
        .await
}

async fn deny(run: &Run, args: &DenyArgs) -> Result {
    Change::new("deny node", "denied", Level::Mild, &args.names)?
        .apply(run, |node, intent| Request::PendingDeny { node, intent })
        .await
}
