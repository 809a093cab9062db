//! Requests for a role, for a time: made by one operator, answered by another. What is granted is
//! bounded by the role's own longest session and ends by itself.

use super::operator_assign::{self, operator_of};
use super::{By, Change, Done, absent, same_id};
use crate::fleet::{AccessAnswer, AccessRequestRecord, Edit, Fleet};
use crate::policy::{MAX_SESSION, permit};
use std::sync::Arc;
use std::time::Duration;
use wire::message::view::RequestState;
use wire::{AccessRequestId, Name, OperatorId, Refusal, RefusalCode, UnixMs};

/// A request nobody answers ends after this time.
const PENDING: Duration = Duration::from_secs(3600);
/// Requests of one operator that wait at once.
const WAITING: usize = 5;
/// Requests kept in all; the oldest go first.
const KEPT: usize = 1000;

/// What is asked for.
pub(super) struct Wish<'a> {
    pub(super) role: &'a Name,
    pub(super) for_ms: u64,
}

pub(super) fn ask(
    fleet: &Fleet,
    by: &By<'_>,
    id: AccessRequestId,
    operator: OperatorId,
    wish: &Wish<'_>,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let operator = operator_of(fleet, operator)?;
    let Some(reason) = by.reason.filter(|reason| !reason.as_str().is_empty()) else {
        let refusal = Refusal::new(RefusalCode::Usage, "who approves wants to know why");
        return Err(refusal.hint("--reason TEXT"));
    };
    permit::of_role(fleet, wish.role)?;
    if operator.has_role(wish.role.as_str(), now) {
        let message = format!("operator {} has role {} already", operator.name, wish.role);
        return Err(Refusal::new(RefusalCode::Conflict, message));
    }
    within_bound(fleet, wish)?;
    if fleet.access_request(id).is_some() {
        return Err(same_id());
    }
    let waiting = |r: &Arc<AccessRequestRecord>| {
        r.operator == operator.id && r.state(now) == RequestState::Pending
    };
    if fleet.access_requests().filter(waiting).count() >= WAITING {
        let message = format!("{WAITING} requests of operator {} wait already", operator.name);
        return Err(Refusal::new(RefusalCode::Failed, message).hint("tunnelctl access requests"));
    }
    let request = Arc::new(AccessRequestRecord {
        id,
        operator: operator.id,
        name: operator.name.clone(),
        role: wish.role.clone(),
        for_ms: wish.for_ms,
        reason: reason.clone(),
        created_at: now,
        expires_at: now.after(PENDING),
        answer: None,
    });
    let mut edits = vec![Edit::AccessRequest(Arc::clone(&request))];
    edits.extend(beyond(fleet).map(Edit::DropAccessRequest));
    let entry = by
        .did("access.request", &*request)
        .with("role", wish.role.as_str())
        .with("for_ms", wish.for_ms);
    Ok(Change::new(edits, vec![entry], Done::AccessRequest(request)))
}

pub(super) fn answer(
    fleet: &Fleet,
    by: &By<'_>,
    request: AccessRequestId,
    answerer: OperatorId,
    approve: bool,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let absent = || absent::<AccessRequestRecord>(request);
    let request = fleet.access_request(request).ok_or_else(absent)?;
    if request.operator == answerer {
        let message = "nobody answers a request of his own";
        return Err(Refusal::new(RefusalCode::Denied, message)
            .hint("another operator with access.approve has to"));
    }
    let state = request.state(now);
    if state != RequestState::Pending {
        let message = format!("request {} is {state}", request.id);
        return Err(Refusal::new(RefusalCode::Conflict, message).hint("tunnelctl access requests"));
    }
    let until = approve.then(|| now.after(Duration::from_millis(request.for_ms)));
    let said = AccessAnswer { by: by.name(), at: now, until };
    let new = Arc::new(AccessRequestRecord { answer: Some(said), ..(*request).clone() });
    let action = if approve { "access.approve" } else { "access.deny" };
    let mut entry =
        by.did(action, &*new).with("operator", new.name.as_str()).with("role", new.role.as_str());
    let mut edits = vec![Edit::AccessRequest(Arc::clone(&new))];
    let mut entries = Vec::new();
    if let Some(until) = until {
        entry = entry.with("until", until.to_string());
        within_bound(fleet, &Wish { role: &new.role, for_ms: new.for_ms })?;
        let given = operator_assign::assign(fleet, by, new.operator, &new.role, Some(until), now)?;
        edits.extend(given.edits);
        entries.extend(given.audit);
    }
    entries.insert(0, entry);
    Ok(Change::new(edits, entries, Done::AccessRequest(new)))
}

/// No longer than a session by this role may last.
fn within_bound(fleet: &Fleet, wish: &Wish<'_>) -> Result<(), Refusal> {
    let own = fleet.role(wish.role.as_str()).and_then(|role| role.max_session());
    let most = own.unwrap_or(MAX_SESSION);
    if wish.for_ms == 0 {
        return Err(Refusal::new(RefusalCode::Usage, "a role for no time is of no use"));
    }
    if Duration::from_millis(wish.for_ms) > most {
        let most = humantime::format_duration(most);
        let message = format!("role {} is given for at most {most}", wish.role);
        return Err(Refusal::new(RefusalCode::Usage, message).hint(format!("--for {most}")));
    }
    Ok(())
}

/// The oldest requests, when there are more than are kept.
fn beyond(fleet: &Fleet) -> impl Iterator<Item = Arc<AccessRequestRecord>> {
    let mut all: Vec<_> = fleet.access_requests().collect();
    all.sort_by_key(|request| request.created_at);
    let over = (all.len() + 1).saturating_sub(KEPT);
    all.into_iter().take(over)
}
