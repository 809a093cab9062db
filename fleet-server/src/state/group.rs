//! One group of changes on a working copy: what the next snapshot, the store's batch and the replies
//! will be. Pure: nothing is committed here.

use super::{Applied, Request};
use crate::audit::{Chain, Head, key};
use crate::core::Core;
use crate::fleet::encoding::{self, HEAD};
use crate::fleet::{Edit, Fleet, RecordError, Stored};
use crate::ops::{self, Change, Refused};
use link::Shutdown;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use store::{Batch, Condition, Durability, Tree, Write};
use wire::audit::{Actor, AuditResult, Entry, Object};
use wire::{Refusal, RefusalCode, Revision, UnixMs};

/// What every commit moves on: the revision and the end of the audit chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Mark {
    #[n(0)]
    pub(super) revision: Revision,
    #[n(1)]
    pub(super) head: Head,
}

/// A group in the making.
pub(super) struct Group {
    /// The copy that becomes the next snapshot.
    pub(super) fleet: Fleet,
    waiting: Vec<(Request, Result<Applied, Refusal>)>,
    before: Mark,
    chain: Chain,
    writes: BTreeMap<(Tree, Vec<u8>), Option<Vec<u8>>>,
    fresh: Vec<(Tree, Vec<u8>)>,
    edited: bool,
    durable: bool,
}

impl Group {
    pub(super) fn on(fleet: &Fleet, head: Head) -> Self {
        Self {
            fleet: fleet.next(),
            waiting: Vec::new(),
            before: Mark { revision: fleet.revision(), head },
            chain: Chain::behind(head),
            writes: BTreeMap::new(),
            fresh: Vec::new(),
            edited: false,
            durable: false,
        }
    }

    /// Runs one request's op on the working copy.
    pub(super) fn run(&mut self, request: Request, now: UnixMs) {
        // An op is a pure function of the copy: one that panics has changed nothing.
        let done = Shutdown::contain("op", || ops::run(&self.fleet, &request.op, now));
        let result = match done.unwrap_or_else(|| Err(Core::faulty_refusal().into())) {
            Ok(change) => self.take(change, now),
            Err(Refused { refusal, audit }) => {
                for entry in audit {
                    self.append(now, entry);
                }
                Err(refusal)
            }
        };
        self.waiting.push((request, result));
    }

    /// Tells everybody what came of it.
    pub(super) fn answer(self) {
        for (request, result) in self.waiting {
            // Who asked may have gone; the change is durable either way.
            drop(request.reply.send(result));
        }
    }

    /// The requests, as if they had not been run.
    pub(super) fn into_requests(self) -> Vec<Request> {
        self.waiting.into_iter().map(|(request, _)| request).collect()
    }

    /// Puts what an op wants into the working copy, all or nothing.
    pub(super) fn take(&mut self, change: Change, now: UnixMs) -> Result<Applied, Refusal> {
        let mut placed = Vec::with_capacity(change.edits.len());
        for edit in &change.edits {
            placed.extend(edit.writes(&self.fleet).map_err(|error| unstorable(edit, &error))?);
        }
        for edit in &change.edits {
            self.fleet.edit(edit);
            self.edited = true;
        }
        for write in placed {
            let place = (write.tree, write.key);
            if write.fresh && !self.writes.contains_key(&place) {
                self.fresh.push(place.clone());
            }
            self.writes.insert(place, write.value);
        }
        let mut audit = None;
        for entry in change.audit {
            let seq = self.append(now, entry);
            audit = audit.or(seq);
        }
        Ok(Applied { done: change.done, audit })
    }

    /// Puts a tunnel's record behind the chain.
    pub(super) fn record(&mut self, at: UnixMs, entry: Entry) {
        self.append(at, entry);
    }

