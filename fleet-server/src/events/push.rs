//! One operator's subscription: full sets first, then what changed, at most five times a second for
//! nodes and once a second for the rest. One push is under way at a time, so that a slow reader
//! delays itself only.

use super::Change;
use crate::audit::Query;
use crate::core::Core;
use crate::fleet::{NodeRecord, OperatorRecord};
use crate::operators::OperatorSession;
use crate::policy::{Line, Sight, permit};
use crate::tunnels::Tunnel;
use crate::views::{self, Pages};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use wire::limits::{DEAD_AFTER, MAX_PAGE};
use wire::message::operator::{Push, Seen, Subscription, ToConsole};
use wire::message::view::Permission;
use wire::{NodeId, Revision, TunnelId};

const NODES_EVERY: Duration = Duration::from_millis(200);
const REST_EVERY: Duration = Duration::from_secs(1);
/// Signs of life in one push: far below the bound of a frame.
const SEEN_AT_ONCE: usize = 4096;

/// The reader is gone or does not read.
struct Gone;

/// Pushes until the subscription is replaced or the connection ends.
pub(crate) async fn run(
    core: Arc<Core>,
    operator: Arc<OperatorSession>,
    wanted: Subscription,
    replaced: CancellationToken,
) {
    let ended = operator.shutdown.clone();
    let mut pushes = Pushes::new(core, operator, wanted);
    tokio::select! {
        biased;
        () = replaced.cancelled() => {}
        () = ended.cancelled() => {}
        _ = pushes.run() => ended.cancel(),
    }
}

struct Pushes {
    core: Arc<Core>,
    operator: Arc<OperatorSession>,
    wanted: Subscription,
    feed: broadcast::Receiver<Change>,
    revisions: watch::Receiver<Revision>,
    audit_head: watch::Receiver<u64>,
    audit_after: u64,
    revision: Revision,
    nodes: HashSet<NodeId>,
    heard: HashSet<NodeId>,
    tunnels: HashSet<TunnelId>,
    gone: HashSet<TunnelId>,
    ports: bool,
    lagged: bool,
    /// What the operator may see, as of the snapshot whose rules and record it was made from.
    sight: Sight,
    made_from: (Arc<[Line]>, Option<Arc<OperatorRecord>>),
    /// Nodes he was told of, kept only if he does not see everything.
    told: HashSet<NodeId>,
}

impl Pushes {
    fn new(core: Arc<Core>, operator: Arc<OperatorSession>, wanted: Subscription) -> Self {
        Self {
            feed: core.feed.subscribe(),
            revisions: core.state.revisions(),
            audit_head: core.state.audit_head(),
            audit_after: wanted.audit_after.unwrap_or_default(),
            revision: Revision::default(),
            nodes: HashSet::new(),
            heard: HashSet::new(),
            tunnels: HashSet::new(),
            gone: HashSet::new(),
            ports: false,
            lagged: false,
            sight: Sight::nothing(),
            made_from: (Arc::new([]), None),
            told: HashSet::new(),
            core,
            operator,
            wanted,
        }
    }

    /// What he may see by now; whether that may have changed.
    fn look(&mut self) -> bool {
        let fleet = self.core.state.fleet();
        let record = fleet.operator(self.operator.id);
        let same = Arc::ptr_eq(&self.made_from.0, fleet.policy_lines())
            && match (&self.made_from.1, &record) {
                (Some(old), Some(new)) => Arc::ptr_eq(old, new),
                (None, None) => true,
                _ => false,
            };
        if same {
            return false;
        }
        self.sight = self.core.sight(&self.operator);
        self.made_from = (Arc::clone(fleet.policy_lines()), record);
        !self.sight.is_everything()
    }

    /// What of the subscription his roles permit.
    fn wants(&self, part: bool, permission: Permission) -> bool {
        let fleet = self.core.state.fleet();
        part && fleet
            .operator(self.operator.id)
            .is_some_and(|who| permit::permits(&fleet, &who, permission, self.core.wall()))
    }

    async fn run(&mut self) -> Result<(), Gone> {
        self.look();
        self.full().await?;
        let (mut fast, mut slow) = (paced(NODES_EVERY), paced(REST_EVERY));
        let (mut state_gone, audit) = (false, self.wanted.audit_after.is_some());
        if audit {
            self.push_audit().await?;
        }
        loop {
            let nodes_due = self.lagged || !self.nodes.is_empty();
            tokio::select! {
                biased;
                _ = fast.tick(), if nodes_due => self.push_nodes().await?,
                _ = slow.tick() => self.push_rest().await?,
                changed = self.audit_head.changed(), if audit && !state_gone => match changed {
                    Ok(()) => self.push_audit().await?,
                    Err(_) => state_gone = true,
                },
                changed = self.revisions.changed(), if !state_gone => match changed {
                    Ok(()) => self.note_stored(),
                    Err(_) => state_gone = true,
                },
                change = self.feed.recv() => self.note(change)?,
            }
        }
    }

