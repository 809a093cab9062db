//! Operators, roles, rules and requests for a role, as people and scripts see them.

use super::{rule, small};
use crate::core::Core;
use crate::fleet::{AccessRequestRecord, Fleet, OperatorRecord, RuleRecord};
use crate::policy::ADMIN;
use std::collections::BTreeSet;
use wire::message::operator::RuleSpec;
use wire::message::view::{
    AccessRequestView, OperatorState, OperatorView, Permission, RoleTerm, RoleView, RuleView,
};
use wire::{SafeText, UnixMs};

/// One operator.
pub(crate) fn operator(core: &Core, record: &OperatorRecord) -> OperatorView {
    let now = core.wall();
    let sessions: Vec<_> =
        core.operators.all().into_iter().filter(|session| session.id == record.id).collect();
    let sources: BTreeSet<_> = sessions.iter().map(|session| session.source).collect();
    let tunnels = sessions.iter().map(|s| core.tunnels.of_operator(s.connection).len()).sum();
    let for_good = record.roles.iter().map(|role| RoleTerm { role: role.clone(), until: None });
    let for_a_time = record.terms.iter().filter(|term| now < term.until);
    let for_a_time =
        for_a_time.map(|term| RoleTerm { role: term.role.clone(), until: Some(term.until) });
    OperatorView {
        id: record.id,
        name: record.name.clone(),
        roles: for_good.chain(for_a_time).collect(),
        state: match record.revoked {
            Some(_) => OperatorState::Revoked,
            None => OperatorState::Active,
        },
        connections: small(sessions.len()),
        tunnels: small(tunnels),
        source_ips: sources.iter().map(|ip| SafeText::from(ip.to_string())).collect(),
        created_at: record.created_at,
        certificate_expires_at: record.certificate_expires_at,
    }
}

/// All roles, by name, the built-in one among them.
pub(crate) fn roles(fleet: &Fleet, now: UnixMs) -> Vec<RoleView> {
    let operators =
        |role: &str| small(fleet.operators().filter(|who| who.has_role(role, now)).count());
    let mut roles: Vec<RoleView> = fleet
        .roles()
        .map(|role| RoleView {
            name: role.name.clone(),
            permissions: role.permissions.clone(),
            max_session_ms: role.max_session_ms,
            built_in: false,
            operators: operators(role.name.as_str()),
        })
        .collect();
    roles.extend(ADMIN.parse().ok().map(|name| RoleView {
        name,
        permissions: Permission::ALL.to_vec(),
        max_session_ms: None,
        built_in: true,
        operators: operators(ADMIN),
    }));
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    roles
}

/// One rule with the number of its place.
pub(crate) fn rule_in_place(core: &Core, record: &RuleRecord) -> RuleView {
    let fleet = core.state.fleet();
    let order = fleet.rules().iter().zip(1u32..).find(|(other, _)| other.id == record.id);
    rule(core, record, order.map_or(0, |(_, order)| order))
}

/// What a rule would be made from again.
pub(crate) fn rule_spec(record: &RuleRecord) -> RuleSpec {
    RuleSpec {
        effect: record.effect,
        who: record.who.clone(),
        from: record.from.clone(),
        port: record.port.clone(),
        until: record.until,
        before: None,
        disabled: !record.enabled,
        anyone_really: true,
        nodes: record.nodes.clone(),
        to: record.to.clone(),
        at: record.at.clone(),
    }
}

/// One request for a role.
pub(crate) fn access_request(record: &AccessRequestRecord, now: UnixMs) -> AccessRequestView {
    AccessRequestView {
        id: record.id,
        operator: record.name.as_str().into(),
        role: record.role.clone(),
        for_ms: record.for_ms,
        reason: record.reason.clone(),
        created_at: record.created_at,
        expires_at: record.expires_at,
        state: record.state(now),
        answered_by: record.answer.as_ref().map(|answer| answer.by.clone()),
        granted_until: record.answer.as_ref().and_then(|answer| answer.until),
    }
}
