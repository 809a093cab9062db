//! The stored facts, as immutable snapshots that readers hold. Live facts (links, counters) are
//! elsewhere. The next revision costs the change, not the fleet.

mod changes;
mod edit;
pub(crate) mod encoding;
mod find;
mod map;
mod record;

use crate::policy::Line;
use changes::Changes;
use map::{Map, Order};
use std::cmp::Ordering;
use std::cmp::Reverse;
use std::sync::Arc;
use wire::{NodeId, OperatorId, PortId, Refusal, Revision, RuleId, TokenId};

pub(crate) use edit::Edit;
pub use encoding::RecordError;
pub(crate) use record::Stored;
pub use record::{
    MAX_ALLOW_BYTES, MAX_INVENTORY, MAX_LABEL_BYTES, MAX_OWNER, MAX_PORT_NODES, MAX_RECONNECTS,
    MAX_VERSION, NodeRecord, OperatorRecord, PortRecord, RuleRecord, TokenRecord,
};

/// One revision of everything stored. A clone costs a handful of reference counts; lookups are
/// O(log n); making the next revision costs the change, not the fleet.
#[derive(Debug, Clone)]
pub struct Fleet {
    id: Arc<str>,
    revision: Revision,
    nodes: Map<Arc<NodeRecord>, ById>,
    nodes_by_name: Map<Arc<NodeRecord>, ByName>,
    nodes_by_key: Map<Arc<NodeRecord>, ByKey>,
    operators: Map<Arc<OperatorRecord>, ById>,
    operators_by_name: Map<Arc<OperatorRecord>, ByName>,
    tokens: Map<Arc<TokenRecord>, ById>,
    tokens_by_name: Map<Arc<TokenRecord>, ByName>,
    tokens_by_hash: Map<Arc<TokenRecord>, ByKey>,
    tokens_by_age: Map<Arc<TokenRecord>, ByAge>,
    ports: Map<Arc<PortRecord>, ById>,
    ports_by_name: Map<Arc<PortRecord>, ByName>,
    ports_by_number: Map<Arc<PortRecord>, ByKey>,
    rules: Arc<[Arc<RuleRecord>]>,
    policy: Arc<[Line]>,
    changes: Changes,
}

impl Fleet {
    /// A fleet without anything in it.
    pub(crate) fn empty(id: &str, revision: Revision) -> Self {
        Self {
            id: id.into(),
            revision,
            nodes: Map::default(),
            nodes_by_name: Map::default(),
            nodes_by_key: Map::default(),
            operators: Map::default(),
            operators_by_name: Map::default(),
            tokens: Map::default(),
            tokens_by_name: Map::default(),
            tokens_by_hash: Map::default(),
            tokens_by_age: Map::default(),
            ports: Map::default(),
            ports_by_name: Map::default(),
            ports_by_number: Map::default(),
            rules: Arc::new([]),
            policy: Arc::new([]),
            changes: Changes::behind(revision),
        }
    }

    /// A copy for the next revision; edits belong to it.
    pub(crate) fn next(&self) -> Self {
        Self { revision: self.revision.next(), ..self.clone() }
    }

    /// Forgets which edits led here: what was loaded is where everybody starts.
    pub(crate) fn settled(self) -> Self {
        Self { changes: Changes::behind(self.revision), ..self }
    }

    /// The number of this snapshot; each one that changed anything has the next.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Tells servers apart: random, made at init.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The node with this id.
    pub fn node(&self, id: NodeId) -> Option<Arc<NodeRecord>> {
        self.nodes.find(|r| r.id.cmp(&id)).cloned()
    }

    /// The node with this name.
    pub fn node_by_name(&self, name: &str) -> Option<Arc<NodeRecord>> {
        self.nodes_by_name.find(|r| r.name.as_str().cmp(name)).cloned()
    }

    /// The node whose enrolled key has this SHA-256.
    pub fn node_by_key(&self, spki: &[u8; 32]) -> Option<Arc<NodeRecord>> {
        self.nodes_by_key.from(|r| r.spki.cmp(spki)).next().filter(|r| r.spki == *spki).cloned()
    }

