//! Operators, roles and their permissions, requests for a role, and why policy decides as it does.

use crate::ids::{AccessRequestId, OperatorId, RuleId};
use crate::message::view::Effect;
use crate::name::Name;
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// What keeps a rule from deciding, or anything from being allowed.
    Because {
        /// The rule is switched off.
        Off = 0 "off",
        /// The rule is past its end.
        Expired = 1 "expired",
        /// It is another time of the week.
        Time = 2 "time",
        /// The rule is about a role the asker does not have.
        Role = 3 "role",
        /// The rule is about another operator, or about a node as the asker.
        Operator = 4 "operator",
        /// The rule is about another network.
        Source = 5 "source",
        /// The rule is about another port, or lets nobody without an identity in.
        Port = 6 "port",
        /// The rule is about other nodes.
        Node = 7 "node",
        /// The rule is about other hosts.
        TargetHost = 8 "target_host",
        /// The rule is about other port numbers of the target.
        TargetPort = 9 "target_port",
        /// This version of the server cannot read a part of the rule.
        Unreadable = 10 "unreadable",
        /// The operator or the node is revoked.
        Revoked = 11 "revoked",
        /// The token that enrolled the node did not grant this target.
        Grant = 12 "grant",
        /// No role of the operator permits it.
        Permission = 13 "permission",
    }
}

word_enum! {
    /// One thing a role may permit: a group of verbs.
    Permission {
        /// See nodes, their state and history.
        NodesRead = 0 "nodes.read",
        /// Label, rename and delete nodes.
        NodesWrite = 1 "nodes.write",
        /// Let machines in that wait for approval.
        NodesApprove = 2 "nodes.approve",
        /// Open tunnels, as far as the rules let them.
        TunnelsOpen = 3 "tunnels.open",
        /// See live tunnels.
        TunnelsRead = 4 "tunnels.read",
        /// Close tunnels of others.
        TunnelsClose = 5 "tunnels.close",
        /// See published ports.
        PortsRead = 6 "ports.read",
        /// Publish, change and delete ports.
        PortsWrite = 7 "ports.write",
        /// Start access sessions of one's own.
        SessionsStart = 8 "sessions.start",
        /// See sessions of others.
        SessionsRead = 9 "sessions.read",
        /// End sessions of others.
        SessionsEnd = 10 "sessions.end",
        /// See guests.
        GuestsRead = 11 "guests.read",
        /// Admit, extend and remove guests.
        GuestsWrite = 12 "guests.write",
        /// See operators.
        OperatorsRead = 13 "operators.read",
        /// Change and delete operators, give and take roles.
        OperatorsWrite = 14 "operators.write",
        /// See roles.
        RolesRead = 15 "roles.read",
        /// Make, change and delete roles.
        RolesWrite = 16 "roles.write",
        /// See the rules.
        RulesRead = 17 "rules.read",
        /// Change the rules.
        RulesWrite = 18 "rules.write",
        /// Ask what policy decides for others.
        AccessRead = 19 "access.read",
        /// Answer requests of others for a role.
        AccessApprove = 20 "access.approve",
        /// Lock and unlock.
        Lock = 21 "lock",
        /// See locks.
        LocksRead = 22 "locks.read",
        /// End credentials for good.
        Revoke = 23 "revoke",
        /// See tokens.
        TokensRead = 24 "tokens.read",
        /// Make tokens.
        TokensWrite = 25 "tokens.write",
        /// See certificate authorities.
        CaRead = 26 "ca.read",
        /// Export, rotate and roll back certificate authorities.
        CaWrite = 27 "ca.write",
        /// Read the audit trail, as far as one's rules reach.
        AuditRead = 28 "audit.read",
        /// See the server's state.
        ServerRead = 29 "server.read",
        /// Drain the server.
        ServerDrain = 30 "server.drain",
        /// Read metrics.
        MetricsRead = 31 "metrics.read",
        /// Open listeners at nodes, as far as the rules and the nodes let them.
        TunnelsReverse = 150 "tunnels.reverse",
        /// See links between nodes.
        LinksRead = 151 "links.read",
        /// Make and delete links between nodes.
        LinksWrite = 152 "links.write",
        /// Open public ports for a time that lead to one's own side.
        SharesCreate = 141 "shares.create",
        /// Have the server read its configuration again.
        ServerReload = 180 "server.reload",
    }
}

word_enum! {
    /// The state of an operator.
    OperatorState {
        /// May act.
        Active = 0 "active",
        /// Blocked, reversibly.
        Locked = 1 "locked",
        /// Ended for good.
        Revoked = 2 "revoked",
    }
}

/// A role of an operator.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct RoleTerm {
    /// The role.
    #[n(0)]
    pub role: Name,
    /// When it ends by itself; `null` = it does not.
    #[n(1)]
    pub until: Option<UnixMs>,
}