    fn note(&mut self, change: Result<Change, RecvError>) -> Result<(), Gone> {
        match change {
            Ok(Change::Node(node)) => self.note_nodes([node]),
            Ok(Change::Tunnel(tunnel)) => self.note_tunnels([tunnel]),
            Ok(Change::Ports) => self.ports = true,
            Ok(Change::Second(second)) => {
                self.note_nodes(second.nodes.iter().copied());
                self.note_tunnels(second.tunnels.iter().copied());
                if self.wanted.tunnels {
                    self.gone.extend(&second.gone);
                }
                self.ports |= second.ports;
                if self.wanted.nodes {
                    self.heard.extend(&second.heard);
                }
            }
            Err(RecvError::Lagged(_)) => self.lagged = true,
            Err(RecvError::Closed) => return Err(Gone),
        }
        Ok(())
    }

    fn note_nodes(&mut self, nodes: impl IntoIterator<Item = NodeId>) {
        if self.wanted.nodes {
            self.nodes.extend(nodes);
        }
    }

    fn note_tunnels(&mut self, tunnels: impl IntoIterator<Item = TunnelId>) {
        if self.wanted.tunnels {
            self.tunnels.extend(tunnels);
        }
    }

    fn note_stored(&mut self) {
        let fleet = self.core.state.fleet();
        match fleet.nodes_changed_since(self.revision) {
            Some(nodes) => self.note_nodes(nodes),
            None => self.lagged = true,
        }
        self.revision = fleet.revision();
        self.ports = true;
        // Rules or roles changed: some things appear, others must go.
        self.lagged |= self.look();
    }

    async fn full(&mut self) -> Result<(), Gone> {
        self.lagged = false;
        self.nodes.clear();
        self.heard.clear();
        self.tunnels.clear();
        self.gone.clear();
        let fleet = self.core.state.fleet();
        self.revision = fleet.revision();
        self.told.clear();
        if self.wanted.nodes {
            let may = self.wants(true, Permission::NodesRead);
            let seen = fleet.nodes().filter(|node| may && self.sight.node(&fleet, node));
            let records: Vec<_> = seen.collect();
            self.remember(&records);
            let core = Arc::clone(&self.core);
            let view = move |node: Arc<NodeRecord>| views::node(&core, &node);
            let mut pages = Pages::new(records.into_iter().map(view));
            loop {
                let changed = pages.next_page();
                let complete = pages.is_done();
                self.send_nodes(changed, Vec::new(), complete).await?;
                if complete {
                    break;
                }
            }
        }
        if self.wanted.tunnels {
            let now = self.core.clock.now();
            let view = move |tunnel: Arc<Tunnel>| tunnel.view(now);
            let may = self.wants(true, Permission::TunnelsRead);
            let mut shown = self.core.tunnels.shown();
            shown.retain(|tunnel| may && views::sees_tunnel(&self.core, &self.sight, tunnel));
            let mut pages = Pages::new(shown.into_iter().map(view));
            loop {
                let changed = pages.next_page();
                let complete = pages.is_done();
                let at = self.core.wall();
                self.send(Push::Tunnels { at, changed, gone: Vec::new(), complete }).await?;
                if complete {
                    break;
                }
            }
        }
        self.ports = true;
        self.push_rest().await
    }

    async fn push_nodes(&mut self) -> Result<(), Gone> {
        if self.lagged {
            self.send(Push::Resync).await?;
            return self.full().await;
        }
        let fleet = self.core.state.fleet();
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        let may = self.wants(true, Permission::NodesRead);
        for node in self.nodes.drain() {
            match fleet.node(node).filter(|record| may && self.sight.node(&fleet, record)) {
                Some(record) => there.push(record),
                None if self.sight.is_everything() || self.told.remove(&node) => gone.push(node),
                None => {}
            }
        }
        self.remember(&there);
        let core = Arc::clone(&self.core);
        let view = move |node: Arc<NodeRecord>| views::node(&core, &node);
        let mut pages = Pages::new(there.into_iter().map(view));
        loop {
            let changed = pages.next_page();
            let done = pages.is_done();
            self.send_nodes(changed, std::mem::take(&mut gone), done).await?;
            if done {
                return Ok(());
            }
        }
    }

