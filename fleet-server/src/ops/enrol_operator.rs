//! A person or robot becomes an operator by token, with the role the token gives. Signs nothing.

use super::enrol::{Visit, used};
use super::{Change, Done, Op, Refused, same_id};
use crate::fleet::{Edit, Fleet, OperatorRecord, Stored, TokenRecord};
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
    let name = name.clone().unwrap_or_else(|| token.name.clone());
    if fleet.operator_by_name(name.as_str()).is_some() {
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
    });
    let spent = used(&token, now);
    let entries = vec![enrolled(&visit, &token, &operator), visit.used(&token, spent.uses)];
    let edits = vec![Edit::Token(Arc::new(spent)), Edit::Operator(Arc::clone(&operator))];
    Ok(Change::new(edits, entries, Done::Operator(operator)))
}

/// The key is known already: by this token (its reply was lost), or not.
fn again(
    visit: &Visit<'_>,
    token: &TokenRecord,
    operator: &Arc<OperatorRecord>,
    certificate_expires_at: UnixMs,
) -> Result<Change, Refused> {
    if operator.token != Some(token.id) || operator.revoked.is_some() {
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
