//! Online → stale → offline: one ordered set of deadlines for the whole fleet. Only transitions are
//! reported. What the link says is decided elsewhere.

use crate::core::{Core, lock};
use crate::fleet::NodeRecord;
use crate::ops::{Done, Op, leave};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use wire::limits::OFFLINE_AFTER;
use wire::{NodeId, UnixMs};

/// How often last-seen times are written.
const ROLL_UP: Duration = Duration::from_secs(60);
/// How often is looked for ephemeral nodes that were gone long enough.
const SWEEP: Duration = Duration::from_secs(5);
/// Nodes per roll-up batch: a batch of the store stays small.
const ROLL_UP_BATCH: usize = 500;

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its link is up.
    Online,
    /// Its link was lost; offline at this instant.
    Stale(Instant),
    /// Away for good, as far as people are concerned.
    Offline,
}

/// Nodes by standing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) online: usize,
    pub(crate) stale: usize,
    pub(crate) offline: usize,
}

/// The set of deadlines. Pure.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    nodes: HashMap<NodeId, Standing>,
    due: BTreeSet<(Instant, NodeId)>,
    counts: Counts,
}

impl Deadlines {
    /// Puts a node where it stands; whether that is a transition.
    pub(crate) fn put(&mut self, node: NodeId, standing: Standing) -> bool {
        let old = self.nodes.insert(node, standing);
        self.uncount(node, old);
        match standing {
            Standing::Online => self.counts.online += 1,
            Standing::Stale(until) => {
                self.counts.stale += 1;
                self.due.insert((until, node));
            }
            Standing::Offline => self.counts.offline += 1,
        }
        old.map(|old| std::mem::discriminant(&old)) != Some(std::mem::discriminant(&standing))
    }

    /// The link of an online node was lost. A node that is not online stays where it is.
    pub(crate) fn lost(&mut self, node: NodeId, until: Instant) -> bool {
        self.nodes.get(&node) == Some(&Standing::Online) && self.put(node, Standing::Stale(until))
    }

    /// Forgets a node.
    pub(crate) fn remove(&mut self, node: NodeId) {
        let old = self.nodes.remove(&node);
        self.uncount(node, old);
    }

    fn uncount(&mut self, node: NodeId, old: Option<Standing>) {
        match old {
            Some(Standing::Online) => self.counts.online -= 1,
            Some(Standing::Stale(until)) => {
                self.counts.stale -= 1;
                self.due.remove(&(until, node));
            }
            Some(Standing::Offline) => self.counts.offline -= 1,
            None => {}
        }
    }

    /// The next node whose time is up, now offline.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<NodeId> {
        let (until, node) = *self.due.first()?;
        if until > now {
            return None;
        }
        self.put(node, Standing::Offline);
        Some(node)
    }

    /// When [`Deadlines::poll`] has something next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.due.first().map(|(until, _)| *until)
    }

    /// Where a node stands; unknown nodes are offline.
    pub(crate) fn standing(&self, node: NodeId) -> Standing {
        self.nodes.get(&node).copied().unwrap_or(Standing::Offline)
    }

    /// Nodes by standing.
    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }
}

/// The deadlines, shared, and the task that sleeps until the next one.
#[derive(Default)]
pub(crate) struct Presence {
    deadlines: Mutex<Deadlines>,
    changed: Notify,
}

impl Presence {
    /// Takes a stored node in at start: stale until 90 s after it was last seen, then offline.
    pub(crate) fn load(&self, node: NodeId, last_seen: Option<UnixMs>, wall: UnixMs, now: Instant) {
        let away = last_seen.map(|seen| wall.since(seen)).unwrap_or(OFFLINE_AFTER);
        let standing = match OFFLINE_AFTER.checked_sub(away) {
            Some(left) if !left.is_zero() => Standing::Stale(now + left),
            _ => Standing::Offline,
        };
        lock(&self.deadlines).put(node, standing);
    }

    /// A node is connected.
    pub(crate) fn online(&self, node: NodeId) -> bool {
        lock(&self.deadlines).put(node, Standing::Online)
    }

    /// A node enrolled and has not connected yet.
    pub(crate) fn enrolled(&self, node: NodeId) {
        let mut deadlines = lock(&self.deadlines);
        if !deadlines.nodes.contains_key(&node) {
            deadlines.put(node, Standing::Offline);
        }
    }

    /// A node's link is gone: stale at once.
    pub(crate) fn lost(&self, node: NodeId, now: Instant) -> bool {
        let transition = lock(&self.deadlines).lost(node, now + OFFLINE_AFTER);
        if transition {
            self.changed.notify_one();
        }
        transition
    }

    /// A node is revoked or deleted.
    pub(crate) fn remove(&self, node: NodeId) {
        lock(&self.deadlines).remove(node);
    }

