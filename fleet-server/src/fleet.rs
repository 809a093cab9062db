//! The stored facts, as immutable snapshots that readers hold. Live facts (links, counters) are
//! elsewhere. The next revision costs the change, not the fleet.

pub(crate) mod authority;
pub(crate) mod cert;
mod changes;
mod edit;
pub(crate) mod encoding;
mod find;
mod grants;
mod link;
mod map;
mod order;
mod record;
mod roles;

use crate::policy::{Line, Sight};
use changes::Changes;
use map::Map;
pub(crate) use order::ById;
use order::{ByAge, ByKey, ByName};
use std::cmp::Ordering;
use std::sync::Arc;
use wire::{
    AccessRequestId, GuestId, LockId, NodeId, OperatorId, PortId, Refusal, Revision, RuleId,
    SessionId, TokenId, UnixMs,
};

pub(crate) use authority::Holder;
pub use authority::{CaRecord, CaStanding, Rotation, SlotRecord};
pub use cert::CertRecord;
pub(crate) use edit::Edit;
pub use encoding::RecordError;
pub(crate) use grants::Admitting;
pub use grants::{
    Ended, GuestRecord, Invite, LockRecord, MAX_NETWORKS, MAX_SESSION_PORTS, SessionRecord, Subject,
};
pub use link::LinkRecord;
pub(crate) use record::Stored;
pub use record::{
    MAX_ALLOW_BYTES, MAX_BINDING_BYTES, MAX_DENIED, MAX_INVENTORY, MAX_LABEL_BYTES, MAX_OWNER,
    MAX_PORT_NODES, MAX_RECONNECTS, MAX_VERSION, NodeRecord, OperatorRecord, PortRecord, Renewals,
    RuleRecord, Term, TokenRecord, Waiting,
};
pub use roles::{AccessAnswer, AccessRequestRecord, RoleRecord};

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
    links: Map<Arc<LinkRecord>, ById>,
    links_by_name: Map<Arc<LinkRecord>, ByName>,
    roles: Map<Arc<RoleRecord>, ByName>,
    access_requests: Map<Arc<AccessRequestRecord>, ById>,
    rules: Arc<[Arc<RuleRecord>]>,
    policy: Arc<[Line]>,
    sessions: Map<Arc<SessionRecord>, ById>,
    guests: Map<Arc<GuestRecord>, ById>,
    locks: Map<Arc<LockRecord>, ById>,
    /// Those that have not ended, ready to be asked.
    running: Arc<[Admitting<SessionRecord>]>,
    visiting: Arc<[Admitting<GuestRecord>]>,
    blocking: Arc<[Arc<LockRecord>]>,
    ca: Arc<CaRecord>,
    changes: Changes,
}

impl Fleet {
    /// Without anything in it.
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
            links: Map::default(),
            links_by_name: Map::default(),
            roles: Map::default(),
            access_requests: Map::default(),
            rules: Arc::new([]),
            policy: Arc::new([]),
            sessions: Map::default(),
            guests: Map::default(),
            locks: Map::default(),
            running: Arc::new([]),
            visiting: Arc::new([]),
            blocking: Arc::new([]),
            ca: Arc::default(),
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

