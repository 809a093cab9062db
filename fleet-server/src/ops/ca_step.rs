//! A rotation of the certificate authority begins, goes on or goes back. Keys are made before, and
//! peers are told after this is durable.

use super::{Change, Done};
use crate::fleet::{CaRecord, Edit, Fleet};
use std::sync::Arc;
use wire::audit::{Actor, Entry, Object};
use wire::message::view::CaKind;
use wire::{Refusal, RefusalCode, SafeText, UnixMs};

/// One step of the authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaStep {
    /// A slot was made that signs by itself from a time on.
    Prepare {
        /// Its number.
        slot: u32,
        /// From when it signs.
        active_from: UnixMs,
    },
    /// A slot was made to rotate to.
    Begin {
        /// What is replaced.
        kind: CaKind,
        /// Its number.
        slot: u32,
    },
    /// The next phase.
    Forward,
    /// The way back.
    Back,
}

pub(super) fn run(
    fleet: &Fleet,
    actor: &Actor,
    reason: Option<&SafeText>,
    step: CaStep,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.ca();
    let (action, new) = match step {
        CaStep::Prepare { slot, active_from } if old.rotation.is_none() => {
            ("ca.prepare", fresh(&old, slot)?.with_prepared(slot, now, active_from))
        }
        CaStep::Begin { kind, slot } if old.rotation.is_none() => {
            ("ca.rotate", fresh(&old, slot)?.begun(kind, slot, now))
        }
        CaStep::Prepare { .. } | CaStep::Begin { .. } => return Err(under_way(&old)),
        CaStep::Forward => ("ca.rotate", old.forward(now).ok_or_else(|| stuck(&old))?),
        CaStep::Back => ("ca.rollback", old.back(now).ok_or_else(|| stuck(&old))?),
    };
    let mut entry = Entry::new(action, actor.clone(), object())
        .with("phase", new.phase().as_str())
        .with("before", old.phase().as_str());
    if let Some(rotation) = new.rotation.as_ref().or(old.rotation.as_ref()) {
        entry = entry
            .with("of", rotation.kind.as_str())
            .with("from", u64::from(rotation.from))
            .with("to", u64::from(rotation.to));
    }
    if let Some(reason) = reason {
        entry = entry.with("reason", reason.as_str());
    }
    Ok(Change::new(vec![Edit::Ca(Arc::new(new))], vec![entry], Done::Nothing))
}

/// How the trail names the authority.
fn object() -> Object {
    Object { kind: "ca".into(), ..Object::default() }
}

fn fresh(old: &CaRecord, slot: u32) -> Result<&CaRecord, Refusal> {
    if slot == old.next_slot() {
        return Ok(old);
    }
    Err(Refusal::new(RefusalCode::Conflict, "another slot was made meanwhile").hint("try again"))
}

fn under_way(old: &CaRecord) -> Refusal {
    let message = format!("a rotation is under way, in phase {}", old.phase());
    Refusal::new(RefusalCode::Conflict, message).hint("tunnelctl ca show")
}

fn stuck(old: &CaRecord) -> Refusal {
    let (message, hint) = match &old.rotation {
        None => ("no rotation is under way", "tunnelctl ca rotate     begins one"),
        Some(_) => (
            "a rotation that is rolled back does not go on",
            "tunnelctl ca rollback     finishes the way back",
        ),
    };
    Refusal::new(RefusalCode::Conflict, message).hint(hint)
}
