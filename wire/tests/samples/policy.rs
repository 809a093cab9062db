//! Samples about operators, roles, rules and decisions.

use super::*;
use wire::AccessRequestId;
use wire::message::operator::{AccessQuestion, PolicyReply, PolicyRequest, RuleChange};
use wire::message::view::{
    AccessDecision, AccessRequestView, AccessStep, Because, OperatorState, OperatorView,
    Permission, RequestState, RoleTerm, RoleView, RulesPlan, WouldAllow,
};

fn rule_id() -> RuleId {
    RuleId::from_random(3)
}

fn rule_spec() -> RuleSpec {
    RuleSpec {
        effect: Effect::Allow,
        who: "role:support".into(),
        from: Some("10.8.0.0/16".into()),
        port: None,
        until: None,
        before: Some("r_aaaa".into()),
        disabled: false,
        anyone_really: false,
        nodes: Some("site=ber".into()),
        to: Some("*:22".into()),
        at: Some("* 8-18".into()),
    }
}

pub fn requests() -> Samples<Request> {
    use PolicyRequest as P;
    let (who, rule) = (|| "jon".into(), || "r_aaaa".into());
    let role = || name("support");
    let change = RuleChange { to: Some("*:22,443".into()), ..RuleChange::default() };
    let question = AccessQuestion {
        operator: Some(who()),
        action: Some(Permission::TunnelsOpen),
        node: Some("web1".into()),
        target: Some(target()),
        port: Some("pg".into()),
        from: Some("203.0.113.7".into()),
        at: Some(AT),
    };
    let all = vec![
        ("request-operators", P::Operators(page())),
        ("request-operator", P::Operator(who())),
        (
            "request-operator_update",
            P::OperatorUpdate { operator: who(), name: name("jo"), intent: intent() },
        ),
        (
            "request-operator_assign",
            P::OperatorAssign {
                operator: who(),
                role: role(),
                for_ms: Some(28_800_000),
                intent: intent(),
            },
        ),
        (
            "request-operator_unassign",
            P::OperatorUnassign { operator: who(), role: role(), intent: intent() },
        ),
        ("request-operator_delete", P::OperatorDelete { operator: who(), intent: intent() }),
        ("request-roles", P::Roles(page())),
        ("request-role", P::Role(role())),
        (
            "request-role_create",
            P::RoleCreate {
                name: role(),
                permissions: vec![Permission::NodesRead, Permission::TunnelsOpen],
                max_session_ms: Some(3_600_000),
                intent: intent(),
            },
        ),
        (
            "request-role_update",
            P::RoleUpdate {
                name: role(),
                add: vec![Permission::Lock],
                remove: vec![Permission::Revoke],
                max_session_ms: Some(0),
                intent: intent(),
            },
        ),
        ("request-role_delete", P::RoleDelete { name: role(), intent: intent() }),
        ("request-rule", P::Rule(rule())),
        ("request-rule_update", P::RuleUpdate { rule: rule(), change, intent: intent() }),
        ("request-rule_move", P::RuleMove { rule: rule(), before: Some(rule()), intent: intent() }),
        ("request-rule_enable", P::RuleEnable { rule: rule(), on: false, intent: intent() }),
        ("request-rule_plan", P::RulePlan { spec: rule_spec(), against_ms: 86_400_000 }),
        (
            "request-rules_replace",
            P::RulesReplace { rules: vec![rule_spec()], against_ms: 86_400_000, intent: intent() },
        ),
        ("request-explain", P::Explain(question)),
        ("request-access_requests", P::AccessRequests(page())),
        (
            "request-access_request",
            P::AccessRequest { role: role(), for_ms: 3_600_000, intent: intent() },
        ),
        (
            "request-access_answer",
            P::AccessAnswer { request: "ar_aaaa".into(), approve: true, intent: intent() },
        ),
    ];
    all.into_iter().map(|(name, request)| (name, Request::Policy(Box::new(request)))).collect()
}

fn operator() -> OperatorView {
    OperatorView {
        id: OperatorId::from_random(8),
        name: name("jon"),
        roles: vec![RoleTerm { role: name("support"), until: Some(AT) }],
        state: OperatorState::Active,
        connections: 1,
        tunnels: 2,
        source_ips: vec!["10.8.0.31".into()],
        created_at: AT,
        certificate_expires_at: AT,
    }
}

fn role() -> RoleView {
    RoleView {
        name: name("support"),
        permissions: vec![Permission::TunnelsOpen],
        max_session_ms: Some(3_600_000),
        built_in: false,
        operators: 2,
    }
}

fn decision() -> AccessDecision {
    AccessDecision {
        allowed: false,
        deciding_rule: Some(rule_id()),
        because: Some(Because::Permission),
        until: Some(AT),
        trace: vec![AccessStep {
            rule: rule_id(),
            matched: false,
            because: Some(Because::TargetPort),
            effect: Effect::Allow,
            summary: "allow role:support → *:22".into(),
        }],
        would_allow: vec![WouldAllow {
            role: Some(name("netops")),
            guest: Some(true),
            permission: Some(Permission::TunnelsOpen),
        }],
    }
}

fn access_request() -> AccessRequestView {
    AccessRequestView {
        id: AccessRequestId::from_random(9),
        operator: "jon".into(),
        role: name("support"),
        for_ms: 3_600_000,
        reason: "INC-4402".into(),
        created_at: AT,
        expires_at: AT,
        state: RequestState::Approved,
        answered_by: Some("mira".into()),
        granted_until: Some(AT),
    }
}

pub fn replies() -> Samples<Reply> {
    use PolicyReply as P;
    let plan = RulesPlan {
        added: vec!["allow role:support → *:22".into()],
        removed: vec!["deny anyone → everything".into()],
        kept: 3,
        replayed: 40,
        newly_allowed: vec![("jon".into(), 28)],
        newly_denied: vec![("tom".into(), 1)],
        cuts: vec![("tom".into(), 1)],
    };
    let all = vec![
        ("reply-operators", P::Operators(vec![operator()], more())),
        ("reply-operator", P::Operator(operator())),
        ("reply-roles", P::Roles(vec![role()], more())),
        ("reply-role", P::Role(role())),
        ("reply-decision", P::Decision(decision())),
        ("reply-access_requests", P::AccessRequests(vec![access_request()], more())),
        ("reply-access_request", P::AccessRequest(access_request())),
        ("reply-rules_plan", P::Plan(plan)),
    ];
    all.into_iter().map(|(name, reply)| (name, Reply::Policy(Box::new(reply)))).collect()
}