    /// Name, id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub fn find_node(&self, reference: &str) -> Result<Arc<NodeRecord>, Refusal> {
        find::find(&self.nodes, self.node_by_name(reference), reference)
    }

    /// Name, id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub fn find_port(&self, reference: &str) -> Result<Arc<PortRecord>, Refusal> {
        find::find(&self.ports, self.port_by_name(reference), reference)
    }

    /// Name (the newest token that has it), id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub fn find_token(&self, reference: &str) -> Result<Arc<TokenRecord>, Refusal> {
        find::find(&self.tokens, self.token_by_name(reference), reference)
    }

    /// Id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub fn find_rule(&self, reference: &str) -> Result<Arc<RuleRecord>, Refusal> {
        let mut rules = Map::default();
        self.rules.iter().for_each(|rule| {
            rules.insert(Arc::clone(rule));
        });
        find::find(&rules, None, reference)
    }

    /// Name, id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub fn find_operator(&self, reference: &str) -> Result<Arc<OperatorRecord>, Refusal> {
        find::find(&self.operators, self.operator_by_name(reference), reference)
    }

    /// The operator with this id.
    pub fn operator(&self, id: OperatorId) -> Option<Arc<OperatorRecord>> {
        self.operators.find(|r| r.id.cmp(&id)).cloned()
    }

    /// The operator with this name.
    pub fn operator_by_name(&self, name: &str) -> Option<Arc<OperatorRecord>> {
        self.operators_by_name.find(|r| r.name.as_str().cmp(name)).cloned()
    }

    /// The token with this id.
    pub fn token(&self, id: TokenId) -> Option<Arc<TokenRecord>> {
        self.tokens.find(|r| r.id.cmp(&id)).cloned()
    }

    /// The newest token with this name.
    pub fn token_by_name(&self, name: &str) -> Option<Arc<TokenRecord>> {
        let mut tokens = self.tokens_by_name.from(|r| r.name.as_str().cmp(name));
        tokens.next().filter(|r| r.name.as_str() == name).cloned()
    }

    /// The token whose secret has this SHA-256.
    pub fn token_by_hash(&self, hash: &[u8; 32]) -> Option<Arc<TokenRecord>> {
        self.tokens_by_hash.find(|r| r.hash.cmp(hash)).cloned()
    }

    /// The port with this id.
    pub fn port(&self, id: PortId) -> Option<Arc<PortRecord>> {
        self.ports.find(|r| r.id.cmp(&id)).cloned()
    }

    /// The port with this name.
    pub fn port_by_name(&self, name: &str) -> Option<Arc<PortRecord>> {
        self.ports_by_name.find(|r| r.name.as_str().cmp(name)).cloned()
    }

    /// The port with this public number.
    pub fn port_by_number(&self, number: u16) -> Option<Arc<PortRecord>> {
        self.ports_by_number.find(|r| r.number.cmp(&number)).cloned()
    }

    /// The rule with this id.
    pub fn rule(&self, id: RuleId) -> Option<Arc<RuleRecord>> {
        self.rules.iter().find(|r| r.id == id).cloned()
    }

    /// All nodes, ascending by name.
    pub fn nodes(&self) -> Box<dyn Iterator<Item = Arc<NodeRecord>> + '_> {
        Box::new(self.nodes_by_name.iter().cloned())
    }

    /// The nodes behind `name`, ascending by name: the rest of a paged list.
    pub fn nodes_after(&self, name: &str) -> Box<dyn Iterator<Item = Arc<NodeRecord>> + '_> {
        let after = name.to_owned();
        let behind = move |r: &Arc<NodeRecord>| match r.name.as_str().cmp(&after) {
            Ordering::Greater => Ordering::Greater,
            _ => Ordering::Less,
        };
        Box::new(self.nodes_by_name.from(behind).cloned())
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// All ports, ascending by name.
    pub fn ports(&self) -> Box<dyn Iterator<Item = Arc<PortRecord>> + '_> {
        Box::new(self.ports_by_name.iter().cloned())
    }

    /// All tokens, newest first.
    pub fn tokens(&self) -> Box<dyn Iterator<Item = Arc<TokenRecord>> + '_> {
        Box::new(self.tokens_by_age.iter().cloned())
    }

    /// All operators, ascending by name.
    pub fn operators(&self) -> Box<dyn Iterator<Item = Arc<OperatorRecord>> + '_> {
        Box::new(self.operators_by_name.iter().cloned())
    }

    /// In policy order.
    pub fn rules(&self) -> &[Arc<RuleRecord>] {
        &self.rules
    }

    /// The rules, ready to be asked, in policy order.
    pub(crate) fn policy(&self) -> &[Line] {
        &self.policy
    }

    /// Nodes that changed, appeared or went after `revision`; `None` if that is too long ago.
    pub fn nodes_changed_since(&self, revision: Revision) -> Option<Vec<NodeId>> {
        self.changes.since(revision)
    }
}

/// By id.
#[derive(Debug)]
pub(crate) struct ById;
/// By name; records that may share one are told apart by age, newest first.
#[derive(Debug)]
struct ByName;
/// By what else is unique: the key's or the secret's hash, the port's number.
#[derive(Debug)]
struct ByKey;
/// Newest first.
#[derive(Debug)]
struct ByAge;

impl<T: Stored> Order<Arc<T>> for ById {
    fn order(a: &Arc<T>, b: &Arc<T>) -> Ordering {
        a.bits().cmp(&b.bits())
    }
}

impl Order<Arc<NodeRecord>> for ByName {
    fn order(a: &Arc<NodeRecord>, b: &Arc<NodeRecord>) -> Ordering {
        a.name.cmp(&b.name)
    }
}

impl Order<Arc<OperatorRecord>> for ByName {
    fn order(a: &Arc<OperatorRecord>, b: &Arc<OperatorRecord>) -> Ordering {
        a.name.cmp(&b.name)
    }
}

impl Order<Arc<PortRecord>> for ByName {
    fn order(a: &Arc<PortRecord>, b: &Arc<PortRecord>) -> Ordering {
        a.name.cmp(&b.name)
    }
}

impl Order<Arc<TokenRecord>> for ByName {
    fn order(a: &Arc<TokenRecord>, b: &Arc<TokenRecord>) -> Ordering {
        a.name.cmp(&b.name).then_with(|| ByAge::order(a, b))
    }
}

impl Order<Arc<NodeRecord>> for ByKey {
    fn order(a: &Arc<NodeRecord>, b: &Arc<NodeRecord>) -> Ordering {
        (a.spki, a.id).cmp(&(b.spki, b.id))
    }
}

impl Order<Arc<TokenRecord>> for ByKey {
    fn order(a: &Arc<TokenRecord>, b: &Arc<TokenRecord>) -> Ordering {
        a.hash.cmp(&b.hash)
    }
}

impl Order<Arc<PortRecord>> for ByKey {
    fn order(a: &Arc<PortRecord>, b: &Arc<PortRecord>) -> Ordering {
        a.number.cmp(&b.number)
    }
}

impl Order<Arc<TokenRecord>> for ByAge {
    fn order(a: &Arc<TokenRecord>, b: &Arc<TokenRecord>) -> Ordering {
        (Reverse(a.created_at), a.id).cmp(&(Reverse(b.created_at), b.id))
    }
}
