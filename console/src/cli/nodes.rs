//! `nodes`: list, look, wait, rename, delete. How a node is shown is in `nodes/view.rs`, what
//! follows changes in `nodes/follow.rs`.

mod follow;
mod select;
mod view;

pub(in crate::cli) use follow::lost;
pub use select::Selected;

use crate::cli::confirm::{Change, Level};
use crate::cli::global::{LabelArgs, ListArgs};
use crate::cli::names::one;
use crate::cli::out::list::Listed;
use crate::cli::pages::collect;
use crate::cli::runtime::{interruptible, one_shot, stream};
use crate::cli::{Run, human};
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Failure, Result};
use crate::filter::{Filter, LabelKeys, node_schema};
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::collections::BTreeMap;
use std::time::Duration;
use wire::message::operator::{Reply, Request};
use wire::message::view::{NodeState, NodeView};
use wire::{Labels, Name, SafeText};

/// Verbs of `nodes`.
#[derive(Debug, Subcommand)]
pub enum NodesCommand {
    /// List nodes
    #[command(visible_alias = "ls")]
    List(NodesListArgs),
    /// Show one node with its facts
    #[command(visible_alias = "show")]
    Get(NodeArgs),
    /// Follow nodes as they come, go and change
    Watch(follow::WatchArgs),
    /// Wait until a node is online, offline or of a version
    Wait(follow::WaitArgs),
    /// Exit 0 if the node is connected, 10 if not
    IsOnline(NodeArgs),
    /// Change labels or owner
    Update(UpdateArgs),
    /// Give a node another name
    Rename(RenameArgs),
    /// When a node was away, and why
    Reconnects(ReconnectsArgs),
    /// The way a node came, and what it tried before in vain
    Path(PathArgs),
    /// Remove the record of a node that is revoked or long offline
    #[command(visible_alias = "rm")]
    Delete(DeleteArgs),
}

/// Which node.
#[derive(Debug, Args)]
pub struct NodeArgs {
    /// Name, id or unique id prefix
    pub node: String,
}

/// Which nodes.
#[derive(Debug, Args)]
pub struct NodesListArgs {
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    labels: LabelArgs,
    /// Only in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = parse_state)]
    state: Vec<NodeState>,
    /// Only nodes that someone should look at
    #[arg(long)]
    problems: bool,
    /// Keep the list up to date
    #[arg(long)]
    watch: bool,
}

fn parse_state(text: &str) -> std::result::Result<NodeState, String> {
    text.parse().map_err(|()| {
        let all: Vec<&str> = NodeState::ALL.iter().map(|s| s.as_str()).collect();
        format!("one of {}", all.join(", "))
    })
}

/// What to change about which nodes.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    nodes: Selected,
    /// key=value sets a label, key- removes it
    #[arg(long = "label", value_name = "k=v|k-")]
    labels: Vec<String>,
    /// Who answers for it; empty removes the owner
    #[arg(long, value_name = "X")]
    owner: Option<String>,
}

/// The old and the new name.
#[derive(Debug, Args)]
pub struct RenameArgs {
    /// Name or id
    node: String,
    /// The new name
    to: String,
}

/// Which returns.
#[derive(Debug, Args)]
pub struct ReconnectsArgs {
    /// Name or id
    node: String,
    /// Not older than this
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    since: Option<Duration>,
}

/// Whose way.
#[derive(Debug, Args)]
pub struct PathArgs {
    /// Name or id
    node: String,
}

/// Which nodes to forget.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    #[command(flatten)]
    nodes: Selected,
    /// A node that is not there is no failure
    #[arg(long)]
    ignore_missing: bool,
}

/// Runs `nodes`.
///
/// # Errors
/// As the contract says.
pub fn run(command: NodesCommand, run: &Run) -> Result {
    match command {
        NodesCommand::List(args) if args.watch => stream(list(run, &args)),
        NodesCommand::List(args) => one_shot(list(run, &args)),
        NodesCommand::Get(args) => one_shot(get(run, &one(&args.node)?)),
        NodesCommand::Watch(args) => stream(follow::watch(run, &args)),
        NodesCommand::Wait(mut args) => {
            args.node = one(&args.node)?;
            interruptible(follow::wait(run, &args))
        }
        NodesCommand::IsOnline(args) => one_shot(is_online(run, &one(&args.node)?)),
        NodesCommand::Update(args) => one_shot(update(run, &args)),
        NodesCommand::Rename(args) => one_shot(rename(run, &args)),
        NodesCommand::Reconnects(args) => one_shot(reconnects(run, &args)),
        NodesCommand::Path(args) => one_shot(path(run, &args)),
        NodesCommand::Delete(args) => one_shot(delete(run, &args)),
    }
}

/// What of a list of nodes is wanted.
struct Wanted<'a> {
    args: &'a NodesListArgs,
    filter: Option<Filter>,
}

impl<'a> Wanted<'a> {
    fn new(args: &'a NodesListArgs) -> Result<Self> {
        Ok(Self { args, filter: args.list.filter(&node_schema(LabelKeys::Any))? })
    }

    fn has(&self, node: &NodeView) -> bool {
        let args = self.args;
        let problem = !matches!(node.state, NodeState::Online | NodeState::Revoked);
        (args.state.is_empty() || args.state.contains(&node.state))
            && (!args.problems || problem)
            && args.labels.matches(&node.labels)
            && self.filter.as_ref().is_none_or(|f| f.matches(node, System.wall()))
    }
}

