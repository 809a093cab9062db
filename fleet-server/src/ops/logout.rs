//! Ends an operator's login: the key he enrolled is worth nothing until he logs in again.

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, OperatorRecord};
use std::sync::Arc;
use wire::{OperatorId, Refusal, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    operator: OperatorId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.operator(operator).ok_or_else(|| absent::<OperatorRecord>(operator))?;
    if old.logged_out.is_some() {
        return Ok(Change::nothing());
    }
    let new = Arc::new(OperatorRecord { logged_out: Some(now), ..(*old).clone() });
    let entry = by.did("operator.logout", &*new);
    Ok(Change::new(vec![Edit::Operator(Arc::clone(&new))], vec![entry], Done::Operator(new)))
}
