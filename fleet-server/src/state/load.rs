//! From the store to the first snapshot: reads every record, checks the end of the audit chain, and
//! fills an empty store with what a fleet starts with.

use super::group::{Group, Mark};
use super::{Init, OpenError, writer};
use crate::audit::{Head, Reader, decode, key};
use crate::fleet::cert;
use crate::fleet::encoding::{self, CA, FLEET_ID, HEAD, RECONNECTS};
use crate::fleet::{
    AccessRequestRecord, CaRecord, CertRecord, Edit, Fleet, GuestRecord, LinkRecord, LockRecord,
    NodeRecord, OperatorRecord, PortRecord, RecordError, RoleRecord, RuleRecord, SessionRecord,
    Stored, TokenRecord,
};
use crate::ops::{Change, Done, RULE_GAP};
use crate::policy::ADMIN;
use minicbor::Decode;
use std::collections::HashMap;
use std::sync::Arc;
use store::thread::StoreThread;
use store::{Durability, Store, Tree};
use wire::audit::{Actor, Entry};
use wire::message::view::{Effect, Reconnect};
use wire::{Revision, RuleId, UnixMs};

/// Records read from the store at once.
const PAGE: usize = 1000;
/// Audit records checked against the head at each start.
const CHECKED: u64 = 1000;

/// The state as the store has it.
pub(super) struct Loaded {
    pub(super) fleet: Fleet,
    pub(super) head: Head,
}

/// Reads everything; on an empty store, writes what it starts with.
pub(super) async fn load(
    store: &StoreThread,
    reader: &Reader,
    init: &Init,
    now: UnixMs,
) -> Result<Loaded, OpenError> {
    let Some(id) = meta::<String>(reader, FLEET_ID).await? else {
        return create(store, reader, init, now).await;
    };
    let mark = meta::<Mark>(reader, HEAD).await?.ok_or(OpenError::Audit { seq: 1 })?;
    check_chain(reader, mark.head).await?;
    let mut fleet = Fleet::empty(&id, mark.revision);
    let mut history = reconnects(reader).await?;
    let each = |mut node: NodeRecord| {
        node.reconnects = history.remove(&node.id.bits()).unwrap_or_default();
        Edit::Node(Arc::new(node))
    };
    records(reader, &mut fleet, each).await?;
    records(reader, &mut fleet, |r: OperatorRecord| Edit::Operator(Arc::new(r))).await?;
    records(reader, &mut fleet, |r: RoleRecord| Edit::Role(Arc::new(r))).await?;
    records(reader, &mut fleet, |r: AccessRequestRecord| Edit::AccessRequest(Arc::new(r))).await?;
    records(reader, &mut fleet, |r: TokenRecord| Edit::Token(Arc::new(r))).await?;
    records(reader, &mut fleet, |r: PortRecord| Edit::Port(Arc::new(r))).await?;
    records(reader, &mut fleet, |r: LinkRecord| Edit::Link(Arc::new(r))).await?;
    records(reader, &mut fleet, |r: RuleRecord| Edit::Rule(Arc::new(r))).await?;
    records(reader, &mut fleet, |r: SessionRecord| Edit::Session(Arc::new(r))).await?;
    records(reader, &mut fleet, |r: GuestRecord| Edit::Guest(Arc::new(r))).await?;
    records(reader, &mut fleet, |r: LockRecord| Edit::Lock(Arc::new(r))).await?;
    if let Some(ca) = meta::<CaRecord>(reader, CA).await? {
        fleet.edit(&Edit::Ca(Arc::new(ca)));
    }
    Ok(Loaded { fleet: fleet.settled(), head: mark.head })
}

async fn meta<T: for<'b> Decode<'b, ()>>(
    reader: &Reader,
    name: &[u8],
) -> Result<Option<T>, OpenError> {
    let Some(value) = reader.get(Tree::Meta, name).await? else { return Ok(None) };
    encoding::decode(&value).map(Some).map_err(|error| unreadable(Tree::Meta, name, error))
}

/// The end of the audit chain as a stopped server's state has it; `None` if it has none.
pub(crate) fn stored_head(store: &dyn Store) -> Result<Option<Head>, OpenError> {
    let Some(value) = store.get(Tree::Meta, HEAD)? else { return Ok(None) };
    let mark: Mark =
        encoding::decode(&value).map_err(|error| unreadable(Tree::Meta, HEAD, error))?;
    Ok(Some(mark.head))
}

/// The certificate authority as a stopped server's state has it: which keys it needs.
pub(crate) fn stored_ca(store: &dyn Store) -> Result<CaRecord, OpenError> {
    let Some(value) = store.get(Tree::Meta, CA)? else { return Ok(CaRecord::default()) };
    encoding::decode(&value).map_err(|error| unreadable(Tree::Meta, CA, error))
}

