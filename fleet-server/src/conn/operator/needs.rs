//! Which permission each request needs: one table, and no request without a row.

use wire::message::operator::{LinkRequest, PolicyRequest, Request};
use wire::message::view::Permission;

/// What a role must permit for this request; `None` = it is about the asker himself, or its handler
/// looks at whose objects it names.
pub(super) fn needed(request: &Request) -> Option<Permission> {
    match request {
        Request::Whoami
        | Request::Logout(_)
        | Request::Renew { .. }
        | Request::CanOpen { .. }
        | Request::TunnelClose { .. } => None,
        Request::Probe(_) => Some(Permission::TunnelsOpen),
        Request::Server => Some(Permission::ServerRead),
        Request::Nodes(_)
        | Request::Node(_)
        | Request::NodePath { .. }
        | Request::Reconnects { .. }
        | Request::Pending(_) => Some(Permission::NodesRead),
        // Who lets a machine in does what a token does.
        Request::PendingApprove { .. } | Request::PendingDeny { .. } => {
            Some(Permission::TokensWrite)
        }
        Request::NodeUpdate { .. } | Request::NodeRename { .. } | Request::NodeDelete { .. } => {
            Some(Permission::NodesWrite)
        }
        Request::NodeRevoke { .. } => Some(Permission::Revoke),
        Request::Tokens(_) | Request::Token(_) => Some(Permission::TokensRead),
        Request::TokenCreate { .. } | Request::TokenUpdate { .. } => Some(Permission::TokensWrite),
        Request::TokenRevoke { .. } => Some(Permission::Revoke),
        Request::Tunnels { .. } | Request::Tunnel(_) | Request::TunnelTrace(_) => {
            Some(Permission::TunnelsRead)
        }
        Request::Ports(_) | Request::Port(_) => Some(Permission::PortsRead),
        Request::PortCreate { .. }
        | Request::PortUpdate { .. }
        | Request::PortDelete { .. }
        | Request::PortEnable { .. } => Some(Permission::PortsWrite),
        Request::Rules(_) => Some(Permission::RulesRead),
        Request::RuleCreate { .. } | Request::RuleDelete { .. } => Some(Permission::RulesWrite),
        Request::Audit { .. } | Request::AuditGet(_) => Some(Permission::AuditRead),
        Request::Metrics => Some(Permission::MetricsRead),
        Request::Drain { .. } => Some(Permission::ServerDrain),
        Request::Reload(_) => Some(Permission::ServerReload),
        // One's own always; those of others as far as one sees them.
        Request::Sessions(_) | Request::Session(_) | Request::SessionEnd { .. } => None,
        Request::SessionStart { .. } | Request::SessionExtend { .. } => {
            Some(Permission::SessionsStart)
        }
        Request::Guests(_) | Request::Guest(_) => Some(Permission::GuestsRead),
        Request::GuestAdmit { .. } | Request::GuestExtend { .. } | Request::GuestDelete { .. } => {
            Some(Permission::GuestsWrite)
        }
        Request::Locks(_) | Request::LockGet(_) => Some(Permission::LocksRead),
        Request::Lock { .. } | Request::Unlock { .. } => Some(Permission::Lock),
        Request::SessionRevoke { .. }
        | Request::GuestRevoke { .. }
        | Request::OperatorRevoke { .. } => Some(Permission::Revoke),
        Request::Ca | Request::CaCrl => Some(Permission::CaRead),
        Request::CaPrepare | Request::CaRotate { .. } | Request::CaRollback(_) => {
            Some(Permission::CaWrite)
        }
        Request::Policy(request) => policy(request),
    }
}

fn policy(request: &PolicyRequest) -> Option<Permission> {
    match request {
        // About oneself always; about others with access.read. Roles can be asked for by everybody.
        PolicyRequest::Explain(_)
        | PolicyRequest::AccessRequests(_)
        | PolicyRequest::AccessRequest { .. } => None,
        PolicyRequest::AccessAnswer { .. } => Some(Permission::AccessApprove),
        PolicyRequest::Operators(_) | PolicyRequest::Operator(_) => Some(Permission::OperatorsRead),
        PolicyRequest::OperatorUpdate { .. }
        | PolicyRequest::OperatorAssign { .. }
        | PolicyRequest::OperatorUnassign { .. }
        | PolicyRequest::OperatorDelete { .. } => Some(Permission::OperatorsWrite),
        PolicyRequest::Roles(_) | PolicyRequest::Role(_) => Some(Permission::RolesRead),
        PolicyRequest::RoleCreate { .. }
        | PolicyRequest::RoleUpdate { .. }
        | PolicyRequest::RoleDelete { .. } => Some(Permission::RolesWrite),
        PolicyRequest::Link(LinkRequest::Links(_) | LinkRequest::Link(_)) => {
            Some(Permission::LinksRead)
        }
        PolicyRequest::Link(LinkRequest::Create { .. } | LinkRequest::Delete { .. }) => {
            Some(Permission::LinksWrite)
        }
        PolicyRequest::GuestInvite { .. } => Some(Permission::GuestsWrite),
        PolicyRequest::Rule(_) => Some(Permission::RulesRead),
        PolicyRequest::RuleUpdate { .. }
        | PolicyRequest::RuleMove { .. }
        | PolicyRequest::RuleEnable { .. }
        | PolicyRequest::RulePlan { .. }
        | PolicyRequest::RulesReplace { .. } => Some(Permission::RulesWrite),
    }
}
