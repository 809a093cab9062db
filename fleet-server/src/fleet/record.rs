//! The stored records, their places in the store and the bounds that keep each within 4 KiB. What
//! is live (links, counters, rates) is not here.

use crate::fleet::authority::CaStanding;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use store::Tree;
use wire::audit::Object;
use wire::message::view::{
    Effect, Grants, Inventory, OnDrop, PendingKind, PortOptions, Reconnect, TokenKind, TokenState,
    Uses,
};
use wire::{
    DisconnectReason, Generation, Labels, Name, NodeId, OperatorId, PortId, RuleId, SafeText,
    Target, TokenId, UnixMs,
};

/// Bytes of all label keys and values of one node together.
pub const MAX_LABEL_BYTES: usize = 1280;
/// Bytes of all entries of one allowlist together.
pub const MAX_ALLOW_BYTES: usize = 768;
/// Characters of an owner.
pub const MAX_OWNER: usize = 64;
/// Characters of an agent's version.
pub const MAX_VERSION: usize = 32;
/// Characters of each string in an inventory.
pub const MAX_INVENTORY: usize = 63;
/// Reconnects kept per node.
pub const MAX_RECONNECTS: usize = 100;
/// Keys that a token remembers as turned away.
pub const MAX_DENIED: usize = 32;
/// Networks and patterns of a token's binding, in bytes together.
pub const MAX_BINDING_BYTES: usize = 512;
/// Nodes behind one published port.
pub const MAX_PORT_NODES: usize = 16;

/// An enrolled machine.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct NodeRecord {
    /// Its id for life.
    #[n(0)]
    pub id: NodeId,
    /// Its name, unique among nodes.
    #[n(1)]
    pub name: Name,
    /// Labels, up to [`MAX_LABEL_BYTES`].
    #[n(2)]
    pub labels: Labels,
    /// Who answers for it.
    #[n(3)]
    pub owner: Option<SafeText>,
    /// SHA-256 of the enrolled key.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub spki: [u8; 32],
    /// When it enrolled.
    #[n(5)]
    pub enrolled_at: UnixMs,
    /// The token it enrolled with.
    #[n(6)]
    pub token: TokenId,
    /// The number of its newest connection; 0 before the first.
    #[n(7)]
    pub generation: Generation,
    /// When its newest certificate ends.
    #[n(8)]
    pub certificate_expires_at: UnixMs,
    /// When its credential ended for good.
    #[n(9)]
    pub revoked: Option<UnixMs>,
    /// Written at connect and disconnect, and once a minute while connected.
    #[n(10)]
    pub last_seen: Option<UnixMs>,
    /// When and why the newest connection ended; `None` while it lives.
    #[n(11)]
    pub disconnected: Option<(UnixMs, DisconnectReason)>,
    /// Agent version.
    #[n(12)]
    pub version: Option<SafeText>,
    /// What the machine says it is.
    #[n(13)]
    pub inventory: Inventory,
    /// Granted by the token at enrolment: the node may be used for these at most. Empty = no bound.
    #[n(14)]
    pub allow: Vec<SafeText>,
    /// Its certificates, counted.
    #[n(80)]
    pub renewals: Renewals,
    /// When it came back by itself after its certificate ended; newest last, none older than 90 days.
    #[n(82)]
    pub recoveries: Vec<UnixMs>,
    /// The operator's decision it waits for.
    #[n(83)]
    pub waiting: Option<Waiting>,
    /// It is removed when it was gone this long.
    #[n(84)]
    pub ephemeral_ms: Option<u64>,
    /// The key that takes the enrolled one's place once it is used.
    #[n(85)]
    pub next_spki: Option<ByteArray<32>>,
    /// Newest last; at most [`MAX_RECONNECTS`] and not older than 7 days. Stored beside the record.
    #[cbor(skip)]
    pub reconnects: Vec<Reconnect>,
    /// How far it has followed the certificate authority.
    #[n(100)]
    pub ca: CaStanding,
}

impl NodeRecord {
    /// Whether this key is the enrolled one, or the one that is about to take its place.
    pub fn has_key(&self, spki: &[u8; 32]) -> bool {
        self.spki == *spki || self.next_spki.is_some_and(|next| *next == *spki)
    }
}