    pub(crate) fn standing(&self, node: NodeId) -> Standing {
        lock(&self.deadlines).standing(node)
    }

    pub(crate) fn counts(&self) -> Counts {
        lock(&self.deadlines).counts()
    }

    fn poll(&self, now: Instant) -> Option<NodeId> {
        lock(&self.deadlines).poll(now)
    }

    fn deadline(&self) -> Option<Instant> {
        lock(&self.deadlines).deadline()
    }
}

/// Removes the ephemeral nodes that were gone as long as they may be.
async fn remove_ephemeral(core: &Core) {
    let (fleet, now) = (core.state.fleet(), core.wall());
    let over = |node: &Arc<NodeRecord>| {
        core.registry.session(node.id).is_none() && leave::is_over(node, now)
    };
    let gone: Vec<NodeId> = fleet.nodes().filter(over).map(|node| node.id).collect();
    for node in gone {
        match core.apply(Op::NodeExpire { node }).await.map(|applied| applied.done) {
            Ok(Done::Node(record)) => {
                tracing::info!(%node, name = %record.name, "ephemeral node removed");
                core.registry.forget(node);
                core.presence.remove(node);
                core.feed.node(node);
            }
            Ok(_) => {}
            Err(refusal) => tracing::warn!(%node, %refusal, "ephemeral node not removed"),
        }
    }
}

/// Turns deadlines into transitions until shutdown, and rolls last-seen times up once a minute.
pub(crate) async fn run(core: Arc<Core>) {
    let mut roll_up = tokio::time::interval(ROLL_UP);
    roll_up.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    roll_up.reset();
    let mut sweep = tokio::time::interval(SWEEP);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        while let Some(node) = core.presence.poll(core.clock.now()) {
            tracing::info!(%node, "node offline");
            core.feed.node(node);
        }
        let until = core.presence.deadline().map(tokio::time::Instant::from_std);
        tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            () = core.presence.changed.notified() => {}
            () = sleep_until(until) => {}
            _ = roll_up.tick() => write_last_seen(&core).await,
            _ = sweep.tick() => remove_ephemeral(&core).await,
        }
    }
}

async fn sleep_until(until: Option<tokio::time::Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

async fn write_last_seen(core: &Core) {
    let seen: Vec<_> = core.registry.sessions().iter().map(|s| (s.node, s.last_heard())).collect();
    for nodes in seen.chunks(ROLL_UP_BATCH) {
        if let Err(refusal) = core.apply(Op::Seen { nodes: nodes.to_vec() }).await {
            tracing::warn!(%refusal, "last-seen times not written");
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(n: u64) -> NodeId {
        NodeId::from_random(n)
    }

    #[test]
    fn nodes_go_offline_in_the_order_of_their_deadlines_and_only_once() {
        let (mut set, start) = (Deadlines::default(), Instant::now());
        let at = |s| start + Duration::from_secs(s);
        for (n, until) in [(1, 30), (2, 10), (3, 20)] {
            assert!(set.put(node(n), Standing::Online));
            assert!(set.lost(node(n), at(until)));
        }
        assert_eq!(set.poll(at(9)), None);
        assert_eq!(set.deadline(), Some(at(10)));
        let order: Vec<_> = std::iter::from_fn(|| set.poll(at(30))).collect();
        assert_eq!(order, [node(2), node(3), node(1)]);
        assert_eq!(set.counts(), Counts { offline: 3, ..Counts::default() });
    }

    #[test]
    fn a_node_that_is_back_has_no_deadline() {
        let (mut set, start) = (Deadlines::default(), Instant::now());
        set.put(node(1), Standing::Online);
        assert!(set.lost(node(1), start));
        assert!(!set.lost(node(1), start), "a second loss is no transition");
        assert!(set.put(node(1), Standing::Online));
        assert!(!set.put(node(1), Standing::Online));
        assert_eq!(set.poll(start + OFFLINE_AFTER), None);
        assert_eq!(set.counts(), Counts { online: 1, ..Counts::default() });
        set.remove(node(1));
        assert_eq!(set.counts(), Counts::default());
    }

    #[test]
    fn a_start_after_a_short_stop_shows_nodes_as_stale_and_old_ones_as_offline() {
        let (presence, now) = (Presence::default(), Instant::now());
        presence.load(node(1), Some(UnixMs(100_000)), UnixMs(110_000), now);
        presence.load(node(2), Some(UnixMs(0)), UnixMs(110_000), now);
        presence.load(node(3), None, UnixMs(110_000), now);
        let left = now + Duration::from_secs(80);
        assert_eq!(presence.standing(node(1)), Standing::Stale(left));
        assert_eq!(presence.counts(), Counts { stale: 1, offline: 2, online: 0 });
    }
}