/// A filter that was not understood, with the place.
pub(super) fn wrong_filter(text: &str, error: &crate::filter::FilterError) -> Failure {
    Failure::usage(format!("--filter {text:?}: {error}")).hint("tunnelctl help filters")
}

async fn list(run: &Run, args: &NodesListArgs) -> Result {
    let wanted = Wanted::new(args)?;
    let link = connect(&run.settings).await?;
    if args.watch {
        return follow::list(run, &link, |node| wanted.has(node)).await;
    }
    let nodes = collect(
        run,
        &link,
        &args.list,
        Request::Nodes,
        |reply| match reply {
            Reply::Nodes(nodes, more) => Some((nodes, more)),
            _ => None,
        },
        |node: &NodeView| wanted.has(node),
    )
    .await?;
    let exit = run.listed(&nodes)?;
    view::summary(run, &nodes.rows);
    link.close().await;
    Ok(exit)
}

/// One node by name, id or prefix.
///
/// # Errors
/// There is none, or the server is not reached.
pub async fn find(link: &Link, node: &str) -> Result<NodeView> {
    match link.ask(Request::Node(node.into())).await? {
        Reply::Node(node) => Ok(node),
        _ => Err(unexpected("a node")),
    }
}

async fn get(run: &Run, node: &str) -> Result {
    let link = connect(&run.settings).await?;
    let node = find(&link, node).await?;
    run.out.object(&node)?;
    if !run.out.is_structured() && !run.out.look.machine && !run.out.quiet {
        view::facts(run, &node)?;
    }
    link.close().await;
    Ok(Exit::Ok)
}

async fn is_online(run: &Run, node: &str) -> Result {
    let link = connect(&run.settings).await?;
    let node = find(&link, node).await?;
    let online = node.state.is_connected();
    let shape = serde_json::json!({"id": node.id, "name": node.name, "state": node.state, "online": online});
    if !run.out.quiet {
        run.out
            .single("NodeState", node.name.as_str(), &shape, |out| out.line(node.state.as_str()))?;
    }
    link.close().await;
    Ok(if online { Exit::Ok } else { Exit::Differs })
}

async fn update(run: &Run, args: &UpdateArgs) -> Result {
    let (mut set, mut unset) = (BTreeMap::new(), Vec::new());
    for label in &args.labels {
        match label.strip_suffix('-').filter(|key| !key.contains('=')) {
            Some(key) => unset.push(SafeText::from(key)),
            None => {
                let (key, value) = Labels::pair(label)
                    .map_err(|error| Failure::usage(format!("--label {label}: {error}")))?;
                set.insert(key, value);
            }
        }
    }
    if set.is_empty() && unset.is_empty() && args.owner.is_none() {
        return Err(Failure::usage("nothing to update: give --label k=v, --label k- or --owner X"));
    }
    let set = Labels::new(set).map_err(|error| Failure::usage(error.to_string()))?;
    let change = Change::new("update node", "updated", Level::Mild, &args.nodes.names(run).await?)?;
    change
        .apply(run, |node, intent| Request::NodeUpdate {
            node,
            set: set.clone(),
            unset: unset.clone(),
            owner: args.owner.as_deref().map(SafeText::from),
            intent,
        })
        .await
}

async fn rename(run: &Run, args: &RenameArgs) -> Result {
    let to: Name = args.to.parse().map_err(|e| Failure::usage(format!("{:?}: {e}", args.to)))?;
    let names = std::slice::from_ref(&args.node);
    let change = Change::new("rename node", "renamed", Level::Mild, names)?;
    change.apply(run, |node, intent| Request::NodeRename { node, to: to.clone(), intent }).await
}

async fn delete(run: &Run, args: &DeleteArgs) -> Result {
    Change::new("delete node", "deleted", Level::Moderate, &args.nodes.names(run).await?)?
        .ignore_missing(args.ignore_missing)
        .apply(run, |node, intent| Request::NodeDelete { node, intent })
        .await
}

async fn reconnects(run: &Run, args: &ReconnectsArgs) -> Result {
    let node = one(&args.node)?;
    let link = connect(&run.settings).await?;
    let now = System.wall();
    let since = args.since.map(|back| {
        wire::UnixMs(now.0.saturating_sub(u64::try_from(back.as_millis()).unwrap_or(u64::MAX)))
    });
    let request = Request::Reconnects { node: node.as_str().into(), since };
    let Reply::Reconnects(rows) = link.ask(request).await? else {
        return Err(unexpected("reconnects"));
    };
    let down: u64 = rows.iter().map(|r| r.down_ms).sum();
    let count = rows.len();
    let exit = run.listed(&Listed { rows, next: None, as_of: now })?;
    run.out.aside(&format!(
        "{count} reconnects, {} down",
        human::duration(Duration::from_millis(down))
    ));
    link.close().await;
    Ok(exit)
}

async fn path(run: &Run, args: &PathArgs) -> Result {
    let node = one(&args.node)?;
    let link = connect(&run.settings).await?;
    let request = Request::NodePath { node: node.as_str().into() };
    let Reply::Path(path) = link.ask(request).await? else { return Err(unexpected("a path")) };
    link.close().await;
    run.out.single("Path", path.rung.as_str(), &path, |out| view::path(out, &path))?;
    Ok(Exit::Ok)
}
