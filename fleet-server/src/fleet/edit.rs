//! One changed record: applied to the working copy of a fleet, and written down for the store.

use crate::fleet::Fleet;
use crate::fleet::authority::CaRecord;
use crate::fleet::cert::CertRecord;
use crate::fleet::encoding::{self, RecordError};
use crate::fleet::grants::{Admitting, GuestRecord, LockRecord, SessionRecord};
use crate::fleet::link::LinkRecord;
use crate::fleet::record::{
    NodeRecord, OperatorRecord, PortRecord, RuleRecord, Stored, TokenRecord,
};
use crate::fleet::roles::{AccessRequestRecord, RoleRecord};
use crate::policy::Line;
use std::sync::Arc;
use store::Tree;

/// A record that is new or changed, or gone.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Node(Arc<NodeRecord>),
    DropNode(Arc<NodeRecord>),
    Operator(Arc<OperatorRecord>),
    DropOperator(Arc<OperatorRecord>),
    Role(Arc<RoleRecord>),
    DropRole(Arc<RoleRecord>),
    AccessRequest(Arc<AccessRequestRecord>),
    DropAccessRequest(Arc<AccessRequestRecord>),
    Token(Arc<TokenRecord>),
    Port(Arc<PortRecord>),
    DropPort(Arc<PortRecord>),
    Link(Arc<LinkRecord>),
    DropLink(Arc<LinkRecord>),
    Rule(Arc<RuleRecord>),
    DropRule(Arc<RuleRecord>),
    Session(Arc<SessionRecord>),
    DropSession(Arc<SessionRecord>),
    Guest(Arc<GuestRecord>),
    DropGuest(Arc<GuestRecord>),
    Lock(Arc<LockRecord>),
    DropLock(Arc<LockRecord>),
    Cert(Arc<CertRecord>),
    DropCert(Arc<CertRecord>),
    Ca(Arc<CaRecord>),
}

/// What becomes of one key: its new value, or nothing.
pub(crate) struct Placed {
    pub(crate) tree: Tree,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Option<Vec<u8>>,
    /// The key must not exist yet.
    pub(crate) fresh: bool,
}

