//! What operators ask of the authority: its state, and the steps of a rotation. Keys are made and
//! written first, the step is made durable, then everybody is told.

use super::{follow, refused};
use crate::core::Core;
use crate::fleet::Holder;
use crate::operators::OperatorSession;
use crate::ops::{CaStep, Op};
use pki::authority::Parts;
use pki::{CertificateDer, PkiError, Root};
use std::sync::Arc;
use wire::message::operator::{CaSigned, Intent, Outcome, Reply, Request};
use wire::message::view::{CaKind, CaPhase, CaRootView, CaRotationView, CaSlotView, CaView};
use wire::{Refusal, RefusalCode, UnixMs};

/// Holders that are named when somebody asks who has not followed.
const NAMED: usize = 200;

/// Answers a question about the authority.
pub(crate) async fn answer(core: &Arc<Core>, request: &Request) -> Result<Reply, Refusal> {
    match request {
        Request::CaPrepare => prepare(core),
        Request::CaCrl => Ok(Reply::Crl(super::lists::pem(core))),
        _ => Ok(Reply::Ca(Box::new(view(core)))),
    }
}

/// The authority as people see it.
fn view(core: &Core) -> CaView {
    let (record, now) = (core.state.fleet().ca(), core.wall());
    let slots = core.ca.slots.load();
    let signer = record.signer(Holder::Client, now);
    let root_view = |root: &CertificateDer<'static>| {
        let owner = slots.numbers().find(|n| slots.get(*n).is_some_and(|s| s.root() == root));
        let key = owner.and_then(|number| slots.root_of(number).ok().flatten());
        CaRootView {
            pin: show_pin(&pki::pin_of(root)).into(),
            expires_at: UnixMs(pki::verify::end_of(root).unwrap_or_default()),
            key_here: key.is_some(),
        }
    };
    let slot_view = |slot: crate::fleet::SlotRecord| {
        let authority = slots.get(slot.number)?;
        let state = match slot.number {
            number if number == signer => "signing",
            number if number > signer => "next",
            _ => "accepted",
        };
        Some(CaSlotView {
            number: slot.number,
            state: state.into(),
            expires_at: UnixMs(authority.issuing().1),
            active_from: slot.active_from.filter(|at| at.0 > 0),
            root_pin: show_pin(&authority.pin()).into(),
        })
    };
    let mut waiting = follow::waiting(core);
    let waiting_total = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
    waiting.truncate(NAMED);
    CaView {
        phase: record.phase(),
        next_phase: match record.phase() {
            CaPhase::Standby => Some(CaPhase::Init),
            _ => record.forward(now).map(|next| next.phase()),
        },
        rotation: record.rotation.as_ref().map(|rotation| CaRotationView {
            kind: rotation.kind,
            from: rotation.from,
            to: rotation.to,
            started_at: rotation.started_at,
            phase_since: rotation.since,
        }),
        roots: core.ca.bundle(&record, now).roots.iter().map(root_view).collect(),
        slots: record.open().into_iter().filter_map(slot_view).collect(),
        waiting,
        waiting_total,
        crl_next_update: super::lists::next_update(core),
        due: super::keep::look(core),
    }
}

fn show_pin(pin: &[u8; 32]) -> String {
    let hex: String = pin.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// What a root's key that lies elsewhere has to sign.
fn prepare(core: &Core) -> Result<Reply, Refusal> {
    let record = core.state.fleet().ca();
    let made = || {
        let csr = core.ca.slots.load().pending_key()?.csr()?;
        let current = core.ca.signing(&record, Holder::Client, core.wall())?;
        Ok((csr, current.root().to_vec()))
    };
    let (csr, root) = made().map_err(|error: PkiError| refused(&error))?;
    Ok(Reply::CaPrepared { csr: csr.into(), root: root.into() })
}

/// Begins a rotation, or leads it to its next phase.
pub(crate) async fn rotate(
    core: &Arc<Core>,
    operator: &OperatorSession,
    kind: Option<CaKind>,
    signed: Option<CaSigned>,
    force: bool,
    intent: Intent,
) -> Result<Reply, Refusal> {
    let _turn = core.ca.turn.lock().await;
    let record = core.state.fleet().ca();
    let now = core.wall();
    if record.rotation.is_none() {
        let kind = kind.unwrap_or(CaKind::Issuing);
        if signed.is_none() {
            root_here(core)?;
        }
        if intent.dry_run {
            return Ok(planned(CaPhase::Init));
        }
        let slot = record.next_slot();
        make(core, slot, kind, signed).await?;
        return step(core, operator, CaStep::Begin { kind, slot }, intent).await;
    }
    if kind.is_some() || signed.is_some() {
        let message = format!("a rotation is under way, in phase {}", record.phase());
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint("tunnelctl ca rotate     leads it to its next phase"));
    }
    let behind = follow::waiting(core).into_iter().filter(|one| one.connected);
    let behind: Vec<String> = behind.map(|one| one.name.to_string()).collect();
    if !force && !behind.is_empty() {
        let some = behind.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let message = format!("{} connected peers have not followed yet: {some}", behind.len());
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint("again in a moment; tunnelctl ca rotate --force     leaves them behind"));
    }
    if intent.dry_run {
        core.state.plan(&op(operator, CaStep::Forward, &intent))?;
        let next = record.forward(now).map_or(CaPhase::Standby, |next| next.phase());
        return Ok(planned(next));
    }
    step(core, operator, CaStep::Forward, intent).await
}