    /// Says in the trail that records are missing.
    pub(super) fn gap(&mut self, missing: u64, now: UnixMs) {
        let object = Object { kind: "server".into(), ..Object::default() };
        let entry = Entry::new("audit.dropped", Actor::default(), object)
            .result(AuditResult::Failed)
            .with("records", missing);
        self.record(now, entry);
    }

    /// Its place; `None` if it could not be encoded, which its bounds rule out.
    fn append(&mut self, at: UnixMs, entry: Entry) -> Option<u64> {
        let mut chain = self.chain;
        let event = chain.append(at, entry);
        let value = encoding::encode(&event)
            .inspect_err(|error| tracing::error!(%error, "an audit record was lost"))
            .ok()?;
        self.chain = chain;
        self.durable = true;
        self.writes.insert((Tree::Audit, key(event.seq)), Some(value));
        Some(event.seq)
    }

    /// Whether there is anything to store.
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Whether there is a new snapshot.
    pub(super) fn has_edits(&self) -> bool {
        self.edited
    }

    pub(super) fn durability(&self) -> Durability {
        if self.durable { Durability::Durable } else { Durability::Lazy }
    }

    /// The end of the chain after this group.
    pub(super) fn head(&self) -> Head {
        self.chain.head()
    }

    /// One batch for all of it. It applies only to the state it was made from: a second writer, or a
    /// store put back behind our back, makes it fail instead of forking the chain.
    pub(super) fn batch(&mut self, urgent: bool) -> Result<Batch, RecordError> {
        let revision = if self.edited { self.fleet.revision() } else { self.before.revision };
        let after = Mark { revision, head: self.chain.head() };
        let was = if self.before.revision == Revision::default() {
            Condition::Absent(Tree::Meta, HEAD.to_vec())
        } else {
            Condition::Equals(Tree::Meta, HEAD.to_vec(), encoding::encode(&self.before)?)
        };
        let fresh = self.fresh.drain(..).map(|(tree, key)| Condition::Absent(tree, key));
        let conditions = std::iter::once(was).chain(fresh).collect();
        self.writes.insert((Tree::Meta, HEAD.to_vec()), Some(encoding::encode(&after)?));
        let write = |((tree, key), value)| match value {
            Some(value) => Write::Put(tree, key, value),
            None => Write::Delete(tree, key),
        };
        let writes = std::mem::take(&mut self.writes).into_iter().map(write).collect();
        Ok(Batch { conditions, writes, urgent })
    }

    /// One more write that is no record of the fleet.
    pub(super) fn put(&mut self, tree: Tree, key: &[u8], value: Vec<u8>) {
        self.writes.insert((tree, key.to_vec()), Some(value));
    }
}

fn unstorable(edit: &Edit, error: &RecordError) -> Refusal {
    let object = match edit {
        Edit::Node(r) | Edit::DropNode(r) => r.object(),
        Edit::Operator(r) | Edit::DropOperator(r) => r.object(),
        Edit::Role(r) | Edit::DropRole(r) => r.object(),
        Edit::AccessRequest(r) | Edit::DropAccessRequest(r) => r.object(),
        Edit::Token(r) => r.object(),
        Edit::Port(r) | Edit::DropPort(r) => r.object(),
        Edit::Link(r) | Edit::DropLink(r) => r.object(),
        Edit::Rule(r) | Edit::DropRule(r) => r.object(),
        Edit::Session(r) | Edit::DropSession(r) => r.object(),
        Edit::Guest(r) | Edit::DropGuest(r) => r.object(),
        Edit::Lock(r) | Edit::DropLock(r) => r.object(),
        Edit::Ca(_) => Object { kind: "ca".into(), ..Object::default() },
        Edit::Cert(r) | Edit::DropCert(r) => {
            Object { kind: r.role.clone(), id: Some(r.id.clone()), name: None }
        }
    };
    let name = object.name.or(object.id).unwrap_or_default();
    Refusal::new(RefusalCode::Usage, format!("the record of the {} {name} {error}", object.kind))
        .hint("use fewer or shorter labels, names and targets")
}