/// The newest records must be those the mark was committed with.
async fn check_chain(reader: &Reader, head: Head) -> Result<(), OpenError> {
    let first = head.seq.saturating_sub(CHECKED - 1).max(1);
    let limit = usize::try_from(CHECKED).unwrap_or(usize::MAX).saturating_add(1);
    let mut events = Vec::new();
    for (at, value) in reader.range(Tree::Audit, &[], &key(first), limit).await? {
        events.push(decode(&value).map_err(|error| unreadable(Tree::Audit, &at, error))?);
    }
    if head.seq > 0 && events.first().is_none_or(|event| event.seq != first) {
        return Err(OpenError::Audit { seq: first });
    }
    head.check(&events).map_err(|seq| OpenError::Audit { seq })
}

/// Reads all pairs of a tree below a prefix, page by page.
async fn pages(
    reader: &Reader,
    tree: Tree,
    prefix: &[u8],
    mut each: impl FnMut(&[u8], &[u8]) -> Result<(), RecordError>,
) -> Result<(), OpenError> {
    let mut from = prefix.to_vec();
    loop {
        let page = reader.range(tree, prefix, &from, PAGE).await?;
        for (key, value) in &page {
            each(key, value).map_err(|error| unreadable(tree, key, error))?;
        }
        match page.last() {
            Some((last, _)) if page.len() == PAGE => {
                from.clone_from(last);
                from.push(0);
            }
            _ => return Ok(()),
        }
    }
}

async fn records<T: Stored + for<'b> Decode<'b, ()>>(
    reader: &Reader,
    fleet: &mut Fleet,
    mut edit: impl FnMut(T) -> Edit,
) -> Result<(), OpenError> {
    pages(reader, T::TREE, &[], |_, value| {
        fleet.edit(&edit(encoding::decode(value)?));
        Ok(())
    })
    .await
}

/// Certificates of one holder.
pub(super) async fn certificates(
    reader: &Reader,
    role: &str,
    id: &str,
) -> Result<Vec<CertRecord>, OpenError> {
    let mut found = Vec::new();
    pages(reader, Tree::Certs, &cert::holder(role, id), |_, value| {
        found.push(encoding::decode(value)?);
        Ok(())
    })
    .await?;
    Ok(found)
}

async fn reconnects(reader: &Reader) -> Result<HashMap<u64, Vec<Reconnect>>, OpenError> {
    let mut history: HashMap<u64, Vec<Reconnect>> = HashMap::new();
    pages(reader, Tree::Index, RECONNECTS, |key, value| {
        let owner = encoding::reconnect_owner(key)
            .ok_or_else(|| RecordError::Malformed("its key is cut".to_owned()))?;
        history.entry(owner).or_default().push(encoding::decode(value)?);
        Ok(())
    })
    .await?;
    Ok(history)
}

fn unreadable(tree: Tree, key: &[u8], error: RecordError) -> OpenError {
    let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
    OpenError::Record { tree, key, error }
}

/// What a fleet starts with: its id, the first admin, and the rule that lets admins reach everything.
async fn create(
    store: &StoreThread,
    reader: &Reader,
    init: &Init,
    now: UnixMs,
) -> Result<Loaded, OpenError> {
    // Without an id there must be nothing else either: half a store is not an empty one.
    check_chain(reader, Head::default()).await?;
    let mut group = Group::on(&Fleet::empty(&init.fleet, Revision::default()), Head::default());
    let id =
        encoding::encode(&init.fleet).map_err(|error| unreadable(Tree::Meta, FLEET_ID, error))?;
    group.put(Tree::Meta, FLEET_ID, id);
    let rule = admin_rule(&init.fleet);
    let entries = vec![
        Entry::new("operator.enroll", Actor::default(), init.admin.object()),
        Entry::new("rule.create", Actor::default(), rule.object())
            .with("effect", rule.effect.as_str())
            .with("who", rule.who.as_str()),
    ];
    let edits = vec![Edit::Operator(Arc::new(init.admin.clone())), Edit::Rule(Arc::new(rule))];
    let change = Change { edits, audit: entries, done: Done::Nothing };
    group.take(change, now).map_err(|refusal| {
        let error = RecordError::Malformed(refusal.message.to_string());
        unreadable(Tree::Operators, &init.admin.id.bits().to_be_bytes(), error)
    })?;
    let batch = group.batch(false).map_err(|error| unreadable(Tree::Meta, HEAD, error))?;
    writer::committed(store, batch, Durability::Durable).await?;
    Ok(Loaded { head: group.head(), fleet: group.fleet.settled() })
}

/// Stored and visible like any other rule. Its id comes from the fleet's, so that nothing random is
/// drawn here.
fn admin_rule(fleet: &str) -> RuleRecord {
    let digest = blake3::hash(fleet.as_bytes());
    let bits = digest.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    RuleRecord {
        id: RuleId::from_random(bits),
        effect: Effect::Allow,
        who: format!("role:{ADMIN}").into(),
        from: None,
        nodes: None,
        to: None,
        port: None,
        until: None,
        enabled: true,
        order: RULE_GAP,
        at: None,
    }
}
