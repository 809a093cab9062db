//! The changes of who may do and reach what, and which file does each.

use super::{
    By, Change, access_request, operator_assign, operator_update, role_create, role_delete,
    rule_change, rules_replace,
};
use crate::fleet::Fleet;
use wire::audit::Actor;
use wire::message::operator::{RuleChange, RuleSpec};
use wire::message::view::Permission;
use wire::{AccessRequestId, Name, OperatorId, Refusal, RuleId, SafeText, UnixMs};

/// A change of policy, by whom and why.
#[derive(Debug, Clone)]
pub struct PolicyOp {
    /// Who does it.
    pub actor: Actor,
    /// For the audit record.
    pub reason: Option<SafeText>,
    /// What is done.
    pub what: PolicyChange,
}

/// What becomes of operators, roles, rules and requests.
#[derive(Debug, Clone)]
pub enum PolicyChange {
    /// Gives an operator another name.
    OperatorUpdate {
        /// The operator.
        operator: OperatorId,
        /// Its new name.
        name: Name,
    },
    /// Gives an operator a role, for good or until then.
    OperatorAssign {
        /// The operator.
        operator: OperatorId,
        /// The role.
        role: Name,
        /// When it ends by itself.
        until: Option<UnixMs>,
    },
    /// Takes a role from an operator.
    OperatorUnassign {
        /// The operator.
        operator: OperatorId,
        /// The role.
        role: Name,
    },
    /// Removes an operator.
    OperatorDelete {
        /// The operator.
        operator: OperatorId,
    },
    /// Takes away every role whose time is over.
    Lapse,
    /// Makes a role.
    RoleCreate {
        /// Its name.
        name: Name,
        /// What it permits.
        permissions: Vec<Permission>,
        /// How long a session by it may last, in milliseconds.
        max_session_ms: Option<u64>,
    },
    /// Changes what a role permits.
    RoleUpdate {
        /// The role.
        name: Name,
        /// Permissions to add.
        add: Vec<Permission>,
        /// Permissions to take away.
        remove: Vec<Permission>,
        /// How long a session by it may last, in milliseconds; 0 = no bound of its own.
        max_session_ms: Option<u64>,
    },
    /// Removes a role and everything about it.
    RoleDelete {
        /// The role.
        name: Name,
    },
    /// Changes parts of a rule.
    RuleUpdate {
        /// The rule.
        rule: RuleId,
        /// What becomes of it.
        change: RuleChange,
    },
    /// Gives a rule another place.
    RuleMove {
        /// The rule.
        rule: RuleId,
        /// The rule it goes before; `None` = to the end.
        before: Option<SafeText>,
    },
    /// Switches a rule on or off.
    RuleEnable {
        /// The rule.
        rule: RuleId,
        /// On or off.
        on: bool,
    },
    /// Puts these rules in the place of all there are.
    RulesReplace {
        /// The rules in order, each with the id it gets if it is new.
        rules: Vec<(RuleId, RuleSpec)>,
    },
    /// An operator asks for a role.
    AccessRequest {
        /// The id it gets.
        id: AccessRequestId,
        /// Who asks.
        operator: OperatorId,
        /// For which role.
        role: Name,
        /// For how long, in milliseconds.
        for_ms: u64,
    },
    /// Another operator answers.
    AccessAnswer {
        /// The request.
        request: AccessRequestId,
        /// Who answers.
        by: OperatorId,
        /// Yes or no.
        approve: bool,
    },
}

pub(super) fn run(fleet: &Fleet, op: &PolicyOp, now: UnixMs) -> Result<Change, Refusal> {
    let by = &By { actor: &op.actor, reason: op.reason.as_ref() };
    match &op.what {
        PolicyChange::OperatorUpdate { operator, name } => {
            operator_update::rename(fleet, by, *operator, name)
        }
        PolicyChange::OperatorAssign { operator, role, until } => {
            operator_assign::assign(fleet, by, *operator, role, *until, now)
        }
        PolicyChange::OperatorUnassign { operator, role } => {
            operator_assign::unassign(fleet, by, *operator, role, now)
        }
        PolicyChange::OperatorDelete { operator } => {
            operator_update::delete(fleet, by, *operator, now)
        }
        PolicyChange::Lapse => Ok(operator_assign::lapse(fleet, by, now)),
        PolicyChange::RoleCreate { name, permissions, max_session_ms } => {
            role_create::create(fleet, by, name, permissions, *max_session_ms, now)
        }
        PolicyChange::RoleUpdate { name, add, remove, max_session_ms } => {
            let wish = role_create::Wish { add, remove, max_session_ms: *max_session_ms };
            role_create::update(fleet, by, name, &wish)
        }
        PolicyChange::RoleDelete { name } => role_delete::run(fleet, by, name, now),
        PolicyChange::RuleUpdate { rule, change } => {
            rule_change::update(fleet, by, *rule, change, now)
        }
        PolicyChange::RuleMove { rule, before } => {
            rule_change::relocate(fleet, by, *rule, before.as_ref())
        }
        PolicyChange::RuleEnable { rule, on } => rule_change::enable(fleet, by, *rule, *on, now),
        PolicyChange::RulesReplace { rules } => rules_replace::run(fleet, by, rules, now),
        PolicyChange::AccessRequest { id, operator, role, for_ms } => {
            let wish = access_request::Wish { role, for_ms: *for_ms };
            access_request::ask(fleet, by, *id, *operator, &wish, now)
        }
        PolicyChange::AccessAnswer { request, by: answerer, approve } => {
            access_request::answer(fleet, by, *request, *answerer, *approve, now)
        }
    }
}
