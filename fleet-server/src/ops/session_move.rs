//! An automatic session follows its operator to other addresses: what it no longer admits and what
//! it admits from now on are records of their own.

use super::grant::{joined, networks};
use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, SessionRecord};
use std::sync::Arc;
use wire::{Refusal, SafeText, SessionId, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    session: SessionId,
    seen: &[SafeText],
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.session(session).ok_or_else(|| absent::<SessionRecord>(session))?;
    let seen = networks(seen, false)?;
    if !old.auto || !old.is_live(now) || seen == old.seen {
        return Ok(Change::nothing());
    }
    let not_in = |these: &[SafeText], those: &[SafeText]| -> Vec<SafeText> {
        these.iter().filter(|net| !those.contains(net)).cloned().collect()
    };
    let (left, came) = (not_in(&old.seen, &seen), not_in(&seen, &old.seen));
    let new = Arc::new(SessionRecord { seen, ..(*old).clone() });
    let mut entries = Vec::new();
    for (how, networks) in [("out", left), ("in", came)] {
        if !networks.is_empty() {
            entries.push(by.did("session.address", &*new).with(how, joined(&networks)));
        }
    }
    Ok(Change::new(vec![Edit::Session(Arc::clone(&new))], entries, Done::Session(new)))
}