    /// Name, id or unique id prefix of what the asker may see.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub(crate) fn find_node(
        &self,
        reference: &str,
        sight: &Sight,
    ) -> Result<Arc<NodeRecord>, Refusal> {
        find::find(&self.nodes, self.node_by_name(reference), reference, |node| {
            sight.node(self, node)
        })
    }

    /// Name, id or unique id prefix of what the asker may see.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub(crate) fn find_port(
        &self,
        reference: &str,
        sight: &Sight,
    ) -> Result<Arc<PortRecord>, Refusal> {
        find::find(&self.ports, self.port_by_name(reference), reference, |port| {
            sight.port(self, port)
        })
    }

    /// Name (the newest token that has it), id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub fn find_token(&self, reference: &str) -> Result<Arc<TokenRecord>, Refusal> {
        find::find(&self.tokens, self.token_by_name(reference), reference, |_| true)
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
        find::find(&rules, None, reference, |_| true)
    }

    /// Name, id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub fn find_operator(&self, reference: &str) -> Result<Arc<OperatorRecord>, Refusal> {
        find::find(&self.operators, self.operator_by_name(reference), reference, |_| true)
    }

    /// Id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub fn find_access_request(
        &self,
        reference: &str,
    ) -> Result<Arc<AccessRequestRecord>, Refusal> {
        find::find(&self.access_requests, None, reference, |_| true)
    }

    /// The request with this id.
    pub fn access_request(&self, id: AccessRequestId) -> Option<Arc<AccessRequestRecord>> {
        self.access_requests.find(|r| r.id.cmp(&id)).cloned()
    }

    /// All requests for a role that are kept.
    pub fn access_requests(&self) -> impl Iterator<Item = Arc<AccessRequestRecord>> + '_ {
        self.access_requests.iter().cloned()
    }

    /// The stored role with this name.
    pub fn role(&self, name: &str) -> Option<Arc<RoleRecord>> {
        self.roles.find(|r| r.name.as_str().cmp(name)).cloned()
    }

    /// All stored roles, ascending by name.
    pub fn roles(&self) -> impl Iterator<Item = Arc<RoleRecord>> + '_ {
        self.roles.iter().cloned()
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

    /// The session with this id, ended or not.
    pub fn session(&self, id: SessionId) -> Option<Arc<SessionRecord>> {
        self.sessions.find(|r| r.id.cmp(&id)).cloned()
    }

    /// Id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub(crate) fn find_session(
        &self,
        reference: &str,
        sight: &Sight,
    ) -> Result<Arc<SessionRecord>, Refusal> {
        find::find(&self.sessions, None, reference, |session| sight.session(self, session))
    }

    /// Sessions that have not ended or did so lately.
    pub fn sessions(&self) -> Box<dyn Iterator<Item = Arc<SessionRecord>> + '_> {
        Box::new(self.sessions.iter().cloned())
    }

    /// Sessions that have not ended; some may be past their time.
    pub(crate) fn running(&self) -> &[Admitting<SessionRecord>] {
        &self.running
    }

    /// The guest with this id, ended or not.
    pub fn guest(&self, id: GuestId) -> Option<Arc<GuestRecord>> {
        self.guests.find(|r| r.id.cmp(&id)).cloned()
    }

    /// The newest guest with this name; one that is let in comes first.
    pub fn guest_by_name(&self, name: &str) -> Option<Arc<GuestRecord>> {
        let named = self.guests.iter().filter(|r| r.name.as_str() == name);
        named.max_by_key(|r| (r.ended.is_none(), r.created_at, r.id)).cloned()
    }

    /// Name, id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub(crate) fn find_guest(
        &self,
        reference: &str,
        sight: &Sight,
    ) -> Result<Arc<GuestRecord>, Refusal> {
        find::find(&self.guests, self.guest_by_name(reference), reference, |guest| {
            sight.guest(self, guest)
        })
    }

    /// Guests that have not ended or did so lately.
    pub fn guests(&self) -> Box<dyn Iterator<Item = Arc<GuestRecord>> + '_> {
        Box::new(self.guests.iter().cloned())
    }

    /// Guests that have not ended; some may be past their time.
    pub(crate) fn visiting(&self) -> &[Admitting<GuestRecord>] {
        &self.visiting
    }

    /// The lock with this id, ended or not.
    pub fn lock(&self, id: LockId) -> Option<Arc<LockRecord>> {
        self.locks.find(|r| r.id.cmp(&id)).cloned()
    }

    /// Id or unique id prefix.
    ///
    /// # Errors
    /// Ambiguity and absence, with hints.
    pub(crate) fn find_lock(
        &self,
        reference: &str,
        sight: &Sight,
    ) -> Result<Arc<LockRecord>, Refusal> {
        find::find(&self.locks, None, reference, |lock| sight.lock(self, lock))
    }

    /// Locks that have not ended or did so lately.
    pub fn locks(&self) -> Box<dyn Iterator<Item = Arc<LockRecord>> + '_> {
        Box::new(self.locks.iter().cloned())
    }

    /// Locks that have not ended; some may be past their time.
    pub(crate) fn blocking(&self) -> &[Arc<LockRecord>] {
        &self.blocking
    }

    /// The lock that is on this at `now`.
    pub fn lock_on(&self, subject: Subject, now: UnixMs) -> Option<&Arc<LockRecord>> {
        self.blocking.iter().find(|lock| lock.is_on(subject) && lock.is_live(now))
    }

    /// The same, to tell whether it is another policy.
    pub(crate) fn policy_lines(&self) -> &Arc<[Line]> {
        &self.policy
    }

    /// Nodes that changed, appeared or went after `revision`; `None` if that is too long ago.
    pub fn nodes_changed_since(&self, revision: Revision) -> Option<Vec<NodeId>> {
        self.changes.since(revision)
    }
}
