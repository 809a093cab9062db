//! A person or robot becomes an operator by token, with the role the token gives. Signs nothing.

use super::enrol::{Visit, used};
use super::{Change, Done, Op, Refused, binding, same_id};
use crate::fleet::{CaStanding, Edit, Fleet, OperatorRecord, Stored, TokenRecord};
use std::sync::Arc;
use wire::audit::{Actor, Entry};
use wire::message::view::TokenKind;
use wire::{Refusal, RefusalCode, UnixMs};

pub(super) fn run(fleet: &Fleet, op: &Op, now: UnixMs) -> Result<Change, Refused> {
    let Op::EnrolOperator { secret_hash, spki, id, name, certificate_expires_at, source, client } =
        op
    else {
        return Ok(Change::nothing());
    };
    let visit = Visit { source, client, spki };
    let token = visit.token(fleet, secret_hash, TokenKind::Operator, now)?;
    if let Some(operator) = fleet.operators().find(|operator| operator.spki == *spki) {
        return again(&visit, &token, &operator, *certificate_expires_at);
    }
    visit.use_left(&token, now)?;
    let only = binding::only_name(&token.grants.binding);
    let name = name.clone().or_else(|| only.clone()).unwrap_or_else(|| token.name.clone());
    binding::name_fits(&token.grants.binding, &name)
        .map_err(|refusal| visit.denied(refusal, token.object(), "another name"))?;
    if let Some(old) = fleet.operator_by_name(name.as_str()) {
        // Not the local admin, whose key the server keeps; nor somebody who came after the token.
        let is_his = old.token.is_some() && old.created_at <= token.created_at;
        if only.as_ref() == Some(&name) && old.revoked.is_none() && is_his {
            return Ok(logs_in(&visit, &token, &old, op, now));
        }
        let message = format!("the name {name} is taken by another operator");
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint("choose another one: tunnelctl login --name NAME")
            .into());
    }
    if fleet.operator(*id).is_some() {
        return Err(same_id().into());
    }
    let operator = Arc::new(OperatorRecord {
        id: *id,
        name,
        roles: token.grants.role.iter().cloned().collect(),
        spki: *spki,
        created_at: now,
        revoked: None,
        certificate_expires_at: *certificate_expires_at,
        token: Some(token.id),
        terms: Vec::new(),
        logged_out: None,
        ca: CaStanding { unshown_since: Some(now), ..CaStanding::default() },
    });
    let spent = used(&token, now);
    let entries = vec![enrolled(&visit, &token, &operator), visit.used(&token, spent.uses)];
    let edits = vec![Edit::Token(Arc::new(spent)), Edit::Operator(Arc::clone(&operator))];
    Ok(Change::new(edits, entries, Done::Operator(operator)))
}

/// A token for exactly this operator, who has another key from now on.
fn logs_in(
    visit: &Visit<'_>,
    token: &TokenRecord,
    old: &OperatorRecord,
    op: &Op,
    now: UnixMs,
) -> Change {
    let Op::EnrolOperator { certificate_expires_at, .. } = op else { return Change::nothing() };
    let mut roles = old.roles.clone();
    roles.extend(token.grants.role.iter().filter(|role| !old.roles.contains(role)).cloned());
    let operator = Arc::new(OperatorRecord {
        roles,
        spki: *visit.spki,
        certificate_expires_at: *certificate_expires_at,
        token: Some(token.id),
        logged_out: None,
        ca: CaStanding { unshown_since: Some(now), ..old.ca },
        ..old.clone()
    });
    let spent = used(token, now);
    let entries = vec![
        enrolled(visit, token, &operator).with("replaces_key", true),
        visit.used(token, spent.uses),
    ];
    let edits = vec![Edit::Token(Arc::new(spent)), Edit::Operator(Arc::clone(&operator))];
    Change::new(edits, entries, Done::Operator(operator))
}

/// The key is known already: by this token (its reply was lost), or not.
fn again(
    visit: &Visit<'_>,
    token: &TokenRecord,
    operator: &Arc<OperatorRecord>,
    certificate_expires_at: UnixMs,
) -> Result<Change, Refused> {
    let is_over = operator.revoked.is_some() || operator.logged_out.is_some();
    if operator.token != Some(token.id) || is_over {
        let message = format!("this key is already enrolled as {}", operator.name);
        let refusal = Refusal::new(RefusalCode::Conflict, message)
            .hint("tunnelctl logout makes room for a new key");
        return Err(visit.denied(refusal, token.object(), "key already enrolled"));
    }
    let certificate_expires_at = certificate_expires_at.max(operator.certificate_expires_at);
    let operator = Arc::new(OperatorRecord { certificate_expires_at, ..(**operator).clone() });
    let entry = enrolled(visit, token, &operator).with("again", true);
    let edits = vec![Edit::Operator(Arc::clone(&operator))];
    Ok(Change::new(edits, vec![entry], Done::Operator(operator)))
}

fn enrolled(visit: &Visit<'_>, token: &TokenRecord, operator: &OperatorRecord) -> Entry {
    let actor = Actor {
        operator: Some(operator.name.as_str().into()),
        source_ip: Some(visit.source.clone()),
        client: Some(visit.client.clone()),
        ..Actor::default()
    };
    Entry::new("operator.enroll", actor, operator.object()).with("token", token.id_text())
}
