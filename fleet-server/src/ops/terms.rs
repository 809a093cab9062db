//! Ends what is past its time, and forgets what ended a day ago. The time somebody saw is compared:
//! what was extended meanwhile stays.

use super::grant::Terms;
use super::guest_end::own_port;
use super::{Change, Done};
use crate::fleet::{Edit, Ended, Fleet, GuestRecord, LockRecord, SessionRecord, Stored};
use std::sync::Arc;
use std::time::Duration;
use wire::UnixMs;
use wire::audit::{Actor, Entry};

/// What ended stays in the lists for this long.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
/// Records forgotten at once: a batch of the store stays small.
const FORGOTTEN: usize = 500;

pub(super) fn run(fleet: &Fleet, due: &Terms, now: UnixMs) -> Change {
    let (mut edits, mut entries) = (Vec::new(), Vec::new());
    let end = |record: &dyn Fn() -> wire::audit::Object, action: &str| {
        Entry::new(action, Actor::default(), record()).with("why", "expired")
    };
    for (id, seen) in &due.sessions {
        let Some(old) = fleet.session(*id) else { continue };
        if old.ended.is_none() && old.expires_at == *seen {
            let ended = Some((now, Ended::Expired));
            entries.push(end(&|| old.object(), "session.end"));
            edits.push(Edit::Session(Arc::new(SessionRecord { ended, ..(*old).clone() })));
        }
    }
    for (id, seen) in &due.guests {
        let Some(old) = fleet.guest(*id) else { continue };
        if old.ended.is_none() && old.expires_at == *seen {
            let ended = Some((now, Ended::Expired));
            entries.push(end(&|| old.object(), "guest.end"));
            edits.push(Edit::Guest(Arc::new(GuestRecord { ended, ..(*old).clone() })));
            if let Some(port) = own_port(fleet, &old) {
                entries.push(end(&|| port.object(), "port.delete"));
                edits.push(Edit::DropPort(port));
            }
        }
    }
    for (id, seen) in &due.locks {
        let Some(old) = fleet.lock(*id) else { continue };
        if old.ended.is_none() && old.until == Some(*seen) {
            entries.push(end(&|| old.object(), "lock.end"));
            edits.push(Edit::Lock(Arc::new(LockRecord { ended: Some(now), ..(*old).clone() })));
        }
    }
    edits.extend(forgotten(fleet, now).take(FORGOTTEN));
    Change::new(edits, entries, Done::Nothing)
}

fn forgotten(fleet: &Fleet, now: UnixMs) -> impl Iterator<Item = Edit> + '_ {
    let long_ago = move |at: UnixMs| now.since(at) >= REMEMBERED;
    let ended = move |ended: Option<(UnixMs, Ended)>| ended.is_some_and(|(at, _)| long_ago(at));
    let sessions = fleet.sessions().filter(move |r| ended(r.ended)).map(Edit::DropSession);
    let guests = fleet.guests().filter(move |r| ended(r.ended)).map(Edit::DropGuest);
    let locks = fleet.locks().filter(move |r| r.ended.is_some_and(long_ago)).map(Edit::DropLock);
    sessions.chain(guests).chain(locks)
}
