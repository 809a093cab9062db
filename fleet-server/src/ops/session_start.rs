//! Admits an operator's addresses on published ports for a time, bounded by what his role lets a
//! session last.

use super::grant::{Grant, joined, lasting, networks, usage};
use super::{By, Change, Done, Refused, absent, same_id};
use crate::fleet::{Edit, Fleet, MAX_SESSION_PORTS, OperatorRecord, SessionRecord, Subject};
use crate::policy::Sight;
use std::sync::Arc;
use std::time::Duration;
use wire::audit::AuditResult;
use wire::{PortId, Refusal, RefusalCode, SafeText, UnixMs};

/// Running sessions of one operator.
const EACH: usize = 32;
/// Running sessions in all: each visitor may be compared with every one.
const MOST: usize = 4096;

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    grant: &Grant,
    now: UnixMs,
) -> Result<Change, Refused> {
    let Grant::SessionStart { operator, id, .. } = grant else { return Ok(Change::nothing()) };
    let owner = fleet.operator(*operator).ok_or_else(|| absent::<OperatorRecord>(operator))?;
    let session = session(fleet, &owner, grant, now).map_err(|refusal| {
        let denied = refusal.code == RefusalCode::Denied;
        let entry = || {
            let entry = by.did("session.denied", &*owner).result(AuditResult::Denied);
            entry.with("why", SafeText::bounded(refusal.message.as_str(), 128).as_str())
        };
        let audit = denied.then(entry).into_iter().collect();
        Refused { refusal, audit }
    })?;
    if fleet.session(*id).is_some() {
        return Err(same_id().into());
    }
    let session = Arc::new(SessionRecord { reason: by.reason.cloned(), ..session });
    let entry = by
        .did("session.start", &*session)
        .with("operator", owner.name.as_str())
        .with("from", joined(&session.admits()))
        .with("expires_at", session.expires_at.to_string());
    let edits = vec![Edit::Session(Arc::clone(&session))];
    Ok(Change::new(edits, vec![entry], Done::Session(session)))
}

fn session(
    fleet: &Fleet,
    owner: &OperatorRecord,
    grant: &Grant,
    now: UnixMs,
) -> Result<SessionRecord, Refusal> {
    let Grant::SessionStart { id, from, seen, auto, ports, lasts, longest, anyone_really, .. } =
        grant
    else {
        return Err(usage("not a session"));
    };
    if owner.revoked.is_some() || fleet.lock_on(Subject::Operator(owner.id), now).is_some() {
        let message = format!("operator {} may not start sessions", owner.name);
        return Err(Refusal::new(RefusalCode::Denied, message));
    }
    within(lasting(*lasts)?, *longest)?;
    let running = fleet.running().iter().filter(|r| r.record.is_live(now));
    let (all, own) = running
        .fold((0, 0), |(all, own), r| (all + 1, own + usize::from(r.record.operator == owner.id)));
    if own >= EACH || all >= MOST {
        let (who, many) =
            if own >= EACH { (owner.name.as_str(), EACH) } else { ("the fleet", MOST) };
        let message = format!("{who} has {many} running sessions, as many as there may be");
        return Err(Refusal::new(RefusalCode::Conflict, message).hint("tunnelctl sessions list"));
    }
    if from.is_empty() && seen.is_empty() {
        return Err(usage("no address to admit").hint("--ip auto, or --ip 203.0.113.7"));
    }
    Ok(SessionRecord {
        id: *id,
        operator: owner.id,
        from: networks(from, *anyone_really)?,
        seen: networks(seen, false)?,
        auto: *auto,
        ports: ports_of(fleet, ports)?,
        started_at: now,
        expires_at: now.after(*lasts),
        ended: None,
        reason: None,
    })
}

/// A session lasts no longer than the operator's role lets it.
pub(super) fn within(lasts: Duration, longest: Duration) -> Result<(), Refusal> {
    if lasts <= longest {
        return Ok(());
    }
    let (lasts, longest) = (humantime::format_duration(lasts), humantime::format_duration(longest));
    let message = format!("a session of {lasts} is longer than your role allows ({longest})");
    Err(Refusal::new(RefusalCode::Denied, message).hint(format!("--for {longest}")))
}

fn ports_of(fleet: &Fleet, names: &[SafeText]) -> Result<Vec<PortId>, Refusal> {
    if names.len() > MAX_SESSION_PORTS {
        let message = format!("{} ports, at most {MAX_SESSION_PORTS} can be named", names.len());
        return Err(usage(message).hint("without --port it admits to all that the rules allow"));
    }
    let mut ports = Vec::with_capacity(names.len());
    for name in names {
        let id = fleet.find_port(name.as_str(), &Sight::everything())?.id;
        if !ports.contains(&id) {
            ports.push(id);
        }
    }
    Ok(ports)
}
