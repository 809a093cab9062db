//! Live sessions by node. One node has at most one routable session, the one of the newest
//! generation (I7); every removal is a compare-and-delete. Stored facts are in `fleet`.

mod facts;
mod generations;
mod session;
mod through;

pub(crate) use facts::Facts;
pub(crate) use facts::Standing;
pub(crate) use generations::Generations;
pub(crate) use session::{Parts, Session};

use crate::core::lock;
use crate::ops::Holder;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;
use wire::{DisconnectReason, Generation, NodeId};

/// Runs remembered per node.
const DISPLACED: usize = 4;

/// Who is connected.
#[derive(Default)]
pub(crate) struct Registry {
    table: RwLock<Generations<Arc<Session>>>,
    /// Why the last session of a node ended: known here before it is stored.
    ended: Mutex<HashMap<NodeId, DisconnectReason>>,
    /// Runs of agents whose place another run took: one that comes back is a second holder.
    displaced: Mutex<HashMap<NodeId, VecDeque<u64>>>,
    arrivals: Mutex<HashMap<NodeId, Arc<Notify>>>,
    degraded: AtomicUsize,
}

/// A newer session of the node is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outdated;

impl Registry {
    /// Makes `session` the routable one and gives back the one it supersedes.
    pub(crate) fn register(
        &self,
        session: &Arc<Session>,
    ) -> Result<Option<Arc<Session>>, Outdated> {
        let old = self.table.write().unwrap_or_else(PoisonError::into_inner).register(
            session.node,
            session.generation,
            Arc::clone(session),
        )?;
        if let Some(notify) = lock(&self.arrivals).remove(&session.node) {
            notify.notify_waiters();
        }
        Ok(old)
    }

    /// `new` took the place of `old`, which was still there: another run of the same agent remembers
    /// nothing of it, and does not come back.
    pub(crate) fn displaced(&self, old: &Session, new: &Session) {
        let (Some(run), true) = (old.instance, old.instance != new.instance) else { return };
        let mut all = lock(&self.displaced);
        let runs = all.entry(old.node).or_default();
        runs.retain(|known| *known != run);
        if runs.len() >= DISPLACED {
            runs.pop_front();
        }
        runs.push_back(run);
    }

    /// What the run of an agent that connects tells about its key.
    pub(crate) fn holder(&self, node: NodeId, instance: Option<u64>) -> Holder {
        let all = lock(&self.displaced);
        let known = |run: u64| all.get(&node).is_some_and(|runs| runs.contains(&run));
        if instance.is_some_and(known) { Holder::Returned } else { Holder::Only }
    }

    /// The node is locked: whoever comes after that is judged anew.
    pub(crate) fn forget_displaced(&self, node: NodeId) {
        lock(&self.displaced).remove(&node);
    }

    /// Removes the session of this generation; `false` if it is not the routable one any more.
    pub(crate) fn unregister(
        &self,
        node: NodeId,
        generation: Generation,
        reason: DisconnectReason,
    ) -> bool {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let was_current = table.remove(node, generation).is_some();
        if was_current {
            lock(&self.ended).insert(node, reason);
        }
        was_current
    }

    /// The node was connected when the last process of this server ended: that is why it left.
    pub(crate) fn left_behind(&self, node: NodeId) {
        lock(&self.ended).insert(node, DisconnectReason::ServerStopped);
    }

    /// Why the last session of a node ended, if this server saw it or was the cause.
    pub(crate) fn ended(&self, node: NodeId) -> Option<DisconnectReason> {
        lock(&self.ended).get(&node).copied()
    }

    /// Takes whatever session the node has, so that no tunnel can be routed to it any more.
    pub(crate) fn take(&self, node: NodeId, reason: DisconnectReason) -> Option<Arc<Session>> {
        let session = self.table.write().unwrap_or_else(PoisonError::into_inner).take(node)?;
        lock(&self.ended).insert(node, reason);
        Some(session)
    }

    /// The node's record was deleted.
    pub(crate) fn forget(&self, node: NodeId) -> Option<Arc<Session>> {
        lock(&self.ended).remove(&node);
        self.forget_displaced(node);
        self.table.write().unwrap_or_else(PoisonError::into_inner).forget(node)
    }

    /// The routable session of a node.
    pub(crate) fn session(&self, node: NodeId) -> Option<Arc<Session>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).live(node).cloned()
    }

    /// The first connected node of a failover list.
    pub(crate) fn first(&self, nodes: &[NodeId]) -> Option<Arc<Session>> {
        nodes.iter().find_map(|node| self.session(*node))
    }

    /// All routable sessions.
    pub(crate) fn sessions(&self) -> Vec<Arc<Session>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).all().cloned().collect()
    }

    /// How many nodes are connected.
    pub(crate) fn connected(&self) -> usize {
        self.table.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many of the connected nodes have reasons for concern.
    pub(crate) fn degraded(&self) -> usize {
        self.degraded.load(Relaxed)
    }

    /// Keeps the count of degraded nodes; called at transitions only.
    pub(crate) fn count_degraded(&self, now_degraded: bool) {
        if now_degraded {
            self.degraded.fetch_add(1, Relaxed);
        } else {
            let less = |n: usize| Some(n.saturating_sub(1));
            let _ = self.degraded.fetch_update(Relaxed, Relaxed, less);
        }
    }

    /// Waits until one of `nodes` is connected.
    ///
    /// # Cancel safety
    /// Yes.
    pub(crate) async fn wait(&self, nodes: &[NodeId]) -> Arc<Session> {
        loop {
            let arrivals: Vec<_> = nodes.iter().map(|node| self.arrival(*node)).collect();
            // Registered before the look, so that an arrival between look and wait is not missed.
            let mut waits: Vec<_> =
                arrivals.iter().map(|arrival| Box::pin(arrival.notified())).collect();
            for wait in &mut waits {
                wait.as_mut().enable();
            }
            if let Some(session) = self.first(nodes) {
                return session;
            }
            if waits.is_empty() {
                std::future::pending::<()>().await;
            }
            futures::future::select_all(waits).await;
        }
    }

    fn arrival(&self, node: NodeId) -> Arc<Notify> {
        Arc::clone(lock(&self.arrivals).entry(node).or_default())
    }
}