/// Leads a rotation back.
pub(crate) async fn roll_back(
    core: &Arc<Core>,
    operator: &OperatorSession,
    intent: Intent,
) -> Result<Reply, Refusal> {
    let _turn = core.ca.turn.lock().await;
    if intent.dry_run {
        core.state.plan(&op(operator, CaStep::Back, &intent))?;
        let back = core.state.fleet().ca().back(core.wall());
        return Ok(planned(back.map_or(CaPhase::Standby, |next| next.phase())));
    }
    step(core, operator, CaStep::Back, intent).await
}

fn op(operator: &OperatorSession, step: CaStep, intent: &Intent) -> Op {
    Op::CaStep { actor: operator.actor(), step, reason: intent.reason.clone() }
}

/// Persist, publish, perform.
async fn step(
    core: &Arc<Core>,
    operator: &OperatorSession,
    step: CaStep,
    intent: Intent,
) -> Result<Reply, Refusal> {
    let applied = core.apply(op(operator, step, &intent)).await?;
    follow::publish(core);
    let phase = core.state.fleet().ca().phase();
    tracing::info!(operator = %operator.name, %phase, "certificate authority");
    Ok(Reply::Done(vec![Outcome { ok: true, audit: applied.audit, ..outcome(phase) }]))
}

fn planned(phase: CaPhase) -> Reply {
    Reply::Done(vec![Outcome { ok: true, planned: true, ..outcome(phase) }])
}

fn outcome(phase: CaPhase) -> Outcome {
    Outcome {
        object: format!("ca/{phase}").into(),
        name: phase.as_str().into(),
        ok: false,
        planned: false,
        error: None,
        cut_tunnels: None,
        last_byte_ms: None,
        dropped_commands: None,
        audit: None,
        cuts: Vec::new(),
    }
}

/// The root in use, with its key.
fn root_here(core: &Core) -> Result<Root, Refusal> {
    let record = core.state.fleet().ca();
    let signer = record.signer(Holder::Client, core.wall());
    let root = core.ca.slots.load().root_of(signer).map_err(|error| refused(&error))?;
    root.ok_or_else(|| {
        Refusal::new(RefusalCode::Conflict, "the root's key is not on the server")
            .hint("bring it: tunnelctl ca rotate --root-key FILE")
    })
}

/// Makes the keys and certificates of a slot, and opens it.
async fn make(
    core: &Arc<Core>,
    slot: u32,
    kind: CaKind,
    signed: Option<CaSigned>,
) -> Result<(), Refusal> {
    let from = core.state.fleet().ca().signer(Holder::Client, core.wall());
    let parts = match signed {
        Some(signed) => brought(core, from, kind, signed)?,
        None => own(core, &root_here(core)?, kind).map_err(|error| refused(&error))?,
    };
    let slots = core.ca.slots.load_full();
    // Keys are made durable by several syncs: not on the reactor.
    let made = tokio::task::spawn_blocking(move || slots.make(slot, from, parts)).await;
    let made = made.map_err(|_| Refusal::new(RefusalCode::Server, "the slot was not made"))?;
    let made = made.map_err(|error| match error {
        PkiError::Certificate(_) | PkiError::State { .. } => {
            Refusal::new(RefusalCode::Usage, format!("these do not make an authority: {error}"))
        }
        error => refused(&error),
    })?;
    core.ca.slots.store(Arc::new(made));
    Ok(())
}

/// By a root's key that lies here.
pub(super) fn own(core: &Core, old: &Root, kind: CaKind) -> Result<Parts, PkiError> {
    let (now, csr) = (core.wall().0, core.ca.slots.load().pending_key()?.csr()?);
    Ok(match kind {
        CaKind::Issuing => Parts {
            root: old.certificate().clone(),
            issuing: old.certify(&csr, now)?,
            cross: None,
            root_key: None,
        },
        CaKind::Root => {
            let new = Root::generate(now)?;
            Parts {
                root: new.certificate().clone(),
                issuing: new.certify(&csr, now)?,
                cross: Some(old.vouch_for(&new, now)?),
                root_key: Some(new),
            }
        }
    })
}

/// By a root's key that lies elsewhere; what it signed is checked when the slot is made.
fn brought(core: &Core, from: u32, kind: CaKind, signed: CaSigned) -> Result<Parts, Refusal> {
    let der = |bytes: minicbor::bytes::ByteVec| CertificateDer::from(Vec::from(bytes));
    let root = der(signed.root);
    let same = core.ca.slots.load().get(from).is_some_and(|slot| *slot.root() == root);
    if same != (kind == CaKind::Issuing) {
        let message = "what was signed is of another root than this rotation needs";
        return Err(Refusal::new(RefusalCode::Usage, message));
    }
    let (issuing, cross) = (der(signed.issuing), signed.cross.map(der));
    Ok(Parts { root, issuing, cross, root_key: None })
}
