//! Which nodes a change is for: names, or all that a label or a filter selects.

use crate::cli::global::{LabelArgs, ListArgs};
use crate::cli::pages::collect;
use crate::cli::{Run, names};
use crate::ctx::connect;
use crate::exit::{Exit, Failure, Result};
use crate::filter::{LabelKeys, node_schema};
use clap::Args;
use link::{Clock, System};
use wire::message::operator::{Reply, Request};
use wire::message::view::NodeView;

/// Nodes by name, by label or by filter.
#[derive(Debug, Clone, Args)]
pub struct Selected {
    /// Names or ids; - reads them from standard input
    #[arg(required_unless_present_any = ["select", "filter"], conflicts_with_all = ["select", "filter"])]
    nodes: Vec<String>,
    /// All nodes with this label; repeat for all of several
    #[arg(short = 'l', id = "select", value_name = "KEY[=VALUE]")]
    labels: Vec<String>,
    /// All nodes that match (see: tunnelctl help filters)
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
}

impl Selected {
    /// All nodes that carry these labels.
    pub const fn by_labels(labels: Vec<String>) -> Self {
        Self { nodes: Vec::new(), labels, filter: None }
    }

    /// The names meant.
    ///
    /// # Errors
    /// No name, or nothing is selected.
    pub async fn names(&self, run: &Run) -> Result<Vec<String>> {
        if self.labels.is_empty() && self.filter.is_none() {
            return names::expand(&self.nodes);
        }
        let labels = LabelArgs { labels: self.labels.clone() };
        let all = ListArgs { limit: Some(u32::MAX), filter: self.filter.clone() };
        let filter = all.filter(&node_schema(LabelKeys::Any))?;
        let link = connect(&run.settings).await?;
        let take = |reply| match reply {
            Reply::Nodes(nodes, more) => Some((nodes, more)),
            _ => None,
        };
        let has = |node: &NodeView| {
            labels.matches(&node.labels)
                && filter.as_ref().is_none_or(|f| f.matches(node, System.wall()))
        };
        let found = collect(run, &link, &all, Request::Nodes, take, has).await?;
        link.close().await;
        if found.rows.is_empty() {
            return Err(Failure::new(Exit::NotFound, "no node is selected by that")
                .hint("tunnelctl nodes list     takes the same -l and --filter"));
        }
        Ok(found.rows.iter().map(|node| node.name.to_string()).collect())
    }
}
