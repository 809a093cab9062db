//! The authority by time: the next issuing key is made at half of the life of the one before and
//! signs from its last sixth on, so that no leaf is cut short. It needs the root's key to be here.

use super::steps::own;
use crate::core::Core;
use crate::fleet::Holder;
use crate::ops::{CaStep, Op};
use pki::{PkiError, profile};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::audit::{Actor, Entry, Object};
use wire::message::view::{CaDue, CaKind};
use wire::{Refusal, UnixMs};

/// Between two looks at the clock and at the directory.
const LOOK: Duration = Duration::from_secs(60);
/// Between two warnings.
const TELL_AGAIN: Duration = Duration::from_secs(24 * 3600);

/// Looks until shutdown.
pub(crate) async fn run(core: Arc<Core>) {
    let mut key_was_here = key_is_here(&core);
    let (mut signer, mut told) = (None, None);
    loop {
        if let Err(refusal) = prepare(&core).await {
            tracing::error!(%refusal, "the next issuing key was not made");
        }
        tell(&look(&core), &mut told, core.clock.now());
        let here = key_is_here(&core);
        if key_was_here && !here {
            let object = Object { kind: "ca".into(), ..Object::default() };
            core.state.record(Entry::new("ca.export", Actor::default(), object));
            tracing::info!("the root's key was taken away from the server");
        }
        key_was_here = here;
        let signs = core.state.fleet().ca().signer(Holder::Server, core.wall());
        if signer.replace(signs).is_some_and(|before| before != signs) {
            core.ca.leaf_due.notify_one();
        }
        tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Looks whether somebody has to do something, for everybody to see.
pub(super) fn look(core: &Core) -> Option<CaDue> {
    let due = due(core).unwrap_or_else(|error| {
        tracing::error!(%error, "the issuing key's end is not known");
        None
    });
    core.ca.due.store(due.clone().map(Arc::new));
    due
}

/// What the server cannot do by itself although it is time: the root's key is elsewhere, or a rotation
/// stands still before its new key signs.
fn due(core: &Core) -> Result<Option<CaDue>, PkiError> {
    let (record, now) = (core.state.fleet().ca(), core.wall());
    let ends = core.ca.signing(&record, Holder::Client, now)?.issuing().1;
    let (from, late_from) = times(ends);
    if now < from {
        return Ok(None);
    }
    let (why, next) = match &record.rotation {
        Some(rotation) => {
            (format!("a rotation stands in phase {}", rotation.phase), "tunnelctl ca rotate")
        }
        None if record.prepared(now).is_some() || key_is_here(core) => return Ok(None),
        None => ("the root's key is elsewhere".to_owned(), "tunnelctl ca rotate --root-key FILE"),
    };
    let (why, next) = (why.into(), next.into());
    Ok(Some(CaDue { ends_at: UnixMs(ends), late: now >= late_from, why, next }))
}

/// Once a day, and at once when it becomes late.
fn tell(due: &Option<CaDue>, told: &mut Option<(Instant, bool)>, now: Instant) {
    let Some(due) = due else { return *told = None };
    let again = told.is_none_or(|(at, late)| {
        late != due.late || now.saturating_duration_since(at) >= TELL_AGAIN
    });
    if again {
        *told = Some((now, due.late));
        let (ends, why, next) = (due.ends_at, &due.why, &due.next);
        tracing::warn!(%ends, %why, %next, late = due.late, "the issuing key nears its end");
    }
}

/// Whether the key of the root in use lies here.
pub(super) fn key_is_here(core: &Core) -> bool {
    let signer = core.state.fleet().ca().signer(Holder::Client, core.wall());
    core.ca.slots.load().root_of(signer).is_ok_and(|root| root.is_some())
}

/// When the next issuing key has to be there, and when it begins to sign.
fn times(ends: u64) -> (UnixMs, UnixMs) {
    let before = |duration: Duration| {
        UnixMs(ends.saturating_sub(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    };
    (before(profile::PREPARE_BEFORE), before(profile::ACTIVATE_BEFORE))
}

/// Makes the next slot if it is time and nobody rotates.
async fn prepare(core: &Arc<Core>) -> Result<(), Refusal> {
    let _turn = core.ca.turn.lock().await;
    let (record, now) = (core.state.fleet().ca(), core.wall());
    if record.rotation.is_some() || record.prepared(now).is_some() {
        return Ok(());
    }
    let refused = |error: PkiError| super::refused(&error);
    let current = core.ca.signing(&record, Holder::Client, now).map_err(refused)?;
    let (due, active_from) = times(current.issuing().1);
    if now < due {
        return Ok(());
    }
    let from = record.signer(Holder::Client, now);
    let slots = core.ca.slots.load_full();
    let Some(root) = slots.root_of(from).map_err(refused)? else { return Ok(()) };
    let slot = record.next_slot();
    let parts = own(core, &root, CaKind::Issuing).map_err(refused)?;
    let made = slots.make(slot, from, parts).map_err(refused)?;
    core.ca.slots.store(Arc::new(made));
    let step = CaStep::Prepare { slot, active_from: active_from.max(now) };
    core.apply(Op::CaStep { actor: Actor::default(), step, reason: None }).await?;
    core.ca.adopt(&core.state.fleet().ca(), core.wall());
    tracing::info!(slot, %active_from, "the next issuing key is ready");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_key_is_made_at_half_and_signs_for_the_last_sixth() {
        let day = 86_400_000;
        let (due, active) = times(540 * day);
        assert_eq!((due.0, active.0), (270 * day, 450 * day));
        // The longest leaf of the old key ends with it.
        assert_eq!(profile::ISSUING / profile::LEAF_SHARE, profile::ACTIVATE_BEFORE);
        assert!(profile::LOCAL_ADMIN <= profile::ACTIVATE_BEFORE);
        assert!(profile::SERVER <= profile::ACTIVATE_BEFORE);
    }
}
