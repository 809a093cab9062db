//! Ends an operator's credential for good, and his sessions with it. Cutting comes after this is
//! durable (I2). The last admin stays: without one nobody could let another one in.

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Ended, Fleet, OperatorRecord, SessionRecord};
use crate::policy::ADMIN;
use std::sync::Arc;
use wire::{OperatorId, Refusal, RefusalCode, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    operator: OperatorId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.operator(operator).ok_or_else(|| absent::<OperatorRecord>(operator))?;
    if old.revoked.is_some() {
        return Ok(Change::nothing());
    }
    let is_admin = |who: &OperatorRecord| who.roles.iter().any(|role| role.as_str() == ADMIN);
    let others =
        || fleet.operators().any(|o| o.id != old.id && o.revoked.is_none() && is_admin(&o));
    if is_admin(&old) && !others() {
        let message = format!("operator {} is the only one with role admin", old.name);
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint("first: tunnelctl tokens create --kind operator --role admin"));
    }
    let new = Arc::new(OperatorRecord { revoked: Some(now), ..(*old).clone() });
    let entry = by.did("operator.revoke", &*new);
    let mut edits = vec![Edit::Operator(Arc::clone(&new))];
    for running in fleet.running().iter().filter(|r| r.record.operator == old.id) {
        let ended = Some((now, Ended::Revoked));
        let session = SessionRecord { ended, ..(*running.record).clone() };
        edits.push(Edit::Session(Arc::new(session)));
    }
    Ok(Change::new(edits, vec![entry], Done::Operator(new)))
}
