//! The certificate authority at work: what the server signs, by which slot, and whose leaves it lets
//! in. Nothing signed leaves before the trail says so (I5). The phases are in `fleet::authority`.

mod follow;
mod keep;
pub(crate) mod lists;
mod steps;

pub(crate) use follow::offer;
pub(crate) use keep::run as keep;
pub(crate) use steps::{answer, roll_back, rotate};

use crate::core::Core;
use crate::fleet::{CaRecord, CaStanding, CertRecord, Holder};
use crate::ops::Op;
use arc_swap::{ArcSwap, ArcSwapOption};
use minicbor::bytes::ByteVec;
use pki::{Authority, Bundle, CertificateDer, Crl, Issued, PkiError, Role, Slots, Subject, Trust};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use wire::message::view::CaDue;
use wire::{Refusal, RefusalCode, UnixMs};

/// What a certificate was signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A token was used.
    Enrol,
    /// The holder asked in time.
    Renew,
    /// The holder's last one had ended, or its authority had.
    Recover,
    /// A rotation asked its holder to.
    Rotation,
    /// The server's own.
    Server,
    /// The local admin's, by the user who owns the data directory.
    Admin,
}

impl Why {
    /// The word in the trail.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::Renew => "renew",
            Self::Recover => "recover",
            Self::Rotation => "rotation",
            Self::Server => "server",
            Self::Admin => "admin",
        }
    }
}

/// The open slots, and what the listeners go by.
pub(crate) struct Ca {
    slots: ArcSwap<Slots>,
    /// The issuing certificates whose leaves are let in.
    trust: Trust,
    /// Held by whoever moves a rotation.
    turn: tokio::sync::Mutex<()>,
    /// The server's own certificate, and the admin's, may be of a slot that no longer signs.
    pub(crate) leaf_due: Notify,
    lists: ArcSwap<Vec<(u32, Crl)>>,
    /// What somebody has to do, as of the last look at the clock.
    pub(crate) due: ArcSwapOption<CaDue>,
}

impl Ca {
    /// Opens the slots that are in force; the first is created if there is none.
    pub(crate) fn open(home: &Path, record: &CaRecord, now: UnixMs) -> Result<Self, PkiError> {
        let open = record.open().into_iter().map(|slot| slot.number);
        let numbers: Vec<u32> = if record.slots.is_empty() { Vec::new() } else { open.collect() };
        // A key that a crash kept from being removed goes now.
        let slots = Slots::open(home, &numbers, now.0)?.retire(&record.retired());
        let trust = Trust::of(issuers(&slots, record))?;
        let ca = Self {
            slots: ArcSwap::from_pointee(slots),
            trust,
            turn: tokio::sync::Mutex::default(),
            leaf_due: Notify::new(),
            lists: ArcSwap::default(),
            due: ArcSwapOption::empty(),
        };
        ca.slots.load().publish(&ca.bundle(record, now).roots)?;
        Ok(ca)
    }

    /// What clients' chains must lead to, now and after every change.
    pub(crate) fn trust(&self) -> Trust {
        self.trust.clone()
    }

    /// Whether `chain` would be let in at `now`, its holder's standing aside.
    pub(crate) fn lets_in(&self, chain: &[ByteVec], now: UnixMs) -> bool {
        let chain: Vec<_> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        self.trust.verify_client(&chain, now.0).is_ok()
    }

    /// What was signed here under any authority there ever was leads to this.
    pub(crate) fn ever_issued(&self) -> Result<Trust, PkiError> {
        Trust::of(self.slots.load().issuers()?)
    }

    /// The authority that signs at `now`.
    pub(crate) fn signing(
        &self,
        record: &CaRecord,
        whose: Holder,
        now: UnixMs,
    ) -> Result<Arc<Authority>, PkiError> {
        let number = record.signer(whose, now);
        self.slots.load().get(number).cloned().ok_or_else(|| {
            PkiError::Certificate(format!("the keys of authority number {number} are not here"))
        })
    }

    /// What peers are to trust: both roots while one replaces the other, the new one first.
    pub(crate) fn bundle(&self, record: &CaRecord, now: UnixMs) -> Bundle {
        let slots = self.slots.load();
        let signer = record.signer(Holder::Client, now);
        let first = record.rotation.as_ref().map_or(signer, |rotation| rotation.to);
        let Some(authority) = slots.get(first) else { return Bundle::default() };
        let mut bundle = authority.bundle(record.number);
        for slot in record.open() {
            if let Some(other) = slots.get(slot.number)
                && !bundle.roots.contains(other.root())
            {
                bundle.roots.push(other.root().clone());
            }
        }
        let roots = bundle.roots.clone();
        bundle.past.retain(|root| !roots.contains(root));
        bundle
    }

    /// When the issuing certificate that signs now ends.
    pub(crate) fn issuing_ends(&self, core: &Core) -> UnixMs {
        let signing = self.signing(&core.state.fleet().ca(), Holder::Client, core.wall());
        UnixMs(signing.map(|authority| authority.issuing().1).unwrap_or_default())
    }