/// A person or robot.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct OperatorView {
    /// Its id for life.
    #[n(0)]
    pub id: OperatorId,
    /// Its name.
    #[n(1)]
    pub name: Name,
    /// Its roles now.
    #[n(2)]
    pub roles: Vec<RoleTerm>,
    /// Its state.
    #[n(3)]
    pub state: OperatorState,
    /// Open connections.
    #[n(4)]
    pub connections: u32,
    /// Open tunnels.
    #[n(5)]
    pub tunnels: u32,
    /// Where it is connected from.
    #[n(6)]
    pub source_ips: Vec<SafeText>,
    /// When it enrolled.
    #[n(7)]
    pub created_at: UnixMs,
    /// When its newest certificate ends.
    #[n(8)]
    pub certificate_expires_at: UnixMs,
}

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct RoleView {
    /// Its name.
    #[n(0)]
    pub name: Name,
    /// What it permits.
    #[n(1)]
    pub permissions: Vec<Permission>,
    /// How long a session by it may last; `null` = the server's own bound.
    #[n(2)]
    pub max_session_ms: Option<u64>,
    /// Whether it came with the server and cannot be changed.
    #[n(3)]
    pub built_in: bool,
    /// How many operators have it.
    #[n(4)]
    pub operators: u32,
}

/// What policy decides, and why.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct AccessDecision {
    /// Yes or no.
    #[n(0)]
    pub allowed: bool,
    /// The rule that decided; `null` = the default deny, or what no rule can allow.
    #[n(1)]
    pub deciding_rule: Option<RuleId>,
    /// What no rule can allow, if that decided.
    #[n(2)]
    pub because: Option<Because>,
    /// When time alone ends what is allowed now, within a week.
    #[n(3)]
    pub until: Option<UnixMs>,
    /// The rules up to the deciding one, in order.
    #[n(4)]
    pub trace: Vec<AccessStep>,
    /// What would let it in.
    #[n(5)]
    pub would_allow: Vec<WouldAllow>,
}

/// What one rule had to do with a decision.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct AccessStep {
    /// The rule.
    #[n(0)]
    pub rule: RuleId,
    /// Whether it decided.
    #[n(1)]
    pub matched: bool,
    /// Why it did not.
    #[n(2)]
    pub because: Option<Because>,
    /// What it does.
    #[n(3)]
    pub effect: Effect,
    /// What it is about, in words.
    #[n(4)]
    pub summary: SafeText,
}

/// Something that would turn a denial into a yes.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct WouldAllow {
    /// Having this role.
    #[n(0)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Name>,
    /// A guest's admission.
    #[n(1)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub guest: Option<bool>,
    /// A role that permits this.
    #[n(2)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub permission: Option<Permission>,
}

word_enum! {
    /// The state of a request for a role.
    RequestState {
        /// Waits for an answer.
        Pending = 0 "pending",
        /// Granted.
        Approved = 1 "approved",
        /// Not granted.
        Denied = 2 "denied",
        /// Nobody answered in time.
        Expired = 3 "expired",
    }
}

/// An operator's request for a role, for a time.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct AccessRequestView {
    /// Its id.
    #[n(0)]
    pub id: AccessRequestId,
    /// Who asks.
    #[n(1)]
    pub operator: SafeText,
    /// For which role.
    #[n(2)]
    pub role: Name,
    /// For how long, in milliseconds.
    #[n(3)]
    pub for_ms: u64,
    /// Why.
    #[n(4)]
    pub reason: SafeText,
    /// When it was made.
    #[n(5)]
    pub created_at: UnixMs,
    /// When it ends unanswered.
    #[n(6)]
    pub expires_at: UnixMs,
    /// Its state.
    #[n(7)]
    pub state: RequestState,
    /// Who answered.
    #[n(8)]
    pub answered_by: Option<SafeText>,
    /// When the role it gave ends.
    #[n(9)]
    pub granted_until: Option<UnixMs>,
}

/// What other rules would have made of past traffic.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct RulesPlan {
    /// Rules that are new.
    #[n(0)]
    pub added: Vec<SafeText>,
    /// Rules that go.
    #[n(1)]
    pub removed: Vec<SafeText>,
    /// Rules that stay as they are, at the same or another place.
    #[n(2)]
    pub kept: u32,
    /// Recorded decisions that were looked at.
    #[n(3)]
    pub replayed: u64,
    /// Denied tunnels that would have passed, by who: name and count.
    #[n(4)]
    pub newly_allowed: Vec<(SafeText, u32)>,
    /// Opened tunnels that would have been denied, by who: name and count.
    #[n(5)]
    pub newly_denied: Vec<(SafeText, u32)>,
    /// Live tunnels that would be cut, by owner: name and count.
    #[n(6)]
    pub cuts: Vec<(SafeText, u32)>,
}
