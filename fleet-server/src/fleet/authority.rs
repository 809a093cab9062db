//! Which authority signs for whom at what time, and whose leaves are let in: the stored state of the
//! slots, and the phases of a rotation. Pure: keys and certificates are in `pki`.

use crate::fleet::Fleet;
use minicbor::{Decode, Encode};
use std::sync::Arc;
use wire::UnixMs;
use wire::message::view::{CaKind, CaPhase};

/// The slots and the rotation between two of them. A fleet that never rotated has the first slot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CaRecord {
    /// Counts up whenever peers have to be told something; 0 before the first rotation.
    #[n(0)]
    pub number: u32,
    /// Slots that were made, by number. Empty: the first alone.
    #[n(1)]
    pub slots: Vec<SlotRecord>,
    /// The rotation that is under way.
    #[n(2)]
    pub rotation: Option<Rotation>,
}

/// One slot.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SlotRecord {
    /// Its number, never given again.
    #[n(0)]
    pub number: u32,
    /// When it was made.
    #[n(1)]
    pub prepared_at: UnixMs,
    /// From when it signs by itself; `None` while a rotation decides that.
    #[n(2)]
    pub active_from: Option<UnixMs>,
    /// Since when its leaves are refused.
    #[n(3)]
    pub retired: Option<UnixMs>,
}

/// A rotation from one slot to another.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Rotation {
    /// What is replaced.
    #[n(0)]
    pub kind: CaKind,
    /// The slot that goes.
    #[n(1)]
    pub from: u32,
    /// The slot that comes.
    #[n(2)]
    pub to: u32,
    /// Where it is.
    #[n(3)]
    pub phase: CaPhase,
    /// When it began.
    #[n(4)]
    pub started_at: UnixMs,
    /// When its phase began.
    #[n(5)]
    pub since: UnixMs,
}

/// How far a holder has followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CaStanding {
    /// The newest [`CaRecord::number`] it said it took.
    #[n(0)]
    pub trusts: u32,
    /// The slot that signed its newest certificate.
    #[n(1)]
    pub issuer: u32,
    /// Since when an operator's certificate by token waits to be shown the first time. Of nodes their
    /// numbered certificates say it.
    #[n(220)]
    pub unshown_since: Option<UnixMs>,
}

/// For whom a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A node or an operator.
    Client,
    /// The server.
    Server,
}

const FIRST: u32 = 1;

impl CaRecord {
    /// The slots, the first included.
    fn all(&self) -> Vec<SlotRecord> {
        if !self.slots.is_empty() {
            return self.slots.clone();
        }
        let active_from = Some(UnixMs(0));
        vec![SlotRecord { number: FIRST, prepared_at: UnixMs(0), active_from, retired: None }]
    }

    /// Slots that are not retired, by number.
    pub(crate) fn open(&self) -> Vec<SlotRecord> {
        self.all().into_iter().filter(|slot| slot.retired.is_none()).collect()
    }

    /// Slots that are retired.
    pub(crate) fn retired(&self) -> Vec<u32> {
        self.slots.iter().filter(|s| s.retired.is_some()).map(|s| s.number).collect()
    }

    /// The slot that signs at `now`.
    pub(crate) fn signer(&self, whose: Holder, now: UnixMs) -> u32 {
        if let Some(rotation) = &self.rotation {
            let comes = match whose {
                Holder::Client => {
                    matches!(rotation.phase, CaPhase::Clients | CaPhase::Servers)
                }
                Holder::Server => rotation.phase == CaPhase::Servers,
            };
            return if comes { rotation.to } else { rotation.from };
        }
        let open = self.open();
        let active = open.iter().rev().find(|slot| slot.active_from.is_some_and(|at| at <= now));
        active.or(open.first()).map_or(FIRST, |slot| slot.number)
    }

    /// The slot after the signing one, made but not yet in force.
    pub(crate) fn prepared(&self, now: UnixMs) -> Option<u32> {
        let signer = self.signer(Holder::Client, now);
        self.open().iter().map(|slot| slot.number).find(|number| *number > signer)
    }

    /// The number of the next slot.
    pub(crate) fn next_slot(&self) -> u32 {
        self.all().last().map_or(FIRST, |slot| slot.number).saturating_add(1)
    }

    /// Whether holders are asked for new certificates.
    pub(crate) fn replaces_certificates(&self) -> bool {
        use CaPhase::{Clients, Rollback, Servers};
        let phase = self.rotation.as_ref().map(|rotation| rotation.phase);
        matches!(phase, Some(Clients | Servers | Rollback))
    }

    /// The record with a slot that will sign by itself from `active_from` on.
    pub(crate) fn with_prepared(&self, number: u32, now: UnixMs, active_from: UnixMs) -> Self {
        let mut next = self.clone();
        next.slots = self.all();
        let active_from = Some(active_from);
        next.slots.push(SlotRecord { number, prepared_at: now, active_from, retired: None });
        next
    }

    /// The record at the beginning of a rotation to a new slot. A slot that was prepared and never
    /// signed is not needed any more.
    pub(crate) fn begun(&self, kind: CaKind, number: u32, now: UnixMs) -> Self {
        let from = self.signer(Holder::Client, now);
        let mut next = self.told();
        next.slots = self.all();
        for slot in next.slots.iter_mut().filter(|slot| slot.number > from) {
            slot.retired.get_or_insert(now);
        }
        next.slots.push(SlotRecord { number, prepared_at: now, active_from: None, retired: None });
        let phase = CaPhase::Init;
        next.rotation =
            Some(Rotation { kind, from, to: number, phase, started_at: now, since: now });
        next
    }

