//! Questions and changes about who may do and reach what: operators, roles, rules, decisions,
//! requests for a role.

use crate::message::operator::{Intent, InviteSpec, LinkRequest, More, Page, RuleSpec};
use crate::message::view::{
    AccessDecision, AccessRequestView, OperatorView, Permission, RoleView, RulesPlan,
};
use crate::name::{Name, Target};
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};

/// A question or a change about policy.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum PolicyRequest {
    /// Operators, by name.
    #[n(0)]
    Operators(#[n(0)] Page),
    /// One operator.
    #[n(1)]
    Operator(#[n(0)] SafeText),
    /// Changes an operator's name.
    #[n(2)]
    OperatorUpdate {
        /// The operator.
        #[n(0)]
        operator: SafeText,
        /// Its new name.
        #[n(1)]
        name: Name,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Gives an operator a role.
    #[n(3)]
    OperatorAssign {
        /// The operator.
        #[n(0)]
        operator: SafeText,
        /// The role.
        #[n(1)]
        role: Name,
        /// For how long, in milliseconds; `None` = for good.
        #[n(2)]
        for_ms: Option<u64>,
        /// How it is meant.
        #[n(3)]
        intent: Intent,
    },
    /// Takes a role from an operator and cuts what only it allowed.
    #[n(4)]
    OperatorUnassign {
        /// The operator.
        #[n(0)]
        operator: SafeText,
        /// The role.
        #[n(1)]
        role: Name,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Removes an operator: its certificate is of no use any more, its tunnels are cut.
    #[n(5)]
    OperatorDelete {
        /// The operator.
        #[n(0)]
        operator: SafeText,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// Roles, by name.
    #[n(6)]
    Roles(#[n(0)] Page),
    /// One role.
    #[n(7)]
    Role(#[n(0)] Name),
    /// Makes a role.
    #[n(8)]
    RoleCreate {
        /// Its name.
        #[n(0)]
        name: Name,
        /// What it permits.
        #[n(1)]
        permissions: Vec<Permission>,
        /// How long a session by it may last, in milliseconds.
        #[n(2)]
        max_session_ms: Option<u64>,
        /// How it is meant.
        #[n(3)]
        intent: Intent,
    },
    /// Changes what a role permits.
    #[n(9)]
    RoleUpdate {
        /// The role.
        #[n(0)]
        name: Name,
        /// Permissions to add.
        #[n(1)]
        add: Vec<Permission>,
        /// Permissions to take away.
        #[n(2)]
        remove: Vec<Permission>,
        /// How long a session by it may last, in milliseconds; 0 = no bound of its own.
        #[n(3)]
        max_session_ms: Option<u64>,
        /// How it is meant.
        #[n(4)]
        intent: Intent,
    },
    /// Removes a role, takes it from everybody, and removes the rules and tokens about it.
    #[n(10)]
    RoleDelete {
        /// The role.
        #[n(0)]
        name: Name,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
    /// One rule.
    #[n(11)]
    Rule(#[n(0)] SafeText),
    /// Changes parts of a rule at its place.
    #[n(12)]
    RuleUpdate {
        /// The rule.
        #[n(0)]
        rule: SafeText,
        /// What becomes of it.
        #[n(1)]
        change: RuleChange,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Gives a rule another place.
    #[n(13)]
    RuleMove {
        /// The rule.
        #[n(0)]
        rule: SafeText,
        /// The rule it goes before; `None` = to the end.
        #[n(1)]
        before: Option<SafeText>,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Switches a rule on or off.
    #[n(14)]
    RuleEnable {
        /// The rule.
        #[n(0)]
        rule: SafeText,
        /// On or off.
        #[n(1)]
        on: bool,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// What a new rule would have made of past traffic. Nothing changes.
    #[n(15)]
    RulePlan {
        /// The rule.
        #[n(0)]
        spec: RuleSpec,
        /// How far back, in milliseconds.
        #[n(1)]
        against_ms: u64,
    },
    /// Puts these rules, in this order, in the place of all there are; as a plan, also what that
    /// would have made of past traffic.
    #[n(16)]
    RulesReplace {
        /// The rules, in order.
        #[n(0)]
        rules: Vec<RuleSpec>,
        /// How far back a plan looks, in milliseconds.
        #[n(1)]
        against_ms: u64,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// What policy decides. Nothing is dialled.
    #[n(17)]
    Explain(#[n(0)] AccessQuestion),
    /// Requests for a role, newest first.
    #[n(18)]
    AccessRequests(#[n(0)] Page),
    /// Asks for a role, for a time.
    #[n(19)]
    AccessRequest {
        /// The role.
        #[n(0)]
        role: Name,
        /// For how long, in milliseconds.
        #[n(1)]
        for_ms: u64,
        /// How it is meant; the reason must be there.
        #[n(2)]
        intent: Intent,
    },
    /// Answers another operator's request.
    #[n(20)]
    AccessAnswer {
        /// The request.
        #[n(0)]
        request: SafeText,
        /// Yes or no.
        #[n(1)]
        approve: bool,
        /// How it is meant.
        #[n(2)]
        intent: Intent,
    },
    /// Stored routes from a node to a node.
    #[n(150)]
    Link(#[n(0)] LinkRequest),
    /// Invites a guest by a link to one target.
    #[n(200)]
    GuestInvite {
        /// The guest.
        #[n(0)]
        spec: InviteSpec,
        /// How it is meant.
        #[n(1)]
        intent: Intent,
    },
}

/// The result of a question about policy. Changes are answered by outcomes.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum PolicyReply {
    /// A page of operators.
    #[n(0)]
    Operators(#[n(0)] Vec<OperatorView>, #[n(1)] More),
    /// One operator.
    #[n(1)]
    Operator(#[n(0)] OperatorView),
    /// A page of roles.
    #[n(2)]
    Roles(#[n(0)] Vec<RoleView>, #[n(1)] More),
    /// One role.
    #[n(3)]
    Role(#[n(0)] RoleView),
    /// A decision.
    #[n(4)]
    Decision(#[n(0)] AccessDecision),
    /// A page of requests.
    #[n(5)]
    AccessRequests(#[n(0)] Vec<AccessRequestView>, #[n(1)] More),
    /// One request.
    #[n(6)]
    AccessRequest(#[n(0)] AccessRequestView),
    /// What other rules would have made of past traffic.
    #[n(7)]
    Plan(#[n(0)] RulesPlan),
}

/// What becomes of the parts of a rule: absent = stays, empty = goes.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct RuleChange {
    /// `anyone`, an operator's name, `role:NAME` or `node:NAME`.
    #[n(0)]
    pub who: Option<SafeText>,
    /// Source network in CIDR form.
    #[n(1)]
    pub from: Option<SafeText>,
    /// Selector of nodes.
    #[n(2)]
    pub nodes: Option<SafeText>,
    /// Targets as `HOST|CIDR:PORTS`.
    #[n(3)]
    pub to: Option<SafeText>,
    /// The published port.
    #[n(4)]
    pub port: Option<SafeText>,
    /// Times of the week.
    #[n(5)]
    pub at: Option<SafeText>,
    /// Its end; 0 = none.
    #[n(6)]
    pub until: Option<UnixMs>,
    /// `0.0.0.0/0` or `::/0` is really meant.
    #[n(7)]
    pub anyone_really: bool,
}

/// Who × source × node and target, or port × time.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct AccessQuestion {
    /// The operator, or `node:NAME` for what comes in at its links; `None` = a visitor without
    /// identity.
    #[n(0)]
    pub operator: Option<SafeText>,
    /// What he wants to do; `None` = reach something.
    #[n(1)]
    pub action: Option<Permission>,
    /// The node.
    #[n(2)]
    pub node: Option<SafeText>,
    /// The target at the node.
    #[n(3)]
    pub target: Option<Target>,
    /// The published port.
    #[n(4)]
    pub port: Option<SafeText>,
    /// From where; `None` = from where he is connected.
    #[n(5)]
    pub from: Option<SafeText>,
    /// When; `None` = now.
    #[n(6)]
    pub at: Option<UnixMs>,
}
