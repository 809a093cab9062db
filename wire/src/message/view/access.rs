//! Rules and tokens: who may reach what, and who may join.

use crate::ids::{NodeId, RuleId, TokenId};
use crate::name::{Labels, Name};
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// Allow or deny.
    Effect {
        /// Let in.
        Allow = 0 "allow",
        /// Keep out.
        Deny = 1 "deny",
    }
}

word_enum! {
    /// The state of a rule.
    RuleState {
        /// In force.
        On = 0 "on",
        /// Switched off.
        Off = 1 "off",
        /// Past its end.
        Expired = 2 "expired",
    }
}

/// One line of the ordered policy. First match wins; nothing matches = denied.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct RuleView {
    /// Its id.
    #[n(0)]
    pub id: RuleId,
    /// Allow or deny.
    #[n(1)]
    pub effect: Effect,
    /// `anyone`, an operator's name, or `role:NAME`.
    #[n(2)]
    pub who: SafeText,
    /// Source network in CIDR form; `null` = from anywhere.
    #[n(3)]
    pub from: Option<SafeText>,
    /// Selector of nodes; `null` = all.
    #[n(4)]
    pub nodes: Option<SafeText>,
    /// Targets as `HOST|CIDR:PORTS`; `null` = all.
    #[n(5)]
    pub to: Option<SafeText>,
    /// The published port it admits to.
    #[n(6)]
    pub port: Option<Name>,
    /// Times of the week.
    #[n(7)]
    pub at: Option<SafeText>,
    /// Its end.
    #[n(8)]
    pub until: Option<UnixMs>,
    /// Its state.
    #[n(9)]
    pub state: RuleState,
    /// Its place, from 1.
    #[n(10)]
    pub order: u32,
    /// How often it decided since the server started.
    #[n(11)]
    pub hits: u64,
}

word_enum! {
    /// What a token enrols.
    TokenKind {
        /// A node.
        Node = 0 "node",
        /// An operator.
        Operator = 1 "operator",
    }
}

word_enum! {
    /// The state of a token.
    TokenState {
        /// Usable.
        Active = 0 "active",
        /// All uses are spent.
        UsedUp = 1 "used-up",
        /// Past its end.
        Expired = 2 "expired",
        /// Withdrawn.
        Revoked = 3 "revoked",
    }
}

/// Uses of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Uses {
    /// Allowed in all.
    #[n(0)]
    pub max: u32,
    /// Left.
    #[n(1)]
    pub left: u32,
}

/// What a token demands of who uses it, and what becomes of him.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Binding {
    /// Names it may be used for; `*` stands for any characters. Without a `*` it is the name.
    #[n(0)]
    pub name_pattern: Option<SafeText>,
    /// Networks it may be used from, in CIDR form; none = from anywhere.
    #[n(1)]
    pub from: Vec<SafeText>,
    /// An operator approves each node before it gets a certificate.
    #[n(2)]
    pub require_approval: bool,
    /// The oldest version of the agent that may enrol.
    #[n(3)]
    pub min_version: Option<SafeText>,
    /// The node is removed when it was gone this long.
    #[n(4)]
    pub ephemeral_ms: Option<u64>,
}

/// What a token gives to who uses it.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Grants {
    /// Labels set on the node.
    #[n(0)]
    pub labels: Labels,
    /// Role given to the operator.
    #[n(1)]
    pub role: Option<Name>,
    /// Targets the node may be used for at most.
    #[n(2)]
    pub allow: Vec<SafeText>,
    /// What it demands.
    #[n(3)]
    #[serde(flatten)]
    pub binding: Binding,
}

word_enum! {
    /// What a node waits for.
    PendingKind {
        /// To be enrolled.
        Enroll = 0 "enroll",
        /// To come back after its certificate ended.
        Recover = 1 "recover",
    }
}

/// A node that waits for an operator's decision.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct PendingView {
    /// Its id.
    #[n(0)]
    pub id: NodeId,
    /// The name it waits under.
    #[n(1)]
    pub name: Name,
    /// What it waits for.
    #[n(2)]
    pub waits_for: PendingKind,
    /// Its key's, as the node shows it.
    #[n(3)]
    pub fingerprint: SafeText,
    /// The same in four words.
    #[n(4)]
    pub words: SafeText,
    /// The token it came with.
    #[n(5)]
    pub token: Option<SafeText>,
    /// Where it asked from last.
    #[n(6)]
    pub source_ip: Option<SafeText>,
    /// Since when it waits.
    #[n(7)]
    pub since: UnixMs,
    /// The labels it will have.
    #[n(8)]
    pub labels: Labels,
    /// The host name it reports.
    #[n(9)]
    pub hostname: Option<SafeText>,
    /// Agent version.
    #[n(10)]
    pub version: Option<SafeText>,
}

/// An enrolment token's record; its secret is never kept.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct TokenView {
    /// Its id.
    #[n(0)]
    pub id: TokenId,
    /// Its name.
    #[n(1)]
    pub name: Name,
    /// What it enrols.
    #[n(2)]
    pub token_kind: TokenKind,
    /// Uses.
    #[n(3)]
    pub uses: Uses,
    /// When it ends; `null` = never.
    #[n(4)]
    pub expires_at: Option<UnixMs>,
    /// What it gives.
    #[n(5)]
    pub grants: Grants,
    /// Who made it.
    #[n(6)]
    pub by: Option<SafeText>,
    /// When it was made.
    #[n(7)]
    pub created_at: UnixMs,
    /// When it was last used.
    #[n(8)]
    pub last_used: Option<UnixMs>,
    /// Its state.
    #[n(9)]
    pub state: TokenState,
    /// Who used it and never showed the certificate: *issued, not collected*.
    #[n(10)]
    pub not_collected: Option<NotCollected>,
}

/// Certificates of one token that were issued and never shown.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct NotCollected {
    /// How many.
    #[n(0)]
    pub total: u32,
    /// For whom; the oldest of them.
    #[n(1)]
    pub items: Vec<Uncollected>,
}

/// Somebody whose certificate was issued and never shown.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Uncollected {
    /// Its id: of a node or of an operator, as the token's kind says.
    #[n(0)]
    pub id: SafeText,
    /// Its name.
    #[n(1)]
    pub name: Name,
    /// When it was issued first.
    #[n(2)]
    pub since: UnixMs,
}