    /// Takes a changed record into force: who is let in, which keys stay, what `ca.pem` says.
    fn adopt(&self, record: &CaRecord, now: UnixMs) {
        let slots = self.slots.load_full();
        if let Err(error) = self.trust.replace(issuers(&slots, record)) {
            tracing::error!(%error, "the trusted issuers were not replaced");
        }
        self.slots.store(Arc::new(slots.retire(&record.retired())));
        if let Err(error) = self.slots.load().publish(&self.bundle(record, now).roots) {
            tracing::error!(%error, "ca.pem was not written");
        }
    }

    /// The slot whose issuing certificate is in `issued`.
    pub(crate) fn slot_of(&self, issued: &Issued) -> u32 {
        let slots = self.slots.load();
        let signed = |number: &u32| {
            slots.get(*number).is_some_and(|slot| issued.chain.get(1) == Some(slot.issuing().0))
        };
        slots.numbers().find(signed).unwrap_or_default()
    }
}

/// The issuing certificates of all open slots.
fn issuers(slots: &Slots, record: &CaRecord) -> Vec<pki::CertificateDer<'static>> {
    let open = record.open();
    open.iter().filter_map(|s| slots.get(s.number)).map(|slot| slot.issuing().0.clone()).collect()
}

impl Core {
    /// Signs a leaf for the key in `csr`. It must not leave before [`Core::issued`].
    pub(crate) fn sign(
        &self,
        subject: &Subject,
        csr: &[u8],
        now: UnixMs,
        lifetime: Duration,
    ) -> Result<Issued, Refusal> {
        let signing = self.ca.signing(&self.state.fleet().ca(), Holder::Client, now);
        let signed = signing.and_then(|authority| authority.issue(subject, csr, now.0, lifetime));
        signed.map_err(|error| refused(&error))
    }

    /// When a leaf ends that is signed at `now`.
    pub(crate) fn until(&self, now: UnixMs, lifetime: Duration) -> Result<UnixMs, Refusal> {
        let signing = self.ca.signing(&self.state.fleet().ca(), Holder::Client, now);
        let until = signing.and_then(|authority| authority.until(now.0, lifetime));
        until.map(UnixMs).map_err(|error| refused(&error))
    }

    /// Writes down that a certificate is handed out; durable when it returns.
    pub(crate) async fn issued(
        &self,
        issued: &Issued,
        role: Role,
        id: &str,
        why: Why,
    ) -> Result<(), Refusal> {
        let now = self.wall();
        let cert = CertRecord {
            serial: issued.serial,
            role: role.word().into(),
            id: id.into(),
            issued_at: now,
            not_after: UnixMs(issued.not_after_ms),
            issuer: self.ca.slot_of(issued),
        };
        let mut ended = self.state.certificates(role.word(), id).await.map_err(|error| {
            tracing::error!(%error, "certificates were not read");
            Refusal::new(RefusalCode::Server, "the store could not be read")
        })?;
        ended.retain(|old| old.not_after <= now);
        self.apply(Op::CaIssue { cert, why, ended }).await.map(drop)
    }

    /// Why a holder of this standing asks for its next certificate.
    pub(crate) fn cause(&self, standing: CaStanding) -> Why {
        let record = self.state.fleet().ca();
        let signer = record.signer(Holder::Client, self.wall());
        let rotated = record.replaces_certificates() && standing.issuer != signer;
        if rotated { Why::Rotation } else { Why::Renew }
    }

    /// The slot that signed the certificate an operator shows, while that matters. The newest one of his may
    /// have been lost on its way, or lie elsewhere, as the local admin's does in the data directory.
    pub(crate) async fn shown_issuer(&self, id: &str, serial: &[u8]) -> Option<u32> {
        if !self.state.fleet().ca().replaces_certificates() {
            return None;
        }
        let kept = self.state.certificates(Role::Operator.word(), id).await.ok()?;
        kept.iter().find(|cert| cert.serial == serial).map(|cert| cert.issuer)
    }

    /// What peers are to trust.
    pub(crate) fn bundle(&self) -> Bundle {
        self.ca.bundle(&self.state.fleet().ca(), self.wall())
    }

    /// The root that newcomers are told to expect: the one behind the server's own certificate.
    pub(crate) fn ca_pin(&self) -> [u8; 32] {
        let authority = self.ca.signing(&self.state.fleet().ca(), Holder::Server, self.wall());
        authority.map(|authority| authority.pin()).unwrap_or_default()
    }
}

/// What a peer is told about its request, and what not.
pub(crate) fn refused(error: &PkiError) -> Refusal {
    match error {
        PkiError::Request(_) => Refusal::new(RefusalCode::Usage, error.to_string()),
        error => {
            tracing::error!(%error, "no certificate could be issued");
            Refusal::new(RefusalCode::Server, "the server could not issue a certificate")
        }
    }
}

/// Leaf and issuing certificate, as they travel.
pub(crate) fn der(issued: &Issued) -> Vec<minicbor::bytes::ByteVec> {
    issued.chain.iter().map(|certificate| certificate.to_vec().into()).collect()
}
