//! The task behind [`super::State`]: collects a group, commits it, publishes it, answers. Its loop
//! ends with the server's shutdown, after everything that was queued is stored.

use super::group::Group;
use super::{Health, Published, Request, failed, full};
use crate::audit::Head;
use link::{SharedClock, Shutdown};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use store::thread::StoreThread;
use store::{Batch, Durability, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use wire::audit::Entry;
use wire::limits::{RECORD_GROUP, RECORD_WAIT, STATE_GROUP};
use wire::{Refusal, UnixMs};

/// What the writer is fed with.
pub(super) struct Inputs {
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) records: mpsc::Receiver<(UnixMs, Entry)>,
}

pub(super) struct Writer {
    inputs: Inputs,
    store: StoreThread,
    head: Head,
    published: Arc<Published>,
    clock: SharedClock,
    /// Tunnel records that wait for the next commit, and until when.
    records: Vec<(UnixMs, Entry)>,
    due: Option<Instant>,
}

impl Writer {
    pub(super) fn new(
        inputs: Inputs,
        store: StoreThread,
        head: Head,
        published: Arc<Published>,
        clock: SharedClock,
    ) -> Self {
        Self { inputs, store, head, published, clock, records: Vec::new(), due: None }
    }

    pub(super) async fn run(mut self, shutdown: &Shutdown) {
        loop {
            let due = self.due;
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                request = self.inputs.requests.recv() => match request {
                    Some(request) => self.group(vec![request]).await,
                    None => break,
                },
                () = at(due) => self.group(Vec::new()).await,
                Some(record) = self.inputs.records.recv(), if due.is_none() => {
                    self.records.push(record);
                    self.due = Some(Instant::now() + RECORD_WAIT);
                }
            }
        }
        self.drain().await;
    }

    /// Stores what is queued and takes nothing more.
    async fn drain(&mut self) {
        self.inputs.requests.close();
        self.inputs.records.close();
        while let Some(request) = self.inputs.requests.recv().await {
            self.group(vec![request]).await;
        }
        self.collect_records();
        while !self.records.is_empty() || self.published.dropped.load(Relaxed) > 0 {
            self.group(Vec::new()).await;
            if *self.published.health.borrow() != Health::Good {
                return;
            }
            self.collect_records();
        }
    }

    /// One group: everything that waits now, up to the bounds.
    async fn group(&mut self, mut requests: Vec<Request>) {
        while requests.len() < STATE_GROUP {
            let Ok(request) = self.inputs.requests.try_recv() else { break };
            requests.push(request);
        }
        self.collect_records();
        // More may be waiting than one group takes.
        self.due = (self.records.len() == RECORD_GROUP).then(Instant::now);
        if self.is_failed() {
            self.records.clear();
            return refuse(requests, &self.published.ended());
        }
        let records = std::mem::take(&mut self.records);
        let dropped = self.published.dropped.swap(0, Relaxed);
        let missing = dropped.saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX));
        let mut group = self.build(requests, records, dropped);
        match self.commit(&mut group, Urgency::Ordinary).await {
            Ok(()) => {
                self.show(Health::Good);
                group.answer();
            }
            Err(error) => {
                // These records are lost; the gap record says so once something can be stored again.
                self.published.dropped.fetch_add(missing, Relaxed);
                if matches!(error, StoreError::Full) {
                    self.show(Health::Full);
                    self.urgent_only(group.into_requests()).await;
                } else {
                    self.fail(group.into_requests(), &error);
                }
            }
        }
    }

    /// The disk is full: only what takes access away is tried again, against the store's reserve.
    async fn urgent_only(&mut self, requests: Vec<Request>) {
        let (urgent, others): (Vec<_>, Vec<_>) =
            requests.into_iter().partition(|request| request.op.is_urgent());
        refuse(others, &full());
        if urgent.is_empty() {
            return;
        }
        let mut group = self.build(urgent, Vec::new(), 0);
        match self.commit(&mut group, Urgency::Urgent).await {
            Ok(()) => group.answer(),
            Err(StoreError::Full) => refuse(group.into_requests(), &full()),
            Err(error) => self.fail(group.into_requests(), &error),
        }
    }

    fn build(&self, requests: Vec<Request>, records: Vec<(UnixMs, Entry)>, dropped: u64) -> Group {
        let now = self.clock.wall();
        let mut group = Group::on(&self.published.fleet.load(), self.head);
        records.into_iter().for_each(|(at, entry)| group.record(at, entry));
        if dropped > 0 {
            group.gap(dropped, now);
        }
        requests.into_iter().for_each(|request| group.run(request, now));
        group
    }

    /// Persists, then publishes.
    async fn commit(&mut self, group: &mut Group, urgency: Urgency) -> Result<(), StoreError> {
        if group.is_empty() {
            return Ok(());
        }
        let batch = group
            .batch(urgency == Urgency::Urgent)
            .map_err(|error| StoreError::Broken(format!("the state's mark {error}")))?;
        committed(&self.store, batch, group.durability()).await?;
        self.head = group.head();
        if group.has_edits() {
            self.published.fleet.store(Arc::new(group.fleet.clone()));
            self.published.revision.send_replace(group.fleet.revision());
        }
        self.published.audit_head.send_replace(self.head.seq);
        Ok(())
    }

    /// Nobody saw anything of this group. Unless it was only turned away, nothing more is
    /// acknowledged until a restart.
    fn fail(&self, requests: Vec<Request>, error: &StoreError) {
        let why = error.to_string();
        tracing::error!(error = %why, changes = requests.len(), "a commit failed");
        let is_turned_away =
            matches!(error, StoreError::TooLarge { .. } | StoreError::Busy | StoreError::Closed);
        if !is_turned_away {
            self.show(Health::Failed(why.clone()));
        }
        refuse(requests, &failed(&why));
    }

    fn collect_records(&mut self) {
        while self.records.len() < RECORD_GROUP {
            let Ok(record) = self.inputs.records.try_recv() else { break };
            self.records.push(record);
        }
    }

    fn is_failed(&self) -> bool {
        matches!(&*self.published.health.borrow(), Health::Failed(_))
    }

    fn show(&self, health: Health) {
        self.published.health.send_if_modified(|old| {
            let is_new = *old != health;
            *old = health;
            is_new
        });
    }
}

/// Whether the store's reserve may be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Ordinary,
    Urgent,
}

/// Waits for the store thread; without it nothing can be durable.
pub(super) async fn committed(
    store: &StoreThread,
    batch: Batch,
    durability: Durability,
) -> Result<(), StoreError> {
    let (reply, answer) = oneshot::channel();
    store.commit(batch, durability, Box::new(move |result| drop(reply.send(result))));
    match answer.await {
        Ok(result) => result.map(|_revision| ()),
        Err(_) => Err(StoreError::Broken("the store thread has ended".to_owned())),
    }
}

fn refuse(requests: Vec<Request>, refusal: &Refusal) {
    for request in requests {
        // Who asked may have gone; the change did not happen either way.
        drop(request.reply.send(Err(refusal.clone())));
    }
}

/// Never, if there is no such instant.
async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