impl Edit {
    /// The writes that turn the store from what `before` says into what this edit says.
    pub(crate) fn writes(&self, before: &Fleet) -> Result<Vec<Placed>, RecordError> {
        match self {
            Self::Node(node) => node_writes(before.node(node.id).as_deref(), node),
            Self::DropNode(node) => Ok(node_removal(node)),
            Self::Operator(r) => Ok(vec![put(&**r, before.operator(r.id).is_none())?]),
            Self::DropOperator(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::Role(r) => Ok(vec![put(&**r, before.role(r.name.as_str()).is_none())?]),
            Self::DropRole(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::AccessRequest(r) => Ok(vec![put(&**r, before.access_request(r.id).is_none())?]),
            Self::DropAccessRequest(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::Token(r) => Ok(vec![put(&**r, before.token(r.id).is_none())?]),
            Self::Port(r) => Ok(vec![put(&**r, before.port(r.id).is_none())?]),
            Self::Link(r) => Ok(vec![put(&**r, before.link(r.id).is_none())?]),
            Self::DropLink(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::Rule(r) => Ok(vec![put(&**r, before.rule(r.id).is_none())?]),
            Self::DropPort(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::DropRule(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::Session(r) => Ok(vec![put(&**r, before.session(r.id).is_none())?]),
            Self::DropSession(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::Guest(r) => Ok(vec![put(&**r, before.guest(r.id).is_none())?]),
            Self::DropGuest(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::Lock(r) => Ok(vec![put(&**r, before.lock(r.id).is_none())?]),
            Self::DropLock(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::Ca(r) => {
                let (tree, key) = (Tree::Meta, encoding::CA.to_vec());
                let value = Some(encoding::encode(&**r)?);
                Ok(vec![Placed { tree, key, value, fresh: false }])
            }
            Self::DropCert(r) => Ok(vec![delete(r.place())]),
            Self::Cert(r) => {
                let (tree, key) = r.place();
                let value = Some(encoding::encode(&**r)?);
                Ok(vec![Placed { tree, key, value, fresh: true }])
            }
        }
    }
}

fn put<T: Stored + minicbor::Encode<()>>(record: &T, fresh: bool) -> Result<Placed, RecordError> {
    let (tree, key) = encoding::place(record);
    Ok(Placed { tree, key, value: Some(encoding::encode(record)?), fresh })
}

fn delete((tree, key): (Tree, Vec<u8>)) -> Placed {
    Placed { tree, key, value: None, fresh: false }
}

fn node_writes(old: Option<&NodeRecord>, new: &NodeRecord) -> Result<Vec<Placed>, RecordError> {
    let mut writes = vec![put(new, old.is_none())?];
    let known = old.map_or(&[][..], |old| &old.reconnects);
    if known == new.reconnects {
        return Ok(writes);
    }
    for back in known.iter().filter(|back| !new.reconnects.contains(back)) {
        writes.push(delete(encoding::reconnect_place(new.id, back)));
    }
    for back in new.reconnects.iter().filter(|back| !known.contains(back)) {
        let (tree, key) = encoding::reconnect_place(new.id, back);
        let value = Some(encoding::encode(back)?);
        writes.push(Placed { tree, key, value, fresh: false });
    }
    Ok(writes)
}

fn node_removal(node: &NodeRecord) -> Vec<Placed> {
    let history = node.reconnects.iter().map(|back| encoding::reconnect_place(node.id, back));
    std::iter::once(encoding::place(node)).chain(history).map(delete).collect()
}

impl Fleet {
    /// Makes the edit visible in this copy.
    pub(crate) fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::Node(new) => self.put_node(self.node(new.id), Some(new)),
            Edit::DropNode(old) => self.put_node(self.node(old.id), None),
            Edit::Operator(new) => self.put_operator(self.operator(new.id), Some(new)),
            Edit::DropOperator(old) => self.put_operator(self.operator(old.id), None),
            Edit::Role(new) => {
                self.roles.update(self.role(new.name.as_str()).as_ref(), Some(new));
            }
            Edit::DropRole(old) => {
                self.roles.update(self.role(old.name.as_str()).as_ref(), None);
            }
            Edit::AccessRequest(new) => {
                self.access_requests.update(self.access_request(new.id).as_ref(), Some(new));
            }
            Edit::DropAccessRequest(old) => {
                self.access_requests.update(self.access_request(old.id).as_ref(), None);
            }
            Edit::Token(new) => self.put_token(new),
            Edit::Port(new) => self.put_port(self.port(new.id), Some(new)),
            Edit::DropPort(old) => self.put_port(self.port(old.id), None),
            Edit::Link(new) => self.put_link(self.link(new.id), Some(new)),
            Edit::DropLink(old) => self.put_link(self.link(old.id), None),
            Edit::Rule(new) => self.put_rule(new.id, Some(new)),
            Edit::DropRule(old) => self.put_rule(old.id, None),
            Edit::Session(new) => self.put_session(self.session(new.id).as_ref(), Some(new)),
            Edit::DropSession(old) => self.put_session(Some(old), None),
            Edit::Guest(new) => self.put_guest(self.guest(new.id).as_ref(), Some(new)),
            Edit::DropGuest(old) => self.put_guest(Some(old), None),
            Edit::Lock(new) => self.put_lock(self.lock(new.id).as_ref(), Some(new)),
            Edit::DropLock(old) => self.put_lock(Some(old), None),
            // Looked up in the store.
            Edit::Cert(_) | Edit::DropCert(_) => {}
            Edit::Ca(new) => self.ca = Arc::clone(new),
        }
    }

    fn put_node(&mut self, old: Option<Arc<NodeRecord>>, new: Option<&Arc<NodeRecord>>) {
        let old = old.as_ref();
        self.nodes.update(old, new);
        self.nodes_by_name.update(old, new);
        self.nodes_by_key.update(old, new);
        if let Some(node) = new.or(old) {
            self.changes.push(self.revision, node.id);
        }
    }

    fn put_operator(
        &mut self,
        old: Option<Arc<OperatorRecord>>,
        new: Option<&Arc<OperatorRecord>>,
    ) {
        self.operators.update(old.as_ref(), new);
        self.operators_by_name.update(old.as_ref(), new);
    }

    fn put_token(&mut self, new: &Arc<TokenRecord>) {
        let old = self.token(new.id);
        self.tokens.update(old.as_ref(), Some(new));
        self.tokens_by_name.update(old.as_ref(), Some(new));
        self.tokens_by_hash.update(old.as_ref(), Some(new));
        self.tokens_by_age.update(old.as_ref(), Some(new));
    }

    fn put_port(&mut self, old: Option<Arc<PortRecord>>, new: Option<&Arc<PortRecord>>) {
        self.ports.update(old.as_ref(), new);
        self.ports_by_name.update(old.as_ref(), new);
        self.ports_by_number.update(old.as_ref(), new);
    }

    fn put_session(&mut self, old: Option<&Arc<SessionRecord>>, new: Option<&Arc<SessionRecord>>) {
        self.sessions.update(old, new);
        let id = new.or(old).map(|r| r.id);
        let others = self.running.iter().filter(|r| Some(r.record.id) != id).cloned();
        let new = new.filter(|r| r.ended.is_none()).map(|r| Admitting::of(r, &r.admits()));
        self.running = others.chain(new).collect();
    }

    fn put_guest(&mut self, old: Option<&Arc<GuestRecord>>, new: Option<&Arc<GuestRecord>>) {
        self.guests.update(old, new);
        let id = new.or(old).map(|r| r.id);
        let others = self.visiting.iter().filter(|r| Some(r.record.id) != id).cloned();
        let new = new.filter(|r| r.ended.is_none()).map(|r| Admitting::of(r, &r.from));
        self.visiting = others.chain(new).collect();
    }

    fn put_lock(&mut self, old: Option<&Arc<LockRecord>>, new: Option<&Arc<LockRecord>>) {
        self.locks.update(old, new);
        let id = new.or(old).map(|r| r.id);
        let others = self.blocking.iter().filter(|r| Some(r.id) != id).cloned();
        let new = new.filter(|r| r.ended.is_none()).cloned();
        self.blocking = others.chain(new).collect();
    }

    fn put_rule(&mut self, id: wire::RuleId, new: Option<&Arc<RuleRecord>>) {
        let mut rules: Vec<_> = self.rules.iter().filter(|r| r.id != id).cloned().collect();
        if let Some(new) = new {
            let at = rules.partition_point(|r| (r.order, r.id) < (new.order, new.id));
            rules.insert(at, Arc::clone(new));
        }
        self.policy = rules.iter().map(Line::of).collect();
        self.rules = rules.into();
    }
}