/// The certificates of a node, counted from its enrolment. Whoever shows an older one than was
/// already used is a second holder of the key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Renewals {
    /// The newest that was signed.
    #[n(0)]
    pub issued: u64,
    /// The newest that was seen in use.
    #[n(1)]
    pub used: u64,
    /// The one that a recovery signed last: asked for again before it was used, it is the same one.
    #[n(2)]
    pub recovered: Option<u64>,
}

/// A decision that a node waits for.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Waiting {
    /// To do what.
    #[n(0)]
    pub kind: PendingKind,
    /// Since when.
    #[n(1)]
    pub since: UnixMs,
    /// Where it asked from.
    #[n(2)]
    pub source: SafeText,
    /// When it was turned away.
    #[n(3)]
    pub denied: Option<UnixMs>,
}

/// A person or robot with an operator certificate.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct OperatorRecord {
    /// Its id for life.
    #[n(0)]
    pub id: OperatorId,
    /// Its name, unique among operators.
    #[n(1)]
    pub name: Name,
    /// Its roles.
    #[n(2)]
    pub roles: Vec<Name>,
    /// SHA-256 of the enrolled key.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub spki: [u8; 32],
    /// When it enrolled.
    #[n(4)]
    pub created_at: UnixMs,
    /// When its credential ended for good.
    #[n(5)]
    pub revoked: Option<UnixMs>,
    /// When its newest certificate ends.
    #[n(6)]
    pub certificate_expires_at: UnixMs,
    /// The token it enrolled with; `None` for the local admin.
    #[n(7)]
    pub token: Option<TokenId>,
    /// Roles it has for a time only.
    #[n(40)]
    pub terms: Vec<Term>,
    /// When it logged out: the key is worth nothing until the next login.
    #[n(80)]
    pub logged_out: Option<UnixMs>,
    /// How far it has followed the certificate authority.
    #[n(100)]
    pub ca: CaStanding,
}

/// A role for a time.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Term {
    /// The role.
    #[n(0)]
    pub role: Name,
    /// When it ends by itself.
    #[n(1)]
    pub until: UnixMs,
}

impl OperatorRecord {
    /// Whether it has this role at `now`, for good or for a time.
    pub fn has_role(&self, role: &str, now: UnixMs) -> bool {
        self.roles_at(now).any(|name| name.as_str() == role)
    }

    /// Its roles at `now`, those for a time last.
    pub fn roles_at(&self, now: UnixMs) -> impl Iterator<Item = &Name> {
        let terms = self.terms.iter().filter(move |term| now < term.until);
        self.roles.iter().chain(terms.map(|term| &term.role))
    }

    /// When it next loses a role by time alone.
    pub fn next_role_end(&self, now: UnixMs) -> Option<UnixMs> {
        self.terms.iter().map(|term| term.until).filter(|until| now < *until).min()
    }
}

/// An enrolment token without its secret.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct TokenRecord {
    /// Its id.
    #[n(0)]
    pub id: TokenId,
    /// Its name, unique among usable tokens.
    #[n(1)]
    pub name: Name,
    /// What it enrols.
    #[n(2)]
    pub kind: TokenKind,
    /// SHA-256 of the secret.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// Uses allowed and left.
    #[n(4)]
    pub uses: Uses,
    /// When it was made.
    #[n(5)]
    pub created_at: UnixMs,
    /// When it ends.
    #[n(6)]
    pub expires_at: Option<UnixMs>,
    /// What it gives to who uses it.
    #[n(7)]
    pub grants: Grants,
    /// Who made it.
    #[n(8)]
    pub by: Option<SafeText>,
    /// When it was last used.
    #[n(9)]
    pub last_used: Option<UnixMs>,
    /// When it was withdrawn.
    #[n(10)]
    pub revoked: Option<UnixMs>,
    /// Fronts of the hashes of keys that were turned away; newest last, at most [`MAX_DENIED`].
    #[n(80)]
    pub denied: Vec<ByteArray<16>>,
}

impl TokenRecord {
    /// Whether an operator turned this key away.
    pub fn has_denied(&self, spki: &[u8; 32]) -> bool {
        self.denied.iter().any(|front| spki.starts_with(&**front))
    }