    /// The record one phase further; `None` if there is none.
    pub(crate) fn forward(&self, now: UnixMs) -> Option<Self> {
        let rotation = self.rotation.as_ref()?;
        match rotation.phase {
            CaPhase::Init => Some(self.in_phase(CaPhase::Clients, now)),
            CaPhase::Clients => Some(self.in_phase(CaPhase::Servers, now)),
            CaPhase::Servers => Some(self.ended(rotation.to, now)),
            CaPhase::Rollback | CaPhase::Standby => None,
        }
    }

    /// The record one phase back; `None` if there is none.
    pub(crate) fn back(&self, now: UnixMs) -> Option<Self> {
        let rotation = self.rotation.as_ref()?;
        match rotation.phase {
            CaPhase::Clients | CaPhase::Servers => Some(self.in_phase(CaPhase::Rollback, now)),
            // Nobody has anything of the new one, or nobody needs it any more.
            CaPhase::Init | CaPhase::Rollback => Some(self.ended(rotation.from, now)),
            CaPhase::Standby => None,
        }
    }

    /// The phase.
    pub(crate) fn phase(&self) -> CaPhase {
        self.rotation.as_ref().map_or(CaPhase::Standby, |rotation| rotation.phase)
    }

    fn told(&self) -> Self {
        Self { number: self.number.saturating_add(1), ..self.clone() }
    }

    fn in_phase(&self, phase: CaPhase, now: UnixMs) -> Self {
        let rotation = self.rotation.clone();
        Self { rotation: rotation.map(|r| Rotation { phase, since: now, ..r }), ..self.told() }
    }

    /// The rotation is over, and `stays` alone is in force.
    fn ended(&self, stays: u32, now: UnixMs) -> Self {
        let mut next = self.told();
        next.rotation = None;
        for slot in &mut next.slots {
            if slot.number == stays {
                slot.active_from.get_or_insert(now);
            } else {
                slot.retired.get_or_insert(now);
            }
        }
        next
    }
}

impl Fleet {
    /// The certificate authority's slots and rotation.
    pub fn ca(&self) -> Arc<CaRecord> {
        Arc::clone(&self.ca)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const T: UnixMs = UnixMs(1_000);

    fn signers(record: &CaRecord) -> (u32, u32) {
        (record.signer(Holder::Client, T), record.signer(Holder::Server, T))
    }

    fn open(record: &CaRecord) -> Vec<u32> {
        record.open().iter().map(|slot| slot.number).collect()
    }

    #[test]
    fn a_rotation_goes_through_its_phases_and_leaves_one_slot() {
        let start = CaRecord::default();
        assert_eq!((signers(&start), open(&start), start.next_slot()), ((1, 1), vec![1], 2));
        let init = start.begun(CaKind::Root, 2, T);
        assert_eq!((signers(&init), open(&init)), ((1, 1), vec![1, 2]));
        let clients = init.forward(T).unwrap();
        assert_eq!((signers(&clients), open(&clients)), ((2, 1), vec![1, 2]));
        let servers = clients.forward(T).unwrap();
        assert_eq!((signers(&servers), open(&servers)), ((2, 2), vec![1, 2]));
        let done = servers.forward(T).unwrap();
        assert_eq!(
            (signers(&done), open(&done), done.phase()),
            ((2, 2), vec![2], CaPhase::Standby)
        );
        assert_eq!((done.number, done.retired(), done.next_slot()), (4, vec![1], 3));
        assert_eq!((done.forward(T), done.back(T)), (None, None));
    }

    #[test]
    fn every_phase_leads_back_to_the_old_slot() {
        let init = CaRecord::default().begun(CaKind::Issuing, 2, T);
        let clients = init.forward(T).unwrap();
        let servers = clients.forward(T).unwrap();
        let direct = init.back(T).unwrap();
        assert_eq!((signers(&direct), open(&direct)), ((1, 1), vec![1]));
        for phase in [clients, servers] {
            let back = phase.back(T).unwrap();
            assert_eq!(
                (back.phase(), signers(&back), open(&back)),
                (CaPhase::Rollback, (1, 1), vec![1, 2])
            );
            assert_eq!(back.forward(T), None, "a rotation that was given up does not go on");
            let done = back.back(T).unwrap();
            assert_eq!((signers(&done), open(&done), done.next_slot()), ((1, 1), vec![1], 3));
        }
    }

    #[test]
    fn a_prepared_slot_signs_from_its_time_on_and_the_old_ones_leaves_stay_good() {
        let record = CaRecord::default().with_prepared(2, T, UnixMs(5_000));
        assert_eq!(
            (record.signer(Holder::Client, UnixMs(4_999)), record.prepared(T)),
            (1, Some(2))
        );
        assert_eq!((record.signer(Holder::Server, UnixMs(5_000)), open(&record)), (2, vec![1, 2]));
        assert_eq!((record.prepared(UnixMs(5_000)), record.number), (None, 0));
        // A rotation that begins meanwhile has a slot of its own.
        let begun = record.begun(CaKind::Issuing, record.next_slot(), T);
        assert_eq!((open(&begun), begun.retired()), (vec![1, 3], vec![2]));
    }
}
