//! Links (F2.12): one keeper per stored link, which has the listener at its node open whenever that
//! node is connected and the rules let it pass. No operator takes part. What comes in is joined in
//! `links::join`.

mod join;
mod keep;

use crate::core::{Core, lock};
use crate::fleet::{Fleet, LinkRecord, NodeRecord};
use crate::policy::Targets;
use crate::ports::away;
use link::Shutdown;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use wire::limits::LINK_JOINING;
use wire::message::view::LinkState;
use wire::{LinkId, NodeId, SafeText, Target};

/// How long the keeper of a link that is gone may take to end.
const RELEASE: Duration = Duration::from_secs(2);

/// The keepers.
#[derive(Default)]
pub(crate) struct Links {
    kept: Mutex<HashMap<LinkId, Arc<Kept>>>,
    turn: tokio::sync::Mutex<()>,
}

/// One stored link.
pub(crate) struct Kept {
    id: LinkId,
    /// The node that listens.
    at: NodeId,
    status: Mutex<Status>,
    /// Its node says something else of itself than before.
    wake: Notify,
    /// Places for connections that are being joined.
    joining: Arc<Semaphore>,
    shutdown: Shutdown,
}

/// How the listener is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Status {
    /// About to be opened, or its node is away.
    #[default]
    Closed,
    Open,
    /// Somebody says no, in these words.
    Refused(SafeText),
}

impl Links {
    /// Makes the keepers match the stored links.
    pub(crate) async fn reconcile(&self, core: &Arc<Core>) {
        let _turn = self.turn.lock().await;
        let fleet = core.state.fleet();
        let gone: Vec<Arc<Kept>> = {
            let mut kept = lock(&self.kept);
            let gone = kept.values().filter(|k| fleet.link(k.id).is_none()).cloned().collect();
            kept.retain(|id, _| fleet.link(*id).is_some());
            gone
        };
        for link in gone {
            link.shutdown.finish(RELEASE).await;
            core.tunnels.forget_link(link.id);
        }
        for link in fleet.links() {
            let mut kept = lock(&self.kept);
            if kept.contains_key(&link.id) {
                continue;
            }
            let new = Arc::new(Kept {
                id: link.id,
                at: link.at,
                status: Mutex::default(),
                wake: Notify::new(),
                joining: Arc::new(Semaphore::new(LINK_JOINING)),
                shutdown: core.shutdown.child(),
            });
            kept.insert(link.id, Arc::clone(&new));
            let shutdown = new.shutdown.clone();
            shutdown.spawn("link", keep::run(Arc::clone(core), new));
        }
    }

    /// This node says other things of itself than before: what it grants, for one.
    pub(crate) fn told(&self, node: NodeId) {
        for link in lock(&self.kept).values().filter(|link| link.at == node) {
            link.wake.notify_one();
        }
    }

    /// Connections of a link that are being joined.
    pub(crate) fn joining(&self, id: LinkId) -> usize {
        let kept = lock(&self.kept);
        kept.get(&id).map_or(0, |link| LINK_JOINING - link.joining.available_permits())
    }

    /// The state of a stored link, and why it is not as it should be.
    pub(crate) fn state(&self, core: &Core, link: &LinkRecord) -> (LinkState, Option<SafeText>) {
        let status = lock(&self.kept).get(&link.id).map(|kept| lock(&kept.status).clone());
        let fleet = core.state.fleet();
        let gone = |id| fleet.node(id).filter(|_| core.registry.session(id).is_none());
        let waiting = |node: &NodeRecord| (LinkState::Waiting, Some(away(core, node)));
        match (gone(link.at), status, gone(link.to)) {
            (Some(at), _, _) => waiting(&at),
            (None, Some(Status::Refused(why)), _) => (LinkState::Refused, Some(why)),
            (None, _, Some(to)) => waiting(&to),
            (None, Some(Status::Open), None) => (LinkState::Listening, None),
            _ => (LinkState::Waiting, Some("the listener is about to be opened".into())),
        }
    }
}

impl Kept {
    fn is(&self, status: Status) {
        *lock(&self.status) = status;
    }
}

/// Whether the node grants this listener, as it last said; `None` while it is away.
pub(crate) fn granted(core: &Core, link: &LinkRecord) -> Option<bool> {
    let session = core.registry.session(link.at)?;
    let facts = lock(&session.facts);
    Some(facts.reverse.as_ref().is_some_and(|entries| holds(entries, &link.listen)))
}

fn holds(entries: &[SafeText], listen: &Target) -> bool {
    let grants =
        |entry: &SafeText| Targets::parse(entry.as_str()).is_some_and(|to| to.holds(listen));
    entries.iter().any(grants)
}

/// Both ends as they are now.
fn ends(fleet: &Fleet, link: &LinkRecord) -> Option<(Arc<NodeRecord>, Arc<NodeRecord>)> {
    Some((fleet.node(link.at)?, fleet.node(link.to)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_listener_is_granted_by_its_exact_address_and_port() {
        let entries = ["127.0.0.1:9000-9002,9010".into(), "[::1]:80".into(), "0.0.0.0:81".into()];
        let may = |at: &str| holds(&entries, &at.parse().unwrap());
        for at in ["127.0.0.1:9001", "127.0.0.1:9010", "[::1]:80", "0.0.0.0:81"] {
            assert!(may(at), "{at}");
        }
        for at in ["127.0.0.1:9003", "0.0.0.0:9000", "127.0.0.1:81", "127.0.0.2:9000"] {
            assert!(!may(at), "{at}");
        }
    }
}