    /// So that he is told when one of them goes, and not when another one does.
    fn remember(&mut self, nodes: &[Arc<NodeRecord>]) {
        if !self.sight.is_everything() {
            self.told.extend(nodes.iter().map(|node| node.id));
        }
    }

    /// Signs of life since the last second, of the nodes that are still connected.
    async fn push_heard(&mut self) -> Result<(), Gone> {
        let registry = &self.core.registry;
        let all = self.sight.is_everything();
        let seen: Vec<Seen> = self
            .heard
            .drain()
            .filter(|node| all || self.told.contains(node))
            .filter_map(|node| Some(Seen { node, at: registry.session(node)?.last_heard() }))
            .collect();
        for nodes in seen.chunks(SEEN_AT_ONCE) {
            let nodes = nodes.to_vec();
            self.send(Push::Seen { at: self.core.wall(), nodes }).await?;
        }
        Ok(())
    }

    async fn send_nodes(
        &self,
        changed: Vec<wire::message::view::NodeView>,
        gone: Vec<NodeId>,
        complete: bool,
    ) -> Result<(), Gone> {
        let (revision, at) = (self.revision, self.core.wall());
        self.send(Push::Nodes { revision, at, changed, gone, complete }).await
    }

    async fn push_rest(&mut self) -> Result<(), Gone> {
        if !self.heard.is_empty() {
            self.push_heard().await?;
        }
        if !self.tunnels.is_empty() || !self.gone.is_empty() {
            self.push_tunnels().await?;
        }
        let may = self.wants(self.wanted.ports, Permission::PortsRead);
        if std::mem::take(&mut self.ports) && may {
            self.push_ports().await?;
        }
        if self.wants(self.wanted.server, Permission::ServerRead) {
            self.send(Push::Server(views::server(&self.core, &self.sight))).await?;
        }
        Ok(())
    }

    async fn push_ports(&self) -> Result<(), Gone> {
        let mut pages = Pages::new(views::ports(&self.core, &self.sight).into_iter());
        loop {
            let (at, ports) = (self.core.wall(), pages.next_page());
            let done = pages.is_done();
            self.send(Push::Ports { at, ports, more: (!done).then_some(true) }).await?;
            if done {
                return Ok(());
            }
        }
    }

    async fn push_tunnels(&mut self) -> Result<(), Gone> {
        let core = Arc::clone(&self.core);
        let now = core.clock.now();
        let mut gone: Vec<TunnelId> = self.gone.drain().collect();
        let ids: Vec<TunnelId> = self.tunnels.drain().collect();
        let (table, sight) = (Arc::clone(&self.core), self.sight.clone());
        let may = self.wants(true, Permission::TunnelsRead);
        let view = move |id: TunnelId| {
            let seen = |tunnel: &Arc<Tunnel>| may && views::sees_tunnel(&table, &sight, tunnel);
            table.tunnels.get(id).filter(seen).map(|tunnel| tunnel.view(now))
        };
        let mut pages = Pages::new(ids.into_iter().filter_map(view));
        loop {
            let changed = pages.next_page();
            let complete = pages.is_done();
            let (at, gone) = (core.wall(), std::mem::take(&mut gone));
            self.send(Push::Tunnels { at, changed, gone, complete }).await?;
            if complete {
                return Ok(());
            }
        }
    }

    async fn push_audit(&mut self) -> Result<(), Gone> {
        loop {
            let after = Some(self.audit_after);
            let query = Query { after, limit: MAX_PAGE, ..Query::default() };
            // A query that fails is asked again with the next record.
            let Ok(found) = self.core.state.audit(query).await else { return Ok(()) };
            let Some(last) = found.events.last().map(|event| event.seq) else { return Ok(()) };
            self.audit_after = last;
            let (fleet, may) = (self.core.state.fleet(), self.wants(true, Permission::AuditRead));
            let mut events = found.events;
            events.retain(|event| may && self.sight.record(&fleet, event));
            let mut pages = Pages::new(events.into_iter());
            while !pages.is_done() {
                let page = pages.next_page();
                self.send(Push::Audit(page)).await?;
            }
        }
    }

    /// Sends one push and waits until the reader took it.
    async fn send(&self, push: Push) -> Result<(), Gone> {
        let to = &self.operator.to_console;
        to.send(ToConsole::Push(Box::new(push))).map_err(|_| Gone)?;
        match tokio::time::timeout(DEAD_AFTER, to.flushed()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }
}

fn paced(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
