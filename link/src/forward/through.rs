//! Through which node a connection goes: one that was named, one of those with a label, or the one
//! whose name stands in the target's (`host.NODE.tun`).

use super::visitor::Ask;
use crate::operator::{Operator, OperatorError};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wire::limits::MAX_PAGE;
use wire::message::operator::{Page, Reply, Request};
use wire::message::tunnel::OpenTo;
use wire::message::view::NodeView;
use wire::{Name, SafeText, Target};

/// How long the list of a group's nodes is believed.
const FRESH: Duration = Duration::from_secs(10);
/// Nodes of one group that are kept.
const MAX_MEMBERS: usize = 1024;
/// Pages that one look takes at most: 20,000 nodes.
const MAX_PAGES: usize = 100;
/// Nodes of a group that are tried for one connection.
pub const TRIES: usize = 4;
/// The domain of names with a node in them.
const DOMAIN: &str = "tun";

/// Where the connections of a proxy go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Through {
    /// This node: name, id or unique id prefix.
    Node(SafeText),
    /// One of several.
    Group(Group),
    /// The node in the target's name: `host.NODE.tun`, or `NODE.tun` for the node itself.
    Fleet,
}

impl fmt::Display for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => node.fmt(f),
            Self::Group(group) => group.fmt(f),
            Self::Fleet => f.write_str("the whole fleet"),
        }
    }
}

impl From<&str> for Through {
    fn from(node: &str) -> Self {
        Self::Node(node.into())
    }
}

impl From<String> for Through {
    fn from(node: String) -> Self {
        Self::Node(node.into())
    }
}

/// The connected nodes that carry all of these labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Key and, unless any will do, value.
    pub labels: Vec<(String, Option<String>)>,
    /// Which of them.
    pub pick: PickNode,
}

/// Which node of a group carries a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickNode {
    /// The one with the shortest round trip.
    Rtt,
    /// Any of them, anew for each connection.
    Random,
    /// The same one until it is lost.
    Sticky,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.labels.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            let value = value.as_ref().map(|value| format!("={value}")).unwrap_or_default();
            write!(f, "{gap}{key}{value}")?;
        }
        Ok(())
    }
}

/// The nodes of a group at one moment.
#[derive(Debug, Default)]
pub struct Members {
    /// Those that are connected, the shortest round trip first.
    pub connected: Vec<SafeText>,
    /// How many are not.
    pub away: usize,
}

impl Group {
    /// Which nodes there are of it.
    ///
    /// # Errors
    /// The server was not asked.
    pub async fn members(&self, operator: &Operator) -> Result<Members, OperatorError> {
        let (mut found, mut away) = (Vec::new(), 0);
        let mut page = Page { after: None, limit: MAX_PAGE };
        for _ in 0..MAX_PAGES {
            let Reply::Nodes(nodes, more) = operator.request(Request::Nodes(page.clone())).await?
            else {
                return Err(OperatorError::Protocol("nodes were asked for".to_owned()));
            };
            for node in nodes.iter().filter(|node| self.holds(node)) {
                if node.state.is_connected() {
                    let rtt = node.rtt_p50_ms.unwrap_or(u64::MAX);
                    found.push((rtt, SafeText::from(node.id.to_string())));
                } else {
                    away += 1;
                }
            }
            page.after = more.next;
            if page.after.is_none() || found.len() >= MAX_MEMBERS {
                break;
            }
        }
        found.sort();
        found.truncate(MAX_MEMBERS);
        Ok(Members { connected: found.into_iter().map(|(_, node)| node).collect(), away })
    }

    fn holds(&self, node: &NodeView) -> bool {
        let pairs = node.labels.pairs();
        self.labels.iter().all(|(key, wanted)| {
            pairs.get(key).is_some_and(|is| wanted.as_ref().is_none_or(|wanted| wanted == is))
        })
    }
}

impl Through {
    /// What is asked of the server for a target that a proxy's client named; `None`: the name has no
    /// node in it.
    pub(super) fn ask(&self, target: Target) -> Option<Ask<'_>> {
        match self {
            Self::Node(node) => Some(Ask::To(OpenTo::Node { node: node.clone(), target })),
            Self::Group(group) => Some(Ask::Group(group, target)),
            Self::Fleet => named(&target).map(Ask::To),
        }
    }
}

/// What is remembered between connections.
#[derive(Debug, Default)]
pub(super) struct Memory {
    seen: Mutex<Seen>,
    /// One connection asks the server, the others wait for what it is told.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The group's nodes, the shortest round trip first.
    members: Vec<SafeText>,
    at: Option<Instant>,
    last: Option<SafeText>,
}