    /// Its state at `now`.
    pub fn state(&self, now: UnixMs) -> TokenState {
        if self.revoked.is_some() {
            TokenState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            TokenState::Expired
        } else if self.uses.left == 0 {
            TokenState::UsedUp
        } else {
            TokenState::Active
        }
    }
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PortRecord {
    /// Its id.
    #[n(0)]
    pub id: PortId,
    /// Its name, unique among ports.
    #[n(1)]
    pub name: Name,
    /// The public number, for the port's life.
    #[n(2)]
    pub number: u16,
    /// The nodes behind it, in failover order.
    #[n(3)]
    pub nodes: Vec<NodeId>,
    /// The target at the node.
    #[n(4)]
    pub target: Target,
    /// What it does while its node is away.
    #[n(5)]
    pub on_drop: OnDrop,
    /// Limit on open tunnels.
    #[n(6)]
    pub max_tunnels: Option<u32>,
    /// Idle limit of its tunnels, in milliseconds.
    #[n(7)]
    pub idle_ms: Option<u64>,
    /// Whether it is bound.
    #[n(8)]
    pub enabled: bool,
    /// When it was created.
    #[n(9)]
    pub created_at: UnixMs,
    /// How it serves.
    #[n(120)]
    pub options: PortOptions,
}

/// One line of the policy.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct RuleRecord {
    /// Its id.
    #[n(0)]
    pub id: RuleId,
    /// Allow or deny.
    #[n(1)]
    pub effect: Effect,
    /// `anyone`, an operator's name, `role:NAME` or `node:NAME`.
    #[n(2)]
    pub who: SafeText,
    /// Source network in canonical CIDR form; `None` = from anywhere.
    #[n(3)]
    pub from: Option<SafeText>,
    /// Node selector, a name or `key=value`; `None` = all.
    #[n(4)]
    pub nodes: Option<SafeText>,
    /// Targets as `HOST|CIDR:PORTS`; `None` = all.
    #[n(5)]
    pub to: Option<SafeText>,
    /// The published port it admits to.
    #[n(6)]
    pub port: Option<Name>,
    /// Its end.
    #[n(7)]
    pub until: Option<UnixMs>,
    /// Whether it is in force.
    #[n(8)]
    pub enabled: bool,
    /// Sorts the policy; gaps left for insertion.
    #[n(9)]
    pub order: u64,
    /// Times of the week, `DAYS HOURS [OFFSET]`; `None` = always.
    #[n(40)]
    pub at: Option<SafeText>,
}

/// What every stored record has.
pub(crate) trait Stored {
    /// The word for it.
    const KIND: &'static str;
    /// The prefix of its id.
    const PREFIX: &'static str;
    /// The command that lists all of them.
    const LIST: &'static str;
    /// Where it is stored.
    const TREE: Tree;
    /// The bits of its id: its key, big-endian.
    fn bits(&self) -> u64;
    /// Its id as people write it.
    fn id_text(&self) -> String;
    /// Its name, if it has one.
    fn name(&self) -> Option<&Name>;

    /// How the audit trail names it.
    fn object(&self) -> Object {
        Object {
            kind: Self::KIND.into(),
            id: Some(self.id_text().into()),
            name: self.name().map(|name| name.as_str().into()),
        }
    }
}

macro_rules! stored {
    ($record:ident, $id:ident, $kind:literal, $list:literal, $tree:ident, $name:expr) => {
        impl Stored for $record {
            const KIND: &'static str = $kind;
            const PREFIX: &'static str = $id::PREFIX;
            const LIST: &'static str = $list;
            const TREE: Tree = Tree::$tree;
            fn bits(&self) -> u64 {
                self.id.bits()
            }
            fn id_text(&self) -> String {
                self.id.to_string()
            }
            fn name(&self) -> Option<&Name> {
                let name: fn(&Self) -> Option<&Name> = $name;
                name(self)
            }
        }
    };
}

pub(crate) use stored;

stored!(NodeRecord, NodeId, "node", "tunnelctl nodes list", Nodes, |r| Some(&r.name));
stored!(OperatorRecord, OperatorId, "operator", "tunnelctl operators list", Operators, |r| Some(
    &r.name
));
stored!(TokenRecord, TokenId, "token", "tunnelctl tokens list", Tokens, |r| Some(&r.name));
stored!(PortRecord, PortId, "port", "tunnelctl ports list", Ports, |r| Some(&r.name));
stored!(RuleRecord, RuleId, "rule", "tunnelctl rules list", Rules, |_| None);
