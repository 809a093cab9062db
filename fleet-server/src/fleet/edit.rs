//! One changed record: applied to the working copy of a fleet, and written down for the store.

use crate::fleet::Fleet;
use crate::fleet::encoding::{self, RecordError};
use crate::fleet::record::{
    NodeRecord, OperatorRecord, PortRecord, RuleRecord, Stored, TokenRecord,
};
use crate::policy::Line;
use std::sync::Arc;
use store::Tree;

/// A record that is new or changed, or gone.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Node(Arc<NodeRecord>),
    DropNode(Arc<NodeRecord>),
    Operator(Arc<OperatorRecord>),
    Token(Arc<TokenRecord>),
    Port(Arc<PortRecord>),
    DropPort(Arc<PortRecord>),
    Rule(Arc<RuleRecord>),
    DropRule(Arc<RuleRecord>),
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
            Self::Token(r) => Ok(vec![put(&**r, before.token(r.id).is_none())?]),
            Self::Port(r) => Ok(vec![put(&**r, before.port(r.id).is_none())?]),
            Self::Rule(r) => Ok(vec![put(&**r, before.rule(r.id).is_none())?]),
            Self::DropPort(r) => Ok(vec![delete(encoding::place(&**r))]),
            Self::DropRule(r) => Ok(vec![delete(encoding::place(&**r))]),
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
            Edit::Operator(new) => self.put_operator(new),
            Edit::Token(new) => self.put_token(new),
            Edit::Port(new) => self.put_port(self.port(new.id), Some(new)),
            Edit::DropPort(old) => self.put_port(self.port(old.id), None),
            Edit::Rule(new) => self.put_rule(new.id, Some(new)),
            Edit::DropRule(old) => self.put_rule(old.id, None),
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

    fn put_operator(&mut self, new: &Arc<OperatorRecord>) {
        let old = self.operator(new.id);
        self.operators.update(old.as_ref(), Some(new));
        self.operators_by_name.update(old.as_ref(), Some(new));
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