impl Memory {
    /// The nodes to try for a connection, best first; none if no node of the group is there.
    ///
    /// # Errors
    /// The server was not asked.
    pub(super) async fn order(
        &self,
        group: &Group,
        operator: &Operator,
        random: u64,
    ) -> Result<Vec<SafeText>, OperatorError> {
        if !self.is_fresh() {
            let _asking = self.asking.lock().await;
            if !self.is_fresh() {
                let members = group.members(operator).await?.connected;
                let mut seen = self.seen();
                (seen.members, seen.at) = (members, Some(now()));
            }
        }
        let seen = self.seen();
        Ok(ordered(&seen.members, seen.last.as_ref(), group.pick, random))
    }

    /// A connection went through this node.
    pub(super) fn used(&self, node: &SafeText) {
        self.seen().last = Some(node.clone());
    }

    /// A node was not there: the list is out of date.
    pub(super) fn stale(&self) {
        self.seen().at = None;
    }

    fn is_fresh(&self) -> bool {
        self.seen().at.is_some_and(|at| now().duration_since(at) < FRESH)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ordered(
    members: &[SafeText],
    last: Option<&SafeText>,
    pick: PickNode,
    random: u64,
) -> Vec<SafeText> {
    let first = match pick {
        PickNode::Rtt => 0,
        PickNode::Sticky => members.iter().position(|node| Some(node) == last).unwrap_or(0),
        PickNode::Random => match u64::try_from(members.len()) {
            Ok(count) if count > 0 => usize::try_from(random % count).unwrap_or(0),
            _ => 0,
        },
    };
    let (before, from) = members.split_at(first.min(members.len()));
    match pick {
        PickNode::Sticky => from
            .iter()
            .take(1)
            .chain(before)
            .chain(from.iter().skip(1))
            .take(TRIES)
            .cloned()
            .collect(),
        PickNode::Rtt | PickNode::Random => {
            from.iter().chain(before).take(TRIES).cloned().collect()
        }
    }
}

/// Takes `host.NODE.tun` apart; `NODE.tun` is the node itself. `None`: no node is in the name.
fn named(target: &Target) -> Option<OpenTo> {
    let name = target.host.trim_end_matches('.').strip_suffix(DOMAIN)?.strip_suffix('.')?;
    let (host, node) = name.rsplit_once('.').unwrap_or(("localhost", name));
    let node: Name = node.parse().ok()?;
    let target = Target::new(host, target.port).ok()?;
    Some(OpenTo::Node { node: node.as_str().into(), target })
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn the_node_is_the_last_label_before_tun() {
        for (host, is) in [
            ("10.0.0.5.web1.tun", Some("web1 10.0.0.5:80")),
            ("db.internal.web1.tun.", Some("web1 db.internal:80")),
            ("web1.tun", Some("web1 localhost:80")),
            ("localhost.web1.tun", Some("web1 localhost:80")),
            ("tun", None),
            (".tun", None),
            ("web1", None),
            ("10.0.0.5", None),
            ("a.web_1.tun", None),
            ("example.com", None),
            ("web1.notatun", None),
        ] {
            let target = Target { host: host.to_owned(), port: 80 };
            let to = named(&target).map(|to| match to {
                OpenTo::Node { node, target } => format!("{node} {target}"),
                other => format!("{other:?}"),
            });
            assert_eq!(to.as_deref(), is, "{host}");
        }
    }

    #[test]
    fn each_pick_has_its_order() {
        let nodes: Vec<SafeText> = ["a", "b", "c", "d", "e"].map(SafeText::from).to_vec();
        let order = |pick, last: Option<&str>, random| {
            let last = last.map(SafeText::from);
            let order = ordered(&nodes, last.as_ref(), pick, random);
            order.iter().map(SafeText::as_str).collect::<String>()
        };
        assert_eq!(order(PickNode::Rtt, Some("c"), 9), "abcd");
        assert_eq!(order(PickNode::Random, Some("c"), 9), "eabc");
        assert_eq!(order(PickNode::Sticky, Some("c"), 9), "cabd");
        assert_eq!(order(PickNode::Sticky, Some("gone"), 9), "abcd");
        for pick in [PickNode::Rtt, PickNode::Random, PickNode::Sticky] {
            assert!(ordered(&[], None, pick, 7).is_empty());
        }
    }
}
