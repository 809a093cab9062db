//! Removes a role. Who had it loses it, and the rules and tokens about it go with it: a role that is
//! given the same name later inherits nothing.

use super::operator_assign::without;
use super::role_create::changeable;
use super::{By, Change, Done};
use crate::fleet::{Edit, Fleet, TokenRecord};
use crate::policy::Who;
use std::sync::Arc;
use wire::message::view::TokenState;
use wire::{Name, Refusal, UnixMs};

pub(super) fn run(fleet: &Fleet, by: &By<'_>, name: &Name, now: UnixMs) -> Result<Change, Refusal> {
    let role = changeable(fleet, name)?;
    let mut edits = vec![Edit::DropRole(Arc::clone(&role))];
    let mut entries = vec![by.did("role.delete", &*role)];
    for operator in fleet.operators() {
        if operator.roles.contains(name) || operator.terms.iter().any(|term| term.role == *name) {
            let new = Arc::new(without(&operator, name));
            entries.push(by.did("operator.unassign", &*new).with("role", name.as_str()));
            edits.push(Edit::Operator(new));
        }
    }
    let who = Some(Who::Role(name.clone()));
    for rule in fleet.rules().iter().filter(|rule| Who::parse(rule.who.as_str()) == who) {
        entries.push(by.did("rule.delete", &**rule).with("who", rule.who.as_str()));
        edits.push(Edit::DropRule(Arc::clone(rule)));
    }
    for token in fleet.tokens() {
        if token.grants.role.as_ref() == Some(name) && token.state(now) == TokenState::Active {
            entries.push(by.did("token.revoke", &*token));
            let revoked = TokenRecord { revoked: Some(now), ..(*token).clone() };
            edits.push(Edit::Token(Arc::new(revoked)));
        }
    }
    Ok(Change::new(edits, entries, Done::Role(role)))
}
